"""Kills, signals and parallel runs: an output is the complete old or new one, or missing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import write_csv, write_json
from custobar_formats.cli.terminal import VALID
from custobar_formats.pipeline.convert import convert_file
from tests.parameters import slow_if
from tests.processes import PATIENCE, Ended, environment, files_in, run, start

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.slow
def test_an_end_at_any_moment_leaves_whole_files() -> None:
    """A small share of what `python -m tests.tools.kills --kills 100` does."""
    command = [sys.executable, "-m", "tests.tools.kills", "--kills", "1", "--records", "500", "--share", "50"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 2 + 8 + 3 * 5


def begin(folder: Path, **options: Any) -> subprocess.Popen[bytes]:
    """A run that has begun to write and waits for more input."""
    process = start(
        "convert", "--entity", "none", "-", "out.json", "--from", "csv", "-e", "utf-8",
        cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(b"a\n" + b"1\n" * 200_000)
    process.stdin.flush()  # returns when nearly all of it has been read
    return process


@pytest.mark.parametrize(("number", "code"), ENDS.items())
def test_a_signal_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = begin(tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".tmp"]
    process.send_signal(number)
    ended = Ended(process)
    assert (ended.code, ended.err) == (code, "interrupted: nothing was written to out.json\n")
    assert files_in(tmp_path) == {}


WAITING = {
    "validate": ([], "interrupted: <stdin> was not checked to its end"),
    "validate to a report": (
        ["--report", "json=r.json"],
        "interrupted: <stdin> was not checked to its end, and no report was written",
    ),
    "convert": (["--to", "json"], "interrupted: what was written to stdout is not whole"),
    "convert to files": (["out.json", "--rejects", "r.csv"], "interrupted: nothing was written to out.json or r.csv"),
    "map": ([], "interrupted: nothing was written"),
    "map to a file": (["-o", "m.toml"], "interrupted: nothing was written to m.toml"),
    "fix": (["out.csv"], "interrupted: nothing was written to out.csv or out.changes.csv"),
    "fix --dry-run": (["--dry-run"], "interrupted: nothing was written"),
    "inspect": ([], "interrupted: <stdin> was not inspected"),
}


@pytest.mark.parametrize("what", slow_if(["validate", "convert to files", "map to a file", "fix"], WAITING))
def test_a_signal_is_answered_with_a_line(tmp_path: Path, what: str) -> None:
    words, line = WAITING[what]
    given = [what.split()[0], "-", "--entity", "products", "-d", ",", "-e", "utf-8", *words]
    process = start(*given, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(b"external_id,price\n")
    process.stdin.write(b"P-1,1\n" * (1000 if what.startswith(("map", "inspect")) else 100_000))
    process.stdin.flush()
    while process.poll() is None and not is_waiting(process.pid):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    ended = Ended(process)
    assert (ended.code, ended.err) == (130, f"{line}\n")
    assert files_in(tmp_path) == {}


def is_waiting(pid: int) -> bool:
    """Whether a process sleeps, as in a read from a pipe that is empty."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "S"


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_that_is_to_be_ignored_is(tmp_path: Path, number: signal.Signals) -> None:
    """As nohup and shells do it for background processes."""
    process = begin(tmp_path, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    process.send_signal(number)
    assert (Ended(process).code, list(files_in(tmp_path))) == (VALID, ["out.json"])


def end_in_python(folder: Path, lines: str, number: signal.Signals) -> tuple[int, str]:
    """Run the command in a process after these lines; its exit code and its stderr."""
    script = f"""
import os, sys
from custobar_formats.cli import main as cli
def end():
    os.kill(os.getpid(), {int(number)})
{lines}
sys.argv[1:] = ["convert", "--entity", "none", "in.csv", "out.json"]
sys.exit(cli.run())
"""
    (folder / "in.csv").write_text("a\n1\n", "utf-8")
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert files_in(folder).keys() == {"in.csv"}
    return done.returncode, done.stderr


@pytest.mark.parametrize(("number", "code"), ENDS.items())
def test_a_second_signal_does_not_disturb_the_cleaning_up(tmp_path: Path, number: signal.Signals, code: int) -> None:
    lines = """
unlink = os.unlink
os.fsync = lambda _: end()
os.unlink = lambda path: (end(), unlink(path))
"""
    assert end_in_python(tmp_path, lines, number) == (code, "interrupted: nothing was written to out.json\n")


@pytest.mark.parametrize(("number", "code"), ENDS.items())
def test_a_signal_while_the_command_is_imported(tmp_path: Path, number: signal.Signals, code: int) -> None:
    lines = """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "custobar_formats.pipeline.convert":
            end()
sys.meta_path.insert(0, Finder())
"""
    assert end_in_python(tmp_path, lines, number) == (code, "")


LOSING = {
    "a finalizer": """
class Lost:
    def __del__(self):
        end()
def lose():
    Lost()
""",
    "a callback of a weak reference": """
import weakref
class Lost: pass
def lose():
    lost = Lost()
    weakref.finalize(lost, end)
""",
    "a class that is made": """
class Lost:
    def __set_name__(self, owner, name):
        end()
def lose():
    type("Owner", (), {"lost": Lost()})
""",
}


@pytest.mark.parametrize("where", LOSING)
@pytest.mark.parametrize("when", ["os.fsync", "os.link"])
def test_a_signal_where_an_exception_would_be_lost(tmp_path: Path, where: str, when: str) -> None:
    """At os.link, the output has been written; it is complete if it has been renamed."""
    lines = (
        LOSING[where]
        + f"""
before = {when}
def instead(*arguments):
    lose()
    return before(*arguments)
{when} = instead
"""
    )
    line = "nothing was written to out.json" if when == "os.fsync" else "out.json: written whole, or not at all"
    assert end_in_python(tmp_path, lines, signal.SIGTERM) == (143, f"interrupted: {line}\n")


def test_a_signal_ends_a_run_whose_output_nobody_reads(tmp_path: Path) -> None:
    """Output that is still waiting to be written must not keep it from ending."""
    (tmp_path / "in.csv").write_text("a\n" + "1\n" * 200_000, "utf-8")
    process = start(
        "convert", "--entity", "none", "in.csv", cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert os.read(process.stdout.fileno(), 1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE) == 130
    ended = Ended(process)
    assert ended.err == "interrupted: what was written to stdout is not whole\n"


# -- parallel runs


@pytest.mark.slow
def test_runs_that_write_the_same_output(tmp_path: Path) -> None:
    """The output is that of the run that ends last, complete."""
    wholes = set()
    for number in range(4):
        (tmp_path / f"{number}.csv").write_text("a\n" + f"{number}\n" * (20_000 + number), "utf-8")
        ran = run("convert", "--entity", "none", f"{number}.csv", "--to", "jsonl", cwd=tmp_path)
        wholes.add(ran.out)
    source_module = files_in(tmp_path)
    for _ in range(2):
        runs = [
            start(
                "convert",
                "--entity",
                "none",
                f"{number}.csv",
                "out.jsonl",
                "--force",
                cwd=tmp_path,
                stderr=subprocess.PIPE,
            )
            for number in range(4)
        ]
        for number, process in enumerate(runs):
            ended = Ended(process)
            assert (ended.code, ended.err) == (VALID, f"out.jsonl: {20_000 + number:,} records written (JSON Lines)\n")
        found = files_in(tmp_path)
        assert found.pop("out.jsonl") in wholes
        assert found == source_module


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_threads_that_write_the_same_output(tmp_path: Path, write: Any) -> None:
    def wanted(letter: str) -> bytes:
        write([{"a": letter}] * 3_000, tmp_path / letter)
        return (tmp_path / letter).read_bytes()

    wholes, target = {wanted(letter) for letter in "abcd"}, tmp_path / "out"
    threads = [threading.Thread(target=write, args=([{"a": letter}] * 3_000, target)) for letter in "abcd" * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert target.read_bytes() in wholes
    assert files_in(tmp_path).keys() == {*"abcd", "out"}


def test_what_a_kill_left_disturbs_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a run with the same process id: the names of temporary files are random."""
    source, out = tmp_path / "in.csv", tmp_path / "out.json"
    source.write_text("a\n1\n", "utf-8")
    for number in range(100):
        (tmp_path / f".custobar-formats.{os.getpid()}-{random.randbytes(8).hex()}.tmp").write_text(str(number))
    before = files_in(tmp_path)
    convert_file(source, out)
    assert files_in(tmp_path) == before | {"out.json": b'[\n{"a":"1"}\n]\n'}
