"""JSON text to records: a list, a list wrapped in its entity's name, or one record per line.

In: chunks of text. Out: blocks of records, with the lines where they begin. Rules: text that is not JSON is refused
with its line and column; memory does not grow with the file; it reads many records at once if that misses nothing,
otherwise one by one.
Source: RFC 8259; https://www.custobar.com/docs/api/data-import-formats/ (the wrapper).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.findings import EndOfReading, Finding, cut, make_finding
from custobar_formats.core.limits import BLOCK_ROWS, GROUP_CHARS, LOOKAHEAD_CHARS, WRAPPER_CHARS
from custobar_formats.core.paths import format_pointer
from custobar_formats.jsontext.bulk import GroupScanner, RecordGroup, Sift
from custobar_formats.jsontext.by_line import WRAPPER, looks_like_lines
from custobar_formats.jsontext.scanner import (
    NUMBER_START,
    UNDECODED,
    UNREADABLE,
    Flaw,
    Malformed,
    Scanner,
    Truncated,
    find_end,
    find_flaws,
    make_scan,
)
from custobar_formats.text.checks import JSON_CHECKS, TextCheck
from custobar_formats.text.chunks import SPACE, Stretches, Window, lines_of, located

OTHER_HINT = "the file is not JSON; if it is CSV, name it .csv, or use --from csv"
SPREAD_HINT = "write one record per line (jq -c), or all of them in one list (jq -s)"
CUT_LINE = "the line ends inside the record"
TYPE_NAMES = {list: "a list", str: "text", bool: "a boolean", type(None): "null"}


@dataclass(slots=True)
class JsonBlock:
    """Some records of a JSON file.

    Attributes:
        records: the objects without flaws.
        numbers: their numbers.
        lines: the lines where they begin.
        unchecked: the places of the records that need a check, as the sift found; empty without a sift.
        may_warn: whether a warning about text may be due for some of their texts.
        findings: the findings about other records.
        skipped: how many values should be records but are not.

    """

    records: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    unchecked: list[int] = field(default_factory=list)
    may_warn: bool = True
    findings: list[Finding] = field(default_factory=list)
    skipped: int = 0


class JsonReader:
    """Reads the records of one JSON text.

    ``wanted`` is the expected entity, if any; ``lines`` is whether there is one record per line, None to detect it;
    ``find_unchecked`` returns which records need a check; ``checks`` are the warnings about text to look for; ``line``
    is where the text begins, if it is a part of a file with one record per line.

    Attributes:
        wrapper: the name of the object around the list, if there is one.
        number: how many records there have been.
        line: with one record per line, the line that follows.
        is_broken: whether a finding has ended the reading.

    """

    def __init__(
        self,
        chunks: Iterable[str],
        *,
        wanted: str | None,
        lines: bool | None,
        parse_float: Callable[[str], Any] = float,
        find_unchecked: Sift | None = None,
        checks: Iterable[TextCheck] = JSON_CHECKS,
        line: int = 1,
    ) -> None:
        self._window = Window(chunks)
        self._wanted = wanted
        self._by_line = lines
        self._groups = GroupScanner(parse_float, find_unchecked, checks)
        self._scan = make_scan(parse_float, unique=True)
        self._block = JsonBlock()
        self._within = False
        self._careful = 0
        self._opened: tuple[int, int] | None = None
        self._is_first = line == 1
        self.wrapper: str | None = None
        self.number = 0
        self.line = line
        self.is_broken = False

    def blocks(self) -> Iterator[JsonBlock]:
        """The records, some at a time; the last block may have the finding that ended the reading."""
        try:
            yield from self._read()
        except EndOfReading as end:
            self.is_broken = True
            self._block.findings.append(end.finding)
            self._block.skipped += end.finding.row is not None
        yield from self._flush(0)

    def has_lines(self) -> bool:
        """Whether there is one record per line."""
        self._window.fill(1)
        if self._by_line is None:
            self._by_line = looks_like_lines(self._window)
        return self._by_line

    def _read(self) -> Iterator[JsonBlock]:
        """All blocks but the last."""
        if self.has_lines():
            yield from self._read_lines()
        else:
            self._window.skip()
            yield from self._read_list()

    def _flush(self, least: int | None = None) -> Iterator[JsonBlock]:
        """The block of records that were read one by one, if there are ``least`` of them; by default a full block."""
        if len(self._block.records) + self._block.skipped >= (BLOCK_ROWS if least is None else least):
            self._block.unchecked = self._groups.find_unchecked(self._block.records)
            yield self._block
            self._block = JsonBlock()

    def _flush_group(self, group: RecordGroup) -> Iterator[JsonBlock]:
        """The block of records that were read before, and the group as another block."""
        yield from self._flush(1)
        numbers = list(range(self.number + 1, self.number + 1 + len(group.records)))
        self.number += len(numbers)
        yield JsonBlock(group.records, numbers, group.lines, group.unchecked, group.may_warn)

    # -- one record per line

    def _read_lines(self) -> Iterator[JsonBlock]:
        stretches = Stretches(self._window.rest())
        try:
            for text in stretches:
                group = self._groups.scan_lines(text, self.line)
                if group is not None:
                    self._refuse_opened()
                    yield from self._flush_group(group)
                    self.line += len(group.records)
                    continue
                for single in lines_of(text):
                    content = single.strip(" \t\r\n")
                    if self._opened is not None and content.startswith('"'):
                        message = "the objects are over several lines; reading ends here"
                        self._refuse("invalid-json", message, self._opened[0], 1, SPREAD_HINT)
                        self.is_broken = True
                        return
                    if content:
                        self._refuse_opened()
                        self.number += 1
                        self._take_line(single.rstrip("\r\n"), self.line)
                        yield from self._flush()
                    self.line += 1
        except EndOfReading as end:
            self._refuse_opened()
            raise EndOfReading(located(end.finding, self.line, stretches.rest)) from None
        self._refuse_opened()

    def _refuse_opened(self) -> None:
        """Report the last line as one that ends inside its record, if it had only the brace that opens it."""
        if self._opened is not None:
            self._refuse("invalid-json", CUT_LINE, *self._opened)
            self._opened = None

    def _take_line(self, line: str, number: int) -> None:
        start = SPACE.match(line).end()  # type: ignore[union-attr]
        try:
            try:
                value, end = self._scan(line, start)
                flaws = find_flaws(line, start, end, value)
            except UNDECODED:
                scanner = Scanner(line, start)
                end = scanner.scan()
                value, flaws = None, scanner.flaws or [UNREADABLE]
            else:
                if line[end:].strip(" \t\r\n"):
                    raise Malformed(end, "unexpected text after the record; write one record per line")
        except Truncated:
            end = len(line.rstrip())
            if end == start + 1:  # the next line shows whether the object is over several lines
                self._opened = (number, end + 1)
            else:
                self._refuse("invalid-json", CUT_LINE, number, end + 1)
        except Malformed as bad:
            is_other = self._is_first and self.number == 1 and line[start : start + 1] != "{"
            self._refuse("invalid-json", bad.message, number, bad.position + 1, OTHER_HINT if is_other else None)
        else:
            self._report_flaws(flaws, lambda position: (number, position + 1))
            self._keep(value, flaws, (number, 1))

    # -- a list

    def _read_list(self) -> Iterator[JsonBlock]:
        window = self._window
        self._open_list()
        first = True
        while True:
            window.skip()
            if self._peek() == "]" and first:
                break
            group = self._find_group()
            if group is not None:
                yield from self._flush_group(group)
            else:
                self._take_item()
                yield from self._flush()
            first = False
            window.skip()
            if self._peek() == "]":
                break
            if self._peek() != ",":
                raise self._malformed("expected a comma or the end of the list")
            window.at += 1
            window.skip()
            if self._peek() == "]":
                raise self._malformed("expected a value after the comma")
        window.at += 1
        self._close()

    def _open_list(self) -> None:
        window = self._window
        if self._peek("the text contains no JSON") != "[":
            window.fill(WRAPPER_CHARS)
        if self._peek() == "{":
            match = WRAPPER.match(window.text, window.at)
            if match is None:
                if self._is_cut_off():
                    raise self._malformed("the text ends inside the value", end=True)
                hint = 'put the record in a list: [ … ], or wrap the list: {"customers": [ … ]}'
                hint += ", or read it as jsonl, one record per line"
                raise self._stop("wrong-shape", "the object does not wrap a list of records", hint)
            self._check_wrapper(json.loads(match[1]))
            window.at = match.end()
        elif self._peek() == "[":
            window.at += 1
        else:
            self._is_cut_off()
            raise self._stop("wrong-shape", "the JSON is neither a list nor an object", "give a list of records")

    def _is_cut_off(self) -> bool:
        """Whether the text ends inside the value here; raises EndOfReading if it is not JSON."""
        window = self._window
        try:
            Scanner(window.text, window.at).scan()
        except Truncated:
            return window.ended
        except Malformed as bad:
            if bad.position >= len(window.text) - LOOKAHEAD_CHARS and window.double():
                return self._is_cut_off()  # a number may continue
            window.at = bad.position
            raise self._malformed(bad.message) from None
        return False

    def _check_wrapper(self, name: str) -> None:
        if self._wanted is not None and name != self._wanted:
            raise self._stop("wrong-wrapper", f"the list is wrapped in {cut(name)!r}, but {self._wanted!r} is expected")
        if name not in ENTITIES:
            hint = f"the entities are {', '.join(ENTITIES)}"
            raise self._stop("wrong-wrapper", f"the list is wrapped in {cut(name)!r}, which is not an entity", hint)
        self.wrapper = name

    def _find_group(self) -> RecordGroup | None:
        """The item here and some after it, if they are plain; None if the item must be read by itself."""
        window = self._window
        if self._careful > 0:
            return None
        window.fill(GROUP_CHARS)
        end = self._groups.find_items(window.text, window.at)
        group = self._groups.scan_items(window.text[window.at : end], window.locate(window.at)[0]) if end else None
        if group is not None:
            window.at = end
        elif end:
            self._careful = end - window.at  # something is wrong there
        return group

    def _take_item(self) -> None:
        window = self._window
        self.number += 1
        self._within = True
        while True:
            try:
                value, end = self._scan(window.text, window.at)
                if end > len(window.text) - LOOKAHEAD_CHARS and not isinstance(value, dict) and window.double():
                    continue  # a number may continue
                if end < len(window.text) and NUMBER_START.fullmatch(window.text, window.at):
                    raise StopIteration  # the text ends within it
                flaws = find_flaws(window.text, window.at, end, value)
            except UNDECODED:
                scanned = self._scan_flaws()
                if scanned is None:
                    continue
                value, flaws, end = None, *scanned
            where = window.locate(window.at)
            self._report_flaws(flaws, window.locate)
            self._keep(value, flaws, where)
            self._groups.learn_separator(window.text, end)
            self._careful = max(0, self._careful - (end - window.at))
            window.at = end
            self._within = False
            return

    def _scan_flaws(self) -> tuple[list[Flaw], int] | None:
        """The flaws and the end of the value here; None if more text had to be read first."""
        window = self._window
        scanner, ended = Scanner(window.text, window.at), window.ended
        try:
            if not ended:
                find_end(window.text, window.at)
            end = scanner.scan()
        except Truncated:
            if not window.double() and ended:
                raise self._malformed("the text ends inside the value", end=True) from None
            return None
        except Malformed as bad:
            window.at = bad.position
            raise self._malformed(bad.message) from None
        return scanner.flaws or [replace(UNREADABLE, position=window.at)], end

    def _close(self) -> None:
        window = self._window
        if self.wrapper is not None:
            window.skip()
            if self._peek() == ",":
                raise self._stop("wrong-shape", "the object that wraps the list has a second key")
            if self._peek() != "}":
                raise self._malformed("expected '}'")
            window.at += 1
        window.skip()
        if window.at < len(window.text):
            raise self._malformed("unexpected text after the list")
        if window.failure is not None:
            raise self._malformed("the text ends here", end=True)

    def _peek(self, otherwise: str = "the text ends inside the list") -> str:
        character = self._window.peek()
        if not character:
            raise self._malformed(otherwise, end=True)
        return character

    # -- results

    def _report_flaws(self, flaws: list[Flaw], locate: Callable[[int], tuple[int, int]]) -> None:
        for flaw in flaws:
            line, column = locate(flaw.position)
            path = format_pointer(flaw.path)
            where: dict[str, Any] = {"row": self.number, "line": line, "column": column, "path": path}
            self._block.findings.append(make_finding(flaw.code, flaw.message, value=flaw.value, **where))

    def _keep(self, value: Any, flaws: list[Flaw], where: tuple[int, int]) -> None:
        if flaws:
            self._block.skipped += 1
        elif not isinstance(value, dict):
            kind = TYPE_NAMES.get(type(value), "a number")
            self._refuse("not-an-object", f"{kind} is not a record: a record is an object", *where)
        else:
            block = self._block
            block.records.append(value)
            block.numbers.append(self.number)
            block.lines.append(where[0])

    def _refuse(self, code: str, message: str, line: int, column: int, hint: str | None = None) -> None:
        where = {"row": self.number, "line": line, "column": column}
        self._block.findings.append(make_finding(code, message, hint=hint, **where))
        self._block.skipped += 1

    def _stop(self, code: str, message: str, hint: str | None = None) -> EndOfReading:
        line, column = self._window.locate(self._window.at)
        row = self.number if self._within else None
        return EndOfReading(make_finding(code, message, hint=hint, row=row, line=line, column=column))

    def _malformed(self, message: str, *, end: bool = False) -> EndOfReading:
        window = self._window
        if end and window.failure is not None:
            line, _ = window.locate(len(window.text))
            return EndOfReading(replace(window.failure.finding, line=line, row=self.number if self._within else None))
        if end:
            window.at = len(window.text)
        is_other = not self.number and window.text.lstrip()[:1] not in ("", "[", "{")
        return self._stop("invalid-json", f"{message}; reading ends here", OTHER_HINT if is_other else None)
