"""The nodes of a schema that apply at a path.

In: a schema document. Out: nodes (compiled subschemas) and places (all the nodes that apply to one path). Rule: a node
that always applies is never confused with one in a union or a condition.
Source: JSON Schema 2020-12, core, section 10 (applicators).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from custobar_formats.core.limits import MAX_CACHED_STEPS
from custobar_formats.core.paths import INDEX
from custobar_formats.schema.document import NOTHING, Document, Location
from custobar_formats.schema.members import Members, has_members_alone, own_members, union_members
from custobar_formats.schema.patterns import pattern_matcher

SCALARS = frozenset({"string", "integer", "number", "boolean", "null"})
NEVER_TEXT = frozenset({"null", "array", "object"})
"""Types that no text has or is converted to."""


class How(Enum):
    """How certainly a node applies to a place."""

    ALWAYS = "always"
    UNION = "union"
    SOMETIMES = "sometimes"


@dataclass(eq=False, slots=True)
class Condition:
    """A conditional subschema: the test, and the nodes that apply if it holds and if it does not."""

    test: Location | str
    then: Node | None
    otherwise: Node | None


@dataclass(eq=False, slots=True)
class Union:
    """Alternatives.

    Attributes:
        branches: all alternatives.
        members: the members of the branches that have only an ``enum`` or a ``const``.
        coercing: the branches that may coerce a value.
        alike: the simple ones of these, in groups that coerce any text in the same way.
        others: the coercing branches that are neither simple nor only members.
        is_of_members: whether ``members`` alone decide if a text is valid or can be made valid.

    """

    branches: list[Node]
    members: Members | None
    coercing: list[Node] = field(default_factory=list)
    alike: list[list[Node]] = field(default_factory=list)
    others: list[Node] = field(default_factory=list)
    is_of_members: bool = False


@dataclass(eq=False, slots=True)
class Node:
    """One compiled subschema, with what labels and coercion need of it.

    ``tested`` are the properties in its ``if``; ``is_dynamic``: whether a part of it depends on the way here.
    """

    location: Location
    types: frozenset[str] | None = None
    members: Members | None = None
    custobar_type: str | None = None
    properties: dict[str, Node] = field(default_factory=dict)
    patterns: list[tuple[Callable[[str], Any], Node]] = field(default_factory=list)
    additional: Node | None = None
    prefix: list[Node] = field(default_factory=list)
    items: Node | None = None
    together: list[Node] = field(default_factory=list)
    unions: list[Union] = field(default_factory=list)
    branches: list[Condition] = field(default_factory=list)
    tested: frozenset[str] = frozenset()
    is_dynamic: bool = False
    coerces: bool = False
    only_warns: bool = False

    def children(self, part: str | int) -> Iterator[Node]:
        """The nodes that apply to a key or an index below this one."""
        if isinstance(part, int):
            if part < len(self.prefix):
                yield self.prefix[part]
            elif self.items is not None:
                yield self.items
            return
        found = [self.properties[part]] if part in self.properties else []
        found += [node for matches, node in self.patterns if matches(part)]
        if not found and self.additional is not None:
            found = [self.additional]
        yield from found

    def below(self) -> Iterator[Node]:
        """All nodes that coercion may go on to."""
        yield from self.properties.values()
        yield from (node for _, node in self.patterns)
        yield from self.prefix
        yield from self.together
        yield from (node for union in self.unions for node in union.branches)
        below = [self.additional, self.items, *(b.then for b in self.branches), *(b.otherwise for b in self.branches)]
        yield from (node for node in below if node is not None)


class NodeCompiler:
    """Compiles the subschemas of a document, each once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes: dict[Location, Node] = {}
        self._waiting: list[Node] = []

    def compile(self, location: Location) -> Node:
        """The node at a location, with everything below it."""
        root = self._node(location)
        while self._waiting:
            self._fill(self._waiting.pop())
        _mark_coercing(self._nodes.values())
        for node in self._nodes.values():
            for union in node.unions:
                _sort_branches(union, [self._document.get(branch.location) for branch in union.branches])
        return root

    @property
    def nodes(self) -> list[Node]:
        """All nodes that were compiled."""
        return list(self._nodes.values())

    def _node(self, location: Location) -> Node:
        if location not in self._nodes:
            self._nodes[location] = node = Node(location)
            self._waiting.append(node)
        return self._nodes[location]

    def _fill(self, node: Node) -> None:
        schema = self._document.get(node.location)
        if not isinstance(schema, dict) or schema == NOTHING:
            return
        types = schema.get("type")
        node.types = None if types is None else frozenset([types] if isinstance(types, str) else types)
        node.members = own_members(schema)
        kind = schema.get("x-custobar-type")
        node.is_dynamic = "$dynamicRef" in schema
        node.custobar_type = kind if isinstance(kind, str) else None
        node.only_warns = "x-severity" in schema
        node.together = [self._node(location) for location in self._document.references(node.location)]
        node.together += self._list(node, schema, "allOf")
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                node.unions.append(Union(self._list(node, schema, keyword), union_members(schema[keyword])))
        self._fill_children(node, schema)
        self._fill_branches(node, schema)

    def _fill_children(self, node: Node, schema: dict[str, Any]) -> None:
        location = node.location
        node.properties = {name: self._node((*location, "properties", name)) for name in schema.get("properties", ())}
        node.patterns = [
            (pattern_matcher(pattern), self._node((*location, "patternProperties", pattern)))
            for pattern in schema.get("patternProperties", ())
        ]
        node.additional = self._one(node, schema, "additionalProperties")
        node.prefix = self._list(node, schema, "prefixItems")
        node.items = self._one(node, schema, "items")

    def _fill_branches(self, node: Node, schema: dict[str, Any]) -> None:
        if "if" in schema:
            test = schema["if"]
            node.tested = frozenset(test.get("properties", ())) if isinstance(test, dict) else frozenset()
            then, otherwise = self._one(node, schema, "then"), self._one(node, schema, "else")
            node.branches.append(Condition((*node.location, "if"), then, otherwise))
        for keyword in ("dependencies", "dependentSchemas"):
            for name in schema.get(keyword, ()):
                then = self._node((*node.location, keyword, name))
                node.branches.append(Condition(name, then, None))

    def _one(self, node: Node, schema: dict[str, Any], keyword: str) -> Node | None:
        return self._node((*node.location, keyword)) if keyword in schema else None

    def _list(self, node: Node, schema: dict[str, Any], keyword: str) -> list[Node]:
        return [self._node((*node.location, keyword, number)) for number in range(len(schema.get(keyword, ())))]


def _mark_coercing(nodes: Iterable[Node]) -> None:
    """Mark every node that asks for a type, or leads to a node that does."""
    above: dict[int, list[Node]] = {}
    for node in nodes:
        for below in node.below():
            above.setdefault(id(below), []).append(node)
    waiting = [node for node in nodes if node.types is not None or node.members is not None]
    while waiting:
        node = waiting.pop()
        if not node.coerces:
            node.coerces = True
            waiting.extend(above.get(id(node), ()))


def _sort_branches(union: Union, schemas: list[Any]) -> None:
    """Find the branches that need not be tried one by one to coerce a text."""
    alike: dict[tuple[frozenset[str] | None, bool], list[Node]] = {}
    for branch, schema in zip(union.branches, schemas, strict=True):
        if has_members_alone(schema) or not branch.coerces:
            continue
        if branch.members is None and not (branch.together or branch.unions or branch.branches):
            alike.setdefault((branch.types, branch.custobar_type == "money"), []).append(branch)
        else:
            union.others.append(branch)
    union.coercing = [branch for branch in union.branches if branch.coerces]
    union.alike = list(alike.values())
    union.is_of_members = union.members is not None and all(
        has_members_alone(schema) or (branch.types is not None and branch.types <= NEVER_TEXT)
        for branch, schema in zip(union.branches, schemas, strict=True)
    )


class Place:
    """Everything in a schema that is about one path.

    ``entries`` are the nodes that apply to it directly, ``nodes`` are these and all that apply together with them;
    each comes with how certainly it applies.
    """

    def __init__(self, entries: tuple[tuple[Node, How], ...], places: dict[Any, Place]) -> None:
        self.entries = entries
        self.nodes: list[tuple[Node, How]] = []
        self._places = places
        self._steps: dict[str | int, Place] = {}
        self._sure_steps: dict[str | int, Place] = {}
        seen: set[tuple[int, How]] = set()
        for node, how in entries:
            self._add(node, how, seen)
        self.sure = [node for node, how in self.nodes if how is How.ALWAYS]

    def _add(self, node: Node, how: How, seen: set[tuple[int, How]]) -> None:
        if (id(node), how) in seen:
            return
        seen.add((id(node), how))
        self.nodes.append((node, how))
        for other in node.together:
            self._add(other, how, seen)
        for union in node.unions:
            for branch in union.branches:
                self._add(branch, How.UNION if how is How.ALWAYS else how, seen)
        for condition in node.branches:
            for other in filter(None, (condition.then, condition.otherwise)):
                self._add(other, How.SOMETIMES, seen)

    def step(self, part: str | int) -> Place:
        """The place one key or index further."""
        return self._step(part, self._steps, self.nodes)

    def sure_step(self, part: str | int) -> Place:
        """The place one key or index further, with only the nodes that always apply."""
        return self._step(part, self._sure_steps, [(node, How.ALWAYS) for node in self.sure])

    def _step(self, part: str | int, cache: dict[str | int, Place], nodes: list[tuple[Node, How]]) -> Place:
        if part in cache:
            return cache[part]
        entries = tuple(
            (child, How.ALWAYS if how is How.ALWAYS else How.SOMETIMES)
            for node, how in nodes
            for child in node.children(part)
        )
        place = self.at(entries)
        if len(cache) < MAX_CACHED_STEPS:
            cache[part] = place
        return place

    def at(self, entries: tuple[tuple[Node, How], ...]) -> Place:
        """The place of these nodes; the same object for the same nodes."""
        key = tuple((id(node), how) for node, how in entries)
        if key not in self._places:
            self._places[key] = Place(entries, self._places)
        return self._places[key]

    @cached_property
    def coerces(self) -> bool:
        """Whether anything here or below asks for a type."""
        return any(node.coerces for node, _ in self.nodes)

    @cached_property
    def dotted_names(self) -> tuple[str, ...]:
        """The named properties that splitting a label at dots would miss, the longest first."""
        names = {name for node, _ in self.nodes for name in node.properties}
        special = [name for name in names if "." in name or not name or INDEX.fullmatch(name)]
        return tuple(sorted(special, key=lambda name: (-len(name), name)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The named properties, in the order of the schema."""
        return tuple(dict.fromkeys(name for node, _ in self.nodes for name in node.properties))

    @cached_property
    def takes_only_keys(self) -> bool:
        """Whether an object is allowed here and a list is not."""
        nodes = [node for node, _ in self.nodes]
        takes_list = any("array" in (node.types or ()) or node.prefix or node.items for node in nodes)
        takes_object = any("object" in (node.types or ()) or node.properties or node.patterns for node in nodes)
        return takes_object and not takes_list

    def knows(self, key: str) -> bool:
        """Whether the schema names this key, or allows any key here."""
        if not any(node.properties or node.patterns for node, _ in self.nodes):
            return True
        return self._has(key)

    def lacks(self, key: str) -> bool:
        """Whether the schema describes an object here by its properties, and this key is none that it allows for."""
        if not any(node.properties for node, _ in self.nodes):
            return False
        return not self._has(key)

    def _has(self, key: str) -> bool:
        return any(
            node.is_dynamic or key in node.tested or any(True for _ in node.children(key)) for node, _ in self.nodes
        )

    @cached_property
    def types(self) -> frozenset[str] | None:
        """The types allowed by all nodes that always apply; None if none of them asks for a type."""
        return intersection(node.types for node in self.sure)

    @cached_property
    def members(self) -> Members | None:
        """The members of the first ``enum`` or ``const`` that always applies, or of a union that is the only rule."""
        own = next((node.members for node in self.sure if node.members is not None), None)
        unions = [union for node in self.sure for union in node.unions]
        if own is not None or self.types is not None or len(unions) != 1 or not unions[0].is_of_members:
            return own
        members = unions[0].members
        return None if members is None or len(members.texts) == len(members) else members

    @cached_property
    def custobar_type(self) -> str | None:
        """Custobar's name for the type here, if the schema has one."""
        return next((node.custobar_type for node, _ in self.nodes if node.custobar_type), None)

    @cached_property
    def is_money(self) -> bool:
        """Whether some node here is for amounts of money."""
        return any(node.custobar_type == "money" for node, _ in self.nodes)

    @cached_property
    def wants_cents(self) -> bool:
        """Whether an amount of money here must be a whole number."""
        types = self.types or frozenset()
        return "integer" in types and "number" not in types and any(node.custobar_type == "money" for node in self.sure)

    @cached_property
    def is_unconstrained(self) -> bool:
        """Whether no node asks for a type here."""
        return not any(node.types is not None or node.members is not None for node, _ in self.nodes)

    @cached_property
    def is_scalar_list(self) -> bool:
        """Whether the schema asks for a list of scalars here, and for nothing else."""
        typed = [(node, how) for node, how in self.nodes if node.types is not None]
        lists_only = all((node.types or set()) - {"null"} == {"array"} for node, _ in typed)
        if not lists_only or any(how is How.UNION for _, how in typed) or self.members is not None:
            return False
        if not any(how is How.ALWAYS and not node.only_warns for node, how in typed):
            return False
        longest = max(len(node.prefix) for node, _ in self.nodes)
        return all(self.step(number)._takes_scalars for number in range(longest + 1))

    @cached_property
    def _takes_scalars(self) -> bool:
        wanted = [node.types for node, _ in self.nodes if node.types is not None]
        members = [member for node, _ in self.nodes for member in node.members or ()]
        if any(isinstance(member, (dict, list)) for member in members):
            return False
        return bool(wanted or members) and all(types <= SCALARS for types in wanted)


def intersection(all_types: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """The types that all of them allow; an integer counts as a number."""
    result: frozenset[str] | None = None
    for types in all_types:
        if types is not None:
            result = types if result is None else _both(result, types)
    return result


def _both(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    both = one & other
    if "integer" in one ^ other and ("number" in one or "integer" in one) and ("number" in other or "integer" in other):
        both |= {"integer"}
    return both
