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

_WIDE = {
    b"\xc2": re.compile(rb"\xc2[\x80-\x9f\xad]"),
    b"\xe2": re.compile(rb"\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xa9])"),
    b"\xef": re.compile(rb"\xef\xbb\xbf"),
}
"""The characters outside ASCII in UTF-8, by their first bytes: one byte is found fast, and these are rare."""


def suspect_invisible(text: str, joint: Joint = JOINED) -> bool:
    """Whether some of the text may be invisible: a quick check, which the warning may not confirm."""
    if any(control in text for control in joint.controls):
        return True
    if text.isascii():
        return False
    data = text.encode("utf-8", "surrogatepass")
    return any(first in data and whole.search(data) for first, whole in _WIDE.items())


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
