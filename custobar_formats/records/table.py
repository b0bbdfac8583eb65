"""The cells of some records of one file, before they become rows.

In: the cells of each column, and the counts of each record. Out: rows. Rule: a table leaves irregular records out,
cells and counts alike, until another table has filled them in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat, zip_longest
from operator import itemgetter

from custobar_formats.csvtext.writer import quote_cells
from custobar_formats.records.path_tree import ColumnKey, PathNode

Rows = Sequence[int]
"""The 0-based rows of some records, in order."""


@dataclass(slots=True)
class Table:
    """The quoted cells of some records, and their counts.

    Attributes:
        filled: the columns, and the rows that have a value there.
        reached: the list items after the first, and the rows whose list reaches them.
        empty: the node, the row and the kind of each empty member.
        formulas: the column and the row of each cell that a spreadsheet would run, as in ``formulas_of``.
        lists: the item texts of lists that share a cell or are spread over several.
        irregular: the rows that are not in the table.
        ignored: the rows with empty members that have no given column.
        doubtful: the rows whose records must be read back to be sure of them.

    """

    size: int
    cells: dict[ColumnKey, Sequence[str]] = field(default_factory=dict)
    filled: list[tuple[PathNode, Rows]] = field(default_factory=list)
    reached: list[tuple[PathNode, Rows]] = field(default_factory=list)
    empty: list[tuple[PathNode, int, str]] = field(default_factory=list)
    formulas: list[tuple[ColumnKey, int]] = field(default_factory=list)
    lists: list[tuple[PathNode, list[list[str]], Rows]] = field(default_factory=list)
    irregular: list[int] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)

    def put(self, column: ColumnKey, cells: Sequence[str], rows: Rows) -> None:
        """Put the cells of some rows into a column."""
        if len(cells) < self.size:
            spread = [""] * self.size
            for row, cell in zip(rows, cells, strict=True):
                spread[row] = cell
            cells = spread
        self.cells[column] = cells

    def rows(self, columns: list[ColumnKey]) -> Iterator[tuple[str, ...]]:
        """The rows of these columns."""
        self._put_lists()
        blank = [""] * self.size
        return zip(*[self.cells.get(column, blank) for column in columns], strict=True)

    def _put_lists(self) -> None:
        parts: dict[PathNode, list[tuple[int, list[str]]]] = {}
        for node, contents, places in self.lists:
            parts.setdefault(node, []).extend(zip(places, contents, strict=True))
        for node, part in parts.items():
            part.sort(key=itemgetter(0))  # rows that were filled in come last
            rows, lists = [row for row, _ in part], [items for _, items in part]
            columns = [list(map(",".join, lists))] if node.joins else zip_longest(*lists, fillvalue="")
            for index, cells in enumerate(columns):
                self.put((node.number, None if node.joins else index), quote_cells(cells, "\n".join(cells)), rows)

    def drop_irregular(self) -> None:
        """Remove everything about the irregular rows."""
        rows = set(self.irregular)
        self.irregular = sorted(rows)
        if not rows:
            return

        def keep(places: Rows) -> Rows:
            return [row for row in places if row not in rows]

        for column, cells in self.cells.items():
            self.cells[column] = ["" if row in rows else cell for row, cell in enumerate(cells)]
        for counts in (self.filled, self.reached):
            counts[:] = [(node, keep(places)) for node, places in counts]
        self.lists = [
            (node, [items for items, row in zip(lists, places, strict=True) if row not in rows], keep(places))
            for node, lists, places in self.lists
        ]
        self.empty = [each for each in self.empty if each[1] not in rows]
        self.formulas = [each for each in self.formulas if each[1] not in rows]
        self.doubtful -= rows

    def fill_in(self, other: Table) -> None:
        """Add the irregular rows from a table of their records."""
        rows = self.irregular
        for column, cells in other.cells.items():
            all_cells = list(self.cells.get(column) or repeat("", self.size))
            for row, cell in zip(rows, cells, strict=True):
                all_cells[row] = cell
            self.cells[column] = all_cells
        self.filled += other.filled
        self.reached += other.reached
        self.empty += [(node, rows[row], kind) for node, row, kind in other.empty]
        self.formulas += other.formulas
        self.lists += [(node, lists, [rows[row] for row in places]) for node, lists, places in other.lists]
        self.irregular = [rows[row] for row in other.irregular]
        self.doubtful.update(rows[row] for row in other.doubtful)
