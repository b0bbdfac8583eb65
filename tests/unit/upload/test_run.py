"""The steps of an upload: what follows each outcome, in which order notes and requests come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from custobar_formats.core.entities import Entity
from custobar_formats.upload.answers import Answer, Failure, Verdict
from custobar_formats.upload.batch import Limits, UploadBatch
from custobar_formats.upload.batches import Batches, open_batches
from custobar_formats.upload.endings import Ended, Ending
from custobar_formats.upload.journal import Journal
from custobar_formats.upload.journal_lines import Begin, Limit, Outcome, State
from custobar_formats.upload.journal_lines import Run as RunEvent
from custobar_formats.upload.resuming import InDoubt
from custobar_formats.upload.row_map import Spans
from custobar_formats.upload.run import Clock, Given, Interrupted, Manner, Note, Send, UploadRun, Wait, Why

START = datetime(2026, 1, 1, tzinfo=UTC)
OK = Answer(Verdict.ACCEPTED, 200, run_id="r")
REFUSED = Answer(Verdict.REFUSED, 422, code="invalid", message="no")
LOST = Failure(Verdict.UNKNOWN, "the connection broke")
Server = Callable[[UploadBatch], Given]

TEXTS: dict[Entity, str] = {
    "customers": "external_id\n" + "".join(f"C-{number:02}\n" for number in range(1, 13)),
    "events": "type,customer_id,date,product_id\n"
    + "".join(f"BROWSE,C,2024-01-{day:02}T00:00:00Z,P\n" for day in range(1, 13)),
    "sales": "sale_external_id,external_id,sale_date,sale_customer_id,product_id,total\n"
    + "".join(f"S-{row // 3},R-{row},2024-01-01T00:00:00Z,C,P,{row}\n" for row in range(12)),
}


@dataclass
class Driven:
    """A run that was driven to its end: all that it did."""

    journal: Journal
    ended: Ended
    steps: list[Note | Send | Wait] = field(default_factory=list)
    seconds: float = 0.0
    run: UploadRun = field(init=False)

    @property
    def sent(self) -> list[Spans]:
        return [step.batch.rows for step in self.steps if isinstance(step, Send)]

    @property
    def outcomes(self) -> list[tuple[State, Spans]]:
        events = [step.event for step in self.steps if isinstance(step, Note)]
        return [(event.state, event.rows) for event in events if isinstance(event, Outcome)]

    @property
    def waits(self) -> list[Wait]:
        return [step for step in self.steps if isinstance(step, Wait)]


def begun(made: Batches) -> Journal:
    journal = Journal()
    journal.record(Begin("a.csv", 1, "0" * 64, "customers", "https://a.custobar.com", made.identified), START)
    journal.record(RunEvent(1), START)
    return journal


def drive(
    server: Server,
    entity: Entity = "customers",
    *,
    most: int = 4,
    manner: Manner | None = None,
    journal: Journal | None = None,
    random: float = 0.5,
    refused: str | None = None,
) -> Driven:
    with open_batches(TEXTS[entity], entity, limits=Limits(max_records=most)) as made:
        journal = journal or begun(made)
        driven = Driven(journal, Ended(Ending.STOPPED))
        clock = Clock(lambda: driven.seconds, lambda: START + timedelta(seconds=driven.seconds), lambda: random)
        driven.run = UploadRun(made, journal, manner or Manner(), clock, refused=refused)
        steps = driven.run.steps()
        given: Given = None
        try:
            while True:
                step = steps.send(given)
                given = None
                driven.steps.append(step)
                if isinstance(step, Wait):
                    driven.seconds += step.seconds
                elif isinstance(step, Send):
                    driven.seconds += 0.1
                    given = server(step.batch)
        except StopIteration as stop:
            driven.ended = stop.value
    return driven


def answering(*outcomes: Given) -> Server:
    """A server that gives these, then accepts all."""
    given = iter(outcomes)
    return lambda _: next(given, OK)


def refusing(rows: Iterable[int], answer: Answer = REFUSED) -> Server:
    """A server that refuses every body with one of these rows."""
    bad = set(rows)
    return lambda batch: answer if any(bad & set(range(a, b + 1)) for a, b in batch.rows) else OK


def test_all_is_taken_and_the_notes_come_before_and_after_each_request() -> None:
    driven = drive(answering())
    assert driven.ended == Ended(Ending.DONE)
    assert driven.sent == [((1, 4),), ((5, 8),), ((9, 12),)]
    kinds = [type(step.event).__name__ if isinstance(step, Note) else type(step).__name__ for step in driven.steps]
    assert kinds[:3] == ["Sending", "Send", "Outcome"]
    assert kinds[-1] == "End"
    synced = [step.event for step in driven.steps if isinstance(step, Note) and step.sync]
    assert [type(event).__name__ for event in synced] == ["Sending"] * 3 + ["End"]
    assert driven.journal.ended


def test_requests_are_spread_over_the_minute() -> None:
    driven = drive(answering(), most=1, manner=Manner(rate=60))
    waits = [wait.seconds for wait in driven.waits]
    assert {wait.why for wait in driven.waits} == {Why.RATE}
    assert len(waits) == 11
    assert all(0.89 < seconds < 0.92 for seconds in waits)


RETRIED: list[Answer | Failure] = [
    Answer(Verdict.NOT_TAKEN, 503),
    Answer(Verdict.NOT_TAKEN, 429),
    Failure(Verdict.NOT_SENT, "refused"),
    Failure(Verdict.NO_SUCH_HOST, "no such host"),
    LOST,
    Answer(Verdict.UNKNOWN, 500),
]


@pytest.mark.parametrize("outcome", RETRIED, ids=lambda each: f"{each.verdict}")
def test_an_identified_batch_is_tried_again(outcome: Answer | Failure) -> None:
    driven = drive(answering(outcome))
    assert driven.sent == [((1, 4),), ((1, 4),), ((5, 8),), ((9, 12),)]
    state = State.DOUBT if outcome.taken is None else State.FAILED
    assert driven.outcomes[:2] == [(state, ((1, 4),)), (State.TAKEN, ((1, 4),))]
    assert driven.ended.ending is Ending.DONE


def test_what_the_server_asks_for_is_waited() -> None:
    driven = drive(answering(Answer(Verdict.NOT_TAKEN, 503, retry_after=40)))
    assert Wait(40, Why.ASKED) in driven.waits


@pytest.mark.parametrize("outcome", [each for each in RETRIED if each.taken is None], ids=lambda each: each.verdict)
def test_events_that_may_have_arrived_are_left_in_doubt(outcome: Answer | Failure) -> None:
    driven = drive(answering(outcome), "events")
    assert driven.sent == [((1, 4),), ((5, 8),), ((9, 12),)]
    assert driven.ended.ending is Ending.HELD
    assert [doubt.rows for doubt in driven.journal.doubts()] == [((1, 4),)]
    assert [wait for wait in driven.waits if wait.why is Why.DOUBT]
    again = drive(answering(), "events", journal=driven.journal)
    assert (again.sent, again.ended.ending) == ([], Ending.HELD)
    resent = drive(answering(), "events", journal=driven.journal, manner=Manner(InDoubt.RESEND))
    assert (resent.sent, resent.ended.ending) == ([((1, 4),)], Ending.DONE)


@pytest.mark.parametrize("outcome", [each for each in RETRIED if each.taken is False], ids=lambda each: each.verdict)
def test_events_that_have_surely_not_arrived_are_tried_again(outcome: Answer | Failure) -> None:
    driven = drive(answering(outcome), "events")
    assert driven.ended.ending is Ending.DONE
    assert driven.sent[:2] == [((1, 4),), ((1, 4),)]


def test_three_doubts_in_a_row_stop() -> None:
    assert drive(answering(LOST, OK, LOST), "events").ended.ending is Ending.HELD
    driven = drive(answering(LOST, LOST, LOST), "events", most=2)
    assert driven.ended.ending is Ending.STOPPED
    assert driven.sent == [((1, 2),), ((3, 4),), ((5, 6),)]


def test_identified_data_under_hold_ends_with_the_first_doubt() -> None:
    driven = drive(answering(OK, LOST), manner=Manner(InDoubt.HOLD))
    assert driven.sent == [((1, 4),), ((5, 8),)]
    assert driven.ended.ending is Ending.HELD
    again = drive(answering(), manner=Manner(InDoubt.HOLD), journal=driven.journal)
    assert (again.sent, again.ended.ending) == ([], Ending.HELD)


def test_a_refused_batch_is_halved_down_to_single_records() -> None:
    driven = drive(refusing([3]))
    assert driven.sent == [((1, 4),), ((1, 2),), ((3, 4),), ((3, 3),), ((4, 4),), ((5, 8),), ((9, 12),)]
    assert driven.journal.in_state(State.REFUSED) == ((3, 3),)
    assert driven.journal.in_state(State.TAKEN) == ((1, 2), (4, 12))
    assert driven.ended.ending is Ending.DONE


def test_a_refused_batch_of_events_is_refused_whole() -> None:
    driven = drive(refusing([3]), "events")
    assert driven.sent == [((1, 4),), ((5, 8),), ((9, 12),)]
    assert driven.journal.in_state(State.REFUSED) == ((1, 4),)


def test_a_sale_is_not_cut() -> None:
    driven = drive(refusing([5]), "sales", most=6)
    assert driven.sent == [((1, 6),), ((1, 3),), ((4, 6),), ((7, 12),)]
    assert driven.journal.in_state(State.REFUSED) == ((4, 6),)


def test_at_most_64_more_requests_are_made_for_a_refused_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custobar_formats.upload.run.MAX_MORE_REQUESTS", 4)
    driven = drive(refusing([10, 12]), most=12)
    assert len(driven.sent) == 5
    refused, taken = (driven.journal.in_state(state) for state in (State.REFUSED, State.TAKEN))
    assert refused[-1][1] == 12
    assert taken[0][0] == 1
    assert driven.ended.ending is Ending.DONE


def test_a_reason_that_is_about_all_records_stops_before_anything_is_given_up() -> None:
    driven = drive(refusing(range(1, 13)))
    assert driven.ended.ending is Ending.MISUSE
    assert "422 invalid (no)" in (driven.ended.message or "")
    assert driven.journal.in_state(State.REFUSED) == ()
    again = drive(answering(), journal=driven.journal)
    assert again.ended.ending is Ending.DONE
    assert again.journal.in_state(State.TAKEN) == ((1, 12),)


def test_wrong_records_at_the_start_are_not_about_all() -> None:
    """One far from them is tried before that is concluded."""
    driven = drive(refusing([1, 2, 3, 4]), most=12)
    assert driven.ended.ending is Ending.DONE
    assert driven.journal.in_state(State.REFUSED) == ((1, 4),)
    assert driven.journal.in_state(State.TAKEN) == ((5, 12),)
    sent = [rows for rows in driven.sent if rows[0][0] == rows[0][1]]
    assert sent[:4] == [((1, 1),), ((2, 2),), ((3, 3),), ((12, 12),)]
    stopped = drive(refusing(range(1, 13)), most=12)
    assert "rows 1, 2, 3, 12, each sent alone" in (stopped.ended.message or "")


def test_records_that_are_too_large_are_not_about_all() -> None:
    """The size of some says nothing of the others; else the file would stop at them each time."""
    driven = drive(refusing(range(1, 8), Answer(Verdict.TOO_LARGE, 413)), most=1)
    assert driven.ended.ending is Ending.DONE
    assert driven.journal.in_state(State.REFUSED) == ((1, 7),)
    assert driven.journal.in_state(State.TAKEN) == ((8, 12),)


def test_what_was_refused_before_anything_was_accepted_is_refused_once_something_is() -> None:
    driven = drive(refusing([1, 2]))
    assert driven.journal.in_state(State.REFUSED) == ((1, 2),)
    assert driven.ended.ending is Ending.DONE
    lost = drive(answering(LOST, REFUSED, REFUSED, REFUSED, REFUSED))  # an earlier delivery of them is in doubt
    assert lost.journal.in_state(State.REFUSED) == ((1, 2),)


def test_too_many_refused_rows_stop() -> None:
    driven = drive(refusing(range(5, 13)), most=1, manner=Manner(max_refused=3))
    assert driven.ended.ending is Ending.STOPPED
    assert driven.journal.in_state(State.REFUSED) == ((5, 8),)


@pytest.mark.parametrize(
    ("entity", "bad", "allowed"), [("sales", [1], 1), ("customers", [1, 2], 2), ("sales", [1, 4], 2)]
)
def test_what_is_refused_as_one_counts_as_one(entity: Entity, bad: list[int], allowed: int) -> None:
    """A sale of three rows is one; with one less allowed, the run stops, and the next one goes on with the others."""
    most = 3 if entity == "sales" else 1
    whole = drive(refusing(bad), entity, most=most, manner=Manner(max_refused=allowed))
    assert whole.ended.ending is Ending.DONE
    stopped = drive(refusing(bad), entity, most=most, manner=Manner(max_refused=allowed - 1))
    assert stopped.ended.ending is Ending.STOPPED
    refused = whole.journal.in_state(State.REFUSED)
    assert stopped.journal.in_state(State.REFUSED) == refused
    again = drive(refusing(bad), entity, most=most, journal=stopped.journal, manner=Manner(max_refused=allowed - 1))
    assert again.ended.ending is Ending.DONE
    assert again.journal.in_state(State.REFUSED) == refused


@pytest.mark.parametrize(("entity", "kind"), [("customers", "records"), ("sales", "sales")])
def test_a_run_that_stops_at_refused_rows_names_their_file(entity: Entity, kind: str) -> None:
    for name, where in ((None, "look at them; then"), ("a.csv.refused.csv", "look at them in a.csv.refused.csv; then")):
        driven = drive(refusing(range(1, 13)), entity, most=3, manner=Manner(max_refused=1), refused=name)
        assert driven.journal.in_state(State.REFUSED) != ()
        assert f"more than 1 {kind} are refused, the last with 422 invalid (no): {where}" in (
            driven.ended.message or ""
        )


def test_a_sale_that_is_sent_alone_is_refused_alone() -> None:
    """Only where a request had others, one of those may be the reason."""
    driven = drive(refusing([5]), "sales", most=6)
    assert {message for _, _, message in driven.run.messages} == {"422 invalid (no)"}
    driven = drive(refusing([5]), "events", most=6)
    assert {message for _, _, message in driven.run.messages} == {"422 invalid (no), in one request with others"}


def test_what_is_too_large_is_halved_and_so_is_the_limit() -> None:
    def server(batch: UploadBatch) -> Given:
        return Answer(Verdict.TOO_LARGE, 413) if batch.records > 3 else OK

    entities: list[Entity] = ["customers", "events"]
    for entity in entities:
        driven = drive(server, entity, most=6)
        assert driven.sent == [((1, 6),), ((1, 3),), ((4, 6),), ((7, 9),), ((10, 12),)]
        limits = [step.event for step in driven.steps if isinstance(step, Note) and isinstance(step.event, Limit)]
        assert [limit.max_records for limit in limits] == [3]
    alone = drive(lambda batch: Answer(Verdict.TOO_LARGE, 413) if batch.rows == ((5, 5),) else OK, most=1)
    assert alone.journal.in_state(State.REFUSED) == ((5, 5),)


def test_a_lower_limit_holds_when_the_run_goes_on() -> None:
    driven = drive(answering(Answer(Verdict.TOO_LARGE, 413), OK, Answer(Verdict.NO_KEY, 401)), most=6)
    assert driven.ended.ending is Ending.MISUSE
    again = drive(answering(), most=6, journal=driven.journal)
    assert again.sent == [((4, 6),), ((7, 9),), ((10, 12),)]


STOPPING = {
    Answer(Verdict.NO_KEY, 401): Ending.MISUSE,
    Answer(Verdict.NO_SCOPE, 403): Ending.MISUSE,
    Answer(Verdict.NO_SUCH_PLACE, 404): Ending.MISUSE,
    Answer(Verdict.MOVED, 301, location="https://b.example"): Ending.MISUSE,
    Answer(Verdict.DECLINED, 409): Ending.STOPPED,
    Answer(Verdict.UNSUPPORTED, 501): Ending.STOPPED,
    Answer(Verdict.NOT_THE_API, 200): Ending.STOPPED,
    Failure(Verdict.CANNOT_SEND, "the certificate is not trusted"): Ending.MISUSE,
}


@pytest.mark.parametrize(("outcome", "ending"), STOPPING.items(), ids=lambda each: getattr(each, "verdict", ""))
@pytest.mark.parametrize("entity", ["customers", "events"])
def test_what_stops_a_run(outcome: Answer | Failure, ending: Ending, entity: Entity) -> None:
    driven = drive(answering(OK, outcome), entity)
    assert driven.sent == [((1, 4),), ((5, 8),)]
    assert driven.ended.ending is ending
    assert driven.ended.message
    state = State.DOUBT if outcome.taken is None else State.FAILED
    assert driven.outcomes[-1] == (state, ((5, 8),))


def test_a_host_that_does_not_exist_is_a_misspelt_company_at_first_only() -> None:
    missing = Failure(Verdict.NO_SUCH_HOST, "no such host: acm.custobar.com")
    driven = drive(lambda _: missing)
    assert (len(driven.sent), driven.ended.ending) == (2, Ending.MISUSE)
    later = drive(answering(OK, *[missing] * 5))
    assert later.ended.ending is Ending.DONE


def test_a_misdirected_request_is_made_once_more_on_a_new_connection() -> None:
    misdirected = Answer(Verdict.MISDIRECTED, 421)
    driven = drive(answering(misdirected))
    assert [step.fresh for step in driven.steps if isinstance(step, Send)] == [False, True, False, False]
    assert drive(lambda _: misdirected).ended.ending is Ending.STOPPED


def test_events_are_not_sent_on_a_connection_that_was_idle() -> None:
    slow = Manner(rate=6)
    expected: dict[Entity, list[bool]] = {"customers": [False] * 3, "events": [False, True, True]}
    for entity, fresh in expected.items():
        driven = drive(answering(), entity, manner=slow)
        assert [step.fresh for step in driven.steps if isinstance(step, Send)] == fresh


def test_patience_and_unknown_outcomes_end() -> None:
    unknown = drive(lambda _: LOST)
    assert (len(unknown.sent), unknown.ended.ending) == (8, Ending.STOPPED)
    impatient = drive(lambda _: Answer(Verdict.NOT_TAKEN, 503), manner=Manner(patience=30))
    assert impatient.ended.ending is Ending.STOPPED
    assert 30 <= impatient.seconds < 40
    later = drive(answering(Answer(Verdict.NOT_TAKEN, 429, retry_after=86_400)))
    assert "86,400 seconds" in (later.ended.message or "")


@pytest.mark.parametrize("entity", ["customers", "events"])
def test_an_interrupt_during_a_request_leaves_it_in_doubt(entity: Entity) -> None:
    driven = drive(answering(OK, Interrupted()), entity)
    assert driven.ended.ending is Ending.INTERRUPTED
    assert driven.outcomes[-1] == (State.DOUBT, ((5, 8),))
    again = drive(answering(), entity, journal=driven.journal)
    assert again.sent == ([((5, 8),), ((9, 12),)] if entity == "customers" else [((9, 12),)])


def test_a_request_of_which_nothing_was_sent_is_in_no_doubt() -> None:
    driven = drive(answering(OK, Interrupted(was_sent=False)), "events")
    assert driven.ended.ending is Ending.INTERRUPTED
    assert driven.outcomes[-1] == (State.FAILED, ((5, 8),))
    assert drive(answering(), "events", journal=driven.journal).sent == [((5, 8),), ((9, 12),)]


def prefixes(steps: Sequence[Note | Send | Wait]) -> Iterator[list[Note]]:
    """What a run has written when it is killed, at each of its steps."""
    notes = [step for step in steps if isinstance(step, Note)]
    for count in range(len(notes) + 1):
        yield notes[:count]


@pytest.mark.parametrize("entity", ["customers", "events", "sales"])
def test_a_run_that_is_killed_anywhere_goes_on(entity: Entity) -> None:
    """What was journalled as taken is never sent again; the next run brings the rest, or holds what is in doubt."""
    servers: list[Callable[[], Server]] = [
        lambda: refusing([3, 4]),
        lambda: answering(LOST, OK, REFUSED, Answer(Verdict.TOO_LARGE, 413)),
    ]
    for make in servers:
        first = drive(make(), entity, most=6)
        for notes in prefixes(first.steps):
            with open_batches(TEXTS[entity], entity) as made:
                journal = begun(made)
            for note in notes:
                journal.record(note.event, START)
            taken = journal.in_state(State.TAKEN)
            if journal.ended is None:
                journal.record(RunEvent(2), START)
                again = drive(refusing([3, 4]), entity, most=6, journal=journal)
                assert not any(
                    set(range(a, b + 1)) & set(range(c, d + 1))
                    for rows in again.sent
                    for a, b in rows
                    for c, d in taken
                )
                left = {state: journal.in_state(state) for state in State}
                assert [left[state] for state in (State.UNSENT, State.SENDING, State.SPLIT, State.FAILED)] == [()] * 4
                assert again.ended.ending is (Ending.HELD if journal.doubts() else Ending.DONE)
