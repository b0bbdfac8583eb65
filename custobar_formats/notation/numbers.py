"""Parsing of numbers and amounts of money as exports and spreadsheets write them.

In: text. Out: the number as JSON spells it (RFC 8259, section 6), or its two readings, and its notation; or None. Rule:
digits are moved, never rounded; a mark before three digits alone may be a decimal mark or a thousands mark.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from custobar_formats.notation.suggestion import Suggestion, Why

_CURRENCY = r"(?:€|\$|£|EUR|USD|GBP|SEK|NOK|DKK|kr\.?)"
_UNIT = rf"(?:{_CURRENCY}|e|euroa?|euros|kron[oe]r)"
_NO_CENTS = "(?:[:,.][-–—]{1,2})"
"""What stands in place of the cents in prices of the Nordic countries: 19:- and 19,- are 19 kronor."""

_SIGN = "[+−–-]"
_PARTS = re.compile(
    rf"(?:({_SIGN})\s?)?({_CURRENCY})?\s?({_SIGN})?\s?([0-9.,].*?)\s?({_NO_CENTS})?\s?({_UNIT})?",
    re.IGNORECASE | re.DOTALL,
)
"""A sign, a currency, the sign behind it, the digits, what stands for no cents, and a currency behind these."""

_COLON = re.compile(r":([0-9]{2})\Z")
"""The mark before the cents in Swedish prices: 12:50 kr. Without a currency it may be a time of day."""

_SPACE = r"[\s'’]"
_GROUPED = re.compile(
    rf"([1-9][0-9]{{0,2}}(?P<space>{_SPACE})[0-9]{{3}}(?:(?P=space)[0-9]{{3}})*)(?:[.,]([0-9]+))?"
    r"|([1-9][0-9]{0,2}(?:,[0-9]{3})+)\.([0-9]+)|([1-9][0-9]{0,2}(?:\.[0-9]{3})+),([0-9]+)"
    r"|([1-9][0-9]{0,2}(?:(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,}))"
)
"""Digits in groups of three. With a comma or a point between them, there is a second group or another mark behind."""

_PLAIN = re.compile(r"(?=.*[0-9])([0-9]*)(?:([.,])([0-9]*))?")
_EXPONENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)[eE](-?[0-9]{1,2})")
SHORTENED = re.compile(rf"{_SIGN}?[0-9]+(?:(?:[.,][0-9]*)?[eE]\+|,[0-9]*[eE])[0-9]+")
"""A number that was rounded to show it with an exponent: spreadsheets and ``%g`` do so. A program that writes all of
the digits writes no plus, and no comma."""


class WrittenNumber(NamedTuple):
    """A number as written.

    Attributes:
        whole: the digits before the decimal mark, with a minus if it is negative, without zeros at the start.
        fraction: the digits after the mark.
        why: how it is written, unless as JSON spells it.
        thousands: the other reading, in which the mark is a thousands mark; only if that is possible.
        currency: the currency, or what stands for no cents, if one is written, too.
        marks: the points and commas between its digits; a colon before cents is a comma.

    """

    whole: str
    fraction: str
    why: Why | None
    thousands: str | None = None
    currency: str | None = None
    marks: str = ""

    @property
    def number(self) -> str:
        """The number, with all of its decimals."""
        return f"{self.whole}.{self.fraction}" if self.fraction else self.whole


def parse_written_number(text: str) -> WrittenNumber | None:
    """The number that a text spells in any of the usual notations, or None.

    Example:
        >>> [parse_written_number(text).number for text in ("24,90", "+1 500", "1.234,50 €", "5e2")]
        ['24.90', '1500', '1234.50', '500']

    """
    parts = _PARTS.fullmatch(text)
    if parts is None or (parts[1] and parts[3]):
        return None
    sign, body = parts[1] or parts[3] or "", parts[4]
    currency = parts[2] or parts[6] or parts[5]
    if parts[2] or parts[6]:
        body = _COLON.sub(r",\1", body)
    grouped, exponent, plain = (pattern.fullmatch(body) for pattern in (_GROUPED, _EXPONENT, _PLAIN))
    thousands = None
    if grouped is not None:
        digits = next(filter(None, grouped.group(1, 4, 6, 8)))
        whole, fraction = re.sub("[^0-9]", "", digits), grouped[3] or grouped[5] or grouped[7] or ""
        why: Why | None = Why.SPACES if (grouped["space"] or "").isspace() else Why.THOUSANDS
    elif exponent is not None:
        digits = format(Decimal(exponent[1]).scaleb(int(exponent[2])), "f")
        whole, _, fraction = digits.partition(".")
        fraction, why = fraction.rstrip("0"), Why.EXPONENT
    elif plain is not None:
        whole, fraction, why = plain[1], plain[3] or "", _why(sign, plain)
        if plain[2] and len(fraction) == 3 and re.fullmatch("[1-9][0-9]{0,2}", whole):
            thousands = whole + fraction
    else:
        return None
    minus = "-" if sign not in ("", "+") and (whole + fraction).strip("0") else ""
    marks = re.sub("[^.,]", "", body)
    whole = minus + (whole.lstrip("0") or "0")
    return WrittenNumber(whole, fraction, why, thousands and minus + thousands, currency, marks)


def _why(sign: str, plain: re.Match[str]) -> Why | None:
    whole, mark, fraction = plain.groups()
    if mark == ",":
        return Why.DECIMAL_COMMA
    if mark and not (whole and fraction):
        return Why.POINT
    if re.match("0[0-9]", whole):
        return Why.ZEROS_AT_START
    return {"": None, "-": None, "+": Why.PLUS}.get(sign, Why.MINUS)


def suggest_number(text: str, *, integer: bool = False) -> Suggestion | None:
    """The suggestion for a number, or None.

    Example:
        >>> suggest_number("1,5").value, suggest_number("1,800").readings, suggest_number("4,5", integer=True).value
        ('1.5', ('1800', '1.800'), None)

    """
    if SHORTENED.fullmatch(text):
        return Suggestion(None, False, Why.SHORTENED)
    written = parse_written_number(text)
    if written is None or written.currency:
        return None
    if written.thousands is not None and (integer or written.why is not None):
        return Suggestion(None, False, Why.TWO_READINGS, (written.thousands, written.number))
    if not integer:
        return Suggestion(written.number, True, written.why or Why.SPACES)
    if written.fraction.strip("0"):
        return Suggestion(None, False, Why.NOT_WHOLE)
    return Suggestion(written.whole, True, written.why or Why.SPACES)


def suggest_money(text: str) -> Suggestion | None:
    """The suggestion for an amount of money, in cents; or None.

    Example:
        >>> suggest_money("1 024,90 €").value, suggest_money("0.5").value, suggest_money("25.000000").value
        ('102490', '50', None)

    """
    if SHORTENED.fullmatch(text):
        return Suggestion(None, False, Why.SHORTENED)
    written = parse_written_number(text)
    if written is None:
        return None
    if written.thousands is not None:
        return Suggestion(None, False, Why.TWO_READINGS, (written.thousands, written.number))
    decimals = written.fraction if len(written.fraction) <= 2 else written.fraction.rstrip("0").ljust(1, "0")
    if not written.fraction and not written.currency:
        return Suggestion(written.whole, True, written.why or Why.SPACES)
    if len(decimals) > 2:
        return Suggestion(None, False, Why.PARTS_OF_A_CENT)
    if decimals == "0" and not written.currency:
        return Suggestion(None, False, Why.CENTS_OR_UNITS)
    return Suggestion(_cents(written.whole, decimals), False, Why.IN_CENTS)


def _cents(whole: str, decimals: str) -> str:
    minus = "-" if whole.startswith("-") else ""
    return minus + ((whole.removeprefix("-") + decimals.ljust(2, "0")).lstrip("0") or "0")


def has_decimals(text: str) -> bool:
    """Whether a text is an amount with one or two decimals; a currency and marks between thousands may be there, too.

    Example:
        >>> has_decimals("24,90"), has_decimals("1.024,5 €"), has_decimals("1,024"), has_decimals("24")
        (True, True, False, False)

    """
    written = parse_written_number(text.strip())
    return written is not None and len(written.fraction) in (1, 2)
