"""Records that a caller gives: what is taken, and what is refused with what to give instead."""

from __future__ import annotations

import dataclasses
import io
import sqlite3
from collections import OrderedDict, deque, namedtuple
from collections.abc import AsyncIterator, Callable
from datetime import date
from enum import Enum, Flag
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import custobar_formats as cf
from custobar_formats import NotExpressible, UsageError

RECORD = {"external_id": "P1", "price": "2490"}


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


class Ambiguous(Array):
    """As an array of numpy: neither true nor false, and equal to nothing as a whole."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array is ambiguous")


class Size(Enum):
    LARGE = "L"


class Marks(Flag):
    NEW = 1


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
        (_named("NaTType"), "NaTType is not a JSON value: use None, or leave the key out"),
        (_named("NAType"), "NAType is not a JSON value: use None, or leave the key out"),
        (float("nan"), "NaN and Infinity cannot be represented in JSON: use None, or leave the key out"),
        (Size.LARGE, r"Size is not a JSON value: use its \.value"),
        (Marks.NEW, r"Marks is not a JSON value: use its \.value"),
        (Ambiguous(), r"Ambiguous is not a JSON value: use its \.tolist\(\)"),
        (Array(), r"Array is not a JSON value: use its \.tolist\(\)"),
        (Number(), r"use its \.item\(\)"),
        (date(2026, 1, 2), r"use its \.isoformat\(\)"),
        ({1}, "set is not a JSON value: use a list"),
        (frozenset({1}), "frozenset is not a JSON value: use a list"),
        (range(2), "range is not a JSON value: use a list"),
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
    for function in (cf.to_csv, cf.to_json, cf.validate, lambda records: cf.write_csv(records, io.BytesIO())):
        for member, path in [(value, "/a/b"), ([1, value], "/a/b/1")]:
            with pytest.raises(NotExpressible, match=wanted) as caught:
                function([{"a": 1}, {"a": {"b": member}}])
            assert (caught.value.record, caught.value.path) == (2, path)
            assert "ambiguous" not in str(caught.value)


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
    assert (report.rows, report.valid_rows) == (3, 1)
    assert report.findings == by_text.findings
    assert [(f.code, f.row, f.path) for f in report.errors] == [
        ("mixed-money", 1, "/price"),
        ("wrong-type", 2, "/price"),
    ]
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


def test_a_list_of_records_needs_no_reading() -> None:
    with pytest.raises(UsageError, match="pass it to validate, to_csv or to_json"):
        cf.from_csv([RECORD])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"str is not bytes: give bytes.* or a path's \.read_bytes\(\)"):
        cf.decode("a")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"give Path\('a\.csv'\)\.read_bytes\(\)"):
        cf.infer_delimiter("a.csv\n")


@pytest.mark.parametrize(
    ("records", "header"),
    [
        ([{"a": "", "b": "1"}, {"a": "2", "b": "3"}], "a,b"),
        ([{"a": None, "b": "1"}, {"c": "2", "a": "3"}], "a,b,c"),
        ([{"o": {"x": {}, "y": "1"}, "b": "1"}, {"o": {"z": [], "x": "2"}, "c": "3"}], "o.x,o.y,o.z,b,c"),
        ([{"l": [{"p": "", "q": "1"}], "b": "2"}], "l.0.p,l.0.q,b"),
    ],
)
def test_columns_stand_in_the_order_of_the_records_empty_members_too(records: Any, header: str) -> None:
    assert cf.to_csv(records).partition("\n")[0] == header
