"""Encodings: which one is used, why, and which bytes are not text."""

import codecs
from typing import Any

import pytest

from custobar_formats import UnsupportedCharset, UsageError, decode
from custobar_formats.core.findings import EndOfReading
from custobar_formats.text.encoding import (
    Evidence,
    content_type,
    declared_encoding,
    decode_chunks,
    encode_text,
    guess_encoding,
    parse_content_type,
    undecodable,
)
from tests.findings import reported

LE, BE, BOM = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("utf-8", b"abc", ("utf-8", "utf-8", 0)),
        ("utf-8-sig", BOM, ("utf-8", "utf-8", 3)),
        ("utf-8-sig", b"a", ("utf-8", "utf-8", 0)),
        ("ascii", BOM + b"a", ("utf-8", "utf-8", 3)),
        ("ascii", b"a", ("utf-8", "utf-8", 0)),
        ("latin-1", b"a", ("iso-8859-1", "iso8859-1", 0)),
        ("utf-16", BE + b"\0a", ("utf-16", "utf-16-be", 2)),
        ("utf-16", LE + b"\0a", ("utf-16", "utf-16-le", 2)),
        ("utf-16-be", BE, ("utf-16", "utf-16-be", 2)),
        ("utf-16-le", b"\0a", ("utf-16", "utf-16-le", 0)),
        ("utf-16-be", b"a\0", ("utf-16", "utf-16-be", 0)),
        ("utf-16", b"", ("utf-16", "utf-16-le", 0)),
        ("utf-16", b"a\0", ("utf-16", "utf-16-le", 0)),
        ("utf-16", b"\0a", ("utf-16", "utf-16-be", 0)),
        ("utf-16", b"\0\0", ("utf-16", "utf-16-le", 0)),
        ("utf-16", b"\0a\0bc\0", ("utf-16", "utf-16-be", 0)),
        ("utf-16", b"\0ab\0c\0", ("utf-16", "utf-16-le", 0)),
    ],
)
def test_a_declared_charset(name: str, head: bytes, expected: tuple[str, str, int]) -> None:
    encoding = declared_encoding(name, head)
    assert (encoding.charset, encoding.codec, encoding.mark) == expected
    assert (encoding.reason, encoding.findings) == ("declared", ())


def test_windows_1252_is_reported_where_it_is_declared() -> None:
    encoding = declared_encoding("cp1252", b"\0")
    assert (encoding.charset, encoding.codec, encoding.reason, encoding.mark) == (
        "windows-1252",
        "cp1252",
        "declared",
        0,
    )
    assert [reported(finding) for finding in encoding.findings] == [
        (
            "windows-1252",
            "windows-1252 was declared; Custobar's import accepts only utf-8, utf-16 and iso-8859-1",
            "convert the file to utf-8 before the upload",
            None,
            None,
            None,
        )
    ]


@pytest.mark.parametrize("name", ["utf-16", "UTF_16", "utf16"])
def test_utf_16_without_a_nul_is_doubtful(name: str) -> None:
    assert [reported(finding) for finding in declared_encoding(name, b"a,b\n").findings] == [
        (
            "doubtful-charset",
            "utf-16 was declared, but the file has no byte order mark and no NUL byte, which every comma would have",
            "declare utf-8 or no encoding",
            None,
            None,
            None,
        )
    ]


@pytest.mark.parametrize(
    ("name", "head"), [("utf-16-le", b"ab"), ("utf-16", LE + b"ab"), ("utf-16", b"a\0"), ("utf-16", b"")]
)
def test_utf_16_with_a_byte_order_or_a_nul_is_not_doubtful(name: str, head: bytes) -> None:
    assert declared_encoding(name, head).findings == ()


@pytest.mark.parametrize(
    ("name", "mark", "marked", "charset", "shown"),
    [
        ("utf-8", LE, "utf-16-le", "utf-16", "ff fe"),
        ("utf-16-le", BE, "utf-16-be", "utf-16", "fe ff"),
        ("utf-16-be", LE, "utf-16-le", "utf-16", "ff fe"),
        ("latin-1", BOM, "utf-8", "utf-8", "ef bb bf"),
        ("utf-16", BOM, "utf-8", "utf-8", "ef bb bf"),
        ("ascii", BE, "utf-16-be", "utf-16", "fe ff"),
    ],
)
def test_a_byte_order_mark_against_the_declared_charset(
    name: str, mark: bytes, marked: str, charset: str, shown: str
) -> None:
    with pytest.raises(EndOfReading) as caught:
        declared_encoding(name, mark + b"a\0")
    assert reported(caught.value.finding) == (
        "undecodable-bytes",
        f"the file begins with the byte order mark of {marked}, but is read as {name}",
        f"declare {charset} or no encoding; JSON must be saved as utf-8",
        1,
        None,
        shown,
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/csv", ("csv", "utf-8")),
        ('TEXT/CSV; charset="ISO-8859-1"', ("csv", "iso-8859-1")),
        ("text/csv; charset=utf-16", ("csv", "utf-16")),
        ("text/csv; charset=cp1252", ("csv", "windows-1252")),
        ("application/json", ("json", "utf-8")),
        ("application/x-ndjson; charset=utf-8", ("jsonl", "utf-8")),
        ("application/ndjson", ("jsonl", "utf-8")),
        ("application/jsonl", ("jsonl", "utf-8")),
    ],
)
def test_a_content_type(header: str, expected: tuple[str, str]) -> None:
    assert parse_content_type(header) == expected


MEDIA_TYPES = "use one of text/csv, application/json, application/x-ndjson, application/ndjson, application/jsonl"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("csv", f"unknown content type 'csv': {MEDIA_TYPES}"),
        ("text/plain", f"unknown content type 'text/plain': {MEDIA_TYPES}"),
        ("", f"unknown content type '': {MEDIA_TYPES}"),
        ("text/csv\n", "content type 'text/csv\\n': use printable ASCII only"),
        ("text/cäv", "content type 'text/cäv': use printable ASCII only"),
        (
            "application/json; charset=latin-1",
            "content type 'application/json; charset=latin-1': JSON must be utf-8 (RFC 8259)",
        ),
        (
            "application/jsonl; charset=utf-16",
            "content type 'application/jsonl; charset=utf-16': JSON must be utf-8 (RFC 8259)",
        ),
    ],
)
def test_a_content_type_that_makes_no_sense(header: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_content_type(header)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["big5", "", "a\0b", "hex"])
def test_a_charset_that_is_none_of_the_three(name: str) -> None:
    with pytest.raises(UnsupportedCharset) as caught:
        declared_encoding(name, b"")
    assert str(caught.value) == str(UnsupportedCharset(name))


def test_a_charset_that_is_no_text() -> None:
    with pytest.raises(UsageError, match="encoding=5: give the name of an encoding, such as 'utf-8'"):
        declared_encoding(5, b"")  # type: ignore[arg-type]


def test_a_charset_in_a_content_type_is_one_of_the_three() -> None:
    with pytest.raises(UnsupportedCharset, match="big5"):
        parse_content_type("text/csv; charset=big5")


WINDOWS_HINT = "it looks like windows-1252: set that as the encoding, or save the file as UTF-8"
LATIN_HINT = "set the encoding, or save the file as UTF-8"


@pytest.mark.parametrize(
    ("chunks", "byte", "line", "hint"),
    [
        ([b"\xe4"], 0, 1, LATIN_HINT),
        ([b"a\nb\n\xe4c\n"], 4, 3, LATIN_HINT),
        ([b"a\n", b"b\nx\xc3", b"\nc\n"], 5, 3, LATIN_HINT),
        ([b"a\n\n", b"b\xc3"], 4, 3, LATIN_HINT),
        ([b"a\n\xc3\xa4\n", b"\n\n", b"\n\xc3", b"\xa4\n", b"\xa4\n\n"], 11, 7, LATIN_HINT),
        (
            [b"caf\xe9 \x80uro\n"],
            3,
            1,
            WINDOWS_HINT,
        ),
        (
            [b"plain\n", b"H\xe4m\xe4l\xe4inen 5 \x80\n"],
            7,
            2,
            WINDOWS_HINT,
        ),
    ],
)
def test_a_guess_shows_the_first_byte_that_is_not_utf_8(chunks: list[bytes], byte: int, line: int, hint: str) -> None:
    evidence = Evidence()
    for chunk in chunks:
        evidence.feed(chunk)
    assert not evidence.is_utf8
    evidence.find_line(iter(chunks))
    encoding = guess_encoding(evidence)
    assert (encoding.charset, encoding.codec, encoding.mark) == ("iso-8859-1", "iso-8859-1", 0)
    assert encoding.reason == "neither UTF-16 nor UTF-8"
    message = (
        f"the file is not UTF-8 (its first wrong byte is byte {byte}, counted from 0, in line {line}); "
        "it was read as iso-8859-1"
    )
    assert [reported(finding) for finding in encoding.findings] == [
        ("guessed-charset", message, hint, None, None, None)
    ]


def test_the_line_of_a_wrong_byte_is_looked_for_no_further_than_that_byte() -> None:
    def chunks() -> Any:
        yield b"a\n\xe4"
        raise AssertionError("nothing more is needed")

    evidence = Evidence()
    evidence.feed(b"a\n\xe4")
    evidence.feed(b"b")
    evidence.find_line(chunks())
    assert evidence.wrong_line == 2


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b"a\0b\0"], ("utf-16", "utf-16-le", "NUL bytes in every second place", 0)),
        ([b"\0a\0b"], ("utf-16", "utf-16-be", "NUL bytes in every second place", 0)),
        ([b"\0", b"a\0", b"b"], ("utf-16", "utf-16-be", "NUL bytes in every second place", 0)),
        ([b"a", b"\0b", b"\0"], ("utf-16", "utf-16-le", "NUL bytes in every second place", 0)),
        ([b"a\0b"], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),  # an odd number
        ([b"\0\0\0\0"], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),  # in both halves
        ([b"a\0" * 3 + b"bb" * 7], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),  # 30 % are not more than 30 %
        ([b"a\0" * 4 + b"bb" * 9], ("utf-16", "utf-16-le", "NUL bytes in every second place", 0)),
        ([], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),
        ([b"\xc3", b"\xa4"], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),
        ([b"\xc3", b"a"], ("iso-8859-1", "iso-8859-1", "neither UTF-16 nor UTF-8", 0)),
        ([b"a\xc3"], ("iso-8859-1", "iso-8859-1", "neither UTF-16 nor UTF-8", 0)),
        ([BOM + b"a"], ("utf-8", "utf-8", "byte order mark", 3)),
        ([LE + b"a\0"], ("utf-16", "utf-16-le", "byte order mark", 2)),
        ([BE[:1], BE[1:] + b"\0a"], ("utf-16", "utf-16-be", "byte order mark", 2)),
    ],
)
def test_the_ladder(chunks: list[bytes], expected: tuple[str, str, str, int]) -> None:
    evidence = Evidence()
    for chunk in chunks:
        evidence.feed(chunk)
    encoding = guess_encoding(evidence)
    assert (encoding.charset, encoding.codec, encoding.reason, encoding.mark) == expected


CUT_OFF = "the file is cut off or damaged, or not utf-16: export it again, or declare utf-8"
NO_CHARACTER = "these bytes have no character in windows-1252: declare iso-8859-1 or utf-8"


@pytest.mark.parametrize(
    ("data", "start", "end", "position", "charset", "shown", "hint"),
    [
        (b"ab\xe4cd", 2, 3, 7, "utf-8", "e4", "in iso-8859-1 it is 'ä': declare iso-8859-1, or save the file as UTF-8"),
        (b"\x80", 0, 1, 1, "utf-8", "80", "in windows-1252 it is '€': declare windows-1252, or save the file as UTF-8"),
        (b"\x81", 0, 1, 1, "utf-8", "81", "in iso-8859-1 it is '\\x81': declare iso-8859-1, or save the file as UTF-8"),
        (b"a\0\xd8b", 1, 3, 9, "utf-16", "00 d8", CUT_OFF),
        (b"a", 0, 0, 3, "utf-16", "61", CUT_OFF),
        (b"a\x81", 1, 2, 1, "windows-1252", "81", NO_CHARACTER),
        (b"\x81" * 9, 0, 9, 0, "windows-1252", "81 81 81 81 81 81 81 81", NO_CHARACTER),
    ],
)
def test_bytes_that_are_no_text(
    data: bytes, start: int, end: int, position: int, charset: str, shown: str, hint: str
) -> None:
    message = f"byte {position} (counted from 0): {shown} is not {charset}; reading ends here"
    finding = undecodable(data, start, end, position, charset)
    assert reported(finding) == ("undecodable-bytes", message, hint, None, None, shown)


@pytest.mark.parametrize(
    ("name", "chunks", "text", "position"),
    [
        ("utf-8", [BOM[:2], BOM[2:] + b"a\xc3", b"\xa4b\xc3", b"c"], "aäb", 7),
        ("utf-8", [b"ab", b"\xc3"], "ab", 2),
        ("utf-16", [LE + b"a", b"\0b"], "a", 4),
        ("utf-16", [LE, b"a\0\0", b"\xd8b\0"], "a", 4),
        ("cp1252", [b"\x80", b"a\x81"], "€a", 2),
    ],
)
def test_text_comes_up_to_the_first_bytes_that_are_none(
    name: str, chunks: list[bytes], text: str, position: int
) -> None:
    parts: list[str] = []
    with pytest.raises(EndOfReading) as caught:
        parts.extend(decode_chunks(chunks, declared_encoding(name, b"".join(chunks))))
    assert "".join(parts) == text
    assert caught.value.finding.message.startswith(f"byte {position} ")
    assert caught.value.finding.message.endswith(f" is not {declared_encoding(name, b'').charset}; reading ends here")


@pytest.mark.parametrize(
    ("charset", "header"),
    [
        ("utf-8", "text/csv; charset=utf-8"),
        ("utf-16", "text/csv; charset=utf-16"),
        ("iso-8859-1", "text/csv; charset=iso-8859-1"),
        ("windows-1252", None),
    ],
)
def test_the_upload_header_of_an_encoding(charset: str, header: str | None) -> None:
    assert declared_encoding(charset, b"").content_type() == header


def test_text_to_bytes() -> None:
    assert encode_text("aä", "utf-16") == LE + b"a\0\xe4\0"
    assert encode_text("aä", "utf-16", start=False) == b"a\0\xe4\0"
    assert encode_text("aä", "utf-8") == b"a\xc3\xa4"
    assert encode_text("aä", "iso-8859-1") == b"a\xe4"
    with pytest.raises(UnicodeEncodeError):
        encode_text("€", "iso-8859-1")


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("nimi\nHämäläinen\n".encode("latin-1"), "set the encoding, or save the file as UTF-8"),
        (
            "hinta\n5 € tai “enemmän”\n".encode("cp1252"),
            WINDOWS_HINT,
        ),
        (b"a\n\x8d\x9f\n", "set the encoding, or save the file as UTF-8"),  # no text in windows-1252
    ],
)
def test_what_a_guessed_charset_may_be_besides(data: bytes, hint: str) -> None:
    assert [finding.hint for finding in decode(data).findings] == [hint]


def test_the_upload_header_of_json_names_no_charset() -> None:
    assert content_type("application/json", "utf-8") == "application/json"
    assert content_type("text/csv", "utf-8") == "text/csv; charset=utf-8"
