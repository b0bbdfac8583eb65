"""How dates and times are written."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.notation.dates import WrittenDate, parse_serial_day, parse_written_date, suggest_date
from custobar_formats.notation.suggestion import Why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.9.2024", WrittenDate(("2024-09-01",), "")),
        ("01. 09. 2024", WrittenDate(("2024-09-01",), "")),
        ("1.9.2024 9:05", WrittenDate(("2024-09-01",), "09:05:00")),
        ("1.9.2024 klo 9.05.30", WrittenDate(("2024-09-01",), "09:05:30")),
        ("2024-9-1", WrittenDate(("2024-09-01",), "")),
        ("2024/09/01 9:05:30,5", WrittenDate(("2024-09-01",), "09:05:30.5")),
        ("20240901T090530Z", WrittenDate(("2024-09-01",), "09:05:30Z")),
        ("20240901090530", WrittenDate(("2024-09-01",), "09:05:30")),
        ("2024-09-01 09:05:30 +0300", WrittenDate(("2024-09-01",), "09:05:30+03:00")),
        ("2024-09-01T09:05:30-08", WrittenDate(("2024-09-01",), "09:05:30-08:00")),
        ("2024-09-01 09:05:30 UTC", WrittenDate(("2024-09-01",), "09:05:30Z")),
        ("31/12/2024", WrittenDate(("2024-12-31",), "")),
        ("12/31/2024, 12:05\u202fAM", WrittenDate(("2024-12-31",), "00:05:00")),
        ("03/04/2024 3:45 pm", WrittenDate(("2024-04-03", "2024-03-04"), "15:45:00")),
        ("04-04-2024", WrittenDate(("2024-04-04",), "")),
        ("2024-02-30", WrittenDate((), "")),
        ("31/31/2024", WrittenDate((), "")),
        ("31.2.2024 10:00", WrittenDate((), "10:00:00")),
        ("1.9.24", WrittenDate((), "", is_short=True)),
        ("11/20/26, 3:45 PM", WrittenDate((), "15:45:00", is_short=True)),
        ("1.9.2024 25:00", None),
        ("1.9.2024 13:00 PM", None),
        ("1.9.2024 9:5", None),
        ("1/9-2024", None),
        ("30240901", None),
        ("٠١.9.2024", None),
        ("", None),
    ],
)
def test_a_date(text: str, expected: WrittenDate | None) -> None:
    assert parse_written_date(text) == expected


@given(st.dates(date(1000, 1, 1)))
def test_every_day_is_read_in_both_forms(day: date) -> None:
    for text in (f"{day.day}.{day.month}.{day.year}", day.isoformat(), f"{day:%Y/%m/%d}"):
        assert parse_written_date(text) == WrittenDate((day.isoformat(),), "")


@given(st.datetimes(datetime(1955, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(microsecond=0)))
def test_every_moment_is_read_from_its_day_number(moment: datetime) -> None:
    number = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    found = suggest_date(repr(number), with_time=True)
    assert found is not None
    assert found.value == moment.isoformat().removesuffix("T00:00:00")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("45536", "2024-09-01"),
        ("45306,4375", "2024-01-15"),
        ("20000", "1954-10-03"),
        ("69999", "2091-08-24"),
        ("19999", None),
        ("4553", None),
        ("45536.00001", None),
    ],
)
def test_a_day_of_a_spreadsheet(text: str, day: str | None) -> None:
    found = parse_serial_day(text)
    assert (found.days[0] if found else None) == day


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("1.9.1984 0:00", "1984-09-01", Why.DATE),
        ("45536.0", "2024-09-01", Why.DAY_NUMBER),
        ("1984-08-31T21:00:00Z", None, Why.TIME_OF_DAY),
        ("1.9.1984 9:05", None, Why.TIME_OF_DAY),
        ("3/4/1984", None, Why.TWO_READINGS),
        ("3/4/84", None, Why.TWO_DIGIT_YEAR),
    ],
)
def test_a_day_without_a_time(text: str, value: str | None, why: Why) -> None:
    found = suggest_date(text, with_time=False)
    assert found is not None
    assert (found.value, found.why) == (value, why)
