"""Fast CSV reading against slow reading: the same records, findings and counts."""

from __future__ import annotations

import csv
import gc
import io
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any
from unittest import mock

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from custobar_formats import Finding, InvalidData, Report, SchemaError, from_csv, iter_csv, load_schema, validate
from custobar_formats.core.entities import Entity
from custobar_formats.core.paths import parse_label
from custobar_formats.core.scalars import parse_exact, parse_integer, parse_number
from custobar_formats.csvtext import reader as csv_reader_module
from custobar_formats.csvtext import scanner
from custobar_formats.csvtext import splitter as splitter_module
from custobar_formats.csvtext import structure as structure_module
from custobar_formats.csvtext.splitter import Splitter
from custobar_formats.files import source as source_module
from custobar_formats.jsontext.writer import write_chunks
from custobar_formats.pipeline import beginning as beginning_module
from custobar_formats.pipeline import block_plan
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from custobar_formats.records import header as header_module
from custobar_formats.records import nest as nest_module
from custobar_formats.records.json_rows import ESCAPED
from custobar_formats.report import report as report_module
from custobar_formats.schema.bundled import bundled_patterns
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.text import chunks as chunks_module
from custobar_formats.text.checks import TEXT_CHECKS
from custobar_formats.validation import across_records as across_records_module
from custobar_formats.validation import column_readers, line_patterns
from tests.laws import reference, slow_reading, strategies
from tests.laws.strategies import weighted

Json = Any

BLANKS = ("omit", "erase", "null")
LIST_GAPS = ("error", "close")
FIELDS = [name for name in Report.__dataclass_fields__ if name != "source"]


# -- how both are called


class Pieces:
    """A stream that can be read only once and gives a few characters at a time, however many are requested."""

    def __init__(self, text: Any, sizes: Sequence[int]) -> None:
        self._text, self._sizes = text, itertools.cycle(sizes)

    def read(self, size: int = -1) -> Any:
        taken = min(next(self._sizes), size) if size >= 0 else len(self._text)
        piece, self._text = self._text[:taken], self._text[taken:]
        return piece


@contextmanager
def steps(block: int, sizes: Sequence[int]) -> Iterator[None]:
    """Read so many rows and so many characters at a time; 0 rows leaves the usual number."""
    with ExitStack() as stack:
        if block:
            stack.enter_context(mock.patch.object(csv_reader_module, "BLOCK_ROWS", block))
            stack.enter_context(mock.patch.object(column_readers, "REMEMBERED_CELLS", block))
        if sizes:
            stack.enter_context(mock.patch.object(source_module, "CHUNK", max(sizes)))
            stack.enter_context(mock.patch.object(source_module, "HEAD_BYTES", max(4, *sizes)))
            stack.enter_context(mock.patch.object(beginning_module, "SAMPLE_CHARS", max(10, *sizes)))
            stack.enter_context(mock.patch.object(structure_module, "STRUCTURE_CHARS", max(10, *sizes)))
        yield


@contextmanager
def few_kept(kept: int) -> Iterator[None]:
    """Make a report keep so many findings of one code in one column, instead of a hundred."""
    with ExitStack() as stack:
        for module in (report_module, across_records_module):
            stack.enter_context(mock.patch.object(module, "KEPT_PER_COLUMN", kept))
        yield


@st.composite
def ways(draw: DrawFn) -> dict[str, Any]:
    """The ways to deliver and read a text."""
    return {
        "block": draw(st.sampled_from([2, 1, 3, 5, 0])),
        "sizes": draw(weighted((2, st.just([])), (2, st.lists(st.integers(1, 60), min_size=1, max_size=4)))),
        "blank": draw(st.sampled_from(BLANKS)),
        "list_gaps": draw(st.sampled_from(LIST_GAPS)),
        "parse_float": draw(st.sampled_from([float, float, Decimal])),
        "kept": draw(st.sampled_from([100, 1, 3])),
    }


USUAL = {"block": 2, "sizes": [], "kept": 100, "blank": "omit", "list_gaps": "error", "parse_float": float}


def contents(report: Report) -> dict[str, Any]:
    """A report without the facts about how the source was read."""
    return {field: getattr(report, field) for field in FIELDS} | {"findings": faults(report.findings)}


def faults(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without the way out, which all values of the column and the other columns decide: see test_fix."""
    return [replace(finding, hint=None, fix=None, fix_is_safe=None) for finding in findings]


def outcome(function: Callable[[], Any], records: list[Json]) -> Any:
    """The result of a call, with the records that it gave before an error."""
    try:
        records.extend(function())
    except InvalidData as error:
        return contents(error.report)
    return None


def compare(text: str, schema: Schema | None, delimiter: str, way: dict[str, Any], charset: str | None = None) -> None:
    """Check that every public way to read a text gives the same as the slow one."""
    options = {name: way[name] for name in ("blank", "list_gaps")}
    block, sizes = way["block"], way["sizes"]
    typed = {**options, "parse_float": way["parse_float"]}

    def source() -> Any:
        whole: Any = text if charset is None else text.encode(charset)
        return Pieces(whole, sizes) if sizes else whole

    more: Any = {"delimiter": delimiter, "encoding": charset}
    latin1 = charset == "iso-8859-1"
    if charset == "iso-8859-1" and not text.encode(charset).decode("utf-8", "replace").partition("\ufffd")[0].isascii():
        return  # the declaration is doubted, if no more bytes are looked at
    sample = max([10, *sizes]) if sizes else 65_536
    slow = slow_reading.read(text, schema, delimiter=delimiter, latin1=latin1, sample=sample, **typed)
    with few_kept(way["kept"]), steps(block, sizes):
        wanted = slow_reading.report(slow)
        records: list[Json] = []
        found = outcome(lambda: from_csv(source(), schema, **more, **typed), records)
        assert found == (None if wanted.valid else contents(wanted))
        assert not wanted.valid or repr(records) == repr([record for _, _, record in slow.records])

        reported: list[Finding] = []
        slow_told: list[Finding] = []
        records = []
        found = outcome(lambda: iter_csv(source(), schema, on_finding=reported.append, **more, **typed), records)
        before, stopped = slow_reading.before_error(slow, slow_told.append)
        assert repr(records) == repr(before)
        assert found == (None if stopped.valid else contents(stopped))
        assert faults(reported) == faults(slow_told)
    if way["parse_float"] is float:
        with few_kept(way["kept"]):
            compare_reports(source, schema, slow, way, {**more, **options})
    if way["blank"] == "omit" or way["parse_float"] is not float:
        exact: dict[str, Any] = {**typed, "parse_float": parse_exact}
        slow = slow_reading.read(text, schema, delimiter=delimiter, latin1=latin1, sample=sample, **exact)
        with few_kept(way["kept"]), steps(block, sizes):
            compare_texts(source, schema, slow, {**more, **options})


def compare_texts(
    source: Callable[[], Any], schema: Schema | None, slow: slow_reading.Read, more: dict[str, Any]
) -> None:
    """Check that a text's JSON lines are those of the slow records."""
    entity = schema.entity if schema is not None else None
    before, stopped = slow_reading.before_error(slow)
    for streams, to in itertools.product([False, True], ["json", "jsonl"]):
        wanted = stopped if streams else slow_reading.report(slow, entity)
        target = io.BytesIO()
        try:
            found = convert_file(source(), target, schema, Options(format="csv", **more), to=to, streams=streams)
        except InvalidData as error:
            found = error.report
        assert contents(found) == contents(wanted)
        if wanted.valid or (streams and to == "jsonl"):
            assert target.getvalue() == b"".join(write_chunks(before, entity=entity, lines=to == "jsonl"))


def compare_reports(
    source: Callable[[], Any], schema: Schema | None, slow: slow_reading.Read, way: dict[str, Any], more: dict[str, Any]
) -> None:
    """Check that all reports of a text are the slow ones."""
    entity = schema.entity if schema is not None else None
    for cross_checks, tells in itertools.product([False, True], [False, True]):
        reported: list[Finding] = []
        slow_told: list[Finding] = []
        wanted = slow_reading.report(slow, entity if cross_checks else None, slow_told.append)
        with steps(way["block"], way["sizes"]):
            on_finding = reported.append if tells else None
            found = validate(source(), schema, format="csv", cross_checks=cross_checks, on_finding=on_finding, **more)
        assert contents(found) == contents(wanted)
        assert faults(reported) == (faults(slow_told) if tells else [])


# -- tables


LABELS = ["a", "b", "c", "id", "o.a", "o.b", "o.p.q", "l.0", "l.1", "l.2", "s.0.k", "s.0.m", "s.1.k", "s.1.m", "s.2.k"]
LABELS += [*strategies.CODE_NAMES, "class", "None", "v0", "{a}", 'q"q', "n.0.0"]
LABELS += ["n.0.1", "n.1.0", "d.e.f.g.h", "d.e.f.g.i.0.j", "", "A", "__rejected_because", " ", "Ã¤", "rows"]
LABELS += ["m.0.t.0", "m.0.t.1", "m.1.t.0", "m.1.u"]
"""Labels that can be combined freely, as long as list indices follow each other."""

ODD_CELLS = [" ", "  ", "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680", "\u2003"]
ODD_CELLS += ["\u2028", "\u2029", "\u202f", "\u205f", "\u3000", " \xa0", "\n", "\r", "\r\n", " \n ", "\ufeff", "\u200b"]
ODD_CELLS += ["Ã¤", "x Ã¶ y", "â€™", "Â ", "\x80", "\x9f", "Ã", "ð", "a\x85b", "\0", "ä", "İ", "\U0001f600", "x ", " x"]
ODD_CELLS += ['["a","b"]', "[1]", "[sale]", '="1"', "NULL", "'045"]
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
    """Some labels, with the list items that must come before them."""
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
    """A table as text; cells are quoted where necessary, and sometimes elsewhere."""
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
    """Rows of a header: some cells are blank, some columns are blank or full; the same rows may be repeated."""
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
    if charset == "iso-8859-1" and not text.isascii():
        with suppress(UnicodeDecodeError):
            text.encode(charset).decode("utf-8")
            charset = None  # the bytes are utf-8, which is a warning about the declaration
    compare(text, None, delimiter, way, charset)


@given(strategies.csv_texts(), st.sampled_from(strategies.DELIMITERS), ways(), st.booleans())
@example('a\n1\n2\n"x', ",", USUAL, False)
@example("a,b\n1,2\n,\n3,4\n", ",", USUAL, False)
@example("l.0,l.1\n1,2\n,x\n3,4\n,5\n", ",", {**USUAL, "block": 1}, False)
@example("a,\n1,\n,x\n,\n2,y\n,\n", ",", USUAL, True)
@example("a,__rejected_because\n,x\n1,\n,y\n2,\n", ",", USUAL, False)
@example("l,a\n1,2\nl,a\n\ufeffl,a\n3,4\nl,a,\nl\n", ",", {**USUAL, "block": 1}, True)
@example("a\n\ufeffa\n1\na\n", ",", USUAL, True)
@example("Title,,\n\na,b,c\n1,2,3\n4,5,6\n", ",", USUAL, True)
@example('"a,b,c"\n"1,2,3"\n', ",", USUAL, False)
@example("x|y\n1|2\n", ",", USUAL, False)
@example("<html><body>,\n1,2\n", ",", USUAL, False)
@example("__rejected_because,a,b,,\n,1,2,,\nx,1\nx,1,2,3,\n,1,2,,,\n,,,,\nmissing-cell: x,1,\n", ",", USUAL, False)
@example("__rejected_because\nx\ny\nz\n", ",", USUAL, False)
@example('a,b,c\n1,"2,3\n4,5,6\n7,8",9\n"1,2,3\r4",5,6\n7,8,"9\r\n1,2,3"\n', ",", USUAL, False)
@example('a,b,c\n1,"2,3\n4,5",6\n"1,2,3\n4",5\n1,2,3,"\n,,"\n1,"2, 3\n4, 5",6\n', ",", {**USUAL, "block": 1}, True)
def test_any_text(text: str, delimiter: str, way: dict[str, Any], is_typed: bool) -> None:
    properties = {"a": {"type": "integer"}, "l": {"type": "array", "items": {"type": "number"}}}
    schema = compile_schema({"properties": properties, "x-entity": "customers"}) if is_typed else None
    compare(text, schema, delimiter, way)


# -- the bundled schemas

DAYS = ["2024-02-29", "2023-02-29", "2000-02-29", "1900-02-29", "2024-02-30", "2024-04-31", "2024-12-31", "0000-01-01"]
DAYS += ["2024-06-30", "2024-01-29", "2024-02-28", "2024-13-01", "2024-00-10", "2024-1-1", "20240101", "1.9.2026"]
CLOCKS = ["", "", "T10:00", "T10:00:00", "T23:59:60", "T10:00:00.123", "T10:00:00.1234567890", "T10:00Z", "t10:00z"]
CLOCKS += ["T10:00:00+02:00", "T10:00-00:00", " 10:00", "T24:00", "T10", "T10:60", "T10:00+24:00", "T10:00:00.", "\n"]
WORDS = [
    "a",
    "A1",
    "x_y",
    "x-y",
    "-",
    "a+b",
    "o'b",
    "ä",
    "x" * 20,
    "x" * 21,
    "x" * 64,
    "x" * 65,
    "",
    ".",
    "a..b",
    "a b",
]
HOSTS = [
    "example.com",
    "a.b",
    "a-b.fi",
    "-a.fi",
    "a-.fi",
    "a",
    "a..b",
    "a.b.c.d",
    "a.b.c.d.e",
    "ä.fi",
    ".a.fi",
    "a.fi.",
    "",
]
HOSTS += ["x--y.com", "a_b.com", "1.2", "a.-b", "a.b-"]
NUMBERS = ["0", "-0", "1", "39", "1050", "-5", "1.0", "24.90", "24.00", "1.50", "-0.0", "0.5", "1e3", "1E400", "1e-400"]
NUMBERS += ["9" * 15, "9" * 16, "9" * 17, "1" + "0" * 17, "9" * 18, "9" * 19, "-" + "9" * 18, "-" + "9" * 19]
NUMBERS += [
    "9" * 4300,
    "9" * 4301,
    "1" * 5000,
    "-" + "9" * 4300,
    "0." + "1" * 15,
    "0." + "1" * 16,
    "0." + "0" * 400 + "1",
]
NUMBERS += ["007", "+1", " 1", "1 ", "1,5", "1_000", "٣٩", "0x10", "--1", "-", "1-2", "1.", ".5", "-.5", "1.0.0", "1\n"]
NUMBERS += [
    "123456789012345.6",
    "1234567890123456.7",
    "1.7976931348623157e308",
    "9" * 309 + ".5",
    "NaN",
    "Infinity",
    "[]",
]
NUMBERS += ["00", "-00", "-007", "1]", "1,2", "1\n2", "\n", "1.1234567890123456789"]
TRUTHS = ["true", "false", "true", "false", "TRUE", "True", "1", "0", "yes", "true ", "false\n"]
LISTS = ["vip", "vip,outlet", "a, b", "a,,b", ",", "a,", "a,a", "1,2", " ", "x,y,z"]
PHONES = [
    "+358401234567",
    "+1234567",
    "+123456",
    "+1" + "2" * 14,
    "+1" + "2" * 15,
    "0401234567",
    "+0123456",
    "358401234567",
]
PHONES += ["+358 40 123", "+358401234567\n"]
IDENTIFYING = ["K-1", "K-1", "K-2", "K-3", "k-1", "1", "01", "K 1", "K_1", "ä", "-", "K-1\n"]
CODES = ["FI", "fi", "Fi", "F", "FIN", "EUR", "eur", "1F", "fi-FI", "offline", "online", "Offline", "onlin", "BROWSE"]
CODES += ["BASKET_ADD", "SENTIMENT", "MAIL_SUBSCRIBE", "ORDER_SHIPPED", "browse", "X_1", "_X"]

BY_TYPE: dict[str | None, SearchStrategy[str]] = {
    "date": st.sampled_from(DAYS),
    "datetime": st.builds(str.__add__, st.sampled_from(DAYS), st.sampled_from(CLOCKS)),
    "email": weighted(
        (2, st.sampled_from(["a@example.com", "b.c@example.com", "d@a-b.fi"])),
        (
            2,
            st.builds(
                lambda words, host: ".".join(words) + "@" + host,
                st.lists(st.sampled_from(WORDS), max_size=3),
                st.sampled_from(HOSTS),
            ),
        ),
    ),
    "phone_number": st.sampled_from(PHONES),
    "money": st.sampled_from(NUMBERS),
    "integer": st.sampled_from(NUMBERS),
    "number": st.sampled_from(NUMBERS),
    "boolean": st.sampled_from(TRUTHS),
    "list": st.sampled_from(LISTS),
    "set": st.sampled_from(LISTS),
    "country_code": st.sampled_from(CODES),
    "language_code": st.sampled_from(CODES),
}
TEXTS = weighted((3, st.sampled_from(IDENTIFYING)), (2, st.sampled_from(CODES)), (1, CELLS))
GOOD = {
    "date": ["2024-02-28", "2024-12-31"],
    "datetime": ["2024-02-28", "2024-12-31T10:00:00+02:00", "2024-02-29"],
    "email": ["a@example.com", "b.c@example.com", "x@y.fi"],
    "phone_number": ["+358401234567", "+358401234568"],
    "money": ["0", "1050", "39"],
    "integer": ["0", "1", "-5"],
    "number": ["0", "1.5", "12"],
    "boolean": ["true", "false"],
    "list": ["vip", "vip,outlet"],
    "country_code": ["FI", "SE"],
    "language_code": ["fi", "sv"],
}


@cache
def bundled(entity: Entity) -> tuple[Schema, list[str]]:
    """A bundled schema with some additions, labels that it knows, and some that it does not."""
    fields = {"acme__rank": "integer", "acme__ratio": "number", "acme__set": "set", "acme__day": "day_of_year"}
    schema = compile_schema(load_schema(entity, fields=fields))
    assert schema is not None
    labels = [
        "acme__rank",
        "acme__ratio",
        "acme__set",
        "acme__set.0",
        "acme__set.1",
        "acme__free",
        "acme__o.a",
        "unknown",
        "",
    ]
    for name in sorted(schema.root.names):
        place = schema.root.step(name)
        items = place.step(0)
        if items.names:
            labels += [f"{name}.{index}.{below}" for below in sorted(items.names) for index in range(3)]
        elif place.is_scalar_list or "list" in str(place.types):
            labels += [name, f"{name}.0", f"{name}.1"]
        else:
            labels.append(name)
    return schema, labels


def typed_cells(schema: Schema, label: str, *, good: bool) -> SearchStrategy[str]:
    """Cells that are valid, nearly valid or invalid for a label."""
    place = schema.root
    for part in parse_label(label, place) if label else ():
        place = place.step(part)
    right = GOOD.get(place.custobar_type or "")
    if place.members is not None:
        right = [member for member in place.members if isinstance(member, str)] or None
    right = right or ["K-1", "K-2", "BROWSE", "SENTIMENT", "7", "8", "9"]
    fine = st.sampled_from(right)
    if good:
        return fine
    return weighted((4, fine), (4, BY_TYPE.get(place.custobar_type, TEXTS)), (1, CELLS))


IMPORTANT = {
    "customers": ["external_id", "email", "phone_number"],
    "products": [
        *("external_id", "ean", "price", "sale_price", "language", "category"),
        *("stock.0.quantity", "stock.0.shop_id", "stock.1.shop_id"),
    ],
    "sales": [
        "sale_external_id",
        "sale_date",
        "sale_customer_id",
        "sale_currency",
        "sale_exchange_rate",
        "external_id",
    ],
    "events": ["type", "date", "customer_id", "product_id", "sentiment_value"],
    "shops": ["external_id", "shop_type"],
}


@given(st.sampled_from(strategies.ENTITIES), st.data(), st.sampled_from(strategies.DELIMITERS), ways())
def test_a_table_of_a_bundled_schema(entity: str, data: st.DataObject, delimiter: str, way: dict[str, Any]) -> None:
    schema, labels = bundled(entity)
    header = data.draw(headers([*labels, *IMPORTANT[entity] * 3][::-1], most=5))
    if data.draw(st.integers(0, 3)):
        header += [label for label in IMPORTANT[entity] if label not in header][: data.draw(st.integers(1, 6))]
    good = {label: data.draw(st.booleans()) for label in header}
    table = data.draw(tables(lambda label: typed_cells(schema, label, good=good[label]), header))
    compare(data.draw(rendered(table, delimiter, flaws=data.draw(st.booleans()))), schema, delimiter, way)


# -- schemas of users

SCALAR_SCHEMAS: list[Json] = [
    {"type": "integer"},
    {"type": "number"},
    {"type": "boolean"},
    {"type": "string"},
    {},
    True,
]
SCALAR_SCHEMAS += [{"type": ["integer", "string"]}, {"type": ["integer", "null"]}, {"type": ["number", "boolean"]}]
SCALAR_SCHEMAS += [{"type": ["integer", "number"]}, {"type": "integer", "x-custobar-type": "money"}, {"type": "null"}]
SCALAR_SCHEMAS += [{"type": "integer", "minimum": 1, "maximum": 1000}, {"type": "number", "exclusiveMinimum": 0}]
SCALAR_SCHEMAS += [{"type": "number", "multipleOf": 0.5}, {"type": "integer", "multipleOf": 3}, {"minimum": 3}]
SCALAR_SCHEMAS += [
    {"pattern": "^[a-z]+$"},
    {"type": "string", "pattern": "^[A-Z0-9-]*$", "maxLength": 3},
    {"minLength": 2},
]
SCALAR_SCHEMAS += [{"enum": ["x", "abc", "K-1"]}, {"enum": [1, "1", True]}, {"enum": [1, 2.5, False]}, {"const": "x"}]
SCALAR_SCHEMAS += [{"const": 1}, {"type": "integer", "enum": [1, 39]}, {"type": "string", "enum": ["1", "true"]}, False]
SCALAR_SCHEMAS += [
    {"anyOf": [{"type": "integer"}, {"pattern": "^[a-z]+$"}]},
    {"oneOf": [{"type": "number"}, {"const": "x"}]},
]
SCALAR_SCHEMAS += [{"not": {"const": "x"}}, {"if": {"const": "x"}, "then": False, "else": {"type": "integer"}}]
SCALAR_SCHEMAS += [
    {"type": "array"},
    {"type": "object"},
    {"format": "date"},
    {"x-custobar-type": "date", "type": "string"},
]
SCALAR_SCHEMAS += [
    {"type": ["boolean", "null"]},
    {"type": "boolean", "const": True},
    {"type": "number", "maximum": 1e300},
]
LIST_SCHEMAS: list[Json] = [
    {"type": "array", "items": {"type": kind}} for kind in ("string", "integer", "number", "boolean")
]
LIST_SCHEMAS += [
    {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
    {"type": "array", "prefixItems": [{"type": "integer"}]},
]
LIST_SCHEMAS += [
    {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}},
    {"type": "array", "minItems": 2},
]
LIST_SCHEMAS += [
    {"type": "array", "items": {"type": ["string", "integer"]}},
    {"items": {"type": "string"}},
    {"contains": {"const": "x"}},
]


@st.composite
def scalar_schemas(draw: DrawFn) -> Json:
    """The constraints on one cell, sometimes spread over several places, sometimes as a warning."""
    schema = draw(st.sampled_from(SCALAR_SCHEMAS))
    kind = draw(st.integers(0, 9))
    if kind < 6 or not isinstance(schema, dict):
        return schema
    more = draw(st.sampled_from([one for one in SCALAR_SCHEMAS if isinstance(one, dict)]))
    if kind < 8:
        return {**schema, "allOf": [{**more, "x-severity": "warning"}]}
    return {"allOf": [schema, more]} if kind == 8 else {**schema, "x-severity": "warning"}


USER_LABELS = ["a", "b", "c", "id", "external_id", "email", "o.a", "o.b", "o.p.q", "o.p.r", "l", "l.0", "l.1", "s.0.k"]
USER_LABELS += ["s.0.m", "s.1.k", "s.1.m", "t", "", "x"]


@st.composite
def user_schemas(draw: DrawFn) -> dict[str, Json]:
    """Schemas for these labels; most of them can be checked column by column."""

    def some(names: list[str]) -> list[str]:
        return draw(st.lists(st.sampled_from(names), max_size=2, unique=True))

    def objects(names: list[str], *more: str) -> dict[str, Json]:
        below = [*names, *more]
        made: dict[str, Json] = {"properties": {name: draw(scalar_schemas()) for name in names if draw(st.booleans())}}
        if draw(st.booleans()):
            made["type"] = "object"
        kind = draw(st.integers(0, 14))
        if kind < 5:
            made["required"] = some([*below, "z"])
        elif kind == 5:
            made["allOf"] = [{"required": some(below), "x-severity": "warning"}, {"required": some(below)}]
        elif kind == 6:
            made["anyOf"] = [{"required": some(below)} for _ in range(2)]
        elif kind == 7:
            made["additionalProperties"] = draw(st.sampled_from([False, {"type": "integer"}]))
        elif kind == 8:
            made["dependentRequired"] = {names[0]: some(names)}
        elif kind == 9:
            made["unevaluatedProperties"] = False
        elif kind == 10:
            made[draw(st.sampled_from(["minProperties", "maxProperties"]))] = 2
        return made

    schema = objects(["a", "b", "c", "id", "external_id", "email"], "o", "l", "t", "s")
    if draw(st.booleans()):
        schema["properties"]["o"] = objects(["a", "b"], "p")
        if draw(st.booleans()):
            schema["properties"]["o"]["properties"]["p"] = objects(["q", "r"])
    if draw(st.booleans()):
        schema["properties"]["s"] = {"type": "array", "items": objects(["k", "m"])}
    for name in "lt":
        if draw(st.booleans()):
            schema["properties"][name] = draw(st.sampled_from(LIST_SCHEMAS))
    if draw(st.booleans()):
        schema["x-empty-erases"] = True
    if draw(st.booleans()):
        schema["x-entity"] = draw(st.sampled_from(["customers", "products"]))
    return schema


USER_CELLS = weighted(
    (3, st.sampled_from(["1", "2", "39"])),
    (3, st.sampled_from(["x", "abc", "K-1", "a,b"])),
    (2, st.sampled_from(NUMBERS)),
    (1, st.sampled_from([*TRUTHS, *LISTS])),
    (1, CELLS),
)
USUAL_CELLS = [["1", "2", "39"], ["x", "abc"], ["1", "2.5", "0"], ["true", "false"], ["K-1", "K-2"], ["a,b", "x"]]


@given(st.data(), user_schemas(), st.sampled_from(strategies.DELIMITERS), ways())
def test_a_table_of_a_schema_of_a_user(
    data: st.DataObject, schema: dict[str, Json], delimiter: str, way: dict[str, Any]
) -> None:
    named = [label for label in USER_LABELS if label and label.split(".")[0] in schema["properties"]]
    header = data.draw(headers([*USER_LABELS, *named * 4][::-1]))
    kinds = {label: st.sampled_from(data.draw(st.sampled_from(USUAL_CELLS))) for label in header}
    cells = {
        label: kind if data.draw(st.booleans()) else weighted((3, kind), (1, USER_CELLS))
        for label, kind in kinds.items()
    }
    text = data.draw(rendered(data.draw(tables(cells.__getitem__, header)), delimiter, flaws=data.draw(st.booleans())))
    try:
        compiled = compile_schema(schema)
    except SchemaError:
        assume(False)
    compare(text, compiled, delimiter, way)


@given(st.data(), strategies.schemas(), st.sampled_from(strategies.DELIMITERS), ways())
def test_a_table_of_any_schema(
    data: st.DataObject, schema: dict[str, Json], delimiter: str, way: dict[str, Any]
) -> None:
    records = data.draw(st.lists(strategies.instances(schema), min_size=1, max_size=6))
    rows = [
        {".".join(map(str, path)): text for path, text in reference.unnest(record)}
        for record in records
        if isinstance(record, dict)
    ]
    header = list(dict.fromkeys(label for row in rows for label in row))
    assume(header)
    extra = data.draw(weighted((2, st.just([])), (1, headers(USER_LABELS, most=2))))
    header += [label for label in extra if label not in header]
    table = [header, *([row.get(label, "") for label in header] for row in rows)]
    for row in table[1:]:
        if data.draw(st.booleans()):
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(USER_CELLS)
    table += table[1:] * data.draw(st.sampled_from([0, 1, 2]))
    compare(data.draw(rendered(table, delimiter)), compile_schema(schema), delimiter, way)


# -- many findings, and long cells


@pytest.mark.slow
@given(st.data(), st.sampled_from(strategies.ENTITIES), st.sampled_from([0, 3]), st.sampled_from(BLANKS))
@settings(max_examples=max(12, settings().max_examples // 20))
def test_more_findings_than_are_kept(data: st.DataObject, entity: str, block: int, blank: str) -> None:
    """More than a hundred findings of one code in one column, which are counted, and repeated identifiers."""
    schema, labels = bundled(entity)
    header = data.draw(headers([*labels, *IMPORTANT[entity] * 3], most=3))
    header += [label for label in IMPORTANT[entity] if label not in header][: data.draw(st.integers(0, 6))]
    kinds = [data.draw(st.lists(typed_cells(schema, label, good=False), min_size=1, max_size=3)) for label in header]
    kinds = [[*kind, f"{number}"] if data.draw(st.booleans()) else kind for number, kind in enumerate(kinds)]
    table = [[kind[(row // 7 + place * row) % len(kind)] for place, kind in enumerate(kinds)] for row in range(400)]
    for row in data.draw(st.lists(st.integers(0, 399), max_size=4)):
        table[row][0] = data.draw(typed_cells(schema, header[0], good=False))
    text = data.draw(rendered([header, *table], ",", flaws=False))
    compare(text, schema, ",", {**USUAL, "block": block, "blank": blank})


LENGTHS = weighted((3, st.integers(0, 5)), (2, st.integers(95, 105)), (1, st.integers(190, 210)))
LONG_CELLS = st.builds(
    lambda size, inner, quoted: f'"{"x" * size}{inner}"' if quoted else "x" * size,
    LENGTHS,
    st.sampled_from(["", "", "\n", "\r\n", '""', "y\ny"]),
    st.booleans(),
)


@given(
    st.lists(st.lists(LONG_CELLS, min_size=2, max_size=2).map(",".join), max_size=8),
    st.sampled_from(["", '"', '"x']),
    st.sampled_from(["limit", "host"]),
    ways(),
)
@example(['"\n",' + "x" * 101], "", "limit", USUAL)
def test_a_cell_that_is_too_long(rows: list[str], end: str, whose: str, way: dict[str, Any]) -> None:
    """The limit is a hundred characters here: the csv module's, or ours where the csv module allows more."""
    text = "\n".join(["a,b", *rows, end])
    with ExitStack() as stack:
        if whose == "host":
            stack.callback(csv.field_size_limit, csv.field_size_limit(100))
        else:
            stack.enter_context(mock.patch.object(csv_reader_module, "MAX_CELL", 100))
            for module in (scanner, splitter_module):
                stack.enter_context(mock.patch.object(module, "MAX_CELL", 100))
        stack.enter_context(mock.patch.object(slow_reading, "MAX_CELL", 100))
        compare(text, None, ",", way)


SMALL = {"MAX_CELL": 100, "MAX_COLUMNS": 4, "MAX_ROW_CELLS": 8, "LONG_LINE": 130, "LONG_RECORD": 3}
"""The length from which a line or a record is checked for whether the rest of it still matters."""

LINE_PARTS = weighted(
    (4, st.sampled_from(["x", ",", "x,", ",,,", "x,x,", '"x",', '"",'])),
    (2, st.sampled_from(["\n", "\r", "\r\n", '"', '""', '"\n",', '"x\n\nx",', '"x,x"', '"x"x', 'x"'])),
    (1, st.integers(60, 110).map("x".__mul__)),
    (1, st.integers(25, 110).map('""'.__mul__)),
)


@given(st.sampled_from(["", "a,b\n", "a\n"]), st.lists(LINE_PARTS, max_size=30).map("".join), ways())
@example("a,b\n", '1,"' + "x" * 120 + '""' * 50 + '"\n1,2\n', {**USUAL, "sizes": [1]})
@example("a,b\n", '1,"' + "x" * 120 + '""' * 50 + " \n1,2\n", {**USUAL, "sizes": [5]})
@example("a,b\n", '1,"' + '"' * 600 + " \n1,2\n", {**USUAL, "sizes": [2]})
@example("a,b\n", '1,"' + "x" * 120 + '"y,' + "z" * 270, {**USUAL, "sizes": [5]})
@example("a,b\n", "1,2\n" + "1," * 90 + '"x"y\n1,2\n', {**USUAL, "sizes": [7]})
@example("a,b\n", "1,2\n" + '"1",' * 90 + '"x"y\n1,2\n', {**USUAL, "sizes": [1]})
@example("a,b\n", '1,2\n3,a"b\n' + 'a"b,' * 90 + "\n1\n", {**USUAL, "sizes": [7]})
@example("", 'a"b,' * 50 + '"x"y\n', {**USUAL, "sizes": [3]})
@example("", '"\n",' * 50 + "\n", {**USUAL, "sizes": [4]})
@example("a\n", '1\n"\n",' * 50 + "\n", {**USUAL, "sizes": [4]})
@example("a\n", '1\n"' + "\n" * 200 + '"\n', {**USUAL, "sizes": [4]})
def test_a_line_that_never_ends(header: str, text: str, way: dict[str, Any]) -> None:
    """Its findings do not depend on where it is cut off."""
    with ExitStack() as stack:
        for module in (csv_reader_module, splitter_module, scanner, header_module, chunks_module, slow_reading):
            for name, value in SMALL.items():
                if hasattr(module, name):
                    stack.enter_context(mock.patch.object(module, name, value))
        compare(header + text, None, ",", way)


@pytest.mark.parametrize("enabled", [True, False])
def test_a_caller_has_the_collection_of_garbage_as_before(enabled: bool) -> None:
    reported = []
    with ExitStack() as stack:
        stack.callback(gc.enable if gc.isenabled() else gc.disable)
        (gc.enable if enabled else gc.disable)()
        states = [gc.isenabled() for _ in iter_csv("a\n" + "1\n" * 300)]
        with pytest.raises(InvalidData):
            list(iter_csv("a,b\n1,2\n3\n", on_finding=lambda _: reported.append(gc.isenabled())))
        states.append(gc.isenabled())
    assert states + reported == [enabled] * 302


# -- the quick looks


@given(strategies.csv_texts(), st.sampled_from(strategies.DELIMITERS), st.integers(1, 4))
@example('a,b\n"x,y",z\n', ",", 1)
@example('"a""b",""\n"","c"\n', ",", 2)
@example('a"b,c\n', ",", 1)
@example('"a",\n"\n",b"\n', ",", 3)
@example('"a""\n""b"\n', ",", 1)
@example('1,2\n\n"3\n\n4",5\n"6",7\n\n8,"9', ",", 2)
def test_split_rows_are_what_the_csv_module_shows(text: str, delimiter: str, size: int) -> None:
    splitter = Splitter(delimiter, TEXT_CHECKS, escapes=True)
    suspects, escapes = splitter.suspects(text), splitter.has_escapes(text)
    found = list(splitter.split(text, size)) if text else []
    raw, rest = text.removesuffix(splitter.rest), splitter.rest
    rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, strict=True))
    assert [row for block in found for row in block.rows] == [row for row in rows if row]
    if rest:
        with pytest.raises(csv.Error):
            list(itertools.islice(csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter, strict=True), 1))
    for block in found:
        cells = [cell for row in block.rows for cell in row]
        assert block.has_quotes or not any('"' in cell for cell in cells)
        assert block.has_breaks or not any("\n" in cell or "\r" in cell for cell in cells)
        codes = {check.code for check in (splitter.with_breaks(suspects) if block.has_breaks else suspects)}
        assert codes >= {check.code for check in TEXT_CHECKS for cell in cells if check.find(cell) is not None}
        plain = [cell.replace('"', "") for cell in cells] if not block.has_breaks else []
        assert escapes or not any(map(ESCAPED.search, plain))


SHORTCUTS = [(kind, form) for kind, forms in line_patterns.SHORTCUTS.items() for form in forms]


@pytest.mark.parametrize(("kind", "form"), SHORTCUTS)
@given(st.data())
def test_what_a_shortcut_takes_keeps_all_patterns(kind: str, form: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(form, fullmatch=True))
    for pattern in bundled_patterns(kind):
        assert pattern_matcher(pattern)(text)
        schema = compile_schema({"type": "string", "pattern": pattern})
        assert schema is not None
        assert schema.engine.is_valid(text)


DIGITS = weighted(
    (2, st.sampled_from(NUMBERS)),
    (2, st.text("0123456789-.", max_size=20)),
    (1, st.text("0123456789-.,eE+ ", max_size=8)),
    (1, st.integers().map(str)),
)


@given(st.lists(DIGITS, min_size=1, max_size=4), st.sampled_from([float, Decimal]))
def test_quick_numbers_are_what_they_are_one_by_one(cells: list[str], parse_float: Any) -> None:
    schema = compile_schema({"properties": {"i": {"type": "integer"}, "n": {"type": "number"}}})
    assert schema is not None
    coercer = Coercer(schema, parse_float)
    cells = [cell for cell in cells if "\n" not in cell]
    given_cells = [cell for cell in cells if cell] or ["0"]
    integers = column_readers.IntegerColumn(schema.root.step("i"), (), coercer)._numbers(given_cells)
    assert integers is None or repr(integers) == repr([parse_integer(cell) for cell in given_cells])
    numbers = column_readers.NumberColumn(schema.root.step("n"), (), coercer, parse_float)._numbers(given_cells)
    assert numbers is None or repr(numbers) == repr([parse_number(cell, parse_float) for cell in given_cells])
    text = "\n".join(cells) + "\n"
    assert not line_patterns.INTEGER_LINES.fullmatch(text) or all(not c or parse_integer(c) is not None for c in cells)
    assert not line_patterns.NUMBERS.fullmatch(text) or all(not c or parse_number(c) is not None for c in cells)


@pytest.mark.parametrize("cell", ["7", "-0", "18446744073709551616", "-" + "9" * 400, "1" * 4301, "007", "1,2", "-"])
def test_without_msgspec_integers_are_the_same(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'a\n1\n"{cell}"\n2\n'
    schema = {"properties": {"a": {"type": "integer"}}}
    with_it = list_of(text, schema)
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert repr(list_of(text, schema)) == repr(with_it)


def list_of(text: str, schema: Any) -> Any:
    try:
        return from_csv(text, schema, delimiter=";")
    except InvalidData as error:
        return error.report.to_dict()


def test_the_limit_of_digits_is_ours_whatever_the_host_allows() -> None:
    before = sys.get_int_max_str_digits()
    try:
        for allowed in (0, 640):
            sys.set_int_max_str_digits(allowed)
            for size in (600, 4300, 4301, 5000):
                compare(f"a\n{'1' * size}\n", compile_schema({"properties": {"a": {"type": "integer"}}}), ",", USUAL)
    finally:
        sys.set_int_max_str_digits(before)


# -- cases that once differed, or are easily overlooked

WITH_PREFIX = {
    "properties": {"l": {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}}}
}
CASES: dict[str, tuple[str, Json, str, dict[str, Any]]] = {
    "a quoted tab between tabs": ('a\tb\n""\t"\t"\n', None, "\t", {}),
    "nothing but null": ("a\n1\n", {"properties": {"a": {"type": "null"}}}, ",", {}),
    "two types that exclude each other": (
        "a\n0\n",
        {"properties": {"a": {"type": "integer", "allOf": [{"type": "object"}]}}},
        ",",
        {},
    ),
    "an integer or a number": ("a\n1.0\n", {"properties": {"a": {"type": ["integer", "number"]}}}, ",", {}),
    "a wrong item that moves up": (
        "external_id,stock.0.quantity,stock.1.quantity,stock.2.quantity\nP,,x,1\nP,1,,x\nP,, ,1\n",
        "products",
        ",",
        {"list_gaps": "close"},
    ),
    "identifiers that are wrong and occur again": (
        "external_id\n" + "2\n1\n1\n" * 140,
        {"properties": {"external_id": {"enum": ["1"]}}, "x-entity": "customers"},
        ",",
        {"block": 0},
    ),
    "identifiers of spaces that occur again": ("external_id\n" + " \n" * 300, "products", ",", {"block": 0}),
    "wrong cells that have quotes in them": (
        "sale_external_id,sale_currency,total\n" + 'S1,eur,x\nS1,e"r,x"\n' * 240,
        "sales",
        ",",
        {"block": 0},
    ),
    "a list of nothing but commas that has to be there": (
        'a,t\n1,x\n2,x\n3,","\n4,x\n',
        {"anyOf": [{"required": ["t"]}], "properties": {"t": {"type": "array", "items": {"type": "string"}}}},
        ",",
        {},
    ),
    "an object of nothing but blanks that has to be there": (
        "id,o.a\n1,x\n2,x\n3,\n4,x\n",
        {"required": ["o"], "properties": {"o": {"type": "object"}}, "x-empty-erases": True},
        ",",
        {"blank": "erase"},
    ),
    "an error beside a warning that says more": (
        "a\n5\n5\nab\nabc\n",
        {"properties": {"a": {"minLength": 3, "allOf": [{"enum": ["abc"], "x-severity": "warning"}]}}},
        ",",
        {},
    ),
    "zeros below zero": (
        "a,b\n1,1.5\n0,0\n-0,-0\n-0.0,-0.0\n-1,-1\n,0.10\n",
        {"properties": {"a": {"type": "integer"}, "b": {"type": "number"}}},
        ",",
        {},
    ),
    "quotes that are part of cells": ('a,b\n1,x\n2,x"y\n3,x\n4,"x""y"\n5,"""\n6"\n7,x\n8,\\\n9,\x01\n', None, ",", {}),
    "a quoted tab between tabs among others": ('a\tb\n1\tx\n2\tx\n3\t"\t"\n4\tx\n', None, "\t", {"sizes": [9]}),
    "a list gap after good rows": ("l.0,l.1\na,b\na,\na,b\n,b\na,b\n,\n", None, ",", {}),
    "blank cells before and after the first that never are": (
        "a,b,o.c,o.d,o.e,f,p.q.r,p.s\n" + "1,2,3,4,5,6,7,8\n,2,,4,,6,,8\n1,,3,4,,,,\n,,,4,5,,7,\n" * 3 + ",,,,,6,,\n",
        None,
        ",",
        {},
    ),
    "items that move up to other types": ("l.0,l.1\n,5\n,x\n1,2\n", WITH_PREFIX, ",", {"list_gaps": "close"}),
}


@pytest.mark.parametrize(("width", "filled"), [pytest.param(120, 12, marks=pytest.mark.slow), (90, 12), (40, 40)])
def test_wide_and_sparse_tables(width: int, filled: int) -> None:
    """More columns than source is generated for (a hundred here), so many blank cells that values are inserted one by
    one, and both together.
    """
    kinds = ["integer", "number", "boolean", "string"]
    texts = {"integer": "39", "number": "2.50", "boolean": "true", "string": "x"}
    labels = [f"g{number // 7}.{kinds[number % 4]}{number}" for number in range(width)]
    groups: dict[str, Json] = {}
    for label in labels:
        group, name = label.split(".")
        groups.setdefault(group, {"properties": {}})["properties"][name] = {"type": name.rstrip("0123456789")}
    rows = []
    for row in range(9):
        there = {(row * 31 + place * 53) % width for place in range(filled)}
        rows.append([texts[kinds[place % 4]] if place in there or place < 2 else "" for place in range(width)])
    for good in (True, False):
        rows[5][4] = "5" if good else "wrong"
        text = "\n".join(map(",".join, [labels, *rows]))
        for blank in BLANKS:
            with (
                mock.patch.object(nest_module, "MAX_GENERATED_PARTS", 100),
                mock.patch.object(block_plan, "MAX_TEXT_COLUMNS", 90),
            ):
                compare(text, compile_schema({"properties": groups}), ",", {**USUAL, "blank": blank})


@pytest.mark.parametrize("name", CASES)
def test_a_single_case(name: str) -> None:
    text, schema, delimiter, way = CASES[name]
    compare(text, compile_schema(schema), delimiter, {**USUAL, **way})


MONEY = {"type": "integer", "x-custobar-type": "money"}
MIXED_SCHEMAS: list[Json] = [
    "products",
    "sales",
    {
        "type": "object",
        "properties": {
            "external_id": {"type": "string"},
            "price": {"anyOf": [MONEY, {"type": "null"}]},
            "total": {**MONEY, "minimum": -10, "maximum": 1000},
            "discount": {"anyOf": [MONEY, {"const": "free"}]},
            "prices": {"type": "array", "items": MONEY},
            "lines": {"type": "array", "items": {"type": "object", "properties": {"total": MONEY}}},
        },
        "patternProperties": {"^acme__": MONEY},
    },
]
MONEY_LABELS = ["external_id", "price", "sale_price", "unit_price", "total", "discount", "prices", "acme__price"]
MONEY_LABELS += ["lines.0.total", "lines.1.total", "sale_external_id", "sale_date"]
MONEY_CELLS = ["24,90", "89", "0", "", "1290", "-5", "24.0", "1.5", "1,5,3", "24.905", "x", "89 ", "-0", "007", "free"]
MONEY_CELLS += ["5000", "1.024,5 €", "1.5,2"]


@given(st.data(), st.sampled_from(MIXED_SCHEMAS), ways())
def test_mixed_money(data: st.DataObject, document: Json, way: dict[str, Any]) -> None:
    """Amounts with and without decimals in one field, which the rows before and after them show."""
    labels = data.draw(st.lists(st.sampled_from(MONEY_LABELS), min_size=1, max_size=6, unique=True))
    if "lines.1.total" in labels and "lines.0.total" not in labels:
        labels.append("lines.0.total")
    cells = st.sampled_from(data.draw(st.lists(st.sampled_from(MONEY_CELLS), min_size=1, max_size=5)))
    rows = data.draw(st.lists(st.lists(cells, min_size=len(labels), max_size=len(labels)), max_size=8))
    text = "".join(";".join(row) + "\n" for row in [labels, *rows])
    compare(text, compile_schema(document), ";", way)
