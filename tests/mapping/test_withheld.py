"""What nobody should send is in no file of rejects and in no report, where the mapping leaves its column out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID

SECRET = "010190-123S"
HEADER = ["Nr", "Personnummer", "Namn", "E-post"]
MAPPING = 'entity = "customers"\n{}\n[columns]\nexternal_id = "Nr"\nlast_name = "Namn"\nemail = "E-post"\n'
GOOD, BAD = ["1", SECRET, "Ek", "a@example.se"], ["2", SECRET, "Ås", "example.se"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def converted(*rows: list[str], tables: str = 'ignore = ["personnummer"]', more: str = "") -> list[str]:
    """The lines of the rejects."""
    Path("m.toml").write_text(MAPPING.format(tables) + more, "utf-8")
    Path("in.csv").write_text("".join(";".join(row) + "\n" for row in rows), "utf-8")
    command = ["convert", "-f", "--map", "m.toml", "in.csv", "--valid", "ok.json", "--rejects", "no.csv"]
    assert main([*command, "--report", "html=r.html", "--report", "jsonl=r.jsonl", "--report", "csv=r.csv"]) == INVALID
    for name in ("no.csv", "r.html", "r.jsonl", "r.csv"):
        assert "Personnummer" in more or SECRET not in Path(name).read_text("utf-8"), name
    return Path("no.csv").read_text("utf-8").splitlines()


@pytest.mark.parametrize("tables", ['ignore = ["Personnummer"]', 'ignore = ["person*"]', 'unmapped = "drop"'])
def test_a_column_that_is_left_out_is_not_in_the_rejects(tables: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The notice names it, and the rejects can be converted again."""
    header, row = converted(HEADER, GOOD, BAD, tables=tables)
    assert header == "__rejected_because;Nr;Namn;E-post"
    assert row.endswith(";2;Ås;example.se")
    assert "written to no.csv, without 'Personnummer': it should not leave your systems" in capsys.readouterr().err
    Path("no.csv").write_text(f"{header}\n;2;Ås;a@example.se\n", "utf-8")
    assert main(["convert", "--map", "m.toml", "no.csv", "rest.json"]) == VALID
    Path("no.csv").write_text(f"{header}\n;2;Ås;example.se\n", "utf-8")
    assert (
        main(["convert", "-f", "--map", "m.toml", "no.csv", "--valid", "x.json", "--rejects", "again.csv"]) == INVALID
    )
    assert Path("again.csv").read_text("utf-8").splitlines()[0] == header


@pytest.mark.parametrize(
    "row",
    [
        ["2", "x", SECRET, "Ås", "a@example.se"],
        ["2", "x", "y", SECRET, "Ås", "a@example.se"],
        [SECRET, "Ås", "a@example.se"],
        [f"2 {SECRET}", "Ås", "a@example.se"],
        [f"2 {SECRET} Ås", "a@example.se"],
        ["2", SECRET, "Ås", "a@example.se", "x"],
    ],
)
def test_nor_is_it_where_a_row_has_another_width(row: list[str]) -> None:
    """It may have moved; of the other cells none is lost but those that it may be in."""
    (_, rejected) = converted(HEADER, GOOD, row)
    kept = rejected.rpartition('"')[2].split(";")[1:]
    assert not [cell for cell in kept if cell not in row]
    assert len(kept) >= len(row) - 1 - abs(len(row) - len(HEADER))


def test_surplus_blanks_move_nothing() -> None:
    header, row = converted(HEADER, [*GOOD, ""], [*BAD, ""])
    assert row.endswith(";2;Ås;example.se")
    assert header.count(";") == row.count(";")


def test_a_column_that_a_field_takes_stays() -> None:
    """It is needed to convert the rows again; a warning says what it is."""
    header, row = converted(HEADER, GOOD, BAD, tables="", more='acme__id = "Personnummer"\n')
    assert header == "__rejected_because;Nr;Personnummer;Namn;E-post"
    assert row.endswith(f";2;{SECRET};Ås;example.se")


def test_other_columns_that_are_left_out_stay() -> None:
    header, row = converted([*HEADER, "Anm"], [*GOOD, "x"], [*BAD, "y"], tables='ignore = ["Personnummer", "Anm"]')
    assert header == "__rejected_because;Nr;Namn;E-post;Anm"
    assert row.endswith(";2;Ås;example.se;y")


def test_the_cells_around_a_finding_are_those_of_its_row() -> None:
    mapping: Any = {"entity": "customers", "ignore": ["password_hash"], "columns": {"external_id": "Nr", "email": "E"}}
    report = validate("Nr,password_hash,E\n1,0101,x\n", mapping=mapping)
    assert [each.context for each in report.findings if each.row] == [(("Nr", "1"), ("E", "x"))]
