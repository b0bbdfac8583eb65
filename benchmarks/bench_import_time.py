"""How long does ``import custobar_formats`` take beyond ``import json, csv``, and how long the first use of a name?"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator

from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, child, in_turns, output_of

BAR = 15.0
"""Milliseconds."""
RUNS = 5
"""Runs in each round, since a start is short and its time noisy."""
STATEMENTS = (
    "import json, csv",
    "import json, csv; import custobar_formats",
    "import json, csv; from custobar_formats import validate",
)
"""The reference, the package, and the first use of a name, which imports the code for reading."""

LATER = ("jsonschema", "jsonschema_rs", "charset_normalizer", "click", "msgspec")
"""Modules that are imported only where they are used."""


def run(options: Options) -> Iterator[Figure]:
    """The differences between the medians and that of the reference."""
    script = "import sys, custobar_formats; print(*sys.modules)"  # also compiles all imported modules
    imported = set(output_of([sys.executable, "-c", script]).split()) & set(LATER)
    assert not imported, imported
    reference, *ours = STATEMENTS
    runs = {statement: child([sys.executable, "-c", statement]) for statement in STATEMENTS}
    medians = {
        statement: (statistics.median(timing.cpu for timing in kept), statistics.median(timing.wall for timing in kept))
        for statement, kept in zip(STATEMENTS, in_turns(runs, options.rounds * RUNS).values(), strict=True)
    }
    for statement in ours:
        cpu, wall = ((a - b) * 1000 for a, b in zip(medians[statement], medians[reference], strict=True))
        bar = BAR if statement.endswith("import custobar_formats") else None
        yield Figure(statement.removeprefix(f"{reference}; "), reference, "", 0, cpu, wall, bar, "ms")


if __name__ == "__main__":
    main(__doc__ or "", run)
