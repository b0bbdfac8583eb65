"""Lists in the notation of a programming language."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import NotExpressible, from_csv, to_csv, validate
from custobar_formats.notation.lists import Items, is_list_notation, parse_list_notation, suggest_list

LISTS = {
    "properties": {
        "tags": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "set": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "x": {},
        "choice": {"type": ["array", "null"], "items": {"enum": ["a", "b"]}},
    }
}


@pytest.mark.parametrize(
    ("text", "items", "value"),
    [
        ('["vip","news"]', ["vip", "news"], "vip,news"),
        ("['a', \"b\"]", ["a", "b"], "a,b"),
        ('"vip","news"', ["vip", "news"], "vip,news"),
        ('"vip", "5"" disc"', ["vip", '5" disc'], 'vip,5" disc'),
        ('"vip"', ["vip"], "vip"),
        ("[1, -2.5, true]", ["1", "-2.5", "true"], "1,-2.5,true"),
        ('["\\u00e4"]', ["ä"], "ä"),
        (r"""['it\'s', '\xe4', 'a "b"']""", ["it's", "ä", 'a "b"'], 'it\'s,ä,a "b"'),
        (r"['\q']", [r"\q"], r"\q"),
        (' ["a"] ', ["a"], "a"),
        ("[]", [], None),
        ("[ ]", [], None),
        ("[null]", [None], None),
        ("['a', None]", ["a", None], None),
        ('["a,b","c"]', ["a,b", "c"], None),
        ('["a",""]', ["a", ""], None),
        ('[" a"]', [" a"], None),
        ('["[1]"]', ["[1]"], None),
        ('["\\"a\\""]', ['"a"'], None),
    ],
)
def test_a_list(text: str, items: Items, value: str | None) -> None:
    assert parse_list_notation(text) == items
    assert suggest_list(items).value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[sale]",
        "[sale],[x]",
        "[a, b]",
        "[007]",
        "[1,[2]]",
        '["a",]',
        '["a" "b"]',
        '"a" b',
        'vip,"news"',
        '"',
        "[]x",
    ],
)
def test_what_is_no_list(text: str) -> None:
    assert parse_list_notation(text) is None


@given(st.lists(st.one_of(st.text(max_size=5), st.integers(), st.none()), max_size=4))
def test_every_list_is_read_as_its_items(values: list[Any]) -> None:
    assert parse_list_notation(json.dumps(values)) == [None if value is None else str(value) for value in values]
    assert parse_list_notation(json.dumps(values, ensure_ascii=False)) is not None
    ascii_only = [value for value in values if not isinstance(value, str) or value.isascii()]
    assert parse_list_notation(repr(ascii_only)) is not None


def finding(label: str, cell: str, schema: Any = LISTS) -> tuple[str, str | None]:
    quoted = cell.replace('"', '""')
    (found,) = validate(f'{label},x\n"{quoted}",1\n', schema).findings
    return found.code, found.hint


@pytest.mark.parametrize(
    ("label", "cell", "hint"),
    [
        ("tags", "['a','b']", "nothing else: a,b"),
        ("numbers", "[1, 2]", "nothing else: 1,2"),
        ("set", '["a","b"]', "nothing else: a,b"),
        ("set", '["a","a"]', "nothing else"),
        ("choice", '"a","b"', "nothing else: a,b"),
        ("choice", '"a","c"', "nothing else"),
        ("tags", '["=1","b"]', "nothing else"),
        ("tags", '["a,b","c"]', "give one column for each item: tags.0, tags.1"),
        ("tags", "[]", "leave the cell blank if there are no items, and leave out items without a value"),
        ("tags", "[null]", "leave the cell blank if there are no items, and leave out items without a value"),
    ],
)
def test_a_cell_with_a_list(label: str, cell: str, hint: str) -> None:
    code, found = finding(label, cell)
    assert code == "list-notation"
    assert str(found).endswith(hint)


def test_many_cells_of_which_one_holds_a_list() -> None:
    rows = ['"a,b"'] * 300
    rows[200] = '"[""a""]"'
    report = validate("\n".join(["tags,x", *(f"{row},1" for row in rows)]) + "\n", LISTS)
    assert [(one.code, one.row) for one in report.findings] == [("list-notation", 201)]


@pytest.mark.parametrize("times", [1, 50])
@pytest.mark.parametrize("items", [["[1", "2]"], ['["a"', "2]"], ['"a"', '"b"'], ['"a', 'b"'], ["[1]"], ["[]"]])
def test_items_that_would_be_read_as_a_list_get_a_column_each(items: list[str], times: int) -> None:
    assert is_list_notation(items)
    records = [{"tags": ["x", "y"]}, {"tags": items}, {"tags": ["[sale]"]}] * times
    assert from_csv(to_csv(records, LISTS), LISTS) == records
    assert to_csv(records, LISTS).startswith("tags.0,tags.1\n")
    with pytest.raises(NotExpressible, match="read as a list in JSON or Python"):
        to_csv(records, LISTS, columns=["tags"])


def test_items_in_brackets_share_a_cell() -> None:
    records = [{"tags": ["[sale]", "[new]"]}, {"tags": ['5" disc', "a"]}]
    assert to_csv(records, LISTS).startswith("tags\n")
    assert from_csv(to_csv(records, LISTS), LISTS) == records


def test_a_hint_about_an_item_is_not_about_the_cell() -> None:
    (found,) = validate('numbers,x\n"1,1 000,2",1\n', LISTS).findings
    assert (found.value, found.hint) == ("1,1 000,2", "for the item '1 000': remove the spaces: 1000")
