"""How other formats begin, so that none of them is read as CSV.

In: the beginning of a text, or of bytes as latin-1. Out: the finding that names the format. Rules: a binary format is
known by bytes that no text has, such as control characters, wherever it has any; a column name that begins like a
format cannot be written.
Sources: the specifications of the formats, and the magic numbers of file(1).
"""

from __future__ import annotations

import re

from custobar_formats.core.findings import Finding, make_finding

_EXPORT = "export the data as CSV"
_SHEET = "save the sheet as .xlsx or CSV"
_UNPACK = "unpack it first"
_FILES = "unpack it and give its files one by one"
_DECRYPT = "decrypt it first"
_OTHER = "give a CSV or JSON file"

BINARY_STARTS = {
    "\u00d0\u00cf\x11\u00e0\u00a1\u00b1\x1a\u00e1": (
        "an old Office document (.doc ...), or an .xls that is damaged or within packed data",
        "give an .xls file unpacked, or save its table as .xlsx or CSV",
    ),
    "SQLite format 3\0": ("an SQLite database", _EXPORT),
    "\0\1\0\0Standard ": ("an Access database", _EXPORT),
    "PAR1\x15": ("a Parquet file", _EXPORT),
    "ARROW1\0\0": ("an Arrow file", _EXPORT),
    "Obj\x01": ("an Avro file", _EXPORT),
    "\x89HDF\r\n\x1a\n": ("an HDF5 file", _EXPORT),
    "\x93NUMPY": ("a NumPy array", _EXPORT),
    "X\n\0\0\0": ("an R data file", _EXPORT),
    "RDX2\n": ("an R data file", _EXPORT),
    "RDX3\n": ("an R data file", _EXPORT),
    "$FL2@(#)": ("an SPSS file", _EXPORT),
    "\u00ac\u00ed\0\5": ("serialized Java objects", _EXPORT),
    "Rar!\x1a\x07": ("a RAR archive", _FILES),
    "7z\u00bc\u00af'\x1c": ("a 7-Zip archive", _FILES),
    "MSCF\0\0\0\0": ("a cabinet archive", _FILES),
    "\x04\x22\x4d\x18": ("compressed by lz4", _UNPACK),
    "\x02\x21\x4c\x18": ("compressed by lz4", _UNPACK),
    "LZIP\x01": ("compressed by lzip", _UNPACK),
    "\x89LZO\0\r\n\x1a\n": ("compressed by lzop", _UNPACK),
    "\u00ff\x06\0\0sNaPpY": ("compressed by Snappy", _UNPACK),
    "-----BEGIN PGP MESSAGE-----": ("encrypted (PGP)", _DECRYPT),
    "{\\rtf1": ("a rich text document (RTF)", _SHEET),
    "%!PS-Adobe-": ("a PostScript document", _EXPORT),
    "\x89PNG\r\n\x1a\n": ("a PNG image", _OTHER),
    "\u00ff\u00d8\u00ff": ("a JPEG image", _OTHER),
    "II*\0": ("a TIFF image", _OTHER),
    "MM\0*": ("a TIFF image", _OTHER),
    "\x7fELF": ("a program (ELF)", _OTHER),
    "MZ\x90\0": ("a program (Windows)", _OTHER),
    "\u00cf\u00fa\u00ed\u00fe": ("a program (Mach-O)", _OTHER),
    "\u00ca\u00fe\u00ba\u00be": ("a Java class or a program (Mach-O)", _OTHER),
    "\0asm\x01\0\0\0": ("a program (WebAssembly)", _OTHER),
    "\u00de\x12\x04\x95": ("a catalogue of translations (.mo)", _OTHER),
    "\x95\x04\x12\u00de": ("a catalogue of translations (.mo)", _OTHER),
    "OggS\0": ("an audio or video file", _OTHER),
    "ID3\x03\0": ("an audio or video file", _OTHER),
    "ID3\x04\0": ("an audio or video file", _OTHER),
}
"""The first bytes of formats, as latin-1: what they are, and what to do about it."""

_ANY = r"[\s\S]"
_MARK = r"(?:\ufeff|\u00ef\u00bb\u00bf)?\s*"
"""A byte order mark, as text or as bytes in latin-1, and white space."""

Patterns = dict[re.Pattern[str], tuple[str, str]]

_OLE = "\u00d0\u00cf\x11\u00e0\u00a1\u00b1\x1a\u00e1"
"""The start of a compound file. [MS-CFB] 2.2."""

BINARY_PATTERNS = {
    # the name of the stream with the document, in UTF-16. [MS-OFFCRYPTO] 2.3.4
    re.compile(_OLE + _ANY + "*" + "\0".join("EncryptedPackage")): (
        "protected by a password",
        "open it, and save it without a password as .xlsx or CSV",
    ),
    re.compile(_MARK + r"%PDF-"): ("a PDF document", _EXPORT),
    re.compile(r"\x80(?:[\x02\x03][]}(cX][^\0]|[\x04\x05]\x95)|[]}]q\0|\([dl]p0\n"): ("a Python pickle", _EXPORT),
    re.compile(rf"[\x03\x83\x8b\xf5]{_ANY}[\x01-\x0c][\x01-\x1f]{_ANY}{{8}}\0\0"): ("a dBase table", _EXPORT),
    # RFC 9580, 4.2, 5.1 and 5.3: keys encrypted by a password or for a person, with algorithms that there are
    re.compile(rf"[\x8c\xc3]{_ANY}\x04[\x01-\x0d][\0\1\3]"): ("encrypted (PGP)", _DECRYPT),
    re.compile(rf"(?:\x84|\x85{_ANY}|\xc1{_ANY}?){_ANY}\x03{_ANY}{{8}}[\x01\x10\x12\x19]"): (
        "encrypted (PGP)",
        _DECRYPT,
    ),
    # BSON 1.1: the length of a short document, the type of the first element, and its name
    re.compile(rf"{_ANY}{{2}}\0\0[\x01-\x13][\w.$-]{{1,64}}\0", re.ASCII): ("BSON", _EXPORT),
    re.compile(r"\x1f\x9d[\x89-\x90]"): ("compressed by compress (.Z)", _UNPACK),
    re.compile(rf"{_ANY}{{100}}[0-7 ]{{6,7}}[ \0]{_ANY}{{149,150}}ustar[ \0]"): ("a tar archive", _FILES),
    re.compile(rf"\]\0\0{_ANY}{{2}}(?:\xff{{8}}|{_ANY}{{5}}\0\0\0)"): ("compressed by lzma", _UNPACK),
    re.compile(rf"GIF8[79]a{_ANY}{{,6}}[\0-\x08]"): ("a GIF image", _OTHER),
    re.compile(rf"BM{_ANY}{{4}}\0\0\0\0"): ("a BMP image", _OTHER),
    re.compile(rf"RIFF{_ANY}{{4}}WEBPVP8"): ("a WebP image", _OTHER),
    re.compile(rf"RIFF{_ANY}{{4}}(?:WAVEfmt |AVI LIST)"): ("an audio or video file", _OTHER),
    re.compile(rf"\0\0\0{_ANY}ftyp"): ("a video, or an image (HEIC)", _OTHER),
}
"""The same, where other bytes are between those that decide."""

TEXT_PATTERNS = {
    re.compile(_MARK + r"<(?:!doctype\s+html|!--|(?:html|head|title|body|table|div|br|h[1-6])[\s/>])", re.IGNORECASE): (
        "HTML",
        "it may be the page of an error or a login: download the file again",
    ),
    re.compile(_MARK + r"<(?:\?xml|!doctype|svg[\s>]|[a-z_][\w.:-]*(?:\s[^<>]*)?>\s*<)", re.IGNORECASE): (
        "XML",
        _EXPORT,
    ),
    re.compile(_MARK + r"<([a-z_][\w.:-]*)(?:\s[^<>]*)?(?:/>|>[^<>]*</\1\s*>)\s*\Z", re.IGNORECASE): ("XML", _EXPORT),
    re.compile(_MARK + r"BEGIN:VCARD\r?\n"): ("a vCard", _EXPORT),
    re.compile(_MARK + r"BEGIN:VCALENDAR\r?\n"): ("a calendar (iCalendar)", _EXPORT),
    re.compile(_MARK + r"\[[\w. -]+\]\s*\n(?:[\w.-]+ ?= ?[^\n]*(?:\n|\Z)){2}"): ("TOML or INI", _EXPORT),
    re.compile(
        _MARK + r"(?:--\s*)*(?:-- (?:MySQL|MariaDB|PostgreSQL database|SQLite) dump|PRAGMA foreign_keys ?=|"
        r"(?:CREATE TABLE|DROP TABLE|INSERT INTO) [^,;\t\n]+(?:[(;]|\sVALUES))",
        re.IGNORECASE,
    ): ("SQL", _EXPORT),
    re.compile(_MARK + r'(?:\{\s*(?:\}|"[^"\r\n]*"\s*:)|\[\s*[\[{"\]])'): (
        "JSON",
        "read it as JSON: name it .json, or use --from json",
    ),
}
"""How formats of text begin."""


def find_binary_format(start: str, wanted: str = "CSV") -> Finding | None:
    """The finding for bytes, as latin-1, that begin like a binary format in place of CSV, or JSON.

    Example:
        >>> find_binary_format("SQLite format 3\\0").message
        'the file is an SQLite database, not CSV; nothing is read'

    """
    return _find(start, BINARY_PATTERNS, 1, wanted)


def find_other_format(start: str, line: int = 1) -> Finding | None:
    """The finding for text that begins like another format, binary ones included.

    Example:
        >>> find_other_format("<html><body>").message, find_other_format("<id>,<name>")
        ('the file is HTML, not CSV; nothing is read', None)

    """
    return _find(start, BINARY_PATTERNS | TEXT_PATTERNS, line)


def _find(start: str, patterns: Patterns, line: int, wanted: str = "CSV") -> Finding | None:
    found = [about for pattern, about in patterns.items() if pattern.match(start)]
    found += [about for first, about in BINARY_STARTS.items() if start.startswith(first)]
    if not found:
        return None
    what, hint = found[0]
    code = "not-csv" if wanted == "CSV" else "undecodable-bytes"
    return make_finding(code, f"the file is {what}, not {wanted}; nothing is read", hint=hint, line=line)
