"""Many records to the cells of their columns at once, by a layout that knows all that they have.

In: records, and the tree of the paths of others before. Out: cells, a column at a time, and what they count for. The
rules kept here: whatever the tree does not know, or what may be wrong, is refused as irregular and left to the way
that takes one record after the other; nothing is noted before all is known to be regular.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import chain, compress, zip_longest
from typing import Any

from custobar_formats.paths import Path
from custobar_formats.places import Place
from custobar_formats.readback import Doubt, ReadBack
from custobar_formats.records import KINDS, leaf_text
from custobar_formats.rows import MAX_CELL, quote_cells
from custobar_formats.spots import Column, Spot
from custobar_formats.values import MAX_DIGITS, is_empty

KNOWN_TEXTS = 4096
"""Texts of a column that are remembered to read back as themselves: categories, not identifiers."""

SPARSE = 2
"""How many times more members there might be where objects are gone through and not their keys."""

SCALARS: frozenset[type] = frozenset({str, bool, int, float, Decimal})
NO_OBJECT: dict[Any, Any] = {}
NO_LIST: list[Any] = []


Members = list[tuple[str | int, Spot, Sequence[Any]]]
"""The keys of some objects, their spots, and the values; false ones where there is none."""


class Irregular(Exception):
    """Records that cannot be taken at once."""


@dataclass(slots=True)
class Table:
    """The cells of some records, quoted, and what they count for."""

    size: int
    cells: dict[Column, Sequence[str]] = field(default_factory=dict)
    filled: list[tuple[Spot, int]] = field(default_factory=list)
    reached: list[tuple[Spot, int]] = field(default_factory=list)
    empty: list[tuple[Spot, int, str]] = field(default_factory=list)
    """The spot, the row and the kind of each empty member."""
    doubtful: set[int] = field(default_factory=set)
    """The rows whose records have to be read back to be sure of them."""

    def rows(self, columns: list[Column]) -> Iterator[tuple[str, ...]]:
        """The rows of these columns."""
        blank = [""] * self.size
        return zip(*[self.cells.get(column, blank) for column in columns], strict=True)


class TableMaker:
    """Makes the tables of records of one layout."""

    def __init__(self, root: Spot, read_back: ReadBack | None) -> None:
        self._root = root
        self._read_back = read_back
        self._known: dict[Path, set[str]] = {}

    def make(self, records: list[Any]) -> Table:
        """The table of some records.

        Raises:
            Irregular: not all is known and right.

        """
        if set(map(type, records)) != {dict}:
            raise Irregular
        self._table = table = Table(len(records))
        columns = self._object(self._root, records)
        if (table.empty or not all(records)) and not all(_have_cells(columns, table.size)):
            raise Irregular
        return table

    def _object(self, spot: Spot, objects: Sequence[dict[Any, Any]]) -> list[Sequence[str]]:
        """The columns of objects; empty ones stand for those that are not there."""
        columns: list[Sequence[str]] = []
        members: Members = []
        found = 0
        for (key, child), gathered in zip(spot.below.items(), _gather(objects, spot.below), strict=True):
            filled, values, below = self._value(child, gathered)
            found += filled
            members.append((key, child, values))
            columns += below
        wanted = sum(map(len, objects))
        if found != wanted and found + self._note_empty(objects, members) != wanted:
            raise Irregular
        return columns

    def _note_empty(self, objects: Sequence[dict[Any, Any]], members: Members) -> int:
        """Note the members that are there but have no value; their number."""
        before = len(self._table.empty)
        for key, spot, values in members:
            for row, (each, value) in enumerate(zip(objects, values, strict=True)):
                if not value and key in each:
                    member = each[key]
                    if not is_empty(member):
                        raise Irregular
                    kind = next(kind for kind, type_ in KINDS.items() if isinstance(member, type_))
                    self._table.empty.append((spot, row, kind))
        return len(self._table.empty) - before

    def _value(self, spot: Spot, values: Sequence[Any]) -> tuple[int, Sequence[Any], list[Sequence[str]]]:
        """How many of the values at a spot are there, the values with false ones for the others, and the columns."""
        if spot.kind is list:
            return self._scalar_list(spot, values)
        if not spot.below:
            return self._leaf(spot, values)
        return self._list(spot, values) if spot.is_list else self._member_object(spot, values)

    def _member_object(self, spot: Spot, values: Sequence[Any]) -> tuple[int, Sequence[Any], list[Sequence[str]]]:
        objects = [value or NO_OBJECT for value in values]
        if set(map(type, objects)) != {dict}:
            raise Irregular
        table = self._table
        marks = len(table.filled), len(table.reached), len(table.empty)
        columns = self._object(spot, objects)
        if len(table.empty) > marks[2]:  # where there is nothing but empty members, the object is one itself
            solid = _have_cells(columns, len(objects))
            if sum(solid) < sum(map(bool, objects)):
                del table.filled[marks[0] :], table.reached[marks[1] :], table.empty[marks[2] :]
                objects = [each if any_ else NO_OBJECT for each, any_ in zip(objects, solid, strict=True)]
                columns = self._object(spot, objects)
        return sum(map(bool, objects)), objects, columns

    def _list(self, spot: Spot, values: Sequence[Any]) -> tuple[int, Sequence[Any], list[Sequence[str]]]:
        """An index after the other; each list that comes so far has a value there."""
        lists = [value or NO_LIST for value in values]
        if set(map(type, lists)) != {list}:
            raise Irregular
        sizes = Counter(map(len, lists))
        if max(sizes) > len(spot.below):
            raise Irregular
        count = left = len(lists) - sizes[0]
        columns: list[Sequence[str]] = []
        for index, items in enumerate(zip_longest(*lists, fillvalue="")):
            item = spot.below[index]
            filled, _, below = self._value(item, items)
            if filled != left:
                raise Irregular
            if index:
                self._table.reached.append((item, left))
            columns += below
            left -= sizes[index + 1]
        return count, lists, columns

    def _leaf(self, spot: Spot, values: Sequence[Any]) -> tuple[int, Sequence[Any], list[Sequence[str]]]:
        types, cells = TEXT, values
        try:
            joined = "\n".join(values)
        except TypeError:
            types = set(map(type, values))
            cells = self._texts(values, types, spot.place)
            joined = "\n".join(cells)
        filled = len(cells) if all(cells) else len(cells) - cells.count("")
        if filled:
            if spot.kind is not str:
                raise Irregular
            _check_lengths(types, cells, joined)
            self._table.filled.append((spot, filled))
            self._check_leaf(spot.path, types, values, cells)
            cells = quote_cells(cells, joined)
            self._table.cells[spot.number, None] = cells
        return filled, cells, [cells]

    def _texts(self, values: Sequence[Any], types: set[type], place: Place | None) -> list[str]:
        """The texts of scalars; those of empty members are blank."""
        makers = {type_: self._text_maker(type_, place) for type_ in types}
        try:
            if len(types) == 1:
                return list(map(makers.popitem()[1], values))
            return [value if value.__class__ is str else makers[value.__class__](value) for value in values]
        except (ValueError, OverflowError):
            raise Irregular from None

    def _text_maker(self, type_: type, place: Place | None) -> Callable[[Any], str]:
        maker = TEXT_MAKERS.get(type_)
        return maker if maker is not None else partial(leaf_text, place=place)

    def _scalar_list(self, spot: Spot, values: Sequence[Any]) -> tuple[int, Sequence[Any], list[Sequence[str]]]:
        """Lists that share a cell, or have a column for each index where an item holds a comma."""
        lists = [value or NO_LIST for value in values]
        items = list(chain.from_iterable(lists)) if set(map(type, lists)) == {list} else [None]
        types = set(map(type, items))
        place = spot.place
        assert place is not None
        if not types <= SCALARS or "" in items or any(node.prefix for node, _ in place.nodes):
            raise Irregular
        texts = lists
        if not types <= TEXT:
            makers = {type_: self._text_maker(type_, place.step(0)) for type_ in types}
            try:
                texts = [[makers[item.__class__](item) for item in each] for each in lists]
            except (ValueError, OverflowError):
                raise Irregular from None
        joined = "\n".join(chain.from_iterable(texts))
        _check_lengths(types, list(chain.from_iterable(texts)), joined)
        if (spot.joins and "," in joined) or (not spot.joins and max(map(len, lists)) > spot.length):
            raise Irregular
        count = sum(map(bool, lists))
        if count:
            self._table.filled.append((spot, count))
            self._check_items((*spot.path, 0), types, lists, texts)
        if spot.joins:
            columns: dict[Column, Sequence[str]] = {(spot.number, None): list(map(",".join, texts))}
        else:
            columns = {(spot.number, index): column for index, column in enumerate(zip_longest(*texts, fillvalue=""))}
        quoted = {key: quote_cells(column, "\n".join(column)) for key, column in columns.items()}
        self._table.cells |= quoted
        return count, lists, list(quoted.values())

    def _check_leaf(self, path: Path, types: set[type], values: Sequence[Any], cells: Sequence[str]) -> None:
        """Note the rows whose value here may not read back as itself."""
        doubts = self._doubts(path, types)
        if doubts and len(types) > 1:  # one of them may be that of blank cells alone
            doubts = self._doubts(path, set(map(type, compress(values, cells))))
        if not doubts:
            return
        if types <= TEXT and doubts[str] is Doubt.TEXT and all(self._is_read(text, text, path) for text in set(cells)):
            return
        for row, (value, cell) in enumerate(zip(values, cells, strict=True)):
            if cell and not self._is_sure(doubts.get(value.__class__, Doubt.NONE), cell, value, path):
                self._table.doubtful.add(row)

    def _check_items(self, path: Path, types: set[type], lists: list[list[Any]], texts: list[list[str]]) -> None:
        """Note the rows whose list has an item that may not read back as itself."""
        doubts = self._doubts(path, types)
        if doubts:
            for row, (items, cells) in enumerate(zip(lists, texts, strict=True)):
                for value, cell in zip(items, cells, strict=True):
                    if not self._is_sure(doubts.get(value.__class__, Doubt.NONE), cell, value, path):
                        self._table.doubtful.add(row)

    def _doubts(self, path: Path, types: set[type]) -> dict[type, Doubt]:
        read_back = self._read_back
        if read_back is None:
            return {}
        doubts = {type_: read_back.doubt(path, type_) for type_ in types if type_ not in EMPTY_TYPES}
        return {type_: doubt for type_, doubt in doubts.items() if doubt is not Doubt.NONE}

    def _is_sure(self, doubt: Doubt, text: str, value: Any, path: Path) -> bool:
        return doubt is Doubt.NONE or (doubt is Doubt.TEXT and self._is_read(text, value, path))

    def _is_read(self, text: str, value: Any, path: Path) -> bool:
        """Whether a text is read as this value; of texts that are, some are remembered."""
        assert self._read_back is not None
        known = self._known.setdefault(path, set())
        if value.__class__ is not str or not text:
            return not text or self._read_back.is_read_as(text, value, path)
        if text in known:
            return True
        if not self._read_back.is_read_as(text, value, path):
            return False
        if len(known) < KNOWN_TEXTS:
            known.add(text)
        return True


def _gather(objects: Sequence[dict[Any, Any]], keys: Collection[str | int]) -> Iterable[list[Any]]:
    """The values of objects by their keys, blank where there is none."""
    if sum(map(len, objects)) * SPARSE > len(objects) * len(keys):
        return (_gather_one(objects, key) for key in keys)
    columns = {key: [""] * len(objects) for key in keys}
    try:
        for row, each in enumerate(objects):
            for key, value in each.items():
                columns[key][row] = value
    except KeyError:
        raise Irregular from None
    return columns.values()


def _gather_one(objects: Sequence[dict[Any, Any]], key: str | int) -> list[Any]:
    try:
        return [each[key] for each in objects]
    except KeyError:
        return [each.get(key, "") for each in objects]


def _have_cells(columns: list[Sequence[str]], size: int) -> list[bool]:
    """Whether each row has a cell in any of the columns."""
    return list(map(any, zip(*columns, strict=True))) if columns else [False] * size


def _blank(value: Any) -> str:
    """The cell of an empty member."""
    if not is_empty(value):
        raise Irregular
    return ""


def _check_lengths(types: set[type], cells: Sequence[str], joined: str) -> None:
    """Refuse what may be a number of too many digits, or a text that no cell may have."""
    limit = MAX_CELL if types <= TEXT else MAX_DIGITS
    if len(joined) > limit and max(map(len, cells)) > limit:
        raise Irregular


TEXT: set[type] = {str}
EMPTY_TYPES: frozenset[type] = frozenset({type(None), list, dict})
TEXT_MAKERS: dict[type, Callable[[Any], str]] = {
    str: str,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    **dict.fromkeys(EMPTY_TYPES, _blank),
}
"""What makes texts of values wherever they stand; of others, the place has a say."""
