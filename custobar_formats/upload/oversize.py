"""Records and sales that alone are more than one request takes.

In: the validated records, and the limits of a request. Out: a warning about each. Rule: a record or a sale is never
divided, so such a one is sent as it is; the user learns of it before.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.upload.batch import BEGINS
from custobar_formats.upload.spool import RecordSpool

OVER_LIMIT = "over-limit"

HINT = "it is never divided: it is sent as it is, and Custobar may refuse it"

AHEAD = 4096
"""Entries that are read at once."""


def oversize_warnings(spool: RecordSpool, max_records: int, max_bytes: int) -> Iterator[Finding]:
    """A warning about each record or sale of more records or more bytes of its own."""
    begun: list[tuple[int, int]] = []  # the number of a unit's first record, and its place in bytes
    for first in range(0, spool.count, AHEAD):
        entries = spool.entries(first, AHEAD)
        starts = (entries.start, *entries.ends)
        begun += [(first + place, starts[place]) for place, mark in enumerate(entries.marks) if mark & BEGINS]
        if first + AHEAD >= spool.count:
            begun.append((spool.count, entries.ends[-1]))
        for (number, start), (next_number, end) in pairwise(begun):
            count, size = next_number - number, end - start
            if count > max_records or size > max_bytes:
                what = "a record of" if count == 1 else f"a sale of {count:,} rows and"
                message = f"{what} {size:,} bytes is more than one request takes"
                where = spool.entries(number, 1)
                yield make_finding(OVER_LIMIT, message, hint=HINT, row=where.rows[0], line=where.lines[0])
        del begun[:-1]
