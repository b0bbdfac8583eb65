"""Rules across records: incomplete sales, and duplicate identifiers.

In: blocks, one after the other. Out: findings; those about whole sales at the end. Rule: memory grows only with the
number of identifiers, by at most 80 bytes each at any moment, and with the number of sales.
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
from custobar_formats.core.limits import KEPT_PER_COLUMN, LONG_IDENTIFIER_BYTES, MAX_CHECKED_ROW
from custobar_formats.core.shown import quoted
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.validation.digests import DigestTable
from custobar_formats.validation.sales import ROW_BITS, SALE_HAS, Sales, bits_of_rows, is_given
from custobar_formats.validation.within_records import RULES, Locate

DUPLICATE = "duplicate-identifier"


def _by_text(values: Sequence[str]) -> Sequence[Any]:
    """Keys that order texts by their characters."""
    return values


def _by_length(values: Sequence[str]) -> Sequence[Any]:
    """Keys that order texts by their length, then by their characters, as numbers that are counted up: 9 before 10."""
    return list(zip(map(len, values), values, strict=True))


class Identifiers:
    """The identifiers seen so far, in the order of their first occurrences, with the rows of those.

    While each identifier comes after the one before in one of two orders, none is a duplicate, and only their texts are
    kept; after that, their digests.
    """

    def __init__(self) -> None:
        self._ascending: list[bytes] | None = []
        self._orders = [_by_text, _by_length]
        self._last: list[str] = []
        self._table = DigestTable()
        self._count = 0
        self._runs = array("q")
        self._run_rows = array("I")

    def add(self, values: Sequence[Any], rows: Sequence[int]) -> list[tuple[int, int]]:
        """Add the identifiers of some rows; the places and numbers of those that occurred before."""
        if self._ascending is not None:
            if self._ascend(values, self._ascending):
                self._remember(rows)
                return []
            kept, self._ascending = self._ascending[::-1], None
            while kept:
                self._table.add(_texts(kept.pop()))
        twice = self._table.add(values)
        if twice:
            new = sorted(set(range(len(values))).difference(place for place, _ in twice))
            rows = [rows[place] for place in new]
        self._remember(rows)
        return twice

    def _ascend(self, values: Sequence[Any], kept: list[bytes]) -> bool:
        """Keep the texts of identifiers, and return True, if they ascend and are not too long on average."""
        if set(map(type, values)) != {str}:
            return False
        text = "\n".join(values).encode("utf-8", "surrogatepass")
        if len(text) > LONG_IDENTIFIER_BYTES * len(values) or text.count(b"\n") != len(values) - 1:
            return False
        while not _is_ascending(self._orders[0]([*self._last, *values])):
            if len(self._orders) == 1:
                return False
            del self._orders[0]
            before: list[str] = []
            for texts in map(_texts, kept):
                if not _is_ascending(self._orders[0]([*before, *texts])):
                    return False
                before = texts[-1:]
        kept.append(text)
        self._last = [values[-1]]
        return True

    def _remember(self, rows: Sequence[int]) -> None:
        """Keep the rows of new identifiers, as runs of consecutive rows."""
        is_run = len(rows) > 0 and rows[-1] - rows[0] == len(rows) - 1
        for number, row in enumerate(rows[:1] if is_run else rows, self._count):
            if not self._runs or row != self._run_rows[-1] + number - self._runs[-1]:
                self._runs.append(number)
                self._run_rows.append(min(row, MAX_CHECKED_ROW))
        self._count += len(rows)

    def first_row(self, number: int) -> int:
        """The row of an identifier's first occurrence."""
        run = bisect_right(self._runs, number) - 1
        return self._run_rows[run] + number - self._runs[run]


def _texts(kept: bytes) -> list[str]:
    """Texts that were kept as one."""
    return kept.decode("utf-8", "surrogatepass").split("\n")


def _is_ascending(keys: Sequence[Any]) -> bool:
    return all(map(lt, keys, keys[1:]))


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
        self._shown: dict[str, dict[int, int]] = {name: {} for name in self._names}
        more = ("sale_external_id", *SALE_HAS) if self.sales is not None else ()
        self._within = RULES.get(entity)
        self.fields = (*self._names, *self._also, *more, *(self._within.fields if self._within is not None else ()))

    def add(self, block: RecordBlock, locate: Locate) -> None:
        """Add the records of a block; the findings about them are added to it."""
        if not block.numbers:
            return
        if self._counts_sales and self.sales is not None:
            self.sales.add(block)
        if self._within is not None and not block.is_checked:
            self._within.check(block, locate)
        names, values, places = self._identify(block)
        if not values:
            return
        is_whole = len(places) == len(block.numbers)
        rows = block.numbers if is_whole else [block.numbers[place] for place in places]
        twice = self._identifiers.add(self._keys(block, names, values, places), rows)
        if twice:
            self._report(block, [(names[at], values[at], places[at], number) for at, number in twice], locate)

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

    def _report(self, block: RecordBlock, twice: list[tuple[str, Any, int, int]], locate: Locate) -> None:
        """Add the findings for later occurrences; one finding per cell is kept."""
        facts = {place: (name, value, number) for name, value, place, number in twice}
        numbers, lines = block.numbers, block.lines

        def make(place: int) -> Finding:
            name, value, number = facts[place]
            row = numbers[place]
            if len(self._shown[name]) < KEPT_PER_COLUMN:
                self._shown[name][row] = number
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
        shown = [item for by_row in self._shown.values() for item in by_row.items()]
        first = {row: self._identifiers.first_row(number) for row, number in shown}

        def with_row(finding: Finding) -> Finding:
            if finding.code != "duplicate-identifier" or finding.row not in first:
                return finding
            return replace(finding, hint=f"it first occurs in row {first[finding.row]}")

        return with_row


def check_within(entity: str, block: RecordBlock, locate: Locate) -> None:
    """Check each record of a block by itself; ``CrossChecks`` then leaves that out."""
    rules = RULES.get(entity)
    if rules is not None and block.numbers:
        rules.check(block, locate)
    block.is_checked = True


def fields_between(entity: str, block: RecordBlock) -> dict[str, Sequence[Any]]:
    """The fields by which ``CrossChecks`` compares the records of a block, once each has been checked by itself."""
    names, also = IDENTIFIERS[entity]
    first = {name: block.values(name) for name in names[:1]}
    is_enough = all(map(all, first.values()))
    fields = first | {name: block.values(name) for name in (*(() if is_enough else names[1:]), *also)}
    if entity == "sales":
        fields |= {"sale_external_id": block.values("sale_external_id"), ROW_BITS: bits_of_rows(block)}
    return fields


IDENTIFIERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "customers": (("external_id", "email", "phone_number"), ()),
    "products": (("external_id", "ean", "sku"), ("language", "shop_id", "store_id")),
    "sales": (("external_id",), ()),
    "shops": (("external_id",), ()),
    "events": ((), ()),
}
"""What identifies a record of each entity: the first of these fields that has a value, and the fields that distinguish
its versions; an event has no identifier."""
