"""Wrongly decoded letters."""

import pytest

from custobar_formats.text.mojibake import (
    control_warning,
    decode_again,
    double_encoded_warning,
    suspect_control,
    suspect_double_encoded,
)

DOUBLE = "the text looks as if it was encoded as UTF-8 twice"


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
    hint = f"it was probably '{meant}': export it again, or look for mixed encodings"
    assert double_encoded_warning(text) == (DOUBLE, hint)
    assert suspect_double_encoded(text)


def test_control_characters_of_latin_1() -> None:
    hint = "it is '€' in windows-1252: set that as the encoding, or save the file as UTF-8"
    assert control_warning("a\x80b\x81") == ("the byte 0x80 is a control character in iso-8859-1", hint)
    assert suspect_control("a\x80b")
    replaced = "it is '\ufffd' in windows-1252: set that as the encoding, or save the file as UTF-8"
    assert control_warning("\x81") == ("the byte 0x81 is a control character in iso-8859-1", replaced)


def test_letters_that_are_as_they_should_be() -> None:
    for text in ("plain", "Käthy", "Ä", "é\x9f"):
        assert not suspect_double_encoded(text)
        assert double_encoded_warning(text) is None
    assert not suspect_control("Käthy")
    assert control_warning("Käthy") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Ã¤", "ä"), ("â€œ", "“"), ("Ã", "Ã"), ("漢", "漢"), ("\ud800", "?"), ("plain", "plain")],
)
def test_fixing(text: str, expected: str) -> None:
    assert decode_again(text) == expected
