"""What does it cost to read a CSV file into nested records of text, against a loop over flat ``csv.DictReader``?"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import data
from benchmarks.measure import Figure, Options, main, race
from custobar_formats import iter_csv

QUESTION = "iter_csv, strings, nested / csv.DictReader loop, flat"
BARS = {"customers": 0.85, "products": 0.85, "wide": 0.85}


def read_with_csv(path: Path) -> int:
    """The reference: what a user would write instead, which does not nest."""
    count = 0
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.DictReader(file):
            count += 1
    return count


def read(path: Path) -> int:
    """Ours."""
    count = 0
    for _ in iter_csv(path):
        count += 1
    return count


def run(options: Options) -> Iterator[Figure]:
    """The figure of each data set."""
    for name in options.only:
        checked = options.checked_rows
        assert list(iter_csv(data.csv_file(name, checked))) == list(data.records(name, checked, typed=False))
        path = data.csv_file(name, options.rows)
        assert read(path) == read_with_csv(path) == options.rows
        contenders = partial(read, path), partial(read_with_csv, path)
        yield race(QUESTION, name, options.rows, contenders, options.rounds, BARS[name])


if __name__ == "__main__":
    main(QUESTION, run)
