"""A file that is read in ranges, wherever it is cut, against the same file read from the first row to the last."""

from __future__ import annotations

import itertools
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from custobar_formats import Finding, Report, load_schema, validate
from custobar_formats.csvtext.cuts import Cutter, Range, place_after
from custobar_formats.files import parts as parts_module
from custobar_formats.pipeline import api_fix, api_read, convert, in_ranges
from custobar_formats.pipeline import ranges as ranges_module
from custobar_formats.pipeline.range_form import Form, make_reader
from custobar_formats.text.chunks import lines_of
from custobar_formats.upload import batches
from tests.laws import strategies
from tests.laws.strategies import weighted


class Here:
    """Reads ranges in this process, from and to what would go through pipes; every so many of them the caller reads."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.parts: list[Range] = []
        self._read: Callable[[Range], Any] | None = None
        self._turns = itertools.cycle(range(count))

    def count_for(self, size: int) -> int:  # noqa: ARG002 - every file is worth it
        return self.count

    def ahead_for(self, size: int) -> int:  # noqa: ARG002 - as above
        return 2 * self.count

    def start(self, count: int) -> bool:
        assert count == self.count
        return True

    def set_up(self, form: Form) -> None:
        data = pickle.dumps(form)
        assert __name__.encode() not in data  # another process does not import what is the caller's
        self._read = make_reader(pickle.loads(data))  # noqa: S301 - our own

    def submit(self, part: Range) -> Callable[[], Any] | None:
        if next(self._turns) == 0:
            return None
        self.parts.append(part)
        read = self._read
        assert read is not None
        return lambda: pickle.loads(pickle.dumps(read(part)))  # noqa: S301 - our own

    def close(self) -> None:
        self._read = None


@contextmanager
def in_parts(executor: Here, first: int, size: int, window: int, chunk: int) -> Iterator[None]:
    """Read any file in ranges of so many bytes."""

    @contextmanager
    def executor_of(jobs: object, _given: object = None) -> Iterator[Here | None]:
        yield executor if jobs != 1 else None

    with ExitStack() as stack:
        patches: list[tuple[Any, str, Any]] = [
            (api_read, "executor_of", executor_of),
            (convert, "executor_of", executor_of),
            (batches, "executor_of", executor_of),
            (api_fix, "executor_of", executor_of),
            (in_ranges, "FIRST_RANGE", first),
            (in_ranges, "CUT_WINDOW", window),
            (in_ranges, "range_sizes", lambda *_: (size, size)),
            (parts_module, "CHUNK", chunk),
            (ranges_module, "CHUNK", chunk),
        ]
        for module, name, value in patches:
            stack.enter_context(mock.patch.object(module, name, value))
        yield


def in_both_ways(
    data: bytes,
    cut: tuple[int, int, int, int],
    jobs: int,
    name: str,
    outcome: Callable[[Path, int], dict[str, Any]],
) -> tuple[Here, dict[str, Any]]:
    """The outcome of a file in ranges, by its path and the number of jobs, which must be that of it in one go."""
    executor = Here(jobs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        outcomes = []
        for number in (1, jobs):
            with in_parts(executor, *cut):
                outcomes.append(outcome(path, number))
    one, several = outcomes
    assert several == one
    return executor, several


def both(
    data: bytes, cuts: tuple[int, int, int, int], jobs: int = 2, *, name: str = "in.csv", **how: Any
) -> tuple[Here, Report]:
    """Validate the same file in one go and in ranges, and compare all that comes out; the report."""
    executor = Here(jobs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        heard: list[list[Finding]] = [[], []]
        reports = []
        listens = how.pop("listens", False)
        for place, number in enumerate((1, jobs)):
            with in_parts(executor, *cuts):
                reports.append(validate(path, jobs=number, on_finding=heard[place].append if listens else None, **how))
    one, several = reports
    assert several == one
    assert heard[1] == heard[0]
    return executor, several


# -- generated files

FIELDS = {
    "customers": ["external_id", "email", "phone_number", "date_joined", "can_email", "zip_code", "country", "tags"],
    "products": [
        "external_id", "ean", "price", "sale_price", "language", "stock.0.shop_id", "stock.1.shop_id", "title",
    ],
    "sales": [
        "sale_external_id", "external_id", "sale_date", "sale_email", "sale_currency", "sale_exchange_rate",
        "unit_price", "quantity", "total",
    ],
    "events": ["type", "date", "customer_id", "unknown"],
    "shops": ["external_id", "name"],
}  # fmt: skip

CELLS = ["", "", "A1", "A2", "A3", "B1", "FI", "DE", "1", "2", "100", "24,90", "24.90", "1.234", "0", "12.0", "-3"]
CELLS += [
    "2024-02-29",
    "2024-01-01T10:00:00Z",
    "31/12/2024",
    "12/31/2024",
    "01/02/2024",
    "31.1.2024",
    "true",
    "no",
    "?",
]
CELLS += ["a@example.com", "a@example", "+358401234567", "0401234567", "00100", "0100", "6400000000008", "640.0", "EUR"]
CELLS += ["Ã¤iti", "ä", "â€™", "=1+1", '="0045"', "NULL", " a", "a ", "a,b", "\u200b", "\x07", "x" * 90]
CELLS += ["one\ntwo", "one\r\ntwo", "one\rtwo", 'said "so"', '"', "\n", "a\nb,c\nd,e\nf", '5" nail', "\U0001d518"]


@st.composite
def rows_of(draw: DrawFn, width: int) -> list[list[str]]:
    """Rows, most of them as wide as the header, many alike."""
    cell = weighted((8, st.sampled_from(CELLS)), (1, strategies.texts()))
    usual = st.lists(cell, min_size=width, max_size=width)
    odd = weighted((1, st.lists(cell, max_size=width + 3)), (1, usual.map(lambda row: [*row, ""])))
    few = draw(st.lists(weighted((6, usual), (1, odd)), min_size=1, max_size=6))
    return draw(st.lists(weighted((4, st.sampled_from(few)), (1, usual)), min_size=6, max_size=40))


def written(draw: DrawFn, row: Sequence[str], delimiter: str, line_end: str) -> str:
    """A row as programs write it, or not quite."""
    how = draw(st.integers(0, 11))
    if how == 0:
        return delimiter.join(row) + line_end  # nothing is quoted
    quoted = [f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row]
    if how == 1:
        return delimiter.join(quoted) + line_end
    needed = {delimiter, '"', "\r", "\n"}
    return delimiter.join(q if needed & set(c) else c for q, c in zip(quoted, row, strict=True)) + line_end


@st.composite
def files(draw: DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file, and how it is checked."""
    entity = draw(st.sampled_from(sorted(FIELDS)))
    labels = draw(st.lists(st.sampled_from(FIELDS[entity]), min_size=1, max_size=7, unique=True))
    delimiter = draw(st.sampled_from([",", ",", ";", "\t"]))
    line_end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r"]))
    before = draw(weighted((6, st.just("")), (1, st.just(f"sep={delimiter}{line_end}")), (1, st.just(line_end))))
    text = before + written(draw, labels, delimiter, line_end)
    for row in draw(rows_of(len(labels))):
        text += written(draw, row, delimiter, line_end)
        text += draw(weighted((12, st.just("")), (1, st.just(line_end)), (1, st.just('5" x' + line_end))))
    text += draw(weighted((6, st.just("")), (1, st.just('"open')), (1, strategies.texts())))
    codec = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "iso-8859-1", "cp1252"]))
    data = text.encode(codec, "replace") + draw(weighted((6, st.just(b"")), (1, st.just(b"\xff\n")), (1, st.binary())))
    how: dict[str, Any] = {"schema": entity, "delimiter": delimiter}
    how["schema"] = draw(weighted((6, st.just(entity)), (1, st.just(None)), (1, st.just(load_schema(entity)))))
    if codec != "utf-16" and draw(st.booleans()):
        how["encoding"] = {"utf-8-sig": "utf-8", "utf-16-be": "utf-16-be"}.get(codec, codec)
    how["max_findings"] = draw(st.sampled_from([None, 0, 1, 2, 3]))
    how["count_blanks"] = draw(st.booleans())
    how["cross_checks"] = draw(weighted((5, st.just(True)), (1, st.just(False))))
    how["blank"] = draw(st.sampled_from(["omit", "omit", "omit", "erase", "null"]))
    how["min_rows"] = draw(st.sampled_from([None, None, 20]))
    how["listens"] = draw(weighted((3, st.just(False)), (1, st.just(True))))
    return data, how


def cuts() -> st.SearchStrategy[tuple[int, int, int, int]]:
    """The bytes of the first range, of the others, of the window for a cut, and of a chunk."""
    chunk = st.integers(1, 40).map(lambda each: 2 * each)
    return st.tuples(st.integers(1, 60), st.integers(1, 120), st.sampled_from([2000, 200, 60, 10]), chunk)


@given(files(), cuts(), st.integers(2, 4))
def test_the_report_of_ranges_is_that_of_the_whole(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], jobs: int
) -> None:
    data, how = file
    both(data, cut, jobs, **how)


# -- each kind of thing that needs the whole file

HEADER = "external_id,price,sale_price,title\n"
SALE = "sale_external_id,external_id,sale_date,sale_email,unit_price,quantity,total\n"


def products(count: int, **odd: str) -> str:
    """Rows of products, of which those with a name such as ``r3`` are others."""
    return HEADER + "".join(odd.get(f"r{row}", f"P{row},{row}00,0,tea") + "\n" for row in range(1, count + 1))


KINDS: dict[str, tuple[str | bytes, str, set[str]]] = {
    "mixed money, its decimals at the end": (products(30, r29="Q,24.90,0,x"), "products", {"mixed-money"}),
    "mixed money, its only whole amount at the end": (
        HEADER + "".join(f"P{row},{row}.50,,tea\n" for row in range(20)) + "Q,5,,tea\n",
        "products",
        {"mixed-money"},
    ),
    "duplicates far apart": (
        products(30, r2="A,1,0,x", r17="A,1,0,x", r30="A,1,0,x"),
        "products",
        {"duplicate-identifier"},
    ),
    "a duplicate in the place of a finding that was made": (
        "external_id,title\n" + "=1+1,x\n" * 12,
        "products",
        {"duplicate-identifier"},
    ),
    "sales apart": (
        SALE
        + "".join(f"S{row % 5},L{row},{'2024-01-01' if row == 27 else ''},,1,1,1\n" for row in range(30)),
        "sales",
        {"incomplete-sale"},
    ),
    "surplus blanks": (HEADER + "".join(f"P{row},1,0,tea,\n" for row in range(20)), "products", {"surplus-blank"}),
    "a surplus blank that another row contradicts": (
        HEADER + "P0,,0,tea,\nP1,1,0,tea\n" + "P2,1,0,tea,\n" * 10,
        "products",
        {"extra-cell"},
    ),
    "breaks in cells": (
        HEADER + "".join(f'P{row},1,0,"one\n{row},""two""\nthree"\n' for row in range(20)),
        "products",
        set(),
    ),
    "breaks and quotes without pairs": (
        HEADER + "".join(f'P{row},1,0,5" x\nQ{row},1,0,"one\ntwo"\n' for row in range(20)),
        "products",
        {"quote-in-cell"},
    ),
    "a quote that is never closed": (products(30, r28='P28,1,0,"tea'), "products", {"unclosed-quote"}),
    "a quote that takes in rows": (products(30, r9='P9,1,0,"tea', r20='P20,1,0,tea"'), "products", {"swallowed-rows"}),
    "returns alone": (products(30).replace("\n", "\r"), "products", set()),
    "a few returns alone": (products(30).replace("P7,", "\rP7,").replace("\nP9", "\rP9"), "products", set()),
    "a byte that cannot be decoded, after letters": (
        products(30, r12="P12,1,0,tä").encode() + b"Q,1,0,\xff\xfe\nR,1,0,x\n",
        "products",
        {"undecodable-bytes"},
    ),
    "half of a character at the end of utf-16": (
        b"\xff\xfe" + products(30, r5="P5,1,0,\u0a0a\u000a").encode("utf-16-le") + b"\x0a",
        "products",
        {"undecodable-bytes"},
    ),
    "dates that only another part decides": (
        "email,date_joined\n" + "".join(f"a{row}@example.com,0{row % 9 + 1}/02/2024\n" for row in range(20))
        + "b@example.com,31/12/2024\n",
        "customers",
        {"wrong-format"},
    ),
    "the header again": (products(20) + products(20), "products", {"repeated-header"}),
    "no record": (HEADER + "\n" * 40, "products", {"no-records"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_the_whole_file(kind: str) -> None:
    text, entity, codes = KINDS[kind]
    data = text.encode() if isinstance(text, str) else text
    how: dict[str, Any] = {"schema": entity, "delimiter": ",", "count_blanks": True}
    if isinstance(text, bytes) and not text.startswith(b"\xff\xfe"):
        how["encoding"] = "utf-8"
    for first, size, window, chunk in ((30, 40, 200, 64), (1, 1, 50, 2), (100, 77, 1000, 10)):
        for more in ({}, {"max_findings": 1}, {"listens": True}):
            _, report = both(data, (first, size, window, chunk), 3, **how, **more)
            assert report.counts.by_code.keys() >= codes, report


def test_ranges_are_read_elsewhere() -> None:
    """Of four ranges at a time, this process reads one."""
    executor, report = both(products(100).encode(), (20, 50, 60, 64), 4, schema="products")
    assert report.rows == 100
    assert 15 < len(executor.parts) < 40


class Word(StrEnum):
    """Texts that are members of an enumeration, as callers may write their options."""

    OMIT, ERROR, COMMA, UTF8, CSV, EVENTS, STRING = "omit", "error", "comma", "utf-8", "csv", "events", "string"
    TYPE = "text/csv; charset=utf-8"


class Count(int):
    """A number of the caller's own type."""


@pytest.mark.parametrize(
    "how",
    [
        {"blank": Word.OMIT, "list_gaps": Word.ERROR, "format": Word.CSV},
        {"delimiter": Word.COMMA, "encoding": Word.UTF8},
        {"content_type": Word.TYPE},
        {"schema": {"type": "object", "properties": {"title": {"type": Word.STRING, "maxLength": Count(2)}}}},
        {"schema": {"type": "object"}, "entity": Word.EVENTS},
        {"max_findings": Count(3), "min_rows": Count(2), "header": Count(1)},
    ],
)
def test_arguments_of_types_that_only_the_caller_has(how: dict[str, Any]) -> None:
    executor, _ = both(products(60, r9="P9,x,0,tea").encode(), (20, 50, 60, 64), 3, **{"schema": "products", **how})
    assert executor.parts


# -- the cuts


def part_of(data: bytes, start: int, size: int) -> bytes:
    return data[start : start + size]


@given(
    st.text('a,"\r\n\u0a0a\u010a\U0001d518', max_size=80),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from([2, 8, 99]),
)
@example('a,"\n"\n', 1, 1, 99)
@example("\u0a0a\u0a00\n\n", 1, 1, 8)
def test_ranges_follow_each_other_and_know_their_lines(text: str, first: int, size: int, window: int) -> None:
    for codec in ("utf-8", "utf-16-le", "utf-16-be"):
        data = text.encode(codec)
        cutter = Cutter(partial(part_of, data), codec, window)
        found = [*cutter.ranges(Range(0, len(data), 1, True), first, size)]
        assert [part.start for part in found] == [0, *(part.end for part in found[:-1])] if data else not found
        for part in found:
            before = data[: part.start].decode(codec)
            assert before == "" or before.endswith("\n")
            assert part.line == len(lines_of(before)) + 1
            assert part.is_ascii == before.isascii()
        assert b"".join(data[part.start : part.end] for part in found) == data


@given(st.text("a\r\n\u0a0a\U0001d518", max_size=30), st.integers(1, 8), st.integers(1, 4))
def test_the_place_after_some_lines(text: str, breaks: int, chunk: int) -> None:
    lines = lines_of(text)
    ended = [line for line in lines if line.endswith(("\r", "\n"))]
    for codec in ("utf-8", "utf-16-le"):
        data = text.encode(codec)
        pieces = [data[at : at + 2 * chunk] for at in range(0, len(data), 2 * chunk)]
        is_sure = len(ended) > breaks or (len(ended) == breaks and not (text.endswith("\r") and len(lines) == breaks))
        expected = len("".join(ended[:breaks]).encode(codec)) if is_sure else None
        assert place_after(pieces, codec, breaks) == expected
