"""The fast reading of CSV against the slow one: the same records, the same findings, the same counts."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import cache
from typing import Any
from unittest import mock

import pytest
import reference
import slow_reading
import strategies
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from strategies import weighted

from custobar_formats import Finding, InvalidData, Report, SchemaError, from_csv, iter_csv, load_schema, validate
from custobar_formats import files as files_module
from custobar_formats import quick, quoting
from custobar_formats import reading as reading_module
from custobar_formats import rows as rows_module
from custobar_formats.engine import pattern_matcher
from custobar_formats.plain import PlainText
from custobar_formats.schema import Schema, bundled_patterns, compile_schema
from custobar_formats.values import parse_integer, parse_number

Json = Any

BLANKS = ("omit", "erase", "null")
LIST_GAPS = ("error", "close")
FIELDS = [name for name in Report.__dataclass_fields__ if name != "source"]


# -- how both are asked


class Pieces:
    """A stream that cannot be read twice and gives a few characters at a time, whatever is asked for."""

    def __init__(self, text: Any, sizes: Sequence[int]) -> None:
        self._text, self._sizes = text, itertools.cycle(sizes)

    def read(self, size: int = -1) -> Any:
        taken = min(next(self._sizes), size) if size >= 0 else len(self._text)
        piece, self._text = self._text[:taken], self._text[taken:]
        return piece


@contextmanager
def steps(block: int, sizes: Sequence[int]) -> Iterator[None]:
    """Reading takes so many rows at a time, and so many characters; 0 for those that it takes by itself."""
    with ExitStack() as stack:
        if block:
            stack.enter_context(mock.patch.object(rows_module, "BLOCK_ROWS", block))
        if sizes:
            stack.enter_context(mock.patch.object(files_module, "CHUNK", max(sizes)))
            stack.enter_context(mock.patch.object(reading_module, "SAMPLE_CHARS", max(sizes)))
        yield


@st.composite
def ways(draw: DrawFn) -> dict[str, Any]:
    """How a text is delivered and read."""
    return {
        "block": draw(st.sampled_from([2, 1, 3, 5, 0])),
        "sizes": draw(weighted((2, st.just([])), (2, st.lists(st.integers(1, 60), min_size=1, max_size=4)))),
        "blank": draw(st.sampled_from(BLANKS)),
        "list_gaps": draw(st.sampled_from(LIST_GAPS)),
        "parse_float": draw(st.sampled_from([float, Decimal])),
    }


USUAL = {"block": 2, "sizes": [], "blank": "omit", "list_gaps": "error", "parse_float": float}


def contents(report: Report) -> dict[str, Any]:
    """A report, less how the source was read."""
    return {field: getattr(report, field) for field in FIELDS}


def outcome(function: Callable[[], Any], records: list[Json]) -> Any:
    """What a call gives, with the records that it gave before an error."""
    try:
        records.extend(function())
    except InvalidData as error:
        return contents(error.report)
    return None


def compare(text: str, schema: Schema | None, delimiter: str, way: dict[str, Any], charset: str | None = None) -> None:
    """Hold every public way of reading a text equal to the slow one."""
    options = {name: way[name] for name in ("blank", "list_gaps")}
    block, sizes = way["block"], way["sizes"]
    typed = {**options, "parse_float": way["parse_float"]}

    def source() -> Any:
        whole: Any = text if charset is None else text.encode(charset)
        return Pieces(whole, sizes) if sizes else whole

    more: Any = {"delimiter": delimiter, "encoding": charset}
    latin1 = charset == "iso-8859-1"
    slow = slow_reading.read(text, schema, delimiter=delimiter, latin1=latin1, **typed)
    wanted = slow_reading.report(slow)
    event("no record" if not slow.records else "some findings" if slow.findings else "clean")
    with steps(block, sizes):
        records: list[Json] = []
        found = outcome(lambda: from_csv(source(), schema, **more, **typed), records)
        assert found == (None if wanted.valid else contents(wanted))
        assert not wanted.valid or repr(records) == repr([record for _, _, record in slow.records])

        told: list[Finding] = []
        slow_told: list[Finding] = []
        records = []
        found = outcome(lambda: iter_csv(source(), schema, on_finding=told.append, **more, **typed), records)
        before, stopped = slow_reading.before_error(slow, slow_told.append)
        assert repr(records) == repr(before)
        assert found == (None if stopped.valid else contents(stopped))
        assert told == slow_told
    if way["parse_float"] is float:
        compare_reports(source, schema, slow, way, {**more, **options})


def compare_reports(
    source: Callable[[], Any], schema: Schema | None, slow: slow_reading.Read, way: dict[str, Any], more: dict[str, Any]
) -> None:
    """Hold all reports of a text equal to the slow ones."""
    entity = schema.entity if schema is not None else None
    for cross_checks, tells in itertools.product([False, True], [False, True]):
        told: list[Finding] = []
        slow_told: list[Finding] = []
        wanted = slow_reading.report(slow, entity if cross_checks else None, slow_told.append)
        with steps(way["block"], way["sizes"]):
            on_finding = told.append if tells else None
            found = validate(
                source(), schema, format="csv", cross_checks=cross_checks, on_finding=on_finding, **more
            )
        assert contents(found) == contents(wanted)
        assert told == (slow_told if tells else [])


# -- tables


LABELS = ["a", "b", "c", "id", "o.a", "o.b", "o.p.q", "l.0", "l.1", "l.2", "s.0.k", "s.0.m", "s.1.k", "s.1.m", "s.2.k"]
LABELS += ["class", "None", "__import__('os')", "absent", "v0", "k0", "o1", "'", "\\", "{a}", "x\ny", 'q"q', "n.0.0"]
LABELS += ["n.0.1", "n.1.0", "d.e.f.g.h", "d.e.f.g.i.0.j", "", "A", "__rejected_because", " ", "Ã¤", "del", "rows"]
LABELS += ["m.0.t.0", "m.0.t.1", "m.1.t.0", "m.1.u"]
"""Labels, of which any are to be had together, as long as list indices follow each other."""

ODD_CELLS = [" ", "  ", "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680", "\u2003"]
ODD_CELLS += ["\u2028", "\u2029", "\u202f", "\u205f", "\u3000", " \xa0", "\n", "\r", "\r\n", " \n ", "\ufeff", "\u200b"]
ODD_CELLS += ["Ã¤", "x Ã¶ y", "â€™", "Â ", "\x80", "\x9f", "Ã", "ð", "a\x85b", "\0", "ä", "İ", "\U0001f600", "x ", " x"]
ODD_CELLS += ['"', 'a"b', '""', 'x"', '"x', "a,b", "a;b", "a\tb", "a\nb", "a\r\nb", "a\rb", ",", ",,", "a,,b", " a,b"]
ODD_CELLS += ["a, b", "0", "-", "false", "absent", "x" * 70]

PLAIN_CELLS = weighted((3, st.sampled_from(["x", "y", "1", "abc", "x y"])), (1, strategies.plain_texts()))
CELLS = weighted(
    (6, PLAIN_CELLS),
    (3, st.sampled_from(ODD_CELLS)),
    (1, st.sampled_from(strategies.TYPED_TEXTS)),
    (1, strategies.texts(max_size=3)),
)


@st.composite
def headers(draw: DrawFn, labels: Sequence[str], least: int = 1, most: int = 6) -> list[str]:
    """Some labels, with the list items that have to be before them."""
    chosen = draw(st.lists(st.sampled_from(labels), min_size=least, max_size=most, unique=True))
    for label in list(chosen):
        parts = label.split(".")
        for place, part in enumerate(parts):
            for index in range(int(part) if part.isdigit() else 0):
                before = [".".join([*parts[:place], str(index), ""]), ".".join([*parts[:place], str(index)])]
                if not any(other == before[1] or other.startswith(before[0]) for other in chosen):
                    options = [other for other in labels if other == before[1] or other.startswith(before[0])]
                    chosen += options[:1]
    return draw(st.permutations(chosen))


@st.composite
def rendered(draw: DrawFn, table: Sequence[Sequence[str]], delimiter: str, *, flaws: bool = True) -> str:
    """A table as text; cells are quoted where they have to be, and sometimes elsewhere."""
    end = draw(st.sampled_from(["\n", "\r\n", "\n", "\r"]))
    quotes = draw(st.sampled_from([False, False, True]))
    lines = []
    for number, row in enumerate(table):
        cells = []
        for cell in row:
            needed = any(letter in cell for letter in (delimiter, "\r", "\n")) or cell.startswith('"')
            must = needed or (len(row) == 1 and not cell)
            if must or (quotes and draw(st.integers(0, 5)) == 0):
                cells.append('"' + cell.replace('"', '""') + '"')
            else:
                cells.append(cell)
        line = delimiter.join(cells)
        flaw = draw(st.integers(0, 40)) if flaws and number else 0
        if flaw >= 33:
            line = {
                40: line + delimiter + "more",
                39: line + delimiter * 2,
                38: cells[0],
                37: line + end,
                36: delimiter * (len(row) - 1),
                35: end + line,
                34: "",
                33: line + delimiter + '""',
            }[flaw]
        lines.append(line)
    text = end.join(lines) + draw(st.sampled_from([end, end, ""]))
    if not flaws:
        return text
    broken = draw(st.integers(0, 30))
    if broken >= 28:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + {28: '"', 29: '"x"y', 30: "\ud800"}[broken] + text[at:]
    return ("sep=;" + end if broken == 27 else "\ufeff" if broken == 26 else "") + text


@st.composite
def tables(draw: DrawFn, cells: Callable[[str], SearchStrategy[str]], header: Sequence[str]) -> list[list[str]]:
    """Rows under a header: some blank here and there, some columns blank or full; a file may go on with the same."""
    blanks = {label: draw(st.sampled_from([0, 0, 3, 7, 10])) for label in header}
    columns = [weighted((10 - blanks[label], cells(label)), (blanks[label], st.just(""))) for label in header]
    rows = draw(st.lists(st.tuples(*columns).map(list), max_size=9))
    plain = [draw(cells(label)) for label in header]
    table = [plain] * draw(st.sampled_from([0, 0, 1, 3, 7])) + rows
    more = draw(st.sampled_from([1, 1, 1, 1, 1, 1, 1, 2, 3, 40]))
    return [list(header), *(table * more)]


@given(st.data(), st.sampled_from(strategies.DELIMITERS), ways())
def test_a_table_without_a_schema(data: st.DataObject, delimiter: str, way: dict[str, Any]) -> None:
    header = data.draw(headers(LABELS))
    text = data.draw(rendered(data.draw(tables(lambda label: CELLS, header)), delimiter))
    charset = data.draw(st.sampled_from([None, None, "utf-8", "iso-8859-1"]))
    if charset is not None:
        try:
            assume(text.encode(charset)[:2] != b"PK")
        except UnicodeEncodeError:
            charset = None
    if charset is not None and re.match("\ufeff|ï»¿|ÿþ|þÿ", text):
        charset = None
    compare(text, None, delimiter, way, charset)


@given(strategies.csv_texts(), st.sampled_from(strategies.DELIMITERS), ways(), st.booleans())
@example('a\n1\n2\n"x', ",", USUAL, False)
@example("a,b\n1,2\n,\n3,4\n", ",", USUAL, False)
@example("l.0,l.1\n1,2\n,x\n3,4\n,5\n", ",", {**USUAL, "block": 1}, False)
def test_any_text(text: str, delimiter: str, way: dict[str, Any], is_typed: bool) -> None:
    properties = {"a": {"type": "integer"}, "l": {"type": "array", "items": {"type": "number"}}}
    schema = compile_schema({"properties": properties, "x-entity": "customers"}) if is_typed else None
    compare(text, schema, delimiter, way)
