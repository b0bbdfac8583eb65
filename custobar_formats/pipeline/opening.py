"""A source to its text: its format, and how its bytes become text.

In: an opened source, and options. Out: the format, and text in chunks with the reason for its encoding. Rule: a
declared encoding decides; otherwise the bytes do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import NamedTuple

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import EXCERPT_BYTES
from custobar_formats.core.packed import compression_of
from custobar_formats.csvtext.other_formats import find_binary_format
from custobar_formats.files.compression import PGP, names_of_members, zip_document
from custobar_formats.files.filenames import named_packing_of, packing_of
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.options import FORMAT_SUFFIXES, Options
from custobar_formats.text.encoding import (
    SURROGATES,
    UTF8,
    UTF16,
    Encoding,
    declared_encoding,
    decode_chunks,
    guess_encoding,
    refuse_controls,
)

JSON_START = re.compile("(?:\ufeff|\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?[ \t\r\n]*[{\\[]")
"""A byte order mark (as text or as bytes read as latin-1), white space, and a bracket that starts no CSV header."""

MEDIA = {"csv": "text/csv", "json": "application/json", "jsonl": "application/x-ndjson"}


class SourceText(NamedTuple):
    """A source as text.

    Attributes:
        chunks: its text.
        findings: those about its encoding.
        encoding: how its bytes become text; None if it was text already.
        reason: the reason for that encoding.
        content_type: the Content-Type header for the upload; None if no legal one fits.

    """

    chunks: Iterator[str]
    findings: list[Finding]
    encoding: Encoding | None
    reason: str
    content_type: str | None


def find_format(source: TextInput | ByteInput, options: Options) -> str:
    """The format (csv, json, jsonl): the declared one, else by the suffix, else by the first character.

    A spreadsheet is read as CSV is, from other rows.

    Raises:
        UsageError: the options name the line of a header, or declare a format, that the source does not have.

    """
    format_ = options.declared_format
    if isinstance(source, ByteInput) and source.spreadsheet is not None:
        if format_ not in (None, "csv"):
            raise UsageError(f"{source.name or '<input>'}: the file is a spreadsheet, not JSON")
        return "csv"
    if format_ is None:
        source.head()  # the name that counts may be within an archive
        format_ = FORMAT_SUFFIXES.get(PurePath(source.inner_name or "").suffix.lower())
    if format_ is None:
        head = source.head()
        text = head if isinstance(head, str) else head.replace(b"\0", b"").decode("latin-1")
        format_ = "json" if JSON_START.match(text) else "csv"
    if format_ != "csv" and options.header is not None:
        raise UsageError("a header line applies only to CSV")
    return format_


def decode_source(source: TextInput | ByteInput, options: Options, format_: str) -> SourceText:
    """The text of a source in this format.

    Raises:
        EndOfReading: the bytes are not text, or contradict the declared encoding.
        UsageError: JSON is declared to have another encoding than utf-8.

    """
    if isinstance(source, TextInput):
        return SourceText(_checked_text(source.chunks()), [], None, "given as text", None)
    _refuse_packed(source)
    declared, is_csv = options.charset, format_ == "csv"
    other = find_binary_format(source.head().decode("latin-1"), "CSV" if is_csv else "JSON")
    if other is not None:
        raise EndOfReading(other)
    if is_csv and declared is None:
        encoding = _guess(source)
    else:
        encoding = declared_encoding(declared or UTF8, source.head(), is_choice=is_csv)
    if not is_csv and encoding.charset != UTF8:
        raise UsageError(f"JSON must be utf-8 (RFC 8259), not {encoding.charset}")
    reason = encoding.reason if is_csv else "JSON is utf-8 (RFC 8259)"
    content_type = encoding.content_type() if is_csv else MEDIA[format_]
    misnamed = list(_find_misnamed(source))
    findings = [*misnamed, *encoding.findings]
    chunks = decode_chunks(source.chunks(), encoding)
    if declared is None and encoding.charset != UTF16:
        chunks = refuse_controls(chunks, misnamed[0].hint if misnamed else None)
    return SourceText(chunks, findings, encoding, reason, content_type)


def _refuse_packed(source: ByteInput) -> None:
    """Raise EndOfReading for packed data within packed data."""
    kind = compression_of(source.head())
    if kind is None:
        return
    document = zip_document(names_of_members(source.head())) if kind == "zip" else None
    if document is not None:
        raise EndOfReading(document)
    message = f"the file is compressed twice ({kind} in {source.kind})"
    raise EndOfReading(make_finding("undecodable-bytes", message, hint="unpack it first", line=1))


def _find_misnamed(source: ByteInput) -> Iterator[Finding]:
    """The finding for a name that shows another compression than the bytes."""
    named = named_packing_of(source.name or "")
    if named is not None and named != source.kind:
        how = "encrypted" if named == PGP else "compressed"
        message = f"the name ends like that of a file {how} by {named}"
        hint = "check how the file was made"
        if source.kind is not None:
            message += f", but the bytes are compressed by {source.kind}; they are unpacked as such"
        elif packing_of(source.name or "") is not None:
            message += ", but the bytes are not compressed; they are read as they are"
        else:  # not all of these formats begin with bytes of their own
            message += ", whose bytes are read as they are"
            hint = f"if it is {how} by {named}, {'decrypt' if named == PGP else 'unpack'} it first"
        yield make_finding("wrong-suffix", message, hint=hint)


def _guess(source: ByteInput) -> Encoding:
    source.make_rereadable()

    def read() -> Iterator[bytes]:
        source.rewind()
        return source.chunks()

    encoding = guess_encoding(read)
    source.rewind()
    return encoding


def _checked_text(chunks: Iterable[str]) -> Iterator[str]:
    """The text without a byte order mark that decoding may have left; half of a surrogate pair ends the reading."""
    first = True
    try:
        for chunk in chunks:
            text = chunk[1:] if first and chunk.startswith("\ufeff") else chunk
            first = first and not chunk
            lone = None if text.isascii() else SURROGATES.search(text)
            if lone is not None:
                yield text[: lone.start()]
                message = f"U+{ord(lone[0]):04X} is half of a surrogate pair; reading ends here"
                raise EndOfReading(make_finding("lone-surrogate", message, value=f"U+{ord(lone[0]):04X}"))
            if text:
                yield text
    except UnicodeDecodeError as error:
        excerpt = error.object[error.start : error.end][:EXCERPT_BYTES].hex(" ")
        message = f"{excerpt} is not {error.encoding}; reading ends here"
        hint = "open the file in binary mode, so that the encoding is detected"
        raise EndOfReading(make_finding("undecodable-bytes", message, hint=hint, value=excerpt)) from None
