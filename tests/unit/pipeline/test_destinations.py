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
