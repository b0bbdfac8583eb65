"""How long does the report on a CSV file take, with all rules, against a loop over rows of ``csv.DictReader``?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import data
from benchmarks.bench_read_strings import loop_over_csv
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, race
from custobar_formats import validate

BARS = {"customers": 0.95, "products": 1.0, "wide": 1.1}


def run(options: Options) -> Iterator[Figure]:
    """The figure of each data set."""
    for name in options.only:
        schema, path = data.schema(name), data.csv_file(name, options.rows)
        report = validate(path, schema)
        assert (report.rows, report.valid_rows, report.findings) == (options.rows, options.rows, ())
        contenders = partial(validate, path, schema), partial(loop_over_csv, path)
        yield race("validate CSV", "csv.DictReader loop", name, options, contenders, BARS[name])


if __name__ == "__main__":
    main(__doc__ or "", run)
