"""A block of rows to records: each column's cells read at once, then nested.

In: a block, and the plan of the header. Out: a record for each row, and findings about single cells. The rule kept
here: what can be decided once per file is; a row that something is wrong with is not guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from custobar_formats.columns import Column, Plan
from custobar_formats.findings import Finding, Severity, make_finding, neighbours
from custobar_formats.paths import format_pointer
from custobar_formats.records import ABSENT, Nester
from custobar_formats.rows import Block
from custobar_formats.schema import Schema
from custobar_formats.text import odd_letters
from custobar_formats.validation import Problem
from custobar_formats.values import Coercer

if TYPE_CHECKING:
    from custobar_formats.reading import Options


class CellReader:
    """Reads blocks of one file."""

    def __init__(self, plan: Plan, schema: Schema | None, options: Options, *, latin1: bool) -> None:
        self._plan = plan
        self._coercer = Coercer(schema, options.parse_float) if schema is not None else None
        self._blank = {"omit": ABSENT, "erase": "", "null": None}[options.blank]
        self._nester = Nester(plan.tree, close=options.list_gaps == "close")
        self._latin1 = latin1
        self._readers = [(column, self._reader(column)) for column in plan.columns]
        self._pointers = {column.index: format_pointer(column.path) for column in plan.columns}
        self._block = Block([], [], [])
        self._findings: list[Finding] = []

    def _reader(self, column: Column) -> Callable[[str], Any] | None:
        """What turns a cell of a column that is not blank into its value; None where it stays as it is."""
        place, coercer = column.place, self._coercer
        if place is None or coercer is None or place.asks_nothing or column.joined:
            return None
        if place.members is None and (place.types is None or "string" in place.types):
            return None
        return lambda cell: coercer.parse_cell(cell, place)

    def read(self, block: Block) -> tuple[list[Any], list[Finding], int]:
        """A record for each row, None where there is none; the findings; and how many rows have no value."""
        self._block = block
        self._findings = []
        columns: list[Sequence[str]] = list(zip(*block.rows, strict=True))
        values = {
            column.index: self._read_column(column, read, columns[column.index]) for column, read in self._readers
        }
        for index in self._plan.unlabelled:
            self._check_unlabelled(index, columns[index])
        records = self._nester.nest(values) if values else [ABSENT] * len(block.rows)
        for row, column in self._nester.gaps:
            hint = "move the later items up, or read with list_gaps='close'"
            self._say("list-gap", row, column.index, "the list item is blank, but a later one has a value", hint)
            records[row] = None
        without_value = 0
        for row, record in enumerate(records):
            if record is ABSENT:
                records[row] = None
                if not self._has_error(row):
                    without_value += 1
                    self._say_blank(row)
        return records, self._findings, without_value

    def _read_column(self, column: Column, read: Callable[[str], Any] | None, cells: Sequence[str]) -> list[Any]:
        if any(map(str.isspace, cells)):
            self._check_spaces(column, cells)
        text = "\n".join(cells)
        if not text.isascii():
            self._check_letters(column, cells, text)
        blank = ABSENT if column.in_list else self._blank
        if column.joined:
            return [self._split(column, row, cell) if cell else blank for row, cell in enumerate(cells)]
        if read is None:
            return [cell or blank for cell in cells]
        return [read(cell) if cell else blank for cell in cells]

    def _split(self, column: Column, row: int, cell: str) -> Any:
        """The items of a list in one cell; nothing is trimmed, and a list of nothing but empty items is absent."""
        items = cell.split(",")
        if any(item != item.strip() for item in items):
            self._say("item-whitespace", row, column.index, "an item has white space at an end; it is kept")
        if not all(items):
            hint = "leave the comma out, or write the list without the empty item"
            self._say("empty-item", row, column.index, "the list has an empty item", hint)
            items = [item for item in items if item]
        if self._coercer is not None and column.place is not None:
            items = self._coercer.coerce(items, column.place)
        return items or ABSENT

    def _check_spaces(self, column: Column, cells: Sequence[str]) -> None:
        for row, cell in enumerate(cells):
            if cell.isspace():
                self._say("only-spaces", row, column.index, "the cell holds nothing but white space; it is kept")

    def _check_letters(self, column: Column, cells: Sequence[str], text: str) -> None:
        if next(odd_letters(text, latin1=self._latin1), None) is not None:
            for row, cell in enumerate(cells):
                for code, message, hint in odd_letters(cell, latin1=self._latin1):
                    self._say(code, row, column.index, message, hint)

    def _check_unlabelled(self, index: int, cells: Sequence[str]) -> None:
        for row, cell in enumerate(cells):
            if cell:
                message = "the cell is in a column without a name"
                self._findings.append(self._make("blank-label", row, index, message, "name the column", error=True))

    def _say(self, code: str, row: int, index: int, message: str, hint: str | None = None) -> None:
        self._findings.append(self._make(code, row, index, message, hint))

    def _make(self, code: str, row: int, index: int, message: str, hint: str | None, *, error: bool = False) -> Finding:
        cells = self._block.rows[row]
        return make_finding(
            code,
            message,
            hint=hint,
            severity=Severity.ERROR if error else None,
            row=self._block.numbers[row],
            line=self._block.lines[row],
            column=index + 1,
            label=self._plan.labels[index],
            path=self._pointers.get(index),
            value=cells[index],
            context=neighbours(self._plan.labels, cells, index),
        )

    def _say_blank(self, row: int) -> None:
        number, line = self._block.numbers[row], self._block.lines[row]
        message = "no column that takes part has a value; the row is no record"
        self._findings.append(make_finding("blank-row", message, row=number, line=line))

    def _has_error(self, row: int) -> bool:
        number = self._block.numbers[row]
        return any(f.row == number and f.severity is Severity.ERROR for f in self._findings)

    def finding(self, problem: Problem, cells: list[str], number: int, line: int) -> Finding:
        """The finding for a problem of a row's record."""
        column = self._plan.find(problem.path)
        if column is None:
            return problem.finding(row=number, line=line)
        return problem.finding(
            row=number,
            line=line,
            column=column.index + 1,
            label=column.label,
            value=cells[column.index],
            context=neighbours(self._plan.labels, cells, column.index),
        )
