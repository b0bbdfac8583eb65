"""Reports as JUnit XML, which build servers show as tests.

In: reports. Out: a suite for each file, a case for each kind of finding in each column. Cases of errors fail; cases of
warnings and notices pass, with the findings as output. Source: the format of Jenkins, GitLab and others; XML 1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from custobar_formats.core.findings import Severity
from custobar_formats.report.contents import ReportContents
from custobar_formats.report.text import FindingGroup, finding_line, group_findings, printable


def render_junit(reports: Sequence[ReportContents]) -> str:
    """The suites of one run."""
    suites = [_suite(report) for report in reports]
    tests, failures = sum(tests for tests, _, _ in suites), sum(failures for _, failures, _ in suites)
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    lines.append(f'<testsuites name="custobar_formats" tests="{tests}" failures="{failures}">')
    lines += [text for _, _, text in suites]
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(report: ReportContents) -> tuple[int, int, str]:
    """The number of cases, the number of failures, and the text."""
    name = quoteattr(printable(report.source.name or "<input>"))
    groups = group_findings(report)
    failures = sum(group.severity is Severity.ERROR for group in groups)
    cases = [_case(report, name, group) for group in groups] or [f'<testcase classname={name} name="valid"/>']
    opening = f'<testsuite name={name} tests="{len(cases)}" failures="{failures}">'
    return len(cases), failures, "\n".join([opening, *cases, "</testsuite>"])


def _case(report: ReportContents, name: str, group: FindingGroup) -> str:
    title = f"{group.code} in {group.column}" if group.column else group.code
    lines = [finding_line(report, finding) for finding in group.findings]
    lines += [f"and {group.more:,} more"] if group.more else []
    text = escape("\n".join(lines))
    if group.severity is Severity.ERROR:
        message = quoteattr(printable(group.findings[0].message))
        inner = f"<failure type={quoteattr(group.code)} message={message}>{text}</failure>"
    else:
        inner = f"<system-out>{text}</system-out>"
    return f"<testcase classname={name} name={quoteattr(printable(title))}>{inner}</testcase>"
