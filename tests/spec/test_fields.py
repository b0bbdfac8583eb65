"""What each field of the bundled schemas takes: what is an error, what a warning, and the exact value in its place.

A real value is never refused, and a wrong one has at least a warning. Sources: docs/schemas.md.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import string
from collections.abc import Iterator
from typing import Any

import pytest

from custobar_formats import load_schema, validate
from custobar_formats.notation.phones import NO_TRUNK_ZERO, NOT_DIALLED
from custobar_formats.notation.suggest import suggest
from custobar_formats.notation.suggestion import Why
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.validation.hints import FORMS, WITHOUT_VALUE

RECORDS: dict[str, dict[str, Any]] = {
    "customers": {"external_id": "C-1"},
    "products": {"external_id": "P-1", "price": 1000},
    "sales": {
        "sale_external_id": "S-1",
        "sale_date": "2026-01-01",
        "sale_customer_id": "C-1",
        "sale_currency": "SEK",
        "sale_exchange_rate": 0.1,
    },
    "events": {"type": "LOGIN", "date": "2026-01-01", "customer_id": "C-1", "path": "/", "mailing_lists": ["vip"]},
    "shops": {"external_id": "S-1"},
}
"""The least valid record of each entity."""


def findings(entity: str, members: dict[str, Any]) -> list[tuple[str, str, str | None, str | None]]:
    """Code, severity, path and hint of what is found in a record with these members."""
    report = validate(json.dumps([RECORDS[entity] | members]), entity, format="json")
    return [(one.code, one.severity.value, one.path, one.hint) for one in report.findings]


Values = dict[str, dict[str, list[Any]]]
"""Values by entity and field."""


def each_value(values: Values) -> list[Any]:
    return [
        pytest.param(entity, field, value, id=f"{entity}-{field}-{number}")
        for entity, fields in values.items()
        for field, found in fields.items()
        for number, value in enumerate(found)
    ]


VALID: Values = {
    "customers": {
        "external_id": ["C-1", "007", "a-b-c"],
        "language": ["fi", "sv", "no", "he", "nb", "se", "uk", "ee", "si", "kr"],  # codes of countries, too
        "country": ["FI", "fi", "GB", "GR", "XK", "AX"],
        "email": ["a@b.fi", "ä@ö.fi", "x" * 64 + "@b.fi", "a@" + "b" * 63 + ".fi", "a.b+c@d.xn--p1ai", "a@1and1.com"],
        "phone_number": [
            "+358401234567",
            "+390612345678",
            "+12025550123",
            "+4720000000",
            "+2250701020304",
            "+4646123456",
            "+35835812345",
            "+78121234567",
        ],
        "birth_date": ["1926-01-01", "1970-01-01", "2026-02-28", "2024-02-29"],
        "date_joined": [
            *("2026-01-01T23:59:60Z", "2017-01-01T01:59:60.5+02:00", "2026-01-01T23:59:60-00:00", "1970-01-02"),
            *("2026-01-01T00:00:00+14:00", "2016-12-31T18:59:60-05:00", "2017-01-01T05:44:60+05:45"),
            *("2016-12-31T20:29:60-03:30", "2016-12-31T11:59:60-12:00", "2017-01-01T13:59:60+14:00"),
        ],
        "mailing_lists": [["vip", "news"]],
    },
    "products": {
        "price": [0, 10**12],
        "sale_price": [0],
        "ean": ["6411700000018", "96385074", "00012345600012", "9783161484100"],
        "image": ["https://a.fi/x.jpg", "HTTP://a.fi/x,y.jpg?u=https://b.fi", "http://1.2.3.4:80/"],
        "url": [
            *("https://a.fi/x;y=1,z|z", "http://[::1]:8080", "https://u:p@a.fi:65535/?x=,", "https://localhost"),
            "https://ä.fi/#x,y",
        ],
        "category": ["[sale]", "Tops, [new]", ["a"], '"Best" of'],
        "rating": ["4.5", 4.5, 4, True],
        "short_description": ["x"],
        "stock": [[{"shop_id": "A", "quantity": 0}, {"shop_id": "B", "quantity": -1}]],
        "date": ["2026-01-01T10:00:00.5Z"],
        "language": ["en"],
    },
    "sales": {
        "sale_country": ["FI", "se"],
        "total": [-100, 0],
        "discount": [-100],
        "quantity": [-1, 0.5, 10**9],
        "sale_email": ["a@b.fi"],
    },
    "events": {"type": ["STORE_VISIT_2", "A"], "product_ean": ["6411700000018"]},
    "shops": {"country": ["FI", "fi"], "email": ["shop@b.fi"]},
}


@pytest.mark.parametrize(("entity", "field", "value"), each_value(VALID))
def test_real_values_have_no_finding(entity: str, field: str, value: Any) -> None:
    assert findings(entity, {field: value}) == []


WARNED: Values = {
    "customers": {
        "external_id": ["C_1", "a@b.fi", "gid://shopify/Customer/1", "Ä1"],
        "language": ["fi-FI", "zh-Hans", "FI", "xx", "iw", "Finnish", "fin", "sv_SE"],
        "country": ["UK", "EL", "ZZ", "SU", "uk", "Finland", "FIN", "EU", "Fi-1"],
        "email": [
            "a" * 64 + "@" + ".".join(["b" * 60] * 4) + ".fi",
            "a@" + "b" * 64 + ".fi",
            "a@1.2.3.4",
            "a@b.123",
            '"a b"@c.fi',
            "a@[1.2.3.4]",
        ],
        "mailing_lists": [["vip", " news"], ["vip "], ["\u00a0vip"], [" #N/A"]],
        "mailing_lists.add": [[" vip"]],
        "tags": [["  vip"]],
        "phone_number": ["+3580401234567", "+46070123456", "+4402079460958", "+49030123456", "+3300123456"]
        + ["+46046701234567", "+358358401234567", "+358035840123456", "+36061234567", "+370860012345"]
        + ["+789161234567", "+474712345678", "+112025550123"],
        "birth_date": ["0001-01-01", "1899-12-30", "1900-01-01", "9999-12-31", "2980-05-01", "1890-01-01"],
        "date_joined": [
            "2026-01-01T12:34:60Z",
            "2026-01-01T12:58:60+02:00",
            "2024-05-01T23:59:60+03:00",
            "2016-12-31T23:59:60+02:00",
            "2016-12-31T23:59:60-05:00",
            "2017-01-01T05:29:60+05:45",
            "2026-01-01T00:00:00+23:59",
            "2026-01-01T00:00:00-12:30",
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
            "9999-12-31",
        ],
    },
    "products": {
        "price": [-1, 10**30, 6411700000018],
        "sale_price": [-1, 2000],
        "lowest_price": [-1],
        "highest_price": [-1],
        "price_before_campaign": [-1],
        "ean": ["6411700000016", "123", "abc", "641170000001", "64117000000158", "978-3-16-148410-0"],
        "image": ["n/a", "x.jpg", "javascript:alert(1)", "https://a.fi/x.jpg,https://a.fi/y.jpg", "//a.fi/x.jpg"],
        "url": ["https://a.fi/my page", "https://", "www.a.fi", "ftp://a.fi/x"]
        + [
            "https://https://a.fi/x",
            "https://.fi",
            "https://a..fi/",
            "http://a.fi:65536",
            "https://a.fi/x;https://b.fi",
        ]
        + ["https://a.fi/x|https://a.fi/y", "https://a.fi/x.jpg,/y.jpg", "https://a.fi/x.jpg;/y.jpg", "https://:80/"],
        "category": ['["a","b"]', "['a', 'b']", "[12, 15]", '"a", "b"'],
        "category_id": ["['a', 'b']"],
        "stock": [[{}], [{"quantity": 1}], [{"shop_id": "A"}, {"shop_id": "B"}, {"shop_id": "A"}]],
        "language": ["fi-FI", "FI", "xx"],
    },
    "sales": {
        "sale_country": ["UK", "EL", "Finland", "FIN", "ZZ"],
        "sale_currency": ["XXX", "ZZZ", "eur", "XAU", "€"],
        "sale_exchange_rate": [0, -1.5, 10**30],
        "sale_total": [10**30],
        "total": [-(10**13)],
        "unit_price": [-1],
        "quantity": [10**30, 6411700000018],
        "sale_phone_number": ["+3580401234567"],
        "sale_rows": [[{"product_id": "P"}]],
    },
    "events": {
        "type": ["ÄLYPELI", "1ST_BUY", "MAIL-SUBSCRIBE", "MAIL.OPENED"],
        "product_ean": ["6411700000016", "abc"],
        "date": ["1970-01-01"],
    },
    "shops": {
        "country": ["UK", "ZZ"],
        "phone_number": ["+3580401234567"],
        "email": ["any text", "a@b", "<a@b.fi>", "a@b.123"],
    },
}


@pytest.mark.parametrize(("entity", "field", "value"), each_value(WARNED))
def test_doubtful_values_have_a_warning(entity: str, field: str, value: Any) -> None:
    found = findings(entity, {field: value})
    assert found
    for code, severity, path, hint in found:
        assert severity == "warning"
        assert str(path).startswith(f"/{field}")
        assert hint or code == "wrong-check-digit"  # no one knows which digit


REFUSED: Values = {
    "customers": {
        "external_id": ["C 1", "C\n1"],
        "email": ["a@b", "a@@b.fi", "a b@c.fi", '"a@b.fi', "a@[x", "@b.fi"],
        "phone_number": ["0401234567", "+0401234567", "+358"],
        "mailing_lists": [["vip", ""], ["vip", None]],
        "birth_date": ["2024-02-30", "1.1.2024"],
        "date_joined": ["2024-01-15T10:30:00+0200", "2024-01-15T24:00:00Z"],
    },
    "products": {"rating": [[4], {"a": 1}], "short_description": [["a"], {"fi": "x"}], "tags": [["a", ""]]},
    "sales": {"sale_coupon_codes": [["", "A"]]},
    "events": {"type": ["browse", "älypeli", "MAIL SUBSCRIBE", "mailSubscribe"]},
    "shops": {"country": ["Finland", "FIN"]},
}


@pytest.mark.parametrize(("entity", "field", "value"), each_value(REFUSED))
def test_wrong_values_are_errors(entity: str, field: str, value: Any) -> None:
    assert [severity for _, severity, _, _ in findings(entity, {field: value})] == ["error"]


def test_a_companys_lists_are_like_the_bundled_ones() -> None:
    schema = load_schema("customers", fields={"acme__list": "list", "acme__set": "set"})
    lists = [schema["properties"][name] for name in ("mailing_lists", "acme__list", "acme__set")]
    assert lists[0]["items"] == lists[1]["items"] == lists[2]["items"]
    for members in ({"acme__list": ["a", ""]}, {"acme__set": ["", "a"]}, {"mailing_lists": [""]}):
        report = validate(json.dumps([{"external_id": "C-1", **members}]), schema, format="json")
        ((code, hint),) = {(one.code, one.hint) for one in report.findings}
        assert (code, hint) == ("empty-item", "Leave an empty item out.")
    csv = validate('external_id,acme__list\nC-1,"a,"\n', schema)
    assert [one.code for one in csv.findings] == ["empty-item"]


@pytest.mark.parametrize(
    ("code", "country", "whole"),
    [
        ("100", "FI", "00100"),
        ("120", "Suomi", "00120"),
        ("1067", "de", "01067"),
        ("150", "NO", "0150"),
        ("100", "SE", None),
        ("100", "", None),
        ("00100", "FI", None),
        ("0150", "NO", None),
        ("HQ1", "FI", None),
    ],
)
@pytest.mark.parametrize(("entity", "prefix"), [("customers", ""), ("sales", "sale_")])
def test_a_postal_code_that_is_too_short_for_its_country(
    entity: str, prefix: str, code: str, country: str, whole: str | None
) -> None:
    members = {f"{prefix}zip_code": code, f"{prefix}country": country}
    found = [one for one in findings(entity, members) if one[2] == f"/{prefix}zip_code"]
    wanted = [("lost-zero", "warning", f"/{prefix}zip_code")] if whole else []
    assert [one[:3] for one in found] == wanted
    assert all(f"it may be {whole};" in str(hint) for *_, hint in found)
    rows = [{**RECORDS[entity], **members, f"{prefix}zip_code": each} for each in (code, "", "00100")]
    text = "\n".join(",".join(map(str, row)) for row in (rows[0], *(row.values() for row in rows)))
    report = validate(text, entity, format="csv")
    zips = [(one.code, one.row, one.column) for one in report.findings if one.label == f"{prefix}zip_code"]
    assert zips == ([("lost-zero", 1, len(RECORDS[entity]) + 1)] if whole else [])


NO_VALUES = {
    "customers": {
        "first_name": ["NaN", "N/A", "n/a", "(tyhjä)", "(blank)", "Err:502", "#DIV/0", "-", "ei tiedossa", "okänd"],
        "external_id": ["-"],
        "zip_code": ["-"],
        "company": ["NaN"],
        "tags": ["a,nan", "#N/A,b", "nan", '{"shop":1}', '["a"', "['a',b"],
    },
    "products": {"title": ["N/A"], "sku": ["-"]},
}
"""What stands for no value in a field, or is no list of its items."""


@pytest.mark.parametrize(("entity", "field", "value"), each_value(NO_VALUES))
def test_what_is_no_value_has_a_warning(entity: str, field: str, value: str) -> None:
    rows = [RECORDS[entity] | {field: value}]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    report = validate(table.getvalue(), entity, format="csv", delimiter=",")
    found = [(one.severity.value, one.label, bool(one.hint)) for one in report.findings]
    assert found == [("warning", field, True)]
    if field != "tags":
        (one,) = findings(entity, {field: value})
        assert one[1:3] == ("warning", f"/{field}")


@pytest.mark.parametrize(
    ("entity", "field", "value"),
    [
        ("customers", "first_name", "Nan"),
        ("customers", "last_name", "Null"),
        ("customers", "gender", "unknown"),
        ("customers", "state", "-"),
        ("products", "unit", "-"),
        ("products", "brand", "okänd"),
        ("customers", "last_name", "Err"),
        ("customers", "tags", "[sale],b"),
        ("customers", "tags", "{a},b"),
    ],
)
def test_what_may_be_a_value_has_none(entity: str, field: str, value: str) -> None:
    assert columns_findings(entity, field, f'"{value}"') == []


@pytest.mark.parametrize("shops", [("A", " A"), (" A", " A"), ("A", "A")])
def test_shops_in_stock_are_compared_as_they_are(shops: tuple[str, str]) -> None:
    stock = [{"shop_id": shop, "quantity": 1} for shop in shops]
    found = findings("products", {"stock": stock})
    spaced = [f"/stock/{at}/shop_id" for at, shop in enumerate(shops) if shop != "A"]
    assert [path for code, _, path, _ in found if code == "outer-whitespace"] == spaced
    assert [code for code, *_ in found if code != "outer-whitespace"] == ["duplicate-item"] * (len(set(shops)) == 1)
    row = f"P-1,1000,{shops[0]},1,{shops[1]},1"
    head = "external_id,price,stock.0.shop_id,stock.0.quantity,stock.1.shop_id,stock.1.quantity"
    report = validate(f"{head}\n{row}\n", "products", format="csv")
    assert sorted(one.code for one in report.findings) == sorted(code for code, *_ in found)


CODE_ONCE = (
    "Write the country code once; the 0 (in other countries 06, 8 or 1) that begins a national number "
    "is not dialled after it."
)

EXACT = [
    ("customers", "language", "fi-FI", "fi"),
    ("customers", "language", "sv_SE", "sv"),
    ("customers", "language", "zh-Hans", "zh"),
    ("customers", "language", "FI", "fi"),
    ("customers", "language", "iw", "he"),
    ("customers", "language", "fin", "fi"),
    ("products", "language", "fi-FI", "fi"),
    ("customers", "country", "UK", "GB"),
    ("customers", "country", "EL", "GR"),
    ("customers", "country", "Finland", "FI"),
    ("sales", "sale_country", "FIN", "FI"),
    ("sales", "sale_country", "Deutschland", "DE"),
    ("shops", "country", "uk", "GB"),
    ("customers", "email", "<a@b.fi>", "a@b.fi"),
    ("customers", "email", "mailto:a@b.fi", "a@b.fi"),
    ("customers", "email", "MAILTO:a@b.fi", "a@b.fi"),
    ("customers", "email", "Matti <a@b.fi>", "a@b.fi"),
    ("customers", "email", '"Meikäläinen, Matti" <a@b.fi>', "a@b.fi"),
    ("customers", "email", "<mailto:a@b.fi>", "a@b.fi"),
    ("customers", "phone_number", "+3580401234567", "+358401234567"),
    ("customers", "phone_number", "tel:+358401234567", "+358401234567"),
    ("customers", "phone_number", "tel:+358-40-123-4567", "+358401234567"),
    ("customers", "phone_number", "＋３５８４０１２３４５６７", "+358401234567"),
    ("customers", "date_joined", "2024-01-15T10:30:00+0200", "2024-01-15T10:30:00+02:00"),
    ("customers", "date_joined", "2024-01-15T10:30:00+02", "2024-01-15T10:30:00+02:00"),
    ("customers", "date_joined", "2024-01-15T10:30:00,5Z", "2024-01-15T10:30:00.5Z"),
    ("customers", "date_joined", "20240101T100000Z", "2024-01-01T10:00:00Z"),
    ("customers", "date_joined", "20240101T100000+0200", "2024-01-01T10:00:00+02:00"),
    ("customers", "date_joined", "2024-12-31T24:00:00Z", "2025-01-01T00:00:00Z"),
    ("customers", "date_joined", "2024-12-31T24:00", "2025-01-01T00:00:00"),
    ("customers", "date_joined", "1.9.2024 kl. 10.00", "2024-09-01T10:00:00"),
    ("customers", "date_joined", "1.9.2024 kl 10:00", "2024-09-01T10:00:00"),
    ("products", "price", "24 e", "2400"),
    ("products", "price", "1095:-", "109500"),
    ("products", "price", "100,00 kr.", "10000"),
    ("events", "type", "mailSubscribe", "MAIL_SUBSCRIBE"),
    ("events", "type", "MAIL-SUBSCRIBE", "MAIL_SUBSCRIBE"),
    ("events", "type", "mail subscribe", "MAIL_SUBSCRIBE"),
    ("events", "type", "browse", "BROWSE"),
    ("events", "type", "EMAIL_UNSUBSCRIBE", "MAIL_UNSUBSCRIBE"),
    ("events", "type", "MAILUNSUBSCRIBE", "MAIL_UNSUBSCRIBE"),
    ("customers", "country", "United States", "US"),
    ("customers", "country", "Great Britain", "GB"),
    ("customers", "language", "PT", "pt"),
    ("sales", "sale_currency", "eur", "EUR"),
    ("sales", "sale_currency", "€", "EUR"),
    ("sales", "sale_currency", "Euro", "EUR"),
    ("customers", "language", "jp", "ja"),
    ("customers", "language", "cz", "cs"),
    ("customers", "language", "gr", "el"),
    ("customers", "language", "ua", "uk"),
    ("customers", "language", "dk", "da"),
    ("products", "language", "JP", "ja"),
    ("shops", "email", "<a@b.fi>", "a@b.fi"),
]


@pytest.mark.parametrize(("entity", "field", "value", "exact"), EXACT)
def test_hints_name_the_exact_value(entity: str, field: str, value: str, exact: str) -> None:
    ((_, _, path, hint),) = findings(entity, {field: value})
    assert path == f"/{field}"
    assert exact in str(hint).replace("'", " ").replace("?", " ")
    assert findings(entity, {field: exact}) == []


def columns_findings(entity: str, label: str, cell: str) -> list[tuple[str, str | None]]:
    """Code and hint of what is found in a row with one more column."""
    record = {name: value for name, value in RECORDS[entity].items() if not isinstance(value, list)}
    rows = [[*record, label], [*map(str, record.values()), cell]]
    report = validate("".join(f"{','.join(row)}\n" for row in rows), entity, format="csv")
    return [(one.code, one.hint) for one in report.findings]


@pytest.mark.parametrize(
    ("entity", "label", "meant"),
    [
        ("products", "stock.shop_id", "stock.0.shop_id"),
        ("products", "stock.quantiti", "stock.0.quantity"),
        ("products", "stock.0.quantiti", "stock.0.quantity"),
        ("customers", "mailing_lists.ad", "mailing_lists.add"),
        ("customers", "mailing_lists.Add", "mailing_lists.add"),
        ("customers", "mailing_list.add", "mailing_lists.add"),
        ("customers", "acme__serial-number", "acme__serial_number"),
        ("shops", "Acme__Serial Number", "Acme__serial_number"),
        ("sales", "acme__serialNumber", "acme__serial_number"),
    ],
)
def test_the_name_of_a_column_that_was_meant_is_named(entity: str, label: str, meant: str) -> None:
    found = columns_findings(entity, label, "1")
    assert found[0] == ("unknown-label", f"did you mean {meant!r}?")
    assert {hint for code, hint in found if code == "wrong-type"} <= {f"did you mean {meant!r}?"}


@pytest.mark.parametrize("name", ["mailing_lists.ad", "acme__serial-number", "Acme__Serial", "first nam"])
def test_json_and_csv_have_the_same_hint_about_a_name(name: str) -> None:
    ((_, _, _, hint),) = findings("customers", {name: "1"})
    assert hint == columns_findings("customers", name, "1")[0][1]


@pytest.mark.parametrize("name", ["acme__", "acme__Ä", "acme-oy__serial", "acme__a.b", "acme_serial"])
def test_no_company_field_is_named_where_none_is_certain(name: str) -> None:
    assert "__" not in str(findings("customers", {name: "1"})[0][3])


@pytest.mark.parametrize("entity", ["customers", "shops"])
def test_no_field_is_named_for_a_prefix_alone(entity: str) -> None:
    assert "did you mean" not in str(findings(entity, {"acme__": "1"})[0][3])


def test_a_upc_is_no_damaged_ean() -> None:
    report = validate("external_id,ean\nP-1,012345678905\n", "products")
    assert {one.message for one in report.findings if one.label == "ean"} == {
        "a UPC has 12 digits, and the same number as an EAN 13, with a zero at the start"
    }


def test_white_space_around_items_has_a_hint() -> None:
    assert columns_findings("customers", "tags", '"a, b"') == [
        ("item-whitespace", "remove the white space around the items")
    ]


@pytest.mark.parametrize("label", ["tags.a", "first_name.x", "first_name.0", "stock.x.quantity", "mailing_lists.0.x"])
def test_a_column_below_a_value_that_has_nothing_below_is_unknown(label: str) -> None:
    entity = "products" if label.startswith("stock") else "customers"
    assert [code for code, _ in columns_findings(entity, label, "1")] == ["unknown-label", "wrong-type"]


@pytest.mark.parametrize(
    ("entity", "field", "hint"),
    [
        ("products", "stock", "give one column for each field of each item: stock.0.shop_id, stock.0.quantity"),
        ("products", "stock.0", "give one column for each field: stock.0.shop_id, stock.0.quantity"),
        ("customers", "tags.a", "give one column for each item: tags.0, tags.1"),
    ],
)
def test_hints_about_lists_fit_the_format(entity: str, field: str, hint: str) -> None:
    assert columns_findings(entity, field, "1")[-1] == ("wrong-type", hint)
    value = {"stock": "1", "stock.0": ["1"], "tags.a": {"a": "1"}}[field]
    ((code, _, _, other),) = findings(entity, {field.partition(".")[0]: value})
    assert (code, other) == ("wrong-type", None if field == "stock.0" else "give a list")


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("external_id", 1001.0, 'send it as text: "1001"'),
        ("zip_code", 94109.0, 'send it as text: "94109"'),
        ("zip_code", 501.0, "send it as text"),
        ("first_name", -5.0, 'send it as text: "-5"'),
        ("first_name", 1.5, "send it as text"),
        ("first_name", 1e20, "send it as text"),
        ("first_name", True, "send it as text"),
        ("external_id", -0.5, "send it as text"),
        ("tags", [7.0], 'send it as text: "7"'),
        ("phone_number", 358401234567.0, "put a + before it: +358401234567"),
    ],
)
def test_hints_about_numbers_in_place_of_text(field: str, value: Any, hint: str) -> None:
    ((code, severity, _, found),) = findings("customers", {field: value})
    assert (code, severity, found) == ("wrong-type", "error", hint)


@pytest.mark.parametrize(
    ("entity", "field", "value", "hint"),
    [
        ("sales", "quantity", "\u22121", "write the minus of the keyboard: -1"),
        ("sales", "quantity", "- 5", "remove the spaces: -5"),
        ("sales", "quantity", "+1", "remove the plus sign: 1"),
        ("sales", "quantity", "007", "remove the zeros at the start: 7"),
        ("sales", "quantity", "1'000", "write it without marks between thousands: 1000"),
        ("sales", "quantity", "1 000", "remove the spaces: 1000"),
        ("sales", "quantity", "\u200b5", "remove the invisible characters around it: '5'"),
        (
            "products",
            "price",
            "25.0",
            WITHOUT_VALUE[Why.CENTS_OR_UNITS],
        ),
        ("customers", "phone_number", "+46 070 123 4567", "leave out the 0 after the country code: +46701234567"),
        ("customers", "email", ".a@b.fi", WITHOUT_VALUE[Why.DOTS_IN_EMAIL]),
        ("customers", "email", "a..b@c.fi", WITHOUT_VALUE[Why.DOTS_IN_EMAIL]),
        ("customers", "email", "a@b.fi.", WITHOUT_VALUE[Why.DOTS_IN_EMAIL]),
        ("customers", "email", "a b@c.fi", WITHOUT_VALUE[Why.SPACE_IN_EMAIL]),
        ("customers", "email", "a@b_c.fi", WITHOUT_VALUE[Why.DOMAIN_OF_EMAIL]),
        ("customers", "email", "a@b.fi;c@d.fi", WITHOUT_VALUE[Why.SEVERAL_EMAILS]),
        ("customers", "email", "a@b.fi, c@d.fi", WITHOUT_VALUE[Why.SEVERAL_EMAILS]),
        ("customers", "email", "a@b", FORMS["email"]),
        ("customers", "email", "a@@b.fi", FORMS["email"]),
        ("customers", "phone_number", "+1234567890123456", WITHOUT_VALUE[Why.TOO_MANY_DIGITS].format(16)),
        ("customers", "phone_number", "1234 5678 9012 34567", WITHOUT_VALUE[Why.TOO_MANY_DIGITS].format(17)),
        ("customers", "phone_number", "+46046701234567", CODE_ONCE),
        ("customers", "phone_number", "+358035840123456", CODE_ONCE),
        ("customers", "phone_number", "+36061234567", CODE_ONCE),
        ("events", "type", "addToBasket", "did you mean 'BASKET_ADD'?"),
        ("events", "type", "browsed", "did you mean 'BROWSE'?"),
        ("events", "type", "ADD_TO_BASKET", "did you mean 'BASKET_ADD'?"),
        ("events", "type", "straße", "Write it in capitals, with underscores between the words."),
        ("events", "type", "PAGE.VIEW", "write underscores between the words: 'PAGE_VIEW'"),
        ("events", "type", "page_view", "write it in capitals: 'PAGE_VIEW'"),
        ("events", "type", "page view", "write it in capitals, with underscores between the words: 'PAGE_VIEW'"),
    ],
)
def test_the_reason_fits_the_value(entity: str, field: str, value: str, hint: str) -> None:
    assert [found for *_, found in findings(entity, {field: value})] == [hint]


def hints_of(schema: Any) -> Iterator[str]:
    """The descriptions in a schema that can be hints."""
    if isinstance(schema, dict):
        if "x-severity" in schema or ("x-custobar-type" not in schema and not {"pattern", "not"}.isdisjoint(schema)):
            yield schema.get("description", "")
        for below in schema.values():
            yield from hints_of(below)
    if isinstance(schema, list):
        for below in schema:
            yield from hints_of(below)


@pytest.mark.parametrize("entity", RECORDS)
def test_hints_quote_no_sources(entity: str) -> None:
    words = re.compile(r"inferred|document|plugin|\bpages?\b|templates?|guides?|examples?|\([A-C I]\)", re.IGNORECASE)
    hints = list(hints_of(load_schema(entity)))
    assert len(hints) > 5
    assert [hint for hint in hints if words.search(hint)] == []


@pytest.mark.parametrize("name", ["UNSUBSCRIBED", "PUSH_UNSUBSCRIBE", "POST_SUBSCRIBE", "SUBSCRIBE"])
def test_no_type_of_another_channel_is_named(name: str) -> None:
    assert findings("events", {"type": name}) == []


NOT_EXACT = [
    ("phone_number", "+370 8 612 34567"),
    ("phone_number", "+7 8 916 123 45 67"),
    ("phone_number", "+1 1 212 555 1234"),
    ("phone_number", "+36 06 30 123 4567"),
    ("phone_number", "+36061234567"),
    ("phone_number", "+370860012345"),
    ("phone_number", "+46 046 70 123 45 67"),
    ("phone_number", "358358401234567"),
    ("language_code", "SE"),
    ("email", "a@b.fi, c@d.fi"),
    ("email", "Matti <a@b.fi>, Maija <c@d.fi>"),
    ("email", "<a@b.fi"),
    ("country_code", "Atlantis"),
    ("language_code", "x-klingon"),
    ("phone_number", "tel:"),
    ("datetime", "2024-12-31T25:00:00Z"),
    ("datetime", "2024-12-31T24:30:00Z"),
]


@pytest.mark.parametrize(("kind", "value"), NOT_EXACT)
def test_no_exact_value_is_named_where_none_is_certain(kind: str, value: str) -> None:
    found = suggest(value, kind)
    assert found is None or found.value is None


@pytest.mark.parametrize(
    ("entity", "field", "value", "message", "hint"),
    [
        ("products", "url", "https://a.fi/my page", "is not a web address", "It should be one whole address"),
        ("customers", "date_joined", "1970-01-01", "is not a plausible date", "leave the field blank"),
        ("customers", "country", "ZZ", "is not a country code in use", "such as FI"),
        (
            "customers",
            "email",
            "a@b.123",
            "is not an e-mail address with a valid domain",
            "the last one is not a number",
        ),
        ("sales", "sale_currency", "XXX", "is not a currency code of ISO 4217", "in capitals"),
    ],
)
def test_warnings_name_what_is_expected(entity: str, field: str, value: str, message: str, hint: str) -> None:
    report = validate(json.dumps([RECORDS[entity] | {field: value}]), entity, format="json")
    (found,) = report.findings
    assert found.message == f"{value!r} {message}"
    assert hint in str(found.hint)


def test_hints_and_the_schema_know_the_same_countries_without_a_trunk_zero() -> None:
    (rule,) = load_schema("customers")["$defs"]["phone_number"]["allOf"]
    assert rule["pattern"] == rf"^\+(?!(?:{NO_TRUNK_ZERO})0|{NOT_DIALLED})"


# -- the lists of codes, which the schemas hold as patterns

COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
"""ISO 3166-1 alpha-2 (249 codes), and XK for Kosovo."""

LANGUAGES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo "
    "es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka "
    "kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng "
    "nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su "
    "sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
"""ISO 639-1 (183 codes)."""

CURRENCIES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
"""ISO 4217, without metals, units of account, tests and XXX; with BGN, which was in use until the end of 2025."""


@pytest.mark.parametrize(
    ("schema", "letters", "known"),
    [
        ({"type": "country_code"}, string.ascii_uppercase, COUNTRIES),
        ({"type": "country_code"}, string.ascii_lowercase, COUNTRIES.lower()),
        ({"type": "language_code"}, string.ascii_lowercase, LANGUAGES),
        ({"type": "currency"}, string.ascii_uppercase, CURRENCIES),
    ],
)
def test_the_codes_that_are_known(schema: dict[str, str], letters: str, known: str) -> None:
    if schema["type"] == "currency":
        rules = load_schema("sales")["properties"]["sale_currency"]
    else:
        rules = load_schema("customers")["$defs"][schema["type"]]
    matches = pattern_matcher(rules["allOf"][0]["pattern"])
    codes = map("".join, itertools.product(letters, repeat=known.index(" ")))
    assert " ".join(code for code in codes if matches(code)) == known
