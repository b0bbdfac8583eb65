"""Both spellings of an optional value mean the same: ``type: [X, "null"]``, and a union of X and null."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from custobar_formats import (
    InvalidData,
    NotExpressible,
    SchemaError,
    from_csv,
    from_json,
    load_schema,
    to_csv,
    validate,
)
from custobar_formats.core.paths import format_pointer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, RustEngine
from custobar_formats.schema.optional_values import ABOUT_SOME_TYPES, WORDS, in_one_spelling
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
    more |= (
        {"allOf": [by_type(each) if "type" in each else each for each in thing["allOf"]]} if "allOf" in thing else {}
    )
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


def compare(data: bytes, ours: dict[str, Any], other: dict[str, Any]) -> None:
    """Check that both schemas read, report and write data alike, but for the places in the schema."""
    found, wanted = validate(data, ours), validate(data, other)
    assert found.valid == wanted.valid
    assert [replace(finding, schema_path=None) for finding in found.findings] == [
        replace(finding, schema_path=None) for finding in wanted.findings
    ]
    for finding in found.findings:
        place: Any = ours
        for step in (finding.schema_path or "").split("/")[1:]:
            token = step.replace("~1", "/").replace("~0", "~")
            place = place[int(token) if isinstance(place, list) else token]
    if found.valid:
        read = from_json if data[:1] == b"[" else from_csv
        assert read(data, ours) == read(data, other)
        assert written(read(data, ours), ours) == written(read(data, other), other)


def written(records: list[Any], schema: dict[str, Any]) -> str:
    try:
        return to_csv(records, schema)
    except NotExpressible as error:
        return str(error)


BUNDLED_TYPES: dict[str, Any] = load_schema("shops")["$defs"]
TEXTS = [
    "3",
    "-3",
    "true",
    "x",
    "1,2",
    "1,x",
    "24.90",
    "a@b.fi",
    "FI",
    "1.9.2024",
    "2024-01-01 10:00",
    "+35840123456",
    "a,a",
]
CELLS = [*TEXTS, "vip,outlet", "00100"]


@pytest.mark.parametrize("keyword", ["anyOf", pytest.param("oneOf", marks=pytest.mark.slow)])
@pytest.mark.parametrize("inline", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", BUNDLED_TYPES)
def test_the_bundled_types_in_either_spelling(name: str, inline: bool, keyword: str) -> None:
    thing = BUNDLED_TYPES[name] if inline else {"$ref": f"#/$defs/{name}"}
    ours = {"properties": {"id": {}, "v": {keyword: [thing, NULL]}}, "$defs": BUNDLED_TYPES}
    other = {"properties": {"id": {}, "v": by_type(BUNDLED_TYPES[name])}}
    for value in [*CELLS, None, 1, 1.5, True, [], ["a", "a"], [1], {}, {"a": "x"}]:
        compare(json.dumps([{"v": value}]).encode(), ours, other)
    for cell in CELLS:
        compare(as_csv(cell), ours, other)
    compare(b"id,v.0,v.1\n1,a,a\n", ours, other)
    compare(b"id,v.a\n1,x\n", ours, other)


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
        {"oneOf": [{"type": ["integer", "null"]}, NULL]},
        {"oneOf": [{"minimum": 1}, NULL]},
        {"oneOf": [{"$ref": "#/$defs/optional"}, NULL]},
        {"anyOf": [{"type": "integer"}, {"type": "string"}, NULL]},
        {"anyOf": [NULL, NULL]},
        {"anyOf": [{"$id": "http://x.example/", "type": "integer"}, NULL]},
        {"anyOf": [{"type": "object", "not": {"required": ["a"]}}, NULL]},
        {"anyOf": [{"type": "integer", "const": 1}, NULL]},
        {"anyOf": [{"type": "integer", "anyOf": [{"type": "integer"}]}, NULL]},
        {"anyOf": [{"type": "integer", "if": {"type": "integer"}, "then": {"minimum": 1}}, NULL]},
        {"anyOf": [{"type": "integer", "if": {"minimum": 1}, "then": {"type": "integer"}}, NULL]},
    ],
)
def test_what_is_more_than_an_optional_value_stays_a_union(union: dict[str, Any]) -> None:
    document = Document({"properties": {"id": {}, "v": union}, "$defs": {"optional": {"type": ["string", "null"]}}})
    assert in_one_spelling(document) is document


@pytest.mark.parametrize(
    ("union", "beside"),
    [
        ({"anyOf": [{"minimum": 1}, NULL]}, {"minimum": 1}),
        ({"anyOf": [{"type": ["integer", "null"]}, {"const": None}]}, {"type": ["integer", "null"]}),
        ({"anyOf": [{"type": "integer"}, {"enum": [None]}]}, {"type": ["integer", "null"]}),
        ({"anyOf": [{"type": "integer"}, NULL], "minimum": 1}, {"type": ["integer", "null"], "minimum": 1}),
        (
            {"anyOf": [{"type": "integer"}, NULL], "oneOf": [{"type": "number", "minimum": 1}, NULL]},
            {"type": ["integer", "null"], "minimum": 1},
        ),
        ({"anyOf": [{"anyOf": [{"type": "integer"}, NULL]}, NULL]}, {"type": ["integer", "null"]}),
        ({"anyOf": [{"$ref": "#/$defs/a"}, NULL]}, {"type": ["integer", "null"], "minimum": 1}),
        (
            {"oneOf": [NULL, {"$ref": "#/$defs/b", "maximum": 5}]},
            {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
        ),
        ({"anyOf": [{"$ref": "#/$defs/optional"}, NULL]}, {"type": ["integer", "null"], "minimum": 1}),
    ],
)
def test_what_means_the_same_is_read_and_reported_alike(union: dict[str, Any], beside: dict[str, Any]) -> None:
    definitions = {
        "a": {"$ref": "#/$defs/b", "title": "A"},
        "b": {"allOf": [{"type": "integer"}, {"minimum": 1}]},
        "optional": {"anyOf": [{"$ref": "#/$defs/a"}, NULL]},
    }
    ours = {"properties": {"id": {}, "v": union}, "$defs": definitions}
    other = {"properties": {"id": {}, "v": beside}}
    values: list[Any] = ["3", "-3", "x", None, 3, -3, 7, 1.5, [], {}]
    for value in values:
        compare(json.dumps([{"v": value}]).encode(), ours, other)
        compare(as_csv(value), ours, other)


def test_a_list_and_an_object_by_references_are_joined_and_reported_as_by_type() -> None:
    definitions: dict[str, Any] = {**load_schema("shops")["$defs"]}
    definitions["tags"] = {"$ref": "#/$defs/set", "items": {"$ref": "#/$defs/string"}}
    definitions["more"] = {"type": "object", "properties": {"at": {"$ref": "#/$defs/datetime"}, "by": {}}}
    definitions["more"] |= {"anyOf": [{"required": ["at"]}, {"required": ["by"]}], "unevaluatedProperties": False}
    union = {name: {"anyOf": [{"$ref": f"#/$defs/{name}"}, NULL]} for name in ("tags", "more")}
    schema = {"properties": {"id": {"type": "string"}, **union}, "$defs": definitions}
    assert from_csv('id,tags\n1,"a,b"\n', schema) == [{"id": "1", "tags": ["a", "b"]}]
    assert to_csv([{"id": "1", "tags": ["a", "b"]}], schema) == 'id,tags\n1,"a,b"\n'
    found = validate('id,tags,more.at\n1,"a,a",1.9.2024\n2,,2024-01-01 10:00\n3,,2024-01-01T10:00\n', schema).findings
    assert [(each.path, each.code) for each in found] == [
        ("/tags", "duplicate-item"),
        ("/more/at", "wrong-format"),
        ("/more/at", "datetime-space"),
    ]
    (finding,) = validate('[{"more": {"by": 1, "x": 1}}]', schema).findings
    assert (finding.path, finding.schema_path) == ("/more/x", "/$defs/more/unevaluatedProperties")


def test_a_reference_to_the_whole_schema() -> None:
    schema = {
        "$id": "https://example.com/tree",
        "type": "object",
        "properties": {"n": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#"}, NULL]}},
        "additionalProperties": False,
    }
    assert from_csv("n,next.next.n\n1,3\n", schema) == [{"n": 1, "next": {"next": {"n": 3}}}]
    (finding,) = validate('[{"next": {"next": {"m": 1}, "n": 1}}]', schema).findings
    assert (finding.path, finding.schema_path) == ("/next/next/m", "/additionalProperties")


def test_a_chain_of_optional_values_is_respelled_once() -> None:
    definitions: dict[str, Any] = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}, NULL]} for n in range(30)}
    definitions["d30"] = {"allOf": [{"type": "integer"}, {"$ref": "#/$defs/e0"}]}
    definitions |= {f"e{n}": {"allOf": [{"$ref": f"#/$defs/e{n + 1}"}] * 2} for n in range(30)}
    definitions["e30"] = {"minimum": 1}
    schema = {"properties": {"v": {"$ref": "#/$defs/d0"}}, "$defs": definitions}
    respelled = in_one_spelling(Document(schema)).root
    assert len(json.dumps(respelled)) < 5 * len(json.dumps(schema))
    assert "anyOf" not in json.dumps(respelled)


def test_a_branch_that_is_referred_to_stays_where_it_is() -> None:
    optional = {"anyOf": [{"type": "integer"}, NULL]}
    schema = {"properties": {"v": optional, "w": {"$ref": "#/properties/v/anyOf/0"}}}
    with pytest.raises(InvalidData):
        from_csv(b"v,w\n1,x\n", schema)
    assert from_csv(b"v,w\n1,2\n", schema) == [{"v": 1, "w": 2}]


@pytest.mark.parametrize(
    "outer",
    [
        {"allOf": [{"properties": {"v": {"type": "string"}}}]},
        {"dependentSchemas": {"v": {"properties": {"v": {"type": "string"}}}}},
        {"patternProperties": {"^v": {"type": "string"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"v": {"type": "string"}}}}},
        {"$ref": "#/$defs/z", "$defs": {"z": {"properties": {"v": {"type": "string"}}}}},
    ],
)
def test_of_two_broken_rules_the_same_one_is_reported_whatever_the_spelling(outer: dict[str, Any]) -> None:
    thing = {"type": "string", "enum": [True, "true"]}
    definitions = {**outer.get("$defs", {}), "of v": thing}
    schemas = [
        {**outer, "properties": {"v": v}, "$defs": definitions}
        for v in ({"anyOf": [thing, NULL]}, {"anyOf": [{"$ref": "#/$defs/of%20v"}, NULL]}, by_type(thing))
    ]
    values: list[Any] = [True, 1, [], {}, "x", "tru"]
    for value in values:
        data = json.dumps([{"v": value}]).encode()
        found = [[(f.code, f.message, f.hint) for f in validate(data, schema).findings] for schema in schemas]
        assert found == [found[0]] * 3
        assert "or null" not in str(found[0]) or not isinstance(value, (bool, list, dict)), (
            "the narrower of two types is named"
        )


@given(schemas_with_values(warnings=False), st.sampled_from(["anyOf", "oneOf"]), st.booleans())
def test_user_schemas_are_read_and_reported_alike(
    pair: tuple[dict[str, Any], Any], keyword: str, referred: bool
) -> None:
    schema, value = pair
    known = ABOUT_SOME_TYPES | WORDS | {"type", "enum"}
    things = {
        name: below
        for name, below in schema.get("properties", {}).items()
        if isinstance(below, dict) and "type" in below and "null" not in below["type"] and not below.keys() - known
    }
    assume(things)
    definitions = {**schema.get("$defs", {}), **{f"of {name}": below for name, below in things.items()}}
    thing = {
        name: {"$ref": "#/$defs/" + quote(format_pointer([f"of {name}"])[1:])} if referred else things[name]
        for name in things
    }
    unions = {name: {keyword: [thing[name], NULL]} for name in things}
    ours = {**schema, "properties": {**schema["properties"], **unions}, "$defs": definitions}
    other = {**schema, "properties": {**schema["properties"], **{name: by_type(things[name]) for name in things}}}
    records = [value, *({**value, name: None} for name in things)] if isinstance(value, dict) else [value]
    compare(json.dumps(records).encode(), ours, {**other, "$defs": definitions})


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
