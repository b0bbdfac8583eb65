"""A report in lines of a terminal: no value, place or code is broken, nothing is lost, wide letters count twice."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import Report, validate
from custobar_formats.report.text import text_of
from custobar_formats.report.wrapping import columns_of, filled, folded, pieces, words_of

WIDE = "王小明かんじ"
TEXTS = st.text(st.sampled_from("ab'\"\\ ()é\u0301王🎉.,"), max_size=40)


def checked(text: str, name: str = "in.csv") -> Report:
    file = io.BytesIO(text.encode())
    file.name = name
    return validate(file, "customers")


ONE = checked("external_id,date_joined\nC-1,1.13.2024\n")
TEN = checked(
    "external_id,email,phone_number,date_joined,can_email,country,language,birth_date,Postinumero,first_name,last_name\n"
    "C-1,not an address at all,050 765 4321,1.9.24,ehkä,Narnia,suomi,1899-13-01,1,MÃ¤kinen,=1+1\n"
    f"C-1,ä ä@b,'00100 (call after six in the evening),{WIDE * 9},Kyllä,Suomi,fi,x,2, Anna  ,{WIDE * 9}\n",
    "ten kinds of customers.csv",
)
MANY = checked("external_id,date_joined\n" + "".join(f"C-{n},{n % 28 + 1}.9.2024\n" for n in range(10_000)))


@pytest.mark.parametrize("width", [20, 40, 79, 200])
@pytest.mark.parametrize("report", [ONE, TEN, MANY], ids=["one fault", "ten kinds", "many faults"])
def test_a_report_fits_and_no_value_place_or_code_is_broken(report: Report, width: int) -> None:
    plain, narrow = text_of(report), text_of(report, width=width)
    assert narrow.split() == plain.split()
    assert text_of(report, width=100_000) == plain
    lines = narrow.split("\n")
    solid = re.findall(r"'[^'\n]*'(?!\w)|\([a-z-]+\)|[^\s()]+:\d+(?::\d+)?(?: \([A-Z]+\d+\))?|by fix\b", plain)
    assert len(solid) > 2
    assert all(any(each in line for line in lines) for each in solid)
    too_long = [line.strip() for line in lines if columns_of(line) > width]
    name = report.source.name or ""
    assert width < 40 or all(len(words_of(line)) == 1 or line.startswith(name) for line in too_long)
    assert width < 200 or not too_long


def test_lines_after_the_first_are_indented() -> None:
    report = checked("external_id,date_joined\nC-1,1.9.24\n", "a long name of a file.csv")
    assert text_of(report, width=50).split("\n") == [
        "error: date_joined: '1.9.24' is not a valid date",
        "        (wrong-format)",
        "    the year has two digits, so the order of day,",
        "        month and year is not certain; write it as",
        "        YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ",
        "    a long name of a file.csv:2:2 (B2)",
        "a long name of a file.csv: invalid: 0 of 1 row",
        "    valid, 1 error, 0 warnings (utf-8, comma)",
    ]


def test_the_colour_of_a_word_ends_in_its_line() -> None:
    coloured = text_of(TEN, colour=True, width=40)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text_of(TEN, width=40)
    assert all(line.count("\x1b[0m") * 2 == line.count("\x1b") for line in coloured.split("\n"))


@given(TEXTS)
def test_words_are_the_text(text: str) -> None:
    assert " ".join(words_of(text)) == text
    assert filled(words_of(text), None, 4) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("use 'a b' or \"it's c\", d's e's", ["use", "'a b'", "or", '"it\'s c",', "d's", "e's"]),
        ("('it\\' s')", ["('it\\' s')"]),
        ("the shops' names, 'open", ["the", "shops'", "names,", "'open"]),
        ("a  b", ["a", "", "b"]),
        ("(windows-1252, a) 1,000 rows, in 2024, 3 of", ["(windows-1252,", "a)", "1,000 rows,", "in", "2024,", "3 of"]),
    ],
)
def test_a_text_in_quotes_is_a_word(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "columns"),
    [("Anna", 4), (WIDE, 12), ("e\u0301", 1), ("🎉", 2), ("❤\ufe0f", 2), ("\x1b[31;1mé\x1b[0m", 1), ("", 0)],
)
def test_columns(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@given(st.text(st.sampled_from("aé\u0301王🎉"), max_size=60), st.integers(4, 30))
@example("王王a", 4)
def test_a_wide_word_is_cut_at_columns(word: str, width: int) -> None:
    assert all(columns_of(piece) <= width for piece in pieces(word, width))
    assert "\n".join(pieces(word, width)).replace("…\n…", "") == word
    assert all(columns_of(line) <= width for line in folded(f"x {word}", width, 0))
