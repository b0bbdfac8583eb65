"""The violations of a single rule by values of one type, and the values of text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from custobar_formats.core.findings import Severity
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.rules import RuleBook
from custobar_formats.validation.scalar_tests import Fault, Outcome, make_scalar_test


def outcome(asked: Any, values: list[Any], *, erases: bool = False) -> Outcome | None:
    """The violations by values of one type, for a member's schema."""
    schema = Schema({"properties": {"a": asked}})
    book = RuleBook(schema)
    nodes = book.step(book.root, "a")
    rules = book.scalar_rules(nodes)
    assert rules is not None
    test = make_scalar_test(type(values[0]), rules, nodes, schema, float, erases=erases)
    return test(values, 2) if test is not None else None


def faults(found: Outcome | None) -> list[tuple[int, str | None, Any]]:
    """The places, keywords and values of violations by the value itself, not by a value within it."""
    assert found is None or all(fault.path == () and fault.name is None for _, fault in found.faults)
    of = found.faults if found is not None else []
    return sorted((at, str(fault.rule.location[-1]) if fault.rule else None, fault.value) for at, fault in of)


INTEGER, NUMBER, TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}


@pytest.mark.parametrize(
    ("asked", "values", "wanted"),
    [
        ({}, [1, 2], []),
        (INTEGER, [1, 2], []),
        (NUMBER, [1, 2], []),
        (NUMBER, [1.5], []),
        (INTEGER, [1.0, 1.5, 2.5], [(1, "type", 1.5), (2, "type", 2.5)]),
        (INTEGER, [True, False], [(0, "type", True), (1, "type", False)]),
        ({"type": "boolean"}, [True], []),
        ({"type": "boolean"}, [1], [(0, "type", 1)]),
        ({"type": "boolean"}, [None], [(0, "type", None)]),
        (TEXT, [None, None], [(0, "type", None), (1, "type", None)]),
        ({"type": ["string", "null"]}, [None], []),
        ({"minimum": 2}, [1, 2, 0], [(0, "minimum", 1), (2, "minimum", 0)]),
        ({"minimum": 2}, [1.5, 2.5], [(0, "minimum", 1.5)]),
        ({"minimum": 2}, [False], []),
        ({"minimum": 2}, [None], []),
        ({"type": "integer", "maximum": 2}, [1, 3], [(1, "maximum", 3)]),
        ({"minLength": 2}, [1], []),
        ({"minLength": 2}, [1.5], []),
        ({"type": "integer", "minimum": 2, "exclusiveMaximum": 1}, [1], [(0, "exclusiveMaximum", 1)]),
        ({"enum": [1, 2]}, [Decimal(1), Decimal(3)], [(1, "enum", Decimal(3))]),
        ({"enum": ["x", None]}, [None], []),
        ({"enum": ["x"]}, [None], [(0, "enum", None)]),
        ({"const": True}, [True, False], [(1, "const", False)]),
        ({"type": "string", "minLength": 2}, ["a", "ab", ""], [(0, "minLength", "a"), (2, "minLength", "")]),
        ({"pattern": "^a"}, ["a", "b"], [(1, "pattern", "b")]),
    ],
)
def test_what_breaks_a_rule(asked: Any, values: list[Any], wanted: Any) -> None:
    found = outcome(asked, values)
    assert faults(found) == wanted
    assert (found is None) == (not wanted)
    assert found is None or not (found.unchecked or found.values or found.changes)


@pytest.mark.parametrize(
    ("asked", "values", "become", "wanted"),
    [
        (INTEGER, ["5", "x", "06", "7"], {0: 5, 3: 7}, [(1, "type", "x"), (2, "type", "06")]),
        (NUMBER, ["1.5", "2"], {0: 1.5, 1: 2}, []),
        ({"type": "boolean"}, ["true", "false"], {0: True, 1: False}, []),
        ({"type": "integer", "minimum": 6}, ["5", "7"], {0: 5, 1: 7}, [(0, "minimum", 5)]),
        ({"type": ["integer", "string"]}, ["5", "x"], {}, []),
        (TEXT, ["5", "true"], {}, []),
    ],
)
def test_text_that_spells_what_is_asked_for(asked: Any, values: list[Any], become: Any, wanted: Any) -> None:
    found = outcome(asked, values)
    assert faults(found) == wanted
    assert repr(found.values if found is not None else {}) == repr(become)


def test_text_without_characters_may_count_as_absent() -> None:
    asked = {"type": "string", "minLength": 2}
    assert faults(outcome(asked, ["", "ab"])) == [(0, "minLength", "")]
    assert outcome(asked, ["", "ab"], erases=True) is None
    assert faults(outcome(INTEGER, ["", "5"])) == [(0, "type", "")]
    erased = outcome(INTEGER, ["", "5"], erases=True)
    assert erased is not None
    assert (erased.values, erased.faults) == ({1: 5}, [])
    assert outcome(TEXT, [""]) is None
    assert outcome({"minLength": 2}, [""], erases=True) is None


def test_a_number_where_text_is_asked_for_is_taken_as_its_digits() -> None:
    found = outcome(TEXT, [5, -6])
    assert faults(found) == [(0, None, 5), (1, None, -6)]
    assert found is not None
    assert found.values == {0: "5", 1: "-6"}
    found = outcome({"type": "string", "minLength": 2}, [5, 66])
    assert faults(found) == [(0, "minLength", "5"), (1, None, 66)]
    warned = outcome({"allOf": [{"minLength": 2, "x-severity": "warning"}], "type": "string"}, [5])
    assert faults(warned) == [(0, None, 5)]
    assert faults(outcome({"type": ["string", "integer"]}, [5])) == []
    assert faults(outcome({"type": ["string", "number"]}, [5])) == []
    assert faults(outcome(TEXT, [5.5])) == [(0, "type", 5.5)]
    assert faults(outcome(TEXT, [True])) == [(0, "type", True)]


def test_an_integer_that_may_be_a_members_text_is_left_to_the_record() -> None:
    found = outcome({"enum": ["1", 2]}, [1, 2, 3])
    assert found is not None
    assert (found.unchecked, found.faults) == ({0, 2}, [])
    assert outcome({"enum": ["1", 2]}, [2]) is None


def test_what_is_found_within_is_taken_to_where_it_stands() -> None:
    fault = Fault(("k",), None, 1, "n")
    inner = Outcome({0}, [(1, fault)], {0: "v"}, [(1, "holder", "step", "w")])
    found = Outcome({7}, [(7, fault)], {7: "u"}, [(7, "h", "s", "x")])
    found.take(inner, {0: (5, "in", "zero"), 1: (6, "in", "one")}.__getitem__)
    assert found.unchecked == {5, 7}
    assert found.faults == [(7, fault), (6, Fault(("one", "k"), None, 1, "n"))]
    assert found.values == {7: "u"}
    assert found.changes == [(7, "h", "s", "x"), (5, "in", "zero", "v"), (6, "holder", "step", "w")]


def test_what_is_found_of_some_values_is_moved_to_their_places() -> None:
    fault = Fault(("k",), None, 1, "n")
    inner = Outcome({0}, [(1, fault)], {0: "v"}, [(1, "holder", "step", "w")])
    found = Outcome({7}, [(7, fault)], {7: "u"}, [(7, "h", "s", "x")])
    found.move(inner, [3, 4])
    assert found.unchecked == {3, 7}
    assert found.faults == [(7, fault), (4, fault)]
    assert found.values == {3: "v", 7: "u"}
    assert found.changes == [(7, "h", "s", "x"), (4, "holder", "step", "w")]


def test_the_severity_of_a_rule_is_reported() -> None:
    found = outcome({"minLength": 2, "x-severity": "warning"}, ["a"])
    assert found is not None
    assert [fault.rule.severity for _, fault in found.faults if fault.rule is not None] == [Severity.WARNING]
