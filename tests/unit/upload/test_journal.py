"""The lines and states of a journal, and what an upload makes of one that it finds."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

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
    InDoubt,
    Opened,
    Opening,
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
UNIDENTIFIED = replace(BEGIN, entity="events", identified=False)
REFUSALS: dict[str, tuple[Begin, bool, Begin, dict[str, bool], str]] = {
    "ended": (BEGIN, True, BEGIN, {}, "uploaded by 2026-11-30 20:30 UTC: upload it once more with again=True"),
    "entity": (BEGIN, False, UNIDENTIFIED, {"abandon": True}, "another entity, customers: give another journal"),
    "address": (BEGIN, True, replace(BEGIN, address="https://x"), {"again": True}, "another address, https://acme"),
    "options": (
        BEGIN,
        False,
        replace(BEGIN, options={"max_records": 9, "crlf": True}),
        {},
        "another crlf, max_records",
    ),
    "file": (
        BEGIN,
        True,
        replace(OTHER, name="b.csv"),
        {"abandon": True},
        "another file, 'customers.csv': give another",
    ),
    "content": (
        UNIDENTIFIED,
        False,
        replace(OTHER, entity="events"),
        {},
        "8 in doubt; put it back and .* abandon=True",
    ),
    "both": (BEGIN, True, BEGIN, {"again": True, "if_new": True}, "give one of them"),
}


def found(begin: Begin, is_ended: bool) -> Journal:
    state = State.TAKEN if is_ended else State.DOUBT
    journal = recorded(begin, Sending(ROWS, "cd"), Outcome(state, ROWS, 200))[0]
    if is_ended:
        journal.record(journal.end(), AT)
    return journal


@pytest.mark.parametrize("name", REFUSALS)
def test_a_journal_that_is_not_this_uploads_is_refused(name: str) -> None:
    old, is_ended, new, given, message = REFUSALS[name]
    with pytest.raises(UsageError, match=message):
        open_for(found(old, is_ended), new, **{"again": False, "if_new": False, "abandon": False, **given})


@pytest.mark.parametrize(
    ("journal", "new", "given", "opening", "note"),
    [
        (Journal(), BEGIN, {"if_new": True}, Opening.BEGIN, None),
        (found(BEGIN, False), BEGIN, {}, Opening.RESUME, "going on: 0 rows taken, 0 refused, 8 in doubt"),
        (found(BEGIN, False), BEGIN, {"again": True, "abandon": True}, Opening.RESUME, "going on"),
        (found(BEGIN, False), replace(BEGIN, name="b.csv"), {}, Opening.RESUME, "going on"),
        (found(BEGIN, True), BEGIN, {"again": True}, Opening.REPLACE, None),
        (found(BEGIN, True), replace(BEGIN, options={}), {"if_new": True}, Opening.NOTHING, "the same content was"),
        (found(BEGIN, False), replace(BEGIN, options={}), {"abandon": True}, Opening.REPLACE, "abandoned"),
        (found(BEGIN, True), OTHER, {}, Opening.REPLACE, None),
        (found(BEGIN, False), OTHER, {}, Opening.REPLACE, "not uploaded whole: 0 rows taken, 0 refused, 8 in doubt"),
        (found(UNIDENTIFIED, True), replace(OTHER, entity="events"), {}, Opening.REPLACE, None),
        (found(UNIDENTIFIED, False), replace(OTHER, entity="events"), {"abandon": True}, Opening.REPLACE, "8 in doubt"),
    ],
)
def test_what_is_done_with_a_journal(
    journal: Journal, new: Begin, given: dict[str, Any], opening: Opening, note: str | None
) -> None:
    opened: Opened = open_for(journal, new, **{"again": False, "if_new": False, "abandon": False, **given})
    assert opened.opening is opening
    assert (note is None) is (opened.note is None)
    assert (note or "") in (opened.note or "")


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
