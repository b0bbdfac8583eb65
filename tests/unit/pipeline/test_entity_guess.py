"""The guess of a file's entity."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.files.source import ByteInput, TextInput, open_input
from custobar_formats.pipeline.entity_guess import entity_in_name, guess_entity
from custobar_formats.pipeline.options import Options
from custobar_formats.schema.bundled import load_schema

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"


def guess(text: str, name: str | None = None) -> tuple[str, str] | None:
    found = guess_entity(ByteInput(io.BytesIO(text.encode()), name), Options())
    assert found == guess_entity(TextInput(io.StringIO(text), name), Options())
    return found


@pytest.mark.parametrize("entity", ENTITIES)
def test_by_the_labels(entity: Entity) -> None:
    names = list(load_schema(entity)["properties"])
    found = guess(",".join(names) + "\n")
    count = len({name.partition(".")[0] for name in names})
    assert found == (entity, f"by {count} of {count} field names")
    assert guess(json.dumps([dict.fromkeys(names, "1")]))[0] == entity  # type: ignore[index]
    assert guess(json.dumps(dict.fromkeys(names, "1")) + "\n{}", "x.jsonl")[0] == entity  # type: ignore[index]


@pytest.mark.parametrize("entity", ENTITIES)
def test_by_the_wrapper(entity: str) -> None:
    assert guess(json.dumps({entity: [{"x": 1}]}), "products.json") == (entity, "by the wrapper")


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("customers.csv", "customers"),
        ("out/2026-11-01_Customer-export2.csv", "customers"),
        ("asiakkaat_1.csv", "customers"),
        ("Tuotteet.CSV.gz", "products"),
        ("myymälät.csv", "shops"),
        ("customers_and_sales.csv", None),
        ("wholesale.csv", None),
        ("sales/x.csv", None),
        ("export.csv", None),
        (None, None),
    ],
)
def test_the_word_in_a_name(name: str | None, entity: str | None) -> None:
    assert entity_in_name(name) == entity


def test_a_name_counts_where_a_label_fits_it() -> None:
    assert guess("external_id,x,y,z\n", "shops.csv") == ("shops", "by the file name")
    assert guess("product_type,x\n", "shops.csv") is None
    assert guess("first_name,last_name,x\n", "shops.csv") == ("customers", "by 2 of 3 field names")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "email\na@example.com\n",  # one label
        "external_id,city\n1,x\n",  # of customers, and of shops
        "first_name,last_name,a,b,c\n",  # two of five
        "a.b,a.c\n",
        "[]",
        "[1]",
        '{"rows": [{"first_name": 1, "last_name": 2}]}',
        '"unclosed',
        "\x00\x01",
    ],
)
def test_nothing_is_guessed_where_nothing_speaks_for_one(text: str) -> None:
    assert guess(text) is None


def test_a_header_that_is_wrong_shows_it_too() -> None:
    assert guess("first_name,last_name,last_name\n") == ("customers", "by 2 of 2 field names")


def test_company_fields_say_nothing() -> None:
    assert guess("first_name,last_name,a__x,a__y,a__z\n") == ("customers", "by 2 of 5 field names")


def test_the_head_is_enough_and_is_read_again() -> None:
    text = "first_name,last_name\n" + "Äiti,Ö\n" * 30_000
    with open_input(io.BytesIO(text.encode())) as opened:
        assert guess_entity(opened, Options()) == ("customers", "by 2 of 2 field names")
        assert isinstance(opened, ByteInput)
        assert b"".join(opened.chunks()) == text.encode()


def test_the_command_shows_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("external_id,first_name,can_email\nC-1,Aino,yes\n", "utf-8")
    assert main(["validate", "a.csv"]) == INVALID
    assert (
        "0 of 1 row valid, 1 error, 0 warnings (utf-8, comma, customers by 3 of 3 field names)"
        in capsys.readouterr().out
    )
    assert main(["validate", "a.csv", "--report", "json"]) == INVALID
    source = json.loads(capsys.readouterr().out)[0]["source"]
    assert (source["entity"], source["entity_reason"]) == ("customers", "by 3 of 3 field names")
    assert main(["validate", "a.csv", "--entity", "none"]) == VALID
    assert capsys.readouterr().out == "a.csv: valid: 1 of 1 row valid, 0 errors, 0 warnings (utf-8, comma)\n"
    assert main(["convert", "a.csv"]) == INVALID
    assert main(["convert", "a.csv", "--entity", "none", "--to", "jsonl"]) == VALID
    assert capsys.readouterr().out.endswith('{"external_id":"C-1","first_name":"Aino","can_email":"yes"}\n')
    assert main(["inspect", "a.csv"]) == VALID
    out = capsys.readouterr().out
    assert "  entity    customers, by 3 of 3 field names\n" in out
    assert "looks like  customers" in out


def test_the_command_shows_that_no_entity_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n", "utf-8")
    assert main(["validate", str(path)]) == VALID
    reported = "(utf-8, comma, no entity recognised: only the format was checked; use --entity)"
    assert reported in capsys.readouterr().out
    assert main(["validate", str(path), "--entity", "none", "--fields", str(path)]) == MISUSE
    fields = tmp_path / "f.toml"
    fields.write_text('acme__x = "integer"\n', "utf-8")
    assert main(["validate", str(path), "--fields", str(fields)]) == MISUSE
    assert "fields need an entity" in capsys.readouterr().err


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_all_examples_are_known(path: Path) -> None:
    if path.suffix == ".md":
        return
    with open_input(path) as opened:
        guessed = guess_entity(opened, Options())
    assert guessed is not None
    others = {"broken": "customers", "spreadsheet": "products", "spreadsheet-fixed": "products"}
    assert guessed[0] == others.get(path.stem, path.stem)
