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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

VALID, INVALID, MISUSE, INTERRUPTED = 0, 1, 2, 130

PROGRAM, COMPLETE = "custobar-formats", "_CUSTOBAR_FORMATS_COMPLETE"
"""The command's name, and the variable by which a shell asks how to complete it."""

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
        with _to_stdout():
            _flush_stdout()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        code = explain(error)
    try:
        _flush_stdout()
    except OSError:  # what is left has been told of
        _let_go(sys.stdout)
    return code


def _invoke(arguments: list[str]) -> int:
    command = _load()
    if command is None:
        tell(NOT_INSTALLED)
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
        from custobar_formats.command import command
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
    remove = getattr(sys.modules.get("custobar_formats.files"), "remove_unfinished", None)
    if remove is not None:  # else there is no file yet
        remove()
    os._exit(128 + number)


def explain(error: Exception) -> int:
    """Tell what went wrong; the exit code. What is nobody's mistake but ours is raised again."""
    from custobar_formats.errors import CustobarFormatsError, NotExpressible
    from custobar_formats.render.text import printable

    if isinstance(error, CustobarFormatsError):
        tell(f"error: {printable(str(error))}")
        return INVALID if isinstance(error, NotExpressible) else MISUSE
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename is not None else ""
        tell(f"error: {printable(f'{name}{error.strerror or error}')}")
        return MISUSE
    code, show = getattr(error, "exit_code", None), getattr(error, "show", None)
    if code is None:
        raise error
    if show is not None:
        if hasattr(error, "option_name"):  # which click 8.2 tells as it was given
            error.message = printable(error.message)  # type: ignore[attr-defined]
        shown = io.StringIO()
        show(file=shown)
        tell(shown.getvalue().removesuffix("\n"))
    return int(code)


def say(text: str) -> None:
    """Text on stdout, at once: it is noticed here if nobody reads it any more, which changes no verdict.

    Raises:
        OSError: it cannot be written.

    """
    with _to_stdout():
        print(text, flush=True)  # of two writes, the second fails where a full disk cut the first


@contextmanager
def _to_stdout() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _let_go(sys.stdout)
    except OSError as error:
        error.filename = "<stdout>"
        raise


def _flush_stdout() -> None:
    if sys.stdout is not None:  # it was closed before the start
        sys.stdout.flush()


def tell(message: str) -> None:
    """A message on stderr, with nothing in its lines that a terminal would obey.

    Where stderr is closed, full or no longer read, the exit code has to do.
    """
    from custobar_formats.render.text import printable

    show("\n".join(map(printable, message.split("\n"))))


def show(text: str) -> None:
    """Text on stderr that has been made fit for a terminal already, and may have colours."""
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _let_go(sys.stderr)


def _let_go(stream: TextIO) -> None:
    """Keep the interpreter from writing, at its end, what cannot be written, and from complaining."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)
