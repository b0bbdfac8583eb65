"""Where a value cannot be read, that its field is missing is no second finding."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID
from tests.mapping.exports import as_csv

PARTS = {"join": ["x", "y"], "with": "-"}
PHONE = {"from": "x", "country": "FI"}
WORDS = {"from": "x", "values": {"a": "b"}}
SALE = {"sale_external_id": "Order", "sale_date": "Day"}

FOUND: list[tuple[str, str, Any, dict[str, Any]]] = [
    *(("customers", name, source, {}) for name, source in [("external_id", PARTS), ("email", PARTS)]),
    ("customers", "phone_number", PHONE, {}),
    ("customers", "phone_number", PHONE, {"email": "Email"}),
    *(("products", name, PARTS, {"price": "Sum"}) for name in ("external_id", "sku", "ean")),
    ("sales", "sale_customer_id", WORDS, SALE),
    ("sales", "sale_phone_number", PHONE, {**SALE, "sale_email": "Email"}),
    ("sales", "sale_email", WORDS, SALE),
    ("sales", "sale_date", {"from": "x", "dates": "d.m.y"}, {"sale_external_id": "Order", "sale_customer_id": "Nr"}),
    ("events", "customer_id", PARTS, {"type": "Kind", "date": "Day"}),
    ("events", "phone_number", PHONE, {"type": "Kind", "date": "Day"}),
    ("events", "email", WORDS, {"type": "Kind", "date": "Day"}),
    ("events", "date", {"from": "x", "dates": "d.m.y"}, {"type": "Kind", "customer_id": "Nr"}),
    ("shops", "external_id", PARTS, {}),
]
"""By which fields each entity's records are found, or are complete, and how a cell of them cannot be read."""

CELLS = {"Order": "O", "Day": "2024-09-01", "Nr": "1", "Kind": "ACME_VISIT", "Sum": "100", "Email": ""}


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize(("entity", "field", "source", "more"), FOUND)
def test_an_identifier_that_cannot_be_read_is_not_missing(
    entity: str, field: str, source: Any, more: dict[str, Any], count: int
) -> None:
    header = ["x", "y", "Other", *more.values()]
    rows = [["odd", "", "a", *(CELLS[name] for name in more.values())] for _ in range(count)]
    for row in rows if entity == "sales" else ():
        row[header.index("Order")] += str(rows.index(row))
    columns = {field: source, **more}
    mapping = {"entity": entity, "columns": columns, "unmapped": "drop"}
    report = validate(StringIO(as_csv(header, rows)), delimiter=",", mapping=mapping)
    assert report.counts.by_code["unmappable-value"] == count
    assert not report.counts.by_code.keys() & {"missing-field", "incomplete-sale", "wrong-type", "no-match"}
    assert (report.rows, report.valid_rows) == (count, 0)


def test_a_missing_identifier_beside_another_fault_is_missing() -> None:
    """Also where it cannot be read in another row."""
    columns = {"phone_number": PHONE, "date_joined": {"from": "y", "dates": "d.m.y"}, "city": "z"}
    rows = [["", "odd", "a"], ["odd", "", "a"], ["", "1.9.2024", "a"], ["0401234567", "odd", "a"]]
    mapping = {"entity": "customers", "columns": columns}
    report = validate(StringIO(as_csv(["x", "y", "z"], rows)), delimiter=",", mapping=mapping)
    assert sorted((each.code, each.row) for each in report.errors) == [
        ("missing-field", 1),
        ("missing-field", 3),
        ("unmappable-value", 1),
        ("unmappable-value", 2),
        ("unmappable-value", 4),
    ]


def test_what_is_missing_for_another_reason_is_reported() -> None:
    columns = {"sku": PARTS, "title": "Other"}
    report = validate(StringIO("x,y,Other\n1,,a\n"), mapping={"entity": "products", "columns": columns})
    assert [(each.code, each.path) for each in report.findings if each.row] == [
        ("unmappable-value", "/sku"),
        ("missing-field", "/price"),
    ]


def test_a_sale_whose_day_cannot_be_read_is_rejected_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.toml").write_text(
        'entity = "sales"\n[columns]\nsale_external_id = "Order"\nsale_customer_id = "Nr"\nproduct_id = "Product"\n'
        'sale_date = { from = "Day", dates = "d.m.y" }\n'
    )
    Path("x.csv").write_text("Order,Nr,Product,Day\nA,1,p,1.9.2024\nB,1,p,\nB,1,q,odd\nA,,q,\n")
    assert main(["convert", "--map", "m.toml", "x.csv", "--valid", "ok.jsonl", "--rejects", "no.csv"]) == INVALID
    assert [json.loads(line)["sale_external_id"] for line in Path("ok.jsonl").read_text().splitlines()] == ["A", "A"]
    assert len(Path("no.csv").read_text().splitlines()) == 3
