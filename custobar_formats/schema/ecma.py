"""ECMA-262 patterns, read by their grammar and respelled for the two packages that run them.

In: a pattern. Out: the pattern in the notation of Python's ``re`` or of jsonschema-rs. Rule: what is no pattern of
ECMA-262 is refused, although a package may take it; what a package would judge differently is spelled so that it judges
alike, or is refused.
Source: ECMA-262, 15th edition, 22.2.1 (patterns, with the flag u), 22.2.2 (semantics) and B.1.2 (single brackets).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import CACHED_PATTERNS, MAX_PATTERN_DEPTH
from custobar_formats.core.shown import shown
from custobar_formats.schema.ecma_properties import is_property

WORD = "[0-9A-Z_a-z]"
SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
SETS = {
    "d": "0-9",
    "D": "\\x00-/:-\U0010ffff",
    "w": WORD[1:-1],
    "W": "\\x00-/:-@\\[-\\^`{-\U0010ffff",
    "s": SPACE,
    "S": (
        r"\x00-\x08\x0e-\x1f!-\x9f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff"
        "\\u3001-\\ufefe\\uff00-\U0010ffff"
    ),
}
"""The characters of ``\\d`` and the like (22.2.2.9): words and digits are ASCII, white space is not."""

ANY, NEVER = r"[\s\S]", r"[^\s\S]"
NOTHING = "(?:|)"
"""Matches the empty text, and may be repeated."""

CONTROLS = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
CODE = re.compile(
    r"u(?P<high>[Dd][89ABab][0-9A-Fa-f]{2})\\u(?P<low>[Dd][C-Fc-f][0-9A-Fa-f]{2})"
    r"|u(?P<four>[0-9A-Fa-f]{4})|u\{0*(?P<any>[0-9A-Fa-f]{1,6})\}|x(?P<two>[0-9A-Fa-f]{2})|c(?P<control>[A-Za-z])"
)
"""The escapes of characters by their numbers, without the backslash."""

QUANTIFIER = re.compile(r"(?:[*+?]|\{([0-9]+)(?:(,)([0-9]*))?\})\??", re.ASCII)
GROUP = re.compile(r"\((?:\?(?:<(?![=!])(?P<name>[^>]*)>|(?P<kind>:|<?[=!])))?(?!\?)")
PROPERTY = re.compile(r"([pP])\{([^}]*)\}")
REFERENCE = re.compile(r"([1-9][0-9]*)|k<([^>]*)>", re.ASCII)
TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|" + GROUP.pattern, re.DOTALL)
SYNTAX = frozenset("^$\\.*+?()[]{}|")
IN_CLASS = frozenset("[]\\^-&~|")


@dataclass(frozen=True)
class Notation:
    """The parts of the notation that differ between packages."""

    end: str
    edge: str
    no_edge: str
    group: str
    reference: str
    has_properties: bool
    has_surrogates: bool


PYTHON = Notation(
    r"\Z",
    r"\b",
    r"(?!\b)",  # before Python 3.14, \B does not match in an empty text
    "(?P<g{}>",
    "(?P=g{})",
    has_properties=False,
    has_surrogates=True,
)
RUST = Notation(
    "$",
    f"(?:(?<={WORD})(?!{WORD})|(?<!{WORD})(?={WORD}))",  # its own \b goes by the letters of Unicode
    f"(?:(?<={WORD})(?={WORD})|(?<!{WORD})(?!{WORD}))",
    "(",
    r"(?:\{})",
    has_properties=True,
    has_surrogates=False,
)


@dataclass(eq=False, slots=True)
class _Group:
    """A group of a pattern, or the whole: its kind, its group around it, and which alternative of that it is in."""

    kind: str
    parent: _Group | None = None
    place: int = 0
    alternatives: int = 1
    is_optional: bool = False
    start: int = 0
    depth: int = 0

    def around(self) -> Iterator[_Group]:
        """The group and those around it, from the innermost."""
        group: _Group | None = self
        while group is not None:
            yield group
            group = group.parent


class _Invalid(Exception):
    """Why a pattern is refused."""


class _Unsupported(_Invalid):
    """Why a pattern of ECMA-262 is refused."""


@lru_cache(maxsize=CACHED_PATTERNS)
def respelled(pattern: str, notation: Notation) -> str:
    """An ECMA-262 pattern in the notation of a package.

    Raises:
        SchemaError: it is no pattern of ECMA-262, or the packages cannot run it alike.

    """
    try:
        return _Speller(pattern, notation).spelled()
    except _Unsupported as error:
        raise SchemaError(f"pattern {shown(pattern)}: {error}") from None
    except _Invalid as error:
        raise SchemaError(f"{shown(pattern)} is not a valid ECMA-262 pattern: {error}") from None


@dataclass(slots=True)
class _Speller:
    """Reads one pattern, from the left to the right."""

    pattern: str
    notation: Notation
    at: int = 0
    out: list[str] = field(default_factory=list)
    open: _Group = field(default_factory=lambda: _Group(""))
    groups: list[_Group] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def spelled(self) -> str:
        """The pattern in the other notation."""
        self._find_groups()
        while self.at < len(self.pattern):
            self._read(self.pattern[self.at])
        if self.open.parent is not None:
            raise _Invalid("a group is not closed")
        return "".join(self.out)

    def _find_groups(self) -> None:
        for match in TOKEN.finditer(self.pattern):
            name = match["name"]
            if name is not None:
                name = _name(name)
                if name in self.names:
                    raise _Invalid(f"two groups are named {shown(name)}")
                self.names[name] = self.count + 1
            self.count += name is not None or match[0] == "("

    def _take(self, token: re.Pattern[str], at: int) -> re.Match[str] | None:
        match = token.match(self.pattern, at)
        if match is not None:
            self.at = match.end()
        return match

    def _read(self, char: str) -> None:
        """Read the next part: an atom with its quantifier, an assertion, the start or the end of a group, or ``|``."""
        start, self.at = self.at, self.at + 1
        if char == "|":
            self.open.alternatives += 1
            self.out.append(char)
        elif char in "^$":
            self.out.append(self.notation.end if char == "$" else char)
        elif char == "(":
            self._enter(start)
        elif char == ")":
            self._leave()
        elif char in "*+?{":
            reason = "a { begins no quantifier" if char == "{" else f"nothing to repeat before {char}"
            raise _Invalid(f"{reason} (at character {start + 1})")
        elif self.pattern.startswith((r"\b", r"\B"), start):
            self.at += 1
            self.out.append(self.notation.edge if self.pattern[start + 1] == "b" else self.notation.no_edge)
        else:
            self.out.append(self._atom(char))
            self._quantifier(None)

    def _enter(self, start: int) -> None:
        match = self._take(GROUP, start)
        if match is None:
            raise _Invalid(f"it has no group that begins with {shown(self.pattern[start : start + 4])}")
        kind = match["kind"] or ""
        self.open = _Group(kind, self.open, self.open.alternatives, start=len(self.out), depth=self.open.depth + 1)
        if self.open.depth > MAX_PATTERN_DEPTH:
            raise _Invalid(f"its groups are nested more than {MAX_PATTERN_DEPTH} levels deep")
        if not kind:
            self.groups.append(self.open)
        self.out.append(f"(?{kind}" if kind else self.notation.group.format(len(self.groups)))

    def _leave(self) -> None:
        group = self.open
        if group.parent is None:
            raise _Invalid("a ) closes no group")
        is_empty = group.kind == ":" and len(self.out) == group.start + 1
        self.out.append("|)" if is_empty else ")")
        self.open = group.parent
        if group.kind in ("", ":"):
            self._quantifier(group)

    def _quantifier(self, group: _Group | None) -> None:
        """Read the quantifier of an atom or a group, if it has one."""
        match = self._take(QUANTIFIER, self.at)
        if match is None:
            return
        least, comma, most = match.groups()
        if comma and most and int(most[:20]) < int(least[:20]):
            raise _Invalid(f"{match[0]} has its numbers in the wrong order")
        if group is not None:
            group.is_optional = match[0][0] in "*?" or (least is not None and not int(least[:20]))
        self.out.append(match[0])

    def _atom(self, char: str) -> str:
        if char == ".":
            return r"[^\n\r\u2028\u2029]"
        if char == "[":
            return self._class()
        if char != "\\":
            return self._char(char)
        reference = self._take(REFERENCE, self.at)
        if reference is not None:
            return self._reference(reference)
        found = self._escape(in_class=False)
        return self._char(found) if len(found) == 1 else f"[{found}]"

    def _char(self, char: str) -> str:
        if not self.notation.has_surrogates and "\ud800" <= char <= "\udfff":
            return NEVER
        return "\\" + char if char in SYNTAX else char

    def _escape(self, *, in_class: bool) -> str:
        """The character that an escape is for, or what stands in a class for several."""
        char = self.pattern[self.at : self.at + 1]
        if char in SETS:
            self.at += 1
            return SETS[char]
        code = self._take(CODE, self.at)
        if code is not None:
            return _character(code)
        known = self._take(PROPERTY, self.at)
        if known is not None:
            if not is_property(known[2]):
                raise _Invalid(f"unknown property {shown(known[2])}")
            if not self.notation.has_properties:
                raise _Unsupported(rf"\{known[0]} needs the package jsonschema-rs")
            return "\\" + known[0]
        self.at += 1
        if char == "0" and not self.pattern[self.at : self.at + 1].isdecimal():
            return "\0"
        if char in CONTROLS or (char == "b" and in_class):
            return CONTROLS.get(char, "\b")
        if not char or char.isalnum() or not char.isascii():
            raise _Invalid(f"a backslash before {shown(char)} has no meaning here (at character {self.at - 1})")
        return char

    def _class(self) -> str:
        """Read a class up to its bracket."""
        is_negated = self.pattern.startswith("^", self.at)
        self.at += is_negated
        parts: list[str] = []
        while not self.pattern.startswith("]", self.at):
            first = self._member()
            if self.pattern[self.at : self.at + 1] != "-" or self.pattern[self.at + 1 : self.at + 2] in ("]", ""):
                parts.append(self._range(first, first) if len(first) == 1 else first)
                continue
            self.at += 1
            last = self._member()
            if len(first) > 1 or len(last) > 1 or first > last:
                raise _Invalid(f"{shown(f'{first}-{last}')} is not a range")
            parts.append(self._range(first, last))
        self.at += 1
        body = "".join(parts)
        return f"[{'^' * is_negated}{body}]" if body else ANY if is_negated else NEVER

    def _member(self) -> str:
        char = self.pattern[self.at : self.at + 1]
        self.at += 1
        if not char:
            raise _Invalid("a class is not closed")
        return self._escape(in_class=True) if char == "\\" else char

    def _range(self, first: str, last: str) -> str:
        if not self.notation.has_surrogates and first <= "\udfff" and last >= "\ud800":
            below = self._range(first, "\ud7ff") if first < "\ud800" else ""
            return below + (self._range("\ue000", last) if last > "\udfff" else "")
        ends = ["\\" + char if char in IN_CLASS else char for char in (first, last)]
        return ends[0] if first == last else "-".join(ends)

    def _reference(self, match: re.Match[str]) -> str:
        """A back-reference: in ECMA-262, that to a group that has not taken part matches the empty text."""
        digits, name = match.groups()
        number = int(digits[:9]) if digits else self.names.get(_name(name), 0)
        if not 0 < number <= self.count:
            raise _Invalid(f"there is no group {shown(name or number)}")
        here = set(self.open.around())
        if any(group.kind.startswith("<") for group in here):
            raise _Unsupported("a back-reference in a look-behind is not supported")
        if number > len(self.groups) or self.groups[number - 1] in here:
            return NOTHING
        way = list(self.groups[number - 1].around())
        common = next(group for group in way if group in here)
        inner = way[: way.index(common)]
        if inner[-1].place != common.alternatives or any(group.kind == "!" or group.kind == "<!" for group in inner):
            return NOTHING
        if any(group.is_optional or group.kind == "<=" for group in inner) or any(
            group.alternatives > 1 for group in inner[1:]
        ):
            raise _Unsupported("a back-reference to a group that may not take part is not supported")
        return self.notation.reference.format(number)


def _character(code: re.Match[str]) -> str:
    if code["control"]:
        return chr(ord(code["control"]) % 32)
    if code["high"]:
        return chr(0x10000 + (int(code["high"], 16) - 0xD800 << 10) + int(code["low"], 16) - 0xDC00)
    number = int(code["four"] or code["any"] or code["two"], 16)
    if number > 0x10FFFF:
        raise _Invalid(rf"there is no character \{code[0]}")
    return chr(number)


def _name(spelled: str) -> str:
    """The name of a group, whose characters may be escaped."""
    name = re.sub(r"\\" + f"(?:{CODE.pattern})", _character, spelled)
    if not name.replace("$", "_").isidentifier():
        raise _Invalid(f"{shown(spelled)} is not the name of a group")
    return name
