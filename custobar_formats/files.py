"""Paths and streams: where bytes come from, and writing files whole or not at all.

In: what a caller calls a source or a destination. Out: chunks of bytes or text, or a stream to write to.
The rule kept here: a source that is not ours is read from where it stands and never closed; a file
appears complete, by rename, or not at all.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, TextIO, cast

from custobar_formats.errors import UsageError

CHUNK = 65_536
"""Bytes or characters read at once: large enough for speed, small enough for the processor's cache."""

HEAD_BYTES = 65_536
"""Bytes from the start that are looked at before a decision."""

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
            while size < HEAD_BYTES and (part := self._stream.read(HEAD_BYTES - size)):
                parts.append(part)
                size += len(part)
            self._head = "".join(parts)
        return self._head

    def chunks(self) -> Iterator[str]:
        """All text, once."""
        yield self.head()
        while chunk := self._stream.read(CHUNK):
            yield chunk


class ByteInput:
    """Bytes, which can be read twice after ``make_rereadable``."""

    def __init__(self, stream: BinaryIO, name: str | None) -> None:
        self._stream = stream
        self._start = _position(stream)
        self._spool: IO[bytes] | None = None
        self.name = name
        self._head: bytes | None = None

    def head(self) -> bytes:
        """The first bytes, which ``chunks`` gives again."""
        if self._head is None:
            parts, size = [], 0
            while size < HEAD_BYTES and (part := self._stream.read(HEAD_BYTES - size)):
                parts.append(part)
                size += len(part)
            self._head = b"".join(parts)
        return self._head

    def chunks(self) -> Iterator[bytes]:
        """All bytes from the start; a second time only after ``rewind``."""
        yield self.head()
        while chunk := self._stream.read(CHUNK):
            yield chunk

    def make_rereadable(self) -> None:
        """Spool to a temporary file what cannot be read twice."""
        if self._start is None:
            import tempfile

            self._spool = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - closed in close()
            for chunk in self.chunks():
                self._spool.write(chunk)
            self._stream, self._start = cast(BinaryIO, self._spool), 0
            self.rewind()

    def rewind(self) -> None:
        """Go back to where the input stood at first."""
        self._stream.seek(cast(int, self._start))
        self._head = None

    def close(self) -> None:
        """Remove the temporary file, if there is one; the stream itself stays open."""
        if self._spool is not None:
            self._spool.close()


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
            yield from _opened_bytes(stream, os.fspath(source))
    elif hasattr(source, "read"):
        name = getattr(source, "name", None)
        name = name if isinstance(name, str) else None
        if getattr(source, "closed", False):
            raise UsageError("the file to read is closed")
        if isinstance(source.read(0), str):
            yield TextInput(cast(TextIO, source), name)
        else:
            yield from _opened_bytes(cast(BinaryIO, source), name)
    else:
        raise UsageError(f"cannot read from {type(source).__name__}: give text, bytes, a Path or an open file")


def _opened_bytes(stream: BinaryIO, name: str | None) -> Iterator[ByteInput]:
    data = ByteInput(stream, name)
    try:
        yield data
    finally:
        data.close()


@contextmanager
def open_output(destination: Destination) -> Iterator[BinaryIO]:
    """A stream to write to: a path's file appears when all went well, and not before.

    What is no regular file (a pipe, a terminal) is written to directly; a stream is not closed.

    Raises:
        UsageError: it is nothing that can be written to, or a text stream.
        OSError: the file cannot be written.

    """
    if isinstance(destination, io.TextIOBase) or not (
        isinstance(destination, (str, os.PathLike)) or hasattr(destination, "write")
    ):
        raise UsageError(f"cannot write bytes to {type(destination).__name__}: give a path or a binary stream")
    if not isinstance(destination, (str, os.PathLike)):
        yield cast(BinaryIO, destination)
        return
    target = Path(os.path.realpath(checked_path(destination)))
    if _is_special(target):
        with open(target, "wb") as stream:
            yield stream
    else:
        with _replacing(target) as stream:
            yield stream


@contextmanager
def open_whole_output(destination: Destination) -> Iterator[BinaryIO]:
    """Like ``open_output``, but a stream too gets everything at the end, or nothing.

    Raises:
        UsageError: it is nothing that can be written to, or a text stream.
        OSError: the file cannot be written.

    """
    with open_output(destination) as stream:
        if stream is not destination:
            yield stream
            return
        import shutil
        import tempfile

        with tempfile.TemporaryFile() as kept:
            yield cast(BinaryIO, kept)
            kept.seek(0)
            shutil.copyfileobj(kept, stream)


def _is_special(path: Path) -> bool:
    """Whether something stands there that a rename would destroy; a folder makes open() say so."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    temporary, stream = _create_beside(target)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _create_beside(target: Path) -> tuple[Path, BinaryIO]:
    for number in itertools.count():
        path = target.with_name(f".custobar-formats.{os.getpid()}-{number}.tmp")
        try:
            return path, open(path, "xb")
        except FileExistsError:
            continue
        except OSError as error:
            error.filename = os.fspath(target)  # the name that the caller knows
            raise
    raise AssertionError("unreachable")


def checked_path(path: str | os.PathLike[str]) -> str:
    """The path as text.

    Raises:
        UsageError: no file can be called that.

    """
    name = os.fspath(path)
    try:
        if b"\0" in os.fsencode(name):
            raise UsageError(f"no file can be called {name!r}: it has a NUL in it")
    except UnicodeEncodeError:
        raise UsageError(f"no file can be called {name!r} here") from None
    return name


def is_same_file(source: object, destination: object) -> bool:
    """Whether a path to read and a path to write are one file, also through links."""
    one, other = _status(source), _status(destination)
    return one is not None and other is not None and stat.S_ISREG(one.st_mode) and os.path.samestat(one, other)


def _status(file: object) -> os.stat_result | None:
    """What the system says of a path's or a stream's file, if there is one."""
    try:
        if isinstance(file, (str, os.PathLike)):
            return os.stat(file)
        return os.fstat(file.fileno())  # type: ignore[attr-defined]
    except (OSError, ValueError, AttributeError):
        return None
