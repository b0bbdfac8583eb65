"""Text that comes in chunks: as stretches of whole lines for CSV, as a window with a position for JSON.

In: chunks of text. Out: stretches of whole lines, and their lines; or one text that reaches as far as needed. Rules:
only what ends a record in CSV ends a line, and a break of two characters is one break, even if a chunk ends inside it;
a window forgets the text before its position when it reads more; an error in the chunks waits until the text before it
has been used. Source: RFC 4180.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from custobar_formats.core.findings import EndOfReading, Finding
from custobar_formats.core.limits import LONG_LINE

BREAKS = re.compile(r"\r\n|\r|\n")


class Stretches:
    """Text in stretches of whole lines; only what ends a record in CSV ends a line.

    ``lost_end`` takes the beginning of a long line, and returns how much of it is enough to end the reading whatever
    follows, or 0. That much becomes a stretch, so that no more of the line has to be kept.
    """

    def __init__(self, chunks: Iterable[str], lost_end: Callable[[str], int] | None = None) -> None:
        self._chunks = chunks
        self._lost_end = lost_end
        self._parts: list[str] = []

    @property
    def rest(self) -> str:
        """The beginning of a line, read since the last stretch."""
        return "".join(self._parts)

    def __iter__(self) -> Iterator[str]:
        parts = self._parts
        size, long = 0, LONG_LINE
        for chunk in self._chunks:
            parts.append(chunk)
            if "\n" not in chunk and "\r" not in chunk and not (len(parts) > 1 and parts[-2].endswith("\r")):
                size += len(chunk)
                if size < long or self._lost_end is None:
                    continue
                text, long = "".join(parts), 2 * size
                parts[:] = [text]
                end = self._lost_end(text)
                if not end:
                    continue
            else:
                text = "".join(parts)
                end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1  # a last \r may be half of a break
            parts[:] = [text[end:]] if end < len(text) else []
            size, long = 0, LONG_LINE
            if end:
                yield text[:end]
        if parts:
            text = "".join(parts)
            parts.clear()
            yield text


def skip_lines(chunks: Iterable[str], count: int) -> Iterator[str]:
    """The text after its first ``count`` lines."""
    half = ""
    for chunk in chunks:
        text, end = half + chunk, 0
        half = "\r" if count and text.endswith("\r") else ""  # it may be half of a break
        for match in BREAKS.finditer(text, 0, len(text) - len(half)) if count else ():
            end, count = match.end(), count - 1
            if not count:
                half = ""
                break
        if not count and text[end:]:
            yield text[end:]


def lines_of(text: str) -> list[str]:
    """The lines of a text, with their line ends."""
    return io.StringIO(text, newline="").readlines()


def located(finding: Finding, line: int, rest: str) -> Finding:
    """The finding that ends a reading, with its line: where the rest of the text, which begins at ``line``, ends."""
    return replace(finding, line=finding.line or line + count_breaks(rest))


def count_breaks(text: str) -> int:
    """The number of line breaks in a text."""
    return len(BREAKS.findall(text))


SPACE = re.compile(r"[ \t\n\r]*")
"""White space of JSON (RFC 8259 section 2)."""


class Window:
    """Part of a text.

    Attributes:
        text: the part.
        at: the position in it.
        ended: whether no text comes after it.
        failure: the error that ended the text, or None.

    """

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self.text = ""
        self.at = 0
        self.ended = False
        self.failure: EndOfReading | None = None
        self._line = 1
        self._column = 1
        self._counted = 0

    def fill(self, size: int) -> bool:
        """Read until there are ``size`` characters from here on, or the text ends; whether any were read."""
        before = len(self.text) - self.at
        if self.ended or before >= size:
            return False
        parts, have = [self.text[self.at :]], before
        while have < size and not self.ended:
            try:
                chunk = next(self._chunks, None)
            except EndOfReading as end:
                self.failure, chunk = end, None
            if chunk is None:
                self.ended = True
            else:
                parts.append(chunk)
                have += len(chunk)
        if have > before:
            self._line, self._column = self.locate(self.at)
            self.text, self.at, self._counted = "".join(parts), 0, 0
        return have > before

    def double(self) -> bool:
        """Read until there are twice as many characters from here on; whether any were read."""
        return self.fill(2 * (len(self.text) - self.at))

    def skip(self) -> None:
        """Skip white space."""
        while True:
            match = SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text) or not self.fill(1):
                return

    def peek(self) -> str:
        """The character here; empty at the end."""
        if self.at >= len(self.text):
            self.fill(1)
        return self.text[self.at : self.at + 1]

    def rest(self) -> Iterator[str]:
        """All text from here on, in chunks.

        Raises:
            EndOfReading: the chunks raise it.

        """
        yield self.text[self.at :]
        self.text, self.at = "", 0
        if self.failure is not None:
            raise self.failure
        yield from self._chunks

    def locate(self, position: int) -> tuple[int, int]:
        """The 1-based line and column of a position; fast at or after the position of the last call."""
        if position < self._counted:
            breaks = self.text.count("\n", position, self._counted)
            last = self.text.rfind("\n", 0, position)
            return self._line - breaks, (position - last if last >= 0 else position + 1)
        breaks = self.text.count("\n", self._counted, position)
        if breaks:
            self._line += breaks
            self._column = position - self.text.rfind("\n", 0, position)
        else:
            self._column += position - self._counted
        self._counted = position
        return self._line, self._column
