"""The changes of a file: each cell, and how many of a kind in a column.

In: the changes of blocks. Out: a list of all changes as CSV, and notices with the number of each kind, examples, and
what has decided the column. Rule: every change is in the list.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, NamedTuple

from custobar_formats.core.findings import Finding, cut, make_finding
from custobar_formats.core.limits import CHUNK
from custobar_formats.core.shown import quoted, shown
from custobar_formats.csvtext.rows import CellChange
from custobar_formats.files.output import Output
from custobar_formats.notation.suggestion import Why
from custobar_formats.records.fixed_rows import FixedRows, Tally, merge_tallies
from custobar_formats.text.artefacts import defused, may_be_formula

HEADER = ("row", "column", "name", "before", "after", "kind")


class Change(NamedTuple):
    """One change of a file; ``kind`` is a code such as ``date`` or ``decimal-comma``.

    Attributes:
        row: the 1-based row; None for a change that is not about one row.
        column: the 1-based column of the source; None for one that is not about a column.
        label: the column's name, as it is in the fixed file; with a mapping, as in the source.
        before, after: the texts.
        kind: the kind of the change.

    Example:
        >>> Change(1, 3, "date_joined", "1.9.2024", "2024-09-01", "date").after
        '2024-09-01'

    """

    row: int | None
    column: int | None
    label: str | None
    before: str
    after: str
    kind: str


KINDS = {why: why.name.lower().replace("_", "-") for why in Why}
"""The codes for kinds of changed cells."""


ELSEWHERE = {
    "encoding": ("the encoding is UTF-8 now", ""),
    "byte-order-mark": ("the byte order mark is left out", ""),
    "sep-line": ("the line sep= is left out", ""),
    "title-rows": ("the lines above the header are left out", ""),
    "surplus-blank": ("the blank cells beyond the header are left out", ""),
    "blank-row": ("1 blank row is left out", "{:,} blank rows are left out"),
    "quotes": ("1 cell with a quote in it is in quotes now", "{:,} cells with a quote in them are in quotes now"),
}
"""What notices call the changes that are about no cell: one of a kind, and several."""


def list_changes(cells: Sequence[CellChange], others: Sequence[Change], labels: Sequence[str]) -> FixedRows:
    """The changed cells of a block, and what else was changed in it, row by row; the text of its rows is not known."""
    found = FixedRows()
    cells = sorted(cells)
    for each in cells:
        tally = found.tallies.get((each.column, each.why))
        if tally is None:
            tally = found.tallies[each.column, each.why] = Tally()
        tally.add(each.before, each.after)
    rows: list[tuple[Any, ...]]
    rows = [(row, at, labels[at - 1], before, after, KINDS[why]) for row, at, before, after, why in cells]
    found.others.update(change.kind for change in others)
    if others:
        rows = sorted([*others, *rows], key=lambda change: (change[0] or 0, change[1] or 0))
    found.numbers = [change[0] for change in rows]
    found.lines = _lines([change[1:] for change in rows])
    return found


class _Taken:
    """Takes the lines that a writer of CSV writes, one by one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.write = self.lines.append


def _lines(rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows as lines of CSV, without their ends; a cell with a line break of any kind is quoted."""
    taken = _Taken()
    csv.writer(taken, lineterminator="\r\n").writerows(rows)
    return [line[:-2] for line in taken.lines]


class Changes:
    """Gathers the changes of one file.

    ``spool`` takes the list as it grows; it is read again by ``all``.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._tallies: dict[tuple[int, Why], Tally] = {}
        self._others = Counter[str]()
        self._names: list[tuple[str, str]] = []
        self._may_run = False
        self.count = 0
        self.quoted = 0

    def add(self, *changes: Change) -> None:
        """Add changes that are not about cells."""
        self._names += [(change.before, change.after) for change in changes if change.kind == "column-name"]
        self.add_block(list_changes([], changes, []))

    def add_block(self, found: FixedRows) -> None:
        """Add the changes of some rows."""
        self.quoted += found.quoted
        if not found.lines:
            return
        merge_tallies(self._tallies, found.tallies)
        self._others.update(found.others)
        rows = ["" if number is None else number for number in found.numbers]
        text = "".join([f"{row},{line}\n" for row, line in zip(rows, found.lines, strict=True)])
        self._may_run = self._may_run or may_be_formula(text)
        self._spool.write(text.encode("utf-8", "surrogatepass"))
        self.count += len(found.lines)

    def write_list(self, output: Output) -> None:
        """Write the list of changes as a CSV file whose cells no spreadsheet runs."""
        output.write(",".join(HEADER).encode() + b"\n")
        if not self._may_run:
            self._spool.seek(0)
            while chunk := self._spool.read(CHUNK):
                output.write(chunk)
            return
        for change in self.all():
            cells = [defused(cell) if isinstance(cell, str) else cell for cell in change]
            output.write(f"{_lines([cells])[0]}\n".encode("utf-8", "surrogatepass"))

    def all(self) -> Iterator[Change]:
        """All changes, in the order in which they were added."""
        self._spool.flush()
        self._spool.seek(0)
        text = io.TextIOWrapper(self._spool, "utf-8", errors="surrogatepass", newline="")
        try:
            for row, column, label, before, after, kind in csv.reader(text):
                numbers = (int(row) if row else None, int(column) if column else None)
                yield Change(*numbers, label or None, before, after, kind)
        finally:
            text.detach()

    def notices(self, labels: Sequence[str], proof: Callable[[int, Why], str]) -> list[Finding]:
        """A notice for each kind of changes in each column and elsewhere; ``proof`` has what decided the columns."""
        found = [
            make_finding("fixed", f"the column {shown(before)} is named {after} now: all its values fit", label=after)
            for before, after in self._names
        ]
        for kind, (one, many) in ELSEWHERE.items():
            count = self.quoted if kind == "quotes" else self._others[kind]
            found += [make_finding("fixed", one if count == 1 else many.format(count))] if count else []
        return found + [
            make_finding("fixed", _message(tally, why, proof(column, why)), label=labels[column - 1])
            for (column, why), tally in sorted(self._tallies.items(), key=lambda one: (one[0][0], one[0][1].name))
        ]


def _message(tally: Tally, why: Why, proof: str) -> str:
    examples = "; ".join(f"{quoted(cut(before))} → {quoted(cut(after))}" for before, after in tally.examples.items())
    cells = "1 cell" if tally.count == 1 else f"{tally.count:,} cells"
    return f"{cells} fixed: {why.value}: {examples}{f' ({proof})' if proof else ''}"
