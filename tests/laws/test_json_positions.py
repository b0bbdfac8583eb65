"""Law: text that is not JSON is refused where it stops being the beginning of some JSON, whatever ends it.

The place is computed by an automaton that reads one character at a time (RFC 8259) and shares nothing with the reader.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from custobar_formats import validate
from custobar_formats.pipeline import opening

SPACE = " \t\r\n"
NUMBER = {
    "-": {"0": "0", "1-9": "int"},
    "0": {".": ".", "e": "e"},
    "int": {"0-9": "int", ".": ".", "e": "e"},
    ".": {"0-9": "fraction"},
    "fraction": {"0-9": "fraction", "e": "e"},
    "e": {"+": "+", "0-9": "exponent"},
    "+": {"0-9": "exponent"},
    "exponent": {"0-9": "exponent"},
}
COMPLETE = ("0", "int", "fraction", "exponent")


def matches(kind: str, character: str) -> bool:
    classes = {"0-9": "0123456789", "1-9": "123456789", "e": "eE", "+": "+-"}
    return character in classes.get(kind, kind)


class Automaton:
    """Reads one value, a character at a time; ``read`` returns whether the text so far begins some JSON."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.state = "value"
        self.rest = ""

    def read(self, character: str) -> bool:
        if self.state in NUMBER:
            following = [to for kind, to in NUMBER[self.state].items() if matches(kind, character)]
            if following:
                self.state = following[0]
                return True
            if self.state not in COMPLETE:
                return False
            self.end()
        step = getattr(self, f"in_{self.state}")
        return bool(step(character))

    def end(self) -> None:
        self.state = "after" if self.open else "done"

    def in_value(self, character: str, also: str = "") -> bool:
        if character in SPACE:
            return True
        if character and character in also:
            self.open.pop()
            self.end()
        elif character in "{[":
            self.open.append(character)
            self.state = "first_key" if character == "{" else "first_item"
        elif character == '"':
            self.state = "string"
        elif character in "tfn":
            self.rest = {"t": "rue", "f": "alse", "n": "ull"}[character]
            self.state = "word"
        elif character in "-0123456789":
            self.state = {"-": "-", "0": "0"}.get(character, "int")
        else:
            return False
        return True

    def in_first_item(self, character: str) -> bool:
        return self.in_value(character, "]")

    def in_first_key(self, character: str) -> bool:
        if character == "}":
            self.open.pop()
            self.end()
            return True
        return self.in_key(character)

    def in_key(self, character: str) -> bool:
        self.state = "key_string" if character == '"' else self.state
        return character in SPACE + '"'

    def in_string(self, character: str) -> bool:
        kind = self.state
        if character == '"':
            self.end() if kind == "string" else setattr(self, "state", "colon")
        elif character == "\\":
            self.state = kind.replace("string", "escape")
        return character >= " "

    in_key_string = in_string

    def in_escape(self, character: str) -> bool:
        self.rest = "xxxx" if character == "u" else ""
        self.state = self.state.replace("escape", "hex" if character == "u" else "string")
        return character in '"\\/bfnrtu'

    in_key_escape = in_escape

    def in_hex(self, character: str) -> bool:
        self.rest = self.rest[1:]
        self.state = self.state if self.rest else self.state.replace("hex", "string")
        return character in "0123456789abcdefABCDEF"

    in_key_hex = in_hex

    def in_word(self, character: str) -> bool:
        right, self.rest = self.rest[:1] == character, self.rest[1:]
        if not self.rest:
            self.end()
        return right

    def in_colon(self, character: str) -> bool:
        self.state = "value" if character == ":" else self.state
        return character in SPACE + ":"

    def in_after(self, character: str) -> bool:
        ends = {"{": "}", "[": "]"}[self.open[-1]]
        if character == ",":
            self.state = "key" if ends == "}" else "value"
        elif character == ends:
            self.open.pop()
            self.end()
        return character in SPACE + "," + ends

    def in_done(self, character: str) -> bool:
        return character in SPACE


def first_wrong(text: str) -> int | None:
    """The place of the first character with which the text begins no JSON; its length if it ends too early, or None."""
    automaton = Automaton()
    for place, character in enumerate(text):
        if not automaton.read(character):
            return place
    return None if automaton.state in ("done", *(COMPLETE if not automaton.open else ())) else len(text)


TEXTS = st.sampled_from(["", "a", "C:\\Users\\x", 'say "x"', "ä\n", "\x07", "😀", "\u2028", "x" * 30])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 2000) | st.sampled_from([0.5, -1e20, 1e-7]) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.sampled_from(["a", "b\\", 'c"']), VALUES, min_size=1, max_size=3)
PIECES = st.sampled_from(
    [*'{}[]",:\\', "\\u12", "\\q", "\x01", "1.", "-", "1e", "tru", "nul", "x", "00", "\n", ",]", ",}", "}{", ""]
)


@st.composite
def spoilt(draw: Any, lines: bool = False) -> str:
    """JSON of records with something replaced, put in or cut off."""
    record = RECORDS.map(lambda one: json.dumps(one, ensure_ascii=draw(st.booleans())))
    if lines:
        text = draw(record)
        return str(draw(spoiling(text)))
    indent = draw(st.sampled_from([None, 1]))
    text = json.dumps(draw(st.lists(RECORDS, min_size=1, max_size=3)), indent=indent, ensure_ascii=draw(st.booleans()))
    return str(draw(spoiling(text)))


def spoiling(text: str) -> st.SearchStrategy[str]:
    at = st.integers(0, len(text))
    changed = st.builds(lambda at, size, piece: text[:at] + piece + text[at + size :], at, st.integers(0, 3), PIECES)
    return st.one_of(changed, at.map(lambda at: text[:at]), st.builds(lambda at, piece: text[:at] + piece, at, PIECES))


def is_there(text: str, place: int, wrong: int) -> bool:
    """Whether a place is that of the wrong character, or of the token or the comma that it makes wrong."""
    between = text[place:wrong]
    if between.startswith(","):
        return not between[1:].strip(SPACE)
    return place <= wrong and not set(between) & set(SPACE + '{}[],:"')


@given(spoilt(), st.sampled_from([1, 7, 65_536]))
@example('[{"p":"C:\\Users\\x"}]', 65_536)
@example('[{"p":"C:\\Users\\x"}', 65_536)
@example('[{"p":"\\u12', 65_536)
@example('[{"p":1.}]', 65_536)
@example('[{"p":1}{"q":1}]', 65_536)
@example('[{"p":1},]', 65_536)
@example('[{"p":1}]]', 65_536)
def test_a_list_is_refused_where_it_stops_being_json(text: str, size: int) -> None:
    assume(text.lstrip(SPACE).startswith("["))
    wrong = first_wrong(text)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    with pytest.MonkeyPatch.context() as patch:
        decode = opening.decode_source
        patch.setattr(
            "custobar_formats.pipeline.reading.decode_source",
            lambda *given: decode(*given)._replace(chunks=iter(chunks)),
        )
        report = validate(text, None, format="json")
    found = [finding for finding in report.findings if finding.code == "invalid-json"]
    assert len(found) == (wrong is not None)
    for finding in found:
        (place,) = places(text, finding.line, finding.column)
        assert is_there(text, place, wrong or 0), finding
        assert ("ends" in finding.message.split(";")[0]) == (wrong == len(text)), finding


def places(text: str, line: int | None, column: int | None) -> Iterator[int]:
    """The place of a line and a column."""
    assert line is not None
    assert column is not None
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    yield starts[line - 1] + column - 1


@given(spoilt(lines=True), st.integers(0, 2))
@example('{"p":"C:\\Users\\x"}', 1)
@example('{"p":"C:\\Users\\x"', 0)
@example('{"p":"\\u12', 0)
@example('{"p":1}{"q":2}', 0)
def test_a_line_is_refused_where_it_stops_being_json(line: str, before: int) -> None:
    assume(line.strip(SPACE) and not set("\r\n") & set(line))
    wrong = first_wrong(line)
    text = '{"a":1}\n' * before + line + "\n" + '{"b":2}\n'
    found = [one for one in validate(text, None, format="jsonl").findings if one.code == "invalid-json"]
    assert len(found) == (wrong is not None)
    for finding in found:
        assert finding.line == before + 1
        column, end = (finding.column or 0) - 1, len(line.rstrip(SPACE))
        assert is_there(line, column, wrong or 0) or (wrong == len(line) and end <= column <= wrong), finding
