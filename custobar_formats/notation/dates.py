"""How dates and times are written in exports and spreadsheets.

In: text. Out: its year, month and day, and its time if it has one, or None. The rule kept here: a year has four digits;
which number is the day is certain from the separators alone.
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
"""Dates as they are written in Finland, and ISO 8601 without its zeros; the groups of year, month and day."""

SERIAL = re.compile(r"[2-6][0-9]{4}", re.ASCII)
FIRST_DAY = date(1899, 12, 30).toordinal()
"""Day 0 of spreadsheets, from which they count days (the dates of 1900 before March apart)."""


class WrittenDate(NamedTuple):
    """A date as it is written.

    Attributes:
        form: ``d.m.y`` or ``y-m-d``.
        day: in ISO 8601, or None where there is no such day.
        time: ``hh:mm:ss`` (ISO 8601), or None where none is written.
        hour: of the time, 0 to 99 as it is written.

    """

    form: str
    day: str | None
    time: str | None
    hour: int = 0


def parse_written_date(text: str) -> WrittenDate | None:
    """The date that a text spells; None where it spells none.

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
    """The day (ISO 8601) that a spreadsheet's number of a day stands for, of the years 1954 to 2091; else None.

    Example:
        >>> parse_serial_day("45536")
        '2024-09-01'

    """
    return date.fromordinal(FIRST_DAY + int(text)).isoformat() if SERIAL.fullmatch(text) else None
