"""The nearest known name is difflib's, among any number of names."""

from __future__ import annotations

import random
import re
from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import load_schema
from custobar_formats.core.entities import Entity
from custobar_formats.core.limits import MAX_NEAR_CHARS
from custobar_formats.core.near import CLASSES, NEAR, near, near_slip
from tests.calls import calls_of


def slow_near(name: str, known: tuple[str, ...]) -> str | None:
    """The definition."""
    names = {slow_plain(candidate): candidate for candidate in known}
    plain = slow_plain(name)
    if plain in names:
        return names[plain]
    found = get_close_matches(plain, list(names), 1, NEAR)
    return names[found[0]] if found else None


def slow_plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


LETTERS = st.text("ab1_Aä-" + chr(ord("a") + CLASSES) + chr(ord("ä") + CLASSES), max_size=12)
WORDS = st.sampled_from(
    ["email", "e_mail", "mail", "phone_number", "postal_code", "Posti numero", "käyttäjä", "郵便番号"]
)
SUFFIXES = st.integers(0, 40).map(str)
NAMES = st.one_of(LETTERS, WORDS, st.builds(str.__add__, WORDS, SUFFIXES), st.text(max_size=6))


@given(NAMES, st.lists(NAMES, max_size=30).map(tuple))
def test_the_nearest_is_what_difflib_shows(name: str, known: tuple[str, ...]) -> None:
    assert near(name, known) == slow_near(name, known)


@given(st.lists(NAMES, min_size=1, max_size=30).map(tuple), st.data())
def test_the_nearest_to_a_slip_is_what_difflib_shows(known: tuple[str, ...], data: st.DataObject) -> None:
    letters = list(data.draw(st.sampled_from(known)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(letters)))
        letters[place : place + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from(["", "a", "x", "1", "ää"]))
    name = "".join(letters)
    assert near(name, known) == slow_near(name, known)


@pytest.mark.parametrize("length", [1, 7, 8, 63, 64, 199, 200, 201, 240, MAX_NEAR_CHARS, MAX_NEAR_CHARS + 1, 400])
def test_names_of_any_length(length: int) -> None:
    """From 200 characters on, difflib ignores characters that occur often."""
    chooser = random.Random(length)
    known = tuple("".join(chooser.choices("abcdefghij", k=length + chooser.randrange(3))) for _ in range(20))
    for name in known[:5]:
        letters = list(name)
        for _ in range(max(1, length // 6)):
            letters[chooser.randrange(len(letters))] = chooser.choice("abcxyz")
        slip = "".join(letters)
        assert near(slip, known) == slow_near(slip, known)
        assert near(slip[::-1], known) == slow_near(slip[::-1], known)


def test_many_names_cost_little() -> None:
    """Members of large enums, and labels of very wide schemas: fifty calls a name, whatever the number of lookups.

    One call for each known name at each lookup would be a million.
    """
    known = tuple(f"value number {number}" for number in range(10_000))
    assert calls_of(lambda: [near(f"valeu numbr {number * 41}", known) for number in range(100)]) < 500_000
    for number in range(0, 100, 50):
        name = f"valeu numbr {number * 41}"
        assert near(name, known) == slow_near(name, known)


@pytest.mark.parametrize(
    ("entity", "name", "meant"),
    [
        ("customers", "Email", "email"),
        ("customers", "e-mail", "email"),
        ("customers", "emial", "email"),
        ("customers", "First Name", "first_name"),
        ("customers", "phone_nummer", "phone_number"),
        ("customers", "mailing_list", "mailing_lists"),
        ("products", "Categories", "category"),
        ("products", "titel", "title"),
        ("products", "descripton", "description"),
        ("sales", "sale_coupon_code", "sale_coupon_codes"),
        ("sales", "sale_id", None),
        ("sales", "saleId", None),
        ("sales", "sale_shop", None),
        ("sales", "discount_code", None),
        ("customers", "street_address2", None),
        ("customers", "can_fax", None),
        ("products", "product", None),
        ("products", "title_en", None),
    ],
)
def test_a_slip_of_a_name_and_another_name(entity: Entity, name: str, meant: str | None) -> None:
    assert near_slip(name, tuple(load_schema(entity)["properties"])) == meant
