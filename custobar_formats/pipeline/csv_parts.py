"""Parts of a CSV file, made by several processes, to one file.

In: the records of a range. Out: their rows, with the columns that the range needs; then the rows of all ranges, with
the columns of all. Rule: the file is the one that a single process writes; where that is not sure, ``Unshared`` shows
that a single process must.
"""

from __future__ import annotations

from dataclasses import dataclass

from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.paths import format_label
from custobar_formats.csvtext.writer import CsvDialect
from custobar_formats.pipeline.jobs import Unshared
from custobar_formats.pipeline.writing import CsvJob, FileRows
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.layout_parts import LayoutPart, add_part, fits, part_of
from custobar_formats.records.spool import SpooledRows
from custobar_formats.schema.compiled import Schema


@dataclass(frozen=True, slots=True)
class CsvPart:
    """The rows of a range.

    Attributes:
        layout: their columns, and what is counted there.
        rows: their texts.
        repeated: the number of a record whose cells are those of the header, and that header, if there is one.

    """

    layout: LayoutPart
    rows: list[SpooledRows]
    repeated: tuple[int, list[str]] | None


class CsvPartMaker:
    """Makes the part of one range."""

    def __init__(self, dialect: CsvDialect, schema: Schema | None) -> None:
        self._job = CsvJob(schema, dialect, columns=None, missing="blank")
        self._job.take(())
        self._fails = False

    def add(self, block: RecordBlock) -> None:
        """Add the records of a block that have no error."""
        records = block.records
        if block.invalid:
            records = [each for row, each in zip(block.numbers, records, strict=True) if row not in block.invalid]
        try:
            if records and not self._fails:
                self._job.take(records)
        except NotExpressible:
            self._fails = True

    def finish(self) -> CsvPart | None:
        """The part; None if a record cannot be written."""
        with self._job as job:
            group = job.groups[None]
            if self._fails or group.fault is not None:
                return None
            repeated = None if group.repeated is None else (group.repeated[0], [*group.repeated[1]])
            return CsvPart(part_of(group.layout), list(group.spool.blocks()), repeated)


class CsvShare:
    """Puts the parts of a file together, in their order, also before it is known where.

    Attributes:
        dialect: the form of the file.
        is_used: whether there are parts.

    """

    def __init__(self, dialect: CsvDialect) -> None:
        self.dialect = dialect
        self.is_used = False
        self._group: FileRows | None = None
        self._waiting: list[CsvPart] = []

    def merge(self, part: CsvPart | None) -> None:
        """Add a part.

        Raises:
            Unshared: it does not fit, or it is none.

        """
        if part is None:
            raise Unshared
        self.is_used = True
        self._waiting.append(part)
        if self._group is not None:
            self.put_into(self._group)

    def put_into(self, group: FileRows) -> None:
        """Add all parts, those to come too, to the rows of a file.

        Raises:
            Unshared: a part does not fit.

        """
        self._group = group
        while self._waiting:
            _add(group, self._waiting.pop(0))


def _add(group: FileRows, part: CsvPart) -> None:
    layout, before = group.layout, group.layout.rows
    if not fits(layout, part.layout) or _may_be_labels(group, part):
        raise Unshared
    numbers = add_part(layout, part.layout)
    columns: dict[int, list[tuple[int, int | None]]] = {}
    for kept in part.rows:
        key = id(kept.columns)
        if key not in columns:
            columns[key] = [(numbers[number], index) for number, index in kept.columns]
        empty = [(row, numbers[number]) for row, number in kept.empty]
        group.spool.add(SpooledRows(columns[key], kept.data, empty))
    if part.repeated is not None:
        labels = list(map(format_label, layout.paths()))
        is_known = group.repeated is not None and group.repeated[1] == labels
        if sorted(labels) == sorted(part.repeated[1]) and not is_known:
            group.repeated = before + part.repeated[0], labels


def _may_be_labels(group: FileRows, part: CsvPart) -> bool:
    """Whether a list that has a column for each item may have the labels of these columns as its items."""
    codec, nodes = group.codec, group.layout.spread_lists()
    paths = {node.path for node in part.layout.nodes}
    labels = [format_label((*node.path, 0)).encode(codec, "replace") for node in nodes if node.path in paths]
    return any(label in kept.data for label in labels for kept in part.rows)
