"""The file of a journal: locked, appended to, written to the disk.

In: a path, and lines. Out: the journal that it holds. Rules: one process has it at a time; what was appended with
``sync`` survives a power cut; a line is there whole or not at all, once the next one follows.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from types import TracebackType

from custobar_formats.core.errors import UsageError, misuse, misuse_of
from custobar_formats.core.upload_limits import JOURNAL_PATIENCE_SECONDS, JOURNAL_PAUSE_SECONDS, MAX_JOURNAL_LINE
from custobar_formats.files.filenames import checked_path, naming
from custobar_formats.files.output import PRIVATE_MODE
from custobar_formats.upload.journal import Journal, another_journal, last_run, read_lines

OLD_SUFFIX = ".old"

_LOCKED_BYTE = 0x7FFF_FFFE
"""The byte that is locked on Windows, where nobody may read what another has locked: beyond the end of any journal."""

_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_UNABLE = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
"""A file system that has no locks, or that cannot be made to write to its disk."""

_NOT_CONFIRMED = "this file system does not confirm what is on its disk"
_NO_LOCKS = "this file system has no locks"

Clock = Callable[[], float]
Sleep = Callable[[float], object]


class JournalStopped(OSError):
    """The journal is held by another process, or cannot be written: the same upload goes on later."""


class JournalFile:
    """A journal's file, and the journal that it holds.

    ``clock``, ``sleep``: seconds of a clock that never goes back, and a wait; for writes that fail.

    Raises:
        JournalStopped: another process has it.
        UsageError: it is damaged or no journal, or its file system has no locks.
        OSError: it cannot be opened.

    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Clock, sleep: Sleep) -> None:
        self.path = checked_path(path)
        self.journal = Journal()
        self._clock, self._sleep = clock, sleep
        self._synced = 0  # bytes that are on the disk
        self._pending = b""  # lines behind these
        self._written = 0  # bytes that are surely in the file: whole lines
        self._to_cut = False
        self._is_folder_synced = False
        self._is_stopped = False
        with naming(self.path):
            self._descriptor = _open_locked(self.path)
        try:
            self._read()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> JournalFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, line: bytes, *, sync: bool = False) -> None:
        """Write a line; with ``sync``, to the disk, with all that is before it.

        What fails is cut back, and tried again for a few seconds.

        Raises:
            JournalStopped: it cannot be written; then no more lines are taken.
            UsageError: the file system cannot be made to write to its disk.

        """
        if self._is_stopped:
            raise JournalStopped(errno.EIO, "the journal could not be written", self.path)
        before, until = self._synced + len(self._pending), self._clock() + JOURNAL_PATIENCE_SECONDS
        self._pending += line
        while True:
            try:
                self._write()
                if sync:
                    self._sync()
            except OSError as error:
                self._cut_back(before)
                self._is_stopped = error.errno in _UNABLE or self._clock() >= until
                if error.errno in _UNABLE:
                    raise _elsewhere(self.path, _NOT_CONFIRMED) from error
                if self._is_stopped:
                    reason = f"the journal cannot be written ({error.strerror}): once it can, the same upload goes on"
                    raise JournalStopped(error.errno, reason, self.path) from error
                self._sleep(JOURNAL_PAUSE_SECONDS)
            else:
                return

    def replace(self) -> None:
        """Keep the file as it is under another name, and begin an empty one.

        Raises:
            JournalStopped: another process has begun one meanwhile.
            OSError: it cannot be renamed.

        """
        with naming(self.path):
            if sys.platform == "win32":  # which renames no open file
                os.close(self._descriptor)
                os.replace(self.path, self.path + OLD_SUFFIX)
                self._descriptor = _open_locked(self.path, only_new=True)
            else:
                os.replace(self.path, self.path + OLD_SUFFIX)
                old, self._descriptor = self._descriptor, _open_locked(self.path, only_new=True)
                os.close(old)
        self.journal = Journal()
        self._synced, self._pending, self._written = 0, b"", 0
        self._to_cut = self._is_folder_synced = False

    def close(self) -> None:
        """Close the file, and let others have it; one to which nothing was ever written is removed."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        with suppress(OSError):
            if not os.fstat(descriptor).st_size:
                os.unlink(self.path)  # Windows does not, while it is open; an empty file is no journal there either
        os.close(descriptor)

    def _read(self) -> None:
        """Read what earlier runs have left."""
        with naming(self.path), open(self._descriptor, "rb", closefd=False) as file:
            try:
                self.journal, self._written, self._to_cut = read_lines(_lines_of(file))
            except UsageError as error:
                raise misuse_of(self.path, error) from None
        self._synced = self._written

    def _write(self) -> None:
        """Write the lines that are not surely in the file."""
        if self._to_cut:
            os.ftruncate(self._descriptor, self._written)
            self._to_cut = False
        start, self._written = self._written, self._synced  # until all of it is written, however that ends
        data = memoryview(self._pending)[start - self._synced :]
        os.lseek(self._descriptor, start, os.SEEK_SET)
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._written = self._synced + len(self._pending)

    def _cut_back(self, size: int) -> None:
        """Remove a part of a line that could not be written.

        The lines since the last fsync are written once more before the next one, in place: a failed fsync may have lost
        them, and no second fsync would notice.
        """
        self._written = self._synced
        with suppress(OSError):
            os.ftruncate(self._descriptor, size)

    def _sync(self) -> None:
        """Have the file written to the disk, and, the first time, its name in the folder."""
        _sync(self._descriptor)
        if not self._is_folder_synced:
            _sync_folder(os.path.dirname(self.path) or os.curdir)
            self._is_folder_synced = True
        self._synced, self._pending = self._written, b""


class JournalCopy(JournalFile):
    """The journal that a file holds now, an empty one without a file; nothing is locked, and nothing is written.

    Raises:
        UsageError: it is damaged or no journal.
        OSError: it cannot be read.

    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = "" if path is None else checked_path(path)
        self.journal = Journal()
        if not os.path.lexists(self.path):
            return
        if not os.path.isfile(self.path):  # such as a pipe, which would keep us waiting
            raise _irregular(self.path)
        with naming(self.path), open(self.path, "rb") as file:
            try:
                self.journal = read_lines(_lines_of(file)).journal
            except UsageError as error:
                raise misuse_of(self.path, error) from None

    def append(self, line: bytes, *, sync: bool = False) -> None:
        """Nothing."""

    def replace(self) -> None:
        """Begin an empty journal."""
        self.journal = Journal()

    def close(self) -> None:
        """Nothing."""


def read_unfinished(path: str | os.PathLike[str]) -> Journal | None:
    """The journal that a file holds, if its upload has not come to its end; nothing is locked, so it may go on."""
    try:
        journal = JournalCopy(path).journal
    except (OSError, UsageError):
        return None
    return journal if journal.begin is not None and journal.ended is None else None


def _open_locked(path: str, *, only_new: bool = False) -> int:
    """The descriptor of the file, which is locked; a new file if there is none."""
    while True:
        descriptor = _open(path, only_new=only_new)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _irregular(path)
            try:
                _lock(descriptor)
            except OSError as error:
                raise _not_locked(error, path, descriptor) from error
            if _is_still(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # another process has renamed or removed it before we had the lock


def _open(path: str, *, only_new: bool) -> int:
    """The descriptor of the file, to read and write."""
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # which a pipe would block
    while True:
        try:
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
        except FileExistsError as error:
            if only_new:
                raise JournalStopped(errno.EEXIST, "another process has begun this journal", path) from error
        try:
            return os.open(path, flags)
        except FileNotFoundError:  # removed meanwhile
            if os.path.islink(path):
                raise


def _is_still(path: str, descriptor: int) -> bool:
    """Whether the file that is open still has the path."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    """Lock an open file, or fail at once; the lock goes with the descriptor, also if the process is killed."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _not_locked(error: OSError, path: str, descriptor: int) -> Exception:
    """The error where a file could not be locked."""
    if error.errno in _HELD:
        with open(descriptor, "rb", closefd=False) as file:
            file.seek(0)
            run = last_run(_lines_of(file))
        return JournalStopped(error.errno, f"another upload has this journal{_named(run)}: wait for its end", path)
    if error.errno in _UNABLE:
        return _elsewhere(path, _NO_LOCKS)
    return error


def _irregular(path: str) -> UsageError:
    return misuse(lambda caller: f"{path}: a journal is a regular file: {another_journal(caller)}")


def _elsewhere(path: str, reason: str) -> UsageError:
    return misuse(lambda caller: f"{path}: {reason}: put the journal elsewhere with {caller.argument('journal')}")


def _named(run: tuple[int, datetime] | None) -> str:
    return "" if run is None else f", process {run[0]} since {run[1]:%Y-%m-%d %H:%M:%S} UTC"


def _lines_of(file: io.BufferedReader) -> Iterable[bytes]:
    return iter(lambda: file.readline(MAX_JOURNAL_LINE), b"")


def _sync(descriptor: int) -> None:
    """Have an open file written to the disk."""
    if sys.platform == "darwin":
        import fcntl

        with suppress(OSError):  # a file system without it
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync leaves it in the disk's cache there
            return
    os.fsync(descriptor)


def _sync_folder(folder: str) -> None:
    """Have a folder's names written to the disk; Windows does so by itself."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
