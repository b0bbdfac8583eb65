"""Text in lines that fit the terminal.

In: text, and a width in characters. Out: lines. Rule: nothing is lost; a word that is longer than a line goes on in the
next one, with a mark at both ends.
"""

from __future__ import annotations

LINE_WIDTH, NARROWEST = 79, 20
"""The greatest and the smallest width of a line; one column stays free, since some terminals wrap a full line."""

MARK = "…"
"""Shows that a word goes on in the next line, and that a line goes on with a word."""


def line_width(most: int = LINE_WIDTH) -> int:
    """The width of lines for this terminal, by ``COLUMNS`` or by its size; ``most`` where neither is known."""
    import shutil  # which not every command needs

    return max(NARROWEST, min(shutil.get_terminal_size((most + 1, 24)).columns - 1, most))


def folded(text: str, width: int, indent: int = 0) -> list[str]:
    """The lines of a text, broken at spaces; those after the first are indented.

    Example:
        >>> folded("a value: 1234567890123", 12, 2)
        ['a value:', '  123456789…', '  …0123']

    """
    start = " " * min(indent, width // 2)
    lines, line = [], ""
    for number, word in enumerate(text.split(" ")):
        longer = f"{line} {word}" if number else word
        if len(longer) <= width:
            line = longer
        elif word:
            if line.strip():
                lines.append(line.rstrip())
                longer = start + word
            while len(longer) > width:
                lines.append(longer[: width - 1] + MARK)
                longer = start + MARK + longer[width - 1 :]
            line = longer
    return [*lines, line.rstrip()]


def pieces(word: str, width: int) -> list[str]:
    """A word in pieces of at most this width, with marks between them.

    Example:
        >>> pieces("1234567890", 5), pieces("12345", 5)
        (['1234…', '…567…', '…890'], ['12345'])

    """
    found = []
    while len(word) > width:
        found.append(word[: width - 1] + MARK)
        word = MARK + word[width - 1 :]
    return [*found, word]
