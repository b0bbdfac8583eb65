"""ECMA-262 patterns, which JSON Schema uses, in Python.

In: a pattern. Out: a function that checks whether a text matches it. Rule: with jsonschema-rs, every pattern takes at
most linear time. Source: ECMA-262, 22.2.2 (patterns); JSON Schema 2020-12, core, section 6.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import CACHED_PATTERNS
from custobar_formats.core.shown import shown

ECMA_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""The characters of ``\\s`` in ECMA-262 (22.2.2.9); ``\\d``, ``\\w`` and ``\\b`` are ASCII, as under ``re.ASCII``."""

ECMA_TOKEN = re.compile(r"\\u\{[0-9A-Fa-f]+\}|\\c[A-Za-z]|\\k<\w+>|\\.|\[\^?|\]|\$|\(\?<(?![=!])", re.DOTALL)


@lru_cache(maxsize=CACHED_PATTERNS)
def pattern_matcher(pattern: str) -> Callable[[str], bool]:
    """A function that checks whether a text matches an ECMA-262 pattern; in linear time with jsonschema-rs.

    Raises:
        SchemaError: the pattern is invalid.

    """
    try:
        import jsonschema_rs
    except ImportError:
        regex = ecma_pattern(pattern)
        return lambda text: regex.search(text) is not None
    try:
        is_valid: Callable[[str], bool] = jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid
    except ValueError:
        raise SchemaError(f"{shown(pattern)} is not a valid ECMA-262 pattern") from None

    def matches(text: str) -> bool:
        try:
            return is_valid(text)
        except UnicodeEncodeError:  # half of a surrogate pair, which no text of a file has
            return ecma_pattern(pattern).search(text) is not None

    return matches


@lru_cache(maxsize=CACHED_PATTERNS)
def ecma_pattern(pattern: str) -> re.Pattern[str]:
    """The Python pattern for an ECMA-262 pattern.

    Raises:
        SchemaError: Python has no equivalent pattern.

    """
    in_class = False

    def translate(match: re.Match[str]) -> str:
        nonlocal in_class
        token = match[0]
        if token[0] == "[" and not in_class:
            in_class = True
        elif token == "]":
            in_class = False
        elif token[0] == "[":
            return "\\" + token
        elif token[0] == "\\":
            return _escape(token, in_class)
        elif not in_class:
            return {"$": r"\Z", "(?<": "(?P<"}[token]
        return token

    try:
        return re.compile(ECMA_TOKEN.sub(translate, pattern), re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise SchemaError(f"pattern {shown(pattern)}: {error}") from None


def _escape(token: str, in_class: bool) -> str:
    if token == r"\s":
        return ECMA_SPACE if in_class else f"[{ECMA_SPACE}]"
    if token == r"\S" and not in_class:
        return f"[^{ECMA_SPACE}]"
    if token.startswith(r"\u{"):
        return re.escape(chr(int(token[3:-1], 16)))
    if token.startswith(r"\c") and len(token) == 3:
        return re.escape(chr(ord(token[2]) % 32))
    if token.startswith(r"\k<"):
        return f"(?P={token[3:-1]})"
    return "/" if token == r"\/" else token
