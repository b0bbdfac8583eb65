"""The texts of scalars, many at a time, by their type.

In: a type, and a place of a schema. Out: a function that makes the texts of values of that type. Rule: the texts are
those that ``flatten`` makes, one value at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from custobar_formats.core.scalars import format_decimal, is_empty
from custobar_formats.records.flatten import leaf_text, wants_integer
from custobar_formats.schema.places import Place


def exact_text(value: Any, place: Place | None) -> str | None:
    """The text of a value at a place: blank for an empty member, None for a value without a text."""
    try:
        return leaf_text(value, place)
    except ValueError:
        return _blank(value)


def _blank(value: Any) -> str | None:
    try:
        return "" if is_empty(value) else None
    except RecursionError:
        return None


def _float_text(value: float) -> str | None:
    return repr(value) if math.isfinite(value) else None


def _integral_text(value: float) -> str | None:
    return repr(int(value)) if value.is_integer() else _float_text(value)


def _decimal_text(value: Decimal) -> str | None:
    return format_decimal(value) if value.is_finite() else None


def text_maker(type_: type, place: Place | None) -> Callable[[Any], str | None]:
    """A function that makes the texts of a type's values at a place: blank if empty, None if a value has no text."""
    if type_ is float:
        return _integral_text if wants_integer(place) else _float_text
    if type_ is Decimal and not wants_integer(place):
        return _decimal_text
    maker = TEXT_MAKERS.get(type_)
    return maker if maker is not None else partial(exact_text, place=place)


TEXT_MAKERS: dict[type, Callable[[Any], str | None]] = {
    str: str,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    **dict.fromkeys([type(None), list, dict], _blank),
}
"""The functions for types whose texts do not depend on the place."""
