"""Records to paths and their texts.

In: a record. Out: its leaves, and its empty members. Rule: a key that no label can express is refused.
Source: https://www.custobar.com/docs/api/data-import-formats/ (nested fields in CSV).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from custobar_formats.core.arguments import no_record
from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.limits import MAX_CELL, MAX_COLUMNS, MAX_DEPTH, MAX_DIGITS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import format_scalar, is_empty
from custobar_formats.core.shown import shown
from custobar_formats.schema.places import Place

Record = dict[str, Any]

EMPTY_ITEM = "an empty list item cannot be written, since later items would move up; remove it from the list"

TOO_MANY_COLUMNS = "more than {:,} columns, which cannot be read back"

Leaf = tuple[Path, str | list[str]]
"""A path and its text, or the texts of a list that may be joined in one cell."""


class Flattener:
    """Flattens records to leaves; a record's empty members are listed separately."""

    def __init__(self, root: Place | None) -> None:
        self._root = root

    def flatten(self, record: Any, number: int | None) -> tuple[list[Leaf], list[tuple[Path, str]]]:
        """The leaves of a record, and its empty members with their kinds.

        Raises:
            NotExpressible: a value is not a JSON value, a list item is empty, the nesting is too deep, or it takes more
                columns than can be read back.

        """
        if not isinstance(record, Mapping):
            raise NotExpressible(no_record(record), number, "")
        self._number = number
        self._leaves: list[Leaf] = []
        self._empty: list[tuple[Path, str]] = []
        self.paths: list[Path] = []
        self._object(record, (), self._root)
        return self._leaves, self._empty

    def _refuse(self, reason: str, path: Path) -> NotExpressible:
        return NotExpressible(reason, self._number, format_pointer(path))

    def _object(self, value: Mapping[Any, Any], path: Path, place: Place | None) -> None:
        if len(path) >= MAX_DEPTH:
            raise self._refuse(f"it is nested more than {MAX_DEPTH} levels deep", path)
        for key, member in value.items():
            if not isinstance(key, str):
                raise self._refuse(f"the key {shown(key)} is not text", (*path, key))
            key = str.__str__(key)  # not a subclass, such as an enumeration's
            below = (*path, key)
            if self._is_empty(member, below):
                self._empty.append((below, empty_kind(member)))
                self.paths.append(below)
            else:
                self._value(member, below, place.step(key) if place is not None else None)

    def _is_empty(self, value: Any, path: Path) -> bool:
        try:
            return is_empty(value)
        except RecursionError:
            raise self._refuse(f"it is nested more than {MAX_DEPTH} levels deep", path) from None

    def _value(self, value: Any, path: Path, place: Place | None) -> None:
        if isinstance(value, Mapping):
            self._object(value, path, place)
        elif isinstance(value, list):
            self._list(value, path, place)
        else:
            self._add(path, self._text(value, path, place))

    def _list(self, value: list[Any], path: Path, place: Place | None) -> None:
        if len(path) >= MAX_DEPTH:
            raise self._refuse(f"it is nested more than {MAX_DEPTH} levels deep", path)
        may_join = place is not None and place.is_scalar_list
        if len(value) > MAX_COLUMNS and not (may_join and 2 * len(value) - 1 <= MAX_CELL):
            raise self._too_many(value, path, may_join)
        for index, item in enumerate(value):
            if self._is_empty(item, (*path, index)):
                raise self._refuse(EMPTY_ITEM, (*path, index))
        if place is not None and may_join and not any(isinstance(item, (Mapping, list)) for item in value):
            self._add(path, self._texts(value, path, place))
            return
        for index, item in enumerate(value):
            self._value(item, (*path, index), place.step(index) if place is not None else None)

    def _texts(self, value: list[Any], path: Path, place: Place) -> list[str]:
        """The texts of scalars that one cell, or else a column each, can hold; nothing is read after both limits."""
        texts: list[str] = []
        characters = -1  # one comma fewer than items
        for index, item in enumerate(value):
            texts.append(self._text(item, (*path, index), place.step(index)))
            characters += len(texts[-1]) + 1
            if characters > MAX_CELL and len(value) > MAX_COLUMNS:
                raise self._too_many(value, path, may_join=True)
        return texts

    def _too_many(self, value: list[Any], path: Path, may_join: bool) -> NotExpressible:
        """The error for a list that can neither share a cell nor have a column for each item."""
        cell = f"do not fit in a cell of {MAX_CELL:,} characters, and " if may_join else ""
        return self._refuse(f"its {len(value):,} items {cell}need more than {MAX_COLUMNS:,} columns", path)

    def _add(self, path: Path, content: str | list[str]) -> None:
        if len(self._leaves) >= MAX_COLUMNS:
            raise self._refuse(TOO_MANY_COLUMNS.format(MAX_COLUMNS), path)
        self._leaves.append((path, content))
        self.paths.append(path)

    def _text(self, value: Any, path: Path, place: Place | None) -> str:
        try:
            return leaf_text(value, place)
        except ValueError as error:
            raise self._refuse(str(error), path) from None


def empty_kind(value: Any) -> str:
    """The kind that an empty member is counted as."""
    if value is None:
        return "null"
    return '""' if isinstance(value, str) else "[]" if isinstance(value, list) else "{}"


def leaf_text(value: Any, place: Place | None) -> str:
    """The text of a scalar at a place; a whole number is written as an integer if the place asks for one.

    Raises:
        ValueError: the scalar has no text.

    """
    if isinstance(value, (float, Decimal)) and wants_integer(place):
        fits = math.isfinite(value) if isinstance(value, float) else value.is_finite() and value.adjusted() < MAX_DIGITS
        value = int(value) if fits and value == int(value) else value
    return format_scalar(value)


def wants_integer(place: Place | None) -> bool:
    """Whether a place asks for integers and no other numbers."""
    types = (place.types if place is not None else None) or frozenset()
    return types - {"boolean", "null"} == {"integer"}
