"""A fill of blank cells around rows of another width than the header."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.files.source import TextInput
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
