"""One upload of one source: its batches, its journal, and its run, without the network.

In: a source, an address, and after each request its outcome. Out: requests and waits; at last how it ended, the files
of rows that were refused or are in doubt, and the report. Rule: what the journal has to hold is on the disk before the
step that needs it is given.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import NamedTuple

from custobar_formats.core.callers import Caller
from custobar_formats.core.errors import UsageError, misuse_of
from custobar_formats.files.filenames import name_of
from custobar_formats.files.output import Destination
from custobar_formats.report.report import InvalidData, Report
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.endings import Ended, Ending
from custobar_formats.upload.journal import Journal
from custobar_formats.upload.journal_file import JournalCopy, JournalFile, JournalStopped
from custobar_formats.upload.journal_lines import End, Event, Outcome, Run, Sending, State
from custobar_formats.upload.outcome import counts_of, has_refused_together, report_on
from custobar_formats.upload.plan import UploadPlan
from custobar_formats.upload.resuming import Choices, InDoubt, Opening, is_held, left_out, settled
from custobar_formats.upload.row_files import Reasons, keep_earlier, write_or_keep, write_records, write_rows
from custobar_formats.upload.row_map import count_rows, has_span
from custobar_formats.upload.run import Clock, Given, Manner, Note, Send, Steps, UploadRun, Wait

DEFAULT_MANNER, DEFAULT_CHOICES = Manner(), Choices()


@contextmanager
def naming_journal(path: str) -> Iterator[None]:
    """A context in which a misuse of a journal names it."""
    try:
        yield
    except UsageError as error:
        raise (misuse_of(path, error) if path else error) from None


class Remark(NamedTuple):
    """A line for the user about the journal; ``is_usual``: nothing is wrong."""

    text: str
    is_usual: bool = False


def _name_of(destination: Destination | None) -> str | None:
    return None if destination is None else name_of(destination)


def _is_there(destination: Destination | None) -> bool:
    """Whether a file is there already."""
    return isinstance(destination, (str, os.PathLike)) and os.path.lexists(destination)


class UploadJob:
    """An upload under way; ``notes`` are for the user; ``refused``, ``doubted`` are where rows go that are so.

    With the copy of a journal, nothing is written.

    Raises:
        UsageError: the journal is of something else, or damaged.
        JournalStopped: another process has it.
        OSError: it cannot be opened.

    """

    def __init__(
        self,
        plan: UploadPlan,
        batches: Batches,
        journal: str | os.PathLike[str] | JournalCopy,
        *,
        refused: Destination | None = None,
        doubted: Destination | None = None,
        manner: Manner = DEFAULT_MANNER,
        choices: Choices = DEFAULT_CHOICES,
        clock: Clock,
        sleep: Callable[[float], object],
    ) -> None:
        self.notes: list[Remark] = []
        self._refused, self._are_refused_written = refused, False
        self._kept: str | None = None
        self._doubted, self._writes = doubted, not isinstance(journal, JournalCopy)
        self._plan, self._batches, self._manner = plan, batches, manner
        self._clock = clock
        self._file = (
            journal if isinstance(journal, JournalCopy) else JournalFile(journal, clock=clock.seconds, sleep=sleep)
        )
        try:
            with naming_journal(self._file.path):
                self._steps = self._begin(choices)
        except BaseException:
            self._file.close()
            raise

    @property
    def journal(self) -> Journal:
        """The states of all rows."""
        return self._file.journal

    @property
    def path(self) -> str:
        """The path of the journal."""
        return self._file.path

    @property
    def is_needed(self) -> bool:
        """Whether there is something to be done."""
        return self._steps is not None

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self._run.requests

    def _begin(self, choices: Choices) -> Steps[Ended] | None:
        """Open the journal for this upload; the steps of the run, or None if nothing is to be done."""
        found = self._plan.opening(self.journal, self._batches, choices)
        self._run = self._new_run()
        if found.opening is Opening.NOTHING:
            self._leave(found.note or "")
            return None
        self.notes += [Remark(found.note, found.is_usual)] if found.note else []
        taken = self.journal.taken_whole() if found.opening is Opening.RESUME else ()
        if not all(has_span(taken, *span) for span in self._batches.taken):
            self._restore()
        self._batches.write_rejects()
        if found.opening is Opening.REPLACE:
            self._file.replace()
            self._run = self._new_run()
        if found.opening is not Opening.RESUME:
            for what, file in (("refused rows", self._refused), ("rows in doubt", self._doubted)):
                kept = keep_earlier(file) if self._writes and isinstance(file, (str, os.PathLike)) else None
                self.notes += [Remark(f"the {what} of an earlier upload are kept as {kept}")] if kept else []
            self._record(self._plan.begin(self._batches))
        self._record(Run(os.getpid()))
        if self._manner.in_doubt is InDoubt.SETTLE:
            for event in settled(self.journal):
                self._record(event)
        elif self.journal.old_doubts(self._clock.moment()) and self._manner.in_doubt is not InDoubt.HOLD:
            rows = sum(count_rows(doubt.rows) for doubt in self.journal.old_doubts(self._clock.moment()))
            old = f"{rows:,} rows are in doubt for over an hour: sending them again may undo later changes"
            self.notes.append(Remark(old))
        return self._run.steps()

    def _leave(self, done: str) -> None:
        """Note what was not taken of an upload that was whole, and where it is.

        What an earlier run has written stays as it is, for somebody may be correcting it.
        """
        self._batches.drop_rejects() if _is_there(self._plan.rejects) else self._batches.write_rejects()
        if not _is_there(self._refused):
            self.write_refused()
        self._are_refused_written = True
        names = [name_of(each) for each in (self._refused, self._plan.rejects)]
        left = left_out(self.counts()[1], names[0], self._batches.rejected, names[1])
        self.notes.append(Remark(f"{done}; {left}" if left else done, is_usual=left is None))

    def _new_run(self) -> UploadRun:
        names = {"refused": _name_of(self._refused), "doubted": _name_of(self._doubted)}
        return UploadRun(self._batches, self.journal, self._manner, self._clock, **names)

    def _restore(self) -> None:
        """Read the source once more: rows were left out that are to be sent, since another run has begun anew.

        Raises:
            JournalStopped: the source has changed.
            OSError: it cannot be read.

        """
        try:
            is_same = self._batches.restore(self._plan.prepare())
        except InvalidData:
            is_same = False
        if not is_same:
            reason = "the source changed while it was read: the same command reads it again"
            raise JournalStopped(errno.EBUSY, reason, self._plan.name)

    def _record(self, event: Event) -> None:
        self._file.append(self.journal.record(event, self._clock.moment()))

    def next(self, given: Given = None) -> Send | Wait | Ended:
        """The next step after the outcome of a request, or after a wait; what the journal has to hold is in it.

        Raises:
            JournalStopped: the journal, or the refused rows, cannot be written.

        """
        if self._steps is None:
            return Ended(Ending.DONE)
        try:
            step = self._steps.send(given)
            while not isinstance(step, (Send, Wait)):
                if isinstance(step.event, End):  # behind which nobody goes on
                    self.write_refused()
                self._append(step)
                step = next(self._steps)
        except StopIteration as end:
            ended: Ended = end.value
            return ended
        return step

    def _append(self, note: Note) -> None:
        """Write a note; a request whose note cannot be written is not sent."""
        try:
            self._file.append(note.line, sync=note.sync)
        except JournalStopped:
            if isinstance(note.event, Sending):
                self.journal.record(Outcome(State.FAILED, note.event.rows), self._clock.moment())
            raise

    def counts(self) -> tuple[int, int, int]:
        """How many rows are taken, refused, in doubt."""
        return counts_of(self.journal)

    @property
    def has_refused_together(self) -> bool:
        """Whether rows were refused in one request with others, or may have been, so that some of them may be right."""
        if self._plan.limits.max_records == 1:
            return False
        return has_refused_together(self.journal, self._run.messages)

    def write_refused(self) -> str | None:
        """Write the refused rows, those of earlier runs too, to correct and upload them; nothing if there are none.

        An earlier file that has other lines, which somebody may have corrected, is kept under another name, which the
        line that is returned is about.

        Raises:
            JournalStopped: they cannot be written; the same upload does so.

        """
        refusals = self.journal.refusals()
        if self._refused is not None and refusals and self._writes and not self._are_refused_written:
            self._kept = self._write_or_keep(Reasons.of_refusals(refusals), self._refused, "refused rows")
            self._are_refused_written = True
        return self._kept

    def write_doubts(self) -> str | None:
        """Write the rows that are held in doubt, to upload those that have not arrived; nothing if there are none.

        An earlier file stays as it is where none is in doubt any more; else as for refused rows.

        Raises:
            JournalStopped: they cannot be written; the same upload does so.

        """
        if self._doubted is None or not self.holds_doubts or not self._writes:
            return None
        return self._write_or_keep(Reasons.of_doubts(self.journal.doubts()), self._doubted, "rows in doubt")

    def _write_or_keep(self, reasons: Reasons, destination: Destination, what: str) -> str | None:
        try:
            kept = write_or_keep(destination, partial(self._write, reasons))
        except OSError as error:
            reason = f"the {what} cannot be written ({error.strerror}): run the same upload again to do so"
            raise JournalStopped(error.errno, reason, name_of(destination)) from error
        return None if kept is None else f"an earlier file of {what} is kept as {kept}"

    @property
    def holds_doubts(self) -> bool:
        """Whether there are rows in doubt that the next run would not send again."""
        return is_held(self._manner.in_doubt, identified=self._batches.identified) and bool(self.journal.doubts())

    def _write(self, reasons: Reasons, destination: Destination) -> None:
        if not self._batches.report.source.is_table:
            write_records(self._batches, reasons, destination)
            return
        with self._plan.opened() as opened:
            write_rows(opened, self._plan.schema, self._plan.options, reasons, destination)

    def report(self, why: str | None, caller: Caller = Caller.PYTHON) -> Report:
        """The report on the source, with what was refused, is in doubt or left, and what the caller can do.

        ``why``: the reason why it stopped.
        """
        doubted = _name_of(self._doubted) if self.holds_doubts else None
        return report_on(self._batches, self.journal, self._run.messages, caller, why, doubted)

    def close(self) -> None:
        """Close the journal."""
        self._file.close()

    def __enter__(self) -> UploadJob:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
