"""Streams that break, end early, do not block, are closed or have no reader: nothing is lost silently."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import from_csv, validate, write_csv, write_json
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INTERRUPTED, INVALID, MISUSE, VALID
from custobar_formats.pipeline.convert import convert_file
from tests.processes import environment, files_in, run, start
from tests.streams import ReadOnce

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="faults as Linux has them")

ROWS = 3_000
CSV = b"external_id,name\n" + b"".join(b"%d,%s\n" % (number, b"x" * 20) for number in range(ROWS))
BAD = b"external_id,price\nP1,24.90\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A separate folder for the outputs, beside the inputs."""
    (tmp_path / "in.csv").write_bytes(CSV)
    (tmp_path / "bad.csv").write_bytes(BAD)
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


class Breaking(io.BytesIO):
    """A stream that raises an error when its data ends."""

    def __init__(self, error: BaseException, data: bytes) -> None:
        super().__init__(data)
        self._error = error

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if size and not data:
            raise self._error
        return data


@pytest.mark.parametrize(
    "error", [OSError(5, "it broke"), OSError(5, "it broke", "its own"), RuntimeError("it broke"), MemoryError()]
)
@pytest.mark.parametrize("data", [b"", CSV * 10])
def test_a_stream_that_raises_ends_it_with_that(tmp_path: Path, error: Exception, data: bytes) -> None:
    own = getattr(error, "filename", None)
    for read in (from_csv, validate, lambda source: convert_file(source, tmp_path / "out.json")):
        with pytest.raises(type(error)) as caught:
            read(Breaking(error, data))
        assert caught.value is error
        assert getattr(error, "filename", None) == own
    assert files_in(tmp_path) == {}


def test_what_is_kept_of_a_stream_is_removed() -> None:
    before = os.listdir("/proc/self/fd")
    assert validate(ReadOnce(CSV)).rows == ROWS
    assert os.listdir("/proc/self/fd") == before


def test_a_program_may_give_stdin_in_memory_and_be_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV)))
    assert main(["validate", "--entity", "none", "-"]) == VALID
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Breaking(KeyboardInterrupt(), CSV)))
    capsys.readouterr()
    assert main(["validate", "--entity", "none", "-"]) == INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_an_input_that_does_not_wait_is_not_taken_for_its_end() -> None:
    end, other = os.pipe()
    os.set_blocking(end, False)
    os.write(other, b"a\n1\n")
    with os.fdopen(end, "rb") as stream:
        ran = run("convert", "--entity", "none", "-", "--to", "jsonl", stdin=stream)
    os.close(other)
    assert (ran.code, ran.out) == (MISUSE, b"")
    assert ran.err == "error: <stdin>: the input has no data yet, and it is non-blocking\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_does_not_wait_is_reported(folder: Path, unbuffered: str) -> None:
    end, other = os.pipe()
    os.set_blocking(other, False)
    ran = run(
        "convert", "--entity", "none", "in.csv", cwd=folder.parent, stdout=other, env={"PYTHONUNBUFFERED": unbuffered}
    )
    os.close(end)
    os.close(other)
    assert ran.code == MISUSE
    assert ran.err.startswith("error: <stdout>: ")


class Sipping(io.RawIOBase):
    """A raw stream that takes a few bytes at a time."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.taken += bytes(data[:7])
        return min(len(data), 7)


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_raw_stream_gets_all(write: Any) -> None:
    sipping, whole = Sipping(), io.BytesIO()
    for stream in (sipping, whole):
        write([{"a": "x" * 100}] * 500, stream)
    assert sipping.taken == whole.getvalue()


# -- pipes


def test_a_reader_that_goes_changes_no_verdict(folder: Path) -> None:
    """All files are checked, also those after the reader has gone."""
    for unbuffered in ("", "1"):
        end, other = os.pipe()
        os.close(end)
        arguments = ("validate", "--entity", "none", "in.csv", "bad.csv", "in.csv", "--entity", "products")
        ran = run(*arguments, cwd=folder.parent, stdout=other, env={"PYTHONUNBUFFERED": unbuffered})
        os.close(other)
        assert (ran.code, ran.err) == (INVALID, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_quiet(folder: Path, unbuffered: str) -> None:
    source = folder / "in.csv"
    source.write_bytes(CSV * 10)
    process = start(
        "convert", "--entity", "none", source, "--to", "jsonl", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PYTHONUNBUFFERED": unbuffered},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b'{"external_id":"0"')
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == VALID


def test_pipes_in_place_of_files(folder: Path) -> None:
    """FIFOs, and the files of a shell's <(...) and >(...), whose only path is /dev/fd/N."""
    plain = run("convert", "in.csv", "--entity", "shops", "--to", "jsonl", cwd=folder.parent).out
    assert plain.count(b"\n") == ROWS
    shell = f"{sys.executable} -m custobar_formats convert --entity shops"
    for line in ("cat in.csv | {} /dev/stdin --to jsonl", "cat in.csv | {} /dev/stdin /dev/stdout --to jsonl | cat"):
        done = subprocess.run(line.format(shell), shell=True, cwd=folder.parent, env=environment(), capture_output=True)
        assert (done.stdout, done.stderr) == (plain, b"")
    for fifo in (folder / "a.csv", folder / "b.jsonl"):
        os.mkfifo(fifo)
    read: list[bytes] = []
    threads = [threading.Thread(target=lambda: (folder / "a.csv").write_bytes(CSV), daemon=True)]
    threads += [threading.Thread(target=lambda: read.append((folder / "b.jsonl").read_bytes()), daemon=True)]
    for thread in threads:
        thread.start()
    ran = run("convert", "--entity", "none", "a.csv", "b.jsonl", cwd=folder)
    for thread in threads:
        thread.join()
    assert (ran.code, read) == (VALID, [plain])
    assert ran.err.startswith(f"b.jsonl: {ROWS:,} records written (JSON Lines")
    assert (folder / "b.jsonl").is_fifo()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/3", "/proc/self/fd/1", "link", "//dev/../dev/stdout"])
@pytest.mark.parametrize("to", ["csv", pytest.param("jsonl", marks=pytest.mark.slow)])
def test_an_open_file_in_place_of_the_output_is_added_to(folder: Path, name: str, to: str) -> None:
    """It is not replaced, and its content is not truncated, as opening it again would do."""
    plain = run("convert", "in.csv", "--entity", "shops", "--to", to, cwd=folder.parent).out
    (folder / "link").symlink_to("further")
    (folder / "further").symlink_to("/dev/stdout")
    convert = f"{sys.executable} -m custobar_formats convert --entity shops ../in.csv {name} --to {to}"
    command = f"(echo before; {convert} 3>&1; echo after) >log"
    done = subprocess.run(command, shell=True, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.stderr == ""
    assert files_in(folder)["log"] == b"before\n" + plain + b"after\n"
    assert [path.name for path in folder.iterdir() if not path.is_symlink()] == ["log"]


def test_a_file_that_is_not_open_in_place_of_the_output(folder: Path) -> None:
    for name, why in {"/dev/fd/99": "Bad file descriptor", "/dev/fd/x": "No such file or directory"}.items():
        ran = run("convert", "--entity", "none", "in.csv", name, cwd=folder.parent)
        assert (ran.code, ran.err) == (MISUSE, f"error: {name}: {why}\n")


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ("validate --entity none in.csv >&-", VALID, ""),
        ("validate --entity none bad.csv --entity products >&-", INVALID, ""),
        ("convert --entity none in.csv >&-", MISUSE, "error: the standard output is closed\n"),
        ("validate --entity none - <&-", MISUSE, "-: not checked\nerror: the standard input is closed\n"),
        (
            "convert --entity shops in.csv out/o.json >&- <&-",
            VALID,
            f"out/o.json: {ROWS:,} records written (JSON, shops)\n",
        ),
    ],
)
def test_a_standard_stream_may_be_closed(folder: Path, arguments: str, code: int, expected: str) -> None:
    command = f"{sys.executable} -m custobar_formats {arguments}"
    done = subprocess.run(command, shell=True, cwd=folder.parent, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, expected)


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full", "2>&1 >/dev/null | true"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("convert --entity none bad.csv --entity customers --to jsonl", VALID),
        ("convert --entity none bad.csv --entity products --to jsonl", INVALID),
        ("validate --entity none nowhere.csv", MISUSE),
        ("frobnicate", MISUSE),
    ],
)
def test_where_nobody_is_reported_the_code_shows_it(folder: Path, arguments: str, code: int, stderr: str) -> None:
    """And messages for stderr do not get into the output."""
    command = f"{sys.executable} -m custobar_formats {arguments}"
    command = f"({command}; echo $? >code) {stderr}" if "|" in stderr else f"{command} {stderr}; echo $? >code"
    done = subprocess.run(command, shell=True, cwd=folder.parent, env=environment(), capture_output=True, text=True)
    assert (folder.parent / "code").read_text("utf-8") == f"{code}\n"
    assert done.stdout in ("", '{"external_id":"P1","price":"24.90"}\n')
