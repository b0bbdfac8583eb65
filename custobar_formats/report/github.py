"""Reports for GitHub Actions: commands that make annotations, and a page for the step summary.

In: reports. Out: workflow commands, or Markdown. Rule: no text of the data starts a command or a tag.
Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from custobar_formats.core.findings import Finding, cut
from custobar_formats.core.limits import MAX_NAME_CHARS, SHOWN_ANNOTATIONS
from custobar_formats.report.blocks import FindingGroup, cell_of, find_blocks
from custobar_formats.report.contents import ReportContents
from custobar_formats.report.text import printable, summary


def render_github(reports: Sequence[ReportContents]) -> str:
    """A command for each finding that is shown, and a log line with the verdict of each file."""
    lines = []
    for report in reports:
        for group in find_blocks(report):
            lines += [_command(report, group, finding) for finding in group.findings[:SHOWN_ANNOTATIONS]]
        lines.append(f"custobar_formats: {summary(report)}")
    return "".join(f"{line}\n" for line in lines)


def _command(report: ReportContents, group: FindingGroup, finding: Finding) -> str:
    column = finding.column if not report.source.is_table else None  # GitHub counts characters
    facts = {"file": report.source.name, "line": finding.line, "col": column, "title": finding.code}
    properties = ",".join(
        f"{name}={_property(printable(str(fact)))}" for name, fact in facts.items() if fact is not None
    )
    row = f"row {finding.row}: " if finding.row is not None else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    more = group.total - min(SHOWN_ANNOTATIONS, len(group.findings))
    others = f" (and {more:,} more)" if more and finding is group.findings[0] else ""
    return f"::{finding.severity} {properties}::{_data(printable(f'{row}{finding.message}{hint}{others}'))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(fact: object) -> str:
    return _data(printable(str(fact))).replace(":", "%3A").replace(",", "%2C")


def render_summary(reports: Sequence[ReportContents]) -> str:
    """Markdown: the verdict of each file, and a table of its findings."""
    lines = ["### custobar_formats", ""]
    for report in reports:
        mark = "✅" if report.passes else "❌"
        lines += [f"{mark} {_escape_markdown(summary(report))}", ""]
        groups = find_blocks(report)
        if groups:
            lines += ["| severity | code | column | count | first |", "| --- | --- | --- | ---: | --- |"]
        for group in groups:
            first = group.findings[0]
            cell = cell_of(report.source, first)
            place = f"line {first.line}{f' ({cell})' if cell else ''}: " if first.line is not None else ""
            hint = f" ({first.hint})" if first.hint else ""
            message = _escape_markdown(f"{place}{first.message}{hint}")
            column = _escape_markdown(cut(group.column, MAX_NAME_CHARS))
            lines.append(f"| {group.severity} | {group.code} | {column} | {group.total:,} | {message} |")
        lines.append("")
    return "\n".join(lines)


def _escape_markdown(text: str) -> str:
    """Text escaped for a Markdown table: no tag, link, emphasis or end of a cell."""
    return "".join(f"&#{ord(c)};" if c in "|*_`[]()~#@:\\" else escape(c) for c in printable(text))
