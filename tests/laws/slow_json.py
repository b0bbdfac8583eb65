"""JSON text to records one by one, each looked at closely: the oracle of what the library reads many at a time.

The tokens of a record that has a flaw are the library's own ``Scanner``, which is slow and exact already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import MAX_DEPTH
from custobar_formats.core.paths import format_pointer
from custobar_formats.core.scalars import parse_number
from custobar_formats.jsontext.scanner import STRING, UNREADABLE, Flaw, Malformed, Scanner, Truncated
from custobar_formats.text.chunks import Stretches, lines_of, located

BLOCK_ROWS = 128
SPACE = re.compile(r"[ \t\n\r]*")
WRAPPER = re.compile(rf'\{{[ \t\n\r]*({STRING}")[ \t\n\r]*:[ \t\n\r]*\[')
WRAPPER_CHARS = 4096
SUSPICIOUS = re.compile(r"\\u[dD][89a-fA-F]")


def split_lines(chunks: Iterable[str]) -> Iterator[list[str]]:
    """Complete lines, each with its end.

    Raises:
        EndOfReading: as the chunks raise it; its finding gets the line, and a line cut off there is left out.

    """
    stretches = Stretches(chunks)
    count = 0
    try:
        for text in stretches:
            lines = lines_of(text)
            count += len(lines)
            yield lines
    except EndOfReading as end:
        raise EndOfReading(located(end.finding, count + 1, stretches.rest)) from None


class Refused(Exception):
    """Raised within the json module's hooks for what is to be looked at closely."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise Refused
    return record


def _refuse_constant(_: str) -> Any:
    raise Refused


def make_decoder(parse_float: Callable[[str], Any]) -> json.JSONDecoder:
    """A decoder that raises ``Refused`` for duplicate keys, NaN, Infinity and numbers beyond the limits."""

    def number(text: str) -> Any:
        value = parse_number(text, parse_float)
        if value is None:
            raise Refused
        return value

    return json.JSONDecoder(
        object_pairs_hook=_unique, parse_float=number, parse_int=number, parse_constant=_refuse_constant
    )


@dataclass(slots=True)
class JsonBlock:
    """Some records of a JSON file; ``skipped`` counts those that are none but should be."""

    records: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    skipped: int = 0


class JsonReader:
    """Reads the records of one JSON text.

    ``wanted`` is the entity asked for, if any; ``lines`` says whether there is one record a line, None to look.
    """

    def __init__(
        self,
        chunks: Iterable[str],
        *,
        wanted: str | None,
        lines: bool | None,
        parse_float: Callable[[str], Any] = float,
    ) -> None:
        self._chunks = iter(chunks)
        self._wanted = wanted
        self._by_line = lines
        self._decoder = make_decoder(parse_float)
        self._text = ""
        self._at = 0
        self._line = 1
        self._column = 1
        self._counted = 0
        self._ended = False
        self._number = 0
        self._within = False
        self._end: EndOfReading | None = None
        self.wrapper: str | None = None

    def blocks(self) -> Iterator[JsonBlock]:
        """The records, some at a time; the last block may end with what ended the reading."""
        block = JsonBlock()
        try:
            for _ in self._read(block):
                if len(block.records) + block.skipped >= BLOCK_ROWS:
                    yield replace(block)
                    block.records, block.numbers, block.lines, block.findings = [], [], [], []
                    block.skipped = 0
        except EndOfReading as end:
            block.findings.append(end.finding)
            block.skipped += end.finding.row is not None
        yield block

    def _read(self, block: JsonBlock) -> Iterator[None]:
        """Add record after record to the block, and yield after each."""
        self._fill(1)
        if self._by_line is None:
            self._by_line = self._looks_like_lines()
        if not self._by_line:
            self._skip()
        if self._by_line:
            yield from self._read_lines(block)
        else:
            yield from self._read_list(block)

    def _looks_like_lines(self) -> bool:
        """Whether the first value is an object that wraps no list, and another object begins on a line after it."""
        self._fill(WRAPPER_CHARS)
        start = SPACE.match(self._text).end()  # type: ignore[union-attr]
        wrapper = WRAPPER.match(self._text, start)
        if not self._text.startswith("{", start) or (wrapper and json.loads(wrapper[1]) in ENTITIES):
            return False
        while True:
            try:
                end = Scanner(self._text, start).scan()
                rest = SPACE.match(self._text, end).end()  # type: ignore[union-attr]
                if rest < len(self._text) or not self._fill(2 * len(self._text)):
                    return "\n" in self._text[end:rest] and self._text.startswith("{", rest)
            except Truncated:
                if not self._fill(2 * len(self._text)):
                    return False
            except Malformed:
                return False

    # -- one record a line

    def _read_lines(self, block: JsonBlock) -> Iterator[None]:
        rest = self._rest()
        for lines in split_lines(rest):
            for line in lines:
                if line.strip(" \t\r\n"):
                    self._number += 1
                    self._take_line(line, block)
                    yield
                self._line += 1

    def _rest(self) -> Iterator[str]:
        yield self._text[self._at :]
        self._text, self._at = "", 0
        if self._end is not None:
            raise self._end
        yield from self._chunks

    def _take_line(self, line: str, block: JsonBlock) -> None:
        start = SPACE.match(line).end()  # type: ignore[union-attr]
        try:
            value, end = self._decoder.raw_decode(line, start)
            flaws = self._suspect(line, start, end)
            if line[end:].strip(" \t\r\n"):
                raise Malformed(end, "one record a line: nothing may follow it")
        except (Refused, ValueError, RecursionError):
            try:
                scanner = Scanner(line, start)
                scanner.scan()
                value, flaws = None, scanner.flaws or [UNREADABLE]
            except Truncated:
                self._refuse(
                    block, "invalid-json", "the line ends within the record", self._line, len(line.rstrip()) + 1
                )
                return
            except Malformed as bad:
                self._refuse(block, "invalid-json", bad.message, self._line, bad.position + 1)
                return
        except Malformed as bad:
            self._refuse(block, "invalid-json", bad.message, self._line, bad.position + 1)
            return
        self._keep(block, value, flaws, lambda position: (self._line, position + 1))

    # -- a list

    def _read_list(self, block: JsonBlock) -> Iterator[None]:
        self._open_list()
        first = True
        while True:
            self._skip()
            if self._peek() == "]" and first:
                break
            self._take_item(block)
            yield
            first = False
            self._skip()
            if self._peek() == "]":
                break
            if self._peek() != ",":
                raise self._malformed("a comma or the end of the list is wanted here")
            self._at += 1
            self._skip()
            if self._peek() == "]":
                raise self._malformed("a value is wanted after the comma")
        self._at += 1
        self._close()

    def _open_list(self) -> None:
        if self._peek("the text holds no JSON") == "{":
            self._fill(WRAPPER_CHARS)
            match = WRAPPER.match(self._text, self._at)
            if match is None:
                if self._is_cut_off():
                    raise self._malformed("the text ends within the value", end=True)
                hint = 'put the record in a list: [ … ], or wrap the list: {"customers": [ … ]}'
                hint += ", or read it as jsonl, one record a line"
                raise self._stop("wrong-shape", "an object that does not wrap a list of records", hint)
            self._check_wrapper(json.loads(match[1]))
            self._at = match.end()
        elif self._peek() == "[":
            self._at += 1
        else:
            self._is_cut_off()
            raise self._stop("wrong-shape", "JSON that is neither a list nor an object", "give a list of records")

    def _is_cut_off(self) -> bool:
        """Whether the text ends within the value here; raises EndOfReading where it is not JSON."""
        try:
            Scanner(self._text, self._at).scan()
        except Truncated:
            return self._ended
        except Malformed as bad:
            self._at = bad.position
            raise self._malformed(bad.message) from None
        return False

    def _check_wrapper(self, name: str) -> None:
        if self._wanted is not None and name != self._wanted:
            raise self._stop("wrong-wrapper", f"the list is wrapped as {name!r}, but {self._wanted!r} is wanted")
        if name not in ENTITIES:
            hint = f"the entities are {', '.join(ENTITIES)}"
            raise self._stop("wrong-wrapper", f"the list is wrapped as {name!r}, which is no entity", hint)
        self.wrapper = name

    def _take_item(self, block: JsonBlock) -> None:
        self._number += 1
        self._within = True
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                if end == len(self._text) and self._fill(len(self._text) - self._at + 1):
                    continue  # a number may go on
                flaws = self._suspect(self._text, self._at, end)
            except (Refused, ValueError, RecursionError):
                scanned = self._scan()
                if scanned is None:
                    continue
                value, flaws, end = None, *scanned
            line, _ = self._locate(self._at)
            self._keep(block, value, flaws, self._locate, line)
            self._at = end
            self._within = False
            return

    def _scan(self) -> tuple[list[Flaw], int] | None:
        """The flaws and the end of the value here; None where more had to be read."""
        scanner = Scanner(self._text, self._at)
        try:
            end = scanner.scan()
        except Truncated:
            if not self._fill(2 * (len(self._text) - self._at)):
                raise self._malformed("the text ends within the value", end=True) from None
            return None
        except Malformed as bad:
            self._at = bad.position
            raise self._malformed(bad.message) from None
        return scanner.flaws or [replace(UNREADABLE, position=self._at)], end

    def _close(self) -> None:
        if self.wrapper is not None:
            self._skip()
            if self._peek() == ",":
                raise self._stop("wrong-shape", "the object that wraps the list has a second key")
            if self._peek() != "}":
                raise self._malformed("'}' is wanted here")
            self._at += 1
        self._skip()
        if self._at < len(self._text):
            raise self._malformed("nothing may follow the list")
        if self._end is not None:
            raise self._malformed("the text ends here", end=True)

    # -- the text

    def _fill(self, size: int) -> bool:
        """Have so many characters from here on, if there are; whether there are more than before."""
        before = len(self._text) - self._at
        parts, have = [self._text[self._at :]], before
        while have < size and not self._ended:
            try:
                chunk = next(self._chunks, None)
            except EndOfReading as end:
                self._end, chunk = end, None
            if chunk is None:
                self._ended = True
            else:
                parts.append(chunk)
                have += len(chunk)
        if have > before:
            self._line, self._column = self._locate(self._at)
            self._text, self._at, self._counted = "".join(parts), 0, 0
        return have > before

    def _skip(self) -> None:
        while True:
            match = SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._fill(1):
                return

    def _peek(self, otherwise: str = "the text ends within the list") -> str:
        if self._at >= len(self._text) and not self._fill(1):
            raise self._malformed(otherwise, end=True)
        return self._text[self._at]

    def _locate(self, position: int) -> tuple[int, int]:
        """The line and the column of a position at or after the last one that was asked for."""
        if position < self._counted:
            breaks = self._text.count("\n", position, self._counted)
            last = self._text.rfind("\n", 0, position)
            return self._line - breaks, (position - last if last >= 0 else position + 1)
        breaks = self._text.count("\n", self._counted, position)
        if breaks:
            self._line += breaks
            self._column = position - self._text.rfind("\n", 0, position)
        else:
            self._column += position - self._counted
        self._counted = position
        return self._line, self._column

    # -- findings

    def _suspect(self, text: str, start: int, end: int) -> list[Flaw]:
        """The flaws of a value that was decoded all the same."""
        deep = text.count("{", start, end) + text.count("[", start, end) > MAX_DEPTH
        if not deep and not SUSPICIOUS.search(text, start, end):
            return []
        scanner = Scanner(text, start)
        scanner.scan()
        return scanner.flaws

    def _keep(
        self,
        block: JsonBlock,
        value: Any,
        flaws: list[Flaw],
        locate: Callable[[int], tuple[int, int]],
        line: int | None = None,
    ) -> None:
        begins = self._line if line is None else line
        for flaw in flaws:
            at_line, column = locate(flaw.position)
            block.findings.append(
                make_finding(
                    flaw.code,
                    flaw.message,
                    row=self._number,
                    line=at_line,
                    column=column,
                    path=format_pointer(flaw.path),
                    value=flaw.value,
                )
            )
        if flaws:
            block.skipped += 1
        elif not isinstance(value, dict):
            at_line, column = locate(self._at) if line is not None else (begins, 1)
            kind = {list: "a list", str: "text", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
            self._refuse(block, "not-an-object", f"{kind} is no record: a record is an object", at_line, column)
        else:
            block.records.append(value)
            block.numbers.append(self._number)
            block.lines.append(begins)

    def _refuse(self, block: JsonBlock, code: str, message: str, line: int, column: int) -> None:
        block.findings.append(make_finding(code, message, row=self._number, line=line, column=column))
        block.skipped += 1

    def _stop(self, code: str, message: str, hint: str | None = None) -> EndOfReading:
        line, column = self._locate(self._at)
        row = self._number if self._within else None
        return EndOfReading(make_finding(code, message, hint=hint, row=row, line=line, column=column))

    def _malformed(self, message: str, *, end: bool = False) -> EndOfReading:
        if end and self._end is not None:
            line, _ = self._locate(len(self._text))
            return EndOfReading(replace(self._end.finding, line=line, row=self._number if self._within else None))
        if end:
            self._at = len(self._text)
        return self._stop("invalid-json", f"{message}; reading ends here")
