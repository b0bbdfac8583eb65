"""A shop's register of customers from the workbook itself, and by way of the CSV that a spreadsheet saves.

``python -m tests.samples.journey FOLDER`` prints all counts.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID
from tests.samples.journey import LOST, PERSON, RIGHT, WAITS, WARNED, WRONG, Journey
from tests.samples.make import COLUMNS, FOLDER

TOTALS = {
    "xlsx": {RIGHT: 1983, WAITS: 1105, PERSON: 111, WARNED: 33},
    "csv": {RIGHT: 1445, WAITS: 1545, PERSON: 199, WARNED: 43},
}
"""The ends of all cells."""

ALWAYS_FOR_A_PERSON = {
    "consent as x",
    "day as text, year of two digits",
    "day shown as a number",
    "day that does not exist",
    "e-mail with a comma",
    "national telephone number stored as a number",
    "telephone number stored as a number",
    "word for nothing",
    "error cell",
    "zip code without its zeros",
}
"""Kinds of which nobody but a person knows the value."""

LOST_IN_CSV = {
    "day shown in English order",
    "day shown with a year of two digits",
    "day shown with its name",
    "invisible character",
    "letter that windows-1252 lacks",
    "number shown as 5,58E+12",
}
"""Kinds that the workbook has right and its CSV has not."""


@pytest.fixture(params=TOTALS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_cell_is_wrong_without_a_finding_and_no_row_is_lost(way: str, tmp_path: Path) -> None:
    journey = Journey(FOLDER / f"asiakkaat.{way}", tmp_path)
    assert journey.code == INVALID
    assert journey.total == TOTALS[way]
    assert not {WRONG, LOST} & journey.total.keys()
    for_a_person = ALWAYS_FOR_A_PERSON | (LOST_IN_CSV if way == "csv" else set())
    assert for_a_person == {kind for kind, ends in journey.ends.items() if not ends.keys() & {RIGHT, WAITS}}
    partly = {kind for kind, ends in journey.ends.items() if ends.keys() & {PERSON, WARNED}} - for_a_person
    assert partly == ({"zip code as a number, shown with zeros"} if way == "csv" else set())
    assert journey.report["rows"] == 202
    assert journey.report["valid_rows"] == (126 if way == "xlsx" else 93)
    assert main(["validate", str(tmp_path / "out.json"), "-q"]) == VALID


def test_nothing_that_is_certain_is_left(way: str, tmp_path: Path) -> None:
    """Of what may be applied without asking, nothing is left; of the rest, --unsafe reads the day numbers."""
    journey = Journey(FOLDER / f"asiakkaat.{way}", tmp_path, "--unsafe")
    assert not [finding for finding in journey.report["findings"] if finding["fix"] is not None]
    with_days, safe = journey.report["counts"], Journey(FOLDER / f"asiakkaat.{way}", tmp_path)
    read = sum(safe.ends["day shown as a number"].values())
    counts = safe.report["counts"]["by_severity"]
    assert with_days["by_severity"] == {**counts, "error": counts["error"] - read, "notice": counts["notice"] + 1}


def test_a_dry_run_shows_the_same(way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, mapping = str(FOLDER / f"asiakkaat.{way}"), str(FOLDER / "asiakkaat.toml")
    assert main(["fix", source, "--dry-run", "--map", mapping]) == INVALID
    *shown, last = capsys.readouterr().err.splitlines()
    out, rejects = tmp_path / "out.json", tmp_path / "rejects.csv"
    assert main(["fix", source, str(out), "--map", mapping, "--rejects", str(rejects)]) == INVALID
    *real, written, rejected = capsys.readouterr().err.splitlines()
    assert real == shown
    count = re.search(r"[0-9]+ changes", written)
    assert count is not None
    assert last == f"{count[0]}; nothing was written"
    with (tmp_path / "out.changes.csv").open(encoding="utf-8", newline="") as changes:
        assert f"{len(list(csv.DictReader(changes)))} changes" == count[0]
    found = re.findall(r"([0-9]+) (?:record|rejected row)s? written", f"{written} {rejected}")
    assert sum(map(int, found)) == 202


def test_the_suggestion(way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The title and the blank rows do not keep the columns from being found."""
    source, mapping = FOLDER / f"asiakkaat.{way}", tmp_path / "mapping.toml"
    assert main(["map", str(source)]) == INVALID
    assert "use --header 2" in capsys.readouterr().err
    assert main(["map", str(source), "--header", "2", "-o", str(mapping)]) == VALID
    suggested = dict(
        re.findall(r"^(?:# )?(\w+) = (?:\{ from = )?\"([^\"]+)\"", mapping.read_text("utf-8"), re.MULTILINE)
    )
    fields = {field: name for name, field in COLUMNS.items() if field not in ("acme__order", "tags", None)}
    assert fields.items() <= suggested.items()
