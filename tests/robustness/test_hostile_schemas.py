"""Schemas whose references multiply: refused, or checked in time that does not multiply with them.

Nothing here measures time: what follows each way of forty doubled references never ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given

import custobar_formats as cf
from custobar_formats import SchemaError
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, RustEngine
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


def chain(step: Step, length: int, **more: Any) -> dict[str, Any]:
    """A schema of a member ``v`` behind so many references, one behind the other."""
    definitions = {f"d{n}": step({"$ref": f"#/$defs/d{n + 1}"}) for n in range(length)}
    definitions[f"d{length}"] = {"type": "integer"}
    return {"properties": {"v": {"$ref": "#/$defs/d0"}}, "$defs": definitions, **more}


CALLS: dict[str, Callable[[Any], Any]] = {
    "validate": lambda schema: cf.validate('[{"v": "x"}, {"v": {"a": "x"}}, {"v": "5"}]', schema),
    "validate CSV": lambda schema: cf.validate("v\nx\n5\n", schema),
    "from_csv": lambda schema: cf.from_csv("v\n5\n", schema),
    "from_json": lambda schema: cf.from_json('[{"v": 5}]', schema),
    "to_csv": lambda schema: cf.to_csv([{"v": 5}], schema),
    "flatten": lambda schema: cf.flatten({"v": 5}, schema),
    "unflatten": lambda schema: cf.unflatten({"v": "5"}, schema),
    "coerce": lambda schema: cf.coerce({"v": "5"}, schema),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("length", [400, 990, 3_000])
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


@needs_jsonschema_rs
@given(schemas_with_values())
def test_following_each_reference_once_changes_no_verdict(case: tuple[Any, Any]) -> None:
    schema, value = case
    document = Schema(schema).document
    assume(not document.uses_annotations and not document.depends_on_way)
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
