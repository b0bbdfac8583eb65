"""An upload, step by step: what to write, what to send, how long to wait.

In: batches, a journal, and after each request its outcome. Out: notes for the journal, requests, waits, and at last how
it ended. Pure: the clock and random numbers are given. Rules: a note is written before the request, the next after its
outcome, before any wait; one request at a time; what may have arrived is sent again only where that does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

from custobar_formats.core.callers import Caller
from custobar_formats.core.entities import Entity
from custobar_formats.core.upload_limits import (
    IDLE_SECONDS,
    MAX_DOUBTS_IN_A_ROW,
    MAX_MORE_REQUESTS,
    MAX_REFUSED,
    PATIENCE,
    RATE,
    RETRY_BASE,
    SAME_REFUSALS,
)
from custobar_formats.upload.answers import MEANINGS, Answer, Consequence, Failure, Verdict, consequence
from custobar_formats.upload.batch import Limits, UploadBatch
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.endings import Ended, Ending, ending_of, held, shown_outcome, systemic, too_many
from custobar_formats.upload.journal import Journal, Next
from custobar_formats.upload.journal_lines import Event, Limit, Outcome, Sending, State
from custobar_formats.upload.pace import Pace, Retry
from custobar_formats.upload.resuming import InDoubt, is_held
from custobar_formats.upload.row_map import RowMap, Spans, count_rows

Result = TypeVar("Result")


class Note(NamedTuple):
    """A line for the journal; with ``sync``, it is on the disk before anything else happens."""

    event: Event
    line: bytes
    sync: bool


class Send(NamedTuple):
    """A request to make; ``fresh``: on a new connection."""

    batch: UploadBatch
    fresh: bool


class Why(StrEnum):
    """The reasons of waits."""

    RATE = "the rate"
    RETRY = "another attempt"
    ASKED = "the server asks for it"
    DOUBT = "a pause after rows in doubt"


class Wait(NamedTuple):
    """A wait before the next step."""

    seconds: float
    why: Why


class Interrupted(NamedTuple):
    """Given instead of an outcome, or after a wait: the run is to end now.

    ``was_sent`` is False if no byte of the request was handed to the network.
    """

    was_sent: bool = True


Step = Note | Send | Wait
Given = Answer | Failure | Interrupted | None
Steps = Generator[Step, Given, Result]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run treats its batches.

    Attributes:
        in_doubt: whether rows that may have arrived are sent again; None: where each has an identifier.
        rate: the requests a minute.
        patience: the seconds for which a batch is tried.
        max_refused: the records, or whole sales, that may be refused before the run stops.

    """

    in_doubt: InDoubt | None = None
    rate: float = RATE
    patience: float = PATIENCE
    max_refused: int = MAX_REFUSED


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, as ``seconds`` that never go back and as a ``moment``; and ``random`` numbers from 0 to 1."""

    seconds: Callable[[], float]
    moment: Callable[[], datetime]
    random: Callable[[], float]


OTHERS = ", in one request with others"
"""Behind the answer to a request of several records or sales: each of them may be the reason."""


class _Stop(Exception):
    def __init__(self, ended: Ended) -> None:
        super().__init__(ended)
        self.ended = ended


class _Refusal(NamedTuple):
    """Rows that are refused, while nothing shows that others are accepted; ``units``: how many records or sales."""

    rows: Spans
    answer: Answer
    units: int

    @property
    def may_be_of_all(self) -> bool:
        """Whether its reason may be that of all rows: it is one record, or a sale of one row, and not too large."""
        return self.units == 1 and count_rows(self.rows) == 1 and self.answer.verdict is not Verdict.TOO_LARGE


class UploadRun:
    """One run of an upload, from where its journal is; ``refused``, ``doubted``: the names of the files of such rows.

    Attributes:
        requests: how many requests were made.
        messages: the answers that refused rows, by row.

    """

    def __init__(
        self,
        batches: Batches,
        journal: Journal,
        manner: Manner,
        clock: Clock,
        *,
        refused: str | None = None,
        doubted: str | None = None,
    ) -> None:
        self._batches = batches
        self._refused_name, self._doubted_name = refused, doubted
        self._journal = journal
        self._manner = manner
        self._clock = clock
        self._pace = Pace.start(manner.rate)
        self._refusals: list[_Refusal] = []
        self._refused = self._doubts = 0
        self._was_answered = self._is_maybe_systemic = False
        self._sent_at = clock.seconds()
        self.requests = 0
        self.messages = RowMap[str]()

    def steps(self) -> Steps[Ended]:
        """The steps of the run; after each ``Send``, its outcome is sent in.

        A ``Wait`` is over when anything is sent in; ``Interrupted`` ends the run, and leaves a note if a request was
        under way.
        """
        try:
            if self._journal.limit is not None:
                self._lower_limits(self._journal.limit)
            for batch in self._batches.cut(self._is_done, self._journal.taken_whole()):
                yield from self._deliver(batch)
            yield from self._settle_refusals()
            if self._journal.doubts():
                return Ended.of(Ending.HELD, self._held)
            yield from self._note(self._journal.end(), sync=True)
        except _Stop as stop:
            return stop.ended
        return Ended(Ending.DONE)

    def _is_done(self, rows: Spans) -> bool:
        return self._journal.next(rows, hold=False) is Next.SKIP

    def _note(self, event: Event, *, sync: bool = False) -> Steps[None]:
        yield Note(event, self._journal.record(event, self._clock.moment()), sync)

    def _wait(self, seconds: float, why: Why) -> Steps[None]:
        if seconds > 0 and isinstance((yield Wait(seconds, why)), Interrupted):
            raise _Stop(Ended(Ending.INTERRUPTED))

    def _held(self, caller: Caller) -> str:
        return held(caller, self._doubted_name)

    def _is_held(self, batch: UploadBatch) -> bool:
        return is_held(self._manner.in_doubt, identified=batch.identified)

    def _deliver(self, batch: UploadBatch) -> Steps[None]:
        """Send a batch, and its parts where it is refused as a whole."""
        parts: list[tuple[UploadBatch, Answer | None]] = [(batch, None)]
        more = MAX_MORE_REQUESTS
        while parts:
            if self._is_maybe_systemic:
                parts += _last_unit(parts.pop(0))  # if that is taken, the first ones are wrong by themselves
            part, refusal = parts.pop()
            match self._journal.next(part.rows, hold=self._is_held(part)):
                case Next.HOLD if part.identified:
                    raise _Stop(Ended.of(Ending.HELD, self._held))
                case Next.HALVE:
                    parts += _halved(part, refusal)
                case Next.SEND if refusal is not None and more <= 0:
                    yield from self._refuse(_Refusal(part.rows, refusal, part.units), part.entity)
                case Next.SEND:
                    more -= refusal is not None
                    answer = yield from self._send(part)
                    if answer is not None:
                        parts += yield from self._divide(part, answer, refusal, may_halve=more > 0)

    def _divide(
        self, part: UploadBatch, answer: Answer, refusal: Answer | None, *, may_halve: bool
    ) -> Steps[list[tuple[UploadBatch, Answer | None]]]:
        """The parts to send of what was refused as a whole, or is too large; without any, it is refused."""
        is_large = answer.verdict is Verdict.TOO_LARGE
        step = consequence(answer, identified=part.identified)
        halves = _halved(part, refusal if is_large else answer) if step is Consequence.HALVE else []
        if not halves or not (may_halve or is_large):
            yield from self._refuse(_Refusal(part.rows, answer, part.units), part.entity)
            return []
        yield from self._note(Outcome(State.SPLIT, part.rows, answer.status, answer.code))
        if is_large:
            limit = Limit(max(half.records for half, _ in halves), max(len(half.body) for half, _ in halves))
            yield from self._note(limit)
            self._lower_limits(limit)
        return halves

    def _lower_limits(self, limit: Limit) -> None:
        given = self._batches.limits
        lower = min(given.max_records, limit.max_records), min(given.max_bytes, limit.max_bytes)
        self._batches.limits = Limits(*lower)

    def _send(self, batch: UploadBatch) -> Steps[Answer | None]:
        """Send a batch until it is taken or in doubt, which gives None, or refused, which gives the answer."""
        retry = Retry.start(self._clock.seconds(), self._manner.patience)
        fresh = False
        while True:
            outcome = yield from self._request(batch, fresh=fresh)
            step = self._consequence(outcome, batch)
            self._was_answered = self._was_answered or isinstance(outcome, Answer)
            if step in (Consequence.HALVE, Consequence.REFUSE):
                assert isinstance(outcome, Answer)
                return outcome
            yield from self._note(_outcome_of(outcome, batch.rows))
            if step is Consequence.NEXT:
                yield from self._settle_refusals()
                self._doubts = 0
                return None
            if step is Consequence.DOUBT:
                yield from self._leave_in_doubt(outcome, batch)
                return None
            retry = retry.after(
                outcome, now=self._clock.seconds(), random=self._clock.random(), once=step is Consequence.RETRY_ONCE
            )
            if step is Consequence.STOP or retry.end is not None:
                end = None if step is Consequence.STOP else retry.end
                raise _Stop(ending_of(outcome, batch.entity, end=end, was_answered=self._was_answered))
            fresh = outcome.verdict is Verdict.MISDIRECTED
            asked = isinstance(outcome, Answer) and bool(outcome.retry_after)
            yield from self._wait(retry.wait, Why.ASKED if asked else Why.RETRY)

    def _request(self, batch: UploadBatch, *, fresh: bool) -> Steps[Answer | Failure]:
        """Make one request, in time; its outcome."""
        clock = self._clock
        yield from self._wait(self._pace.wait(clock.seconds()), Why.RATE)
        yield from self._note(Sending(batch.rows, batch.sha256), sync=True)
        idle = clock.seconds() - self._sent_at > IDLE_SECONDS
        self._pace = self._pace.sent(clock.seconds())
        self.requests += 1
        outcome = yield Send(batch, fresh or (idle and self._is_held(batch)))
        if not isinstance(outcome, (Answer, Failure)):
            is_unsent = isinstance(outcome, Interrupted) and not outcome.was_sent
            yield from self._note(Outcome(State.FAILED if is_unsent else State.DOUBT, batch.rows))
            raise _Stop(Ended(Ending.INTERRUPTED))
        self._sent_at = clock.seconds()
        self._pace = self._pace.after(outcome, now=self._sent_at)
        return outcome

    def _consequence(self, outcome: Answer | Failure, batch: UploadBatch) -> Consequence:
        """The next step; what may have arrived is sent again as the run's manner has it."""
        step = consequence(outcome, identified=batch.identified, answered=self._was_answered)
        if step in (Consequence.RETRY, Consequence.DOUBT) and MEANINGS[outcome.verdict].taken is None:
            return Consequence.DOUBT if self._is_held(batch) else Consequence.RETRY
        return step

    def _leave_in_doubt(self, outcome: Answer | Failure, batch: UploadBatch) -> Steps[None]:
        """Go on after rows in doubt, where their order does not matter, unless it happens again and again."""
        if batch.identified:
            raise _Stop(Ended.of(Ending.HELD, lambda caller: f"{shown_outcome(outcome)}: {self._held(caller)}"))
        self._doubts += 1
        if self._doubts >= MAX_DOUBTS_IN_A_ROW:
            raise _Stop(ending_of(outcome, batch.entity, end=None, was_answered=self._was_answered))
        yield from self._wait(RETRY_BASE * 2.0**self._doubts * (0.5 + self._clock.random() / 2), Why.DOUBT)

    def _refuse(self, refusal: _Refusal, entity: Entity) -> Steps[None]:
        """Refuse rows for good, once something else was accepted: else it may be about all of them."""
        self._refusals.append(refusal)
        self._refused += refusal.units
        alone = "" if refusal.units == 1 else OTHERS
        for first, end in refusal.rows:
            self.messages.put(first, end, f"{shown_outcome(refusal.answer)}{alone}")
        if self._journal.has_accepted:
            yield from self._settle_refusals()
        elif self._journal.state(refusal.rows) is State.SENDING:
            answer = refusal.answer
            yield from self._note(Outcome(State.FAILED, refusal.rows, answer.status, answer.code))
            alike = [each for each in self._refusals if each.may_be_of_all and _cause(each.answer) == _cause(answer)]
            self._is_maybe_systemic = len(alike) == SAME_REFUSALS
            if len(alike) > SAME_REFUSALS:
                raise _Stop(systemic(answer, [each.rows[0][0] for each in alike]))
        if self._refused > self._manner.max_refused:
            yield from self._settle_refusals()  # a run that stops at these each time would never come to the others
            raise _Stop(too_many(refusal.answer, entity, self._manner.max_refused, self._refused_name))

    def _settle_refusals(self) -> Steps[None]:
        self._is_maybe_systemic = False
        refusals, self._refusals = self._refusals, []
        for rows, answer, _ in refusals:
            yield from self._note(Outcome(State.REFUSED, rows, answer.status, answer.code))


def _halved(batch: UploadBatch, refusal: Answer | None) -> list[tuple[UploadBatch, Answer | None]]:
    """The halves of a batch, the second first, each with the refusal of the whole."""
    return [(half, refusal) for half in reversed(batch.halves() or ())]


def _last_unit(part: tuple[UploadBatch, Answer | None]) -> list[tuple[UploadBatch, Answer | None]]:
    """The parts of a part, of which the last one, to be sent next, is a single record or sale."""
    batch, refusal = part
    parts: list[tuple[UploadBatch, Answer | None]] = []
    while (halves := batch.halves()) is not None:
        parts.append((halves[0], refusal))
        batch = halves[1]
    return [*parts, (batch, refusal)]


def _outcome_of(outcome: Answer | Failure, rows: Spans) -> Outcome:
    """The state of rows after the outcome of their request, before it is tried again."""
    state = {True: State.TAKEN, False: State.FAILED, None: State.DOUBT}[outcome.taken]
    if isinstance(outcome, Failure):
        return Outcome(state, rows)
    return Outcome(state, rows, outcome.status, outcome.code)


def _cause(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code
