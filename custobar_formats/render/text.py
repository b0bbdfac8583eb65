"""A report as plain text, for terminals and logs.

In: a report. Out: lines, findings of one code and column together, the exact totals last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from custobar_formats.findings import Finding, Severity, column_key

if TYPE_CHECKING:
    from custobar_formats.report import Report

SHOWN = 3
"""Findings of one code and column that are shown; the rest are counted."""


class Group(NamedTuple):
    """The findings of one severity and code in one column, or in none.

    Attributes:
        severity: theirs.
        code: theirs.
        column: the label, or the place in a record; empty where there is none.
        findings: those that the report kept.
        total: the exact number of all.

    """

    severity: Severity
    code: str
    column: str
    findings: list[Finding]
    total: int

    @property
    def more(self) -> int:
        """How many were counted, but not kept."""
        return self.total - len(self.findings)


def groups_of(report: Report) -> list[Group]:
    """The findings of a report in groups: errors first, each kind where its first finding is in the file."""
    kept: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in report.findings:
        kept.setdefault((finding.severity, finding.code, column_key(finding)), []).append(finding)
    groups = []
    for severity, code, key in sorted(kept, key=lambda group: list(Severity).index(group[0])):
        others = sum(len(kept.get((other, code, key), ())) for other in Severity if other is not severity)
        total = _total(report, code, key) - others
        groups.append(Group(severity, code, key, kept[severity, code, key], total))
    return groups


def render_text(reports: Sequence[Report]) -> str:
    """The reports as text, ``name:line:column`` first in each line, so that terminals make it a link."""
    return "".join(f"{text_of(report)}\n" for report in reports)


def text_of(report: Report, shown: int = SHOWN) -> str:
    """One report as text, without a line break at its end, with so many findings of each group."""
    lines = []
    for group in groups_of(report):
        lines += [line_of(report, finding) for finding in group.findings[:shown]]
        more = group.total - shown
        if more > 0:
            lines.append(
                f"    … and {more:,} more of {group.code}" + (f" in {printable(group.column)}" * bool(group.column))
            )
    return "\n".join([*lines, summary(report)])


def _total(report: Report, code: str, key: str) -> int:
    """The exact number of findings of one code in one column, or in none."""
    by_column = report.counts.by_column
    if key:
        return by_column.get(key, {}).get(code, 0)
    return report.counts.by_code[code] - sum(counts.get(code, 0) for counts in by_column.values())


def line_of(report: Report, finding: Finding) -> str:
    """One finding as a line."""
    name = report.source.name or "<input>"
    place = [name, *(str(number) for number in (finding.line, finding.column) if number is not None)]
    where = f" [{printable(finding.label or finding.path)}]" if finding.label or finding.path else ""
    row = f" row {finding.row}:" if finding.row is not None else ""
    hint = f" ({printable(finding.hint)})" if finding.hint else ""
    said = f"{row} {printable(finding.message)}{hint}{where}"
    return f"{printable(':'.join(place))}: {finding.severity}: {finding.code}:{said}"


def printable(text: str | None) -> str:
    """Text without what a terminal would obey or break a line at."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text or "")


def summary(report: Report) -> str:
    """The verdict, and the exact totals."""
    name = report.source.name or "<input>"
    counted = report.counts.by_severity
    kinds = [kind for kind in ("error", "warning", "notice") if kind != "notice" or counted.get(kind)]
    parts = [f"{counted.get(kind, 0):,} {kind}{'' if counted.get(kind) == 1 else 's'}" for kind in kinds]
    verdict = "valid" if report.valid else "invalid"
    how = [part for part in (report.source.charset, _delimiter_word(report.source.delimiter)) if part]
    read = f" ({', '.join(how)})" if how else ""
    rows = f"{report.valid_rows:,} of {report.rows:,} row{'' if report.rows == 1 else 's'} valid"
    return f"{printable(name)}: {verdict}: {rows}, {', '.join(parts)}{read}"


def _delimiter_word(delimiter: str | None) -> str | None:
    return {",": "comma", ";": "semicolon", "\t": "tab"}.get(delimiter or "")
