"""Stored values to texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.core.spreadsheet import letters_of
from custobar_formats.sheets.cells import (
    code_text,
    column_of,
    duration_text,
    iso_text,
    kind_of_format,
    number_text,
    serial_text,
)


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("7", "7"),
        ("007", "7"),
        ("1.0", "1"),
        ("24.9", "24.9"),
        (".5", "0.5"),
        ("5.0999999999999996", "5.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("5.58199E+12", "5581990000000"),
        ("1E-7", "0.0000001"),
        ("-1.5e-10", "-0.00000000015"),
        ("1E+20", "100000000000000000000"),
        ("6430000000017", "6430000000017"),
        ("12345678901234567890", "12345678901234567890"),  # all digits that the file has
        ("1e999", "1e999"),
        ("1e99999999", "1e99999999"),
        ("NaN", "NaN"),
        ("abc", "abc"),
        ("٣", "٣"),
        ("1_000", "1_000"),
        (" 1", " 1"),
    ],
)
def test_a_number(stored: str, text: str) -> None:
    assert number_text(stored) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value_and_has_no_exponent(value: float) -> None:
    for stored in (repr(value), f"{value:.17g}"):
        text = number_text(stored)
        assert float(text) == value
        assert "e" not in text.lower()


@pytest.mark.parametrize(
    ("number", "code", "kind"),
    [
        (0, None, None),
        (1, None, None),
        (9, None, "%"),
        (14, None, "date"),
        (20, None, "time"),
        (22, None, "moment"),
        (46, None, "duration"),
        (164, "General", None),
        (164, "0.00", None),
        (164, "0.00E+00", None),
        (164, "##0.0E+0", None),
        (164, "@", None),
        (164, "0%", "%"),
        (164, "0", None),
        (164, "00000", "00000"),
        (164, "[$-40B]00000;@", "00000"),
        (164, r"000\ 00", "00000"),
        (164, "000-000", "000-000"),
        (164, r"000\-000", "000-000"),
        (164, '000"-"000;@', "000-000"),
        (164, '"0"00000', '"0"00000'),
        (164, r"\00", '"0"0'),
        (164, '"050-"000 0000', '"050-"0000000'),
        (164, "0## ### ####", "0000000000"),
        (164, "##000", "000"),
        (164, "###-0000", "###-0000"),
        (164, '"FI-"00000', "00000"),
        (164, '000" kpl"', "000"),
        (164, '"CO2 "0', None),
        (164, '0"0"', None),
        (164, '0"-"', None),
        (164, "-0", None),
        (164, '"-"0', None),
        (164, "#", None),
        (164, "", None),
        (164, "# ##0", None),
        (164, r"#\ ##0\ ", None),
        (164, "0 %", "%"),
        (164, '0"%"', None),
        (164, "(000) 000", None),
        (164, "0?", None),
        (164, "000.00", None),
        (164, "#,##000", None),
        (164, "# ##0.00 [$€-40B]", None),
        (164, '#,##0.00 "kr/day"', None),
        (164, r"0\d", None),
        (164, "[Red]0;[Blue]-0", None),
        (164, "[<1]0.0;0", None),
        (164, "_-* #,##0.00_d", None),
        (164, "d.m.yyyy", "date"),
        (164, "[$-40B]d. mmmm yyyy;@", "date"),
        (164, "DD/MM/YY", "date"),
        (164, "mmm", "date"),
        (164, "h:mm AM/PM", "time"),
        (164, "mm:ss.0", "time"),
        (164, "[h]:mm:ss", "duration"),
        (164, "[mm]:ss", "duration"),
        (164, r"yyyy\-mm\-dd\ hh:mm", "moment"),
        (164, "#" * 1_000_000, None),  # in time that does not grow by its square
        (164, "[" * 1_000_000, "duration"),
        (14, "0.00", None),  # the file's own format counts
    ],
)
def test_what_a_format_shows(number: int, code: str | None, kind: str | None) -> None:
    assert kind_of_format(number, code) == kind


@pytest.mark.parametrize(
    ("stored", "kind", "from_1904", "text"),
    [
        ("45536", "date", False, "2024-09-01"),
        ("45536.0", "date", False, "2024-09-01"),
        ("45536.5", "date", False, "2024-09-01T12:00:00"),
        ("45536", "moment", False, "2024-09-01T00:00:00"),
        ("45536.999999999", "moment", False, "2024-09-02T00:00:00"),
        ("45536.7708912037", "moment", False, "2024-09-01T18:30:05"),
        ("45536.50000578", "moment", False, "2024-09-01T12:00:00.499"),
        ("44074", "date", True, "2024-09-01"),
        ("0", "date", True, "1904-01-01"),
        ("1", "date", False, "1900-01-01"),
        ("59", "date", False, "1900-02-28"),
        ("60", "date", False, "1900-02-29"),  # which there was not, but programs show
        ("61", "date", False, "1900-03-01"),
        ("0", "date", False, "0"),
        ("0.5", "moment", False, "12:00:00"),
        ("0.29524305555555558", "time", False, "07:05:09"),
        ("45536.5", "time", False, "2024-09-01T12:00:00"),
        ("1.25347222222", "duration", False, "30:05:00"),
        ("2958465", "date", False, "9999-12-31"),
        ("2958466", "date", False, "2958466"),
        ("2958467", "date", False, "2958467"),
        ("-1", "date", False, "-1"),
        ("1e300", "date", False, "1" + "0" * 300),
        ("nan", "date", False, "nan"),
        ("x", "date", False, "x"),
        ("100", "00000", False, "00100"),
        ("6.1E3", "00000", False, "06100"),
        ("123456", "00000", False, "123456"),
        ("0", "00000", False, "00000"),
        ("1.5", "00000", False, "1.5"),
        ("-1", "00000", False, "-1"),
        ("x", "00000", False, "x"),
        ("7", "000-000", False, "000-007"),
        ("1234567", "000-000", False, "1234-567"),
        ("100", '"0"00000', False, "000100"),
        ("401234567", '"0"0', False, "0401234567"),
        ("1234567", '"050-"0000000', False, "050-1234567"),
        ("5551234", "###-0000", False, "555-1234"),
        ("15551234", "###-0000", False, "1555-1234"),
        ("1234", "###-0000", False, "1234"),
        ("-7", "000-000", False, "-7"),
        ("7.5", "000-000", False, "7.5"),
    ],
)
def test_a_number_that_is_shown_as_a_date_or_a_time(stored: str, kind: str, from_1904: bool, text: str) -> None:
    assert serial_text(stored, kind, from_1904=from_1904) == text


@pytest.mark.parametrize(
    ("shown", "number", "code"),
    [
        ("00100", "100", "00100"),
        ("00000", "0", "00000"),
        ("001 00", "100", "00100"),
        ("000-007", "7", "000-007"),
        ("12-345", "12345", "12-345"),
        ("000100", "100", "000100"),
        ("050-1234567", "1234567", "050-1234567"),
        ("FI-00100", "100", "00100"),
        ("005 kpl", "5", "005"),
        ("100", "100", None),
        ("0", "0", None),
        ("1 299", "1299", None),
        ("1\u00a0299 pv", "1299", None),
        ("CO2 5", "5", None),
        ("7,00", "7", None),
        ("007,00", "7", None),
        ("5 m2", "5", None),
        ("7", "7.4", None),
        ("-5", "-5", None),
        ("50", "5", None),
        ("", "5", None),
    ],
)
def test_a_code_that_a_program_shows(shown: str, number: str, code: str | None) -> None:
    assert code_text(shown, number) == code


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("PT07H05M09S", "07:05:09"),
        ("PT30H05M00S", "30:05:00"),
        ("P1DT1H", "25:00:00"),
        ("PT1.5S", "00:00:01.500"),
        ("PT00H00M01.250000000S", "00:00:01.250"),
        ("-PT1M", "-00:01:00"),
        ("PT", "00:00:00"),
        ("P1Y", "P1Y"),
        ("07:05", "07:05"),
        ("PT" + "9" * 500 + "H", "PT" + "9" * 500 + "H"),
    ],
)
def test_a_duration(stored: str, text: str) -> None:
    assert duration_text(stored) == text


def test_a_stored_date() -> None:
    assert iso_text("2024-09-01T00:00:00Z", is_date=True) == "2024-09-01"
    assert iso_text("2024-09-01T00:00:00", is_date=False) == "2024-09-01T00:00:00"
    assert iso_text("2024-09-01T10:00:00.120000000", is_date=False) == "2024-09-01T10:00:00.12"
    assert iso_text("2024-09-01", is_date=False) == "2024-09-01"


@given(st.integers(0, 16_383))
def test_the_letters_of_a_column(column: int) -> None:
    assert column_of(letters_of(column + 1)) == column


@pytest.mark.parametrize("letters", ["", "a", "1", "Ä", "A-", "A1B", "$A"])
def test_letters_that_are_none(letters: str) -> None:
    assert column_of(letters) == -1
    assert column_of("Z" * 1_000_000) == -1
