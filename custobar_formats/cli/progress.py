"""The progress line on a terminal.

In: an opened file, and the number of rows read. Out: one line on stderr, redrawn as rows are read, and removed at the
end. Rule: there is no line in a pipe, in the first second, or where the terminal has no
columns or no cursor.
"""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType

from custobar_formats.cli.terminal import is_dumb
from custobar_formats.files.source import ByteInput
from custobar_formats.report.text import printable

FIRST_SECONDS, NEXT_SECONDS = 1.0, 0.1
"""Seconds before the first line is drawn, and between two."""

LINE_WIDTH, BAR, NAME = 79, 10, 16
"""The greatest width of the line, of its bar, and of the file name."""


class Progress:
    """Draws the progress of one file; a context manager, which removes the line at its end."""

    def __init__(self, opened: object, *, shown: bool) -> None:
        self._opened = opened
        self._shown = shown and sys.stderr is not None and sys.stderr.isatty() and not is_dumb()
        self._began = time.monotonic()
        self._next = self._began + FIRST_SECONDS
        self._drawn = False

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self._began

    def __call__(self, rows: int) -> None:
        """Draw the line for this number of rows, if it is time."""
        if self._is_time():
            self._draw(progress_line(self._opened, rows, self.seconds))

    def draw_line(self, line: str) -> None:
        """Draw another line, if it is time."""
        if self._is_time():
            self._draw(line)

    def _is_time(self) -> bool:
        if not self._shown or time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + NEXT_SECONDS
        return True

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._drawn:
            self._draw("", end="\r")

    def _draw(self, line: str, end: str = "") -> None:
        columns = _line_columns()
        if columns <= 0:
            return
        self._drawn = True
        try:
            sys.stderr.write(f"\r{line[:columns]:{columns}}{end}")
            sys.stderr.flush()
        except OSError:  # the terminal has gone
            self._shown = False


def _line_columns() -> int:
    """The columns for the line on this terminal; 0 or less if there is no room."""
    if os.environ.get("COLUMNS") == "0":
        return 0
    try:
        return min(LINE_WIDTH, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
    except (OSError, ValueError):  # the width is unknown
        return LINE_WIDTH


def progress_line(opened: object, rows: int, seconds: float) -> str:
    """The line: the file name, the share of its bytes that is read, rows, rows a second, and the remaining time."""
    done, total = opened.progress() if isinstance(opened, ByteInput) else (0, None)
    name = printable(getattr(opened, "name", None) or "<input>")
    name = name if len(name) <= NAME else f"…{name[1 - NAME :]}"
    speed = f"{rows:,} rows, {rows / max(seconds, 0.001):,.0f} rows/s"
    if not total:
        return f"{name} {speed}"[:LINE_WIDTH]
    share = min(done / total, 1.0)
    filled = round(share * BAR)
    left = f", {_time(seconds * (1 - share) / share)} left" if share else ""
    return f"{name} {share:4.0%} {'█' * filled}{'░' * (BAR - filled)} {speed}{left}"[:LINE_WIDTH]


def _time(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02} min" if minutes else f"{seconds} s"
