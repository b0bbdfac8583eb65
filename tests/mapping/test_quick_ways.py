"""The quick ways of a mapping add no rule of their own: with each of them off, the output is the same."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import CustobarFormatsError, iter_csv, validate
from custobar_formats.mapping import apply
from custobar_formats.mapping.fit import FieldPlan
from custobar_formats.mapping.steps import Target, make_converter, make_quick_converter
from custobar_formats.mapping.suspects import Suspects
from tests.laws.test_fast_ways import without
from tests.mapping.exports import read
from tests.mapping.test_law import Table, cases, some, written

OFF: dict[str, list[tuple[Any, str, Any]]] = {
    "columns are taken as they are": [(apply, "is_copied", lambda _: False)],
    "steps read a column at once": [
        (apply, "make_quick_converter", lambda _: None),
        (FieldPlan, "quick", None),
    ],
    "only what a look finds is checked": [(Suspects, "find", lambda self, *_: self._checks)],
    "prefixes are taken off at once": [
        (apply, "_without", lambda strip, cells: [apply._stripped(cell, strip) for cell in cells])
    ],
}

ARTEFACTS = [
    "NULL",
    "'NULL",
    "#REF!",
    "Null",
    "ã©",
    "'+1",
    "A > NULL",
    "a||N/A",
    "b,n/a",
    "&#78;ULL",
    "=1",
    "'=1+f(x)",
    "-x ",
    "\x00'",
]
"""What may be due for a warning as it stands, and what a step uncovers."""


def outcome(mapping: Table, text: str) -> list[Any]:
    """All findings of an export, and its records; or the refusal of one of them."""
    found: list[Any] = [validate(io.StringIO(text), mapping=mapping, delimiter=",").findings]
    try:
        return [*found, *iter_csv(io.StringIO(text), mapping=mapping, delimiter=",")]
    except CustobarFormatsError as error:
        return [*found, str(error)]


@given(cases(), st.data())
def test_the_output_is_the_same_with_each_quick_way_off(
    case: tuple[Table, list[str], list[list[str]], int], data: st.DataObject
) -> None:
    mapping, header, rows, _ = case
    for row in rows:
        if data.draw(st.booleans()):
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.sampled_from(ARTEFACTS))
    text, _ = written(header, rows)
    usual = outcome(mapping, text)
    for name, ways in OFF.items():
        with without(ways):
            assert outcome(mapping, text) == usual, name


ANY_TEXT_STEPS = some(
    ("unescape", st.just("html")),
    ("case", st.sampled_from(["lower", "upper"])),
    ("prefix", st.sampled_from(["", "<", "&", "Σ"])),
    ("suffix", st.sampled_from(["", " g", "amp;"])),
)
TEXTS = st.lists(st.sampled_from(["", "&", "&#1;", "&amp;amp;", "&lt", "ß", "ΣΑΣ", "İ"]) | st.text(), max_size=5)


@given(ANY_TEXT_STEPS, TEXTS)
def test_a_column_at_once_is_each_text_by_itself(arguments: Table, texts: list[str]) -> None:
    quick = make_quick_converter(arguments)
    convert = make_converter(arguments, Target(None, lambda _: False))
    assert (quick is None) == (not arguments)
    if quick is not None:
        one = [text if convert is None or not text else convert(text, "") for text in texts]
        assert list(quick(texts)) == one


@pytest.mark.parametrize(
    ("source", "cell", "value"),
    [
        ({"from": "x", "strip": "'"}, "NULL", "NULL"),
        ({"from": "x", "strip": "'"}, "'NULL", "'NULL"),
        ({"from": "x", "strip": "'"}, "'A", None),
        ({"from": "x", "unescape": "html"}, "#REF!", "#REF!"),
        ({"from": "x", "unescape": "html"}, "&#78;ULL", "&#78;ULL"),
        ({"from": "x", "case": "upper"}, "Null", "Null"),
        ({"from": "x", "values": {"-": "N/A"}, "others": "keep"}, "-", "-"),
        ({"join": ["x", "z"], "with": "/"}, "N", "N A"),
        ({"from": "x", "prefix": "N/"}, "A", "A"),
        ({"from": "x", "levels": ">"}, "A > NULL", "A > NULL"),
        ({"from": "x", "split": "||"}, "A||NULL", "A||NULL"),
    ],
)
@pytest.mark.parametrize("other", ["", "#REF!"])
def test_an_artefact_is_found_wherever_it_is(source: Table, cell: str, value: str | None, other: str) -> None:
    """In a column whose step uncovers or writes it, and in another one beside it."""
    columns = {"external_id": "id", "category": source, "title": "y"}
    _, found = read(f"id,x,y,z\n1,C,B,\n2,{cell},{other},A\n", columns, unmapped="drop")
    wanted = [(2, 2, value)] if value is not None else []
    wanted += [(2, 3, other)] if other else []
    assert [(each.row, each.column, each.value) for each in found if each.code == "spreadsheet-artefact"] == wanted


def test_letters_that_a_step_writes_are_looked_at() -> None:
    """Capitals can look like letters that were encoded twice."""
    _, found = read("id,x\n1,ã©\n", {"external_id": "id", "title": {"from": "x", "case": "upper"}})
    assert "double-encoded" in [each.code for each in found]
