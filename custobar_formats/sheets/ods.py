"""OpenDocument spreadsheets (.ods), as LibreOffice writes them, to rows of texts.

In: the archive. Out: its tabs, and the rows of one. Rules: one row at a time; an error or a formula without a value is
never a blank; a row or cell that is repeated is there as often.
Source: ODF 1.3 part 3: 9.1 (tables), 16.2 (styles), 17.15 (properties of tables), 19.385 (value types).
"""

from __future__ import annotations

from collections.abc import Iterator

from custobar_formats.core.limits import MAX_CELL, MAX_SHEET_COLUMNS, MAX_SHEET_ROWS, MAX_TABS
from custobar_formats.core.spreadsheet import ERRORS, LIBRE_ERROR
from custobar_formats.files.archive import Archive
from custobar_formats.sheets.cells import code_text, duration_text, iso_text, number_text, percent_text, spread
from custobar_formats.sheets.markup import Attributes, MarkupReader, Unreadable, read_all
from custobar_formats.sheets.workbook import UNVALUED, Row, Sheet, Tab, oversized

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"

_PREFIXES = ("office", "table", "text")
_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0".format
"""The namespaces have the prefixes that the standard and all programs give them; the first element shows that."""

_TABLE_LEVEL = 4
"""The level of a sheet, and of the properties of a style: the document, its body, the spreadsheet, the table. Deeper
tables are parts of something."""

_TRUTH = {"TRUE": "true", "FALSE": "false", "TOSI": "true", "EPÄTOSI": "false", "SANT": "true", "FALSKT": "false"}
"""What LibreOffice shows for a formula that is true or false, which it writes as a number, in three languages."""

_CELLS = {"table:table-cell", "table:covered-table-cell"}


class _Encryption(MarkupReader):
    """Whether the members of an archive are encrypted."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Look for the parameters of an encryption."""
        self.depth += 1
        self.found = self.found or name.rpartition(":")[2] == "encryption-data"

    def end(self, name: str) -> None:
        """Leave an element."""
        self.depth -= 1


class _Tabs(MarkupReader):
    """The sheets of a document."""

    def __init__(self) -> None:
        super().__init__()
        self._style = ""
        self._hidden: set[str] = set()
        self.found: list[Tab] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """Keep a sheet, or the style of a hidden one."""
        self.depth += 1
        if self.depth > _TABLE_LEVEL:
            return
        if self.depth == 1 and any(attributes.get(f"xmlns:{name}") != _NAMESPACE(name) for name in _PREFIXES):
            raise Unreadable("its first element is not that of an OpenDocument spreadsheet")
        if name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden.add(self._style)
        elif name == "table:table" and self.depth == _TABLE_LEVEL:
            is_hidden = attributes.get("table:style-name") in self._hidden
            self.found.append(Tab(attributes.get("table:name", ""), is_hidden, str(len(self.found))))
        if len(self.found) + len(self._hidden) > MAX_TABS:
            raise Unreadable(f"it has more than {MAX_TABS:,} sheets")

    def end(self, name: str) -> None:
        """Leave an element."""
        self.depth -= 1


class OdsWorkbook:
    """A spreadsheet of OpenDocument.

    Raises:
        Unreadable: it is none, or is encrypted.

    """

    format = "ods"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        if MANIFEST in archive:
            encryption = _Encryption()
            read_all(encryption, archive.chunks(MANIFEST))
            if encryption.found:
                raise Unreadable("it is protected by a password: save it without one")
        tabs = _Tabs()
        read_all(tabs, archive.chunks(CONTENT))
        self.tabs = tabs.found

    def sheet(self, tab: Tab) -> Sheet:
        """The rows of a sheet."""
        reader = _SheetReader(int(tab.part))
        sheet = Sheet(iter(()), reader.numbers)
        sheet.rows = reader.rows(self._archive)
        return sheet


class _SheetReader(MarkupReader):
    """The rows of one sheet, which has a number from 0 on; ``numbers`` is that of ``Sheet``."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self._wanted = wanted
        self._tables = -1
        self.numbers: dict[int, int] = {}
        self._found: list[tuple[int, int, list[int], list[str], tuple[int, ...]]] = []
        self._number, self._next, self._repeated = 0, 1, 1
        self._columns: list[int] = []
        self._cells: list[str] = []
        self._unvalued: tuple[int, ...] = ()
        self._column = 0
        self._cell: Attributes = {}
        self._level = 0
        self._is_paragraph = False
        self._parts: list[str] = []

    def rows(self, archive: Archive) -> Iterator[Row]:
        """The rows that have a value."""
        for _ in self.read(archive.chunks(CONTENT)):
            for number, count, columns, cells, unvalued in self._found:
                width = columns[-1] + 1
                for more in range(count):
                    archive.spend(width)
                    yield Row(number + more, list(spread(columns, cells)), unvalued)
            self._found.clear()
            if len(self._parts) > 1 and sum(map(len, self._parts)) > MAX_CELL:
                raise oversized(self._number, self._column)

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin a row, a cell, or what is in it."""
        self.depth += 1
        if name == "table:table" and self.depth == _TABLE_LEVEL:
            self._tables += 1
        if self._tables != self._wanted:
            return
        if self._level:
            self._start_within(name, attributes)
        elif name in _CELLS:
            self._cell, self._level = attributes, self.depth
            self._parts.clear()
        elif name == "table:table-row":
            self._number, self._repeated = self._next, _count(attributes.get("table:number-rows-repeated"))
            self._next += self._repeated
            self._column, self._columns, self._cells, self._unvalued = 0, [], [], ()

    def _start_within(self, name: str, attributes: Attributes) -> None:
        """Begin a paragraph of a cell; those of comments are on a deeper level."""
        if self.depth == self._level + 1:
            self._is_paragraph = name == "text:p"
            if self._is_paragraph:
                self._parts.append("\n" if self._parts else "")
                self.take_text(self._parts.append)
        elif not self._is_paragraph:
            return
        elif name == "text:s":
            self._parts.append(" " * min(_count(attributes.get("text:c")), MAX_CELL + 1))
        elif name == "text:tab":
            self._parts.append("\t")
        elif name == "text:line-break":
            self._parts.append("\n")

    def end(self, name: str) -> None:
        """Keep a cell or a row that is complete."""
        if self._level and self.depth == self._level + 1:
            self.take_text(None)
        if self._level == self.depth and name in _CELLS:
            self._level = 0
            self._end_cell()
        elif not self._level and name == "table:table-row" and self._columns:
            if self._number + self._repeated - 1 > MAX_SHEET_ROWS:
                raise Unreadable(f"it has more than {MAX_SHEET_ROWS:,} rows")
            self._found.append((self._number, self._repeated, self._columns, self._cells, self._unvalued))
            self._columns = []
        elif name == "table:table" and self.depth == _TABLE_LEVEL:
            self.ended = self._tables == self._wanted
        self.depth -= 1

    def _end_cell(self) -> None:
        cell, column = self._cell, self._column
        count = _count(cell.get("table:number-columns-repeated"))
        self._column += count
        text = self._text(cell, "".join(self._parts))
        is_unvalued = not self._parts and "table:formula" in cell and "office:value-type" not in cell
        if not text and not is_unvalued:
            return
        if self._column > MAX_SHEET_COLUMNS or not self._number:
            raise Unreadable(f"row {self._number:,} has more than {MAX_SHEET_COLUMNS:,} columns")
        if len(text) > MAX_CELL:
            raise oversized(self._number, column)
        self._columns += range(column, self._column)
        self._cells += [UNVALUED if is_unvalued else text] * count
        if is_unvalued:
            self._unvalued = (*self._unvalued, *range(column, self._column))

    def _text(self, cell: Attributes, shown: str) -> str:
        """The text of a cell, which is shown as another text. ODF 1.3 part 3, 19.385."""
        kind = cell.get("office:value-type")
        if kind is None or kind == "string":
            return cell.get("office:string-value") or shown
        if "table:formula" in cell and (shown in ERRORS or LIBRE_ERROR.fullmatch(shown)):
            return shown
        if "table:formula" in cell and shown in _TRUTH:
            return _TRUTH[shown]
        if kind == "percentage":
            return percent_text(cell.get("office:value", shown))
        if kind in ("float", "currency"):
            text = number_text(cell.get("office:value", shown))
            code = code_text(shown, text)
            if code is not None:
                return code
            self.numbers.setdefault(self._column - 1, self._number)
            return text
        if kind == "date":
            return iso_text(cell.get("office:date-value", shown), is_date=False)
        if kind == "time":
            return duration_text(cell.get("office:time-value", shown))
        return cell.get("office:boolean-value", shown)


def _count(repeated: str | None) -> int:
    """How often a row, a cell or a space is repeated."""
    if repeated is None:
        return 1
    if not (repeated.isascii() and repeated.isdecimal() and 0 < len(repeated) < 9):
        raise Unreadable(f"{repeated[:20]} is no number of times")
    return max(1, int(repeated))
