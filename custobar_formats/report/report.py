"""Findings to a report: immutable, with exact counts, and mergeable.

In: findings, one after the other. Out: a report that keeps some of them and counts all. Rule: the same input gives the
same report, and reports of the parts of a file merge into the report of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from custobar_formats.core.errors import CustobarFormatsError, UsageError
from custobar_formats.core.findings import CODES, Finding, Severity, column_key, make_finding, order
from custobar_formats.core.limits import KEPT_PER_COLUMN, MAX_BUCKETS, MAX_COUNTED_PLACES
from custobar_formats.core.scalars import plain_scalar
from custobar_formats.report.contents import Counts, Histogram, ReportContents, SourceInfo

OTHER_PLACES = "(other places)"


class _HistogramBuilder:
    def __init__(self) -> None:
        self.width = 1
        self.counts: Counter[int] = Counter()

    def add_all(self, rows: list[int]) -> None:
        """Add a finding in each of these rows, which ascend."""
        if rows and (rows[0] - 1) // self.width == (rows[-1] - 1) // self.width:
            self.add(rows[-1], len(rows))
        else:
            for row in rows:
                self.add(row)

    def add(self, row: int, count: int = 1) -> None:
        while (row - 1) // self.width >= MAX_BUCKETS:
            self._double()
        self.counts[(row - 1) // self.width] += count

    def _double(self) -> None:
        self.width *= 2
        halved: Counter[int] = Counter()
        for bucket, count in self.counts.items():
            halved[bucket // 2] += count
        self.counts = halved

    def merge(self, other: Histogram) -> None:
        while self.width < other.width:
            self._double()
        for bucket, count in enumerate(other.counts):
            if count:
                self.add(bucket * other.width + 1, count)

    def build(self) -> Histogram:
        last = max(self.counts, default=-1)
        return Histogram(self.width, tuple(self.counts[bucket] for bucket in range(last + 1)))


@dataclass(frozen=True, slots=True)
class Report(ReportContents):
    """The result of a check of a file.

    Attributes:
        findings: those kept, in file order: by default at most 100 of one code in one column.
        counts: the exact numbers of all findings.
        rows: rows (or JSON records) that are records or should be.
        valid_rows: those without an error; 0 after an error in the header. Where rows are rejected: those of sales
            without one.
        source: how the file was read.
        histogram: where in the file the findings are.
        blank_cells: the number of blank CSV cells by column name, if they were counted. In an upload, each may erase
            a stored value.
        strict: whether warnings count as errors, as with ``--strict``.

    Example:
        >>> from custobar_formats import validate
        >>> report = validate("external_id,price\\nP1,24.90\\n", "products")
        >>> report.valid, report.counts.by_code
        (False, {'wrong-type': 1})

    """

    def raise_for_errors(self) -> None:
        """Raise InvalidData, with this report, if there is an error."""
        if not self.valid:
            raise InvalidData(self)

    def to_html(self) -> str:
        """The report as an HTML page in one file; needs jinja2, the extra ``html``.

        Raises:
            UsageError: jinja2 is not installed.

        Example:
            >>> from custobar_formats import validate
            >>> page = validate("external_id,price\\nP1,24.90\\n", "products").to_html()
            >>> page.startswith("<!doctype html>"), "write 2490?" in page
            (True, True)

        """
        from custobar_formats.report.formats import render

        return render([self], "html")

    def __str__(self) -> str:
        from custobar_formats.report.text import text_of

        return text_of(self)

    def merge(self, *others: Report) -> Report:
        """The report of a whole file from the reports of its parts, in order; rows and lines are the whole file's.

        Raises:
            UsageError: one of them is no report.

        """
        for other in others:
            if not isinstance(other, Report):
                raise UsageError(f"{type(other).__name__} is not a report: give the reports of the other parts")
        collector = Collector()
        for part in (self, *others):
            collector.merge(part)
        return collector.build(self.source)


class Collector:
    """Gathers findings into a report: a limited number per code and column, and none of ignored codes.

    ``fatal_severities``: errors, and with ``strict`` also warnings. Errors are never ignored, since an upload would
    not ignore them.
    """

    def __init__(
        self,
        on_finding: Callable[[Finding], None] | None = None,
        *,
        keep: int | None = None,
        ignore: Collection[str] = (),
        strict: bool = False,
    ) -> None:
        self.fatal_severities = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
        self._on_finding = on_finding
        self._keeps: int = KEPT_PER_COLUMN if keep is None else plain_scalar(keep)
        self._ignored = ignore
        self._kept: list[Finding] = []
        self._room: Counter[tuple[str, str]] = Counter()
        self._by_severity: Counter[str] = Counter()
        self._by_code: Counter[str] = Counter()
        self._by_column: dict[str, Counter[str]] = {}
        self._histogram = _HistogramBuilder()
        self.blank_cells: Counter[str] = Counter()
        self.rows = 0
        self.valid_rows = 0

    @property
    def limit(self) -> int | None:
        """The number of findings of one code under one key that may be kept; None if somebody gets all of them."""
        return None if self._on_finding is not None else self._keeps

    @property
    def is_strict(self) -> bool:
        """Whether warnings count as errors."""
        return Severity.WARNING in self.fatal_severities

    @property
    def has_errors(self) -> bool:
        """Whether an error was added."""
        return self._by_severity["error"] > 0

    @property
    def fails(self) -> bool:
        """Whether there is a finding of a fatal severity."""
        return any(self._by_severity[severity.value] > 0 for severity in self.fatal_severities)

    def is_fatal(self, finding: Finding) -> bool:
        """Whether a finding is one of those."""
        return self.is_severe(finding.code, finding.severity)

    def is_severe(self, code: str, severity: Severity) -> bool:
        """Whether findings of a code and a severity are such."""
        return severity in self.fatal_severities and not self._ignores(code, severity)

    def _ignores(self, code: str, severity: Severity) -> bool:
        return code in self._ignored and severity is not Severity.ERROR

    def wants(self, code: str, severity: Severity, key: str) -> bool:
        """Whether another finding of a code under a key would be kept, or given to somebody."""
        if self._ignores(code, severity):
            return False
        return self._on_finding is not None or self._room[code, self._place(key)] < self._keeps

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if there is room."""
        if self._ignores(finding.code, finding.severity):
            return
        key = self._place(column_key(finding))
        self._by_severity[finding.severity.value] += 1
        self._by_code[finding.code] += 1
        if key:
            self._by_column.setdefault(key, Counter())[finding.code] += 1
        if finding.row is not None:
            self._histogram.add(finding.row)
        self._keep(finding, key)
        if self._on_finding is not None:
            self._on_finding(finding)

    def count(self, code: str, severity: Severity, key: str, rows: list[int]) -> None:
        """Count findings of one code under one key, one in each row, of which nobody wants more."""
        if self._ignores(code, severity):
            return
        self._by_severity[severity.value] += len(rows)
        self._by_code[code] += len(rows)
        if key:
            self._by_column.setdefault(self._place(key), Counter())[code] += len(rows)
        self._histogram.add_all(rows)

    def _place(self, key: str) -> str:
        """The key that a finding is counted under; beyond a number of places, all others share one."""
        return key if key in self._by_column or len(self._by_column) < MAX_COUNTED_PLACES else OTHER_PLACES

    def _keep(self, finding: Finding, key: str) -> None:
        if self._room[finding.code, key] < self._keeps:
            self._room[finding.code, key] += 1
            self._kept.append(finding)

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Add several findings."""
        for finding in findings:
            self.add(finding)

    def revise(self, change: Callable[[Finding], Finding]) -> None:
        """Put what ``change`` makes of each kept finding in its place."""
        self._kept = [change(finding) for finding in self._kept]

    def merge(self, report: Report) -> None:
        """Add all that another report has."""
        self._by_severity.update(report.counts.by_severity)
        self._by_code.update(report.counts.by_code)
        for key, counts in report.counts.by_column.items():
            self._by_column.setdefault(self._place(key), Counter()).update(counts)
        self._histogram.merge(report.histogram)
        self.rows += report.rows
        self.valid_rows += report.valid_rows
        self.blank_cells.update(report.blank_cells)
        for finding in report.findings:
            self._keep(finding, self._place(column_key(finding)))

    def build(self, source: SourceInfo) -> Report:
        """The report of all that was added."""
        severities = [severity.value for severity in Severity if self._by_severity[severity.value]]
        codes = [code for code in CODES if self._by_code[code]]
        columns = {key: {code: c[code] for code in CODES if c[code]} for key, c in sorted(self._by_column.items())}
        counts = Counts(
            {severity: self._by_severity[severity] for severity in severities},
            {code: self._by_code[code] for code in codes},
            columns,
        )
        findings = tuple(sorted(self._kept, key=order))
        blanks = dict(self.blank_cells)
        return Report(findings, counts, self.rows, self.valid_rows, source, self._histogram.build(), blanks)


def unchecked(finding: Finding, source: SourceInfo, found: Report | None = None) -> Report:
    """The report of a file that was not checked: the finding that gives the reason, and what was found besides."""
    collector = Collector(keep=1 + (0 if found is None else len(found.findings)))
    collector.add(finding)
    if found is not None:
        collector.merge(found)
        collector.valid_rows = 0
    return collector.build(source)


def with_finding(report: Report, finding: Finding) -> Report:
    """The report with one more finding about the file."""
    collector = Collector(keep=1 + len(report.findings))
    collector.merge(report)
    collector.add(finding)
    return collector.build(report.source)


def unreadable(name: str, reason: str) -> Report:
    """The report of a file that could not be read."""
    source = SourceInfo(name=name)
    return unchecked(make_finding("unreadable-file", reason.removeprefix(f"{name}: ")), source)


class InvalidData(CustobarFormatsError):
    """The data has errors.

    Attributes:
        report: the :class:`~custobar_formats.Report` that lists them.

    """

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return str(self.report)
