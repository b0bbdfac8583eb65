"""Records to CSV: flattened, checked to read back as themselves, laid out, spooled, and then written.

In: any number of records. Out: bytes, and a summary of them. Rules: a record that would not read back as itself is
refused before anything is written; the first such record is the one reported; memory does not grow with the number of
records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice, repeat
from operator import itemgetter
from typing import Any

from custobar_formats.core.arguments import is_record
from custobar_formats.core.errors import NotExpressible, UsageError
from custobar_formats.core.findings import Severity, cut
from custobar_formats.core.limits import BLOCK_RECORDS, FIRST_RECORDS, STRUCTURE_CHARS, WRITE_BLOCK_CELLS
from custobar_formats.core.packed import compression_of
from custobar_formats.core.paths import format_label, format_pointer
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.other_formats import find_other_format
from custobar_formats.csvtext.structure import seems_quoted
from custobar_formats.csvtext.writer import CsvDialect, quote_row, unquote
from custobar_formats.pipeline.beginning import find_structure, means_a_field
from custobar_formats.records.bulk_flatten import TableMaker
from custobar_formats.records.flatten import Flattener
from custobar_formats.records.header import is_named
from custobar_formats.records.layout import Layout
from custobar_formats.records.roundtrip import ReadBack
from custobar_formats.records.shape import shape_of
from custobar_formats.records.spool import Refit, Spool, SpooledRows
from custobar_formats.records.table import Table
from custobar_formats.report.written import WrittenFile
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.encoding import UTF16, encode_text, find_mark

MISSING = ("blank", "error", "split")


class FileRows:
    """The records of one file: their columns, and their rows.

    ``fault`` is the error for the first character that the encoding lacks, if any. ``repeated`` is the number of a
    record whose cells are those of the header so far, and that header.
    """

    def __init__(self, layout: Layout, read_back: ReadBack | None, flattener: Flattener, dialect: CsvDialect) -> None:
        self.layout = layout
        self.spool = Spool()
        self.fault: NotExpressible | None = None
        self.repeated: tuple[int, Sequence[str]] | None = None
        self._read_back = read_back
        self._flattener = flattener
        self._dialect = dialect
        self.make_table = TableMaker(layout.root, read_back, is_fixed=layout.is_fixed).make

    def learn(self, record: Any, number: int) -> None:
        """Check a record, and add its new paths to the layout.

        Raises:
            NotExpressible: it cannot be written, or does not fit the records before it.

        """
        leaves, _ = self._flattener.flatten(record, number)
        if not leaves:
            raise NotExpressible("it has no values, so it would become a blank row", number, "")
        if self._read_back is not None:
            self._read_back.check(record, leaves, number)
        self.layout.place(leaves, self._flattener.paths, number)

    @property
    def codec(self) -> str:
        """Python's name for the encoding of the rows."""
        return self._dialect.codec

    def add(self, table: Table, numbers: Sequence[int], records: list[Any]) -> None:
        """Add the records of a table."""
        self.layout.count(table)
        columns = self.layout.columns().keys
        text = self._dialect.join(table.rows(columns))
        if columns and self._read_back is not None:
            self._find_repeated(text, table, numbers)
        try:
            data = text.encode(self._dialect.codec)
        except UnicodeEncodeError:
            data = text.encode(self._dialect.codec, "replace")
            if self.fault is None:
                self.fault = self._find_fault(numbers, records)
        self.spool.add(SpooledRows(columns, data, [(row, node.number) for node, row, _ in table.empty]))

    def _find_repeated(self, text: str, table: Table, numbers: Sequence[int]) -> None:
        """Keep a record whose row is equal to the header so far; it is in doubt if no column is added later."""
        labels = list(map(format_label, self.layout.paths()))  # unchecked: a later record may be refused first
        if self.repeated is not None and self.repeated[1] == labels:
            return
        header = quote_row(labels)
        if self._dialect.join([header]) in text:
            rows = zip(numbers, table.rows(self.layout.columns().keys), strict=True)
            self.repeated = next(((number, labels) for number, row in rows if [*row] == header), None)

    def _find_fault(self, numbers: Sequence[int], records: list[Any]) -> NotExpressible:
        """The error for the first character that the encoding lacks."""
        return next(
            fault
            for number, record in zip(numbers, records, strict=True)
            for node, texts in self.layout.place(self._flattener.flatten(record, number)[0], [], number)
            for text in texts
            if (fault := self._dialect.find_fault(text, number, node.path))
        )

    def blocks(self) -> Iterator[tuple[SpooledRows, Refit]]:
        """The stored rows, with the ``Refit`` that converts them to the final columns."""
        refit = None
        for kept in self.spool.blocks():
            if refit is None or kept.columns is not refit.old:
                columns = self.layout.columns().keys
                refit = Refit(kept.columns, columns, self._dialect)
            yield kept, refit

    def texts(self) -> Iterator[str]:
        """The text of the rows, with the final columns."""
        for kept, refit in self.blocks():
            yield refit.refit(kept.data.decode(self._dialect.codec))

    def rows(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """For each row, the columns that have a cell, and the nodes of the record's empty members."""
        for kept, refit in self.blocks():
            for number, cells in enumerate(refit.rows(kept.data.decode(self._dialect.codec))):
                filled = tuple(place for place, cell in enumerate(cells) if cell)
                yield filled, tuple(node for row, node in kept.empty if row == number)


class CsvJob:
    """All steps from records to the bytes of CSV files."""

    def __init__(
        self, schema: Schema | None, dialect: CsvDialect, *, columns: Sequence[str] | None, missing: str
    ) -> None:
        if missing not in MISSING:
            raise UsageError(f"missing={shown(missing)}: use one of {', '.join(MISSING)}")
        if dialect.line_end not in ("\n", "\r\n"):
            raise UsageError(f"line_end={shown(dialect.line_end)}: use '\\n' or '\\r\\n'")
        if missing == "split" and columns is not None:
            raise UsageError("missing='split' finds the columns of each file itself: omit columns")
        self._schema = schema
        self._dialect = dialect
        self._columns = columns
        self._missing = missing
        self._number = 1
        self._most = FIRST_RECORDS
        self._flattener = Flattener(schema.root if schema is not None else None)
        self._read_back = ReadBack(schema) if schema is not None else None
        self.groups: dict[Any, FileRows] = {}

    def __enter__(self) -> CsvJob:
        return self

    def __exit__(self, *_: object) -> None:
        for group in self.groups.values():
            group.spool.close()

    def take(self, records: Iterable[Any]) -> None:
        """Flatten, check and store all records.

        Raises:
            NotExpressible: a record cannot be written.
            UsageError: the columns are not a valid header.

        """
        if self._missing != "split":
            self.group(None)
        number = self._number
        for block in self._blocks(iter(records), _own_plain if isinstance(records, (list, tuple)) else _own):
            self._take(block, number)
            self._number = number = number + len(block)
        if not self.groups:
            self.group(None)

    def _blocks(self, records: Iterator[Any], own: Callable[[Any], Any]) -> Iterator[list[Any]]:
        """The records as they are on arrival, some at a time; the more files they go to, the larger the blocks.

        An exception from their source does not hide the errors of the records before it.
        """
        while True:
            block: list[Any] = []
            width = max((len(group.layout.columns().keys) for group in self.groups.values()), default=1) or 1
            count = max(1, min(self._most, BLOCK_RECORDS * len(self.groups), WRITE_BLOCK_CELLS // width))
            self._most *= 2
            try:
                block.extend(map(own, islice(records, count)))
            except Exception:
                yield block
                raise
            if not block:
                return
            yield block

    def _take(self, block: list[Any], first: int) -> None:
        """Add some records at once; before that, the layout learns from those with something new.

        It learns from one, then from two, from four: after the first, most of the others are regular already.
        """
        parts = self._parts(block, first)
        checked: set[int] = set()
        few = 1
        while rows := _unsure(parts, checked, few):
            for number, part, row in rows:
                part.group.learn(part.records[row], number)
                checked.add(number)
            for part in parts:
                part.retry()
            few *= 2
        for part in parts:
            part.group.add(part.table, part.numbers, part.records)

    def _parts(self, block: list[Any], first: int) -> list[_Part]:
        """The records of each file, with their numbers."""
        numbers: dict[Any, list[int]] = {}
        if self._missing != "split":
            return [_Part(self.group(None), range(first, first + len(block)), block)]
        for number, record in enumerate(block, first):
            numbers.setdefault(shape_of(record), []).append(number)
        return [
            _Part(self.group(shape), places, [block[number - first] for number in places])
            for shape, places in numbers.items()
        ]

    def flat(self, record: Any) -> dict[str, str]:
        """The labels and cells of a single record.

        Raises:
            NotExpressible: it cannot be written.

        """
        leaves, _ = self._flattener.flatten(record, None)
        if self._read_back is not None:
            self._read_back.check(record, leaves, None)
        layout = Layout(self._schema)
        layout.place(leaves, self._flattener.paths, None)
        columns = layout.columns().keys
        if not columns:
            return {}
        (row,) = TableMaker(layout.root, None, is_fixed=False).make([_own(record)]).rows(columns)
        return dict(zip(layout.labels(), map(str.__str__, map(unquote, row)), strict=True))

    def group(self, key: Any) -> FileRows:
        """The records of one file."""
        if key not in self.groups:
            layout = Layout(self._schema)
            if self._columns is not None:
                layout.fix(self._columns, self._schema)
            self.groups[key] = FileRows(layout, self._read_back, self._flattener, self._dialect)
        return self.groups[key]

    def render(self, group: FileRows, counts: FileCounts) -> Iterator[bytes]:
        """The bytes of a file, block by block.

        Raises:
            NotExpressible: no labels, a forbidden missing key, a character that the encoding lacks, a bad first label.

        """
        layout, dialect = group.layout, self._dialect
        labels = layout.labels()
        try:
            first = encode_text(dialect.join([quote_row(labels)]), dialect.charset)
        except UnicodeEncodeError:
            faults = map(dialect.find_fault, labels, repeat(None), layout.paths())
            raise next(filter(None, faults)) from None
        if dialect.charset != UTF16 and find_mark(first):
            raise NotExpressible(f"the first column name would be read as a byte order mark in {dialect.charset}")
        if compression_of(first) is not None:
            raise NotExpressible("the file would begin like a compressed file, and could not be read back")
        self._check_form(group, labels)
        yield first
        counts.columns, counts.rows = tuple(labels), layout.rows
        counts.missing, counts.empty, counts.formulas = layout.missing(), layout.empty, layout.formulas()
        if counts.missing and self._missing == "error":
            raise self._find_missing(group, labels)
        if group.fault is not None:
            raise group.fault
        for kept, refit in group.blocks():
            yield refit.refit(kept.data.decode(dialect.codec)).encode(dialect.codec) if refit.changes else kept.data

    def _check_form(self, group: FileRows, labels: Sequence[str]) -> None:
        """Raise NotExpressible if the file would not be taken for a table, or a row for a record."""
        header = self._dialect.join([quote_row(labels)])
        other = find_other_format(header + next(group.texts(), ""))
        if other is not None:
            raise NotExpressible(f"the first column name would be read as another format: {other.message}")

        def is_known(label: str) -> bool:
            return self._schema is not None and is_named(label, self._schema)

        if len(labels) == 1 and seems_quoted(labels[0], means_a_field):
            text = header
            for part in group.texts():
                text += part
                if len(text) > STRUCTURE_CHARS:
                    break
            sample, whole = text[:STRUCTURE_CHARS], len(text) <= STRUCTURE_CHARS
            found = find_structure(
                sample, self._dialect.delimiter, is_known, 1, whole=whole, is_declared=False, header_given=True
            )
            if found is not None and found.severity is Severity.ERROR:
                raise NotExpressible(f"the only column would not be read as one: {found.message}")
        if group.repeated is not None and group.repeated[1] == labels and any(map(is_known, labels)):
            raise NotExpressible("its row would be read as a repeated header", group.repeated[0], "")

    def _find_missing(self, group: FileRows, labels: list[str]) -> NotExpressible:
        """The error for the first record that lacks a key, with that key."""
        columns = group.layout.columns()
        number, place = next(
            (number, place)
            for number, (cells, empty) in enumerate(group.rows(), 1)
            if (place := columns.first_missing(cells, empty)) is not None
        )
        reason = (
            f"it has no {cut(labels[place])!r}, but other records do; write blank cells or split the file (missing)"
        )
        return NotExpressible(reason, number, format_pointer(columns.paths[place]))


class _Part:
    """The records of a block that go to one file, and their table."""

    def __init__(self, group: FileRows, numbers: Sequence[int], records: list[Any]) -> None:
        self.group = group
        self.numbers = numbers
        self.records = records
        self.table = group.make_table(records)

    def retry(self) -> None:
        """Try the irregular rows again."""
        if self.table.irregular:
            self.table.fill_in(self.group.make_table([self.records[row] for row in self.table.irregular]))


def _unsure(parts: list[_Part], checked: Set[int], few: int) -> list[tuple[int, _Part, int]]:
    """The first few irregular rows, and the unchecked doubtful rows before the next irregular one."""
    irregular = sorted(((part.numbers[row], part, row) for part in parts for row in part.table.irregular), key=_number)
    if any(number in checked for number, *_ in irregular):
        raise AssertionError("what can be written is irregular")
    end = irregular[few][0] if few < len(irregular) else math.inf
    doubtful = [
        (number, part, row)
        for part in parts
        for row in part.table.doubtful
        if (number := part.numbers[row]) < end and number not in checked
    ]
    return sorted(irregular[:few] + doubtful, key=_number)


_number = itemgetter(0)


def _own(record: Any) -> Any:
    """A record that stays the same if its source changes the object."""
    if type(record) is dict:
        return record.copy()
    return dict(record) if is_record(record) else record


def _own_plain(record: Any) -> Any:
    """A record of a list, which needs no copy since nothing changes it in the meantime."""
    return record if type(record) is dict else _own(record)


@dataclass(slots=True)
class FileCounts:
    """The counts of one file, made while it is written."""

    columns: tuple[str, ...] = ()
    rows: int = 0
    missing: Mapping[int, int] = field(default_factory=dict)
    empty: Mapping[str, int] = field(default_factory=dict)
    formulas: Mapping[int, int] = field(default_factory=dict)

    def written(self, path: str | None) -> WrittenFile:
        """The counts, in the form that the caller gets."""
        blank = {self.columns[place]: count for place, count in sorted(self.missing.items())}
        formulas = {self.columns[place]: count for place, count in self.formulas.items()}
        return WrittenFile(path, self.rows, self.columns, blank, dict(sorted(self.empty.items())), formulas)
