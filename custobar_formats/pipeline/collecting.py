"""The blocks of a reading to a report, and the checks across them.

In: blocks of records and findings. Out: the wanted records, and a collector with the findings. Rule: garbage collection
pauses only while records are made, and not while a caller handles them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from custobar_formats.core.arguments import check_callables, check_count
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES, OF_RULES, WARNED_BY_BUNDLED, Finding, Severity
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown
from custobar_formats.files.pausing import paused
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.report.report import Collector
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.across_records import CrossChecks
from custobar_formats.validation.mixed_money import MIXED


def undisturbed(blocks: Iterator[RecordBlock]) -> Iterator[RecordBlock]:
    """The blocks, each made while garbage collection is paused.

    The next block is made before the last one is freed. In between, there are some hundred rows, columns and records
    more than while the caller handles a record, and none of them is garbage; scanning them costs 3 to 15 %. After a
    pause, nothing that the garbage collector counts may be made here before the last block is freed, or the collector
    would scan both.
    """
    make_next: Callable[[], RecordBlock | None] = partial(next, blocks, None)
    while (block := paused(make_next)) is not None:
        yield block


def until_error(block: RecordBlock, collector: Collector) -> None:
    """Keep the records of a block before its first error, and add the findings up to the row of that error."""
    if not block.findings and not block.groups:
        collector.rows += block.rows
        collector.valid_rows += block.rows
        return
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
    block.keep_first(good)


def _settle(block: RecordBlock, collector: Collector) -> None:
    """Make the wanted findings of a block, and count the others."""
    block.make_findings(lambda group: collector.wants(group.code, group.severity, group.key))
    for group in block.groups:
        collector.count(group.code, group.severity, group.key, group.all_rows())
    block.groups = []


def collect(block: RecordBlock, collector: Collector) -> None:
    """Add the findings and the rows of a block."""
    _settle(block, collector)
    collector.add_all(block.findings)
    collector.rows += block.rows
    collector.valid_rows += block.rows - len(block.invalid)
    collector.blank_cells.update(block.blanks)


def ignorable(codes: Collection[str], schema: Schema | None) -> Collection[str]:
    """The codes to ignore, checked; only their warnings and notices are ignored, never their errors.

    Raises:
        UsageError: a code is unknown, or is always an error's under this schema.

    """
    warned = WARNED_BY_BUNDLED if schema is None or schema.is_bundled or not schema.has_warnings else OF_RULES
    codes = [codes] if isinstance(codes, str) else codes
    if not isinstance(codes, Collection) or not all(isinstance(code, str) for code in codes):
        raise UsageError(f"ignore={shown(codes)}: give a list of codes, such as ['unknown-label']")
    for code in codes:
        if code not in CODES:
            close = near(code, tuple(CODES))
            raise UsageError(f"unknown code {shown(code)}" + (f": did you mean {shown(close)}?" if close else ""))
        if CODES[code][0] is Severity.ERROR and code not in warned:
            raise UsageError(f"{code} is an error, and errors cannot be ignored")
    return frozenset(codes)


def make_cross_checks(entity: str | None) -> CrossChecks | None:
    """The checks of an entity's records against each other; None without an entity."""
    return CrossChecks(entity) if entity is not None else None


def cross_check(block: RecordBlock, checks: CrossChecks | None, reading: Reading) -> None:
    """Check the records of a block against those before, and add the findings."""
    if checks is not None:
        checks.add(block, reading.with_column)


def finish_checks(checks: CrossChecks | None, collector: Collector, reading: Reading) -> None:
    """Add the findings about all records together, and give each the fix that its whole column decides."""
    if reading.decided is not None:
        for _ in range(2):  # the first time shows which columns of money cannot be changed as a whole
            collector.revise(reading.decided)
    if checks is None:
        return
    for was_valid, findings in checks.finish():
        collector.valid_rows -= was_valid
        collector.add_all(map(reading.with_column, findings))
    collector.revise(checks.explain())


def collect_all(reading: Reading, checks: CrossChecks | None, collector: Collector) -> None:
    """Add all findings of a reading."""
    for block in undisturbed(reading.blocks()):
        cross_check(block, checks, reading)
        collect(block, collector)
    finish_checks(checks, collector, reading)


def two_collectors(
    on_finding: Callable[[Finding], None] | None, *, keep: int | None = None, **how: Any
) -> tuple[Collector, Collector]:
    """A collector, and one for a second reading, which passes on only the findings that the first could not have.

    Raises:
        UsageError: ``on_finding`` is no function, or ``keep``, which callers give as ``max_findings``, no number.

    """
    check_count("max_findings", keep)
    check_callables(on_finding=on_finding)

    def on_mixed(finding: Finding) -> None:
        if on_finding is not None and finding.code == MIXED:
            on_finding(finding)

    return Collector(on_finding, keep=keep, **how), Collector(on_mixed, keep=keep, **how)


class Heard:
    """Passes findings on, each once, if the same ones are found again from the start."""

    def __init__(self, on_finding: Callable[[Finding], None]) -> None:
        self._on_finding = on_finding
        self._count = self._skipped = 0

    def __call__(self, finding: Finding) -> None:
        """Pass a finding on."""
        if self._skipped:
            self._skipped -= 1
        else:
            self._count += 1
            self._on_finding(finding)

    def again(self) -> None:
        """The same ones follow."""
        self._skipped = self._count
