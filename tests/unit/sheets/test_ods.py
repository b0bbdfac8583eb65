"""OpenDocument spreadsheets."""

from __future__ import annotations

import io
import zipfile

import pytest

from custobar_formats import UsageError
from custobar_formats.files.spreadsheet_files import Spreadsheet
from custobar_formats.sheets.opened import OpenedSheet, open_sheet
from tests.workbooks import SHEET_TYPE, ods, table, zipped


def opened(data: bytes, wanted: str | int | None = None) -> OpenedSheet:
    return open_sheet(Spreadsheet("ods", io.BytesIO(data)), wanted, "book.ods")


def rows(tables: str, wanted: str | int | None = None, styles: str = "") -> dict[int, list[str]]:
    return {row.number: row.cells for row in opened(ods(tables, styles=styles), wanted).sheet.rows}


def cell(kind: str = "string", text: str = "", **values: str) -> str:
    given = "".join(f' {"table" if name == "formula" else "office"}:{name}="{value}"' for name, value in values.items())
    return f'<table:table-cell office:value-type="{kind}"{given}>{text}</table:table-cell>'


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (cell(text="<text:p>a</text:p>"), "a"),
        (cell(text="<text:p>a</text:p><text:p/><text:p>b</text:p>"), "a\n\nb"),
        (cell(text='<text:p>a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d</text:p>'), "a   b\tc\nd"),
        (cell(text="<text:p><text:span>a</text:span><text:a>b<text:s/></text:a>c</text:p>"), "ab c"),
        (cell(text="<office:annotation><text:p>no</text:p><text:s/></office:annotation><text:p>a</text:p>"), "a"),
        (cell(text="<draw:frame><draw:a><text:p>no</text:p></draw:a></draw:frame><text:p>a</text:p>"), "a"),
        (cell("string", "<text:p>shown</text:p>", **{"string-value": "stored"}), "stored"),
        (cell("float", "<text:p>24,90 e</text:p>", value="24.9"), "24.9"),
        (cell("percentage", "<text:p>13 %</text:p>", value="0.125"), "12.5 %"),
        (cell("float", "<text:p>00100</text:p>", value="100"), "00100"),
        (cell("float", "<text:p>0,50</text:p>", value="0.5"), "0.5"),
        (cell("float", "<text:p>000-007</text:p>", value="7"), "000-007"),
        (cell("float", "<text:p>000100</text:p>", value="100"), "000100"),
        (cell("float", "<text:p>00</text:p>", value="0"), "00"),
        (cell("float", "<text:p>0</text:p>", value="0"), "0"),
        (cell("currency", "<text:p>5,58E+12</text:p>", value="5581990000000"), "5581990000000"),
        (cell("date", **{"date-value": "2024-09-01"}), "2024-09-01"),
        (cell("date", **{"date-value": "2024-09-01T18:30:05"}), "2024-09-01T18:30:05"),
        (cell("time", **{"time-value": "PT30H05M00S"}), "30:05:00"),
        (cell("boolean", **{"boolean-value": "true"}), "true"),
        (cell("float", "<text:p>TOSI</text:p>", value="1", formula="of:=TRUE()"), "true"),
        (cell("float", "<text:p>FALSE</text:p>", value="0", formula="of:=FALSE()"), "false"),
        (cell("float", "<text:p>#DIV/0!</text:p>", value="0", formula="of:=1/0"), "#DIV/0!"),
        (cell("string", "<text:p>Err:502</text:p>", formula="of:=X()", **{"string-value": ""}), "Err:502"),
    ],
)
def test_a_cell(given: str, text: str) -> None:
    assert rows(table(f"<table:table-row>{given}</table:table-row>")) == {1: [text]}
    covered = given.replace("table:table-cell", "table:covered-table-cell")
    assert rows(table(f"<table:table-row>{covered}</table:table-row>")) == {1: [text]}


def test_rows_and_cells_that_are_repeated() -> None:
    a, blank = cell(text="<text:p>a</text:p>"), "<table:table-cell/>"
    twice = a.replace("table-cell ", 'table-cell table:number-columns-repeated="2" ')
    many = '<table:table-cell table:number-columns-repeated="16379"/>'
    last = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    body = (
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        f"<table:table-header-rows><table:table-row>{blank}{twice}{many}</table:table-row></table:table-header-rows>"
        f'<table:table-row table:number-rows-repeated="2">{a}{blank}{a}</table:table-row>{last}'
    )
    assert rows(table(body)) == {3: ["", "a", "a"], 4: ["a", "", "a"], 5: ["a", "", "a"]}


def test_a_formula_has_a_value_or_is_known_to_have_none() -> None:
    formula = '<table:table-cell table:formula="of:=A1"{}'
    for ending, unvalued in {"/>": (0,), "><text:p/></table:table-cell>": ()}.items():
        found = list(opened(ods(table(f"<table:table-row>{formula.format(ending)}</table:table-row>"))).sheet.rows)
        assert [row.unvalued for row in found] == ([unvalued] if unvalued else [])


def test_the_sheet_that_is_read() -> None:
    row = "<table:table-row>{}</table:table-row>"
    styles = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
    tables = table(row.format(cell(text="<text:p>1</text:p>")), "Hidden", ' table:style-name="ta1"')
    inner = table(row.format(cell(text="<text:p>no</text:p>")), "Inner")
    tables += table(row.format(cell(text=f"<text:p>2</text:p>{inner}")), "A")
    tables += table(row.format(cell(text="<text:p>3</text:p>")), "B")
    for wanted, text in {None: "2", 1: "2", 2: "3", "B": "3", "Hidden": "1"}.items():
        assert rows(tables, wanted, styles) == {1: [text]}
    assert opened(ods(tables, styles=styles)).others == ("B",)
    with pytest.raises(UsageError, match="there is no sheet 3: it has 2: 'A', 'B'"):
        rows(tables, 3, styles)
    with pytest.raises(UsageError, match="it has no sheets"):
        rows("")


def test_a_password() -> None:
    manifest = "<m:manifest xmlns:m='x'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"
    with pytest.raises(UsageError, match=r"^book.ods: .* it is protected by a password: save it without one$"):
        opened(ods("", more={"META-INF/manifest.xml": manifest}))


def test_names_that_no_program_gives() -> None:
    data = ods(table("<table:table-row/>"))
    for old in ("table", "office", "text"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = archive.read("content.xml").decode().replace(f"xmlns:{old}=", f"xmlns:other{old}=")
        with pytest.raises(
            UsageError, match="its first element is not that of an OpenDocument spreadsheet|XML is damaged"
        ):
            opened(zipped({"mimetype": SHEET_TYPE, "content.xml": content}))
