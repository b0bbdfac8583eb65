"""Faults of disks and files: one line that names the fault, the exit code, nothing lost, nothing left behind."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import Finding, iter_csv, validate, write_csv, write_json
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import MISUSE, VALID
from custobar_formats.files import source as source_module
from custobar_formats.pipeline.convert import convert_file
from tests.processes import files_in, make_device, obey_modes, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="faults as Linux has them")

ROWS = 3_000
CSV = b"external_id,name\n" + b"".join(b"%d,%s\n" % (number, b"x" * 20) for number in range(ROWS))
JSON = b'[{"a":"1"},{"b":"%s"},{"c":"1"}]' % (b"x" * 20_000)
"""Both are larger than every limit here; of the JSON's three files with --missing split, only the second is."""

BAD = b"external_id,price\nP1,24.90\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A separate folder for the outputs, beside the inputs."""
    for name, data in {"in.csv": CSV, "in.json": JSON, "bad.csv": BAD}.items():
        (tmp_path / name).write_bytes(data)
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


# -- a full disk

WRITING: dict[str, tuple[tuple[str, ...], str]] = {
    "to JSON lines": (("../in.csv", "o.jsonl"), "o.jsonl"),
    "to JSON, checked": (("../in.csv", "o.json", "--entity", "shops"), "o.json"),
    "to CSV": (("../in.json", "o.csv"), "o.csv"),
    "CSV to CSV": (("../in.csv", "o.csv", "--to", "csv"), "o.csv"),
    "split": (("../in.json", "o.csv", "--missing", "split"), "o.2.csv"),
}


@contextmanager
def small_files(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # or half of a compiled module would stay
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("before", [{}, {"o.jsonl": b"old", "o.json": b"old", "o.1.csv": b"1", "o.3.csv": b"3"}])
def test_a_full_disk_leaves_all_as_it_was(
    folder: Path,
    name: str,
    before: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    arguments, reported = WRITING[name]
    for path, data in before.items():
        (folder / path).write_bytes(data)
    with small_files(10_000):
        assert main(["convert", "--entity", "none", *arguments, "--force"]) == MISUSE
        assert capsys.readouterr().err == f"error: {reported}: File too large\n"
    assert files_in(folder) == before


@pytest.mark.parametrize("write", [write_csv, write_json])
@pytest.mark.parametrize("size", [0, 1, 4_095, 100_000])
def test_a_full_disk_is_an_os_error_that_names_the_file(tmp_path: Path, write: Any, size: int) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    with small_files(size), pytest.raises(OSError, match="File too large") as caught:
        write([{"a": "x" * 100}] * 2_000, target)
    assert caught.value.filename == str(target)
    assert files_in(tmp_path) == {"out": b"old"}


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        (("convert", "--entity", "none", "in.csv"), 10_000),
        (("convert", "--entity", "none", "in.json", "--to", "jsonl"), 20_000),
        (("validate", "--entity", "none", "bad.csv"), 60),
        *(
            pytest.param(arguments, size, marks=pytest.mark.slow)
            for arguments, sizes in (
                (("convert", "--entity", "none", "in.csv"), (0, 1)),
                (("convert", "--entity", "none", "in.json", "--to", "jsonl"), (0,)),
                (("validate", "--entity", "none", "bad.csv"), (0, 1)),
            )
            for size in sizes
        ),
    ],
)
def test_a_full_disk_behind_stdout_is_reported(
    folder: Path, arguments: tuple[str, ...], size: int, unbuffered: str
) -> None:
    """Also if the system takes some of the bytes before it refuses the rest, and python -u does not try again."""
    output = folder / "output"
    with output.open("wb") as stream:
        ran = run(
            *arguments,
            cwd=folder.parent,
            stdout=stream,
            limit=size,
            env={"PYTHONUNBUFFERED": unbuffered},
        )
    assert (ran.code, ran.err) == (MISUSE, "error: <stdout>: File too large\n")
    assert output.stat().st_size <= size


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "--entity", "none", "in.csv"),
        ("validate", "--entity", "none", "bad.csv"),
        ("--help",),
        ("--version",),
    ],
)
def test_a_device_that_is_full(folder: Path, arguments: tuple[str, ...], unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        ran = run(*arguments, cwd=folder.parent, stdout=full, env={"PYTHONUNBUFFERED": unbuffered})
    assert ran.code == MISUSE
    assert ran.err.removeprefix("error: ").removeprefix("<stdout>: ") == "No space left on device\n"


def test_a_full_device_in_place_of_the_output(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    device = make_device(folder, "/dev/full")
    monkeypatch.chdir(folder.parent)
    for source in ("in.csv", "in.json"):
        assert main(["convert", "--entity", "none", source, device]) == MISUSE
        assert capsys.readouterr().err == f"error: {device}: No space left on device\n"
    assert stat.S_ISCHR(os.stat(device).st_mode)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_full(
    small_disk: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for arguments, reported in WRITING.values():
        paths = [str(small_disk / word) if word.startswith("o.") else word for word in arguments]
        assert main(["convert", "--entity", "none", *paths]) == MISUSE
        assert capsys.readouterr().err == f"error: {small_disk / reported}: No space left on device\n"
        assert files_in(small_disk) == {}


@pytest.mark.parametrize(
    ("arguments", "size"),
    [(("-", "o.csv"), 400_000), (("-", "o.jsonl", "--from", "csv"), 30_000), (("-",), 30_000)],
    ids=["rows", "an input that cannot be read twice", "CSV that waits for its end"],
)
def test_a_disk_for_temporary_files_that_is_full(
    small_disk: Path, folder: Path, arguments: tuple[str, ...], size: int
) -> None:
    """The message names it, because it is not the output's disk."""
    text = b"a\n" + b"1\n" * size if "csv" in arguments else b'{"a":"1"}\n' * size
    ran = run("convert", "--entity", "none", *arguments, data=text, cwd=folder, env={"TMPDIR": str(small_disk)})
    assert (ran.code, ran.out, ran.err) == (MISUSE, b"", f"error: {small_disk}: No space left on device\n")
    assert files_in(folder) == files_in(small_disk) == {}


def test_what_is_kept_in_memory_of_a_temporary_file_may_be_refused_at_its_end(folder: Path) -> None:
    """So little data that Python passes it to the system only when it is read again."""
    env = {"TMPDIR": str(folder)}
    ran = run(
        "convert",
        "--entity",
        "none",
        "-",
        "o.json",
        "--from",
        "csv",
        data=b"a\n" + b"1\n" * 50,
        cwd=folder,
        limit=50,
        env=env,
    )
    assert (ran.code, ran.out, ran.err) == (MISUSE, b"", f"error: {folder}: File too large\n")
    assert files_in(folder) == {}


# -- permissions


def test_modes_are_obeyed(folder: Path) -> None:
    outer = folder.parent
    (outer / "secret.csv").write_bytes(CSV)
    (outer / "secret.csv").chmod(0)
    (outer / "kept.json").write_bytes(b"old")
    (outer / "kept.json").chmod(0o444)
    folder.chmod(0o555)
    for arguments, reported in {
        ("convert", "--entity", "none", "secret.csv", "o.json"): "secret.csv",
        ("validate", "--entity", "none", "secret.csv"): "secret.csv",
        ("validate", "--entity", "none", "in.csv", "--schema", "secret.csv"): "secret.csv",
        ("convert", "--entity", "none", "in.csv", "out/o.json"): "out/o.json",
        ("convert", "--entity", "none", "in.json", "out/o.csv", "--missing", "split"): "out/o.1.csv",
        ("convert", "--entity", "none", "in.csv", "kept.json", "--force"): "kept.json",
    }.items():
        try:
            ran = run(*arguments, cwd=outer, preexec_fn=obey_modes)
        except subprocess.SubprocessError:
            pytest.skip("root cannot be kept from reading everything here")
        assert (ran.code, ran.err.splitlines()[-1]) == (MISUSE, f"error: {reported}: Permission denied"), arguments
    (outer / "secret.csv").chmod(0o600)
    assert (outer / "kept.json").read_bytes() == b"old"
    assert files_in(folder) == {}
    assert files_in(outer).keys() == {"in.csv", "in.json", "bad.csv", "secret.csv", "kept.json"}


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        (("convert", "--entity", "none", "out", "o.json"), "out: Is a directory"),
        (("validate", "--entity", "none", "out"), "out: Is a directory"),
        (("validate", "--entity", "none", "in.csv", "--schema", "out"), "out: Is a directory"),
        (("convert", "--entity", "none", "in.csv", "out"), "out: Is a directory"),
        (("convert", "--entity", "none", "in.csv", "out/"), "out/: Is a directory"),
        (("convert", "--entity", "none", "in.csv", "new/"), "new/: Is a directory"),
        (("convert", "--entity", "none", "in.csv", "new/."), "new/.: Is a directory"),
        (("convert", "--entity", "none", "in.csv", "."), ".: Is a directory"),
        (("convert", "--entity", "none", "in.csv", "-o", "out/.."), "out/..: Is a directory"),
        (
            ("convert", "--entity", "none", "in.json", "new/", "--to", "csv", "--missing", "split"),
            "new/: Is a directory",
        ),
        (("convert", "--entity", "none", "in.csv/", "o.json"), "in.csv/: Not a directory"),
        (("convert", "--entity", "none", "in.csv/.", "o.json"), "in.csv/.: Not a directory"),
        (("validate", "--entity", "none", "in.csv/"), "in.csv/: Not a directory"),
        (("inspect", "in.csv//"), "in.csv//: Not a directory"),
        (("convert", "--entity", "none", "in.csv", "o.json", "--schema", "in.json/"), "in.json/: Not a directory"),
        (("validate", "--entity", "none", "in.csv", "--schema", ""), "the file name is empty"),
        (("validate", "in.csv", "--entity", "shops", "--fields", "in.json/."), "in.json/.: Not a directory"),
        (("convert", "--entity", "none", "in.json", "out", "--to", "csv"), "out: Is a directory"),
        (("convert", "--entity", "none", "in.json", "o.csv", "--missing", "split"), "o.3.csv: Is a directory"),
        (("convert", "--entity", "none", "in.csv", "bad.csv/o.json"), "bad.csv/o.json: Not a directory"),
        (("convert", "--entity", "none", "bad.csv/in.csv"), "bad.csv/in.csv: Not a directory"),
        (("convert", "--entity", "none", "in.csv", "loop"), "loop: Too many levels of symbolic links"),
        (("convert", "--entity", "none", "loop"), "loop: Too many levels of symbolic links"),
        (("convert", "--entity", "none", "in.csv", "x" * 300), f"{'x' * 300}: File name too long"),
        (("validate", "--entity", "none", "/proc/self/mem"), "/proc/self/mem: Input/output error"),
        (("convert", "--entity", "none", "/proc/self/mem", "o.json"), "/proc/self/mem: Input/output error"),
    ],
)
def test_what_is_no_file_is_reported(
    folder: Path,
    arguments: tuple[str, ...],
    reported: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder.parent)
    (folder.parent / "o.3.csv").mkdir()
    (folder.parent / "loop").symlink_to("loop")
    before = files_in(folder.parent)
    assert main([*arguments]) == MISUSE
    assert capsys.readouterr().err.removeprefix(f"{arguments[-1]}: not checked\n") == f"error: {reported}\n"
    assert files_in(folder.parent) == before


def test_a_folder_that_is_gone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    folder.rmdir()
    source, target = str(folder.parent / "in.csv"), str(folder.parent / "o.jsonl")
    assert (
        main(["convert", "--entity", "none", source, target]) == main(["validate", "--entity", "none", source]) == VALID
    )
    capsys.readouterr()
    for arguments, reported in {
        ("validate", "--entity", "none", "in.csv"): "in.csv",
        ("convert", "--entity", "none", source, "o.json"): "o.json",
        ("convert", "--entity", "none", source, "o.csv"): "o.csv",
        ("convert", "--entity", "none", source, "o.csv", "--missing", "split"): "o.1.csv",
    }.items():
        assert main([*arguments]) == MISUSE
        expected = capsys.readouterr().err.removeprefix("in.csv: not checked\n")
        assert expected == f"error: {reported}: No such file or directory\n"


# -- an input that vanishes or changes


def test_an_input_that_is_deleted_while_it_is_read_is_still_there(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(CSV)
    reading = iter_csv(path)
    next(reading)
    path.unlink()
    assert sum(1 for _ in reading) == ROWS - 1


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def append(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"9,y\n")


def overwrite(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b"x", b"y"))
    os.utime(path, (1, 1))  # the clock of a file system may be too coarse


def append_unseen(path: Path) -> None:
    """Append and keep the times, as on a file system with a coarse clock."""
    before = path.stat()
    append(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [cut, append, overwrite, append_unseen])
@pytest.mark.parametrize("encoding", [None, "utf-8"])
def test_an_input_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, change: Callable[[Path], None], encoding: Any
) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.json"
    path.write_bytes(b"external_id,emial\n" + CSV.partition(b"\n")[2].replace(b",", b"," + b"x" * 100))
    original = path.read_bytes()

    def tell(_: Finding) -> None:
        if path.read_bytes() == original:
            change(path)

    with pytest.raises(OSError, match="the file changed while it was read"):
        validate(path, "customers", encoding=encoding, on_finding=tell)
    path.write_bytes(original)
    with pytest.raises(OSError, match="the file changed while it was read"):
        convert_file(path, out, "customers", on_finding=tell)
    assert files_in(tmp_path).keys() == {"in.csv"}


def test_an_open_file_of_a_program_may_grow_while_it_is_read(tmp_path: Path) -> None:
    """The program opened it, and knows what it does."""
    path = tmp_path / "in.csv"
    path.write_bytes(CSV)
    with path.open("rb") as stream:
        reading = iter_csv(stream)
        next(reading)
        append(path)
        assert sum(1 for _ in reading) == ROWS


def test_the_command_shows_that_the_input_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.json"
    path.write_bytes(CSV)
    read = source_module._read

    def cutting(stream: Any, size: int, name: str | None) -> Any:
        cut(path)
        return read(stream, size, name)

    monkeypatch.setattr(source_module, "_read", cutting)
    for command, *output in (["convert", "--entity", "none", str(out)], ["validate", "--entity", "none"]):
        assert main([command, str(path), *output]) == MISUSE
        assert capsys.readouterr().err.endswith(f"error: {path}: the file changed while it was read\n")
        with path.open(encoding="utf-8") as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            assert main([command, "-", "--from", "csv", *output]) == MISUSE
        assert capsys.readouterr().err.endswith(f"error: {path}: the file changed while it was read\n")
    assert files_in(tmp_path).keys() == {"in.csv"}
