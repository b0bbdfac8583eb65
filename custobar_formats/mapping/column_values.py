"""How the values of a column are written: the arguments of the steps that read them, and what to look at.

In: values, and the place of a field in a schema. Out: a ``Notation``. Rule: most of the values decide; what they leave
open is a remark.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from custobar_formats.core.number_cells import NumberText, unmarked
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.notation.declared_dates import FORMS, date_parser, is_iso_day, parse_iso
from custobar_formats.notation.lists import MARKS, is_in_notation, list_marks
from custobar_formats.notation.money import parse_amount
from custobar_formats.notation.names import parse_country, parse_language
from custobar_formats.notation.numbers import parse_written_number
from custobar_formats.notation.phones import PhonePrefix, parse_written_phone
from custobar_formats.notation.truth import parse_truth
from custobar_formats.schema.places import Place

PARSERS = tuple(map(date_parser, FORMS))

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

TEXTS = (None, "string", "list")
"""Types of fields that take any text, or a list of texts."""

ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);")
TAG = re.compile(r"</?[A-Za-z]")
"""A character as HTML writes it, and the start of a tag of HTML."""

OPEN = "?"
"""What a person has to write in ``values``; a mapping that still has it is refused."""

CAPITALS = re.compile(r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*")
STATES = frozenset({"PENDING", "PROCESSING", "ON-HOLD", "COMPLETE", "COMPLETED", "CANCELLED", "REFUNDED", "FAILED"})
"""What states of sales look like, and those that the presets and the pages about sales name."""

MOST_STATES = 20
"""More different values are no states."""

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
    types, kind = place.types or frozenset(), place.custobar_type
    dashes = [value for value in values if value.strip() in DASHES]
    if dashes and not ("string" in types and kind in (None, "string")):
        arguments["blank"] = dashes
        values = [value for value in values if value not in dashes]
    if kind in TEXTS and _is_escaped(values):
        arguments["unescape"] = "html"
        values = list(map(html.unescape, values))
    if not values:
        return Notation(arguments)
    reader = _READERS.get(kind or "")
    if reader is None and types - {"null"} == {"boolean"}:
        reader = _truth
    if reader is None and place.is_scalar_list:
        reader = _list
    members = tuple(text for node in place.sure if node.members is not None for text in node.members.texts)
    if members:
        reader = partial(_members, members=members)
    share = _share(values, lambda value: is_valid(str(value), place))
    if reader is not None and (share < 1 or (kind == "datetime" and any(map(_is_naive, values)))):
        found = reader(values)
        return replace(found, arguments={**arguments, **found.arguments})
    return Notation(arguments, fits=share >= FEWEST_RIGHT)


def _is_escaped(values: Sequence[str]) -> bool:
    """Whether texts have characters as HTML writes them, are no HTML themselves, and nothing else would change."""
    if any(map(TAG.search, values)) or all(html.unescape(value) == value for value in values):
        return False
    return all(html.unescape(value) == ENTITY.sub(lambda found: html.unescape(found[0]), value) for value in values)


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values)


def _truth(values: Sequence[str]) -> Notation:
    words: dict[str, list[str]] = {"true": [], "false": []}
    others: list[str] = []
    for value in values:
        word = value.strip()
        truth = parse_truth(word)
        (others if truth is None else words["true" if truth else "false"]).append(value if truth is None else word)
    arguments = {name: list(dict.fromkeys(found)) for name, found in words.items() if found}
    remark = f"what does {', '.join(map(repr, others[:3]))} mean?" if others else ""
    return Notation(arguments, fits=bool(arguments) and len(others) <= len(values) / 4, remark=remark)


def _dates(values: Sequence[str]) -> Notation:
    """The forms of days: the one that most values have, or several that most have together.

    Days as the fields take them are read under any form.
    """
    read = {form: {value for value in values if parse(value)} for form, parse in zip(FORMS, PARSERS, strict=True)}
    left = {value for value in values if not _is_moment(value) and not is_iso_day(value)}
    enough = len(values) - FEWEST_RIGHT * len(values)
    forms: list[str] = []
    remarks = []
    while left and (not forms or len(left) > enough):
        counts = {form: len(found & left) for form, found in read.items() if not _contradict(form, forms)}
        best = [form for form, count in counts.items() if count and count == max(counts.values())]
        if not best:
            break
        others = [form for form in best[1:] if read[form] & left == read[best[0]] & left]
        if others:
            remarks.append(f"the values do not show whether they are {' or '.join([best[0], *others])}")
        forms.append(best[0])
        left -= read[best[0]]
    if len(left) > (1 - FEWEST_DATES) * len(values):
        return Notation(fits=False, remark="how are its dates written?")
    if len(forms) > 1:
        unread = f", and {next(value for value in values if value in left)!r} in none of them" if left else ""
        remarks.append(f"they are written in several ways{unread}")
    return Notation({"dates": forms[0] if len(forms) == 1 else forms} if forms else {}, remark="; ".join(remarks))


def _is_moment(value: str) -> bool:
    """Whether a text is a moment with its offset from UTC, which needs no form."""
    moment = parse_iso(value)
    return moment is not None and moment.at.tzinfo is not None


def _contradict(form: str, forms: Sequence[str]) -> bool:
    """Whether a form has the separator of another one, and may read the same text as another day."""
    return any(form != other and {form[1], form[0] == "y"} == {other[1], other[0] == "y"} for other in forms)


def _moments(values: Sequence[str]) -> Notation:
    """The forms of days and times; of times without an offset, the timezone is a question."""
    read = _dates(values)
    if "dates" not in read.arguments or not any(map(_is_naive, values)):
        return read
    zone = {"timezone": {"ask": "the timezone of its times, such as Europe/Helsinki"}}
    remark = "; ".join(filter(None, [read.remark, "its times have no timezone"]))
    return replace(read, arguments={**read.arguments, **zone}, remark=remark)


def _is_naive(value: str) -> bool:
    """Whether a text is a day with a time, without an offset from UTC."""
    return any(moment is not None and moment.has_time for moment in (parse(value) for parse in PARSERS))


def _amounts(values: Sequence[str]) -> Notation:
    has_fractions = any(isinstance(value, NumberText) for value in values)
    values = unmarked(values)
    for mark in (",", "."):
        right = [value for value in values if parse_amount(value, mark).cents is not None]
        if len(right) >= FEWEST_RIGHT * len(values) and any(mark in value for value in right):
            return Notation({"unit": "major", "decimal": mark}, remark="with or without VAT?")
    if has_fractions and sum(parse_amount(value).cents is not None for value in values) >= FEWEST_RIGHT * len(values):
        return Notation({"unit": "major"}, remark="with or without VAT?")
    read = [each for value in values if (each := parse_written_number(value)) is not None]
    if len(read) >= FEWEST_RIGHT * len(values) and any(each.currency for each in read):  # its sign shows the unit
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


def _members(values: Sequence[str], members: Sequence[str]) -> Notation:
    """The few values that a field takes, in place of the words of a column."""
    by_word = {member.casefold(): member for member in members}
    words = {value: by_word.get(value.casefold(), OPEN) for value in values if value not in members}
    return Notation({"values": words}, fits=False, remark=f"the field takes {' or '.join(members)}")


def _state(column: ExportColumn, read: Notation) -> Notation:
    """The state of a sale: Custobar's own plugins send that of the shop, in capitals."""
    if all(map(CAPITALS.fullmatch, column.values)):
        return read
    if len(column.values) > MOST_STATES:
        return replace(read, fits=False, remark="is it a state? they are few, and in capitals")
    words = {}
    for value in column.values:
        state = value.removeprefix("wc-").upper().replace(" ", "-")
        words[value] = state if state in STATES or state == value else OPEN
    return replace(read, arguments={**read.arguments, "values": words}, remark="states are in capitals")


def _list(values: Sequence[str]) -> Notation:
    """The mark that divides the items; commas in lists of a program do not, and a fix reads what has no split."""
    plain = [value for value in values if not is_in_notation(value)]
    found = {mark for value in plain for mark in list_marks(value)}
    marks = [mark for mark in MARKS if mark in found]
    has_program = len(plain) < len(values)
    remarks = ["some cells are lists in the notation of a program"] if has_program else []
    if len(marks) > 1:
        which = f"{', '.join(map(repr, marks[:-1]))} and {marks[-1]!r}"
        remarks.append(f"which of {which} divides the items?")
    is_read = not marks or (has_program and marks == [","])
    return Notation({} if is_read else {"split": marks[0]}, remark="; ".join(remarks))


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
    "sale_state": _state,
    "weight": _weight,
    "email": _email,
    "sale_email": _email,
    "street_address": _street,
    "sale_street_address": _street,
}
"""What to look at in the values of a field, beyond whether it takes them."""

_READERS: dict[str, Callable[[Sequence[str]], Notation]] = {
    "date": _dates,
    "datetime": _moments,
    "money": _amounts,
    "phone_number": _phones,
    "country_code": _countries,
    "language_code": _languages,
}
