"""The paths of many records to the columns of one file.

In: the leaves of records, one record after the other. Out: labels in order, and each record's cells. The rules
kept here: a label reads back as its path; two shapes at one path are refused; a blank cell is known to be a
missing key, an empty member or a place past a list's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from custobar_formats.columns import MAX_COLUMNS, REJECTED_LABEL, plan_header
from custobar_formats.errors import NotExpressible, UsageError
from custobar_formats.findings import Severity
from custobar_formats.paths import BadLabel, Path, format_label, format_pointer, parse_label
from custobar_formats.quoting import MAX_CELL
from custobar_formats.records import Leaf
from custobar_formats.schema import Schema

Cells = list[tuple[int, str | list[str]]]
"""Numbers of spots, with their texts."""


CACHED_SHAPES = 256
"""Sets of keys that records have whose missing columns are remembered; real files have a few."""


@dataclass(eq=False, slots=True)
class Spot:
    """A path that some record has: a column, or the way to some, or an empty member so far.

    Attributes:
        kind: of a column: str, or list for the items of lists that may be joined in one cell.
        length: of a list, the most items.
        joins: whether its items can be joined; else each has a column.

    """

    path: Path
    number: int
    below: dict[str | int, Spot] = field(default_factory=dict)
    kind: type | None = None
    length: int = 0
    joins: bool = True

    @property
    def items(self) -> Iterator[Spot]:
        """What is below, list items by their index."""
        yield from (self.below[key] for key in sorted(self.below, key=lambda k: k if isinstance(k, int) else 0))


class Layout:
    """Gathers the columns that records need."""

    def __init__(self, schema: Schema | None) -> None:
        self._place = schema.root if schema is not None else None
        self._root = Spot((), 0)
        self._spots = [self._root]
        self._by_path: dict[Path, Spot] = {}
        self._leaves: dict[Path, Spot] = {}
        self._fixed: list[Spot] | None = None

    def fix(self, labels: Sequence[str], schema: Schema | None) -> None:
        """Take these labels, in this order, and no others.

        Raises:
            UsageError: they are no header without an error.

        """
        plan, findings = plan_header(list(labels), schema)
        wrong = [f for f in findings if f.severity is Severity.ERROR or f.code in ("blank-label", "rejected-column")]
        if wrong:
            raise UsageError(f"columns: {wrong[0].label!r}: {wrong[0].message}")
        self._fixed = [self._leaf(column.path, None) for column in plan.columns]

    def place_cells(self, leaves: list[Leaf], record: int | None) -> Cells:
        """The spots of a record's leaves, with their texts.

        Raises:
            NotExpressible: a label that says something else, two shapes at one path, a column that is not wanted.

        """
        cells: Cells = []
        for path, content in leaves:
            for text in [content] if isinstance(content, str) else content:
                if len(text) > MAX_CELL:
                    reason = f"the text has more than {MAX_CELL:,} characters, which no cell may have"
                    raise NotExpressible(reason, record, format_pointer(path))
            if isinstance(content, list) and self._fixed is not None and path not in self._leaves:
                cells += [(self._leaf((*path, i), record).number, item) for i, item in enumerate(content)]
                continue
            spot = self._leaf(path, record)
            if spot.kind is not type(content):
                if spot.kind is not None:
                    raise self._conflict(path, record)
                spot.kind = type(content)
            if isinstance(content, list):
                self._note_list(spot, content, record)
            cells.append((spot.number, content))
        return cells

    def _note_list(self, spot: Spot, items: list[str], record: int | None) -> None:
        spot.length = max(spot.length, len(items))
        if any("," in item for item in items):
            spot.joins = False
            if self._fixed is not None:
                reason = "an item holds a comma, so that the list needs index columns"
                raise NotExpressible(reason, record, format_pointer(spot.path))

    def place_empty(self, path: Path, record: int | None) -> int | None:
        """The spot of an empty member, which becomes a column where nothing else has that path and none is fixed."""
        if path not in self._by_path and self._fixed is not None:
            return None
        return self._spot(path, record).number

    def _leaf(self, path: Path, record: int | None) -> Spot:
        if path in self._leaves:
            return self._leaves[path]
        if self._fixed is not None:
            raise NotExpressible("none of the columns given has this path", record, format_pointer(path))
        if len(self._leaves) >= MAX_COLUMNS:
            raise NotExpressible(
                f"over {MAX_COLUMNS:,} columns, which cannot be read back", record, format_pointer(path)
            )
        spot = self._spot(path, record)
        if spot.below:
            raise self._conflict(spot.path, record)
        self._leaves[path] = spot
        return spot

    def _spot(self, path: Path, record: int | None) -> Spot:
        if path in self._by_path:
            return self._by_path[path]
        self._check_label(path, record)
        spot = self._root
        for number, part in enumerate(path):
            if spot.path in self._leaves:
                raise self._conflict(spot.path, record)
            if part not in spot.below:
                if spot.below and isinstance(next(iter(spot.below)), int) != isinstance(part, int):
                    raise self._conflict(spot.path, record)
                new = Spot(path[: number + 1], len(self._spots))
                spot.below[part] = self._by_path[new.path] = new
                self._spots.append(new)
            spot = spot.below[part]
        return spot

    def _conflict(self, path: Path, record: int | None) -> NotExpressible:
        reason = "a record before has another shape here (a value, an object or a list)"
        return NotExpressible(reason, record, format_pointer(path))

    def _check_label(self, path: Path, record: int | None) -> None:
        label = format_label(path)
        reason = None
        try:
            if not label or parse_label(label, self._place) != path:
                reason = f"its column {label!r} would be read as another path"
        except BadLabel as bad:
            reason = f"its column cannot be named: {bad.message}"
        if label == REJECTED_LABEL:
            reason = f"the column {REJECTED_LABEL} is dropped on reading"
        elif len(label) > MAX_CELL:
            reason = f"its label has more than {MAX_CELL:,} characters"
        if reason:
            raise NotExpressible(reason, record, format_pointer(path))

    def labels(self) -> list[str]:
        """The labels, in the order in which the records first had them; list items by their index.

        Raises:
            NotExpressible: there are none, or too many, or the first would be read as something else.

        """
        labels = [format_label(path) for path in self.paths()]
        if not labels:
            raise NotExpressible("there are no records, and no columns were given")
        if len(labels) > MAX_COLUMNS:
            raise NotExpressible(f"{len(labels):,} columns; at most {MAX_COLUMNS:,} can be read back")
        if labels[0].startswith("\ufeff"):
            raise NotExpressible("the first label begins with U+FEFF, which is read as a byte order mark")
        if labels[0].casefold().startswith("sep="):
            raise NotExpressible("the first label reads 'sep=', which is read as the name of a delimiter")
        return labels

    def paths(self) -> list[Path]:
        """The path of each column."""
        return [path for path, _, _ in self._columns()]

    def _columns(self) -> list[tuple[Path, int, int | None]]:
        """Each column's path, the number of its spot, and the index of its item where a list is spread out."""
        if self._fixed is not None:
            return [(spot.path, spot.number, None) for spot in self._fixed]
        columns: list[tuple[Path, int, int | None]] = []
        waiting = [self._root]
        while waiting:
            spot = waiting.pop()
            if not spot.joins:
                columns += [((*spot.path, index), spot.number, index) for index in range(spot.length)]
            elif spot.below:
                waiting.extend(reversed(list(spot.items)))
            elif spot.path:
                columns.append((spot.path, spot.number, None))
        return columns

    def path_of(self, number: int) -> Path:
        """The path of a spot."""
        return self._spots[number].path

    def make_rows(self) -> RowMaker:
        """What turns cells into rows, once all records have been placed."""
        return RowMaker(self._columns(), self._spots)


class RowMaker:
    """Turns the cells of one record into a row, and tells which of its blanks stand for missing keys."""

    def __init__(self, columns: list[tuple[Path, int, int | None]], spots: list[Spot]) -> None:
        self._columns = columns
        self._spots = spots
        self._width = len(columns)
        self._places = {(number, index): place for place, (_, number, index) in enumerate(columns)}
        self._prefixes = [[path[:end] for end in range(1, len(path) + 1)] for path, _, _ in columns]
        self._later_items = [
            [prefix for prefix in prefixes if isinstance(prefix[-1], int) and prefix[-1] > 0]
            for prefixes in self._prefixes
        ]
        self.missing = lru_cache(maxsize=CACHED_SHAPES)(self._missing)

    def path_of_column(self, place: int) -> Path:
        """The path of the column at a 0-based place."""
        return self._columns[place][0]

    def row(self, cells: Cells) -> list[str]:
        """The row's cells, blank where the record has none."""
        row = [""] * self._width
        places = self._places
        for number, content in cells:
            if isinstance(content, str):
                row[places[number, None]] = content
            elif self._spots[number].joins:
                row[places[number, None]] = ",".join(content)
            else:
                for index, item in enumerate(content):
                    row[places[number, index]] = item
        return row

    def _missing(self, numbers: tuple[int, ...], empty: tuple[int, ...]) -> tuple[int, ...]:
        """The columns that are blank because a record with leaves at these spots lacks a key.

        Not among them are places past a list's end, and what is at or below an empty member.
        """
        filled = set(numbers)
        reached = {prefix for place in self._places_of(filled) for prefix in self._prefixes[place]}
        void = {self._spots[number].path for number in empty}
        return tuple(
            place
            for place, (_, number, _) in enumerate(self._columns)
            if number not in filled
            and reached.issuperset(self._later_items[place])
            and void.isdisjoint(self._prefixes[place])
        )

    def _places_of(self, numbers: set[int]) -> list[int]:
        return [place for place, (_, number, _) in enumerate(self._columns) if number in numbers]
