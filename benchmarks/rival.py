"""The best typed rival: the code that a careful user would write with msgspec. It nests, types and validates as we do.

In: a CSV file. Out: its records, in blocks that msgspec converts and checks at once. It lacks: lines and columns in its
errors, all errors after the first, other labels than it was written for, gaps in lists.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypedDict

from benchmarks.rows import CUSTOMERS, PRODUCTS, WIDE, Columns

BLOCK = 100
"""Rows in a block: enough that the cost of a call does not count."""

KINDS: dict[str, Any] = {"s": str, "i": int, "b": bool}


def make_reader(name: str) -> Callable[[Path], Iterator[dict[str, Any]]]:
    """A reader of one data set."""
    import msgspec

    def text(pattern: str) -> Any:
        return Annotated[str, msgspec.Meta(pattern=pattern)]

    special = {
        "customers": {
            "external_id": text("^[A-Za-z0-9-]+$"),
            "email": text(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$"),
            "phone_number": text(r"^\+[1-9][0-9]{6,14}$"),
            "language": text("^[a-z]{2}$"),
            "date_joined": date,
        },
        "products": {"date": date},
        "wide": {},
    }[name]
    columns = {"customers": CUSTOMERS, "products": PRODUCTS, "wide": WIDE}[name]
    convert, wanted = msgspec.convert, list[_type_of(columns, special)]  # type: ignore[misc]

    def read(path: Path) -> Iterator[dict[str, Any]]:
        for block in _blocks(path):
            yield from convert(block, wanted, strict=False)

    return read


def _type_of(columns: Columns, special: dict[str, Any]) -> Any:
    """The type of a record, the same as a user would write."""
    flat: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    lists = set()
    for label, kind in columns.items():
        key, *slot, member = label.split(".") if "." in label else ["", label]
        if not key:
            flat[member] = special.get(member, KINDS[kind])
        else:
            nested.setdefault(key, {})[member] = KINDS[kind]
            lists |= {key} if slot else set()
    for key, members in nested.items():
        kind = TypedDict(key, members, total=False)  # type: ignore[misc]
        flat[key] = list[kind] if key in lists else kind  # type: ignore[valid-type]
    return TypedDict("Record", flat, total=False)  # type: ignore[misc]


def _blocks(path: Path) -> Iterator[list[dict[str, Any]]]:
    """Blocks of nested records of text, by a walk over the cells that are not blank."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader)
        width = len(header)
        walk = _walk(header)
        while rows := list(islice(reader, BLOCK)):
            if any(len(row) != width for row in rows):
                raise ValueError("a row is not as wide as the header")
            yield list(map(walk, rows))


def _walk(header: list[str]) -> Callable[[list[str]], dict[str, Any]]:
    """A function from cells to a record; everything about labels is decided here, once."""
    flat = [(place, label) for place, label in enumerate(header) if "." not in label]
    objects: dict[str, list[tuple[int, str]]] = {}
    slots: dict[str, dict[int, list[tuple[int, str]]]] = {}
    for place, label in enumerate(header):
        key, *index, member = label.split(".") if "." in label else ["", label]
        if index:
            slots.setdefault(key, {}).setdefault(int(index[0]), []).append((place, member))
        elif key:
            objects.setdefault(key, []).append((place, member))
    lists = {key: [places for _, places in sorted(by_index.items())] for key, by_index in slots.items()}

    def walk(row: list[str]) -> dict[str, Any]:
        record: dict[str, Any] = {label: row[place] for place, label in flat if row[place]}
        for key, places in objects.items():
            if members := {label: row[place] for place, label in places if row[place]}:
                record[key] = members
        for key, items in lists.items():
            found = [{label: row[place] for place, label in places if row[place]} for places in items]
            if found := [item for item in found if item]:
                record[key] = found
        return record

    return walk
