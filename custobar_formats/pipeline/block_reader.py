"""A block of rows to a block of records and findings: a column at a time, and by row only where something is wrong.

In: a block, and the plan of the file. Out: a record for each row, and findings. The rule kept here: what can be decided
of a whole column at once is; a row that something is wrong with is not guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from custobar_formats.core.findings import CODES, Severity, column_key
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.pipeline.block_findings import BlockFindings, FindingLimiter
from custobar_formats.pipeline.block_plan import BlockPlan
from custobar_formats.pipeline.block_values import read_columns
from custobar_formats.records.block import RecordBlock, Values
from custobar_formats.records.header import Column
from custobar_formats.records.nest import ABSENT, Gaps
from custobar_formats.schema.document import Location
from custobar_formats.validation.cell_warnings import cell_warnings
from custobar_formats.validation.column_readers import Wrong


class BlockReader:
    """Reads the blocks of one file."""

    def __init__(self, plan: BlockPlan) -> None:
        self._plan = plan
        self._limiter = FindingLimiter(all_findings=plan.wanted.all_findings)

    def read(self, block: RowBlock) -> RecordBlock:
        """The records and the findings of a block."""
        plan = self._plan
        record_block = RecordBlock(rows=len(block.rows) + block.skipped, findings=block.findings)
        findings = BlockFindings(plan, block)
        if plan.wanted.blanks:
            record_block.blanks = _count_blanks(plan.header.labels, block)
        warned = self._check_text(block, findings)
        for index in plan.header.unlabelled:
            _check_unlabelled(index, block.columns[index], findings)
        if plan.checks.keys:
            findings.doubtful |= plan.checks.doubtful(block.columns)
        if not plan.checks.decided:
            findings.doubtful.update(range(len(block.rows)))
        builds = plan.builds or bool(findings.doubtful)
        read = read_columns(plan, block, findings, whole=builds)
        if findings.doubtful and not builds:
            builds = True
            read = read_columns(plan, block, findings, whole=True)
        records, gaps = plan.maker.build(block, read.values) if builds else (None, plan.maker.gaps(block, read.values))
        if plan.writer is not None and not builds:
            records = plan.writer.write(block.rows, block.columns, read.texts, escapes=block.marks.escapes)
        none = _report_none(records, gaps, record_block, findings)
        for row in sorted(findings.doubtful - none):
            assert records is not None
            self._check_record(records, row, findings)
        dropped, made = findings.doubtful | none, warned | plan.identifying
        for column, cells in read.wrong:
            self._report_wrong(column, block, cells, dropped, record_block, findings, at_once=column.index in made)
        for name, location, severity, rows in plan.checks.missing(block.columns) if plan.checks.keys else ():
            self._report_missing(
                name, location, severity, [row for row in rows if row not in dropped], record_block, findings
            )
        _fill(record_block, block, records, none)
        if not builds:
            self._fill_fields(record_block, block, read.values, none)
        return record_block

    def _check_text(self, block: RowBlock, findings: BlockFindings) -> set[int]:
        """Look at the text of cells; the places of columns that something was found in."""
        plan, marks = self._plan, block.marks
        warned = {finding.column - 1 for finding in findings.findings if finding.column is not None}
        is_plain = not (marks.spaces or marks.mojibake or marks.formulas or marks.artefacts)
        for index in plan.columns if not is_plain or plan.special else ():
            if is_plain and index not in plan.special:
                continue
            checks = plan.text_checks.get(index, ())
            for row, code, message, hint in cell_warnings(
                block.columns[index], marks, latin1=plan.latin1, checks=checks
            ):
                findings.add_cell(code, row, index, message, hint)
                warned.add(index)
        return warned

    def _check_record(self, records: list[Any], row: int, findings: BlockFindings) -> None:
        """Look at a record as a whole."""
        if self._plan.checker is not None:
            records[row], problems = self._plan.checker.check(records[row])
            for problem in problems:
                findings.add_problem(problem, row)

    def _report_wrong(
        self,
        column: Column,
        block: RowBlock,
        wrong: Wrong,
        dropped: set[int],
        record_block: RecordBlock,
        findings: BlockFindings,
        *,
        at_once: bool,
    ) -> None:
        """Add findings for the cells of a column that break a rule, or count them where there are enough of such.

        With ``at_once`` each is made, for a cell's other finding may be kept instead.
        """
        plan, limiter = self._plan, self._limiter
        counted: dict[tuple[str, Severity], list[int]] = {}
        for row, rule, value in wrong:
            if row in dropped or rule is None or plan.checker is None:
                continue
            code = limiter.code_of(rule, value)
            if at_once or code is None or not limiter.is_full(code, column.label):
                path = plan.maker.path_of(column, block.rows[row])
                problem = plan.checker.problem(value, path, rule)
                limiter.learn(rule, value, problem.code)
                if not at_once:
                    limiter.note(problem.code, column.label)
                findings.add_problem(problem, row)
            else:
                counted.setdefault((code, rule.severity or CODES[code][0]), []).append(row)
        record_block.counted += [
            findings.counted(code, severity, column.label, rows) for (code, severity), rows in counted.items()
        ]

    def _report_missing(
        self,
        name: str,
        location: Location,
        severity: Severity | None,
        rows: Iterable[int],
        record_block: RecordBlock,
        findings: BlockFindings,
    ) -> None:
        """Add findings for the records that lack a field, or count them."""
        assert self._plan.checker is not None
        problem = self._plan.checker.missing(name, location, severity)
        counted: list[int] = []
        key = ""
        for row in rows:
            if key and self._limiter.is_full(problem.code, key):
                counted.append(row)
                continue
            key = column_key(findings.add_problem(problem, row))
            self._limiter.note(problem.code, key)
        if counted:
            record_block.counted.append(
                findings.counted(problem.code, severity or CODES[problem.code][0], key, counted)
            )

    def _fill_fields(self, record_block: RecordBlock, block: RowBlock, read: dict[int, Values], none: set[int]) -> None:
        """Put the fields of the records that there are into their block."""
        rows = [row for row in range(len(block.rows)) if row not in none] if none else None
        record_block.fields = {}
        for name in self._plan.wanted.fields:
            branch = self._plan.header.tree.below.get(name)
            index = branch.column.index if branch is not None and branch.column is not None else None
            values: Sequence[Any] = [None] * len(block.rows)
            if index is not None:
                values = block.columns[index]
                values = read[index].spread(values, None) if index in read else values
            record_block.fields[name] = values if rows is None else [values[row] for row in rows]


def _count_blanks(labels: list[str], block: RowBlock) -> dict[str, int]:
    counts = (len(cells) - len(list(filter(None, cells))) for cells in block.columns)
    return {label: count for label, count in zip(labels, counts, strict=True) if label and count}


def _check_unlabelled(index: int, cells: Sequence[str], findings: BlockFindings) -> None:
    for row, cell in enumerate(cells):
        if cell:
            message = "the cell is in a column without a name"
            findings.add_cell("blank-label", row, index, message, "name the column", error=True)


def _report_none(records: list[Any] | None, gaps: Gaps, record_block: RecordBlock, findings: BlockFindings) -> set[int]:
    """The places of rows that are no records, for each of which there is a finding."""
    none = set()
    for row, column in gaps:
        hint = "move the later items up, or read with list_gaps='close'"
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
    """Put the records that there are into their block."""
    rows = [row for row in range(len(block.rows)) if row not in none] if none else None
    record_block.numbers = block.numbers if rows is None else [block.numbers[row] for row in rows]
    record_block.lines = block.lines if rows is None else [block.lines[row] for row in rows]
    if records is not None:
        record_block.records = records if rows is None else [records[row] for row in rows]
