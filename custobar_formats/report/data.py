"""Reports as data: JSON, one finding per line, or CSV for a spreadsheet.

In: reports. Out: a list of reports, each as in ``schemas/report.json``; or a line for each finding, with its file.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from custobar_formats.core.findings import Finding
from custobar_formats.report.contents import ReportContents
from custobar_formats.report.text import printable
from custobar_formats.text.artefacts import defused

FIELDS = (
    "line",
    "column",
    "severity",
    "code",
    "row",
    "label",
    "path",
    "value",
    "message",
    "hint",
    "rule",
    "fix",
    "fix_is_safe",
)
"""The fields of a finding in a CSV line, after its file."""

UNPRINTABLE = re.compile(r"[^\x00-\x1f -~]")
"""Characters that a terminal might obey; JSON escapes those below a space anyway."""


def render_json(reports: Sequence[ReportContents]) -> str:
    """The reports as a JSON list."""
    return _dumped([report.to_dict() for report in reports], indent=2)


def render_jsonl(reports: Sequence[ReportContents]) -> str:
    """Each finding as a JSON object on its own line, its file first."""
    lines = ({"file": report.source.name, **finding.to_dict()} for report, finding in _findings(reports))
    return "".join(_dumped(line, indent=None) for line in lines)


def render_csv(reports: Sequence[ReportContents]) -> str:
    """Each finding as a one-line row without cells that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", *FIELDS))
    for report, finding in _findings(reports):
        writer.writerow(map(_cell, (report.source.name, *(getattr(finding, name) for name in FIELDS))))
    return out.getvalue()


def _findings(reports: Sequence[ReportContents]) -> Iterator[tuple[ReportContents, Finding]]:
    return ((report, finding) for report in reports for finding in report.findings)


def _dumped(value: Any, *, indent: int | None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return (
        UNPRINTABLE.sub(lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text) + "\n"
    )


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return defused(printable(str(value))) if value is not None else ""
