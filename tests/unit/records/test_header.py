"""A header: its findings, and the paths of its columns."""

from typing import Any

import pytest

from custobar_formats.core.findings import UNKNOWN_HINT
from custobar_formats.core.paths import Path
from custobar_formats.records.header import plan_header
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.artefacts import FORMULA_HINT, FORMULA_MESSAGE


def header(labels: list[str], schema: Schema | None = None, *, latin1: bool = False) -> tuple[list[str], list[Any]]:
    plan, findings = plan_header(labels, schema, 3, latin1=latin1)
    assert all(finding.line == 3 and (finding.row, finding.value) == (None, None) for finding in findings)
    return [column.label for column in plan.columns], [
        (finding.code, finding.column, finding.label, finding.message, finding.hint) for finding in findings
    ]


RENAME = "rename one of them"
DOTS = "name the keys of the path, with one dot between them"
DOUBLE = "the text looks as if it was encoded as UTF-8 twice"
ODD = "it was probably 'Kä': export it again, or look for mixed encodings"
CONTROL = "it is '€' in windows-1252: set that as the encoding, or save the file as UTF-8"


INVISIBLE = "the text {}, which is invisible; it is kept"
EURO = "in windows-1252, that byte is '€': if that was meant, export the data as UTF-8 again"


@pytest.mark.parametrize(
    ("labels", "taken", "findings"),
    [
        (["a", ""], ["a"], [("blank-label", 2, "", "the column has no name", "name it or remove it")]),
        (["b", "a", "a"], ["b", "a"], [("duplicate-label", 3, "a", "column 2 has the same name", RENAME)]),
        (["", ""], [], [("no-header", None, None, "the first row has no column names", None)]),
        (
            ["b", "A", "a", "x"],
            ["b", "A", "a", "x"],
            [("similar-label", 3, "a", "the name differs from column 2, 'A', only in case", None)],
        ),
        (
            ["STRASSE", "straße", "strasse"],
            ["STRASSE", "straße", "strasse"],
            [
                ("similar-label", 2, "straße", "the name differs from column 1, 'STRASSE', only in case", None),
                ("similar-label", 3, "strasse", "the name differs from column 1, 'STRASSE', only in case", None),
            ],
        ),
        (
            ["a", "__rejected_because", "b"],
            ["a", "b"],
            [("rejected-column", 2, "__rejected_because", "the column of reasons in a rejects file is dropped", None)],
        ),
        (["b..c"], [], [("bad-path", 1, "b..c", "the column name has an empty part between its dots", DOTS)]),
        (
            ["x.b.", "a"],
            ["a"],
            [("bad-path", 1, "x.b.", "the column name has an empty part between its dots", DOTS)],
        ),
        (["a", "  "], ["a", "  "], [("only-spaces", 2, "  ", "the column name is only white space", None)]),
        (["KÃ¤"], ["KÃ¤"], [("double-encoded", 1, "KÃ¤", DOUBLE, ODD)]),
        (["d\x80"], ["d\x80"], [("invisible-character", 1, "d\x80", INVISIBLE.format("ends with U+0080"), EURO)]),
        (
            ["\u200bd"],
            ["\u200bd"],
            [("invisible-character", 1, "\u200bd", INVISIBLE.format("begins with U+200B"), "remove it")],
        ),
        (["a\0b"], ["a\0b"], [("invisible-character", 1, "a\0b", INVISIBLE.format("contains U+0000"), "remove it")]),
        (["a\u200db"], ["a\u200db"], []),
        (
            ["p", "p.q"],
            ["p"],
            [
                (
                    "path-conflict",
                    2,
                    "p.q",
                    "column 1, 'p', is a value, so nothing can be below it",
                    RENAME,
                )
            ],
        ),
        (
            ["o", "p.q", "p"],
            ["o", "p.q"],
            [
                (
                    "path-conflict",
                    3,
                    "p",
                    "column 2, 'p.q', is below this column, which therefore cannot be a value",
                    RENAME,
                )
            ],
        ),
        (
            ["p.0", "p.q"],
            ["p.0"],
            [("path-conflict", 2, "p.q", "column 1, 'p.0', needs a list where this column needs an object", RENAME)],
        ),
        (
            ["p.q", "p.0"],
            ["p.q"],
            [("path-conflict", 2, "p.0", "column 1, 'p.q', needs an object where this column needs a list", RENAME)],
        ),
        (
            ["z.1"],
            ["z.1"],
            [("index-gap", 1, "z.1", "in this list index 0 is missing", "number them 0, 1, 2 …: z.0")],
        ),
        (
            ["y", "x.z.0.k", "x.z.1.k", "x.z.3.k", "x.z.7"],
            ["y", "x.z.0.k", "x.z.1.k", "x.z.3.k", "x.z.7"],
            [
                (
                    "index-gap",
                    4,
                    "x.z.3.k",
                    "after column 3, 'x.z.1.k', index 2 is missing",
                    "number them 0, 1, 2 …: x.z.2",
                )
            ],
        ),
        (
            ["a.2", "b..", "b.1", ""],
            ["a.2", "b.1"],
            [
                ("index-gap", 1, "a.2", "in this list index 0 is missing", "number them 0, 1, 2 …: a.0"),
                ("bad-path", 2, "b..", "the column name has an empty part between its dots", DOTS),
                ("index-gap", 3, "b.1", "in this list index 0 is missing", "number them 0, 1, 2 …: b.0"),
                ("blank-label", 4, "", "the column has no name", "name it or remove it"),
            ],
        ),
    ],
)
def test_what_is_reported_of_a_header(labels: list[str], taken: list[str], findings: list[Any]) -> None:
    assert header(labels) == (taken, findings)


def test_the_limits_of_a_header() -> None:
    message = "the header has more than 10,000 columns"
    assert header([f"c{n}" for n in range(10_001)]) == ([], [("too-wide", None, None, message, None)])
    assert header([f"c{n}" for n in range(10_000)])[1] == []
    deep = ".".join("x" * 65)
    assert header([deep]) == ([], [("too-deep", 1, deep, "the column name has 65 parts; at most 64 are allowed", DOTS)])
    assert header([deep[2:]]) == ([deep[2:]], [])


def test_control_characters_of_latin_1_in_a_label() -> None:
    message = "the byte 0x80 is a control character in iso-8859-1"
    assert header(["d\x80"], latin1=True) == (["d\x80"], [("windows-1252", 1, "d\x80", message, CONTROL)])


def test_a_header_is_at_line_1_if_nothing_else_is_reported() -> None:
    assert [finding.line for finding in plan_header(["a", ""], None)[1]] == [1]
    assert [finding.line for finding in plan_header(["d\x80"], None)[1]] == [1]


STOCK = {
    "properties": {
        "a": {"type": "string"},
        "stock": {"type": "array", "items": {"type": "object", "properties": {"quantity": {"type": "integer"}}}},
        "list": {"type": "array", "items": {"type": "string"}},
        "x.y": {"type": "string"},
        "x": {"type": "object", "properties": {"deep.er": {"type": "string"}, "0": {"type": "string"}}},
    }
}


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("A", "did you mean 'a'?"),
        ("stock.0.quantitiy", "did you mean 'stock.0.quantity'?"),
        ("stocks.0.quantity", "did you mean 'stock.0.quantity'?"),
        ("stocks.0.quantitiy", "did you mean 'stock.0.quantitiy'?"),  # one finding for each label
        ("nothing", UNKNOWN_HINT),
        ("nothing.stocks", UNKNOWN_HINT),
    ],
)
def test_a_label_that_the_schema_does_not_know(label: str, hint: str) -> None:
    expected = ("unknown-label", 1, label, f"unknown column {label!r}", hint)
    assert header([label], Schema(STOCK)) == ([label], [expected])


@pytest.mark.parametrize(
    ("label", "path", "in_list", "joined"),
    [
        ("a", ("a",), False, False),
        ("stock.0.quantity", ("stock", 0, "quantity"), True, False),
        ("list", ("list",), False, True),
        ("list.0", ("list", 0), True, False),
        ("x.y", ("x.y",), False, False),
        ("x.y.z", ("x.y", "z"), False, False),
        ("x.deep.er", ("x", "deep.er"), False, False),
        ("x.0", ("x", "0"), False, False),
    ],
)
def test_where_a_column_goes(label: str, path: Path, in_list: bool, joined: bool) -> None:
    plan, _ = plan_header(["k", label], Schema(STOCK))
    column = plan.columns[1]
    assert (column.index, column.label, column.path) == (1, label, path)
    assert (column.in_list, column.joined) == (in_list, joined)
    assert column.place is not None
    assert plan.find(path) is column
    assert plan.find((*path, "below")) is column
    assert plan.find(("none",)) is None
    assert plan.find(("none", "below")) is None
    assert plan.find(()) is None


def test_a_label_that_is_a_formula_is_reported_with_a_hint() -> None:
    (finding,) = plan_header(["=1+1"], None)[1]
    assert (finding.code, finding.message, finding.hint) == ("formula-cell", FORMULA_MESSAGE, FORMULA_HINT)
