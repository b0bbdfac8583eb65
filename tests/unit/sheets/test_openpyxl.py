"""What openpyxl writes, cell by cell against what it reads back."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.files.spreadsheet_files import Spreadsheet
from custobar_formats.sheets.opened import open_sheet

openpyxl = pytest.importorskip("openpyxl")

SECONDS = st.integers(0, 86_399).map(lambda second: timedelta(seconds=second))
DAYS = st.dates(date(1900, 3, 1), date(9999, 12, 31))
MOMENTS = st.builds(lambda day, time: datetime(day.year, day.month, day.day) + time, DAYS, SECONDS)
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff_")
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from("\n\t ")), max_size=12).filter(lambda text: not text.startswith("="))
VALUES = st.one_of(
    st.none(),
    TEXTS,
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(-1e300, 1e300),
    DAYS,
    MOMENTS,
    st.sampled_from(["#N/A", "#DIV/0!", "#REF!"]),
)
ROWS = st.lists(st.lists(VALUES, max_size=6), max_size=6)


def written(rows: list[list[Any]], *, from_1904: bool, streams: bool) -> bytes:
    book = openpyxl.Workbook(write_only=streams)
    if from_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.create_sheet("Data") if streams else book.active
    for cells in rows:
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text_of(value: Any) -> str:
    """The text that a value is expected to become, by openpyxl's own reading."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (int, float)):
        text = format(Decimal(repr(value)), "f")
        return (
            (text.rstrip("0").rstrip(".") if "." in text else text).replace("-0", "0")
            if value == 0
            else (text.rstrip("0").rstrip(".") if "." in text else text)
        )
    return str(value)


@given(ROWS, st.booleans(), st.booleans())
def test_every_cell_is_what_openpyxl_reads(rows: list[list[Any]], from_1904: bool, streams: bool) -> None:
    data = written(rows, from_1904=from_1904, streams=streams)
    again = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    expected: dict[int, list[str]] = {}
    for number, cells in enumerate(again.iter_rows(), 1):
        texts = []
        for cell in cells:
            text = text_of(cell.value)
            if isinstance(cell.value, datetime) and cell.number_format == "yyyy-mm-dd":
                text = text.removesuffix("T00:00:00")
            texts.append(text)
        while texts and not texts[-1]:
            del texts[-1]
        if texts:
            expected[number] = texts
    found = open_sheet(Spreadsheet("xlsx", io.BytesIO(data)), None).sheet.rows
    assert {row.number: row.cells for row in found} == expected
