"""Text to typed values, by a schema.

In: JSON values whose scalars may be text, and their place in a schema. Out: the same values; text that is spelled
exactly right is converted to the type in the schema. Rules: a value that is already valid stays unchanged; text that is
not spelled exactly stays text, and validation reports it; coercion is idempotent.
Source: https://developers.custobar.com/ (money is in cents).
"""

from __future__ import annotations

from decimal import Decimal
from operator import is_
from typing import Any

from custobar_formats.core.limits import MAX_CACHED_STEPS
from custobar_formats.core.paths import Path
from custobar_formats.core.scalars import ParseFloat, format_scalar, parse_integer, parse_number
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import Condition, Place, Union

Notes = list[tuple[str, Path, Any]]
"""What a coercion reports: a finding's code, the path, and the value before it."""


class Coercer:
    """Coerces values at the places of one schema; ``notes`` collects what it reports."""

    def __init__(self, schema: Schema, parse_float: ParseFloat = float, notes: Notes | None = None) -> None:
        self._schema = schema
        self._parse_float = parse_float
        self._notes = notes
        self._is_intricate = schema.document.is_intricate
        self._known: dict[tuple[int, Path, int], tuple[Any, Any, Notes]] = {}

    def coerce(self, value: Any, place: Place, path: Path = ()) -> Any:
        """The value with its text converted to what the place asks for; the same object if nothing changes."""
        if not place.coerces:
            return value
        return self._coerce_once(value, place, path) if self._is_intricate else self._coerce(value, place, path)

    def _coerce_once(self, value: Any, place: Place, path: Path) -> Any:
        """As ``_coerce``, but once for each place of the schema and value, on however many ways it is reached."""
        key = (id(place), path, id(value))
        if key not in self._known:
            if len(self._known) >= MAX_CACHED_STEPS:
                self._known.clear()
            noted = len(self._notes or ())
            result = self._coerce(value, place, path)
            self._known[key] = value, result, (self._notes or [])[noted:]  # with the value, its id stays its own
            return result
        _, result, notes = self._known[key]
        if self._notes is not None:
            self._notes += notes
        return result

    def _coerce(self, value: Any, place: Place, path: Path) -> Any:
        value = self._coerce_scalar(value, place, path)
        value = self._coerce_children(value, place, path)
        for node in place.sure:
            for union in node.unions:
                value = self._coerce_union(value, union, path)
        conditions = [branch for node in place.sure for branch in node.branches]
        return self._coerce_conditions(value, conditions, path) if conditions else value

    def coerce_record(self, record: Any) -> Any:
        """A record coerced by its whole schema; by its warnings only where that changes no error of the record."""
        schema = self._schema
        noted = len(self._notes or ())
        value = self.coerce(record, schema.root)
        if schema.plain is None:
            return value
        notes: Notes = []
        plain = Coercer(schema.plain, self._parse_float, notes).coerce(record, schema.plain.root)
        if schema.engine.violations(value) == schema.engine.violations(plain):
            return value
        if self._notes is not None:
            self._notes[noted:] = notes
        return plain

    @property
    def schema(self) -> Schema:
        """The schema that values are coerced by."""
        return self._schema

    def _coerce_scalar(self, value: Any, place: Place, path: Path) -> Any:
        if isinstance(value, str):
            return self.parse_cell(value, place)
        if isinstance(value, int) and not isinstance(value, bool) and _wants_text(value, place):
            text = format_scalar(value)
            if self._notes is not None:
                self._notes.append(("number-as-string", path, value))
            return text
        if self._notes is not None and isinstance(value, (float, Decimal)) and place.wants_cents and value % 1 == 0:
            self._notes.append(("money-with-point", path, value))
        return value

    def parse_cell(self, text: str, place: Place) -> Any:
        """The scalar that a text spells, by the nodes that always apply at a place; the text if it spells none."""
        members = place.members
        if members is not None:
            value = members.usual.get(text)
            if value is None:
                value = members.spelled_by(text)
            if value is not None:
                return value
        types = place.types
        if types is None or "string" in types:
            return text
        value = None
        if "integer" in types:
            value = parse_integer(text, fraction=place.custobar_type != "money")
        if value is None and "number" in types:
            value = parse_number(text, self._parse_float)
        if value is None and "boolean" in types:
            value = {"true": True, "false": False}.get(text)
        return text if value is None else value

    def _coerce_children(self, value: Any, place: Place, path: Path) -> Any:
        if not isinstance(value, (dict, list)):
            return value
        parts = list(value) if isinstance(value, dict) else range(len(value))
        changed: dict[Any, Any] = {}
        for part in parts:
            old = value[part]
            new = self.coerce(old, place.sure_step(part), (*path, part))
            if new is not old:
                changed[part] = new
        if not changed:
            return value
        if isinstance(value, dict):
            return {key: changed.get(key, old) for key, old in value.items()}
        return [changed.get(index, old) for index, old in enumerate(value)]

    def _coerce_union(self, value: Any, union: Union, path: Path) -> Any:
        """The value if a branch accepts it; else the coercion by the first branch that accepts its own result."""
        if union.is_of_members and union.members is not None and isinstance(value, str):
            member = union.members.spelled_by(value)
            return value if member is None else member
        if not union.coercing or self._schema.accepts_any(union.branches)(value):
            return value
        if isinstance(value, str) and not union.others:
            found = self._coerced_by_kind(value, union)
            if len(found) < 2:
                return found[0] if found else value
        for branch in union.coercing:
            noted = len(self._notes or ())
            candidate = self.coerce(value, self._schema.place_of(branch), path)
            if candidate is not value and self._schema.accepts(branch.location)(candidate):
                return candidate
            if self._notes is not None:
                del self._notes[noted:]
        return value

    def _coerced_by_kind(self, text: str, union: Union) -> list[Any]:
        """The coercions of a text that their branches accept; no branch accepts the text itself."""
        member = union.members.spelled_by(text) if union.members is not None else None
        found = [] if member is None else [member]
        for alike in union.alike:
            candidate = self.parse_cell(text, self._schema.place_of(alike[0]))
            if candidate is not text and self._schema.accepts_any(alike)(candidate):
                found.append(candidate)
        return found

    def _coerce_conditions(self, value: Any, conditions: list[Condition], path: Path) -> Any:
        """Coerce by the branches that apply; return the value unchanged if that would change which ones apply."""
        verdicts = [self._holds(condition, value) for condition in conditions]
        noted = len(self._notes or ())
        result = value
        for condition, holds in zip(conditions, verdicts, strict=True):
            node = condition.then if holds else condition.otherwise
            if node is not None:
                result = self.coerce(result, self._schema.place_of(node), path)
        if result is not value and [self._holds(condition, result) for condition in conditions] != verdicts:
            if self._notes is not None:
                del self._notes[noted:]
            return value
        return result

    def _holds(self, condition: Condition, value: Any) -> bool:
        if isinstance(condition.test, str):
            return isinstance(value, dict) and condition.test in value
        return self._schema.accepts(condition.test)(value)


def _wants_text(value: int, place: Place) -> bool:
    if place.members is not None:
        if place.members.has_number(value):
            return False
        if place.members.has_text(str(value)):
            return True
    types = place.types
    return types is not None and "string" in types and not types & {"integer", "number"}


def without_erased(value: Any) -> Any:
    """A value without object members that are null or ``""``; the same object if there are none."""
    if isinstance(value, dict):
        for item in value.values():
            if item is None or item == "" or (isinstance(item, (dict, list)) and without_erased(item) is not item):
                return {key: without_erased(item) for key, item in value.items() if item is not None and item != ""}
        return value
    if isinstance(value, list):
        items = list(map(without_erased, value))
        return value if all(map(is_, items, value)) else items
    return value


def with_erased(kept: Any, original: Any) -> Any:
    """The result of ``without_erased``, with the removed members of the original back in their places."""
    if isinstance(original, dict) and isinstance(kept, dict):
        return {key: with_erased(kept[key], item) if key in kept else item for key, item in original.items()}
    if isinstance(original, list) and isinstance(kept, list):
        return [with_erased(new, old) for new, old in zip(kept, original, strict=True)]
    return kept


def coerce_record(coercer: Coercer, record: Any) -> Any:
    """A record coerced by its whole schema; members that mean "remove the value" count as absent and are kept."""
    schema = coercer.schema
    kept = without_erased(record) if schema.empty_erases else record
    value = coercer.coerce_record(kept)
    return value if kept is record else with_erased(value, record)
