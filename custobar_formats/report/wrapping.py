"""Text in lines that fit a terminal.

In: text that holds no control characters, and a width in columns of the terminal. Out: lines. Rules: nothing is lost; a
text in quotes stays whole; a word that is longer than a line goes on in the next one with a mark at both ends, or, in a
report, is a line of its own, so that it can be copied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

INDENT = 4
"""Columns before the lines of a message after the first."""

MARK = "…"
"""Shows that a word goes on in the next line, and that a line goes on with a word."""

SOLID = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?!\w)|(?<!\S)[0-9][0-9,]*(?<!,) (?=\w)""")
"""A text in quotes, as ``core.shown.quoted`` writes it, or a number before a word; an apostrophe begins no quotes."""

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
"""A colour."""


def columns_of(text: str) -> int:
    """The columns of a terminal that a text takes: two for a wide character, none for an accent of its own or a colour.

    Source: Unicode Standard Annex 11, East Asian Width.

    Example:
        >>> columns_of("Anna"), columns_of("王小明"), columns_of("e\\u0301")
        (4, 6, 1)

    """
    text = ESCAPE.sub("", text)
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") and character != "\ufe0f":  # which makes an emoji wide
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def words_of(text: str) -> list[str]:
    """The words of a text, with what is in quotes as one; joined with spaces, they are the text again.

    Example:
        >>> words_of("use 'fix a b' in 2 cells")
        ['use', "'fix a b'", 'in', '2 cells']

    """
    solid = SOLID.sub(lambda part: part[0].replace(" ", "\0"), text)
    return [word.replace("\0", " ") for word in solid.split(" ")]


def filled(words: Iterable[str], width: int | None, indent: int) -> str:
    """Words in lines of this width, or in one line for None; those after the first are indented, and no word is broken.

    Example:
        >>> print(filled(["error:", "a name, 2 cells:", "no date"], 16, 4))
        error:
            a name, 2 cells:
            no date

    """
    return " ".join(words) if width is None else "\n".join(_lines(list(words), width, indent, breaks=False))


def folded(text: str, width: int, indent: int = 0) -> list[str]:
    """The lines of a text, broken at spaces; those after the first are indented.

    Example:
        >>> folded("a value: 1234567890123", 12, 2)
        ['a value:', '  123456789…', '  …0123']

    """
    return _lines(text.split(" "), width, indent, breaks=True)


def _lines(words: Sequence[str], width: int, indent: int, *, breaks: bool) -> list[str]:
    start = " " * min(indent, width // 2)
    lines, line = [], ""
    for number, word in enumerate(words):
        longer = f"{line} {word}" if number else word
        if word and columns_of(longer) > width:
            if line.strip():
                lines.append(line.rstrip())
                longer = start + word
            if breaks:
                *parts, longer = pieces(longer, width, start)
                lines += parts
        line = longer
    return [*lines, line.rstrip()]


def pieces(word: str, width: int, start: str = "") -> list[str]:
    """A word in pieces of at most this width, with marks between them; ``start`` is before all but the first.

    Example:
        >>> pieces("1234567890", 5), pieces("12345", 5)
        (['1234…', '…567…', '…890'], ['12345'])

    """
    found, least = [], 1  # so that each piece has something of the word
    while _end(word, width) < len(word):
        end = max(least, _end(word, width - 1))
        found.append(word[:end] + MARK)
        word, least = start + MARK + word[end:], len(start) + len(MARK) + 1
    return [*found, word]


def _end(text: str, columns: int) -> int:
    """How many characters of a text fit into columns."""
    return sum(1 for _ in takewhile(columns.__ge__, accumulate(map(_columns, text))))
