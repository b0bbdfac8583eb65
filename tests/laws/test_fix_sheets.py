"""The laws of ``fix`` for spreadsheets: the CSV file that it writes means what the sheet means."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import fix, validate
from tests.laws import slow_notation
from tests.laws.test_fix import cells
from tests.workbooks import xlsx

Cell = str | float
FIELDS = ["unit_price", "total", "sale_shipping", "quantity", "sale_exchange_rate", "sale_date"]
NUMBERS: list[Cell] = [24.9, 12.338, 1.234, 1234.5, 12, 0.5, 24.95, -5.5, 1234, 0.001]
TEXTS: list[Cell] = [
    "24,90 €",
    "24,90",
    "24.90",
    "1,234",
    "1.234",
    "1 234,50",
    "1,234.50",
    "45 €",
    "12 $",
    "x",
    "",
    "7",
]
WAYS: list[dict[str, Any]] = [{}, {"unsafe": True}]


def sheet(columns: dict[str, list[Cell]]) -> bytes:
    """A workbook with these columns, of the same length, behind a key."""

    def cell(value: Cell) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
        return f"<c><v>{value!r}</v></c>"

    rows = [["sale_external_id", *columns]]
    rows += [[f"K-{number}", *row] for number, row in enumerate(zip(*columns.values(), strict=True), 1)]
    return xlsx("".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows))


@st.composite
def mixed_columns(draw: st.DrawFn) -> dict[str, list[Cell]]:
    """Columns with number cells beside texts."""
    size = draw(st.integers(1, 4))
    fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True))
    some: st.SearchStrategy[list[Cell]] = st.sampled_from(
        [NUMBERS[:1], NUMBERS, TEXTS, NUMBERS + TEXTS, [24.9, 24.95, "1,234", "1,234 €"]]
    )
    return {field: draw(st.lists(st.sampled_from(draw(some)), min_size=size, max_size=size)) for field in fields}


@given(mixed_columns(), st.sampled_from(WAYS), st.sampled_from(WAYS))
@example({"unit_price": ["24,90 €", 12.338, 1.234]}, {"unsafe": True}, {"unsafe": True})
@example({"unit_price": [24.9, "1,234"]}, {"unsafe": True}, {"unsafe": True})
@example({"unit_price": ["24,90 €", 24.9]}, {}, {"unsafe": True})
def test_the_fixed_file_is_fixed_as_the_sheet_is(
    columns: dict[str, list[Cell]], first: dict[str, Any], then: dict[str, Any]
) -> None:
    """So fixing twice changes nothing more; and ``--unsafe`` can still be given afterwards."""
    data = sheet(columns)
    once = fix(data, "sales", **first)
    assert once.text is not None
    twice = fix(once.text, "sales", **then)
    if first == then:
        assert (twice.text, twice.changes) == (once.text, ())
    elif not first:
        at_once = fix(data, "sales", **then)
        changed = {(each.row, each.column): each.after for each in at_once.changes}
        assert {(each.row, each.column): each.after for each in (*once.changes, *twice.changes)} == changed


@given(mixed_columns(), st.sampled_from(WAYS))
def test_a_number_cell_that_is_not_changed_is_the_same_number(
    columns: dict[str, list[Cell]], way: dict[str, Any]
) -> None:
    found = fix(sheet(columns), "sales", **way)
    changed = {(each.row, each.column) for each in found.changes}
    rows = cells(found.text or "", ",")[1:]
    for column, values in enumerate(columns.values(), 2):
        for row, value in enumerate(values, 1):
            text = rows[row - 1][column - 1]
            if (row, column) in changed:
                continue
            if isinstance(value, str):
                assert text == value
            else:
                assert Fraction(repr(value)) in (slow_notation.numbers(text) or {Fraction(text)})


@given(mixed_columns(), st.sampled_from(WAYS))
def test_the_same_cells_are_wrong_in_the_fixed_file(columns: dict[str, list[Cell]], way: dict[str, Any]) -> None:
    found = fix(sheet(columns), "sales", **way)
    again = validate(found.text or "", "sales")
    assert places(again.errors) == places(found.report.errors)


def places(findings: Any) -> set[tuple[int | None, int | None]]:
    return {(each.row, each.column) for each in findings}
