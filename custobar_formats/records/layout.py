"""The paths of many records to the columns of one file.

In: the leaves of records, record by record. Out: labels in order, and each record's cells. Rules: a label reads back as
its path; two shapes at one path are refused; each blank cell counts as a missing key, an empty member or a place past a
list's end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from custobar_formats.core.errors import NotExpressible, UsageError
from custobar_formats.core.findings import Severity
from custobar_formats.core.limits import CACHED_SHAPES, MAX_CELL, MAX_COLUMNS
from custobar_formats.core.paths import BadLabel, Path, format_label, format_pointer, parse_label
from custobar_formats.core.shown import shown
from custobar_formats.notation.lists import is_list_notation, joined_chars
from custobar_formats.records.flatten import TOO_MANY_COLUMNS, Leaf
from custobar_formats.records.header import REJECTED_LABEL, plan_header
from custobar_formats.records.path_tree import ColumnKey, PathNode
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.artefacts import is_formula

if TYPE_CHECKING:
    from custobar_formats.records.table import Table


class Layout:
    """Collects the columns that records need.

    ``rows`` counts the records that were placed, ``empty`` their empty members by kind, and ``formula_cells`` by column
    the cells that a spreadsheet would run. ``nodes`` are all, by their numbers.
    """

    def __init__(self, schema: Schema | None) -> None:
        self._place = schema.root if schema is not None else None
        self.root = PathNode((), 0, self._place)
        self.rows = 0
        self.empty: Counter[str] = Counter()
        self.formula_cells: Counter[ColumnKey] = Counter()
        self.nodes = [self.root]
        self._by_path: dict[Path, PathNode] = {}
        self._leaves: dict[Path, PathNode] = {}
        self._fixed: list[PathNode] | None = None
        self._columns: Columns | None = None

    def fix(self, labels: Sequence[str], schema: Schema | None) -> None:
        """Use these labels, in this order, and no others.

        Raises:
            UsageError: they are not a valid header.

        """
        plan, findings = plan_header(list(labels), schema)
        wrong = [f for f in findings if f.severity is Severity.ERROR or f.code in ("blank-label", "rejected-column")]
        if wrong:
            raise UsageError(f"columns: {shown(wrong[0].label)}: {wrong[0].message}")
        self._fixed = [self._leaf(column.path, None) for column in plan.columns]

    @property
    def is_fixed(self) -> bool:
        """Whether the columns were given."""
        return self._fixed is not None

    def place(self, leaves: list[Leaf], paths: Sequence[Path], record: int | None) -> list[tuple[PathNode, list[str]]]:
        """The nodes of a record's leaves, with their texts; a new path becomes a column.

        ``paths`` are those of its leaves and its empty members, in order. An empty member becomes a column, too, if
        nothing else has its path and no columns were given.

        Raises:
            NotExpressible: a label would read as another path, a path has two shapes, or no given column fits.

        """
        if self._fixed is None and len(paths) > MAX_COLUMNS:
            raise NotExpressible(TOO_MANY_COLUMNS.format(MAX_COLUMNS), record, format_pointer(paths[MAX_COLUMNS]))
        for path in paths if self._fixed is None else ():
            self._node(path, record)
        placed: list[tuple[PathNode, list[str]]] = []
        for path, content in leaves:
            texts = [content] if isinstance(content, str) else content
            for text in texts:
                if len(text) > MAX_CELL:
                    reason = f"the text has more than {MAX_CELL:,} characters, the limit of a cell"
                    raise NotExpressible(reason, record, format_pointer(path))
            if isinstance(content, list) and self._fixed is not None and path not in self._leaves:
                for index, item in enumerate(content):
                    node = self._leaf((*path, index), record)
                    node.kind = str
                    placed.append((node, [item]))
                continue
            node = self._leaf(path, record)
            kind = list if isinstance(content, list) else str
            if node.kind is not kind:
                if node.kind is not None:
                    raise self._conflict(path, record)
                node.kind = kind
            if isinstance(content, list):
                self._note_list(node, content, record)
            placed.append((node, texts))
        return placed

    def _note_list(self, node: PathNode, items: list[str], record: int | None) -> None:
        self._lengthen(node, len(items))
        if not node.joins:
            return
        reason = None
        if any("," in item for item in items):
            reason = "an item contains a comma"
        elif is_list_notation(items):
            reason = "its items, joined with commas, would be read as a list in JSON or Python"
        elif joined_chars(items) > MAX_CELL:
            reason = f"its items, joined with commas, have more than {MAX_CELL:,} characters, the limit of a cell"
        if reason:
            node.joins, self._columns = False, None
            if self._fixed is not None:
                reason += ", so the list needs a column per index: name those, or omit columns"
                raise NotExpressible(reason, record, format_pointer(node.path))

    def _lengthen(self, node: PathNode, items: int) -> None:
        if items > node.length:
            node.length = items
            self._columns = self._columns if node.joins else None

    def _leaf(self, path: Path, record: int | None) -> PathNode:
        if path in self._leaves:
            return self._leaves[path]
        if self._fixed is not None:
            reason = "none of the given columns has this path: add one, or omit columns"
            raise NotExpressible(reason, record, format_pointer(path))
        if len(self._leaves) >= MAX_COLUMNS:
            raise NotExpressible(TOO_MANY_COLUMNS.format(MAX_COLUMNS), record, format_pointer(path))
        node = self._node(path, record)
        if node.below:
            raise self._conflict(node.path, record)
        self._leaves[path] = node
        self._columns = None
        return node

    def _node(self, path: Path, record: int | None) -> PathNode:
        if path in self._by_path:
            return self._by_path[path]
        self._check_label(path, record)
        node = self.root
        for number, part in enumerate(path):
            if node.path in self._leaves:
                raise self._conflict(node.path, record)
            if part not in node.below:
                if node.below and isinstance(next(iter(node.below)), int) != isinstance(part, int):
                    raise self._conflict(node.path, record)
                place = node.place.step(part) if node.place is not None else None
                new = PathNode(path[: number + 1], len(self.nodes), place, node)
                node.below[part] = self._by_path[new.path] = new
                self.nodes.append(new)
                self._columns = None
            node = node.below[part]
        return node

    def find(self, path: Path) -> PathNode | None:
        """The node at a path, if there is one."""
        return self._by_path.get(path)

    @property
    def leaf_count(self) -> int:
        """The number of nodes that have been columns."""
        return len(self._leaves)

    def spread_lists(self) -> list[PathNode]:
        """The lists that have a column for each item."""
        return [node for node in self._leaves.values() if not node.joins]

    def add_node(self, path: Path, kind: type | None, length: int, *, joins: bool) -> PathNode:
        """The node at a path, whose values have a kind and, if they are lists, a length and one cell or several."""
        node = self._node(path, None)
        if kind is not None and node.kind is None:
            node.kind, self._leaves[path], self._columns = kind, node, None
        if not joins and node.joins:
            node.joins, self._columns = False, None
        self._lengthen(node, length)
        return node

    def _conflict(self, path: Path, record: int | None) -> NotExpressible:
        reason = "an earlier record has a different shape here (a value, an object or a list)"
        return NotExpressible(reason, record, format_pointer(path))

    def _check_label(self, path: Path, record: int | None) -> None:
        label = format_label(path)
        reason = None
        try:
            if not label or parse_label(label, self._place) != path:
                reason = f"its column {shown(label)} would be read back as another path"
        except BadLabel as bad:
            reason = f"no column can represent it: {bad.message}"
        if label == REJECTED_LABEL:
            reason = f"the column {REJECTED_LABEL} is dropped when the file is read"
        elif len(label) > MAX_CELL:
            reason = f"its column name has more than {MAX_CELL:,} characters"
        if reason:
            raise NotExpressible(reason, record, format_pointer(path))

    def labels(self) -> list[str]:
        """The labels, in the order in which the records first had them, list items by index.

        Raises:
            NotExpressible: there are none, or too many, or the first one would be read as something else.

        """
        labels = [format_label(path) for path in self.paths()]
        if not labels:
            raise NotExpressible("there are no records, and no columns were given")
        if len(labels) > MAX_COLUMNS:
            raise NotExpressible(TOO_MANY_COLUMNS.format(MAX_COLUMNS))
        if labels[0].startswith("\ufeff"):
            raise NotExpressible("the first column name begins with U+FEFF, which is read as a byte order mark")
        if labels[0].casefold().startswith("sep="):
            raise NotExpressible(
                "the first column name begins with 'sep=', which is read as a line that names the delimiter"
            )
        return labels

    def paths(self) -> list[Path]:
        """The path of each column."""
        return list(self.columns().paths)

    def _column_keys(self) -> list[ColumnKey]:
        if self._fixed is not None:
            return [(node.number, None) for node in self._fixed]
        columns: list[ColumnKey] = []
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if not node.joins:
                columns += [(node.number, index) for index in range(node.length)]
            elif node.below:
                waiting.extend(reversed(list(node.items)))
            elif node.path:
                columns.append((node.number, None))
        return columns

    def count(self, table: Table) -> None:
        """Add the counts of a table."""
        self.rows += table.size
        self.formula_cells.update(column for column, _ in table.formulas)
        for node, lists, _ in table.lists:
            self._lengthen(node, max(map(len, lists), default=0))
        for node, rows in table.filled:
            node.filled += len(rows)
        for node, rows in table.reached:
            node.reached += len(rows)
        for node, _, kind in table.empty:
            node.empty += 1
            self.empty[kind] += 1

    def missing(self) -> dict[int, int]:
        """By column, the number of records that lack its key; columns that no record lacks are left out."""
        counts = {
            place: self.nodes[number].count_missing(self.rows)
            for place, (number, index) in enumerate(self.columns().keys)
            if not index
        }
        return {place: count for place, count in counts.items() if count}

    def formulas(self) -> dict[int, int]:
        """By column, the number of cells, including the label, that a spreadsheet would run; without the zeros."""
        columns = self.columns().keys
        counts = {place: self.formula_cells[column] for place, column in enumerate(columns)}
        for place, label in enumerate(self.labels()):
            counts[place] += is_formula(label)
        return {place: count for place, count in counts.items() if count}

    def columns(self) -> Columns:
        """The current columns; the same object as long as they do not change."""
        if self._columns is None:
            self._columns = Columns(self._column_keys(), self.nodes)
        return self._columns


class Columns:
    """The current columns, and a way to find blank cells that stand for missing keys."""

    def __init__(self, keys: list[ColumnKey], nodes: list[PathNode]) -> None:
        self.keys = keys
        self.paths = [nodes[number].path if index is None else (*nodes[number].path, index) for number, index in keys]
        self._nodes = nodes
        self.first_missing = lru_cache(maxsize=CACHED_SHAPES)(self._first_missing)

    def _first_missing(self, filled: tuple[int, ...], empty: tuple[int, ...]) -> int | None:
        """The first column that is blank because a record lacks a key, if there is one.

        ``filled`` are the places of the record's columns with a cell, ``empty`` the nodes of its empty members.
        """
        has = {self._nodes[self.keys[place][0]] for place in filled}
        reached = {item for node in has for item in node.later_items()}
        void = {self._nodes[number] for number in empty}
        for place, (number, index) in enumerate(self.keys):
            node = self._nodes[number]
            if node in has or index:
                continue
            if reached.issuperset(node.later_items()) and void.isdisjoint(node.way):
                return place
        return None
