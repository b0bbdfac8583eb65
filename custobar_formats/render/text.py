"""A report as plain text, for terminals and logs.

In: a report. Out: lines, findings of one code and column together, the exact totals last.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from custobar_formats.findings import Finding

if TYPE_CHECKING:
    from custobar_formats.report import Report

SHOWN = 3
"""Findings of one code and column that are shown; the rest are counted."""


def render_text(report: Report) -> str:
    """The report as text, ``name:line:column`` first in each line, so that terminals make it a link."""
    name = report.source.name or "<input>"
    ordered = sorted(report.findings, key=lambda f: (_RANK[f.severity.value], f.code, f.label or f.path or ""))
    lines = []
    for (code, key), group in groupby(ordered, key=lambda f: (f.code, f.label or f.path)):
        findings = list(group)
        lines += [_line(name, finding) for finding in findings[:SHOWN]]
        total = report.counts.by_column.get(key or "", {}).get(code, len(findings))
        if total > SHOWN:
            lines.append(f"    … and {total - SHOWN:,} more of {code}" + (f" in {_safe(key)}" if key else ""))
    return "\n".join([*lines, summary(report)])


_RANK = {"error": 0, "warning": 1, "notice": 2}


def _line(name: str, finding: Finding) -> str:
    place = [name, *(str(number) for number in (finding.line, finding.column) if number is not None)]
    where = f" [{_safe(finding.label or finding.path)}]" if finding.label or finding.path else ""
    row = f" row {finding.row}:" if finding.row is not None else ""
    hint = f" ({_safe(finding.hint)})" if finding.hint else ""
    return f"{_safe(':'.join(place))}: {finding.severity}: {finding.code}:{row} {_safe(finding.message)}{hint}{where}"


def _safe(text: str | None) -> str:
    """Text without what a terminal would obey or break a line at."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text or "")


def summary(report: Report) -> str:
    """The verdict, and the exact totals."""
    name = report.source.name or "<input>"
    parts = [f"{report.counts.by_severity.get(kind, 0):,} {kind}s" for kind in ("error", "warning")]
    if report.counts.by_severity.get("notice"):
        parts.append(f"{report.counts.by_severity['notice']:,} notices")
    verdict = "valid" if report.valid else "invalid"
    how = [part for part in (report.source.charset, _delimiter_word(report.source.delimiter)) if part]
    read = f" ({', '.join(how)})" if how else ""
    return f"{_safe(name)}: {verdict}: {report.valid_rows:,} of {report.rows:,} rows valid, {', '.join(parts)}{read}"


def _delimiter_word(delimiter: str | None) -> str | None:
    return {",": "comma", ";": "semicolon", "\t": "tab"}.get(delimiter or "")
