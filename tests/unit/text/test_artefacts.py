"""Cells that a spreadsheet would run: they are reported and never changed."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import NotExpressible, from_csv, validate, write_csv
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.text.artefacts import is_formula, may_be_formula
from tests.laws import strategies

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.com","look")',
    "==",
    "\t=1",
    "\r\n=1",
    "=\n1",
    "+SUM(1;2)",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "+A1!B2",
    "＝1+1",
    "＠SUM(1)",
]
HARMLESS = [
    "",
    "=",
    "a=1",
    " =1",
    "-5",
    "+358401234567",
    "+358 (40) 123-4567",
    "-1,50",
    "- item",
    "@anna",
    "-",
    "x|y",
    "5 (five)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_a_warning(text: str) -> None:
    assert is_formula(text)
    assert may_be_formula(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_not(text: str) -> None:
    assert not is_formula(text)


PIECES = st.sampled_from([*"=+-@＝＋－＠(|!\t\r\n 5a.", "SUM"])


@given(st.lists(PIECES, max_size=6).map("".join))
def test_a_quick_look_overlooks_no_formula(text: str) -> None:
    assert may_be_formula(text) or not is_formula(text)


def test_a_file_with_formulas_is_valid_and_each_is_reported() -> None:
    report = validate('external_id,title,"=1+1"\nP1,"=cmd|\' /C calc\'!A0",\nP2,good,@SUM(1)\n', "products")
    assert report.valid
    reported = [(f.row, f.line, f.column, f.label) for f in report.warnings if f.code == "formula-cell"]
    assert reported == [(None, 1, 3, "=1+1"), (1, 2, 2, "title"), (2, 3, 3, "=1+1")]


def test_a_formula_is_read_unchanged() -> None:
    assert from_csv("a\n=1+1\n") == [{"a": "=1+1"}]


def written(records: Any, schema: Any = None, **options: Any) -> tuple[Any, list[str]]:
    stream = io.BytesIO()
    result = write_csv(records, stream, schema, **options)
    rows = list(csv.reader(io.StringIO(stream.getvalue().decode(), newline=""), strict=True))
    return result, [cell for row in rows for cell in row]


def test_formulas_are_counted_by_label_when_they_are_written() -> None:
    result, cells = written([{"a": "=1", "=b": "x"}, {"a": "ok", "=b": "@f(1)"}, {"a": "=2", "=b": "-5"}])
    assert result.files[0].formula_cells == {"a": 2, "=b": 2}
    assert result.formula_cells == 4
    assert "=1" in cells


LISTS = {"properties": {"tags": {"type": "array", "items": {"type": "string"}}}}


@pytest.mark.parametrize(
    ("lists", "counts"),
    [
        ([["=a", "b"], ["c", "=d"]], {"tags": 1}),  # joined: the second cell begins with c
        ([["=", "b"]], {"tags": 1}),
        ([["=a", "b"], ["c", "=d"], ["x,y"]], {"tags.0": 1, "tags.1": 1}),  # spread out, for the comma
        ([["=", "b"], ["x,y"]], {}),
    ],
)
@pytest.mark.parametrize("times", [1, 20])
def test_items_of_lists_are_counted_as_they_stand_in_the_end(lists: Any, counts: dict[str, int], times: int) -> None:
    result, _ = written([{"tags": tags} for tags in lists] * times, LISTS)
    assert result.files[0].formula_cells == {label: count * times for label, count in counts.items()}


RISKY = st.sampled_from(["=1", "@f(1)", "-5", "x", "=", "a,b", "+x|y", "=a,b"])


@given(
    st.lists(
        st.fixed_dictionaries(
            {"a": RISKY},
            optional={
                "=b": st.one_of(RISKY, st.integers()),
                "c": st.dictionaries(st.sampled_from(["d", "@e(1)"]), st.one_of(RISKY, st.none())),
                "tags": st.lists(RISKY, max_size=3),
            },
        ),
        min_size=1,
        max_size=12,
    ),
    st.booleans(),
)
def test_formulas_are_counted_as_they_are_in_the_file(records: list[Any], typed: bool) -> None:
    result, cells = written(records, LISTS if typed else None)
    assert result.formula_cells == sum(map(is_formula, cells))


@given(strategies.record_lists())
def test_formulas_of_any_records_are_counted_as_they_are_in_the_file(records: list[Any]) -> None:
    try:
        result, cells = written(records)
    except NotExpressible:
        return
    assert result.formula_cells == sum(map(is_formula, cells))


def test_a_conversion_to_csv_reports_formulas(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('[{"a": "=1+1"}, {"a": "@f(1)"}]', "utf-8")
    report = convert_file(tmp_path / "in.json", tmp_path / "out.csv")
    (finding,) = (f for f in report.warnings if f.code == "formula-cell")
    assert finding.message == "a spreadsheet would run 2 cells as formulas; nothing is changed: a (2)"
    assert (tmp_path / "out.csv").read_text("utf-8") == "a\n=1+1\n@f(1)\n"


def test_of_csv_to_csv_formulas_are_reported_once(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a;b\n=1+1;x\n", "utf-8")
    report = convert_file(tmp_path / "in.csv", tmp_path / "out.csv", to="csv")
    assert [(finding.code, finding.row, finding.label) for finding in report.warnings] == [("formula-cell", 1, "a")]
    (tmp_path / "in.json").write_text('[{"a": "=1+1"}]', "utf-8")
    (finding,) = convert_file(tmp_path / "in.json", tmp_path / "out.csv").warnings
    assert finding.message == "a spreadsheet would run 1 cell as a formula; nothing is changed: a (1)"
