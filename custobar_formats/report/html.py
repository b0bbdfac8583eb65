"""Reports as a page in one file: no network, nothing to install, readable without scripts.

In: reports. Out: HTML. Rule: the template escapes all text, and a browser can open the page, however many findings it
has. Needs jinja2, the extra ``html``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pkgutil import get_data
from typing import Any

from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, Severity, column_key, cut
from custobar_formats.core.limits import MAX_CHART_BARS, MAX_PAGE_FINDINGS
from custobar_formats.report.contents import ReportContents, SourceInfo
from custobar_formats.report.text import (
    cell_of,
    group_findings,
    header_words,
    misfits_mapping,
    printable,
    printable_name,
    summary,
)


def render_html(reports: Sequence[ReportContents]) -> str:
    """The page of one run.

    Raises:
        UsageError: jinja2 is not installed.

    """
    files = [_file(report) for report in reports]
    names = [str(file["name"]) for file in files]
    title = f"Report on {names[0]}" if len(names) == 1 else f"Report on {len(names)} files"
    text: str = _template().render(files=files, title=title, all_valid=all(report.passes for report in reports))
    return text


@cache
def _template() -> Any:
    try:
        import jinja2
    except ImportError:
        raise UsageError("the HTML report needs jinja2: pip install 'custobar_formats[html]'") from None
    source = get_data(__package__, "report.html") or b""
    # Nothing in a report is undefined: a mistake in the template must raise.
    return jinja2.Environment(
        autoescape=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    ).from_string(source.decode("utf-8"))


def _file(report: ReportContents) -> dict[str, Any]:
    """All that the template shows about one file."""
    groups = group_findings(report)
    shown = [finding for group in groups for finding in group.findings][:MAX_PAGE_FINDINGS]
    findings = [_finding(finding, report.source) for finding in shown]
    columns, codes = Counter[str](), Counter[str]()
    for group in groups:
        columns[printable_name(group.column) or "(no single column)"] += group.total
        codes[group.code] += group.total
    return {
        "name": printable(report.source.name or "<input>"),
        "valid": report.passes,
        "verdict": summary(report).removeprefix(f"{printable(report.source.name or '<input>')}: "),
        "rows": report.rows,
        "facts": _facts(report),
        "steps": list(_steps(report)),
        "groups": groups,
        "charts": [("By column", _bars(columns)), ("By code", _bars(codes))],
        "blanks": _bars(Counter({printable_name(label): count for label, count in report.blank_cells.items()})),
        "strip": _strip(report),
        "strip_text": _strip_text(report),
        "findings": findings,
        "left_out": sum(group.total for group in groups) - len(findings),
        "filters": [
            (name, sorted({str(finding[name]) for finding in findings if finding[name]}))
            for name in ("severity", "column", "code")
        ],
    }


def _facts(report: ReportContents) -> list[tuple[str, str]]:
    source = report.source
    delimiter = DELIMITERS.get(source.delimiter or "")
    facts = [
        ("Format", source.format),
        ("Sheet", source.sheet),
        ("Entity", " ".join(part for part in (source.entity, source.entity_reason) if part) or None),
        ("Encoding", f"{source.charset} ({source.charset_reason})" if source.charset else None),
        ("Delimiter", f"{delimiter} ({source.delimiter_reason})" if delimiter else None),
        ("Column names", header_words(source)),
        ("Upload header", f"Content-Type: {source.content_type}" if source.content_type else None),
    ]
    return [(name, printable(value)) for name, value in facts if value is not None]


def _steps(report: ReportContents) -> list[str]:
    steps = []
    if not report.is_checked:
        steps.append("Nothing is known about the values of this file: do not upload it. See the first error.")
    elif misfits_mapping(report):
        steps.append(
            "No row was read: change the mapping, or export the columns that it needs, and check the file again."
        )
        steps.append("Do not upload this file as it is.")
    elif not report.valid:
        steps.append("Fix the errors below at their source, export the data again, and check the new file.")
        steps.append("Do not upload this file as it is.")
    elif not report.passes:
        steps.append("Warnings count as errors here (--strict): fix them at their source, and export the data again.")
    else:
        ready = "The data can be uploaded" if report.source.sheet is not None else "The file can be uploaded"
        if report.source.entity is None:
            ready = "No entity was given: values were checked against your own schema, or not at all"
        look = " Look at the warnings first: each may be a mistake." if report.counts.by_severity.get("warning") else ""
        steps.append(f"{ready}.{look}")
    if report.passes and report.source.content_type:
        steps.append(f"Send it with the header Content-Type: {report.source.content_type}.")
    if report.passes and report.source.sheet is not None:
        steps.append("Convert it first: Custobar's import takes CSV and JSON, and no spreadsheets.")
    if report.passes and not report.source.content_type and report.source.charset:
        steps.append(
            "Save it as UTF-8 first, or upload what convert writes: Custobar's import does not accept this encoding."
        )
    if report.counts.by_code.get("blank-cells"):
        steps.append("Blank cells were written. Custobar may read each as 'remove the stored value': see the notice.")
    return [printable(step) for step in steps]


def _bars(counts: Counter[str]) -> list[tuple[str, int, float]]:
    """The name, the number and the share (percent of the largest) of each row of a chart."""
    rows = counts.most_common()
    most = rows[0][1] if rows else 1
    bars = [(label, count, round(100 * count / most, 1)) for label, count in rows[:MAX_CHART_BARS]]
    rest = sum(count for _, count in rows[MAX_CHART_BARS:])
    return [*bars, (f"({len(rows) - MAX_CHART_BARS} others)", rest, 0.0)] if rest else bars


def _strip(report: ReportContents) -> list[float]:
    """The height of each bucket of rows, in percent of the highest; empty if no finding has a row."""
    width, counts = report.histogram.width, report.histogram.counts
    buckets = max(len(counts), -(-report.rows // width))
    most = max(counts, default=0)
    if not most:
        return []
    return [round(100 * count / most, 1) for count in counts] + [0.0] * (buckets - len(counts))


def _strip_text(report: ReportContents) -> str:
    width, counts = report.histogram.width, report.histogram.counts
    worst = max(range(len(counts)), key=counts.__getitem__, default=0)
    first, last = worst * width + 1, min((worst + 1) * width, max(report.rows, worst * width + 1))
    return f"most findings are in rows {first:,} to {last:,}" if counts else ""


def _finding(finding: Finding, source: SourceInfo) -> dict[str, Any]:
    places = [("line", finding.line), ("row", finding.row)]
    cell = cell_of(source, finding)
    context = finding.context or ()
    return {
        "severity": Severity(finding.severity).value,
        "code": finding.code,
        "column": printable_name(column_key(finding)),
        "place": cell or ", ".join(f"{name} {number:,}" for name, number in places if number is not None),
        "message": printable(finding.message),
        "hint": printable(finding.hint),
        "context": [(printable(label), printable(cell), label == cut(finding.label or "")) for label, cell in context],
    }
