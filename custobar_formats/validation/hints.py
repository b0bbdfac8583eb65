"""Hints: sentences about what the writer of an invalid text probably meant.

In: a ``Suggestion``, or None, and the expected type. Out: a sentence, with the exact value if it is known, or None.
Rule: ``notation`` finds the value; this module has only the words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from custobar_formats.core.limits import MAX_HINT_CHARS
from custobar_formats.core.number_cells import NumberText
from custobar_formats.core.scalars import format_scalar
from custobar_formats.notation.money import ROUND
from custobar_formats.notation.suggest import PARSERS, suggest
from custobar_formats.notation.suggestion import Suggestion, Why
from custobar_formats.text.artefacts import ERROR_HINT, LOST_HINT, NOTHING_HINT

PHONE_FORM = "write it in E.164 form: +, country code and number, digits only, such as +358401234567"

FORMS = {
    "boolean": "write true or false",
    "integer": "write digits only",
    "number": "write a number such as 1.5",
    "money": "write the amount in cents, such as 2490 for 24.90",
    "date": "write it as YYYY-MM-DD",
    "datetime": "write it as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ",
    "phone_number": PHONE_FORM,
    "email": "an e-mail address has one @ and a domain with a dot",
    "country_code": "write the two-letter code of ISO 3166, such as FI",
    "language_code": "write the two-letter code of ISO 639-1 in lower case, such as fi",
    "day_of_year": "write it as MM/DD, such as 05/01",
    "as text": "send it as text",
}
"""How a type is written, where no exact value is known; ``as text`` is for numbers in its place."""

WITH_VALUE = {
    Why.OUTER_SPACE: "remove the white space around it: {!r}?",
    Why.INVISIBLE: "remove the invisible characters around it: {!r}",
    Why.WRAPPED: "remove what a spreadsheet or program put around it: {}",
    Why.WORD: "write {}",
    Why.DECIMAL_COMMA: "use a decimal point: {}",
    Why.SPACES: "remove the spaces: {}",
    Why.THOUSANDS: "write it without marks between thousands: {}",
    Why.MINUS: "write the minus of the keyboard: {}",
    Why.PLUS: "remove the plus sign: {}",
    Why.ZEROS_AT_START: "remove the zeros at the start: {}",
    Why.EXPONENT: "write it without an exponent: {}",
    Why.POINT: "write digits on both sides of the point, or none: {}",
    Why.IN_CENTS: "write {}?",
    Why.DATE: "write {}?",
    Why.DAY_NUMBER: "this is a spreadsheet's day number; write {}?",
    Why.DIGITS_ONLY: "digits only: {}",
    Why.TRUNK_ZERO: "leave out the 0 after the country code: {}",
    Why.AROUND_EMAIL: "write the address alone: {}",
    Why.NO_PLUS: "put a + before it: {}",
    Why.ZEROS: "replace 00 with +: {}",
    Why.AS_TEXT: 'send it as text: "{}"',
    Why.CAPITALS: "write it in capitals: {!r}",
    Why.UNDERSCORES: "write underscores between the words: {!r}",
    Why.CAPITALS_AND_UNDERSCORES: "write it in capitals, with underscores between the words: {!r}",
}

WITHOUT_VALUE = {
    Why.TRUNK: "replace the 0 with + and the country code, in Finland: {}",
    Why.TWO_READINGS: "it can be {}",
    Why.TWO_DIGIT_YEAR: "the year has two digits, so the order of day, month and year is not certain",
    Why.NO_SUCH_DAY: "there is no such day",
    Why.NO_SUCH_DAY_EITHER: "there is no such day; write it as YYYY-MM-DD",
    Why.TIME_OF_DAY: "only a day is expected, without a time: which one it is may depend on the timezone",
    Why.NOT_WHOLE: "write a whole number",
    Why.PARTS_OF_A_CENT: f"it has parts of a cent: {ROUND}",
    Why.CENTS_OR_UNITS: "it may be cents, or an amount in the currency's unit: write cents, as a whole number",
    Why.LOST_DIGITS: LOST_HINT,
    Why.SHORTENED: "a spreadsheet has shortened it and lost digits; export the column as text",
    Why.SIMILAR: "did you mean {!r}?",
    Why.SEVERAL_EMAILS: "give one address only",
    Why.SPACE_IN_EMAIL: "an e-mail address has no spaces",
    Why.DOTS_IN_EMAIL: "no part of an e-mail address begins or ends with a dot, and no two dots follow each other",
    Why.DOMAIN_OF_EMAIL: "after the @, an e-mail address has only letters, digits, hyphens and dots",
    Why.TOO_MANY_DIGITS: "it has {} digits; a phone number has at most 15, with its country code",
    Why.ERROR: ERROR_HINT,
    Why.NOTHING: NOTHING_HINT,
}


NEEDS_FORM = (Why.TWO_READINGS, Why.PARTS_OF_A_CENT, Why.TWO_DIGIT_YEAR, Why.TIME_OF_DAY)
"""Reasons after which the hint goes on with the form of the type."""


def type_for_hints(types: frozenset[str] | None, custobar_type: str | None) -> str:
    """The type that a text is read as for a hint: Custobar's name for it, or that of JSON Schema."""
    if custobar_type in FORMS or custobar_type in PARSERS:
        return str(custobar_type)
    scalars = (types or frozenset()) - {"null"}
    if scalars == {"boolean"}:
        return "boolean"
    if scalars and scalars <= {"integer", "number"}:
        return "number" if "number" in scalars else "integer"
    return "string"


class Advice(NamedTuple):
    """The parts of a hint: a suggestion, if there is one, and the type that was expected."""

    suggestion: Suggestion | None
    type_: str


def advise(value: Any, types: frozenset[str] | None, custobar_type: str | None) -> Advice | None:
    """The advice about a scalar that is not of the expected type; None for a long text, which is no simple slip."""
    type_, text = type_for_hints(types, custobar_type), format_scalar(value)
    if len(text) > MAX_HINT_CHARS:
        return None
    suggestion = suggest(text, type_)
    if suggestion is not None and suggestion.why is Why.TWO_READINGS and not isinstance(value, str):
        suggestion = suggest(NumberText(text).unmarked, type_)  # the point of a JSON number is a decimal point
    return Advice(suggestion, type_)


def sentence(suggestion: Suggestion | None, type_: str) -> str | None:
    """The hint that a suggestion gives, or how the type is written; None for text without a suggestion."""
    form = FORMS.get(type_)
    if suggestion is None:
        return form
    if suggestion.value is not None:
        is_whole = suggestion.why is Why.DECIMAL_COMMA and "." not in suggestion.value
        words = WITH_VALUE[Why.WORD if is_whole else suggestion.why].format(suggestion.value)
        return f"{words}?" if suggestion.why is Why.WORD and type_ != "boolean" else words
    words = WITHOUT_VALUE.get(suggestion.why, form or "").format(" or ".join(suggestion.readings))
    return f"{words}; {form}" if form and suggestion.why in NEEDS_FORM else words or None


def list_sentence(suggestion: Suggestion, label: str) -> str:
    """The hint about a list in the notation of a programming language, in a column."""
    if suggestion.why is Why.NOTHING:
        return "leave the cell blank if there are no items, and leave out items without a value"
    if suggestion.why is Why.NEEDS_COLUMNS:
        return f"give one column for each item: {label}.0, {label}.1"
    shown = f": {suggestion.value}" if suggestion.value is not None else ""
    return f"write the items with commas between them, and nothing else{shown}"
