"""Many records to a table at once: their cells, their counts, and the irregular ones."""

from __future__ import annotations

import sys
from collections import OrderedDict
from decimal import Decimal
from typing import Any

import pytest

from custobar_formats.core.limits import MAX_CELL, MAX_DIGITS
from custobar_formats.records.bulk_flatten import TableMaker
from custobar_formats.records.flatten import Flattener
from custobar_formats.records.layout import Layout
from custobar_formats.records.roundtrip import ReadBack
from custobar_formats.records.table import Table
from custobar_formats.schema.compiled import Schema

SCHEMA = Schema(
    {
        "properties": {
            "l": {"type": "array", "items": {"type": "string"}},
            "m": {"type": "array", "items": {"type": "integer"}},
            "p": {
                "type": "array",
                "prefixItems": [{"type": "integer"}, {"type": "string"}],
                "items": {"type": "number"},
            },
            "i": {"type": "integer"},
            "n": {"type": "number"},
            "s": {"type": "string"},
        }
    }
)


class Text(str):
    """Text of a subclass of str."""

    __slots__ = ()


def table_of(records: list[Any], learned: list[Any], labels: list[str] | None = None) -> tuple[Layout, Table]:
    """The table of records, by a layout that has learned from other records."""
    layout = Layout(SCHEMA)
    if labels is not None:
        layout.fix(labels, SCHEMA)
    for number, record in enumerate(learned, 1):
        leaves, empty = Flattener(SCHEMA.root).flatten(record, number)
        layout.place(leaves, [path for path, _ in empty], number)
    return layout, TableMaker(layout.root, ReadBack(SCHEMA), is_fixed=labels is not None).make(records)


def rows(records: list[Any], learned: list[Any], labels: list[str] | None = None) -> list[tuple[str, ...]]:
    layout, table = table_of(records, learned, labels)
    return list(table.rows(layout.columns().keys))


X = {"a": "x", "b": {"c": "x", "d": "x"}, "e": [{"f": "x"}, {"f": "x"}], "l": ["x", "y"], "n": 1, "i": 1}
"""The records that the layout has learned from in most of these tests."""


@pytest.mark.parametrize(
    "record",
    [
        *(1, None, [], {"z": 1}, {"a": "x", "z": 1}, {"a": "x", "z": None}, {"a": "x", 1: "x"}),
        *({"a": {"c": 1}}, {"a": [1]}, {"b": "x"}, {"b": ["x"]}, {"b": {"z": 1}}, {"e": "x"}, {"e": {"f": 1}}),
        *({"e": [{"f": "x"}] * 3}, {"e": [{"f": "x"}, None]}, {"e": [None, {"f": "x"}]}, {"e": [{}, {"f": "x"}]}),
        *({"e": [{"f": "x"}, {"z": 1}]}, {"e": ["x"]}, {"e": [[1]]}),
        *(
            {"l": "x"},
            {"l": {"x": 1}},
            {"l": ["x", ""]},
            {"l": ["x", None]},
            {"l": ["x,y"]},
            {"l": ["x", [1]]},
            {"l": [{1}]},
        ),
        *(
            {"a": "x" * (MAX_CELL + 1)},
            {"l": ["x" * (MAX_CELL + 1)]},
            {"l": ["x" * (MAX_CELL // 2)] * 2},
            {"m": [0.5] * 40_000},
            {"a": 10**MAX_DIGITS},
            {"l": [-(10**MAX_DIGITS)]},
        ),
        *({"a": float("nan")}, {"a": float("-inf")}, {"i": float("inf")}, {"a": Decimal("NaN")}, {"i": Decimal("NaN")}),
        *({"a": (1,)}, {"a": {1}}, {"a": 1j}),
        *({}, {"a": None}, {"a": ""}, {"b": {"c": None}}, {"b": {}}, {"l": []}, {"l": [None]}, {"e": [None]}),
    ],
)
def test_irregular_records(record: Any) -> None:
    others: list[Any] = [X, {"a": "y"}]
    for records, places in [([record], [0]), ([X, record, {"a": "y"}], [1]), ([record, *others, record], [0, 3])]:
        layout, table = table_of(records, [X])
        assert table.irregular == places
        regular = [each for place, each in enumerate(records) if place not in places]
        _, wanted = table_of(regular, [X])
        columns = layout.columns().keys
        assert [row for place, row in enumerate(table.rows(columns)) if place not in places] == list(
            wanted.rows(columns)
        )
        for place in places:
            assert list(table.rows(columns))[place] == ("",) * len(columns)
        assert sum(len(each) for _, each in table.filled) == sum(len(each) for _, each in wanted.filled)
        assert sum(len(each) for _, each in table.reached) == sum(len(each) for _, each in wanted.reached)
        assert (len(table.empty), len(table.formulas)) == (len(wanted.empty), len(wanted.formulas))
        assert table.doubtful.isdisjoint(places)


LONGEST = "x" * MAX_CELL
DIGITS = 10 ** (MAX_DIGITS - 1)


@pytest.mark.parametrize(
    ("records", "cells"),
    [
        ([{"a": "x"}, {"a": "y,z"}], [("x",), ('"y,z"',)]),
        ([{"a": "x", "b": "y"}, {"b": "z"}, {"a": "t"}], [("x", "y"), ("", "z"), ("t", "")]),
        ([{"a": 1}, {"a": True}, {"a": 1.0}, {"a": Decimal("1.50")}], [("1",), ("true",), ("1.0",), ("1.50",)]),
        (
            [{"i": 5.0}, {"i": Decimal("5.0")}, {"i": 5.5}, {"i": 1e16}],
            [("5",), ("5",), ("5.5",), ("10000000000000000",)],
        ),
        ([{"i": 5.0}, {"i": 6.0}], [("5",), ("6",)]),
        ([{"n": 5.0}, {"n": 5.5}], [("5.0",), ("5.5",)]),
        ([{"n": Decimal("5.0")}, {"n": Decimal("1e2")}], [("5.0",), ("1E+2",)]),
        ([{"a": LONGEST}, {"a": DIGITS}, {"a": -DIGITS}], [(LONGEST,), (str(DIGITS),), (str(-DIGITS),)]),
        ([{"a": "x" * (MAX_DIGITS + 1)}, {"a": 1}], [("x" * (MAX_DIGITS + 1),), ("1",)]),
        ([{"l": ["x", "y"]}, {"l": ["z"]}, {"l": ["t", "u", "v"]}], [('"x,y"',), ("z",), ('"t,u,v"',)]),
        ([{"l": [LONGEST]}, {"l": ["x"]}], [(LONGEST,), ("x",)]),
        ([{"m": [1, 2.0]}, {"m": [3]}], [('"1,2"',), ("3",)]),
        ([{"p": [1.0, "x", 1.0, 2]}, {"p": [2]}], [('"1,x,1.0,2"',), ("2",)]),
        ([{"l": ["x,", "y"]}, {"l": ["z"]}], [('"x,"', "y"), ("z", "")]),
        ([{"e": [{"f": 1}, {"f": 2}]}, {"e": [{"f": 3}]}], [("1", "2"), ("3", "")]),
        ([{"e": [["x"], ["y", "z"]]}, {"e": [["t"]]}], [("x", "y", "z"), ("t", "", "")]),
        ([{"a": OrderedDict(b="x")}, {"a": {"b": "y"}}], [("x",), ("y",)]),
        (
            [{f"c{number}": number} for number in range(4)],
            [tuple(str(n) if n == m else "" for n in range(4)) for m in range(4)],
        ),
    ],
)
def test_cells(records: list[Any], cells: list[tuple[str, ...]]) -> None:
    assert rows(records, records) == cells
    assert rows(records[::-1], records) == cells[::-1]
    assert [row for record in records for row in rows([record], records)] == cells
    _, table = table_of(records * 2, records)
    assert not table.irregular
    assert not table.empty


@pytest.mark.parametrize("digits", [0, MAX_DIGITS, 640])
def test_the_limit_of_digits_is_ours_whatever_the_host_allows(digits: int) -> None:
    longest, few = 10**MAX_DIGITS - 1, [{"i": 5.0}, {"i": 10**600}]
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(digits)
    try:
        layout, table = table_of([{"i": longest}, {"i": -longest}, *few], [{"i": 1}])
        _, beyond = table_of([{"i": longest + 1}, {"i": -longest - 1}, *few], [{"i": 1}])
    finally:
        sys.set_int_max_str_digits(before)
    assert table.irregular == ([0, 1] if digits == 640 else [])
    assert beyond.irregular == [0, 1]
    for each in (table, beyond):
        assert list(each.rows(layout.columns().keys))[2:] == [("5",), (str(10**600),)]


@pytest.mark.parametrize(
    ("record", "empty"),
    [
        ({"a": None, "k": 1}, [(("a",), "null")]),
        ({"a": "", "k": 1}, [(("a",), '""')]),
        ({"a": [], "k": 1}, [(("a",), "[]")]),
        ({"a": {"q": None}, "k": 1}, [(("a",), "{}")]),
        ({"b": {}, "k": 1}, [(("b",), "{}")]),
        ({"b": {"c": None}, "k": 1}, [(("b",), "{}")]),
        ({"b": {"c": None, "d": "x"}, "k": 1}, [(("b", "c"), "null")]),
        ({"b": {"c": None, "d": [""]}, "k": 1}, [(("b",), "{}")]),
        ({"b": None, "k": 1}, [(("b",), "null")]),
        ({"e": [], "k": 1}, [(("e",), "[]")]),
        ({"e": [{"f": None}], "k": 1}, [(("e",), "[]")]),
        ({"l": [], "k": 1}, [(("l",), "[]")]),
        ({"l": [None, ""], "k": 1}, [(("l",), "[]")]),
        ({"l": "", "k": 1}, [(("l",), '""')]),
    ],
)
def test_empty_members(record: Any, empty: list[tuple[Any, str]]) -> None:
    learned = [{**X, "k": 1}]
    _, alone = table_of([record], learned)
    _, among = table_of([X, record, X, record], learned)
    assert [(node.path, kind) for node, _, kind in alone.empty] == empty
    assert sorted((row, node.path, kind) for node, row, kind in among.empty) == [
        (row, path, kind) for row in (1, 3) for path, kind in empty
    ]
    assert not alone.irregular
    assert not among.irregular
    filled = {node.path: list(places) for node, places in among.filled}
    assert filled["k",] == [1, 3]
    assert filled["n",] == [0, 2]
    assert (("b", "d") in {node.path for node, _ in alone.filled}) == (record.get("b") == {"c": None, "d": "x"})


def test_empty_members_that_no_column_is_given_for_are_ignored() -> None:
    records: list[Any] = [
        {"a": "x", "q": None},
        {"a": "x", "b": {"z": [], "c": "x"}},
        {"a": "x"},
        {"a": "x", "q": 1},
        {"q": ""},
    ]
    _, table = table_of(records, [{"a": "x", "b": {"c": "x"}}], ["a", "b.c"])
    assert table.irregular == [3, 4]
    assert set(table.ignored) >= {0, 1}
    assert 2 not in table.ignored


def test_what_is_counted() -> None:
    records: list[Any] = [
        {"a": "=1", "e": [{"f": "x"}]},
        {"e": [{"f": "x"}, {"f": "=y"}], "l": ["x", "=y"]},
        {"a": "x", "l": ["=x", "y"]},
    ]
    layout, table = table_of(records, records)
    labels = layout.labels()
    paths = dict(zip(layout.columns().keys, labels, strict=True))
    assert {".".join(map(str, node.path)): list(places) for node, places in table.filled} == {
        "a": [0, 2],
        "e.0.f": [0, 1],
        "e.1.f": [1],
        "l": [1, 2],
    }
    assert [(node.path, list(places)) for node, places in table.reached] == [(("e", 1), [1])]
    assert [(paths[column], row) for column, row in table.formulas if column in paths] == [
        ("a", 0),
        ("e.1.f", 1),
        ("l", 2),
    ]
    assert [index for (_, index), _ in table.formulas if index is not None] == [1, 0]


@pytest.mark.parametrize(
    ("record", "is_doubtful"),
    [
        ({"s": "x"}, False),
        ({"s": 1}, True),
        ({"i": 1}, False),
        ({"i": 5.0}, False),
        ({"i": "1"}, True),
        ({"i": "x"}, False),
        ({"n": 1.5}, False),
        ({"n": 0.1 + 0.2}, False),
        ({"n": "1.5"}, True),
        ({"n": Decimal("0.30000000000000004")}, False),
        ({"i": Text("1")}, True),
        ({"i": Text("x")}, False),
        ({"m": [1, 2]}, False),
        ({"l": ["x", 1]}, True),
        ({"q": 1}, False),
    ],
)
def test_doubtful_records(record: Any, is_doubtful: bool) -> None:
    _, alone = table_of([record], [record])
    other = {"k": 1}
    _, among = table_of([other, record, other, record], [record, other])
    assert (alone.doubtful, among.doubtful) == (({0}, {1, 3}) if is_doubtful else (set(), set()))
