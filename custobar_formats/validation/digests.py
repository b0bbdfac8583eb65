"""Digests: numbers that stand for texts.

In: texts, or other scalars. Out: two numbers for each, which take little memory. Rule: different texts
have different digests, in practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

Digest = tuple[int, int]
"""What is kept of a text: 64 bits of hash, and its CRC-32; two texts differ in one of them but for 1 chance in 2^96."""


def digests_of(values: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Both parts of the digest of each value.

    The hashes differ from run to run, but no result shows it: the order of identifiers is that of their records.
    """
    try:
        return list(map(hash, values)), list(map(crc32, map(str.encode, values)))
    except (TypeError, UnicodeEncodeError):  # not text, or half of a surrogate pair
        texts = list(map(str, values))
    pairs = zip(values, texts, strict=True)
    keys = [hash(text if isinstance(value, str) else (type(value).__name__, text)) for value, text in pairs]
    return keys, [crc32(text.encode("utf-8", "surrogatepass")) for text in texts]
