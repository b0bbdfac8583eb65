"""Text that comes in chunks: in stretches of whole lines for CSV, as a window with a position for JSON.

In: chunks of text. Out: stretches of whole lines, and their lines; or one text that reaches as far as is asked for. The
rules kept here: only what ends a record in CSV ends a line, and a break of two characters is one, also where a chunk
ends within it; what lies before the position of a window is forgotten when more is read; a failure of the chunks waits
until the text before it has been used. Source: RFC 4180.
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

    ``lost_end`` says of the beginning of a long line how much of it ends the reading whatever follows, if it does; that
    is then given as a stretch, so that no more of the line has to be kept.
    """

    def __init__(self, chunks: Iterable[str], lost_end: Callable[[str], int] | None = None) -> None:
        self._chunks = chunks
        self._lost_end = lost_end
        self._parts: list[str] = []

    @property
    def rest(self) -> str:
        """The beginning of a line that has come since the last stretch."""
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


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its end."""
    return io.StringIO(text, newline="").readlines()


def located(finding: Finding, line: int, rest: str) -> Finding:
    """The finding that ends a reading, at the line where that is: after the rest of a text that begins at a line."""
    return replace(finding, line=finding.line or line + count_breaks(rest))


def count_breaks(text: str) -> int:
    """The line breaks in a text."""
    return len(BREAKS.findall(text))


SPACE = re.compile(r"[ \t\n\r]*")
"""White space of JSON (RFC 8259 section 2)."""


class Window:
    """A part of a text.

    Attributes:
        text: the part.
        at: the position in it.
        ended: whether no text comes after it.
        failure: what ended it, unless it was the end.

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
        """Have so many characters from here on, if there are; whether there are more than before."""
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
        """Have twice as many characters from here on; whether there are more than before."""
        return self.fill(2 * (len(self.text) - self.at))

    def skip(self) -> None:
        """Go on to what is no white space."""
        while True:
            match = SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text) or not self.fill(1):
                return

    def peek(self) -> str:
        """The character here; none at the end."""
        if self.at >= len(self.text):
            self.fill(1)
        return self.text[self.at : self.at + 1]

    def rest(self) -> Iterator[str]:
        """All text from here on, in chunks.

        Raises:
            EndOfReading: as the chunks raise it.

        """
        yield self.text[self.at :]
        self.text, self.at = "", 0
        if self.failure is not None:
            raise self.failure
        yield from self._chunks

    def locate(self, position: int) -> tuple[int, int]:
        """The line and the column, from 1, of a position; quick at or after the last one that was asked for."""
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
