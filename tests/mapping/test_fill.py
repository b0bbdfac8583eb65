"""A fill of blank cells around rows of another width than the header."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from typing import Any

import pytest

from custobar_formats import from_csv, validate
from custobar_formats.files.source import TextInput
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.mapped_reader import plan_mapping
from custobar_formats.pipeline.options import Options
from custobar_formats.pipeline.reading import Reading
from tests.laws.test_reading import steps
from tests.mapping.exports import as_csv, read

A, B, C = ["a", "Cup", "1"], ["a", "", "2"], ["b", "", "3"]


def options(tables: dict[str, Any]) -> Options:
    plan, _ = plan_mapping(tables, None)
    return Options("csv", delimiter=",", mapping=plan)


@pytest.mark.parametrize("block", [0, 1, 2])
@pytest.mark.parametrize(
    ("rows", "titles", "unknown"),
    [
        ([A, ["b", "Bag"], B], {1: "Cup"}, []),  # the second row of a would be another run, too
        ([A, ["b", "Bag", "9", "x"], C], {1: "Cup"}, [3]),
        ([A, ["b", "Bag", "9", "x"], C, ["b", "", "4"], ["c", "", "5"]], {1: "Cup"}, [3, 4]),
        ([A, ["b", "Bag", "9", "x"], C, ["b", "Box", "4"], ["b", "", "5"]], {1: "Cup", 4: "Box", 5: "Box"}, [3]),
        ([A, ["a", "Mug", "9", "x"], B], {1: "Cup"}, [3]),
        ([A, ["a"], B, ["c", "", "4"]], {1: "Cup"}, [3]),
        ([A, ["", "Bag", "9", "x"], B, C], {1: "Cup"}, [3]),
        ([A, [""], B], {1: "Cup", 3: "Cup"}, []),  # a blank row
        ([["", "x"], ["", "", "4"], A, B], {3: "Cup", 4: "Cup"}, []),
        ([A, ["b", "x"], ["c", "Mug", "4"], ["c", "", "5"]], {1: "Cup", 3: "Mug", 4: "Mug"}, []),
    ],
)
def test_a_row_of_another_width_ends_a_fill(rows: Any, titles: dict[int, str], unknown: list[int], block: int) -> None:
    """No value gets past it; a value that it may have had is not taken for a blank."""
    columns = {"external_id": "Nr", "title": {"from": "Title", "fill_within": "Handle"}}
    tables = {"entity": "products", "columns": columns}
    with steps(block, []):
        report = validate(StringIO(as_csv(["Handle", "Title", "Nr"], rows)), delimiter=",", mapping=tables)
        found = [each for each in report.errors if each.code == "unmappable-value"]
        assert [each.row for each in found] == unknown
        assert all("a row above that has another number of cells" in each.message for each in found)
        reading = Reading(TextInput(StringIO(as_csv(["Handle", "Title", "Nr"], rows)), None), None, options(tables))
        read_rows = [pair for each in reading.blocks() for pair in zip(each.numbers, each.records, strict=True)]
    assert {row: record["title"] for row, record in read_rows if "title" in record} == titles


def test_a_row_that_needs_no_value_of_a_row_of_another_width_has_none() -> None:
    columns = {
        "external_id": "Nr",
        "title": {"from": "Title", "fill_within": "Handle", "only": {"column": "Nr", "is_not": "2"}},
    }
    _, findings = read(as_csv(["Handle", "Title", "Nr"], [A, ["a"], B, ["a", "", "3"]]), columns)
    assert [each.row for each in findings if each.code == "unmappable-value"] == [4]


FILLED = {
    "entity": "products",
    "columns": {
        "external_id": "Nr",
        "title": {"from": "Title", "fill_within": "Handle"},
        "tags": {"from": "Tags", "fill_within": "Handle", "split": ","},
        "price": {"from": "Price", "unit": "major"},
    },
    "rows": {"skip": [{"column": "Price", "is": ""}]},
}
LABELS = ["Handle", "Title", "Tags", "Nr", "Price"]
PRODUCTS = [
    ["a", "Cup", "red, blue", "1", "1.00"],
    ["a", "", "", "2", "2.00"],
    ["a", "", "", "", ""],
    ["a", "", "", "3", "3.00"],
    ["b", "Bag", "", "4", "4.00"],
    ["b", "", "", "5", "5.00"],
]


def separated(rows: Any, tables: dict[str, Any]) -> tuple[list[Any], list[list[str]]]:
    """The records without errors, and the rejected rows."""
    good, rejects = BytesIO(), BytesIO()
    data = as_csv(LABELS, rows).encode()
    convert_file(BytesIO(data), good, "products", options(tables), to="jsonl", rejects=rejects)
    _, *rest = csv.reader(StringIO(rejects.getvalue().decode("utf-8"), newline=""))
    return [json.loads(line) for line in good.getvalue().splitlines()], [row[1:] for row in rest]


@pytest.mark.parametrize("wrong", [{0}, {1}, {3}, {5}, {1, 3}, {0, 3}, {3, 4, 5}])
def test_a_rejected_row_keeps_what_it_has_from_above(wrong: set[int]) -> None:
    """The rows without errors and the corrected ones give the records of the corrected file."""
    rows = [[*row[:4], "six"] if at in wrong else row for at, row in enumerate(PRODUCTS)]
    good, rest = separated(rows, FILLED)
    assert [row[LABELS.index("Nr")] for row in rest] == [PRODUCTS[at][3] for at in sorted(wrong)]
    right = {row[3]: row[4] for row in PRODUCTS}
    corrected = from_csv(as_csv(LABELS, [[*row[:4], right[row[3]]] for row in rest]), mapping=FILLED)
    whole = from_csv(as_csv(LABELS, PRODUCTS), mapping=FILLED)
    assert sorted([*good, *corrected], key=lambda record: record["external_id"]) == whole


@pytest.mark.parametrize(
    "use",
    [
        {"columns": {"type": {"from": "Nr", "only": {"column": "Title", "is": ""}}}},
        {"columns": {"type": "Title"}},
        {"rows": {"end": {"column": "Title", "is": "Total"}}},
        {"rows": {"skip": [{"column": "Title", "is": "Cup", "is_not": "x"}, {"column": "Price", "is": ""}]}},
    ],
)
def test_a_rejected_row_has_no_value_from_above_where_the_blank_has_a_meaning(use: Any) -> None:
    tables = {**FILLED, **use, "columns": FILLED["columns"] | use.get("columns", {})}
    rows = [[*row[:4], "six"] if at == 1 else row for at, row in enumerate(PRODUCTS)]
    _, rest = separated(rows, tables)
    assert [row[:3] for row in rest if row[3] == "2"] == [["a", "", "red, blue"]]
