"""Files that cannot be read, or whose entity is unknown: not valid, in any format of a report."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.report.formats import RENDERERS

UNKNOWN = {
    "a.csv": "Email;First Name\nbad;1\n",
    "pipe.csv": "External_ID|Email\n1|2\n",
    "tie.csv": "external_id,name,email,phone_number,street_address,city,country\nS-1,Oulu,a@b.fi,,,,\n",
    "a.json": '[{"Email": "x"}]',
    "a.jsonl": '{"Email": "x"}\n',
    "b.csv": "External_ID,Email\n1,2\n",
    "c.csv": "Product ID,Title,Price\nP-1,x,1\n",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in UNKNOWN.items():
        Path(name).write_text(text, "utf-8")
    Path("customers.csv").write_text("external_id,email\nC-1,a@example.com\n", "utf-8")
    return tmp_path


def entries(format_: str, text: str) -> tuple[int, bool]:
    """The number of errors about files that were not checked, and whether the report as a whole passes."""
    codes = ("not-checked", "unreadable-file")
    if format_ == "json":
        reports = json.loads(text)
        found = [f for r in reports for f in r["findings"] if (f["code"] in codes and f["severity"] == "error")]
        assert all((r["verdict"] == "not checked") is (not r["valid"]) for r in reports)
        return len(found), all(report["valid"] for report in reports)
    if format_ == "jsonl":
        lines = [json.loads(line) for line in text.splitlines()]
        return sum(line["code"] in codes for line in lines), not lines
    if format_ == "sarif":
        (run,) = json.loads(text)["runs"]
        found = [r for r in run["results"] if r["ruleId"] in codes and r["level"] == "error"]
        return len(found), run["invocations"][0]["executionSuccessful"]
    if format_ == "junit":
        root = ET.fromstring(text)
        errors = len(root.findall("testsuite/testcase/error"))
        assert root.attrib["errors"] == str(errors)
        assert [suite.attrib["errors"] for suite in root] == ["1"] * errors + ["0"] * (len(root) - errors)
        return errors, not errors
    if format_ == "html":
        return text.count("✗ not checked"), "✗" not in text
    if format_ == "github":
        return sum(f"title={code}::" in text for code in codes), "::error" not in text
    return sum(text.count(f"{code}") > 0 for code in codes), ": valid" in text


@pytest.mark.parametrize("format_", RENDERERS)
@pytest.mark.parametrize("name", [*UNKNOWN, "nowhere.csv", "."])
def test_a_file_that_was_not_checked_is_an_error_in_each_format(name: str, format_: str) -> None:
    assert main(["validate", name, "--report", f"{format_}=report"]) == MISUSE
    assert entries(format_, Path("report").read_text("utf-8")) == (1, False)
    assert main(["validate", name, "customers.csv", "--report", f"{format_}=report"]) == MISUSE
    assert entries(format_, Path("report").read_text("utf-8"))[0] == 1
    assert main(["convert", name, "out.csv", "--to", "csv", "--report", f"{format_}=report2"]) == MISUSE
    assert entries(format_, Path("report2").read_text("utf-8")) == (1, False)
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("name", UNKNOWN)
def test_nothing_is_written_of_a_file_whose_entity_is_unknown(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["convert", name]) == MISUSE
    out, err = capsys.readouterr()
    assert out == ""
    assert f"error: {name}: the entity is unknown, so no value was checked: " in err
    assert "\n    use --entity customers, products, sales, events or shops; --entity none checks only the format" in err
    assert main(["convert", name, "-q"]) == MISUSE
    assert "not-checked" in capsys.readouterr().err
    Path("old.jsonl").write_text("old")
    assert main(["convert", name, "old.jsonl", "--force"]) == MISUSE
    assert Path("old.jsonl").read_text() == "old"
    assert main(["convert", name, "--valid", "old.jsonl", "--rejects", "r.csv", "--force"]) == MISUSE
    assert Path("old.jsonl").read_text() == "old"
    assert not Path("r.csv").exists()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UNKNOWN[name].encode())))
    assert main(["validate", "-"]) == MISUSE


@pytest.mark.parametrize("options", [["--entity", "none"], ["--schema", "s.json"]])
@pytest.mark.parametrize("name", UNKNOWN)
def test_who_asks_for_the_format_alone_or_gives_a_schema_is_answered(name: str, options: list[str]) -> None:
    Path("s.json").write_text("{}", "utf-8")
    assert main(["validate", name, *options]) == VALID
    assert main(["convert", name, "out.jsonl", "--to", "jsonl", *options]) == VALID if name[-3:] == "csv" else True


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "tie.csv"]) == MISUSE
    assert capsys.readouterr().out == (
        "error: tie.csv: the entity is unknown, so no value was checked: customers and shops know the "
        "same 6 of 7 field names (not-checked)\n"
        "    use --entity customers, products, sales, events or shops; --entity none checks only the format\n"
        "tie.csv: not checked: 1 error, 0 warnings (utf-8, comma)\n"
    )
    assert main(["validate", "tie.csv", "-q", "--exit-zero", "--select", "wrong-type"]) == MISUSE
    assert "not-checked" in capsys.readouterr().out
    assert main(["validate", "tie.csv", "customers.csv", "nowhere.csv", "-q"]) == MISUSE
    out, err = capsys.readouterr()
    assert out.endswith("3 files: 1 valid, 2 not checked: 1 of 2 rows valid, 1 error, 0 warnings\n")
    assert err == "nowhere.csv: not checked\nerror: nowhere.csv: No such file or directory\n"


def test_what_is_wrong_with_the_form_is_reported_too(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text('x,y\n1,"2\n', "utf-8")
    assert main(["validate", "a.csv"]) == MISUSE
    out = capsys.readouterr().out
    assert re.findall(r"^error: .*\(([a-z-]+)\)$", out, re.MULTILINE) == ["not-checked", "unclosed-quote"]
    assert "a.csv: not checked: 2 errors" in out


def test_fields_alone_show_no_entity() -> None:
    Path("f.toml").write_text('acme__x = "integer"\n', "utf-8")
    assert main(["validate", "a.csv", "--fields", "f.toml"]) == MISUSE
    assert main(["validate", "a.csv", "--entity", "none", "--fields", "f.toml"]) == MISUSE


def test_a_file_after_the_first_error_is_in_the_report() -> None:
    names = ["customers.csv", "a.csv", "b.csv"]
    assert main(["validate", *names, "--entity", "events", "--fail-fast", "--report", "json=r"]) == INVALID
    verdicts = [report["verdict"] for report in json.loads(Path("r").read_text("utf-8"))]
    assert verdicts == ["invalid", "not checked", "not checked"]


@pytest.mark.parametrize("format_", ["json", "junit", "html", "text", "sarif"])
def test_with_strict_a_warning_fails_in_each_format(format_: str) -> None:
    Path("customers.csv").write_text("external_id,email,emial\nC-1,a@example.com,x\n", "utf-8")
    for strict, code in (([], VALID), (["--strict"], INVALID)):
        assert main(["validate", "customers.csv", *strict, "--report", f"{format_}=r", *strict]) == code
        text = Path("r").read_text("utf-8")
        if format_ == "json":
            assert json.loads(text)[0]["verdict"] == ("invalid" if strict else "valid")
        elif format_ == "junit":
            assert ET.fromstring(text).attrib["failures"] == ("1" if strict else "0")
        elif format_ == "sarif":
            assert json.loads(text)["runs"][0]["artifacts"][0]["properties"]["valid"] is not bool(strict)
        else:
            assert ("invalid (--strict)" in text) is bool(strict)
            assert ("can be uploaded" in text) is (format_ == "html" and not strict)


@pytest.mark.parametrize("text", ["external_id,city\n", "external_id,city\n,\n\n", "[]", '{"customers": []}'])
def test_a_file_without_records(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("customers.txt").write_text(text, "utf-8")
    form = ["--from", "json"] if text[0] in "[{" else []
    assert main(["validate", "customers.txt", *form]) == VALID
    assert "warning: customers.txt: the file has no records (no-records)\n    check that the" in capsys.readouterr().out
    assert main(["validate", "customers.txt", *form, "--min-rows", "1"]) == INVALID
    assert "error: customers.txt: 0 records: fewer than the 1 that are required (no-records)" in capsys.readouterr().out
    assert main(["convert", "customers.txt", "o.jsonl", *form, "--to", "jsonl", "--min-rows", "1"]) == INVALID
    assert not os.path.exists("o.jsonl")


def test_a_file_with_too_few_records() -> None:
    for least, code in (("1", VALID), ("2", INVALID)):
        assert main(["validate", "customers.csv", "--min-rows", least]) == code
        assert main(["convert", "customers.csv", "o.json", "--min-rows", least]) == code
        assert Path("o.json").exists() is (code == VALID)
        Path("o.json").unlink(missing_ok=True)
    assert main(["convert", "customers.csv", "--valid", "o.json", "--rejects", "r.csv", "--min-rows", "2"]) == INVALID
    assert not Path("o.json").exists()


def test_a_lack_of_memory_is_a_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def lack(*_: Any, **__: Any) -> Any:
        raise MemoryError

    for module in ("validate", "convert"):
        monkeypatch.setattr(f"custobar_formats.cli.{module}.open_input", lack)
        assert main([module, "customers.csv", "--report", "json=r.json"]) == MISUSE
        assert "error: there is not enough memory\n" in capsys.readouterr().err
    assert json.loads(Path("r.json").read_text("utf-8"))[0]["verdict"] == "not checked"
    monkeypatch.setattr("custobar_formats.cli.inspect.open_input", lack)
    assert main(["inspect", "customers.csv"]) == MISUSE
    assert capsys.readouterr().err == "error: there is not enough memory\n"
