"""A block of rows to a block of records and findings: column by column, and row by row only where something is wrong.

In: a block, and the plan of the file. Out: a record for each row, and findings. Rule: a whole column is decided at once
where possible; nothing is guessed about a row with an error.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from custobar_formats.core.findings import CODES, Finding, Severity, column_key
from custobar_formats.core.number_cells import marked_rows
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.pipeline.block_findings import BlockFindings, KnownCodes
from custobar_formats.pipeline.block_plan import BlockPlan, column_kind, without_records
from custobar_formats.pipeline.block_values import read_columns
from custobar_formats.pipeline.column_decisions import ColumnDecisions
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.records.block import FindingGroup, RecordBlock, Values
from custobar_formats.records.nest import ABSENT, Gaps
from custobar_formats.schema.document import Location
from custobar_formats.schema.rules import Rule
from custobar_formats.validation.cell_warnings import FoundWarning, text_warnings
from custobar_formats.validation.column_readers import Wrong
from custobar_formats.validation.problems import Problem
from custobar_formats.validation.scalar_tests import Fault


class BlockReader:
    """Reads the blocks of one file.

    Attributes:
        decisions: what its columns decide about fixes.

    """

    def __init__(self, plan: BlockPlan, money: MoneyColumns | None = None) -> None:
        self._plan = plan
        self._checking = without_records(plan)
        self._money = money
        self._codes = KnownCodes()
        self.decisions = ColumnDecisions(plan, money.filled if money is not None else frozenset())

    def as_read(self, block: RowBlock) -> list[tuple[int, list[str]]]:
        """The original rows with their numbers, as those of a CSV file that mean the same."""
        rows = sorted([*zip(block.numbers, block.rows, strict=True), *block.misfits])
        if not block.has_numbers:
            return rows
        columns = self._plan.columns.items()
        money = [index for index, column in columns if column_kind(self._plan, column) == "money"]
        return [*marked_rows(rows, dict.fromkeys(money))]

    def read_all(self, block: RowBlock) -> RecordBlock:
        """The records and the findings of a block that may have no rows."""
        return self.read(block) if block.rows else RecordBlock(rows=block.skipped, findings=block.findings)

    def read(self, block: RowBlock) -> RecordBlock:
        """The records and the findings of a block."""
        is_needless = self._plan.wanted.is_needless
        plan = self._checking if is_needless is not None and is_needless(block.numbers) else self._plan
        if block.has_numbers and block.rows:
            self.decisions.note_numbers(block.columns)
            block = block if plan.wanted.number_cells else block.plain()
        record_block = RecordBlock(rows=len(block.rows) + block.skipped, findings=block.findings)
        findings = BlockFindings(plan, block)
        if plan.wanted.blanks:
            record_block.blanks = _count_blanks(plan.header.labels, block)
        for index in plan.header.unlabelled:
            _check_unlabelled(index, block.columns[index], findings)
        if plan.checks.keys:
            findings.doubtful |= plan.checks.doubtful(block.columns)
        if not plan.checks.decided:
            findings.doubtful.update(range(len(block.rows)))
        builds = plan.builds or (plan.writer is not None and bool(findings.doubtful))
        read = read_columns(plan, block, findings, whole=builds)
        if plan.writer is not None and findings.doubtful and not builds:
            builds = True
            read = read_columns(plan, block, findings, whole=True)
        records, gaps = plan.maker.build(block, read.values) if builds else (None, plan.maker.gaps(block, read.values))
        if plan.writer is not None and not builds:
            records = plan.writer.write(block.rows, block.columns, read.texts, escapes=block.escapes)
        none = _report_none(records, gaps, record_block, findings)
        self._check_records(block, records if builds else None, sorted(findings.doubtful - none), findings)
        dropped = findings.doubtful | none
        record_block.groups = self._report_cells(block, dict(read.wrong), dropped, findings)
        for name, location, severity, rows in plan.checks.missing(block.columns) if plan.checks.keys else ():
            there = [row for row in rows if row not in dropped]
            if there:
                record_block.groups.append(self._group_missing(name, location, severity, there, findings))
        for location, severity, places in plan.checks.missing_all(block.columns) if plan.checks.keys else ():
            there = sorted(places - dropped)
            if there:
                record_block.groups.append(self._group_missing_all(location, severity, there, findings))
        if self._money is not None:
            self._money.check(block, record_block, findings, none)
        _fill(record_block, block, records, none)
        if not builds:
            self._fill_fields(record_block, block, read.values, none)
        return record_block

    def _report_cells(
        self,
        block: RowBlock,
        all_wrong: dict[int, Wrong],
        dropped: set[int],
        findings: BlockFindings,
    ) -> list[FindingGroup]:
        """The findings for the cells that break a rule, or whose text needs a warning.

        If a cell has two findings, both are added; a later step keeps one of them.
        """
        found: list[FindingGroup] = []
        all_warned = self._find_warnings(block)
        made = _places_by_column(block, findings.findings)
        self.decisions.learn(block.columns, all_wrong)
        self.decisions.learn_found(block.columns, made)
        self.decisions.learn_warnings(block.columns, all_warned)
        for index in sorted(all_wrong.keys() | all_warned.keys()):
            warned = all_warned.get(index, {})
            wrong = {row: (rule, value) for row, rule, value in all_wrong.get(index, ()) if rule and row not in dropped}
            groups = self._group_wrong(index, wrong, findings) + self._group_warned(index, warned, findings)
            twice = warned.keys() & wrong.keys()
            twice |= made.get(index, set()) & {*warned, *wrong}
            for group in groups if twice else ():
                both = [number for number, row in group.rows.items() if row in twice]
                findings.findings += [group.make(group.rows.pop(number)) for number in both]
            found += [group for group in groups if group.rows]
        return found

    def _find_warnings(self, block: RowBlock) -> dict[int, dict[int, FoundWarning]]:
        """The warnings about text, by column and row."""
        plan, suspects = self._plan, block.suspects
        found: dict[int, dict[int, FoundWarning]] = {}
        for index, checks in (plan.text_checks if suspects else plan.field_checks).items():
            known = block.known.get(index)
            if known is not None:
                found |= {index: known.warned} if known.warned else {}
                continue
            own = plan.field_checks.get(index, ())
            if index in block.lists:  # what is doubtful in their items is found where they are divided
                own = [check for check in own if check.code != "doubtful-list"]
            due = [check for check in checks if check in suspects or check in own]
            if due and (warned := text_warnings(block.columns[index], due)):
                found[index] = warned
        return found

    def _check_records(
        self, block: RowBlock, records: list[Any] | None, rows: list[int], findings: BlockFindings
    ) -> None:
        """Check some rows' records as a whole; if ``records`` is None, they are made only for that."""
        checker = self._plan.checker
        if checker is None or not rows:
            return
        alone = self._make_records(block, rows) if records is None else []
        for place, row in enumerate(rows):
            record, problems = checker.check(alone[place] if records is None else records[row])
            if records is not None:
                records[row] = record
            findings.findings += [findings.make_problem(problem, row) for problem in problems]

    def _make_records(self, block: RowBlock, rows: Sequence[int]) -> list[Any]:
        """The records of some rows."""
        part = block.part(rows)
        values = read_columns(self._plan, part, BlockFindings(self._plan, part), whole=True).values
        return self._plan.maker.build(part, values)[0]

    def _group_wrong(
        self, index: int, wrong: Mapping[int, tuple[Rule, Any]], findings: BlockFindings
    ) -> list[FindingGroup]:
        """The findings for the cells of a column that break a rule."""
        plan, column = self._plan, self._plan.columns[index]
        checker, places = plan.checker, defaultdict[tuple[str, Severity], list[int]](list)
        if checker is None:
            return []

        def problem_in(row: int) -> Problem:
            rule, value = wrong[row]
            return checker.problem(value, plan.maker.path_of(column, findings.rows[row]), rule)

        for row, (rule, value) in wrong.items():
            code = self._codes.code_of(rule, value)
            if code is None:
                code = problem_in(row).code
                self._codes.learn(rule, value, code)
            places[code, rule.severity or CODES[code][0]].append(row)
        return [
            findings.group(code, severity, column.label, rows, lambda row: findings.make_problem(problem_in(row), row))
            for (code, severity), rows in places.items()
        ]

    def _group_warned(
        self, index: int, warned: Mapping[int, FoundWarning], findings: BlockFindings
    ) -> list[FindingGroup]:
        """The findings for the cells of a column whose text needs a warning."""
        places = defaultdict[str, list[int]](list)
        for row in sorted(warned):
            places[warned[row].code].append(row)
        label, column, checker = self._plan.header.labels[index], self._plan.columns.get(index), self._plan.checker
        place = column.place if column is not None and not column.joined else None

        def make(row: int) -> Finding:
            found = warned[row]
            if checker is not None and place is not None:
                found = found.checked(lambda value: checker.is_clean_at(value, place))
            return findings.make_cell(row, index, *found)

        return [findings.group(code, CODES[code][0], label, rows, make) for code, rows in places.items()]

    def _group_missing(
        self, name: str, location: Location, severity: Severity | None, rows: Sequence[int], findings: BlockFindings
    ) -> FindingGroup:
        """The findings for the records that lack a field."""
        assert self._plan.checker is not None
        problem = self._plan.checker.missing(name, location, severity)
        key = column_key(findings.make_problem(problem, rows[0]))
        severity = severity or CODES[problem.code][0]
        return findings.group(problem.code, severity, key, rows, lambda row: findings.make_problem(problem, row))

    def _group_missing_all(
        self, location: Location, severity: Severity | None, rows: Sequence[int], findings: BlockFindings
    ) -> FindingGroup:
        """The findings for the records that have none of a union's sets of required fields in full."""
        checker, block = self._plan.checker, findings.block
        assert checker is not None
        rule = Rule(location, severity, bool)
        records: dict[int, Any] = {}

        def make(row: int) -> Finding:
            if not records:
                records.update(zip(rows, self._make_records(block, rows), strict=True))
            coerced, _ = checker.check(records[row])
            return findings.make_problem(checker.problem_of(Fault((), rule, coerced)), row)

        code = checker.problem({}, (), rule).code
        return findings.group(code, severity or CODES[code][0], "", rows, make)

    def _fill_fields(self, record_block: RecordBlock, block: RowBlock, read: dict[int, Values], none: set[int]) -> None:
        """Put the wanted fields of the existing records into their block."""
        rows = [row for row in range(len(block.rows)) if row not in none] if none else None
        record_block.fields = {}
        for name in self._plan.wanted.fields:
            if name in self._plan.item_columns:
                columns = [block.columns[index] for index in self._plan.item_columns[name]]
                kept = columns if rows is None else [[cells[row] for row in rows] for cells in columns]
                record_block.fields[name] = kept
                continue
            branch = self._plan.header.tree.below.get(name)
            index = branch.column.index if branch is not None and branch.column is not None else None
            values: Sequence[Any] = [None] * len(block.rows)
            if index is not None:
                values = block.columns[index]
                values = read[index].spread(values, None) if index in read else values
            record_block.fields[name] = values if rows is None else [values[row] for row in rows]


def _places_by_column(block: RowBlock, findings: list[Finding]) -> dict[int, set[int]]:
    """The places of the cells with one of the findings, by their 0-based column; rows of the wrong width have none."""
    places: dict[int, set[int]] = {}
    for finding in findings:
        if finding.row is not None and finding.column is not None:
            place = bisect_left(block.numbers, finding.row)
            if place < len(block.numbers) and block.numbers[place] == finding.row:
                places.setdefault(finding.column - 1, set()).add(place)
    return places


def _count_blanks(labels: list[str], block: RowBlock) -> dict[str, int]:
    counts = (len(cells) - len(list(filter(None, cells))) for cells in block.columns)
    return {label: count for label, count in zip(labels, counts, strict=True) if label and count}


def _check_unlabelled(index: int, cells: Sequence[str], findings: BlockFindings) -> None:
    for row, cell in enumerate(cells):
        if cell:
            message = "the cell is in a column without a name"
            findings.add_cell("blank-label", row, index, message, "name the column", error=True)


def _report_none(records: list[Any] | None, gaps: Gaps, record_block: RecordBlock, findings: BlockFindings) -> set[int]:
    """The places of rows that are not records; each one gets a finding."""
    none = set()
    for row, column in gaps:
        hint = "move the later items up"
        findings.add_cell("list-gap", row, column.index, "the list item is blank, but a later one has a value", hint)
        none.add(row)
    if records is not None and not all(records):
        for row, record in enumerate(records):
            if record is ABSENT and row not in none:
                none.add(row)
                if not findings.has_error(row):
                    record_block.rows -= 1
                    findings.add_blank_row(row)
    return none


def _fill(record_block: RecordBlock, block: RowBlock, records: list[Any] | None, none: set[int]) -> None:
    """Put the existing records into their block."""
    rows = [row for row in range(len(block.rows)) if row not in none] if none else None
    record_block.numbers = block.numbers if rows is None else [block.numbers[row] for row in rows]
    record_block.lines = block.lines if rows is None else [block.lines[row] for row in rows]
    if records is not None:
        record_block.records = records if rows is None else [records[row] for row in rows]
