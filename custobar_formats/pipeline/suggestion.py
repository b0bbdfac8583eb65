"""A suggested mapping for an export: a preset that fits, or a file made of its columns.

In: the columns of an export. Out: the text of a mapping file, and what to look at first. Rule: nothing is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from custobar_formats.core.entities import FOUND_BY, Entity, found_records
from custobar_formats.core.shown import shown
from custobar_formats.mapping.drift import render_drift
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.own_names import is_field_name
from custobar_formats.mapping.preset_files import read_preset
from custobar_formats.mapping.recognise import Recognised, recognise
from custobar_formats.mapping.render import render_mapping
from custobar_formats.mapping.suggest import SuggestedField, guess_entity_of, suggest_fields
from custobar_formats.mapping.synonyms import is_own_format
from custobar_formats.mapping.totals import find_totals
from custobar_formats.schema.compiled import compile_schema
from custobar_formats.validation.problems import Checker


@dataclass(frozen=True, slots=True)
class SuggestedMapping:
    """The text of a mapping file, and what to look at first, line by line."""

    text: str
    headline: tuple[str, ...]


def suggest_mapping(
    columns: Sequence[ExportColumn],
    rows: int,
    *,
    name: str,
    entity: Entity | None = None,
    header: int | None = None,
    nameless: Sequence[int] = (),
    is_whole: bool = True,
) -> SuggestedMapping | None:
    """A mapping for an export; None if its columns do not show of which entity it is.

    ``header``: the line of the column names; ``nameless``: the numbers of the columns without a name;
    ``is_whole``: whether these are all rows, and not the first of them.
    """
    names = [column.name for column in columns]
    one = next((one for one in recognise(names) if entity in (None, one.mapping.entity)), None)
    if one is not None:
        text = read_preset(one.mapping.name).decode("utf-8")
        text = render_drift(text, one, name=name, header=header)
        return SuggestedMapping(text, tuple(_about_preset(one)))
    entity = entity or guess_entity_of(names)
    if entity is None:
        return None
    schema = compile_schema(entity)
    assert schema is not None
    suggested = suggest_fields(columns, entity, schema, Checker(schema).is_clean_at)
    how: dict[str, Any] = {"header": header, "nameless": nameless, "is_whole": is_whole}
    text = render_mapping(suggested, entity, name=name, rows=rows, **how)
    headline = _headline(suggested, entity, schema.document.root)
    if is_own_format(names, entity) and not nameless and all(is_field_name(each, entity) for each in names):
        headline.append("all columns have the names of Custobar's fields: it can be read without a mapping, too")
    return SuggestedMapping(text, tuple(headline))


def _about_preset(one: Recognised) -> list[str]:
    """How an export differs from the one that a preset is for, and what the preset asks."""
    preset, new = one.mapping.name, ", ".join(map(shown, one.unknown))
    asked = [
        f"the preset asks for {name} ({question}): --with {name}=VALUE"
        for name, question in one.mapping.questions().items()
    ]
    if one.missing:
        lacks = ", ".join(map(shown, one.missing))
        it, its = ("it", "its new name goes") if len(one.missing) == 1 else ("them", "their new names go")
        renamed = f"{its} under [names]: look at the lines with a ?"
        gone = f"export {it}, or remove the lines that name {it}"
        nearly = f"nearly the export of preset {preset}: it lacks {lacks}"
        return [*([f"{nearly}; new: {new}", renamed] if new else [nearly, gone]), *asked]
    takes = "takes it, with your answers" if asked else "takes it as it is"
    lines = [f"this is the export that the preset {preset} is for: --map {preset} {takes}"]
    return [*lines, *([f"it has columns that the preset does not know: {new}"] if new else []), *asked]


def _headline(suggested: Sequence[SuggestedField], entity: Entity, document: object) -> list[str]:
    """How records are found, which required fields have no column, and how many columns are left."""
    by_field = {each.means: each for each in suggested if each.means is not None}
    required = document.get("required", ()) if isinstance(document, dict) else ()
    lacking = [name for name in required if name not in by_field]
    certain = sum(each.certain for each in suggested)
    asked = len(by_field) - certain + find_totals([each.column for each in suggested]).lines
    left = sum(each.means is None for each in suggested)
    lines = [
        f"{entity}: {certain} line{' is' if certain == 1 else 's are'} certain, {asked} to look at, "
        f"{left} column{'' if left == 1 else 's'} left"
    ]
    lines += _keys(by_field, entity)
    lines += [f"no column is known for the required fields: {', '.join(lacking)}"] if lacking else []
    return lines


def _keys(by_field: dict[str, SuggestedField], entity: Entity) -> list[str]:
    """How records are found, and how they would be, with lines that do not stand yet."""
    found: dict[bool, list[str]] = {True: [], False: []}
    records = found_records(entity)
    for name in FOUND_BY[entity]:
        if name in by_field:
            found[by_field[name].certain].append(f"{name} ({shown(by_field[name].column.name)})")
    lines = [f"{records} are found by: {', '.join(found[True])}"] if found[True] else []
    if found[False]:
        line = "its line" if len(found[False]) == 1 else "their lines"
        lines.append(f"{records} would be found by: {', '.join(found[False])}; look at {line}")
    return lines or [f"no column is known by which {records} could be found"]
