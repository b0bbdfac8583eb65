"""The number of ways on which references lead to the subschemas that apply to one value.

In: the subschemas of a document and what is below each. Out: whether a check that follows every way takes too long.
Rule: a way may lead through members and items; the count is that of the worst value, or more.
Source: JSON Schema 2020-12, core, section 10.2 (in-place applicators) and 10.3 (applicators of members and items).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import MAX_DEPTH, MAX_IN_PLACE, MAX_WAYS, WAYS_PER_SUBSCHEMA, WORK_PER_SUBSCHEMA
from custobar_formats.core.paths import format_pointer

Location = tuple[str | int, ...]
Below = Callable[[Location], Iterable[Location]]

PARTS = {
    "properties": 0,
    "patternProperties": 0,
    "additionalProperties": 0,
    "unevaluatedProperties": 0,
    "prefixItems": 1,
    "items": 1,
    "contains": 1,
    "unevaluatedItems": 1,
    "propertyNames": 2,
}
"""Keywords by what their subschemas apply to: members, items, or names of members."""
CERTAIN = frozenset({"properties", "prefixItems"})
"""Keywords about certain members and items."""
OTHERS = frozenset({"additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems"})
"""Keywords about the members and items that no other keyword of their subschema is about."""


def in_order(locations: Iterable[Location], in_place: Below) -> list[Location]:
    """The subschemas, each after those that it applies to the same value.

    Raises:
        SchemaError: the schema refers back to itself without a step into the value, so that a check would never end, or
            too many subschemas apply one behind the other.

    """
    depths: dict[Location, int] = {}
    for start in locations:
        trail: dict[Location, Iterator[Location]] = {start: iter(in_place(start))} if start not in depths else {}
        while trail:
            location = next(reversed(trail))
            below = next(trail[location], None)
            if below is None:
                depths[location] = 1 + max((depths[other] for other in in_place(location)), default=0)
                if depths[location] > MAX_IN_PLACE:
                    reason = f"more than {MAX_IN_PLACE} subschemas apply to one value, one behind the other"
                    raise SchemaError(reason, format_pointer(location))
                del trail[location]
            elif below in trail:
                raise SchemaError("the schema refers to itself in an endless loop", format_pointer(location))
            elif below not in depths:
                trail[below] = iter(in_place(below))
    return list(depths)


def has_too_many(locations: list[Location], in_place: Callable[[Location], list[list[Location]]], steps: Below) -> bool:
    """Whether more ways lead to the subschemas for one value than each check can follow.

    ``locations``: all subschemas, in the order of ``in_order``. ``in_place``: the subschemas for the same value as one,
    each as often as it is followed; of some, one applies, and they are listed together. ``steps``: the steps to those
    directly below one.
    """
    limit = max(MAX_WAYS, WAYS_PER_SUBSCHEMA * len(locations))
    work = WORK_PER_SUBSCHEMA * len(locations)
    others = {location: in_place(location) for location in locations}
    parts = {location: [step for step in steps(location) if step[0] in PARTS] for location in locations}
    ways: dict[Location, int] = {}
    for location in locations:
        ways[location] = 1 + sum(max(ways[one] for one in either) for either in others[location])
    for _ in range(MAX_DEPTH):
        if max(ways.values()) > limit or work < 0:
            return True
        found: dict[Location, _Counts] = {}
        for location in locations:
            found[location] = counts = _own(location, parts[location], ways)
            for either in others[location]:
                counts.add(reduce(_most, (found[one] for one in either)))
                work -= sum(1 + len(found[one].more) for one in either)
        deeper = {location: counts.most() for location, counts in found.items()}
        if deeper == ways:
            return False
        ways = deeper
    return False


@dataclass(slots=True)
class _Counts:
    """Ways to the subschemas of a value's parts: to any part of a kind, and how many more to certain ones."""

    any: list[int] = field(default_factory=lambda: [0, 0, 0])
    more: dict[tuple[int, str | int], int] = field(default_factory=dict)

    def add(self, other: _Counts) -> None:
        """Add those of another subschema for the same value."""
        self.any = [one + two for one, two in zip(self.any, other.any, strict=True)]
        for part, more in other.more.items():
            self.more[part] = self.more.get(part, 0) + more

    def most(self) -> int:
        """Those to the part with the most."""
        return max(*self.any, *(self.any[kind] + more for (kind, _), more in self.more.items()))


def _most(one: _Counts, other: _Counts) -> _Counts:
    """The ways to each part if one of two subschemas applies, and it may be either."""
    most = _Counts([max(pair) for pair in zip(one.any, other.any, strict=True)])
    for part in {**one.more, **other.more}:
        kind = part[0]
        ways = max(one.any[kind] + one.more.get(part, 0), other.any[kind] + other.more.get(part, 0))
        most.more[part] = ways - most.any[kind]
    return most


def _own(location: Location, steps: list[Location], ways: dict[Location, int]) -> _Counts:
    """The ways to the parts of a value that begin at one subschema."""
    counts = _Counts()
    others = [0, 0, 0]
    for step in steps:
        kind, keyword = PARTS[str(step[0])], step[0]
        if keyword not in CERTAIN:
            counts.any[kind] += ways.get(location + step, 0)
            others[kind] += ways.get(location + step, 0) if keyword in OTHERS else 0
    for step in steps:
        if step[0] in CERTAIN:
            kind = PARTS[str(step[0])]
            counts.more[kind, step[1]] = ways.get(location + step, 0) - others[kind]
    return counts
