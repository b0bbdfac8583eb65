"""The command's extras: several files, choice of findings, colour, progress, completion."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.cli import progress as progress_module
from custobar_formats.cli.main import main
from custobar_formats.cli.progress import Progress, progress_line
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.files.source import ByteInput, TextInput
from tests.processes import environment

ROOT = Path(__file__).parents[2]
GOOD = "external_id,city\nC-1,Oulu\n"
BAD = "external_id,city,can_email\nC-1,Oulu,yes\nC-2,=1+1,true\nC-3,Oulu,x\nC-3,Oulu,TRUE\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"a_customers.csv": GOOD, "b_customers.csv": BAD, "c_customers.csv": GOOD}.items():
        Path(name).write_text(text, "utf-8")
    return tmp_path


# -- several files


def test_a_pattern_stands_for_the_files_that_fit_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "?_cust*.csv", "-q"]) == INVALID
    names = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["a_customers.csv", "b_customers.csv", "c_customers.csv", "3 files"]
    assert main(["validate", "*.tsv"]) == MISUSE
    assert capsys.readouterr().err == "error: *.tsv: no file matches this pattern\n"
    Path("[x].csv").write_text(GOOD, "utf-8")
    assert main(["validate", "[x].csv", "--entity", "customers"]) == VALID  # it is there
    assert main(["inspect", "[ab]*.csv"]) == VALID
    assert capsys.readouterr().out.count("delimiter comma") == 2


def test_several_files_are_summed_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "a_customers.csv", "nowhere.csv", "b_customers.csv"]) == MISUSE
    reported = capsys.readouterr().out.splitlines()
    assert reported[-1] == "3 files: 1 valid, 1 invalid, 1 not checked: 2 of 5 rows valid, 3 errors, 2 warnings"
    assert main(["validate", "a_customers.csv", "c_customers.csv", "--report", "text=r.txt"]) == VALID
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "2 files: 2 valid: 2 of 2 rows valid, 0 errors, 0 warnings"
    assert Path("r.txt").read_text("utf-8") == out
    assert main(["validate", "a_customers.csv"]) == VALID
    assert "1 file" not in capsys.readouterr().out


# -- what is reported


def test_what_is_selected_is_shown_and_all_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "b_customers.csv", "--select", "formula-cell"]) == INVALID
    first, *_, last = lines = capsys.readouterr().out.splitlines()
    assert first.startswith("warning: city: ")
    assert first.endswith(" (formula-cell)")
    assert any("b_customers.csv:3:2 (B3)" in line for line in lines)
    assert not any("error: " in line for line in lines[:-1])
    assert "1 of 4 rows valid, 3 errors, 2 warnings" in last
    assert main(["validate", "b_customers.csv", "--select", "formula", "-q"]) == MISUSE
    assert capsys.readouterr().err == "error: --select: unknown code 'formula': did you mean 'formula-cell'?\n"
    assert main(["validate", "b_customers.csv", "--select", "xyz"]) == MISUSE
    assert capsys.readouterr().err == "error: --select: unknown code 'xyz'\n"


def test_the_first_error_may_end_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["a_customers.csv", "b_customers.csv", "c_customers.csv"]
    assert main(["validate", *names, "--fail-fast"]) == INVALID
    out, err = capsys.readouterr()
    assert "b_customers.csv: invalid: 0 of 1 row valid, 1 error, 0 warnings" in out
    assert out.endswith("3 files: 1 valid, 1 invalid, 1 not checked: 1 of 2 rows valid, 1 error, 0 warnings\n")
    assert err == "c_customers.csv: not checked: --fail-fast stopped at an earlier error\n"


@pytest.mark.parametrize("text", [BAD, BAD.replace("yes", "true"), '[{"a": 1}, 2, {"a": 3}, 4]'])
def test_the_report_of_a_check_that_fails_fast(text: str) -> None:
    schema = "customers" if text[0] != "[" else None
    fast, whole = validate(text, schema, fail_fast=True), validate(text, schema)  # whose whole column decides on a fix
    assert len(fast.errors) == 1
    by_column: dict[str, Any] = {
        "hint": None,
        "fix": None,
        "fix_is_safe": None,
    }
    assert replace(fast.errors[0], **by_column) == replace(whole.errors[0], **by_column)
    assert fast.rows == fast.errors[0].row
    assert fast.valid_rows == fast.rows - 1
    assert validate(GOOD, "customers", fail_fast=True) == validate(GOOD, "customers")


def test_of_sales_that_were_not_read_to_the_end_nothing_is_reported() -> None:
    text = "sale_external_id,external_id,quantity\nS-1,1,x\nS-1,2,1\n"
    assert list(validate(text, "sales", fail_fast=True).counts.by_code) == ["wrong-type"]
    assert "incomplete-sale" in validate(text, "sales").counts.by_code


def test_how_a_file_was_read_is_reported_on_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["validate"], ["convert"]):
        assert main([*command, "a_customers.csv", "-v"]) == VALID
        settings, *reported, time = capsys.readouterr().err.splitlines()
        assert settings == "settings: none"
        assert reported == [
            "a_customers.csv: format: csv",
            "a_customers.csv: encoding: utf-8: all bytes are valid UTF-8",
            "a_customers.csv: delimiter: comma: inferred from the header and the first records "
            "(comma 2.50, semicolon 0.00, tab 0.00)",
            "a_customers.csv: upload: Content-Type: text/csv; charset=utf-8",
            "a_customers.csv: entity: customers by the file name",
        ]
        assert time.startswith("a_customers.csv: time: 0.")
        assert time.endswith(" rows/s")


# -- convert


def test_an_output_that_is_there_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("o.json").write_text("before", "utf-8")
    assert main(["convert", "a_customers.csv", "o.json"]) == MISUSE
    reported = "error: o.json: the file already exists: overwrite it with --force, or choose another name\n"
    assert capsys.readouterr().err == reported
    assert Path("o.json").read_text("utf-8") == "before"
    assert main(["convert", "a_customers.csv", "o.json", "-f"]) == VALID
    assert "Oulu" in Path("o.json").read_text("utf-8")
    assert main(["convert", "a_customers.csv", os.devnull, "--to", "json"]) == VALID


def test_split_files_of_an_earlier_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.json").write_text('[{"external_id": "1"}, {"external_id": "2", "city": "x"}]', "utf-8")
    command = ["convert", "in.json", "o.csv", "--missing", "split", "--entity", "customers"]
    for number in (2, 3, 4, 6, 2026):
        Path(f"o.{number}.csv").write_text("before", "utf-8")
    assert main(command) == MISUSE
    assert "o.2.csv: the file already exists" in capsys.readouterr().err
    assert not Path("o.1.csv").exists()
    assert main([*command, "--force"]) == VALID
    assert "o.3.csv: removed; an earlier run wrote it\no.4.csv: removed" in capsys.readouterr().err
    assert sorted(path.name for path in folder.glob("o.*")) == ["o.1.csv", "o.2.csv", "o.2026.csv", "o.6.csv"]
    assert Path("o.2.csv").read_text("utf-8") == "external_id,city\n2,x\n"


def test_warnings_may_keep_data_from_being_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("w_customers.csv").write_text("external_id,city\nC-1,Oulu\nC-2,=1+1\nC-3,Oulu\n", "utf-8")
    assert main(["convert", "w_customers.csv", "o.json"]) == VALID
    assert main(["convert", "w_customers.csv", "p.json", "--strict"]) == INVALID
    assert not Path("p.json").exists()
    assert capsys.readouterr().err.endswith("warnings count as errors (--strict)\np.json: not written\n")
    assert main(["convert", "w_customers.csv", "--strict", "--to", "jsonl"]) == INVALID
    assert capsys.readouterr().out == '{"external_id":"C-1","city":"Oulu"}\n'
    assert main(["convert", "w_customers.csv", "p.json", "--strict", "--ignore", "formula-cell"]) == VALID
    assert main(["convert", "a_customers.csv", "q.json", "--strict"]) == VALID


def test_a_quiet_conversion(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("w_customers.csv").write_text("external_id,city\nC-2,=1+1\n", "utf-8")
    assert main(["convert", "w_customers.csv", "o.json", "-q"]) == VALID
    assert capsys.readouterr().err == ""
    assert main(["convert", "b_customers.csv", "p.json", "-q"]) == INVALID
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("b_customers.csv: invalid: 1 of 4 rows valid")


# -- colour


@pytest.mark.parametrize(
    ("environment_", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        ({"FORCE_COLOR": ""}, False),
    ],
)
def test_colour(
    folder: Path,
    environment_: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment_.items():
        monkeypatch.setenv(name, value)
    main(["validate", "b_customers.csv", "a_customers.csv"])
    main(["convert", "b_customers.csv", "o.json"])
    out, err = capsys.readouterr()
    for reported in (out, err):
        assert ("\x1b[31;1merror\x1b[0m" in reported) == coloured
        assert ("\x1b" in reported) == coloured
    main(["validate", "b_customers.csv", "--report", "text=r.txt", "--report", "json"])
    assert "\x1b" not in capsys.readouterr().out + Path("r.txt").read_text("utf-8")


# -- progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_begins_with_the_second_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(TextInput(io.StringIO(""), "x.csv"), shown=True) as progress:
        for step, drawn in ((0.9, 0), (0.2, 1), (0.05, 1), (0.06, 2)):
            now[0] += step
            progress(1_000)
            assert terminal.getvalue().count("\r") == drawn
    lines = terminal.getvalue().split("\r")
    assert lines[1] == f"{'x.csv 1,000 rows, 909 rows/s':79}"
    assert lines[-2:] == [" " * 79, ""]


@pytest.mark.parametrize(("terminal", "shown"), [(io.StringIO(), True), (Terminal(), False)])
def test_no_progress_in_a_pipe_and_where_it_is_quiet(
    terminal: io.StringIO, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(TextInput(io.StringIO(""), None), shown=shown) as progress:
        progress(1)
    assert terminal.getvalue() == ""


def test_the_line_of_progress(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 10 + "\x1b.csv")
    path.write_bytes(b"x" * 200_000)
    with path.open("rb") as stream:
        source = ByteInput(stream, path.name, is_ours=True)
        assert progress_line(source, 0, 0.0) == "…onglong\\x1b.csv   0% " + "░" * 10 + " 0 rows, 0 rows/s"
        chunks = source.chunks()
        next(chunks), next(chunks)
        line = progress_line(source, 123_456, 90.0)
        assert line == "…onglong\\x1b.csv  66% " + "█" * 7 + "░" * 3 + " 123,456 rows, 1,372 rows/s, 47 s left"
        assert len(progress_line(source, 123_456_789, 9_000.0)) <= 79
        for _ in chunks:
            pass
        assert " 100% " in progress_line(source, 1, 90.0)
        assert "0 s left" in progress_line(source, 1, 90.0)


def test_progress_counts_all_rows(folder: Path) -> None:
    seen: list[int] = []
    report = validate("a\n" + "1\n" * 10_000, on_progress=seen.append)
    assert seen == sorted(seen)
    assert (seen[-1], len(seen) > 10) == (report.rows, True)


# -- completion


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("custobar-formats v", ["plain,validate"]),
        ("custobar-formats validate --entity c", ["plain,customers"]),
        ("custobar-formats convert --missing s", ["plain,split"]),
        ("custobar-formats convert --rej", ["plain,--rejects"]),
        ("custobar-formats validate x", ["file,x"]),
        ("custobar-formats validate --schema x", ["file,x"]),
        ("custobar-formats schema ev", ["plain,events"]),
        ("custobar-formats completion ", ["plain,bash", "plain,zsh", "plain,fish"]),
    ],
)
def test_a_shell_is_reported_what_may_follow(words: str, found: list[str]) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    env = {**environment(), **asked, "_CUSTOBAR_FORMATS_COMPLETE": "bash_complete"}
    command = [sys.executable, "-m", "custobar_formats"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == VALID
    script = capsys.readouterr().out
    assert f"_CUSTOBAR_FORMATS_COMPLETE={shell}_complete" in script
    assert main(["completion", "tcsh"]) == MISUSE
