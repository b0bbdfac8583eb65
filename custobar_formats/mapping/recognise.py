"""Recognises the export that a preset is for, by the names of its columns.

In: the names of columns. Out: the presets that fit, the best first, each with the columns that it does not know. Rule:
a preset fits if all columns are there that it needs, and it knows most of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from custobar_formats.mapping.load import load_mapping
from custobar_formats.mapping.model import ColumnMapping, folded
from custobar_formats.mapping.preset_files import presets

MOST_UNKNOWN = 0.2
"""The share of an export's columns that a preset need not know: shops add columns."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A preset that fits an export.

    Attributes:
        mapping: the preset.
        unknown: the columns that it does not know.

    """

    mapping: ColumnMapping
    unknown: tuple[str, ...]


def recognise(names: Sequence[str]) -> list[Recognised]:
    """The presets that fit the names of an export's columns, the best first."""
    found = []
    for preset in presets():
        mapping = load_mapping(preset)
        unknown = _unknown(mapping, names)
        if unknown is not None and len(unknown) <= MOST_UNKNOWN * len(names):
            found.append(Recognised(mapping, unknown))
    return sorted(found, key=lambda one: (len(one.unknown), -len(one.mapping.fields), one.mapping.name))


def _unknown(mapping: ColumnMapping, names: Sequence[str]) -> tuple[str, ...] | None:
    """The names that a mapping does not know; None if one is missing that it needs."""
    there = set(map(folded, names))
    for column in mapping.needed_columns:
        if there.isdisjoint(map(folded, (column, *mapping.names.get(column, ())))):
            return None
    known, is_ignored = set(map(folded, mapping.named_columns)), mapping.ignores()
    return tuple(name for name in names if folded(name) not in known and not is_ignored(name))
