"""Uploads through faults of all kinds, and whether what is promised of them held: docs/upload.md has the promises.

Run it as a script: `python -m tests.tools.upload_promises --rows 100000`. It prints figures, and
raises AssertionError for any fault. The server, and each client, is a process of its own; waits take no time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.peak import peak
from custobar_formats.upload.client import Client
from custobar_formats.upload.endings import Ending
from tests.tools.upload_work import Promised, Served, Time, counted, in_a_fork, write_source

MOST_RUNS = 1000
"""Runs after which an upload of events has not come to its end: three unknown outcomes in a row end a run."""


def upload(server: Served, source: Path, entity: str, journal: Path, size: int) -> dict[str, Any]:
    """Upload a source, as often as the same call goes on; what the last call returned, and what all of them took."""
    memory, seconds, cpu, runs = peak(), time.monotonic(), time.process_time(), 1
    waits = Time()
    with Client(url=server.url, key=server.key, rate=1e9, clock=waits.clock, sleep=waits.sleep) as client:
        done = client.upload(source, entity, journal=journal, max_records=size)
        while done.ending is Ending.STOPPED and runs < MOST_RUNS:
            done, runs = client.upload(source, entity, journal=journal, max_records=size), runs + 1
    doubted = [each.row for each in done.report.errors if each.code == "row-in-doubt"]
    return {
        "ending": done.ending,
        "complete": done.complete,
        "runs": runs,
        "taken": done.taken,
        "in doubt": done.in_doubt,
        "doubted": doubted,
        "memory": peak() - memory,
        "seconds": time.monotonic() - seconds,
        "cpu": time.process_time() - cpu,
    }


def run(entity: str, source: Path, size: int, rows: int, share: float, seed: int) -> tuple[dict[str, Any], Promised]:
    """An upload through faults, in requests of ``size`` records: its figures, and what was promised."""
    with tempfile.TemporaryDirectory() as folder, Served(share, seed=seed) as server:
        journal = Path(folder, "journal")
        figures = in_a_fork(lambda: upload(server, source, entity, journal, size))
        log = server.log()
        with journal.open("rb") as lines:
            found = counted(lines, log, rows)
        assert not server.violations(), server.violations()
        assert figures["taken"] == sum(found.taken)
        if figures["complete"]:
            assert all(found.accepted[1:]), "complete, and a row is in no accepted request"
        figures["state"] = server.state(entity)
        figures["stored"] = server.event_rows()
        figures["faults"] = Counter(each.fault for each in log if each.fault)
        figures |= {"requests": len(log), "unknown": found.doubts, "extra": found.extra}
    return figures, found


def check_customers(rows: int, size: int, share: float, seed: int, folder: Path) -> dict[str, Any]:
    """The final state is that of a run without faults."""
    source = write_source(folder, "customers", rows)
    plain, _ = run("customers", source, size, rows, 0, seed)
    figures, _ = run("customers", source, size, rows, share, seed)
    assert figures["complete"], figures["ending"]
    assert figures["state"] == plain["state"], (figures["state"], plain["state"])
    assert not plain["faults"]
    return figures


def check_events(rows: int, size: int, share: float, seed: int, folder: Path) -> dict[str, Any]:
    """None is stored twice, and those that are absent are among those that the report has as in doubt."""
    source = write_source(folder, "events", rows)
    figures, found = run("events", source, size, rows, share, seed)
    assert figures["ending"] == (Ending.HELD if figures["in doubt"] else Ending.DONE)
    stored = set(figures["stored"])
    assert len(stored) == len(figures["stored"]), "an event is stored twice"
    doubted = {row for row in range(1, rows + 1) if not found.taken[row]}
    assert len(doubted) == figures["in doubt"]
    assert {row for row in doubted if row - 1 not in doubted} <= set(figures["doubted"]) <= doubted
    absent = set(range(1, rows + 1)) - stored
    assert absent <= doubted, f"{len(absent - doubted)} events are absent, and nobody says so"
    figures["absent"] = len(absent)
    return figures


CHECKS = {"customers": check_customers, "events": check_events}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entity", choices=CHECKS, help="one of them alone")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--records", type=int, default=500, help="records of a request")
    parser.add_argument("--share", type=float, default=0.05, help="share of the requests that meet a fault")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for entity in [options.entity] if options.entity else CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            figures = CHECKS[entity](options.rows, options.records, options.share, options.seed, Path(folder))
        faults = figures["faults"]
        print(
            f"{entity}: {options.rows:,} rows, {figures['requests']:,} requests, {faults.total()} faults of"
            f" {len(faults)} kinds, {figures['unknown']} unknown outcomes, {figures['extra']} additional deliveries,"
            f" {figures['in doubt']:,} rows in doubt, {figures.get('absent', 0):,} of them absent;"
            f" {figures['runs']} run{'s' * (figures['runs'] > 1)}, {figures['seconds']:.0f} s,"
            f" {figures['cpu']:.0f} s of CPU, {figures['memory'] / 1e6:.0f} MB",
            flush=True,
        )
        print(f"  {dict(faults)}", flush=True)


if __name__ == "__main__":
    main()
