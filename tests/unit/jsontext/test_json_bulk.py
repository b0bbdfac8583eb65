"""Groups of records alone: which text is a group, the lines where its records begin, and its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest import mock

import pytest

from custobar_formats.core.limits import MAX_DEPTH, MAX_LISTS
from custobar_formats.jsontext import bulk
from custobar_formats.jsontext.bulk import GroupScanner


def scanner(text: str = "", end: int = 0) -> GroupScanner:
    """A scanner that has learned the text between records."""
    found = GroupScanner(float, None)
    found.learn_separator(text, end)
    return found


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('{"a":1}\n', [{"a": 1}]),
        ('{"a":1}\n{"a":[{"b":2}]}', [{"a": 1}, {"a": [{"b": 2}]}]),
        ('{"a":1}\r\n{"a":2}\r{"a":3}\n', [{"a": 1}, {"a": 2}, {"a": 3}]),
        (' {"a" : 1}\t\n{}\n', [{"a": 1}, {}]),
        ('{"a":"\\""}\n{"b":"\\u00e4\\ud83d\\ude00"}\n', [{"a": '"'}, {"b": "ä😀"}]),
        ('{"a":"\\\\"}\n{"b":"\\\\\\""}\n', [{"a": "\\"}, {"b": '\\"'}]),
        ('{"a":"},{"}\n', [{"a": "},{"}]),
        (f"{nested(MAX_DEPTH)}\n", [None]),
    ],
)
def test_lines_that_are_a_group(text: str, records: list[Any]) -> None:
    group = scanner().scan_lines(text, 5)
    assert group is not None
    if records != [None]:
        assert group.records == records
    assert group.lines == list(range(5, 5 + len(records)))
    assert group.unchecked == []


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", '{"a":1}\n\n', '\n{"a":1}\n', '{"a":1}\n5\n', "5\n", '[{"a":1}]\n', "{\n", '{"a":1}}\n'),
        *('{"a":1},{"a":2}\n', '{"a":1}\n{"a":2},{"a":3}\n{"a":[1\n2]}\n', '{"a":[1\n2]}\n', '{"a":1}]\n[{"a":2}\n'),
        *(
            '{"a":1,"a":2}\n',
            '{"a":"\\"","a":2}\n',
            '{"a":"\\\\","a":2}\n',
            '{"a":{"b":1,"b":2}}\n',
            '{"a":"","":"b"}{}\n',
        ),
        *(
            '{"a":NaN}\n',
            '{"a":1e999}\n',
            '{"a":"\\ud83d"}\n',
            '{"a":"\x7f"}\n',
            '{"a":"\\u007f"}\n',
            '{"a":"\\u007F"}\n',
        ),
        f"{nested(MAX_DEPTH + 1)}\n",
    ],
)
def test_lines_that_are_none(text: str) -> None:
    assert scanner().scan_lines(text, 1) is None


@pytest.mark.parametrize(
    ("between", "items", "lines"),
    [
        (",", ['{"a":1}', '{"a":2}', '{"a":"\\u00e4"}'], [3, 3, 3]),
        (" , ", ['{"a":1}', '{"a":2}'], [3, 3]),
        (",\n", ['{"a":1}', '{"a":2}', '{"a":"},{"}'], [3, 4, 5]),
        (",\r\n ", ['{"a":1}', '{"a":2}'], [3, 4]),
        ("\n,\n\n", ['{"a":1}', '{"a":2}', '{"a":3}'], [3, 6, 9]),
        (",\n", ['{"a":\n1}', '{"a":[{},\n\n{"b":2}]}', '{"a":3}'], [3, 5, 8]),
        (",\n", ['{"a":1}'], [3]),
    ],
)
def test_items_that_are_a_group(between: str, items: list[str], lines: list[int]) -> None:
    text = between.join(items)
    group = scanner(f"{items[0]}{between}", len(items[0])).scan_items(text, 3)
    assert group is not None
    assert [sorted(record) for record in group.records] == [["a"]] * len(items)
    assert group.lines == lines


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1},\n5', '{"a":1},\n{"a":2}]', '{"a":1},\n', '{"a":1},\n{"a":1,"a":2}', '{"a":1},\n{"b":NaN}'),
        *('{"a":[{},\n{"b":2}]},\n{"a":3}', '{"a":"x},\n{"},\n{"a":3}', '{"a":1},\n{"a":2}, {"a":3}'),
    ],
)
def test_items_that_are_none(text: str) -> None:
    assert scanner(",\n", 0).scan_items(text, 1) is None


@pytest.mark.parametrize(
    ("text", "between", "found"),
    [
        ('{"a":1},{"a":2},{"a":3}]', ",", '{"a":1},{"a":2}'),
        ('{"a":1},{"a":2},', ",", '{"a":1}'),
        ('{"a":1},\n{"b":2},\n{"a":3}]', ",\n", '{"a":1},\n{"b":2}'),
        ('{"a":1},{"b":2},{"b":3}', ",", ""),
        ('{ "a":1},{ "a":2},{"a":3}', ",", '{ "a":1}'),
        ('{"a":1}, {"a":2}', ",", ""),
        ('{"a":1},{"a":2}', "", ""),
        ('5,{"a":2},{"a":3}', ",", ""),
        ('{},{"a":2},{"a":3}', ",", ""),
        ('{"a":1},{"a":[{"b":1},{"a":2}]}', ",", '{"a":1}'),
        ('{"a":[{"a":1},{"a":2}]},{"a":[{"a":1},{"a":2}', ",", '{"a":[{"a":1},{"a":2}]}'),
        ('{"a":[{"a":1},{"a":2}', ",", ""),
        ('{"a":1},{"a":[[[[[[{"b":1},{"a":2}', ",", '{"a":1}'),
    ],
)
def test_where_a_group_ends(text: str, between: str, found: str) -> None:
    for before in ("", '[{"a":0},'):
        end = scanner(between, 0).find_items(before + text, len(before))
        assert (before + text)[len(before) : end] == found
        assert (end == 0) == (not found)


def test_no_more_is_looked_at_than_a_group_may_have() -> None:
    text = ",".join(['{"a":1}'] * 10)
    for chars, items in [(100, 9), (36, 4), (35, 3), (12, 1), (11, 0)]:
        with mock.patch.object(bulk, "GROUP_CHARS", chars):
            assert scanner(",", 0).find_items(f"[{text}", 1) == (8 * items if items else 0)
    lists = '{"a":[' * (MAX_LISTS + 2)
    assert scanner(",", 0).find_items('{"a":1},' + lists, 0) == 7


@pytest.mark.parametrize(
    ("text", "end", "between"),
    [("{} , {}", 2, " , "), ("{}\r\n,\t{}", 2, "\r\n,\t"), ("{},{}", 2, ","), ("{}]", 2, ""), ("{}", 2, "")],
)
def test_what_stands_between_items_is_learned(text: str, end: int, between: str) -> None:
    groups = scanner(",", 0)
    groups.learn_separator(text, end)
    one, other = '{"a":1}', '{"a":2}'
    assert groups.find_items(f"{one}{between}{other}", 0) == (len(one) if between else 0)


@pytest.mark.parametrize(("depth", "is_group"), [(1, True), (MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_what_is_sifted(depth: int, is_group: bool) -> None:
    groups = GroupScanner(Decimal, lambda records: ([len(records) - 1], 2, depth))
    group = groups.scan_lines('{"a":1.50}\n{"b":2.5}\n', 1)
    assert (group is not None) == is_group
    if group is not None:
        assert (repr(group.records[0]), group.unchecked) == ("{'a': Decimal('1.50')}", [1])
    assert groups.find_unchecked([{}, {}, {}]) == [2]
    assert groups.find_unchecked([]) == []
    assert GroupScanner(float, None).find_unchecked([{}]) == []
