"""Columns that have the own names of fields: in a file for Custobar they are these fields."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from custobar_formats.core.entities import Entity
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.suggest import SuggestedField, guess_entity_of, suggest_fields
from custobar_formats.mapping.synonyms import is_own_format
from custobar_formats.pipeline.suggestion import suggest_mapping
from custobar_formats.schema.compiled import compile_schema

WITHOUT = "all columns have the names of Custobar's fields: it can be read without a mapping, too"

OWN: list[tuple[Entity, str]] = [
    ("sales", "sale_external_id external_id sale_date sale_customer_id product_id quantity unit_price discount total"),
    ("sales", "sale_external_id external_id sale_date sale_email product_id discount total sale_total sale_discount"),
    ("sales", "sale_external_id sale_date product_title total tags.0 tags.1 sale_coupon_codes.0 acme__channel"),
    ("products", "external_id title price stock.0.shop_id stock.0.quantity stock.1.shop_id stock.1.quantity"),
    ("products", "external_id title type main_product_ids main_product_ids.0 store_id"),
    ("customers", "external_id email can_email can_sms mailing_lists.add tags shop_id store_id registered_user"),
    ("events", "type date customer_id customer_token product_id sale_id"),
]


def suggested(entity: Entity, names: Sequence[str]) -> dict[str, SuggestedField]:
    schema = compile_schema(entity)
    assert schema is not None
    columns = [ExportColumn(name, 1, ("1",)) for name in names]
    return {each.column.name: each for each in suggest_fields(columns, entity, schema, lambda *_: True)}


@pytest.mark.parametrize(("entity", "header"), OWN)
def test_each_column_is_the_field_of_its_name(entity: Entity, header: str) -> None:
    names = header.split()
    found = suggested(entity, names)
    assert {name: each.means for name, each in found.items()} == {name: name for name in names}
    assert not [each.remark for each in found.values() if "only one of these" in each.remark]
    assert guess_entity_of(names) == entity
    guesses = {name for name, each in found.items() if not each.certain}
    money = {"price", "unit_price", "discount", "total", "sale_total", "sale_discount"}
    assert guesses <= {"external_id", "can_email", "can_sms", "registered_user", *money}
    written = suggest_mapping([ExportColumn(name) for name in names], 0, name="x.csv")
    assert written is not None
    assert "\nignore = []\n" in written.text
    assert WITHOUT in written.headline


@pytest.mark.parametrize("header", ["order_id external_id discount total", "Order sale_external_id Summa total Kund"])
def test_names_of_exports_mean_what_they_mean_there(header: str) -> None:
    """A file without a name of Custobar's alone, or of which most columns have others."""
    names = header.split()
    assert not is_own_format(names, "sales")
    assert suggested("sales", names)["total"].means == "sale_total"
    found = suggest_mapping([ExportColumn(name) for name in names], 0, name="x.csv", entity="sales")
    assert found is not None
    assert WITHOUT not in found.headline


def test_a_column_of_the_sender_s_own_is_left() -> None:
    found = suggested("sales", ["sale_external_id", "external_id", "total", "Notes"])
    assert {name: each.means for name, each in found.items()} == {
        **{name: name for name in ("sale_external_id", "external_id", "total")},
        "Notes": None,
    }


@pytest.mark.parametrize("name", ["stock.0.shop_id", "stock.0.quantity"])
def test_a_path_is_kept_beside_other_names(name: str) -> None:
    found = suggested("products", ["Tuotekoodi", "Nimi", "Hinta", "stock.0.shop_id", "stock.0.quantity"])
    assert (found[name].means, found[name].certain) == (name, True)


@pytest.mark.parametrize("name", ["stock", "stock.x", "stock.0", "stock.0.foo", "foo.0", "total.", ".total"])
def test_a_path_that_no_cell_can_hold_is_no_field(name: str) -> None:
    assert suggested("products", ["external_id", "title", "stock.0.shop_id", name])[name].means != name
