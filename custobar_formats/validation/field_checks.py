"""The warnings about the text of single fields: what their values should look like, although others are read as well.

In: text. Out: whether a warning may be due for some of a block's texts, and the warning about one text. Rule: as in
``text/checks``, if the quick check finds nothing, there is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial

from custobar_formats.core.findings import cut
from custobar_formats.core.limits import CACHED_NAMES, MAX_SHOWN_CHARS
from custobar_formats.core.paths import Path
from custobar_formats.core.shown import quoted
from custobar_formats.core.spreadsheet import ERRORS, LIBRE_ERROR, SCIENTIFIC, strip_artefacts
from custobar_formats.notation.gtin import LENGTHS, all_have_check_digits, has_check_digit
from custobar_formats.notation.lists import parse_list_notation, without_references
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.text.artefacts import (
    ERROR_HINT,
    LOST_HINT,
    MAY_BE_SCIENTIFIC,
    NOTHING_HINT,
    SEPARATOR,
    Joint,
    TextWarning,
    is_odd,
)
from custobar_formats.text.checks import TextCheck

GTIN_LENGTHS = {12: 13, 11: 13, 7: 8}
"""The number of digits of an EAN without its first zeros, and with them; an EAN of two zeros is a UPC of one."""

PLACEHOLDERS = ("-", "--", "ei tiedossa", "Ei tiedossa", "okänd", "Okänd", "unknown", "Unknown")
"""What people write in the place of a name or an address that they do not know; ``may_be_placeholder`` knows them."""

EVENT_TYPES: tuple[str, ...] = ("BROWSE", "BASKET_ADD", "ORDER_SHIPPED", "SENTIMENT", "MAIL_SUBSCRIBE")
EVENT_TYPES += ("MAIL_UNSUBSCRIBE", "MAIL_OPEN", "MAIL_CLICK", "SMS_SUBSCRIBE", "SMS_UNSUBSCRIBE")
"""Custobar's own types; an account may have others. Source: https://developers.custobar.com/events.html"""

ALIKE = 0.8
"""How similar (difflib's ratio) a type must be to one of Custobar's to be suggested: SMS and WEB_SUBSCRIBE are not."""


def may_have_lost_zero(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    """Whether some of the texts have as many digits as an EAN without its first zeros: a quick check."""
    return not GTIN_LENGTHS.keys().isdisjoint(map(len, text.split(SEPARATOR)))


def lost_zero_warning(text: str) -> TextWarning | None:
    """A warning about an EAN that has lost its first zeros, by its check digit."""
    length = GTIN_LENGTHS.get(len(text))
    if length is None or not (text.isascii() and text.isdecimal()) or not has_check_digit(text):
        return None
    message = f"an EAN has {length} digits; a spreadsheet may have dropped a zero at the start"
    whole = text.zfill(length)
    if len(text) == 12:
        message = "a UPC has 12 digits, and the same number as an EAN 13, with a zero at the start"
    same = "; use the same form everywhere" if len(text) == 12 else ""
    if len(text) == 11:
        same = f", which is the UPC {text.zfill(12)}"
    return message, f"the check digit fits {whole}{same}"


FULL_LENGTHS = {"zip_code": (5,), "sale_zip_code": (5,), "ean": (8, 13), "product_ean": (8, 13)}
"""The numbers of digits of codes that have surely lost no zero."""


def may_be_decimal(text: str, joint: Joint) -> bool:
    """Whether some of the text may be a code that was written as a decimal number: a quick check."""
    return text.endswith(".0") or pattern_matcher(f"[.]0[{joint.mark}]")(text)


def decimal_warning(text: str, lengths: Sequence[int]) -> TextWarning | None:
    """A warning about a code that a program has written as a decimal number, or None."""
    digits = text.removesuffix(".0")
    if digits == text or not (digits.isascii() and digits.isdecimal()):
        return None
    hint = f"write {digits}" if len(digits) in lengths else "write the digits alone, with their zeros at the start"
    return "a program has written the code as a decimal number; it is kept", hint


def _decimal_check(field: str | None = None) -> TextCheck:
    lengths = FULL_LENGTHS.get(field or "", ())
    return TextCheck("spreadsheet-artefact", may_be_decimal, partial(decimal_warning, lengths=lengths))


def may_be_lost(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    """Whether some of the texts may be no identifier any more: a quick check."""
    return "#" in text or "Err:5" in text or ("+" in text and MAY_BE_SCIENTIFIC.search(text) is not None)


def lost_identifier_warning(text: str) -> TextWarning | None:
    """The message about an identifier that a spreadsheet has shortened or replaced with an error, or None."""
    bare = strip_artefacts(text)
    if bare in ERRORS or LIBRE_ERROR.fullmatch(bare):
        return f"{bare} is a spreadsheet error, not an identifier", ERROR_HINT
    if SCIENTIFIC.fullmatch(bare):
        return f"{bare} is a number that a spreadsheet has shortened; others become the same identifier", LOST_HINT
    return None


def may_begin_with_space(text: str, joint: Joint) -> bool:
    """Whether some of the texts begin with a space: a quick check."""
    return text.startswith(" ") or pattern_matcher(joint.begins)(text)


def leading_space_warning(text: str, what: str = "identifier") -> TextWarning | None:
    """A warning about an identifier or an item that begins with a space: it does not match the same one without."""
    if text[:1] != " " or text.isspace():
        return None
    bare = text.strip()
    return f"the {what} begins with white space; it is kept", "remove it" if is_odd(bare) else f"remove it: {bare!r}"


_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.000")


def may_be_grouped(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    """Whether some of the texts may be a number with a point between thousands: a quick check."""
    return ".000" in text


def grouped_warning(text: str) -> TextWarning | None:
    """A warning about an integer with three zeros after a point, which may stand between thousands."""
    if _GROUPED.fullmatch(text) is None:
        return None
    few, many = text.removesuffix(".000"), text.replace(".", "")
    return f"{text} is read as {few}; with a point between thousands, it is {many}", f"write {few} or {many}"


_DIVIDED = re.compile(r"[^;|]*[^;|\s]\s*[;|]\s*[^;|\s].*", re.DOTALL)


def may_be_divided(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    """Whether some of the texts may be items with another separator than a comma: a quick check."""
    return ";" in text or "|" in text


def divided_warning(text: str) -> TextWarning | None:
    """A warning about a joined list of one item, in which a semicolon or a pipe divides words."""
    bare = without_references(text)
    if "," in text or _DIVIDED.fullmatch(bare) is None:
        return None
    mark = ";" if ";" in bare else "|"
    items = ",".join(item.strip() for item in text.split(mark) if item.strip())
    alone = f"if {mark!r} divides items, write {items}" if bare == text and not {";", "|"} <= set(text) else None
    return f"the list has one item, {quoted(cut(text, MAX_SHOWN_CHARS))}; commas alone divide items", alone


def may_be_list(text: str, joint: Joint) -> bool:
    """Whether some of the texts may be a list in the notation of a programming language: a quick check."""
    if joint.mark == '"':  # JSON as it stands, where a quote within a text has a backslash
        return pattern_matcher(r'"\[')(text)
    return "[" in text or '"' in text


def list_warning(text: str) -> TextWarning | None:
    """A warning about a text that is a list in such a notation, where a text and a list are valid."""
    if text != text.strip() or parse_list_notation(text) is None:
        return None
    return "the text is a list in the notation of a program; it is read as one text", LIST_HINT


_PROGRAMS_LIST = re.compile(r"""\s*\[\s*["'].*|.*["']\s*\]\s*|\s*\{\s*["'].*\}\s*""", re.DOTALL)


def may_be_programs_list(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    """Whether some of the texts may be an object of JSON, or a part of a list of JSON or Python: a quick check."""
    return "[" in text or "]" in text or "{" in text


def programs_list_warning(text: str) -> TextWarning | None:
    """A warning about a joined list that is an object, or a part of a list, in the notation of a program."""
    if _PROGRAMS_LIST.fullmatch(text) is None or parse_list_notation(text) is not None:
        return None
    message = "the list is in the notation of a program; it is read as it stands"
    return message, "write the items with commas between them"


def may_be_placeholder(text: str, joint: Joint) -> bool:
    """Whether some of the texts may be a word for an unknown value: a quick check."""
    dashes = f"[{joint.mark}]--?[{joint.mark}]"
    return text.startswith("-") or text.endswith("-") or pattern_matcher(f"{dashes}|i tiedossa|känd|nknown")(text)


def placeholder_warning(text: str) -> TextWarning | None:
    """A warning about a text that people write where they do not know the value."""
    return (f"{quoted(text)} stands for no value; it is kept", NOTHING_HINT) if text in PLACEHOLDERS else None


_FOR_A_LETTER = re.compile(r"\?\w")
"""A question mark where no sentence ends: a spreadsheet writes it for a character that its encoding lacks."""


def may_have_lost_letter(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    """Whether some of the texts have a question mark: a quick check."""
    return "?" in text


def lost_letter_warning(text: str) -> TextWarning | None:
    """A warning about a question mark in the place of a letter."""
    if _FOR_A_LETTER.search(text) is None:
        return None
    return "a letter was lost: a question mark stands in its place", "export the data again, in UTF-8"


def may_have_wrong_check_digit(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    """Whether some of the texts may be an EAN whose check digit does not fit: a quick check."""
    return not all_have_check_digits([code for code in text.split(SEPARATOR) if code])


def check_digit_warning(text: str) -> TextWarning | None:
    """A warning about an EAN whose last digit does not fit the others; text of another length has one by its form."""
    if len(text) not in (*LENGTHS, *GTIN_LENGTHS) or not (text.isascii() and text.isdecimal()) or has_check_digit(text):
        return None
    return "the last digit does not fit the others: a digit is wrong or missing; compare it with the product", None


@lru_cache(maxsize=CACHED_NAMES)
def event_type_warning(text: str) -> TextWarning | None:
    """A warning about an event type that looks like one of Custobar's."""
    meant = meant_event_type(text)
    return None if meant is None else (f"{quoted(text)} is not one of Custobar's own types", f"did you mean {meant!r}?")


def meant_event_type(text: str) -> str | None:
    """The type of Custobar's own that another one looks like, or None."""
    if text in EVENT_TYPES:
        return None
    from difflib import SequenceMatcher

    words = sorted(word for word in text.split("_") if word != "TO")
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(text)
    best, alike = "", ALIKE
    for known in EVENT_TYPES:
        matcher.set_seq1(known)
        looks = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)  # each at least as large as the next
        if sorted(known.split("_")) == words:
            best, alike = known, 1.0
        elif _may_mean(text, known) and all(look() >= alike for look in looks):
            best, alike = known, matcher.ratio()
    return best or None


def _may_mean(text: str, known: str) -> bool:
    """Whether a type does not name another channel, nor the opposite: nobody unsubscribes who wanted to subscribe."""
    channel, _, what = known.partition("_")
    if not what.endswith("SUBSCRIBE"):
        return True
    return channel in text and ("UNSUB" in text) == what.startswith("UN")


def _always(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    return True


LOST_ZERO = TextCheck("lost-zero", may_have_lost_zero, lost_zero_warning)
CHECK_DIGIT = TextCheck("wrong-check-digit", may_have_wrong_check_digit, check_digit_warning)

GROUPED = TextCheck("spreadsheet-artefact", may_be_grouped, grouped_warning)
"""The check of integers in CSV; a text of JSON comes from a program, which puts no point between thousands."""

DIVIDED = TextCheck("doubtful-list", may_be_divided, divided_warning)
"""The check of joined lists in CSV."""

PROGRAMS_LIST = TextCheck("doubtful-list", may_be_programs_list, programs_list_warning)
"""The check of joined lists in CSV that are no list in such a notation as a whole, which is an error."""

PLACEHOLDER = TextCheck("spreadsheet-artefact", may_be_placeholder, placeholder_warning)

LOST_LETTER = TextCheck("lost-character", may_have_lost_letter, lost_letter_warning)
"""The check of names and addresses in CSV; JSON has all letters."""

ITEM_SPACE = TextCheck("outer-whitespace", may_begin_with_space, partial(leading_space_warning, what="item"))
"""The check of items of lists in JSON; in CSV, a space after every comma is common, and column names have it, too."""

LOST_IDENTIFIER = TextCheck("lost-identifier", may_be_lost, lost_identifier_warning)
"""The check of texts that records are found by: with the same one, they overwrite each other. It is an error."""

IDENTIFIER_CHECKS = (
    LOST_IDENTIFIER,
    TextCheck("outer-whitespace", may_begin_with_space, leading_space_warning),
    _decimal_check(),
    PLACEHOLDER,
)
PLACEHOLDER_CHECKS = (PLACEHOLDER,)
LIST_HINT = "give a list in JSON, or in CSV a column for each item"
LIST_IN_TEXT = (TextCheck("doubtful-list", may_be_list, list_warning),)
"""The check of fields that take a text or a list."""

RAW_CHECKS = (IDENTIFIER_CHECKS, PLACEHOLDER_CHECKS, LIST_IN_TEXT)
"""The checks whose quick looks at JSON as it stands preclude a warning."""

PERSONAL = ("first_name", "last_name", "street_address", "city")
NAMES = {("customers", (field,)) for field in (*PERSONAL, "email")}
"""Fields in which nobody writes a question mark before a letter."""

IDENTIFIERS = {
    "customers": ("external_id", "canonical_id", "shop_id"),
    "products": ("external_id", "sku", "shop_id"),
    "sales": ("sale_external_id", "external_id", "sale_customer_id", "sale_shop_id", "product_id", "product_sku"),
    "events": ("customer_id", "product_id", "sale_id"),
    "shops": ("external_id",),
}
"""Fields by which a record is found again, or another one."""

FIELD_CHECKS: dict[tuple[str | None, Path], tuple[TextCheck, ...]] = {
    **{(entity, (field,)): IDENTIFIER_CHECKS for entity, fields in IDENTIFIERS.items() for field in fields},
    **{("customers", (field,)): PLACEHOLDER_CHECKS for field in PERSONAL},
    ("customers", ("zip_code",)): (_decimal_check("zip_code"), PLACEHOLDER),
    ("sales", ("sale_zip_code",)): (_decimal_check("sale_zip_code"), PLACEHOLDER),
    ("products", ("category",)): LIST_IN_TEXT,
    ("products", ("category_id",)): LIST_IN_TEXT,
    ("products", ("stock", "*", "shop_id")): IDENTIFIER_CHECKS,
    ("products", ("ean",)): (LOST_IDENTIFIER, LOST_ZERO, CHECK_DIGIT, _decimal_check("ean")),
    ("events", ("product_ean",)): (LOST_IDENTIFIER, LOST_ZERO, CHECK_DIGIT, _decimal_check("product_ean")),
    ("events", ("type",)): (TextCheck("similar-value", _always, event_type_warning),),
}
"""The checks of single fields; ``*`` is every index."""


def field_checks(entity: str | None, path: Path) -> tuple[TextCheck, ...]:
    """The checks of the field at a path."""
    return FIELD_CHECKS.get((entity, tuple("*" if isinstance(part, int) else part for part in path)), ())
