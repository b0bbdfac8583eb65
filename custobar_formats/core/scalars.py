"""Scalars and their text: numbers as in RFC 8259, section 6, and cells.

In: text, or a value. Out: the exact value of the text, or None; the exact text of the value. Rule: a formatted value
parses back to the same value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from itertools import repeat
from typing import Any

from custobar_formats.core.arguments import as_dict, has_keys
from custobar_formats.core.limits import MAX_DIGITS, MAX_EMPTY_DEPTH

TOO_LARGE = 10**MAX_DIGITS
"""The first integer with too many digits."""

INTEGER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.0+)?", re.ASCII)

NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)

NOT_FINITE = "NaN and Infinity cannot be represented in JSON: use None, or leave the key out"

MISSING = ("NaTType", "NAType")
"""The types of pandas that stand for a missing value; both are imported nowhere here."""

ParseFloat = Callable[[str], Any]


def parse_integer(text: str, *, fraction: bool = True) -> int | None:
    """The integer in the text, or None if it is not one; ``.0`` is allowed unless ``fraction`` is False."""
    match = INTEGER.fullmatch(text)
    if match is None or (match[2] and not fraction) or len(match[1].lstrip("-")) > MAX_DIGITS:
        return None
    try:
        return int(match[1])
    except ValueError:  # the host program allows fewer digits than we do
        return None


def parse_number(text: str, parse_float: ParseFloat = float) -> Any:
    """The number in the text: an int, or ``parse_float``'s result after a point or exponent; None if it is not one."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[2] is None and match[3] is None:
        return parse_integer(text)
    return parse_float(text) if fits_float(text) else None


def fits_float(text: str) -> bool:
    """Whether a float can hold the number: it neither overflows to infinity nor underflows to 0."""
    value = float(text)
    return math.isfinite(value) and (value != 0 or not re.search(r"[1-9]", re.split("[eE]", text)[0]))


def parse_exact(text: str) -> float | Decimal:
    """A number that is written with the same digits again: a float if its text is the same, else a Decimal."""
    value = float(text)
    return value if repr(value) == text and "e" not in text else Decimal(text)


class ExactNumbers:
    """Parses like ``parse_exact``; ``are_plain`` is False after a Decimal whose own text is not the text to write."""

    def __init__(self) -> None:
        self.are_plain = True

    def __call__(self, text: str) -> float | Decimal:
        """The parsed number."""
        value = parse_exact(text)
        if isinstance(value, Decimal) and str(value) != format_decimal(value):
            self.are_plain = False
        return value


def format_scalar(value: Any) -> str:
    """The text of a scalar, as a cell holds it; None is blank.

    Raises:
        ValueError: a number that is not finite or has too many digits, or a type that JSON lacks.

    """
    if isinstance(value, str):
        return str.__str__(value)  # not a subclass, such as an enumeration's, which engines do not accept
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(NOT_FINITE)
        return float.__repr__(value)  # and not a subclass's own, such as numpy's
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, int):
        if not -TOO_LARGE < value < TOO_LARGE:
            raise ValueError(f"an integer of more than {MAX_DIGITS} digits")
        return int.__repr__(value)
    raise ValueError(no_json_value(value))


def plain_scalar(value: Any) -> Any:
    """A text or a number in its plain type, not a subclass such as an enumeration's; any other value as it is."""
    if isinstance(value, bool):
        return value
    return next((plain(value) for type_, plain in PLAIN.items() if isinstance(value, type_)), value)


PLAIN: dict[type, Callable[[Any], Any]] = {str: str.__str__, int: int.__index__, float: float.__float__}
"""Functions that turn values of subclasses into plain JSON types, the only ones that engines accept."""


def no_json_value(value: Any) -> str:
    """The message about a value of a type that JSON lacks."""
    if isinstance(value, type):
        return f"{value.__name__} is a class, not a JSON value"
    kind = type(value).__name__
    call = as_dict(value, "value")
    if kind in MISSING:
        what = "use None, or leave the key out"
    elif isinstance(value, Enum):
        what = "use its .value"
    elif call is not None:
        what = f"use {call}"
    elif hasattr(value, "isoformat"):
        what = "use its .isoformat()"
    elif hasattr(value, "tolist") and hasattr(value, "__len__"):  # numpy's arrays; its numbers have no length
        what = "use its .tolist()"
    elif hasattr(value, "item"):
        what = "use its .item()"
    elif has_keys(value):
        what = "use dict(value)"
    elif isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        what = "use a list"
    else:
        what = "convert it to text or a number"
    return f"{kind} is not a JSON value: {what}"


def format_json(value: Any) -> str:
    """A scalar as JSON text: like ``format_scalar``, except for text and None.

    Raises:
        ValueError: as in ``format_scalar``.

    """
    return json.dumps(value, ensure_ascii=False) if value is None or isinstance(value, str) else format_scalar(value)


def format_decimal(value: Decimal) -> str:
    """The digits of a Decimal as a JSON number, without an exponent if that takes few zeros."""
    if not value.is_finite():
        raise ValueError(NOT_FINITE)
    text = str(value)
    if "E" not in text and text != "-0":
        return text
    exponent = value.as_tuple().exponent
    if value.is_zero() and value.is_signed() and exponent == 0:
        return "-0E0"  # ``-0`` would be read as an integer, which has no negative zero
    if isinstance(exponent, int) and -40 < exponent <= 0:
        return format(value, "f")
    return text


def is_empty(value: Any, levels: int = MAX_EMPTY_DEPTH) -> bool:
    """Whether a value is null, ``""``, ``{}`` or ``[]``, or holds only such values.

    Raises:
        RecursionError: the value is nested over more levels than ``levels``.

    """
    if value is None or isinstance(value, (str, int, float)):
        return value is None or (isinstance(value, str) and not value)  # without ==, which a value may define itself
    if not isinstance(value, (dict, list, Mapping)):
        return False
    if not levels:
        raise RecursionError
    return all(map(is_empty, value if isinstance(value, list) else value.values(), repeat(levels - 1)))


def has_more_than(count: int, value: Any) -> bool:
    """Whether a value has more members and items than a number, on all levels together."""
    found, level = 0, [value]
    while level and found <= count:
        level = [each for each in level if isinstance(each, (dict, list))]
        found += sum(map(len, level))
        level = [below for each in level for below in (each.values() if isinstance(each, dict) else each)]
    return found > count
