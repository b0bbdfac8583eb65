"""Schemas whose references multiply: refused, or checked in time that does not multiply with them.

Nothing here measures time: what follows each way of forty doubled references never ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial, reduce
from typing import Any

import pytest
from hypothesis import assume, given

import custobar_formats as cf
from custobar_formats import SchemaError
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, RustEngine
from tests.calls import calls_of
from tests.laws.strategies import schemas_with_values
from tests.optional import needs_jsonschema_rs

pytestmark = pytest.mark.slow

Step = Callable[[dict[str, Any]], dict[str, Any]]

ONCE: dict[str, Step] = {
    "a reference": lambda below: below,
    "allOf": lambda below: {"allOf": [below]},
    "anyOf": lambda below: {"anyOf": [below, {"const": "q"}]},
    "oneOf": lambda below: {"oneOf": [{"const": "q"}, below]},
    "not": lambda below: {"not": below},
    "if": lambda below: {"if": below, "then": {}, "else": {"maxLength": 3}},
    "then": lambda below: {"if": {"type": ["string", "integer"]}, "then": below},
    "optional": lambda below: {"anyOf": [below, {"type": "null"}]},
    "dependentSchemas": lambda below: {"dependentSchemas": {"a": below}},
}
TWICE: dict[str, Step] = {
    "allOf": lambda below: {"allOf": [below, below]},
    "anyOf": lambda below: {"anyOf": [below, below]},
    "oneOf": lambda below: {"oneOf": [below, {**below, "minimum": 1}]},
    "not": lambda below: {"allOf": [{"not": below}, {"not": below}]},
    "if": lambda below: {"if": below, "then": below, "else": below},
    "dependentSchemas": lambda below: {"dependentSchemas": {"a": below}, "allOf": [below]},
}


Wrap = Callable[[Any], Any]


def member(below: dict[str, Any]) -> dict[str, Any]:
    """A schema of a member ``a``."""
    return {"properties": {"a": below}}


def in_member(value: Any) -> Any:
    """A value as the member ``a``."""
    return {"a": value}


def in_list(value: Any) -> Any:
    """A value as the only item."""
    return [value]


NESTED: dict[str, tuple[Step, Wrap]] = {
    "properties, allOf": (lambda below: member({"allOf": [below, below]}), in_member),
    "properties, anyOf": (lambda below: member({"anyOf": [below, below]}), in_member),
    "properties, oneOf": (lambda below: member({"oneOf": [below, {**below, "title": "x"}]}), in_member),
    "properties, optional": (lambda below: member({"anyOf": [{"anyOf": [below, below]}, {"type": "null"}]}), in_member),
    "allOf, properties": (lambda below: {"allOf": [member(below), member(below)]}, in_member),
    "anyOf, properties": (lambda below: {"anyOf": [member(below), member(below)]}, in_member),
    "if, properties": (lambda below: {"if": member(below), "then": member(below), "else": member(below)}, in_member),
    "not, properties": (lambda below: {"allOf": [{"not": member(below)}, {"not": {"not": member(below)}}]}, in_member),
    "dependentSchemas": (lambda below: {"dependentSchemas": {"a": member(below)}, **member(below)}, in_member),
    "additionalProperties": (lambda below: {"allOf": [member(below), {"additionalProperties": below}]}, in_member),
    "patternProperties": (lambda below: {**member(below), "patternProperties": {"a": below}}, in_member),
    "unevaluatedProperties": (lambda below: {"allOf": [member(below)], "unevaluatedProperties": False}, in_member),
    "warnings": (lambda below: {"allOf": [{**member(below), "x-severity": "warning"}, member(below)]}, in_member),
    "$dynamicRef": (lambda below: member({"anyOf": [{"$dynamicRef": below["$ref"]}, below]}), in_member),
    "items, anyOf": (lambda below: {"items": {"anyOf": [below, below]}}, in_list),
    "anyOf, items": (lambda below: {"anyOf": [{"items": below}, {"items": below}]}, in_list),
    "prefixItems": (lambda below: {"prefixItems": [{"allOf": [below, below]}]}, in_list),
    "contains": (lambda below: {"items": below, "contains": below}, in_list),
}
"""Steps that refer twice to what is one level deeper in a value, and the values that are so deep."""


def chain(step: Step, length: int, **more: Any) -> dict[str, Any]:
    """A schema of a member ``v`` behind so many references, one behind the other."""
    definitions = {f"d{n}": step({"$ref": f"#/$defs/d{n + 1}"}) for n in range(length)}
    definitions[f"d{length}"] = {"type": "integer"}
    return {"properties": {"v": {"$ref": "#/$defs/d0"}}, "$defs": definitions, **more}


CALLS: dict[str, Callable[[Any], Any]] = {
    "validate": lambda schema: cf.validate('[{"v": "x"}, {"v": {"a": "x"}}, {"v": "5"}]', schema),
    "load_schema": cf.load_schema,
    "validate CSV": lambda schema: cf.validate("v\nx\n5\n", schema),
    "from_csv": lambda schema: cf.from_csv("v\n5\n", schema),
    "from_json": lambda schema: cf.from_json('[{"v": 5}]', schema),
    "to_csv": lambda schema: cf.to_csv([{"v": 5}], schema),
    "flatten": lambda schema: cf.flatten({"v": 5}, schema),
    "unflatten": lambda schema: cf.unflatten({"v": "5"}, schema),
    "coerce": lambda schema: cf.coerce({"v": "5"}, schema),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("length", [200, 500, 990, 5_000])
@pytest.mark.parametrize("step", ONCE)
def test_a_long_chain_of_references_is_refused(step: str, length: int, call: str) -> None:
    with pytest.raises(SchemaError, match="apply to one value, one behind the other"):
        CALLS[call](chain(ONCE[step], length))


@pytest.mark.parametrize("python", [False, True])
@pytest.mark.parametrize("step", ONCE)
def test_a_shorter_chain_works(step: str, python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if python:
        monkeypatch.setattr("custobar_formats.schema.compiled.make_engine", PythonEngine)
    schema = chain(ONCE[step], 20, title=str(python))
    for call in CALLS.values():
        with suppress(cf.InvalidData, cf.NotExpressible):
            call(schema)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("step", TWICE)
def test_doubled_references_cost_no_more_than_single_ones(step: str, call: str) -> None:
    with suppress(cf.InvalidData, cf.NotExpressible):
        CALLS[call](chain(TWICE[step], 40))


@pytest.mark.parametrize("step", ["allOf", "anyOf"])
def test_what_is_wrong_behind_doubled_references_is_found(step: str) -> None:
    schema = chain(TWICE[step], 40)
    report = cf.validate('[{"v": "x"}, {"v": "5"}, {"v": 5}]', schema)
    assert [(finding.row, finding.path) for finding in report.findings] == [(1, "/v")]
    assert cf.from_csv("v\n5\n", schema) == [{"v": 5}]


def nested_calls(name: str, length: int) -> Iterator[Callable[[], Any]]:
    """Calls with a schema of references that are doubled at each level, and values that are as deep."""
    step, wrap = NESTED[name]
    schema = chain(step, length)
    right, wrong, text = (reduce(lambda value, _: wrap(value), range(length), end) for end in (5, {"q": 1}, "5"))
    label = ".".join(["v", *(["a"] if wrap is in_member else ["0"]) * length])
    for value in (right, wrong, text):
        yield partial(cf.validate, json.dumps([{"v": value}]), schema)
        yield partial(cf.from_json, json.dumps([{"v": value}]), schema)
        yield partial(cf.coerce, {"v": value}, schema)
        yield partial(cf.to_csv, [{"v": value}], schema)
        yield partial(cf.to_json, [{"v": value}], schema)
    yield lambda: cf.validate(f"{label}\n5\nx\n", schema)
    yield lambda: cf.from_csv(f"{label}\n5\n", schema)
    yield lambda: cf.flatten({"v": right}, schema)


def run_all(calls: Iterator[Callable[[], Any]]) -> None:
    for call in calls:
        with suppress(cf.InvalidData, cf.NotExpressible, SchemaError):
            call()


@pytest.mark.parametrize("name", NESTED)
def test_references_doubled_at_each_level_of_a_value_take_work_as_their_schema_grows(name: str) -> None:
    for length in (40, 10):
        run_all(nested_calls(name, length))  # it ends; and what is imported and kept counts once
    few, many = (calls_of(partial(run_all, nested_calls(name, length))) for length in (10, 20))
    assert many < 8 * few


@pytest.mark.parametrize("name", NESTED)
def test_what_is_wrong_behind_references_doubled_at_each_level_is_found(name: str) -> None:
    step, wrap = NESTED[name]
    schema = chain(step, 20)
    right, wrong = (reduce(lambda value, _: wrap(value), range(20), end) for end in (5, "x"))
    found = [bool(cf.validate(json.dumps([{"v": value}]), schema).errors) for value in (right, wrong)]
    assert found == [name in ("not, properties", "properties, oneOf"), True]  # these refuse what they accept twice


@needs_jsonschema_rs
@given(schemas_with_values())
def test_following_each_reference_once_changes_no_verdict(case: tuple[Any, Any]) -> None:
    schema, value = case
    document = Schema(schema).document
    assume(not document.depends_on_way)
    fast = RustEngine(document)
    once = Document(document.root)
    once.is_intricate = True
    slow = PythonEngine(once)
    assert fast.violations(value) == slow.violations(value)
    assert fast.is_valid(value) == slow.is_valid(value)


def test_a_chain_that_is_followed_at_every_level_of_a_record_ends_in_an_error_of_the_schema() -> None:
    schema = chain(ONCE["allOf"], 60)
    schema["$defs"]["d60"] = {"properties": {"v": {"$ref": "#/$defs/d0"}}}
    record: Any = {}
    for _ in range(60):
        record = {"v": record}
    with pytest.raises(SchemaError, match="for a value of this depth"):
        PythonEngine(Document(schema)).is_valid(record)
