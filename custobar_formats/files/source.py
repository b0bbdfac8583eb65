"""Sources, opened: text, or bytes, which may be packed.

In: text, bytes, a path or an open stream. Out: chunks from the source's current position, a second time if needed.
Rule: a source that we did not open is never closed.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import IO, Any, AnyStr, BinaryIO, TextIO, TypeVar, cast

from custobar_formats.core.arguments import refuse_awaitable
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading
from custobar_formats.core.limits import CHUNK, HEAD_BYTES
from custobar_formats.core.packed import compression_of, container_of
from custobar_formats.files.compression import Packed, Unpacked
from custobar_formats.files.content import check_is_content
from custobar_formats.files.digest import Digest
from custobar_formats.files.filenames import checked_path, name_of, naming, unpacked_name
from custobar_formats.files.kept_text import KeptText
from custobar_formats.files.parts import PartedFile, content_of, parted_file
from custobar_formats.files.remote import OpenFile, Remote, RemoteStream, resolved
from custobar_formats.files.spreadsheet_files import Spreadsheet
from custobar_formats.files.temporary import open_temporary, temporary_folder

Source = str | bytes | bytearray | memoryview | os.PathLike[str] | IO[str] | IO[bytes] | OpenFile


class TextInput:
    """Text that the caller has decoded; it can be read again after ``make_rereadable``."""

    def __init__(self, stream: TextIO, name: str | None) -> None:
        self._stream = stream
        self._start: int | None = None
        self._kept: KeptText | None = None
        self.name = name
        self.inner_name = name
        self._head: str | None = None
        self._failure: UnicodeDecodeError | None = None

    def head(self) -> str:
        """The first characters; ``chunks`` gives them again."""
        if self._head is None:
            self._fill(HEAD_BYTES)
        return self._head or ""

    def look_ahead(self, size: int) -> str:
        """The first ``size`` characters, fewer only if there are no more; to be called before ``chunks``."""
        if HEAD_BYTES <= len(self.head()) < size:
            self._fill(size)
        return self.head()

    def _fill(self, size: int) -> None:
        parts = [self._head or ""]
        taken = len(parts[0])
        with suppress(UnicodeDecodeError):  # ``chunks`` raises it, after the text before it
            while taken < size and (part := self._next(size - taken)):
                parts.append(part)
                taken += len(part)
        self._head = "".join(parts)

    def _next(self, size: int) -> str:
        if self._kept is not None and (again := self._kept.next()):
            return again
        if self._failure is not None:
            raise self._failure
        try:
            part = str.__str__(_read(self._stream, size, self.name, str))
        except UnicodeDecodeError as error:
            self._failure = error
            raise
        if self._kept is not None and part:
            self._kept.add(part)
        return part

    def chunks(self) -> Iterator[str]:
        """All text from the start; a second time only after ``rewind``."""
        yield self.head()
        yield from _in_chunks(self._next, "")

    def make_rereadable(self) -> None:
        """Remember the position or, if the stream cannot be read twice, keep the text."""
        if self._start is not None or self._kept is not None:
            return
        self._start = _position(self._stream) if self._head is None else None
        if self._start is None:
            self._kept = KeptText()
            self._kept.add(self._head or "")

    def rewind(self) -> None:
        """Go back to the start."""
        if self._kept is not None:
            self._kept.rewind()
        else:
            self._stream.seek(cast(int, self._start))
            self._failure = None
        self._head = None

    def close(self) -> None:
        """Remove the kept text; the stream itself stays open."""
        if self._kept is not None:
            self._kept.close()


class ByteInput:
    """Bytes, which can be read twice after ``make_rereadable``. A file that we opened must not change meanwhile.

    Packed data is recognised by its first bytes, not by its name, and is unpacked.
    """

    def __init__(
        self, stream: BinaryIO, name: str | None, *, is_ours: bool = False, remote: Remote | None = None
    ) -> None:
        self._raw = stream
        self.remote = remote
        self._store = stream if isinstance(stream, RemoteStream) else None
        self._stream: BinaryIO | Unpacked = stream
        self._packed: Packed | None = None
        self._unpacked: Unpacked | None = None
        self._content = content_of(stream) if is_ours else None
        self._start = _position(stream)
        self._spool: IO[bytes] | None = None
        self._failure: EndOfReading | None = None
        self._end: EndOfReading | None = None
        self._taken = 0
        self.name = name
        self.inner_name = None if name is None else unpacked_name(name)
        self.kind: str | None = None
        self._head: bytes | None = None

    def head(self) -> bytes:
        """The first bytes; ``chunks`` gives them again. Then ``kind`` is the compression, or None."""
        if self._head is None:
            self._fill(HEAD_BYTES)
            if self._spool is None:
                self.kind, container = compression_of(self._head or b""), container_of(self._head or b"")
                if container is not None:
                    self._unpack(container, self._head or b"")
        return self._head or b""

    @property
    def spreadsheet(self) -> Spreadsheet | None:
        """The spreadsheet that the bytes are, if they are one; it stays open, and can be read again and again."""
        self.head()
        return None if self._unpacked is None else self._unpacked.spreadsheet

    def look_ahead(self, size: int) -> bytes:
        """The first ``size`` bytes, fewer only if there are no more; to be called before ``chunks``."""
        if self._failure is None and HEAD_BYTES <= len(self.head()) < size:
            self._fill(size)
        return self.head()

    def _unpack(self, kind: str, head: bytes) -> None:
        """Read the unpacked bytes instead; if they cannot be unpacked, the reading ends after the first chunk."""
        self._head = b""
        self._packed = Packed(head, self._raw)
        try:
            self._stream = self._unpacked = Unpacked(kind, self._packed, self.name)
            self.inner_name = self._unpacked.member or self.inner_name
            self._fill(HEAD_BYTES)
        except EndOfReading as end:
            self._failure = EndOfReading(replace(end.finding, line=1))

    def _fill(self, size: int) -> None:
        """Read on until the head has ``size`` bytes; where packed data is damaged, the reading ends after it."""
        parts = [self._head or b""]
        taken = len(parts[0])
        try:
            while taken < size and (part := self._next(self._stream, size - taken)):
                parts.append(part)
                taken += len(part)
        except EndOfReading as end:
            self._failure = end if taken else EndOfReading(replace(end.finding, line=1))
        self._head = b"".join(parts)

    def _next(self, stream: BinaryIO | Unpacked, size: int) -> bytes:
        data: bytes = _read(stream, size, self.name)
        self._taken += len(data)
        return data

    def chunks(self) -> Iterator[bytes]:
        """All bytes from the start; a second time only after ``rewind``.

        Raises EndOfReading where packed data is damaged.
        """
        yield self.head()
        if self._failure is not None:
            raise self._failure
        yield from _in_chunks(partial(self._next, self._stream), b"")
        if self._end is not None:
            raise self._end
        self.check_unchanged()

    def check_unchanged(self) -> None:
        """Raise OSError if a file that we opened has changed since."""
        if self._content is not None and content_of(self._raw) != self._content:
            raise OSError(errno.EBUSY, "the file changed while it was read", self.name)

    def make_rereadable(self) -> None:
        """Copy the bytes to a temporary file if they cannot be read twice; where packed data is damaged, they end."""
        if self._start is None and self.spreadsheet is None:
            spool = open_temporary()
            try:
                for chunk in self.chunks():
                    with naming(temporary_folder()):
                        spool.write(chunk)
            except EndOfReading as end:
                self._end = end
            finally:
                self._spool = spool
            self._failure = None
            self._close_unpacked()
            self._stream = self._raw = cast(BinaryIO, spool)
            self._start, self._packed = 0, None
            with naming(temporary_folder()):
                self.rewind()

    def rewind(self) -> None:
        """Go back to the input's first position."""
        if self._unpacked is not None and self._unpacked.spreadsheet is not None:
            return
        self._close_unpacked()
        self._raw.seek(cast(int, self._start))
        self._stream, self._packed, self._taken, self._head = self._raw, None, 0, None

    def as_parts(self) -> PartedFile | None:
        """The file, to be read in parts: not packed, regular and opened by its path, or in another store; or None."""
        if self._store is not None:
            from custobar_formats.files.remote_parts import shared_parts

            return None if self._packed is not None or self.kind is not None else shared_parts(self._store, self._spool)
        is_plain = self._packed is None and self._content is not None and self._content == content_of(self._raw)
        return parted_file(self.name, self._raw.fileno()) if is_plain and self.name is not None else None

    def pass_on(self, taken: int) -> None:
        """Note that so many bytes of the file have been read, for ``progress``."""
        self._taken = taken

    def progress(self) -> tuple[int, int | None]:
        """The stored (packed) bytes read since the last ``rewind``, and their total, None if it is unknown."""
        done = self._taken if self._packed is None else self._packed.taken
        content = content_of(self._raw)
        return done, None if content is None or self._start is None else content[0] - self._start

    def fileno(self) -> int:
        """The descriptor of the open file, with which it can be compared with another."""
        return self._raw.fileno()

    def close(self) -> None:
        """Remove temporary files, if there are any; the stream itself stays open."""
        self._close_unpacked()
        if self._spool is not None:
            with suppress(OSError):  # a failed write was reported before
                self._spool.close()

    def _close_unpacked(self) -> None:
        if self._unpacked is not None:
            self._unpacked.close()
            self._unpacked = None


def watched(opened: TextInput | ByteInput, start: int = 0) -> Digest:
    """The digest of what is read of a source, packed bytes as they are, and of its start; nothing was read before."""
    digest: Any = Digest(opened._stream, start)
    opened._stream = digest
    if isinstance(opened, ByteInput):
        opened._raw = digest
    return cast(Digest, digest)


def _in_chunks(read: Callable[[int], AnyStr], empty: AnyStr) -> Iterator[AnyStr]:
    """The rest of a stream in chunks of one size, however little it gives at a time; an error comes after them."""
    while True:
        parts: list[AnyStr] = []
        size = 0
        try:
            while size < CHUNK and (part := read(CHUNK - size)):
                parts.append(part)
                size += len(part)
        except Exception:
            if parts:
                yield empty.join(parts)
            raise
        if parts:
            yield empty.join(parts)
        if size < CHUNK:
            return


def _read(stream: Any, size: int, name: str | None, kind: type = bytes) -> Any:
    """The next bytes or characters; empty only at the end.

    Raises:
        OSError: they cannot be read, or a non-blocking stream does not have them yet.
        UsageError: they are something else.

    """
    try:
        data = stream.read(size)
    except OSError as error:
        error.filename = error.filename or name
        raise
    if data is None:
        raise BlockingIOError(errno.EAGAIN, "the input has no data yet, and it is non-blocking", name)
    if isinstance(data, (bytearray, memoryview)):
        data = bytes(data)
    if not isinstance(data, kind):
        raise UsageError(f"{type(stream).__name__}.read returned {type(data).__name__}, not {kind.__name__}")
    return data


def _position(stream: Any) -> int | None:
    try:
        return stream.tell() if stream.seekable() else None
    except (OSError, AttributeError):
        return None


Opened = TypeVar("Opened", TextInput, ByteInput)


@contextmanager
def open_input(source: Source | Remote | TextInput | ByteInput) -> Iterator[TextInput | ByteInput]:
    """A source, opened: text, bytes, a path, a stream of either (which is not closed), or an input that is open.

    A file in another store is one of ``fsspec.open``: a URL in a string is content, like any other text.

    Raises:
        UsageError: the source cannot be read.
        OSError: a file cannot be opened.

    """
    if not isinstance(source, str):
        source = cast("Source", resolved(source))
    if isinstance(source, (TextInput, ByteInput)):
        yield source
    elif isinstance(source, Remote):
        with closing(RemoteStream(source)) as stream:
            yield from _opened(ByteInput(cast(BinaryIO, stream), str(source.name), remote=source))
    elif isinstance(source, str):
        check_is_content(source, "Path({!r})")
        yield from _opened(TextInput(io.StringIO(source, newline=""), None))
    elif isinstance(source, (bytes, bytearray, memoryview)):
        check_is_content(source, "Path({!r})")
        yield from _opened(ByteInput(io.BytesIO(bytes(source)), None))
    elif isinstance(source, os.PathLike):
        path = checked_path(source)
        with open(path, "rb") as stream:
            yield from _opened(ByteInput(stream, path, is_ours=True))
    elif hasattr(source, "read") and not isinstance(source, type):
        name = name_of(source)
        if isinstance(_read_nothing(source), str):
            yield from _opened(TextInput(cast(TextIO, source), name))
        else:
            is_ours = source is getattr(sys.stdin, "buffer", None)  # nothing else in this process reads it
            yield from _opened(ByteInput(cast(BinaryIO, source), name, is_ours=is_ours))
    else:
        wanted = "give text, bytes, a Path or an open file"
        if isinstance(source, (dict, list)):
            wanted = "a list of records needs no reading: pass it to validate, to_csv or to_json"
        raise UsageError(f"cannot read from {type(source).__name__}: {wanted}")


def _read_nothing(file: Any) -> str | bytes:
    """The empty text or bytes that an open file returns for a read of nothing.

    Raises:
        UsageError: it cannot be read.

    """
    kind = type(file).__name__
    if getattr(file, "closed", False):
        raise UsageError("the file to read is closed")
    try:
        nothing: Any = file.read(0)
    except (TypeError, LookupError):
        raise UsageError(f"{kind} is not an open file: its read takes no number of bytes") from None
    except UnicodeError:
        raise
    except ValueError as error:
        raise UsageError(f"cannot read from {kind}: {error}") from None
    refuse_awaitable(nothing, f"{kind} is an asynchronous file: read it first, and give its content")
    return cast(str | bytes, nothing)


def _opened(opened: Opened) -> Iterator[Opened]:
    try:
        yield opened
    finally:
        opened.close()
