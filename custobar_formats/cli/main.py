"""The command's entry: what is thrown becomes a message and an exit code.

In: arguments. Out: 0 (valid), 1 (invalid data), 2 (usage, schema or file errors), or 128 and the number of the signal
that ended it (130: interrupted). The rules kept here: a message goes to stderr; a traceback is a bug of ours; where
nobody reads what is told, the exit code is what it would have been.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from typing import Any

from custobar_formats.cli.terminal import (
    COMPLETE,
    INTERRUPTED,
    MISUSE,
    PROGRAM,
    VALID,
    flush_stdout,
    noticing_stdout,
    print_message,
    report_exception,
    silence,
)
from custobar_formats.files.output import remove_unfinished

NOT_INSTALLED = "the command needs click: pip install 'custobar_formats[cli]'"


def run() -> int:
    """Run the command as all that this process does; the exit code.

    The collector of garbage is told not to look through what is imported, and through what is left at the end: it
    all stays until the process ends, and everything that has to be closed has been.
    """
    _on_signals(_end)
    gc.disable()
    _load()
    gc.freeze()
    gc.enable()
    code = main()
    gc.freeze()
    _on_signals(signal.SIG_DFL)
    return code


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal's charset is no reason to fail
    try:
        code = _invoke(sys.argv[1:] if arguments is None else arguments)
        with noticing_stdout():
            flush_stdout()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        code = report_exception(error)
    try:
        flush_stdout()
    except OSError:  # what is left has been told of
        silence(sys.stdout)
    return code


def _invoke(arguments: list[str]) -> int:
    command = _load()
    if command is None:
        print_message(NOT_INSTALLED)
        return MISUSE
    asked = os.environ.get(COMPLETE)
    if asked:
        from click.shell_completion import shell_complete

        return shell_complete(command, {}, PROGRAM, COMPLETE, asked)
    try:
        with command.make_context(PROGRAM, arguments) as context:
            code = command.invoke(context)
    except BrokenPipeError:
        return VALID
    return code if isinstance(code, int) else VALID


def _load() -> Any:
    """The command itself; None where what it needs is not installed."""
    try:
        from custobar_formats.cli.group import command
    except ImportError:
        return None
    return command


def _on_signals(action: Any) -> None:
    """What the signals do that ask a process to end, but for those that its parent had ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, action)


def _end(number: int, _: object) -> None:
    """End at once, undisturbed by a second signal; no temporary file is left.

    An exception will not do: it would be lost where Python runs this within a finalizer or a callback, and become
    another one in the middle of an import. What stdout has not been given yet is not written, for whoever reads it may
    have stopped.
    """
    _on_signals(signal.SIG_IGN)
    remove_unfinished()
    os._exit(128 + number)
