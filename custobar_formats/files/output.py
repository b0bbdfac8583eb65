"""Files and streams to write to.

In: a destination, as the caller gives it. Out: a stream that takes all bytes. Rule: a file appears complete, by rename,
or not at all.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from custobar_formats.core.arguments import refuse_awaitable
from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import CHUNK, MIN_WRITE
from custobar_formats.core.shown import shown
from custobar_formats.files.compression import packing
from custobar_formats.files.filenames import checked_output, descriptor_of, name_of, naming, packing_of, unpacked_name
from custobar_formats.files.remote import OpenFile, Remote, resolved
from custobar_formats.files.remote_output import EXISTS, appearing, check_commits, check_scheme
from custobar_formats.files.temporary import open_temporary, temporary_folder
from custobar_formats.files.urls import is_url

PRIVATE_MODE = 0o600
"""The permissions of a file that has parts of rows in the clear."""

NEW_MODE = 0o666
"""The permissions of a new file before the process's umask: the same as ``open`` gives."""

Destination = str | os.PathLike[str] | IO[bytes] | OpenFile


class NewFile:
    """A path for ``open_output`` where no file may be, not even one that another process has put there meanwhile."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)

    def __fspath__(self) -> str:
        return self._path


class Output:
    """Writes all bytes, or raises an error with the name of the output."""

    def __init__(self, stream: IO[bytes], name: str | None) -> None:
        self._stream = stream
        self._name = name

    def write(self, data: bytes) -> int:
        """Write all bytes, however few the stream takes at a time."""
        done = self._write_some(data)
        size = 0
        while done < len(data):
            size = max(MIN_WRITE, 2 * size)
            done += self._write_some(data[done : done + size])
        return done

    def _write_some(self, data: bytes) -> int:
        """Write some of the bytes; how many were written.

        Raises:
            UsageError: the stream is closed, or returns something else than a number of bytes.
            OSError: nothing could be written.

        """
        try:
            written: Any = self._stream.write(data)
        except OSError as error:
            error.filename = error.filename or self._name
            raise
        except ValueError:
            if getattr(self._stream, "closed", False) is True:
                raise UsageError("the file to write was closed before all of it was written") from None
            raise
        if written is None:
            if isinstance(self._stream, io.RawIOBase):
                raise BlockingIOError(errno.EAGAIN, "the output is full, and it is non-blocking", self._name)
            return len(data)  # a stream of the caller's own that does not count
        if not hasattr(written, "__index__") or isinstance(written, bool) or not 0 <= written <= len(data):
            kind = type(self._stream).__name__
            raise UsageError(
                f"{kind}.write returned {shown(written)} for {len(data)} bytes: it must return their number"
            )
        if not written and data:
            raise OSError(errno.EIO, "the output takes no more bytes", self._name)
        return int(written)

    def flush(self) -> None:
        """Pass all bytes on to the operating system; a full disk is noticed here."""
        with naming(self._name):
            self._stream.flush()

    def save(self) -> None:
        """Write all bytes to the disk."""
        self.flush()
        with naming(self._name):
            os.fsync(self._stream.fileno())


def check_takes_bytes(destination: object) -> None:
    """Refuse what is neither a path or a URL nor a binary stream that is open for writing.

    Raises:
        UsageError: it is neither.

    """
    if isinstance(destination, (str, os.PathLike)) and is_url(destination):
        check_scheme(os.fspath(destination))
    destination = resolved(destination)
    if isinstance(destination, Remote):
        check_commits(destination)
        return
    if isinstance(destination, (str, os.PathLike)):
        return
    kind = type(destination).__name__
    if isinstance(destination, (type, io.TextIOBase)) or not hasattr(destination, "write"):
        raise UsageError(f"cannot write bytes to {kind}: give a path or a binary stream")
    if getattr(destination, "closed", False) is True:
        raise UsageError("the file to write is closed")
    if not callable(destination.write):
        raise UsageError(f"cannot write bytes to {kind}: give a path or a binary stream")
    written: Any = None
    try:
        with suppress(OSError):  # the first write reports it, with the file's name
            written = destination.write(b"")
    except (TypeError, UnicodeError):
        raise UsageError(f"{kind} takes text: give a path, or open the file with mode 'wb'") from None
    except ValueError as error:
        raise UsageError(f"cannot write to {kind}: {error}") from None
    refuse_awaitable(written, f"{kind} is an asynchronous file: write to io.BytesIO() first, then give it those bytes")
    writable = getattr(destination, "writable", True)
    if not (writable() if callable(writable) else writable):
        raise UsageError(f"{kind} is open for reading only: open it with mode 'wb'")


@contextmanager
def open_output(destination: Destination, *, mode: int = NEW_MODE) -> Iterator[Output]:
    """An output for the destination; a path's file appears only when all went well.

    ``mode``: the permissions of a new file.

    A URL of another store, or an ``OpenFile`` of fsspec, is a file there. A path with the suffix of a packed file (.gz,
    .zip and the like) is packed. A pipe, a terminal, or a file that is already open (/dev/stdout) is written to
    directly. A stream is not closed.

    Raises:
        UsageError: the destination is a text stream, or cannot be written to.
        OSError: the file cannot be written.

    """
    check_takes_bytes(destination)
    is_new = isinstance(destination, NewFile)
    found: Any = resolved(destination)
    if isinstance(found, Remote):
        name = str(found.name)
        with (
            appearing(found, is_new=is_new, on_commit=_note_appearance) as sent,
            _packed(Output(cast("IO[bytes]", sent), name), name) as output,
        ):
            yield output
        return
    if not isinstance(found, (str, os.PathLike)):
        yield Output(found, name_of(found))
        return
    destination = found
    path, name = checked_output(destination), os.fsdecode(destination)
    with naming(name):
        os.stat(path.parent)  # what the system does not find, realpath might: no/../file for file
        is_special, descriptor, target = _is_special(path), descriptor_of(path), Path(os.path.realpath(path))
    if descriptor is not None:
        with _closing(lambda: open(os.dup(descriptor), "wb"), name) as stream:
            yield Output(stream, name)
    elif is_special:
        with _closing(partial(open, path, "wb"), name) as stream:
            yield Output(stream, name)
    else:
        with _appearing(target, name, mode, is_new=is_new) as whole, _packed(whole, name) as output:
            yield output


@contextmanager
def _packed(output: Output, name: str) -> Iterator[Output]:
    """The output of this name, or one that packs into it."""
    kind = packing_of(name)
    if kind is None:
        yield output
        return
    with packing(kind, output, unpacked_name(os.path.basename(name))) as packed:
        yield Output(packed, name)


@contextmanager
def open_whole_output(destination: Destination, *, mode: int = NEW_MODE) -> Iterator[Output]:
    """Like ``open_output``, but a stream too gets everything at the end, or nothing.

    Raises:
        UsageError: the destination is a text stream, or cannot be written to.
        OSError: the file cannot be written.

    """
    with open_output(destination, mode=mode) as output:
        if isinstance(destination, (str, os.PathLike)) or isinstance(resolved(destination), (Remote, Path)):
            yield output
            return
        with _closing(open_temporary, temporary_folder()) as kept:
            yield Output(kept, temporary_folder())
            with naming(temporary_folder()):
                kept.seek(0)
            while chunk := kept.read(CHUNK):
                output.write(chunk)


def _is_special(path: Path) -> bool:
    """Whether a rename would destroy something that is not a regular file; for a folder, open() raises the error."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


@contextmanager
def _appearing(target: Path, name: str, mode: int, *, is_new: bool) -> Iterator[Output]:
    """A file that appears as the target, which the caller knows as ``name``; it replaces an old one unless it is new.

    An old target must be writable.
    """
    temporary = target.with_name(f".custobar-formats.{os.getpid()}-{os.urandom(8).hex()}.tmp")
    with naming(name), suppress(FileNotFoundError), open(target, "r+b") as old:
        mode &= os.fstat(old.fileno()).st_mode  # whoever may not read the old file must not read this one either
    _unfinished[temporary] = None
    try:
        with _closing(partial(open, temporary, "xb", opener=partial(os.open, mode=mode)), name) as stream:
            _unfinished[temporary] = stream
            output = Output(stream, name)
            yield output
            output.save()
        _note_appearance()
        with naming(name):
            if is_new:
                _rename_to_new(temporary, target)
            else:
                with suppress(FileNotFoundError):
                    _make_alike(temporary, target.stat())
                os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):  # a read-only disk refuses this too; the first error has the name that the caller knows
            os.unlink(temporary)
        raise
    finally:
        del _unfinished[temporary]


def _rename_to_new(path: Path, target: Path) -> None:
    """Rename a file to a name that no file has.

    Raises:
        FileExistsError: a file has that name now.

    """
    try:
        try:
            os.link(path, target)  # the only call of all systems that never replaces
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            os.replace(path, target)
        else:
            os.unlink(path)
    except FileExistsError as error:
        error.strerror = EXISTS
        raise


def _make_alike(path: Path, old: os.stat_result) -> None:
    """Give a file the owner, group and mode of the file that it replaces, as far as we may."""
    mode, new = stat.S_IMODE(old.st_mode), path.stat()
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.chown(path, old.st_uid, old.st_gid)
        except OSError:
            try:
                os.chown(path, -1, old.st_gid)
            except OSError:
                mode &= ~stat.S_IRWXG  # a different group, for which the old mode was not meant
    os.chmod(path, mode)


_has_appeared = False


def _note_appearance() -> None:
    global _has_appeared
    _has_appeared = True


def has_appeared() -> bool:
    """Whether a complete file of this process has appeared under its name, or is about to."""
    return _has_appeared


_unfinished: dict[Path, BinaryIO | None] = {}
"""The temporary files of this process and their streams, to be removed if it has to end at once."""


def remove_unfinished() -> None:
    """Remove incomplete files, before this process ends without any other cleanup."""
    for path, stream in list(_unfinished.items()):
        with suppress(OSError, ValueError):
            if stream is not None:
                os.close(stream.fileno())  # not stream.close(): it may be in the middle of writing
        with suppress(OSError):
            os.unlink(path)


@contextmanager
def _closing(opening: Callable[[], Any], name: str) -> Iterator[BinaryIO]:
    """A stream that is opened and closed here; closing it may fail, too, on bytes still to be written."""
    with naming(name):
        stream = opening()
    try:
        yield stream
    finally:
        with naming(name):
            stream.close()
