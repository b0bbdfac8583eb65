"""Rules across records: incomplete sales, and duplicate identifiers.

In: blocks, one after the other. Out: findings; those about whole sales at the end. Rule: memory grows only with the
number of distinct identifiers, by less than a hundred bytes each.
Source: https://developers.custobar.com/sales.html, https://developers.custobar.com/customers.html
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from operator import lt
from typing import Any

from custobar_formats.core.findings import CODES, Finding, make_finding
from custobar_formats.core.limits import KEPT_PER_COLUMN, LONG_IDENTIFIER_CHARS, MAX_CHECKED_ROW
from custobar_formats.records.block import FindingGroup, RecordBlock

SALE_HAS = {
    "sale_date": 1,
    "sale_customer_id": 2,
    "sale_phone_number": 2,
    "sale_email": 2,
    "sale_currency": 4,
    "sale_exchange_rate": 8,
}
"""The fields of a sale that a row has, as bits; the three customer identifiers share one."""

DATE, CUSTOMER, CURRENCY, RATE, BAD_ROW = 1, 2, 4, 8, 16
"""The last one means that the first row of the sale has an error of its own."""

DUPLICATE = "duplicate-identifier"

KEY_BITS = (1 << 60) - 1
"""A mask of the hash bits that are kept: with more, Python makes an integer of 48 bytes instead of 32."""


def _hashes(values: Sequence[Any]) -> list[int]:
    """A number that identifies each value: 60 bits of Python's hash of a text.

    The numbers differ from run to run, which does not affect results: the chance that two of a million identifiers
    share a number is less than one in two million.
    """
    if set(map(type, values)) == {str}:
        return [hash(value) & KEY_BITS for value in values]
    texts = (value if isinstance(value, str) else (type(value).__name__, str(value)) for value in values)
    return [hash(text) & KEY_BITS for text in texts]


class Identifiers:
    """The identifiers seen so far, in the order of their first occurrences, with the rows of those.

    While each identifier is greater than the one before, none is a duplicate, and only their texts are kept.
    """

    def __init__(self) -> None:
        self._ascending: list[bytes] | None = []
        self._last = ""
        self._seen: set[int] = set()
        self._has_some_twice = False
        self._count = 0
        self._order = array("q")
        self._runs = array("q")
        self._run_rows = array("I")

    def add(self, values: Sequence[Any], rows: Sequence[int]) -> list[tuple[int, int]]:
        """Add the identifiers of some rows; the places and keys of those that occurred before."""
        if self._ascending is not None:
            if self._ascend(values, self._ascending):
                self._remember(rows)
                return []
            kept, self._ascending = self._ascending[::-1], None
            while kept:
                self._add_keys(_hashes(kept.pop().decode("utf-8", "surrogatepass").split("\n")))
        keys = _hashes(values)
        twice = self._add_keys(keys)
        if twice:
            new = sorted(set(range(len(keys))).difference(twice))
            rows = [rows[place] for place in new]
        self._remember(rows)
        return [(place, keys[place]) for place in twice]

    def _ascend(self, values: Sequence[Any], kept: list[bytes]) -> bool:
        """Keep the texts of identifiers, and return True, if they ascend and are not too long on average."""
        if set(map(type, values)) != {str} or values[0] <= self._last or not all(map(lt, values, values[1:])):
            return False
        text = "\n".join(values)
        if len(text) > LONG_IDENTIFIER_CHARS * len(values) or text.count("\n") != len(values) - 1:
            return False
        kept.append(text.encode("utf-8", "surrogatepass"))
        self._last = values[-1]
        return True

    def _remember(self, rows: Sequence[int]) -> None:
        """Keep the rows of new identifiers, as runs of consecutive rows."""
        is_run = len(rows) > 0 and rows[-1] - rows[0] == len(rows) - 1
        for position, row in enumerate(rows[:1] if is_run else rows, self._count):
            if not self._runs or row != self._run_rows[-1] + position - self._runs[-1]:
                self._runs.append(position)
                self._run_rows.append(min(row, MAX_CHECKED_ROW))
        self._count += len(rows)

    def _add_keys(self, keys: list[int]) -> list[int]:
        """Add keys, the new ones in order; the places of those that occurred before, or occur twice here."""
        seen = self._seen
        if not self._has_some_twice:
            before = len(seen)
            seen.update(keys)
            if len(seen) == before + len(keys):
                self._order.fromlist(keys)
                return []
            self._has_some_twice = True
            seen.clear()  # only the ordered keys show which were there before
            seen.update(self._order)
        twice = []
        for place, key in enumerate(keys):
            if key in seen:
                twice.append(place)
            else:
                seen.add(key)
                self._order.append(key)
        return twice

    def first_rows(self, keys: set[int]) -> dict[int, int]:
        """The row of each key's first occurrence."""
        first: dict[int, int] = {}
        for position, key in enumerate(self._order if keys else ()):
            if key in keys:
                run = bisect_right(self._runs, position) - 1
                first[key] = self._run_rows[run] + position - self._runs[run]
        return first


class Sales:
    """The fields that the rows of each sale have together."""

    def __init__(self) -> None:
        self._bits: dict[int, int] = {}
        self._rows = array("I")
        self._lines = array("I")

    def add(self, block: RecordBlock) -> None:
        """Add the rows of a block."""
        bits = [0] * len(block.numbers)
        for name, bit in SALE_HAS.items():
            bits = [one | bit if _is_given(value) else one for one, value in zip(bits, block.values(name), strict=True)]
        sales = block.values("sale_external_id")
        rows = zip(sales, _hashes(sales), bits, block.numbers, block.lines, strict=True)
        for sale, key, has, row, line in rows:
            if not _is_given(sale):
                continue
            before = self._bits.get(key)
            if before is None:
                before = BAD_ROW if row in block.invalid else 0
                self._rows.append(min(row, MAX_CHECKED_ROW))
                self._lines.append(min(line, MAX_CHECKED_ROW))
            self._bits[key] = before | has

    def incomplete(self) -> Iterator[tuple[int, bool, list[Finding]]]:
        """For each incomplete sale: its key, whether its first row is valid by itself, and the findings there."""
        for (key, bits), row, line in zip(self._bits.items(), self._rows, self._lines, strict=True):
            faults = [
                make_finding("incomplete-sale", message, hint=hint, row=row, line=line, path=path)
                for wrong, path, message, hint in _sale_faults(bits)
                if wrong
            ]
            if faults:
                yield key, not bits & BAD_ROW, faults


def _twice(name: str, value: Any, row: int, line: int) -> Finding:
    message = f"duplicate {name} {value!r}; this record overwrites the earlier one"
    return make_finding("duplicate-identifier", message, row=row, line=line, path=f"/{name}", value=str(value))


Locate = Callable[[Finding], Finding]
"""Adds to a finding about a field its column in a CSV file."""


class CrossChecks:
    """Checks the records of one entity against each other."""

    def __init__(self, entity: str) -> None:
        self._names, self._also = IDENTIFIERS[entity]
        self._identifiers = Identifiers()
        self._sales = Sales() if entity == "sales" else None
        self._shown: dict[str, dict[int, int]] = {name: {} for name in self._names}
        more = ("sale_external_id", *SALE_HAS) if self._sales is not None else ()
        self.fields = (*self._names, *self._also, *more)

    def add(self, block: RecordBlock, locate: Locate) -> None:
        """Add the records of a block; the findings about them are added to it."""
        if not block.numbers:
            return
        if self._sales is not None:
            self._sales.add(block)
        names, values, places = self._identify(block)
        if not values:
            return
        is_whole = len(places) == len(block.numbers)
        rows = block.numbers if is_whole else [block.numbers[place] for place in places]
        twice = self._identifiers.add(self._hashes(block, names, values, places), rows)
        if twice:
            self._report(block, [(names[at], values[at], places[at], key) for at, key in twice], locate)

    def _identify(self, block: RecordBlock) -> tuple[Sequence[str], Sequence[Any], Sequence[int]]:
        """The identifier of each record that has one: its name, its value, and the record's place."""
        places = range(len(block.numbers))
        found: dict[int, tuple[str, Any]] = {}
        for name in self._names:
            values = block.values(name)
            if not found and all(values):
                return [name] * len(places), values, places
            for place in places:
                if place not in found and _is_given(values[place]):
                    found[place] = name, values[place]
        there = sorted(found)
        return [found[place][0] for place in there], [found[place][1] for place in there], there

    def _hashes(
        self, block: RecordBlock, names: Sequence[str], values: Sequence[Any], places: Sequence[int]
    ) -> Sequence[Any]:
        """The keys of identifiers: their values, with the name unless it is the first, and with the version."""
        if names.count(self._names[0]) < len(names):
            values = [
                value if name == self._names[0] else (name, value) for name, value in zip(names, values, strict=True)
            ]
        also = [block.values(name) for name in self._also]
        if all(more.count(None) == len(more) for more in also):
            return values
        extras = zip(
            *([more[place] if _is_given(more[place]) else None for place in places] for more in also), strict=True
        )
        return [(value, extra) if any(extra) else value for value, extra in zip(values, extras, strict=True)]

    def _report(self, block: RecordBlock, twice: list[tuple[str, Any, int, int]], locate: Locate) -> None:
        """Add the findings for later occurrences; one finding per cell is kept."""
        facts = {place: (name, value, key) for name, value, place, key in twice}
        numbers, lines = block.numbers, block.lines

        def make(place: int) -> Finding:
            name, value, key = facts[place]
            row = numbers[place]
            if len(self._shown[name]) < KEPT_PER_COLUMN:
                self._shown[name][row] = key
            return locate(_twice(name, value, row, lines[place]))

        places: dict[str, dict[int, int]] = {}
        labels: dict[str, str | None] = {}
        for name, value, place, _ in twice:
            if name not in labels:
                labels[name] = locate(_twice(name, value, block.numbers[place], block.lines[place])).label
            places.setdefault(labels[name] or name, {})[block.numbers[place]] = place
        severity = CODES[DUPLICATE][0]
        groups = [FindingGroup(DUPLICATE, severity, key, rows, make) for key, rows in places.items()]
        for group in groups:
            if group.key in labels.values():
                block.keep_one_a_cell(group)
        block.groups += [group for group in groups if group.rows]

    def finish(self) -> Iterator[tuple[bool, list[Finding]]]:
        """For each incomplete sale, whether its first row was valid by itself, and the findings at that row."""
        for _, was_valid, findings in self._sales.incomplete() if self._sales is not None else ():
            yield was_valid, findings

    @property
    def has_sales(self) -> bool:
        """Whether rows form sales together."""
        return self._sales is not None

    def faulty_sales(self) -> Iterator[tuple[int, list[Finding]]]:
        """For each incomplete sale, its key and the findings."""
        for key, _, findings in self._sales.incomplete() if self._sales is not None else ():
            yield key, findings

    @staticmethod
    def key_of(sale: str) -> int:
        """The key of a sale."""
        return _hashes([sale])[0]

    def explain(self) -> Callable[[Finding], Finding]:
        """A function that puts the row of the first occurrence into the hint of a duplicate-identifier finding."""
        shown = {row: key for by_row in self._shown.values() for row, key in by_row.items()}
        rows = self._identifiers.first_rows(set(shown.values()))
        first = {row: rows[key] for row, key in shown.items()}

        def with_row(finding: Finding) -> Finding:
            if finding.code != "duplicate-identifier" or finding.row not in first:
                return finding
            return replace(finding, hint=f"it first occurs in row {first[finding.row]}")

        return with_row


def _is_given(value: Any) -> bool:
    return value is not None and value != ""


def _sale_faults(bits: int) -> list[tuple[bool, str, str, str]]:
    where = "give it on one row of the sale, or on every row"
    return [
        (not bits & DATE, "/sale_date", "no row of the sale has a sale_date", where),
        (
            not bits & CUSTOMER,
            "/sale_customer_id",
            "no row of the sale has a customer identifier",
            "give sale_customer_id, sale_email or sale_phone_number on one row of the sale",
        ),
        (
            bool(bits & CURRENCY) and not bits & RATE,
            "/sale_exchange_rate",
            "the sale has a sale_currency, but no sale_exchange_rate",
            where,
        ),
        (
            bool(bits & RATE) and not bits & CURRENCY,
            "/sale_currency",
            "the sale has a sale_exchange_rate, but no sale_currency",
            where,
        ),
    ]


IDENTIFIERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "customers": (("external_id", "email", "phone_number"), ()),
    "products": (("external_id",), ("language", "shop_id", "store_id")),
    "sales": (("external_id",), ()),
    "shops": (("external_id",), ()),
    "events": ((), ()),
}
"""What identifies a record of each entity: the first of these fields that has a value, and the fields that distinguish
its versions; an event has no identifier."""
