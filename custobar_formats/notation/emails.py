"""Parsing of e-mail addresses as mail programs and links write them.

In: text. Out: the bare address, or None. Rule: text with more than one address is no single address.
Source: RFC 5322, 3.4 (a name before the address in angle brackets); RFC 6068 (mailto).
"""

from __future__ import annotations

import re

from custobar_formats.notation.suggestion import Suggestion, Why

_ADDRESS = r"(?:mailto:)?(?P<{}>[^\s<>@,;\"()\[\]\\]+@[^\s<>@,;\"()\[\]\\?]+)"
_WRITTEN = re.compile(
    rf"(?:(?:\"[^\"<>]*\"|[^\"<>@,;]*)\s*<\s*{_ADDRESS.format('named')}\s*>|{_ADDRESS.format('bare')})", re.IGNORECASE
)


def parse_written_email(text: str) -> str | None:
    """The one address that a text holds, without the name and brackets around it or ``mailto:``; or None.

    Example:
        >>> parse_written_email("Matti Meikäläinen <matti@example.com>"), parse_written_email("mailto:a@b.fi")
        ('matti@example.com', 'a@b.fi')
        >>> parse_written_email("a@b.fi, c@d.fi") is None
        True

    """
    match = _WRITTEN.fullmatch(text)
    return None if match is None else match["named"] or match["bare"]


_FAULTS = {
    Why.SEVERAL_EMAILS: re.compile(r"[^\s,;|/]+@[^\s,;|/@]+\.[^\s,;|/@]+[\s,;|/]+[^\s,;|/]+@"),
    Why.SPACE_IN_EMAIL: re.compile(r"\S\s+\S"),
    Why.DOTS_IN_EMAIL: re.compile(r"\.|.*\.[.@]|.*@\.|.*\.\Z"),
    Why.DOMAIN_OF_EMAIL: re.compile(r"[^@]*@[^@]*[!-,/:-?\[-`{-~]"),
}
"""What may be wrong with an address; the first that matches counts."""


def suggest_email(text: str) -> Suggestion | None:
    """The suggestion for an e-mail address, or None.

    Example:
        >>> suggest_email("Matti <a@b.fi>").value, suggest_email("a b@c.fi").why.name, suggest_email("a@b.fi")
        ('a@b.fi', 'SPACE_IN_EMAIL', None)

    """
    address = parse_written_email(text)
    if address is not None and address != text:
        return Suggestion(address, True, Why.AROUND_EMAIL)
    found = next((why for why, fault in _FAULTS.items() if "@" in text and fault.match(text)), None)
    return None if found is None else Suggestion(None, False, found)
