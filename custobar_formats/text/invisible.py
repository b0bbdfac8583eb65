"""Characters that nobody sees, and the one that stands for a lost one.

In: text. Out: whether to look closer; a message and a hint. Rule: characters that shape words and emoji are natural
within a text, so they are reported only at its ends; control characters are not, except tabs and line breaks.
"""

from __future__ import annotations

import re

from custobar_formats.text.artefacts import JOINED, Joint, TextWarning
from custobar_formats.text.windows import LACKING, TABLE

CONTROLS = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"
SHAPING = "\\xad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff"
"""Soft hyphens, marks of direction, joiners, spaces of no width."""

INVISIBLE = re.compile(f"[{CONTROLS}]|\\A[{SHAPING}]|[{SHAPING}]\\Z")
LOST = "\ufffd"
"""The replacement character: programs write it for what they cannot decode."""

_ASCII = "".join(filter(re.compile(f"[{CONTROLS}]").match, map(chr, range(0x80))))
_LATIN1 = bytes(filter(lambda code: re.match(f"[{CONTROLS}{SHAPING}]", chr(code)), range(0x100)))
_WIDE = [
    (lead, re.compile(lead + last))
    for lead, last in (
        (b"\xc2", rb"[\x80-\x9f\xad]"),
        (b"\xe2\x80", rb"[\x8b-\x8f\xaa-\xae]"),
        (b"\xe2\x81", rb"[\xa0-\xa9]"),
        (b"\xef\xbb\xbf", b""),
    )
]
"""The characters outside ASCII in UTF-8: their first bytes, which are rare and so found fast, and the whole."""


def suspect_invisible(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether some of the text may be invisible: a quick check, which the warning may not confirm."""
    if text.isascii():
        return any(control in text for control in _ASCII)
    try:
        return _has(text.encode("latin-1"), _LATIN1)
    except UnicodeEncodeError:
        data = text.encode("utf-8", "surrogatepass")
        return _has(data, _ASCII.encode()) or any(lead in data and whole.search(data) for lead, whole in _WIDE)


def _has(data: bytes, wanted: bytes) -> bool:
    """Whether some of the wanted bytes occur."""
    return len(data.translate(None, wanted)) < len(data)


def invisible_warning(text: str) -> TextWarning | None:
    """The warning about an invisible character, or None."""
    found = INVISIBLE.search(text)
    if found is None:
        return None
    code = ord(found[0])
    message = f"the text {_where(found, text)} U+{code:04X}, which is invisible; it is kept"
    if 0x80 <= code <= 0x9F and code not in LACKING:
        return (
            message,
            f"in windows-1252, that byte is {TABLE[code]!r}: if that was meant, export the data as UTF-8 again",
        )
    return message, "remove it"


def _where(found: re.Match[str], text: str) -> str:
    if found.start() == 0:
        return "begins with"
    return "ends with" if found.end() == len(text) else "contains"


def suspect_lost(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether a character of the text was lost."""
    return LOST in text


def lost_warning(text: str) -> TextWarning | None:
    """The warning about a lost character, or None."""
    if LOST not in text:
        return None
    return "a character was lost: U+FFFD stands in its place", "export the data again, in the right encoding"
