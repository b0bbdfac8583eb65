"""How truth, telephone numbers, countries and languages are written."""

import pytest

from custobar_formats.notation.names import parse_country, parse_language
from custobar_formats.notation.phones import PhonePrefix, WrittenPhone, parse_written_phone
from custobar_formats.notation.truth import parse_truth


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("TRUE", True),
        ("Kyllä", True),
        ("1", True),
        ("1.0", True),
        ("Ja", True),
        ("EPÄTOSI", False),
        ("ei", False),
        ("0", False),
    ],
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
        ("(050) 765.43.21", PhonePrefix.TRUNK, "507654321"),
        ("358507654321", PhonePrefix.COUNTRY_CODE, "358507654321"),
        ("358507654321.0", PhonePrefix.COUNTRY_CODE, "358507654321"),
        ("+358507654321.0", PhonePrefix.PLUS, "358507654321"),
        ("+358 (0)50 765 4321", PhonePrefix.PLUS, "358507654321"),
        ("+358(0)507654321", PhonePrefix.PLUS, "358507654321"),
        ("+358 050 765 4321", PhonePrefix.PLUS, "358507654321"),
        ("0044 (0)20 7946 0958", PhonePrefix.ZEROS, "442079460958"),
        ("358 (0)50 765 4321", PhonePrefix.COUNTRY_CODE, "358507654321"),
        ("(0)50 765 4321", PhonePrefix.TRUNK, "507654321"),
        ("+46 (0)8 123 456 78", PhonePrefix.PLUS, "46812345678"),
    ],
)
def test_a_telephone_number(text: str, prefix: PhonePrefix, digits: str) -> None:
    assert parse_written_phone(text) == WrittenPhone(prefix, digits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "050",
        "507654321",
        "+0501234567",
        "050 765 4321 x5",
        "(050) 765.43/21",
        "050/1, 050/2",
        "+" + "1" * 16,
        "09 123456/123457",
        "+39 (0)6 1234 5678",
    ],
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
    assert [parse_language(text) for text in ("Ruotsi", "EN", "deutsch", "fi-FI", "sv_SE", "SE", "xx")] == [
        *("sv", "en", "de", "fi", "sv"),
        *(None, None),
    ]
