"""How does the time grow when the data doubles: rows, columns, depth, length of cells, findings? Linear is 2."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import ROWS, Figure, Options, in_process, in_turns
from custobar_formats import from_csv, to_csv, validate

DOUBLINGS = 4
SMALLEST_ROWS, FEW_ROWS = 4_000, 400
"""For the usual number of rows: the first where the rows grow, the second where something else grows."""
SMALLEST_COLUMNS, SMALLEST_DEPTH, SMALLEST_CELL = 30, 4, 2_000
"""The deepest labels then have 64 parts, the limit; the longest cells have 32,000 characters."""


def to_text(header: list[str], rows: list[list[str]]) -> str:
    """CSV text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def numbers(columns: int, rows: int) -> str:
    """CSV text with integers in company fields."""
    header = ["external_id", "price", *(f"acme__n{place}" for place in range(columns - 2))]
    return to_text(header, [[f"P-{row}", *(str(row + place) for place in range(columns - 1))] for row in range(rows)])


def deep(depth: int, rows: int) -> str:
    """CSV text with one path of many keys, an identifier and a price."""
    label = ".".join(["acme__deep", *(f"k{level}" for level in range(depth - 1))])
    return to_text(["external_id", "price", label], [[f"P-{row}", str(row), f"text {row}"] for row in range(rows)])


def long(length: int, rows: int) -> str:
    """CSV text with one long cell in each row, quoted, with letters beyond ASCII."""
    cell = ("äiti, " * length)[:length]
    return to_text(["external_id", "price", "title"], [[f"P-{row}", str(row), cell] for row in range(rows)])


def records(rows: int) -> list[dict[str, Any]]:
    """Nested records."""
    return list(data.records("products", rows))


def measure(work: Callable[[int], Callable[[], object]], rounds: int) -> list[float]:
    """The factor of each doubling, from medians of CPU time; ``work`` makes the function to time, for a size."""
    sizes = {2**step: in_process(work(2**step)) for step in range(DOUBLINGS + 1)}
    for run in sizes.values():
        run()
    timings = in_turns(sizes, rounds)
    medians = [statistics.median(timing.cpu for timing in kept) for kept in timings.values()]
    return [after / before for before, after in pairwise(medians)]


def run(options: Options) -> Iterator[Figure]:
    """The mean factor of each dimension, with the factors of each doubling."""
    rows = max(1, SMALLEST_ROWS * options.rows // ROWS)
    few = max(1, FEW_ROWS * options.rows // ROWS)
    # Each of these makes its data when it is called with a size; the clock starts later.
    dimensions: dict[str, Callable[[int], Callable[[], object]]] = {
        "from_csv: rows": lambda n: _reading(data.csv_file("products", rows * n).read_text("utf-8")),
        "from_csv: columns": lambda n: _reading(numbers(SMALLEST_COLUMNS * n, few)),
        "from_csv: depth": lambda n: _reading(deep(SMALLEST_DEPTH * n, few)),
        "from_csv: length of cells": lambda n: _reading(long(SMALLEST_CELL * n, few)),
        "validate: findings": lambda n: _checking(data.csv_file("products", rows * n, 1).read_text("utf-8")),
        "to_csv: rows": lambda n: _writing(records(rows * n)),
        "to_csv: columns": lambda n: _writing(from_csv(numbers(SMALLEST_COLUMNS * n, few), "products")),
    }
    for what, work in dimensions.items():
        factors = measure(work, options.rounds)
        mean = statistics.geometric_mean(factors)
        note = "each doubling: " + " ".join(f"{factor:.2f}" for factor in factors)
        yield Figure(f"{what} doubled", "", "", 0, mean, note=note)


def _reading(text: str) -> Callable[[], object]:
    return lambda: from_csv(text, "products")


def _checking(text: str) -> Callable[[], object]:
    return lambda: validate(text, "products", format="csv")


def _writing(made: list[dict[str, Any]]) -> Callable[[], object]:
    return lambda: to_csv(made, "products")


if __name__ == "__main__":
    main(__doc__ or "", run)
