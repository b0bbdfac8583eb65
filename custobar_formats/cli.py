"""The command's entry: what is thrown becomes a message and an exit code.

In: arguments. Out: 0 (valid), 1 (invalid data), 2 (usage, schema or file errors) or 130 (interrupted). The rule
kept here: a message goes to stderr; a traceback is a bug of ours.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from typing import Any

VALID, INVALID, MISUSE, INTERRUPTED = 0, 1, 2, 130

NOT_INSTALLED = "the command needs click: pip install 'custobar_formats[cli]'"


def run() -> int:
    """Run the command as all that this process does; the exit code.

    The collector of garbage is told not to look through what is imported, and through what is left at the end: it
    all stays until the process ends, and everything that has to be closed has been.
    """
    gc.disable()
    _load()
    gc.freeze()
    gc.enable()
    code = main()
    gc.freeze()
    return code


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal's charset is no reason to fail
    command = _load()
    if command is None:
        say(NOT_INSTALLED)
        return MISUSE
    try:
        before = signal.signal(signal.SIGTERM, _terminate)
    except ValueError:  # not in the main thread
        before = None
    try:
        given = sys.argv[1:] if arguments is None else arguments
        with command.make_context(
            "custobar-formats", given, color=True
        ) as context:  # say() escapes, nothing is cut out
            code = command.invoke(context)
        if sys.stdout is not None:  # it is None where it was closed before the start
            sys.stdout.flush()
        return code if isinstance(code, int) else VALID
    except BrokenPipeError:
        _silence_stdout()
        return VALID
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return explain(error)
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _load() -> Any:
    """The command itself; None where what it needs is not installed."""
    try:
        from custobar_formats.command import command
    except ImportError:
        return None
    return command


def _terminate(number: int, _: object) -> None:
    """End so that everything is cleaned up: no temporary file is left."""
    sys.exit(128 + number)


def say(text: str) -> None:
    """Tell something on stderr, with nothing in its lines that a terminal would obey; nobody where that is closed."""
    from custobar_formats.render.text import printable

    if sys.stderr is not None:  # print() would take stdout instead
        print("\n".join(map(printable, text.split("\n"))), file=sys.stderr)


def explain(error: Exception) -> int:
    """Tell what went wrong; the exit code. What is nobody's mistake but ours is raised again."""
    from custobar_formats.errors import CustobarFormatsError, NotExpressible
    from custobar_formats.render.text import printable

    if isinstance(error, CustobarFormatsError):
        say(f"error: {printable(str(error))}")
        return INVALID if isinstance(error, NotExpressible) else MISUSE
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename is not None else ""
        say(f"error: {printable(f'{name}{error.strerror or error}')}")
        return MISUSE
    code, show = getattr(error, "exit_code", None), getattr(error, "show", None)
    if code is None:
        raise error
    if show is not None:
        told = io.StringIO()
        show(told)
        say(told.getvalue().removesuffix("\n"))
    return int(code)


def _silence_stdout() -> None:
    """Keep the interpreter from complaining, at its end, that what read our output has gone."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
