"""Columns that are filled once in each run of rows, such as the title of a product above its variants.

In: the rows of an export. Out: for such a column, the one whose values hold the rows together. Rule: a column that may
be blank by chance is none.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST_ROWS = 20
"""Rows of a run on average: longer ones are those of a sorted list, by city, say."""

FEWEST_BLANKS = 2
"""Blank cells of a column within runs: fewer are chance."""

FEWEST_BLANK = 0.5
"""The share of the rows that repeat the one above in which such a column is blank."""


class Runs:
    """The runs of equal values in the columns of an export, and the rows in which each column is filled."""

    def __init__(self) -> None:
        self._rows = 0
        self._filled: dict[str, set[int]] = {}
        self._last: dict[str, str] = {}
        self._seen: dict[str, set[str]] = {}
        self._repeats: dict[str, set[int]] = {}

    def add(self, row: Mapping[str, str]) -> None:
        """Add the filled cells of a row, by column."""
        at = self._rows
        self._rows += 1
        for column in row:
            self._filled.setdefault(column, set()).add(at)
        if not at:
            self._last = dict(row)
            self._seen = {column: {value} for column, value in row.items()}
            self._repeats = {column: set() for column in row}
        for column in list(self._last) if at else ():
            value = row.get(column)
            if value == self._last[column]:
                self._repeats[column].add(at)
            elif value is None or value in self._seen[column]:
                del self._last[column]  # its values do not hold rows together
            else:
                self._last[column] = value
                self._seen[column].add(value)

    def within(self) -> dict[str, str]:
        """By each column that is filled once in each run, the column that has these runs."""
        rows = set(range(self._rows))
        by_length = sorted((len(self._repeats[column]), at, column) for at, column in enumerate(self._last))
        names = [column for repeats, _, column in by_length if self._rows <= MOST_ROWS * (self._rows - repeats)]
        found = {}
        for column, filled in self._filled.items():
            blank = rows - filled
            for name in names if len(blank) >= FEWEST_BLANKS else ():
                repeats = self._repeats[name]
                if blank <= repeats and len(blank) >= FEWEST_BLANK * len(repeats) and len(repeats) < self._rows - 1:
                    found[column] = name
                    break
        for column, filled in self._filled.items():
            if column not in found and len(filled) < self._rows:  # it is blank in whole runs, too, as tags may be
                within = next((each for each in found.values() if filled.isdisjoint(self._repeats[each])), None)
                if within is not None:
                    found[column] = within
        return found
