"""Text to lines, as CSV has them: only what ends a record ends a line.

In: chunks of text. Out: stretches of whole lines; their lines. The rule kept here: a break of two characters is one,
also where a chunk ends within it. Source: RFC 4180.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from custobar_formats.core.findings import Finding

BREAKS = re.compile(r"\r\n|\r|\n")

LONG_LINE = 262_144
"""Characters of a line from which on it is asked whether the rest of it matters; again whenever it has doubled."""

LONG_RECORD = 8_192
"""Lines of a record from which on the same is asked, again whenever they have doubled."""


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


def height(row: list[str]) -> int:
    """The lines that a row takes."""
    return 1 + sum(count_breaks(cell) for cell in row if "\n" in cell or "\r" in cell)
