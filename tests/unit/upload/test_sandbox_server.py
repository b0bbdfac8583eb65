"""The documented server on its socket: HTTP as clients send it, and its end."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from custobar_formats import UsageError
from custobar_formats.upload.sandbox_http import Request, parse_head
from custobar_formats.upload.sandbox_server import MAX_HEAD_BYTES, Sandbox
from tests.processes import PATIENCE
from tests.unit.upload.test_sandbox_faults import BODY, PATH, Wired


@pytest.fixture
def wired() -> Iterator[Wired]:
    with Sandbox() as sandbox:
        found = Wired(sandbox)
        with found.connection:
            yield found


def test_a_connection_takes_many_requests_also_at_once(wired: Wired) -> None:
    request = wired.request("POST", PATH, BODY)
    received = wired.raw(request + request + wired.request("GET", "/api/data/customers/", b"", "close"))
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.endswith(b'{"customers": [{"external_id": "C-2"}], "count": 1}\n')
    assert [log.status for log in wired.sandbox.requests] == [200, 200, 200]


def test_the_log_has_all_but_the_key_and_the_records(wired: Wired) -> None:
    wired.upload("C-1", "C-2")
    (log,) = wired.sandbox.requests
    assert (log.number, log.method, log.target, log.records, log.taken) == (1, "POST", PATH, 2, 2)
    assert (log.status, log.whole, log.fault, log.late) == (200, True, "", False)
    assert dict(log.headers)["Authorization"] == "Bearer"
    assert wired.sandbox.key not in repr(log)
    assert "C-1" not in repr(log)
    assert len(log.digest) == 64


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\na b: c\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(data: bytes, wired: Wired) -> None:
    assert wired.raw(data).startswith(b"HTTP/1.1 400 ")
    assert wired.sandbox.requests == []


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: a", b"", b"x" * (MAX_HEAD_BYTES + 1)])
def test_a_head_that_does_not_end_is_not_answered(data: bytes, wired: Wired) -> None:
    received = b""
    with suppress(OSError):  # the server may have closed the connection already
        wired.connection.sendall(data)
        wired.connection.shutdown(socket.SHUT_WR)
        received = wired.connection.recv(10)
    assert received == b""


def test_a_head_is_read_as_it_may_be_written() -> None:
    assert parse_head(b"GET http://here/a?b=c HTTP/1.0\r\nX:  y \r\nX: z") == Request(
        "GET", "/a?b=c", (("X", "y"), ("X", "z")), minor=0
    )
    request = parse_head(b"GET http://here HTTP/1.1")
    assert request is not None
    assert (request.target, request.closes, request.length, request.header("x")) == ("/", False, None, None)


def test_a_body_that_ends_too_soon_is_refused(wired: Wired) -> None:
    wired.connection.sendall(wired.request("POST", PATH, BODY)[:-5])
    wired.connection.shutdown(socket.SHUT_WR)
    assert wired.rest().startswith(b"HTTP/1.1 400 ")
    assert wired.names == []


def test_a_body_in_chunks_is_refused_for_it_has_no_length(wired: Wired) -> None:
    head = wired.request("POST", PATH).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    assert wired.raw(head + b"5\r\n[{}]\n\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411 ")


def test_a_body_without_end_is_refused_before_it_is_read(wired: Wired) -> None:
    head = wired.request("POST", PATH).replace(b"Content-Length: 0", b"Content-Length: 99999999999")
    wired.connection.sendall(head)
    assert wired.connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_client_may_wait_for_100(wired: Wired) -> None:
    data = wired.request("POST", PATH, BODY, "close").replace(b"Host:", b"Expect: 100-continue\r\nHost:")
    wired.connection.sendall(data[: -len(BODY)])
    assert wired.connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b"HTTP/1.1 200 OK" in wired.raw(BODY)


@pytest.mark.parametrize("words", [("HTTP/1.1", "HTTP/1.0"), ("keep-alive", "Close"), ("keep-alive", "x, close")])
def test_a_connection_ends_when_the_client_asks(words: tuple[str, str], wired: Wired) -> None:
    request = wired.request("GET", "/api/data/customers/").decode().replace(*words)
    request = request.replace("Connection: keep-alive\r\n", "")
    assert b"Connection: close" in wired.raw(request.encode())


def test_the_limit_of_requests_follows_the_clock_that_is_given() -> None:
    now = [1000.0]
    with Sandbox(clock=lambda: now[0]) as sandbox:
        client = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {sandbox.key}"}
        statuses = []
        for step in [0] * 181 + [59.9, 0.1]:
            now[0] += step
            client.request("GET", "/api/data/customers/", headers=headers)
            answer = client.getresponse()
            answer.read()
            statuses.append(answer.status)
        client.close()
    assert statuses == [200] * 180 + [429, 429, 200]


def test_many_clients_at_once() -> None:
    with Sandbox() as sandbox:
        wired = Wired(sandbox)
        wired.connection.close()

        def send(start: int) -> None:
            for n in range(start, start + 10):
                assert wired.upload(f"C-{n}")[0] == 200

        threads = [threading.Thread(target=send, args=(start,)) for start in range(0, 80, 10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert sorted(wired.names) == sorted(f"C-{n}" for n in range(80))
        assert [log.number for log in sandbox.requests] == list(range(1, 81))


def test_keys_of_tests() -> None:
    with Sandbox() as sandbox:
        wired = Wired(sandbox)
        wired.connection.close()
        everything, sandbox.key = sandbox.key, sandbox.make_key((("GET", "/api/data/customers/"),))
        assert wired.upload("C-1")[0] == 403
        sandbox.revoke(everything)
        sandbox.key = everything
        assert wired.upload("C-1")[0] == 401


def test_its_end_ends_the_connections_and_frees_the_port() -> None:
    with Sandbox() as sandbox:
        wired = Wired(sandbox)
        wired.connection.sendall(wired.request("POST", PATH, BODY)[:20])
    with wired.connection, contextlib.suppress(ConnectionResetError):
        assert wired.connection.recv(10) == b""
    with pytest.raises(OSError, match=r"refused|reset"):
        wired.connect()
    port = int(sandbox.url.rpartition(":")[2])
    with Sandbox(port=port) as again:
        assert again.url == sandbox.url
        with pytest.raises(OSError, match=str(port)), Sandbox(port=port):
            pass
    with pytest.raises(UsageError, match="70000 is no port"), Sandbox(port=70_000):
        pass


def test_it_answers_this_machine_alone(wired: Wired) -> None:
    assert wired.sandbox.url.startswith("http://127.0.0.1:")
    assert wired.connection.getpeername()[0] == "127.0.0.1"
    assert json.loads(wired.ask("GET", "/")[1])["error"]["code"] == "not_found"
