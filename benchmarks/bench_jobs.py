"""How much faster are two processes than one, at validating a CSV file, at making JSON lines of it, and at fixing it?

The wall time counts, on two cores that do nothing else; the CPU time is that of all processes. The larger files are
copies of the first one with other identifiers. DuckDB and Polars, which take both cores, validate nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, child, command, in_turns, ratio
from benchmarks.peers import duckdb, polars

WALL_BARS = {1: 0.75, 5: 0.62, 25: 0.58}
"""By how many times ``--rows`` the file has; 200,000, 1,000,000 and 5,000,000 rows by default."""
CPU_BAR = 1.15


def run(options: Options) -> Iterator[Figure]:
    """The figures of each size and each command."""
    schema, columns = data.schema_file("customers"), data.DATASETS["customers"].columns
    for times, bar in WALL_BARS.items():
        path, target = data.repeated_file("customers", options.rows, times), data.output_file("out.jsonl")
        commands = {
            "validate": command("validate", path, "--schema", schema),
            "convert": command("convert", "--force", path, target, "--schema", schema),
            "fix": command("fix", "--force", path, data.output_file("fixed.csv"), "--schema", schema),
        }
        for what, arguments in commands.items():
            contenders = {f"{count}": child([*arguments, "-j", f"{count}"]) for count in (1, 2)}
            for peer in (duckdb(columns, bars={}), polars(columns, bars={})):
                if what == "convert" and options.peers and peer.version is not None:
                    contenders[peer.name] = child(peer.arguments(path, target))
            timings, rows = in_turns(contenders, options.rounds), times * options.rows
            for against, theirs in timings.items():
                if against == "2":
                    continue
                found, bars = ratio(timings["2"], theirs), (bar, CPU_BAR) if against == "1" else (None, None)
                other = "one process" if against == "1" else against
                yield Figure(f"{what}, wall", other, "customers", rows, found.wall, found.wall, bars[0])
                yield Figure(f"{what}, CPU", other, "customers", rows, found.cpu, found.wall, bars[1])


if __name__ == "__main__":
    main(__doc__ or "", run)
