"""A file that is read in parts, by this process and by others.

In: the path of a regular file, and what identifies its content. Out: bytes from any place. Rule: a file that has been
replaced or written to meanwhile is refused, because its parts would not be those of one file; so is another one that a
machine has under the same path.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import BinaryIO, Protocol

from custobar_formats.core.job_limits import END_BYTES
from custobar_formats.core.limits import CHUNK
from custobar_formats.core.scalars import plain_scalar

State = tuple[int, int, int, int]


class OpenedParts(Protocol):
    """A file of which parts are read."""

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from a place on, fewer only at the end of the file.

        Raises:
            OSError: they cannot be read, or the file is another one now.

        """

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` to ``end``, a few at a time.

        Raises:
            OSError: as above.

        """


class PartedFile(Protocol):
    """A file, as it was when it was opened, which any number of processes can open."""

    @property
    def size(self) -> int:
        """Its bytes."""

    def anywhere(self) -> PartedFile:
        """The same file for processes of any machine that can reach it.

        Raises:
            OSError: it cannot be opened, or it has changed.

        """

    def opened(self) -> AbstractContextManager[OpenedParts]:
        """The file, opened.

        Raises:
            OSError: it cannot be opened, or it has changed.

        """


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file with a path.

    Attributes:
        path: where it is, whatever the current folder.
        name: how messages call it.
        size: its bytes.
        state: its device, its number there, its size and the time of its last change.
        ends: the digest of its first and last bytes, which identifies it on machines where its state may be another
            one; None on the machine that has opened it.

    """

    path: str
    name: str
    size: int
    state: State
    ends: bytes | None = None

    def anywhere(self) -> LocalFile:
        """The same file for processes of any machine that has it under the same path.

        Raises:
            OSError: it cannot be opened, or it has changed.

        """
        with self.opened() as opened:
            return replace(self, ends=opened.ends())

    @contextmanager
    def opened(self) -> Iterator[OpenedFile]:
        """The file, opened; checked at the start and at the end.

        Raises:
            OSError: it cannot be opened, or it has changed.

        """
        with self._open() as stream:
            opened = OpenedFile(self, stream)
            opened.check()
            yield opened
            opened.check()

    def _open(self) -> BinaryIO:
        try:
            return open(self.path, "rb")
        except OSError as error:
            where = "" if self.ends is None else ", where a part of it is read"
            raise OSError(error.errno, f"{error.strerror}{where}", self.name) from None


class OpenedFile:
    """A file with a path, of which parts are read."""

    def __init__(self, file: LocalFile, stream: BinaryIO) -> None:
        self._file = file
        self._stream = stream
        self._state = None if file.ends is not None else file.state

    def check(self) -> None:
        """Raise OSError if the file has changed, or is another one here."""
        state = _state(os.fstat(self._stream.fileno()))
        if self._state is None:
            if state[2] != self._file.size or self.ends() != self._file.ends:
                message = "where a part of the file is read, its size, its start or its end is another one"
                raise OSError(errno.EBUSY, message, self._file.name)
            self._state = state
        elif state != self._state:
            raise OSError(errno.EBUSY, "the file changed while it was read", self._file.name)

    def ends(self) -> bytes:
        """The digest of the first and the last bytes."""
        size = self._file.size
        return blake2b(
            self.read(0, END_BYTES) + self.read(max(0, size - END_BYTES), END_BYTES), digest_size=16
        ).digest()

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from a place on, fewer only at the end of the file."""
        self._stream.seek(start)
        return self._stream.read(size)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` to ``end``, a few at a time."""
        while start < end and (piece := self.read(start, min(CHUNK, end - start))):
            start += len(piece)
            yield piece


def parted_file(path: str, descriptor: int) -> LocalFile | None:
    """The file at a path, if it is regular and the one that is open, and other processes find it too; else None."""
    try:
        place = _place_for_all(path)
        opened, there = os.fstat(descriptor), os.stat(place)
    except OSError:
        return None
    if not stat.S_ISREG(opened.st_mode) or _state(opened) != _state(there) or place.startswith("/dev/fd/"):
        return None
    return LocalFile(place, plain_scalar(path), opened.st_size, _state(opened))


def kept_file(name: str, descriptor: int) -> LocalFile | None:
    """A file without a path that this process has open, if other processes of this machine can open it; else None."""
    place = f"/proc/{os.getpid()}/fd/{descriptor}"
    if not os.path.exists(place):
        return None
    status = os.fstat(descriptor)
    return LocalFile(place, plain_scalar(name), status.st_size, _state(status))


def _place_for_all(path: str) -> str:
    """The absolute path of a file; of one that a process has open, such as /dev/stdin, where that file really is."""
    place: str = os.path.abspath(plain_scalar(path))
    return os.path.realpath(place) if place.startswith(("/dev/", "/proc/")) else place


def content_of(stream: BinaryIO) -> tuple[int, int] | None:
    """The size and the modification time of a file, which change when it is written to; None for anything else."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:  # a program that calls the command may have put an in-memory stream in the place of stdin
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _state(status: os.stat_result) -> State:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
