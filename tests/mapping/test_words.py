"""Names of columns that are put together of known words: in many languages, in any order, never certain."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from custobar_formats.core.entities import Entity
from custobar_formats.mapping import words
from custobar_formats.mapping.synonyms import meaning_of
from custobar_formats.mapping.words import MAX_LETTERS, Words, normalised, word_meanings


@pytest.mark.parametrize(
    ("entity", "names", "field"),
    [
        ("customers", "Kundens e-post;Asiakkaan sähköpostisi;customer_mail;Courriel du client;Kliendi e-post", "email"),
        ("customers", "Tilaajan puhelinnumero;buyerPhoneNumber;Kundens tlf.;Teléfono;YhteyshenkilöPuh", "phone_number"),
        ("customers", "Vorname;Fornavn;Voornaam;Prénom;Eesnimi;member.first_name;Etunimesi", "first_name"),
        ("customers", "billing_address_1;Laskutusosoite;Faktureringsadress;Rechnungsadresse;Addr.", "street_address"),
        ("customers", "Laskutuspostinumero;Code postal;PLZ;Customer ZIP;Besökspostnr", "zip_code"),
        ("customers", "Født;Syntynyt;Geburtsdatum;Date of birth (dd.mm.yyyy)", "birth_date"),
        ("customers", "Cust. no.;Kunde-Nr.;Kunden kod;Asiakkaan numero;Klantnummer;Customer #", "external_id"),
        ("customers", "Luontipvm;Oprettet;Aangemaakt op;Tidpunkt för skapandet;Date of creation", "date_joined"),
        ("customers", "Samtycke nyhetsbrev;Prenumererar på nyhetsbrev;Uutiskirjelupa;Newsletter consent", "can_email"),
        ("products", "Varenavn;Nom du produit;Toote nimetus;Name of product;title_fi", "title"),
        ("products", "Artikelnr.;Varenummer;Item No.;Tootekood;PROD-CODE", "sku"),
        ("products", "Bruttopreis;Pris inkl. moms;Price incl. VAT;Price EUR;Myyntihinta sis. alv", "price"),
        ("products", "Kampanjepris;Angebotspreis;Soodushind;Special price (EUR)", "sale_price"),
        ("products", "Lagerbestand;Voorraad;Varastossa kpl;Available quantity;Lagerantal", "stock.0.quantity"),
        ("sales", "Bestellnummer;Tilausnro;Ordrenummer;Numéro de commande;Order #", "sale_external_id"),
        ("sales", "Besteldatum;Tilauspvm;Date of order;orderCreatedAt;Fecha del pedido", "sale_date"),
        ("sales", "Buyer's city;Laskutus kaupunki;Sell-to City;billing.city", "sale_city"),
        ("sales", "Asiakkaan sähköposti;Köparens e-post;Maksajan sähköposti;Sell-to E-Mail", "sale_email"),
        ("sales", "Gesamtbetrag;Importe total;Tilauksen summa;Order total (incl. VAT)", "sale_total"),
        ("sales", "Quantité;Menge;Aantal;Kogus;Units", "quantity"),
        ("events", "Type of event;Tapahtuman tyyppi;Händelsens typ", "type"),
        ("shops", "Myymälän numero;Butikens nr;Store no.;Toimipistetunnus", "external_id"),
    ],
)
def test_names_of_known_words(entity: Entity, names: str, field: str) -> None:
    found = {name: meaning_of(name, entity) for name in names.split(";")}
    fields = {name: None if meaning is None else meaning.field for name, meaning in found.items()}
    assert fields == dict.fromkeys(found, field)


@pytest.mark.parametrize(
    ("entity", "names"),
    [
        ("customers", "Toimitusosoite;Delivery city;Ship-to ZIP;Leveransadress;Address (delivery)"),  # somebody else's
        ("customers", "emergency contact phone;Parent's email;Billing ID;Is mobile;Created in;Information;Format"),
        ("customers", "Customers;Members;Number of orders;Total spent"),  # counts and lists
        ("products", "Hinta (alv 0 %);Price (excl. VAT);Nettohinta;Pris exkl. moms;Ostohinta;Einkaufspreis;Cost price"),
        ("products", "Alennus %;VAT %;Weight unit;Supplier's item no.;SEO title;Image alt text;Category URL"),
        ("sales", "Delivery date;Toimituspvm;Shipping city;Mottagarens adress;Total excl. VAT;Discount %;Products"),
        ("sales", "Transaction ID;Buyer state;Item country;Tax;VAT amount;Shipping name"),
        ("events", "From email;Sender name"),
    ],
)
def test_names_of_words_that_make_them_another_field(entity: Entity, names: str) -> None:
    found = {name: meaning_of(name, entity) for name in names.split(";")}
    assert {name: meaning.field for name, meaning in found.items() if meaning is not None} == {}


def test_what_is_put_together_is_a_guess() -> None:
    """The name in the table is certain; the same words in another order, or beside a role, are not."""
    certain = {"Date of birth": True, "Birth date": True, "Kundens födelsedatum": False, "Födelsedatum": True}
    found = {name: meaning_of(name, "customers") for name in certain}
    assert {name: meaning and meaning.certain for name, meaning in found.items()} == certain


@pytest.mark.parametrize(
    "name", ["Asiakkaan salasana", "Kundens personnummer", "customer.password", "Member's passport"]
)
def test_somebodys_secret_is_a_secret(name: str) -> None:
    meaning = meaning_of(name, "customers")
    assert meaning is not None
    assert meaning.is_secret


def test_an_address_of_a_company_is_an_address() -> None:
    """Of two words that may be left out, the last is what the column has."""
    found = [meaning_of(name, "customers") for name in ("Company address", "Billing address company", "Company name")]
    assert [meaning and meaning.field for meaning in found] == ["street_address", "company", "company"]


def test_each_word_has_one_meaning() -> None:
    table = tomllib.loads(Path(words.__file__).with_name("words.toml").read_text("utf-8"))
    listed = Counter(key for names in table.values() for key in {normalised(name) or name for name in names})
    assert {word for word, count in listed.items() if count > 1} == set()


def test_short_words_stand_at_ends() -> None:
    known = Words({"order": "order", "no": "number", "cat": "category", "id": "id"})
    assert known.meant_by("OrderNo") == known.meant_by("order-no.") == known.meant_by("ORDERNO") == ("order", "number")
    assert known.meant_by("noorder") is None
    assert known.meant_by("catorder") == ("category", "order")


def test_a_sentence_is_no_name() -> None:
    known = Words(word_meanings())
    assert known.meant_by("email " * (MAX_LETTERS // 5)) == ("email",)
    assert known.meant_by("email " * (MAX_LETTERS // 5 + 1)) is None
    assert known.meant_by("") is known.meant_by("?") is known.meant_by("the") is None
