"""Warnings about the keys of JSON objects."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import from_json, iter_json, validate
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.key_warnings import KeyWarnings

KEYS = st.sampled_from(
    ["a", "b", "x1", "acme__y", "o", "l", "k\0", "\u200bk", "KÃ¤", " ", "k\ufffd", "", "external_id"]
)
VALUES = st.recursive(
    st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
OBJECT: Any = {"properties": {"a": {}, "b": {"$ref": "#/$defs/o"}}, "patternProperties": {"^x": {}}}
SCHEMAS: list[Any] = [
    OBJECT,
    {"properties": {"o": {"$ref": "#/$defs/o"}, "l": {"items": {"$ref": "#/$defs/o"}}}},
    {"anyOf": [{"properties": {"o": {"anyOf": [{"$ref": "#/$defs/o"}, {"type": "integer"}]}}}, {"required": ["a"]}]},
    {"patternProperties": {"^a": {"$ref": "#/$defs/o"}}},
    {"properties": {"o": {"properties": {"a": {}}, "additionalProperties": {"$ref": "#/$defs/o"}}}},
    "customers",
]


def keys_of(findings: Any) -> list[tuple[str, int | None, str | None]]:
    found = [one for one in findings if one.code == "unknown-field" or one.message.startswith("in a key")]
    return sorted((one.code, one.row, one.path) for one in found)


def slow(value: Any, place: Any, path: str, seen: set[Any]) -> Iterator[tuple[str, str]]:
    """The code and the path of each key with a warning, seen once."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from slow(item, place and place.step(index), f"{path}/{index}", seen)
    for key, member in value.items() if isinstance(value, dict) else ():
        here = path + "/" + key.replace("~", "~0").replace("/", "~1")
        mark = (key, frozenset(node.location for node, _ in place.nodes)) if place is not None else key
        for code, odd in (
            ("double-encoded", "Ã¤" in key),
            ("invisible-character", "\0" in key or "\u200b" in key),
            ("lost-character", "\ufffd" in key),
            ("only-spaces", key == " "),
            ("unknown-field", place is not None and place.lacks(key)),
        ):
            which = mark if code == "unknown-field" else key
            if odd and (code, which) not in seen:
                seen.add((code, which))
                yield code, here
        yield from slow(member, place and place.step(key), here, seen)


@given(
    st.sampled_from([*SCHEMAS, None]), st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=6), st.booleans()
)
@example(SCHEMAS[1], [{"o": {"q": 1}}, {"l": [{"q": 1}, {"z": 1}, {"z": 2}]}], True)
def test_each_key_is_found_where_it_is_first(schema: Any, records: list[Any], ascii_only: bool) -> None:
    schema = {**schema, "$defs": {"o": OBJECT}} if isinstance(schema, dict) else schema
    text = json.dumps(records, ensure_ascii=ascii_only)
    report = validate(text, schema, entity=None)
    root = None if schema is None else Schema(schema).root if isinstance(schema, dict) else None
    seen: set[Any] = set()
    if schema != "customers":
        wanted = [
            (code, row, path) for row, record in enumerate(records, 1) for code, path in slow(record, root, "", seen)
        ]
        errors = {(finding.row, finding.path) for finding in report.errors}
        assert keys_of(report.findings) == sorted(one for one in wanted if one[1:] not in errors)
    assert keys_of(validate(records, schema).findings) == keys_of(report.findings)


def test_the_finding_comes_from_every_function() -> None:
    records = [{"external_id": "1"}, {"external_id": "2", "emial": "a@b.fi"}]
    text = json.dumps(records)
    for read in (from_json, iter_json):
        found: list[Any] = []
        assert list(read(text, "customers", on_finding=found.append) if read is iter_json else read(text, "customers"))
        assert [(one.code, one.row, one.hint) for one in found] == (
            [("unknown-field", 2, "did you mean 'email'?")] if read is iter_json else []
        )


def test_memory_does_not_grow_with_unknown_keys() -> None:
    keys = KeyWarnings(Schema({"properties": {"id": {}}}))
    tracemalloc.start()
    findings: list[Any] = []
    for start in range(0, 40_000, 100):
        records = [{f"key {number}": 1} for number in range(start, start + 100)]
        findings += keys.find(records, range(start + 1, start + 101), range(start + 1, start + 101))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(findings) == 100
    (last,) = keys.rest()
    assert last.message == "at least 10,000 more keys are unknown or have odd characters; they are not listed"
    assert peak < 8_000_000
