"""Letters of JSON text that were wrongly decoded before the file was written.

In: chunks of text on their way, and the records that they become. Out: the same chunks, and findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from custobar_formats.findings import Finding, make_finding
from custobar_formats.paths import Path, format_pointer
from custobar_formats.text import odd_letters


class OddLetters:
    """Passes the text of a JSON file on, and looks for what was wrongly decoded before it was written."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = chunks
        self.seen = False

    def __iter__(self) -> Iterator[str]:
        for chunk in self._chunks:
            self.seen = self.seen or not chunk.isascii()
            yield chunk

    def findings(self, value: Any, number: int, line: int, path: Path = ()) -> Iterator[Finding]:
        """The findings of a record's texts."""
        if isinstance(value, str):
            for code, message, hint in odd_letters(value, latin1=False):
                pointer = format_pointer(path)
                yield make_finding(code, message, hint=hint, row=number, line=line, path=pointer, value=value)
        elif isinstance(value, (dict, list)):
            for part, item in value.items() if isinstance(value, dict) else enumerate(value):
                yield from self.findings(item, number, line, (*path, part))
