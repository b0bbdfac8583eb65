"""The interface to the JSON Schema packages, and what their reports of an invalid value have in common.

In: violations, as a package reports them. Out: the same violations from either package: sorted, each one once, at the
innermost place. Rule: nothing reads the packages' messages.
Source: JSON Schema 2020-12, validation; core, section 11 (unevaluated locations).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import reduce
from itertools import groupby
from operator import getitem
from typing import Any, Protocol
from urllib.parse import quote

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.schema.document import UNEVALUATED, Document, Location
from custobar_formats.schema.evaluated import evaluated

Violation = tuple[Path, Location]
"""The path of an invalid value, and the location of the keyword that it breaks."""


class Engine(Protocol):
    """The interface to a JSON Schema package."""

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is valid."""

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""

    def violations_below(self, location: Location, instance: Any) -> list[Violation]:
        """The violations of a value by the subschema at a location."""

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""


def references_to(document: Document, locations: tuple[Location, ...]) -> dict[str, Any]:
    """A schema of any of the subschemas at these locations."""
    found = [{"$ref": f"{document.uri}#{quote(format_pointer(location))}"} for location in locations]
    return found[0] if len(found) == 1 else {"anyOf": found}


def normalised(location: Location) -> Location:
    """One location where the packages report several: the whole ``contains``."""
    return (*location[:-1], "contains") if location[-1] in ("minContains", "maxContains") else location


def _sorted(violations: Iterable[Violation]) -> list[Violation]:
    """Each pair once, in order."""
    return [violation for violation, _ in groupby(sorted(violations, key=violation_order))]


def violation_order(violation: Violation) -> str:
    """The sorting key of violations: by path, then by location, part by part; one text takes the least memory."""
    path, location = violation
    return "\0".join(("\1".join(map(str, path)), "\1".join(map(str, location))))


def innermost(engine: Engine, document: Document, violations: Iterator[Violation], instance: Any) -> list[Violation]:
    """The violations, with each ``unevaluated…`` keyword at the members or items that break it.

    The keyword is kept only where nothing else is wrong: the packages differ on whether a failing subschema has
    evaluated anything.
    """
    pairs: Collection[Violation] = list(violations)
    unsure = {pair for pair in pairs if pair[1][-1] in UNEVALUATED}
    if not unsure:
        return _sorted(pairs)
    pairs = set(pairs)
    certain = {path[:end] for path, _ in pairs - unsure for end in range(len(path) + 1)}
    found = pairs - unsure
    for path, location in unsure:
        if path not in certain:
            value = reduce(getitem, path, instance)
            found.update((path + below, keyword) for below, keyword in _unevaluated(engine, document, location, value))
    return _sorted(found)


def _unevaluated(engine: Engine, document: Document, location: Location, value: Any) -> list[Violation]:
    """The violations of one ``unevaluated…`` keyword by the members or items of a value."""
    known = evaluated(document, location[:-1], value, lambda below, part: engine.accepts(below)(part))
    parts: Iterable[Any] = value if isinstance(value, dict) else range(len(value))
    found = [
        ((part, *path), keyword)
        for part in parts
        if part not in known
        for path, keyword in engine.violations_below(location, value[part])
    ]
    return found or [((), location)]  # what a $dynamicRef evaluates is known only on the way to it


def check_patterns(schema: dict[str, Any], location: Location, check: Callable[[str], object]) -> None:
    """Raise SchemaError, with the place, for an invalid pattern: now, not when it is first used."""
    places = [((*location, "pattern"), schema["pattern"])] if "pattern" in schema else []
    places += [((*location, "patternProperties", pattern), pattern) for pattern in schema.get("patternProperties", ())]
    for place, pattern in places:
        try:
            check(pattern)
        except SchemaError as error:
            raise SchemaError(error.reason, format_pointer(place)) from None
