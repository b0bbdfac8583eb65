"""Rows alone: the blocks of a text, their numbers, marks and findings, and cells with quotes."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import MAX_CELL, MAX_COLUMNS, MAX_ROW_CELLS
from custobar_formats.csvtext.reader import RowReader
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.csvtext.writer import quote_cells, quote_row
from custobar_formats.text.checks import TEXT_CHECKS


def header(chunks: Iterable[str], delimiter: str = ",", first_line: int = 1) -> tuple[RowReader, Any]:
    reader = RowReader(chunks, delimiter, first_line)
    return reader, reader.read_header()


def blocks(chunks: Iterable[str], *, width: int | None = None, **options: Any) -> list[RowBlock]:
    """The blocks after the header."""
    reader = RowReader(chunks, ",", **options)
    labels, _, findings = reader.read_header()
    assert labels is not None
    assert not findings
    return list(reader.blocks(labels))


def rows(found: Iterable[RowBlock]) -> list[tuple[int, int, list[str]]]:
    """The number, the line and the cells of each row."""
    return [row for block in found for row in zip(block.numbers, block.lines, block.rows, strict=True)]


def reported(found: Iterable[RowBlock]) -> list[tuple[str, int | None, int | None, int | None]]:
    return [(each.code, each.row, each.line, each.column) for block in found for each in block.findings]


# The header


@pytest.mark.parametrize(
    ("text", "labels", "line"),
    [
        ("a,b\n1,2\n", ["a", "b"], 1),
        ("\n\r\n\ra,b\n", ["a", "b"], 4),
        ('"a\nb",c\n', ["a\nb", "c"], 1),
        ("a", ["a"], 1),
        (",\n", ["", ""], 1),
        ("", None, 1),
        ("\n\n", None, 3),
    ],
)
@pytest.mark.parametrize("first_line", [1, 2])
def test_the_header_and_its_line(text: str, labels: list[str] | None, line: int, first_line: int) -> None:
    for chunks in ([text], list(text)):
        assert header(chunks, first_line=first_line)[1] == (labels, line + first_line - 1, [])


def test_what_is_wrong_with_a_header() -> None:
    _, (labels, line, (finding,)) = header(['\na,b"c\n1,2\n'])
    assert (labels, line) == (["a", 'b"c'], 2)
    assert (finding.code, finding.row, finding.line, finding.column) == ("quote-in-cell", None, 2, 2)
    reader, (labels, line, (finding,)) = header(['\n"a"b,c\n'])
    assert (labels, reader.ended) == (None, True)
    assert (finding.code, finding.row, finding.line, finding.column) == ("stray-quote", None, 2, 1)
    widest = ",".join("x" * MAX_COLUMNS)
    assert header([widest + "\n"])[1][0] == ["x"] * MAX_COLUMNS
    _, (labels, line, (finding,)) = header(["\n" + widest + ",x\n"])
    assert (labels, line, finding.code, finding.line) == (None, 2, "too-wide", 2)


def test_rows_are_numbered_after_the_header() -> None:
    assert rows(blocks(["\n\na,b\n1,2\n3,4\n"])) == [(1, 4, ["1", "2"]), (2, 5, ["3", "4"])]


# Blocks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2\n3,4", [(1, 2, ["1", "2"]), (2, 3, ["3", "4"])]),
        ("1,2\r\n3,4\r\n", [(1, 2, ["1", "2"]), (2, 3, ["3", "4"])]),
        ("1,2\r3,4\r", [(1, 2, ["1", "2"]), (2, 3, ["3", "4"])]),
        ("\n1,2\n\n\n3,4\n\n", [(1, 3, ["1", "2"]), (2, 6, ["3", "4"])]),
        ('"1\n\r\n\r1",2\n3,"4\n"\n5,6\n', [(1, 2, ["1\n\r\n\r1", "2"]), (2, 6, ["3", "4\n"]), (3, 8, ["5", "6"])]),
        ('"1",2\n"a""b","c,d"\n', [(1, 2, ["1", "2"]), (2, 3, ['a"b', "c,d"])]),
        ("1,\n,2\n", [(1, 2, ["1", ""]), (2, 3, ["", "2"])]),
        ("", []),
        ("\n\n", []),
    ],
)
@pytest.mark.parametrize("by_column", [False, True])
def test_rows_have_their_numbers_and_lines(text: str, expected: list[Any], by_column: bool) -> None:
    for chunks in (["a,b\n" + text], ["a,b\n", text], list("a,b\n" + text), ["a,b\n", *text]):
        found = blocks(chunks, by_column=by_column)
        assert rows(found) == expected
        assert reported(found) == []
        assert all(block.rows for block in found)


@pytest.mark.parametrize(
    ("count", "width", "sizes"),
    [
        (1, 2, [1]),
        (128, 2, [128]),
        (191, 2, [191]),
        (200, 2, [100, 100]),
        (300, 2, [150, 150]),
        (400, 2, [134, 134, 132]),
        (60, 1000, [30, 30]),
        (100, 1000, [34, 34, 32]),
        (2, 10_000, [2]),
    ],
)
def test_blocks_are_of_one_size(count: int, width: int, sizes: list[int]) -> None:
    line = ",".join("1" * width) + "\n"
    found = blocks([line.replace("1", "a"), line * count])
    assert [len(block.rows) for block in found] == sizes
    assert [number for number, _, _ in rows(found)] == list(range(1, count + 1))
    assert [start for _, start, _ in rows(found)] == list(range(2, count + 2))


def test_blocks_that_the_csv_module_reads_are_no_larger() -> None:
    found = blocks(["a,b\n", '"1\n",2\n' * 300])
    assert [len(block.rows) for block in found] == [120, 120, 60]
    assert [start for _, start, _ in rows(found)] == list(range(2, 602, 2))
    assert reported(found) == []


def test_columns() -> None:
    block = RowBlock([["1", "2"], ["3", "4"]], [1, 2], [2, 3])
    assert block.columns == [("1", "3"), ("2", "4")]
    assert block.columns is block.columns
    assert (block.findings, block.skipped, block.suspects) == ([], 0, TEXT_CHECKS)
    with pytest.raises(ValueError, match="zip"):
        _ = RowBlock([["1"], ["2", "3"]], [1, 2], [2, 3]).columns


# Cells with special characters

SPACES = {"only-spaces", "outer-whitespace"}


@pytest.mark.parametrize(
    ("text", "codes", "escapes"),
    [
        ("1,2\n", set(), False),
        ("1, \n", SPACES, False),
        ("a b,c\n", set(), False),
        ("1,\u00a0\n", SPACES, False),
        ('" ",2\n', SPACES, False),
        ("KÃ¤thy,2\n", {"double-encoded"}, False),
        ("ä,2\n", set(), False),
        ("\x80,2\n", {"windows-1252", "invisible-character"}, False),
        ('"1\n",2\n', SPACES, True),
        ('"a""b",2\n', set(), True),
        ('"a,b",2\n', set(), False),
        ("\\,2\n", set(), True),
        ("=1,2\n", {"formula-cell"}, False),
        ("#,2\n", {"spreadsheet-artefact"}, False),
        ("1,2\n\n3,4\n", set(), False),
    ],
)
def test_blocks_know_which_warnings_may_be_due(text: str, codes: set[str], escapes: bool) -> None:
    (block,) = blocks(["a,b\n", text], checks=TEXT_CHECKS, escapes=True)
    assert ({check.code for check in block.suspects}, block.escapes) == (codes, escapes)


def test_what_may_be_due_is_of_a_block_and_not_of_what_was_before() -> None:
    stretches = ['"1\n",2\n', "1,2\n", "=1,2\n", '"1\n",=2\n', "1,2\n"]
    found = blocks(["a,b\n", *stretches], checks=TEXT_CHECKS)
    assert [(len(block.rows), {check.code for check in block.suspects}) for block in found] == [
        (1, SPACES),
        (1, set()),
        (1, {"formula-cell"}),
        (1, SPACES | {"formula-cell"}),
        (1, set()),
    ]


def test_what_nobody_asked_for() -> None:
    (block,) = blocks(["a,b\n", "1 ,2\n"])
    assert (block.suspects, block.escapes) == ([], True)


# The end of the reading


@pytest.mark.parametrize(
    ("text", "expected", "finding"),
    [
        ('1,2\n3,"4\n5,6\n', [["1", "2"]], ("unclosed-quote", 2, 3, 2)),
        ('1,2\n\n\n3,"4"x\n5,6\n', [["1", "2"]], ("stray-quote", 2, 5, 2)),
        ('"1\n",2\n"3"4,5\n', [["1\n", "2"]], ("stray-quote", 2, 4, 1)),
        ('"1\n\n"x,2\n', [], ("stray-quote", 1, 4, 1)),
        (f'1,2\n3,"{"x" * (MAX_CELL + 1)}"\n5,6\n', [["1", "2"]], ("oversized-cell", 2, 3, 2)),
        (f"1,2\n3,{'x' * (MAX_CELL + 1)}\n5,6\n", [["1", "2"]], ("oversized-cell", 2, 3, 2)),
    ],
)
def test_nothing_is_read_after_what_is_broken(text: str, expected: Any, finding: tuple[Any, ...]) -> None:
    for chunks in (["a,b\n" + text], ["a,b\n", *text.splitlines(keepends=True)]):
        found = blocks(chunks)
        assert [cells for _, _, cells in rows(found)] == expected
        assert reported(found) == [finding]
        assert [block.skipped for block in found][-1] == 1
        assert sum(block.skipped for block in found) == 1


def test_a_row_of_too_many_cells_is_the_end_whatever_follows_in_its_block() -> None:
    found = blocks(["a,b\n", '"1\n",2\n' + "1," * MAX_ROW_CELLS + '\n5,"6"x\n'])
    assert reported(found) == [("extra-cell", 2, 4, MAX_ROW_CELLS + 1)]
    assert sum(block.skipped for block in found) == 1


def test_a_long_cell_is_closed_wherever_it_is() -> None:
    long = "x" * (MAX_CELL + 1)
    for end, finding in (
        ("\nq", ("unclosed-quote", 1, 2, 2)),
        ('\nq"z,5\n6,7\n', ("stray-quote", 1, 3, 2)),
        ('\nq",5\n6,7\n', ("oversized-cell", 1, 2, 2)),
    ):
        assert reported(blocks([f'a,b\n3,"{long}{end}'])) == [finding]


def test_what_an_unclosed_quote_has_taken_is_reported() -> None:
    (block,) = blocks(['a,b\n3,"4\n5,6\n'])
    assert [finding.value for finding in block.findings] == ["4\n5,6\n"]


@pytest.fixture
def generous_host() -> Iterator[None]:
    before = csv.field_size_limit(10 * MAX_CELL)
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("generous_host")
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_is_too_long_whatever_the_host_allows(quote: str) -> None:
    long = "x" * (MAX_CELL + 1)
    text = f'1,2\n"3\n",4\n"5\n",{quote}{long}{quote}\n7,8\n'
    found = blocks(["a,b\n", text])
    assert rows(found) == [(1, 2, ["1", "2"]), (2, 3, ["3\n", "4"])]
    assert reported(found) == [("oversized-cell", 3, 6, 2)]
    assert sum(block.skipped for block in found) == 1
    exact = "x" * MAX_CELL
    assert reported(blocks(["a,b\n", f"{exact},{quote}{long}{quote}\n"])) == [("oversized-cell", 1, 2, 2)]
    most = "," * (MAX_ROW_CELLS - 1)
    assert reported(blocks(["a,b\n", f"1{most}{quote}{long}{quote}\n"])) == [("oversized-cell", 1, 2, MAX_ROW_CELLS)]
    beyond = reported(blocks(["a,b\n", f"1{most},{quote}{long}{quote}\n"]))
    assert beyond == [("extra-cell", 1, 2, MAX_ROW_CELLS + 1)]
    assert rows(blocks(["a,b\n", f"1,{exact}\n"])) == [(1, 2, ["1", exact])]


def test_what_ends_the_text_ends_the_rows() -> None:
    def chunks(finding: Finding) -> Iterator[str]:
        yield "a,b\n1,2\n3,4\n5"
        raise EndOfReading(finding)

    for line, told_line in ((None, 4), (9, 9)):
        found = blocks(chunks(make_finding("undecodable-bytes", "wrong", line=line)))
        assert rows(found) == [(1, 2, ["1", "2"]), (2, 3, ["3", "4"])]
        assert reported(found) == [("undecodable-bytes", 3, told_line, None)]
        assert found[-1].skipped == 1


def test_what_ends_the_text_within_a_record() -> None:
    def chunks(text: str) -> Iterator[str]:
        yield text
        raise EndOfReading(make_finding("undecodable-bytes", "wrong"))

    assert reported(blocks(chunks('a,b\n"1\n2\n3'))) == [("undecodable-bytes", 1, 4, None)]
    # A cell that is too long ends the reading before that; one that is not yet too long does not.
    assert reported(blocks(chunks("a,b\n1," + "x" * 300_000))) == [("oversized-cell", 1, 2, 2)]
    assert reported(blocks(chunks("a,b\n" + "1," * 150_000))) == [("undecodable-bytes", 1, 2, None)]


# Rows of another width


def test_rows_that_are_no_records() -> None:
    reader = RowReader(["a,b\n", "3\n,,,\n1,2,\n,\n,,\n4,5,6\n7,8,\n9,10,,\n11,12\n"], ",")
    reader.read_header()
    found = list(reader.blocks(["a", "b"]))
    assert rows(found) == [(3, 4, ["1", "2"]), (7, 8, ["7", "8"]), (9, 10, ["11", "12"])]
    assert reported(found) == [
        ("missing-cell", 1, 2, 2),
        ("blank-row", 2, 3, None),
        ("surplus-blank", 3, 4, 3),
        ("blank-row", 4, 5, None),
        ("blank-row", 5, 6, None),
        ("extra-cell", 6, 7, 3),
        ("extra-cell", 8, 9, 3),
    ]
    assert sum(block.skipped for block in found) == 3
    surplus = found[0].findings[2]
    assert surplus.message == "the row ends in a blank cell beyond the header; such cells are dropped"


@pytest.mark.parametrize(
    ("text", "wrong", "dropped"),
    [
        ("1,,2,\n3,4,5\n", [1], []),
        ("1,,2,\n\n\n3,4,5\n6,7,8,\n", [1, 3], []),
        ('"1",,"2",""\n3,"4",5\n', [1], []),
        ('"1\n1",,2,\n3,4,5\n', [1], []),
        ("9\n,,,\n1,,2,\n3,4,5\n", [1, 3], []),
        ("1,,2,,\n3,4,5\n", [1], []),
        ("1,,2,\n,,\n3,4,5\n", [], [1]),
        ("1,,2,\n", [], [1]),
        ("1,,2,\n3,4,5,\n6,,7,\n8,9,10\n", [], [1]),
        ("1,,2,\n3,,5,,\n", [2], [1]),
        ("1,,2,\n3,5\n6,,7,\n", [2], [1]),
        ("1,2,3,\n4,5,6\n7,,8,\n", [], [1]),
        ("1,2,3\n4,5,6,\n7,,8,,\n", [2, 3], []),
        ("1,2,3,,\n4,5,6,\n", [2], [1]),
    ],
)
def test_blank_cells_beyond_the_header(text: str, wrong: list[int], dropped: list[int]) -> None:
    for chunks in (["a,b,c\n" + text], ["a,b,c\n", text], list("a,b,c\n" + text)):
        for by_column in (False, True):
            found = blocks(chunks, by_column=by_column)
            assert [row for code, row, _, _ in reported(found) if code in ("extra-cell", "missing-cell")] == wrong
            assert [row for code, row, _, _ in reported(found) if code == "surplus-blank"] == dropped


@pytest.mark.parametrize("by_column", [False, True])
@pytest.mark.parametrize(
    ("text", "count"), [("1,2\n3,4\n", 0), (",2\n,4\n", 0), ("1,\n2,\n", 0), (",\n1,2\n", 1), ("1,2\n3\n", 1)]
)
def test_blank_cells_make_no_blank_row(text: str, count: int, by_column: bool) -> None:
    assert len(reported(blocks(["a,b\n", text], by_column=by_column))) == count


def test_a_row_of_too_many_cells_ends_the_reading() -> None:
    most = "1,2" + "," * (MAX_ROW_CELLS - 2)
    found = blocks(["a,b\n", f"{most}\n3\n{most}\n{most},\n5\n6,7\n"])
    assert [cells for _, _, cells in rows(found)] == [["1", "2"], ["1", "2"]]
    surplus = ("surplus-blank", 1, 2, 3)
    assert reported(found) == [surplus, ("missing-cell", 2, 3, 2), ("extra-cell", 4, 5, MAX_ROW_CELLS + 1)]
    assert sum(block.skipped for block in found) == 2


def test_quotes_within_cells_are_reported() -> None:
    found = blocks(["a,b\n", '1,2\n"3\n",4"5\nx"y,"a""b"\n'])
    assert reported(found) == [("quote-in-cell", 2, 3, 2), ("quote-in-cell", 3, 5, 1)]
    assert [each.value for block in found for each in block.findings] == ['4"5', 'x"y']


# Cells with quotes

QUOTED: list[tuple[Sequence[str], Sequence[str]]] = [
    (["a", "b c", ""], ["a", "b c", ""]),
    (["a,b", "c"], ['"a,b"', "c"]),
    (["a;b", "c"], ['"a;b"', "c"]),
    (["a\tb", "c"], ['"a\tb"', "c"]),
    (['a"b', "c"], ['"a""b"', "c"]),
    (['"', '""'], ['""""', '""""""']),
    (["a\nb", "c"], ['"a\nb"', "c"]),
    (["a\rb", "c"], ['"a\rb"', "c"]),
    ([" a", "b", "c"], ['" a"', "b", "c"]),
    (["a", "b", "c "], ["a", "b", '"c "']),
    (["a", " b", "c"], ["a", '" b"', "c"]),
    (["a", "b ", "c"], ["a", '"b "', "c"]),
    ([" "], ['" "']),
    (["a,b", "c;d", 'e"f', "g"], ['"a,b"', '"c;d"', '"e""f"', "g"]),
    (["a,b", "c d", " e"], ['"a,b"', "c d", '" e"']),
    (["=1", "'x", "ä"], ["=1", "'x", "ä"]),
]


@pytest.mark.parametrize(("cells", "expected"), QUOTED)
def test_cells_are_quoted_where_they_need_it(cells: Sequence[str], expected: Sequence[str]) -> None:
    assert quote_row(cells) == expected
    assert list(quote_cells(cells, "\n".join(cells))) == expected


def test_cells_that_need_no_quotes_stay() -> None:
    cells = ("a", "b")
    assert quote_cells(cells, "a\nb") is cells
