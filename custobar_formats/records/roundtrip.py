"""The check that written records read back as themselves, by a schema.

In: records, their leaves, and the places of a schema. Out: nothing, or the reason why a record does not read back.
Rule: where the type of a value decides, it is checked once; only other values are read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.findings import cut
from custobar_formats.core.limits import MAX_COMPARED_CHARS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import format_scalar, is_empty, parse_exact, plain_scalar
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import How, Node, Place
from custobar_formats.schema.rules import NodesAtPath, Rule, RuleBook

if TYPE_CHECKING:
    from custobar_formats.records.flatten import Leaf


EXACT_FLOATS = 2**53
"""Below this, a whole number has the same value as a float and as its text."""


EXACT_DIGITS = 15
"""A float keeps all digits of a number that has no more than these."""


class Doubt(Enum):
    """The check that makes sure that a value reads back as itself."""

    NONE = "nothing: its type decides"
    NUMBER = "its text, at its place, unless it is a usual number"
    TEXT = "its text, at its place"
    RECORD = "the whole record"


class ReadBack:
    """Checks that the leaves of a record read back as the record."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema.root
        self._coercer = Coercer(schema, parse_exact)
        self._is_valid = schema.engine.is_valid
        self._book = RuleBook(schema)
        self._doubts: dict[tuple[Path, type], Doubt] = {}
        self._sure: dict[Path, tuple[Place, bool]] = {}
        self._rules: dict[Path, tuple[Rule, ...] | None] = {}

    def check(self, record: Mapping[str, Any], leaves: list[Leaf], number: int | None) -> None:
        """Raise NotExpressible if reading would give another value."""
        if all(self._is_safe(path, record) for path, _ in leaves):
            return
        for path, content in leaves:
            if isinstance(content, str) and self._place(path).is_scalar_list:
                shown = _shown(content)
                reason = f"{shown} would be read back as a list, split at its commas; give a list"
                raise NotExpressible(reason, number, format_pointer(path))
        again, wanted = self._coercer.coerce_record(build(leaves)), reduced(record)
        self._compare(again, wanted, self._root, (), number)
        if self._is_valid(wanted) and not self._is_valid(_with_floats(again, wanted)):
            raise NotExpressible(
                "the record is valid, but would not be once its values are read back from text", number, ""
            )

    def doubt(self, path: Path, type_: type) -> Doubt:
        """The check for a value of a type at a path."""
        key = (path, type_)
        if key not in self._doubts:
            self._doubts[key] = self._find_doubt(path, type_)
        return self._doubts[key]

    def _find_doubt(self, path: Path, type_: type) -> Doubt:
        place = self._place(path)
        if self._coercer.schema.plain is not None and self._rules_at(path) is None:
            return Doubt.RECORD
        if _is_safe_at(place, type_):
            return Doubt.NONE
        if place.is_unconstrained:
            if self._book.is_free(path):
                return Doubt.NONE
            rules = self._rules_at(path)
            return Doubt.RECORD if rules is None else Doubt.TEXT if rules else Doubt.NONE
        if place.is_scalar_list or any(how is not How.ALWAYS and node.coerces for node, how in place.entries):
            return Doubt.RECORD
        is_plain = all(node.members is None and not node.unions and not node.branches for node, _ in place.nodes)
        is_number = issubclass(type_, (float, Decimal)) and "string" not in (place.types or {"string"})
        return Doubt.NUMBER if is_plain and is_number and self._rules_at(path) == () else Doubt.TEXT

    def are_usual(self, texts: Sequence[str], path: Path) -> bool:
        """Whether all texts are plain numbers that are read exactly, both as float and as Decimal."""
        types = self._place(path).types or frozenset()
        if not types & {"integer", "number"}:
            return False
        return set("".join(texts)) <= set("-0123456789." if "number" in types else "-0123456789") and (
            max(map(len, texts)) <= EXACT_DIGITS
        )

    def _rules_at(self, path: Path) -> tuple[Rule, ...] | None:
        """The rules that decide if a scalar at a path is valid, apart from its type; None if they are not enough."""
        if path not in self._rules:
            nodes: NodesAtPath | None = self._book.root
            for part in path:
                nodes = self._step(nodes, part) if nodes is not None else None
            rules = self._book.scalar_rules(nodes) if nodes is not None else None
            self._rules[path] = rules and tuple(
                rule for rule in rules if rule.severity is None and rule.location[-1] != "type"
            )
        return self._rules[path]

    def _step(self, nodes: NodesAtPath, part: str | int) -> NodesAtPath | None:
        """The nodes of a key or an index; None if rules above also depend on the value there."""
        is_decided = self._book.takes_list(nodes) if isinstance(part, int) else self._book.key_rules(nodes) is not None
        return self._book.step(nodes, part) if is_decided else None

    def _place(self, path: Path) -> Place:
        return reduce(Place.step, path, self._root)

    def is_read_as(self, text: str, value: Any, path: Path) -> bool:
        """Whether a text is read as this value, at a path where no condition from above decides.

        If an equal number or the text itself is read instead, it must be valid too.
        """
        if path not in self._sure:
            place = reduce(Place.sure_step, path, self._root)
            self._sure[path] = place, any(node.unions or node.branches for node in place.sure)
        place, branches = self._sure[path]
        text = format_scalar(text)
        again = self._coercer.coerce(text, place, path) if branches else self._coercer.parse_cell(text, place)
        if again == value and (type(again) is type(value) or (isinstance(again, str) and isinstance(value, str))):
            return True
        rules = self._rules_at(path)
        if rules is None:
            return False
        is_number = not isinstance(value, str)
        is_same = (is_number and type(again) is float and repr(again) == text) or _same(again, value)
        if not is_same and not (place.is_unconstrained and again == text):
            return False
        read = _with_floats(again, value)
        return all(rule.holds(read) for rule in rules)

    def _is_safe(self, path: Path, record: Any) -> bool:
        """Whether the types of a leaf's values ensure that their texts read back as these values."""
        value = record
        for part in path:
            value = value[part]
        if isinstance(value, list):
            return all(self.doubt((*path, index), type(item)) is Doubt.NONE for index, item in enumerate(value))
        return self.doubt(path, type(value)) is Doubt.NONE

    def _compare(self, again: Any, value: Any, place: Place, path: Path, number: int | None) -> None:
        if isinstance(value, dict) and isinstance(again, dict):
            for key in value:
                self._compare(again.get(key), value[key], place.step(key), (*path, key), number)
        elif isinstance(value, list) and isinstance(again, list) and len(again) == len(value):
            for index, item in enumerate(value):
                self._compare(again[index], item, place.step(index), (*path, index), number)
        elif not _same(again, value) and not (place.is_unconstrained and again == format_scalar(value)):
            reason = f"{_shown(value)} would be read back as {_shown(again)}: give that value if it is what you mean"
            raise NotExpressible(reason, number, format_pointer(path))


def _is_safe_at(place: Place, type_: type) -> bool:
    """Whether the type of a value alone ensures that its text reads back as this value."""
    if issubclass(type_, str):
        return not place.is_scalar_list and all(_keeps_text(node) for node, _ in place.nodes)
    if any(how is not How.ALWAYS and node.coerces for node, how in place.nodes) or place.members is not None:
        return False
    types = place.types or frozenset()
    if issubclass(type_, bool):
        return "boolean" in types and "string" not in types
    if issubclass(type_, (int, float)):
        return (
            bool(types & {"number", "integer"})
            and "string" not in types
            and ("number" in types or issubclass(type_, int))
        )
    return False


def _keeps_text(node: Node) -> bool:
    """Whether a node leaves a text unchanged, whenever it applies."""
    types = node.types or {"string"}
    if "string" not in types and types & {"integer", "number", "boolean"}:
        return False
    return not any(isinstance(member, (bool, int, float)) for member in node.members or ())


def _shown(value: Any) -> str:
    return cut(repr(value), MAX_COMPARED_CHARS)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (bool, str)) or isinstance(other, (bool, str)):
        return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
    if one is None or other is None:
        return one is other
    if isinstance(one, float) == isinstance(other, float) or (isinstance(one, int) and abs(other) < EXACT_FLOATS):
        return bool(one == other)
    return Decimal(format_scalar(one)) == Decimal(format_scalar(other))


def _with_floats(again: Any, value: Any) -> Any:
    """What is read back, equal to a value, with its floats: a Decimal of the same digits may be another number."""
    if isinstance(value, dict) and isinstance(again, dict):
        return {key: _with_floats(member, value.get(key)) for key, member in again.items()}
    if isinstance(value, list) and isinstance(again, list):
        return [_with_floats(one, other) for one, other in zip(again, value, strict=True)]
    return value if isinstance(value, float) and isinstance(again, Decimal) else again


def build(leaves: Iterable[Leaf]) -> dict[str, Any]:
    """The record that is read from the leaves of one record, with every scalar as text."""
    record: dict[str, Any] = {}
    for path, content in leaves:
        target: Any = record
        for part, following in pairwise(path):
            empty: Any = [] if isinstance(following, int) else {}
            if isinstance(target, dict):
                target = target.setdefault(part, empty)
            else:
                if part == len(target):
                    target.append(empty)
                target = target[part]
        if isinstance(target, dict):
            target[path[-1]] = content
        else:
            target.append(content)
    return record


def reduced(value: Any) -> Any:
    """A value without its objects' empty members, in the plain types of JSON."""
    if isinstance(value, Mapping):
        return {plain_scalar(key): reduced(member) for key, member in value.items() if not is_empty(member)}
    if isinstance(value, list):
        return [reduced(item) for item in value]
    return plain_scalar(value)
