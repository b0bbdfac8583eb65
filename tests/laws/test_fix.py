"""The laws of ``fix``: what it changes, what it leaves alone, and that every change can be undone."""

from __future__ import annotations

import csv
import io
import re
from random import Random
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from custobar_formats import Fixed, Report, fix, validate
from custobar_formats.core.entities import Entity
from custobar_formats.core.limits import DECIDING_ROWS
from custobar_formats.pipeline import fix as fix_module
from custobar_formats.pipeline.changes import Change
from tests.laws import slow_notation
from tests.laws.slow_notation import meanings
from tests.laws.strategies import weighted
from tests.laws.test_reading import steps

FIELDS: dict[Entity, dict[str, str]] = {
    "customers": {
        "external_id": "key",
        "can_email": "consent",
        "can_sms": "consent",
        "is_deleted": "boolean",
        "date_joined": "date",
        "birth_date": "date",
        "phone_number": "phone",
        "country": "country",
        "language": "language",
        "zip_code": "code",
        "tags": "list",
        "last_name": "text",
        "own": "text",
    },
    "products": {
        "external_id": "key",
        "price": "money",
        "sale_price": "money",
        "visible": "boolean",
        "date": "date",
        "ean": "code",
        "language": "language",
        "tags": "list",
        "title": "text",
    },
    "sales": {
        "sale_external_id": "key",
        "product_id": "code",
        "quantity": "number",
        "sale_exchange_rate": "number",
        "unit_price": "money",
        "total": "money",
        "sale_date": "date",
        "sale_phone_number": "phone",
        "sale_country": "country",
        "sale_coupon_codes": "list",
    },
    "events": {
        "customer_id": "key",
        "sentiment_value": "integer",
        "date": "date",
        "phone_number": "phone",
        "mailing_lists": "list",
        "label": "text",
    },
    "shops": {
        "external_id": "key",
        "name": "text",
        "phone_number": "phone",
        "country": "country",
        "is_hidden": "boolean",
    },
}
"""Fields of each entity, and their kinds."""

RIGHT: dict[str, list[str]] = {
    "boolean": ["true", "false", ""],
    "consent": ["true", "false", ""],
    "number": ["1", "2.5", "1.234", "-3", "0", ""],
    "integer": ["1", "-2", "0", "1234", ""],
    "money": ["0", "12", "2490", "1234", "-500", ""],
    "date": ["2024-09-01", "2024-12-31T10:05:00", "2024-02-29", ""],
    "phone": ["+358401234567", "+46812345678", ""],
    "country": ["FI", "SE", ""],
    "language": ["fi", "sv", ""],
    "list": ["vip", "vip,news", "a b", ""],
    "code": ["33100", "00100", "94109", ""],
    "text": ["Mäki", "a b", "5'", "[sale]", "x;y", 'a"b', "two\nlines", "=1+1", ""],
}
"""Texts in the notation of the fields themselves; some have warnings."""

WRITTEN: dict[str, list[str]] = {
    "boolean": ["TRUE", "Kyllä", "ei", "EPÄTOSI", "1", "nej", "'TRUE", "x", "NULL"],
    "number": ["1,5", "1,234", "1.234,5", "1,234.5", "1 500", "1\u00a0500,25", ".5", "2.5 ", "x", "#N/A", "+5", "007"],
    "integer": ["1 500", "1,0", "2.0", "1.234", "1,5", "x", "007", "'5"],
    "money": ["24,90", "24.90", "1 234", "1 234,50", "1.234", "12 €", "24.905", "1,5", "12.0", "x", " 12", "-5,00"],
    "date": ["1.9.2024", "13.12.2024 9:05", "9.13.2024", "2/9/2024", "13/9/2024", "9/13/2024", "3-4-2024", "1.9.24"],
    "phone": [
        "+358 40 123 4567",
        "00358401234567",
        "+358 (0)40 123 4567",
        "040 123 4567",
        "358401234567",
        "x",
        "'+46812345678",
    ],
    "country": ["Suomi", "RUOTSI", "fi", "Narnia", " FI", "viro", "suomi ", "'FI"],
    "language": ["FI", "Finska", "suomi", "Klingon", "sv ", " suomi", '="sv"'],
    "list": ["vip, news", "['a', 'b']", '["a","b"]', "a,,b", '="a"', "vip ", "[1", "MÃ¤ki,b", "'a", "\u00a0b"],
    "code": ['="0045"', "'00100", "94109.0", "100.0", "33100 ", " 1", "5,58E+12", "33100.0"],
    "text": ["Mäki ", "MÃ¤ki", "\u00a0a", "#N/A", "'007", '="x"', "Ã¤Ã", "   ", "a\u200b", "Jalmari "],
}
WRITTEN["date"] += ["1/2/99", "45536", "2024-9-1", "01.09.2024 10.00", "x", " 2024-09-01", "31.2.2024"]
WRITTEN["phone"] += ["'+46812345678"]
WRITTEN["money"] += ['="45.0"', "'45,00 €", "'24,90", " 45,00 € ", '="24,90"', "'45", '="0"']
WRITTEN["integer"] += ['="45.0"', "'45,0", " 45,00 "]
WRITTEN["code"] += ['="94109.0"', "'94109.0", " 94109.0 ", '="6414893400013.0"']
WRITTEN["date"] += ['="1.9.2024"', "'13/9/2024", '="2/9/2024"', "'2/9/2024 ", '="45536"', "'45536.0"]
WRITTEN["consent"] = WRITTEN["boolean"]
"""Texts in other notations, and wrong ones."""


class Table(NamedTuple):
    """A file as it was made: its text, and its cells."""

    entity: Entity
    kinds: list[str]
    labels: list[str]
    rows: list[list[str]]
    text: str

    def kind_of(self, column: int) -> str:
        """The kind of a 1-based column."""
        return self.kinds[column - 1]


@st.composite
def tables(draw: st.DrawFn, *, right: bool = False) -> Table:
    """Files of all entities, with several notations in a column, blank rows, and other oddities of files."""
    entity = draw(st.sampled_from(list(FIELDS)))
    key, *others = FIELDS[entity]
    fields = [key, *draw(st.lists(st.sampled_from(others), min_size=1, max_size=4, unique=True))]
    kinds = [FIELDS[entity][field] for field in fields]
    few = [draw(_few(kind, right=right)) for kind in kinds]
    rows = [
        [
            f"K-{number}" if kind == "key" else draw(st.sampled_from(texts))
            for kind, texts in zip(kinds, few, strict=True)
        ]
        for number in range(draw(st.integers(1, 7)))
    ]
    if not right and draw(st.booleans()):
        rows.insert(
            draw(st.integers(0, len(rows))), draw(st.sampled_from([[""] * len(fields), ["x"], ["", "y", "z"] * 4]))
        )
    delimiter, end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(["\n", "\r\n"]))
    text = io.StringIO(newline="")
    labels = fields if right else [key, *(draw(_written_name(field)) for field in fields[1:])]
    before = "" if right else draw(weighted((3, st.just("")), (1, st.just(f"sep={delimiter}{end}"))))
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([labels, *rows])
    return Table(entity, kinds, labels, rows, before + text.getvalue())


def _written_name(field: str) -> st.SearchStrategy[str]:
    """A field's name as somebody may write it."""
    return weighted((4, st.just(field)), (1, st.sampled_from([field.replace("_", " ").title(), f" {field} "])))


def _few(kind: str, *, right: bool) -> st.SearchStrategy[list[str]]:
    if kind == "key":
        return st.just([])
    texts = st.sampled_from(RIGHT[kind])
    if not right:
        texts = weighted((1, texts), (2, st.sampled_from(WRITTEN[kind])))
    return st.lists(texts, min_size=1, max_size=4)


WAYS: list[dict[str, Any]] = [{}, {"unsafe": True}, {"unsafe": True, "country": "FI"}]


def delimiter_of(text: str) -> str:
    head = text.removeprefix("sep=")
    return next((mark for mark in ";\t" if mark in head.splitlines()[0]), ",")


def cells(text: str, delimiter: str) -> list[list[str]]:
    """The rows of a file, its header first."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def fixed(table: Table, way: dict[str, Any]) -> Fixed:
    found = fix(table.text, table.entity, delimiter=delimiter_of(table.text), **way)
    assert found.text is not None
    return found


def named(table: Table, found: Fixed) -> Table:
    """The same file with the names of the columns as they are in the fixed file."""
    names = {change.before: change.after for change in found.changes if change.kind == "column-name"}
    delimiter, labels = delimiter_of(table.text), [names.get(label, label) for label in table.labels]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([labels, *table.rows])
    return table._replace(labels=labels, text=text.getvalue())


def kept_rows(table: Table, found: Fixed) -> dict[int, int]:
    """The row in the fixed file of each row that is still there."""
    blank = {change.row for change in found.changes if change.kind == "blank-row"}
    kept = [number for number in range(1, len(table.rows) + 1) if number not in blank]
    return {number: place for place, number in enumerate(kept, 1)}


ABOUT_FIXES = {"fixed", "fixable"}
ACROSS = {"duplicate-value", "mixed-money", "incomplete-sale", "inconsistent-sale", "out-of-range", "lost-zero"}
"""Findings across records, or between the fields of one: two amounts are compared only once both are amounts, and the
digits of a zip code are counted in Finland only once it has no formula around it."""


def places(report: Report) -> set[tuple[str, int | None, int | None]]:
    return {(each.code, each.row, each.column) for each in report.findings if each.code not in ABOUT_FIXES}


def of_lines(*lines: str) -> Table:
    """A file of sales without quotes, with a space before some of its cells."""
    rows = [line.split(",") for line in lines]
    kinds = ["key", "country", "number"]
    return Table("sales", kinds, ["sale_external_id", "sale_country", "quantity"], rows, "\n".join([HEAD, *lines, ""]))


HEAD = "sale_external_id,sale_country,quantity"


@given(tables(), st.sampled_from(WAYS))
@example(of_lines("K-0, FI,1.0 ", "K-1,FI,1", "K-2,FI,1", "K-3, FI,1"), {})
def test_fixing_twice_changes_nothing_more(table: Table, way: dict[str, Any]) -> None:
    first = fixed(table, way)
    again = fix(first.text or "", table.entity, delimiter=delimiter_of(table.text), **way)
    assert (again.text, again.changes) == (first.text, ())


@given(tables(right=True), st.sampled_from(WAYS))
def test_a_valid_file_comes_out_with_the_same_cells(table: Table, way: dict[str, Any]) -> None:
    delimiter = delimiter_of(table.text)
    report = validate(table.text, table.entity, delimiter=delimiter)
    found = fixed(table, way)
    if report.valid and not report.findings:
        assert cells(found.text or "", delimiter) == [table.labels, *table.rows]
        assert not found.changes


@given(tables(), st.sampled_from(WAYS))
def test_only_cells_with_a_finding_are_changed_and_all_changes_are_listed(table: Table, way: dict[str, Any]) -> None:
    """So a cell without a fix is untouched, no row or cell is lost, and the list undoes every change."""
    delimiter, found = delimiter_of(table.text), fixed(table, way)
    renamed = named(table, found)
    report = validate(renamed.text, table.entity, delimiter=delimiter, cross_checks=True)
    noted = {(each.row, each.column) for each in report.findings}
    of_cells = [change for change in found.changes if change.row is not None and change.column is not None]
    assert len({change[:2] for change in of_cells}) == len(of_cells)
    for change in of_cells:
        is_whole_column = change.kind == "in-cents"
        assert (change.row, change.column) in noted or is_whole_column
        assert change.label == renamed.labels[(change.column or 0) - 1]
    rows, kept = cells(found.text or "", delimiter), kept_rows(table, found)
    for change in found.changes:
        if change.kind == "column-name":
            assert rows[0][(change.column or 0) - 1] == change.after
            rows[0][(change.column or 0) - 1] = change.before
    assert rows[0] == table.labels
    for change in of_cells:
        row = rows[kept[change.row or 0]]
        assert row[(change.column or 0) - 1] == change.after != change.before
        row[(change.column or 0) - 1] = change.before
    back = {number: rows[place] for number, place in kept.items()}
    for number, row in enumerate(table.rows, 1):
        assert back[number] == row if number in back else not any(row)


@given(tables(), st.sampled_from(WAYS))
def test_a_change_leaves_no_finding_at_its_cell_and_brings_none(table: Table, way: dict[str, Any]) -> None:
    found, delimiter = fixed(table, way), delimiter_of(table.text)
    before = places(validate(named(table, found).text, table.entity, delimiter=delimiter))
    after = places(found.report)
    for change in found.changes:
        if change.row is not None and change.column is not None:
            event(change.kind)
            left = {code for code, row, column in after if (row, column) == (change.row, change.column)}
            assert not left - ACROSS
    assert {each for each in after - before if each[0] not in ACROSS} == set()


@given(tables(), st.sampled_from(WAYS))
def test_the_report_is_that_of_the_fixed_file(table: Table, way: dict[str, Any]) -> None:
    found, delimiter = fixed(table, way), delimiter_of(table.text)
    kept = kept_rows(table, found)
    again = validate(found.text or "", table.entity, delimiter=delimiter)
    gone = {"blank-row", "sep-line", "surplus-blank"}
    left = {(code, row and kept.get(row), column) for code, row, column in places(found.report) if code not in gone}
    assert left == {each for each in places(again) if each[0] not in gone}


DAYS = [["external_id", "date_joined"], ["C-0", "13/9/2024"], ["C-1", '="2/9/2024"']]
WRAPPED = Table(
    "customers",
    ["key", "date"],
    DAYS[0],
    DAYS[1:],
    "\n".join(map(",".join, DAYS)).replace('="2/9/2024"', '"=""2/9/2024"""'),
)


@given(tables(), st.sampled_from(WAYS))
@example(WRAPPED, {})
def test_a_change_means_the_same(table: Table, way: dict[str, Any]) -> None:
    found = fixed(table, way)
    for change in found.changes:
        if change.row is None or change.column is None:
            continue
        kind = table.kind_of(change.column)
        if change.kind in ("trunk", "no-plus", "day-number"):  # which no reader can know
            assert way.get("unsafe")
            continue
        is_known = change.label in FIELDS[table.entity]
        means = meanings(kind if is_known else "text", change.before)
        assert change.after in means
        if len(means) > 1 and kind == "date" and is_known:
            check_order(change, [row[change.column - 1] for row in table.rows if len(row) >= change.column])
        if kind in ("number", "integer") and is_known:
            check_mark(change, [row[change.column - 1] for row in table.rows if len(row) == len(table.labels)])


def check_order(change: Change, column: list[str]) -> None:
    """Check that a day with two readings was read in the order of those days of its column that have only one."""
    before, *texts = (min(sorted(slow_notation.bare_forms(cell)), key=len) for cell in (change.before, *column))
    orders = [order for order in ("dmy", "mdy") if change.after in slow_notation.days(before, order)]
    shown = {
        order
        for text in texts
        if re.match("[0-9]{1,2}[/-]", text) and len(slow_notation.days(text)) == 1
        for order in ("dmy", "mdy")
        if slow_notation.days(text, order)
    }
    assert shown == set(orders)


def check_mark(change: Change, column: list[str]) -> None:
    """Check that a number with a decimal comma is in a column in which no number has a decimal point."""
    marks = set(map(slow_notation.mark_of, column))
    if slow_notation.mark_of(change.before) == ",":
        assert "." not in marks
    if len(slow_notation.numbers(change.before.strip())) > 1:
        assert "," in marks


AMOUNTS = ["12", "24,90", "24.90", "1 234", "1 234,50", "1.234", "12 €", "24.905", "1,5", "12.0", "x", "-5,00", "-500"]


@given(st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=5), st.booleans())
def test_a_column_of_money_is_changed_as_a_whole_or_not_at_all(amounts: list[str], unsafe: bool) -> None:
    rows = [["sale_external_id", "unit_price"], *([f"K-{number}", each] for number, each in enumerate(amounts))]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    found = fix(text.getvalue(), "sales", delimiter=",", unsafe=unsafe)
    after = [row[1] for row in cells(found.text or "", ",")[1:]]
    in_cents = {change.kind for change in found.changes} == {"in-cents"}
    if in_cents:
        assert unsafe
        assert all(new in slow_notation.cents(old) for old, new in zip(amounts, after, strict=True))
    else:
        has_decimals = any(re.search("[.,]", each) for each in amounts)
        wanted = [each if has_decimals else each.replace(" ", "") for each in amounts]
        assert after in (wanted, amounts)


@given(tables())
def test_the_number_of_fixes_that_are_not_certain_is_that_of_the_changes_that_unsafe_adds(table: Table) -> None:
    safe, unsafe = fixed(table, {}), fixed(table, {"unsafe": True})
    if named(table, safe) != named(table, unsafe):
        return  # under a field's name, other values count as fitting, and other cells have findings
    message = next((each.message for each in safe.report.findings if each.code == "fixable"), "0")
    assert int(message.split()[0]) == unsafe.count - safe.count


@given(tables(), st.sampled_from(WAYS[:2]), st.sampled_from([1, 3, 10_000]))
def test_the_fixes_of_findings_are_what_fix_makes_of_their_cells(table: Table, way: dict[str, Any], block: int) -> None:
    found, delimiter = fixed(table, way), delimiter_of(table.text)
    with steps(block, []):
        report = validate(named(table, found).text, table.entity, delimiter=delimiter)
    places = {(each.row, each.column) for each in report.findings}
    changes = {
        change[:2]: change.after
        for change in found.changes
        if change.row and change.column and not (change[:2] not in places and _goes_with_its_column(change))
    }
    named_fixes = {
        (each.row, each.column): each.fix
        for each in report.findings
        if each.row is not None and (each.fix_is_safe or (way and each.fix is not None))
    }
    assert named_fixes == changes


def _goes_with_its_column(change: Change) -> bool:
    """Whether a cell had nothing wrong by itself: a whole amount in a column whose other amounts have a currency."""
    return change.kind == "in-cents" and change.before.isdecimal()


@given(tables(), st.sampled_from([1, 2, 3]), st.randoms())
@example(of_lines(",,", "K-0, FI,1"), 1, Random(1))
def test_neither_blocks_nor_the_order_of_rows_matters(table: Table, block: int, random: Random) -> None:
    """What a text becomes, the column decides, whose first rows may contradict its last ones."""
    found = fixed(table, {})
    with steps(block, []):
        assert fixed(table, {}) == found
    for limit in (1, 2):
        with mock.patch.object(fix_module, "DECIDING_ROWS", limit), steps(1, []):
            assert fixed(table, {}) == found
    if any(len(row) != len(table.labels) or not any(row) for row in table.rows):
        return
    places = list(range(len(table.rows)))
    random.shuffle(places)
    text = io.StringIO(newline="")
    delimiter = delimiter_of(table.text)
    csv.writer(text, delimiter=delimiter).writerows([table.labels, *(table.rows[place] for place in places)])
    shuffled = cells(fix(text.getvalue(), table.entity, delimiter=delimiter).text or "", delimiter)
    rows = cells(found.text or "", delimiter)
    assert shuffled == [rows[0], *(rows[place + 1] for place in places)]


FAR = {
    "a day of another order": ("customers", "date_joined", "2/9/2024", "13/9/2024", "9/13/2024"),
    "an unknown word of consent": ("customers", "can_email", "Kyllä", "ei", "x"),
    "a decimal point": ("sales", "quantity", "1,5", "1,5", "2.5"),
    "an amount with decimals": ("products", "price", "1 234", "500", "1 234,50"),
    "a code without .0": ("products", "ean", "6414893400012.0", "6414893400012.0", "6414893400013"),
    "text that is right": ("customers", "zip_code", "33100.0", "33100.0", "33100"),
}


@pytest.mark.parametrize("what", FAR)
@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize("count", [2 * DECIDING_ROWS, pytest.param(20_000, marks=pytest.mark.slow)])
def test_a_value_that_contradicts_a_column_from_far_away_is_seen(what: str, is_last: bool, count: int) -> None:
    entity, field, first, second, odd = FAR[what]
    key = "sale_external_id" if entity == "sales" else "external_id"
    values = [first, second] * (count // 2)
    values.insert(len(values) if is_last else 0, odd)
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[key, field], *([f"K-{number}", value] for number, value in enumerate(values))])
    found = fix(text.getvalue(), entity, delimiter=",")
    assert found.count == 0
    assert [row[1] for row in cells(found.text or "", ",")[1:]] == values
