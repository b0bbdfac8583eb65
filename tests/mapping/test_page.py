"""What the page about mappings promises in words."""

from __future__ import annotations

import pytest

from custobar_formats import from_csv, validate

MAPPING = {
    "entity": "customers",
    "columns": {
        "external_id": "Nro",
        "can_email": {"from": "Markkinointikielto", "true": ["Ei"], "false": ["Kyllä"]},
        "last_login": {"from": "Aika", "dates": ["d.m.y", "%d.%m.%Y klo %H:%M"], "timezone": "Europe/Helsinki"},
        "phone_number": {"from": "Puhelin", "country": {"from": "Maa", "default": "FI"}},
        "country": {"from": "Maa", "values": {"Suomi": "FI", "Ruotsi": "SE"}},
    },
    "rows": {"skip": [{"column": "Nro", "is": "No"}]},
}
HEADER = "NRO;Markkinointikielto;aika;Puhelin;Maa\n"


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("1.9.2024", "2024-09-01"),
        ("1.9.2024 14:05", "2024-09-01T14:05:00+03:00"),
        ("1.9.2024 klo 14.05", "2024-09-01T14:05:00+03:00"),
        ("01.09.2024 klo 14:05", "2024-09-01T14:05:00+03:00"),
        ("2024-09-01", "2024-09-01"),
    ],
)
def test_notations_of_dates(time: str, wanted: str) -> None:
    (record,) = from_csv(f"{HEADER}1;ei;{time};;\n", mapping=MAPPING)
    assert record["last_login"] == wanted


def test_capitals_names_of_countries_refusals_and_a_second_header() -> None:
    rows = "No;Ban;Time;Phone;Country\n1;EI;;040 123 4567;suomi\n2;kyllä;;070-123 45 67;RUOTSI\n"
    assert from_csv(HEADER + rows, mapping=MAPPING) == [
        {"external_id": "1", "can_email": True, "phone_number": "+358401234567", "country": "FI"},
        {"external_id": "2", "can_email": False, "phone_number": "+46701234567", "country": "SE"},
    ]
    assert validate(f"{HEADER}NO;x;;;\n", mapping=MAPPING).counts.by_code["unmappable-value"] == 1


@pytest.mark.parametrize(
    ("pattern", "is_valid"),
    [("Lisä*", True), ("lisä*", True), ("LISÄTIETO ", True), ("*TIETO", True), ("Lisä", False), ("Lis?tieto*", False)],
)
@pytest.mark.parametrize("label", ["Lisätieto", " lisätieto"])
def test_patterns_of_ignore_are_found_as_names_are(pattern: str, is_valid: bool, label: str) -> None:
    mapping = {"entity": "customers", "ignore": [pattern], "columns": {"external_id": "Nro"}}
    assert validate(f"Nro;{label}\n1;x\n", mapping=mapping).valid is is_valid


def test_rejects_have_their_names_in_the_first_line() -> None:
    mapping = {"entity": "customers", "columns": {"external_id": "Nro"}, "rows": {"header": 3}}
    assert validate("__rejected_because;Nro\n;1\n", mapping=mapping).valid
    assert validate("Lista\n\nNro\n1\n", mapping=mapping).valid
