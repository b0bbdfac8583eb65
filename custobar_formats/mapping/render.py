"""A suggested mapping as a file that a person looks over: TOML, with the reasons as comments.

In: suggestions. Out: text. Rule: certain lines stand; guesses are commented out, each with a question mark; every other
column is listed, so that nothing is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from custobar_formats.core.entities import Entity
from custobar_formats.core.limits import MAX_MAPPING_POINTS
from custobar_formats.core.shown import shortened
from custobar_formats.mapping.suggest import BESIDE, SHOP, SuggestedField
from custobar_formats.mapping.totals import find_totals

EXAMPLE_CHARS = 30
"""Characters of a value in a comment: enough to recognise it."""


def render_mapping(
    suggested: Sequence[SuggestedField],
    entity: Entity,
    *,
    name: str,
    rows: int,
    header: int | None = None,
    nameless: Sequence[int] = (),
    is_whole: bool = True,
) -> str:
    """The file for an export of this name and number of rows.

    ``header``: the line of its column names, if not 1; ``nameless``: the numbers of the columns without a name;
    ``is_whole``: whether these are all rows, and not the first of them.
    """
    first = "" if is_whole else "the first "
    of = f"{first}{rows:,}"
    certain = [each for each in suggested if each.certain]
    guesses = [each for each in suggested if each.means is not None and not each.certain and not each.is_further]
    others = [each for each in suggested if each.means is None]
    lines = [
        f"# {entity} from {name}: {_counted(len(suggested), 'column')}, {first}{_counted(rows, 'row')}.",
        "# Look it over: lines that begin with # do nothing. Remove the # before those that are right, and correct the",
        "# others. Columns that stay without a line must be named in ignore.",
        "",
        f"entity = {quoted(entity)}",
        *_ignored([each.column.name for each in others if not each.is_refusal] + [""] * bool(nameless)),
        "",
        "[columns]",
        *(f"{_line(each)}  # {_facts(each, of)}" for each in certain),
    ]
    shop = None
    if not any(each.means == SHOP for each in suggested):
        shop = f"{quoted(SHOP)} = {inline({'ask': 'the id that the shop of this stock has at Custobar'})}"
    lines += [shop for each in certain if shop is not None and BESIDE.get(each.means or "") == SHOP][:1]
    if guesses:
        lines += ["", "# Is this right?"]
    for each in guesses:
        lines.append(f"# {_line(each)}  # ? {_facts(each, of)}")
        if shop is not None and BESIDE.get(each.means or "") == SHOP:
            lines.append(f"# {shop}  # ? goes with the line above")
    if others:
        lines += ["", "# No field is known for these:"]
        lines += [f"#   {quoted(each.column.name)}  # {_facts(each, of)}" for each in others]
    if nameless:
        lines += ["", *(f'# Column {number} has no name: name it, or add "" to ignore.' for number in nameless)]
    totals = find_totals([each.column for each in suggested])
    if header is not None or totals.lines:
        lines += ["", "[rows]"]
    if header is not None:
        lines.append(f"header = {header}")
    if totals.skip is not None:
        lines.append(f"# skip = {inline([totals.skip])}  # ? rows of subtotals")
    if totals.end is not None:
        lines.append(f"# end = {inline(totals.end)}  # ? the row of totals")
    return "\n".join(lines) + "\n"


def _ignored(names: list[str]) -> list[str]:
    """The lines of ``ignore``: all columns that no field is known for, commented out."""
    if not names:
        return ["ignore = []"]
    line = f"# ignore = {inline(names)}  # ? leaves out all columns that no field is known for"
    if line.count(".") <= MAX_MAPPING_POINTS:
        return [line]
    return ["# ignore = [", *(f"#     {quoted(name)}," for name in names), "# ]"]


def _line(each: SuggestedField) -> str:
    assert each.means is not None
    name = each.means if each.means.replace("_", "").isalnum() else quoted(each.means)
    if each.further:
        return f"{name} = {inline({'join': [each.column.name, *each.further], 'with': ', '})}"
    if not each.arguments:
        return f"{name} = {quoted(each.column.name)}"
    return f"{name} = {inline({'from': each.column.name, **each.arguments})}"


def inline(value: Any) -> str:
    """A value as TOML in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {inline(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(inline, value))}]"
    return quoted(value) if isinstance(value, str) else str(value).lower()


def quoted(text: str) -> str:
    """A text as TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalnum() else quoted(key)


def _facts(each: SuggestedField, of: str) -> str:
    column = each.column
    examples = ", ".join(quoted(shortened(value, EXAMPLE_CHARS)) for value in column.values[:2])
    filled = f"{column.filled:,} of {of} filled" + (f", such as {examples}" if examples else "")
    return f"{each.remark}; {filled}" if each.remark else filled


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
