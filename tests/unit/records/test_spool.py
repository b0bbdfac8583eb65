"""Spooled rows come back unchanged, with the final columns."""

from __future__ import annotations

from unittest import mock

import pytest

from custobar_formats.csvtext.writer import CsvDialect, quote_row
from custobar_formats.records import spool as spool_module
from custobar_formats.records.path_tree import ColumnKey
from custobar_formats.records.spool import Empty, Refit, Spool, SpooledRows

A, B, C = (1, None), (2, None), (3, None)
A0, A1, A2, B0, B1 = (1, 0), (1, 1), (1, 2), (2, 0), (2, 1)


@pytest.mark.parametrize("in_memory", [1, 1 << 18])
def test_rows_come_back_as_they_were(in_memory: int) -> None:
    first: list[ColumnKey] = [A, B]
    second: list[ColumnKey] = [A, (2, 0), (2, 1)]
    empty: Empty = [(0, 5), (1 << 40, 6)]
    kept = [
        SpooledRows(first, "ä,b\n".encode(), []),
        SpooledRows(first, b"", empty),
        SpooledRows(second, b"a,b,c\n" * 1000, [(0, 1)]),
        SpooledRows(first, b"x,y\n", []),
        SpooledRows([], b"", []),
    ]
    with mock.patch.object(spool_module, "SPOOLED_BYTES", in_memory):
        spool = Spool()
    for rows in kept:
        spool.add(rows)
    found = list(spool.blocks())
    assert found == kept
    assert found[1].columns is found[0].columns  # nothing is repeated for the second block
    assert list(spool.blocks()) == kept
    spool.close()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("old", "new", "rows", "wanted"),
    [
        ([A, B], [A, B], [["x", "y"], ["", ""]], [["x", "y"], ["", ""]]),
        ([A, B], [A, B, C], [["x", "y"], ["", "y"]], [["x", "y", ""], ["", "y", ""]]),
        ([A], [A, B, C], [["x"], [""]], [["x", "", ""], ["", "", ""]]),
        ([A, B], [A, B, C], [['x"\r\n', " y"], ["x", ""]], [['x"\r\n', " y", ""], ["x", "", ""]]),
        ([A, B], [A, C, B], [["x", "y"], ["z", "t,;u"]], [["x", "", "y"], ["z", "", "t,;u"]]),
        ([A, B], [C, B], [["", "y"], ["", ""]], [["", "y"], ["", ""]]),
        ([A, B], [B], [["", "y"], ["", '""']], [["y"], ['""']]),
        ([A, B], [A0, A1, A2, B], [["x,y", "z"], ["", ""]], [["x", "y", "", "z"], ["", "", "", ""]]),
        ([A, B], [A0, A1, B, C], [['x "y" , z', '"'], ["x", ""]], [['x "y" ', " z", '"', ""], ["x", "", "", ""]]),
        ([A, B], [B0, B1, C, A0, A1], [["p", "r,s"], ["", "t"]], [["r", "s", "", "p", ""], ["t", "", "", "", ""]]),
    ],
)
def test_rows_are_given_the_columns_of_the_end(
    old: list[ColumnKey],
    new: list[ColumnKey],
    rows: list[list[str]],
    wanted: list[list[str]],
    delimiter: str,
    line_end: str,
) -> None:
    dialect = CsvDialect(delimiter, line_end, "utf-8")
    refit = Refit(old, new, dialect)
    text = dialect.join(map(quote_row, rows))
    assert refit.changes == (old != new)
    assert list(refit.rows(text)) == [quote_row(row) for row in wanted]
    assert refit.refit(text) == dialect.join(map(quote_row, wanted))
