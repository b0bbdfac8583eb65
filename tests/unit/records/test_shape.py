"""Which records share a file when records that lack a key go to another file."""

from __future__ import annotations

from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest

from custobar_formats.records.shape import shape_of


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": "x"}, {"b": None, "a": 1.5}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": "x", "b": "y"}}),
        ({"a": {"b": 1}}, {"a": OrderedDict(b=2)}),
        ({"a": {"b": 1}}, {"a": MappingProxyType({"b": 2})}),
        ({"a": [1]}, {"a": [1, 2, "x"]}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}),
        ({"a": [[1], [2, 3]]}, {"a": [["x"]]}),
        ({"a": None}, {"a": []}),
        ({"a": 1}, {"a": {}}),
        ({"a": {"b": None}}, {"a": ""}),
        ({}, {}),
        ([1], 5),
        (5, {"a": deep(100_000)}),
    ],
)
def test_records_of_one_shape(one: Any, other: Any) -> None:
    assert shape_of(one) == shape_of(other)
    assert hash(shape_of(one)) == hash(shape_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({"a": 1}, {"a": {"b": 1}}),
        ({"a": 1}, {"a": [1]}),
        ({"a": {"b": 1}}, {"a": {"c": 1}}),
        ({"a": {"b": 1}}, {"a": [1]}),
        ({"a": {"b": 1}, "c": 1}, {"a": 1, "c": {"b": 1}}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 1}}}),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"c": 1}]}),
        ({"a": [{"b": 1}, {"c": 1}]}, {"a": [{"c": 1}, {"b": 1}]}),
        ({"a": [[1]]}, {"a": [1]}),
        ({"a": [1, [1]]}, {"a": [[1], 1]}),
        ({}, 5),
    ],
)
def test_records_of_two_shapes(one: Any, other: Any) -> None:
    assert shape_of(one) != shape_of(other)
