"""The slow and obvious way to write CSV: the oracle of the fast one.

A record at a time: flattened to leaves, checked to read back as itself, and placed; then a row at a time, all of them
held in memory. It shares labels, places, coercion and the quoting of a row with the library, and nothing between.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from custobar_formats import NotExpressible, UsageError, WrittenFile
from custobar_formats.core.findings import Severity, cut
from custobar_formats.core.limits import MAX_CELL, MAX_COLUMNS, MAX_DEPTH, MAX_DIGITS
from custobar_formats.core.paths import BadLabel, Path, format_label, format_pointer, parse_label
from custobar_formats.core.scalars import format_scalar, is_empty, parse_exact
from custobar_formats.csvtext.writer import quote_row
from custobar_formats.records.header import REJECTED_LABEL, plan_header
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.schema.places import How, Place
from custobar_formats.text.artefacts import is_formula
from custobar_formats.text.encoding import PACKED, UTF16, encode_text, find_mark

EMPTY_ITEM = "an empty list item cannot be written, for the others would move up; leave it out of the list"

Leaf = tuple[Path, str | list[str]]
Record = dict[str, Any]
Cells = list[tuple[int, str | list[str]]]
Kept = tuple[int, Cells, list[tuple[int, str]]]
KINDS: dict[str, type] = {"null": type(None), '""': str, "[]": list, "{}": dict}


def format_row(cells: Iterable[str], delimiter: str) -> str:
    """One record of CSV text, without its line end."""
    return delimiter.join(quote_row(cells))


def write(
    records: Iterable[Any],
    schema: SchemaLike | Schema | None = None,
    *,
    columns: Sequence[str] | None = None,
    delimiter: str = ",",
    missing: str = "blank",
    line_end: str = "\n",
    charset: str = "utf-8",
) -> list[tuple[bytes, WrittenFile]]:
    """The bytes of each file, and what is told of it."""
    job = CsvJob(compile_schema(schema), columns=columns, delimiter=delimiter, missing=missing, line_end=line_end)
    job.take(records)
    files = []
    for group in job.groups.values():
        counts = FileCounts()
        data = b"".join(job.render(group, counts, charset))
        files.append((data, counts.written(None)))
    return files


class Flattener:
    """The leaves of records; a record's empty members are gathered apart."""

    def __init__(self, root: Place | None) -> None:
        self._root = root

    def flatten(self, record: Any, number: int | None) -> tuple[list[Leaf], list[tuple[Path, str]]]:
        """The leaves of a record, and its empty members with their kinds.

        Raises:
            NotExpressible: a value that is none of JSON, an empty list item, or too deep a nesting.

        """
        if not isinstance(record, dict):
            raise NotExpressible(f"{type(record).__name__} is no record: give a list of dicts", number, "")
        self._number = number
        self._leaves: list[Leaf] = []
        self._empty: list[tuple[Path, str]] = []
        self._object(record, (), self._root)
        return self._leaves, self._empty

    def _refuse(self, reason: str, path: Path) -> NotExpressible:
        return NotExpressible(reason, self._number, format_pointer(path))

    def _object(self, value: dict[Any, Any], path: Path, place: Place | None) -> None:
        if len(path) >= MAX_DEPTH:
            raise self._refuse(f"it is nested over {MAX_DEPTH} levels", path)
        for key, member in value.items():
            below = (*path, key)
            if not isinstance(key, str):
                raise self._refuse(f"the key {key!r} is not text", below)
            if self._is_empty(member, below):
                kind = next(kind for kind, type_ in KINDS.items() if isinstance(member, type_))
                self._empty.append((below, kind))
            else:
                self._value(member, below, place.step(key) if place is not None else None)

    def _is_empty(self, value: Any, path: Path) -> bool:
        try:
            return is_empty(value)
        except RecursionError:
            raise self._refuse(f"it is nested over {MAX_DEPTH} levels", path) from None

    def _value(self, value: Any, path: Path, place: Place | None) -> None:
        if isinstance(value, dict):
            self._object(value, path, place)
        elif isinstance(value, list):
            self._list(value, path, place)
        else:
            self._leaves.append((path, self._text(value, path, place)))

    def _list(self, value: list[Any], path: Path, place: Place | None) -> None:
        if len(path) >= MAX_DEPTH:
            raise self._refuse(f"it is nested over {MAX_DEPTH} levels", path)
        for index, item in enumerate(value):
            if self._is_empty(item, (*path, index)):
                raise self._refuse(
                    "an empty list item cannot be written, for the others would move up; leave it out of the list",
                    (*path, index),
                )
        if place is not None and place.is_scalar_list and not any(isinstance(item, (dict, list)) for item in value):
            texts = [self._text(item, (*path, index), place.step(index)) for index, item in enumerate(value)]
            self._leaves.append((path, texts))
            return
        for index, item in enumerate(value):
            self._value(item, (*path, index), place.step(index) if place is not None else None)

    def _text(self, value: Any, path: Path, place: Place | None) -> str:
        try:
            if (
                isinstance(value, (float, Decimal))
                and place is not None
                and place.types is not None
                and place.types - {"boolean", "null"} == {"integer"}
            ):
                fits = (
                    math.isfinite(value)
                    if isinstance(value, float)
                    else value.is_finite() and value.adjusted() < MAX_DIGITS
                )
                value = int(value) if fits and value == int(value) else value
            return format_scalar(value)
        except ValueError as error:
            raise self._refuse(str(error), path) from None


def build(leaves: Iterable[Leaf]) -> Record:
    """The record that reading the leaves of one record gives, every scalar as text."""
    record: Record = {}
    for path, content in leaves:
        target: Any = record
        for part, following in pairwise(path):
            empty: Any = [] if isinstance(following, int) else {}
            if isinstance(target, dict):
                target = target.setdefault(part, empty)
            else:
                if part == len(target):
                    target.append(empty)
                target = target[part]
        if isinstance(target, dict):
            target[path[-1]] = content
        else:
            target.append(content)
    return record


def reduced(value: Any) -> Any:
    """A value without its objects' empty members."""
    if isinstance(value, dict):
        return {key: reduced(member) for key, member in value.items() if not is_empty(member)}
    if isinstance(value, list):
        return [reduced(item) for item in value]
    return value


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
                reason = "an item holds a comma: the list needs a column for each index; name those, or give no columns"
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
            reason = "none of the columns given has this path; add one, or give no columns"
            raise NotExpressible(reason, record, format_pointer(path))
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

    def missing(self, numbers: tuple[int, ...], empty: tuple[int, ...]) -> tuple[int, ...]:
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


class ReadBack:
    """Checks that the leaves of a record read back as the record."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema.root
        self._coercer = Coercer(schema, parse_exact)
        self._is_valid = schema.engine.is_valid
        self._safe: dict[tuple[Path, type], bool] = {}

    def check(self, record: dict[str, Any], leaves: list[Leaf], number: int | None) -> None:
        """Raise NotExpressible where reading would give another value."""
        for path, content in leaves:
            place = self._root
            for part in path:
                place = place.step(part)
            if isinstance(content, str) and place.is_scalar_list:
                shown = cut(repr(content), 120)
                reason = f"{shown} would be read back as the list of its parts between commas; give a list"
                raise NotExpressible(reason, number, format_pointer(path))
        if not all(self._is_safe(path, record) for path, _ in leaves):
            again, wanted = self._coercer.coerce(build(leaves), self._root), reduced(record)
            self._compare(again, wanted, self._root, (), number)
            if self._is_valid(wanted) and not self._is_valid(again):
                raise NotExpressible("it is valid as it stands, but not with the text of its scalars", number, "")

    def _is_safe(self, path: Path, record: Any) -> bool:
        """Whether the type of the value alone says that its text reads back as itself."""
        value = record
        for part in path:
            value = value[part]
        if isinstance(value, list):
            return all(self._is_safe((*path, index), record) for index in range(len(value)))
        key = (path, type(value))
        if key not in self._safe:
            place = self._root
            for part in path:
                place = place.step(part)
            self._safe[key] = _is_safe_at(place, value)
        return self._safe[key]

    def _compare(self, again: Any, value: Any, place: Place, path: Path, number: int | None) -> None:
        if isinstance(value, dict) and isinstance(again, dict):
            for key in value:
                self._compare(again.get(key), value[key], place.step(key), (*path, key), number)
        elif isinstance(value, list) and isinstance(again, list) and len(again) == len(value):
            for index, item in enumerate(value):
                self._compare(again[index], item, place.step(index), (*path, index), number)
        elif not _same(again, value) and not (place.is_unconstrained and again == format_scalar(value)):
            shown, read = cut(repr(value), 120), cut(repr(again), 120)
            reason = f"{shown} would be read back as {read}: give that, if it is what is meant"
            raise NotExpressible(reason, number, format_pointer(path))


def _is_safe_at(place: Place, value: Any) -> bool:
    if place.is_unconstrained:
        return isinstance(value, str)
    if any(how is not How.ALWAYS and node.coerces for node, how in place.nodes) or place.members is not None:
        return False
    types = place.types or frozenset()
    if isinstance(value, bool):
        return types == {"boolean"}
    if isinstance(value, str):
        return "string" in types
    if isinstance(value, (int, float)):
        return types == {"number"} or (isinstance(value, int) and bool(types) and types <= {"integer", "number"})
    return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (bool, str)) or isinstance(other, (bool, str)):
        return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
    if one is None or other is None:
        return one is other
    return Decimal(format_scalar(one)) == Decimal(format_scalar(other))


@dataclass(slots=True)
class Group:
    """The records of one file: their columns and their rows."""

    layout: Layout
    rows: list[Kept] = field(default_factory=list)


class CsvJob:
    """Everything between records and the text of CSV files."""

    def __init__(
        self,
        schema: Schema | None,
        *,
        columns: Sequence[str] | None,
        delimiter: str,
        missing: str,
        line_end: str,
    ) -> None:
        self._schema = schema
        self._columns = columns
        self._delimiter = delimiter
        self._missing = missing
        self._line_end = line_end
        self._flattener = Flattener(schema.root if schema is not None else None)
        self._read_back = ReadBack(schema) if schema is not None else None
        self.groups: dict[Any, Group] = {}

    def take(self, records: Iterable[Any]) -> None:
        """Flatten, check and keep all records.

        Raises:
            NotExpressible: one cannot be written, or there are none.

        """
        if self._columns is not None:
            self._group(None)
        for number, record in enumerate(records, 1):
            leaves, empty = self._flattener.flatten(record, number)
            if not leaves:
                raise NotExpressible("a record without any value is a blank row", number, "")
            if self._read_back is not None:
                self._read_back.check(record, leaves, number)
            group = self._group(_shape(record) if self._missing == "split" else None)
            cells = group.layout.place_cells(leaves, number)
            placed = [(group.layout.place_empty(path, number), kind) for path, kind in empty]
            group.rows.append((number, cells, [(spot, kind) for spot, kind in placed if spot is not None]))
        if not self.groups:
            self._group(None)

    def _group(self, key: Any) -> Group:
        if key not in self.groups:
            layout = Layout(self._schema)
            if self._columns is not None:
                layout.fix(self._columns, self._schema)
            self.groups[key] = Group(layout)
        return self.groups[key]

    def render(self, group: Group, counts: FileCounts, charset: str) -> Iterator[bytes]:
        """The bytes of a file, block by block.

        Raises:
            NotExpressible: a missing key where none may be, a character that the charset lacks, a bad first label.

        """
        layout = group.layout
        labels = layout.labels()
        counts.columns = tuple(labels)
        counts.formulas.update(place for place, label in enumerate(labels) if is_formula(label))
        header = [(None, path, label) for path, label in zip(layout.paths(), labels, strict=True)]
        first = _encode(format_row(labels, self._delimiter) + self._line_end, charset, header, start=True)
        if charset != UTF16 and find_mark(first):
            raise NotExpressible(f"the first label's bytes in {charset} would be read as a byte order mark")
        if any(first.startswith(start) for start in PACKED):
            raise NotExpressible("the file would begin as one that is packed does, which is not read")
        yield first
        maker = layout.make_rows()
        for block in [group.rows] if group.rows else []:
            lines = []
            for number, cells, empty in block:
                self._count(number, cells, empty, maker, counts)
                row = maker.row(cells)
                counts.formulas.update(place for place, cell in enumerate(row) if is_formula(cell))
                lines.append(format_row(row, self._delimiter))
            text = self._line_end.join(lines) + self._line_end
            yield _encode(text, charset, _texts(block, layout))

    def _count(
        self, number: int, cells: Cells, empty: list[tuple[int, str]], maker: RowMaker, counts: FileCounts
    ) -> None:
        missing = maker.missing(tuple(spot for spot, _ in cells), tuple(spot for spot, _ in empty))
        if missing and self._missing != "blank":
            label, path = counts.columns[missing[0]], maker.path_of_column(missing[0])
            raise NotExpressible(
                f"it lacks {label!r}, which others have; missing='blank' or 'split' writes it",
                number,
                format_pointer(path),
            )
        counts.rows += 1
        counts.missing.update(missing)
        counts.empty.update(kind for _, kind in empty)


def _texts(block: list[Kept], layout: Layout) -> Iterator[tuple[int, Path, str]]:
    for number, cells, _ in block:
        for spot, content in cells:
            for text in [content] if isinstance(content, str) else content:
                yield number, layout.path_of(spot), text


def _encode(text: str, charset: str, texts: Iterable[tuple[int | None, Path, str]], *, start: bool = False) -> bytes:
    """The bytes of a text; ``texts`` are its parts, by which a character that the charset lacks is found."""
    try:
        return encode_text(text, charset, start=start)
    except UnicodeEncodeError:
        for number, path, part in texts:
            try:
                encode_text(part, charset)
            except UnicodeEncodeError as error:
                character = part[error.start]
                half = "\ud800" <= character <= "\udfff"
                what = "half of a surrogate pair" if half else f"the character {character!r}"
                reason = (
                    f"{what} (U+{ord(character):04X}) cannot be written in {charset}{'' if half else '; use utf-8'}"
                )
                raise NotExpressible(reason, number, format_pointer(path)) from None
        raise


def _shape(value: Any) -> Any:
    """What decides which file a record goes to: the same for records that need the same labels.

    Lists of any length have one shape where their items have one; an empty member counts as a scalar.
    """
    if is_empty(value) or not isinstance(value, (dict, list)):
        return None
    if isinstance(value, dict):
        return frozenset((key, _shape(member)) for key, member in value.items())
    shapes = [_shape(item) for item in value]
    return ("list", shapes[0]) if len(set(shapes)) == 1 else ("list", *shapes)


@dataclass(slots=True)
class FileCounts:
    """What one file has, counted while it is written."""

    columns: tuple[str, ...] = ()
    rows: int = 0
    missing: Counter[int] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    formulas: Counter[int] = field(default_factory=Counter)

    def written(self, path: str | None) -> WrittenFile:
        """The counts, as what is told to the caller."""
        blank = {self.columns[place]: count for place, count in sorted(self.missing.items())}
        formulas = {self.columns[place]: count for place, count in sorted(self.formulas.items())}
        return WrittenFile(path, self.rows, self.columns, blank, dict(sorted(self.empty.items())), formulas)
