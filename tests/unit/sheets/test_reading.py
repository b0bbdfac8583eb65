"""Spreadsheets through the stages that CSV goes through."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import UsageError, fix, from_csv, iter_csv, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.report.text import text_of
from tests.streams import ReadOnce
from tests.workbooks import ods, parts_of_xlsx, table, texts_row, xlsx, zipped

HEADER = ("external_id", "email", "zip_code")


def sheet(*rows: Sequence[str], first: int = 1) -> bytes:
    return xlsx("".join(texts_row(number, *cells) for number, cells in enumerate(rows, first)))


def codes(data: bytes, schema: Any = "customers", **options: Any) -> list[tuple[str, int | None, int | None]]:
    return [(each.code, each.line, each.column) for each in validate(data, schema, **options).findings]


def test_records_and_how_they_were_read() -> None:
    data = sheet(HEADER, ("C-1", "a@example.com", "00100"), ("C-2", "", "33100"))
    expected = [
        {"external_id": "C-1", "email": "a@example.com", "zip_code": "00100"},
        {"external_id": "C-2", "zip_code": "33100"},
    ]
    for given in (data, io.BytesIO(data), ReadOnce(data)):
        assert from_csv(given, "customers") == expected
    assert list(iter_csv(data, "customers")) == expected
    report = validate(data, "customers")
    assert (report.valid, report.rows, report.findings) == (True, 2, ())
    source = report.source
    assert (source.format, source.sheet, source.charset, source.delimiter) == ("xlsx", "Sheet1", None, None)
    assert text_of(report).endswith("valid: 2 of 2 rows valid, 0 errors, 0 warnings (sheet Sheet1)")


def test_an_open_document() -> None:
    row = "<table:table-row>{}</table:table-row>".format
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'.format
    data = ods(table(row(cell("external_id")) + row(cell("C-1"))))
    report = validate(data, "customers")
    assert (report.valid, report.rows, report.source.format) == (True, 1, "ods")


def test_blank_rows_are_none_and_rows_keep_their_numbers() -> None:
    blank = "<row/><row/>"
    data = xlsx(texts_row(3, *HEADER) + blank + texts_row(7, "C-1") + texts_row(9, "C-1", "x") + '<row r="99"/>')
    report = validate(data, "customers")
    assert report.rows == 2
    assert [(each.code, each.row, each.line, each.column) for each in report.findings] == [
        ("duplicate-identifier", 2, 9, 1),
        ("wrong-format", 2, 9, 2),
    ]
    assert "\n    <input>:B9\n" in text_of(report)


def test_cells_beyond_the_header() -> None:
    data = sheet(HEADER, ("C-1", "", "", ""), ("C-2", "", "", "", "x"))
    (finding,) = validate(data, "customers").findings
    assert (finding.code, finding.line, finding.column) == ("extra-cell", 3, 4)
    assert finding.hint == "give the column a name in the header, or clear its cells"


def test_a_cell_that_is_too_long_ends_the_reading() -> None:
    for length, found in ((131_072, []), (131_073, [("oversized-cell", 3, 2)]), (400_000, [("oversized-cell", 3, 2)])):
        rows = [HEADER, ("C-1",), ("C-2", "x" * length), ("C-3",)]
        assert codes(sheet(*rows), None) == found
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'.format
        row = "<table:table-row>{}</table:table-row>".format
        assert codes(ods(table("".join(row("".join(map(cell, cells))) for cells in rows))), None) == found
    assert codes(sheet(("a", "x" * 131_073)), None) == [("oversized-cell", 1, 2)]


def test_the_header_below_a_title() -> None:
    title = [("Asiakkaat 2024",), HEADER, ("C-1", "a@example.com", "00100"), ("C-2", "b@example.com", "33100")]
    (finding,) = validate(sheet(*title, first=4), "customers").findings
    assert (finding.code, finding.line) == ("title-rows", 4)
    assert "--header 5" in (finding.hint or "")
    for header in (2, 5):
        report = validate(sheet(*title, first=4), "customers", header=header)
        assert report.valid == (header == 5)
        assert report.source.header_line == header
    assert codes(sheet(HEADER), header=9) == [("no-header", 9, None)]


@pytest.mark.parametrize("schema", ["customers", None])
def test_a_row_has_the_width_of_the_sheet(schema: str | None) -> None:
    """What is blank at the ends of rows is not stored, or is; the title is found in any case, as in the CSV."""
    names = ("Nr", "Mail", "Puh", "Koodi", "Huom")
    for header in (names, HEADER + names[3:]):
        rows = [("Asiakkaat",), (), header, *([("1", "x@example.com", "", "00100")] * 9), ("2", "", "", "", "soita")]
        wide = [row + ("",) * (5 - len(row)) for row in rows]
        for data in (sheet(*rows), sheet(*wide), "\n".join(map(",".join, wide))):
            (finding,) = validate(data, schema).findings
            assert (finding.code, finding.line) == ("title-rows", 1)
            assert "--header 3 " in (finding.hint or "")
    rows = [("Asiakkaat",), HEADER, *([("1", "x@example.com", "00100")] * 9), ("2", "", "", "", "", "soita")]
    assert codes(sheet(*rows), schema) == [("title-rows", 1, None)]  # with a note beside the table, too


def test_what_is_no_title_in_a_sheet() -> None:
    rows = [("email", "city", "Huom"), *([("a@example.com",)] * 9), ("b@example.com", "", "soita")]
    assert [code for code, _, _ in codes(sheet(*rows))] == ["unknown-label", *["duplicate-identifier"] * 8]
    assert codes(sheet(("a",), *[("x", "y")] * 3), None)[0] == ("doubtful-delimiter", 1, None)


def test_a_sheet_whose_rows_are_in_one_column() -> None:
    data = sheet(("external_id;email;city",), ("C-1;a@example.com;Oulu",), ("C-2;b@example.com;Pori",))
    (finding,) = validate(data, "customers").findings
    assert finding.code == "quoted-lines"
    assert finding.hint == "divide the column at its delimiter (Text to Columns), or give the CSV file itself"


def test_a_formula_without_a_value_is_an_error_at_its_cell() -> None:
    data = xlsx(texts_row(1, "external_id", "first_name") + '<row r="2"><c><v>1</v></c><c><f>A1</f></c></row>')
    report = validate(data, "customers")
    assert [(each.code, each.line, each.column) for each in report.errors] == [("formula-without-value", 2, 2)]
    fixed = fix(data, "customers")
    assert fixed.text == "external_id,first_name\n1,#N/A\n"
    assert "formula-without-value" in fixed.report.counts.by_code
    header = xlsx('<row><c><f>"a"</f></c></row>' + texts_row(2, "x"))
    assert ("formula-without-value", 1, 1) in codes(header)


def test_numbers_in_columns_of_digits() -> None:
    rows = (
        texts_row(1, *HEADER, "first_name")
        + texts_row(2, "C-1", "", "00100").replace("</row>", "<c><v>1</v></c></row>")
        + '<row r="3"><c><v>2</v></c><c/><c><v>100</v></c></row><row r="4"><c><v>3</v></c><c/><c><v>200</v></c></row>'
    )
    assert codes(xlsx(rows)) == [("numbers-for-digits", 3, 1), ("numbers-for-digits", 3, 3)]
    assert codes(xlsx(rows), None) == []
    mapping = {
        "entity": "customers",
        "columns": {"external_id": "external_id", "zip_code": "zip_code"},
        "ignore": ["email", "first_name"],
    }
    found = validate(xlsx(rows), mapping=mapping).findings
    assert [each.column for each in found if each.code == "numbers-for-digits"] == [1, 3]


def test_what_a_cell_has_is_looked_at_as_in_csv() -> None:
    cells = ("C-1", "a@example.com", "\u200b00100")
    data = xlsx(texts_row(1, *HEADER, "first_name") + texts_row(2, *cells, "  ") + texts_row(3, "C-2", "", "", "one\n"))
    assert codes(data) == [
        ("invisible-character", 2, 3),
        ("only-spaces", 2, 4),
        ("outer-whitespace", 3, 4),
    ]


def test_other_sheets_are_named() -> None:
    names = ["Kuva", "A", "B", "Piilo"]
    sheets = {name: texts_row(1, "id") + texts_row(2, name) for name in names}
    data = zipped(parts_of_xlsx(sheets, states={"Piilo": "hidden"}))
    (finding,) = validate(data).findings
    message = "the sheet 'Kuva' is read; not read are 2 others: 'A', 'B'"
    assert (finding.code, finding.message) == ("other-sheets", message)
    assert finding.hint == "to read another one, name it, as with --sheet 'A'"
    found: list[tuple[str | int, str]] = [("B", "B"), (2, "A"), ("3", "B"), ("Piilo", "Piilo")]
    for wanted, name in found:
        assert from_csv(data, sheet=wanted) == [{"id": name}]
        assert validate(data, sheet=wanted).findings == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ";"}, "a spreadsheet has no delimiter"),
        ({"encoding": "utf-8"}, "a spreadsheet has no encoding"),
        ({"content_type": "text/csv"}, "a spreadsheet has no content type"),
        ({"format": "json"}, "the file is a spreadsheet, not JSON"),
        ({"sheet": "Sheet"}, "there is no sheet named 'Sheet': did you mean 'Sheet1'?"),
        ({"sheet": 2}, "there is no sheet 2: it has 1: 'Sheet1'"),
    ],
)
def test_options_that_a_sheet_does_not_have(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        validate(sheet(HEADER), **options)
    assert str(raised.value) == f"<input>: {message}"


@pytest.mark.parametrize("wanted", [0, -1, 1.5, True, b"a"])
def test_nonsense_for_a_sheet(wanted: Any) -> None:
    with pytest.raises(UsageError, match="^sheet="):
        from_csv(sheet(HEADER), sheet=wanted)


def test_only_a_spreadsheet_has_sheets() -> None:
    for source in ("a\n1\n", b"a\n1\n", b'[{"a": 1}]'):
        with pytest.raises(UsageError, match=r"only a spreadsheet \(.xlsx, .ods, .xls\) has sheets"):
            validate(source, sheet=1)


def test_a_spreadsheet_within_packed_data_is_named() -> None:
    for packed in (gzip.compress(sheet(HEADER)), zipped({"a.xlsx": sheet(HEADER)})):
        (finding,) = validate(packed, format="csv").findings
        assert (finding.code, finding.hint) == ("not-csv", "unpack it first")


def test_other_office_files() -> None:
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)
    for data, what in {
        start: "an old Office document (.doc ...), or an .xls that is damaged or within packed data",
        start + "EncryptedPackage".encode("utf-16-le") + bytes(100): "protected by a password",
    }.items():
        (finding,) = validate(data).findings
        assert (finding.code, finding.message) == ("not-csv", f"the file is {what}, not CSV; nothing is read")
        assert "as .xlsx or CSV" in (finding.hint or "")


# -- the command


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [HEADER, ("C-1", "a@example.com", "00100"), ("C-2", "nobody", '33100, "x"')]
    Path("asiakkaat.data").write_bytes(sheet(*rows))
    assert main(["inspect", "asiakkaat.data"]) == VALID
    assert "  format    xlsx\n  sheet     Sheet1\n  entity    customers, by the file name" in capsys.readouterr().out
    assert main(["validate", "asiakkaat.data", "--report", "lines"]) == INVALID
    assert capsys.readouterr().out.startswith("asiakkaat.data:B3: error: wrong-format: row 2: 'nobody'")
    assert main(["convert", "asiakkaat.data", "--valid", "good.json", "--rejects", "bad.csv", "-q"]) == INVALID
    assert '"external_id":"C-1"' in Path("good.json").read_text("utf-8").replace(" ", "")
    lines = Path("bad.csv").read_bytes().decode("utf-8").splitlines()
    assert lines[0] == "__rejected_because,external_id,email,zip_code"
    assert lines[1].endswith(',C-2,nobody,"33100, ""x"""')
    assert main(["convert", "asiakkaat.data", "out.csv", "--entity", "none", "-d", "semicolon", "-q"]) == VALID
    assert Path("out.csv").read_text("utf-8") == (
        'external_id;email;zip_code\nC-1;a@example.com;00100\nC-2;nobody;"33100, ""x"""\n'
    )
    assert main(["map", "asiakkaat.data"]) == VALID
    assert 'zip_code = "zip_code"' in capsys.readouterr().out
    assert main(["fix", "asiakkaat.data", "fixed.csv", "-q"]) == INVALID
    assert Path("fixed.csv").read_text("utf-8").startswith("external_id,email,zip_code\nC-1,")
    for words in (["--sheet", "Sheet2"], ["--delimiter", "comma"], ["--from", "json"]):
        assert main(["validate", "asiakkaat.data", *words]) == MISUSE
        assert main(["convert", "asiakkaat.data", "new.json", *words]) == MISUSE
    assert not Path("new.json").exists()


def test_reports_show_the_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "customers.xlsx"
    path.write_bytes(sheet(HEADER, ("C-1", "nobody")))
    shown = {"html": "B2", "junit": "customers.xlsx:B2: error", "github": "line=2,title", "json": '"sheet": "Sheet1"'}
    for format_, expected in shown.items():
        assert main(["validate", str(path), "--report", format_]) == INVALID
        assert expected in capsys.readouterr().out


def test_a_workbook_that_ends_early_is_refused_as_a_spreadsheet(tmp_path: Path) -> None:
    data = sheet(HEADER, *((f"C-{number}", f"a{number}@example.com", "00100") for number in range(500)))
    path = tmp_path / "cut.xlsx"
    path.write_bytes(data[: len(data) // 2])
    assert main(["validate", str(path), "--entity", "customers"]) == MISUSE
    with pytest.raises(UsageError, match="cut.xlsx: the spreadsheet cannot be read: .*save the spreadsheet again"):
        validate(path, "customers")


def test_a_sheet_whose_header_has_one_cell() -> None:
    data = xlsx("".join(texts_row(number, *cells) for number, cells in enumerate([("nimi",), *[("a", "b")] * 3], 1)))
    found = [each.hint for each in validate(data, None).findings if each.code == "doubtful-delimiter"]
    assert found == ["give each column a name in a cell of its own; or divide the column (Text to Columns)"]


def test_rows_left_out_are_named_as_the_program_shows_them() -> None:
    data = sheet(("Nr", "Nimi"), ("1", "a"), ("2", "b"), ("", "Yhteensä"), ("3", "x"), first=4)
    mapping = {
        "entity": "customers",
        "columns": {"external_id": "Nr", "first_name": "Nimi"},
        "rows": {"end": {"column": "Nimi", "is": "Yhteensä"}},
    }
    (notice,) = (each for each in validate(data, mapping=mapping).notices if each.code == "skipped-rows")
    assert notice.message == "2 rows left out by the conditions of the mapping, the last ones from row 7 on"
