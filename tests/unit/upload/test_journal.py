"""The lines and states of a journal, and what an upload makes of one that it finds."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from custobar_formats.core.errors import UsageError
from custobar_formats.upload.journal import TRANSITIONS, Doubt, Journal, Next, Refusal, last_run, read_lines
from custobar_formats.upload.journal_lines import (
    OUTCOMES,
    Begin,
    End,
    Event,
    Limit,
    Line,
    Outcome,
    Run,
    Sending,
    State,
    make_line,
    parse_line,
)
from custobar_formats.upload.resuming import (
    Choices,
    InDoubt,
    Opened,
    Opening,
    Start,
    differences,
    is_held,
    journal_name,
    open_for,
    settled,
)
from custobar_formats.upload.row_map import Spans, merged

AT = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
BEGIN = Begin("customers.csv", 1234, "ab" * 32, "customers", "https://acme.custobar.com", True, {"max_records": 500})
ROWS: Spans = ((1, 6), (8, 9))
PART: Spans = ((1, 4),)
REST: Spans = ((5, 6), (8, 9))


def recorded(*events: Event) -> tuple[Journal, list[bytes]]:
    journal = Journal()
    return journal, [journal.record(event, AT + timedelta(seconds=n)) for n, event in enumerate(events)]


def sent(state: State | None, *, before: tuple[Event, ...] = ()) -> Journal:
    """A journal of rows in a state."""
    more = [] if state is State.UNSENT else [Sending(ROWS, "cd")]
    outcome = [Outcome(state, ROWS, 400, "x")] if state in OUTCOMES else []
    return recorded(BEGIN, Run(77), *before, *more, *outcome)[0]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            BEGIN,
            '"begin","at":"2026-11-30T20:30:00Z","version":1,"name":"customers.csv","size":1234,"sha256":"'
            + "ab" * 32
            + '","entity":"customers","address":"https://acme.custobar.com","identified":true,"options":{"max_records":500}',
        ),
        (Run(77), '"run","at":"2026-11-30T20:30:00Z","pid":77'),
        (Sending(ROWS, "cd"), '"sending","at":"2026-11-30T20:30:00Z","rows":[[1,6],[8,9]],"sha256":"cd"'),
        (Outcome(State.TAKEN, ROWS, 200), '"taken","at":"2026-11-30T20:30:00Z","rows":[[1,6],[8,9]],"status":200'),
        (
            Outcome(State.TAKEN, ROWS, settled=True),
            '"taken","at":"2026-11-30T20:30:00Z","rows":[[1,6],[8,9]],"settled":true',
        ),
        (
            Outcome(State.REFUSED, PART, 400, "invalid_request"),
            '"refused","at":"2026-11-30T20:30:00Z","rows":[[1,4]],"status":400,"code":"invalid_request"',
        ),
        (Outcome(State.DOUBT, PART), '"doubt","at":"2026-11-30T20:30:00Z","rows":[[1,4]]'),
        (Limit(250, 500_000), '"limit","at":"2026-11-30T20:30:00Z","max_records":250,"max_bytes":500000'),
        (End(8, 0), '"end","at":"2026-11-30T20:30:00Z","taken":8,"refused":0'),
    ],
    ids=str,
)
def test_a_line_is_its_event(event: Event, text: str) -> None:
    whole = '{"n":12,"event":' + text
    line = f'{whole},"sum":"{sha256(whole.encode()).hexdigest()[:16]}"}}\n'.encode()
    assert make_line(12, event, AT) == line
    assert parse_line(line) == Line(12, AT, event)
    for other in (
        line[:-1],
        b" " + line,
        line.replace(b":", b": ", 1),
        line.replace(b"12", b"13", 1),
        line.upper(),
        b"",
    ):
        assert parse_line(other) is None


def test_a_name_that_is_no_text_comes_back() -> None:
    begin = replace(BEGIN, name='\udce4"\n{"n":1', options={"schema": None, "crlf": False})
    line = make_line(1, begin, AT)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert parse_line(line) == Line(1, AT, begin)


@pytest.mark.parametrize("code", ["jane.doe@example.com", "no such field 'x'", "", "a" * 65, "ä", "a\n"])
def test_a_code_that_may_quote_a_value_is_left_out(code: str) -> None:
    assert b"code" not in make_line(1, Outcome(State.FAILED, ROWS, 429, code), AT)


def test_times_are_written_in_utc() -> None:
    here = AT.astimezone(timezone(timedelta(hours=2)))
    assert make_line(1, Run(1), here) == make_line(1, Run(1), AT)
    with pytest.raises(ValueError, match="timezone"):
        make_line(1, Run(1), AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="without a user"):
        replace(BEGIN, address="https://a:b@acme.custobar.com")


@pytest.mark.parametrize(("before", "after"), list(product(State, OUTCOMES)), ids=str)
def test_an_outcome_follows_only_what_the_table_allows(before: State, after: State) -> None:
    journal = sent(before)
    if after in TRANSITIONS[before]:
        journal.record(Outcome(after, ROWS, 400), AT)
        assert journal.state(ROWS) is after
    else:
        with pytest.raises(ValueError, match=f"that are {before} cannot become {after}"):
            journal.record(Outcome(after, ROWS, 400), AT)
        assert journal.state(ROWS) is before


@pytest.mark.parametrize("before", State)
def test_only_what_is_final_or_sent_just_now_is_not_sent(before: State) -> None:
    journal = sent(before)
    if before in (State.TAKEN, State.REFUSED, State.SENDING):
        with pytest.raises(ValueError, match="cannot become sending"):
            journal.record(Sending(ROWS, "cd"), AT)
    else:
        journal.record(Sending(ROWS, "cd"), AT)
        assert journal.state(ROWS) is State.SENDING


@pytest.mark.parametrize(
    ("state", "step", "held"),
    [
        (State.UNSENT, Next.SEND, Next.SEND),
        (State.SENDING, Next.SEND, Next.HOLD),
        (State.TAKEN, Next.SKIP, Next.SKIP),
        (State.REFUSED, Next.SKIP, Next.SKIP),
        (State.FAILED, Next.SEND, Next.SEND),
        (State.SPLIT, Next.HALVE, Next.HALVE),
        (State.DOUBT, Next.SEND, Next.HOLD),
    ],
)
def test_what_is_next_for_a_batch(state: State, step: Next, held: Next) -> None:
    journal = sent(state)
    assert (journal.next(ROWS, hold=False), journal.next(ROWS, hold=True)) == (step, held)
    assert journal.to_send(ROWS, hold=False) == (() if step is Next.SKIP else ROWS)
    assert journal.to_send(ROWS, hold=True) == (() if held in (Next.SKIP, Next.HOLD) else ROWS)


def test_a_split_goes_on_with_its_parts() -> None:
    journal = sent(State.SPLIT)
    assert journal.next(PART, hold=True) is Next.SEND
    journal.record(Sending(PART, "cd"), AT)
    journal.record(Outcome(State.TAKEN, PART, 200), AT)
    assert [journal.next(rows, hold=True) for rows in (ROWS, PART, REST)] == [Next.HALVE, Next.SKIP, Next.SEND]
    assert journal.to_send(ROWS, hold=True) == REST
    journal.record(Outcome(State.REFUSED, REST, 400, "x"), AT)  # the rest of it, after enough requests
    assert journal.next(ROWS, hold=True) is Next.SKIP
    assert journal.refusals() == [Refusal(((5, 6),), 400, "x"), Refusal(((8, 9),), 400, "x")]
    assert journal.end() == End(4, 4)


def test_a_batch_whose_limit_has_changed_since_is_in_parts() -> None:
    journal = sent(State.FAILED)
    journal.record(Sending(PART, "cd"), AT)
    assert journal.next(ROWS, hold=False) is Next.HALVE
    assert journal.state(ROWS) is None
    assert journal.next(REST, hold=False) is Next.SEND


def test_a_delivery_in_doubt_stays_so_whatever_the_next_one_shows() -> None:
    again = (Sending(ROWS, "cd"), Outcome(State.DOUBT, ROWS))
    doubted = AT + timedelta(seconds=2)
    failed = sent(State.FAILED, before=again)
    assert failed.state(ROWS) is State.DOUBT
    assert failed.next(ROWS, hold=True) is Next.HOLD
    assert failed.doubts() == [Doubt(ROWS, doubted, 400, "x")]
    split = sent(State.SPLIT, before=again)
    assert [split.next(rows, hold=True) for rows in (ROWS, PART)] == [Next.HALVE, Next.HOLD]
    assert split.next(PART, hold=False) is Next.SEND
    assert sent(State.TAKEN, before=again).doubts() == []


def test_a_new_run_doubts_what_the_last_one_was_sending() -> None:
    journal = sent(State.SENDING)
    journal.record(Run(78), AT + timedelta(hours=2))
    assert journal.state(ROWS) is State.DOUBT
    since = AT + timedelta(seconds=2)
    assert journal.doubts() == [Doubt(ROWS, since, None, None)]
    assert journal.old_doubts(since + timedelta(hours=1)) == []
    assert journal.old_doubts(since + timedelta(hours=1, seconds=1)) == journal.doubts()


def test_whether_this_run_had_anything_accepted() -> None:
    assert not sent(State.REFUSED).has_accepted
    journal = sent(State.TAKEN)
    before = journal.has_accepted
    journal.record(Run(78), AT)
    assert (before, journal.has_accepted) == (True, False)
    assert journal.in_state(State.TAKEN) == ROWS


def test_what_a_person_has_looked_at_is_taken() -> None:
    journal = sent(State.SENDING)
    journal.record(Run(78), AT)
    for outcome in settled(journal):
        journal.record(outcome, AT)
    assert journal.state(ROWS) is State.TAKEN
    assert not journal.has_accepted
    with pytest.raises(ValueError, match="not in doubt"):
        journal.record(Outcome(State.TAKEN, ROWS, settled=True), AT)
    with pytest.raises(ValueError, match="no outcome"):
        Outcome(State.REFUSED, ROWS, settled=True)


def test_an_outcome_is_of_the_rows_of_its_request() -> None:
    with pytest.raises(ValueError, match="other rows"):
        sent(State.SENDING).record(Outcome(State.TAKEN, PART), AT)


@pytest.mark.parametrize("pairs", [[(0, 1)], [(2, 1)], [(1, 3), (3, 4)], [(-1, -1)]], ids=str)
def test_spans_are_of_rows_and_apart(pairs: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="no span"):
        merged(pairs)


LINES = recorded(BEGIN, Run(77), Sending(PART, "cd"), Outcome(State.TAKEN, PART, 200), Sending(REST, "cd"))[1]
WHOLE = b"".join(LINES)


@pytest.mark.parametrize("tail", [b"", b"\n", bytes(4096), LINES[3][:-1], LINES[3][:20] + bytes(100), b"\xff\n\xfe\n"])
def test_a_tail_without_a_valid_line_is_cut(tail: bytes) -> None:
    journal, kept, is_cut = read_lines(io.BytesIO(WHOLE + tail))
    assert (kept, is_cut, journal.number) == (len(WHOLE), bool(tail), 5)


@pytest.mark.parametrize(
    "start", [b"", LINES[0][:5], LINES[0][:60], LINES[0][:-1], bytes(99), LINES[0][:30] + bytes(9)]
)
def test_a_begin_that_was_cut_is_no_journal_yet(start: bytes) -> None:
    assert read_lines(io.BytesIO(start)) == (Journal(), 0, bool(start))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            [LINES[0], LINES[1][:-9], *LINES[2:]],
            r"line 2 of the journal is damaged \(line 3 is behind it\): put the file",
        ),
        ([LINES[0], b"\n", LINES[1]], r"line 2 .* damaged \(line 2 is behind"),
        ([LINES[0], LINES[2]], r"line 2 .* damaged \(the line after number 1 has the number 3"),
        ([*LINES, LINES[4]], r"line 6 .* damaged \(the line after number 5 has the number 5"),
        ([LINES[1], LINES[2]], "no journal of an upload: give another journal with journal="),
        ([LINES[0][:90], b"\n", LINES[2][:50]], r"line 1 .* damaged \(more lines"),
        ([LINES[0], make_line(2, Outcome(State.TAKEN, PART), AT)], "line 2 .* unsent cannot become taken"),
        ([LINES[0], make_line(2, BEGIN, AT)], "before the begin, or after the end"),
        ([LINES[0], make_line(2, End(0, 0), AT), make_line(3, Run(1), AT)], "line 3 .* after the end"),
        ([LINES[0], make_line(2, End(1, 0), AT)], "line 2 .* other numbers of rows"),
        ([b"external_id,email\n", b"1,a@example.com\n"], "no journal"),
        ([b"PK\x03\x04"], "no journal"),
    ],
)
def test_damage_is_named_with_its_line(lines: list[bytes], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_lines(io.BytesIO(b"".join(lines)))


def test_lines_of_another_version_are_refused() -> None:
    def summed(text: bytes) -> bytes:
        return text + b',"sum":"' + sha256(text).hexdigest()[:16].encode() + b'"}\n'

    for line in (
        [summed(LINES[0][: LINES[0].index(b',"sum"')].replace(b'"version":1', b'"version":2'))],
        [LINES[0], summed(b'{"n":2,"event":"paused","at":"2026-11-30T20:30:00Z"')],
        [LINES[0], summed(b'{"n":2,"event":"run","at":"2026-11-30T20:30:00Z","host":"x"')],
    ):
        with pytest.raises(UsageError, match="another version of this program"):
            read_lines(line)


def test_who_has_a_journal_is_read_while_it_is_written() -> None:
    assert last_run(LINES) == (77, AT + timedelta(seconds=1))
    assert last_run([*LINES, make_line(6, Run(78), AT), b'{"n":7']) == (78, AT)
    assert last_run([]) is None


OTHER = replace(BEGIN, sha256="ef" * 32)
MAPPED = replace(BEGIN, options={"mapping": "x"})
RECUT = replace(BEGIN, options={"max_records": 500, "max-records": 25, "max-bytes": 9, "body-form": 2})
EVENTS = replace(BEGIN, entity="events", identified=False, options={})
GROWN = replace(EVENTS, sha256="ef" * 32, size=1300)
STARTS = Start(1234, "ab" * 32)
DONE = "the same content was uploaded at 2026-11-30 20:30 UTC"


class Case(NamedTuple):
    """What an earlier upload was begun with, how its rows ended (None: in doubt), and what is asked for now."""

    old: Begin
    state: State | None
    new: Begin
    given: dict[str, bool] = {}
    unsent: int = 0
    start: Start | None = None

    def open(self) -> Opened:
        journal = recorded(self.old, Sending(ROWS, "cd"), Outcome(self.state or State.DOUBT, ROWS, 200))[0]
        if self.state is not None:
            journal.record(journal.end(), AT)
        return open_for(journal, self.new, Choices(**self.given), unsent=self.unsent, start=self.start)


TAKEN, REFUSED = State.TAKEN, State.REFUSED
REFUSALS: dict[str, tuple[Case, str]] = {
    "ended": (Case(BEGIN, TAKEN, BEGIN), f"{DONE}: upload it once more with again=True"),
    "ended, cut otherwise": (Case(EVENTS, TAKEN, replace(EVENTS, options={"max-records": 25})), f"{DONE}: upload it"),
    "refused": (Case(BEGIN, REFUSED, BEGIN), f"{DONE}, but for 8 rows that Custobar refused: upload it once more"),
    "entity": (Case(BEGIN, None, EVENTS, {"abandon": True}), "another entity, customers: give another journal"),
    "address": (
        Case(BEGIN, TAKEN, replace(BEGIN, address="https://x"), {"again": True}),
        "another address, https://acme",
    ),
    "options": (
        Case(BEGIN, None, replace(BEGIN, options={"max_records": 9, "crlf": True})),
        "another crlf, max_records",
    ),
    "file": (
        Case(BEGIN, TAKEN, replace(OTHER, name="b.csv"), {"abandon": True}),
        "another file, 'customers.csv': give",
    ),
    "content": (Case(EVENTS, None, GROWN), "8 in doubt; put it back and .* abandon=True"),
    "both": (Case(BEGIN, TAKEN, BEGIN, {"again": True, "if_new": True}), "give one of them"),
    **{
        f"events with another mapping, {given}": (
            Case(old, TAKEN, new, given),
            f"{DONE} with another mapping: 8 rows would be stored twice, without an identifier: upload what is missing "
            "as a file of its own, or all of it with again=True",
        )
        for given in ({}, {"if_new": True}, {"abandon": True})
        for old, new in (
            (EVENTS, replace(EVENTS, options={"mapping": "x"})),
            (replace(BEGIN, options={"mapping": "y"}), replace(MAPPED, identified=False)),
            (replace(MAPPED, identified=False, options={}), MAPPED),
        )
    },
    "more events valid": (
        Case(EVENTS, TAKEN, EVENTS, {"if_new": True}, unsent=1),
        f"{DONE}, but for 1 row that can be sent now: 8 rows would be stored twice",
    ),
    **{
        f"grown, {given}": (
            Case(EVENTS, TAKEN, GROWN, given, start=STARTS),
            "the file has grown since it was uploaded at 2026-11-30 20:30 UTC: 8 rows would be stored twice, without "
            "an identifier: upload the new rows as a file of their own, or all of it with again=True",
        )
        for given in ({}, {"if_new": True}, {"abandon": True})
    },
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_journal_that_is_not_this_uploads_is_refused(name: str) -> None:
    case, message = REFUSALS[name]
    with pytest.raises(UsageError, match=message):
        case.open()


NEW = "a new upload begins"
OPENINGS: list[tuple[Case, Opening, str | None, bool]] = [
    (Case(BEGIN, None, BEGIN), Opening.RESUME, "going on: 0 rows taken, 0 refused, 8 in doubt", False),
    (Case(BEGIN, None, BEGIN, {"again": True, "abandon": True}), Opening.RESUME, "going on", False),
    (Case(BEGIN, None, BEGIN, unsent=2), Opening.RESUME, "going on", False),
    (Case(BEGIN, None, replace(BEGIN, name="b.csv")), Opening.RESUME, "going on", False),
    (Case(BEGIN, None, MAPPED, {"abandon": True}), Opening.REPLACE, f"8 in doubt: {NEW}", False),
    (Case(BEGIN, TAKEN, BEGIN, {"again": True}), Opening.REPLACE, None, False),
    (Case(EVENTS, TAKEN, replace(MAPPED, entity="events"), {"again": True}), Opening.REPLACE, None, False),
    (Case(BEGIN, TAKEN, BEGIN, {"if_new": True}), Opening.NOTHING, DONE, True),
    (Case(EVENTS, TAKEN, EVENTS, {"if_new": True}), Opening.NOTHING, DONE, True),
    (
        Case(BEGIN, TAKEN, RECUT, {"if_new": True}),
        Opening.NOTHING,
        DONE,
        True,
    ),
    (Case(BEGIN, REFUSED, BEGIN, {"if_new": True}), Opening.NOTHING, DONE, False),
    *(
        (
            Case(replace(BEGIN, options={}), TAKEN, MAPPED, given),
            Opening.REPLACE,
            f"{DONE} with another mapping: {NEW}",
            True,
        )
        for given in ({}, {"if_new": True})
    ),
    (
        Case(BEGIN, TAKEN, BEGIN, {"if_new": True}, unsent=3),
        Opening.REPLACE,
        f"{DONE}, but for 3 rows that can be sent now: {NEW}",
        True,
    ),
    *(
        (
            Case(old, state, new, given, start=start),
            Opening.REPLACE,
            f"the file had other content, uploaded at 2026-11-30 20:30 UTC: {NEW}",
            True,
        )
        for old, state, new, given, start in (
            (BEGIN, TAKEN, OTHER, {}, None),
            (BEGIN, TAKEN, OTHER, {"if_new": True}, STARTS),  # grown, with identifiers
            (BEGIN, TAKEN, replace(OTHER, identified=False), {}, STARTS),  # only the new rows have none
            (EVENTS, TAKEN, GROWN, {}, Start(1234, "cd" * 32)),
            (EVENTS, TAKEN, GROWN, {}, Start(1200, "ab" * 32)),
            (EVENTS, TAKEN, GROWN, {}, Start(1234, None)),
            (EVENTS, REFUSED, GROWN, {}, STARTS),  # none of the rows is stored
            (EVENTS, TAKEN, GROWN, {"again": True}, STARTS),
        )
    ),
    (
        Case(BEGIN, None, OTHER),
        Opening.REPLACE,
        f"not uploaded whole: 0 rows taken, 0 refused, 8 in doubt: {NEW}",
        False,
    ),
    (Case(EVENTS, None, GROWN, {"abandon": True}), Opening.REPLACE, f"8 in doubt: {NEW}", False),
]


@pytest.mark.parametrize(("case", "opening", "note", "is_usual"), OPENINGS)
def test_what_is_done_with_a_journal(case: Case, opening: Opening, note: str | None, is_usual: bool) -> None:
    opened = case.open()
    assert (opened.opening, opened.is_usual) == (opening, is_usual)
    assert (note is None) is (opened.note is None)
    assert (note or "") in (opened.note or "")


def test_without_a_journal_an_upload_begins() -> None:
    assert open_for(Journal(), BEGIN, Choices(if_new=True), start=STARTS) == Opened(Opening.BEGIN)


def test_what_differs_is_named() -> None:
    new = replace(BEGIN, size=1, entity="events", options={"schema": "x", "max_records": 500})
    assert differences(BEGIN, new) == ("entity", "content", "schema")
    assert differences(BEGIN, BEGIN) == ()


@pytest.mark.parametrize(
    ("given", "identified", "others"),
    [(None, False, True), (InDoubt.RESEND, False, False), (InDoubt.HOLD, True, True), (InDoubt.SETTLE, False, True)],
)
def test_whether_doubt_is_held(given: InDoubt | None, identified: bool, others: bool) -> None:
    assert (is_held(given, identified=True), is_held(given, identified=False)) == (identified, others)


def test_the_name_beside_the_source() -> None:
    assert journal_name("a.csv", "http://127.0.0.1:8080") == "a.csv.127.0.0.1-8080.upload-journal"


def test_the_states_are_drawn_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "upload.md").read_text("utf-8")
    drawing = page[page.index("unsent ──>") : page.index("the process was killed")].replace("├────>", "├──>")
    drawn: dict[str, set[str]] = {}
    for line in drawing.replace("└────>", "──>").replace("unsent ──> sending", "").splitlines()[:-1]:
        _, state, *after = line.split("──>")
        drawn[state.split()[0]] = {str(each) for each in State if str(each) in " ".join(after)}
    expected = {str(state): {str(each) for each in after} for state, after in TRANSITIONS.items()}
    expected["doubt"].add("taken")  # settled
    assert drawn == {state: expected[state] for state in expected["sending"]}
