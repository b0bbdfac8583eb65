"""Suggestions: what the writer of a text meant, and how sure that is.

In: what a parser found. Out: a frozen ``Suggestion``. Rule: it holds facts; the sentences are made elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Why(Enum):
    """The reason for a suggestion, or for the lack of an exact value."""

    # an exact value
    OUTER_SPACE = "white space around the value"
    INVISIBLE = "invisible characters around the value"
    WRAPPED = "quotes, an apostrophe or a formula around the value"
    WORD = "another word for it"
    DECIMAL_COMMA = "a decimal comma"
    SPACES = "spaces within a number"
    THOUSANDS = "marks between thousands"
    MINUS = "a dash or the sign for subtraction in place of the minus of a keyboard"
    PLUS = "a plus sign"
    ZEROS_AT_START = "zeros at the start of a number"
    EXPONENT = "an exponent"
    POINT = "a point without digits on one side"
    IN_CENTS = "an amount in the currency's unit, where cents are expected"
    DATE = "a date or a time in another notation"
    DAY_NUMBER = "a spreadsheet's day number"
    DIGITS_ONLY = "separators in a telephone number"
    TRUNK_ZERO = "the zero of national calls after the country code"
    AROUND_EMAIL = "a name, brackets or mailto around an e-mail address"
    NO_PLUS = "a telephone number without its plus"
    ZEROS = "00 in place of the plus of a telephone number"
    LIST = "a list in the notation of a programming language"
    CAPITALS = "small letters in place of capitals"
    UNDERSCORES = "spaces, hyphens or points in place of underscores"
    CAPITALS_AND_UNDERSCORES = "both of these"
    AS_TEXT = "a number where text is expected"
    SPACED_ITEMS = "white space around the items of a list"
    ENCODED_TWICE = "text that was encoded as UTF-8 twice"
    DECIMAL_ZERO = "the .0 of a decimal number behind a code"
    # no exact value
    TRUNK = "a telephone number without its country code"
    TWO_READINGS = "two readings"
    TWO_DIGIT_YEAR = "a year of two digits"
    NO_SUCH_DAY = "a day that does not exist"
    NO_SUCH_DAY_EITHER = "a day that does not exist, in another notation"
    TIME_OF_DAY = "a time, where a day is expected"
    NOT_WHOLE = "a fraction, where a whole number is expected"
    PARTS_OF_A_CENT = "an amount that is not in whole cents"
    CENTS_OR_UNITS = "an amount that is in cents or in the currency's unit"
    LOST_DIGITS = "a shortened number, whose other digits are lost"
    SHORTENED = "a shortened number, where a number is expected"
    ERROR = "a spreadsheet's error"
    NOTHING = "a word for no value"
    SEVERAL_EMAILS = "several e-mail addresses"
    SPACE_IN_EMAIL = "a space within an e-mail address"
    DOTS_IN_EMAIL = "a dot at an end of an e-mail address or its domain, or two in a row"
    DOMAIN_OF_EMAIL = "a character that no domain has"
    TOO_MANY_DIGITS = "a telephone number with too many digits"
    SIMILAR = "a name that looks like a known one"
    NEEDS_COLUMNS = "a list whose items cannot be joined with commas"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The value that the writer of a text probably meant, and the reason.

    Attributes:
        value: the text to put in its place; None if no exact value is certain enough.
        safe: whether every reading of the text gives this value.
        why: the reason.
        readings: the values that it may stand for, if it may stand for several.

    """

    value: str | None
    safe: bool
    why: Why
    readings: tuple[str, ...] = ()
