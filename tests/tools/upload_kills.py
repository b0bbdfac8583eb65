"""Ends uploads at random moments and at each call of journal and network, and counts what was promised of them.

Run it as a script: `python -m tests.tools.upload_kills --kills 50`. It prints what it did and saw, and raises
AssertionError for any fault. Each run of the command is a fork of this process, so that the ends hit its work, not the
imports; the server is another process, and stays. After each end, the same command goes on, and has to finish.
"""

from __future__ import annotations

import argparse
import errno
import itertools
import os
import pkgutil
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import custobar_formats
from custobar_formats.cli import main as cli
from custobar_formats.cli.terminal import STOPPED
from custobar_formats.cli.upload_file import HELD
from custobar_formats.upload import job, journal_file, transport
from tests.tools.upload_work import Promised, Served, counted, write_source

GO_ON = "interrupted: the same command goes on\n"
ENDS = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}
"""The signals that end a run, and its exit code then."""

PAGE = 4096
"""Bytes of a page of a disk in memory."""

FEW, SIZE = 12, 4
"""Rows, and records of a request, of a run that ends at a call."""

SEED = 31
"""The seed of the servers, with which ``poison`` refuses two of the few rows."""

CALLS: tuple[tuple[Any, str], ...] = (
    *((journal_file.JournalFile, name) for name in ("append", "_write", "_sync")),
    *((transport.Transport, name) for name in ("post",)),
    *((transport._Stream, name) for name in ("write", "read", "close")),
    (transport._Backend, "connect_tcp"),
    (job.UploadJob, "write_refused"),
    (job.UploadJob, "write_doubts"),
)
"""The calls before and after which a run ends."""

KINDS: dict[str, tuple[str, tuple[str | float, ...], int]] = {
    "customers": ("customers", (), 0),
    "customers, some refused": ("customers", ("poison",), 1),
    "events": ("events", (), 0),
}
"""The entity, the faults of the server, and the exit code of a run that nothing ends."""


@dataclass
class Place:
    """A folder with a source, and the upload of it that nothing ends."""

    kind: str
    rows: int
    size: int
    faults: tuple[str | float, ...] = ()
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp()))
    slowest: float = 0.0

    def __post_init__(self) -> None:
        self.entity, faults, self.code = KINDS[self.kind]
        self.faults += faults
        self.errors = self.folder / "errors"
        self.source = write_source(self.folder, self.entity, self.rows)
        with self.served() as server:
            self.set_up()
            started = time.monotonic()
            code = self.wait(self.start(server))
            self.seconds = time.monotonic() - started
            assert code == self.code or (self.faults and self.entity == "events"), self.errors.read_text("utf-8")
            self.state = server.state(self.entity)
            self.refused = self.read_refused()

    def served(self) -> Served:
        return Served(*self.faults, seed=SEED)

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def read_refused(self) -> bytes | None:
        path = self.folder / f"{self.source.name}.refused.csv"
        return path.read_bytes() if path.exists() else None

    def set_up(self) -> None:
        self.journal.unlink(missing_ok=True)
        (self.folder / f"{self.source.name}.refused.csv").unlink(missing_ok=True)

    def start(self, server: Served, before: Callable[[], object] = lambda: None) -> int:
        """Fork and run the command in the child; the child's id."""
        child = os.fork()
        if child:
            return child
        code = 99
        try:
            cli._on_signals(cli._end)
            os.chdir(self.folder)
            os.dup2(os.open(self.errors, os.O_WRONLY | os.O_TRUNC | os.O_CREAT), 2)
            os.environ["CUSTOBAR_API_KEY"] = server.key
            sys.argv = ["custobar-formats", "upload", self.source.name, "--url", server.url, "--rate", "100000"]
            sys.argv += ["--max-records", str(self.size), "--journal", str(self.journal)]
            quicken()
            before()
            code = cli.run()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 98
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    @staticmethod
    def wait(child: int) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def go_on(self, server: Served, code: int, expected: int, *, is_heard: bool) -> str:
        """The same command again, after an end that was expected to have a code: it finishes, as promised."""
        printed = self.errors.read_text("utf-8")
        assert code in (expected, self.code, HELD), (self.kind, code, printed)
        assert "Traceback" not in printed, printed
        ended = self.journal.exists() and b'"event":"end"' in self.journal.read_bytes()
        assert code != expected or not is_heard or ended or printed.endswith(GO_ON), printed
        again = self.wait(self.start(server))
        printed = self.errors.read_text("utf-8")
        assert "Traceback" not in printed, printed
        is_done = code in (self.code, HELD) or "the same content was uploaded" in printed
        held = self.entity == "events" and again == HELD
        assert again == self.code or held or (is_done and again == 2), (self.kind, again, printed)
        with self.journal.open("rb") as lines:
            found = counted(lines, server.log(), self.rows)
        # What was refused before anything was accepted is no final outcome, and comes again after an end.
        wrong = [each for each in server.violations() if not self.code or not each.startswith("resent")]
        assert not wrong, wrong
        if self.entity == "events":
            self.check_events(found, server)
        else:
            assert server.state(self.entity) == self.state
            assert all(map(max, found.accepted[1:], found.refused[1:])), "a row is in no accepted request"
            assert self.read_refused() == self.refused, (printed, self.read_refused())
        return "done" if code != expected else "went on" if again == self.code else "held" if held else "was done"

    def check_events(self, found: Promised, server: Served) -> None:
        stored = server.event_rows()
        assert len(set(stored)) == len(stored), "an event is stored twice"
        doubted = {row for row in range(1, self.rows + 1) if not found.taken[row]}
        assert set(range(1, self.rows + 1)) - set(stored) <= doubted

    def remove(self) -> None:
        shutil.rmtree(self.folder)


def quicken() -> None:
    """Let waits take nearly no time."""
    sleep: Callable[[float], None] = time.sleep
    setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))  # noqa: B010
    setattr(journal_file, "JOURNAL_PATIENCE_SECONDS", 0.05)  # noqa: B010


def at_calls(calls: tuple[tuple[Any, str], ...], turn: int, act: Callable[[], object]) -> None:
    """Act before or after the call of this number."""
    left = itertools.count(turn - 1, -1)

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*arguments: Any, **options: Any) -> Any:
            if not next(left):
                act()
            result = call(*arguments, **options)
            if not next(left):
                act()
            return result

        return instead

    for owner, name in calls:
        setattr(owner, name, watched(getattr(owner, name)))


def kill_self(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def end_at_moments(kind: str, number: signal.Signals, times: int, rows: int, chance: random.Random) -> Counter[str]:
    """End runs through faults at random moments."""
    place, seen = Place(kind, rows, 20, (0.05,)), Counter[str]()
    for _ in range(times):
        place.set_up()
        with place.served() as server:
            child = place.start(server)
            time.sleep(chance.uniform(0, place.seconds))
            os.kill(child, number)
            started = time.monotonic()
            code = place.wait(child)
            place.slowest = max(place.slowest, time.monotonic() - started)
            is_heard = number != signal.SIGKILL and place.journal.exists()
            seen[place.go_on(server, code, ENDS[number], is_heard=is_heard)] += 1
    seen["slowest, ms"] = round(place.slowest * 1000)
    place.remove()
    return seen


def end_at_calls(kind: str, number: signal.Signals, share: int, chance: random.Random) -> Counter[str]:
    """End runs before and after each call of journal and network, at one in ``share`` of them."""
    place, seen = Place(kind, FEW, SIZE), Counter[str]()
    for turn in itertools.count(chance.randrange(share) + 1, share):
        if seen["done"]:
            break
        place.set_up()
        with place.served() as server:
            end = partial(kill_self, number)
            code = place.wait(place.start(server, partial(at_calls, CALLS, turn, end)))
            seen[place.go_on(server, code, ENDS[number], is_heard=number != signal.SIGKILL)] += 1
    place.remove()
    return seen


def full_at(turn: int, name: str, number: int, *, is_short: bool, is_once: bool) -> None:
    """Let the call of this number fail as on a full disk, and all after it unless ``is_once``."""
    call, left = getattr(os, name), itertools.count(turn - 1, -1)

    def instead(*arguments: Any) -> Any:
        now = next(left)
        if now == 0 or (now < 0 and not is_once):
            if is_short and len(arguments[1]) > 1:
                call(arguments[0], arguments[1][: len(arguments[1]) // 2])
            raise OSError(number, os.strerror(number))
        return call(*arguments)

    setattr(os, name, instead)


DISKS: dict[str, Callable[[int], None]] = {
    "no write": partial(full_at, name="write", number=errno.ENOSPC, is_short=False, is_once=False),
    "half a write": partial(full_at, name="write", number=errno.ENOSPC, is_short=True, is_once=False),
    "half a write once": partial(full_at, name="write", number=errno.ENOSPC, is_short=True, is_once=True),
    "no fsync": partial(full_at, name="fsync", number=errno.ENOSPC, is_short=False, is_once=False),
    "no fsync once": partial(full_at, name="fsync", number=errno.EIO, is_short=False, is_once=True),
}


def fill_at_calls(kind: str, share: int, chance: random.Random) -> Counter[str]:
    """Let the disk be full from each write and each fsync on."""
    place, seen = Place(kind, FEW, SIZE), Counter[str]()
    for disk, fill in DISKS.items():
        for turn in itertools.count(chance.randrange(share) + 1, share):
            place.set_up()
            with place.served() as server:
                code = place.wait(place.start(server, partial(fill, turn)))
                end = place.go_on(server, code, STOPPED, is_heard=False)
                seen[end] += 1
            if end == "done" and ("once" not in disk or turn > 4 * FEW):
                break
    place.remove()
    return seen


def fill_disk(kind: str) -> Counter[str]:
    """Run in a folder whose disk is full at each size, a page at a time; not where none can be mounted."""
    place, seen = Place(kind, 200, 4), Counter[str]()
    folder, mount = place.folder, Path(tempfile.mkdtemp())
    place.folder = mount
    for pages in itertools.count(place.source.stat().st_size // PAGE + 1):
        size = f"size={pages * PAGE}"
        if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", mount], capture_output=True).returncode:
            return Counter({"no disk can be mounted": 1})
        try:
            shutil.copy(place.source, mount)
            with place.served() as server:
                code = place.wait(place.start(server))
                subprocess.run(["mount", "-o", "remount,size=10m", mount], check=True)
                end = place.go_on(server, code, STOPPED, is_heard=False)
                seen[end] += 1
        finally:
            subprocess.run(["umount", mount], check=True)
        if end == "done":
            break
    shutil.rmtree(folder)
    mount.rmdir()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="how often each kind is ended at random moments")
    parser.add_argument("--rows", type=int, default=2_000, help="how many rows those runs have")
    parser.add_argument("--share", type=int, default=1, help="1: at each call; n: at one in n of them")
    parser.add_argument("--kind", choices=KINDS, help="one of them alone")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # a shell makes background processes ignore some of them
    for module in pkgutil.walk_packages(custobar_formats.__path__, "custobar_formats."):
        if "__" not in module.name:  # neither __main__ nor the hooks of PyInstaller
            import_module(module.name)
    chance = random.Random(seed)
    for kind in [options.kind] if options.kind else KINDS:
        for number in ENDS:
            seen = end_at_calls(kind, number, options.share, chance)
            print(f"{number.name}, {kind}: at calls {dict(seen)}", flush=True)
            seen = end_at_moments(kind, number, options.kills, options.rows, chance)
            print(f"{number.name}, {kind}: at moments {dict(seen)}", flush=True)
        print(f"full disk, {kind}: at calls {dict(fill_at_calls(kind, options.share, chance))}", flush=True)
        if options.share == 1:
            print(f"full disk, {kind}: mounted {dict(fill_disk(kind))}", flush=True)


if __name__ == "__main__":
    main()
