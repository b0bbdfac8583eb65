"""Parsing of telephone numbers.

In: text. Out: the prefix and the digits, or None. Rule: no country is guessed; a caller that knows the country puts its
code in place of the trunk prefix. Source: ITU-T E.164 (at most 15 digits), E.123 (notation).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

SEPARATORS = re.compile(r"[\s().\-/]")


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


PHONE_FORMS = (
    (PhonePrefix.PLUS, re.compile(r"\+([1-9][0-9]{6,14})", re.ASCII)),
    (PhonePrefix.ZEROS, re.compile(r"00([1-9][0-9]{6,14})", re.ASCII)),
    (PhonePrefix.TRUNK, re.compile(r"0([1-9][0-9]{4,11})", re.ASCII)),
    (PhonePrefix.COUNTRY_CODE, re.compile(r"(358[1-9][0-9]{4,11})", re.ASCII)),
)


def parse_written_phone(text: str) -> WrittenPhone | None:
    """The telephone number that a text spells, with any of the usual separators, or None.

    Example:
        >>> parse_written_phone("(050) 765 43-21")
        WrittenPhone(prefix=<PhonePrefix.TRUNK: '0'>, digits='507654321')

    """
    compact = SEPARATORS.sub("", text)
    for prefix, pattern in PHONE_FORMS:
        match = pattern.fullmatch(compact)
        if match is not None:
            return WrittenPhone(prefix, match[1])
    return None
