"""A report for people: one block for each fault, what makes a block, and in which order."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import Report, load_mapping, validate
from custobar_formats.core.findings import CODES, Finding, Severity
from custobar_formats.report.blocks import FIRST, find_blocks, group_findings
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.formats import is_report, render
from custobar_formats.report.report import Collector
from custobar_formats.report.text import text_of


def checked(text: str, entity: str | None = "customers") -> Report:
    file = io.BytesIO(text.encode())
    file.name = "in.csv"
    return validate(file, entity)


def lines(text: str) -> list[str]:
    return str(checked(text)).splitlines()


def test_a_fault_is_one_block_with_its_fix() -> None:
    rows = "".join(f"C-{day},{day}.9.2024\n" for day in range(1, 8))
    assert lines(f"external_id,date_joined\n{rows}") == [
        "error: date_joined, 7 cells: '1.9.2024' is not a valid date (wrong-format)",
        "    in.csv:2:2 (B2): '1.9.2024' → '2024-09-01' by fix",
        "    in.csv:3:2 (B3): '2.9.2024' → '2024-09-02' by fix",
        "    in.csv:4:2 (B4): '3.9.2024' → '2024-09-03' by fix",
        "    and 4 more",
        "'custobar-formats fix in.csv OUT' makes the changes marked 'by fix'",
        "in.csv: invalid: 0 of 7 rows valid, 7 errors, 0 warnings (utf-8, comma)",
    ]


@pytest.mark.parametrize("last", ["ei", "ehkä"])
def test_of_a_long_file_the_whole_column_decides(last: str) -> None:
    """Also values of which no finding is kept, before or behind."""
    rows = [*(f"C-{number},Kyllä" for number in range(500)), f"C-x,{last}"]
    for text in ("\n".join(rows), "\n".join(reversed(rows))):
        found = lines(f"external_id,can_email\n{text}\n")
        is_fixed = last == "ei"
        assert any("by fix" in line for line in found) == is_fixed
        assert found[-2].endswith("makes the changes marked 'by fix'") == is_fixed


def test_faults_with_another_way_out_have_a_block_of_their_own() -> None:
    found = lines("external_id,date_joined\nC-1,1.9.2024\nC-2,soon\nC-3,2.9.2024\nC-4,45536\nC-5,later\n")
    assert [line for line in found if line.startswith("error")] == [
        "error: date_joined, 2 cells: '1.9.2024' is not a valid date (wrong-format)",
        "error: date_joined, 2 cells: 'soon' is not a valid date (wrong-format)",
        "error: date_joined: '45536' is not a valid date (wrong-format)",
    ]
    assert [line.rpartition("'")[2] for line in found if "(B" in line] == [
        *(" by fix", " by fix", "", "", " by fix --unsafe"),
    ]


def test_of_a_long_column_the_block_counts_the_ways_out_of_the_first() -> None:
    values = ["1.9.2024"] * 90 + ["soon"] * 4 + ["45536"] * 306
    text = "".join(f"C-{number},{value}\n" for number, value in enumerate(values))
    found = lines(f"external_id,date_joined\n{text}")
    assert found[:2] == [
        "error: date_joined, 400 cells: '1.9.2024' is not a valid date (wrong-format)",
        "    of the first 100, fix changes 90, fix --unsafe changes 6, 4 need a person",
    ]
    assert [line.partition(": ")[2] for line in found if line.startswith("    in.csv")] == [
        "'1.9.2024' → '2024-09-01' by fix",
        "'45536' → '2024-09-01' by fix --unsafe",
        "'soon'",
    ]
    page = checked(f"external_id,date_joined\n{text}").to_html()
    assert "of the first 100, fix changes 90" in page
    assert page.count("by fix --unsafe<") == 6


def test_a_single_finding_needs_no_count() -> None:
    assert lines("external_id,email\nC-1,a\n")[:-1] == [
        "error: email: 'a' is not a valid e-mail address (wrong-format)",
        "    an e-mail address has one @ and a domain with a dot",
        "    in.csv:2:2 (B2)",
    ]


def test_a_column_that_is_not_wholly_certain_is_not_left_to_fix() -> None:
    found = lines("external_id,can_email\nC-1,Kyllä\nC-2,ehkä\n")
    assert found[1:4] == [
        "    write true; fix does not, because of other values in the column",
        "    in.csv:2:2 (B2): 'Kyllä'",
        "    in.csv:3:2 (B3): 'ehkä' (write true or false)",
    ]
    assert not any("by fix" in line for line in found)
    text = 'external_id,price\nP-1,"24,90"\nP-2,10.00\n'
    assert "by fix" not in str(checked(text, "products")), "two decimal marks"


def test_unknown_columns_are_together_those_with_a_likely_field_first() -> None:
    names = ["external_id", *(f"Sarake {number}" for number in range(12)), "First Name"]
    found = lines(f"{','.join(names)}\n{','.join('x' for _ in names)}\n")
    assert found[0] == "warning: 13 unknown columns (unknown-label)"
    assert found[2] == "    in.csv:1:14 (N1): 'First Name' → 'first_name'"
    assert found[3] == "    in.csv:1:2 (B1): 'Sarake 0'"
    assert found[-2] == "    and 3 more"


def test_columns_beyond_those_that_are_named_are_not_counted_as_one() -> None:
    mapping = {"entity": "customers", "columns": {"external_id": "Nr"}}
    names = ["Nr", *(f"x{number}" for number in range(50)), "line_item_1", "line_item_2"]
    text = f"{','.join(names)}\n{','.join('1' for _ in names)}\n"
    found = str(validate(text, "customers", mapping=load_mapping(mapping))).splitlines()
    assert found[0] == "error: 20 columns that the mapping does not name (unmapped-column)"
    assert found[1] == "    map each, or add it to ignore"
    assert found[2] == "    <input>:1:2 (B1): 'x0'"
    assert "error: no field comes from 32 more columns (unmapped-column)" in found


def test_rows_and_records_are_counted_as_such() -> None:
    assert lines("external_id,city\n,Oulu\n,Espoo\n")[0].startswith("error: 2 rows: one of external_id")
    found = str(validate('[{"city": "Oulu"},\n{"city": "Espoo"}]', "customers")).splitlines()
    assert found[0].startswith("error: 2 records: one of external_id")
    assert found[1] == "    <input>:1 (records 1-2)"


def doubtful(*rows: int, code: str = "row-in-doubt", kept: int | None = None, format_: str = "csv") -> Report:
    collector = Collector(keep=kept or len(rows))
    for row in rows:
        collector.add(Finding(code, Severity.ERROR, "it may have arrived", hint="look", row=row, line=row + 1))
    return collector.build(SourceInfo(name="in.csv", format=format_))


def test_consecutive_rows_are_a_span() -> None:
    spans = [range(1, 501), range(6_501, 7_001), range(7_002, 7_003), range(9_001, 9_501), range(28_001, 28_501)]
    report = doubtful(*(row for span in spans for row in span))
    assert str(report).splitlines()[:-1] == [
        "error: 2,001 rows: it may have arrived (row-in-doubt)",
        "    look",
        "    in.csv:2 (rows 1-500)",
        "    in.csv:6502 (rows 6,501-7,000)",
        "    in.csv:7003 (row 7,002)",
        "    and 1,000 more, in 2 spans",
    ]
    found = re.findall("(?:rows?|records?) [0-9,-]+ [(]line [0-9,]+[)]", report.to_html())
    assert found == [
        "rows 1-500 (line 2)",
        "rows 6,501-7,000 (line 6,502)",
        "row 7,002 (line 7,003)",
        "rows 9,001-9,500 (line 9,002)",
        "rows 28,001-28,500 (line 28,002)",
    ]
    assert len(render([report], "lines").splitlines()) == 2_002


def test_a_span_ends_where_the_findings_do_that_are_kept() -> None:
    assert str(doubtful(*range(1, 301), kept=100)).splitlines()[2:4] == [
        "    in.csv:2 (rows 1-100)",
        "    and 200 more",
    ]
    assert str(doubtful(1, 3, 5, 7, 9)).splitlines()[2:6] == [
        *(f"    in.csv:{row + 1} (row {row})" for row in (1, 3, 5)),
        "    and 2 more",
    ]
    assert "    in.csv:2 (records 1-2)" in str(doubtful(1, 2, format_="jsonl")).splitlines()


@pytest.mark.parametrize("values", [["x", "x", "y", "x", "x", "x"], ["x", "y"] * 3])
def test_consecutive_cells_are_a_span_where_they_show_the_same(values: list[str]) -> None:
    found = lines("external_id,date_joined\n" + "".join(f"C-{row},{each}\n" for row, each in enumerate(values)))
    places = [line.strip() for line in found if line.startswith("    in.csv")]
    if values[1] == "x":
        assert places == ["in.csv:2:2 (B2:B3): 'x'", "in.csv:4:2 (B4): 'y'", "in.csv:5:2 (B5:B7): 'x'"]
    else:
        assert places == [f"in.csv:{row}:2 (B{row}): {each!r}" for row, each in ((2, "x"), (3, "y"), (4, "x"))]


@given(st.sets(st.integers(1, 60)), st.integers(1, 4))
def test_spans_have_each_row_once(rows: set[int], shown: int) -> None:
    """Whatever the rows, those of the spans that are shown and the number behind them are all."""
    if not rows:
        return
    printed = [line for line in text_of(doubtful(*sorted(rows)), shown).splitlines() if line.startswith("    ")][1:]
    numbers: list[int] = []
    for line in printed:
        if span := re.search(r"\(rows? ([0-9]+)(?:-([0-9]+))?\)", line):
            numbers += range(int(span[1]), int(span[2] or span[1]) + 1)
    more = re.search("and ([0-9]+) more", printed[-1])
    assert numbers == sorted(rows)[: len(numbers)]
    assert len(numbers) + int(more[1] if more else 0) == len(rows)
    ends = [place for place, (one, other) in enumerate(pairwise(numbers), 1) if other > one + 1]
    assert len(ends) + 1 == sum("in.csv" in line for line in printed) <= shown


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("external_id,email\n\nC-1,a\n", "in.csv:3:2 (column B, row 1)"),
        ('external_id,email,city\nC-0,a@example.fi,"a\nb"\nC-1,a,x\n', "in.csv:4:2 (column B, row 2)"),
        ("external_id,email,city\nC-0,a@example.fi,x\nC-1,a,x\n", "in.csv:3:2 (B3)"),
        ("sep=,\nexternal_id,email,city\nC-1,a,x\n", "in.csv:3:2 (column B, row 1)"),
    ],
)
def test_a_cell_has_its_name_in_a_spreadsheet_only_where_that_is_certain(text: str, place: str) -> None:
    assert f"    {place}" in lines(text)


def test_what_is_likely_needs_a_decision() -> None:
    report = checked('external_id,price,visible\nP-1,"24,90",Kyllä\nP-2,"10,00",true\n', "products")
    found = str(report).splitlines()
    assert "    write 2490?" in found
    assert "    in.csv:2:2 (B2): '24,90' → '2490' by fix --unsafe" in found
    assert "    in.csv:2:3 (C2): 'Kyllä' → 'true' by fix" in found
    assert found[-2] == (
        "'custobar-formats fix in.csv OUT' makes the changes marked 'by fix'; "
        "with --unsafe, also those marked 'by fix --unsafe'"
    )
    (finding, *_) = report.findings
    assert "fix" not in str(validate('[{"external_id": "1", "visible": "yes"}]', "products")), "fix reads tables"
    assert finding.fix == "2490"


def test_a_finding_that_differs_is_shown_whole() -> None:
    found = lines("external_id,\u200bx\nC-1,\u200by\nC-2,z\xad\n")
    (start,) = [place for place, line in enumerate(found) if line.startswith("warning: \\u200bx, ")]
    assert "the text begins with U+200B" in found[start]
    assert "the text ends with U+00AD" in found[start + 3] + found[start + 4]


SEVERITIES = {"wrong-type": "error", "wrong-format": "error", "outer-whitespace": "warning", "identified-by": "notice"}


def report_of(faults: list[tuple[str, str, int]]) -> Report:
    """A report with so many findings of a code in a column."""
    collector = Collector()
    row = 0
    for code, column, count in faults:
        for _ in range(count):
            row += 1
            severity, number = Severity(SEVERITIES.get(code, CODES[code][0])), "abcdefgh".index(column) + 1
            collector.add(Finding(code, severity, "x", row=row, line=row + 1, column=number, label=column))
    return collector.build(SourceInfo(name="in.csv", format="csv"))


FAULTS = st.lists(
    st.tuples(st.sampled_from([*SEVERITIES, "unknown-label"]), st.sampled_from("abcdefgh"), st.integers(1, 300)),
    max_size=9,
    unique_by=lambda fault: fault[:2],
)


@given(FAULTS)
def test_errors_come_first_and_of_each_severity_the_three_most_frequent(faults: list[tuple[str, str, int]]) -> None:
    report = report_of(faults)
    blocks = find_blocks(report)
    ranks = [(block.code not in FIRST, list(Severity).index(block.severity)) for block in blocks]
    assert ranks == sorted(ranks)
    for severity in Severity:
        of_one = [block for block in blocks if block.severity is severity and block.code not in FIRST]
        totals = [block.total for block in of_one]
        assert totals[:3] == sorted(totals, reverse=True)[:3]
        firsts = [min(finding.line or 0 for finding in block.findings) for block in of_one[3:]]
        assert firsts == sorted(firsts)
    # Nothing is lost, and nothing is counted twice.
    assert sum(block.total for block in blocks) == sum(report.counts.by_code.values())
    kept = [finding for block in blocks for finding in block.findings]
    assert sorted(map(hash, kept)) == sorted(map(hash, report.findings))
    assert len(blocks) <= len(group_findings(report))


@given(FAULTS)
def test_each_format_for_people_and_editors_has_all_blocks(faults: list[tuple[str, str, int]]) -> None:
    report = report_of(faults)
    text = render([report], "text")
    assert len(re.findall(r"^(?:error|warning|notice): ", text, re.MULTILINE)) == len(find_blocks(report))
    found = render([report], "lines").splitlines()
    assert len(found) == len(report.findings) + 1
    place = re.compile(r"in\.csv:\d+:\d+: (?:error|warning|notice): [a-z-]+: row \d+: ")
    assert all(map(place.match, found[:-1]))
    assert all(is_report(render([report], format_).encode()) for format_ in ("text", "lines"))
