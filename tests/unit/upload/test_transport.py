"""Both transports against servers that answer wrongly, late, or not at all."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading

import pytest

import custobar_formats
from custobar_formats import UsageError
from custobar_formats.core.upload_limits import MAX_ANSWER_BYTES
from custobar_formats.upload import transport, transport_parts
from custobar_formats.upload.answers import Answer, Failure, Verdict
from custobar_formats.upload.key import Key
from custobar_formats.upload.transport import AsyncTransport
from custobar_formats.upload.transport_parts import Reply
from tests.unit.upload.wires import BODY, KEY, OK, PATH, TAKEN, Peer, Script, Step, Way, post, serving

LARGE = bytes(8 << 20)
"""A body that no buffer of a socket takes whole."""


def answer(status: int, body: bytes = TAKEN, *lines: bytes) -> bytes:
    head = [b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *lines, b"", body]
    return b"\r\n".join(head)


def answering(*parts: bytes) -> Script:
    def script(peer: Peer) -> None:
        peer.request()
        for part in parts:
            peer.send(part)

    return script


def reset_at_once(peer: Peer) -> None:
    peer.reset()


def reset_before(peer: Peer) -> None:
    peer.exactly(1)
    peer.reset()


def reset_after(peer: Peer) -> None:
    peer.request()
    peer.reset()


def silence(peer: Peer) -> None:
    peer.request()
    peer.drain()


def endless(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nX: ")
    stop = threading.Event()
    while not stop.wait(0.01):
        peer.send(b"x")


def endless_body(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    stop = threading.Event()
    while not stop.wait(0.01):
        peer.send(b"x")


CASES: dict[str, tuple[Script, Verdict]] = {
    "whole": (answering(OK), Verdict.ACCEPTED),
    "reset before the request was read": (reset_before, Verdict.UNKNOWN),
    "reset after the request was read": (reset_after, Verdict.UNKNOWN),
    "closed after the request was read": (answering(), Verdict.UNKNOWN),
    "half a head": (answering(OK[:20]), Verdict.UNKNOWN),
    "half a body": (answering(OK[:-5]), Verdict.UNKNOWN),
    "half a body of a refusal": (answering(answer(400)[:-5]), Verdict.UNKNOWN),
    "byte by byte": (answering(*(OK[place : place + 1] for place in range(len(OK)))), Verdict.ACCEPTED),
    "no HTTP": (answering(b"\x16\x03\x01\x00\xff no answer\r\n\r\n"), Verdict.UNKNOWN),
    "a head without end": (answering(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000), Verdict.UNKNOWN),
    "silence": (silence, Verdict.UNKNOWN),
    "drops for ever, in the head": (endless, Verdict.UNKNOWN),
    "drops for ever, in the body": (endless_body, Verdict.UNKNOWN),
    "until the end": (answering(b"HTTP/1.1 200 OK\r\n\r\n", TAKEN), Verdict.ACCEPTED),
    "in chunks": (
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n" + TAKEN + b"\r\n0\r\n\r\n"),
        Verdict.ACCEPTED,
    ),
    "half a chunk": (
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n" + TAKEN[:9]),
        Verdict.UNKNOWN,
    ),
    "of HTTP/1.0": (answering(b"HTTP/1.0 200 OK\r\n\r\n" + TAKEN), Verdict.ACCEPTED),
    "100 before": (answering(b"HTTP/1.1 100 Continue\r\n\r\n" + OK), Verdict.ACCEPTED),
    "103 before": (answering(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", OK), Verdict.ACCEPTED),
    "100 alone": (answering(b"HTTP/1.1 100 Continue\r\n\r\n"), Verdict.UNKNOWN),
    "101": (answering(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), Verdict.UNKNOWN),
    "422": (answering(answer(422, b"{}")), Verdict.REFUSED),
    "503": (answering(answer(503, b"")), Verdict.UNKNOWN),
    "429": (answering(answer(429, b"", b"Retry-After: 7")), Verdict.NOT_TAKEN),
    "a large answer": (answering(answer(200, TAKEN + b" " * MAX_ANSWER_BYTES)), Verdict.NOT_THE_API),
    "a large 413": (answering(answer(413, b"x" * 1_000_000)), Verdict.TOO_LARGE),
    "compressed": (answering(answer(200, b"\x1f\x8b\x08", b"Content-Encoding: gzip")), Verdict.NOT_THE_API),
}


@pytest.mark.parametrize("name", CASES)
def test_what_comes_back(way: Way, name: str) -> None:
    script, verdict = CASES[name]
    with serving(script) as server:
        (outcome,) = way(server.origin, post(), timeout=0.5 if verdict is Verdict.UNKNOWN else 60)
    assert outcome.verdict is verdict, outcome
    assert isinstance(outcome, Failure) == (verdict is Verdict.UNKNOWN and name != "503")


def test_a_reset_of_what_was_only_just_connected(way: Way) -> None:
    with serving(reset_at_once) as server:
        (outcome,) = way(server.origin, post())
    assert isinstance(outcome, Failure)
    assert outcome.verdict in (
        Verdict.NOT_SENT,
        Verdict.UNKNOWN,
    )  # as the reset comes before the first byte or after it


REASONS = {
    "silence": "no whole answer of {place} within 0.5 seconds",
    "drops for ever, in the head": "no whole answer of {place} within 0.5 seconds",
    "no HTTP": "the answer of {place} is not HTTP",
    "half a head": "the connection to {place} broke before the whole answer had come",
    "reset after the request was read": "the connection to {place} broke before the whole answer had come",
}


@pytest.mark.parametrize("name", REASONS)
def test_why_it_is_unknown(way: Way, name: str) -> None:
    with serving(CASES[name][0]) as server:
        (outcome,) = way(server.origin, post(), timeout=0.5)
    assert outcome == Failure(Verdict.UNKNOWN, REASONS[name].format(place=f"127.0.0.1:{server.port}"))


def test_no_byte_for_a_while(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(transport_parts.TIMEOUTS, "read", 0.1)
    with serving(silence) as server:
        (outcome,) = way(server.origin, post())
    assert outcome == Failure(Verdict.UNKNOWN, f"no answer of 127.0.0.1:{server.port} in time")


def test_a_connection_that_is_refused(way: Way) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (outcome,) = way(f"http://127.0.0.1:{port}", post())
    assert outcome == Failure(Verdict.NOT_SENT, f"127.0.0.1:{port} refused the connection")


@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_AGAIN])
def test_a_name_that_nobody_knows(way: Way, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **options: object) -> object:
        raise socket.gaierror(code, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    (outcome,) = way("https://nowhere.invalid", post())
    if code == socket.EAI_NONAME:
        assert outcome == Failure(Verdict.NO_SUCH_HOST, "there is no host nowhere.invalid")
    else:
        assert outcome.verdict is Verdict.NOT_SENT


# -- an answer before the request was sent


def early(peer: Peer) -> None:
    peer.head()
    peer.send(answer(413, b"<html>", b"Connection: close"))
    peer.connection.shutdown(socket.SHUT_WR)
    peer.drain()


def early_reset(peer: Peer) -> None:
    peer.head()
    peer.send(answer(413, b"<html>", b"Connection: close"))
    peer.exactly(1 << 20)
    peer.reset()


def early_stuck(peer: Peer) -> None:
    peer.head()
    peer.send(answer(413, b"<html>", b"Connection: close"))
    threading.Event().wait(1.5)


@pytest.mark.parametrize("script", [early, early_stuck])
def test_an_early_answer_counts(way: Way, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(transport_parts.TIMEOUTS, "write", 0.2)
    with serving(script) as server:
        (outcome,) = way(server.origin, post(LARGE))
    assert outcome == Answer(Verdict.TOO_LARGE, 413)


def test_an_early_answer_with_a_reset_counts_if_it_arrives(way: Way) -> None:
    with serving(early_reset) as server:
        (outcome,) = way(server.origin, post(LARGE))
    assert outcome.verdict in (Verdict.TOO_LARGE, Verdict.UNKNOWN)  # the reset may overtake it


def test_what_cannot_be_sent_whole_waits_no_longer_for_an_answer(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(transport_parts.TIMEOUTS, "write", 0.1)
    monkeypatch.setattr(transport_parts, "AFTER_BREAK_SECONDS", 0.1)

    def stuck(peer: Peer) -> None:
        peer.head()
        threading.Event().wait(1.0)

    with serving(stuck) as server:
        (outcome,) = way(server.origin, post(LARGE))
    assert outcome == Failure(Verdict.UNKNOWN, f"no answer of 127.0.0.1:{server.port} in time")


# -- connections


def serving_many(peer: Peer) -> None:
    while True:
        peer.request()
        peer.send(OK)


def test_a_connection_is_used_again(way: Way) -> None:
    with serving(serving_many) as server:
        outcomes = way(server.origin, post(), post(), ("get", ("/api/data/customers/",), {}), post())
        assert [outcome.status for outcome in outcomes] == [200] * 4
        assert server.connections == 1


def test_a_new_connection_is_used_if_asked_for(way: Way) -> None:
    with serving(serving_many) as server:
        way(server.origin, post(), post(fresh=True), post(), post(fresh=True))
        assert server.connections == 3


def test_an_idle_connection_is_not_used_again(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "IDLE_SECONDS", 0.0)
    with serving(serving_many) as server:
        assert [outcome.status for outcome in way(server.origin, post(), post())] == [200, 200]
        assert server.connections == 2


def test_a_connection_that_was_closed_is_not_used_again(way: Way) -> None:
    closed = threading.Event()

    def once(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with serving(once) as server:
        outcomes = way(server.origin, post(), post(), post())
        assert {outcome.verdict for outcome in outcomes} <= {Verdict.ACCEPTED, Verdict.UNKNOWN}
        assert outcomes[0].verdict is Verdict.ACCEPTED


def test_a_connection_whose_answer_was_not_read_is_not_used_again(way: Way) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.request()
            peer.send(answer(400, b"x" * 1_000_000))

    with serving(script) as server:
        assert [outcome.status for outcome in way(server.origin, post(), post())] == [400, 400]
        assert server.connections == 2


def test_a_cancelled_request_leaves_a_transport_that_works() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        if peer.number == 1:
            peer.drain()
        peer.send(OK)

    async def run(origin: str) -> Answer | Failure:
        async with AsyncTransport(origin, KEY) as transport:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(transport.post(PATH, "application/json", BODY), 0.2)
            return await transport.post(PATH, "application/json", BODY)

    with serving(script) as server:
        assert asyncio.run(run(server.origin)) == Answer(Verdict.ACCEPTED, 200, "run_1")
        assert server.connections == 2


def test_two_tasks_send_one_after_the_other() -> None:
    async def run(origin: str) -> list[Answer | Failure]:
        async with AsyncTransport(origin, KEY) as transport:
            return list(await asyncio.gather(*(transport.post(PATH, "application/json", BODY) for _ in range(5))))

    with serving(serving_many) as server:
        assert {outcome.verdict for outcome in asyncio.run(run(server.origin))} == {Verdict.ACCEPTED}
        assert server.connections == 1


def test_a_redirect_is_not_followed(way: Way) -> None:
    with serving(serving_many) as other:
        location = f"{other.origin}{PATH}"
        with serving(answering(answer(307, b"", b"Location: " + location.encode()))) as server:
            assert way(server.origin, post()) == [Answer(Verdict.MOVED, 307, location=location)]
        assert other.connections == 0


# -- what is sent


def test_what_is_sent(way: Way) -> None:
    sent: list[bytes] = []

    def script(peer: Peer) -> None:
        while True:
            sent.append(peer.request())
            peer.send(answer(200, TAKEN, b"Set-Cookie: a=b"))

    with serving(script) as server:
        payload = {"name": "Käppi"}
        way(
            server.origin,
            post(),
            ("get", ("/api/data/sales/", {"limit": "10", "fields": "a,b"}), {}),
            ("get", (f"{server.origin}/api/data/sales/?cursor=1",), {}),
            ("post_json", ("/api/integrations/", payload, {"Authorization": "Basic eDp5", "X-Y": "1"}), {}),
        )
        host = server.origin.removeprefix("http://")
    version = custobar_formats.__version__
    common = f"Host: {host}\r\nUser-Agent: custobar-formats/{version}\r\n"
    common += "Accept: application/json\r\nAccept-Encoding: identity\r\n"
    bearer = f"{common}Authorization: {KEY.header()}\r\n"
    assert [each.decode() for each in sent] == [
        f"POST {PATH} HTTP/1.1\r\n{bearer}Content-Length: 39\r\nContent-Type: application/json\r\n\r\n{BODY.decode()}",
        f"GET /api/data/sales/?limit=10&fields=a%2Cb HTTP/1.1\r\n{bearer}\r\n",
        f"GET /api/data/sales/?cursor=1 HTTP/1.1\r\n{bearer}\r\n",
        f"POST /api/integrations/ HTTP/1.1\r\n{common}Authorization: Basic eDp5\r\nContent-Length: 22\r\n"
        'Content-Type: application/json\r\nX-Y: 1\r\n\r\n{"name": "K\\u00e4ppi"}',
    ]


@pytest.mark.parametrize("url", ["https://other.example/a", "//other.example/a", "http://127.0.0.1:1x/a", "a"])
def test_the_key_goes_to_its_own_origin_alone(way: Way, url: str) -> None:
    with pytest.raises(UsageError, match="the key goes nowhere else"):
        way("http://127.0.0.1:1", ("get", (url,), {}))


def test_a_page_comes_as_it_is_up_to_a_limit(way: Way) -> None:
    page = b'{"customers": []}' + b" " * 1_000_000
    with serving(answering(answer(200, page, b"X: y"))) as server:
        (whole,) = way(server.origin, ("get", ("/api/data/customers/",), {}))
        (cut,) = way(server.origin, ("get", ("/api/data/customers/", None, 10), {}))
    assert (whole.status, whole.body, dict(whole.headers)["X"]) == (200, page, "y")
    assert cut == Reply(200, whole.headers, page[:11])
    assert "customers" not in repr(whole)


# -- secrets


def test_nothing_shows_the_key(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = KEY.header()
    secret = text.split()[1]
    password = "dXNlcjpwYXNzd29yZA=="

    def script(peer: Peer) -> None:
        while True:
            head = peer.request()
            given = next(line for line in head.split(b"\r\n") if line.startswith(b"Authorization"))
            error = b'{"error": {"message": "no ' + given + b'"}}'
            peer.send(
                answer(401, error, b"X-Echo: " + given) if b"/upload/" in head else b"nonsense " + given + b"\r\n\r\n"
            )

    steps: tuple[Step, ...] = (
        post(),
        ("get", ("/api/data/customers/",), {}),
        ("post_json", ("/api/integrations/", {}, {"Authorization": f"Basic {password}"}), {}),
    )
    with serving(script) as server:
        outcomes = way(server.origin, *steps)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.NO_KEY, Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert "receive_response_headers.failed" in caplog.text
    assert "X-Echo" in caplog.text
    for hidden in (secret, password):
        assert hidden not in caplog.text + repr(outcomes)


def test_a_mistake_in_a_header_is_no_failure_of_the_network(way: Way) -> None:
    with serving(serving_many) as server, pytest.raises(Exception, match="Illegal header value"):
        way(server.origin, ("post", (PATH, "text/csv\n", BODY), {}))


def test_without_the_extra(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpcore2", None)
    with pytest.raises(UsageError) as raised:
        way("http://127.0.0.1:1", post())
    assert str(raised.value) == "sending needs httpx2: pip install 'custobar_formats[upload]'"


def test_without_a_key(way: Way) -> None:
    with serving(serving_many) as server:
        (outcome,) = way(server.origin, ("post_json", ("/api/integrations/", {}, {}), {}), key=None)
    assert isinstance(outcome, Reply)
    assert Key("short").header() == "Bearer short"
