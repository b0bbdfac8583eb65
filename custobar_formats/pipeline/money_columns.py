"""The columns of money in a block of rows: what they show about their fields, and the amounts in doubt.

In: a block whose findings are known. Out: knowledge for the fields; findings, once a field is known to be mixed. Rule:
as long as no cell of money has an error, this takes a look at the first cells only.
"""

from __future__ import annotations

from collections.abc import Sequence

from custobar_formats.core.findings import CODES, Finding, Severity
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.notation.money import has_wholes
from custobar_formats.notation.numbers import has_decimals
from custobar_formats.pipeline.block_findings import BlockFindings
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.header import Column, Plan
from custobar_formats.validation.mixed_money import (
    HINT,
    MIXED,
    WHOLE,
    MoneyFields,
    field_key,
    mixed_message,
)


class MoneyColumns:
    """The columns of money under one header.

    Attributes:
        filled: the places of those with a whole amount other than 0.

    """

    def __init__(self, plan: Plan, fields: MoneyFields) -> None:
        self._fields = fields
        self._columns: list[tuple[Column, str]] = []
        self.filled = set[int]()
        for column in plan.columns:
            place, path = column.place, column.path
            if place is not None and column.joined:
                place, path = place.step(0), (*path, 0)
            if place is not None and place.is_money:
                self._columns.append((column, field_key(path)))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._columns)

    def check(self, block: RowBlock, found: RecordBlock, findings: BlockFindings, none: set[int]) -> None:
        """Learn from a block, or add its amounts in doubt; ``none`` are the places of rows that are no records."""
        fields, has_findings = self._fields, bool(found.groups or found.findings)
        for column, key in self._columns:
            cells = block.columns[column.index]
            wrong = _places_of_errors(column, block, found) if has_findings else set()
            is_open = column.index not in self.filled or key not in fields.with_wholes
            if is_open and has_wholes(_amounts(column, cells)):
                self.filled.add(column.index)
                right = [cell for row, cell in enumerate(cells) if row not in out] if (out := wrong | none) else cells
                if has_wholes(_amounts(column, right)):
                    fields.with_wholes.add(key)
            if key in fields.mixed:
                self._doubt(column, cells, found, findings, none)
            elif key not in fields.with_decimals and any(
                map(has_decimals, _amounts(column, [cells[row] for row in wrong - none]))
            ):
                fields.with_decimals.add(key)

    def _doubt(
        self, column: Column, cells: Sequence[str], found: RecordBlock, findings: BlockFindings, none: set[int]
    ) -> None:
        wrong = none | _places_of_errors(column, findings.block, found)
        rows = [
            row
            for row, cell in enumerate(cells)
            if row not in wrong and any(map(WHOLE.fullmatch, _amounts(column, (cell,))))
        ]

        def make(row: int) -> Finding:
            return findings.make_cell(row, column.index, MIXED, mixed_message(cells[row]), HINT)

        group = findings.group(MIXED, CODES[MIXED][0], column.label, rows, make)
        found.keep_one_a_cell(group)
        found.groups += [group] if group.rows else []


def _amounts(column: Column, cells: Sequence[str]) -> Sequence[str]:
    """The amounts in cells: one in each, or several if a cell is a list."""
    return [part for cell in cells for part in cell.split(",")] if column.joined else cells


def _places_of_errors(column: Column, block: RowBlock, found: RecordBlock) -> set[int]:
    """The places of the rows whose cell in a column has an error."""
    groups = (group for group in found.groups if group.key == column.label and group.severity is Severity.ERROR)
    places = {place for group in groups for place in group.rows.values()}
    made = {f.row for f in found.findings if f.column == column.index + 1 and f.severity is Severity.ERROR}
    return places | ({place for place, row in enumerate(block.numbers) if row in made} if made else set())
