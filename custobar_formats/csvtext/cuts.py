"""Where CSV text may be cut between two records.

In: bytes of a file from the start of a record on. Out: ranges of it, each with its first line. Rules: a cut is a guess,
by the quotes before it, which whoever reads up to it proves or disproves; it is behind a line feed, so that it is never
between the two characters of a break, nor within a character.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from custobar_formats.text.chunks import BREAKS


class Range(NamedTuple):
    """A part of a file.

    Attributes:
        start, end: its first byte, and the byte after it.
        line: the 1-based number of its first line.
        is_ascii: whether all text of the file before it is ASCII.

    """

    start: int
    end: int
    line: int
    is_ascii: bool


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts a file into ranges.

    Attributes:
        read: gives so many bytes of the file from a place on.
        codec: Python's name for its encoding.
        window: how many bytes behind each planned end are searched for the end of a record.

    """

    read: Callable[[int, int], bytes]
    codec: str
    window: int

    def ranges(self, whole: Range, first: int, size: int) -> Iterator[Range]:
        """The ranges of a part of the file: the first one of about ``first`` bytes, the others of about ``size``."""
        start, end, line, is_ascii = whole
        unit = 2 if is_wide(self.codec) else 1
        wanted = first
        while end - start > wanted:
            data = self.read(start, min(wanted + self.window, end - start))
            cut = self._cut(data, max(unit, wanted - wanted % unit))
            if not cut or start + cut >= end:
                break
            yield Range(start, start + cut, line, is_ascii)
            line += self._breaks(data, cut)
            is_ascii = is_ascii and is_all_ascii(data, self.codec, cut)
            start += cut
            wanted = size
        if start < end:
            yield Range(start, end, line, is_ascii)

    def _cut(self, data: bytes, size: int) -> int:
        """The place behind a line feed at or after ``size``: the first outside of quotes, or else the first; or 0."""
        quotes = _count_quotes(data, self.codec, 0, size)
        first, at = 0, size
        for end in _line_ends(data, self.codec, size):
            quotes += _count_quotes(data, self.codec, at, end)
            first, at = first or end, end
            if quotes % 2 == 0:
                return end
        return first

    def _breaks(self, data: bytes, end: int) -> int:
        """How many line breaks there are before a place."""
        if is_wide(self.codec):
            return len(BREAKS.findall(data[:end].decode(self.codec, "replace")))
        returns = _count(data, b"\r", 0, end)
        return _count(data, b"\n", 0, end) + (returns - _count(data, b"\r\n", 0, end) if returns else 0)


def first_record(data: bytes, codec: str) -> int:
    """The place of the first line at which a record seems to begin, in bytes behind which a record begins.

    Example:
        >>> first_record(b'b"\\nc\\n"d\\ne"\\n', "utf-8")
        3

    """
    quotes, at = _count_quotes(data, codec, 0, len(data)), 0
    for end in _line_ends(data, codec, 0):
        quotes -= _count_quotes(data, codec, at, end)
        at = end
        if quotes % 2 == 0:
            return end
    return len(data)


def _line_ends(data: bytes, codec: str, at: int) -> Iterator[int]:
    """The places behind the line feeds at or after a place."""
    feed = "\n".encode(codec)
    while (at := data.find(feed, at)) >= 0:
        if at % len(feed) == 0:  # both bytes of one character
            yield at + len(feed)
        at += 1


def _count_quotes(data: bytes, codec: str, start: int, end: int) -> int:
    """How many quotes are in a part of bytes."""
    return data[start:end].decode(codec, "replace").count('"') if is_wide(codec) else _count(data, b'"', start, end)


def _count(data: bytes, mark: bytes, start: int, end: int) -> int:
    """As ``bytes.count``, which takes ten times as long as ``find`` to see that there is none."""
    return data.count(mark, start, end) if data.find(mark, start, end) >= 0 else 0


def is_wide(codec: str) -> bool:
    """Whether an encoding has at least two bytes for each character; the others have one for each of ASCII."""
    return codec.startswith("utf-16")


def is_all_ascii(data: bytes, codec: str, end: int) -> bool:
    """Whether the text of bytes is ASCII up to a place."""
    if is_wide(codec):
        return data[:end].decode(codec, "replace").isascii()
    return data.isascii() or data[:end].isascii()


def place_after(pieces: Iterable[bytes], codec: str, breaks: int) -> int | None:
    """How many bytes there are up to the end of so many lines; None if there are fewer lines.

    Example:
        >>> place_after([b"a\\r", b"\\nb\\nc"], "utf-8", 2)
        5

    """
    place, rest = 0, b""
    for piece in pieces:
        data = rest + piece
        text = data.decode(codec if is_wide(codec) else "latin-1", "replace")
        is_half = text.endswith("\r")  # the first of two characters, perhaps
        for match in BREAKS.finditer(text, 0, len(text) - is_half):
            breaks -= 1
            if not breaks:
                return place + bytes_of(text[: match.end()], codec if is_wide(codec) else "latin-1")
        rest = data[-bytes_of("\r", codec) :] if is_half else b""
        place += len(data) - len(rest)
    return None


def bytes_of(text: str, codec: str) -> int:
    """How many bytes a text has."""
    return len(text.encode(codec))
