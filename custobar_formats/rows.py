"""Text to rows of cells and back, with the line that each row begins at.

In: chunks of text. Out: blocks of rows, or lines of CSV text. The rules kept here: RFC 4180, strictly; where
the quoting is broken nothing after it is trusted; memory does not grow with the file.
Source: RFC 4180; Python's csv module does the splitting.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import NamedTuple

from custobar_formats.findings import EndOfReading, Finding, make_finding, neighbours

MAX_CELL = 131_072
"""Characters of a cell: the csv module's own default, kept whatever the host has set."""

BLOCK_ROWS = 128
"""Rows handled together: enough to spread fixed costs, few enough for the processor's cache."""

BLOCK_CELLS = 32_768
"""Cells handled together at most, for files of very many columns."""

ODD_SPACES = "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace() and letter not in " \r\n")
"""White space other than the usual; there is none beyond."""

NEEDS_QUOTES = re.compile(r'[,;\t"\r\n]|^ | $')
BREAKS = re.compile(r"\r\n|\r|\n")
QUOTED_CELL = re.compile(r'"([^"]*(?:""[^"]*)*)"(?!")')
CLOSING = re.compile(r'(?<!")(?:"")*"(?!")')


@dataclass(slots=True)
class Block:
    """Some rows of a file.

    Attributes:
        rows: their cells.
        numbers: each one's 1-based row number.
        lines: the 1-based line that each one begins at.
        findings: what is wrong with these rows or others in between.
        skipped: how many rows in between are no records but should be.

    """

    rows: list[list[str]]
    numbers: Sequence[int]
    lines: Sequence[int]
    findings: list[Finding] = field(default_factory=list)
    skipped: int = 0
    marks: Marks = field(default_factory=lambda: Marks(True, True, True))


class Marks(NamedTuple):
    """What some text may hold, by a quick look at all of it at once; never False of what is there.

    Attributes:
        spaces: cells of nothing but white space.
        letters: letters that are not ASCII.
        quotes: quotes.

    """

    spaces: bool
    letters: bool
    quotes: bool

    def also(self, other: Marks) -> Marks:
        """What either may hold."""
        return Marks(self.spaces or other.spaces, self.letters or other.letters, self.quotes or other.quotes)


def split_lines(chunks: Iterable[str]) -> Iterator[list[str]]:
    """Complete lines, each with its end; only what ends a record in CSV ends a line.

    Raises:
        EndOfReading: as the chunks raise it; its finding gets the line, and a line cut off there is left out.

    """
    return (lines for _, lines in _split_text(chunks))


def _split_text(chunks: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Complete lines, with the text that they are of; it may go on with the beginning of the next."""
    parts: list[str] = []
    count = 0
    try:
        for chunk in chunks:
            parts.append(chunk)
            if "\n" not in chunk and "\r" not in chunk and not (len(parts) > 1 and parts[-2].endswith("\r")):
                continue
            text = "".join(parts)
            lines = io.StringIO(text, newline="").readlines()
            parts = [] if lines[-1].endswith("\n") else [lines.pop()]
            count += len(lines)
            yield text, lines
    except EndOfReading as end:
        line = count + 1 + _breaks("".join(parts))
        raise EndOfReading(replace(end.finding, line=end.finding.line or line)) from None
    if parts:
        text = "".join(parts)
        yield text, io.StringIO(text, newline="").readlines()


class RowReader:
    """Reads rows, block by block."""

    def __init__(self, chunks: Iterable[str], delimiter: str, first_line: int = 1) -> None:
        self._delimiter = delimiter
        self._chunks = chunks
        self._held: list[str] = []
        self._line = first_line
        self._taken = 0
        self._number = 1
        self._space_end = re.compile(f' (?:[{delimiter}"\r\n]|\\Z)')
        self._odd_spaces = ODD_SPACES.replace(delimiter, "")
        self._marks = self._latest = Marks(False, False, False)
        self._lines = chain.from_iterable(self._holding())
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self._checks_size = csv.field_size_limit() > MAX_CELL
        self.surplus: Finding | None = None
        self.ended = False

    def _holding(self) -> Iterator[list[str]]:
        for text, lines in _split_text(self._chunks):
            self._held.extend(lines)
            self._latest = self._look_at(text)
            self._marks = self._marks.also(self._latest)
            yield lines

    def _look_at(self, text: str) -> Marks:
        """What the cells of a text may hold; one of white space ends before a delimiter, a quote or a break."""
        quotes = '"' in text
        spaces = (
            self._space_end.search(text) is not None
            or any(space in text for space in self._odd_spaces)
            or (quotes and ('\n"' in text or '\r"' in text))
        )
        return Marks(spaces, not text.isascii(), quotes)

    def read_header(self) -> tuple[list[str] | None, int, list[Finding]]:
        """The labels, their line, and what is wrong; blank lines before the header are skipped."""
        while not self.ended:
            block = self._read(1)
            if block.rows or block.findings:
                self._number = 1
                findings = [replace(finding, row=None) for finding in block.findings]
                return (block.rows[0] if block.rows else None), next(iter(block.lines), self._line), findings
        return None, self._line, []

    def blocks(self, labels: list[str]) -> Iterator[Block]:
        """The rows after the header, as wide as it is."""
        size = max(1, min(BLOCK_ROWS, BLOCK_CELLS // len(labels)))
        while not self.ended:
            block = self._read(size)
            if block.rows or block.findings:
                yield self._fit(block, labels)

    def _read(self, size: int) -> Block:
        """Up to so many rows that are not blank lines."""
        rows: list[list[str]] = []
        problem: Finding | None = None
        try:
            rows.extend(islice(self._reader, size))  # keeps the rows before an exception
            self.ended = len(rows) < size
        except csv.Error:
            problem = self._diagnose(self._line + sum(map(_height, rows)))
        except EndOfReading as end:
            problem = end.finding
        consumed = self._reader.line_num - self._taken
        block = self._number_rows(rows, consumed)
        block.marks, self._marks = self._marks, self._latest
        if block.marks.quotes and self._has_inner_quotes("".join(self._held[:consumed])):
            block.findings.extend(self._find_inner_quotes(block))
        problem = (self._cut_oversized(block) if self._checks_size else None) or problem
        self._number += len(block.rows)
        if problem is not None:
            self.ended = True
            block.findings.append(replace(problem, row=self._number))
            block.skipped = 1
        del self._held[:consumed]
        self._taken += consumed
        self._line += consumed
        return block

    def _number_rows(self, rows: list[list[str]], lines: int) -> Block:
        """The rows that are not blank lines, numbered; they take so many lines altogether."""
        if lines == len(rows) and all(rows):
            return Block(rows, range(self._number, self._number + lines), range(self._line, self._line + lines))
        block = Block([], [], [])
        begins, line = [], self._line
        for row in rows:
            if row:
                block.rows.append(row)
                begins.append(line)
            line += _height(row)
        block.numbers, block.lines = range(self._number, self._number + len(begins)), begins
        return block

    def _raw(self, line: int, row: list[str]) -> str:
        start = line - self._line
        return "".join(self._held[start : start + _height(row)])

    def _has_inner_quotes(self, text: str) -> bool:
        """Whether a quote may stand inside a cell that does not begin with one.

        Of properly quoted text, every second part between quotes is outside of cells that are quoted, and ends where
        a cell begins; an empty one lies between the two quotes that stand for one.
        """
        ends = ("", self._delimiter, "\n", "\r")
        return not all(part[-1:] in ends for part in text.split('"')[:-1:2])

    def _find_inner_quotes(self, block: Block) -> Iterator[Finding]:
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

    def _cut_oversized(self, block: Block) -> Finding | None:
        """For a host that lets the csv module take longer cells than we do."""
        for index, row in enumerate(block.rows):
            if max(map(len, row)) > MAX_CELL:
                column = next(number for number, cell in enumerate(row, 1) if len(cell) > MAX_CELL)
                line = block.lines[index]
                block.findings[:] = [finding for finding in block.findings if (finding.line or 0) < line]
                block.rows, block.numbers = block.rows[:index], block.numbers[:index]
                block.lines = block.lines[:index]
                return _oversized(line, column)
        return None

    def _diagnose(self, line: int) -> Finding:
        """What is wrong with the record that begins at a line, where the csv module gave up."""
        text = "".join(self._held[line - self._line : self._reader.line_num - self._taken])
        limit = min(MAX_CELL, csv.field_size_limit())
        column, cell = next(
            (column, cell)
            for column, cell in enumerate(scan_record(text, self._delimiter), 1)
            if cell.wrong or len(cell.text) > limit
        )
        opened = line + _breaks(text[: cell.start])
        if cell.wrong == "stray":
            return _stray(line + _breaks(text[: cell.end]), opened, column, text[cell.end :])
        if cell.wrong == "unclosed" and not self._closes_later():
            return _unclosed(opened, column, cell.text)
        return _oversized(opened, column)

    def _closes_later(self) -> bool:
        """Whether the quoted cell that has grown too large ends properly further on."""
        kept = len(self._held)
        try:
            for line in self._lines:
                del self._held[kept:]
                match = CLOSING.search(line)
                if match:
                    return line[match.end() : match.end() + 1] in ("", self._delimiter, "\r", "\n")
        except EndOfReading:
            pass
        return False

    def _fit(self, block: Block, labels: list[str]) -> Block:
        """The block without rows that are blank or of another width than the header, which become findings."""
        width = len(labels)
        if set(map(len, block.rows)) == {width} and all(map(any, block.rows)):
            return block
        fitted = Block([], [], [], block.findings, block.skipped, block.marks)
        numbers, lines = [], []
        for row, number, line in zip(block.rows, block.numbers, block.lines, strict=True):
            finding = self._check_row(row, number, line, labels)
            if finding is None:
                fitted.rows.append(row[:width])
                numbers.append(number)
                lines.append(line)
            else:
                fitted.findings.append(finding)
                fitted.skipped += finding.code != "blank-row"
        fitted.numbers, fitted.lines = numbers, lines
        return fitted

    def _check_row(self, row: list[str], number: int, line: int, labels: list[str]) -> Finding | None:
        width, found = len(labels), len(row)
        if not any(row):
            return make_finding("blank-row", "all cells of the row are blank; it is no record", row=number, line=line)
        if found > width and not any(row[width:]):
            if self.surplus is None:
                message = f"the row ends in {found - width} blank cells beyond the header; such cells are dropped"
                self.surplus = make_finding("surplus-blank", message, row=number, line=line, column=width + 1)
            return None
        if found == width:
            return None
        code = "missing-cell" if found < width else "extra-cell"
        column = found + 1 if found < width else width + 1
        return make_finding(
            code,
            f"the row has {found} cells, the header {width}",
            hint="a delimiter or a line break inside a cell needs quotes around the cell",
            row=number,
            line=line,
            column=column,
            label=labels[found] if found < width else None,
            value=row[width] if found > width else None,
            context=neighbours(labels, row, min(found, width) - 1),
        )


class Cell(NamedTuple):
    """A cell of a record's text: what it holds, where it stands, and what is wrong (unclosed, stray, or nothing)."""

    text: str
    quoted: bool
    start: int
    end: int
    wrong: str


def scan_record(text: str, delimiter: str) -> Iterator[Cell]:
    """The cells of one record's text, up to the first that is wrong.

    Slow and exact; for the few records that something is to be said of.
    """
    plain = re.compile(f"[^{delimiter}\r\n]*")
    start = 0
    while True:
        quoted = text.startswith('"', start)
        match = (QUOTED_CELL if quoted else plain).match(text, start)
        if match is None:
            yield Cell(text[start + 1 :].replace('""', '"'), True, start, len(text), "unclosed")
            return
        content = match[1].replace('""', '"') if quoted else match[0]
        follows = text[match.end() : match.end() + 1]
        stray = follows not in ("", delimiter, "\r", "\n")
        yield Cell(content, quoted, start, match.end(), "stray" if stray else "")
        if follows != delimiter:
            return
        start = match.end() + 1


def _breaks(text: str) -> int:
    return len(BREAKS.findall(text))


def _height(row: list[str]) -> int:
    """The lines that a row takes."""
    return 1 + sum(_breaks(cell) for cell in row if "\n" in cell or "\r" in cell)


def _unclosed(line: int, column: int, cell: str) -> Finding:
    return make_finding(
        "unclosed-quote",
        "a quote opens a cell here and is never closed; reading ends here",
        hint="close it, or, if it is part of the text, write it twice inside a quoted cell",
        line=line,
        column=column,
        value=cell,
    )


def _stray(line: int, opened: int, column: int, rest: str) -> Finding:
    where = f" of the cell that opens at line {opened}" if opened != line else ""
    return make_finding(
        "stray-quote",
        f"text follows the closing quote{where}; reading ends here",
        hint="write a quote inside a quoted cell twice; look for one that is not closed before",
        line=line,
        column=column,
        value=BREAKS.split(rest)[0],
    )


def _oversized(line: int, column: int) -> Finding:
    limit = min(MAX_CELL, csv.field_size_limit())
    return make_finding(
        "oversized-cell",
        f"the cell has more than {limit:,} characters; reading ends here",
        hint="shorten it; a quote that is not closed where it should be has the same effect",
        line=line,
        column=column,
    )


def format_row(cells: Iterable[str], delimiter: str) -> str:
    """One record of CSV text, without its line end."""
    return delimiter.join(
        ['"' + cell.replace('"', '""') + '"' if NEEDS_QUOTES.search(cell) else cell for cell in cells]
    )
