"""Columns of those who must not be contacted."""

import pytest

from custobar_formats.core.entities import ENTITIES
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.synonyms import meaning_of
from custobar_formats.pipeline.suggestion import suggest_mapping
from custobar_formats.schema.compiled import compile_schema

REFUSALS = [
    *("Markkinointikielto", "Ei saa lähettää", "Ei saa soittaa", "Markkinointi kielletty", "Puhelinmyyntikielto"),
    *("Får ej kontaktas", "Ej nyhetsbrev", "Inte SMS", "Avböjt reklam", "Nixad", "Spärrad för utskick", "Avböjt"),
    *("Do not email", "Don't contact", "No marketing", "no_newsletter", "Opt-out", "HasOptedOutOfEmail", "Fax Opt Out"),
    *("Unsubscribed at", "Email suppressed", "Is blocked", "DoNotCall"),
    *("Ikke kontakt", "Reservert mot reklame", "Ønsker ikke nyhedsbrev", "Frabedt reklame", "Ingen reklame"),
    *("Keine Werbung", "Nicht kontaktieren", "Werbesperre", "Geen reclame", "Niet mailen", "Afgemeld"),
    *("Ne pas contacter", "Pas de newsletter", "Désinscrit", "No contactar", "No enviar", "Dado de baja"),
]
OTHERS = ["Customer No", "No. of orders", "House no", "Note", "Nordic", "Phone no", "Eija", "Postnr", "Newsletter"]
OTHERS += ["Inteckning", "Norm", "Markkinointilupa", "Sparade pengar", "Contact no", "Postinumero", "Block"]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_asked_for_and_never_ready_to_be_ignored(name: str) -> None:
    columns = [ExportColumn("E-post", 1, ("a@example.se",)), ExportColumn(name, 1, ("x",)), ExportColumn("Odd", 1)]
    found = suggest_mapping(columns, 1, name="kunder.csv", entity="customers")
    assert found is not None
    assert '\n# ignore = ["Odd"]' in found.text
    assert "# a refusal: for can_email or can_sms it has to be turned round" in found.text


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_refusal(name: str) -> None:
    meaning = meaning_of(name, "customers")
    assert meaning is None or meaning.never != "refusal"


def test_the_names_of_fields_are_known() -> None:
    for entity in ENTITIES:
        schema = compile_schema(entity)
        assert schema is not None
        assert [name for name in schema.root.names if meaning_of(name, entity) is None] == []
