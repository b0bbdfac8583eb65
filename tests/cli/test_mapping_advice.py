"""A file with the columns of another system has one way to a mapping: its preset, or ``map``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from tests.docs.pages import ROOT

SAMPLES = ROOT / "tests" / "mapping" / "presets"
FINNISH = "Asiakasnumero,Sähköposti,Etunimi,Kaupunki\n1,a@b.fi,Aino,Oulu\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def notices(text: str) -> list[str]:
    """The notices, each with what to do, without their file."""
    found = re.findall(r"^notice: \S+: (.* \(export-columns\))\n    (.*)$", text, re.MULTILINE)
    return [f"{message}: {hint}" for message, hint in found]


@pytest.mark.parametrize(("sample", "entity"), [("shopify-products", "products"), ("shopify-customers", "customers")])
def test_the_preset_of_an_export_is_named_once(sample: str, entity: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = next(SAMPLES.glob(f"{sample}.csv"))
    main(["validate", str(file), "--entity", entity])
    (line,) = notices(capsys.readouterr().out)
    assert line.endswith(f"the export that the preset {sample} is for (export-columns): read it with --map {sample}")
    main(["convert", str(file), "out.json", "--entity", entity])
    assert len(notices(capsys.readouterr().err)) == 1


@pytest.mark.parametrize("options", [[], ["--entity", "customers"]])
def test_without_a_preset_map_is_named(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("asiakkaat.csv").write_text(FINNISH, "utf-8")
    assert main(["validate", "asiakkaat.csv", *options]) == INVALID
    (line,) = notices(capsys.readouterr().out)
    assert line.startswith("4 of 4 columns are unknown: they may be those of another system")
    given = "".join(f"{option} " for option in options)
    assert line.endswith(f": 'custobar-formats map {given}asiakkaat.csv' suggests a mapping")
    assert main(["validate", "asiakkaat.csv", *options, "--ignore", "export-columns"]) == INVALID
    assert not notices(capsys.readouterr().out)


@pytest.mark.parametrize(
    "text",
    [
        "external_id,email,x,y\n1,a@b.fi,1,2\n",
        "external_id,x,y,acme__z\n1,1,2,3\n",
        "external_id,email,first_name,last_name,city,zip_code,language,x,y,z\n1,a@b.fi,A,B,Oulu,00100,fi,1,2,3\n",
    ],
)
def test_a_few_unknown_columns_need_no_mapping(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("customers.csv").write_text(text, "utf-8")
    assert main(["validate", "customers.csv"]) == VALID
    assert not notices(capsys.readouterr().out)


def test_a_mapping_needs_no_mapping(capsys: pytest.CaptureFixture[str]) -> None:
    Path("m.toml").write_text('entity = "customers"\nunmapped = "keep"\n[columns]\nexternal_id = "Asiakasnumero"\n')
    Path("asiakkaat.csv").write_text(FINNISH, "utf-8")
    assert main(["validate", "asiakkaat.csv", "--map", "m.toml"]) == VALID
    assert not notices(capsys.readouterr().out)


def test_a_file_of_an_unknown_entity_has_the_way_in_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    for sample in ("shopify-products", "mailchimp-audience"):
        Path("x.csv").write_bytes(next(SAMPLES.glob(f"{sample}.csv")).read_bytes())
        assert main(["validate", "x.csv"]) == MISUSE
        assert (
            "error: x.csv: the entity is unknown, so no value was checked: neither its name nor its fields "
            f"show one (not-checked)\n    use --map {sample}: the columns are" in capsys.readouterr().out
        )
    Path("x.csv").write_text(FINNISH, "utf-8")
    assert main(["convert", "x.csv", "out.json"]) == MISUSE
    assert "other system, 'custobar-formats map x.csv' suggests a mapping\n" in capsys.readouterr().err
    Path("x.json").write_text('[{"Asiakasnumero": 1}]', "utf-8")
    assert main(["validate", "x.json"]) == MISUSE
    assert "mapping" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        (
            "external_id,Sähköposti,Etunimi,Lempiväri",
            ["'Sähköposti' → 'email'", "'Etunimi' → 'first_name'", "'Lempiväri'"],
        ),
        ("external_id,Förnamn,x", ["'Förnamn' → 'first_name'", "'x'"]),
        ("external_id,Etunimi,Förnamn", ["'Etunimi'", "'Förnamn'"]),
        ("external_id,Etunimi,first_name,x", ["'Etunimi'", "'x'"]),
        ("external_id,Suoramarkkinointikielto,Henkilötunnus", ["'Suoramarkkinointikielto'", "'Henkilötunnus'"]),
    ],
)
def test_an_unknown_column_has_its_likely_field(
    header: str, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of consent, secrets, and a field that two columns may be, only a person can decide."""
    Path("x.csv").write_text(f"{header}\n{','.join('1' * len(header.split(',')))}\n", "utf-8")
    main(["validate", "x.csv", "--entity", "customers", "--select", "unknown-label"])
    found = re.findall(r"^    x.csv:1:\d+ \(\w+\): (.*)$", capsys.readouterr().out, re.MULTILINE)
    assert found == lines
