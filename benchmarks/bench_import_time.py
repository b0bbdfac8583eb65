"""What does ``import custobar_formats`` take beyond ``import json, csv``, and what does it leave for later?"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator

from benchmarks.measure import Figure, Options, child, in_turns, main, output_of

BAR = 15.0
"""Milliseconds."""
RUNS = 5
"""Runs in each round: a start is short, and noisy."""
LATER = ("jsonschema", "jsonschema_rs", "charset_normalizer", "typer", "rich", "msgspec")
"""What is imported only where it is used."""


def run(options: Options) -> Iterator[Figure]:
    """The one figure: the medians' difference."""
    script = "import sys, custobar_formats; print(*sys.modules)"  # also compiles all that is imported
    imported = set(output_of([sys.executable, "-c", script]).split()) & set(LATER)
    assert not imported, imported
    runs = {name: child([sys.executable, "-c", f"import {name}"]) for name in ("custobar_formats", "json, csv")}
    timings = in_turns(runs, options.rounds * RUNS)
    ours, reference = (
        (statistics.median(timing.cpu for timing in kept), statistics.median(timing.wall for timing in kept))
        for kept in timings.values()
    )
    cpu, wall = ((a - b) * 1000 for a, b in zip(ours, reference, strict=True))
    yield Figure("import custobar_formats", "import json, csv", "", 0, cpu, wall, BAR, "ms")


if __name__ == "__main__":
    main(__doc__ or "", run)
