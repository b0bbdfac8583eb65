"""Sales of several rows: what the rows have together.

In: blocks of records. Out: the sales that lack a field on all of their rows. Rule: a sale takes some 30 bytes of
memory, and 80 at most.
Source: https://developers.custobar.com/sales.html
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import accumulate, pairwise
from operator import ne, or_, sub
from typing import Any

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.records.block import RecordBlock
from custobar_formats.validation.digests import DigestTable

SALE_HAS = {
    "sale_date": 1,
    "sale_customer_id": 2,
    "sale_phone_number": 2,
    "sale_email": 2,
    "sale_currency": 4,
    "sale_exchange_rate": 8,
}
"""The fields of a sale that a row has, as bits; the three customer identifiers share one."""

ROW_BITS = "*sale"
"""Under this name, a block without records may have the bits of its rows in place of their fields."""

DATE, CUSTOMER, CURRENCY, RATE = 1, 2, 4, 8
BAD_ROW, REJECTED = 16, 32
"""More bits of a sale: its first row has an error of its own; one of its rows is rejected."""

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
    """The fields that the rows of each sale have together."""

    def __init__(self) -> None:
        self._table = DigestTable()
        self._bits = bytearray()
        self._rows = Steps()
        self._lines = Steps()
        self._rejected = DigestTable()  # none of their rows was a record when one was rejected

    def add(self, block: RecordBlock) -> None:
        """Add the rows of a block."""
        sales = block.values("sale_external_id")
        starts = [place for place, is_new in enumerate(map(ne, sales, (None, *sales))) if is_new]
        runs = [(first, end) for first, end in pairwise((*starts, len(sales))) if is_given(sales[first])]
        numbers = self._table.number([sales[first] for first, _ in runs])
        new = []
        for (first, _), number, bits in zip(runs, numbers, _bits_of(block, runs), strict=True):
            if number == len(self._bits):
                self._bits.append(BAD_ROW if block.numbers[first] in block.invalid else 0)
                new.append(first)
            self._bits[number] |= bits
        self._rows.extend([block.numbers[place] for place in new])
        self._lines.extend([block.lines[place] for place in new])

    def reject(self, sales: Sequence[str]) -> None:
        """Remember that rows of these sales are rejected."""
        for sale, number in zip(sales, self._table.find(sales), strict=True):
            if number is None:
                self._rejected.add([sale])
            else:
                self._bits[number] |= REJECTED

    def bits_of(self, sales: Sequence[str]) -> list[int]:
        """The bits of each sale, those of a complete one if none of its rows is a record."""
        found = zip(self._table.find(sales), self._rejected.find(sales), strict=True)
        return [
            (DATE | CUSTOMER if number is None else self._bits[number]) | (0 if rejected is None else REJECTED)
            for number, rejected in found
        ]

    def incomplete(self) -> Iterator[tuple[bool, list[Finding]]]:
        """For each incomplete sale, whether its first row is valid by itself, and the findings there."""
        if not any(self._bits.translate(INCOMPLETE)):
            return
        for bits, row, line in zip(self._bits, self._rows, self._lines, strict=True):
            if is_incomplete(bits):
                yield not bits & BAD_ROW, faults_of_sale(bits, row, line)


def bits_of_rows(block: RecordBlock) -> bytes:
    """The bits of the fields that each row has, for a block that goes to another process in place of its fields."""
    return bytes(_bits_of(block, [(row, row + 1) for row in range(len(block.numbers))]))


def _bits_of(block: RecordBlock, runs: Sequence[tuple[int, int]]) -> list[int]:
    """The bits of the fields that the rows of each run have together."""
    if block.fields is not None and ROW_BITS in block.fields:
        rows_have = block.fields[ROW_BITS]
        return [reduce(or_, rows_have[first:end]) for first, end in runs]
    always, sometimes = 0, list[tuple[int, list[bool]]]()
    for name, bit in SALE_HAS.items():
        values = block.values(name)
        missing = values.count(None) + values.count("")
        unread = block.unread.get(name, ())  # these rows have an error of their own
        if not missing:
            always |= bit
        elif missing < len(values) or unread:
            rows = zip(values, block.numbers, strict=True)
            sometimes.append((bit, [is_given(value) or row in unread for value, row in rows]))
    if not sometimes:
        return [always] * len(runs)
    return [reduce(or_, (bit for bit, has in sometimes if True in has[first:end]), always) for first, end in runs]


def is_incomplete(bits: int) -> bool:
    """Whether a sale lacks a field."""
    return not bits & DATE or not bits & CUSTOMER or bool(bits & CURRENCY) != bool(bits & RATE)


INCOMPLETE = bytes(map(is_incomplete, range(256)))
"""For all bits of a sale, whether it lacks a field."""


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
