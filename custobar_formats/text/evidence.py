"""Facts about bytes that decide their encoding, and what they probably are if they are in none that is accepted.

In: bytes, in chunks. Out: facts. Rule: the facts do not depend on how the bytes are divided into chunks, except that a
word that a chunk cuts off may be missing from the sample of words.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from custobar_formats.core.delimiters import ANY_DELIMITER
from custobar_formats.core.limits import GUESSED_BYTES, MIN_UTF16_CHARS, SAMPLE_BYTES
from custobar_formats.text.windows import LACKING, TABLE, decode_lenient

NUL_SHARE = 0.3
"""The share of NULs in every second byte that shows UTF-16: nearly all in Latin text; 30 % allows other scripts."""

DAMAGED = 10
"""The bytes over 0x7F for each one outside a valid UTF-8 sequence, from which on the text is damaged UTF-8."""

SEPARATES = re.compile(f"[\r\n{ANY_DELIMITER}]")
ASCII = bytes(range(0x80))
CONTINUING = bytes(range(0x80, 0xC0))
HIGH_CONTROLS = bytes(range(0x80, 0xA0))
WORD = re.compile(rb"(?<![A-Za-z\x80-\xff])[A-Za-z]*+[\x80-\xff][A-Za-z\x80-\xff]*+")
"""A word with a byte over 0x7F; it is tried once in a word, for one may have a million letters."""
LAST_WORD = re.compile(rb"[A-Za-z\x80-\xff]*\Z")
WORD_BYTES = 64
"""Bytes at the end of a chunk that may be the beginning of a word."""

SMALL = "a-zß-öø-ÿšœž"


def _within_words(letters: str) -> re.Pattern[bytes]:
    """Matches where windows-1252 puts one of the letters between two small ones, or several before a small one.

    It begins with the rare letters, so that the search is fast.
    """
    rare, small = f"[{letters}]", f"[{SMALL}]"
    pattern = f"{rare}(?:(?<={small}{rare}){rare}*|(?<=[A-Z]{rare}){rare}+){small}"
    return re.compile(pattern.encode("cp1252"))


MISREAD = {"cp850": _within_words("†„”‡"), "mac_roman": _within_words("ŠŒ")}
"""What å, ä, ö and ç of other encodings become in windows-1252, where nobody writes it."""

NATURAL = "\xa0\xad‘’´–—…•·®™©²³°€§"
"""Characters that do stand within words."""

ODD = "".join(letter for letter in TABLE[0x80:] if not letter.isalpha() and letter not in NATURAL)
ODD_IN_WORD = re.compile(rf"[^\W\d_][{re.escape(ODD)}]+[{SMALL}]")
"""What no language writes within a word."""

OTHERS = ("cp1250", "cp850", "mac_roman")
"""Encodings that old programs write, but no import accepts."""

MARGIN = 0.1
"""By how much less chaos charset-normalizer must find in another encoding than in windows-1252."""


class Evidence:
    """Facts about bytes, collected chunk by chunk."""

    def __init__(self) -> None:
        self.head = b""
        self.size = 0
        self.nuls = [0, 0]
        self.is_ascii = True
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._pending = False
        self.wrong_at = 0

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes."""
        if len(self.head) < SAMPLE_BYTES:
            self.head += chunk[: SAMPLE_BYTES - len(self.head)]
        if b"\0" in chunk:
            odd = self.size % 2
            self.nuls[odd] += chunk[0::2].count(0)
            self.nuls[1 - odd] += chunk[1::2].count(0)
        if self._pending or not chunk.isascii():
            self.is_ascii = False
            self._check_utf8(chunk)
        self.size += len(chunk)

    def _check_utf8(self, chunk: bytes, final: bool = False) -> None:
        if self._utf8 is None:
            return
        try:
            self._utf8.decode(chunk, final)
            self._pending = bool(self._utf8.getstate()[0])
        except UnicodeDecodeError as error:
            self.wrong_at = self.size + len(chunk) - len(error.object) + error.start
            self._utf8 = None

    @property
    def begins_utf8(self) -> bool:
        """Whether all bytes so far are strict UTF-8; the last character may be incomplete."""
        return self._utf8 is not None

    @property
    def is_utf8(self) -> bool:
        """Whether all bytes are strict and complete UTF-8."""
        self._check_utf8(b"", final=True)
        return self._utf8 is not None

    @property
    def may_be_utf16(self) -> bool:
        """Whether the positions of NULs suggest UTF-16."""
        return self.size % 2 == 0 and (0 in self.nuls or self._shows_utf16) and self.nuls != [0, 0]

    @property
    def _shows_utf16(self) -> bool:
        even, odd = (count > self.size / 2 * NUL_SHARE for count in self.nuls)
        return even != odd

    def utf16_codec(self, chunks: Iterable[bytes], *, whole: bool = True) -> str | None:
        """The UTF-16 codec of the bytes, which are read again, or None; not ``whole`` if more bytes follow.

        The text must be valid. Many NULs in one half of the bytes show UTF-16; so do a few, if they are only in one
        half and stand for the line breaks and delimiters of another script.
        """
        if not self.may_be_utf16:
            return None
        codec = "utf-16-be" if self.nuls[0] > self.nuls[1] else "utf-16-le"
        decoder = codecs.getincrementaldecoder(codec)()
        length = breaks = 0
        separates = self._shows_utf16
        try:
            for chunk in chunks:
                text = decoder.decode(chunk)
                length += len(text)
                breaks += chunk.count(b"\n") + chunk.count(b"\r")
                separates = separates or SEPARATES.search(text) is not None
            decoder.decode(b"", whole)
        except UnicodeDecodeError:
            return None
        few = breaks <= sum(self.nuls) and length >= MIN_UTF16_CHARS
        return codec if separates and (few or self._shows_utf16) else None


class OneByteEvidence:
    """Facts about bytes that are neither UTF-16 nor UTF-8.

    Attributes:
        wrong_line: the line of the byte at ``wrong_at``.
        has_controls: whether some byte is a control character in iso-8859-1, but not in ASCII.
        lacking: a byte that windows-1252 lacks, or None.

    """

    def __init__(self, wrong_at: int = 0) -> None:
        self.wrong_line = 1
        self.has_controls = False
        self.lacking: int | None = None
        self._before = wrong_at
        self._high = self._continuing = 0
        self._held = b""
        self._words = b""
        self._misread: tuple[str, str] | None = None

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes."""
        self.wrong_line += chunk.count(b"\n", 0, self._before)
        self._before -= min(self._before, len(chunk))
        data = self._held + chunk
        last = LAST_WORD.search(data[-WORD_BYTES:])
        self._held = last[0] if last is not None else b""
        high = chunk.translate(None, ASCII)
        self._high += len(high)
        self._continuing += _count(high, CONTINUING)
        self._look(data[: len(data) - len(self._held)])

    def _look(self, data: bytes) -> None:
        """Look at whole words."""
        if len(self._words) < GUESSED_BYTES:
            words = b"".join(match[0] + b" " for match in WORD.finditer(data))
            self._words += words[: GUESSED_BYTES - len(self._words)]
        high = data.translate(None, ASCII)
        if not _count(high, HIGH_CONTROLS):
            return
        self.has_controls = True
        if self.lacking is None:
            self.lacking = next((byte for byte in LACKING if byte in high), None)
        for codec, pattern in MISREAD.items() if self._misread is None else ():
            if (found := pattern.search(data)) is not None:
                word = next(match[0] for match in WORD.finditer(data) if match.end() > found.start())
                self._misread = self._misread or (codec, word.decode(codec))

    def finish(self) -> OneByteEvidence:
        """The facts, after the last bytes."""
        held, self._held = self._held, b""
        self._look(held)
        return self

    def is_damaged(self, chunks: Iterable[bytes]) -> bool:
        """Whether the bytes, which are read again if that is possible at all, are UTF-8 but for a few.

        Half of the bytes of UTF-8 sequences, or more, are such as continue one.
        """
        if 2 * self._continuing * DAMAGED < self._high * (DAMAGED - 1):
            return False
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        wrong = sum(len(chunk) - len(decoder.decode(chunk).encode()) for chunk in chunks)
        return self._high >= DAMAGED * wrong

    def find_other(self) -> tuple[str, str] | None:
        """The encoding other than windows-1252 that the bytes are probably in, and a word of them; or None."""
        if self._misread is not None or not self.has_controls:
            return self._misread
        odd = next((word for word in self._words.split() if ODD_IN_WORD.search(decode_lenient(word))), None)
        other = _preferred(self._words) if odd is not None else None
        return None if other is None or odd is None else (other, odd.decode(other))


def _count(data: bytes, wanted: bytes) -> int:
    """How many of some bytes are among the wanted ones."""
    return len(data) - len(data.translate(None, wanted))


def _preferred(words: bytes) -> str | None:
    """The encoding that charset-normalizer prefers to windows-1252 by a margin, with letters in each word; or None."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(words, cp_isolation=["cp1252", *OTHERS]))
    own = next((match.chaos for match in matches if "cp1252" in match.could_be_from_charset), 1.0)
    for match in matches:
        for codec in match.could_be_from_charset:
            if codec in OTHERS and match.chaos + MARGIN <= own and not ODD_IN_WORD.search(words.decode(codec)):
                return codec
    return None


def utf32_codec(head: bytes) -> str | None:
    """The UTF-32 codec of bytes that begin so, or None; hardly any other text is valid UTF-32."""
    if len(head) % 4 or not head.strip(b"\0\xff\xfe"):
        return None
    for codec in ("utf-32-le", "utf-32-be"):
        try:
            head.decode(codec)
        except UnicodeDecodeError:
            continue
        return codec
    return None
