"""The facts of a finding that tests compare."""

from typing import Any

from custobar_formats.core.findings import Finding


def reported(finding: Finding) -> tuple[Any, ...]:
    return finding.code, finding.message, finding.hint, finding.line, finding.column, finding.value
