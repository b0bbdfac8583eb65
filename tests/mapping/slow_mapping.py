"""The slow and obvious way to read a mapping: the oracle of the fast one.

It takes the tables of a mapping as they stand in the file, and the cells of an export; it goes row by row, and through
all rows above where a blank cell takes the value above it. It was written from the description of the steps, shares
nothing with the library, and knows the types of the few fields that the law maps.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

Table = dict[str, Any]

CURRENCIES = {"€": {"EUR"}, "EUR": {"EUR"}, "$": {"USD"}, "USD": {"USD"}}
CURRENCIES |= {"kr": {"SEK", "NOK", "DKK"}, "SEK": {"SEK"}, "NOK": {"NOK"}}
COUNTRIES = {"Suomi": "FI", "Ruotsi": "SE", "Finland": "FI", "FI": "FI", "SE": "SE", "EE": "EE"}
IDENTIFIERS = ("external_id", "sku", "ean", "email", "phone_number")
NO_TEXT = ""


class Unreadable(Exception):
    """A cell has no reading."""


@dataclass
class Row:
    """A row of the export that is a record or should be one: its record, and (column, value) by the wrong field."""

    cells: list[str]
    record: Any = None
    wrong: dict[str, tuple[str, str]] = field(default_factory=dict)


# -- which column is which


def names_of(tables: Table, name: str) -> list[str]:
    return [name, *tables.get("names", {}).get(name, [])]


def plain(name: str) -> str:
    return name.strip().casefold()


def place_of(tables: Table, header: list[str], name: str) -> int | None:
    """The place of the only column of a name; one of that very name comes before those that are alike."""
    for each in names_of(tables, name):
        if each in header:
            return header.index(each)
    for each in names_of(tables, name):
        for place, label in enumerate(header):
            if plain(label) == plain(each):
                return place
    return None


def sources_of(source: Table) -> list[str]:
    return [source["from"]] if "from" in source else source.get("first") or source.get("join") or []


def named_columns(tables: Table) -> set[str]:
    """All columns that a mapping names."""
    named = set(tables.get("need", []))
    for source in tables["columns"].values():
        named.update(sources_of(source))
        if "fill_within" in source:
            named.add(source["fill_within"])
        if "only" in source:
            named.add(source["only"]["column"])
        if isinstance(source.get("country"), dict) and "from" in source["country"]:
            named.add(source["country"]["from"])
    rows = tables.get("rows", {})
    return named | {each["column"] for each in [*rows.get("skip", []), *([rows["end"]] if "end" in rows else [])]}


def others(tables: Table, header: list[str]) -> tuple[list[str], list[str]]:
    """The columns that are kept as they are, and those that are errors."""
    used = {place_of(tables, header, name) for name in named_columns(tables)}
    rest = [label for place, label in enumerate(header) if place not in used]
    ignored = [".*".join(map(re.escape, plain(each).split("*"))) for each in tables.get("ignore", [])]
    rest = [label for label in rest if not any(re.fullmatch(each, plain(label), re.DOTALL) for each in ignored)]
    how = tables.get("unmapped", "error")
    return (rest if how == "keep" else []), (rest if how == "error" else [])


# -- which rows are records


def holds(tables: Table, header: list[str], condition: Table, cells: list[str]) -> bool:
    cell = cells[place_of(tables, header, condition["column"]) or 0]
    is_one = "is" not in condition or cell in as_list(condition["is"])
    return is_one and not ("is_not" in condition and cell in as_list(condition["is_not"]))


# -- the steps


def strip(cell: str, text: str) -> str:
    if cell.startswith(text):
        return cell[len(text) :]
    return cell[: -len(text)] if cell.endswith(text) else cell


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def truth(text: str, source: Table) -> str:
    for value in ("true", "false"):
        if text.casefold() in [word.casefold() for word in as_list(source.get(value, []))]:
            return value
    if text in ("true", "false"):
        return text
    raise Unreadable


def values(text: str, source: Table, *, is_valid: bool) -> str:
    for word, value in source["values"].items():
        if text.casefold() == word.casefold():
            return str(value)
    if source.get("others") == "keep" or text in source["values"].values() or is_valid:
        return text
    raise Unreadable


TIMES = ("", " %H:%M", " %H:%M:%S")
FORMS = {"d.m.y": "%d.%m.%Y", "m/d/y": "%m/%d/%Y", "y-m-d": "%Y-%m-%d", "d/m/y": "%d/%m/%Y"}


def moments(text: str, form: str) -> list[tuple[datetime, bool]]:
    """The moments that a text can be in one notation, each with whether it has a time."""
    forms = [FORMS[form] + time for time in TIMES] if form in FORMS else [form]
    found = []
    for each in forms:
        try:
            found.append((datetime.strptime(text, each), "%H" in each))
        except ValueError:
            continue
    return found


def date(text: str, source: Table, kind: str, *, is_valid: bool) -> str:
    found = {moment for form in as_list(source["dates"]) for moment in moments(text, form)}
    if not found and is_valid:
        return text
    if len(found) != 1:
        raise Unreadable
    ((at, has_time),) = found
    if kind == "date":
        if (at.hour, at.minute, at.second) != (0, 0, 0):
            raise Unreadable
        return f"{at:%Y-%m-%d}"
    if not has_time:
        return f"{at:%Y-%m-%d}"
    if "timezone" not in source or at.tzinfo is not None:
        return at.isoformat()
    zone = ZoneInfo(source["timezone"])
    readings = [at.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    back = [each.astimezone(UTC).astimezone(zone).replace(tzinfo=None) for each in readings]
    if at not in back or len({each.astimezone(UTC) for each in readings}) != 1:
        raise Unreadable
    return readings[0].isoformat()


def cents(text: str, decimal: str | None, currencies: list[set[str]]) -> str:
    text = text.strip()
    found = [name for sign, name in CURRENCIES.items() if text.startswith(sign) or text.endswith(sign)]
    for sign in CURRENCIES:
        text = text.removeprefix(sign).removesuffix(sign).strip()
    minus = text.startswith("-")
    text = text.removeprefix("-").lstrip()
    grouped = re.fullmatch(r"[1-9][0-9]{0,2}(?:[ \xa0][0-9]{3})+([.,][0-9]+)?", text)
    if grouped is not None:
        text = re.sub(r"[ \xa0]", "", text)
    text = "0" + text if text.startswith((",", ".")) else text
    if not re.fullmatch(r"[0-9]+(?:[.,][0-9]+)*", text):
        raise Unreadable
    marks = re.findall("[.,]", text)
    groups = re.split("[.,]", text)
    is_grouped = re.fullmatch("[1-9][0-9]{0,2}", groups[0]) and all(len(group) == 3 for group in groups[1:])
    if decimal is None:
        if len(set(marks)) == 1 and len(marks) == 1 and is_grouped and grouped is None:
            raise Unreadable  # two readings
        decimal = marks[-1] if len(marks) == 1 or len(set(marks)) == 2 else ","
        if len(set(marks)) == 1 and len(marks) > 1:
            decimal = "," if marks[0] == "." else "."
    whole, mark, fraction = text.partition(decimal)
    parts = re.split("[.,]", whole)
    is_whole = len(parts) == 1 or (
        re.fullmatch("[1-9][0-9]{0,2}", parts[0]) is not None and all(len(part) == 3 for part in parts[1:])
    )
    if not is_whole or not re.fullmatch("[0-9]*", fraction) or (mark and not fraction):
        raise Unreadable
    try:
        amount = Decimal("".join(parts) + "." + (fraction or "0")) * 100
    except InvalidOperation:
        raise Unreadable from None
    if amount != amount.to_integral_value():
        raise Unreadable
    if found and currencies and not found[0] & currencies[-1]:
        raise Unreadable
    currencies += [found[0] & currencies[-1] if currencies else found[0]] if found else []
    return str(int(-amount if minus else amount))


def fitting_marks(text: str) -> list[str]:
    """The decimal marks with which a text is an amount."""
    fitting = []
    for mark in ",.":
        try:
            cents(text, mark, [])
        except Unreadable:
            continue
        fitting.append(mark)
    return fitting


def proved(texts: list[str]) -> str | None:
    """The decimal mark that amounts with one reading prove, if they prove only one."""
    marks = set()
    for text in texts:
        try:
            cents(text, None, [])
        except Unreadable:
            continue
        fitting = fitting_marks(text)
        marks.update(fitting if len(fitting) == 1 else [])
    return marks.pop() if len(marks) == 1 else None


def phone(text: str, country: str | None) -> str:
    if re.fullmatch(r"\+[1-9][0-9]{6,14}", text):
        return text
    digits = re.sub(r"[ ()./-]", "", text.replace("(0)", ""))
    if country is None or not re.fullmatch(r"(\+|00|0)[1-9][0-9]*", digits):
        raise Unreadable
    try:
        number = phonenumbers.parse(re.sub("^00", "+", digits), country)
    except phonenumbers.NumberParseException:
        raise Unreadable from None
    is_national = digits.startswith("0") and not digits.startswith("00")
    if is_national and not phonenumbers.is_valid_number_for_region(number, country):
        raise Unreadable
    if not phonenumbers.is_possible_number(number):
        raise Unreadable
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def items_of(text: str, separator: str, *, quoted: bool) -> list[str]:
    """The items of a text, character by character."""
    if not quoted or '"' not in text:
        parts = text.replace("\\" + separator, "\0").split(separator)
        return [part.replace("\0", separator) for part in parts]
    items = []
    while text:
        bare = text.lstrip()
        if bare.startswith('"'):
            item, after = quoted_item(bare[1:])
            rest = after if after.startswith(separator) else after.lstrip()
            if rest and not rest.startswith(separator):
                raise Unreadable
            text = rest[len(separator) :]
        else:
            item, _, text = text.partition(separator)
        items.append(item)
    return items


def quoted_item(text: str) -> tuple[str, str]:
    """An item up to its closing quote, and the text behind that."""
    item = ""
    while text:
        if text.startswith('""'):
            item, text = item + '"', text[2:]
        elif text.startswith('"'):
            return item, text[1:]
        else:
            item, text = item + text[0], text[1:]
    raise Unreadable


def listed(text: str, source: Table) -> Any:
    """The last steps: split, levels, prefix and suffix."""
    items = [text]
    if "split" in source:
        items = [item.strip() for item in items_of(text, source["split"], quoted=source.get("quoted", False))]
    take = source.get("take", "leaf")
    if "levels" in source:
        levels = [items_of(item, source["levels"], quoted=False) for item in items]
        paths = [[level.strip() for level in each if level.strip()] for each in levels]
        chosen = {"leaf": slice(-1, None), "first": slice(1), "all": slice(None)}[take]
        items = [level for path in paths for level in path[chosen]]
    items = [source.get("prefix", "") + item + source.get("suffix", "") for item in items if item]
    if "split" in source or take == "all":
        once = [item for at, item in enumerate(items) if item not in items[:at]]
        return once or NO_TEXT
    return items[0] if items else NO_TEXT


@dataclass
class Reader:
    """Reads the rows of one export."""

    tables: Table
    header: list[str]
    rows: list[list[str]]
    kinds: dict[str, str]
    is_valid: Callable[[str, str], bool]
    currencies: dict[str, list[set[str]]] = field(default_factory=dict)
    marks: dict[str, str | None] = field(default_factory=dict)
    skipped: int = 0

    def place(self, name: str) -> int | None:
        return place_of(self.tables, self.header, name)

    def read(self) -> list[Row]:
        """The rows that are records or should be one."""
        there, ended, conditions = [], False, self.tables.get("rows", {})
        for at, cells in enumerate(self.rows):
            ended = ended or ("end" in conditions and holds(self.tables, self.header, conditions["end"], cells))
            if ended or any(holds(self.tables, self.header, each, cells) for each in conditions.get("skip", [])):
                self.skipped += 1
            else:
                there.append(at)
        for name, source in self.tables["columns"].items():
            if "unit" in source:
                texts = [self.before_unit(at, name, source) for at in there]
                self.marks[name] = source.get("decimal") or proved(texts)
        return [self.row(at) for at in there]

    def before_unit(self, at: int, name: str, source: Table) -> str:
        """The text of an amount; NO_TEXT where there is none, or it cannot be read."""
        steps = ("unit", "decimal", "country", "unescape", "case", "split", "levels", "prefix", "suffix")
        earlier = {step: value for step, value in source.items() if step not in steps}
        return str(self.field(at, name, earlier, Row(self.rows[at])))

    def row(self, at: int) -> Row:
        row = Row(self.rows[at])
        values: dict[str, Any] = {}
        for name, source in self.tables["columns"].items():
            if "constant" not in source and any(self.place(each) is not None for each in sources_of(source)):
                values[name] = self.field(at, name, source, row)
        for label in others(self.tables, self.header)[0]:
            values[label] = self.rows[at][self.header.index(label)]
        for name, source in self.tables["columns"].items():
            holder = name.rpartition(".")[0]
            beside = [value for other, value in values.items() if not holder or other.startswith(f"{holder}.")]
            if "constant" in source and any(beside):
                values[name] = source["constant"]
        row.record = nested({name: value for name, value in values.items() if value != NO_TEXT})
        return row

    def filled(self, at: int, name: str, source: Table) -> str:
        """The cell of a row, or the nearest one above it within the rows that have the same value beside it."""
        place = self.place(name)
        assert place is not None
        if "fill_within" not in source:
            return self.rows[at][place]
        within = self.place(source["fill_within"])
        assert within is not None
        run = self.rows[at][within]
        while at > 0 and run and not self.rows[at][place] and self.rows[at - 1][within] == run:
            at -= 1
        return self.rows[at][place]

    def field(self, at: int, name: str, source: Table, row: Row) -> Any:
        """The value of a field, NO_TEXT where it has none; one that is wrong is noted."""
        columns = [each for each in sources_of(source) if self.place(each) is not None]
        raw = {each: self.filled(at, each, source) for each in columns}
        clean = {each: strip(cell, source["strip"]) if "strip" in source else cell for each, cell in raw.items()}
        clean = {each: NO_TEXT if cell in as_list(source.get("blank", [])) else cell for each, cell in clean.items()}
        if "only" in source and not holds(self.tables, self.header, source["only"], row.cells):
            return NO_TEXT
        there = [each for each, cell in clean.items() if cell]
        if not there:
            return NO_TEXT
        whole = there if "join" in source else there[:1]
        try:
            if "join" in source and name in IDENTIFIERS and len(there) < len(columns):
                raise Unreadable
            text = source.get("with", " ").join(clean[each] for each in whole)
            return self.value(text, name, source, row)
        except Unreadable:
            labels = " + ".join(self.header[self.place(each) or 0] for each in whole)
            row.wrong[name] = (labels, " ".join(raw[each] for each in whole))
            return NO_TEXT

    def value(self, text: str, name: str, source: Table, row: Row) -> Any:
        """The steps on the text of one cell or of a join, in their order."""
        steps: list[tuple[str, Callable[[str], str]]] = [
            ("true", lambda text: truth(text, source)),
            ("values", lambda text: values(text, source, is_valid=self.is_valid(name, text))),
            ("dates", lambda text: date(text, source, self.kinds[name], is_valid=self.is_valid(name, text))),
            ("unit", lambda text: cents(text, self.marks[name], self.currencies.setdefault(name, []))),
            ("country", lambda text: self.phone(text, source["country"], row)),
            ("unescape", html.unescape),
            ("case", lambda text: text.lower() if source["case"] == "lower" else text.upper()),
        ]
        for step, change in steps:
            if text and (step in source or (step == "true" and "false" in source)):
                text = change(text)
        return listed(text, source) if text else NO_TEXT

    def phone(self, text: str, country: Any, row: Row) -> str:
        number = phone(text, self.country(country, row))
        own = self.tables["columns"].get("country", {}) if isinstance(country, str) else {}
        place = self.place(own["from"]) if "from" in own else None
        cell = row.cells[place] if place is not None else ""
        named = own.get("values", {}).get(cell, cell)
        code = COUNTRIES.get(named, named.upper())
        if code in phonenumbers.SUPPORTED_REGIONS and phone(text, code) != number:
            raise Unreadable
        return number

    def country(self, country: Any, row: Row) -> str | None:
        if isinstance(country, str):
            return country.upper()
        place = self.place(country["from"]) if "from" in country else None
        cell = row.cells[place] if place is not None else ""
        return COUNTRIES.get(cell) if cell else country.get("default")


def nested(values: dict[str, Any]) -> Any:
    """The record of values by the paths of their fields; None for none."""
    record: Any = {}
    for name, value in values.items():
        here, keys = record, name.split(".")
        for key in keys[:-1]:
            here = here.setdefault(key, {})
        here[keys[-1]] = value
    return lists_in(record) or None


def lists_in(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    below = {key: lists_in(each) for key, each in value.items()}
    return [below[key] for key in sorted(below)] if below and all(key.isdigit() for key in below) else below
