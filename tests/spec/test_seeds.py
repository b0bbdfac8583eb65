"""The examples of Custobar's page on import formats and the sample files read as documented.

Source: https://www.custobar.com/docs/api/data-import-formats/
"""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import Severity, encode_csv, from_csv, from_json, to_csv, to_json, validate

SAMPLES = Path(__file__).parent / "samples"

UNWRAPPED = """[
{ "external_id": "P001-01", "title": "Unicorn T-Shirt, Pink" },
{ "external_id": "P001-02", "title": "Unicorn T-Shirt, White" }
]"""

WRAPPED = """{
"products": [
{ "external_id": "P001-01", "title": "Unicorn T-Shirt, Pink" },
{ "external_id": "P001-02", "title": "Unicorn T-Shirt, White" }
]
}"""

PRODUCTS = """external_id,title
P001-01,"Unicorn T-Shirt, Pink"
P001-02,"Unicorn T-Shirt, White"
"""

QUOTES = '''external_id,title
s06e07,"Episode 7: ""Once More, With Feeling"""
'''

HORSE_JSON = """{
"customers": [
{
"external_id": "c001",
"email": "cge@example.com",
"horse": {
"name": "Käthy",
"breed": "arabian",
"color": "chestnut"
}
}
]
}"""

HORSE_CSV = """external_id;email;horse.name;horse.color
c001;cge@example.com;Käthy;chestnut
"""

STOCK_CSV = """external_id;stock.0.shop_id;stock.0.quantity
P001-01;1;39
"""

STOCK_JSON = """[
{
"external_id": "P001-01",
"stock": [
{
"shop_id": "1",
"quantity": "39"
}
]
}
]"""
"""The page's example, except its first value, which the page misprints in lower case."""

SHIRTS = [
    {"external_id": "P001-01", "title": "Unicorn T-Shirt, Pink"},
    {"external_id": "P001-02", "title": "Unicorn T-Shirt, White"},
]
HORSE = {
    "external_id": "c001",
    "email": "cge@example.com",
    "horse": {"name": "Käthy", "breed": "arabian", "color": "chestnut"},
}
HORSE_OF_CSV = {"external_id": "c001", "email": "cge@example.com", "horse": {"name": "Käthy", "color": "chestnut"}}


@pytest.mark.parametrize("schema", [None, "products"])
@pytest.mark.parametrize("text", [UNWRAPPED, WRAPPED])
def test_products_in_json(text: str, schema: str | None) -> None:
    assert from_json(text, schema) == SHIRTS
    assert from_json(text.encode(), schema) == SHIRTS
    report = validate(text.encode(), schema)
    assert (report.source.format, report.source.content_type) == ("json", "application/json")


def test_the_wrapper_names_the_entity() -> None:
    assert validate(WRAPPED).source.entity == "products"
    assert validate(UNWRAPPED).source.entity is None
    assert json.loads(to_json(SHIRTS, entity="products")) == json.loads(WRAPPED)
    assert json.loads(to_json(SHIRTS)) == json.loads(UNWRAPPED)


@pytest.mark.parametrize("schema", [None, "products"])
def test_products_in_csv(schema: str | None) -> None:
    assert from_csv(PRODUCTS, schema) == SHIRTS
    assert from_csv(PRODUCTS.encode(), schema) == SHIRTS
    assert to_csv(SHIRTS, schema) == PRODUCTS
    report = validate(PRODUCTS.encode(), schema, format="csv")
    assert (report.source.delimiter, report.source.content_type) == (",", "text/csv; charset=utf-8")


def test_every_value_may_be_quoted() -> None:
    quoted = '"external_id","title"\n"P001-01","Unicorn T-Shirt, Pink"\n"P001-02","Unicorn T-Shirt, White"\n'
    assert from_csv(quoted, "products") == SHIRTS


@pytest.mark.parametrize("schema", [None, "products"])
def test_quotes_are_doubled(schema: str | None) -> None:
    episode = {"external_id": "s06e07", "title": 'Episode 7: "Once More, With Feeling"'}
    assert from_csv(QUOTES, schema) == [episode]
    assert to_csv([episode], schema) == QUOTES


@pytest.mark.parametrize("schema", [None, "customers"])
def test_the_horse_in_json(schema: str | None) -> None:
    assert from_json(HORSE_JSON, schema) == [HORSE]
    assert from_json(HORSE_JSON.replace("ä", "\\u00e4"), schema) == [HORSE], "escaped or encoded in UTF-8"
    assert from_csv(to_csv([HORSE], schema, delimiter=";"), schema) == [HORSE]


HORSE_BYTES = [
    pytest.param(HORSE_CSV.encode(), None, "utf-8", id="utf-8"),
    pytest.param(HORSE_CSV.encode("latin-1"), None, "iso-8859-1", id="latin-1"),
    pytest.param(HORSE_CSV.encode("latin-1"), "text/csv; charset=iso-8859-1", "iso-8859-1", id="latin-1 declared"),
    pytest.param(codecs.BOM_UTF16_LE + HORSE_CSV.encode("utf-16-le"), None, "utf-16", id="utf-16-le"),
    pytest.param(codecs.BOM_UTF16_BE + HORSE_CSV.encode("utf-16-be"), None, "utf-16", id="utf-16-be"),
    pytest.param(HORSE_CSV.encode("utf-16-le"), None, "utf-16", id="utf-16 without a mark"),
    pytest.param(HORSE_CSV.encode("utf-16-le"), "text/csv; charset=utf-16", "utf-16", id="utf-16 declared"),
]


@pytest.mark.parametrize("schema", [None, "customers"])
@pytest.mark.parametrize(("data", "content_type", "charset"), HORSE_BYTES)
def test_the_horse_in_csv(data: bytes, content_type: str | None, charset: str, schema: str | None) -> None:
    assert from_csv(data, schema, content_type=content_type) == [HORSE_OF_CSV]
    report = validate(data, schema, content_type=content_type, format="csv")
    assert (report.source.charset, report.source.delimiter) == (charset, ";")
    assert report.source.content_type == f"text/csv; charset={charset}"
    guessed = ["guessed-charset"] if charset == "iso-8859-1" and content_type is None else []
    unknown = ["unknown-label"] * 2 if schema is not None else []
    assert sorted(report.counts.by_code) == sorted({*guessed, *unknown})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_horse_is_written_in_each_charset(encoding: str) -> None:
    data = encode_csv([HORSE_OF_CSV], "customers", delimiter=";", encoding=encoding)
    assert data.decode(encoding) == HORSE_CSV
    assert from_csv(data, "customers") == [HORSE_OF_CSV]


def test_the_stock_list_is_text_without_a_schema() -> None:
    assert from_csv(STOCK_CSV) == json.loads(STOCK_JSON)
    assert to_csv(json.loads(STOCK_JSON), delimiter=";") == STOCK_CSV


def test_the_stock_list_is_numbers_with_the_schema() -> None:
    stock = [{"external_id": "P001-01", "stock": [{"shop_id": "1", "quantity": 39}]}]
    assert from_csv(STOCK_CSV, "products") == stock
    assert from_json(STOCK_JSON, "products") == stock
    assert to_csv(stock, "products", delimiter=";") == STOCK_CSV


# -- the sample files

FILES = [
    pytest.param(path, id=path.name)
    for path in sorted(SAMPLES.glob("*.*"))
    if path.name not in ("README.md", "responses.json") and ".expected." not in path.name
]
WARNED = {"customers.latin1.csv": {"guessed-charset": 1}, "products-partial-update.json": {"missing-field": 2}}
"""The samples with warnings: no charset declared, and updates without a price."""

CHARSETS = {"customers.latin1.csv": "iso-8859-1", "customers.utf16.csv": "utf-16"}
SAME_ROWS = ["customers.comma.csv", "customers.semicolon.csv", "customers.tab.tsv", *CHARSETS]


def entity_of(path: Path) -> str:
    return path.name.split(".")[0].split("-")[0]


def records_of(path: Path, schema: str | None) -> list[Any]:
    return from_json(path, schema) if path.suffix == ".json" else from_csv(path, schema)


def expected(name: str) -> Any:
    return json.loads((SAMPLES / name).read_bytes())


def test_no_sample_is_lost() -> None:
    assert len(FILES) == 26


@pytest.mark.parametrize("path", FILES)
def test_samples_are_valid(path: Path) -> None:
    report = validate(path, entity_of(path))
    assert report.errors == ()
    assert report.counts.by_code == WARNED.get(path.name, {})
    assert (report.rows, report.source.entity) == (report.valid_rows, entity_of(path))
    assert report.source.charset == CHARSETS.get(path.name, "utf-8")
    records = records_of(path, entity_of(path))
    assert len(records) == report.rows > 0


@pytest.mark.parametrize("path", FILES)
def test_samples_without_a_schema_are_what_they_hold(path: Path) -> None:
    records = records_of(path, None)
    if path.suffix == ".json":
        held = expected(path.name)
        assert records == (next(iter(held.values())) if isinstance(held, dict) else held)
    else:
        assert all(isinstance(value, (str, dict, list)) for record in records for value in record.values())


@pytest.mark.parametrize("name", SAME_ROWS)
def test_the_same_customers_in_five_files(name: str) -> None:
    assert from_csv(SAMPLES / name) == expected("customers.csv.expected.json")
    typed = from_csv(SAMPLES / name, "customers")
    assert typed == from_csv(SAMPLES / "customers.comma.csv", "customers")
    assert typed[0]["mailing_lists"] == ["vip", "Spring news"]
    assert (typed[0]["can_email"], typed[0]["can_sms"], typed[0]["zip_code"]) == (True, False, "00500")
    assert typed[1]["street_address"] == "Kauppakatu 2; 3 krs"


def test_the_stock_sample() -> None:
    assert from_csv(SAMPLES / "products-stock.csv") == expected("products-stock.csv.expected.json")


def test_csv_and_json_samples_hold_the_same() -> None:
    nested = from_csv(SAMPLES / "customers-nested.csv", "customers")
    assert nested == from_json(SAMPLES / "customers-nested.json", "customers")
    assert from_json(SAMPLES / "customers.unwrapped.json") == from_json(SAMPLES / "customers.json")


def test_a_list_operation_is_one_key() -> None:
    assert from_csv(SAMPLES / "customers-mailing-lists-add.csv", "customers") == [
        {"external_id": "C-10001", "mailing_lists.add": ["outlet"]},
        {"external_id": "C-10002", "mailing_lists.add": ["vip", "outlet"]},
    ]


INVALID = expected("invalid/records.json")
FOUND = [
    ("missing-field", ""),
    ("wrong-format", "/external_id"),
    ("wrong-format", "/email"),
    ("wrong-format", "/phone_number"),
    ("wrong-type", "/can_email"),
    ("wrong-format", "/country"),
    ("missing-field", ""),
    ("missing-field", "/price"),
    ("wrong-type", "/price"),
    ("wrong-type", "/price"),
    ("wrong-type", "/in_stock"),
    ("missing-field", "/sale_external_id"),
    ("wrong-format", "/sale_date"),
    ("incomplete-sale", "/sale_exchange_rate"),
    ("missing-field", "/type"),
    ("missing-field", ""),
    ("missing-field", ""),
    ("wrong-format", "/type"),
    ("wrong-type", "/sentiment_value"),
    ("missing-field", "/external_id"),
    ("wrong-value", "/shop_type"),
]
"""The findings of each invalid record, and their places."""


@pytest.mark.parametrize(
    ("sample", "code", "path"),
    [
        pytest.param(sample, *found, id=f"{sample['entity']}: {sample['reason']}")
        for sample, found in zip(INVALID, FOUND, strict=True)
    ],
)
def test_each_invalid_record_has_its_finding(sample: dict[str, Any], code: str, path: str) -> None:
    report = validate(json.dumps([sample["record"]]), sample["entity"], format="json")
    warned = sample["basis"].startswith(("I", "A/contradicted"))
    severity = Severity.WARNING if warned else Severity.ERROR
    assert (code, path, severity) in {(finding.code, finding.path, finding.severity) for finding in report.findings}
    assert report.valid == warned
