"""Exceptions of public functions show no chain of internal ones: their own message is complete."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import (
    CustobarFormatsError,
    Finding,
    InvalidData,
    NotExpressible,
    SchemaError,
    UnsupportedCharset,
    UsageError,
    coerce,
    decode,
    flatten,
    from_csv,
    from_json,
    infer_delimiter,
    iter_csv,
    iter_json,
    load_schema,
    to_json,
    unflatten,
    validate,
    write_json,
)
from custobar_formats.schema import engine
from tests.robustness.contract import chain

DEEP: Any = []
for _ in range(5_000):
    DEEP = [DEEP]
LOOP: list[Any] = []
LOOP.append(LOOP)


class Refusing:
    """An object that fails at every operation."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __str__(self) -> str:
        raise ZeroDivisionError


def raised(call: Callable[[], Any], kind: type[BaseException]) -> None:
    with pytest.raises(kind) as caught:
        call()
    shown = "".join(traceback.format_exception(caught.value))
    assert list(chain(caught.value)) == [], shown
    assert "another exception occurred" not in shown


USAGE: list[Callable[[], Any]] = [
    lambda: from_csv("a\n1\n", delimiter="|"),
    lambda: from_csv("a\n1\n", blank="x"),  # type: ignore[arg-type]
    lambda: from_csv("a\n1\n", list_gaps="x"),  # type: ignore[arg-type]
    lambda: from_csv("in.csv"),
    lambda: from_csv(None),  # type: ignore[arg-type]
    lambda: from_csv([{"a": 1}]),  # type: ignore[arg-type]
    lambda: from_csv(b"a\n1\n", content_type="text/plain"),
    lambda: from_csv(b"a\n1\n", content_type="text/csv\r\nx"),
    lambda: from_csv(b"a\n1\n", content_type="text/csv; charset=utf-8", encoding="iso-8859-1"),
    lambda: from_csv("a\n1\n", "no_such_entity"),
    lambda: from_csv("a\n1\n", 7),  # type: ignore[arg-type]
    lambda: from_csv("a\n1\n", Path("x\0y")),
    lambda: from_csv(Path("x\0y")),
    lambda: iter_csv("a\n1\n", delimiter="|"),
    lambda: from_json("[]", entity="x"),  # type: ignore[arg-type]
    lambda: iter_json("[]", entity="x"),  # type: ignore[arg-type]
    lambda: next(iter_json(7)),  # type: ignore[arg-type]
    lambda: validate("a\n1\n", format="xml"),  # type: ignore[arg-type]
    lambda: validate("a\n1\n", ignore=["no-such-code"]),
    lambda: validate("a\n1\n", ignore=["wrong-type"]),
    lambda: validate(b"[]", format="json", encoding="iso-8859-1"),
    lambda: validate(b"[]", content_type="application/json; charset=iso-8859-1"),
    lambda: load_schema("no_such_entity"),
    lambda: load_schema("customers", fields={"x": "no such type"}),
    lambda: unflatten({"a": 1}),  # type: ignore[dict-item]
    lambda: decode("text"),  # type: ignore[arg-type]
    lambda: coerce(1, None),  # type: ignore[arg-type]
    lambda: coerce(LOOP, "customers"),
    lambda: coerce(DEEP, "customers"),
    lambda: to_json([], entity="x"),  # type: ignore[arg-type]
    lambda: to_json([], lines=True, indent=2),
    lambda: write_json([], "x\0y"),
    lambda: write_json([], 7),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("call", USAGE, ids=range(len(USAGE)))
def test_misuse(call: Callable[[], Any]) -> None:
    raised(call, UsageError)


CHARSETS: list[Callable[[], Any]] = [
    lambda: from_csv(b"a\n1\n", encoding="utf-7"),
    lambda: from_csv(b"a\n1\n", encoding="no such"),
    lambda: from_csv(b"a\n1\n", encoding="x\0y"),
    lambda: iter_csv(b"a\n1\n", encoding="utf-32"),
    lambda: validate(b"a\n1\n", encoding="big5"),
    lambda: validate(b"a\n1\n", content_type="text/csv; charset=koi8-r"),
    lambda: decode(b"a", "mac_roman"),
]


@pytest.mark.parametrize("call", CHARSETS, ids=range(len(CHARSETS)))
def test_a_charset_that_is_not_taken(call: Callable[[], Any]) -> None:
    raised(call, UnsupportedCharset)


SCHEMAS: list[Any] = [
    {"type": "nonsense"},
    {"properties": []},
    {"pattern": "("},
    {"properties": {"a": {"pattern": "(?<=a"}}},
    {"patternProperties": {"[": {}}},
    {"$ref": "#/nowhere"},
    {"$ref": "https://example.com/other"},
    {"$id": "a b"},
    {"minimum": "1"},
    {"required": [1]},
    {"enum": [{1, 2}]},
    {"enum": [LOOP]},
    {"enum": [float("nan")]},
    {"a": DEEP},
    {"x-severity": "warning"},
    {"properties": {"a": {"x-severity": 7}}},
    {"multipleOf": 0},
    {"$dynamicRef": "#x"},
    {"$schema": "http://json-schema.org/draft-04/schema#", "type": "string"},
    {"allOf": [{"$ref": "#"}]},
]
READERS: list[Callable[[Any], Any]] = [
    lambda schema: from_csv("a\n1\n", schema),
    lambda schema: list(iter_json('[{"a": 1}]', schema)),
    lambda schema: validate("a\n1\n", schema),
    lambda schema: coerce({"a": "1"}, schema),
    lambda schema: flatten({"a": "1"}, schema),
]


@pytest.mark.parametrize("read", READERS, ids=range(len(READERS)))
@pytest.mark.parametrize("schema", SCHEMAS, ids=range(len(SCHEMAS)))
@pytest.mark.parametrize("rust", [True, False])
def test_a_schema_that_is_none(
    schema: Any, read: Callable[[Any], Any], rust: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the engines accepts some of these schemas: then there is nothing to check."""
    if not rust:
        monkeypatch.setattr("custobar_formats.schema.compiled.make_engine", engine.PythonEngine)
        monkeypatch.setattr("custobar_formats.schema.meta_schema.is_surely_schema", lambda _: False)
        if schema is not SCHEMAS[-1]:
            schema = {**schema, "title": "another text, which is not compiled yet"}
    try:
        read(schema)
    except CustobarFormatsError as error:
        assert list(chain(error)) == [], "".join(traceback.format_exception(error))  # noqa: PT017 - it need not come


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"\xff", b'{"a": 1, "a": 2}', b'{"type": "x"}', b"[" * 100_000, b"NaN"]
)
def test_a_schema_in_a_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_bytes(content)
    raised(lambda: from_csv("a\n1\n", path), SchemaError)


def truncated(data: bytes) -> bytes:
    return data[: len(data) - 9]


LONG = b"a;b\n" + b"".join(b"%d;x\n" % (number * 7919) for number in range(20_000))
DATA: list[str | bytes] = [
    b"",
    b"\xff\xfe\x00",
    "ä\n1\n".encode("utf-16")[:-1],
    b"a\n\xef\xbb\xbf\n\xff\xff",
    b'a\n"1\n',
    b'a\n"1"x\n',
    b"a,b\n1\n",
    b"a,a\n1,2\n",
    b"a,a.b\n1,2\n",
    b"a..b\n1\n",
    b"." * 100 + b"\n1\n",
    b"external_id,can_email\nC-1,maybe\n",
    "a\ud800\n1\n",
    b"PK\x03\x04broken",
    truncated(gzip.compress(LONG)),
    truncated(bz2.compress(LONG)),
    truncated(lzma.compress(LONG)),
    gzip.compress(b"0" * 10_000_000) * 10,
    b"\x28\xb5\x2f\xfd broken",
    gzip.compress(gzip.compress(b"a\n")),
]
JSON_DATA: list[str | bytes] = [
    b"",
    b"{",
    b"[{]",
    b'[{"a": 1} {"a": 2}]',
    b'[{"a": 1, "a": 2}]',
    b"[1]",
    b'{"customers": [{"a": NaN}]}',
    b'[{"a": 1e999}]',
    b'[{"a": ' + b"9" * 5_000 + b"}]",
    b'[{"a": "\\ud800"}]',
    b'[{"a": "\\x"}]',
    b'[{"a": "\xff"}]',
    b"[" * 100_000,
    b'[{"a": ' + b"[" * 100 + b"]" * 100 + b"}]",
    b'{"no_entity": []}',
    b'{"products": []}',
    b'[{"can_email": "maybe"}]',
    truncated(gzip.compress(b'[{"a": 1}]' * 9)),
]
LINES: list[str | bytes] = [b'{"a": 1}\n{', b"[]\n[]", b'{"a": \n1}', b"1\n", b'{"a": 1}{"a": 2}\n', b"\xff\n"]


def reading(data: str | bytes, kind: str) -> list[Callable[[], Any]]:
    if kind == "csv":
        return [lambda: from_csv(data, "customers"), lambda: list(iter_csv(data, "customers")), lambda: from_csv(data)]
    lines = kind == "jsonl"
    found: list[Callable[[], Any]] = [
        lambda: from_json(data, "customers", lines=lines),
        lambda: list(iter_json(data, "customers", lines=lines)),
    ]
    if isinstance(data, bytes):
        found.append(lambda: from_json(io.BytesIO(data), "customers", lines=lines))
    return found


CASES = [(data, "csv") for data in DATA] + [(data, "json") for data in JSON_DATA] + [(data, "jsonl") for data in LINES]


@pytest.mark.parametrize(("data", "kind"), CASES, ids=range(len(CASES)))
def test_data_that_is_invalid(data: str | bytes, kind: str) -> None:
    some = False
    for read in reading(data, kind):
        try:
            read()
        except (InvalidData, UsageError) as error:
            some = True
            assert list(chain(error)) == [], "".join(traceback.format_exception(error))  # noqa: PT017 - of each
    assert some


class Stop(Exception):  # noqa: N818 - it is the caller's
    pass


@pytest.mark.parametrize(("data", "kind"), CASES, ids=range(len(CASES)))
def test_what_a_caller_raises_for_a_finding(data: str | bytes, kind: str) -> None:
    def stop(_: Finding) -> None:
        raise Stop

    def look(read: Callable[[], Any]) -> None:
        try:
            read()
        except (Stop, InvalidData, UsageError) as error:
            assert list(chain(error)) == [], "".join(traceback.format_exception(error))  # noqa: PT017 - of each

    look(lambda: validate(data, "customers", format=kind, on_finding=stop))  # type: ignore[arg-type]
    if kind == "csv":
        look(lambda: list(iter_csv(data, "customers", on_finding=stop)))
    else:
        look(lambda: list(iter_json(data, "customers", lines=kind == "jsonl", on_finding=stop)))


def test_what_a_caller_raises_for_a_number() -> None:
    def stop(_: str) -> Any:
        raise Stop

    for schema in ({"properties": {"a": {"type": "number"}}}, {"properties": {"a": {"type": ["number", "boolean"]}}}):
        raised(lambda: from_csv("a\n1.5\n", schema, parse_float=stop), Stop)  # noqa: B023 - called at once


PARTS: list[Callable[[], Any]] = [
    lambda: decode(b"\xff\xff\x81", "utf-8"),
    lambda: decode(b"\xff\xfea"),
    lambda: decode(b"PK\x03\x04"),
    lambda: decode(b"\xef\xbb\xbfa", "utf-16"),
    lambda: unflatten({"a": "1", "a.b": "2"}),
    lambda: unflatten({"a..b": "1"}),
    lambda: unflatten({"a": "\ud800"}),
    lambda: unflatten({"can_email": "maybe"}, "customers"),
    lambda: infer_delimiter(b"\xff\xfea"),
    lambda: infer_delimiter(b"PK\x03\x04"),
]


@pytest.mark.parametrize("call", PARTS, ids=range(len(PARTS)))
def test_parts(call: Callable[[], Any]) -> None:
    try:
        call()
    except CustobarFormatsError as error:
        assert list(chain(error)) == [], "".join(traceback.format_exception(error))  # noqa: PT017 - of each


WITHOUT_JSON: list[Any] = [
    [1],
    [{"a": "\ud800"}],
    [{"a": {1}}],
    [{"a": (1, 2)}],
    [{1: 2}],
    [{"a": float("nan")}],
    [{"a": float("inf")}],
    [{"a": 10**5_000}],
    [{"a": LOOP}],
    [{"a": DEEP}],
    [{"a": b"x"}],
    [{"a": object()}],
    [{"a": Refusing()}],
    [{"\ud800": 1}],
    [None],
]


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("records", WITHOUT_JSON, ids=range(len(WITHOUT_JSON)))
def test_records_that_json_does_not_have(records: Any, quick: bool, tmp_path: Path, monkeypatch: Any) -> None:
    if not quick:
        monkeypatch.setattr("custobar_formats.jsontext.writer._quick_encoder", lambda: None)
    for options in ({}, {"lines": True}, {"indent": 2}, {"entity": "customers"}):
        raised(lambda: to_json(records, **options), NotExpressible)  # noqa: B023 - called at once
        raised(lambda: write_json(records, tmp_path / "out.json", **options), NotExpressible)  # noqa: B023
    assert not list(tmp_path.iterdir())


FLAT: list[Any] = [
    {"a": [[1]], "a.0.0": 1},
    {"a": float("nan")},
    {"a": DEEP},
    {"a": {1}},
    {1: 2},
    {"": {"": 1}},
    {"a": (1,)},
]


@pytest.mark.parametrize("record", FLAT, ids=range(len(FLAT)))
def test_a_record_that_csv_does_not_have(record: Any) -> None:
    try:
        flatten(record)
    except CustobarFormatsError as error:
        assert list(chain(error)) == [], "".join(traceback.format_exception(error))  # noqa: PT017 - it need not come


def test_what_is_raised_while_records_are_written(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    for data in JSON_DATA:
        raised(lambda: write_json(iter_json(data, "customers"), path), InvalidData)  # noqa: B023 - called at once
    raised(lambda: write_json(iter_csv('a\n"1\n'), path), InvalidData)
    raised(lambda: to_json(iter_csv('a\n"1\n')), InvalidData)


def test_a_chain_is_seen() -> None:
    def careless() -> None:
        try:
            int("x")
        except ValueError:
            raise UsageError("no x")  # noqa: B904 - the point

    with pytest.raises(AssertionError, match="another exception occurred"):
        raised(careless, UsageError)
