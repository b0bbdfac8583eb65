"""A small and slow reader of what people and programs write in cells; it shares nothing with the library.

In: the text of a cell, and the kind of its field. Out: all that it may mean, as the text that Custobar reads as that.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction

TRUE = ["yes", "on", "1", "1.0", "y", "t", "kyllä", "tosi", "ja", "sant", "true"]
FALSE = ["no", "off", "0", "0.0", "n", "f", "ei", "epätosi", "nej", "falskt", "false"]
COUNTRIES = {"suomi": "FI", "finland": "FI", "fin": "FI", "ruotsi": "SE", "sverige": "SE", "viro": "EE", "norge": "NO"}
LANGUAGES = {"suomi": "fi", "finska": "fi", "finnish": "fi", "ruotsi": "sv", "svenska": "sv", "englanti": "en"}
SPACES = " \t\r\n\u00a0\u202f\u2009"
UNSEEN = "\u00ad\u200b\ufeff"
Meanings = set[str]


def bare_forms(text: str) -> Meanings:
    """A text, and the same without what a program or a person has put around it, layer by layer."""
    forms = {text}
    for _ in range(4):
        for form in tuple(forms):
            forms.add(form.strip(SPACES + UNSEEN))
            if form.startswith('="') and form.endswith('"'):
                forms.add(form[2:-1].replace('""', '"'))
            elif form[:1] == form[-1:] and form[:1] in ("'", '"') and len(form) > 1:
                forms.add(form[1:-1])
            if form.startswith("'"):
                forms.add(form[1:])
    return forms


def numbers(text: str) -> set[Fraction]:
    """The numbers that a text may be."""
    found = set()
    sign = -1 if text[:1] in "-−–" else 1
    digits = text.lstrip("+-−–")
    for space in (*SPACES, "'", "’"):
        if re.fullmatch(rf"[0-9]{{1,3}}({re.escape(space)}[0-9]{{3}})+([.,][0-9]+)?", digits):
            digits = digits.replace(space, "")
    for decimal, group in (",.", ".,"):
        whole, mark, part = digits.partition(decimal)
        if group in part or decimal in part:
            continue
        if re.fullmatch(r"[0-9]*", whole) or re.fullmatch(rf"[0-9]{{1,3}}(\{group}[0-9]{{3}})+", whole):
            joined = whole.replace(group, "")
            if (joined + part).isdecimal():
                found.add(sign * Fraction(f"{joined or '0'}.{part or '0'}"))
    return found


def mark_of(text: str) -> str:
    """The decimal mark of a number; blank if it has none, or may have either."""
    found = set()
    for form in bare_forms(text):
        if re.fullmatch(r"[+-]?[0-9]*\.[0-9]+|[+-]?[0-9]{1,3}(,[0-9]{3})*\.[0-9]+", form):
            found.add(".")
        if re.fullmatch(r"[+-]?[0-9]*,[0-9]+|[+-]?[0-9]{1,3}([. \u00a0][0-9]{3})*,[0-9]+", form):
            found.add("," if len(numbers(form)) == 1 else "")
    return found.pop() if len(found) == 1 else ""


def cents(text: str) -> Meanings:
    """The cents of the amounts in the currency's unit that a text may be."""
    plain = re.sub(r"\s?(€|EUR|kr)\Z", "", text)
    return {str(int(each * 100)) for each in numbers(plain) if (each * 100).denominator == 1}


def days(text: str, order: str | None = None) -> Meanings:
    """The days, with or without a time, that a text may be; in one order of day and month, or in both."""
    day, _, time = text.replace("T", " ").replace(",", "").partition(" ")
    clock = re.fullmatch(r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2}))?", time)
    if time and clock is None:
        return set()
    end = f"T{int(clock[1]):02}:{clock[2]}:{clock[3] or '00'}" if clock is not None else ""
    parts = [int(part) for part in re.split("[-/.]", day) if part.isdecimal()]
    if len(parts) != 3:
        return set()
    orders = [parts] if parts[0] > 999 else []
    if not orders and parts[2] > 999:
        orders = [parts[::-1]] if "." in day or order == "dmy" else [[parts[2], *parts[:2]]]
        orders = orders if "." in day or order else [parts[::-1], [parts[2], *parts[:2]]]
    found = set()
    for each in orders:
        try:
            found.add(date(*each).isoformat() + end)
        except ValueError:
            continue
    return found


def phones(text: str) -> Meanings:
    """The numbers, with their country code, that a text may be."""
    plain = re.sub(r"\(0\)", "", text)
    plain = re.sub(rf"[{SPACES}().-]", "", plain)
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    return {plain} if re.fullmatch(r"\+[1-9][0-9]{6,14}", plain) else set()


def lists(text: str) -> Meanings:
    """The items that a text may be, with commas between them."""
    inner = text.strip(SPACES)
    if inner[:1] == "[" and inner[-1:] == "]":
        inner = inner[1:-1]
        items = [item.strip(SPACES) for item in inner.split(",")]
        if all(len(item) > 1 and item[0] == item[-1] and item[0] in "'\"" for item in items):
            return {",".join(item[1:-1] for item in items)}
        return set()
    return {form for each in decoded(inner) for form in (",".join(item.strip(SPACES) for item in each.split(",")),)}


def truths(text: str) -> Meanings:
    """True or false, if a text is a word for it."""
    return {"true"} if text.casefold() in TRUE else {"false"} if text.casefold() in FALSE else set()


def decoded(text: str) -> Meanings:
    """A text, and what it was before it was encoded as UTF-8 twice."""
    try:
        return {text, text.encode("windows-1252").decode("utf-8")}
    except UnicodeError:
        return {text}


def _plain_number(text: str) -> Meanings:
    return {format(float(each), "g") if each.denominator > 1 else str(int(each)) for each in numbers(text)}


READERS: dict[str, Callable[[str], Meanings]] = {
    "boolean": truths,
    "consent": truths,
    "number": _plain_number,
    "integer": _plain_number,
    "money": lambda text: {*_plain_number(text), *cents(text)},
    "date": days,
    "phone": phones,
    "country": lambda text: {COUNTRIES.get(text.casefold(), text)},
    "language": lambda text: {LANGUAGES.get(text.casefold(), text.lower())},
    "list": lists,
    "code": lambda text: {text, text.removesuffix(".0")},
    "text": decoded,
}


def meanings(kind: str, text: str) -> Meanings:
    """All that a text may mean in a field of a kind."""
    forms = bare_forms(text) if kind != "list" else {text, *bare_forms(text)}
    return set(itertools.chain.from_iterable(READERS[kind](form) for form in forms))
