"""The command that prints what makes a shell complete commands.

In: arguments. Out: a script on stdout; the exit code.
"""

from __future__ import annotations

import click

from custobar_formats.cli.terminal import COMPLETE, PROGRAM, VALID, print_out

ABOUT_COMPLETION = """Print a script that makes a shell complete commands, options and their words.

SHELL is bash (4.4 or newer), zsh or fish. For bash: eval "$(custobar-formats completion bash)" in ~/.bashrc.
"""

SHELLS = ("bash", "zsh", "fish")


@click.command(help=ABOUT_COMPLETION)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print what makes a shell complete; the exit code."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    found = get_completion_class(shell)
    assert found is not None
    print_out(found(root.command, {}, PROGRAM, COMPLETE).source())
    return VALID
