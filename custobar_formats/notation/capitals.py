"""Names in capitals and underscores, such as the types of events, from the other ways in which programs write names.

In: a name. Out: the same words in capitals. Rule: words are divided at spaces, hyphens, points, and before the capitals
of ``camelCase``.
"""

from __future__ import annotations

import re

_DIVIDES = re.compile(r"[\s.-]+|(?<=[a-z0-9])(?=[A-Z][a-z])")


def in_capitals(name: str) -> str:
    """The name in capitals, with underscores between its words.

    Example:
        >>> in_capitals("mailSubscribe"), in_capitals("mail-subscribe"), in_capitals("eur")
        ('MAIL_SUBSCRIBE', 'MAIL_SUBSCRIBE', 'EUR')

    """
    return _DIVIDES.sub("_", name.strip()).upper()
