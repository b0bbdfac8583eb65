"""Rules across records: incomplete sales, and duplicate identifiers.

In: blocks, one after the other. Out: findings; those about whole sales at the end. Rule: memory grows only with the
number of identifiers, by at most 80 bytes each at any moment, and with the number of sales.
Source: https://developers.custobar.com/sales.html, https://developers.custobar.com/customers.html
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from operator import lt
from typing import Any

from custobar_formats.core.findings import CODES, Finding, make_finding
from custobar_formats.core.limits import KEPT_PER_COLUMN, LONG_IDENTIFIER_BYTES, MAX_CHECKED_ROW
from custobar_formats.core.shown import quoted
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.validation.digests import Digest, digests_of
from custobar_formats.validation.sales import SALE_HAS, Sales, is_given
from custobar_formats.validation.within_records import RULES, Locate

DUPLICATE = "duplicate-identifier"

SLOTS = 1 << 16
"""Slots of the first table of identifiers."""

GROWTH = 8
"""Each table has so many times the slots of the one before: seldom enough that filling it anew costs little."""


class Identifiers:
    """The identifiers seen so far, in the order of their occurrences, with their rows.

    While each identifier is greater than the one before, none is a duplicate, and only their texts are kept. After
    that, both parts of each one's digest are kept, and a hash table leads from a digest to the position of its first
    occurrence: a slot is 4 bytes, at least half of them are free, and one that is taken leads on to the next one.
    """

    def __init__(self) -> None:
        self._ascending: list[bytes] | None = []
        self._last = ""
        self._keys = array("q")
        self._checks = array("I")
        self._slots = array("I")
        self._count = 0
        self._runs = array("q")
        self._run_rows = array("I")

    def add(self, values: Sequence[Any], rows: Sequence[int]) -> list[tuple[int, Digest]]:
        """Add the identifiers of some rows; the places and digests of those that occurred before."""
        self._remember(rows)
        if self._ascending is not None:
            if self._ascend(values, self._ascending):
                return []
            kept, self._ascending = self._ascending[::-1], None
            while kept:
                self._add_all(kept.pop().decode("utf-8", "surrogatepass").split("\n"))
        return self._add_all(values)

    def _ascend(self, values: Sequence[Any], kept: list[bytes]) -> bool:
        """Keep the texts of identifiers, and return True, if they ascend and are not too long on average."""
        if set(map(type, values)) != {str} or values[0] <= self._last or not all(map(lt, values, values[1:])):
            return False
        text = "\n".join(values).encode("utf-8", "surrogatepass")
        if len(text) > LONG_IDENTIFIER_BYTES * len(values) or text.count(b"\n") != len(values) - 1:
            return False
        kept.append(text)
        self._last = values[-1]
        return True

    def _remember(self, rows: Sequence[int]) -> None:
        """Keep the rows of identifiers, as runs of consecutive rows."""
        is_run = rows[-1] - rows[0] == len(rows) - 1
        for position, row in enumerate(rows[:1] if is_run else rows, self._count):
            if not self._runs or row != self._run_rows[-1] + position - self._runs[-1]:
                self._runs.append(position)
                self._run_rows.append(min(row, MAX_CHECKED_ROW))
        self._count += len(rows)

    def _add_all(self, values: Sequence[Any]) -> list[tuple[int, Digest]]:
        """Add identifiers in order; those that occurred before, or occur twice here."""
        keys, checks = digests_of(values)
        first = len(self._keys)
        self._keys.fromlist(keys)
        self._checks.fromlist(checks)
        size = len(self._slots) or SLOTS
        while size < 2 * len(self._keys):
            size *= GROWTH
        if size > len(self._slots):
            self._slots = array("I")  # the old table is gone before there is the new one
            self._slots = array("I", bytes(4)) * size
            self._fill(islice(self._keys, first), 0)
        return [(at - first, (keys[at - first], checks[at - first])) for at in self._fill(keys, first)]

    def _fill(self, keys: Iterable[int], first: int) -> list[int]:
        """Fill the slots of identifiers, in order; the positions of those that are there already."""
        known, checks, slots, last = self._keys, self._checks, self._slots, len(self._slots) - 1
        twice = []
        for position, key in enumerate(keys, first):
            slot = key & last
            while taken := slots[slot]:
                if known[taken - 1] == key and checks[taken - 1] == checks[position]:
                    twice.append(position)
                    break
                slot = (slot + 1) & last
            else:
                slots[slot] = position + 1
        return twice

    def _find(self, key: int, check: int) -> int | None:
        """The position of an identifier's first occurrence."""
        slot = key & (len(self._slots) - 1)
        while taken := self._slots[slot]:
            if self._keys[taken - 1] == key and self._checks[taken - 1] == check:
                return taken - 1
            slot = (slot + 1) & (len(self._slots) - 1)
        return None

    def first_rows(self, digests: set[Digest]) -> dict[Digest, int]:
        """The row of each identifier's first occurrence."""
        first: dict[Digest, int] = {}
        for key, check in digests:
            position = self._find(key, check)
            if position is not None:
                run = bisect_right(self._runs, position) - 1
                first[key, check] = self._run_rows[run] + position - self._runs[run]
        return first


def _twice(name: str, value: Any, row: int, line: int) -> Finding:
    message = f"duplicate {name} {quoted(str(value))}; this record overwrites the earlier one"
    return make_finding("duplicate-identifier", message, row=row, line=line, path=f"/{name}", value=str(value))


class CrossChecks:
    """Checks the records of one entity against each other.

    ``known_sales``: the sales as an earlier reading has found them. ``sales``: the sales; None for other entities.
    """

    def __init__(self, entity: str, known_sales: Sales | None = None) -> None:
        self._names, self._also = IDENTIFIERS[entity]
        self._identifiers = Identifiers()
        self._counts_sales = entity == "sales" and known_sales is None
        self.sales = Sales() if self._counts_sales else known_sales
        self._shown: dict[str, dict[int, Digest]] = {name: {} for name in self._names}
        more = ("sale_external_id", *SALE_HAS) if self.sales is not None else ()
        self._within = RULES.get(entity)
        self.fields = (*self._names, *self._also, *more, *(self._within.fields if self._within is not None else ()))

    def add(self, block: RecordBlock, locate: Locate) -> None:
        """Add the records of a block; the findings about them are added to it."""
        if not block.numbers:
            return
        if self._counts_sales and self.sales is not None:
            self.sales.add(block)
        if self._within is not None:
            self._within.check(block, locate)
        names, values, places = self._identify(block)
        if not values:
            return
        is_whole = len(places) == len(block.numbers)
        rows = block.numbers if is_whole else [block.numbers[place] for place in places]
        twice = self._identifiers.add(self._keys(block, names, values, places), rows)
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
                if place not in found and is_given(values[place]):
                    found[place] = name, values[place]
        there = sorted(found)
        return [found[place][0] for place in there], [found[place][1] for place in there], there

    def _keys(
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
            *([more[place] if is_given(more[place]) else None for place in places] for more in also), strict=True
        )
        return [(value, extra) if any(extra) else value for value, extra in zip(values, extras, strict=True)]

    def _report(self, block: RecordBlock, twice: list[tuple[str, Any, int, Digest]], locate: Locate) -> None:
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
        yield from self.sales.incomplete() if self.sales is not None else ()

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


IDENTIFIERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "customers": (("external_id", "email", "phone_number"), ()),
    "products": (("external_id", "ean", "sku"), ("language", "shop_id", "store_id")),
    "sales": (("external_id",), ()),
    "shops": (("external_id",), ()),
    "events": ((), ()),
}
"""What identifies a record of each entity: the first of these fields that has a value, and the fields that distinguish
its versions; an event has no identifier."""
