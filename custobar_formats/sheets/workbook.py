"""The parts that all spreadsheet files have: tabs, and rows of texts.

In: the tabs of a workbook, and the one that is wanted. Out: that tab. Rule: a hidden sheet is read only if it is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading, make_finding
from custobar_formats.core.limits import MAX_CELL, MAX_LISTED_NAMES
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown

UNVALUED = "#N/A"
"""The text of a formula that has no value: never a blank, which would be taken for a cell without a value."""


class Tab(NamedTuple):
    """A sheet of a workbook: its name, whether it is hidden, and where its cells are."""

    name: str
    is_hidden: bool
    part: str


class Row(NamedTuple):
    """A row that has a value: its 1-based number, its cells, and the 0-based columns of formulas without a value."""

    number: int
    cells: list[str]
    unvalued: tuple[int, ...] = ()


@dataclass(slots=True)
class Sheet:
    """The rows of a sheet, read once.

    Attributes:
        rows: those with a value, by ascending number.
        numbers: the 0-based columns in which the rows so far have numbers, each with the number of its first such row.

    """

    rows: Iterator[Row]
    numbers: dict[int, int] = field(default_factory=dict)


def oversized(number: int, column: int) -> EndOfReading:
    """The end of a reading at a cell that is too long, by its row and its 0-based column."""
    message = f"the cell has more than {MAX_CELL:,} characters; reading ends here"
    return EndOfReading(make_finding("oversized-cell", message, hint="shorten it", line=number, column=column + 1))


class Workbook(Protocol):
    """A spreadsheet file.

    Attributes:
        format: xlsx, ods or xls.
        tabs: its sheets, in their order.

    """

    format: str
    tabs: list[Tab]

    def sheet(self, tab: Tab) -> Sheet:
        """The rows of a sheet."""


def choose_tab(tabs: list[Tab], wanted: str | int | None) -> Tab:
    """The tab that is wanted by its name or 1-based number; else the first. Hidden tabs have no number.

    Raises:
        UsageError: there is none.

    """
    shown_tabs = [tab for tab in tabs if not tab.is_hidden]
    if wanted is None:
        if shown_tabs:
            return shown_tabs[0]
        raise UsageError(f"all its sheets are hidden: name one{_listed(tabs)}" if tabs else "it has no sheets")
    named = [tab for tab in tabs if tab.name == wanted]
    if named:
        return named[0]
    if isinstance(wanted, str) and wanted.isdecimal() and wanted.isascii() and len(wanted) < 6:
        wanted = int(wanted)
    if isinstance(wanted, int):
        if 1 <= wanted <= len(shown_tabs):
            return shown_tabs[wanted - 1]
        count = len(shown_tabs)
        raise UsageError(f"there is no sheet {wanted:,}: it has {count:,}{_listed(shown_tabs)}")
    alike = near(wanted, tuple(tab.name for tab in tabs))
    hint = f"did you mean {alike!r}?" if alike is not None else f"it has{_listed(tabs).removeprefix(':')}"
    raise UsageError(f"there is no sheet named {shown(wanted)}: {hint}")


def _listed(tabs: list[Tab]) -> str:
    names = ", ".join(repr(tab.name) for tab in tabs[:MAX_LISTED_NAMES])
    return f": {names}{' ...' if len(tabs) > MAX_LISTED_NAMES else ''}" if tabs else ""
