"""``map`` and then ``validate --map`` on exports with lines above the header, blank and repeated names, and spaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID

FINNISH = ["Asiakasnumero", "Etunimi", "Sukunimi", "Sähköposti", "Kaupunki"]
SWEDISH = ["Kundnummer", "Förnamn", "Efternamn", "E-post", "Ort"]
BLANK = ["Asiakasnumero", "Etunimi", "", "Sähköposti", "Kaupunki"]
SPACES = ["Kundnummer", "Förnamn", "   ", "E-post", "Ort"]
ROWS = [["1001", "Maija", "Meikäläinen", "maija@example.fi", "Åbo"], ["1002", "Pekka", "", "p@example.fi", "Turku"]]
FULL = ["Asiakkaat", "", "", "", ""]
NOTHING = [""] * 5

FILES = {
    "one-cell": ([["Asiakasluettelo 2026"], []], FINNISH),
    "blank-cell": ([["Asiakasluettelo 2026"], []], BLANK),
    "full-width": ([FULL, NOTHING], FINNISH),
    "full-width-and-blank-cell": ([FULL, NOTHING, ["Tulostettu 1.9.2026", "", "", "", ""]], BLANK),
    "spaces": ([[" "] * 5, ["Kundlista", *[" "] * 4]], SWEDISH),
    "spaces-in-the-header": ([["Kundlista"], []], SPACES),
    "two-cells": ([["Raportti", "1.8.2026"], ["Myymälä", "Turku"]], FINNISH),
    "groups": ([["Asiakas", "", "", "Yhteystiedot", ""]], BLANK),
    "line-12": ([[f"Rivi {number}"] for number in range(11)], FINNISH),
    "line-12-and-blank-cell": ([[f"Rad {number}", *[""] * 4] for number in range(11)], SPACES),
}


def written(path: Path, rows: list[list[str]], delimiter: str, encoding: str) -> None:
    """A file of rows, as a spreadsheet saves it."""
    path.write_bytes("".join(delimiter.join(row) + "\r\n" for row in rows).encode(encoding))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8"), (",", "utf-8-sig"), (";", "latin-1"), ("\t", "utf-16")]
)
def test_the_line_of_the_header_is_named(
    name: str, delimiter: str, encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    above, header = FILES[name]
    line, path, mapping = str(len(above) + 1), tmp_path / "x.csv", tmp_path / "m.toml"
    written(path, [*above, header, *ROWS], delimiter, encoding)
    assert main(["map", str(path), "-o", str(mapping)]) == INVALID
    assert f"the header seems to be at line {line};" in capsys.readouterr().err
    assert not mapping.exists()
    assert main(["map", str(path), "--header", line, "-o", str(mapping)]) == VALID
    named = capsys.readouterr().err
    assert "customers: " in named
    assert ('column 3 has no name: name it, or add "" to ignore' in named) is not header[2].isalpha()
    text = mapping.read_text("utf-8").replace("# external_id", "external_id").replace("# ignore", "ignore")
    assert f"header = {line}" in text
    mapping.write_text(text, "utf-8")
    assert main(["validate", "--map", str(mapping), str(path)]) == VALID
    assert "2 of 2 rows valid" in capsys.readouterr().out


def test_other_names_ask_for_the_entity_or_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "x.csv", [["Uno", "Due"], ["1", "2"]], ";", "utf-8")
    assert main(["map", str(tmp_path / "x.csv")]) == MISUSE
    assert "shops; or --header N, if the names are in line N" in capsys.readouterr().err
    assert main(["map", str(tmp_path / "x.csv"), "--header", "1"]) == MISUSE
    assert "--header N" not in capsys.readouterr().err


def test_a_header_with_an_error_gives_no_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its rows are not read, and two lines for one field are no TOML."""
    written(tmp_path / "x.csv", [[*FINNISH[:4], FINNISH[3]], *ROWS], ";", "utf-8")
    assert main(["map", str(tmp_path / "x.csv"), "-o", str(tmp_path / "m.toml")]) == INVALID
    (line,) = capsys.readouterr().err.splitlines()
    assert "error: duplicate-label: column 4 has the same name (rename one of them) [Sähköposti]" in line
    assert not (tmp_path / "m.toml").exists()


def test_cells_of_spaces_are_not_filled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "x.csv", [SWEDISH, *ROWS, ["1003", "  ", " ", "x@example.fi", "Ort"]], ";", "utf-8")
    assert main(["map", str(tmp_path / "x.csv")]) == VALID
    text = capsys.readouterr().out
    assert 'first_name = { from = "Förnamn", blank = ["  "] }  # 2 of 3 filled, such as "Maija", "Pekka"' in text
    assert 'last_name = { from = "Efternamn", blank = [" "] }  # 1 of 3 filled, such as "Meikäläinen"\n' in text
