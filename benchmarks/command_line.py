"""The command line of the benchmarks, shared by all scripts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from benchmarks.measure import NAMES, ROUNDS, ROWS, Figure, Options
from benchmarks.tables import print_question


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all scripts have."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"rows per data set ({ROWS:,})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds to take the median of ({ROUNDS})")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), help="the data sets (all)")
    parser.add_argument("--no-peers", action="store_true", help="leave out other programs")


def options_of(arguments: argparse.Namespace) -> Options:
    """The options from parsed arguments."""
    return Options(arguments.rows, arguments.rounds, tuple(arguments.only), not arguments.no_peers)


def main(question: str, run: Callable[[Options], Iterator[Figure]]) -> None:
    """Run one script by itself."""
    parser = argparse.ArgumentParser(description=question)
    add_options(parser)
    print_question(question, run(options_of(parser.parse_args())))
