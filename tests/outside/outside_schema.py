"""The 2020-12 cases of JSON-Schema-Test-Suite, run with both engines, and with ``validate`` as record members."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from custobar_formats import InvalidData, SchemaError, from_json, validate
from custobar_formats.schema.compiled import compile_schema
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, RustEngine
from custobar_formats.schema.violations import Engine
from tests.outside.outside_cases import Case, Suite, load

REASONS = {
    "unknown $schema": "a custom meta-schema is not fetched, and its rules are not guessed",
    "nothing is fetched": "references stay within the document; nothing is fetched",
    "format": "`format` is an annotation, the default of the specification (validation, section 7.2.1)",
    "coercion": "text is converted to the type in the schema, and an integer to its digits where the schema wants text",
}
VERDICTS = {True: "valid", False: "invalid"}
ENGINES: dict[str, Callable[[Document], Engine]] = {"jsonschema-rs": RustEngine, "jsonschema": PythonEngine}
CASE_URI = "https://example.com/case"


def groups() -> Iterator[tuple[str, Any, list[tuple[str, Any, bool]]]]:
    """The name of each group, its schema, and its cases: a name, a value, and whether it is valid."""
    for file, members in load("json_schema_2020_12").items():
        for description, schema, cases in members:
            yield f"{file}: {description}", schema, cases


def _refused(group: str, cases: list[tuple[str, Any, bool]], error: SchemaError) -> list[Case]:
    why = next(why for why in REASONS if why in error.reason)
    return [Case(group, name, VERDICTS[valid], "SchemaError", why) for name, _, valid in cases]


def _judged(group: str, name: str, valid: bool, ours: bool, *, coerced: bool = False) -> Case:
    """A case with our verdict; ``format`` is a reason only if the value is valid here."""
    why = None
    if ours is not valid:
        why = "coercion" if coerced else "format" if ours and "format" in group.split(":")[0] else "unknown"
    return Case(group, name, VERDICTS[valid], VERDICTS[ours], why)


def by_engines() -> tuple[Suite, ...]:
    """All cases, with each engine; both report the same places in an invalid value and in the schema."""
    seen: dict[str, list[Case]] = {name: [] for name in ENGINES}
    for group, schema, cases in groups():
        try:
            compile_schema(schema)
            engines = {name: make(Document(schema)) for name, make in ENGINES.items()}
        except SchemaError as error:
            for known in seen.values():
                known += _refused(group, cases, error)
            continue
        for case, value, valid in cases:
            violations = {name: engine.violations(value) for name, engine in engines.items()}
            assert violations["jsonschema-rs"] == violations["jsonschema"], (group, case)
            for name, engine in engines.items():
                ours = engine.is_valid(value)
                assert ours is not bool(violations[name]), (group, case)
                seen[name].append(_judged(group, case, valid, ours))
    return tuple(Suite("2020-12", tuple(known), name) for name, known in seen.items())


def _as_member(schema: Any) -> Any:
    """The schema of a record with a member of this schema, whose references still work."""
    if not isinstance(schema, dict):
        return {"properties": {"value": schema}}
    uri = schema.get("$id", CASE_URI)
    return {"properties": {"value": {"$ref": uri}}, "$defs": {"case": {**schema, "$id": uri}}}


def _coerced(schema: Any, value: Any) -> bool:
    """Whether reading converts a value into a different, valid one."""
    try:
        read = from_json(json.dumps([{"value": value}]), _as_member(schema))[0]["value"]
    except InvalidData:
        return False
    return repr(read) != repr(value) and RustEngine(Document(schema)).is_valid(read)


def _wrong_rows(text: str, schema: Any, format_: Any) -> set[int | None]:
    return {finding.row for finding in validate(text, schema, format=format_).errors}


def by_records() -> Suite:
    """All cases of a group as record members in one file, once as a list and once as lines."""
    seen: list[Case] = []
    for group, schema, cases in groups():
        member = _as_member(schema)
        lines = [json.dumps({"value": value}) for _, value, _ in cases]
        try:
            wrong = _wrong_rows(f"[{','.join(lines)}]", member, "json")
        except SchemaError as error:
            seen += _refused(group, cases, error)
            continue
        assert _wrong_rows("\n".join(lines) + "\n", member, "jsonl") == wrong, group
        for row, (case, value, valid) in enumerate(cases, 1):
            ours = row not in wrong
            coerced = ours is not valid and _coerced(schema, value)
            seen.append(_judged(group, case, valid, ours, coerced=coerced))
    return Suite("2020-12", tuple(seen), "records")
