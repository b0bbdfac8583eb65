"""A preset's file for an export that has changed: what it lacks and what is new in it, as questions.

In: the text of a preset, and how its export differs. Out: the text with lines to look at. Rule: without an answer it
means what the preset means; with the answers, it reads the export.
"""

from __future__ import annotations

import re

from custobar_formats.core.near import near
from custobar_formats.mapping.recognise import Recognised
from custobar_formats.mapping.render import inline, quoted
from custobar_formats.mapping.synonyms import meaning_of

MOST_CANDIDATES = 3
"""New columns that are each asked about as the new name of a missing one; of more, nobody knows which."""

_ONE_LINE = re.compile(r"ignore = \[(.+)\]")


def render_drift(text: str, one: Recognised, *, name: str, header: int | None = None) -> str:
    """The file of a preset for an export of this name; ``header``: the line of its column names, if not 1."""
    lines = text.rstrip("\n").split("\n")
    if header is not None:
        if "[rows]" not in lines:
            lines += ["", "[rows]"]
        lines.insert(lines.index("[rows]") + 1, f"header = {header}")
    if one.missing:
        _ask_for_names(lines, one)
    if one.unknown:
        _list_new(lines, one.unknown)
    if one.missing or one.unknown:
        nearly = "nearly " if one.missing else ""
        lines[:0] = [
            f"# {name} is {nearly}the export of the preset {one.mapping.name}, whose file this is.",
            "# Look at the lines with a question mark, and remove the # before those that are right.",
        ]
    return "\n".join(lines) + "\n"


def _ask_for_names(lines: list[str], one: Recognised) -> None:
    """Add the new names that missing columns may have to the table ``[names]``."""
    if "[names]" not in lines:
        at = lines.index("[columns]")
        lines[at:at] = ["[names]", ""]
    for column in one.missing:
        known = one.mapping.names.get(column, ())
        lacks = f"the file has no {' or '.join(map(quoted, (column, *known)))}"
        found = new_names(one, column)
        several = f"only one of these {len(found)} lines: " if len(found) > 1 else ""
        remark = f"{several}{lacks}; is this its new name?" if found else f"{lacks}: what is its new name?"
        asked = [f"# {quoted(column)} = {inline([*known, new])}  # ? {remark}" for new in found or ["..."]]
        before = [at for at, line in enumerate(lines) if known and line.startswith(f"{quoted(column)} = [")]
        if before:
            lines[before[0] : before[0] + 1] = asked  # none of the names that it has is in the file
        else:
            at = lines.index("[names]") + 1
            lines[at:at] = asked


def new_names(one: Recognised, column: str) -> list[str]:
    """The columns that a missing one may be now: those that mean its field, the nearest name, or all of a few."""
    fields = {each.name for each in one.mapping.fields if column in each.columns}
    meanings = {name: meaning_of(name, one.mapping.entity) for name in one.unknown}
    found = [name for name, meaning in meanings.items() if meaning is not None and meaning.field in fields]
    close = near(column, one.unknown)
    found = found or ([close] if close is not None else list(one.unknown))
    return found if len(found) <= MOST_CANDIDATES else []


def _list_new(lines: list[str], unknown: tuple[str, ...]) -> None:
    """Add columns that the preset does not know to ``ignore``, commented out."""
    at = next(at for at, line in enumerate(lines) if line.startswith("ignore = ["))
    match = _ONE_LINE.fullmatch(lines[at])
    if match is not None:
        lines[at : at + 1] = ["ignore = [", f"    {match[1]},", "]"]
    at = lines.index("]", at)
    lines.insert(at, f"    # {', '.join(map(quoted, unknown))},  # ? new: left out once the # before it is removed")
