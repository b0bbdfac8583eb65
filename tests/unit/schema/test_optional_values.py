"""Both spellings of an optional value mean the same: ``type: [X, "null"]``, and a union of X and null."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import InvalidData, SchemaError, from_csv, from_json, validate
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, RustEngine
from custobar_formats.schema.optional_values import in_one_spelling
from tests.laws.strategies import schemas_with_values

NULL = {"type": "null"}
ADDRESS: dict[str, Any] = {
    "type": "object",
    "properties": {"zip": {"type": "string", "pattern": "^[0-9]+$"}},
    "required": ["zip"],
}
ADDRESS["additionalProperties"] = False

THINGS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "integer": ({"type": "integer", "minimum": 1}, "3", "-3"),
    "several types": ({"type": ["integer", "boolean"]}, "true", "x"),
    "text": ({"type": "string", "pattern": "^a"}, "ab", "ba"),
    "members": ({"type": "string", "enum": ["red", "blue"]}, "red", "rde"),
    "list": ({"type": "array", "items": {"type": "integer"}}, "1,2", "1,x"),
    "money": ({"type": "integer", "x-custobar-type": "money"}, "2490", "24.90"),
    "object": (ADDRESS, {"zip": "00100"}, {"zip": "x"}),
    "object with a key too many": (ADDRESS, {"zip": "00100"}, {"zip": "00100", "city": "x"}),
    "object without a key": (ADDRESS, {"zip": "00100"}, {"city": "x"}),
}


def by_type(thing: dict[str, Any]) -> dict[str, Any]:
    """The value, or null."""
    types = [thing["type"]] if isinstance(thing["type"], str) else thing["type"]
    more = {"enum": [*thing["enum"], None]} if "enum" in thing else {}
    return {**thing, "type": [*types, "null"], **more}


SPELLINGS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "anyOf": lambda thing: {"anyOf": [thing, NULL], "title": "T"},
    "oneOf": lambda thing: {"oneOf": [NULL, thing]},
    "a reference": lambda _: {"anyOf": [{"$ref": "#/$defs/thing"}, {"type": ["null"], "description": "none"}]},
}


def as_csv(value: Any) -> bytes:
    cells = {f"v.{key}": item for key, item in value.items()} if isinstance(value, dict) else {"v": value}
    return ",".join(["id", *cells]).encode() + b"\n1," + ",".join(f'"{cell}"' for cell in cells.values()).encode()


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_either_spelling_reads_and_reports_alike(thing: str, spelling: str) -> None:
    schema, good, bad = THINGS[thing]
    ours = {"properties": {"id": {}, "v": SPELLINGS[spelling](schema)}, "$defs": {"thing": schema}}
    beside = {"properties": {"id": {}, "v": by_type(schema)}}
    assert from_csv(as_csv(good), ours) == from_csv(as_csv(good), beside)
    for data in (as_csv(bad), json.dumps([{"v": bad}]).encode()):
        found, wanted = validate(data, ours), validate(data, beside)
        assert not found.valid
        assert [(f.code, f.path, f.message, f.hint, f.rule) for f in found.findings] == [
            (f.code, f.path, f.message, f.hint, f.rule) for f in wanted.findings
        ]


def test_null_is_valid() -> None:
    for spelling in SPELLINGS.values():
        schema = {"properties": {"id": {}, "v": spelling(ADDRESS)}, "$defs": {"thing": ADDRESS}}
        assert from_json(b'[{"v": null}]', schema) == [{"v": None}]


@pytest.mark.parametrize(
    ("spelling", "pointer"),
    [
        ("anyOf", "/properties/v/anyOf/0/properties/a/minimum"),
        ("oneOf", "/properties/v/oneOf/1/properties/a/minimum"),
        ("a reference", "/$defs/thing/properties/a/minimum"),
    ],
)
def test_a_finding_names_the_keyword_where_it_stands_in_the_schema_as_given(spelling: str, pointer: str) -> None:
    thing = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}
    schema = {"properties": {"id": {}, "v": SPELLINGS[spelling](thing)}, "$defs": {"thing": thing}}
    (finding,) = validate(b"id,v.a\n1,0\n", schema).findings
    assert (finding.path, finding.schema_path) == ("/v/a", pointer)
    (finding,) = validate(b'[{"v": 1}]', schema).findings
    assert finding.schema_path == pointer.removesuffix("/properties/a/minimum") + "/type"


def test_within_one_another_and_by_a_reference_to_itself() -> None:
    members = {"n": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, NULL]}}
    node = {"type": "object", "properties": members, "required": ["n"]}
    schema = {"properties": {"id": {}, "v": {"anyOf": [node, NULL]}}, "$defs": {"node": node}}
    data = b"id,v.n,v.next.n,v.next.next.n\n1,1,2,3\n"
    assert from_csv(data, schema) == [{"id": "1", "v": {"n": 1, "next": {"n": 2, "next": {"n": 3}}}}]
    (finding,) = validate(data.replace(b"3", b"x"), schema).findings
    assert finding.path == "/v/next/next/n"
    assert finding.schema_path == "/$defs/node/properties/n/type"


def test_a_warning_in_a_union_stays_an_error_of_the_schema() -> None:
    thing = {"type": "object", "properties": {"a": {"type": "integer", "x-severity": "warning"}}}
    with pytest.raises(SchemaError, match="not supported below anyOf"):
        Schema({"properties": {"id": {}, "v": {"anyOf": [thing, NULL]}}})


def test_a_union_that_is_a_warning_stays_one() -> None:
    schema = {"properties": {"id": {}, "v": {"anyOf": [{"type": "integer"}, NULL], "x-severity": "warning"}}}
    report = validate(b"v\nx\n", schema)
    assert report.valid
    assert [finding.code for finding in report.findings] == ["wrong-type"]


@pytest.mark.parametrize(
    "union",
    [
        {"anyOf": [{"minimum": 1}, NULL]},
        {"anyOf": [{"type": ["integer", "null"], "minimum": 1}, NULL]},
        {"oneOf": [{"type": ["integer", "null"]}, NULL]},
        {"anyOf": [{"type": "integer"}, {"type": "string"}, NULL]},
        {"anyOf": [{"type": "integer"}, NULL], "minimum": 1},
        {"anyOf": [{"type": "integer", "allOf": [{"minimum": 1}]}, NULL]},
        {"anyOf": [NULL, NULL]},
        {"anyOf": [{"type": "integer"}, NULL], "oneOf": [{"minimum": 1}, NULL]},
        {"anyOf": [{"$id": "http://x.example/", "type": "integer"}, NULL]},
    ],
)
def test_what_is_more_than_an_optional_value_stays_a_union(union: dict[str, Any]) -> None:
    document = Document({"properties": {"id": {}, "v": union}})
    assert in_one_spelling(document) is document


def test_a_branch_that_is_referred_to_stays_where_it_is() -> None:
    optional = {"anyOf": [{"type": "integer"}, NULL]}
    schema = {"properties": {"v": optional, "w": {"$ref": "#/properties/v/anyOf/0"}}}
    with pytest.raises(InvalidData):
        from_csv(b"v,w\n1,x\n", schema)
    assert from_csv(b"v,w\n1,2\n", schema) == [{"v": 1, "w": 2}]


@given(schemas_with_values(warnings=False), st.sampled_from(["anyOf", "oneOf"]))
def test_the_same_values_are_valid(pair: tuple[dict[str, Any], Any], keyword: str) -> None:
    schema, value = pair
    unions = {name: {keyword: [below, NULL]} for name, below in schema.get("properties", {}).items()}
    document = Document({**schema, "properties": unions} if unions else schema)
    respelled = in_one_spelling(document)
    others = [{**value, name: None} for name in unions] if isinstance(value, dict) else []
    for make in (RustEngine, PythonEngine):
        for each in (value, *others):
            assert make(respelled).is_valid(each) == make(document).is_valid(each)
