"""Rows of cells to the JSON text of their records, by a walk of the tree of paths or by generated source.

In: rows whose cells are text or the JSON text of their values. Out: for each row the text of its record. The rules kept
here: the text is that of the record that the row stands for, as ``jsontext.py`` writes it; what is blank is absent.
Source: RFC 8259.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count, groupby
from typing import Any, NamedTuple

from custobar_formats.columns import Branch
from custobar_formats.generated import MAX_PARTS, compile_build

ESCAPED = re.compile(r'[\x00-\x1f"\\]')
"""What JSON text has a backslash for."""

RARE = 8
"""One row in so many may have a blank cell where the others have none; for more, source is generated anew."""

_encode = json.JSONEncoder(ensure_ascii=False).encode


def escape(cells: Sequence[str]) -> Sequence[str]:
    """Cells as they stand between quotes in JSON text."""
    if ESCAPED.search("".join(cells)) is None:
        return cells
    return [_encode(cell)[1:-1] if ESCAPED.search(cell) else cell for cell in cells]


class Node(NamedTuple):
    """A branch of the tree of paths, with what is written around it.

    Attributes:
        start, end: what is around the value, the key included; not the commas.
        column: the column whose cells are values, for a leaf.
        below: the members or items.

    """

    start: str
    end: str
    column: int | None
    below: tuple[Node, ...]

    def indices(self) -> Iterable[int]:
        """The columns of this branch."""
        return [self.column] if self.column is not None else [index for node in self.below for index in node.indices()]


def make_node(branch: Branch, bare: set[int], key: str = "") -> Node:
    """The node of a branch; the cells of ``bare`` columns are JSON text, those of others what is between quotes."""
    if branch.column is not None:
        quote = "" if branch.column.index in bare else '"'
        return Node(key + quote, quote, branch.column.index, ())
    if branch.is_list:
        items = (branch.below[index] for index in sorted(part for part in branch.below if isinstance(part, int)))
        return Node(key + "[", "]", None, tuple(make_node(item, bare) for item in items))
    members = (make_node(below, bare, _encode(part) + ":") for part, below in branch.below.items())
    return Node(key + "{", "}", None, tuple(members))


def write_row(node: Node, row: Sequence[str]) -> str:
    """The text of a row's value at a node; empty where there is none."""
    inner = row[node.column] if node.column is not None else _joined(node.below, row)
    return f"{node.start}{inner}{node.end}" if inner else ""


def _joined(nodes: Iterable[Node], row: Sequence[str]) -> str:
    return ",".join(text for node in nodes if (text := write_row(node, row)))


class Source:
    """Generates the source that writes rows of some width in which the columns of ``full`` have no blank cell.

    A row that has one there is given to ``unusual``. What all rows have is one formatted string, in which the texts of
    what some lack are put together before.
    """

    def __init__(self, node: Node, full: set[int], width: int) -> None:
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

    def _formatted(self, parts: Iterable[Any]) -> str:
        """The formatted string of parts: constants, and (in tuples) expressions."""
        expressions = []
        for are_constant, group in groupby(parts, lambda part: isinstance(part, str)):
            if are_constant:
                self.constants.append("".join(group))
                expressions.append(f"{{k{len(self.constants) - 1}}}")
            else:
                expressions += [f"{{{expression}}}" for (expression,) in group]
        return f"f'{''.join(expressions)}'"

    def _is_full(self, node: Node) -> bool:
        return not self._full.isdisjoint(node.indices())

    def _inside(self, node: Node, depth: int) -> list[Any]:
        """The parts between a node's start and its end."""
        if node.column is not None:
            return [(f"v{node.column}",)]
        first = next((place for place, below in enumerate(node.below) if self._is_full(below)), None)
        if first is None:
            return [(f"{self._run(node.below, ',', '', depth)}[1:]",)]
        parts: list[Any] = []
        for full, group in groupby(enumerate(node.below), lambda item: self._is_full(item[1])):
            members = list(group)
            if not full:
                before, after = ("", ",") if members[0][0] < first else (",", "")
                parts.append((self._run([below for _, below in members], before, after, depth),))
                continue
            for place, below in members:
                comma = "," if place > first else ""
                parts += [comma + below.start, *self._inside(below, depth), below.end]
        return parts

    def _run(self, nodes: Sequence[Node], before: str, after: str, depth: int) -> str:
        """The variable that holds the texts of those nodes that a row has."""
        name = f"o{next(self._names)}"
        self._add(depth, f"{name} = ''")
        for node in nodes:
            self._add(depth, f"if {' or '.join(f'v{index}' for index in node.indices())}:")
            inner = self._inside(node, depth + 1)
            self._add(depth + 1, f"{name} += {self._formatted([before + node.start, *inner, node.end + after])}")
        return name

    def _add(self, depth: int, line: str) -> None:
        self._lines.append(" " * depth + line)


class RowWriter:
    """Writes the rows of one file."""

    def __init__(self, tree: Branch, width: int, bare: set[int]) -> None:
        self._node = make_node(tree, bare)
        self._width = width
        self._indices = set(self._node.indices())
        self._is_large = sum(len(column.path) for column in tree.columns()) > MAX_PARTS
        self._full: set[int] | None = None
        self._constants: tuple[str, ...] = ()
        self._build: Callable[..., None] | None = None

    def write(
        self,
        rows: Sequence[Sequence[str]],
        columns: Sequence[Sequence[str]],
        bare: Mapping[int, Sequence[str]],
        *,
        escapes: bool,
    ) -> list[str]:
        """The text of each row's record.

        ``columns`` are the same cells by column, ``bare`` the JSON text of those columns that have any; ``escapes``
        says whether other cells may hold what has a backslash there.
        """
        if escapes or any(columns[index] is not cells for index, cells in bare.items()):
            columns = [
                bare[index] if index in bare else escape(cells) if escapes else cells
                for index, cells in enumerate(columns)
            ]
            rows = list(zip(*columns, strict=True))
        texts: list[str] = []
        unusual: list[Sequence[str]] = []

        def write(row: Sequence[str]) -> str:
            unusual.append(row)
            return write_row(self._node, row)

        if self._full is None or self._is_large:
            texts += map(write, rows)
        else:
            if self._build is None:
                source = Source(self._node, self._full, self._width)
                self._build, self._constants = compile_build(source.text), tuple(source.constants)
            self._build(rows, self._constants, texts.append, write)
        if len(unusual) * RARE > len(rows):
            candidates = self._indices if self._full is None else self._full
            self._full = {index for index in candidates if all(columns[index])}
            self._build = None
        return texts
