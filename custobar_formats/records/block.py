"""The result of reading, some rows at a time.

In: records and findings of some rows. Out: a block with sorted findings, at most one for each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from custobar_formats.core.findings import Finding, Severity, order
from custobar_formats.records.fixed_rows import FixedRows

GRAVITY = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(slots=True)
class FindingGroup:
    """Findings of one code in one column, at most one for each row, which are made only when they are needed.

    Attributes:
        code, severity: of all these findings.
        key: the key that they are counted under.
        rows: their rows, in order, each with its place in the block.
        make: makes the finding for a place.
        counts: for findings that are only counted, never made, the number in each row.

    """

    code: str
    severity: Severity
    key: str
    rows: dict[int, int]
    make: Callable[[int], Finding]
    counts: dict[int, int] | None = None

    def all_rows(self) -> list[int]:
        """The row of each finding."""
        return list(self.rows) if self.counts is None else [row for row in self.rows for _ in range(self.counts[row])]


@dataclass(slots=True)
class RecordBlock:
    """The records and findings of some rows.

    Attributes:
        records: all dicts, or all JSON texts of dicts; a record of a row with an error has its row in ``invalid``.
        numbers: the row of each record.
        lines: the line of each record.
        rows: the number of rows that are records or should be.
        findings: in the order of the file.
        invalid: the rows that have an error.
        groups: more findings, for cells that have none in ``findings``.
        fields: if the records are not dicts, the values of some fields; a name with ``*`` has the columns of cells of
            that member in all items of a list.
        blanks: on request, the number of blank cells in each column of a CSV file.
        as_read: on request, the original rows of a CSV file with their numbers, including those that are not records.
        unread: by field of a mapping, the rows in which its value cannot be read.
        fixed: on request, the rows of a fixed file and their changes.
        is_checked: whether the rules between the fields of one record have been checked.
        json_lines: in place of records that another process has read, their JSON texts, one on each line; the line of
            a row with an error is empty.

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
    unread: dict[str, set[int]] = field(default_factory=dict)
    fixed: FixedRows | None = None
    is_checked: bool = False
    json_lines: bytes | None = None

    def finish(self) -> RecordBlock:
        """Sort the findings, keep one for each cell, find the invalid rows, and return the block."""
        if self.findings:
            self.findings.sort(key=order)
            self.findings = _one_a_cell(self.findings)
        self.invalid = {f.row for f in self.findings if f.severity is Severity.ERROR and f.row is not None}
        for group in self.groups:
            if group.severity is Severity.ERROR:
                self.invalid.update(group.rows)
        return self

    def make_findings(self, is_wanted: Callable[[FindingGroup], bool] = bool, last: int | None = None) -> None:
        """Make the findings of the wanted groups, up to the row ``last`` if it is given."""
        made = [group for group in self.groups if group.counts is None and is_wanted(group)]
        if made:
            kept = set(map(id, made))
            self.groups = [group for group in self.groups if id(group) not in kept]
            for group in made:
                self.findings += [group.make(at) for row, at in group.rows.items() if last is None or row <= last]
            self.findings.sort(key=order)

    def keep_one_a_cell(self, group: FindingGroup) -> None:
        """Keep one finding for each cell of a new group; remove the others from the block or the group.

        As everywhere, the first of equally severe ones is kept: one about the row's text, which has no path, comes
        before one about a value.
        """
        rank = (GRAVITY[group.severity], group.code)
        for other in self.groups:
            if other.key == group.key:
                loser = group if (GRAVITY[other.severity], other.code) <= rank else other
                for row in group.rows.keys() & other.rows.keys():
                    del loser.rows[row]
        self.groups = [other for other in self.groups if other.rows]
        lost = set()
        for finding in self.findings:
            if finding.label == group.key and finding.row in group.rows:
                if (GRAVITY[finding.severity], finding.code if finding.path else "") <= rank:
                    del group.rows[finding.row]
                else:
                    lost.add(id(finding))
        self.findings = [finding for finding in self.findings if id(finding) not in lost] if lost else self.findings

    def keep_first(self, count: int) -> None:
        """Keep only so many records, the first ones."""
        if count < len(self.numbers):
            self._keep(range(count))

    def leave_out(self, rows: Collection[int]) -> None:
        """Leave out the records of these rows."""
        if rows:
            self._keep([place for place, number in enumerate(self.numbers) if number not in rows])

    def _keep(self, places: Sequence[int]) -> None:
        """Keep only the records at these places."""
        self.numbers, self.lines = [self.numbers[at] for at in places], [self.lines[at] for at in places]
        self.records = [self.records[at] for at in places] if self.records else []
        if self.json_lines is not None:
            texts = self.json_lines.split(b"\n")
            self.json_lines = b"\n".join(texts[at] for at in places)
        for name, values in (self.fields or {}).items():
            columns = [[cells[at] for at in places] for cells in (values if "*" in name else [values])]
            self.fields = {**(self.fields or {}), name: columns if "*" in name else columns[0]}

    @property
    def content(self) -> list[Any] | bytes:
        """The records, or their JSON lines."""
        return self.records if self.json_lines is None else self.json_lines

    def values(self, name: str) -> Sequence[Any]:
        """The value of a field in each record, None if the record has none."""
        if self.fields is not None:
            return self.fields[name]
        return [record.get(name) for record in self.records]


def _one_a_cell(findings: list[Finding]) -> list[Finding]:
    """The findings with one for each cell: the most severe one, and the first of equally severe ones."""
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
    """The values of one column: for each cell or, if ``given``, only for each cell that is not blank."""

    items: Sequence[Any]
    given: bool

    def spread(self, cells: Sequence[str], blank: Any) -> Sequence[Any]:
        """A value for each cell."""
        if not self.given or len(self.items) == len(cells):
            return self.items
        following = iter(self.items).__next__
        return [following() if cell else blank for cell in cells]
