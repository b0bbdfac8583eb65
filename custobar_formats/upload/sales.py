"""Sales whose rows stand apart: their rows are sent together, where the last of them stands.

In: the sales of rows, block by block. Out: the records in the order in which they are sent. Rule: a run of rows of one
sale takes 16 bytes of memory, and no text; where rows stand apart, some 40.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter, ne
from typing import Any

from custobar_formats.upload.batch import BEGINS
from custobar_formats.upload.spool import RecordSpool
from custobar_formats.validation.sales import is_given

SALE = "sale_external_id"

PARTS = 16
"""Parts of the runs, which are sorted one after the other."""


class SaleRuns:
    """The runs of rows of one sale, divided into parts by its hash, so that sorting one part takes little memory.

    Two sales with the same hash, if there ever are any, are sent together, which does no harm.
    """

    def __init__(self) -> None:
        self._keys = [array("q") for _ in range(PARTS)]
        self._firsts = [array("Q") for _ in range(PARTS)]
        self._last: Any = None

    def add(self, sales: Sequence[Any], first: int) -> list[int]:
        """For each row whether it begins a unit, as marks; ``first`` is the number of the first record."""
        new = list(map(ne, sales, [self._last, *sales]))
        self._last = sales[-1]
        marks = [0] * len(new)
        for place, (is_new, sale) in enumerate(zip(new, sales, strict=True)):
            if is_given(sale):
                if is_new:
                    key = hash(sale)
                    self._keys[key % PARTS].append(key)
                    self._firsts[key % PARTS].append(first + place)
                    marks[place] = BEGINS
            else:
                marks[place] = BEGINS
        return marks

    def in_sending_order(self, spool: RecordSpool) -> RecordSpool:
        """The records with those of each sale together: the same spool if none stands apart, else a new one."""
        apart = [found for part in range(PARTS) if (found := self._find_apart(part))[0]]
        if not apart:
            return spool
        together = merge(*(zip(lasts, earlier, strict=True) for lasts, earlier in apart))
        moved = merge(*(array("Q", sorted(earlier)) for _, earlier in apart))
        ordered, done = RecordSpool(), 0
        steps = merge(together, ((first, -1) for first in moved))
        for first, group in groupby(steps, key=itemgetter(0)):
            ordered.copy(spool, done, first)
            done, joins = spool.end_of_run(first), False
            for _, earlier in group:
                if earlier >= 0:
                    ordered.copy(spool, earlier, spool.end_of_run(earlier), joins=joins)
                    joins = True
            if joins:
                ordered.copy(spool, first, done, joins=True)
        ordered.copy(spool, done, spool.count)
        spool.close()
        return ordered

    def _find_apart(self, part: int) -> tuple[array[int], array[int]]:
        """The last run of each sale that has several, once for each earlier one, and these; both in order."""
        runs = sorted(zip(self._keys[part], self._firsts[part], strict=True), reverse=True)
        self._keys[part], self._firsts[part] = array("q"), array("Q")
        pairs: list[tuple[int, int]] = []
        last, known = -1, None
        for key, first in runs:
            if key == known:
                pairs.append((last, first))
            else:
                known, last = key, first
        pairs.sort()
        return array("Q", [last for last, _ in pairs]), array("Q", [earlier for _, earlier in pairs])
