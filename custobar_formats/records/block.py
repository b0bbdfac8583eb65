"""What a reading gives, some rows at a time.

In: records and findings of some rows. Out: a block, whose findings are sorted and at most one a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from custobar_formats.core.findings import Finding, Severity, order

GRAVITY = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(slots=True)
class FindingGroup:
    """Findings of one code in one column, at most one a row, which are made only where somebody looks at them.

    Attributes:
        code, severity: theirs.
        key: what they are counted under.
        rows: their rows, in order, each with its place in the block.
        make: makes the finding for a place.

    """

    code: str
    severity: Severity
    key: str
    rows: dict[int, int]
    make: Callable[[int], Finding]


@dataclass(slots=True)
class RecordBlock:
    """Some rows, as far as they have come.

    Attributes:
        records: all dicts, or all JSON texts of such; of rows without an error, and of rows with one where ``invalid``
            has their number.
        numbers: the row of each record.
        lines: the line of each record.
        rows: how many rows are records or should be.
        findings: in the order of the file.
        invalid: the rows that have an error.
        groups: findings beyond those, of cells that have no other.
        fields: where there are no dicts, the values of some fields.
        blanks: if asked for, the blank cells of each column of a CSV file.
        as_read: if asked for, the rows of a CSV file as they stand there, with their numbers; also those that are no
            records.

    """

    records: list[Any] = field(default_factory=list)
    numbers: Sequence[int] = field(default_factory=list)
    lines: Sequence[int] = field(default_factory=list)
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    invalid: set[int] = field(default_factory=set)
    groups: list[FindingGroup] = field(default_factory=list)
    fields: dict[str, Sequence[Any]] | None = None
    blanks: dict[str, int] = field(default_factory=dict)
    as_read: list[tuple[int, list[str]]] = field(default_factory=list)

    def finish(self) -> RecordBlock:
        """The block with its findings sorted, one a cell, and its invalid rows known."""
        if self.findings:
            self.findings.sort(key=order)
            self.findings = _one_a_cell(self.findings)
        self.invalid = {f.row for f in self.findings if f.severity is Severity.ERROR and f.row is not None}
        for group in self.groups:
            if group.severity is Severity.ERROR:
                self.invalid.update(group.rows)
        return self

    def make_findings(self, is_wanted: Callable[[FindingGroup], bool] = bool, last: int | None = None) -> None:
        """Make the findings of the groups that are wanted, up to a row if one is given."""
        made = [group for group in self.groups if is_wanted(group)]
        if made:
            self.groups = [group for group in self.groups if not is_wanted(group)]
            for group in made:
                self.findings += [group.make(at) for row, at in group.rows.items() if last is None or row <= last]
            self.findings.sort(key=order)

    def keep_one_a_cell(self, group: FindingGroup) -> None:
        """Take from the block, or from a group that is to be added, what is not kept of the cells of that group."""
        rank = (GRAVITY[group.severity], group.code)
        for other in self.groups:
            if other.key == group.key:
                loser = group if (GRAVITY[other.severity], other.code) < rank else other
                for row in group.rows.keys() & other.rows.keys():
                    del loser.rows[row]
        self.groups = [other for other in self.groups if other.rows]
        lost = set()
        for finding in self.findings:
            if finding.label == group.key and finding.row in group.rows:
                if (GRAVITY[finding.severity], finding.code) < rank:
                    del group.rows[finding.row]
                else:
                    lost.add(id(finding))
        self.findings = [finding for finding in self.findings if id(finding) not in lost] if lost else self.findings

    def values(self, name: str) -> Sequence[Any]:
        """The value of a field in each record, None where there is none."""
        if self.fields is not None:
            return self.fields[name]
        return [record.get(name) for record in self.records]


def _one_a_cell(findings: list[Finding]) -> list[Finding]:
    """Findings without those of a cell that has a graver one, or one before it that is as grave."""
    best: dict[tuple[int, int], Finding] = {}
    for finding in findings:
        if finding.row is not None and finding.column is not None and finding.label is not None:
            cell = (finding.row, finding.column)
            if cell not in best or GRAVITY[finding.severity] < GRAVITY[best[cell].severity]:
                best[cell] = finding
    if len(best) == len(findings):
        return findings
    kept = {id(finding) for finding in best.values()}
    return [f for f in findings if id(f) in kept or f.row is None or f.column is None or f.label is None]


class Values(NamedTuple):
    """The values of one column: for each cell, or ``given`` where they are of those cells alone that are not blank."""

    items: Sequence[Any]
    given: bool

    def spread(self, cells: Sequence[str], blank: Any) -> Sequence[Any]:
        """A value for each cell."""
        if not self.given or len(self.items) == len(cells):
            return self.items
        following = iter(self.items).__next__
        return [following() if cell else blank for cell in cells]
