"""Findings about rows."""

from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.csvtext.row_width import EXTRA_HINT, MISSING_HINT, SURPLUS_HINT
from tests.findings import reported

QUOTE_HINT = "put quotes around the whole cell and double the quotes inside it"
SPLIT = "the row ends in 2 blank cells beyond the header; such cells are dropped"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n", ("missing-cell", "the row has 1 cell, the header has 2", MISSING_HINT, 2, 2, "b", None, 1)),
        ("1,2\n1,2,3\n", ("extra-cell", "the row has 3 cells, the header has 2", EXTRA_HINT, 3, 3, None, "3", 2)),
        ("1,2,,\n1,2,\n", ("surplus-blank", SPLIT, SURPLUS_HINT, 2, 3, None, None, 1)),
        (",\n", ("blank-row", "all cells of the row are blank; it is not a record", None, 2, None, None, None, 1)),
        (",,,\n", ("blank-row", "all cells of the row are blank; it is not a record", None, 2, None, None, None, 1)),
        (
            '"1\r\n2",3\n\nx,y"z\n',
            (
                "quote-in-cell",
                "a quote inside a cell that does not start with a quote; it is kept",
                QUOTE_HINT,
                5,
                2,
                "b",
                'y"z',
                2,
            ),
        ),
    ],
)
def test_what_is_reported_of_a_row(text: str, expected: tuple[Any, ...]) -> None:
    finding = next(one for one in validate(f"a,b\n{text}").findings if one.code != "no-records")
    assert (*reported(finding)[:5], finding.label, finding.value, finding.row) == expected


def test_a_row_of_another_width_is_shown_in_part() -> None:
    first, second = validate("a,b,c,d,e,f\n1,2,3,4\n1,2,3,4,5,6,7\n").findings
    assert first.context is not None
    assert second.context is not None
    assert first.context[-1] == ("d", "4")
    assert second.context[-1] == ("f", "6")
