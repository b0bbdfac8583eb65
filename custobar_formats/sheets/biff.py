"""The records of an old Excel workbook (.xls), cleared for xlrd, and how much memory they need.

In: the bytes of a workbook. Out: the same, in which the records that are no cells or formats have a code that nothing
reads; the sheets, the shared texts, the texts of formulas. Rules: xlrd keeps an object for each record that it knows,
and all cells of a sheet, so that what it gets is counted before; a text may go on from record to record within a letter
of two halves, which xlrd does not read.
Source: [MS-XLS] 2.3.1 (codes of records), 2.4.28 (BoundSheet8), 2.4.127 (Formula), 2.4.265 (SST), 2.4.268 (String),
2.5.293 and 2.5.294 (texts).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from struct import calcsize, unpack_from

from custobar_formats.core.limits import MAX_FORMAT_CHARS, MAX_TABS, MAX_XLS_BYTES
from custobar_formats.sheets.markup import Unreadable

_BOF, _EOF, _CONTINUE, _FILEPASS = 0x0809, 0x000A, 0x003C, 0x002F
_CODEPAGE, _DATES_FROM, _FORMAT, _STYLE, _BOUND_SHEET, _TEXTS = 0x0042, 0x0022, 0x041E, 0x00E0, 0x0085, 0x00FC
_NUMBER, _SHORT_NUMBER, _SHORT_NUMBERS, _TRUTH_OR_ERROR = 0x0203, 0x027E, 0x00BD, 0x0205
_SHARED_TEXT, _TEXT, _RICH_TEXT, _FORMULA, _FORMULA_TEXT = 0x00FD, 0x0204, 0x00D6, 0x0006, 0x0207

_TO_WORKBOOK = frozenset({_CODEPAGE, _DATES_FROM, _FORMAT, _STYLE, _BOUND_SHEET})
_TO_SHEET = frozenset(
    {_NUMBER, _SHORT_NUMBER, _SHORT_NUMBERS, _TRUTH_OR_ERROR, _SHARED_TEXT, _TEXT, _RICH_TEXT, _FORMULA}
)
"""The records that xlrd gets."""

_CLEARED = b"\xff\xff"
"""A code that no record has."""

_EXCEL_5, _EXCEL_97 = 0x0500, 0x0600
_WORKBOOK, _WORKSHEET = 0x0005, 0x0010

_ROW, _PLACE, _VALUE, _TEXT_OBJECT, _RUN, _DICT, _END = 260, 13, 26, 64, 140, 300, 9
"""Bytes of memory for a row, each place in it, a number, a text, a font, the text of a formula, a text's end."""

_ROWS, _COLUMNS = 65_536, 256
_NOT_CALCULATED = 2
"""The flag of a formula that a program has written without calculating it."""

_IS_NO_NUMBER = b"\xff\xff"
_EMPTY_TEXT = b"\3\0\0\0\0\0\xff\xff"
_NO_VALUES = (bytes(8), _EMPTY_TEXT)
"""What such a program writes for the value: 0, or an empty text."""


def too_much() -> Unreadable:
    """The reason why a workbook that needs too much memory is not read."""
    most = MAX_XLS_BYTES >> 20
    return Unreadable(f"it needs more than {most} MiB of memory: save it as .xlsx, or its sheet as CSV")


class _Parts:
    """A record and those in which it goes on, read from a place on."""

    def __init__(self, parts: list[memoryview], at: int) -> None:
        self._following = iter(parts[1:])
        self._part, self._at = parts[0], at

    def numbers(self, format_: str) -> tuple[int, ...]:
        """Numbers in a format of ``struct``."""
        self._at += calcsize(format_)
        return unpack_from(format_, self._part, self._at - calcsize(format_))

    def text(self, count: int, flags: int) -> str:
        """A text of so many letters, of one or two bytes; where it goes on, they may have another size."""
        found = bytearray()
        while True:
            is_wide = flags & 1
            here = min(len(self._part) - self._at >> is_wide, count)
            letters = bytes(self._part[self._at : self._at + (here << is_wide)])
            self._at, count = self._at + len(letters), count - here
            if not count and not found and not is_wide:
                return letters.decode("latin-1")
            found += letters if is_wide else letters.decode("latin-1").encode("utf-16-le")
            if not count:
                return found.decode("utf-16-le", "replace")
            self._part, self._at = next(self._following), 1
            flags = self._part[0]

    def skip(self, count: int) -> None:
        """Go on by so many bytes."""
        self._at += count
        while self._at >= len(self._part) and (part := next(self._following, None)) is not None:
            self._part, self._at = part, self._at - len(self._part)


class SharedTexts:
    """The texts that cells of any sheet name by their numbers: in one piece of memory, where each ends."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q", [0])

    def append(self, text: str) -> int:
        """Keep the next text, and return how many bytes it takes."""
        self._text += text.encode("utf-8")
        self._ends.append(len(self._text))
        return self._ends[-1] - self._ends[-2]

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        return self._text[self._ends[number] : self._ends[number + 1]].decode("utf-8")


class Records:
    """The records of a workbook.

    Attributes:
        data: the bytes; those of records that are no values are changed.
        sheets: where each worksheet begins, and whether it is hidden.
        texts: those that cells name by their numbers.

    Raises:
        Unreadable: it is protected, is not of a version that is read, or needs too much memory.

    """

    def __init__(self, data: bytearray) -> None:
        self.data = data
        self.sheets: list[tuple[int, bool]] = []
        self.texts = SharedTexts()
        self._left = MAX_XLS_BYTES - len(data)
        (version,) = unpack_from("<H", data, 4)
        if version not in (_EXCEL_5, _EXCEL_97):
            raise Unreadable("it is older than Excel 5: save it as .xlsx")
        self._is_unicode = version == _EXCEL_97
        self._clear_workbook()

    def _spend(self, count: int) -> None:
        """Count the bytes of memory that are needed."""
        self._left -= count
        if self._left < 0:
            raise too_much()

    def _records(self, at: int, wanted: int, kept: frozenset[int]) -> Iterator[tuple[int, list[memoryview]]]:
        """The records of a part of the workbook: each one's code, its content, and those in which it goes on.

        What is not kept is cleared, and so is what is within a part of its own, such as a chart.
        """
        whole = memoryview(self.data)
        code, size, _, kind = unpack_from("<HHHH", whole, at)
        if (code, kind) != (_BOF, wanted):
            raise Unreadable("it is damaged: a part is not where it should be")
        record, parts, depth = code, [whole[at + 4 : at + 4 + size]], 1
        while depth:
            at += 4 + size
            code, size = unpack_from("<HH", whole, at)
            content = whole[at + 4 : at + 4 + size]
            depth += (code == _BOF) - (code == _EOF)
            if code == _CONTINUE:
                parts.append(content)
            else:
                yield record, parts
                record, parts = code if depth == 1 else _BOF, [content]
            if depth and (depth > 1 or code not in kept):
                whole[at : at + 2] = _CLEARED

    def _clear_workbook(self) -> None:
        count = 0
        for code, parts in self._records(0, _WORKBOOK, _TO_WORKBOOK):
            if code == _FILEPASS:
                raise Unreadable("it is protected by a password: save it without one")
            if code == _TEXTS:
                self._read_texts(parts)
            count += code in _TO_WORKBOOK
            if count > MAX_TABS:
                raise Unreadable(f"it has more than {MAX_TABS:,} sheets or formats")
            if code == _FORMAT and len(parts[0]) > 5 + 2 * MAX_FORMAT_CHARS:
                raise Unreadable(f"it has a format of more than {MAX_FORMAT_CHARS} characters")
            if code == _BOUND_SHEET:
                start, state, kind = unpack_from("<IBB", parts[0])
                if kind == 0:
                    self.sheets.append((start, bool(state & 3)))

    def _read_texts(self, parts: list[memoryview]) -> None:
        record = _Parts(parts, 4)
        (total,) = record.numbers("<I")
        self._spend(_END * total)
        for _ in range(total):
            count, flags = record.numbers("<HB")
            runs = record.numbers("<H")[0] if flags & 8 else 0
            more = record.numbers("<I")[0] if flags & 4 else 0
            size = self.texts.append(record.text(count, flags))
            record.skip(4 * runs + more)
            self._spend(size)

    def clear_sheet(self, number: int, encoding: str) -> dict[int, dict[int, str | None]]:
        """Clear all but the cells of a sheet: the texts of its formulas, by their rows and columns from 0 on.

        A formula that no program has calculated has None. ``encoding`` is that of Excel 5.

        Raises:
            Unreadable: it has too many cells, or some that no program writes.

        """
        found: dict[int, dict[int, str | None]] = {}
        widths = array("H", bytes(2 * _ROWS))
        rows, row, column, needed, is_text = 0, 0, 0, 0, False
        for code, parts in self._records(self.sheets[number][0], _WORKSHEET, _TO_SHEET):
            content = parts[0]
            if code == _FORMULA_TEXT and is_text:
                self._spend(_TEXT_OBJECT + 2 * sum(map(len, parts)))
                found[row][column] = self._formula_text(parts, encoding)
            if code not in _TO_SHEET:
                continue
            row, column = unpack_from("<HH", content)
            last, values, is_text = column, 1, False
            if code == _SHORT_NUMBERS:
                (last,), values = unpack_from("<H", content, len(content) - 2), len(content) // 6
            elif code in (_TEXT, _RICH_TEXT):
                self._spend(_TEXT_OBJECT + 2 * len(content) + (_RUN * len(content) // 4 if code == _RICH_TEXT else 0))
            elif code == _FORMULA:
                is_text = content[6] == 0 and content[12:14] == _IS_NO_NUMBER
                if is_text or (content[14] & _NOT_CALCULATED and content[6:14] in _NO_VALUES):
                    self._spend(_DICT)
                    found.setdefault(row, {})[column] = None
                if is_text:
                    content[6:14] = _EMPTY_TEXT
            if not column <= last < _COLUMNS:
                raise Unreadable(f"row {row + 1:,} has a cell beyond column {_COLUMNS}")
            needed += _VALUE * values
            if last >= widths[row]:
                needed += _PLACE * (last + 1 - widths[row])
                widths[row] = last + 1
            rows = max(rows, row + 1)
        self._spend(needed + _ROW * rows)
        return found

    def _formula_text(self, parts: list[memoryview], encoding: str) -> str:
        record = _Parts(parts, 0)
        if self._is_unicode:
            count, flags = record.numbers("<HB")
            return record.text(count, flags)
        (count,) = record.numbers("<H")
        return bytes(parts[0][2 : 2 + count]).decode(encoding, "replace")
