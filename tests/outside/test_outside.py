"""Cases that others wrote: docs/conformance.md lists their outcomes here, and every deviation is an expected one.

``python -m tests.outside.test_outside`` writes the lists of that page anew.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pytest

from custobar_formats import validate
from tests.optional import needs_jsonschema_rs
from tests.outside import outside_csv, outside_json, outside_schema
from tests.outside.outside_cases import OPEN, Case, Suite, deviations, figures, load

pytestmark = pytest.mark.slow  # some 7,000 cases, which change only with their sources

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
TABLES = (outside_csv.REASONS, outside_json.REASONS, outside_schema.REASONS)
REASONS = outside_csv.REASONS | outside_json.REASONS | outside_schema.REASONS
BOTH_ENGINES = find_spec("jsonschema_rs") is not None
"""Whether the schema cases run: they need both engines, to compare them."""

MARKED = re.compile(r"(<!-- (figures|deviations) -->\n).*?(?=<!-- end -->)", re.DOTALL)
RUN = {"csv-spectrum": 12, "CPython": 169, "JSONTestSuite, whole text": 337}
RUN |= {"JSONTestSuite, value in a list": 335, "JSONTestSuite, value in a line": 335}
RUN |= {"2020-12, jsonschema-rs": 1906, "2020-12, jsonschema": 1906, "2020-12, records": 1906}


@lru_cache(maxsize=1)
def suites() -> tuple[Suite, ...]:
    """The outcomes of all cases."""
    of_schemas = (*outside_schema.by_engines(), outside_schema.by_records()) if BOTH_ENGINES else ()
    return (outside_csv.spectrum(), outside_csv.cpython(), *outside_json.parsing(), *of_schemas)


def suite(title: str) -> Suite:
    """The outcomes of one source's cases, run in one way."""
    return next(one for one in suites() if one.title == title)


def parsing(letter: str, *ways: str) -> list[Case]:
    """The outcomes of the JSON cases whose names begin with a letter, in some places or all."""
    suites_ = [one for one in suites() if one.source == "JSONTestSuite" and (not ways or one.way in ways)]
    return [case for one in suites_ for case in one.cases if case.name.startswith(f"{letter}_")]


def written() -> str:
    """The page with the outcomes of now."""
    tables = {"figures": figures(suites()), "deviations": deviations(suites(), REASONS)}
    return MARKED.sub(lambda part: part[1] + "\n".join(tables[part[2]]) + "\n", PAGE.read_text("utf-8"))


@needs_jsonschema_rs
def test_all_cases_are_run() -> None:
    assert {one.title: len(one.cases) for one in suites()} == RUN


@needs_jsonschema_rs
def test_the_page_shows_what_is_seen() -> None:
    page = PAGE.read_text("utf-8")
    assert [part[2] for part in MARKED.finditer(page)] == ["figures", "deviations"]
    assert page == written()


@needs_jsonschema_rs
def test_every_reason_is_needed() -> None:
    assert sum(map(len, TABLES)) == len(REASONS)
    assert {case.why for one in suites() for case in one.deviating} == set(REASONS)


def test_what_csv_spectrum_means_is_read() -> None:
    assert [case.name for case in suite("csv-spectrum").deviating] == ["location_coordinates"]


@pytest.mark.parametrize("vector", load("cpython_csv")["read"], ids=lambda vector: vector[0])
def test_the_vectors_of_cpython_are_true(vector: tuple[str, list[str], dict[str, object], object]) -> None:
    name, lines, options, rows = vector
    if not options:
        given = StringIO(lines[0], newline="") if name.startswith("Test") else lines
        assert list(csv.reader(given)) == rows


def test_cells_are_those_of_cpython_or_it_is_reported_but_for_options_that_there_are_not() -> None:
    known = {"blank-row", "no-records", *outside_csv.OPTIONS}
    for case in suite("CPython").deviating:
        if case.group == "reading" and case.why not in known:
            assert case.ours.startswith("error") or case.ours.startswith(f"{case.theirs}, warning"), case


def test_a_delimiter_that_there_is_is_found_wherever_cpython_finds_it() -> None:
    sniffed = [case for case in suite("CPython").cases if case.group == "sniffing"]
    assert len(sniffed) == 24
    assert {case.why for case in sniffed} == {None, "delimiter"}


def test_no_json_that_is_none_is_read() -> None:
    refused = parsing("n")
    assert len(refused) == 188 * 3 - 2 * 2
    assert all(case.ours.startswith("refused: ") and not case.deviates for case in refused)


@pytest.mark.parametrize("way", outside_json.WAYS)
def test_json_that_is_none_is_refused_at_a_place(way: str) -> None:
    for name, text in outside_json.cases().items():
        if name.startswith("n_") and name not in outside_json.LONG:
            report = validate(outside_json.placed(text, way), format="jsonl" if way == "line" else "json")
            assert all(finding.line for finding in report.errors), name
            assert all(finding.column for finding in report.errors if finding.code == "invalid-json"), name


def test_json_is_read_as_a_value_but_for_keys_that_stand_twice() -> None:
    in_list, in_line = parsing("y", "value in a list"), parsing("y", "value in a line")
    assert len(in_list) == len(in_line) == 95
    assert {case.why for case in in_list} == {None, "duplicate-key"}
    assert {case.why for case in in_line} == {None, "duplicate-key", "by-line"}


def test_json_that_is_left_open_is_read_as_python_reads_it_or_refused() -> None:
    left_open = parsing("i") + parsing("t")
    assert len(left_open) == (35 + 19) * 3
    assert {case.theirs for case in left_open} == {OPEN}
    assert all(case.ours == "read" or case.ours.startswith("refused: ") for case in left_open)


@needs_jsonschema_rs
@pytest.mark.parametrize("title", ["2020-12, jsonschema-rs", "2020-12, jsonschema"])
def test_the_engines_are_right_but_for_what_is_not_fetched_and_formats(title: str) -> None:
    whys = {case.why for case in suite(title).deviating}
    assert whys == {"format", "nothing is fetched", "unknown $schema"}
    assert suite(title).cases == suite("2020-12, jsonschema").cases


@needs_jsonschema_rs
def test_records_are_judged_as_the_engines_do_but_for_what_is_coerced() -> None:
    pairs = list(zip(suite("2020-12, records").cases, suite("2020-12, jsonschema-rs").cases, strict=True))
    others = [ours for ours, engines in pairs if ours != engines]
    assert {(case.theirs, case.ours, case.why) for case in others} == {("invalid", "valid", "coercion")}


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
