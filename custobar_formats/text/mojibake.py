"""Wrongly decoded letters: text that was encoded as UTF-8 twice, and windows-1252 read as latin-1.

In: text. Out: whether to look closer; a message and a hint. Rule: if the quick check finds nothing, there is nothing.
"""

from __future__ import annotations

import re

from custobar_formats.core.findings import cut
from custobar_formats.text.artefacts import JOINED, Joint, TextWarning
from custobar_formats.text.windows import LACKING, TABLE

CONTROLS = re.compile("[\x80-\x9f]")
"""What windows-1252 letters become when they are read as latin-1: control characters that nobody types."""

_CONTROLS = "".join(map(chr, range(0x80, 0xA0)))

_TAIL = "\x80-\xbf" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
DOUBLE_ENCODED = re.compile(f"[ÂÃ][{_TAIL}]|â[\x80\x82€‚][{_TAIL}]")
"""The two or three characters that one letter becomes when its UTF-8 bytes are read as latin-1 or windows-1252: only
those of western languages, which nothing else looks like."""

ENCODED = re.compile(f"[Â-ß][{_TAIL}]|[à-ï][{_TAIL}]{{2}}|[ð-ô][{_TAIL}]{{3}}")
"""The same of any character."""

ODD_STARTS = "ÂÃâ"
"""The first characters of letters that were encoded twice."""


def suspect_double_encoded(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether some of the text may have been encoded twice: a quick check, which the warning may not confirm."""
    return not text.isascii() and any(letter in text for letter in ODD_STARTS)


def double_encoded_warning(text: str) -> TextWarning | None:
    """The warning about letters that were encoded as UTF-8 twice or more often, or None."""
    if DOUBLE_ENCODED.search(text) is None:
        return None
    meant = meant_text(text)
    named = f"it was probably {cut(meant)!r}: " if meant is not None else ""
    return "the text looks as if it was encoded as UTF-8 twice", f"{named}export it again, or look for mixed encodings"


def meant_text(text: str) -> str | None:
    """The text that was there before it was encoded twice; None if that is not certain."""
    meant = decode_fully(text)
    is_right = meant == meant.strip() and DOUBLE_ENCODED.search(meant) is None and CONTROLS.search(meant) is None
    return meant if is_right else None


def decode_fully(text: str) -> str:
    """Text that was encoded as UTF-8 several times, decoded as often as that is possible."""
    while DOUBLE_ENCODED.search(text) is not None:
        pattern = ENCODED if ENCODED.sub("", text).isascii() else DOUBLE_ENCODED
        again = pattern.sub(lambda one: decode_again(one[0]), text)
        if again == text:
            break
        text = again
    return text


def is_encoded_again(text: str, meant: str) -> bool:
    """Whether the whole of a text is another one that was encoded as UTF-8 twice or more often.

    Example:
        >>> is_encoded_again("MÃ¤ki", "Mäki"), is_encoded_again("Mäki MÃ¤ki", "Mäki Mäki")
        (True, False)

    """
    while text != meant and not text.isascii():
        if not all(character <= "\xff" or character in TABLE for character in text):
            return False
        try:
            text = b"".join(map(_byte_of, text)).decode("utf-8")
        except UnicodeDecodeError:
            return False
    return text == meant


def suspect_control(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether text that was read as latin-1 has a control character."""
    return not text.isascii() and any(control in text for control in _CONTROLS)


def control_warning(text: str) -> TextWarning | None:
    """The warning about a control character in text that was read as latin-1: a letter in windows-1252; or None."""
    found = CONTROLS.findall(text)
    if not found:
        return None
    named = next((control for control in found if ord(control) not in LACKING), None)
    message = f"the byte {ord(named or found[0]):#04x} is a control character in iso-8859-1"
    if named is None:
        return message, "save the file as UTF-8"
    return message, f"it is {TABLE[ord(named)]!r} in windows-1252: set that as the encoding, or save the file as UTF-8"


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
