"""Blocks of JSON records to records and findings, made one by one or in groups."""

from __future__ import annotations

from typing import Any

import pytest

from custobar_formats import load_schema
from custobar_formats.core.findings import make_finding
from custobar_formats.jsontext.reader import JsonBlock
from custobar_formats.pipeline.record_reader import RecordReader
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.schema.compiled import Schema

UNION = {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}]}
SCHEMA: Any = {
    "properties": {
        "a": {"type": "integer"},
        "b": {"type": "string", "maxLength": 2},
        "l": {"type": "array", "items": {"type": "integer"}},
        "u": UNION,
        "w": {"type": "string", "maxLength": 2, "x-severity": "warning"},
        "k": {},
        "q": {},
    },
    "required": ["k"],
}


def read(records: list[Any], schema: Schema | None, **others: Any) -> RecordBlock:
    """The results for records with the numbers 11, 12, … and the lines 21, 22, …"""
    reader = RecordReader(schema, float)
    block = JsonBlock(
        records, [11 + at for at in range(len(records))], [21 + at for at in range(len(records))], **others
    )
    if reader.find_unchecked is not None:
        block.unchecked = reader.find_unchecked(records)[0]
    return reader.read(block)


def made(group: FindingGroup) -> list[tuple[str, int | None, int | None, str | None]]:
    """The findings of a group, after a check that the group and its findings agree."""
    found = [(number, group.make(place)) for number, place in group.rows.items()]
    for number, each in found:
        assert (each.code, each.severity, each.row) == (group.code, group.severity, number)
    assert list(group.rows) == sorted(group.rows)
    return [(each.code, each.row, each.line, each.path) for _, each in found]


def reported(found: RecordBlock) -> list[tuple[str, int | None, int | None, str | None]]:
    of_groups = [each for group in found.groups for each in made(group)]
    return sorted([*((each.code, each.row, each.line, each.path) for each in found.findings), *of_groups], key=repr)


MOJIBAKE = "\u00c3\u00a4"


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ({"a": "x"}, [("wrong-type", "error", "/a", "a")]),
        ({"a": "5"}, []),
        ({"b": "xxx"}, [("out-of-range", "error", "/b", "b")]),
        ({"b": 5}, [("number-as-string", "warning", "/b", "b")]),
        ({"l": [1, "x"]}, [("wrong-type", "error", "/l/1", "l/*")]),
        ({"l": ["x", "y"]}, [("wrong-type", "error", "/l/0", "l/*"), ("wrong-type", "error", "/l/1", "l/*")]),
        ({"w": "xxx"}, [("out-of-range", "warning", "/w", "w")]),
        ({"k": None, "q": 1}, []),
        ({"b": MOJIBAKE}, [("double-encoded", "warning", "/b", "b")]),
        ({"q": {"r": [MOJIBAKE]}}, [("double-encoded", "warning", "/q/r/0", "q/r/*")]),
        ({"a": MOJIBAKE}, [("wrong-type", "error", "/a", "a")]),
        (
            {"a": MOJIBAKE, "q": MOJIBAKE},
            [("double-encoded", "warning", "/q", "q"), ("wrong-type", "error", "/a", "a")],
        ),
    ],
)
def test_findings_that_are_made_in_groups(record: Any, wanted: list[tuple[str, str, str, str]]) -> None:
    records: list[Any] = [{"a": 1, "k": 1}, {"k": 1, **record}, {"a": 2, "k": 1}, {"k": 1, **record}]
    found = read(records, Schema(SCHEMA))
    assert found.findings == []
    assert reported(found) == sorted(
        [(code, row, 10 + row, path) for code, _, path, _ in wanted for row in (12, 14)], key=repr
    )
    assert sorted((group.code, group.severity.value, group.key) for group in found.groups) == sorted(
        (code, severity, key) for code, severity, _, key in wanted
    )


def test_an_object_that_lacks_a_key_is_found_at_the_key() -> None:
    found = read([{"k": 1}, {"a": 1}, {"a": 1}], Schema(SCHEMA))
    assert reported(found) == [("missing-field", 12, 22, "/k"), ("missing-field", 13, 23, "/k")]
    assert [group.key for group in found.groups] == ["k"]


def test_records_that_are_looked_at_one_by_one() -> None:
    records: list[Any] = [{"u": "xxx", "k": 1}, {"k": 1, "a": "5"}, {"u": "yyy", "a": "6", "b": MOJIBAKE, "k": 1}]
    found = read(records, Schema(SCHEMA))
    assert [(each.code, each.row, each.line, each.path) for each in found.findings] == [
        ("no-match", 11, 21, "/u"),
        ("no-match", 13, 23, "/u"),
    ]
    assert [made(group) for group in found.groups] == [[("double-encoded", 13, 23, "/b")]]
    assert found.records == [{"u": "xxx", "k": 1}, {"k": 1, "a": 5}, {"u": "yyy", "a": 6, "b": MOJIBAKE, "k": 1}]


def test_a_value_has_one_finding() -> None:
    found = read([{"u": MOJIBAKE * 2, "k": 1}], Schema(SCHEMA))
    assert [each.code for each in found.findings] == ["no-match"]
    assert found.groups == []


def test_what_is_asked_for_nothing_by_a_schema_is_looked_at_for_its_text() -> None:
    found = read([{"a": "x"}, {"a": MOJIBAKE, "b": [MOJIBAKE]}], None)
    assert reported(found) == [("double-encoded", 12, 22, "/a"), ("double-encoded", 12, 22, "/b/0")]
    assert [group.make(1).value for group in found.groups] == [MOJIBAKE, MOJIBAKE]
    assert RecordReader(None, float).find_unchecked is None


def test_fields_of_an_entity_are_looked_at_as_its_own() -> None:
    records: list[Any] = [{"type": "BROWS", "date": "2024-01-01T00:00:00Z"}]
    assert ("similar-value", 11, 21, "/type") in reported(read(records, Schema(load_schema("events"))))
    assert "similar-value" not in [code for code, *_ in reported(read(records, Schema({})))]


def test_what_the_reader_of_json_found_stays() -> None:
    finding = make_finding("duplicate-key", "a key stands twice", row=12)
    found = read([{"k": 1}, {"k": 1}], Schema(SCHEMA), findings=[finding], skipped=2)
    assert (found.findings, found.groups, found.rows) == ([finding], [], 4)
    assert (list(found.numbers), list(found.lines)) == ([11, 12], [21, 22])


def test_a_code_is_that_of_the_value_whichever_came_before() -> None:
    values: list[Any] = ["x", 1.5, None, True, [1], {"b": 1}, "5.5", "x"]
    reader_of_all = read([{"k": 1, "a": value} for value in values], Schema(SCHEMA))
    one_by_one = [read([{"k": 1, "a": value}], Schema(SCHEMA)) for value in values]
    by_row = {row: code for code, row, _, _ in reported(reader_of_all)}
    assert by_row == {11 + at: code for at, found in enumerate(one_by_one) for code, *_ in reported(found)}
    assert len(by_row) == len(values)
