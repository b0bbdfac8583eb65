"""The beginning of a text to the reason why it is no table with a header, or perhaps one with another delimiter.

In: a sample of the text, and the delimiter. Out: one finding with the cause, in place of one for each row. Rules: the
first records decide whether to look closer, so that a table costs next to nothing; a column whose name the schema knows
is a column; a delimiter that was declared is the only one considered.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import STRUCTURE_CHARS
from custobar_formats.csvtext.other_formats import find_other_format

TITLE_ROWS = 20
"""Records at the start among which the header is looked for."""

LEAST_NAMES = 2
"""Cells of a row that have to be known names, so that it is a header below a title."""

LEAST_CELLS = 3
"""Cells of a row, or parts of a line, of which fewer are not taken for a header, or for words that spaces divide."""

SHARE = 0.9
"""The share of records that must agree."""

NUMBER = re.compile(r"[-+]?[0-9][0-9 .,]*")
"""A cell that is no column name."""

OTHER_DELIMITERS = "|:"
"""Delimiters that other programs write and Custobar does not accept."""


class Record(NamedTuple):
    """A record of the sample: its line, its cells, whether it is one quoted cell, and the line after it."""

    line: int
    cells: list[str]
    is_quoted: bool
    end: int


class Structure:
    """Looks for the cause where a text is no table; ``whole`` is False if the sample was cut off.

    ``delimiter`` is the one that the text is read with; ``is_declared`` is True if it was not inferred. ``is_known`` is
    True for the names of columns that are expected; ``is_name`` also for all that mean a field.
    """

    def __init__(
        self,
        sample: str,
        delimiter: str,
        is_known: Callable[[str], bool],
        is_name: Callable[[str], bool],
        *,
        line: int,
        whole: bool,
        is_declared: bool,
    ) -> None:
        self._sample = sample
        self._delimiter = delimiter
        self._is_known = is_known
        self._is_name = is_name
        self._line = line
        self._whole = whole
        others = [] if is_declared else [other for other in DELIMITERS if other != delimiter and other in sample]
        self._candidates = [delimiter, *others]
        self._read: dict[str, list[Record]] = {}
        self._first = self._records(delimiter, TITLE_ROWS + 1)

    def find(self, *, header_given: bool) -> Finding | None:
        """The error for what is no table, or the warning about its delimiter."""
        other = find_other_format(self._sample, line=self._line)
        header, *rows = self._first or [Record(0, [], False, 0)]
        if other is not None or not rows:
            return other
        named = None if header_given else self._find_names()
        if named is not None:
            return _title(header.line, named)
        agreeing = sum(len(row.cells) == len(header.cells) for row in rows)
        if len(_filled(header)) > 1 and agreeing == len(rows):
            return None
        has_title = not header_given and not any(map(self._is_known, header.cells))
        title = self._find_title() if has_title else None
        return self._find_quoted_lines() or title or self._find_delimiter()

    def _records(self, delimiter: str, most: int | None = None) -> list[Record]:
        """The records of the sample, up to the first that is wrong, without one that may be cut off."""
        if delimiter in self._read:
            return self._read[delimiter][:most]
        reader = csv.reader(io.StringIO(self._sample, newline=""), delimiter=delimiter, strict=True)
        starts = io.StringIO(self._sample, newline="")
        found: list[Record] = []
        before, ended = 0, True
        try:
            for cells in reader:
                lines = list(islice(starts, reader.line_num - before))
                if cells:
                    is_quoted = len(cells) == 1 and lines[0].startswith('"')
                    found.append(Record(self._line + before, cells, is_quoted, self._line + reader.line_num))
                before = reader.line_num
                if len(found) == most:
                    ended = False
                    break
        except csv.Error:
            ended = False
        if ended and not self._whole and len(found) > 1:
            del found[-1]
        if most is None:
            self._read[delimiter] = found
        return found

    # -- lines that are quoted as a whole

    def _find_quoted_lines(self) -> Finding | None:
        """The error for records that are each one quoted cell, with the same number of cells in it."""
        header, *few = self._first
        if not all(row.is_quoted for row in few) or (header.is_quoted and self._is_known(header.cells[0])):
            return None
        for candidate in self._candidates:
            width = 0
            for header in self._records(candidate, 1):
                names = _cells_within(header.cells[0], candidate) if header.is_quoted else header.cells
                width = len(names) if not header.is_quoted or _are_names(names, self._is_name) else 0
            rows = self._records(candidate)[1:] if width > 1 else []
            if rows and all(row.is_quoted and len(_cells_within(row.cells[0], candidate)) == width for row in rows):
                return make_finding(
                    "quoted-lines",
                    f"each line is one quoted cell, with {width} cells in it; nothing is read",
                    hint="remove the quotes around the lines, and half of those inside",
                    line=header.line if header.is_quoted else rows[0].line,
                )
        return None

    # -- titles above the header

    def _find_title(self) -> Finding | None:
        """The error for lines above the header, with the line where it seems to be."""
        found = [line for candidate in self._candidates if (line := self._find_header(candidate)) is not None]
        if not found:
            return None
        return _title(self._first[0].line, min(found))

    def _find_names(self) -> int | None:
        """The line of the only record below the first that has the names of columns, most of which mean a field.

        A table whose cells are names, such as the ways to reach a customer, has several such records. A title has
        blank cells, or fewer cells than the header below it; a row below a whole header never has more.
        """
        width = len(_filled(self._first[0]))
        first = None
        for candidate in self._candidates:
            top, *few = self._records(candidate, TITLE_ROWS + 1) or [self._first[0]]
            most = len(_filled(top)) if len(_filled(top)) == len(top.cells) else 0
            if all(len(_filled(record)) <= most for record in few):
                continue  # before any name is looked up
            if first is None:
                first = self._count_names(self._first[0])
            if width > 1 and 2 * first >= width:
                return None
            named = [record for record in few if self._count_names(record) >= LEAST_NAMES]
            if len(named) == 1:
                names, filled = self._count_names(named[0]), len(_filled(named[0]))
                if names > 2 * first and 2 * names >= filled > most:
                    return named[0].line
        return None

    def _count_names(self, record: Record) -> int:
        return sum(map(self._is_name, {cell.strip() for cell in _filled(record)}))

    def _find_header(self, candidate: str) -> int | None:
        """The line of a record that could be the header below a title, by a candidate."""
        few = self._records(candidate, TITLE_ROWS + 1)
        if not few or len(_filled(few[0])) > 1:
            return None
        for place, record in enumerate(few[1:], 1):
            width = len(record.cells)
            if width < LEAST_CELLS or len(_filled(record)) < width:
                continue
            records = self._records(candidate)
            below = [row.cells for row in records[place + 1 :]]
            same = [cells for cells in below if len(cells) == width]
            if not below or len(same) < SHARE * len(below):
                continue
            if any(map(NUMBER.fullmatch, record.cells)):
                return None
            is_sure = candidate == self._delimiter or self._is_likely_header(record, same, records[place - 1].end)
            return record.line if is_sure else None
        return None

    def _is_likely_header(self, record: Record, below: Sequence[Sequence[str]], after: int) -> bool:
        """Whether a record is a header by more than its width, for a delimiter that the first row does not have.

        It could also be a text in a file of one column: its rows then agree with the header by the chosen delimiter.
        """
        rows = [len(row.cells) for row in self._records(self._delimiter) if row.line >= record.line]
        width = len(self._first[0].cells)
        if width > 1 and (width in (len(record.cells), *rows[:1])):
            return False
        if width > 1 and rows.count(width) <= (1 - SHARE) * len(rows):
            return True
        if record.line > after or any(map(self._is_name, record.cells)):
            return True
        columns = zip(record.cells, zip(*below, strict=True), strict=True)
        return any(not _has_digit(name) and all(map(_has_digit, cells)) for name, cells in columns)

    # -- another delimiter

    def _find_delimiter(self) -> Finding | None:
        """The warning about a file of one column whose lines another delimiter divides."""
        header = self._first[0]
        if len(header.cells) > 1:
            return None
        for other in OTHER_DELIMITERS:
            if other in header.cells[0]:
                width = _agreed_width([len(record.cells) for record in self._records(other)], SHARE)
                if width > 1:
                    return self._doubt(f"{other!r} divides the header and the rows into {width} parts")
        if " " in header.cells[0]:
            width = _agreed_width([_words(record) for record in self._records(self._delimiter)], SHARE)
            if width >= LEAST_CELLS:
                return self._doubt(f"spaces divide the header and the rows into {width} parts")
        for candidate, name in DELIMITERS.items():
            if candidate in self._sample and self._width_of_rows(candidate, TITLE_ROWS + 1) > 1:
                width = self._width_of_rows(candidate)
                if width > 1:
                    return self._doubt(f"a {name} divides each row into {width} parts; the header has none")
        return None

    def _width_of_rows(self, candidate: str, most: int | None = None) -> int:
        """The width of the rows below a header of one cell; 0 if it is not always the same."""
        header, *rows = [len(record.cells) for record in self._records(candidate, most)] or [0]
        return rows[0] if header == 1 and len(set(rows)) == 1 else 0

    def _doubt(self, what: str) -> Finding:
        return make_finding(
            "doubtful-delimiter",
            f"the file is read as one column, but {what}",
            hint="write the header and the rows with the same delimiter: a comma, a semicolon or a tab",
            line=self._first[0].line,
        )


def _title(line: int, header: int) -> Finding:
    """The error for lines above the header, from their line and the header's."""
    return make_finding(
        "title-rows",
        f"the first row has no column names; the header seems to be at line {header}; nothing is read",
        hint=f"remove the lines above it, or use --header {header} (in Python: header={header})",
        line=line,
    )


def _filled(record: Record) -> list[str]:
    return [cell for cell in record.cells if cell and not cell.isspace()]


def seems_quoted(label: str, is_name: Callable[[str], bool]) -> bool:
    """Whether the name of the only column looks like a header that is quoted as one cell."""
    return any(_are_names(_cells_within(label, other), is_name) for other in DELIMITERS)


def _are_names(cells: Sequence[str], is_name: Callable[[str], bool]) -> bool:
    """Whether cells, which may be one text with delimiters, are the names of columns."""
    return len(cells) >= LEAST_CELLS or (len(cells) > 1 and any(map(is_name, cells)))


def _cells_within(cell: str, delimiter: str) -> list[str]:
    """The cells in a cell, unless it is prose, with a space after each delimiter."""
    if "\n" in cell or "\r" in cell or cell.count(delimiter) == cell.count(f"{delimiter} "):
        return [cell]
    try:
        return next(csv.reader([cell], delimiter=delimiter), [])
    except csv.Error:  # the host program has set a lower limit of a cell
        return [cell]


def _agreed_width(widths: Sequence[int], share: float) -> int:
    """The header's width if enough rows have it; else 0."""
    header, *rows = widths or [0]
    return header if rows and rows.count(header) >= share * len(rows) else 0


def _words(record: Record) -> int:
    return 1 if record.is_quoted else len(" ".join(record.cells).split())


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def take_sample(chunks: Iterator[str]) -> tuple[str, Callable[[int], Iterator[str]], bool]:
    """The beginning of the text, a function for all text from an offset, and whether the beginning is everything.

    The beginning does not depend on the size of the chunks.
    """
    parts: list[str] = []
    size, ended = 0, False
    failure: EndOfReading | None = None
    while size <= STRUCTURE_CHARS and not ended and failure is None:
        try:
            chunk = next(chunks, None)
        except EndOfReading as end:
            failure, chunk = end, None
        ended = chunk is None
        parts.append(chunk or "")
        size += len(parts[-1])
    whole = ended and failure is None and size <= STRUCTURE_CHARS

    def rest(start: int) -> Iterator[str]:
        for part in parts:
            if part[start:]:
                yield part[start:]
            start = max(0, start - len(part))
        if failure is not None:
            raise failure
        yield from chunks

    return "".join(parts)[:STRUCTURE_CHARS], rest, whole
