"""Arguments that make no sense: every public function, every parameter, and values of every kind.

A call works, or raises an error of this package or an OSError: never a TypeError or AttributeError of its inside.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import inspect
import io
import os
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import custobar_formats as cf
from tests.robustness.contract import check_error

DEEP: Any = []
DEEP_OBJECT: Any = {}
for _ in range(3_000):
    DEEP, DEEP_OBJECT = [DEEP], {"a": DEEP_OBJECT}
LOOP: list[Any] = []
LOOP.append(LOOP)
LOOPING: dict[str, Any] = {}
LOOPING["a"] = LOOPING


class Silent:
    """An object without a text of its own."""

    def __repr__(self) -> str:
        raise ZeroDivisionError


class NoIterator:
    def __iter__(self) -> Any:
        return 5


class Reads:
    """A stream whose ``read`` is what it was made with, or returns that."""

    def __init__(self, read: Any, *, called: bool = True) -> None:
        self.read = (lambda size=-1: read) if called else read


class ReadsShut:
    def read(self, _: int = -1) -> bytes:
        raise ValueError("it is shut")


class Writes:
    write = 5


class PathOf(os.PathLike[Any]):
    def __init__(self, path: Any) -> None:
        self.path = path

    def __fspath__(self) -> Any:
        return self.path


async def later(*_: Any) -> None:
    """Something that has to be awaited."""


def numbers() -> Iterator[int]:
    yield 1


def _closed() -> io.BytesIO:
    stream = io.BytesIO()
    stream.close()
    return stream


VALUES: dict[str, Callable[[], Any]] = {
    name: lambda value=value: value  # type: ignore[misc]
    for name, value in {
        "None": None,
        "5": 5,
        "-1": -1,
        "a huge number": 10**5000,
        "1.5": 1.5,
        "not a number": float("nan"),
        "infinity": float("inf"),
        "True": True,
        "no bytes": b"",
        "bytes": b"x",
        "an object": object(),
        "no list": [],
        "no dict": {},
        "no tuple": (),
        "a set": {1},
        "a class": Silent,
        "a type": int,
        "an asynchronous function": later,
        "a generator function": numbers,
        "nested lists": [[[]]],
        "deep lists": DEEP,
        "deep objects": DEEP_OBJECT,
        "a list in itself": LOOP,
        "a dict in itself": LOOPING,
        "half of a surrogate pair": "\ud800",
        "the other half": "a\udc00b",
        "a NUL": "\0",
        "a NUL in a path": "a\0.csv",
        "no text": "",
        "text": "x",
        "long text": "x" * 100_000,
        "an object without text": Silent(),
        "no iterator": NoIterator(),
        "a read that is a number": Reads(5, called=False),
        "a read that returns a number": Reads(5),
        "a read that returns nothing": Reads(None),
        "a read that returns a list": Reads(["x"]),
        "a read that fails": ReadsShut(),
        "a write that is a number": Writes(),
        "a path that is a number": PathOf(5),
        "a path of bytes": PathOf(b"nothing"),
        "a path with a NUL": PathOf("a\0b"),
        "a path with half of a surrogate pair": PathOf("\ud800"),
        "a path to nothing": pathlib.Path("nothing"),
        "a folder": pathlib.Path("."),
        "a date": datetime.date(2024, 1, 1),
        "a Decimal": decimal.Decimal("NaN"),
        "a complex number": 1j,
        "a range": range(3),
        "memory": memoryview(b"x"),
        "bytes that change": bytearray(b"x"),
        "a list of None": [None],
        "a list of numbers": [1],
        "a list of bytes": [b"x"],
        "a dict of numbers": {1: 2},
        "a dict of None": {None: None},
        "a dict of deep lists": {"a": DEEP},
        "a dict of a class": {"a": Silent},
        "a dict of half a surrogate pair": {"\ud800": "\udc00"},
        "records of half a surrogate pair": [{"a": "\ud800"}],
        "records with a key of half a surrogate pair": [{"\ud800": 1}],
        "records of a class": [{"a": Silent}],
        "records of an object without text": [{"a": Silent()}],
        "records in themselves": [LOOPING],
        "deep records": [DEEP_OBJECT],
        "records of infinity": [{"a": decimal.Decimal("Infinity")}],
        "records of an enormous number": [{"a": decimal.Decimal("1e999999999")}],
        "bytes of half a surrogate pair": b"\xed\xa0\x80",
        "a module": sys,
        "an ellipsis": ...,
        "another mapping": collections.UserDict({"a": 1}),
        "an exception": ValueError("x"),
    }.items()
}
VALUES |= {
    "a generator": numbers,
    "a stream of text": lambda: io.StringIO("a\n1\n"),
    "a stream of bytes": lambda: io.BytesIO(b"a\n1\n"),
    "a closed stream": _closed,
}

CSV, JSON, RECORDS = "external_id\n1\n", '[{"external_id": "1"}]', [{"a": "1", "l": ["x"]}]
FUNCTIONS: dict[str, dict[str, Callable[[], Any]]] = {
    "from_csv": {"source": lambda: CSV},
    "iter_csv": {"source": lambda: CSV},
    "from_json": {"source": lambda: JSON},
    "iter_json": {"source": lambda: JSON},
    "validate": {"source": lambda: CSV},
    "to_csv": {"records": lambda: RECORDS},
    "encode_csv": {"records": lambda: RECORDS},
    "write_csv": {"records": lambda: RECORDS, "destination": io.BytesIO},
    "to_json": {"records": lambda: RECORDS},
    "write_json": {"records": lambda: RECORDS, "destination": io.BytesIO},
    "flatten": {"record": lambda: RECORDS[0]},
    "unflatten": {"mapping": lambda: {"a": "1"}},
    "coerce": {"value": lambda: RECORDS[0], "schema": lambda: "shops"},
    "decode": {"data": lambda: b"a\n1\n"},
    "infer_delimiter": {"data": lambda: CSV},
    "batches": {"source": lambda: CSV, "schema": lambda: "customers"},
    "fix": {"source": lambda: CSV, "schema": lambda: "customers"},
    "load_mapping": {"source": lambda: "shopify-customers"},
    "load_schema": {"source": lambda: "shops"},
    "entities": {},
    "read_response": {"status": lambda: 200, "headers": dict, "body": lambda: b"{}", "now": lambda: 0},
}
"""The public functions, with the arguments that they need."""


def test_every_public_function_is_here() -> None:
    functions = {name for name in cf.__all__ if inspect.isfunction(getattr(cf, name))}
    assert functions == FUNCTIONS.keys()


PARAMETERS = [(name, parameter) for name in FUNCTIONS for parameter in inspect.signature(getattr(cf, name)).parameters]


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_nonsense_is_refused(
    name: str, parameter: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words, make in VALUES.items():
        arguments = {needed: made() for needed, made in FUNCTIONS[name].items()}
        arguments[parameter] = value = make()
        if callable(value) and parameter in ("on_progress", "on_finding", "parse_float") and value is not later:
            continue  # what a function of the caller raises is its own
        try:
            result = getattr(cf, name)(**arguments)
            if isinstance(result, Iterator):
                list(result)
        except cf.CustobarFormatsError as error:
            check_error(error)
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 - shown with the value
            pytest.fail(f"{name}({parameter}={words}): {type(error).__name__}: {error}")


@pytest.mark.parametrize("words", VALUES)
def test_nonsense_in_the_methods_of_a_report_is_refused(words: str) -> None:
    report = cf.validate(CSV)
    calls: list[Callable[[Any], Any]] = [report.merge, lambda value: report.to_json(indent=value)]
    for call in calls:
        try:
            call(VALUES[words]())
        except cf.UsageError as error:
            check_error(error)
