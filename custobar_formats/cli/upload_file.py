"""One file of the command ``upload``: validated, uploaded, reported.

In: a file's name and how it is read and sent. Out: its report, lines for the user, its exit code.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from custobar_formats.cli.command_line import uploading_options
from custobar_formats.cli.convert import counted
from custobar_formats.cli.entity import Choice
from custobar_formats.cli.options import in_colour
from custobar_formats.cli.signals import SignalRaised
from custobar_formats.cli.terminal import (
    INVALID,
    MISUSE,
    PROGRAM,
    STOPPED,
    VALID,
    error_text,
    folding_width,
    print_message,
    print_styled,
)
from custobar_formats.cli.upload_progress import UploadProgress
from custobar_formats.core.callers import Caller
from custobar_formats.core.entities import Entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import as_argument
from custobar_formats.core.upload_limits import MINUTE
from custobar_formats.files.filenames import checked_output
from custobar_formats.files.urls import is_url
from custobar_formats.report.report import Report
from custobar_formats.report.text import finding_line, printable, text_of
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.client import SYSTEM_CLOCK
from custobar_formats.upload.driving import drive, rehearse
from custobar_formats.upload.endings import Ended, Ending, go_on
from custobar_formats.upload.job import UploadJob, naming_journal
from custobar_formats.upload.journal_file import JournalCopy, JournalStopped
from custobar_formats.upload.outcome import NOT_UPLOADED, with_rows_left
from custobar_formats.upload.oversize import OVER_LIMIT
from custobar_formats.upload.plan import UploadPlan
from custobar_formats.upload.resuming import Choices, Opening, journal_name
from custobar_formats.upload.run import Manner
from custobar_formats.upload.transport import Transport

INTERRUPTED_LINE = f"interrupted: {go_on(Caller.COMMAND)}"

HELD = 4

CODES = {
    Ending.DONE: VALID,
    Ending.MISUSE: MISUSE,
    Ending.STOPPED: STOPPED,
    Ending.INTERRUPTED: STOPPED,
    Ending.HELD: HELD,
}
"""The exit code of each ending, where no row was refused or rejected."""

WORST_FIRST = (MISUSE, STOPPED, HELD, INVALID, VALID)
"""The exit codes, the one first that counts where several apply."""

FEWER_RECORDS = 25
"""Records of a request with which refused events are tried again."""


def worst_of(codes: Sequence[int]) -> int:
    """The exit code of several files."""
    return min(codes, key=WORST_FIRST.index, default=VALID)


class RowFiles(NamedTuple):
    """The names of the files of rows that are refused, and in doubt."""

    refused: str
    doubted: str


@dataclass(slots=True, kw_only=True)
class FileUpload:
    """A file that was validated, and how it is uploaded.

    Attributes:
        name: the file, as it was named; ``-`` for stdin.
        plan: what is sent, and where.
        choice: its entity, and why.
        batches: its requests.
        rejects: where its rows with errors have gone; None if there may be none.
        report: on the file; after the upload with what was refused.

    """

    name: str
    plan: UploadPlan
    choice: Choice
    batches: Batches
    rejects: str | None
    report: Report
    journal: str | None
    quiet: bool
    is_whole: bool = False
    _printed: frozenset[str] = frozenset({NOT_UPLOADED})

    @property
    def entity(self) -> Entity:
        """The entity of its records."""
        entity = self.choice.entity or self.plan.schema.entity
        assert entity is not None
        return entity

    def dry_run(self, rate: float, manner: Manner, choices: Choices) -> int:
        """Print what an upload would send now, by its journal; return the exit code that it would come to.

        Raises:
            UsageError: the journal is of something else.
            OSError: a file cannot be read.

        """
        requests: list[tuple[int, int, bool]] = []
        with self._rehearsal(manner, choices) as job:
            self._print_notes(job)
            if not job.is_needed:
                return self._left_out(job)
            ended = rehearse(job, lambda each: requests.append((each.records, len(each.body), each.identified)))
            self.report = self.choice.complete(job.report(ended.as_option, Caller.COMMAND), self.plan.ignore)
            refused = job.counts()[1]
        self._print_report()
        records, size = sum(count for count, _, _ in requests), sum(size for _, size, _ in requests)
        what = f"{counted(records, 'record')} of {self.entity} in {counted(len(requests), 'request')}"
        minutes = f"{_duration(len(requests) * MINUTE / rate)} at {rate:g} requests a minute"
        unidentified = sum(count for count, _, identified in requests if not identified)
        more = f"; {counted(unidentified, 'record')} without an identifier, which may not be sent twice"
        print_message(f"{self._shown}: {what}, {size:,} bytes; {minutes}{more if unidentified else ''}")
        self._print_rejects()
        if ended.as_option is not None:
            print_message(f"error: {self._shown}: {printable(ended.as_option)}")
        self.is_whole = ended.ending is Ending.DONE
        return self._code(CODES[ended.ending], refused=refused)

    def _print_notes(self, job: UploadJob) -> None:
        for note in job.notes:
            if not (self.quiet and note.is_usual):
                print_message(f"{self._shown}: {printable(note.text)}")

    def _left_out(self, job: UploadJob) -> int:
        """The exit code of a file that was uploaded whole; its report has what Custobar has refused of it."""
        self.is_whole = True
        self.report = self.choice.complete(job.report(None, Caller.COMMAND), self.plan.ignore)
        return self._code(VALID, refused=job.counts()[1])

    def _rehearsal(self, manner: Manner, choices: Choices) -> UploadJob:
        """The upload as it would go; without an address, or a place for a journal, as if there were no journal."""
        how = self._how(self.journal or journal_name(self.name, self.plan.origin), manner, choices)
        return UploadJob(self.plan, self.batches, self._journal_copy(), **how)

    def _how(self, journal: str, manner: Manner, choices: Choices) -> dict[str, Any]:
        how: dict[str, Any] = {"manner": manner, "choices": choices, "clock": SYSTEM_CLOCK, "sleep": time.sleep}
        return how | self._names(journal)._asdict()

    def _journal_copy(self) -> JournalCopy:
        name = None if self.name == "-" or is_url(self.name) else journal_name(self.name, self.plan.origin)
        return JournalCopy((self.journal or name) if self.plan.origin else None)

    def opening(self, choices: Choices) -> Opening:
        """The way to go on with its journal as it is now; that it was uploaded is no error here.

        Raises:
            UsageError: the journal is damaged or of something else, or rows would be stored twice.
            OSError: it cannot be read.

        """
        copy = self._journal_copy()
        asked = choices if choices.again else replace(choices, if_new=True)
        with naming_journal(copy.path):
            return self.plan.opening(copy.journal, self.batches, asked).opening

    def upload(
        self, transport: Transport, manner: Manner, choices: Choices, check: Callable[[], None] = lambda: None
    ) -> int:
        """Upload it, or go on with that; return the exit code. ``check`` raises where a signal has come.

        Raises:
            JournalStopped: another process has the journal, or it cannot be written.
            UsageError: the journal is of something else.
            OSError: a file cannot be read or written.

        """
        path = self.journal or journal_name(self.name, self.plan.origin)
        files = self._names(path)
        with self._opened(path, self._how(path, manner, choices)) as job:
            self._print_notes(job)
            if not job.is_needed:
                return self._left_out(job)
            self._print_oversize()
            try:
                ended = self._drive(job, transport, check, files)
                self._finish(job, files, ended.as_option)
            except SignalRaised:  # upon which it ends at once: the next run reports, and writes what was refused
                self._print_counts(job)
                self.leave(INTERRUPTED_LINE, job.counts()[0])
                raise
            if ended.as_option is not None:
                print_message(f"error: {self._shown}: {printable(ended.as_option)}")
            self.is_whole = ended.ending is Ending.DONE
            return self._code(CODES[ended.ending], refused=job.counts()[1])

    def leave(self, why: str, taken: int = 0) -> None:
        """Put it into the report that the rows are not uploaded, but for those taken, and why; once is enough."""
        records = self.batches.records
        self.report = with_rows_left(self.report, records - taken, records, why)

    def _opened(self, path: str, how: Mapping[str, Any]) -> UploadJob:
        try:
            return UploadJob(self.plan, self.batches, path, **how)
        except (UsageError, OSError) as error:
            self.leave(error_text(error))
            raise

    def _drive(self, job: UploadJob, transport: Transport, check: Callable[[], None], files: RowFiles) -> Ended:
        try:
            with UploadProgress(self.name, self.batches.report.rows, check, shown=not self.quiet) as progress:
                return drive(job, transport, time.sleep, progress.step)
        except Exception as error:
            self._finish(job, files, error_text(error))
            raise

    def _print_oversize(self) -> None:
        """Print a warning, before anything is sent, about what is more than one request takes."""
        count = self.report.counts.by_code.get(OVER_LIMIT, 0)
        if count and not self.quiet:
            self._printed |= {OVER_LIMIT}
            first = next(each for each in self.report.findings if each.code == OVER_LIMIT)
            print_message(finding_line(self.report.source, first))
            if count > 1:
                print_message(f"{self._shown}: {count - 1:,} more such warnings: --dry-run shows them")

    def _names(self, journal: str) -> RowFiles:
        """The files of its rows: beside it, or beside the journal."""
        suffix = ".csv" if self.report.source.is_table else ".jsonl"
        has_no_place = self.name == "-" or is_url(self.name)
        name = journal.removesuffix(".upload-journal") if has_no_place else self.name
        name = name.rpartition("/")[2] if is_url(name) else name  # of a rehearsal without a journal
        return RowFiles(*(str(checked_output(f"{name}.{kind}{suffix}")) for kind in ("refused", "in-doubt")))

    def _finish(self, job: UploadJob, files: RowFiles, why: str | None) -> None:
        """Report what the journal knows, also of earlier runs, and write the rows of files; ``why`` it stopped."""
        self.report = self.choice.complete(job.report(why, Caller.COMMAND), self.plan.ignore)
        self._print_report()
        reasons = "" if self.report.source.is_table else "; the reasons are in the report"  # JSON has no place for them
        refused = self._written(job.write_refused, f"{files.refused}{reasons}")
        doubted = self._written(job.write_doubts, files.doubted if job.holds_doubts else "")
        self._print_counts(job, refused, doubted)
        if not self.batches.identified and job.has_refused_together:
            what = self.entity if self.entity == "events" else f"{self.entity} without identifiers"
            print_message(f"{what} are refused by the request: {self._narrowing(files.refused)} finds out which ones")

    def _written(self, write: Callable[[], str | None], where: str) -> str:
        """Write rows; where they are, in brackets, or why they are not, which is not to hide how the run has ended."""
        try:
            kept = write()
        except JournalStopped as error:
            where = error_text(error)
        else:
            if kept is not None:
                print_message(f"{self._shown}: {printable(kept)}")
        return f" ({printable(where)})" if where else ""

    def _print_counts(self, job: UploadJob, where_refused: str = "", where_doubted: str = "") -> None:
        """Print how many rows are in which state, and where those are that were refused or are in doubt."""
        taken, refused, in_doubt = job.counts()
        left = self.batches.records - taken - refused - in_doubt
        parts = [f"{counted(taken, 'row')} taken", f"{refused:,} refused{where_refused}" if refused else ""]
        parts += [f"{in_doubt:,} in doubt{where_doubted}" if in_doubt else "", f"{left:,} not sent" if left else ""]
        if not self.quiet or any(parts[1:]):
            print_message(f"{self._shown}: {', '.join(filter(None, parts))}; {counted(job.requests, 'request')}")
        self._print_rejects()

    def _narrowing(self, refused_name: str) -> str:
        """The command that uploads the refused rows in smaller requests."""
        fewer = FEWER_RECORDS if self.plan.limits.max_records > FEWER_RECORDS else 1
        options = uploading_options() + "".join(f"{as_argument(word)} " for word in self.choice.by_settings)
        # The name of the refused file may show no entity, or another one.
        is_named = self.choice.mapping is not None or "--entity " in options or "--schema " in options
        entity = "" if is_named else f"--entity {self.entity} "
        return f"'{PROGRAM} upload {as_argument(refused_name)} {options}{entity}--max-records {fewer}'"

    @property
    def _shown(self) -> str:
        return "<stdin>" if self.name == "-" else printable(self.name)

    def _print_report(self) -> None:
        """Print the report, but for what has a line of its own before or after it."""
        found = self.report.counts.by_code.keys() - self._printed
        if found and not (self.quiet and self.report.valid):
            how: dict[str, Any] = {"colour": in_colour(sys.stderr), "width": folding_width(sys.stderr)}
            print_styled(text_of(self.report, **how, without=self._printed))

    def _print_rejects(self) -> None:
        if self.rejects is not None and (self.batches.rejected or not self.quiet):
            print_message(f"{printable(self.rejects)}: {counted(self.batches.rejected, 'rejected row')} written (CSV)")

    def _code(self, code: int, *, refused: int = 0) -> int:
        return worst_of([code, INVALID if refused or self.batches.rejected else VALID])


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min" if minutes else "under a minute"
    )
