"""Destinations that would lose the data are refused before any record is read."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import custobar_formats as cf
from custobar_formats import UsageError

RECORDS = [{"external_id": "P1", "price": 2490}]
WRITERS: list[Callable[..., object]] = [cf.write_csv, cf.write_json]


class AsyncFile:
    async def writable(self) -> bool:
        return True

    async def write(self, data: bytes) -> int:
        return len(data)


def _closed() -> io.BytesIO:
    stream = io.BytesIO()
    stream.close()
    return stream


_temporary: Any = tempfile.NamedTemporaryFile
_spooled: Any = tempfile.SpooledTemporaryFile


class Duck:
    """A stream of one's own, with a ``write`` that returns something of its own."""

    def __init__(self, returns: Callable[[bytes], Any], takes: Callable[[bytes], int] = len) -> None:
        self.data = b""
        self.calls = 0
        self._returns = returns
        self._takes = takes

    def write(self, data: bytes) -> Any:
        self.calls += bool(data)
        assert self.calls < 100_000
        self.data += data[: self._takes(data)]
        return self._returns(data)


class Closing:
    """A stream that cannot be written to, and does not have ``closed``."""

    def write(self, _: bytes) -> int:
        raise ValueError("it is shut")


class NotCallable:
    write = 5


class Unwritable:
    writable = False

    def write(self, data: bytes) -> int:
        return len(data)


def _open_for_reading(folder: Path) -> Any:
    (folder / "a.csv").write_bytes(b"external_id\na\n")
    return open(folder / "a.csv", "rb")


REFUSED: list[tuple[Callable[[Path], Any], str]] = [
    (lambda folder: AsyncFile(), "AsyncFile is an asynchronous file"),
    (lambda folder: io.StringIO(), "StringIO: give a path or a binary stream"),
    (lambda folder: (folder / "a.txt").open("w"), "give a path or a binary stream"),
    (lambda folder: _temporary("w", dir=str(folder)), "takes text"),
    (lambda folder: _spooled(mode="w"), "takes text"),
    (lambda folder: codecs.getwriter("utf-8")(io.BytesIO()), "takes text"),
    (lambda folder: _closed(), "the file to write is closed"),
    (_open_for_reading, "open for reading only: open it with mode 'wb'"),
    (lambda folder: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b""))), "GzipFile is open for reading only"),
    (lambda folder: bz2.BZ2File(io.BytesIO(bz2.compress(b""))), "BZ2File is open for reading only"),
    (lambda folder: io.BytesIO, "cannot write bytes to type"),
    (lambda folder: 5, "cannot write bytes to int"),
    (lambda folder: b"out.csv", "cannot write bytes to bytes"),
    (lambda folder: Closing(), "cannot write to Closing: it is shut"),
    (lambda folder: NotCallable(), "cannot write bytes to NotCallable"),
    (lambda folder: Unwritable(), "Unwritable is open for reading only"),
]


def _records() -> Iterator[Any]:
    yield pytest.fail("a record was read")


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("make", "wanted"), REFUSED)
def test_what_takes_no_bytes_is_refused(
    write: Callable[..., object], make: Callable[[Path], Any], wanted: str, tmp_path: Path
) -> None:
    destination = make(tmp_path)
    with pytest.raises(UsageError, match=wanted):
        write(_records(), destination)
    if hasattr(destination, "close") and not isinstance(destination, type):
        destination.close()


LONG = [{"external_id": f"P{number}", "text": "x" * 1000} for number in range(200)]
"""Records that are written in several parts."""


@pytest.mark.parametrize("write", WRITERS)
def test_a_stream_that_takes_some_bytes_at_a_time_gets_all(write: Callable[..., object]) -> None:
    whole = io.BytesIO()
    write(LONG, whole)
    for most in (1, 7, 1023, 10**9):
        few = LONG[:10] if most == 1 else LONG
        wanted = io.BytesIO()
        write(few, wanted)
        part = lambda data, most=most: min(len(data), most)  # noqa: E731
        duck = Duck(part, part)
        write(few, duck)
        assert duck.data == wanted.getvalue()
    silent = Duck(lambda data: None)
    write(LONG, silent)
    assert silent.data == whole.getvalue()


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("wrong", [-1, True, "x", 2.0, b"1", [], 10**9])
def test_a_stream_that_does_not_return_a_number_of_bytes_is_refused(write: Callable[..., object], wrong: Any) -> None:
    duck = Duck(lambda data: wrong if data else 0)
    with pytest.raises(UsageError, match=r"Duck.write returned .* it must return their number"):
        write(LONG, duck)
    assert duck.calls == 1


@pytest.mark.parametrize("write", WRITERS)
def test_a_stream_that_takes_nothing_more_ends_the_writing(write: Callable[..., object]) -> None:
    duck = Duck(lambda data: max(0, 5 - duck.calls), lambda data: max(0, 5 - duck.calls))
    with pytest.raises(OSError, match="the output takes no more bytes"):
        write(LONG, duck)
    assert duck.calls == 5


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_is_closed_meanwhile(write: Callable[..., object], tmp_path: Path) -> None:
    with open(tmp_path / "out", "wb") as stream:

        def records() -> Iterator[Any]:
            yield from LONG
            stream.close()
            yield from LONG

        with pytest.raises(UsageError, match="the file to write (is|was) closed"):
            write(records(), stream)


@pytest.mark.parametrize("write", WRITERS)
def test_a_schema_in_the_place_of_the_destination_is_refused(
    write: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"the destination comes before the schema.*give Path\('products'\)"):
        write(_records(), "products")
    assert not list(tmp_path.iterdir())
    write(RECORDS, Path("products"), "products")
    assert (tmp_path / "products").exists()


@pytest.mark.parametrize("name", ["o.jsonl", "o.NDJSON", "o.jsonl.gz", "o.ndjson.zip"])
def test_json_lines_are_written_by_the_suffix_and_read_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    cf.write_json(RECORDS, str(path), "products")
    assert cf.from_json(path, "products") == RECORDS
    with open(path, "wb") as stream:
        cf.write_json(RECORDS, stream, "products")
    assert path.read_bytes() == b'{"external_id":"P1","price":2490}\n'
    with pytest.raises(UsageError, match="jsonl takes no indent"):
        cf.write_json(RECORDS, path, indent=2)


def test_lines_decides_if_it_is_given(tmp_path: Path) -> None:
    cf.write_json(RECORDS, tmp_path / "o.jsonl", lines=False)
    cf.write_json(RECORDS, tmp_path / "o.json", lines=True)
    assert (tmp_path / "o.jsonl").read_bytes().startswith(b"[")
    assert (tmp_path / "o.json").read_bytes().startswith(b"{")


def test_paths_may_be_of_bytes(tmp_path: Path) -> None:
    for name in ("in.csv", "out.csv", "out.json", "schema.json"):
        (tmp_path / name).write_bytes(b"{}" if name == "schema.json" else b"a\n1\n")
    entries: dict[str, Any] = {os.fsdecode(entry.name): entry for entry in os.scandir(os.fsencode(tmp_path))}
    assert cf.from_csv(entries["in.csv"], entries["schema.json"]) == [{"a": "1"}]
    assert cf.validate(entries["in.csv"]).source.name == str(tmp_path / "in.csv")
    assert cf.write_csv(RECORDS, entries["out.csv"]).files[0].path == str(tmp_path / "out.csv")
    cf.write_csv(RECORDS, entries["out.csv"], missing="split")
    assert (tmp_path / "out.1.csv").exists()
    assert cf.write_json(RECORDS, entries["out.json"]) == 1
    assert cf.from_json(entries["out.json"]) == RECORDS
