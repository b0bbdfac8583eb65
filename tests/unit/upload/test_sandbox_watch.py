"""What the documented server notices of its clients."""

from __future__ import annotations

import json
from typing import Any

import pytest

from custobar_formats.upload import sandbox_watch
from custobar_formats.upload.sandbox import Account
from custobar_formats.upload.sandbox_faults import FaultPlan
from custobar_formats.upload.sandbox_http import Request
from custobar_formats.upload.sandbox_service import Service


class Client:
    """A client of a service without sockets, which may connect anew."""

    def __init__(self, *faults: str) -> None:
        account = Account()
        self.key = account.keys.make()
        self.service = Service(account, FaultPlan.of(faults))
        self.connection = 1

    def send(self, *records: dict[str, Any], entity: str = "customers", anew: bool = False, whole: bool = True) -> int:
        """Upload; the answer may be lost on its way."""
        body = json.dumps(records).encode()
        headers = [("Authorization", f"Bearer {self.key}"), ("Content-Type", "application/json")]
        headers.append(("Content-Length", str(len(body))))
        request = Request("POST", f"/api/{entity}/upload/", tuple(headers), body)
        self.connection += anew
        log, fault = self.service.begin(request)
        exchange = self.service.answer(log, fault, request, self.connection)
        self.service.delivered(exchange)
        if not whole:
            self.service.lost(exchange)
        return exchange.response.status

    @property
    def kinds(self) -> list[str]:
        assert sum(self.service.watch.counts.values()) >= len(self.service.watch.violations)
        return [line.partition(":")[0] for line in self.service.watch.violations]


def one(name: str, **more: str) -> dict[str, Any]:
    return {"external_id": name, **more}


# -- resent


def test_a_body_that_was_answered_is_not_sent_again() -> None:
    client = Client()
    client.send(one("1"))
    client.send(one("1"))
    assert client.kinds == ["resent"]
    client.send(one("2"))
    client.send(one("1"), anew=True)
    assert client.kinds == ["resent", "resent"]
    assert client.service.watch.violations[1] == "resent: request 4 has the body of request 2, which was answered"


def test_a_client_that_was_killed_may_send_its_last_body_again() -> None:
    client = Client()
    client.send(one("1"))
    client.send(one("1"), anew=True)
    client.send(one("2"))
    assert client.kinds == []


def test_an_answer_that_was_lost_was_not_heard() -> None:
    client = Client()
    client.send(one("1"), whole=False)
    client.send(one("2"))
    client.send(one("1"))
    assert client.kinds == []


@pytest.mark.parametrize("fault", ["500-before", "500-after", "503-bare", "429-bare", "503-wait"])
def test_an_answer_that_decides_nothing_may_be_followed_by_the_same(fault: str) -> None:
    client = Client(f"{fault}@1")
    client.send(one("1"))
    client.send(one("1"))
    assert client.kinds == []


@pytest.mark.parametrize("fault", ["400", "422", "200-lost", "200-error"])
def test_a_refusal_is_an_answer_and_the_parts_may_follow(fault: str) -> None:
    client = Client(f"{fault}@1")
    client.send(one("1"), one("2"))
    client.send(one("1"))
    client.send(one("2"))
    assert client.kinds == []
    client.send(one("1"), one("2"))
    assert client.kinds == ["resent"]


def test_each_key_is_one_client_and_each_path_its_own() -> None:
    client = Client()
    client.send(one("1"))
    client.key = client.service.account.keys.make()
    client.send(one("1"))
    client.send(one("1"), entity="products")
    assert client.kinds == []


# -- older


def test_what_waited_does_not_overwrite_what_is_newer() -> None:
    client = Client("500-before@1")
    client.send(one("1", city="old"), one("2"))
    client.send(one("1", city="new"))
    client.send(one("1", city="old"), one("2"))
    assert client.kinds == ["older"]
    assert "request 3 has records that are older" in client.service.watch.violations[0]
    assert "(they first came in request 1)" in client.service.watch.violations[0]


def test_nor_do_its_parts() -> None:
    for fault in ("500-before", "400"):
        client = Client(f"{fault}@1")
        client.send(one("1", city="old"), one("2"))
        client.send(one("1", city="new"))
        client.send(one("2"))
        assert client.kinds == []
        client.send(one("1", city="old"))
        assert client.kinds == ["older"]


def test_an_answer_that_was_lost_is_asked_for_before_what_is_newer() -> None:
    client = Client()
    client.send(one("1", city="old"), whole=False)
    client.send(one("1", city="old"))
    client.send(one("1", city="new"))
    client.send(one("1", city="newer"))
    assert client.kinds == []


def test_a_value_may_return_in_another_body() -> None:
    client = Client()
    for city in ("a", "b", "a"):
        client.send(one("1", city=city), one(city))
        client.send(one("1", city=city, tag="x"))
    client.send(one("1", city="b"))
    assert client.kinds == ["resent", "resent"]  # the same bodies again, and no more than that


def test_records_without_an_identifier_have_no_order() -> None:
    client = Client("500-before@1")
    for label in ("a", "b", "a"):
        client.send({"type": "X", "date": "2026-01-01", "email": "a@b.fi", "label": label}, entity="events")
    assert client.kinds == []


def test_only_so_many_bodies_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_watch, "MAX_OPEN", 3)
    client = Client("500-before,1")
    for n in range(10):
        client.send(one(str(n)), one("x"))
        client.send()
    (inner,) = client.service.watch._clients.values()
    assert len(inner.open) == 3
    assert len(inner.first) <= 4


# -- late


def test_nothing_begins_after_an_interrupt() -> None:
    client = Client()
    client.send(one("1"))
    client.service.watch.interrupted = True
    assert client.send(one("2")) == 503
    assert client.kinds == ["late"]
    assert [log.late for log in client.service.requests] == [False, True]
    assert client.service.account.store.records("customers") == [one("1")]


def test_the_violations_are_counted_and_some_are_kept() -> None:
    client = Client()
    for _ in range(50):
        client.send(one("1"))
    assert client.service.watch.counts == {"resent": 49, "older": 0, "late": 0}
    assert len(client.service.watch.violations) == sandbox_watch.SHOWN_VIOLATIONS
