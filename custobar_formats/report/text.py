"""A report as plain text: in blocks for people, or a line for each finding, for editors and build logs.

In: a report. Out: lines; the findings of one code and column are together, and the exact totals are last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.findings import Finding, cut
from custobar_formats.core.limits import MAX_NAME_CHARS, SHOWN_COLUMNS, SHOWN_FINDINGS
from custobar_formats.core.shown import ODD_SPACES, as_argument
from custobar_formats.report.blocks import (
    UNSAFE_FIX,
    FindingGroup,
    Place,
    advice,
    cell_of,
    count_words,
    find_blocks,
    group_findings,
    places_of,
    problem_words,
    subject,
    way_out,
    ways_words,
    where_words,
)
from custobar_formats.report.contents import ReportContents, SourceInfo
from custobar_formats.report.wrapping import INDENT, filled, words_of

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


def render_text(reports: Sequence[ReportContents]) -> str:
    """The reports as text, in blocks: one for each fault, with the first places under it."""
    texts = [text_of(report) for report in reports]
    return "".join(f"{text}\n" for text in (texts if len(texts) < 2 else [*texts, totals(reports)]))


def render_lines(reports: Sequence[ReportContents]) -> str:
    """Each finding as a line that begins with ``name:line:column``, for editors and build logs; the verdicts last.

    For a spreadsheet, it begins with the cell, as in ``name:C3``.
    """
    lines = []
    for report in reports:
        lines += [finding_line(report.source, one) for group in group_findings(report) for one in group.findings]
        lines.append(summary(report))
    return "".join(f"{line}\n" for line in (lines if len(reports) < 2 else [*lines, totals(reports)]))


def text_of(
    report: ReportContents,
    shown: int = SHOWN_FINDINGS,
    *,
    colour: bool = False,
    names_fix: bool = True,
    width: int | None = None,
    without: Collection[str] = (),
) -> str:
    """One report as text, without a line break at its end, with up to ``shown`` places per block.

    ``names_fix``: whether to name the command ``fix``, which it is not for what that command has left. ``width``: that
    of the lines, which are folded between words; None for no folding. ``without``: codes whose blocks are left out.
    """
    blocks = [block for block in find_blocks(report) if block.code not in without]
    words = (line for block in blocks for line in _block_lines(report.source, block, shown, names_fix, colour))
    lines = [filled(line, width, 2 * INDENT) for line in words]
    by_fix = fix_words(blocks, report.source) if names_fix else None
    lines += [] if by_fix is None else [filled(words_of(by_fix), width, INDENT)]
    return "\n".join([*lines, summary(report, colour=colour, width=width)])


def fix_words(blocks: Iterable[FindingGroup], source: SourceInfo) -> str | None:
    """How to apply the fixes of a file, if there are any.

    Of a long column of money, not all amounts were looked at: one that a field does not take keeps all as they are.
    """
    ways = [(block, way_out(source, finding)) for block in blocks for finding in block.findings]
    commands = {way for _, way in ways if way is not None}
    if not commands:
        return None
    file = "IN" if source.name is None or source.name.startswith("<") else printable(as_argument(source.name))
    command = min(commands)  # without --unsafe, if one needs no more
    both = f"; with --unsafe, also those marked 'by {UNSAFE_FIX}'" if len(commands) > 1 else ""
    unless = ", unless an amount contradicts" if any(block.more and way == UNSAFE_FIX for block, way in ways) else ""
    rejects = " --rejects FILE" if "--map " in source.options else ""  # for what is left, under a mapping
    whole = f"custobar-formats {command} {source.options}{file} OUT{rejects}"
    return f"'{whole}' makes the changes marked 'by {command}'{both}{unless}"


def _block_lines(
    source: SourceInfo, block: FindingGroup, shown: int, names_fix: bool, colour: bool
) -> Iterator[list[str]]:
    """A line with the problem, one with what to do, one for each place, and one that counts the others; in words."""
    name, count = printable_name(subject(block, source)), count_words(block, source)
    about = [f"{name}," if count else f"{name}:"] * (name != "") + [f"{count}:"] * (count != "")
    severity = coloured(block.severity, block.severity, colour)
    yield [f"{severity}:", *about, *words_of(printable(problem_words(block))), f"({block.code})"]
    hint = advice(block, source)
    for line in filter(None, (ways_words(block, source) if names_fix else None, hint)):
        yield _indented([coloured(word, "hint", colour) for word in words_of(printable(line))])
    most = max(shown, SHOWN_COLUMNS) if block.is_of_many_columns else shown
    places = places_of(block, (finding for finding in block.findings if finding.line is not None), hint)
    for place in places[:most]:
        change = place.change
        way = way_out(source, place.first) if names_fix else None
        after = words_of(f"({printable(change.hint)})") if change.hint is not None else []
        if change.fix is not None:
            fix, *odd = words_of(printable(change.fix))
            after = [f"→ {fix}", *odd, *([] if way is None else [f"by {way}"])]
        words = words_of(printable(change.text)) if change.text else []
        words += [coloured(word, "hint", colour) for word in after]
        where = _place(source, place)
        yield _indented([f"{where}:", *words] if words else [where])
    more = block.total - max(sum(place.size for place in places[:most]), 1)
    if more > 0:
        yield _indented([f"and {more:,} more{_in_spans(block, places[most:])}"])


def _in_spans(block: FindingGroup, places: Sequence[Place]) -> str:
    """In how many spans of rows the rest of a block is, where that is fewer than rows, and known."""
    if block.more or all(place.last is None for place in places):
        return ""
    return f", in {len(places):,} span{'' if len(places) == 1 else 's'}"


def _indented(words: Sequence[str]) -> list[str]:
    return [" " * INDENT + words[0], *words[1:]]


def _place(source: SourceInfo, place: Place) -> str:
    """The place as ``name:line:column``, which terminals make a link, and as a spreadsheet program names it."""
    start, where = _start(source, place.first), where_words(source, place.first, place.last)
    if source.sheet is not None and place.last is not None and cell_of(source, place.first) is not None:
        start = f"{source.name or '<input>'}:{where}"
    return printable(f"{start} ({where})" if where and not start.endswith(f":{where}") else start)


def _start(source: SourceInfo, finding: Finding) -> str:
    """The place as ``name:line:column``; in a spreadsheet, as ``name:C3``."""
    cell = cell_of(source, finding) if source.sheet is not None else None
    numbers = [str(number) for number in (finding.line, finding.column) if number is not None]
    return ":".join([source.name or "<input>", *([cell] if cell is not None else numbers)])


def finding_line(source: SourceInfo, finding: Finding, *, colour: bool = False) -> str:
    """One finding about a source as a line."""
    where = f" [{printable_name(finding.label or finding.path)}]" if finding.label or finding.path else ""
    row = f" row {finding.row}:" if finding.row is not None else ""
    hint = " " + coloured(f"({printable(finding.hint)})", "hint", colour) if finding.hint else ""
    message = f"{row} {printable(finding.message)}{hint}{where}"
    severity = coloured(finding.severity, finding.severity, colour)
    return f"{printable(_start(source, finding))}: {severity}: {finding.code}:{message}"


def printable(text: str | None) -> str:
    """Text with characters escaped that a terminal would obey or break a line at."""
    return "".join(
        c if c.isprintable() or ODD_SPACES.match(c) else c.encode("unicode_escape").decode() for c in text or ""
    )


def printable_name(name: str | None) -> str:
    """A column name or a place in a record, printable, and cut: it may be as long as a file."""
    return printable(cut(name or "", MAX_NAME_CHARS))


def summary(report: ReportContents, *, colour: bool = False, width: int | None = None, more: str = "") -> str:
    """The verdict, and the exact totals, with ``more`` at the end; in lines of a width, or in one."""
    name = report.source.name or "<input>"
    verdict = report.verdict
    source = report.source
    how = [_sheet_words(source), source.charset, _delimiter_word(source.delimiter), _entity_words(source)]
    details = ", ".join(part for part in how if part)
    read = f" ({details})" if details else ""
    found = _counted(report.counts.by_severity)
    strict = " (--strict)" if report.valid and not report.passes else ""
    counts = f"{rows_words(report)}, {found}" if report.is_checked else found
    words = words_of(f"{coloured(verdict, verdict, colour)}{strict}: {counts}{read}{more}")
    return filled([f"{printable(name)}:", *words], width, INDENT)


def rows_words(report: ReportContents) -> str:
    """How many rows are valid, or why none was read."""
    codes = report.counts.by_code
    if not report.rows and not report.valid and "no-records" not in codes:
        return "no row was read" + (" (the columns do not fit the mapping)" if misfits_mapping(report) else "")
    words = f"{report.valid_rows:,} of {report.rows:,} row{'' if report.rows == 1 else 's'} valid"
    if report.source.entity != "sales" or not 0 < report.valid_rows < report.rows or WRITTEN in codes:
        return words
    if "refused-row" in codes:
        words += "; Custobar takes or refuses a sale only as a whole"
    else:
        words += " by themselves; a sale is written only as a whole"
    return words


def misfits_mapping(report: ReportContents) -> bool:
    """Whether no row was read because the columns do not fit the mapping."""
    return not report.rows and not MISFITS.isdisjoint(report.counts.by_code)


def totals(reports: Sequence[ReportContents], *, colour: bool = False, width: int | None = None) -> str:
    """The totals of several files, in lines of a width, or in one."""
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
    return filled(words_of(f"{files}: {', '.join(parts)}: {valid_rows}, {_counted(counted)}"), width, INDENT)


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
