"""The texts of number cells of spreadsheets, which are never written with a decimal comma.

In: nothing. Out: a kind of text. Rule: a mark in it is a decimal point, whatever the other cells of its column show.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence


class NumberText(str):
    """The text of a number cell that has a fraction, such as 24.9; a whole number is the same in every notation."""

    __slots__ = ()

    @property
    def unmarked(self) -> str:
        """The same number without a decimal mark, so that it has one reading in every notation.

        Example:
            >>> NumberText("24.9").unmarked, NumberText("-0.05").unmarked
            ('249e-1', '-5e-2')

        """
        whole, _, fraction = self.partition(".")
        sign = "-" if whole.startswith("-") else ""
        digits = f"{whole}{fraction}".lstrip("-0")
        return f"{sign}{digits}e-{len(fraction)}"

    def marked(self, decimal: str | None) -> str:
        """The number as a text of a CSV file in which this is the decimal mark; without one, as one of one reading.

        Example:
            >>> number = NumberText("12.338")
            >>> number.marked(","), number.marked("."), number.marked(None)
            ('12,338', '12.338', '12.3380')

        """
        text = self.replace(".", decimal or ".")
        return f"{text}0" if decimal is None and text[-4:-3] == "." else text


def unmarked(cells: Sequence[str], kept: Container[str] = ()) -> Sequence[str]:
    """The cells of a column, those of numbers without a decimal mark; but not those that are among some texts."""
    if NumberText not in set(map(type, cells)):
        return cells
    return [cell.unmarked if isinstance(cell, NumberText) and cell not in kept else cell for cell in cells]


def marked_rows(
    rows: Iterable[tuple[int, list[str]]], decimals: Mapping[int, str | None]
) -> Iterable[tuple[int, list[str]]]:
    """Numbered rows as those of a CSV file, in which the columns at some places have these decimal marks, if known."""
    for number, cells in rows:
        marked = [*cells]
        for index, decimal in decimals.items():
            cell = marked[index] if index < len(marked) else ""
            if isinstance(cell, NumberText):
                marked[index] = cell.marked(decimal)
        yield number, marked


def plain(cells: Sequence[str]) -> Sequence[str]:
    """The cells of a column as mere texts."""
    return list(map(str, cells)) if NumberText in set(map(type, cells)) else cells
