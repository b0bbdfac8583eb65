"""Blocks of a reading into a report, and what is checked across them.

In: blocks of records and findings. Out: their records as far as they are wanted, and a collector that has their
findings. The rule kept here: the collection of garbage is paused only while records are made, and goes on as before.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from threading import Lock

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES, Severity
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.flatten import Record
from custobar_formats.report.report import Collector
from custobar_formats.validation.across_records import CrossChecks


class PausedCollection:
    """No collection of garbage, until the last of all that paused it, in any thread, is done: it goes on as before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pauses = 0
        self._was_enabled = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._pauses:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._pauses += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._pauses -= 1
            if not self._pauses and self._was_enabled:
                gc.enable()


paused_collection = PausedCollection()
"""For records that are no garbage, but would be looked at again and again while they become more."""


def undisturbed(blocks: Iterator[RecordBlock]) -> Iterator[RecordBlock]:
    """Batches, each of which is made while the collection of garbage is paused.

    The next one is there before the last one goes. Between the two there are some hundred rows, columns and records
    more than at any record that a caller has, none of which is garbage; looking through them was a fifth of the time.
    After a pause, nothing that the collector counts may be made here before the last block is let go of: the collector
    would look through both.
    """
    while True:
        with paused_collection:
            block = next(blocks, None)
        if block is None:
            return
        yield block


def until_error(block: RecordBlock, collector: Collector) -> list[Record]:
    """The records of a block before its first error; the findings up to the row of that error are collected."""
    if not block.findings and not block.groups:
        collector.rows += block.rows
        collector.valid_rows += block.rows
        return block.records
    grave = (finding for finding in block.findings if collector.is_fatal(finding))
    rows = [finding.row for finding in grave if finding.row is not None]
    rows += [next(iter(group.rows)) for group in block.groups if collector.is_severe(group.code, group.severity)]
    failed = min(rows, default=None)
    if failed is not None:
        for group in block.groups:
            group.rows = {row: place for row, place in group.rows.items() if row <= failed}
    _settle(block, collector)
    last = max((place for place, finding in enumerate(block.findings) if finding.row == failed), default=0)
    collector.add_all(block.findings if failed is None else block.findings[: last + 1])
    good = sum(failed is None or number < failed for number in block.numbers)
    collector.rows += block.rows if failed is None else good + 1
    collector.valid_rows += good
    return block.records[:good]


def _settle(block: RecordBlock, collector: Collector) -> None:
    """Make the findings of a block that are wanted, and count the others."""
    block.make_findings(lambda group: collector.wants(group.code, group.key))
    for group in block.groups:
        collector.count(group.code, group.severity, group.key, list(group.rows))


def collect(block: RecordBlock, collector: Collector) -> None:
    """Add the findings and the rows of a block."""
    _settle(block, collector)
    collector.add_all(block.findings)
    collector.rows += block.rows
    collector.valid_rows += block.rows - len(block.invalid)
    collector.blank_cells.update(block.blanks)


def ignorable(codes: Collection[str]) -> Collection[str]:
    """The codes, each of which is one, and none an error's.

    Raises:
        UsageError: one is not, or is an error's.

    """
    for code in [codes] if isinstance(codes, str) else codes:
        if code not in CODES:
            raise UsageError(f"no code is called {code!r}")
        if CODES[code][0] is Severity.ERROR:
            raise UsageError(f"{code} is an error, which an upload would not ignore")
    return frozenset([codes] if isinstance(codes, str) else codes)


def make_cross_checks(entity: str | None) -> CrossChecks | None:
    """What checks the records of an entity against each other, if there is such."""
    return CrossChecks(entity) if entity is not None else None


def cross_check(block: RecordBlock, checks: CrossChecks | None, reading: Reading) -> None:
    """Add what the records of a block are found to be against those before."""
    if checks is not None:
        checks.add(block, reading.with_column)


def finish_checks(checks: CrossChecks | None, collector: Collector, reading: Reading) -> None:
    """Add what was found of the records as a whole."""
    if checks is None:
        return
    for was_valid, findings in checks.finish():
        collector.valid_rows -= was_valid
        collector.add_all(map(reading.with_column, findings))
    collector.revise(checks.explain())
