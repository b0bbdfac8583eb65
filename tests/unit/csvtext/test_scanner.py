"""Findings about quotes."""

from custobar_formats.csvtext.scanner import oversized, stray, unclosed
from tests.findings import reported


def test_what_is_reported_of_quotes() -> None:
    assert reported(unclosed(3, 4, "ab")) == (
        "unclosed-quote",
        "the quote that opens this cell is never closed; reading ends here",
        "close it; if it is part of the text, double it inside a quoted cell",
        3,
        4,
        "ab",
    )
    again = "double a quote inside a quoted cell, or look for an unclosed quote before it"
    assert reported(stray(2, 2, 4, "x\r\ny")) == (
        "stray-quote",
        "text follows the closing quote; reading ends here",
        again,
        2,
        4,
        "x",
    )
    assert reported(stray(3, 2, 4, "xy")) == (
        "stray-quote",
        "text follows the closing quote of the cell that opens at line 2; reading ends here",
        again,
        3,
        4,
        "xy",
    )
    assert reported(oversized(3, 4)) == (
        "oversized-cell",
        "the cell has more than 131,072 characters; reading ends here",
        "shorten it, or look for a missing closing quote",
        3,
        4,
        None,
    )
