"""A column of an export, as a mapping is suggested for it.

In: nothing. Out: a frozen dataclass. Rule: it is made of what a reader has found, and imports none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of an export.

    Attributes:
        name: its name.
        filled: how many rows have a value there, other than spaces.
        values: some of the distinct values, also those of spaces.
        repeated: those of the values that several rows have.
        within: the column in whose runs of equal values it is filled only once, if there is one.

    """

    name: str
    filled: int = 0
    values: tuple[str, ...] = ()
    repeated: frozenset[str] = frozenset()
    within: str | None = None
