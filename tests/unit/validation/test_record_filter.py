"""Records that pass the filter need no closer look."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import from_json, load_schema, validate
from custobar_formats.core.entities import Entity
from custobar_formats.jsontext.scanner import measure
from custobar_formats.schema.coercion import without_erased
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.validation.record_filter import RecordFilter
from tests.laws import strategies

EXAMPLES = Path(__file__).parents[3] / "examples"

GOOD: list[tuple[str, Any]] = [
    ("customers", {"external_id": "C-1", "mailing_lists": ["a", "b"], "can_email": True, "acme__a": {"b": [1, {}]}}),
    ("customers", {"email": "a@example.com", "phone_number": "", "external_id": None, "tags": ["x"], "country": "FI"}),
    ("customers", {"phone_number": "+358401234567", "date_joined": "2024-02-29T10:00:00Z", "city": ""}),
    ("products", {"external_id": "P", "price": 1, "category": "a", "stock": [{"shop_id": "1", "quantity": 39}]}),
    ("products", {"external_id": "Q", "price": 0, "category": ["a", "b"], "stock": [], "visible": False, "x": 1.5}),
    ("shops", {"external_id": "S1", "name": "Käthy's"}),
]
BAD: list[tuple[str, Any]] = [
    ("customers", {"external_id": "C 1"}),
    ("customers", {"external_id": "", "email": None, "city": "x"}),
    ("customers", {"email": "a@example.com", "date_joined": "2024-02-29 10:00:00"}),
    ("customers", {"email": "a@example.com", "can_email": "true"}),
    ("customers", {"email": "a@example.com", "mailing_lists": ["a", ""], "country": "Finland"}),
    ("customers", {"email": "a@example.com", "mailing_lists": ["a", 1]}),
    ("products", {"external_id": "P", "price": "1"}),
    ("products", {"external_id": "P", "price": 1, "stock": [{"quantity": 1}, {"quantity": "1"}]}),
    ("products", {"external_id": "P", "price": 1, "category": 7}),
    ("products", {"external_id": "P"}),
    ("products", {"external_id": ["P"], "price": 1.5}),
]


@pytest.mark.parametrize("entity", ["customers", "products", "shops"])
def test_right_records_pass_and_wrong_ones_are_left(entity: Entity) -> None:
    good = [record for name, record in GOOD if name == entity]
    bad = [record for name, record in BAD if name == entity]
    schema = Schema(load_schema(entity))
    assert RecordFilter(schema).find_unchecked(good)[0] == []
    assert RecordFilter(schema).find_unchecked([*good, *bad, *good])[0] == list(range(len(good), len(good) + len(bad)))
    assert all(RecordFilter(schema).find_unchecked([record])[0] == [0] for record in bad)


def test_no_record_of_the_examples_is_left() -> None:
    products = json.loads((EXAMPLES / "products.json").read_text("utf-8"))["products"]
    assert RecordFilter(Schema(load_schema("products"))).find_unchecked(products)[0] == []


def count_strings(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(count_strings, value.values()))
    return sum(map(count_strings, value)) if isinstance(value, list) else isinstance(value, str)


def count_levels(value: Any) -> int:
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(count_levels, value.values() if isinstance(value, dict) else value), default=0)


@given(st.data(), strategies.schemas())
def test_what_passes_is_valid_and_has_no_warning(data: Any, document: Any) -> None:
    schema = Schema(document)
    record = st.one_of(strategies.instances(document), strategies.instances(document), strategies.values(2))
    records = data.draw(st.lists(record, max_size=6)) * data.draw(st.sampled_from([1, 2]))
    before = copy.deepcopy(records)
    record_filter = RecordFilter(schema)
    left, strings, levels = record_filter.find_unchecked(records)
    assert left == sorted(set(left)) == record_filter.find_unchecked(records)[0]
    assert strings == count_strings(records)
    assert levels == count_levels(records) - 1
    assert repr(records) == repr(before)
    for place in set(range(len(records))) - set(left):
        kept = without_erased(records[place]) if schema.empty_erases else records[place]
        assert schema.is_clean(kept)


ODD_MEMBERS: list[Any] = [
    "5",
    "1.0",
    "true",
    "TRUE",
    "",
    None,
    7,
    1.5,
    True,
    "a@example.com",
    "x ",
    "P_1",
    ["a", 1],
    [1, 2],
]
ODD_MEMBERS += [
    {"quantity": "1"},
    [{"quantity": "x"}, {"quantity": "2", "shop_id": 3}],
    "2024-01-01 10:00",
    "+358401234567",
]
NAMES = [
    "external_id",
    "email",
    "price",
    "title",
    "can_email",
    "mailing_lists",
    "stock",
    "date",
    "date_joined",
    "phone_number",
]


@given(st.data(), st.one_of(strategies.schemas(), st.sampled_from(["customers", "products"])), st.sampled_from([1, 3]))
@example(None, "customers", 1)
@example(None, "products", 1)
def test_a_report_and_the_records_are_the_same_without_the_filter(data: Any, document: Any, kept: int) -> None:
    known = [record for _, record in GOOD + BAD]
    if data is None:
        records = known
    else:
        odd = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ODD_MEMBERS), max_size=6)
        record = st.one_of(st.sampled_from(known), odd) if isinstance(document, str) else strategies.instances(document)
        records = data.draw(st.lists(st.one_of(record, strategies.records()), max_size=6))
    text = json.dumps(records)
    schema = compile_schema(document)

    def read() -> Any:
        reported: list[Any] = []
        report = validate(text, schema, format="json", on_finding=reported.append)
        counted = validate(text, schema, format="json", max_findings=kept)
        valid = from_json(text, schema) if report.valid else None
        return repr((report, reported, counted, valid))

    found = read()
    with (
        mock.patch.object(RecordFilter, "find_unchecked", lambda _, found: (list(range(len(found))), *measure(found))),
        mock.patch.object(RecordFilter, "judge", lambda _, found: (set(range(len(found))), [])),
        mock.patch.object(RecordFilter, "has_new_keys", return_value=True),
    ):
        assert read() == found
