"""The rows of a CSV file, fixed in ranges by several processes, as if one had fixed them.

In: what fixes ranges, and the fixer of the whole file. Out: its blocks, with the text of their rows and their changes.
Rule: the first rows decide how the others are fixed; if they have been fixed otherwise themselves, no other is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from custobar_formats.csvtext.cuts import Range
from custobar_formats.csvtext.row_width import SURPLUS
from custobar_formats.files.parts import OpenedParts
from custobar_formats.pipeline.in_ranges import InRanges
from custobar_formats.pipeline.ranges import RangeReader
from custobar_formats.records.block import RecordBlock

if TYPE_CHECKING:
    from custobar_formats.pipeline.block_fixer import BlockFixer


class FixedInRanges(InRanges):
    """Fixes the rows of one file; ``fixer`` learns what its columns show."""

    def __init__(self, reader: RangeReader, *others: Any, fixer: BlockFixer, **more: Any) -> None:
        super().__init__(reader, *others, **more)
        self._adopt = reader.adopt
        self._fixer = fixer

    def _decides(self, end: Any) -> bool:
        decides = super()._decides(end)
        if decides:
            self._learn(end)
        return decides

    def _learn(self, end: Any) -> None:
        if end.fixes is not None:
            self._fixer.merge(end.fixes)
            end.fixes = None

    def _others(self, opened: OpenedParts, others: Range) -> Iterator[RecordBlock]:
        if self._form.wanted.fixed:
            if self._fixer.is_open and not self._fixer.settle():
                return
            self._adopt(self._fixer.adopted)  # also if the caller has settled it before
        yield from super()._others(opened, others)

    def _add(self, end: Any) -> None:
        super()._add(end)
        self._learn(end)

    def _moved(self, block: RecordBlock, part: Range | None) -> RecordBlock:
        fixed, before = block.fixed, self._rows
        block = super()._moved(block, part)
        if fixed is not None:
            fixed.move(before)
            if fixed.others[SURPLUS]:
                if self._has_surplus:  # it is listed once a file
                    fixed.leave_out(SURPLUS)
                self._has_surplus = True
        return block
