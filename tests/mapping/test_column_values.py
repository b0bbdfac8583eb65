"""What the values of a column show: dates, states, words of few values, and characters as HTML writes them."""

from __future__ import annotations

import tomllib

import pytest

from custobar_formats import UsageError, load_mapping, validate
from custobar_formats.core.entities import Entity
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.pipeline.suggestion import suggest_mapping
from tests.mapping.exports import as_csv

ASK = '{ ask = "the timezone of its times, such as Europe/Helsinki" }'


def line_of(entity: Entity, name: str, *values: str) -> str:
    """The line that is suggested for a column, without the numbers and examples behind it."""
    found = suggest_mapping([ExportColumn(name, len(values), values)], len(values), name="x", entity=entity)
    assert found is not None
    (line,) = (line for line in found.text.splitlines() if f'"{name}"' in line and not line.startswith("# ignore"))
    return line.partition(f"{len(values)} of {len(values)} filled")[0].rstrip(" #;")


@pytest.mark.parametrize(
    ("values", "arguments", "remark"),
    [
        (["1.9.2024", "2.9.2024", "3.9.2024", "x"], 'dates = "d.m.y"', None),
        (["13/9/2024", "14/9/2024", "15/9/2024", "x"], 'dates = "d/m/y"', None),
        (["1/9/2024", "2/9/2024"], 'dates = "d/m/y"', "the values do not show whether they are d/m/y or m/d/y"),
        (["13/9/2024", "9/14/2024", "x"], None, "how are its dates written?"),
        (["x", "y", "1.9.2024"], None, "how are its dates written?"),
        (
            ["2024-09-01", "1/9/2024", "2/30/2024"],
            'dates = "d/m/y"',
            "the values do not show whether they are d/m/y or m/d/y",
        ),
        (
            ["1.9.2024", "2.9.2024", "2024-09-03", "2024-09-04"],
            'dates = "d.m.y"',
            None,
        ),
        (["2024-09-01", "2024-09-02", "2024-09-03", "31.12.2024"], 'dates = "d.m.y"', None),
        (["2024-9-1", "2024-9-2", "2024-9-3", "31.12.2024"], 'dates = "y-m-d"', None),
        (
            ["2024-9-1", "2024-9-2", "1.9.2024", "2.9.2024"],
            'dates = ["d.m.y", "y-m-d"]',
            "they are written in several ways",
        ),
    ],
)
def test_days(values: list[str], arguments: str | None, remark: str | None) -> None:
    source = f'{{ from = "Syntymäaika", {arguments} }}' if arguments is not None else '"Syntymäaika"'
    comment = "# " if remark is not None else ""
    assert line_of("customers", "Syntymäaika", *values) == (
        f"{comment}birth_date = {source}" + (f"  # ? {remark}" if remark is not None else "")
    )


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (["1.9.2024 14:05", "2.9.2024"], f'# sale_date = {{ from = "Order date", dates = "d.m.y", timezone = {ASK} }}'),
        (
            ["2024-09-01T14:05:00", "2024-09-01 14:05"],
            f'# sale_date = {{ from = "Order date", dates = "y-m-d", timezone = {ASK} }}',
        ),
        (["2024-09-01T14:05:00"], f'# sale_date = {{ from = "Order date", dates = "y-m-d", timezone = {ASK} }}'),
        (["2024-09-01T14:05:00Z", "2024-09-01"], 'sale_date = "Order date"'),
        (["2024-09-01T14:05:00+03:00", "1.9.2024"], 'sale_date = { from = "Order date", dates = "d.m.y" }'),
        (["2024-09-01", "1.9.2024", "2.9.2024", "3.9.2024"], 'sale_date = { from = "Order date", dates = "d.m.y" }'),
    ],
)
def test_times(values: list[str], line: str) -> None:
    remark = "  # ? its times have no timezone" if line.startswith("#") else ""
    assert line_of("sales", "Order date", *values) == line + remark


@pytest.mark.parametrize(
    ("entity", "name", "values", "words", "remark"),
    [
        (
            "sales",
            "Order Status",
            ["wc-completed", "On hold", "Peruttu", "PAID"],
            '{ "wc-completed" = "COMPLETED", "On hold" = "ON-HOLD", Peruttu = "?", PAID = "PAID" }',
            "states are in capitals",
        ),
        ("sales", "Order Status", ["ON-HOLD", "PAID"], None, None),
        ("sales", "Order Status", [f"s{x}" for x in range(21)], None, "is it a state? they are few, and in capitals"),
        (
            "shops",
            "Shop type",
            ["Online", "Kivijalka", "offline"],
            '{ Online = "online", Kivijalka = "?" }',
            "the field takes offline or online",
        ),
    ],
)
def test_words(entity: Entity, name: str, values: list[str], words: str | None, remark: str | None) -> None:
    field = {"sales": "sale_state", "shops": "shop_type"}[entity]
    source = f'"{name}"' if words is None else f'{{ from = "{name}", values = {words} }}'
    line = f"{field} = {source}" if remark is None else f"# {field} = {source}  # ? {remark}"
    assert line_of(entity, name, *values) == line


def test_white_space_is_no_part_of_a_word() -> None:
    line = line_of("customers", "Markkinointilupa", "Kyllä ", "Kyllä", "Ei\u00a0", "Ei")
    assert line == '# can_email = { from = "Markkinointilupa", true = ["Kyllä"], false = ["Ei"] }  # ?'


def test_a_word_that_nobody_has_looked_up_is_refused() -> None:
    source = {"from": "Tila", "values": {"Valmis": "COMPLETE", "Peruttu": "?"}}
    tables = {"entity": "sales", "columns": {"sale_external_id": "Nr", "sale_state": source}}
    with pytest.raises(UsageError, match=r"write what 'Peruttu' stands for in place of \"\?\", or take it out"):
        load_mapping(tables)


@pytest.mark.parametrize(
    ("name", "values", "line"),
    [
        ("Tuotenimi", ["Muki &amp; lautanen", "x"], 'title = { from = "Tuotenimi", unescape = "html" }'),
        ("Tuotenimi", ["Pöytä &#228;", "&Auml;", "x"], 'title = { from = "Tuotenimi", unescape = "html" }'),
        ("Tuotenimi", ["<b>Muki</b> &amp; lautanen", "x"], 'title = "Tuotenimi"'),
        ("Tuotenimi", ["R&D; AT&T", "x"], 'title = "Tuotenimi"'),
        ("Tuotenimi", ["a &amp; b", "x&copy=1"], 'title = "Tuotenimi"'),
        ("Tags", ["a &amp; b, c", "x"], 'tags = { from = "Tags", unescape = "html", split = "," }'),
        ("Tags", ["a &amp; b", "x"], 'tags = { from = "Tags", unescape = "html" }'),
    ],
)
def test_characters_as_html_writes_them(name: str, values: list[str], line: str) -> None:
    assert line_of("products", name, *values) == line


@pytest.mark.parametrize(
    ("entity", "name", "values"),
    [
        ("customers", "Syntymäaika", ["2024-09-01", "13/9/2024", "14/9/2024"]),
        ("products", "Muokattu", ["1.9.2024 14:05", "2.9.2024", "2024-09-01T14:05:00+03:00"]),
        ("sales", "Order Status", ["wc-completed", "On hold", "PAID"]),
        ("products", "Tags", ["a &amp; b, c", "x"]),
    ],
)
def test_the_values_are_read_with_the_line(entity: Entity, name: str, values: list[str]) -> None:
    line = line_of(entity, name, *values).removeprefix("# ").partition("  # ?")[0]
    tables = {"entity": entity, "unmapped": "drop", "columns": {**tomllib.loads(line), **KEYS[entity]}}
    mapping = load_mapping(tables)
    mapping = load_mapping(tables, answers=dict.fromkeys(mapping.questions(), "Europe/Helsinki"))
    rows = [[str(at), "K1", "2024-09-01", value] for at, value in enumerate(values)]
    report = validate(as_csv(["Nr", "Kund", "Dag", name], rows), mapping=mapping)
    assert report.valid


KEYS: dict[str, dict[str, str]] = {
    "customers": {"external_id": "Nr"},
    "products": {"sku": "Nr"},
    "sales": {"sale_external_id": "Nr", "sale_customer_id": "Kund", "sale_date": "Dag"},
}
"""The fields that records need beside the one that is looked at."""


def test_a_sign_of_a_currency_shows_the_unit() -> None:
    columns = [ExportColumn("à-hinta", 4, ("12 €", "7", "9", "8"))]
    found = suggest_mapping(columns, 4, name="myynti.csv", entity="sales")
    assert found is not None
    assert 'unit_price = { from = "à-hinta", unit = "major" }  # ? with or without VAT?' in found.text


@pytest.mark.parametrize(
    ("name", "values", "line"),
    [
        ("Tuote", ("00007", "00012"), '# product_id = "Tuote"'),
        ("Tuote", ("Muki", "Lasi 2"), '# product_title = "Tuote"'),
        ("Asiakas", ("101", "102"), '# sale_customer_id = "Asiakas"'),
        ("Kund", ("101", "102"), '# sale_customer_id = "Kund"'),
        ("Asiakas", ("Maija", "Pekka"), '#   "Asiakas"'),
    ],
)
def test_codes_are_no_titles(name: str, values: tuple[str, ...], line: str) -> None:
    found = suggest_mapping([ExportColumn(name, 2, values)], 2, name="myynti.csv", entity="sales")
    assert found is not None
    assert f"\n{line}" in found.text
