"""ECMA-262 patterns, which JSON Schema uses, as functions.

In: a pattern. Out: a function that checks whether a text matches it. Rule: with jsonschema-rs, every pattern without
look-around and back-references takes at most linear time. Source: JSON Schema 2020-12, core, section 6.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import CACHED_PATTERNS
from custobar_formats.core.shown import shown
from custobar_formats.schema.ecma import PYTHON, RUST, respelled


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
    wanted = rust_pattern(pattern)
    try:
        is_valid: Callable[[str], bool] = jsonschema_rs.Draft202012Validator({"pattern": wanted}).is_valid
    except ValueError:
        raise SchemaError(refused_pattern(pattern)) from None

    def matches(text: str) -> bool:
        try:
            return is_valid(text)
        except UnicodeEncodeError:  # half of a surrogate pair, which no text of a file has
            return ecma_pattern(pattern).search(text) is not None

    return matches


def rust_pattern(pattern: str) -> str:
    """The pattern that jsonschema-rs runs as ECMA-262 runs this one.

    Raises:
        SchemaError: the pattern is invalid.

    """
    return respelled(pattern, RUST)


def refused_pattern(pattern: str) -> str:
    """The message about a pattern that jsonschema-rs refuses although it is one of ECMA-262."""
    return f"pattern {shown(pattern)}: jsonschema-rs cannot run it"


@lru_cache(maxsize=CACHED_PATTERNS)
def ecma_pattern(pattern: str) -> re.Pattern[str]:
    """The Python pattern for an ECMA-262 pattern.

    Raises:
        SchemaError: the pattern is invalid, or Python has no equivalent one.

    """
    wanted = respelled(pattern, PYTHON)
    try:
        return re.compile(wanted, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise SchemaError(f"pattern {shown(pattern)}: {error}") from None
