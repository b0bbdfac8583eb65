"""Generated source that turns rows into records or their JSON text, compiled once for each structure of headers.

In: the tree of a header's paths. Out: a function for the rows of a block, several times as fast as walking the tree for
each row. Rules: this is the only module that generates source; a label, which may be hostile text, never becomes part
of the source, but is passed to it as a value.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, cycle, groupby, takewhile
from typing import Any, NamedTuple

from custobar_formats.core.limits import KEPT_SOURCES, MAX_KEPT_SOURCE_CHARS
from custobar_formats.records.header import Branch, Column

_numbers = cycle(range(2 * KEPT_SOURCES))


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """The form of the values of one column.

    Attributes:
        kind: ``text`` if the values are the cells; ``null`` if they are the cells, but None for a blank one; ``all``
            if there is a value or ABSENT for each row; ``given`` if there is a value for each cell that is not blank.
        always: whether a blank cell has a value too.
        dense: whether most rows have a value.

    """

    kind: str
    always: bool
    dense: bool


class RecordSource:
    """Generates the source for one tree, and rows of a given width.

    Members that most rows have are written as one literal, which Python makes at its final size, and deleted if they
    are absent; from the first member that most rows lack, each one is added only if it is present.
    """

    def __init__(self, tree: Branch, forms: dict[int, ColumnForm], width: int, *, close: bool) -> None:
        self._forms = forms
        self._close = close
        self._lines: list[str] = []
        self._variables = count(1)
        self.keys: list[str] = []
        self.lists: list[Branch] = []
        record = self._object(tree, 2)
        self.whole = [index for index, form in forms.items() if form.kind == "all"]
        self.given = [index for index, form in forms.items() if form.kind == "given"]
        cells = "".join(f"v{index}, " for index in range(width))
        whole = "".join(f", t{index}" for index in self.whole)
        self.text = "\n".join(
            [
                "def build(rows, whole, given, records, gaps, keys, absent):",
                *_unpack("k", range(len(self.keys)), "keys"),
                *_unpack("n", self.given, "given"),
                " append = records.append",
                f" for ({cells}){whole} in zip(rows, *whole):" if whole else f" for {cells}in rows:",
                *self._lines,
                f"  append({record} or absent)",
                "",
            ]
        )

    def _add(self, depth: int, line: str) -> None:
        self._lines.append(" " * depth + line)

    def _variable(self) -> str:
        return f"o{next(self._variables)}"

    def _key(self, key: str | int) -> str:
        self.keys.append(str(key))
        return f"k{len(self.keys) - 1}"

    def _test(self, branch: Branch) -> str:
        """An expression that tests whether a row has a value in a branch; empty if every row has one."""
        tests = []
        for column in branch.columns():
            form = self._forms[column.index]
            if form.always:
                return ""
            tests.append(f"t{column.index} is not absent" if column.joined else f"v{column.index}")
        return " or ".join(tests)

    def _is_dense(self, branch: Branch) -> bool:
        return any(self._forms[column.index].dense for column in branch.columns())

    def _value(self, branch: Branch, depth: int) -> str:
        """An expression for the value of a branch."""
        if branch.column is None:
            return self._list(branch, depth) if branch.is_list else self._object(branch, depth)
        index = branch.column.index
        kind = self._forms[index].kind
        return {"text": f"v{index}", "null": f"v{index} or None", "all": f"t{index}", "given": f"n{index}()"}[kind]

    def _object(self, branch: Branch, depth: int) -> str:
        name = self._variable()
        members = list(branch.below.items())
        dense = list(takewhile(lambda member: self._is_dense(member[1]), members))
        values = [(self._key(key), self._value(below, depth), below) for key, below in dense]
        self._add(depth, f"{name} = {{{', '.join(f'{key}: {value}' for key, value, _ in values)}}}")
        for key, value, below in values:
            test = self._test(below) if below.column is not None else value
            if test and self._test(below):
                self._add(depth, f"if not ({test}): del {name}[{key}]")
        for part, below in members[len(dense) :]:
            inner = self._guard(below, depth)
            value = self._value(below, inner)
            self._add(inner, f"{name}[{self._key(part)}] = {value}")
        return name

    def _list(self, branch: Branch, depth: int) -> str:
        name = self._variable()
        number = len(self.lists)
        self.lists.append(branch)
        self._add(depth, f"{name} = []")
        for index in sorted(part for part in branch.below if isinstance(part, int)):
            below = branch.below[index]
            inner = self._guard(below, depth)
            if index and not self._close:
                self._add(inner, f"if len({name}) < {index}: gaps.append((len(records), {number}, len({name})))")
            self._add(inner, f"{name}.append({self._value(below, inner)})")
        return name

    def _guard(self, branch: Branch, depth: int) -> int:
        test = self._test(branch)
        if test:
            self._add(depth, f"if {test}:")
        return depth + bool(test)


class TextNode(NamedTuple):
    """A branch of the tree of paths, with the text around its value.

    Attributes:
        start, end: the text around the value, with the key but without commas.
        column: for a leaf, the column whose cells are its values.
        below: the members or items.

    """

    start: str
    end: str
    column: int | None
    below: tuple[TextNode, ...]

    def indices(self) -> Iterable[int]:
        """The columns of this branch."""
        return [self.column] if self.column is not None else [index for node in self.below for index in node.indices()]


class Expression(NamedTuple):
    """A part of generated source that is not a constant."""

    source: str


class TextSource:
    """Generates the source that writes rows of a given width in which the columns of ``full`` have no blank cell.

    A row with a blank cell there goes to ``unusual``. The members that all rows have are one formatted string; those
    that some rows lack are joined before it, in runs of neighbours. A member before the first full one ends with a
    comma, and one after it begins with a comma; if no member is full, the first comma is cut off. With ``a`` full:

        o1 = ''
        if v1: o1 += f'{k0}{v1}{k1}'
        append(f'{k2}{v0}{k3}{o1}{k4}')
    """

    def __init__(self, node: TextNode, full: set[int], width: int) -> None:
        self._full = full
        self._lines: list[str] = []
        self._names = count(1)
        self.constants: list[str] = []
        inner = self._inside(node, 3)
        record = self._formatted([node.start, *inner, node.end])
        names = "".join(f"k{number}, " for number in range(len(self.constants)))
        cells = "".join(f"v{index}, " for index in range(width))
        test = " and ".join(f"v{index}" for index in sorted(full.intersection(node.indices()))) or "True"
        self.text = "\n".join(
            [
                "def build(rows, constants, append, unusual):",
                f" {names}= constants",
                " for row in rows:",
                f"  {cells}= row",
                f"  if {test}:",
                *self._lines,
                f"   append({record})",
                "  else:",
                "   append(unusual(row))",
                "",
            ]
        )

    def _formatted(self, parts: Iterable[str | Expression]) -> str:
        """The formatted string of constants and expressions."""
        fields = []
        for are_constant, group in groupby(parts, lambda part: isinstance(part, str)):
            if are_constant:
                self.constants.append("".join(map(str, group)))
                fields.append(f"{{k{len(self.constants) - 1}}}")
            else:
                fields += [f"{{{expression.source}}}" for expression in group if isinstance(expression, Expression)]
        return f"f'{''.join(fields)}'"

    def _is_full(self, node: TextNode) -> bool:
        return not self._full.isdisjoint(node.indices())

    def _inside(self, node: TextNode, depth: int) -> list[str | Expression]:
        """The parts between a node's start and its end."""
        if node.column is not None:
            return [Expression(f"v{node.column}")]
        first = next((place for place, below in enumerate(node.below) if self._is_full(below)), None)
        if first is None:
            return [Expression(f"{self._run(node.below, ',', '', depth)}[1:]")]
        parts: list[str | Expression] = []
        for are_full, group in groupby(enumerate(node.below), lambda item: self._is_full(item[1])):
            members = list(group)
            if not are_full:
                before, after = ("", ",") if members[0][0] < first else (",", "")
                parts.append(Expression(self._run([below for _, below in members], before, after, depth)))
                continue
            for place, below in members:
                comma = "," if place > first else ""
                parts += [comma + below.start, *self._inside(below, depth), below.end]
        return parts

    def _run(self, nodes: Sequence[TextNode], before: str, after: str, depth: int) -> str:
        """The variable that holds the texts of the nodes that a row has."""
        name = f"o{next(self._names)}"
        self._add(depth, f"{name} = ''")
        for node in nodes:
            self._add(depth, f"if {' or '.join(f'v{index}' for index in node.indices())}:")
            inner = self._inside(node, depth + 1)
            self._add(depth + 1, f"{name} += {self._formatted([before + node.start, *inner, node.end + after])}")
        return name

    def _add(self, depth: int, line: str) -> None:
        self._lines.append(" " * depth + line)


def _unpack(letter: str, numbers: Iterable[int], name: str) -> list[str]:
    """The line that unpacks a tuple into variables, if it has items."""
    names = "".join(f"{letter}{number}, " for number in numbers)
    return [f" {names}= {name}"] if names else []


def compile_build(text: str) -> Any:
    """The function ``build`` of a source, cached unless the source is long."""
    return _compile_kept(text) if len(text) <= MAX_KEPT_SOURCE_CHARS else _compile_once(text)


def _compile_once(text: str) -> Any:
    name = f"<custobar_formats.records.codegen {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)  # for tracebacks
    namespace: dict[str, Any] = {}
    exec(compile(text, name, "exec"), namespace)  # noqa: S102 - made only from the structure of a header
    return namespace["build"]


_compile_kept = lru_cache(maxsize=KEPT_SOURCES)(_compile_once)


class Builder:
    """Makes the records of one header's rows; ``absent`` stands for a missing value.

    It takes the values of the columns ``whole`` for each row, and of ``given`` for each cell that is not blank.
    """

    def __init__(self, tree: Branch, forms: dict[int, ColumnForm], width: int, absent: object, *, close: bool) -> None:
        source = RecordSource(tree, forms, width, close=close)
        self.whole = source.whole
        self.given = source.given
        self._build = compile_build(source.text)
        self._keys = tuple(source.keys)
        self._lists = source.lists
        self._absent = absent

    def build(
        self, rows: Sequence[Sequence[str]], whole: list[Sequence[Any]], given: list[Sequence[Any]]
    ) -> tuple[list[Any], list[tuple[int, Column]]]:
        """The record of each row, or ``absent``, and the row and a column of each list's first gap."""
        records: list[Any] = []
        found: list[tuple[int, int, int]] = []
        following = [iter(values).__next__ for values in given]
        self._build(rows, whole, following, records, found, self._keys, self._absent)
        first: dict[tuple[int, int], Column] = {}
        for row, number, index in found:
            below = self._lists[number].below
            item = sorted(part for part in below if isinstance(part, int))[index]
            first.setdefault((row, number), next(below[item].columns()))
        return records, [(row, column) for (row, _), column in first.items()]
