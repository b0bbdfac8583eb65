"""Schemas that refer to other documents: the meta-schema, which is known, and those that the caller gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from custobar_formats import SchemaError, UsageError, from_csv, load_schema, validate
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, RustEngine
from custobar_formats.schema.meta_schema import META_SCHEMA, meta_document
from tests.optional import needs_jsonschema_rs

VALUES: list[tuple[Any, list[str]]] = [
    ({"type": "integer", "properties": {"a": {"minLength": 1}}}, []),
    (True, []),
    ({"type": "x"}, ["/s/type"]),
    (
        {"properties": {"a": {"minLength": -1}, "b": {"allOf": [5]}}},
        ["/s/properties/a/minLength", "/s/properties/b/allOf/0"],
    ),
    (5, ["/s"]),
]
VOCABULARY = META_SCHEMA.removesuffix("schema") + "meta/validation"
WAYS: dict[str, dict[str, Any]] = {
    "a reference": {"properties": {"s": {"$ref": META_SCHEMA}}},
    "with an empty fragment": {"properties": {"s": {"$ref": META_SCHEMA + "#"}}},
    "embedded": {"properties": {"s": {"$ref": META_SCHEMA}}, "$defs": {"m": meta_document(META_SCHEMA)}},
    "embedded with a vocabulary": {
        "properties": {"s": {"$ref": "#/$defs/m"}},
        "$defs": {"m": meta_document(META_SCHEMA), "v": meta_document(VOCABULARY)},
    },
    "an anchor": {"properties": {"s": {"$dynamicRef": META_SCHEMA + "#meta"}}},
}


@needs_jsonschema_rs
@pytest.mark.parametrize("make", [RustEngine, PythonEngine])
@pytest.mark.parametrize("way", WAYS)
def test_the_meta_schema_is_known(way: str, make: Callable[[Document], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custobar_formats.schema.compiled.make_engine", make)
    schema = {**WAYS[way], "title": make.__name__}
    for value, wanted in VALUES:
        report = validate(json.dumps([{"s": value}]), schema)
        assert [finding.path for finding in report.findings] == wanted
        assert report.valid == (not wanted)


def test_one_part_of_the_meta_schema_is_known_too() -> None:
    schema = {"properties": {"s": {"$ref": VOCABULARY + "#/$defs/simpleTypes"}}}
    (finding,) = validate("s\nintegr\n", schema).findings
    assert finding.hint == "did you mean 'integer'?"
    with pytest.raises(SchemaError, match="has no target in the schema, and nothing is fetched \\(in"):
        validate("s\n1\n", {"$ref": META_SCHEMA + "#/$defs/other"})
    with pytest.raises(SchemaError, match="is another document, that of JSON Schema") as caught:
        validate("s\n1\n", {"$ref": META_SCHEMA, "$defs": {"m": {"$id": META_SCHEMA, "type": "integer"}}})
    assert caught.value.pointer == "/$defs/m"


SIZE = {"$defs": {"size": {"type": "integer", "maximum": 60}}, "$ref": "#/$defs/size"}
ADDRESS = {
    "$id": "https://example.com/address",
    "$schema": "http://json-schema.org/draft-07/schema#",
    "properties": {"zip": {"type": "string", "pattern": "^[0-9]+$"}, "size": {"$ref": "size#/$defs/size"}},
}
RESOURCES: dict[str, Any] = {"https://example.com/size": SIZE, "https://example.com/address": ADDRESS}
OWN = {"properties": {"id": {}, "home": {"$ref": "https://example.com/address"}}}
ROWS = "id,home.zip,home.size\n1,00100,44\n2,x,70\n"


def check_own(schema: dict[str, Any]) -> None:
    found = validate(ROWS, schema).findings
    assert [(finding.path, finding.rule) for finding in found] == [("/home/zip", "pattern"), ("/home/size", "maximum")]
    assert from_csv(ROWS[: ROWS.index("2,x")], schema) == [{"id": "1", "home": {"zip": "00100", "size": 44}}]


def test_a_schema_with_the_documents_that_it_refers_to_stands_by_itself(tmp_path: Path) -> None:
    schema = load_schema(OWN, resources={**RESOURCES, "https://example.com/unused": {}})
    assert list(schema["$defs"]) == ["https://example.com/address", "https://example.com/size"]
    assert json.loads(json.dumps(schema)) == schema
    assert "$defs" not in OWN
    check_own(schema)
    assert load_schema(schema) == schema
    validator = jsonschema.Draft202012Validator({**schema, "$id": "https://example.com/own"})
    assert validator.is_valid({"home": {"zip": "1", "size": 60}})
    assert not validator.is_valid({"home": {"size": 61}})
    path = tmp_path / "own.json"
    path.write_text(json.dumps(OWN))
    for source in (path, str(path)):
        assert load_schema(source, resources=RESOURCES) == schema


def test_documents_that_are_named_relatively_and_refer_to_each_other() -> None:
    resources: dict[str, Any] = {
        "node.json": {"properties": {"n": {"type": "integer"}, "next": {"$ref": "node.json"}, "of": {"$ref": "own"}}},
        "never.json": False,
    }
    own = {"$id": "own", "$ref": "node.json", "properties": {"x": {"$ref": "never.json"}}}
    schema = load_schema(own, resources=resources)
    assert list(schema["$defs"]) == ["node.json", "never.json"]
    assert from_csv("n,next.next.n,of.n\n1,2,3\n", schema) == [{"n": 1, "next": {"next": {"n": 2}}, "of": {"n": 3}}]
    assert not validate("of.x\n1\n", schema).valid


def test_a_bundled_schema_with_a_field_of_another_document() -> None:
    schema = load_schema("shops", fields={"acme__home": {"$ref": "https://example.com/address"}}, resources=RESOURCES)
    (finding,) = validate('[{"external_id": "1", "acme__home": {"zip": "x"}}]', schema).findings
    assert (finding.path, finding.schema_path) == (
        "/acme__home/zip",
        "/$defs/https:~1~1example.com~1address/properties/zip/pattern",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((OWN, {}), "/properties/home/$ref|give its document \\(--schema-resource, or load_schema with resources\\)"),
        (
            (OWN, {"https://example.com/address": {**ADDRESS, "$id": "other"}}),
            "by its own URI, 'https://example.com/other'",
        ),
        ((OWN, {"https://example.com/address#x": ADDRESS}), "by its own URI, 'https://example.com/address'"),
        (
            (OWN, {"https://example.com/address": {"type": "text"}}),
            "resources: https://example.com/address: not a JSON",
        ),
        ((OWN, {"https://example.com/address": {"$schema": "https://example.com/own"}}), "unknown \\$schema"),
        ((OWN, {"https://example.com/address": {"pattern": "("}}), "not a valid ECMA-262 pattern"),
        ((OWN, {"http://[": {}}), "is not a URI"),
        ((OWN, {5: {}}), "give the document of each URI as a mapping"),
        ((OWN, {"https://example.com/address": "address.json"}), "give the document of each URI as a mapping"),
        ((OWN, ["address.json"]), "give documents by their URIs"),
        (("shops", 5), "give documents by their URIs"),
        ((5, None), "int is not a schema"),
        (("shop", None), "did you mean 'shops'"),
    ],
)
def test_documents_that_cannot_be_used(arguments: tuple[Any, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate("id\n1\n", load_schema(arguments[0], resources=arguments[1]))
    with pytest.raises(UsageError, match="put them into your own schema"):
        load_schema(OWN, fields={"acme__a": "integer"})
