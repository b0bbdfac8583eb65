"""How long does reading CSV with nesting, types and validation take, against a loop over ``csv.DictReader``?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.bench_read_strings import loop_over_csv
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, race
from custobar_formats import iter_csv

BARS = {"customers": 1.15, "products": 1.25, "wide": 1.25}


def loop(path: Path, schema: dict[str, Any]) -> None:
    """Ours."""
    for _ in iter_csv(path, schema):
        pass


def run(options: Options) -> Iterator[Figure]:
    """The figure of each data set."""
    for name in options.only:
        schema, checked = data.schema(name), options.checked_rows
        assert list(iter_csv(data.csv_file(name, checked), schema)) == list(data.records(name, checked))
        path = data.csv_file(name, options.rows)
        contenders = partial(loop, path, schema), partial(loop_over_csv, path)
        yield race("iter_csv with schema", "csv.DictReader loop", name, options, contenders, BARS[name])


if __name__ == "__main__":
    main(__doc__ or "", run)
