"""Whether what is written reads back as itself, by a schema.

In: records, their leaves, and the places of a schema. Out: nothing, or the reason why not. The rule kept here: what
the type of a value alone decides at a place is decided once; only the rest is read back.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.findings import cut
from custobar_formats.core.limits import MAX_COMPARED_CHARS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import format_scalar, is_empty, parse_exact
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import How, Place

if TYPE_CHECKING:
    from custobar_formats.records.flatten import Leaf


class Doubt(Enum):
    """What has to be looked at before a value is known to read back as itself."""

    NONE = "the type of the value says it"
    TEXT = "its text, at its place"
    RECORD = "the whole record"


class ReadBack:
    """Checks that the leaves of a record read back as the record."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema.root
        self._coercer = Coercer(schema, parse_exact)
        self._is_valid = schema.engine.is_valid
        self._doubts: dict[tuple[Path, type], Doubt] = {}

    def check(self, record: dict[str, Any], leaves: list[Leaf], number: int | None) -> None:
        """Raise NotExpressible where reading would give another value."""
        if all(self._is_safe(path, record) for path, _ in leaves):
            return
        for path, content in leaves:
            if isinstance(content, str) and self._place(path).is_scalar_list:
                shown = _shown(content)
                reason = f"{shown} would be read back as the list of its parts between commas; give a list"
                raise NotExpressible(reason, number, format_pointer(path))
        again, wanted = self._coercer.coerce(build(leaves), self._root), reduced(record)
        self._compare(again, wanted, self._root, (), number)
        if self._is_valid(wanted) and not self._is_valid(again):
            raise NotExpressible("it is valid as it stands, but not with the text of its scalars", number, "")

    def doubt(self, path: Path, type_: type) -> Doubt:
        """What has to be looked at where a value of a type stands at a path."""
        key = (path, type_)
        if key not in self._doubts:
            self._doubts[key] = _doubt_at(self._place(path), type_)
        return self._doubts[key]

    def _place(self, path: Path) -> Place:
        place = self._root
        for part in path:
            place = place.step(part)
        return place

    def is_read_as(self, text: str, value: Any, path: Path) -> bool:
        """Whether a text is read as this very value, at a path where no condition from above has a say."""
        place = self._root
        for part in path:
            place = place.sure_step(part)
        again = self._coercer.coerce(text, place, path)
        return type(again) is type(value) and again == value

    def _is_safe(self, path: Path, record: Any) -> bool:
        """Whether the types of the values at a leaf say that their texts read back as themselves."""
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
            reason = f"{_shown(value)} would be read back as {_shown(again)}: give that, if it is what is meant"
            raise NotExpressible(reason, number, format_pointer(path))


def _doubt_at(place: Place, type_: type) -> Doubt:
    if _is_safe_at(place, type_):
        return Doubt.NONE
    if (
        place.is_unconstrained
        or place.is_scalar_list
        or any(how is not How.ALWAYS and node.coerces for node, how in place.entries)
    ):
        return Doubt.RECORD
    return Doubt.TEXT


def _is_safe_at(place: Place, type_: type) -> bool:
    """Whether the type of a value alone says that its text reads back as itself."""
    if place.is_unconstrained:
        return issubclass(type_, str)
    if any(how is not How.ALWAYS and node.coerces for node, how in place.nodes) or place.members is not None:
        return False
    types = place.types or frozenset()
    if issubclass(type_, bool):
        return types == {"boolean"}
    if issubclass(type_, str):
        return "string" in types
    if issubclass(type_, (int, float)):
        return types == {"number"} or (issubclass(type_, int) and bool(types) and types <= {"integer", "number"})
    return False


def _shown(value: Any) -> str:
    return cut(repr(value), MAX_COMPARED_CHARS)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (bool, str)) or isinstance(other, (bool, str)):
        return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
    if one is None or other is None:
        return one is other
    return Decimal(format_scalar(one)) == Decimal(format_scalar(other))


def build(leaves: Iterable[Leaf]) -> dict[str, Any]:
    """The record that reading the leaves of one record gives, every scalar as text."""
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
    """A value without its objects' empty members."""
    if isinstance(value, dict):
        return {key: reduced(member) for key, member in value.items() if not is_empty(member)}
    if isinstance(value, list):
        return [reduced(item) for item in value]
    return value
