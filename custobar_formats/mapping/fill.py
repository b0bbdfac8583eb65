"""Fills the blank cells of a column with the value above, within rows that have the same value in another one.

In: the blocks of rows of one file, in their order. Out: the cells of the column, and which of them are not known. Rule:
a row of another width than the header ends what is above it: it may have had the value, or have been another run.
"""

from __future__ import annotations

from typing import NamedTuple

from custobar_formats.csvtext.rows import RowBlock


class Run(NamedTuple):
    """Rows with the same value in one column, up to a place in the file.

    Attributes:
        within: that value; None before the first row, and if it is not known.
        value: the last value of the column that is filled; blank if there is none.
        is_unknown: whether that may have been in a row of another width.

    """

    within: str | None = None
    value: str = ""
    is_unknown: bool = False


class Fill:
    """Fills one column, from a place on where there is a run.

    Attributes:
        unknown: the numbers of the last block's rows whose value may have been in a row of another width.

    """

    def __init__(self, index: int, within: int, run: Run) -> None:
        self._index = index
        self._within = within
        self._run, self._value, self._is_unknown = run
        self.unknown: set[int] = set()

    @property
    def run(self) -> Run:
        """The run at the end of the last block."""
        return Run(self._run, self._value, self._is_unknown)

    def fill(self, block: RowBlock) -> list[str]:
        """The cells of a block's column."""
        self.unknown = set()
        if block.misfits or self._is_unknown:
            return self._fill_among_misfits(block)
        filled = []
        for cells in block.rows:
            run, value = cells[self._within], cells[self._index]
            if run != self._run:
                self._run, self._value = run, ""
            self._value = value or self._value
            filled.append(self._value if run else value)
        return filled

    def _fill_among_misfits(self, block: RowBlock) -> list[str]:
        """The same where rows of another width stand between; a run of None is then one that is not known."""
        filled = []
        rows = [(number, cells, True) for number, cells in block.misfits if any(cells)]
        rows += [(number, cells, False) for number, cells in zip(block.numbers, block.rows, strict=True)]
        for number, cells, is_misfit in sorted(rows):
            if is_misfit:
                self._run = (cells[self._within] or None) if self._within < len(cells) else None
                self._value, self._is_unknown = "", True
                continue
            run, value = cells[self._within], cells[self._index]
            if run != self._run:
                self._is_unknown = self._is_unknown and self._run is None
                self._run, self._value = run, ""
            if value:
                self._value, self._is_unknown = value, False
            if self._is_unknown and run:
                self.unknown.add(number)
            filled.append(self._value if run else value)
        return filled
