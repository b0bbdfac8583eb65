"""The findings of a block of rows: where in the file they are, what is around them, and how many are made.

In: a block, and what is wrong with its cells, rows and records. Out: findings, each with its row, line, column and
neighbouring cells; counts of those beyond what a report keeps. The rule kept here: of one code in one column, as many
findings are made as a report keeps, and all are counted.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from custobar_formats.core.findings import Finding, Severity, make_finding, neighbours
from custobar_formats.core.limits import KEPT_PER_COLUMN, USUAL_CHARS
from custobar_formats.core.paths import format_pointer
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.pipeline.block_plan import BlockPlan
from custobar_formats.records.block import CountedFindings
from custobar_formats.schema.document import Location
from custobar_formats.schema.rules import Rule
from custobar_formats.validation.problems import Problem


class FindingLimiter:
    """Says of which codes in which columns enough findings were made; for one file."""

    def __init__(self, *, all_findings: bool) -> None:
        self._all_findings = all_findings
        self._made: Counter[tuple[str, str]] = Counter()
        self._codes: dict[Location, str] = {}

    def is_full(self, code: str, key: str) -> bool:
        """Whether further findings of a code under a key are counted alone."""
        return not self._all_findings and self._made[code, key] >= KEPT_PER_COLUMN

    def note(self, code: str, key: str) -> None:
        """Note a finding that was made."""
        self._made[code, key] += 1

    def code_of(self, rule: Rule, value: Any) -> str | None:
        """The code of the finding for a value that breaks a rule, where an earlier one has shown it."""
        return self._codes.get(rule.location) if _is_usual(value) else None

    def learn(self, rule: Rule, value: Any, code: str) -> None:
        """Remember the code of the finding for a value that breaks a rule."""
        if _is_usual(value):
            self._codes[rule.location] = code


def _is_usual(value: Any) -> bool:
    """Whether the rule that a value breaks says which code its finding has."""
    return not isinstance(value, str) or (len(value) <= USUAL_CHARS and "e" not in value and "E" not in value)


class BlockFindings:
    """Makes and gathers the findings of one block, in no order.

    ``doubtful`` are the rows, by their place in the block, whose records have to be looked at as a whole.
    """

    def __init__(self, plan: BlockPlan, block: RowBlock) -> None:
        self._plan = plan
        self._block = block
        self.findings = block.findings
        self.doubtful: set[int] = set()

    def add_cell(
        self, code: str, row: int, index: int, message: str, hint: str | None = None, *, error: bool = False
    ) -> None:
        """Add a finding about the cell in a row and a column of the file."""
        block, labels = self._block, self._plan.header.labels
        cells, column = block.rows[row], self._plan.columns.get(index)
        finding = make_finding(
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
        )
        self.findings.append(finding)

    def add_blank_row(self, row: int) -> None:
        """Add the finding for a row in which nothing that takes part has a value."""
        number, line = self._block.numbers[row], self._block.lines[row]
        message = "no column that takes part has a value; the row is no record"
        self.findings.append(make_finding("blank-row", message, row=number, line=line))

    def add_problem(self, problem: Problem, row: int) -> Finding:
        """Add the finding for a problem of a row's record, which is also returned."""
        block = self._block
        where: dict[str, Any] = {"row": block.numbers[row], "line": block.lines[row]}
        cells = block.rows[row]
        column = self._plan.maker.find(problem.path, cells)
        if column is not None:
            where |= {"column": column.index + 1, "label": column.label, "value": cells[column.index]}
            where["context"] = neighbours(self._plan.header.labels, cells, column.index)
        finding = problem.finding(**where)
        self.findings.append(finding)
        return finding

    def has_error(self, row: int) -> bool:
        """Whether an error is about a row."""
        number = self._block.numbers[row]
        return any(finding.row == number and finding.severity is Severity.ERROR for finding in self.findings)

    def counted(self, code: str, severity: Severity, key: str, rows: list[int]) -> CountedFindings:
        """The count of findings of one code that are not made, one in each of these rows."""
        return CountedFindings(code, severity, key, [self._block.numbers[row] for row in rows])
