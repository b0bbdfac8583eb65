"""The command `fix`: its outputs, what it refuses, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.limits import DECIDING_ROWS
from tests.processes import environment

GOOD = "external_id;date_joined\nC-1;1.9.2024\nC-2;2024-09-02\n"
FIXED = "external_id;date_joined\nC-1;2024-09-01\nC-2;2024-09-02\n"
BAD = "external_id;date_joined\nC-1;1.9.2024\nC-2;1.9.24\n"
LIST = "row,column,name,before,after,kind\n1,2,date_joined,1.9.2024,2024-09-01,date\n"
SEPARATES = "not written: rows have errors; --rejects FILE takes them, and the others are written"
MAPPING = """entity = "customers"
ignore = ["Note"]
[columns]
external_id = "Nr"
date_joined = "Date"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text(GOOD, "utf-8")
    (tmp_path / "bad.csv").write_text(BAD, "utf-8")
    (tmp_path / "map.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "export.csv").write_text("Nr,Date,Note\n1,1.9.2024,a\n2,x,b\n", "utf-8")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"good.csv", "bad.csv", "map.toml", "export.csv"}


def test_a_fixed_file_and_its_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "good.csv", "out.csv"]) == VALID
    assert (folder / "out.csv").read_text("utf-8") == FIXED
    assert (folder / "out.changes.csv").read_text("utf-8") == LIST
    if os.name == "posix":
        assert (folder / "out.changes.csv").stat().st_mode & 0o777 == 0o600
    assert (folder / "good.csv").read_text("utf-8") == GOOD
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == "out.csv: 2 rows written; 1 change, listed in out.changes.csv"


@pytest.mark.parametrize("option", ["--map", "--schema", "--fields", "--settings", "--schema-resource"])
@pytest.mark.parametrize("output", ["out", "changes", "rejects"])
def test_no_file_of_the_run_is_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str], option: str, output: str
) -> None:
    """Not even with ``--force``."""
    (folder / "given.json").write_text("{}", "utf-8")
    out = ["given.json"] if output == "out" else ["out.json", f"--{output}", "given.json"]
    assert main(["fix", "good.csv", *out, "--force", option, "given.json"]) == MISUSE
    assert (folder / "given.json").read_text("utf-8") == "{}"
    assert "given.json: the output is the " in capsys.readouterr().err
    assert names(folder) == {"given.json"}


def test_what_is_left_is_reported_and_the_csv_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "bad.csv", "out.csv"]) == INVALID
    assert (folder / "out.csv").read_text("utf-8") == BAD.replace("1.9.2024", "2024-09-01")
    err = capsys.readouterr().err
    assert "'1.9.24' is not a valid date" in err
    assert "invalid: 1 of 2 rows valid, 1 error" in err


def test_a_dry_run_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "good.csv", "--dry-run"]) == VALID
    assert main(["fix", "bad.csv", "-n"]) == INVALID
    assert names(folder) == set()
    err = capsys.readouterr().err
    assert "'1.9.2024' → '2024-09-01'" in err
    assert "1 change; nothing was written" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["good.csv", "good.csv"], "good.csv: the output is the input"),
        (["good.csv", "./good.csv", "--force"], "the output is the input"),
        (["good.csv", "bad.csv"], "bad.csv: the file already exists"),
        (["good.csv", "out.csv", "--changes", "bad.csv"], "bad.csv: the file already exists"),
        (["good.csv", "out.csv", "--changes", "good.csv", "--force"], "the output is the input"),
        (["good.csv", "out.csv", "--changes", "out.csv"], "two outputs have the same name"),
        (["good.csv", "out.json", "--rejects", "out.json"], "two outputs have the same name"),
        (["good.csv"], "name OUT, or use --dry-run"),
        (["good.csv", "out.csv", "--dry-run"], "leave out OUT"),
        (["good.csv", "out.csv", "--rejects", "rejects.csv"], "--rejects is for JSON"),
        (["good.csv", "out.csv", "--country", "FI"], "--country FI needs --unsafe"),
        (["good.csv", "out.csv", "--unsafe", "--country", "XX"], "--country XX: give the code of a country"),
        (["good.csv", "out.csv", "--unsafe", "--country", "Finland"], "give the code of a country"),
        (["missing.csv", "out.csv"], "missing.csv"),
        (["good.csv", ""], "the file name is empty"),
        (["good.csv", "."], "Is a directory"),
        (["good.csv", os.sep], "Is a directory"),
        (["good.csv", "missing/../good.csv", "--force"], "No such file or directory"),
        (["good.csv", "out.json", "--changes", "missing/../good.csv", "--force"], "No such file or directory"),
        (["good.csv", "out.xlsx"], ".jsonl, .ndjson\n"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", *arguments]) == MISUSE
    assert message in capsys.readouterr().err
    assert names(folder) == set()
    assert (folder / "good.csv").read_text("utf-8") == GOOD
    assert (folder / "bad.csv").read_text("utf-8") == BAD


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_link_to_the_input_is_the_input(folder: Path) -> None:
    (folder / "link.csv").symlink_to("good.csv")
    assert main(["fix", "good.csv", "link.csv", "--force"]) == MISUSE
    assert (folder / "good.csv").read_text("utf-8") == GOOD


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
@pytest.mark.parametrize("out", ["out.csv", "out.json"])
def test_without_a_list_of_changes_nothing_is_written(folder: Path, out: str) -> None:
    arguments = ["--rejects", "rejects.csv"] if out == "out.json" else []
    assert main(["fix", "bad.csv", out, "--changes", "/dev/full", *arguments]) == MISUSE
    assert names(folder) == set()


def test_changes_name_the_columns_of_an_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The order of the fields in the mapping is another one; a field may come from several columns."""
    (folder / "map.toml").write_text(
        'entity = "customers"\n[columns]\nexternal_id = "Nr"\ndate_joined = "Date"\n'
        'phone_number = { first = ["Mobile", "Phone"] }\nfirst_name = "Name"\n',
        "utf-8",
    )
    text = "Name,Phone,Mobile,Date,Nr\nAino ,+358 40 1234567,,1.9.2024,1\nEino,,+358 40 1234568,2024-09-02,2\n"
    (folder / "export.csv").write_text(text, "utf-8")
    assert main(["fix", "export.csv", "out.csv", "--map", "map.toml"]) == VALID
    assert [line.split(",")[:3] for line in (folder / "out.changes.csv").read_text("utf-8").splitlines()[1:]] == [
        ["1", "1", "Name"],
        ["1", "2", "Phone"],
        ["1", "4", "Date"],
        ["2", "3", "Mobile"],
    ]
    err = capsys.readouterr().err
    assert [line.split(":")[1].strip() for line in err.splitlines() if line.endswith("(fixed)")] == [
        "Name",
        "Phone",
        "Mobile",
        "Date",
    ]


def test_force_overwrites(folder: Path) -> None:
    for _ in range(2):
        assert main(["fix", "good.csv", "out.csv", "--force"]) == VALID
    (folder / "out.csv").unlink()
    assert main(["fix", "good.csv", "out.csv"]) == MISUSE  # its list exists
    assert not (folder / "out.csv").exists()


def test_standard_streams(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert main(["fix", "-", "-", "--entity", "customers"]) == VALID
    assert capfdbinary.readouterr().out.decode() == FIXED
    assert names(folder) == set()  # a list only where its name is given
    assert main(["fix", "good.csv", "-", "--changes", "list.csv"]) == VALID
    assert (folder / "list.csv").read_text("utf-8") == LIST


def test_a_stream_named_as_a_file(folder: Path) -> None:
    (folder / "out").write_text("before\n", "utf-8")
    command = f"{sys.executable} -m custobar_formats fix good.csv /dev/stdout >>out"
    subprocess.run(command, shell=True, env=environment(), check=True)
    assert (folder / "out").read_text("utf-8") == "before\n" + FIXED
    assert names(folder) == {"out"}  # beside a stream, no list


def test_json_has_what_the_columns_of_the_csv_file_have_decided(folder: Path) -> None:
    """Most rows decide that the last zip code keeps its zero; without them, it would lose it."""
    codes = [*(f"{code:05}" for code in range(2 * DECIDING_ROWS)), "33100.0"]
    lines = (f"C-{number},{code},Suomi" for number, code in enumerate(codes))
    (folder / "codes.csv").write_text("\n".join(["external_id,zip_code,country", *lines, ""]), "utf-8")
    assert main(["fix", "codes.csv", "out.csv", "-q"]) == VALID
    assert main(["fix", "codes.csv", "out.json", "-q", "--force"]) == VALID
    records = json.loads((folder / "out.json").read_text("utf-8"))["customers"]
    assert [record["zip_code"] for record in records] == codes
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [dict(row) for row in csv.DictReader(file)] == records


def test_json_only_of_valid_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "bad.csv", "out.json"]) == INVALID
    assert names(folder) == set()
    assert capsys.readouterr().err.splitlines()[-1] == f"out.json: {SEPARATES}"
    assert main(["fix", "bad.csv", "out.json", "--rejects", "rejects.csv"]) == INVALID
    assert names(folder) == {"out.json", "out.changes.csv", "rejects.csv"}
    (record,) = json.loads((folder / "out.json").read_text("utf-8"))["customers"]
    assert record == {"external_id": "C-1", "date_joined": "2024-09-01"}
    assert (folder / "rejects.csv").read_text("utf-8").splitlines()[1].endswith(";C-2;1.9.24")
    assert main(["fix", "good.csv", "out.jsonl", "--changes", "list.csv"]) == VALID
    assert len((folder / "out.jsonl").read_text("utf-8").splitlines()) == 2


def test_the_columns_of_an_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The texts are fixed after the mapping has put them into fields."""
    for out in ("out.json", "out.csv"):
        assert main(["fix", "export.csv", out, "--map", "map.toml"]) == INVALID
        assert names(folder) == set()
        assert capsys.readouterr().err.splitlines()[-1] == f"{out}: {SEPARATES}"
    assert main(["fix", "export.csv", "out.csv", "--map", "map.toml", "--rejects", "rejects.csv"]) == INVALID
    assert (folder / "out.csv").read_text("utf-8") == "external_id,date_joined\n1,2024-09-01\n"
    assert (folder / "out.changes.csv").read_text("utf-8") == LIST.replace("date_joined", "Date")
    assert (folder / "rejects.csv").read_text("utf-8").splitlines()[1].endswith(",2,x,b")
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "out.csv: 1 record written; 1 change, listed in out.changes.csv",
        "rejects.csv: 1 rejected row written (CSV)",
    ]


def test_what_stands_around_a_value_that_a_step_reads(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """White space and an apostrophe are no part of a word, a day or a telephone number, whatever step reads it."""
    (folder / "steps.toml").write_text(
        """entity = "customers"
[columns]
external_id = "Nr"
date_joined = { from = "Day", dates = "d.m.y" }
can_email = { from = "Consent", true = ["Kyllä"], false = ["Ei"] }
phone_number = { from = "Phone", country = { from = "Land", default = "FI" } }
country = { from = "Land", values = { Suomi = "FI" } }
tags = { from = "Tags", split = ",", quoted = true }
""",
        "utf-8",
    )
    rows = [
        "Nr;Day;Consent;Phone;Land;Tags",
        "1;1.9.2024\u00a0; kyllä ;'040 123 4567;Suomi\u00a0;a",
        "2;1.9.2024;x;040 123 4567;Suomi;b",
        '3;\u200b31.2.2024; ;="0401234567";;"""a"", b""x"',
    ]
    (folder / "steps.csv").write_text("\n".join([*rows, ""]), "utf-8")
    given = ["fix", "steps.csv", "--map", "steps.toml"]
    assert main([*given, "out.json", "--rejects", "rejects.csv"]) == INVALID
    last = capsys.readouterr().err.splitlines()[-2:]
    assert last == [
        "out.json: 1 record written; 5 changes, listed in out.changes.csv",
        "rejects.csv: 2 rejected rows written (CSV)",
    ]
    (record,) = json.loads((folder / "out.json").read_text("utf-8"))["customers"]
    assert record == {
        "external_id": "1",
        "date_joined": "2024-09-01",
        "can_email": True,
        "phone_number": "+358401234567",
        "country": "FI",
        "tags": ["a"],
    }
    with (folder / "out.changes.csv").open(encoding="utf-8", newline="") as listed:
        assert [list(each.values()) for each in csv.DictReader(listed)] == [
            ["1", "2", "Day", "1.9.2024\u00a0", "2024-09-01", "outer-space"],
            ["1", "3", "Consent", " kyllä ", "true", "outer-space"],
            ["1", "4", "Phone", "'040 123 4567", "+358401234567", "wrapped"],
            ["1", "5", "Land", "Suomi\u00a0", "FI", "outer-space"],
            ["3", "4", "Phone", '\'="0401234567"', "+358401234567", "wrapped"],
        ]
    with (folder / "rejects.csv").open(encoding="utf-8", newline="") as rejects:
        _, second, third = csv.reader(rejects, delimiter=";")
    assert second[1:] == rows[2].split(";")
    assert third[2:4] == ["\u200b31.2.2024", " "]
    assert (
        main(["convert", "steps.csv", "--map", "steps.toml", "--valid", "all.json", "--rejects", "all.csv"]) == INVALID
    )
    assert not (folder / "all.json").exists()  # only fix removes what is around a value


def test_no_row_that_is_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "one.csv").write_text("external_id;date_joined\nC-2;1.9.24\n", "utf-8")
    assert main(["fix", "one.csv", "out.json", "--rejects", "rejects.csv"]) == INVALID
    last = capsys.readouterr().err.splitlines()[-2:]
    assert last == ["out.json: not written: no row is valid", "rejects.csv: 1 rejected row written (CSV)"]


def test_a_mapping_of_the_settings_is_a_mapping(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "custobar-formats.toml").write_text('[mapping]\n"export.csv" = "map.toml"\n', "utf-8")
    assert main(["fix", "export.csv", "out.csv"]) == INVALID
    assert not (folder / "out.csv").exists()
    assert capsys.readouterr().err.splitlines()[-1] == f"out.csv: {SEPARATES}"


def test_the_decisions_of_the_whole_file_hold_for_json(folder: Path) -> None:
    """It is made by a second reading."""
    rows = "".join(f"C-{number};2/9/2024\n" for number in range(3_000))
    (folder / "days.csv").write_text(f"external_id;date_joined\n{rows}C-x;13/9/2024\n", "utf-8")
    assert main(["fix", "days.csv", "days.jsonl"]) == VALID
    first, *_, last = (folder / "days.jsonl").read_text("utf-8").splitlines()
    assert (json.loads(first)["date_joined"], json.loads(last)["date_joined"]) == ("2024-09-02", "2024-09-13")
    (folder / "odd.csv").write_text(f"external_id;date_joined\n{rows}C-x;13/9/2024\nC-y;9/13/2024\n", "utf-8")
    assert main(["fix", "odd.csv", "odd.jsonl"]) == INVALID
    assert not (folder / "odd.jsonl").exists()


def test_a_file_that_cannot_be_read_to_its_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "half.csv").write_text(f'{GOOD}C-3;"x', "utf-8")
    assert main(["fix", "half.csv", "out.csv"]) == INVALID
    assert names(folder) == {"half.csv"}
    err = capsys.readouterr().err
    assert "unclosed-quote" in err
    assert err.splitlines()[-1] == "out.csv: not written"


def test_quietly(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "good.csv", "out.csv", "-q"]) == VALID
    assert capsys.readouterr() == ("", "")
    assert main(["fix", "bad.csv", "out2.csv", "-q"]) == INVALID
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bad.csv: invalid: 1 of 2 rows valid")
    assert {"out.csv", "out2.csv"} < names(folder)


def test_other_reports(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "bad.csv", "out.csv", "--report", "json=report.json"]) == INVALID
    (report,) = json.loads((folder / "report.json").read_text("utf-8"))
    assert {finding["code"] for finding in report["findings"]} == {"fixed", "wrong-format"}
    assert capsys.readouterr().err


def test_euros_need_a_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "prices.csv").write_text('external_id,price\nP-1,"24,90"\nP-2,12\n', "utf-8")
    assert main(["fix", "prices.csv", "out.csv", "--entity", "products"]) == INVALID
    err = capsys.readouterr().err
    assert "2 cells have fixes that are not certain" in err
    assert main(["fix", "prices.csv", "euros.csv", "--entity", "products", "--unsafe"]) == VALID
    assert (folder / "euros.csv").read_text("utf-8") == "external_id,price\nP-1,2490\nP-2,1200\n"


def test_day_numbers_under_a_mapping_are_those_of_a_file_without_one(folder: Path) -> None:
    """Whether a step reads the days or not."""
    days = [("45536", "2024-09-01"), ("'45537.0", "2024-09-02"), ("3.9.2024", "2024-09-03"), ("x", None)]
    for step in ('"Day"', '{ from = "Day", dates = "d.m.y" }'):
        (folder / "days.toml").write_text(
            f'entity = "customers"\n[columns]\nexternal_id = "Nr"\ndate_joined = {step}\n', "utf-8"
        )
        rows = "".join(f"{number};{day}\n" for number, (day, _) in enumerate(days))
        (folder / "days.csv").write_text(f"Nr;Day\n{rows}", "utf-8")
        for unsafe, count in ((["--unsafe"], 3), ([], 1)):
            given = ["fix", "days.csv", "days.jsonl", "--map", "days.toml", "--rejects", "rejects.csv", "--force"]
            assert main([*given, *unsafe]) == INVALID
            found = [
                json.loads(line)["date_joined"] for line in (folder / "days.jsonl").read_text("utf-8").splitlines()
            ]
            assert found == [day for _, day in (days[:3] if unsafe else days[2:3])]
            assert len(found) == count
