"""How truth, telephone numbers, countries and languages are written."""

import pytest

from custobar_formats.notation.names import parse_country, parse_language
from custobar_formats.notation.phones import PhonePrefix, WrittenPhone, parse_written_phone
from custobar_formats.notation.truth import parse_truth


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("TRUE", True), ("Kyllä", True), ("1", True), ("EPÄTOSI", False), ("ei", False), ("0", False)],
)
def test_truth(text: str, value: bool) -> None:
    assert parse_truth(text) is value


@pytest.mark.parametrize("text", ["", "x", "2", " true", "joo"])
def test_what_is_no_truth(text: str) -> None:
    assert parse_truth(text) is None


@pytest.mark.parametrize(
    ("text", "prefix", "digits"),
    [
        ("+358 50 765 4321", PhonePrefix.PLUS, "358507654321"),
        ("00358-50-7654321", PhonePrefix.ZEROS, "358507654321"),
        ("(050) 765.43/21", PhonePrefix.TRUNK, "507654321"),
        ("358507654321", PhonePrefix.COUNTRY_CODE, "358507654321"),
    ],
)
def test_a_telephone_number(text: str, prefix: PhonePrefix, digits: str) -> None:
    assert parse_written_phone(text) == WrittenPhone(prefix, digits)


@pytest.mark.parametrize(
    "text", ["", "050", "507654321", "+0501234567", "050 765 4321 x5", "050/1, 050/2", "+" + "1" * 16]
)
def test_what_is_no_telephone_number(text: str) -> None:
    assert parse_written_phone(text) is None


def test_countries_and_languages() -> None:
    assert [parse_country(text) for text in ("Suomi", "FIN", "sverige", "uk", "Atlantis", "")] == [
        "FI",
        "FI",
        "SE",
        "GB",
        None,
        None,
    ]
    assert [parse_language(text) for text in ("Ruotsi", "EN", "deutsch", "xx")] == ["sv", "en", "de", None]
