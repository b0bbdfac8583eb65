"""Many records to the cells of their columns at once, by a layout that knows all their paths.

In: records, and the tree of the paths of earlier records. Out: cells, a column at a time, and their counts. Rules: a
record is irregular if it has anything unknown to the tree or possibly invalid, and the table leaves it out; a record
that can be written is regular once the layout has learned from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, compress, islice, repeat
from typing import Any

from custobar_formats.core.known import KnownGood
from custobar_formats.core.limits import MAX_CELL, MAX_COLUMNS, MAX_DIGITS
from custobar_formats.core.paths import Path
from custobar_formats.core.scalars import TOO_LARGE, is_empty
from custobar_formats.csvtext.writer import quote_cells
from custobar_formats.notation.lists import is_list_notation, joined_chars
from custobar_formats.records.flatten import empty_kind
from custobar_formats.records.leaf_texts import exact_text, text_maker
from custobar_formats.records.path_tree import PathNode, formulas_of
from custobar_formats.records.roundtrip import Doubt, ReadBack
from custobar_formats.records.table import Rows, Table
from custobar_formats.schema.places import Place
from custobar_formats.text.artefacts import may_be_formula

SPARSE_MEMBERS = 2
"""If objects have fewer than 1/SPARSE_MEMBERS of the possible members, the loop is over objects, not keys."""

Members = Sequence[Any]
"""The values of some records at a node."""

TEXT: frozenset[type] = frozenset({str})


class TableMaker:
    """Makes the tables of records of one layout.

    If its columns are fixed, empty members without a node are ignored.
    """

    def __init__(self, root: PathNode, read_back: ReadBack | None, *, is_fixed: bool) -> None:
        self._root = root
        self._read_back = read_back
        self._is_fixed = is_fixed
        self._known: defaultdict[tuple[Path, type], KnownGood] = defaultdict(KnownGood)
        self._drops_empty = False

    def make(self, records: Members) -> Table:
        """The table of these records."""
        self._table = table = Table(len(records))
        rows: Rows = range(len(records))
        if set(map(type, records)) != {dict}:
            table.irregular += [row for row, record in enumerate(records) if type(record) is not dict]
            rows = [row for row, record in enumerate(records) if type(record) is dict]
            records = [records[row] for row in rows]
        self._members(self._root, records, rows)
        if table.empty or table.ignored or not all(records):
            suspects = {row for _, row, _ in table.empty}.union(table.ignored)
            table.irregular += [
                row
                for row, record in zip(rows, records, strict=True)
                if (row in suspects or not record) and self._is_empty(record, row)
            ]
        table.drop_irregular()
        return table

    def _members(self, node: PathNode, objects: Members, rows: Rows) -> None:
        """Add the members of objects, key by key."""
        members = sum(map(len, objects))
        sparse = members * SPARSE_MEMBERS < len(objects) * len(node.below)
        for key, values, places in _scatter(objects, rows) if sparse else _gather(objects, rows, node.below):
            if values and key in node.below:
                members -= len(values)
                self._value(node.below[key], values, places)
        if members:
            self._unknown(node.below, objects, rows)

    def _unknown(self, known: Mapping[Any, PathNode], objects: Members, rows: Rows) -> None:
        """Note the members that have no node."""
        for each, row in zip(objects, rows, strict=True):
            for key in each.keys() - known.keys():
                if self._is_fixed and isinstance(key, str) and self._is_empty(each[key], row):
                    self._table.ignored.append(row)
                else:
                    self._table.irregular.append(row)

    def _is_empty(self, value: Any, row: int) -> bool:
        try:
            return is_empty(value)
        except RecursionError:
            self._table.irregular.append(row)
            return False

    def _value(self, node: PathNode, values: Members, rows: Rows) -> None:
        if node.kind is list:
            self._scalar_list(node, *self._only(list, node, values, rows))
        elif not node.below:
            self._leaf(node, values, rows)
        elif node.is_list:
            self._less_empty(self._items, node, *self._only(list, node, values, rows))
        else:
            self._less_empty(self._members, node, *self._only(dict, node, values, rows))

    def _less_empty(
        self, take: Callable[[PathNode, Members, Rows], None], node: PathNode, values: Members, rows: Rows
    ) -> None:
        """Add objects or lists; if some may be empty, undo that, and add only those that are not.

        The second time, empty values are removed at each level first, so a value is searched at most once a level.
        """
        table = self._table
        odd: list[list[Any]] = [table.empty, table.irregular, table.ignored]
        notes = [*odd, table.filled, table.reached, table.formulas, table.lists]
        marks = list(map(len, notes))
        take(node, values, rows)
        if self._drops_empty or list(map(len, odd)) == marks[:3] or not any(map(self._is_empty, values, rows)):
            return
        for note, mark in zip(notes, marks, strict=True):
            del note[mark:]
        self._drops_empty = True
        take(node, *self._without_empty(node, values, rows))
        self._drops_empty = False

    def _items(self, node: PathNode, lists: Members, rows: Rows) -> None:
        """Add the items of lists, index by index."""
        index = 0
        while lists:
            if index not in node.below:
                self._table.irregular += rows
                return
            item = node.below[index]
            if index:
                self._table.reached.append((item, rows))
            self._value(item, [each[index] for each in lists], rows)
            index += 1
            if min(map(len, lists)) == index:
                rows = [row for row, each in zip(rows, lists, strict=True) if len(each) > index]
                lists = [each for each in lists if len(each) > index]

    def _only(self, type_: type, node: PathNode, values: Members, rows: Rows) -> tuple[Members, Rows]:
        """The values of one type that are not empty, and their rows; rows with other types are irregular."""
        types = set(map(type, values))
        if type(None) in types:
            values, rows = self._without_none(node, values, rows)
        others = types - {type_, type(None)}
        if others:
            taken = {each for each in others if issubclass(each, KINDS[type_])}
            values = [type_(value) if type(value) in taken else value for value in values]
            others -= taken
        if others or self._drops_empty or not all(values):
            values, rows = self._without_empty(node, values, rows)
        if others:
            self._table.irregular += [row for row, value in zip(rows, values, strict=True) if type(value) is not type_]
            rows = [row for row, value in zip(rows, values, strict=True) if type(value) is type_]
            values = [value for value in values if type(value) is type_]
        return values, rows

    def _without_none(self, node: PathNode, values: Members, rows: Rows) -> tuple[Members, Rows]:
        """The values that are not None, and their rows; the others are noted as in ``_without_empty``."""
        nones = [row for row, value in zip(rows, values, strict=True) if value is None]
        if isinstance(node.path[-1], int):
            self._table.irregular += nones
        else:
            self._table.empty += [(node, row, "null") for row in nones]
        places = [row for row, value in zip(rows, values, strict=True) if value is not None]
        return [value for value in values if value is not None], places

    def _without_empty(self, node: PathNode, values: Members, rows: Rows) -> tuple[Members, Rows]:
        """The values that are not empty, and their rows; the others are noted."""
        kept, places = [], []
        for value, row in zip(values, rows, strict=True):
            if self._is_empty(value, row):
                self._note_empty(node, value, row)
            else:
                kept.append(value)
                places.append(row)
        return kept, places

    def _note_empty(self, node: PathNode, value: Any, row: int) -> None:
        if isinstance(node.path[-1], int):
            self._table.irregular.append(row)
        else:
            self._table.empty.append((node, row, empty_kind(value)))

    def _leaf(self, node: PathNode, values: Members, rows: Rows) -> None:
        types: Set[type] = TEXT
        cells: Sequence[Any] = values
        try:
            joined = "\n".join(cells)
        except TypeError:
            types = set(map(type, values))
            if type(None) in types:
                values, rows = self._without_none(node, values, rows)
                types -= {type(None)}
            cells = self._texts(values, types, node.place)
            joined = "\n".join(filter(None, cells))
        if not all(cells) or _is_any_too_long(types, cells, joined):
            values, cells, rows = self._usable(node, values, cells, rows)
            joined = "\n".join(cells)
        if node.kind is not str:
            self._table.irregular += rows
        elif cells:
            self._table.filled.append((node, rows))
            self._check_leaf(node.path, types, values, cells, rows)
            if may_be_formula(joined):
                self._note_formulas(node, cells, rows)
            self._table.put((node.number, None), quote_cells(cells, joined), rows)

    def _usable(
        self, node: PathNode, values: Members, cells: Sequence[Any], rows: Rows
    ) -> tuple[Members, Members, Rows]:
        """The scalars that can be written, with their texts and rows; the others are noted."""
        usable = [bool(cell) and not _is_too_long(value, cell) for value, cell in zip(values, cells, strict=True)]
        for value, cell, row, is_usable in zip(values, cells, rows, usable, strict=True):
            if cell == "":
                self._note_empty(node, value, row)
            elif not is_usable:
                self._table.irregular.append(row)
        return list(compress(values, usable)), list(compress(cells, usable)), list(compress(rows, usable))

    def _note_formulas(self, node: PathNode, contents: Sequence[str | list[str]], rows: Rows) -> None:
        for content, row in zip(contents, rows, strict=True):
            self._table.formulas += [(column, row) for column in formulas_of(node.number, content)]

    def _texts(self, values: Members, types: Set[type], place: Place | None) -> list[str | None]:
        """The texts of values: blank for an empty member, None for a value without a text."""
        makers = {type_: text_maker(type_, place) for type_ in types}
        try:
            if len(types) == 1:
                return list(map(makers.popitem()[1], values))
            return [value if type(value) is str else makers[type(value)](value) for value in values]
        except ValueError:  # an integer has more digits than the host can write
            return [exact_text(value, place) for value in values]

    def _scalar_list(self, node: PathNode, lists: Members, rows: Rows) -> None:
        """Add lists that share a cell, or that have a column for each index because an item holds a comma."""
        if not lists:
            return
        place = node.place
        assert place is not None
        items = list(chain.from_iterable(lists))
        places = list(chain.from_iterable(repeat(row, len(each)) for row, each in zip(rows, lists, strict=True)))
        types = set(map(type, items))
        parts = _items_by_place(place, lists)
        cells: list[Any] = items
        if not types <= TEXT:
            cells = [None] * len(items)
            for index, chosen in parts:
                for number, cell in zip(
                    chosen, self._texts(_pick(items, chosen), types, place.step(index)), strict=True
                ):
                    cells[number] = cell
        joined = "\n".join(filter(None, cells))
        may_split = node.joins and any(mark in joined for mark in ',["')
        if (
            not all(cells)
            or may_split
            or _is_any_too_long(types, cells, joined)
            or _is_any_list_too_long(lists, cells, joined)
        ):
            usable = self._usable_lists(node, lists, rows, zip(places, items, cells, strict=True))
            if len(usable[0]) < len(lists):
                self._scalar_list(node, *usable)
                return
        self._table.filled.append((node, rows))
        for index, chosen in parts:
            picked = [_pick(each, chosen) for each in (items, cells, places)]
            self._check_leaf((*node.path, index), types, *picked)
        following = iter(cells)
        contents = [list(islice(following, len(each))) for each in lists]
        if may_be_formula(joined):
            self._note_formulas(node, contents, rows)
        self._table.lists.append((node, contents, rows))

    def _usable_lists(
        self, node: PathNode, lists: Members, rows: Rows, items: Iterable[tuple[int, Any, Any]]
    ) -> tuple[Members, Rows]:
        """The lists that can be written, and their rows; the others are noted. ``items`` are (row, item, text)."""
        wrong, texts = set(), defaultdict[int, list[str]](list)
        for row, item, cell in items:
            if not cell or (node.joins and "," in cell) or _is_too_long(item, cell):
                wrong.add(row)
            texts[row].append(cell or "")
        if node.joins:
            wrong.update(row for row, each in texts.items() if is_list_notation(each))
        most = 0 if node.joins else MAX_COLUMNS
        wrong.update(row for row, each in texts.items() if len(each) > most and joined_chars(each) > MAX_CELL)
        for each, row in zip(lists, rows, strict=True):
            if row in wrong and self._is_empty(each, row):
                self._note_empty(node, each, row)
            elif row in wrong:
                self._table.irregular.append(row)
        places = [row for row in rows if row not in wrong]
        return [each for each, row in zip(lists, rows, strict=True) if row not in wrong], places

    def _check_leaf(self, path: Path, types: Set[type], values: Members, cells: Sequence[str], rows: Rows) -> None:
        """Note the rows whose value here may not read back as itself."""
        doubts = self._doubts(path, types)
        if Doubt.NUMBER in doubts.values() and self._read_back and self._read_back.are_usual(cells, path):
            doubts = {type_: doubt for type_, doubt in doubts.items() if doubt is not Doubt.NUMBER}
        if not doubts:
            return
        of_texts = doubts.get(str) if types <= TEXT else None  # including subclasses of str
        if of_texts is Doubt.TEXT and all(self._is_read(text, text, path) for text in set(cells)):
            return
        for value, cell, row in zip(values, cells, rows, strict=True):
            doubt = of_texts or doubts.get(type(value), Doubt.NONE)
            if doubt is Doubt.RECORD or (doubt is not Doubt.NONE and not self._is_read(cell, value, path)):
                self._table.doubtful.add(row)

    def _doubts(self, path: Path, types: Set[type]) -> dict[type, Doubt]:
        read_back = self._read_back
        if read_back is None:
            return {}
        doubts = {type_: read_back.doubt(path, type_) for type_ in types}
        return {type_: doubt for type_, doubt in doubts.items() if doubt is not Doubt.NONE}

    def _is_read(self, text: str, value: Any, path: Path) -> bool:
        """Whether a text is read as this value; some texts that are get cached."""
        assert self._read_back is not None
        known = self._known[path, type(value)]
        if text in known.texts:
            return True
        if not self._read_back.is_read_as(text, value, path):
            return False
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
    """Like ``_gather`` for the keys that the objects have, but with a loop over the objects, not the keys."""
    found: defaultdict[Any, tuple[list[Any], list[int]]] = defaultdict(lambda: ([], []))
    for row, each in zip(rows, objects, strict=True):
        for key, value in each.items():
            values, places = found[key]
            values.append(value)
            places.append(row)
    return ((key, values, places) for key, (values, places) in found.items())


def _items_by_place(place: Place, lists: Members) -> list[tuple[int, Sequence[int]]]:
    """The schema places of list items, each as its first index, with the numbers of the items at that place."""
    prefix = max(len(node.prefix) for node, _ in place.nodes)
    if not prefix:
        return [(0, range(sum(map(len, lists))))]
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number, index in enumerate(chain.from_iterable(range(len(each)) for each in lists)):
        found[min(index, prefix)].append(number)
    return list(found.items())


def _pick(values: list[Any], chosen: Sequence[int]) -> list[Any]:
    return values if len(chosen) == len(values) else [values[number] for number in chosen]


KINDS: dict[type, type] = {dict: Mapping, list: list}
"""The types that count as an object and as a list."""


def _is_any_too_long(types: Set[type], cells: Members, joined: str) -> bool:
    """Whether a number may have too many digits, or a text may be too long for a cell."""
    limit = MAX_CELL if types <= TEXT else MAX_DIGITS
    return len(joined) > limit and max(map(len, cells)) > limit


def _is_any_list_too_long(lists: Members, cells: Members, joined: str) -> bool:
    """Whether the texts of a list, joined, are too long for a cell."""
    following = iter(cells)
    return len(joined) > MAX_CELL and any(joined_chars([*islice(following, len(each))]) > MAX_CELL for each in lists)


def _is_too_long(value: Any, cell: str) -> bool:
    return len(cell) > MAX_DIGITS and (
        len(cell) > MAX_CELL or (isinstance(value, int) and not -TOO_LARGE < value < TOO_LARGE)
    )
