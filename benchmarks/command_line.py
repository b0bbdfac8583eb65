"""The command line of the benchmarks: all of them, or one script by itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from benchmarks.measure import NAMES, ROUNDS, ROWS, Figure, Options
from benchmarks.tables import print_question


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that each script has."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"rows of each data set ({ROWS:,})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of which the median is taken ({ROUNDS})")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), help="the data sets (all)")
    parser.add_argument("--no-peers", action="store_true", help="leave other programs out")


def options_of(arguments: argparse.Namespace) -> Options:
    """The options that parsed arguments say."""
    return Options(arguments.rows, arguments.rounds, tuple(arguments.only), not arguments.no_peers)


def main(question: str, run: Callable[[Options], Iterator[Figure]]) -> None:
    """Run one script by itself."""
    parser = argparse.ArgumentParser(description=question)
    add_options(parser)
    print_question(question, run(options_of(parser.parse_args())))
