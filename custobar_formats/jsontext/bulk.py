"""Many records of JSON text at a time, where nothing is wrong with any of them.

In: lines, or a text in which the items of a list stand. Out: a group of records; none where the text must be looked
at record by record. The rules kept here: all records are read by one call, as one list; a check of the text as a
whole may only say that nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from custobar_formats.core.limits import GROUP_CHARS, MAX_DEPTH, MAX_LISTS
from custobar_formats.jsontext.scanner import STRING, UNDECODED, has_lone_surrogate, make_scan, measure
from custobar_formats.text.artefacts import JOINED, Joint
from custobar_formats.text.checks import JSON_CHECKS

MARK = "\x7f"
MARKED = f',"{MARK}",'
"""What is put between two records. The character occurs in no text that it is put in, neither by itself nor escaped;
so where as many marks come out as were put in, each of them stood between two items of the list."""

ITEM = re.compile(rf'\{{[ \t\n\r]*{STRING}"')
SEPARATOR = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")

IN_JSON = Joint((" ",), (re.compile(r' "[,:}\]\s]'),), *(spaces.replace("\t", "") for spaces in JOINED[2:]))
"""Texts that stand in JSON: the quote that closes one comes before a mark of punctuation, or white space."""

LOOKS = {check.may_occur for check in JSON_CHECKS}

Sift = Callable[[list[Any]], tuple[list[int], int, int]]
"""Gives the places of records that have to be looked at; the number of strings in all of them, keys included; and how
many lists and objects are nested in one of them at most."""


@dataclass(slots=True)
class RecordGroup:
    """Records without a flaw.

    Attributes:
        records: all of them.
        lines: the line that each begins at.
        may_warn: whether a warning about text may be due for some of their texts.
        unchecked: the places of those that have to be looked at, by what sifts them, if anything does.

    """

    records: list[Any]
    lines: list[int]
    unchecked: list[int]
    may_warn: bool


class GroupScanner:
    """Reads groups.

    Where no backslash is itself escaped, no key stands twice if there are as many strings in the records as pairs of
    quotes in the text. That costs less than to look at each object's keys while it is read.
    """

    def __init__(self, parse_float: Callable[[str], Any], find_unchecked: Sift | None) -> None:
        self._exact = make_scan(parse_float, unique=True)
        self._loose = make_scan(parse_float, unique=False)
        self._find_unchecked = find_unchecked or _none_unchecked
        self._separator = ""

    def find_unchecked(self, records: list[Any]) -> list[int]:
        """The places of records without a flaw that have to be looked at."""
        return self._find_unchecked(records)[0] if records else []

    def scan_lines(self, text: str, line: int) -> RecordGroup | None:
        """The records of a text that begins at a line, one in each line; None where that is not all there is."""
        plain = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        found = self._scan(text, *_mark(plain.removesuffix("\n"), "", "\n", ""))
        if found is None:
            return None
        records, unchecked = found
        return RecordGroup(records, list(range(line, line + len(records))), unchecked, _may_warn(text))

    def learn_separator(self, text: str, end: int) -> None:
        """Take what stands after a record of a list for what stands between all of them."""
        match = SEPARATOR.match(text, end)
        self._separator = match[0] if match is not None else ""

    def find_items(self, text: str, at: int) -> int:
        """The end of some records of a list, the first of which begins here; 0 where none are found."""
        first = ITEM.match(text, at)
        if first is None or not self._separator:
            return 0
        if "\n" in self._separator:
            return text.rfind(f"}}{self._separator}{{", at, at + GROUP_CHARS) + 1
        begins = f"}}{self._separator}{first[0]}"
        end = text.rfind(begins, at, at + GROUP_CHARS) + 1
        for _ in range(MAX_LISTS):
            if text.count("[", at, end) <= text.count("]", at, end):
                break
            end = text.rfind(begins, at, text.rfind("[", at, end)) + 1
        return end

    def scan_items(self, text: str, line: int) -> RecordGroup | None:
        """The records of a text that begins at a line, with separators between; None where that is not all there is."""
        separator = self._separator
        marked, marks = _mark(text, "}", separator, "{") if "\n" in text else (text, None)
        found = self._scan(text, marked, marks)
        if found is None:
            return None
        records, unchecked = found
        step = separator.count("\n") if marks is not None else 0  # without a line break, all are on one line
        lines = list(range(line, line + step * len(records), step)) if step else [line] * len(records)
        if marks is not None and "\n" in marked:  # then there are line breaks within records, too
            parts = text.split(f"}}{separator}{{")
            lines = list(accumulate((part.count("\n") + step for part in parts[:-1]), initial=line))
        return RecordGroup(records, lines, unchecked, _may_warn(text))

    def _scan(self, text: str, marked: str, marks: int | None) -> tuple[list[Any], list[int]] | None:
        """The records of a text, and the places of those to look at.

        ``marked`` is the text with so many marks, which have to come out between the records; None is for no marks,
        and as many records as there are.
        """
        if MARK in text:
            return None
        escapes = "\\" in text
        if escapes and ("\\u007" in text or has_lone_surrogate(text, 0, len(text))):
            return None
        loosely = not (escapes and "\\\\" in text)
        listed = f"[{marked}]"
        try:
            records, end = (self._loose if loosely else self._exact)(listed, 0)
        except UNDECODED:
            return None
        if marks is not None:
            if len(records) != 2 * marks + 1 or records[1::2].count(MARK) != marks:
                return None
            records = records[::2]
        if end < len(listed) or set(map(type, records)) != {dict}:
            return None
        unchecked, strings, depth = self._find_unchecked(records)
        quotes = text.count('"') - (text.count('\\"') if escapes else 0)
        if depth > MAX_DEPTH or (loosely and quotes != 2 * strings):
            return None
        return records, unchecked


def _may_warn(text: str) -> bool:
    """Whether a warning about text may be due in some JSON: a quick look; behind escapes anything may stand."""
    return "\\" in text or any(look(text, IN_JSON) for look in LOOKS)


def _none_unchecked(records: list[Any]) -> tuple[list[int], int, int]:
    return [], *measure(records)


def _mark(text: str, before: str, separator: str, after: str) -> tuple[str, int]:
    """The text with marks instead of separators that stand between two others, and how many marks there are."""
    mark = MARKED.ljust(len(separator) + 1)  # which is longer, so that the length tells their number
    marked = text.replace(before + separator + after, before + mark + after)
    return marked, (len(marked) - len(text)) // (len(mark) - len(separator))
