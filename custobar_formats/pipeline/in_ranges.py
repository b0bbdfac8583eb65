"""The rows of a file, read in ranges by several processes, as if one had read them.

In: what reads ranges in this process, and what does in others. Out: the file's blocks, in order, and what all of it
shows. Rules: a range counts only if it begins where the one before it ended, which makes its beginning the beginning of
a record; a finding that another process did not make is made here, by reading its range again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from custobar_formats.core.findings import Finding, Severity, column_key
from custobar_formats.core.job_limits import CUT_WINDOW, FIRST_RANGE, MAX_RANGE, MAX_WRITTEN_RANGE, MAX_WRONG_CUTS
from custobar_formats.csvtext.cuts import Cutter, Range, is_all_ascii, place_after
from custobar_formats.csvtext.row_width import SURPLUS
from custobar_formats.files.parts import OpenedParts, PartedFile
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.jobs import Executor, Receive, range_sizes
from custobar_formats.pipeline.light_blocks import NotMade, PartReader, unpacked
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.pipeline.range_form import End, Form
from custobar_formats.pipeline.ranges import RangeEnd
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.validation.mixed_money import MoneyFields


class Knowledge(Protocol):
    """Where what ranges show is gathered."""

    def merge(self, end: Any) -> None:
        """Add what a range has shown."""


@dataclass(frozen=True, slots=True)
class ColumnKnowledge:
    """Where the knowledge about the columns of the whole file is gathered."""

    fields: MoneyFields
    money: MoneyColumns
    blocks: BlockReader

    def merge(self, end: RangeEnd) -> None:
        """Add what a range has shown."""
        self.fields.with_decimals |= end.with_decimals
        self.fields.with_wholes |= end.with_wholes
        self.money.filled |= end.filled
        self.blocks.decisions.merge(end.evidence)


def shared_file(source: TextInput | ByteInput, executor: Executor | None) -> PartedFile | None:
    """The file, if ranges of it may be read by several processes, and that is worth it."""
    if executor is None or not isinstance(source, ByteInput):
        return None
    file = source.as_parts()
    return file if file is not None and executor.count_for(file.size) > 1 else None


class InRanges:
    """Reads the rows of one file; ``passed`` is called with the place up to which it has been read."""

    def __init__(
        self, reader: PartReader, executor: Executor, knowledge: Knowledge, passed: Callable[[int], None]
    ) -> None:
        self._reader = reader
        self._executor = executor
        self._knowledge = knowledge
        self._passed = passed
        self._first: list[RecordBlock] = []
        self._rest: list[Range] = []
        self._rows = 0
        self._has_surplus = False
        self._again: tuple[object, dict[int, Finding]] | None = None

    @property
    def _form(self) -> Form:
        form: Form = self._reader.form
        return form

    def begin(self, line: int) -> bool:
        """Read the first rows, from a line on; whether they decide what is needed for the others."""
        size = self._form.file.size
        with self._form.file.opened() as opened:
            rows = self._rows_from(opened, line)
            if rows is None:
                return False
            self._rest = [*islice(self._cutter(opened).ranges(rows, FIRST_RANGE, size), 2)]
        if len(self._rest) < 2:
            return False
        if not self._executor.start(self._executor.count_for(size)):
            return False
        reading = self._reader.read(self._rest[0])
        self._first = [*reading.blocks()]
        self._end = reading.end()
        return self._decides(self._end)

    def _rows_from(self, opened: OpenedParts, line: int) -> Range | None:
        """The part of the file from a line on; None if that is not near its start."""
        encoding = self._form.encoding
        start = opened.read(encoding.mark, MAX_RANGE)
        place = place_after([start], encoding.codec, line - 1)
        if place is None:
            return None
        return Range(encoding.mark + place, self._form.file.size, line, is_all_ascii(start, encoding.codec, place))

    def _decides(self, end: Any) -> bool:
        """Whether the first rows have decided what is needed for the others, which is kept."""
        self._reader.form = replace(self._reader.form, surplus=end.surplus)
        return end.surplus is not None

    def _is_usable(self, end: Any) -> bool:  # noqa: ARG002 - other kinds of files need it
        """Whether what another process has found in a range is all that is needed."""
        return True

    def blocks(self) -> Iterator[RecordBlock]:
        """All blocks, after a beginning that decides.

        Raises:
            OSError: the file cannot be read, or has changed; or a process has ended again and again.

        """
        first, others = self._rest
        yield from self._accepted(first, self._first, self._end)
        if not self._end.is_broken and self._end.place < self._form.file.size:
            with self._form.file.opened() as opened:
                yield from self._others(opened, self._from_here(opened, others))

    def _others(self, opened: OpenedParts, others: Range) -> Iterator[RecordBlock]:
        """The blocks after the first range: this process reads those that the executor leaves to it."""
        executor, waiting = self._executor, deque[tuple[Range, Receive | None]]()
        count, ahead = executor.count_for(self._form.file.size), executor.ahead_for(self._form.file.size)
        executor.set_up(self._form)
        most = MAX_WRITTEN_RANGE if self._form.wanted.records or self._form.wanted.fixed else MAX_RANGE
        first, each = range_sizes(others.end - others.start, count, most)
        parts = self._cutter(opened).ranges(others, first, each)
        wrong = 0
        try:
            while not self._end.is_broken and self._end.place < others.end:
                while len(waiting) < ahead and (following := next(parts, None)) is not None:
                    waiting.append((following, executor.submit(following)))
                part, receive = waiting.popleft()
                result = None if receive is None else receive()
                if part.start != self._end.place:  # the record at the end of the range before goes on in this one
                    wrong += 1
                    if part.end <= self._end.place:
                        continue
                    part, result = self._from_here(opened, part), None
                    if wrong > MAX_WRONG_CUTS:
                        part = part._replace(end=others.end)
                        executor.close()
                if result is None or not self._is_usable(result[1]):
                    yield from self._read_here(part)
                else:
                    yield from self._accepted(part, map(unpacked, result[0]), result[1])
        finally:
            if waiting:
                executor.close()

    def _from_here(self, opened: OpenedParts, part: Range) -> Range:
        """The rest of a range, from the place on up to which the file has been read."""
        before = opened.read(part.start, self._end.place - part.start)
        is_ascii = part.is_ascii and is_all_ascii(before, self._form.encoding.codec, len(before))
        return Range(self._end.place, part.end, self._end.line, is_ascii)

    def _cutter(self, opened: OpenedParts) -> Cutter:
        return Cutter(opened.read, self._form.encoding.codec, CUT_WINDOW)

    def _read_here(self, part: Range) -> Iterator[RecordBlock]:
        """The blocks of a range, read by this process."""
        reading = self._reader.read(part)
        for block in reading.blocks():
            yield self._moved(block, None)
        self._add(reading.end())

    def _accepted(self, part: Range, blocks: Iterable[RecordBlock], end: End) -> Iterator[RecordBlock]:
        """The blocks of a range that has been read."""
        for block in blocks:
            yield self._moved(block, part)
        self._add(end)

    def _add(self, end: End) -> None:
        """Go on where a range has ended."""
        self._rows += end.rows
        self._end = end
        self._knowledge.merge(end)
        self._passed(end.place)

    # -- a block of a range as one of the file

    def _moved(self, block: RecordBlock, part: Range | None) -> RecordBlock:
        """A block with the numbers of rows in the file; without a part, all of its findings can be made."""
        rows, findings = self._rows, block.findings
        if any(finding.code == SURPLUS for finding in findings):
            if self._has_surplus:  # it is reported once a file
                findings = [finding for finding in findings if finding.code != SURPLUS]
            self._has_surplus = True
        if not block.groups:
            block.numbers, block.findings = _moved(block.numbers, rows), [_with_row(each, rows) for each in findings]
            block.invalid = {row + rows for row in block.invalid}
            block.as_read = [(row + rows, cells) for row, cells in block.as_read]
            block.unread = _moved_rows(block.unread, rows)
            return block
        return replace(  # what makes the findings of a group keeps the block as it is
            block,
            numbers=_moved(block.numbers, rows),
            invalid={row + rows for row in block.invalid},
            findings=[_with_row(finding, rows) for finding in findings],
            groups=[self._moved_group(group, part, rows) for group in block.groups],
            as_read=[(row + rows, cells) for row, cells in block.as_read],
            unread=_moved_rows(block.unread, rows),
        )

    def _moved_group(self, group: FindingGroup, part: Range | None, rows: int) -> FindingGroup:
        make, code, severity, key = group.make, group.code, group.severity, group.key

        def make_moved(place: int) -> Finding:
            try:
                finding = make(place)
            except NotMade:
                assert part is not None
                row = next(row for row, at in group.rows.items() if at == place)
                finding = self._read_again(part, code, severity, key)[row]
            return _with_row(finding, rows)

        counts = None if group.counts is None else {row + rows: count for row, count in group.counts.items()}
        return FindingGroup(code, severity, key, {row + rows: at for row, at in group.rows.items()}, make_moved, counts)

    def _read_again(self, part: Range, code: str, severity: Severity, key: str) -> dict[int, Finding]:
        """The findings of one code in one column of a range, by their rows in the range."""
        wanted = part, code, severity, key
        if self._again is None or self._again[0] != wanted:
            found: dict[int, Finding] = {}
            for block in self._reader.read(part).blocks():
                for each in block.findings:
                    if each.row is not None and (each.code, each.severity, column_key(each)) == wanted[1:]:
                        found[each.row] = each
                for group in block.groups:
                    if (group.code, group.severity, group.key) == wanted[1:]:
                        found |= {row: group.make(at) for row, at in group.rows.items()}
            self._again = wanted, found
        return self._again[1]


def _moved(numbers: Sequence[int], rows: int) -> Sequence[int]:
    if isinstance(numbers, range):
        return range(numbers.start + rows, numbers.stop + rows, numbers.step)
    return [number + rows for number in numbers]


def _moved_rows(unread: dict[str, set[int]], rows: int) -> dict[str, set[int]]:
    return {name: {row + rows for row in numbers} for name, numbers in unread.items()}


def _with_row(finding: Finding, rows: int) -> Finding:
    return finding if finding.row is None or not rows else replace(finding, row=finding.row + rows)
