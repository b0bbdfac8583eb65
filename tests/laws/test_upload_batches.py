"""Batches: nothing is lost or doubled, whatever the limits, the size of blocks and the order of rows."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import UploadBatch, batches, from_csv, from_json, load_schema, to_json
from custobar_formats.csvtext import reader as csv_reader_module
from custobar_formats.pipeline.options import Options
from custobar_formats.upload import batches as batches_module
from custobar_formats.upload import oversize as oversize_module
from custobar_formats.upload import spool as spool_module
from custobar_formats.upload.batch import Limits
from custobar_formats.upload.batches import open_batches

TITLES = st.sampled_from(["", "a", "ä€", "a,b", 'x"y', "l\nm", " z ", "\r\n", "null", "\\", "\U0001f600" * 40])
LIMITS = st.fixed_dictionaries({"max_records": st.integers(1, 12), "max_bytes": st.sampled_from([1, 150, 400, 10**6])})
SALES = ["sale_external_id", "external_id", "sale_date", "sale_customer_id", "product_id", "product_title", "total"]


def as_text(labels: list[str], rows: list[list[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([labels, *rows])
    return stream.getvalue()


def records_of(made: list[UploadBatch]) -> list[Any]:
    return [record for batch in made for record in json.loads(batch.body)[batch.entity]]


def rows_of(made: list[UploadBatch]) -> list[int]:
    return [row for batch in made for first, last in batch.rows for row in range(first, last + 1)]


def units(batch: UploadBatch) -> Iterator[UploadBatch]:
    halves = batch.halves()
    if halves is None:
        yield batch
    for half in halves or ():
        yield from units(half)


@st.composite
def sales(draw: st.DrawFn) -> str:
    ids = draw(st.lists(st.sampled_from(["A", "B", "C", "D", "E1"]), min_size=1, max_size=25))
    titles = [draw(TITLES) for _ in ids]
    day = "2024-01-01T10:00:00Z"
    rows = [[sale, f"R-{at}", day, "C", "P", titles[at], str(at)] for at, sale in enumerate(ids)]
    return as_text(SALES, rows)


@st.composite
def products(draw: st.DrawFn) -> str:
    count = draw(st.integers(1, 25))
    rows = [[f"P{at}", draw(TITLES), draw(st.sampled_from(["", "5"]))] for at in range(count)]
    return as_text(["external_id", "title", "price"], rows)


@given(text=products(), limits=LIMITS, block=st.integers(1, 9), ahead=st.integers(1, 4))
def test_the_bodies_are_the_records_in_their_order(text: str, limits: Any, block: int, ahead: int) -> None:
    wanted = from_csv(text, "products")
    made = list(batches(text, "products", **limits))
    assert records_of(made) == wanted
    assert rows_of(made) == list(range(1, len(wanted) + 1))
    assert all(batch.body == to_json(records_of([batch]), "products").encode() for batch in made)
    for at, batch in enumerate(made):
        is_small = batch.records <= limits["max_records"] and len(batch.body) <= limits["max_bytes"]
        assert is_small or batch.records == 1
        if at:  # the one before has no room for the first record of this one
            more = to_json(records_of([made[at - 1]]) + records_of([batch])[:1], "products").encode()
            assert made[at - 1].records == limits["max_records"] or len(more) > limits["max_bytes"]
    with (
        mock.patch.object(csv_reader_module, "BLOCK_ROWS", block),
        mock.patch.object(batches_module, "AHEAD", ahead),
    ):
        assert list(batches(text, "products", **limits)) == made
    assert list(batches(from_json(to_json(wanted)), "products", **limits)) == [
        mock.ANY if batch.lines != batch.rows else batch for batch in made
    ]


@given(text=sales(), limits=LIMITS, block=st.integers(1, 9), ahead=st.integers(1, 4))
def test_a_sale_never_spans_two_bodies(text: str, limits: Any, block: int, ahead: int) -> None:
    wanted = from_csv(text, "sales")
    made = list(batches(text, "sales", **limits))
    ids = [record["sale_external_id"] for record in wanted]
    found = records_of(made)
    last = {sale: row for row, sale in enumerate(ids)}
    assert found == sorted(wanted, key=lambda record: last[record["sale_external_id"]])  # a stable sort
    assert sorted(rows_of(made)) == list(range(1, len(wanted) + 1))
    bodies = Counter(sale for batch in made for sale in {record["sale_external_id"] for record in records_of([batch])})
    assert set(bodies.values()) == {1}
    for batch in made:
        rows = sorted(record["total"] + 1 for record in records_of([batch]))
        assert rows == rows_of([batch])
        is_small = batch.records <= limits["max_records"] and len(batch.body) <= limits["max_bytes"]
        assert is_small or batch.halves() is None
    with (
        mock.patch.object(csv_reader_module, "BLOCK_ROWS", block),
        mock.patch.object(batches_module, "AHEAD", ahead),
        mock.patch.object(spool_module, "BLOCK_ROWS", block),
        mock.patch.object(spool_module, "RUN", ahead),
    ):
        assert list(batches(text, "sales", **limits)) == made


@given(
    text=st.one_of(products(), sales()), limits=LIMITS, send=st.sampled_from(["json", "csv"]), ahead=st.integers(1, 4)
)
def test_exactly_what_exceeds_a_limit_is_warned_of(text: str, limits: Any, send: str, ahead: int) -> None:
    entity = "sales" if text.startswith('"sale') else "products"
    with (
        mock.patch.object(oversize_module, "AHEAD", ahead),
        open_batches(text.encode(), load_schema(entity), Options(), limits=Limits(**limits), send=send) as made,
    ):
        large = [
            (batch.rows[0][0], batch.lines[0][0])
            for batch in made
            if batch.records > limits["max_records"] or len(batch.body) > limits["max_bytes"]
        ]
        warnings = [(each.row, each.line) for each in made.report.findings if each.code == "over-limit"]
        assert warnings == sorted(large[: len(warnings)])  # the report is in the order of the file
        assert made.report.counts.by_code.get("over-limit", 0) == len(large)


@given(text=sales(), limits=LIMITS, send=st.sampled_from(["json", "csv"]))
def test_halving_down_to_units_loses_and_doubles_nothing(text: str, limits: Any, send: Any) -> None:
    for batch in batches(text, "sales", send=send, **limits):
        parts = list(units(batch))
        assert sorted(rows_of(parts)) == rows_of([batch])
        assert sum(part.records for part in parts) == batch.records
        assert all(part.identified for part in parts) == batch.identified
        if send == "json":
            assert records_of(parts) == records_of([batch])
            assert all(len({record["sale_external_id"] for record in records_of([part])}) == 1 for part in parts)


@given(text=st.one_of(products(), sales()), limits=LIMITS)
def test_csv_has_the_records_of_the_source(text: str, limits: Any) -> None:
    entity = "sales" if text.startswith("sale") else "products"
    made = list(batches(text, entity, send="csv", **limits))
    options: Any = {"delimiter": ","}
    records = [record for batch in made for record in from_csv(batch.body, entity, **options, encoding="utf-8")]
    assert records == records_of(list(batches(text, entity, delimiter=",")))


@given(text=sales(), bits=st.integers(0, 60))
def test_sales_with_one_hash_are_sent_together_and_none_is_lost(text: str, bits: int) -> None:
    with mock.patch("custobar_formats.upload.sales.hash", lambda sale: hash(sale) % 2**bits, create=True):
        made = list(batches(text, "sales", max_records=1))
    assert sorted(rows_of(made)) == list(range(1, len(from_csv(text, "sales")) + 1))
