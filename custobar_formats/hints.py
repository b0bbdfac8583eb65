"""What a wrong text was probably meant to be.

In: a text and what is wanted. Out: a hint in words, with the exact mended value where there is one, or None.
The rule kept here: a hint suggests; it never changes anything.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from custobar_formats.values import INTEGER, NUMBER

MAX_HINTED = 100
"""Characters of a text that a hint is looked for: no longer one is a slip of a few."""

NEAR = 0.72
"""How alike two names must be (difflib's ratio) for one to be suggested for the other."""

BOOLEANS = {"yes": "true", "on": "true", "1": "true", "y": "true", "kyllä": "true", "tosi": "true", "true": "true"}
BOOLEANS |= {"no": "false", "off": "false", "0": "false", "n": "false", "ei": "false", "epätosi": "false"}
BOOLEANS |= {"false": "false"}


@lru_cache(maxsize=4096)
def near(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that another was probably meant to be: alike but for case and punctuation, or by a slip."""
    names = {_plain(candidate): candidate for candidate in known}
    plain = _plain(name)
    if plain in names:
        return names[plain]
    from difflib import get_close_matches

    found = get_close_matches(plain, list(names), 1, NEAR)
    return names[found[0]] if found else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def hint_for(text: str, types: frozenset[str] | None, custobar_type: str | None) -> str | None:
    """A hint for a text that is not of the type wanted."""
    if len(text) > MAX_HINTED:
        return None
    if text != text.strip():
        return f"there is white space around it: {text.strip()!r}?"
    if custobar_type == "money":
        return _money(text)
    if custobar_type in ("date", "datetime"):
        return _date(text, custobar_type)
    if custobar_type in FORMS:
        return FORMS[custobar_type]
    if types and types <= {"integer", "number"}:
        return _number(text, "integer" in types)
    if types == frozenset({"boolean"}):
        meant = BOOLEANS.get(text.casefold())
        return f"write {meant}" if meant else "write true or false"
    return None


FORMS = {
    "email": "an e-mail address has one @ and a domain with a dot",
    "phone_number": "write it as E.164: +, the country code, the number, digits only, such as +358401234567",
    "country_code": "write the two letters of ISO 3166, such as FI",
    "language_code": "write the two small letters of ISO 639-1, such as fi",
    "day_of_year": "write it as MM/DD, such as 05/01",
}


def _money(text: str) -> str:
    match = re.fullmatch(r"(-?)([0-9]+)[.,]([0-9]{1,2})", text, re.ASCII)
    if match:
        cents = (match[2] + match[3].ljust(2, "0")).lstrip("0") or "0"
        return f"write {match[1]}{cents}?"
    return _number(text, integer=True) or "write digits only"


def _number(text: str, integer: bool) -> str | None:
    if re.fullmatch(r"[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]+", text):
        lost = "a spreadsheet has shortened it and lost digits; export the column as text"
        return lost if integer or "," in text else None
    if re.fullmatch(r"-?[0-9]+,[0-9]+", text):
        return f"write a decimal point: {text.replace(',', '.')}"
    spaceless = re.sub(r"\s", "", text)
    if spaceless != text and NUMBER.fullmatch(spaceless):
        return f"leave the spaces out: {spaceless}"
    zeroless = re.sub(r"^([+]|-?)0*(?=[0-9])", lambda match: match[1].replace("+", ""), text)
    if zeroless != text and NUMBER.fullmatch(zeroless):
        return f"without a sign or leading zeros: {zeroless}"
    if INTEGER.fullmatch(text) or NUMBER.fullmatch(text):
        return "write a whole number" if integer and "." in text else None
    return "write digits only" if integer else "write a number such as 1.5"


def _date(text: str, custobar_type: str) -> str:
    match = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(.*)", text, re.ASCII)
    if match and not match[4].strip():
        try:
            meant = date(int(match[3]), int(match[2]), int(match[1])).isoformat()
        except ValueError:
            return "there is no such day; write it as YYYY-MM-DD"
        return f"write it as YYYY-MM-DD: {meant}?"
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        return "there is no such day"
    form = "YYYY-MM-DD" if custobar_type == "date" else "YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
    return f"write it as {form} (ISO 8601)"
