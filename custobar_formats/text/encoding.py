"""Bytes to text and back, in the three encodings that Custobar's import accepts.

In: bytes, and perhaps a declared encoding. Out: text in chunks, and the encoding with the reason for it. Rule: an
encoding is decided by a series of certain steps, never by statistics of letters (which read a latin-1 "Hämäläinen" as
big5), and bytes that cannot be decoded end the reading.
Source: https://www.custobar.com/docs/api/data-import-formats/ (charsets and the Content-Type header).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from custobar_formats.core.errors import UnsupportedCharset, UsageError
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import EXCERPT_BYTES, GUESSED_BYTES, SAMPLE_BYTES
from custobar_formats.core.packed import STARTS
from custobar_formats.text.mojibake import CONTROLS

UTF8, UTF16, LATIN1, WINDOWS = "utf-8", "utf-16", "iso-8859-1", "windows-1252"

CODECS = {"utf-8": UTF8, "utf-8-sig": UTF8, "ascii": UTF8, "utf-16": UTF16, "utf-16-le": UTF16}
CODECS |= {"utf-16-be": UTF16, "iso8859-1": LATIN1, "cp1252": WINDOWS}
"""Python's name of each codec, and the encoding that it stands for."""

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: (UTF8, "utf-8"),
    codecs.BOM_UTF16_LE: (UTF16, "utf-16-le"),
    codecs.BOM_UTF16_BE: (UTF16, "utf-16-be"),
}

_ABOUT_PACKED = {
    "zip": ("is a zip archive, as .xlsx and .ods spreadsheets are", "save the sheet as CSV"),
    **{kind: (f"is compressed ({kind})", "unpack it first") for kind in ("gzip", "zstd", "xz", "bzip2")},
}
PACKED = {start: _ABOUT_PACKED[kind] for start, kind in STARTS.items()}
"""The first bytes of packed files: what such a file is, and what to do about it."""

NUL_SHARE = 0.3
"""The share of NULs in every second byte that shows UTF-16: nearly all in Latin text; 30 % allows other scripts."""

MEDIA_TYPES = {
    "text/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "application/jsonl": "jsonl",
}

SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text.

    Attributes:
        charset: utf-8, utf-16, iso-8859-1 or windows-1252.
        codec: Python's name for it, with the byte order.
        reason: why it was chosen.
        mark: the number of bytes of the byte order mark to skip.
        findings: the findings about the choice.

    """

    charset: str
    codec: str
    reason: str
    mark: int = 0
    findings: tuple[Finding, ...] = ()

    def content_type(self) -> str | None:
        """The Content-Type header for an upload of CSV; None if the import does not accept the encoding."""
        return None if self.charset == WINDOWS else content_type("text/csv", self.charset)


def content_type(media_type: str, charset: str) -> str:
    """The value of an upload's Content-Type header."""
    return media_type if media_type == "application/json" else f"{media_type}; charset={charset}"


def resolve_charset(name: str) -> tuple[str, str]:
    """An encoding's canonical name, and Python's name for its codec.

    Raises:
        UnsupportedCharset: it is not one of the three, windows-1252 or an alias of these.
        UsageError: it is not text.

    """
    if not isinstance(name, str):
        raise UsageError(f"encoding={name!r}: give the name of an encoding, such as 'utf-8'")
    try:
        codec = codecs.lookup(name).name
        return CODECS[codec], codec
    except (LookupError, ValueError):
        raise UnsupportedCharset(name) from None


def parse_content_type(header: str) -> tuple[str, str]:
    """The format (csv, json, jsonl) and the charset in a Content-Type header.

    Without a charset it is utf-8, as in Custobar's import.

    Raises:
        UsageError: the media type is neither CSV nor JSON, or JSON has a charset other than utf-8.
        UnsupportedCharset: the charset is not supported.

    """
    from email.message import Message

    if not header.isascii() or not header.isprintable():
        raise UsageError(f"content type {header!r}: use printable ASCII only")
    message = Message()
    message["content-type"] = header
    media_type = message.get_content_type()
    if media_type not in MEDIA_TYPES:
        raise UsageError(f"unknown content type {header!r}: use one of {', '.join(MEDIA_TYPES)}")
    charset = resolve_charset(message.get_content_charset() or UTF8)[0]
    if MEDIA_TYPES[media_type] != "csv" and charset != UTF8:
        raise UsageError(f"content type {header!r}: JSON must be utf-8 (RFC 8259)")
    return MEDIA_TYPES[media_type], charset


class Evidence:
    """Facts about the bytes that decide their encoding, collected chunk by chunk."""

    def __init__(self) -> None:
        self.head = b""
        self.size = 0
        self.nuls = [0, 0]
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._pending = False
        self.wrong_at: int | None = None
        self.wrong_line = 1

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes."""
        if len(self.head) < SAMPLE_BYTES:
            self.head += chunk[: SAMPLE_BYTES - len(self.head)]
        if b"\0" in chunk:
            odd = self.size % 2
            self.nuls[odd] += chunk[0::2].count(0)
            self.nuls[1 - odd] += chunk[1::2].count(0)
        if self._pending or not chunk.isascii():
            self._check_utf8(chunk)
        self.size += len(chunk)

    def _check_utf8(self, chunk: bytes, final: bool = False) -> None:
        if self._utf8 is None:
            return
        try:
            self._utf8.decode(chunk, final)
            self._pending = bool(self._utf8.getstate()[0])
        except UnicodeDecodeError as error:
            self.wrong_at = self.size + len(chunk) - len(error.object) + error.start
            self._utf8 = None

    def find_line(self, chunks: Iterable[bytes]) -> None:
        """Find the line of the first byte that is not UTF-8, if there is one, by reading the same bytes again."""
        remaining = self.wrong_at or 0
        for chunk in chunks if remaining else ():
            self.wrong_line += chunk.count(b"\n", 0, remaining)
            remaining -= min(remaining, len(chunk))
            if not remaining:
                break

    @property
    def is_utf8(self) -> bool:
        """Whether all bytes so far are strict and complete UTF-8."""
        self._check_utf8(b"", final=True)
        return self._utf8 is not None

    @property
    def utf16_codec(self) -> str | None:
        """The UTF-16 codec whose byte order the positions of NULs show, or None."""
        if not self.size or self.size % 2:
            return None
        even, odd = (count > self.size / 2 * NUL_SHARE for count in self.nuls)
        if even == odd:
            return None
        return "utf-16-be" if even else "utf-16-le"


def find_mark(head: bytes) -> bytes:
    """The byte order mark at the start, or ``b""``."""
    return next((mark for mark in BYTE_ORDER_MARKS if head.startswith(mark)), b"")


def guess_encoding(evidence: Evidence) -> Encoding:
    """The encoding of bytes without a declared one, by these steps: mark, NULs, strict UTF-8, latin-1."""
    mark = find_mark(evidence.head)
    if mark:
        charset, codec = BYTE_ORDER_MARKS[mark]
        return Encoding(charset, codec, "byte order mark", len(mark))
    codec16 = evidence.utf16_codec
    if codec16:
        return Encoding(UTF16, codec16, "NUL bytes in every second place")
    if evidence.is_utf8:
        return Encoding(UTF8, "utf-8", "all bytes are valid UTF-8")
    finding = make_finding(
        "guessed-charset",
        f"the file is not UTF-8 (its first wrong byte is byte {evidence.wrong_at}, counted from 0, in line "
        f"{evidence.wrong_line}); it was read as iso-8859-1",
        hint=f"{_likely(evidence.head)}, or save the file as UTF-8",
    )
    return Encoding(LATIN1, "iso-8859-1", "neither UTF-16 nor UTF-8", 0, (finding,))


def declared_encoding(name: str, head: bytes) -> Encoding:
    """The encoding with a declared name.

    Raises:
        UnsupportedCharset: it is not supported.
        EndOfReading: the bytes begin with another encoding's byte order mark.

    """
    charset, codec = resolve_charset(name)
    mark = find_mark(head)
    if mark and not _agrees(codec, charset, mark):
        raise EndOfReading(_against_mark(name, mark))
    if charset == UTF16:
        codec = BYTE_ORDER_MARKS[mark][1] if mark else _byte_order(codec, head)
    findings = (_declared_windows(),) if charset == WINDOWS else ()
    if name.lower().replace("_", "-") in ("utf-16", "utf16") and not mark and head and b"\0" not in head:
        findings = (_doubtful_utf16(),)
    plain = {"utf-8-sig": "utf-8", "ascii": "utf-8"}.get(codec, codec)
    return Encoding(charset, plain, "declared", len(mark), findings)


def _agrees(codec: str, charset: str, mark: bytes) -> bool:
    marked_charset, marked_codec = BYTE_ORDER_MARKS[mark]
    return charset == marked_charset and codec in (charset, "utf-8-sig", "ascii", marked_codec)


def _byte_order(codec: str, head: bytes) -> str:
    if codec != "utf-16":
        return codec
    evens, odds = head[0::2].count(0), head[1::2].count(0)
    return "utf-16-be" if evens > odds else "utf-16-le"


def _against_mark(name: str, mark: bytes) -> Finding:
    charset, marked = BYTE_ORDER_MARKS[mark]
    return make_finding(
        "undecodable-bytes",
        f"the file begins with the byte order mark of {marked}, but is read as {name}",
        hint=f"declare {charset} or no encoding; JSON must be saved as utf-8",
        line=1,
        value=mark.hex(" "),
    )


def _declared_windows() -> Finding:
    return make_finding(
        "windows-1252",
        "windows-1252 was declared; Custobar's import accepts only utf-8, utf-16 and iso-8859-1",
        hint="convert the file to utf-8 before the upload",
    )


def _doubtful_utf16() -> Finding:
    return make_finding(
        "doubtful-charset",
        "utf-16 was declared, but the file has no byte order mark and no NUL byte, which every comma would have",
        hint="declare utf-8 or no encoding",
    )


def decode_chunks(chunks: Iterable[bytes], encoding: Encoding) -> Iterator[str]:
    """The text of bytes, chunk by chunk, without the byte order mark.

    Raises:
        EndOfReading: some bytes cannot be decoded; all text before them was yielded.

    """
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    skip, offset = encoding.mark, 0
    for chunk in chunks:
        data = chunk[skip:]
        offset += min(skip, len(chunk))
        skip -= min(skip, len(chunk))
        yield from _decode_one(decoder, data, offset, encoding, final=False)
        offset += len(data)
    yield from _decode_one(decoder, b"", offset, encoding, final=True)


def _decode_one(
    decoder: codecs.IncrementalDecoder, data: bytes, offset: int, encoding: Encoding, *, final: bool
) -> Iterator[str]:
    try:
        text = decoder.decode(data, final)
    except UnicodeDecodeError as error:
        whole = error.object
        yield whole[: error.start].decode(encoding.codec)
        position = offset + len(data) - len(whole) + error.start
        raise EndOfReading(undecodable(whole, error.start, error.end, position, encoding.charset)) from None
    if text:
        yield text


def undecodable(data: bytes, start: int, end: int, position: int, charset: str) -> Finding:
    """The finding for ``data[start:end]``, at a byte position in the file."""
    wrong = data[start : max(end, start + 1)][:EXCERPT_BYTES]
    excerpt = wrong.hex(" ")
    return make_finding(
        "undecodable-bytes",
        f"byte {position} (counted from 0): {excerpt} is not {charset}; reading ends here",
        hint=_would_decode(wrong, charset),
        value=excerpt,
    )


def _would_decode(wrong: bytes, charset: str) -> str:
    if charset == UTF8:
        lacks = not CONTROLS.search(wrong.decode("latin-1")) or "\ufffd" in wrong.decode("cp1252", "replace")
        meant = LATIN1 if lacks else WINDOWS
        return f"in {meant} it is {wrong.decode(meant)!r}: declare {meant}, or save the file as UTF-8"
    if charset == UTF16:
        return "the file is cut off or damaged, or not utf-16: export it again, or declare utf-8"
    return "these bytes have no character in windows-1252: declare iso-8859-1 or utf-8"


def _likely(head: bytes) -> str:
    """A hint about the encoding to declare: charset-normalizer finds the likelier of the two one-byte encodings."""
    lines = [line for line in head.splitlines() if not line.isascii()]
    if not CONTROLS.search(b"".join(lines).decode("latin-1")):
        return "set the encoding"  # the two differ in control characters only
    from charset_normalizer import from_bytes

    best = from_bytes(b"\n".join(lines)[:GUESSED_BYTES], cp_isolation=["latin_1", "cp1252"]).best()
    is_windows = best is not None and best.encoding == "cp1252"
    return "it looks like windows-1252: set that as the encoding" if is_windows else "set the encoding"


def encode_text(text: str, charset: str, *, start: bool = True) -> bytes:
    """The bytes of a text; utf-16 is little-endian, with a byte order mark if ``start`` is True.

    Raises:
        UnicodeEncodeError: the encoding lacks a character.

    """
    if charset == UTF16:
        mark = codecs.BOM_UTF16_LE if start else b""
        return mark + text.encode("utf-16-le")
    return text.encode(charset)
