"""How long does the command take from CSV to typed, validated JSON lines, against programs that do not validate?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.files import Job, check_lines, race_files
from benchmarks.measure import ROWS, Figure, Options, command
from benchmarks.peers import CSVTOJSON, Peer, duckdb, miller, node, polars

MILLER = dict.fromkeys(data.DATASETS, 0.3)
NODE = dict.fromkeys(data.DATASETS, 0.5)
NO_BAR: dict[str, None] = dict.fromkeys(data.DATASETS)
MANY_ROWS, LARGE_ROUNDS = 1_000_000, 3
"""With so many rows, the start of a program hardly counts."""
DUCKDB = {"customers": 1.2, "products": 1.0, "wide": 1.0}


def ours(name: str, source: Path, target: Path) -> list[str]:
    """Our command."""
    return command("convert", "--force", source, target, "--schema", data.schema_file(name))


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set."""
    for name in options.only:
        columns = data.DATASETS[name].columns
        job = Job("convert CSV to JSONL", name, data.csv_file, data.output_file("out.jsonl"), check_lines)
        peers = [
            miller("--icsv", "--ojsonl", "cat", bars=MILLER),
            node("csvtojson", CSVTOJSON, bars=NODE),
            duckdb(columns, bars=DUCKDB),
        ]
        own = [Peer("with schema", "", partial(ours, name))]
        yield from race_files(job, own, [*peers, polars(columns, bars=NO_BAR)], options)
        if options.rows >= ROWS and name != "wide":
            job = replace(job, what="convert CSV to JSONL, 1,000,000 rows")
            large = [duckdb(columns, bars=NO_BAR), polars(columns, bars=NO_BAR)]
            yield from race_files(job, own, large, replace(options, rows=MANY_ROWS, rounds=LARGE_ROUNDS))


if __name__ == "__main__":
    main(__doc__ or "", run)
