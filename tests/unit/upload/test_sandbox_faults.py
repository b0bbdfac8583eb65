"""The faults of the documented server: which request meets which, and what comes of each on a socket."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from custobar_formats import UsageError
from custobar_formats.upload import sandbox_server
from custobar_formats.upload.sandbox_faults import DEFAULT_SHARE, FAULTS, FOREIGN, FaultPlan, fault_lines, is_poisoned
from custobar_formats.upload.sandbox_server import Sandbox
from tests.processes import PATIENCE

PATH = "/api/customers/upload/"


# -- which


def test_the_same_seed_chooses_the_same_faults() -> None:
    def chosen(seed: int, *words: str | float) -> list[str]:
        plan = FaultPlan.of(words, seed)
        found = (plan.fault(number, "POST", PATH) for number in range(1, 2001))
        return [fault.name if fault else "" for fault in found]

    assert chosen(1, 0.05) == chosen(1, "0.05") != chosen(2, 0.05)
    some = chosen(1, 0.05)
    assert 60 < sum(map(bool, some)) < 140
    expected = {name for name, fault in FAULTS.items() if fault.in_share and fault.method in ("", "POST")}
    assert set(chosen(1, 1)) == expected
    assert set(chosen(1, 0)) == {""}
    assert set(chosen(1, "drop-after,closed", "slow", "1.0")) == {"drop-after", "closed", "slow"}
    assert 0.5 < sum(map(bool, chosen(1, "slow"))) / (2000 * DEFAULT_SHARE) < 2
    plan = FaultPlan.of(["slow@3,400@5"])
    assert [fault and fault.name for n in range(1, 7) for fault in [plan.fault(n, "GET", "/")]] == [
        None, None, "slow", None, "400", None
    ]  # fmt: skip


def test_faults_in_a_share_meet_uploads_and_data_alone() -> None:
    plan = FaultPlan.of([1])
    assert plan.fault(1, "POST", "/api/access-tokens/") is None
    assert {plan.fault(n, "GET", "/api/data/customers/") for n in range(99)} > {FAULTS["next-relative"]}
    assert FaultPlan.of(["1", "next-loop"]).fault(1, "POST", PATH) is None


@pytest.mark.parametrize("word", ["drop-afer", "", "2", "-1", "1.5", "nan", "slow@0", "slow@x", "slow@", "x@1", "1e-1"])
def test_an_unknown_fault_is_misuse(word: str) -> None:
    with pytest.raises(UsageError, match="unknown fault"):
        FaultPlan.of([word])
    with pytest.raises(UsageError, match="did you mean 'drop-after'"):
        FaultPlan.of(["drop-afer"])


def test_each_fault_is_listed() -> None:
    assert len(fault_lines()) == len(FAULTS) + 1


# -- what comes of each


class Wired:
    """A server whose second request meets a fault, and a connection to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.connection = self.connect()

    def connect(self) -> socket.socket:
        host, _, port = self.sandbox.url.removeprefix("http://").partition(":")
        return socket.create_connection((host, int(port)), timeout=PATIENCE)

    def request(self, method: str, target: str, body: bytes = b"", connection: str = "keep-alive") -> bytes:
        lines = [f"{method} {target} HTTP/1.1", "Host: here", f"Authorization: Bearer {self.sandbox.key}"]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", f"Connection: {connection}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def raw(self, data: bytes) -> bytes:
        """All that comes until the server closes the connection."""
        self.connection.sendall(data)
        return self.rest()

    def rest(self) -> bytes:
        """All that still comes until the server closes the connection."""
        received = b""
        while part := self.connection.recv(65_536):
            received += part
        return received

    def upload(self, *names: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        """The answer, as the standard library reads it, on a new connection."""
        return self.ask("POST", PATH, json.dumps([{"external_id": name} for name in names]).encode())

    def ask(self, method: str, target: str, body: bytes = b"") -> tuple[int, bytes, http.client.HTTPMessage]:
        client = http.client.HTTPConnection(self.sandbox.url.removeprefix("http://"), timeout=PATIENCE)
        try:
            headers = {"Authorization": f"Bearer {self.sandbox.key}", "Content-Type": "application/json"}
            client.request(method, target, body, headers)
            answer = client.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            client.close()

    @property
    def names(self) -> list[str]:
        return [each["external_id"] for each in self.sandbox.records("customers")]


@contextmanager
def met(fault: str, **options: Any) -> Iterator[Wired]:
    """A server that has C-1 and whose second request meets a fault."""
    with Sandbox(faults=[f"{fault}@2"], slow=0.0, **options) as sandbox:
        wired = Wired(sandbox)
        with wired.connection:
            assert wired.upload("C-1")[0] == 200
            yield wired


BODY = b'[{"external_id": "C-2"}]'
CUT = {"drop-before": 0, "drop-after": 0, "half-head": None, "half-body": None, "garbage": None}


@pytest.mark.parametrize("fault", CUT)
def test_an_answer_that_does_not_arrive_whole(fault: str) -> None:
    with met(fault) as wired:
        received = wired.raw(wired.request("POST", PATH, BODY))
        head, _, body = received.partition(b"\r\n\r\n")
        if fault.startswith("drop"):
            assert received == b""
        elif fault == "half-head":
            assert received.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"\r\n\r\n" not in received
        elif fault == "half-body":
            assert 0 < len(body) < int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
        else:
            assert not received.startswith(b"HTTP")
        assert wired.names == (["C-1"] if fault == "drop-before" else ["C-1", "C-2"])
        log = wired.sandbox.requests[1]
        assert (log.fault, log.whole, log.taken) == (fault, False, int(fault != "drop-before"))
        assert wired.upload("C-2")[0] == 200  # the answer was not heard, so this is no violation
        assert wired.upload("C-3")[0] == 200
        assert wired.sandbox.violations == []


TAKEN = {"byte-by-byte": 200, "slow": 200, "500-after": 500, "503-bare": 503, "closed": 200, "refuse": 200}
NOT_TAKEN = {"500-before": 500, "proxy-html": 502, "429-seconds": 429, "429-date": 429, "429-past": 429, "400": 400,
             "429-garbage": 429, "429-bare": 429, "503-wait": 503, "422": 422, "early-413": 413, "redirect": 307,
             "portal-html": 200, "200-error": 200, "200-lost": 200, "revoke": 401}  # fmt: skip


@pytest.mark.parametrize(("fault", "status"), [*TAKEN.items(), *NOT_TAKEN.items()])
def test_an_answer_that_arrives_whole(fault: str, status: int) -> None:
    with met(fault) as wired:
        got, body, headers = wired.upload("C-2")
        assert got == status
        assert wired.names == (["C-1", "C-2"] if fault in TAKEN else ["C-1"])
        assert wired.sandbox.requests[1].whole
        if fault in ("proxy-html", "early-413", "portal-html"):
            assert body.startswith(b"<html>")
        elif fault in ("503-bare", "redirect"):
            assert body == b""
        else:
            assert ("error" in json.loads(body)) == (status != 200 or fault == "200-error")
        waits = {"429-seconds": "1", "503-wait": "1", "429-garbage": "soon", "429-bare": None}
        if fault in waits:
            assert headers["Retry-After"] == waits[fault]
        elif fault in ("429-date", "429-past"):
            assert headers["Retry-After"].endswith(" GMT")
        if fault == "redirect":
            assert headers["Location"] == FOREIGN + PATH


def test_a_connection_that_ends_without_notice() -> None:
    with met("closed") as wired:
        received = wired.raw(wired.request("POST", PATH, BODY))
        assert received.endswith(b"}\n")
        assert b"Connection: keep-alive" in received


def test_no_connection_is_accepted_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    with met("refuse") as wired:
        assert b"Connection: close" in wired.raw(wired.request("POST", PATH, BODY))
        while True:
            try:
                assert wired.upload("C-3")[0] == 200
                break
            except ConnectionRefusedError:
                continue
        assert wired.names == ["C-1", "C-2", "C-3"]
    monkeypatch.setattr(sandbox_server, "REFUSED_SECONDS", PATIENCE)
    with met("refuse") as wired:
        assert wired.upload("C-2")[0] == 200
        with pytest.raises(ConnectionRefusedError):
            wired.connect()


def test_hints_come_before_the_answer() -> None:
    with met("103") as wired:
        received = wired.raw(wired.request("POST", PATH, BODY, "close"))
        assert received.startswith(b"HTTP/1.1 103 Early Hints\r\n")
        assert received.count(b"HTTP/1.1 200 OK\r\n") == 1
        assert wired.names == ["C-1", "C-2"]


def test_the_early_answer_comes_before_the_body() -> None:
    with met("early-413") as wired:
        wired.connection.sendall(wired.request("POST", PATH, b"x" * 500_000)[:500])
        head = wired.connection.recv(100)
        assert head.startswith(b"HTTP/1.1 413 ")
        assert wired.sandbox.requests[1].size == 0


@pytest.mark.parametrize(
    ("fault", "start"), [("next-relative", "/"), ("next-foreign", FOREIGN), ("next-loop", "http://127")]
)
def test_where_the_next_page_is_wrong(fault: str, start: str) -> None:
    target = "/api/data/customers/?limit=1"
    with Sandbox(faults=[f"{fault}@2"]) as sandbox:
        wired = Wired(sandbox)
        wired.connection.close()
        assert wired.upload("C-1", "C-2")[0] == 200
        following = json.loads(wired.ask("GET", target)[1])["next_url"]
        assert following.startswith(start)
        assert (following == sandbox.url + target) == (fault == "next-loop")
        assert json.loads(wired.ask("GET", target)[1])["next_url"].startswith(sandbox.url)
    with met(fault) as wired:
        assert wired.ask("GET", "/api/data/customers/")[0] == 200  # there is no next page
    with met(fault) as wired:
        assert wired.ask("POST", PATH, b"x" * 1_000_001)[0] == 413


def test_half_of_the_records_is_taken() -> None:
    with met("partly") as wired:
        assert wired.upload("C-2", "C-3", "C-4")[0] == 400
        assert wired.names == ["C-1", "C-2", "C-3"]
        assert wired.sandbox.requests[1].taken == 2
    with met("partly") as wired:
        assert wired.upload("C-2", "")[0] == 422
        assert wired.names == ["C-1"]
    with met("partly") as wired:
        assert wired.ask("GET", "/api/data/customers/")[0] == 200


def test_a_poisoned_record_is_refused_whenever_it_comes() -> None:
    records = [{"external_id": str(n)} for n in range(400)]
    bad = [each["external_id"] for each in records if is_poisoned(3, each)]
    assert 0 < len(bad) < 40
    with Sandbox(seed=3, faults=["poison"]) as sandbox:
        wired = Wired(sandbox)
        wired.connection.close()
        good = [each["external_id"] for each in records if each["external_id"] not in bad]
        assert wired.upload(*good)[0] == 200
        assert wired.upload(bad[0])[0] == 422
        assert wired.upload("new-1", bad[0])[0] == 422
        assert wired.names == good


def test_a_revoked_key_stays_revoked() -> None:
    with met("revoke") as wired:
        assert [wired.upload("C-2")[0], wired.upload("C-3")[0]] == [401, 401]


def test_every_fault_has_a_test_of_what_comes() -> None:
    others = {"103", "next-relative", "next-foreign", "next-loop", "partly", "poison"}
    assert {*CUT, *TAKEN, *NOT_TAKEN, *others} == set(FAULTS)
