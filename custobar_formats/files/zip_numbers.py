"""Numbers in a zip archive that show how much memory it would take, before the standard library takes it.

In: a stream of the archive. Out: numbers of bytes. Source: APPNOTE.TXT 4.3.7, 4.3.14 to 4.3.16, 5.8.8.
"""

from __future__ import annotations

import os
from typing import IO, Any

ZIP_LZMA = 14
"""The method of a member packed with LZMA. APPNOTE.TXT 4.4.5."""

_END, _LOCATOR, _END64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_BYTES, _LOCATOR_BYTES, _END64_BYTES = 22, 20, 56
_COMMENT_BYTES = 65_535
_ELSEWHERE = 0xFFFFFFFF
"""The number of an archive whose larger record has it."""


def directory_size(kept: IO[bytes]) -> int:
    """The bytes of the directory, which the standard library keeps whole, with ten times as much for each member.

    Where two places may have the number, as the standard library looks for it, it is the larger one.
    """
    end = kept.seek(0, os.SEEK_END)
    start = max(0, end - _END_BYTES - _COMMENT_BYTES)
    tail = _read(kept, start, end - start)
    sizes = [0]
    for at in {len(tail) - _END_BYTES, tail.rfind(_END)}:
        if at >= 0 and tail.startswith(_END, at):
            size = int.from_bytes(tail[at + 12 : at + 16], "little")
            sizes.append(0 if size == _ELSEWHERE else size)
            sizes += _sizes_64(kept, start + at - _LOCATOR_BYTES)
    kept.seek(0)
    return min(max(sizes), end)


def _sizes_64(kept: IO[bytes], locator: int) -> list[int]:
    """The same, of the larger records that a locator names or that are before it."""
    if locator < 0 or _read(kept, locator, 4) != _LOCATOR:
        return []
    places = (int.from_bytes(_read(kept, locator + 8, 8), "little"), locator - _END64_BYTES)
    records = [_read(kept, place, _END64_BYTES) for place in places if 0 <= place < locator]
    return [int.from_bytes(record[40:48], "little") for record in records if record.startswith(_END64)]


def _read(kept: IO[bytes], place: int, size: int) -> bytes:
    kept.seek(place)
    return kept.read(size)


def dictionary_of(kept: IO[bytes], member: Any) -> int:
    """The bytes of the dictionary that a member of a zip archive asks for, if it is packed with LZMA; else 0.

    Source: APPNOTE.TXT 4.3.7 (the local header) and 5.8.8 (version and size, a byte of properties, the dictionary).
    """
    if member.compress_type != ZIP_LZMA:
        return 0
    kept.seek(member.header_offset + 26)
    lengths = kept.read(4)
    kept.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), os.SEEK_CUR)
    return int.from_bytes(kept.read(9)[5:], "little")
