"""Blocks of a fixed file to its text in UTF-8 and its changes; what is no cell with text is a change, not a finding.

In: a block as its rows were after the fixes, what they gave, and the changed cells. Out: ``FixedRows``. Rule: no row
and no cell is lost, except for rows that are all blank.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from custobar_formats.core.findings import Finding, Severity
from custobar_formats.csvtext.rows import CellChange, RowBlock
from custobar_formats.csvtext.writer import quote_cells, quote_lines, quote_row
from custobar_formats.pipeline.changes import Change, list_changes
from custobar_formats.records.block import RecordBlock

WITHOUT_CELL = {"sep-line": "sep=", "surplus-blank": "blank cells beyond the header"}
"""Findings about parts of a file that a fixed one does not have, and the text for them in the changes."""

REASONS_STAY = "the column of reasons in a rejects file is no field; a fixed CSV keeps it, with the reasons from before"
"""They also keep a row with too many or too few cells from being taken for one that fits."""


@dataclass(frozen=True, slots=True)
class FixedText:
    """Writes the rows of one fixed file.

    Attributes:
        labels: the names of its columns.
        delimiter, line_end: the text between its cells, and after its rows; None where a mapping makes the records, so
            that no row is written.

    """

    labels: list[str]
    delimiter: str | None
    line_end: str

    def add(self, found: RecordBlock, block: RowBlock, cells: Sequence[CellChange]) -> None:
        """Add its text and its changes to what a block gave; ``cells`` are those that were changed."""
        ends = _ends_reading(found, block)
        others: list[Change] = []
        quoted = 0
        if self.delimiter is not None:
            blank = {number for number, row in block.misfits if not any(row)}
            others, quoted = take_without_cell(found, blank)
        fixed = found.fixed = list_changes(cells, others, self.labels)
        fixed.quoted, fixed.ends = quoted, ends
        if self.delimiter is not None:
            fixed.text = self._text_of(block, self.delimiter)

    def row(self, cells: Sequence[str]) -> bytes:
        """One row."""
        assert self.delimiter is not None
        return self._text([self.delimiter.join(quote_row(cells))])

    def _text_of(self, block: RowBlock, delimiter: str) -> bytes:
        """The rows of a block; those in between that are all blank are left out."""
        if block.misfits:
            rows = sorted([*zip(block.numbers, block.rows, strict=True), *block.misfits])
            return self._text(map(delimiter.join, [quote_row(cells) for _, cells in rows if any(cells)]))
        if block.texts:
            return self._text(quote_lines(block.rows, block.texts, delimiter))
        columns = [quote_cells(cells, "\n".join(cells)) for cells in block.columns] if block.rows else []
        return self._text(map(delimiter.join, zip(*columns, strict=True)))

    def _text(self, lines: Iterable[str]) -> bytes:
        return self.line_end.join([*lines, ""]).encode("utf-8", "surrogatepass")


def _ends_reading(found: RecordBlock, block: RowBlock) -> bool:
    """Whether there is an error after which no row can be trusted."""
    errors = {each.row for each in found.findings if each.severity is Severity.ERROR}
    return bool(errors) and not errors <= {*block.numbers, *(number for number, _ in block.misfits)}


def take_without_cell(found: RecordBlock, blank: Container[int | None] = ()) -> tuple[list[Change], int]:
    """The changes that leave out what is no cell with text, and the number of cells that get quotes.

    The findings about it are taken from the block; ``blank`` are the rows that are left out.
    """
    changes: list[Change] = []
    left: list[Finding] = []
    quoted = 0
    for finding in found.findings:
        if finding.code in WITHOUT_CELL:
            changes.append(Change(finding.row, None, None, WITHOUT_CELL[finding.code], "", finding.code))
        elif finding.code == "blank-row" and finding.row in blank:
            changes.append(Change(finding.row, None, None, "", "", finding.code))
        elif finding.code == "windows-1252" and finding.row is None and finding.column is None:
            continue  # the fixed file is in UTF-8, which is among the changes
        elif finding.code == "quote-in-cell":
            quoted += 1
        elif finding.code == "rejected-column":
            left.append(replace(finding, message=REASONS_STAY, hint="convert and upload leave it out"))
        else:
            left.append(finding)
    found.findings = left
    return changes, quoted
