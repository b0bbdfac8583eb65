"""Whole amounts of money beside amounts with decimals: no amount of such a field is valid."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import Finding, InvalidData, UsageError, from_csv, from_json, iter_csv, load_schema, validate
from custobar_formats.core.limits import SPOOLED_BYTES
from custobar_formats.notation.numbers import has_decimals
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.report.report import Report

MIXED, TYPE = "mixed-money", "wrong-type"
MONEY = {"type": "integer", "x-custobar-type": "money"}
PRICES = 'external_id,price\nA,"24,90"\nB,89\nC,1290\n'


def errors(report: Report) -> list[tuple[int | None, str, str | None]]:
    return [(finding.row, finding.code, finding.path) for finding in report.errors]


def converted(data: bytes, schema: Any, to: str, **more: Any) -> Report:
    """The report of a conversion that writes nothing."""
    target = io.BytesIO()
    with pytest.raises(InvalidData) as raised:
        convert_file(io.BytesIO(data), target, schema, to=to, **more)
    return raised.value.report


WANTED = [(1, TYPE, "/price"), (2, MIXED, "/price"), (3, MIXED, "/price")]
RECORDS: list[dict[str, Any]] = [{"external_id": "A", "price": "24,90"}, {"external_id": "B", "price": 89}]
RECORDS += [{"external_id": "C", "price": "1290"}]


def test_no_amount_of_a_mixed_field_is_valid_in_any_function() -> None:
    text = json.dumps(RECORDS)
    reports = [validate(PRICES, "products"), validate(PRICES.encode(), "products", cross_checks=False)]
    reports += [validate(text, "products"), validate(RECORDS, "products"), validate(iter(RECORDS), "products")]
    for read, source in ((from_csv, PRICES), (from_json, text)):
        with pytest.raises(InvalidData) as raised:
            read(source, "products")
        reports.append(raised.value.report)
    reports += [converted(PRICES.encode(), "products", "json"), converted(text.encode(), "products", "csv")]
    for report in reports:
        assert errors(report) == WANTED
        assert (report.rows, report.valid_rows) == (3, 0)
        assert report.counts.by_code[MIXED] == 2


def test_rejects_have_each_amount() -> None:
    good, bad = io.BytesIO(), io.BytesIO()
    data = (PRICES + "D,\nE,0\n").encode()
    report = convert_file(io.BytesIO(data), good, "products", to="jsonl", rejects=bad)
    assert [json.loads(line)["external_id"] for line in good.getvalue().splitlines()] == ["D"]
    assert [row["external_id"] for row in csv.DictReader(io.StringIO(bad.getvalue().decode()))] == [*"ABCE"]
    assert (report.rows, report.valid_rows) == (5, 1)


def test_streaming_ends_at_the_first_amount_with_decimals() -> None:
    records = iter_csv('external_id,price\nB,89\nA,"24,90"\nC,1290\n', "products")
    assert next(records)["price"] == 89
    with pytest.raises(InvalidData) as raised:
        next(records)
    assert errors(raised.value.report) == [(2, TYPE, "/price")]


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        (["2490", "89", "0", "-5"], 0),
        (["24,90", "0", "0", ""], 1),
        (["24,90", "0,00", "0", "-0"], 2),
        (["24,90", "9.5", "1 024,90 €", ""], 3),
        (["24.905", "89", "1,024", "1.000"], 3),
        (["x", "89", "24,90 %", "1e3"], 3),
        (["2490", "89", "", ""], 0),
        (["24.0", "0", "2490.00", "0"], 2),
    ],
)
def test_other_columns_are_not_mixed(cells: list[str], wrong: int) -> None:
    rows = "".join(f"P{number};{cell}\n" for number, cell in enumerate(cells))
    assert validate(f"external_id;price\n{rows}", "products").counts.by_code.get(TYPE, 0) == wrong
    assert MIXED not in validate(f"external_id;price\n{rows}", "products").counts.by_code
    records = [{"external_id": f"P{number}", "price": cell} for number, cell in enumerate(cells)]
    assert MIXED not in validate(records, "products").counts.by_code


@pytest.mark.parametrize(
    "cell", ["24,90", "24.9", "-24,90", "1 024,90", "1.024,90", "1,024.5", "€24.90", "24,90 EUR", "24,90e", "24,90:-"]
)
def test_an_amount_with_decimals_counts_in_any_notation(cell: str) -> None:
    assert has_decimals(cell)
    assert errors(validate(f"external_id;price\nA;{cell}\nB;89\n", "products"))[1:] == [(2, MIXED, "/price")]


OWN = {
    "type": "object",
    "x-empty-erases": True,
    "properties": {
        "id": {"type": "string"},
        "fee": {"anyOf": [MONEY, {"type": "null"}]},
        "fees": {"type": "array", "items": MONEY},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"total": {**MONEY, "minimum": 0}}}},
        "limit": {"anyOf": [MONEY, {"const": "none"}]},
        "note": {"anyOf": [MONEY, {"type": "string"}]},
        "rate": {"type": "number", "x-custobar-type": "money"},
        "plain": {"type": "integer"},
    },
    "patternProperties": {"^acme__": MONEY},
}


@pytest.mark.parametrize(
    ("label", "mixed"),
    [
        ("fee", True),
        ("acme__fee", True),
        ("limit", True),
        ("note", False),  # text is valid there
        ("rate", False),  # and a fraction there
        ("plain", False),
    ],
)
def test_fields_of_money_are_those_of_the_type(label: str, mixed: bool) -> None:
    wanted = [(2, MIXED, f"/{label}")] if mixed else []
    found = validate(f"id;{label}\na;24.90\nb;89\nc;\n", OWN)
    assert [one for one in errors(found) if one[1] == MIXED] == wanted
    records: list[dict[str, Any]] = [{"id": "a", label: "24.90"}, {"id": "b", label: 89}, {"id": "c", label: ""}]
    found = validate(records, OWN)
    assert [one for one in errors(found) if one[1] == MIXED] == wanted


def test_company_fields_and_nested_fields_of_bundled_schemas() -> None:
    schema = load_schema("customers", fields={"acme__balance": "money"})
    assert (2, MIXED, "/acme__balance") in errors(validate("email;acme__balance\na@b.fi;1,5\nb@b.fi;7\n", schema))
    header = "sale_external_id,sale_date,sale_customer_id,total,discount\n"
    found = validate(header + 'S,2024-01-01,C,"1,50",3\nT,2024-01-01,C,9,0\n', "sales")
    assert errors(found) == [(1, TYPE, "/total"), (2, MIXED, "/total")]


def test_indices_of_lists_do_not_distinguish_fields() -> None:
    found = validate('id,lines.0.total,lines.1.total\na,5,6\nb,7,"8,5"\nc,-1,\n', OWN)
    assert errors(found) == [
        (1, MIXED, "/lines/0/total"),
        (1, MIXED, "/lines/1/total"),
        (2, MIXED, "/lines/0/total"),
        (2, TYPE, "/lines/1/total"),
        (3, "out-of-range", "/lines/0/total"),
    ]
    records: list[dict[str, Any]] = [
        {"lines": [{"total": 5}, {"total": 6}]},
        {"lines": [{"total": 7}, {"total": "8,5"}]},
    ]
    assert errors(validate(records, OWN)) == errors(found)[:4]
    assert errors(validate("id;fees\na;5,6\nb;7.5\nc;x\n", OWN)) == [
        (1, MIXED, "/fees"),
        (2, TYPE, "/fees/0"),
        (3, TYPE, "/fees/0"),
    ]


def test_numbers_of_json_with_decimals() -> None:
    for value in (24.9, Decimal("24.90"), "24.90"):
        found = validate([{"fee": value}, {"fee": 89}, {"fee": None}, {"fee": 0}, {"fee": True}], OWN)
        assert [one for one in errors(found) if one[1] == MIXED] == [(2, MIXED, "/fee"), (4, MIXED, "/fee")]


def test_money_with_a_point_is_valid_unless_it_is_mixed() -> None:
    pandas: list[Any] = [{"fee": 2490.0}, {"fee": 8900.0}, {"fee": None}, {"lines": [{"total": 1.0}]}]
    report = validate(pandas, OWN)
    assert (report.valid, report.counts.by_code) == (True, {"money-with-point": 3})
    assert from_json(json.dumps(pandas), OWN)[0] == {"fee": 2490.0}
    report = validate([*pandas, {"fee": 89}, {"fee": 0}, {"lines": [{"total": 3}]}], OWN)
    assert (report.valid_rows, report.counts.by_code) == (1, {MIXED: 6})
    with pytest.raises(InvalidData):
        from_json('[{"fee": 24.0}, {"fee": 89}]', OWN)
    converted(b'[{"fee": 24.0}, {"fee": 89}]', OWN, "csv")
    assert validate([{"rate": 24.0, "plain": 24.0}, {"note": "24.0"}], OWN).counts.by_code == {}


def test_more_are_counted_than_are_kept() -> None:
    rows = "".join(f"P{number},{number + 1}\n" for number in range(1000))
    reported: list[Finding] = []
    report = validate(f"external_id,price\n{rows}X,1.5\n", "products", on_finding=reported.append)
    assert (report.counts.by_code, len(report.findings)) == ({TYPE: 1, MIXED: 1000}, 101)
    assert (report.rows, report.valid_rows, sum(report.histogram.counts)) == (1001, 0, 1001)
    assert len(reported) == 1001
    assert [finding.row for finding in report.findings] == [*range(1, 101), 1001]


def test_choices_of_the_caller() -> None:
    with pytest.raises(UsageError, match="mixed-money is an error"):
        validate(PRICES, "products", ignore=[MIXED])
    first = validate('external_id,price\nB,89\nA,"24,90"\nC,7\n', "products", fail_fast=True)
    assert errors(first) == [(2, TYPE, "/price")]
    assert str(validate(PRICES, "products")) == str(validate(PRICES, "products"))
    one, other = validate(PRICES, "products"), validate('external_id,price\nA,"1,5"\nB,2\n', "products")
    assert one.merge(other).counts.by_code == {TYPE: 2, MIXED: 3}


class Once(io.RawIOBase):
    """A stream that can be read only once."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


class TextOnce:
    """A stream of text that can be read only once."""

    def __init__(self, text: str) -> None:
        self._text = io.StringIO(text)

    def read(self, size: int) -> str:
        return self._text.read(size)


@pytest.mark.parametrize("count", [3, SPOOLED_BYTES // 20])
def test_what_can_be_read_only_once_is_kept(count: int) -> None:
    """Also if it is too large for memory."""
    records = [{"external_id": f"P{number}", "price": number + 1} for number in range(count)]
    records += [{"external_id": "ä\N{GRINNING FACE}", "price": "2,5"}]
    text = "external_id;price\n" + "".join(f"{record['external_id']};{record['price']}\n" for record in records)
    options: Any = {"format": "csv", "delimiter": ";", "encoding": "utf-8"}
    once: list[Any] = [Once(text.encode()), TextOnce(text), Once(json.dumps(records).encode())]
    reports = [validate(once[0], "products", **options), validate(once[1], "products", delimiter=";")]
    reports += [validate(once[2], "products"), validate(iter(records), "products")]
    for report in reports:
        assert report.counts.by_code == {TYPE: 1, MIXED: count}
        assert (report.rows, report.valid_rows) == (count + 1, 0)


SCALARS: list[Any] = [24.9, 2490.0, "24,90", "1.5", 89, 0, "7", "0", "", None, "x", True, 1.234, -3, [], {"a": 1}]
VALUES = st.sampled_from(SCALARS)


def amounts(record: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, value in record.items():
        if name == "lines":
            yield from (("lines/*/total", f"/lines/{at}/total", line.get("total")) for at, line in enumerate(value))
        else:
            yield name, f"/{name}", value


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "fee": VALUES,
                "acme__x": VALUES,
                "lines": st.lists(st.fixed_dictionaries({}, optional={"total": VALUES}), max_size=3),
            },
        ),
        max_size=6,
    ),
    st.sampled_from(["json", "jsonl"]),
)
def test_records_are_mixed_as_a_walk_over_them_shows(records: list[dict[str, Any]], form: str) -> None:
    lines = [json.dumps(record) for record in records]
    text = "".join(f"{line}\n" for line in lines) if form == "jsonl" else "[" + ",".join(lines) + "]"
    reported: list[Finding] = []
    found = validate(text, OWN, format=form, on_finding=reported.append)  # type: ignore[arg-type]
    wrong = {(one.row, one.path) for one in found.errors if one.code != MIXED}
    decimals, nonzero = set(), set()
    valid: set[tuple[str, int, str]] = set()
    for row, record in enumerate(records, 1):
        for key, path, value in amounts(record):
            pointed = isinstance(value, float) and value.is_integer()
            if pointed or ((row, path) in wrong and isinstance(value, (str, float)) and has_decimals(str(value))):
                decimals.add(key)
            if ((type(value) is int and value) or value == "7") and (row, path) not in wrong:
                nonzero.add(key)
            if (row, path) not in wrong and value not in ("", None):
                valid.add((key, row, path))
    expected = sorted((row, path) for key, row, path in valid if key in decimals & nonzero)
    assert sorted((one.row, one.path) for one in found.errors if one.code == MIXED) == expected
    assert found.valid_rows == len(records) - len({row for row, _ in wrong} | {row for row, _ in expected})
    assert sum(one.code == MIXED for one in reported) == len(expected)
