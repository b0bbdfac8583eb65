"""A source to the requests of an upload.

In: a source, a schema, limits. Out: batches. Rules: everything is read and validated before the first batch, and what
was validated is what is sent, whatever happens to the source meanwhile; the same source and options give the same
bytes; no batch exceeds a limit, but for a single record or sale.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from custobar_formats.core.entities import Entity
from custobar_formats.core.findings import Finding
from custobar_formats.core.scalars import ExactNumbers
from custobar_formats.files.digest import Digest
from custobar_formats.files.output import Destination
from custobar_formats.files.source import ByteInput, Source, TextInput, open_input, watched
from custobar_formats.mapping.model import MappingLike
from custobar_formats.pipeline.api_read import Blank, Format, ListGaps, planned
from custobar_formats.pipeline.checked import CheckedRecords
from custobar_formats.pipeline.collecting import ignorable, two_collectors
from custobar_formats.pipeline.jobs import Jobs, check_jobs, executor_of
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.record_input import RecordInput, as_input
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.report import Collector, InvalidData, Report
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.upload.batch import (
    BEGINS,
    FOLLOWS_TAKEN,
    LIMITS,
    BodyForm,
    Entries,
    Limits,
    Span,
    UploadBatch,
    checked_limits,
    make_batch,
    spans_of,
)
from custobar_formats.upload.bodies import Bodies, CsvBodies, JsonBodies
from custobar_formats.upload.oversize import oversize_warnings
from custobar_formats.upload.row_map import Spans, has_span
from custobar_formats.upload.sendable import check_sending, check_source
from custobar_formats.upload.spool import RecordSpool
from custobar_formats.upload.spooling import Spooling

AHEAD = 512
"""Entries that are read at once to find the end of a batch; then twice as many."""


DEFAULTS = Options()

ADVICE = "fix them in that file, and upload it too"


class Batches:
    """The batches of a source that was validated; they can be made more than once, until this is closed.

    Attributes:
        limits: those of the next batch.
        records: the number of records.
        rejected: the number of rejected rows.
        report: the report on the source.
        identified: whether each record has an identifier.
        taken: rows that were taken before; the bodies of some of them are left out.
        source_sha256, source_size: the digest and the size of the source's bytes.
        start: the size and the digest of its first bytes, as many as were asked for.

    """

    def __init__(
        self,
        spool: RecordSpool,
        form: BodyForm,
        limits: Limits,
        report: Report,
        rejected: int,
        digest: Digest,
        spooling: Spooling,
        rejects: ExitStack,
    ) -> None:
        self._spool = spool
        self._form = form
        self.limits = limits
        self.records = spool.count + spooling.left_out
        self.rejected = rejected
        self.report = report
        self.identified = spooling.identified
        self.taken = spooling.taken
        self.source_sha256, self.source_size = digest.finish()
        self.start = digest.start, digest.start_sha256
        self._rejects = rejects

    def __iter__(self) -> Iterator[UploadBatch]:
        """The batches, in the order in which they are sent."""
        return self.cut(lambda _: False)

    def cut(self, is_done: Callable[[tuple[Span, ...]], bool], taken: Spans = ()) -> Iterator[UploadBatch]:
        """The batches, without those whose rows are done; the limits may be lowered in between.

        ``taken``: the rows of earlier batches. They are cut as they were then, so that those between them are, too.
        """
        first, between = 0, len(self._form.between)
        while (first := self._after(first, taken)) < self._spool.count:
            entries = _before(self._next(first), taken) if taken else self._next(first)
            if not is_done(spans_of(entries)[0]):
                data = self._spool.read(entries.start, entries.ends[-1] - between)
                yield make_batch(self._form, data, entries)
            first += len(entries.rows)

    def _after(self, first: int, taken: Spans) -> int:
        """The number of the first record from one on that is not among the rows taken."""
        while taken and first < self._spool.count:
            entries = self._spool.entries(first, AHEAD)
            if not all(has_span(taken, *span) for span in spans_of(entries)[0]):
                return first + next(place for place, row in enumerate(entries.rows) if not has_span(taken, row, row))
            first += len(entries.rows)
        return first

    def restore(self, other: Batches) -> bool:
        """Take the records of another reading, where none is left out; whether it is of the same source.

        The other one is used up.
        """
        if (other.source_sha256, other.records) != (self.source_sha256, self.records):
            other.close()
            return False
        self._spool.close()
        other.drop_rejects()
        self._spool, self._form, self.taken = other._spool, other._form, other.taken
        return True

    def write_rejects(self) -> None:
        """Let the file of rejected rows appear.

        Raises:
            OSError: it cannot be written.

        """
        self._rejects.close()

    def drop_rejects(self) -> None:
        """Leave the file of rejected rows as it was before, if it has not appeared."""
        with suppress(_Dropped), self._rejects:
            raise _Dropped

    def count_beyond(self, rows: Spans) -> int:
        """How many records are not among some rows; none of those that are left out."""
        count = 0
        for first in range(0, self._spool.count, AHEAD):
            entries = self._spool.entries(first, AHEAD)
            if not all(has_span(rows, *span) for span in spans_of(entries)[0]):
                count += sum(not has_span(rows, row, row) for row in entries.rows)
        return count

    def lines(self, rows: Collection[int]) -> dict[int, int]:
        """The lines where some rows begin."""
        found: dict[int, int] = {}
        for first in range(0, self._spool.count if rows else 0, AHEAD):
            _, _, numbers, lines, _ = self._spool.entries(first, AHEAD)
            found |= {row: line for row, line in zip(numbers, lines, strict=True) if row in rows}
        return found

    def each(self) -> Iterator[tuple[int, int, bytes]]:
        """The row, the line and the text of each record that is not left out, in the order in which they are sent."""
        between = len(self._form.between)
        for first in range(0, self._spool.count, AHEAD):
            start, ends, rows, lines, _ = self._spool.entries(first, AHEAD)
            data = self._spool.read(start, ends[-1])
            begins = [0, *(end - start for end in ends)]
            for place, (row, line) in enumerate(zip(rows, lines, strict=True)):
                yield row, line, data[begins[place] : begins[place + 1] - between]

    def _next(self, first: int) -> Entries:
        """The entries of the batch from a record on: as many units as the limits allow, and at least one."""
        most, room = self.limits.max_records, self.limits.max_bytes - self._form.overhead
        size = AHEAD
        while True:
            entries = self._spool.entries(first, size + 1)
            there = len(entries.rows)
            fits = min(most, bisect_right(entries.ends, entries.start + room)) if room > 0 else 0
            if fits >= there:
                if there <= size:
                    return entries  # the last ones
            else:
                begins = [place for place in range(fits, 0, -1) if entries.marks[place] & BEGINS][:1]
                begins = begins or [place for place in range(fits + 1, there) if entries.marks[place] & BEGINS][:1]
                if begins:
                    return entries.part(0, begins[0])
                if there <= size:
                    return entries
            size *= 2

    def close(self) -> None:
        """Remove the temporary files."""
        self.drop_rejects()
        self._spool.close()

    def __enter__(self) -> Batches:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Dropped(Exception):
    """The file that was written is not to appear."""


def _before(entries: Entries, taken: Spans) -> Entries:
    """The entries of a batch up to where taken rows are or were."""
    for place, (row, mark) in enumerate(zip(entries.rows, entries.marks, strict=True)):
        if (place and mark & FOLLOWS_TAKEN) or has_span(taken, row, row):
            return entries.part(0, place)
    return entries


def batches(
    source: Source | TextInput | ByteInput | Iterable[Mapping[str, Any]],
    schema: SchemaLike | Schema | None = None,
    *,
    max_records: int = LIMITS.max_records,
    max_bytes: int = LIMITS.max_bytes,
    send: Literal["json", "csv"] = "json",
    mapping: MappingLike | None = None,
    rejects: Destination | None = None,
    format: Format | None = None,  # noqa: A002 - the field's word
    encoding: str | None = None,
    delimiter: str | None = None,
    content_type: str | None = None,
    blank: Blank = "omit",
    list_gaps: ListGaps = "error",
    entity: Entity | None = None,
    header: int | None = None,
    sheet: str | int | None = None,
    min_rows: int | None = None,
    jobs: Jobs = 1,
) -> Iterator[UploadBatch]:
    """The requests that upload a source, one after the other; nothing is sent.

    The whole source is read and validated at the first one, and kept in temporary files, so memory does not grow with
    it. Send the batches in their order, one at a time: a later record may update an earlier one.

    Args:
        source: as in ``validate``.
        schema: the name of an entity, or a schema as in ``from_csv``; a mapping has an entity of its own.
        max_records: the number of records in a request at most. All rows of a sale go into one, even if they are more.
        max_bytes: the size of a body at most, in bytes; a larger record, or sale, goes alone.
        send: ``"json"``, or ``"csv"`` for the rows of a CSV file as they are, where a blank cell may erase a value.
        rejects: where rows with errors go (a path or a binary stream), as in ``convert --rejects``; without, an error
            raises InvalidData.
        mapping, format, encoding, delimiter, content_type, blank, list_gaps, entity, header, sheet, min_rows, jobs: as
            in ``validate``; ``send="csv"`` is read by one process.

    Raises:
        InvalidData: the data has errors; raised before the first batch.
        UsageError: an argument cannot be used.
        NotExpressible: one of the records given has a value that JSON does not have.
        OSError: a file cannot be read or written.

    Source: https://www.custobar.com/docs/api/data-import-formats/

    Example:
        >>> (batch,) = batches("external_id,price\\nP1,2490\\n", "products")
        >>> batch.path, batch.content_type, batch.rows, batch.lines
        ('/api/products/upload/', 'application/json', ((1, 1),), ((2, 2),))
        >>> batch.body
        b'{"products":[\\n{"external_id":"P1","price":2490}\\n]}\\n'

    """
    limits = checked_limits(max_records=max_records, max_bytes=max_bytes)
    plan, compiled = planned(mapping, schema)
    how = (format, encoding, delimiter, content_type, blank, list_gaps, entity, float, min_rows, header, plan, sheet)
    options = Options(*how)
    check_sending(source, compiled if schema is None else schema, options, send, rejects)
    check_jobs(jobs)
    return _made(partial(open_batches, source, compiled, options, limits=limits, send=send, rejects=rejects, jobs=jobs))


def _made(open_: Callable[[], Batches]) -> Iterator[UploadBatch]:
    with open_() as found:
        found.write_rejects()
        yield from found


def open_batches(
    source: Any,
    schema: SchemaLike | Schema | None,
    options: Options = DEFAULTS,
    *,
    limits: Limits = LIMITS,
    send: str = "json",
    rejects: Destination | None = None,
    strict: bool = False,
    ignore: Collection[str] = (),
    jobs: Jobs = 1,
    on_finding: Callable[[Finding], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
    taken: Spans = (),
    start: int = 0,
) -> Batches:
    """Read and validate a source; the batches are to be closed. The arguments are those of ``batches`` and ``convert``.

    ``taken``: rows that were sent before; where whole blocks of them are, their records are only validated. ``start``:
    how many first bytes of the source have a digest of their own. The rejects appear with ``write_rejects``.

    Raises:
        InvalidData: the data has errors.
        UsageError: an argument cannot be used.
        NotExpressible: one of the records given has a value that JSON does not have.
        OSError: a file cannot be read or written.

    """
    entity = check_sending(source, schema, options, send, rejects)
    compiled, numbers = compile_schema(schema), ExactNumbers()
    given, options = as_input(source, options, count_blanks=False)
    collector, second = two_collectors(on_finding, ignore=ignorable(ignore, compiled), strict=strict)
    spooling, is_csv, separates = Spooling(entity, taken), send == "csv", rejects is not None
    with (
        executor_of(1 if is_csv else jobs) as executor,
        spooling,
        open_input(given) as opened,
        closing(given) if isinstance(given, RecordInput) else nullcontext(),
    ):
        digest = watched(opened, start)
        check_source(opened, options, send, separates=separates)
        needless = spooling.is_needless if taken else None
        wanted = Wanted(not is_csv, not is_csv, as_read=is_csv, findings=collector.limit, is_needless=needless)
        how = replace(options, parse_float=numbers)
        flags: dict[str, Any] = {"crosses": True, "separates": separates, "executor": executor}
        found = CheckedRecords(opened, compiled, how, wanted, collector, on_progress=on_progress, **flags)
        bodies: Bodies = CsvBodies(entity, found.reading) if is_csv else JsonBodies(entity, numbers)
        with ExitStack() as stack:
            blocks = found.valid(second) if rejects is None else found.separated(rejects, stack, ADVICE)
            for block in blocks:
                spooling.add(block, bodies)
            spool, form = spooling.finish(), bodies.form
            room = limits.max_bytes - form.overhead
            warnings = oversize_warnings(spool, limits.max_records, room) if spooling.may_exceed(room) else ()
            report = _report_with(warnings, collector, found.reading.info)
            digest.finish()
            if isinstance(opened, ByteInput):
                opened.check_unchanged()  # what was read in ranges has its digest only now
            return Batches(spool, form, limits, report, found.rejected, digest, spooling, stack.pop_all())


def _report_with(warnings: Iterable[Finding], collector: Collector, info: SourceInfo) -> Report:
    """The report, with more warnings, of which one may be fatal."""
    is_refused = False
    for warning in warnings:
        collector.add(warning)
        is_refused |= collector.is_fatal(warning)
    report = collector.build(info)
    if is_refused:
        raise InvalidData(report)
    return report
