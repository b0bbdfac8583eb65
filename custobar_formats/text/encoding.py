"""Bytes to text and back, in the three encodings that Custobar's import accepts.

In: bytes, and perhaps a declared encoding. Out: text in chunks, and the encoding with the reason for it. Rule: an
encoding is decided by a series of certain steps, never by statistics of letters (which read a latin-1 "Hämäläinen" as
big5), and bytes that cannot be decoded end the reading.
Source: https://www.custobar.com/docs/api/data-import-formats/ (charsets and the Content-Type header).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from custobar_formats.core.errors import UnsupportedCharset, UsageError
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import CONTROL_SHARE, EXCERPT_BYTES, MIN_CONTROLS, SAMPLE_BYTES, SAMPLE_CHARS
from custobar_formats.core.shown import shown
from custobar_formats.text.evidence import SEPARATES, Evidence, OneByteEvidence, utf32_codec
from custobar_formats.text.mojibake import CONTROLS
from custobar_formats.text.windows import LACKING, LenientDecoder

UTF8, UTF16, LATIN1, WINDOWS = "utf-8", "utf-16", "iso-8859-1", "windows-1252"

CODECS = {"utf-8": UTF8, "utf-8-sig": UTF8, "ascii": UTF8, "utf-16": UTF16, "utf-16-le": UTF16}
CODECS |= {"utf-16-be": UTF16, "iso8859-1": LATIN1, "cp1252": WINDOWS}
"""Python's name of each codec, and the encoding that it stands for."""

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: ("utf-32", "utf-32-le"),
    codecs.BOM_UTF32_BE: ("utf-32", "utf-32-be"),
    codecs.BOM_UTF8: (UTF8, "utf-8"),
    codecs.BOM_UTF16_LE: (UTF16, "utf-16-le"),
    codecs.BOM_UTF16_BE: (UTF16, "utf-16-be"),
}

MEDIA_TYPES = {
    "text/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "application/jsonl": "jsonl",
}

NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Control characters, except those that lay text out."""

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
        is_choice: whether another encoding may be declared instead.
        strict: whether bytes that the encoding lacks end the reading; otherwise they become control characters.

    """

    charset: str
    codec: str
    reason: str
    mark: int = 0
    findings: tuple[Finding, ...] = ()
    is_choice: bool = True
    strict: bool = True

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
        raise UsageError(f"encoding={shown(name)}: give the name of an encoding, such as 'utf-8'")
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
        raise UsageError(f"content type {shown(header)}: use printable ASCII only")
    message = Message()
    message["content-type"] = header
    media_type = message.get_content_type()
    if media_type not in MEDIA_TYPES:
        raise UsageError(f"unknown content type {shown(header)}: use one of {', '.join(MEDIA_TYPES)}")
    charset = resolve_charset(message.get_content_charset() or UTF8)[0]
    if MEDIA_TYPES[media_type] != "csv" and charset != UTF8:
        raise UsageError(f"content type {shown(header)}: JSON must be utf-8 (RFC 8259)")
    return MEDIA_TYPES[media_type], charset


def find_mark(head: bytes) -> bytes:
    """The byte order mark at the start, or ``b""``; that of UTF-32 LE begins with that of UTF-16 LE."""
    found = [mark for mark in BYTE_ORDER_MARKS if head.startswith(mark)]
    return next((mark for mark in found if len(mark) < 4 or utf32_codec(head) is not None), b"")


def guess_encoding(read: Callable[[], Iterable[bytes]]) -> Encoding:
    """The encoding of bytes without a declared one, by these steps: mark, NULs, strict UTF-8, and what is left.

    ``read`` gives the bytes from the start; it is called up to four times.

    Raises:
        EndOfReading: they are UTF-32.

    """
    evidence = Evidence()
    for chunk in read():
        evidence.feed(chunk)
    if (other := utf32_codec(evidence.head)) is not None:
        message = f"the file is {other}, which Custobar's import does not accept"
        raise EndOfReading(make_finding("undecodable-bytes", message, hint=SAVE, line=1))
    mark = find_mark(evidence.head)
    if mark:
        charset, codec = BYTE_ORDER_MARKS[mark]
        return Encoding(charset, codec, "byte order mark", len(mark))
    codec16 = evidence.utf16_codec(read()) if evidence.may_be_utf16 else None
    if codec16 is not None:
        return Encoding(UTF16, codec16, "NUL bytes in every second place")
    if evidence.is_utf8:
        return Encoding(UTF8, "utf-8", "all bytes are valid UTF-8")
    more = OneByteEvidence(evidence.wrong_at)
    for chunk in read():
        more.feed(chunk)
    if more.finish().is_damaged(read()):
        return Encoding(UTF8, "utf-8", "all bytes but a few are valid UTF-8", is_choice=False)
    return _guess_one_byte(evidence, more)


SAVE = "save the file as UTF-8"
SAVE_OR_CONVERT = "to upload this file itself, save it as UTF-8; convert writes UTF-8"


def _guess_one_byte(evidence: Evidence, more: OneByteEvidence) -> Encoding:
    wrong = f"its first wrong byte is byte {evidence.wrong_at}, counted from 0, in line {more.wrong_line}"
    message = f"the file is not UTF-8 ({wrong}); it was read as"
    if not more.has_controls:
        hint = f"set the encoding, or {SAVE}"
        finding = make_finding("guessed-charset", f"{message} iso-8859-1", hint=hint)
        return Encoding(LATIN1, "iso-8859-1", "neither UTF-16 nor UTF-8", 0, (finding,))
    message = f"{message} windows-1252, which Custobar's import does not accept"
    found = [make_finding("windows-1252", message, hint=SAVE_OR_CONVERT)]
    doubt = _doubt_letters(more, WINDOWS)
    if doubt is None and more.lacking is not None:
        lacking = f"windows-1252 has no character for some bytes, such as {more.lacking:#04x}"
        doubt = make_finding("doubtful-charset", f"{lacking}; they are read as control characters", hint=SAVE)
    reason = "not UTF-8, and some bytes are letters only in windows-1252"
    found += [doubt] if doubt is not None else []
    return Encoding(WINDOWS, "cp1252", reason, 0, tuple(found), strict=False)


def _doubt_letters(more: OneByteEvidence, charset: str) -> Finding | None:
    other = more.find_other()
    if other is None:
        return None
    message = f"the text is probably {other[0]}, as {other[1]!r} shows, and not {charset}"
    return make_finding("doubtful-charset", message, hint=f"{SAVE} in the program that wrote it")


def declared_encoding(name: str, head: bytes, *, is_choice: bool = True) -> Encoding:
    """The encoding with a declared name, for bytes that begin with ``head``; ``is_choice`` as in ``Encoding``.

    Raises:
        UnsupportedCharset: it is not supported.
        EndOfReading: the bytes begin with another encoding's byte order mark; or they are clearly in another encoding
            that cannot be declared.

    """
    charset, codec = resolve_charset(name)
    head = head[:SAMPLE_BYTES]
    mark = find_mark(head)
    if mark and not _agrees(codec, charset, mark):
        raise EndOfReading(_against_mark(name, mark, is_choice=is_choice))
    if charset == UTF16:
        codec = BYTE_ORDER_MARKS[mark][1] if mark else _byte_order(codec, head)
    findings = [_declared_windows()] if charset == WINDOWS else []
    if head and not mark:
        findings += _find_doubts(name, charset, codec, head, is_choice=is_choice)
    plain = {"utf-8-sig": "utf-8", "ascii": "utf-8"}.get(codec, codec)
    return Encoding(charset, plain, "declared", len(mark), tuple(findings), is_choice)


def _find_doubts(name: str, charset: str, codec: str, head: bytes, *, is_choice: bool) -> Iterator[Finding]:
    """The finding for bytes that are clearly in another encoding than the declared one, if they are."""
    evidence = Evidence()
    evidence.feed(head)
    shown = utf32_codec(head) or evidence.utf16_codec([head], whole=len(head) < SAMPLE_BYTES)
    is_utf8 = evidence.is_utf8 if len(head) < SAMPLE_BYTES else evidence.begins_utf8
    if shown is not None and not is_choice:
        message = f"the bytes are {shown}, but JSON must be utf-8 (RFC 8259)"
        raise EndOfReading(make_finding("undecodable-bytes", message, hint=SAVE, line=1))
    if shown is not None and not SEPARATES.search(head.decode(shown, "ignore")):
        shown = None
    if shown is None and charset in (LATIN1, WINDOWS) and is_utf8 and not evidence.is_ascii:
        shown = UTF8
    if shown == codec:
        return
    if shown is not None:
        hint = SAVE if shown.startswith("utf-32") else f"declare {CODECS[shown]} or no encoding"
        yield make_finding("doubtful-charset", f"{name} was declared, but the bytes are {shown}", hint=hint)
    elif charset == UTF16 and b"\0" not in head:
        message = f"{name} was declared, but the file has no byte order mark and no NUL byte"
        hint = "declare utf-8 or no encoding" if is_utf8 else "declare no encoding"
        yield make_finding("doubtful-charset", f"{message}, which every comma would have", hint=hint)
    elif charset in (LATIN1, WINDOWS):
        more = OneByteEvidence()
        more.feed(head)
        doubt = _doubt_letters(more.finish(), charset)
        yield from [doubt] if doubt is not None else []


def _agrees(codec: str, charset: str, mark: bytes) -> bool:
    marked_charset, marked_codec = BYTE_ORDER_MARKS[mark]
    return charset == marked_charset and codec in (charset, "utf-8-sig", "ascii", marked_codec)


def _byte_order(codec: str, head: bytes) -> str:
    if codec != "utf-16":
        return codec
    evens, odds = head[0::2].count(0), head[1::2].count(0)
    return "utf-16-be" if evens > odds else "utf-16-le"


def _against_mark(name: str, mark: bytes, *, is_choice: bool) -> Finding:
    charset, marked = BYTE_ORDER_MARKS[mark]
    return make_finding(
        "undecodable-bytes",
        f"the file begins with the byte order mark of {marked}, but is read as {name}",
        hint=f"declare {charset} or no encoding" if is_choice and charset in CODECS else SAVE,
        line=1,
        value=mark.hex(" "),
    )


def _declared_windows() -> Finding:
    return make_finding(
        "windows-1252",
        "windows-1252 was declared; Custobar's import accepts only utf-8, utf-16 and iso-8859-1",
        hint=SAVE_OR_CONVERT,
    )


def decode_chunks(
    chunks: Iterable[bytes], encoding: Encoding, start: int = 0, *, is_ascii: bool = True
) -> Iterator[str]:
    """The text of bytes, chunk by chunk, without the byte order mark.

    They begin at the byte ``start`` of their file, and ``is_ascii`` is whether all text before them is ASCII.

    Raises:
        EndOfReading: some bytes cannot be decoded; all text before them was yielded.

    """
    decoder = _Decoder(encoding, start, is_ascii=is_ascii)
    skip = max(0, encoding.mark - start)
    for chunk in chunks:
        data = chunk[skip:]
        decoder.offset += min(skip, len(chunk))
        skip -= min(skip, len(chunk))
        yield from decoder.decode(data, final=False)
        decoder.offset += len(data)
    yield from decoder.decode(b"", final=True)


class _Decoder:
    """Decodes chunks; ``offset`` is where the next one begins in the file."""

    def __init__(self, encoding: Encoding, offset: int, *, is_ascii: bool) -> None:
        self.offset = offset
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding.codec)() if encoding.strict else LenientDecoder()
        self._is_ascii = is_ascii

    def decode(self, data: bytes, *, final: bool) -> Iterator[str]:
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            whole = error.object
            before = whole[: error.start].decode(self._encoding.codec)
            yield before
            position = self.offset + len(data) - len(whole) + error.start
            is_choice = self._encoding.is_choice and self._is_ascii and before.isascii()  # otherwise the rest is UTF-8
            charset = self._encoding.charset
            finding = undecodable(whole, error.start, error.end, position, charset, is_choice=is_choice)
            raise EndOfReading(finding) from None
        if text:
            self._is_ascii = self._is_ascii and text.isascii()
            yield text


def undecodable(data: bytes, start: int, end: int, position: int, charset: str, *, is_choice: bool = True) -> Finding:
    """The finding for ``data[start:end]``, at a byte position in the file; ``is_choice`` as in ``Encoding``."""
    wrong = data[start : max(end, start + 1)][:EXCERPT_BYTES]
    excerpt = wrong.hex(" ")
    return make_finding(
        "undecodable-bytes",
        f"byte {position} (counted from 0): {excerpt} is not {charset}; reading ends here",
        hint=_would_decode(wrong, charset, is_choice=is_choice),
        value=excerpt,
    )


def _would_decode(wrong: bytes, charset: str, *, is_choice: bool) -> str:
    if charset == UTF8:
        is_windows = CONTROLS.search(wrong.decode("latin-1")) is not None
        meant = WINDOWS if is_windows and not set(wrong) & set(LACKING) else LATIN1
        named = f"in {meant} it is {wrong.decode(meant)!r}: " if meant == WINDOWS or not is_windows else ""
        return named + (f"declare {meant}, or " if is_choice else "") + SAVE
    if charset == UTF16:
        return "the file is cut off or damaged, or not utf-16: export it again, or declare utf-8"
    return "these bytes have no character in windows-1252: declare iso-8859-1 or utf-8"


def refuse_controls(chunks: Iterator[str], hint: str | None = None) -> Iterator[str]:
    """The text of undeclared bytes, of which the beginning is read at once; ``hint``: what the file may be instead.

    Raises:
        EndOfReading: the first characters have so many controls that they are not text.

    """
    parts: list[str] = []
    size, failure = 0, None
    try:
        while size < SAMPLE_CHARS and (chunk := next(chunks, "")):
            parts.append(chunk)
            size += len(chunk)
    except EndOfReading as end:
        failure = end
    text = "".join(parts)
    start = text[:SAMPLE_CHARS]
    count = len(NOT_TEXT.findall(start))
    if count >= MIN_CONTROLS and count * CONTROL_SHARE >= len(start):
        message = f"{count:,} of the first {len(start):,} characters are control characters: this is not text"
        hint = hint or "give a CSV or JSON file; if it is UTF-16, it is cut off or damaged: export it again"
        raise EndOfReading(make_finding("undecodable-bytes", message, hint=hint, line=1))

    def go_on() -> Iterator[str]:
        if text:
            yield text
        if failure is not None:
            raise failure
        yield from chunks

    return go_on()


def encode_text(text: str, charset: str, *, start: bool = True) -> bytes:
    """The bytes of a text; utf-16 is little-endian, with a byte order mark if ``start`` is True.

    Raises:
        UnicodeEncodeError: the encoding lacks a character.

    """
    if charset == UTF16:
        mark = codecs.BOM_UTF16_LE if start else b""
        return mark + text.encode("utf-16-le")
    return text.encode(charset)
