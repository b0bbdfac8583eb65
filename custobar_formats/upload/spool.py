"""The bytes of validated records, kept to be cut into batches.

In: records, some at a time, with their rows and lines. Out: any of them again, in order. Rule: only a few hundred
kilobytes stay in memory, the rest is in temporary files.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import accumulate

from custobar_formats.core.limits import BLOCK_ROWS, SPOOLED_BYTES
from custobar_formats.files.filenames import naming
from custobar_formats.files.temporary import open_temporary, temporary_folder
from custobar_formats.upload.batch import BEGINS, Entries

WIDTH = 4
"""Numbers of a record in the index: its end, its row, its line, its marks."""

RUN = 8
"""Entries that are read at once to find the end of a run; then twice as many."""


class RecordSpool:
    """Records in the order in which they were added, and an index of them.

    Raises:
        OSError: there is no room for temporary files.

    """

    def __init__(self) -> None:
        self._data = open_temporary(SPOOLED_BYTES)
        self._index = open_temporary(SPOOLED_BYTES)
        self._end = 0
        self.count = 0

    def add(
        self, data: bytes, sizes: Iterable[int], rows: Sequence[int], lines: Sequence[int], marks: Sequence[int]
    ) -> None:
        """Keep some records: their bytes, and for each the number of bytes, the row, the line and the marks."""
        ends = array("Q", accumulate(sizes, initial=self._end))
        index = array("Q", bytes(8 * WIDTH * len(rows)))
        for place, numbers in enumerate((ends[1:], rows, lines, marks)):
            index[place::WIDTH] = numbers if isinstance(numbers, array) else array("Q", numbers)
        assert ends[-1] == self._end + len(data)
        with naming(temporary_folder()):
            self._data.write(data)
            self._index.write(index.tobytes())
        self._end = ends[-1]
        self.count += len(rows)

    def entries(self, first: int, count: int) -> Entries:
        """The entries of records from the 0-based number ``first`` on, fewer than ``count`` only at the end."""
        before = min(first, 1)
        with naming(temporary_folder()):
            self._index.seek((first - before) * 8 * WIDTH)
            numbers = array("Q", self._index.read((before + count) * 8 * WIDTH))
        start = numbers[0] if before else 0
        return Entries(start, *(numbers[before * WIDTH + place :: WIDTH] for place in range(WIDTH)))

    def read(self, start: int, end: int) -> bytes:
        """The bytes from a position up to another."""
        with naming(temporary_folder()):
            self._data.seek(start)
            return self._data.read(end - start)

    def end_of_run(self, first: int) -> int:
        """The number of the record with which the next unit begins."""
        size = RUN
        while True:
            marks = self.entries(first + 1, size).marks
            for place, mark in enumerate(marks):
                if mark & BEGINS:
                    return first + 1 + place
            if len(marks) < size:
                return self.count
            size *= 2

    def copy(self, other: RecordSpool, first: int, last: int, *, joins: bool = False) -> None:
        """Add the records of another spool from one number up to another; ``joins``: they continue the last unit."""
        for start in range(first, last, BLOCK_ROWS):
            entries = other.entries(start, min(BLOCK_ROWS, last - start))
            data = other.read(entries.start, entries.ends[-1])
            sizes = [end - before for end, before in zip(entries.ends, [entries.start, *entries.ends], strict=False)]
            marks = entries.marks
            if joins and start == first:
                marks[0] &= ~BEGINS
            self.add(data, sizes, entries.rows, entries.lines, marks)

    def close(self) -> None:
        """Remove the temporary files, if there are any."""
        for file in (self._data, self._index):
            with suppress(OSError):  # a failed write has been reported already
                file.close()
