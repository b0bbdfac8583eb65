"""Patterns for lines of cells that are certainly valid: one call, which runs in C, checks a whole column.

In: the cells of a column. Out: the places of those that are not certainly valid. Rule: text that a pattern matches
keeps all rules of its type; the quantifiers are possessive, so no text makes them slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from custobar_formats.schema.bundled import bundled_patterns
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.rules import Rule

INTEGERS = re.compile("[0-9,-]*+")
"""The characters of integers joined with commas; the JSON decoder refuses what is not valid."""

INTEGER_LINES = re.compile(r"(?:[1-9][0-9]{0,17}+\n|\n|0\n|-[1-9][0-9]{0,17}+\n)*+")
"""Lines of integers, or blank lines; each is spelled as in JSON, which ``-0`` is not."""
NUMBERS = re.compile(r"(?:-?[1-9][0-9]{0,14}+(?:\.[0-9]{1,15}+)?+\n|\n|-?0\.[0-9]{1,15}+\n|0\n)*+")
"""Lines of numbers within every limit, or blank lines; each is spelled as in JSON."""

_MOST_DAYS = "-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_LAST_DAYS = "-(?:(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"  # without leap days
_YEAR = "(?:19[1-9][0-9]|20[0-9]{2})"
_LATE_YEAR = "(?:19[89][0-9]|20[0-9]{2})"
_HOURS = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_CLOCK = rf"T{_HOURS}(?::[0-5][0-9](?:\.[0-9]{{1,9}}+)?+)?+(?:Z|[+-](?:0[0-9]|1[01]):[0-5][0-9])?+"
_WORD = "[A-Za-z0-9_+-]{1,20}+"
_HOST = "[A-Za-z0-9]{1,20}+(?:-[A-Za-z0-9]{1,20}+)?+"
LETTERS = {"identifier": "A-Za-z0-9-"}
"""The characters of the plainest texts of some types, in any order, so that one match covers all lines."""
SHORTCUTS = {
    "date": [f"{_YEAR}{_MOST_DAYS}", f"{_YEAR}{_LAST_DAYS}"],
    "datetime": [f"{_LATE_YEAR}{_MOST_DAYS}(?:{_CLOCK})?+", f"{_LATE_YEAR}{_LAST_DAYS}(?:{_CLOCK})?+"],
    "email": [
        rf"{_WORD}(?:\.{_WORD})?+@[A-Za-z0-9]{{1,60}}+\.[A-Za-z]{{1,60}}+",
        rf"{_WORD}(?:\.{_WORD}){{0,2}}+@{_HOST}\.(?:{_HOST}\.){{0,2}}+[A-Za-z]{{1,20}}+",
    ],
    "phone_number": [
        r"\+(?!11|78|4[4-7]|358358|372372)[1-9]{4}[0-9]{3,11}+",
        r"\+(?:1[2-9]|4[4-9][1-35-9])[0-9]{5,12}+",
    ],
    "identifier": [f"[{LETTERS['identifier']}]++"],
    "link": [r"https?://[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++(?:/[A-Za-z0-9/?#=&%._~:@!$'()*+-]*+)?+"],
    "ean": ["[0-9]{13}+", "[0-9]{8}+"],
}
"""Patterns of the plainest texts of some types, the most frequent first: whatever matches keeps all patterns of the
type's bundled schema. The last three are fields (``schema/bundled.PATTERNED``). The quantifiers are possessive,
so that no text makes them slow."""


def lines_of_cells(cells: Sequence[str]) -> str:
    """The cells, one per line; a cell with line breaks becomes a line that no pattern matches."""
    text = "\n".join(cells) + "\n"
    if text.count("\n") > len(cells):
        text = "\n".join([cell if "\n" not in cell else "\r" for cell in cells]) + "\n"
    return text


def find_uncertain(lines: re.Pattern[str], cells: Sequence[str]) -> list[int]:
    """The places of cells whose line the pattern does not match."""
    text = lines_of_cells(cells)
    found: list[int] = []
    at = row = 0
    while at < len(text):
        match = lines.match(text, at)
        end = match.end() if match is not None else at
        if end == len(text):
            break
        row += text.count("\n", at, end)
        found.append(row)
        row += 1
        at = text.index("\n", end) + 1
    return found


def shortcut(rules: tuple[Rule, ...], schema: Schema) -> re.Pattern[str] | None:
    """A pattern of lines that certainly keep the rules, or are blank; None if no such pattern is known."""
    patterns = {schema.document.get(rule.location) for rule in rules if rule.location[-1] == "pattern"}
    if len(patterns) != len(rules):
        return None
    for kind, forms in SHORTCUTS.items():
        if patterns <= bundled_patterns(kind):
            lines = "".join(form + r"\n|" for form in forms)
            return re.compile(rf"(?:{lines}\n)*+" if kind not in LETTERS else rf"[{LETTERS[kind]}\n]*+")
    return None
