"""Reads many records of JSON text at a time, if all of them are valid JSON.

In: lines, or a text with items of a list. Out: a group of records, or None if the text must be read record by record.
Rules: one call reads all records, as one list; a check of the whole text can only show that nothing is wrong, not what
is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from custobar_formats.core.limits import GROUP_CHARS, MAX_DEPTH, MAX_LISTS
from custobar_formats.jsontext.scanner import STRING, UNDECODED, has_lone_surrogate, make_scan, measure
from custobar_formats.text.artefacts import JOINED, Joint
from custobar_formats.text.checks import JSON_CHECKS, TextCheck

MARK = "\x7f"
MARKED = f',"{MARK}",'
"""Put between two records. The text has no such character, neither as it is nor escaped; so if as many marks come out
as were put in, each of them was between two items of the list."""

ITEM = re.compile(rf'\{{[ \t\n\r]*{STRING}"')
SEPARATOR = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")

IN_JSON = JOINED._replace(
    spaces=(" ",),
    ends=(r' "[,:}\] \t\n\r]',),
    odd_spaces=JOINED.odd_spaces.replace("\t", ""),
    rare_spaces=JOINED.rare_spaces.replace("\t", ""),
    controls="\x7f",
    mark='"',
    begins=r'[,:\[{ \t\n\r]" ',
)
"""The joint of texts in JSON: after a closing quote comes punctuation or white space; JSON has no other controls."""

Look = Callable[[str, Joint], bool]

LOOKS = tuple(dict.fromkeys(check.may_occur for check in JSON_CHECKS))

Sift = Callable[[list[Any]], tuple[list[int], int, int]]
"""Returns the places of records that need a check; the number of strings in all records, keys included; and the depth
of the deepest record, in lists and objects."""


@dataclass(slots=True)
class RecordGroup:
    """Records without flaws.

    Attributes:
        records: all of them.
        lines: the lines where they begin.
        may_warn: whether a warning about text may be due for some of their texts.
        unchecked: the places of the records that need a check, as the sift found; empty without a sift.

    """

    records: list[Any]
    lines: list[int]
    unchecked: list[int]
    may_warn: bool


class GroupScanner:
    """Reads groups of records.

    If no backslash is itself escaped, and the records have as many strings as the text has pairs of quotes, no object
    has a duplicate key. Counting them is faster than checking the keys of each object while it is read.
    """

    def __init__(
        self,
        parse_float: Callable[[str], Any],
        find_unchecked: Sift | None,
        checks: Iterable[TextCheck] = JSON_CHECKS,
    ) -> None:
        self._exact = make_scan(parse_float, unique=True)
        self._loose = make_scan(parse_float, unique=False)
        self._find_unchecked = find_unchecked or _none_unchecked
        # The last check, for artefacts, is the first to look: it leaves the text's UTF-8 to the others.
        self._looks = tuple(dict.fromkeys(check.may_occur for check in reversed([*checks])))
        self._separator = ""

    def find_unchecked(self, records: list[Any]) -> list[int]:
        """The places of records without flaws that need a check."""
        return self._find_unchecked(records)[0] if records else []

    def scan_lines(self, text: str, line: int) -> RecordGroup | None:
        """The records of a text that begins at a line and has one record on each line; None if it is not so."""
        plain = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        found = self._scan(text, *_mark(plain.removesuffix("\n"), "", "\n", ""))
        if found is None:
            return None
        records, unchecked = found
        return RecordGroup(records, list(range(line, line + len(records))), unchecked, _may_warn(text, self._looks))

    def learn_separator(self, text: str, end: int) -> None:
        """Use the text after one record of a list as the separator between all of them."""
        match = SEPARATOR.match(text, end)
        self._separator = match[0] if match is not None else ""

    def find_items(self, text: str, at: int) -> int:
        """The end of some records of a list, the first of which begins here; 0 if none are found."""
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
        """The records of a text that begins at a line and has separators between records; None if it is not so."""
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
        return RecordGroup(records, lines, unchecked, _may_warn(text, self._looks))

    def _scan(self, text: str, marked: str, marks: int | None) -> tuple[list[Any], list[int]] | None:
        """The records of a text, and the places of those that need a check; None if the text is not plain.

        ``marked`` is the text with ``marks`` marks, which must come out between the records. None means that there are
        no marks, and any number of records.
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


def _may_warn(text: str, looks: Collection[Look] = LOOKS) -> bool:
    """Whether a warning about text may be due in some JSON: a quick check; an escape may hide anything."""
    return "\\" in text or any(look(text, IN_JSON) for look in looks)


def _none_unchecked(records: list[Any]) -> tuple[list[int], int, int]:
    return [], *measure(records)


def _mark(text: str, before: str, separator: str, after: str) -> tuple[str, int]:
    """The text with marks in the place of separators between ``before`` and ``after``, and the number of marks."""
    mark = MARKED.ljust(len(separator) + 1)  # longer than the separator, so that the length shows their number
    marked = text.replace(before + separator + after, before + mark + after)
    return marked, (len(marked) - len(text)) // (len(mark) - len(separator))
