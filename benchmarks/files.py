"""Contenders that convert files: child processes that take turns, and checks of what they write.

In: our command and those of peers. Out: figures. A slow peer gets few rows; its time, less that for a single row, is
scaled to the rows of the others.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.measure import Figure, Options, Run, Timing, child, in_turns, ratio
from benchmarks.peers import Peer


@dataclass(frozen=True)
class Job:
    """A conversion to time."""

    what: str
    data: str
    make: Callable[[str, int], Path]
    """Makes the source, from the data set and the number of rows."""
    target: Path
    check: Callable[[Path, str, int, bool], None]
    """Asserts that the target holds that many rows of the data set; exactly, if it is ours."""


def race_files(job: Job, ours: Sequence[Peer], peers: Sequence[Peer], options: Options) -> Iterator[Figure]:
    """The figures of our commands against each peer."""
    there = [peer for peer in peers if options.peers and peer.version is not None]
    runs: dict[tuple[str, str], Run] = {}
    for peer in (*ours, *there):
        checked = options.checked_rows
        _runner(peer, job, checked)()
        job.check(job.target, job.data, checked, peer in ours)
        rows = options.slow_rows if peer.slow else options.rows
        runs[peer.name, "all"] = _runner(peer, job, rows)
        if rows < options.rows:
            runs[peer.name, "start"] = _runner(peer, job, 1)
    timings = in_turns(runs, options.rounds)
    for own in ours:
        for peer in peers:
            yield _figure(job, own, peer, options, timings)


def _runner(peer: Peer, job: Job, rows: int) -> Run:
    stdout = job.target if peer.writes_stdout else None
    return child(peer.arguments(job.make(job.data, rows), job.target), stdout=stdout, environment=peer.environment)


def _figure(job: Job, own: Peer, peer: Peer, options: Options, timings: dict[tuple[str, str], list[Timing]]) -> Figure:
    what, bar = f"{job.what}, {own.name}", peer.bars[job.data]
    if (peer.name, "all") not in timings:
        return Figure(what, peer.name, job.data, options.rows, bar=bar, note=options.absent)
    theirs, note = timings[peer.name, "all"], ""
    if (peer.name, "start") in timings:
        factor = (options.rows - 1) / (options.slow_rows - 1)
        theirs = [scaled(*pair, factor) for pair in zip(theirs, timings[peer.name, "start"], strict=True)]
        note = f"scaled from {options.slow_rows:,} rows"
    found = ratio(timings[own.name, "all"], theirs)
    return Figure(what, peer.name, job.data, options.rows, found.cpu, found.wall, bar, note=note)


def scaled(timing: Timing, start: Timing, factor: float) -> Timing:
    """The time for ``factor`` times the work; the time to start is not scaled."""
    return Timing(
        start.cpu + (timing.cpu - start.cpu) * factor,
        start.wall + (timing.wall - start.wall) * factor,
    )


# -- checks


def essence(value: Any) -> Any:
    """A value without what peers add or lose: types, blank members, and lists written as objects with number keys."""
    if isinstance(value, dict):
        members = {key: essence(member) for key, member in value.items()}
        kept = {key: member for key, member in members.items() if member not in ("", {}, [])}
        return list(kept.values()) if kept and all(key.isdigit() for key in kept) else kept
    if isinstance(value, list):
        return [item for item in map(essence, value) if item not in ("", {}, [])]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def check_lines(target: Path, name: str, rows: int, exact: bool) -> None:
    """Assert that JSON lines hold the records."""
    with target.open(encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    wanted = list(data.records(name, rows))
    if not exact:
        found, wanted = essence(found), essence(wanted)
    assert found == wanted


def check_csv(target: Path, name: str, rows: int, exact: bool) -> None:
    """Assert that CSV holds all cells that are not blank, in any order of columns; a peer (Miller) may count from 1."""
    with target.open(encoding="utf-8", newline="") as file:
        found = [{label: cell for label, cell in row.items() if cell} for row in csv.DictReader(file)]
    labels = list(data.DATASETS[name].columns)
    if not exact and "stock.0.shop_id" not in found[0]:
        labels = [f"stock.{int(label[6]) + 1}{label[7:]}" if label[:6] == "stock." else label for label in labels]
    wanted = [{label: cell for label, cell in zip(labels, row, strict=True) if cell} for row in data.rows(name, rows)]
    assert found == wanted
