"""The journal of an upload: what is known of each row.

In: events as they happen, or the lines of an earlier run. Out: the line of each event, and answers to what a run asks:
what is to be sent, what is in doubt. Rules: what is written as taken is never to be sent again; each row is in exactly
one state; the lines give the state that the events gave. A line is written before its request, the next after its
answer, so that a `sending` with nothing behind it is in doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from custobar_formats.core.callers import Caller
from custobar_formats.core.errors import UsageError, misuse
from custobar_formats.core.upload_limits import OLD_DOUBT_SECONDS
from custobar_formats.upload.journal_lines import (
    LINE_START,
    START,
    Begin,
    End,
    Event,
    Limit,
    Line,
    Outcome,
    Run,
    Sending,
    State,
    Unknown,
    make_line,
    parse_line,
)
from custobar_formats.upload.row_map import RowMap, Spans, count_rows, merged

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.UNSENT: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.TAKEN, State.REFUSED, State.FAILED, State.SPLIT, State.DOUBT}),
    State.FAILED: frozenset({State.SENDING, State.REFUSED, State.SPLIT}),  # a later answer may show what it was
    State.SPLIT: frozenset({State.SENDING, State.REFUSED}),  # a part of it; or the rest, after enough requests
    State.DOUBT: frozenset({State.SENDING, State.REFUSED}),  # refused, after an earlier delivery that is in doubt
    State.TAKEN: frozenset(),
    State.REFUSED: frozenset(),
}
"""The states that rows in a state may come to. Besides, what is in doubt becomes taken when a person has looked."""

FINAL = (State.TAKEN, State.REFUSED)


class Next(StrEnum):
    """The ways to treat a batch."""

    SEND = "send"
    SKIP = "skip"
    """Each of its rows is taken or refused."""
    HALVE = "halve"
    """Its rows have different states, or it was split: ask for its halves."""
    HOLD = "hold"
    """It is in doubt, and not to be sent again."""


@dataclass(frozen=True, slots=True)
class Request:
    """The state of rows, and the request that gave it to them. Of what is taken, only that is kept.

    ``rows``, ``sha256``: those of the request, of which these rows may be a part. ``since``: when it began.
    ``doubted``: since when some of its deliveries are in doubt, this or an earlier one. ``is_whole``: whether it has
    several rows, and none of them was in another request before.
    """

    state: State
    rows: Spans = ()
    sha256: str = ""
    since: datetime | None = None
    status: int | None = None
    code: str | None = None
    doubted: datetime | None = None
    is_whole: bool = False

    @property
    def is_in_doubt(self) -> bool:
        """Whether nobody knows if the rows have arrived."""
        return self.state not in FINAL and (self.state is State.SENDING or self.doubted is not None)


class Doubt(NamedTuple):
    """Rows in doubt, the time of the first request that left them so, and the last status and code."""

    rows: Spans
    since: datetime
    status: int | None
    code: str | None


class Refusal(NamedTuple):
    """Rows that were refused, with the status and the code of that."""

    rows: Spans
    status: int | None
    code: str | None


@dataclass(slots=True)
class Journal:
    """The state of all rows, and of the upload."""

    begin: Begin | None = None
    begun: datetime | None = None
    run: Run | None = None
    """The last process that began or went on, and since when."""
    running_since: datetime | None = None
    limit: Limit | None = None
    """The limit in force, if one was found."""
    ended: datetime | None = None
    number: int = 0
    """The number of the last line."""
    has_accepted: bool = False
    """Whether the last run had a request accepted."""
    _rows: RowMap[Request] = field(default_factory=RowMap)
    _sending: list[Spans] = field(default_factory=list)

    def record(self, event: Event, at: datetime) -> bytes:
        """Take an event in; the line to append for it.

        Raises:
            ValueError: it cannot follow what was before.

        """
        at = at.replace(microsecond=0)  # as a line has it
        self.apply(Line(self.number + 1, at, event))
        return make_line(self.number, event, at)

    def apply(self, line: Line) -> None:
        """Take in what a line holds.

        Raises:
            ValueError: it cannot follow what was before.

        """
        number, at, event = line
        if number != self.number + 1:
            raise ValueError(f"the line after number {self.number} has the number {number}")
        if isinstance(event, Unknown):
            raise ValueError("it was written by another version of this program")
        if isinstance(event, Begin) is not (self.begin is None) or self.ended is not None:
            raise ValueError("a line before the begin, or after the end")
        match event:
            case Begin():
                self.begin, self.begun = event, at
            case Run():
                self._doubt_what_is_sent()
                self.run, self.running_since, self.has_accepted = event, at, False
            case Sending():
                self._send(event, at)
            case Outcome():
                self._finish(event)
            case Limit():
                self.limit = event
            case End():
                self._end(event, at)
        self.number = number

    def requests(self, rows: Spans) -> set[Request | None]:
        """The different requests that gave the rows their states; None for rows that are unsent."""
        return {request for first, last in rows for _, _, request in self._rows.within(first, last)}

    def state(self, rows: Spans) -> State | None:
        """The state of the rows; None where they have several."""
        states = {State.UNSENT if request is None else request.state for request in self.requests(rows)}
        return states.pop() if len(states) == 1 else None

    def next(self, rows: Spans, *, hold: bool) -> Next:
        """The way to treat a batch of these rows; ``hold``: rows in doubt are not sent again."""
        requests = self.requests(rows)
        if all(request is not None and request.state in FINAL for request in requests):
            return Next.SKIP
        if len(requests) > 1:
            return Next.HALVE
        request = requests.pop()
        if request is None:
            return Next.SEND
        if request.state is State.SPLIT and request.rows == rows:
            return Next.HALVE
        return Next.HOLD if hold and request.is_in_doubt else Next.SEND

    def to_send(self, rows: Spans, *, hold: bool) -> Spans:
        """Those of the rows that are still to be sent."""
        return merged(
            (begin, end)
            for first, last in rows
            for begin, end, request in self._rows.within(first, last)
            if request is None or not (request.state in FINAL or (hold and request.is_in_doubt))
        )

    def in_state(self, state: State) -> Spans:
        """All rows in a state, other than unsent."""
        return merged((first, last) for first, last, request in self._rows if request.state is state)

    def known(self) -> Spans:
        """All rows that are in any state but unsent."""
        return merged((first, last) for first, last, _ in self._rows)

    def taken_whole(self) -> Spans:
        """The rows of the requests that were taken as they were cut from the source, and not as parts of others.

        None of a single row, which may be more than a request is to have: of that, each report warns.
        """
        return merged(
            (first, last) for first, last, request in self._rows if request.state is State.TAKEN and request.is_whole
        )

    def doubts(self) -> list[Doubt]:
        """The spans in doubt, a request each, in the order of the rows."""
        found: dict[Request, list[tuple[int, int]]] = {}
        for first, last, request in self._rows:
            if request.is_in_doubt:
                found.setdefault(request, []).append((first, last))
        return [
            Doubt(merged(pairs), since, request.status, request.code)
            for request, pairs in found.items()
            if (since := request.doubted or request.since) is not None
        ]

    def old_doubts(self, now: datetime) -> list[Doubt]:
        """The spans that have been in doubt for so long that sending it again may undo a later change."""
        return [doubt for doubt in self.doubts() if now - doubt.since > timedelta(seconds=OLD_DOUBT_SECONDS)]

    def refusals(self) -> list[Refusal]:
        """The spans that were refused, in the order of the rows."""
        return [
            Refusal(((first, last),), request.status, request.code)
            for first, last, request in self._rows
            if request.state is State.REFUSED
        ]

    def spans(self) -> int:
        """How many spans are kept: what the memory grows with."""
        return len(self._rows)

    def _put(self, rows: Spans, request: Request) -> None:
        for first, last in rows:
            self._rows.put(first, last, request)

    def _doubt_what_is_sent(self) -> None:
        for rows in self._sending:
            for request in self.requests(rows):
                if request is not None and request.state is State.SENDING:
                    self._put(rows, _doubted(request))
        self._sending = []

    def _send(self, event: Sending, at: datetime) -> None:
        requests = self.requests(event.rows)
        if len(requests) != 1:
            raise ValueError("a request of rows that have different states")
        before = requests.pop() or Request(State.UNSENT, event.rows, is_whole=count_rows(event.rows) > 1)
        _check(before.state, State.SENDING)
        is_whole = before.is_whole and before.rows == event.rows
        doubted = before.doubted
        sending = Request(State.SENDING, event.rows, event.sha256, since=at, doubted=doubted, is_whole=is_whole)
        self._put(event.rows, sending)
        self._sending.append(event.rows)

    def _finish(self, event: Outcome) -> None:
        requests = [request or Request(State.UNSENT) for request in self.requests(event.rows)]
        for before in requests:
            if event.settled and not before.is_in_doubt:
                raise ValueError("rows are settled that are not in doubt")
            if not event.settled:
                _check(before.state, event.state)
            if before.state is State.SENDING and before.rows != event.rows:
                raise ValueError("an outcome of other rows than those of its request")
        if event.state in (State.SPLIT, State.FAILED, State.DOUBT) and len(requests) > 1:
            raise ValueError("an outcome of rows that have different states")
        is_whole = len(requests) == 1 and requests[0].is_whole and requests[0].rows == event.rows
        self._put(event.rows, _after(requests[0], event, is_whole=is_whole))
        self._sending = [rows for rows in self._sending if rows != event.rows]
        self.has_accepted |= event.state is State.TAKEN and not event.settled

    def _end(self, event: End, at: datetime) -> None:
        counts = count_rows(self.in_state(State.TAKEN)), count_rows(self.in_state(State.REFUSED))
        if any(request.state not in FINAL for _, _, request in self._rows) or counts != (event.taken, event.refused):
            raise ValueError("an end with rows left, or with other numbers of rows")
        self.ended = at

    def end(self) -> End:
        """The event of an end now."""
        return End(count_rows(self.in_state(State.TAKEN)), count_rows(self.in_state(State.REFUSED)))


def _check(before: State, after: State) -> None:
    if after not in TRANSITIONS[before]:
        raise ValueError(f"rows that are {before} cannot become {after}")


def _after(before: Request, event: Outcome, *, is_whole: bool) -> Request:
    """The state of a request's rows after an outcome."""
    match event.state:
        case State.TAKEN:
            return Request(State.TAKEN, is_whole=is_whole)
        case State.REFUSED:
            return Request(State.REFUSED, status=event.status, code=event.code)
    after = replace(before, state=event.state, status=event.status, code=event.code)
    if event.state is State.SPLIT:
        return replace(after, rows=event.rows, is_whole=False)
    # Surely not taken this time; an earlier delivery of the same rows may have been.
    return _doubted(after) if event.state is State.DOUBT or before.doubted else after


def _doubted(request: Request) -> Request:
    return replace(request, state=State.DOUBT, doubted=request.doubted or request.since)


class Replay(NamedTuple):
    """The remains of an earlier run: its journal, and how many bytes are whole lines; what is behind is to be cut."""

    journal: Journal
    kept: int
    is_cut: bool


def read_lines(lines: Iterable[bytes]) -> Replay:
    """The journal that the lines of a file hold, each with its line end.

    Raises:
        UsageError: a line is damaged and a valid one is behind it, or the file is no journal.

    Example:
        >>> read_lines([]).journal.number
        0

    """
    journal, kept, damaged, count = Journal(), 0, 0, 0
    for count, text in enumerate(lines, 1):
        if count == 1 and not _may_begin(text):
            raise misuse(lambda caller: f"this file is no journal of an upload: {another_journal(caller)}")
        line = parse_line(text)
        if line is None:
            damaged = damaged or count
            line = parse_line(text[text.rfind(LINE_START) :])  # one whose line break before it was lost
        if damaged and line is not None:
            raise UsageError(_damage(damaged, f"line {line.number} is behind it"))
        if line is not None:
            kept += len(text)
            try:
                journal.apply(line)
            except ValueError as error:
                raise UsageError(_damage(count, str(error))) from error
    if journal.begin is None and count > 1:
        # The begin is on the disk before anything follows it: this one was damaged later.
        raise UsageError(_damage(1, "more lines are behind it"))
    return Replay(journal, kept, is_cut=bool(damaged))


def last_run(lines: Iterable[bytes]) -> tuple[int, datetime] | None:
    """The process that is named last in a journal, and since when; also while it writes."""
    found = None
    for text in lines:
        line = parse_line(text)
        if line is not None and isinstance(line.event, Run):
            found = line.event.pid, line.at
    return found


def another_journal(caller: Caller) -> str:
    """The way on where the journal is another one."""
    return f"give another journal with {caller.argument('journal')}"


def _may_begin(text: bytes) -> bool:
    """Whether the first line is a begin or what a cut has left of one: its first bytes, or NULs."""
    start = text[: len(START)].rstrip(b"\0")
    return START.startswith(start)


def _damage(line: int, reason: str) -> str:
    return (
        f"line {line} of the journal is damaged ({reason}): put the file back as it was, or move it away and begin "
        "anew, which sends again what was taken"
    )
