"""The value that the writer of a text meant, for a field of any type.

In: a text that is not valid in a field, and the field's type. Out: a ``Suggestion``, or None. Rule: what spreadsheets
put around a value is removed first; a suggestion with a value means what the text meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from custobar_formats.core.spreadsheet import ERRORS, LIBRE_ERROR, NOTHING, SCIENTIFIC, strip_artefacts, strip_invisible
from custobar_formats.notation.dates import suggest_date
from custobar_formats.notation.emails import suggest_email
from custobar_formats.notation.names import parse_country, parse_language
from custobar_formats.notation.numbers import suggest_money, suggest_number
from custobar_formats.notation.phones import suggest_phone
from custobar_formats.notation.suggestion import Suggestion, Why
from custobar_formats.notation.truth import parse_truth

Suggest = Callable[[str], Suggestion | None]


def _suggest_truth(text: str) -> Suggestion | None:
    value = parse_truth(text)
    return None if value is None else Suggestion("true" if value else "false", True, Why.WORD)


def _suggest_name(parse: Callable[[str], str | None], text: str) -> Suggestion | None:
    code = parse(text)
    return None if code is None else Suggestion(code, True, Why.WORD)


def _suggest_text(text: str) -> Suggestion | None:
    return Suggestion(None, False, Why.LOST_DIGITS) if SCIENTIFIC.fullmatch(text) else None


def _suggest_phone(text: str) -> Suggestion | None:
    return _suggest_text(text) or suggest_phone(text)


PARSERS: dict[str, Suggest] = {
    "boolean": _suggest_truth,
    "integer": partial(suggest_number, integer=True),
    "number": suggest_number,
    "money": suggest_money,
    "date": partial(suggest_date, with_time=False),
    "datetime": partial(suggest_date, with_time=True),
    "email": suggest_email,
    "phone_number": _suggest_phone,
    "country_code": partial(_suggest_name, parse_country),
    "language_code": partial(_suggest_name, parse_language),
    "string": _suggest_text,
}
"""The parsers of the types; a type that is not among them has only texts in the notation of the field itself."""


def unwrap(text: str) -> tuple[str, Why]:
    """The text without what spreadsheets and programs put around it, and what that is.

    Example:
        >>> [(bare, why.name) for bare, why in map(unwrap, ("'00100", "yes "))]
        [('00100', 'WRAPPED'), ('yes', 'OUTER_SPACE')]

    """
    bare = strip_artefacts(text)
    return bare, Why.OUTER_SPACE if text.strip() == bare else Why.INVISIBLE if strip_invisible(
        text
    ) == bare else Why.WRAPPED


def suggest(text: str, type_: str) -> Suggestion | None:
    """The value that a text in a field of a type probably meant; it may still not be valid there.

    Example:
        >>> suggest(" 24,90 ", "money").value, suggest("'TRUE '", "boolean").value, suggest("x", "integer")
        ('2490', 'true', None)

    """
    bare, why = unwrap(text)
    if bare in ERRORS or LIBRE_ERROR.fullmatch(bare):
        return Suggestion(None, False, Why.ERROR)
    if bare in NOTHING:
        return Suggestion(None, False, Why.NOTHING)
    found = PARSERS.get(type_, _suggest_text)(bare)
    if found is not None and found.value in (bare, None):
        return replace(found, why=why) if found.value is not None else found
    if found is None and bare != text and bare:
        return Suggestion(bare, True, why)
    return found
