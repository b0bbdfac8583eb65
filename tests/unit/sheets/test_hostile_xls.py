"""Old Excel files that no program writes: each is refused or read, in bounded memory, and nothing else leaves."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from struct import pack, unpack_from

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import InvalidData, UsageError, from_csv, validate
from tests.old_workbooks import (
    EOF,
    begin,
    compound,
    formula,
    label,
    letters,
    number,
    record,
    shared,
    texts_record,
    texts_row,
    workbook,
    xls,
)
from tests.unit.sheets.test_hostile import MOST, read

MB = 1 << 20
GOES_ON = 0x003C
TEXTS = 0x00FC


def with_number(data: bytes, at: int, value: int, format_: str = "<I") -> bytes:
    """The file with another number at a place."""
    number = pack(format_, value)
    return data[:at] + number + data[at + len(number) :]


def small() -> bytes:
    return xls(texts_row(0, "a", "b") + texts_row(1, "1", "2") + label(2, 0, "x" * 5000))


def fat_of(data: bytes) -> int:
    """Where the FAT is in a file."""
    return int(unpack_from("<I", data, 76)[0] + 1) * 512


def directory_of(data: bytes) -> int:
    return int(unpack_from("<I", data, 48)[0] + 1) * 512


def truncated() -> bytes:
    return small()[:3000]


def header_alone() -> bytes:
    return small()[:512]


def loop_in_the_fat() -> bytes:
    data = small()
    return with_number(data, fat_of(data), 0)  # the first sector follows itself


def loop_of_the_directory() -> bytes:
    data = small()
    place = unpack_from("<I", data, 48)[0]
    return with_number(data, fat_of(data) + 4 * place, place)


def loop_of_the_lists() -> bytes:
    data = small() + bytes(512)
    last = len(data) // 512 - 2
    return with_number(with_number(data, 68, last), len(data) - 4, last)


def loop_of_the_tree() -> bytes:
    data = small()
    for at in (68, 72, 76):
        data = with_number(data, directory_of(data) + 128 + at, 1)
    return data


def tree_with_doubled_ways() -> bytes:
    """Each of its nodes leads twice to the next one: 2 ** 2000 ways."""
    data = compound({f"S{place}": b"" for place in range(2000)} | {"Workbook": workbook({"A": texts_row(0, "a")})})
    for place in range(1, 2001):
        for at in (68, 72):
            data = with_number(data, directory_of(data) + 128 * place + at, place + 1)
    return data


def huge_size() -> bytes:
    data = small()
    return with_number(data, directory_of(data) + 128 + 120, 0x7FFFFFFF)


def many_entries() -> bytes:
    return compound({f"S{place}": b"" for place in range(20_000)} | {"Workbook": workbook({"A": b""})})


def huge_dimension() -> bytes:
    return xls(record(0x0200, pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)) + texts_row(0, "a") + label(1, 0, "1"))


def dimensions_again_and_again() -> bytes:
    """xlrd begins its rows anew at each."""
    return xls((record(0x0200, bytes(14)) + label(65_535, 255, "x")) * 1_000)


def far_corners() -> bytes:
    return xls(texts_row(0, "a") + number(65_535, 255, 1))


def all_numbers() -> bytes:
    numbers = b"".join(pack("<HI", 0, place << 2 | 2) for place in range(256))
    rows = (record(0x00BD, pack("<HH", row, 0) + numbers + pack("<H", 255)) for row in range(65_536))
    return xls(b"".join(rows))


def last_column_of_all_rows() -> bytes:
    return xls(b"".join(record(0x027E, pack("<HHHI", row, 255, 0, 6)) for row in range(65_536)))


def one_cell_millions_of_times() -> bytes:
    return xls(label(0, 0, "a") * 1_000_000)


def millions_of_texts() -> bytes:
    part = letters("ab") * 1_600
    return xls(b"", more=record(TEXTS, pack("<II", 0, 16_000_000) + part) + record(GOES_ON, part) * 10_000)


def endless_texts(count: int = 0x7FFFFFFF) -> bytes:
    """Each is followed by less than nothing."""
    text = pack("<HBI", 1, 4, 0xFFFFFFF8) + b"a"
    return xls(b"", more=record(TEXTS, pack("<II", 1, count) + text))


def texts_before_themselves() -> bytes:
    return endless_texts(200)


def empty_texts() -> bytes:
    return xls(b"", more=record(TEXTS, pack("<II", 1, 0x7FFFFFFF) + bytes(6)) + record(GOES_ON, bytes(60_000)) * 1_000)


def runs_of_fonts() -> bytes:
    text = pack("<HBH", 1, 8, 0xFFFF) + b"a"
    runs = record(GOES_ON, bytes(60_000)) * 1_000
    return xls(b"", more=record(TEXTS, pack("<II", 1, 200) + text) + runs)


def rich_cells() -> bytes:
    cell = record(0x00D6, pack("<HHH", 0, 0, 0) + letters("a") + pack("<H", 15_000) + bytes(60_000))
    return xls(cell * 1_000)


def long_formula_texts() -> bytes:
    text = record(0x0207, pack("<HB", 0xFFFF, 0) + b"x" * 8_000) + record(GOES_ON, b"\0" + b"x" * 8_000) * 8
    return xls((formula(0, 0, b"\0\0\0\0\0\0\xff\xff") + text) * 1_000)


def formulas_without_values() -> bytes:
    return xls(b"".join(formula(row, column, bytes(8), 3) for row in range(65_536) for column in range(20)))


def many_styles() -> bytes:
    return xls(texts_row(0, "a"), formats=[0] * 60_000)


def many_sheets() -> bytes:
    return compound({"Workbook": workbook({str(place): b"" for place in range(20_000)})})


def many_names() -> bytes:
    """xlrd calculates each of these names."""
    return xls(texts_row(0, "a"), more=record(0x0018, bytes(60)) * 1_000_000)


def many_fonts() -> bytes:
    return xls(texts_row(0, "a"), more=record(0x0031, bytes(30)) * 1_000_000)


def many_notes() -> bytes:
    return xls(texts_row(0, "a") + record(0x001C, bytes(20)) * 1_000_000)


def long_format() -> bytes:
    return xls(texts_row(0, "a"), formats=["[" * 60_000])


def nested_charts() -> bytes:
    return xls(texts_row(0, "a") + begin(0x0020) * 1_000_000)


def sheet_within_itself() -> bytes:
    book = workbook({"A": texts_row(0, "a")})
    at = book.index(record(0x0085)[:2] + b"\x09\0") + 4
    return compound({"Workbook": with_number(book, at, 0)})


def sheet_beyond_the_end() -> bytes:
    book = workbook({"A": texts_row(0, "a")})
    at = book.index(record(0x0085)[:2] + b"\x09\0") + 4
    return compound({"Workbook": with_number(book, at, 0xFFFFFFF0)})


def without_end() -> bytes:
    return compound({"Workbook": workbook({"A": texts_row(0, "a")})[:-4]})


def beyond_the_columns() -> bytes:
    return xls(number(0, 256, 1))


def unknown_style() -> bytes:
    return xls(number(0, 0, 1, 77))


def short_records() -> bytes:
    return xls(record(0x0203, b"\0\0\0\0"))


def half_a_letter() -> bytes:
    return xls(record(0x0204, pack("<HHHHB", 0, 0, 0, 1, 1) + b"\x3d\xd8"))


TOO_MUCH = "it needs more than 128 MiB of memory"
REFUSED: dict[Callable[[], bytes], str] = {
    loop_in_the_fat: "it is damaged",
    huge_size: TOO_MUCH,
    all_numbers: TOO_MUCH,
    last_column_of_all_rows: TOO_MUCH,
    millions_of_texts: TOO_MUCH,
    endless_texts: TOO_MUCH,
    texts_before_themselves: "it is damaged",
    empty_texts: TOO_MUCH,
    rich_cells: TOO_MUCH,
    long_formula_texts: TOO_MUCH,
    formulas_without_values: TOO_MUCH,
    many_styles: "more than 10,000 sheets or formats",
    many_sheets: "more than 10,000 sheets or formats",
    long_format: "a format of more than 255 characters",
    nested_charts: "it is damaged",
    sheet_within_itself: "a part is not where it should be",
    sheet_beyond_the_end: "it is damaged",
    without_end: "it is damaged",
    beyond_the_columns: "row 1 has a cell beyond column 256",
    unknown_style: "it is damaged (KeyError",
    short_records: "it is damaged",
    half_a_letter: "it is damaged",
}
FOUND: dict[Callable[[], bytes], set[str]] = {
    truncated: {"not-csv"},
    header_alone: {"not-csv"},
    loop_of_the_directory: {"not-csv"},
    loop_of_the_lists: {"not-csv"},
    many_entries: {"not-csv"},
    loop_of_the_tree: {"missing-field"},
    tree_with_doubled_ways: set(),
    huge_dimension: {"missing-field"},
    dimensions_again_and_again: {"blank-label"},
    one_cell_millions_of_times: set(),
    runs_of_fonts: {"no-header"},
    far_corners: {"extra-cell"},
    many_names: set(),
    many_fonts: set(),
    many_notes: set(),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
@pytest.mark.parametrize("make", [*REFUSED, *FOUND], ids=lambda make: make.__name__)
def test_a_hostile_file_takes_little_memory(make: Callable[[], bytes], tmp_path: Path) -> None:
    said, memory = read(make(), tmp_path)
    if make in REFUSED:
        assert said.startswith("UsageError")
        assert REFUSED[make] in said
    else:
        assert set(said.split()) == FOUND[make]
    assert memory < MOST


@given(st.data())
def test_no_other_exception_leaves_a_spreadsheet(data: st.DataObject) -> None:
    """Whatever bytes of a real one are others."""
    given = bytearray((Path(__file__).parent / "samples" / "libreoffice.xls").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(given) - 1))
        given[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(given), len(given) // 2, len(given) - 300]))
    with suppress(InvalidData, UsageError):
        from_csv(io.BytesIO(bytes(given[:end])), "customers")


RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from([0x0203, 0x027E, 0x00BD, 0x0205, 0x00FD, 0x0204, 0x00D6, 0x0006, 0x0207, 0x0809, EOF, GOES_ON]),
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                lambda row, column, rest: pack("<HHH", row, column, 0) + rest,
                st.integers(0, 3),
                st.integers(0, 3),
                st.binary(max_size=16),
            ),
        ),
    ),
    max_size=8,
).map(b"".join)


@given(RECORDS)
def test_no_other_exception_leaves_a_sheet(cells: bytes) -> None:
    with suppress(UsageError):
        validate(xls(cells, more=texts_record([letters("a")]), formats=[0, 14]), "customers")


@given(RECORDS)
def test_no_other_exception_leaves_a_workbook(more: bytes) -> None:
    with suppress(UsageError):
        validate(xls(texts_row(0, "a") + shared(1, 0, 0), more=more), "customers")
