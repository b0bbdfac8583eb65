"""Text to typed values and back, as a schema asks.

In: values of JSON whose scalars may be text, and the place of a schema that they stand at. Out: the same values,
text turned into the type that is wanted where its spelling is exactly that type's. The rules kept here: what is
valid as it stands stays; a spelling that is not exact stays text, for the validation to find; coercion is
idempotent. Source: RFC 8259 section 6 (numbers), https://developers.custobar.com/ (money is in cents).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from custobar_formats.paths import Path
from custobar_formats.places import Branch, Node, Place
from custobar_formats.schema import Schema

MAX_DIGITS = 4300
"""Digits of an integer: Python's own bound against quadratic time, kept whatever the host has set."""

TOO_LARGE = 10**MAX_DIGITS
"""The first integer of too many digits."""

INTEGER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.0+)?", re.ASCII)
NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)

ParseFloat = Callable[[str], Any]
Notes = list[tuple[str, Path, Any]]
"""What a coercion has to tell: a finding's code, the path, the value as it was."""


def parse_integer(text: str, *, fraction: bool = True) -> int | None:
    """The integer that the text spells, ``.0`` allowed unless ``fraction`` is False; else None."""
    match = INTEGER.fullmatch(text)
    if match is None or (match[2] and not fraction) or len(match[1].lstrip("-")) > MAX_DIGITS:
        return None
    try:
        return int(match[1])
    except ValueError:  # the host allows fewer digits than we do
        return None


def parse_number(text: str, parse_float: ParseFloat = float) -> Any:
    """The number that the text spells: an int without point and exponent, else ``parse_float``'s; else None."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[2] is None and match[3] is None:
        return parse_integer(text)
    return parse_float(text) if fits_float(text) else None


def fits_float(text: str) -> bool:
    """Whether a float can hold the number: not so large that it is infinite, nor so small that it is 0."""
    value = float(text)
    return math.isfinite(value) and (value != 0 or not re.search(r"[1-9]", re.split("[eE]", text)[0]))


def parse_exact(text: str) -> float | Decimal:
    """A number that is written with the same digits again: a float where its text is the same, else a Decimal."""
    value = float(text)
    return value if repr(value) == text and "e" not in text else Decimal(text)


class ExactNumbers:
    """Parses as ``parse_exact`` does; ``are_plain`` says whether each Decimal's own text is the one to be written."""

    def __init__(self) -> None:
        self.are_plain = True

    def __call__(self, text: str) -> float | Decimal:
        """The number."""
        value = parse_exact(text)
        if isinstance(value, Decimal) and str(value) != format_decimal(value):
            self.are_plain = False
        return value


def format_scalar(value: Any) -> str:
    """The text of a scalar, as a cell holds it; None is blank.

    Raises:
        ValueError: a number that is not finite, or an integer of too many digits.

    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number that is not finite has no text in JSON")
        return float.__repr__(value)  # and not a subclass's own, such as numpy's
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, int):
        if not -TOO_LARGE < value < TOO_LARGE:
            raise ValueError(f"an integer of more than {MAX_DIGITS} digits")
        return int.__repr__(value)
    raise ValueError(no_json_value(value))


def no_json_value(value: Any) -> str:
    """What to say of a value that JSON does not have."""
    if hasattr(value, "isoformat"):
        what = "write its .isoformat()"
    elif hasattr(value, "item"):
        what = "write its .item()"  # numpy's
    else:
        what = "write it as text or a number"
    return f"{type(value).__name__} is no JSON value: {what}"


def format_json(value: Any) -> str:
    """A scalar as JSON text: as ``format_scalar``, but for text and None.

    Raises:
        ValueError: as ``format_scalar``.

    """
    return json.dumps(value, ensure_ascii=False) if value is None or isinstance(value, str) else format_scalar(value)


def format_decimal(value: Decimal) -> str:
    """The digits of a Decimal as a JSON number; without an exponent where that takes few zeros."""
    if not value.is_finite():
        raise ValueError("a number that is not finite has no text in JSON")
    exponent = value.as_tuple().exponent
    if value.is_zero() and value.is_signed() and exponent == 0:
        return "-0E0"  # as ``-0`` it would be read as an integer, which has no such zero
    if isinstance(exponent, int) and -40 < exponent <= 0:
        return format(value, "f")
    return str(value)


class Coercer:
    """Coerces values at the places of one schema; ``notes`` gathers what there is to tell."""

    def __init__(self, schema: Schema, parse_float: ParseFloat = float, notes: Notes | None = None) -> None:
        self._schema = schema
        self._parse_float = parse_float
        self._notes = notes

    def coerce(self, value: Any, place: Place, path: Path = ()) -> Any:
        """The value with its text turned into what the place asks for; the same object where nothing changes."""
        if not place.coerces:
            return value
        value = self._coerce_scalar(value, place, path)
        value = self._coerce_children(value, place, path)
        for node in place.sure:
            for branches in node.unions:
                value = self._coerce_union(value, branches, path)
        conditions = [branch for node in place.sure for branch in node.branches]
        return self._coerce_conditions(value, conditions, path) if conditions else value

    @property
    def schema(self) -> Schema:
        """The schema whose places these are."""
        return self._schema

    def _coerce_scalar(self, value: Any, place: Place, path: Path) -> Any:
        if isinstance(value, str):
            return self.parse_cell(value, place)
        if isinstance(value, int) and not isinstance(value, bool) and _wants_text(value, place):
            text = format_scalar(value)
            if self._notes is not None:
                self._notes.append(("number-as-string", path, value))
            return text
        return value

    def parse_cell(self, text: str, place: Place) -> Any:
        """The scalar that a place's sure nodes ask a text to be; the text where it spells none."""
        if place.members is not None:
            value = _member(text, place.members)
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

    def _coerce_union(self, value: Any, branches: list[Node], path: Path) -> Any:
        """What is valid under a branch stays; else the first branch that accepts its own coercion wins."""
        coercing = [branch for branch in branches if branch.coerces]
        if not coercing or any(self._schema.accepts(branch.location)(value) for branch in branches):
            return value
        for branch in coercing:
            noted = len(self._notes or ())
            candidate = self.coerce(value, self._schema.place_of(branch), path)
            if candidate is not value and self._schema.accepts(branch.location)(candidate):
                return candidate
            if self._notes is not None:
                del self._notes[noted:]
        return value

    def _coerce_conditions(self, value: Any, conditions: list[Branch], path: Path) -> Any:
        """Coerce by the branches that hold; not at all where that would change which of them hold."""
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

    def _holds(self, condition: Branch, value: Any) -> bool:
        if isinstance(condition.test, str):
            return isinstance(value, dict) and condition.test in value
        return self._schema.accepts(condition.test)(value)


def _wants_text(value: int, place: Place) -> bool:
    if place.members is not None:
        if any(member == value and not isinstance(member, bool) for member in place.members):
            return False
        if str(value) in place.members:
            return True
    types = place.types
    return types is not None and "string" in types and not types & {"integer", "number"}


def _member(text: str, members: tuple[Any, ...]) -> Any:
    """The member that a text spells, a string before others; None where it spells none."""
    if text in [member for member in members if isinstance(member, str)]:
        return text
    for member in members:
        if isinstance(member, bool):
            if text == format_scalar(member):
                return member
        elif isinstance(member, (int, float)) and parse_number(text) == member:
            return member
    return None


def is_empty(value: Any) -> bool:
    """Whether a value is null, ``""``, ``{}`` or ``[]``, or holds nothing else."""
    if isinstance(value, dict):
        return all(map(is_empty, value.values()))
    if isinstance(value, list):
        return all(map(is_empty, value))
    return value is None or (isinstance(value, str) and not value)  # what a value is equal to is not asked of it


def without_erased(value: Any) -> Any:
    """A value without its objects' members that are null or ``""``; the same object where there are none."""
    if isinstance(value, dict):
        kept = {key: without_erased(item) for key, item in value.items() if item is not None and item != ""}
        return value if len(kept) == len(value) and all(kept[key] is value[key] for key in kept) else kept
    if isinstance(value, list):
        items = [without_erased(item) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value


def with_erased(kept: Any, original: Any) -> Any:
    """The value that ``without_erased`` left, with the members of the original back in their places."""
    if isinstance(original, dict) and isinstance(kept, dict):
        return {key: with_erased(kept[key], item) if key in kept else item for key, item in original.items()}
    if isinstance(original, list) and isinstance(kept, list):
        return [with_erased(new, old) for new, old in zip(kept, original, strict=True)]
    return kept


def coerce_record(coercer: Coercer, record: Any) -> Any:
    """A record coerced by its whole schema; members that mean "remove the value" count as absent, and stay."""
    schema = coercer.schema
    kept = without_erased(record) if schema.empty_erases else record
    value = coercer.coerce(kept, schema.root)
    return value if kept is record else with_erased(value, record)
