"""Files that no program writes: each is refused or read, in bounded memory, and nothing else leaves the package."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import InvalidData, UsageError, from_csv, validate
from tests.processes import PATIENCE
from tests.workbooks import MAIN, SHEET_TYPE, ods, parts_of_xlsx, table, texts_row, xlsx, zipped

MB = 1 << 20
MOST = 200
"""In megabytes: the memory that reading any file may take, Python and all modules included."""

BILLION = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
DOCTYPE = f'<!DOCTYPE x [<!ENTITY l0 "lol">{BILLION}]>'
SHEET = "xl/worksheets/sheet1.xml"


def with_part(name: str, content: str | bytes) -> bytes:
    return zipped({**parts_of_xlsx({"Sheet1": ""}), name: content})


def worksheet(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def far_corners() -> bytes:
    return xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')


def wide_rows() -> bytes:
    return xlsx(texts_row(1, "a") + '<row><c r="XFD2"><v>1</v></c></row>'.replace(' r="XFD2"', ' r="XFD"') * 100_000)


def blank_rows() -> bytes:
    return xlsx(texts_row(1, "a") + "<row/>" * 1_000_000 + texts_row(1_000_003, "1"))


def bomb() -> bytes:
    return with_part(SHEET, worksheet(texts_row(1, "a") + "<x/>" * 20_000_000))


def too_many_rows() -> bytes:
    return with_part(SHEET, worksheet(texts_row(1, "a") + "<row/>" * 2_000_000))


def bomb_of_texts() -> bytes:
    return with_part("xl/sharedStrings.xml", f"<sst><si><t>{'x' * 70 * MB}</t></si></sst>")


def many_texts() -> bytes:
    return with_part("xl/sharedStrings.xml", f"<sst>{'<si/>' * 13_000_000}</sst>")


def many_members() -> bytes:
    empty = zipped({"a": ""})
    directory = empty[empty.index(b"PK\x01\x02") : empty.index(b"PK\x05\x06")]
    end = b"PK\x05\x06" + bytes(4) + struct.pack("<HHIIH", 65_535, 65_535, len(directory) * 1_000_000, len(empty), 0)
    return empty[: empty.index(b"PK\x01\x02")].ljust(len(empty)) + directory * 1_000_000 + end


def long_tag() -> bytes:
    return with_part(SHEET, f'<worksheet a="{"x" * 60 * MB}"/>')


def long_comment() -> bytes:
    return with_part(SHEET, f"<worksheet><!--{'x' * 60 * MB}--></worksheet>")


def deep() -> bytes:
    return with_part(SHEET, "<a>" * 20_000_000)


def long_cell() -> bytes:
    return xlsx(f'<row><c t="inlineStr"><is><t>{"x" * 60 * MB}</t></is></c></row>')


def many_names() -> bytes:
    return with_part(SHEET, "<a>" + "".join(f"<b{number}/>" for number in range(1_000_000)) + "</a>")


def many_attributes() -> bytes:
    return with_part(SHEET, "<a " + " ".join(f'b{number}=""' for number in range(200_000)) + "/>")


def many_sheets() -> bytes:
    listed = "<sheet name='a' id='r1'/>" * 1_000_000
    return with_part("xl/workbook.xml", f"<workbook><sheets>{listed}</sheets></workbook>")


def many_styles() -> bytes:
    return with_part("xl/styles.xml", f"<s><cellXfs>{'<xf/>' * 1_000_000}</cellXfs></s>")


def one_wide_row() -> bytes:
    return xlsx(f"<row>{'<c><v>1</v></c>' * 16_385}</row>")


def repeated(count: int) -> str:
    """A cell of an OpenDocument spreadsheet that is repeated."""
    more = f'table:number-columns-repeated="{count}"'
    return f'<table:table-cell office:value-type="string" {more}><text:p>x</text:p></table:table-cell>'


def repeated_rows() -> bytes:
    row = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'.format
    return ods(table(row(1, repeated(1)) + row(1_048_575, repeated(16_384))))


def repeated_cells() -> bytes:
    return ods(table(f"<table:table-row>{repeated(99_999_999) * 1000}</table:table-row>"))


def repeated_spaces() -> bytes:
    spaces = '<text:s text:c="99999999"/>' * 100_000
    cell = f'<table:table-cell office:value-type="string"><text:p>{spaces}</text:p></table:table-cell>'
    return ods(table(f"<table:table-row>{cell}</table:table-row>"))


def entities() -> bytes:
    return with_part(SHEET, DOCTYPE + worksheet(texts_row(1, "&l9;")))


def external_entity() -> bytes:
    return with_part("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')


def entities_of_ods() -> bytes:
    return zipped({"mimetype": SHEET_TYPE, "content.xml": DOCTYPE + "<x>&l9;</x>"})


REFUSED: dict[Callable[[], bytes], str] = {
    bomb: "like a zip bomb",
    bomb_of_texts: "like a zip bomb",
    wide_rows: "like a zip bomb",
    repeated_rows: "like a zip bomb",
    long_tag: "a tag or a comment that is as long as a file",
    long_comment: "a tag or a comment that is as long as a file",
    many_attributes: "a tag or a comment that is as long as a file",
    deep: "more than 100 levels",
    too_many_rows: "more than 1,048,576 rows",
    many_names: "more than 10,000 names",
    many_sheets: "more than 10,000 sheets or formats",
    many_styles: "more than 10,000 sheets or formats",
    one_wide_row: "at a wrong place",
    repeated_cells: "more than 16,384 columns",
    entities: "declares entities",
    external_entity: "declares entities",
    entities_of_ods: "declares entities",
}
FOUND: dict[Callable[[], bytes], set[str]] = {
    far_corners: {"extra-cell"},
    blank_rows: {"missing-field"},
    long_cell: {"oversized-cell"},
    repeated_spaces: {"oversized-cell"},
    many_texts: {"no-header"},
    many_members: {"undecodable-bytes"},
}

READ = """
import re, sys
from pathlib import Path
from custobar_formats import UsageError, validate
try:
    print(*validate(open(sys.argv[1], "rb"), "customers", ignore=("unknown-label", "no-records")).counts.by_code)
except UsageError as error:
    print("UsageError", error)
print(int(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1]) >> 10)
"""
"""Prints what it finds, and the megabytes that it took; ``ru_maxrss`` has those of the process that started it, too."""


def read(data: bytes, tmp_path: Path) -> tuple[str, int]:
    """What reading a file gives, in a process of its own, and the megabytes that it takes."""
    path = tmp_path / "hostile"
    path.write_bytes(data)
    words = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    said, memory = done.stdout.splitlines()
    return said, int(memory)


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


SMALL = [far_corners, entities, external_entity, entities_of_ods, one_wide_row, repeated_cells]


@pytest.mark.parametrize("make", SMALL)
def test_a_small_hostile_file(make: Callable[[], bytes]) -> None:
    if make in REFUSED:
        with pytest.raises(UsageError, match=REFUSED[make]):
            validate(make())
    else:
        assert set(validate(make()).counts.by_code) == FOUND[make]


OTHERS = ["", "x", "<a", "<a></b>", "\0", "<a/>", "\ufeff<a/>", "<?xml version='1.0' encoding='x'?><a/>"]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET])
@pytest.mark.parametrize("content", OTHERS)
def test_a_part_that_is_something_else(part: str, content: str) -> None:
    data = with_part(part, content)
    if part == SHEET and content.endswith("<a/>") and "?" not in content:
        assert set(validate(data).counts.by_code) == {"no-header"}
        return
    with pytest.raises(
        UsageError, match="^<input>: (the spreadsheet cannot be read: its XML is damaged|it has no she)"
    ):
        validate(data)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET])
def test_a_part_that_is_missing(part: str) -> None:
    parts = parts_of_xlsx({"Sheet1": texts_row(1, "a")})
    del parts[part]
    with pytest.raises(UsageError, match="it has no"):
        validate(zipped(parts))


def test_other_ways_of_packing() -> None:
    parts = parts_of_xlsx({"Sheet1": texts_row(1, "a") + texts_row(2, "1")})
    assert from_csv(zipped(parts, zipfile.ZIP_STORED)) == [{"a": "1"}]
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with pytest.raises(UsageError, match="packed in a way that no spreadsheet program writes"):
            from_csv(zipped(parts, method))


def test_an_archive_that_is_damaged() -> None:
    data = xlsx(texts_row(1, *(f"column {number}" for number in range(500))))
    at = data.index(b"xl/worksheets/sheet1.xml") + 24
    for damaged in (data[: at + 40] + bytes(40) + data[at + 80 :], data[: at + 500] + b"\xff" * 8 + data[at + 508 :]):
        with pytest.raises(UsageError, match="its zip archive is damaged|its XML is damaged"):
            validate(damaged)


@given(st.data())
def test_no_other_exception_leaves_a_spreadsheet(data: st.DataObject) -> None:
    """Whatever bytes of a real one are others."""
    given = bytearray((Path(__file__).parent / "samples" / "libreoffice.xlsx").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(given) - 1))
        given[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(given), len(given) // 2, len(given) - 30]))
    with suppress(InvalidData, UsageError):
        from_csv(io.BytesIO(bytes(given[:end])), "customers")


XML = st.lists(
    st.sampled_from(
        [
            *(
                '<row r="2">',
                "<row>",
                "</row>",
                '<c r="B2" t="s">',
                "<c>",
                "<c t='b' s='1'>",
                "</c>",
                "<v>",
                "</v>",
                "<f/>",
            ),
            *(
                "<is>",
                "</is>",
                "<t>",
                "</t>",
                "<rPh>",
                "</rPh>",
                "1",
                "x",
                "-1e400",
                "&#0;",
                "&#xD800;",
                "&a;",
                "<!--",
                "-->",
            ),
            *("<![CDATA[", "]]>", "</sheetData>", "<c t='d'>", '<c t="e">', "2024-13-01T", "_x0000_", "_xDC00_"),
        ]
    ),
    max_size=20,
).map("".join)


@given(XML)
def test_no_other_exception_leaves_a_sheet(rows: str) -> None:
    with suppress(UsageError):
        validate(xlsx(rows, texts=["<t>a</t>"], formats=[0, 14]), "customers")
