"""The records of a source that may go on: all of a valid one, or those without an error.

In: an opened source, and how to read it. Out: blocks of good records; the rejected rows in a file. Rules: an error that
no row can be rejected for raises ``InvalidData``, after the last block at the latest; what shows only at the end of the
source, such as mixed amounts of money, is found by a second reading.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from custobar_formats.core.errors import UsageError
from custobar_formats.files.output import Destination, open_whole_output
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.collecting import (
    collect,
    collect_all,
    cross_check,
    finish_checks,
    make_cross_checks,
    undisturbed,
    until_error,
)
from custobar_formats.pipeline.jobs import Executor
from custobar_formats.pipeline.options import Options, Wanted, entity_of
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.report.report import Collector, InvalidData
from custobar_formats.schema.compiled import Schema

if TYPE_CHECKING:
    from custobar_formats.pipeline.rejects import RejectsFile
    from custobar_formats.validation.across_records import CrossChecks


class CheckedRecords:
    """The records of one source, and their entity; no record comes after an error that ends the run.

    With ``streams``, records come as they are read, up to the first error; ``crosses``: they are checked against each
    other. ``separates`` is whether ``separated`` will be used. ``executor`` may read ranges of the source; blocks then
    have JSON lines in place of records.
    """

    def __init__(
        self,
        opened: TextInput | ByteInput,
        schema: Schema | None,
        options: Options,
        wanted: Wanted,
        collector: Collector,
        *,
        crosses: bool,
        separates: bool,
        streams: bool = False,
        on_progress: Callable[[int], None] | None = None,
        executor: Executor | None = None,
    ) -> None:
        if separates and collector.is_strict:
            executor = None  # whether a row is a duplicate, and goes to the rejects, shows only here
        reading, checks = _plan(opened, schema, options, wanted, executor, crosses=crosses, separates=separates)
        if separates:
            from custobar_formats.pipeline.rejects import look_ahead

            reading, checks = look_ahead(reading, checks, collector)
        blocks, self.entity = _find_entity(reading)
        if crosses and checks is None:
            checks = make_cross_checks(self.entity)
        self.reading = reading
        self.count = 0
        self._collector = collector
        self._crosses = crosses
        self._streams = streams
        self._checks = checks
        self._blocks = blocks if on_progress is None else _reporting_progress(blocks, on_progress)
        self._rejects: RejectsFile | None = None

    @property
    def rejected(self) -> int:
        """The number of rejected rows."""
        return 0 if self._rejects is None else self._rejects.count

    def _counted(self, blocks: Iterator[RecordBlock]) -> Iterator[RecordBlock]:
        for block in blocks:
            if block.numbers:
                self.count += len(block.numbers)
                yield block

    def valid(self, second: Collector) -> Iterator[RecordBlock]:
        """The records of a file that is used as a whole or, if streaming, up to the first error.

        ``second`` collects the findings if the file must be read again to find all of them.

        Raises:
            InvalidData: the data has errors; it is raised after the last record.

        """
        yield from self._counted(self._until_error() if self._streams else self._checked())
        reading, collector = self.reading, self._collector
        mixed = reading.find_mixed() if self._crosses and reading.has_money else None
        if mixed:
            wanted = replace(reading.wanted, records=False, texts=False)
            reading, collector = reading.again(mixed, wanted), second
            collect_all(reading, make_cross_checks(self.entity), collector)
        if collector.fails:
            raise InvalidData(collector.build(reading.info))

    def separated(self, rejects: Destination, stack: ExitStack, advice: str) -> Iterator[RecordBlock]:
        """The records without an error; the rows of the others go to the rejects, with the advice what to do there."""
        from custobar_formats.pipeline.rejects import RejectsFile, Separation

        name = os.fsdecode(rejects) if isinstance(rejects, (str, os.PathLike)) else "the rejects"
        self._rejects = RejectsFile(stack.enter_context(open_whole_output(rejects)), name)
        separation = Separation(self.reading, self._collector, self._rejects, self._checks, advice)
        return self._counted(separation.blocks(self._blocks))

    def _until_error(self) -> Iterator[RecordBlock]:
        for block in self._blocks:
            until_error(block, self._collector)
            yield block
            if self._collector.fails:
                return

    def _checked(self) -> Iterator[RecordBlock]:
        for block in self._blocks:
            cross_check(block, self._checks, self.reading)
            collect(block, self._collector)
            if not self._collector.fails:
                yield block
        finish_checks(self._checks, self._collector, self.reading)


def _plan(
    opened: TextInput | ByteInput,
    schema: Schema | None,
    options: Options,
    wanted: Wanted,
    executor: Executor | None,
    *,
    crosses: bool,
    separates: bool,
) -> tuple[Reading, CrossChecks | None]:
    """The reading, and the checks across records.

    For CSV, both must be known before reading; for JSON, a wrapper may name the entity later.
    """
    entity = entity_of(schema, options) if crosses else None
    checks = make_cross_checks(entity)
    wanted = replace(wanted, as_read=wanted.as_read or separates)
    if checks is not None:
        wanted = replace(wanted, fields=checks.fields, crossed=entity)
    has_sales = separates and checks is not None and checks.sales is not None
    # the rows of a sale are rejected together, also those without an error of their own
    reading = Reading(opened, schema, options, wanted, executor=None if has_sales else executor)
    if has_sales and isinstance(opened, TextInput):
        raise UsageError("text can be read only once: give its bytes")
    if has_sales or (crosses and reading.has_money):
        opened.make_rereadable()  # its end may show that something before it is wrong
    return reading, checks


def _find_entity(reading: Reading) -> tuple[Iterator[RecordBlock], str | None]:
    """The blocks, and the entity, which a wrapper may name in the first block with records."""
    blocks = undisturbed(reading.blocks())
    first: list[RecordBlock] = []
    for block in blocks:
        first.append(block)
        if block.records or len(first) == 2:  # the first is about the file, the second has the wrapper
            break
    return chain(first, blocks), reading.info.entity


def _reporting_progress(blocks: Iterator[RecordBlock], on_progress: Callable[[int], None]) -> Iterator[RecordBlock]:
    """The blocks; ``on_progress`` is called with the number of rows after each block has been used."""
    rows = 0
    for block in blocks:
        yield block
        rows += block.rows
        on_progress(rows)


def unless_empty(blocks: Iterator[RecordBlock]) -> Iterator[RecordBlock] | None:
    """The blocks, or None if there is none."""
    first = next(blocks, None)
    return None if first is None else chain([first], blocks)
