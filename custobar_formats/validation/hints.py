"""What a wrong text was probably meant to be.

In: a text and what is wanted. Out: a hint in words, with the exact mended value where there is one, or None.
The rule kept here: a hint suggests; it never changes anything.
"""

from __future__ import annotations

import re
from datetime import date

from custobar_formats.core.limits import MAX_HINT_CHARS
from custobar_formats.core.scalars import INTEGER, NUMBER
from custobar_formats.text.artefacts import ERROR_HINT, ERRORS, LOST_HINT, SCIENTIFIC

BOOLEANS = {"yes": "true", "on": "true", "1": "true", "y": "true", "kyllä": "true", "tosi": "true", "true": "true"}
BOOLEANS |= {"no": "false", "off": "false", "0": "false", "n": "false", "ei": "false", "epätosi": "false"}
BOOLEANS |= {"false": "false"}


def hint_for(text: str, types: frozenset[str] | None, custobar_type: str | None) -> str | None:
    """A hint for a text that is not of the type wanted."""
    if len(text) > MAX_HINT_CHARS:
        return None
    if text != text.strip():
        return f"there is white space around it: {text.strip()!r}?"
    if text in ERRORS:
        return ERROR_HINT
    if custobar_type in ("phone_number", "string") and SCIENTIFIC.fullmatch(text):
        return LOST_HINT
    if custobar_type == "phone_number":
        return _phone_number(text)
    if custobar_type in ("country_code", "language_code"):
        return CODES_MEANT.get(text.casefold(), {}).get(custobar_type) or FORMS[custobar_type]
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
    "country_code": "write the two letters of ISO 3166, such as FI",
    "language_code": "write the two small letters of ISO 639-1, such as fi",
    "day_of_year": "write it as MM/DD, such as 05/01",
}


PHONE_FORM = "write it as E.164: +, the country code, the number, digits only, such as +358401234567"


def _phone_number(text: str) -> str:
    digits = re.sub(r"[\s().\-/]", "", text)
    if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits, re.ASCII):
        return f"digits only: {digits}"
    if re.fullmatch(r"00[1-9][0-9]{6,14}", digits, re.ASCII):
        return f"write + in place of 00: +{digits[2:]}"
    if re.fullmatch(r"0[1-9][0-9]{4,11}", digits, re.ASCII):
        return f"write + and the country code in place of the 0, which in Finland is +358{digits[1:]}"
    if re.fullmatch(r"358[1-9][0-9]{4,11}", digits, re.ASCII):
        return f"write a + before it: +{digits}"
    return PHONE_FORM


def _money(text: str) -> str:
    text = re.sub(r"\s*(?:€|EUR|eur|\$|kr|SEK)\Z|\A(?:€|\$)\s*", "", text)
    spaceless = re.sub(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))", "", text)  # between thousands
    match = re.fullmatch(r"(-?)([0-9]+)[.,]([0-9]{1,2})", spaceless, re.ASCII)
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
    for pattern, order in DATES:
        match = re.fullmatch(pattern, text, re.ASCII)
        if match is None:
            continue
        year, month, day = (int(match[place]) for place in order)
        try:
            meant = date(year, month, day).isoformat()
        except ValueError:
            return "there is no such day" + ("; write it as YYYY-MM-DD" if order == (3, 2, 1) else "")
        if match[4] is not None and int(match[4]) > 23:
            break
        if match[4] is None or custobar_type == "date":
            return f"write it as YYYY-MM-DD: {meant}?"
        return f"write it as YYYY-MM-DDThh:mm:ss: {meant}T{int(match[4]):02}:{match[5]}:{match[6] or '00'}?"
    if re.fullmatch(r"[2-6][0-9]{4}", text, re.ASCII):
        meant = date.fromordinal(FIRST_DAY + int(text)).isoformat()
        return f"a spreadsheet's number of a day; write it as YYYY-MM-DD: {meant}?"
    form = "YYYY-MM-DD" if custobar_type == "date" else "YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
    return f"write it as {form} (ISO 8601)"


TIME = r"(?:[ T](?:klo )?([0-9]{1,2})[:.]([0-5][0-9])(?:[:.]([0-5][0-9]))?)?\s*"
DATES = (
    (rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){TIME}", (3, 2, 1)),
    (rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){TIME}", (1, 2, 3)),
)
"""Dates as they are written in Finland, and ISO 8601 without its zeros; the places of year, month and day."""

FIRST_DAY = date(1899, 12, 30).toordinal()
"""Day 0 of spreadsheets, from which they count days (the dates of 1900 before March apart)."""

CODES_MEANT: dict[str, dict[str, str]] = {
    name: {"country_code": f"write {country}?", "language_code": f"write {language}?"}
    for country, language, names in (
        ("FI", "fi", "fi fin suomi finland finnish"),
        ("SE", "sv", "se sv swe ruotsi sverige sweden svenska swedish"),
        ("NO", "no", "no nor norja norge norway norsk norwegian"),
        ("DK", "da", "dk da dnk tanska danmark denmark dansk danish"),
        ("EE", "et", "ee et est viro eesti estonia estonian"),
        ("DE", "de", "de deu saksa deutschland germany deutsch german"),
        ("GB", "en", "gb uk en gbr englanti england english"),
    )
    for name in names.split()
}
"""Names of countries and languages that exports to Custobar are seen to have, and the codes for them."""
