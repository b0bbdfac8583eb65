"""Records in memory as an input: they are written as JSON lines and read again.

In: records, any number. Out: an input of text. Rule: the check sees exactly what an upload would send.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from custobar_formats.core.arguments import checked_records
from custobar_formats.core.errors import UsageError
from custobar_formats.files.remote import is_open_file
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.jsontext.writer import write_chunks
from custobar_formats.pipeline.options import Options


def as_input(source: Any, options: Options, *, count_blanks: bool) -> tuple[Any, Options]:
    """An argument for ``open_input``, a source as it is or records as a ``RecordInput``; and the options to read it.

    Raises:
        UsageError: it is neither, or the options do not apply to it.

    """
    is_file = isinstance(source, (os.PathLike, TextInput, ByteInput)) or hasattr(source, "read")
    if source is None or is_file or is_open_file(source) or isinstance(source, (str, bytes, bytearray, memoryview)):
        return source, options
    given = RecordInput(source)
    if options.mapping is not None:
        raise UsageError("a mapping is for CSV: records have fields, not columns")
    if count_blanks or options != Options(entity=options.entity, min_rows=options.min_rows):
        form = "format, encoding, delimiter, content type, blank cells, list gaps or header line"
        raise UsageError(f"records have no {form}: leave those out")
    return given, replace(options, format="jsonl")


class RecordInput(TextInput):
    """Records, opened.

    Raises:
        UsageError: it cannot be a number of records.

    """

    def __init__(self, records: Iterable[Any]) -> None:
        super().__init__(cast(Any, _JsonLines(checked_records(records))), None)


class _JsonLines:
    """A stream of the JSON lines of records."""

    def __init__(self, records: Iterable[Any]) -> None:
        self._lines = write_chunks(records, lines=True)

    def read(self, size: int) -> str:
        """The next lines, of at least so many characters if there are as many."""
        parts: list[bytes] = []
        taken = 0
        while taken < size and (line := next(self._lines, b"")):
            parts.append(line)
            taken += len(line)
        return b"".join(parts).decode()
