"""Columns of values to nested records: by a walk of the tree of paths at first, by generated source when it pays.

In: the columns of a block, and the values that are not the cells themselves. Out: a record for each row. Rules: a blank
cell is absent; a list ends at its last item with a value; both ways make the same records, with keys in the same order.
Source: https://www.custobar.com/docs/api/data-import-formats/ (nested fields in CSV).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, Final

from custobar_formats.core.limits import MAX_GENERATED_PARTS
from custobar_formats.core.paths import Path
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.records.block import Values
from custobar_formats.records.codegen import Builder, ColumnForm
from custobar_formats.records.header import Branch, Column, Plan

SPARSE_SHARE = 0.7
"""Share of blank cells above which adding values costs less than removing blanks."""

Gaps = list[tuple[int, Column]]
"""For each blank list item before one with a value, the place of its row, and a column of it."""


class RecordMaker:
    """Makes the records of one file."""

    def __init__(self, plan: Plan, blank: Any, *, close: bool) -> None:
        self._plan = plan
        self._blanks = {column.index: ABSENT if column.in_list else blank for column in plan.columns}
        self._close = close
        self._nester = Nester(plan.tree, close=close)
        self._lists = list(_lists_of(plan.tree)) if not close else []
        self._is_large = sum(len(column.path) for column in plan.columns) > MAX_GENERATED_PARTS
        self._seen_blocks = 0
        self._builder: Builder | None = None

    @property
    def is_intricate(self) -> bool:
        """Whether a row's cells alone cannot show that it has a value: some hold lists or are in no record."""
        return any(column.joined for column in self._plan.columns) or len(self._plan.columns) < len(self._plan.labels)

    def build(self, block: RowBlock, values: dict[int, Values]) -> tuple[list[Any], Gaps]:
        """The records, ABSENT where a row has no value, and the list gaps."""
        if not self._plan.columns:
            return [ABSENT] * len(block.rows), []
        self._seen_blocks += 1
        if self._seen_blocks == 1 or self._is_large:
            return self._walk(block, values)
        if self._builder is None:
            forms = {column.index: self._form(column, block, values) for column in self._plan.columns}
            self._builder = Builder(self._plan.tree, forms, len(self._plan.labels), ABSENT, close=self._close)
        return self._builder.build(
            block.rows,
            [self._spread(index, block, values) for index in self._builder.whole],
            [values[index].items for index in self._builder.given],
        )

    def gaps(self, block: RowBlock, values: dict[int, Values]) -> Gaps:
        """Only the list gaps."""
        if any(_has_gap(items, block) for items in self._lists):
            return self._walk(block, values)[1]
        return []

    def path_of(self, column: Column, cells: Sequence[str]) -> Path:
        """The path of a column's value in a row's record; after blank list items that are dropped, it moves up."""
        if not self._close or not column.in_list:
            return column.path
        branch = self._plan.tree
        path: list[str | int] = []
        for part in column.path:
            path.append(len(_items_there(branch, cells, until=part)) if branch.is_list else part)
            branch = branch.below[part]
        return tuple(path)

    def find(self, path: Path, cells: Sequence[str]) -> Column | None:
        """The column that a value at a path of a row's record comes from, or would come from if it is missing."""
        if not self._close:
            return self._plan.find(path)
        branch: Branch | None = self._plan.tree
        for part in path:
            if branch is None or branch.column is not None:
                break
            if branch.is_list:
                branch = dict(enumerate(_items_there(branch, cells))).get(int(part))
            else:
                branch = branch.below.get(part)
        return None if branch is None else branch.column

    def _spread(self, index: int, block: RowBlock, values: dict[int, Values]) -> Sequence[Any]:
        return values[index].spread(block.columns[index], self._blanks[index])

    def _form(self, column: Column, block: RowBlock, values: dict[int, Values]) -> ColumnForm:
        """The form of a column's values."""
        blank, cells = self._blanks[column.index], block.columns[column.index]
        always = blank is not ABSENT and not column.joined
        dense = always or cells.count("") <= len(cells) * SPARSE_SHARE
        if column.index not in values:
            return ColumnForm("null" if blank is None else "text", always, dense)
        return ColumnForm("all" if dense or not values[column.index].given else "given", always, dense)

    def _walk(self, block: RowBlock, values: dict[int, Values]) -> tuple[list[Any], Gaps]:
        aligned: dict[int, Sequence[Any]] = {}
        for index, blank in self._blanks.items():
            if index in values:
                aligned[index] = self._spread(index, block, values)
            else:
                aligned[index] = [cell or blank for cell in block.columns[index]]
        records = self._nester.nest(aligned)
        return records, self._nester.gaps


def _items_there(branch: Branch, cells: Sequence[str], until: str | int | None = None) -> list[Branch]:
    """The items of a list that a row has, or those before ``until``; a cell of only commas has no items."""
    indices = sorted(branch.below, key=int)[: None if until is None else int(until)]
    return [
        branch.below[index]
        for index in indices
        if any(cells[c.index].strip(",") if c.joined else cells[c.index] for c in branch.below[index].columns())
    ]


Items = list[tuple[int, ...]]
"""The columns below each item of a list."""


def _lists_of(tree: Branch) -> Iterator[Items]:
    """The lists in a tree that have several items, so that one may be blank before another."""
    if tree.is_list and len(tree.below) > 1:
        indices = sorted(part for part in tree.below if isinstance(part, int))
        yield [tuple(column.index for column in tree.below[index].columns()) for index in indices]
    for below in tree.below.values():
        yield from _lists_of(below)


def _has_gap(items: Items, block: RowBlock) -> bool:
    """Whether a row may lack a list item but have the next one."""
    rows = range(len(block.rows))
    before: set[int] | None = None  # the rows that have the previous item; None for all
    for indices in items:
        columns = [block.columns[index] for index in indices]
        present = None if any(map(all, columns)) else {row for cells in columns for row in compress(rows, cells)}
        if before is not None and (present is None or not present <= before):
            return True
        before = present
    return False


class Absent:
    """The type of ABSENT, which stands for a missing key or item."""

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent()


class Nester:
    """Nests the values of a plan's columns, a block at a time.

    ``gaps`` collects the row (0-based in the block) and a column of each blank list item before one with a value;
    with ``close`` such items are dropped instead.
    """

    def __init__(self, tree: Branch, *, close: bool) -> None:
        self._tree = tree
        self._close = close
        self.gaps: list[tuple[int, Column]] = []

    def nest(self, values: Mapping[int, Sequence[Any]]) -> list[Any]:
        """A record for each row, or ABSENT if no column has a value."""
        self.gaps = []
        return self._nest(self._tree, values)

    def _nest(self, branch: Branch, values: Mapping[int, Sequence[Any]]) -> list[Any]:
        if branch.column is not None:
            return list(values[branch.column.index])
        if branch.is_list:
            return self._nest_list(branch, values)
        keys = list(branch.below)
        columns = [self._nest(below, values) for below in branch.below.values()]
        return [
            {key: value for key, value in zip(keys, row, strict=True) if value is not ABSENT} or ABSENT
            for row in zip(*columns, strict=True)
        ]

    def _nest_list(self, branch: Branch, values: Mapping[int, Sequence[Any]]) -> list[Any]:
        indices = sorted(part for part in branch.below if isinstance(part, int))
        columns = [self._nest(branch.below[index], values) for index in indices]
        lists: list[Any] = []
        for number, row in enumerate(zip(*columns, strict=True)):
            items = [item for item in row if item is not ABSENT]
            if not self._close and len(items) < len(row) and ABSENT in row[: len(items)]:
                gap = row.index(ABSENT)
                self.gaps.append((number, next(branch.below[gap].columns())))
            lists.append(items or ABSENT)
        return lists
