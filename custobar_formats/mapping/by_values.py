"""The field of a column whose name means nothing, by values that can only be one thing.

In: values. Out: a field of an entity, or None. Rule: every value shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from custobar_formats.core.entities import Entity
from custobar_formats.notation.emails import parse_written_email
from custobar_formats.notation.gtin import all_have_check_digits
from custobar_formats.notation.phones import PhonePrefix, parse_written_phone

FEWEST_CODES = 3
"""Fewer numbers may have the check digits of an EAN by chance: one in ten does."""

_IMAGE = re.compile(r"https?://\S+\.(?:avif|gif|jpe?g|png|webp)(?:\?\S*)?", re.IGNORECASE)


def _are_emails(values: Sequence[str]) -> bool:
    return all("@" in value and parse_written_email(value) is not None for value in values)


def _are_phones(values: Sequence[str]) -> bool:
    written = [parse_written_phone(value) for value in values]
    return all(phone is not None and phone.prefix is PhonePrefix.PLUS for phone in written)


def _are_codes(values: Sequence[str]) -> bool:
    return len(values) >= FEWEST_CODES and all_have_check_digits(values)


def _are_images(values: Sequence[str]) -> bool:
    return all(map(_IMAGE.fullmatch, values))


_TESTS: tuple[tuple[Callable[[Sequence[str]], bool], dict[Entity, str]], ...] = (
    (_are_emails, {"customers": "email", "sales": "sale_email", "events": "email", "shops": "email"}),
    (
        _are_phones,
        {
            "customers": "phone_number",
            "sales": "sale_phone_number",
            "events": "phone_number",
            "shops": "phone_number",
        },
    ),
    (_are_codes, {"products": "ean", "events": "product_ean"}),
    (_are_images, {"products": "image"}),
)


def field_of_values(values: Sequence[str], entity: Entity) -> str | None:
    """The field that values can only be of; None if there is none.

    Example:
        >>> field_of_values(["maija@example.fi", "pekka@example.fi"], "customers")
        'email'
        >>> field_of_values(["6411700000018", "4006381333931", "73513537"], "products") is None
        True

    """
    if not values:
        return None
    return next((fields[entity] for test, fields in _TESTS if entity in fields and test(values)), None)
