"""How much slower is a file with a bad cell in every row, or in every hundredth, than the same file without any?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, race
from custobar_formats import validate

CASES = {1: ("validate CSV, a bad cell in every row", 3.0), 100: ("validate CSV, a bad cell in 1 % of the rows", 1.5)}
"""For a bad cell in every n-th row, the figure's name and its bar."""


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set."""
    for name in options.only:
        schema, clean = data.schema(name), data.csv_file(name, options.rows)
        assert validate(clean, schema).findings == ()
        for every, (what, bar) in CASES.items():
            dirty = data.csv_file(name, options.rows, every)
            report = validate(dirty, schema)
            bad = -(-options.rows // every)
            label = data.DATASETS[name].bad_label
            assert report.counts.by_column == {label: {"wrong-type": bad}}
            assert report.valid_rows == options.rows - bad
            contenders = partial(validate, dirty, schema), partial(validate, clean, schema)
            yield race(what, "the same, clean", name, options, contenders, bar)


if __name__ == "__main__":
    main(__doc__ or "", run)
