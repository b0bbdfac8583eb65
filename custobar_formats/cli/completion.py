"""The command that prints a completion script for a shell.

In: arguments. Out: a script on stdout; the exit code.
"""

from __future__ import annotations

import click

from custobar_formats.cli.terminal import COMPLETE, PROGRAM, VALID, print_out

ABOUT_COMPLETION = """Print a script that makes your shell complete commands, options and codes.

SHELL is bash (4.4 or newer), zsh or fish. Put one of these lines into ~/.bashrc, ~/.zshrc or
~/.config/fish/config.fish:

\b
eval "$(custobar-formats completion bash)"
eval "$(custobar-formats completion zsh)"
custobar-formats completion fish | source
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
