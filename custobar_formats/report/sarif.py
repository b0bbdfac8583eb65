"""Reports as SARIF, which code-scanning services show beside the lines of files.

In: reports. Out: one run, as JSON. Rule: the column of a region is a character, and a CSV column is not. So
there are no ``fixes``, whose deleted region would have to be the cell: the text of a fix is among the properties.
Source: Static Analysis Results Interchange Format (SARIF) 2.1.0, OASIS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from custobar_formats.core.findings import CODES, Finding, Severity, cut
from custobar_formats.core.limits import MAX_NAME_CHARS
from custobar_formats.report.contents import ReportContents
from custobar_formats.report.text import printable

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
PROPERTIES = ("row", "column", "label", "path", "value", "rule", "schema_path", "fix", "fix_is_safe")
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(reports: Sequence[ReportContents]) -> str:
    """One run: the codes as rules, the files as artifacts with their exact counts, the findings as results."""
    codes = [code for code in CODES if any(code in report.counts.by_code for report in reports)]
    artifacts = [_artifact(report) for report in reports]
    known = [artifact for number, artifact in enumerate(artifacts) if artifact not in artifacts[:number]]  # a set
    run = {
        "tool": {"driver": {"name": "custobar_formats", "rules": [_rule(code) for code in codes]}},
        "invocations": [{"executionSuccessful": all(report.is_checked for report in reports)}],
        "columnKind": "unicodeCodePoints",
        "artifacts": known,
        "results": [
            result
            for report, artifact in zip(reports, artifacts, strict=True)
            for result in _results(report, known.index(artifact), codes)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    severity, meaning = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": meaning},
        "defaultConfiguration": {"level": LEVELS[severity]},
    }


def _location(report: ReportContents) -> dict[str, Any]:
    path = PurePath(report.source.name or "<input>")
    try:
        name = path.as_posix().encode("utf-8", "surrogateescape")  # as the system spells it
    except UnicodeEncodeError:  # not a name on this system
        name = path.as_posix().encode("utf-8", "backslashreplace")
    encoded = quote(name)
    return {"uri": f"file://{encoded}" if path.is_absolute() else encoded}


def _artifact(report: ReportContents) -> dict[str, Any]:
    counts = report.counts.to_dict()
    properties = {"valid": report.passes, "rows": report.rows, "validRows": report.valid_rows, "counts": counts}
    encoding = {"encoding": report.source.charset} if report.source.charset else {}
    return {"location": _location(report), **encoding, "properties": properties}


def _results(report: ReportContents, number: int, codes: list[str]) -> Iterator[dict[str, Any]]:
    in_characters = not report.source.is_table
    for finding in report.findings:
        physical: dict[str, Any] = {"artifactLocation": {**_location(report), "index": number}}
        if finding.line is not None:
            column = {"startColumn": finding.column} if finding.column is not None and in_characters else {}
            physical["region"] = {"startLine": finding.line, **column}
        yield {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": LEVELS[finding.severity],
            "message": {"text": _sentence(finding)},
            "locations": [{"physicalLocation": physical}],
            "properties": {name: getattr(finding, name) for name in PROPERTIES if getattr(finding, name) is not None},
        }


def _sentence(finding: Finding) -> str:
    hint = f" ({finding.hint})" if finding.hint else ""
    where = f" [{cut(finding.label or finding.path or '', MAX_NAME_CHARS)}]" if finding.label or finding.path else ""
    text = printable(f"{finding.message}{hint}{where}")
    return text.replace("[", "\\[").replace("]", "\\]")  # else a link (SARIF 3.11.6)
