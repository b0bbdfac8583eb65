"""A file that an executor of the caller reads: threads, processes, a cluster of Dask, and what is no executor."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from custobar_formats import Report, SchemaError, UsageError, validate
from custobar_formats.core.job_limits import END_BYTES
from custobar_formats.files.parts import LocalFile, parted_file
from custobar_formats.pipeline.convert import convert_file
from tests.processes import PATIENCE, ROOT, environment
from tests.ranges import ROWS, SMALL, products_file, small_ranges


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a fault in every tenth row, cells of two lines, duplicates, and mixed amounts."""
    return products_file(tmp_path / "products.csv")


def through(executor: Any, source: Any, **how: Any) -> Report:
    with small_ranges():
        return validate(source, how.pop("schema", "products"), executor=executor, **how)


class Here(Executor):
    """Runs each task at once."""

    def __init__(self) -> None:
        self.count = 0
        self.cancelled = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.count += 1
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is the future's
            future.set_exception(error)
        return future


def test_threads(path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        reports = [through(pool, path, jobs=count) for count in (None, 1, 2, "auto")]
        assert pool.submit(int, "1").result() == 1  # it is still the caller's
    assert reports == [validate(path, "products")] * 4
    assert reports[0].counts.by_code.keys() >= {"wrong-type", "duplicate-identifier", "mixed-money", "out-of-range"}


@pytest.mark.parametrize("to", ["json", "jsonl", "csv"])
@pytest.mark.parametrize("fault", ["x", "24.90"])
def test_threads_that_convert(tmp_path: Path, to: str, fault: str) -> None:
    path = products_file(tmp_path / "products.csv", fault)
    with ThreadPoolExecutor(3) as pool, small_ranges():
        found = [converted(path, to=to, executor=pool, jobs=jobs) for jobs in (None, 1, "auto")]
    assert found == [converted(path, to=to)] * 3
    assert (found[0][1] != b"") == (fault == "x")


MAPPING = {
    "entity": "products",
    "columns": {
        "external_id": {"from": "external_id", "strip": "P"},
        "price": {"from": "price", "unit": "major"},
        "title": {"from": "title", "fill_within": "sale_price"},
    },
}


def test_threads_that_map(path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        report = through(pool, path, mapping=MAPPING)
    assert report == validate(path, mapping=MAPPING)
    assert report.counts.by_code.keys() >= {"identified-by", "duplicate-identifier"}


def converted(path: Path, **how: Any) -> tuple[Report, bytes, bytes]:
    """The report on a conversion, what is written, and the rejects."""
    good, bad = path.with_name("good"), path.with_name("bad")
    report = convert_file(path, good, "products", rejects=bad, **how)
    written = good.read_bytes() if good.exists() else b""
    good.unlink(missing_ok=True)
    return report, written, bad.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes(path: Path, method: str) -> None:
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        assert through(pool, path) == validate(path, "products")
        assert through(pool, path, mapping=MAPPING) == validate(path, mapping=MAPPING)
        own = {"type": "object", "properties": {"price": {"type": "integer", "maximum": 300}}}
        assert through(pool, path, schema=own) == validate(path, own)


@pytest.mark.slow
def test_a_pool_of_processes_that_has_broken(path: Path) -> None:
    killed: list[int] = []

    def kill(rows: int) -> None:
        if rows and not killed:
            killed.extend(pool._processes)
            os.kill(killed[0], signal.SIGKILL)

    # Of more than one, the pool itself may wait for ever for those that are left.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        pool.submit(int).result()
        with pytest.raises(ChildProcessError, match="failed 3 times over a part of the file: BrokenProcessPool"):
            through(pool, path, on_progress=kill)


@pytest.mark.parametrize(("failures", "is_fatal"), [(2, False), (3, True)])
@pytest.mark.parametrize("place", ["submit", "result"])
def test_a_range_is_submitted_three_times_at_most(path: Path, failures: int, is_fatal: bool, place: str) -> None:
    """As ``KilledWorker`` of Dask, or an error of any other library."""

    class Failing(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if not 3 < self.count < 4 + failures:
                return super().submit(fn, *args, **kwargs)
            self.count += 1
            future: Future[Any] = Future()
            future.set_exception(KeyError("no such worker"))
            if place == "submit":
                future.result()
            return future

    if is_fatal:
        with pytest.raises(ChildProcessError, match="failed 3 times over a part of the file: KeyError: 'no such"):
            through(Failing(), path, jobs=1)
    else:
        assert through(Failing(), path, jobs=1) == validate(path, "products")


def test_the_caller_has_no_share_and_tasks_are_cancelled(path: Path) -> None:
    class Waiting(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if self.count < 3:
                return super().submit(fn, *args, **kwargs)
            self.count += 1
            future: Future[Any] = Future()
            waiting.append(future)
            return future

    def fail(rows: int) -> None:
        if waiting:
            raise LookupError

    waiting: list[Future[Any]] = []
    with pytest.raises(LookupError):
        through(Waiting(), path, jobs=4, on_progress=fail)
    assert [future.cancelled() for future in waiting] == [True] * len(waiting)


# -- the same file, elsewhere


def test_a_file_on_another_machine_may_have_another_state(path: Path, tmp_path: Path) -> None:
    file = parted(path)
    other = replace(file.anywhere(), path=str(shutil.copy(path, tmp_path / "copy.csv")))
    with other.opened() as opened:
        assert opened.read(0, 11) == b"external_id"


@pytest.mark.parametrize("size", [100, END_BYTES + 9, 3 * END_BYTES])
@pytest.mark.parametrize("how", ["longer", "shorter", "start", "end"])
def test_another_file_on_another_machine(tmp_path: Path, size: int, how: str) -> None:
    path, copy = tmp_path / "in.csv", tmp_path / "copy.csv"
    data = b"x" * size
    path.write_bytes(data)
    others = {"longer": data + b"x", "shorter": data[1:], "start": b"y" + data[1:], "end": data[:-1] + b"y"}
    copy.write_bytes(others[how])
    other = replace(parted(path).anywhere(), path=str(copy))
    with pytest.raises(OSError, match="its size, its start or its end is another one") as raised, other.opened():
        pass
    assert raised.value.filename == str(path)


def test_a_file_that_changes_on_another_machine(path: Path) -> None:
    reading = parted(path).anywhere().opened()
    with pytest.raises(OSError, match="the file changed while it was read"), reading:
        os.utime(path, (1, 1))


def test_a_file_that_another_machine_does_not_have(path: Path) -> None:
    """The message shows that the path is right here."""

    class Without(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            away = path.rename(path.with_suffix(".away"))
            try:
                return super().submit(fn, *args, **kwargs)
            finally:
                away.rename(path)

    with pytest.raises(FileNotFoundError, match="where a part of it is read") as raised:
        through(Without(), path)
    assert raised.value.filename == str(path)


def parted(path: Path) -> LocalFile:
    with path.open("rb") as stream:
        file = parted_file(str(path), stream.fileno())
    assert file is not None
    return file


# -- what is not read so


def test_sources_that_the_caller_reads(path: Path, tmp_path: Path) -> None:
    packed, executor = tmp_path / "products.csv.gz", Here()
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with path.open("rb") as stream:
        for source in (packed, path.read_text("utf-8"), path.read_bytes(), stream, [{"external_id": "P1"}]):
            assert through(executor, source).rows in (ROWS, 1)
    assert validate(path, "products", executor=executor).rows == ROWS  # it is not worth it
    assert executor.count == 0


@pytest.mark.parametrize("given", [1, "threads", ThreadPoolExecutor, object(), multiprocessing])
def test_what_is_no_executor(path: Path, given: Any) -> None:
    with pytest.raises(UsageError, match=r"executor=.*: give an object with submit\(function, \*arguments\)"):
        validate(path, executor=given)


def test_what_is_not_quite_an_executor(path: Path) -> None:
    class Returning(Here):
        def __init__(self, value: Any) -> None:
            super().__init__()
            self.value = value

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            return self.value

    future: Future[Any] = Future()
    future.set_result("a text")
    with pytest.raises(UsageError, match=r"executor: submit\(\) has returned .*, which has no result\(\)"):
        through(Returning(None), path)
    with pytest.raises(UsageError, match="executor: a future has 'a text', and not the bytes"):
        through(Returning(future), path)


def test_arguments_that_cannot_be_combined(path: Path) -> None:
    with pytest.raises(UsageError, match="executor= reads all parts of a file, and fail_fast=True stops"):
        validate(path, executor=Here(), fail_fast=True)
    with pytest.raises(UsageError, match="jobs=0: give a whole number"):
        validate(path, executor=Here(), jobs=0)
    with pytest.raises(SchemaError):
        validate(path, {"type": "nonsense"}, executor=Here())


def test_a_program_without_a_python_of_its_own(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert through(Here(), path, jobs=2) == validate(path, "products")


# -- other hash seeds, other machines


class Seeded(Here):
    """Runs each task in a process with another hash seed."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        import pickle

        self.count += 1
        code = "import pickle, sys; f, a = pickle.load(sys.stdin.buffer); sys.stdout.buffer.write(f(*a))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=pickle.dumps((fn, args)),
            env=environment(PYTHONHASHSEED=str(self.count)),
            stdout=subprocess.PIPE,
            check=True,
            timeout=PATIENCE,
        )
        future: Future[Any] = Future()
        future.set_result(done.stdout)
        return future


@pytest.mark.slow
def test_workers_of_any_hash_seed(path: Path) -> None:
    executor = Seeded()
    assert through(executor, path) == validate(path, "products")
    assert executor.count > 10
    products_file(path, "x")
    with small_ranges():
        there = converted(path, executor=executor)
    assert there == converted(path)


CLUSTER = f"""
import os, signal, sys, threading
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import dask
from distributed import Client, LocalCluster

from custobar_formats import validate
from custobar_formats.pipeline import in_ranges, jobs
from custobar_formats.pipeline.convert import convert_file


def main(*paths):
    with LocalCluster(n_workers=0, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        for seed in (1, 2, 3):  # Dask itself would give all workers the same
            os.environ["PYTHONHASHSEED"] = str(seed)
            cluster.scale(seed)
            with Client(cluster) as client:
                client.wait_for_workers(seed)
        with Client(cluster) as client:
            print(len(set(client.run(hash, "a").values())))
            run(*paths, client)


def run(path, other, client):
    with (
        mock.patch.object(in_ranges, "FIRST_RANGE", {SMALL}),
        mock.patch.object(in_ranges, "range_sizes", lambda *_: ({SMALL}, {SMALL})),
        mock.patch.object(jobs, "MIN_RANGE", {SMALL}),
    ):
        with disturbed(client) as disturb:
            report = validate(path, "products", executor=client.get_executor(), on_progress=disturb)
        again = validate(path, "products", executor=client)  # it has submit, too
        with disturbed(client) as disturb:
            there = converted(other, executor=client, on_progress=disturb)
    print([report, again] == [validate(path, "products")] * 2, there == converted(other))


@contextmanager
def disturbed(client):
    # A function that kills a worker and makes another one slow, once, when some rows have been read.
    client.wait_for_workers(3)
    lost, slow, _ = client.run(os.getpid).values()
    stopped = []

    def disturb(rows):
        if rows > 200 and not stopped:
            stopped.append(slow)
            os.kill(slow, signal.SIGSTOP)
            threading.Timer(1, os.kill, (slow, signal.SIGCONT)).start()
            os.kill(lost, signal.SIGKILL)

    yield disturb
    print(len(stopped), lost in client.run(os.getpid).values())


def converted(path, **how):
    good, bad = path.with_name("good"), path.with_name("bad")
    report = convert_file(path, good, "products", rejects=bad, **how)
    found = report, good.read_bytes(), bad.read_bytes()
    good.unlink()  # there must be one
    return found


if __name__ == "__main__":
    dask.config.set({{
        "distributed.scheduler.allowed-failures": 0,  # a lost worker is an exception of its tasks
        "distributed.nanny.pre-spawn-environ.PYTHONHASHSEED": "",  # as in the environment
    }})
    main(*map(Path, sys.argv[1:]))
"""


@pytest.mark.slow
def test_a_cluster_of_dask(path: Path, tmp_path: Path) -> None:
    """Three workers with different hash seeds; in mid-run one of them is killed, and another one stands still."""
    pytest.importorskip("distributed")
    program = tmp_path / "cluster.py"
    program.write_text(CLUSTER, "utf-8")
    done = subprocess.run(
        [sys.executable, str(program), str(path), str(products_file(tmp_path / "other.csv", "x"))],
        env=environment(DASK_TEMPORARY_DIRECTORY=str(tmp_path)),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=PATIENCE,
        cwd=tmp_path,
    )
    assert done.stdout.split("\n")[:4] == ["3", "1 False", "1 False", "True True"]


# -- the page


def examples() -> list[str]:
    section = (ROOT / "docs" / "command.md").read_text("utf-8").partition("\n## Other machines\n")[2]
    return re.findall(r"```python\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)


@pytest.mark.slow
def test_the_example_of_the_page(path: Path, tmp_path: Path) -> None:
    program = tmp_path / "example.py"
    program.write_text(examples()[0], "utf-8")
    done = subprocess.run(
        [sys.executable, str(program)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        cwd=path.parent,
    )
    assert (done.stdout, done.stderr) == (f"{validate(path, 'products')}\n".replace(str(path), path.name), "")


def test_the_adapter_of_the_page(path: Path) -> None:
    """Beside something like Ray, which is not installed for the tests."""

    class Ray:
        class Remote:
            def __init__(self, function: Callable[..., Any]) -> None:
                self.function = function

            def remote(self, *arguments: Any) -> tuple[Any, ...]:
                return self.function, *arguments

        remote = Remote

        @staticmethod
        def get(reference: tuple[Any, ...]) -> Any:
            function, *arguments = reference
            return function(*arguments)

    given: dict[str, Any] = {"Path": Path, "validate": validate}
    code = examples()[2].replace("/shared/products.csv", str(path))
    with mock.patch.dict(sys.modules, {"ray": Ray()}), small_ranges():
        exec(code, given)
    assert given["report"] == validate(path, "products")


@pytest.mark.slow
def test_spark(path: Path) -> None:
    pytest.importorskip("pyspark")
    pytest.importorskip("pyarrow")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    local = ".master('local[2]').config('spark.ui.enabled', 'false').config('spark.driver.host', '127.0.0.1')"
    code = examples()[3].replace("SparkSession.builder", f"SparkSession.builder{local}")
    code = code.replace("/shared/products.csv", str(path))
    code = f"""
from pathlib import Path
from unittest import mock
from custobar_formats import validate
from custobar_formats.pipeline import in_ranges, jobs
in_ranges.FIRST_RANGE = jobs.MIN_RANGE = {SMALL}
in_ranges.range_sizes = lambda *_: ({3 * SMALL}, {3 * SMALL})
{code}
spark.stop()
print(report == validate(Path({str(path)!r}), "products"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(PYSPARK_PYTHON=sys.executable),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=PATIENCE,
        cwd=path.parent,
    )
    assert done.stdout.split()[-1] == "True"
