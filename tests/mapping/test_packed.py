"""Exports with several items in one row: no mapping takes them apart, and the way out is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from custobar_formats import validate
from custobar_formats.cli.main import main
from custobar_formats.mapping.packed import packed_columns


@pytest.mark.parametrize(
    "names",
    [
        ["line_item_1", "line_item_2"],
        ["order_item_1"],
        ["Line Item #1 Name", "Line Item #1 Qty", "Line Item #2 Name", "Line Item #2 Qty"],
        ["Product 1", "Product 2"],
        ["Tuote 1", "Tuote 2"],
        ["Tuoterivi1", "Tuoterivi2"],
        ["Artikel 1", "Artikel 2"],
        ["Orderrad 1 antal", "Orderrad 2 antal"],
        ["item 1 sku", "item 2 sku"],
    ],
)
def test_numbered_columns_of_items_are_packed(names: list[str]) -> None:
    assert packed_columns(dict.fromkeys(["order_id", *names], ())) == names


@pytest.mark.parametrize(
    "names",
    [
        ["Product 1"],
        ["Address 1", "Address 2"],
        ["image_1", "image_2"],
        ["Lineitem name", "Lineitem quantity"],
        ["item_sku", "items"],
        ["tag 1", "tag 2"],
        ["Product2Go"],
    ],
)
def test_other_columns_are_not(names: list[str]) -> None:
    assert packed_columns(dict.fromkeys(names, ())) == []


@pytest.mark.parametrize(
    ("value", "is_packed"),
    [
        ('[{"name": "Shirt", "quantity": 2}]', True),
        ("name:Shirt|sku:12|quantity:2", True),
        ("name:Shirt;quantity:2", True),
        ("Shirt, blue", False),
        ("Tee: the blue one", False),
        ("2", False),
    ],
)
def test_a_cell_with_items_that_have_names_is_packed(value: str, is_packed: bool) -> None:
    assert packed_columns({"line_items": ["", value]}) == (["line_items"] if is_packed else [])
    assert packed_columns({"description": [value]}) == []


def test_map_and_validate_name_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("o.csv").write_text("order_id,order_date,email,line_item_1,line_item_2\n1,2024-01-02,a@b.fi,A|2,\n", "utf-8")
    assert main(["map", "o.csv", "--entity", "sales"]) == 0
    wanted = "o.csv: warning: 'line_item_1', 'line_item_2' have several items in one row: export one row for each item"
    assert wanted in capsys.readouterr().err.splitlines()
    columns = {"sale_external_id": "order_id", "sale_date": "order_date", "sale_email": "email"}
    report = validate(Path("o.csv"), mapping={"entity": "sales", "columns": columns})
    hint = "it is one of several items in one row: export one row for each item"
    assert [(each.code, each.hint) for each in report.errors] == [("unmapped-column", hint)] * 2


def test_a_nameless_column_that_is_left_out_on_purpose_has_no_warning() -> None:
    mapping = {"entity": "customers", "ignore": [""], "columns": {"external_id": "Nr"}}
    report = validate("Nr,\n1,x\n", mapping=mapping)
    assert (report.errors, report.warnings) == ((), ())
    assert validate("Nr,\n1,\n", mapping=mapping | {"ignore": []}).warnings[0].code == "blank-label"
