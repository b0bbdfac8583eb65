"""CSV text to rows of cells, with the line where each row begins.

In: chunks of text. Out: blocks of rows. Rules: RFC 4180, strictly; nothing after broken quotes is trusted; memory does
not grow with the file.
Source: RFC 4180; Python's csv module does the splitting.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import (
    BLOCK_ROWS,
    LONG_LINE,
    LONG_RECORD,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROW_CELLS,
    READ_BLOCK_CELLS,
)
from custobar_formats.core.spreadsheet import read_constant
from custobar_formats.csvtext.row_width import RowFitter
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.csvtext.scanner import find_problem, lost_end, overfull, oversized, scan_record, too_wide
from custobar_formats.csvtext.splitter import Splitter
from custobar_formats.text.checks import TextCheck
from custobar_formats.text.chunks import Stretches, count_breaks, lines_of, located


class RowReader:
    """Reads rows in blocks: by splitting stretches of text, or one by one where a record is incomplete or wrong.

    Each block lists those of ``checks``, the warnings about text, that may be due for its cells. With ``escapes`` it
    also has whether its cells may need a backslash in JSON text, unless nobody needs the records of its rows. Where a
    part of a file is read, ``is_past`` is whether the text behind it has been begun, which is read to a record's end.

    Attributes:
        ended: whether no row follows.
        is_broken: whether a finding has ended the reading.
        surplus: the number of blank cells that a row may have beyond the header, decided by the first record; or None.
        is_waiting: whether the rows at the end of the text were not enough to decide that.

    """

    def __init__(
        self,
        chunks: Iterable[str],
        delimiter: str,
        first_line: int = 1,
        *,
        checks: Sequence[TextCheck] = (),
        escapes: bool = False,
        by_column: bool = False,
        is_needless: Callable[[Sequence[int]], bool] | None = None,
        is_past: Callable[[], bool] = bool,
    ) -> None:
        self._delimiter = delimiter
        self._splitter = Splitter(delimiter, checks, escapes=escapes)
        self._checks = checks
        self._by_column = by_column
        self._is_needless = is_needless
        self._is_past = is_past
        self._stretches = Stretches(chunks, self._lost_end)
        self._texts = iter(self._stretches)
        self._given_back = ""
        self._held: list[str] = []
        self._line = first_line
        self._number = 1
        self._checks_size = csv.field_size_limit() > MAX_CELL
        self._long = LONG_RECORD
        self._most, self._too_many = MAX_COLUMNS, too_wide
        self.ended = self.is_broken = self.is_waiting = False
        self.surplus: int | None = None

    @property
    def line(self) -> int:
        """The line where the next record begins; between two records."""
        return self._line

    @property
    def taken(self) -> int:
        """How many rows have been read."""
        return self._number - 1

    @property
    def is_amid(self) -> bool:
        """Whether a record has begun and not ended yet."""
        return bool(self._held)

    @property
    def unread(self) -> str:
        """The text after the last record that was taken from the chunks; between two records."""
        return self._given_back + self._stretches.rest

    def _next_text(self) -> str | None:
        """The next stretch of text; None at the end."""
        if self._given_back:
            text, self._given_back = self._given_back, ""
            return text
        try:
            return next(self._texts, None)
        except EndOfReading as end:
            rest = self._stretches.rest
            text = rest[: self._lost_end(rest)] if len(rest) >= LONG_LINE else ""
            if not text:
                raise EndOfReading(located(end.finding, self._line + len(self._held), rest)) from None
            return text

    def _lost_end(self, text: str) -> int:
        """How much of a line's beginning, after the held lines, is enough to end the reading; 0 if it does not."""
        held = "".join(self._held)
        end = max(0, lost_end(held + text, self._delimiter, self._most) - len(held))
        self._long = 0 if end else self._long  # the rest of the record is not read
        return end

    def _feed(self) -> Iterator[str]:
        """The held lines and, in the middle of a record, the lines that follow."""
        yield from self._held
        while True:
            if len(self._held) >= self._long:
                self._long = 2 * len(self._held)
                if lost_end("".join(self._held), self._delimiter, self._most):
                    return
            text = self._next_text()
            if text is None:
                return
            fresh = lines_of(text)
            self._held += fresh
            yield from fresh

    def read_header(self) -> tuple[list[str] | None, int, list[Finding]]:
        """The column names, their line, and the findings; blank lines before the header are skipped."""
        while not self.ended:
            block = self._read_one()
            if block.rows or block.findings:
                self.begin_rows()
                labels, line = next(iter(block.rows), None), next(iter(block.lines), self._line)
                if labels is not None and len(labels) > MAX_COLUMNS:
                    return None, line, [too_wide(line)]
                return labels, line, [replace(finding, row=None) for finding in block.findings]
        return None, self._line, []

    def begin_rows(self) -> None:
        """Take what follows for rows, numbered from 1 on, of which none is a header."""
        self._number = 1
        self._most, self._too_many = MAX_ROW_CELLS, overfull

    def blocks(
        self,
        labels: list[str],
        *,
        may_repeat: bool = False,
        reasons: int | None = None,
        padding: int = 0,
        surplus: int | None = None,
    ) -> Iterator[RowBlock]:
        """The rows after the header that are as wide as it is; for the options see ``RowFitter``."""
        size = max(1, min(BLOCK_ROWS, READ_BLOCK_CELLS // len(labels)))
        fitter = RowFitter(
            labels,
            self._delimiter,
            may_repeat=may_repeat,
            by_column=self._by_column,
            most=self._most,
            too_many=self._too_many,
            reasons=reasons,
            padding=padding,
            surplus=surplus,
        )
        waiting: list[RowBlock] = []
        for block in chain(self._all_blocks(size), [None]):
            self.is_waiting = block is None and bool(waiting)
            waiting += [block] if block is not None else []
            if not fitter.settle(waiting, ended=block is None):
                continue
            self.surplus = fitter.surplus
            for each in waiting:
                fitted = fitter.fit(each)
                self.ended |= fitter.ended
                self.is_broken |= fitter.ended
                yield fitted
                if fitter.ended:
                    return
            waiting.clear()

    def _all_blocks(self, size: int) -> Iterator[RowBlock]:
        """The rows after the header, of any width."""
        while not self.ended:
            for block in [self._read_one()] if self._held else self._read_stretch(size):
                if block.rows or block.findings:
                    yield block
            self.ended |= self._is_past()

    def _read_stretch(self, size: int) -> Iterator[RowBlock]:
        """The rows of the next stretch, ``size`` at a time, up to the first record that is incomplete or wrong."""
        try:
            text = self._next_text()
        except EndOfReading as end:
            yield self._end(end.finding)
            return
        if text is None:
            self.ended = True
            return
        first, splitter = self._line, self._splitter
        suspects, escapes = splitter.suspects(text), None
        for found in splitter.split(text, size):
            block = RowBlock(found.rows, range(self._number, self._number + len(found.rows)), found.lines)
            block.lines = _shifted(found.lines, first)
            block.suspects = splitter.with_breaks(suspects) if found.has_breaks else suspects
            if self._is_needless is None or not self._is_needless(block.numbers):
                escapes = splitter.has_escapes(text) if escapes is None else escapes
                block.escapes = escapes or found.has_quotes or found.has_breaks
            block.delimiters, block.texts = found.delimiters, found.texts
            for place, raw in found.odd:
                block.findings += self._find_inner_quotes(raw, block.numbers[place], block.lines[place])
            self._number += len(found.rows)
            yield block
        self._line = first + splitter.line
        self._held = lines_of(splitter.rest) if splitter.rest else []

    def _end(self, problem: Finding) -> RowBlock:
        """The last block, with the problem of the row that would come next."""
        self.ended = self.is_broken = True
        return RowBlock([], [], [], [replace(problem, row=self._number)], skipped=1)

    def _read_one(self) -> RowBlock:
        """The next row that is not a blank line, or its problem; the text after it is put back."""
        reader = csv.reader(self._feed(), delimiter=self._delimiter, strict=True)
        row: list[str] = []
        begin, problem, self._long = 0, None, LONG_RECORD
        try:
            for row in islice(reader, LONG_RECORD):  # blank lines are held until then
                if row:
                    break
                begin = reader.line_num
            else:
                self.ended = reader.line_num < LONG_RECORD
        except csv.Error:
            problem = self._diagnose(self._line + begin, begin, reader.line_num)
        except EndOfReading as end:
            problem = end.finding
        line, raw = self._line + begin, "".join(self._held[begin : reader.line_num])
        problem = (self._oversized(row, line) if self._checks_size else None) or problem
        self._line += reader.line_num
        self._given_back = "".join(self._held[reader.line_num :])
        self._held = []
        if problem is not None:
            return self._end(problem)
        if not row:
            return RowBlock([], [], [])
        block = RowBlock([row], [self._number], [line], suspects=self._checks)
        text = self._delimiter.join(row)
        block.delimiters = [text.count(self._delimiter)] if "\n" in text or "\r" in text else ()
        if '"' in text:
            block.findings += self._find_inner_quotes(raw, self._number, line)
        self._number += 1
        return block

    def _find_inner_quotes(self, raw: str, number: int, line: int) -> Iterator[Finding]:
        """The findings for quotes inside cells of a row that do not begin with a quote, formulas of a text apart."""
        for column, cell in enumerate(scan_record(raw, self._delimiter), 1):
            if '"' in cell.text and not cell.quoted and read_constant(cell.text) is None:
                yield make_finding(
                    "quote-in-cell",
                    "a quote inside a cell that does not start with a quote; it is kept",
                    hint="put quotes around the whole cell and double the quotes inside it",
                    row=number,
                    line=line,
                    column=column,
                    value=cell.text,
                )

    def _oversized(self, row: list[str], line: int) -> Finding | None:
        """The finding for a cell that is too long, where the host program lets the csv module take longer ones."""
        for number, cell in enumerate(row, 1):
            if len(cell) > MAX_CELL:
                if number > self._most:
                    return self._too_many(line)
                return oversized(line + sum(map(count_breaks, row[: number - 1])), number)
        return None

    def _diagnose(self, line: int, begin: int, taken: int) -> Finding:
        """The problem of the record at a line, where the csv module gave up.

        The held lines have the record from ``begin`` on; the module has taken those before ``taken``.
        """
        text, later = "".join(self._held[begin:taken]), self._later(taken)
        return find_problem(text, self._delimiter, line, self._most, later) or self._too_many(line)

    def _later(self, taken: int) -> Iterator[str]:
        """The text after the lines that the csv module has taken; what is read here is not held."""
        yield from self._held[taken:]
        while (text := self._next_text()) is not None:
            yield text


def _shifted(lines: Sequence[int], first: int) -> Sequence[int]:
    """Line numbers within a text, as line numbers of the file; the text begins at line ``first``."""
    if isinstance(lines, range):
        return range(lines.start + first, lines.stop + first)
    return [line + first for line in lines]
