"""Workbooks of Excel before 2007, as programs write them."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from custobar_formats import UsageError, fix, from_csv, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.files.spreadsheet_files import Spreadsheet
from custobar_formats.sheets.opened import OpenedSheet, open_sheet
from tests.old_workbooks import (
    EOF,
    begin,
    compound,
    formula,
    label,
    letters,
    number,
    record,
    shared,
    texts_record,
    texts_row,
    workbook,
    xls,
)
from tests.streams import ReadOnce
from tests.workbooks import zipped

HEADER = ("external_id", "email", "zip_code")
NO_VALUE = bytes(8)
EMPTY = b"\3\0\0\0\0\0\xff\xff"
TEXT = b"\0\0\0\0\0\0\xff\xff"


def opened(data: bytes, wanted: str | int | None = None) -> OpenedSheet:
    return open_sheet(Spreadsheet("xls", io.BytesIO(data)), wanted, "book.xls")


def rows(data: bytes, wanted: str | int | None = None) -> dict[int, list[str]]:
    return {row.number: row.cells for row in opened(data, wanted).sheet.rows}


def only(cell: bytes, **more: Any) -> str:
    """The text of the only cell."""
    ((text,),) = rows(xls(cell, **more)).values()
    return text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (number(0, 0, 24.9), "24.9"),
        (number(0, 0, 5.58199e12), "5581990000000"),
        (number(0, 0, 1e-7), "0.0000001"),
        (number(0, 0, 0.1 + 0.2), "0.30000000000000004"),
        (number(0, 0, float("nan")), "nan"),
        (record(0x027E, pack("<HHHI", 0, 0, 0, 100 << 2 | 2)), "100"),
        (record(0x027E, pack("<HHHI", 0, 0, 0, 2490 << 2 | 3)), "24.9"),
        (record(0x0205, pack("<HHHBB", 0, 0, 0, 1, 0)), "true"),
        (record(0x0205, pack("<HHHBB", 0, 0, 0, 0, 0)), "false"),
        (record(0x0205, pack("<HHHBB", 0, 0, 0, 0x2A, 1)), "#N/A"),
        (record(0x0205, pack("<HHHBB", 0, 0, 0, 0x07, 1)), "#DIV/0!"),
        (record(0x0205, pack("<HHHBB", 0, 0, 0, 0x2B, 1)), "#N/A"),  # an error of later programs
        (label(0, 0, " Jyväskylä 🙂\n"), " Jyväskylä 🙂\n"),
        (record(0x00D6, pack("<HHH", 0, 0, 0) + letters("rich") + pack("<HHH", 1, 0, 5)), "rich"),
        (formula(0, 0, pack("<d", 2.5)), "2.5"),
        (formula(0, 0, b"\1\0\1\0\0\0\xff\xff"), "true"),
        (formula(0, 0, b"\2\0\x0f\0\0\0\xff\xff"), "#VALUE!"),
        (formula(0, 0, TEXT, text="Jyväskylä 🙂"), "Jyväskylä 🙂"),
        (formula(0, 0, TEXT, text="\ud83d"), "\ufffd"),
    ],
)
def test_a_cell(cell: bytes, text: str) -> None:
    assert only(cell) == text


def test_several_numbers_in_one_record() -> None:
    numbers = b"".join(pack("<HI", 0, value << 2 | 2) for value in (7, 8, 9))
    assert rows(xls(record(0x00BD, pack("<HH", 4, 2) + numbers + pack("<H", 4)))) == {5: ["", "", "7", "8", "9"]}


@pytest.mark.parametrize(
    ("value", "format_", "text"),
    [
        (45536, 14, "2024-09-01"),
        (45536, "d.m.yyyy hh:mm", "2024-09-01T00:00:00"),
        (45536.5, "d.m.yyyy", "2024-09-01T12:00:00"),
        (0.5, "hh:mm", "12:00:00"),
        (1.5, "[h]:mm", "36:00:00"),
        (0.125, "0.0%", "12.5 %"),
        (45536, 0, "45536"),
        (100, "00000", "00100"),
        (7, "000-000", "000-007"),
        (100, '"0"00000', "000100"),
        (401234567, "0## ### ####", "0401234567"),
    ],
)
def test_a_number_with_a_format(value: float, format_: str | int, text: str) -> None:
    assert only(number(0, 0, value, 1), formats=[0, format_]) == text


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    for from_1904, day in ((1, 44074), (0, 45536)):
        more = record(0x0022, pack("<H", from_1904))
        assert only(number(0, 0, day), formats=[14], more=more) == "2024-09-01"


def test_shared_texts() -> None:
    rich = pack("<HBH", 2, 8, 1) + b"bc" + pack("<HH", 1, 5)
    spoken = pack("<HBI", 1, 5, 6) + "東".encode("utf-16-le") + b"spoken"
    data = xls(
        b"".join(shared(0, column, place) for column, place in enumerate((3, 0, 1, 2, 0))),
        more=texts_record([letters("a"), rich, letters(""), spoken]),
    )
    assert rows(data) == {1: ["東", "a", "bc", "", "a"]}
    for place in (4, 0x7FFFFFFF):
        with pytest.raises(UsageError, match="it is damaged"):
            rows(xls(shared(0, 0, place), more=texts_record([letters("a")])))


def test_a_text_that_goes_on_in_other_records() -> None:
    wide = "ä🙂b".encode("utf-16-le")
    for cut in range(0, len(wide), 2):  # also within the two halves of a letter
        first = pack("<IIHB", 2, 2, 4, 1) + wide[:cut]
        data = xls(
            shared(0, 0, 0) + shared(0, 1, 1),
            more=record(0xFC, first) + record(0x3C, b"\1" + wide[cut:] + letters("x")),
        )
        assert rows(data) == {1: ["ä🙂b", "x"]}
        text = record(0x0207, pack("<HB", 4, 1) + wide[:cut]) + record(0x3C, b"\1" + wide[cut:])
        assert only(formula(0, 0, TEXT) + text) == "ä🙂b"
    narrow = record(0xFC, pack("<IIHB", 1, 1, 4, 1) + "ä".encode("utf-16-le")) + record(0x3C, b"\0bcd")
    assert only(shared(0, 0, 0), more=narrow) == "äbcd"
    runs = record(0xFC, pack("<IIHBH", 2, 2, 1, 8, 2) + b"a" + bytes(4)) + record(0x3C, bytes(4) + letters("b"))
    assert rows(xls(shared(0, 0, 0) + shared(0, 1, 1), more=runs)) == {1: ["a", "b"]}


@pytest.mark.parametrize(
    ("cell", "text", "unvalued"),
    [
        (formula(0, 0, NO_VALUE, 2), "#N/A", (0,)),
        (formula(0, 0, EMPTY, 3), "#N/A", (0,)),
        (formula(0, 0, pack("<d", 5), 3), "5", ()),  # a value that the program was given
        (formula(0, 0, NO_VALUE), "0", ()),
        (formula(0, 0, EMPTY) + number(0, 1, 1), "", ()),
        (formula(0, 0, TEXT, 3, "x"), "x", ()),
        (formula(0, 0, TEXT), "#N/A", (0,)),  # its text is not there
        (formula(0, 0, pack("<d", 5), 0, "x"), "5", ()),
    ],
)
def test_a_formula_has_a_value_or_is_known_to_have_none(cell: bytes, text: str, unvalued: tuple[int, ...]) -> None:
    (row,) = opened(xls(cell)).sheet.rows
    assert (row.cells[0], row.unvalued) == (text, unvalued)


def test_the_text_of_a_shared_formula_is_behind_the_formula() -> None:
    between = record(0x04BC, bytes(12))
    assert only(formula(0, 0, TEXT, 8) + between + record(0x0207, letters("x"))) == "x"


def test_cells_may_be_in_any_order_and_far_from_each_other() -> None:
    data = xls(label(65_535, 255, "last") + label(4, 1, "b") + label(2, 2, "c") + label(2, 0, "a") + label(4, 1, "B"))
    assert rows(data) == {3: ["a", "", "c"], 5: ["", "B"], 65_536: [*[""] * 255, "last"]}


def test_what_is_no_cell_is_not_read() -> None:
    chart = begin(0x0020) + number(0, 0, 1) + begin(0x0020) + record(EOF) + record(EOF)
    blank, drawing = record(0x0201, bytes(6)), record(0x00EC, b"x" * 20) + record(0x3C, b"\1\2\3")
    data = xls(
        record(0x0200, bytes(14)) + chart + label(0, 0, "a") + blank + drawing + record(0x00E5, b"x") + label(1, 0, "1")
    )
    assert rows(data) == {1: ["a"], 2: ["1"]}


def test_a_workbook_of_excel_5() -> None:
    def narrow(row: int, column: int, text: bytes) -> bytes:
        return record(0x0204, pack("<HHHH", row, column, 0, len(text)) + text)

    cells = narrow(0, 0, "Hyvä".encode("cp1252")) + number(0, 1, 0.5)
    cells += formula(0, 2, TEXT) + record(0x0207, pack("<H", 2) + "€x".encode("cp1252"))
    book = workbook({"Tämä": cells}, version=0x0500, more=record(0x0042, pack("<H", 1252)), formats=[20])
    data = compound({"Book": book})
    assert rows(data, "Tämä") == {1: ["Hyvä", "12:00:00", "€x"]}
    both = compound({"Book": workbook({"Old": b""}, version=0x0500), "Workbook": workbook({"New": b""})})
    assert opened(both).name == "New"
    for version, kind in ((0x0400, 5), (0x0600, 0x10)):
        with pytest.raises(UsageError, match="it is older than Excel 5|a part is not where it should be"):
            opened(compound({"Workbook": begin(kind, version) + record(EOF)}))


def test_the_sheet_that_is_read() -> None:
    names = ["Hidden", "First", "Very hidden", "2", "Last"]
    sheets = {name: label(0, 0, name) for name in names}
    data = compound({"Workbook": workbook(sheets, states={"Hidden": 1, "Very hidden": 2})})
    found: dict[str | int | None, str] = {None: "First", 1: "First", 2: "2", 3: "Last", "2": "2", "3": "Last"}
    for wanted, name in {**found, "Hidden": "Hidden", "Very hidden": "Very hidden"}.items():
        assert (opened(data, wanted).name, rows(data, wanted)) == (name, {1: [name]})
    assert opened(data).others == ("2", "Last")
    with pytest.raises(UsageError, match="^book.xls: there is no sheet named 'Lost': did you mean 'Last'?"):
        opened(data, "Lost")


def test_a_chart_is_no_sheet() -> None:
    book = workbook({"Chart": b"", "Data": label(0, 0, "x")})
    at = book.index(letters("Chart", "<B"))
    assert opened(compound({"Workbook": book[: at - 1] + b"\2" + book[at:]})).name == "Data"


@pytest.mark.parametrize("power", [9, 12])
@pytest.mark.parametrize("length", [0, 5_000, 9_000_000])
def test_where_the_workbook_is_in_the_file(power: int, length: int) -> None:
    """In the mini stream, in sectors, and in so many that the list of the FAT's is longer than the header."""
    cells = texts_row(0, "a") + label(1, 0, "1") + record(0x00EC, b"x" * 8000) * (length // 8000)
    streams = {"\5Summary": b"x" * 100, "WORKBOOK": workbook({"A": cells}), "Z": b"y" * 9000}
    data = compound(streams, power=power)
    assert from_csv(data) == from_csv(data + b"\0" * 7) == [{"a": "1"}]


def test_a_password() -> None:
    for more in (record(0x002F, bytes(54)), record(0x002F, bytes(6))):
        with pytest.raises(UsageError, match="^book.xls: .* it is protected by a password: save it without one$"):
            opened(xls(b"", more=more))


def test_without_xlrd_it_is_reported_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(UsageError) as raised:
        validate(xls(texts_row(0, "a")))
    why = ".xls needs xlrd: pip install 'custobar_formats[xls]', or save it as .xlsx"
    assert str(raised.value) == f"<input>: the spreadsheet cannot be read: {why}"
    assert from_csv(b"a\n1\n") == [{"a": "1"}]


def test_a_file_within_packed_data() -> None:
    data = xls(texts_row(0, *HEADER))
    for packed in (gzip.compress(data), zipped({"a.xls": data})):
        (finding,) = validate(packed, format="csv").findings
        assert (finding.code, finding.hint) == (
            "not-csv",
            "give an .xls file unpacked, or save its table as .xlsx or CSV",
        )


def test_the_stages_that_csv_goes_through(capsys: pytest.CaptureFixture[str]) -> None:
    cells = texts_row(0, *HEADER) + texts_row(1, "C-1", "nobody") + number(1, 2, 100) + formula(2, 0, NO_VALUE, 3)
    data = xls(cells + record(0x0205, pack("<HHHBB", 2, 1, 0, 7, 1)))
    for given in (data, io.BytesIO(data), ReadOnce(data)):
        report = validate(given, "customers")
        found = {(each.code, each.line, each.column) for each in report.findings}
        assert found >= {
            ("formula-without-value", 3, 1),
            ("wrong-format", 2, 2),
            ("numbers-for-digits", 2, 3),
            ("wrong-format", 3, 2),
        }
    assert (report.source.format, report.source.sheet) == ("xls", "Sheet1")
    assert fix(data, "customers").text == "external_id,email,zip_code\nC-1,nobody,100\n#N/A,#DIV/0!,\n"
    assert capsys.readouterr() == ("", "")  # xlrd prints by default
    with pytest.raises(UsageError, match="the file is a spreadsheet, not JSON"):
        validate(data, format="json")


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cells = texts_row(0, *HEADER) + texts_row(1, "C-1", "a@example.com", "00100") + texts_row(2, "C-2", "nobody")
    Path("asiakkaat.data").write_bytes(xls(cells))
    assert main(["inspect", "asiakkaat.data"]) == VALID
    assert "  format    xls\n  sheet     Sheet1\n  entity    customers" in capsys.readouterr().out
    assert main(["validate", "asiakkaat.data", "--report", "lines"]) == INVALID
    assert capsys.readouterr().out.startswith("asiakkaat.data:B3: error: wrong-format: row 2: 'nobody'")
    assert main(["convert", "asiakkaat.data", "--valid", "good.json", "--rejects", "bad.csv", "-q"]) == INVALID
    assert '"external_id":"C-1"' in Path("good.json").read_text("utf-8").replace(" ", "")
    assert Path("bad.csv").read_text("utf-8").splitlines()[1].endswith(",C-2,nobody,")
    assert main(["map", "asiakkaat.data"]) == VALID
    assert 'zip_code = "zip_code"' in capsys.readouterr().out
    assert main(["fix", "asiakkaat.data", "fixed.csv", "-q"]) == INVALID
    assert main(["validate", "asiakkaat.data", "--sheet", "Sheet2"]) == MISUSE
    assert "did you mean 'Sheet1'?" in capsys.readouterr().err
