"""The guess of a file's entity."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID
from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.core.limits import MAX_GUESSED_BYTES
from custobar_formats.files.source import ByteInput, TextInput, open_input
from custobar_formats.pipeline.entity_guess import Guess, entity_in_name, guess_entity
from custobar_formats.pipeline.options import Options
from custobar_formats.schema.bundled import load_schema

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"


def guess(data: str | bytes, name: str | None = None) -> Guess:
    data = data.encode() if isinstance(data, str) else data
    with closing(ByteInput(io.BytesIO(data), name)) as source:
        found = guess_entity(source, Options())
    for text in [] if b"PK" in data else [data.decode()]:
        assert found == guess_entity(TextInput(io.StringIO(text), name), Options())
    return found


@pytest.mark.parametrize("entity", ENTITIES)
def test_by_the_fields(entity: Entity) -> None:
    names = list(load_schema(entity)["properties"])
    found = guess(",".join(names) + "\n")
    count = len({name.partition(".")[0] for name in names})
    assert found == (entity, f"by {count} of {count} field names")
    assert guess(json.dumps([dict.fromkeys(names, "1")])).entity == entity
    assert guess(json.dumps(dict.fromkeys(names, "1")) + "\n{}", "x.jsonl").entity == entity


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
        ("CustomerExport.csv", "customers"),
        ("export_AsiakkaatKaikki.csv", "customers"),
        ("produkter.csv", "products"),
        ("export.csv", None),
        (None, None),
    ],
)
def test_the_word_in_a_name(name: str | None, entity: str | None) -> None:
    assert entity_in_name(name) == entity


@pytest.mark.parametrize(
    ("text", "name", "entity"),
    [
        ("Email;First Name\nbad;1\n", "customers.csv", "customers"),
        ("External_ID,Email\n1,2\n", "customers.csv", "customers"),
        ("External_ID|Email\n1|2\n", "customers.csv", "customers"),
        ("Product ID,Title,Price\n1,2,3\n", "products.csv", "products"),
        ('[{"Email": "x"}]', "customers.json", "customers"),
        ("product_type,price,title\n1,2,3\n", "shops.csv", "shops"),
        ("", "shops.csv", "shops"),
    ],
)
def test_a_word_in_the_name_counts_whatever_the_fields_are(text: str, name: str, entity: str) -> None:
    assert guess(text, name) == (entity, "by the file name")


def test_the_name_of_an_archive_or_of_the_file_in_it_counts() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("sales.csv", "a,b\n1,2\n")
    assert guess(out.getvalue(), "export.zip") == ("sales", "by the file name")
    assert guess(out.getvalue(), "customers.zip") == ("customers", "by the file name")


@pytest.mark.parametrize(
    ("header", "entity", "reason"),
    [
        ("first_name,can_email,x", "customers", "by 2 of 3 field names"),
        ("external_id,first_name,email", "customers", "by 3 of 3 field names"),
        ("title,foo,bar,type", "products", "by 2 of 4 field names"),
        ("first_name,can_email,can_email", "customers", "by 2 of 2 field names"),  # a header that is wrong
        ("first_name,can_email,a__x,a__y", "customers", "by 2 of 4 field names"),
        ("sale_external_id,total,name", "sales", "by 2 of 3 field names"),
        ("email,first_name,name,type", None, "customers and events know the same 2 of 4 field names"),
        ("name,type,date,label,path,total,discount", None, "neither its name nor its fields show one"),
        (
            "external_id,name,email,phone_number,street_address,city,country",
            None,
            "customers and shops know the same 6 of 7 field names",
        ),
        ("external_id,x", None, "customers, products, sales and shops know the same 1 of 2 field names"),
        ("__rejected_because,a.b,a.c", None, "neither its name nor its fields show one"),
    ],
)
def test_the_entity_that_knows_most_fields(header: str, entity: str | None, reason: str) -> None:
    assert guess(f"{header}\n") == (entity, reason)
    if len(set(header.split(","))) == len(header.split(",")) and "." not in header:
        assert guess(json.dumps([dict.fromkeys(header.split(","), 1)])) == (entity, reason)


@pytest.mark.parametrize(
    "text", ["", "[]", "[1]", '{"rows": [{"first_name": 1, "can_email": 2}]}', '"unclosed', "\x00\x01"]
)
def test_nothing_is_guessed_where_there_are_no_fields(text: str) -> None:
    assert guess(text) == (None, "neither its name nor its fields show one")


@pytest.mark.parametrize("size", [1, 1_000, 15_000])
@pytest.mark.parametrize("lines", [False, True])
def test_the_keys_of_200_records_count(size: int, lines: bool) -> None:
    records = [{"x": "y" * size}] * 199 + [{"first_name": 1, "can_email": "TRUE"}] + [{"price": 1, "title": 2}]
    text = "".join(json.dumps(record) + "\n" for record in records) if lines else json.dumps(records)
    assert guess(text) == ("customers", "by 2 of 3 field names")
    late = text.replace('"first_name"', '"x"').replace('"can_email"', '"y"')
    assert guess(late).entity is None


def test_no_more_than_some_megabytes_are_examined() -> None:
    text = json.dumps([{"x": "y" * (MAX_GUESSED_BYTES // 2)}] * 3 + [{"first_name": 1, "can_email": 1}])
    assert guess(text).entity is None
    source = ByteInput(io.BytesIO(text.encode()), None)
    guess_entity(source, Options())
    assert b"".join(source.chunks()) == text.encode()


def test_the_beginning_is_read_again() -> None:
    text = "first_name,can_email\n" + "Äiti,Ö\n" * 30_000
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


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_all_examples_are_known(path: Path) -> None:
    if path.suffix in (".md", ".toml"):
        return
    with open_input(path) as opened:
        guessed = guess_entity(opened, Options())
    others = {
        "asiakkaat": "customers",
        "broken": "customers",
        "spreadsheet": "products",
        "spreadsheet-fixed": "products",
    }
    assert guessed.entity == others.get(path.stem, path.stem)
