"""One call of ``Client.upload``: what it is given, and what it returns.

In: a source and options. Out: a plan, and at last the result. Pure but for the files that the job has.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from custobar_formats.core.arguments import check_count, check_flags
from custobar_formats.core.entities import Entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import shown
from custobar_formats.core.upload_limits import MAX_BYTES, MAX_RECORDS, MAX_REFUSED
from custobar_formats.files.output import Destination
from custobar_formats.mapping.model import MappingLike
from custobar_formats.pipeline.api_read import Blank, Format, ListGaps, planned
from custobar_formats.pipeline.jobs import Jobs, check_jobs
from custobar_formats.pipeline.options import Options
from custobar_formats.report.report import Report
from custobar_formats.schema.compiled import Schema, SchemaLike
from custobar_formats.upload.batch import checked_limits
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.endings import Ended, Ending
from custobar_formats.upload.job import UploadJob
from custobar_formats.upload.plan import UploadPlan
from custobar_formats.upload.resuming import Choices, InDoubt, journal_name
from custobar_formats.upload.run import Clock, Manner


class UploadOptions(TypedDict, total=False):
    """The options of ``Client.upload``; those of ``batches`` mean the same."""

    journal: str | os.PathLike[str]
    refused: Destination
    doubted: Destination
    in_doubt: Literal["resend", "hold", "settle"]
    again: bool
    if_new: bool
    abandon: bool
    max_refused: int
    max_records: int
    max_bytes: int
    send: Literal["json", "csv"]
    mapping: MappingLike
    rejects: Destination
    format: Format
    encoding: str
    delimiter: str
    content_type: str
    blank: Blank
    list_gaps: ListGaps
    entity: Entity
    header: int
    sheet: str | int
    min_rows: int
    jobs: Jobs


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The result of an upload; the numbers are those of rows (of JSON, records), of earlier runs too.

    Attributes:
        ending: ``done``, ``misuse`` (a key, a scope, an address is to be set), ``stopped`` (the same call goes on) or
            ``held`` (rows are in doubt).
        message: what happened and what to do; None if it is done.
        taken: how many Custobar has accepted; its import runs later.
        refused: how many it has refused.
        in_doubt: how many may have arrived.
        rejected: how many had errors, and were not sent.
        requests: the requests of this run.
        report: the report on the source, with what was refused, what is in doubt and what is not uploaded.
        notes: lines about the journal that was found, such as that a new upload begins.

    """

    ending: Ending
    message: str | None
    taken: int
    refused: int
    in_doubt: int
    rejected: int
    requests: int
    report: Report
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every row was taken."""
        return self.ending is Ending.DONE and not self.refused and not self.rejected


@dataclass(frozen=True, slots=True)
class Call:
    """A call of ``Client.upload``: its plan, and how its job is to go.

    Attributes:
        plan: what is uploaded.
        journal: the path of the journal.
        refused: where refused rows go; None for nowhere.
        doubted: the same for rows that are held in doubt.
        manner, choices: those of the job.

    """

    plan: UploadPlan
    journal: str
    refused: Destination | None
    doubted: Destination | None
    manner: Manner
    choices: Choices

    def prepare(self) -> Batches:
        """Its source, read and validated; the bodies of what the journal has as taken may be left out."""
        return self.plan.prepare(earlier=self.plan.earlier(self.journal))

    def job(self, batches: Batches, clock: Clock, sleep: Callable[[float], object]) -> UploadJob:
        """Its job, with the journal open."""
        how: dict[str, Any] = {"manner": self.manner, "choices": self.choices}
        how |= {"refused": self.refused, "doubted": self.doubted}
        return UploadJob(self.plan, batches, self.journal, **how, clock=clock, sleep=sleep)

    def finish(self, job: UploadJob, batches: Batches, ended: Ended) -> Uploaded:
        """The result, after the rows that were refused or are in doubt were written."""
        taken, refused, in_doubt = job.counts()
        kept = filter(None, (job.write_refused(), job.write_doubts()))
        numbers = taken, refused, in_doubt, batches.rejected, job.requests
        notes = (*(each.text for each in job.notes), *kept)
        return Uploaded(ended.ending, ended.message, *numbers, job.report(ended.message), notes)


def make_call(
    source: Any,
    schema: SchemaLike | Schema | None,
    origin: str,
    given: UploadOptions,
    *,
    rate: float,
    patience: float,
) -> Call:
    """The call, checked.

    Raises:
        UsageError: an argument cannot be used.

    """
    _check_names(given)
    plan, compiled = planned(given.get("mapping"), schema)
    if compiled is None:
        raise UsageError("give the schema, such as 'customers': only valid data is sent")
    options = Options(
        given.get("format"),
        given.get("encoding"),
        given.get("delimiter"),
        given.get("content_type"),
        given.get("blank", "omit"),
        given.get("list_gaps", "error"),
        given.get("entity"),
        min_rows=given.get("min_rows"),
        header=given.get("header"),
        mapping=plan,
        sheet=given.get("sheet"),
    )
    limits = checked_limits(
        max_records=given.get("max_records", MAX_RECORDS), max_bytes=given.get("max_bytes", MAX_BYTES)
    )
    name = os.fspath(source) if isinstance(source, os.PathLike) else "<input>"
    send, rejects = given.get("send", "json"), given.get("rejects")
    jobs = given.get("jobs", 1)
    check_jobs(jobs)
    made = UploadPlan(source, name, compiled, options, origin, limits, send, rejects, jobs=jobs)
    flags = given.get("again", False), given.get("if_new", False), given.get("abandon", False)
    check_flags(**dict(zip(("again", "if_new", "abandon"), flags, strict=True)))
    max_refused = given.get("max_refused", MAX_REFUSED)
    check_count("max_refused", max_refused, least=0)
    manner = Manner(_in_doubt(given.get("in_doubt")), rate, patience, max_refused)
    refused, doubted = _rows_to(source, given, "refused"), _rows_to(source, given, "doubted")
    return Call(made, _journal(source, name, origin, given), refused, doubted, manner, Choices(*flags))


def _check_names(given: UploadOptions) -> None:
    unknown = given.keys() - UploadOptions.__annotations__.keys()
    if unknown:
        raise UsageError(f"unknown option {shown(min(unknown))}")


def _in_doubt(word: Any) -> InDoubt | None:
    if word is None:
        return None
    try:
        return InDoubt(word)
    except ValueError:
        raise UsageError(f"in_doubt={shown(word)}: use resend, hold or settle") from None


def _journal(source: Any, name: str, origin: str, given: UploadOptions) -> str:
    """The path of the journal: beside a file, if none is given."""
    if "journal" in given:
        return os.fspath(given["journal"])
    if not isinstance(source, os.PathLike):
        raise UsageError("only a path has a place for a journal: name one with journal=")
    return journal_name(name, origin)


def _rows_to(source: Any, given: UploadOptions, name: Literal["refused", "doubted"]) -> Destination | None:
    """Where such rows go, for which a stream would have to be read twice."""
    if given.get(name) is not None and hasattr(source, "read"):
        raise UsageError(f"{name}= needs a source that can be read again: give a path, text or bytes")
    return given.get(name)
