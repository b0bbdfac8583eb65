"""Records to leaves."""

import codecs
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest

from custobar_formats import NotExpressible
from custobar_formats.core.limits import MAX_CELL
from custobar_formats.records.flatten import Flattener, leaf_text
from custobar_formats.schema.compiled import Schema

LE, BE, BOM = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8


def nested(levels: int, leaf: Any) -> Any:
    for _ in range(levels):
        leaf = {"a": leaf}
    return leaf


def below(item: Any, levels: int) -> Any:
    for _ in range(levels):
        item = [item]
    return item


STOCK = {
    "properties": {
        "a": {"type": "string"},
        "stock": {"type": "array", "items": {"type": "object", "properties": {"quantity": {"type": "integer"}}}},
        "list": {"type": "array", "items": {"type": "string"}},
        "x.y": {"type": "string"},
        "x": {"type": "object", "properties": {"deep.er": {"type": "string"}, "0": {"type": "string"}}},
    }
}
EMPTY_ITEM = "an empty list item cannot be written, since later items would move up; remove it from the list"
NO_CELL = "its {:,} items do not fit in a cell of 131,072 characters, and need more than 10,000 columns"
NOT_FINITE = "NaN and Infinity cannot be represented in JSON: use None, or leave the key out"


@pytest.mark.parametrize(
    ("record", "pointer", "reason"),
    [
        ({1: 2}, "/1", "the key 1 is not text"),
        ({"a": {"b": 1, 2: 3}}, "/a/2", "the key 2 is not text"),
        ({"a": [1, None]}, "/a/1", EMPTY_ITEM),
        ({"a": [1, {"b": [2, {"c": [""]}]}]}, "/a/1/b/1", EMPTY_ITEM),
        ({"list": ["a", ""]}, "/list/1", EMPTY_ITEM),
        ({"list": ["a"] * 65_537}, "/list", NO_CELL.format(65_537)),
        ({"list": ["a" * 13] * 10_001}, "/list", NO_CELL.format(10_001)),
        ({"list": ["a" * 13] * 10_000 + [None]}, "/list/10000", EMPTY_ITEM),
        ({"a": ["a"] * 10_001}, "/a", "its 10,001 items need more than 10,000 columns"),
        ({f"c{n}": 1 for n in range(10_001)}, "/c10000", "more than 10,000 columns, which cannot be read back"),
        ({"list": ["a", {1}]}, "/list/1", "set is not a JSON value: use a list"),
        ({"a": {1, 2}}, "/a", "set is not a JSON value: use a list"),
        ({"a": float("inf")}, "/a", NOT_FINITE),
        ({"stock": [{"quantity": float("inf")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"stock": [{"quantity": float("nan")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"stock": [{"quantity": Decimal("Infinity")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"stock": [{"quantity": Decimal("NaN")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"a": Decimal("NaN")}, "/a", NOT_FINITE),
        ({"a": 10**4300}, "/a", "an integer of more than 4300 digits"),
        ({"a": -(10**4300)}, "/a", "an integer of more than 4300 digits"),
        (nested(65, 1), "/a" * 64, "it is nested more than 64 levels deep"),
        (nested(64, [1]), "/a" * 64, "it is nested more than 64 levels deep"),
        ({"a": below(1, 5000)}, "/a", "it is nested more than 64 levels deep"),
    ],
)
def test_what_has_no_leaf(record: Any, pointer: str, reason: str) -> None:
    with pytest.raises(NotExpressible) as caught:
        Flattener(Schema(STOCK).root).flatten(record, 7)
    assert str(caught.value) == f"record 7, at {pointer}: {reason}"


def test_a_record_is_a_dict() -> None:
    with pytest.raises(NotExpressible) as caught:
        Flattener(None).flatten(5, 7)
    assert str(caught.value) == "record 7, at its root: int is not a record: give a dict"


@pytest.mark.parametrize(
    ("record", "leaves", "empty"),
    [
        ({"list": ["a", "b"], "a": "x"}, [(("list",), ["a", "b"]), (("a",), "x")], []),
        ({"list": ["a", ["b"]]}, [(("list", 0), "a"), (("list", 1, 0), "b")], []),
        ({"list": [{"b": 1}]}, [(("list", 0, "b"), "1")], []),
        ({"k": [1, 2]}, [(("k", 0), "1"), (("k", 1), "2")], []),
        (
            {"stock": [{"quantity": 5.0}, {"quantity": 5.5}]},
            [(("stock", 0, "quantity"), "5"), (("stock", 1, "quantity"), "5.5")],
            [],
        ),
        (
            {"b": "", "c": None, "d": [], "e": {}, "f": [None], "g": {"h": ""}},
            [],
            [(("b",), '""'), (("c",), "null"), (("d",), "[]"), (("e",), "{}"), (("f",), "[]"), (("g",), "{}")],
        ),
        ({"g": {"h": "", "i": 1}}, [(("g", "i"), "1")], [(("g", "h"), '""')]),
        (nested(64, 1), [(("a",) * 64, "1")], []),
        (nested(63, [1]), [((*("a",) * 63, 0), "1")], []),
    ],
)
def test_leaves(record: Any, leaves: Any, empty: Any) -> None:
    assert Flattener(Schema(STOCK).root).flatten(record, 7) == (leaves, empty)


def test_leaves_without_a_schema() -> None:
    assert Flattener(None).flatten({"list": ["a", {"b": 1.0}]}, None) == (
        [(("list", 0), "a"), (("list", 1, "b"), "1.0")],
        [],
    )


@pytest.mark.parametrize(
    ("value", "as_integer", "otherwise"),
    [
        (5.0, "5", "5.0"),
        (5.5, "5.5", "5.5"),
        (Decimal("5.00"), "5", "5.00"),
        (Decimal("5.5"), "5.5", "5.5"),
        (Decimal("1e4299"), "1" + "0" * 4299, "1E+4299"),
        (Decimal("1e4300"), "1E+4300", "1E+4300"),
        (True, "true", "true"),
        (5, "5", "5"),
    ],
)
def test_the_text_of_a_number_where_an_integer_is_asked_for(value: Any, as_integer: str, otherwise: str) -> None:
    root = Schema({"properties": {"i": {"type": "integer"}, "n": {"type": "number"}}}).root
    assert leaf_text(value, root.step("i")) == as_integer
    assert leaf_text(value, root.step("n")) == otherwise
    assert leaf_text(value, None) == otherwise


def test_a_list_that_can_never_be_written_is_read_no_further_than_both_limits() -> None:
    with mock.patch.object(Flattener, "_text", autospec=True, side_effect=Flattener._text) as made:
        with pytest.raises(NotExpressible):
            Flattener(Schema(STOCK).root).flatten({"list": ["a" * 100] * 60_000}, 1)
        assert made.call_count == MAX_CELL // 101 + 1
        made.reset_mock()
        with pytest.raises(NotExpressible):
            Flattener(Schema(STOCK).root).flatten({"list": ["a"] * 1_000_000}, 1)
        assert made.call_count == 0
