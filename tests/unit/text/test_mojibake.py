"""Letters that were wrongly decoded."""

import pytest

from custobar_formats.text.mojibake import decode_again, mojibake_warnings, suspect_text

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
    assert list(mojibake_warnings(text, latin1=False)) == [("double-encoded", DOUBLE, hint)]
    assert suspect_text(text, latin1=False)


def test_control_characters_of_latin_1() -> None:
    hint = "in windows-1252 it is '€': declare that, or save the file as UTF-8"
    expected = [("windows-1252", "the byte 0x80 is a control character in iso-8859-1", hint)]
    assert list(mojibake_warnings("a\x80b\x81", latin1=True)) == expected
    assert list(mojibake_warnings("a\x80b", latin1=False)) == []
    assert suspect_text("a\x80b", latin1=True)
    assert not suspect_text("a\x80b", latin1=False)
    assert [hint for *_, hint in mojibake_warnings("\x81", latin1=True)] == [
        "in windows-1252 it is '\ufffd': declare that, or save the file as UTF-8"
    ]


def test_letters_that_are_as_they_should_be() -> None:
    for text in ("plain", "Käthy", "Ä", "é\x9f"):
        assert not suspect_text(text, latin1=False)
        assert list(mojibake_warnings(text, latin1=False)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Ã¤", "ä"), ("â€œ", "“"), ("Ã", "Ã"), ("漢", "漢"), ("\ud800", "?"), ("plain", "plain")],
)
def test_mending(text: str, expected: str) -> None:
    assert decode_again(text) == expected
