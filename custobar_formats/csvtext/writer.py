"""Rows of cells to CSV text and its bytes.

In: cells. Out: cells with the quotes that they need; text; bytes, or the character that the charset lacks. The rules
kept here: whatever any reader may take for a delimiter is quoted; only a file's start has a byte order mark.
Source: RFC 4180.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from custobar_formats.core.delimiters import ANY_DELIMITER
from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.text.encoding import UTF16


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """What a file of rows looks like."""

    delimiter: str
    line_end: str
    charset: str

    @property
    def codec(self) -> str:
        """What encodes and decodes a part of a file that is not its start."""
        return "utf-16-le" if self.charset == UTF16 else self.charset

    def join(self, rows: Iterable[Iterable[str]]) -> str:
        """The text of rows whose cells have their quotes; there is at least one row."""
        return self.line_end.join(map(self.delimiter.join, rows)) + self.line_end

    def find_fault(self, text: str, record: int | None, path: Path) -> NotExpressible | None:
        """What says that the charset lacks a character of a text, if it does."""
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
"""With the line feed, the characters for which a cell is quoted wherever they stand in it."""


def quote_row(cells: Iterable[str]) -> list[str]:
    """Cells, quoted where they need it."""
    return [_quote(cell) if NEEDS_QUOTES.search(cell) else cell for cell in cells]


def quote_cells(cells: Sequence[str], joined: str) -> Sequence[str]:
    """Many cells, quoted where they need it; ``joined`` is their text, joined by line feeds.

    Looking for a character in a long text costs next to nothing, so that cells are looked at one by one only where
    there is something to be found.
    """
    found = [character for character in QUOTED_CHARACTERS if character in joined]
    if joined.count("\n") >= len(cells) or len(found) > 1 or (" " in joined and _has_space_at_end(joined)):
        return quote_row(cells)
    if found:
        return [_quote(cell) if found[0] in cell else cell for cell in cells]
    return cells


def unquote(cell: str) -> str:
    """The text of a cell that was quoted where it needed it."""
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def _has_space_at_end(lines: str) -> bool:
    """Whether a line begins or ends with a space."""
    return lines.startswith(" ") or lines.endswith(" ") or "\n " in lines or " \n" in lines


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
