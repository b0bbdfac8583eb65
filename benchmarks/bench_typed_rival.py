"""How long do typed, validated records take, against the best code of a user: a row walk and msgspec?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.bench_read_typed import loop
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, race
from benchmarks.peers import version_of
from benchmarks.rival import make_reader

BAR = 0.6
WHAT, AGAINST = "iter_csv with schema", "row walk + msgspec"


def loop_over_rival(path: Path, name: str) -> None:
    """The reference."""
    for _ in make_reader(name)(path):
        pass


def as_text(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the rival, with its dates as text."""
    return {key: str(value) if isinstance(value, date) else value for key, value in record.items()}


def run(options: Options) -> Iterator[Figure]:
    """The figure of each data set."""
    for name in options.only:
        if not options.peers or version_of("msgspec") is None:
            yield Figure(WHAT, AGAINST, name, options.rows, bar=BAR, note=options.absent)
            continue
        checked = data.csv_file(name, options.checked_rows)
        assert list(map(as_text, make_reader(name)(checked))) == list(data.records(name, options.checked_rows))
        path = data.csv_file(name, options.rows)
        contenders = partial(loop, path, data.schema(name)), partial(loop_over_rival, path, name)
        yield race(WHAT, AGAINST, name, options, contenders, BAR)


if __name__ == "__main__":
    main(__doc__ or "", run)
