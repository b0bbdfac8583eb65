"""Columns of values to records: by a walk of the tree of paths at first, by generated source when it pays.

In: the columns of a block, and those of their values that are not the cells themselves. Out: a record for each row.
The rule kept here: both ways give the same records, their keys in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from custobar_formats.columns import Branch, Column, Plan
from custobar_formats.generated import MAX_COLUMNS, Builder, Form
from custobar_formats.quick import Values
from custobar_formats.records import ABSENT, Nester
from custobar_formats.rows import Block

SPARSE = 0.75
"""Share of blank cells from which on it costs less to put values in than to take blanks out."""

Gaps = list[tuple[int, Column]]
"""The places of rows, and a column of each blank list item before one with a value."""


class Forms:
    """Makes the records of one file."""

    def __init__(self, plan: Plan, blank: Any, *, close: bool) -> None:
        self._plan = plan
        self._blanks = {column.index: ABSENT if column.in_list else blank for column in plan.columns}
        self._close = close
        self._nester = Nester(plan.tree, close=close)
        self._lists = _lists_of(plan.tree) if not close else None
        self._seen_blocks = 0
        self._builders: dict[bool, Builder] = {}

    @property
    def is_intricate(self) -> bool:
        """Whether a row's cells alone do not tell whether it has a value: it has lists in one cell, or idle cells."""
        return any(column.joined for column in self._plan.columns) or len(self._plan.columns) < len(self._plan.labels)

    def build(self, block: Block, values: dict[int, Values], *, whole: bool) -> tuple[list[Any], Gaps]:
        """The records, ABSENT where a row has no value, and the list gaps; without ``whole``, the gaps alone."""
        tree = self._plan.tree if whole else self._lists
        if tree is None or not self._plan.columns:
            return [ABSENT] * (len(block.rows) if whole else 0), []
        self._seen_blocks += 1
        if self._seen_blocks == 1 or len(self._plan.columns) > MAX_COLUMNS:
            return self._walk(block, values)
        if whole not in self._builders:
            forms = {column.index: self._form(column, block, values, whole=whole) for column in tree.columns()}
            self._builders[whole] = Builder(tree, forms, len(self._plan.labels), ABSENT, close=self._close)
        builder = self._builders[whole]
        return builder.build(
            block.rows,
            [self._spread(index, block, values) for index in builder.whole],
            [values[index].items for index in builder.given],
        )

    def _spread(self, index: int, block: Block, values: dict[int, Values]) -> Sequence[Any]:
        return values[index].spread(block.columns[index], self._blanks[index])

    def _form(self, column: Column, block: Block, values: dict[int, Values], *, whole: bool) -> Form:
        """How a column's values come; for the gaps alone, it is enough whether a cell is blank."""
        blank, cells = self._blanks[column.index], block.columns[column.index]
        always = blank is not ABSENT and not column.joined
        dense = always or cells.count("") <= len(cells) * SPARSE
        if column.index not in values or not whole:
            return Form("null" if blank is None else "text", always, dense)
        return Form("all" if dense or not values[column.index].given else "given", always, dense)

    def _walk(self, block: Block, values: dict[int, Values]) -> tuple[list[Any], Gaps]:
        aligned: dict[int, Sequence[Any]] = {}
        for index, blank in self._blanks.items():
            if index in values:
                aligned[index] = self._spread(index, block, values)
            else:
                aligned[index] = [cell or blank for cell in block.columns[index]]
        records = self._nester.nest(aligned)
        return records, self._nester.gaps


def _lists_of(tree: Branch) -> Branch | None:
    """The tree's branches that hold a list of more than one item, in which a gap may be."""
    if tree.column is not None:
        return None
    if tree.is_list and len(tree.below) > 1:
        return tree
    below = {part: found for part, branch in tree.below.items() if (found := _lists_of(branch)) is not None}
    return Branch(below=below) if below else None
