"""Texts that look like what belongs to one person: personal identity codes and numbers of payment cards.

In: text. Out: whether it has one. Rule: better one text too many, for it is only left out of what is shown.
"""

from __future__ import annotations

import re

_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"

_FINNISH = rf"{_DAY}{_MONTH}[0-9]{{2}}[-+A-FU-Y][0-9]{{3}}[0-9A-Y]"
"""A day, the mark of the century, a number, a check character (Digital and Population Data Services Agency)."""

_SWEDISH = rf"(?:[0-9]{{2}})?[0-9]{{2}}{_MONTH}(?:{_DAY}|[67][0-9]|8[0-9]|9[01])[-+][0-9]{{4}}"
"""A day from the year on, in coordination numbers plus 60, and four digits (Skatteverket)."""

_CODE = re.compile(rf"(?<![0-9A-Z])(?:{_FINNISH}|{_SWEDISH})(?![0-9A-Z])", re.IGNORECASE)
_BARE = re.compile(rf"(?<![0-9+])(?:19|20)?([0-9]{{2}}{_MONTH}(?:{_DAY}|[67][0-9]|8[0-9]|9[01])[0-9]{{4}})(?![0-9])")
_CARD = re.compile(r"(?<![0-9])(?:4|5[1-5]|2[2-7]|3[47]|6[05])[0-9](?:[ -]?[0-9]){12,17}(?![0-9])")
"""The first digits of the usual cards, which no barcode of that length has with 15 digits or more (ISO/IEC 7812)."""


def is_personal(text: str) -> bool:
    """Whether a text has what looks like a Finnish or Swedish personal identity code or the number of a card.

    Example:
        >>> [is_personal(text) for text in ("131052-308T", "811228-9874", "4111 1111 1111 1111", "040 123 4567")]
        [True, True, True, False]

    """
    if _CODE.search(text) is not None or any(_has_check_digit(found) for found in _BARE.findall(text)):
        return True
    cards = ("".join(filter(str.isdigit, found[0])) for found in _CARD.finditer(text))
    return any(15 <= len(digits) <= 19 and _has_check_digit(digits) for digits in cards)


def _has_check_digit(digits: str) -> bool:
    """Whether the last digit checks the others by the formula of Luhn."""
    doubled = (str(int(digit) * (1 + at % 2)) for at, digit in enumerate(reversed(digits)))
    return sum(int(digit) for each in doubled for digit in each) % 10 == 0
