"""A file that an executor of the caller reads in ranges, wherever it is cut, against the same file read in one go."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import Finding, validate
from custobar_formats.files import parts as parts_module
from custobar_formats.pipeline import in_ranges, jobs
from custobar_formats.pipeline import ranges as ranges_module
from tests.laws.test_convert_jobs import conversions, outcome
from tests.laws.test_jobs import cuts, files

SEVERAL = 5
"""Ranges that are in flight unless the caller gives a number, in these tests."""


class Inline:
    """Runs tasks in this process when they are asked for, from and to what would go to another machine.

    The tasks whose numbers are in ``deaths`` fail, as if their workers had died.
    """

    def __init__(self, deaths: frozenset[int] = frozenset()) -> None:
        self.deaths = deaths
        self.tasks: list[int] = []
        self.open = self.most = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Later:
        self.tasks.append(len(pickle.dumps((fn, args))))
        self.open += 1
        self.most = max(self.most, self.open)
        return Later(self, len(self.tasks) - 1, pickle.dumps((fn, args)))


class Later:
    def __init__(self, executor: Inline, number: int, task: bytes) -> None:
        self.executor, self.number, self.task = executor, number, task

    def result(self) -> bytes:
        self.executor.open -= 1
        if self.number in self.executor.deaths:
            raise RuntimeError("the worker is gone")
        fn, args = pickle.loads(self.task)  # our own
        result = fn(*args)
        assert isinstance(result, bytes)
        return result


@contextmanager
def in_small_parts(first: int, size: int, window: int, chunk: int) -> Iterator[None]:
    """Any file is worth it, in ranges of so many bytes."""
    with ExitStack() as stack:
        patches: list[tuple[Any, str, Any]] = [
            (jobs, "MIN_RANGE", 0.5),
            (jobs, "AUTO_IN_FLIGHT", SEVERAL),
            (in_ranges, "FIRST_RANGE", first),
            (in_ranges, "CUT_WINDOW", window),
            (in_ranges, "range_sizes", lambda *_: (size, size)),
            (parts_module, "CHUNK", chunk),
            (parts_module, "END_BYTES", chunk),
            (ranges_module, "CHUNK", chunk),
        ]
        for module, name, value in patches:
            stack.enter_context(mock.patch.object(module, name, value))
        yield


@given(
    files(),
    cuts(),
    st.sampled_from([None, "auto", 1, 2, 7]),
    st.frozensets(st.integers(0, 20).map(lambda each: 3 * each)),
)
def test_the_report_of_an_executor_is_that_of_one_process(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], count: Any, deaths: frozenset[int]
) -> None:
    data, how = file
    listens = how.pop("listens")
    executor = Inline(deaths)
    heard: list[list[Finding]] = [[], []]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        path.write_bytes(data)
        one = validate(path, on_finding=heard[0].append if listens else None, **how)
        with in_small_parts(*cut):
            report = validate(
                path, jobs=count, executor=executor, on_finding=heard[1].append if listens else None, **how
            )
    assert report == one
    assert heard[1] == heard[0]
    assert executor.most <= (count if isinstance(count, int) else SEVERAL)
    assert not executor.tasks or max(executor.tasks) < 6_000 or not isinstance(how["schema"], str)


@given(
    conversions(),
    cuts(),
    st.sampled_from([None, "auto", 1, 2, 7]),
    st.frozensets(st.integers(0, 20).map(lambda each: 3 * each)),
)
def test_what_an_executor_converts_is_what_one_process_does(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], count: Any, deaths: frozenset[int]
) -> None:
    data, how = file
    executor = Inline(deaths)
    about: dict[str, bool] = {"listens": how.pop("listens"), "separates": how.pop("separates")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        path.write_bytes(data)
        one = outcome(path, None, how, **about)
        with in_small_parts(*cut):
            assert outcome(path, count, {**how, "executor": executor}, **about) == one
    assert executor.most <= (count if isinstance(count, int) else SEVERAL)


def test_every_range_but_the_first_is_a_task(tmp_path: Path) -> None:
    path, executor = tmp_path / "in.csv", Inline(frozenset({4}))
    path.write_text("external_id,title\n" + "".join(f"P{row},tea\n" for row in range(100)), "utf-8")
    with in_small_parts(20, 50, 60, 64):
        assert validate(path, "products", executor=executor).rows == 100
    assert len(executor.tasks) == 15  # 14, one of them twice
    assert executor.most == SEVERAL
