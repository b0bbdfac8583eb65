"""The file of a journal: who has it, what is on the disk, and what a failed write leaves."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from custobar_formats.core.errors import UsageError
from custobar_formats.upload import journal_file
from custobar_formats.upload.journal import Next
from custobar_formats.upload.journal_file import JournalFile, JournalStopped
from custobar_formats.upload.journal_lines import Begin, Event, Outcome, Run, Sending, State
from tests.processes import PATIENCE, environment

AT = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
BEGIN = Begin("a.csv", 1, "ab", "customers", "https://acme.custobar.com", True)
ROWS = ((1, 500),)
NEXT = ((501, 900),)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


def opened(path: Path, time: Time | None = None) -> JournalFile:
    time = time or Time()
    return JournalFile(path, clock=time.clock, sleep=time.sleep)


def write(file: JournalFile, event: Event, *, sync: bool = False) -> None:
    file.append(file.journal.record(event, AT), sync=sync)


def begin(file: JournalFile) -> None:
    write(file, BEGIN, sync=True)
    write(file, Run(77))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.csv.acme.custobar.com.upload-journal"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the system that write, in order; each still does its work."""
    made: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(descriptor: int, *rest: Any) -> Any:
            kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
            made.append(f"{name} {kind}")
            return real(descriptor, *rest)

        return call

    for name in ("write", "fsync", "ftruncate"):
        monkeypatch.setattr(os, name, noting(name))
    return made


def failing(monkeypatch: pytest.MonkeyPatch, name: str, *errors: int | None) -> None:
    """Let a call of the system fail; each time with the next error, or not where it is None; then with the last."""
    real, left = getattr(os, name), list(errors)

    def call(*arguments: Any) -> Any:
        error = left.pop(0) if len(left) > 1 else left[0]
        if error is not None:
            if name == "write":
                real(arguments[0], arguments[1][:9])
            raise OSError(error, os.strerror(error))
        return real(*arguments)

    monkeypatch.setattr(os, name, call)


def test_a_new_journal_is_private_and_on_the_disk_before_a_request(path: Path, calls: list[str]) -> None:
    with opened(path) as file:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        begin(file)
        assert calls == ["write file", "fsync file", "fsync folder", "write file"]
        del calls[:]
        write(file, Sending(ROWS, "cd"), sync=True)
        write(file, Outcome(State.TAKEN, ROWS, 200))
        write(file, Sending(NEXT, "cd"), sync=True)
        assert calls == ["write file", "fsync file", "write file", "write file", "fsync file"]  # one fsync a request
        state = file.journal
    with opened(path) as again:
        assert again.journal == state


def test_one_that_was_never_written_is_not_left(path: Path) -> None:
    opened(path).close()
    assert not path.exists()
    with opened(path) as file:
        begin(file)
    file.close()
    with opened(path):
        pass
    assert path.exists()


def test_a_tail_is_cut_before_the_first_line_and_not_earlier(path: Path, calls: list[str]) -> None:
    with opened(path) as file:
        begin(file)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[-30:-1] + bytes(5000))
    with opened(path):
        pass
    assert path.stat().st_size == len(whole) + 5029
    del calls[:]
    with opened(path) as file:
        write(file, Run(78))
    assert calls == ["ftruncate file", "write file"]
    assert path.read_bytes().startswith(whole)
    with opened(path) as file:
        assert file.journal.run == Run(78)


@pytest.mark.parametrize("content", [b"external_id\n1\n", b"x"])
def test_another_file_stays_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no journal of an upload"):
        opened(path)
    assert path.read_bytes() == content


def test_what_is_no_file_is_refused(tmp_path: Path, path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        opened(tmp_path)
    os.mkfifo(path)
    with pytest.raises(UsageError, match="regular file"):
        opened(path)
    path.unlink()
    path.symlink_to(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        opened(path)
    with pytest.raises(FileNotFoundError) as caught:
        opened(tmp_path / "none" / "a")
    assert caught.value.filename == str(tmp_path / "none" / "a")


@pytest.mark.parametrize("name", ["write", "fsync"])
def test_what_fails_for_a_moment_is_written_whole(path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    time = Time()
    with opened(path, time) as file:
        begin(file)
        failing(monkeypatch, name, errno.ENOSPC, errno.EIO, None)
        write(file, Sending(ROWS, "cd"), sync=True)
        write(file, Outcome(State.TAKEN, ROWS, 200))
        assert 0 < time.now < 5
        state = file.journal
    with opened(path) as again:
        assert again.journal == state


def test_a_failed_fsync_writes_all_lines_since_the_last_one_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system forgets what it could not write, and its next fsync succeeds."""
    with opened(path) as file:
        begin(file)
        write(file, Sending(ROWS, "cd"), sync=True)
        synced = path.stat().st_size
        write(file, Outcome(State.TAKEN, ROWS, 200))
        failing(monkeypatch, "fsync", errno.EIO, None)
        places: list[tuple[int, int]] = []

        def noting(descriptor: int, data: bytes, real: Callable[[int, bytes], int] = os.write) -> int:
            places.append((os.lseek(descriptor, 0, os.SEEK_CUR), len(data)))
            return real(descriptor, data)

        monkeypatch.setattr(os, "write", noting)
        write(file, Sending(NEXT, "cd"), sync=True)
    size = path.stat().st_size
    assert places[1:] == [(synced, size - synced)]


@pytest.mark.parametrize("name", ["write", "fsync"])
def test_what_fails_on_leaves_whole_lines_and_ends_the_run(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    time = Time()
    with opened(path, time) as file:
        begin(file)
        write(file, Sending(ROWS, "cd"), sync=True)
        write(file, Outcome(State.TAKEN, ROWS, 200))
        before = path.read_bytes()
        with monkeypatch.context() as patch:
            failing(patch, name, errno.ENOSPC)
            with pytest.raises(JournalStopped, match="No space left on device.*the same upload goes on") as caught:
                write(file, Sending(NEXT, "cd"), sync=True)
        assert caught.value.filename == str(path)
        assert 5 <= time.now < 6
        with pytest.raises(JournalStopped):
            write(file, Outcome(State.DOUBT, NEXT))
    assert path.read_bytes() == before
    with opened(path) as again:
        assert again.journal.next(ROWS, hold=False) is Next.SKIP
        assert again.journal.next(NEXT, hold=True) is Next.SEND


def test_a_cut_that_fails_too_leaves_a_tail(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as file:
        begin(file)
        whole = path.read_bytes()
        failing(monkeypatch, "write", errno.ENOSPC)
        failing(monkeypatch, "ftruncate", errno.EIO)
        with pytest.raises(JournalStopped):
            write(file, Sending(ROWS, "cd"), sync=True)
    assert len(path.read_bytes()) == len(whole) + 9
    with opened(path) as again:
        assert again.journal.next(ROWS, hold=True) is Next.SEND


@pytest.mark.parametrize("done", [0, 9, 10_000])
def test_an_interrupted_write_is_whole_with_the_next_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    with opened(path) as file:
        begin(file)
        write(file, Sending(ROWS, "cd"), sync=True)

        def interrupted(descriptor: int, data: bytes, real: Callable[[int, bytes], int] = os.write) -> int:
            real(descriptor, data[:done])
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                write(file, Outcome(State.FAILED, ROWS, 429, "too_many_requests_in_a_minute"))
        write(file, Sending(ROWS, "e"), sync=True)
        state = file.journal
    with opened(path) as again:
        assert again.journal == state


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_place_that_cannot_confirm_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    failing(monkeypatch, "fsync", *([None] if kind == "folder" else []), errno.EINVAL)
    with opened(path) as file, pytest.raises(UsageError, match="does not confirm .* journal="):
        begin(file)
    assert not path.exists()


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_place_without_locks_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    import fcntl

    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(UsageError, match="has no locks: put the journal elsewhere"):
        opened(path)


def test_windows_locks_a_byte_that_no_journal_has(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[tuple[int, int, int]] = []

    def locking(descriptor: int, mode: int, count: int) -> None:
        locked.append((os.lseek(descriptor, 0, os.SEEK_CUR), mode, count))
        if len(locked) > 1:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    monkeypatch.setattr(sys, "platform", "win32")
    with opened(path) as file:
        begin(file)
        with pytest.raises(JournalStopped, match="another upload has this journal, process 77 since"):
            opened(path)
    assert locked == [((1 << 31) - 2, 2, 1)] * 2
    assert path.read_bytes().startswith(b'{"n":1,')


def test_a_second_one_is_refused_and_named(path: Path) -> None:
    with opened(path) as file:
        with pytest.raises(JournalStopped, match="another upload has this journal: wait for its end"):
            opened(path)
        begin(file)
        with pytest.raises(
            JournalStopped, match="another upload has this journal, process 77 since 2026-11-30 20:30:00 UTC: wait"
        ) as caught:
            opened(path)
        assert caught.value.filename == str(path)
    opened(path).close()


def test_one_that_is_kept_as_old_makes_room_for_a_new_one(path: Path) -> None:
    old = path.with_name(path.name + ".old")
    old.write_bytes(b"an older one")
    with opened(path) as file:
        begin(file)
        whole = path.read_bytes()
        file.replace()
        assert (old.read_bytes(), path.read_bytes()) == (whole, b"")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert file.journal.begin is None
        with pytest.raises(JournalStopped):
            opened(path)
        begin(file)
    assert path.read_bytes() == whole


def test_a_lock_on_what_was_renamed_meanwhile_is_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as file:
        begin(file)
    real, moved = journal_file._lock, path.with_name("moved")

    def lock(descriptor: int) -> None:
        if not moved.exists():
            path.rename(moved)
        real(descriptor)

    monkeypatch.setattr(journal_file, "_lock", lock)
    with opened(path) as file:
        assert file.journal.begin is None
        begin(file)
    assert path.exists()


def test_a_journal_that_another_has_begun_meanwhile_is_not_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace
    with opened(path) as file:
        begin(file)
        monkeypatch.setattr(os, "replace", lambda old, new: (real(old, new), path.write_bytes(b"its")))
        with pytest.raises(JournalStopped, match="another process has begun"):
            file.replace()
    assert path.read_bytes() == b"its"


PROGRAM = """
import os, sys, time
from datetime import UTC, datetime
from custobar_formats.upload.journal_file import JournalFile
from custobar_formats.upload.journal_lines import Begin, Outcome, Run, Sending, State

at = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
file = JournalFile(sys.argv[1], clock=time.monotonic, sleep=time.sleep)
events = [
    (Begin("a.csv", 1, "ab", "customers", "https://acme.custobar.com", True), True),
    (Run(os.getpid()), False),
    (Sending(((1, 500),), "cd"), True),
    (Outcome(State.TAKEN, ((1, 500),), 200), False),
    (Sending(((501, 900),), "cd"), True),
]
fsync = os.fsync
for number, (event, sync) in enumerate(events, 1):
    if number == len(events):
        os.fsync = lambda descriptor: (print("written", flush=True), time.sleep(9999))
    file.append(file.journal.record(event, at), sync=sync)
"""


def test_a_process_that_is_killed_between_write_and_fsync_frees_the_journal(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"written\n"
            with pytest.raises(JournalStopped, match=f"process {process.pid} since 2026-11-30 20:30:00 UTC"):
                opened(path)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)
    with opened(path) as file:
        write(file, Run(78))
        assert file.journal.next(ROWS, hold=False) is Next.SKIP
        assert [doubt.rows for doubt in file.journal.doubts()] == [NEXT]
        write(file, Sending(NEXT, "cd"), sync=True)
        write(file, Outcome(State.TAKEN, NEXT, 200))
        write(file, file.journal.end())
    with opened(path) as file:
        assert file.journal.ended == AT
        assert file.journal.spans() == 1
