"""The shapes of records: those with the same shape need the same labels.

In: a record. Out: its shape, a value that can be compared. Rule: two records with the same shape have the same keys,
and never a value, an object and a list at one path.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from custobar_formats.core.scalars import is_empty

SCALARS: Set[type] = {str, int, float, bool, type(None)}


def shape_of(record: Any) -> Any:
    """The shape of a record; None if it cannot be written."""
    try:
        return _object_shape(record) if isinstance(record, dict) else None
    except RecursionError:
        return None


def _object_shape(value: Mapping[Any, Any]) -> Any:
    shapes = [(key, _shape(member)) for key, member in value.items() if type(member) not in SCALARS]
    return frozenset(value), frozenset([pair for pair in shapes if pair[1] is not None])


def _shape(value: Any) -> Any:
    """The shape of a member; lists whose items all have one shape are alike, and an empty member is like a scalar."""
    if not isinstance(value, (dict, list, Mapping)) or is_empty(value):
        return None
    if not isinstance(value, list):
        return _object_shape(value)
    shapes = [_shape(item) for item in value]
    return ("list", shapes[0]) if len(set(shapes)) == 1 else ("list", *shapes)
