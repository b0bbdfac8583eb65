"""Recognises the export that a preset is for, by the names of its columns.

In: the names of columns. Out: the presets that fit, the best first, each with the columns that it does not know. Rule:
a preset fits if all columns are there that it needs, and it knows most of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from re import compile as compiled

from custobar_formats.mapping.load import load_mapping
from custobar_formats.mapping.model import ColumnMapping
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


def needed_columns(mapping: ColumnMapping) -> list[str]:
    """The columns without which a mapping cannot be used."""
    if mapping.need is not None:
        return list(mapping.need)
    return [column for each in mapping.fields if not each.is_optional for column in each.columns]


def _unknown(mapping: ColumnMapping, names: Sequence[str]) -> tuple[str, ...] | None:
    """The names that a mapping does not know; None if one is missing that it needs."""
    folded = {name.strip().casefold() for name in names}
    for column in needed_columns(mapping):
        if folded.isdisjoint(name.strip().casefold() for name in (column, *mapping.names.get(column, ()))):
            return None
    known = {column for each in mapping.fields for column in named_columns(each.columns, each.arguments)}
    known |= {condition.column for condition in (*mapping.rows.skip, mapping.rows.end) if condition is not None}
    known |= {other for column in [*known] for other in mapping.names.get(column, ())} | {*(mapping.need or ())}
    plain = {name.strip().casefold() for name in known}
    patterns = [compiled(translate(pattern.replace("[", "[[]").replace("?", "[?]"))) for pattern in mapping.ignore]
    others = (name for name in names if name.strip().casefold() not in plain)
    return tuple(name for name in others if not any(pattern.match(name) for pattern in patterns))


def named_columns(columns: Sequence[str], arguments: dict[str, object] | object) -> list[str]:
    """All columns that a field names: its sources, and those of its steps."""
    found = list(columns)
    if isinstance(arguments, dict):
        within, only, country = (arguments.get(name) for name in ("fill_within", "only", "country"))
        found += [within] if isinstance(within, str) else []
        found += [only.column] if hasattr(only, "column") else []
        if isinstance(country, dict) and isinstance(country.get("from"), str):
            found.append(country["from"])
    return found
