"""Digests: numbers that stand for texts, and a table of them.

In: texts, or other scalars. Out: the number of each, in the order of their first occurrences. Rule: different texts
have different digests, in practice; one takes some 30 bytes of memory, and 76 at most.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import count
from typing import Any
from zlib import crc32

SLOTS = 1 << 16
"""Slots of a table's first size."""

GROWTH = 8
"""A table grows to so many times its slots: seldom enough that filling them anew costs little."""


def digests_of(values: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Both parts of the digest of each value: 64 bits of hash, and a CRC-32.

    Two values have the same digest with 1 chance in 2^96. The hashes differ from run to run, but no result shows it.
    """
    try:
        return list(map(hash, values)), list(map(crc32, map(str.encode, values)))
    except (TypeError, UnicodeEncodeError):  # not text, or half of a surrogate pair
        texts = list(map(str, values))
    pairs = zip(values, texts, strict=True)
    keys = [hash(text if isinstance(value, str) else (type(value).__name__, text)) for value, text in pairs]
    return keys, [crc32(text.encode("utf-8", "surrogatepass")) for text in texts]


class DigestTable:
    """Values that have occurred, as digests; each has a number, in the order of their first occurrences.

    The digests stand in that order, in 12 bytes each. A hash table leads to them: a slot is 4 bytes and has the number
    plus one, at least half of the slots are free, and one that is taken by another value leads on to the next slot.
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._checks = array("I")
        self._slots = array("I")

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, values: Sequence[Any]) -> list[tuple[int, int]]:
        """The places of the values that occurred before, with their numbers; the others get the next numbers."""
        new_keys, new_checks = digests_of(values)
        keys, checks, size = self._keys, self._checks, len(self._keys)
        self._make_room(size + len(new_keys))
        keys.fromlist(new_keys)
        checks.fromlist(new_checks)
        slots, last = self._slots, len(self._slots) - 1
        twice = []
        for place, key in enumerate(new_keys):
            slot = key & last
            while taken := slots[slot]:
                if keys[taken - 1] == key and checks[taken - 1] == new_checks[place]:
                    twice.append((place, taken - 1))
                    break
                slot = (slot + 1) & last
            else:
                if twice:
                    keys[size], checks[size] = key, new_checks[place]
                size += 1
                slots[slot] = size
        del keys[size:], checks[size:]
        return twice

    def number(self, values: Sequence[Any]) -> list[int]:
        """The number of each value, after those that are new are added."""
        following = count(len(self))
        before = dict(self.add(values))
        return [before[place] if place in before else next(following) for place in range(len(values))]

    def find(self, values: Sequence[Any]) -> list[int | None]:
        """The number of each value; None for one that has not occurred."""
        found: list[int | None] = []
        slots, last = self._slots, len(self._slots) - 1
        for key, check in zip(*digests_of(values), strict=True):
            slot, number = key & last, None
            while slots and (taken := slots[slot]):
                if self._keys[taken - 1] == key and self._checks[taken - 1] == check:
                    number = taken - 1
                    break
                slot = (slot + 1) & last
            found.append(number)
        return found

    def _make_room(self, values: int) -> None:
        """Make at least twice as many slots as values."""
        size = len(self._slots) or SLOTS
        while size < 2 * values:
            size *= GROWTH
        if size == len(self._slots):
            return
        self._slots = array("I")  # the old ones are gone before there are new ones
        self._slots = slots = array("I", bytes(4)) * size
        for number, key in enumerate(self._keys, 1):
            slot = key & (size - 1)
            while slots[slot]:
                slot = (slot + 1) & (size - 1)
            slots[slot] = number
