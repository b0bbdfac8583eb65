"""``python -m benchmarks``: runs all questions, or those named; ``--save`` keeps results, ``--table`` prints them."""

from __future__ import annotations

import argparse
from importlib import import_module

from benchmarks import results
from benchmarks.command_line import add_options, options_of
from benchmarks.tables import print_question


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the speed of the library.")
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"any of {', '.join(results.QUESTIONS)} (all)")
    add_options(parser)
    parser.add_argument("--save", action="store_true", help="write the results to today's file")
    parser.add_argument("--built", help="how Python was built, if its configuration does not show it")
    parser.add_argument("--table", action="store_true", help="print the newest results as Markdown and run nothing")
    arguments = parser.parse_args()
    if unknown := set(arguments.questions) - set(results.QUESTIONS):
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    if arguments.table:
        print(results.chart(results.newest()), results.table(results.newest()), sep="\n", end="")
        return
    options = options_of(arguments)
    for name in arguments.questions or results.QUESTIONS:
        module = import_module(f"benchmarks.bench_{name}")
        figures = print_question(module.__doc__, module.run(options))
        if arguments.save:
            results.save(name, figures, options, arguments.built)


if __name__ == "__main__":
    main()
