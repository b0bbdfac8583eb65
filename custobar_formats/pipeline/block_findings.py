"""The findings of a block of rows: their places in the file, the cells around them, and groups of them.

In: a block, and the problems of its cells, rows and records. Out: findings, each with its row, line, column and
neighbouring cells. Rule: a finding costs a hundred times as much as its cell, so the findings of one code in one column
are a group, and the collector makes only as many of them as it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from custobar_formats.core.findings import Finding, Severity, make_finding, neighbours
from custobar_formats.core.limits import USUAL_CHARS
from custobar_formats.core.paths import format_pointer
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.pipeline.block_plan import BlockPlan
from custobar_formats.records.block import FindingGroup
from custobar_formats.schema.document import Location
from custobar_formats.schema.rules import Rule
from custobar_formats.validation.problems import Problem, item_hint


def with_label(finding: Finding, labels: list[str]) -> Finding:
    """A finding with the name of its column, if it has one."""
    if finding.label is not None or finding.column is None or finding.column > len(labels):
        return finding
    return replace(finding, label=labels[finding.column - 1])


def too_few(rows: int, wanted: int) -> Finding:
    """The finding about a file with fewer records than wanted, or with none."""
    if rows < wanted:
        message = f"{rows:,} record{'' if rows == 1 else 's'}: fewer than the {wanted:,} that are required"
        return make_finding("no-records", message, severity=Severity.ERROR, hint="check that the export is complete")
    return make_finding("no-records", "the file has no records", hint="check that the export is complete")


class KnownCodes:
    """The codes of the findings of a schema's rules, as learned from earlier findings."""

    def __init__(self) -> None:
        self._codes: dict[Location, str] = {}

    def code_of(self, rule: Rule, value: Any) -> str | None:
        """The code of the finding for a value that breaks a rule; None if it is not known."""
        return self._codes.get(rule.location) if _is_usual(value) else None

    def learn(self, rule: Rule, value: Any, code: str) -> None:
        """Remember the code of the finding for a value that breaks a rule."""
        if _is_usual(value):
            self._codes[rule.location] = code


def _is_usual(value: Any) -> bool:
    """Whether the rule that a value breaks decides which code its finding has."""
    return not isinstance(value, str) or (len(value) <= USUAL_CHARS and "e" not in value and "E" not in value)


class BlockFindings:
    """Makes and collects the findings of one block, in no order.

    ``doubtful`` are the rows, by their place in the block, whose records must be checked as a whole.
    """

    def __init__(self, plan: BlockPlan, block: RowBlock) -> None:
        self._plan = plan
        self.block = block
        self.findings = block.findings
        self.rows = block.rows
        self.doubtful: set[int] = set()

    def add_cell(
        self,
        code: str,
        row: int,
        index: int,
        message: str,
        hint: str | None = None,
        fix: str | None = None,
        *,
        error: bool = False,
    ) -> None:
        """Add a finding about the cell in a row and a column of the file; a ``fix`` is safe."""
        is_safe = None if fix is None else True
        self.findings.append(self.make_cell(row, index, code, message, hint, fix, is_safe, error=error))

    def make_cell(
        self,
        row: int,
        index: int,
        code: str,
        message: str,
        hint: str | None,
        fix: str | None = None,
        fix_is_safe: bool | None = None,
        *,
        error: bool = False,
    ) -> Finding:
        """The finding about the cell in a row and a column of the file."""
        block, labels = self.block, self._plan.header.labels
        cells, column = block.rows[row], self._plan.columns.get(index)
        return make_finding(
            code,
            message,
            hint=hint,
            severity=Severity.ERROR if error else None,
            row=block.numbers[row],
            line=block.lines[row],
            column=index + 1,
            label=labels[index],
            path=format_pointer(self._plan.maker.path_of(column, cells)) if column is not None else None,
            value=cells[index],
            context=neighbours(labels, cells, index),
            fix=fix,
            fix_is_safe=fix_is_safe,
        )

    def add_blank_row(self, row: int) -> None:
        """Add the finding for a row in which no column of the record has a value."""
        number, line = self.block.numbers[row], self.block.lines[row]
        message = "no usable column has a value; the row is not a record"
        self.findings.append(make_finding("blank-row", message, row=number, line=line))

    def make_problem(self, problem: Problem, row: int) -> Finding:
        """The finding for a problem in a row's record."""
        block = self.block
        where: dict[str, Any] = {"row": block.numbers[row], "line": block.lines[row]}
        cells = block.rows[row]
        column = self._plan.maker.find(problem.path, cells)
        if column is not None:
            where |= {"column": column.index + 1, "label": column.label, "value": cells[column.index]}
            where["context"] = neighbours(self._plan.header.labels, cells, column.index)
            if column.joined and problem.suggestion is not None:
                where |= {"hint": item_hint(problem), "fix": None, "fix_is_safe": None}
        likely = self._plan.likely.hint(problem.missing, cells) if problem.missing else None
        where |= {} if likely is None else {"hint": likely}
        return problem.finding(**where)

    def has_error(self, row: int) -> bool:
        """Whether a row has an error."""
        number = self.block.numbers[row]
        return any(finding.row == number and finding.severity is Severity.ERROR for finding in self.findings)

    def group(
        self, code: str, severity: Severity, key: str, rows: Iterable[int], make: Callable[[int], Finding]
    ) -> FindingGroup:
        """The group of findings of one code in these rows, given as places in the block."""
        return FindingGroup(code, severity, key, {self.block.numbers[row]: row for row in rows}, make)
