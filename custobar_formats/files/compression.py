"""Unpacking and packing of compressed data.

In: a stream of bytes, and the kind of compression. Out: a stream of the unpacked bytes, or one that packs. Rules:
damaged data ends the reading with a finding; a bomb is not unpacked to its end.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, Any, BinaryIO, cast

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import (
    CHUNK,
    DECODER_BYTES,
    FREE_UNPACKED_BYTES,
    HEAD_BYTES,
    MAX_ARCHIVE_IN_MEMORY,
    MAX_DICTIONARY_BYTES,
    MAX_DIRECTORY_BYTES,
    MAX_UNPACK_RATIO,
)
from custobar_formats.core.packed import COMPOUND
from custobar_formats.files.spreadsheet_files import (
    Spreadsheet,
    begins_spreadsheet,
    spreadsheet_or_bytes,
    unreadable,
    zipped_spreadsheet,
)
from custobar_formats.files.temporary import open_temporary
from custobar_formats.files.zip_numbers import dictionary_of, directory_size

PACKED_SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd", ".zip": "zip"}

PGP = "PGP"
"""No compression, but an encryption."""

OTHER_PACKED_SUFFIXES = {
    ".7z": "7-Zip",
    ".asc": PGP,
    ".br": "brotli",
    ".gpg": PGP,
    ".lz": "lzip",
    ".lz4": "lz4",
    ".lzma": "lzma",
    ".pgp": PGP,
    ".rar": "RAR",
    ".sz": "Snappy",
    ".tar": "tar",
    ".tbz": "tar and bzip2",
    ".tbz2": "tar and bzip2",
    ".tgz": "tar and gzip",
    ".txz": "tar and xz",
    ".tzst": "tar and zstd",
    ".z": "compress",
}
"""The suffixes of packed files that are not unpacked."""

ZIP_DOCUMENTS = {
    "xl/workbook.bin": ("a binary spreadsheet (.xlsb)", "save it as .xlsx or CSV"),
    "xl/workbook.": ("a spreadsheet (.xlsx) within packed data", "unpack it first"),
    "word/document.": ("a Word document (.docx)", "save its table as CSV"),
    "ppt/presentation.": ("a presentation (.pptx)", "save its data as CSV"),
    "META-INF/manifest.xml": (
        "an OpenDocument file",
        "give an .ods file unpacked, or save the table as CSV",
    ),
    "Index/Document.iwa": ("an Apple Numbers or Pages document", "export the sheet as CSV"),
    "META-INF/MANIFEST.MF": ("a Java archive", "give a CSV or JSON file"),
}
"""Names with which members of a zip archive begin, if it is a document: what it is, and what to do about it."""


NO_ZSTD = "zstd needs Python 3.14, or pip install 'custobar_formats[zstd]'"

DAMAGED: tuple[type[Exception], ...] = (EOFError, zlib.error, OSError, NotImplementedError, RuntimeError)
"""The exceptions that the standard library raises for data that it cannot unpack."""

ENCRYPTED = 0x1
"""The flag of an encrypted member. APPNOTE.TXT 4.4.4."""

SEVERAL = "unpack it and give its files one by one"

EARLY = (1980, 1, 1, 0, 0, 0)
"""The date of every member of a zip archive: the earliest possible, so that the same data gives the same bytes."""


class Packed:
    """Packed bytes: those already read, then the rest of the stream; ``taken`` counts them."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if self._head:
            data, self._head = (self._head, b"") if size < 0 else (self._head[:size], self._head[size:])
        else:
            data = self._stream.read(size)
        self.taken += len(data)
        return data

    def keep(self) -> IO[bytes]:
        """A copy of all bytes, in memory or on disk: a zip archive has its directory at the end."""
        kept = open_temporary(MAX_ARCHIVE_IN_MEMORY)
        try:
            while data := self.read(CHUNK):
                kept.write(data)
        except BaseException:
            kept.close()
            raise
        return kept


class _Damage(EndOfReading):
    """The end of a reading at damaged data."""


class Unpacked:
    """The unpacked bytes of a stream; ``spreadsheet`` if that is one, of which no member is unpacked.

    Raises:
        UsageError: the module that unpacks them is not installed, or they are a damaged spreadsheet.

    """

    def __init__(self, kind: str, packed: Packed, name: str | None = None) -> None:
        self._kind = kind
        self._packed = packed
        self._given = 0
        self._kept: IO[bytes] | None = None
        if kind in ("zip", COMPOUND):
            with _unpacking_errors(kind):
                self._kept = packed.keep()
        try:
            self._stream = _opened(kind, self._kept or packed)
        except EndOfReading as end:
            is_sheet = isinstance(end, _Damage) and begins_spreadsheet(_start_of(self._kept))
            self.close()
            if is_sheet:
                raise unreadable(name or "<input>", "it is damaged or ends early: save the spreadsheet again") from None
            raise
        self.spreadsheet = self._stream if isinstance(self._stream, Spreadsheet) else None
        self.member: str | None = self._stream.name if kind == "zip" and self.spreadsheet is None else None

    def read(self, size: int) -> bytes:
        """The next bytes; raises EndOfReading for damaged data and for a bomb."""
        with _unpacking_errors(self._kind):
            data: bytes = self._stream.read(size)
        self._given += len(data)
        if self._given > max(FREE_UNPACKED_BYTES, MAX_UNPACK_RATIO * self._packed.taken):
            message = f"the {self._kind} data unpacks to more than {MAX_UNPACK_RATIO} times its size, like a zip bomb"
            hint = "if this is intended, unpack it first"
            raise EndOfReading(make_finding("undecodable-bytes", f"{message}; reading ends here", hint=hint))
        return data

    def close(self) -> None:
        """Close the copy, if there is one; the packed stream stays open."""
        if self._kept is not None:
            self._kept.close()


def _start_of(kept: IO[bytes] | None) -> bytes:
    if kept is None:
        return b""
    kept.seek(0)
    return kept.read(HEAD_BYTES)


@contextmanager
def _unpacking_errors(kind: str) -> Iterator[None]:
    """Turn an error about packed data into the end of the reading; an OSError of the system stays one."""
    try:
        yield
    except (*DAMAGED, *errors_of(kind)) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if "memory" in str(error).lower():  # the words of liblzma and libzstd
            raise _needs_memory(kind) from None
        message = f"the {kind} data is damaged or ends early: {error}; reading ends here"
        raise _Damage(make_finding("undecodable-bytes", message, hint="pack the file again")) from None


def _needs_memory(kind: str) -> EndOfReading:
    """The end of a reading for which the packed data asks for more memory than it gets."""
    most = MAX_DICTIONARY_BYTES >> 20
    message = f"the {kind} data needs a dictionary of more than {most} MiB to unpack; reading ends here"
    return EndOfReading(make_finding("undecodable-bytes", message, hint="if you trust the file, unpack it first"))


def errors_of(kind: str) -> tuple[type[Exception], ...]:
    """The exceptions for damaged data of a kind, besides ``DAMAGED``."""
    if kind == "xz":
        from lzma import LZMAError

        return (LZMAError,)
    if kind == "zip":
        from struct import error as struct_error
        from zipfile import BadZipFile

        return (BadZipFile, struct_error, ValueError, OverflowError)  # zipfile trusts the numbers in the directory
    if kind == "zstd":
        error: type[Exception] = _zstd().ZstdError
        return (error,)
    return ()


def _opened(kind: str, packed: Packed | IO[bytes]) -> Any:
    stream = cast("IO[bytes]", packed)
    if kind == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=stream, mode="rb")
    if kind == "bzip2":
        from bz2 import BZ2Decompressor

        return _Streams(BZ2Decompressor, stream)
    if kind == "xz":
        from lzma import LZMADecompressor

        return _Streams(partial(LZMADecompressor, memlimit=MAX_DICTIONARY_BYTES + DECODER_BYTES), stream, padding=b"\0")
    if kind == "zstd":
        return _Streams(_zstd().ZstdDecompressor, stream)
    return _only_member(stream) if kind == "zip" else spreadsheet_or_bytes(stream)


class _Streams:
    """The content of packed streams that follow one another; anything else after them is an error.

    The standard library's files silently ignore such data.
    """

    def __init__(self, new: Callable[[], Any], packed: IO[bytes], *, padding: bytes = b"") -> None:
        self._new = new
        self._packed = packed
        self._padding = padding
        self._decompressor = new()

    def read(self, size: int) -> bytes:
        """The next bytes; nothing at the end."""
        while True:
            data = b""
            if self._decompressor.eof:
                data = self._unpadded(self._decompressor.unused_data)
                while not data and (more := self._packed.read(CHUNK)):
                    data = self._unpadded(more)
                if not data:
                    return b""
                self._decompressor = self._new()
            elif self._decompressor.needs_input:
                data = self._packed.read(CHUNK)
                if not data:
                    raise EOFError("the end of the stream is missing")
            found: bytes = self._decompressor.decompress(data, size)
            if found:
                return found

    def _unpadded(self, data: bytes) -> bytes:
        return data.lstrip(self._padding) if self._padding else data


def _zstd() -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found]  # since Python 3.14
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            raise UsageError(NO_ZSTD) from None
    return zstd


def _only_member(kept: IO[bytes]) -> Any:
    """The only file in a zip archive, or the archive itself if it is a spreadsheet."""
    import zipfile

    if directory_size(kept) > MAX_DIRECTORY_BYTES:
        message = "the zip archive has more members than can be looked at"
        raise EndOfReading(make_finding("undecodable-bytes", message, hint=SEVERAL, line=1))
    with _unpacking_errors("zip"):
        archive = zipfile.ZipFile(kept)
        spreadsheet = zipped_spreadsheet(archive, kept)
        if spreadsheet is not None:
            return spreadsheet
        members = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
        if len(members) == 1 and not archive.getinfo(members[0]).flag_bits & ENCRYPTED:
            if dictionary_of(kept, archive.getinfo(members[0])) > MAX_DICTIONARY_BYTES:
                raise _needs_memory("zip")
            return archive.open(members[0])
    if len(members) == 1:
        message = "the zip archive is encrypted"
        raise EndOfReading(make_finding("undecodable-bytes", message, hint="unpack it first", line=1))
    message = f"the file is a zip archive {f'of {len(members)} files' if members else 'without files'}"
    several = make_finding("undecodable-bytes", message, hint=SEVERAL if members else "check how it was made", line=1)
    raise EndOfReading(zip_document(members) or several)


def names_of_members(start: bytes) -> list[str]:
    """The names of the members with which a zip archive begins."""
    found = re.finditer(rb"PK\x03\x04[\s\S]{22}([\s\S]{2})[\s\S]{2}", start)
    ends = [(each.end(), int.from_bytes(each[1], "little")) for each in found]
    return [start[end : end + size].decode("utf-8", "replace") for end, size in ends]


def zip_document(names: Sequence[str]) -> Finding | None:
    """The finding for a zip archive with members of these names, if it is a document.

    Example:
        >>> zip_document(["[Content_Types].xml", "word/document.xml"]).message
        'the file is a Word document (.docx), not CSV; nothing is read'

    """
    found = [about for start, about in ZIP_DOCUMENTS.items() if any(name.startswith(start) for name in names)]
    if not found:
        return None
    what, hint = found[0]
    return make_finding("not-csv", f"the file is {what}, not CSV; nothing is read", hint=hint, line=1)


@contextmanager
def packing(kind: str, output: Any, name: str) -> Iterator[Any]:
    """A stream that packs its bytes into another one; complete once this ends without an exception.

    Raises:
        UsageError: the module that packs them is not installed.

    """
    stream = _packer(kind, output, name)
    try:
        yield stream
    except BaseException:
        with suppress(Exception):  # the packed data is thrown away
            stream.close()
        raise
    stream.close()


def _packer(kind: str, output: Any, name: str) -> Any:
    if kind == "gzip":
        import gzip

        return gzip.GzipFile(filename="", fileobj=output, mode="wb", compresslevel=6, mtime=0)
    if kind == "bzip2":
        import bz2

        return bz2.BZ2File(output, "wb")
    if kind == "xz":
        import lzma

        return lzma.LZMAFile(output, "wb")
    if kind == "zstd":
        zstd = _zstd()
        return zstd.ZstdFile(output, "wb", options={zstd.CompressionParameter.checksum_flag: 1})
    return _Zip(output, name)


class _Zip(io.RawIOBase):
    """A zip archive of one file."""

    def __init__(self, output: Any, name: str) -> None:
        import zipfile

        self._archive = zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED)
        member = zipfile.ZipInfo(name, EARLY)
        member.compress_type = zipfile.ZIP_DEFLATED
        self._member = self._archive.open(member, "w", force_zip64=True)

    def write(self, data: Any) -> int:
        return self._member.write(data)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
            self._archive.close()
        super().close()
