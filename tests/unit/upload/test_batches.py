"""Batches: a source to the requests of an upload."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import InvalidData, UploadBatch, UsageError, batches, from_csv, from_json, load_schema, to_json
from custobar_formats.core.entities import ENTITIES
from custobar_formats.upload.batch import Limits
from custobar_formats.upload.batches import Batches, open_batches
from tests.workbooks import texts_row, xlsx

EXAMPLES = Path(__file__).parents[3] / "examples"
SALES = "sale_external_id,external_id,sale_date,sale_customer_id,product_id,total\n"


def records_of(made: list[UploadBatch]) -> list[Any]:
    return [record for batch in made for record in json.loads(batch.body)[batch.entity]]


def customers(count: int) -> str:
    return "external_id,first_name\n" + "".join(f"C-{number},Käthy\n" for number in range(1, count + 1))


def sales(ids: str) -> str:
    rows = (f"{sale.strip('-')},R-{row},2024-01-01T10:00:00Z,C,P,{row}\n" for row, sale in enumerate(ids, 1))
    return SALES + "".join(rows)


@pytest.mark.parametrize("name", ENTITIES)
def test_every_entity_has_its_path_and_its_wrapper(name: str) -> None:
    path = next(path for path in (EXAMPLES / f"{name}.csv", EXAMPLES / f"{name}.json") if path.exists())
    made = list(batches(path, name, max_records=2))
    assert {(batch.entity, batch.path, batch.content_type) for batch in made} == {
        (name, f"/api/{name}/upload/", "application/json")
    }
    assert records_of(made) == (from_csv if path.suffix == ".csv" else from_json)(path, name)
    assert all(batch.body == to_json(records_of([batch]), name).encode() for batch in made)
    assert all(batch.sha256 == sha256(batch.body).hexdigest() for batch in made)


def test_a_batch_ends_before_the_record_that_would_exceed_a_limit() -> None:
    sizes = [batch.records for batch in batches(customers(1201), "customers")]
    assert sizes == [500, 500, 201]
    whole = len(next(batches(customers(3), "customers")).body)
    assert [batch.records for batch in batches(customers(3), "customers", max_bytes=whole)] == [3]
    assert [batch.records for batch in batches(customers(3), "customers", max_bytes=whole - 1)] == [2, 1]
    assert [batch.records for batch in batches(customers(3), "customers", max_bytes=1)] == [1, 1, 1]


def test_rows_and_lines_are_spans_of_the_source() -> None:
    text = 'external_id,city\nC-1,"a\nb"\n\nC-2,x\nC-3,y\n'
    (batch,) = batches(text, "customers")
    assert batch.rows == ((1, 3),)  # a blank row has no number
    assert batch.lines == ((2, 6),)


def test_a_row_with_an_error_stops_everything_or_goes_to_the_rejects(tmp_path: Path) -> None:
    data = b"external_id,price\nP1,1\nP2,x\nP3,3\n"
    with pytest.raises(InvalidData):
        next(batches(data, "products"))
    rejects = tmp_path / "rejects.csv"
    made = batches(data, "products", rejects=rejects, max_records=1)
    first = next(made)
    assert "P2,x" in rejects.read_text("utf-8")
    assert [batch.rows for batch in (first, *made)] == [((1, 1),), ((3, 3),)]
    with pytest.raises(UsageError, match="rejects are rows"):
        next(batches(b'[{"external_id": "P1"}]', "products", rejects=tmp_path / "other.csv"))
    with pytest.raises(UsageError, match="the rejects file is the input"):
        batches(rejects, "products", rejects=rejects)


def test_mixed_amounts_which_only_the_end_shows_are_never_sent() -> None:
    with pytest.raises(InvalidData):
        next(batches("external_id,price\nP1,2490\nP2,24.90\n", "products"))
    made = batches(b"external_id,price\nP1,2490\nP2,24.90\n", "products", rejects=io.BytesIO())
    assert list(made) == []


@pytest.mark.parametrize(
    ("ids", "most", "wanted"),
    [
        ("AABB", 3, ["AA", "BB"]),
        ("AAAB", 2, ["AAA", "B"]),
        ("ABAC", 3, ["BAA", "C"]),
        ("ABABC", 2, ["AA", "BB", "C"]),
        ("ABCA", 9, ["BCAA"]),
        ("ABBBBBBBBBBBBCAB", 1, ["C", "AA", "B" * 13]),
    ],
)
def test_a_sale_is_never_cut_and_goes_where_its_last_row_stands(ids: str, most: int, wanted: list[str]) -> None:
    made = list(batches(sales(ids), "sales", max_records=most))
    assert ["".join(record["sale_external_id"] for record in records_of([batch])) for batch in made] == wanted
    for batch in made:
        rows = [record["total"] for record in records_of([batch])]
        assert sorted(rows) == [row for first, last in batch.rows for row in range(first, last + 1)]
        assert all(line == (a + 1, b + 1) for (a, b), line in zip(batch.rows, batch.lines, strict=True))
    by_sale = {sale: [r["total"] for r in records_of(made) if r["sale_external_id"] == sale] for sale in ids}
    assert all(rows == sorted(rows) for rows in by_sale.values())


def test_halves_are_batches_down_to_single_units() -> None:
    (batch,) = batches(customers(5), "customers")
    first, second = batch.halves() or pytest.fail("five records have halves")
    assert (first.records, second.records) == (3, 2)
    assert (first.rows, second.rows, second.lines) == (((1, 3),), ((4, 5),), ((5, 6),))
    assert first.body == next(batches(customers(5), "customers", max_records=3)).body
    assert records_of([first, second]) == records_of([batch])
    (one,) = batches(customers(1), "customers")
    assert one.halves() is None
    (sale,) = batches(sales("AAA"), "sales")
    assert sale.halves() is None
    assert [part.records for part in next(batches(sales("AAAB"), "sales")).halves() or ()] == [3, 1]


@pytest.mark.parametrize(
    ("text", "entity", "identified"),
    [
        ("email\na@example.com\n", "customers", True),
        ("external_id,title\nP1,a\n", "products", True),
        ("ean,title\n6410000000100,a\n", "products", False),
        ("external_id,ean,title\nP1,,a\n,6410000000100,b\n", "products", False),
        (SALES + "S,R,2024-01-01T10:00:00Z,C,P,1\n", "sales", True),
        (SALES + "S,R,2024-01-01T10:00:00Z,C,P,1\nS,,2024-01-01T10:00:00Z,C,P,1\n", "sales", False),
        ("type,date,customer_id,path\nBROWSE,2024-01-01T10:00:00Z,C,/\n", "events", False),
    ],
)
@pytest.mark.parametrize("send", ["json", "csv"])
def test_identified_is_what_may_be_sent_twice(text: str, entity: str, identified: bool, send: Any) -> None:
    (batch,) = batches(text, entity, send=send)
    assert batch.identified is identified


def test_numbers_keep_their_digits() -> None:
    schema = load_schema("customers", fields={"acme__rate": "number"})
    rows = "external_id,acme__rate\nC-1,1.50\nC-2,12345678901234567890.123456789\n"
    (batch,) = batches(rows, schema)
    assert b'"acme__rate":1.50}' in batch.body
    assert b"12345678901234567890.123456789}" in batch.body
    lines = b'{"external_id":"C-1","acme__rate":1.50}\n{"external_id":"C-2","acme__rate":0.10000000000000000000001}\n'
    (batch,) = batches(lines, schema, format="jsonl")
    assert b"1.50}" in batch.body
    assert b"0.10000000000000000000001}" in batch.body


def test_records_json_and_sheets_are_sources(tmp_path: Path) -> None:
    records = [{"external_id": f"C-{number}"} for number in range(3)]
    made = list(batches(iter(records), "customers", max_records=2))
    assert records_of(made) == records
    assert [batch.rows for batch in made] == [((1, 2),), ((3, 3),)]
    text = json.dumps({"customers": records})
    assert records_of(list(batches(text, "customers"))) == records
    path = tmp_path / "customers.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode()))
    assert records_of(list(batches(path, "customers"))) == records
    book = xlsx("".join(texts_row(row, cell) for row, cell in enumerate(["external_id", "C-0", "C-1", "C-2"], 1)))
    assert records_of(list(batches(book, "customers"))) == records
    with pytest.raises(UsageError, match="send='csv' is for CSV files"):
        next(batches(book, "customers", send="csv"))


def test_a_mapping_makes_the_records() -> None:
    mapping = EXAMPLES / "asiakkaat.toml"
    rejects = io.BytesIO()
    made = list(batches(EXAMPLES / "asiakkaat.csv", mapping=mapping, rejects=rejects, max_records=1))
    assert made[0].path == "/api/customers/upload/"
    assert len(made) == 2
    with pytest.raises(UsageError, match="a mapping changes them"):
        batches(EXAMPLES / "asiakkaat.csv", mapping=mapping, send="csv")


@pytest.mark.parametrize(
    ("encoding", "charset"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("iso-8859-1", "iso-8859-1")]
)
def test_csv_is_sent_as_it_is(encoding: str, charset: str) -> None:
    text = 'sep=;\r\nexternal_id;first_name;city\r\nC-1;" Käthy ";\r\nC-2;"a;b";"c\nd"\r\n\r\nC-3;x;"1,5"\r\n'
    made = list(batches(text.encode(encoding), "customers", send="csv", max_records=2))
    assert [batch.content_type for batch in made] == [f"text/csv; charset={charset}"] * 2
    codec = "utf-16" if encoding == "utf-16" else charset
    header = "external_id;first_name;city\r\n"
    assert made[0].body.decode(codec) == header + 'C-1;" Käthy ";\r\nC-2;"a;b";"c\nd"\r\n'
    assert made[1].body.decode(codec) == header + 'C-3;x;"1,5"\r\n'
    assert [batch.rows for batch in made] == [((1, 2),), ((3, 3),)]
    first, second = made[0].halves() or pytest.fail("two rows have halves")
    assert (first.body + second.body).decode(codec).count("external_id") == 2


def test_csv_that_custobar_would_not_take_is_refused() -> None:
    with pytest.raises(UsageError, match="no CSV in windows-1252: send JSON, or save the file as utf-8"):
        next(batches("external_id,city\nC-1,5 €\n".encode("cp1252"), "customers", send="csv"))
    with pytest.raises(UsageError, match="is for CSV files"):
        next(batches(b'[{"external_id": "C"}]', "customers", send="csv"))
    with pytest.raises(
        UsageError,
        match="^send='csv' sends cells as they are; other readings of blank cells",
    ):
        batches(b"external_id\nC\n", "customers", send="csv", blank="erase")


def test_the_reasons_of_an_earlier_run_are_not_sent() -> None:
    rejects = io.BytesIO()
    list(batches(b"external_id,price\nP1,x\nP2,2\n", "products", rejects=rejects))
    fixed = rejects.getvalue().replace(b"P1,x", b"P1,1")
    (batch,) = batches(fixed, "products", send="csv")
    assert batch.body == b"external_id,price\nP1,1\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_records": 0}, "max_records=0: give a whole number from 1 on"),
        ({"max_bytes": 0}, "max_bytes=0: give a whole number from 1 on"),
        ({"send": "xml"}, "send='xml': use json or csv"),
        ({"schema": None}, "give the schema"),
        ({"schema": {}}, "the schema has no entity: name it"),
    ],
)
def test_arguments_are_checked_at_the_call(arguments: dict[str, Any], message: str) -> None:
    schema = arguments.pop("schema", "customers")
    with pytest.raises(UsageError, match=message):
        batches("external_id\nC\n", schema, **arguments)


def test_limits_may_change_between_two_batches() -> None:
    with open_batches(customers(10), "customers", limits=Limits(4)) as found:
        sizes = []
        for batch in found:
            sizes.append(batch.records)
            found.limits = Limits(2)
        assert sizes == [4, 2, 2, 2]
        assert found.records == 10


class Once(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


def opened(source: Any, entity: str = "products") -> Batches:
    with open_batches(source, entity) as found:
        return found


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_digest_is_that_of_the_source_however_it_is_read(pack: Any, tmp_path: Path) -> None:
    """Money is read twice; so is an encoding that has to be guessed."""
    text = "external_id,price,title\n" + "".join(f"P-{row},{row},ä\n" for row in range(20_000))
    for data in (pack(text.encode()), pack(text.encode("latin-1"))):
        path = tmp_path / "products.csv"
        path.write_bytes(data)
        for source in (path, data, io.BytesIO(data), Once(data)):
            found = opened(source)
            assert (found.source_sha256, found.source_size) == (sha256(data).hexdigest(), len(data))
    found = opened(text)
    assert (found.source_sha256, found.source_size) == (sha256(text.encode()).hexdigest(), len(text.encode()))
    book = xlsx(texts_row(1, "external_id") + texts_row(2, "P1"))
    assert opened(book).source_sha256 == sha256(book).hexdigest()


def test_the_source_may_change_while_batches_are_sent(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(customers(3), "utf-8")
    made = batches(path, "customers", max_records=1)
    next(made)
    path.write_text("other", "utf-8")
    assert records_of(list(made)) == [{"external_id": f"C-{row}", "first_name": "Käthy"} for row in (2, 3)]


CODE = """
import sys
from custobar_formats import batches
print(*(batch.sha256 for batch in batches(sys.argv[1].encode(), "sales", max_records=2)))
"""


def test_every_hash_seed_gives_the_same_bytes() -> None:
    text = sales("ABCDEFABQXACD")
    found = {
        subprocess.run(
            [sys.executable, "-c", CODE, text], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1
    assert found.pop().strip()


def test_a_batch_shows_no_data() -> None:
    (batch,) = batches(customers(1), "customers")
    assert "Käthy" not in repr(batch)
