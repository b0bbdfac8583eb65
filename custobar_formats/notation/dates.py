"""Parsing of dates and times as exports and spreadsheets write them.

In: text. Out: its year, month and day, and its time if there is one, or None. Rule: a year has four digits; the
separators alone decide which number is the day.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

TIME = r"(?:[ T](?:klo )?([0-9]{1,2})[:.]([0-5][0-9])(?:[:.]([0-5][0-9]))?)?\s*"
DATE_FORMS = (
    ("d.m.y", re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){TIME}", re.ASCII), (3, 2, 1)),
    ("y-m-d", re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){TIME}", re.ASCII), (1, 2, 3)),
)
"""Finnish dates, and ISO 8601 without leading zeros; with the groups of year, month and day."""

SERIAL = re.compile(r"[2-6][0-9]{4}", re.ASCII)
FIRST_DAY = date(1899, 12, 30).toordinal()
"""Day 0 of spreadsheets, which count days from it (dates before March 1900 differ)."""


class WrittenDate(NamedTuple):
    """A date as written.

    Attributes:
        form: ``d.m.y`` or ``y-m-d``.
        day: in ISO 8601, or None if there is no such day.
        time: ``hh:mm:ss`` (ISO 8601), or None if no time is written.
        hour: the hour as written, 0 to 99.

    """

    form: str
    day: str | None
    time: str | None
    hour: int = 0


def parse_written_date(text: str) -> WrittenDate | None:
    """The date that a text spells, or None.

    Example:
        >>> parse_written_date("1.9.2024 klo 9.05")
        WrittenDate(form='d.m.y', day='2024-09-01', time='09:05:00', hour=9)

    """
    for form, pattern, order in DATE_FORMS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        year, month, day = (int(match[place]) for place in order)
        try:
            iso = date(year, month, day).isoformat()
        except ValueError:
            iso = None
        if match[4] is None:
            return WrittenDate(form, iso, None)
        return WrittenDate(form, iso, f"{int(match[4]):02}:{match[5]}:{match[6] or '00'}", int(match[4]))
    return None


def parse_serial_day(text: str) -> str | None:
    """The day (ISO 8601) of a spreadsheet's day number, for the years 1954 to 2091; otherwise None.

    Example:
        >>> parse_serial_day("45536")
        '2024-09-01'

    """
    return date.fromordinal(FIRST_DAY + int(text)).isoformat() if SERIAL.fullmatch(text) else None
