"""The records that the documented server holds.

In: records of an upload that broke no rule. Out: what is stored after them. An identifier that is known updates, an
empty text removes, what is missing stays, and what has no identifier is stored as often as it comes. Records are kept
as JSON texts: a million of them then take a few hundred megabytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from custobar_formats.upload.sandbox_http import Refusal

Record = dict[str, Any]
Places = dict[str, int | list[int]]

IDENTIFIERS: dict[str, tuple[str, ...]] = {
    "customers": ("external_id", "phone_number", "email"),
    "products": ("external_id", "sku", "ean"),
    "sales": ("external_id",),
    "events": (),
    "shops": ("external_id",),
}
"""The fields by which a record is found again: the first that it has counts."""

_CUSTOMER_OF_SALE = ("sale_customer_id", "sale_phone_number", "sale_email")
_CUSTOMER_OF_EVENT = ("customer_id", "phone_number", "email", "customer_token")

MANDATORY: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (IDENTIFIERS["customers"],),
    "products": (IDENTIFIERS["products"],),
    "sales": (("sale_external_id",),),
    "events": (("type",), ("date",), _CUSTOMER_OF_EVENT),
    "shops": (("external_id",),),
}
"""Of each group, a record needs one field at least."""

OF_A_SALE = (("sale_date",), _CUSTOMER_OF_SALE)
"""Of each group, the rows of a sale need one field at least, together."""


def text_of(value: Any) -> str:
    """An identifier as text; empty if it is none."""
    is_text = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return str(value) if is_text else ""


def identifier_of(entity: str, record: Record) -> tuple[str, str] | None:
    """The field and the value by which a record is found again; None if it has no identifier."""
    for field in IDENTIFIERS[entity]:
        if text_of(record.get(field)):
            return field, text_of(record[field])
    return None


def check_mandatory(entity: str, records: Sequence[Record]) -> None:
    """Refuse records without their mandatory fields."""
    for number, record in enumerate(records, 1):
        for group in MANDATORY[entity]:
            if not any(text_of(record.get(field)) for field in group):
                text = f"The {' or '.join(group)} field is required (record {number})"
                raise Refusal("mandatory", 422, "invalid_request", text)


class Store:
    """The stored records of each entity, in the order in which they came."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {entity: [] for entity in IDENTIFIERS}
        self._places: dict[tuple[str, str], Places] = {
            (entity, field): {} for entity, fields in IDENTIFIERS.items() for field in fields
        }
        self._sales: dict[str, list[int]] = {}
        self._deleted = 0

    def put(self, entity: str, records: Sequence[Record]) -> None:
        """Store records, one after the other."""
        for record in records:
            for place in self._found(entity, record) or [self._added(entity)]:
                self._change(entity, place, record)

    def records(self, entity: str) -> list[Record]:
        """All records of an entity, but for deleted customers; rows of sales one by one."""
        return [record for _, record in self.rows(entity) if record.get("is_deleted") is not True]

    def rows(self, entity: str, start: int = 0) -> Iterator[tuple[int, Record]]:
        """The places and the records of an entity from a place on."""
        texts = self._texts[entity]
        return ((place, json.loads(texts[place])) for place in range(start, len(texts)))

    def readable(self, entity: str, start: int = 0) -> Iterator[tuple[int, Record]]:
        """The places and the records from a place on as they are read back: sales as transactions."""
        if entity != "sales":
            return ((place, each) for place, each in self.rows(entity, start) if each.get("is_deleted") is not True)
        sales = list(self._sales.values())
        return ((place, self._transaction(sales[place])) for place in range(start, len(sales)))

    def count(self, entity: str) -> int:
        """How many records are read back."""
        if entity == "sales":
            return len(self._sales)
        return len(self._texts[entity]) - (self._deleted if entity == "customers" else 0)

    def check_sales(self, records: Sequence[Record]) -> None:
        """Refuse sales that have no date or no customer, in these rows or in those before."""
        together: dict[str, Record] = {}
        for record in records:
            filled = {key: value for key, value in record.items() if value not in ("", None)}
            together.setdefault(text_of(record.get("sale_external_id")), {}).update(filled)
        for name, fields in together.items():
            for place in self._sales.get(name, ()):
                fields.update({**json.loads(self._texts["sales"][place]), **fields})
            for group in OF_A_SALE:
                if not any(text_of(fields.get(field)) for field in group):
                    text = f"The {' or '.join(group)} field is required in a sale"
                    raise Refusal("sale", 422, "invalid_request", text)

    def _found(self, entity: str, record: Record) -> list[int]:
        identifier = identifier_of(entity, record)
        if identifier is None:
            return []
        field, value = identifier
        places = self._places[entity, field].get(value, [])
        return [places] if isinstance(places, int) else list(places)

    def _added(self, entity: str) -> int:
        self._texts[entity].append("{}")
        return len(self._texts[entity]) - 1

    def _change(self, entity: str, place: int, record: Record) -> None:
        """Merge a record into what is stored at a place."""
        before: Record = json.loads(self._texts[entity][place])
        after = merged(before, record)
        self._texts[entity][place] = json.dumps(after, separators=(",", ":"))
        for field in IDENTIFIERS[entity]:
            old, new = text_of(before.get(field)), text_of(after.get(field))
            if old != new:
                self._move(self._places[entity, field], place, old, new)
        if after.get("is_deleted") is True and before.get("is_deleted") is not True:
            self._deleted += entity == "customers"
        if entity == "sales":
            old, new = text_of(before.get("sale_external_id")), text_of(after.get("sale_external_id"))
            if old != new:
                self._sales.setdefault(new, []).append(place)
                if old:
                    self._sales[old].remove(place)
                    if not self._sales[old]:
                        del self._sales[old]

    @staticmethod
    def _move(places: Places, place: int, old: str, new: str) -> None:
        """Find a place by its new value, and no longer by the old one."""
        for value, step in ((old, -1), (new, 1)):
            if value:
                held = places.get(value, [])
                rest = [each for each in ([held] if isinstance(held, int) else held) if each != place]
                rest += [place] if step > 0 else []
                if not rest:
                    del places[value]
                else:
                    places[value] = rest[0] if len(rest) == 1 else rest

    def _transaction(self, places: Sequence[int]) -> Record:
        """A sale as it is read back: fields of the whole without their prefix, and its rows."""
        whole: Record = {}
        rows = []
        for place in places:
            record = json.loads(self._texts["sales"][place])
            whole |= {key[5:]: value for key, value in record.items() if key.startswith("sale_") and len(key) > 5}
            rows.append({key: value for key, value in record.items() if not key.startswith("sale_")})
        return {**whole, "products": rows}


def merged(before: Record, record: Record) -> Record:
    """The record that is stored after an update.

    >>> merged({"city": "Oulu", "email": "a@b.fi", "tags": ["x"]}, {"city": "", "tags.add": 1, "lists.add": ["y"]})
    {'email': 'a@b.fi', 'tags': ['x'], 'tags.add': 1, 'lists': ['y']}
    """
    after = dict(before)
    for key, value in record.items():
        name = key.removesuffix(".add")
        if value in ("", []):
            after.pop(key, None)
        elif name != key and isinstance(value, list):
            there = after.get(name)
            kept = there if isinstance(there, list) else []
            after[name] = [*kept, *(each for each in value if each not in kept)]
        elif value is not None:
            after[key] = value
    if before.get("is_deleted") is True:
        after["is_deleted"] = True
    return after
