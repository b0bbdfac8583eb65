"""The rows of a CSV file, read in ranges by several processes, as if one had read them.

In: the form of a file, and what reads its ranges. Out: its blocks, in order, and what its columns show. Rules: a range
counts only if it begins where the one before it ended, which makes its beginning the beginning of a record; a finding
that another process did not make is made here, by reading its range again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from custobar_formats.core.findings import Finding, Severity, column_key
from custobar_formats.core.job_limits import CUT_WINDOW, FIRST_RANGE, MAX_RANGE, MAX_WRITTEN_RANGE, MAX_WRONG_CUTS
from custobar_formats.csvtext.cuts import Cutter, Range, is_all_ascii, place_after
from custobar_formats.csvtext.row_width import SURPLUS
from custobar_formats.files.parts import OpenedParts, PartedFile
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.jobs import Executor, Receive, range_sizes
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.pipeline.options import Options
from custobar_formats.pipeline.ranges import NotMade, RangeEnd, RangeForm, RangeReader, unpacked
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.mixed_money import MoneyFields


@dataclass(frozen=True, slots=True)
class Knowledge:
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


def shared_file(source: TextInput | ByteInput, executor: Executor | None, options: Options) -> PartedFile | None:
    """The file, if ranges of it may be read by several processes, and that is worth it."""
    if executor is None or not isinstance(source, ByteInput) or options.mapping or options.fixes is not None:
        return None
    file = source.as_parts()
    return file if file is not None and executor.count_for(file.size) > 1 else None


class InRanges:
    """Reads the rows of one file; ``passed`` is called with the place up to which it has been read."""

    def __init__(
        self,
        form: RangeForm,
        schema: Schema | None,
        executor: Executor,
        knowledge: Knowledge,
        passed: Callable[[int], None],
    ) -> None:
        self._form = form
        self._reader = RangeReader(form, schema)
        self._executor = executor
        self._knowledge = knowledge
        self._passed = passed
        self._first: list[RecordBlock] = []
        self._rest: list[Range] = []
        self._rows = 0
        self._has_surplus = False
        self._again: tuple[object, dict[int, Finding]] | None = None

    def begin(self, line: int) -> bool:
        """Read the first rows, from a line on; whether they decide what is needed for the others."""
        file, encoding = self._form.file, self._form.encoding
        with file.opened() as opened:
            start = opened.read(encoding.mark, MAX_RANGE)
            place = place_after([start], encoding.codec, line - 1)
            if place is None:
                return False
            is_ascii = is_all_ascii(start, encoding.codec, place)
            rows = Range(encoding.mark + place, file.size, line, is_ascii)
            self._rest = [*islice(self._cutter(opened).ranges(rows, FIRST_RANGE, file.size), 2)]
        if len(self._rest) < 2:
            return False
        if not self._executor.start(self._executor.count_for(file.size)):
            return False
        reading = self._reader.read(self._rest[0])
        self._first = [*reading.blocks()]
        self._end = end = reading.end()
        self._reader.form = self._form = replace(self._form, surplus=end.surplus)
        return end.surplus is not None

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
        most = MAX_WRITTEN_RANGE if self._form.wanted.records else MAX_RANGE
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
                if result is None:
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

    def _accepted(self, part: Range, blocks: Iterable[RecordBlock], end: RangeEnd) -> Iterator[RecordBlock]:
        """The blocks of a range that has been read."""
        for block in blocks:
            yield self._moved(block, part)
        self._add(end)

    def _add(self, end: RangeEnd) -> None:
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
            return block
        return replace(  # what makes the findings of a group keeps the block as it is
            block,
            numbers=_moved(block.numbers, rows),
            invalid={row + rows for row in block.invalid},
            findings=[_with_row(finding, rows) for finding in findings],
            groups=[self._moved_group(group, part, rows) for group in block.groups],
            as_read=[(row + rows, cells) for row, cells in block.as_read],
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

        return FindingGroup(code, severity, key, {row + rows: at for row, at in group.rows.items()}, make_moved)

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


def _with_row(finding: Finding, rows: int) -> Finding:
    return finding if finding.row is None or not rows else replace(finding, row=finding.row + rows)
