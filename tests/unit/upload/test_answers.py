"""Answers: each row of the table of statuses, the bodies, the headers, and the consequences."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from custobar_formats import UsageError
from custobar_formats.core.upload_limits import MAX_ANSWER_BYTES, MAX_RETRY_AFTER
from custobar_formats.upload.answers import (
    MEANINGS,
    Answer,
    Consequence,
    Failure,
    Verdict,
    consequence,
    parse_object,
    read_response,
)

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
KEY = "APICODEXU5SLHM3ZFHYCXW4FSLYPP"

DONE = b'{"run_id": "run_xyz789"}'
REASON = b'{"error": {"reason": "invalid"}}'
ERROR = b'{"error": {"code": "invalid_request", "message": "The external_id field is required"}}'
TEXT = "The external_id field is required"
HTML = b"<html><title>502 Bad Gateway</title></html>"
AFTER = {"Retry-After": "30"}
PLACE = {"Location": "https://other.custobar.com/"}

V, C = Verdict, Consequence
ROWS: list[tuple[int, dict[str, str], bytes, Verdict, tuple[Any, ...], Consequence, Consequence]] = [
    # status, headers, body: verdict, (code, message, retry_after), consequence if identified, and if not
    (200, {}, DONE, V.ACCEPTED, (None, None, None), C.NEXT, C.NEXT),
    (201, {}, DONE, V.ACCEPTED, (None, None, None), C.NEXT, C.NEXT),
    (202, AFTER, b'{"response": "ok"}', V.ACCEPTED, (None, None, 30), C.NEXT, C.NEXT),
    (299, {}, DONE, V.ACCEPTED, (None, None, None), C.NEXT, C.NEXT),
    (200, {}, ERROR, V.REFUSED, ("invalid_request", TEXT, None), C.HALVE, C.REFUSE),
    (200, {}, REASON, V.REFUSED, ("invalid", None, None), C.HALVE, C.REFUSE),
    (200, {}, b'{"error": "no", "run_id": 1}', V.REFUSED, (None, "no", None), C.HALVE, C.REFUSE),
    (200, {}, b'{"error": {}, "response": "ok"}', V.REFUSED, (None, None, None), C.HALVE, C.REFUSE),
    (200, {}, HTML, V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (200, {}, b"{}", V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (204, {}, b"", V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (300, {}, DONE, V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (303, PLACE, b"", V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (304, {}, b"", V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (301, PLACE, HTML, V.MOVED, (None, None, None), C.STOP, C.STOP),
    (302, PLACE, DONE, V.MOVED, (None, None, None), C.STOP, C.STOP),
    (307, PLACE, b"", V.MOVED, (None, None, None), C.STOP, C.STOP),
    (308, {}, b"", V.MOVED, (None, None, None), C.STOP, C.STOP),
    (400, {}, ERROR, V.REFUSED, ("invalid_request", TEXT, None), C.HALVE, C.REFUSE),
    (400, {}, HTML, V.REFUSED, (None, None, None), C.HALVE, C.REFUSE),
    (400, {}, DONE, V.REFUSED, (None, None, None), C.HALVE, C.REFUSE),
    (422, {}, REASON, V.REFUSED, ("invalid", None, None), C.HALVE, C.REFUSE),
    (401, {}, ERROR, V.NO_KEY, ("invalid_request", TEXT, None), C.STOP, C.STOP),
    (403, {}, b"", V.NO_SCOPE, (None, None, None), C.STOP, C.STOP),
    (404, {}, HTML, V.NO_SUCH_PLACE, (None, None, None), C.STOP, C.STOP),
    (413, {}, HTML, V.TOO_LARGE, (None, None, None), C.HALVE, C.HALVE),
    (408, {}, b"", V.NOT_TAKEN, (None, None, None), C.RETRY, C.RETRY),
    (425, {}, b"", V.NOT_TAKEN, (None, None, None), C.RETRY, C.RETRY),
    (429, AFTER, ERROR, V.NOT_TAKEN, ("invalid_request", TEXT, 30), C.RETRY, C.RETRY),
    (429, {}, b"", V.NOT_TAKEN, (None, None, None), C.RETRY, C.RETRY),
    (503, AFTER, HTML, V.NOT_TAKEN, (None, None, 30), C.RETRY, C.RETRY),
    (503, {}, ERROR, V.NOT_TAKEN, ("invalid_request", TEXT, None), C.RETRY, C.RETRY),
    (503, {}, b'{"error": {"message": "soon"}}', V.NOT_TAKEN, (None, "soon", None), C.RETRY, C.RETRY),
    (503, {}, REASON, V.NOT_TAKEN, ("invalid", None, None), C.RETRY, C.RETRY),
    (503, {}, HTML, V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (503, {}, b"", V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (503, {"Retry-After": "soon"}, b"", V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (503, {}, b'{"error": "soon"}', V.UNKNOWN, (None, "soon", None), C.RETRY, C.DOUBT),
    (503, {}, b'{"error": {}}', V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (503, {}, b'{"error": null}', V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (500, {}, ERROR, V.UNKNOWN, ("invalid_request", TEXT, None), C.RETRY, C.DOUBT),
    (500, AFTER, b"", V.UNKNOWN, (None, None, 30), C.RETRY, C.DOUBT),
    (502, {}, HTML, V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (504, {}, b"", V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (599, {}, DONE, V.UNKNOWN, (None, None, None), C.RETRY, C.DOUBT),
    (501, {}, b"", V.UNSUPPORTED, (None, None, None), C.STOP, C.STOP),
    (505, {}, b"", V.UNSUPPORTED, (None, None, None), C.STOP, C.STOP),
    (511, AFTER, HTML, V.NOT_THE_API, (None, None, 30), C.STOP, C.STOP),
    (402, {}, ERROR, V.DECLINED, ("invalid_request", TEXT, None), C.STOP, C.STOP),
    (405, {}, b"", V.DECLINED, (None, None, None), C.STOP, C.STOP),
    (407, {}, b"", V.DECLINED, (None, None, None), C.STOP, C.STOP),
    (415, {}, b"", V.DECLINED, (None, None, None), C.STOP, C.STOP),
    (499, AFTER, b"", V.DECLINED, (None, None, 30), C.STOP, C.STOP),
    (421, {}, b"", V.MISDIRECTED, (None, None, None), C.RETRY_ONCE, C.RETRY_ONCE),
    (103, {}, DONE, V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (0, {}, DONE, V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (-200, {}, DONE, V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (600, {}, DONE, V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
    (999, {}, HTML, V.NOT_THE_API, (None, None, None), C.STOP, C.STOP),
]


def read(status: int, body: bytes = DONE, headers: Any = (), key: str | None = None) -> Answer:
    return read_response(status, headers, body, now=NOW, key=key)


@pytest.mark.parametrize(("status", "headers", "body", "verdict", "parts", "identified", "others"), ROWS)
def test_an_answer(
    status: int,
    headers: dict[str, str],
    body: bytes,
    verdict: Verdict,
    parts: tuple[Any, ...],
    identified: Consequence,
    others: Consequence,
) -> None:
    answer = read(status, body, headers)
    assert (answer.verdict, answer.status) == (verdict, status)
    assert (answer.code, answer.message, answer.retry_after) == parts
    assert consequence(answer, identified=True) is identified
    assert consequence(answer, identified=False) is others


def test_every_verdict_is_in_the_table() -> None:
    assert MEANINGS.keys() == set(Verdict)
    reached = {verdict for _, _, _, verdict, *_ in ROWS}
    assert set(Verdict) - reached == {Verdict.NOT_SENT, Verdict.NO_SUCH_HOST, Verdict.CANNOT_SEND}


@pytest.mark.parametrize(
    ("verdict", "taken", "identified", "others", "at_first"),
    [
        (V.NOT_SENT, False, C.RETRY, C.RETRY, C.RETRY),
        (V.NO_SUCH_HOST, False, C.RETRY, C.RETRY, C.RETRY_ONCE),
        (V.CANNOT_SEND, False, C.STOP, C.STOP, C.STOP),
        (V.UNKNOWN, None, C.RETRY, C.DOUBT, C.DOUBT),
    ],
)
def test_a_failure(
    verdict: Verdict, taken: bool | None, identified: Consequence, others: Consequence, at_first: Consequence
) -> None:
    failure = Failure(verdict, "a reason")
    assert failure.taken is taken
    assert consequence(failure, identified=True) is identified
    assert consequence(failure, identified=False) is others
    assert consequence(failure, identified=False, answered=False) is at_first


@pytest.mark.parametrize(
    ("status", "taken"),
    [(200, True), (301, False), (303, None), (400, False), (421, False), (429, False), (500, None), (501, None)],
)
def test_what_may_have_been_taken(status: int, taken: bool | None) -> None:
    assert read(status).taken is taken


BODIES: list[tuple[bytes, str | None]] = [
    # the body of a 200, and the run that it names; None if it is no acceptance
    (b'{"run_id": "run_1"}', "run_1"),
    (b' \r\n\t{"run_id" : "run_1"}\n', "run_1"),
    (b'\xef\xbb\xbf{"run_id": "run_1"}', "run_1"),
    (b'{"run_id": 0}', "0"),
    (b'{"run_id": 123456789012345678901234567890}', "123456789012345678901234567890"),
    (b'{"run_id": ""}', None),
    (b'{"run_id": null}', None),
    (b'{"run_id": true}', None),
    (b'{"run_id": 1.0}', None),
    (b'{"run_id": ["run_1"]}', None),
    (b'{"run_id": {"id": 1}}', None),
    (b'{"RUN_ID": "run_1"}', None),
    (b'{"run_id": "run_1", "error": null}', "run_1"),
    (b'{"run_id": "run_1", "run_id": "run_1"}', None),
    (b'{"run_id": "run_1", "a": {"b": 1, "b": 2}}', None),
    (b'{"run_id": "run_1", "a": NaN}', None),
    (b'{"run_id": "run_1", "a": -Infinity}', None),
    (b'{"run_id": "run_1"', None),
    (b'{"run_id": "run_1"}}', None),
    (b'{"run_id": "run_1"} {}', None),
    (b'{"run_id": "run_1",}', None),
    (b"{'run_id': 'run_1'}", None),
    (b'{"run_id": "K\xe4thy"}', None),  # ISO-8859-1
    ('{"run_id": "Käthy"}'.encode(), "Käthy"),
    ('{"run_id": "run_1"}'.encode("utf-16"), None),
    (b'{"run_id": "run_1\x00"}', None),
    (b'{"run_id": "\\u0000\\ud800"}', "\\x00\\ud800"),
    (b'{"run_id": ' + b"9" * 5_000 + b"}", None),
    (b'{"run_id": 1, "a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", None),
    (b"[" * 60_000, None),
    (b'{"a":' * 10_000, None),
    (b'[{"run_id": "run_1"}]', None),
    (b'"ok"', None),
    (b"null", None),
    (b"ok", None),
    (b"", None),
    (b"\xff\xfe", None),
    (HTML, None),
]


@pytest.mark.parametrize(("body", "run_id"), BODIES, ids=lambda value: repr(value)[:40])
def test_only_the_documented_object_is_accepted(body: bytes, run_id: str | None) -> None:
    answer = read(200, body)
    verdict = Verdict.NOT_THE_API if run_id is None else Verdict.ACCEPTED
    assert (answer.verdict, answer.run_id) == (verdict, run_id)
    assert read(500, body).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("word", ["ok", "OK", "Ok", "oK"])
def test_ok_in_any_case_is_accepted(word: str) -> None:
    assert read(200, json.dumps({"response": word}).encode()).verdict is Verdict.ACCEPTED
    assert read(200, json.dumps({"response": word, "run_id": ""}).encode()).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("word", ["", "okay", " ok", "error", "o\u212a", True, 1, None, ["ok"], {"ok": "ok"}])
def test_another_response_is_not_accepted(word: Any) -> None:
    assert read(200, json.dumps({"response": word}).encode()).verdict is Verdict.NOT_THE_API


@pytest.mark.parametrize("error", ["", "no", {}, [], ["no"], 0, False, True, {"code": None}])
def test_any_error_but_null_is_a_refusal(error: Any) -> None:
    assert read(200, json.dumps({"run_id": 1, "response": "ok", "error": error}).encode()).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"code": "a", "message": "b", "reason": "c"}, "a", "b"),
        ({"code": "", "reason": "c"}, "c", None),
        ({"code": None, "reason": "c"}, "c", None),
        ({"code": ["a"], "message": {"b": 1}, "reason": 1.5}, None, None),
        ({"code": 17, "message": "b"}, "17", "b"),
        ({"code": False, "message": True}, None, None),
        ({"message": ""}, None, None),
        ("b", None, "b"),
        ("", None, None),
        (["b"], None, None),
    ],
)
def test_the_parts_of_an_error(error: Any, code: str | None, message: str | None) -> None:
    answer = read(422, json.dumps({"error": error}).encode())
    assert (answer.code, answer.message) == (code, message)


def test_a_text_has_500_printable_characters() -> None:
    answer = read(422, json.dumps({"error": {"code": "x" * 600, "message": "\x1b[2J\n\u202e\0" * 200}}).encode())
    assert answer.code == "x" * 499 + "…"
    assert answer.message is not None
    assert answer.message.startswith("\\x1b[2J\\n\\u202e\\x00\\x1b")
    assert len(answer.message) == 500
    assert answer.message.isprintable()
    assert read(400, b'{"error": "%s"}' % (b"x" * 500)).message == "x" * 500


def test_a_body_is_read_up_to_its_limit() -> None:
    body = b'{"run_id": "run_1"}'
    assert read(200, body.ljust(MAX_ANSWER_BYTES)).verdict is Verdict.ACCEPTED
    assert read(200, body.ljust(MAX_ANSWER_BYTES + 1)).verdict is Verdict.NOT_THE_API
    assert parse_object(b'{"a": 1}'.ljust(MAX_ANSWER_BYTES + 1), MAX_ANSWER_BYTES + 1) == {"a": 1}


def test_the_key_is_left_out() -> None:
    error = {"code": f"bad_{KEY}", "message": "x" * 480 + KEY}
    answer = read(401, json.dumps({"error": error, "run_id": KEY}).encode(), key=KEY)
    assert (answer.code, answer.run_id) == ("bad_API***YPP", "API***YPP")
    assert answer.message == "x" * 480 + "API***YPP"
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    assert read(401, f'{{"error": "{escaped}"}}'.encode(), key=KEY).message == "API***YPP"
    assert read(302, b"", {"location": f"/?{KEY}"}, key=KEY).location == "/?API***YPP"
    odd = "\\x1bABCDEFGHIJKLMNOP"
    assert read(401, b'{"error": "\\u001bABCDEFGHIJKLMNOP"}', key=odd).message == "\\x1***NOP"


# -- headers

PAST, SOON = "Tue, 14 Nov 2023 22:13:10 GMT", "Tue, 14 Nov 2023 22:14:00 GMT"
EARLIER = {"Date": "Tue, 14 Nov 2023 22:12:00 GMT"}

RETRY_AFTER: list[tuple[Any, int | None]] = [
    ({}, None),
    ({"Retry-After": "0"}, 0),
    ({"Retry-After": "120"}, 120),
    ({"Retry-After": " 007\t"}, 7),
    ({"Retry-After": "1000000001"}, MAX_RETRY_AFTER),
    ({"Retry-After": "9" * 10_000}, MAX_RETRY_AFTER),
    ({"Retry-After": "-5"}, None),
    ({"Retry-After": "+5"}, None),
    ({"Retry-After": "1.5"}, None),
    ({"Retry-After": "1e3"}, None),
    ({"Retry-After": "٣"}, None),
    ({"Retry-After": "²"}, None),
    ({"Retry-After": ""}, None),
    ({"Retry-After": "soon"}, None),
    ({"Retry-After": "5 s"}, None),
    ({"Retry-After": SOON}, 40),
    ({"Retry-After": PAST}, 0),
    ({"Retry-After": SOON} | EARLIER, 120),
    ({"Retry-After": PAST} | EARLIER, 70),
    ({"Retry-After": "30"} | EARLIER, 30),
    ({"Retry-After": SOON, "Date": "garbage"}, 40),
    ({"Retry-After": SOON, "Date": "5"}, 40),
    ({"Retry-After": "Tuesday, 14-Nov-23 22:14:00 GMT"}, 40),
    ({"Retry-After": "Tue Nov 14 22:14:00 2023"}, 40),
    ({"Retry-After": "Wed Nov  1 22:14:00 2023", "Date": "Wed, 01 Nov 2023 22:13:59 GMT"}, 1),
    ({"Retry-After": "Tue, 14 Nov 2023 22:14:00 UTC"}, 40),
    ({"Retry-After": "Tue, 14 Nov 2023 22:13:60 GMT"}, 39),
    ({"Retry-After": "Sunday, 06-Nov-94 08:49:37 GMT"}, 0),
    ({"Retry-After": "Sunday, 06-Nov-74 08:49:37 GMT"}, 0),
    ({"Retry-After": "Sunday, 06-Nov-73 08:49:37 GMT"}, MAX_RETRY_AFTER),
    ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, MAX_RETRY_AFTER),
    ({"Retry-After": "Sat, 01 Jan 0001 00:00:00 GMT"}, 0),
    ({"Retry-After": "Sat, 01 Jan 0000 00:00:00 GMT"}, None),
    ({"Retry-After": "Tue, 31 Nov 2023 22:14:00 GMT"}, None),
    ({"Retry-After": "Tue, 14 Nov 2023 25:14:00 GMT"}, None),
    ({"Retry-After": "Tue, 14 Nov 2023 22:14:00 EST"}, None),
    ({"Retry-After": "Tue, 14 Nov 2023 22:14:00 +0200"}, None),
    ({"Retry-After": "2023-11-14T22:14:00Z"}, None),
    ([("Retry-After", "5"), ("Retry-After", "60")], 60),
    ([("Retry-After", "60"), ("Retry-After", "soon")], 60),
    ([("Retry-After", "5"), ("retry-after", SOON)], 40),
    ({"Retry-After": "5, 60"}, 60),
    ({"Retry-After": f"5, {SOON}"}, 40),
    ({"Retry-After": f"{SOON}, {PAST}"}, 40),
    ([("Date", EARLIER["Date"]), ("Date", SOON), ("Retry-After", SOON)], 120),
]


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTER, ids=lambda value: repr(value)[:60])
def test_retry_after(headers: Any, seconds: int | None) -> None:
    assert read(429, b"", headers).retry_after == seconds


def test_a_date_is_rounded_up_against_the_clock() -> None:
    def wait(now: float) -> int | None:
        return read_response(429, {"Retry-After": SOON}, b"", now=now).retry_after

    assert [wait(NOW), wait(NOW + 0.1), wait(NOW + 0.9), wait(NOW + 40.5)] == [40, 40, 40, 0]


class Message:
    """Headers as ``http.client`` has them: no mapping, but with pairs."""

    def items(self) -> list[tuple[str, str]]:
        return [("RETRY-AFTER", "30")]


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "30"},
        {"RETRY-AFTER": "30", "x": ""},
        [("Retry-After", "30")],
        (("a", "b"), ["reTry-aFter", " 30 "]),
        [(b"Retry-After", b"30")],
        {b"retry-after": b"30"},
        iter([("Retry-After", "30")]),
        Message(),
    ],
)
def test_headers_are_a_mapping_or_pairs_in_any_case(headers: Any) -> None:
    assert read(429, b"", headers).retry_after == 30


@pytest.mark.parametrize(
    ("status", "location"), [(301, "https://other.custobar.com/\\x1b"), (200, None), (303, None), (404, None)]
)
def test_only_what_has_moved_has_a_location(status: int, location: str | None) -> None:
    assert read(status, b"", {"LOCATION": "https://other.custobar.com/\x1b"}).location == location


# -- arguments


def test_a_status_may_be_of_the_standard_library() -> None:
    assert repr(read(HTTPStatus.OK)).startswith("Answer(verdict=<Verdict.ACCEPTED: 'accepted'>, status=200, ")


@pytest.mark.parametrize("body", [bytearray(DONE), memoryview(DONE)])
def test_a_body_may_be_of_any_kind_of_bytes(body: Any) -> None:
    assert read(200, body).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"status": "200"}, "status is str: give a number such as 200"),
        ({"status": True}, "status is bool"),
        ({"body": "secret"}, "body is str: give bytes"),
        ({"body": None}, "body is NoneType: give bytes"),
        ({"headers": "secret"}, "headers is str: give a mapping, or pairs of text"),
        ({"headers": None}, "headers is NoneType"),
        ({"headers": {"secret": 5}}, "headers is dict"),
        ({"headers": [("secret",)]}, "headers is list"),
        ({"now": None}, "now is NoneType: give the seconds since 1970"),
        ({"now": float("nan")}, "now=nan: give the seconds since 1970"),
        ({"now": 10**5000}, "give the seconds since 1970"),
        ({"key": b"secret"}, "key is bytes: give text"),
        ({"key": "secret secret"}, "the key has a character"),
    ],
)
def test_misuse_is_refused_and_not_echoed(arguments: dict[str, Any], message: str) -> None:
    usual: dict[str, Any] = {"status": 200, "headers": {}, "body": DONE, "now": NOW}
    with pytest.raises(UsageError, match=message) as refused:
        read_response(**usual | arguments)
    assert "secret" not in str(refused.value)
