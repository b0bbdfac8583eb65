"""Members of enums and unions: the fast lookup gives the same as going through them one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import from_csv, from_json, iter_csv, validate
from custobar_formats.core.scalars import format_scalar, parse_integer, parse_number
from custobar_formats.schema.coercion import Coercer, Notes
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.schema.document import Document
from custobar_formats.schema.engine import PythonEngine, make_engine
from custobar_formats.schema.members import Members
from custobar_formats.schema.places import Node, Place, Union
from tests.calls import calls_of

NUMBERS = [0, 1, -1, 2, 1.0, -0.0, 1.5, 1e22, 10**22, 2**53, 2**53 + 1, float(2**53), 10**400, 1e-7, 5e-324]
SCALARS = st.sampled_from([*NUMBERS, "", "0", "1", "1.0", "1.50", "true", "null", "a", True, False, None])
VALUES = st.one_of(SCALARS, st.sampled_from([[], [1], ["1"], {}, {"a": 1}]))
TEXTS = st.sampled_from([
    "", "0", "-0", "0.0", "-0.0", "1", "1.0", "1.00", "1e0", "-1", "1.5", "1.50", "15e-1", "1e22", "1e+22",
    "10" + "0" * 21,
    "9007199254740993", "9007199254740992", "9007199254740993.0", "1e-7", "0.0000001", "5e-324", "1e-400", "1e400",
    "true", "false", "True", "null", "a", "A", "1" + "0" * 400, "01", "+1", " 1",
])  # fmt: skip


def slow_member(text: str, members: list[Any]) -> Any:
    """The member that a text spells, strings first; None if it spells none."""
    if text in [member for member in members if isinstance(member, str)]:
        return text
    for member in members:
        if isinstance(member, bool):
            if text == format_scalar(member):
                return member
        elif isinstance(member, (int, float)) and parse_number(text) == member:
            return member
    return None


@given(TEXTS, st.lists(VALUES, max_size=8))
@example("1", [True, 1.0, 1])
@example("1", [1, "1"])
@example("0", [-0.0, 0])
@example("9007199254740993", [float(2**53), 2**53 + 1])
def test_what_a_text_spells(text: str, members: list[Any]) -> None:
    found, wanted = Members(members).spelled_by(text), slow_member(text, members)
    assert (type(found), repr(found)) == (type(wanted), repr(wanted))


def test_a_number_without_bounds_is_spelled_by_no_text() -> None:
    assert Members([float("inf"), 2]).spelled_by("1e999") is None
    assert Members([float("inf"), 2]).spelled_by("inf") is None


INSTANCES = st.one_of(VALUES, TEXTS, st.sampled_from([Decimal("1"), Decimal("1.5"), Decimal("0.1"), float("nan")]))


@pytest.mark.parametrize("make", [make_engine, PythonEngine])
@given(INSTANCES, st.lists(VALUES, min_size=1, max_size=6))
@example(-0.0, [0])
@example(True, [1])
@example(1, [True])
@example(2**53 + 1, [float(2**53)])
def test_values_are_members_where_the_engine_agrees(make: Callable[[Document], Any], value: Any, members: Any) -> None:
    if value in Members(members).sure.get(type(value), ()):
        assert make(Document({"enum": members})).is_valid(value)


@given(INSTANCES, st.lists(VALUES, min_size=1, max_size=6))
def test_one_keyword_is_judged_as_by_the_engine(value: Any, members: list[Any]) -> None:
    types = ["string", "integer", "number", "boolean", "null"]
    for keyword in ({"enum": members}, {"const": members[0]}, *({"type": name} for name in types)):
        schema = Schema(keyword)
        assert schema.keyword_test((next(iter(keyword)),))(value) == make_engine(Document(keyword)).is_valid(value)
        union = Schema({"anyOf": [keyword, {"const": "a"}]})
        assert union.accepts(())(value) == union.engine.is_valid(value)


@given(INSTANCES, st.sampled_from(["string", "integer", "number", "boolean", "null"]), st.lists(VALUES, min_size=1))
@example(1.0, "integer", [1])
@example(1, "integer", [1.0])
def test_members_of_a_type_are_judged_as_by_the_engine(value: Any, kind: str, members: list[Any]) -> None:
    for alone in (
        {"type": kind, "enum": members},
        {"anyOf": [{"type": [kind], "const": members[0]}, {"minLength": 9}]},
    ):
        schema = Schema(alone)
        assert (
            schema.accepts(())(value) == schema.engine.is_valid(value) == PythonEngine(schema.document).is_valid(value)
        )


class SlowCoercer(Coercer):
    """Coerces as the specification is worded: branch by branch and member by member."""

    def _own(self, place: Place) -> list[Any] | None:
        return next((list(node.members) for node in place.sure if node.members is not None), None)

    def _coerce_scalar(self, value: Any, place: Place, path: Any) -> Any:
        if isinstance(value, str):
            return self.parse_cell(value, place)
        if isinstance(value, int) and not isinstance(value, bool) and self._wants_text(value, place):
            if self._notes is not None:
                self._notes.append(("number-as-string", path, value))
            return format_scalar(value)
        return value

    def _wants_text(self, value: int, place: Place) -> bool:
        members, types = self._own(place), place.types
        if members is not None:
            if any(member == value and not isinstance(member, bool) for member in members):
                return False
            if str(value) in members:
                return True
        return types is not None and "string" in types and not types & {"integer", "number"}

    def parse_cell(self, text: str, place: Place) -> Any:
        members, types = self._own(place), place.types
        if members is not None and (value := slow_member(text, members)) is not None:
            return value
        if types is None or "string" in types:
            return text
        value = None
        if "integer" in types:
            value = parse_integer(text, fraction=place.custobar_type != "money")
        if value is None and "number" in types:
            value = parse_number(text, self._parse_float)
        if value is None and "boolean" in types:
            value = {"true": True, "false": False}.get(text)
        return text if value is None else value

    def _coerce_union(self, value: Any, union: Union, path: Any) -> Any:
        def accepts(branch: Node, candidate: Any) -> bool:
            engine = self._schema.warning_engine or self._schema.engine
            return engine.accepts(branch.location)(candidate)

        coercing = [branch for branch in union.branches if branch.coerces]
        if not coercing or any(accepts(branch, value) for branch in union.branches):
            return value
        for branch in coercing:
            noted = len(self._notes or ())
            candidate = self.coerce(value, self._schema.place_of(branch), path)
            if candidate is not value and accepts(branch, candidate):
                return candidate
            if self._notes is not None:
                del self._notes[noted:]
        return value


KINDS = st.sampled_from(["string", "integer", "number", "boolean", "null", "array"])
BRANCHES = st.one_of(
    st.builds(lambda value: {"const": value}, VALUES),
    st.builds(lambda values: {"enum": values, "title": "some"}, st.lists(VALUES, min_size=1, max_size=3)),
    st.builds(lambda kind, values: {"type": kind, "enum": values}, KINDS, st.lists(VALUES, min_size=1, max_size=3)),
    st.builds(lambda kind: {"type": kind}, KINDS),
    st.builds(lambda kinds, value: {"type": kinds, "const": value}, st.lists(KINDS, min_size=1, unique=True), VALUES),
    st.builds(lambda kind, least: {"type": kind, "minimum": least}, KINDS, st.sampled_from([0, 1, 1.5, 2])),
    st.builds(lambda kind: {"type": kind, "x-custobar-type": "money"}, KINDS),
    st.sampled_from([True, False, {}, {"minLength": 2}, {"properties": {"a": {"type": "integer"}}}]),
    st.sampled_from([{"type": "null", "anyOf": [{"const": 1}]}, {"type": ["null", "array"], "enum": [None, 1, "1"]}]),
    st.sampled_from([{"anyOf": [{"const": 1}, {"const": "b"}]}, {"allOf": [{"type": "integer"}]}]),
)
UNIONS = st.builds(
    lambda keyword, branches, more: {keyword: branches, **more},
    st.sampled_from(["anyOf", "oneOf"]),
    st.lists(BRANCHES, min_size=1, max_size=5),
    st.sampled_from([{}, {}, {"type": "integer"}, {"type": ["string", "number"]}, {"enum": [1, "1"]},
                     {"x-severity": "warning"}, {"allOf": [{"anyOf": [{"const": 2.0}]}]},
                     {"if": {"const": 1}, "then": {"type": "string"}}]),
)  # fmt: skip


@given(UNIONS, st.lists(st.one_of(VALUES, TEXTS), min_size=1, max_size=4))
@example({"anyOf": [{"const": 1}, {"const": "1"}]}, ["1", 1, "1.0"])
@example({"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 1}, {"const": True}]}, ["1.0", "true", "0.5"])
@example({"anyOf": [{"const": "1"}, {"const": 2}]}, [1, 2, "2", True])
@example({"type": "integer", "anyOf": [{"const": 1.0}]}, ["1", "1.0"])
def test_a_union_makes_the_same_of_values_as_branch_by_branch(union: Any, values: list[Any]) -> None:
    schema = Schema({"properties": {"a": union}, "items": union})
    for value in values:
        for record in ({"a": value}, [value, value]):
            notes, slow_notes = Notes(), Notes()
            found = Coercer(schema, notes=notes).coerce(record, schema.root)
            wanted = SlowCoercer(schema, notes=slow_notes).coerce(record, schema.root)
            assert (repr(found), repr(notes)) == (repr(wanted), repr(slow_notes))


@pytest.mark.slow
@given(UNIONS, st.lists(TEXTS.filter(str.strip), min_size=1, max_size=6))
@example({"anyOf": [{"type": "string"}], "enum": [1, "1"]}, ["1.0"])
@example({"anyOf": [{"type": "integer"}, {"type": "integer", "x-custobar-type": "money"}]}, ["1.0", "1.5"])
def test_a_column_is_read_as_records_are(union: Any, cells: list[str]) -> None:
    """The columns of CSV are read many cells at a time, the records of JSON one by one."""
    schema = {"properties": {"a": union}}
    text = "a;b\n" + "".join(f"{cell};x\n" for cell in cells)
    records = [{"a": cell, "b": "x"} for cell in cells]
    csv_report = validate(text, schema, delimiter=";", cross_checks=False)
    json_report = validate("\n".join(map(json.dumps, records)), schema, format="jsonl")
    found = [(finding.row, finding.code) for finding in csv_report.findings if finding.path]
    assert found == [(finding.row, finding.code) for finding in json_report.findings if finding.path != "/b"]
    if json_report.valid and csv_report.valid:
        assert repr(from_csv(text, schema, delimiter=";")) == repr(from_json(json.dumps(records), schema))


MANY = [number * 7 for number in range(1_000)]
ROWS = 2_000
CSV_ROWS = "a,b\n" + "".join(f"{MANY[number * 37 % 1_000]},x\n" for number in range(ROWS))
JSON_ROWS = "\n".join(json.dumps({"a": str(MANY[number * 37 % 1_000])}) for number in range(ROWS))
CALLS_A_ROW = 100
"""The most calls that a row may take: a plain type takes 2 to 5, one call for each member would take 1,000."""


@pytest.mark.parametrize(
    "field",
    [
        {"type": "integer", "enum": MANY},
        {"type": "integer", "enum": [*MANY, 0.5]},
        {"enum": [*MANY, *map(str, range(1, 999, 14))]},
        {"anyOf": [{"const": number} for number in MANY]},
        {"anyOf": [{"const": number} for number in MANY] + [{"type": "null"}]},
        {"anyOf": [{"type": "integer", "const": number} for number in MANY]},
    ],
)
def test_many_members_cost_about_what_a_type_does(field: Any) -> None:
    """Each row took thousands of calls once."""
    schema = compile_schema({"properties": {"a": field}})
    assert calls_of(lambda: validate(CSV_ROWS, schema)) < CALLS_A_ROW * ROWS
    assert calls_of(lambda: list(iter_csv(CSV_ROWS, schema))) < CALLS_A_ROW * ROWS
    assert calls_of(lambda: validate(JSON_ROWS, schema, format="jsonl")) < CALLS_A_ROW * ROWS
