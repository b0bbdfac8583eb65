"""The records of a source into a spool, while the source is read.

In: blocks of valid records. Out: a spool, with all rows of a sale together. Rule: only what was taken is left out, and
where it was shows.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import or_

from custobar_formats.core.entities import Entity
from custobar_formats.records.block import RecordBlock
from custobar_formats.upload.batch import BEGINS, FOLLOWS_TAKEN, IDENTIFIED
from custobar_formats.upload.bodies import Bodies
from custobar_formats.upload.row_map import Spans, has_span
from custobar_formats.upload.sales import SALE, SaleRuns
from custobar_formats.upload.spool import RecordSpool
from custobar_formats.validation.sales import is_given

IDENTIFYING: dict[str, tuple[str, ...]] = {
    "customers": ("external_id", "email", "phone_number"),
    "products": ("external_id",),
    "sales": ("external_id",),
    "shops": ("external_id",),
    "events": (),
}
"""The fields of which a record has one if sending it again updates it."""


class Spooling:
    """Puts the records of blocks into a spool, which is closed after an exception.

    Attributes:
        taken: rows that are not sent again; a block of them is left out. None of sales, whose rows may stand apart.
        left_out: the number of records that are left out.
        identified: whether each record so far has an identifier.

    """

    def __init__(self, entity: Entity, taken: Spans = ()) -> None:
        self._names = IDENTIFYING[entity]
        self._runs = SaleRuns() if entity == "sales" else None
        self._spool = RecordSpool()
        self.taken = taken if self._runs is None else ()
        self.left_out = self._follows = self._largest = 0
        self.identified = bool(self._names)

    def __enter__(self) -> Spooling:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._spool.close()

    def add(self, block: RecordBlock, bodies: Bodies) -> None:
        """Add the records of a block, or leave them out."""
        identified = self._identified(block)
        bodies.begin()
        if self.is_needless(block.numbers):
            self.left_out += len(block.numbers)
            self._follows = FOLLOWS_TAKEN
            return
        begins: Iterable[int] = repeat(BEGINS)
        if self._runs is not None:
            begins = self._runs.add(block.values(SALE), self._spool.count)
        marks = array("Q", map(or_, begins, identified))
        marks[0] |= self._follows
        self._follows = 0
        data, sizes = bodies.encode(block)
        self._largest = max(self._largest, max(sizes, default=0))
        self._spool.add(data, sizes, block.numbers, block.lines, marks)

    def is_needless(self, rows: Sequence[int]) -> bool:
        """Whether nobody needs the records of some rows, for all of them are taken."""
        if not self.taken:
            return False
        return has_span(self.taken, rows[0], rows[-1]) or all(has_span(self.taken, row, row) for row in rows)

    def _identified(self, block: RecordBlock) -> Iterable[int]:
        """The mark of each record that has an identifier, 0 for another."""
        if not self._names or all(block.values(self._names[0])):
            return repeat(IDENTIFIED if self._names else 0, len(block.numbers))
        values = map(block.values, self._names)
        marks = [IDENTIFIED if any(map(is_given, found)) else 0 for found in zip(*values, strict=True)]
        self.identified = self.identified and all(marks)
        return marks

    def may_exceed(self, room: int) -> bool:
        """Whether a record or a sale may alone be more than a request takes; what is left out was not."""
        return self._runs is not None or self._largest > room

    def finish(self) -> RecordSpool:
        """The records, with each sale together."""
        if self._runs is not None:
            self._spool = self._runs.in_sending_order(self._spool)
        return self._spool
