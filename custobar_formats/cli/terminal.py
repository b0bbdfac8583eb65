"""Printing and exit codes: text to stdout, messages to stderr, exceptions to exit codes.

In: text, or an exception. Out: an exit code. Rules: a message holds no control characters; the exit code is the same if
nobody reads the output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

VALID, INVALID, MISUSE, STOPPED, INTERRUPTED = 0, 1, 2, 3, 130

LINE_WIDTH, NARROWEST = 79, 20
"""The greatest and the smallest width of a line; one column stays free, since some terminals wrap a full line."""

PROGRAM, COMPLETE = "custobar-formats", "_CUSTOBAR_FORMATS_COMPLETE"
"""The command's name, and the variable with which a shell asks for completions."""


def report_exception(error: Exception) -> int:
    """Print an error and return its exit code; an exception that is a bug of ours is raised again."""
    from custobar_formats.core.errors import CustobarFormatsError, NotExpressible, RequestFailed
    from custobar_formats.report.text import printable

    if isinstance(error, (CustobarFormatsError, OSError, MemoryError)):
        print_message(f"error: {printable(error_text(error))}")
        if isinstance(error, RequestFailed) and error.is_temporary:
            return STOPPED
        return INVALID if isinstance(error, NotExpressible) else MISUSE
    code = getattr(error, "exit_code", None)
    if code is None:
        raise error
    if hasattr(error, "format_message"):
        print_message(_misuse_text(error))
    return int(code)


def error_text(error: Exception) -> str:
    """An error of ours or of the system in a line."""
    from custobar_formats.core.errors import InvalidArgument

    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if not isinstance(error, OSError):
        return error.as_option if isinstance(error, InvalidArgument) else str(error)
    name = f"{error.filename}: " if error.filename is not None else ""
    return f"{name}{error.strerror or error}{_meant_file(error)}"


def _meant_file(error: OSError) -> str:
    """The file beside a missing one whose name is nearly the same, as a question; empty for none."""
    from custobar_formats.core.near import near

    if not isinstance(error, FileNotFoundError) or not isinstance(error.filename, (str, os.PathLike)):
        return ""
    folder, name = os.path.split(os.fspath(error.filename))
    try:
        meant = near(name, tuple(sorted(os.listdir(folder or "."))))
    except OSError:
        meant = None
    return f": did you mean {os.path.join(folder, meant)}?" if meant is not None else ""


def _misuse_text(error: Any) -> str:
    """The error in the arguments in a line, and how to get help; the help itself if there are no arguments."""
    from click.exceptions import NoArgsIsHelpError

    from custobar_formats.report.text import printable

    message = str(error.format_message())
    if isinstance(error, NoArgsIsHelpError):
        return message
    message = printable(message.replace("\n\t", " "))  # click lists choices in lines
    pointer = f"\nTry '{error.ctx.command_path} --help'." if getattr(error, "ctx", None) is not None else ""
    return f"error: {message[:1].lower()}{message[1:]}{pointer}"


def print_out(text: str) -> None:
    """Print text on stdout, at once, so that a reader who has gone is noticed here; that changes no exit code.

    Raises:
        OSError: the text cannot be written.

    """
    with noticing_stdout():
        print(text, flush=True)  # of two writes, the second fails where a full disk cut the first


@contextmanager
def noticing_stdout() -> Iterator[None]:
    """A context for writing to stdout: a reader who has gone is no error; any other error names stdout."""
    try:
        yield
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        error.filename = "<stdout>"
        raise


def is_dumb() -> bool:
    """Whether the terminal has no colours and cannot move its cursor: ``TERM`` is empty or ``dumb``.

    Where it is not set, as on Windows, nothing is known against it.
    """
    return os.environ.get("TERM") in ("", "dumb")


def line_width(most: int = LINE_WIDTH) -> int:
    """The width of lines for this terminal, by ``COLUMNS`` or by its size; ``most`` where neither is known."""
    import shutil  # which not every command needs

    return max(NARROWEST, min(shutil.get_terminal_size((most + 1, 24)).columns - 1, most))


def folding_width(stream: TextIO | None) -> int | None:
    """The width at which to fold lines on a stream: that of its terminal, or ``COLUMNS``; None for no folding.

    A file and a pipe have whole lines, so that a program can search them; ``COLUMNS`` changes nothing there, because
    programs that use readline, such as Python, set it for all that they start.
    """
    if stream is None or not stream.isatty():
        return None
    import shutil

    try:
        own = os.get_terminal_size(stream.fileno()).columns  # shutil asks stdout only, which may be a file
    except (OSError, ValueError):
        own = 0
    return max(NARROWEST, shutil.get_terminal_size((own or LINE_WIDTH + 1, 24)).columns - 1)


def flush_stdout() -> None:
    """Flush stdout."""
    if sys.stdout is not None:  # None: closed before the start
        sys.stdout.flush()


def print_message(message: str) -> None:
    """Print a message on stderr, with control characters escaped.

    Where stderr is closed, full or no longer read, the message is lost and the exit code remains.
    """
    from custobar_formats.report.text import printable
    from custobar_formats.report.wrapping import INDENT, filled, words_of

    width = folding_width(sys.stderr)
    print_styled("\n".join(filled(words_of(printable(line)), width, INDENT) for line in message.split("\n")))


def print_styled(text: str) -> None:
    """Print text on stderr whose control characters are escaped already; it may have colours."""
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Send a stream to the null device, so that Python does not fail at its end to write the rest."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)
