"""Workbooks of Excel (.xlsx, .xlsm) to rows of texts.

In: the archive. Out: its tabs, and the rows of one. Rules: one row at a time; an error or a formula without a value is
never a blank; what a program shows as a date is one.
Source: ISO/IEC 29500-1 (SpreadsheetML): 18.2 (workbook), 18.3 (sheets), 18.4 (shared strings), 18.8 (styles), 22.9.2.19
(ST_Xstring).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from posixpath import dirname, join, normpath

from custobar_formats.core.limits import MAX_CELL, MAX_SHARED_TEXT, MAX_SHEET_COLUMNS, MAX_SHEET_ROWS, MAX_TABS
from custobar_formats.files.archive import Archive
from custobar_formats.sheets.cells import TRUTH, column_of, iso_text, kind_of_format, number_text, serial_text, spread
from custobar_formats.sheets.markup import Attributes, LocalNames, MarkupReader, Unreadable, read_all
from custobar_formats.sheets.workbook import UNVALUED, Row, Sheet, Tab, oversized

_TEXTS = frozenset({"v", "t"})
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class _Elements(MarkupReader):
    """The attributes of all elements with one of some names, by local names."""

    def __init__(self, *wanted: str) -> None:
        super().__init__()
        self._wanted = wanted
        self._within: list[str] = []
        self.found: list[tuple[str, str, dict[str, str]]] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """Keep the attributes of an element, with its parent's name."""
        self.depth += 1
        local = name.rpartition(":")[2]
        if local in self._wanted:
            if len(self.found) >= MAX_TABS:
                raise Unreadable(f"it has more than {MAX_TABS:,} sheets or formats")
            parent = self._within[-1] if self._within else ""
            self.found.append((parent, local, {key.rpartition(":")[2]: text for key, text in attributes.items()}))
        self._within.append(local)

    def end(self, name: str) -> None:
        """Leave an element."""
        self.depth -= 1
        self._within.pop()


class _Texts(MarkupReader):
    """The shared strings: in one piece of memory, where each ends."""

    def __init__(self) -> None:
        super().__init__()
        self._local = LocalNames()
        self._parts: list[str] = []
        self._is_reading = False
        self._text = bytearray()
        self._ends = array("Q", [0])

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin a text, or leave out how it is pronounced."""
        self.depth += 1
        local = self._local[name]
        if local == "t":
            self.take_text(self._parts.append if self._is_reading else None)
        elif local == "si":
            self._is_reading = True
            self._parts.clear()
        elif local == "rPh":
            self._is_reading = False

    def end(self, name: str) -> None:
        """Keep a text that is complete."""
        self.depth -= 1
        local = self._local[name]
        if local == "t":
            self.take_text(None)
        elif local == "rPh":
            self._is_reading = True
        elif local == "si":
            self._text += "".join(self._parts).encode("utf-8")
            self._ends.append(len(self._text))
            if len(self._text) > MAX_SHARED_TEXT:
                raise Unreadable(f"its texts have more than {MAX_SHARED_TEXT >> 20} MiB: save the sheet as CSV")

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise IndexError
        return _unescaped(self._text[self._ends[number] : self._ends[number + 1]].decode("utf-8"))


class XlsxWorkbook:
    """A workbook of Excel.

    Raises:
        Unreadable: it is none.

    """

    format = "xlsx"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        main = self._targets("_rels/.rels", "", "/officeDocument")
        workbook = next(iter(main.values()), "xl/workbook.xml")
        folder = dirname(workbook)
        relations = join(folder, "_rels", workbook.rpartition("/")[2] + ".rels")
        self._parts = self._targets(relations, folder, "/worksheet")
        self._texts_part = next(iter(self._targets(relations, folder, "/sharedStrings").values()), None)
        self._styles_part = next(iter(self._targets(relations, folder, "/styles").values()), None)
        found = self._elements(workbook, "sheet", "workbookPr")
        self._from_1904 = any(each.get("date1904") in ("1", "true") for _, name, each in found if name == "workbookPr")
        self.tabs = [
            Tab(each.get("name", ""), each.get("state", "visible") != "visible", self._parts[each["id"]])
            for _, name, each in found
            if name == "sheet" and each.get("id") in self._parts
        ]

    def _elements(self, part: str, *names: str) -> list[tuple[str, str, dict[str, str]]]:
        reader = _Elements(*names)
        read_all(reader, self._archive.chunks(part))
        return reader.found

    def _targets(self, part: str, folder: str, kind: str) -> dict[str, str]:
        """The parts of a kind that the relations in a part name, by their ids."""
        if part not in self._archive:
            return {}
        found = self._elements(part, "Relationship")
        return {
            each.get("Id", ""): normpath(join("/", folder, each.get("Target", ""))).lstrip("/")
            for _, _, each in found
            if each.get("Type", "").endswith(kind)
        }

    def sheet(self, tab: Tab) -> Sheet:
        """The rows of a sheet."""
        reader = _SheetReader(self._texts(), self._kinds(), from_1904=self._from_1904)
        sheet = Sheet(iter(()), reader.numbers)
        sheet.rows = reader.rows(self._archive, tab.part)
        return sheet

    def _texts(self) -> _Texts:
        texts = _Texts()
        if self._texts_part is not None and self._texts_part in self._archive:
            read_all(texts, self._archive.chunks(self._texts_part))
        return texts

    def _kinds(self) -> list[str | None]:
        """The kind of value that each style makes of a number: a date, a time, or nothing."""
        if self._styles_part is None or self._styles_part not in self._archive:
            return []
        found = self._elements(self._styles_part, "numFmt", "xf")
        codes = {each.get("numFmtId"): each.get("formatCode", "") for _, name, each in found if name == "numFmt"}
        ids = [each.get("numFmtId", "0") for parent, name, each in found if name == "xf" and parent == "cellXfs"]
        return [kind_of_format(int(each) if each.isdecimal() else 0, codes.get(each)) for each in ids]


class _SheetReader(MarkupReader):
    """The rows of one sheet; ``numbers`` is that of ``Sheet``."""

    def __init__(self, texts: _Texts, kinds: list[str | None], *, from_1904: bool) -> None:
        super().__init__()
        self._local = LocalNames()
        self._texts = texts
        self._kinds = {str(place): kind for place, kind in enumerate(kinds) if kind is not None}
        self._from_1904 = from_1904
        self._column_of = _Columns()
        self.numbers: dict[int, int] = {}
        self._found: list[tuple[int, list[int], list[str], tuple[int, ...]]] = []
        self._number = 0
        self._columns: list[int] = []
        self._cells: list[str] = []
        self._unvalued: tuple[int, ...] = ()
        self._column = -1
        self._cell: Attributes = {}
        self._parts: list[str] = []
        self._take = self._parts.append
        self._has_formula = self._has_value = self._is_spoken = False

    def rows(self, archive: Archive, part: str) -> Iterator[Row]:
        """The rows that have a value."""
        for _ in self.read(archive.chunks(part)):
            for number, columns, cells, unvalued in self._found:
                width = columns[-1] + 1
                archive.spend(width - len(cells))
                yield Row(number, spread(columns, cells), unvalued)
            self._found.clear()
            if len(self._parts) > 1 and sum(map(len, self._parts)) > MAX_CELL:
                raise oversized(self._number, self._place())

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin a row, a cell, or what is in it."""
        self.depth += 1
        local = self._local[name]
        if local == "c":
            self._cell = attributes
            self._parts.clear()
            self._has_formula = self._has_value = False
        elif local == "v":
            self._parser.CharacterDataHandler = self._take
            self._has_value = True
        elif local == "t":
            if not self._is_spoken:
                self._parser.CharacterDataHandler = self._take
        elif local == "f":
            self._has_formula = True
        elif local == "row":
            self._begin_row(attributes.get("r"))
        elif local == "rPh":
            self._is_spoken = True

    def end(self, name: str) -> None:
        """Keep a cell or a row that is complete."""
        self.depth -= 1
        local = self._local[name]
        if local == "c":
            self._end_cell()
        elif local in _TEXTS:
            self._parser.CharacterDataHandler = None
        elif local == "row":
            if self._columns:
                self._found.append((self._number, self._columns, self._cells, self._unvalued))
        elif local == "rPh":
            self._is_spoken = False
        elif local == "sheetData":
            self.ended = True

    def _begin_row(self, number: str | None) -> None:
        before = self._number
        self._number = before + 1 if number is None else int(number) if number.isdecimal() and len(number) < 9 else 0
        if self._number > MAX_SHEET_ROWS and number is None:
            raise Unreadable(f"it has more than {MAX_SHEET_ROWS:,} rows")
        if not before < self._number <= MAX_SHEET_ROWS:
            raise Unreadable(f"row {number} comes after row {before:,}" if before else f"there is no row {number}")
        self._column, self._columns, self._cells, self._unvalued = -1, [], [], ()

    def _place(self) -> int:
        """The 0-based column of the cell."""
        place = self._cell.get("r")
        return self._column + 1 if place is None else self._column_of[place.rstrip("0123456789")]

    def _end_cell(self) -> None:
        cell = self._cell
        column = self._place()
        if not self._column < column < MAX_SHEET_COLUMNS or not self._number:
            raise Unreadable(f"cell {cell.get('r')} is at a wrong place, in row {self._number:,}")
        self._column = column
        stored = "".join(self._parts)
        kind = cell.get("t", "n")
        if not stored:
            if self._has_formula and not (self._has_value and kind == "str"):
                self._unvalued = (*self._unvalued, column)
                self._columns.append(column)
                self._cells.append(UNVALUED)
            return
        text = self._text(stored, kind, cell.get("s", ""))
        if len(text) > MAX_CELL:
            raise oversized(self._number, column)
        if text:
            self._columns.append(column)
            self._cells.append(text)

    def _text(self, stored: str, kind: str, style: str) -> str:
        """The text of a value of a kind. ISO/IEC 29500-1, 18.18.11 (ST_CellType)."""
        if kind == "n":
            shown_as = self._kinds.get(style)
            if shown_as is not None:
                return serial_text(stored, shown_as, from_1904=self._from_1904)
            self.numbers.setdefault(self._column, self._number)
            return number_text(stored)
        if kind == "s":
            try:
                return self._texts[int(stored)]
            except (IndexError, ValueError):
                raise Unreadable(
                    f"a cell of row {self._number:,} names text {stored[:20]}, which is not there"
                ) from None
        if kind == "b":
            return TRUTH.get(stored, stored)
        if kind == "d":
            return iso_text(stored, is_date=self._kinds.get(style) in (None, "date"))
        return stored if kind == "e" else _unescaped(stored)


class _Columns(dict[str, int]):
    """The 0-based columns of letters, each found once."""

    def __missing__(self, letters: str) -> int:
        column = column_of(letters)
        if 0 <= column < MAX_SHEET_COLUMNS:
            self[letters] = column
        return column


def _unescaped(text: str) -> str:
    """The text with the characters that XML cannot have, which are escaped as ``_x000D_``."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
