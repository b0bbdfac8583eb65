"""The cells of records: added, removed for an irregular record, and filled in from another table."""

from __future__ import annotations

from custobar_formats.records.path_tree import ColumnKey, PathNode
from custobar_formats.records.table import Table

A, B, L, M = (PathNode((name,), number, None) for number, name in enumerate("ablm", 1))
L.joins = M.joins = True
M.joins = False
COLUMNS: list[ColumnKey] = [(1, None), (2, None), (3, None), (4, 0), (4, 1)]


def table() -> Table:
    """Three records; the second is irregular because of an extra member."""
    made = Table(3)
    made.put((1, None), ["p", "q", "r"], range(3))
    made.put((2, None), ["s", "t"], [1, 2])
    made.filled = [(A, range(3)), (B, [1, 2])]
    made.reached = [(B, [0, 1])]
    made.empty = [(B, 0, "null"), (B, 1, "[]")]
    made.formulas = [((1, None), 1), ((2, None), 2)]
    made.lists = [(L, [["x"], ["y", "z"]], [0, 1]), (M, [["1,", "2"], ["3"]], [1, 2])]
    made.doubtful = {1, 2}
    made.irregular = [1, 1]
    return made


def test_rows() -> None:
    assert list(table().rows(COLUMNS)) == [
        ("p", "", "x", "", ""),
        ("q", "s", '"y,z"', '"1,"', "2"),
        ("r", "t", "", "3", ""),
    ]
    assert list(Table(2).rows(COLUMNS[:2])) == [("", "")] * 2


def test_what_is_regular_is_left_alone() -> None:
    made = table()
    made.irregular = []
    made.drop_irregular()
    assert list(made.rows(COLUMNS)) == list(table().rows(COLUMNS))


def test_a_table_has_nothing_of_an_irregular_record() -> None:
    made = table()
    made.drop_irregular()
    assert made.irregular == [1]
    assert [(node, list(rows)) for node, rows in made.filled] == [(A, [0, 2]), (B, [2])]
    assert made.reached == [(B, [0])]
    assert made.empty == [(B, 0, "null")]
    assert made.formulas == [((2, None), 2)]
    assert made.doubtful == {2}
    assert made.lists == [(L, [["x"]], [0]), (M, [["3"]], [2])]
    assert list(made.rows(COLUMNS)) == [("p", "", "x", "", ""), ("",) * 5, ("r", "t", "", "3", "")]


def test_irregular_records_are_filled_in() -> None:
    made = table()
    made.irregular = [0, 2]
    made.drop_irregular()
    other = Table(2)
    other.put((1, None), ["1", "2"], range(2))
    other.put((5, None), ["3"], [1])
    other.filled = [(A, [0, 1])]
    other.reached = [(A, [1])]
    other.empty = [(A, 1, "{}")]
    other.formulas = [((5, None), 1)]
    other.lists = [(L, [["4", "5"]], [0]), (M, [["6"]], [1])]
    other.irregular = [1]
    other.doubtful = {0}
    made.fill_in(other)
    assert list(made.rows([*COLUMNS, (5, None)])) == [
        ("1", "", '"4,5"', "", "", ""),
        ("q", "s", '"y,z"', '"1,"', "2", ""),
        ("2", "", "", "6", "", "3"),
    ]
    assert sum(len(rows) for node, rows in made.filled if node is A) == 3
    assert sum(len(rows) for _, rows in made.reached) == 2
    assert made.empty == [(B, 1, "[]"), (A, 2, "{}")]
    assert len(made.formulas) == 2
    assert made.irregular == [2]
    assert made.doubtful == {0, 1}
