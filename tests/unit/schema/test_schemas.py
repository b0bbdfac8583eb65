"""The bundled schemas, company fields, and invalid schemas."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given

from custobar_formats import SchemaError, UsageError, entities, from_json, load_schema, validate
from custobar_formats.core.entities import Entity
from custobar_formats.core.paths import format_pointer
from custobar_formats.schema.compiled import Schema, _compile_text, compile_schema
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, RustEngine
from custobar_formats.schema.meta_schema import is_surely_schema
from custobar_formats.schema.patterns import pattern_matcher
from tests.laws import strategies
from tests.optional import needs_jsonschema_rs

ROOT = Path(__file__).parents[3]
SAMPLE_FOLDER = ROOT / "tests" / "spec" / "samples"
TYPES = json.loads((ROOT / "schemas" / "types.json").read_text("utf-8"))["$defs"]


@pytest.mark.parametrize("entity", entities())
def test_a_bundled_schema_is_a_schema_that_stands_by_itself(entity: Entity) -> None:
    schema = load_schema(entity)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert '"$ref": "types.json' not in json.dumps(schema)
    assert schema["x-entity"] == entity
    assert schema["x-empty-erases"] is True
    for name, field in schema["properties"].items():
        assert field.get("title"), name
        assert field.get("description"), name
        assert field.get("$comment"), name


@pytest.mark.parametrize("entity", entities())
def test_a_bundled_schema_may_be_trusted_to_compile(entity: Entity) -> None:
    compiled = compile_schema(entity)
    assert compiled is not None
    assert compiled.engine.is_valid({}) is Schema(load_schema(entity)).engine.is_valid({})
    assert (compiled.warning_engine is None) is (Schema(load_schema(entity)).warning_engine is None)


def test_there_are_fifteen_types() -> None:
    assert len(TYPES) == 15
    for name, definition in TYPES.items():
        assert definition["x-custobar-type"] == name


def test_load_schema_gives_a_new_dict_each_time() -> None:
    load_schema("shops")["properties"].clear()
    assert load_schema("shops")["properties"]


def test_company_fields() -> None:
    fields: dict[str, Any] = {"acme__size": "integer", "acme__tags": "set", "acme__own": {"maximum": 3}}
    schema = load_schema("shops", fields=fields)
    report = validate('external_id,acme__size,acme__tags,acme__own\nS1,x,"a,a",5\n', schema)
    assert report.counts.by_column == {"acme__size": {"wrong-type": 1}, "acme__tags": {"duplicate-item": 1}}
    assert from_json('[{"external_id": "S1", "acme__size": "5"}]', schema) == [{"external_id": "S1", "acme__size": 5}]
    for wrong in ({"acme__size": "float"}, {"acme__size": "int"}):
        with pytest.raises(UsageError, match="unknown type"):
            load_schema("shops", fields=wrong)


NOT_SCHEMAS = [
    ({"properties": {"a": {"type": "text"}}}, "/properties/a/type"),
    ({"properties": {"a": {"$ref": "#/$defs/b"}}}, "/properties/a/$ref"),
    ({"items": {"$ref": "https://example.com/schema"}}, "/items/$ref"),
    ({"pattern": "("}, "/pattern"),
    ({"properties": {"a": {"$ref": "#/own/b"}}, "own": {"b": {"type": "text"}}}, "/own/b/type"),
    ({"properties": {"a": {"$ref": "#/own/b"}}, "own": {"b": {"properties": []}}}, "/own/b/properties"),
    ({"properties": {"a": {"$ref": "#/own/b"}}, "own": {"b": {"pattern": "("}}}, "/own/b/pattern"),
    ({"properties": {"a": {"x-severity": "warning", "pattern": "(?"}}}, "/properties/a/pattern"),
    ({"type": "text"}, "/type"),
    ({"anyOf": [{"x-severity": "warning"}]}, "/anyOf/0"),
    ({"oneOf": [{"properties": {"a": {"x-severity": "warning"}}}]}, "/oneOf/0/properties/a"),
    ({"not": {"$ref": "#/$defs/w"}, "$defs": {"w": {"x-severity": "warning"}}}, "/$defs/w"),
    ({"if": {"x-severity": "warning"}}, "/if"),
    ({"contains": {"allOf": [{"x-severity": "warning"}]}}, "/contains/allOf/0"),
    ({"x-severity": "error"}, ""),
    ({"$schema": "https://example.com/own"}, "/$schema"),
    ({"properties": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}}, "/properties/a/$schema"),
    ({"$ref": "#/x/a", "x": {"a": {"$id": "a", "$schema": "https://example.com/own"}}}, "/x/a/$schema"),
]


@pytest.mark.parametrize(("schema", "pointer"), NOT_SCHEMAS)
def test_what_is_no_schema_is_misuse_that_names_the_place(schema: dict[str, Any], pointer: str | None) -> None:
    with pytest.raises(SchemaError) as caught:
        validate("[]", schema)
    assert pointer is None or caught.value.pointer == pointer


@pytest.fixture
def without_jsonschema_rs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    for cache in (pattern_matcher, _compile_text):
        cache.cache_clear()
    yield
    for cache in (pattern_matcher, _compile_text):
        cache.cache_clear()


@pytest.mark.usefixtures("without_jsonschema_rs")
@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        *NOT_SCHEMAS,
        ({"properties": {"a": {"pattern": "\\p{L}"}}}, "/properties/a/pattern"),
        ({"properties": {"a": {"pattern": "a{99999999999}"}}}, "/properties/a/pattern"),
        ({"properties": {"a": {"x-severity": "warning", "pattern": "\\p{L}"}}}, "/properties/a/pattern"),
    ],
)
def test_without_jsonschema_rs_too_it_is_refused_at_the_call(schema: dict[str, Any], pointer: str | None) -> None:
    test_what_is_no_schema_is_misuse_that_names_the_place(schema, pointer)


@given(strategies.schema_soups() | strategies.nearly_schemas())
@example({"$anchor": "a\n"})
@example({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{}]})
def test_what_is_surely_a_schema_is_one(schema: Any) -> None:
    if is_surely_schema(schema):
        jsonschema.Draft202012Validator.check_schema(schema, format_checker=jsonschema.FormatChecker(()))


@needs_jsonschema_rs
@pytest.mark.parametrize("document", [True, {}, *({"$ref": f"#/$defs/{name}", "$defs": TYPES} for name in TYPES)])
def test_a_schema_surely_is_one(document: Any) -> None:
    assert is_surely_schema(document)


@pytest.mark.parametrize(
    "schema", [5, [], "shoes", "nowhere.json", Path("nowhere.json"), {"a": {1}}, {"a": float("nan")}]
)
def test_what_names_no_schema(schema: Any) -> None:
    with pytest.raises((UsageError, OSError)):
        validate("[]", schema)


def test_a_schema_may_be_a_path_or_a_boolean(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text('{"required": ["a"]}', "utf-8")
    for schema in (path, str(path)):
        assert validate("[{}]", schema).counts.by_code == {"missing-field": 1}
    assert validate("[{}]", True).valid
    assert not validate("[{}]", False).valid


SAMPLES = [
    (entity, record)
    for entity in entities()
    for record in [
        *json.loads((SAMPLE_FOLDER / f"{entity}.json").read_text("utf-8"))[entity],
        *(
            case["record"]
            for case in json.loads((SAMPLE_FOLDER / "invalid" / "records.json").read_text("utf-8"))
            if case["entity"] == entity
        ),
        {"external_id": 5, "price": "x", "stock": [{"quantity": 1.5}], "tags": ["a", 1], "type": "BROWSE", "date": "x"},
    ]
]


@needs_jsonschema_rs
@pytest.mark.parametrize(("entity", "record"), SAMPLES)
def test_both_engines_find_the_same(entity: Entity, record: dict[str, Any]) -> None:
    document = Document(load_schema(entity))
    assert RustEngine(document).violations(record) == PythonEngine(document).violations(record)


@needs_jsonschema_rs
@pytest.mark.parametrize("engine", [RustEngine, PythonEngine])
def test_a_schema_of_an_earlier_draft_is_read_as_one_of_2020(engine: Any) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "$ref": "b",
        "$defs": {"a": {"$id": "b", "type": "null"}},
    }
    assert engine(Document(schema)).violations(5) == [((), ("$defs", "a", "type"))]
    with pytest.raises(SchemaError, match=r"unknown \$schema"):
        engine(Document({"$schema": "https://example.com/own"}))


DEPENDENCIES = {"dependencies": {"a": ["b", "c"], "b": {"properties": {"d": {"type": "integer"}}}, "e": False}}


@needs_jsonschema_rs
@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"a": 1, "b": 2}, [("missing-field", "/c")]),
        ({"a": 1}, [("missing-field", "/b"), ("missing-field", "/c")]),
        ({"b": 1, "d": "x"}, [("wrong-type", "/d")]),
        ({"e": 1}, [("unexpected-field", "/e")]),
        ({"d": "x"}, []),
    ],
)
def test_dependencies_are_what_they_were_before_2019(record: Any, found: Any) -> None:
    document = Document(DEPENDENCIES)
    assert RustEngine(document).violations(record) == PythonEngine(document).violations(record)
    assert bool(RustEngine(document).violations(record)) is bool(found)
    assert [(f.code, f.path) for f in validate(json.dumps([record]), DEPENDENCIES).errors] == found
    cells = f"{','.join(record)}\n{','.join(map(str, record.values()))}\n"
    assert validate(cells, DEPENDENCIES).valid is not bool(found)


DYNAMIC = {
    "$id": "https://example.com/integers",
    "$ref": "table",
    "$defs": {
        "own": {"$dynamicAnchor": "item", "type": "integer"},
        "table": {
            "$id": "table",
            "properties": {"a": {"$dynamicRef": "#item"}, "b": {"items": {"$dynamicRef": "#item"}}},
            "$defs": {"any": {"$dynamicAnchor": "item", "not": {"required": ["x"]}}},
        },
    },
}


@needs_jsonschema_rs
@pytest.mark.parametrize(
    ("record", "path"),
    [({"a": "x"}, ("a",)), ({"a": {}}, ("a",)), ({"b": [1, "x"]}, ("b", 1)), ({"a": 1, "b": [2]}, None)],
)
def test_a_dynamic_reference_is_followed_to_where_it_leads_from_here(record: Any, path: Any) -> None:
    violations = [(path, ("$defs", "own", "type"))] if path else []
    assert RustEngine(Document(DYNAMIC)).violations(record) == violations
    assert PythonEngine(Document(DYNAMIC)).violations(record) == violations
    found = validate(json.dumps([record]), DYNAMIC).errors
    assert [(f.code, f.path, f.schema_path) for f in found] == [
        ("wrong-type", format_pointer(path), "/$defs/own/type") for path, _ in violations
    ]


def test_a_cell_under_a_dynamic_reference_is_checked_by_where_it_leads() -> None:
    assert validate("a\nx\n", DYNAMIC).counts.by_code == {"wrong-type": 1}


@needs_jsonschema_rs
def test_the_fallback_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = validate(ROOT / "examples" / "broken.csv", "customers")
    schema = Schema(load_schema("customers"))
    monkeypatch.setattr("custobar_formats.schema.compiled.make_engine", PythonEngine)
    fallback = Schema(load_schema("customers"))
    assert isinstance(fallback.engine, PythonEngine)
    assert isinstance(schema.engine, RustEngine)
    assert validate(ROOT / "examples" / "broken.csv", fallback) == expected


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_a_schema_of_many_unions_is_not_gone_through_for_each(format_: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    get = Document.get

    def counted(document: Document, location: Any) -> Any:
        looked[-1] += 1
        return get(document, location)

    monkeypatch.setattr(Document, "get", counted)
    for width in (200, 400):
        looked.append(0)
        names = [f"c{number}" for number in range(width)]
        schema = {"properties": {name: {"anyOf": [{"type": "integer"}, {"maxLength": 3}]} for name in names}}
        cells = f"{','.join(names)}\n{','.join(['ab'] * width)}\n"
        assert validate(cells if format_ == "csv" else json.dumps([dict.fromkeys(names, "ab")]), schema).valid
    assert looked[1] < 3 * looked[0]


def test_compiling_is_done_once() -> None:
    schema = {"properties": {"a": {"type": "integer"}}}
    assert compile_schema(schema) is compile_schema(json.loads(json.dumps(schema)))
    assert compile_schema("shops") is compile_schema("shops")
