"""Finds the known name that a misspelt name was meant to be: "did you mean ...?".

In: a name, and all known names. Out: the nearest, or None. Rule: the nearest is the one that difflib's
``get_close_matches`` gives. difflib compares only a few names: the longest common subsequence limits how alike two
names can be, and it is computed for all names of one length at once, in integers of many bits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress
from operator import itemgetter

from custobar_formats.core.limits import CACHED_NAMES, CACHED_TUPLES, MAX_NEAR_CHARS

NEAR = 0.72
"""How alike two names must be (difflib's ratio) before one is suggested for the other."""

CLASSES = 75
"""Classes of characters, by code point modulo this: lower-case ASCII letters, digits, ä, ö and å each have their own.
So the memory that names take does not depend on their script."""

_ONES = bytes(number.bit_count() for number in range(256))
"""The number of set bits of each byte."""


@lru_cache(maxsize=CACHED_NAMES)
def near(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that a name was probably meant to be: equal but for case and punctuation, or nearly equal."""
    return _names_of(known).near(_plain(name))


@lru_cache(maxsize=CACHED_NAMES)
def near_slip(name: str, known: tuple[str, ...]) -> str | None:
    """The known name of which a name is only a slip, its plural or its singular, and not a name of something else.

    Another word or another digit makes another name, however alike they are.

    Example:
        >>> names = ("category", "category_id", "sale_shop_id", "discount", "quantity")
        >>> [near_slip(name, names) for name in ("Categories", "quantitiy", "sale_id", "discount_code")]
        ['category', 'quantity', None, None]

    """
    close = _singulars_of(known).get(_singular(name)) or near(name, known)
    if close is None or _singular(close) == _singular(name):
        return close
    words, others = (set(re.split(r"[\W_]+", each.casefold())) for each in (name, close))
    digits, other_digits = (re.sub("[^0-9]", "", each) for each in (name, close))
    if words < others or words > others or digits != other_digits:
        return None
    return close if _edits(_plain(name), _plain(close)) <= _slips(min(len(name), len(close))) else None


def _singular(name: str) -> str:
    """A name that is the same for singular and plural."""
    return re.sub("ies$", "y", _plain(name)).removesuffix("s")


@lru_cache(maxsize=CACHED_TUPLES)
def _singulars_of(known: tuple[str, ...]) -> dict[str, str]:
    return {_singular(name): name for name in reversed(known) if len(name) > SHORT}


SHORT, LONG = 3, 8
"""Characters of a name in which nothing is a slip, and of one in which there may be three edits."""


def _slips(length: int) -> int:
    """The edits that may be a slip in a name of a length."""
    return 0 if length <= SHORT else 2 if length < LONG else 3


def _edits(one: str, other: str) -> int:
    """The characters to remove from one text, and to insert, to get another."""
    from difflib import SequenceMatcher

    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return len(one) + len(other) - 2 * sum(block.size for block in blocks)


@lru_cache(maxsize=CACHED_TUPLES)
def _names_of(known: tuple[str, ...]) -> _Names:
    return _Names(known)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


class _Names:
    """Known names, prepared for comparison with many unknown ones."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self._names = {_plain(name): name for name in known}
        by_length: dict[int, list[str]] = {}
        for plain in sorted(self._names, reverse=True):
            by_length.setdefault(len(plain), []).append(plain)
        self._long = [plain for length, names in by_length.items() if length > MAX_NEAR_CHARS for plain in names]
        self._groups = {length: names for length, names in by_length.items() if 0 < length <= MAX_NEAR_CHARS}
        self._prepared: dict[int, _SameLength] = {}

    def near(self, plain: str) -> str | None:
        """The known name that equals a plain name, or is nearest to it."""
        if plain in self._names:
            return self._names[plain]
        found = self._nearest(plain)
        return None if found is None else self._names[found]

    def _nearest(self, plain: str) -> str | None:
        """The plain name with the highest ratio; of several, the last in order."""
        from difflib import SequenceMatcher, get_close_matches

        matcher = SequenceMatcher()
        matcher.set_seq2(plain)
        best = (0.0, "")
        for name in get_close_matches(plain, self._long, 1, NEAR):
            matcher.set_seq1(name)
            best = (matcher.ratio(), name)
        for bound, names, shared, count in self._candidates(plain):
            if bound < best[0]:
                break
            for name in compress(names, map(count.__eq__, shared)):
                if (bound, name) <= best:
                    break  # the names that follow are no better
                matcher.set_seq1(name)
                ratio = matcher.ratio()
                if ratio >= NEAR:
                    best = max(best, (ratio, name))
        return best[1] or None

    def _candidates(self, plain: str) -> list[tuple[float, list[str], bytes, int]]:
        """Groups of names, best first: the highest possible ratio, names, their shared counts, and the count for it."""
        found: list[tuple[float, list[str], bytes, int]] = []
        for length, names in self._groups.items():
            total = length + len(plain)
            if 2.0 * min(length, len(plain)) / total < NEAR:
                continue
            if length not in self._prepared:
                self._prepared[length] = _SameLength(names)
            shared = self._prepared[length].count_shared(plain)
            found += [(2.0 * count / total, names, shared, count) for count in set(shared)]
        return sorted((one for one in found if one[0] >= NEAR), key=itemgetter(0), reverse=True)


class _SameLength:
    """Names of one length, each a lane of bits in large integers: one bit per character, and at least one more.

    Each class of characters has an integer, in which the bits of its places are set. Source: Crochemore and others,
    A fast and practical bit-vector algorithm for the longest common subsequence problem (2001).
    """

    def __init__(self, names: list[str]) -> None:
        length = len(names[0])
        self._width = length // 8 + 1
        self._size = self._width * len(names)
        self._all = int.from_bytes(((1 << length) - 1).to_bytes(self._width, "little") * len(names), "little")
        bits: dict[int, bytearray] = {}
        for start, name in zip(range(0, self._size, self._width), names, strict=True):
            for place, character in enumerate(name):
                class_ = ord(character) % CLASSES
                if class_ not in bits:
                    bits[class_] = bytearray(self._size)
                bits[class_][start + (place >> 3)] |= 1 << (place & 7)
        self._bits = {class_: int.from_bytes(set_bits, "little") for class_, set_bits in bits.items()}

    def count_shared(self, plain: str) -> bytes:
        """For each name, an upper bound on the characters that it shares with a plain name, in order."""
        rest = self._all
        for character in plain:
            here = rest & self._bits.get(ord(character) % CLASSES, 0)
            if here:
                rest = ((rest + here) | (rest ^ here)) & self._all
        ones = int.from_bytes((rest ^ self._all).to_bytes(self._size, "little").translate(_ONES), "little")
        sums = ones
        for number in range(1, self._width):
            sums += ones >> 8 * number
        return sums.to_bytes(self._size, "little")[:: self._width]
