"""The arguments of a field beside its source: what each of them must be.

In: an argument as a mapping file or an answer gives it. Out: the argument as the steps take it. Rule: one of the wrong
kind is refused, wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import shown

Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    """Whether it is text."""
    return isinstance(value, str)


def are_texts(value: Any) -> bool:
    """Whether it is a list of texts, at least one."""
    return isinstance(value, list) and bool(value) and all(map(is_text, value))


def is_text_or_texts(value: Any) -> bool:
    """Whether it is text, or a list of texts."""
    return is_text(value) or are_texts(value)


def _is_some_text(value: Any) -> bool:
    return is_text(value) and value != ""


def _are_words(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(is_text, [*value, *value.values()]))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _one_of(*words: str) -> Check:
    return lambda value: value in words


ARGUMENTS: dict[str, tuple[Check, str]] = {
    "with": (is_text, "text"),
    "fill_within": (is_text, "the name of a column"),
    "only": (lambda value: isinstance(value, dict), 'a table such as { column = "A", is_not = "" }'),
    "optional": (_is_flag, "true or false"),
    "strip": (_is_some_text, "text"),
    "blank": (is_text_or_texts, "a list of texts"),
    "true": (is_text_or_texts, "a list of texts"),
    "false": (is_text_or_texts, "a list of texts"),
    "values": (_are_words, "a table of texts"),
    "others": (_one_of("error", "keep"), '"error" or "keep"'),
    "dates": (is_text_or_texts, 'text such as "d.m.y"'),
    "timezone": (is_text, 'text such as "Europe/Helsinki"'),
    "unit": (_one_of("major"), '"major"'),
    "decimal": (_one_of(".", ","), '"." or ","'),
    "country": (lambda value: is_text(value) or isinstance(value, dict), 'text such as "FI", or a table'),
    "unescape": (_one_of("html"), '"html"'),
    "case": (_one_of("lower", "upper"), '"lower" or "upper"'),
    "split": (_is_some_text, "text"),
    "quoted": (_is_flag, "true or false"),
    "levels": (_is_some_text, "text"),
    "take": (_one_of("leaf", "first", "all"), '"leaf", "first" or "all"'),
    "prefix": (is_text, "text"),
    "suffix": (is_text, "text"),
}
"""A check of each argument, and what it asks for."""

NEEDS = {
    "with": "join",
    "others": "values",
    "timezone": "dates",
    "decimal": "unit",
    "quoted": "split",
    "take": "levels",
}
"""Arguments that mean nothing without another one."""


def checked_argument(key: str, value: Any) -> Any:
    """The argument as the steps take it: a list of texts where several texts are allowed.

    Raises:
        UsageError: it is of the wrong kind.

    Example:
        >>> checked_argument("dates", "d.m.y"), checked_argument("decimal", ",")
        (('d.m.y',), ',')

    """
    check, wanted = ARGUMENTS[key]
    if not check(value):
        raise UsageError(f"it must be {wanted}, not {shown(value)}")
    if key in ("blank", "true", "false", "dates"):
        return (value,) if isinstance(value, str) else tuple(value)
    return value
