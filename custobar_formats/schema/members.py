"""The members of an ``enum``, or of all alternatives of a union, prepared for many values.

In: JSON values. Out: the member that a text spells, and whether a value is a member, both without a search through all
members. Rules: numbers are equal by value, as in JSON Schema, so 1 equals 1.0; booleans are not numbers; if a text
spells several members, a text wins, else the first.
Source: JSON Schema 2020-12, core, section 4.2.2 (equality), and validation, sections 6.1.2 and 6.1.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

from custobar_formats.core.scalars import format_scalar, parse_number

EXACT = 2**53
"""Up to here, a float can hold every integer, so everyone agrees on which numbers are equal."""

TYPES: dict[type, frozenset[str]] = {
    str: frozenset({"string"}),
    int: frozenset({"integer", "number"}),
    bool: frozenset({"boolean"}),
    type(None): frozenset({"null"}),
}
"""The JSON Schema types that values of a Python type certainly have; a float may be an integer there."""

WORDS = frozenset({"title", "description", "$comment", "default", "examples", "deprecated"})
"""Keywords beside an ``enum`` that do not affect validity."""


class Members:
    """Members, in their order."""

    def __init__(self, members: Iterable[Any]) -> None:
        self._all = tuple(members)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The members that are text."""
        return tuple(member for member in self._all if isinstance(member, str))

    @cached_property
    def _texts(self) -> frozenset[str]:
        return frozenset(self.texts)

    @cached_property
    def _numbers(self) -> dict[int | float, int | float]:
        """The numbers among the members; of equal ones, the first."""
        found: dict[int | float, int | float] = {}
        for member in self._all:
            if isinstance(member, (int, float)) and not isinstance(member, bool):
                found.setdefault(member, member)
        return found

    @cached_property
    def usual(self) -> dict[str, Any]:
        """Members by their usual texts, strings before others; a number may have other texts too."""
        found = {
            format_scalar(member): member for member in (*filter(_is_exact, self._numbers.values()), *self._truths)
        }
        return found | {text: text for text in self.texts}

    @cached_property
    def _truths(self) -> frozenset[bool]:
        return frozenset(member for member in self._all if isinstance(member, bool))

    @cached_property
    def sure(self) -> dict[type, Collection[Any]]:
        """Values that are certainly members, by type; others may be members too."""
        numbers = frozenset(filter(_is_exact, self._numbers))
        nothing = frozenset({None} if any(member is None for member in self._all) else ())
        return {str: self._texts, int: numbers, float: numbers, bool: self._truths, type(None): nothing}

    def spelled_by(self, text: str) -> Any:
        """The member that a text spells, a string before others; None if it spells none."""
        member = self.usual.get(text)
        if member is None and self._numbers:
            number = parse_number(text)
            return None if number is None else self._numbers.get(number)
        return member

    def has_text(self, text: str) -> bool:
        """Whether a text is a member."""
        return text in self._texts

    def has_number(self, value: int) -> bool:
        """Whether a number is a member."""
        return value in self._numbers


def _is_exact(number: float) -> bool:
    return -EXACT <= number <= EXACT


def own_members(schema: dict[str, Any]) -> Members | None:
    """The members of a subschema's own ``enum`` or ``const``, if it has one."""
    if "const" in schema:
        return Members((schema["const"],))
    return Members(schema["enum"]) if "enum" in schema else None


def has_members_alone(schema: Any) -> bool:
    """Whether a subschema has only an ``enum`` or a ``const``, and at most a type that its members have."""
    if not isinstance(schema, dict) or schema.keys() - WORDS - {"type"} not in ({"const"}, {"enum"}):
        return False
    types = schema.get("type")
    wanted = {types} if isinstance(types, str) else types
    return wanted is None or all(_types_of(member) & set(wanted) for member in own_members(schema) or ())


def _types_of(value: Any) -> frozenset[str]:
    """The types that a value certainly has."""
    if isinstance(value, float):
        return frozenset({"number", "integer"} if _is_exact(value) and value.is_integer() else {"number"})
    return TYPES.get(type(value), frozenset())


def union_members(branches: list[Any]) -> Members | None:
    """The members of a union's branches that have only an ``enum`` or a ``const``; None if no branch does."""
    simple = [branch for branch in branches if has_members_alone(branch)]
    return Members(member for branch in simple for member in own_members(branch) or ()) if simple else None


def sure_members(schema: Any) -> Members | None:
    """The members certainly valid under a subschema: of an ``enum``, or of some branches of an ``anyOf``."""
    if has_members_alone(schema):
        return own_members(schema)
    is_union = isinstance(schema, dict) and schema.keys() - WORDS == {"anyOf"}
    return union_members(schema["anyOf"]) if is_union else None
