"""Single values: texts to numbers and back, erased members, and the branches of a schema one by one."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from custobar_formats import NotExpressible, coerce, to_csv, to_json
from custobar_formats.core.scalars import (
    ExactNumbers,
    fits_float,
    format_decimal,
    format_json,
    format_scalar,
    is_empty,
    parse_exact,
    parse_integer,
    parse_number,
)
from custobar_formats.schema.coercion import Coercer, Notes, coerce_record, with_erased, without_erased
from custobar_formats.schema.compiled import Schema


@pytest.mark.parametrize(
    ("text", "whole", "exact"),
    [
        ("0", 0, 0),
        ("-0", 0, 0),
        ("12", 12, 12),
        ("-7", -7, -7),
        ("12.0", 12, None),
        ("12.000", 12, None),
        ("12.", None, None),
        (".0", None, None),
        ("12.5", None, None),
        ("012", None, None),
        ("+1", None, None),
        ("--1", None, None),
        ("1 ", None, None),
        ("1e2", None, None),
        ("١", None, None),
        ("", None, None),
        ("9" * 4300, 10**4300 - 1, 10**4300 - 1),
        ("-" + "9" * 4300, 1 - 10**4300, 1 - 10**4300),
        ("1" + "0" * 4300, None, None),
    ],
)
def test_integers(text: str, whole: int | None, exact: int | None) -> None:
    assert (parse_integer(text), parse_integer(text, fraction=False)) == (whole, exact)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("1.50", 1.5),
        ("-0.5", -0.5),
        ("1e2", 100.0),
        ("1E+2", 100.0),
        ("1.5e-3", 0.0015),
        ("0e999", 0.0),
        ("0.0e-999", 0.0),
        ("1e400", None),
        ("-1e400", None),
        ("1e-400", None),
        ("1.", None),
        ("1e", None),
        ("e1", None),
        ("1,5", None),
        ("NaN", None),
        ("Infinity", None),
        ("0x1", None),
        ("", None),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    found = parse_number(text)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "fits"), [("1e308", True), ("1e309", False), ("1e-323", True), ("1e-324", False), ("0e-400", True)]
)
def test_what_a_float_can_hold(text: str, fits: bool) -> None:
    assert fits_float(text) is fits


@pytest.mark.parametrize(
    ("text", "value", "plain"),
    [
        ("1.5", 1.5, True),
        ("-0.25", -0.25, True),
        ("0.0", 0.0, True),
        ("1.50", Decimal("1.50"), True),
        ("0.1000000000000000055511151231257827", Decimal("0.1000000000000000055511151231257827"), True),
        ("1e+16", Decimal("1e+16"), True),
        ("1E+2", Decimal("1E+2"), True),
        ("1e22", Decimal("1e22"), True),
        ("1e-7", Decimal("1e-7"), False),
        ("1E-40", Decimal("1E-40"), True),
    ],
)
def test_numbers_keep_their_digits(text: str, value: Any, plain: bool) -> None:
    """Plain numbers are those whose str() is the text to write."""
    found = parse_exact(text)
    assert (type(found), found) == (type(value), value)
    numbers = ExactNumbers()
    assert numbers.are_plain is True
    assert repr(numbers(text)) == repr(value)
    assert numbers.are_plain is plain
    numbers("1.50")
    assert numbers.are_plain is plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0"), "0"),
        (Decimal("-0"), "-0E0"),
        (Decimal("-0.0"), "-0.0"),
        (Decimal("-0E1"), "-0E+1"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E-39"), "0." + "0" * 38 + "1"),
        (Decimal("1E-40"), "1E-40"),
        (Decimal("1E+1"), "1E+1"),
        (Decimal("12"), "12"),
    ],
)
def test_decimals(value: Decimal, text: str) -> None:
    assert format_decimal(value) == format_scalar(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ("ä", '"ä"'),
        ('"', r'"\""'),
        ("", '""'),
        ("\n", r'"\n"'),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_scalars_as_json(value: Any, text: str) -> None:
    assert format_json(value) == text


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (date(2026, 1, 2), "date is not a JSON value: use its .isoformat()"),
        (b"a", "bytes is not a JSON value: convert it to text or a number"),
        (1j, "complex is not a JSON value: convert it to text or a number"),
    ],
)
def test_what_is_no_json_value(value: Any, advice: str) -> None:
    with pytest.raises(ValueError, match=re.escape(advice)):
        format_scalar(value)
    with pytest.raises(NotExpressible) as refused:
        to_csv([{"a": value}])
    assert str(refused.value) == f"record 1, at /a: {advice}"


# Members that erase


@pytest.mark.parametrize(
    ("value", "empty"),
    [
        (None, True),
        ("", True),
        ({}, True),
        ([], True),
        ([None, {"a": [""]}], True),
        ([0], False),
        ({"a": False}, False),
        (0, False),
        (" ", False),
    ],
)
def test_what_is_empty(value: Any, empty: bool) -> None:
    assert is_empty(value) is empty


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a": "", "b": None, "c": 0, "d": False}, {"c": 0, "d": False}),
        ({"a": {"b": "", "c": 1}}, {"a": {"c": 1}}),
        ({"a": [{"b": None}, {"c": 1}]}, {"a": [{}, {"c": 1}]}),
        ([{"a": ""}, None, ""], [{}, None, ""]),
        ({"a": [""], "b": {}}, {"a": [""], "b": {}}),
    ],
)
def test_erased_members_leave_and_come_back_in_their_places(value: Any, kept: Any) -> None:
    assert without_erased(value) == kept
    back = with_erased(kept, value)
    assert back == value
    if isinstance(value, dict):
        assert list(back) == list(value)


@pytest.mark.parametrize("value", [{"a": {"b": [1, {"c": "x"}]}}, [1, [2]], {}, [], 1, None, "x"])
def test_what_erases_nothing_stays_the_same_object(value: Any) -> None:
    assert without_erased(value) is value


def test_what_was_changed_comes_back_changed() -> None:
    original = {"a": "1", "b": "", "c": [{"d": "2", "e": None}]}
    assert with_erased({"a": 1, "c": [{"d": 2}]}, original) == {"a": 1, "b": "", "c": [{"d": 2, "e": None}]}


@pytest.mark.parametrize("erases", [True, False])
def test_a_record_is_coerced_without_what_erases(erases: bool) -> None:
    """A condition on ``b`` does not hold if ``b`` erases and the schema has members that erase."""
    numbers = {"properties": {"a": {"type": "integer"}}}
    schema = Schema({"if": {"required": ["b"]}, "then": numbers, "x-empty-erases": erases})
    record = {"a": "1", "b": "", "c": "2"}
    coerced = coerce_record(Coercer(schema), record)
    assert coerced == ({**record} if erases else {"a": 1, "b": "", "c": "2"})
    untouched = {"c": "2", "d": {"e": "x"}}
    assert coerce_record(Coercer(schema), untouched) is untouched
    assert coerce_record(Coercer(schema), {"c": {"x": ""}, "a": "1"}) == {"c": {"x": ""}, "a": "1"}


# Integers where text is required, unions and conditions


@pytest.mark.parametrize(
    ("schema", "value", "coerced"),
    [
        ({"type": "string"}, 7, "7"),
        ({"type": ["string", "null"]}, 7, "7"),
        ({"type": ["string", "number"]}, 7, 7),
        ({"type": ["string", "integer"]}, 7, 7),
        ({"type": ["string", "boolean"]}, 7, "7"),
        ({"type": "string"}, True, True),
        ({"type": "string"}, 1.5, 1.5),
        ({"type": "null"}, 7, 7),
        ({"enum": ["7", "x"]}, 7, "7"),
        ({"enum": ["7", 7]}, 7, 7),
        ({"enum": ["8", True]}, 1, 1),
        ({"enum": ["1", True]}, 1, "1"),
        ({"enum": ["x"]}, 7, 7),
        ({"enum": ["x"], "type": "string"}, 7, "7"),
        ({"const": "7"}, 7, "7"),
        ({}, 7, 7),
    ],
)
def test_integers_where_text_is_wanted(schema: Any, value: Any, coerced: Any) -> None:
    found = coerce({"a": value}, {"properties": {"a": schema}})
    assert repr(found) == repr({"a": coerced})
    notes: Notes = []
    whole = Schema({"properties": {"a": schema}})
    Coercer(whole, notes=notes).coerce({"a": value}, whole.root)
    assert notes == ([("number-as-string", ("a",), value)] if coerced is not value else [])


TEXT, NUMBER = {"properties": {"b": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "value", "coerced", "paths"),
    [
        # The first branch that accepts its own coercion wins; the notes of the others are dropped.
        ({"anyOf": [{**TEXT, "required": ["b"]}]}, {"b": 7}, {"b": "7"}, [("a", "b")]),
        ({"anyOf": [{**TEXT, "required": ["c"]}, {**TEXT, "required": ["b"]}]}, {"b": 7}, {"b": "7"}, [("a", "b")]),
        ({"anyOf": [{**TEXT, "required": ["c"]}]}, {"b": 7}, {"b": 7}, []),
        ({"oneOf": [NUMBER]}, {"b": "7"}, {"b": 7}, []),
        # A valid value stays unchanged.
        ({"anyOf": [{**TEXT, "required": ["b"]}, {}]}, {"b": 7}, {"b": 7}, []),
        # A condition decides on the original value, unless the coercion would change the result.
        ({"if": {"required": ["b"]}, "then": TEXT}, {"b": 7}, {"b": "7"}, [("a", "b")]),
        ({"if": {"required": ["c"]}, "then": TEXT}, {"b": 7}, {"b": 7}, []),
        ({"if": {"required": ["c"]}, "else": TEXT}, {"b": 7}, {"b": "7"}, [("a", "b")]),
        ({"if": {"properties": {"b": {"type": "integer"}}}, "then": TEXT}, {"b": 7}, {"b": 7}, []),
        ({"dependentSchemas": {"b": TEXT}}, {"b": 7}, {"b": "7"}, [("a", "b")]),
        ({"dependentSchemas": {"c": TEXT}}, {"b": 7}, {"b": 7}, []),
    ],
)
def test_branches(schema: Any, value: Any, coerced: Any, paths: list[tuple[str, ...]]) -> None:
    whole = Schema({"properties": {"0": {"type": "string"}, "a": schema}})
    notes: Notes = []
    found = Coercer(whole, notes=notes).coerce({"0": 1, "a": value}, whole.root)
    assert repr(found) == repr({"0": "1", "a": coerced})
    assert [path for _, path, _ in notes] == [("0",), *paths]
    assert repr(Coercer(whole).coerce({"0": 1, "a": value}, whole.root)) == repr(found)


class Float(float):
    """Like numpy's: its text is not that of the number."""

    def __repr__(self) -> str:
        return "Float(...)"

    __str__ = __repr__


class Integer(int):
    def __repr__(self) -> str:
        return "Integer(...)"

    __str__ = __repr__


class NotComparable:
    """Like pandas.NA: a comparison with it is neither true nor false."""

    def __eq__(self, other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None  # type: ignore[assignment]


class Scalar:
    def item(self) -> int:
        return 1


@pytest.mark.parametrize("columns", [1, 3])
def test_a_number_of_a_subclass_is_written_as_the_number(columns: int) -> None:
    record = {f"c{number}": Float(2.5) if number % 2 == 0 else Integer(7) for number in range(columns)}
    assert to_csv([record] * 3) == "\n".join([",".join(record), *[",".join(["2.5", "7", "2.5"][:columns])] * 3, ""])
    assert to_csv([{"a": [Float(2.5), Integer(7)]}]) == "a.0,a.1\n2.5,7\n"


@pytest.mark.parametrize("write", [to_csv, to_json])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NotComparable(), "NotComparable is not a JSON value: convert it to text or a number"),
        (Scalar(), r"Scalar is not a JSON value: use its \.item\(\)"),
        ([NotComparable()], "NotComparable is not a JSON value"),
        ({"b": NotComparable()}, "NotComparable is not a JSON value"),
    ],
)
def test_a_value_that_is_none_is_refused_by_name(write: Any, value: Any, expected: str) -> None:
    with pytest.raises(NotExpressible, match=expected):
        write([{"a": value}])
    with pytest.raises(NotExpressible, match=expected):
        write([{"a": "1"}, {"a": value}, {"a": "2"}])
