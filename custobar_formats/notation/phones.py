"""Parsing of telephone numbers.

In: text. Out: the prefix and the digits, or None. Rule: no country is guessed; a caller that knows the country puts its
code in place of the trunk prefix. Source: ITU-T E.164 (at most 15 digits), E.123 (notation).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from custobar_formats.notation.phone_groups import is_one_number
from custobar_formats.notation.suggestion import Suggestion, Why

_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]")
_FLOAT = re.compile(r"(\+?[0-9]+)\.0+")
_OPTIONAL_ZERO = re.compile(r"((?:\+|00|358)[\s0-9]*)\(0\)")
"""A country code, and the zero of national calls in parentheses: +358 (0)40."""

_KEEPS_ZERO = "39"
"""The code of Italy, where the zero is part of the number."""

NO_TRUNK_ZERO = "1|20|212|234|254|27|3[1-4]|35[13489]|37[0-2]|380|38[156]|40|4[13-68]|421|49|55|6[1246]|8[12]|9[01]|972"
"""Codes of countries in whose plans no number begins with a zero, as in the bundled schema of phone numbers."""

_TRUNK_ZERO = re.compile(rf"\A((?:\+|00)(?:{NO_TRUNK_ZERO})|358)0")

NOT_DIALLED = (
    "11|360|3708[0-9]{8}|78[0-9]{10}"
    "|3580?358[0-9]{8}|372372[0-9]{7}|440?44[0-9]{10}|4545[0-9]{8}|460?46[0-9]{9}|4747[0-9]{8}"
)
"""Digits that no number in E.164 begins with: another prefix of national calls after the country code (North America,
Hungary, Lithuania, Russia), or the country code twice; also in the bundled schema of phone numbers."""

_NOT_DIALLED = re.compile(NOT_DIALLED)

_TOO_LONG = re.compile(r"(?:\+|00)?([0-9]{16,})")

_FULL_WIDTH = str.maketrans("＋－（）．／　０１２３４５６７８９", "+-()./ 0123456789")
_TEL = re.compile(r"\Atel:", re.IGNORECASE)
"""What stands before the number in a link. Source: RFC 3966."""


class PhonePrefix(Enum):
    """How a telephone number begins."""

    PLUS = "+"
    ZEROS = "00"
    TRUNK = "0"
    COUNTRY_CODE = "358"


class WrittenPhone(NamedTuple):
    """A telephone number as written.

    Attributes:
        prefix: how it begins.
        digits: without plus or prefix; with the country code unless the prefix is the trunk prefix.

    """

    prefix: PhonePrefix
    digits: str


_FORMS = (
    (PhonePrefix.PLUS, re.compile(r"\+([1-9][0-9]{6,14})")),
    (PhonePrefix.ZEROS, re.compile(r"00([1-9][0-9]{6,14})")),
    (PhonePrefix.TRUNK, re.compile(r"0([1-9][0-9]{4,11})")),
    (PhonePrefix.COUNTRY_CODE, re.compile(r"(358[1-9][0-9]{4,11})")),
)


def parse_written_phone(text: str, home: str = "FI") -> WrittenPhone | None:
    """The telephone number that a text spells, with any of the usual separators, or None.

    Where only the plan of a country shows that it is one number, ``home`` is the country of those with a trunk prefix.

    Example:
        >>> parse_written_phone("(050) 765 43 21")
        WrittenPhone(prefix=<PhonePrefix.TRUNK: '0'>, digits='507654321')
        >>> parse_written_phone("0044 (0)20 7946 0958").digits, parse_written_phone("358401234567.0").digits
        ('442079460958', '358401234567')

    """
    text = _TEL.sub("", text.translate(_FULL_WIDTH))
    whole = _FLOAT.fullmatch(text)
    plain = _OPTIONAL_ZERO.sub(r"\1", whole[1] if whole else text)
    compact = _SEPARATORS.sub("", plain)
    if plain != text and compact.lstrip("+0").startswith(_KEEPS_ZERO):
        return None
    compact = _TRUNK_ZERO.sub(r"\1", compact)
    for prefix, pattern in _FORMS:
        match = pattern.fullmatch(compact)
        if match is not None:
            is_trunk = prefix is PhonePrefix.TRUNK
            is_dialled = is_trunk or _NOT_DIALLED.match(match[1]) is None
            is_one = is_dialled and is_one_number(plain.strip(), f"{'0' if is_trunk else '+'}{match[1]}", home)
            return WrittenPhone(prefix, match[1]) if is_one else None
    return None


_BARE = re.compile(r"[1-9][0-9]{4,14}")


def is_without_prefix(text: str) -> bool:
    """Whether a text is one number of digits that begins neither with a zero nor with a plus.

    Example:
        >>> is_without_prefix("40 123 4567"), is_without_prefix("040 123 4567"), is_without_prefix("40 CALL ME")
        (True, False, False)

    """
    compact = _SEPARATORS.sub("", text)
    return _BARE.fullmatch(compact) is not None and is_one_number(text.strip(), f"0{compact}", "FI")


MOST_FINNISH_DIGITS = 10
"""Digits of a number in Finland without its trunk zero, at most; longer ones begin with the country code."""

_REASONS = {
    PhonePrefix.PLUS: Why.DIGITS_ONLY,
    PhonePrefix.ZEROS: Why.ZEROS,
    PhonePrefix.COUNTRY_CODE: Why.NO_PLUS,
}


def suggest_phone(text: str) -> Suggestion | None:
    """The suggestion for a telephone number in E.164 form, or None; without a country code, the number in Finland.

    Example:
        >>> suggest_phone("+358 (0)40 123 4567").value, suggest_phone("040 123 4567").readings
        ('+358401234567', ('+358401234567',))

    """
    phone = parse_written_phone(text)
    if phone is None:
        digits = _TOO_LONG.fullmatch(_SEPARATORS.sub("", text))
        return None if digits is None else Suggestion(None, False, Why.TOO_MANY_DIGITS, (str(len(digits[1])),))
    if phone.prefix is PhonePrefix.TRUNK:
        has_code = phone.digits.startswith("358") and len(phone.digits) > MOST_FINNISH_DIGITS
        return Suggestion(None, False, Why.TRUNK, (f"+{'' if has_code else '358'}{phone.digits}",))
    compact = _SEPARATORS.sub("", _OPTIONAL_ZERO.sub(r"\1", text))
    has_zero = phone.prefix is PhonePrefix.PLUS and _TRUNK_ZERO.match(compact) is not None
    why = Why.TRUNK_ZERO if has_zero else _REASONS[phone.prefix]
    return Suggestion(f"+{phone.digits}", why is not Why.NO_PLUS, why)
