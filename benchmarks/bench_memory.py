"""How much memory do the streaming jobs take beyond the interpreter's start, and does it grow with the file?"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, output_of

MEGABYTE = 1_000_000
BAR, BYTES_BAR = 60.0, 100.0
"""In megabytes; in bytes per distinct identifier."""
SIZES = (20, 1), (1, 1), (1, 5)
"""What ``--rows`` is divided and multiplied by: 10,000, 200,000 and 1,000,000 rows by default."""
WIDE_SHARE = 10
"""Wide files have a tenth of the rows: with a million, the file would take half a gigabyte."""


def measure(job: str, name: str, source: Path, target: Path | None = None) -> int:
    """The most memory that a job takes, in bytes."""
    more = [str(target)] if target else []
    schema = data.schema_file(name, cross_checks=job == "cross-checks")
    arguments = [sys.executable, "-m", "benchmarks.peak", job, str(source), str(schema), *more]
    return int(output_of(arguments).split()[-1])


def shuffled(source: Path) -> Path:
    """A file with the same rows in another order; each row is one line."""
    header, *lines = source.read_bytes().splitlines(keepends=True)
    random.Random(data.SEED).shuffle(lines)
    target = data.output_file("shuffled.csv")
    target.write_bytes(b"".join([header, *lines]))
    return target


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set and each size."""
    for name in options.only:
        all_rows = options.rows // (WIDE_SHARE if name == "wide" else 1)
        growth = {}
        for divided, multiplied in SIZES:
            rows = max(1, all_rows // divided) * multiplied
            source, lines = data.csv_file(name, rows), data.jsonl_file(name, rows)
            peaks = {
                "iter_csv with schema": measure("iter_csv", name, source),
                "validate(cross_checks=False)": measure("validate", name, source),
                "convert CSV to JSONL": measure("convert", name, source, data.output_file("out.jsonl")),
                "convert JSONL to CSV": measure("convert", name, lines, data.output_file("out.csv")),
            }
            for what, peak in peaks.items():
                yield Figure(f"{what}: memory", "", name, rows, peak / MEGABYTE, bar=BAR, unit="MB")
            growth[rows] = measure("cross-checks", name, source) - peaks["validate(cross_checks=False)"]
        rows = max(growth)
        what = "validate: memory per distinct identifier"
        yield Figure(f"{what}, ascending", "", name, rows, growth[rows] / rows, bar=BYTES_BAR, unit="bytes")
        source = shuffled(data.csv_file(name, rows))
        grown = measure("cross-checks", name, source) - measure("validate", name, source)
        yield Figure(f"{what}, in no order", "", name, rows, grown / rows, bar=BYTES_BAR, unit="bytes")


if __name__ == "__main__":
    main(__doc__ or "", run)
