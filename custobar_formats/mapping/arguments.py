"""The arguments of a mapping's steps: their names, and which values they can have.

In: the name of an argument and its value, from a file or from an answer. Out: the value in the form that the steps use.
Rule: what cannot be meant is refused, with what the argument takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from custobar_formats.core.errors import UsageError
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown

Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    """Whether a value is text."""
    return isinstance(value, str)


def are_texts(value: Any) -> bool:
    """Whether a value is a list of at least one text."""
    return isinstance(value, list) and bool(value) and all(map(is_text, value))


def is_text_or_texts(value: Any) -> bool:
    """Whether a value is text, or a list of at least one."""
    return is_text(value) or are_texts(value)


def _is_filled(value: Any) -> bool:
    return is_text(value) and value != ""


def _are_words(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(is_text, [*value, *value.values()]))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_country(value: Any) -> bool:
    is_source = isinstance(value, dict) and value.keys() in ({"from"}, {"default"}, {"from", "default"})
    return is_text(value) or (is_source and all(map(is_text, value.values())))


def _one_of(*words: str) -> Check:
    return lambda value: value in words


ARGUMENTS: dict[str, tuple[Check, str]] = {
    "with": (is_text, "text"),
    "fill_within": (is_text, "the name of a column"),
    "only": (_is_table, 'a table such as { column = "A", is_not = "" }'),
    "optional": (_is_flag, "true or false"),
    "strip": (_is_filled, "text"),
    "blank": (is_text_or_texts, "a list of texts"),
    "true": (is_text_or_texts, "a list of texts"),
    "false": (is_text_or_texts, "a list of texts"),
    "values": (_are_words, "a table of texts"),
    "others": (_one_of("error", "keep"), '"error" or "keep"'),
    "dates": (is_text_or_texts, 'text such as "d.m.y"'),
    "timezone": (is_text, 'text such as "Europe/Helsinki"'),
    "unit": (_one_of("major"), '"major"'),
    "decimal": (_one_of(".", ","), '"." or ","'),
    "country": (_is_country, 'text such as "FI", or a table such as { from = "Country", default = "FI" }'),
    "unescape": (_one_of("html"), '"html"'),
    "case": (_one_of("lower", "upper"), '"lower" or "upper"'),
    "split": (_is_filled, "text"),
    "quoted": (_is_flag, "true or false"),
    "levels": (_is_filled, "text"),
    "take": (_one_of("leaf", "first", "all"), '"leaf", "first" or "all"'),
    "prefix": (is_text, "text"),
    "suffix": (is_text, "text"),
}
"""The arguments of a field beside its source: a check, and what it asks for."""

NEEDS = {
    "with": "join",
    "others": "values",
    "timezone": "dates",
    "decimal": "unit",
    "quoted": "split",
    "take": "levels",
}
"""Arguments that mean nothing without another one."""

NOT_ASKED = ("only", "optional", "quoted", "values")
"""Arguments that take no text, so that no answer could give one."""

LISTED = ("blank", "true", "false", "dates")


def checked_argument(name: str, value: Any) -> Any:
    """The value of an argument; a text that may be a list is one.

    Raises:
        UsageError: the argument does not take it.

    """
    check, wanted = ARGUMENTS[name]
    if not check(value):
        raise UsageError(f"it must be {wanted}, not {shown(value)}")
    if name in LISTED:
        value = (value,) if isinstance(value, str) else tuple(value)
    if name == "values" and "?" in value.values():
        word = next(word for word, meant in value.items() if meant == "?")
        raise UsageError(f'write what {shown(word)} stands for in place of "?", or take it out')
    if name in ("true", "false", "values") and "" in value:
        raise UsageError("a blank cell stays blank: remove the blank text")
    return value


def check_names(table: Mapping[Any, Any], known: Iterable[str]) -> None:
    """Check that a table has only known names.

    Raises:
        UsageError: another name, with the nearest known one.

    """
    names = tuple(known)
    for name in table:
        if name not in names:
            close = near(str(name), names)
            hint = f"did you mean {close!r}?" if close is not None else f"use {', '.join(names)}"
            raise UsageError(f"{shown(name)} is unknown: {hint}")
