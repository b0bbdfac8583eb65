"""Rows that a cell has taken in, because its quote closes late.

In: rows, and the header. Out: a finding for each such cell. Rule: a cell is suspect only if each of its lines, with the
cells before and after it, has the header's number of cells; texts of several lines do not look like that, least of all
those with a space after each comma.
"""

from __future__ import annotations

from collections.abc import Iterator

from custobar_formats.core.findings import Finding, make_finding, neighbours
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.text.chunks import BREAKS

LEAST_COLUMNS = 3
"""With fewer columns, a line of prose with a comma looks like a row."""


def find_swallowed(block: RowBlock, labels: list[str], delimiter: str) -> Iterator[Finding]:
    """The findings for the cells of a block that have taken in rows."""
    each = len(labels) - 1
    if len(labels) < LEAST_COLUMNS or max(block.delimiters, default=0) < 2 * each:
        return
    for place, count in enumerate(block.delimiters):
        if count < 2 * each or count % each:
            continue
        row = block.rows[place]
        for index, cell in enumerate(row):
            taken = _rows_in(cell, index, len(row) - 1 - index, each, delimiter)
            if taken:
                rows = "1 row" if taken == 1 else f"{taken:,} rows"
                yield make_finding(
                    "swallowed-rows",
                    f"a quote that closes late has taken {rows} into this cell",
                    hint="close the quote at the end of the cell's first value, or remove it",
                    row=block.numbers[place],
                    line=block.lines[place],
                    column=index + 1,
                    value=cell,
                    context=neighbours(labels, row, index),
                )


def _rows_in(cell: str, before: int, after: int, each: int, delimiter: str) -> int:
    """How many rows a cell has taken in; a row has ``each`` delimiters, and so many cells stand before and after."""
    if ("\n" not in cell and "\r" not in cell) or cell.count(delimiter) == cell.count(f"{delimiter} "):
        return 0
    counts = [line.count(delimiter) for line in BREAKS.split(cell)]
    counts[0] += before
    counts[-1] += after
    return len(counts) - 1 if set(counts) == {each} else 0
