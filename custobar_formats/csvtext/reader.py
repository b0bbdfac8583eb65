"""CSV text to rows of cells, with the line that each row begins at.

In: chunks of text. Out: blocks of rows. The rules kept here: RFC 4180, strictly; where
the quoting is broken nothing after it is trusted; memory does not grow with the file.
Source: RFC 4180; Python's csv module does the splitting.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

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
from custobar_formats.csvtext.row_width import RowFitter
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.csvtext.scanner import find_problem, lost_end, overfull, oversized, scan_record, too_wide
from custobar_formats.csvtext.splitter import BREAKS_IN_CELLS, NO_MARKS, QUOTES_IN_CELLS, PlainText
from custobar_formats.text.chunks import Stretches, count_breaks, height, lines_of, located


class RowReader:
    """Reads rows, block by block: by splitting lines where those are plain, else by the csv module."""

    def __init__(
        self,
        chunks: Iterable[str],
        delimiter: str,
        first_line: int = 1,
        *,
        latin1: bool = False,
        marks_escapes: bool = False,
        by_column: bool = False,
    ) -> None:
        self._delimiter = delimiter
        self._plain = PlainText(delimiter, MAX_CELL, latin1=latin1, escapes=marks_escapes)
        self._by_column = by_column
        self._stretches = Stretches(chunks, self._lost_end)
        self._texts = iter(self._stretches)
        self._held: list[str] = []
        self._fresh: list[str] = []
        self._line = first_line
        self._taken = 0
        self._number = 1
        self._marks = self._latest = NO_MARKS
        self._lines = self._feed()
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self._checks_size = csv.field_size_limit() > MAX_CELL
        self._long = LONG_RECORD
        self._most, self._too_many = MAX_COLUMNS, too_wide
        self.ended = False

    def _next_text(self) -> str | None:
        """The next stretch of text, which is looked at; None at the end."""
        try:
            text = next(self._texts, None)
        except EndOfReading as end:
            rest = self._stretches.rest
            text = rest[: self._lost_end(rest)] if len(rest) >= LONG_LINE else None
            if not text:
                raise EndOfReading(located(end.finding, self._line + len(self._held), rest)) from None
        if text is not None:
            self._latest = self._plain.marks(text)
            self._marks = self._marks.also(self._latest)
        return text

    def _lost_end(self, text: str) -> int:
        """How much of a line's beginning ends the reading, after the lines that are held; 0 where it does not."""
        held = "".join(self._held)
        end = max(0, lost_end(held + text, self._delimiter, self._most) - len(held))
        self._long = 0 if end else self._long  # a record that goes on behind it is not read
        return end

    def _hold(self, text: str) -> None:
        """Give the lines of a text to the csv module."""
        self._fresh = lines_of(text)
        self._held += self._fresh

    def _feed(self) -> Iterator[str]:
        """The lines that are held; and in the middle of a record, those that follow."""
        while True:
            if not self._fresh:
                if len(self._held) >= self._long:
                    self._long = 2 * len(self._held)
                    if lost_end("".join(self._held), self._delimiter, self._most):
                        return
                text = self._next_text()
                if text is None:
                    return
                self._hold(text)
            lines, self._fresh = self._fresh, []
            yield from lines

    @property
    def _waiting(self) -> int:
        """The lines that are held and that the csv module has not taken yet."""
        return len(self._held) - (self._reader.line_num - self._taken)

    def read_header(self) -> tuple[list[str] | None, int, list[Finding]]:
        """The labels, their line, and what is wrong; blank lines before the header are skipped."""
        while not self.ended:
            block = self._read(1)
            if block.rows or block.findings:
                self._number = 1
                self._most, self._too_many = MAX_ROW_CELLS, overfull
                labels, line = next(iter(block.rows), None), next(iter(block.lines), self._line)
                if labels is not None and len(labels) > MAX_COLUMNS:
                    return None, line, [too_wide(line)]
                return labels, line, [replace(finding, row=None) for finding in block.findings]
        return None, self._line, []

    def blocks(self, labels: list[str]) -> Iterator[RowBlock]:
        """The rows after the header, as wide as it is."""
        size = max(1, min(BLOCK_ROWS, READ_BLOCK_CELLS // len(labels)))
        fitter = RowFitter(labels, by_column=self._by_column, most=self._most, too_many=self._too_many)
        while not self.ended:
            for block in self._read_plain(size) if not self._waiting else [self._read(min(size, self._waiting))]:
                if block.rows or block.findings:
                    fitted = fitter.fit(block)
                    self.ended |= fitter.ended
                    yield fitted

    def _read_plain(self, size: int) -> Iterator[RowBlock]:
        """The rows of the next stretch if it is plain, so many at a time; else its lines are held."""
        self._marks = NO_MARKS
        try:
            text = self._next_text()
        except EndOfReading as end:
            yield self._end(RowBlock([], [], []), end.finding)
            return
        self.ended = text is None
        plain = self._plain.rows(text) if text is not None else ([], False)
        if plain is None:
            self._hold(text or "")
            return
        all_rows, has_quotes = plain
        marks = self._latest.also(QUOTES_IN_CELLS) if has_quotes else self._latest
        size = -(-len(all_rows) // max(1, round(len(all_rows) / size)))  # so that blocks are of one size
        size = max(1, size)
        for start in range(0, len(all_rows), size):
            rows = all_rows[start : start + size]
            count = len(rows)
            block = RowBlock(rows, range(self._number, self._number + count), range(self._line, self._line + count))
            block.marks = marks
            self._number += count
            self._line += count
            yield block

    def _end(self, block: RowBlock, problem: Finding) -> RowBlock:
        """The last block, which ends with a problem of the row after its own."""
        self.ended = True
        block.findings.append(replace(problem, row=self._number))
        block.skipped = 1
        return block

    def _read(self, size: int) -> RowBlock:
        """Up to so many rows that are not blank lines, by the csv module."""
        rows: list[list[str]] = []
        problem: Finding | None = None
        self._long = LONG_RECORD
        try:
            rows.extend(islice(self._reader, size))  # keeps the rows before an exception
            self.ended = len(rows) < size
        except csv.Error:
            problem = self._diagnose(self._line + sum(map(height, rows)))
        except EndOfReading as end:
            problem = end.finding
        consumed = self._reader.line_num - self._taken
        block = self._number_rows(rows, consumed)
        block.marks, self._marks = self._marks, self._latest
        if consumed > len(rows):
            block.marks = block.marks.also(BREAKS_IN_CELLS)  # maybe nothing else than breaks
        if any('"' in line for line in self._held[:consumed]):
            block.marks = block.marks.also(QUOTES_IN_CELLS)
            block.findings.extend(self._find_inner_quotes(block))
        problem = (self._cut_oversized(block) if self._checks_size else None) or problem
        self._number += len(block.rows)
        if problem is not None:
            block = self._end(block, problem)
        del self._held[:consumed]
        self._taken += consumed
        self._line += consumed
        return block

    def _number_rows(self, rows: list[list[str]], lines: int) -> RowBlock:
        """The rows that are not blank lines, numbered; they take so many lines altogether."""
        if lines == len(rows) and all(rows):
            return RowBlock(rows, range(self._number, self._number + lines), range(self._line, self._line + lines))
        block = RowBlock([], [], [])
        begins, line = [], self._line
        for row in rows:
            if row:
                block.rows.append(row)
                begins.append(line)
            line += height(row)
        block.numbers, block.lines = range(self._number, self._number + len(begins)), begins
        return block

    def _raw(self, line: int, row: list[str]) -> str:
        start = line - self._line
        return "".join(self._held[start : start + height(row)])

    def _find_inner_quotes(self, block: RowBlock) -> Iterator[Finding]:
        for row, number, line in zip(block.rows, block.numbers, block.lines, strict=True):
            if '"' not in "".join(row):
                continue
            for column, cell in enumerate(scan_record(self._raw(line, row), self._delimiter), 1):
                if '"' in cell.text and not cell.quoted:
                    yield make_finding(
                        "quote-in-cell",
                        "a quote inside a cell that does not begin with one; it is kept as it is",
                        hint="put the whole cell in quotes and write the inner ones twice",
                        row=number,
                        line=line,
                        column=column,
                        value=cell.text,
                    )

    def _cut_oversized(self, block: RowBlock) -> Finding | None:
        """For a host that lets the csv module take longer cells than we do."""
        for index, row in enumerate(block.rows):
            if max(map(len, row)) > MAX_CELL:
                column = next(number for number, cell in enumerate(row, 1) if len(cell) > MAX_CELL)
                line = block.lines[index]
                block.findings[:] = [finding for finding in block.findings if (finding.line or 0) < line]
                block.rows, block.numbers = block.rows[:index], block.numbers[:index]
                block.lines = block.lines[:index]
                if column > self._most:
                    return self._too_many(line)
                return oversized(line + sum(map(count_breaks, row[: column - 1])), column)
        return None

    def _diagnose(self, line: int) -> Finding:
        """What is wrong with the record that begins at a line, where the csv module gave up."""
        text = "".join(self._held[line - self._line : self._reader.line_num - self._taken])
        return find_problem(text, self._delimiter, line, self._most, self._later()) or self._too_many(line)

    def _later(self) -> Iterator[str]:
        """The text after the lines that the csv module has taken, of which no more is held."""
        yield from self._held[self._reader.line_num - self._taken :]
        while (text := self._next_text()) is not None:
            yield text
