"""The streams of a compound file, in which old Office programs keep a document.

In: a stream of the file. Out: the names of the streams beside its root, and the bytes of one. Rule: each sector is read
when it is needed, and no more of them than the file has, so that a chain that is a loop ends.
Source: [MS-CFB] 2.2 (header), 2.3 (FAT), 2.4 (mini FAT), 2.5 (DIFAT), 2.6 (directory).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from struct import unpack, unpack_from
from typing import IO

from custobar_formats.core.limits import MAX_DIRECTORY_BYTES

_SIZES = ((9, 6), (12, 6))
"""The sizes of sectors and of mini sectors, as powers of 2."""

_NONE = 0xFFFFFFFA
"""The first number of a sector that stands for something else, such as the end of a chain."""

_ENTRY = 128
_STREAM = 2


class DamagedCompound(Exception):
    """The reason why a compound file cannot be read."""


class Compound:
    """A compound file; its stream stays open.

    Raises:
        DamagedCompound: it is none, or is damaged.

    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        header = self._bytes(0, 512)
        order, *sizes = unpack_from("<HHH", header, 28)
        if order != 0xFFFE or tuple(sizes) not in _SIZES:
            raise DamagedCompound("its header is damaged")
        self._power, self._mini_power = sizes
        file.seek(0, 2)
        self._most = (file.tell() >> self._power) + 1
        self._fat = self._allocation(header)
        directory, self._cutoff, mini = (unpack_from("<I", header, at)[0] for at in (48, 56, 60))
        entries = b"".join(map(self._sector, self._whole_chain(directory, MAX_DIRECTORY_BYTES >> self._power)))
        self._mini_fat = array("I", self._whole_chain(mini, self._most)) if mini < _NONE else array("I")
        root, child = unpack_from("<I", entries, 116)[0], unpack_from("<I", entries, 76)[0]
        self._mini = array("I", self._whole_chain(root, self._most)) if root < _NONE else array("I")
        self._streams = dict(_streams(entries, child))

    def _bytes(self, at: int, count: int) -> bytes:
        """Bytes at a place; the last sector of a file may be cut."""
        self._file.seek(at)
        data = self._file.read(count)
        if not data:
            raise DamagedCompound("the file ends early")
        return data.ljust(count, b"\0")

    def _sector(self, number: int) -> bytes:
        return self._bytes((number + 1) << self._power, 1 << self._power)

    def _mini_sector(self, number: int) -> bytes:
        which, at = divmod(number << self._mini_power, 1 << self._power)
        if which >= len(self._mini):
            raise DamagedCompound("a stream has a sector that is not there")
        return self._bytes(((self._mini[which] + 1) << self._power) + at, 1 << self._mini_power)

    def _allocation(self, header: bytes) -> Sequence[int]:
        """The sectors of the FAT: the first 109 are in the header, the others in sectors of their own."""
        found = array("I", unpack_from("<109I", header, 76))
        following = unpack_from("<I", header, 68)[0]
        while following < _NONE:
            if len(found) > self._most:
                raise DamagedCompound("the list of its sectors is a loop")
            *numbers, following = unpack(f"<{1 << self._power - 2}I", self._sector(following))
            found.extend(numbers)
        return found

    def _next(self, fat: Sequence[int], number: int) -> int:
        which, at = divmod(number, 1 << self._power - 2)
        if which >= len(fat) or fat[which] >= _NONE:
            raise DamagedCompound("a stream has a sector that is not there")
        return int(unpack("<I", self._bytes(((fat[which] + 1) << self._power) + at * 4, 4))[0])

    def _whole_chain(self, number: int, most: int) -> Iterator[int]:
        """The sectors of a chain to its end."""
        for _ in range(most):
            if number >= _NONE:
                return
            yield number
            number = self._next(self._fat, number)
        raise DamagedCompound("a chain of sectors is a loop")

    def __contains__(self, name: str) -> bool:
        return name in self._streams

    def size(self, name: str) -> int:
        """The bytes that a stream has, as the directory gives them."""
        return self._streams[name][1]

    def read(self, name: str) -> bytearray:
        """The bytes of a stream.

        Raises:
            DamagedCompound: they are not there.

        """
        number, size = self._streams[name]
        is_mini = size < self._cutoff
        fat, sector = (self._mini_fat, self._mini_sector) if is_mini else (self._fat, self._sector)
        data = bytearray()
        while len(data) < size:
            if number >= _NONE:
                raise DamagedCompound("a stream ends early")
            data += sector(number)
            number = self._next(fat, number) if len(data) < size else _NONE
        del data[size:]
        return data


def _streams(entries: bytes, number: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The streams beside the root, which are a tree: by name, the first sector and the size."""
    seen: set[int] = set()
    waiting = [number]
    while waiting:
        number = waiting.pop()
        at = number * _ENTRY
        if number in seen or at + _ENTRY > len(entries):
            continue
        seen.add(number)
        length, kind = unpack_from("<HB", entries, at + 64)
        waiting += unpack_from("<II", entries, at + 68)
        if kind == _STREAM:
            name = entries[at : at + min(max(length, 2), 64) - 2].decode("utf-16-le", "replace")
            yield name.lower(), unpack_from("<II", entries, at + 116)
