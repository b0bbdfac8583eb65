"""What divides the items of a list: a question where a column shows several marks, and a warning where one is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.core.entities import Entity
from tests.mapping.exports import as_csv, read
from tests.mapping.test_column_values import line_of

LISTS: list[tuple[Entity, str, str]] = [
    ("customers", "Tags", "tags"),
    ("customers", "Mailing lists", "mailing_lists"),
    ("products", "Tags", "tags"),
    ("products", "Parent", "main_product_ids"),
    ("sales", "Coupon codes", "sale_coupon_codes"),
    ("events", "Mailing lists", "mailing_lists"),
]
PROGRAM = "some cells are lists in the notation of a program"


@pytest.mark.parametrize(("entity", "name", "field"), LISTS)
@pytest.mark.parametrize(
    ("values", "split", "remark"),
    [
        (["vip;news", "VIP, uutis"], ";", "which of ';' and ',' divides the items?"),
        (["a|b", "c;d", "e,f"], ";", "which of ';', '|' and ',' divides the items?"),
        (["a|b, c"], "|", "which of '|' and ',' divides the items?"),
        (["a\nb", "c, d"], "\\n", "which of '\\n' and ',' divides the items?"),
        (["vip;news", '["vip","news"]'], ";", PROGRAM),
        (["vip, news", '["vip","news"]'], None, PROGRAM),
        (['["vip","news"]', '["vip"]'], None, PROGRAM),
        (["['vip', 'news']"], None, PROGRAM),
        (["{vip,news}", "{vip}"], None, PROGRAM),
        (['"vip","news"', "vip"], None, PROGRAM),
    ],
)
def test_a_column_with_several_marks_is_a_question(
    entity: Entity, name: str, field: str, values: list[str], split: str | None, remark: str
) -> None:
    source = f'"{name}"' if split is None else f'{{ from = "{name}", split = "{split}" }}'
    assert line_of(entity, name, *values) == f"# {field} = {source}  # ? {remark}"


@pytest.mark.parametrize(
    ("values", "split"),
    [(["vip;news", "vip"], ";"), (["vip, news", "[sale]"], ","), (["a|b"], "|"), (["a\nb", "a"], "\\n")],
)
def test_a_column_with_one_mark_has_it_for_certain(values: list[str], split: str) -> None:
    assert line_of("customers", "Tags", *values) == f'tags = {{ from = "Tags", split = "{split}" }}'


def test_a_character_reference_divides_nothing() -> None:
    assert line_of("customers", "Tags", "<b>K&ouml;k</b>", "<i>x</i>") == 'tags = "Tags"'


def doubts(cells: Sequence[str], field: str = "tags", entity: str = "customers", **arguments: Any) -> dict[int, str]:
    """The warnings about lists, by the row; products lack their titles."""
    mapping: Any = {"entity": entity, "columns": {field: {"from": "x", **arguments}, "external_id": "id"}}
    rows = [[str(number), cell] for number, cell in enumerate(cells)]
    report = validate(as_csv(["id", "x"], rows), mapping=mapping)
    assert {each.code for each in report.errors} == set()
    assert {each.code for each in report.warnings} <= {"doubtful-list", "missing-field"}
    found = [each for each in report.warnings if each.code == "doubtful-list"]
    for each in found:
        assert (each.label, each.column, each.value) == ("x", 2, cells[(each.row or 0) - 1])
    return {each.row or 0: each.message for each in found}


def left(item: str, mark: str, split: str) -> str:
    """The message about an item that still has a mark."""
    return f"the item {item!r} still has {mark!r}, and {split!r} divides items"


NOTATION = "the list is in the notation of a program; it is read as it stands"


@pytest.mark.parametrize("field", ["tags", "mailing_lists", "mailing_lists.add"])
def test_an_item_that_still_has_another_mark_has_a_warning(field: str) -> None:
    cells = ["vip;news", "VIP, uutis", "a;b|c", '["vip","news"]', "[sale];x", "{a,b}", "K&ouml;k;x"]
    assert doubts(cells, field, split=";") == {
        2: left("VIP, uutis", ",", ";"),
        3: left("b|c", "|", ";"),
        4: NOTATION,
        6: NOTATION,
    }


@pytest.mark.parametrize(
    ("entity", "field"),
    [("products", "main_product_ids"), ("products", "category"), ("products", "tags"), ("products", "category_id")],
)
def test_so_it_is_in_each_list_of_an_entity(entity: str, field: str) -> None:
    cells = ["a,b", "a;b", "a,b", '["a","b"]', '"a","b"']
    assert doubts(cells, field, entity, split=",") == {2: left("a;b", ";", ","), 4: NOTATION, 5: NOTATION}


def test_a_mark_that_the_split_knows_has_no_warning() -> None:
    """A quoted or escaped one, one with less white space in quotes, and one of the mapping's own."""
    assert doubts(['"a, b", c', '"a,b", c'], split=", ", quoted=True) == {}
    assert doubts(["a\\,b,c"], split=",") == {}
    assert doubts(["a,b, c"], split=", ") == {1: left("a,b", ",", ", ")}
    assert doubts(["a,b"], split=",", prefix="x;") == {}
    assert doubts(["a/b"], "category", "products", levels="/", take="all") == {}


def test_the_warning_comes_for_each_row_of_a_repeated_cell() -> None:
    cells = ["a,b", "a;b"] * 3
    assert list(doubts(cells, split=";")) == [1, 3, 5]
    long = f"{'x' * 5000},b"
    assert list(doubts([long, "y", long], split=";")) == [1, 3]
    assert read(as_csv(["id", "x"], [["1", "a,b;c"]]), {"external_id": "id", "tags": {"from": "x", "split": ";"}})[0]
