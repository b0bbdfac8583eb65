"""The rules of a schema at one path that can be decided there alone.

In: the nodes of a schema that apply to a path. Out: rules for a scalar, or for an object's keys; None if they depend on
more than that, and the engine must check the whole record. Rule: only keywords on the lists of harmless ones are
accepted, so an unknown keyword never passes.
Source: JSON Schema 2020-12, validation, sections 6.1 to 6.5.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

from custobar_formats.core.findings import Severity
from custobar_formats.core.paths import Path
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import Document, Location
from custobar_formats.schema.keywords import ABOUT_LISTS, ABOUT_OBJECTS, ABOUT_SCALARS, ANNOTATIONS
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.schema.places import Node
from custobar_formats.schema.severity import agree

FOLLOWED = frozenset({"$ref", "allOf"})
"""Keywords whose subschemas apply together with the schema that they are in."""

DECIDED_BELOW = frozenset({"properties", "patternProperties", "additionalProperties", "items", "prefixItems"})
"""Keywords about members and items only, which are decided at their own paths."""

IN_PLACE = FOLLOWED | {"anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}
"""Keywords whose subschemas apply to the same value."""

ABOUT_KEYS = frozenset({"type", "required", "dependentRequired", "minProperties", "maxProperties", "propertyNames"})
"""The type, and keywords that do not depend on the values of an object's members."""

SPECIFICITY = ("type", "const", "enum", "pattern", "required", "dependentRequired")
"""Keywords whose violation is the most helpful to report, the best first; all others come after them."""

NodesAtPath = tuple[tuple[Node, bool], ...]
"""Nodes that always apply to a path, each with whether it only warns."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One keyword of one node: its location, whether it only warns, and a test of values."""

    location: Location
    severity: Severity | None
    holds: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class KeyRules:
    """The rules for the keys of an object.

    Attributes:
        required: each required name, with the location of the keyword and its severity.
        any_of: for each union, the location of the keyword, its severity, and sets of names; the object must have all
            names of one set.

    """

    required: tuple[tuple[str, Location, Severity | None], ...]
    any_of: tuple[tuple[Location, Severity | None, tuple[tuple[str, ...], ...]], ...]


Name = TypeVar("Name")


def find_lacking(union: Iterable[Iterable[Name]], without: Callable[[Name], Iterable[int]]) -> set[int]:
    """The places of objects that have no set of names in full; ``without`` returns those that lack a name."""
    lacking: set[int] | None = None
    for names in union:
        lacks = {place for name in names for place in without(name)}
        lacking = lacks if lacking is None else lacking & lacks
        if not lacking:
            break
    return lacking or set()


class RuleBook:
    """The rules of one schema, path by path."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._document = schema.document
        self._rank = Specificity(schema.document)
        self.root: NodesAtPath = self._together([(schema.root_node, False)])

    def _get(self, node: Node) -> dict[str, Any]:
        schema = self._document.get(node.location)
        return schema if isinstance(schema, dict) else {}

    def _together(self, entries: list[tuple[Node, bool]]) -> NodesAtPath:
        """The nodes, and all that apply together with them."""
        found: dict[tuple[int, bool], tuple[Node, bool]] = {}
        waiting = entries[::-1]
        while waiting:
            node, warns = waiting.pop()
            warns = warns or "x-severity" in self._get(node)
            if (id(node), warns) not in found:
                found[id(node), warns] = (node, warns)
                waiting += [(other, warns) for other in reversed(node.together)]
        return tuple(found.values())

    def step(self, nodes: NodesAtPath, part: str | int) -> NodesAtPath:
        """The nodes one key or index further."""
        return self._together([(child, warns) for node, warns in nodes for child in node.children(part)])

    def scalar_rules(self, nodes: NodesAtPath) -> tuple[Rule, ...] | None:
        """The rules of a scalar, the most helpful to report first; None if they do not decide alone."""
        allowed = ANNOTATIONS | FOLLOWED | ABOUT_SCALARS | ABOUT_OBJECTS | ABOUT_LISTS | {"type", "enum", "const"}
        if any(self._get(node).keys() - allowed for node, _ in nodes):
            return None
        keywords = ABOUT_SCALARS | {"type", "enum", "const"}
        firm, warned = ([node for node, warns in nodes if warns is which] for which in (False, True))
        if any(self._get(node).keys() & keywords for node in firm) and not agree(firm, warned):
            return None  # a warning may convert a value to one that breaks a rule, or no longer does
        locations: dict[Location, bool] = {}
        for node, warns in nodes:
            for keyword in keywords & self._get(node).keys():
                location = (*node.location, keyword)
                locations[location] = locations.get(location, True) and warns
        return tuple(
            Rule(location, _severity(warns), self._schema.keyword_test(location))
            for location, warns in sorted(locations.items(), key=lambda item: self._rank(item[0], warns=item[1]))
        )

    def key_rules(self, nodes: NodesAtPath) -> KeyRules | None:
        """The rules for an object's keys, if its members can be decided separately."""
        if not self._is_decided(nodes, "object", ABOUT_SCALARS | ABOUT_LISTS | {"required", "anyOf"}):
            return None
        required: dict[str, dict[Location, bool]] = {}
        unions = []
        for node, warns in nodes:
            schema = self._get(node)
            location = (*node.location, "required")
            for name in schema.get("required", ()):
                locations = required.setdefault(name, {})
                locations[location] = locations.get(location, True) and warns
            if "anyOf" in schema:
                branches = schema["anyOf"]
                if not all(isinstance(b, dict) and b.keys() - ANNOTATIONS == {"required"} for b in branches):
                    return None
                names = tuple(tuple(branch["required"]) for branch in branches)
                unions.append(((*node.location, "anyOf"), _severity(warns), names))
        best = {
            name: min(places.items(), key=lambda item: self._rank(item[0], warns=item[1]))
            for name, places in required.items()
        }
        rules = tuple((name, location, _severity(warns)) for name, (location, warns) in best.items())
        return KeyRules(rules, tuple(unions))

    def takes_list(self, nodes: NodesAtPath) -> bool:
        """Whether any list is allowed here, as long as its items are."""
        return self._is_decided(nodes, "array", ABOUT_SCALARS | ABOUT_OBJECTS)

    def is_free(self, path: Path) -> bool:
        """Whether nothing restricts a scalar at a path, not even in a union, a condition or a negation."""
        here = self._in_place([self._schema.root_node.location])
        for part in path:
            allowed = ANNOTATIONS | IN_PLACE | ABOUT_SCALARS | ABOUT_KEYS | DECIDED_BELOW | {"minItems", "maxItems"}
            if any(schema.keys() - allowed for schema in here.values()):
                return False
            below = (_below(location, schema, part) for location, schema in here.items())
            here = self._in_place(list(chain.from_iterable(below)))
        allowed = ANNOTATIONS | IN_PLACE | ABOUT_OBJECTS | ABOUT_LISTS
        return not any(schema.keys() - allowed for schema in here.values())

    def _in_place(self, locations: list[Location]) -> dict[Location, dict[str, Any]]:
        """The schemas at these locations, and all that apply to the same value."""
        found: dict[Location, dict[str, Any]] = {}
        while locations:
            location = locations.pop()
            schema = self._document.get(location)
            if location in found or not isinstance(schema, dict):
                continue
            found[location] = schema
            locations += self._document.references(location)
            for keyword in IN_PLACE & schema.keys() - {"$ref"}:
                below = schema[keyword]
                is_one = keyword in ("not", "if", "then", "else")
                parts = () if is_one else below if isinstance(below, dict) else range(len(below))
                locations += [(*location, keyword)] if is_one else [(*location, keyword, part) for part in parts]
        return found

    def has_prefix_items(self, nodes: NodesAtPath) -> bool:
        """Whether a list here has different schemas for its first items."""
        return any(node.prefix for node, _ in nodes)

    def _is_decided(self, nodes: NodesAtPath, kind: str, also: frozenset[str]) -> bool:
        allowed = ANNOTATIONS | FOLLOWED | DECIDED_BELOW | also | {"type"}
        return all(
            not self._get(node).keys() - allowed and (node.types is None or kind in node.types) for node, _ in nodes
        )


def _below(location: Location, schema: dict[str, Any], part: str | int) -> Iterator[Location]:
    """The locations of the subschemas for a key or an index."""
    if isinstance(part, int):
        if part < len(schema.get("prefixItems", ())):
            yield (*location, "prefixItems", part)
        elif "items" in schema:
            yield (*location, "items")
        return
    patterns = [pattern for pattern in schema.get("patternProperties", ()) if pattern_matcher(pattern)(part)]
    yield from ((*location, "patternProperties", pattern) for pattern in patterns)
    is_named = part in schema.get("properties", ())
    if is_named:
        yield (*location, "properties", part)
    if "additionalProperties" in schema and not patterns and not is_named:
        yield (*location, "additionalProperties")


class Specificity:
    """The order of keywords that one value breaks: errors first, then the most helpful to report.

    Of equal keywords, what they ask for decides, so that the order does not depend on how the schema is spelled; their
    locations decide only where they ask for the same.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._texts: dict[Location, str] = {}

    def __call__(self, location: Location, *, warns: bool, keyword: str | None = None) -> tuple[bool, int, str, str]:
        """The sorting key of the keyword at a location; ``keyword``: its name, where the location does not end so."""
        keyword = str(location[-1]) if keyword is None else keyword
        rank = SPECIFICITY.index(keyword) if keyword in SPECIFICITY else len(SPECIFICITY)
        if location not in self._texts:
            self._texts[location] = json.dumps(self._document.get(location), sort_keys=True)
        return (warns, rank, self._texts[location], str(location))


def _severity(warns: bool) -> Severity | None:
    return Severity.WARNING if warns else None
