"""A range of a CSV file to blocks of records and findings, in this process or in another one.

In: the form of the file, which one process has found out, and a range. Out: blocks, whose rows are numbered from 1 on;
where the range really ended, and what its columns have shown. Rules: a range is read as the whole file is; the record
at its end is read to that record's end, wherever it is; what crosses to another process is small and has no records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from custobar_formats.core.findings import Finding, Severity, column_key
from custobar_formats.core.job_limits import JOINED_ROWS
from custobar_formats.core.limits import CHUNK
from custobar_formats.core.scalars import ExactNumbers
from custobar_formats.csvtext.cuts import Range, bytes_of
from custobar_formats.csvtext.reader import RowReader
from custobar_formats.csvtext.row_width import SURPLUS
from custobar_formats.files.parts import OpenedParts
from custobar_formats.files.pausing import paused
from custobar_formats.jsontext.writer import block_encoder
from custobar_formats.pipeline.block_findings import with_label
from custobar_formats.pipeline.block_plan import make_block_plan
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.column_decisions import Evidence
from custobar_formats.pipeline.likely_columns import find_likely
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.range_form import Form, make_reader
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.records.header import plan_header
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.text.encoding import LATIN1, Encoding, decode_chunks
from custobar_formats.validation.across_records import check_within, fields_between
from custobar_formats.validation.cell_warnings import block_checks
from custobar_formats.validation.mixed_money import MoneyFields


@dataclass(frozen=True, slots=True)
class RangeForm(Form):
    """All that the ranges of one CSV file have in common.

    Attributes:
        encoding, delimiter: how it is written.
        labels, line: its header, and where that is.
        schema: what ``compile_schema`` takes, or None.
        options, wanted: as for the whole file.
        mixed: the fields of money that are known to be mixed.
        may_repeat: whether a row equal to the header is an error.
        surplus: the number of blank cells that a row may have beyond the header; None until the first record is read.

    """

    encoding: Encoding
    delimiter: str
    labels: list[str]
    line: int
    schema: Any
    options: Options
    wanted: Wanted
    mixed: frozenset[str]
    may_repeat: bool
    surplus: int | None = None

    def answering(self) -> Callable[[Range], RangeResult]:
        """As ``Form``."""
        reader = RangeReader(self, compile_schema(self.schema))
        return lambda part: paused(partial(read_light, reader, part))  # in our own processes it is always off


@dataclass(slots=True)
class RangeEnd:
    """Where the reading of a range ended, and what its columns have shown.

    Attributes:
        place, line: the byte and the line where the next record begins.
        rows: how many rows were read.
        is_broken: whether a finding has ended the reading.
        surplus: as the first record of the range has decided it, or as it was known; None if it is not decided.
        with_decimals, with_wholes, filled: of fields and columns of money, as in ``MoneyFields`` and ``MoneyColumns``.
        evidence: of the columns, as in ``ColumnDecisions``.

    """

    place: int
    line: int
    rows: int
    is_broken: bool
    surplus: int | None
    with_decimals: set[str]
    with_wholes: set[str]
    filled: set[int]
    evidence: Evidence


class RangeReader:
    """Reads the ranges of one file."""

    def __init__(self, form: RangeForm, schema: Schema | None) -> None:
        self.form = form
        self._schema = schema
        latin1 = form.encoding.charset == LATIN1
        plan, findings = plan_header(form.labels, schema, form.line, latin1=latin1)
        self.plan = plan
        self._likely = find_likely(plan.labels, findings, schema)[1]
        self.block_plan = make_block_plan(plan, schema, form.options, form.wanted, self._likely, latin1=latin1)
        self._checks = block_checks(has_schema=schema is not None, latin1=latin1)
        numbers = form.options.parse_float
        self._encode = block_encoder(lambda: not isinstance(numbers, ExactNumbers) or numbers.are_plain)

    def read(self, part: Range) -> RangeReading:
        """The reading of a range, which begins at a record."""
        return RangeReading(self, part)

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

    def new_columns(self) -> tuple[MoneyFields, MoneyColumns]:
        """The knowledge of the fields of money: nothing yet."""
        fields = MoneyFields(self._schema, self.form.mixed)
        return fields, MoneyColumns(self.plan, fields)

    def json_lines(self, block: RecordBlock) -> bytes:
        """The JSON text of each record of a block, on a line of its own that is empty if the record's row is wrong."""
        rows, invalid = block.numbers, block.invalid
        records = block.records
        if invalid:
            records = [record for row, record in zip(rows, records, strict=True) if row not in invalid]
        texts = self._encode(records) if records else []
        following = iter(texts).__next__
        return b"\n".join([b"" if row in invalid else following() for row in rows] if invalid else texts)

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
        self._fields, self._money = reader.new_columns()
        self._blocks = BlockReader(reader.block_plan, self._money)

    def blocks(self) -> Iterator[RecordBlock]:
        """The blocks, once.

        Raises:
            OSError: the file cannot be read, or has changed.

        """
        form, plan = self._reader.form, self._reader.plan
        with form.file.opened() as opened:
            self._rows = rows = self._reader.rows(self._texts(opened), self._part.line, lambda: self._is_past)
            rows.begin_rows()
            for block in rows.blocks(
                plan.labels,
                may_repeat=form.may_repeat,
                reasons=plan.reasons,
                padding=plan.padding,
                surplus=form.surplus,
            ):
                block.findings = [with_label(finding, plan.labels) for finding in block.findings]
                found = self._blocks.read_all(block)
                if form.wanted.as_read:
                    found.as_read = self._blocks.as_read(block)
                found.finish()
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
            self._blocks.decisions.evidence,
        )

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


class NotMade(Exception):
    """A finding was not made, because nobody seemed to need it."""


@dataclass(slots=True)
class Made:
    """The findings of a group that have been made, by their places: what makes them where the rows are not."""

    findings: dict[int, Finding]

    def __call__(self, place: int) -> Finding:
        """The finding at a place.

        Raises:
            NotMade: it was not made.

        """
        found = self.findings.get(place)
        if found is None:
            raise NotMade
        return found


RangeResult = tuple[list[bytes], RangeEnd]
"""What is found in a range: its blocks, each for ``unpacked``, and its end."""


def read_light(reader: RangeReader, part: Range) -> RangeResult:
    """The blocks of a range, with the JSON text of wanted records in place of these, and its end."""
    reading, wanted = reader.read(part), reader.form.wanted
    packed: list[bytes] = []
    made = Counter[tuple[str, str]]()
    last: RecordBlock | None = None
    for block in reading.blocks():
        _make(block, made, wanted)
        if wanted.records:
            block.json_lines = reader.json_lines(block)
        block.as_read = [(row, cells) for row, cells in block.as_read if row in block.invalid]
        block.fields = fields_between(wanted.crossed, block) if wanted.crossed is not None else {}
        block.records = []
        if last is None:
            last = block
        elif not _join(last, block):
            packed.append(_packed(last))
            last = block
    if last is not None:
        packed.append(_packed(last))
    return packed, reading.end()


def _make(block: RecordBlock, made: Counter[tuple[str, str]], wanted: Wanted) -> None:
    """Make as many findings as a report may keep, as if the file began with this range; the others are only counted.

    Errors for which rows are rejected are made, all of them.
    """
    limit = wanted.findings
    full = set() if limit is None else {key for key, count in made.items() if count >= limit}
    full |= {(finding.code, column_key(finding)) for finding in block.findings} if limit == 0 else set()
    kept, counted = list[Finding](), dict[tuple[str, Severity, str], dict[int, int]]()
    for finding in block.findings:
        key = column_key(finding)
        rows = counted.setdefault((finding.code, finding.severity, key), {})
        if (
            (finding.code, key) in full
            and not (wanted.as_read and finding.severity is Severity.ERROR)
            and finding.row is not None
            and finding.row not in rows
            and _is_like_one(finding)
        ):
            rows[finding.row] = finding.row
        else:
            kept.append(finding)
    for group in block.groups:
        is_wanted = (group.code, group.key) not in full and limit != 0
        is_wanted = is_wanted or (wanted.as_read and group.severity is Severity.ERROR)
        group.make = Made({place: group.make(place) for place in group.rows.values()} if is_wanted else {})
        made[group.code, group.key] += len(group.rows) if is_wanted else 0
    made.update((finding.code, column_key(finding)) for finding in kept)
    block.findings = kept
    block.groups += [FindingGroup(*key, rows, Made({})) for key, rows in counted.items() if rows]


def _is_like_one(finding: Finding) -> bool:
    """Whether a finding is counted, and gives way to others about its cell, exactly as one of a group."""
    if finding.label is None:
        return finding.path is None and finding.code != SURPLUS
    return finding.label != "" and (finding.path is not None or finding.severity is Severity.ERROR)


def _join(before: RecordBlock, block: RecordBlock) -> bool:
    """Add a block to the one before it, if neither has anything to report; whether that was done."""
    fields, more = before.fields or {}, block.fields or {}
    if before.findings or before.groups or block.findings or block.groups or fields.keys() != more.keys():
        return False
    if len(before.numbers) >= JOINED_ROWS:
        return False
    before.rows += block.rows
    before.numbers = _chained(before.numbers, block.numbers)
    before.lines = _chained(before.lines, block.lines)
    before.fields = {name: _chained(values, more[name]) for name, values in fields.items()}
    if before.json_lines is not None and block.json_lines is not None:
        before.json_lines = b"\n".join(filter(None, (before.json_lines, block.json_lines)))
    for label, count in block.blanks.items():
        before.blanks[label] = before.blanks.get(label, 0) + count
    return True


def _chained(one: Sequence[Any], other: Sequence[Any]) -> Sequence[Any]:
    """Two sequences as one, which remains a range if both are."""
    if isinstance(one, range) and isinstance(other, range) and one.stop == other.start:
        return range(one.start, other.stop)
    return [*one, *other]


def _packed(block: RecordBlock) -> bytes:
    """A block as bytes, which take less memory than the numbers of its rows."""
    import pickle

    block.fields = {name: _as_one(values) for name, values in (block.fields or {}).items()}
    return pickle.dumps(block, pickle.HIGHEST_PROTOCOL)


def _as_one(values: Sequence[Any]) -> Sequence[Any]:
    """Texts as one text, if that can be divided again; that takes a third of the time of many."""
    if set(map(type, values)) != {str}:
        return values
    text = "\n".join(values)
    return text if text.count("\n") == len(values) - 1 else values


def unpacked(data: bytes) -> RecordBlock:
    """The block of a ``RangeResult``."""
    import pickle

    block: RecordBlock = pickle.loads(data)  # noqa: S301 - from a process that this one has given the range
    fields = block.fields or {}
    block.fields = {name: values.split("\n") if isinstance(values, str) else values for name, values in fields.items()}
    return block


def schema_to_send(schema: Schema | None) -> Any:
    """The source of which ``compile_schema`` makes this schema, in any process."""
    return None if schema is None else schema.entity if schema.is_bundled else schema.given


def work() -> None:
    """Read ranges for the process that started this one."""
    from custobar_formats.files.workers import serve

    serve(make_reader)
