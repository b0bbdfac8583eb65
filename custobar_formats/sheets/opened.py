"""An opened spreadsheet to the rows of the sheet that is wanted.

In: the bytes of a spreadsheet. Out: the sheet's name, its rows, the other sheets. Rule: what cannot be read, or is not
there, is a UsageError.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from custobar_formats.core.errors import UsageError
from custobar_formats.files.archive import Archive
from custobar_formats.files.spreadsheet_files import Spreadsheet, unreadable
from custobar_formats.sheets.markup import Unreadable
from custobar_formats.sheets.ods import OdsWorkbook
from custobar_formats.sheets.workbook import Row, Sheet, Tab, Workbook, choose_tab
from custobar_formats.sheets.xls import XlsWorkbook
from custobar_formats.sheets.xlsx import XlsxWorkbook


@dataclass(frozen=True, slots=True)
class OpenedSheet:
    """A sheet of a spreadsheet.

    Attributes:
        format: xlsx, ods or xls.
        name: the sheet's name.
        others: the names of the other sheets that are not hidden.
        sheet: its rows.

    """

    format: str
    name: str
    others: tuple[str, ...]
    sheet: Sheet


def open_sheet(spreadsheet: Spreadsheet, wanted: str | int | None, name: str | None = None) -> OpenedSheet:
    """The sheet that is wanted by its name or 1-based number, else the first that is not hidden.

    Raises:
        UsageError: the spreadsheet cannot be read, then or later, or has no such sheet.

    """
    name = name or "<input>"
    try:
        workbook = _opened(spreadsheet, name)
        tab = _chosen(workbook, wanted, name)
        sheet = workbook.sheet(tab)
    except Unreadable as error:
        raise unreadable(name, str(error)) from None
    others = tuple(each.name for each in workbook.tabs if each != tab and not each.is_hidden)
    return OpenedSheet(spreadsheet.format, tab.name, others, replace(sheet, rows=_readable(sheet, name)))


def _opened(spreadsheet: Spreadsheet, name: str) -> Workbook:
    if spreadsheet.format == "xls":
        return XlsWorkbook(spreadsheet.stream)
    archive = Archive(spreadsheet.stream, name)
    return XlsxWorkbook(archive) if spreadsheet.format == "xlsx" else OdsWorkbook(archive)


def _chosen(workbook: Workbook, wanted: str | int | None, name: str) -> Tab:
    try:
        return choose_tab(workbook.tabs, wanted)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def _readable(sheet: Sheet, name: str) -> Iterator[Row]:
    try:
        yield from sheet.rows
    except Unreadable as error:
        raise unreadable(name, str(error)) from None
