"""Files of other formats, binary ones above all, are named and not read; what only resembles them is text."""

from __future__ import annotations

import io
import pickle
import sqlite3
import struct
import sys
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from custobar_formats import NotExpressible, encode_csv, from_csv, validate
from custobar_formats.csvtext.other_formats import BINARY_STARTS, find_binary_format, find_other_format


def tar(format_: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format_) as archive:
        member = tarfile.TarInfo("customers.csv")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"a\n1\n"))
    return out.getvalue()


def sqlite(path: Path) -> bytes:
    with sqlite3.connect(path) as database:
        database.execute("create table a (b)")
    return path.read_bytes()


RECORDS = [{"a": "x" * 20, "b": 1}] * 5
FILES: dict[str, tuple[bytes, str]] = {
    "rar": (b"Rar!\x1a\x07\x01\x00\x33\x92\xb5\xe5", "RAR"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4\x8d\x9b\xd5\x0f\x1e", "7-Zip"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01", "PNG"),
    "jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1", "JPEG"),
    "gif": (b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff", "GIF"),
    "bmp": (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "BMP"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
    "mp4": (b"\0\0\0\x18ftypmp42", "video"),
    "parquet": (b"PAR1\x15\x04\x15\x18\x15\x1cL\x15\x06PAR1", "Parquet"),
    "arrow": (b"ARROW1\0\0\xff\xff\xff\xff", "Arrow"),
    "avro": (b"Obj\x01\x04\x14avro.codec", "Avro"),
    "npy": (b"\x93NUMPY\x01\0v\0{'descr': '<i8', }\n\1\0\0\0", "NumPy"),
    "rds": (b"X\n\0\0\0\x03\0\4\1\2", "R data"),
    "dbf": (b"\x03\x7b\x0c\x1f\1\0\0\0\x41\0\x21\0" + bytes(20) + b"NAME", "dBase"),
    "class": (b"\xca\xfe\xba\xbe\0\0\0\x34", "Java"),
    "mo": (b"\xde\x12\x04\x95\0\0\0\0\x01\0\0\0", "translations"),
    "elf": (b"\x7fELF\x02\x01\x01\0", "program"),
    "exe": (b"MZ\x90\0\3\0\0\0", "program"),
    "lz4": (b"\x04\x22\x4d\x18\x64\x40\xa7external_id\n1\n", "lz4"),
    "Z": (b"\x1f\x9d\x90ext\x0b\x80", "compress"),
    "lzma": (b"]\0\0\x80\0" + b"\xff" * 8 + b"\0\x20", "lzma"),
    "lzma of a known size": (b"]\0\0\x80\0" + struct.pack("<Q", 5000) + b"\0\x20", "lzma"),
    "pgp": (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n", "encrypted"),
    "gpg -c": (bytes.fromhex("8c0d04090302316f504e46c224fdffd255017609"), "encrypted"),
    "gpg of OpenPGP": (bytes.fromhex("c30d04090302316f504e46c224fdffd255017609"), "encrypted"),
    "gpg -e": (bytes.fromhex("85010c03a1b2c3d4e5f60718010800d3f1a2"), "encrypted"),
    "gpg -e with curves": (bytes.fromhex("845e03a1b2c3d4e5f60718120107401122"), "encrypted"),
    "bson": (b"\x2a\x00\x00\x00\x02external_id\x00\x04\x00\x00\x00C-1\x00\x00", "BSON"),
    "rtf": (b"{\\rtf1\\ansi\\deff0 text}", "RTF"),
    "postscript": (b"%!PS-Adobe-3.0\n%%Creator: a\n", "PostScript"),
    **{f"pickle {protocol}": (pickle.dumps(RECORDS, protocol), "pickle") for protocol in range(6)},
    "pickle of a dict": (pickle.dumps({"a": 1}, 2), "pickle"),
    "tar": (tar(tarfile.USTAR_FORMAT), "tar"),
    "tar of GNU": (tar(tarfile.GNU_FORMAT), "tar"),
    "tar of pax": (tar(tarfile.PAX_FORMAT), "tar"),
    **{f"start {start!r}": (start.encode("latin-1"), what) for start, (what, _) in BINARY_STARTS.items()},
}


@pytest.mark.parametrize("charset", [None, "utf-8", "iso-8859-1"])
@pytest.mark.parametrize("name", FILES)
def test_a_binary_file_is_named_whatever_encoding_is_declared(name: str, charset: str | None) -> None:
    data, what = FILES[name]
    for source in (data, io.BytesIO(data)):
        (finding,) = validate(source, "customers", encoding=charset, format="csv").findings
        assert (finding.code, finding.line, finding.row) == ("not-csv", 1, None)
        assert what in finding.message
        assert finding.hint


@pytest.mark.parametrize("name", FILES)
def test_a_binary_file_in_place_of_json_is_named(name: str) -> None:
    data, what = FILES[name]
    (finding,) = validate(data, "customers", format="json").findings
    assert (finding.code, finding.line, what in finding.message) == ("undecodable-bytes", 1, True)
    assert "not JSON; nothing is read" in finding.message


def test_a_database(tmp_path: Path) -> None:
    (finding,) = validate(sqlite(tmp_path / "x.db"), format="csv").findings
    assert (finding.code, "SQLite" in finding.message) == ("not-csv", True)


def test_a_program() -> None:
    (finding,) = validate(Path(sys.executable).resolve(), format="csv").findings
    assert (finding.code, "program" in finding.message) == ("not-csv", True)


@pytest.mark.parametrize(
    "label",
    ["PAR1", "PAR1,x", "MZ", "BM", "GIF89a", "GIF87a ", "ID3", "OggS", "Rar!", "7z", "LZIP", "Obj", "RIFF", "ARROW1"]
    + [
        "X",
        "]",
        "]]",
        "II*",
        "MM",
        "ustar",
        "x" * 257 + "ustar",
        "(lp0x",
        "]q",
        "€",
        "ÿØ",
        "Þ",
        "Êþº",
        "SQLite format 3",
    ],
)
def test_a_column_may_be_called_like_most_of_a_beginning(label: str) -> None:
    records = [{label: "1", "b": "2"}]
    assert (
        from_csv(encode_csv(records))
        == from_csv(encode_csv(records, encoding="iso-8859-1" if label != "€" else "utf-8"))
        == records
    )


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("name", FILES)
def test_what_begins_like_a_binary_file_is_refused_or_reads_back(name: str, charset: str) -> None:
    label = FILES[name][0].decode("latin-1").replace(".", "").replace("-", "")[:40]
    records = [{label: "1"}, {label: "2"}]
    with suppress(NotExpressible):
        assert from_csv(encode_csv(records, encoding=charset), encoding=charset) == records
    if label[:4] in ("7z\u00bc\u00af", "Rar!", "\x7fELF", "\u00ff\u00d8\u00ff\u00e0"):
        with pytest.raises(NotExpressible, match="another format"):
            encode_csv(records, encoding=charset)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<svg xmlns="http://www.w3.org/2000/svg" width="1"/>', "XML"),
        ("<name>Anna</name>", "XML"),
        ("BEGIN:VCARD\r\nVERSION:4.0\r\n", "vCard"),
        ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "iCalendar"),
        ('[tool]\nname = "x"\nsize = 1\n', "TOML"),
        ("[main]\r\nname=x\r\nsize=1\r\n", "INI"),
        ("-- MySQL dump 10.13  Distrib 8.0\n--\n", "SQL"),
        ("--\n-- PostgreSQL database dump\n--\n", "SQL"),
        ("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n", "SQL"),
        ("INSERT INTO customers VALUES (1,'a');\n", "SQL"),
        ("CREATE TABLE customers (id int);\n", "SQL"),
    ],
)
def test_text_of_another_format_is_named(text: str, what: str) -> None:
    (finding,) = validate(text.encode(), "customers", format="csv").findings
    assert (finding.code, what in finding.message, bool(finding.hint)) == ("not-csv", True, True)


@pytest.mark.parametrize(
    "text",
    [
        "<id>,<name>\n1,a\n",
        "<b>x</b>,y\n1,2\n",
        "[tags]\na=b\n",
        "BEGIN:VCARD,x\n1,2\n",
        "--\n1\n",
        "CREATE TABLE,x\n1,2\n",
        "Insert into,x\n1,2\n",
        "%!PS,x\n1,2\n",
    ],
)
def test_text_that_resembles_another_format_is_read(text: str) -> None:
    assert len(from_csv(text)) == 1


@pytest.mark.parametrize("name", ["c.csv.gpg", "c.pgp", "c.csv.asc"])
def test_the_name_of_an_encrypted_file_is_doubted(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("external_id\nC-1\n")
    (finding,) = validate(tmp_path / name, "customers", format="csv").findings
    assert (finding.code, finding.hint) == ("wrong-suffix", "if it is encrypted by PGP, decrypt it first")


@pytest.mark.parametrize("text", ["external_id,email\n1,a@b.fi\n", "\n<a>"])
@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_csv_that_is_named_json_has_a_hint(text: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    finding = validate(tmp_path / name, "customers").findings[0]
    assert "if it is CSV, name it .csv" in str(finding.hint)


def test_text_is_not_looked_at_for_the_formats_of_text_as_bytes() -> None:
    assert find_binary_format("<html><body>") is None
    assert find_other_format("<html><body>") is not None
