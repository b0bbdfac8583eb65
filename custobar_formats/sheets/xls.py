"""Workbooks of Excel before 2007 (.xls) to rows of texts, through xlrd.

In: the file. Out: its tabs, and the rows of one. Rules: xlrd gets only records that have been counted (``biff``); an
exception of it is a damaged file.
Source: [MS-XLS]; https://xlrd.readthedocs.io.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from struct import error as struct_error
from typing import IO, Any

from custobar_formats.core.limits import MAX_XLS_BYTES
from custobar_formats.core.shown import shown
from custobar_formats.files.compound import Compound, DamagedCompound
from custobar_formats.files.spreadsheet_files import workbook_stream
from custobar_formats.sheets.biff import Records, too_much
from custobar_formats.sheets.cells import kind_of_format, number_text, serial_text, spread
from custobar_formats.sheets.markup import Unreadable
from custobar_formats.sheets.workbook import UNVALUED, Row, Sheet, Tab

NO_XLRD = ".xls needs xlrd: pip install 'custobar_formats[xls]', or save it as .xlsx"


class _Nowhere(io.TextIOBase):
    """Where xlrd prints."""

    def write(self, text: str) -> int:
        return len(text)


class XlsWorkbook:
    """A workbook of Excel 5 to 2003.

    Raises:
        Unreadable: it is none, is damaged or protected, or needs too much memory; or xlrd is not installed.

    """

    format = "xls"

    def __init__(self, file: IO[bytes]) -> None:
        xlrd = _xlrd()
        with _naming_damage():
            self._records = Records(_stream(file))
            self._book = xlrd.open_workbook(
                file_contents=self._records.data,
                logfile=_Nowhere(),
                on_demand=True,
                ragged_rows=True,
                formatting_info=True,
            )
            self._errors: dict[int, str] = xlrd.error_text_from_code
            self._is_truth, self._is_error = xlrd.XL_CELL_BOOLEAN, xlrd.XL_CELL_ERROR
            self._from_1904 = self._book.datemode == 1
            self._book._sharedstrings = range(len(self._records.texts))
            names = self._book.sheet_names()
            self.tabs = [
                Tab(name, is_hidden, str(place))
                for place, (name, (_, is_hidden)) in enumerate(zip(names, self._records.sheets, strict=True))
            ]
            codes = {each.format_key: each.format_str for each in self._book.format_list}
            styles = enumerate(each.format_key for each in self._book.xf_list)
            self._kinds = {style: kind_of_format(number, codes.get(number)) for style, number in styles}

    def sheet(self, tab: Tab) -> Sheet:
        """The rows of a sheet."""
        with _naming_damage():
            formulas = self._records.clear_sheet(int(tab.part), self._book.encoding)
            found = self._book.sheet_by_index(int(tab.part))
        numbers: dict[int, int] = {}
        return Sheet(self._rows(found, formulas, numbers), numbers)

    def _rows(self, sheet: Any, formulas: dict[int, dict[int, str | None]], numbers: dict[int, int]) -> Iterator[Row]:
        """The rows that have a value."""
        none: dict[int, str | None] = {}
        for number in range(sheet.nrows):
            given, values = formulas.get(number, none), sheet.row_values(number)
            columns, cells = [], []
            for column, kind in enumerate(sheet.row_types(number)):
                value = values[column]
                if column in given:
                    text = UNVALUED if (found := given[column]) is None else found
                elif kind == self._is_truth:
                    text = "true" if value else "false"
                elif kind == self._is_error:
                    text = self._errors.get(value, UNVALUED)
                elif isinstance(value, int):
                    text = self._records.texts[value]
                elif isinstance(value, float):
                    shown_as = self._kinds.get(sheet.cell_xf_index(number, column))
                    if shown_as is None:
                        numbers.setdefault(column, number + 1)
                        text = number_text(repr(value))
                    else:
                        text = serial_text(repr(value), shown_as, from_1904=self._from_1904)
                else:
                    text = value
                if text:
                    columns.append(column)
                    cells.append(text)
            if columns:
                unvalued = tuple(column for column, formula in given.items() if formula is None)
                yield Row(number + 1, spread(columns, cells), unvalued)


def _xlrd() -> Any:
    try:
        import xlrd
    except ImportError:
        raise Unreadable(NO_XLRD) from None
    return xlrd


def _stream(file: IO[bytes]) -> bytearray:
    """The bytes of the workbook in a file."""
    compound = Compound(file)
    name = workbook_stream(compound)
    if name is None:
        raise DamagedCompound("it has no workbook")
    if compound.size(name) > MAX_XLS_BYTES:
        raise too_much()
    return compound.read(name)


@contextmanager
def _naming_damage() -> Iterator[None]:
    """Turn any exception that damaged records lead to into the reason why they cannot be read."""
    try:
        yield
    except (Unreadable, OSError, MemoryError):
        raise
    except DamagedCompound as error:
        raise Unreadable(f"it is damaged: {error}") from None
    except (struct_error, IndexError, StopIteration):
        raise Unreadable("it is damaged, or ends early") from None
    except Exception as error:
        raise Unreadable(f"it is damaged ({type(error).__name__}: {shown(str(error))})") from None
