"""What the tests compare of a finding."""

from typing import Any

from custobar_formats.core.findings import Finding


def told(finding: Finding) -> tuple[Any, ...]:
    return finding.code, finding.message, finding.hint, finding.line, finding.column, finding.value
