"""One JSON value in a text, token by token: its end, and its flaws.

In: a text and a position. Out: the end of the value, and flaws with their positions and paths. Slow and exact:
used only for values that the json module refuses or that look suspicious.
Source: RFC 8259.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from json.scanner import make_scanner
from typing import Any

from custobar_formats.core.findings import cut
from custobar_formats.core.limits import LOOKAHEAD_CHARS, MAX_DEPTH, MAX_DIGITS, MAX_SCAN_DEPTH
from custobar_formats.core.paths import Path
from custobar_formats.core.scalars import fits_float
from custobar_formats.text.chunks import SPACE

_PLAIN = r'[^"\\\x00-\x1f]*'
_ESCAPE = r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})'
_PART = f"{_PLAIN}(?:{_ESCAPE}{_PLAIN}){{0,4096}}"
STRING = f'"{_PART}'
"""A string up to its closing quote, if it has no more escapes than that: matching takes memory for each."""

STRING_PART = re.compile(_PART)
TRAILING_COMMA = re.compile(r",[ \t\n\r]*[\]}]")
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
NUMBER_START = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*|(?:\.[0-9]+)?[eE][+-]?[0-9]*)?)?", re.ASCII)
"""A number that may go on after the end of the text."""

ESCAPE_START = re.compile(r"\\(?:u[0-9A-Fa-f]{0,3})?")
"""An escape that may go on after the end of the text."""

SPACES = (" ", "\t", "\n", "\r")
WORDS = {"true": None, "false": None, "null": None, "NaN": "not-a-number", "Infinity": "not-a-number"}
WORDS |= {"-Infinity": "not-a-number"}
LONGEST_WORD = max(map(len, WORDS))
_PAIR = r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
ESCAPED_SURROGATE = re.compile(_PAIR + r"|(\\u[dD][89a-fA-F][0-9A-Fa-f]{2})|\\.")
SURROGATE_PAIR = re.compile(_PAIR)
SUSPICIOUS = re.compile(r"\\u[dD][89a-fA-F]")
"""Escapes that may be half of a surrogate pair."""

INFINITE = (math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A flaw of a value: the finding's code and message, the position in the text, the path, and the wrong text."""

    code: str
    message: str
    position: int
    path: Path
    value: str | None = None


class Truncated(Exception):
    """The text ends inside the value."""


class Malformed(Exception):
    """The text is not JSON from this position on."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(position, message)
        self.position = position
        self.message = message


@dataclass(slots=True)
class _Open:
    """A list or an object that has not ended yet."""

    is_object: bool
    step: str | int = -1
    keys: set[str] | None = None


class Scanner:
    """Scans one value."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._at = position
        self._open: list[_Open] = []
        self.flaws: list[Flaw] = []

    def scan(self) -> int:
        """The end of the value; ``flaws`` then has its flaws.

        Raises:
            Truncated: the text ends first.
            Malformed: it is not JSON.

        """
        self._value()
        while self._open:
            innermost = self._open[-1]
            self._skip()
            character = self._peek()
            if character == ("}" if innermost.is_object else "]"):
                self._at += 1
                self._open.pop()
                continue
            if innermost.step != -1:
                self._expect(",")
            if innermost.is_object:
                self._key(innermost)
            else:
                innermost.step = int(innermost.step) + 1
            self._value()
            self._refuse_trailing_comma()
        return self._at

    def _refuse_trailing_comma(self) -> None:
        if self._open and self._open[-1].step != -1:
            self._skip()
            if TRAILING_COMMA.match(self._text, self._at):
                raise Malformed(self._at, "a comma before the end of a list or object")

    def _path(self) -> Path:
        return tuple(item.step for item in self._open)

    def _skip(self) -> None:
        if self._text.startswith(SPACES, self._at):
            self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]

    def _peek(self) -> str:
        if self._at >= len(self._text):
            raise Truncated
        return self._text[self._at]

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise Malformed(self._at, f"expected {character!r}")
        self._at += 1
        self._skip()

    def _flaw(self, code: str, message: str, value: str | None = None) -> None:
        self.flaws.append(Flaw(code, message, self._at, self._path(), value))

    def _key(self, innermost: _Open) -> None:
        if self._peek() != '"':
            raise Malformed(self._at, "expected a key in double quotes")
        start = self._at
        string = self._string(is_key=True)
        key: str = json.loads(string) if "\\" in string else string[1:-1]
        innermost.step = key
        if innermost.keys is None:
            innermost.keys = {key}
        elif key not in innermost.keys:
            innermost.keys.add(key)
        else:
            message = f"duplicate key {cut(key)!r} in one object"
            self.flaws.append(Flaw("duplicate-key", message, start, self._path()))
        self._skip()
        self._expect(":")

    def _string(self, *, is_key: bool = False) -> str:
        """The string here, with its quotes; a flaw of a key is one of its object."""
        end = _part_end(self._text, self._at + 1)
        while self._text.startswith("\\", end) and (more := _part_end(self._text, end)) > end:
            end = more
        if not self._text.startswith('"', end):
            self._refuse_string(end)
        string = self._text[self._at : end + 1]
        escapes = ESCAPED_SURROGATE.finditer(string) if "\\" in string else ()
        lone = next((found[1] for found in escapes if found[1]), None)
        if lone is not None:
            path = self._path()[:-1] if is_key else self._path()
            self.flaws.append(Flaw("lone-surrogate", f"{lone} is half of a surrogate pair", self._at, path, lone))
        self._at = end + 1
        return string

    def _refuse_string(self, end: int) -> None:
        if end >= len(self._text) or ESCAPE_START.fullmatch(self._text, end):
            raise Truncated
        what = "an invalid escape" if self._text[end] == "\\" else "a control character in a string"
        raise Malformed(end, what)

    def _value(self) -> None:
        self._skip()
        character = self._peek()
        if character in "{[":
            self._at += 1
            if len(self._open) == MAX_DEPTH:
                self._flaw("too-deep", f"nested more than {MAX_DEPTH} levels deep")
            self._open.append(_Open(character == "{"))
            if len(self._open) > MAX_SCAN_DEPTH:
                raise Malformed(self._at, f"nested more than {MAX_SCAN_DEPTH:,} levels deep")
        elif character == '"':
            self._string()
        else:
            self._bare()

    def _bare(self) -> None:
        for word, code in WORDS.items():
            if self._text.startswith(word, self._at):
                if code:
                    self._flaw(code, f"{word} is not JSON", word)
                self._at += len(word)
                return
        rest = self._text[self._at : self._at + LONGEST_WORD]
        if NUMBER_START.fullmatch(self._text, self._at) or any(word.startswith(rest) for word in WORDS):
            raise Truncated
        match = JSON_NUMBER.match(self._text, self._at)
        if match is None:
            raise Malformed(self._at, "expected a value")
        self._check_number(match)
        self._at = match.end()

    def _check_number(self, match: re.Match[str]) -> None:
        if match[1] is None and match[2] is None:
            too_long = len(match[0].lstrip("-")) > MAX_DIGITS
        else:
            too_long = not fits_float(match[0])
        if too_long:
            self._flaw(
                "number-too-long",
                f"an integer of more than {MAX_DIGITS} digits, or a number too large for a float",
                match[0],
            )


def _part_end(text: str, position: int) -> int:
    """The end of a part of a string, which goes on to a quote or another escape."""
    match = STRING_PART.match(text, position)
    return match.end() if match else position


UNREADABLE = Flaw("number-too-long", "a number has more digits than this Python is set to read", 0, ())
"""The flaw of a valid number where ``sys.set_int_max_str_digits`` was set below our own limit."""

Scan = Callable[[str, int], tuple[Any, int]]
"""Reads the value that begins at a position, without white space before it; returns it and its end.

Raises the exceptions in ``UNDECODED``.
"""


class Refused(Exception):
    """Raised in the json module's hooks for a value that needs a closer look."""


UNDECODED = (Refused, StopIteration, ValueError, RecursionError)
"""The exceptions of the json module and its hooks: there is no valid value, or it needs a closer look."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise Refused
    return record


def _refuse_constant(_: str) -> Any:
    raise Refused


def make_scan(parse_float: Callable[[str], Any], *, unique: bool) -> Scan:
    """A scan that raises ``Refused`` for NaN, Infinity, numbers beyond the limits and, if unique, duplicate keys."""

    def number(text: str) -> Any:
        value = float(text)
        if (not value or value in INFINITE) and not fits_float(text):
            raise Refused
        return value if parse_float is float else parse_float(text)

    def integer(text: str) -> int:
        if len(text.lstrip("-")) > MAX_DIGITS:
            raise Refused
        return int(text)

    host_limits = 0 < sys.get_int_max_str_digits() <= MAX_DIGITS
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique if unique else None,
        parse_float=number,
        parse_int=int if host_limits else integer,
        parse_constant=_refuse_constant,
    )
    return _make_scan(decoder)


def _make_scan(decoder: json.JSONDecoder) -> Scan:
    scan: Scan = make_scanner(decoder)  # type: ignore[arg-type] # typeshed takes the decoder for a scanner
    return scan


_LOOSE = _make_scan(json.JSONDecoder(object_pairs_hook=len, parse_float=len, parse_int=len, parse_constant=len))


def find_end(text: str, position: int) -> int:
    """The end of the value, whatever its flaws; the same as ``Scanner`` finds, but faster if the value is long.

    Raises:
        Truncated: the text ends first, or seems to; only ``Scanner`` is certain at the end of a text.
        Malformed: it is not JSON.

    """
    try:
        return _LOOSE(text, position)[1]
    except StopIteration as stop:
        failed: int = stop.value
    except json.JSONDecodeError as error:
        failed = error.pos
    except RecursionError:
        failed = position
    if failed >= len(text) - LOOKAHEAD_CHARS or text[failed] == '"':  # a text without its closing quote
        raise Truncated
    return Scanner(text, position).scan()


def has_lone_surrogate(text: str, start: int, end: int) -> bool:
    """Whether some JSON has an escape of half a surrogate pair."""
    if text.find("\\", start, end) < 0 or not SUSPICIOUS.search(text, start, end):
        return False
    if text.find("\\\\", start, end) < 0:  # then each match is an escape, and all of them are in pairs or not
        return len(SUSPICIOUS.findall(text, start, end)) != 2 * len(SURROGATE_PAIR.findall(text, start, end))
    return any(found[1] for found in ESCAPED_SURROGATE.finditer(text, start, end))


def measure(values: Iterable[Any]) -> tuple[int, int]:
    """The number of strings in some values, keys included, and the depth of the deepest in lists and objects."""
    level, strings, depth = list(values), 0, 0
    while True:
        which = set(map(type, level))
        is_mixed = len(which) > 1
        if str in which:
            strings += list(map(type, level)).count(str) if is_mixed else len(level)
        if dict not in which and list not in which:
            return strings, depth
        depth += 1
        objects = [value for value in level if type(value) is dict] if is_mixed or dict not in which else level
        lists = [value for value in level if type(value) is list] if list in which else []
        strings += sum(map(len, objects))
        level = [*chain.from_iterable(map(dict.values, objects)), *chain.from_iterable(lists)]


def is_deep(value: Any) -> bool:
    """Whether lists and objects are nested beyond the limit."""
    return measure([value])[1] > MAX_DEPTH


def find_flaws(text: str, start: int, end: int, value: Any) -> list[Flaw]:
    """The flaws of a value that the json module decoded all the same."""
    crowded = text.count("{", start, end) + text.count("[", start, end) > MAX_DEPTH
    if not (crowded and is_deep(value)) and not has_lone_surrogate(text, start, end):
        return []
    scanner = Scanner(text, start)
    scanner.scan()
    return scanner.flaws
