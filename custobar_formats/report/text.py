"""A report as plain text, for terminals and logs.

In: a report. Out: lines: the findings of one code and column together, the exact totals last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.findings import Finding, Severity, column_key, cut
from custobar_formats.core.limits import MAX_NAME_CHARS, SHOWN_FINDINGS
from custobar_formats.core.shown import ODD_SPACES
from custobar_formats.core.spreadsheet import letters_of
from custobar_formats.report.contents import ReportContents, SourceInfo

COLOURS = {"error": "31;1", "warning": "33;1", "notice": "36;1", "hint": "32"}
COLOURS |= {"valid": "32;1", "invalid": "31;1", "not checked": "31;1"}
"""ECMA-48's colours (SGR) of words: red, yellow, cyan and green are legible on light and dark terminals."""

WRITTEN = "rejected-rows"
"""The code in reports of which the valid rows are those that were written."""

MISFITS = frozenset({"missing-column", "ambiguous-column", "unmapped-column"})
"""The codes of columns that do not fit a mapping; then no row is read."""


def coloured(text: str, name: str, colour: bool) -> str:
    """Text in the colour of a word, if ``colour`` is true."""
    return f"\x1b[{COLOURS[name]}m{text}\x1b[0m" if colour else text


class FindingGroup(NamedTuple):
    """The findings of one severity and code in one column, or in none.

    Attributes:
        severity: their severity.
        code: their code.
        column: the column name, or the place in a record; empty if there is none.
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
        """The number of findings that were counted but not kept."""
        return self.total - len(self.findings)


def group_findings(report: ReportContents) -> list[FindingGroup]:
    """The findings of a report in groups: errors first, then by the first finding of each group in the file."""
    kept: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in report.findings:
        kept.setdefault((finding.severity, finding.code, column_key(finding)), []).append(finding)
    groups = []
    for severity, code, key in sorted(kept, key=lambda group: list(Severity).index(group[0])):
        others = sum(len(kept.get((other, code, key), ())) for other in Severity if other is not severity)
        total = _total(report, code, key) - others
        groups.append(FindingGroup(severity, code, key, kept[severity, code, key], total))
    return groups


def render_text(reports: Sequence[ReportContents]) -> str:
    """The reports as text; each line begins with ``name:line:column``, so that terminals make it a link.

    For a spreadsheet, it begins with the cell, as in ``name:C3``.
    """
    texts = [text_of(report) for report in reports]
    return "".join(f"{text}\n" for text in (texts if len(texts) < 2 else [*texts, totals(reports)]))


def text_of(report: ReportContents, shown: int = SHOWN_FINDINGS, *, colour: bool = False) -> str:
    """One report as text, without a line break at its end, with up to ``shown`` findings per group."""
    lines = []
    for group in group_findings(report):
        lines += [finding_line(report.source, finding, colour=colour) for finding in group.findings[:shown]]
        more = group.total - shown
        if more > 0:
            lines.append(
                f"    … and {more:,} more {group.code}" + (f" in {printable_name(group.column)}" * bool(group.column))
            )
    return "\n".join([*lines, summary(report, colour=colour)])


def _total(report: ReportContents, code: str, key: str) -> int:
    """The exact number of findings of one code in one column, or in none."""
    by_column = report.counts.by_column
    if key:
        return by_column.get(key, {}).get(code, 0)
    return report.counts.by_code[code] - sum(counts.get(code, 0) for counts in by_column.values())


def finding_line(source: SourceInfo, finding: Finding, *, colour: bool = False) -> str:
    """One finding about a source as a line."""
    cell = cell_of(source, finding)
    numbers = [str(number) for number in (finding.line, finding.column) if number is not None]
    place = [source.name or "<input>", *([cell] if cell is not None else numbers)]
    where = f" [{printable_name(finding.label or finding.path)}]" if finding.label or finding.path else ""
    row = f" row {finding.row}:" if finding.row is not None else ""
    hint = " " + coloured(f"({printable(finding.hint)})", "hint", colour) if finding.hint else ""
    message = f"{row} {printable(finding.message)}{hint}{where}"
    severity = coloured(finding.severity, finding.severity, colour)
    return f"{printable(':'.join(place))}: {severity}: {finding.code}:{message}"


def cell_of(source: SourceInfo, finding: Finding) -> str | None:
    """The cell of a finding as a spreadsheet program shows it, such as C3; None if it has none."""
    if source.sheet is None or finding.line is None or finding.column is None:
        return None
    return f"{letters_of(finding.column)}{finding.line}"


def printable(text: str | None) -> str:
    """Text with characters escaped that a terminal would obey or break a line at."""
    return "".join(
        c if c.isprintable() or ODD_SPACES.match(c) else c.encode("unicode_escape").decode() for c in text or ""
    )


def printable_name(name: str | None) -> str:
    """A column name or a place in a record, printable, and cut: it may be as long as a file."""
    return printable(cut(name or "", MAX_NAME_CHARS))


def summary(report: ReportContents, *, colour: bool = False) -> str:
    """The verdict, and the exact totals."""
    name = report.source.name or "<input>"
    verdict = report.verdict
    source = report.source
    how = [_sheet_words(source), source.charset, _delimiter_word(source.delimiter), _entity_words(source)]
    details = ", ".join(part for part in how if part)
    read = f" ({details})" if details else ""
    found = _counted(report.counts.by_severity)
    strict = " (--strict)" if report.valid and not report.passes else ""
    counts = f"{rows_words(report)}, {found}" if report.is_checked else found
    return f"{printable(name)}: {coloured(verdict, verdict, colour)}{strict}: {counts}{read}"


def rows_words(report: ReportContents) -> str:
    """How many rows are valid, or why none was read."""
    codes = report.counts.by_code
    if not report.rows and not report.valid and "no-records" not in codes:
        return "no row was read" + (" (the columns do not fit the mapping)" if misfits_mapping(report) else "")
    words = f"{report.valid_rows:,} of {report.rows:,} row{'' if report.rows == 1 else 's'} valid"
    if report.source.entity == "sales" and 0 < report.valid_rows < report.rows and WRITTEN not in codes:
        words += " by themselves; a sale is written only as a whole"
    return words


def misfits_mapping(report: ReportContents) -> bool:
    """Whether no row was read because the columns do not fit the mapping."""
    return not report.rows and not MISFITS.isdisjoint(report.counts.by_code)


def totals(reports: Sequence[ReportContents], *, colour: bool = False) -> str:
    """The totals of several files."""
    verdicts = Counter(report.verdict for report in reports)
    words = [word for word in ("valid", "invalid", "not checked") if verdicts[word]]
    parts = [f"{verdicts[word]} {coloured(word, word, colour)}" for word in words]
    counted = Counter[str]()
    for report in reports:
        if "unreadable-file" not in report.counts.by_code:
            counted.update(report.counts.by_severity)
    rows, good = sum(report.rows for report in reports), sum(report.valid_rows for report in reports)
    files = f"{len(reports)} file{'' if len(reports) == 1 else 's'}"
    valid_rows = f"{good:,} of {rows:,} row{'' if rows == 1 else 's'} valid"
    return f"{files}: {', '.join(parts)}: {valid_rows}, {_counted(counted)}"


def how_read(report: ReportContents, seconds: float) -> str:
    """How a file was read, and how fast, one line per fact."""
    source = report.source
    scores = ", ".join(f"{_delimiter_word(name)} {score:.2f}" for name, score in source.delimiter_scores.items())
    delimiter = f"{_delimiter_word(source.delimiter)}: {source.delimiter_reason}" if source.delimiter else None
    facts = {
        "format": source.format,
        "sheet": source.sheet,
        "encoding": f"{source.charset}: {source.charset_reason}" if source.charset else source.charset_reason,
        "delimiter": f"{delimiter} ({scores})" if scores and delimiter else delimiter,
        "header": header_words(source),
        "upload": f"Content-Type: {source.content_type}" if source.content_type else None,
        "entity": _entity_words(source),
        "blank cells": ", ".join(
            f"{cut(label, MAX_NAME_CHARS)} {count:,}" for label, count in report.blank_cells.items()
        ),
        "time": f"{seconds:.2f} s, {report.rows / max(seconds, 0.001):,.0f} rows/s",
    }
    name = printable(source.name or "<input>")
    return "\n".join(f"{name}: {what}: {printable(fact)}" for what, fact in facts.items() if fact)


def _counted(by_severity: Mapping[str, int]) -> str:
    kinds = [kind for kind in ("error", "warning", "notice") if kind != "notice" or by_severity.get(kind)]
    return ", ".join(f"{by_severity.get(k, 0):,} {k}{'' if by_severity.get(k) == 1 else 's'}" for k in kinds)


def _entity_words(source: SourceInfo) -> str | None:
    """The entity and the reason for it; None if the user named it."""
    if source.entity_reason is None:
        return None
    return printable(f"{source.entity} {source.entity_reason}" if source.entity else source.entity_reason)


def _sheet_words(source: SourceInfo) -> str | None:
    """The sheet that was read."""
    return None if source.sheet is None else f"sheet {printable(cut(source.sheet, MAX_NAME_CHARS))}"


def header_words(source: SourceInfo) -> str | None:
    """The line of the header, if it was given, and how many lines above it are skipped."""
    if source.header_line is None:
        return None
    above = source.header_line - 1
    return f"line {source.header_line:,}; {above:,} line{'' if above == 1 else 's'} above it skipped"


def _delimiter_word(delimiter: str | None) -> str | None:
    return DELIMITERS.get(delimiter or "")
