"""The command that prints a completion script for a shell.

In: arguments. Out: a script on stdout; the exit code.
"""

from __future__ import annotations

import click

from custobar_formats.cli.terminal import COMPLETE, PROGRAM, VALID, print_out

ABOUT_COMPLETION = """Print a completion script for your shell.

SHELL is bash (4.4 or newer), zsh or fish. For bash, put this line into ~/.bashrc:

\b
eval "$(custobar-formats completion bash)"
"""

SHELLS = ("bash", "zsh", "fish")


@click.command(help=ABOUT_COMPLETION)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print the completion script of a shell; return the exit code."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    found = get_completion_class(shell)
    assert found is not None
    print_out(found(root.command, {}, PROGRAM, COMPLETE).source())
    return VALID
