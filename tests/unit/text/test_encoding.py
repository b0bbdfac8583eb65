"""Encodings: which one is used, why, and which bytes are not text."""

import codecs

import pytest

from custobar_formats import UnsupportedCharset, UsageError
from custobar_formats.core.findings import EndOfReading
from custobar_formats.text.encoding import (
    content_type,
    declared_encoding,
    decode_chunks,
    encode_text,
    guess_encoding,
    parse_content_type,
    refuse_controls,
    undecodable,
)
from custobar_formats.text.windows import encode_escaped
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
            SAVE_OR_CONVERT,
            None,
            None,
            None,
        )
    ]


@pytest.mark.parametrize("name", ["utf-16", "UTF_16", "utf16", "utf-16-le", "UTF-16BE", "unicodelittleunmarked"])
def test_utf_16_without_a_nul_is_doubtful(name: str) -> None:
    assert [reported(finding) for finding in declared_encoding(name, b"a,b\n").findings] == [
        (
            "doubtful-charset",
            f"{name} was declared, but the file has no byte order mark and no NUL byte, which every comma would have",
            "declare utf-8 or no encoding",
            None,
            None,
            None,
        )
    ]


@pytest.mark.parametrize(
    ("name", "head"),
    [("utf-16", LE + b"ab"), ("utf-16", b"a\0"), ("utf-16", b""), ("utf-16-be", "имя,".encode("utf-16-be"))],
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
        f"declare {charset} or no encoding",
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


def first_line(byte: int, line: int) -> str:
    return (
        f"the file is not UTF-8 (its first wrong byte is byte {byte}, counted from 0, in line {line}); it was read as"
    )


SAVE = "save the file as UTF-8"
SAVE_OR_CONVERT = "to upload this file itself, save it as UTF-8; convert writes UTF-8"


@pytest.mark.parametrize(
    ("chunks", "byte", "line"),
    [
        ([b"\xe4"], 0, 1),
        ([b"a\nb\n\xe4c\n"], 4, 3),
        ([b"a\n", b"b\nx\xc3", b"\nc\n"], 5, 3),
        ([b"a\n\n", b"b\xc3"], 4, 3),
        ([b"a\n\xc3\xa4\n", b"\n\n", b"\n\xc3", b"\xa4\n", b"\xa4\n\n\xe4"], 11, 7),
        ([b"a\n" * 9, b"b\n" * 9, b"\xe4"], 36, 19),
    ],
)
def test_a_guess_shows_the_first_byte_that_is_not_utf_8(chunks: list[bytes], byte: int, line: int) -> None:
    encoding = guess_encoding(lambda: iter(chunks))
    assert (encoding.charset, encoding.codec, encoding.mark) == ("iso-8859-1", "iso-8859-1", 0)
    assert encoding.reason == "neither UTF-16 nor UTF-8"
    assert [reported(finding) for finding in encoding.findings] == [
        ("guessed-charset", f"{first_line(byte, line)} iso-8859-1", f"set the encoding, or {SAVE}", None, None, None)
    ]


REFUSED = "windows-1252, which Custobar's import does not accept"
LACKING = "windows-1252 has no character for some bytes, such as {}; they are read as control characters"


def probably(codec: str, word: str, charset: str = "windows-1252") -> str:
    return f"the text is probably {codec}, as {word!r} shows, and not {charset}"


@pytest.mark.parametrize(
    ("data", "byte", "doubt", "text"),
    [
        (b"caf\xe9 \x80uro\n", 3, None, "café €uro\n"),
        (b"It\x92s 5 \x96 6 \x84x\x93\n", 2, None, "It’s 5 – 6 „x“\n"),
        (b"a \x81\n", 2, LACKING.format("0x81"), "a \x81\n"),
        (b"a \x80 \x9d \x8f\n", 2, LACKING.format("0x8f"), "a € \x9d \x8f\n"),
        ("Jyväskylä\n".encode("cp850"), 3, probably("cp850", "Jyväskylä"), "Jyv„skyl„\n"),
        ("Määttä\n".encode("cp850"), 1, probably("cp850", "Määttä"), "M„„tt„\n"),
        ("Malmö, Skåne, façade".encode("cp850"), 4, probably("cp850", "Skåne"), "Malm”, Sk†ne, fa‡ade"),
        ("Jyväskylä\n".encode("mac_roman"), 3, probably("mac_roman", "Jyväskylä"), "JyvŠskylŠ\n"),
        ("Skåne\n".encode("mac_roman"), 2, probably("mac_roman", "Skåne"), "SkŒne\n"),
        (
            "a \x81".encode("latin-1") + "Öl på fjäll".encode("cp850"),
            2,
            probably("cp850", "fjäll"),
            "a \x81™l p† fj„ll",
        ),
        ("można, gęś, źdźbło, żółw".encode("cp1250"), 2, probably("cp1250", "można"), "mo¿na, gêœ, Ÿd\u0178b³o, ¿ó³w"),
    ],
)
def test_windows_1252_is_read_and_doubted_where_other_letters_were_meant(
    data: bytes, byte: int, doubt: str | None, text: str
) -> None:
    encoding = guess_encoding(lambda: iter([data]))
    assert (encoding.charset, encoding.codec, encoding.strict, encoding.content_type()) == (
        "windows-1252",
        "cp1252",
        False,
        None,
    )
    wanted = [("windows-1252", f"{first_line(byte, 1)} {REFUSED}", SAVE_OR_CONVERT, None, None, None)]
    hint = SAVE if doubt is not None and "has no character" in doubt else f"{SAVE} in the program that wrote it"
    wanted += [("doubtful-charset", doubt, hint, None, None, None)] if doubt is not None else []
    assert [reported(finding) for finding in encoding.findings] == wanted
    assert "".join(decode_chunks([data], encoding)) == text
    assert encode_escaped(text, encoding.codec) == data


NATURAL = [
    "5 €",
    "It’s",
    "”Sale”, „Zitat“",
    "Nike Air™, Nike®n",
    "ma–pe",
    "…",
    "Žanna, Šokki",
    "cœur d’Été",
    "2 × 3 m² – 5 €",
]
NATURAL += [
    "‘x’",
    "Kesä™ – 24€",
    "ÄÄKKÖSET – ÖISIN",
    "10 ‰",
    "‹x›",
    "naïve – été",
    "São Paulo – ação",
    "a•b",
    "MÜLLER’S",
]


@pytest.mark.parametrize("text", [*NATURAL, "\n".join(NATURAL)])
def test_natural_windows_1252_is_not_doubted(text: str) -> None:
    for encoding in (
        guess_encoding(lambda: [text.encode("cp1252")]),
        declared_encoding("cp1252", text.encode("cp1252")),
    ):
        assert [finding.code for finding in encoding.findings] == ["windows-1252"]


DAMAGED = "in iso-8859-1 it is 'ä': save the file as UTF-8"


def test_nine_in_ten_bytes_of_valid_utf_8_are_damaged_utf_8() -> None:
    for line, charset in ((b"\xc3\xa4" * 9 + b"\xe4\xe4", "utf-8"), (b"\xc3\xa4" * 8 + b"\xe4\xe4", "iso-8859-1")):
        for chunks in ([line], [line[:1], line[1:]], [line[at : at + 1] for at in range(len(line))]):
            encoding = guess_encoding(lambda: chunks)  # noqa: B023 - called at once
            assert (encoding.charset, encoding.is_choice) == (charset, charset != "utf-8")
    encoding = guess_encoding(lambda: ["ä".encode() * 9 + b",\xe4"])
    with pytest.raises(EndOfReading) as caught:
        list(decode_chunks(["ä".encode() * 9 + b",\xe4,"], encoding))
    message = "byte 19 (counted from 0): e4 is not utf-8; reading ends here"
    assert reported(caught.value.finding) == ("undecodable-bytes", message, DAMAGED, None, None, "e4")


@pytest.mark.parametrize("codec", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_refused_or_doubted(codec: str) -> None:
    data = "a,b\n1,2\n".encode(codec)
    with pytest.raises(EndOfReading) as caught:
        guess_encoding(lambda: [data])
    assert "utf-32" in caught.value.finding.message
    assert caught.value.finding.hint == SAVE
    for name in ("utf-8", "utf-16", "latin-1"):
        if codec == "utf-32":
            with pytest.raises(EndOfReading):
                declared_encoding(name, data)
        else:
            (finding,) = declared_encoding(name, data).findings
            assert (finding.code, finding.hint) == ("doubtful-charset", SAVE)
            assert codec in finding.message


@pytest.mark.parametrize(
    ("name", "text", "codec", "shown", "hint"),
    [
        ("utf-8", "a,b\n", "utf-16-le", "utf-16-le", "declare utf-16 or no encoding"),
        ("latin-1", "a,b\n", "utf-16-be", "utf-16-be", "declare utf-16 or no encoding"),
        ("cp1252", "имя,город\n", "utf-16-le", "utf-16-le", "declare utf-16 or no encoding"),
        ("utf-16-be", "имя,город\n", "utf-16-le", "utf-16-le", "declare utf-16 or no encoding"),
        ("latin-1", "Jyväskylä\n", "utf-8", "utf-8", "declare utf-8 or no encoding"),
        ("cp1252", "Jyväskylä\n" * 9999, "utf-8", "utf-8", "declare utf-8 or no encoding"),
        ("latin-1", "Jyväskylä\n", "cp850", "cp850", "save the file as UTF-8 in the program that wrote it"),
    ],
)
def test_bytes_that_are_clearly_in_another_encoding_than_declared(
    name: str, text: str, codec: str, shown: str, hint: str
) -> None:
    finding = declared_encoding(name, text.encode(codec)).findings[-1]
    assert (finding.code, finding.hint) == ("doubtful-charset", hint)
    assert shown in finding.message


def test_json_has_no_other_encoding_to_declare() -> None:
    for data in ("[{}]".encode("utf-16-le"), "[{}]".encode("utf-16"), "[{}]".encode("utf-32-le")):
        with pytest.raises(EndOfReading) as caught:
            declared_encoding("utf-8", data, is_choice=False)
        assert (caught.value.finding.code, caught.value.finding.hint) == ("undecodable-bytes", SAVE)
    with pytest.raises(EndOfReading) as caught:
        list(decode_chunks([b'["K\xe4thy"]'], declared_encoding("utf-8", b"[", is_choice=False)))
    assert caught.value.finding.hint == DAMAGED


@pytest.mark.parametrize(
    ("text", "count", "of"),
    [("\0" * 16 + "a" * 144, 16, 160), ("\x81" * 16, 16, 16), ("a\x7f" * 40_000, 32_768, 65_536)],
)
def test_text_with_many_controls_is_refused(text: str, count: int, of: int) -> None:
    with pytest.raises(EndOfReading) as caught:
        refuse_controls(iter([text[:3], text[3:]]))
    message = f"{count:,} of the first {of:,} characters are control characters: this is not text"
    assert (caught.value.finding.code, caught.value.finding.message) == ("undecodable-bytes", message)


@pytest.mark.parametrize("text", ["\0" * 15, "\0" * 16 + "a" * 145, "\t\r\n" * 99, "a" * 65_536 + "\0" * 9999, ""])
def test_text_with_few_controls_stays(text: str) -> None:
    assert "".join(refuse_controls(iter([text[:3], text[3:]] if text else []))) == text


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
        ([b"a\0b,c\n1\0,2\n"], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),
        ([b"a\0b,cdefg\n1\0,22\n"], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),  # no separator in it
        ([b"\0\xd8a\0b\0"], ("iso-8859-1", "iso-8859-1", "neither UTF-16 nor UTF-8", 0)),  # half of a surrogate pair
        (["имя,город".encode("utf-16-le")], ("utf-16", "utf-16-le", "NUL bytes in every second place", 0)),
        (["имя,горо".encode("utf-16-be")], ("utf-16", "utf-16-be", "NUL bytes in every second place", 0)),
        (["имя,гор".encode("utf-16-le")], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),  # seven characters
        (["имягород".encode("utf-16-le")], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),  # no separator
        (["Ћорђе,\u0d0a\u0a05".encode("utf-16-le")], ("utf-8", "utf-8", "all bytes are valid UTF-8", 0)),
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
    encoding = guess_encoding(lambda: iter(chunks))
    assert (encoding.charset, encoding.codec, encoding.reason, encoding.mark) == expected


CUT_OFF = "the file is cut off or damaged, or not utf-16: export it again, or declare utf-8"
NO_CHARACTER = "these bytes have no character in windows-1252: declare iso-8859-1 or utf-8"


@pytest.mark.parametrize(
    ("data", "start", "end", "position", "charset", "shown", "hint"),
    [
        (b"ab\xe4cd", 2, 3, 7, "utf-8", "e4", "in iso-8859-1 it is 'ä': declare iso-8859-1, or save the file as UTF-8"),
        (b"\x80", 0, 1, 1, "utf-8", "80", "in windows-1252 it is '€': declare windows-1252, or save the file as UTF-8"),
        (b"\x81", 0, 1, 1, "utf-8", "81", "declare iso-8859-1, or save the file as UTF-8"),
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


def test_the_upload_header_of_json_names_no_charset() -> None:
    assert content_type("application/json", "utf-8") == "application/json"
    assert content_type("text/csv", "utf-8") == "text/csv; charset=utf-8"
