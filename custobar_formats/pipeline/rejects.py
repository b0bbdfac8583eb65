"""Rows with errors, separated from the records without errors.

In: blocks of a reading, with the original rows. Out: the good records, and a CSV file of the rejected rows with the
header, the delimiter, the encoding and the cells of the original, after a first column with the reasons. Rules: each
row goes to one of the two; a sale stays whole, because its rows belong together; a blank cell that takes the value
above it has that value, because the row above may be elsewhere; no reason runs as a formula.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from custobar_formats.core.findings import Finding, cut, make_finding
from custobar_formats.core.limits import MAX_MESSAGE_CHARS, MAX_REASONS_CHARS
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.writer import quote_row
from custobar_formats.files.output import Output
from custobar_formats.pipeline.collecting import collect, cross_check, finish_checks, undisturbed
from custobar_formats.pipeline.options import Wanted
from custobar_formats.pipeline.original import Original
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.header import REJECTED_LABEL
from custobar_formats.report.report import Collector, InvalidData
from custobar_formats.text.artefacts import defused
from custobar_formats.text.windows import encode_escaped
from custobar_formats.validation.across_records import CrossChecks
from custobar_formats.validation.sales import REJECTED, Sales, faults_of_sale

SALE = "sale_external_id"

WITH_SALE = "rejected with its sale: another row of the sale has an error"


class RejectsFile:
    """The file of rejected rows; it has a header even if no row is rejected."""

    def __init__(self, output: Output, name: str) -> None:
        self._output = output
        self.name = name
        self._original: Original | None = None
        self._reasons: int | None = None
        self._withheld: tuple[int, ...] = ()
        self.count = 0

    @property
    def withheld(self) -> list[str]:
        """The names of the columns that are left out."""
        return [] if self._original is None else [self._original.labels[place] for place in self._withheld]

    def begin(self, original: Original | None, withheld: tuple[int, ...] = ()) -> None:
        """Write the header once, as soon as there is one; the columns at some places are left out."""
        if self._original is not None or original is None:
            return
        self._original, self._withheld = original, withheld
        self._reasons = original.labels.index(REJECTED_LABEL) if REJECTED_LABEL in original.labels else None
        first = f"sep={original.delimiter}{original.line_end}" if original.announced else ""
        header = self._shown(original.labels)
        self._write(first + self._line([REJECTED_LABEL, *header]), start=True)

    def add(self, rows: Iterable[tuple[list[str], list[str]]]) -> None:
        """Write rows, each with its reasons."""
        lines = []
        for cells, reasons in rows:
            lines.append(self._line([defused(joined_reasons(reasons)), *self._shown(cells)]))
        if lines:
            self.count += len(lines)
            self._write("".join(lines), start=False)

    def _shown(self, cells: list[str]) -> list[str]:
        """The original row, without the reasons of an earlier run, and without what is withheld.

        In a row of another width, what is withheld may be in any cell to which the missing or surplus cells move it.
        """
        assert self._original is not None
        surplus = len(cells) - len(self._original.labels)
        hidden = {place + step for place in self._withheld for step in range(min(surplus, 0), max(surplus, 0) + 1)}
        hidden |= set() if self._reasons is None else {self._reasons}
        return [cell for place, cell in enumerate(cells) if place not in hidden] if hidden else cells

    def _line(self, cells: list[str]) -> str:
        assert self._original is not None
        return self._original.delimiter.join(quote_row(cells)) + self._original.line_end

    def _write(self, text: str, *, start: bool) -> None:
        assert self._original is not None
        # The reasons may quote characters that the encoding lacks; the cells have none of these.
        data = encode_escaped(text, self._original.codec)
        self._output.write(self._original.mark + data if start else data)

    def finish(self) -> None:
        """Flush the file, before the other one appears."""
        self._output.flush()


class Separation:
    """Separates blocks: returns the good records, and writes the rows that are rejected."""

    def __init__(
        self, reading: Reading, collector: Collector, file: RejectsFile, checks: CrossChecks | None, advice: str
    ) -> None:
        self._reading = reading
        self._collector = collector
        self._file = file
        self._checks = checks
        self._advice = advice
        self._with_sales = self._kept = 0

    def blocks(self, blocks: Iterator[RecordBlock]) -> Iterator[RecordBlock]:
        """The blocks with the records that are not rejected.

        Raises:
            InvalidData: there is an error that is not about one row, so that nothing can be separated.

        """
        for block in blocks:
            cross_check(block, self._checks, self._reading)
            block.make_findings(lambda group: self._collector.is_severe(group.code, group.severity))
            collect(block, self._collector)
            reasons = self._reasons(block)
            self._file.begin(self._reading.original, self._reading.withheld)
            self._file.add((cells, reasons[row]) for row, cells in block.as_read if row in reasons)
            block.leave_out(reasons)
            self._kept += len(block.numbers)
            yield block
        finish_checks(self._checks, self._collector, self._reading)
        if self._checks is not None and self._checks.sales is not None:
            self._collector.valid_rows = self._kept  # a row is valid only with its whole sale
        self._file.begin(self._reading.original, self._reading.withheld)
        self._file.finish()
        if self._file.count:
            self._collector.add(self._make_notice())

    def _reasons(self, block: RecordBlock) -> dict[int, list[str]]:
        """The reasons for rejecting rows of a block, by row."""
        reasons: dict[int, list[str]] = {}
        rows = {row for row, _ in block.as_read}
        for finding in block.findings:
            if self._collector.is_fatal(finding):
                if finding.row not in rows:
                    raise InvalidData(self._collector.build(self._reading.info))
                reasons.setdefault(finding.row, []).append(reason_of(finding))
        if self._checks is not None and self._checks.sales is not None:
            self._reject_sales(self._checks.sales, block, reasons)
        return reasons

    def _reject_sales(self, sales: Sales, block: RecordBlock, reasons: dict[int, list[str]]) -> None:
        """Add the reasons of rows whose sale is rejected as a whole."""
        named = sales_of(self._reading, block)
        for row, bits in zip(named, sales.bits_of(list(named.values())), strict=True):
            if faults := faults_of_sale(bits):
                reasons.setdefault(row, []).extend(map(reason_of, faults))
            elif bits & REJECTED and row not in reasons:
                reasons[row] = [WITH_SALE]
                self._with_sales += 1

    def _make_notice(self) -> Finding:
        count = self._file.count
        message = f"{count:,} row{'' if count == 1 else 's'} rejected and written to {self._file.name}"
        more = f", {self._with_sales:,} of them because of another row of their sale" if self._with_sales else ""
        if self._file.withheld:
            more += f", without {', '.join(map(shown, self._file.withheld))}: it should not leave your systems"
        return make_finding("rejected-rows", message + more, hint=self._advice)


def find_sales(reading: Reading, collector: Collector, checks: CrossChecks) -> None:
    """Find the sales to reject as a whole; the reading is used up, and nothing is collected."""
    for block in undisturbed(reading.blocks()):
        cross_check(block, checks, reading)
        block.make_findings(lambda group: collector.is_severe(group.code, group.severity))
        wrong = {finding.row for finding in block.findings if collector.is_fatal(finding)}
        if wrong and checks.sales is not None:
            checks.sales.reject([sale for row, sale in sales_of(reading, block).items() if row in wrong])


def sales_of(reading: Reading, block: RecordBlock) -> dict[int, str]:
    """The sales that the rows of a block belong to, by row; none for rows without one, or that end before it."""
    if reading.is_mapped:
        sales = zip(block.numbers, block.values(SALE), strict=True)
        return {row: sale for row, sale in sales if isinstance(sale, str) and sale}
    place, rows = reading.place_of(SALE), block.as_read
    if place is None:
        return {}
    return {row: cells[place] for row, cells in rows if place < len(cells) and cells[place]}


def look_ahead(
    reading: Reading, checks: CrossChecks | None, collector: Collector
) -> tuple[Reading, CrossChecks | None]:
    """A reading, and checks, that find every error in its row.

    Only the end of a file shows whether a sale is complete and whether a field of money is mixed; so a file that may
    have one of them is read once beforehand. The source is rereadable.
    """
    if checks is None or checks.sales is None:
        if not reading.has_money:
            return reading, checks
        first = reading.again(wanted=Wanted(records=False, findings=0))
        for _ in undisturbed(first.blocks()):
            if not first.has_money:
                break
        return first.again(first.find_mixed(), reading.wanted), checks
    find_sales(reading, collector, checks)
    mixed = reading.find_mixed()
    if mixed:
        reading, checks = reading.again(mixed), CrossChecks("sales")
        find_sales(reading, collector, checks)
    return reading.again(mixed), CrossChecks("sales", checks.sales)


def joined_reasons(reasons: list[str]) -> str:
    """The reasons as one text; those that would make it too long for a cell are only counted.

    Example:
        >>> joined_reasons(["wrong-type", "x" * 31_980, "bad-path", "too-deep"])[-25:]
        'xxxxxxxxxxxxx; and 2 more'

    """
    ends = list(accumulate(len(reason) + 2 for reason in reasons))
    if ends[-1] <= MAX_REASONS_CHARS:
        return "; ".join(reasons)
    count = max(1, bisect_right(ends, MAX_REASONS_CHARS))
    return "; ".join([*reasons[:count], f"and {len(reasons) - count:,} more"])


def reason_of(finding: Finding) -> str:
    """The error as text for a cell."""
    label = f" [{cut(finding.label, MAX_MESSAGE_CHARS)}]" if finding.label else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"{finding.code}{label}: {finding.message}{hint}"
