"""When a batch is sent again, and how many requests a minute has."""

import pytest

from custobar_formats.core.upload_limits import MAX_RETRY_AFTER, PATIENCE
from custobar_formats.upload.answers import Answer, Failure, Verdict
from custobar_formats.upload.pace import End, Pace, Retry

BUSY, LOST = Answer(Verdict.NOT_TAKEN, 429), Failure(Verdict.UNKNOWN, "the connection broke")
HOST, DONE = Failure(Verdict.NO_SUCH_HOST, "no such host"), Answer(Verdict.ACCEPTED, 200)
NOT_SENT, ERROR = Failure(Verdict.NOT_SENT, "refused"), Answer(Verdict.UNKNOWN, 500)


def later(seconds: int) -> Answer:
    return Answer(Verdict.NOT_TAKEN, 503, retry_after=seconds)


def test_the_longest_wait_doubles_up_to_a_minute() -> None:
    retry, waits = Retry.start(0.0, 10_000.0), []
    for _ in range(2_000):
        retry = retry.after(BUSY, now=0.0, random=1.0)
        waits.append(retry.wait)
    assert waits[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert set(waits[8:]) == {60}
    assert (retry.attempts, retry.unknown, retry.end) == (2_000, 0, None)


@pytest.mark.parametrize(("random", "wait"), [(0.0, 0.0), (0.25, 2.0), (1.0, 8.0)])
def test_a_wait_is_random_up_to_the_longest(random: float, wait: float) -> None:
    assert Retry(PATIENCE, attempts=3).after(LOST, now=0.0, random=random).wait == wait


@pytest.mark.parametrize(("asked", "wait"), [(0, 8.0), (7, 8.0), (9, 9.0), (200, 200.0)])
def test_the_server_may_ask_for_a_longer_wait(asked: int, wait: float) -> None:
    assert Retry(PATIENCE, attempts=3).after(later(asked), now=0.0, random=1.0).wait == wait


@pytest.mark.parametrize(
    ("outcome", "now", "end"),
    [
        (later(60), 840.0, None),
        (later(60), 840.5, End.LATER),
        (later(901), 0.0, End.LATER),
        (later(MAX_RETRY_AFTER), 0.0, End.LATER),
        (later(0), 899.0, None),
        (later(0), 900.0, End.PATIENCE),
        (BUSY, 900.0, End.PATIENCE),
        (NOT_SENT, 899.9, None),
        (NOT_SENT, 2_000.0, End.PATIENCE),
        (LOST, 900.0, End.PATIENCE),
    ],
)
def test_the_patience_ends(outcome: Answer | Failure, now: float, end: End | None) -> None:
    retry = Retry.start(0.0).after(outcome, now=now, random=1.0)
    assert retry.end is end
    assert end is None or retry.wait == 0.0


def test_the_last_attempt_is_at_the_end_of_the_patience() -> None:
    assert Retry(900.0, attempts=9).after(BUSY, now=870.0, random=1.0).wait == 30.0


def test_eight_outcomes_may_be_unknown() -> None:
    retry = Retry.start(0.0)
    outcomes: list[Answer | Failure] = [LOST, BUSY, ERROR, NOT_SENT, LOST, ERROR, LOST, later(5), LOST, LOST]
    for outcome in outcomes:
        retry = retry.after(outcome, now=1.0, random=0.5)
        assert retry.end is None
    retry = retry.after(ERROR, now=1.0, random=0.5)
    assert (retry.end, retry.unknown, retry.attempts) == (End.UNKNOWN, 8, 11)


def test_an_unknown_host_is_tried_once_more_after_a_second() -> None:
    retry = Retry.start(0.0).after(HOST, now=0.0, random=0.0, once=True)
    assert (retry.wait, retry.end) == (1.0, None)
    assert retry.after(HOST, now=1.0, random=0.0, once=True).end is End.TWICE
    again = retry.after(BUSY, now=1.0, random=0.0)
    assert again.end is None
    assert again.after(Answer(Verdict.MISDIRECTED, 421), now=2.0, random=0.0, once=True).end is End.TWICE


def test_requests_are_spread_evenly() -> None:
    pace = Pace.start(120)
    assert pace.wait(5.0) == 0.0
    pace = pace.sent(5.0)
    assert pace.wait(5.0) == pytest.approx(0.5, abs=1e-3)
    assert pace.wait(5.4) == pytest.approx(0.1, abs=1e-3)
    assert pace.wait(6.0) == 0.0


def test_too_many_requests_halve_the_rate_at_most_once_a_minute() -> None:
    pace, rates = Pace.start(120), []
    for now in [0.0, 1.0, 59.9, 60.0, 119.0, 120.0, 180.0, 240.0, 300.0, 360.0]:
        pace = pace.after(BUSY, now=now)
        rates.append(pace.current)
    assert rates == [60, 60, 60, 30, 30, 15, 7.5, 6, 6, 6]


@pytest.mark.parametrize(("rate", "slowest"), [(120, 6), (7, 6), (6, 6), (2, 2)])
def test_the_rate_is_never_below_the_slowest(rate: float, slowest: float) -> None:
    pace = Pace.start(rate)
    for minute in range(10):
        pace = pace.after(BUSY, now=minute * 60.0)
    assert pace.current == slowest


def test_acceptances_double_the_rate_again() -> None:
    pace, rates = Pace(120, 7.5), []
    for now in range(100):
        pace = pace.after(DONE, now=float(now))
        rates.append(pace.current)
    assert [rates[18], rates[19], rates[39], rates[59], rates[79], rates[99]] == [7.5, 15, 30, 60, 120, 120]


def test_too_many_requests_start_the_count_anew() -> None:
    pace = Pace(120, 30, halved_at=0.0, accepted=19).after(BUSY, now=30.0)
    assert (pace.current, pace.accepted, pace.halved_at) == (30, 0, 0.0)
    assert pace.after(DONE, now=31.0).accepted == 1


@pytest.mark.parametrize("outcome", [LOST, ERROR, NOT_SENT, HOST, later(5), Answer(Verdict.REFUSED, 422)])
def test_no_other_outcome_changes_the_rate(outcome: Answer | Failure) -> None:
    pace = Pace(120, 30, 1.0, 1.0, 3)
    assert pace.after(outcome, now=500.0) == pace
