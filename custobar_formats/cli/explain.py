"""The command that explains the codes of findings.

In: arguments. Out: text on stdout; the exit code.
"""

from __future__ import annotations

import click

from custobar_formats.cli.terminal import VALID, print_out

ABOUT_EXPLAIN = """Tell what a finding's code means, with an example and what mends it.

Without a CODE, all are listed.
"""


@click.command(help=ABOUT_EXPLAIN)
@click.argument("codes", metavar="[CODE]...", nargs=-1)
def explain(codes: tuple[str, ...]) -> int:
    """Tell what codes mean; the exit code."""
    from custobar_formats.cli.explanations import overview, render_explanation

    print_out("\n\n".join(map(render_explanation, codes)) if codes else overview())
    return VALID
