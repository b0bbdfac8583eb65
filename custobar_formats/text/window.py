"""Text that comes in chunks, as far as it has been read and not been left behind.

In: chunks of text. Out: one text with a position, which reaches as far as is asked for. The rules kept here: what
lies before the position is forgotten when more is read; a failure of the chunks waits until the text before it has
been used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from custobar_formats.core.findings import EndOfReading

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
