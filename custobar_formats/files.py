"""Paths and streams: where bytes come from, and writing files whole or not at all.

In: what a caller calls a source or a destination. Out: chunks of bytes or text, or a stream to write to.
The rule kept here: a source that is not ours is read from where it stands and never closed; a file
appears complete, by rename, or not at all.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO, cast

from custobar_formats.errors import UsageError
from custobar_formats.names import checked_output, checked_path, descriptor_of

CHUNK = 65_536
"""Bytes or characters read at once: large enough for speed, small enough for the processor's cache."""

HEAD_BYTES = 65_536
"""Bytes from the start that are looked at before a decision."""

NEW_MODE = 0o666
"""Who may do what with a new file, less what the process's umask forbids: what ``open`` gives."""

PATH_LIKE = re.compile(r"[^\r\n,;\t]+\.(?:csv|tsv|json|jsonl|ndjson)", re.IGNORECASE)
"""Text of one line and one cell that ends like the name of a file: a path that was meant to be opened."""

Source = str | bytes | bytearray | memoryview | os.PathLike[str] | IO[str] | IO[bytes]
Destination = str | os.PathLike[str] | IO[bytes]


class TextInput:
    """Text that somebody else has decoded."""

    def __init__(self, stream: TextIO, name: str | None) -> None:
        self._stream = stream
        self.name = name
        self._head: str | None = None

    def head(self) -> str:
        """The first characters, which ``chunks`` gives again."""
        if self._head is None:
            parts, size = [], 0
            while size < HEAD_BYTES and (part := _read(self._stream, HEAD_BYTES - size, self.name)):
                parts.append(part)
                size += len(part)
            self._head = "".join(parts)
        return self._head

    def chunks(self) -> Iterator[str]:
        """All text, once."""
        yield self.head()
        while chunk := _read(self._stream, CHUNK, self.name):
            yield chunk


class ByteInput:
    """Bytes, which can be read twice after ``make_rereadable``; of a file of ours, which must not change meanwhile."""

    def __init__(self, stream: BinaryIO, name: str | None, *, is_ours: bool = False) -> None:
        self._stream = stream
        self._content = _content(stream) if is_ours else None
        self._start = _position(stream)
        self._spool: IO[bytes] | None = None
        self.name = name
        self._head: bytes | None = None

    def head(self) -> bytes:
        """The first bytes, which ``chunks`` gives again."""
        if self._head is None:
            parts, size = [], 0
            while size < HEAD_BYTES and (part := _read(self._stream, HEAD_BYTES - size, self.name)):
                parts.append(part)
                size += len(part)
            self._head = b"".join(parts)
        return self._head

    def chunks(self) -> Iterator[bytes]:
        """All bytes from the start; a second time only after ``rewind``."""
        yield self.head()
        while chunk := _read(self._stream, CHUNK, self.name):
            yield chunk
        if self._content is not None and _content(self._stream) != self._content:
            raise OSError(errno.EBUSY, "the file changed while it was read", self.name)

    def make_rereadable(self) -> None:
        """Spool to a temporary file what cannot be read twice."""
        if self._start is None:
            import tempfile

            self._spool = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - closed in close()
            for chunk in self.chunks():
                with naming(tempfile.gettempdir()):
                    self._spool.write(chunk)
            self._stream, self._start = cast(BinaryIO, self._spool), 0
            with naming(tempfile.gettempdir()):
                self.rewind()

    def rewind(self) -> None:
        """Go back to where the input stood at first."""
        self._stream.seek(cast(int, self._start))
        self._head = None

    def close(self) -> None:
        """Remove the temporary file, if there is one; the stream itself stays open."""
        if self._spool is not None:
            with suppress(OSError):  # what could not be written has been told of
                self._spool.close()


@contextmanager
def naming(name: str | None) -> Iterator[None]:
    """What the system refuses, told with the name that the caller knows."""
    try:
        yield
    except OSError as error:
        error.filename = name
        del error.filename2  # that of a renaming; None would be told
        raise


def _read(stream: IO[Any], size: int, name: str | None) -> Any:
    """The next bytes or characters; nothing at the end, and nowhere else.

    Raises:
        OSError: they cannot be read, or not yet, from a stream that does not wait.

    """
    try:
        data = stream.read(size)
    except OSError as error:
        error.filename = error.filename or name
        raise
    if data is None:
        raise BlockingIOError(errno.EAGAIN, "the input has no data yet, and is not one that waits for them", name)
    return data


def _content(stream: BinaryIO) -> tuple[int, int] | None:
    """What changes when a file is written to: its size, and the time of the last change."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:  # stdin may be in the memory of a program that calls the command
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _position(stream: BinaryIO) -> int | None:
    try:
        return stream.tell() if stream.seekable() else None
    except (OSError, AttributeError):
        return None


@contextmanager
def open_input(source: Source) -> Iterator[TextInput | ByteInput]:
    """A source, opened: text, bytes, a path, or a stream of either, which is not closed.

    Raises:
        UsageError: it is nothing that can be read.
        OSError: a file cannot be opened.

    """
    if isinstance(source, str):
        if PATH_LIKE.fullmatch(source):
            raise UsageError(f"a str is taken for the text itself; for the file, give Path({source!r})")
        yield TextInput(io.StringIO(source, newline=""), None)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        yield ByteInput(io.BytesIO(bytes(source)), None)
    elif isinstance(source, os.PathLike):
        with open(checked_path(source), "rb") as stream:
            yield from _opened_bytes(stream, os.fspath(source), is_ours=True)
    elif hasattr(source, "read"):
        name = getattr(source, "name", None)
        name = name if isinstance(name, str) else None
        if getattr(source, "closed", False):
            raise UsageError("the file to read is closed")
        if isinstance(source.read(0), str):
            yield TextInput(cast(TextIO, source), name)
        else:
            is_ours = source is getattr(sys.stdin, "buffer", None)  # nothing else in this process reads it
            yield from _opened_bytes(cast(BinaryIO, source), name, is_ours=is_ours)
    else:
        of_records = " (of records, their to_json)" if isinstance(source, (dict, list)) else ""
        wanted = f"give text, bytes, a Path or an open file{of_records}"
        raise UsageError(f"cannot read from {type(source).__name__}: {wanted}")


def _opened_bytes(stream: BinaryIO, name: str | None, *, is_ours: bool = False) -> Iterator[ByteInput]:
    data = ByteInput(stream, name, is_ours=is_ours)
    try:
        yield data
    finally:
        data.close()


class Output:
    """What bytes are written to: all of them, or an error with the name of what did not take them."""

    def __init__(self, stream: IO[bytes], name: str | None) -> None:
        self._stream = stream
        self._name = name

    def write(self, data: bytes) -> None:
        """Write all bytes; a raw stream may take some of them at a time, or none if it does not wait."""
        try:
            written = self._stream.write(data)
            while isinstance(self._stream, io.RawIOBase) and written != len(data):
                if written is None:
                    raise BlockingIOError(errno.EAGAIN, "the output is full, and is not one that waits")
                data = data[written:]
                written = self._stream.write(data)
        except OSError as error:
            error.filename = error.filename or self._name
            raise

    def flush(self) -> None:
        """Hand the system what it has not yet got: a full disk is noticed here."""
        with naming(self._name):
            self._stream.flush()

    def save(self) -> None:
        """Have it on the disk."""
        self.flush()
        with naming(self._name):
            os.fsync(self._stream.fileno())


@contextmanager
def open_output(destination: Destination) -> Iterator[Output]:
    """What to write to: a path's file appears when all went well, and not before.

    What is no regular file (a pipe, a terminal), or is open already (/dev/stdout), is written to directly; a stream
    is not closed.

    Raises:
        UsageError: it is nothing that can be written to, or a text stream.
        OSError: the file cannot be written.

    """
    if isinstance(destination, io.TextIOBase) or not (
        isinstance(destination, (str, os.PathLike)) or hasattr(destination, "write")
    ):
        raise UsageError(f"cannot write bytes to {type(destination).__name__}: give a path or a binary stream")
    if not isinstance(destination, (str, os.PathLike)):
        name = getattr(destination, "name", None)
        yield Output(destination, name if isinstance(name, str) else None)
        return
    path, name = checked_output(destination), os.fspath(destination)
    with naming(name):
        is_special, descriptor, target = _is_special(path), descriptor_of(path), Path(os.path.realpath(path))
    if descriptor is not None:
        with _closing(lambda: open(os.dup(descriptor), "wb"), name) as stream:
            yield Output(stream, name)
    elif is_special:
        with _closing(partial(open, path, "wb"), name) as stream:
            yield Output(stream, name)
    else:
        with _replacing(target, name) as output:
            yield output


@contextmanager
def open_whole_output(destination: Destination) -> Iterator[Output]:
    """Like ``open_output``, but a stream too gets everything at the end, or nothing.

    Raises:
        UsageError: it is nothing that can be written to, or a text stream.
        OSError: the file cannot be written.

    """
    with open_output(destination) as output:
        if isinstance(destination, (str, os.PathLike)):
            yield output
            return
        import tempfile

        with _closing(tempfile.TemporaryFile, tempfile.gettempdir()) as kept:
            yield Output(kept, tempfile.gettempdir())
            with naming(tempfile.gettempdir()):
                kept.seek(0)
            while chunk := kept.read(CHUNK):
                output.write(chunk)


def _is_special(path: Path) -> bool:
    """Whether something stands there that a rename would destroy; a folder makes open() say so."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


@contextmanager
def _replacing(target: Path, name: str) -> Iterator[Output]:
    """A file that takes the place of the target, which the caller calls so; not of one that may not be written to."""
    temporary = target.with_name(f".custobar-formats.{os.getpid()}-{os.urandom(8).hex()}.tmp")
    mode = NEW_MODE
    with naming(name), suppress(FileNotFoundError), open(target, "r+b") as old:
        mode &= os.fstat(old.fileno()).st_mode  # what others may not read is not shown to them meanwhile, either
    _unfinished[temporary] = None
    try:
        with _closing(partial(open, temporary, "xb", opener=partial(os.open, mode=mode)), name) as stream:
            _unfinished[temporary] = stream
            output = Output(stream, name)
            yield output
            output.save()
        with naming(name):
            with suppress(FileNotFoundError):
                _make_alike(temporary, target.stat())
            os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    finally:
        del _unfinished[temporary]


def _make_alike(path: Path, old: os.stat_result) -> None:
    """Give a file the owner, the group and the mode of that whose place it takes, as far as we may."""
    mode, new = stat.S_IMODE(old.st_mode), path.stat()
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.chown(path, old.st_uid, old.st_gid)
        except OSError:
            try:
                os.chown(path, -1, old.st_gid)
            except OSError:
                mode &= ~stat.S_IRWXG  # the group is another one, which was not asked
    os.chmod(path, mode)


_unfinished: dict[Path, BinaryIO | None] = {}
"""The temporary files of this process, with what writes them: what has to go where it ends at once."""


def remove_unfinished() -> None:
    """Remove the files that are not complete, before this process ends without anything else being done."""
    for path, stream in list(_unfinished.items()):
        with suppress(OSError, ValueError):
            if stream is not None:
                os.close(stream.fileno())  # and not its own way: it may be in the middle of writing
        with suppress(OSError):
            os.unlink(path)


@contextmanager
def _closing(opening: Callable[[], Any], name: str) -> Iterator[BinaryIO]:
    """A stream that is opened and closed here; what is still to be written then may be refused too."""
    with naming(name):
        stream = opening()
    try:
        yield stream
    finally:
        with naming(name):
            stream.close()
