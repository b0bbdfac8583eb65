"""Rows of cells to CSV text and its bytes.

In: cells. Out: cells with the quotes that they need; text; bytes, or the character that the encoding lacks. Rules: a
cell with anything that a reader may take for a delimiter is quoted; only the start of a file has a byte order mark.
Source: RFC 4180.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from custobar_formats.core.delimiters import ANY_DELIMITER
from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.text.encoding import UTF16


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """The form of a CSV file."""

    delimiter: str
    line_end: str
    charset: str

    @property
    def codec(self) -> str:
        """The codec for a part of a file after its start."""
        return "utf-16-le" if self.charset == UTF16 else self.charset

    def join(self, rows: Iterable[Iterable[str]]) -> str:
        """The text of at least one row; the cells have their quotes already."""
        return self.line_end.join(map(self.delimiter.join, rows)) + self.line_end

    def find_fault(self, text: str, record: int | None, path: Path) -> NotExpressible | None:
        """The error for a text with a character that the encoding lacks, or None."""
        try:
            text.encode(self.codec)
        except UnicodeEncodeError as error:
            character = text[error.start]
            half = "\ud800" <= character <= "\udfff"
            what = "half of a surrogate pair" if half else f"the character {character!r}"
            reason = (
                f"{what} (U+{ord(character):04X}) cannot be written in {self.charset}{'' if half else '; use utf-8'}"
            )
            return NotExpressible(reason, record, format_pointer(path))
        return None


NEEDS_QUOTES = re.compile(rf'[{ANY_DELIMITER}"\r\n]|^ | $')
QUOTED_CHARACTERS = f'{ANY_DELIMITER}"\r'
"""With the line feed, the characters for which a cell is quoted, wherever in the cell they are."""


def quote_row(cells: Iterable[str]) -> list[str]:
    """The cells, quoted where they need it."""
    return [_quote(cell) if NEEDS_QUOTES.search(cell) else cell for cell in cells]


def quote_cells(cells: Sequence[str], joined: str) -> Sequence[str]:
    """Many cells, quoted where they need it; ``joined`` is their text, joined by line feeds.

    A search for a character in a long text takes next to no time, so cells are checked one by one only where there is
    something to find.
    """
    found = [character for character in QUOTED_CHARACTERS if character in joined]
    if joined.count("\n") >= len(cells) or (" " in joined and _has_space_at_end(joined)):
        return quote_row(cells)
    if not found:
        return cells
    quoted = list(cells)
    for place in {place for mark in found for place, cell in enumerate(cells) if mark in cell}:
        quoted[place] = _quote(cells[place])
    return quoted


def quote_lines(rows: Sequence[Sequence[str]], texts: Sequence[str], delimiter: str) -> Sequence[str]:
    """Each row as a line, its cells quoted where they need it.

    ``texts`` are the lines as they were read, with the same delimiter; one is used as it is if its cells are quoted
    only where they need it. A blank one is not known.
    """
    joined, apart = delimiter.join(["", *texts, ""]), set[int]()
    if '"' in joined or not all(texts):
        apart = {at for at, line in enumerate(texts) if '"' in line or not line}
        joined = delimiter.join(["", *[line for at, line in enumerate(texts) if at not in apart], ""])
    is_written_so = _line_pattern(delimiter).fullmatch
    odd = {at for at in apart if not (texts[at] and is_written_so(texts[at]))}
    for end in (f"{delimiter} ", f" {delimiter}"):
        if re.search(end, joined):  # a third of the time of ``in``
            odd.update([at for at, line in enumerate(texts) if end in f"{delimiter}{line}{delimiter}"])
    lines = list(texts)
    for mark in QUOTED_CHARACTERS.replace(delimiter, ""):
        if mark in joined:
            found = [at for at, line in enumerate(texts) if mark in line and at not in apart]
            odd.update([at for at in found if lines[at] is not texts[at]])
            for at in found:
                lines[at] = _quote_marked(texts[at], mark, delimiter)
    places = sorted(odd)
    columns = [quote_cells(cells, "\n".join(cells)) for cells in zip(*[rows[at] for at in places], strict=True)]
    for at, cells in zip(places, zip(*columns, strict=True), strict=True):
        lines[at] = delimiter.join(cells)
    return lines


def _quote_marked(line: str, mark: str, delimiter: str) -> str:
    """A line without quotes in which some cell has a mark, with quotes around each such cell."""
    parts, done, at = [], 0, line.find(mark)
    while at >= 0:
        begin, end = line.rfind(delimiter, done, at) + 1, line.find(delimiter, at)
        if end < 0:
            end = len(line)
        parts.append(f'{line[done:begin]}"{line[begin:end]}"')
        done, at = end, line.find(mark, end)
    return "".join([*parts, line[done:]])


@cache
def _line_pattern(delimiter: str) -> re.Pattern[str]:
    """The pattern of a line whose cells have quotes only where they need them, and not for spaces at their ends."""
    special = QUOTED_CHARACTERS.replace('"', "")
    quoted = f'"(?=[^"{special}]*+(?:[{special}]|""))[^"]*+(?:""[^"]*+)*+"'
    cell = f'(?:{quoted}|(?! )[^"{special}]*+(?<! ))'
    return re.compile(f"{cell}(?:{delimiter}{cell})*+")


def unquote(cell: str) -> str:
    """The text of a cell that may be quoted."""
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def _has_space_at_end(lines: str) -> bool:
    """Whether a line begins or ends with a space."""
    return lines.startswith(" ") or lines.endswith(" ") or "\n " in lines or " \n" in lines


def _quote(cell: str) -> str:
    return '"' + str.replace(cell, '"', '""') + '"'  # not the method of a subclass, which may escape what it adds
