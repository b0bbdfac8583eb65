"""An input is never overwritten, whatever name it goes by."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from custobar_formats import UsageError, iter_csv, write_csv
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import MISUSE, VALID
from custobar_formats.pipeline.convert import convert_file
from tests.processes import environment, files_in

TOLD = ": the output is the input: write to another file\n"
CSV, JSON = b"a\n1\n", b'[{"a":"1"}]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one input under many names."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "in.csv").write_bytes(CSV)
    (folder / "link.csv").symlink_to("in.csv")
    (folder / "chain.csv").symlink_to("link.csv")
    (folder / "hard.csv").hardlink_to(folder / "in.csv")
    (tmp_path / "other").symlink_to("folder")
    return folder


NAMES = ["in.csv", "./in.csv", "../folder/in.csv", "..//folder/./in.csv", "../other/in.csv", "link.csv", "chain.csv"]
NAMES += ["hard.csv", "../other/chain.csv", "{}/in.csv", "/proc/self/cwd/in.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_an_output_that_is_the_input(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    name, before = name.format(folder), files_in(folder)
    for arguments in (("in.csv", name), (name, "in.csv"), (name, name), ("link.csv", "-o", name)):
        assert main(["convert", "--entity", "none", *arguments, "--to", "json"]) == MISUSE
        assert capsys.readouterr().err.endswith(TOLD)
    assert files_in(folder) == before
    assert (folder / "link.csv").is_symlink()


@pytest.mark.parametrize("name", [*NAMES, "customers"])
def test_an_output_that_is_the_schema(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "in.csv").write_bytes(b"{}")
    (folder / "customers").hardlink_to(folder / "in.csv")
    (folder.parent / "data.csv").write_bytes(CSV)
    (folder.parent / "data.json").write_bytes(JSON)
    monkeypatch.chdir(folder)
    name, before = name.format(folder), files_in(folder)
    for source, to in (("../data.csv", "json"), ("../data.csv", "csv"), ("../data.json", "csv")):
        assert main(["convert", "--entity", "none", source, name, "--to", to, "--schema", "in.csv"]) == MISUSE
        assert capsys.readouterr().err == f"error: {name}: the output is the schema: write to another file\n"
    with pytest.raises(UsageError, match="the output is the schema"):
        write_csv([{"a": "1"}], Path(name), Path("in.csv"))
    assert files_in(folder) == before
    assert write_csv([{"external_id": "1"}], Path(name), "customers").rows == 1  # that is not a file


@pytest.mark.parametrize("line", ["- in.csv <in.csv", "in.csv >>in.csv", "- >>hard.csv <in.csv", "in.csv 1<>link.csv"])
def test_a_standard_stream_that_is_the_other_file(folder: Path, line: str) -> None:
    before = files_in(folder)
    command = f"{sys.executable} -m custobar_formats convert --entity none --to json {line}"
    done = subprocess.run(command, shell=True, cwd=folder, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr[-len(TOLD) :]) == (MISUSE, TOLD)
    assert files_in(folder) == before


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("o.1.csv", "o.csv"),
        ("o.500.csv", "./o.csv"),
        ("o.1", "o"),
        ("o[x].1.c[s]v", "o[x].c[s]v"),
        ("*.1.csv", "*.csv"),
        (".o.1.csv", ".o.csv"),
    ],
)
def test_one_of_several_outputs_that_is_the_input(
    tmp_path: Path, source: str, output: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / source).write_bytes(JSON)
    (tmp_path / "link.json").symlink_to(source)
    for name in (source, "link.json", os.path.join(tmp_path, source)):
        assert (
            main(["convert", "--entity", "none", name, output, "--from", "json", "--to", "csv", "--missing", "split"])
            == MISUSE
        )
        assert capsys.readouterr().err.endswith(TOLD)
    assert files_in(tmp_path) == {source: JSON, "link.json": JSON}


@pytest.mark.parametrize("name", ["o.1.toml", "link.toml"])
def test_one_of_several_outputs_that_is_the_file_of_fields(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.json").write_bytes(b'[{"external_id":"1"}]\n')
    (tmp_path / "o.1.toml").write_bytes(b'acme__size = "integer"\n')
    (tmp_path / "link.toml").symlink_to("o.1.toml")
    before = files_in(tmp_path)
    words = ["--entity", "shops", "--fields", name]
    assert (
        main(["convert", "--entity", "none", "in.json", "o.toml", "--to", "csv", "--missing", "split", *words])
        == MISUSE
    )
    assert capsys.readouterr().err == "error: o.toml: the output is the --fields file: write to another file\n"
    assert files_in(tmp_path) == before
    assert main(["convert", "--entity", "none", "in.json", "o.toml", "--to", "csv", *words]) == VALID


@pytest.mark.parametrize(
    "line",
    [
        "validate --entity none other.csv in.csv >>in.csv",
        "validate --entity none other.csv - <in.csv >>hard.csv",
        "validate other.csv --schema in.csv 1<>link.csv",
        "validate other.csv --entity shops --fields in.csv >>in.csv",
        "inspect other.csv link.csv >>in.csv",
        "schema shops --fields hard.csv >>in.csv",
    ],
)
def test_what_is_reported_is_not_written_into_what_is_read(folder: Path, line: str) -> None:
    (folder / "other.csv").write_bytes(CSV)
    before = files_in(folder)
    command = f"{sys.executable} -m custobar_formats {line}"
    done = subprocess.run(command, shell=True, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == MISUSE
    assert done.stderr.endswith(": stdout goes to this file, which is an input: redirect it to another file\n")
    assert files_in(folder) == before


def test_an_open_file_that_is_the_output(folder: Path) -> None:
    with (folder / "in.csv").open("rb") as stream, pytest.raises(UsageError, match="the output is the input"):
        convert_file(stream, folder / "hard.csv", to="json")
    with (folder / "in.csv").open("ab") as stream, pytest.raises(UsageError, match="the output is the input"):
        convert_file(folder / "link.csv", stream, to="json")
    assert (folder / "in.csv").read_bytes() == CSV


def test_a_program_may_write_what_it_reads(tmp_path: Path) -> None:
    """The old content is read to its end before the new file replaces it."""
    path = tmp_path / "in.csv"
    path.write_text("a\n" + "1\n" * 100_000, "utf-8")
    assert write_csv(({"a": record["a"] * 2} for record in iter_csv(path)), path).rows == 100_000
    assert path.read_text("utf-8") == "a\n" + "11\n" * 100_000
