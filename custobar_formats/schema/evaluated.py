"""The members and items that a schema evaluates: the others break its ``unevaluated…`` keyword.

In: a subschema and a value that it accepts but for these keywords. Out: keys or indices.
Source: JSON Schema 2020-12, core, section 11 (unevaluated locations).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from custobar_formats.schema.document import Document, Location
from custobar_formats.schema.patterns import pattern_matcher

Accepts = Callable[[Location, Any], bool]
"""Whether a value is valid under the subschema at a location."""

ALL = {True: ("additionalProperties", "unevaluatedProperties"), False: ("items", "unevaluatedItems")}
"""Keywords that evaluate every member of an object, or every item of a list."""


def evaluated(document: Document, location: Location, value: Any, accepts: Accepts) -> set[str | int]:
    """The keys of an object, or the indices of a list, that the subschema at a location evaluates.

    The subschema's own ``unevaluated…`` keyword does not count.
    """
    found: set[str | int] = set()
    waiting, seen = [location], {location}
    while waiting:
        here = waiting.pop()
        schema = document.get(here)
        if not isinstance(schema, dict):
            continue
        keywords = ALL[isinstance(value, dict)][: 1 if here == location else 2]
        if any(keyword in schema for keyword in keywords):
            return set(value) if isinstance(value, dict) else set(range(len(value)))
        found.update(_own(schema, here, value, accepts))
        below = [place for place in _in_place(document, here, schema, value, accepts) if place not in seen]
        seen.update(below)
        waiting += below
    return found


def _own(schema: dict[str, Any], location: Location, value: Any, accepts: Accepts) -> Iterator[str | int]:
    """The members and items that the keywords of one subschema evaluate."""
    if isinstance(value, dict):
        matchers = [pattern_matcher(pattern) for pattern in schema.get("patternProperties", ())]
        yield from (key for key in value if key in schema.get("properties", ()) or any(m(key) for m in matchers))
        return
    yield from range(len(schema.get("prefixItems", ())))
    if "contains" in schema:
        yield from (at for at, item in enumerate(value) if accepts((*location, "contains"), item))


def _in_place(
    document: Document, location: Location, schema: dict[str, Any], value: Any, accepts: Accepts
) -> Iterator[Location]:
    """The subschemas that apply to the same value, and accept it."""
    yield from document.references(location)
    yield from ((*location, "allOf", number) for number in range(len(schema.get("allOf", ()))))
    for keyword in ("anyOf", "oneOf"):
        branches = [(*location, keyword, number) for number in range(len(schema.get(keyword, ())))]
        yield from (branch for branch in branches if accepts(branch, value))
    if "if" in schema:
        holds = accepts((*location, "if"), value)
        yield from ((*location, keyword) for keyword in (("if", "then") if holds else ("else",)) if keyword in schema)
    for keyword in ("dependentSchemas", "dependencies"):
        names = [name for name, below in schema.get(keyword, {}).items() if not isinstance(below, list)]
        yield from ((*location, keyword, name) for name in names if isinstance(value, dict) and name in value)
