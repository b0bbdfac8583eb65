"""The outcome of the rows of an upload, as findings.

In: the report on the source, the journal, and the answers of the last run. Out: the report with them. Rule: each row
that was refused or is in doubt is a finding, and no report passes while a valid row is not uploaded.
"""

from __future__ import annotations

from custobar_formats.core.callers import Caller
from custobar_formats.core.findings import make_finding
from custobar_formats.report.report import Collector, Report, with_finding
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.endings import look
from custobar_formats.upload.journal import Journal, Refusal
from custobar_formats.upload.journal_lines import State
from custobar_formats.upload.row_map import RowMap, count_rows
from custobar_formats.upload.run import OTHERS

NOT_UPLOADED = "not-uploaded"


def counts_of(journal: Journal) -> tuple[int, int, int]:
    """How many rows are taken, refused, in doubt."""
    taken, refused = (count_rows(journal.in_state(state)) for state in (State.TAKEN, State.REFUSED))
    return taken, refused, sum(count_rows(doubt.rows) for doubt in journal.doubts())


def with_rows_left(report: Report, left: int, records: int, why: str | None) -> Report:
    """The report, with an error if some of so many valid rows are not uploaded, and the reason."""
    if left <= 0 or NOT_UPLOADED in report.counts.by_code:
        return report
    of = f"{left:,} of {records:,} valid {'rows' if report.source.is_table else 'records'}"
    message = f"{of} {'is' if left == 1 else 'are'} not uploaded: {why or 'the upload has stopped'}"
    return with_finding(report, make_finding(NOT_UPLOADED, message))


def report_on(
    batches: Batches, journal: Journal, messages: RowMap[str], caller: Caller, why: str | None, doubted: str | None
) -> Report:
    """The report on a source, with what was refused, what is in doubt and what is left, and what the caller can do.

    ``messages``: the answers that refused rows in the last run, by row; ``why``: the reason why it stopped;
    ``doubted``: the name of the file of rows in doubt.
    """
    left = batches.records - sum(counts_of(journal))
    return with_rows_left(_with_rows(batches, journal, messages, look(caller, doubted)), left, batches.records, why)


def _with_rows(batches: Batches, journal: Journal, messages: RowMap[str], advice: str) -> Report:
    report = batches.report
    refusals, doubts = journal.refusals(), journal.doubts()
    if not refusals and not doubts:
        return report
    refused = {row: each for each in refusals for first, last in each.rows for row in range(first, last + 1)}
    in_doubt = [row for doubt in doubts for first, last in doubt.rows for row in range(first, last + 1)]
    collector = Collector(keep=len(report.findings) + len(refused) + len(in_doubt))  # each row is promised
    collector.merge(report)
    lines = batches.lines({*refused, *in_doubt})
    collector.valid_rows -= len(refused)
    for row, refusal in refused.items():
        message = f"Custobar has refused it: {_reason_of(row, refusal, messages)}"
        collector.add(make_finding("refused-row", message, row=row, line=lines.get(row)))
    for row in in_doubt:
        message = "the row may have arrived, and no answer shows it"
        collector.add(make_finding("row-in-doubt", message, hint=advice, row=row, line=lines.get(row)))
    return collector.build(report.source)


def _reason_of(row: int, refusal: Refusal, messages: RowMap[str]) -> str:
    """The answer that refused a row in this run; of an earlier one, the journal has no message."""
    ((_, _, message),) = messages.within(row, row)
    return message or " ".join(filter(None, (str(refusal.status or ""), refusal.code)))


def has_refused_together(journal: Journal, messages: RowMap[str]) -> bool:
    """Whether rows were refused in one request with others, or may have been, so that some of them may be right."""
    spans = (span for refusal in journal.refusals() for span in refusal.rows)
    parts = (part for first, last in spans for part in messages.within(first, last))
    # Of an earlier run, only what is a single row is known to have been alone.
    return any(end > begin if message is None else message.endswith(OTHERS) for begin, end, message in parts)
