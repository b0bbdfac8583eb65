"""Faults put into the code one by one, and whether a test fails for each: docs/testing.md has the figures.

mutmut makes the mutants: a copy of the package with all versions of each function; an environment variable selects
one. They run here: the tests are collected once. For each mutant, a fork of that process runs the tests that reach
its function, without the state of any other run. First come tests that failed for earlier mutants of the function,
then the quick ones, so that most mutants take a fraction of a second.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import mutmut.__main__ as maker
import pytest
from _pytest.runner import runtestprotocol
from mutmut.state import state

RESULTS = Path("mutants.jsonl").resolve()
"""One line for each mutant that ran; the last line counts, and killed mutants do not run again."""

MODULES = ["core/paths", "core/scalars", "records/header", "records/flatten", "records/nest", "schema/coercion"]
MODULES += ["text/encoding", "text/mojibake", "text/chunks", "csvtext/delimiter", "csvtext/reader", "csvtext/row_width"]
MODULES += ["csvtext/rows", "csvtext/splitter", "csvtext/scanner", "csvtext/writer"]
"""The modules that are mutated by default: paths and values, bytes to rows, rows to records."""

TESTS = ["unit/core", "unit/text", "unit/csvtext", "unit/records", "unit/schema/test_coercion.py"]
TESTS += ["spec/test_values.py", "spec/test_cases.py", "spec/test_edges.py", "laws/test_reading.py"]
TESTS += ["laws/test_writing.py", "unit/files/test_files.py", "laws/test_laws.py"]
"""The tests that run by default: the quick ones, and the laws."""

LEFT_OUT = "not (memory_does_not_grow or a_signal_leaves_nothing or more_findings_than_are_kept or no_hash_order)"
"""Tests that take many seconds, and tests whose work happens in other processes."""

LIMIT_SECONDS = 30
"""Seconds of CPU time beyond that of its tests; a mutant that takes longer counts as endless."""


def make_mutants(modules: list[str]) -> list[str]:
    """Make all mutants of the modules anew; their names."""
    shutil.rmtree("mutants", ignore_errors=True)
    Path("mutants").mkdir()
    maker.copy_src_dir()
    maker.copy_also_copy_files()
    maker.store_lines_covered_by_tests()
    maker.create_mutants(1)
    metas = [json.loads(Path(f"mutants/custobar_formats/{name}.py.meta").read_text("utf-8")) for name in modules]
    return [name for meta in metas for name in meta["exit_code_by_key"]]


def in_a_fork(work: Callable[[], Any], seconds: float) -> Any:
    """The JSON result of work in a separate process; None if that process dies or takes too long."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        limit = int(time.process_time() + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        signal.alarm(int(seconds * 5))  # for processes that wait
        with open(writing, "w") as file:
            file.write(json.dumps(work()))
        os._exit(0)
    os.close(writing)
    with open(reading) as file:
        reported = file.read()
    os.waitpid(pid, 0)
    return json.loads(reported) if reported else None


def is_foreign(name: str) -> bool:
    """Whether a module is not ours and can be imported by its name."""
    top = name.partition(".")[0]
    return top in ("charset_normalizer", "email", "jsonschema", "jsonschema_rs", "msgspec", "referencing")


class Runner:
    """Runs the mutants instead of pytest's own loop over the tests."""

    def __init__(self, mutants: list[str], seconds: float) -> None:
        self._mutants = mutants
        self._seconds = seconds

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run each test once to record its time and the functions that it reaches, then run the mutants."""
        tests: dict[str, list[int]] = defaultdict(list)
        looked_at, modules = in_a_fork(
            lambda: ([self._look_at(item) for item in session.items], [*filter(is_foreign, sys.modules)]), 3600
        )
        for name in modules:
            importlib.import_module(name)  # once for all forks
        gc.collect()
        gc.freeze()
        for number, (_, functions) in enumerate(looked_at):
            for function in functions:
                tests[function].append(number)
        failed: Counter[tuple[str, int]] = Counter()
        for done, mutant in enumerate(self._mutants, 1):
            function = mutant.rpartition("__mutmut_")[0]
            order = sorted(tests[function], key=lambda number: (-failed[function, number], looked_at[number][0]))
            allowed, took = [], 0.0
            for number in order:
                took += looked_at[number][0]
                if took > self._seconds:
                    break
                allowed.append(number)
            start = time.time()
            chosen = [session.items[number] for number in allowed]
            killer = in_a_fork(partial(self._killer, mutant, chosen), 2 * took + LIMIT_SECONDS)
            state_of = "timeout" if killer is None else "killed" if killer >= 0 else "survived" if order else "no tests"
            if state_of == "killed":
                failed[function, allowed[killer]] += 1
            by = session.items[allowed[killer]].nodeid if state_of == "killed" else None
            with RESULTS.open("a") as file:
                file.write(
                    json.dumps(
                        {
                            "mutant": mutant,
                            "state": state_of,
                            "seconds": round(time.time() - start, 2),
                            "by": by,
                            "tests": len(allowed),
                        }
                    )
                    + "\n"
                )
            print(f"{done}/{len(self._mutants)} {state_of} {mutant}", file=sys.__stderr__, flush=True)
        return True

    def _look_at(self, item: pytest.Item) -> tuple[float, list[str]]:
        os.environ["MUTANT_UNDER_TEST"] = "stats"
        state()._stats.clear()
        start = time.process_time()
        reports = runtestprotocol(item, log=False, nextitem=None)
        if any(report.failed for report in reports):
            print(
                f"{item.nodeid} fails without a fault",
                *(report.longreprtext for report in reports),
                file=sys.__stderr__,
            )
            os._exit(1)
        return time.process_time() - start, sorted(state()._stats)

    def _killer(self, mutant: str, items: list[pytest.Item]) -> int:
        """The number of the test that fails, or -1."""
        os.environ["MUTANT_UNDER_TEST"] = mutant
        for number, item in enumerate(items):
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
                return number
        return -1


def main() -> None:
    """Run the requested mutants, or print the figures of earlier runs."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--share", type=int, default=1, help="one mutant of so many of each module")
    parser.add_argument("--seconds", type=float, default=1e9, help="processor time of the tests of one mutant")
    parser.add_argument("--again", action="store_true", help="those that survived before, too")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="files and folders below tests/")
    options = parser.parse_args()
    known: dict[str, str] = {}
    if RESULTS.exists():
        known = {line["mutant"]: line["state"] for line in map(json.loads, RESULTS.read_text("utf-8").splitlines())}
    mutants = make_mutants(options.modules)[:: options.share]
    wanted = [
        name for name in mutants if name not in known or (options.again and known[name] in ("survived", "no tests"))
    ]
    os.chdir("mutants")
    sys.path.insert(0, os.getcwd())
    files = [f"tests/{name}" for name in options.tests]
    arguments = ["-q", "--hypothesis-profile=mutation", "-p", "no:cacheprovider", "-k", LEFT_OUT]
    pytest.main([*arguments, *files], plugins=[Runner(wanted, options.seconds)])


if __name__ == "__main__":
    main()
