"""Hints: what the writer of an invalid text probably meant.

In: a text and the expected type. Out: a hint, with the exact value if it is known, or None. Rules: a hint suggests and
changes nothing; ``notation`` parses the text, and this module has only the words.
"""

from __future__ import annotations

from custobar_formats.core.limits import MAX_HINT_CHARS
from custobar_formats.core.scalars import INTEGER, NUMBER, format_scalar
from custobar_formats.notation.dates import parse_serial_day, parse_written_date
from custobar_formats.notation.names import parse_country, parse_language
from custobar_formats.notation.numbers import NumberNotation, parse_cents, parse_written_number, strip_currency
from custobar_formats.notation.phones import PhonePrefix, parse_written_phone
from custobar_formats.notation.truth import parse_truth
from custobar_formats.text.artefacts import ERROR_HINT, ERRORS, LOST_HINT, SCIENTIFIC


def hint_for(text: str, types: frozenset[str] | None, custobar_type: str | None) -> str | None:
    """A hint for a text that is not of the expected type."""
    if len(text) > MAX_HINT_CHARS:
        return None
    if text != text.strip():
        return f"remove the white space around it: {text.strip()!r}?"
    if text in ERRORS:
        return ERROR_HINT
    if custobar_type in ("phone_number", "string") and SCIENTIFIC.fullmatch(text):
        return LOST_HINT
    if custobar_type == "phone_number":
        return _phone_number(text)
    if custobar_type in ("country_code", "language_code"):
        code = parse_country(text) if custobar_type == "country_code" else parse_language(text)
        return f"write {code}?" if code else EXPECTED_FORMS[custobar_type]
    if custobar_type == "money":
        return _money(text)
    if custobar_type in ("date", "datetime"):
        return _date(text, custobar_type)
    if custobar_type in EXPECTED_FORMS:
        return EXPECTED_FORMS[custobar_type]
    if types and types <= {"integer", "number"}:
        return _number(text, "integer" in types)
    if types == frozenset({"boolean"}):
        meant = parse_truth(text)
        return "write true or false" if meant is None else f"write {format_scalar(meant)}"
    return None


EXPECTED_FORMS = {
    "email": "an e-mail address has one @ and a domain with a dot",
    "country_code": "write the two letters of ISO 3166, such as FI",
    "language_code": "write the two small letters of ISO 639-1, such as fi",
    "day_of_year": "write it as MM/DD, such as 05/01",
}


PHONE_FORM = "write it in E.164 form: +, country code and number, digits only, such as +358401234567"


def _phone_number(text: str) -> str:
    phone = parse_written_phone(text)
    if phone is None:
        return PHONE_FORM
    if phone.prefix is PhonePrefix.PLUS:
        return f"digits only: +{phone.digits}"
    if phone.prefix is PhonePrefix.ZEROS:
        return f"replace 00 with +: +{phone.digits}"
    if phone.prefix is PhonePrefix.TRUNK:
        return f"replace the 0 with + and the country code, in Finland: +358{phone.digits}"
    return f"put a + before it: +{phone.digits}"


def _money(text: str) -> str:
    cents = parse_cents(text)
    return f"write {cents}?" if cents else _number(strip_currency(text), integer=True) or "write digits only"


def _number(text: str, integer: bool) -> str | None:
    written = parse_written_number(text)
    if written is None:
        if INTEGER.fullmatch(text) or NUMBER.fullmatch(text):
            return "write a whole number" if integer and "." in text else None
        return "write digits only" if integer else "write a number such as 1.5"
    if written.notation is NumberNotation.SCIENTIFIC:
        lost = "a spreadsheet has shortened it and lost digits; export the column as text"
        return lost if integer or "," in text else None
    if written.notation is NumberNotation.DECIMAL_COMMA:
        return f"use a decimal point: {written.number}"
    if written.notation is NumberNotation.SPACES:
        return f"remove the spaces: {written.number}"
    return f"remove the sign or leading zeros: {written.number}"


def _date(text: str, custobar_type: str) -> str:
    written = parse_written_date(text)
    if written is not None and written.day is None:
        return "there is no such day" + ("; write it as YYYY-MM-DD" if written.form == "d.m.y" else "")
    if written is not None and written.hour < 24:
        if written.time is None or custobar_type == "date":
            return f"write {written.day}?"
        return f"write {written.day}T{written.time}?"
    day = parse_serial_day(text)
    if day is not None:
        return f"this is a spreadsheet's day number; write {day}?"
    form = "YYYY-MM-DD" if custobar_type == "date" else "YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
    return f"write it as {form}"
