"""Columns whose names mean nothing, and whose values can only be one thing."""

from __future__ import annotations

import pytest

from custobar_formats.core.entities import Entity
from custobar_formats.mapping.by_values import field_of_values
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.pipeline.suggestion import suggest_mapping

EMAILS = ("maija@example.fi", "Pekka <pekka@example.fi>")
CODES = ("6411700000018", "4006381333931", "9780306406157")


@pytest.mark.parametrize(
    ("entity", "values", "field"),
    [
        ("customers", EMAILS, "email"),
        ("sales", EMAILS, "sale_email"),
        ("products", EMAILS, None),
        ("customers", [*EMAILS, "-"], None),
        ("customers", ["a@b.fi, c@d.fi"], None),
        ("customers", ["+358 50 765 4321", "+46 70 123 45 67"], "phone_number"),
        ("customers", ["050 765 4321", "040 123 4567"], None),  # may be numbers of something else
        ("products", CODES, "ean"),
        ("products", CODES[:2], None),
        ("products", [*CODES, "6411700000017"], None),
        ("customers", CODES, None),
        ("products", ["https://example.fi/a.jpg", "https://example.fi/b.PNG?w=1"], "image"),
        ("products", ["https://example.fi/a"], None),
        ("customers", [], None),
    ],
)
def test_the_field_of_values(entity: Entity, values: list[str], field: str | None) -> None:
    assert field_of_values(values, entity) == field


def lines(entity: Entity, *columns: ExportColumn) -> list[str]:
    found = suggest_mapping(columns, 3, name="x", entity=entity)
    assert found is not None
    return found.text.splitlines()


def test_a_name_that_means_nothing_gets_a_question() -> None:
    text = lines("customers", ExportColumn("Kenttä 7", 2, ("maija@example.fi",)), ExportColumn("Kaupunki", 3))
    assert any(line.startswith('# email = "Kenttä 7"  # ? by its values, as its name says nothing; ') for line in text)
    text = lines("products", ExportColumn("Nimi", 3), ExportColumn("Sarake1", 3, CODES))
    assert any(line.startswith('# ean = "Sarake1"  # ? by its values, as its name says nothing; ') for line in text)


@pytest.mark.parametrize(
    "columns",
    [
        [ExportColumn("Kenttä 7", 1, EMAILS[:1]), ExportColumn("E-mail", 3, ("p@example.fi",))],  # a name is better
        [ExportColumn("Delivery e-mail", 1, EMAILS[:1]), ExportColumn("Kaupunki", 3)],  # the name says whose it is
    ],
)
def test_a_name_that_says_more_gets_none(columns: list[ExportColumn]) -> None:
    assert not any(f'= "{columns[0].name}"' in line for line in lines("customers", *columns))
