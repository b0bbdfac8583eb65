"""One upload of one source: its batches, its journal, and its run, without the network.

In: a source, an address, and after each request its outcome. Out: requests and waits; at last how it ended, the file of
refused rows, and the report. Rule: what the journal has to hold is on the disk before the step that needs it is given.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass, replace
from hashlib import sha256
from types import TracebackType
from typing import Any

from custobar_formats.core.callers import Caller
from custobar_formats.core.errors import UsageError, misuse_of
from custobar_formats.core.limits import SPOOLED_BYTES
from custobar_formats.files.filenames import name_of
from custobar_formats.files.output import Destination
from custobar_formats.files.source import ByteInput, TextInput, open_input
from custobar_formats.files.temporary import open_temporary
from custobar_formats.pipeline.options import Options
from custobar_formats.report.report import InvalidData, Report
from custobar_formats.schema.compiled import Schema
from custobar_formats.upload.batches import LIMITS, Batches, Limits, open_batches
from custobar_formats.upload.endings import Ended, Ending
from custobar_formats.upload.journal import Journal
from custobar_formats.upload.journal_file import JournalCopy, JournalFile, JournalStopped, read_unfinished
from custobar_formats.upload.journal_lines import Begin, End, Event, Option, Outcome, Run, Sending, State
from custobar_formats.upload.outcome import counts_of, has_refused_together, report_on
from custobar_formats.upload.refused_file import Reasons, keep_earlier, write_refused_records, write_refused_rows
from custobar_formats.upload.resuming import InDoubt, Opening, differences, open_for, settled
from custobar_formats.upload.row_map import Spans, count_rows, has_span
from custobar_formats.upload.run import Clock, Given, Manner, Note, Send, Steps, UploadRun, Wait

BODY_FORM = 1
"""The version of the bodies: another one makes other bytes of the same records."""

DEFAULT_MANNER = Manner()


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """A source to upload, and how.

    Attributes:
        source: text, bytes, a path, or records; or what opens an input anew, such as a stream that was kept.
        name: its name in the journal.
        schema, options: how it is read, and what is valid.
        origin: where it goes.
        limits, send: how large a request is, and in which form.
        digests: the digests of the schema and of the mapping, by these names.
        rejects: where rows with errors go; None if there may be none.
        strict, ignore: as in ``convert``.

    """

    source: Any
    name: str
    schema: Schema
    options: Options
    origin: str
    limits: Limits = LIMITS
    send: str = "json"
    digests: Mapping[str, str] = field(default_factory=dict)
    rejects: Destination | None = None
    strict: bool = False
    ignore: tuple[str, ...] = ()

    @contextmanager
    def opened(self) -> Iterator[TextInput | ByteInput]:
        """The source, from its start.

        Raises:
            OSError: a file cannot be opened.

        """
        with self.source() if callable(self.source) else open_input(self.source) as opened:
            yield opened

    def prepare(
        self,
        opened: TextInput | ByteInput | None = None,
        on_progress: Callable[[int], None] | None = None,
        taken: Spans = (),
    ) -> Batches:
        """Read and validate the source; ``opened``: it, from its start; ``taken``: rows whose bodies nobody needs.

        Raises:
            InvalidData: the data has errors, and there are no rejects.
            UsageError: an option cannot be used.
            OSError: a file cannot be read or written.

        """
        return open_batches(
            self.source if opened is None else opened,
            self.schema,
            self.options,
            limits=self.limits,
            send=self.send,
            rejects=self.rejects,
            strict=self.strict,
            ignore=self.ignore,
            on_progress=on_progress,
            taken=taken,
        )

    def taken(self, journal: str) -> Spans:
        """The rows that an unfinished journal of this upload has as taken whole: a guess, which is to be checked.

        Nothing is locked, and of the content only the size is compared. None for a source that cannot be read again,
        as a wrong guess needs.

        Raises:
            UsageError: the source cannot be used.
            OSError: it cannot be opened.

        """
        is_path = isinstance(self.source, os.PathLike) and os.path.isfile(self.source)
        if not (is_path or callable(self.source) or isinstance(self.source, (str, bytes, bytearray, memoryview))):
            return ()
        found = read_unfinished(journal)
        if found is None or (old := found.begin) is None:
            return ()
        with self.opened() as opened:
            size = opened.progress()[1] if isinstance(opened, ByteInput) else None
        entity = self.options.entity or self.schema.entity
        new = self._begin(old.size if size is None else size, old.sha256, entity, old.identified)
        return () if differences(old, new) else found.taken_whole()

    def begin(self, batches: Batches) -> Begin:
        """The first line of its journal."""
        entity = batches.report.source.entity or self.options.entity or self.schema.entity
        return self._begin(batches.source_size, batches.source_sha256, entity, batches.identified)

    def _begin(self, size: int, sha256: str, entity: str | None, identified: bool) -> Begin:
        options: dict[str, Option] = {"body-form": BODY_FORM, "send": self.send, **self.digests}
        options |= {"max-records": self.limits.max_records, "max-bytes": self.limits.max_bytes}
        given = self.options
        options |= {"blank": given.blank, "list-gaps": given.list_gaps, "header": given.header}
        options |= {"encoding": given.encoding, "delimiter": given.delimiter}
        options |= {"sheet": None if given.sheet is None else str(given.sheet)}
        options = {name: value for name, value in options.items() if value is not None}
        return Begin(os.path.basename(self.name), size, sha256, str(entity), self.origin, identified, options)


def digest_of(document: Any) -> str:
    """The digest of a JSON document, or of values, whatever the order of their keys.

    Example:
        >>> digest_of({"a": 1, "b": frozenset("xy")}) == digest_of({"b": frozenset("yx"), "a": 1})
        True

    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=_plain)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A value that JSON does not have, as one that it has."""
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)


@contextmanager
def naming_journal(path: str) -> Iterator[None]:
    """A context in which a misuse of a journal names it."""
    try:
        yield
    except UsageError as error:
        raise misuse_of(path, error) from None


@dataclass(frozen=True, slots=True)
class Choices:
    """The wishes of a user about the journal that is found."""

    again: bool = False
    if_new: bool = False
    abandon: bool = False


class UploadJob:
    """An upload under way; ``notes`` are for the user, and ``refused`` is where refused rows go.

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
        manner: Manner = DEFAULT_MANNER,
        choices: Choices = Choices(),
        clock: Clock,
        sleep: Callable[[float], object],
    ) -> None:
        self.notes: list[str] = []
        self._refused, self._are_refused_written = refused, False
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
        begin = self._plan.begin(self._batches)
        found = open_for(self.journal, begin, again=choices.again, if_new=choices.if_new, abandon=choices.abandon)
        self.notes += [found.note] if found.note else []
        self._run = self._new_run()
        if found.opening is Opening.NOTHING:
            return None
        taken = self.journal.taken_whole() if found.opening is Opening.RESUME else ()
        if not all(has_span(taken, *span) for span in self._batches.taken):
            self._restore()
        if found.opening is Opening.REPLACE:
            self._file.replace()
            self._run = self._new_run()
        if found.opening is not Opening.RESUME:
            kept = keep_earlier(self._refused) if isinstance(self._refused, (str, os.PathLike)) else None
            self.notes += [f"the refused rows of an earlier upload are kept as {kept}"] if kept else []
            self._record(begin)
        self._record(Run(os.getpid()))
        if self._manner.in_doubt is InDoubt.SETTLE:
            for event in settled(self.journal):
                self._record(event)
        elif self.journal.old_doubts(self._clock.moment()) and self._manner.in_doubt is not InDoubt.HOLD:
            rows = sum(count_rows(doubt.rows) for doubt in self.journal.old_doubts(self._clock.moment()))
            self.notes.append(f"{rows:,} rows are in doubt for over an hour: sending them again may undo later changes")
        return self._run.steps()

    def _new_run(self) -> UploadRun:
        refused = None if self._refused is None else name_of(self._refused)
        return UploadRun(self._batches, self.journal, self._manner, self._clock, refused=refused)

    def _restore(self) -> None:
        """Read the source once more: rows were left out that are to be sent, since another run has begun anew.

        Raises:
            JournalStopped: the source has changed.
            OSError: it cannot be read.

        """
        with open_temporary(SPOOLED_BYTES) as again:  # the rejects have been written
            plan = self._plan if self._plan.rejects is None else replace(self._plan, rejects=again)
            try:
                is_same = self._batches.restore(plan.prepare())
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

    def write_refused(self) -> None:
        """Write the refused rows, those of earlier runs too, to correct and upload them; nothing if there are none.

        Raises:
            JournalStopped: they cannot be written; the same upload does so.

        """
        refusals = self.journal.refusals()
        if self._refused is None or self._are_refused_written or not refusals:
            return
        try:
            self._write_refused(Reasons(refusals), self._refused)
        except OSError as error:
            reason = f"the refused rows cannot be written ({error.strerror}): run the same upload again to do so"
            name = self._refused if isinstance(self._refused, (str, os.PathLike)) else None
            raise JournalStopped(error.errno, reason, name) from error
        self._are_refused_written = True

    def _write_refused(self, reasons: Reasons, destination: Destination) -> None:
        if not self._batches.report.source.is_table:
            write_refused_records(self._batches, reasons, destination)
            return
        with self._plan.opened() as opened:
            write_refused_rows(opened, self._plan.schema, self._plan.options, reasons, destination)

    def report(self, why: str | None, caller: Caller = Caller.PYTHON) -> Report:
        """The report on the source, with what was refused, is in doubt or left, and what the caller can do.

        ``why``: the reason why it stopped.
        """
        return report_on(self._batches, self.journal, self._run.messages, caller, why)

    def close(self) -> None:
        """Close the journal."""
        self._file.close()

    def __enter__(self) -> UploadJob:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
