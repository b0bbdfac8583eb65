"""A file that several processes fix: what the command writes, processes that die, and their memory."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from unittest import mock

import pytest

from custobar_formats import UsageError, fix
from custobar_formats.cli.main import main
from custobar_formats.files import workers
from tests.ranges import small_ranges
from tests.robustness.test_jobs import is_running, started

__all__ = ["started"]

ROWS = 600
MAPPING = """
entity = "products"
unmapped = "drop"
[columns]
external_id = "external_id"
title = "title"
visible = "visible"
date = { from = "date", dates = "d/m/y" }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a change in every row, an unknown column, a blank row, and days whose order only the end shows."""
    lines = ["external_id,title,visible,date,EAN"]
    for row in range(ROWS):
        title = '"one\ntwo, ""so"" "' if row % 7 == 0 else f"tea {row} "
        day = "31/12/2024" if row == ROWS - 3 else f"0{row % 9 + 1}/02/2024"
        visible = "TRUE" if row % 3 else "?" if row % 100 == 0 else "no"
        lines.append(f"P{row},{title},{visible},{day},{'x' * (row == 500)}")
    path = tmp_path / "products.csv"
    path.write_text("\n".join(lines) + "\n,,,,\n", "utf-8")
    return path


@pytest.mark.parametrize("out", ["out.csv", "out.csv.gz", "out.json", "out.jsonl", "--dry-run"])
@pytest.mark.parametrize("is_mapped", [False, True])
def test_what_is_written_is_the_same(
    path: Path,
    started: list[workers.Worker],
    capfdbinary: pytest.CaptureFixture[bytes],
    out: str,
    *,
    is_mapped: bool,
) -> None:
    """In two attempts, because the order of the days shows at the end."""
    mapping, folder = path.with_name("mine.toml"), path.parent / "found"
    mapping.write_text(MAPPING, "utf-8")
    command = ["fix", str(path), *(["--map", str(mapping)] if is_mapped else ["--entity", "products"])]
    command += [out] if out == "--dry-run" else [str(folder / out)]
    command += ["--rejects", str(folder / "bad.csv")] if ".json" in out or (is_mapped and out != "--dry-run") else []
    found = []
    for number in ("1", "3"):
        folder.mkdir()
        with small_ranges():
            code = main([*command, "-j", number])
        files = sorted(folder.iterdir())
        found.append((code, capfdbinary.readouterr(), [(file.name, file.read_bytes()) for file in files]))
        for file in files:
            file.unlink()
        folder.rmdir()
        assert bool(started) is (number == "3")
    assert found[0] == found[1]
    assert b"outer-space" in b"".join(data for _, data in found[0][2]) or out in ("--dry-run", "out.csv.gz")
    assert not any(is_running(worker.pid) for worker in started)


def test_a_process_that_dies_is_replaced(
    path: Path, started: list[workers.Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    left, read = [2], workers.Worker._read

    def die(self: workers.Worker) -> bytes:
        if left[0]:
            left[0] -= 1
            os.kill(self.pid, signal.SIGKILL)
        return read(self)

    monkeypatch.setattr(workers.Worker, "_read", die)
    with small_ranges():
        found = fix(path, "products", jobs=3)
    assert not left[0]
    assert found == fix(path, "products")
    assert not any(is_running(worker.pid) for worker in started)


def test_nothing_is_written_if_processes_die_again_and_again(
    path: Path, started: list[workers.Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers.Worker, "_read", mock.Mock(side_effect=EOFError))
    with small_ranges(), pytest.raises(OSError, match="ended 3 times"):
        fix(path, "products", path.with_name("out.csv"), changes=path.with_name("changes.csv"), jobs=3)
    assert [*path.parent.iterdir()] == [path]
    assert not any(is_running(worker.pid) for worker in started)


def test_a_small_file_needs_no_process(path: Path, started: list[workers.Worker]) -> None:
    assert fix(path, "products", jobs="auto") == fix(path, "products", jobs=4) == fix(path, "products")
    assert not started
    assert main(["fix", str(path), str(path.with_name("out.csv")), "--entity", "products", "--jobs", "0"]) == 2
    with pytest.raises(UsageError, match="jobs=0: give a whole number"):
        fix(path, "products", jobs=0)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="shows the memory of processes")
@pytest.mark.parametrize("email", ["wrong", "me@example.com "])
def test_the_memory_of_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    """At most 80 MB, with changes in each row and a finding in each, too."""
    path, peaks, close = tmp_path / "customers.csv", list[int](), workers.Worker.close
    rows = (f"{row:09},{email},1.9.2024\n" for row in range(800_000))
    path.write_text(f"external_id,email,date_joined\n{''.join(rows)}", "utf-8")

    def look(self: workers.Worker) -> None:
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        peaks.append(int(status.partition("VmHWM:")[2].split()[0]))
        close(self)

    monkeypatch.setattr(workers.Worker, "close", look)
    found = fix(path, "customers", tmp_path / "out.csv", changes=tmp_path / "changes.csv", jobs=3)
    assert found.report.rows == 800_000
    assert found.count >= 800_000
    assert len(peaks) == 2
    assert max(peaks) < 80_000
