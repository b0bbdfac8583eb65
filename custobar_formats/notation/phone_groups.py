"""Whether the groups of digits in a telephone number are those of one number.

In: the text of a number, and what it would be dialled as. Out: true or false. Rule: a short group behind what may be a
whole number is an extension, a range or another number, unless the plan of the country shows that only all is one.
"""

from __future__ import annotations

import re
from itertools import accumulate
from types import ModuleType

FEWEST_WHOLE = 8
"""Digits, without the country's code, that may be a whole number, whatever follows; fewer if the last group is odd."""

MOST_IN_AREA, FEWEST_BEHIND = 4, 5
"""Digits before a slash, which may be the code of an area, and behind it: 030/123456."""

_DIGITS = re.compile(r"[0-9]+")
_CODE = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}")
"""The code of a country. Source: ITU-T E.164, annex."""


def is_one_number(text: str, dialled: str, home: str) -> bool:
    """Whether a text has one reading as a number, which is dialled with a plus, or with a zero in a country.

    Example:
        >>> [is_one_number(text, "+46812345657", "SE") for text in ("+46 8 123 456 57", "+46 8 12 34 56-57")]
        [True, False]
        >>> is_one_number("040 123 4567-8", "04012345678", "FI")
        False

    """
    sizes = [len(digits) for digits in _DIGITS.findall(text)]
    if len(sizes) == 1:
        return True
    own = len(dialled) - 1 - (len(_code(dialled)) if dialled[0] == "+" else 0)
    marks = [" ".join(mark.split("\u00a0")) for mark in _DIGITS.split(text)[1:-1]]
    tails = list(accumulate(reversed(sizes)))[:-1]
    slashes = [tail for tail, mark in zip(tails, reversed(marks), strict=True) if "/" in mark]
    if any("\n" in mark or "\r" in mark or mark.count("/") > 1 for mark in marks) or len(slashes) > 1:
        return False
    if slashes and (own - slashes[0] > MOST_IN_AREA or slashes[0] < FEWEST_BEHIND):
        return False
    if sizes[-1] == 1:
        return False
    if own - sizes[-1] < FEWEST_WHOLE - _oddness(sizes[-2], sizes[-1], marks):
        return True
    plans = numbering_plans()
    beginnings = [dialled[:-tail] for tail in tails if own - tail > MOST_IN_AREA]
    return (
        plans is not None
        and _is_valid(plans, dialled, home)
        and not any(_is_valid(plans, beginning, home) for beginning in beginnings)
    )


def _code(dialled: str) -> str:
    match = _CODE.match(dialled, 1)
    return match[0] if match is not None else ""


def _oddness(before: int, last: int, marks: list[str]) -> int:
    """How little the last group looks like one of the others, from 0 to 2."""
    if last > 3:
        return 0
    if last == 2 and len(marks) > 1 and marks[-1] != marks[-2]:
        return 2
    return min(max(before - last, 0), 2) if before > 3 else 0


def _is_valid(plans: ModuleType, dialled: str, home: str) -> bool:
    try:
        return bool(plans.is_valid_number(plans.parse(dialled, home)))
    except plans.NumberParseException:
        return False


def numbering_plans() -> ModuleType | None:
    """The package that knows the plans of countries, if it is installed."""
    try:
        import phonenumbers
    except ImportError:
        return None
    return phonenumbers
