"""One request of an upload: its body, and where in the source its records come from.

In: the bytes of records, with their rows and lines. Out: a batch, and its halves. Rule: a unit, which is a record or
all rows of a sale, is never cut.
Source: https://www.custobar.com/docs/api/data-import-formats/ (bodies); https://developers.custobar.com/ (paths).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha256
from operator import and_
from typing import NamedTuple

from custobar_formats.core.arguments import check_count
from custobar_formats.core.entities import Entity
from custobar_formats.core.upload_limits import MAX_BYTES, MAX_RECORDS

IDENTIFIED, BEGINS, FOLLOWS_TAKEN = 1, 2, 4
"""The marks of a record: it has an identifier, by which it can be sent again; a unit begins with it; records that were
taken are before it, and left out."""

Span = tuple[int, int]


class Limits(NamedTuple):
    """How much one request takes."""

    max_records: int = MAX_RECORDS
    max_bytes: int = MAX_BYTES


LIMITS = Limits()


def checked_limits(**limits: int) -> Limits:
    """The limits.

    Raises:
        UsageError: one of them is not a whole number from 1 on.

    """
    for name, value in limits.items():
        check_count(name, 0 if value is None else value, least=1)
    return Limits(**limits)


class BodyForm(NamedTuple):
    """The form of a body: what is before its records, after each but the last, and at the end."""

    entity: Entity
    content_type: str
    head: bytes
    between: bytes
    tail: bytes

    @property
    def overhead(self) -> int:
        """The bytes of a body beyond those of its records, each with what is after it."""
        return len(self.head) + len(self.tail) - len(self.between)


class Entries(NamedTuple):
    """Where records are: ``start`` is that of the first, ``ends`` are behind what follows each, in bytes."""

    start: int
    ends: array[int]
    rows: array[int]
    lines: array[int]
    marks: array[int]

    def part(self, first: int, last: int) -> Entries:
        """The entries from a place up to another."""
        start = self.ends[first - 1] if first else self.start
        return Entries(start, *(each[first:last] for each in self[1:]))


@dataclass(frozen=True, slots=True)
class UploadBatch:
    """One request of an upload.

    Attributes:
        entity: the entity of the records.
        path: the path of the request.
        content_type: its Content-Type header.
        body: its body.
        records: the number of records; of sales, the rows.
        rows: the rows (or numbers) of its records in the source, as closed spans from 1 on, which ascend.
        lines: for each of those spans, the lines of the source where its first and its last record begin.
        sha256: the SHA-256 of the body, in hexadecimal.
        identified: whether sending it twice leaves the same data as sending it once: each record has an identifier.

    """

    entity: Entity
    path: str
    content_type: str
    body: bytes = field(repr=False)
    records: int
    rows: tuple[Span, ...]
    lines: tuple[Span, ...]
    sha256: str
    identified: bool
    _form: BodyForm = field(repr=False, compare=False)
    _entries: Entries = field(repr=False, compare=False)

    @property
    def units(self) -> int:
        """How many of its records, or of its sales, are never cut."""
        return len(self._begins())

    def _begins(self) -> list[int]:
        return [place for place, mark in enumerate(self._entries.marks) if mark & BEGINS]

    def halves(self) -> tuple[UploadBatch, UploadBatch] | None:
        """Two batches with half of the records each, or None for one record or one sale, which is not cut."""
        begins = self._begins()
        if len(begins) < 2:
            return None
        middle = begins[(len(begins) + 1) // 2]
        return self._part(0, middle), self._part(middle, self.records)

    def _part(self, first: int, last: int) -> UploadBatch:
        entries = self._entries.part(first, last)
        shift = len(self._form.head) - self._entries.start
        data = self.body[entries.start + shift : entries.ends[-1] - len(self._form.between) + shift]
        return make_batch(self._form, data, entries)


def make_batch(form: BodyForm, data: bytes | memoryview, entries: Entries) -> UploadBatch:
    """The batch of some records; ``data`` ends with the last of them."""
    body = b"".join((form.head, data, form.tail))
    rows, lines = spans_of(entries)
    return UploadBatch(
        form.entity,
        f"/api/{form.entity}/upload/",
        form.content_type,
        body,
        len(entries.rows),
        rows,
        lines,
        sha256(body).hexdigest(),
        bool(reduce(and_, entries.marks) & IDENTIFIED),
        form,
        entries,
    )


def spans_of(entries: Entries) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The rows as spans that ascend, and the lines of the first and the last row of each."""
    rows, lines = entries.rows, entries.lines
    if rows == array("Q", range(rows[0], rows[0] + len(rows))):
        return ((rows[0], rows[-1]),), ((lines[0], lines[-1]),)
    spans: list[list[Span]] = []
    for row, line in sorted(zip(rows, lines, strict=True)):
        if spans and row == spans[-1][1][0] + 1:
            spans[-1][1] = (row, line)
        else:
            spans.append([(row, line), (row, line)])
    return tuple((a[0], b[0]) for a, b in spans), tuple((a[1], b[1]) for a, b in spans)
