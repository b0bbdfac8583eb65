"""The field of a schema that an unknown name was meant to be.

In: a name, or the path of a column, and its place. Out: a known name, or None. Rule: it is a slip of a named property,
or the name of a company's field but for capitals, spaces and hyphens after the prefix (``acme__serial-number``).
Source: custobar.com/docs/guides/data-schema-configuration/ (the names of company fields).
"""

from __future__ import annotations

from custobar_formats.core.near import near_slip
from custobar_formats.core.paths import Path, format_label
from custobar_formats.notation.capitals import in_capitals
from custobar_formats.schema.places import Place


def meant_name(name: str, place: Place) -> str | None:
    """The name that is known at a place and that an unknown one was probably meant to be, or None."""
    prefix, underscores, rest = name.partition("__")
    company_field = f"{prefix}__{in_capitals(rest).lower()}"
    if underscores and rest and "." not in rest and place.knows(company_field):
        return company_field
    if underscores and not rest:
        return None
    return near_slip(name, place.names)


def takes(place: Place, part: str | int) -> bool:
    """Whether an object, or for an index a list, may be at a place."""
    return place.types is None or ("array" if isinstance(part, int) else "object") in place.types


def unknown_part(path: Path, root: Place) -> int | None:
    """The number of the first part of a path that is unknown at its place; None if all are known."""
    place: Place | None = root
    for number, part in enumerate(path):
        if place is None:
            return None
        if not takes(place, part) or (isinstance(part, str) and not place.knows(part)):
            return number
        place = place.step(part)
    return None


def meant_label(path: Path, number: int, root: Place) -> str | None:
    """The column name that was probably meant by a path whose part with this number is unknown, or None."""
    place = root
    for step in path[:number]:
        place = place.step(step)
    part, before, after = path[number], path[:number], path[number + 1 :]
    close = None
    if takes(place, part):
        close = meant_name(str(part), place)
    elif isinstance(part, str) and takes(place, 0):  # a list, whose items may have such a field
        before, place = (*before, 0), place.step(0)
        close = part if part in place.names else meant_name(part, place)
    if close is not None:
        return format_label((*before, close, *after))
    return meant_name(format_label(path), root) if number else None  # a name with a dot in it
