"""Letters of JSON text that were wrongly decoded before the file was written.

In: JSON text, and the records that it becomes. Out: whether to look closer, and findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.text.mojibake import DOUBLE_ENCODED, ODD_STARTS, odd_letters

ESCAPED = re.compile(r"\\u00(?:[cC][23]|[eE]2)|[ÂÃâ]\\|â[^\"]\\")
"""An escape of such a letter, or an escape after one."""


def may_be_odd(text: str) -> bool:
    """Whether some JSON may have letters that were wrongly decoded; quick where it has none."""
    starts = not text.isascii() and any(start in text for start in ODD_STARTS)
    if starts and DOUBLE_ENCODED.search(text):
        return True
    return "\\" in text and ESCAPED.search(text) is not None


def find_odd_letters(value: Any, number: int, line: int, path: Path = ()) -> Iterator[Finding]:
    """The findings of a record's texts."""
    if isinstance(value, str):
        for code, message, hint in odd_letters(value, latin1=False):
            pointer = format_pointer(path)
            yield make_finding(code, message, hint=hint, row=number, line=line, path=pointer, value=value)
    elif isinstance(value, (dict, list)):
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from find_odd_letters(item, number, line, (*path, part))
