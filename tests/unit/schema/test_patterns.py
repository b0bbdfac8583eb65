"""Patterns: what ECMA-262 means by each, whichever package runs it, and what is none.

The verdicts are those of a JavaScript engine with the flag u (V8; those of LENIENT without it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given

import custobar_formats as cf
from custobar_formats import SchemaError
from custobar_formats.core.paths import format_pointer
from custobar_formats.schema.document import Document, Location
from custobar_formats.schema.engine import PythonEngine, RustEngine
from custobar_formats.schema.patterns import ecma_pattern, pattern_matcher
from custobar_formats.schema.violations import Engine
from tests.laws import strategies
from tests.optional import needs_jsonschema_rs

Row = tuple[str, list[str], list[str]]
"""A pattern, texts that it matches, and texts that it does not match."""

JUDGED: list[Row] = [
    ("[]", [], ["", "a"]),
    ("[^]", ["a", "\n", "😀"], [""]),
    ("^[^]$", ["a", "\n", "😀"], ["ab"]),
    ("a[]b|c", ["c"], ["ab"]),
    (r"(?<n>a)\k<n>", ["aa"], ["a"]),
    (r"\k<n>(?<n>a)", ["a", "aa"], ["b"]),
    (r"(?<n>a|b)c\k<n>", ["aca"], ["acb"]),
    (r"(?<ä>a)\k<ä>", ["aa"], ["a"]),
    (r"(?<n>a)|\k<n>b", ["b", "a"], ["c"]),
    (r"(?<$x>a)\k<$x>", ["aa"], ["a"]),
    (r"^\ud83d\ude00$", ["😀"], ["a", "\ud83d"]),
    (r"^[\ud83d\ude00]$", ["😀"], ["a"]),
    ("^[😀]$", ["😀"], ["a", "😁"]),
    ("^[😀-🙏]$", ["😁"], ["a"]),
    (r"^\ud83d$", [], ["a", "😀"]),
    (r"^\u{1f600}$", ["😀"], []),
    (r"^[\ud83d\ude00-\ud83d\ude4f]+$", ["😁", "😁😂"], []),
    ("^😀{2}$", ["😀😀"], ["😀"]),
    ("^.$", ["😀", "a", "\x85"], ["\n", "\r", "\u2028", "\u2029"]),
    ("(?<=a)b", ["ab"], ["b"]),
    ("(?<!a)b", ["b"], ["ab"]),
    ("(?<=a{2})b", ["aab"], ["ab"]),
    ("(?<=a(?=b))b", ["ab"], ["b"]),
    ("^a{2}$", ["aa"], ["a"]),
    ("^a{2,}$", ["aaa"], ["a"]),
    ("^a{2,3}?$", ["aaa"], ["a"]),
    ("a{0}", ["a", ""], []),
    ("a??", ["a"], []),
    (r"\1(a)", ["a", "aa"], ["b"]),
    (r"^\1(a)$", ["a"], ["aa"]),
    (r"(a\1)", ["a", "aa"], []),
    (r"^(a\1)$", ["a"], ["aa"]),
    (r"\0", ["\x00"], ["0"]),
    (r"^(a)\1$", ["aa"], ["a"]),
    (r"(?!(a))\1b", ["b", "ab"], []),
    (r"^(?=(a))\1b", ["ab"], ["b"]),
    (r"[\0]", ["\x00"], []),
    (r"[\b]", ["\x08"], ["b"]),
    (r"^(?:(a)|(b)|\1)+$", ["aab"], []),
    (r"\cA", ["\x01"], ["cA"]),
    (r"\ca", ["\x01"], []),
    (r"[\cA]", ["\x01"], ["A"]),
    (r"^\cC$", ["\x03"], []),
    (r"\cZ", ["\x1a"], []),
    ("(?=a)a", ["a"], ["b"]),
    ("(?!a)b", ["b"], ["a"]),
    ("^(?!.*--).+$", ["a"], ["a--b"]),
    (r"[\w-]", ["-", "a"], ["!"]),
    ("[a-]", ["-", "a"], []),
    ("[-a]", ["-", "a"], []),
    ("[a-b-c]", ["-", "c", "b"], []),
    ("[^-a]", ["b"], ["-"]),
    ("[--a]", ["-", "@"], ["b"]),
    (r"[a\-z]", ["-", "a"], ["b"]),
    ("[a&&b]", ["a", "&", "b"], []),
    ("[a~~b]", ["~", "a"], []),
    ("[a||b]", ["|", "a"], []),
    (r"[\]]", ["]"], []),
    (r"[\^a]", ["^"], []),
    ("[a^]", ["^"], []),
    ("[.]", ["."], ["a"]),
    ("[$]", ["$"], []),
    ("[*+?]", ["*"], []),
    ("[(]", ["("], []),
    ("[{]", ["{"], []),
    ("[|]", ["|"], []),
    ("[/]", ["/"], []),
    (r"[\\]", ["\\"], []),
    (r"[\s]", ["\ufeff", " "], ["\x85", "\x1c"]),
    (r"[\S]", ["a", "\x85"], ["\ufeff"]),
    (r"[^\S]", ["\ufeff", " "], ["a"]),
    (r"[\S\d]", ["5"], [" "]),
    (r"[\D]", ["٣"], ["5"]),
    (r"[^\d\D]", [], ["a"]),
    (r"[\W]", ["ä"], ["a"]),
    ("[#]", ["#"], []),
    ("[ ]", [" "], []),
    ("[a\n]", ["\n"], []),
    (r"[\w&&\d]", ["a", "&"], []),
    (r"\/", ["/"], []),
    (r"\.", ["."], ["a"]),
    (r"\{", ["{"], []),
    (r"\}", ["}"], []),
    (r"\]", ["]"], []),
    (r"\u0041", ["A"], []),
    (r"\u{41}", ["A"], ["uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"]),
    (r"\u{000041}", ["A"], []),
    (r"\x41", ["A"], []),
    (r"[\x41]", ["A"], []),
    (r"\v\f\t\n\r", ["\x0b\x0c\t\n\r"], []),
    (r"^\d$", ["1"], ["٣"]),
    (r"^\w$", ["a", "_"], ["ä"]),
    (r"^\W$", ["ä"], []),
    (r"^\s$", [" ", "\ufeff", "\u2028"], ["\x85", "\x1c", "\u180e", "\u200b"]),
    (r"^\S$", ["a", "\x85"], ["\ufeff"]),
    (r"^\B$", [""], ["a"]),
    (r"\w(?=!)", ["a!"], ["\u00e4!"]),
    (r"\W(?=!)", ["\u00e4!"], ["a!"]),
    (r"\d(?=!)", ["5!"], ["\u0663!"]),
    (r"\ba", ["a", "äa"], ["ba"]),
    (r"\Ba", ["ba"], ["äa", "a"]),
    ("a$", ["a"], ["a\n"]),
    ("^a", ["a"], ["\na"]),
    ("$a", [], ["a"]),
    ("a^", [], ["a"]),
    ("^$", [""], ["\n"]),
    ("$^", [""], []),
    ("()", [""], []),
    ("(?:)", [""], []),
    ("a|", ["", "b"], []),
    ("|", [""], []),
    ("", [""], []),
    ("a#b", ["a#b"], []),
    ("a b", ["a b"], ["ab"]),
    ("(?=)", [""], []),
    ("(?!)", [], ["", "a"]),
    ("a\nb", ["a\nb"], []),
    ("a/b", ["a/b"], []),
    ("\x00", ["\x00"], []),
    ("a--b", ["a--b"], []),
    ("&&", ["&&"], []),
    ("~", ["~"], []),
    (r"(?<=a)(?<n>b)\k<n>", ["abb"], ["ab"]),
    ("^(?:a|ab)(?:c|bcd)$", ["abcd"], []),
    (r"\d+(?:\.\d+)?", ["1.5"], []),
    (r"(?<\u0061>a)\k<a>", ["aa"], []),
    (r"(?<a\u{62}>a)", ["a"], []),
]
LENIENT: list[Row] = [
    ("[]a]", [], ["a]", "]", "a"]),
    ("[^]a]", ["xa]"], ["a]", "]"]),
    (r"\<a\>", ["<a>"], ["a"]),
    ("}", ["}"], []),
    ("]", ["]"], []),
    ("[[a]]", ["a]", "[]"], ["a"]),
    ("[[:alpha:]]", ["a]", ":]"], ["b]", "b"]),
    ("[a-z&&[^b]]", ["a]", "&]"], ["b"]),
    (r"\-", ["-"], []),
    (r"\_", ["_"], []),
    (r"\@", ["@"], []),
    (r"\ ", [" "], []),
    (r"\#", ["#"], []),
    ('\\"', ['"'], []),
    (r"\'", ["'"], []),
    (r"\:", [":"], []),
    (r"\!", ["!"], []),
    (r"\%", ["%"], []),
    (r"\&", ["&"], []),
    (r"\,", [","], []),
    (r"\;", [";"], []),
    (r"\=", ["="], []),
    (r"\~", ["~"], []),
    (r"\`", ["`"], []),
    (r"\<", ["<"], []),
    ("\\\n", ["\n"], []),
    (r"[\@]", ["@"], []),
    (r"[\_]", ["_"], []),
    (r"[\#\-]", ["#"], []),
]
"""Patterns without the flag u alone: a backslash before punctuation, and brackets that close nothing."""

ONLY_FAST: list[Row] = [
    ("(?<=a+)b", ["aab"], ["b"]),
    ("(?<=a|bc)d", ["ad", "bcd"], ["d"]),
    ("(?<!^a*)b", ["cb"], ["aab", "b"]),
    ("(?<=^|,)a", ["a", ",a"], ["ba"]),
    (r"\p{L}", ["a", "p{L}", "ä"], ["1"]),
    (r"\P{L}", ["1"], ["a"]),
    (r"\p{Letter}", ["a"], ["1"]),
    (r"[\p{L}]", ["a"], ["1"]),
    (r"\p{Lu}", ["A"], ["a"]),
    (r"\p{Script=Greek}", ["α"], ["a"]),
    (r"\p{sc=Grek}", ["α"], ["a"]),
    (r"\p{scx=Greek}", ["α"], []),
    (r"\p{Alphabetic}", ["a"], ["1"]),
    (r"\p{ASCII}", ["a"], ["ä"]),
    (r"\p{Any}", ["a"], []),
    (r"\p{Assigned}", ["a"], []),
    (r"\p{General_Category=Lu}", ["A"], []),
    (r"\p{gc=Lu}", ["A"], []),
    (r"\p{Emoji}", ["😀"], ["a"]),
    (r"\p{digit}", ["1"], []),
    (r"\p{Nd}", ["1", "٣"], []),
    (r"[^\p{L}\s]", ["1"], ["a", " "]),
    (r"\p{White_Space}", [" "], []),
    (r"\p{Hex_Digit}", ["a"], []),
    (r"\p{Lowercase_Letter}", ["a"], []),
    (r"\p{Lowercase}", ["a"], []),
    (r"\p{LC}", ["a"], []),
    (r"\p{Punctuation}", ["!"], []),
    (r"\p{punct}", ["!"], []),
    (r"\p{Cs}", [], ["a"]),
    (r"\p{ID_Start}", ["a"], []),
]
"""Patterns that Python's ``re`` cannot run."""

NOT_ECMA = [
    r"\k<n>",
    "(?<1x>a)",
    "(?<>a)",
    r"^\u{110000}$",
    "(?i)a",
    "(?i:a)",
    "(?P<x>a)",
    "a++",
    "a*+",
    "a?+",
    "a{1}+",
    "(?>a)",
    "(?#c)a",
    "(?s).",
    "(?-i)a",
    "(?x)a b",
    "(?P=x)",
    "(?P>x)",
    "(?(1)a|b)",
    "(a)(?(1)a|b)",
    "(?'n'a)",
    "(?|a)",
    r"a\Z",
    r"\Aa",
    r"a\z",
    r"\Ga",
    r"\ha",
    r"\Ra",
    r"\Xa",
    r"\Ka",
    r"\Qa\E",
    r"\aa",
    r"\ea",
    r"\Ha",
    r"\Na",
    r"\N{DIGIT ONE}",
    r"\b{start}a",
    r"\U00000041",
    r"\x{41}",
    r"\p{Foo}",
    r"\pL",
    r"\p{Greek}",
    r"\p{lu}",
    r"\p{L",
    r"\p",
    r"\p{^L}",
    r"\p{IsL}",
    r"\p{Cyrillic}",
    r"\p{L_}",
    r"\p{RGI_Emoji}",
    "a{,3}",
    "^a{,3}$",
    "a{",
    "a{1",
    "a{b}",
    "^{",
    "{",
    "{1}",
    "a{1,",
    "a{2,1}",
    "x{ 1}",
    "a{1}{2}",
    "a**",
    "*a",
    "a|*",
    "(*a)",
    "+",
    "?",
    "^*",
    "$*",
    r"\b*",
    r"\b+",
    "a{,}",
    r"\1",
    r"\2(a)",
    r"(a)\2",
    r"\8",
    r"\00",
    r"\01",
    r"\012",
    r"(a)\10",
    r"\g1",
    r"(a)\g{1}",
    r"(a)\g<1>",
    r"[\1]",
    r"[\B]",
    "(?<n>a)(?<n>b)",
    "(?<n>a)|(?<n>b)",
    r"(?:(?<n>a)|(?<n>b))\k<n>",
    r"\c1",
    r"\c",
    r"[\c1]",
    r"[\c_]",
    r"[\c]",
    "(?=a)*b",
    "(?=a)+a",
    "(?!a)?b",
    "(?=a){2}a",
    "(?<=a)*b",
    r"[a-\d]",
    r"[\d-z]",
    r"[\d-\s]",
    "[z-a]",
    "[a--b]",
    "[a",
    "[",
    r"\ä",
    r"\é",
    r"\😀",
    r"\m",
    r"\y",
    r"\i",
    r"[\e]",
    r"[\Z]",
    r"\u041",
    r"\u",
    r"\u{}",
    r"\x4",
    r"\x",
    r"[\x4]",
    "(a",
    "a)",
    "\\",
    "(?a)",
    "(?",
    "(?<",
    "(?<n",
    "(?:a",
    "(?i-s:a)",
    "(?u:a)",
    "(?L:a)",
    "(?m:^a)",
    r"\k",
    r"\k<",
    r"(?<n>a)\k",
    r"(?<n>a)\k<m>",
    r"(?<n>a)[\k]",
    r"[\k<n>]",
]
UNSUPPORTED = [
    r"(?<=(a)\1)b",
    r"(?<=\1(a))b",
    r"(a)?\1b",
    r"^(?:(a)|b)\1$",
    r"^(?:(a)|b)*\1$",
]
"""Patterns of ECMA-262 that the packages would judge differently."""


def check(row: Row, matches: Callable[[str], object]) -> None:
    pattern, accepted, refused = row
    assert [text for text in accepted + refused if matches(text)] == accepted, pattern


def _breaks(engine: Engine, location: Location, text: str) -> bool:
    return engine.violations({text: 1}) == [((text,), location)]


def matchers(pattern: str) -> Iterator[Callable[[str], object]]:
    """What each engine makes of a pattern: of a text, and of a key."""
    for make in (RustEngine, PythonEngine):
        yield make(Document({"pattern": pattern})).is_valid
        keys = make(Document({"patternProperties": {pattern: False}}))
        broken = ("patternProperties", pattern, "not")
        yield partial(_breaks, keys, broken)


@pytest.mark.parametrize("row", JUDGED + LENIENT, ids=lambda row: ascii(row[0]))
def test_python_runs_it_as_ecma_262(row: Row) -> None:
    check(row, ecma_pattern(row[0]).search)


@needs_jsonschema_rs
@pytest.mark.parametrize("row", JUDGED + LENIENT + ONLY_FAST, ids=lambda row: ascii(row[0]))
def test_both_engines_run_it_as_ecma_262(row: Row) -> None:
    for matches in matchers(row[0]):
        check(row, matches)


@pytest.mark.parametrize("pattern", [row[0] for row in ONLY_FAST] + NOT_ECMA + UNSUPPORTED, ids=ascii)
def test_python_refuses_it(pattern: str) -> None:
    with pytest.raises(SchemaError, match=r"pattern"):
        ecma_pattern(pattern)


@pytest.mark.parametrize("pattern", NOT_ECMA + UNSUPPORTED, ids=ascii)
def test_it_is_refused_with_its_place(pattern: str) -> None:
    key = ("patternProperties", "b.", "patternProperties", pattern)
    cases: list[tuple[Any, Any]] = [
        ({"properties": {"a": {"pattern": pattern}}}, ("properties", "a", "pattern")),
        ({"patternProperties": {"b.": {"patternProperties": {pattern: True}}}}, key),
    ]
    for schema, place in cases:
        with pytest.raises(SchemaError, match="not a valid ECMA-262 pattern|not supported|cannot run it") as caught:
            cf.validate("[]", schema)
        assert caught.value.pointer == format_pointer(place)


@needs_jsonschema_rs
@given(strategies.regexes(), strategies.texts())
def test_where_both_packages_run_a_pattern_they_run_it_alike(pattern: str, text: str) -> None:
    with suppress(SchemaError):
        assert pattern_matcher(pattern)(text) is (ecma_pattern(pattern).search(text) is not None)


NESTED = {
    "patternProperties": {
        "^a.$": {"type": "integer"},
        "(?<n>b)": {"patternProperties": {"x.": {"type": "string"}, r"x[^\n\r\u2028\u2029]": {"minLength": 3}}},
        "(b)": {"minProperties": 2},
    },
    "properties": {"q": {"$ref": "#/patternProperties/^a.$"}, "r": {"pattern": "^.$"}},
}
BELOW = ("patternProperties", "(?<n>b)", "patternProperties")
"""Patterns that jsonschema-rs gets in another spelling; two of them get the same one."""


@needs_jsonschema_rs
@pytest.mark.parametrize(
    ("record", "broken"),
    [
        ({"ab": "x"}, [(("ab",), ("patternProperties", "^a.$", "type"))]),
        ({"q": "x"}, [(("q",), ("patternProperties", "^a.$", "type"))]),
        ({"r": "\r"}, [(("r",), ("properties", "r", "pattern"))]),
        ({"b": {"y": 1}}, [(("b",), ("patternProperties", "(b)", "minProperties"))]),
        (
            {"b": {"xy": 1, "z": 1}},
            [(("b", "xy"), ("patternProperties", "(?<n>b)", "patternProperties", "x.", "type"))],
        ),
        ({"ab": 1, "r": "\U0001f600", "b": {"xy": "123", "z": 1}}, []),
    ],
)
def test_a_violation_names_the_patterns_of_the_schema(record: Any, broken: Any) -> None:
    for make in (RustEngine, PythonEngine):
        engine = make(Document(NESTED))
        assert engine.violations(record) == broken
        assert engine.is_valid(record) is not bool(broken)
        assert not engine.accepts(("patternProperties", "^a.$"))("x")
        assert engine.violations_below(("patternProperties", "^a.$"), "x")


@pytest.mark.parametrize(
    "pattern", ["(" * 100_000, "(?:" * 100_000 + ")" * 100_000, "(" * 150 + "a" + ")" * 150 + r"\1" * 50_000]
)
def test_a_pattern_of_many_groups_is_read_in_one_go(pattern: str) -> None:
    with suppress(SchemaError):
        ecma_pattern(pattern)
