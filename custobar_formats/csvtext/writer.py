"""How rows become the bytes of a CSV file.

In: text. Out: bytes, or the character that the charset lacks. The rule kept here: only a file's start has a byte
order mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.text.encoding import UTF16


@dataclass(frozen=True, slots=True)
class Form:
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
