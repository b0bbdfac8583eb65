"""Suggests a mapping for the columns of an export: what is certain, what somebody has to look at, and the rest.

In: the names of columns, and a sample of their values. Out: for each column a field, the arguments of its steps, and
how sure that is. Rules: a line is certain only if the name says so, the values agree, and no other column claims the
field; consent, prices, the date of joining and external_id never are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.mapping.by_values import field_of_values
from custobar_formats.mapping.column_values import FEWEST_RIGHT, REMARKS, IsValid, notation_of
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.own_names import is_field_name
from custobar_formats.mapping.synonyms import (
    REFUSAL,
    Meaning,
    is_customer,
    is_of_known_words,
    is_own_format,
    is_shared,
    is_sign_of,
    meaning_of,
    row_field,
)
from custobar_formats.mapping.words import normalised
from custobar_formats.notation.personal import is_personal
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import Place

NEVER_CERTAIN = frozenset({"external_id", "date_joined", "price", "sale_price", "unit_price", "total", "sale_total"})
"""Fields that only a person, or a preset, can be sure of; so are those of consent, and all amounts of money."""

ADDRESSES = ("street_address", "sale_street_address")
"""Fields that exports divide into lines."""

SHOP = "stock.0.shop_id"
"""The shop of a quantity in stock, which no export of one shop names."""

BESIDE = {"stock.0.quantity": SHOP, "sale_currency": "sale_exchange_rate", "sale_exchange_rate": "sale_currency"}
"""The field without which a field is invalid, by the schema of products and the rules of sales."""

NEVER = {
    "secret": "it should not leave your systems: name it in ignore",
    "refusal": "a refusal: for can_email or can_sms it has to be turned round",
    "whole_name": "a whole name, and the fields are first_name and last_name",
}
"""Remarks on names that look like fields, by their list in the table of names."""

OF_ROWS = frozenset({"product_id", "product_sku", "product_title", "quantity", "unit_price"})
"""The fields of sales that show that a row of a file is a row of a sale."""

CUSTOMER: dict[Entity, str] = {"sales": "sale_customer_id", "events": "customer_id"}
"""The field of a customer's number."""

_CODE = re.compile(r"[0-9]+")

BY_VALUES = "by its values, as its name says nothing"
"""The remark on a field that only the values of a column show."""

NEEDED_SCORE: dict[Entity, int] = {"sales": 2, "shops": 2}
"""How much of the names that no other entity knows as well an entity needs: one certain name, or two guesses."""

FEWEST_KNOWN = 0.9
"""How many names an entity has to know, as a share of those that the one with the most knows."""

NEEDED_FIELDS: dict[Entity, frozenset[str]] = {"events": frozenset({"type", "date"})}
"""The fields without which a file is not of an entity."""

ONE_OF: dict[Entity, frozenset[str]] = {"sales": frozenset({"sale_external_id", "sale_date", "sale_total"})}
"""The fields of which a file has one: that customers have a currency and a way of paying makes them no sales."""


@dataclass(frozen=True, slots=True)
class SuggestedField:
    """A column, and the field that it may be; ``means`` is None if it is none that is known.

    Attributes:
        column: the column.
        means: the field.
        certain: whether nobody has to look at it.
        arguments: the arguments of its steps.
        remark: what to look at, in words.
        further: the columns of further lines of an address, which are joined to this one.
        is_further: whether it is such a column.
        by_values: whether only its values show the field.

    """

    column: ExportColumn
    means: str | None = None
    certain: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    remark: str = ""
    further: tuple[str, ...] = ()
    is_further: bool = False
    by_values: bool = False

    @property
    def is_refusal(self) -> bool:
        """Whether it says who must not be contacted, which is nothing to ignore."""
        return self.means is None and self.remark == NEVER[REFUSAL]


def guess_entity_of(names: Sequence[str]) -> Entity | None:
    """The entity whose fields most of the names mean; None if none of them is ahead.

    A customer's number, a name and contact data are in sales, events and shops, too: these need names that are more
    surely theirs. So do sales, beside what is in their rows: products have it, too.
    """
    own = [entity for entity in ENTITIES if is_own_format(names, entity)]
    if len(own) == 1:
        return own[0]
    known = {entity: [meaning_of(name, entity) for name in names] for entity in ENTITIES}
    scores = {
        entity: [_score(meaning, name, entity) for meaning, name in zip(known[entity], names, strict=True)]
        for entity in ENTITIES
    }
    possible = Counter[Entity]()
    rivals = [entity for entity in ENTITIES if _has_needed(known[entity], entity)]
    for entity in rivals:
        others = [scores[other] for other in rivals if other != entity]
        own = sum(
            score
            for meaning, score, *rest in zip(known[entity], scores[entity], *others, strict=True)
            if score > max(rest, default=0) and not is_shared(meaning, entity)
        )
        if own >= NEEDED_SCORE.get(entity, 0):
            possible[entity] = sum(scores[entity])
    ranked = possible.most_common(2)
    if not ranked or not ranked[0][1] or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    best = ranked[0][0]
    most = max(sum(map(bool, each)) for each in scores.values())
    return best if sum(map(bool, scores[best])) >= FEWEST_KNOWN * most else None


def _score(meaning: Meaning | None, name: str, entity: Entity) -> int:
    """How surely a name is one of an entity: 2 for a field that it means by itself, 1 for others, 0 for none."""
    if meaning is None:
        return int(is_sign_of(name, entity))
    return 2 if meaning.field is not None and meaning.certain else 1


def _has_needed(meanings: Sequence[Meaning | None], entity: Entity) -> bool:
    fields = {meaning.field for meaning in meanings if meaning is not None}
    one_of = ONE_OF.get(entity)
    return fields >= NEEDED_FIELDS.get(entity, frozenset()) and (one_of is None or not one_of.isdisjoint(fields))


def suggest_fields(
    columns: Sequence[ExportColumn], entity: Entity, schema: Schema, is_valid: IsValid
) -> list[SuggestedField]:
    """A suggestion for each column, in their order."""
    names = [column.name for column in columns]
    firsts, is_own = _first_lines(names, entity), is_own_format(names, entity)
    found = [_suggest(each, entity, schema, is_valid, is_own=is_own) for each in columns]
    named = {each.means for each in found if not each.by_values}
    found = [SuggestedField(each.column) if each.by_values and each.means in named else each for each in found]
    by_name = {each.column.name: each for each in found if each.column.name not in firsts}
    claims = Counter(each.means for each in by_name.values() if each.certain)
    for name, each in by_name.items():
        if each.certain and claims[each.means] > 1:
            by_name[name] = replace(each, certain=False)
        elif claims[each.means] == 1 and not each.certain:
            by_name[name] = replace(each, means=None, remark=f"{each.means} comes from another column")
    rivals = Counter(each.means for each in by_name.values())
    for name, each in by_name.items():
        if each.means is not None and rivals[each.means] > 1:
            remark = f"only one of these {rivals[each.means]} lines for {each.means}"
            by_name[name] = replace(each, remark="; ".join(filter(None, [remark, each.remark])))
    _check_beside(by_name)
    _name_countries(by_name)
    _name_fields_of_rows(by_name)
    for name, first in firsts.items():
        means = by_name[first].means
        column = next(each.column for each in found if each.column.name == name)
        by_name[name] = SuggestedField(column, means, is_further=means is not None)
        by_name[first] = replace(by_name[first], further=(*by_name[first].further, name))
    return [by_name[column.name] for column in columns]


def _check_beside(by_name: dict[str, SuggestedField]) -> None:
    """Make questions of lines whose field is invalid without another one, if that is not certain, nor asked for."""
    given = {each.means: each.certain for each in by_name.values() if each.means is not None}
    for name, each in by_name.items():
        other = BESIDE.get(each.means or "")
        if other is None or given.get(other) or (other == SHOP and other not in given):
            continue
        why = "is a question, too" if other in given else "no column gives"
        remark = "; ".join(filter(None, [f"it needs {other}, which {why}", each.remark]))
        by_name[name] = replace(each, certain=False, remark=remark)


def _name_countries(by_name: dict[str, SuggestedField]) -> None:
    """Take the country of telephone numbers from that of each row, and ask only where that is blank."""
    columns = {each.means: each for each in by_name.values() if each.means is not None}
    for name, each in by_name.items():
        asked, own = each.arguments.get("country"), columns.get((each.means or "").replace("phone_number", "country"))
        if not isinstance(asked, dict) or own is None or own is each:
            continue
        country = {"from": own.column.name, **({"default": asked} if own.column.filled < each.column.filled else {})}
        remark = (
            each.remark if own.certain else "; ".join(filter(None, ["its country is a question, too", each.remark]))
        )
        arguments = {**each.arguments, "country": country}
        by_name[name] = replace(each, certain=each.certain and own.certain, arguments=arguments, remark=remark)


def _name_fields_of_rows(by_name: dict[str, SuggestedField]) -> None:
    """Ask of a question about a sale, beside columns of its rows, whether it is one about a row, if its name may be."""
    means = {each.means for each in by_name.values()}
    if OF_ROWS.isdisjoint(means):
        return
    for name, each in by_name.items():
        if each.certain or each.column.within is not None or not (each.means or "").startswith("sale_"):
            continue
        field_of_row = row_field(name)
        if field_of_row is not None and field_of_row not in means:
            remark = "; ".join(
                filter(None, [f"of the whole sale, or of one row? then it is {field_of_row}", each.remark])
            )
            by_name[name] = replace(each, remark=remark)


def _first_lines(names: Sequence[str], entity: Entity) -> dict[str, str]:
    """The columns of further lines of an address (``Address2``), with the column of the first line (``Address1``)."""
    by_key = {normalised(name): name for name in reversed(names)}
    found = {}
    for name in names:
        key = normalised(name)
        first = by_key.get(f"{key[:-1]}1") or by_key.get(key[:-1]) if key[-1:] in ("2", "3", "4") else None
        meaning = meaning_of(first, entity) if first is not None else None
        if first is not None and meaning is not None and meaning.field in ADDRESSES:
            found[name] = first
    return found


def _suggest(
    column: ExportColumn, entity: Entity, schema: Schema, is_valid: IsValid, *, is_own: bool
) -> SuggestedField:
    """The suggestion for a column; ``is_own``: whether it is of a file that has the own names of fields."""
    is_itself = is_own and is_field_name(column.name, entity)
    meaning = Meaning(column.name, certain=True) if is_itself else meaning_of(column.name, entity)
    is_secret = meaning is not None and meaning.is_secret
    spaces = [value for value in column.values if value.isspace()]
    values = [value for value in column.values if value not in spaces]
    shown = () if is_secret else tuple(value for value in values if not is_personal(value))
    hidden = len(values) - len(shown)
    column = replace(column, values=shown)
    by_values = None
    if meaning is None and not is_of_known_words(column.name, entity):
        by_values = field_of_values(shown, entity)
        meaning = None if by_values is None else Meaning(by_values, certain=False)
    if not is_itself and shown and all(map(_CODE.fullmatch, shown)):
        meaning = _of_codes(meaning, column.name, entity)
    if meaning is None:
        return SuggestedField(column)
    if meaning.field is None:
        return SuggestedField(column, remark=NEVER[meaning.never])
    place = _place(schema, meaning.field)
    read = notation_of(shown, place, is_valid)
    if spaces:
        read = replace(read, arguments={**read.arguments, "blank": [*spaces, *read.arguments.get("blank", ())]})
    if hidden > (1 - FEWEST_RIGHT) * (hidden + len(shown)):
        read = replace(read, remark="its values look like personal identity codes or numbers of cards")
    elif meaning.field in REMARKS:
        read = REMARKS[meaning.field](column, read)
    if column.within is not None and not _is_of_a_sale(meaning.field):
        remark = f"a blank cell may mean the value above it, with the same {column.within!r}"
        remark = "; ".join(filter(None, [remark, read.remark]))
        read = replace(read, arguments={"fill_within": column.within, **read.arguments}, remark=remark)
    is_money = place.custobar_type == "money"
    certain = meaning.certain and meaning.field not in NEVER_CERTAIN and not is_money
    certain = certain and not meaning.field.startswith("can_") and read.fits and not read.remark
    if by_values is not None:
        read = replace(read, remark="; ".join(filter(None, [BY_VALUES, read.remark])))
    return SuggestedField(column, meaning.field, certain, read.arguments, read.remark, by_values=by_values is not None)


def _of_codes(meaning: Meaning | None, name: str, entity: Entity) -> Meaning | None:
    """The meaning of a name whose values are all codes: a product has no title by them, a customer is known by them."""
    if meaning is not None and meaning.field == "product_title":
        return Meaning("product_id", certain=False)
    customer = CUSTOMER.get(entity)
    if meaning is None and customer is not None and is_customer(name, entity):
        return Meaning(customer, certain=False)
    return meaning


def _is_of_a_sale(name: str) -> bool:
    """Whether a field need only be on one row of a sale; its number is on every row."""
    return name.startswith("sale_") and name != "sale_external_id"


def _place(schema: Schema, label: str) -> Place:
    place = schema.root
    for part in label.split("."):
        place = place.step(int(part) if part.isdigit() else part)
    return place
