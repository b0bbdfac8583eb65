"""Text to lines, as CSV has them: only what ends a record ends a line.

In: chunks of text. Out: stretches of whole lines, or the lines. The rule kept here: a break of two characters is one,
also where a chunk ends within it. Source: RFC 4180.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from custobar_formats.findings import EndOfReading, Finding

BREAKS = re.compile(r"\r\n|\r|\n")


class Stretches:
    """Text in stretches of whole lines; only what ends a record in CSV ends a line."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = chunks
        self._parts: list[str] = []

    @property
    def rest(self) -> str:
        """The beginning of a line that has come since the last stretch."""
        return "".join(self._parts)

    def __iter__(self) -> Iterator[str]:
        parts = self._parts
        for chunk in self._chunks:
            parts.append(chunk)
            if "\n" not in chunk and "\r" not in chunk and not (len(parts) > 1 and parts[-2].endswith("\r")):
                continue
            text = "".join(parts)
            end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1  # a last \r may be half of a break
            parts[:] = [text[end:]] if end < len(text) else []
            if end:
                yield text[:end]
        if parts:
            text = "".join(parts)
            parts.clear()
            yield text


def split_lines(chunks: Iterable[str]) -> Iterator[list[str]]:
    """Complete lines, each with its end.

    Raises:
        EndOfReading: as the chunks raise it; its finding gets the line, and a line cut off there is left out.

    """
    stretches = Stretches(chunks)
    count = 0
    try:
        for text in stretches:
            lines = lines_of(text)
            count += len(lines)
            yield lines
    except EndOfReading as end:
        raise EndOfReading(located(end.finding, count + 1, stretches.rest)) from None


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its end."""
    return io.StringIO(text, newline="").readlines()


def located(finding: Finding, line: int, rest: str) -> Finding:
    """The finding that ends a reading, at the line where that is: after the rest of a text that begins at a line."""
    return replace(finding, line=finding.line or line + count_breaks(rest))


def count_breaks(text: str) -> int:
    """The line breaks in a text."""
    return len(BREAKS.findall(text))
