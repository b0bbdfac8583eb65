"""Characters that nobody sees, and the one that stands for a lost one."""

from itertools import product

import pytest

from custobar_formats.text.invisible import invisible_warning, lost_warning, suspect_invisible, suspect_lost

ANYWHERE = {*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)}
AT_ENDS = {0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF}


def test_every_character() -> None:
    for code in (*range(0xD800), *range(0xE000, 0x10000), 0x1F600, 0xE0001):
        one = chr(code)
        found = [invisible_warning(text) is not None for text in (one, f"{one}a", f"a{one}", f"a{one}b")]
        assert found == [code in ANYWHERE | AT_ENDS] * 3 + [code in ANYWHERE], hex(code)
        assert (lost_warning(f"a{one}") is not None) == suspect_lost(f"a{one}") == (code == 0xFFFD)


@pytest.mark.parametrize("beside", ["a,b\n", "ä–", "é\xa0", "Щукин, ", "😀", "°", "”’", ""])
def test_the_quick_look_misses_none(beside: str) -> None:
    assert not suspect_invisible(beside * 9 + "\t\r\n")
    for code, times in product(ANYWHERE | AT_ENDS, (1, 9)):
        assert suspect_invisible(beside * times + chr(code) + beside), hex(code)


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("\0", "begins with U+0000", "remove it"),
        ("a\x1f", "ends with U+001F", "remove it"),
        ("a\x7fb", "contains U+007F", "remove it"),
        (
            "It\x92s",
            "contains U+0092",
            "in windows-1252, that byte is '’': if that was meant, export the data as UTF-8 again",
        ),
        ("\x81", "begins with U+0081", "remove it"),
        ("\u202a+358\u202c", "begins with U+202A", "remove it"),
        ("a\ufeff", "ends with U+FEFF", "remove it"),
    ],
)
def test_a_warning_names_the_character(text: str, where: str, hint: str) -> None:
    assert invisible_warning(text) == (f"the text {where}, which is invisible; it is kept", hint)


@pytest.mark.parametrize(
    "text", ["👨\u200d👩\u200d👧", "نمی\u200cخواهم", "Woh\xadnung", "a\tb\r\nc", "a\xa0b", "❤\ufe0f", ""]
)
def test_natural_text_has_no_warning(text: str) -> None:
    assert invisible_warning(text) is None
