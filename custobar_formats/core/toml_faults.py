"""The faults of a TOML file, in words.

In: the error of the parser, and the bytes of the file. Out: a sentence. Rule: it shows the line, and names what people
who write such a file by hand most often miss.
"""

from __future__ import annotations

import re

from custobar_formats.core.limits import MAX_ARGUMENT_CHARS
from custobar_formats.core.shown import shortened, shown

_KEY = re.compile(r"""\s*(?:\[+\s*(?:[\w-]+\s*\.\s*)*)?("[^"]*"|'[^']*'|[\w.-]+)\s*[=\]]""")
"""The name before an equals sign, or the last name of a table."""


def toml_fault(error: Exception, data: bytes) -> str:
    """The place of an error of TOML: both lines of a name that stands twice, or its line and what is often wrong."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8: save it as UTF-8"
    match = re.search(r"line ([0-9]+)", str(error))
    lines = data.decode("utf-8-sig").splitlines()
    number = int(match[1]) if match is not None else 0  # the end of the file has no number
    if re.match("Cannot (overwrite|declare)", str(error)) and (twice := _find_twice(lines[: number or None])):
        return twice
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    if not line:
        return f"{error}; a text needs straight quotes at both ends"
    advice = "a text needs straight quotes at both ends, a table in one line commas, a name its own line"
    return f"{error}: {shown(line)}; {advice}"


def _find_twice(lines: list[str]) -> str | None:
    """The name in the last of some lines that stands in an earlier one, too, with their numbers."""
    keys = [(number, _key_of(line)) for number, line in enumerate(lines, 1)]
    named = [(number, key) for number, key in keys if key is not None]  # a value may have several lines
    last, name = named.pop() if named else (0, "")
    first = next((number for number, key in reversed(named) if key == name), None)
    key = shortened(name, MAX_ARGUMENT_CHARS)
    return None if first is None else f"{key} stands twice, in lines {first} and {last}: keep one of them"


def _key_of(line: str) -> str | None:
    match = _KEY.match(line)
    return match[1].strip("\"'") if match is not None else None
