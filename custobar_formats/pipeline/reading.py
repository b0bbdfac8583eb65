"""A source to batches of records and findings: the steps of reading, put in sequence.

In: a source, a schema, options. Out: batches, in the order of the file. The rule kept here: everything that is
wrong becomes a finding; what ends the reading is the last of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading, Finding, Severity, make_finding
from custobar_formats.core.limits import SAMPLE_CHARS
from custobar_formats.core.paths import BadLabel, parse_label
from custobar_formats.csvtext.delimiter import Delimiter, choose_delimiter, resolve_delimiter, split_sep_line
from custobar_formats.csvtext.reader import RowReader
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.block_plan import make_block_plan
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.options import EVERYTHING, FORMAT_SUFFIXES, Options, Wanted
from custobar_formats.records.block import Batch
from custobar_formats.records.header import Plan, plan_header
from custobar_formats.report.contents import SourceInfo
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.encoding import (
    LATIN1,
    PACKED,
    SURROGATES,
    UTF8,
    Encoding,
    Evidence,
    declared_encoding,
    decode_chunks,
    guess_encoding,
)

JSON_START = re.compile("(?:\ufeff|\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?[ \t\r\n]*[{\\[]")
"""A byte order mark, as text or as bytes read as latin-1, white space, and what no CSV header begins with."""

MEDIA = {"csv": "text/csv", "json": "application/json", "jsonl": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Original:
    """What a CSV file looks like, for another one that is to look the same.

    Attributes:
        labels: its header.
        delimiter, line_end: between its cells, and behind its rows.
        announced: whether its first line says ``sep=`` and the delimiter.
        codec: Python's name of its charset, with the byte order.
        mark: its byte order mark.

    """

    labels: list[str]
    delimiter: str
    line_end: str
    announced: bool
    codec: str
    mark: bytes


class Reading:
    """One source being read; ``info`` says how, once the first batch is there."""

    def __init__(
        self, source: TextInput | ByteInput, schema: Schema | None, options: Options, wanted: Wanted = EVERYTHING
    ) -> None:
        self._source = source
        self.wanted = wanted
        self._schema = schema
        self.options = options
        self._plan: Plan | None = None
        self._encoding: Encoding | None = None
        self.original: Original | None = None
        self.header: list[str] | None = None
        self.info = SourceInfo(
            name=source.name, entity=(schema.entity if schema is not None else None) or options.entity
        )

    def batches(self) -> Iterator[Batch]:
        """Everything, batch by batch; the first has what there is to say about the file as a whole."""
        try:
            format_ = self.find_format()
            chunks, findings = self._decode(format_)
        except EndOfReading as end:
            yield Batch(findings=[end.finding])
            return
        read = self._read_csv if format_ == "csv" else self._read_json
        yield from read(chunks, findings)

    def make_rereadable(self) -> None:
        """Keep what cannot be read twice.

        Raises:
            UsageError: the source is text that somebody else has decoded.

        """
        if isinstance(self._source, TextInput):
            raise UsageError("text can be read but once here: give its bytes")
        self._source.make_rereadable()

    def rewind(self) -> None:
        """Begin again, after ``make_rereadable``."""
        if isinstance(self._source, ByteInput):
            self._source.rewind()

    @property
    def labels(self) -> list[str] | None:
        """The labels of the columns that take part, once the header has been read without an error."""
        return None if self._plan is None else [column.label for column in self._plan.columns]

    def place_of(self, name: str) -> int | None:
        """The 0-based column of a top-level field in a CSV file."""
        column = self._plan.find((name,)) if self._plan is not None else None
        return None if column is None else column.index

    def with_column(self, finding: Finding) -> Finding:
        """A finding about a top-level field, with the column that the field has in a CSV file."""
        column = self._plan.find(((finding.path or "")[1:],)) if self._plan is not None else None
        return finding if column is None else replace(finding, column=column.index + 1, label=column.label)

    # -- bytes to text

    def find_format(self) -> str:
        """The format that is declared, that the suffix tells, or that the first character tells."""
        format_ = self.info.format or self.options.declared_format
        if format_ is None:
            self._source.head()  # where the name that counts is within an archive
            format_ = FORMAT_SUFFIXES.get(PurePath(self._source.inner_name or "").suffix.lower())
        if format_ is None:
            head = self._source.head()
            text = head if isinstance(head, str) else head.replace(b"\0", b"").decode("latin-1")
            format_ = "json" if JSON_START.match(text) else "csv"
        self.info = replace(self.info, format=format_)
        return format_

    def _decode(self, format_: str) -> tuple[Iterator[str], list[Finding]]:
        source = self._source
        if isinstance(source, TextInput):
            self.info = replace(self.info, charset_reason="given as text")
            return _checked_text(source.chunks()), []
        for start, (what, hint) in PACKED.items():
            if source.head().startswith(start):
                raise EndOfReading(make_finding("undecodable-bytes", f"the file {what}", hint=hint, line=1))
        declared = self.options.charset
        if format_ != "csv":
            encoding = declared_encoding(declared or UTF8, source.head())
            if encoding.charset != UTF8:
                raise UsageError(f"JSON is utf-8 (RFC 8259), not {encoding.charset}")
        elif declared is not None:
            encoding = declared_encoding(declared, source.head())
        else:
            encoding = self._guess(source)
        self._encoding = encoding
        self.info = replace(
            self.info,
            charset=encoding.charset,
            charset_reason=encoding.reason if format_ == "csv" else "JSON is utf-8 (RFC 8259)",
            content_type=encoding.content_type() if format_ == "csv" else MEDIA[format_],
        )
        return decode_chunks(source.chunks(), encoding), list(encoding.findings)

    @staticmethod
    def _guess(source: ByteInput) -> Encoding:
        source.make_rereadable()
        evidence = Evidence()
        for chunk in source.chunks():
            evidence.feed(chunk)
        if not evidence.is_utf8:
            source.rewind()
            evidence.find_line(source.chunks())
        source.rewind()
        return guess_encoding(evidence)

    # -- CSV

    def _read_csv(self, chunks: Iterator[str], findings: list[Finding]) -> Iterator[Batch]:
        sample, rest, whole = _take_sample(chunks)
        announced, skipped = split_sep_line(sample)
        delimiter = self._choose_delimiter(sample[skipped:], announced, whole)
        self.info = replace(
            self.info,
            delimiter=str(delimiter),
            delimiter_reason=delimiter.reason,
            delimiter_scores=delimiter.scores,
        )
        if announced:
            findings.append(make_finding("sep-line", "the first line names the delimiter; it is skipped", line=1))
        latin1 = self.info.charset == LATIN1
        reader = RowReader(
            rest(skipped),
            str(delimiter),
            2 if announced else 1,
            latin1=latin1,
            marks_escapes=self.wanted.texts,
            by_column=self._schema is not None,
        )
        labels, line, header_findings = reader.read_header()
        self.header = labels
        if labels is None and not header_findings:
            header_findings = [make_finding("no-header", "the file has no header", line=line)]
        findings += [_with_label(finding, labels or []) for finding in header_findings]
        plan = None
        if labels is not None:
            plan, plan_findings = plan_header(labels, self._schema, line, latin1=latin1)
            findings += plan_findings
        failed = any(finding.severity is Severity.ERROR for finding in findings)
        yield Batch(findings=findings).finish()
        if plan is not None and not failed:
            self._plan = plan
            self.original = self._describe(plan.labels, str(delimiter), sample, announced=announced is not None)
            yield from self._read_rows(reader, plan)

    def _describe(self, labels: list[str], delimiter: str, sample: str, *, announced: bool) -> Original:
        encoding, line_end = self._encoding, "\r\n" if "\r\n" in sample else "\n"
        head = self._source.head()
        mark = b"" if encoding is None or isinstance(head, str) else head[: encoding.mark]
        return Original(labels, delimiter, line_end, announced, UTF8 if encoding is None else encoding.codec, mark)

    def _choose_delimiter(self, sample: str, announced: str | None, whole: bool) -> Delimiter:
        if self.options.delimiter is not None:
            if isinstance(self.options.delimiter, Delimiter):
                return self.options.delimiter
            return Delimiter(resolve_delimiter(self.options.delimiter), "declared")
        if announced is not None:
            return Delimiter(announced, "named by the line sep=")
        return choose_delimiter(sample, self._knows if self._schema is not None else None, whole)

    def _knows(self, label: str) -> bool:
        """Whether the schema names a label's first key; a pattern for company fields is no evidence."""
        root = self._schema.root if self._schema is not None else None
        try:
            return root is not None and parse_label(label, root)[0] in root.names
        except BadLabel:
            return False

    def _read_rows(self, reader: RowReader, plan: Plan) -> Iterator[Batch]:
        latin1 = self.info.charset == LATIN1
        blocks = BlockReader(make_block_plan(plan, self._schema, self.options, self.wanted, latin1=latin1))
        for block in reader.blocks(plan.labels):
            block.findings = [_with_label(finding, plan.labels) for finding in block.findings]
            batch = blocks.read(block) if block.rows else Batch(rows=block.skipped, findings=block.findings)
            if self.wanted.as_read:
                batch.as_read = sorted([*zip(block.numbers, block.rows, strict=True), *block.misfits])
            yield batch.finish()

    # -- JSON

    def _read_json(self, chunks: Iterator[str], findings: list[Finding]) -> Iterator[Batch]:
        from custobar_formats.jsontext.reader import JsonReader
        from custobar_formats.validation.cell_warnings import event_type_warnings, record_mojibake
        from custobar_formats.validation.problems import Checker
        from custobar_formats.validation.record_filter import RecordFilter

        wanted = self.options.entity or (self._schema.entity if self._schema is not None else None)
        by_line = {"jsonl": True, "json": None}[self.info.format or "json"]
        parse_float, schema = self.options.parse_float, self._schema
        find_unchecked = RecordFilter(schema).find_unchecked if schema is not None else None
        checker = Checker(schema, parse_float) if schema is not None else None
        reader = JsonReader(
            chunks, wanted=wanted, lines=by_line, parse_float=parse_float, find_unchecked=find_unchecked
        )
        yield Batch(findings=findings).finish()
        for block in reader.blocks():
            self.info = replace(self.info, entity=self.info.entity or reader.wrapper)
            records, numbers, lines = block.records, block.numbers, block.lines
            batch = Batch(records, numbers, lines, len(records) + block.skipped, block.findings)
            for place in block.suspects:
                batch.findings += record_mojibake(records[place], numbers[place], lines[place])
            if schema is not None and schema.entity == "events":
                batch.findings += event_type_warnings(records, numbers, lines)
            if checker is not None:
                for place in block.unchecked:
                    records[place], problems = checker.check(records[place])
                    batch.findings += [problem.finding(row=numbers[place], line=lines[place]) for problem in problems]
            yield batch.finish()


def _checked_text(chunks: Iterable[str]) -> Iterator[str]:
    """Text without the byte order mark that its decoding may have left; half a surrogate pair ends it."""
    first = True
    try:
        for chunk in chunks:
            text = chunk[1:] if first and chunk.startswith("\ufeff") else chunk
            first = first and not chunk
            lone = None if text.isascii() else SURROGATES.search(text)
            if lone is not None:
                yield text[: lone.start()]
                message = f"U+{ord(lone[0]):04X} is half of a surrogate pair; reading ends here"
                raise EndOfReading(make_finding("lone-surrogate", message, value=f"U+{ord(lone[0]):04X}"))
            if text:
                yield text
    except UnicodeDecodeError as error:
        excerpt = error.object[error.start : error.end][:8].hex(" ")
        message = f"{excerpt} is not {error.encoding}; reading ends here"
        hint = "open the file in binary mode, and the charset is found"
        raise EndOfReading(make_finding("undecodable-bytes", message, hint=hint, value=excerpt)) from None


def _take_sample(chunks: Iterator[str]) -> tuple[str, Callable[[int], Iterator[str]], bool]:
    """The beginning of the text, all of it again from an offset, and whether the beginning is everything."""
    parts: list[str] = []
    size, whole = 0, False
    failure: EndOfReading | None = None
    while size < SAMPLE_CHARS and not whole and failure is None:
        try:
            chunk = next(chunks, None)
        except EndOfReading as end:
            failure, chunk = end, None
        whole = chunk is None
        parts.append(chunk or "")
        size += len(parts[-1])
    sample = "".join(parts)

    def rest(start: int) -> Iterator[str]:
        if sample[start:]:
            yield sample[start:]
        if failure is not None:
            raise failure
        yield from chunks

    return sample, rest, whole


def _with_label(finding: Finding, labels: list[str]) -> Finding:
    if finding.label is not None or finding.column is None or finding.column > len(labels):
        return finding
    return replace(finding, label=labels[finding.column - 1])
