"""Parsing of numbers and amounts of money as exports and spreadsheets write them.

In: text. Out: the number as JSON spells it (RFC 8259, section 6) and its notation, or None. Rule: digits are moved,
never rounded. Each text is read by itself: even in ``1,234`` the comma is a decimal comma.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from custobar_formats.core.scalars import NUMBER

CURRENCY_SIGN = re.compile(r"\s*(?:€|EUR|eur|\$|kr|SEK)\Z|\A(?:€|\$)\s*")
"""A currency sign before an amount, or a currency sign or code after it."""

AMOUNT = re.compile(r"(-?)([0-9]+)[.,]([0-9]{1,2})", re.ASCII)
THOUSANDS = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))")
SHORTENED = re.compile(r"[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]+")


class NumberNotation(Enum):
    """The notation of a number that JSON spells differently."""

    SCIENTIFIC = "scientific, as a spreadsheet shortens it: digits are lost"
    DECIMAL_COMMA = "with a decimal comma"
    SPACES = "with spaces between its digits"
    SIGN_OR_ZEROS = "with a plus sign or leading zeros"


class WrittenNumber(NamedTuple):
    """A number as written; ``number`` is None if digits are lost."""

    notation: NumberNotation
    number: str | None


def parse_written_number(text: str) -> WrittenNumber | None:
    """The number that a text spells in a notation other than JSON's, or None.

    Example:
        >>> parse_written_number("24,90").number, parse_written_number("+1 500"), parse_written_number("1 500").number
        ('24.90', None, '1500')

    """
    if SHORTENED.fullmatch(text):
        return WrittenNumber(NumberNotation.SCIENTIFIC, None)
    if re.fullmatch(r"-?[0-9]+,[0-9]+", text):
        return WrittenNumber(NumberNotation.DECIMAL_COMMA, text.replace(",", "."))
    spaceless = re.sub(r"\s", "", text)
    if spaceless != text and NUMBER.fullmatch(spaceless):
        return WrittenNumber(NumberNotation.SPACES, spaceless)
    zeroless = re.sub(r"^([+]|-?)0*(?=[0-9])", lambda match: match[1].replace("+", ""), text)
    if zeroless != text and NUMBER.fullmatch(zeroless):
        return WrittenNumber(NumberNotation.SIGN_OR_ZEROS, zeroless)
    return None


def strip_currency(text: str) -> str:
    """An amount without its currency sign or code."""
    return CURRENCY_SIGN.sub("", text)


def parse_cents(text: str) -> str | None:
    """The cents (hundredths of the currency's unit) of an amount with one or two decimals; None for any other text.

    Example:
        >>> parse_cents("1 024,90 €"), parse_cents("0.5"), parse_cents("24")
        ('102490', '50', None)

    """
    match = AMOUNT.fullmatch(THOUSANDS.sub("", strip_currency(text)))
    if match is None:
        return None
    return match[1] + ((match[2] + match[3].ljust(2, "0")).lstrip("0") or "0")
