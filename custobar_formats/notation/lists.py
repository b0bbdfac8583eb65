"""Parsing of lists in the notation of a programming language, where a cell should hold its items with commas between.

In: the text of a cell, or the items of a list. Out: the items that were meant, or None. Rule: a text in brackets is a
list only as a whole, so that [sale] is an item.
Sources: RFC 8259, section 5; the Python Language Reference, section 6.2.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from custobar_formats.notation.suggestion import Suggestion, Why

_STRING = r"""\"(?:[^"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"""
_ITEM = rf"\s*(?:{_STRING}|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|True|False|None)\s*"
_ARRAY = re.compile(rf"\s*\[(?:{_ITEM}(?:,{_ITEM})*|\s*)\]\s*")
_ITEMS = re.compile(rf"{_STRING}|[^\s,\[\]]+")
_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?:,|\Z)')
_CONSTANTS = {"null": None, "None": None}

MARKS = (";", "|", "\n", ",")
"""What divides the items of a list in a cell, the surest first: a comma is in texts, too."""

_REFERENCE = re.compile(r"&#?\w+;")
"""A character reference of HTML, whose semicolon divides nothing."""

Items = list[str | None]
"""Texts; None for null."""


def without_references(text: str) -> str:
    """A text without its character references of HTML."""
    return _REFERENCE.sub("", text)


def list_marks(text: str) -> list[str]:
    """The marks in a text that may divide items, the surest first.

    Example:
        >>> list_marks("VIP, uutis;x"), list_marks("K&ouml;k")
        ([';', ','], [])

    """
    bare = without_references(text.strip())
    return [mark for mark in MARKS if mark in bare]


def is_in_notation(text: str) -> bool:
    """Whether a text is a list as a program writes it: as ``parse_list_notation`` reads it, or with words in brackets.

    Example:
        >>> is_in_notation('["vip"]'), is_in_notation("[vip, news]"), is_in_notation("[sale]")
        (True, True, False)

    """
    bare = text.strip()
    in_brackets = bare[:1] + bare[-1:] in ("[]", "{}") and (bool(list_marks(bare)) or bare[1:2] in ("'", '"'))
    return in_brackets or parse_list_notation(text) is not None


def parse_list_notation(text: str) -> Items | None:
    """The items of a list in JSON or Python, or in which every item is in double quotes; None for any other text.

    Example:
        >>> parse_list_notation("['a', 'b']"), parse_list_notation('"vip","news"'), parse_list_notation("[sale]")
        (['a', 'b'], ['vip', 'news'], None)

    """
    if not may_be_list_notation(text):
        return None
    if text.lstrip().startswith("["):
        return [_item(item) for item in _ITEMS.findall(text)] if _ARRAY.fullmatch(text) else None
    items: Items = []
    end = 0
    while True:
        match = _QUOTED.match(text, end)
        if match is None:
            return None
        items.append(match[1].replace('""', '"'))
        end = match.end()
        if end == len(text):
            return None if match[0].endswith(",") else items


def may_be_list_notation(text: str) -> bool:
    """Whether a text begins and ends as a list in such a notation: a quick check.

    Example:
        >>> may_be_list_notation("[sale]"), may_be_list_notation("vip,news")
        (True, False)

    """
    bare = text.strip()
    return bare[:1] + bare[-1:] in ("[]", '""') and len(bare) > 1


def _item(token: str) -> str | None:
    if token[0] not in "\"'":
        return _CONSTANTS.get(token, token)
    body = re.sub(r"\\x([0-9a-fA-F]{2})", r"\\u00\1", token[1:-1].replace("\\'", "'"))
    if token[0] == "'":
        body = re.sub(r'\\.|"', lambda match: '\\"' if match[0] == '"' else match[0], body)
    try:
        return str(json.loads(f'"{body}"'))
    except ValueError:  # an escape that JSON lacks
        return token[1:-1]


def suggest_list(items: Items) -> Suggestion:
    """The suggestion for a list in such a notation: its items with commas between them, if that stands for them.

    Example:
        >>> suggest_list(["vip", "news"]).value, suggest_list([]).value, suggest_list(["a,b"]).value
        ('vip,news', None, None)

    """
    if not items or None in items:
        return Suggestion(None, False, Why.NOTHING)
    texts = [item or "" for item in items]
    joined = ",".join(texts)
    if not all(texts) or any("," in text or text != text.strip() for text in texts) or parse_list_notation(joined):
        return Suggestion(None, False, Why.NEEDS_COLUMNS)
    return Suggestion(joined, True, Why.LIST)


def joined_chars(items: Sequence[str]) -> int:
    """The number of characters of items that are joined with commas.

    Example:
        >>> joined_chars(["vip", "news"])
        8

    """
    return sum(map(len, items)) + len(items) - 1


def is_list_notation(items: Sequence[str]) -> bool:
    """Whether items, joined with commas, would be read as a list in such a notation.

    Example:
        >>> is_list_notation(["[1", "2]"]), is_list_notation(["[sale]"])
        (True, False)

    """
    return bool(items) and items[0].lstrip()[:1] in ("[", '"') and parse_list_notation(",".join(items)) is not None
