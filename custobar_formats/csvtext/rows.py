"""Some rows of a CSV file, with where each of them is.

In: rows. Out: the same, by row and by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from custobar_formats.core.findings import Finding
from custobar_formats.text.checks import TEXT_CHECKS, TextCheck


@dataclass(slots=True)
class RowBlock:
    """Some rows of a file.

    Attributes:
        rows: their cells.
        numbers: each one's 1-based row number.
        lines: the 1-based line that each one begins at.
        findings: what is wrong with these rows or others in between.
        skipped: how many rows in between are no records but should be.
        suspects: the warnings about text that may be due for a cell.
        escapes: whether a cell may hold what has a backslash in JSON text.
        misfits: the numbers and cells of rows in between that are blank, or of another width than the header.

    """

    rows: list[list[str]]
    numbers: Sequence[int]
    lines: Sequence[int]
    findings: list[Finding] = field(default_factory=list)
    skipped: int = 0
    suspects: Sequence[TextCheck] = TEXT_CHECKS
    escapes: bool = True
    misfits: list[tuple[int, list[str]]] = field(default_factory=list)
    _columns: list[tuple[str, ...]] | None = None

    @property
    def columns(self) -> list[tuple[str, ...]]:
        """The cells column by column; the rows are of one width."""
        if self._columns is None:
            self._columns = list(zip(*self.rows, strict=True))
        return self._columns
