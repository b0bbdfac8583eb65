"""Days and times in a notation that is declared, such as ``d.m.y``.

In: a notation, then text. Out: the day and the time in ISO 8601, or the reason why there is none. Rules: a year has
four digits; a time of day that does not exist in its timezone, or occurs twice there, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from custobar_formats.notation.dates import suggest_date
from custobar_formats.notation.suggestion import Why

_FORM = re.compile(r"([dmy])([./-])([dmy])\2([dmy])")
_TIME = r"(?:(?:\s+|\s*,\s*|T)(?:klo\s)?([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2}))?)?"
_DIGITS = {"d": "([0-9]{1,2})", "m": "([0-9]{1,2})", "y": "([0-9]{4})"}
_UNSURE = re.compile("%[-#0]?([yaAbBpcxXZ])")
"""Parts of a strptime form that depend on the language, or have two digits for a year."""

FOUR_DIGITS = "export the years with four digits: the century of two is not certain"
OF_24_HOURS = "export the times with 24 hours, without AM and PM"
_INSTEAD = {"y": FOUR_DIGITS, "p": OF_24_HOURS, "Z": "export the offset from UTC, which %z reads"}
_NO_WORDS = "export days and months as numbers: words and orders depend on the language"

_SHORT_YEAR = re.compile(r"[0-9]{1,2}\s?([./-])\s?[0-9]{1,2}\s?\1\s?[0-9]{2}(?![0-9]).*", re.DOTALL)
_AM_PM = re.compile(r".*[0-9]\s?[ap]\.?\s?m\.?", re.IGNORECASE | re.DOTALL)


class Moment(NamedTuple):
    """A day at midnight, or a day and a time."""

    at: datetime
    has_time: bool


Parser = Callable[[str], Moment | None]

FORMS = ("d.m.y", "y-m-d", "d/m/y", "m/d/y", "d-m-y", "y/m/d", "y.m.d")
"""The notations that a mapping is suggested with, the likely ones first."""


class BadForm(ValueError):
    """A notation of dates that cannot be used; its text is the reason."""


def date_parser(form: str) -> Parser:
    """A function that reads the dates of one notation; it returns None for other texts and for days that do not exist.

    Raises:
        BadForm: the notation is unknown, or does not decide the day.

    Example:
        >>> date_parser("d.m.y")("1.9.2024 9:05")
        Moment(at=datetime.datetime(2024, 9, 1, 9, 5), has_time=True)

    """
    match = _FORM.fullmatch(form)
    if match is not None:
        letters = match.group(1, 3, 4)
        if set(letters) != {"d", "m", "y"}:
            raise BadForm("it needs each of d, m and y once")
        return _by_letters(letters, match[2])
    if "%" not in form:
        raise BadForm('use d, m and y with one separator, such as "d.m.y" (y has four digits), or a strptime form')
    unsure = _UNSURE.search(form)
    if unsure is not None:
        raise BadForm(f"a form without {unsure[0]} is needed: {_INSTEAD.get(unsure[1], _NO_WORDS)}")
    at = datetime(2024, 11, 23, 17, tzinfo=UTC)
    try:
        read = datetime.strptime(at.strftime(form), form)
    except ValueError as error:
        raise BadForm(f"it is not a strptime form: {error}") from None
    if read.date() != at.date():
        raise BadForm("it needs a day, a month and a year")
    if read.hour not in (0, at.hour):
        raise BadForm(f"it needs hours of 24, as %H reads them: {OF_24_HOURS}")

    has_time = any(part in form for part in ("%H", "%I", "%T", "%X"))

    def parse(text: str) -> Moment | None:
        try:
            return Moment(datetime.strptime(text, form), has_time)
        except ValueError:
            return None

    return parse


def _by_letters(letters: tuple[str, ...], separator: str) -> Parser:
    pattern = rf"\s?{re.escape(separator)}\s?".join(_DIGITS[letter] for letter in letters) + _TIME
    matches = re.compile(pattern).fullmatch
    year, month, day = (letters.index(letter) for letter in "ymd")

    def parse(text: str) -> Moment | None:
        match = matches(text)
        if match is None:
            return None
        parts = match.groups()
        has_time = parts[3] is not None
        times = [int(part or 0) for part in parts[3:]] if has_time else ()
        try:
            at = datetime(int(parts[year]), int(parts[month]), int(parts[day]), *times)
        except ValueError:
            return None
        return Moment(at, has_time)

    return parse


ADVICE = {
    **dict.fromkeys((Why.NO_SUCH_DAY, Why.NO_SUCH_DAY_EITHER), "there is no such day"),
    Why.DAY_NUMBER: "it may be a spreadsheet's number of a day: give the column the format of a date, and export again",
}
"""The advice by what a date is in no declared notation."""


def advice_on(text: str) -> str | None:
    """The advice about a date that no notation reads, such as one with two digits for a year; None for others.

    Example:
        >>> advice_on("9/1/2024 2:05 PM"), advice_on("31.2.2024")
        ('export the times with 24 hours, without AM and PM', 'there is no such day')

    """
    if _SHORT_YEAR.fullmatch(text):
        return FOUR_DIGITS
    if _AM_PM.fullmatch(text):
        return OF_24_HOURS
    found = suggest_date(text, with_time=True)
    return None if found is None else ADVICE.get(found.why)


def other_form(text: str, declared: Sequence[str]) -> str | None:
    """The notation that reads a date which those declared do not, if there is one; with slashes it may be another.

    Example:
        >>> other_form("1.9.2024", ["y-m-d"]), other_form("13/9/2024", ["y-m-d"]), other_form("odd", ["y-m-d"])
        ('d.m.y', None, None)

    """
    return next((form for form in FORMS if form not in declared and form[1] != "/" and date_parser(form)(text)), None)


def is_iso_day(text: str) -> bool:
    """Whether a text is a day in ISO 8601, in full."""
    return len(text) == len("2024-09-01") and text[4::3] == "--" and parse_iso(text) is not None


def parse_iso(text: str) -> Moment | None:
    """The moment of a text in ISO 8601; None if it is none, or cannot be held, such as a leap second."""
    try:
        return Moment(datetime.fromisoformat(text), len(text) > len("2024-09-01"))
    except ValueError:
        return None


def find_timezone(name: str) -> ZoneInfo:
    """The timezone of a name.

    Raises:
        BadForm: there is none.

    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadForm('it is not a timezone, such as "Europe/Helsinki"') from None


def iso(moment: Moment, timezone: ZoneInfo | None = None) -> str | None:
    """The moment in ISO 8601; None if its time does not exist in the timezone, or occurs twice.

    Example:
        >>> iso(Moment(datetime(2024, 3, 31, 3, 30), True), ZoneInfo("Europe/Helsinki")) is None
        True

    """
    at = moment.at
    if not moment.has_time:
        return at.date().isoformat()
    if timezone is None or at.tzinfo is not None:
        return at.isoformat()
    here = at.replace(tzinfo=timezone)
    return here.isoformat() if here.utcoffset() == here.replace(fold=1).utcoffset() else None
