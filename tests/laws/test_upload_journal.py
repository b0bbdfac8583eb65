"""The laws of the journal of an upload, with a slow model: a dict of rows."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from custobar_formats.core.errors import UsageError
from custobar_formats.upload.journal import FINAL, TRANSITIONS, Journal, Next, Replay, read_lines
from custobar_formats.upload.journal_lines import OUTCOMES, Begin, End, Event, Limit, Outcome, Run, Sending, State
from custobar_formats.upload.journal_lines import START as FIRST_BYTES
from custobar_formats.upload.resuming import settled
from custobar_formats.upload.row_map import RowMap, Spans, merged

ROWS = 24
START = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
BEGIN = Begin("customers.csv", 1234, "ab" * 32, "customers", "https://acme.custobar.com", True, {"max_records": 500})
DIGEST = "cd" * 32


def read(data: bytes) -> Replay:
    return read_lines(io.BytesIO(data))


def spans_of(rows: set[int]) -> Spans:
    return merged((row, row) for row in rows)


def rows_of(spans: Spans) -> set[int]:
    return {row for first, last in spans for row in range(first, last + 1)}


def partition(journal: Journal, rows: set[int], *, hold: bool) -> list[set[int]]:
    """The rows to send, and those that are taken, refused and held in doubt."""
    doubted = {row for doubt in journal.doubts() for row in rows_of(doubt.rows)} if hold else set()
    final = [rows_of(journal.in_state(state)) for state in FINAL]
    return [rows_of(journal.to_send(spans_of(rows), hold=hold)), *final, doubted]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 12), st.sampled_from("abc"))))
def test_a_map_of_rows_is_a_dict_of_rows(puts: list[tuple[int, int, str]]) -> None:
    rows, slow = RowMap[str](), dict[int, str]()
    for first, more, value in puts:
        rows.put(first, first + more, value)
        slow |= dict.fromkeys(range(first, first + more + 1), value)
    assert {row: value for first, last, value in rows for row in range(first, last + 1)} == slow
    spans = list(rows)
    assert all(a[1] + 1 < b[0] or (a[1] < b[0] and a[2] != b[2]) for a, b in zip(spans, spans[1:], strict=False))
    within = list(rows.within(5, 45))
    assert {row: value for first, last, value in within for row in range(first, last + 1)} == {
        row: slow.get(row) for row in range(5, 46)
    }


class Row:
    """What the model knows of a row."""

    def __init__(self) -> None:
        self.state = State.UNSENT
        self.request: frozenset[int] = frozenset()
        self.is_in_doubt = False

    def become(self, state: State, rows: frozenset[int]) -> None:
        if state is State.DOUBT or (state is State.FAILED and self.is_in_doubt):
            self.state, self.is_in_doubt = State.DOUBT, True
        else:
            self.state = state
            self.is_in_doubt &= state not in FINAL
        self.request = rows if state in (State.SENDING, State.SPLIT) else self.request


class JournalMachine(RuleBasedStateMachine):
    """Any events in any order: those that the model forbids are refused, and change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.journal, self.data = Journal(), b""
        self.now = START
        self.model = {row: Row() for row in range(1, ROWS + 1)}
        self.limit: Limit | None = None

    def record(self, event: Event) -> None:
        self.now += timedelta(seconds=1)
        self.data += self.journal.record(event, self.now)

    def refuse(self, event: Event) -> None:
        number = self.journal.number
        with pytest.raises(ValueError, match=r"."):
            self.record(event)
        assert self.journal.number == number

    @initialize()
    def begin(self) -> None:
        self.record(BEGIN)
        self.refuse(BEGIN)

    @rule(cut=st.integers(0, 40), nuls=st.integers(0, 5000))
    def kill_and_resume(self, cut: int, nuls: int) -> None:
        half = self.data[-cut:-1] if cut > 1 else b""  # a half of any line
        journal, kept, is_cut = read(self.data + half + bytes(nuls))
        assert (kept, is_cut) == (len(self.data), bool(half or nuls))
        self.journal = journal
        self.record(Run(77))
        for row in self.model.values():
            if row.state is State.SENDING:
                row.become(State.DOUBT, row.request)

    @rule(rows=st.sets(st.integers(1, ROWS), min_size=1, max_size=8))
    def send(self, rows: set[int]) -> None:
        known = [self.model[row] for row in rows]
        is_one = len({(row.state, row.request, row.is_in_doubt) for row in known}) == 1
        if is_one and State.SENDING in TRANSITIONS[known[0].state]:
            self.record(Sending(spans_of(rows), DIGEST))
            for row in known:
                row.become(State.SENDING, frozenset(rows))
        elif not is_one or known[0].state is not State.DOUBT:
            self.refuse(Sending(spans_of(rows), DIGEST))

    @rule(data=st.data(), state=st.sampled_from(OUTCOMES), exact=st.booleans())
    def finish(self, data: Any, state: State, exact: bool) -> None:
        sent = sorted({tuple(sorted(row.request)) for row in self.model.values() if row.state is State.SENDING})
        rows = (
            set(data.draw(st.sampled_from(sent)))
            if exact and sent
            else data.draw(st.sets(st.integers(1, ROWS), min_size=1))
        )
        known = [self.model[row] for row in rows]
        is_allowed = all(state in TRANSITIONS[row.state] for row in known)
        is_allowed &= all(row.request == rows for row in known if row.state is State.SENDING)
        is_allowed &= state is State.REFUSED or len({(row.state, row.request) for row in known}) == 1
        outcome = Outcome(state, spans_of(rows), 400, "invalid_request")
        if is_allowed and state in (State.SPLIT, State.DOUBT, State.FAILED) and known[0].state is not State.SENDING:
            return  # the times of requests decide, which the model does not have
        if not is_allowed:
            self.refuse(outcome)
            return
        self.record(outcome)
        for row in known:
            row.become(state, frozenset(rows))

    @rule()
    def settle(self) -> None:
        for outcome in settled(self.journal):
            self.record(outcome)
        for row in self.model.values():
            if row.is_in_doubt or row.state is State.SENDING:
                row.become(State.TAKEN, frozenset())

    @rule(records=st.integers(1, 500))
    def halve_limit(self, records: int) -> None:
        self.limit = Limit(records, 1000)
        self.record(self.limit)

    @rule()
    def end(self) -> None:
        states = Counter(row.state for row in self.model.values())
        end, wrong = End(states[State.TAKEN], states[State.REFUSED]), End(states[State.TAKEN] + 1, 0)
        self.refuse(wrong)
        if all(state in (State.UNSENT, *FINAL) for state in states):
            journal = read(self.data).journal
            ended = read(self.data + journal.record(end, self.now)).journal
            assert ended == journal
            assert ended.ended == self.now
            with pytest.raises(ValueError, match="after the end"):
                ended.record(Limit(1, 1), self.now)
        else:
            self.refuse(end)

    @invariant()
    def the_journal_is_the_model(self) -> None:
        replayed = read(self.data).journal
        assert replayed == self.journal or not self.data
        for journal in (self.journal, replayed):
            for number, row in self.model.items():
                assert journal.state(((number, number),)) is row.state
            doubted = {number for doubt in journal.doubts() for number in rows_of(doubt.rows)}
            assert doubted == {n for n, row in self.model.items() if row.is_in_doubt or row.state is State.SENDING}
            assert journal.limit == self.limit
            for hold in (False, True):
                parts = partition(journal, set(self.model), hold=hold)
                assert sum(map(len, parts)) == ROWS
                assert set().union(*parts) == set(self.model)


TestJournal = JournalMachine.TestCase


class Killed(Exception):
    """The process has ended."""


class Upload:
    """A run that does what the journal asks for, to a server that answers at random and counts what it has taken."""

    def __init__(self, random: Random, *, hold: bool, kill: float) -> None:
        self.random, self.hold, self.kill = random, hold, kill
        self.data, self.synced = b"", 0
        self.delivered: Counter[int] = Counter()
        self.refused: set[int] = set()
        self.unknown = 0
        """Outcomes that are not known, and kills."""

    def run(self, batches: list[Spans]) -> Journal:
        """One run, to its end or its kill; the rest of the file is cut at any place behind the last fsync."""
        journal, kept, _ = read(self.data)
        self.data = self.data[:kept]
        self.written_as_taken = rows_of(journal.in_state(State.TAKEN))
        try:
            if journal.begin is None:
                self.write(journal, BEGIN, sync=True)
            self.write(journal, Run(77))
            for batch in batches:
                self.batch(journal, batch)
        except Killed:
            self.unknown += 1
            end = self.random.randint(self.synced, len(self.data))
            self.data = self.data[:end] + bytes(self.random.choice((0, 0, 1, 4000)))
        return journal

    def write(self, journal: Journal, event: Event, *, sync: bool = False) -> None:
        self.maybe_kill()
        self.data += journal.record(event, START)
        self.maybe_kill()
        self.synced = len(self.data) if sync else self.synced

    def maybe_kill(self) -> None:
        if self.random.random() < self.kill:
            raise Killed

    def batch(self, journal: Journal, rows: Spans) -> None:
        step = journal.next(rows, hold=self.hold)
        if step is Next.HALVE:
            self.halve(journal, rows)
        elif step is Next.SEND:
            assert not rows_of(rows) & self.written_as_taken
            self.write(journal, Sending(rows, DIGEST), sync=True)
            self.maybe_kill()
            state = self.random.choice([State.TAKEN, State.TAKEN, *OUTCOMES])
            state = State.REFUSED if state is State.SPLIT and len(rows_of(rows)) == 1 else state
            if state is State.TAKEN or (state is State.DOUBT and self.random.random() < 0.5):
                self.delivered.update(rows_of(rows))
            self.maybe_kill()
            self.unknown += state is State.DOUBT
            if state is State.REFUSED:
                self.refused |= rows_of(rows)
            self.write(journal, Outcome(state, rows, 400))
            if state is State.SPLIT:
                self.halve(journal, rows)

    def halve(self, journal: Journal, rows: Spans) -> None:
        each = sorted(rows_of(rows))
        for half in (each[: len(each) // 2], each[len(each) // 2 :]):
            self.batch(journal, spans_of(set(half)))


BATCHES = [((1, 6), (8, 8)), ((7, 7), (9, 12)), ((13, 16),), ((18, ROWS),)]
ALL = {row for batch in BATCHES for row in rows_of(batch)}


@given(st.integers(0, 1 << 32), st.booleans(), st.sampled_from([0.0, 0.03, 0.1]))
def test_whatever_ends_a_run_the_next_keeps_the_promises(seed: int, hold: bool, kill: float) -> None:
    upload = Upload(Random(seed), hold=hold, kill=kill)
    for _ in range(15):
        upload.run(BATCHES)
    upload.kill = 0
    journal = upload.run(BATCHES)
    to_send, taken, refused, doubted = partition(journal, ALL, hold=hold)
    assert sum(map(len, (to_send, taken, refused, doubted))) == len(ALL)
    event(f"{len(to_send)} rows left, {len(doubted)} in doubt")
    assert taken <= upload.delivered.keys()
    assert refused <= upload.refused
    if hold:
        assert max(upload.delivered.values(), default=0) <= 1
        assert upload.delivered.keys() <= taken | doubted
    else:
        assert max(upload.delivered.values(), default=0) <= 1 + upload.unknown


@given(st.integers(0, 1 << 32), st.integers(min_value=0), st.sampled_from([b"", bytes(1), bytes(5000), b'{"n":3,']))
def test_any_prefix_is_read_and_has_each_row_once(seed: int, end: int, tail: bytes) -> None:
    upload = Upload(Random(seed), hold=False, kill=0.02)
    upload.run(BATCHES)
    upload.run(BATCHES)
    cut = end % (len(upload.data) + 1)
    assume(
        cut >= len(FIRST_BYTES) or not tail.startswith(b"{")
    )  # behind a part of the first line's start is no other line
    journal, kept, is_cut = read(upload.data[:cut] + tail)
    lines = upload.data[:cut].splitlines(keepends=True)
    whole = [line for line in lines if line.endswith(b"\n")]
    assert kept == sum(map(len, whole))
    assert is_cut is (kept < cut + len(tail))
    taken = set().union(*(rows_of(merged(rows)) for line in whole if b'"taken"' in line for rows in [spans_in(line)]))
    for hold in (False, True):
        parts = partition(journal, ALL, hold=hold)
        assert sum(map(len, parts)) == len(ALL)
        assert set().union(*parts) == ALL
        assert parts[1] == taken
        assert not parts[0] & taken


def spans_in(line: bytes) -> list[list[int]]:
    import json

    return list(json.loads(line)["rows"])


@given(st.integers(0, 1 << 32), st.data())
def test_any_damage_before_a_valid_line_is_noticed(seed: int, data: Any) -> None:
    upload = Upload(Random(seed), hold=False, kill=0)
    upload.run(BATCHES)
    lines = upload.data.splitlines(keepends=True)
    last = data.draw(st.integers(1, len(lines) - 1), label="the line that stays whole")
    before = b"".join(lines[:last])
    first = data.draw(st.integers(0, len(before)), label="from")
    end = data.draw(st.integers(first, min(len(before), first + 400)), label="to")
    instead = data.draw(st.binary(max_size=20) | st.sampled_from([b"\n", b"\r\n", bytes(400), *lines]), label="instead")
    damaged = before[:first] + instead + before[end:]
    assume(damaged != before)
    with pytest.raises(UsageError, match="journal"):
        read(damaged + lines[last])


@given(st.permutations(range(40)))
def test_adjacent_rows_that_are_taken_take_no_memory(order: list[int]) -> None:
    journal = Journal()
    journal.record(BEGIN, START)
    for number in order:
        rows = ((number * 25 + 1, number * 25 + 25),)
        journal.record(Sending(rows, DIGEST), START)
        journal.record(Outcome(State.TAKEN, rows, 200), START)
    assert journal.spans() == 1
