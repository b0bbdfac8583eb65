"""JSON text alone: its records with numbers and lines, its errors and their places, and the size of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from unittest import mock

import pytest

from custobar_formats.core.findings import EndOfReading, make_finding
from custobar_formats.core.limits import GROUP_CHARS
from custobar_formats.jsontext import bulk
from custobar_formats.jsontext import reader as reader_module
from custobar_formats.jsontext.reader import JsonBlock, JsonReader

Told = tuple[str, int | None, int | None, int | None, str | None]
"""A finding's code, row, line, column and path."""


def blocks(chunks: Iterable[str], lines: bool | None = None, wanted: str | None = None) -> list[JsonBlock]:
    return list(JsonReader(chunks, wanted=wanted, lines=lines).blocks())


def rows(found: Iterable[JsonBlock]) -> list[tuple[int, int, Any]]:
    """The number and the line of each record, and the record."""
    return [row for block in found for row in zip(block.numbers, block.lines, block.records, strict=True)]


def reported(found: Iterable[JsonBlock]) -> list[Told]:
    return [(each.code, each.row, each.line, each.column, each.path) for block in found for each in block.findings]


def malformed(row: int | None, line: int, column: int) -> Told:
    return ("invalid-json", row, line, column, None)


def shape(line: int, column: int) -> Told:
    return ("wrong-shape", None, line, column, None)


def no_object(row: int, line: int, column: int) -> Told:
    return ("not-an-object", row, line, column, None)


ONE = (1, 1, {"a": 1})

TEXTS: dict[str, tuple[list[tuple[int, int, Any]], list[Told], str | None]] = {
    "": ([], [malformed(None, 1, 1)], None),
    " \n": ([], [malformed(None, 2, 1)], None),
    "[]": ([], [], None),
    " [ ]\n": ([], [], None),
    "{}": ([], [shape(1, 1)], None),
    "\n 5": ([], [shape(2, 2)], None),
    '"a"': ([], [shape(1, 1)], None),
    "nul": ([], [shape(1, 1)], None),
    "[": ([], [malformed(None, 1, 2)], None),
    "{": ([], [malformed(None, 1, 2)], None),
    '{"a":1\n': ([], [malformed(None, 2, 1)], None),
    '{"a":tru}': ([], [malformed(None, 1, 6)], None),
    '{"a":tru,"b":"and more than is looked ahead"}': ([], [malformed(None, 1, 6)], None),
    '{"a":1}x': ([], [shape(1, 1)], None),
    '{"a":1}{"b":1}\n': ([], [shape(1, 1)], None),
    # the object that wraps a list
    '{ "cust\\u006fmers" : [ {"a":1} ] } ': ([ONE], [], "customers"),
    ' \n{"customers":[]}': ([], [], "customers"),
    '{"customers":[': ([], [malformed(None, 1, 15)], "customers"),
    '{"customers":[]': ([], [malformed(None, 1, 16)], "customers"),
    '{"customers":[]},': ([], [malformed(None, 1, 17)], "customers"),
    '{"customers":[] ]': ([], [malformed(None, 1, 17)], "customers"),
    '{"customers":[]\n,"b":1}': ([], [shape(2, 1)], "customers"),
    '{"customers":[]}\n{"b":1}': ([], [malformed(None, 2, 1)], "customers"),
    '{"customers":{"a":1}}': ([], [shape(1, 1)], None),
    '{"custom":[]}': ([], [("wrong-wrapper", None, 1, 1, None)], None),
    # a list
    '[{"a":1}] \n': ([ONE], [], None),
    '[{"a":1},]': ([ONE], [malformed(None, 1, 10)], None),
    '[{"a":1} {"a":2}]': ([ONE], [malformed(None, 1, 10)], None),
    '[{"a":1},,{"a":2}]': ([ONE], [malformed(2, 1, 10)], None),
    '[{"a":1}': ([ONE], [malformed(None, 1, 9)], None),
    '[{"a":1},': ([ONE], [malformed(None, 1, 10)], None),
    '[{"a":1},\n{"a":2': ([ONE], [malformed(2, 2, 7)], None),
    '[{"a":1},\n{"a":"x\ty"},5]': ([ONE], [malformed(2, 2, 8)], None),
    '[{"a":1}]x': ([ONE], [malformed(None, 1, 10)], None),
    "[tru": ([], [malformed(1, 1, 5)], None),
    "[12": ([], [no_object(1, 1, 2), malformed(None, 1, 4)], None),
    "[1234567,\n 6]": ([], [no_object(1, 1, 2), no_object(2, 2, 2)], None),
    '[{"a":1},null,{"b":2}]': ([ONE, (3, 1, {"b": 2})], [no_object(2, 1, 10)], None),
    '[{"a":1},\n{"a":2,"a":3},\n {"b":{"c":[NaN,{"d":"\\ud800"}]}},\n{"a":4}]': (
        [ONE, (4, 4, {"a": 4})],
        [
            ("duplicate-key", 2, 2, 8, "/a"),
            ("not-a-number", 3, 3, 13, "/b/c/0"),
            ("lone-surrogate", 3, 3, 22, "/b/c/1/d"),
        ],
        None,
    ),
    # one record a line
    '{"a":1} \n  {"b":1}\n': ([ONE, (2, 2, {"b": 1})], [], None),
    '{"a":1}\n\n \t\n{"a":2}': ([ONE, (2, 4, {"a": 2})], [], None),
    '{"a":1}\r\n{"a":2}\r{"a":3}': ([ONE, (2, 2, {"a": 2}), (3, 3, {"a": 3})], [], None),
    '{"custom":[]}\n{"b":1}': ([(1, 1, {"custom": []}), (2, 2, {"b": 1})], [], None),
    '{"a":\n1}\n{"b":1}': ([(3, 3, {"b": 1})], [malformed(1, 1, 6), malformed(2, 2, 2)], None),
    '{"a":\n1}\n5': ([], [shape(1, 1)], None),
    '{"a":1}\n{"a":2}\nXX\n': ([ONE, (2, 2, {"a": 2})], [malformed(3, 3, 1)], None),
    '{"a":1}\n{': ([ONE], [malformed(2, 2, 2)], None),
    '{"a":1}\n{\n{\n\n{"a":2}\n{\n': (
        [ONE, (4, 5, {"a": 2})],
        [malformed(2, 2, 2), malformed(3, 3, 2), malformed(5, 6, 2)],
        None,
    ),
    # objects one behind the other, over several lines
    '{\n  "a": 1\n}\n{\n  "a": 2\n}\n': ([], [malformed(1, 1, 1)], None),
    '{"a":1}\n {\r\n\t"a": 1\r\n}\r\n{\r\n"a": 2}\n': ([ONE], [malformed(2, 2, 1)], None),
    '{"a":1}\n{"s":"C:\\Users\\x"}\n{"b":"\\u12x"}': ([ONE], [malformed(2, 2, 9), malformed(3, 3, 7)], None),
    '[{"s":"x\\q"}]': ([], [malformed(1, 1, 9)], None),
    '[{"s":1,\n"t":"\\u12"}]': ([], [malformed(1, 2, 6)], None),
    '{"a":1}\n{"a":2} 5\n{"a":  \n7\n {"a":1,"a":2}\n{"b":x}\n{"c":3}': (
        [ONE, (7, 7, {"c": 3})],
        [
            malformed(2, 2, 8),
            malformed(3, 3, 6),
            no_object(4, 4, 1),
            ("duplicate-key", 5, 5, 9, "/a"),
            malformed(6, 6, 6),
        ],
        None,
    ),
}


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_text_holds(text: str) -> None:
    records, findings, wrapper = TEXTS[text]
    for chunks, ahead in [([text], GROUP_CHARS), (list(text), GROUP_CHARS), (list(text), 1)]:
        reader = JsonReader(chunks, wanted=None, lines=None)
        with mock.patch.object(reader_module, "GROUP_CHARS", ahead):
            found = list(reader.blocks())
        assert (rows(found), reported(found), reader.wrapper) == (records, findings, wrapper)
        assert sum(block.skipped for block in found) == len({row for _, row, *_ in findings if row is not None})


def test_what_is_asked_for_is_not_guessed() -> None:
    assert reported(blocks(['{"a":1}\n{"b":1}\n'], lines=False)) == [shape(1, 1)]
    assert rows(blocks(['\n{"customers":[]}'], lines=True)) == [(1, 2, {"customers": []})]
    assert reported(blocks(['[{"a":1}]\n\n5\n'], lines=True)) == [no_object(1, 1, 1), no_object(2, 3, 1)]
    assert not rows(blocks([""], lines=True))
    assert not reported(blocks([""], lines=True))
    assert reported(blocks(['{"customers":[]}'], wanted="products")) == [("wrong-wrapper", None, 1, 1, None)]
    assert not reported(blocks(['{"customers":[]}'], wanted="customers"))


def test_a_number_that_comes_bit_by_bit_is_one() -> None:
    with mock.patch.object(reader_module, "GROUP_CHARS", 1):
        assert reported(blocks(list("[1234567, 89]"), lines=False)) == [no_object(1, 1, 2), no_object(2, 1, 11)]


@pytest.mark.parametrize("text", ["5", '{"a":1}', '{"custom":[]}'])
def test_a_hint_shows_what_to_give_instead(text: str) -> None:
    assert [bool(each.hint) for block in blocks([text]) for each in block.findings] == [True]


def test_a_value_that_is_no_record_is_named_by_its_type() -> None:
    found = blocks(['[5,"x",true,null,[1],1.5]'])
    named = [each.message.partition(" is ")[0] for block in found for each in block.findings]
    assert named == ["a number", "text", "a boolean", "null", "a list", "a number"]


@pytest.mark.parametrize(
    ("text", "lines", "records", "row", "line"),
    [
        ("", None, 0, None, 1),
        ('[{"a":1},\n', False, 1, None, 2),
        ('[{"a":1},\n{"a":', False, 1, 2, 2),
        ('[{"a":1},\n{"a":2}\n]\n', False, 2, None, 4),
        ('{"customers":[{"a":1}\n]', False, 1, None, 2),
        ('{"customers":\n', None, 0, None, 2),
        ('{"a":1}\n{"a":2}\n{"a"', True, 2, None, 3),
    ],
)
def test_where_the_text_fails(text: str, lines: bool | None, records: int, row: int | None, line: int) -> None:
    def chunks() -> Iterator[str]:
        yield text
        raise EndOfReading(make_finding("undecodable-bytes", "here the bytes are wrong"))

    found = blocks(chunks(), lines)
    assert len(rows(found)) == records
    assert [each[:3] for each in reported(found)] == [("undecodable-bytes", row, line)]
    assert sum(block.skipped for block in found) == (row is not None)


@pytest.mark.parametrize("lines", [False, True])
def test_blocks_are_of_one_size_where_records_are_read_one_by_one(lines: bool) -> None:
    items = ['{"a":1}', "5", '{"a":2}', '{"a":3}', '{"a":NaN}', '{"a":4}', '{"a":5}']
    text = "\n".join(items) if lines else f"[{','.join(items)}]"
    with (
        mock.patch.object(bulk.GroupScanner, "scan_lines", return_value=None),
        mock.patch.object(bulk.GroupScanner, "find_items", return_value=0),
        mock.patch.object(reader_module, "BLOCK_ROWS", 3),
    ):
        found = blocks([text], lines)
    assert [(block.numbers, block.skipped) for block in found] == [([1, 3], 1), ([4, 6], 1), ([7], 0)]
    assert [len(block.findings) for block in found] == [1, 1, 0]


def test_what_was_read_before_a_group_is_a_block_of_its_own() -> None:
    found = blocks(['[5,{"a":1},{"a":2},{"a":3},{"a":4}]'])
    assert [(block.numbers, block.skipped) for block in found] == [([], 1), ([2, 3, 4], 0), ([5], 0)]


def test_each_record_is_looked_at_once() -> None:
    seen: list[int] = []

    def find_unchecked(records: list[Any]) -> tuple[list[int], int, int]:
        seen.append(len(records))
        return [len(records) - 1], sum(map(len, records)), 1

    reader = JsonReader(['[{"a":1},{"a":2},{"a":3},{"a":4}]'], wanted=None, lines=None, find_unchecked=find_unchecked)
    assert [block.unchecked for block in reader.blocks()] == [[0], [1], [0]]
    assert sorted(seen) == [1, 1, 2]
