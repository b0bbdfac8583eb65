"""Fits rows to the width of the header.

In: blocks of rows, and the header. Out: the same blocks without blank rows and without rows of another width; both
become findings. Rules: no cell with text is dropped; blank cells beyond the header are dropped only if the first record
ends in as many, for elsewhere a delimiter too many may have moved the cells. Source: RFC 4180, section 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter

from custobar_formats.core.findings import Finding, make_finding, neighbours
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.csvtext.swallowed import find_swallowed

MISSING_HINT = "add the missing cells, blank if they have no value; or put quotes around a cell with a line break"
EXTRA_HINT = "put quotes around a cell that contains a delimiter"
EXTRA_BLANK_HINT = "remove the delimiter that is too many: the cells after it may be in the wrong columns"
REPEATED_HINT = "remove it: it comes from a file that was appended to another"
SURPLUS_HINT = "if only some rows end like this, look for a cell with a delimiter that needs quotes"

CLEAR_HINT = "put its cells into the right columns, then clear the reason"

SURPLUS = "surplus-blank"
"""The finding about blank cells beyond the header, of which a file has one at most."""

FIRST_CELL = itemgetter(0)

WIDTH_REASON = re.compile(r"(?:^|; )(missing-cell|extra-cell)(?: \[.*?\])?: ")
"""In a file of rejected rows, a reason that is about the row's number of cells."""


class RowFitter:
    """Fits the rows of one file; ``ended`` is True after a row with too many cells, which ends the reading.

    ``may_repeat`` is True if a row equal to the header is an error; ``by_column`` is True if blocks are needed column
    by column; ``most`` is the number of cells that a row may have; ``too_many`` makes the finding for a row with more,
    from its line. ``reasons`` is the 0-based column of the reasons in a file of rejected rows, and ``padding`` the
    number of blank cells that a spreadsheet has put after the header. ``surplus`` is the number of blank cells that a
    row may have beyond the header, where a part of a file is read that does not begin with its first record.
    """

    def __init__(
        self,
        labels: list[str],
        delimiter: str,
        *,
        may_repeat: bool,
        by_column: bool,
        most: int,
        too_many: Callable[[int], Finding],
        reasons: int | None = None,
        padding: int = 0,
        surplus: int | None = None,
    ) -> None:
        self._labels = labels
        self._reasons = reasons
        self._may_repeat = may_repeat
        places = [place for place in range(len(labels)) if place != reasons] or [0]
        self._watched = places[-1]
        marks = ["", "\ufeff"] if len(places) == 1 else [""]
        self._watched_cells = [mark + labels[self._watched] for mark in marks] if may_repeat else []
        self._delimiter = delimiter
        self._by_column = by_column
        self._most, self._too_many = most, too_many
        self._surplus = padding or surplus
        self._has_surplus = padding > 0
        self.ended = False

    @property
    def surplus(self) -> int | None:
        """The number of blank cells that a row may have beyond the header; None if no record has decided it."""
        return self._surplus

    def settle(self, blocks: list[RowBlock], *, ended: bool) -> bool:
        """Decide, by the first record, how many blank cells a row may have beyond the header.

        Returns False if it is the last row so far, and the row after it must be known too: if the record has a blank
        cell of its own and the row after it, not blank, is as wide as the header, a delimiter too many moved its cells.
        """
        if self._surplus is not None:
            return True
        width, rows = len(self._labels), [row for block in blocks for row in block.rows]
        for place, row in enumerate(rows):
            surplus = len(row) - width
            if surplus < 0 or not any(row) or any(row[width:]) or self._repeats_header(row):
                continue
            if surplus and not all(row[:width]):
                if place + 1 == len(rows) and not ended:
                    return False
                is_moved = place + 1 < len(rows) and len(rows[place + 1]) == width and any(rows[place + 1])
                surplus = 0 if is_moved else surplus
            self._surplus = surplus
            break
        return True

    def fit(self, block: RowBlock) -> RowBlock:
        """The block with only the rows that are as wide as the header; the others become findings and misfits."""
        if block.delimiters:
            block.findings += find_swallowed(block, self._labels, self._delimiter)
        if self._fits(block):
            return block
        rows: list[list[str]] = []
        fitted = RowBlock(rows, [], [], block.findings, block.skipped, block.suspects, block.escapes)
        width, numbers, lines = len(self._labels), [], []
        for row, number, line in zip(block.rows, block.numbers, block.lines, strict=True):
            if len(row) > self._most:
                self.ended = True
                fitted.findings = [finding for finding in fitted.findings if (finding.line or 0) < line]
                fitted.findings.append(replace(self._too_many(line), row=number))
                fitted.skipped += 1 - block.skipped
                break
            misfit = self._check(row, number, line)
            if misfit is None:
                if len(row) > width:
                    self._report_surplus(len(row), number, line, fitted.findings)
                rows.append(row[:width])
                numbers.append(number)
                lines.append(line)
            else:
                fitted.findings.append(misfit)
                fitted.misfits.append((number, row))
                fitted.skipped += misfit.code != "blank-row"
        fitted.numbers, fitted.lines = numbers, lines
        return fitted

    def _fits(self, block: RowBlock) -> bool:
        """Whether all rows are as wide as the header and none is blank; found by the columns if those are needed."""
        rows, width, reasons = block.rows, len(self._labels), self._reasons
        if reasons is not None and any(WIDTH_REASON.search(row[reasons]) for row in rows if len(row) > reasons):
            return False
        if not (self._by_column or self._may_repeat):
            return set(map(len, rows)) == {width} and (all(map(FIRST_CELL, rows)) or all(map(any, rows)))
        try:
            columns = block.columns
        except ValueError:
            return False  # several widths
        if len(columns) != width or not (all(columns[0]) or all(map(any, rows))):
            return False
        may_repeat = any(map(columns[self._watched].__contains__, self._watched_cells))
        return not (may_repeat and any(map(self._repeats_header, rows)))

    def _repeats_header(self, row: list[str]) -> bool:
        """Whether a row is equal to the header of a file that was appended, reasons and byte order mark aside."""
        if not self._may_repeat or len(row) != len(self._labels):
            return False
        found, labels = [*row], [*self._labels]
        if self._reasons is not None:
            del found[self._reasons], labels[self._reasons]
        return found in (labels, [f"\ufeff{labels[0]}", *labels[1:]]) if labels else False

    def _check(self, row: list[str], number: int, line: int) -> Finding | None:
        """The finding for a row that is blank or of another width; None if only the usual blank cells are too many."""
        width, found = len(self._labels), len(row)
        if not any(row):
            return make_finding(
                "blank-row", "all cells of the row are blank; it is not a record", row=number, line=line
            )
        if self._repeats_header(row):
            message = "the row repeats the header; it is not a record"
            return make_finding("repeated-header", message, hint=REPEATED_HINT, row=number, line=line)
        is_blank = not any(row[width:])
        has_reasons = self._reasons is not None and self._reasons < found
        if found == width or (found - width == self._surplus and is_blank):
            return self._check_reason(row, number, line) if has_reasons else None
        code = "missing-cell" if found < width else "extra-cell"
        column = found + 1 if found < width else width + 1
        cells = found - has_reasons
        wanted = width - (self._reasons is not None)
        return make_finding(
            code,
            f"the row has {cells} cell{'' if cells == 1 else 's'}, the header has {wanted}",
            hint=MISSING_HINT if found < width else EXTRA_BLANK_HINT if is_blank else EXTRA_HINT,
            row=number,
            line=line,
            column=column,
            value=row[width] if found > width else None,
            context=neighbours(self._labels, row, min(found, width) - 1),
        )

    def _check_reason(self, row: list[str], number: int, line: int) -> Finding | None:
        """The finding for a rejected row whose width was wrong, until its reason is cleared.

        A spreadsheet may have padded the row, so that its width is right and its cells are in the wrong columns.
        """
        reasons = self._reasons or 0
        found = WIDTH_REASON.search(row[reasons])
        if found is None:
            return None
        number_of = "few" if found[1] == "missing-cell" else "many"
        message = f"the row was rejected because it had too {number_of} cells, and the reason is still there"
        return make_finding(
            found[1], message, hint=CLEAR_HINT, row=number, line=line, column=reasons + 1, value=row[reasons]
        )

    def _report_surplus(self, found: int, number: int, line: int, findings: list[Finding]) -> None:
        """Add the finding for blank cells beyond the header, once in a file."""
        if self._has_surplus:
            return
        self._has_surplus = True
        width = len(self._labels)
        cells = "a blank cell" if found == width + 1 else f"{found - width} blank cells"
        message = f"the row ends in {cells} beyond the header; such cells are dropped"
        surplus = make_finding(SURPLUS, message, hint=SURPLUS_HINT, row=number, line=line, column=width + 1)
        findings.append(surplus)
