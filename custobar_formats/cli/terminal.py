"""Printing and exit codes: text to stdout, messages to stderr, and what an exception becomes.

In: text, or an exception. Out: an exit code. The rules kept here: nothing in a message is obeyed by a terminal; where
nobody reads what is printed, the exit code is what it would have been.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

VALID, INVALID, MISUSE, INTERRUPTED = 0, 1, 2, 130

PROGRAM, COMPLETE = "custobar-formats", "_CUSTOBAR_FORMATS_COMPLETE"
"""The command's name, and the variable by which a shell asks how to complete it."""


def report_exception(error: Exception) -> int:
    """Print what went wrong, and return the exit code; an exception that is a bug of ours is raised again."""
    from custobar_formats.core.errors import CustobarFormatsError, NotExpressible
    from custobar_formats.report.text import printable

    if isinstance(error, CustobarFormatsError):
        print_message(f"error: {printable(str(error))}")
        return INVALID if isinstance(error, NotExpressible) else MISUSE
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename is not None else ""
        print_message(f"error: {printable(f'{name}{error.strerror or error}')}")
        return MISUSE
    code, own = getattr(error, "exit_code", None), getattr(error, "show", None)
    if code is None:
        raise error
    if own is not None:
        if hasattr(error, "option_name"):  # which click 8.2 tells as it was given
            error.message = printable(error.message)  # type: ignore[attr-defined]
        shown = io.StringIO()
        own(file=shown)
        print_message(shown.getvalue().removesuffix("\n"))
    return int(code)


def print_out(text: str) -> None:
    """Print text on stdout, at once: it is noticed here if nobody reads it any more, which changes no verdict.

    Raises:
        OSError: it cannot be written.

    """
    with noticing_stdout():
        print(text, flush=True)  # of two writes, the second fails where a full disk cut the first


@contextmanager
def noticing_stdout() -> Iterator[None]:
    """Where stdout is written: a reader that has gone is no error; any other error names stdout."""
    try:
        yield
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        error.filename = "<stdout>"
        raise


def flush_stdout() -> None:
    """Hand the system what stdout still holds."""
    if sys.stdout is not None:  # it was closed before the start
        sys.stdout.flush()


def print_message(message: str) -> None:
    """Print a message on stderr, with nothing in its lines that a terminal would obey.

    Where stderr is closed, full or no longer read, the exit code has to do.
    """
    from custobar_formats.report.text import printable

    print_styled("\n".join(map(printable, message.split("\n"))))


def print_styled(text: str) -> None:
    """Print text on stderr that has been made fit for a terminal already, and may have colours."""
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Keep the interpreter from writing, at its end, what cannot be written, and from complaining."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)
