"""The filter's results: records that need a closer look, the faults of the others, and the converted records."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from custobar_formats.core.limits import MAX_DEPTH
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.record_filter import RecordFilter

INTEGER, SHORT = {"type": "integer"}, {"type": "string", "maxLength": 2}
UNION = {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}]}

Told = tuple[int, tuple[Any, ...], str | None, str | None]
"""The place of a record, the path within it, the keyword, and the missing key."""


def judged(document: Any, records: list[Any]) -> tuple[set[int], list[Told], list[Any]]:
    """The places that need a closer look, the faults of the others, and the converted records."""
    records = copy.deepcopy(records)
    filter_ = RecordFilter(Schema(document))
    filter_.find_unchecked(records)
    unchecked, faults = filter_.judge(records)
    reported = [
        (at, fault.path, str(fault.rule.location[-1]) if fault.rule is not None else None, fault.name)
        for at, fault in faults
    ]
    return unchecked, sorted(reported, key=repr), records


OBJECT = {"properties": {"a": INTEGER, "b": SHORT, "o": {"properties": {"c": INTEGER}, "required": ["c"]}}}
LISTS = {
    "properties": {
        "l": {"type": "array", "items": INTEGER},
        "m": {"type": "array", "items": {"properties": {"c": INTEGER}}},
    }
}


@pytest.mark.parametrize(
    ("document", "records", "wanted"),
    [
        (OBJECT, [{"a": 1}, {"a": "x"}, {"b": "xxx"}], [(1, ("a",), "type", None), (2, ("b",), "maxLength", None)]),
        (OBJECT, [{"a": 1, "b": "x"}, {"b": 5.5}], [(1, ("b",), "type", None)]),
        (OBJECT, [{"b": 7, "a": "x"}], [(0, ("a",), "type", None), (0, ("b",), None, None)]),
        (
            OBJECT,
            [{"o": {"c": 1}}, {"o": {"c": "x"}}, {"o": {}}],
            [(1, ("o", "c"), "type", None), (2, ("o",), "required", "c")],
        ),
        (OBJECT, [{"z": 1}, {"z": "x", "y": [{}]}], []),
        (
            LISTS,
            [{"l": [1, 2]}, {"l": []}, {"l": [3, "x", None]}],
            [(2, ("l", 1), "type", None), (2, ("l", 2), "type", None)],
        ),
        (LISTS, [{"l": ["x"]}, {"l": [1, "y"]}], [(0, ("l", 0), "type", None), (1, ("l", 1), "type", None)]),
        (LISTS, [{"m": [{"c": 1}, {}]}, {"m": [{}, {"c": "x"}]}], [(1, ("m", 1, "c"), "type", None)]),
        (
            {"required": ["a", "b"]},
            [{"a": 1}, {"a": 1, "b": 2}, {}],
            [(0, (), "required", "b"), (2, (), "required", "a"), (2, (), "required", "b")],
        ),
        ({"required": ["a"]}, [{"a": None}, {"a": ""}, {"a": 0}], []),
        (
            {"required": ["a"], "x-empty-erases": True},
            [{"a": None}, {"a": ""}, {"a": 0}],
            [(0, (), "required", "a"), (1, (), "required", "a")],
        ),
        (
            {"anyOf": [{"required": ["a"]}, {"required": ["b", "c"]}]},
            [{"a": 1}, {"b": 1}, {"b": 1, "c": 1}, {}],
            [(1, (), "anyOf", None), (3, (), "anyOf", None)],
        ),
        ({"additionalProperties": INTEGER}, [{"a": 1}, {"b": "x"}], [(1, ("b",), "type", None)]),
        ({"patternProperties": {"^a": INTEGER}}, [{"ab": 1}, {"b": "x"}, {"ac": "x"}], [(2, ("ac",), "type", None)]),
        (
            {"additionalProperties": {"minimum": 2}},
            [{"a": 5, "b": 1}, {"a": 5, "b": 5}, {"b": 5, "a": 1}],
            [(0, ("b",), "minimum", None), (2, ("a",), "minimum", None)],
        ),
        (
            {"additionalProperties": {"minimum": 2}},
            [{f"c{at}": 5 if at != 3 else 1} for at in range(9)],
            [(3, ("c3",), "minimum", None)],
        ),
        (
            {"required": ["k"], "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            [{"k": 1, "a": 1}, {}],
            [(1, (), "anyOf", None), (1, (), "required", "k")],
        ),
    ],
)
def test_what_is_wrong_with_records(document: Any, records: list[Any], wanted: list[Told]) -> None:
    unchecked, reported, _ = judged(document, records)
    assert unchecked == set()
    assert reported == wanted
    for place, record in enumerate(records):
        assert judged(document, [record])[1] == [(0, *each[1:]) for each in wanted if each[0] == place]
    turned = judged(document, [*records[::-1], *records])[1]
    last = len(records) - 1
    assert turned == sorted(
        [(last - at, *rest) for at, *rest in wanted] + [(last + 1 + at, *rest) for at, *rest in wanted], key=repr
    )


@pytest.mark.parametrize(
    ("document", "records", "wanted"),
    [
        ({"properties": {"u": UNION}}, [{"u": 1}, {"u": "x"}, {"u": "xxx"}, {"u": "xx"}, {"u": None}], {2, 4}),
        (
            {"properties": {"u": {"type": "array", "items": UNION}}},
            [{"u": [1, "x"]}, {"u": [1, "xxx"]}, {"u": []}],
            {1},
        ),
        ({"properties": {"u": {"uniqueItems": True}}}, [{"u": [1, 2]}, {"u": [1, 1]}, {"u": 1}], {1}),
        ({"properties": {"u": {"minProperties": 1}}}, [{"u": {}}, {"u": {"a": 1}}, {"u": "x"}], {0}),
        ({"minProperties": 2}, [{}, {"a": 1}, {"a": 1, "b": 1}], {0, 1}),
        ({"properties": {"u": {"type": "array", "prefixItems": [INTEGER]}}}, [{"u": ["x"]}, {"u": [1, "x"]}], {0}),
        (
            {"allOf": [{"anyOf": [{"required": ["a"]}]}, {"anyOf": [{"required": ["b"]}]}]},
            [{"a": 1, "b": 1}, {}, {"a": 1}],
            {1},
        ),
    ],
)
def test_records_that_have_to_be_looked_at(document: Any, records: list[Any], wanted: set[int]) -> None:
    assert judged(document, records)[0] == wanted
    assert judged(document, records * 2)[0] == wanted | {at + len(records) for at in wanted}


def test_what_depends_on_the_way_to_it_is_looked_at() -> None:
    text_only = {"$dynamicAnchor": "T", "type": "string"}
    anything = {"$id": "list", "properties": {"u": {"$dynamicRef": "#T"}}, "$defs": {"t": {"$dynamicAnchor": "T"}}}
    document = {"$id": "http://example.com/root", "$ref": "list", "$defs": {"t": text_only, "list": anything}}
    assert 0 in judged(document, [{"u": 5}, {"v": 1}])[0]
    assert 1 not in judged(document, [{"u": 5}, {"v": 1}])[0]


def test_text_becomes_what_it_spells_unless_the_record_is_looked_at() -> None:
    document = {"properties": {**OBJECT["properties"], **LISTS["properties"], "u": UNION}}
    before = [
        {"a": "5", "o": {"c": "6"}, "l": [1, "7"], "m": [{"c": "8"}, {"c": 9}]},
        {"a": "5", "u": "xxx"},
        {"a": "x", "o": {"c": "6"}},
        {"b": 5},
    ]
    unchecked, reported, after = judged(document, before)
    assert unchecked == {1}
    assert reported == [(2, ("a",), "type", None), (3, ("b",), None, None)]
    assert after == [
        {"a": 5, "o": {"c": 6}, "l": [1, 7], "m": [{"c": 8}, {"c": 9}]},
        before[1],
        {"a": "x", "o": {"c": 6}},
        {"b": "5"},
    ]


def test_records_are_judged_as_they_are_now() -> None:
    filter_ = RecordFilter(Schema(OBJECT))
    first: list[Any] = [{"a": "x"}]
    second: list[Any] = [{"a": 1}, {"a": 1.5}]
    filter_.find_unchecked(first)
    assert [at for at, _ in filter_.judge(second)[1]] == [1]
    assert [at for at, _ in filter_.judge(first)[1]] == [0]


def test_types_that_change_on_the_way_are_seen() -> None:
    filter_ = RecordFilter(Schema(OBJECT))
    blocks: list[tuple[list[Any], list[int]]] = [
        ([{"a": 1, "b": "x"}], []),
        ([{"a": "x", "b": "x"}], [0]),
        ([{"a": 1, "b": "x"}, {"b": 1}], [1]),
        ([{"a": None, "b": "x"}, {"a": 2}], [0]),
        ([{"a": 1, "b": "xxx"}], [0]),
        ([{"q": 1}, {"q": "x"}, {"a": 1.5}], [2]),
    ]
    for records, wanted in blocks:
        assert filter_.find_unchecked(records)[0] == wanted
        assert [filter_.find_unchecked([record])[0] for record in records] == [
            [0] if place in wanted else [] for place in range(len(records))
        ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"properties": {"a": {"items": {}}}},
        {"additionalProperties": {"anyOf": [{"type": "array"}, {"minLength": 2}]}},
    ],
)
@pytest.mark.parametrize("levels", [1, 2, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
def test_how_deep_records_are(document: Any, levels: int) -> None:
    value: Any = "x"
    for _ in range(levels - 1):
        value = [value]
    records = [{"a": value}, {"b": "x"}]
    _, strings, depth = RecordFilter(Schema(document)).find_unchecked(records)
    assert (depth > MAX_DEPTH) == (levels > MAX_DEPTH)
    if levels <= MAX_DEPTH:
        assert (strings, depth) == (4, levels)
