"""`fix`: what it takes, what it gives, and the kinds of files that it keeps as they are."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from custobar_formats import Fixed, UsageError, fix, validate
from custobar_formats.core.entities import Entity
from custobar_formats.core.limits import DECIDING_ROWS
from custobar_formats.pipeline.changes import Change
from custobar_formats.text.artefacts import is_formula
from custobar_formats.validation.cell_warnings import text_warnings
from custobar_formats.validation.column_readers import IntegerColumn, ParsedColumn, TextColumn

FILE = "external_id,date_joined,can_email\nC-1,1.9.2024,Kyllä\n"
CHANGED = "external_id,date_joined,can_email\nC-1,2024-09-01,true\n"


def notices(found: Fixed, code: str = "fixed") -> list[str]:
    return [finding.message for finding in found.report.findings if finding.code == code]


def cells(found: Fixed) -> list[tuple[str, str, str]]:
    return [(change.before, change.after, change.kind) for change in found.changes if change.row and change.column]


def test_without_destinations_the_text_and_the_changes_are_returned() -> None:
    found = fix(FILE, "customers")
    assert found.text == CHANGED
    assert found.changes == (
        Change(1, 2, "date_joined", "1.9.2024", "2024-09-01", "date"),
        Change(1, 3, "can_email", "Kyllä", "true", "word"),
    )
    assert (found.count, found.report.valid, found.report.rows) == (2, True, 1)
    assert notices(found) == [
        "1 cell fixed: a date or a time in another notation: '1.9.2024' → '2024-09-01'",
        "1 cell fixed: another word for it: 'Kyllä' → 'true'",
    ]


@pytest.mark.parametrize("cell", ["a\rb", "a\nb", "a\r\nb", "a(\rb)"])
def test_a_change_of_a_cell_of_several_lines_is_one_change(cell: str) -> None:
    text, listed = f'external_id,title\nP-1,"{cell} "\n', io.BytesIO()
    assert cells(fix(text, "products")) == [(f"{cell} ", cell, "outer-space")]
    fix(text, "products", changes=listed)
    rows = [*csv.reader(io.StringIO(listed.getvalue().decode(), newline=""))]
    assert [row[3].removeprefix("'") for row in rows[1:]] == [f"{cell} "]


def test_destinations_are_written(tmp_path: Path) -> None:
    out, listed = tmp_path / "out.csv", tmp_path / "changes.csv"
    found = fix(FILE, "customers", out, changes=listed)
    assert (found.text, found.changes, found.count) == (None, (), 2)
    assert out.read_text("utf-8") == CHANGED
    assert listed.read_text("utf-8").splitlines() == [
        "row,column,name,before,after,kind",
        "1,2,date_joined,1.9.2024,2024-09-01,date",
        "1,3,can_email,Kyllä,true,word",
    ]
    if os.name == "posix":
        assert listed.stat().st_mode & 0o777 == 0o600
    stream = io.BytesIO()
    assert fix(out, "customers", stream).count == 0
    assert stream.getvalue() == out.read_bytes()


def test_the_list_of_changes_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    listed = tmp_path / "changes.csv"
    text = 'external_id,first_name,=A1(1)\nC-1,"=""0045""",x \n'
    found = fix(text, "customers")
    assert [change.before for change in found.changes] == ['="0045"', "x "]
    fix(text, "customers", changes=listed)
    rows = list(csv.reader(listed.read_text("utf-8").splitlines()))
    assert rows[1] == ["1", "2", "first_name", '\'="0045"', "0045", "wrapped"]
    assert rows[2] == ["1", "3", "'=A1(1)", "x ", "x", "outer-space"]
    assert not any(is_formula(cell) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"country": "FI"}, "country='FI' needs unsafe=True"),
        ({"country": "FIN", "unsafe": True}, "country='FIN': give the code of a country"),
        ({"country": 1, "unsafe": True}, "country=1: give the code of a country"),
        ({"unsafe": 1}, "unsafe=1"),
        ({"max_findings": -1}, "max_findings=-1"),
        ({"delimiter": "x"}, "delimiter"),
        ({"encoding": "klingon"}, "klingon"),
        ({"ignore": ["no-such-code"]}, "no-such-code"),
    ],
)
def test_arguments_that_cannot_be_used(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        fix(FILE, "customers", **options)


def test_a_schema_is_needed() -> None:
    with pytest.raises(UsageError, match="fix needs a schema"):
        fix(FILE, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ('external_id,can_email\nC-1,TRUE\nC-2,"x', {}, "unclosed-quote"),
        ("external_id,external_id\nC-1,TRUE \n", {}, "duplicate-label"),
        ("a,a.b,external_id\n1,2,C-1 \n", {}, "path-conflict"),
        ("A list of customers\n\nexternal_id,can_email\nC-1,TRUE\n", {}, "title-rows"),
        ("", {}, "no-header"),
        ("external_id,can_email\nC-1,TRUE\n".encode("utf-16")[:-1], {}, None),
        (b"external_id,can_email\nC-1,TRUE\nC-2,\xff\n", {"encoding": "utf-8"}, None),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_is_not_written(
    text: Any, options: dict[str, Any], code: str | None, tmp_path: Path
) -> None:
    found = fix(text, "customers", **options)
    assert (found.text, found.changes, found.count, found.report.valid) == (None, (), 0, False)
    assert code is None or code in {finding.code for finding in found.report.findings}
    assert found.report == validate(text, "customers", format="csv", **options)
    fix(text, "customers", tmp_path / "out.csv", changes=tmp_path / "changes.csv", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("encoding", [None, "windows-1252"])
def test_an_encoding_that_the_fixed_file_has_not_is_not_left(encoding: str | None) -> None:
    """What is left is what validation finds in the fixed file; a letter that was read wrongly is still there."""
    found = fix("external_id,last_name\nC-1,Mäki – Aho\n".encode("cp1252"), "customers", encoding=encoding)
    assert [change.kind for change in found.changes] == ["encoding"]
    assert [finding.code for finding in found.report.findings] == ["fixed"]
    assert found.text is not None
    assert validate(found.text, "customers").findings == ()
    control = fix("external_id,last_name\nC-1,Mäki \x96 Aho\n".encode("latin-1"), "customers", encoding="iso-8859-1")
    assert [finding.code for finding in control.report.warnings] == ["windows-1252"]


WHOLE = "external_id,last_name\nC-1,Mäki\nC-2,é\n"


@pytest.mark.parametrize(
    ("data", "options", "text", "kinds"),
    [
        (WHOLE.encode("utf-16"), {}, WHOLE, ["encoding", "byte-order-mark"]),
        (WHOLE.encode("latin-1"), {"encoding": "iso-8859-1"}, WHOLE, ["encoding"]),
        (WHOLE.encode("latin-1"), {}, WHOLE, ["encoding"]),
        (WHOLE.encode("utf-8-sig"), {}, WHOLE, ["byte-order-mark"]),
        (b"sep=;\r\nexternal_id;last_name\r\nC-1;a,b\r\n", {}, 'external_id;last_name\r\nC-1;"a,b"\r\n', ["sep-line"]),
        (b"external_id\tlast_name\r\nC-1\tx\r\n", {}, "external_id\tlast_name\r\nC-1\tx\r\n", []),
        (b'external_id,last_name\nC-1,"a\r\nb ""c"""', {}, 'external_id,last_name\nC-1,"a\r\nb ""c"""\n', []),
        (b"external_id,last_name\rC-1,x\r", {}, "external_id,last_name\nC-1,x\n", []),
        (b"external_id,last_name\n,\nC-1,x\n,\n", {}, "external_id,last_name\nC-1,x\n", ["blank-row", "blank-row"]),
        (b"external_id,last_name\nC-1,x,\nC-2,y,\n", {}, "external_id,last_name\nC-1,x\nC-2,y\n", ["surplus-blank"]),
        (
            b"Our list\n\nexternal_id,last_name\nC-1,x\n",
            {"header": 3},
            "external_id,last_name\nC-1,x\n",
            ["title-rows"],
        ),
        (b"external_id,last_name\nC-1\nC-2,x,y\n", {}, "external_id,last_name\nC-1\nC-2,x,y\n", []),
        (b"external_id;last_name\n", {}, "external_id;last_name\n", []),
    ],
)
def test_the_file_that_comes_out(data: bytes, options: dict[str, Any], text: str, kinds: list[str]) -> None:
    found = fix(data, "customers", **options)
    assert found.text == text
    assert [change.kind for change in found.changes] == kinds
    assert len(notices(found)) == len(set(kinds))
    again = fix(found.text, "customers")
    assert (again.text, again.count) == (text, 0)


def test_the_report_is_on_the_file_that_comes_out() -> None:
    """What a fixed file does not have any more is no warning about it."""
    found = fix('sep=,\nexternal_id,last_name\n,\nC-1,a"b\n', "customers")
    assert {finding.code for finding in found.report.findings} == {"fixed"}
    assert notices(found) == [
        "the line sep= is left out",
        "1 blank row is left out",
        "1 cell with a quote in it is in quotes now",
    ]


def test_the_changes_are_in_the_order_of_rows() -> None:
    text = "sep=,\nE-mail,external_id,can_email\na@example.com ,C-1,TRUE\n,,\nb@example.com ,C-2,no\n"
    found = fix(text, "customers")
    assert [(change.row, change.column) for change in found.changes] == [
        *[(None, None), (None, 1)],
        *[(1, 1), (1, 3), (2, None), (3, 1), (3, 3)],
    ]


@pytest.mark.parametrize(
    ("entity", "header", "renamed"),
    [
        ("customers", "external_id,E-mail,First name, zip-code ", "external_id,email,first_name,zip_code"),
        ("customers", "external_id,E-mail,email,x", None),
        ("customers", "external_id,Email,E-MAIL,x", None),
        ("customers", "external_id,First name,first_name.x,y", None),
        ("customers", "External ID,Date joined,Can email,email", None),
        ("customers", "external_id,Mail,Phone,x", None),
        ("products", "external_id,Price,Sale price,x", None),
    ],
)
def test_names_of_columns(entity: Entity, header: str, renamed: str | None) -> None:
    text = header + "\n" + ",".join(["C-1", "a@example.com", "x", "00100"]) + "\n"
    found = fix(text, entity, delimiter=",")
    names = [change for change in found.changes if change.kind == "column-name"]
    if renamed is None:
        assert not names
        assert (found.text or header).splitlines()[0] == header
    else:
        assert (found.text or "").splitlines()[0] == renamed
        assert [(change.column, change.before, change.after) for change in names] == [
            (number, before, after)
            for number, (before, after) in enumerate(zip(header.split(","), renamed.split(","), strict=True), 1)
            if before != after
        ]
        assert notices(found)[0] == "the column 'E-mail' is named email now: all its values fit"


def checks_of(function: Callable[[], object]) -> Counter[str]:
    """How often columns of a block are checked in a call, by the kind of column."""
    counts = Counter[str]()
    with ExitStack() as stack:
        for kind, name in ((TextColumn, "wrong"), (ParsedColumn, "wrong"), (IntegerColumn, "read")):
            check = getattr(kind, name)

            def counted(self: Any, cells: Any, check: Any = check, key: str = f"{kind.__name__}.{name}") -> Any:
                counts[key] += 1
                return check(self, cells)

            stack.enter_context(mock.patch.object(kind, name, counted))
        function()
    return counts


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_column_without_faults_is_checked_once(is_changed: bool) -> None:
    """Neither a column that looks different later, nor one that is fixed as it seemed at once, is read again."""
    words = ("TRUE", "TRUE") if is_changed else ("true", "false")
    rows = "".join(
        f"P-{number},{number},{number},{'' if number < 10 else 4006381333931},{words[number % 2]},2024-09-01\n"
        for number in range(2 * DECIDING_ROWS)
    )
    text = f"external_id,price,stock.0.quantity,ean,visible,date\n{rows}"
    fixed = fix(text, "products").text or ""
    assert (fixed == text) is not is_changed
    found, wanted = checks_of(lambda: fix(text, "products")), checks_of(lambda: validate(fixed, "products"))
    assert min(wanted.values()) > 10
    if is_changed:  # a column that was changed is checked again
        del found["ParsedColumn.wrong"], wanted["ParsedColumn.wrong"]
    assert found == wanted


def test_a_cell_with_a_warning_is_not_checked_again_by_itself() -> None:
    text = "external_id,ean\n" + "".join(f"P-{number},{4006381333000 + number}\n" for number in range(100))
    with mock.patch("custobar_formats.pipeline.block_fixer.text_warnings", wraps=text_warnings) as checks:
        found = fix(text, "products", max_findings=1)  # each that is kept is looked at by itself
    assert found.report.counts.by_code["wrong-check-digit"] == 90
    assert checks.call_count < 10


@pytest.mark.parametrize("count", [2 * DECIDING_ROWS, pytest.param(12_000, marks=pytest.mark.slow)])
def test_a_name_is_left_where_a_value_does_not_fit(count: int) -> None:
    found = fix("external_id,E-mail\nC-1,a@example.com\nC-2,x\n", "customers")
    assert (found.text, found.changes) == ("external_id,E-mail\nC-1,a@example.com\nC-2,x\n", ())
    rows = "".join(f"C-{number},c{number}@example.com ,1.9.2024\n" for number in range(count))
    found = fix(f"external_id,E-mail,Birth date\n{rows}C-x,x,2.9.2024\n", "customers", changes=io.BytesIO())
    head, *_, last = (found.text or "").splitlines()
    assert (head, last) == ("external_id,E-mail,birth_date", "C-x,x,2024-09-02")
    assert "c1@example.com,2024-09-01" in (found.text or "")


@pytest.mark.parametrize(
    ("entity", "column", "before", "after"),
    [
        ("customers", "can_email", ["Kyllä", "ei"], ["true", "false"]),
        ("customers", "can_email", ["Kyllä", "x"], None),
        ("customers", "can_email", ["Kyllä", "  "], None),
        ("customers", "is_deleted", ["Kyllä", "x"], ["true", "x"]),
        ("customers", "date_joined", ["2/9/2024", "13/9/2024"], ["2024-09-02", "2024-09-13"]),
        ("customers", "date_joined", ["2/9/2024", "1.9.24"], None),
        ("customers", "country", ["Suomi", "Narnia"], ["FI", "Narnia"]),
        ("customers", "zip_code", ["94109.0", "33100.0"], ["94109", "33100"]),
        ("customers", "zip_code", ["100.0", "33100.0"], ["100.0", "33100"]),
        ("customers", "zip_code", ["94109.0", "00100"], None),
        ("customers", "zip_code", ['="0045"', "'00100"], ["0045", "00100"]),
        ("customers", "phone_number", ["+358 40 123 4567", "040 123 4567"], ["+358401234567", "040 123 4567"]),
        ("customers", "tags", ["['a', 'b']", "a, b"], ["a,b", "a,b"]),
        ("customers", "tags", ['="a"', "a,,b"], ["a", "a,,b"]),
        ("customers", "tags", ["['a,b']", "[1"], None),
        ("customers", "own", ["x ", "\xa0y"], ["x", "y"]),
        ("products", "price", ["1 234", "500"], ["1234", "500"]),
        ("products", "price", ["1 234", "1 234,50"], None),
        ("products", "price", ["24,90", "12"], None),
        ("products", "price", ["12", "-500"], None),
        ("products", "ean", ["6414893400012.0", ""], None),
        ("products", "ean", ["4006381333931.0", ""], ["4006381333931", ""]),
        ("products", "ean", ["40063813339.0", "4006381333931.0"], ["40063813339.0", "4006381333931"]),
        ("products", "sku", ["12.0", "13.0"], ["12", "13"]),
        ("products", "stock.0.shop_id", ["1.0", "2.0"], ["1", "2"]),
        ("products", "stock.0.quantity", [" 5", "6"], ["5", "6"]),
        ("events", "type", ["BROWSE ", "BROWSE"], ["BROWSE", "BROWSE"]),
        ("events", "type", ["browse", "BROWSE"], None),
    ],
)
def test_safe_fixes(entity: Entity, column: str, before: list[str], after: list[str] | None) -> None:
    assert column_after(entity, column, before) == (after or before)


@pytest.mark.parametrize(
    ("entity", "column", "before", "after", "withheld"),
    [
        ("products", "price", ["24,90", "12"], ["2490", "1200"], 2),
        ("products", "price", ["24,90", "0"], ["2490", "0"], 1),
        ("products", "price", ["12", "-500"], None, 0),
        ("products", "price", ["24,90", "-5,00"], None, 0),
        ("products", "price", ["24,90", "x"], None, 0),
        ("products", "price", ["24.9", "24.905"], None, 0),
        ("products", "price", ["1 234", "1 234,50"], ["123400", "123450"], 2),
        ("customers", "last_name", ["MÃ¤ki", "Mäki"], ["Mäki", "Mäki"], 1),
        ("customers", "last_name", ["MÃ¤ki", "Ã¤ Mäki"], None, 0),
        ("customers", "tags", ["MÃ¤ki", "b"], ["Mäki", "b"], 1),
        ("customers", "phone_number", ["358401234567", "040 123 4567"], ["+358401234567", "040 123 4567"], 1),
        ("customers", "date_joined", ["45536", "x"], ["2024-09-01", "x"], 1),
        ("events", "type", ["basket_add", "BROWSE"], ["BASKET_ADD", "BROWSE"], 1),
        ("events", "type", ["add to basket", "BROWSE"], None, 0),
    ],
)
def test_unsafe_fixes(entity: Entity, column: str, before: list[str], after: list[str] | None, withheld: int) -> None:
    assert column_after(entity, column, before, unsafe=True) == (after or before)
    left = notices(fix(file_of(entity, column, before), entity), "fixable")
    cells = "1 cell has a fix that is not certain, and was left as it is"
    if withheld > 1:
        cells = f"{withheld} cells have fixes that are not certain, and were left as they are"
    assert left == ([cells] if withheld else [])


def file_of(entity: Entity, column: str, texts: list[str]) -> bytes:
    keys = {"sales": "sale_external_id", "events": "customer_id"}
    key = "customer_id" if column == "external_id" else keys.get(entity, "external_id")
    text = io.StringIO(newline="")
    text.write(f"{key}\t{column}\n")
    for number, each in enumerate(texts):
        quoted = each.replace('"', '""')
        text.write(f'K-{number}\t"{quoted}"\n')
    return text.getvalue().encode()


def column_after(entity: Entity, column: str, texts: list[str], **options: Any) -> list[str]:
    found = fix(file_of(entity, column, texts), entity, delimiter="tab", **options)
    after = list(texts)
    for change in found.changes:
        assert change.row is not None
        assert after[change.row - 1] == change.before
        after[change.row - 1] = change.after
    return after


def test_national_numbers_need_a_country() -> None:
    text = "external_id,phone_number\nC-1,040 123 4567\nC-2,+46 8 123 456 78\n"
    assert cells(fix(text, "customers", unsafe=True)) == [("+46 8 123 456 78", "+46812345678", "digits-only")]
    found = fix(text, "customers", unsafe=True, country="fi")
    assert cells(found)[0] == ("040 123 4567", "+358401234567", "trunk")


def test_the_reasons_of_rejected_rows_stay_and_the_notice_says_so() -> None:
    """They keep a row that was too long or too short from being taken for one that fits."""
    text = "__rejected_because,external_id,can_email\nwrong-type,C-1,TRUE\nextra-cell: x,C-2,true\n"
    found = fix(text, "customers")
    assert found.text == text.replace("TRUE", "true")
    (notice,) = (each for each in found.report.notices if each.code == "rejected-column")
    assert notice.message.endswith("; a fixed CSV keeps it, with the reasons from before")
    assert [each.code for each in validate(found.text or "", "customers").errors] == ["extra-cell"]


def test_an_own_schema_whose_rules_depend_on_each_other() -> None:
    schema = {
        "properties": {"a": {"type": "string", "maxLength": 3}, "b": {"type": "boolean"}},
        "if": {"properties": {"a": {"const": "x"}}},
        "then": {"required": ["b"]},
    }
    found = fix("a;b\nx ;TRUE\n", schema)
    assert (found.text, found.report.valid) == ("a;b\nx;true\n", True)


def test_ignored_codes_are_not_reported() -> None:
    found = fix("external_id,last_name\nC-1,x \n", "customers", ignore=["fixed"])
    assert (found.count, found.report.findings) == (1, ())


def test_a_report_has_the_fix_of_each_finding() -> None:
    from custobar_formats.report.formats import RENDERERS

    text = "external_id,date_joined,country,last_name\nC-1,1.9.2024,Narnia,MÃ¤ki\nC-2,x,Suomi,y\n"
    report = validate(text, "customers", format="csv")
    fixes = {(one.row, one.label): (one.fix, one.fix_is_safe) for one in report.findings}
    assert fixes == {
        (1, "date_joined"): ("2024-09-01", True),
        (1, "country"): (None, None),
        (1, "last_name"): ("Mäki", False),
        (2, "date_joined"): (None, None),
        (2, "country"): ("FI", True),
    }
    (shown,) = json.loads(RENDERERS["json"]()([report]))
    assert {(one["row"], one["label"]): (one.get("fix"), one.get("fix_is_safe")) for one in shown["findings"]} == fixes


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    class Once:
        def __init__(self) -> None:
            self.text = io.BytesIO(FILE.encode())

        def read(self, size: int = -1) -> bytes:
            return self.text.read(size)

    assert fix(Once(), "customers").text == CHANGED  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["password", "Salasana", "Henkilötunnus", "IBAN"])
def test_a_column_of_secrets_is_not_touched_so_that_no_list_of_changes_has_its_cells(name: str) -> None:
    text = f"external_id,{name},last_name\nC-1,hunter2 ,Virtanen \n"
    for unsafe in (False, True):
        found = fix(text, "customers", unsafe=unsafe)
        assert found.text == f'external_id,{name},last_name\nC-1,"hunter2 ",Virtanen\n'
        assert [change[:2] for change in cells(found)] == [("Virtanen ", "Virtanen")]
