"""`--report`: output to the stream, output to files, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.report.formats import RENDERERS, render
from custobar_formats.report.github import render_summary
from tests.processes import environment, files_in

GOOD, BAD = "external_id,price\nP1,1050\n", "external_id,price\nP1,24.90\nP2,ä\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "good.csv").write_text(GOOD, "utf-8")
    (tmp_path / "bad.csv").write_text(BAD, "utf-8")
    return tmp_path


def rendered(format_: str, *names: str) -> str:
    return render([validate(Path(name), "products") for name in names], format_)


@pytest.mark.parametrize("format_", RENDERERS)
def test_a_format_takes_the_place_of_the_text(folder: Path, capsys: pytest.CaptureFixture[str], format_: str) -> None:
    assert main(["validate", "good.csv", "bad.csv", "--entity", "products", "--report", format_]) == INVALID
    reported = capsys.readouterr()
    assert (reported.out, reported.err) == (rendered(format_, "good.csv", "bad.csv"), "")
    assert len(files_in(folder)) == 2


def test_several_in_one_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for format_ in RENDERERS for word in ("--report", f"{format_}=r.{format_}")]
    assert main(["validate", "bad.csv", "good.csv", "--entity", "products", *words]) == INVALID
    assert capsys.readouterr().out == rendered("text", "bad.csv", "good.csv")
    for format_ in RENDERERS:
        assert (folder / f"r.{format_}").read_text("utf-8") == rendered(format_, "bad.csv", "good.csv")
    assert len(files_in(folder)) == 2 + len(RENDERERS)


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("format_", RENDERERS)
def test_a_report_overwrites_a_report_and_no_other_file(
    folder: Path, capsys: pytest.CaptureFixture[str], format_: str, packed: str
) -> None:
    """Every format is known, with findings or without, whichever is written."""
    name = f"r.{format_}{packed}"
    for files in (["good.csv"], ["bad.csv", "good.csv"], ["nowhere.csv"], ["good.csv", "bad.csv", "--strict"]):
        for other in (format_, "json", format_):
            main(["validate", *files, "--entity", "products", "--report", f"{other}={name}"])
            assert "this is no report" not in capsys.readouterr().err, (files, other)
    texts = ["a,b\n1,2\n", '{"a": 1}\n', "[]", '[{"valid": true}]', "<!doctype html>\n<p>", "\n", "x: error: y", "\0"]
    for text in texts:
        Path(name).write_text(text, "utf-8")
        for command in (["validate", "good.csv"], ["convert", "good.csv", "o.json", "--to", "json"]):
            words = [*command, "--entity", "products", "--report", f"{format_}={name}"]
            assert main(words) == MISUSE
            assert f"{name}: this is no report: overwrite it with --force" in capsys.readouterr().err
            assert Path(name).read_text("utf-8") == text
            assert not Path("o.json").exists()
    assert main(["validate", "good.csv", "--entity", "products", "--report", f"{format_}={name}", "--force"]) == VALID
    Path(name).write_text("", "utf-8")
    assert main(["validate", "good.csv", "--entity", "products", "--report", f"{format_}={name}"]) == VALID


def test_a_file_that_another_run_writes_meanwhile_is_kept(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def occupied(source: Any, target: Any) -> None:
        Path(target).write_text("of another run", "utf-8")
        link(source, target)

    def without_links(source: Any, target: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", occupied)
    for words in (["out.json"], ["o.csv", "--to", "csv", "--missing", "split"], ["-", "--rejects", "r.csv"]):
        assert main(["convert", "good.csv", *words, "--entity", "products"]) == MISUSE
        name = {"out.json": "out.json", "o.csv": "o.1.csv", "-": "r.csv"}[words[0]]
        assert f"{name}: the file exists now: overwrite it with --force" in capsys.readouterr().err
        assert Path(name).read_text("utf-8") == "of another run"
        assert set(files_in(folder)) == {"good.csv", "bad.csv", name}
        assert main(["convert", "good.csv", *words, "--entity", "products", "--force"]) == VALID
        assert Path(name).read_text("utf-8") != "of another run"
        Path(name).unlink()
    monkeypatch.setattr(os, "link", without_links)
    assert main(["convert", "good.csv", "out.json", "--entity", "products"]) == VALID
    assert set(files_in(folder)) == {"good.csv", "bad.csv", "out.json"}


def test_a_conversion_shows_on_stderr_and_in_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--entity", "products", "--report", "jsonl", "--report", "junit=r.xml"]
    assert main(["convert", "bad.csv", "out.json", *words]) == INVALID
    reported = capsys.readouterr()
    assert (reported.out, reported.err) == ("", rendered("jsonl", "bad.csv"))
    assert (folder / "r.xml").read_text("utf-8") == rendered("junit", "bad.csv")
    assert not (folder / "out.json").exists()
    assert main(["convert", "good.csv", "out.json", "--entity", "products", "--report", "json"]) == VALID
    assert json.loads(capsys.readouterr().err)[0]["valid"] is True
    assert main(["convert", "good.csv", "-", "--entity", "products", "--report", "csv=r.csv", "--to", "jsonl"]) == VALID
    reported = capsys.readouterr()
    assert (reported.out, reported.err) == ('{"external_id":"P1","price":1050}\n', "")
    assert (folder / "r.csv").read_text("utf-8").count("\n") == 1


def test_the_summary_of_a_step_is_added_to(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "summary.md").write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    main(["validate", "bad.csv", "--entity", "products", "--report", "json"])
    assert (folder / "summary.md").read_text("utf-8") == "before\n"
    for word in ("github", "github=notes.txt"):
        main(["validate", "bad.csv", "--entity", "products", "--report", word])
    page = render_summary([validate(Path("bad.csv"), "products")])
    assert (folder / "summary.md").read_text("utf-8") == "before\n" + 2 * page


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["xml"], f"--report xml: use one of {', '.join(RENDERERS)}"),
        (["=r"], f"--report =r: use one of {', '.join(RENDERERS)}"),
        (["json="], "--report json=: the file name is empty"),
        (["json", "csv"], "--report csv: json is printed already; use csv=FILE"),
        (["json=r", "csv=./r"], "--report csv=./r: another report goes to this file"),
        (["json=bad.csv"], "bad.csv: the report would overwrite a file of this run: choose another name"),
        (["json=link"], "link: the report would overwrite a file of this run: choose another name"),
        (["json=hard"], "hard: the report would overwrite a file of this run: choose another name"),
        (["json=schema.json"], "schema.json: the report would overwrite a file of this run: choose another name"),
        (["json=summary.md"], "summary.md: the report would overwrite a file of this run: choose another name"),
        (["json=new/"], "new/: Is a directory"),
        (["json=-"], "--report json=-: to print the report, use --report json"),
    ],
)
def test_what_is_refused_is_refused_before_anything_is_done(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], expected: str
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "./summary.md")
    words = [*words, "github=notes.txt"]
    (folder / "schema.json").write_text("{}", "utf-8")
    (folder / "link").symlink_to("bad.csv")
    (folder / "hard").hardlink_to(folder / "bad.csv")
    before = files_in(folder)
    options = ["--schema", "schema.json", *(part for word in words for part in ("--report", word))]
    for command in (["validate", "good.csv", "bad.csv"], ["convert", "bad.csv", "out.json"]):
        assert main([*command, *options]) == MISUSE
        reported = capsys.readouterr()
        assert (reported.out, reported.err) == ("", f"error: {expected}\n")
    assert files_in(folder) == before


def test_a_report_is_not_written_over_the_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "good.csv", "out.json", "--report", "json=./out.json"]) == MISUSE
    assert "./out.json: the report would overwrite a file of this run" in capsys.readouterr().err
    assert len(files_in(folder)) == 2


@pytest.mark.parametrize("file", ["out.1.csv", "./out.17.csv", "{}/out.2.csv"])
def test_a_report_is_not_written_over_one_of_several_outputs(
    folder: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    file = file.format(folder)
    assert main(["convert", "good.csv", "out.csv", "--missing", "split", "--report", f"csv={file}"]) == MISUSE
    assert (
        capsys.readouterr().err
        == f"error: {file}: the report would overwrite a file of this run: choose another name\n"
    )
    assert len(files_in(folder)) == 2
    for other in ("out.csv.1", "out.x.csv", "out.1.csv.csv"):
        assert (
            main(["convert", "good.csv", "out.csv", "--missing", "split", "--force", "--report", f"csv={other}"])
            == VALID
        )
    assert main(["convert", "good.csv", "out.csv", "--report", f"csv={file}", "--force"]) == VALID


@pytest.mark.parametrize(
    "line",
    [
        "validate - --report json=good.csv <good.csv",
        "validate good.csv --report json=out >>out",
        "convert good.csv --report json=out >>out",
        "convert - out.json --report json=link <good.csv",
    ],
)
def test_a_report_is_not_written_over_a_standard_stream(folder: Path, line: str) -> None:
    (folder / "link").symlink_to("good.csv")
    (folder / "out").write_bytes(b"before\n")
    before = files_in(folder)
    command = f"{sys.executable} -m custobar_formats {line}"
    done = subprocess.run(command, shell=True, env=environment(), capture_output=True, text=True)
    assert done.returncode == MISUSE
    assert done.stderr.endswith(": the report would overwrite a file of this run: choose another name\n")
    assert files_in(folder) == before


@pytest.mark.parametrize("file", ["/dev/stdout", "/dev/fd/3"])
def test_a_report_into_a_stream_on_purpose(folder: Path, file: str) -> None:
    (folder / "out").write_bytes(b"before\n")
    command = f"{sys.executable} -m custobar_formats validate good.csv --entity none --report csv={file} >>out 3>&1"
    subprocess.run(command, shell=True, env=environment(), check=True)
    text, table = rendered("text", "good.csv"), rendered("csv", "good.csv")
    assert (folder / "out").read_text("utf-8") == "before\n" + text + table


def test_a_report_that_cannot_be_written_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "good.csv", "--report", "json=no/r.json"]) == MISUSE
    assert capsys.readouterr().err == "error: no/r.json: No such file or directory\n"
    assert len(files_in(folder)) == 2


def test_a_file_that_cannot_be_read_leaves_the_others_in_the_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "nowhere.csv", "good.csv", "--entity", "products", "--report", "json"]) == MISUSE
    reported = capsys.readouterr()
    assert [report["source"]["name"] for report in json.loads(reported.out)] == ["nowhere.csv", "good.csv"]
    assert reported.err == "nowhere.csv: not checked\nerror: nowhere.csv: No such file or directory\n"
