"""Duplicate identifiers are found in any order."""

from __future__ import annotations

import builtins
import tracemalloc
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import validate
from custobar_formats.records.block import RecordBlock
from custobar_formats.validation import digests
from custobar_formats.validation.across_records import Identifiers
from custobar_formats.validation.digests import SLOTS, DigestTable
from custobar_formats.validation.sales import SALE_HAS, Sales
from tests.parameters import slow_if

ODD = st.sampled_from(["", "\n", "a\nb", "ä", "\ud800", "\U0001f600", "A" * 200, 1, 1.0, True, ("email", "a")])
TEXTS = st.text("ab\n", max_size=3)
BLOCKS = st.lists(st.lists(st.one_of(TEXTS, ODD), min_size=1, max_size=5), max_size=5)
ORDERED = (
    st.lists(TEXTS, max_size=20)
    .flatmap(lambda texts: st.sampled_from([sorted(texts), sorted(texts, key=lambda text: (len(text), text))]))
    .flatmap(
        lambda texts: st.integers(1, 6).map(lambda size: [texts[at : at + size] for at in range(0, len(texts), size)])
    )
)


@given(st.tuples(st.one_of(ORDERED, BLOCKS), BLOCKS).map(lambda parts: [*parts[0], *parts[1]]), st.integers(1, 3))
@example([["a", "b"], ["c\nd"], ["c", "d"]], 1)
@example([["a"], ["b"], ["c", "a"], ["b"]], 2)
@example([["a" * 200], ["b"], ["a" * 200]], 1)
def test_identifiers_are_found_where_they_occurred(blocks: list[list[Any]], step: int) -> None:
    identifiers = Identifiers()
    first: dict[tuple[str, Any], int] = {}
    row = 0
    for block in blocks:
        rows = []
        expected = []
        for place, value in enumerate(block):
            row += 1 if place else step  # rows without an identifier lie between blocks
            rows.append(row)
            key = (type(value).__name__, value)
            if key in first:
                expected.append((place, first[key]))
            first.setdefault(key, row)
        found = identifiers.add(block, rows)
        assert [(place, identifiers.first_row(number)) for place, number in found] == expected


def test_ascending_identifiers_are_kept_as_text_and_others_as_numbers() -> None:
    ascending, others = Identifiers(), Identifiers()
    ascending.add(["a", "b"], [1, 2])
    ascending.add(["c"], [3])
    with mock.patch.object(digests, "hash", create=True, side_effect=AssertionError("a hash was asked for")):
        ascending.add(["d"], [4])
        counted = Identifiers()
        counted.add(["C-8", "C-9"], [1, 2])
        counted.add(["C-10"], [3])  # the order of texts until here; that of lengths, too
        counted.add(["C-11", "C-100"], [4, 5])
    ((place, number),) = counted.add(["C-12", "C-9"], [6, 7])
    assert (place, counted.first_row(number)) == (1, 2)
    others.add(["b", "a"], [1, 2])
    assert others.add(["b"], [3])[0][0] == 0
    ((place, number),) = ascending.add(["b"], [5])
    assert (place, ascending.first_row(number)) == (0, 2)


def test_an_identifier_is_found_behind_thousands_in_order() -> None:
    rows = [f"C{number:05d}" for number in range(5_000)] + ["C00042"]
    report = validate("\n".join(["external_id", *rows]) + "\n", "customers")
    assert [(finding.row, finding.hint) for finding in report.findings] == [(5_001, "it first occurs in row 43")]


def test_texts_with_the_same_hash_are_different_identifiers() -> None:
    """A hash leads to an identifier, but does not decide what is one: all texts may share theirs."""
    values = [f"C-{number * 7919 % 211}" for number in range(211)]
    for numbers in (lambda _: 7, lambda value: len(value), lambda value: builtins.hash(value) & 3):
        with mock.patch.object(digests, "hash", numbers, create=True):
            identifiers = Identifiers()
            for start in range(0, len(values), 20):
                assert identifiers.add(values[start : start + 20], range(start + 1, start + 21)) == []
            for number in (5, 199, 0):
                ((place, found),) = identifiers.add([f"new {number}", values[number]], [2000, 2001])
                assert (place, identifiers.first_row(found)) == (1, number + 1)


@given(st.lists(st.lists(st.one_of(TEXTS, ODD), max_size=5), max_size=5), st.sampled_from([1, 2, 60]))
def test_a_table_numbers_values_in_the_order_of_their_first_occurrences(blocks: list[list[Any]], hashes: int) -> None:
    """Whatever the hashes are, and also where the table grows."""
    numbers: dict[tuple[str, Any], int] = {}
    with (
        mock.patch.object(digests, "hash", lambda value: builtins.hash(value) % 2**hashes, create=True),
        mock.patch.object(digests, "SLOTS", 2),
    ):
        table = DigestTable()
        for block in blocks:
            keys = [(type(value).__name__, value) for value in block]
            assert table.find(block) == [numbers.get(key) for key in keys]
            expected = [numbers.setdefault(key, len(numbers)) for key in keys]
            assert table.number(block) == expected
            assert table.find(block) == expected
            assert len(table) == len(numbers)


@pytest.mark.parametrize("numbers", [lambda _: 7, lambda value: len(str(value)), builtins.hash])
def test_reports_do_not_depend_on_hashes(numbers: Any) -> None:
    with mock.patch.object(digests, "hash", numbers, create=True):
        report = validate("external_id\nC-2\nC-1\nC-3\nC-1\n", "customers")
        assert [(finding.row, finding.hint) for finding in report.findings] == [(4, "it first occurs in row 2")]
        header = "sale_external_id,sale_date,sale_customer_id\n"
        sales = "S-2,2024-01-01,\nS-1,2024-01-01,C\nS-3,2024-01-01,C\nS-2,,C\nS-4,2024-01-01,\n"
        report = validate(header + sales, "sales")
        assert [(finding.row, finding.code) for finding in report.findings] == [(5, "incomplete-sale")]


FIRST_TABLE = 4 * SLOTS
"""Bytes of the smallest table."""

SIZES = [2_000, 10_000, SLOTS // 2 + 1]
"""Numbers of identifiers; at the last one, the table has just grown, and has the most room to spare."""


@pytest.mark.parametrize("size", slow_if(SIZES[-1:], SIZES))
def test_an_identifier_and_a_sale_take_little_memory_just_after_the_table_has_grown(size: int) -> None:
    """In no order, and just after the table has grown."""
    values = [f"C-{number * 7919 % size:07d}" for number in range(size)]
    missing = {name: [None] * 128 for name in SALE_HAS}

    def add_sales(sales: Sales, part: list[str], rows: range) -> None:
        fields: dict[str, Any] = {
            "sale_external_id": part,
            **{name: none[: len(part)] for name, none in missing.items()},
        }
        sales.add(RecordBlock([], rows, rows, fields=fields))

    ways: list[tuple[Any, Any]] = [(Identifiers, Identifiers.add), (Sales, add_sales)]
    for make, add in ways:
        tracemalloc.start()
        try:
            before, kept = tracemalloc.get_traced_memory()[0], make()
            for start in range(0, size, 128):
                part = values[start : start + 128]
                add(kept, part, range(start + 1, start + 1 + len(part)))
            assert tracemalloc.get_traced_memory()[0] - before < 80 * size + FIRST_TABLE
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("more", [{}, {"allOf": [{"type": "integer", "x-severity": "warning"}]}])
@pytest.mark.parametrize("data", [b"external_id\n1\n1\n", b'[{"external_id": 1}, {"external_id": 1}]'])
def test_a_duplicate_is_named_alike_whatever_decides_its_column(data: bytes, more: dict[str, Any]) -> None:
    schema = {"properties": {"external_id": {"type": "number", **more}}, "x-entity": "customers"}
    (finding,) = validate(data, schema).findings
    assert finding.message == "duplicate external_id '1'; this record overwrites the earlier one"
