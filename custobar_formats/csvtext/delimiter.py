"""Text to delimiter: comma, semicolon or tab.

In: the beginning of a file's text. Out: the delimiter, each candidate's score and the reason. Rule: characters inside
quotes do not count, and a candidate that is not in the header cannot be the delimiter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from custobar_formats.core.delimiters import ANY_DELIMITER, DELIMITER_WORDS, DELIMITERS
from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import shown

CANDIDATES = tuple(DELIMITERS)
NAMES = {name: character for character, name in DELIMITERS.items()} | {"\\t": "\t"} | {c: c for c in CANDIDATES}

KNOWN_WEIGHT = 2.0
"""Column names that the schema knows outweigh any agreement of widths, which is at most 1."""

QUOTED = re.compile(rf'(?:^|(?<=[{ANY_DELIMITER}\r\n]))"[^"]*(?:""[^"]*)*(?:"|\Z)')
"""A quoted cell under any of the candidates; at the end of the sample it may be cut off."""

LINE_ENDS = re.compile(r"[\r\n]+")
SPECIAL = re.compile(rf'[{ANY_DELIMITER}\r\n"]')

SEP_LINE = re.compile(rf'\A"?sep=([{ANY_DELIMITER}])"?(?:\r\n|\n|\r|\Z)', re.IGNORECASE)
"""The line in which spreadsheets declare a delimiter."""


class Delimiter(str):
    """A delimiter that knows why it was chosen.

    Attributes:
        reason: why it was chosen.
        scores: each candidate's score, from 0; the highest won. Empty if nothing was inferred.

    Example:
        >>> Delimiter(";", "declared")
        ';'

    """

    __slots__ = ("reason", "scores")
    reason: str
    scores: dict[str, float]

    def __new__(cls, delimiter: str, reason: str, scores: dict[str, float] | None = None) -> Delimiter:
        """A delimiter, with the reason for it."""
        self = super().__new__(cls, delimiter)
        self.reason = reason
        self.scores = scores or {}
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (Delimiter, (str(self), self.reason, self.scores))


def resolve_delimiter(name: str) -> str:
    """The delimiter for a character or a word (comma, semicolon, tab).

    Raises:
        UsageError: it is none of the three.

    """
    if not isinstance(name, str) or name not in NAMES:
        raise UsageError(f"unknown delimiter {shown(name)}: use {DELIMITER_WORDS}")
    return NAMES[name]


def split_sep_line(sample: str) -> tuple[str | None, int]:
    """The delimiter in a first line ``sep=;``, and the length of that line; without one, None and 0."""
    match = SEP_LINE.match(sample)
    return (match[1], match.end()) if match else (None, 0)


def choose_delimiter(sample: str, is_known: Callable[[str], bool] | None = None, whole: bool = True) -> Delimiter:
    """The delimiter of a file that begins with this text.

    ``is_known`` returns whether the schema knows a column name; ``whole`` is False if the sample was
    cut off, so that its last line is not counted.
    """
    lines = [line for line in _unquoted_lines(sample) if line]
    if not whole and len(lines) > 1:
        del lines[-1]
    if not lines:
        return Delimiter(",", "empty file", dict.fromkeys(CANDIDATES, 0.0))
    scores = {c: round(_score(lines, c, is_known), 4) for c in CANDIDATES}
    best = max(reversed(CANDIDATES), key=scores.__getitem__)
    if not scores[best]:
        return Delimiter(",", "single column", scores)
    return Delimiter(best, "inferred from the header and the first records", scores)


def _unquoted_lines(sample: str) -> list[str]:
    """The lines, with ``x`` for each quoted cell, and ``"`` for each quoted column name with special characters."""
    header_end = LINE_ENDS.search(QUOTED.sub(lambda match: "x" * len(match[0]), sample))
    end = header_end.start() if header_end else len(sample)
    return [QUOTED.sub(_plain_label, sample[:end]), *LINE_ENDS.split(QUOTED.sub("x", sample[end:]))]


def _plain_label(match: re.Match[str]) -> str:
    label = match[0][1:-1]
    return '"' if SPECIAL.search(label) else label


def _score(lines: list[str], candidate: str, is_known: Callable[[str], bool] | None) -> float:
    """How well the widths agree with the header's (more columns count more), plus the share of known column names.

    Half of that if the last column has no name: the candidate ends the lines of a file that it does not divide.
    """
    width = lines[0].count(candidate) + 1
    if width == 1:
        return 0.0
    agreeing = sum(line.count(candidate) + 1 == width for line in lines)
    score = agreeing / len(lines) * (1 - 1 / width)
    if is_known is not None:
        labels = lines[0].split(candidate)
        score += KNOWN_WEIGHT * sum(map(is_known, labels)) / width
    return score if lines[0].rpartition(candidate)[2] else score / 2
