"""S3, as moto serves it on loopback, with the command in a process of its own; and a proxy that cuts connections."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.s3 import Store, is_part, proxy, serving

pytest.importorskip("s3fs")
pytest.importorskip("moto.server")
pytestmark = pytest.mark.slow

CSV = b"external_id,first_name\nC-1,Ann\nC-2,Bob\n"


@pytest.fixture(scope="module")
def moto_address() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def large() -> bytes:
    """More than the first part of an upload, and more than one block of a source."""
    return b"external_id,first_name\n" + b"".join(b"C-%08d,Aino-Maija\n" % number for number in range(1_000_000))


@pytest.fixture
def store(moto_address: str) -> Iterator[Store]:
    store = Store(moto_address)
    store.fs.mkdir("bucket")
    store.fs.pipe_file("bucket/customers.csv", CSV)
    yield store
    for each in store.fs.find("bucket"):
        store.fs.rm_file(each)
    store.fs.rmdir("bucket")


def test_in_and_out(store: Store, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_bytes(CSV)
    here = store.run("convert", tmp_path / "customers.csv", tmp_path / "out.jsonl.gz")
    there = store.run("convert", "s3://bucket/customers.csv", "s3://bucket/out.jsonl.gz")
    assert (here.code, there.code) == (0, 0), there.err
    assert there.err == "s3://bucket/out.jsonl.gz: 2 records written (JSON Lines, customers)\n"
    assert store.fs.cat("bucket/out.jsonl.gz") == (tmp_path / "out.jsonl.gz").read_bytes()
    checked = store.run("validate", "s3://bucket/customers.csv", "--report", "json=s3://bucket/report.json")
    assert checked.code == 0
    assert checked.out.startswith(b"s3://bucket/customers.csv: valid: 2 of 2 rows valid")
    assert b'"valid": true' in store.fs.cat("bucket/report.json")


def test_several_parts(store: Store, large: bytes, tmp_path: Path) -> None:
    """More than one part of an upload, and more than one block of a source."""
    (tmp_path / "customers.csv").write_bytes(large)
    store.fs.put_file(str(tmp_path / "customers.csv"), "bucket/large.csv")
    done = store.run("convert", "s3://bucket/large.csv", "s3://bucket/large.jsonl", "--entity", "customers")
    assert done.code == 0, done.err
    assert store.run("convert", tmp_path / "customers.csv", tmp_path / "large.jsonl").code == 0
    written = (tmp_path / "large.jsonl").read_bytes()
    assert store.fs.cat("bucket/large.jsonl") == written
    assert len(written) > 32 << 20
    assert store.uploads() == []


def test_an_output_is_whole_or_as_it_was(store: Store, large: bytes) -> None:
    data = large + b"C-1,Ann\nC-1,Ann,no\n"
    store.fs.pipe_file("bucket/wrong.csv", data)
    store.fs.pipe_file("bucket/old.jsonl", b"old")
    for name in ("old.jsonl", "new.jsonl"):
        done = store.run("convert", "s3://bucket/wrong.csv", f"s3://bucket/{name}", "--entity", "customers", "-f")
        assert done.code == 1, done.err
    assert store.fs.cat("bucket/old.jsonl") == b"old"
    assert not store.fs.exists("bucket/new.jsonl")
    assert store.uploads() == []


def test_only_force_replaces(store: Store) -> None:
    store.fs.pipe_file("bucket/out.json", b"old")
    done = store.run("convert", "s3://bucket/customers.csv", "s3://bucket/out.json")
    assert done.code == 2
    assert "s3://bucket/out.json: the file already exists: overwrite it with --force" in done.err
    same = store.run("convert", "s3://bucket/customers.csv", "s3a://bucket/customers.csv", "-f", "--to", "csv")
    assert same.code == 2
    assert "the output is the input" in same.err
    assert store.fs.cat("bucket/out.json") == b"old"
    assert store.fs.cat("bucket/customers.csv") == CSV
    assert store.run("convert", "s3://bucket/customers.csv", "s3://bucket/out.json", "--force").code == 0


def test_what_is_not_there(store: Store, tmp_path: Path) -> None:
    for name in ("s3://bucket/no.csv", "s3://nowhere/no.csv"):
        done = store.run("convert", name, tmp_path / "out.json", "--entity", "customers")
        assert (done.code, done.err) == (2, f"error: {name}: there is no such file\n")
    done = store.run("convert", "s3://bucket/customers.csv", "s3://nowhere/out.json")
    assert (done.code, done.err) == (2, "error: s3://nowhere/out.json: there is no such file\n")
    folder = store.run("validate", "s3://bucket")
    assert folder.code == 2
    assert "s3://bucket: it is a folder" in folder.err
    assert list(tmp_path.iterdir()) == []


def test_no_server(store: Store, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = store.run("convert", "s3://bucket/customers.csv", tmp_path / "out.json", address=address)
    assert done.code == 2
    assert "error: s3://bucket/customers.csv: the connection failed" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_is_cut(store: Store, large: bytes, tmp_path: Path) -> None:
    store.fs.pipe_file("bucket/large.csv", large)

    def cut(request: bytes, answer: bytes) -> bytes:
        return answer[: len(answer) // 2] if is_part(request, 1 << 20) else answer

    with proxy(store.address, cut) as address:
        run_ = ("convert", "s3://bucket/large.csv", tmp_path / "out.jsonl", "--entity", "customers")
        done = store.run(*run_, address=address)
    assert done.code == 2
    assert "error: s3://bucket/large.csv: the connection failed" in done.err
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_is_cut(store: Store, large: bytes) -> None:
    store.fs.pipe_file("bucket/large.csv", large)

    def cut(request: bytes, answer: bytes) -> bytes:
        return b"" if request.startswith(b"PUT") and b"partNumber=2" in request[:500] else answer

    with proxy(store.address, cut) as address:
        done = store.run(
            "convert", "s3://bucket/large.csv", "s3://bucket/out.jsonl", "--entity", "customers", address=address
        )
    assert done.code == 2
    assert "error: s3://bucket/out.jsonl: the connection failed" in done.err
    assert not store.fs.exists("bucket/out.jsonl")
    assert store.uploads() == []


@pytest.mark.parametrize("encoding", [[], ["-e", "utf-8"]])
def test_an_object_that_is_replaced_meanwhile(store: Store, large: bytes, tmp_path: Path, encoding: list[str]) -> None:
    store.fs.pipe_file("bucket/large.csv", large)
    replaced: list[bytes] = []

    def replace(request: bytes, answer: bytes) -> bytes:
        if is_part(request, 1 << 20) and not replaced:
            replaced.append(request)
            store.fs.pipe_file("bucket/large.csv", large.replace(b"Aino", b"Eino"))
        return answer

    with proxy(store.address, replace) as address:
        run_ = ("convert", "s3://bucket/large.csv", tmp_path / "out.jsonl", "--entity", "customers", *encoding)
        done = store.run(*run_, address=address)
    assert replaced
    assert (done.code, done.err) == (2, "error: s3://bucket/large.csv: the file changed while it was read\n")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key(store: Store, tmp_path: Path) -> None:
    """moto checks no key; the answer is that of S3."""
    body = b"<Error><Code>InvalidAccessKeyId</Code><Message>s3cr3t-s3cr3t?</Message></Error>"
    size = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)

    def refuse(request: bytes, _: bytes) -> bytes:
        answer = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\n" + size
        return answer if request.startswith(b"HEAD") else answer + body

    with proxy(store.address, refuse) as address:
        read = store.run("convert", "s3://bucket/customers.csv", tmp_path / "out.json", address=address)
        (tmp_path / "customers.csv").write_bytes(CSV)
        write = store.run("convert", tmp_path / "customers.csv", "s3://bucket/out.json", "-f", address=address)
    assert (read.code, write.code) == (2, 2)
    assert "error: s3://bucket/customers.csv: access denied: check the credentials" in read.err
    assert "error: s3://bucket/out.json: access denied: check the credentials" in write.err
    assert "s3cr3t" not in read.err + write.err
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]


def test_no_credentials(store: Store, tmp_path: Path) -> None:
    none = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "") | {"HOME": str(tmp_path)}
    done = store.run("validate", "s3://bucket/customers.csv", env=none)
    assert done.code == 2
    assert "s3://bucket/customers.csv: " in done.err
