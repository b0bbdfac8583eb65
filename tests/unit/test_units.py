"""The parts by themselves: what each rule says, word for word, and where it begins and ends."""

import codecs
import pickle
import re
from decimal import Decimal
from typing import Any

import pytest

from custobar_formats import NotExpressible, UnsupportedCharset, UsageError, decode, validate
from custobar_formats.core.findings import EndOfReading, Finding
from custobar_formats.core.paths import BadLabel, Path, format_pointer, parse_label
from custobar_formats.core.scalars import format_scalar
from custobar_formats.csvtext.delimiter import Delimiter, choose_delimiter, resolve_delimiter, split_sep_line
from custobar_formats.csvtext.reader import SURPLUS_HINT
from custobar_formats.csvtext.scanner import oversized, stray, unclosed
from custobar_formats.records.flatten import Flattener, leaf_text
from custobar_formats.records.header import plan_header
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.encoding import (
    Evidence,
    content_type,
    declared_encoding,
    decode_chunks,
    encode_text,
    guess_encoding,
    may_be_odd,
    mended,
    odd_letters,
    parse_content_type,
    undecodable,
)
from custobar_formats.text.formulas import FORMULA_HINT, FORMULA_MESSAGE

LE, BE, BOM = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8


def told(finding: Finding) -> tuple[Any, ...]:
    return finding.code, finding.message, finding.hint, finding.line, finding.column, finding.value


# Charsets


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


def test_windows_1252_is_said_where_it_is_declared() -> None:
    encoding = declared_encoding("cp1252", b"\0")
    assert (encoding.charset, encoding.codec, encoding.reason, encoding.mark) == (
        "windows-1252",
        "cp1252",
        "declared",
        0,
    )
    assert [told(finding) for finding in encoding.findings] == [
        (
            "windows-1252",
            "windows-1252 was declared; Custobar's import takes utf-8, utf-16 and iso-8859-1 only",
            "convert the file to utf-8 before the upload",
            None,
            None,
            None,
        )
    ]


@pytest.mark.parametrize("name", ["utf-16", "UTF_16", "utf16"])
def test_utf_16_without_a_nul_is_doubtful(name: str) -> None:
    assert [told(finding) for finding in declared_encoding(name, b"a,b\n").findings] == [
        (
            "doubtful-charset",
            "utf-16 was declared, but there is neither a byte order mark nor a NUL byte, as every comma would have",
            "declare utf-8, or nothing",
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
    assert told(caught.value.finding) == (
        "undecodable-bytes",
        f"the file begins with the byte order mark of {marked}, but is to be read as {name}",
        f"declare {charset}, or nothing; JSON has to be saved as utf-8",
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


NO_MEDIA_TYPE = "is none of text/csv, application/json, application/x-ndjson, application/ndjson, application/jsonl"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("csv", f"content type 'csv' {NO_MEDIA_TYPE}"),
        ("text/plain", f"content type 'text/plain' {NO_MEDIA_TYPE}"),
        ("", f"content type '' {NO_MEDIA_TYPE}"),
        ("text/csv\n", "content type 'text/csv\\n': a header is printable ASCII"),
        ("text/cäv", "content type 'text/cäv': a header is printable ASCII"),
        (
            "application/json; charset=latin-1",
            "content type 'application/json; charset=latin-1': JSON is utf-8 (RFC 8259)",
        ),
        (
            "application/jsonl; charset=utf-16",
            "content type 'application/jsonl; charset=utf-16': JSON is utf-8 (RFC 8259)",
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
    with pytest.raises(UnsupportedCharset) as caught:
        declared_encoding(5, b"")  # type: ignore[arg-type]
    assert str(caught.value) == str(UnsupportedCharset("5"))


def test_a_charset_in_a_content_type_is_one_of_the_three() -> None:
    with pytest.raises(UnsupportedCharset, match="big5"):
        parse_content_type("text/csv; charset=big5")


LATIN_HINT = "declare the charset, or save the file as UTF-8"


@pytest.mark.parametrize(
    ("chunks", "byte", "line", "hint"),
    [
        ([b"\xe4"], 0, 1, LATIN_HINT),
        ([b"a\nb\n\xe4c\n"], 4, 3, LATIN_HINT),
        ([b"a\n", b"b\nx\xc3", b"\nc\n"], 5, 3, LATIN_HINT),
        ([b"a\n\n", b"b\xc3"], 4, 3, LATIN_HINT),
        ([b"a\n\xc3\xa4\n", b"\n\n", b"\n\xc3", b"\xa4\n", b"\xa4\n\n"], 11, 7, LATIN_HINT),
        ([b"caf\xe9 \x80uro\n"], 3, 1, "it looks like windows-1252: declare that, or save the file as UTF-8"),
        (
            [b"plain\n", b"H\xe4m\xe4l\xe4inen 5 \x80\n"],
            7,
            2,
            "it looks like windows-1252: declare that, or save the file as UTF-8",
        ),
    ],
)
def test_a_guess_says_the_first_byte_that_is_not_utf_8(chunks: list[bytes], byte: int, line: int, hint: str) -> None:
    evidence = Evidence()
    for chunk in chunks:
        evidence.feed(chunk)
    assert not evidence.is_utf8
    evidence.find_line(iter(chunks))
    encoding = guess_encoding(evidence)
    assert (encoding.charset, encoding.codec, encoding.mark) == ("iso-8859-1", "iso-8859-1", 0)
    assert encoding.reason == "not UTF-8, the last of the three"
    message = (
        f"no charset was declared, and byte {byte} (counted from 0, in line {line}) is not UTF-8; "
        "the file was read as iso-8859-1"
    )
    assert [told(finding) for finding in encoding.findings] == [("guessed-charset", message, hint, None, None, None)]


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
        ([b"\xc3", b"a"], ("iso-8859-1", "iso-8859-1", "not UTF-8, the last of the three", 0)),
        ([b"a\xc3"], ("iso-8859-1", "iso-8859-1", "not UTF-8, the last of the three", 0)),
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
    assert told(finding) == ("undecodable-bytes", message, hint, None, None, shown)


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


DOUBLE = "the text looks like UTF-8 that was decoded twice"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("KÃ¤thy HÃ¤mÃ¤", "Käthy Hämä"),
        ("5 â‚¬", "5 €"),
        ("Ãœ", "Ü"),
        ("â\x82¬", "€"),
        ("â€“", "–"),
        ("Ã¤" * 99, "ä" * 79 + "…"),
    ],
)
def test_letters_that_were_encoded_twice(text: str, meant: str) -> None:
    hint = f"it was probably '{meant}': export it again, or look for a mix of charsets"
    assert list(odd_letters(text, latin1=False)) == [("double-encoded", DOUBLE, hint)]
    assert may_be_odd(text, latin1=False)


def test_control_characters_of_latin_1() -> None:
    hint = "in windows-1252 it is '€': declare that, or save the file as UTF-8"
    expected = [("windows-1252", "the byte 0x80 is a control character in iso-8859-1", hint)]
    assert list(odd_letters("a\x80b\x81", latin1=True)) == expected
    assert list(odd_letters("a\x80b", latin1=False)) == []
    assert may_be_odd("a\x80b", latin1=True)
    assert not may_be_odd("a\x80b", latin1=False)
    assert [hint for *_, hint in odd_letters("\x81", latin1=True)] == [
        "in windows-1252 it is '\ufffd': declare that, or save the file as UTF-8"
    ]


def test_letters_that_are_as_they_should_be() -> None:
    for text in ("plain", "Käthy", "Ä", "é\x9f"):
        assert not may_be_odd(text, latin1=False)
        assert list(odd_letters(text, latin1=False)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Ã¤", "ä"), ("â€œ", "“"), ("Ã", "Ã"), ("漢", "漢"), ("\ud800", "?"), ("plain", "plain")],
)
def test_mending(text: str, expected: str) -> None:
    assert mended(text) == expected


def test_text_to_bytes() -> None:
    assert encode_text("aä", "utf-16") == LE + b"a\0\xe4\0"
    assert encode_text("aä", "utf-16", start=False) == b"a\0\xe4\0"
    assert encode_text("aä", "utf-8") == b"a\xc3\xa4"
    assert encode_text("aä", "iso-8859-1") == b"a\xe4"
    with pytest.raises(UnicodeEncodeError):
        encode_text("€", "iso-8859-1")


# Quotes


def test_what_is_said_of_quotes() -> None:
    assert told(unclosed(3, 4, "ab")) == (
        "unclosed-quote",
        "a quote opens a cell here and is never closed; reading ends here",
        "close it, or, if it is part of the text, write it twice inside a quoted cell",
        3,
        4,
        "ab",
    )
    again = "write a quote inside a quoted cell twice; look for one that is not closed before"
    assert told(stray(2, 2, 4, "x\r\ny")) == (
        "stray-quote",
        "text follows the closing quote; reading ends here",
        again,
        2,
        4,
        "x",
    )
    assert told(stray(3, 2, 4, "xy")) == (
        "stray-quote",
        "text follows the closing quote of the cell that opens at line 2; reading ends here",
        again,
        3,
        4,
        "xy",
    )
    assert told(oversized(3, 4)) == (
        "oversized-cell",
        "the cell has more than 131,072 characters; reading ends here",
        "shorten it; a quote that is not closed where it should be has the same effect",
        3,
        4,
        None,
    )


# Headers


def header(labels: list[str], schema: Schema | None = None, *, latin1: bool = False) -> tuple[list[str], list[Any]]:
    plan, findings = plan_header(labels, schema, 3, latin1=latin1)
    assert all(finding.line == 3 and (finding.row, finding.value) == (None, None) for finding in findings)
    return [column.label for column in plan.columns], [
        (finding.code, finding.column, finding.label, finding.message, finding.hint) for finding in findings
    ]


RENAME = "rename one of them"
DOTS = "name the keys on the path, with one dot between them"
ODD = "it was probably 'Kä': export it again, or look for a mix of charsets"
CONTROL = "in windows-1252 it is '€': declare that, or save the file as UTF-8"


@pytest.mark.parametrize(
    ("labels", "taken", "findings"),
    [
        (["a", ""], ["a"], [("blank-label", 2, "", "the column has no name", "name it, or take it out")]),
        (["b", "a", "a"], ["b", "a"], [("duplicate-label", 3, "a", "column 2 has the same name", RENAME)]),
        (["", ""], [], [("no-header", None, None, "the first row has no labels", None)]),
        (
            ["b", "A", "a", "x"],
            ["b", "A", "a", "x"],
            [("similar-label", 3, "a", "differs from column 2, 'A', by case only", None)],
        ),
        (
            ["STRASSE", "straße", "strasse"],
            ["STRASSE", "straße", "strasse"],
            [
                ("similar-label", 2, "straße", "differs from column 1, 'STRASSE', by case only", None),
                ("similar-label", 3, "strasse", "differs from column 1, 'STRASSE', by case only", None),
            ],
        ),
        (
            ["a", "__rejected_because", "b"],
            ["a", "b"],
            [("rejected-column", 2, "__rejected_because", "the column of reasons of a rejects file is dropped", None)],
        ),
        (["b..c"], [], [("bad-path", 1, "b..c", "the label has an empty part between its dots", DOTS)]),
        (
            ["x.b.", "a"],
            ["a"],
            [("bad-path", 1, "x.b.", "the label has an empty part between its dots", DOTS)],
        ),
        (["a", "  "], ["a", "  "], [("only-spaces", 2, "  ", "the label is nothing but white space", None)]),
        (["KÃ¤"], ["KÃ¤"], [("double-encoded", 1, "KÃ¤", DOUBLE, ODD)]),
        (["d\x80"], ["d\x80"], []),
        (
            ["p", "p.q"],
            ["p"],
            [
                (
                    "path-conflict",
                    2,
                    "p.q",
                    "column 1, 'p', is a value, so that nothing can be below it",
                    RENAME,
                )
            ],
        ),
        (
            ["o", "p.q", "p"],
            ["o", "p.q"],
            [("path-conflict", 3, "p", "column 2, 'p.q', is below it, so that it cannot be a value", RENAME)],
        ),
        (
            ["p.0", "p.q"],
            ["p.0"],
            [("path-conflict", 2, "p.q", "column 1, 'p.0', makes a list of what would be the other here", RENAME)],
        ),
        (
            ["p.q", "p.0"],
            ["p.q"],
            [("path-conflict", 2, "p.0", "column 1, 'p.q', makes an object of what would be the other here", RENAME)],
        ),
        (
            ["z.1"],
            ["z.1"],
            [("index-gap", 1, "z.1", "in this list the index 0 is missing", "indices are 0, 1, 2 …: z.0")],
        ),
        (
            ["y", "x.z.0.k", "x.z.1.k", "x.z.3.k", "x.z.7"],
            ["y", "x.z.0.k", "x.z.1.k", "x.z.3.k", "x.z.7"],
            [
                (
                    "index-gap",
                    4,
                    "x.z.3.k",
                    "after column 3, 'x.z.1.k', the index 2 is missing",
                    "indices are 0, 1, 2 …: x.z.2",
                )
            ],
        ),
        (
            ["a.2", "b..", "b.1", ""],
            ["a.2", "b.1"],
            [
                ("index-gap", 1, "a.2", "in this list the index 0 is missing", "indices are 0, 1, 2 …: a.0"),
                ("bad-path", 2, "b..", "the label has an empty part between its dots", DOTS),
                ("index-gap", 3, "b.1", "in this list the index 0 is missing", "indices are 0, 1, 2 …: b.0"),
                ("blank-label", 4, "", "the column has no name", "name it, or take it out"),
            ],
        ),
    ],
)
def test_what_is_said_of_a_header(labels: list[str], taken: list[str], findings: list[Any]) -> None:
    assert header(labels) == (taken, findings)


def test_the_limits_of_a_header() -> None:
    message = "the header has more than 10,000 columns"
    assert header([f"c{n}" for n in range(10_001)]) == ([], [("too-wide", None, None, message, None)])
    assert header([f"c{n}" for n in range(10_000)])[1] == []
    deep = ".".join("x" * 65)
    assert header([deep]) == ([], [("too-deep", 1, deep, "the label has 65 parts; at most 64 are taken", DOTS)])
    assert header([deep[2:]]) == ([deep[2:]], [])


def test_control_characters_of_latin_1_in_a_label() -> None:
    message = "the byte 0x80 is a control character in iso-8859-1"
    assert header(["d\x80"], latin1=True) == (["d\x80"], [("windows-1252", 1, "d\x80", message, CONTROL)])


def test_a_header_is_at_line_1_if_nothing_else_is_said() -> None:
    assert [finding.line for finding in plan_header(["a", ""], None)[1]] == [1]
    assert plan_header(["d\x80"], None)[1] == []


STOCK = {
    "properties": {
        "a": {"type": "string"},
        "stock": {"type": "array", "items": {"type": "object", "properties": {"quantity": {"type": "integer"}}}},
        "list": {"type": "array", "items": {"type": "string"}},
        "x.y": {"type": "string"},
        "x": {"type": "object", "properties": {"deep.er": {"type": "string"}, "0": {"type": "string"}}},
    }
}


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("A", "did you mean 'a'?"),
        ("stock.0.quantitiy", "did you mean 'stock.0.quantity'?"),
        ("stocks.0.quantity", "did you mean 'stock.0.quantity'?"),
        ("stocks.0.quantitiy", "did you mean 'stock.0.quantitiy'?"),  # one finding for each label
        ("nothing", None),
        ("nothing.stocks", None),
    ],
)
def test_a_label_that_the_schema_does_not_know(label: str, hint: str | None) -> None:
    expected = ("unknown-label", 1, label, f"the schema does not know {label!r}", hint)
    assert header([label], Schema(STOCK)) == ([label], [expected])


@pytest.mark.parametrize(
    ("label", "path", "in_list", "joined"),
    [
        ("a", ("a",), False, False),
        ("stock.0.quantity", ("stock", 0, "quantity"), True, False),
        ("list", ("list",), False, True),
        ("list.0", ("list", 0), True, False),
        ("x.y", ("x.y",), False, False),
        ("x.y.z", ("x.y", "z"), False, False),
        ("x.deep.er", ("x", "deep.er"), False, False),
        ("x.0", ("x", "0"), False, False),
    ],
)
def test_where_a_column_goes(label: str, path: Path, in_list: bool, joined: bool) -> None:
    plan, _ = plan_header(["k", label], Schema(STOCK))
    column = plan.columns[1]
    assert (column.index, column.label, column.path) == (1, label, path)
    assert (column.in_list, column.joined) == (in_list, joined)
    assert column.place is not None
    assert plan.find(path) is column
    assert plan.find((*path, "below")) is column
    assert plan.find(("none",)) is None
    assert plan.find(("none", "below")) is None
    assert plan.find(()) is None


# Labels


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("0.0", ("0", 0)),
        ("a.01", ("a", "01")),
        ("a.10", ("a", 10)),
        ("a.٣", ("a", "٣")),
        ("a.1x", ("a", "1x")),
        ("a.-1", ("a", "-1")),
        ("a." + "1" * 4001, ("a", int("1" * 4000))),
    ],
)
def test_a_path(label: str, path: Path) -> None:
    assert parse_label(label) == path


@pytest.mark.parametrize("label", ["", ".", ".a", "a.", "a..b"])
def test_a_label_that_is_no_path(label: str) -> None:
    with pytest.raises(BadLabel) as caught:
        parse_label(label)
    assert (caught.value.code, caught.value.message) == caught.value.args
    assert caught.value.args == ("bad-path", "the label has an empty part between its dots")


def test_a_pointer() -> None:
    assert format_pointer(("a/b", 0, "~", "~1", "c//d~~")) == "/a~1b/0/~0/~01/c~1~1d~0~0"
    assert format_pointer(()) == ""


# Delimiters


@pytest.mark.parametrize(
    ("sample", "whole", "chosen", "scores"),
    [
        ("a,b\n1,2\n", True, ",", (0.5, 0.0, 0.0)),
        ("a;b;c\n1;2;3,5\n", True, ";", (0.0, 0.6667, 0.0)),
        ("a\tb\n1\t2\n", True, "\t", (0.0, 0.0, 0.5)),
        ("a,b;c\n1,2;3\n1,2\n", True, ",", (0.5, 0.3333, 0.0)),
        ("a,b;c\n1,2;3\n1,2", False, ",", (0.5, 0.5, 0.0)),  # the last line is cut off
        ("a,b;c\n1;2\n1;2", True, ";", (0.1667, 0.5, 0.0)),
        ("a;b\nx,y\n1", True, ";", (0.0, 0.1667, 0.0)),
        ("a;b", False, ";", (0.0, 0.5, 0.0)),  # the only line is counted
        ('"a;b",c\n"1;2",3\n', True, ",", (0.5, 0.0, 0.0)),
        ('a,b\n"x;\n"";y",1\n"2;', False, ",", (0.5, 0.0, 0.0)),
        ('a,b\n1,"2\n3",4\n', True, ",", (0.25, 0.0, 0.0)),
        ("\r\n\ra,b\n\n\n1,2\r", True, ",", (0.5, 0.0, 0.0)),
    ],
)
def test_a_delimiter_is_inferred(sample: str, whole: bool, chosen: str, scores: tuple[float, float, float]) -> None:
    delimiter = choose_delimiter(sample, whole=whole)
    assert (str(delimiter), delimiter.reason) == (chosen, "inferred from the header and the first records")
    assert delimiter.scores == dict(zip((",", ";", "\t"), scores, strict=True))


@pytest.mark.parametrize(
    ("sample", "reason"), [("", "empty file"), ("\n\r\n", "empty file"), ("a\nb;c\n", "single column")]
)
def test_a_comma_where_there_is_nothing_to_infer(sample: str, reason: str) -> None:
    delimiter = choose_delimiter(sample)
    assert (str(delimiter), delimiter.reason) == (",", reason)
    assert delimiter.scores == {",": 0.0, ";": 0.0, "\t": 0.0}


def test_labels_that_the_schema_knows_outweigh_all_else() -> None:
    delimiter = choose_delimiter("a,b;c\n1,2;3\n1,2\n", {"a,b"}.__contains__)
    assert (str(delimiter), delimiter.scores) == (";", {",": 0.5, ";": 1.3333, "\t": 0.0})
    quoted = choose_delimiter('"a",b\n1,2\n', {"a"}.__contains__)
    assert quoted.scores == {",": 1.5, ";": 0.0, "\t": 0.0}
    special = choose_delimiter('"a;b",x,"y\n"\n1,2,3\n', {"a;b", "x"}.__contains__)
    assert special.scores == {",": 1.3333, ";": 0.0, "\t": 0.0}


def test_a_delimiter_that_was_declared() -> None:
    delimiter = Delimiter(";", "declared")
    assert (delimiter, delimiter.reason, delimiter.scores) == (";", "declared", {})
    again = pickle.loads(pickle.dumps(Delimiter(";", "why", {";": 1.0})))
    assert (type(again), again, again.reason, again.scores) == (Delimiter, ";", "why", {";": 1.0})


@pytest.mark.parametrize("name", ["|", "", "Comma", ";;", 5, None])
def test_a_delimiter_that_is_none_of_the_three(name: Any) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_delimiter(name)
    assert str(caught.value) == f"delimiter {name!r}: use a comma, a semicolon or a tab"


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("sep=;\n", (";", 6)),
        ('"sep=,"\r\na', (",", 9)),
        ("SEP=\t", ("\t", 5)),
        ("sep=;\r\n\n", (";", 7)),
        ("sep=;x", (None, 0)),
        ("xsep=;", (None, 0)),
        ("sep=|\n", (None, 0)),
    ],
)
def test_a_line_that_names_the_delimiter(sample: str, expected: tuple[str | None, int]) -> None:
    assert split_sep_line(sample) == expected


# Rows


WIDTH_HINT = "a delimiter or a line break inside a cell needs quotes around the cell"
QUOTE_HINT = "put the whole cell in quotes and write the inner ones twice"
SPLIT = "the row ends in 2 blank cells beyond the header; such cells are dropped"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n", ("missing-cell", "the row has 1 cell, the header 2", WIDTH_HINT, 2, 2, "b", None, 1)),
        ("1,2\n1,2,3\n", ("extra-cell", "the row has 3 cells, the header 2", WIDTH_HINT, 3, 3, None, "3", 2)),
        ("1,2,,\n1,2,\n", ("surplus-blank", SPLIT, SURPLUS_HINT, 2, 3, None, None, 1)),
        (",\n", ("blank-row", "all cells of the row are blank; it is no record", None, 2, None, None, None, 1)),
        (",,,\n", ("blank-row", "all cells of the row are blank; it is no record", None, 2, None, None, None, 1)),
        (
            '"1\r\n2",3\n\nx,y"z\n',
            (
                "quote-in-cell",
                "a quote inside a cell that does not begin with one; it is kept as it is",
                QUOTE_HINT,
                5,
                2,
                "b",
                'y"z',
                2,
            ),
        ),
    ],
)
def test_what_is_said_of_a_row(text: str, expected: tuple[Any, ...]) -> None:
    finding = validate(f"a,b\n{text}").findings[0]
    assert (*told(finding)[:5], finding.label, finding.value, finding.row) == expected


def test_a_row_of_another_width_is_shown_in_part() -> None:
    first, second = validate("a,b,c,d,e,f\n1,2,3,4\n1,2,3,4,5,6,7\n").findings
    assert first.context is not None
    assert second.context is not None
    assert first.context[-1] == ("d", "4")
    assert second.context[-1] == ("f", "6")


# Leaves


def nested(levels: int, leaf: Any) -> Any:
    for _ in range(levels):
        leaf = {"a": leaf}
    return leaf


def below(item: Any, levels: int) -> Any:
    for _ in range(levels):
        item = [item]
    return item


EMPTY_ITEM = "an empty list item cannot be written, for the others would move up; leave it out of the list"
NOT_FINITE = "a number that is not finite has no text in JSON"


@pytest.mark.parametrize(
    ("record", "pointer", "reason"),
    [
        ({1: 2}, "/1", "the key 1 is not text"),
        ({"a": {"b": 1, 2: 3}}, "/a/2", "the key 2 is not text"),
        ({"a": [1, None]}, "/a/1", EMPTY_ITEM),
        ({"a": [1, {"b": [2, {"c": [""]}]}]}, "/a/1/b/1", EMPTY_ITEM),
        ({"list": ["a", ""]}, "/list/1", EMPTY_ITEM),
        ({"list": ["a", {1}]}, "/list/1", "set is no JSON value: write it as text or a number"),
        ({"a": {1, 2}}, "/a", "set is no JSON value: write it as text or a number"),
        ({"a": float("inf")}, "/a", NOT_FINITE),
        ({"stock": [{"quantity": float("inf")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"stock": [{"quantity": float("nan")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"stock": [{"quantity": Decimal("Infinity")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"stock": [{"quantity": Decimal("NaN")}]}, "/stock/0/quantity", NOT_FINITE),
        ({"a": Decimal("NaN")}, "/a", NOT_FINITE),
        ({"a": 10**4300}, "/a", "an integer of more than 4300 digits"),
        ({"a": -(10**4300)}, "/a", "an integer of more than 4300 digits"),
        (nested(65, 1), "/a" * 64, "it is nested over 64 levels"),
        (nested(64, [1]), "/a" * 64, "it is nested over 64 levels"),
        ({"a": below(1, 5000)}, "/a", "it is nested over 64 levels"),
    ],
)
def test_what_has_no_leaf(record: Any, pointer: str, reason: str) -> None:
    with pytest.raises(NotExpressible) as caught:
        Flattener(Schema(STOCK).root).flatten(record, 7)
    assert str(caught.value) == f"record 7, at {pointer}: {reason}"


def test_a_record_is_a_dict() -> None:
    with pytest.raises(NotExpressible) as caught:
        Flattener(None).flatten(5, 7)
    assert str(caught.value) == "record 7, at its root: int is no record: give a list of dicts"


@pytest.mark.parametrize(
    ("record", "leaves", "empty"),
    [
        ({"list": ["a", "b"], "a": "x"}, [(("list",), ["a", "b"]), (("a",), "x")], []),
        ({"list": ["a", ["b"]]}, [(("list", 0), "a"), (("list", 1, 0), "b")], []),
        ({"list": [{"b": 1}]}, [(("list", 0, "b"), "1")], []),
        ({"k": [1, 2]}, [(("k", 0), "1"), (("k", 1), "2")], []),
        (
            {"stock": [{"quantity": 5.0}, {"quantity": 5.5}]},
            [(("stock", 0, "quantity"), "5"), (("stock", 1, "quantity"), "5.5")],
            [],
        ),
        (
            {"b": "", "c": None, "d": [], "e": {}, "f": [None], "g": {"h": ""}},
            [],
            [(("b",), '""'), (("c",), "null"), (("d",), "[]"), (("e",), "{}"), (("f",), "[]"), (("g",), "{}")],
        ),
        ({"g": {"h": "", "i": 1}}, [(("g", "i"), "1")], [(("g", "h"), '""')]),
        (nested(64, 1), [(("a",) * 64, "1")], []),
        (nested(63, [1]), [((*("a",) * 63, 0), "1")], []),
    ],
)
def test_leaves(record: Any, leaves: Any, empty: Any) -> None:
    assert Flattener(Schema(STOCK).root).flatten(record, 7) == (leaves, empty)


def test_leaves_without_a_schema() -> None:
    assert Flattener(None).flatten({"list": ["a", {"b": 1.0}]}, None) == (
        [(("list", 0), "a"), (("list", 1, "b"), "1.0")],
        [],
    )


@pytest.mark.parametrize(
    ("value", "as_integer", "otherwise"),
    [
        (5.0, "5", "5.0"),
        (5.5, "5.5", "5.5"),
        (Decimal("5.00"), "5", "5.00"),
        (Decimal("5.5"), "5.5", "5.5"),
        (Decimal("1e4299"), "1" + "0" * 4299, "1E+4299"),
        (Decimal("1e4300"), "1E+4300", "1E+4300"),
        (True, "true", "true"),
        (5, "5", "5"),
    ],
)
def test_the_text_of_a_number_where_an_integer_is_asked_for(value: Any, as_integer: str, otherwise: str) -> None:
    root = Schema({"properties": {"i": {"type": "integer"}, "n": {"type": "number"}}}).root
    assert leaf_text(value, root.step("i")) == as_integer
    assert leaf_text(value, root.step("n")) == otherwise
    assert leaf_text(value, None) == otherwise


# Scalars


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        pytest.param(10**4300 - 1, "9" * 4300, id="4300 digits"),
        pytest.param(1 - 10**4300, "-" + "9" * 4300, id="4300 digits below zero"),
        (Decimal("-0"), "-0E0"),
        (Decimal("-0.0"), "-0.0"),
        (Decimal("0"), "0"),
        (Decimal("-1"), "-1"),
        (Decimal("0E-5"), "0.00000"),
        (Decimal("1E-39"), "0." + "0" * 38 + "1"),
        (Decimal("1E-40"), "1E-40"),
        (Decimal("1E+1"), "1E+1"),
        (1.5, "1.5"),
        (1e16, "1e+16"),
    ],
)
def test_the_text_of_a_scalar(value: Any, text: str) -> None:
    assert format_scalar(value) == text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), NOT_FINITE),
        (Decimal("NaN"), NOT_FINITE),
        (Decimal("-Infinity"), NOT_FINITE),
        pytest.param(10**4300, "an integer of more than 4300 digits", id="4301 digits"),
        pytest.param(-(10**4300), "an integer of more than 4300 digits", id="4301 digits below zero"),
        (b"x", "bytes is no JSON value: write it as text or a number"),
    ],
)
def test_a_value_without_a_text(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        format_scalar(value)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("nimi\nHämäläinen\n".encode("latin-1"), "declare the charset, or save the file as UTF-8"),
        (
            "hinta\n5 € tai “enemmän”\n".encode("cp1252"),
            "it looks like windows-1252: declare that, or save the file as UTF-8",
        ),
        (b"a\n\x8d\x9f\n", "declare the charset, or save the file as UTF-8"),  # no text in windows-1252
    ],
)
def test_what_a_guessed_charset_may_be_besides(data: bytes, hint: str) -> None:
    assert [finding.hint for finding in decode(data).findings] == [hint]


def test_the_upload_header_of_json_names_no_charset() -> None:
    assert content_type("application/json", "utf-8") == "application/json"
    assert content_type("text/csv", "utf-8") == "text/csv; charset=utf-8"


def test_a_label_that_is_a_formula_is_told_with_a_hint() -> None:
    (finding,) = plan_header(["=1+1"], None)[1]
    assert (finding.code, finding.message, finding.hint) == ("formula-cell", FORMULA_MESSAGE, FORMULA_HINT)
