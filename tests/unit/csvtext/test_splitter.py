"""Splitting alone: the rows, their first lines, what their cells may contain, and the rest of the text."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from custobar_formats.core.limits import MAX_CELL
from custobar_formats.csvtext.splitter import SplitRows, Splitter
from custobar_formats.text.checks import TEXT_CHECKS


def split(text: str, size: int = 100, delimiter: str = ",") -> tuple[Splitter, list[SplitRows]]:
    splitter = Splitter(delimiter)
    return splitter, list(splitter.split(text, size))


def rows(found: list[SplitRows]) -> list[tuple[int, list[str]]]:
    return [each for part in found for each in zip(part.lines, part.rows, strict=True)]


@pytest.mark.parametrize(
    ("text", "wanted", "quotes", "breaks", "odd"),
    [
        ("a,b\nc,d\n", [(0, ["a", "b"]), (1, ["c", "d"])], False, False, []),
        ("a,b\nc", [(0, ["a", "b"]), (1, ["c"])], False, False, []),
        ("a\r\nb\r\n", [(0, ["a"]), (1, ["b"])], False, False, []),
        ("a\rb\r", [(0, ["a"]), (1, ["b"])], False, False, []),
        ("a\r\nb\rc\n", [(0, ["a"]), (1, ["b"]), (2, ["c"])], False, False, []),
        ("a\n\n\nb\n\n", [(0, ["a"]), (3, ["b"])], False, False, []),
        ("a\r\r\rb\r", [(0, ["a"]), (3, ["b"])], False, False, []),
        (",\n \n", [(0, ["", ""]), (1, [" "])], False, False, []),
        ('"a,b",c\nd\n', [(0, ["a,b", "c"]), (1, ["d"])], False, False, []),
        ('"a"\r"b"\r', [(0, ["a"]), (1, ["b"])], False, False, []),
        ('"a""b",c\nd\n', [(0, ['a"b', "c"]), (1, ["d"])], True, False, []),
        ('a"b,c\nd\n', [(0, ['a"b', "c"]), (1, ["d"])], True, False, [(0, 'a"b,c')]),
        ('d\n\n"x""y"\na"b\n', [(0, ["d"]), (2, ['x"y']), (3, ['a"b'])], True, False, [(2, 'a"b')]),
        ('"a\nb",c\nd\n', [(0, ["a\nb", "c"]), (2, ["d"])], False, True, []),
        ('\n"a\n\nb"\n\nd\n', [(1, ["a\n\nb"]), (5, ["d"])], False, True, []),
        ('"a\n""b"\nd"\n', [(0, ['a\n"b']), (2, ['d"'])], True, True, [(1, 'd"\n')]),
    ],
)
def test_rows(text: str, wanted: Any, quotes: bool, breaks: bool, odd: list[tuple[int, str]]) -> None:
    splitter, found = split(text)
    assert rows(found) == wanted
    assert splitter.rest == ""
    assert [(part.has_quotes, part.has_breaks) for part in found] == [(quotes, breaks)]
    assert found[0].odd == odd
    assert [row for _, row in rows(found)] == [row for row in csv.reader([*text.splitlines(keepends=True)]) if row]
    for size in (1, 2):
        assert rows(split(text, size)[1]) == wanted
    for delimiter in ";\t":
        turned = split(text.replace(",", delimiter), delimiter=delimiter)[1]
        assert rows(turned) == [(line, [cell.replace(",", delimiter) for cell in row]) for line, row in wanted]


@pytest.mark.parametrize(
    ("text", "rest", "line", "before"),
    [
        ('a\n"b', '"b', 1, [["a"]]),
        ('a\nb\n"c\nd\n', '"c\nd\n', 2, [["a"], ["b"]]),
        ('a\n"b"c\nd\n', '"b"c\nd\n', 1, [["a"]]),
        ('"a\nb"\n"c\r\nd', '"c\r\nd', 2, [["a\nb"]]),
        ('"', '"', 0, []),
        ('a\r\n"b\r\n', '"b\r\n', 1, [["a"]]),
    ],
)
def test_the_rest_begins_with_the_first_record_that_is_not_whole(
    text: str, rest: str, line: int, before: list[list[str]]
) -> None:
    for size in (1, 2, 100):
        splitter, found = split(text, size)
        assert (splitter.rest, splitter.line) == (rest, line)
        assert [row for _, row in rows(found)] == before


@pytest.mark.parametrize(
    ("lines", "size", "sizes"),
    [
        (6, 3, [3, 3]),
        (7, 3, [4, 3]),
        (8, 3, [3, 3, 2]),
        (10, 4, [5, 5]),
        (4, 4, [4]),
        (5, 4, [5]),
        (3, 100, [3]),
        (2, 1, [1, 1]),
    ],
)
@pytest.mark.parametrize("line", ["a,b\n", '"a","b"\n', "a,b\r"])
def test_blocks_are_of_one_size(lines: int, size: int, sizes: list[int], line: str) -> None:
    splitter, found = split(line * lines, size)
    assert [len(part.rows) for part in found] == sizes
    assert [number for part in found for number in part.lines] == list(range(lines))
    assert splitter.line == lines


@pytest.mark.parametrize("cell", ["x{}", '"x{}"', '"\nx{}"'])
def test_a_cell_is_too_long(cell: str) -> None:
    longest = cell.format("x" * (MAX_CELL - len(cell.replace("{}", "").strip('"'))))
    _, found = split(f"a\n{longest},y\nb\n")
    assert [len(row[0]) for _, row in rows(found)] == [1, MAX_CELL, 1]
    longer = longest.replace("x", "xx", 1)
    before = csv.field_size_limit()
    for limit in (before, MAX_CELL + 1000):
        csv.field_size_limit(limit)
        try:
            splitter, found = split(f"a\n{longer},y\nb\n")
        finally:
            csv.field_size_limit(before)
        assert (splitter.rest, splitter.line) == (f"{longer},y\nb\n", 1)
        assert [row for _, row in rows(found)] == [["a"]]


def test_a_line_may_be_longer_than_a_cell() -> None:
    half = "x" * (MAX_CELL - 1)
    assert rows(split(f"{half},{half}\n")[1]) == [(0, [half, half])]


@pytest.mark.parametrize(
    ("text", "delimiter", "wanted"),
    [
        ("a,b", ",", False),
        ("a\\b", ",", True),
        ("a\tb", ",", True),
        ("a\0b", ",", True),
        ("a\x1fb", ",", True),
        ("a\tb\r\n", "\t", False),
        ('"a\tb"', "\t", True),
        ('"a;b"', ";", False),
    ],
)
def test_what_has_a_backslash_in_json(text: str, delimiter: str, wanted: bool) -> None:
    assert Splitter(delimiter, escapes=True).has_escapes(text) == wanted
    assert Splitter(delimiter).has_escapes(text)


def test_warnings_that_may_be_due() -> None:
    splitter = Splitter(",", TEXT_CHECKS)
    assert splitter.suspects("a,b\nc\n") == []
    found = splitter.suspects("Ã¤,b\n")
    assert found
    assert [check for check in TEXT_CHECKS if check in found] == found
    hidden = [check for check in TEXT_CHECKS if check.about_ends]
    assert splitter.with_breaks([]) == hidden
    assert splitter.with_breaks(found) == [check for check in TEXT_CHECKS if check in found or check in hidden]
    assert Splitter("\t", TEXT_CHECKS).suspects('a\t"b"') == hidden
    assert Splitter("\t", TEXT_CHECKS).suspects("a\tb") == []
    assert Splitter(",", TEXT_CHECKS).suspects('a,"b"') == []
