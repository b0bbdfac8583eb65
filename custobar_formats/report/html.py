"""Reports as a page in one file: no network, nothing to install, readable without scripts.

In: reports. Out: HTML. Rule: the template escapes all text, and a browser can open the page, however many findings it
has. Needs jinja2, the extra ``html``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pkgutil import get_data
from typing import Any

from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import cut
from custobar_formats.core.limits import (
    MAX_CHART_BARS,
    MAX_PAGE_FINDINGS,
    MIN_CHART_ROWS,
    MIN_FILTERED_BLOCKS,
    SHOWN_COLUMNS,
    SHOWN_FINDINGS,
)
from custobar_formats.report.blocks import (
    FindingGroup,
    Place,
    advice,
    count_words,
    find_blocks,
    places_of,
    problem_words,
    subject,
    way_out,
    ways_words,
    where_words,
)
from custobar_formats.report.contents import ReportContents, SourceInfo
from custobar_formats.report.text import (
    fix_words,
    header_words,
    misfits_mapping,
    printable,
    printable_name,
    summary,
)
from custobar_formats.report.wrapping import words_of

MAX_SOLID = 24
"""Characters up to which a value or a hyphenated word is kept in one line, so that it fits into that of a telephone."""


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
    environment = jinja2.Environment(autoescape=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
    environment.filters["solid"] = _solid
    return environment.from_string(source.decode("utf-8"))


def _solid(text: str) -> Any:
    """The text as HTML in which a line does not end within a short value or a hyphenated word."""
    from markupsafe import Markup, escape

    solid = Markup('<span class="solid">{}</span>').format
    words = [solid(word) if len(word) <= MAX_SOLID and {"-", " "} & set(word) else word for word in words_of(text)]
    return Markup(" ").join(map(escape, words))


def _file(report: ReportContents) -> dict[str, Any]:
    """All that the template shows about one file."""
    groups = find_blocks(report)
    blocks = list(_blocks(groups, report.source))
    shown = sum(block["kept"] for block in blocks)
    return {
        "name": printable(report.source.name or "<input>"),
        "valid": report.passes,
        "verdict": summary(report).removeprefix(f"{printable(report.source.name or '<input>')}: "),
        "rows": report.rows,
        "facts": _facts(report),
        "steps": list(_steps(report, groups)),
        "blocks": blocks,
        "charts": _charts(report, groups) if report.rows >= MIN_CHART_ROWS else [],
        "blanks": _bars(Counter({printable_name(label): count for label, count in report.blank_cells.items()})),
        "strip": _strip(report) if report.rows >= MIN_CHART_ROWS else [],
        "strip_text": _strip_text(report),
        "shown": shown,
        "left_out": sum(group.total for group in groups) - shown,
        "filters": [
            (name, sorted({str(block[name]) for block in blocks if block[name]}))
            for name in ("severity", "column", "code")
            if len(blocks) >= MIN_FILTERED_BLOCKS
        ],
    }


def _charts(report: ReportContents, groups: Sequence[FindingGroup]) -> list[tuple[str, list[tuple[str, int, float]]]]:
    columns, codes = Counter[str](), Counter[str](report.counts.by_code)
    for group in groups:
        columns[printable_name(group.column) or "(no single column)"] += group.total
    return [("By column", _bars(columns)), ("By code", _bars(codes))]


def _blocks(groups: Sequence[FindingGroup], source: SourceInfo) -> Iterator[dict[str, Any]]:
    """The blocks with the places of each, until the page has as many as it may have."""
    room = MAX_PAGE_FINDINGS
    for group in groups:
        if not room:
            return
        hint = advice(group, source)
        shown = places_of(group, group.findings, hint, shows_rows=True)[:room]
        room -= len(shown)
        first = SHOWN_COLUMNS if group.is_of_many_columns else SHOWN_FINDINGS
        places = [place for each in shown if any((place := _place(each, source)).values())]
        kept = sum(each.size for each in shown)
        yield {
            "severity": group.severity.value,
            "code": group.code,
            "column": printable_name(group.column),
            "subject": printable_name(subject(group, source)),
            "count": count_words(group, source),
            "problem": printable(problem_words(group)),
            "hint": printable(hint),
            "ways": printable(ways_words(group, source)),
            "first": places[:first],
            "others": places[first:],
            "kept": kept,
            "more": group.total - kept,
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


def _steps(report: ReportContents, groups: Sequence[FindingGroup]) -> list[str]:
    steps = []
    if not report.is_checked:
        steps.append("Nothing is known about the values of this file: do not upload it. See the first error.")
    elif misfits_mapping(report):
        steps.append(
            "No row was read: change the mapping, or export the columns that it needs, and check the file again."
        )
        steps.append("Do not upload this file as it is.")
    elif report.counts.by_code.keys() & {"refused-row", "row-in-doubt", "not-uploaded"}:
        if "refused-row" in report.counts.by_code:
            steps.append("Correct the refused rows in the file that the upload has written, and upload that file.")
        if "row-in-doubt" in report.counts.by_code:
            steps.append("Look in Custobar whether the rows in doubt have arrived; then run the upload again as below.")
        if "not-uploaded" in report.counts.by_code:
            steps.append("Not all rows are uploaded: see the reason below, and run the same upload again.")
    elif not report.valid:
        steps.append("Do not upload this file as it is.")
        steps.append("Fix the errors below at their source, export the data again, and check the new file.")
    elif not report.passes:
        steps.append("Warnings count as errors here (--strict): fix them at their source, and export the data again.")
    else:
        ready = "The data can be uploaded" if report.source.sheet is not None else "The file can be uploaded"
        if report.source.entity is None:
            ready = "No entity was given: values were checked against your own schema, or not at all"
        look = " Look at the warnings first: each may be a mistake." if report.counts.by_severity.get("warning") else ""
        steps.append(f"{ready}.{look}")
    by_fix = fix_words(groups, report.source)
    if by_fix is not None:
        steps.append(f"{by_fix}.")
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


def _place(place: Place, source: SourceInfo) -> dict[str, Any]:
    """One place of a block: where it is, what is there, and its row."""
    finding, change = place.first, place.change
    where = where_words(source, finding, place.last)
    is_shown = finding.line is not None and (source.sheet is None or not where)
    line = f"line {finding.line:,}" if is_shown else ""
    pairs, bad = finding.context or (), cut(finding.label or "")
    return {
        "where": printable(f"{where} ({line})" if where and line else where or line),
        "text": printable(change.text),
        "fix": printable(change.fix),
        "command": way_out(source, finding),
        "hint": printable(change.hint),
        "context": [(printable(label), printable(cell), label == bad) for label, cell in pairs],
    }
