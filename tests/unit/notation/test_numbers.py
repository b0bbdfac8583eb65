"""How numbers and amounts are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.core.scalars import NUMBER
from custobar_formats.notation.numbers import (
    NumberNotation,
    parse_cents,
    parse_written_number,
    strip_currency,
)


@pytest.mark.parametrize(
    ("text", "notation", "number"),
    [
        ("24,90", NumberNotation.DECIMAL_COMMA, "24.90"),
        ("-0,5", NumberNotation.DECIMAL_COMMA, "-0.5"),
        ("1 000", NumberNotation.SPACES, "1000"),
        ("1\u00a0000.5", NumberNotation.SPACES, "1000.5"),
        ("007", NumberNotation.SIGN_OR_ZEROS, "7"),
        ("+1", NumberNotation.SIGN_OR_ZEROS, "1"),
        ("-007.50", NumberNotation.SIGN_OR_ZEROS, "-7.50"),
        ("5,58199E+12", NumberNotation.SCIENTIFIC, None),
        ("1e3", NumberNotation.SCIENTIFIC, None),
    ],
)
def test_a_number_in_another_notation(text: str, notation: NumberNotation, number: str | None) -> None:
    assert parse_written_number(text) == (notation, number)


@pytest.mark.parametrize(
    "text", ["", "1", "-1.5", "1_000", "0x10", "1,2,3", "1.000,50", "1 000,50", "-1e3", "x", "--1"]
)
def test_what_is_no_number_in_another_notation(text: str) -> None:
    assert parse_written_number(text) is None


@given(st.text("0123456789.,+-eE \u00a0", max_size=12))
def test_what_is_read_is_a_number_of_json_with_the_same_digits(text: str) -> None:
    written = parse_written_number(text)
    if written is not None and written.number is not None:
        assert NUMBER.fullmatch(written.number)
        digits = "".join(filter(str.isdigit, text))
        assert digits.endswith("".join(filter(str.isdigit, written.number)))
        assert set(digits.removesuffix("".join(filter(str.isdigit, written.number)))) <= {"0"}


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("24,90", "2490"),
        ("24.9", "2490"),
        ("0,05", "5"),
        ("0.00", "0"),
        ("-1,5", "-150"),
        ("1 024,90 €", "102490"),
        ("€ 5.00", "500"),
        ("12.50 SEK", "1250"),
        ("24", None),
        ("24,905", None),
        ("1.024,90", None),
        ("24,90 USD", None),
        ("", None),
    ],
)
def test_cents(text: str, cents: str | None) -> None:
    assert parse_cents(text) == cents


@given(st.integers(0, 10**12))
def test_cents_are_those_of_the_amount(cents: int) -> None:
    assert parse_cents(f"{cents // 100},{cents % 100:02} €") == str(cents)


def test_a_currency_is_stripped_at_either_end() -> None:
    assert [strip_currency(text) for text in ("€ 5", "5 €", "5EUR", "5 kr", "5", "kr")] == ["5", "5", "5", "5", "5", ""]
