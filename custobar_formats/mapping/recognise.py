"""Recognises the export that a preset is for, by the names of its columns.

In: the names of columns. Out: the presets that fit or nearly fit, the best first, each with the columns that are
missing, and those that it does not know. Rule: a preset fits if all columns are there that it needs, and nearly if most
of them are; and it knows most of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from custobar_formats.mapping.load import load_mapping
from custobar_formats.mapping.model import ColumnMapping, folded
from custobar_formats.mapping.preset_files import presets

MOST_UNKNOWN = 0.2
"""The share of an export's columns that a preset need not know: shops add columns."""

MOST_MISSING = 0.25
"""The share of the columns that a preset needs which an export may lack: of a hundred real headers, those that lack so
few are all of the preset's system."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A preset that fits an export.

    Attributes:
        mapping: the preset.
        unknown: the columns that it does not know.
        missing: the columns that it needs and the export does not have; if there are any, it only nearly fits.

    """

    mapping: ColumnMapping
    unknown: tuple[str, ...]
    missing: tuple[str, ...] = ()


def recognise(names: Sequence[str]) -> list[Recognised]:
    """The presets that fit the names of an export's columns, the best first, before those that nearly fit."""
    there = set(map(folded, names))
    found = []
    for preset in presets():
        mapping = load_mapping(preset)

        def is_there(column: str, mapping: ColumnMapping = mapping) -> bool:
            return not there.isdisjoint(map(folded, (column, *mapping.names.get(column, ()))))

        needed = dict.fromkeys(_needed(mapping, is_there))
        missing = tuple(column for column in needed if not is_there(column))
        known, is_ignored = set(map(folded, mapping.named_columns)), mapping.ignores()
        unknown = tuple(name for name in names if folded(name) not in known and not is_ignored(name))
        if len(missing) <= MOST_MISSING * len(needed) and len(unknown) <= MOST_UNKNOWN * len(names):
            found.append(Recognised(mapping, unknown, missing))
    return sorted(
        found, key=lambda one: (len(one.missing), len(one.unknown), -len(one.mapping.fields), one.mapping.name)
    )


def _needed(mapping: ColumnMapping, is_there: Callable[[str], bool]) -> Iterator[str]:
    """The columns without which a mapping cannot be used for a file that has some."""
    for each in mapping.fields:
        if not each.is_optional:
            yield from each.named_columns
        elif any(map(is_there, each.columns)):
            within, only = each.arguments.get("fill_within"), each.arguments.get("only")
            yield from filter(None, (within, only and only.column))
    for condition in (*mapping.rows.skip, mapping.rows.end):
        if condition is not None:
            yield condition.column
