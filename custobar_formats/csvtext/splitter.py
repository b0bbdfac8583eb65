"""Text to rows, many at a time: by splitting lines that are whole records, else by the csv module.

In: text of whole lines that begins with a record. Out: blocks of rows, and the rest of the text, from the first
incomplete or wrong record on. Rule: each line is split in the way it needs, whatever the other lines need.
Source: RFC 4180.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, repeat

from custobar_formats.core.limits import MAX_CELL
from custobar_formats.text.artefacts import make_joint
from custobar_formats.text.checks import TextCheck
from custobar_formats.text.chunks import lines_of

ESCAPES = ["\\", *(chr(code) for code in range(32) if chr(code) not in "\r\n")]
"""The characters of a line that need a backslash in JSON text, except quotes."""


@dataclass(slots=True)
class SplitRows:
    """Some rows of a text.

    Attributes:
        rows: their cells.
        lines: the 0-based line of the text where each begins.
        has_quotes: whether a cell may hold a quote.
        has_breaks: whether a cell may hold a line break.
        delimiters: how many delimiters each row has, between and inside its cells, if a cell may hold a line break.
        odd: the rows with a quote inside a cell that does not begin with one: the place and the text of each.
        texts: the line of each row, if each row is a line.

    """

    rows: list[list[str]]
    lines: Sequence[int]
    has_quotes: bool = False
    has_breaks: bool = False
    delimiters: Sequence[int] = ()
    odd: list[tuple[int, str]] = field(default_factory=list)
    texts: Sequence[str] = ()


class Splitter:
    """Splits the texts of one file; ``rest`` is the text after the rows so far, ``line`` is where it begins."""

    def __init__(self, delimiter: str, checks: Sequence[TextCheck] = (), *, escapes: bool = False) -> None:
        self._delimiter = delimiter
        self._checks = checks
        self._joint = make_joint(" ", f'{delimiter}"\r\n', delimiter)
        self._hidden = [check for check in checks if check.about_ends]
        self._before_quotes = {"", delimiter, "\n", "\r"}
        self._escaped = [letter for letter in ESCAPES if letter != delimiter] if escapes else None
        self._limit = MAX_CELL
        self.rest = ""
        self.line = 0

    # -- what the cells may hold

    def suspects(self, text: str) -> list[TextCheck]:
        """The warnings that may be due for cells in a text; ``with_breaks`` adds those for line breaks in cells."""
        looks = {look: look(text, self._joint) for look in {check.may_occur for check in self._checks}}
        found = [check for check in self._checks if looks[check.may_occur]]
        return self.with_breaks(found) if self._delimiter.isspace() and '"' in text else found

    def with_breaks(self, suspects: list[TextCheck]) -> list[TextCheck]:
        """The suspects and the checks of cell ends: a quoted cell may end with a line break or the delimiter."""
        return [check for check in self._checks if check in suspects or check in self._hidden]

    def has_escapes(self, text: str) -> bool:
        """Whether cells may need a backslash in JSON text, apart from quotes and line breaks."""
        if self._escaped is None or (self._delimiter < " " and '"' in text):
            return True
        return any(letter in text for letter in self._escaped)

    # -- the rows

    def split(self, text: str, size: int) -> Iterator[SplitRows]:
        """The rows of a text, about ``size`` at a time; ``rest`` then has the text from the next record on."""
        self.rest, self.line = "", 0
        plain = text.replace("\r\n", "\n") if "\r" in text else text
        lines, raw = plain.removesuffix("\n").split("\n"), []
        self._limit = min(MAX_CELL, csv.field_size_limit())
        is_plain, quotes, is_long = "\r" not in plain, '"' in plain, len(plain) > self._limit
        if not is_plain:
            lines = raw = lines_of(text)
        size = -(-len(lines) // max(1, round(len(lines) / size)))  # so that all blocks have the same size
        while self.line < len(lines) and not self.rest:
            part, found = lines[self.line : self.line + size], None
            if is_plain and not (is_long and max(map(len, part)) > self._limit):
                found = self._split_lines(part, quotes=quotes)
            if found is None:
                raw = raw or lines_of(text)
                found = self._parse(raw, size)
            if found.rows:
                yield found

    def _split_lines(self, lines: list[str], *, quotes: bool) -> SplitRows | None:
        """The rows of some lines, one row per line; None if that is not certain."""
        after = self.line + len(lines)
        begins: Sequence[int] = range(self.line, after)
        if "" in lines:
            begins = [begin for begin, line in zip(begins, lines, strict=True) if line]
            lines = list(filter(None, lines))
        delimiter = self._delimiter
        quoted = [line for line in lines if '"' in line] if quotes else []
        if not quoted:
            self.line = after
            return SplitRows([line.split(delimiter) for line in lines], begins, texts=lines)
        try:
            parsed = list(csv.reader(quoted, delimiter=delimiter, strict=True))
        except csv.Error:
            return None
        if len(parsed) < len(quoted):
            return None
        self.line = after
        following = iter(parsed).__next__
        rows = [following() if '"' in line else line.split(delimiter) for line in lines]
        found = SplitRows(rows, begins, has_quotes='"' in "".join(map("".join, parsed)), texts=lines)
        if found.has_quotes and not self._are_well_quoted("\n".join(quoted)):
            found.odd = [(at, line) for at, line in enumerate(lines) if not self._are_well_quoted(line)]
        return found

    def _parse(self, lines: list[str], size: int) -> SplitRows:
        """The next rows, up to ``size``, by the csv module."""
        start, limit = self.line, self._limit if self._limit < csv.field_size_limit() else None
        reader = csv.reader(islice(lines, start, None), delimiter=self._delimiter, strict=True)
        rows: list[list[str]] = []
        ends = [start]
        try:
            for row in islice(reader, size):
                if limit is not None and max(map(len, row), default=0) > limit:
                    raise csv.Error
                rows.append(row)
                ends.append(start + reader.line_num)
        except csv.Error:
            self.rest = "".join(lines[ends[-1] :])
        self.line = ends[-1]
        has_breaks, begins = self.line - start > len(rows), ends[:-1]
        if [] in rows:
            begins = [begin for begin, row in zip(begins, rows, strict=True) if row]
            rows = list(filter(None, rows))
        texts = list(map(self._delimiter.join, rows))
        found = SplitRows(rows, begins, has_breaks=has_breaks, has_quotes='"' in "".join(texts))
        if has_breaks:
            found.delimiters = list(map(str.count, texts, repeat(self._delimiter)))
        if found.has_quotes and not self._are_well_quoted("".join(lines[start : self.line])):
            texts = ["".join(lines[begin:end]) for begin, end in pairwise([*begins, self.line])]
            found.odd = [(at, text) for at, text in enumerate(texts) if not self._are_well_quoted(text)]
        return found

    def _are_well_quoted(self, text: str) -> bool:
        """Whether every cell with a quote inside also begins with one, in records that the csv module accepts.

        In a cell that does not, the first quote follows another character of the cell. The quotes before it come in
        pairs, so only every second part between quotes can end there. An empty part is between doubled quotes.
        """
        return {part[-1:] for part in text.split('"')[:-1:2]} <= self._before_quotes
