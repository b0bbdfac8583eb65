"""Rejected rows: each row goes to one of two files, and fixed rows can be read again."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import InvalidData, UsageError, batches, from_csv, from_json, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from custobar_formats.text.artefacts import is_formula

BECAUSE = "__rejected_because"
HEADER = "external_id;price;title"


def separate(data: bytes, entity: str = "products", **options: Any) -> tuple[list[Any], bytes, Any]:
    good, rejects = io.BytesIO(), io.BytesIO()
    more = {name: options.pop(name) for name in ("encoding", "delimiter") if name in options}
    report = convert_file(
        io.BytesIO(data), good, entity, Options("csv", **more), to="jsonl", rejects=rejects, **options
    )
    return [json.loads(line) for line in good.getvalue().splitlines()], rejects.getvalue(), report


def test_each_row_goes_to_one_of_two(tmp_path: Path) -> None:
    data = f'{HEADER}\nP1;0;Käthy\nP2;2.5;\n\nP3;x;"a;b"\nP4\nP5;5;x;y\n'.encode()
    records, rejects, report = separate(data)
    assert records == [{"external_id": "P1", "price": 0, "title": "Käthy"}]
    header, *rows = csv.reader(io.StringIO(rejects.decode("utf-8")), delimiter=";")
    assert header == [BECAUSE, "external_id", "price", "title"]
    assert [row[1:] for row in rows] == [["P2", "2.5", ""], ["P3", "x", "a;b"], ["P4"], ["P5", "5", "x", "y"]]
    assert rows[0][0] == "wrong-type [price]: '2.5' is not an integer (money, in cents) (write 250?)"
    assert rows[2][0].startswith("missing-cell [price]: the row has 1 cell, the header has 3")
    assert rows[3][0].startswith("extra-cell: the row has 4 cells, the header has 3")
    again, rejected, _ = separate(rejects)  # unfixed, none of them is valid
    assert again == []
    header, *more = csv.reader(io.StringIO(rejected.decode("utf-8")), delimiter=";")
    assert more == rows  # for the same reasons
    assert (report.rows, report.valid_rows, report.counts.by_code["rejected-rows"]) == (5, 1, 1)
    assert report.notices[0].message == "4 rows rejected and written to the rejects"


@pytest.mark.slow
def test_more_reasons_than_a_cell_holds_are_counted() -> None:
    """A cell of a spreadsheet, too: the file is there to be fixed in one."""
    labels = [f"stock.{number}.quantity" for number in range(1500)]
    rejects = separate("\n".join([",".join(["external_id", *labels]), ",".join(["P1", *["x"] * 1500])]).encode())[1]
    (_, row) = csv.reader(io.StringIO(rejects.decode("utf-8")))
    assert len(row[0]) < 32_767
    found = row[0].split("; ")
    assert found[-1] == f"and {1500 - len(found) + 1:,} more"
    report = validate(rejects, "products")
    assert (report.rows, report.counts.by_code["wrong-type"]) == (1, 1500)


def test_the_reason_of_a_column_with_a_long_name_fits_in_a_cell() -> None:
    label = "acme__" + "x" * 100_000
    rejects = separate(f"external_id,price,{label}\nP1,x,\n,1,y\n".encode())[1]
    assert validate(rejects, "products").counts.by_code["rejected-column"] == 1
    data = f'external_id,"{label}"\nP1,y\n'.encode()
    rejects = separate(data, {"properties": {label: {"type": "integer"}}})[1]  # type: ignore[arg-type]
    report = validate(rejects, {"properties": {label: {"type": "integer"}}})
    assert "oversized-cell" not in report.counts.by_code


@pytest.mark.parametrize(
    ("text", "charset", "options"),
    [
        ("external_id;price;city\r\nP1;x;Jyväskylä\r\n", "utf-8-sig", {}),
        ("external_id\tprice\tcity\nP1\tx\tJyväskylä\n", "utf-16", {}),
        ("external_id\tprice\tcity\nP1\tx\tJyväskylä\n", "utf-16-be", {"encoding": "utf-16"}),
        ("external_id,price,city\nP1,x,Jyväskylä\n", "latin-1", {}),
        ("external_id,price,city\nP1,x,10 € Jyväskylä\n", "cp1252", {"encoding": "windows-1252"}),
        ("sep=;\nexternal_id;price;city\nP1;x;y\n", "utf-8", {}),
    ],
)
def test_the_rejects_look_like_the_original(text: str, charset: str, options: dict[str, str]) -> None:
    data = text.encode(charset)
    records, rejects, _ = separate(data, **options)
    assert records == []
    line_end = "\r\n" if "\r" in text else "\n"
    reported = rejects.decode(charset)
    delimiter = next(sign for sign in ";\t," if sign in text.partition("external_id")[2])
    assert rejects[:2] == data[:2] or not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"sep"))
    assert reported.replace(line_end, "\n").count("\n") == text.count("\n")
    assert reported.rstrip().splitlines()[-1].endswith(delimiter + text.rstrip().splitlines()[-1])
    again, rejected, report = separate(rejects, **options)
    assert again == []
    assert rejected == rejects  # unfixed, it is rejected again for the same reasons
    assert report.counts.by_code["rejected-column"] == 1


def test_fixed_rejects_are_fed_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("products.csv").write_bytes("external_id;price;title\nP1;1;ä\nP2;x;ö\nP3;3;å\n".encode("latin-1"))
    assert main(["convert", "products.csv", "--valid", "good.json", "--rejects", "r.csv"]) == INVALID
    mended = Path("r.csv").read_bytes().replace(b"P2;x;", b"P2;250;")
    Path("r.csv").write_bytes(mended)
    assert main(["convert", "r.csv", "rest.json"]) == VALID
    whole = from_json(Path("good.json"), "products") + from_json(Path("rest.json"), "products")
    assert [record["price"] for record in whole] == [1, 3, 250]
    assert whole[2]["title"] == "ö"


def test_where_nothing_is_rejected_the_file_has_a_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(f"{HEADER}\nP1;1;x\n", "utf-8")
    words = ["--entity", "products", "-d", "semicolon", "--valid", "o.jsonl", "--rejects", "r.csv", "--force"]
    assert main(["convert", "in.csv", *words]) == VALID
    assert Path("r.csv").read_text("utf-8") == f"{BECAUSE};{HEADER}\n"
    assert len(Path("o.jsonl").read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize("rows", ["", "P1;x;x\n", "P1;x;x\nP2\n"])
@pytest.mark.parametrize("to", ["o.json", "o.jsonl", "o.csv"])
@pytest.mark.parametrize("missing", ["blank", "split"])
def test_where_no_row_is_valid_nothing_is_written_and_an_older_file_is_removed(
    rows: str,
    to: str,
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    split = missing == "split" and to == "o.csv"
    words = ["--valid", to, "--rejects", "r.csv", *(["--to", "csv"] if to == "o.csv" else [])]
    words += ["--missing", "split"] if split else []
    Path("products.csv").write_text(f"{HEADER}\n{rows}", "utf-8")
    assert main(["convert", "products.csv", *words]) == INVALID
    assert sorted(path.name for path in tmp_path.iterdir()) == ["products.csv", "r.csv"]
    assert Path("r.csv").read_text("utf-8").count("\n") == 1 + rows.count("\n")
    assert f"{to}: not written: no row is valid\n" in capsys.readouterr().err
    old = ["o.1.csv", "o.2.csv"] if split else [to]
    for name in old:
        Path(name).write_text("old", "utf-8")
    assert main(["convert", "products.csv", *words]) == MISUSE
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["products.csv", "r.csv", *old])
    assert main(["convert", "products.csv", *words, "--force"]) == INVALID
    assert sorted(path.name for path in tmp_path.iterdir()) == ["products.csv", "r.csv"]
    assert f"{old[-1]}: removed; an earlier run wrote it\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "data",
    [
        b"external_id;price;price\nP1;1;1\n",  # the header
        b'external_id;price\nP1;1\nP2;"x\nP3;3\n',  # the reading cannot continue after it
        b"",
        b"external_id;title\nP1;a\nP2;\xc3\n",
    ],
)
def test_what_is_not_of_one_row_leaves_neither_file(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(data)
    words = ["--entity", "products", "-d", "semicolon", "-e", "utf-8", "--valid", "o.json", "--rejects", "r.csv"]
    assert main(["convert", "in.csv", *words]) == INVALID
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


SALES = """sale_external_id,external_id,sale_date,sale_customer_id,quantity
S-1,1,2026-01-01,C-1,1
S-2,2,2026-01-01,C-1,1
S-1,3,,,x
S-3,4,,,1
S-2,5,,,2
S-3,6,,,1
S-1,7,,,1
S-4,8,2026-01-01,C-1,1
S-4
"""


@pytest.mark.parametrize("to", ["jsonl", "csv"])
def test_a_sale_stays_whole(to: str) -> None:
    good, rejects = io.BytesIO(), io.BytesIO()
    report = convert_file(
        io.BytesIO(SALES.encode()), good, "sales", Options("csv", delimiter=","), to=to, rejects=rejects
    )
    out = io.BytesIO(good.getvalue())
    records = from_json(out, "sales", lines=True) if to == "jsonl" else from_csv(out, "sales")
    assert [record["external_id"] for record in records] == ["2", "5"]
    rows = list(csv.DictReader(io.StringIO(rejects.getvalue().decode("utf-8"))))
    assert [row["external_id"] for row in rows[:-1]] == ["1", "3", "4", "6", "7", "8"]
    assert rows[-1]["sale_external_id"] == "S-4"
    assert rows[-1]["external_id"] is None  # its width is kept
    assert rows.pop()[BECAUSE].startswith("missing-cell")
    because = {row["external_id"]: row[BECAUSE] for row in rows}
    assert because["1"] == because["7"] == because["8"]
    assert because["1"].startswith("rejected with its sale: another row of the sale has an error")
    assert because["3"].startswith("wrong-type [quantity]")
    assert because["4"].startswith("incomplete-sale")
    assert because["4"] == because["6"]
    assert (
        report.notices[-1].message
        == "7 rows rejected and written to the rejects, 3 of them because of another row of their sale"
    )


def test_what_is_strict_rejects_warnings_too() -> None:
    data = b"external_id;city\nP1;=1+1\nP2;b\n"
    records, rejects, _ = separate(data, "customers", strict=True)
    assert [record["external_id"] for record in records] == ["P2"]
    assert b'"formula-cell [city]: ' in rejects
    assert rejects.endswith(b'";P1;=1+1\n')
    records, rejects, _ = separate(data, "customers", strict=True, ignore=["formula-cell"])
    assert (len(records), rejects.count(b"\n")) == (2, 1)
    with pytest.raises(InvalidData):
        separate(b"external_id;cyti\nP1;a\n", "customers", strict=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["in.csv", "--valid", "o.json"],
            "--valid needs --rejects FILE",
        ),
        (["in.csv", "o.json", "--valid", "o.json", "--rejects", "r.csv"], "two outputs are given"),
        (["in.csv", "o.json", "--rejects", "o.json"], "the rejects file is the output: name another file"),
        (
            ["in.csv", "o.csv", "--missing", "split", "--rejects", "o.1.csv", "--to", "csv"],
            "rejects file is the output",
        ),
        (["in.csv", "o.json", "--rejects", "in.csv", "--force"], "in.csv: the output is the input"),
        (["in.csv", "o.json", "--rejects", "-"], "--rejects needs a file name"),
        (["in.csv", "o.json", "--rejects", ""], "a file's name is empty"),
        (["in.json", "o.csv", "--rejects", "r.csv"], "rejects are rows of a CSV file"),
        (["in.csv", "o.json", "--rejects", "old.csv"], "old.csv: the file already exists"),
        (
            ["in.csv", "o.json", "--rejects", "r.csv", "--report", "html=r.csv"],
            "r.csv: the report would overwrite",
        ),
    ],
)
def test_what_is_refused(
    words: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(f"{HEADER}\nP1;1;x\n", "utf-8")
    Path("in.json").write_text('[{"external_id": "P1"}]', "utf-8")
    Path("old.csv").write_text("old", "utf-8")
    assert main(["convert", *words, "--entity", "products"]) == MISUSE
    assert expected in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "in.json", "old.csv"]


def test_rejected_rows_may_leave_the_code_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("products.csv").write_text(f"{HEADER}\nP1;x;x\n", "utf-8")
    assert main(["convert", "products.csv", "o.json", "--rejects", "r.csv", "--exit-zero"]) == VALID
    Path("products.csv").write_text(f"{HEADER};title\nP1;1;x;y\n", "utf-8")
    assert main(["convert", "products.csv", "p.json", "--rejects", "q.csv", "--exit-zero"]) == INVALID


def test_the_records_may_go_to_stdout(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    path, rejects = tmp_path / "products.csv", tmp_path / "r.csv"
    path.write_text(f"{HEADER}\nP1;x;x\nP2;2;y\n", "utf-8")
    assert main(["convert", str(path), "--rejects", str(rejects), "--to", "jsonl"]) == INVALID
    out, err = capsysbinary.readouterr()
    assert out == b'{"external_id":"P2","price":2,"title":"y"}\n'
    assert b"the output ends before this" not in err
    assert rejects.read_text("utf-8").count("\n") == 2


def test_text_of_a_program_is_read_but_once() -> None:
    with pytest.raises(UsageError, match="text can be read only once: give its bytes"):
        convert_file(SALES, io.BytesIO(), "sales", to="jsonl", rejects=io.BytesIO())


def as_a_spreadsheet_saves(data: bytes) -> bytes:
    """The file with all rows as long as the longest, and quotes only where they are needed."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=";"))
    width, out = max(map(len, rows)), io.StringIO()
    csv.writer(out, delimiter=";").writerows([*row, *[""] * (width - len(row))] for row in rows)
    return out.getvalue().encode()


def without_end(row: list[str]) -> list[str]:
    """The row without blank cells at its end."""
    while row and not row[-1]:
        row = row[:-1]
    return row


SHORT, LONG = "P4", "P5;5;x;y"


def test_a_row_whose_width_was_wrong_is_rejected_until_its_reason_is_cleared() -> None:
    for rows, code in (([SHORT], "missing-cell"), ([LONG], "extra-cell"), ([SHORT, LONG], None), ([LONG, SHORT], None)):
        _, rejects, _ = separate("\n".join([HEADER, "P1;1;x", *rows, ""]).encode())
        padded = as_a_spreadsheet_saves(rejects)
        records, again, report = separate(padded)
        assert records == []
        assert {"rejected-column", "rejected-rows"} < set(report.counts.by_code)
        assert set(report.counts.by_code) <= {"rejected-column", "rejected-rows", "missing-cell", "extra-cell"}
        assert code is None or report.counts.by_code[code] == 1
        records, _, _ = separate(as_a_spreadsheet_saves(again))
        assert records == []
        more = ";" * (len(padded.decode().splitlines()[0].split(";")) - 4)
        fixed, _, report = separate(f"{BECAUSE};{HEADER}{more}\n;P4;4;z{more}\n".encode())
        assert fixed == [{"external_id": "P4", "price": 4, "title": "z"}]
        assert report.counts.by_code == {"rejected-column": 1}


@pytest.mark.parametrize("place", [0, 1, 3])
def test_the_reason_is_known_by_its_name_at_any_place(place: int) -> None:
    def line(cells: list[str], reason: str) -> str:
        return ";".join([*cells[:place], reason, *cells[place:]])

    header = line(HEADER.split(";"), BECAUSE)
    for reason, valid in (("", True), ("wrong-type [price]: x", True), ("extra-cell: x", False)):
        data = f"{header}\n{line(['P1', '1', 'x'], reason)}\n{line(['P2', '2', 'y'], '')}\n".encode()
        records, rejects, _ = separate(data)
        assert [record["external_id"] for record in records] == (["P1", "P2"] if valid else ["P2"])
        assert rejects.decode().splitlines()[0] == f"{BECAUSE};{HEADER}"
    widened = f"{header};;\n{line(['P1', '1', 'x'], '')};;\n{line(['P2', '2', 'y'], '')};;z\n".encode()
    records, rejects, report = separate(widened)
    assert [record["external_id"] for record in records] == ["P1"]
    assert report.counts.by_code == {"extra-cell": 1, "rejected-column": 1, "rejected-rows": 1}


def test_reasons_are_exempt_from_warnings_and_run_no_formula() -> None:
    reason = '"=1+1;#N/A \u00a0\u200b KÃ¤ ""x"""'
    report = validate(f"{BECAUSE};external_id\n{reason};C-1\n", "customers")
    assert report.counts.by_code == {"rejected-column": 1}
    for cell in ("x;=HYPERLINK(1)", "x\t@SUM(1)", "\n=1", "=1"):
        _, rejects, _ = separate(f'{HEADER}\nP1;"{cell}";x\n'.encode())
        (row,) = list(csv.reader(io.StringIO(rejects.decode("utf-8"), newline=""), delimiter=";"))[1:]
        assert row[1:] == ["P1", cell, "x"]
        assert not any(is_formula(part.lstrip()) for part in re.split("[;\t\r\n]", row[0]))


CELLS = st.sampled_from(["1", "x", "2.5", "", "ä", 'a"b', "a;b", "a\nb", " a"])


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12))
def test_no_row_is_lost_and_none_is_in_both(rows: list[list[str]]) -> None:
    """The valid and the rejected rows together are all rows, in any number of blocks."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(["external_id", "price", "title"])
    writer.writerows([str(number), *cells] for number, cells in enumerate(rows))
    data = out.getvalue().encode()
    records, rejects, report = separate(data, delimiter=";", encoding="utf-8")
    rejected = list(csv.reader(io.StringIO(rejects.decode("utf-8"), newline=""), delimiter=";"))[1:]
    identifiers = [record["external_id"] for record in records] + [row[1] for row in rejected]
    assert sorted(identifiers, key=int) == [str(number) for number in range(len(rows))]
    assert (report.rows, report.valid_rows) == (len(rows), len(records))
    for row in rejected:
        assert row[2:] == rows[int(row[1])] or (len(row) == 4 and row[2:] == rows[int(row[1])][:2])
        assert row[0]
    if rejected:
        again, unmended, _ = separate(rejects, delimiter=";", encoding="utf-8")
        assert again == []
        cells = list(csv.reader(io.StringIO(unmended.decode("utf-8"), newline=""), delimiter=";"))[1:]
        assert [row[1:] for row in cells] == [row[1:] for row in rejected]
        padded = as_a_spreadsheet_saves(rejects)
        again, unmended, _ = separate(padded, delimiter=";", encoding="utf-8")
        assert again == []
        cells = list(csv.reader(io.StringIO(unmended.decode("utf-8"), newline=""), delimiter=";"))[1:]
        assert [without_end(row[1:]) for row in cells] == [without_end(row[1:]) for row in rejected]


ROWS_OF_SALES = b"sale_external_id,external_id,sale_date,sale_customer_id,product_id,total\n%s,2024-01-01,C,P,5\n"


@pytest.mark.parametrize(
    ("data", "entity"),
    [
        pytest.param(data, entity, id=name)
        for name, entity, data in [
            ("value", "products", b"external_id,price\nP1,1\nP2,x\n"),
            ("no valid row", "products", b"external_id,price\nP1,x\n"),
            ("mixed money", "products", b"external_id,price\nP1,2490\nP2,24.90\n"),
            ("width", "products", b"external_id,title\nP1,a\nP2\nP3,b,c\n"),
            ("header again", "products", b"external_id,title\nP1,a\nexternal_id,title\n"),
            ("header", "products", b"external_id,external_id\nP1,a\n"),
            ("bad path", "products", b"external_id,tags.1\nP1,a\n"),
            ("incomplete sale", "sales", ROWS_OF_SALES % b"S,R,2024-01-01,,P,5\nT,Q"),
            ("stray quote", "products", b'external_id,title\nP1,a\n"P2"x,b\n'),
            ("unclosed quote", "products", b'external_id,title\nP1,a\n"P2,b\n'),
            ("bytes", "products", b"external_id,title\nP1,a\nP2,\xe4\nP3,\xc3\xa4\n" + "ä".encode() * 50),
            ("cell", "products", b"external_id,title\nP1,a\nP2," + b"b" * 140_000),
        ]
    ],
)
def test_rejects_are_advised_where_they_help(data: bytes, entity: str) -> None:
    report = validate(data, entity)
    assert not report.valid
    try:
        count = sum(batch.records for batch in batches(data, entity, rejects=io.BytesIO()))
    except InvalidData:
        count = 0
    assert report.is_separable is (count > 0)


def test_rejects_are_no_way_out_of_too_few_records() -> None:
    report = validate(b"external_id,price\nP1,1\nP2,x\n", "products", min_rows=3)
    assert report.counts.by_code == {"no-records": 1, "wrong-type": 1}
    assert not report.is_separable
