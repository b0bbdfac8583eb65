"""How dates and times are written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.notation.dates import WrittenDate, parse_serial_day, parse_written_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.9.2024", WrittenDate("d.m.y", "2024-09-01", None)),
        ("01.09.2024 ", WrittenDate("d.m.y", "2024-09-01", None)),
        ("1.9.2024 9:05", WrittenDate("d.m.y", "2024-09-01", "09:05:00", 9)),
        ("1.9.2024 klo 9.05.30", WrittenDate("d.m.y", "2024-09-01", "09:05:30", 9)),
        ("1.9.2024 25:00", WrittenDate("d.m.y", "2024-09-01", "25:00:00", 25)),
        ("2024-9-1", WrittenDate("y-m-d", "2024-09-01", None)),
        ("2024-02-30", WrittenDate("y-m-d", None, None)),
        ("31.2.2024 10:00", WrittenDate("d.m.y", None, "10:00:00", 10)),
        ("1.9.24", None),
        ("9/1/2024", None),
        ("1.9.2024 9:5", None),
        ("٠١.9.2024", None),
        ("", None),
    ],
)
def test_a_date(text: str, expected: WrittenDate | None) -> None:
    assert parse_written_date(text) == expected


@given(st.dates(date(1000, 1, 1)))
def test_every_day_is_read_in_both_forms(day: date) -> None:
    for text in (f"{day.day}.{day.month}.{day.year}", day.isoformat()):
        written = parse_written_date(text)
        assert written is not None
        assert written.day == day.isoformat()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("45536", "2024-09-01"),
        ("20000", "1954-10-03"),
        ("69999", "2091-08-24"),
        ("19999", None),
        ("4553", None),
        ("45536.5", None),
    ],
)
def test_a_day_of_a_spreadsheet(text: str, day: str | None) -> None:
    assert parse_serial_day(text) == day
