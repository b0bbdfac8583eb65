"""A file that several processes read: killed ones, changed files, and programs of every kind that start them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock
from zipfile import ZipFile

import pytest

from custobar_formats import Report, UsageError, validate
from custobar_formats.cli.main import main
from custobar_formats.core.job_limits import AUTO_SHARE, MIN_RANGE
from custobar_formats.files import workers
from custobar_formats.pipeline import jobs
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.mapped_reader import plan_mapping
from custobar_formats.pipeline.options import Options
from tests.processes import PATIENCE, environment
from tests.ranges import ROWS, SMALL, products_file, small_ranges


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with faults of several kinds."""
    return products_file(tmp_path / "products.csv")


def in_processes(path: Path, count: Any = 3, **how: Any) -> Report:
    with small_ranges():
        return validate(path, "products", jobs=count, **how)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[workers.Worker]:
    """The processes that are started."""
    found: list[workers.Worker] = []
    start = workers.Worker.__init__

    def remember(self: workers.Worker, module: str, function: str) -> None:
        start(self, module, function)
        found.append(self)

    monkeypatch.setattr(workers.Worker, "__init__", remember)
    return found


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]


def test_the_report_is_the_same_and_nothing_is_left(path: Path, started: list[workers.Worker]) -> None:
    report = in_processes(path)
    assert report == validate(path, "products")
    assert report.counts.by_code.keys() >= {"wrong-type", "duplicate-identifier", "mixed-money", "out-of-range"}
    assert len(started) == 2  # beside this one; also for the second reading, since amounts are mixed
    assert not any(is_running(worker.pid) for worker in started)


def test_json_lines_have_the_same_report(tmp_path: Path, started: list[workers.Worker]) -> None:
    path = tmp_path / "products.jsonl"
    usual = '{{"external_id": "P{0}", "price": {1}, "title": "tea", "new{2}": 1}}\n'
    path.write_text(
        "".join(usual.format(row % 350, row if row % 10 else 24.9, row % 3) for row in range(ROWS)), "utf-8"
    )
    report = in_processes(path)
    assert report == validate(path, "products")
    assert report.counts.by_code.keys() >= {"wrong-type", "duplicate-identifier", "mixed-money", "unknown-field"}
    assert len(started) == 2


def test_json_lines_become_the_same_table(tmp_path: Path, started: list[workers.Worker]) -> None:
    path = tmp_path / "products.jsonl"
    usual = '{{"external_id": "P{0}", "price": {0}, "title": "tea", "new{1}": 1}}\n'
    path.write_text("".join(usual.format(row, row // 150) for row in range(ROWS)), "utf-8")
    convert_file(path, tmp_path / "one.csv", "products")
    with small_ranges():
        convert_file(path, tmp_path / "several.csv", "products", jobs=3)
    assert (tmp_path / "several.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    assert len(started) == 2


@pytest.mark.parametrize(("deaths", "is_fatal"), [(1, False), (2, False), (3, True)])
def test_a_process_that_dies_is_replaced_twice(
    path: Path, started: list[workers.Worker], monkeypatch: pytest.MonkeyPatch, deaths: int, is_fatal: bool
) -> None:
    """The first process dies over its first part, so many times."""
    left, read = [deaths], workers.Worker._read

    def die(self: workers.Worker) -> bytes:
        if self is started[0] and left[0]:
            left[0] -= 1
            os.kill(self.pid, signal.SIGKILL)
        return read(self)

    monkeypatch.setattr(workers.Worker, "_read", die)
    if is_fatal:
        with pytest.raises(ChildProcessError, match=r"ended 3 times, with exit code -9: read it in one process"):
            in_processes(path)
    else:
        assert in_processes(path) == validate(path, "products")
    assert not any(is_running(worker.pid) for worker in started)


@pytest.mark.parametrize("how", ["written to", "replaced", "removed"])
def test_a_file_that_changes_meanwhile_is_refused(path: Path, started: list[workers.Worker], how: str) -> None:
    def change(rows: int) -> None:
        if not rows:
            return
        if how == "written to":
            path.write_bytes(path.read_bytes() + b"P1,1,1,tea\n")
        elif how == "replaced":
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
        else:
            path.unlink(missing_ok=True)

    with pytest.raises(OSError, match=r"changed while|No such file") as raised:
        in_processes(path, on_progress=change)
    assert raised.value.filename == str(path)
    assert not any(is_running(worker.pid) for worker in started)


def test_a_system_that_starts_no_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen", refuse)
    monkeypatch.setattr(jobs, "AUTO_SHARE", SMALL)
    monkeypatch.setattr("custobar_formats.files.cores.usable_cores", lambda: 4)
    assert in_processes(path, "auto") == validate(path, "products")
    with pytest.raises(BlockingIOError):
        in_processes(path, 2)


def test_an_exception_of_the_caller_ends_the_processes(path: Path, started: list[workers.Worker]) -> None:
    def fail(rows: int) -> None:
        if rows:
            raise LookupError

    with pytest.raises(LookupError):
        in_processes(path, on_progress=fail)
    assert started
    assert not any(is_running(worker.pid) for worker in started)


# -- how many


@pytest.mark.parametrize("given", [0, -1, True, 1.5, "2", "all", [2]])
def test_jobs_are_a_number_or_auto(given: Any) -> None:
    with pytest.raises(UsageError, match=r"jobs=.*: give a whole number from 1 on, or 'auto'"):
        validate("a\n1\n", jobs=given)


def test_a_program_without_a_python_of_its_own(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(jobs, "AUTO_SHARE", SMALL)
    with pytest.raises(UsageError, match="no Python of its own"):
        in_processes(path, 2)
    assert in_processes(path, "auto") == validate(path, "products")


@pytest.mark.parametrize(
    ("size", "count", "cores", "expected"),
    [
        (2 * AUTO_SHARE - 1, "auto", 4, 1),
        (2 * AUTO_SHARE, "auto", 4, 2),
        (2 * AUTO_SHARE, "auto", 1, 1),
        (4 * AUTO_SHARE, "auto", 4, 4),
        (0, "auto", 4, 1),
        (1 << 40, "auto", 64, 8),
        (1 << 40, "auto", 1, 1),
        (1 << 40, 12, 1, 12),
        (2 * MIN_RANGE - 1, 2, 4, 1),
        (2 * MIN_RANGE, 5, 4, 2),
    ],
)
def test_how_many_processes_a_file_is_worth(size: int, count: Any, cores: int, expected: int) -> None:
    with mock.patch("custobar_formats.files.cores.usable_cores", return_value=cores):
        assert jobs.Processes(count).count_for(size) == expected


def test_a_file_that_cannot_be_read_leaves_no_process(path: Path, started: list[workers.Worker]) -> None:
    path.write_text(path.read_text("utf-8").replace("price", "title", 1), "utf-8")
    report = in_processes(path)
    assert report == validate(path, "products")
    assert "duplicate-label" in report.counts.by_code
    assert len(started) == 2  # they start before the header has been read
    assert not any(is_running(worker.pid) for worker in started)


def test_sources_that_one_process_reads(path: Path, tmp_path: Path, started: list[workers.Worker]) -> None:
    import gzip

    packed = tmp_path / "products.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    text = path.read_text("utf-8")
    with path.open("rb") as stream:
        sources = [packed, text, text.encode(), stream]
        reports = [in_processes(source) for source in sources]  # type: ignore[arg-type]
    assert {report.counts.by_code["wrong-type"] for report in reports} == {40}
    assert in_processes(path, fail_fast=True).rows == 1
    assert not started


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names files by their descriptors")
@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
def test_a_file_that_only_this_process_has_open(path: Path, started: list[workers.Worker], folder: str) -> None:
    """As /dev/stdin: the processes find it where it is; one that is nowhere any more is read by this process."""
    with path.open("rb") as stream:
        source = Path(f"{folder}/{stream.fileno()}")
        report = in_processes(source, format="csv")
        assert report == validate(source, "products", format="csv")
        assert len(started) == 2
        path.unlink()
        assert in_processes(source, format="csv") == report
    assert len(started) == 2


def test_the_digits_that_this_process_allows(tmp_path: Path, started: list[workers.Worker]) -> None:
    path, before = tmp_path / "numbers.csv", sys.get_int_max_str_digits()
    path.write_text("price\n" + "".join(f"{'1' * (700 if row % 9 == 0 else 3)}\n" for row in range(ROWS)), "utf-8")
    schema = {"properties": {"price": {"type": "integer"}}}
    try:
        sys.set_int_max_str_digits(640)
        with small_ranges():
            reports = [validate(path, schema, jobs=number) for number in (1, 3)]
    finally:
        sys.set_int_max_str_digits(before)
    assert started
    assert reports[0] == reports[1]
    assert reports[0].counts.by_code["wrong-type"] == 45


@pytest.mark.parametrize("to", ["json", "jsonl"])
@pytest.mark.parametrize(("price", "counts"), [("2490", [1, 2, 0]), ("x", [0, 2, 0]), ("24.90", [0, 1, 0])])
def test_what_is_written_is_the_same(
    path: Path,
    started: list[workers.Worker],
    capfdbinary: pytest.CaptureFixture[bytes],
    to: str,
    price: str,
    counts: list[int],
) -> None:
    """Whether all rows are valid, some or, since the amounts are mixed, none."""
    path.write_text(path.read_text("utf-8").replace("24.90", price), "utf-8")
    good, bad = path.with_name(f"good.{to}"), path.with_name("bad.csv")
    outs = [[str(good)], ["--valid", str(good), "--rejects", str(bad)], ["--to", to]]
    for out, count in zip(outs, counts, strict=True):
        found = []
        for number in ("1", "3"):
            with small_ranges():
                code = main(["convert", str(path), *out, "--entity", "products", "-j", number])
            outputs = [file for file in (good, bad) if file.exists()]
            found.append((code, capfdbinary.readouterr(), [file.read_bytes() for file in outputs]))
            for file in outputs:
                file.unlink()
            assert bool(started) is (number == "3")
        assert found[0] == found[1]
        assert found[0][0] == (price != "2490")
        assert len(found[0][2]) == count
        assert not any(is_running(worker.pid) for worker in started)
        started.clear()


MAPPING = """
entity = "products"
rows.skip = [{ column = "title", is = "x" }]
[columns]
external_id = "external_id"
price = { from = "price", unit = "major" }
sale_price = { from = "sale_price", unit = "major" }
title = { from = "title", fill_within = "sale_price" }
"""


def test_an_export_is_the_same(
    path: Path, started: list[workers.Worker], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Its file is read twice, for the decimal mark of prices; the title may be that of a row above."""
    text = path.read_text("utf-8").replace("24.90", "1.234").replace(",tea", ",").replace("P7,7,8", "P7,24.90,8")
    path.write_text(text.replace("P9,9,10,", "P9,9,10,x"), "utf-8")
    mapping, good, bad = (path.with_name(name) for name in ("mine.toml", "good.json", "bad.csv"))
    mapping.write_text(MAPPING, "utf-8")
    for command in (["validate"], ["convert", "--valid", str(good), "--rejects", str(bad), "--force"]):
        found = []
        for number in ("1", "3"):
            with small_ranges():
                code = main([*command, str(path), "--map", str(mapping), "-j", number])
            found.append((code, capfdbinary.readouterr(), [file.read_bytes() for file in (good, bad) if file.exists()]))
            assert len(started) == (2 if number == "3" else 0)
        assert found[0] == found[1]
        assert found[0][0] == 1
        shown = b"".join([*found[0][1], *found[0][2]])
        assert all(word in shown for word in (b"decided-by-column", b"skipped-rows", b"unmappable-value"))
        started.clear()


@pytest.mark.parametrize("how", ["dies", "changes", "raises"])
def test_nothing_is_written_if_a_process_or_the_file_fails(
    path: Path, started: list[workers.Worker], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def go_on(rows: int) -> None:
        if rows and how == "dies":
            monkeypatch.setattr(workers.Worker, "_read", mock.Mock(side_effect=EOFError))
        elif rows and how == "changes":
            path.write_bytes(path.read_bytes() + b"P1,1,1,tea\n")
        elif rows:
            raise OSError

    out = path.with_name("out.jsonl")
    with small_ranges(), pytest.raises(OSError, match=r"ended 3 times|changed while|^$"):
        convert_file(path, out, jobs=3, on_progress=go_on)
    assert [*path.parent.iterdir()] == [path]
    assert len(started) >= 2
    assert not any(is_running(worker.pid) for worker in started)


def test_the_command_starts_no_process_for_a_small_file(
    path: Path, started: list[workers.Worker], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(path), "--entity", "products"]) == 1
    printed = capsys.readouterr().out
    assert not started
    with small_ranges():
        assert main(["validate", str(path), "--entity", "products", "-j", "2"]) == 1
    assert capsys.readouterr().out == printed
    assert started
    assert main(["validate", str(path), "--jobs", "0"]) == 2
    assert main(["validate", str(path), "--jobs", "few"]) == 2
    started.clear()
    assert main(["convert", str(path), "--to", "json", "--entity", "none"]) == 0
    assert not started
    assert main(["convert", str(path), "--to", "json", "--jobs", "0"]) == 2
    with small_ranges():
        assert main(["convert", str(path), "--to", "csv", "--entity", "none", "-j", "2"]) == 0
    assert not started  # only JSON is written by several processes


# -- who calls

SCRIPT = f"""
import multiprocessing, sys, threading
from pathlib import Path
from unittest import mock
from custobar_formats import validate
from custobar_formats.pipeline import in_ranges, jobs

print("once")

def check(path):
    with (
        mock.patch.object(in_ranges, "FIRST_RANGE", {SMALL}),
        mock.patch.object(in_ranges, "range_sizes", lambda *_: ({SMALL}, {SMALL})),
        mock.patch.object(jobs, "MIN_RANGE", {SMALL}),
        mock.patch.object(jobs.Processes, "submit", autospec=True, side_effect=jobs.Processes.submit) as submit,
    ):
        report = validate(path, "products", jobs=2)
    print(report.rows, submit.call_count > 5)
"""

CALLS = {
    "script": "check(Path(sys.argv[1]))",
    "thread": "t = threading.Thread(target=check, args=[Path(sys.argv[1])]); t.start(); t.join()",
    "daemonic process": "p = multiprocessing.get_context('fork').Process(target=check, args=[Path(sys.argv[1])], "
    "daemon=True); p.start(); p.join()",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("given", ["file", "stdin", "zipapp"])
def test_a_script_runs_once(path: Path, tmp_path: Path, call: str, given: str) -> None:
    """Modules beside the data, named like those of the standard library, are not imported either."""
    (tmp_path / "csv.py").write_text("print('imported')", "utf-8")
    code, program = SCRIPT + CALLS[call], tmp_path / "sub" / "script.py"
    program.parent.mkdir()
    program.write_text(code, "utf-8")
    if given == "zipapp":
        program = program.with_suffix(".pyz")
        with ZipFile(program, "w") as app:
            app.writestr("__main__.py", code)
    done = subprocess.run(
        [sys.executable, "-P", "-" if given == "stdin" else str(program), str(path)],
        input=code if given == "stdin" else "",
        env=environment(PYTHONUNBUFFERED="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=tmp_path,
    )
    assert (done.stdout, done.stderr) == (f"once\n{ROWS} True\n", "")


@pytest.mark.slow
def test_a_cell_of_a_notebook_runs_once(path: Path, tmp_path: Path) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    call = CALLS["script"].replace("sys.argv[1]", repr(str(path)))
    cells = [nbformat.v4.new_code_cell(code) for code in (SCRIPT, call, call)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=PATIENCE, resources=resources).execute()
    outputs = [[(each["name"], each["text"]) for each in cell.outputs] for cell in notebook.cells]
    assert outputs == [[("stdout", "once\n")], *[[("stdout", f"{ROWS} True\n")]] * 2]


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return list(map(int, found.read_text("utf-8").split())) if found.exists() else []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("name", ["validate", "convert", "fix"])
def test_a_signal_ends_all_of_them(tmp_path: Path, name: str, number: signal.Signals) -> None:
    path = tmp_path / "products.csv"
    path.write_text("external_id,price\n" + "".join(f"P{row},{row}.5\n" for row in range(3_000_000)), "utf-8")
    command = [sys.executable, "-m", "custobar_formats", name, str(path), "--entity", "products", "-j", "3"]
    command += ["-o", str(tmp_path / "out.jsonl")] if name == "convert" else []
    command += [str(tmp_path / "out.csv")] if name == "fix" else []
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    while len(children := children_of(process.pid)) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)  # as a terminal does
    process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    until = time.monotonic() + PATIENCE
    while any(map(is_running, children)):
        assert time.monotonic() < until
        time.sleep(0.01)
    if number != signal.SIGKILL:
        assert [*tmp_path.iterdir()] == [path]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="shows the memory of processes")
@pytest.mark.parametrize(("email", "to"), [("wrong", None), ("me@example.com", None), ("me@example.com", "json")])
@pytest.mark.parametrize("is_mapped", [False, True])
def test_the_memory_of_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, email: str, to: str | None, *, is_mapped: bool
) -> None:
    """At most 80 MB, with a finding in each row, too."""
    tables = {
        "entity": "customers",
        "columns": {"external_id": "external_id", "email": {"from": "email", "strip": "'"}},
    }
    plan = plan_mapping(tables, None)[0] if is_mapped else None
    path, peaks, close = tmp_path / "customers.csv", list[int](), workers.Worker.close
    path.write_text("external_id,email\n" + "".join(f"{row:09},{email}\n" for row in range(1_200_000)), "utf-8")

    def look(self: workers.Worker) -> None:
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        peaks.append(int(status.partition("VmHWM:")[2].split()[0]))
        close(self)

    monkeypatch.setattr(workers.Worker, "close", look)
    if to is None:
        report = validate(path, "customers", mapping=tables if is_mapped else None, jobs=3)
    else:
        report = convert_file(path, tmp_path / "out", "customers", Options(mapping=plan), to=to, jobs=3)
    assert report.rows == 1_200_000
    assert len(peaks) == 2
    assert max(peaks) < 80_000


def test_a_caller_with_other_threads(path: Path) -> None:
    reports: list[Report] = []
    threads = [threading.Thread(target=lambda: reports.append(validate(path, "products", jobs=2))) for _ in range(3)]
    with small_ranges():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert reports == [validate(path, "products")] * 3
