"""Check digits of trade item numbers: EAN, UPC and GTIN.

In: digits. Out: whether the last one is the check digit of the others. Rule: many numbers are checked at once, by
adding whole columns of digits as large integers.
Source: GS1 General Specifications, 7.9 (check digits).
"""

from __future__ import annotations

from collections.abc import Sequence

LENGTHS = (8, 12, 13, 14)
"""The numbers of digits of a GTIN: EAN-8, UPC, EAN-13 (and ISBN-13), GTIN-14."""

_TENS = bytes(range(0, 0x100, 10))


def has_check_digit(digits: str) -> bool:
    """Whether the last digit is the check digit of the others.

    Example:
        >>> has_check_digit("6411700000018"), has_check_digit("6411700000017")
        (True, False)

    """
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


def all_have_check_digits(texts: Sequence[str]) -> bool:
    """Whether all texts are digits of one length of ``LENGTHS``, and have their check digits.

    Example:
        >>> all_have_check_digits(["6411700000018", "4006381333931"]), all_have_check_digits(["123"])
        (True, False)

    """
    length = len(texts[0]) if texts else 0
    joined = "".join(texts)
    if length not in LENGTHS or set(map(len, texts)) != {length} or not (joined.isascii() and joined.isdecimal()):
        return False
    data = joined.encode("ascii").translate(_VALUES)
    columns = (int.from_bytes(data[place::length], "little") for place in range(length))
    # Each byte of the sum is one text's: at most 9 * (7 + 7 * 3) = 252.
    total = sum(column * (3 if (length - place) % 2 == 0 else 1) for place, column in enumerate(columns))
    return not total.to_bytes(len(texts), "little").translate(None, _TENS)


_VALUES = bytes(max(0, byte - 0x30) for byte in range(0x100))
"""Maps the byte of each digit to its value."""
