"""A block of rows to a batch of records and findings: a column at a time, and by row only where something is wrong.

In: a block, and the plan of the header. Out: a record for each row, and findings. The rules kept here: what can be
decided once per file is, and what can be decided of a whole column at once is; a row that something is wrong with is
not guessed at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from custobar_formats.core.findings import CODES, Finding, Severity, column_key, make_finding, neighbours
from custobar_formats.core.limits import KEPT_PER_COLUMN, MAX_TEXT_COLUMNS, USUAL_CHARS
from custobar_formats.core.paths import format_pointer
from custobar_formats.csvtext.block import Block
from custobar_formats.pipeline.options import Wanted
from custobar_formats.records.block import Batch, CountedFindings, Values
from custobar_formats.records.flatten import ABSENT
from custobar_formats.records.header import Column, Plan
from custobar_formats.records.json_rows import RowWriter
from custobar_formats.records.nest import RecordMaker
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import Location
from custobar_formats.schema.rules import RuleBook
from custobar_formats.text.artefacts import text_checks
from custobar_formats.validation.cell_warnings import cell_warnings
from custobar_formats.validation.column_readers import ColumnReader, Wrong, make_reader
from custobar_formats.validation.header_checks import Checks, make_checks
from custobar_formats.validation.problems import Checker, Problem

if TYPE_CHECKING:
    from custobar_formats.pipeline.options import Options


class CellReader:
    """Reads blocks of one file."""

    def __init__(self, plan: Plan, schema: Schema | None, options: Options, wanted: Wanted, *, latin1: bool) -> None:
        self._plan = plan
        self._latin1 = latin1
        self._wanted = wanted
        self._blank = {"omit": ABSENT, "erase": "", "null": None}[options.blank]
        self._coercer = Coercer(schema, options.parse_float) if schema is not None else None
        closes = options.list_gaps == "close"
        self._checks = self._make_checks(schema, erases=options.blank != "omit", closes=closes)
        self._readers: dict[int, ColumnReader] = {}
        self._checker: Checker | None = None
        self._moves = closes and not self._checks.decided  # where list items may come to, places may ask for else
        if schema is not None:
            if wanted.checks:
                self._checker = Checker(schema, options.parse_float, erases=options.blank != "omit")
            for column in plan.columns:
                if self._moves and column.in_list:
                    continue  # the record as a whole tells what is asked of it
                rules = self._checks.rules.get(column.index, ()) if self._checks.decided else ()
                if (
                    column.place is not None
                    and not column.joined
                    and not (column.place.is_unconstrained and rules == ())
                ):
                    reader = make_reader(column.place, rules, schema, options.parse_float, len(plan.columns))
                    if reader is not None:
                        self._readers[column.index] = reader
        self._text_checks = {
            column.index: text_checks(schema.entity, column.path, joined=column.joined)
            for column in plan.columns
            if schema is not None and wanted.checks and column.place is not None
        }
        self._asked = {index for index, checks in self._text_checks.items() if len(checks) > 2}  # of plain text, too
        self._maker = RecordMaker(plan, self._blank, close=closes)
        below = [plan.tree.below.get(name) for name in wanted.fields]
        nested = any(branch is not None and branch.column is None for branch in below)
        is_intricate = nested or not self._checks.decided or self._maker.is_intricate
        self._writer: RowWriter | None = None
        if wanted.texts and not is_intricate and self._blank is ABSENT and len(plan.labels) <= MAX_TEXT_COLUMNS:
            bare = {index for index, reader in self._readers.items() if not reader.is_text}
            self._writer = RowWriter(plan.tree, len(plan.labels), bare)
        self._builds = is_intricate or (wanted.records and self._writer is None)
        self._identifying = {
            branch.column.index for branch in below if branch is not None and branch.column is not None
        }
        self._columns = {column.index: column for column in plan.columns}
        self._joined = [column for column in plan.columns if column.joined]
        self._told: Counter[tuple[str, str]] = Counter()
        self._usual: dict[Location, str] = {}
        self._block = Block([], [], [])
        self._findings: list[Finding] = []
        self._doubtful: set[int] = set()

    def _make_checks(self, schema: Schema | None, *, erases: bool, closes: bool) -> Checks:
        if schema is None:
            return Checks()
        if not self._wanted.checks or (erases and not schema.empty_erases):
            return Checks(decided=False)  # blank cells are values like others
        return make_checks(self._plan.tree, RuleBook(schema), blanks_stand=erases, items_move=closes)

    def read(self, block: Block) -> Batch:
        """The records and the findings of a block."""
        self._block, self._findings = block, block.findings
        self._doubtful = set()
        batch = Batch(rows=len(block.rows) + block.skipped, findings=block.findings)
        if self._wanted.blanks:
            batch.blanks = self._count_blanks(block)
        told = self._check_cells(block)
        for index in self._plan.unlabelled:
            self._check_unlabelled(index, block.columns[index])
        if self._checks.keys:
            self._doubtful |= self._checks.doubtful(block.columns)
        if not self._checks.decided:
            self._doubtful.update(range(len(block.rows)))
        builds = self._builds or bool(self._doubtful)
        values, texts, wrong = self._read_columns(block, whole=builds)
        if self._doubtful and not builds:
            builds = True
            values, texts, wrong = self._read_columns(block, whole=True)
        records, gaps = self._maker.build(block, values) if builds else (None, self._maker.gaps(block, values))
        if self._writer is not None and not builds:
            records = self._writer.write(block.rows, block.columns, texts, escapes=block.marks.escapes)
        none = self._say_none(records, gaps, batch)
        for row in sorted(self._doubtful - none):
            assert records is not None
            self._check_record(records, row)
        dropped = self._doubtful | none
        for column, cells in wrong:
            self._tell_wrong(column, cells, dropped, batch, at_once=column.index in told | self._identifying)
        for name, location, severity, rows in self._checks.missing(block.columns) if self._checks.keys else ():
            self._tell_missing(name, location, severity, rows, dropped, batch)
        self._fill(batch, records, none)
        if not builds:
            self._fill_fields(batch, values, none)
        return batch

    def _count_blanks(self, block: Block) -> dict[str, int]:
        counts = (len(cells) - len(list(filter(None, cells))) for cells in block.columns)
        return {label: count for label, count in zip(self._plan.labels, counts, strict=True) if label and count}

    # -- cells as they stand

    def _check_cells(self, block: Block) -> set[int]:
        """Look at the text of cells; the places of columns of which something was told."""
        told = {finding.column - 1 for finding in self._findings if finding.column is not None}
        marks = block.marks
        is_plain = not (marks.spaces or marks.mojibake or marks.formulas or marks.artefacts)
        for column in self._plan.columns if not is_plain or self._asked else ():
            if is_plain and column.index not in self._asked:
                continue
            before, checks = len(self._findings), self._text_checks.get(column.index, ())
            for odd in cell_warnings(block.columns[column.index], marks, latin1=self._latin1, checks=checks):
                row, code, message, hint = odd
                self._say(code, row, column.index, message, hint)
            if len(self._findings) > before:
                told.add(column.index)
        return told

    def _check_unlabelled(self, index: int, cells: Sequence[str]) -> None:
        for row, cell in enumerate(cells):
            if cell:
                message = "the cell is in a column without a name"
                self._findings.append(self._make("blank-label", row, index, message, "name the column", error=True))

    def _read_columns(
        self, block: Block, *, whole: bool
    ) -> tuple[dict[int, Values], dict[int, Sequence[str]], list[tuple[Column, Wrong]]]:
        """The values of columns that are not their cells, or their JSON texts, and which cells are wrong.

        Where no ``whole`` records are made, values are read of fields that are wanted alone.
        """
        values: dict[int, Values] = {}
        texts: dict[int, Sequence[str]] = {}
        found: list[tuple[Column, Wrong]] = []
        for column in self._joined:
            values[column.index] = Values(self._read_joined(column, block.columns[column.index]), given=False)
        breaks = block.marks.breaks
        for index, reader in self._readers.items():
            if whole or index in self._identifying:
                read, wrong = reader.read(block.columns[index], breaks=breaks)
                if read is not None:
                    values[index] = read
            if not whole and self._writer is not None and not reader.is_text:  # which tells what is wrong, too
                texts[index], wrong = reader.texts(block.columns[index], breaks=breaks)
            elif not whole and index not in self._identifying:
                wrong = reader.wrong(block.columns[index], breaks=breaks)
            if wrong:
                found.append((self._columns[index], wrong))
                self._doubtful.update(row for row, rule, _ in wrong if rule is None)
        return values, texts, found

    def _read_joined(self, column: Column, cells: Sequence[str]) -> list[Any]:
        blank = ABSENT if column.in_list else self._blank
        lists = [self._split(column, row, cell) if cell else blank for row, cell in enumerate(cells)]
        if self._checks.rules.get(column.index, ()) is None:
            self._doubtful.update(row for row, cell in enumerate(cells) if cell)
        return lists

    def _split(self, column: Column, row: int, cell: str) -> Any:
        """The items of a list in one cell; nothing is trimmed, and a list of nothing but empty items is absent."""
        items = cell.split(",")
        if any(item != item.strip() for item in items):
            self._say("item-whitespace", row, column.index, "an item has white space at an end; it is kept")
        if not all(items):
            hint = "leave the comma out, or write the list without the empty item"
            self._say("empty-item", row, column.index, "the list has an empty item", hint)
            items = [item for item in items if item]
            self._doubtful.add(row)
        if self._coercer is not None and column.place is not None and not (self._moves and column.in_list):
            items = self._coercer.coerce(items, column.place)
        return items or ABSENT

    # -- rows

    def _say_none(self, records: list[Any] | None, gaps: list[tuple[int, Column]], batch: Batch) -> set[int]:
        """The places of rows that are no records, about each of which something is said."""
        none = set()
        for row, column in gaps:
            hint = "move the later items up, or read with list_gaps='close'"
            self._say("list-gap", row, column.index, "the list item is blank, but a later one has a value", hint)
            none.add(row)
        if records is not None and not all(records):
            for row, record in enumerate(records):
                if record is ABSENT and row not in none:
                    none.add(row)
                    if not self._has_error(row):
                        batch.rows -= 1
                        self._say_blank(row)
        return none

    def _check_record(self, records: list[Any], row: int) -> None:
        """Look at a record as a whole."""
        if self._checker is not None:
            records[row], problems = self._checker.check(records[row])
            self._findings += [self._finding(problem, row) for problem in problems]

    def _fill(self, batch: Batch, records: list[Any] | None, none: set[int]) -> None:
        """Put the records that there are into a batch."""
        numbers, lines = self._block.numbers, self._block.lines
        rows = [row for row in range(len(self._block.rows)) if row not in none] if none else None
        batch.numbers = numbers if rows is None else [numbers[row] for row in rows]
        batch.lines = lines if rows is None else [lines[row] for row in rows]
        if records is not None:
            batch.records = records if rows is None else [records[row] for row in rows]

    def _fill_fields(self, batch: Batch, read: dict[int, Values], none: set[int]) -> None:
        """Put the fields of the records that there are into a batch."""
        rows = [row for row in range(len(self._block.rows)) if row not in none] if none else None
        batch.fields = {}
        for name in self._wanted.fields:
            branch = self._plan.tree.below.get(name)
            index = branch.column.index if branch is not None and branch.column is not None else None
            values: Sequence[Any] = [None] * len(self._block.rows)
            if index is not None:
                values = self._block.columns[index]
                values = read[index].spread(values, None) if index in read else values
            batch.fields[name] = values if rows is None else [values[row] for row in rows]

    # -- findings

    def _tell_wrong(
        self,
        column: Column,
        wrong: Wrong,
        dropped: set[int],
        batch: Batch,
        *,
        at_once: bool,
    ) -> None:
        """Tell of the cells of a column that break a rule, or count them where enough was told of such."""
        counted: dict[tuple[str, Severity], list[int]] = {}
        for row, rule, value in wrong:
            if row in dropped or rule is None or self._checker is None:
                continue
            code = self._usual.get(rule.location) if _is_usual(value) else None
            if at_once or self._wanted.all_findings or code is None or self._told[code, column.label] < KEPT_PER_COLUMN:
                path = self._maker.path_of(column, self._block.rows[row])
                problem = self._checker.problem(value, path, rule)
                if _is_usual(value):
                    self._usual[rule.location] = problem.code
                self._told[problem.code, column.label] += not at_once  # a cell's other finding may be kept instead
                self._findings.append(self._finding(problem, row))
            else:
                severity = rule.severity or CODES[code][0]
                counted.setdefault((code, severity), []).append(self._block.numbers[row])
        batch.counted += [CountedFindings(*kind, column.label, rows) for kind, rows in counted.items()]

    def _tell_missing(
        self,
        name: str,
        location: Location,
        severity: Severity | None,
        rows: Iterable[int],
        dropped: set[int],
        batch: Batch,
    ) -> None:
        """Tell of the records that lack a field, or count them."""
        assert self._checker is not None
        problem = self._checker.missing(name, location, severity)
        counted: list[int] = []
        key = ""
        for row in rows:
            if row in dropped:
                continue
            if not self._wanted.all_findings and key and self._told[problem.code, key] >= KEPT_PER_COLUMN:
                counted.append(self._block.numbers[row])
                continue
            finding = self._finding(problem, row)
            key = column_key(finding)
            self._told[problem.code, key] += 1
            self._findings.append(finding)
        if counted:
            batch.counted.append(CountedFindings(problem.code, severity or CODES[problem.code][0], key, counted))

    def _say(self, code: str, row: int, index: int, message: str, hint: str | None = None) -> None:
        self._findings.append(self._make(code, row, index, message, hint))

    def _make(self, code: str, row: int, index: int, message: str, hint: str | None, *, error: bool = False) -> Finding:
        cells, column = self._block.rows[row], self._columns.get(index)
        return make_finding(
            code,
            message,
            hint=hint,
            severity=Severity.ERROR if error else None,
            row=self._block.numbers[row],
            line=self._block.lines[row],
            column=index + 1,
            label=self._plan.labels[index],
            path=format_pointer(self._maker.path_of(column, cells)) if column is not None else None,
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

    def _finding(self, problem: Problem, row: int) -> Finding:
        """The finding for a problem of a row's record."""
        number, line, cells = self._block.numbers[row], self._block.lines[row], self._block.rows[row]
        column = self._maker.find(problem.path, cells)
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


def _is_usual(value: Any) -> bool:
    """Whether the rule that a value breaks says which code its finding has."""
    return not isinstance(value, str) or (len(value) <= USUAL_CHARS and "e" not in value and "E" not in value)
