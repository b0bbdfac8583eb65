"""An export that is read in ranges through a mapping, wherever it is cut, against the same export read in one go."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from custobar_formats import load_mapping
from custobar_formats.pipeline.mapped_reader import plan_mapping
from custobar_formats.pipeline.options import Options
from tests.laws import test_convert_jobs as conversions
from tests.laws.strategies import weighted
from tests.laws.test_jobs import CELLS, both, cuts, written
from tests.mapping.test_law import Table, mappings, tables
from tests.mapping.test_presets import FOLDER, SAMPLES, mapping_of
from tests.parameters import slow_if

Cuts = tuple[int, int, int, int]

CUTS: list[Cuts] = [(30, 40, 200, 64), (1, 1, 50, 2), (100, 77, 1000, 10)]
WIDE_CUTS: list[Cuts] = [(1, 1, 4000, 64), (900, 700, 4000, 1000)]
AMOUNTS = ["5 kr", "5 SEK", "7 NOK", "5 EUR", "€ 3", "$ 1", "1.234", "24,90", "24.90", '="5 SEK"', "x"]


@st.composite
def exports(draw: DrawFn) -> tuple[bytes, Table, str]:
    """The bytes of an export, most of whose rows fit its header, its mapping, and its delimiter."""
    mapping = draw(mappings())
    header, few = draw(tables(mapping))
    if few:
        cells = st.sampled_from([*CELLS, *AMOUNTS, *(cell for row in few for cell in row)])
        odd = st.lists(cells, max_size=len(header) + 2)
        usual = weighted((6, st.sampled_from(few)), (2, st.lists(cells, min_size=len(header), max_size=len(header))))
        few = draw(st.lists(weighted((8, usual), (1, odd), (1, usual.map(lambda row: [*row, ""]))), max_size=30))
    delimiter = draw(st.sampled_from([",", ";"]))
    line_end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = written(draw, header, delimiter, line_end)
    for row in few:
        text += written(draw, row, delimiter, line_end)
        text += draw(weighted((20, st.just("")), (1, st.just(line_end)), (1, st.just('5" x' + line_end))))
    text += draw(weighted((8, st.just("")), (1, st.just('"open')), (1, st.just("\x07,"))))
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"])), "replace")
    return data + draw(weighted((8, st.just(b"")), (1, st.just(b"\xff\n")))), mapping, delimiter


@given(exports(), cuts(), st.integers(2, 4), st.sampled_from([None, 0, 1, 2]), st.booleans(), st.booleans())
def test_the_report_of_ranges_is_that_of_the_whole(
    export: tuple[bytes, Table, str], cut: Cuts, jobs: int, most: int | None, blanks: bool, listens: bool
) -> None:
    data, mapping, delimiter = export
    how: dict[str, Any] = {"mapping": mapping, "delimiter": delimiter, "max_findings": most, "count_blanks": blanks}
    both(data, cut, jobs, listens=listens, **how)


@given(exports(), cuts(), st.integers(2, 4), st.booleans(), st.sampled_from(["json", "jsonl"]), st.booleans())
def test_the_output_of_ranges_is_that_of_the_whole(
    export: tuple[bytes, Table, str], cut: Cuts, jobs: int, separates: bool, to: str, strict: bool
) -> None:
    data, mapping, delimiter = export
    plan, schema = plan_mapping(mapping, None)
    options = Options("csv", delimiter=delimiter, mapping=plan)
    conversions.both(data, cut, jobs, schema=schema, options=options, to=to, strict=strict, separates=separates)


QUICK = {"klaviyo-profiles", "mailchimp-audience", "shopify-customers", "shopify-orders", "prestashop-products"}


@pytest.mark.parametrize("sample", slow_if({*SAMPLES} - QUICK, SAMPLES))
def test_presets(sample: str) -> None:
    mapping = mapping_of(sample)
    header, *rows = (FOLDER / f"{sample}.csv").read_bytes().splitlines(keepends=True)
    odd = b"x" + rows[-1].replace(b"true", b"?").replace(b"0", b"O").replace(b"@", b"")
    data = header + b"".join(rows) * 4 + odd + b"".join(rows) * 4
    plan, schema = plan_mapping(mapping, None)
    parts = 0
    for cut in WIDE_CUTS:
        executor, _ = both(data, cut, 3, mapping=mapping, count_blanks=True)
        parts += len(executor.parts)
        for separates in (False, True):
            options = Options("csv", mapping=plan)
            conversions.both(data, cut, 3, schema=schema, options=options, to="json", separates=separates)
    assert parts > 4


def export(header: str, rows: list[str]) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


PRODUCTS: Table = {"entity": "products", "columns": {"external_id": "Nr", "price": {"from": "Price", "unit": "major"}}}
FILLED: Table = {
    "entity": "products",
    "columns": {"external_id": "Nr", "title": {"from": "Title", "fill_within": "Handle"}, "tags": "Handle"},
}


AFTER = ["Total,,", *(["a,b,c,d", "1,2,3"] * 10)]
"""Rows after those that are records."""


def with_rows(mapping: Table, **rows: Any) -> Table:
    return mapping | {"rows": rows}


KINDS: dict[str, tuple[Table, bytes, set[str]]] = {
    "the decimal mark that a late amount proves": (
        PRODUCTS,
        export("Nr,Price", [f"{row},1.234" for row in range(40)] + ['41,"24,90"']),
        {"decided-by-column"},
    ),
    "no decimal mark": (
        PRODUCTS,
        export("Nr,Price", [f"{row},1.234" for row in range(40)] + ['41,"24,90"', "42,24.90"]),
        {"unmappable-value"},
    ),
    "another currency, late": (
        PRODUCTS,
        export("Nr,Price", [f"{row},5 kr" for row in range(20)] + ["41,5 SEK", *(["42,5 NOK", "43,5 kr"] * 9)]),
        {"unmappable-value"},
    ),
    "a currency that only later rows have": (
        PRODUCTS,
        export("Nr,Price", [f"{row},5{' EUR' if row == 20 else ' SEK' if row > 20 else ''}" for row in range(40)]),
        {"unmappable-value"},
    ),
    "values above blank cells": (
        FILLED,
        export("Nr,Handle,Title", [f"{row},h{row // 7},{'T' if row % 7 == 0 else ''}" for row in range(60)]),
        {"identified-by"},
    ),
    "values above blank cells, in another row": (
        FILLED,
        export("Nr,Handle,Title", [f"{at},h{at // 7},{'' if at % 7 else 'T'}{',x' * (at == 21)}" for at in range(50)]),
        {"unmappable-value", "extra-cell"},
    ),
    "one value for all": (
        FILLED,
        export("Nr,Handle,Title", ["0,h,T", *(f"{row},h," for row in range(1, 90))]),
        {"identified-by"},
    ),
    "rows after the end": (
        with_rows(FILLED, end={"column": "Nr", "is": "Total"}, skip=[{"column": "Title", "is": "x"}]),
        export("Nr,Handle,Title", [f"{row},h,{'' if row % 9 else 'x'}" for row in range(40)] + AFTER),
        {"skipped-rows"},
    ),
    "an end at the start": (
        with_rows(FILLED, end={"column": "Nr", "is": "Total"}),
        export("Nr,Handle,Title", ["1,h,T", *AFTER]),
        {"skipped-rows"},
    ),
    "sales with rows that lack what others have": (
        {"entity": "sales", "columns": {
            "sale_external_id": "Order", "external_id": "Nr", "sale_date": {"from": "Day", "dates": "d.m.y"},
            "sale_email": "Mail", "unit_price": {"from": "Price", "unit": "major", "decimal": "."},
        }},
        export("Order,Nr,Day,Mail,Price", [
            f"S{row % 9},{row},{'x' if row % 9 == 4 else '1.2.2024' if row < 9 else ''},{'a@b.fi' * (row < 20)},1.50"
            for row in range(60)
        ]),
        {"unmappable-value"},
    ),
    "mixed money": (
        {"entity": "products", "columns": {"external_id": "Nr", "price": "Price"}},
        export("Nr,Price", [f"{row},{row}" for row in range(50)] + ["51,24.90"]),
        {"mixed-money"},
    ),
    "columns without names, and columns that are left out": (
        {"entity": "products", "ignore": ["X"], "columns": {
            "external_id": {"first": ["Nr", "Id"]}, "tags": {"join": ["A", "B"]}
        }},
        export("Nr,Id,A,B,X,", [
            f"{'' if row % 3 else row},{row % 20},a ,{'b' * (row % 2)},x,{'y' * (row % 11 == 0)}" for row in range(50)
        ]),
        {"blank-label", "ignored-columns"},
    ),
}  # fmt: skip


SLOW = KINDS.keys() - {"values above blank cells", "the decimal mark that a late amount proves", "rows after the end"}


@pytest.mark.parametrize("kind", slow_if(SLOW, KINDS))
def test_what_needs_rows_before(kind: str) -> None:
    mapping, data, codes = KINDS[kind]
    plan, schema = plan_mapping(mapping, None)
    parts = 0
    hows: tuple[dict[str, Any], ...] = ({}, {"max_findings": 1, "listens": True})
    for cut in CUTS:
        for more in hows:
            executor, report = both(data, cut, 3, mapping=mapping, delimiter=",", **more)
            assert report.counts.by_code.keys() >= codes, report
            parts += len(executor.parts)
        options = Options("csv", delimiter=",", mapping=plan)
        for how in ({}, {"separates": True}, {"to": "jsonl", "streams": True}):
            conversions.both(data, cut, 3, schema=schema, options=options, **how)
    assert parts > 4


class Word(StrEnum):
    """Texts that are members of an enumeration, as callers may write their mappings."""

    PRODUCTS, NR, WORDS, TAGS, JOIN = "products", "Nr", "values", "tags", "join"


def test_mappings_of_types_that_only_the_caller_has() -> None:
    tables = {
        "entity": Word.PRODUCTS,
        "columns": {"external_id": {"from": Word.NR}, Word.TAGS: {Word.JOIN: [Word.NR, "Title"], "prefix": Word.NR}},
        "unmapped": "drop",
    }
    data = export("Nr,Title", [f"{row},t" for row in range(60)])
    for mapping in (tables, load_mapping(tables)):
        executor, _ = both(data, (20, 50, 60, 64), 3, mapping=mapping)
        assert executor.parts
