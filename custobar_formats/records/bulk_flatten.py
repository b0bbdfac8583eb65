"""Many records to the cells of their columns at once, by a layout that knows all that they have.

In: records, and the tree of the paths of others before. Out: cells, a column at a time, and what they count for. The
rules kept here: whatever the tree does not know, or what may be wrong, is refused as irregular and left to the way
that takes one record after the other; nothing is noted before all is known to be regular.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice, repeat, zip_longest
from typing import Any

from custobar_formats.core.limits import MAX_CELL, MAX_DIGITS, REMEMBERED_CELLS, REMEMBERED_CHARS
from custobar_formats.core.paths import Path
from custobar_formats.core.scalars import is_empty
from custobar_formats.csvtext.writer import quote_cells
from custobar_formats.records.flatten import EMPTY_KINDS, leaf_text
from custobar_formats.records.path_tree import ColumnKey, PathNode, formulas_of
from custobar_formats.records.roundtrip import Doubt, ReadBack
from custobar_formats.schema.places import Place
from custobar_formats.text.artefacts import may_be_formula

SPARSE_MEMBERS = 2
"""How many times more members there might be where objects are gone through and not their keys."""

Members = Sequence[Any]
"""What some records have at a node."""

Rows = Sequence[int]
"""The rows of these records, from 0, in their order."""


TEXT: frozenset[type] = frozenset({str})


class Irregular(Exception):
    """Records that cannot be taken at once."""


@dataclass(slots=True)
class Table:
    """The cells of some records, quoted, and what they count for."""

    size: int
    cells: dict[ColumnKey, Sequence[str]] = field(default_factory=dict)
    filled: list[tuple[PathNode, int]] = field(default_factory=list)
    reached: list[tuple[PathNode, int]] = field(default_factory=list)
    empty: list[tuple[PathNode, int, str]] = field(default_factory=list)
    """The node, the row and the kind of each empty member."""
    formulas: list[ColumnKey] = field(default_factory=list)
    """The column of each cell that a spreadsheet would run, as ``formulas_of`` tells them."""
    doubtful: set[int] = field(default_factory=set)
    """The rows whose records have to be read back to be sure of them."""

    def put(self, column: ColumnKey, cells: Sequence[str], rows: Rows) -> None:
        """Put cells into a column, where they are not those of all rows anyhow."""
        if len(cells) < self.size:
            spread = [""] * self.size
            for row, cell in zip(rows, cells, strict=True):
                spread[row] = cell
            cells = spread
        self.cells[column] = cells

    def rows(self, columns: list[ColumnKey]) -> Iterator[tuple[str, ...]]:
        """The rows of these columns."""
        blank = [""] * self.size
        return zip(*[self.cells.get(column, blank) for column in columns], strict=True)


class TableMaker:
    """Makes the tables of records of one layout."""

    def __init__(self, root: PathNode, read_back: ReadBack | None) -> None:
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
        try:
            self._members(self._root, records, range(len(records)))
            if (table.empty or not all(records)) and any(map(is_empty, records)):
                raise Irregular
        except RecursionError:
            raise Irregular from None
        return table

    def _members(self, node: PathNode, objects: Members, rows: Rows) -> None:
        """Take the members of objects, a key after the other."""
        members = sum(map(len, objects))
        sparse = members * SPARSE_MEMBERS < len(objects) * len(node.below)
        for key, values, places in _scatter(objects, rows) if sparse else _gather(objects, rows, node.below):
            if key not in node.below:
                raise Irregular
            members -= len(values)
            if values:
                self._value(node.below[key], values, places)
        if members:
            raise Irregular

    def _value(self, node: PathNode, values: Members, rows: Rows) -> None:
        if node.kind is list:
            self._scalar_list(node, values, rows)
        elif not node.below:
            self._leaf(node, values, rows)
        elif node.is_list:
            self._list(node, values, rows)
        else:
            self._object(node, values, rows)

    def _object(self, node: PathNode, values: Members, rows: Rows) -> None:
        objects, rows = self._only(dict, node, values, rows)
        table = self._table
        marks = len(table.filled), len(table.reached), len(table.empty), len(table.formulas)
        self._members(node, objects, rows)
        if len(table.empty) > marks[2] and any(map(is_empty, objects)):  # then the object is the empty member
            del table.filled[marks[0] :], table.reached[marks[1] :], table.empty[marks[2] :], table.formulas[marks[3] :]
            self._members(node, *self._without_empty(node, objects, rows))

    def _list(self, node: PathNode, values: Members, rows: Rows) -> None:
        """Take the items of lists, an index after the other."""
        lists, rows = self._only(list, node, values, rows)
        index = 0
        while lists:
            if index not in node.below:
                raise Irregular
            item = node.below[index]
            if index:
                self._table.reached.append((item, len(lists)))
            self._value(item, [each[index] for each in lists], rows)
            index += 1
            if min(map(len, lists)) == index:
                rows = [row for row, each in zip(rows, lists, strict=True) if len(each) > index]
                lists = [each for each in lists if len(each) > index]

    def _only(self, type_: type, node: PathNode, values: Members, rows: Rows) -> tuple[Members, Rows]:
        """The values of one type that are not empty; there are no others but empty ones."""
        if not all(values) or set(map(type, values)) != {type_}:
            values, rows = self._without_empty(node, values, rows)
            if not set(map(type, values)) <= {type_}:
                raise Irregular
        return values, rows

    def _without_empty(self, node: PathNode, values: Members, rows: Rows) -> tuple[Members, Rows]:
        """The values that are no empty members; those that are get noted."""
        if isinstance(node.path[-1], int):
            raise Irregular
        kept, places = [], []
        for value, row in zip(values, rows, strict=True):
            if is_empty(value):
                kind = next(kind for kind, type_ in EMPTY_KINDS.items() if isinstance(value, type_))
                self._table.empty.append((node, row, kind))
            else:
                kept.append(value)
                places.append(row)
        return kept, places

    def _leaf(self, node: PathNode, values: Members, rows: Rows) -> None:
        types: Set[type] = TEXT
        cells = values
        try:
            joined = "\n".join(cells)
        except TypeError:
            types = set(map(type, values))
            cells = self._texts(values, types, node.place)
            joined = "\n".join(cells)
        if not all(cells):
            values, rows = self._without_empty(node, values, rows)
            if values:
                self._leaf(node, values, rows)
            return
        if node.kind is not str:
            raise Irregular
        _check_lengths(types, cells, joined)
        self._table.filled.append((node, len(cells)))
        self._check_leaf(node.path, types, values, cells, rows)
        if may_be_formula(joined):
            self._table.formulas += chain.from_iterable(formulas_of(node.number, cell) for cell in cells)
        self._table.put((node.number, None), quote_cells(cells, joined), rows)

    def _texts(self, values: Sequence[Any], types: Set[type], place: Place | None) -> list[str]:
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

    def _scalar_list(self, node: PathNode, values: Members, rows: Rows) -> None:
        """Take lists that share a cell, or have a column for each index where an item holds a comma."""
        lists, rows = self._only(list, node, values, rows)
        if not lists:
            return
        place = node.place
        assert place is not None
        items = list(chain.from_iterable(lists))
        types = set(map(type, items))
        cells = items if types <= TEXT else self._texts(items, types, place.step(0))
        if not all(cells) or any(node.prefix for node, _ in place.nodes):
            raise Irregular
        joined = "\n".join(cells)
        _check_lengths(types, cells, joined)
        if (node.joins and "," in joined) or (not node.joins and max(map(len, lists)) > node.length):
            raise Irregular
        self._table.filled.append((node, len(lists)))
        places = list(chain.from_iterable(repeat(row, len(each)) for row, each in zip(rows, lists, strict=True)))
        self._check_leaf((*node.path, 0), types, items, cells, places)
        following = iter(cells)
        texts = [list(islice(following, len(each))) for each in lists]
        if may_be_formula(joined):
            self._table.formulas += chain.from_iterable(formulas_of(node.number, content) for content in texts)
        if node.joins:
            shared = list(map(",".join, texts))
            self._table.put((node.number, None), quote_cells(shared, "\n".join(shared)), rows)
        else:
            for index, column in enumerate(zip_longest(*texts, fillvalue="")):
                self._table.put((node.number, index), quote_cells(column, "\n".join(column)), rows)

    def _check_leaf(self, path: Path, types: Set[type], values: Members, cells: Sequence[str], rows: Rows) -> None:
        """Note the rows whose value here may not read back as itself."""
        doubts = self._doubts(path, types)
        if not doubts:
            return
        if types <= TEXT and doubts[str] is Doubt.TEXT and all(self._is_read(text, text, path) for text in set(cells)):
            return
        for value, cell, row in zip(values, cells, rows, strict=True):
            doubt = doubts.get(value.__class__, Doubt.NONE)
            if doubt is Doubt.RECORD or (doubt is Doubt.TEXT and not self._is_read(cell, value, path)):
                self._table.doubtful.add(row)

    def _doubts(self, path: Path, types: Set[type]) -> dict[type, Doubt]:
        read_back = self._read_back
        if read_back is None:
            return {}
        doubts = {type_: read_back.doubt(path, type_) for type_ in types}
        return {type_: doubt for type_, doubt in doubts.items() if doubt is not Doubt.NONE}

    def _is_read(self, text: str, value: Any, path: Path) -> bool:
        """Whether a text is read as this value; of texts that are, some are remembered."""
        assert self._read_back is not None
        known = self._known.setdefault(path, set())
        if value.__class__ is not str:
            return self._read_back.is_read_as(text, value, path)
        if text in known:
            return True
        if not self._read_back.is_read_as(text, value, path):
            return False
        if len(known) < REMEMBERED_CELLS and len(text) <= REMEMBERED_CHARS:
            known.add(text)
        return True


def _gather(objects: Members, rows: Rows, keys: Iterable[str | int]) -> Iterator[tuple[Any, Members, Rows]]:
    """For each key, the values of the objects that have it, and their rows."""
    for key in keys:
        try:
            values, places = [each[key] for each in objects], rows
        except KeyError:
            values = [each[key] for each in objects if key in each]
            places = [row for row, each in zip(rows, objects, strict=True) if key in each]
        yield key, values, places


def _scatter(objects: Members, rows: Rows) -> Iterator[tuple[Any, Members, Rows]]:
    """Like ``_gather`` with the keys that the objects have, going through the objects instead of the keys."""
    found: defaultdict[Any, tuple[list[Any], list[int]]] = defaultdict(lambda: ([], []))
    for row, each in zip(rows, objects, strict=True):
        for key, value in each.items():
            values, places = found[key]
            values.append(value)
            places.append(row)
    return ((key, values, places) for key, (values, places) in found.items())


def _blank(value: Any) -> str:
    """The cell of an empty member."""
    if not is_empty(value):
        raise Irregular
    return ""


def _check_lengths(types: Set[type], cells: Sequence[str], joined: str) -> None:
    """Refuse what may be a number of too many digits, or a text that no cell may have."""
    limit = MAX_CELL if types <= TEXT else MAX_DIGITS
    if len(joined) > limit and max(map(len, cells)) > limit:
        raise Irregular


TEXT_MAKERS: dict[type, Callable[[Any], str]] = {
    str: str,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    **dict.fromkeys([type(None), list, dict], _blank),
}
"""What makes texts of values wherever they stand; of others, the place has a say."""
