"""The command's entry: an exception becomes a message and an exit code.

In: arguments. Out: 0 (valid), 1 (invalid data), 2 (usage, schema or file errors), or 128 plus the number of the signal
that ended the run (130: interrupted). Rules: a message goes to stderr; a traceback is a bug of ours; the exit code is
the same if nobody reads the output.
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
    """Run the command as the whole work of this process; return the exit code.

    Garbage collection skips the imported modules, and whatever exists at the end: all of it stays until the process
    ends, and everything that must be closed has been closed.
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
    """Run the command; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal's encoding is no reason to fail
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
    except OSError:  # the error has been reported
        silence(sys.stdout)
    return code


def _invoke(arguments: list[str]) -> int:
    command = _load()
    if command is None:
        print_message(NOT_INSTALLED)
        return MISUSE
    completion = os.environ.get(COMPLETE)
    if completion:
        from click.shell_completion import shell_complete

        return shell_complete(command, {}, PROGRAM, COMPLETE, completion)
    try:
        with command.make_context(PROGRAM, arguments) as context:
            code = command.invoke(context)
    except BrokenPipeError:
        return VALID
    return code if isinstance(code, int) else VALID


def _load() -> Any:
    """The command; None if click is not installed."""
    try:
        from custobar_formats.cli.group import command
    except ImportError:
        return None
    return command


def _on_signals(action: Any) -> None:
    """Set the action of the signals that end a process, except those that its parent process ignores."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, action)


def _end(number: int, _: object) -> None:
    """End the process at once, also if a second signal comes; leave no temporary file.

    An exception would not work: Python loses it in a finalizer or a callback, and turns it into another one in the
    middle of an import. Buffered output is not written to stdout, because its reader may have stopped.
    """
    _on_signals(signal.SIG_IGN)
    remove_unfinished()
    os._exit(128 + number)
