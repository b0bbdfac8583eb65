"""A range of a CSV file to blocks of records and findings, in this process or in another one.

In: the form of the file, which one process has found out, and a range. Out: blocks, whose rows are numbered from 1 on;
where the range really ended, and what its columns have shown. Rules: a range is read as the whole file is; the record
at its end is read to that record's end, wherever it is; what crosses to another process is small and has no records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from custobar_formats.core.findings import Finding
from custobar_formats.core.limits import CHUNK
from custobar_formats.csvtext.cuts import Range, bytes_of
from custobar_formats.csvtext.reader import RowReader
from custobar_formats.csvtext.row_width import SURPLUS
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.files.parts import OpenedParts
from custobar_formats.files.pausing import paused
from custobar_formats.pipeline.block_plan import make_block_plan
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.block_stages import BlockStages, make_fixer, make_text
from custobar_formats.pipeline.column_decisions import Evidence
from custobar_formats.pipeline.fix_evidence import FixEvidence
from custobar_formats.pipeline.light_blocks import JsonLines, RangeResult, read_light
from custobar_formats.pipeline.likely_columns import find_likely
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.pipeline.options import Fixes
from custobar_formats.pipeline.range_form import End, Form, make_reader
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.header import Plan, plan_header
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.text.encoding import LATIN1, decode_chunks
from custobar_formats.validation.across_records import check_within
from custobar_formats.validation.cell_warnings import block_checks
from custobar_formats.validation.mixed_money import MoneyFields

if TYPE_CHECKING:
    from custobar_formats.mapping.carried import MappedEnd
    from custobar_formats.pipeline.block_fixer import BlockFixer
    from custobar_formats.pipeline.mapped_reader import MappedReader


@dataclass(frozen=True, slots=True)
class RangeForm(Form):
    """All that the ranges of one CSV file have in common.

    Attributes:
        delimiter, labels, line: how it is written, its header, and where that is.
        may_repeat: whether a row equal to the header is an error.
        line_end: the text after each row of a fixed file.
        surplus: the number of blank cells that a row may have beyond the header; None until the first record is read.

    """

    delimiter: str
    labels: list[str]
    line: int
    may_repeat: bool
    line_end: str
    surplus: int | None = None

    def answering(self) -> Callable[[Range], RangeResult]:
        """As ``Form``."""
        reader = RangeReader(self, compile_schema(self.schema))
        return lambda part: paused(partial(read_light, reader, part))  # in our own processes it is always off


@dataclass(slots=True)
class RangeEnd(End):
    """Where the reading of a range ended, and what its columns have shown.

    Attributes:
        surplus: as the first record of the range has decided it, or as it was known; None if it is not decided.
        with_decimals, with_wholes, filled: of fields and columns of money, as in ``MoneyFields`` and ``MoneyColumns``.
        evidence: of the columns, as in ``ColumnDecisions``.
        fixes: of the columns that may be fixed, as in ``BlockFixer``; None without fixes, and once it is gathered.
        mapped: of the rows of an export, or None.

    """

    surplus: int | None
    with_decimals: set[str]
    with_wholes: set[str]
    filled: set[int]
    evidence: Evidence
    fixes: dict[int, FixEvidence] | None
    mapped: MappedEnd | None = None


class RangeReader:
    """Reads the ranges of one file."""

    def __init__(self, form: RangeForm, schema: Schema | None) -> None:
        self.form = form
        self._fixer: BlockFixer | None = None
        self._schema = schema
        self._latin1 = form.encoding.charset == LATIN1
        self.plan = self._make_plan()
        self._checks = block_checks(has_schema=schema is not None, latin1=self._latin1)
        self.json_lines = JsonLines(form.options.parse_float)

    def _make_plan(self) -> Plan:
        """The plan of the header, and all that follows from it."""
        form, schema, latin1 = self.form, self._schema, self._latin1
        labels = form.labels if form.options.fixes is None else form.options.fixes.named(form.labels)
        plan, findings = plan_header(labels, schema, form.line, latin1=latin1)
        self._likely = find_likely(plan.labels, findings, schema)[1]
        self._block_plan = make_block_plan(plan, schema, form.options, form.wanted, self._likely, latin1=latin1)
        self._fixer = make_fixer(self._block_plan, form.options.fixes)
        self._text = make_text(self._block_plan, form.delimiter, form.line_end)
        return plan

    def read(self, part: Range) -> RangeReading:
        """The reading of a range, which begins at a record."""
        return RangeReading(self, part)

    def adopt(self, fixes: Fixes) -> None:
        """Fix the next ranges under these decisions."""
        self.form = replace(self.form, options=replace(self.form.options, fixes=fixes))
        if self._fixer is not None:
            self._fixer.adopt(fixes)

    def rows(self, texts: Iterator[str], line: int, is_past: Callable[[], bool]) -> RowReader:
        """A reader of rows, which begin at a line."""
        return RowReader(
            texts,
            self.form.delimiter,
            line,
            checks=self._checks,
            escapes=self.form.wanted.texts,
            by_column=self._schema is not None,
            is_past=is_past,
        )

    def row_blocks(self, rows: RowReader) -> Iterator[RowBlock]:
        """The rows that a reader gives, of which none is a header."""
        form, plan = self.form, self.plan
        rows.begin_rows()
        yield from rows.blocks(
            plan.labels if self._fixer is None else self._fixer.names_in_file(plan.labels),
            may_repeat=form.may_repeat,
            reasons=plan.reasons,
            padding=plan.padding,
            surplus=form.surplus,
        )

    def new_fields(self) -> MoneyFields:
        """The knowledge of the fields of money: nothing yet."""
        return MoneyFields(self._schema, self.form.mixed)

    def new_stages(self, fields: MoneyFields) -> tuple[BlockStages | MappedReader, MoneyColumns]:
        """The stages of the blocks of one range, which add to the knowledge of the fields of money; those columns."""
        money = MoneyColumns(self.plan, fields)
        blocks = BlockReader(self._block_plan, money)
        return BlockStages(self._block_plan, blocks, self._fixer, self._text), money

    def with_column(self, finding: Finding) -> Finding:
        """A finding about a top-level field, with the field's column."""
        return self.plan.with_column(self._likely.named(finding))


class RangeReading:
    """The reading of one range."""

    def __init__(self, reader: RangeReader, part: Range) -> None:
        self._reader = reader
        self._part = part
        self._beyond: list[str] = []
        self._is_past = False
        self._fields = reader.new_fields()
        self._stages, self._money = reader.new_stages(self._fields)
        self._fixes: dict[int, FixEvidence] | None = None

    def blocks(self) -> Iterator[RecordBlock]:
        """The blocks, once.

        Raises:
            OSError: the file cannot be read, or has changed.

        """
        form, fixer = self._reader.form, self._stages.fixer
        self._fixes = None if fixer is None else fixer.begin()
        with form.file.opened() as opened:
            self._rows = self._reader.rows(self._texts(opened), self._part.line, lambda: self._is_past)
            for block in self._reader.row_blocks(self._rows):
                found = self._stages.read(block)
                if form.wanted.crossed is not None:
                    check_within(form.wanted.crossed, found, self._reader.with_column)
                yield found

    def end(self) -> RangeEnd:
        """The end, after the last block."""
        rows = self._rows
        place = self._part.end
        if self._beyond and not rows.is_broken:
            text = "".join(self._beyond)
            text = text[: len(text) - len(rows.unread)]
            encoding = self._reader.form.encoding
            place += bytes_of(text, encoding.codec) if encoding.strict else len(text)
        is_open = rows.is_waiting and not rows.is_broken and place < self._reader.form.file.size
        return RangeEnd(
            place,
            rows.line,
            rows.taken,
            rows.is_broken,
            None if is_open else rows.surplus,
            self._fields.with_decimals,
            self._fields.with_wholes,
            self._money.filled,
            self._stages.blocks.decisions.evidence,
            self._fixes,
        )

    def is_once(self, finding: Finding) -> bool:
        """As ``PartReading``."""
        return finding.code == SURPLUS

    def _texts(self, opened: OpenedParts) -> Iterator[str]:
        encoding, part = self._reader.form.encoding, self._part
        for text in decode_chunks(self._pieces(opened), encoding, part.start, is_ascii=part.is_ascii):
            if self._is_past:
                self._beyond.append(text)
            yield text

    def _pieces(self, opened: OpenedParts) -> Iterator[bytes]:
        """The bytes of the range and then, in the middle of a record, those behind it."""
        yield from opened.pieces(self._part.start, self._part.end)
        place = self._part.end
        while self._rows.is_amid and (piece := opened.read(place, CHUNK)):
            self._is_past = True
            place += len(piece)
            yield piece


def schema_to_send(schema: Schema | None) -> Any:
    """The source of which ``compile_schema`` makes this schema, in any process."""
    return None if schema is None else schema.entity if schema.is_bundled else schema.given


def work() -> None:
    """Read ranges for the process that started this one."""
    from custobar_formats.files.workers import serve

    serve(make_reader)
