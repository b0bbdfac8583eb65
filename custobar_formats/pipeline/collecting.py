"""Blocks of a reading into a report, and what is checked across them.

In: blocks of records and findings. Out: their records as far as they are wanted, and a collector that has their
findings. The rule kept here: the collection of garbage is paused only while records are made and nobody else is there
to notice, and goes on as before.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TypeVar

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES, Severity
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.flatten import Record
from custobar_formats.report.report import Collector
from custobar_formats.validation.across_records import CrossChecks

Step = TypeVar("Step")

_owed = False
"""Whether the collection of garbage is off because of a pause here. Only a main thread that is alone changes it."""


def is_alone() -> bool:
    """Whether this is the main thread, and no other lives: none of ``threading``, and none that runs Python at all."""
    if threading.get_ident() != threading.main_thread().ident:
        return False
    return threading.active_count() == 1 and len(sys._current_frames()) == 1


def paused(step: Callable[[], Step]) -> Step:
    """What a step gives, made while the collection of garbage is paused, if nobody else can notice.

    It is a setting of the whole process: threads that live beside this one would make garbage that is never collected
    for as long as some step or other is running. So it is paused by a main thread that is alone, and by no other. It
    goes on whatever is raised, and wherever: a handler of a signal may raise between any two instructions, those of
    ``finally`` among them, which is why there are two. What an exception in each of the two would leave off, the next
    pause ends. A pause within another one ends both, since each leaves the collection on that it, or one before, had
    found so.
    """
    global _owed
    if not (_owed or gc.isenabled()) or not is_alone():
        return step()
    try:
        try:
            _owed = True
            gc.disable()
            return step()
        finally:
            gc.enable()
            _owed = False
    finally:
        gc.enable()
        _owed = False


def _resume_in_child() -> None:
    """A process that was forked during a pause has the collection of garbage as it was before."""
    global _owed
    if _owed:
        gc.enable()
        _owed = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_resume_in_child)


def undisturbed(blocks: Iterator[RecordBlock]) -> Iterator[RecordBlock]:
    """Blocks, each of which is made while the collection of garbage is paused.

    The next one is there before the last one goes. Between the two there are some hundred rows, columns and records
    more than at any record that a caller has, none of which is garbage; looking through them costs 3 to 15 %.
    After a pause, nothing that the collector counts may be made here before the last block is let go of: the collector
    would look through both.
    """
    make_next: Callable[[], RecordBlock | None] = partial(next, blocks, None)
    while (block := paused(make_next)) is not None:
        yield block


def until_error(block: RecordBlock, collector: Collector) -> list[Record]:
    """The records of a block before its first error; the findings up to the row of that error are collected."""
    if not block.findings and not block.groups:
        collector.rows += block.rows
        collector.valid_rows += block.rows
        return block.records
    grave = (finding for finding in block.findings if collector.is_fatal(finding))
    fatal = [finding.row for finding in grave if finding.row is not None]
    fatal += [next(iter(group.rows)) for group in block.groups if collector.is_severe(group.code, group.severity)]
    failed = min(fatal, default=None)
    if failed is not None:
        for group in block.groups:
            group.rows = {row: place for row, place in group.rows.items() if row <= failed}
        block.groups = [group for group in block.groups if group.rows]
        before = [
            place for place, finding in enumerate(block.findings) if finding.row is not None and finding.row <= failed
        ]
        block.findings = block.findings[: before[-1] + 1] if before else []
    _settle(block, collector)
    collector.add_all(block.findings)
    good = sum(failed is None or number < failed for number in block.numbers)
    collector.rows += block.rows if failed is None else good + 1
    collector.valid_rows += good
    return block.records[:good]


def _settle(block: RecordBlock, collector: Collector) -> None:
    """Make the findings of a block that are wanted, and count the others."""
    block.make_findings(lambda group: collector.wants(group.code, group.severity, group.key))
    for group in block.groups:
        collector.count(group.code, group.severity, group.key, list(group.rows))
    block.groups = []


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
            raise UsageError(f"unknown code {code!r}")
        if CODES[code][0] is Severity.ERROR:
            raise UsageError(f"{code} is an error, and errors cannot be ignored")
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
