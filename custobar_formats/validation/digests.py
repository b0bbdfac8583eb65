"""Digests: numbers that stand for texts.

In: texts, or other scalars. Out: two numbers for each, which take little memory. Rule: different texts
have different digests, in practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

KEY_BITS = (1 << 60) - 1
"""A mask of the hash bits that are kept: with more, Python makes an integer of 48 bytes instead of 32."""

Digest = tuple[int, int]
"""What is kept of a text: 60 bits of its hash, and its CRC-32; texts differ in one of them but for 1 chance in 2^92."""


def digests_of(values: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Both parts of the digest of each value.

    The hashes differ from run to run, but no result shows it: the order of identifiers is that of their records.
    """
    try:
        return [hash(value) & KEY_BITS for value in values], list(map(crc32, map(str.encode, values)))
    except (TypeError, UnicodeEncodeError):  # not text, or half of a surrogate pair
        texts = list(map(str, values))
    pairs = zip(values, texts, strict=True)
    keys = [hash(text if isinstance(value, str) else (type(value).__name__, text)) & KEY_BITS for value, text in pairs]
    return keys, [crc32(text.encode("utf-8", "surrogatepass")) for text in texts]
