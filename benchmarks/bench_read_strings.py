"""How long does reading CSV into nested records of text take, against a loop over flat rows of ``csv.DictReader``?"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, race
from custobar_formats import iter_csv

BARS = {"customers": 0.85, "products": 0.85, "wide": 0.85}


def loop_over_csv(path: Path) -> None:
    """The reference: the loop that a user would write instead, which neither nests nor validates."""
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.DictReader(file):
            pass


def loop(path: Path) -> None:
    """Ours."""
    for _ in iter_csv(path):
        pass


def run(options: Options) -> Iterator[Figure]:
    """The figure of each data set."""
    for name in options.only:
        checked = options.checked_rows
        assert list(iter_csv(data.csv_file(name, checked))) == list(data.records(name, checked, typed=False))
        path = data.csv_file(name, options.rows)
        contenders = partial(loop, path), partial(loop_over_csv, path)
        yield race("iter_csv, strings", "csv.DictReader loop", name, options, contenders, BARS[name])


if __name__ == "__main__":
    main(__doc__ or "", run)
