"""The columns of money of one record are decided together: no record has one amount in cents and another in euros."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import fix, load_mapping, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID
from custobar_formats.core.entities import Entity
from tests.laws import slow_notation
from tests.laws.test_reading import steps

FIELDS: dict[Entity, list[str]] = {
    "products": ["price", "sale_price", "lowest_price", "price_before_campaign"],
    "sales": ["sale_total", "sale_shipping", "unit_price", "discount", "total", "sale_rows.0.total"],
}
KEYS = {"products": "external_id", "sales": "sale_external_id"}

WHOLE = ["45", "0", "1 234", "", " 12", '="45"']
IN_UNITS = ["24,90", "19,9", "45 €", "0", "", "12", "0,00"]
DOUBTFUL = ["12.0", "0.0", "1.234", "24,905", "x", "-5,00", "NULL", "24.90", ""]


def table(entity: Entity, columns: dict[str, list[str]]) -> str:
    """A file with these columns."""
    text = io.StringIO(newline="")
    rows = itertools.zip_longest(*columns.values(), fillvalue="")
    written = csv.writer(text, lineterminator="\n")
    written.writerow([KEYS[entity], *columns])
    written.writerows([f"K-{number}", *row] for number, row in enumerate(rows))
    return text.getvalue()


@st.composite
def money(draw: st.DrawFn) -> tuple[Entity, dict[str, list[str]]]:
    """Some columns of money, each in some notation or in several."""
    entity: Entity = draw(st.sampled_from(list(FIELDS)))
    fields = draw(st.lists(st.sampled_from(FIELDS[entity]), min_size=2, max_size=4, unique=True))
    some = st.sampled_from([WHOLE, IN_UNITS, IN_UNITS, [*IN_UNITS, *DOUBTFUL], DOUBTFUL, ["0", ""]])
    return entity, {name: draw(st.lists(st.sampled_from(draw(some)), min_size=1, max_size=4)) for name in fields}


def is_amount(text: str) -> bool:
    """Whether a text is an amount other than 0."""
    return any(slow_notation.cents(form) - {"0"} for form in slow_notation.bare_forms(text))


@given(money())
def test_amounts_of_all_columns_are_changed_to_cents_or_none(made: tuple[Entity, dict[str, list[str]]]) -> None:
    entity, columns = made
    text = table(entity, columns)
    found = fix(text, entity, delimiter=",", unsafe=True)
    in_cents = {(change.row, change.label) for change in found.changes if change.kind == "in-cents"}
    labels = {label for _, label in in_cents}
    amounts = {(row, label) for label, cells in columns.items() for row, cell in enumerate(cells, 1) if is_amount(cell)}
    if any(is_amount(columns[str(label)][(row or 0) - 1]) for row, label in in_cents):
        assert amounts <= in_cents
        assert {label for _, label in amounts} <= labels
    again = fix(found.text or "", entity, delimiter=",", unsafe=True)
    assert not again.changes


@given(money(), st.booleans(), st.sampled_from([1, 3, 10_000]))
def test_findings_have_the_same_fixes(made: tuple[Entity, dict[str, list[str]]], unsafe: bool, block: int) -> None:
    entity, columns = made
    text = table(entity, columns)
    with steps(block, []):
        found = fix(text, entity, delimiter=",", unsafe=unsafe)
        report = validate(text, entity, delimiter=",")
    changes = {change[:2]: change.after for change in found.changes}
    named = {
        (each.row, each.column): each.fix
        for each in report.findings
        if each.row is not None and (each.fix_is_safe or (unsafe and each.fix is not None))
    }
    assert named == {place: after for place, after in changes.items() if place in named}
    assert all(change.kind == "in-cents" for change in found.changes if change[:2] not in named)


CASES: dict[str, tuple[Entity, dict[str, list[str]], dict[str, list[str]], str]] = {
    "a whole price beside a sale price in euros": (
        "products",
        {"price": ["45", "50"], "sale_price": ["24,90", "19,00"]},
        {},
        "write 2490?; fix does not, because of the amounts in 'price'",
    ),
    "shipping in whole amounts beside totals in euros": (
        "sales",
        {"sale_shipping": ["5", "0"], "total": ["24,90", "19,00"], "unit_price": ["24,90", ""]},
        {},
        "write 2490?; fix does not, because of the amounts in 'sale_shipping'",
    ),
    "both in euros": (
        "products",
        {"price": ["45", "50,00"], "sale_price": ["24,90", ""]},
        {"price": ["4500", "5000"], "sale_price": ["2490", ""]},
        "",
    ),
    "zeros beside euros": (
        "products",
        {"price": ["45,00", "50,00"], "sale_price": ["0", ""], "lowest_price": ["0.0", '="0"']},
        {"price": ["4500", "5000"], "sale_price": ["0", ""], "lowest_price": ["0.0", '="0"']},
        "",
    ),
    "words for nothing beside euros": (
        "products",
        {"price": ["45,00", "50,00"], "sale_price": ["NULL", ""]},
        {"price": ["4500", "5000"], "sale_price": ["NULL", ""]},
        "",
    ),
    "an amount that cannot be changed in the other column": (
        "products",
        {"price": ["45,00", "50,00"], "sale_price": ["-5,00", "4,00"]},
        {},
        "write 4500?; fix does not, because of the amounts in 'sale_price'",
    ),
    "spaces in the whole amounts": (
        "products",
        {"price": ["1 234", "50"], "sale_price": ["24,90", ""]},
        {},
        "remove the spaces: 1234; fix does not, because of the amounts in 'sale_price'",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_columns_are_decided_together(what: str) -> None:
    entity, columns, wanted, hint = CASES[what]
    text = table(entity, columns)
    found = fix(text, entity, delimiter=",", unsafe=True)
    assert found.text == table(entity, wanted or columns)
    hints = [each.hint for each in validate(text, entity).findings if each.code == "wrong-type"]
    assert (not hint) or hint in hints
    assert (not hint) or hint in [each.hint for each in found.report.findings]


def test_a_column_that_a_mapping_gives_in_cents_decides_nothing(tmp_path: Path) -> None:
    mapping, source, out = tmp_path / "map.toml", tmp_path / "prices.csv", tmp_path / "out.csv"
    source.write_text('Nr,Price,Sale\nA,45,"24,90"\n', "utf-8")
    columns = 'entity = "products"\n[columns]\nexternal_id = "Nr"\nsale_price = "Sale"\n'
    for price, is_changed in (('{ from = "Price", unit = "major", decimal = "," }', True), ('"Price"', False)):
        mapping.write_text(f"{columns}price = {price}\n", "utf-8")
        (found,) = validate(source, mapping=load_mapping(mapping), delimiter=",").errors
        assert (found.fix, found.fix_is_safe) == (("2490", False) if is_changed else (None, None))
        given = ["fix", str(source), str(out), "--map", str(mapping), "--unsafe", "--delimiter", "comma", "--force"]
        assert main(given) == (VALID if is_changed else INVALID)
    assert out.read_text("utf-8") == "external_id,sale_price,price\nA,2490,4500\n"
