"""Many records of JSON text at a time, where nothing is wrong with any of them.

In: lines, or a text in which the items of a list stand. Out: a group of records; none where the text must be looked
at record by record. The rule kept here: a check of the text as a whole may only say that nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import repeat
from operator import add
from typing import Any

from custobar_formats.jsontokens import UNDECODED, Scan, has_lone_surrogate, is_deep, make_scan
from custobar_formats.oddletters import may_be_odd
from custobar_formats.paths import MAX_DEPTH

SEPARATOR = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")


Sift = Callable[[list[Any]], tuple[list[int], int]]
"""Gives the places of records that have to be looked at, and the number of strings in all of them, keys included."""


@dataclass(slots=True)
class Group:
    """Records without a flaw.

    Attributes:
        records: all of them.
        left: the places of those that have to be looked at, by what sifts them, if anything does.
        odd: the places of those that may have letters that were wrongly decoded.

    """

    records: list[Any]
    left: list[int]
    odd: list[int]


@dataclass(slots=True)
class Items(Group):
    """Records of a list: where each begins, and where the last one ends."""

    starts: list[int]
    end: int


class GroupScanner:
    """Reads groups.

    Where records are sifted, and the text has no backslash, no key stands twice if there are as many strings in the
    records as pairs of quotes in the text. That costs less than to look at each object's keys while it is read.
    """

    def __init__(self, parse_float: Callable[[str], Any], sift: Sift | None) -> None:
        self._exact = make_scan(parse_float, unique=True)
        self._loose = make_scan(parse_float, unique=False)
        self._sift = sift

    def scan_lines(self, lines: list[str]) -> Group | None:
        """The records of lines that are one object each, and have nothing but their line end after it."""
        text = "".join(lines)
        loosely = self._sift is not None and "\\" not in text
        scan = self._loose if loosely else self._exact
        try:
            scanned = [scan(line, 0) for line in lines]
        except UNDECODED:
            return None
        records = [record for record, _ in scanned]
        line_ends = text.count("\n") + text.count("\r")
        if len(text) - sum([end for _, end in scanned]) != line_ends or set(map(type, records)) != {dict}:
            return None
        objects, lists = (list(map(str.count, lines, repeat(bracket))) for bracket in "{[")
        if not _are_plain(records, objects, lists):
            return None
        left = self._look(records, text, loosely=loosely)
        return None if left is None else Group(records, left, _find_odd(lines) if may_be_odd(text) else [])

    def scan_items(self, text: str, at: int, most: int) -> Items | None:
        """The records of a list from a position on, as far as one follows the other; there may be none."""
        loosely = self._sift is not None and text.find("\\", at) < 0
        records, starts, ends = _scan_items(self._loose if loosely else self._exact, text, at, most)
        if not records:
            return Items([], [], [], [], at)
        objects, lists = (list(map(text.count, repeat(bracket), starts, ends)) for bracket in "{[")
        if not _are_plain(records, objects, lists):
            return None
        whole = text[starts[0] : ends[-1]]
        left = self._look(records, whole, loosely=loosely)
        if left is None:
            return None
        odd = _find_odd(map(text.__getitem__, map(slice, starts, ends))) if may_be_odd(whole) else []
        return Items(records, left, odd, starts, ends[-1])

    def _look(self, records: list[Any], text: str, *, loosely: bool) -> list[int] | None:
        """The places of records that have to be looked at; None where something may be wrong with the text."""
        if has_lone_surrogate(text, 0, len(text)):
            return None
        if self._sift is None:
            return []
        left, strings = self._sift(records)
        return None if loosely and text.count('"') != 2 * strings else left


def _scan_items(scan: Scan, text: str, at: int, most: int) -> tuple[list[Any], list[int], list[int]]:
    """Objects of a list, and where each begins and ends."""
    records: list[Any] = []
    starts: list[int] = []
    ends: list[int] = []
    separator: str | None = None  # what stood between the items before
    try:
        while len(records) < most:
            record, end = scan(text, at)
            if type(record) is not dict:
                break
            records.append(record)
            starts.append(at)
            ends.append(end)
            if separator is None or not text.startswith(separator, end):
                match = SEPARATOR.match(text, end)
                if match is None:
                    break
                separator = match[0]
            at = end + len(separator)
    except UNDECODED:
        pass
    return records, starts, ends


def _are_plain(records: list[Any], objects: list[int], lists: list[int]) -> bool:
    """Whether none is nested over the limit; so many objects and lists open within each at most."""
    if max(objects) + max(lists) <= MAX_DEPTH:
        return True
    opened = map(add, objects, lists)
    return not any(count > MAX_DEPTH and is_deep(record) for record, count in zip(records, opened, strict=True))


def _find_odd(texts: Iterable[str]) -> list[int]:
    return [place for place, text in enumerate(texts) if may_be_odd(text)]
