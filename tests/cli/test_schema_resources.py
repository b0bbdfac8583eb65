"""The documents that a schema refers to, which the command reads from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID

ADDRESS = {"$id": "https://example.com/address", "properties": {"zip": {"$ref": "zip"}}}
ZIP = {"$id": "https://example.com/zip", "type": "string", "pattern": "^[0-9]+$"}
RESOURCES = ["--schema-resource", "address.json", "--schema-resource", "zip.json"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("own.json").write_text(json.dumps({"properties": {"home": {"$ref": "https://example.com/address"}}}))
    Path("address.json").write_text(json.dumps(ADDRESS))
    Path("zip.json").write_text(json.dumps(ZIP))
    Path("fields.json").write_text(json.dumps({"acme__home": {"$ref": "https://example.com/address"}}))
    Path("bad.csv").write_text("home.zip\nx\n")
    Path("good.csv").write_text("home.zip\n00100\n")
    Path("shops.csv").write_text("external_id,acme__home.zip\n1,x\n")
    return tmp_path


def test_validate_convert_and_schema_read_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "good.csv", "--schema", "own.json", *RESOURCES]) == VALID
    assert main(["validate", "bad.csv", "--schema", "own.json", *RESOURCES]) == INVALID
    assert main(["validate", "shops.csv", "--fields", "fields.json", *RESOURCES]) == INVALID
    capsys.readouterr()
    assert main(["convert", "good.csv", "--to", "json", "--schema", "own.json", *RESOURCES]) == VALID
    assert json.loads(capsys.readouterr().out) == [{"home": {"zip": "00100"}}]
    assert main(["inspect", "shops.csv", "--fields", "fields.json", *RESOURCES]) == VALID
    assert main(["schema", "shops", "--table", "--fields", "fields.json", *RESOURCES]) == VALID
    capsys.readouterr()
    assert main(["schema", "shops", "--fields", "fields.json", *RESOURCES]) == VALID
    Path("whole.json").write_text(capsys.readouterr().out)
    assert main(["validate", "shops.csv", "--schema", "whole.json"]) == INVALID
    assert "does not match ^[0-9]+$" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["validate", "good.csv", "--schema", "own.json"],
            "own.json: the reference 'https://example.com/address' has no",
        ),
        (
            ["validate", "good.csv", "--schema", "own.json", *RESOURCES[:2]],
            "own.json: the reference 'zip' has no target",
        ),
        (["validate", "good.csv", "--schema-resource", "own.json"], "own.json: the document has no $id"),
        (["validate", "good.csv", *RESOURCES, *RESOURCES], "address.json: another document has the same $id"),
        (["validate", "good.csv", "--schema-resource", "none.json"], "none.json"),
        (["validate", "good.csv", "--schema-resource", "good.csv"], "good.csv: the schema is not JSON"),
        (
            ["convert", "good.csv", "zip.json", "--force", *RESOURCES],
            "the output is the --schema-resource file zip.json",
        ),
        (["validate", "good.csv", "--report", "json=zip.json", *RESOURCES], "zip.json"),
    ],
)
def test_documents_that_cannot_be_used(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == MISUSE
    assert message in capsys.readouterr().err
    assert json.loads(Path("zip.json").read_text()) == ZIP
