"""The command that explains the codes of findings.

In: arguments. Out: text on stdout; the exit code.
"""

from __future__ import annotations

import click

from custobar_formats.cli.terminal import VALID, line_width, print_out

ABOUT_EXPLAIN = """Explain the code of a finding, with an example and its fix.

Without a CODE, list all codes.
"""


@click.command(help=ABOUT_EXPLAIN)
@click.argument("codes", metavar="[CODE]...", nargs=-1)
def explain(codes: tuple[str, ...]) -> int:
    """Print the explanations of codes; return the exit code."""
    from custobar_formats.cli.explanations import LIST_WIDTH, overview, render_explanation

    width = line_width()
    print_out("\n\n".join(render_explanation(code, width) for code in codes) or overview(line_width(LIST_WIDTH)))
    return VALID
