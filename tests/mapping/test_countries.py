"""The country of telephone numbers: that of each row, where the file has it."""

import pytest

from custobar_formats import validate
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.pipeline.suggestion import suggest_mapping

PHONES = ExportColumn("Puhelin", 2, ("040 123 4567", "070-123 45 67"))


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (
            [PHONES, ExportColumn("Maa", 2, ("Suomi", "Ruotsi"))],
            '\nphone_number = { from = "Puhelin", country = { from = "Maa" } }',
        ),
        (
            [PHONES, ExportColumn("Maa", 1, ("Suomi",))],
            '\nphone_number = { from = "Puhelin", country = { from = "Maa", default = { ask =',
        ),
        (
            [PHONES, ExportColumn("Maa", 2, ("Pohjola", "Etelä"))],
            '\n# phone_number = { from = "Puhelin", country = { from = "Maa" } }',
        ),
        ([PHONES], '\nphone_number = { from = "Puhelin", country = { ask ='),
    ],
)
def test_the_column_of_countries_is_named(columns: list[ExportColumn], line: str) -> None:
    found = suggest_mapping(columns, 2, name="asiakkaat.csv", entity="customers")
    assert found is not None
    assert line in found.text


@pytest.mark.parametrize(
    ("phone", "country", "number"),
    [
        ("070-123 45 67", "Ruotsi", None),
        ("070-123 45 67", "R", None),
        ("040 123 4567", "SE", None),
        ("040 123 4567", "Suomi", "+358401234567"),
        ("040 123 4567", "", "+358401234567"),
        ("+46 70-123 45 67", "Ruotsi", "+46701234567"),
        ("0046 70 123 45 67", "R", "+46701234567"),
    ],
)
def test_one_country_for_all_does_not_overrule_that_of_a_row(phone: str, country: str, number: str | None) -> None:
    columns = {
        "external_id": "Id",
        "phone_number": {"from": "Puhelin", "country": "FI"},
        "country": {"from": "Maa", "values": {"R": "SE", "Suomi": "FI", "Ruotsi": "SE"}},
    }
    report = validate(f"Id;Puhelin;Maa\n1;{phone};{country}\n", mapping={"entity": "customers", "columns": columns})
    errors = [each for each in report.findings if each.code == "unmappable-value"]
    assert [each.value for each in errors] == ([] if number else [phone])
    assert all("the country of this row is SE" in each.message for each in errors)
