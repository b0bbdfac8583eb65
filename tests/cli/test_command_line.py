"""The commands that messages name: as they stand there, they read the file as the call has read it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID
from tests.workbooks import parts_of_xlsx, texts_row, zipped

MAPPING = 'entity = "customers"\n[columns]\nexternal_id = "Nr"\nphone_number = "Puh"\n'
ROWS = (("external_id", "phone_number"), ("C-1", "+358 40 123 4567"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    text = "external_id{}phone_number\nC-1{}+358 40 123 4567\n"
    (tmp_path / "a b.csv").write_text(text.format(";", ";"), "utf-8")
    (tmp_path / "x.csv").write_text("Title\n" + text.format("\t", "\t").replace("C-1", "Ä-1"), "utf-16")
    (tmp_path / "own.toml").write_text('note = "string"\n', "utf-8")
    (tmp_path / "export.csv").write_text("Nr,Puh\n1,+358 40 123 4567\n", "utf-8")
    (tmp_path / "my map.toml").write_text(MAPPING, "utf-8")
    titled = "".join(texts_row(number, *row) for number, row in enumerate((("Title", "x"), *ROWS), 1))
    (tmp_path / "two.xlsx").write_bytes(zipped(parts_of_xlsx({"Info": texts_row(1, "a"), "The data": titled})))
    return tmp_path


CALLS = {
    "entity": ["a b.csv", "--entity", "customers"],
    "delimiter": ["a b.csv", "--entity", "customers", "-d", ";"],
    "header and encoding": ["x.csv", "--entity", "customers", "--header", "2", "-d", "tab", "--encoding", "utf-16"],
    "sheet": ["two.xlsx", "--sheet", "The data", "--header", "2", "--entity", "customers"],
    "fields": ["a b.csv", "--entity", "customers", "--fields", "own.toml", "--no-settings"],
    "mapping": ["export.csv", "--map", "my map.toml", "--with", "city=Turku"],
    "report": ["a b.csv", "--entity", "customers", "--strict", "--report", "json=r.json"],
}


def test_the_command_that_shows_more_than_map_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a b.csv").write_text('Title\nSähköposti;Katu "x;Nimi "y\na@example.fi;b"c;d"e\n', "windows-1252")
    assert main(["map", "a b.csv", "--header", "2", "-d", ";"]) == VALID
    (command,) = re.findall("more: 'custobar-formats (.*)' shows them$", capsys.readouterr().err, re.MULTILINE)
    assert shlex.split(command) == ["validate", "--delimiter", ";", "--header", "2", "a b.csv"]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("command", ["validate", "convert"])
def test_the_fix_that_is_named_makes_the_changes(
    command: str, call: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([command, *call] if command == "validate" else ["convert", call[0], "out.json", *call[1:]])
    printed = capsys.readouterr()
    (named,) = re.findall(
        r"^'custobar-formats (.*) OUT(.*)' makes the changes", printed.out + printed.err, re.MULTILINE
    )
    words = shlex.split(f"{named[0]} fixed.csv{named[1].replace('FILE', 'rejects.csv')}")
    assert "--report" not in words
    assert main(words) == VALID
    assert "1 cell fixed" in capsys.readouterr().err
    assert "+358401234567" in (folder / "fixed.csv").read_text("utf-8")


def test_the_map_that_is_named_reads_the_same_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Title\nNr;Puh;Kaupunki;Maa\n1;+358401234567;Turku;FI\n"
    (folder / "export.csv").write_text(text, "utf-16")
    call = ["export.csv", "--header", "2", "--encoding", "utf-16", "--entity", "customers"]
    assert main(["validate", *call]) == INVALID
    (named,) = re.findall(r"'custobar-formats (.*)' suggests a mapping", capsys.readouterr().out)
    assert main(shlex.split(named)) == VALID
    assert 'phone_number = "Puh"' in capsys.readouterr().out


EXPORTS = {
    "plain": ["a b.csv"],
    "delimiter and entity": ["a b.csv", "-d", ";", "--entity", "customers"],
    "header and encoding": ["x.csv", "--header", "2", "-d", "tab", "--encoding", "utf-16"],
    "sheet": ["two.xlsx", "--sheet", "The data", "--header", "2"],
}


@pytest.mark.parametrize("call", EXPORTS.values(), ids=EXPORTS)
def test_the_validate_that_map_names_reads_the_same_rows(
    call: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["map", *call, "-o", "my own.toml"]) == VALID
    (named,) = re.findall(r"then run 'custobar-formats (.*)'", capsys.readouterr().err)
    text = (folder / "my own.toml").read_text("utf-8")
    (folder / "my own.toml").write_text(text.replace("# external_id", "external_id"), "utf-8")
    main(shlex.split(named))
    assert "1 of 1 row valid" in capsys.readouterr().out


def test_outside_of_a_call_no_options_are_known() -> None:
    from custobar_formats import validate

    report = validate("external_id,phone_number\nC-1,+358 40 123 4567\n", "customers")
    assert report.source.options == ""
    assert "options" not in report.source.to_dict()
