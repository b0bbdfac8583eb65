"""The records of a JSON file to blocks, in this process or, of JSON lines, in several.

In: the text of a source, and how it is read. Out: blocks, in the order of the file. Rule: only what has one record per
line is cut, at line feeds before a brace: what comes before it is complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from custobar_formats.core.job_limits import CUT_WINDOW
from custobar_formats.csvtext.cuts import Cutter, Range
from custobar_formats.files.parts import OpenedParts
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.jsontext.reader import JsonReader
from custobar_formats.pipeline.in_ranges import InRanges, shared_file
from custobar_formats.pipeline.jobs import Executor
from custobar_formats.pipeline.json_ranges import JsonEnd, JsonForm, JsonRangeReader
from custobar_formats.pipeline.light_blocks import lighten
from custobar_formats.pipeline.opening import SourceText
from custobar_formats.pipeline.options import Options, TakesParts, Wanted
from custobar_formats.pipeline.ranges import schema_to_send
from custobar_formats.pipeline.record_reader import RecordReader
from custobar_formats.records.block import RecordBlock
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.cell_warnings import raw_json_checks
from custobar_formats.validation.key_warnings import KeyWarnings
from custobar_formats.validation.mixed_money import MoneyFields


class JsonReading:
    """Reads the records of one source, once.

    Attributes:
        wrapper: the name of the object around the list, once it has been read, if there is one.

    """

    def __init__(
        self,
        source: TextInput | ByteInput,
        text: SourceText,
        schema: Schema | None,
        options: Options,
        wanted: Wanted,
        money: MoneyFields,
        *,
        lines: bool | None,
    ) -> None:
        self._source = source
        self._text = text
        self._schema = schema
        self._options = options
        self._wanted = wanted
        self._money = money
        self._keys = KeyWarnings(schema)
        self._records = RecordReader(schema, options.parse_float, money, wanted.findings, self._keys)
        self._reader = JsonReader(
            text.chunks,
            wanted=options.entity or (schema.entity if schema is not None else None),
            lines=lines,
            parse_float=options.parse_float,
            find_unchecked=self._records.find_unchecked,
            checks=raw_json_checks(has_schema=schema is not None),
        )

    @property
    def wrapper(self) -> str | None:
        """See ``JsonReading``."""
        return self._reader.wrapper

    def blocks(self, executor: Executor | None) -> Iterator[RecordBlock]:
        """All blocks; the executor may read ranges of the source."""
        yield RecordBlock(findings=self._text.findings).finish()
        in_ranges = self._in_ranges(executor)
        if in_ranges is not None:
            yield from in_ranges.blocks()
        else:
            for block in self._reader.blocks():
                yield self._records.read(block).finish()
        yield self._records.finish()

    def _in_ranges(self, executor: Executor | None) -> LinesInRanges | None:
        """The lines in ranges, which several processes read; None if this one reads all of the text."""
        source, encoding = self._source, self._text.encoding
        file = shared_file(source, executor)
        if executor is None or file is None or not isinstance(source, ByteInput) or encoding is None:
            return None
        if not self._reader.has_lines():
            executor.close()
            return None
        schema, csv = schema_to_send(self._schema), self._wanted.csv
        records = self._wanted.records and csv is None
        wanted = replace(self._wanted, records=records, is_needless=None, csv=None)
        dialect = None if csv is None else csv.dialect
        form = JsonForm(file, encoding, schema, self._options, wanted, self._money.mixed, dialect)
        knowledge = LinesKnowledge(self._money, self._keys, csv)
        reader = JsonRangeReader(form, self._schema, self._keys)
        in_ranges = LinesInRanges(reader, executor, knowledge, source.pass_on)
        if not in_ranges.begin(1):
            executor.close()
            return None
        return in_ranges


@dataclass(frozen=True, slots=True)
class LinesKnowledge:
    """Where the knowledge about the fields and keys of the whole file is gathered."""

    money: MoneyFields
    keys: KeyWarnings
    csv: TakesParts | None

    def merge(self, end: JsonEnd) -> None:
        """Add what a range has shown about the fields of money, and the rows that are made of it.

        Raises:
            Unshared: one process must make the rows.

        """
        if self.csv is not None:
            self.csv.merge(end.csv)
        self.money.with_decimals |= end.with_decimals
        self.money.may_have_wholes |= end.may_have_wholes


class LinesInRanges(InRanges):
    """Reads JSON lines."""

    _knowledge: LinesKnowledge

    def _rows_from(self, opened: OpenedParts, line: int) -> Range | None:  # noqa: ARG002 - as ``InRanges``
        form = self._form
        return Range(form.encoding.mark, form.file.size, line, is_ascii=True)

    def _cutter(self, opened: OpenedParts) -> Cutter:
        return LineCutter(opened.read, self._form.encoding.codec, CUT_WINDOW)

    def _decides(self, end: Any) -> bool:
        """Whether the first range has a record: a hint about the first one of a file goes to no other."""
        return bool(end.rows)

    def _is_usable(self, end: Any) -> bool:
        return not end.has_others

    def _accepted(self, part: Range, blocks: Iterable[RecordBlock], end: Any) -> Iterator[RecordBlock]:
        return super()._accepted(part, self._with_new_keys(blocks, end), end)

    def _moved(self, block: RecordBlock, part: Range | None) -> RecordBlock:
        if self._knowledge.csv is not None and block.records:
            lighten(block, self._form.wanted)
        return super()._moved(block, part)

    def _with_new_keys(self, blocks: Iterable[RecordBlock], end: JsonEnd) -> Iterator[RecordBlock]:
        """The blocks without the findings about keys that ranges before have named."""
        old = self._knowledge.keys.merge(end.named)
        for block in blocks:
            if old and block.findings:
                block.findings = [each for each in block.findings if (each.row, each.path, each.code) not in old]
            yield block


class LineCutter(Cutter):
    """Cuts a file behind line feeds, where the next line begins with a brace."""

    def _cut(self, data: bytes, size: int) -> int:
        return data.find(b"\n{", size - 1) + 1
