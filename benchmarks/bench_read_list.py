"""How long does a list of all records, typed and validated, take against ``list(csv.DictReader)`` of flat rows?"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, race
from custobar_formats import from_csv

BARS = {"customers": 1.2, "products": 1.3, "wide": 1.3}


def list_of_csv(path: Path) -> list[dict[str | None, str]]:
    """The reference."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(options: Options) -> Iterator[Figure]:
    """The figure of each data set."""
    for name in options.only:
        schema, checked = data.schema(name), options.checked_rows
        assert from_csv(data.csv_file(name, checked), schema) == list(data.records(name, checked))
        path = data.csv_file(name, options.rows)
        contenders = partial(from_csv, path, schema), partial(list_of_csv, path)
        yield race("from_csv with schema", "list(csv.DictReader)", name, options, contenders, BARS[name])


if __name__ == "__main__":
    main(__doc__ or "", run)
