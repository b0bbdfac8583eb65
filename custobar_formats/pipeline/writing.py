"""Records to CSV: flattened, checked to read back as themselves, laid out, spooled, and then written.

In: records, any number of them. Out: bytes, and what was written. The rules kept here: what would not read back as
itself is refused before anything is written; the first record that is wrong is the one that is named; memory does
not grow with the number of records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any

from custobar_formats.core.errors import NotExpressible, UsageError
from custobar_formats.core.limits import BLOCK_RECORDS, FEW_RECORDS, WRITE_BLOCK_CELLS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import is_empty
from custobar_formats.csvtext.writer import CsvDialect, quote_cells, quote_row
from custobar_formats.records.bulk_flatten import Irregular, Table, TableMaker
from custobar_formats.records.flatten import Flattener, Leaf
from custobar_formats.records.layout import Cells, Layout
from custobar_formats.records.roundtrip import ReadBack
from custobar_formats.records.spool import Empty, Refit, Spool, SpooledRows
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.encoding import PACKED, UTF16, encode_text, find_mark

MISSING = ("blank", "error", "split")


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file that was written.

    Attributes:
        path: where, None for a stream.
        rows: its records.
        columns: its labels.
        blank_cells: by label, the blank cells that stand for a key that a record lacks.
        empty_cells: by kind (null, "", [], {}), the empty members, which are blank cells too.
        formula_cells: by label, the cells, itself among them, that a spreadsheet would run as a formula.

    """

    path: str | None
    rows: int
    columns: tuple[str, ...]
    blank_cells: dict[str, int]
    empty_cells: dict[str, int]
    formula_cells: dict[str, int]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        files: each file; more than one only with ``missing="split"``.
        charset: the charset of the bytes.
        content_type: the upload's Content-Type header.

    """

    files: tuple[WrittenFile, ...]
    charset: str
    content_type: str

    @property
    def rows(self) -> int:
        """The records in all files."""
        return sum(file.rows for file in self.files)

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels of all files, each once."""
        return tuple(dict.fromkeys(label for file in self.files for label in file.columns))

    @property
    def blank_cells(self) -> int:
        """The blank cells that stand for a key that a record lacks."""
        return sum(sum(file.blank_cells.values()) for file in self.files)

    @property
    def empty_cells(self) -> int:
        """The blank cells that stand for an empty member."""
        return sum(sum(file.empty_cells.values()) for file in self.files)

    @property
    def formula_cells(self) -> int:
        """The cells and labels that a spreadsheet would run as a formula."""
        return sum(sum(file.formula_cells.values()) for file in self.files)


class FileRows:
    """The records of one file: their columns, and their rows.

    ``fault`` is the first character that the charset lacks.
    """

    def __init__(self, layout: Layout, read_back: ReadBack | None, flattener: Flattener, dialect: CsvDialect) -> None:
        self.layout = layout
        self.spool = Spool()
        self.fault: NotExpressible | None = None
        self._read_back = read_back
        self._flattener = flattener
        self._dialect = dialect
        self._tables = TableMaker(layout.root, read_back)
        self._placed: list[tuple[int, Any, Cells, Empty]] = []

    def make_table(self, records: list[Any]) -> Table:
        """The table of some records.

        Raises:
            Irregular: not all is known and right.

        """
        table = self._tables.make(records)
        if self._read_back is not None:
            for row in table.doubtful:
                leaves, _ = self._flattener.flatten(records[row], None)
                try:
                    self._read_back.check(records[row], leaves, None)
                except NotExpressible:
                    raise Irregular from None
        return table

    def add_table(self, table: Table, numbers: Sequence[int], records: list[Any]) -> None:
        """Take the records of a table."""
        self.layout.count_table(table)
        rows = table.rows(self.layout.make_rows().columns)
        empty = [(row, node.number) for node, row, _ in table.empty]
        self._keep(rows, numbers, records, empty)

    def place(self, record: Any, leaves: list[Leaf], empty: list[tuple[Path, str]], number: int) -> None:
        """Take a record by itself; its row follows with ``keep_placed``.

        Raises:
            NotExpressible: it does not fit with those before.

        """
        cells = self.layout.place_cells(leaves, number)
        placed = [(self.layout.place_empty(path, number), kind) for path, kind in empty]
        nodes = [(node, kind) for node, kind in placed if node is not None]
        self.layout.count(cells, nodes)
        self._placed.append((number, record, cells, [(len(self._placed), node) for node, _ in nodes]))

    def keep_placed(self) -> None:
        """Keep the rows of the records that were taken by themselves."""
        maker = self.layout.make_rows()
        cells = [maker.row(cells) for _, _, cells, _ in self._placed]
        rows = [quote_cells(row, "\n".join(row)) for row in cells]
        numbers, records = [number for number, *_ in self._placed], [record for _, record, *_ in self._placed]
        if rows:
            self._keep(rows, numbers, records, [pair for *_, empty in self._placed for pair in empty])
        self._placed.clear()

    def _keep(self, rows: Iterable[Iterable[str]], numbers: Sequence[int], records: list[Any], empty: Empty) -> None:
        text = self._dialect.join(rows)
        try:
            data = text.encode(self._dialect.codec)
        except UnicodeEncodeError:
            data = text.encode(self._dialect.codec, "replace")
            if self.fault is None:
                self.fault = self._find_fault(numbers, records)
        self.spool.add(SpooledRows(self.layout.make_rows().columns, data, empty))

    def _find_fault(self, numbers: Sequence[int], records: list[Any]) -> NotExpressible:
        """The first character that the charset lacks."""
        return next(
            fault
            for number, record in zip(numbers, records, strict=True)
            for node, content in self.layout.place_cells(self._flattener.flatten(record, number)[0], number)
            for text in ([content] if isinstance(content, str) else content)
            if (fault := self._dialect.find_fault(text, number, self.layout.path_of(node)))
        )

    def blocks(self) -> Iterator[tuple[SpooledRows, Refit]]:
        """The rows, with what gives them the columns of the end."""
        refit = None
        for kept in self.spool.blocks():
            if refit is None or kept.columns is not refit.old:
                columns = self.layout.make_rows().columns
                refit = Refit(kept.columns, columns, self._dialect)
            yield kept, refit

    def rows(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Of each row, the columns that have a cell, and the nodes of the record's empty members."""
        for kept, refit in self.blocks():
            for number, cells in enumerate(refit.rows(kept.data.decode(self._dialect.codec))):
                filled = tuple(place for place, cell in enumerate(cells) if cell)
                yield filled, tuple(node for row, node in kept.empty if row == number)


class CsvJob:
    """Everything between records and the bytes of CSV files."""

    def __init__(
        self, schema: Schema | None, dialect: CsvDialect, *, columns: Sequence[str] | None, missing: str
    ) -> None:
        if missing not in MISSING:
            raise UsageError(f"missing={missing!r}: use one of {', '.join(MISSING)}")
        if dialect.line_end not in ("\n", "\r\n"):
            raise UsageError(f"line_end={dialect.line_end!r}: use '\\n' or '\\r\\n'")
        if missing == "split" and columns is not None:
            raise UsageError("missing='split' finds the columns of each file itself; leave columns out")
        self._schema = schema
        self._dialect = dialect
        self._columns = columns
        self._missing = missing
        self._flattener = Flattener(schema.root if schema is not None else None)
        self._read_back = ReadBack(schema) if schema is not None else None
        self.groups: dict[Any, FileRows] = {}

    def __enter__(self) -> CsvJob:
        return self

    def __exit__(self, *_: object) -> None:
        for group in self.groups.values():
            group.spool.close()

    def take(self, records: Iterable[Any]) -> None:
        """Flatten, check and keep all records.

        Raises:
            NotExpressible: one cannot be written, or there are none.

        """
        number = 1
        for block in self._blocks(iter(records)):
            self._take(block, number)
            number += len(block)
        if not self.groups:
            self._group(None)

    def _blocks(self, records: Iterator[Any]) -> Iterator[list[Any]]:
        """The records, some at a time; an exception from where they come does not hide what those before it raise."""
        while True:
            block: list[Any] = []
            width = len(self.groups[None].layout.make_rows().columns) if None in self.groups else 0
            try:
                block.extend(islice(records, max(1, min(BLOCK_RECORDS, WRITE_BLOCK_CELLS // (width or 1)))))
            except Exception:
                yield block
                raise
            if not block:
                return
            yield block

    def _take(self, block: list[Any], number: int) -> None:
        """Take some records at once, or, where something is new or wrong, one after the other."""
        try:
            parts = self._parts(block, number)
            tables = [group.make_table(records) for group, _, records in parts]
        except Irregular:
            if len(block) > FEW_RECORDS:
                half = len(block) // 2
                self._take(block[:half], number)
                self._take(block[half:], number + half)
            else:
                self._take_each(block, number)
            return
        for (group, numbers, records), table in zip(parts, tables, strict=True):
            group.add_table(table, numbers, records)

    def _parts(self, block: list[Any], number: int) -> list[tuple[FileRows, Sequence[int], list[Any]]]:
        """The records of each file, with their numbers."""
        if self._missing != "split":
            return [(self._known_group(None), range(number, number + len(block)), block)]
        parts: dict[Any, tuple[list[int], list[Any]]] = {}
        try:
            for place, record in enumerate(block, number):
                numbers, records = parts.setdefault(_shape(record), ([], []))
                numbers.append(place)
                records.append(record)
        except RecursionError:
            raise Irregular from None
        return [(self._known_group(shape), *part) for shape, part in parts.items()]

    def _known_group(self, shape: Any) -> FileRows:
        if shape not in self.groups:
            raise Irregular
        return self.groups[shape]

    def _take_each(self, block: list[Any], first: int) -> None:
        touched: dict[FileRows, None] = {}
        for number, record in enumerate(block, first):
            leaves, empty = self._flattener.flatten(record, number)
            if not leaves:
                raise NotExpressible("a record without any value is a blank row", number, "")
            if self._read_back is not None:
                self._read_back.check(record, leaves, number)
            group = self._group(_shape(record) if self._missing == "split" else None)
            group.place(record, leaves, empty, number)
            touched[group] = None
        for group in touched:
            group.keep_placed()

    def flat(self, record: Any) -> dict[str, str]:
        """The labels and cells of one record by itself.

        Raises:
            NotExpressible: it cannot be written.

        """
        leaves, empty = self._flattener.flatten(record, None)
        if self._read_back is not None:
            self._read_back.check(record, leaves, None)
        layout = Layout(self._schema)
        cells = layout.place_cells(leaves, None)
        for path, _ in empty:
            layout.place_empty(path, None)
        if not leaves and not empty:
            return {}
        return dict(zip(layout.labels(), layout.make_rows().row(cells), strict=True))

    def _group(self, key: Any) -> FileRows:
        if key not in self.groups:
            layout = Layout(self._schema)
            if self._columns is not None:
                layout.fix(self._columns, self._schema)
            self.groups[key] = FileRows(layout, self._read_back, self._flattener, self._dialect)
        return self.groups[key]

    def render(self, group: FileRows, counts: FileCounts) -> Iterator[bytes]:
        """The bytes of a file, block by block.

        Raises:
            NotExpressible: a missing key where none may be, a character that the charset lacks, a bad first label.

        """
        layout, dialect = group.layout, self._dialect
        labels = layout.labels()
        try:
            first = encode_text(dialect.join([quote_row(labels)]), dialect.charset)
        except UnicodeEncodeError:
            faults = map(dialect.find_fault, labels, repeat(None), layout.paths())
            raise next(filter(None, faults)) from None
        if dialect.charset != UTF16 and find_mark(first):
            raise NotExpressible(f"the first label's bytes in {dialect.charset} would be read as a byte order mark")
        if first.startswith(tuple(PACKED)):
            raise NotExpressible("the file would begin as one that is packed does, which is not read")
        yield first
        counts.columns, counts.rows = tuple(labels), layout.rows
        counts.missing, counts.empty, counts.formulas = layout.missing(), layout.empty, layout.formulas()
        if counts.missing and self._missing == "error":
            raise self._find_missing(group, labels)
        if group.fault is not None:
            raise group.fault
        for kept, refit in group.blocks():
            yield refit.refit(kept.data.decode(dialect.codec)).encode(dialect.codec) if refit.changes else kept.data

    def _find_missing(self, group: FileRows, labels: list[str]) -> NotExpressible:
        """What says which record is the first that lacks a key, and which one."""
        maker = group.layout.make_rows()
        number, place = next(
            (number, place)
            for number, (cells, empty) in enumerate(group.rows(), 1)
            if (place := maker.first_missing(cells, empty)) is not None
        )
        reason = f"it lacks {labels[place]!r}, which others have; missing='blank' or 'split' writes it"
        return NotExpressible(reason, number, format_pointer(maker.paths[place]))


def _shape(value: Any) -> Any:
    """What decides which file a record goes to: the same for records that need the same labels.

    Lists of any length have one shape where their items have one; an empty member counts as a scalar.
    """
    if is_empty(value) or not isinstance(value, (dict, list)):
        return None
    if isinstance(value, dict):
        return frozenset((key, _shape(member)) for key, member in value.items())
    shapes = [_shape(item) for item in value]
    return ("list", shapes[0]) if len(set(shapes)) == 1 else ("list", *shapes)


@dataclass(slots=True)
class FileCounts:
    """What one file has, counted while it is written."""

    columns: tuple[str, ...] = ()
    rows: int = 0
    missing: Mapping[int, int] = field(default_factory=dict)
    empty: Mapping[str, int] = field(default_factory=dict)
    formulas: Mapping[int, int] = field(default_factory=dict)

    def written(self, path: str | None) -> WrittenFile:
        """The counts, as what is told to the caller."""
        blank = {self.columns[place]: count for place, count in sorted(self.missing.items())}
        formulas = {self.columns[place]: count for place, count in self.formulas.items()}
        return WrittenFile(path, self.rows, self.columns, blank, dict(sorted(self.empty.items())), formulas)
