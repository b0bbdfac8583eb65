"""Source that nests rows, generated for one header, and compiled once for each structure of headers.

In: the tree of a header's paths. Out: a function that makes the records of a block, several times as fast as
walking the tree for each row. The rules kept here: this is the only module that generates source; a label, which is
hostile text, never becomes a part of it, but is passed to it as a value.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, cycle, takewhile
from typing import Any

from custobar_formats.columns import Branch, Column

MAX_COLUMNS = 1_000
"""Columns of a header that source is generated for; for more, compiling takes longer than it saves."""

Build = Callable[[Iterable[Any], list[Any], list[tuple[int, int, int]]], None]
"""Appends to a list the record of each row, or ABSENT; and to another, for each blank list item before one with a
value, the row's place in the first list, the number of the list, and the item's index."""

REMEMBERED = 64
"""Functions that are kept for other headers of the same structure; real programs read few."""

_numbers = cycle(range(2 * REMEMBERED))


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of one column come.

    Attributes:
        test: an expression that says whether a value ``{}`` is there; empty where one always is.
        dense: whether most rows have one.

    """

    test: str
    dense: bool


class Source:
    """Generates the source for one tree.

    Members that most rows have are written as one literal, which Python makes at its final size, and taken out where
    they are absent; from the first that most rows lack, each is put in where it is there.
    """

    def __init__(self, tree: Branch, forms: dict[int, Form], *, close: bool) -> None:
        self._forms = forms
        self._close = close
        self._lines: list[str] = []
        self._variables = count(1)
        self.keys: list[str] = []
        self.lists: list[Branch] = []
        record = self._object(tree, 2)
        self.columns = sorted(column.index for column in tree.columns())
        names = ", ".join(f"v{index}" for index in self.columns)
        keys = "".join(f"k{number}, " for number in range(len(self.keys)))
        self.text = "\n".join(
            [
                "def build(rows, records, gaps, keys, absent):",
                f" {keys.rstrip(' ')} = keys",
                " append = records.append",
                f" for {names}, in rows:",
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
        """An expression that says whether a row has a value in a branch; empty where it always has."""
        tests = [self._forms[column.index].test.format(f"v{column.index}") for column in branch.columns()]
        return " or ".join(tests) if all(tests) else ""

    def _is_dense(self, branch: Branch) -> bool:
        return any(self._forms[column.index].dense for column in branch.columns())

    def _value(self, branch: Branch, depth: int) -> str:
        if branch.column is not None:
            return f"v{branch.column.index}"
        return self._list(branch, depth) if branch.is_list else self._object(branch, depth)

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


@lru_cache(maxsize=REMEMBERED)
def _compile(text: str) -> Any:
    name = f"<custobar_formats.generated {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {}
    exec(compile(text, name, "exec"), namespace)  # noqa: S102 - made of the structure of a header alone
    return namespace["build"]


class Builder:
    """Makes the records of one header's rows, from the values of its columns.

    ``absent`` is what stands for a value, or a record, that is not there.
    """

    def __init__(self, tree: Branch, forms: dict[int, Form], absent: object, *, close: bool) -> None:
        source = Source(tree, forms, close=close)
        self.columns = source.columns
        self._build = _compile(source.text)
        self._keys = tuple(source.keys)
        self._lists = source.lists
        self._absent = absent

    def build(self, rows: Iterable[Any]) -> tuple[list[Any], list[tuple[int, Column]]]:
        """A record for each row of values, and the row and a column of each list's first gap."""
        records: list[Any] = []
        found: list[tuple[int, int, int]] = []
        self._build(rows, records, found, self._keys, self._absent)
        first: dict[tuple[int, int], Column] = {}
        for row, number, index in found:
            below = self._lists[number].below
            item = sorted(part for part in below if isinstance(part, int))[index]
            first.setdefault((row, number), next(below[item].columns()))
        return records, [(row, column) for (row, _), column in first.items()]
