"""Fields of money that have whole amounts beside amounts with decimals.

In: the values of the money fields of a file, as they are read. Out: the fields that have both, known at the end of a
reading; then, in a second reading, their whole amounts, which may not be in cents. Rule: a file without decimals in
its money fields costs nothing; a field is its path without list indices.
Source: https://developers.custobar.com/ (money is in cents).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Any

from custobar_formats.core.findings import pointer_key
from custobar_formats.core.limits import MAX_CACHED_STEPS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import format_scalar
from custobar_formats.notation.numbers import has_decimals
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import How, Place
from custobar_formats.validation.explanations import show

MIXED = "mixed-money"
WITH_POINT = "money-with-point"
HINT = "write every amount of this field in cents, without decimals"

WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.0+)?", re.ASCII)
"""The text of a whole amount, if it is valid: a union with another integer takes a fraction of zeros."""


def mixed_message(value: Any) -> str:
    """The message about an amount in a field with both kinds."""
    return f"{show(value)} may not be in cents, because the field mixes amounts with and without decimals"


class MoneyFields:
    """The knowledge that one reading gains of its money fields.

    Attributes:
        may_occur: whether there may be any such fields.
        mixed: the fields that have both, as an earlier reading has found.
        with_decimals: fields with an error in the form of an amount with one or two decimals.
        with_wholes: fields with a whole amount other than 0; for CSV only.
        may_have_wholes: whether fields of JSON records may have such amounts.

    """

    def __init__(self, schema: Schema | None, mixed: frozenset[str] = frozenset()) -> None:
        self._schema = schema
        self._is_money: dict[str, bool] = {}
        self._tests: dict[str, list[Callable[[Any], bool]]] = {}
        self.may_occur = schema is not None and schema.has_money
        self.mixed = mixed
        self.with_decimals: set[str] = set()
        self.with_wholes: set[str] = set()
        self.may_have_wholes = False

    def note_wrong(self, path: Path, value: Any) -> None:
        """Learn from a value of a JSON record that has an error, or a point."""
        key = field_key(path)
        if key in self.with_decimals or not self._takes_money(key, path):
            return
        if (isinstance(value, str) or _is_number(value)) and has_decimals(format_scalar(value)):
            self.with_decimals.add(key)

    def _takes_money(self, key: str, path: Path) -> bool:
        known = self._is_money.get(key)
        if known is None and self._schema is not None:
            known = self._place(path).is_money
            if len(self._is_money) < MAX_CACHED_STEPS:
                self._is_money[key] = known
        return bool(known)

    def _place(self, path: Path) -> Place:
        assert self._schema is not None
        return reduce(Place.step, path, self._schema.root)

    def have_wholes(self, records: Iterable[Any], key: str) -> bool:
        """Whether some JSON record has a valid whole amount other than 0 in a field."""
        amounts = (amount for record in records for amount in _amounts(record, key))
        return any(value and isinstance(value, int) and self._is_valid(key, path, value) for path, value in amounts)

    def _is_valid(self, key: str, path: Path, value: Any) -> bool:
        if key not in self._tests and self._schema is not None:
            sure = [node.location for node, how in self._place(path).entries if how is not How.SOMETIMES]
            self._tests[key] = [self._schema.engine.accepts(location) for location in sure]
        return all(test(value) for test in self._tests[key])

    def amounts(self, record: Any) -> Iterator[tuple[Path, Any]]:
        """The numbers of a record in the mixed fields."""
        for key in sorted(self.mixed):
            yield from _amounts(record, key)


@lru_cache(maxsize=MAX_CACHED_STEPS)
def field_key(path: Path) -> str:
    """The field at a path: its pointer without list indices."""
    return pointer_key(format_pointer(path))


def _amounts(record: Any, key: str) -> Iterator[tuple[Path, Any]]:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in key.split("/")]
    return ((path, value) for path, value in _below(record, parts, ()) if _is_number(value))


def _below(value: Any, parts: list[str], path: Path) -> Iterator[tuple[Path, Any]]:
    if not parts:
        yield path, value
    elif isinstance(value, list) and parts[0] == "*":
        for index, item in enumerate(value):
            yield from _below(item, parts[1:], (*path, index))
    elif isinstance(value, dict):
        names = [name for name in value if name.isdigit()] if parts[0] == "*" else []
        for name in (*names, *([parts[0]] if parts[0] in value else ())):
            yield from _below(value[name], parts[1:], (*path, name))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
