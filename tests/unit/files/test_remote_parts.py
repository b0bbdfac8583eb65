"""Parts of files in other stores: what goes wrong with them, and what stays with the calling process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.files.remote import RemoteStream, remote_at
from custobar_formats.files.remote_parts import NO_PARTS, remote_file
from tests.laws.test_executor import Inline
from tests.ranges import products_file, small_ranges
from tests.stores import Site, web

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")

SECRETS = ("s3cr3t", "ann", "sig")


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    return products_file(tmp_path / "products.csv").read_bytes()


def read(url: str, executor: Inline, **options: Any) -> Any:
    with small_ranges():
        return validate(fsspec.open(url, **options), "products", encoding="utf-8", executor=executor)


@pytest.mark.parametrize("tags", [True, False])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("whole", NO_PARTS),
        ("other part", NO_PARTS),
        ("cut part", "the connection failed"),
        ("replaced part", "the file changed while it was read"),
        ("refused part", "access denied"),
        ("gone part", "there is no such file"),
    ],
)
def test_what_goes_wrong_with_a_part(data: bytes, fault: str, reason: str, *, tags: bool) -> None:
    """A server that sends all of a file for a part of it would make its rows twice as many."""
    with web({"/a.csv": data}, fault) as site:
        site.ranges, site.tags = True, tags
        with pytest.raises(OSError, match=reason) as failed:
            read(f"{site.address}/a.csv", Inline())
        assert failed.value.filename == f"{site.address}/a.csv"


def test_a_server_that_sends_no_parts_is_read_by_the_calling_process(data: bytes) -> None:
    with web({"/a.csv": data}) as site:
        executor = Inline()
        assert read(f"{site.address}/a.csv", executor).rows == 400
        assert executor.tasks == []
        assert site.parts == 0


def test_what_has_a_secret_stays_with_the_calling_process(data: bytes) -> None:
    with web({"/a.csv": data}) as site:
        site.ranges = True
        host = site.address.removeprefix("http://")
        for url, options in (
            (f"http://ann:s3cr3t@{host}/a.csv", {}),
            (f"{site.address}/a.csv?sig=s3cr3t", {}),
            (f"{site.address}/a.csv", {"headers": {"Authorization": "s3cr3t"}}),
        ):
            executor = Inline()
            assert read(url, executor, **options).rows == 400
            assert executor.tasks == []
        executor = Inline()
        assert read(f"{site.address}/a.csv", executor, simple_links=False).rows == 400
        assert executor.tasks != []


def test_the_memory_of_a_process_stays_with_it(data: bytes) -> None:
    fsspec.filesystem("memory").pipe_file("/a.csv", data)
    executor = Inline()
    assert read("memory://a.csv", executor).rows == 400
    assert executor.tasks == []


@pytest.fixture
def cloud() -> Iterator[dict[str, bytes]]:
    """The files of a store like Google's, which fsspec asks for parts of them, and which knows no If-Match."""
    from fsspec.registry import _registry, register_implementation
    from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

    files: dict[str, bytes] = {}

    class File(AbstractBufferedFile):  # type: ignore[misc]
        def _fetch_range(self, start: int, end: int) -> bytes:
            return files[self.path] if "whole" in files else files[self.path][start:end]

    class Cloud(AbstractFileSystem):  # type: ignore[misc]
        protocol = ("gs", "gcs")

        def _open(self, path: str, mode: str = "rb", **options: Any) -> File:
            return File(self, path, mode, **options)

        def info(self, path: str, **_: Any) -> dict[str, Any]:
            return {"name": path, "type": "file", "size": len(files[path]), "etag": str(hash(files[path]))}

    before = _registry.get("gs")
    register_implementation("gs", Cloud, clobber=True)
    yield files
    _registry.pop("gs")
    if before is not None:
        _registry["gs"] = before


def test_another_store(cloud: dict[str, bytes], data: bytes) -> None:
    cloud["bucket/a.csv"] = data
    executor = Inline()
    assert read("gs://bucket/a.csv", executor).rows == 400
    assert len(executor.tasks) > 5


@pytest.mark.parametrize(("fault", "reason"), [("whole", NO_PARTS), ("other", "the file changed while it was read")])
def test_a_part_of_another_store_that_is_not_what_was_asked_for(
    cloud: dict[str, bytes], data: bytes, fault: str, reason: str
) -> None:
    class Late(Inline):
        def submit(self, fn: Any, /, *args: Any) -> Any:
            if len(self.tasks) == 3:
                cloud[fault] = b"yes"
                cloud["bucket/a.csv"] = data if fault == "whole" else data[::-1]
            return super().submit(fn, *args)

    cloud["bucket/a.csv"] = data
    with pytest.raises(OSError, match=reason) as failed:
        read("gs://bucket/a.csv", Late())
    assert failed.value.filename == "gs://bucket/a.csv"


def test_any_bytes_of_a_file(data: bytes) -> None:
    with web({"/a.csv": data}) as site:
        file = pickle.loads(pickle.dumps(parted(site)))
        with file.opened() as opened:
            for start, size in ((0, 10), (5, 0), (17, 3_000), (len(data) - 5, 100), (len(data), 9), (len(data) + 1, 1)):
                assert opened.read(start, size) == data[start : start + size]
            asked = site.parts
            assert b"".join(opened.pieces(100, 9_000)) == data[100:9_000]
            assert opened.read(9_000, 10) == data[9_000:9_010]
            assert site.parts == asked + 1


def parted(site: Site) -> Any:
    site.ranges = True
    stream = RemoteStream(remote_at(f"{site.address}/a.csv"))
    file = remote_file(stream)
    stream.close()
    return file
