"""Columns of exports that have several items in one row: numbered columns, or cells with several items.

In: the names of columns, and some of their values. Out: the packed columns. Rule: no mapping takes them apart; an
export with one row per item is the way.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from custobar_formats.core.limits import MAX_LISTED_NAMES
from custobar_formats.core.shown import shown
from custobar_formats.mapping.words import normalised

ADVICE = "export one row for each item"

_STEMS = r"(?:line|order|product|cart|basket)?items?|products?|tuote|tuoterivi|tilausrivi|rivi|artikel|vara|orderrad"
_NUMBERED = re.compile(rf"({_STEMS}|lineitem|tuoterivit)([0-9]+)(.*)")
_NAMES = frozenset(
    {"lineitems", "orderitems", "items", "products", "tuotteet", "tuoterivit", "rivit", "artiklar", "orderrader"}
)
_ITEMS = re.compile(r"\s*\[\s*\{|[^:|;\s]+:[^|;]*[|;]\s*[^:|;\s]+:")
"""A list of objects in JSON, or names with values: ``name:Shirt|sku:12``."""


def packed_columns(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """The packed columns among columns, which have some of their values.

    Example:
        >>> packed_columns({"order_id": [], "line_item_1": [], "line_item_2": []})
        ['line_item_1', 'line_item_2']

    """
    numbers = defaultdict[tuple[str, str], set[str]](set)
    for name in columns:
        match = _NUMBERED.fullmatch(normalised(name))
        if match is not None:
            numbers[match[1], match[3]].add(match[2])
    found = []
    for name, values in columns.items():
        key = normalised(name)
        match = _NUMBERED.fullmatch(key)
        is_numbered = match is not None and (len(numbers[match[1], match[3]]) > 1 or match[1].endswith("item"))
        if is_numbered or (key in _NAMES and any(map(_ITEMS.match, values))):
            found.append(name)
    return found


def packed_message(names: Iterable[str]) -> str:
    """The message about such columns, in one line."""
    listed = list(names)
    more = f" and {len(listed) - MAX_LISTED_NAMES} more" if len(listed) > MAX_LISTED_NAMES else ""
    have = "has" if len(listed) == 1 else "have"
    return f"{', '.join(map(shown, listed[:MAX_LISTED_NAMES]))}{more} {have} several items in one row: {ADVICE}"
