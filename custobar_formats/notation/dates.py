"""Parsing of dates and times as exports and spreadsheets write them.

In: text. Out: its day and its time in ISO 8601, or None. Rule: a year has four digits; where both the first and the
second number can be the day, both readings are given, unless the separator is a point, which no month-first form has.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from custobar_formats.notation.suggestion import Suggestion, Why

_TIME = (
    r"(?:(?:,?\s?|T)(?:kl[o.]?\s?)?(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-5][0-9])(?:[:.](?P<second>[0-5][0-9])"
    r"(?:[.,](?P<part>[0-9]{1,9}))?)?(?:\s?(?P<half>[ap])\.?m\.?)?(?:\s?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_COMPACT_TIME = (
    r"(?:(?:T|\s)?(?P<hour>[0-9]{2}):?(?P<minute>[0-5][0-9]):?(?P<second>[0-5][0-9])?"
    r"(?:[.,](?P<part>[0-9]{1,9}))?(?P<half>)(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_FORMS = tuple(
    (order, re.compile(f"{day}{time}", re.IGNORECASE))
    for order, day, time in (
        ("dmy", r"(?P<a>[0-9]{1,2})\.\s?(?P<b>[0-9]{1,2})\.\s?(?P<c>[0-9]{4}|[0-9]{2})", _TIME),
        ("ymd", r"(?P<a>[0-9]{4})(?P<mark>[-/.])(?P<b>[0-9]{1,2})(?P=mark)(?P<c>[0-9]{1,2})", _TIME),
        ("?", r"(?P<a>[0-9]{1,2})(?P<mark>[-/])(?P<b>[0-9]{1,2})(?P=mark)(?P<c>[0-9]{4}|[0-9]{2})", _TIME),
        ("ymd", r"(?P<a>(?:19|20)[0-9]{2})(?P<b>[0-9]{2})(?P<c>[0-9]{2})", _COMPACT_TIME),
    )
)
"""Orders of day, month and year, and the texts that have them; ``?``: the day or the month comes first."""

_SERIAL = re.compile(r"[2-6][0-9]{4}(?:[.,][0-9]+)?")
_FIRST_DAY = datetime(1899, 12, 30)
"""Day 0 of spreadsheets, which count days from it (dates before March 1900 differ)."""


class WrittenDate(NamedTuple):
    """A date as written.

    Attributes:
        days: the days (ISO 8601) that it may be, the day-first reading first; empty if there is no such day.
        time: ``hh:mm:ss`` and what follows (ISO 8601); blank if no time is written.
        is_short: whether its year has two digits; then ``days`` is empty.
        is_midnight: whether it is written as 24:00 of the day before.

    """

    days: tuple[str, ...]
    time: str
    is_short: bool = False
    is_midnight: bool = False


def parse_written_date(text: str) -> WrittenDate | None:
    """The date that a text spells, or None.

    Example:
        >>> parse_written_date("1.9.2024 klo 9.05")
        WrittenDate(days=('2024-09-01',), time='09:05:00', is_short=False, is_midnight=False)
        >>> parse_written_date("03/04/2024").days
        ('2024-04-03', '2024-03-04')

    """
    for order, pattern in _FORMS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        time = _time(match)
        if time is None:
            return None
        orders = ("dmy", "mdy") if order == "?" else (order,)
        if any(len(match["abc"[each.index("y")]]) == 2 for each in orders):
            return WrittenDate((), time, is_short=True)
        more = int(_is_midnight(match))
        days = [_day(dict(zip(each, map(int, match.group(*"abc")), strict=True)), more) for each in orders]
        return WrittenDate(tuple(dict.fromkeys(filter(None, days))), time, is_midnight=more > 0)
    return None


def _day(parts: dict[str, int], more: int) -> str | None:
    """The day, and some days more; None if there is no such day."""
    try:
        return (date(parts["y"], parts["m"], parts["d"]) + timedelta(days=more)).isoformat()
    except (ValueError, OverflowError):
        return None


def _is_midnight(match: re.Match[str]) -> bool:
    """Whether the time is 24:00, at which a day ends. Source: ISO 8601-1:2019/Amd 1, 5.3.2."""
    parts = match.group("minute", "second", "part")
    return match["hour"] == "24" and not match["half"] and not any((part or "").strip("0") for part in parts)


def _time(match: re.Match[str]) -> str | None:
    """The time of a match, blank if none is written; None if there is no such hour."""
    if match["hour"] is None:
        return ""
    hour, half, zone = 0 if _is_midnight(match) else int(match["hour"]), match["half"], (match["zone"] or "").upper()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 23:
        return None
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "").ljust(4, "0")
        zone = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    part = f".{match['part']}" if match["part"] else ""
    return f"{hour:02}:{match['minute']}:{match['second'] or '00'}{part}{'Z' if zone in ('UTC', 'GMT') else zone}"


def parse_serial_day(text: str) -> WrittenDate | None:
    """The day and time of a spreadsheet's day number, for the years 1954 to 2091; otherwise None.

    Example:
        >>> parse_serial_day("45536").days, parse_serial_day("45306.4375").time
        (('2024-09-01',), '10:30:00')

    """
    if _SERIAL.fullmatch(text) is None:
        return None
    day, _, fraction = text.replace(",", ".").partition(".")
    seconds = float(f"0.{fraction or '0'}") * 86_400
    if abs(seconds - round(seconds)) > 0.01:
        return None
    moment = _FIRST_DAY + timedelta(days=int(day), seconds=round(seconds))
    return WrittenDate((moment.date().isoformat(),), moment.time().isoformat() if round(seconds) else "")


def suggest_date(text: str, *, with_time: bool) -> Suggestion | None:
    """The suggestion for a date, or for a date with or without a time; or None.

    Example:
        >>> suggest_date("2024-01-15 10:30:00 +0300", with_time=True).value
        '2024-01-15T10:30:00+03:00'
        >>> suggest_date("03/04/2024", with_time=True).readings
        ('2024-04-03', '2024-03-04')

    """
    serial = parse_serial_day(text)
    written = serial or parse_written_date(text)
    if written is None:
        return None
    if written.is_short:
        return Suggestion(None, False, Why.TWO_DIGIT_YEAR)
    if not written.days:
        is_iso = re.match("[0-9]{4}-", text) is not None
        return Suggestion(None, False, Why.NO_SUCH_DAY if is_iso else Why.NO_SUCH_DAY_EITHER)
    time = f"T{written.time}" if written.time and with_time else ""
    values = tuple(day + time for day in written.days)
    if (written.time.strip("0:.") or written.is_midnight) and not with_time:
        return Suggestion(None, False, Why.TIME_OF_DAY)
    if len(values) > 1:
        return Suggestion(None, False, Why.TWO_READINGS, values)
    if serial is not None:
        return Suggestion(values[0], False, Why.DAY_NUMBER)  # old spreadsheets of the Mac count from another day
    return Suggestion(values[0], True, Why.DATE)
