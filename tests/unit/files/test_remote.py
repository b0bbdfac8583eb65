"""Files in other stores, through fsspec: its own memory, and a web server on loopback."""

from __future__ import annotations

import errno
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import (
    UsageError,
    decode,
    fix,
    from_csv,
    iter_csv,
    to_json,
    validate,
    write_csv,
    write_json,
)
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.limits import HEAD_BYTES, MAX_REMOTE_PART, REMOTE_PART
from custobar_formats.files.output import NewFile
from custobar_formats.files.remote import Remote
from custobar_formats.files.remote_output import _Sent
from custobar_formats.files.urls import Url
from custobar_formats.pipeline.convert import convert_file as convert
from tests.stores import web
from tests.workbooks import texts_row, xlsx

fsspec = pytest.importorskip("fsspec")

CSV = b"external_id,first_name\nC-1,Ann\nC-2,Bob\n"
BROKEN = b"external_id,can_email\nC-1,perhaps\n"
LARGE = b"external_id,first_name\n" + b"".join(b"C-%06d,Ann\n" % number for number in range(40_000))
SECRETS = ("s3cr3t", "ann:", "sig=")


@pytest.fixture
def memory() -> Iterator[Any]:
    """The files of fsspec's memory; none before and after."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    yield store
    store.store.clear()


# -- reading


@pytest.mark.parametrize("encoding", ["utf-8", None])
def test_a_source_is_read_like_a_file(memory: Any, tmp_path: Path, encoding: str | None) -> None:
    (tmp_path / "customers.csv").write_bytes(LARGE)
    memory.pipe_file("/customers.csv", LARGE)
    remote = fsspec.open("memory://customers.csv")
    assert from_csv(remote, encoding=encoding) == from_csv(tmp_path / "customers.csv", encoding=encoding)
    report = validate(remote, "customers")
    assert report.valid
    assert report.rows == 40_000
    assert report.source.name == "memory:///customers.csv"


@given(st.binary(max_size=300))
def test_any_bytes_give_the_same_report(data: bytes) -> None:
    fsspec.filesystem("memory").pipe_file("/any", data)
    there, here = validate(fsspec.open("memory://any"), "customers"), validate(data, "customers") if data else None
    assert here is None or (there.findings, there.rows) == (here.findings, here.rows)


def test_packed_files_and_spreadsheets(memory: Any) -> None:
    memory.pipe_file("/a.csv.gz", gzip.compress(CSV))
    rows = [("external_id", "first_name"), ("C-1", "Ann"), ("C-2", "Bob")]
    memory.pipe_file("/a.xlsx", xlsx("".join(texts_row(number, *row) for number, row in enumerate(rows, 1))))
    for name in ("a.csv.gz", "a.xlsx"):
        assert from_csv(fsspec.open(f"memory://{name}")) == from_csv(CSV)


def test_two_readers_of_one_file_do_not_disturb_each_other(memory: Any) -> None:
    memory.pipe_file("/a.csv", LARGE)
    one, other = (iter_csv(fsspec.open("memory://a.csv")) for _ in range(2))
    assert [pair[0] == pair[1] for pair in zip(one, other, strict=True)] == [True] * 40_000


def test_a_missing_file_and_a_folder(memory: Any) -> None:
    memory.pipe_file("/folder/a.csv", CSV)
    with pytest.raises(FileNotFoundError) as missing:
        from_csv(fsspec.open("memory://no.csv"))
    assert (missing.value.filename, missing.value.strerror) == ("memory:///no.csv", "there is no such file")
    with pytest.raises(IsADirectoryError):
        from_csv(fsspec.open("memory://folder"))


def test_a_file_that_is_replaced_while_it_is_read(memory: Any) -> None:
    memory.pipe_file("/a.csv", LARGE)
    records = iter_csv(fsspec.open("memory://a.csv"), encoding="utf-8", delimiter=",")
    next(records)
    memory.pipe_file("/a.csv", LARGE.replace(b"Ann", b"Bob"))
    with pytest.raises(OSError, match="changed while it was read") as changed:
        list(records)
    assert changed.value.errno == errno.EBUSY


def test_open_files_that_cannot_be_used(memory: Any, tmp_path: Path) -> None:
    memory.pipe_file("/a.csv", CSV)
    for given_, reason in (
        (fsspec.open("memory://a.csv", "r"), "binary mode"),
        (fsspec.open("memory://a.csv.gz", compression="infer"), "without compression"),
        (fsspec.open("memory://a.csv", "wb"), "open for writing only"),
    ):
        with pytest.raises(UsageError, match=reason):
            from_csv(given_)
    with pytest.raises(UsageError, match="open for reading only"):
        convert(CSV, fsspec.open("memory://b.json"), "customers")
    assert memory.find("/") == ["/a.csv"]


def test_a_local_file_of_fsspec_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    assert from_csv(fsspec.open(f"file://{path}")) == from_csv(CSV)
    with pytest.raises(UsageError, match="the output is the input"):
        convert(path, fsspec.open(f"file://{path}", "wb"), "customers", to="json")
    convert(path, fsspec.open(f"file://{tmp_path}/b.json", "wb"), "customers")
    assert (tmp_path / "b.json").is_file()


# -- strings are content


@pytest.mark.parametrize("text", ["s3://bucket/a.csv", "https://ann:s3cr3t@example.com/feed?sig=1\n", "memory://a"])
@pytest.mark.parametrize("read", [from_csv, decode, lambda text: validate(text, "customers")])
def test_a_url_in_a_string_opens_nothing(memory: Any, text: str, read: Any) -> None:
    memory.pipe_file("/a", CSV)
    for data in (text, text.encode()):
        if read is decode and isinstance(data, str):
            continue
        with pytest.raises(UsageError, match=r"taken as the content itself; .* fsspec\.open\('[a-z0-9]+://") as refused:
            read(data)
        assert not [secret for secret in SECRETS if secret in str(refused.value)]


def test_content_that_begins_with_a_url_is_content() -> None:
    assert from_csv("https://example.com/a\n1\n") == [{"https://example": {"com/a": "1"}}]
    assert from_csv("see,https://example.com\n1,2\n")[0]["see"] == "1"


# -- writing


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.jsonl.gz", "a.csv", "a.tsv", "a.csv.zip"])
def test_an_output_is_that_of_a_file(memory: Any, tmp_path: Path, name: str) -> None:
    kind = "jsonl" if "jsonl" in name else "json" if "json" in name else "csv"
    convert(CSV, tmp_path / name, "customers", to=kind)
    convert(CSV, f"memory://{name}", "customers", to=kind)
    convert(CSV, fsspec.open(f"memory://b/{name}", "wb"), "customers", to=kind)
    assert memory.cat(f"/{name}") == memory.cat(f"/b/{name}") == (tmp_path / name).read_bytes()


def test_lines_by_the_name_of_an_open_file(memory: Any) -> None:
    write_json([{"a": 1}], fsspec.open("memory://a.jsonl", "wb"))
    assert memory.cat("/a.jsonl") == b'{"a":1}\n'


def test_an_output_is_whole_or_as_it_was(memory: Any) -> None:
    def records() -> Iterator[dict[str, Any]]:
        yield from ({"a": "x" * 100} for _ in range(5_000))
        raise RuntimeError

    memory.pipe_file("/old.jsonl", b"old")
    for name in ("old.jsonl", "new.jsonl"):
        with pytest.raises(RuntimeError):
            write_json(records(), f"memory://{name}")
        with pytest.raises(RuntimeError):
            write_csv(records(), f"memory://{name}")
        with pytest.raises(ValueError, match="error"):
            convert(BROKEN, f"memory://{name}", "customers")
    assert memory.cat("/old.jsonl") == b"old"
    assert memory.find("/") == ["/old.jsonl"]


def test_a_new_file_replaces_none_that_comes_meanwhile(memory: Any) -> None:
    def records() -> Iterator[dict[str, Any]]:
        yield {"a": 1}
        memory.pipe_file("/a.jsonl", b"other")

    with pytest.raises(FileExistsError, match="the file exists now"):
        write_json(records(), NewFile("memory://a.jsonl"))
    assert memory.cat("/a.jsonl") == b"other"


@pytest.mark.parametrize(("sent", "size"), [(0, REMOTE_PART), (20_000 << 20, 20_971_520), (10**12, MAX_REMOTE_PART)])
def test_the_parts_of_an_output_grow_with_it(memory: Any, sent: int, size: int) -> None:
    class Parts(io.BytesIO):
        blocksize = 0

    stream = _Sent(Remote(memory, "/a", "memory:///a"), Parts())
    stream._sent = sent
    assert stream.write(b"abc") == 3
    assert stream._stream.blocksize == pytest.approx(size, rel=0.001)


class Unread(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        assert size == 0
        return b""


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        ("https://example.com/a.json", UsageError, "cannot take a file whole or not at all"),
        ("ftp://ann:s3cr3t@127.0.0.1/a.json", (UsageError, OSError), "127.0.0.1"),
        ("file:///tmp/a.json", UsageError, "leave out file://"),
        ("memory://a.json::memory://b", UsageError, "a chain of URLs"),
        ("nothing://a.json", UsageError, "fsspec has no nothing://"),
        ("memory://", IsADirectoryError, "folder"),
        ("memory://a/", IsADirectoryError, "folder"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(name: str, error: Any, reason: str) -> None:
    with pytest.raises(error, match=reason) as refused:
        convert(Unread(), name, "customers", to="json")
    assert not [secret for secret in SECRETS if secret in str(refused.value)]


def test_several_files_need_a_path(memory: Any) -> None:
    for split in (
        lambda: write_csv([{"a": 1}], "memory://a.csv", missing="split"),
        lambda: convert(b'[{"a":1}]', "memory://a.csv", missing="split"),
    ):
        with pytest.raises(UsageError, match="URL"):
            split()
    assert memory.find("/") == []


@pytest.mark.parametrize("source", ["memory://a.csv", "memory:///a.csv", "MEMORY://a.csv"])
def test_an_input_is_not_overwritten(memory: Any, source: str) -> None:
    memory.pipe_file("/a.csv", CSV)
    with pytest.raises(UsageError, match="the output is the input"):
        convert(fsspec.open("memory://a.csv"), source, "customers", to="json")
    with pytest.raises(UsageError, match="the rejects file is the output"):
        convert(CSV, "memory://b.csv", "customers", to="csv", rejects="memory:///b.csv")
    assert memory.cat("/a.csv") == CSV


def test_fix_writes_to_a_store(memory: Any) -> None:
    memory.pipe_file("/a.csv", b"external_id,date_joined\nC-1,1.9.2024\n")
    fix(fsspec.open("memory://a.csv"), "customers", "memory://b.csv", changes="memory://b.changes.csv")
    assert memory.cat("/b.csv") == b"external_id,date_joined\nC-1,2024-09-01\n"
    assert b"2024-09-01" in memory.cat("/b.changes.csv")


# -- the web


@pytest.fixture
def _web() -> None:
    pytest.importorskip("aiohttp")


WEB = pytest.mark.usefixtures("_web")


@WEB
def test_a_file_of_the_web_is_read_in_one_answer() -> None:
    with web({"/a.csv": LARGE}) as site:
        assert from_csv(fsspec.open(f"{site.address}/a.csv")) == from_csv(LARGE)
        assert site.requests == ["HEAD /a.csv", "GET /a.csv", "HEAD /a.csv"]


@WEB
@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ("cut", OSError, "the connection failed"),
        ("refuse", PermissionError, "access denied"),
        ("replaced", OSError, "the file changed while it was read"),
        ("replaced without tags", OSError, "the file changed while it was read"),
        ("unavailable", OSError, "the store answered with an error"),
        ("gone", FileNotFoundError, "there is no such file"),
        ("no server", OSError, "the connection failed"),
    ],
)
def test_what_goes_wrong_with_the_web(
    fault: str, kind: type[OSError], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with web({} if fault == "gone" else {"/a.csv": LARGE}, fault.split()[0]) as site:
        site.tags = "tags" not in fault
        url = f"http://ann:s3cr3t@{site.address.removeprefix('http://')}/a.csv?sig=s3cr3t"
        shown = f"{site.address}/a.csv"
        if fault == "no server":
            url, shown = "http://ann:s3cr3t@127.0.0.1:9/a.csv?sig=s3cr3t", "http://127.0.0.1:9/a.csv"
        with pytest.raises(kind, match=reason) as failed:
            validate(fsspec.open(url), "customers")
        assert failed.value.filename == shown
        site.requests.clear()
        assert main(["convert", url, str(tmp_path / "a.json"), "--entity", "customers"]) == MISUSE
        site.requests.clear()
        assert (
            main(["validate", url, "--entity", "customers", "--report", f"json={tmp_path / 'report.json'}"]) == MISUSE
        )
    seen = str(failed.value) + capsys.readouterr().err + (tmp_path / "report.json").read_text()
    assert reason in seen
    assert not [secret for secret in SECRETS if secret in seen]
    assert not (tmp_path / "a.json").exists()


# -- the command


def test_every_command_reads_and_writes_urls(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    memory.pipe_file("/in/customers.csv", CSV)
    there = "memory://in/customers.csv"
    runs = [
        ["validate", there, "--report", "json=memory://out/report.json"],
        ["convert", there, "memory://out/a.json"],
        ["convert", there, "--valid", "memory://out/b.json", "--rejects", "memory://out/rejects.csv"],
        ["convert", there, "-o", "memory://out/c.jsonl.gz"],
        ["fix", there, "memory://out/fixed.csv"],
        ["map", there, "-o", "memory://out/map.toml"],
        ["inspect", there],
        ["upload", there, "--dry-run"],
    ]
    for arguments in runs:
        assert main(arguments) == VALID, capsys.readouterr().err
    assert "memory://out/a.json: 2 records written" in capsys.readouterr().err
    names = ["a.json", "b.json", "c.jsonl.gz", "fixed.changes.csv", "fixed.csv", "map.toml", "rejects.csv"]
    assert memory.find("/out") == [f"/out/{name}" for name in [*names, "report.json"]]
    assert memory.cat("/out/a.json") == to_json(from_csv(CSV), entity="customers").encode()


def test_only_force_replaces_a_file(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    memory.pipe_file("/customers.csv", CSV)
    memory.pipe_file("/out.json", b"old")
    run = ["convert", "memory://customers.csv", "memory://out.json"]
    assert main(run) == MISUSE
    assert "memory://out.json: the file already exists: overwrite it with --force" in capsys.readouterr().err
    assert main(["validate", run[1], "--report", "json=memory://out.json"]) == MISUSE
    assert "this is no report" in capsys.readouterr().err
    assert memory.cat("/out.json") == b"old"
    assert main([*run, "--force"]) == VALID
    assert memory.cat("/out.json") != b"old"


def test_the_command_overwrites_no_input_and_leaves_no_output(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    memory.pipe_file("/customers.csv", BROKEN)
    for more in ([], ["--force"]):
        assert main(["convert", "memory://customers.csv", "memory://customers.csv", "--to", "csv", *more]) == MISUSE
        assert "the output is the input" in capsys.readouterr().err
    assert main(["validate", "memory://customers.csv", "--report", "json=memory://customers.csv", "-f"]) == MISUSE
    assert main(["convert", "memory://customers.csv", "memory://out.json"]) == INVALID
    assert "memory://out.json: not written" in capsys.readouterr().err
    assert main(["convert", "memory://customers.csv", "memory://out.csv", "--missing", "split"]) == MISUSE
    assert "--missing split writes several files" in capsys.readouterr().err
    assert memory.find("/") == ["/customers.csv"]


@pytest.mark.parametrize("option", ["--schema", "--fields", "--settings", "--schema-resource", "--map"])
def test_urls_are_for_data_alone(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "customers.csv").write_bytes(CSV)
    url = "https://ann:s3cr3t@127.0.0.1:9/x.json?sig=s3cr3t"
    assert main(["validate", str(tmp_path / "customers.csv"), option, url]) == MISUSE
    error = capsys.readouterr().err
    assert "https://127.0.0.1:9/x.json: no URL can be given here" in error
    assert not [secret for secret in SECRETS if secret in error]


def test_an_upload_from_a_url_needs_a_name_for_its_journal(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    memory.pipe_file("/customers.csv", CSV)
    given_ = ["upload", "memory://customers.csv", "--company", "acme"]
    assert main(given_) == MISUSE
    assert "a URL has no place for a journal: name one with --journal" in capsys.readouterr().err
    assert main([*given_, "--journal", "memory://journal"]) == MISUSE
    assert "no URL can be given here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("s3://bucket/a.csv", "pip install 'custobar_formats[remote]' s3fs"),
        ("gs://bucket/a.csv", "pip install 'custobar_formats[remote]' gcsfs"),
        ("az://container/a.csv", "pip install 'custobar_formats[remote]' adlfs"),
        ("https://example.com/a.csv", "pip install 'custobar_formats[remote]' aiohttp"),
        ("memory://a.csv", "pip install 'custobar_formats[remote]'"),
        ("sftp://host/a.csv", "and the package that fsspec needs for sftp://"),
    ],
)
def test_a_missing_package_is_named(
    url: str, wanted: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert main(["validate", url]) == MISUSE
    assert wanted in capsys.readouterr().err


def test_a_missing_package_of_one_store_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.setitem(sys.modules["fsspec.registry"].__dict__, "registry", {})
    assert main(["validate", "s3://bucket/a.csv"]) == MISUSE
    assert "s3:// needs more packages: pip install 'custobar_formats[remote]' s3fs" in capsys.readouterr().err


def test_a_url_is_shown_without_secrets() -> None:
    assert str(Url("https://ann:s3cr3t@example.com/a.csv?sig=1#x")) == "https://example.com/a.csv"
    assert str(Url("s3://bucket/a@b.csv")) == "s3://bucket/a@b.csv"
    assert Url("https://ann:s3cr3t@example.com/a.csv?sig=1").whole == "https://ann:s3cr3t@example.com/a.csv?sig=1"
    assert len(LARGE) > HEAD_BYTES  # what is replaced or cut is beyond the first look
