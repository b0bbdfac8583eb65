"""Each step of a mapping, alone and in its order with the others; and the traps of real exports."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest

from custobar_formats import from_csv, validate
from custobar_formats.mapping.converted import ConvertedTexts, without_wrapping
from custobar_formats.mapping.steps import Target, Unmappable, make_converter
from tests.mapping.exports import as_csv, brief, read

Source = str | dict[str, Any]


class No(str):
    """A cell that cannot be read, with a part of the reason."""


def of(entity: str, field: str, source: Source, **cases: Any) -> list[Any]:
    """Cases of one step: the cell ``x`` is the second of each pair's texts, or its cells by column."""
    return [
        pytest.param(entity, field, source, cells, wanted, id=f"{field}-{name}")
        for name, (cells, wanted) in cases.items()
    ]


X = {"from": "x"}
FINNISH = {"from": "x", "country": "FI"}
EUROS = {"from": "x", "unit": "major"}
HELSINKI = {"from": "x", "dates": "d.m.y", "timezone": "Europe/Helsinki"}
TRUTH = {"from": "x", "true": ["Kyllä", "TOSI"], "false": ["Ei"]}
COUNTRIES = {"from": "x", "values": {"Suomi": "FI", "Ruotsi": "SE"}}
QUOTED = {"from": "x", "split": ", ", "quoted": True}

ALONE = [
    *of("products", "title", "x", plain=("Cup", "Cup"), spaces=(" Cup ", " Cup "), blank=("", None)),
    *of(
        "products",
        "title",
        {"first": ["x", "y"]},
        first=({"x": "A", "y": "B"}, "A"),
        second=({"x": "", "y": "B"}, "B"),
        none=({"x": "", "y": ""}, None),
    ),
    *of(
        "customers",
        "street_address",
        {"join": ["x", "y"], "with": ", "},
        both=({"x": "A 1", "y": "B 2"}, "A 1, B 2"),
        one=({"x": "", "y": "B 2"}, "B 2"),
        none=({"x": "", "y": ""}, None),
    ),
    *of("customers", "street_address", {"join": ["x", "y"]}, space=({"x": "A", "y": "B"}, "A B")),
    *of(
        "products",
        "title",
        {"from": "x", "only": {"column": "y", "is_not": ""}},
        holds=({"x": "A", "y": "1"}, "A"),
        fails=({"x": "A", "y": ""}, None),
    ),
    *of(
        "products",
        "title",
        {"from": "x", "only": {"column": "y", "is": "1"}},
        holds=({"x": "A", "y": "1"}, "A"),
        fails=({"x": "A", "y": "11"}, None),
    ),
    *of(
        "products",
        "title",
        {"from": "x", "only": {"column": "y", "is": ["1", ""]}},
        holds=({"x": "A", "y": "1"}, "A"),
        holds_too=({"x": "A", "y": ""}, "A"),
        fails=({"x": "A", "y": " "}, None),
    ),
    *of(
        "products",
        "title",
        {"from": "x", "only": {"column": "y", "is_not": ["", "0", "0.00"]}},
        holds=({"x": "A", "y": "0.0"}, "A"),
        fails=({"x": "A", "y": ""}, None),
        fails_too=({"x": "A", "y": "0.00"}, None),
    ),
    *of(
        "products",
        "title",
        {"from": "x", "strip": "'", "blank": ["0"], "only": {"column": "x", "is_not": "A"}},
        raw_cell=("'A", "A"),
    ),
    *of(
        "products",
        "title",
        {"from": "x", "strip": "'"},
        start=("'045", "045"),
        end=("045'", "045"),
        once=("''045", "'045"),
        not_both=("'045'", "045'"),
        none=("0'45", "0'45"),
        all=("'", None),
    ),
    *of(
        "products",
        "title",
        {"from": "x", "blank": ["-", "0.00"]},
        dash=("-", None),
        zero=("0.00", None),
        within=("- 0.00", "- 0.00"),
        case=("–", "–"),
    ),
    *of("products", "title", {"from": "x", "blank": "N/A"}, one=("N/A", None), other=("n/a", "n/a")),
    *of(
        "customers",
        "can_email",
        TRUTH,
        yes=("Kyllä", True),
        no=("ei", False),
        upper=("KYLLÄ", True),
        stands=("true", True),
        stands_too=("false", False),
        blank=("", None),
        unknown=("x", No("none of")),
        nearly=("Kyllä ", No("none of")),
        other=("unsubscribed", No("none of")),
    ),
    *of(
        "customers",
        "country",
        COUNTRIES,
        known=("Suomi", "FI"),
        case=("RUOTSI", "SE"),
        stands=("SE", "SE"),
        valid=("EE", "EE"),
        unknown=("Viro", No("none of")),
    ),
    *of("products", "type", {"from": "x", "values": {"a": "b"}}, free=("c", No("none of")), stands=("b", "b")),
    *of("products", "type", {"from": "x", "values": {"a": "b"}, "others": "keep"}, kept=("c", "c"), known=("A", "b")),
    *of("products", "type", {"from": "x", "values": {"a": ""}, "others": "keep"}, blanked=("a", None)),
    *of(
        "customers",
        "date_joined",
        {"from": "x", "dates": "d.m.y"},
        day=("1.9.2024", "2024-09-01"),
        zeros=("01.09.2024", "2024-09-01"),
        time=("1.9.2024 9:05", "2024-09-01T09:05:00"),
        seconds=("1.9.2024 9:05:07", "2024-09-01T09:05:07"),
        klo=("1.9.2024 klo 9.05", "2024-09-01T09:05:00"),
        stands=("2024-09-01", "2024-09-01"),
        stands_too=("2024-09-01T10:00:00Z", "2024-09-01T10:00:00Z"),
        leap_second=("2024-12-31T23:59:60Z", "2024-12-31T23:59:60Z"),
        leap=("29.2.2024", "2024-02-29"),
        no_leap=("29.2.2023", No("not a date")),
        no_day=("31.2.1990", No("not a date")),
        two_digits=("1.9.24", No("not a date")),
        slashes=("1/9/2024", No("not a date")),
        mixed=("1.9/2024", No("not a date")),
        month=("13.13.2024", No("not a date")),
        hour=("1.9.2024 25:00", No("not a date")),
        midnight=("1.9.2024 24:00", No("not a date")),
        more=("1.9.2024 ?", No("not a date")),
    ),
    *of("customers", "date_joined", {"from": "x", "dates": "m/d/y"}, american=("9/1/2024", "2024-09-01")),
    *of("customers", "date_joined", {"from": "x", "dates": "y-m-d"}, iso=("2024-9-1", "2024-09-01")),
    *of(
        "customers",
        "date_joined",
        {"from": "x", "dates": ["d.m.y", "m.d.y"]},
        one=("30.1.2024", "2024-01-30"),
        same=("2.2.2024", "2024-02-02"),
        two=("1.2.2024", No("two days")),
    ),
    *of(
        "customers",
        "date_joined",
        {"from": "x", "dates": "%Y%m%d %H:%M %z"},
        offset=("20240901 09:05 +0300", "2024-09-01T09:05:00+03:00"),
        none=("20240901 09:05", No("not a date")),
    ),
    *of(
        "customers",
        "date_joined",
        HELSINKI,
        summer=("1.9.2024 9:00", "2024-09-01T09:00:00+03:00"),
        winter=("1.12.2024 9:00", "2024-12-01T09:00:00+02:00"),
        day=("1.9.2024", "2024-09-01"),
        nowhere=("31.3.2024 3:30", No("does not exist")),
        twice=("27.10.2024 3:30", No("occurs twice")),
        before=("27.10.2024 2:59", "2024-10-27T02:59:00+03:00"),
        stands=("2024-09-01T10:00:00Z", "2024-09-01T10:00:00Z"),
    ),
    *of(
        "customers",
        "birth_date",
        {"from": "x", "dates": ["d.m.y", "%Y-%m-%d %H:%M:%S"]},
        midnight=("2016-04-19 00:00:00", "2016-04-19"),
        time=("2016-04-19 00:00:01", No("takes a day")),
        day=("19.4.2016", "2016-04-19"),
    ),
    *of(
        "products",
        "price",
        EUROS,
        comma=("24,90", 2490),
        point=("24.90", 2490),
        whole=("24", 2400),
        one=("24,9", 2490),
        zeros=("34.0000", 3400),
        cents=("0,05", 5),
        nothing=("0", 0),
        minus=("-5,00", -500),
        euro=("14,90 €", 1490),
        spaces=("1 234,50 €", 123450),
        no_break=("1\xa0234,50\xa0€", 123450),
        both=("1.234,50", 123450),
        english=("1,234.50", 123450),
        two_readings=("1.234", No("1234 or 1.234")),
        two_readings_too=("1,234", No("1234 or 1.234")),
        millions=("1.234.567", 123456700),
        long=("1234.567", No("parts of a cent")),
        parts=("0,001", No("parts of a cent")),
        words=("alk. 10 €", No("not an amount")),
        dash=("–", No("not an amount")),
        error=("#N/A", No("not an amount")),
        exponent=("5,58E+12", No("not an amount")),
        two=("10-20", No("not an amount")),
        time=("12:50", No("time of day")),
        seconds=("12:50:00 kr", No("not an amount")),
    ),
    *of(
        "products",
        "price",
        {**EUROS, "decimal": ","},
        thousands=("1.234", 123400),
        parts=("1,234", No("parts of a cent")),
        zeros=("1,230", 123),
        wrong=("24.90", No("decimal mark is not ','")),
        swapped=("1,234.50", No("decimal mark is not ','")),
        both=("1.234,50", 123450),
        plain=("24", 2400),
        no_cents=("12,-", 1200),
        no_cents_too=("12:- ", 1200),
        no_cents_grouped=("1.234,-", 123400),
        other_no_cents=("12.-", 1200),
        kronor=("12,50 kr.", 1250),
        before=("kr.12,50", 1250),
        colon=("12:50 kr", 1250),
        time=("12:50", No("time of day")),
    ),
    *of(
        "products",
        "price",
        {**EUROS, "decimal": "."},
        parts=("1.234", No("parts of a cent")),
        zeros=("1.230", 123),
        thousands=("1,234", 123400),
        wrong=("24,90", No("decimal mark is not '.'")),
        swapped=("1.234,50", No("decimal mark is not '.'")),
        no_cents=("12.-", 1200),
        other_no_cents=("12,- €", 1200),
        kronor=("12 kr.", 1200),
        colon=("12:50 kr", No("decimal mark is not '.'")),
    ),
    *of(
        "customers",
        "phone_number",
        FINNISH,
        national=("040 123 4567", "+358401234567"),
        dashes=("040-123-4567", "+358401234567"),
        zeros=("00358401234567", "+358401234567"),
        plus=("+358 (0)40 123 4567", "+358401234567"),
        abroad=("+46 70 123 45 67", "+46701234567"),
        stands=("+358401234567", "+358401234567"),
        letters=("040 CALL ME", No("not one telephone number")),
        extension=("040 123 4567 ext. 12", No("not one telephone number")),
        two=("040 123 4567 / 050 123 4567", No("not one telephone number")),
        two_too=("040 123 4567, 050 123 4567", No("not one telephone number")),
        bare=("401234567", No("neither 0, + nor 00")),
        bare_groups=("40 123 4567", No("neither 0, + nor 00")),
        country_code=("358401234567", No("neither 0, + nor 00")),
        short=("040", No("")),
        unknown=("0000000", No("")),
    ),
    *of(
        "customers",
        "phone_number",
        {"from": "x", "country": {"from": "y", "default": "FI"}},
        named=({"x": "070-123 45 67", "y": "SE"}, "+46701234567"),
        words=({"x": "070-123 45 67", "y": "Ruotsi"}, "+46701234567"),
        lower=({"x": "070-123 45 67", "y": "se"}, "+46701234567"),
        default=({"x": "040 123 4567", "y": ""}, "+358401234567"),
        odd=({"x": "040 123 4567", "y": "Utopia"}, No("not a country")),
        stands=({"x": "+358401234567", "y": "Utopia"}, "+358401234567"),
    ),
    *of(
        "customers",
        "phone_number",
        {"from": "x", "country": {"from": "y"}},
        blank=({"x": "040 123 4567", "y": ""}, No("country is not known")),
    ),
    *of("products", "title", {"from": "x", "unescape": "html"}, one=("A &amp; B", "A & B"), once=("&amp;lt;", "&lt;")),
    *of("products", "title", {"from": "x", "case": "lower"}, lower=("ÄITI", "äiti")),
    *of("products", "title", {"from": "x", "case": "upper"}, upper=("äiti", "ÄITI")),
    *of(
        "products",
        "tags",
        {"from": "x", "split": ","},
        two=("a, b ", ["a", "b"]),
        one=("a", ["a"]),
        blanks=("a,,b,", ["a", "b"]),
        only_blanks=(" , ", None),
        again=("a,a", ["a"]),
        quotes=('"a,b"', ['"a', 'b"']),
    ),
    *of(
        "products",
        "tags",
        QUOTED,
        plain=("a, b", ["a", "b"]),
        quoted=('"a, b", c', ["a, b", "c"]),
        literal=('"a, b", 1,5 kg', ["a, b", "1,5 kg"]),
        doubled=('"a ""b""", c', ['a "b"', "c"]),
        inches=('5" nail, b', ['5" nail', "b"]),
        line_break=('"a\nb", c\nd', ["a\nb", "c\nd"]),
        open=('"a, b', No("quotes")),
        half=('"a" b, c', No("quotes")),
    ),
    *of("products", "tags", {"from": "x", "split": "||", "quoted": True}, two=('"a||b"||c', ["a||b", "c"])),
    *of(
        "products",
        "category",
        {"from": "x", "levels": ">"},
        leaf=("A > B > C", "C"),
        one=("A", "A"),
        end=("A > B >", "B"),
        none=(">", None),
        escaped=(r"A > B \> C", "B > C"),
    ),
    *of("products", "category", {"from": "x", "levels": ">", "take": "first"}, first=("A > B", "A")),
    *of("products", "category", {"from": "x", "levels": ">", "take": "all"}, all=("A > B", ["A", "B"])),
    *of("products", "weight", {"from": "x", "suffix": " g"}, grams=("200", "200 g"), blank=("", None)),
    *of("products", "image", {"from": "x", "prefix": "https://a/"}, image=("b.jpg", "https://a/b.jpg")),
]
"""One step each: the cells, and the value; None for none."""

TOGETHER = [
    *of("products", "title", {"from": "x", "strip": "'", "blank": ["-"]}, strip_then_blank=("'-", None)),
    *of("products", "title", {"from": "x", "strip": "-", "blank": ["-a"]}, blank_is_not_first=("-a", "a")),
    *of(
        "products",
        "price",
        {"first": ["x", "y"], "blank": ["0.00"], "unit": "major"},
        blank_then_first=({"x": "0.00", "y": "5.00"}, 500),
        first_is_not_the_second=({"x": "4.00", "y": "5.00"}, 400),
    ),
    *of(
        "customers",
        "street_address",
        {"join": ["x", "y"], "with": ", ", "strip": "'", "blank": ["-"]},
        strip_and_blank_then_join=({"x": "'A", "y": "'-"}, "A"),
        each=({"x": "'A", "y": "'B"}, "A, B"),
    ),
    *of(
        "products",
        "title",
        {"join": ["x", "y"], "values": {"A B": "C"}, "others": "keep"},
        join_then_values=({"x": "A", "y": "B"}, "C"),
        not_each=({"x": "C", "y": "C"}, "C C"),
    ),
    *of(
        "customers",
        "can_email",
        {"from": "x", "true": ["1"], "values": {"false": "true"}},
        truth_then_values=("1", True),
        swapped=("false", True),
    ),
    *of("products", "type", {"from": "x", "values": {"a": "B"}, "case": "lower"}, values_then_case=("a", "b")),
    *of(
        "products",
        "type",
        {"from": "x", "values": {"a&amp;b": "c"}, "others": "keep", "unescape": "html"},
        values_then_unescape=("a&amp;b", "c"),
        unescape_is_second=("a&b&amp;", "a&b&"),
    ),
    *of(
        "customers",
        "phone_number",
        {"from": "x", "values": {"vaihde": "09 123 456", "ei ole": ""}, "others": "keep", "country": "FI"},
        values_then_country=("vaihde", "+3589123456"),
        values_to_blank=("ei ole", None),
        others=("040 123 4567", "+358401234567"),
    ),
    *of(
        "products",
        "title",
        {"from": "x", "unescape": "html", "case": "upper"},
        unescape_then_case=("a &lt; b", "A < B"),
    ),
    *of("products", "tags", {"from": "x", "case": "upper", "split": "x"}, case_then_split=("axb", ["AXB"])),
    *of(
        "products", "tags", {"from": "x", "unescape": "html", "split": "&"}, unescape_then_split=("a&amp;b", ["a", "b"])
    ),
    *of(
        "products",
        "category",
        {"from": "x", "split": ",", "levels": "/"},
        split_then_levels=("A/B,C/D", ["B", "D"]),
        same_leaf=("A/B,C/B", ["B"]),
        a_slash_in_a_name=(r"A/B\/C,D", ["B/C", "D"]),
    ),
    *of(
        "products",
        "category",
        {"from": "x", "split": ",", "levels": "/", "take": "all"},
        all_levels=("A/B,A/C", ["A", "B", "C"]),
    ),
    *of(
        "products",
        "tags",
        {"from": "x", "split": ",", "levels": "/", "prefix": "<", "suffix": ">"},
        levels_then_prefix=("A/B,C", ["<B>", "<C>"]),
        no_items=(" , ", None),
    ),
    *of(
        "products", "type", {"from": "x", "case": "upper", "prefix": "a", "suffix": "b"}, case_then_prefix=("x", "aXb")
    ),
    *of(
        "products",
        "type",
        {"from": "x", "values": {"a": "b"}, "prefix": "a"},
        values_then_prefix=("a", "ab"),
    ),
    *of(
        "products",
        "price",
        {"from": "x", "unit": "major", "only": {"column": "y", "is": "1"}},
        only_then_unit=({"x": "odd", "y": "0"}, None),
    ),
    *of(
        "products",
        "external_id",
        {"join": ["x", "y"], "only": {"column": "y", "is_not": ""}},
        only_then_join=({"x": "1", "y": ""}, None),
    ),
]
"""Steps in their order: the other order would give something else."""


@pytest.mark.parametrize(("entity", "field", "source", "cells", "wanted"), [*ALONE, *TOGETHER])
def test_a_cell_becomes_its_value(entity: str, field: str, source: Source, cells: Any, wanted: Any) -> None:
    """Or it has the finding ``unmappable-value``, and no other error."""
    cells = {"x": cells} if isinstance(cells, str) else cells
    names = [*cells, "id"]
    other = "sku" if field == "external_id" else "external_id"
    columns = {other: "id", field: source}
    records, findings = read(as_csv(names, [[*cells.values(), "1"]]), columns, entity)
    if isinstance(wanted, No):
        errors = [each for each in findings if each.severity.value == "error"]
        assert [each.code for each in errors] == ["unmappable-value"]
        assert wanted in errors[0].message
        assert (errors[0].row, errors[0].line, errors[0].path) == (1, 2, f"/{field}")
        assert errors[0].value in cells.values()
    else:
        assert records == [{other: "1"} if wanted is None else {other: "1", field: wanted}]


@pytest.mark.parametrize(
    ("cell", "form", "hint"),
    [
        ("1.9.24", "d.m.y", "export the years with four digits"),
        ("1.9.24 14:05", "%d.%m.%Y %H:%M", "export the years with four digits"),
        ("24-09-01", "y-m-d", "export the years with four digits"),
        ("9/1/2024 2:05 PM", "m/d/y", "export the times with 24 hours"),
        ("9/1/2024 2:05:07 a.m.", "m/d/y", "export the times with 24 hours"),
        ("31.2.2024", "d.m.y", "there is no such day"),
        ("2024-02-30", "d.m.y", "there is no such day"),
        ("45536", "d.m.y", "it may be a spreadsheet's number of a day"),
        ("odd", "d.m.y", ""),
        ("1.9.2024", "y-m-d", 'add its notation to the mapping: dates = ["y-m-d", "d.m.y"]'),
        ("1.9.2024", "%Y%m%d", 'add its notation to the mapping: dates = ["%Y%m%d", "d.m.y"]'),
        ("13/9/2024", "y-m-d", ""),
        ("1.2.2024", ["d.m.y", "m.d.y"], ""),
    ],
)
def test_what_to_do_about_dates_that_no_notation_reads(cell: str, form: Any, hint: str) -> None:
    _, findings = read(as_csv(["id", "x"], [["1", cell]]), {"external_id": "id", "date": {"from": "x", "dates": form}})
    (finding,) = (each for each in findings if each.code == "unmappable-value")
    assert (finding.hint or "").startswith(hint)
    assert bool(finding.hint) is bool(hint)


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        ("customers", "tags"),
        ("customers", "mailing_lists"),
        ("customers", "mailing_lists.add"),
        ("products", "recommendation_set_ids"),
        ("products", "main_product_ids"),
        ("sales", "sale_coupon_codes"),
        ("sales", "tags"),
        ("events", "mailing_lists"),
    ],
)
def test_a_list_without_a_split_is_that_of_a_csv_for_custobar(entity: str, field: str) -> None:
    """Its commas divide items."""
    mapping: Any = {"entity": entity, "columns": {field: "x"}}
    report = validate(StringIO('x\n"a,b"\n"a, b"\na;b\n'), delimiter=",", mapping=mapping)
    found = {each.code: (each.row, (each.hint or "").partition("in the mapping, ")[2]) for each in report.warnings}
    assert found["item-whitespace"] == (2, 'split and trim the items: split = ","')
    assert found["doubtful-list"] == (3, 'name what divides the items: split = ";"')


def test_a_field_that_takes_a_text_or_a_list_keeps_the_text() -> None:
    """So does a CSV for Custobar."""
    assert read(as_csv(["id", "x"], [["1", "a, b"]]), {"external_id": "id", "category": "x"})[0] == [
        {"external_id": "1", "category": "a, b"}
    ]


HANDLES = [
    ["cup", "Cup", "red, kitchen", "1,00"],
    ["cup", "", "", "2,00"],
    ["bag", "Bag", "", "3,00"],
    ["bag", "", "blue", "4,00"],
    ["bag", "", "", ""],
    ["", "", "", "5,00"],
    ["", "Tie", "", "6,00"],
    ["", "", "", "7,00"],
    ["cup", "", "", "8,00"],
]


def test_a_fill_stays_within_its_run() -> None:
    """A plain fill would give the tags of one product to the next, and a title to a row without a handle."""
    columns = {
        "external_id": {"from": "Price"},
        "title": {"from": "Title", "fill_within": "Handle"},
        "tags": {"from": "Tags", "fill_within": "Handle", "split": ","},
    }
    skip = [{"column": "Price", "is": ""}]
    records, _ = read(as_csv(["Handle", "Title", "Tags", "Price"], HANDLES), columns, rows={"skip": skip})
    assert [(each.get("title"), each.get("tags")) for each in records] == [
        ("Cup", ["red", "kitchen"]),
        ("Cup", ["red", "kitchen"]),
        ("Bag", None),
        ("Bag", ["blue"]),
        (None, None),
        ("Tie", None),
        (None, None),
        (None, None),
    ]


def test_a_skipped_row_gives_its_value_to_the_rows_below() -> None:
    """The first row of a product may be one without a price."""
    rows = [["a", "Cup", ""], ["a", "", "1"]]
    columns = {"external_id": "Price", "title": {"from": "Title", "fill_within": "Handle"}}
    skip = [{"column": "Price", "is": ""}]
    records, findings = read(as_csv(["Handle", "Title", "Price"], rows), columns, rows={"skip": skip})
    assert records == [{"external_id": "1", "title": "Cup"}]
    assert [each.message for each in findings] == ["1 row left out by the conditions of the mapping"]


def test_a_filled_cell_that_cannot_be_read_is_shown_with_its_value() -> None:
    """A blank cell in the message would help nobody."""
    columns = {"external_id": "id", "price": {"from": "p", "fill_within": "h", "unit": "major"}}
    _, findings = read(as_csv(["id", "h", "p"], [["1", "h", "odd"], ["2", "h", ""]]), columns)
    assert brief(findings) == [("unmappable-value", 1, 3, "p", "odd"), ("unmappable-value", 2, 3, "p", "odd")]


def test_a_blank_part_of_an_identifier_is_an_error() -> None:
    """Two rows could get one identifier; a row without any part has none."""
    columns = {"external_id": {"join": ["Order", "Item"], "with": "-"}, "title": "t"}
    _, findings = read(as_csv(["Order", "Item", "t"], [["1", "2", "A"], ["1", "", "B"], ["", "", "C"]]), columns)
    assert brief(findings)[0] == ("unmappable-value", 2, 1, "Order", "1")
    assert "a part of the identifier is blank" in findings[0].message


@pytest.mark.parametrize("more", [{"need": ["Order", "t"]}, {}])
def test_half_of_an_identifier_is_not_one(more: dict[str, Any]) -> None:
    """Also where the export may lack the column of a part."""
    join = {"join": ["Order", "Item"], "with": "-", "optional": True}
    text = as_csv(["Order", "t"], [["1", "A"]])
    records, findings = read(text, {"external_id": join, "title": "t"}, **more)
    assert records is None
    assert [(each.code, each.value) for each in findings] == [("missing-column", "Item")]


def test_a_file_with_neither_part_of_an_optional_identifier_is_read() -> None:
    """Then another field identifies the records."""
    join = {"join": ["Order", "Item"], "with": "-", "optional": True}
    records, _ = read(as_csv(["s", "t"], [["1", "A"]]), {"external_id": join, "sku": "s", "title": "t"})
    assert records == [{"sku": "1", "title": "A"}]


def test_the_first_currency_of_a_column_is_its_currency() -> None:
    """Amounts without a sign go with any; others are errors, in all rows."""
    prices = ["5", "1,5 €", "2 EUR", "2,5 $", "3 £", "4 €", "2,5 $"]
    rows = [[str(number), price] for number, price in enumerate(prices)]
    columns = {"external_id": "id", "price": {"from": "p", "unit": "major"}}
    for _ in range(3):
        _, findings = read(as_csv(["id", "p"], rows), columns)
        assert [(each.row, each.value) for each in findings] == [(4, "2,5 $"), (5, "3 £"), (7, "2,5 $")]
    assert "in EUR and in GBP" in findings[1].message


@pytest.mark.parametrize(
    ("prices", "wrong"),
    [
        (["5 kr", "5 SEK", "6 kr", "6 kr."], []),
        (["5 SEK", "5 kr", "19:-"], []),
        (["5 kr", "5 NOK"], []),
        (["5 kr", "5 SEK", "5 NOK", "6 kr", "5 DKK"], [3, 5]),
        (["5 DKK", "5 kr", "5 SEK"], [3]),
        (["5 €", "5 EUR", "5e", "5 euroa"], []),
        (["$5", "5 USD", "6 $"], []),
        (["5 USD", "$5", "5 kr", "5 €"], [3, 4]),
    ],
)
def test_a_sign_and_a_code_may_be_one_currency(prices: list[str], wrong: list[int]) -> None:
    """Where no other amount contradicts."""
    rows = [[str(number), price] for number, price in enumerate(prices)]
    columns = {"external_id": "id", "price": {"from": "p", "unit": "major"}}
    _, findings = read(as_csv(["id", "p"], rows), columns)
    assert [each.row for each in findings if each.code == "unmappable-value"] == wrong


def test_a_mapping_forgets_the_currency_of_one_file_before_the_next() -> None:
    """One ``ColumnMapping`` reads many files."""
    columns = {"external_id": "id", "price": {"from": "p", "unit": "major"}}
    for price in ("1 €", "1 $"):
        assert read(as_csv(["id", "p"], [["1", price]]), columns)[0] == [{"external_id": "1", "price": 100}]


def test_the_column_that_gave_the_value_is_the_one_that_is_shown() -> None:
    """A cell that means nothing is not the one."""
    columns = {"external_id": "id", "price": {"first": ["was", "now"], "blank": ["0.00"], "unit": "major"}}
    _, findings = read(as_csv(["id", "was", "now"], [["1", "0.00", "odd"], ["2", "odd", "1.00"]]), columns)
    assert brief(findings) == [("unmappable-value", 1, 3, "now", "odd"), ("unmappable-value", 2, 2, "was", "odd")]


def test_a_wrong_value_of_a_join_names_all_columns_that_gave_it() -> None:
    """The first of them has the place."""
    columns = {"external_id": "id", "country": {"join": ["x", "y", "z"], "with": ""}}
    _, findings = read(as_csv(["id", "x", "y", "z"], [["1", "Q", "", "7"]]), columns, "customers")
    assert brief(findings) == [("wrong-format", 1, 2, "x + z", "Q 7")]


def test_a_field_is_not_missing_where_its_cell_cannot_be_read() -> None:
    """One fault, one finding."""
    columns = {"external_id": "id", "price": {"from": "p", "unit": "major"}}
    mapping = {"entity": "products", "columns": columns}
    report = validate(StringIO(as_csv(["id", "p"], [["1", "odd"], ["2", ""]])), mapping=mapping)
    assert [(each.code, each.row) for each in report.findings if each.row] == [
        ("unmappable-value", 1),
        ("missing-field", 2),
    ]


def test_a_repeated_identifier_names_its_column() -> None:
    """Also that of a join."""
    columns = {"external_id": {"join": ["a", "b"], "with": "-"}, "title": "t"}
    rows = [["1", "2", "A"], ["1", "2", "B"]]
    _, findings = read(as_csv(["t", "a", "b"], [[row[2], *row[:2]] for row in rows]), columns)
    assert brief(findings) == [("duplicate-identifier", 2, 2, "a + b", "1-2")]


STOCK = {"stock.0.quantity": "q", "stock.0.shop_id": {"constant": "web"}}


@pytest.mark.parametrize(
    ("quantity", "wanted"), [("5", [{"quantity": 5, "shop_id": "web"}]), ("0", [{"quantity": 0, "shop_id": "web"}])]
)
def test_a_constant_stands_beside_a_value(quantity: str, wanted: Any) -> None:
    """In the same object."""
    records, _ = read(as_csv(["id", "q"], [["1", quantity]]), {"external_id": "id", **STOCK})
    assert records[0]["stock"] == wanted


def test_a_constant_alone_makes_no_item_and_no_record() -> None:
    """Neither in a list nor as a record of a row without values."""
    columns = {"external_id": "id", "language": {"constant": "fi"}, **STOCK}
    records, _ = read(as_csv(["id", "q"], [["1", ""], ["", ""], ["2", "3"]]), columns)
    assert records == [
        {"external_id": "1", "language": "fi"},
        {"external_id": "2", "language": "fi", "stock": [{"quantity": 3, "shop_id": "web"}]},
    ]


TOTALS = [["A", "1"], ["", ""], ["Yhteensä", "1"], ["odd", "row", "of three"], ["B", "x"]]


def test_nothing_after_the_end_is_read() -> None:
    """Whatever it is; it is counted."""
    columns = {"external_id": "Tuote", "price": {"from": "Hinta", "unit": "major"}}
    end = {"column": "Tuote", "is": "Yhteensä"}
    records, findings = read(as_csv(["Tuote", "Hinta"], TOTALS), columns, rows={"end": end})
    assert records == [{"external_id": "A", "price": 100}]
    assert [each.message for each in findings] == [
        "3 rows left out by the conditions of the mapping, the last ones from row 3 on"
    ]


@pytest.mark.parametrize("rest", ["Yhteensä\n", "Yhteensä,1,2,3\nB,2\n", 'Yhteensä,1\n"open,1\n'])
def test_the_row_of_totals_may_be_of_another_width(rest: str) -> None:
    """As those that people write by hand are."""
    columns = {"external_id": "Tuote", "title": "Nimi"}
    end = {"column": "Tuote", "is": "Yhteensä"}
    records, findings = read("Tuote,Nimi\nA,Cup\n" + rest, columns, rows={"end": end})
    assert records == [{"external_id": "A", "title": "Cup"}]
    assert [each.code for each in findings] == ["skipped-rows"]


def test_a_short_row_is_left_out_only_by_a_cell_that_it_has() -> None:
    """A cell that is not there is not a blank one."""
    columns = {"external_id": "Tuote", "title": "Nimi"}
    skip = [{"column": "Nimi", "is": ""}, {"column": "Tuote", "is": "Ryhmä"}]
    records, findings = read("Tuote,Nimi\nRyhmä\nA\nB,Cup\n", columns, rows={"skip": skip})
    assert records is None
    assert brief(findings) == [("skipped-rows", None, None, None, None), ("missing-cell", 2, 2, "Nimi", None)]


def test_conditions_of_one_table_must_all_hold_and_one_table_is_enough() -> None:
    """``is`` and ``is_not`` together, and several tables."""
    skip = [{"column": "x", "is": "a", "is_not": "a"}, {"column": "x", "is_not": "b"}]
    rows = [["1", "a"], ["2", "b"], ["3", ""]]
    records, _ = read(as_csv(["id", "x"], rows), {"external_id": "id"}, rows={"skip": skip})
    assert records == [{"external_id": "2"}]


OWN = {"type": "object", "properties": {name: {"type": "string"} for name in ("id", "phone", "day")}}


@pytest.mark.parametrize(
    ("field", "steps", "cell", "wanted"),
    [
        ("phone", {"country": "FI"}, "040 123 4567", "+358401234567"),
        ("phone", {"country": "FI"}, "odd", None),
        ("day", {"dates": "d.m.y"}, "1.9.2024", "2024-09-01"),
        ("day", {"dates": "d.m.y"}, "odd", None),
    ],
)
def test_a_schema_of_your_own_may_take_any_text(field: str, steps: Any, cell: str, wanted: str | None) -> None:
    """Then a cell is not valid as it stands only because any text is."""
    mapping = {"entity": "customers", "columns": {"id": "id", field: {"from": "x", **steps}}}
    report = validate(StringIO(f"id,x\n1,{cell}\n"), OWN, mapping=mapping)
    assert [each.code for each in report.errors] == ([] if wanted else ["unmappable-value"])
    if wanted is not None:
        assert from_csv(StringIO(f"id,x\n1,{cell}\n"), OWN, mapping=mapping) == [{"id": "1", field: wanted}]


@pytest.mark.parametrize(
    "rows", [[["1", "x", ""], ["", "odd", "z"]], [["", "odd", "z"]], [["1", "", ""], ["", "", "z"]]]
)
def test_a_row_without_a_mapped_value_is_no_record(rows: list[list[str]]) -> None:
    """It is blank, unless a cell of it cannot be read."""
    columns = {"external_id": "a", "date_joined": {"from": "b", "dates": "d.m.y"}}
    report = validate(
        StringIO(as_csv(["a", "b", "c"], rows)),
        delimiter=",",
        mapping={"entity": "customers", "columns": columns, "unmapped": "drop"},
    )
    wanted = [
        ("blank-row", at) if not row[1] else ("unmappable-value", at)
        for at, row in enumerate(rows, 1)
        if row[1] or not row[0]
    ]
    assert [(each.code, each.row) for each in report.findings if each.row] == wanted
    assert report.rows == len(rows) - sum(code == "blank-row" for code, _ in wanted)


def test_what_cannot_be_read_keeps_no_block_in_memory() -> None:
    """Distinct wrong cells are remembered, without the rows that they were in."""
    convert = make_converter({"unit": "major"}, Target("money", bool))
    assert convert is not None
    known = ConvertedTexts(convert, None, by_country=False, others=without_wrapping, fixes=None)
    known.convert_all(["odd"], {})
    why = known["odd"]
    assert isinstance(why, Unmappable)
    assert (why.__traceback__, why.__context__) == (None, None)
