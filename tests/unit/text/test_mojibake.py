"""Wrongly decoded letters."""

from itertools import product

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
        ("JyvÃƒÂ¤skylÃƒÂ¤", "Jyväskylä"),
        ("SpaÃŸÂ®", "Spaß®"),
        ("ÃƒÂ¤ Œ", "ä Œ"),
    ],
)
def test_letters_that_were_encoded_twice(text: str, meant: str) -> None:
    hint = f"it was probably '{meant}': export it again, or look for mixed encodings"
    assert double_encoded_warning(text) == (DOUBLE, hint)
    assert suspect_double_encoded(text)


def misread(text: str, codec: str) -> str:
    """A text whose UTF-8 bytes are read in another encoding; a byte that it lacks becomes a control character."""
    bytes_ = text.encode()
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in bytes_)


@pytest.mark.parametrize(
    "text", ["Jyväskylä", "Ääkköset – 5 €", "It’s “é”", "Àà Áí ÍÝ", "имя ä", "😀 ä", "ä\xa0x", "ß® ü"]
)
@pytest.mark.parametrize(
    "codecs", [codecs for times in range(1, 5) for codecs in product(["latin-1", "cp1252"], repeat=times)]
)
def test_letters_are_decoded_as_often_as_they_were_encoded(text: str, codecs: tuple[str, ...]) -> None:
    encoded = text
    for codec in codecs:
        encoded = misread(encoded, codec)
    hint = f"it was probably {text!r}: export it again, or look for mixed encodings"
    assert double_encoded_warning(encoded) == (DOUBLE, hint)
    assert double_encoded_warning(text) is None


@pytest.mark.parametrize("text", ["Ã¤ ", "Ã¤ \x80"])
def test_no_value_is_named_that_would_have_another_warning(text: str) -> None:
    assert double_encoded_warning(text) == (DOUBLE, "export it again, or look for mixed encodings")


def test_control_characters_of_latin_1() -> None:
    hint = "it is '€' in windows-1252: set that as the encoding, or save the file as UTF-8"
    assert control_warning("a\x80b\x81") == ("the byte 0x80 is a control character in iso-8859-1", hint)
    assert suspect_control("a\x80b")
    assert control_warning("a\x81b\x80") == ("the byte 0x80 is a control character in iso-8859-1", hint)
    for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D):
        message = f"the byte {byte:#04x} is a control character in iso-8859-1"
        assert control_warning(chr(byte)) == (message, "save the file as UTF-8")


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
