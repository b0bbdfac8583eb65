"""Columns of values to records: by a walk of the tree of paths at first, by generated source when it pays.

In: the columns of a block, and those of their values that are not the cells themselves. Out: a record for each row.
The rule kept here: both ways give the same records.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from custobar_formats.columns import Branch, Column, Plan
from custobar_formats.generated import MAX_COLUMNS, Builder, Form
from custobar_formats.quick import ColumnReader
from custobar_formats.records import ABSENT, Nester
from custobar_formats.rows import Block

SPARSE = 0.75
"""Share of blank cells from which on it costs less to put the values in than to take the blanks out."""


class Forms:
    """Makes records of columns: by a walk of the tree at first, by generated source from the second block on."""

    def __init__(self, plan: Plan, readers: dict[int, ColumnReader], blank: Any, *, close: bool) -> None:
        self._plan = plan
        self._blank = blank
        self._close = close
        self._texts = {
            column.index
            for column in plan.columns
            if not column.joined and (column.index not in readers or readers[column.index].keeps_text)
        }
        self._nester = Nester(plan.tree, close=close)
        self._lists = _lists_of(plan.tree) if not close else None
        self._seen_blocks = 0
        self._builders: dict[bool, Builder] = {}

    @property
    def is_intricate(self) -> bool:
        """Whether a row's cells alone do not tell whether it has a value: it has lists in one cell, or idle cells."""
        return any(column.joined for column in self._plan.columns) or len(self._plan.columns) < len(self._plan.labels)

    def build(
        self, block: Block, values: dict[int, Sequence[Any]], *, whole: bool
    ) -> tuple[list[Any], list[tuple[int, Column]]]:
        """The records, ABSENT where a row has no value, and the list gaps; without ``whole``, the gaps alone."""
        tree = self._plan.tree if whole else self._lists
        if tree is None or not self._plan.columns:
            return [ABSENT] * (len(block.rows) if whole else 0), []
        self._seen_blocks += 1
        if self._seen_blocks == 1 or len(self._plan.columns) > MAX_COLUMNS:
            return self._walk(block.columns, values)
        if whole not in self._builders:
            forms = {column.index: self._form(column, block.columns[column.index]) for column in tree.columns()}
            self._builders[whole] = Builder(tree, forms, ABSENT, close=self._close)
        builder = self._builders[whole]
        if not values and self._blank is not None and len(builder.columns) == len(self._plan.labels):
            return builder.build(block.rows)
        columns = [self._column(index, block.columns, values) for index in builder.columns]
        return builder.build(zip(*columns, strict=True))

    def _blank_of(self, column: Column) -> Any:
        return ABSENT if column.in_list else self._blank

    def _form(self, column: Column, cells: Sequence[str]) -> Form:
        """How a column's values come: each of them, where a blank cell stands for something."""
        dense = cells.count("") <= len(cells) * SPARSE
        if self._blank_of(column) is not ABSENT and not column.joined:
            return Form("", dense)
        return Form("{}" if column.index in self._texts else "{} is not absent", dense)

    def _column(self, index: int, columns: Sequence[Sequence[str]], values: dict[int, Sequence[Any]]) -> Sequence[Any]:
        if index in self._texts and self._blank is None:
            return [cell or None for cell in columns[index]]
        return columns[index] if index in self._texts else values[index]

    def _walk(
        self, columns: Sequence[Sequence[str]], values: dict[int, Sequence[Any]]
    ) -> tuple[list[Any], list[tuple[int, Column]]]:
        all_values = dict(values)
        for column in self._plan.columns:
            if column.index in self._texts:
                blank = self._blank_of(column)
                all_values[column.index] = [cell or blank for cell in columns[column.index]]
        records = self._nester.nest(all_values)
        return records, self._nester.gaps


def _lists_of(tree: Branch) -> Branch | None:
    """The tree's branches that hold a list of more than one item, in which a gap may be."""
    if tree.column is not None:
        return None
    if tree.is_list and len(tree.below) > 1:
        return tree
    below = {part: found for part, branch in tree.below.items() if (found := _lists_of(branch)) is not None}
    return Branch(below=below) if below else None
