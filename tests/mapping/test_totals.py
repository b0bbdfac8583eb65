"""Rows of totals and subtotals: the lines that leave them out, and what is no total."""

from __future__ import annotations

import io
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.totals import Totals, find_totals
from custobar_formats.pipeline.export_columns import sample_export
from custobar_formats.pipeline.options import Options
from custobar_formats.pipeline.suggestion import suggest_mapping
from tests.mapping.exports import as_csv
from tests.mapping.test_drift import with_answers


@pytest.mark.parametrize(
    ("values", "repeated", "end", "skip"),
    [
        (["Muki", "Yhteensä"], [], "Yhteensä", None),
        (["Muki", "TOTAL:"], [], "TOTAL:", None),
        (["Muki", "Yhteensä"], ["Yhteensä"], None, "Yhteensä"),
        (["Muki", "Välisumma", "Yhteensä"], ["Välisumma"], "Yhteensä", "Välisumma"),
        (
            ["Tuoli", "Huonekalut yhteensä", "Muki", "Astiat yhteensä", "Yhteensä"],
            [],
            "Yhteensä",
            ["Huonekalut yhteensä", "Astiat yhteensä"],
        ),
        (["Stol", "Totalt möbler", "Summa porslin:"], [], None, ["Totalt möbler", "Summa porslin:"]),
        (["Tuoli", "Huonekalut yhteensä"], ["Huonekalut yhteensä"], None, "Huonekalut yhteensä"),
        (["Colgate Total", "Muki"], [], None, None),
        (["Totally white", "Summary", "Kokonaissumma 5", " "], [], None, None),
        ([], [], None, None),
    ],
)
def test_totals(values: list[str], repeated: list[str], end: str | None, skip: Any) -> None:
    found = find_totals([ExportColumn("x"), ExportColumn("Tuote", 9, tuple(values), frozenset(repeated))])
    conditions = [None if each is None else {"column": "Tuote", "is": each} for each in (end, skip)]
    assert found == Totals(*conditions)


def test_rows_of_totals_are_left_out_by_the_lines() -> None:
    rows = ["Tuoli,1", "Huonekalut yhteensä,", "Muki,2", "Lasi,3", "Astiat yhteensä,", "Yhteensä,", "Tulostettu,"]
    text = as_csv(["Tuotenimi", "SKU"], [row.split(",") for row in rows])
    sample = sample_export(io.StringIO(text), Options("csv", delimiter=","))
    found = suggest_mapping(sample.columns, sample.rows, name="x")
    assert found is not None
    assert found.headline[0] == "products: 2 lines are certain, 2 to look at, 0 columns left"
    report = validate(text, mapping=with_answers(found.text))
    assert (report.valid, report.rows) == (True, 3)


def test_a_long_list_of_columns_is_no_line_that_a_mapping_cannot_have() -> None:
    names = [f"a.b.c.d.{number}" for number in range(100)]
    found = suggest_mapping([ExportColumn(name) for name in ["SKU", *names]], 0, name="x", entity="products")
    assert found is not None
    lines = found.text.splitlines()
    assert max(line.count(".") for line in lines) < 10
    assert [line for line in lines if line.startswith("#     ")] == [f'#     "{name}",' for name in names]
