"""Summaries of written CSV files, for the caller.

In: the counts of each file. Out: the same, and their sums.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file that was written.

    Attributes:
        path: its path, None for a stream.
        rows: the number of its records.
        columns: its labels.
        blank_cells: by label, the number of blank cells for a key that a record lacks.
        empty_cells: by kind (null, "", [], {}), the number of empty members, which are blank cells too.
        formula_cells: by label, the number of cells, including the label, that a spreadsheet would run as a formula.

    """

    path: str | None
    rows: int
    columns: tuple[str, ...]
    blank_cells: dict[str, int]
    empty_cells: dict[str, int]
    formula_cells: dict[str, int]


@dataclass(frozen=True, slots=True)
class Written:
    """A summary of what was written.

    Attributes:
        files: each file; more than one only with ``missing="split"``.
        charset: the encoding of the bytes.
        content_type: the upload's Content-Type header.

    """

    files: tuple[WrittenFile, ...]
    charset: str
    content_type: str

    @property
    def rows(self) -> int:
        """The number of records in all files."""
        return sum(file.rows for file in self.files)

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels of all files, each once."""
        return tuple(dict.fromkeys(label for file in self.files for label in file.columns))

    @property
    def blank_cells(self) -> int:
        """The number of blank cells for a key that a record lacks."""
        return sum(sum(file.blank_cells.values()) for file in self.files)

    @property
    def empty_cells(self) -> int:
        """The number of blank cells for an empty member."""
        return sum(sum(file.empty_cells.values()) for file in self.files)

    @property
    def formula_cells(self) -> int:
        """The number of cells and labels that a spreadsheet would run as a formula."""
        return sum(sum(file.formula_cells.values()) for file in self.files)
