"""S3, as moto serves it on loopback, read by several processes; and a proxy that answers otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.files.remote_parts import NO_PARTS
from custobar_formats.pipeline.convert import convert_file
from tests.laws.test_executor import Inline, Later
from tests.ranges import products_file, small_ranges
from tests.s3 import ENVIRONMENT, Store, is_part, proxy, serving

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("s3fs")
pytest.importorskip("moto.server")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data() -> bytes:
    rows = (
        b'C-%07d,"Aino,\nMaija",%s\n' % (number % 499_000, b"perhaps" if number % 1_000 == 0 else b"true")
        for number in range(500_000)
    )
    return b"external_id,first_name,can_email\n" + b"".join(rows)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with serving() as address:
        store = Store(address)
        store.fs.mkdir("bucket")
        yield store


@pytest.mark.parametrize("encoding", [[], ["-e", "utf-8"]])
def test_two_processes_give_what_one_does(store: Store, data: bytes, tmp_path: Path, encoding: list[str]) -> None:
    store.fs.pipe_file("bucket/customers.csv", data)
    found = []
    for jobs in ("1", "2"):
        good, bad = tmp_path / "good.jsonl", tmp_path / "bad.csv"
        done = store.run("validate", "s3://bucket/customers.csv", "-j", jobs, *encoding)
        out = store.run(
            "convert", "s3://bucket/customers.csv", "--valid", good, "--rejects", bad, "-j", jobs, "-f", *encoding
        )
        found.append((done.code, done.out, done.err, out.code, out.out, out.err, good.read_bytes(), bad.read_bytes()))
    assert found[0] == found[1]
    assert found[0][0] == 1
    assert b"duplicate-identifier" in found[0][1]
    assert found[0][6].count(b"\n") > 490_000


@pytest.mark.parametrize("encoding", [[], ["-e", "utf-8"]])
def test_an_object_that_is_replaced_meanwhile(store: Store, data: bytes, tmp_path: Path, encoding: list[str]) -> None:
    store.fs.pipe_file("bucket/large.csv", data)
    replaced: list[bytes] = []

    def replace(request: bytes, answer: bytes) -> bytes:
        if is_part(request, 8 << 20) and not replaced:
            replaced.append(request)
            store.fs.pipe_file("bucket/large.csv", data.replace(b"Aino", b"Eino"))
        return answer

    with proxy(store.address, replace) as address:
        run = ("convert", "s3://bucket/large.csv", tmp_path / "out.jsonl", "--entity", "customers", "-j", "2")
        done = store.run(*run, *encoding, address=address)
    assert replaced
    assert (done.code, done.err) == (2, "error: s3://bucket/large.csv: the file changed while it was read\n")
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_sends_all_for_a_part(store: Store, data: bytes, tmp_path: Path) -> None:
    store.fs.pipe_file("bucket/large.csv", data)

    def send_all(request: bytes, answer: bytes) -> bytes:
        if not is_part(request, 1 << 20):
            return answer
        tag = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"etag"))
        size = b"Content-Length: %d" % len(data)
        return b"\r\n".join((b"HTTP/1.1 200 OK", tag, size, b"Connection: close", b"", data))

    with proxy(store.address, send_all) as address:
        run = ("convert", "s3://bucket/large.csv", tmp_path / "out.jsonl", "--entity", "customers", "-j", "2")
        done = store.run(*run, "-e", "utf-8", address=address)
    assert (done.code, done.err) == (2, f"error: s3://bucket/large.csv: {NO_PARTS}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_is_cut(store: Store, data: bytes, tmp_path: Path) -> None:
    store.fs.pipe_file("bucket/large.csv", data)

    def cut(request: bytes, answer: bytes) -> bytes:
        return answer[: len(answer) // 2] if is_part(request, 8 << 20) else answer

    with proxy(store.address, cut) as address:
        run = ("convert", "s3://bucket/large.csv", tmp_path / "out.jsonl", "--entity", "customers", "-j", "2")
        done = store.run(*run, "-e", "utf-8", address=address)
    assert done.code == 2
    assert "error: s3://bucket/large.csv: the connection failed" in done.err
    assert list(tmp_path.iterdir()) == []


class Kept(Inline):
    """Keeps what would go to other machines."""

    def submit(self, fn: Any, /, *args: Any) -> Later:
        later = super().submit(fn, *args)
        sent.append(later.task)
        return later


sent: list[bytes] = []


@pytest.mark.parametrize("encoding", ["utf-8", None])
def test_tasks_have_no_credentials(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str | None
) -> None:
    path = products_file(tmp_path / "products.csv", "x")
    store.fs.put_file(str(path), "bucket/products.csv")
    for name, value in {"AWS_ENDPOINT_URL": store.address, **ENVIRONMENT}.items():
        monkeypatch.setenv(name, value)
    source = fsspec.open("s3://bucket/products.csv")
    one = validate(source, "products", encoding=encoding)
    sent.clear()
    with small_ranges():
        assert validate(source, "products", encoding=encoding, executor=Kept()) == one
        convert_file(source, tmp_path / "out.json", "products", executor=Kept(), rejects=tmp_path / "bad.csv")
    convert_file(path, tmp_path / "here.json", "products", rejects=tmp_path / "bad here.csv")
    assert (tmp_path / "out.json").read_bytes() == (tmp_path / "here.json").read_bytes()
    assert len(sent) > 20
    assert b"s3://bucket/products.csv" in sent[0]
    secrets = [value.encode() for name, value in ENVIRONMENT.items() if "KEY" in name]
    assert not [task for task in sent if any(secret in task for secret in secrets)]
    given: Any = {"key": "AKIAIOSFODNN7EXAMPLE", "secret": "s3cr3t-s3cr3t", "endpoint_url": store.address}
    sent.clear()
    with small_ranges():
        again = validate(fsspec.open("s3://bucket/products.csv", **given), "products", executor=Kept())
    assert again.counts == one.counts
    assert sent == []
