"""What reading back costs: records that are missing or double after faults, and memory by their number.

Run as ``python -m tests.tools.fetch_costs [--records N]``; prints a line for each number of records. Needs Linux, and
the extra ``upload``. The documented server runs in this process; the command that is measured has one of its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from custobar_formats import Sandbox

FETCH = """
import sys
from benchmarks.peak import peak
from custobar_formats.cli.main import main
code = main(["fetch", *sys.argv[1:], "--rate", "100000", "-q"])
print(peak())
raise SystemExit(code)
"""


class Figures(NamedTuple):
    """What one reading came to."""

    records: int
    missing: int
    double: int
    in_order: bool
    peak: float
    requests: int
    faults: int
    violations: int


def record(number: int) -> dict[str, object]:
    return {"external_id": f"C-{number}", "email": f"c{number}@example.com", "city": "Oulu", "can_email": True}


def measured(count: int, page_size: int, *, share: float = 0.05, seed: int = 1) -> Figures:
    """Read so many customers back through faults."""
    ticks = itertools.count()  # the server's minutes pass at once
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(faults=[share], seed=seed, clock=lambda: float(next(ticks)), slow=0.01) as server,
    ):
        server._service.account.store.put("customers", (record(number) for number in range(count)))  # type: ignore[arg-type]
        out = Path(folder, "out.jsonl")
        done = subprocess.run(
            [sys.executable, "-c", FETCH, "customers", out, "--url", server.url, "--page-size", str(page_size)],
            env=os.environ | {"CUSTOBAR_API_KEY": server.key},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with out.open("rb") as lines:
            names = [json.loads(line)["external_id"] for line in lines]
        known = set(names)
        return Figures(
            records=count,
            missing=count - len(known),
            double=len(names) - len(known),
            in_order=names == [f"C-{number}" for number in range(count)],
            peak=float(done.stdout),
            requests=len(server.requests),
            faults=sum(bool(each.fault) for each in server.requests),
            violations=len(server.violations),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--page-size", type=int, default=1000)
    given = parser.parse_args()
    for count in sorted({given.records // 100, given.records // 10, given.records}):
        began = time.monotonic()
        figures = measured(count, given.page_size)
        print(figures, f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
