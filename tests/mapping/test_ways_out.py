"""What a message about a mapping names as the way out."""

from __future__ import annotations

import io
from typing import Any

import pytest

from custobar_formats import UsageError, load_mapping, validate

PRODUCT = {"external_id": "Variant SKU", "weight": "Variant Grams", "title": "Title"}


def hints(header: str, columns: dict[str, Any], **tables: Any) -> dict[str | None, str | None]:
    """The hints about missing columns, by their names."""
    cells = ",".join("1" for _ in header.split(","))
    mapping = {"entity": "products", "columns": columns, "unmapped": "drop", **tables}
    report = validate(io.StringIO(f"{header}\n{cells}\n"), delimiter=",", mapping=mapping)
    return {each.value: each.hint for each in report.errors if each.code == "missing-column"}


@pytest.mark.parametrize(
    ("header", "columns", "tables", "wanted"),
    [
        ("Variant Grams,Title", PRODUCT, {}, {"Variant SKU": "export it, or change the mapping"}),
        ("Variant SKUs,Variant Grams,Title", PRODUCT, {}, {"Variant SKU": "did you mean 'Variant SKUs'?"}),
        ("VARIANT GRAMS ,Title", PRODUCT, {}, {"Variant SKU": "export it, or change the mapping"}),
        ("Grams,Title", PRODUCT, {"names": {"Variant Grams": ["Grams"]}}, {"Variant SKU": "export it,"}),
        ("Titel", {"external_id": "Nr", "title": "Title"}, {}, {"Nr": "export it,", "Title": "did you mean 'Titel'?"}),
        ("x", PRODUCT, {}, dict.fromkeys(PRODUCT.values(), "most of the mapping's columns are not in the file")),
    ],
)
def test_a_missing_column_is_another_one_only_if_no_field_takes_that(
    header: str, columns: dict[str, Any], tables: dict[str, Any], wanted: dict[str, str]
) -> None:
    found = hints(header, columns, **tables)
    assert found.keys() == wanted.keys()
    for name, hint in wanted.items():
        assert (found[name] or "").startswith(hint)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "columns.stock: it has no source: give one of from, first, join and constant"),
        ({"0": {}}, "a field with points in its name needs quotes: 'stock.0' = ..."),
        ({"0": {"quantity": "x"}}, "a field with points in its name needs quotes: 'stock.0.quantity' = ..."),
    ],
)
def test_a_table_without_a_source_is_not_always_a_name_without_quotes(value: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_mapping({"entity": "products", "columns": {"external_id": "id", "stock": value}})
    assert message in str(caught.value)
