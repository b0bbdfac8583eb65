"""Parsing of truth values in English, Finnish and Swedish.

In: text. Out: true, false, or None. Rule: it reads only words and digits that mean the same in every export.
"""

from __future__ import annotations

TRUTH_WORDS = {
    **dict.fromkeys(["yes", "on", "1", "1.0", "y", "t", "kyllä", "tosi", "ja", "sant", "true"], True),
    **dict.fromkeys(["no", "off", "0", "0.0", "n", "f", "ei", "epätosi", "nej", "falskt", "false"], False),
}
"""Words for truth values, in lower case."""


def parse_truth(text: str) -> bool | None:
    """The truth value that a text spells, in any case, or None.

    Example:
        >>> parse_truth("TOSI"), parse_truth("Ei"), parse_truth("x")
        (True, False, None)

    """
    return TRUTH_WORDS.get(text.casefold())
