"""The laws of answers, of the waits between attempts, and of the pace."""

from __future__ import annotations

import json
import string
from bisect import bisect_left
from typing import Any

from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from custobar_formats.core.upload_limits import MAX_ANSWER_CHARS, MAX_RETRY_AFTER, MAX_UNKNOWN, MIN_RATE
from custobar_formats.upload.answers import MEANINGS, Answer, Failure, Verdict, consequence, read_response
from custobar_formats.upload.key import Key
from custobar_formats.upload.pace import End, Pace, Retry
from tests.laws import strategies

NAMES = st.sampled_from(["Retry-After", "RETRY-AFTER", "Date", "date", "Location", "Content-Type"])
DATES = st.datetimes().map(lambda date: f"{date:%a, %d %b }{date.year:04}{date: %H:%M:%S} GMT")
VALUES = st.one_of(strategies.texts(surrogates=True), DATES, st.integers(-5, 10**12).map(str), st.binary())
HEADERS = st.lists(st.tuples(st.one_of(NAMES, strategies.texts(surrogates=True)), VALUES), max_size=4)
STATUSES = strategies.weighted(
    (3, st.sampled_from([200, 201, 299])),
    (2, st.sampled_from([301, 503])),
    (3, st.integers(0, 700)),
    (1, st.integers()),
)
CLOCK = st.floats(-1e9, 1e11)
"""Seconds since 1970."""

SCALARS: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 7, 1.0, float("nan"), "", "ok", "Ok", "\ud800", "run_1", [1], {}]
)
PARTS = st.dictionaries(st.sampled_from(["code", "reason", "message", "x"]), SCALARS)
MEMBERS = {
    "run_id": st.one_of(SCALARS, st.integers(), st.text()),
    "response": SCALARS,
    "error": strategies.weighted((3, st.none()), (1, SCALARS), (1, PARTS)),
    "x": SCALARS,
}
OBJECTS = st.fixed_dictionaries({}, optional=MEMBERS)
BODIES = strategies.weighted(
    (4, OBJECTS.map(lambda value: json.dumps(value).encode())), (1, strategies.byte_soups()), (1, st.binary())
)


@given(STATUSES, st.one_of(HEADERS, HEADERS.map(dict)), BODIES, CLOCK)
@example(200, [], b"[" * 60_000, 0.0)
@example(200, [("Retry-After", "9" * 60_000)], b'{"run_id": ' + b"9" * 60_000 + b"}", 0.0)
@example(503, [("Retry-After", b"\xff")], b'{"error": "\\ud800"}', 0.0)
def test_any_bytes_give_an_answer(status: int, headers: Any, body: bytes, now: float) -> None:
    answer = read_response(status, headers, body, now=now)
    event(answer.verdict)
    assert answer.status == status
    assert answer.verdict in MEANINGS
    assert answer.retry_after is None or 0 <= answer.retry_after <= MAX_RETRY_AFTER
    for text in (answer.run_id, answer.code, answer.message, answer.location):
        assert text is None or len(text) <= MAX_ANSWER_CHARS
    for identified in (True, False):
        assert consequence(answer, identified=identified).value == "next" or answer.verdict != "accepted"


@given(STATUSES, BODIES)
def test_only_the_documented_object_is_accepted(status: int, body: bytes) -> None:
    def is_documented() -> bool:
        try:
            value = json.loads(body.decode("utf-8-sig"), parse_constant=lambda _: 1 / 0)
        except (ValueError, ZeroDivisionError):
            return False
        if type(value) is not dict or value.get("error") is not None:
            return False
        run_id, response = value.get("run_id"), value.get("response")
        is_run = type(run_id) is int or (type(run_id) is str and run_id != "")
        return is_run or response in ("ok", "OK", "Ok", "oK")

    accepted = read_response(status, [], body, now=0.0).verdict is Verdict.ACCEPTED
    event(f"accepted: {accepted}")
    assert accepted == (status in range(200, 300) and is_documented())


@st.composite
def keys_and_echoes(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A key, and three texts with it and with parts of it."""
    key = draw(st.text(string.ascii_letters + string.digits + "\\x/*", min_size=4, max_size=40))
    pieces = st.sampled_from([key, key, key[1:], key[:-1], key[:2], "*", "\x1b", "\\"])
    return key, ["".join(draw(st.lists(pieces, max_size=6))) for _ in range(3)]


@given(keys_and_echoes())
@example(("API0123456789API", ["API0123456789API0123456789API"] * 3))
@example(("\\x1bABC", ["\x1bABC"] * 3))
def test_the_key_is_in_no_answer(drawn: tuple[str, list[str]]) -> None:
    key, (code, message, place) = drawn
    assume(key not in repr(Key(key)))
    body = json.dumps({"run_id": code, "error": {"code": message, "message": code}}).encode()
    for status in (200, 302, 422):
        answer = read_response(status, {"Location": place}, body, now=0.0, key=key)
        assert not any(key in (text or "") for text in (answer.run_id, answer.code, answer.message, answer.location))


# -- attempts

ANSWERS = st.builds(Answer, st.sampled_from(Verdict), st.sampled_from([429, 500, 503]), retry_after=st.none())
ASKING = st.builds(Answer, st.just(Verdict.NOT_TAKEN), st.just(429), retry_after=st.integers(0, MAX_RETRY_AFTER))
SOON = st.builds(Answer, st.just(Verdict.NOT_TAKEN), st.just(503), retry_after=st.integers(0, 1000))
FAILURES = st.builds(Failure, st.sampled_from([Verdict.UNKNOWN, Verdict.NOT_SENT]), st.just("a reason"))
OUTCOMES = st.one_of(ANSWERS, ASKING, SOON, FAILURES)


@given(
    st.floats(0, 1e9),
    st.floats(0, 1e5),
    st.lists(
        st.tuples(OUTCOMES, st.floats(0, 300), st.floats(0, 1), st.sampled_from([False] * 9 + [True])), max_size=60
    ),
)
def test_no_wait_is_shorter_than_asked_or_longer_than_the_patience(
    start: float, patience: float, attempts: list[tuple[Answer | Failure, float, float, bool]]
) -> None:
    retry, now, unknown = Retry.start(start, patience), start, 0
    for outcome, took, random, once in attempts:
        now += took
        retry = retry.after(outcome, now=now, random=random, once=once)
        unknown += outcome.taken is None
        if retry.end is not None:
            event(retry.end)
            assert retry.wait == 0.0
            assert retry.end is not End.UNKNOWN or unknown == MAX_UNKNOWN
            assert retry.end is not End.PATIENCE or now >= retry.until
            return
        assert 0 <= retry.wait <= retry.until - now
        assert retry.wait >= (getattr(outcome, "retry_after", None) or 0)
        assert unknown < MAX_UNKNOWN
        now += retry.wait


# -- the pace

ACCEPTED, BUSY = Answer(Verdict.ACCEPTED, 200), Answer(Verdict.NOT_TAKEN, 429)


@given(
    st.integers(1, 400),
    st.floats(0, 1e9),
    st.lists(
        st.tuples(st.sampled_from([ACCEPTED] * 30 + [BUSY]), st.sampled_from([0.0] * 9 + [0.001, 1.0, 61.0])),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 40),
)
@example(7, 1e9 / 3, [(ACCEPTED, 0.0)], 40)
@example(180, 1e9 / 7, [(ACCEPTED, 0.0)], 400)
def test_no_minute_has_more_requests_than_the_rate(
    rate: int, now: float, steps: list[tuple[Answer, float]], times: int
) -> None:
    pace, sent, halved = Pace.start(rate), [], []
    for outcome, pause in steps * times:
        now = max(now + pace.wait(now), now + pause)
        pace = pace.sent(now)
        sent.append(now)
        before, pace = pace.current, pace.after(outcome, now=now)
        assert min(MIN_RATE, rate) <= pace.current <= rate
        if pace.current < before:
            assert pace.current >= before / 2
            halved.append(now)
    for first, time in enumerate(sent):
        assert bisect_left(sent, time + 60.0) - first <= rate
    assert all(second - first >= 60.0 for first, second in zip(halved, halved[1:], strict=False))
