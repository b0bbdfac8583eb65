"""Keeps CSV text until all columns are known.

In: the text of some rows, with the columns known at that time. Out: the same rows with the final columns. Rule: memory
does not grow with the number of rows or of column changes.
"""

from __future__ import annotations

import json
import re
import struct
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

from custobar_formats.core.limits import SPOOLED_BYTES
from custobar_formats.csvtext.writer import CsvDialect, quote_row, unquote
from custobar_formats.files.filenames import naming
from custobar_formats.files.temporary import open_temporary, temporary_folder
from custobar_formats.records.path_tree import ColumnKey

LENGTHS = struct.Struct("QQQ")
"""The sizes of a block's columns (JSON), its empty members (numbers) and its text, which follow in this order."""

Empty = list[tuple[int, int]]
"""The 0-based rows of a block, and the nodes where they have an empty member."""


class SpooledRows(NamedTuple):
    """Some rows: the columns that they were made with, their text, and their empty members."""

    columns: list[ColumnKey]
    data: bytes
    empty: Empty


class Spool:
    """Rows in the order in which they arrived: in memory at first, then in a temporary file."""

    def __init__(self) -> None:
        self._file = open_temporary(SPOOLED_BYTES)
        self._columns: list[ColumnKey] | None = None
        self._blocks = 0

    def add(self, kept: SpooledRows) -> None:
        """Store some rows; the columns are stored only if they have changed."""
        changed = None if kept.columns is self._columns else kept.columns
        parts = json.dumps(changed).encode(), array("Q", chain.from_iterable(kept.empty)).tobytes(), kept.data
        with naming(temporary_folder()):
            self._file.write(LENGTHS.pack(*map(len, parts)))
            self._file.writelines(parts)
        self._columns = kept.columns
        self._blocks += 1

    def blocks(self) -> Iterator[SpooledRows]:
        """The stored rows, block by block."""
        with naming(temporary_folder()):
            self._file.seek(0)
        columns: list[ColumnKey] = []
        for _ in range(self._blocks):
            columns_text, numbers, data = map(self._file.read, LENGTHS.unpack(self._file.read(LENGTHS.size)))
            changed = json.loads(columns_text)
            columns = columns if changed is None else [(number, index) for number, index in changed]
            empty = array("Q", numbers)
            yield SpooledRows(columns, data, list(zip(empty[::2], empty[1::2], strict=True)))

    def close(self) -> None:
        """Remove the temporary file, if there is one."""
        with suppress(OSError):  # a failed write has been reported already
            self._file.close()


class Refit:
    """Converts rows that were made with some columns to the final columns.

    Columns may have been added in between, some that were never filled may have been removed, and a list that shared
    a cell may have been spread over several.
    """

    def __init__(self, old: list[ColumnKey], new: list[ColumnKey], dialect: CsvDialect) -> None:
        self.old = old
        self.changes = old != new
        self._dialect = dialect
        end = dialect.delimiter
        self._cell = re.compile(f'("[^"]*(?:""[^"]*)*"|[^"{end}\\r\\n]*)(?:{end}|\\r?\\n)')
        self._width = len(old)
        self._added = len(new) - len(old) if new[: len(old)] == old else None
        places = {column: place for place, column in enumerate(old)}
        spread = Counter(number for number, index in new if index is not None and (number, None) in places)
        self._spread = [(places[number, None], count) for number, count in spread.items()]
        following = len(old) + 1
        for number, count in spread.items():
            places |= {(number, index): following + index for index in range(count)}
            following += count
        self._order = [places.get(column, len(old)) for column in new]

    def rows(self, text: str) -> Iterator[list[str]]:
        """The cells of each row in the final columns, quoted."""
        cells = self._cell.findall(text)
        for start in range(0, len(cells), self._width):
            row = [*cells[start : start + self._width], ""]
            for place, count in self._spread:
                items = unquote(row[place]).split(",")
                row += quote_row(items) + [""] * (count - len(items))
            yield [row[place] for place in self._order]

    def refit(self, text: str) -> str:
        """The text of the rows with the final columns."""
        if self._added is not None:
            end = self._dialect.line_end
            parts = text.split('"')  # every second part is quoted, or between two quotes that mean one
            parts[::2] = [part.replace(end, self._dialect.delimiter * self._added + end) for part in parts[::2]]
            return '"'.join(parts)
        return self._dialect.join(self.rows(text))
