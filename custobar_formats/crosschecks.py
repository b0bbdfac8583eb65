"""Rules across records: sales that lack something, and identifiers that occur twice.

In: records, one after the other, with their rows and lines. Out: findings; those about whole sales at the end. The
rule kept here: the memory is bounded by the number of distinct identifiers, some ninety bytes each.
Source: https://developers.custobar.com/sales.html, https://developers.custobar.com/customers.html
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from custobar_formats.findings import Finding, make_finding

DIGEST_BITS = 60
"""Bits of an identifier's digest: what a Python int holds in 32 bytes. Among a million identifiers the chance that
two share one is less than one in two million."""

SALE_HAS = {
    "sale_date": 1,
    "sale_customer_id": 2,
    "sale_phone_number": 2,
    "sale_email": 2,
    "sale_currency": 4,
    "sale_exchange_rate": 8,
}
"""What a row tells of its sale, as bits; the three customer identifiers are one."""

DATE, CUSTOMER, CURRENCY, RATE, BAD_ROW = 1, 2, 4, 8, 16
"""The last says that the first row of the sale has an error of its own."""

EXPLAINED = 100
"""Findings about identifiers of one name that tell the row of the first occurrence: as many as a report keeps."""


def _digest(*parts: Any) -> int:
    text = "\0".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> (
        64 - DIGEST_BITS
    )


class Seen:
    """Distinct keys in the order of their first occurrence, each with bits, a row and a line."""

    def __init__(self) -> None:
        self._bits: dict[int, int] = {}
        self._rows = array("I")
        self._lines = array("I")

    def add(self, key: int, bits: int, row: int, line: int) -> bool:
        """Add bits to a key; whether it was there before."""
        before = self._bits.get(key)
        self._bits[key] = (before or 0) | bits
        if before is not None:
            return True
        self._rows.append(min(row, 0xFFFFFFFF))
        self._lines.append(min(line, 0xFFFFFFFF))
        return False

    def __contains__(self, key: int) -> bool:
        return key in self._bits

    def entries(self) -> Iterator[tuple[int, int, int, int]]:
        """Each key with its bits, and the row and the line of its first occurrence."""
        yield from (
            (key, bits, row, line)
            for (key, bits), row, line in zip(self._bits.items(), self._rows, self._lines, strict=True)
        )


class CrossChecks:
    """Checks the records of one entity against each other."""

    def __init__(self, entity: str) -> None:
        self._identify = IDENTIFIERS.get(entity)
        self._seen = Seen()
        self._sales = Seen() if entity == "sales" else None
        self._twice: dict[int, int] = {}
        self._told: Counter[str] = Counter()

    def add(self, record: dict[str, Any], row: int, line: int, *, valid: bool) -> Finding | None:
        """Take the next record; a finding where its identifier occurred before."""
        if self._sales is not None:
            self._add_sale(self._sales, record, row, line, valid)
        identifier = self._identify(record) if self._identify is not None else None
        if identifier is None:
            return None
        key = _digest(*identifier)
        if not self._seen.add(key, 0, row, line):
            return None
        name, value = identifier[:2]
        self._told[name] += 1
        if self._told[name] <= EXPLAINED:
            self._twice[row] = key
        message = f"{name} {value!r} occurred before; this record overwrites that one"
        return make_finding("duplicate-identifier", message, row=row, line=line, path=f"/{name}", value=str(value))

    @staticmethod
    def _add_sale(sales: Seen, record: dict[str, Any], row: int, line: int, valid: bool) -> None:
        if not _is_given(record.get("sale_external_id")):
            return
        key = _digest(record["sale_external_id"])
        bits = 0 if valid or key in sales else BAD_ROW
        for name, bit in SALE_HAS.items():
            if _is_given(record.get(name)):
                bits |= bit
        sales.add(key, bits, row, line)

    def finish(self) -> Iterator[tuple[bool, list[Finding]]]:
        """For each incomplete sale, whether its first row was valid by itself, and the findings at that row."""
        for _, bits, row, line in self._sales.entries() if self._sales is not None else ():
            faults = [
                make_finding("incomplete-sale", message, hint=hint, row=row, line=line, path=path)
                for wrong, path, message, hint in _sale_faults(bits)
                if wrong
            ]
            if faults:
                yield not bits & BAD_ROW, faults

    def explain(self) -> Callable[[Finding], Finding]:
        """What puts the row of the first occurrence into the hint of a finding about an identifier."""
        wanted = set(self._twice.values())
        first = {key: row for key, _, row, _ in self._seen.entries() if key in wanted} if wanted else {}

        def with_row(finding: Finding) -> Finding:
            if finding.code != "duplicate-identifier" or finding.row not in self._twice:
                return finding
            return replace(finding, hint=f"it occurred first in row {first[self._twice[finding.row]]}")

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


def _by_external_id(*also: str) -> Callable[[dict[str, Any]], tuple[Any, ...] | None]:
    def identify(record: dict[str, Any]) -> tuple[Any, ...] | None:
        value = record.get("external_id")
        return ("external_id", value, *(record.get(name) for name in also)) if _is_given(value) else None

    return identify


def _customer(record: dict[str, Any]) -> tuple[Any, ...] | None:
    for name in ("external_id", "email", "phone_number"):
        if _is_given(record.get(name)):
            return (name, record[name])
    return None


IDENTIFIERS: dict[str, Callable[[dict[str, Any]], tuple[Any, ...] | None]] = {
    "customers": _customer,
    "products": _by_external_id("language", "shop_id", "store_id"),
    "sales": _by_external_id(),
    "shops": _by_external_id(),
}
"""What identifies a record of each entity; an event has no identifier."""
