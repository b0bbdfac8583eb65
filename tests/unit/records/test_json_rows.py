"""Rows to the JSON text of their records: the same text as that of the nested record, with any cells blank."""

import json
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.core.limits import REVISIONS
from custobar_formats.records import json_rows
from custobar_formats.records.codegen import compile_build
from custobar_formats.records.header import plan_header
from custobar_formats.records.json_rows import RowWriter
from custobar_formats.records.nest import ABSENT, Nester

HEADERS = [
    ["a"],
    ["a", "b", "c"],
    ["a", "o.b", "o.c", "d"],
    ["o.a", "b", "o.p.c", "o.p.d", "o.e"],
    ["l.0", "l.1", "l.2", "a"],
    ["s.0.k", "s.0.m", "s.1.k", "s.1.m", "a", "s.2.k"],
    ["m.0.0", "m.0.1", "m.1.0", "k0.v1.{a}", "'", "o1", "unusual", "ä"],
]
BARE = {"1": 1, "-5": -5, "true": True, "2.5": 2.5, '"x"': "x", "null": None}
TEXTS = ["x", "ä", "'", "{v0}", "a b", "\u2028"]
ESCAPED = ['"', "\\", "\n", "\0", "\x1f", "a\tb", 'x"y']


@st.composite
def columns_of_cells(draw: st.DrawFn) -> tuple[list[str], dict[int, list[str]], list[list[str]]]:
    """A header, its bare columns, and rows, none of them blank; columns are full, mostly full or mostly blank."""
    header = draw(st.sampled_from(HEADERS))
    bare = {index: list(BARE) for index in range(len(header)) if draw(st.booleans())}
    texts = TEXTS + (ESCAPED if draw(st.booleans()) else [])
    kinds = [draw(st.sampled_from([0, 0, 1, 5, 9])) for _ in header]
    rows = []
    for _ in range(draw(st.integers(1, 20))):
        row = [
            "" if draw(st.integers(0, 9)) < kind else draw(st.sampled_from(bare.get(index, texts)))
            for index, kind in enumerate(kinds)
        ]
        rows.append(row if any(row) else [*row[:-1], "1"])
    return header, bare, rows


def records(header: list[str], bare: dict[int, list[str]], rows: list[list[str]]) -> list[Any]:
    """The record of each row."""
    plan, findings = plan_header(header, None)
    assert not findings
    values = {
        index: [ABSENT if not cell else BARE[cell] if index in bare else cell for cell in column]
        for index, column in enumerate(zip(*rows, strict=True))
    }
    return Nester(plan.tree, close=True).nest(values)


@given(columns_of_cells(), st.integers(1, 6), st.booleans())
def test_the_text_is_that_of_the_record(
    table: tuple[list[str], dict[int, list[str]], list[list[str]]], size: int, replaces: bool
) -> None:
    header, bare, rows = table
    escapes = any(cell in ESCAPED for row in rows for cell in row)
    writer = RowWriter(plan_header(header, None)[0].tree, len(header), set(bare))
    found: list[str] = []
    for start in range(0, len(rows), size):
        block = rows[start : start + size]
        columns = list(zip(*block, strict=True))
        replaced = {index: list(columns[index]) if replaces else columns[index] for index in bare}
        found += writer.write(block, columns, replaced, escapes=escapes)
    wanted = records(header, bare, rows)
    assert found == [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in wanted]


def test_bare_cells_may_be_other_text_than_the_columns() -> None:
    writer = RowWriter(plan_header(["a", "b"], None)[0].tree, 2, {1})
    rows, columns = [["x", "1.0"], ["y", ""]], [("x", "y"), ("1.0", "")]
    assert writer.write(rows, columns, {1: ["1", ""]}, escapes=False) == ['{"a":"x","b":1}', '{"a":"y"}']


def test_blank_cells_that_wander_over_the_columns_cost_few_compilations() -> None:
    width, count = 200, 0
    labels = [f"c{index}" for index in range(width)]
    writer = RowWriter(plan_header(labels, None)[0].tree, width, set())

    def compile_counted(text: str) -> Any:
        nonlocal count
        count += 1
        return compile_build(text)

    with mock.patch.object(json_rows, "compile_build", compile_counted):
        for place in range(width):
            rows = [["" if index == place else "x" for index in range(width)]] * 8
            found = writer.write(rows, list(zip(*rows, strict=True)), {}, escapes=False)
            wanted = {label: "x" for index, label in enumerate(labels) if index != place}
            assert found == [json.dumps(wanted, separators=(",", ":"))] * 8
    assert count == REVISIONS
