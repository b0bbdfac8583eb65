"""Misuse of any kind is a UsageError that says what to give, and records are taken wherever files are."""

from __future__ import annotations

import dataclasses
import io
import sqlite3
import typing
import zipfile
from collections import OrderedDict, deque, namedtuple
from collections.abc import AsyncIterator, Callable
from datetime import date
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


class PandasSeries:
    def to_dict(self) -> Any: ...

    def keys(self) -> Any: ...

    def __getitem__(self, key: str) -> Any: ...


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
    (Line("a"), r"one record: .* such as \[dataclasses\.asdict\(record\)\]"),
    (Model(), r"one record: .* such as \[record\.model_dump\(mode=\"json\"\)\]"),
    (Pair("a", "b"), r"one record: .* such as \[record\._asdict\(\)\]"),
    (PandasSeries(), r"one record: .* such as \[record\]"),
    (PandasFrame(), r"give its \.to_dict\('records'\)"),
    (PolarsFrame(), r"give its \.to_dicts\(\)"),
    (ArrowTable(), r"give its \.to_pylist\(\)"),
    (asynchronous(), "asynchronous: collect its records in a list first"),
    (dict, "dict is a class: give a list of records"),
    (Line, "Line is a class"),
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
        (Line("a"), r"Line is not a record: give dataclasses\.asdict\(record\)"),
        (Pair("a", "b"), r"give record\._asdict\(\)"),
        (Model(), r"give record\.model_dump\(mode=\"json\"\)"),
        ("a", "str is not a record: give a dict"),
        (["a"], "list is not a record: give a dict"),
        (None, "NoneType is not a record"),
        (dict, "dict is a class, not a record: give a dict"),
        (Line, "Line is a class"),
    ],
)
def test_what_is_no_record_is_refused_with_what_to_give(given: Any, wanted: str) -> None:
    for function in (cf.to_csv, cf.to_json, cf.validate):
        with pytest.raises(NotExpressible, match=f"record 2, at its root: .*{wanted}"):
            function([RECORD, given])
    with pytest.raises(NotExpressible, match=wanted):
        cf.flatten(given)


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


class Array:
    def tolist(self) -> Any: ...

    def item(self) -> Any: ...

    def __len__(self) -> int:
        return 2


class Number:
    def tolist(self) -> Any: ...

    def item(self) -> Any: ...


def _named(name: str) -> Any:
    return type(name, (), {"isoformat": lambda self: "NaT"})()


def _row(columns: str) -> Any:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    row = database.execute(f"select {columns}").fetchone()
    database.close()
    return row


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (_named("NaTType"), "leave the key out"),
        (_named("NAType"), "leave the key out"),
        (float("nan"), "NaN and Infinity cannot be represented in JSON: leave the key out"),
        (Array(), r"Array is not a JSON value: use its \.tolist\(\)"),
        (Number(), r"use its \.item\(\)"),
        (date(2026, 1, 2), r"use its \.isoformat\(\)"),
        ({1}, "set is not a JSON value: use a list"),
        (deque("a"), "deque is not a JSON value: use a list"),
        ((1, 2), "tuple is not a JSON value: use a list"),
        (_row("1 as a"), r"Row is not a JSON value: use dict\(value\)"),
        (Line("a"), r"use dataclasses\.asdict\(value\)"),
        (Pair("a", "b"), r"use value\._asdict\(\)"),
        (Model(), r"use value\.model_dump\(mode=\"json\"\)"),
        (date, "date is a class, not a JSON value"),
        (b"a", "convert it to text or a number"),
    ],
)
def test_a_value_that_json_does_not_have_is_refused_with_what_to_use(value: Any, wanted: str) -> None:
    for function in (cf.to_csv, cf.to_json, cf.validate):
        with pytest.raises(NotExpressible, match=wanted):
            function([{"a": value}])


@pytest.mark.parametrize("names", ["1 as a, 2 as a", "1 as a, 2 as A"])
def test_a_row_with_two_columns_of_one_name_is_no_record(names: str) -> None:
    row = _row(names)
    for function in (cf.to_csv, cf.to_json, cf.validate):
        with pytest.raises(NotExpressible, match=r"record 2, .*two columns are named '[aA]': name one of them with AS"):
            function([{"a": 1}, row])
    with pytest.raises(NotExpressible, match="two columns are named"):
        cf.flatten(row)
    with pytest.raises(UsageError, match="one record: give a list"):
        cf.to_csv(row)


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


@pytest.mark.parametrize(
    "option", ["format", "encoding", "delimiter", "content_type", "blank", "list_gaps", "count_blanks"]
)
def test_records_have_no_form(option: str) -> None:
    values: dict[str, Any] = {"format": "json", "encoding": "utf-8", "delimiter": ",", "content_type": "text/csv"}
    values |= {"blank": "null", "list_gaps": "close", "count_blanks": True}
    with pytest.raises(UsageError, match="leave those out"):
        cf.validate([RECORD], **{option: values[option]})


def test_json_is_wrapped_by_the_schema_or_the_entity() -> None:
    wrapped = cf.to_json([RECORD], "products")
    assert wrapped.startswith('{"products":[')
    assert cf.to_json([RECORD], entity="products") == wrapped
    assert cf.to_json([RECORD], {"properties": {}}, entity="products") == wrapped
    assert cf.to_json([RECORD], cf.load_schema("products"), entity="products") == wrapped
    stream = io.BytesIO()
    assert cf.write_json([RECORD], stream, "products") == 1
    assert stream.getvalue().decode() == wrapped


CONTRADICTED: list[Callable[[], object]] = [
    lambda: cf.to_json([RECORD], "products", entity="sales"),
    lambda: cf.write_json([RECORD], io.BytesIO(), "products", entity="sales"),
    lambda: cf.from_json("[]", "products", entity="sales"),
    lambda: cf.iter_json("[]", "products", entity="sales"),
    lambda: cf.validate("[]", "products", entity="sales"),
    lambda: cf.validate([RECORD], "products", entity="sales"),
]


@pytest.mark.parametrize("call", CONTRADICTED)
def test_an_entity_that_contradicts_the_schema_is_the_same_error_everywhere(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="entity='sales' contradicts the schema, which is that of products"):
        call()


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


class WrongFile:
    def read(self) -> bytes:
        return b""


MISUSED: list[Callable[[], object]] = [
    lambda: cf.validate(CSV, ignore=[["x"]]),  # type: ignore[list-item]
    lambda: cf.validate(CSV, ignore=[5]),  # type: ignore[list-item]
    lambda: cf.to_json([RECORD], indent=10**30),
    lambda: cf.to_json([RECORD], indent=17),
    lambda: cf.load_schema("customers", fields={"": "integer"}),
    lambda: cf.load_schema("customers", fields={"a": {"enum": {1, 2}}}),
    lambda: cf.from_csv(io.BytesIO),  # type: ignore[arg-type]
    lambda: cf.from_csv(WrongFile()),  # type: ignore[arg-type]
    lambda: cf.iter_csv(CSV, on_finding=5),  # type: ignore[arg-type]
    lambda: cf.iter_json("[]", on_finding=5),  # type: ignore[arg-type]
    lambda: cf.from_json("[]", lines="no"),  # type: ignore[arg-type]
    lambda: cf.iter_json("[]", lines=1),  # type: ignore[arg-type]
    lambda: cf.write_json([RECORD], io.BytesIO(), lines="no"),  # type: ignore[arg-type]
    lambda: cf.from_csv(CSV, parse_float=None),  # type: ignore[arg-type]
    lambda: cf.iter_csv(CSV, parse_float=None),  # type: ignore[arg-type]
    lambda: cf.from_csv("price\n1.5\n", {"properties": {"price": {"type": "number"}}}, parse_float=int),
    lambda: cf.infer_delimiter("customers.csv"),
    lambda: cf.decode(b"customers.csv"),
    lambda: cf.decode("a"),  # type: ignore[arg-type]
    lambda: cf.from_csv("customers.txt"),
    lambda: cf.from_csv("customers.xlsx\n"),
    lambda: cf.validate("customers.ods"),
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


def test_an_encoding_that_is_no_text_is_the_same_error_everywhere() -> None:
    given: Any = 5
    taking: list[Callable[[], object]] = [
        lambda: cf.from_csv(CSV, encoding=given),
        lambda: cf.validate(CSV, encoding=given, content_type="text/csv"),
        lambda: cf.decode(b"", given),
        lambda: cf.encode_csv([RECORD], encoding=given),
        lambda: cf.write_csv([RECORD], io.BytesIO(), encoding=given),
    ]
    for call in taking:
        with pytest.raises(UsageError, match="encoding=5: give the name of an encoding, such as 'utf-8'"):
            call()


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le", "UTF-16BE", "windows-1252", "cp1252", "koi8-r", "x"])
def test_only_some_encodings_are_written(encoding: str) -> None:
    with pytest.raises(cf.UnsupportedCharset) as caught:
        cf.encode_csv([RECORD], encoding=encoding)
    assert str(caught.value) == (f"encoding {encoding!r} cannot be written: use utf-8, utf-8-sig, utf-16 or iso-8859-1")


@pytest.mark.parametrize(
    ("encoding", "mark", "charset"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16", b"\xff\xfe", "utf-16"),
        ("latin-1", b"", "iso-8859-1"),
    ],
)
def test_a_written_file_has_the_byte_order_mark_of_its_encoding(encoding: str, mark: bytes, charset: str) -> None:
    records = [{"a": "K\u00e4thy", "b": str(number)} for number in range(2000)]
    stream = io.BytesIO()
    written = cf.write_csv(records, stream, encoding=encoding)
    data = stream.getvalue()
    assert (written.charset, written.content_type) == (charset, f"text/csv; charset={charset}")
    assert data.startswith(mark + b"a")
    assert data == cf.encode_csv(records, encoding=encoding)
    assert cf.from_csv(data) == cf.from_csv(data, encoding=encoding) == records


def test_an_archive_is_not_an_open_file() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", CSV)
        with pytest.raises(UsageError, match="ZipFile is not an open file"):
            cf.from_csv(archive)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", cf.__all__)
def test_type_hints_can_be_resolved(name: str) -> None:
    value = getattr(cf, name)
    if callable(value):
        typing.get_type_hints(value)


@pytest.mark.parametrize("record", [RECORD, OrderedDict(RECORD), MappingProxyType(RECORD), _row("2490 as price")])
def test_a_record_of_any_kind_is_coerced_to_a_dict(record: Any) -> None:
    nested = cf.coerce({"a": record}, {"properties": {"a": {"properties": {"price": {"type": "integer"}}}}})
    for coerced in (cf.coerce(record, "products"), nested["a"]):
        assert type(coerced) is dict
        assert coerced == {**dict(record), "price": 2490}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([RECORD], "list is not a record: give one record at a time, as a dict"),
        ("external_id", "str is not a record"),
        (None, "NoneType is not a record"),
        (dict, "type is not a record"),
        ({"a": date(2026, 1, 2)}, r"date is not a JSON value: use its \.isoformat\(\)"),
        ({"a": [float("nan")]}, "NaN and Infinity cannot be represented in JSON"),
        ({"a": {"b": {1}}}, "set is not a JSON value"),
        ({"a": b"x"}, "bytes is not a JSON value"),
        ({"a": object()}, "object is not a JSON value"),
        ({"a": {1: "x"}}, "the key 1 is not text"),
    ],
)
def test_coerce_refuses_what_is_no_record_of_json_values(value: Any, wanted: str) -> None:
    with pytest.raises(UsageError, match=wanted):
        cf.coerce(value, "products")


def test_coerce_takes_the_record_before_the_schema() -> None:
    with pytest.raises(UsageError, match=r"the record comes before the schema: coerce\(record, 'products'\)"):
        cf.coerce("products", RECORD)
    assert cf.coerce("products", {"type": "string"}) == "products"


def test_what_was_misspelt_is_suggested() -> None:
    with pytest.raises(UsageError, match=r"unknown code 'unknown-lable': did you mean 'unknown-label'\?"):
        cf.validate(CSV, ignore=["unknown-lable"])
    with pytest.raises(UsageError, match=r"unknown type 'intger'; did you mean 'integer'\?"):
        cf.load_schema("customers", fields={"acme__a": "intger"})
    with pytest.raises(UsageError, match="unknown type 'x'; use one of boolean, "):
        cf.load_schema("customers", fields={"acme__a": "x"})
    with pytest.raises(cf.SchemaError) as caught:
        cf.load_schema("customers", fields={"acme__a": {"items": {"type": "strng"}}})
    assert caught.value.pointer == "/properties/acme__a/items/type"


def test_an_error_of_parse_float_names_it_and_the_text() -> None:
    schema = {"properties": {"price": {"type": "number"}}}
    for read in (cf.from_csv, lambda *given, **options: list(cf.iter_csv(*given, **options))):
        with pytest.raises(UsageError, match=r"parse_float=<class 'int'> does not take '1\.5'"):
            read("price\n1.5\n", schema, parse_float=int)


def test_a_list_of_records_needs_no_reading() -> None:
    with pytest.raises(UsageError, match="pass it to validate, to_csv or to_json"):
        cf.from_csv([RECORD])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"str is not bytes: give bytes.* or a path's \.read_bytes\(\)"):
        cf.decode("a")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"give Path\('a\.csv'\)\.read_bytes\(\)"):
        cf.infer_delimiter("a.csv\n")


def test_text_that_is_not_in_the_encoding_of_its_file_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "customers"
    path.write_bytes("external_id\nK\u00e4thy\n".encode("latin-1"))
    with open(path, encoding="utf-8") as stream:
        report = cf.validate(stream, "customers")
    with open(path, encoding="utf-8") as stream, pytest.raises(cf.InvalidData) as caught:
        cf.from_csv(stream, "customers")
    assert [finding.code for finding in report.errors] == ["undecodable-bytes"]
    assert report.errors == caught.value.report.errors
