"""Ends conversions at random moments and at each call that files/output.py makes, and checks the files left behind.

Run it as a script: `python -m tests.tools.kills --kills 100`. It prints what it did and saw, and raises AssertionError
for any fault. Each run is a fork of this process, so that the kills hit the work, not the imports.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pkgutil
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import custobar_formats
from custobar_formats.cli import main as cli
from custobar_formats.files import output as files

TEMPORARY = re.compile(r"\.custobar-formats\.[0-9]+-[0-9a-f]{16}\.tmp")
"""The name of a temporary file, which shows that it is ours."""

OLD = b"old\n"
FEW = 3
"""Records of a run that ends at a call: more records would only repeat the calls of reading and writing."""

SIGNALS = {signal.SIGKILL: None, signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
"""The signals that end a run, and the exit code if the run can set it; at its very end the system sets it."""


def records(count: int) -> Iterator[dict[str, Any]]:
    return ({"external_id": str(n), "name": "ä" * 20, **({"city": "Oulu"} if n % 2 else {})} for n in range(count))


def command(*arguments: str) -> Callable[[int], int]:
    def call(_: int) -> int:
        sys.argv = ["custobar-formats", "convert", "--force", *arguments]
        return cli.run()

    return call


def writing(function: Callable[[int], object]) -> Callable[[int], int]:
    def call(count: int) -> int:
        function(count)
        return 0

    return call


JOBS: dict[str, Callable[[int], int]] = {
    "convert CSV to JSON lines": command("in.csv", "out.jsonl", "--entity", "none"),
    "convert CSV to JSON, checked": command("in.csv", "out.json", "--entity", "shops"),
    "convert JSON to CSV": command("in.json", "out.csv", "--entity", "none"),
    "convert JSON to CSV, split": command("in.json", "out.csv", "--missing", "split", "--entity", "none"),
    "convert CSV to packed JSON, rejects apart": command(
        "in.csv", "--valid", "out.json.gz", "--rejects", "rejects.csv.xz", "--schema", "schema.json", "--exit-zero"
    ),
    "write_csv": writing(lambda count: custobar_formats.write_csv(records(count), "out.csv")),
    "write_csv, split": writing(lambda n: custobar_formats.write_csv(records(n), "out.csv", missing="split")),
    "write_json": writing(lambda count: custobar_formats.write_json(records(count), "out.json")),
}


class Place:
    """A folder with the inputs, and the outputs of a job that nothing disturbs."""

    def __init__(self, job: str, count: int) -> None:
        self.job, self.count = job, count
        self.left: set[str] = set()
        self.folder = Path(tempfile.mkdtemp())
        os.chdir(self.folder)
        self.errors = Path(tempfile.mkstemp()[1])
        Path("in.json").write_text(json.dumps(list(records(count))), "utf-8")
        custobar_formats.write_csv(records(count), "in.csv")
        Path("schema.json").write_text('{"properties": {"external_id": {"pattern": "[1-9]$"}}}', "utf-8")
        self.inputs = self.files()
        started = time.monotonic()
        assert self.run() == 0, self.errors.read_text("utf-8")
        self.seconds = time.monotonic() - started
        self.new = {name: data for name, data in self.files().items() if name not in self.inputs}
        assert self.new
        assert OLD not in self.new.values()

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def set_up(self, *, is_old: bool) -> None:
        for name in self.new:
            if is_old:
                Path(name).write_bytes(OLD)
            else:
                Path(name).unlink(missing_ok=True)

    def start(self, before: Callable[[], object] = lambda: None) -> int:
        """Fork and run the job in the child; the child's id."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        child = os.fork()
        if child:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            return child
        code = 99
        try:
            cli._on_signals(cli._end)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.dup2(os.open(self.errors, os.O_WRONLY | os.O_TRUNC), 2)
            before()
            code = JOBS[self.job](self.count)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 98
        except BaseException:
            traceback.print_exc()
        finally:
            sys.setprofile(None)
            os._exit(code)

    def run(self, before: Callable[[], object] = lambda: None) -> int:
        return self.wait(self.start(before))

    @staticmethod
    def wait(child: int) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def check(self, number: signal.Signals, code: int, *, is_old: bool) -> str:
        """The state of the files after an end; each must be the complete old or new one."""
        found = self.files()
        assert {name: found.pop(name) for name in self.inputs} == self.inputs
        left = found.keys() - self.new.keys() - self.left
        self.left |= left
        states = []
        for name, new in self.new.items():
            data = found.get(name)
            assert data in ((OLD if is_old else None), new), (self.job, name, data and len(data), len(new))
            states.append("new" if data == new else "before")
        assert code == 0 or code in (SIGNALS[number], -number), (self.job, code, self.errors.read_text("utf-8"))
        if code == 0:
            assert set(states) == {"new"}
        if number == signal.SIGKILL:
            assert all(TEMPORARY.fullmatch(name) for name in left), left
        else:
            assert not left, (self.job, number, left)
            assert "Traceback" not in self.errors.read_text("utf-8")
        if code == 0:
            return "done"
        return "/".join(sorted(set(states))) + (" + temporary" if left else "")

    def finish(self) -> None:
        """Check that files left behind do not disturb the next run, and that it does not touch them."""
        left = {name: data for name, data in self.files().items() if name not in self.new}
        self.set_up(is_old=True)
        assert self.run() == 0
        assert self.files() == left | self.new
        os.chdir("/")
        shutil.rmtree(self.folder)
        self.errors.unlink()


def end_at_moments(job: str, number: signal.Signals, times: int, count: int, chance: random.Random) -> Counter[str]:
    """End runs of ``count`` records at random moments, ``times`` times."""
    place, seen = Place(job, count), Counter[str]()
    for turn in range(times):
        place.set_up(is_old=turn % 2 == 1)
        child = place.start()
        time.sleep(chance.uniform(0, place.seconds))
        os.kill(child, number)
        seen[place.check(number, place.wait(child), is_old=turn % 2 == 1)] += 1
    place.finish()
    return seen


def end_at_calls(job: str, number: signal.Signals, share: int, chance: random.Random) -> Counter[str]:
    """End runs before and after the calls that files/output.py makes, at one in ``share`` of them."""
    place, seen = Place(job, FEW), Counter[str]()
    for turn in itertools.count(chance.randrange(share) + 1, share):
        if seen["done"]:
            break
        place.set_up(is_old=turn % 2 == 1)
        code = place.run(partial(end_at_call, turn, number))
        seen[place.check(number, code, is_old=turn % 2 == 1)] += 1
    place.finish()
    return seen


def end_at_call(turn: int, number: signal.Signals) -> None:
    left = turn

    def watch(frame: FrameType, event: str, _: object) -> None:
        nonlocal left
        if event in ("c_call", "c_return") and frame.f_code.co_filename == files.__file__:
            left -= 1
            if not left:
                os.kill(os.getpid(), number)

    sys.setprofile(watch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how often each job is ended at random moments")
    parser.add_argument("--records", type=int, default=20_000, help="how many records those runs have")
    parser.add_argument("--share", type=int, default=1, help="1: at each call; n: at one in n of them")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    for number in SIGNALS.keys() - {signal.SIGKILL}:
        signal.signal(number, signal.SIG_DFL)  # a shell makes background processes ignore some of them
    for module in pkgutil.walk_packages(custobar_formats.__path__, "custobar_formats."):
        if "__" not in module.name:  # neither __main__ nor the hooks of PyInstaller
            import_module(module.name)
    chance, total = random.Random(seed), 0
    for number in SIGNALS:
        for job in JOBS:
            if number != signal.SIGKILL and "convert" not in job:
                continue  # how a signal ends another program is that program's choice
            at_moments = end_at_moments(job, number, options.kills, options.records, chance)
            at_calls = end_at_calls(job, number, options.share, chance)
            total += at_moments.total() + at_calls.total()
            print(f"{number.name}, {job}: at moments {dict(at_moments)}, at calls {dict(at_calls)}", flush=True)
    print(f"{total} runs ended")


if __name__ == "__main__":
    main()
