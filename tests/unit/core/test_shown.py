"""Texts in messages: what nobody sees in them is named."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import validate
from custobar_formats.core.shown import ODD_SPACES, quoted, shown

SPACES = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == "Zs" and c != " "]


def test_the_odd_spaces_are_those_of_unicode() -> None:
    assert all(map(ODD_SPACES.fullmatch, SPACES))
    assert not ODD_SPACES.search(" \t\n\u200b\u2028a")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 200", "'1 200'"),
        ("1\xa0200", "'1 200' (with a no-break space)"),
        ("1\xa0200\xa0000", "'1 200 000' (with no-break spaces)"),
        ("1\u202f200\xa0€", "'1 200 €' (with a narrow no-break space and a no-break space)"),
        ("a\u2003b", "'a b' (with an em space)"),
        ("\\xa0\t", "'\\\\xa0\\t'"),
    ],
)
def test_odd_spaces_are_named_behind_the_text(text: str, wanted: str) -> None:
    assert quoted(text) == shown(text) == wanted


@given(st.text(st.sampled_from(["a", "'", "\\", " ", "\n", *SPACES]), max_size=6))
def test_a_text_without_odd_spaces_is_as_in_code(text: str) -> None:
    assert (quoted(text) == repr(text)) is (ODD_SPACES.search(text) is None)
    assert not ODD_SPACES.search(quoted(text))


def test_a_message_about_a_cell_names_them_and_the_report_shows_them() -> None:
    text = "external_id;price;stock.0.shop_id;stock.0.quantity\n1;100;a;1\xa0200x\n"
    (error,) = validate(text, "products").errors
    assert error.message == "'1 200x' (with a no-break space) is not an integer"
    assert error.value == "1\xa0200x"
    mapping = {"entity": "products", "columns": {"external_id": "Nr", "price": {"from": "Pris\xa0kr", "unit": "major"}}}
    report = validate("Nr;Pris\xa0kr\n1;10\xa0x\n", mapping=mapping)
    assert "'10 x' (with a no-break space) cannot be read for price" in str(report)
    assert "\\xa0" not in str(report) + report.to_html()
