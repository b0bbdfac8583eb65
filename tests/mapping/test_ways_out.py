"""What a message about a mapping names as the way out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import UsageError, load_mapping, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import MISUSE

PRODUCT = {"external_id": "Variant SKU", "weight": "Variant Grams", "title": "Title"}


def hints(header: str, columns: dict[str, Any], **tables: Any) -> dict[str | None, str | None]:
    """The hints about missing columns, by their names."""
    cells = ",".join("1" for _ in header.split(","))
    mapping = {"entity": "products", "columns": columns, "unmapped": "drop", **tables}
    report = validate(io.StringIO(f"{header}\n{cells}\n"), delimiter=",", mapping=mapping)
    return {each.value: each.hint for each in report.errors if each.code == "missing-column"}


@pytest.mark.parametrize(
    ("header", "columns", "tables", "wanted"),
    [
        ("Variant Grams,Title", PRODUCT, {}, {"Variant SKU": "export it, or change the mapping"}),
        ("Variant SKUs,Variant Grams,Title", PRODUCT, {}, {"Variant SKU": "did you mean 'Variant SKUs'?"}),
        ("VARIANT GRAMS ,Title", PRODUCT, {}, {"Variant SKU": "export it, or change the mapping"}),
        ("Grams,Title", PRODUCT, {"names": {"Variant Grams": ["Grams"]}}, {"Variant SKU": "export it,"}),
        ("Titel", {"external_id": "Nr", "title": "Title"}, {}, {"Nr": "export it,", "Title": "did you mean 'Titel'?"}),
        ("x", PRODUCT, {}, dict.fromkeys(PRODUCT.values(), "most of the mapping's columns are not in the file")),
    ],
)
def test_a_missing_column_is_another_one_only_if_no_field_takes_that(
    header: str, columns: dict[str, Any], tables: dict[str, Any], wanted: dict[str, str]
) -> None:
    found = hints(header, columns, **tables)
    assert found.keys() == wanted.keys()
    for name, hint in wanted.items():
        assert (found[name] or "").startswith(hint)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "columns.stock: it has no source: give one of from, first, join and constant"),
        ({"0": {}}, "a field with points in its name needs quotes: 'stock.0' = ..."),
        ({"0": {"quantity": "x"}}, "a field with points in its name needs quotes: 'stock.0.quantity' = ..."),
    ],
)
def test_a_table_without_a_source_is_not_always_a_name_without_quotes(value: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_mapping({"entity": "products", "columns": {"external_id": "id", "stock": value}})
    assert message in str(caught.value)


ASKS = {
    "entity": "products",
    "columns": {
        "external_id": "id",
        "date": {"from": "day", "dates": "d.m.y", "timezone": {"ask": "where?"}},
        "language": {"ask": "which?"},
    },
}
BOTH_OPEN = "date.timezone is open (where?), language is open (which?): answer them with "


def test_the_library_names_its_argument_for_open_questions() -> None:
    with pytest.raises(UsageError) as caught:
        validate("id,day\n", mapping=ASKS)
    way = "mapping=load_mapping(..., answers={'date.timezone': '...', 'language': '...'})"
    assert str(caught.value) == f"the mapping: {BOTH_OPEN}{way}"
    with pytest.raises(UsageError, match=r"answer it with mapping=load_mapping\('shopify-products', answers=\{'stock"):
        validate("id,day\n", mapping="shopify-products")


def test_the_command_names_its_option_for_open_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.toml").write_text(
        'entity = "products"\n[columns]\nexternal_id = "id"\nlanguage = { ask = "which?" }\n'
        'date = { from = "day", dates = "d.m.y", timezone = { ask = "where?" } }\n'
    )
    Path("x.csv").write_text("id,day\n1,1.9.2024\n")
    assert main(["validate", "--map", "m.toml", "x.csv"]) == MISUSE
    error = capsys.readouterr().err
    assert "answer them with --with language=VALUE --with date.timezone=VALUE" in error
    for answer, message in [
        (
            "titel=x",
            "error: --with: 'titel' is neither a question of the mapping nor a field of products: did you mean",
        ),
        (
            "date.timezon=x",
            "error: --with: the mapping asks for nothing named 'date.timezon': did you mean 'date.timez",
        ),
        ("date.timezone=Mars", "m.toml: columns.date: dates: it is not a timezone"),
        ("zzz=x", "m.toml: --with zzz: unknown field 'zzz'"),
        ("external_id=x", "error: --with: the field 'external_id' comes from a column"),
    ]:
        answers = {"language": "fi", "date.timezone": "Europe/Helsinki"}
        answers |= dict([answer.split("=")])
        given = [word for name, value in answers.items() for word in ("--with", f"{name}={value}")]
        assert main(["validate", "--map", "m.toml", *given, "x.csv"]) == MISUSE
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(("name", "meant"), [("emial", "email"), ("Email", "email"), ("mailinglists", "mailing_lists")])
def test_a_slip_in_an_answer_is_not_blamed_on_the_preset(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"^answers: '{name}' is neither .*: did you mean '{meant}'\?$"):
        load_mapping("shopify-customers", answers={name: "x"})


@pytest.mark.parametrize("name", ["acme__shoe_size", "language", "zzz"])
def test_a_field_of_your_company_or_schema_may_be_answered(name: str) -> None:
    mapping = load_mapping({"entity": "customers", "columns": {"external_id": "id"}}, answers={name: "x"})
    own = {"type": "object", "properties": {"external_id": {}, "zzz": {"type": "string"}}}
    report = validate("id\n1\n", own if name == "zzz" else "customers", mapping=mapping)
    assert [each.message for each in report.warnings if each.code == "added-constant"] == [
        f"{name} is 'x' in all 1 records, by answers; no column gives it"
    ]


def test_an_answer_that_is_no_field_is_refused_by_the_schema() -> None:
    mapping = load_mapping({"entity": "customers", "columns": {"external_id": "id"}}, answers={"zzz": "x"})
    with pytest.raises(UsageError, match="the mapping: answers zzz: unknown field 'zzz'"):
        validate("id\n1\n", mapping=mapping)


def test_a_constant_that_would_stand_alone_is_the_answers() -> None:
    mapping = load_mapping({"entity": "products", "columns": {"external_id": "id"}}, answers={"stock.0.shop_id": "x"})
    with pytest.raises(UsageError, match=r"^the mapping: answers stock.0.shop_id: a constant alone makes no object"):
        validate("id\n1\n", mapping=mapping)


def test_a_file_with_another_entity_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('entity = "costumers"\n[columns]\nemail = "E-mail"\n')
    with pytest.raises(UsageError) as caught:
        load_mapping(path)
    assert str(caught.value).startswith(f"{path}: entity: ")
    assert "did you mean 'customers'?" in str(caught.value)


@pytest.mark.parametrize("name", [".", "shopify", ".."])
def test_a_name_without_a_suffix_is_that_of_a_preset(name: str) -> None:
    with pytest.raises(UsageError, match="there is no preset named"):
        load_mapping(name)


MISFIT = {"entity": "customers", "columns": {"external_id": "Nr", "email": "Mail"}}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Nr,E-post\n1,a@b.fi\n", "invalid: no row was read (the columns do not fit the mapping), 2 errors"),
        ("Nr,Mail,Mer\n1,a@b.fi,x\n", "invalid: no row was read (the columns do not fit the mapping), 1 error"),
        ("Nr,Mail\n1,x\n", "invalid: 0 of 1 row valid"),
        ("Nr,Nr,Mail\n1,,\n", "invalid: no row was read, 1 error"),
        ("Nr,Mail\n", "valid: 0 of 0 rows valid"),
    ],
)
def test_the_verdict_shows_that_no_row_was_read(text: str, verdict: str) -> None:
    """In text and on the page, which has it among what to do."""
    report = validate(io.StringIO(text), delimiter=",", mapping=MISFIT)
    assert f"<input>: {verdict}" in str(report)
    page = report.to_html()
    assert verdict.partition(": ")[2] in page
    assert ("No row was read: change the mapping" in page) is ("do not fit" in verdict)
    assert ("no row was read" in page) is ("no row" in verdict)
