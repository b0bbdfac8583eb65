"""The progress line of an upload on a terminal.

In: each step. Out: one line on stderr, redrawn, and removed at the end. Rule: there is none in a pipe, and none in the
first second.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from custobar_formats.cli.progress import BAR, LINE_WIDTH, Progress
from custobar_formats.cli.terminal import print_message
from custobar_formats.report.text import printable
from custobar_formats.upload.run import Send, Wait

LONG_WAIT = 20.0
"""Seconds of a wait that is also printed where no line can be drawn, so that nobody takes it for the end."""


class UploadProgress(Progress):
    """Draws the progress of one file's upload; a context manager, which removes the line at its end.

    ``check`` is called before each step, and may raise.
    """

    def __init__(self, name: str, total: int, check: Callable[[], None], *, shown: bool) -> None:
        super().__init__(None, shown=shown)
        self._check = check
        self._name, self._total, self._done, self._requests = printable(name), max(total, 1), 0, 0

    def __enter__(self) -> UploadProgress:
        return self

    def step(self, step: Send | Wait) -> None:
        """Draw the line for a request or a wait that begins now, if it is time."""
        self._check()
        if isinstance(step, Send):
            self._done = max(self._done, step.batch.rows[-1][1])
            self._requests += 1
        if isinstance(step, Wait) and step.seconds >= LONG_WAIT and not self._shown:
            print_message(f"{self._name}: waits {math.ceil(step.seconds):,} s: {step.why}")
        waits = f", {math.ceil(step.seconds):,} s for {step.why}" if isinstance(step, Wait) and step.seconds > 1 else ""
        share = min(self._done / self._total, 1.0)
        filled = round(share * BAR)
        bar = f"{share:4.0%} {'█' * filled}{'░' * (BAR - filled)}"
        self.draw_line(f"{self._name} {bar} {self._requests:,} requests{waits}"[:LINE_WIDTH])
