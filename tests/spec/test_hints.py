"""Hints suggest the value that was probably meant, and nothing if the text may be right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from custobar_formats import Finding, Severity, validate
from custobar_formats.core.entities import Entity
from custobar_formats.core.spreadsheet import ERRORS, NOTHING
from custobar_formats.text.artefacts import (
    ERROR_HINT,
    LOST_HINT,
    NOTHING_HINT,
    SEPARATOR,
    artefact_warning,
    may_have_outer_whitespace,
    outer_whitespace_warning,
    suspect_artefact,
)
from custobar_formats.validation.field_checks import EVENT_TYPES, event_type_warning, lost_zero_warning
from custobar_formats.validation.hints import PHONE_FORM

IN_FINLAND = "write + and the country code in place of the 0, which in Finland is "
NO_SCARS = ["#1", "#N/A ei", "# N/A", "E+12", "VITAMIN E+10", "12E+5", "1e+10", "A5E+12", "", "#"]
NO_EANS = ["641234567890", "0641234567893", "12345678", "64123456789x", "٦٤١٢٣٤٥٦٧٨٩٣", "123456", ""]
OWN_TYPES = ["COMPETITION_ENTRY", "BASKET_REMOVE", "ORDER_PLACED", "WEB_SUBSCRIBE", "STORE_VISIT", "LOGIN"]


def finding(entity: str, label: str, text: str) -> Finding | None:
    key = {"customers": "external_id\nC-1", "products": "external_id,price\nP-1,0"}.get(entity, "sale_id\n1")
    header, _, row = key.partition("\n")
    quoted = '"' + text.replace('"', '""') + '"'
    report = validate(f"{header},{label}\n{row},{quoted}\n", entity, delimiter=",")
    found = [one for one in report.findings if one.label == label]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("label", "text", "hint"),
    [
        (
            "phone_number",
            "040 123 4522",
            "replace the 0 with + and the country code, in Finland: +358401234522",
        ),
        (
            "phone_number",
            "(040) 123-4522",
            "replace the 0 with + and the country code, in Finland: +358401234522",
        ),
        ("phone_number", "+358 (40) 123-4522", "digits only: +358401234522"),
        ("phone_number", "00358401234522", "replace 00 with +: +358401234522"),
        ("phone_number", "358401234522", "put a + before it: +358401234522"),
        ("phone_number", "4.01E+09", LOST_HINT),
        ("phone_number", "401234522", PHONE_FORM),
        ("phone_number", "none", PHONE_FORM),
        ("phone_number", "+358 40", PHONE_FORM),
        ("email", "a@example.com\u00a0", "remove the white space around it: 'a@example.com'?"),
        ("can_email", "TRUE", "write true"),
        ("can_email", "kyllä", "write true"),
        ("can_email", "EPÄTOSI", "write false"),
        ("can_email", "#PUUTTUU!", ERROR_HINT),
        ("can_email", "maybe", "write true or false"),
        ("date_joined", "1.9.2024", "write 2024-09-01?"),
        ("date_joined", "1.9.2024 9:05", "write 2024-09-01T09:05:00?"),
        ("date_joined", "1.9.2024 klo 9.05.30", "write 2024-09-01T09:05:30?"),
        ("date_joined", "1.9.2024 29:05", "write it as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"),
        ("date_joined", "2024-9-1", "write 2024-09-01?"),
        ("date_joined", "31.2.2024", "there is no such day; write it as YYYY-MM-DD"),
        ("date_joined", "2024-02-30", "there is no such day"),
        ("date_joined", "45536", "this is a spreadsheet's day number; write 2024-09-01?"),
        (
            "date_joined",
            "9/1/2024",
            "it can be 2024-01-09 or 2024-09-01; write it as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ",
        ),
        ("date_joined", "2024-01-15 10:30:00", "write 2024-01-15T10:30:00?"),
        ("phone_number", "358401234567.0", "put a + before it: +358401234567"),
        ("phone_number", "+358 (0)40 123 4567", "digits only: +358401234567"),
        ("phone_number", "0044 (0)20 7946 0958", "replace 00 with +: +442079460958"),
        ("birth_date", "1.9.1984 0:00", "write 1984-09-01?"),
        ("country", "Suomi", "write FI?"),
        (
            "country",
            "Narnia",
            "Write the two letters of ISO 3166-1, such as FI; the United Kingdom is GB, Greece is GR.",
        ),
        ("language", "FI", "write fi?"),
        ("language", "Swedish", "write sv?"),
    ],
)
def test_hints_for_customers(label: str, text: str, hint: str) -> None:
    found = finding("customers", label, text)
    assert found is not None
    assert (found.hint, found.value) == (hint, text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("24.90", "write 2490?"),
        ("24,9", "write 2490?"),
        ("24,90 €", "write 2490?"),
        ("€24.90", "write 2490?"),
        ("1 234,50 EUR", "write 123450?"),
        ("1\u00a0234,50", "write 123450?"),
        ("0,05", "write 5?"),
        ("1 200", "remove the spaces: 1200"),
        ("5,58199E+12", "a spreadsheet has shortened it and lost digits; export the column as text"),
        ("#ARVO!", ERROR_HINT),
        ("#NV", ERROR_HINT),
        ("#VALEUR!", ERROR_HINT),
        ("#####", ERROR_HINT),
        ("free", "write the amount in cents, such as 2490 for 24.90"),
    ],
)
def test_hints_for_money(text: str, hint: str) -> None:
    found = finding("products", "sale_price", text)
    assert found is not None
    assert found.hint == hint


# -- artefacts in text that the schema accepts


@pytest.mark.parametrize("text", sorted(ERRORS))
def test_a_spreadsheets_error_is_no_value(text: str) -> None:
    found = finding("products", "title", text)
    assert found is not None
    assert (found.code, found.hint) == ("spreadsheet-artefact", ERROR_HINT)
    assert suspect_artefact(text)


@pytest.mark.parametrize("text", ["5,58199E+12", "5.58199E+12", "6E+12", "-1,5E+10", "1.2E+100"])
def test_a_number_that_was_cut_short(text: str) -> None:
    found = finding("products", "title", text)
    assert found is not None
    assert (found.code, found.hint) == ("spreadsheet-artefact", LOST_HINT)
    assert suspect_artefact(text)


LOST = ["5,58199E+12", "5.58E+12", "5.58E+12 ", "'5.58E+12", '="5,58E+12"', "5.58E+12\u200b"]
LOST_IN = [("products", "external_id"), ("products", "sku"), ("products", "ean"), ("customers", "external_id")]
LOST_IN += [("sales", "sale_external_id"), ("sales", "sale_customer_id"), ("sales", "product_id")]
LOST_IN += [("events", "customer_id"), ("events", "product_ean"), ("shops", "external_id")]


@pytest.mark.parametrize("text", [*LOST, "#N/A", "#ARVO!", "Err:502", " #REF!", "#VALUE! "])
@pytest.mark.parametrize(("entity", "field"), LOST_IN)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_identifier_that_is_lost(text: str, entity: Entity, field: str, form: str) -> None:
    """With the same one, records overwrite each other: it is an error, whatever else is due for the text."""
    quoted = '"' + text.replace('"', '""') + '"'
    table = f"{field},other\n{quoted},1\n" if form == "csv" else json.dumps([{field: text, "other": "1"}])
    report = validate(table, entity, format=form, delimiter="," if form == "csv" else None)  # type: ignore[arg-type]
    (found,) = [one for one in report.findings if one.path == f"/{field}"]
    hint = LOST_HINT if "E+" in text else ERROR_HINT
    assert (found.code, found.severity, found.hint) == ("lost-identifier", Severity.ERROR, hint)
    assert (report.valid, report.valid_rows) == (False, 0)


@pytest.mark.parametrize("text", ["5E12", "K#1", "#12", "AE+12", "Err:5", "1.5", "5.58E+12 kg"])
def test_an_identifier_that_is_none_the_less(text: str) -> None:
    assert finding("sales", "product_id", text) is None


@pytest.mark.parametrize("text", sorted(NOTHING))
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_word_for_nothing_is_no_value(text: str, form: str) -> None:
    product = {"external_id": "P-1", "price": 1, "title": text, "acme__notes": {"a": [text]}}
    table = f'external_id,price,title,acme__notes.a.0\nP-1,1,"{text}","{text}"\n'
    report = validate(table if form == "csv" else json.dumps([product]), "products", format=form)  # type: ignore[arg-type]
    assert [(one.code, one.path, one.hint) for one in report.findings] == [
        ("spreadsheet-artefact", "/title", NOTHING_HINT),
        ("spreadsheet-artefact", "/acme__notes/a/0", NOTHING_HINT),
    ] or [one.path for one in report.findings] == ["/acme__notes/a/0", "/title"]


@pytest.mark.parametrize("text", ["Null", "Nan", "none", "nan ny", "None of it", "-", "nil", "unknown"])
def test_what_is_no_word_for_nothing(text: str) -> None:
    assert finding("products", "title", text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'00100", "00100"),
        ("'045", "045"),
        ("'+358401234567", "+358401234567"),
        ('="0045"', "0045"),
        ('="a""b"', 'a"b'),
    ],
)
def test_what_a_spreadsheet_puts_around_a_text(text: str, value: str) -> None:
    found = finding("products", "title", text)
    assert found is not None
    assert (found.code, str(found.hint).endswith(f" {value}")) == ("spreadsheet-artefact", True)
    assert finding("products", "title", value) is None
    raw = validate(f"external_id,price,title\nP-1,1,{text}\n", "products")
    assert [one.code for one in raw.findings] == ["spreadsheet-artefact"]


@pytest.mark.parametrize("text", ["'90", "'90s", "'s-Hertogenbosch", "rock'n'roll", "'00100'x", "it's 100"])
def test_an_apostrophe_of_the_text(text: str) -> None:
    assert finding("products", "title", text) is None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("ean", text) for text in ('="=1+1"', '=""', '=" a"', " NULL ", '="641234567893"')),
        *(("title", text) for text in ('="=1+1"', '="#N/A"', '=""', '=" a"', "#N/A ", " NULL ")),
    ],
)
def test_a_hint_names_no_text_that_would_get_another_warning(field: str, text: str) -> None:
    found = finding("products", field, text)
    assert found is not None
    assert found.hint in ("remove it", "remove the formula around it")


@pytest.mark.parametrize(
    ("entity", "label", "text", "hint"),
    [
        ("customers", "zip_code", "94109.0", "write 94109"),
        ("customers", "zip_code", "100.0", "write the digits alone, with their zeros at the start"),
        ("products", "ean", "6411700000015.0", "write 6411700000015"),
        ("products", "ean", "411700000015.0", "write the digits alone, with their zeros at the start"),
    ],
)
def test_a_code_that_was_written_as_a_number(entity: str, label: str, text: str, hint: str) -> None:
    found = finding(entity, label, text)
    assert found is not None
    assert (found.code, found.hint) == ("spreadsheet-artefact", hint)
    assert finding("products", "title", text) is None


@pytest.mark.parametrize(
    "text", ["#1", "#N/A ei", "# N/A", "E+12", "VITAMIN E+10", "12E+5", "1e+10", "A5E+12", "", "#"]
)
def test_what_is_no_artefact(text: str) -> None:
    assert artefact_warning(text) is None
    assert finding("products", "title", text) is None


@pytest.mark.parametrize("text", ["P-1 ", "P-1\t", "P-1\u00a0", "\u00a0P-1", "\tP-1", "P-1 \n", "P-1\u3000"])
def test_white_space_around_a_text(text: str) -> None:
    found = finding("products", "title", text)
    assert found is not None
    assert (found.code, found.hint) == ("outer-whitespace", "remove it: 'P-1'")
    assert may_have_outer_whitespace(SEPARATOR.join(["x", text, "y"]))


@pytest.mark.parametrize("text", [" P-1", "P 1", "P\u00a01", "", "P-1"])
def test_white_space_that_is_not_reported(text: str) -> None:
    assert outer_whitespace_warning(text) is None
    assert finding("products", "title", text) is None


def test_spaces_alone_are_another_matter() -> None:
    found = finding("products", "title", "  ")
    assert found is not None
    assert found.code == "only-spaces"


def test_without_a_schema_text_is_text() -> None:
    assert validate("a,b\n#N/A,x \n", None).findings == ()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("641234567893", "0641234567893"),
        ("036000291452", "0036000291452"),
        ("1234565", "01234565"),
        ("36000291452", "0036000291452"),
    ],
)
def test_an_ean_without_its_zero(text: str, whole: str) -> None:
    found = finding("products", "ean", text)
    assert found is not None
    assert (found.code, found.severity) == ("lost-zero", "notice")
    assert f"the check digit fits {whole}" in str(found.hint)


@pytest.mark.parametrize(
    "text", ["641234567890", "0641234567893", "12345678", "64123456789x", "٦٤١٢٣٤٥٦٧٨٩٣", "123456", ""]
)
def test_an_ean_that_has_lost_nothing(text: str) -> None:
    assert lost_zero_warning(text) is None
    found = finding("products", "ean", text)
    assert found is None or found.code in ("wrong-check-digit", "wrong-format")
    assert finding("products", "title", "641234567893") is None  # not a column of EANs


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("BROWS", "BROWSE"),
        ("MAIL_SUBSCRIBED", "MAIL_SUBSCRIBE"),
        ("SUBSCRIBE_MAIL", "MAIL_SUBSCRIBE"),
        ("ADD_BASKET", "BASKET_ADD"),
        ("BASKET_ADDED", "BASKET_ADD"),
        ("ORDER_SHIPED", "ORDER_SHIPPED"),
        ("SENTIMENTS", "SENTIMENT"),
    ],
)
def test_an_event_type_that_was_probably_another(text: str, meant: str) -> None:
    reported = event_type_warning(text)
    assert reported is not None
    assert reported[1] == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    "text",
    [*EVENT_TYPES, "COMPETITION_ENTRY", "BASKET_REMOVE", "ORDER_PLACED", "WEB_SUBSCRIBE", "STORE_VISIT", "LOGIN"],
)
def test_an_event_type_of_the_account(text: str) -> None:
    assert event_type_warning(text) is None


@pytest.mark.parametrize("form", ["[{}, {}]", '{{"events": [{}, {}]}}', "{}\n{}\n"])
def test_an_event_type_in_json(form: str) -> None:
    event = {"date": "2026-04-02", "email": "a@example.com", "product_id": "P-1"}
    records = [{"type": name, **event} for name in ("BROWS", "LOGIN")]
    report = validate(form.format(*map(json.dumps, records)), "events")
    (found,) = report.findings
    assert (found.code, found.row, found.path, found.value) == ("similar-value", 1, "/type", "BROWS")


@pytest.mark.parametrize("form", ["[{}, {}]", "{}\n{}\n", "[{},\n{}]"])
@pytest.mark.parametrize("ascii_", [False, True])
@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        ("x ", "outer-whitespace", "/title"),
        ("x\n", "outer-whitespace", "/title"),
        ("\u00a0x", "outer-whitespace", "/title"),
        (" \t", "only-spaces", "/title"),
        ("#N/A", "spreadsheet-artefact", "/title"),
        ("5,58199E+12", "spreadsheet-artefact", "/title"),
        ("KÃ¤thy", "double-encoded", "/title"),
        (["x", "y "], "outer-whitespace", "/acme__tags/1"),
        ({"a": ["b", {"c": "#REF!"}]}, "spreadsheet-artefact", "/acme__tags/a/1/c"),
        ("641234567893", "lost-zero", "/ean"),
    ],
)
def test_text_in_json_gets_the_warnings_of_cells(form: str, ascii_: bool, value: Any, code: str, path: str) -> None:
    products = [{"external_id": f"P-{number}", "price": 1} for number in (1, 2)]
    products[1][path.split("/")[1]] = value
    report = validate(form.format(*(json.dumps(each, ensure_ascii=ascii_) for each in products)), "products")
    (found,) = report.findings
    assert (found.code, found.row, found.path) == (code, 2, path)


def test_text_in_json_that_is_wrong_gets_one_finding() -> None:
    (found,) = validate('[{"external_id": "C-1", "phone_number": "#N/A"}]', "customers").findings
    assert found.code == "wrong-format"


def test_a_formula_in_json_is_text() -> None:
    assert validate('[{"external_id": "C-1", "first_name": "=SUM(1)"}]', "customers").findings == ()


@pytest.mark.parametrize("form", ["csv", "json"])
def test_of_two_warnings_one_is_kept_the_same_in_csv_and_json(form: str) -> None:
    sale = {"sale_external_id": "S-1", "sale_date": "2024-01-01", "sale_customer_id": "C-1", "external_id": "L-1"}
    sale |= {"sale_currency": "â\x825", "sale_exchange_rate": "1"}
    text = json.dumps([sale]) if form == "json" else "\n".join(map(",".join, (sale, sale.values()))) + "\n"
    found = [one.code for one in validate(text, "sales", format=form).findings]  # type: ignore[arg-type]
    assert found.count("double-encoded") + found.count("wrong-format") <= 1


@pytest.mark.parametrize("field", ["description", "short_description"])
def test_long_texts_may_end_with_white_space(field: str) -> None:
    product = {"external_id": "P-1", "price": 1, field: "long text "}
    assert validate(json.dumps([product]), "products").findings == ()
    assert validate(f"external_id,price,{field}\nP-1,1,long text \n", "products").findings == ()
