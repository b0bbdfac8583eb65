"""Broken keywords to words: the code, the message and the hint of a value that breaks one keyword of a schema.

In: the value, what the keyword asks for, and the place. Out: a code, a message, and a hint or the advice that one is
made of. Rule: an explanation depends only on its arguments.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from typing import Any

from custobar_formats.core.findings import cut
from custobar_formats.core.limits import MAX_ARGUMENT_CHARS, MAX_DIGITS, MAX_LISTED_NAMES, MAX_SHOWN_CHARS
from custobar_formats.core.near import near_slip
from custobar_formats.core.paths import Path
from custobar_formats.core.scalars import INTEGER, NUMBER, fits_float, format_scalar
from custobar_formats.core.shown import quoted
from custobar_formats.notation.capitals import in_capitals
from custobar_formats.notation.names import parse_currency
from custobar_formats.notation.suggestion import Suggestion, Why
from custobar_formats.schema.members import Members
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.schema.places import Place
from custobar_formats.validation.hints import Advice, advise

TYPE_WORDS = {"integer": "an integer", "number": "a number", "boolean": "true or false", "string": "text"}
TYPE_WORDS |= {"array": "a list", "object": "an object", "null": "null"}

KINDS = {"datetime": "date", "email": "e-mail address", "language_code": "language code"}
"""The words for Custobar's types, where they are not the name of the type."""

DESCRIPTIONS = {"title", "description", "$comment"}


def missing_names(value: Any, wanted: Any) -> list[str]:
    """The names that ``required``, ``dependentRequired`` or ``dependencies`` asks for and an object lacks."""
    if isinstance(wanted, dict):
        lists = [names for key, names in wanted.items() if key in value and isinstance(names, list)]
        wanted = [name for names in lists for name in names]
    return [name for name in dict.fromkeys(wanted) if name not in value]


GIVE_LIST = "give a list"

Explained = tuple[str, str, str | Advice | None]
"""A code, a message, and a hint or what one is made of."""


def show(value: Any, *, quotes: bool = True) -> str:
    """A value as text for a message; a long one is cut."""
    if isinstance(value, str):
        return quoted(cut(value, MAX_SHOWN_CHARS)) if quotes else value
    if isinstance(value, (dict, list)):
        return cut(json.dumps(value, ensure_ascii=False, default=format_scalar), MAX_SHOWN_CHARS)
    return "null" if value is None else cut(format_scalar(value), MAX_SHOWN_CHARS)


def _explain_type(value: Any, wanted: Any, place: Place) -> Explained:
    types = frozenset([wanted] if isinstance(wanted, str) else wanted)
    words = _join_words([TYPE_WORDS[name] for name in TYPE_WORDS if name in types])
    if place.custobar_type == "money" and "integer" in types:
        words = "an integer (money, in cents)"
    if isinstance(value, str) and "string" not in types and _is_beyond(value, types):
        return "number-too-long", f"the number has more than {MAX_DIGITS} digits, or is too large for a float", None
    types -= {"null"}  # an optional value has the hints of a required one
    hint: str | Advice | None = None
    if types == {"array"} and value is not None:
        hint = GIVE_LIST
    elif isinstance(value, str) or (isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)):
        hint = advise(value, types, place.custobar_type)
    if not isinstance(value, (str, dict, list)) and value is not None and "string" in types:
        hint = hint if isinstance(hint, Advice) and hint.type_ != "string" else _advise_text(value)
    return "wrong-type", f"{show(value)} is not {words}", hint


def _advise_text(value: Any) -> Advice:
    """The advice about a number or a boolean where text is expected: its digits, if it is whole."""
    is_whole = isinstance(value, (float, Decimal)) and -EXACT_FLOATS < value < EXACT_FLOATS and value == int(value)
    return Advice(Suggestion(str(int(value)), False, Why.AS_TEXT) if is_whole else None, "as text")


EXACT_FLOATS = 2**53
"""All whole numbers below this have a float of their own. IEEE 754, binary64."""


def _is_beyond(text: str, types: frozenset[str]) -> bool:
    match = INTEGER.fullmatch(text)
    if match and types & {"integer", "number"}:
        return len(match[1].lstrip("-")) > MAX_DIGITS
    return "number" in types and NUMBER.fullmatch(text) is not None and not fits_float(text)


def _explain_members(value: Any, wanted: Members, place: Place) -> Explained:
    shown = [show(member) for member in islice(wanted, MAX_LISTED_NAMES)]
    more = f" and {len(wanted) - MAX_LISTED_NAMES} more" if len(wanted) > MAX_LISTED_NAMES else ""
    close = near_slip(value, wanted.texts) if isinstance(value, str) else None
    hint = f"did you mean {show(close)}?" if close is not None else None
    return "wrong-value", f"{show(value)} is not {_join_words(shown)}{more}", hint


def _explain_pattern(value: Any, wanted: Any, place: Place) -> Explained:
    kind = KINDS.get(place.custobar_type or "", (place.custobar_type or "").replace("_", " "))
    known = place.custobar_type not in (None, "string")
    message = (
        f"{show(value)} is not a valid {kind}"
        if known
        else f"{show(value)} does not match {cut(wanted, MAX_ARGUMENT_CHARS)}"
    )
    matches, capitals = pattern_matcher(wanted), in_capitals(value)
    has_capitals = value.upper().lower() == value.lower()  # ß has none
    if not known and has_capitals and value == value.strip() and matches(capitals) and not matches(capitals.lower()):
        why = Why.CAPITALS if capitals == value.upper() else Why.CAPITALS_AND_UNDERSCORES
        why = Why.UNDERSCORES if value == value.upper() else why
        return "wrong-format", message, Advice(Suggestion(capitals, False, why), "string")
    currency = None if known else parse_currency(value)
    if currency is not None and matches(currency) and not matches(TEST_CURRENCY):
        return "wrong-format", message, Advice(Suggestion(currency, False, Why.WORD), "string")
    return "wrong-format", message, advise(value, None, place.custobar_type)


TEST_CURRENCY = "XTS"
"""The code that ISO 4217 keeps for tests: a list of currencies lacks it, and any other pattern for three capitals has
it."""


def unexpected_message(value: Any, title: Any) -> str | None:
    """The message for a value that is not as the title of its rule has it, such as "A web address"; or None."""
    is_named = isinstance(title, str) and title.startswith(("A ", "An "))
    return f"{show(value)} is not {title[0].lower()}{title[1:]}" if is_named else None


def _explain_limit(words: str, unit: str | None = None) -> Callable[[Any, Any, Place], Explained]:
    def explain(value: Any, wanted: Any, place: Place) -> Explained:
        units = f" {unit}{'' if wanted == 1 else 's'}" if unit else ""
        return "out-of-range", f"{show(value)} must {words} {show(wanted)}{units}", None

    return explain


def _explain_union(value: Any, wanted: Any, place: Place) -> Explained:
    required = required_names(wanted)
    if isinstance(value, dict) and required is not None:
        names = [" with ".join(names) for names in required]
        return "missing-field", f"one of {', '.join(names)} is required", None
    return "no-match", f"{show(value)} matches none of the {len(wanted)} alternatives that the schema allows", None


def _explain_one_of(value: Any, wanted: Any, place: Place) -> Explained:
    message = f"{show(value)} must match exactly one of the {len(wanted)} alternatives that the schema allows"
    return "no-match", message, None


def explain_nothing(path: Path, value: Any) -> Explained:
    """The value at a path is not allowed, whatever it is."""
    if not path:
        return "unexpected-field", "no value is allowed here", None
    named = f"the field {show(path[-1])}" if isinstance(path[-1], str) else f"the item {show(value)}"
    return "unexpected-field", f"{named} is not allowed", None


def explain_excluded(names: list[str]) -> Explained:
    """Names that ``not`` does not allow in one object."""
    beside = f" beside {_join_words([show(name) for name in names[:-1]], 'and')}" if len(names) > 1 else ""
    return "unexpected-field", f"the field {show(names[-1])} is not allowed{beside}", None


def excluded_names(value: Any, wanted: Any) -> list[str]:
    """The names that an object has, although ``not`` excludes them together by ``required``; empty if it has none."""
    has_names = isinstance(value, dict) and isinstance(wanted, dict)
    sets = required_names(wanted.get("anyOf", [wanted])) if has_names else None
    return next((names for names in sets or () if names and all(name in value for name in names)), [])


def required_names(branches: Any) -> list[list[str]] | None:
    """The names of each branch of a union, if none of them has another keyword than ``required``."""
    if all(isinstance(branch, dict) and set(branch) - DESCRIPTIONS == {"required"} for branch in branches):
        return [branch["required"] for branch in branches]
    return None


def _explain_unexpected(value: Any, wanted: Any, place: Place) -> Explained:
    return "unexpected-field", f"{show(value)} has a name or item that the schema does not allow", None


def _explain_contains(value: Any, wanted: Any, place: Place) -> Explained:
    return "invalid-value", f"{show(value)} has too few or too many of the items that the schema asks for", None


def _explain_unique(value: Any, wanted: Any, place: Place) -> Explained:
    return "duplicate-item", f"{show(value)} has the same item twice", "remove the second"


def _explain_other(value: Any, wanted: Any, place: Place) -> Explained:
    return "invalid-value", f"{show(value)} is not allowed by the schema", None


EXPLAINERS: dict[str, Callable[[Any, Any, Place], Explained]] = {
    "type": _explain_type,
    "enum": _explain_members,
    "const": _explain_members,
    "pattern": _explain_pattern,
    "minimum": _explain_limit("be at least"),
    "maximum": _explain_limit("be at most"),
    "exclusiveMinimum": _explain_limit("be more than"),
    "exclusiveMaximum": _explain_limit("be less than"),
    "minLength": _explain_limit("have at least", "character"),
    "maxLength": _explain_limit("have at most", "character"),
    "minItems": _explain_limit("have at least", "item"),
    "maxItems": _explain_limit("have at most", "item"),
    "minProperties": _explain_limit("have at least", "member"),
    "maxProperties": _explain_limit("have at most", "member"),
    "anyOf": _explain_union,
    "oneOf": _explain_one_of,
    "uniqueItems": _explain_unique,
    "contains": _explain_contains,
    "unevaluatedProperties": _explain_unexpected,
    "unevaluatedItems": _explain_unexpected,
}


def explain(keyword: str, value: Any, wanted: Any, place: Place) -> Explained:
    """The explanation of a value that breaks a keyword."""
    return EXPLAINERS.get(keyword, _explain_other)(value, wanted, place)


def _join_words(words: list[str], last: str = "or") -> str:
    if not words:
        return "anything"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
