"""Files that are written to other stores.

In: a file in another store. Out: a stream that takes all bytes. Rule: the file is there whole or not at all, so only
stores are written to that keep what they are sent until it is committed.
"""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import MAX_REMOTE_PART, REMOTE_PART, REMOTE_PARTS
from custobar_formats.files.remote import Remote, scheme_of, schemes_of
from custobar_formats.files.urls import as_name

COMMITTING = frozenset({"s3", "s3a", "gs", "gcs", "memory"})
"""The schemes whose files fsspec can commit or discard (``autocommit=False``); others ignore that, and a run that fails
would leave a part of its output."""

EXISTS = "the file exists now: overwrite it with --force, or choose another name"


def check_scheme(url: str) -> None:
    """Refuse the URL of a store that may keep a part of a file, before the store is reached.

    Raises:
        UsageError: it is one, or no URL of one file.

    """
    if scheme_of(url) not in COMMITTING:
        raise _keeps_parts(as_name(url))


def _keeps_parts(name: str) -> UsageError:
    scheme = name.partition("://")[0]
    return UsageError(f"{name}: {scheme}:// cannot take a file whole or not at all: write a file, or to s3:// or gs://")


def check_commits(remote: Remote) -> None:
    """Refuse a store that may keep a part of a file.

    Raises:
        UsageError: it is one, or the file was opened for reading only.
        IsADirectoryError: it names a folder.

    """
    schemes = schemes_of(remote.fs)
    if not schemes & COMMITTING:
        raise _keeps_parts(remote.name)
    if remote.mode and remote.mode not in ("wb", "xb"):
        raise UsageError(f"{remote.name}: it is open for reading only: open it with mode 'wb'")
    path = remote.path.lstrip("/")
    if not path or remote.name.endswith("/") or ("memory" not in schemes and "/" not in path):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", remote.name)


class _Sent(io.RawIOBase):
    """Bytes on their way to a store, whose errors are those of a file."""

    def __init__(self, remote: Remote, stream: Any) -> None:
        self._remote = remote
        self._stream = stream
        self._sent = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.blocksize = max(REMOTE_PART, min(self._sent // REMOTE_PARTS, MAX_REMOTE_PART))
        self._sent += len(data)
        with self._remote.translating():
            return int(self._stream.write(data))

    def commit(self) -> None:
        with self._remote.translating():
            self._stream.close()
            self._stream.commit()
            self._remote.fs.invalidate_cache(self._remote.path)

    def discard(self) -> None:
        """Throw away what the store has been sent; it may be out of reach, and keeps a part that is no file."""
        with suppress(Exception):
            self._stream.discard()
        with suppress(Exception):
            self._stream.closed = True  # else it would send the rest when it is deleted


@contextmanager
def appearing(remote: Remote, *, is_new: bool, on_commit: Callable[[], None]) -> Iterator[io.RawIOBase]:
    """A stream; its file appears at the end if all went well, and replaces an old one unless it is new.

    Raises:
        UsageError: the store may keep a part of a file.
        OSError: the file cannot be written.

    """
    check_commits(remote)
    is_new = is_new or "x" in remote.mode
    with remote.translating():
        sent = _Sent(remote, _opened(remote, "xb" if is_new else "wb"))
    try:
        yield sent
        _check_is_new(remote, is_new=is_new)
        on_commit()
        try:
            sent.commit()
        except OSError:
            _check_is_new(remote, is_new=is_new)  # the store was asked for that too, with the last request
            raise
    except BaseException:
        sent.discard()
        raise


def _check_is_new(remote: Remote, *, is_new: bool) -> None:
    if is_new and remote.exists():
        raise FileExistsError(errno.EEXIST, EXISTS, remote.name)


def _opened(remote: Remote, mode: str) -> Any:
    """A file that is not there before it is committed."""
    fs = remote.fs
    if "memory" in schemes_of(fs):  # whose open heeds no autocommit, but whose file can be made by itself
        from fsspec.implementations.memory import MemoryFile

        if fs.isdir(remote.path):
            raise IsADirectoryError
        return MemoryFile(fs, remote.path)
    stream = fs.open(remote.path, mode, block_size=REMOTE_PART, autocommit=False)
    with suppress(ValueError):
        fs.transaction.files.remove(stream)  # else a transaction of the caller's own would commit or discard it
    return stream
