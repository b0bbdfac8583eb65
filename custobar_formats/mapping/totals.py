"""Rows of totals and of subtotals among the rows of an export.

In: columns with some of their values. Out: the values that such rows have. Rule: it is only a question, so a name with
the word "total" in it may be one; a single one is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from custobar_formats.mapping.export_column import ExportColumn

TOTALS = frozenset({"yhteensä", "yht.", "yht", "summa", "totalt", "total", "totals", "grand total", "sum"})
"""What a row of totals has in its first cell."""

SUBTOTALS = frozenset({"välisumma", "osasumma", "delsumma", "subtotal", "subtotals", "sub total", "sub-total"})
"""What a row of subtotals has there."""

BESIDE_GROUP = frozenset({"yhteensä", "yht.", "yht", "summa", "totalt", "total"})
"""What such a row has there before or after the name of a group."""

FEWEST_GROUPS = 2
"""Rows with the name of a group: of a single one, the word may be part of a name."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows that are no records: the conditions ``end`` and ``skip`` of a mapping, or None."""

    end: dict[str, Any] | None = None
    skip: dict[str, Any] | None = None

    @property
    def lines(self) -> int:
        """The number of lines that they have in a mapping."""
        return (self.end is not None) + (self.skip is not None)


def find_totals(columns: Sequence[ExportColumn]) -> Totals:
    """The rows of totals and subtotals that there seem to be; those of subtotals come again and again.

    Example:
        >>> find_totals([ExportColumn("Tuote", 3, ("Muki", "Yhteensä"))]).end
        {'column': 'Tuote', 'is': 'Yhteensä'}

    """
    end = skip = None
    for column in columns:
        last = [value for value in column.values if _word(value) in TOTALS]
        again = [value for value in column.values if _word(value) in SUBTOTALS]
        again += [value for value in last if value in column.repeated]
        groups = [value for value in column.values if _is_of_group(value)]
        if len(groups) >= FEWEST_GROUPS or again or not column.repeated.isdisjoint(groups):
            again += groups
        last = [value for value in last if value not in again]
        if last and end is None:
            end = {"column": column.name, "is": last[0]}
        if again and skip is None:
            skip = {"column": column.name, "is": again[0] if len(again) == 1 else again}
    return Totals(end, skip)


def _word(value: str) -> str:
    return value.strip().rstrip(":").casefold()


def _is_of_group(value: str) -> bool:
    first, *others = _word(value).split() or [""]
    return bool(others) and _word(value) not in TOTALS | SUBTOTALS and not {first, others[-1]}.isdisjoint(BESIDE_GROUP)
