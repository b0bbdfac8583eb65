"""A report as plain text, for terminals and logs.

In: a report. Out: lines, findings of one code and column together, the exact totals last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from custobar_formats.findings import Finding, Severity, column_key

if TYPE_CHECKING:
    from custobar_formats.report import Report

SHOWN = 3
"""Findings of one code and column that are shown; the rest are counted."""


def render_text(report: Report) -> str:
    """The report as text, ``name:line:column`` first in each line, so that terminals make it a link."""
    name = report.source.name or "<input>"
    groups: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.severity, finding.code, column_key(finding)), []).append(finding)
    lines = []
    for severity, code, key in sorted(groups, key=lambda group: list(Severity).index(group[0])):
        findings = groups[severity, code, key]
        lines += [_line(name, finding) for finding in findings[:SHOWN]]
        others = sum(len(groups.get((other, code, key), ())) for other in Severity if other is not severity)
        more = _total(report, code, key) - others - SHOWN
        if more > 0:
            lines.append(f"    … and {more:,} more of {code}" + (f" in {printable(key)}" if key else ""))
    return "\n".join([*lines, summary(report)])


def _total(report: Report, code: str, key: str) -> int:
    """The exact number of findings of one code in one column, or in none."""
    by_column = report.counts.by_column
    if key:
        return by_column.get(key, {}).get(code, 0)
    return report.counts.by_code[code] - sum(counts.get(code, 0) for counts in by_column.values())


def _line(name: str, finding: Finding) -> str:
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
