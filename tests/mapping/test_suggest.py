"""Suggested mappings: how often they are right on real names of columns, and what is made of a whole export."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import load_mapping, validate
from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.preset_files import presets
from custobar_formats.mapping.suggest import BESIDE, guess_entity_of, suggest_fields
from custobar_formats.mapping.synonyms import meaning_of
from custobar_formats.mapping.words import normalised
from custobar_formats.pipeline.suggestion import suggest_mapping
from custobar_formats.schema.compiled import compile_schema

HEADERS = Path(__file__).parent / "headers"
LANGUAGES = ("en", "fi", "sv")
"""The languages of the table of names."""


def measured(half: str) -> dict[str, float]:
    """The share of certain lines that are right, and of columns with a field that are found."""
    counts = Counter[str]()
    for export in tomllib.loads((HEADERS / f"{half}.toml").read_text("utf-8"))["export"]:
        if export["language"] not in LANGUAGES:
            continue
        schema = compile_schema(export["entity"])
        assert schema is not None
        columns = [ExportColumn(name) for name in dict.fromkeys(export["columns"])]
        for each in suggest_fields(columns, export["entity"], schema, lambda *_: True):
            name, means = each.column.name, export["means"].get(each.column.name)
            if each.certain and name not in export.get("doubtful", ()):
                counts["certain"] += 1
                counts["right"] += each.means == means
            if means is not None:
                counts["fields"] += 1
                counts["found"] += each.means == means
    return {"right": counts["right"] / counts["certain"], "found": counts["found"] / counts["fields"]}


@pytest.mark.parametrize("half", ["seen", "aside", "fresh", "last", "blind"])
def test_certain_lines_are_right_and_most_fields_are_found(half: str) -> None:
    figures = measured(half)
    assert figures["right"] >= 0.98
    assert figures["found"] >= 0.8


@pytest.mark.parametrize("half", ["seen", "aside"])
def test_most_entities_are_known_by_the_names(half: str) -> None:
    exports = tomllib.loads((HEADERS / f"{half}.toml").read_text("utf-8"))["export"]
    right = sum(guess_entity_of(export["columns"]) == export["entity"] for export in exports)
    assert right >= 0.85 * len(exports)


@pytest.mark.parametrize(
    ("names", "entity"),
    [
        ("Asiakasnro;Nimi;Sähköposti", "customers"),
        ("Asiakasnro;Email;Puhelin", "customers"),
        ("Sähköposti;Nimi", "customers"),
        ("Customer ID;Email;Phone", "customers"),
        ("Kundnummer;Namn;E-post;Telefon;Ort", "customers"),
        ("Name;Email;Phone", "customers"),
        ("SKU;Name;Price", "products"),
        ("SKU;Name;Price;Quantity", "products"),
        ("Tilausnumero;Päivä;Tuote;Määrä;Hinta", "sales"),
        ("Asiakasnumero;Tilauspäivä;Summa", "sales"),
        ("Order number;Email;Total", "sales"),
        ("Kuittinumero;Loppusumma", "sales"),
        ("Myymälä;Osoite;Kaupunki;Puhelin", "shops"),
        ("type;date;customer id", "events"),
        ("Store name;Address;City;Zip;Phone;Latitude;Longitude", "shops"),
        ("name;address;city;state;zip;phone;opening hours;lat;lng", "shops"),
        ("event_type;event_time;user_id;session_id;device_id;country", "events"),
        ("Händelsetyp;Datum;Kundnummer;E-postadress;Ordernummer", "events"),
        ("Nimi;Sähköposti;Puhelin;Valuutta;Maksutapa", None),
        ("Date;SKU;Quantity;Price", None),
        ("Customer ID;Email;Phone;Total", None),
        ("x;y", None),
    ],
)
def test_the_entity_of_few_names(names: str, entity: Entity | None) -> None:
    assert guess_entity_of(names.split(";")) == entity


@pytest.mark.parametrize(
    "names",
    [
        "Sotu;Syntymäaika / hetu;Personnr;Person-/org.nr;Passin numero;Pankkitili;IBAN;Kortin numero;Credit card"
        ";Kreditkort;Password",
        "Puhelinkielto;Kielto;Ei markkinointia;Nixat;Ei saa lähettää;Tietojen luovutuskielto;Newsletter opt out"
        ";Do Not Call;Bounced;Unsubscribed",
    ],
)
def test_secrets_and_refusals(names: str) -> None:
    meanings = [meaning_of(name, "customers") for name in names.split(";")]
    assert {None if each is None else each.field for each in meanings} == {None}
    assert len({each.never for each in meanings if each is not None}) == 1
    sales = {
        meaning is not None and meaning.is_secret for meaning in (meaning_of(n, "sales") for n in names.split(";"))
    }
    assert sales == {meanings[0] is not None and meanings[0].is_secret}


SECRETS = ("131052-308T", "010101A1231", "811228-9874", "19811228-9874", "198112289874", "4111 1111 1111 1111")


@pytest.mark.parametrize("name", ["Hetu", "Tunnus", "Sähköposti", "Maa", "Markkinointilupa", "Syntymäaika", "Osoite"])
def test_no_secret_is_written(name: str) -> None:
    found = suggest_mapping([ExportColumn(name, 6, SECRETS), ExportColumn("Kaupunki")], 6, name="x", entity="customers")
    assert found is not None
    assert not [value for value in SECRETS if value in found.text]
    assert f'\n#   "{name}"' in found.text or f'"{name}"  # ?' in found.text or f'"{name}" }}  # ?' in found.text


def test_a_secret_column_shows_no_value() -> None:
    found = suggest_mapping([ExportColumn("Salasana", 1, ("kissa123",))], 1, name="x", entity="customers")
    assert found is not None
    assert "kissa123" not in found.text
    assert "it should not leave your systems" in found.text


@pytest.mark.parametrize(
    ("entity", "name", "values", "line"),
    [
        ("products", "Vikt (kg)", ("1,5", "0,2"), 'weight = { from = "Vikt (kg)", suffix = " kg" }  # 2 of'),
        ("products", "Variant Grams", ("15", "2"), 'weight = { from = "Variant Grams", suffix = " g" }  # 2 of'),
        ("products", "Paino", ("1.5", "0.2"), '# weight = "Paino"  # ? in which unit?; 2 of'),
        ("products", "Paino", ("1.5 kg", "200 g"), 'weight = "Paino"  # 2 of'),
        ("products", "Paino (kg)", ("1.5 kg", "2"), '# weight = "Paino (kg)"  # ? some values have a unit'),
        (
            "customers",
            "Osoite",
            ("Mannerheimintie 12 B 4, 00100 HELSINKI", "Katu 1"),
            '# street_address = "Osoite"  # ? some values have a postal code and a city, too; 2 of',
        ),
        ("customers", "Adress", ("Storgatan 1, 111 22 Malmö", "x"), '# street_address = "Adress"  # ? some values'),
        ("customers", "Osoite", ("Mannerheimintie 12 B 4", "Katu 12345"), 'street_address = "Osoite"  # 2 of'),
        (
            "customers",
            "Email",
            ("a@b.fi; c@d.fi", *(f"{x}@b.fi" for x in "efghi")),
            '# email = "Email"  # ? some cells',
        ),
        (
            "products",
            "Pris",
            ("inkl moms", "1 234:-", "99:-", "5:-"),
            '# price = { from = "Pris", unit = "major" }  # ? with or without VAT?',
        ),
        ("products", "Pris", ("12 kr", "99 kr"), '# price = { from = "Pris", unit = "major" }  # ? with'),
        ("products", "Pris", ("inkl moms", "99:-"), '# price = "Pris"  # ? in cents, or in another unit?'),
    ],
)
def test_what_the_values_show(entity: Entity, name: str, values: tuple[str, ...], line: str) -> None:
    found = suggest_mapping([ExportColumn(name, 2, values)], 2, name="x", entity=entity)
    assert found is not None
    assert f"\n{line}" in found.text


@pytest.mark.parametrize("entity", ["products", "customers"])
def test_of_several_lines_for_a_field_only_one_may_stand(entity: Entity) -> None:
    names = {"products": ("Pris", "Ordinarie pris"), "customers": ("Email", "E-mail address")}[entity]
    found = suggest_mapping([ExportColumn(name) for name in names], 0, name="x", entity=entity)
    assert found is not None
    field = {"products": "price", "customers": "email"}[entity]
    assert found.text.count(f"# ? only one of these 2 lines for {field}; 0 of 0 filled") == 2


@pytest.mark.parametrize(
    ("entity", "names", "lines"),
    [
        (
            "sales",
            ["Order number", "Currency"],
            ['# sale_currency = "Currency"  # ? it needs sale_exchange_rate, which no column gives; 0 of 0 filled'],
        ),
        (
            "sales",
            ["Order number", "Currency", "Exchange rate"],
            [
                '# sale_currency = "Currency"  # ? it needs sale_exchange_rate, which is a question, too; 0',
                '# sale_exchange_rate = "Exchange rate"  # ? 0 of 0 filled',
            ],
        ),
        (
            "products",
            ["SKU", "Saldo"],
            ['"stock.0.quantity" = "Saldo"  # 0 of 0 filled\n"stock.0.shop_id" = { ask = "the id that the shop'],
        ),
        (
            "products",
            ["SKU", "Stock"],
            [
                '# "stock.0.quantity" = "Stock"  # ? 0 of 0 filled\n# "stock.0.shop_id" = { ask = "the id that the '
                'shop of this stock has at Custobar" }  # ? goes with the line above'
            ],
        ),
    ],
)
def test_a_field_that_needs_another_one(entity: Entity, names: list[str], lines: list[str]) -> None:
    found = suggest_mapping([ExportColumn(name) for name in names], 0, name="x", entity=entity)
    assert found is not None
    for line in lines:
        assert f"\n{line}" in found.text


@pytest.mark.parametrize(
    ("names", "field", "of_row"),
    [
        ("Tilausnumero;Tuotekoodi;Kpl;À-hinta;Alennus", "sale_discount", "discount"),
        ("Ordernummer;Artikelnummer;Rabatt", "sale_discount", "discount"),
        ("Order number;SKU;Discount amount", "sale_discount", "discount"),
        ("Tilausnumero;Tuote;Yhteensä", "sale_total", "total"),
        ("Tilausnumero;Tuote;Rivisumma;Yhteensä", "sale_total", None),
        ("Tilausnumero;Tuote;Rivialennus;Alennus", "sale_discount", None),
        ("Tilausnumero;Tuote;Tilauksen alennus", "sale_discount", None),
        ("Tilausnumero;Asiakasnumero;Alennus", "sale_discount", None),
        ("sale_external_id;product_id;sale_discount", "sale_discount", None),
    ],
)
def test_an_amount_beside_columns_of_rows_may_be_that_of_a_row(names: str, field: str, of_row: str | None) -> None:
    found = suggest_mapping([ExportColumn(name) for name in names.split(";")], 0, name="x", entity="sales")
    assert found is not None
    remark = "" if of_row is None else f"of the whole sale, or of one row? then it is {of_row}; "
    assert f'\n# {field} = "{names.rpartition(";")[2]}"  # ? {remark}0 of 0 filled' in found.text
    assert found.text.count("or of one row?") == (of_row is not None)


def test_what_is_filled_once_in_a_sale_is_the_sale_s() -> None:
    names = ["Tilausnumero", "Tuote", "Alennus"]
    columns = [ExportColumn(name, within="Tilausnumero" if name == "Alennus" else None) for name in names]
    found = suggest_mapping(columns, 0, name="x", entity="sales")
    assert found is not None
    assert "or of one row?" not in found.text


def test_fields_that_need_another_one_are_known() -> None:
    """Those of objects in lists, by the schemas; those of sales, by what the report is about."""
    for entity in ENTITIES:
        tables, schema = name_tables(), compile_schema(entity)
        assert schema is not None
        assert isinstance(schema.document.root, dict)
        required = set(re.findall(r"'required': \['(\w+)'\]", str(schema.document.root["properties"])))
        names = {*tables[entity], *tables["guess"].get(entity, {})}
        inner = {name for name in names if "." in name and name.rpartition(".")[2] not in required}
        assert inner == {name for name, other in BESIDE.items() if "." in other and entity == "products"}
    columns = {"sale_external_id": "A", "sale_date": "B", "sale_email": "C", "sale_currency": "D"}
    rows = "A,B,C,D\n1,2024-09-01,a@example.fi,{}\n"
    for name, value in (("sale_currency", "SEK"), ("sale_exchange_rate", "1.5")):
        fields = {**{key: each for key, each in columns.items() if each != "D"}, name: "D"}
        report = validate(rows.format(value), mapping={"entity": "sales", "columns": fields})
        assert [finding.path for finding in report.errors] == [f"/{BESIDE[name]}"]


def test_columns_without_a_name_are_listed() -> None:
    found = suggest_mapping([ExportColumn("Email")], 0, name="x", entity="customers", nameless=[3])
    assert found is not None
    assert '\n# Column 3 has no name: name it, or add "" to ignore.\n' in found.text


@pytest.mark.parametrize(
    ("entity", "name", "field"),
    [
        ("customers", "E-Mail *", "email"),
        ("customers", "SÄHKÖPOSTI", "email"),
        ("customers", "Email consent", "can_email"),
        ("customers", "Henkilötunnus", None),
        ("customers", "Suoramarkkinointikielto", None),
        ("products", "Cost per item", None),
        ("products", "SEO Title", None),
        ("products", "Hankintahinta", None),
        ("products", "Variant Weight Unit", None),
        ("products", "Varugrupp", "category"),
        ("products", "image_link", "image"),
        ("products", "Pris inkl. moms", "price"),
        ("customers", "Kontaktadress - Postnummer", "zip_code"),
        ("customers", "Medlem sedan", "date_joined"),
        ("sales", "Alennuskoodi", "sale_coupon_codes"),
        ("sales", "Betalningsmetod", "sale_payment_method"),
        ("sales", "Amount (€)", "sale_total"),
        ("sales", "Buyer City", "sale_city"),
        ("sales", "Buyer Zip", "sale_zip_code"),
        ("sales", "Buyer State", None),
        ("sales", "Billing status", None),
        ("sales", "Item Country", None),
        ("sales", "Item Zip Code", None),
        ("sales", "Item price", "unit_price"),
        ("sales", "Transaction ID", None),
        ("events", "id", None),
        ("events", "Recipient email", "email"),
        ("shops", "Store code", "external_id"),
        ("shops", "Address line 1", "street_address"),
        ("shops", "Title", "name"),
        ("customers", "External ID", "external_id"),
        ("customers", "Datum för skapande", "date_joined"),
        ("customers", "Tax Number", "vat_number"),
        ("customers", "Katu", "street_address"),
        ("customers", "Company.Address1", "street_address"),
        ("customers", "Företag.Namn", "company"),
        ("customers", "Person.Email", "email"),
        ("customers", "Person.Namn", None),
        ("customers", "address_city", "city"),
        ("customers", "username", None),
        ("events", "user_email", "email"),
        ("products", "Last modified", "date"),
        ("products", "Muokattu", "date"),
        ("products", "ShortDesc", "short_description"),
        ("products", "Tuotteen tyyppi", "type"),
        ("sales", "billingAddressFirstName", "sale_first_name"),
        ("sales", "Billing Address State", None),
        ("sales", "Tilauksen numero", "sale_external_id"),
        ("sales", "Betalningsdatum", "sale_date"),
        ("sales", "createdOn", "sale_date"),
        ("sales", "Payment method name", "sale_payment_method"),
        ("sales", "delivery_name", None),
    ],
)
def test_names(entity: Entity, name: str, field: str | None) -> None:
    meaning = meaning_of(name, entity)
    assert (None if meaning is None else meaning.field) == field


@pytest.mark.parametrize(
    ("entity", "field", "names"),
    [
        ("customers", "tags", "Tagit;Tägit;Tagi;Tagg;Taggar;Hashtagit;Etiketit;Segmentit;Asiakastagit;Kundtaggar"),
        ("products", "tags", "Tagit;Tägit;Tagg;Tuotetagit;Etiketter;Nyckelord"),
        ("sales", "tags", "Tagit;Tägit;Taggar;Tilaustagit;Tilauksen tagit;Ordertaggar"),
        ("customers", "mailing_lists", "Listat;Listor;Uutiskirjelistat;Nyhetsbrevslistor;E-postlista;Jakelulistat"),
        ("customers", "mailing_lists", "Sähköpostilista;Maililistat;Mailinglistor;Utskickslista"),
        ("events", "mailing_lists", "Postituslistat;Listat;Utskickslistor"),
        ("sales", "sale_coupon_codes", "Kupongit;Kuponger;Alennuskoodit;Kuponkikoodit;Etukoodit;Rabattkoder;Voucherit"),
        ("products", "category", "Kategoriat;Tuoteryhmät;Produktgrupper;Varugrupper;Artikelgrupper"),
        ("products", "main_product_ids", "Päätuotteet;Huvudprodukter;Emotuote;Moderprodukt"),
    ],
)
def test_names_of_lists_in_the_plural(entity: Entity, field: str, names: str) -> None:
    for name in names.split(";"):
        meaning = meaning_of(name, entity)
        assert (name, None if meaning is None else meaning.field) == (name, field)


@pytest.mark.parametrize(
    ("entity", "name"),
    [("customers", "Asiakasnumero"), ("customers", "Markkinointilupa"), ("customers", "Liittymispäivä")]
    + [("products", "Hinta"), ("products", "Type"), ("sales", "Total"), ("customers", "Billing City")]
    + [("sales", "Määrä")],  # how many, or how much: "Amount" is translated so
)
def test_what_is_never_certain(entity: Entity, name: str) -> None:
    schema = compile_schema(entity)
    assert schema is not None
    (found,) = suggest_fields([ExportColumn(name)], entity, schema, lambda *_: True)
    assert found.means is not None
    assert not found.certain


def name_tables() -> dict[str, Any]:
    """The tables of names, as their file has them."""
    return tomllib.loads((Path(normalised.__code__.co_filename).with_name("synonyms.toml")).read_text("utf-8"))


@pytest.mark.parametrize("entity", ["sales", "events", "shops"])
def test_the_names_of_customers_fields_are_known_where_they_stand_too(entity: Entity) -> None:
    """A name in the entity's own table keeps its meaning there; in sales the others are guesses."""
    tables = name_tables()
    schema: Any = compile_schema(entity)
    lists = [*tables[entity].values(), *tables["guess"][entity].values()]
    its = {normalised(name) for names in lists for name in names}
    for field, lender in tables["borrowed"][entity].items():
        assert field in schema.root.names
        for name in tables["customers"][lender]:
            meaning = meaning_of(name, entity)
            assert meaning is not None
            if normalised(name) not in its:
                assert meaning == (field, entity != "sales", "")


def test_each_name_has_one_meaning() -> None:
    tables = name_tables()
    for entity in ("customers", "products", "sales", "events", "shops"):
        for level in (tables[entity], tables["guess"].get(entity, {})):
            names = Counter(normalised(name) for field in level for name in {*map(normalised, level[field])})
            assert not {name for name, count in names.items() if count > 1}, entity
        schema: Any = compile_schema(entity)
        for field in {**tables[entity], **tables["guess"].get(entity, {})}:
            assert field.split(".")[0] in schema.root.names


COLUMNS = (
    ExportColumn("Kundnr", 3, ("1", "2", "3")),
    ExportColumn("E-post", 3, ("a@example.se", "b@example.se", "c@example.se")),
    ExportColumn("Mobil", 2, ("070-123 45 67", "+46701234567")),
    ExportColumn("Land", 3, ("Sverige", "Finland")),
    ExportColumn("Födelsedag", 3, ("1985-07-03", "1979-11-12")),
    ExportColumn("Nyhetsbrev", 3, ("Ja", "Nej")),
    ExportColumn("Anteckning", 1, ("Ring först",)),
)


def test_a_suggestion_is_a_mapping_once_it_is_looked_over() -> None:
    found = suggest_mapping(COLUMNS, 3, name="kunder.csv")
    assert found is not None
    assert '\n# ignore = ["Anteckning"]  # ? ' in found.text
    text = found.text.replace("# ignore", "ignore")
    assert '\nemail = "E-post"  # 3 of 3 filled' in text
    assert '\n# external_id = "Kundnr"  # ? 3 of 3 filled' in text
    assert '\n# can_email = { from = "Nyhetsbrev", true = ["Ja"], false = ["Nej"] }' in text
    assert '\n#   "Anteckning"  # 1 of 3 filled' in text
    chosen = text.replace("# external_id", "external_id").replace("# can_email", "can_email")
    mapping = load_mapping(tomllib.loads(chosen))
    rows = "1;a@example.se;070-123 45 67;Sverige;1985-07-03;Ja;x\n2;b@example.se;;Finland;;Nej;\n"
    report = validate(";".join(column.name for column in COLUMNS) + "\n" + rows, mapping=mapping)
    assert report.valid
    assert found.headline == (
        "customers: 4 lines are certain, 2 to look at, 1 column left",
        "records are found by: email ('E-post'), phone_number ('Mobil')",
        "records would be found by: external_id ('Kundnr'); look at its line",
    )


def test_a_known_export_is_its_preset() -> None:
    names = [column for each in load_mapping("shopify-customers").fields for column in each.columns]
    found = suggest_mapping([ExportColumn(name) for name in [*names, "New"]], 0, name="x.csv")
    assert found is not None
    assert found.headline[0].startswith("this is the export that the preset shopify-customers is for")
    assert found.headline[1] == "it has columns that the preset does not know: 'New'"


@pytest.mark.parametrize("preset", presets())
def test_a_preset_s_questions_are_printed(preset: str) -> None:
    mapping = load_mapping(preset)
    names = [name for name in mapping.named_columns if not any(name in others for others in mapping.names.values())]
    found = suggest_mapping([ExportColumn(name) for name in names], 0, name="x.csv", entity=mapping.entity)
    assert found is not None
    asked = [
        f"the preset asks for {name} ({question}): --with {name}=VALUE"
        for name, question in mapping.questions().items()
    ]
    assert f"the preset {preset} is for" in found.headline[0]
    assert found.headline[0].endswith("with your answers" if asked else "takes it as it is")
    assert [line for line in found.headline if line.startswith("the preset asks")] == asked


def test_two_columns_that_claim_one_field_are_guesses() -> None:
    found = suggest_mapping(
        [ExportColumn("Email"), ExportColumn("E-mail address"), ExportColumn("City")], 0, name="x", entity="customers"
    )
    assert found is not None
    assert found.text.count("# email = ") == 2


def test_nothing_is_suggested_for_names_that_mean_nothing() -> None:
    assert suggest_mapping([ExportColumn("x"), ExportColumn("y")], 0, name="x.csv") is None
