"""The table of values: text converted to each Custobar type, refused text and its hint, and where a schema requires
a type at all."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest

from custobar_formats import Finding, Report, coerce, from_csv, from_json, load_schema, to_csv, validate
from custobar_formats.pipeline.convert import convert_file

LONG = "1" + "0" * 4299
"""An integer of 4,300 digits, the maximum."""

ACCEPTED: list[tuple[str, str, Any]] = [
    ("integer", "0", 0),
    ("integer", "-0", 0),
    ("integer", "39", 39),
    ("integer", "-12", -12),
    ("integer", "39.0", 39),
    ("integer", "-5.00", -5),
    ("integer", "9007199254740993", 9007199254740993),
    ("integer", "9007199254740993.0", 9007199254740993),
    ("integer", LONG, 10**4299),
    ("integer", "-" + LONG, -(10**4299)),
    ("money", "0", 0),
    ("money", "2490", 2490),
    ("money", "-500", -500),
    ("number", "0", 0),
    ("number", "7", 7),
    ("number", "-7", -7),
    ("number", "123456789012345678901234567890", 123456789012345678901234567890),
    ("number", "1.5", 1.5),
    ("number", "-0.25", -0.25),
    ("number", "2.0", 2.0),
    ("number", "1e3", 1000.0),
    ("number", "1E-2", 0.01),
    ("number", "1.5e+2", 150.0),
    ("number", LONG, 10**4299),
    ("boolean", "true", True),
    ("boolean", "false", False),
    *(
        (kind, text, text)
        for kind, texts in {
            "date": ["2020-05-01", "2024-02-29", "2000-02-29", "1999-12-31"],
            "datetime": [
                "2020-05-01",
                "2020-05-01T00:00:00Z",
                "2024-01-15T10:30:00+00:00",
                "2024-01-15T10:30:00-05:30",
                "2024-01-15T10:30:00",
                "2024-01-15T10:30",
                "2024-01-15T10:30+02:00",
                "2024-01-15T10:30:00.123456789Z",
                "2024-02-29t23:59:60z",
            ],
            "day_of_year": ["05/01", "12/31", "02/29"],
            "email": ["a@example.com", "first.last+tag@sub.example.co.uk", "käthy@hämeenlinna.fi"],
            "phone_number": ["+358401234567", "+14155552671"],
            "country_code": ["FI", "it"],
            "language_code": ["sv", "fi"],
            "string": ["007", "39", "true", "1.5", "NaN", " x "],
        }.items()
        for text in texts
    ),
]
"""The Custobar type, the text, and its value."""

REFUSED: list[tuple[str, str, str]] = [
    ("integer", "1e3", ""),
    ("integer", "5,58199E+12", "lost digits"),
    ("integer", "5.58199E+12", "lost digits"),
    ("integer", "007", "7"),
    ("integer", "-007", "-7"),
    ("integer", "+1", "1"),
    ("integer", "1 000", "1000"),
    ("integer", "1\u00a0000", "1000"),
    ("integer", "1_000", ""),
    ("integer", "0x10", ""),
    ("integer", "٣٩", ""),
    ("integer", "３９", ""),
    ("integer", " 39", "'39'"),
    ("integer", "39 ", "'39'"),
    ("integer", "39\n", "'39'"),
    ("integer", "1.5", ""),
    ("integer", "1.50", ""),
    ("integer", "1.", ""),
    ("integer", ".0", ""),
    ("integer", "--1", ""),
    ("integer", "true", ""),
    ("integer", "many", ""),
    ("money", "24.90", "write 2490?"),
    ("money", "24.00", "write 2400?"),
    ("money", "24,90", "write 2490?"),
    ("money", "-24.90", "write -2490?"),
    ("money", "24.9", "write 2490?"),
    ("money", "2490.0", "it may be cents"),
    ("money", "25.000000", "it may be cents"),
    ("money", "+24.90", "write 2490?"),
    ("money", " 24,90 ", "write 2490?"),
    ("money", "1.024,90 €", "write 102490?"),
    ("money", "1,800", "it can be 1800 or 1.800"),
    ("integer", "1,000", "it can be 1000 or 1.000"),
    ("integer", "4,5", "write a whole number"),
    ("integer", "007,5", "write a whole number"),
    ("integer", "5e2", ": 500"),
    ("integer", "4e0", ": 4"),
    ("integer", '="12"', ": 12"),
    ("number", "007,5", ": 7.5"),
    ("boolean", "'TRUE '", "write true"),
    ("money", "24.90 €", "write 2490?"),
    ("money", "free", "write the amount in cents"),
    ("number", "1,5", "1.5"),
    ("number", "NaN", ""),
    ("number", "Infinity", ""),
    ("number", "-Infinity", ""),
    ("number", "inf", ""),
    ("number", "0x10", ""),
    ("number", "1_000.5", ""),
    ("number", ".5", ""),
    ("number", "5.", ""),
    ("number", "01", "1"),
    ("number", "+1.5", "1.5"),
    ("number", "1 000.5", "1000.5"),
    ("number", " 1.5", "'1.5'"),
    ("number", "1e", ""),
    ("number", "١.٥", ""),
    ("boolean", "TRUE", "true"),
    ("boolean", "True", "true"),
    ("boolean", "1", "true"),
    ("boolean", "yes", "true"),
    ("boolean", "on", "true"),
    ("boolean", "FALSE", "false"),
    ("boolean", "0", "false"),
    ("boolean", "no", "false"),
    ("boolean", "off", "false"),
    ("boolean", " true", "'true'"),
    ("boolean", "maybe", "true or false"),
    ("date", "1.9.2024", "2024-09-01"),
    ("date", "2024-02-30", "no such day"),
    ("date", "2023-02-29", "no such day"),
    ("date", "1900-02-29", "no such day"),
    ("date", "31.2.2024", "no such day"),
    ("date", "2024-1-9", "write 2024-01-09?"),
    ("date", "20240901", "write 2024-09-01?"),
    ("date", "2024-09-01T00:00:00Z", "YYYY-MM-DD"),
    ("date", "２０２４-09-01", "YYYY-MM-DD"),
    ("datetime", "2024-W05-1", "YYYY-MM-DD"),
    ("datetime", "2024-W05-1T10:30:00Z", "YYYY-MM-DD"),
    ("datetime", "2024-045", "YYYY-MM-DD"),
    ("datetime", "20240115T103000Z", "write 2024-01-15T10:30:00Z?"),
    ("datetime", "2024-01-15T25:00:00", "YYYY-MM-DD"),
    ("datetime", "2024-01-15T10", "YYYY-MM-DD"),
    ("datetime", "2024-01-15T10:30:00+0200", "write 2024-01-15T10:30:00+02:00?"),
    ("datetime", "2024-01-15 10:30:00 +0300", "write 2024-01-15T10:30:00+03:00?"),
    ("datetime", "45306.4375", "write 2024-01-15T10:30:00?"),
    ("datetime", "31/12/2024", "write 2024-12-31?"),
    ("datetime", "03/04/2024", "it can be 2024-04-03 or 2024-03-04; write it as YYYY-MM-DD"),
    ("datetime", "11/20/26, 3:45 PM", "the year has two digits"),
    ("datetime", "2024-01-15T10:30:00.", "YYYY-MM-DD"),
    ("datetime", "2024-02-30T10:30:00Z", ""),
    ("datetime", "2024-02-30", "no such day"),
    ("datetime", "15.1.2024", "2024-01-15"),
    ("datetime", "now", "YYYY-MM-DD"),
    ("day_of_year", "5/1", "MM/DD"),
    ("day_of_year", "13/01", "MM/DD"),
    ("day_of_year", "02/30", "MM/DD"),
    ("day_of_year", "05-01", "MM/DD"),
    ("email", "not-an-email", ""),
    ("email", "a@b@example.com", ""),
    ("email", "a b@example.com", ""),
    ("email", "@example.com", ""),
    ("email", "a@example.com\n", ""),
    ("phone_number", "0401234567", "+"),
    ("phone_number", "+358 40 1234567", "+"),
    ("phone_number", "00358401234567", "+"),
    ("phone_number", "+3584012345678901", "at most 15"),
    ("country_code", "Finland", ""),
    ("country_code", "FIN", ""),
]
"""The Custobar type, the text, and a part of the hint; every finding has a hint."""

TOO_LONG: list[tuple[str, str]] = [
    ("integer", LONG + "0"),
    ("integer", "-" + LONG + "0"),
    ("integer", LONG + "0.0"),
    ("money", LONG + "0"),
    ("number", LONG + "0"),
    ("number", "1e400"),
    ("number", "-1.5E+309"),
]
"""The Custobar type, and the text of a number beyond the limits."""


def of_type(kind: str) -> dict[str, Any]:
    """The shops schema with a company field of a Custobar type."""
    return load_schema("shops", fields={"acme__v": kind})


def record(value: Any) -> dict[str, Any]:
    return {"external_id": "S", "acme__v": value}


def csv_of(text: str) -> str:
    return 'external_id,acme__v\nS,"' + text.replace('"', '""') + '"\n'


def json_of(value: Any) -> str:
    return json.dumps([record(value)])


def short(value: object) -> str:
    text = ascii(value)
    return text if len(text) < 40 else f"{text[:12]}...{len(text)}"


def shown(table: list[Any]) -> list[Any]:
    return [pytest.param(*row, id="-".join(map(short, row[:2]))) for row in table]


def the_finding(report: Report) -> Finding:
    (finding,) = report.findings
    assert finding.path == "/acme__v"
    return finding


def assert_same(value: Any, wanted: Any) -> None:
    """Whether two values are equal and of the same type, at every level."""
    assert type(value) is type(wanted)
    if isinstance(wanted, dict):
        assert value.keys() == wanted.keys()
        for key in wanted:
            assert_same(value[key], wanted[key])
    elif isinstance(wanted, list):
        assert len(value) == len(wanted)
        for item, other in zip(value, wanted, strict=True):
            assert_same(item, other)
    else:
        assert value == wanted


@pytest.mark.parametrize(("kind", "text", "result"), shown(ACCEPTED))
def test_accepted(kind: str, text: str, result: Any) -> None:
    schema = of_type(kind)
    assert_same(coerce(record(text), schema), record(result))
    assert_same(from_csv(csv_of(text), schema), [record(result)])
    assert_same(from_json(json_of(text), schema), [record(result)])
    codes = {" x ": ["outer-whitespace"], "NaN": ["spreadsheet-artefact"]}.get(text, [])
    assert list(validate(csv_of(text), schema, format="csv").counts.by_code) == codes
    assert list(validate(json_of(text), schema, format="json").counts.by_code) == codes


@pytest.mark.parametrize(("kind", "text", "result"), shown(ACCEPTED))
def test_what_was_accepted_stays(kind: str, text: str, result: Any) -> None:
    assert_same(coerce(record(result), of_type(kind)), record(result))


@pytest.mark.parametrize(("kind", "text", "hint"), shown(REFUSED))
def test_refused(kind: str, text: str, hint: str) -> None:
    schema = of_type(kind)
    assert_same(coerce(record(text), schema), record(text))
    by_pattern = kind not in ("integer", "money", "number", "boolean")
    for report in (validate(csv_of(text), schema, format="csv"), validate(json_of(text), schema, format="json")):
        finding = the_finding(report)
        assert finding.severity == "error"
        assert finding.code == ("wrong-format" if by_pattern else "wrong-type")
        assert finding.hint
        assert hint in finding.hint


@pytest.mark.parametrize(("kind", "text"), shown(TOO_LONG))
def test_too_long(kind: str, text: str) -> None:
    schema = of_type(kind)
    assert_same(coerce(record(text), schema), record(text))
    for report in (validate(csv_of(text), schema, format="csv"), validate(json_of(text), schema, format="json")):
        assert (the_finding(report).code, report.valid) == ("number-too-long", False)


@pytest.mark.parametrize("text", ["2024-01-15 10:30:00", "2024-01-15 10:30", "2024-01-15 10:30:00.5+02:00"])
def test_a_space_for_the_t_is_a_warning(text: str) -> None:
    schema = of_type("datetime")
    assert_same(from_csv(csv_of(text), schema), [record(text)])
    for report in (validate(csv_of(text), schema, format="csv"), validate(json_of(text), schema, format="json")):
        assert (the_finding(report).code, report.valid) == ("datetime-space", True)


@pytest.mark.parametrize(
    ("kind", "text", "items", "code"),
    [
        ("list", "vip,outlet", ["vip", "outlet"], None),
        ("list", "vip", ["vip"], None),
        ("list", "vip,vip", ["vip", "vip"], None),
        ("list", "vip, outlet", ["vip", " outlet"], "item-whitespace"),
        ("list", "vip,,outlet", None, "empty-item"),
        ("list", ",", None, "empty-item"),
        ("set", "vip,outlet", ["vip", "outlet"], None),
        ("set", "vip,Vip", ["vip", "Vip"], None),
        ("set", "vip,outlet,vip", None, "duplicate-item"),
    ],
)
def test_lists_and_sets_in_one_cell(kind: str, text: str, items: list[str] | None, code: str | None) -> None:
    schema = of_type(kind)
    report = validate(csv_of(text), schema, format="csv")
    assert [finding.code for finding in report.findings] == ([] if code is None else [code])
    assert report.valid == (items is not None)
    if items is not None:
        assert_same(from_csv(csv_of(text), schema), [record(items)])
        assert_same(from_json(json_of(items), schema), [record(items)])
    assert the_finding(validate(json_of(text), schema, format="json")).code == "wrong-type"


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (-7, "-7"), (12345678901234567890, "12345678901234567890")])
def test_a_json_integer_where_text_is_wanted(number: int, text: str) -> None:
    schema = of_type("string")
    assert_same(from_json(json_of(number), schema), [record(text)])
    assert_same(coerce(record(number), schema), record(text))
    report = validate(json_of(number), schema, format="json")
    assert (the_finding(report).code, report.valid) == ("number-as-string", True)


@pytest.mark.parametrize("value", [1.5, 2.0, True, False, ["x"], {"x": "y"}])
def test_no_other_value_becomes_text(value: Any) -> None:
    schema = of_type("string")
    assert_same(coerce(record(value), schema), record(value))
    report = validate(json_of(value), schema, format="json")
    assert (the_finding(report).code, report.valid) == ("wrong-type", False)


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", True), ("number", False), ("boolean", 1), ("boolean", 0), ("integer", 1.5)]
)
def test_only_text_is_coerced(kind: str, value: Any) -> None:
    schema = of_type(kind)
    assert_same(coerce(record(value), schema), record(value))
    assert the_finding(validate(json_of(value), schema, format="json")).code == "wrong-type"


def test_an_integral_number_is_an_integer() -> None:
    schema = of_type("integer")
    assert validate(json_of(5.0), schema, format="json").findings == ()
    for number in (5.0, Decimal("5.00"), Decimal("5E0")):
        assert to_csv([record(number)], schema) == "external_id,acme__v\nS,5\n"


def test_parse_float_keeps_the_digits() -> None:
    (found,) = from_csv(csv_of("1.10"), of_type("number"), parse_float=Decimal)
    assert_same(found["acme__v"], Decimal("1.10"))
    assert str(found["acme__v"]) == "1.10"
    (found,) = from_csv(csv_of("7"), of_type("number"), parse_float=Decimal)
    assert_same(found["acme__v"], 7)


def test_a_conversion_of_files_keeps_the_digits() -> None:
    schema = load_schema("shops", fields={"acme__n": "integer", "acme__f": "number"})
    text = "external_id,acme__n,acme__f\nA,39.0,1.10\nB,-7.000,0.1000000000000000055511151231257827\nC,5,100\n"
    output = io.BytesIO()
    convert_file(text, output, schema, to="json")
    for digits in ('"acme__n":39,', '"acme__n":-7,', '"acme__n":5,', ":1.10}", "0055511151231257827}", ":100}"):
        assert digits in output.getvalue().decode()
    again = io.BytesIO()
    convert_file(output.getvalue(), again, schema, to="csv")
    assert again.getvalue().decode() == text.replace("39.0", "39").replace("-7.000", "-7")


def test_without_a_schema_every_cell_is_text() -> None:
    assert from_csv("a,b,c\n1,true,1.5\n") == [{"a": "1", "b": "true", "c": "1.5"}]


INTEGER, NUMBER, BOOLEAN, TEXT = ({"type": name} for name in ("integer", "number", "boolean", "string"))
KINDS = [
    {"properties": {"kind": {"const": "a"}, "v": INTEGER}, "required": ["kind"]},
    {"properties": {"kind": {"const": "b"}, "v": BOOLEAN}, "required": ["kind"]},
]
CONDITION = {
    "properties": {"n": INTEGER},
    "if": {"properties": {"n": {"minimum": 10}}},
    "then": {"properties": {"v": INTEGER}},
    "else": {"properties": {"v": BOOLEAN}},
}
NODE = {"type": "object", "properties": {"n": INTEGER, "next": {"$ref": "#/$defs/node"}}}

PLACES: dict[str, tuple[dict[str, Any], list[tuple[Any, Any]]]] = {
    "a union of types takes what is valid as it stands": (
        {"type": ["string", "integer"]},
        [("39", "39"), (39, 39)],
    ),
    "whatever their order": ({"type": ["integer", "string"]}, [("39", "39"), (39, 39)]),
    "a union of types without text": (
        {"type": ["integer", "boolean", "null"]},
        [("39", 39), ("true", True), ("x", "x"), ("null", "null"), (None, None)],
    ),
    "integer and number": ({"type": ["number", "integer"]}, [("39", 39), ("39.5", 39.5)]),
    "no type": ({}, [("39", "39"), ("true", "true")]),
    "anyOf with text": ({"anyOf": [INTEGER, TEXT]}, [("39", "39"), (39, 39)]),
    "anyOf in order": ({"anyOf": [INTEGER, NUMBER]}, [("12.0", 12), ("12.5", 12.5), ("x", "x")]),
    "anyOf in the other order": ({"anyOf": [NUMBER, INTEGER]}, [("12.0", 12.0), ("12", 12)]),
    "anyOf: the first that accepts": (
        {"anyOf": [{**INTEGER, "minimum": 10}, BOOLEAN, NUMBER]},
        [("12", 12), ("true", True), ("5", 5), ("5.0", 5.0)],
    ),
    "anyOf: each on the original value": (
        {"anyOf": KINDS},
        [
            ({"kind": "a", "v": "1"}, {"kind": "a", "v": 1}),
            ({"kind": "b", "v": "true"}, {"kind": "b", "v": True}),
            ({"kind": "b", "v": "1"}, {"kind": "b", "v": "1"}),
        ],
    ),
    "oneOf": ({"oneOf": [INTEGER, BOOLEAN]}, [("1", 1), ("false", False), ("x", "x")]),
    "a list or a number": (
        {"anyOf": [{"type": "array", "items": INTEGER}, INTEGER]},
        [(["1", "2"], [1, 2]), ("3", 3), (["1", "x"], ["1", "x"])],
    ),
    "enum": ({"enum": [1, 2.5, True, None]}, [("1", 1), ("2.5", 2.5), ("true", True), (True, True), (None, None)]),
    "enum: a text matches first": ({"enum": [1, "1", True, "true"]}, [("1", "1"), ("true", "true"), (1, 1)]),
    "enum of texts": ({"enum": ["1", "2"]}, [("1", "1"), ("3", "3")]),
    "const": ({"const": 7}, [("7", 7), (7, 7)]),
    "const text": ({"const": "7"}, [("7", "7")]),
    "a type beside an enum": ({"type": "integer", "enum": [1, 2]}, [("2", 2), ("x", "x")]),
    "if is decided on what stands outside, coerced": (
        CONDITION,
        [
            ({"n": "12", "v": "1"}, {"n": 12, "v": 1}),
            ({"n": "5", "v": "true"}, {"n": 5, "v": True}),
            ({"n": "5", "v": "1"}, {"n": 5, "v": "1"}),
        ],
    ),
    "a type inside if never coerces": (
        {"if": {"properties": {"v": INTEGER}, "required": ["v"]}, "then": {"properties": {"w": INTEGER}}},
        [({"v": "5", "w": "6"}, {"v": "5", "w": "6"}), ({"v": 5, "w": "6"}, {"v": 5, "w": 6})],
    ),
    "a type inside not never coerces": ({"not": {"type": "integer"}}, [("5", "5")]),
    "then without else": (
        {"if": {"required": ["k"]}, "then": {"properties": {"v": INTEGER}}},
        [({"k": "x", "v": "1"}, {"k": "x", "v": 1}), ({"v": "1"}, {"v": "1"})],
    ),
    "dependentSchemas": (
        {"dependentSchemas": {"k": {"properties": {"v": INTEGER}}}},
        [({"k": "x", "v": "1"}, {"k": "x", "v": 1}), ({"v": "1"}, {"v": "1"})],
    ),
    "dependencies, as before 2019": (
        {"dependencies": {"k": {"properties": {"v": INTEGER}}, "v": ["k"]}},
        [({"k": "x", "v": "1"}, {"k": "x", "v": 1}), ({"v": "1"}, {"v": "1"})],
    ),
    "prefixItems and items": (
        {"prefixItems": [INTEGER, BOOLEAN], "items": NUMBER},
        [(["1", "true", "1.5", "2"], [1, True, 1.5, 2]), (["x"], ["x"]), ([], [])],
    ),
    "patternProperties and additionalProperties": (
        {"properties": {"s": TEXT}, "patternProperties": {"^n_": INTEGER}, "additionalProperties": BOOLEAN},
        [({"s": "1", "n_a": "1", "z": "true"}, {"s": "1", "n_a": 1, "z": True})],
    ),
    "properties and patternProperties together": (
        {"properties": {"n_a": {"type": ["integer", "string"]}}, "patternProperties": {"^n_": {"type": ["integer"]}}},
        [({"n_a": "1", "n_b": "2"}, {"n_a": 1, "n_b": 2})],
    ),
    "$ref, with siblings": (
        {"$defs": {"n": INTEGER}, "properties": {"v": {"$ref": "#/$defs/n", "minimum": 1}}},
        [({"v": "5"}, {"v": 5})],
    ),
    "$ref to an anchor": (
        {"$defs": {"n": {**INTEGER, "$anchor": "count"}}, "properties": {"v": {"$ref": "#count"}}},
        [({"v": "5"}, {"v": 5})],
    ),
    "$ref that goes in circles": (
        {"$defs": {"node": NODE}, "$ref": "#/$defs/node"},
        [({"n": "1", "next": {"n": "2", "next": {"n": "3"}}}, {"n": 1, "next": {"n": 2, "next": {"n": 3}}})],
    ),
    "allOf: what all allow": (
        {"allOf": [{"type": ["integer", "string"]}, {"type": ["integer", "boolean"]}]},
        [("5", 5), ("true", "true")],
    ),
    "allOf: an integer is a number": ({"allOf": [NUMBER, INTEGER]}, [("5.0", 5), ("5", 5)]),
    "a warning coerces, too": ({"allOf": [{"x-severity": "warning", "type": "integer"}]}, [("5", 5), ("x", "x")]),
    "lists of objects": (
        {"type": "array", "items": {"properties": {"n": INTEGER}}},
        [([{"n": "1"}, {"n": "x", "m": "2"}, {}], [{"n": 1}, {"n": "x", "m": "2"}, {}])],
    ),
    "text in lists": ({"type": "array", "items": TEXT}, [([1, "2"], ["1", "2"])]),
}
"""A schema, values, and the values that it converts them to."""

PLACED = [
    pytest.param(schema, value, result, id=f"{name}: {json.dumps(value)}")
    for name, (schema, pairs) in PLACES.items()
    for value, result in pairs
]


def rooted(schema: dict[str, Any], value: Any, result: Any) -> tuple[dict[str, Any], Any, Any]:
    """The same as a schema of records, a record, and the converted record."""
    if isinstance(value, dict):
        return schema, value, result
    return {"properties": {"v": schema}}, {"v": value}, {"v": result}


@pytest.mark.parametrize(("schema", "value", "result"), PLACED)
def test_what_a_schema_asks_for(schema: dict[str, Any], value: Any, result: Any) -> None:
    schema, value, result = rooted(schema, value, result)
    before = json.dumps(value)
    assert_same(coerce(value, schema), result)
    assert json.dumps(value) == before, "the value given is never changed"
    assert_same(coerce(result, schema), result)
    report = validate(json.dumps([value]), schema, format="json")
    assert report.valid == validate(json.dumps([result]), schema, format="json").valid
    if report.valid:
        assert_same(from_json(json.dumps([value]), schema), [result])


def test_a_value_at_the_root_is_coerced_too() -> None:
    assert_same(coerce("5", {"type": "integer"}), 5)
    assert_same(coerce(["1", "x"], {"items": {"type": "integer"}}), [1, "x"])
