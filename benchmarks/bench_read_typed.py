"""What does it cost to read, nest, type and validate a CSV file, against a loop over flat ``csv.DictReader``?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.bench_read_strings import read_with_csv
from benchmarks.measure import Figure, Options, main, race
from custobar_formats import iter_csv

QUESTION = "iter_csv with schema / csv.DictReader loop, flat"
BARS = {"customers": 1.15, "products": 1.25, "wide": 1.25}


def read(path: Path, schema: dict[str, Any]) -> int:
    """Ours."""
    count = 0
    for _ in iter_csv(path, schema):
        count += 1
    return count


def run(options: Options) -> Iterator[Figure]:
    """The figure of each data set."""
    for name in options.only:
        schema, checked = data.schema(name), options.checked_rows
        assert list(iter_csv(data.csv_file(name, checked), schema)) == list(data.records(name, checked))
        path = data.csv_file(name, options.rows)
        assert read(path, schema) == read_with_csv(path) == options.rows
        contenders = partial(read, path, schema), partial(read_with_csv, path)
        yield race(QUESTION, name, options.rows, contenders, options.rounds, BARS[name])


if __name__ == "__main__":
    main(QUESTION, run)
