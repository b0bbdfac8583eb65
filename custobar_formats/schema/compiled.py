"""A compiled JSON Schema: an entity's, or one that a user provides.

In: an entity's name, a mapping, a path, or nothing. Out: a compiled ``Schema``, which knows what a path allows,
whether a value is valid, and where it is invalid.
Source: JSON Schema 2020-12.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.core.limits import CACHED_SCHEMAS
from custobar_formats.schema.bundled import load_schema
from custobar_formats.schema.document import Document, Location
from custobar_formats.schema.engine import make_engine
from custobar_formats.schema.lenient import without_warnings
from custobar_formats.schema.members import TYPES, Members, sure_members
from custobar_formats.schema.meta_schema import check_is_schema
from custobar_formats.schema.optional_values import in_one_spelling
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.schema.places import How, Node, NodeCompiler, Place
from custobar_formats.schema.severity import has_coercing_warnings, mark_warnings
from custobar_formats.schema.sources import naming_schema, parse_schema, source_text
from custobar_formats.schema.violations import Engine, Violation, check_patterns

SchemaLike = str | os.PathLike[str] | Mapping[str, Any] | bool


class Schema:
    """A compiled schema; a bundled one surely compiles, and makes its engines only when they are first needed.

    Raises:
        SchemaError: it is not a JSON Schema, or a warning is in a place where it has no meaning.

    """

    def __init__(self, schema: Any, *, is_bundled: bool = False) -> None:
        self.is_bundled = is_bundled
        self.given = schema
        self.document = in_one_spelling(Document(schema))
        for location in self.document.hidden:
            check_is_schema(self.document.get(location), location)
        for location in () if is_bundled else self.document.locations:
            check_patterns(self.document.get(location), location, pattern_matcher)
        self._strict = self.document
        self._lenient = without_warnings(self.document)
        compiler = NodeCompiler(self.document)
        self.root_node = compiler.compile(())
        mark_warnings(compiler.nodes, self.root_node)
        self.root = Place(((self.root_node, How.ALWAYS),), {})
        self.empty_erases = self.document.root.get("x-empty-erases") is True
        entity = self.document.root.get("x-entity")
        self.entity: Entity | None = next((name for name in ENTITIES if name == entity), None)
        self._accepts: dict[Location, Callable[[Any], bool]] = {}
        self._unions: dict[int, Callable[[Any], bool]] = {}
        self._tests: dict[Location, Callable[[Any], bool]] = {}
        self._members: dict[Location, Members] = {}
        self.plain: Schema | None = None
        """The schema without its warnings, if it coerces differently."""
        if self._lenient is not None and has_coercing_warnings(compiler.nodes, self.root_node):
            self.plain = Schema(self._lenient.root)
        if not is_bundled:
            _ = self.engine, self.warning_engine  # both raise now if they cannot compile

    @property
    def has_warnings(self) -> bool:
        """Whether some of its rules are warnings."""
        return self._lenient is not None

    @cached_property
    def has_money(self) -> bool:
        """Whether it has fields for amounts of money."""
        seen: dict[int, Node] = {}
        waiting = [self.root_node]
        while waiting:
            node = waiting.pop()
            if id(node) not in seen:
                seen[id(node)] = node
                waiting += node.below()
        return any(node.custobar_type == "money" for node in seen.values())

    @cached_property
    def engine(self) -> Engine:
        """The engine that decides validity; it reads the schema's warnings as ``true``."""
        return make_engine(self._lenient or self._strict)

    @cached_property
    def warning_engine(self) -> Engine | None:
        """The engine that reads the schema's warnings as errors; None if it has no warnings."""
        return make_engine(self._strict) if self._lenient else None

    @cached_property
    def is_clean(self) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid without a warning."""
        strict = self.warning_engine
        if strict is None:
            return self.engine.is_valid
        if not self.document.uses_annotations:
            return strict.is_valid  # a value that passes with the warnings passes without them
        return lambda value: strict.is_valid(value) and self.engine.is_valid(value)

    def violations(self, value: Any) -> tuple[list[Violation], list[Violation]]:
        """The errors and the warnings of a value: where it breaks rules."""
        errors = self.engine.violations(value)
        if self.warning_engine is None:
            return errors, []
        known = set(errors)
        return errors, [pair for pair in self.warning_engine.violations(value) if pair not in known]

    def accepts(self, location: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under the subschema at a location."""
        if location not in self._accepts:
            engine = self.warning_engine or self.engine  # a warning may contain a union, never the reverse
            test, members = engine.accepts(location), sure_members(self.document.get(location))
            self._accepts[location] = test if members is None else _quick_members(members, test)
        return self._accepts[location]

    def accepts_any(self, nodes: list[Node]) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of a union's nodes, all in one test."""
        if len(nodes) == 1:
            return self.accepts(nodes[0].location)
        if id(nodes) not in self._unions:  # the lists live as long as the nodes
            engine = self.warning_engine or self.engine
            self._unions[id(nodes)] = engine.accepts(*(node.location for node in nodes))
        return self._unions[id(nodes)]

    def keyword_test(self, location: Location) -> Callable[[Any], bool]:
        """A function that checks a scalar against the single keyword at a location."""
        if location not in self._tests:
            keyword, wanted = str(location[-1]), self.document.get(location)
            test: Callable[[Any], bool] = make_engine(Document({keyword: wanted})).is_valid
            if keyword in ("enum", "const"):
                test = _quick_members(self.members(location), test)
            elif keyword == "type":
                test = _quick_types(wanted, test)
            self._tests[location] = test
        return self._tests[location]

    def members(self, location: Location) -> Members:
        """The members that the ``enum`` or ``const`` at a location allows."""
        if location not in self._members:
            wanted = self.document.get(location)
            self._members[location] = Members(wanted if location[-1] == "enum" else (wanted,))
        return self._members[location]

    def place_of(self, node: Node) -> Place:
        """The place of a single node, such as a branch of a union."""
        return self.root.at(((node, How.ALWAYS),))


def _quick_members(members: Members, test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test that compares a value with each member only if it is not certainly one of them."""
    sure = members.sure
    return lambda value: value in sure.get(type(value), ()) or test(value)


def _quick_types(wanted: str | list[str], test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test that runs an engine only on values whose Python type does not decide."""
    types = {wanted} if isinstance(wanted, str) else set(wanted)
    sure = frozenset(kind for kind, names in TYPES.items() if names & types)
    return lambda value: type(value) in sure or test(value)


def compile_schema(schema: SchemaLike | Schema | None) -> Schema | None:
    """The compiled schema for an entity's name, a path, a mapping, or None.

    Raises:
        SchemaError: it is not a usable JSON Schema.
        UsageError: it does not name a schema.
        OSError: the file cannot be read.

    """
    if schema is None or isinstance(schema, Schema):
        return schema
    if isinstance(schema, str) and schema in ENTITIES:
        return _compile_bundled(schema)
    with naming_schema(schema):
        return _compile_text(source_text(schema))


@lru_cache(maxsize=CACHED_SCHEMAS)
def _compile_bundled(entity: Entity) -> Schema:
    return Schema(load_schema(entity), is_bundled=True)


@lru_cache(maxsize=CACHED_SCHEMAS)
def _compile_text(text: str) -> Schema:
    return Schema(parse_schema(text))
