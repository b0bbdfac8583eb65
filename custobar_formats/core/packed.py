"""The first bytes of packed data, which show the compression whatever the file's name.

In: bytes. Out: the kind of compression. Source: RFC 1952 (gzip), RFC 8878, 3.1 (zstd), APPNOTE.TXT 4.3.7 and 4.3.16
(zip), [MS-CFB] 2.2 (compound files), and the output of bzip2 and xz.
"""

from __future__ import annotations

_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
"""The bytes after a bzip2 head: a block of data, or the end of empty data. Text may begin with the head alone."""

STARTS = {
    b"\x1f\x8b\x08": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\0": "xz",
    **{bytes([first]) + b"\x2a\x4d\x18": "zstd" for first in range(0x50, 0x60)},  # a skippable frame, as of pzstd
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    **{b"BZh%d" % size + block: "bzip2" for size in range(1, 10) for block in _BLOCKS},
}
"""The first bytes, and the compression that they show."""

COMPOUND = "compound"
"""No compression, but a file of streams, which may be an .xls."""

_COMPOUND_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def compression_of(start: bytes) -> str | None:
    """The compression of data with this start; None if it is not packed."""
    return next((kind for mark, kind in STARTS.items() if start.startswith(mark)), None)


def container_of(start: bytes) -> str | None:
    """The same; for a compound file, ``COMPOUND``."""
    return COMPOUND if start.startswith(_COMPOUND_START) else compression_of(start)
