"""The arguments of a mapping: as answers, with an offset, and with a comma in an item; and other names of a column."""

from typing import Any

import pytest

from custobar_formats import UsageError, from_csv, load_mapping, validate

OPEN: dict[str, Any] = {
    "entity": "products",
    "columns": {
        "external_id": "Nr",
        "date": {"from": "Day", "dates": {"ask": "the form"}},
        "price": {"from": "Price", "unit": "major", "decimal": {"ask": "the mark"}},
        "visible": {"from": "Shown", "true": {"ask": "the word"}, "false": ["Nej"]},
    },
}
ANSWERS = {"date.dates": "d.m.y", "price.decimal": ",", "visible.true": "Ja"}


def test_an_answer_is_an_argument() -> None:
    mapping = load_mapping(OPEN, answers=ANSWERS)
    record = {"external_id": "1", "date": "2024-09-01", "price": 123400, "visible": True}
    assert from_csv("Nr,Day,Price,Shown\n1,1.9.2024,1.234,ja\n", mapping=mapping) == [record]


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(UsageError, match=r'the answer .price.decimal.: it must be "." or ",", not .x.'):
        load_mapping(OPEN, answers={**ANSWERS, "price.decimal": "x"})


@pytest.mark.parametrize("code", ["FI", "fi"])
@pytest.mark.parametrize(
    ("country", "answered"),
    [
        ({"ask": "which?"}, "phone_number.country"),
        ({"default": {"ask": "which?"}}, "phone_number.country.default"),
        ({"from": "Land", "default": {"ask": "which?"}}, "phone_number.country.default"),
    ],
)
def test_the_country_of_numbers_is_an_answer(code: str, country: Any, answered: str) -> None:
    tables = {"entity": "customers", "columns": {"email": "E", "phone_number": {"from": "T", "country": country}}}
    mapping = load_mapping({**tables, "unmapped": "drop"}, answers={answered: code})
    assert load_mapping(tables).questions() == {answered: "which?"}
    assert mapping.questions() == {}
    rows = ["a@b.fi,040 123 4567,\n", *(["c@d.se,070-123 45 67,SE\n"] if "from" in country else [])]
    records = from_csv("E,T,Land\n" + "".join(rows), mapping=mapping)
    assert [each["phone_number"] for each in records] == ["+358401234567", "+46701234567"][: len(rows)]


@pytest.mark.parametrize("code", ["Suomi", "XX", ""])
def test_another_country_is_refused(code: str) -> None:
    source = {"from": "T", "country": {"from": "Land", "default": {"ask": "which?"}}}
    tables = {"entity": "customers", "columns": {"email": "E", "phone_number": source}}
    mapping = load_mapping(tables, answers={"phone_number.country.default": code})
    with pytest.raises(UsageError, match=f"country: '{code}' is not the code of a country, such as FI"):
        validate("E,T,Land\na@b.fi,,\n", mapping=mapping)
    with pytest.raises(UsageError, match=r"did you mean 'phone_number\.country\.default'"):
        load_mapping(tables, answers={"phone_number.country.defalt": code})


def test_dates_may_have_an_offset() -> None:
    columns = {"external_id": "Nr", "date": {"from": "Day", "dates": "%Y-%m-%d %H:%M:%S %z"}}
    (record,) = from_csv("Nr,Day\n1,2024-09-01 09:05:00 +0300\n", mapping={"entity": "products", "columns": columns})
    assert record["date"] == "2024-09-01T09:05:00+03:00"


@pytest.mark.parametrize(
    ("cell", "tags"),
    [("a, b", ["a", "b"]), (r"a\, b, c", ["a, b", "c"]), (r"a\b, c", [r"a\b", "c"]), (r"a\,", ["a,"])],
)
def test_a_comma_behind_a_backslash_belongs_to_its_item(cell: str, tags: list[str]) -> None:
    columns = {"external_id": "Nr", "tags": {"from": "Tags", "split": ","}}
    (record,) = from_csv(f'Nr,Tags\n1,"{cell}"\n', mapping={"entity": "products", "columns": columns})
    assert record["tags"] == tags


@pytest.mark.parametrize(("label", "codes"), [("Product category", []), ("product category", ["similar-label"])])
def test_a_given_name_comes_before_a_similar_one(label: str, codes: list[str]) -> None:
    mapping = {
        "entity": "products",
        "names": {"Product Category": ["Product category"]},
        "columns": {"external_id": "Nr", "price": "Price", "category": "Product Category"},
    }
    report = validate(f"Nr,Price,{label}\n1,100,Skor\n", mapping=mapping)
    assert [finding.code for finding in report.findings if finding.code != "identified-by"] == codes
