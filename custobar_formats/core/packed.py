"""The first bytes of packed data, by which it is known whatever its name is.

In: bytes. Out: the kind of compression. RFC 1952 (gzip), RFC 8878 (zstd), APPNOTE.TXT 4.3.7 (zip), and what bzip2 and
xz write.
"""

from __future__ import annotations

_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
"""What follows the head of bzip2: a block of data, or the end where there is none. Text may begin with the head."""

STARTS = {
    b"\x1f\x8b\x08": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\0": "xz",
    b"PK\x03\x04": "zip",
    **{b"BZh%d" % size + block: "bzip2" for size in range(1, 10) for block in _BLOCKS},
}
"""The first bytes, and how what follows is packed."""


def compression_of(start: bytes) -> str | None:
    """How data that begins so is packed."""
    return next((kind for mark, kind in STARTS.items() if start.startswith(mark)), None)
