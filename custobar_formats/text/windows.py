"""windows-1252 as undeclared files have it: with control characters for the five bytes that it lacks.

In: bytes or text. Out: the other. Rule: every byte has a character, and each of them comes back as the same byte.
Source: https://encoding.spec.whatwg.org/index-windows-1252.txt (the five bytes are controls there, too).
"""

from __future__ import annotations

import codecs

LACKING = b"\x81\x8d\x8f\x90\x9d"
"""The bytes that windows-1252 lacks."""

TABLE = "".join(chr(byte) if byte in LACKING else bytes([byte]).decode("cp1252") for byte in range(256))
"""The character of each byte."""

_BYTES = codecs.charmap_build(TABLE)


def decode_lenient(data: bytes) -> str:
    """The text of any bytes."""
    return codecs.charmap_decode(data, "strict", TABLE)[0]


class LenientDecoder(codecs.IncrementalDecoder):
    """Decodes any bytes."""

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]  # noqa: ARG002 - the interface
        """The text of some bytes."""
        return decode_lenient(data)


def encode_escaped(text: str, codec: str) -> bytes:
    """The bytes of a text in Python's codec of that name; a character that it lacks becomes an escape with digits."""
    if codec == "cp1252":
        return codecs.charmap_encode(text, "backslashreplace", _BYTES)[0]
    return text.encode(codec, "backslashreplace")
