"""The contents of a report: the findings that were kept, exact counts, and how the source was read.

In: values. Out: the same values, immutable, and as JSON. Rule: nothing here knows how a report is rendered, so every
renderer can use it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from custobar_formats.core.arguments import check_count
from custobar_formats.core.findings import NEVER_REJECTED, Finding, Severity
from custobar_formats.core.limits import MAX_INDENT

UNCHECKED = frozenset({"unreadable-file", "not-checked"})
"""The codes of files that were not checked."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Where in the file the findings are: a count for each bucket of rows.

    Attributes:
        width: rows per bucket, a power of two.
        counts: the findings in each bucket; bucket 0 begins with the first row; zeros at the end are left out.

    """

    width: int = 1
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """How a source was read; fields that do not apply are None.

    Attributes:
        name: the file's name.
        format: csv, json, jsonl; or xlsx, ods, xls of a spreadsheet.
        charset: the encoding that was used.
        charset_reason: why this one was used.
        delimiter: the delimiter that was used.
        delimiter_reason: why this one was used.
        delimiter_scores: each candidate's score; empty if nothing was inferred.
        content_type: the Content-Type header for an upload of the file.
        entity: the entity that the schema or the wrapper names.
        entity_reason: why the command chose this entity, or none.
        header_line: the line of the header, if it was given; the lines above it are skipped.
        sheet: the name of the sheet that was read, of a spreadsheet.
        options: the options of the command that decided how to read it, for other commands that a report names.

    """

    name: str | None = None
    format: str | None = None
    charset: str | None = None
    charset_reason: str | None = None
    delimiter: str | None = None
    delimiter_reason: str | None = None
    delimiter_scores: dict[str, float] = field(default_factory=dict)
    content_type: str | None = None
    entity: str | None = None
    entity_reason: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    options: str = ""

    @property
    def is_table(self) -> bool:
        """Whether the columns of findings are those of a table; for JSON, they are characters of a line."""
        return self.format not in ("json", "jsonl")

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, but for ``options``."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "options"}


@dataclass(frozen=True, slots=True)
class Counts:
    """Exact numbers of findings.

    Attributes:
        by_severity: for each severity that occurs.
        by_code: for each code that occurs.
        by_column: for each column name (or JSON pointer, if there is no column), for each code.

    """

    by_severity: dict[str, int]
    by_code: dict[str, int]
    by_column: dict[str, dict[str, int]]

    def to_dict(self) -> dict[str, Any]:
        """All fields by name."""
        return {"by_severity": self.by_severity, "by_code": self.by_code, "by_column": self.by_column}


@dataclass(frozen=True, slots=True)
class ReportContents:
    """The fields of a :class:`~custobar_formats.Report`, which documents them."""

    findings: tuple[Finding, ...]
    counts: Counts
    rows: int
    valid_rows: int
    source: SourceInfo
    histogram: Histogram
    blank_cells: dict[str, int] = field(default_factory=dict)
    strict: bool = False

    @property
    def valid(self) -> bool:
        """Whether there is no error."""
        return not self.counts.by_severity.get("error")

    @property
    def is_checked(self) -> bool:
        """Whether the file was read and its values were checked as far as that was asked for."""
        return UNCHECKED.isdisjoint(self.counts.by_code)

    @property
    def passes(self) -> bool:
        """Whether there is no error and, if warnings count as errors, no warning."""
        return self.valid and not (self.strict and self.counts.by_severity.get("warning"))

    @property
    def is_separable(self) -> bool:
        """Whether rows have errors that a rejects file takes all of, and other rows of the table are valid."""
        if self.valid or not (self.valid_rows and self.is_checked and self.source.is_table):
            return False
        fatal = (Severity.ERROR, Severity.WARNING) if self.strict else (Severity.ERROR,)
        found = [finding for finding in self.findings if finding.severity in fatal]
        return all(finding.row is not None and finding.code not in NEVER_REJECTED for finding in found)

    @property
    def verdict(self) -> str:
        """The verdict, which is ``valid``, ``invalid`` or ``not checked``."""
        return ("valid" if self.passes else "invalid") if self.is_checked else "not checked"

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The errors that were kept."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The warnings that were kept."""
        return self._of(Severity.WARNING)

    @property
    def notices(self) -> tuple[Finding, ...]:
        """The notices that were kept."""
        return self._of(Severity.NOTICE)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values; ``schemas/report.json`` describes them."""
        return {
            "valid": self.valid,
            "verdict": self.verdict,
            "rows": self.rows,
            "valid_rows": self.valid_rows,
            "source": self.source.to_dict(),
            "counts": self.counts.to_dict(),
            "histogram": {"width": self.histogram.width, "counts": list(self.histogram.counts)},
            "blank_cells": self.blank_cells,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """The report as JSON text; ``indent``: the spaces of each level, at most 16.

        Raises:
            UsageError: the indent cannot be used.

        """
        check_count("indent", indent, MAX_INDENT)
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)
