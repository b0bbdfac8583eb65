"""Sales of several rows: what the rows have together.

In: blocks of records. Out: the sales that lack a field on all of their rows. Rule: a sale takes at most
150 bytes at any moment, and most of the time a hundred.
Source: https://developers.custobar.com/sales.html
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import sub
from typing import Any

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.records.block import RecordBlock
from custobar_formats.validation.digests import digests_of

SALE_HAS = {
    "sale_date": 1,
    "sale_customer_id": 2,
    "sale_phone_number": 2,
    "sale_email": 2,
    "sale_currency": 4,
    "sale_exchange_rate": 8,
}
"""The fields of a sale that a row has, as bits; the three customer identifiers share one."""

DATE, CUSTOMER, CURRENCY, RATE = 1, 2, 4, 8
BAD_ROW, REJECTED = 16, 32
"""More bits of a sale: its first row has an error of its own; one of its rows is rejected."""

PARTS = 16
"""Tables that the sales are divided into."""

ESCAPED = 255
"""A step between rows or lines that does not fit in a byte; it stands among the long ones."""


def is_given(value: Any) -> bool:
    """Whether a field has a value: one that is neither missing nor empty."""
    return value is not None and value != ""


class Steps:
    """Numbers that ascend, in little more than a byte each as long as they are close to each other."""

    def __init__(self) -> None:
        self._steps = bytearray()
        self._long = array("Q")
        self._last = 0

    def extend(self, numbers: Sequence[int]) -> None:
        """Add numbers, of which none is less than the one before."""
        steps = list(map(sub, numbers, (self._last, *numbers)))
        if numbers:
            self._last = numbers[-1]
        if max(steps, default=0) >= ESCAPED:
            self._long.extend(step for step in steps if step >= ESCAPED)
            steps = [min(step, ESCAPED) for step in steps]
        self._steps.extend(steps)

    def __iter__(self) -> Iterator[int]:
        long = iter(self._long)
        return accumulate(step if step < ESCAPED else next(long) for step in self._steps)


class Sales:
    """The fields that the rows of each sale have together.

    Both parts of a sale's digest are one complex number: no smaller object of Python has 85 bits. The sales are divided
    into parts, so that only one of these tables at a time exists twice, while it grows.
    """

    def __init__(self) -> None:
        self._parts: list[dict[complex, int]] = [{} for _ in range(PARTS)]
        self._order = bytearray()  # the part of each sale
        self._rows = Steps()
        self._lines = Steps()
        self._rejected: list[dict[complex, None]] = [{} for _ in range(PARTS)]  # a set would take twice the memory

    def add(self, block: RecordBlock) -> None:
        """Add the rows of a block."""
        has = [0] * len(block.numbers)
        for name, bit in SALE_HAS.items():
            values = block.values(name)
            missing = values.count(None) + values.count("")
            if not missing:
                has = [one | bit for one in has]
            elif missing < len(values):
                has = [one | bit if is_given(value) else one for one, value in zip(has, values, strict=True)]
            unread = block.unread.get(name)
            if unread:  # it has an error of its own
                has = [one | bit if row in unread else one for one, row in zip(has, block.numbers, strict=True)]
        sales, parts = block.values("sale_external_id"), self._parts
        keys, checks = digests_of(sales)
        new: list[tuple[int, int]] = []
        rows = zip(sales, map(complex, keys, checks), checks, has, block.numbers, block.lines, strict=True)
        for sale, key, check, bits, row, line in rows:
            if not is_given(sale):
                continue
            part = parts[check % PARTS]
            before = part.get(key)
            if before is None:
                before = BAD_ROW if row in block.invalid else 0
                self._order.append(check % PARTS)
                new.append((row, line))
            part[key] = before | bits
        self._rows.extend([row for row, _ in new])
        self._lines.extend([line for _, line in new])

    def reject(self, sales: Sequence[str]) -> None:
        """Remember that rows of these sales are rejected."""
        for key, number in self._find(sales):
            part = self._parts[number]
            if key in part:
                part[key] |= REJECTED
            else:  # none of its rows so far is a record
                self._rejected[number][key] = None

    def bits_of(self, sales: Sequence[str]) -> list[int]:
        """The bits of each sale, those of a complete one if none of its rows is a record."""
        found = []
        for key, number in self._find(sales):
            bits = self._parts[number].get(key, DATE | CUSTOMER)
            found.append(bits | REJECTED if key in self._rejected[number] else bits)
        return found

    def _find(self, sales: Sequence[str]) -> Iterator[tuple[complex, int]]:
        """The key of each sale, and the number of its part."""
        for key, check in zip(*digests_of(sales), strict=True):
            yield complex(key, check), check % PARTS

    def incomplete(self) -> Iterator[tuple[bool, list[Finding]]]:
        """For each incomplete sale, whether its first row is valid by itself, and the findings there."""
        following = [iter(part.values()).__next__ for part in self._parts]
        for part, row, line in zip(self._order, self._rows, self._lines, strict=True):
            bits = following[part]()
            if is_incomplete(bits):
                yield not bits & BAD_ROW, faults_of_sale(bits, row, line)


def is_incomplete(bits: int) -> bool:
    """Whether a sale lacks a field."""
    return not bits & DATE or not bits & CUSTOMER or bool(bits & CURRENCY) != bool(bits & RATE)


def faults_of_sale(bits: int, row: int | None = None, line: int | None = None) -> list[Finding]:
    """The findings for a sale, at its first row."""
    return [
        make_finding("incomplete-sale", message, hint=hint, row=row, line=line, path=path)
        for wrong, path, message, hint in _sale_faults(bits)
        if wrong
    ]


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
