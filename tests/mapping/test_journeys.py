"""From a file as bad as real ones to records: what `map` suggests, what a person decides, and what is left for one.

The values are compared with a reading of the file that knows neither the mapping nor this package.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import Report, from_csv, load_mapping, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID

FILES = Path(__file__).parent / "journeys"


def rows(name: str, encoding: str, header: int) -> Iterator[dict[str, str]]:
    """The rows below a header, up to the totals, without blank ones."""
    lines = (FILES / name).read_text(encoding).splitlines()[header - 1 :]
    for row in csv.DictReader(lines, delimiter=";"):
        if next(iter(row.values())) == "Yhteensä":
            return
        if any(row.values()):
            yield row


def cents(text: str) -> int:
    return int(Decimal(re.sub(r"[\s€]", "", text).replace(",", ".")) * 100)


def suggested(name: str, folder: Path, *options: str) -> str:
    """The file that `map` writes."""
    assert main(["map", str(FILES / name), "-o", str(folder / "m.toml"), *options]) == VALID
    return (folder / "m.toml").read_text("utf-8")


def decided(text: str, folder: Path, *guesses: str, **answers: str) -> Any:
    """The mapping, with the guesses that are right."""
    for guess in guesses:
        assert f"\n# {guess} = " in text
        text = text.replace(f"\n# {guess} = ", f"\n{guess} = ")
    (folder / "m.toml").write_text(text, "utf-8")
    return load_mapping(folder / "m.toml", answers={key.replace("__", "."): value for key, value in answers.items()})


def places(report: Report) -> list[tuple[int | None, str | None, str | None]]:
    return [(each.row, each.label, each.value) for each in report.errors]


def test_a_finnish_price_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Title rows, totals, a dash for nothing, amounts with spaces and signs, windows-1252."""
    assert main(["map", str(FILES / "hinnasto.csv")]) == INVALID
    assert "use --header 4" in capsys.readouterr().err
    text = suggested("hinnasto.csv", tmp_path, "--header", "4")
    text = text.replace("[columns]", '[columns]\nexternal_id = "Tuotekoodi"')
    mapping = decided(text, tmp_path, "price", "sale_price", "end", stock__0__shop_id="web")
    report = validate(FILES / "hinnasto.csv", mapping=mapping)
    assert places(report) == [(5, "Hinta (sis. alv)", "14.50 €")]
    assert report.counts.by_code["skipped-rows"] == 1
    data = (FILES / "hinnasto.csv").read_bytes().replace(b"14.50", b"14,50")
    records = from_csv(data, mapping=mapping)
    wanted = list(rows("hinnasto.csv", "cp1252", 4))
    assert len(records) == len(wanted) == 5
    for record, row in zip(records, wanted, strict=True):
        assert record["external_id"] == record["sku"] == row["Tuotekoodi"]
        assert record["title"] == row["Tuotenimi"]
        assert record["price"] == cents(row["Hinta (sis. alv)"])
        assert record.get("sale_price") == (None if row["Tarjoushinta"] == "–" else cents(row["Tarjoushinta"]))
        assert record.get("ean", "") == row["EAN-koodi"]
        stock = [] if row["Saldo"] == "–" else [{"quantity": int(row["Saldo"]), "shop_id": "web"}]
        assert record.get("stock", []) == stock


def test_a_swedish_customer_list(tmp_path: Path) -> None:
    """Consent that nobody gave, days that do not exist, a personal number that must not be sent."""
    text = suggested("kunder.csv", tmp_path).replace("# ignore = ", "ignore = ")
    assert '\nignore = ["Personnummer"]' in text
    assert "Personnummer" not in text.partition("# No field is known")[0].replace('"Personnummer"]', "")
    guesses = ("external_id", "email", "birth_date", "date_joined", "can_email", "tags")
    mapping = decided(text, tmp_path, *guesses)
    report = validate(FILES / "kunder.csv", mapping=mapping)
    corrections = {
        ("E-post", "liv@example,se"): "liv@example.se",
        ("Mobil", "08-123 456 78"): "+46 8-123 456 78",
        ("Född", "1979-11-31"): "1979-11-30",
        ("Nyhetsbrev", "kanske"): "nej",
    }
    assert places(report) == [(3, *each) for each in corrections]
    data = (FILES / "kunder.csv").read_bytes()
    for (_, wrong), right in corrections.items():
        data = data.replace(wrong.encode(), right.encode())
    records = from_csv(data, mapping=mapping)
    wanted = list(rows("kunder.csv", "utf-8-sig", 1))
    for record, row in zip(records, wanted, strict=True):
        assert record["external_id"] == row["Kundnr"]
        assert record["country"] == {"Sverige": "SE", "Norge": "NO", "Finland": "FI"}[row["Land"]]
        assert record.get("can_email") == {"Ja": True, "": None}.get(row["Nyhetsbrev"], False)
        assert record.get("tags", []) == [tag.strip() for tag in row["Kundgrupp"].split(",") if tag]
        digits = re.sub(r"\D", "", row["Mobil"])
        assert record.get("phone_number", "").removeprefix("+46") == digits.removeprefix("46").removeprefix("0")
        for field, column in (("first_name", "Förnamn"), ("last_name", "Efternamn"), ("city", "Ort")):
            assert record.get(field, "") == row[column]
        assert record.get("date_joined", "") == row["Kund sedan"]
        assert "Personnummer" not in record
