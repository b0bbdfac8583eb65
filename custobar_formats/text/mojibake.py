"""Letters that were wrongly decoded before: text that was encoded as UTF-8 twice, and windows-1252 read as latin-1.

In: text, or the records of some JSON. Out: whether to look closer; a code, a message and a hint, or findings. The rule
kept here: a quick look is never wrong where it says that there is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from custobar_formats.core.findings import cut

CONTROLS = re.compile("[\x80-\x9f]")
"""What windows-1252 letters become when they are read as latin-1: control characters nobody types."""

_TAIL = "\x80-\xbf" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
DOUBLE_ENCODED = re.compile(f"[ÂÃ][{_TAIL}]|â[\x80\x82€‚][{_TAIL}]")
"""The two or three characters that one letter becomes when its UTF-8 bytes are read as latin-1 or windows-1252."""

ODD_STARTS = "ÂÃâ"
"""What letters that were encoded twice begin with."""


def suspect_text(text: str, *, latin1: bool) -> bool:
    """Whether some of the text may look wrongly decoded: a quick look, which ``mojibake_warnings`` may not confirm."""
    if text.isascii():
        return False
    return any(letter in text for letter in ODD_STARTS) or (latin1 and CONTROLS.search(text) is not None)


def mojibake_warnings(text: str, *, latin1: bool) -> Iterator[tuple[str, str, str]]:
    """What looks wrongly decoded in a text: a finding's code, its message and its hint."""
    found = DOUBLE_ENCODED.search(text)
    if found:
        meant = DOUBLE_ENCODED.sub(lambda one: decode_again(one[0]), text)
        hint = f"it was probably {cut(meant)!r}: export it again, or look for a mix of charsets"
        yield "double-encoded", "the text looks like UTF-8 that was decoded twice", hint
    found = CONTROLS.search(text) if latin1 else None
    if found:
        meant = found[0].encode("latin-1").decode("cp1252", "replace")
        message = f"the byte {ord(found[0]):#04x} is a control character in iso-8859-1"
        yield "windows-1252", message, f"in windows-1252 it is {meant!r}: declare that, or save the file as UTF-8"


def decode_again(text: str) -> str:
    """Text that was encoded twice, decoded once more; the text itself where that fails."""
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


ESCAPED_START = re.compile(r"\\u00(?:[cC][23]|[eE]2)|[ÂÃâ]\\|â[^\"]\\")
"""An escape of such a letter, or an escape after one."""


def suspect_json(text: str) -> bool:
    """Whether some JSON may have letters that were wrongly decoded; quick where it has none."""
    starts = not text.isascii() and any(start in text for start in ODD_STARTS)
    if starts and DOUBLE_ENCODED.search(text):
        return True
    return "\\" in text and ESCAPED_START.search(text) is not None
