"""Figures to tables: on a terminal as they come, and as Markdown for the README."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.measure import NAMES, Figure

WIDTHS = (44, 24, 9, 9, 10, 8, 14)
LEFT = 3
"""The number of columns with words; the other columns have numbers."""
DIGITS = {"": 2, "MB": 0, "MB/s": 0, "%": 1, "ms": 0, "min": 1, "bytes": 0, "µs": 1}
"""Digits after the decimal point, by unit."""
BAR_CHARS = 60
"""The characters of the longest bar."""
VERDICTS = {None: "", True: "met", False: "missed"}


def show(value: float, unit: str = "") -> str:
    """A value with a sensible number of digits."""
    return f"{value:,.{DIGITS[unit]}f}{' ' if unit else ''}{unit}"


def print_question(question: str, figures: Iterable[Figure]) -> list[Figure]:
    """Print the figures of one question as they come, and return them."""
    print(f"\n{question}")
    print(_line(["", "against", "data", "rows", "CPU", "wall", "bar"]))
    kept = []
    for figure in figures:
        kept.append(figure)
        value = "-" if figure.value is None else show(figure.value, figure.unit)
        wall = "-" if figure.wall is None else show(figure.wall)
        bar = "" if figure.bar is None else f"{show(figure.bar, figure.unit)} {VERDICTS[figure.met]}"
        rows = f"{figure.rows:,}" if figure.rows else ""
        cells = [figure.what, figure.against, figure.data, rows, value, wall, bar]
        print(_line(cells) + (f"  {figure.note}" if figure.note else ""), flush=True)
    return kept


def _line(cells: list[str]) -> str:
    words = [cell.ljust(width) for cell, width in zip(cells[:LEFT], WIDTHS[:LEFT], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[LEFT:], WIDTHS[LEFT:], strict=True)]
    return "  ".join([*words, *numbers]).rstrip()


def bars(values: dict[str, float]) -> str:
    """A bar for each value, in ascending order."""
    longest, width = max(values.values()), max(map(len, values))
    lines = [
        f"{name.ljust(width)}  {'█' * max(1, round(value / longest * BAR_CHARS))} {value:.1f}"
        for name, value in sorted(values.items(), key=lambda item: item[1])
    ]
    return "\n".join(lines) + "\n"


# -- Markdown


def markdown(figures: Iterable[Figure]) -> str:
    """Two tables: the figures of the data sets, and the figures without a data set."""
    rows: dict[tuple[str, str], dict[str, list[Figure]]] = {}
    for figure in figures:
        rows.setdefault((figure.what, figure.against), {}).setdefault(figure.data, []).append(figure)
    return "\n".join([*_by_data_set(rows), "", *_by_itself(rows)]) + "\n"


def _by_data_set(rows: dict[tuple[str, str], dict[str, list[Figure]]]) -> Iterator[str]:
    yield f"| what | against | {' | '.join(NAMES)} |"
    yield "| --- | --- |" + " --- |" * len(NAMES)
    for (what, against), cells in rows.items():
        if "" not in cells:
            yield f"| {what} | {against} | {' | '.join(_cell(cells.get(name, [])) for name in NAMES)} |"


def _by_itself(rows: dict[tuple[str, str], dict[str, list[Figure]]]) -> Iterator[str]:
    yield "| what | against | |"
    yield "| --- | --- | --- |"
    for (what, against), cells in rows.items():
        if "" in cells:
            yield f"| {what} | {against} | {_cell(cells[''])} |"


def _cell(figures: list[Figure]) -> str:
    """Figures that differ only in their rows: their values, whether all are within the bar, and the bar."""
    if not figures:
        return ""
    last = figures[-1]
    values = [f"{figure.value:,.{DIGITS[figure.unit]}f}" for figure in figures if figure.value is not None]
    if not values:
        return last.note
    unit = f" {last.unit}" if last.unit else ""
    bar = "" if last.bar is None else f" {'✗' if False in [figure.met for figure in figures] else '✓'} {last.bar:g}"
    return f"{' / '.join(values)}{unit}{bar}"
