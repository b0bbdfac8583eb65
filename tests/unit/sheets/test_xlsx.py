"""Workbooks of Excel, as programs write them."""

from __future__ import annotations

import io
from typing import Any

import pytest

from custobar_formats import UsageError
from custobar_formats.files.spreadsheet_files import Spreadsheet
from custobar_formats.sheets.opened import OpenedSheet, open_sheet
from tests.workbooks import MAIN, RELATIONS, parts_of_xlsx, relations, texts_row, xlsx, zipped


def opened(data: bytes, wanted: str | int | None = None) -> OpenedSheet:
    return open_sheet(Spreadsheet("xlsx", io.BytesIO(data)), wanted, "book.xlsx")


def rows(data: bytes, wanted: str | int | None = None) -> dict[int, list[str]]:
    return {row.number: row.cells for row in opened(data, wanted).sheet.rows}


def only(cell: str, **more: Any) -> str:
    """The text of the only cell."""
    ((cells,),) = [row.cells for row in opened(xlsx(f"<row>{cell}</row>", **more)).sheet.rows]
    return cells


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>24.9</v></c>", "24.9"),
        ('<c t="n"><v>5.58199E+12</v></c>', "5581990000000"),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="b"><v>0</v></c>', "false"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c t="str"><f>A1&amp;"x"</f><v> x </v></c>', " x "),
        ('<c t="d"><v>2024-09-01T00:00:00</v></c>', "2024-09-01"),
        ('<c t="inlineStr"><is><t>a</t></is></c>', "a"),
        ('<c t="inlineStr"><is><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>', "a b"),
        ('<c t="inlineStr"><is><t>東</t><rPh sb="0" eb="1"><t>ひがし</t></rPh></is></c>', "東"),
        ('<c t="inlineStr"><is><t>a_x000D_\nb_x005F_x000D_</t></is></c>', "a\r\nb_x000D_"),
        ('<c t="inlineStr"><is><t>_xD83D__xDE42_ _xD83D_</t></is></c>', "🙂 \ufffd"),
        ('<c t="inlineStr"><is><t><![CDATA[<a> & b]]></t></is></c>', "<a> & b"),
        ('<c t="inlineStr"><is><t>&#x1F642;&quot;&apos;</t></is></c>', "🙂\"'"),
        ('<c t="unknown"><v>x</v></c>', "x"),
    ],
)
def test_a_cell(cell: str, text: str) -> None:
    assert only(cell) == text
    prefixed = cell
    for name in ("is", "rPh", "rPr", "c", "v", "f", "t", "r", "b"):
        for end in (">", " ", "/>"):
            prefixed = prefixed.replace(f"<{name}{end}", f"<x:{name}{end}").replace(f"</{name}>", f"</x:{name}>")
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row>{prefixed}</x:row></x:sheetData></x:worksheet>'
    assert rows(zipped({**parts_of_xlsx({"A": ""}), "xl/worksheets/sheet1.xml": sheet})) == {1: [text]}


@pytest.mark.parametrize(
    ("value", "format_", "text"),
    [
        ("45536", 14, "2024-09-01"),
        ("45536", "d.m.yyyy hh:mm", "2024-09-01T00:00:00"),
        ("45536.5", "d.m.yyyy", "2024-09-01T12:00:00"),
        ("0.5", "hh:mm", "12:00:00"),
        ("1.5", "[h]:mm", "36:00:00"),
        ("0.125", "0.0%", "12.5 %"),
        ("45536", 0, "45536"),
        ("100", "00000", "00100"),
        ("7", "000-000", "000-007"),
        ("100", "&quot;0&quot;00000", "000100"),
        ("401234567", "0## ### ####", "0401234567"),
    ],
)
def test_a_number_with_a_format(value: str, format_: str | int, text: str) -> None:
    assert only(f'<c s="1"><v>{value}</v></c>', formats=[0, format_]) == text
    assert only(f'<c s="9"><v>{value}</v></c>', formats=[0, format_]) == value


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    for truth, day in {"1": "44074", "true": "44074", "0": "45536"}.items():
        properties = f'<workbookPr date1904="{truth}"/>'
        assert only(f'<c s="0"><v>{day}</v></c>', formats=[14], properties=properties) == "2024-09-01"


def test_shared_texts() -> None:
    texts = ["<t>a</t>", "<r><t>b</t></r><r><t>c</t></r>", "<t/>", '<t xml:space="preserve"> d</t><rPh><t>x</t></rPh>']
    cells = "".join(f'<c t="s"><v>{number}</v></c>' for number in (3, 0, 1, 2, 0))
    assert rows(xlsx(f"<row>{cells}</row>", texts=texts)) == {1: [" d", "a", "bc", "", "a"]}
    for number in ("4", "-1", "x", "1.0"):
        with pytest.raises(UsageError, match="a cell of row 1 names text"):
            rows(xlsx(f'<row><c t="s"><v>{number}</v></c></row>', texts=texts))


def test_rows_and_columns_have_the_numbers_that_a_program_shows() -> None:
    data = xlsx(
        '<row r="3"><c r="B3"><v>1</v></c><c><v>2</v></c><c r="AA3"><v>3</v></c></row><row/>'
        '<row><c r="A5"><v>4</v></c><c r="B5" s="1"/></row><row r="9"><c s="1"/></row>'
        '<row r="1048576"><c><v>5</v></c></row>'
    )
    assert rows(data) == {3: ["", "1", "2", *[""] * 23, "3"], 5: ["4"], 1048576: ["5"]}


@pytest.mark.parametrize(
    ("cell", "text", "unvalued"),
    [
        ("<c><f>A1</f></c>", "#N/A", (0,)),
        ("<c><f>A1</f><v></v></c>", "#N/A", (0,)),
        ("<c><f>A1</f><v/></c>", "#N/A", (0,)),
        ('<c><f t="shared" si="0"/></c>', "#N/A", (0,)),
        ('<c t="str"><f>A1</f></c>', "#N/A", (0,)),
        ('<c t="str"><f>""</f><v></v></c><c><v>1</v></c>', "", ()),
        ("<c><f>A1</f><v>0</v></c>", "0", ()),
    ],
)
def test_a_formula_has_a_value_or_is_known_to_have_none(cell: str, text: str, unvalued: tuple[int, ...]) -> None:
    (row,) = opened(xlsx(f"<row>{cell}</row>")).sheet.rows
    assert (row.cells[0], row.unvalued) == (text, unvalued)


def test_the_sheet_that_is_read() -> None:
    names = ["Hidden", "First", "Very hidden", "2", "Last"]
    states = {"Hidden": "hidden", "Very hidden": "veryHidden"}
    data = zipped(parts_of_xlsx({name: texts_row(1, name) for name in names}, states=states))
    found: dict[str | int | None, str] = {None: "First", 1: "First", 2: "2", 3: "Last", "2": "2", "3": "Last"}
    for wanted, name in {**found, "Hidden": "Hidden", "Very hidden": "Very hidden"}.items():
        assert (opened(data, wanted).name, rows(data, wanted)) == (name, {1: [name]})
    assert opened(data).others == ("2", "Last")
    wrong: dict[str | int, str] = {
        "Lost": "there is no sheet named 'Lost': did you mean 'Last'?",
        "x": "there is no sheet named 'x': it has 'Hidden', 'First', 'Very hidden', '2', 'Last'",
        4: "there is no sheet 4: it has 3: 'First', '2', 'Last'",
        "0": "there is no sheet 0: it has 3: 'First', '2', 'Last'",
    }
    for lost, message in wrong.items():
        with pytest.raises(UsageError) as raised:
            opened(data, lost)
        assert str(raised.value) == f"book.xlsx: {message}"
    hidden = zipped(parts_of_xlsx({"A": ""}, states={"A": "hidden"}))
    with pytest.raises(UsageError, match="all its sheets are hidden: name one: 'A'"):
        opened(hidden)


def test_a_chart_is_no_sheet() -> None:
    parts = parts_of_xlsx({"Chart": "", "Data": texts_row(1, "x")})
    parts["xl/_rels/workbook.xml.rels"] = relations(
        r1=("chartsheet", "chartsheets/sheet1.xml"), r2=("worksheet", "worksheets/sheet2.xml")
    )
    assert (opened(zipped(parts)).name, opened(zipped(parts)).others) == ("Data", ())


def test_a_workbook_elsewhere() -> None:
    """Relations name the parts; programs may put them anywhere."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(a=("officeDocument", "/xl/books/main.xml")),
        "xl/books/main.xml": f'<workbook xmlns:q="{RELATIONS}"><sheets><sheet name="A" q:id="x"/></sheets></workbook>',
        "xl/books/_rels/main.xml.rels": relations(x=("worksheet", "../tabs/a.xml")),
        "xl/tabs/a.xml": f"<worksheet><sheetData>{texts_row(1, 'x')}</sheetData></worksheet>",
    }
    assert rows(zipped(parts)) == {1: ["x"]}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ('<row r="2"><c><v>1</v></c></row><row r="2"/>', "row 2 comes after row 2"),
        ('<row r="0"/>', "there is no row 0"),
        ('<row r="x"/>', "there is no row x"),
        ('<row r="1048577"/>', "there is no row 1048577"),
        ('<row r="1"/><row r="99999999999999999999"/>', "row 99999999999999999999 comes after row 1"),
        ('<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "cell A1 is at a wrong place, in row 1"),
        ('<row><c r="XFE1"><v>1</v></c></row>', "cell XFE1 is at a wrong place, in row 1"),
        ('<row><c r="1"><v>1</v></c></row>', "cell 1 is at a wrong place, in row 1"),
        ("<c><v>1</v></c>", "cell None is at a wrong place, in row 0"),
        ("<row><c></row>", "its XML is damaged"),
        ("<row>\0</row>", "its XML is damaged"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_not_read(cells: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^book.xlsx: the spreadsheet cannot be read: {message}"):
        rows(xlsx(cells))
