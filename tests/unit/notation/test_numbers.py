"""How numbers and amounts of money are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.core.scalars import NUMBER
from custobar_formats.notation.numbers import parse_written_number, suggest_money, suggest_number
from custobar_formats.notation.suggestion import Why


@pytest.mark.parametrize(
    ("text", "why", "number"),
    [
        ("24,90", Why.DECIMAL_COMMA, "24.90"),
        ("-0,5", Why.DECIMAL_COMMA, "-0.5"),
        ("007,5", Why.DECIMAL_COMMA, "7.5"),
        ("0,125", Why.DECIMAL_COMMA, "0.125"),
        ("1 000", Why.SPACES, "1000"),
        ("1\u00a0000.5", Why.SPACES, "1000.5"),
        ("1\u202f000\u202f000,5", Why.SPACES, "1000000.5"),
        ("1'000.50", Why.THOUSANDS, "1000.50"),
        ("1.000,50", Why.THOUSANDS, "1000.50"),
        ("1,000,000", Why.THOUSANDS, "1000000"),
        ("007", Why.ZEROS_AT_START, "7"),
        ("+1", Why.PLUS, "1"),
        ("\u22125", Why.MINUS, "-5"),
        ("-007.50", Why.ZEROS_AT_START, "-7.50"),
        ("-0", None, "0"),
        (".5", Why.POINT, "0.5"),
        ("5.", Why.POINT, "5"),
        ("5e2", Why.EXPONENT, "500"),
        ("4e0", Why.EXPONENT, "4"),
        ("2.5E-1", Why.EXPONENT, "0.25"),
    ],
)
def test_a_number_in_another_notation(text: str, why: Why, number: str) -> None:
    written = parse_written_number(text)
    assert written is not None
    assert (written.why, written.number, written.thousands, written.currency) == (why, number, None, None)


@pytest.mark.parametrize(
    "text", ["", "1_000", "0x10", "1,2,3", "x", "--1", "1 2", "12 34", "1,00,000", "٣", ".", "e5", "12:50", "12:5 kr"]
)
def test_what_is_no_number_in_another_notation(text: str) -> None:
    assert parse_written_number(text) is None


@pytest.mark.parametrize("text", ["5,58199E+12", "1E+05", "5.58199e+12", "5,5e3"])
def test_a_number_that_may_have_lost_digits(text: str) -> None:
    for found in (suggest_number(text), suggest_number(text, integer=True), suggest_money(text)):
        assert found is not None
        assert (found.value, found.why) == (None, Why.SHORTENED)


@given(st.text("0123456789.,+-eE \u00a0", max_size=12))
def test_what_is_read_is_a_number_of_json_with_the_same_digits(text: str) -> None:
    written = parse_written_number(text)
    if written is not None:
        assert NUMBER.fullmatch(written.number)
        if not set(text) & set("eE"):
            digits = "".join(filter(str.isdigit, text))
            assert digits.lstrip("0") == "".join(filter(str.isdigit, written.number)).lstrip("0")


@given(st.decimals(-(10**9), 10**9, places=2))
def test_a_number_is_read_in_the_notations_of_all_countries(value: Decimal) -> None:
    english = f"{value:,.2f}"
    for mark, point in ((",", "."), (".", ","), ("\u00a0", ","), (" ", "."), ("'", "."), ("", ",")):
        text = english.replace(",", "x").replace(".", point).replace("x", mark)
        found, cents = suggest_number(text), suggest_money(text)
        assert found is not None
        assert cents is not None
        assert Decimal(str(found.value)) == value
        assert int(str(cents.value)) == value * 100


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("24,90", "2490"),
        ("24.9", "2490"),
        ("+24.90", "2490"),
        ("0,05", "5"),
        ("0.00", "0"),
        ("-1,5", "-150"),
        ("-€1,5", "-150"),
        ("1 024,90 €", "102490"),
        ("1.024,90", "102490"),
        ("€ 5.00", "500"),
        ("12.50 SEK", "1250"),
        ("24,90 USD", "2490"),
        ("24 €", "2400"),
        ("24 e", "2400"),
        ("24,90e", "2490"),
        ("24,90 euroa", "2490"),
        ("1095:-", "109500"),
        ("1 095:-", "109500"),
        ("19,-", "1900"),
        ("19.- €", "1900"),
        ("100,– kr", "10000"),
        ("24,90 :-", "2490"),
        ("100,00 kr.", "10000"),
        ("kr. 100", "10000"),
        ("12:50 kr", "1250"),
        ("SEK 1 234:50", "123450"),
        ("-12:50 kr", "-1250"),
        ("1.095:-", None),
        ("24.0 €", "2400"),
        ("24.9000", "2490"),
        ("1024.900", "102490"),
        ("1 200", "1200"),
        ("5e2", "500"),
        ("24.0", None),
        ("25.000000", None),
        ("24,905", None),
        ("1,800", None),
        ("0.12345", None),
    ],
)
def test_cents(text: str, cents: str | None) -> None:
    found = suggest_money(text)
    assert found is not None
    assert found.value == cents


@given(st.integers(0, 10**12))
def test_cents_are_those_of_the_amount(cents: int) -> None:
    found = suggest_money(f"{cents // 100},{cents % 100:02} €")
    assert found is not None
    assert found.value == str(cents)


@pytest.mark.parametrize(("text", "value"), [("5,0", "5"), ("1 000,00", "1000"), ("1.234,00", "1234"), ("4,5", None)])
def test_a_whole_number(text: str, value: str | None) -> None:
    found = suggest_number(text, integer=True)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("text", ["1,800", "1.800", "12,000"])
def test_a_mark_before_three_digits_has_two_readings(text: str) -> None:
    for found in (suggest_number(text, integer=True), suggest_money(text)):
        assert found is not None
        assert (found.value, found.why) == (None, Why.TWO_READINGS)
        assert found.readings == (text.replace(",", "").replace(".", ""), text.replace(",", "."))
