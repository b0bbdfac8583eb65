"""The values of cells to their texts.

In: what a file has stored. Out: the text that CSV has for it. Rules: a number has all its digits and no exponent; a
date and a time are ISO 8601; what is none of these stays as it is.
Source: ISO/IEC 29500-1, 18.8.30 (formats of numbers), 18.17.4 (dates and times); ODF 1.3 part 3, 18.2 (dates and
durations).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from custobar_formats.core.limits import MAX_FORMAT_CHARS, MAX_NUMBER_CHARS
from custobar_formats.core.number_cells import NumberText

DATE, TIME, MOMENT, DURATION, PERCENT = "date", "time", "moment", "duration", "%"

TRUTH = {"1": "true", "0": "false", "true": "true", "false": "false"}

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_NO_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^]]*\]|General|AM/PM|A/P', re.IGNORECASE | re.DOTALL)
"""Parts of a format that hold letters but show no part of a date."""

_BUILT_IN = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 59)), DATE),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), TIME),
    22: MOMENT,
    46: DURATION,
    9: PERCENT,
    10: PERCENT,
}
"""The formats of dates and percentages that are numbers alone. ISO/IEC 29500-1, 18.8.30, those of East Asia, too."""

_PARTS = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[[^]]*\]|(.)', re.DOTALL)
"""The parts of a format: two kinds of literals, what shows no character, and one of any other kind."""

_WORDS = re.compile(r"[^\W\d_]+")

_DURATION = re.compile(r"(-?)P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,]([0-9]+))?S)?)?")
_LAST_DAY = 2_958_465
"""The number of 9999-12-31, the last day that a spreadsheet has."""

_MS_OF_DAY = 86_400_000


def number_text(stored: str) -> str:
    """The shortest exact text of a stored number, without an exponent; other text as it is.

    Example:
        >>> [number_text(stored) for stored in ("5.58199E+12", "0.30000000000000004", "5.0999999999999996", "1.0")]
        ['5581990000000', '0.30000000000000004', '5.1', '1']

    """
    if stored.isdigit() and stored.isascii() and (stored[0] != "0" or stored == "0"):
        return stored
    if len(stored) > MAX_NUMBER_CHARS or _NUMBER.fullmatch(stored) is None:
        return stored
    value = float(stored)
    if not math.isfinite(value):
        return stored
    if value.is_integer():
        return str(int(value)) if abs(value) < 1e16 else format(Decimal(repr(value)), "f").removesuffix(".0")
    text = repr(value)
    return NumberText(format(Decimal(text), "f") if "e" in text else text)


@lru_cache(1000)
def kind_of_format(number: int, code: str | None) -> str | None:
    """The kind of value that a format shows: a date, a time, both, a duration, a percentage, a code; or None.

    The kind of a code, such as that of a town, is its template: zeros for digits, hyphens, and what comes before them.

    Example:
        >>> [kind_of_format(164, code) for code in ("d.m.yyyy", "[h]:mm", "hh:mm", "[$-40B]00000", '0.0 "d"', "0 %")]
        ['date', 'duration', 'time', '00000', None, '%']
        >>> kind_of_format(164, '"0"000-000'), kind_of_format(164, "0## ### ####"), kind_of_format(164, "# ##0")
        ('"0"000-000', '0000000000', None)

    """
    if code is None:
        return _BUILT_IN.get(number)
    section = code[:MAX_FORMAT_CHARS].partition(";")[0]
    template = _template_of(section)
    if template is not None:
        return template
    letters = _NO_LETTERS.sub("", section).lower()
    if "%" in letters:
        return PERCENT
    if "[" in letters:
        return DURATION
    if re.search(r"[0#?][^a-z]*e[+-]", letters) or "@" in letters:
        return None
    has_time = "h" in letters or "s" in letters
    has_date = "y" in letters or "d" in letters or ("m" in letters and not has_time)
    return (MOMENT if has_time else DATE) if has_date else TIME if has_time else None


def _template_of(section: str) -> str | None:
    """The template of a format that only pads whole numbers, or adds digits before them, or hyphens; else None.

    Spaces, and literals of other characters, such as a unit, are no part of the code.
    """
    before = template = ""
    for quoted, escaped, other in _PARTS.findall(section):
        literal = (quoted or escaped or other.strip("0#")).strip()
        if other and literal not in ("", "-"):
            return None
        if literal.replace("-", "").isdecimal() and template:
            return None
        is_of_code = literal.replace("-", "0").isdecimal()
        if not template and other not in ("0", "#"):
            before += literal * is_of_code
        else:
            template += literal * is_of_code or other.strip()
    before = before.lstrip("-")
    first = template.find("0") if "0" in template else len(template)
    template = template[:first] + template[first:].replace("#", "0")
    if template.endswith("-") or not (before or "-" in template or template.count("0") > 1):
        return None
    template = template if "-" in template else template.lstrip("#")
    return f'"{before}"{template}' if before else template


def _coded(digits: str, template: str) -> str:
    """Digits in a template, filled from its end."""
    *_, before, template = f'"{template}'.rsplit('"', 2)
    left = [*digits.zfill(template.count("0"))]
    shown = ["-" if mark == "-" else left.pop() for mark in reversed(template) if left]
    return before + "".join([*left, *reversed(shown)])


def code_text(shown: str, number: str) -> str | None:
    """The code that a program shows for the text of a whole number; None if it shows a mere number.

    Example:
        >>> code_text("001 00", "100"), code_text("000-007", "7"), code_text("1 299", "1299")
        ('00100', '000-007', None)

    """
    code = "".join(_WORDS.sub("", shown).split()).strip("-")
    digits = code.replace("-", "")
    if not (number.isdigit() and digits.isdecimal() and digits.isascii() and digits.endswith(number)):
        return None
    if _WORDS.search(shown) is not None and digits.lstrip("0") != number.lstrip("0"):
        return None  # they are part of a unit
    return None if code == number else code


def percent_text(stored: str) -> str:
    """The percentage that a number is, with all its digits; other text as it is.

    Example:
        >>> percent_text("0.1"), percent_text("0.1255"), percent_text("1")
        ('10 %', '12.55 %', '100 %')

    """
    text = number_text(stored)
    if _NUMBER.fullmatch(text) is None:
        return text
    hundredfold = format(Decimal(text).scaleb(2), "f")
    return f"{hundredfold.rstrip('0').rstrip('.') if '.' in hundredfold else hundredfold} %"


def serial_text(stored: str, kind: str, *, from_1904: bool) -> str:
    """The text of a number that is shown as a date, a time, a percentage or a code; one that is none is a number.

    Example:
        >>> serial_text("45536", "date", from_1904=False), serial_text("45536.75", "moment", from_1904=False)
        ('2024-09-01', '2024-09-01T18:00:00')
        >>> serial_text("100", "00000", from_1904=False), serial_text("7", "000-000", from_1904=False)
        ('00100', '000-007')

    """
    if kind == PERCENT:
        return percent_text(stored)
    if kind[0] in '"0#':
        text = number_text(stored)
        return _coded(text, kind) if text.isdigit() else text
    try:
        value = float(stored)
    except ValueError:
        return stored
    if not 0 <= value <= _LAST_DAY + 1:
        return number_text(stored)
    days, ms = divmod(round(value * _MS_OF_DAY), _MS_OF_DAY)
    if kind == DURATION or (kind == TIME and days == 0):
        return clock_text(ms + days * _MS_OF_DAY)
    day = _day(days, from_1904=from_1904)
    if day is None:
        return clock_text(ms) if kind == MOMENT and days == 0 else number_text(stored)
    return day if ms == 0 and kind == DATE else f"{day}T{clock_text(ms)}"


def _day(days: int, *, from_1904: bool) -> str | None:
    """The day with a number; None if there is none."""
    if from_1904:
        days += 1462
    elif days < 60:  # the 29th of February 1900, which spreadsheets count, moves the days before it
        days += days > 0
        if days == 0:
            return None
    elif days == 60:
        return "1900-02-29"
    return (date(1899, 12, 30) + timedelta(days)).isoformat() if days <= _LAST_DAY else None


def clock_text(ms: int) -> str:
    """Milliseconds as hours, minutes and seconds, with a fraction only where there is one."""
    seconds, fraction = divmod(ms, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:03}" if fraction else text


def duration_text(stored: str) -> str:
    """An ISO 8601 duration as hours, minutes and seconds; other text as it is.

    Example:
        >>> duration_text("PT30H05M00S")
        '30:05:00'

    """
    found = _DURATION.fullmatch(stored)
    if found is None or len(stored) > MAX_NUMBER_CHARS:
        return stored
    sign, days, hours, minutes, seconds, fraction = found.groups(default="0")
    whole = ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    return ("-" if sign == "-" else "") + clock_text(whole * 1000 + round(float(f"0.{fraction}") * 1000))


def iso_text(stored: str, *, is_date: bool) -> str:
    """A stored ISO 8601 date, which may have a time; with ``is_date`` without a time of midnight.

    Example:
        >>> iso_text("2024-09-01T00:00:00", is_date=True), iso_text("2024-09-01T18:00:00.500000", is_date=True)
        ('2024-09-01', '2024-09-01T18:00:00.5')

    """
    day, _, time = stored.partition("T")
    if is_date and not time.strip("0:.Z"):
        return day
    return stored.rstrip("0").removesuffix(".") if "." in time and time[-1:].isdigit() else stored


def column_of(letters: str) -> int:
    """The 0-based column with these letters; -1 if they are none."""
    column = 0
    for letter in letters:
        if not "A" <= letter <= "Z" or column > 20_000:
            return -1
        column = column * 26 + ord(letter) - 64
    return column - 1


def spread(columns: Sequence[int], texts: list[str]) -> list[str]:
    """The cells of a row from the texts in some of its columns, which ascend."""
    if not columns or columns[-1] == len(columns) - 1:
        return texts
    cells = [""] * (columns[-1] + 1)
    for column, text in zip(columns, texts, strict=True):
        cells[column] = text
    return cells
