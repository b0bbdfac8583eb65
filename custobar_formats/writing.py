"""Records to CSV: flattened, checked to read back as themselves, laid out, spooled, and then written.

In: records, any number of them. Out: text or bytes, and what was written. The rules kept here: what would not
read back as itself is refused before anything is written; memory does not grow with the number of records.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from custobar_formats.errors import NotExpressible, UsageError
from custobar_formats.layout import Cells, Layout, RowMaker
from custobar_formats.paths import Path, format_pointer
from custobar_formats.places import How, Place
from custobar_formats.records import Flattener, Leaf, build, reduced
from custobar_formats.rows import BLOCK_ROWS, format_row
from custobar_formats.schema import Schema
from custobar_formats.text import UTF16, encode_text, find_mark
from custobar_formats.values import Coercer, format_scalar, is_empty, parse_exact

SPOOLED_IN_MEMORY = 2048
"""Rows kept in memory before they go to a temporary file."""

MISSING = ("blank", "error", "split")

Spooled = tuple[int, Cells, list[tuple[int, str]]]
"""A record's number, its cells, and the spots of its empty members with their kinds."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file that was written.

    Attributes:
        path: where, None for a stream.
        rows: its records.
        columns: its labels.
        blank_cells: by label, the blank cells that stand for a key that a record lacks.
        empty_cells: by kind (null, "", [], {}), the empty members, which are blank cells too.

    """

    path: str | None
    rows: int
    columns: tuple[str, ...]
    blank_cells: dict[str, int]
    empty_cells: dict[str, int]


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


class Spool:
    """Rows kept until all columns are known: in memory at first, then in a temporary file."""

    def __init__(self) -> None:
        self._rows: list[Spooled] = []
        self._file: IO[bytes] | None = None
        self._blocks = 0

    def add(self, row: Spooled) -> None:
        """Keep a row."""
        self._rows.append(row)
        if len(self._rows) >= (SPOOLED_IN_MEMORY if self._file is None else BLOCK_ROWS):
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
            pickle.dump(self._rows, self._file, pickle.HIGHEST_PROTOCOL)
            self._blocks += 1
            self._rows = []

    def blocks(self) -> Iterator[list[Spooled]]:
        """The rows again, in their order."""
        if self._file is not None:
            self._file.seek(0)
            for _ in range(self._blocks):
                yield pickle.load(self._file)  # noqa: S301 - written by add() to a file without a name
        for start in range(0, len(self._rows), BLOCK_ROWS):
            yield self._rows[start : start + BLOCK_ROWS]

    def close(self) -> None:
        """Remove the temporary file, if there is one."""
        if self._file is not None:
            self._file.close()


class ReadBack:
    """Checks that the leaves of a record read back as the record."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema.root
        self._coercer = Coercer(schema, parse_exact)
        self._is_valid = schema.engine.is_valid
        self._safe: dict[tuple[Path, type], bool] = {}

    def check(self, record: dict[str, Any], leaves: list[Leaf], number: int | None) -> None:
        """Raise NotExpressible where reading would give another value."""
        if not all(self._is_safe(path, record) for path, _ in leaves):
            again, wanted = self._coercer.coerce(build(leaves), self._root), reduced(record)
            self._compare(again, wanted, self._root, (), number)
            if self._is_valid(wanted) and not self._is_valid(again):
                raise NotExpressible("it is valid as it stands, but not with the text of its scalars", number, "")

    def _is_safe(self, path: Path, record: Any) -> bool:
        """Whether the type of the value alone says that its text reads back as itself."""
        value = record
        for part in path:
            value = value[part]
        if isinstance(value, list):
            return all(self._is_safe((*path, index), record) for index in range(len(value)))
        key = (path, type(value))
        if key not in self._safe:
            place = self._root
            for part in path:
                place = place.step(part)
            self._safe[key] = _is_safe_at(place, value)
        return self._safe[key]

    def _compare(self, again: Any, value: Any, place: Place, path: Path, number: int | None) -> None:
        if isinstance(value, dict) and isinstance(again, dict):
            for key in value:
                self._compare(again.get(key), value[key], place.step(key), (*path, key), number)
        elif isinstance(value, list) and isinstance(again, list) and len(again) == len(value):
            for index, item in enumerate(value):
                self._compare(again[index], item, place.step(index), (*path, index), number)
        elif not _same(again, value) and not (place.asks_nothing and again == format_scalar(value)):
            reason = f"{value!r} would be read back as {again!r}"
            raise NotExpressible(reason[:300], number, format_pointer(path))


def _is_safe_at(place: Place, value: Any) -> bool:
    if place.asks_nothing:
        return isinstance(value, str)
    if any(how is not How.ALWAYS and node.coerces for node, how in place.nodes) or place.members is not None:
        return False
    types = place.types or frozenset()
    if isinstance(value, bool):
        return types == {"boolean"}
    if isinstance(value, str):
        return "string" in types
    if isinstance(value, (int, float)):
        return types == {"number"} or (isinstance(value, int) and bool(types) and types <= {"integer", "number"})
    return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (bool, str)) or isinstance(other, (bool, str)):
        return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
    if one is None or other is None:
        return one is other
    return Decimal(format_scalar(one)) == Decimal(format_scalar(other))


@dataclass(slots=True)
class Group:
    """The records of one file: their columns and their rows."""

    layout: Layout
    spool: Spool = field(default_factory=Spool)


class CsvJob:
    """Everything between records and the text of CSV files."""

    def __init__(
        self,
        schema: Schema | None,
        *,
        columns: Sequence[str] | None,
        delimiter: str,
        missing: str,
        line_end: str,
    ) -> None:
        if missing not in MISSING:
            raise UsageError(f"missing={missing!r}: use one of {', '.join(MISSING)}")
        if line_end not in ("\n", "\r\n"):
            raise UsageError(f"line_end={line_end!r}: use '\\n' or '\\r\\n'")
        if missing == "split" and columns is not None:
            raise UsageError("missing='split' finds the columns of each file itself; leave columns out")
        self._schema = schema
        self._columns = columns
        self._delimiter = delimiter
        self._missing = missing
        self._line_end = line_end
        self._flattener = Flattener(schema.root if schema is not None else None)
        self._read_back = ReadBack(schema) if schema is not None else None
        self.groups: dict[Any, Group] = {}

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
        for number, record in enumerate(records, 1):
            leaves, empty = self._flattener.flatten(record, number)
            if not leaves:
                raise NotExpressible("a record without any value is a blank row", number, "")
            if self._read_back is not None:
                self._read_back.check(record, leaves, number)
            group = self._group(_shape(record) if self._missing == "split" else None)
            cells = group.layout.place_cells(leaves, number)
            placed = [(group.layout.place_empty(path, number), kind) for path, kind in empty]
            group.spool.add((number, cells, [(spot, kind) for spot, kind in placed if spot is not None]))
        if not self.groups:
            self._group(None)

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

    def _group(self, key: Any) -> Group:
        if key not in self.groups:
            layout = Layout(self._schema)
            if self._columns is not None:
                layout.fix(self._columns, self._schema)
            self.groups[key] = Group(layout)
        return self.groups[key]

    def render(self, group: Group, counts: FileCounts, charset: str) -> Iterator[bytes]:
        """The bytes of a file, block by block.

        Raises:
            NotExpressible: a missing key where none may be, a character that the charset lacks, a bad first label.

        """
        layout = group.layout
        labels = layout.labels()
        counts.columns = tuple(labels)
        header = [(None, path, label) for path, label in zip(layout.paths(), labels, strict=True)]
        first = _encode(format_row(labels, self._delimiter) + self._line_end, charset, header, start=True)
        if charset != UTF16 and find_mark(first):
            raise NotExpressible(f"the first label's bytes in {charset} would be read as a byte order mark")
        yield first
        maker = layout.make_rows()
        for block in group.spool.blocks():
            lines = []
            for number, cells, empty in block:
                self._count(number, cells, empty, maker, counts)
                lines.append(format_row(maker.row(cells), self._delimiter))
            text = self._line_end.join(lines) + self._line_end
            yield _encode(text, charset, _texts(block, layout))

    def _count(
        self, number: int, cells: Cells, empty: list[tuple[int, str]], maker: RowMaker, counts: FileCounts
    ) -> None:
        missing = maker.missing(tuple(spot for spot, _ in cells), tuple(spot for spot, _ in empty))
        if missing and self._missing != "blank":
            label, path = counts.columns[missing[0]], maker.path_of_column(missing[0])
            raise NotExpressible(f"it lacks {label!r}, which others have", number, format_pointer(path))
        counts.rows += 1
        counts.missing.update(missing)
        counts.empty.update(kind for _, kind in empty)


def _texts(block: list[Spooled], layout: Layout) -> Iterator[tuple[int, Path, str]]:
    for number, cells, _ in block:
        for spot, content in cells:
            for text in [content] if isinstance(content, str) else content:
                yield number, layout.path_of(spot), text


def _encode(text: str, charset: str, texts: Iterable[tuple[int | None, Path, str]], *, start: bool = False) -> bytes:
    """The bytes of a text; ``texts`` are its parts, by which a character that the charset lacks is found."""
    try:
        return encode_text(text, charset, start=start)
    except UnicodeEncodeError:
        for number, path, part in texts:
            try:
                encode_text(part, charset)
            except UnicodeEncodeError as error:
                character = part[error.start]
                what = (
                    "half of a surrogate pair" if "\ud800" <= character <= "\udfff" else f"the character {character!r}"
                )
                reason = f"{what} (U+{ord(character):04X}) cannot be written in {charset}"
                raise NotExpressible(reason, number, format_pointer(path)) from None
        raise


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
    missing: Counter[int] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)

    def written(self, path: str | None) -> WrittenFile:
        """The counts, as what is told to the caller."""
        blank = {self.columns[place]: count for place, count in sorted(self.missing.items())}
        return WrittenFile(path, self.rows, self.columns, blank, dict(sorted(self.empty.items())))
