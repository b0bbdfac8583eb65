"""National telephone numbers to E.164, by the country that they are dialled in.

In: text, and a country's code. Out: the number in E.164, or the reason why there is none. Rules: letters, extensions,
two numbers, and numbers without 0, + or 00 are refused. Source: ITU-T E.164; the plans of countries are those of
libphonenumber.
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from custobar_formats.core.errors import UsageError
from custobar_formats.notation.phone_groups import numbering_plans
from custobar_formats.notation.phones import PhonePrefix, is_without_prefix, parse_written_phone


class Phone(NamedTuple):
    """A number in E.164, or the reason why there is none."""

    number: str | None
    reason: str | None = None


def parse_national_phone(text: str, country: str) -> Phone:
    """The number that a text spells, as it is dialled in a country.

    Raises:
        UsageError: phonenumbers is not installed.

    Example:
        >>> parse_national_phone("040 123 4567", "FI").number, parse_national_phone("08-123 456 78", "SE").number
        ('+358401234567', '+46812345678')

    """
    written = parse_written_phone(text, country)
    if written is None and not is_without_prefix(text):
        return Phone(None, "it is not one telephone number of digits")
    if written is None or written.prefix is PhonePrefix.COUNTRY_CODE:
        return Phone(None, "it begins with neither 0, + nor 00; a spreadsheet may have removed them")
    library = _library()
    digits = f"0{written.digits}" if written.prefix is PhonePrefix.TRUNK else f"+{written.digits}"
    try:
        number = library.parse(digits, country)
    except library.NumberParseException:
        return Phone(None, f"it is not a telephone number of {country}")
    if not library.is_possible_number(number) or (
        written.prefix is PhonePrefix.TRUNK and not library.is_valid_number_for_region(number, country)
    ):
        return Phone(None, f"there is no such number in {country}")
    return Phone(library.format_number(number, library.PhoneNumberFormat.E164))


def is_country(code: str) -> bool:
    """Whether there is a plan of telephone numbers for a country's code."""
    return code in _library().SUPPORTED_REGIONS


def _library() -> ModuleType:
    plans = numbering_plans()
    if plans is None:
        raise UsageError("national telephone numbers need phonenumberslite: pip install 'custobar_formats[fix]'")
    return plans
