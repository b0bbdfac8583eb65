"""Misuse of any kind is a UsageError that shows what to pass, and records are accepted wherever files are."""

from __future__ import annotations

import dataclasses
import io
import sqlite3
from collections import OrderedDict, namedtuple
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import custobar_formats as cf
from custobar_formats import NotExpressible, UsageError
from custobar_formats.core.entities import ENTITIES

RECORD = {"external_id": "P1", "price": "2490"}
CSV = "external_id\na\n"


@dataclasses.dataclass
class Line:
    external_id: str


Pair = namedtuple("Pair", "external_id price")


class Model:
    def model_dump(self) -> dict[str, Any]:
        return {}


class PandasFrame:
    columns = ("external_id",)

    def to_dict(self, orient: str = "dict") -> Any: ...

    def __iter__(self) -> Any:
        return iter(self.columns)


class PolarsFrame(PandasFrame):
    def to_dicts(self) -> Any: ...


class ArrowTable:
    def to_pylist(self) -> Any: ...


class AsyncFile:
    async def read(self, size: int = -1) -> bytes:
        return b""


async def asynchronous() -> AsyncIterator[dict[str, str]]:
    yield RECORD


NOT_RECORDS: list[tuple[Any, str]] = [
    (None, "NoneType is not a list of records: give dicts"),
    (5, "int is not a list of records"),
    (RECORD, r"one record: give a list of records, such as \[record\]"),
    (MappingProxyType(RECORD), "one record"),
    (Line("a"), "one record"),
    (Model(), "one record"),
    (PandasFrame(), r"give its \.to_dict\('records'\)"),
    (PolarsFrame(), r"give its \.to_dicts\(\)"),
    (ArrowTable(), r"give its \.to_pylist\(\)"),
    (asynchronous(), "asynchronous: collect its records in a list first"),
]
CONTENT: list[tuple[Any, str]] = [
    ("external_id\n", "read it with from_csv"),
    (b"external_id\n", "read it with from_csv"),
]
CONTENT += [(Path("a.csv"), "is a file"), (io.BytesIO(b""), "is a file")]


@pytest.mark.parametrize(("given", "wanted"), NOT_RECORDS + CONTENT)
def test_what_is_no_list_of_records_is_refused_with_what_to_give(given: Any, wanted: str) -> None:
    taking: list[Callable[[Any], object]] = [cf.to_csv, cf.encode_csv, cf.to_json]
    taking += [
        lambda records: cf.write_csv(records, io.BytesIO()),
        lambda records: cf.write_json(records, io.BytesIO()),
    ]
    for function in taking:
        with pytest.raises(UsageError, match=wanted):
            function(given)


@pytest.mark.parametrize(("given", "wanted"), NOT_RECORDS[1:])
def test_validate_refuses_the_same(given: Any, wanted: str) -> None:
    with pytest.raises(UsageError, match=wanted):
        cf.validate(given)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Line("a"), r"Line is not a record: give its dataclasses\.asdict\(\)"),
        (Pair("a", "b"), r"give its \._asdict\(\)"),
        (Model(), r"give its \.model_dump\(\)"),
        ("a", "str is not a record: give a dict"),
        (["a"], "list is not a record: give a dict"),
        (None, "NoneType is not a record"),
    ],
)
def test_what_is_no_record_is_refused_with_what_to_give(given: Any, wanted: str) -> None:
    for function in (cf.to_csv, cf.to_json, cf.validate):
        with pytest.raises(NotExpressible, match=f"record 2, at its root: .*{wanted}"):
            function([RECORD, given])


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": {"b": float("nan")}}, "/a/b"),
        ({"a": ["x", float("inf")]}, "/a/1"),
        ({"a": {"b": {1, 2}}}, "/a/b"),
        ({"a": "x", "b": ["\ud800"]}, "/b/0"),
        ({"a": {1: "x"}}, "/a/1"),
        ({"a": [{"b": (1, 2)}]}, "/a/0/b"),
        ({"a": 10**4400}, "/a"),
    ],
)
def test_a_value_that_json_does_not_have_is_named_by_its_path(value: Any, path: str) -> None:
    for function in (cf.to_json, cf.validate):
        with pytest.raises(NotExpressible) as caught:
            function([RECORD, value])
        assert (caught.value.record, caught.value.path) == (2, path)


def test_rows_of_a_database_are_records() -> None:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    rows = database.execute("select 'P1' as external_id, 2490 as price").fetchall()
    database.close()
    assert cf.to_csv(rows, "products") == "external_id,price\nP1,2490\n"
    assert cf.from_json(cf.to_json(rows, "products"), "products") == [{"external_id": "P1", "price": 2490}]
    assert cf.flatten(rows[0]) == {"external_id": "P1", "price": "2490"}
    assert cf.validate(rows, "products").rows == 1


def test_records_are_validated_as_the_json_that_they_make() -> None:
    records = [RECORD, OrderedDict(RECORD, external_id="P2", price="24,90"), {"external_id": "P1"}]
    report = cf.validate(iter(records), "products")
    by_text = cf.validate(cf.to_json(records, lines=True), "products", format="jsonl")
    assert (report.rows, report.valid_rows) == (3, 2)
    assert report.findings == by_text.findings
    assert [(f.code, f.row, f.path) for f in report.errors] == [("wrong-type", 2, "/price")]
    assert "duplicate-identifier" in report.counts.by_code
    assert cf.validate([]).rows == 0


@pytest.mark.parametrize("option", ["format", "encoding", "delimiter", "content_type"])
def test_records_have_no_form(option: str) -> None:
    values = {"format": "json", "encoding": "utf-8", "delimiter": ",", "content_type": "text/csv"}
    with pytest.raises(UsageError, match="leave those out"):
        cf.validate([RECORD], **{option: values[option]})  # type: ignore[arg-type]


def test_json_is_wrapped_by_the_schema_or_the_entity() -> None:
    wrapped = cf.to_json([RECORD], "products")
    assert wrapped.startswith('{"products":[')
    assert cf.to_json([RECORD], entity="products") == wrapped
    assert cf.to_json([RECORD], {"properties": {}}, entity="products") == wrapped
    assert cf.to_json([RECORD], cf.load_schema("products"), entity="products") == wrapped
    stream = io.BytesIO()
    assert cf.write_json([RECORD], stream, "products") == 1
    assert stream.getvalue().decode() == wrapped
    with pytest.raises(UsageError, match="entity='sales' contradicts the schema, which is that of products"):
        cf.to_json([RECORD], "products", entity="sales")


UNKNOWN_ENTITIES: list[Callable[[Any], object]] = [
    lambda name: cf.load_schema(name),
    lambda name: cf.from_csv(CSV, name),
    lambda name: cf.to_csv([RECORD], name),
    lambda name: cf.from_json("[]", entity=name),
    lambda name: cf.validate(CSV, entity=name),
    lambda name: cf.to_json([RECORD], entity=name),
    lambda name: cf.to_json([RECORD], name),
]


@pytest.mark.parametrize("function", UNKNOWN_ENTITIES)
def test_an_unknown_entity_is_the_same_error_everywhere(function: Callable[[Any], object]) -> None:
    with pytest.raises(UsageError, match="unknown entity 'custmers': did you mean 'customers'?"):
        function("custmers")
    with pytest.raises(UsageError, match=f"unknown entity 'x': use one of {', '.join(ENTITIES)}"):
        function("x")


MISUSED: list[Callable[[], object]] = [
    lambda: cf.validate(CSV, max_findings="5"),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, max_findings=-1),
    lambda: cf.validate(CSV, max_findings=True),
    lambda: cf.validate(CSV, ignore=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, content_type=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, encoding=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, entity=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, on_finding=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, on_progress="x"),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, cross_checks="no"),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, fail_fast="no"),  # type: ignore[arg-type]
    lambda: cf.from_csv(CSV, parse_float=5),  # type: ignore[arg-type]
    lambda: cf.from_csv(AsyncFile()),  # type: ignore[arg-type]
    lambda: cf.from_json(AsyncFile()),  # type: ignore[arg-type]
    lambda: cf.from_csv(b"customers.csv"),
    lambda: cf.validate(b"export/customers.csv.gz"),
    lambda: cf.from_csv([RECORD]),  # type: ignore[arg-type]
    lambda: cf.to_csv([RECORD], columns="external_id"),
    lambda: cf.to_csv([RECORD], columns=5),  # type: ignore[arg-type]
    lambda: cf.to_csv([RECORD], columns=[5]),  # type: ignore[list-item]
    lambda: cf.to_csv([RECORD], columns=[]),
    lambda: cf.to_json([RECORD], indent="x"),  # type: ignore[arg-type]
    lambda: cf.to_json([RECORD], indent=-1),
    lambda: cf.to_json([RECORD], lines="x"),  # type: ignore[arg-type]
    lambda: cf.load_schema("customers", fields=["x"]),  # type: ignore[arg-type]
    lambda: cf.load_schema("customers", fields={5: "integer"}),  # type: ignore[dict-item]
    lambda: cf.load_schema([]),  # type: ignore[arg-type]
    lambda: cf.unflatten([1]),  # type: ignore[arg-type]
    lambda: cf.unflatten(None),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("call", MISUSED)
def test_misuse_is_a_usage_error(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        call()


def test_columns_may_be_any_list_of_names() -> None:
    assert cf.to_csv([RECORD], columns=("price", "external_id")) == "price,external_id\n2490,P1\n"
