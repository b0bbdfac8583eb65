"""Reports as JUnit XML, which build servers show as tests.

In: reports. Out: a suite for each file, a case for each kind of finding in each column. Cases of errors fail, and with
``strict`` those of warnings; the others pass, with the findings as output. A file that was not checked is an error.
Source: the format of Jenkins, GitLab and others; XML 1.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from custobar_formats.core.findings import Severity
from custobar_formats.report.blocks import FindingGroup, group_findings
from custobar_formats.report.contents import UNCHECKED, ReportContents
from custobar_formats.report.text import finding_line, printable, printable_name


def render_junit(reports: Sequence[ReportContents]) -> str:
    """The suites of one run."""
    suites = [_suite(report) for report in reports]
    total = sum((counts for counts, _ in suites), Counter[str]())
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<testsuites name="custobar_formats"{_numbers(total)}>']
    lines += [text for _, text in suites]
    return "\n".join([*lines, "</testsuites>", ""])


def _numbers(counts: Mapping[str, int]) -> str:
    """The numbers of cases, failures and errors as attributes."""
    return "".join(f' {name}="{counts.get(name, 0)}"' for name in ("tests", "failures", "errors"))


def _suite(report: ReportContents) -> tuple[Counter[str], str]:
    """The numbers of cases by their result, and the text."""
    name = quoteattr(printable(report.source.name or "<input>"))
    groups = group_findings(report)
    counts = Counter(f"{result}s" for group in groups if (result := _result(report, group)))
    counts["tests"] = max(len(groups), 1)
    cases = [_case(report, name, group) for group in groups] or [f'<testcase classname={name} name="valid"/>']
    return counts, "\n".join([f"<testsuite name={name}{_numbers(counts)}>", *cases, "</testsuite>"])


def _result(report: ReportContents, group: FindingGroup) -> str | None:
    """The result of a case that does not pass: an error if the file was not checked."""
    if group.code in UNCHECKED:
        return "error"
    fails = group.severity is Severity.ERROR or (report.strict and group.severity is Severity.WARNING)
    return "failure" if fails else None


def _case(report: ReportContents, name: str, group: FindingGroup) -> str:
    title = f"{group.code} in {printable_name(group.column)}" if group.column else group.code
    lines = [finding_line(report.source, finding) for finding in group.findings]
    lines += [f"and {group.more:,} more"] if group.more else []
    text = escape("\n".join(lines))
    result = _result(report, group)
    if result is not None:
        message = quoteattr(printable(group.findings[0].message))
        inner = f"<{result} type={quoteattr(group.code)} message={message}>{text}</{result}>"
    else:
        inner = f"<system-out>{text}</system-out>"
    return f"<testcase classname={name} name={quoteattr(title)}>{inner}</testcase>"
