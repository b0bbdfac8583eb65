"""A range of a file of JSON lines to blocks of records and findings, in this process or in another one.

In: the form of the file, and a range, which begins and ends between two lines. Out: blocks, whose records are numbered
from 1 on, and what the range shows about the whole file. Rule: a range is read as the whole file is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from custobar_formats.core.findings import Finding
from custobar_formats.csvtext.cuts import Range
from custobar_formats.csvtext.writer import CsvDialect
from custobar_formats.files.pausing import paused
from custobar_formats.jsontext.reader import JsonReader
from custobar_formats.pipeline.light_blocks import JsonLines, RangeResult, read_light
from custobar_formats.pipeline.range_form import End, Form
from custobar_formats.pipeline.record_reader import RecordReader
from custobar_formats.records.block import RecordBlock
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.text.encoding import decode_chunks
from custobar_formats.validation.across_records import check_within
from custobar_formats.validation.cell_warnings import raw_json_checks
from custobar_formats.validation.key_warnings import KeyWarnings, Named
from custobar_formats.validation.mixed_money import MoneyFields

if TYPE_CHECKING:
    from custobar_formats.pipeline.csv_parts import CsvPart, CsvPartMaker


@dataclass(frozen=True, slots=True)
class JsonForm(Form):
    """All that the ranges of one file of JSON lines have in common.

    Attributes:
        csv: the form of a CSV file that is made of the records.

    """

    csv: CsvDialect | None = None

    def answering(self) -> Callable[[Range], RangeResult]:
        """As ``Form``."""
        reader = JsonRangeReader(self, compile_schema(self.schema))
        return lambda part: paused(partial(read_light, reader, part))  # in our own processes it is always off


@dataclass(slots=True)
class JsonEnd(End):
    """Where the reading of a range ended, and what its records have shown.

    Attributes:
        with_decimals, may_have_wholes: of fields of money, as in ``MoneyFields``.
        named: the keys that have a finding.
        has_others: whether the range has more of such keys, which are not known here.
        csv: the part of a CSV file, if one is wanted and the range has one.

    """

    with_decimals: set[str]
    may_have_wholes: bool
    named: Named
    has_others: bool
    csv: CsvPart | None


class JsonRangeReader:
    """Reads the ranges of one file; ``keys`` knows those of the records before, where one process reads all ranges."""

    def __init__(self, form: JsonForm, schema: Schema | None, keys: KeyWarnings | None = None) -> None:
        self.form = form
        self.schema = schema
        self.keys = keys
        self.json_lines = JsonLines(form.options.parse_float)

    def read(self, part: Range) -> JsonRangeReading:
        """The reading of a range."""
        return JsonRangeReading(self, part)


class JsonRangeReading:
    """The reading of one range; nothing but the keys is known from the ranges before."""

    def __init__(self, reader: JsonRangeReader, part: Range) -> None:
        form, schema = reader.form, reader.schema
        self._form = form
        self._part = part
        self._is_alone = reader.keys is None
        self._keys = reader.keys or KeyWarnings(schema)
        self._money = MoneyFields(schema, form.mixed)
        self._csv = None if form.csv is None else _csv_part_maker(form.csv, schema)
        parse_float = form.options.parse_float
        self._records = RecordReader(schema, parse_float, self._money, form.wanted.findings, self._keys)
        self._reader = JsonReader(
            self._texts(),
            wanted=None,
            lines=True,
            parse_float=parse_float,
            find_unchecked=self._records.find_unchecked,
            checks=raw_json_checks(has_schema=schema is not None),
            line=part.line,
        )

    def blocks(self) -> Iterator[RecordBlock]:
        """The blocks, once.

        Raises:
            OSError: the file cannot be read, or has changed.

        """
        crossed = self._form.wanted.crossed
        for block in self._reader.blocks():
            found = self._records.read(block).finish()
            found.numbers, found.lines = _as_run(found.numbers), _as_run(found.lines)
            if crossed is not None:
                check_within(crossed, found, _as_it_is)
            if self._csv is not None:
                self._csv.add(found)
            yield found

    def end(self) -> JsonEnd:
        """The end, after the last block."""
        reader, money = self._reader, self._money
        named, has_others = (self._keys.named, self._keys.has_others) if self._is_alone else ({}, False)
        return JsonEnd(
            self._part.end,
            reader.line,
            reader.number,
            reader.is_broken,
            money.with_decimals,
            money.may_have_wholes,
            named,
            has_others,
            None if self._csv is None else self._csv.finish(),
        )

    def is_once(self, finding: Finding) -> bool:
        """As ``PartReading``."""
        return any(finding.code == code for code, *_ in self._keys.named) and any(
            (finding.code, finding.row, finding.path) == (key[0], *where) for key, where in self._keys.named.items()
        )

    def _texts(self) -> Iterator[str]:
        part = self._part
        with self._form.file.opened() as opened:
            yield from decode_chunks(opened.pieces(part.start, part.end), self._form.encoding, part.start)


def _csv_part_maker(dialect: CsvDialect, schema: Schema | None) -> CsvPartMaker:
    from custobar_formats.pipeline.csv_parts import CsvPartMaker

    return CsvPartMaker(dialect, schema)


def _as_run(numbers: Sequence[int]) -> Sequence[int]:
    """Ascending numbers as a range, if none is left out: it takes less memory."""
    is_run = len(numbers) > 0 and numbers[-1] - numbers[0] == len(numbers) - 1
    return range(numbers[0], numbers[-1] + 1) if is_run else numbers


def _as_it_is(finding: Finding) -> Finding:
    """A finding about a field, which has no column in JSON."""
    return finding
