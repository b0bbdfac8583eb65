"""The columns that probably hold fields: unknown columns name their field, and a missing field names its column."""

from __future__ import annotations

import io
import re
from typing import Any
from unittest import mock

import pytest

from custobar_formats import Report, from_csv, validate
from custobar_formats.core.findings import Finding
from custobar_formats.mapping import synonyms
from custobar_formats.report.report import InvalidData


def checked(text: str, entity: Any) -> Report:
    file = io.BytesIO(text.encode())
    file.name = "in.csv"
    return validate(file, entity)


def of_code(report: Report, code: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == code]


@pytest.mark.parametrize(
    ("entity", "header", "row", "hint"),
    [
        ("customers", "E-mail address,first_name", "a@x.fi,Anna", "rename the column 'E-mail address' to email?"),
        ("customers", "asiakasnumero,first_name", "1,Anna", "rename the column 'asiakasnumero' to external_id?"),
        ("customers", "emial,first_name", "a@x.fi,Anna", "rename the column 'emial' to email?"),
        (
            "customers",
            "Puhelin,Sähköposti,Asiakasnro,city",
            "+358401234567,a@x.fi,1,Oulu",
            "rename the column 'Asiakasnro' to external_id, 'Puhelin' to phone_number, or 'Sähköposti' to email?",
        ),
        ("customers", "Lempiväri,first_name", "sininen,Anna", None),
        # Of two columns that mean one field, either may be it; a name that is certain is before one that is not.
        ("customers", "Tfn,GSM,city", "+358401234567,,Oulu", "rename the column 'Tfn' to phone_number?"),
        (
            "customers",
            "Tfn,GSM,city",
            "+358401234567,+358401234568,Oulu",
            "rename the column 'Tfn' or 'GSM' to phone_number?",
        ),
        # A column that is blank in the row does not help it; nor does one that is there under its name.
        ("customers", "Sähköposti,first_name", ",Anna", None),
        ("customers", "email,Sähköposti,first_name", ",a@x.fi,Anna", None),
        ("events", "tapahtuma,date,customer_id", "BROWSE,2024-01-01,K", "rename the column 'tapahtuma' to type?"),
        ("sales", "Tilausnumero,product_id", "1,2", "rename the column 'Tilausnumero' to sale_external_id?"),
    ],
)
def test_a_missing_field_names_the_column_that_probably_holds_it(
    entity: str, header: str, row: str, hint: str | None
) -> None:
    (found,) = of_code(checked(f"{header}\n{row}\n", entity), "missing-field")
    assert found.hint == hint


def test_a_missing_price_names_its_column_in_place_of_the_reason() -> None:
    found = of_code(checked("external_id,Hinta,title\nP-1,1250,Kuppi\nP-2,,Lasi\n", "products"), "missing-field")
    assert [finding.hint and finding.hint[:30] for finding in found] == [
        "rename the column 'Hinta' to p",
        "A new product needs a price; l",
    ]


@pytest.mark.parametrize(
    ("header", "hints"),
    [
        (
            "customer_id,Tilauspäivä",
            ["rename the column 'Tilauspäivä' to sale_date?", "rename the column 'customer_id' to sale_customer_id?"],
        ),
        (
            "sale_date,sale_currency,Sähköposti,Valuuttakurssi",
            [
                "rename the column 'Sähköposti' to sale_email?",
                "rename the column 'Valuuttakurssi' to sale_exchange_rate?",
            ],
        ),
    ],
)
def test_so_does_a_field_that_no_row_of_a_sale_has(header: str, hints: list[str]) -> None:
    values = {"sale_date": "2024-01-02", "sale_currency": "EUR"}
    row = ",".join(values.get(name, "1") for name in header.split(","))
    found = of_code(checked(f"sale_external_id,{header}\nS-1,{row}\n", "sales"), "incomplete-sale")
    assert sorted(finding.hint or "" for finding in found) == hints


@pytest.mark.parametrize(
    ("entity", "header", "fixes"),
    [
        ("customers", "external_id,Sähköposti,Etunimi,x", ["email", "first_name", None]),
        ("customers", "external_id,emial,Sähköposti", [None, None]),
        ("customers", "external_id,emial,Lastname", ["email", "last_name"]),
        ("customers", "external_id,asiakasnumero,Henkilötunnus", [None, None]),
        # A name that means another field is no slip of a field.
        ("sales", "sale_external_id,totalt,discounts,sale_dat", [None, None, "sale_date"]),
    ],
)
def test_unknown_columns_have_their_likely_fields_in_the_library_too(
    entity: str, header: str, fixes: list[str | None]
) -> None:
    report = checked(f"{header}\n{','.join('1' for _ in header.split(','))}\n", entity)
    found = of_code(report, "unknown-label")
    assert [finding.fix for finding in found] == fixes
    assert [finding.hint for finding in found if finding.fix] == [f"did you mean {fix!r}?" for fix in fixes if fix]
    assert found[0].hint == "did you mean 'email'?" or not header.endswith("emial,Sähköposti")
    assert {finding.fix_is_safe for finding in found if finding.fix} <= {False}
    page = report.to_html()
    assert [name for name in fixes if name and not re.search(f">&#39;{name}&#39;<", page)] == []


def test_what_is_raised_names_it_too() -> None:
    with pytest.raises(InvalidData, match="rename the column 'E-mail address' to email"):
        from_csv("E-mail address,city\na@x.fi,Oulu\n", "customers")


def test_a_file_whose_columns_are_known_is_not_looked_at() -> None:
    with mock.patch.object(synonyms, "meaning_of", side_effect=AssertionError):
        checked("email,city\na@x.fi,Oulu\n,Espoo\n", "customers")


def test_an_own_schema_names_only_its_own_fields() -> None:
    schema = {"x-entity": "customers", "type": "object", "properties": {"mail": {}}, "required": ["mail"]}
    found = checked("Sähköposti\na@x.fi\n", schema)
    assert {finding.fix for finding in found.findings} == {None}
