"""What is not allowed is named: the member or the item itself, and its key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from custobar_formats import validate
from custobar_formats.schema.engine import PythonEngine

Json = Any

KEYS: list[tuple[dict[str, Any], Json, list[tuple[str, str, str]]]] = [
    (
        {"properties": {"a": {}}, "unevaluatedProperties": False},
        {"a": 1, "b": 2, "007": 3},
        [
            ("/007", "unevaluatedProperties", "the field '007' is not allowed"),
            ("/b", "unevaluatedProperties", "the field 'b' is not allowed"),
        ],
    ),
    (
        {"allOf": [{"properties": {"a": {}}}], "anyOf": [{"properties": {"b": {}}}], "unevaluatedProperties": False},
        {"a": 1, "b": 2, "c": 3},
        [("/c", "unevaluatedProperties", "the field 'c' is not allowed")],
    ),
    (
        {"anyOf": [{"properties": {"a": {"type": "null"}}}, {"properties": {"b": {}}}], "unevaluatedProperties": False},
        {"a": 1, "b": 2},
        [("/a", "unevaluatedProperties", "the field 'a' is not allowed")],
    ),
    (
        {
            "if": {"properties": {"a": {"const": 1}}},
            "then": {"properties": {"b": {}}},
            "else": {"properties": {"c": {}}},
            "unevaluatedProperties": False,
        },
        {"a": 1, "b": 2, "c": 3},
        [("/c", "unevaluatedProperties", "the field 'c' is not allowed")],
    ),
    (
        {"dependentSchemas": {"a": {"properties": {"a": {}, "b": {}}}}, "unevaluatedProperties": False},
        {"a": 1, "b": 2, "c": 3},
        [("/c", "unevaluatedProperties", "the field 'c' is not allowed")],
    ),
    (
        {"$ref": "#/$defs/d", "$defs": {"d": {"patternProperties": {"^x": {}}}}, "unevaluatedProperties": False},
        {"x1": 1, "y1": 2},
        [("/y1", "unevaluatedProperties", "the field 'y1' is not allowed")],
    ),
    (
        {"unevaluatedProperties": {"properties": {"n": {"type": "integer"}}}},
        {"a": {"n": 1}, "b": {"n": "x"}},
        [("/b/n", "type", "'x' is not an integer")],
    ),
    (
        {"properties": {"o": {"properties": {"a": {}}, "unevaluatedProperties": False}}},
        {"o": {"a": 1, "b": {"c": 1}}},
        [("/o/b", "unevaluatedProperties", "the field 'b' is not allowed")],
    ),
    (
        {"properties": {"l": {"prefixItems": [{}], "contains": {"const": 3}, "unevaluatedItems": False}}},
        {"l": [1, 2, 3]},
        [("/l/1", "unevaluatedItems", "the item 2 is not allowed")],
    ),
    (
        {"properties": {"l": {"prefixItems": [{}], "items": False}}},
        {"l": [1, "x"]},
        [("/l/1", "items", "the item 'x' is not allowed")],
    ),
    ({"propertyNames": False}, {"a": 1}, [("/a", "propertyNames", "the field 'a' is not allowed")]),
    (
        {"propertyNames": {"pattern": "^a"}},
        {"a": 1, "b": 2},
        [("/b", "propertyNames", "the name 'b' does not match ^a")],
    ),
    (
        {"propertyNames": {"allOf": [{"$ref": "#/$defs/n"}]}, "$defs": {"n": {"enum": ["zip", "city"]}}},
        {"zpi": 1},
        [("/zpi", "propertyNames", "the name 'zpi' is not 'zip' or 'city'")],
    ),
    (
        {"properties": {"o": {"$ref": "#/$defs/o"}}, "$defs": {"o": {"propertyNames": {"maxLength": 2}}}},
        {"o": {"ab": 1, "propertyNames": 2}},
        [("/o/propertyNames", "propertyNames", "the name 'propertyNames' must have at most 2 characters")],
    ),
    (
        {"properties": {"propertyNames": {"additionalProperties": False}}},
        {"propertyNames": {"k": 1}},
        [("/propertyNames/k", "additionalProperties", "the field 'k' is not allowed")],
    ),
    ({"patternProperties": {"^x": False}}, {"x1": 1}, [("/x1", "patternProperties", "the field 'x1' is not allowed")]),
    ({"properties": {"a": False}}, {"a": 1}, [("/a", "properties", "the field 'a' is not allowed")]),
    ({"dependentSchemas": {"a": False}}, {"a": 1}, [("/a", "dependentSchemas", "the field 'a' is not allowed")]),
    ({"dependencies": {"a": False}}, {"a": 1}, [("/a", "dependencies", "the field 'a' is not allowed")]),
    (
        {"dependentSchemas": {"a": {"not": {"required": ["b"]}}}},
        {"a": 1, "b": 2},
        [("/b", "not", "the field 'b' is not allowed")],
    ),
    ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 2}, [("/b", "not", "the field 'b' is not allowed beside 'a'")]),
    (
        {"not": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}},
        {"b": 2},
        [("/b", "not", "the field 'b' is not allowed")],
    ),
    ({"if": {"required": ["a"]}, "then": False}, {"a": 1}, [("", "then", "no value is allowed here")]),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [("/b", "dependentRequired", "the field 'b' is missing")]),
]


@pytest.mark.parametrize("python", [False, True])
@pytest.mark.parametrize(("schema", "record", "expected"), KEYS)
def test_a_finding_names_the_innermost_place_and_the_key(
    schema: dict[str, Any],
    record: Json,
    expected: list[tuple[str, str, str]],
    python: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if python:
        monkeypatch.setattr("custobar_formats.schema.compiled.make_engine", PythonEngine)
    schema = {**schema, "title": str(python)}  # so that each engine compiles its own
    report = validate(json.dumps([record]), schema)
    assert [(finding.path, finding.rule, finding.message) for finding in report.findings] == expected
    assert all(finding.code in ("unexpected-field", "missing-field", "wrong-type") for finding in report.findings)


def test_a_warning_names_the_key_too() -> None:
    schema = {"allOf": [{"x-severity": "warning", "propertyNames": {"pattern": "^a"}}]}
    (finding,) = validate('[{"b": 1}]', schema).findings
    assert (finding.severity, finding.path) == ("warning", "/b")
    assert finding.message == "the name 'b' does not match ^a"


def test_the_column_of_a_key_that_is_not_allowed() -> None:
    schema = {"properties": {"o": {"properties": {"a": {}}, "unevaluatedProperties": False}}}
    report = validate("o.a,o.b\n1,2\n", schema)
    (finding,) = [each for each in report.findings if each.severity == "error"]
    assert (finding.column, finding.label, finding.path, finding.value) == (2, "o.b", "/o/b", "2")
