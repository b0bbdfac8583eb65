"""The work of the command ``upload``.

In: options. Out: requests; a journal, refused rows and reports as files; the exit code. Rule: every file is validated
before the first request, and nothing invalid is sent.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from custobar_formats.cli.connection import origin_of
from custobar_formats.cli.entity import Choice, EntityChooser, expanded, settings_of
from custobar_formats.cli.key_source import find_key
from custobar_formats.cli.options import (
    check_outputs,
    check_streams,
    in_colour,
    open_source,
    opened_stream,
    streams_too,
)
from custobar_formats.cli.progress import Progress
from custobar_formats.cli.report_option import ReportTargets
from custobar_formats.cli.signals import SignalRaised, announced_signals, raising_signals
from custobar_formats.cli.terminal import (
    INVALID,
    MISUSE,
    STOPPED,
    VALID,
    error_text,
    folding_width,
    print_message,
    print_out,
    print_styled,
)
from custobar_formats.cli.upload_file import CODES, INTERRUPTED_LINE, FileUpload, worst_of
from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import SPOOLED_BYTES
from custobar_formats.core.upload_limits import RATE
from custobar_formats.files.filenames import checked_output, existing_outputs
from custobar_formats.files.output import NewFile
from custobar_formats.files.source import ByteInput, TextInput, open_input
from custobar_formats.files.temporary import open_temporary
from custobar_formats.files.urls import is_url
from custobar_formats.pipeline.api_read import planned
from custobar_formats.pipeline.jobs import Jobs
from custobar_formats.pipeline.options import Options
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.report import InvalidData, Report, unchecked
from custobar_formats.report.text import how_read, printable, text_of
from custobar_formats.schema.sources import read_resources
from custobar_formats.upload.answers import Answer, Failure, Verdict, read_response
from custobar_formats.upload.batch import Limits
from custobar_formats.upload.endings import ending_of
from custobar_formats.upload.journal_file import JournalStopped, read_unfinished
from custobar_formats.upload.key import Key
from custobar_formats.upload.plan import NOTHING_EARLIER, UploadPlan
from custobar_formats.upload.resuming import Choices, InDoubt, Opening, journal_name
from custobar_formats.upload.run import Manner
from custobar_formats.upload.transport import Transport

NOTHING_SENT = "interrupted: nothing was sent"
NOT_CHECKED = "interrupted: the address and the key were not checked"

ORDER = ("shops", "products", "customers", "sales", "events")
"""The order of entities: what others refer to comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadCommand:
    """The options of one call."""

    files: tuple[str, ...]
    entity: str | None
    company: str | None
    url: str | None
    key_file: str | None
    dry_run: bool
    check: bool
    map_: str | None
    answers: tuple[str, ...]
    rejects: str | None
    reports: tuple[str, ...]
    in_doubt: str | None
    again: bool
    if_new: bool
    abandon: bool
    journal: str | None
    keep_order: bool
    rate: float | None
    max_records: int
    max_bytes: int
    send: str
    timeout: float
    patience: float
    max_refused: int
    min_rows: int | None
    jobs: Jobs
    force: bool
    ignore: tuple[str, ...]
    strict: bool
    quiet: bool
    verbose: bool
    schema: Path | None
    delimiter: str | None
    encoding: str | None
    header: int | None
    sheet: str | None
    blank: str
    fields: Path | None
    resources: tuple[Path, ...]
    settings: Path | None
    no_settings: bool

    def run(self) -> int:
        """Validate all files, then upload one after the other; return the exit code."""
        publisher = ReportTargets(self.reports, os.environ, force=self.force)
        names = self._names(publisher)
        chosen = settings_of(self.settings, none=self.no_settings)
        has_address = self.company or self.url or chosen.upload.company or chosen.upload.url
        origin = origin_of(self.company, self.url, chosen) if has_address or not self.dry_run else ""
        key = None if self.dry_run else find_key(self.key_file, self.settings)
        resources = read_resources(self.resources)
        chooser = EntityChooser(self.entity, self.schema, self.fields, chosen, resources, self.map_, self.answers)
        chooser.check()
        if self.verbose:
            print_message(chooser.settings_line())
        with ExitStack() as stack:
            transport = None
            if key is not None:
                transport = stack.enter_context(Transport(origin, key, timeout=self.timeout))
            if self.check and transport is not None:
                with announced_signals(NOT_CHECKED):
                    return self._check(transport, key)
            with announced_signals(NOTHING_SENT if transport is None else INTERRUPTED_LINE):
                code, files, reports = self._open_all(names, origin, chooser, stack)
            if code == VALID:
                code = self._upload_all(files, transport, self.rate or chosen.upload.rate or RATE)
                reports = [each.report for each in files]
        if publisher.shown not in (None, "text"):
            print_out(publisher.stream_text(reports))
        publisher.write_files(reports)
        return code

    def _names(self, publisher: ReportTargets) -> list[str]:
        """The files, after a look at all names."""
        names = expanded(self.files)
        inputs = [*names, self.schema, self.fields, self.settings, *self.resources, self.map_]
        publisher.check_files(streams_too([*inputs, self.rejects, self.journal]))
        check_streams(inputs)
        places = [os.path.realpath(name) for name in names]
        for name, place in zip(names, places, strict=True):
            if name != "-" and places.count(place) > 1:
                raise UsageError(f"{name}: the same file is named twice")
        for option, value in (("--journal", self.journal), ("--rejects", self.rejects)):
            if value is not None and len(names) > 1:
                raise UsageError(f"{option} is for one file: upload the files one by one")
        if self.journal is not None:
            checked_output(self.journal)
        for name in () if self.journal is not None or self.dry_run or self.check else names:
            if name == "-" or is_url(name):
                place = "stdin has" if name == "-" else f"{name}: a URL has"
                raise UsageError(f"{place} no place for a journal: name one with --journal")
        outputs = [(each, each) for each in (self.rejects, self.journal) if each is not None]
        for name in names:
            check_outputs(
                outputs,
                name,
                schema=self.schema,
                fields=self.fields,
                settings=self.settings,
                resources=self.resources,
                mapping=self.map_,
            )
        return names

    def _rejects(self, name: str, origin: str) -> str | NewFile | None:
        """Where rows with errors go; over a file only with ``--force``, or where an upload goes on, which has made it.

        Raises:
            UsageError: the file exists.

        """
        if self.rejects is None or self.force or read_unfinished(self.journal or journal_name(name, origin)):
            return self.rejects
        if existing_outputs(self.rejects, "blank"):
            raise UsageError(
                f"{self.rejects}: the file already exists: overwrite it with --force, or choose another name"
            )
        return NewFile(self.rejects)

    def _open_all(
        self, names: list[str], origin: str, chooser: EntityChooser, stack: ExitStack
    ) -> tuple[int, list[FileUpload], list[Report]]:
        """The exit code, and all files, validated; or the reports on them."""
        found = [self._open(name, origin, chooser, stack) for name in names]
        files = [each for each in found if isinstance(each, FileUpload)]
        wrong = [each for each in found if isinstance(each, Report)]
        for each in files if wrong and not self.dry_run else ():
            each.leave("nothing is sent while another file has errors")
        reports = [each.report if isinstance(each, FileUpload) else each for each in found]
        for report in wrong:
            print_styled(text_of(report, colour=in_colour(sys.stderr), width=folding_width(sys.stderr)))
            if report.is_checked and report.valid:
                print_message("warnings count as errors (--strict)")
            separates = report.is_separable and len(names) == 1 and self.rejects is None
            more = "; --rejects FILE takes the rows with errors, and uploads the others" if separates else ""
            print_message(f"{printable(report.source.name or '<stdin>')}: nothing was sent{more}")
        if len(wrong) < len(found) and wrong:
            print_message("nothing was sent of the other files either")
        codes = [INVALID if report.is_checked else MISUSE for report in wrong]
        if not self.keep_order:
            files.sort(key=lambda each: ORDER.index(each.entity))
        return worst_of(codes), files, reports

    def _open(self, name: str, origin: str, chooser: EntityChooser, stack: ExitStack) -> FileUpload | Report:
        """A file, validated; or the report on one that cannot be uploaded."""
        source = _kept_stdin(stack) if name == "-" else partial(open_input, open_source(name))
        how = Options(
            None,
            self.encoding,
            self.delimiter,
            None,
            self.blank,
            min_rows=self.min_rows,
            header=self.header,
            sheet=self.sheet,
        )
        with source() as opened:
            choice = chooser.choose(opened, how)
            shown = opened.name
        ignore = (*chooser.settings.ignore, *self.ignore)
        if choice.unknown is not None or choice.schema is None:
            return _not_uploaded(choice, shown)
        mapping, schema = planned(choice.mapping, choice.schema)
        assert schema is not None
        limits = Limits(self.max_records, self.max_bytes)
        options = replace(how, entity=choice.entity, mapping=mapping)
        rejects = self._rejects(name, origin)
        more = self.send, rejects, self.strict, ignore, self.jobs
        plan = UploadPlan(source, name, schema, options, origin, limits, *more)
        earlier = plan.earlier(self.journal or journal_name(name, origin)) if origin else NOTHING_EARLIER
        try:
            with source() as opened, Progress(opened, shown=not self.quiet) as progress:
                batches = stack.enter_context(plan.prepare(opened, progress, earlier))
        except InvalidData as error:
            return replace(choice.complete(error.report, ignore), strict=self.strict)
        report = choice.complete(batches.report, ignore)
        if self.verbose:
            print_message(how_read(report, progress.seconds))
        return FileUpload(
            name=name,
            plan=plan,
            choice=choice,
            batches=batches,
            rejects=self.rejects,
            report=report,
            journal=self.journal,
            quiet=self.quiet,
        )

    def _upload_all(self, files: list[FileUpload], transport: Transport | None, rate: float) -> int:
        """Upload the files, one after the other; one that does not come to its end stops the others.

        Without a transport, only print how that would go.
        """
        in_doubt = None if self.in_doubt is None else InDoubt(self.in_doubt)
        manner = Manner(in_doubt, rate, self.patience, self.max_refused)
        try:
            code, choices = self._choices(files)
        except (UsageError, OSError) as error:
            print_message(f"error: {printable(error_text(error))}")
            for each in files if transport is not None else ():
                each.leave(error_text(error))
            return MISUSE
        codes = [code]
        for place, each in enumerate(files, 1):
            try:
                if transport is None:
                    with announced_signals(NOTHING_SENT):
                        codes.append(each.dry_run(rate, manner, choices))
                else:
                    with raising_signals() as check:
                        codes.append(each.upload(transport, manner, choices, check))
            except (UsageError, OSError) as error:
                print_message(f"error: {printable(error_text(error))}")
                codes.append(STOPPED if isinstance(error, JournalStopped) else MISUSE)
            except SignalRaised as error:
                print_message(INTERRUPTED_LINE)
                for other in files[place - 1 :]:
                    other.leave(INTERRUPTED_LINE)
                return error.code
            if not each.is_whole:
                left = files[place:]
                for other in left if transport is not None else ():
                    other.leave(f"the upload stopped at {each.name}")
                if left:
                    names = ", ".join(printable(other.name) for other in left)
                    print_message(f"{'would not be' if transport is None else 'not'} uploaded: {names}")
                break
        return worst_of(codes)

    def _choices(self, files: list[FileUpload]) -> tuple[int, Choices]:
        """The wish for each file, after a look at all their journals; and misuse if nothing is left to send.

        Of several files, those that were uploaded whole are left out.

        Raises:
            UsageError: a journal is damaged or of something else, or rows would be stored twice.
            OSError: one cannot be read.

        """
        choices = Choices(again=self.again, if_new=self.if_new, abandon=self.abandon)
        if len(files) < 2:
            return VALID, choices
        openings = {each.opening(choices) for each in files}
        if self.again or self.if_new or openings != {Opening.NOTHING}:
            return VALID, choices if self.again else replace(choices, if_new=True)
        print_message(f"error: all {len(files)} files were uploaded: upload them once more with --again")
        return MISUSE, replace(choices, if_new=True)

    def _check(self, transport: Transport, key: Key | None) -> int:
        """Ask for one record: whether the address and the key are right; return the exit code."""
        reply = transport.get("/api/data/customers/?limit=1")
        answer: Answer | Failure = (
            reply
            if isinstance(reply, Failure)
            else read_response(reply.status, reply.headers, reply.body, now=time.time(), key=key)
        )
        if isinstance(answer, Answer) and (answer.verdict is Verdict.NO_SCOPE or 200 <= answer.status < 300):
            more = "; it has no scope to read customers" if answer.verdict is Verdict.NO_SCOPE else ""
            print_message(f"the address and the key are right{more}")
            return VALID
        ended = ending_of(answer, "customers", end=None, was_answered=False)
        print_message(f"error: {printable(ended.as_option or '')}")
        return CODES[ended.ending]


def _kept_stdin(stack: ExitStack) -> Callable[[], AbstractContextManager[TextInput | ByteInput]]:
    """A function that opens stdin anew, which is kept in a temporary file."""
    kept = stack.enter_context(open_temporary(SPOOLED_BYTES))
    shutil.copyfileobj(opened_stream(sys.stdin, "input").buffer, kept)

    def opened() -> AbstractContextManager[TextInput | ByteInput]:
        kept.seek(0)
        return open_input(ByteInput(cast(BinaryIO, kept), "<stdin>"))

    return opened


def _not_uploaded(choice: Choice, name: str | None) -> Report:
    """The report on a file whose entity is unknown."""
    if choice.unknown is None:
        raise UsageError(f"{name}: an upload needs an entity: name it with --entity")
    return unchecked(choice.unknown, SourceInfo(name=name))
