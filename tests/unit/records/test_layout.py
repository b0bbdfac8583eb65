"""The columns that records need: refusals with their place and record, the limits, and the counts."""

from __future__ import annotations

from typing import Any

import pytest

from custobar_formats import NotExpressible, UsageError
from custobar_formats.core.limits import MAX_CELL, MAX_COLUMNS
from custobar_formats.records.flatten import Leaf
from custobar_formats.records.header import REJECTED_LABEL
from custobar_formats.records.layout import Layout
from custobar_formats.records.table import Table
from custobar_formats.schema.compiled import Schema

LISTS = Schema({"properties": {"l": {"type": "array", "items": {"type": "string"}}}})


def layout_of(*records: Any, labels: list[str] | None = None, empty: Any = ()) -> Layout:
    """The layout of the leaves of records; the last has the empty members."""
    layout = Layout(LISTS)
    if labels is not None:
        layout.fix(labels, LISTS)
    for number, leaves in enumerate(records, 1):
        more = empty if number == len(records) else ()
        layout.place(leaves, [*(path for path, _ in leaves), *more], number)
    return layout


A: list[Leaf] = [(("a",), "x")]
AB: list[Leaf] = [(("a", "b"), "x")]
AX: list[Leaf] = [(("a", 0), "x")]
LONG = "x" * MAX_CELL
HALVES = ["x" * (MAX_CELL // 2), "y" * (MAX_CELL // 2 - 1)]
"""With the comma between them, as long as a cell may be."""


@pytest.mark.parametrize(
    ("records", "labels", "pointer"),
    [
        ([A, AB], None, "/a"),
        ([AB, A], None, "/a"),
        ([AB, AX], None, "/a"),
        ([AX, AB], None, "/a"),
        ([A, [(("a",), ["x"])]], None, "/a"),
        ([A, [(("l",), ["x"])], [(("l",), "x")]], None, "/l"),
        ([A, [(("b",), LONG + "x")]], None, "/b"),
        ([A, [(("b",), ["x", LONG + "x"])]], None, "/b"),
        ([A, [((LONG + "x",), "x")]], None, f"/{LONG}x"),
        ([A, [(("",), "x")]], None, "/"),
        ([A, [(("a..b",), "x")]], None, "/a..b"),
        ([A, [(("c.d",), "x")]], None, "/c.d"),
        ([A, [((REJECTED_LABEL,), "x")]], None, f"/{REJECTED_LABEL}"),
        ([A, [((f"c{number}",), "x") for number in range(MAX_COLUMNS)]], None, f"/c{MAX_COLUMNS - 1}"),
        ([A, [(("b",), "x")]], ["a"], "/b"),
        ([A, [(("l",), ["x"])], [(("l",), ["x", "y,z"])]], ["a", "l"], "/l"),
        ([A, [(("l",), ["x"])], [(("l",), ["x", LONG])]], ["a", "l"], "/l"),
        ([A, [(("l",), ["x", "y"])]], ["a", "l.0"], "/l/1"),
        ([A, [(("l",), ["x"])], [(("l", 0), ["x"])]], ["a", "l.0"], "/l/0"),
    ],
)
def test_what_has_no_place(records: Any, labels: list[str] | None, pointer: str) -> None:
    layout = layout_of(*records[:-1], labels=labels)
    with pytest.raises(NotExpressible) as caught:
        layout.place(records[-1], [], 7)
    assert (caught.value.record, caught.value.path) == (7, pointer)
    assert isinstance(caught.value.reason, str)


def test_an_empty_member_below_a_value_is_another_shape() -> None:
    with pytest.raises(NotExpressible) as caught:
        layout_of(A, [(("c",), "x")], empty=[("a", "b")])
    assert (caught.value.record, caught.value.path) == (2, "/a")


@pytest.mark.parametrize(
    ("records", "labels"),
    [
        ([[(("a",), LONG)]], ["a"]),
        ([[((LONG,), "x")]], [LONG]),
        ([[((f"c{number}",), "x") for number in range(MAX_COLUMNS)]], [f"c{number}" for number in range(MAX_COLUMNS)]),
        ([[(("l",), ["x"] * MAX_COLUMNS)]], ["l"]),
        ([[(("l",), ["x,", *["x"] * (MAX_COLUMNS - 1)])]], [f"l.{index}" for index in range(MAX_COLUMNS)]),
        ([[(("b",), "x"), (("a",), "x")], [(("c",), "x"), (("a",), "x")]], ["b", "a", "c"]),
        ([[(("a", 0), "x"), (("b",), "x")], [(("a", 1, "x"), "x")]], ["a.0", "a.1.x", "b"]),
        ([[(("l",), ["x"])], [(("l",), ["x", "y"])], [(("l",), [","])]], ["l.0", "l.1"]),
        ([[(("l",), [","])], [(("l",), ["x", "y"])], [(("l",), ["z"])]], ["l.0", "l.1"]),
        ([[(("l",), HALVES)]], ["l"]),
        ([[(("l",), ["x"])], [(("l",), [*HALVES[:1], LONG])], [(("l",), ["z"])]], ["l.0", "l.1"]),
    ],
)
def test_labels(records: Any, labels: list[str]) -> None:
    assert layout_of(*records).labels() == labels


@pytest.mark.parametrize(
    "leaves",
    [
        [],
        [(("\ufeffa",), "x")],
        [(("Sep=;",), "x")],
        [(("l",), ["x,", *["x"] * MAX_COLUMNS])],
    ],
)
def test_columns_that_cannot_be_written(leaves: Any) -> None:
    layout = layout_of(leaves)
    with pytest.raises(NotExpressible) as caught:
        layout.labels()
    assert isinstance(caught.value.reason, str)
    assert (caught.value.record, caught.value.path) == (None, None)


@pytest.mark.parametrize("labels", [["a", ""], ["a", "a"], ["a", "a.b"], ["a", REJECTED_LABEL], ["a..b"], []])
def test_labels_that_are_no_header(labels: list[str]) -> None:
    layout = Layout(None)
    with pytest.raises(UsageError):
        layout.fix(labels, None)
    assert not layout.is_fixed


def test_given_columns_keep_their_order_and_need_no_record() -> None:
    layout = layout_of([(("l",), ["x,y", "z"]), (("a",), "x")], labels=["l.1", "a", "l.0"], empty=[("q",)])
    assert layout.is_fixed
    assert layout.labels() == ["l.1", "a", "l.0"]


def test_columns_are_the_same_object_until_they_change() -> None:
    layout = layout_of(A, [(("l",), ["x"])])
    known = layout.columns()
    same: list[list[Leaf]] = [A, [(("l",), ["x", "y"])], [(("l",), ["z"])]]
    for leaves in same:
        layout.place(leaves, [], 3)
        assert layout.columns() is known
    layout.place([(("l",), ["x,y"])], [], 4)
    assert len(layout.columns().keys) == 3
    known = layout.columns()
    layout.place([(("l",), ["x", "y"])], [], 5)
    assert layout.columns() is known
    layout.place(A, [("b",)], 6)
    assert len(layout.columns().keys) == 4


def test_what_is_counted() -> None:
    layout = layout_of([(("a",), "x"), (("b", 0), "x"), (("b", 1), "x"), (("=c",), "x")], empty=[("d",)])
    a, b0, b1, c, d = layout.nodes[1], *layout.nodes[3:6], layout.nodes[6]
    table = Table(4)
    table.filled += [(a, [0, 1, 2]), (b0, [0, 1]), (b1, [0]), (c, [0, 1, 2, 3])]
    table.reached += [(b1, [0, 1])]
    table.empty = [(d, 1, "null"), (d, 3, "[]"), (b1, 1, "null")]
    table.formulas += [((a.number, None), 0), ((a.number, None), 2)]
    layout.count(table)
    layout.count(table)
    assert layout.labels() == ["a", "b.0", "b.1", "=c", "d"]
    assert layout.rows == 8
    assert layout.empty == {"null": 4, "[]": 2}
    assert layout.missing() == {0: 2, 1: 4, 4: 4}
    assert layout.formulas() == {0: 4, 3: 1}
    first_missing = layout.columns().first_missing
    assert first_missing((0, 1, 2, 3, 4), ()) is None
    assert first_missing((0, 1, 3), (d.number,)) is None
    assert first_missing((0, 1, 3), ()) == 4
    assert first_missing((1, 2, 3, 4), ()) == 0
    assert first_missing((0, 3, 4), ()) == 1
