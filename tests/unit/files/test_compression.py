"""Packed files: recognised by their first bytes, written by their names; damage and bombs end the reading."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import (
    InvalidData,
    NotExpressible,
    UsageError,
    encode_csv,
    from_csv,
    from_json,
    iter_csv,
    validate,
    write_csv,
    write_json,
)
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.packed import STARTS, compression_of
from custobar_formats.files import compression
from custobar_formats.files.source import ByteInput
from custobar_formats.files.zip_numbers import directory_size
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from tests.parameters import slow_if
from tests.streams import ReadOnce

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    zstd = pytest.importorskip("backports.zstd")

TEXT = "external_id;city\n" + "".join(f"C-{number};Jyväskylä {number * 7919}\n" for number in range(5_000))
ROWS = 5_000


def zipped(data: bytes, *names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("customers.csv",):
            archive.writestr(name, data if not name.endswith("/") else b"")
    return out.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
    ".zip": zipped,
}
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": zstd.decompress,
    ".zip": lambda data: (lambda archive: archive.read(archive.namelist()[0]))(zipfile.ZipFile(io.BytesIO(data))),
}


class Pipe(io.RawIOBase):
    """Bytes that can be read once, in pieces."""

    def __init__(self, data: bytes, size: int = 1_000) -> None:
        self._data, self._size = data, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._data[: min(len(buffer), self._size)]
        self._data = self._data[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])  # the second is read twice
def test_a_packed_file_is_read_as_what_is_in_it(suffix: str, charset: str, tmp_path: Path) -> None:
    data = PACK[suffix](TEXT.encode(charset))
    path = tmp_path / f"customers.csv{suffix}"
    path.write_bytes(data)
    misnamed = tmp_path / "customers.csv"
    misnamed.write_bytes(data)
    wanted = from_csv(TEXT)
    for source in (path, misnamed, data, io.BytesIO(data), Pipe(data)):
        assert from_csv(source) == wanted  # type: ignore[arg-type]
    report = validate(path)
    assert (report.rows, report.source.charset, report.source.format) == (ROWS, charset, "csv")
    assert report.source.name == str(path)


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_name_that_shows_another_compression_is_doubted(suffix: str, charset: str, tmp_path: Path) -> None:
    path = tmp_path / f"customers.csv{suffix.upper()}"
    text = TEXT.encode(charset)
    for other, data in [("", text), *((kind, pack(text)) for kind, pack in PACK.items())]:
        path.write_bytes(data)
        found = [finding for finding in validate(path, encoding=charset).findings if finding.code == "wrong-suffix"]
        assert len(found) == (other != suffix)
        assert found == [finding for finding in validate(path).findings if finding.code == "wrong-suffix"]
        for finding in found:
            assert compression.PACKED_SUFFIXES[suffix] in finding.message
            assert ("not compressed" in finding.message) == (not other)
    path = tmp_path / f"customers.json{suffix}"
    path.write_bytes(b'[{"a": "1"}]')
    assert [finding.code for finding in validate(path).findings] == ["wrong-suffix"]
    path.write_bytes(b"")
    assert validate(path).counts.by_code["wrong-suffix"] == 1
    assert validate(b"a\n1\n").findings == ()


@pytest.mark.parametrize("suffix", PACK)
def test_the_name_below_the_suffix_shows_the_format(suffix: str, tmp_path: Path) -> None:
    data = b'{"external_id": "1"}\n{"external_id": "2"}\n'
    path = tmp_path / f"x.jsonl{suffix}"
    path.write_bytes(PACK[suffix](data) if suffix != ".zip" else zipped(data, "inner.jsonl"))
    assert from_json(path) == [{"external_id": "1"}, {"external_id": "2"}]
    assert validate(path).source.format == "jsonl"


def test_the_name_within_an_archive_shows_the_format(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(b'{"external_id": "1"}\n', "folder/", "__MACOSX/x.jsonl", "folder/x.jsonl"))
    report = validate(path)
    assert (report.valid, report.source.format) == (True, "jsonl")


@pytest.mark.parametrize("label", ["BZh", "BZh9", "BZhong", "PK", "PK3"])
def test_text_that_begins_as_a_name_of_a_packer_is_text(label: str) -> None:
    records = [{label: "1", "b": "2"}]
    assert from_csv(encode_csv(records)) == records


@pytest.mark.parametrize("level", range(1, 10))
def test_bzip2_of_any_level_is_known_and_of_nothing_at_all(level: int) -> None:
    assert from_csv(bz2.compress(b"a\n1\n", level)) == [{"a": "1"}]
    assert compression_of(bz2.compress(b"", level)) == "bzip2"
    with pytest.raises(NotExpressible, match="compressed"):
        encode_csv([{f"BZh{level}1AY&SY": "1"}])


@pytest.mark.parametrize("start", STARTS)
def test_what_is_packed_twice_is_reported_by_its_kind(start: bytes) -> None:
    (finding,) = validate(gzip.compress(start + b"x")).findings
    assert STARTS[start] in finding.message
    assert finding.hint == "unpack it first"


@pytest.mark.parametrize("suffix", PACK)
def test_what_is_written_is_packed_by_its_name(suffix: str, tmp_path: Path) -> None:
    records = [{"external_id": f"C-{number}", "city": "Jyväskylä"} for number in range(2_000)]
    paths = [tmp_path / f"out.csv{suffix}", tmp_path / f"out.json{suffix}"]
    write_csv(records, paths[0])
    write_json(records, paths[1])
    assert UNPACK[suffix](paths[0].read_bytes()).startswith(b"external_id,city\nC-0,Jyv\xc3\xa4skyl\xc3\xa4\n")
    assert from_csv(paths[0]) == from_json(paths[1]) == records
    again = tmp_path / f"two.csv{suffix}"
    write_csv(records, again)
    first, second = paths[0].read_bytes(), again.read_bytes()
    assert first.replace(b"out.csv", b"two.csv") == second  # no time is in it, and no other name


@pytest.mark.parametrize("suffix", PACK)
def test_a_failure_leaves_no_packed_file(suffix: str, tmp_path: Path) -> None:
    def records() -> Any:
        yield {"a": "1"}
        raise ZeroDivisionError

    for write in (write_csv, write_json):
        with pytest.raises(ZeroDivisionError):
            write(records(), tmp_path / f"out.json{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_split_files_have_the_number_before_the_suffixes(tmp_path: Path) -> None:
    written = write_csv([{"a": "1"}, {"b": "2"}], tmp_path / "out.csv.gz", missing="split")
    assert [Path(str(file.path)).name for file in written.files] == ["out.1.csv.gz", "out.2.csv.gz"]
    assert from_csv(tmp_path / "out.2.csv.gz") == [{"b": "2"}]


@pytest.mark.parametrize("suffix", PACK)
def test_data_that_ends_early_or_is_damaged_ends_the_reading(suffix: str) -> None:
    whole = PACK[suffix](TEXT.encode())
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    damaged[len(whole) // 2 + 1] ^= 0xFF
    for data in (whole[: len(whole) // 2], whole[: len(whole) - 5], whole[:12], bytes(damaged)):
        report = validate(io.BytesIO(data))
        (finding,) = (one for one in report.errors if one.code == "undecodable-bytes")
        assert f"the {compression.PACKED_SUFFIXES[suffix]} data is damaged or ends early" in finding.message
        assert report.rows <= ROWS
        with pytest.raises(InvalidData):
            list(iter_csv(io.BytesIO(data)))


@pytest.mark.parametrize("suffix", slow_if((".bz2", ".xz", ".zst"), PACK))
@pytest.mark.parametrize("entity", [pytest.param("customers", marks=pytest.mark.slow), "products"])
def test_damage_is_reported_alike_where_a_stream_can_be_read_only_once(suffix: str, entity: str) -> None:
    """The money of products may need a second reading."""
    rows = "".join(f"{number},{number * 7919}\n" for number in range(15_000))
    whole = PACK[suffix](f"external_id,price\n{rows}".encode())
    for data in (whole, whole[:12], whole[: len(whole) // 2]):
        for format_ in ("csv", "jsonl"):
            assert validate(ReadOnce(data), entity, format=format_) == validate(
                io.BytesIO(data), entity, format=format_
            )
        outcomes = []
        for source in (io.BytesIO(data), ReadOnce(data)):
            good = io.BytesIO()
            try:
                report = convert_file(source, good, entity, Options("csv"), to="jsonl", rejects=io.BytesIO())
            except InvalidData as error:  # nothing but an error is in it
                report = error.report
            outcomes.append((report, good.getvalue()))
        assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("suffix", slow_if(".bz2", PACK))
def test_a_bomb_is_not_unpacked_to_its_end(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "FREE_UNPACKED_BYTES", 1 << 18)
    row = b"0;0;0;0;0\n"
    data = PACK[suffix](b"a;b;c;d;e\n" + row * 600_000)
    report = validate(io.BytesIO(data), delimiter=";")
    (finding,) = report.errors
    assert "unpacks to more than 300 times its size, like a zip bomb; reading ends here" in finding.message
    assert finding.hint == "if this is intended, unpack it first"
    assert report.rows == 0  # all of it is searched for the encoding
    assert 0 < validate(io.BytesIO(data), delimiter=";", encoding="utf-8").rows < 600_000


def test_a_repetitive_file_is_no_bomb() -> None:
    data = gzip.compress(b"a;b\n" + b"1;2\n" * 500_000)
    assert validate(io.BytesIO(data), delimiter=";").rows == 500_000


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.csv", "b.csv"], "is a zip archive of 2 files"),
        (["folder/"], "is a zip archive without files"),
        ([], "is a zip archive without files"),
        (["xl/a.csv", "word/b.csv", "Index/c.csv", "content.xml"], "is a zip archive of 4 files"),
    ],
)
def test_an_archive_of_anything_but_one_file(names: list[str], expected: str) -> None:
    data = zipped(b"a\n1\n", *names) if names else EMPTY_ZIP
    (finding,) = validate(data).findings
    assert (finding.code, finding.line, finding.message) == ("undecodable-bytes", 1, f"the file {expected}")


EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["[Content_Types].xml", "xl/workbook.bin"], "a binary spreadsheet (.xlsb)"),
        (["mimetype", "content.xml", "META-INF/manifest.xml"], "an OpenDocument file"),
        (["[Content_Types].xml", "word/document.xml"], "a Word document (.docx)"),
        (["META-INF/MANIFEST.MF", "a.class"], "a Java archive"),
    ],
)
def test_a_document_that_is_an_archive(names: list[str], expected: str) -> None:
    data = zipped(b"a\n1\n", *names)
    for packed in (data, gzip.compress(data), zipped(data, "report.xlsx")):
        (finding,) = validate(packed, format="csv").findings
        message = f"the file is {expected}, not CSV; nothing is read"
        assert (finding.code, finding.line, finding.message) == ("not-csv", 1, message)


def test_an_archive_in_an_archive_is_no_spreadsheet() -> None:
    """Whatever its members hold: here, the name of a member of a spreadsheet."""
    inner = zipped(b"xl/workbook.xml", "xl.csv")
    for packed, what in [(zipped(inner, "inner.zip"), "zip in zip"), (gzip.compress(inner), "zip in gzip")]:
        (finding,) = validate(packed).findings
        assert (finding.code, finding.hint) == ("undecodable-bytes", "unpack it first")
        assert finding.message == f"the file is compressed twice ({what})"


@pytest.mark.parametrize("name", ["customers.csv", "folder/customers_2.csv", "Customers.CSV"])
def test_the_name_within_an_archive_shows_the_entity(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(b"external_id\n1\n", name))
    assert main(["validate", str(path)]) == VALID
    assert "customers by the file name" in capsys.readouterr().out


def skipped(size: int, kind: int = 0) -> bytes:
    """A frame of zstd that a decoder skips (RFC 8878, 3.1.2)."""
    return struct.pack("<II", 0x184D2A50 + kind, size) + bytes(size)


@pytest.mark.parametrize(
    ("size", "kind"),
    [*itertools.product((0, 4), range(16)), (100_000, 0)]
    + [pytest.param(100_000, kind, marks=pytest.mark.slow) for kind in range(1, 16)],
)
def test_frames_of_zstd_that_are_skipped(kind: int, size: int) -> None:
    """pzstd writes one before each frame, with that frame's size."""
    one, two, skip = zstd.compress(b"a\n1\n"), zstd.compress(b"2\n"), skipped(size, kind)
    for data in (skip + one + two, skip + one + skip + two, one + skip + two + skip, skip + skip + one + two + skip):
        assert compression_of(data) == "zstd"
        assert from_csv(data) == from_csv(Pipe(data, 7)) == [{"a": "1"}, {"a": "2"}]  # type: ignore[arg-type]
    (finding,) = validate((skip + one)[:-1]).errors
    assert "data is damaged or ends early" in finding.message
    if size:
        (finding,) = validate(one + skip[:-1]).errors
        assert "data is damaged or ends early" in finding.message
    assert [one.code for one in validate(skip).findings] == ["no-header"]


@pytest.mark.parametrize("suffix", compression.OTHER_PACKED_SUFFIXES)
def test_a_name_of_a_compression_that_is_not_read_is_doubted(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"customers.csv{suffix.upper()}"
    path.write_bytes(b"a\n1\n")
    (finding,) = validate(path).findings
    assert finding.code == "wrong-suffix"
    kind = compression.OTHER_PACKED_SUFFIXES[suffix]
    assert kind in finding.message
    is_encrypted = kind == compression.PGP
    assert finding.hint == (
        "if it is encrypted by PGP, decrypt it first"
        if is_encrypted
        else f"if it is compressed by {kind}, unpack it first"
    )
    path.write_bytes(bytes(range(1, 32)) * 20)
    (error,) = validate(path).findings
    assert (error.code, error.hint) == ("undecodable-bytes", finding.hint)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_streams_one_behind_the_other_and_what_is_none(suffix: str) -> None:
    data = PACK[suffix](b"a\n1\n") + PACK[suffix](b"2\n")
    assert from_csv(data) == from_csv(Pipe(data, 1)) == [{"a": "1"}, {"a": "2"}]  # type: ignore[arg-type]
    (finding,) = validate(data + b"garbage").errors
    assert "data is damaged or ends early" in finding.message
    if suffix == ".xz":
        assert validate(data + bytes(8)).valid  # padding, as the format has it


def xz_with_dictionary(code: int) -> bytes:
    """An xz file that asks for the dictionary of a code: 2 or 3, times a power of two (The .xz File Format, 5.3.1)."""
    data = bytearray(lzma.compress(b"a\n1\n"))
    size = (data[12] + 1) * 4
    place = data.index(b"\x21\x01", 12) + 2
    data[place] = code
    data[12 + size - 4 : 12 + size] = zlib.crc32(data[12 : 12 + size - 4]).to_bytes(4, "little")
    return bytes(data)


def zip_with_dictionary(size: int) -> bytes:
    """A zip archive of one member, packed with LZMA, that asks for a dictionary of so many bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", b"a\n1\n")
    data = bytearray(out.getvalue())
    place = data.index(b"a.csv") + len("a.csv") + 5
    data[place : place + 4] = size.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "is_read"),
    [
        (xz_with_dictionary(28), True),  # 64 MiB, as xz -9 asks for
        (xz_with_dictionary(29), False),  # 96 MiB
        (xz_with_dictionary(39), False),  # 3 GiB
        (lzma.compress(b"a\n") + xz_with_dictionary(37), False),
        (zip_with_dictionary(80 << 20), True),
        (zip_with_dictionary((80 << 20) + 1), False),
        (zip_with_dictionary(0xFFFFFFFF), False),
    ],
)
def test_no_more_memory_is_taken_than_a_dictionary_may_have(data: bytes, is_read: bool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = validate(data, format="csv")
    assert report.valid is is_read
    if not is_read:
        (finding,) = report.errors
        assert finding.code == "undecodable-bytes"
        assert "data needs a dictionary of more than 80 MiB to unpack; reading ends here" in finding.message
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_a_window_of_zstd_is_limited() -> None:
    header = b"\x28\xb5\x2f\xfd\x00" + bytes([18 << 3]) + b"\x01\x00\x00"  # RFC 8878, 3.1.1.1.2: 2**28 bytes
    (finding,) = validate(header, format="csv").errors
    assert "the zstd data needs a dictionary of more than" in finding.message


def test_an_archive_that_is_encrypted() -> None:
    data = bytearray(zipped(b"a\n1\n"))
    for start, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(start) + place] |= 1
    (finding,) = validate(bytes(data)).errors
    assert (finding.message, finding.hint) == ("the zip archive is encrypted", "unpack it first")


def test_what_is_packed_twice_is_reported(tmp_path: Path) -> None:
    (finding,) = validate(gzip.compress(gzip.compress(b"a\n1\n"))).findings
    assert finding.message == "the file is compressed twice (gzip in gzip)"


def test_an_error_of_the_system_stays_one() -> None:
    class Broken(Pipe):
        def readinto(self, buffer: Any) -> int:
            if len(self._data) < 5_000:
                raise OSError(5, "Input/output error")
            return super().readinto(buffer)

    with pytest.raises(OSError, match="Input/output error"):
        validate(Broken(gzip.compress(TEXT.encode())))  # type: ignore[arg-type]


def test_without_zstd_the_reading_shows_what_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a.csv.zst"
    path.write_bytes(zstd.compress(b"a\n1\n"))
    for name in ("compression", "compression.zstd", "backports", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"zstd needs Python 3.14, or pip install 'custobar_formats\[zstd\]'"):
        validate(path)
    with pytest.raises(UsageError, match="zstd needs"):
        write_csv([{"a": "1"}], path)
    assert zstd.decompress(path.read_bytes()) == b"a\n1\n"


def test_nothing_is_left_open(tmp_path: Path) -> None:
    """Warnings are errors here, so a file that is never closed would fail the test."""
    for data in (zipped(b"a\n1\n"), zipped(b"a\n1\n", "a", "b"), zipped(b"a\n1\n" * 500_000)[:-9]):
        for source in (data, Pipe(data)):
            validate(source)  # type: ignore[arg-type]


def test_the_progress_is_that_of_the_file() -> None:
    data = gzip.compress(TEXT.encode())
    source = ByteInput(io.BytesIO(data), None)
    for _ in source.chunks():
        pass
    assert source.progress() == (len(data), None)


def test_the_command_reads_and_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("customers.csv.gz").write_bytes(gzip.compress(b"external_id,city\nC-1,Oulu\n"))
    assert main(["convert", "customers.csv.gz", "out.tsv.bz2", "--to", "csv"]) == VALID
    assert bz2.decompress(Path("out.tsv.bz2").read_bytes()) == b"external_id\tcity\nC-1\tOulu\n"
    assert main(["convert", "customers.csv.gz", "out.xml.gz"]) == MISUSE
    Path("customers.csv.gz").write_bytes(gzip.compress(b"external_id,can_email\nC-1,yes\n"))
    assert main(["validate", "customers.csv.gz"]) == INVALID
    piped = subprocess.run(
        [sys.executable, "-m", "custobar_formats", "validate", "-", "--entity", "customers"],
        input=Path("customers.csv.gz").read_bytes(),
        capture_output=True,
    )
    assert piped.returncode == INVALID
    assert b"<stdin>:2:2 (B2)" in piped.stdout


@given(
    st.sampled_from(sorted(PACK)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4),
    st.floats(0, 1.2),
    st.binary(max_size=8),
)
def test_no_packed_bytes_end_in_an_exception(
    suffix: str, changes: list[tuple[float, int]], end: float, more: bytes
) -> None:
    data = bytearray(PACK[suffix](b"external_id;city\n" + "C-1;Jyväskylä\n".encode() * 20))
    for share, byte in changes:
        data[int(share * (len(data) - 1))] = byte
    data = data[: int(end * len(data))] + more
    for source in (bytes(data), Pipe(bytes(data), 7)):
        report = validate(source, "customers")  # type: ignore[arg-type]
        assert report.rows >= report.valid_rows >= 0
    with suppress(InvalidData):
        assert all(isinstance(record, dict) for record in iter_csv(bytes(data)))


@pytest.mark.parametrize("is_large", [False, True])
def test_the_size_of_the_directory_of_an_archive(is_large: bool) -> None:
    """As an archive of more than 65,535 members has it, too."""
    data = zipped(b"a\n1\n", *(f"{number}.csv" for number in range(7)))
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    expected = end - start
    if is_large:
        record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 7, 7, expected, start)
        locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
        data = (
            data[:end]
            + record
            + locator
            + struct.pack("<4sHHHHIIH", b"PK\x05\x06", *[0] * 2, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)
        )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 7
    for comment in (b"", b"x" * 65_535):
        commented = data[:-2] + struct.pack("<H", len(comment)) + comment
        assert directory_size(io.BytesIO(commented)) == expected
    assert directory_size(io.BytesIO(b"")) == directory_size(io.BytesIO(data[:-30])) == 0
