"""One JSON value alone: where it ends or is cut off, and its errors with their places and paths."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from custobar_formats.core.limits import LOOKAHEAD_CHARS, MAX_DEPTH, MAX_DIGITS, MAX_SCAN_DEPTH
from custobar_formats.jsontext.scanner import (
    UNDECODED,
    Malformed,
    Scanner,
    Truncated,
    find_end,
    find_flaws,
    has_lone_surrogate,
    make_scan,
    measure,
)

LONG = " " * LOOKAHEAD_CHARS

WHOLE: list[tuple[str, list[tuple[Any, ...]]]] = [
    ("-1", []),
    ("1.5e+10", []),
    ("0E-5", []),
    ("true", []),
    ("null", []),
    ('"a"', []),
    ('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4"', []),
    ('"' + "\\n" * 10_000 + 'x"', []),
    ("[ ]", []),
    ("[1 , [ 2 ]\r\n,\t3 ]", []),
    ("{ }", []),
    ('{"a" : 1 , "b" : [ true , {"a":null} ] }', []),
    ('"\\ud83d\\ude00"', []),
    ('"\\\\ud83d"', []),
    ('"x\\uD83d\\n\\udc00"', [("lone-surrogate", 0, (), "\\uD83d")]),
    ('["\\udc00\\ud83d"]', [("lone-surrogate", 1, (0,), "\\udc00")]),
    ('[{"a":1,"\\ud83d":1}]', [("lone-surrogate", 8, (0,), "\\ud83d")]),
    ('{"\\ud83d":1}', [("lone-surrogate", 1, (), "\\ud83d")]),
    ("NaN", [("not-a-number", 0, (), "NaN")]),
    ("[Infinity,-Infinity]", [("not-a-number", 1, (0,), "Infinity"), ("not-a-number", 10, (1,), "-Infinity")]),
    (
        '{"a":1,"a":{"b":NaN,"b":[1,NaN]}}',
        [
            ("duplicate-key", 7, ("a",), None),
            ("not-a-number", 16, ("a", "b"), "NaN"),
            ("duplicate-key", 20, ("a", "b"), None),
            ("not-a-number", 27, ("a", "b", 1), "NaN"),
        ],
    ),
    (
        '[{"a":[{"b":1e999}]},1e-999,0e-999]',
        [("number-too-long", 12, (0, "a", 0, "b"), "1e999"), ("number-too-long", 21, (1,), "1e-999")],
    ),
    ("-" + "1" * MAX_DIGITS, []),
    ("1" * (MAX_DIGITS + 1), [("number-too-long", 0, (), "1" * (MAX_DIGITS + 1))]),
    ("1." + "1" * MAX_DIGITS, []),
    ("[" * MAX_DEPTH + "]" * MAX_DEPTH, []),
    ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), [("too-deep", MAX_DEPTH + 1, (0,) * MAX_DEPTH, None)]),
    ("[" * MAX_SCAN_DEPTH + "]" * MAX_SCAN_DEPTH, [("too-deep", MAX_DEPTH + 1, (0,) * MAX_DEPTH, None)]),
]


@pytest.mark.parametrize(("text", "flaws"), WHOLE)
def test_whole_values(text: str, flaws: Any) -> None:
    for before in ("", "  "):
        scanner = Scanner(f"{before}{text} x", len(before))
        assert scanner.scan() == len(before) + len(text)
        found = [(flaw.code, flaw.position - len(before), flaw.path, flaw.value) for flaw in scanner.flaws]
        assert found == flaws
        assert all(isinstance(flaw.message, str) for flaw in scanner.flaws)


@pytest.mark.parametrize(
    "text",
    [
        *("1.", "-0.", "1e", "1E+", "1.5e-", "[1.", '{"a":-', '"\\u', '"\\uD', '"\\uD8', '"\\uD83'),
        *("", " ", "-", "tru", "nul", "-Inf", "1", "-1.5", "1e5", '"', '"a', '"a\\', '"a\\u12', '"\\ud83'),
        *("[", "[1", "[1 ", "[1,", "[1, ", "{", '{"a', '{"a"', '{"a" ', '{"a":', '{"a":1', '{"a":1,', '{"a":1, '),
    ],
)
def test_values_that_are_cut_off(text: str) -> None:
    with pytest.raises(Truncated):
        Scanner("[]" + text, 2).scan()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        *(("x", 0), ("-x", 0), ("trux", 0), ("-Infx", 0), ("'a'", 0), ("]", 0), ("tru" + LONG, 0)),
        *(('"C:\\Users\\x"}', 3), ('"\\x', 1), ('"\\ux', 1), ('"\\u12"', 1), ('{"a":"\\_"}', 6)),
        *(("[1.]", 2), ("[1.5e]", 4), ("[01]", 2), ("[1e+]", 2)),
        *(('"a\tb"', 2), ('"a\nb', 2), ('"a\\x"' + LONG, 2), ('"a\\u12x4"' + LONG, 2)),
        *(("[,", 1), ("[1 2]", 3), ("[1,]", 2), ("[1 , ]", 3), ("[}", 1), ("[1}", 2), ("[tru ]" + LONG, 1)),
        *(("{]", 1), ("{,", 1), ("{a:1}", 1), ('{"a" 1}', 5), ('{"a":1 "b":2}', 7), ('{"a":1,}', 6), ('{"a":}', 5)),
        *(('{"a":1,2}', 7), ('{"a":[1 ,],"b":2}', 8), ("[" * (MAX_SCAN_DEPTH + 1), MAX_SCAN_DEPTH + 1)),
    ],
)
def test_what_is_no_json(text: str, position: int) -> None:
    for before in ("", "[]"):
        with pytest.raises(Malformed) as caught:
            Scanner(before + text, len(before)).scan()
        assert caught.value.position == len(before) + position
        assert caught.value.args == (caught.value.position, caught.value.message)
        assert ("escape" in caught.value.message) == ("\\" in text)


def test_the_end_of_a_long_value_is_found_without_a_scanner() -> None:
    assert find_end('[{"a":NaN,"a":"\\ud83d"}] x', 0) == 24
    with pytest.raises(Truncated):
        find_end('["' + "a" * 1000, 0)
    with pytest.raises(Malformed):
        find_end("[1 2" + LONG, 0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a", False),
        ("\\n", False),
        ("\\ud83d", True),
        ("\\udc00", True),
        ("\\uDBFF\\uDFFF", False),
        ("\\ud83d\\ude00\\ud83d", True),
        ("\\ude00\\ud83d", True),
        ("\\\\ud83d", False),
        ("\\\\\\ud83d", True),
        ("\\\\\\ud83d\\ude00", False),
        ("\\ud83d\\\\\\ude00", True),
        ("\\ud7ff\\ue000", False),
    ],
)
def test_half_a_surrogate_pair(text: str, wanted: bool) -> None:
    assert has_lone_surrogate(text, 0, len(text)) == wanted
    around = f"\\ud83d{text}\\ud83d"
    assert has_lone_surrogate(around, 6, len(around) - 6) == wanted


@pytest.mark.parametrize(
    ("values", "strings", "depth"),
    [
        ([], 0, 0),
        ([1, None, True], 0, 0),
        (["a", "b"], 2, 0),
        (["a", 1], 1, 0),
        ([{}], 0, 1),
        ([[], 1], 0, 1),
        ([{"a": "b"}], 2, 1),
        ([{"a": 1}, ["b", {"c": ["d"]}], "e"], 5, 3),
        ([["a", ["b"]], [["c"]]], 3, 2),
        ([{"a": {}, "b": "c"}, {"d": {"e": {"f": 1}}}], 6, 3),
        ([{"a": [1]}, {"b": ["c", "d"]}], 4, 2),
    ],
)
def test_strings_and_depth(values: Any, strings: int, depth: int) -> None:
    assert measure(values) == (strings, depth)
    assert measure(iter(values)) == (strings, depth)


def test_only_what_may_be_wrong_is_scanned() -> None:
    assert find_flaws("[" * 65 + "]" * 65, 0, 130, [[]] * 65) == []
    deep: Any = 1
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    text = "[" * 65 + "1" + "]" * 65
    assert [flaw.code for flaw in find_flaws(text, 0, len(text), deep)] == ["too-deep"]
    objects = json.loads('{"a":' * 65 + "1" + "}" * 65)
    text = json.dumps(objects)
    assert [flaw.code for flaw in find_flaws(text, 0, len(text), objects)] == ["too-deep"]
    assert [flaw.code for flaw in find_flaws(' "\\ud83d" ', 1, 9, "\ud83d")] == ["lone-surrogate"]
    assert find_flaws('{"a":1}', 0, 7, {"a": 1}) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":1}', {"a": 1}),
        ("1.50", 1.5),
        ("0e-400", 0.0),
        ("1" * MAX_DIGITS, int("1" * MAX_DIGITS)),
        ("-" + "1" * MAX_DIGITS, -int("1" * MAX_DIGITS)),
    ],
)
def test_what_is_read(text: str, value: Any) -> None:
    for unique in (False, True):
        assert make_scan(float, unique=unique)(f" {text} ", 1) == (value, 1 + len(text))


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "1" * (MAX_DIGITS + 1), "[1,]", "", "[" * 9_999],
)
def test_what_is_looked_at_closely(text: str) -> None:
    for unique in (False, True):
        with pytest.raises(UNDECODED):
            make_scan(float, unique=unique)(text, 0)


def test_keys_that_stand_twice_are_looked_at_closely_where_that_is_asked() -> None:
    text = '[{"a":1,"b":{"c":1.50,"c":2}}]'
    assert make_scan(Decimal, unique=False)(text, 0)[0] == [{"a": 1, "b": {"c": 2}}]
    with pytest.raises(UNDECODED):
        make_scan(Decimal, unique=True)(text, 0)
    assert repr(make_scan(Decimal, unique=True)("1.50", 0)[0]) == "Decimal('1.50')"
