"""One record of CSV text, cell by cell, and what is wrong with its quotes.

In: the text of a record. Out: its cells, or the finding that ends the reading. Slow and exact, for the few records
that need a finding. Source: RFC 4180.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import MAX_CELL, MAX_COLUMNS, MAX_ROW_CELLS, MAX_VALUE_CHARS
from custobar_formats.text.chunks import BREAKS, count_breaks

QUOTED_CELL = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"(?!")')
"""A quoted cell. The pattern never backtracks, for which it would have to remember each quote."""

CLOSING = re.compile(r'(?<!")(?:"")*"(?!")')


class Cell(NamedTuple):
    """A cell of a record's text: its content, its place, and what is wrong ("unclosed", "stray" or nothing)."""

    text: str
    quoted: bool
    start: int
    end: int
    wrong: str


def scan_record(text: str, delimiter: str, start: int = 0) -> Iterator[Cell]:
    """The cells of the record that begins at ``start``, up to the first that is wrong.

    Slow and exact, for the few records that need a finding.
    """
    plain = re.compile(f"[^{delimiter}\r\n]*")
    while True:
        quoted = text.startswith('"', start)
        match = (QUOTED_CELL if quoted else plain).match(text, start)
        if match is None:
            yield Cell(text[start + 1 :].replace('""', '"'), True, start, len(text), "unclosed")
            return
        content = match[1].replace('""', '"') if quoted else match[0]
        follows = text[match.end() : match.end() + 1]
        stray = follows not in ("", delimiter, "\r", "\n")
        yield Cell(content, quoted, start, match.end(), "stray" if stray else "")
        if follows != delimiter:
            return
        start = match.end() + 1


def lost_end(text: str, delimiter: str, most: int) -> int:
    """Where the beginning of some records can be cut off, if it ends the reading whatever follows; else 0.

    A cell that is too long, or one too many, ends the reading; so does text after a closing quote, once all that its
    finding shows is there. The cut is never after a quote that closes a cell, which may be the first of two.
    """
    limit = min(MAX_CELL, csv.field_size_limit())
    start = 0
    while True:
        for column, cell in enumerate(scan_record(text, delimiter, start), 1):
            wrong = len(cell.text) > limit or cell.wrong == "stray"
            if column > most or (wrong and (cell.wrong != "stray" or len(text) - cell.end > MAX_VALUE_CHARS)):
                return len(text) - (cell.quoted and not cell.wrong and cell.end == len(text))
        found = BREAKS.match(text, cell.end)
        if found is None:
            return 0
        start = found.end()


def find_problem(text: str, delimiter: str, line: int, most: int, later: Iterable[str]) -> Finding | None:
    """The finding for the first wrong cell of the record at ``line``; None if too many cells come before it.

    ``later`` is the text that follows; it is read only to find the end of a cell that has grown too long.
    """
    limit = min(MAX_CELL, csv.field_size_limit())
    column, cell = next(
        (column, cell)
        for column, cell in enumerate(scan_record(text, delimiter), 1)
        if column > most or cell.wrong or len(cell.text) > limit
    )
    if column > most:
        return None
    opened, closed, rest = line + count_breaks(text[: cell.start]), line + count_breaks(text[: cell.end]), ""
    if cell.wrong == "stray":
        rest = text[cell.end :]
    elif cell.wrong == "unclosed":
        found = _find_close(later)
        if found is None:
            return unclosed(opened, column, cell.text)
        closed, rest = closed + found[0], found[1]
    if rest[:1] not in ("", delimiter, "\r", "\n"):
        return stray(closed, opened, column, rest)
    return oversized(opened, column)


def _find_close(parts: Iterable[str]) -> tuple[int, str] | None:
    """Where a cell that was opened earlier is closed: the line breaks before that, and the text that follows.

    None if it is not closed. The text that follows is as long as a finding shows.
    """
    parts = iter(parts)
    pending, breaks = "", 0
    try:
        for part in parts:
            text = pending + part
            match = CLOSING.search(text)
            if match and match.end() < len(text):
                rest = text[match.end() :]
                while len(rest) <= MAX_VALUE_CHARS and not BREAKS.search(rest) and (more := next(parts, "")):
                    rest += more
                return breaks + count_breaks(text[: match.end()]), rest
            breaks += count_breaks(part)
            pending = '"' * (match is not None)
    except EndOfReading:
        return None
    return (breaks, "") if pending else None


def unclosed(line: int, column: int, cell: str) -> Finding:
    """The finding for a quote that is never closed."""
    return make_finding(
        "unclosed-quote",
        "the quote that opens this cell is never closed; reading ends here",
        hint="close it; if it is part of the text, double it inside a quoted cell",
        line=line,
        column=column,
        value=cell,
    )


def stray(line: int, opened: int, column: int, rest: str) -> Finding:
    """The finding for text after a closing quote."""
    where = f" of the cell that opens at line {opened}" if opened != line else ""
    return make_finding(
        "stray-quote",
        f"text follows the closing quote{where}; reading ends here",
        hint="double a quote inside a quoted cell, or look for an unclosed quote before it",
        line=line,
        column=column,
        value=BREAKS.split(rest)[0],
    )


def oversized(line: int, column: int) -> Finding:
    """The finding for a cell that is too long."""
    limit = min(MAX_CELL, csv.field_size_limit())
    return make_finding(
        "oversized-cell",
        f"the cell has more than {limit:,} characters; reading ends here",
        hint="shorten it, or look for a missing closing quote",
        line=line,
        column=column,
    )


def too_wide(line: int) -> Finding:
    """The finding for a header with too many columns, which are not counted."""
    return make_finding("too-wide", f"the header has more than {MAX_COLUMNS:,} columns", line=line)


def overfull(line: int) -> Finding:
    """The finding for a row with too many cells."""
    return make_finding(
        "extra-cell",
        f"the row has more than {MAX_ROW_CELLS:,} cells; reading ends here",
        hint="look for missing line breaks between rows",
        line=line,
        column=MAX_ROW_CELLS + 1,
    )
