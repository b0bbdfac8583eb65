"""Wrongly decoded letters: text that was encoded as UTF-8 twice, and windows-1252 read as latin-1.

In: text. Out: whether to look closer; a message and a hint. Rule: if the quick check finds nothing, there is nothing.
"""

from __future__ import annotations

import re

from custobar_formats.core.findings import cut
from custobar_formats.text.artefacts import JOINED, Joint, TextWarning

CONTROLS = re.compile("[\x80-\x9f]")
"""What windows-1252 letters become when they are read as latin-1: control characters that nobody types."""

_TAIL = "\x80-\xbf" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
DOUBLE_ENCODED = re.compile(f"[ÂÃ][{_TAIL}]|â[\x80\x82€‚][{_TAIL}]")
"""The two or three characters that one letter becomes when its UTF-8 bytes are read as latin-1 or windows-1252."""

ODD_STARTS = "ÂÃâ"
"""The first characters of letters that were encoded twice."""


def suspect_double_encoded(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether some of the text may have been encoded twice: a quick check, which the warning may not confirm."""
    return not text.isascii() and any(letter in text for letter in ODD_STARTS)


def double_encoded_warning(text: str) -> TextWarning | None:
    """The warning about letters that were encoded as UTF-8 twice, or None."""
    if DOUBLE_ENCODED.search(text) is None:
        return None
    meant = DOUBLE_ENCODED.sub(lambda one: decode_again(one[0]), text)
    hint = f"it was probably {cut(meant)!r}: export it again, or look for mixed encodings"
    return "the text looks as if it was encoded as UTF-8 twice", hint


def suspect_control(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether text that was read as latin-1 has a control character."""
    return not text.isascii() and CONTROLS.search(text) is not None


def control_warning(text: str) -> TextWarning | None:
    """The warning about a control character in text that was read as latin-1: a letter in windows-1252; or None."""
    found = CONTROLS.search(text)
    if found is None:
        return None
    meant = found[0].encode("latin-1").decode("cp1252", "replace")
    message = f"the byte {ord(found[0]):#04x} is a control character in iso-8859-1"
    return message, f"it is {meant!r} in windows-1252: set that as the encoding, or save the file as UTF-8"


def decode_again(text: str) -> str:
    """Text that was encoded twice, decoded once more; the text itself if that fails."""
    raw = b"".join(_byte_of(character) for character in text)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text


def _byte_of(character: str) -> bytes:
    for codec in ("latin-1", "cp1252", "utf-8"):
        try:
            return character.encode(codec)
        except UnicodeEncodeError:
            continue
    return b"?"
