"""Text whose rows can be had by splitting it, and what its cells may hold, by quick looks at all of it at once.

In: text of whole lines, from the beginning of a record on. Out: its rows, where each line is one. The rule kept here:
a quick look is never wrong where it says that all is plain; whatever is not is left to the csv module.
Source: RFC 4180.
"""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

from custobar_formats.text.artefacts import ODD_SPACES, may_be_formula, suspect_artefact
from custobar_formats.text.mojibake import suspect_text

ESCAPES = ["\\", *(chr(code) for code in range(32) if chr(code) not in "\r\n")]
"""What has a backslash in JSON text and may stand in plain text, which has no line breaks in cells; but for quotes."""


class Marks(NamedTuple):
    """What some text may hold; never False of what is there.

    Attributes:
        spaces: cells of nothing but white space.
        mojibake: letters that look wrongly decoded.
        breaks: line breaks within cells.
        escapes: what JSON text has a backslash for.
        formulas: what a spreadsheet would run.
        artefacts: what a spreadsheet puts in the place of a value.

    """

    spaces: bool
    mojibake: bool
    breaks: bool
    escapes: bool
    formulas: bool
    artefacts: bool

    def also(self, other: Marks) -> Marks:
        """What either may hold."""
        return Marks(*map(max, self, other))


NO_MARKS = Marks(spaces=False, mojibake=False, breaks=False, escapes=False, formulas=False, artefacts=False)
ALL_MARKS = Marks(spaces=True, mojibake=True, breaks=True, escapes=True, formulas=True, artefacts=True)
BREAKS_IN_CELLS = NO_MARKS._replace(spaces=True, breaks=True, escapes=True)
QUOTES_IN_CELLS = NO_MARKS._replace(escapes=True)


class PlainText:
    """Looks at text under one delimiter."""

    def __init__(self, delimiter: str, max_cell: int, *, latin1: bool, escapes: bool) -> None:
        self._delimiter = delimiter
        self._max_cell = max_cell
        self._latin1 = latin1
        self._around = {"", delimiter, "\n"}
        self._space_ends = [re.compile(f' [{delimiter}"\r\n]')]
        if delimiter.isspace():
            self._space_ends.append(re.compile(f'{delimiter}"(?:[{delimiter}\r\n]|\\Z)'))
        self._odd_spaces = ODD_SPACES.replace(delimiter, "")
        self._escaped = [letter for letter in ESCAPES if letter != delimiter] if escapes else None

    def marks(self, text: str) -> Marks:
        """What the cells of a text may hold, if it has no quoted breaks; white space ends before what ends a cell.

        Whether they hold quotes is not looked for: ``rows`` tells it.
        """
        ends = text.endswith(" ") or any(end.search(text) for end in self._space_ends)
        spaces = ends or any(space in text for space in self._odd_spaces)
        return Marks(
            spaces,
            suspect_text(text, latin1=self._latin1),
            breaks=False,
            escapes=self._has_escapes(text),
            formulas=may_be_formula(text),
            artefacts=suspect_artefact(text),
        )

    def _has_escapes(self, text: str) -> bool:
        if self._escaped is None or (self._delimiter < " " and '"' in text):
            return True
        return any(letter in text for letter in self._escaped)

    def rows(self, text: str) -> tuple[list[list[str]], bool] | None:
        """The cells of each line of a text, if each is a record, and whether one holds a quote; None if not certain."""
        if len(text) > min(self._max_cell, csv.field_size_limit()):
            return None
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        if "\r" in text:
            return None
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        if "" in lines:
            return None
        delimiter = self._delimiter
        if '"' not in text:
            return [line.split(delimiter) for line in lines], False
        quoted = [line for line in lines if '"' in line]
        try:
            parsed = list(csv.reader(quoted, delimiter=delimiter, strict=True))
        except csv.Error:
            return None
        has_quotes = '"' in "".join(map("".join, parsed))
        if len(parsed) < len(quoted) or (has_quotes and not self._are_well_quoted(quoted)):
            return None
        following = iter(parsed).__next__
        return [following() if '"' in line else line.split(delimiter) for line in lines], has_quotes

    def _are_well_quoted(self, lines: list[str]) -> bool:
        """Whether quotes are only where quoted cells begin and end, or twice within them, and no such cell has a break.

        Then every second part between quotes is outside of quoted cells, and next to delimiters or breaks alone; an
        empty one lies between the two quotes that stand for one.
        """
        parts = "\n".join(lines).split('"')
        outside, inside = parts[::2], parts[1::2]
        return (
            len(outside) > len(inside)
            and {part[-1:] for part in outside[:-1]} <= self._around
            and {part[:1] for part in outside[1:]} <= self._around
            and "\n" not in "".join(inside)
        )
