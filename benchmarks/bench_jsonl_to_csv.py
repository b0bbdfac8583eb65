"""How long does the command take from JSON lines to CSV with unknown columns, against programs that do no more?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.files import Job, check_csv, race_files
from benchmarks.measure import Figure, Options, command
from benchmarks.peers import JSON_2_CSV, Peer, by_hand, miller, node

MILLER = dict.fromkeys(data.DATASETS, 0.25)
NODE = dict.fromkeys(data.DATASETS, 0.55)
BY_HAND = {"customers": 0.65, "products": 0.65, "wide": 1.1}


def plain(source: Path, target: Path) -> list[str]:
    """Our command, doing the same as the peers."""
    return command("convert", "--force", source, target, "--entity", "none")


def checked(name: str, source: Path, target: Path) -> list[str]:
    """Our command, validating as well."""
    return command("convert", "--force", source, target, "--schema", data.schema_file(name))


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set, without and with a schema."""
    peers = [
        miller("--ijsonl", "--ocsv", "flatten", "then", "unsparsify", bars=MILLER),
        node("json-2-csv", JSON_2_CSV, bars=NODE),
        by_hand(bars=BY_HAND),
    ]
    for name in options.only:
        job = Job("convert JSONL to CSV", name, data.jsonl_file, data.output_file("out.csv"), check_csv)
        ours = [Peer("no schema", "", plain), Peer("with schema", "", partial(checked, name))]
        yield from race_files(job, ours, peers, options)


if __name__ == "__main__":
    main(__doc__ or "", run)
