"""What does CSV to JSON lines cost as a command, typed and validated, against programs that validate nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.files import Job, check_lines, race_files
from benchmarks.measure import Figure, Options, command
from benchmarks.peers import CSVTOJSON, Peer, duckdb, miller, node

MILLER = dict.fromkeys(data.DATASETS, 0.3)
NODE = dict.fromkeys(data.DATASETS, 0.5)
DUCKDB = {"customers": 1.2, "products": 1.0, "wide": 1.0}


def ours(name: str, source: Path, target: Path) -> list[str]:
    """Our command."""
    return command("convert", "--force", source, target, "--schema", data.schema_file(name))


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set."""
    for name in options.only:
        job = Job("convert CSV to JSONL", name, data.csv_file, data.output_file("out.jsonl"), check_lines)
        peers = [
            miller("--icsv", "--ojsonl", "cat", bars=MILLER),
            node("csvtojson", CSVTOJSON, bars=NODE),
            duckdb(data.DATASETS[name].columns, bars=DUCKDB),
        ]
        yield from race_files(job, [Peer("with schema", "", partial(ours, name))], peers, options)


if __name__ == "__main__":
    main(__doc__ or "", run)
