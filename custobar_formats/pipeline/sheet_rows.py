"""A sheet of a spreadsheet, as the rows of a table.

In: an opened sheet. Out: its header and its rows, as ``csvtext/reader`` gives those of CSV text; a row's line is its
number as the spreadsheet program shows it. Rules: a row that has no value is none; the cells after the last value of a
row are blank; a formula without a value is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import (
    BLOCK_ROWS,
    MAX_COLUMNS,
    MAX_LISTED_NAMES,
    MAX_ROW_CELLS,
    READ_BLOCK_CELLS,
    STRUCTURE_CHARS,
    TITLE_SAMPLE_ROWS,
)
from custobar_formats.csvtext.row_width import RowFitter
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.csvtext.scanner import overfull, too_wide
from custobar_formats.csvtext.splitter import Splitter
from custobar_formats.csvtext.writer import quote_row
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.beginning import find_structure
from custobar_formats.pipeline.options import Options
from custobar_formats.sheets.opened import OpenedSheet, open_sheet
from custobar_formats.sheets.workbook import Row
from custobar_formats.text.checks import TextCheck

DELIMITER = ","
"""The delimiter of the CSV that is written for a sheet, such as the rejected rows."""

DIGITS = frozenset(
    {
        *("external_id", "canonical_id", "customer_id", "product_id", "shop_id", "store_id", "sale_id", "category_id"),
        *("sale_external_id", "sale_customer_id", "sale_shop_id", "sku", "product_sku", "tracking_number", "nin"),
        *("zip_code", "sale_zip_code", "phone_number", "sale_phone_number", "ean", "product_ean", "vat_number"),
    }
)
"""Fields whose digits are a text, in which a zero at the start matters."""

HINTS = {
    "doubtful-delimiter": "give each column a name in a cell of its own; or divide the column (Text to Columns)",
    "extra-cell": "give the column a name in the header, or clear its cells",
    "quoted-lines": "divide the column at its delimiter (Text to Columns), or give the CSV file itself",
}
"""What to do in a sheet about findings that CSV has, too."""


def open_wanted_sheet(source: TextInput | ByteInput, options: Options) -> OpenedSheet | None:
    """The sheet to read, if the source is a spreadsheet.

    Raises:
        UsageError: it cannot be read, has no such sheet, or an option applies only to CSV, or only to a spreadsheet.

    """
    spreadsheet = source.spreadsheet if isinstance(source, ByteInput) else None
    name = source.name or "<input>"
    if spreadsheet is None:
        if options.sheet is not None:
            raise UsageError(f"{name}: only a spreadsheet (.xlsx, .ods, .xls) has sheets")
        return None
    for what in ("delimiter", "encoding", "content_type"):
        if getattr(options, what) is not None:
            raise UsageError(f"{name}: a spreadsheet has no {what.replace('_', ' ')}")
    return open_sheet(spreadsheet, options.sheet, name)


class SheetRows:
    """The rows of a sheet from a line on, as ``TableRows``.

    ``fields`` returns the fields of columns, by their 0-based places; it is called once the header is known.
    """

    def __init__(
        self,
        opened: OpenedSheet,
        first_line: int,
        *,
        checks: Sequence[TextCheck],
        escapes: bool,
        fields: Callable[[], Mapping[int, str]],
    ) -> None:
        self._numbers = opened.sheet.numbers
        self._rows = dropwhile(lambda row: row.number < first_line, opened.sheet.rows)
        self._first_line = first_line
        self._splitter = Splitter(DELIMITER, checks, escapes=escapes)
        self._fields = fields
        self._held: list[Row] = []
        self._end: EndOfReading | None = None

    def find_structure(self, is_known: Callable[[str], bool], *, header_given: bool) -> Finding | None:
        """The reason why the sheet is no table, or perhaps none, from its first rows.

        They have the width of all of them together, as in a CSV of the sheet; or else, as they are, that of their last
        value: the blank cells at their ends may come from a note beside the table.
        """
        size = width = 0
        while size <= STRUCTURE_CHARS and len(self._held) < TITLE_SAMPLE_ROWS and (row := self._read()) is not None:
            self._held.append(row)
            size += sum(map(len, row.cells)) + len(row.cells)
            width = max(width, len(row.cells))
        if not self._held:
            return None
        line, given = self._held[0].number, header_given
        for sample in map(self._first_rows, dict.fromkeys((width, 0))):
            found = find_structure(sample, DELIMITER, is_known, line, whole=True, is_declared=False, header_given=given)
            if found is not None:
                return _in_words_of_sheets(found)
        return None

    def _first_rows(self, width: int) -> str:
        """The first rows as CSV text, each with this number of cells or more."""
        lines: list[str] = []
        size, number = 0, self._held[0].number - 1
        for row in self._held:
            gap = "\n" * (row.number - number - 1)
            cells = quote_row([cell.replace("\n", " ").replace("\r", " ") for cell in row.cells])
            cells += [""] * (width - len(cells))
            number = row.number
            lines.append(gap + DELIMITER.join(cells) + "\n")
            size += len(lines[-1])
            if size > STRUCTURE_CHARS:
                return "".join(lines[:-1])
        return "".join(lines)

    def _read(self) -> Row | None:
        """The next row of the sheet; None at the end, and where the reading has ended."""
        if self._end is not None:
            return None
        try:
            return next(self._rows, None)
        except EndOfReading as end:
            self._end = end
            return None

    def _next(self) -> Row | None:
        return self._held.pop(0) if self._held else self._read()

    def read_header(self) -> tuple[list[str] | None, int, list[Finding]]:
        """The column names, their line, and the findings."""
        row = self._next()
        if row is None:
            return None, self._first_line, [] if self._end is None else [self._end.finding]
        if len(row.cells) > MAX_COLUMNS:
            return None, row.number, [too_wide(row.number)]
        return row.cells, row.number, [*_find_unvalued(row, None)]

    def blocks(
        self, labels: list[str], *, may_repeat: bool = False, reasons: int | None = None, padding: int = 0
    ) -> Iterator[RowBlock]:
        """The rows after the header, as wide as it is; those with cells beyond it become findings."""
        width = len(labels)
        size = max(1, min(BLOCK_ROWS, READ_BLOCK_CELLS // width))
        fitter = RowFitter(
            labels,
            DELIMITER,
            may_repeat=may_repeat,
            by_column=True,
            most=MAX_ROW_CELLS,
            too_many=overfull,
            reasons=reasons,
            padding=padding,
        )
        fields, number = {place: name for place, name in self._fields().items() if name in DIGITS}, 1
        while rows := self._next_rows(size):
            block = RowBlock(
                [row.cells + [""] * (width - len(row.cells)) for row in rows],
                range(number, number + len(rows)),
                [row.number for row in rows],
            )
            for row, each in zip(rows, block.numbers, strict=True):
                if row.unvalued:
                    block.findings += _find_unvalued(row, each)
            block.findings += self._find_numbers(fields)
            self._look(block)
            fitted = fitter.fit(block)
            fitted.has_numbers = True
            fitted.findings = [_in_words_of_sheets(finding) for finding in fitted.findings]
            number += len(rows)
            yield fitted
        if self._end is not None:
            yield RowBlock([], [], [], [replace(self._end.finding, row=number)], skipped=1)

    def _next_rows(self, size: int) -> list[Row]:
        rows: list[Row] = []
        while len(rows) < size and (row := self._next()) is not None:
            rows.append(row)
        return rows

    def _look(self, block: RowBlock) -> None:
        """Note which warnings about text may be due, and whether cells may need a backslash in JSON."""
        text = "\n".join(map(DELIMITER.join, block.rows))
        has_breaks = text.count("\n") >= len(block.rows) or "\r" in text
        suspects = self._splitter.suspects(text)
        block.suspects = self._splitter.with_breaks(suspects) if has_breaks else suspects
        block.escapes = has_breaks or '"' in text or self._splitter.has_escapes(text)

    def _find_numbers(self, fields: dict[int, str]) -> Iterator[Finding]:
        """The notices about fields of digits that are numbers in the sheet, each once."""
        for place in [place for place in fields if place in self._numbers]:
            del fields[place]
            yield make_finding(
                "numbers-for-digits",
                "the column has numbers, not text: a zero at the start of one may be lost",
                hint="if some should begin with a zero, export them as text",
                line=self._numbers[place],
                column=place + 1,
            )


def _find_unvalued(row: Row, number: int | None) -> Iterator[Finding]:
    """The errors for the formulas of a row that have no value."""
    for column in row.unvalued:
        yield make_finding(
            "formula-without-value",
            "the formula has no value: the program that wrote the file did not calculate it",
            hint="open the file in a spreadsheet program and save it",
            row=number,
            line=row.number,
            column=column + 1,
        )


def find_other_sheets(opened: OpenedSheet) -> Finding | None:
    """The notice about sheets that are not read."""
    if not opened.others:
        return None
    count = len(opened.others)
    names = ", ".join(map(repr, opened.others[:MAX_LISTED_NAMES])) + ", ..." * (count > MAX_LISTED_NAMES)
    return make_finding(
        "other-sheets",
        f"the sheet {opened.name!r} is read; not read {'is' if count == 1 else f'are {count:,} others:'} {names}",
        hint=f"to read another one, name it, as with --sheet {opened.others[0]!r}",
    )


def _in_words_of_sheets(finding: Finding) -> Finding:
    return replace(finding, hint=HINTS[finding.code]) if finding.code in HINTS else finding
