"""One record of CSV text, cell by cell, and what is wrong with its quotes.

In: the text of a record. Out: its cells, or the finding that ends the reading. Slow and exact: for the few records
that something is to be said of. Source: RFC 4180.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from custobar_formats.findings import Finding, make_finding
from custobar_formats.lines import BREAKS

MAX_CELL = 131_072
"""Characters of a cell: the csv module's own default, kept whatever the host has set."""

QUOTED_CELL = re.compile(r'"([^"]*(?:""[^"]*)*)"(?!")')


class Cell(NamedTuple):
    """A cell of a record's text: what it holds, where it stands, and what is wrong (unclosed, stray, or nothing)."""

    text: str
    quoted: bool
    start: int
    end: int
    wrong: str


def scan_record(text: str, delimiter: str) -> Iterator[Cell]:
    """The cells of one record's text, up to the first that is wrong.

    Slow and exact; for the few records that something is to be said of.
    """
    plain = re.compile(f"[^{delimiter}\r\n]*")
    start = 0
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


def unclosed(line: int, column: int, cell: str) -> Finding:
    """The finding for a quote that is never closed."""
    return make_finding(
        "unclosed-quote",
        "a quote opens a cell here and is never closed; reading ends here",
        hint="close it, or, if it is part of the text, write it twice inside a quoted cell",
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
        hint="write a quote inside a quoted cell twice; look for one that is not closed before",
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
        hint="shorten it; a quote that is not closed where it should be has the same effect",
        line=line,
        column=column,
    )
