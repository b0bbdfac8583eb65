"""What LibreOffice has written (``samples/make.py``), cell by cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from custobar_formats.files.spreadsheet_files import Spreadsheet
from custobar_formats.sheets.opened import open_sheet

SAMPLES = Path(__file__).parent / "samples"

EXPECTED = {
    1: ["kind", "value", "formula"],
    2: ["text", "Jyväskylä", "Jyväskylä 🙂"],
    3: ["digits", "00100", "00100"],
    4: ["integer", "6430000000017", "6430000000018"],
    5: ["decimal", "0.1", "0.3"],
    6: ["small", "0.0000001", "0.00000001"],
    7: ["large", "5581990000000", "100000000000000000000"],
    8: ["negative", "-12.5", "12.5"],
    9: ["date", "2024-09-01", "2024-02-29"],
    10: ["moment", "2024-09-01T18:30:05", "2024-09-02T06:30:05"],
    11: ["midnight", "2024-09-01T00:00:00", "2024-09-02T00:00:00"],
    12: ["time", "07:05:09", "14:10:18"],
    13: ["duration", "30:05:00", "60:10:00"],
    14: ["truth", "true", "false"],
    15: ["percent", "12.5 %", "25 %"],
    16: ["money", "24.9", "49.8"],
    17: ["error", "x", "#DIV/0!"],
    18: ["missing", "x", "#N/A"],
    19: ["blank"],
    22: ["lines", "one\ntwo", "one\ntwo"],
    23: ["spaces", "  two  spaces ", "  two  spaces "],
    24: ["quotes", 'a "b", <c> & d', 'a "b", <c> & d'],
    25: ["merged", "both", "", "D"],
}


@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xls"])
def test_every_cell(suffix: str) -> None:
    with (SAMPLES / f"libreoffice.{suffix}").open("rb") as stream:
        spreadsheet = Spreadsheet(suffix, stream)
        sheet = open_sheet(spreadsheet, None)
        found = list(sheet.sheet.rows)
        hidden = open_sheet(spreadsheet, "Piilotettu").sheet.rows
        assert [row.cells for row in hidden] == [["secret"]]
    expected = dict(EXPECTED)
    if suffix == "ods":  # which has no time where it is midnight
        expected[11] = ["midnight", "2024-09-01", "2024-09-02"]
    if suffix == "xls":  # which has all bits of a number
        expected[5] = ["decimal", "0.1", "0.30000000000000004"]
    assert {row.number: row.cells for row in found} == expected
    assert not any(row.unvalued for row in found)
    assert (sheet.name, sheet.others, sheet.sheet.numbers) == ("Tiedot", ("Muut",), {1: 4, 2: 4})
