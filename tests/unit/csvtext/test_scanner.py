"""Findings about quotes."""

from custobar_formats.csvtext.scanner import oversized, stray, unclosed
from tests.findings import told


def test_what_is_said_of_quotes() -> None:
    assert told(unclosed(3, 4, "ab")) == (
        "unclosed-quote",
        "a quote opens a cell here and is never closed; reading ends here",
        "close it, or, if it is part of the text, write it twice inside a quoted cell",
        3,
        4,
        "ab",
    )
    again = "write a quote inside a quoted cell twice; look for one that is not closed before"
    assert told(stray(2, 2, 4, "x\r\ny")) == (
        "stray-quote",
        "text follows the closing quote; reading ends here",
        again,
        2,
        4,
        "x",
    )
    assert told(stray(3, 2, 4, "xy")) == (
        "stray-quote",
        "text follows the closing quote of the cell that opens at line 2; reading ends here",
        again,
        3,
        4,
        "xy",
    )
    assert told(oversized(3, 4)) == (
        "oversized-cell",
        "the cell has more than 131,072 characters; reading ends here",
        "shorten it; a quote that is not closed where it should be has the same effect",
        3,
        4,
        None,
    )
