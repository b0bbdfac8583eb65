"""Figures to tables: for a terminal as they come, and as Markdown for the README."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.measure import Figure

WIDTHS = (44, 24, 9, 9, 8, 8, 14)


def show(value: float | None, unit: str = "") -> str:
    """A value in as many digits as it is good for."""
    if value is None:
        return "-"
    digits = 2 if not unit else 1 if unit != "bytes" else 0
    return f"{value:,.{digits}f}{' ' if unit else ''}{unit}"


def print_question(question: str, figures: Iterable[Figure]) -> list[Figure]:
    """Print the figures of one question as they come; they are returned."""
    print(f"\n{question}")
    print(_line(("", "against", "data", "rows", "CPU", "wall", "bar")))
    kept = []
    for figure in figures:
        kept.append(figure)
        bar = "" if figure.bar is None else f"{show(figure.bar)} {_verdict(figure)}"
        cells = [
            figure.what,
            figure.against,
            figure.data,
            f"{figure.rows:,}",
            show(figure.value, figure.unit),
            show(figure.wall),
            bar,
        ]
        print(_line(cells) + (f"  {figure.note}" if figure.note else ""), flush=True)
    return kept


def _line(cells: Iterable[str]) -> str:
    padded = [
        cell.ljust(width) if place < 3 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _verdict(figure: Figure) -> str:
    return "" if figure.met is None else "met" if figure.met else "not met"
