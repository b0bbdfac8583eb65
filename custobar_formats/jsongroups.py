"""Many records of JSON text at a time, where nothing is wrong with any of them.

In: lines, or a text in which the items of a list stand. Out: a group of records; none where the text must be looked
at record by record. The rule kept here: a check of the text as a whole may only say that nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from operator import add
from typing import Any

from custobar_formats.jsontokens import UNDECODED, Scan, has_lone_surrogate, is_deep
from custobar_formats.oddletters import may_be_odd
from custobar_formats.paths import MAX_DEPTH

SEPARATOR = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")


@dataclass(slots=True)
class Group:
    """Records without a flaw; ``odd`` has the places of those that may have letters that were wrongly decoded."""

    records: list[Any]
    odd: list[int]


@dataclass(slots=True)
class Items(Group):
    """Records of a list: where each begins, and where the last one ends."""

    starts: list[int]
    end: int


def scan_lines(scan: Scan, lines: list[str]) -> Group | None:
    """The records of lines that are one object each, and have nothing but their line end after it."""
    try:
        scanned = [scan(line, 0) for line in lines]
    except UNDECODED:
        return None
    records = [record for record, _ in scanned]
    text = "".join(lines)
    line_ends = text.count("\n") + text.count("\r")
    if len(text) - sum([end for _, end in scanned]) != line_ends or set(map(type, records)) != {dict}:
        return None
    objects, lists = (list(map(str.count, lines, repeat(bracket))) for bracket in "{[")
    if not _are_plain(records, objects, lists):
        return None
    if has_lone_surrogate(text, 0, len(text)):
        return None
    return Group(records, _find_odd(lines) if may_be_odd(text) else [])


def scan_items(scan: Scan, text: str, at: int, most: int) -> Items | None:
    """The records of a list from a position on, as far as one follows the other; there may be none."""
    records: list[Any] = []
    starts: list[int] = []
    ends: list[int] = []
    separator = "\0"  # which follows no value
    try:
        while len(records) < most:
            record, end = scan(text, at)
            if type(record) is not dict:
                break
            records.append(record)
            starts.append(at)
            ends.append(end)
            if not text.startswith(separator, end):
                match = SEPARATOR.match(text, end)
                if match is None:
                    break
                separator = match[0]
            at = end + len(separator)
    except UNDECODED:
        pass
    if not records:
        return Items([], [], [], at)
    objects, lists = (list(map(text.count, repeat(bracket), starts, ends)) for bracket in "{[")
    if not _are_plain(records, objects, lists):
        return None
    whole = text[starts[0] : ends[-1]]
    if has_lone_surrogate(whole, 0, len(whole)):
        return None
    odd = _find_odd(map(text.__getitem__, map(slice, starts, ends))) if may_be_odd(whole) else []
    return Items(records, odd, starts, ends[-1])


def _are_plain(records: list[Any], objects: list[int], lists: list[int]) -> bool:
    """Whether none is nested over the limit; so many objects and lists open within each at most."""
    if max(objects) + max(lists) <= MAX_DEPTH:
        return True
    opened = map(add, objects, lists)
    return not any(count > MAX_DEPTH and is_deep(record) for record, count in zip(records, opened, strict=True))


def _find_odd(texts: Iterable[str]) -> list[int]:
    return [place for place, text in enumerate(texts) if may_be_odd(text)]
