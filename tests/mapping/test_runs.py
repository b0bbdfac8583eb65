"""Columns that are filled once in each run of rows: which they are, and that their lines are questions."""

from __future__ import annotations

import io

import pytest

from custobar_formats.core.entities import Entity
from custobar_formats.mapping.runs import Runs
from custobar_formats.pipeline.export_columns import sample_export
from custobar_formats.pipeline.options import Options
from custobar_formats.pipeline.suggestion import suggest_mapping
from tests.mapping.exports import as_csv


@pytest.mark.parametrize(
    ("rows", "within"),
    [
        ("Ab A- A- Bb", {"1": "0"}),
        ("Ab A- A- Bb Bb", {"1": "0"}),  # not only blank where the handle is that of the row above
        ("Ab A- Bb", {}),  # one blank cell
        ("Ab A- A- B-", {}),  # the value of another product, or none
        ("Ab A- A- Bb A-", {}),  # the handle does not hold its rows together
        ("Ab A- A- A- -b", {}),
        ("Ab A- A- A-", {}),  # the same in the whole file
        ("Ab Ab Ab Ab Ab Ab A- A- B-", {}),
        ("Ab Ab Ab Ab Ab Ab A- A- Bb", {}),  # most are filled
        (" ".join(["Ab", *["A-"] * 50, "Bb"]), {}),  # a sorted list
        (" ".join(f"{x}b {x}- {x}-" for x in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), {"1": "0"}),
        ("AAb AA- AA- BAb BB- CBb", {"2": "0"}),  # of several, the one with the most runs
        ("Abc A-- A-- Bb- C-c D-- D--", {}),
        ("Abc A-- A-- Bb- Cbc Db-", {"1": "0", "2": "0"}),  # another column shows the runs
        ("Abc A-- A-c Bb-", {"1": "0"}),
        ("", {}),
    ],
)
def test_columns_that_are_filled_once_in_each_run(rows: str, within: dict[str, str]) -> None:
    runs = Runs()
    for row in rows.split():
        runs.add({str(at): value for at, value in enumerate(row) if value != "-"})
    assert runs.within() == within


@pytest.mark.parametrize(
    ("entity", "header", "line"),
    [
        ("products", "Handle,Title,SKU", '# title = { from = "Title", fill_within = "Handle" }  # ? a blank cell'),
        ("products", "Handle,Hinta,SKU", '# price = { from = "Hinta", fill_within = "Handle" }  # ? a blank cell'),
        ("sales", "Kauppa,Order number,SKU", '# sale_external_id = { from = "Order number", fill_within = "Ka'),
        ("sales", "Order number,Payment method,SKU", 'sale_payment_method = "Payment method"  # 2 of 4 filled'),
    ],
)
def test_such_a_column_is_a_question(entity: Entity, header: str, line: str) -> None:
    rows = [row.split(",") for row in ("a,5,1", "a,,2", "a,,3", "b,6,4")]
    sample = sample_export(io.StringIO(as_csv(header.split(","), rows)), Options("csv", delimiter=","))
    found = suggest_mapping(sample.columns, sample.rows, name="x", entity=entity)
    assert found is not None
    assert f"\n{line}" in found.text
