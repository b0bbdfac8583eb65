"""A small export and its mapping, read: the records, and the findings that matter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from custobar_formats import Finding, InvalidData, Severity, from_csv, validate

ABOUT_ALL = ("missing-field", "identified-by", "blank-row")
"""Codes of findings that most small exports have, whatever the mapping does."""


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An export as text."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


def read(text: str, columns: dict[str, Any], entity: str = "products", **tables: Any) -> tuple[Any, list[Finding]]:
    """The records of a valid export, or None; and the findings that are about it."""
    mapping = {"entity": entity, "columns": columns, **tables}
    report = validate(io.StringIO(text), delimiter=",", mapping=mapping)
    found = [finding for finding in report.findings if finding.code not in ABOUT_ALL]
    try:
        return from_csv(io.StringIO(text), delimiter=",", mapping=mapping), found
    except InvalidData:
        assert any(finding.severity is Severity.ERROR for finding in found)
        return None, found


def brief(findings: Iterable[Finding]) -> list[tuple[str, int | None, int | None, str | None, str | None]]:
    """The code, row, column, label and value of findings."""
    return [(each.code, each.row, each.column, each.label, each.value) for each in findings]
