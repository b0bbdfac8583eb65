"""Some rows of a table, and where they are in its file.

In: rows. Out: the same, by row and by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from custobar_formats.core.findings import Finding
from custobar_formats.core.number_cells import plain
from custobar_formats.notation.suggestion import Why
from custobar_formats.text.checks import TEXT_CHECKS, TextCheck


class CellChange(NamedTuple):
    """A cell that was changed: its row number, its 1-based column, its text before and after, and the reason."""

    row: int
    column: int
    before: str
    after: str
    why: Why


@dataclass(slots=True)
class RowBlock:
    """Some rows of a file.

    Attributes:
        rows: their cells.
        numbers: their 1-based row numbers.
        lines: the 1-based lines where they begin.
        findings: the findings about these rows and the rows in between.
        skipped: how many rows in between should be records but are not.
        suspects: the warnings about text that may be due for a cell.
        escapes: whether a cell may need a backslash in JSON text.
        delimiters: how many delimiters each row has, between and inside its cells, if any cell is over several lines.
        lists: by column, the items of its cells, where they are known better than by their commas.
        misfits: the numbers and cells of rows in between that are blank, or of another width than the header.
        known: by column, what an earlier stage has found out about its cells; or None.
        texts: the line of each row as it stands in the file, if each row is a line; blank for a row that was changed.
        has_numbers: whether cells may be ``NumberText``.

    """

    rows: Sequence[list[str]]
    numbers: Sequence[int]
    lines: Sequence[int]
    findings: list[Finding] = field(default_factory=list)
    skipped: int = 0
    suspects: Sequence[TextCheck] = TEXT_CHECKS
    escapes: bool = True
    delimiters: Sequence[int] = ()
    lists: dict[int, Sequence[list[str]]] = field(default_factory=dict)
    misfits: list[tuple[int, list[str]]] = field(default_factory=list)
    known: dict[int, Any] = field(default_factory=dict)
    texts: Sequence[str] = ()
    has_numbers: bool = False
    _columns: Sequence[Sequence[str]] | None = None

    def part(self, rows: Sequence[int]) -> RowBlock:
        """The rows at these places, by themselves."""
        lists: dict[int, Sequence[list[str]]] = {}
        lists |= {index: [items[row] for row in rows] for index, items in self.lists.items()}
        numbers, lines = [self.numbers[row] for row in rows], [self.lines[row] for row in rows]
        return RowBlock([self.rows[row] for row in rows], numbers, lines, lists=lists, has_numbers=self.has_numbers)

    @property
    def columns(self) -> Sequence[Sequence[str]]:
        """The cells column by column; all rows must have the same width."""
        if self._columns is None:
            self._columns = list(zip(*self.rows, strict=True))
        return self._columns

    def plain(self) -> RowBlock:
        """The block with the texts alone of cells that are numbers."""
        if not self.has_numbers:
            return self
        columns = list(map(plain, self.columns))
        return replace(self, rows=list(map(list, zip(*columns, strict=True))), has_numbers=False, _columns=columns)


class TableRows(Protocol):
    """The rows of a table, read once: of CSV text, or of a sheet."""

    def read_header(self) -> tuple[list[str] | None, int, list[Finding]]:
        """The column names, their line, and the findings."""

    def blocks(
        self, labels: list[str], *, may_repeat: bool = False, reasons: int | None = None, padding: int = 0
    ) -> Iterator[RowBlock]:
        """The rows after the header, as wide as it is."""
