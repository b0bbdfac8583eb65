"""A column of an export, as a mapping is suggested for it, and the rows of totals that its values show.

In: the values of columns. Out: the text that stands in a row of totals. Rule: it imports no reader of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOTALS = frozenset({"yhteensä", "yht.", "yht", "summa", "totalt", "total", "totals", "grand total", "sum"})
"""The first word of a row of totals."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of an export.

    Attributes:
        name: its name.
        filled: how many rows have a value there, other than spaces.
        values: some of the distinct values, also those of spaces.
        within: the column in whose runs of equal values it is filled only once, if there is one.

    """

    name: str
    filled: int = 0
    values: tuple[str, ...] = ()
    within: str | None = None


def find_totals(columns: Sequence[ExportColumn]) -> tuple[str, str] | None:
    """The column and the text of a row of totals, if there seems to be one."""
    for column in columns:
        for value in column.values:
            if value.strip().rstrip(":").casefold() in TOTALS:
                return column.name, value
    return None
