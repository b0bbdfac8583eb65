"""A source to blocks of records and findings: the stages of reading, put in sequence.

In: an opened source, a schema, options. Out: blocks, in the order of the file. Rule: every fault becomes a finding; the
finding that ends the reading is the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading, Finding, Severity, make_finding
from custobar_formats.csvtext.delimiter import split_sep_line
from custobar_formats.csvtext.reader import RowReader
from custobar_formats.csvtext.rows import TableRows
from custobar_formats.csvtext.structure import take_sample
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.beginning import find_delimiter, find_structure
from custobar_formats.pipeline.block_findings import too_few, with_label
from custobar_formats.pipeline.block_plan import make_block_plan
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.block_stages import BlockStages, make_fixer, make_text
from custobar_formats.pipeline.in_ranges import ColumnKnowledge, InRanges, shared_file
from custobar_formats.pipeline.jobs import Executor
from custobar_formats.pipeline.likely_columns import NONE, find_likely
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.pipeline.opening import SourceText, decode_source, find_format
from custobar_formats.pipeline.options import EVERYTHING, Options, Wanted, entity_of
from custobar_formats.pipeline.original import Original, describe
from custobar_formats.pipeline.ranges import RangeForm, schema_to_send
from custobar_formats.pipeline.sheet_rows import DELIMITER, SheetRows, find_other_sheets, open_wanted_sheet
from custobar_formats.pipeline.table_ranges import table_in_ranges
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.header import REJECTED_LABEL, Plan, is_named, plan_header
from custobar_formats.report.contents import SourceInfo
from custobar_formats.schema.compiled import Schema
from custobar_formats.sheets.opened import OpenedSheet
from custobar_formats.text.chunks import skip_lines
from custobar_formats.text.encoding import LATIN1, UTF8, Encoding
from custobar_formats.validation.cell_warnings import block_checks
from custobar_formats.validation.mixed_money import MoneyFields

if TYPE_CHECKING:
    from custobar_formats.mapping.carried import MappedEnd
    from custobar_formats.mapping.fit import FittedMapping
    from custobar_formats.pipeline.block_fixer import BlockFixer

ABOUT_PATHS = frozenset({"bad-path", "path-conflict", "index-gap", "too-deep"})
"""Findings about labels as paths, which the column names of an export are not."""


class Reading:
    """Reads one source, once; everything that decides how is given at the start.

    Attributes:
        wanted: what the caller needs.
        info: how the source is read; complete with the first block.
        money: what is known of the fields of money, complete with the last block.
        fixer: what changes the cells of a CSV file before they are read, set with the second block; None without fixes.
        decided: gives a finding the fix that the whole CSV file decides, set with the second block; None for JSON.
        header: the labels of a CSV file, even invalid ones, set with the first block; None for JSON.
        original: the form of a CSV file, set with the second block; None for JSON, and after an invalid header.

    """

    def __init__(
        self,
        source: TextInput | ByteInput,
        schema: Schema | None,
        options: Options,
        wanted: Wanted = EVERYTHING,
        mixed: frozenset[str] = frozenset(),
        executor: Executor | None = None,
    ) -> None:
        self._source = source
        self._executor = executor
        self._encoding: Encoding | None = None
        self._header_line = 1
        self._schema = schema
        self._options = options
        self.wanted = wanted
        self.money = MoneyFields(schema, mixed)
        self._plan: Plan | None = None
        self._likely = NONE
        self._fitted: FittedMapping | None = None
        self._found: MappedEnd | None = None
        self.original: Original | None = None
        self.fixer: BlockFixer | None = None
        self.decided: Callable[[Finding], Finding] | None = None
        self.header: list[str] | None = None
        self.info = SourceInfo(name=source.name, entity=entity_of(schema, options))

    def blocks(self) -> Iterator[RecordBlock]:
        """Everything, block by block, once; the first block has the findings about the file as a whole."""
        rows, failed = 0, False
        for block in self._read():
            rows += block.rows
            failed = failed or any(one.severity is Severity.ERROR and one.row is None for one in block.findings)
            yield block
            del block  # the next one is made before the caller frees this one, but not a third
        wanted = self._options.min_rows or 0
        if rows < max(wanted, 1) and not failed:
            yield RecordBlock(findings=[too_few(rows, wanted)])

    def _read(self) -> Iterator[RecordBlock]:
        try:
            format_ = find_format(self._source, self._options)
            self.info = replace(self.info, format=format_)
            self._options = self._decided()
            sheet = open_wanted_sheet(self._source, self._options)
            if sheet is not None:
                yield from self._read_sheet(sheet)
                return
            executor = self._executor if format_ != "json" else None  # only some of that is on lines
            file = shared_file(self._source, executor)
            if executor is not None and file is not None:  # others get ready while this process looks at the file
                executor.start(executor.count_for(file.size))
            text = decode_source(self._source, self._options, format_)
        except EndOfReading as end:
            yield RecordBlock(findings=[end.finding])
            return
        if format_ != "csv" and self.is_mapped:
            raise UsageError(f"{self.info.name}: a mapping is for CSV: JSON has fields, not columns")
        self._encoding = text.encoding
        charset = None if text.encoding is None else text.encoding.charset
        self.info = replace(self.info, charset=charset, charset_reason=text.reason, content_type=text.content_type)
        yield from (self._read_csv if format_ == "csv" else self._read_json)(text)

    def _decided(self) -> Options:
        """The options; where the mapping leaves it open how a column is written, as the whole source shows it."""
        mapping = self._options.mapping
        if mapping is None or mapping.open_amounts is None:
            return self._options
        self._source.make_rereadable()
        self._source.rewind()
        amounts = mapping.open_amounts
        first = Reading(self._source, None, replace(self._options, mapping=amounts), executor=self._executor)
        for _ in first.blocks():
            pass
        self._source.rewind()
        proofs = {} if first._found is None else amounts.by_field(first._found.proofs)
        return replace(self._options, mapping=mapping.decided(proofs))

    def again(
        self, mixed: frozenset[str] = frozenset(), wanted: Wanted | None = None, *, shares: bool = True
    ) -> Reading:
        """A reading of the same rereadable source from its start; these fields of money are known to be mixed."""
        self._source.rewind()
        executor = self._executor if shares else None
        return Reading(self._source, self._schema, self._options, wanted or self.wanted, mixed, executor)

    @property
    def has_money(self) -> bool:
        """Whether it may have fields of money; the header of a CSV file shows whether it has."""
        return self.money.may_occur

    def find_mixed(self) -> frozenset[str]:
        """The fields of money that have whole amounts beside amounts with decimals, after the last block.

        For JSON, the rereadable source may be read again, up to the first whole amounts in question.
        """
        money = self.money
        mixed = money.with_decimals & money.with_wholes
        if money.may_have_wholes:
            others = money.with_decimals - mixed
            for block in self.again(shares=False).blocks() if others else ():
                mixed |= {key for key in others - mixed if money.have_wholes(block.records, key)}
                if mixed >= others:
                    break
        return frozenset(mixed)

    @property
    def labels(self) -> list[str] | None:
        """The labels of the columns that are part of records, once the header has been read without an error."""
        return None if self._plan is None else [column.label for column in self._plan.columns]

    @property
    def is_mapped(self) -> bool:
        """Whether a mapping makes the records."""
        return self._options.mapping is not None

    @property
    def withheld(self) -> tuple[int, ...]:
        """The places of the columns that no other file may show."""
        return () if self._fitted is None else self._fitted.withheld

    def place_of(self, name: str) -> int | None:
        """The 0-based column of a top-level field in a CSV file."""
        column = self._plan.find((name,)) if self._plan is not None else None
        return None if column is None else column.index

    def with_column(self, finding: Finding) -> Finding:
        """A finding about a top-level field, with the field's column in a CSV file."""
        if self._fitted is not None:
            return self._fitted.with_column(finding)
        finding = self._likely.named(finding)
        return finding if self._plan is None else self._plan.with_column(finding)

    # -- tables

    def _read_sheet(self, sheet: OpenedSheet) -> Iterator[RecordBlock]:
        header = self._options.header
        self.info = replace(self.info, format=sheet.format, sheet=sheet.name, header_line=header)
        rows = SheetRows(
            sheet,
            header or 1,
            checks=block_checks(has_schema=self._schema is not None, latin1=False),
            escapes=self.wanted.texts,
            fields=self._fields,
        )
        others = find_other_sheets(sheet) if self._options.sheet is None else None
        structure = rows.find_structure(self._knows, header_given=header is not None)
        findings = [each for each in (others, structure) if each is not None]
        if structure is not None and structure.severity is Severity.ERROR:
            yield RecordBlock(findings=findings).finish()
            return
        original = partial(Original, delimiter=DELIMITER, line_end="\n", announced=False, codec=UTF8, mark=b"")
        yield from self._read_table(rows, findings, original)

    def _fields(self) -> dict[int, str]:
        """The last names of the fields that columns are, by their 0-based places."""
        if self._fitted is not None:
            return {place: each.plan.source.name for each in self._fitted.fields.values() for place in each.indices}
        columns = self._plan.columns if self._plan is not None else ()
        return {column.index: str(column.path[-1]) for column in columns if column.place is not None}

    def _read_csv(self, text: SourceText) -> Iterator[RecordBlock]:
        findings = text.findings
        sample, rest, whole = take_sample(text.chunks)
        announced, skipped = split_sep_line(sample)
        line = 2 if announced else 1
        is_rejects = sample[skipped:].lstrip('"').startswith(REJECTED_LABEL)  # whose header is always its first line
        header = None if is_rejects else self._options.header
        if header is not None and header > line:
            line = header
            sample, rest, whole = take_sample(skip_lines(rest(0), line - 1))
            skipped = 0
        sample = sample[skipped:]
        is_known = self._knows if self._schema is not None else None
        delimiter = find_delimiter(sample, self._options.delimiter, announced, is_known, whole=whole)
        self.info = replace(
            self.info,
            delimiter=str(delimiter),
            delimiter_reason=delimiter.reason,
            delimiter_scores=delimiter.scores,
            header_line=header and line,
        )
        message = "the first line names the delimiter; it is skipped"
        findings += [make_finding("sep-line", message, line=1)] if announced else []
        declared, given = not delimiter.scores, header is not None
        structure = find_structure(
            sample, str(delimiter), self._knows, line, whole=whole, is_declared=declared, header_given=given
        )
        if structure is not None:
            findings.append(structure)
            if structure.severity is Severity.ERROR:
                yield RecordBlock(findings=findings).finish()
                return
        original = partial(
            describe, self._source.head(), sample, str(delimiter), text.encoding, announced=announced is not None
        )
        reader = RowReader(
            rest(skipped),
            str(delimiter),
            line,
            checks=block_checks(has_schema=self._schema is not None, latin1=self.info.charset == LATIN1),
            escapes=self.wanted.texts,
            by_column=self._schema is not None,
            is_needless=self.wanted.is_needless,
        )
        yield from self._read_table(reader, findings, original)

    def _read_table(
        self, reader: TableRows, findings: list[Finding], original: Callable[[list[str]], Original]
    ) -> Iterator[RecordBlock]:
        """The header and the rows; ``findings`` are those about the file so far."""
        latin1 = self.info.charset == LATIN1
        labels, line, header_findings = reader.read_header()
        self.header, self._header_line = labels, line
        if labels is None and not header_findings:
            header_findings = [make_finding("no-header", "the file has no header", line=line)]
        findings += [with_label(finding, labels or []) for finding in header_findings]
        plan, fitted = None, None
        if labels is not None:
            mapping = self._options.mapping
            labels = labels if self._options.fixes is None else self._options.fixes.named(labels)
            plan, plan_findings = plan_header(labels, self._schema if mapping is None else None, line, latin1=latin1)
            if mapping is not None:
                fitted, fit_findings = mapping.fit(plan.labels, line)
                needless = ABOUT_PATHS if fitted is None or fitted.unnamed else ABOUT_PATHS | {"blank-label"}
                plan_findings = [each for each in plan_findings if each.code not in needless] + fit_findings
            else:
                plan_findings, self._likely = find_likely(plan.labels, plan_findings, self._schema)
            findings += plan_findings
        failed = any(finding.severity is Severity.ERROR for finding in findings)
        yield RecordBlock(findings=findings).finish()
        if plan is not None and not failed:
            self.original, self._fitted, self._plan = original(plan.labels), fitted, None if fitted else plan
            yield from self._read_rows(reader, plan) if fitted is None else self._read_mapped(reader, plan, fitted)

    def _knows(self, label: str) -> bool:
        if self._options.mapping is not None:
            return self._options.mapping.names_column(label)
        return self._schema is not None and is_named(label, self._schema)

    def _read_rows(self, reader: TableRows, plan: Plan) -> Iterator[RecordBlock]:
        latin1 = self.info.charset == LATIN1
        money = MoneyColumns(plan, self.money)
        self.money.may_occur = bool(money)
        block_plan = make_block_plan(plan, self._schema, self._options, self.wanted, self._likely, latin1=latin1)
        blocks = BlockReader(block_plan, money)
        self.decided = blocks.decisions.with_fix
        may_repeat = any(map(self._knows, plan.labels))
        self.fixer = make_fixer(block_plan, self._options.fixes)
        in_ranges = self._in_ranges(reader, ColumnKnowledge(self.money, money, blocks), may_repeat=may_repeat)
        if in_ranges is not None:
            yield from in_ranges.blocks()
            return
        assert self.original is not None
        text = make_text(block_plan, self.original.delimiter, self.original.line_end)
        stages = BlockStages(block_plan, blocks, self.fixer, text)
        labels = stages.written_labels
        for block in reader.blocks(labels, may_repeat=may_repeat, reasons=plan.reasons, padding=plan.padding):
            yield stages.read(block)

    def _in_ranges(self, reader: TableRows, knowledge: ColumnKnowledge, *, may_repeat: bool) -> InRanges | None:
        """The rows in ranges, which several processes read; None if this one reads them from the first to the last."""
        source, executor, encoding, labels = self._source, self._executor, self._encoding, self.header
        if not isinstance(source, ByteInput) or not isinstance(reader, RowReader) or encoding is None:
            return None
        file = shared_file(source, executor)
        if executor is None or file is None or labels is None or self.original is None:
            return None
        form = RangeForm(
            file,
            encoding,
            schema_to_send(self._schema),
            self._options,
            replace(self.wanted, is_needless=None),
            self.money.mixed,
            self.info.delimiter or "",
            labels,
            self._header_line,
            may_repeat,
            self.original.line_end,
        )
        given = form, self._schema, executor, knowledge, source.pass_on
        ranges = table_in_ranges(*given, fixer=self.fixer, found=self._found)
        if not ranges.begin(reader.line):
            executor.close()
            return None
        return ranges

    def _read_mapped(self, reader: TableRows, plan: Plan, fitted: FittedMapping) -> Iterator[RecordBlock]:
        from custobar_formats.mapping.amounts import OpenAmounts
        from custobar_formats.pipeline.mapped_reader import MappedReader

        latin1, proves = self.info.charset == LATIN1, isinstance(self._options.mapping, OpenAmounts)
        how = fitted, self._schema, self._options, self.wanted, self.money
        mapped = MappedReader(*how, latin1=latin1, proves=proves)
        self.fixer, self.decided, self._found = mapped.fixer, mapped.with_fix, mapped.found
        knowledge = ColumnKnowledge(self.money, mapped.money, mapped.blocks)
        in_ranges = self._in_ranges(reader, knowledge, may_repeat=True)
        if in_ranges is not None:
            yield from in_ranges.blocks()
        else:
            rows = reader.blocks(plan.labels, may_repeat=True, reasons=plan.reasons, padding=plan.padding)
            yield from map(mapped.read, rows)
        yield mapped.finish().finish()

    # -- JSON

    def _read_json(self, text: SourceText) -> Iterator[RecordBlock]:
        from custobar_formats.pipeline.json_reading import JsonReading

        lines = {"jsonl": True, "json": None}[self.info.format or "json"]
        json = JsonReading(self._source, text, self._schema, self._options, self.wanted, self.money, lines=lines)
        for block in json.blocks(self._executor):
            self.info = replace(self.info, entity=self.info.entity or json.wrapper)
            yield block
