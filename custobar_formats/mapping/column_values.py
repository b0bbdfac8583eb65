"""How the values of a column are written: the arguments of the steps that read them, and what to look at.

In: values, and the place of a field in a schema. Out: a ``Notation``. Rule: most of the values decide; what they leave
open is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.notation.declared_dates import date_parser
from custobar_formats.notation.money import parse_amount
from custobar_formats.notation.names import parse_country, parse_language
from custobar_formats.notation.numbers import parse_written_number
from custobar_formats.notation.phones import PhonePrefix, parse_written_phone
from custobar_formats.notation.truth import parse_truth
from custobar_formats.schema.places import Place

FORMS = ("d.m.y", "y-m-d", "d/m/y", "m/d/y", "d-m-y", "y/m/d", "y.m.d")
FEWEST_RIGHT = 0.75
"""The share of distinct values that a field must take: a few may be wrong, and the report lists them later."""

FEWEST_DATES = 0.5
"""The same for dates, whose notation most other texts do not have."""

DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014") | {"--"}
"""Texts that stand for no value where something else than text is expected."""

UNITS = {"kg": "kg", "kilo": "kg", "g": "g", "gram": "g", "grams": "g", "grammaa": "g", "lb": "lb", "lbs": "lb"}
UNITS |= {"oz": "oz"}
"""Words for the unit of a weight in the names of columns."""

WITH_CITY = re.compile(r"[\s,](?:FI-|S-|SE-)?(?:[0-9]{5}|[0-9]{3} [0-9]{2}),?\s+[^\W\d_]{2,}")
"""A Finnish or Swedish postal code after something else, and a word behind it."""

IsValid = Callable[[str, Place], bool]


@dataclass(frozen=True, slots=True)
class Notation:
    """How the values of a column are written, as the arguments of steps, and whether most of them fit the field."""

    arguments: dict[str, Any] = field(default_factory=dict)
    fits: bool = True
    remark: str = ""


def notation_of(values: Sequence[str], place: Place, is_valid: IsValid) -> Notation:
    """The notation of a column's values."""
    if not values:
        return Notation()
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
        return Notation(arguments)
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
    return Notation(arguments, fits=share >= FEWEST_RIGHT)


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values)


def _truth(values: Sequence[str]) -> Notation:
    words: dict[str, list[str]] = {"true": [], "false": []}
    others: list[str] = []
    for value in values:
        truth = parse_truth(value)
        (others if truth is None else words["true" if truth else "false"]).append(value)
    arguments = {name: found for name, found in words.items() if found}
    remark = f"what does {', '.join(map(repr, others[:3]))} mean?" if others else ""
    return Notation(arguments, fits=bool(arguments) and len(others) <= len(values) / 4, remark=remark)


def _dates(values: Sequence[str]) -> Notation:
    right = {form: sum(map(bool, map(date_parser(form), values))) / len(values) for form in FORMS}
    best = max(right.values())
    forms = [form for form, share in right.items() if share == best]
    if best < FEWEST_DATES:
        return Notation(fits=False, remark="how are its dates written?")
    remark = f"the values do not show whether they are {' or '.join(forms)}" if len(forms) > 1 else ""
    return Notation({"dates": forms[0]}, remark=remark)


def _amounts(values: Sequence[str]) -> Notation:
    for mark in (",", "."):
        right = [value for value in values if parse_amount(value, mark).cents is not None]
        if len(right) >= FEWEST_RIGHT * len(values) and any(mark in value for value in right):
            return Notation({"unit": "major", "decimal": mark}, remark="with or without VAT?")
    with_currency = [each for value in values if (each := parse_written_number(value)) is not None and each.currency]
    if len(with_currency) >= FEWEST_RIGHT * len(values):
        return Notation({"unit": "major"}, remark="with or without VAT?")
    return Notation(fits=False, remark="in cents, or in another unit?")


def _phones(values: Sequence[str]) -> Notation:
    written = [phone for value in values if (phone := parse_written_phone(value)) is not None]
    fits = len(written) >= FEWEST_RIGHT * len(values)
    if any(phone.prefix is PhonePrefix.TRUNK for phone in written):
        return Notation({"country": {"ask": "the country of numbers without a country code, such as FI"}}, fits=fits)
    return Notation({"country": "FI"}, fits=fits) if fits else Notation(fits=False)


def _countries(values: Sequence[str]) -> Notation:
    return _words(values, parse_country)


def _languages(values: Sequence[str]) -> Notation:
    return _words(values, parse_language)


def _words(values: Sequence[str], parse: Callable[[str], str | None]) -> Notation:
    known = {value: code for value in values if (code := parse(value)) is not None and code != value}
    others = [value for value in values if value not in known and parse(value) is None]
    remark = f"what is {', '.join(map(repr, others[:3]))}?" if others else ""
    return Notation({"values": known} if known else {}, fits=len(others) <= len(values) / 4, remark=remark)


def _list(values: Sequence[str]) -> Notation:
    mark = next((mark for mark in (";", "|", ",") if any(mark in value for value in values)), None)
    return Notation({} if mark is None else {"split": mark})


def _weight(column: ExportColumn, read: Notation) -> Notation:
    """A weight with its unit from the column's name, if its values have none."""
    if not any(value[-1:].isdigit() for value in column.values):
        return read
    units = [UNITS[word] for word in re.findall(r"[a-z]+", column.name.casefold()) if word in UNITS]
    if len(units) != 1:
        return replace(read, remark="in which unit?")
    if all(value[-1:].isdigit() for value in column.values):
        return replace(read, arguments={**read.arguments, "suffix": f" {units[0]}"})
    return replace(read, remark="some values have a unit, and others have none")


def _street(column: ExportColumn, read: Notation) -> Notation:
    if any(map(WITH_CITY.search, column.values)):
        return replace(read, remark="some values have a postal code and a city, too")
    return read


def _email(column: ExportColumn, read: Notation) -> Notation:
    if any(value.count("@") > 1 for value in column.values):
        return replace(read, remark="some cells have several addresses")
    return read


REMARKS: dict[str, Callable[[ExportColumn, Notation], Notation]] = {
    "weight": _weight,
    "email": _email,
    "sale_email": _email,
    "street_address": _street,
    "sale_street_address": _street,
}
"""What to look at in the values of a field, beyond whether it takes them."""

_READERS: dict[str, Callable[[Sequence[str]], Notation]] = {
    "date": _dates,
    "datetime": _dates,
    "money": _amounts,
    "phone_number": _phones,
    "country_code": _countries,
    "language_code": _languages,
}
