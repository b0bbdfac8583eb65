"""Suggests a mapping for the columns of an export: what is certain, what somebody has to look at, and the rest.

In: the names of columns, and a sample of their values. Out: for each column a field, the arguments of its steps, and
how sure that is. Rules: a line is certain only if the name says so, the values agree, and no other column claims the
field; consent, prices, the date of joining and external_id never are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.mapping.synonyms import Meaning, meaning_of, normalised
from custobar_formats.notation.declared_dates import date_parser
from custobar_formats.notation.money import parse_amount
from custobar_formats.notation.names import parse_country, parse_language
from custobar_formats.notation.numbers import parse_written_number
from custobar_formats.notation.personal import is_personal
from custobar_formats.notation.phones import PhonePrefix, parse_written_phone
from custobar_formats.notation.truth import parse_truth
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import Place

NEVER_CERTAIN = frozenset({"external_id", "date_joined", "price", "sale_price", "unit_price", "total", "sale_total"})
"""Fields that only a person, or a preset, can be sure of; so are those of consent, and all amounts of money."""

ADDRESSES = ("street_address", "sale_street_address")
"""Fields that exports divide into lines."""

FORMS = ("d.m.y", "y-m-d", "d/m/y", "m/d/y", "d-m-y", "y/m/d", "y.m.d")
FEWEST_RIGHT = 0.75
"""The share of distinct values that a field must take: a few may be wrong, and the report lists them later."""

FEWEST_DATES = 0.5
"""The same for dates, whose notation most other texts do not have."""

DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014") | {"--"}
"""Texts that stand for no value where something else than text is expected."""

TOTALS = frozenset({"yhteensä", "yht.", "yht", "summa", "totalt", "total", "totals", "grand total", "sum"})
"""The first word of a row of totals."""

NEVER = {
    "secret": "it should not leave your systems: name it in ignore",
    "refusal": "a refusal: for can_email or can_sms it has to be turned round",
    "whole_name": "a whole name, and the fields are first_name and last_name",
}
"""Remarks on names that look like fields, by their list in the table of names."""

UNITS = {"kg": "kg", "kilo": "kg", "g": "g", "gram": "g", "grams": "g", "grammaa": "g", "lb": "lb", "lbs": "lb"}
UNITS |= {"oz": "oz"}
"""Words for the unit of a weight in the names of columns."""

WITH_CITY = re.compile(r"[\s,](?:FI-|S-|SE-)?(?:[0-9]{5}|[0-9]{3} [0-9]{2}),?\s+[^\W\d_]{2,}")
"""A Finnish or Swedish postal code after something else, and a word behind it."""

NEEDED_SCORE: dict[Entity, int] = {"sales": 2, "shops": 2}
"""How much of the names that no other entity knows an entity needs: one certain name, or two guesses."""

NEEDED_FIELDS: dict[Entity, frozenset[str]] = {"events": frozenset({"type", "date"})}
"""The fields without which a file is not of an entity."""

IsValid = Callable[[str, Place], bool]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of an export.

    Attributes:
        name: its name.
        filled: how many rows have a value there, other than spaces.
        values: some of the distinct values, also those of spaces.

    """

    name: str
    filled: int = 0
    values: tuple[str, ...] = ()


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

    """

    column: ExportColumn
    means: str | None = None
    certain: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    remark: str = ""
    further: tuple[str, ...] = ()
    is_further: bool = False


def guess_entity_of(names: Sequence[str]) -> Entity | None:
    """The entity whose fields most of the names mean; None if none of them is ahead.

    A customer's number, a name and contact data are in sales, events and shops, too: these need names of their own.
    """
    known = {entity: [meaning_of(name, entity) for name in names] for entity in ENTITIES}
    scores = {entity: [0 if each is None else 1 + _is_sure(each) for each in known[entity]] for entity in ENTITIES}
    possible = Counter[Entity]()
    for entity in ENTITIES:
        others = [scores[other] for other in ENTITIES if other != entity]
        own = sum(score for score, *rest in zip(scores[entity], *others, strict=True) if not any(rest))
        fields = {each.field for each in known[entity] if each is not None}
        if fields >= NEEDED_FIELDS.get(entity, frozenset()) and own >= NEEDED_SCORE.get(entity, 0):
            possible[entity] = sum(scores[entity])
    ranked = possible.most_common(2)
    if not ranked or not ranked[0][1] or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    best = ranked[0][0]
    most = max(sum(map(bool, each)) for each in scores.values())
    return best if sum(map(bool, scores[best])) == most else None


def _is_sure(meaning: Meaning) -> bool:
    return meaning.field is not None and meaning.certain


def suggest_fields(
    columns: Sequence[ExportColumn], entity: Entity, schema: Schema, is_valid: IsValid
) -> list[SuggestedField]:
    """A suggestion for each column, in their order."""
    firsts = _first_lines([column.name for column in columns], entity)
    found = [_suggest(each, entity, schema, is_valid) for each in columns]
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
    for name, first in firsts.items():
        means = by_name[first].means
        column = next(each.column for each in found if each.column.name == name)
        by_name[name] = SuggestedField(column, means, is_further=means is not None)
        by_name[first] = replace(by_name[first], further=(*by_name[first].further, name))
    return [by_name[column.name] for column in columns]


def find_totals(columns: Sequence[ExportColumn]) -> tuple[str, str] | None:
    """The column and the text of a row of totals, if there seems to be one."""
    for column in columns:
        for value in column.values:
            if value.strip().rstrip(":").casefold() in TOTALS:
                return column.name, value
    return None


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


def _suggest(column: ExportColumn, entity: Entity, schema: Schema, is_valid: IsValid) -> SuggestedField:
    meaning = meaning_of(column.name, entity)
    is_secret = meaning is not None and meaning.is_secret
    spaces = [value for value in column.values if value.isspace()]
    values = [value for value in column.values if value not in spaces]
    shown = () if is_secret else tuple(value for value in values if not is_personal(value))
    hidden = len(values) - len(shown)
    column = replace(column, values=shown)
    if meaning is None:
        return SuggestedField(column)
    if meaning.field is None:
        return SuggestedField(column, remark=NEVER[meaning.never])
    place = _place(schema, meaning.field)
    read = _notation(shown, place, is_valid)
    if spaces:
        read = replace(read, arguments={**read.arguments, "blank": [*spaces, *read.arguments.get("blank", ())]})
    if hidden > (1 - FEWEST_RIGHT) * (hidden + len(shown)):
        read = replace(read, remark="its values look like personal identity codes or numbers of cards")
    elif meaning.field in REMARKS:
        read = REMARKS[meaning.field](column, read)
    is_money = place.custobar_type == "money"
    certain = meaning.certain and meaning.field not in NEVER_CERTAIN and not is_money
    certain = certain and not meaning.field.startswith("can_") and read.fits and not read.remark
    return SuggestedField(column, meaning.field, certain, read.arguments, read.remark)


def _place(schema: Schema, label: str) -> Place:
    place = schema.root
    for part in label.split("."):
        place = place.step(int(part) if part.isdigit() else part)
    return place


@dataclass(frozen=True, slots=True)
class _Notation:
    """How the values of a column are written, as the arguments of steps, and whether most of them fit the field."""

    arguments: dict[str, Any] = field(default_factory=dict)
    fits: bool = True
    remark: str = ""


def _notation(values: Sequence[str], place: Place, is_valid: IsValid) -> _Notation:
    """The notation of a column's values."""
    if not values:
        return _Notation()
    arguments: dict[str, Any] = {}
    if all(value.startswith("'") for value in values):
        arguments["strip"] = "'"
        values = [value[1:] for value in values if value != "'"]
    types = place.types or frozenset()
    dashes = [value for value in values if value.strip() in DASHES]
    if dashes and not ("string" in types and place.custobar_type in (None, "string")):
        arguments["blank"] = dashes
        values = [value for value in values if value not in dashes]
    if not values:
        return _Notation(arguments)
    kind = place.custobar_type
    reader = _READERS.get(kind or "")
    if reader is None and types - {"null"} == {"boolean"}:
        reader = _truth
    if reader is None and place.is_scalar_list:
        reader = _list
    share = _share(values, lambda value: is_valid(value, place))
    if reader is not None and share < 1:
        found = reader(values)
        return replace(found, arguments={**arguments, **found.arguments})
    return _Notation(arguments, fits=share >= FEWEST_RIGHT)


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values)


def _truth(values: Sequence[str]) -> _Notation:
    words: dict[str, list[str]] = {"true": [], "false": []}
    others: list[str] = []
    for value in values:
        truth = parse_truth(value)
        (others if truth is None else words["true" if truth else "false"]).append(value)
    arguments = {name: found for name, found in words.items() if found}
    remark = f"what does {', '.join(map(repr, others[:3]))} mean?" if others else ""
    return _Notation(arguments, fits=bool(arguments) and len(others) <= len(values) / 4, remark=remark)


def _dates(values: Sequence[str]) -> _Notation:
    right = {form: sum(map(bool, map(date_parser(form), values))) / len(values) for form in FORMS}
    best = max(right.values())
    forms = [form for form, share in right.items() if share == best]
    if best < FEWEST_DATES:
        return _Notation(fits=False, remark="how are its dates written?")
    remark = f"the values do not show whether they are {' or '.join(forms)}" if len(forms) > 1 else ""
    return _Notation({"dates": forms[0]}, remark=remark)


def _amounts(values: Sequence[str]) -> _Notation:
    for mark in (",", "."):
        right = [value for value in values if parse_amount(value, mark).cents is not None]
        if len(right) >= FEWEST_RIGHT * len(values) and any(mark in value for value in right):
            return _Notation({"unit": "major", "decimal": mark}, remark="with or without VAT?")
    with_currency = [each for value in values if (each := parse_written_number(value)) is not None and each.currency]
    if len(with_currency) >= FEWEST_RIGHT * len(values):
        return _Notation({"unit": "major"}, remark="with or without VAT?")
    return _Notation(fits=False, remark="in cents, or in another unit?")


def _phones(values: Sequence[str]) -> _Notation:
    written = [phone for value in values if (phone := parse_written_phone(value)) is not None]
    fits = len(written) >= FEWEST_RIGHT * len(values)
    if any(phone.prefix is PhonePrefix.TRUNK for phone in written):
        return _Notation({"country": {"ask": "the country of numbers without a country code, such as FI"}}, fits=fits)
    return _Notation({"country": "FI"}, fits=fits) if fits else _Notation(fits=False)


def _countries(values: Sequence[str]) -> _Notation:
    return _words(values, parse_country)


def _languages(values: Sequence[str]) -> _Notation:
    return _words(values, parse_language)


def _words(values: Sequence[str], parse: Callable[[str], str | None]) -> _Notation:
    known = {value: code for value in values if (code := parse(value)) is not None and code != value}
    others = [value for value in values if value not in known and parse(value) is None]
    remark = f"what is {', '.join(map(repr, others[:3]))}?" if others else ""
    return _Notation({"values": known} if known else {}, fits=len(others) <= len(values) / 4, remark=remark)


def _list(values: Sequence[str]) -> _Notation:
    mark = next((mark for mark in (";", "|", ",") if any(mark in value for value in values)), None)
    return _Notation({} if mark is None else {"split": mark})


def _weight(column: ExportColumn, read: _Notation) -> _Notation:
    """A weight with its unit from the column's name, if its values have none."""
    if not any(value[-1:].isdigit() for value in column.values):
        return read
    units = [UNITS[word] for word in re.findall(r"[a-z]+", column.name.casefold()) if word in UNITS]
    if len(units) != 1:
        return replace(read, remark="in which unit?")
    if all(value[-1:].isdigit() for value in column.values):
        return replace(read, arguments={**read.arguments, "suffix": f" {units[0]}"})
    return replace(read, remark="some values have a unit, and others have none")


def _street(column: ExportColumn, read: _Notation) -> _Notation:
    if any(map(WITH_CITY.search, column.values)):
        return replace(read, remark="some values have a postal code and a city, too")
    return read


def _email(column: ExportColumn, read: _Notation) -> _Notation:
    if any(value.count("@") > 1 for value in column.values):
        return replace(read, remark="some cells have several addresses")
    return read


REMARKS: dict[str, Callable[[ExportColumn, _Notation], _Notation]] = {
    "weight": _weight,
    "email": _email,
    "sale_email": _email,
    "street_address": _street,
    "sale_street_address": _street,
}
"""What to look at in the values of a field, beyond whether it takes them."""

_READERS: dict[str, Callable[[Sequence[str]], _Notation]] = {
    "date": _dates,
    "datetime": _dates,
    "money": _amounts,
    "phone_number": _phones,
    "country_code": _countries,
    "language_code": _languages,
}
