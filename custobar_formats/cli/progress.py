"""How far a run has come, on a terminal.

In: an opened file, and the rows that were read of it. Out: one line on stderr, drawn again and again, and removed at
the end. The rule kept here: there is none in a pipe, and none in the first second.
"""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType

from custobar_formats.files.source import ByteInput
from custobar_formats.report.text import printable

FIRST_SECONDS, NEXT_SECONDS = 1.0, 0.1
"""Seconds until the first line, and between two."""

LINE_WIDTH, BAR, NAME = 79, 10, 16
"""Columns of the line, of its bar, and of the file's name at most."""


class Progress:
    """Tells how far one file is; a context, which leaves no line behind."""

    def __init__(self, opened: object, *, shown: bool) -> None:
        self._opened = opened
        self._shown = shown and sys.stderr is not None and sys.stderr.isatty()
        self._began = time.monotonic()
        self._next = self._began + FIRST_SECONDS
        self._drawn = False

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self._began

    def __call__(self, rows: int) -> None:
        """So many rows were read."""
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + NEXT_SECONDS
            self._drawn = True
            line = progress_line(self._opened, rows, self.seconds)[: _terminal_columns()]
            self._draw(f"\r{line:{_terminal_columns()}}")

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._drawn:
            self._draw(f"\r{'':{_terminal_columns()}}\r")

    def _draw(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:  # a terminal that has gone
            self._shown = False


def _terminal_columns() -> int:
    """How long the line may be on this terminal."""
    try:
        return max(1, min(LINE_WIDTH, os.get_terminal_size(sys.stderr.fileno()).columns - 1))
    except (OSError, ValueError):  # it does not tell
        return LINE_WIDTH


def progress_line(opened: object, rows: int, seconds: float) -> str:
    """The line: the name, the share of the bytes, rows, rows a second, and the time that is left."""
    done, total = opened.progress() if isinstance(opened, ByteInput) else (0, None)
    name = printable(getattr(opened, "name", None) or "<input>")
    name = name if len(name) <= NAME else f"…{name[1 - NAME :]}"
    told = f"{rows:,} rows, {rows / max(seconds, 0.001):,.0f} rows/s"
    if not total:
        return f"{name} {told}"[:LINE_WIDTH]
    share = min(done / total, 1.0)
    filled = round(share * BAR)
    left = f", {_time(seconds * (1 - share) / share)} left" if share else ""
    return f"{name} {share:4.0%} {'█' * filled}{'░' * (BAR - filled)} {told}{left}"[:LINE_WIDTH]


def _time(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02} min" if minutes else f"{seconds} s"
