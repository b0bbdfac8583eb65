"""What the page about mappings promises in words."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from custobar_formats import from_csv, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID
from tests.docs.pages import ROOT, blocks

MAPPING = {
    "entity": "customers",
    "columns": {
        "external_id": "Nro",
        "can_email": {"from": "Markkinointikielto", "true": ["Ei"], "false": ["Kyllä"]},
        "last_login": {"from": "Aika", "dates": ["d.m.y", "%d.%m.%Y klo %H:%M"], "timezone": "Europe/Helsinki"},
        "phone_number": {"from": "Puhelin", "country": {"from": "Maa", "default": "FI"}},
        "country": {"from": "Maa", "values": {"Suomi": "FI", "Ruotsi": "SE"}},
    },
    "rows": {"skip": [{"column": "Nro", "is": "No"}]},
}
HEADER = "NRO;Markkinointikielto;aika;Puhelin;Maa\n"


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("1.9.2024", "2024-09-01"),
        ("1.9.2024 14:05", "2024-09-01T14:05:00+03:00"),
        ("1.9.2024 klo 14.05", "2024-09-01T14:05:00+03:00"),
        ("01.09.2024 klo 14:05", "2024-09-01T14:05:00+03:00"),
        ("2024-09-01", "2024-09-01"),
    ],
)
def test_notations_of_dates(time: str, wanted: str) -> None:
    (record,) = from_csv(f"{HEADER}1;ei;{time};;\n", mapping=MAPPING)
    assert record["last_login"] == wanted


def test_capitals_names_of_countries_refusals_and_a_second_header() -> None:
    rows = "No;Ban;Time;Phone;Country\n1;EI;;040 123 4567;suomi\n2;kyllä;;070-123 45 67;RUOTSI\n"
    assert from_csv(HEADER + rows, mapping=MAPPING) == [
        {"external_id": "1", "can_email": True, "phone_number": "+358401234567", "country": "FI"},
        {"external_id": "2", "can_email": False, "phone_number": "+46701234567", "country": "SE"},
    ]
    assert validate(f"{HEADER}NO;x;;;\n", mapping=MAPPING).counts.by_code["unmappable-value"] == 1


@pytest.mark.parametrize(
    ("pattern", "is_valid"),
    [("Lisä*", True), ("lisä*", True), ("LISÄTIETO ", True), ("*TIETO", True), ("Lisä", False), ("Lis?tieto*", False)],
)
@pytest.mark.parametrize("label", ["Lisätieto", " lisätieto"])
def test_patterns_of_ignore_are_found_as_names_are(pattern: str, is_valid: bool, label: str) -> None:
    mapping = {"entity": "customers", "ignore": [pattern], "columns": {"external_id": "Nro"}}
    assert validate(f"Nro;{label}\n1;x\n", mapping=mapping).valid is is_valid


def test_rejects_have_their_names_in_the_first_line() -> None:
    mapping = {"entity": "customers", "columns": {"external_id": "Nro"}, "rows": {"header": 3}}
    assert validate("__rejected_because;Nro\n;1\n", mapping=mapping).valid
    assert validate("Lista\n\nNro\n1\n", mapping=mapping).valid


def block(kind: str, word: str) -> str:
    (found,) = (text for text in blocks("docs/mapping.md", kind) if word in text)
    return found


def test_the_job_of_every_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works on the second night, too; what is not valid leaves the file of the night before."""
    examples, new = ROOT / "examples", tmp_path / "customers.json"
    monkeypatch.chdir(tmp_path)
    Path("custobar-formats.toml").write_text(block("toml", "[mapping]"), "utf-8")
    mapping = (examples / "asiakkaat.toml").read_text("utf-8")
    Path("asiakkaat.toml").write_text(mapping, "utf-8")
    header, *rows = (examples / "asiakkaat.csv").read_text("utf-8").splitlines(keepends=True)
    export = Path("export/asiakkaat.csv")
    export.parent.mkdir()
    command, *job = shlex.split(block("sh", "convert --force"))
    assert command == "custobar-formats"

    def night(*lines: str) -> tuple[int, int]:
        """The exit code, and the number of records that are there then."""
        export.write_text("".join(lines), "utf-8")
        return main(job), len(json.loads(new.read_text("utf-8"))["customers"])

    assert night(header, *rows[:1]) == (VALID, 1)
    assert night(header, *rows[:2]) == (VALID, 2)
    assert night(header, *rows) == (INVALID, 2)
    assert night(header) == (INVALID, 2)
    renamed = header.replace("Sähköposti", "Sähköpostiosoite")
    assert night(renamed, *rows[:1]) == (INVALID, 2)
    Path("asiakkaat.toml").write_text(mapping + block("toml", "[names]"), "utf-8")
    assert night(renamed, *rows[:1]) == (VALID, 1)
    Path("export/shopify-products.csv").write_text("SKU\n")
    assert main(["validate", "export/shopify-products.csv"]) == INVALID  # the preset's question is answered
