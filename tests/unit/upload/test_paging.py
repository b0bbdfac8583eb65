"""Records that are read back: what is asked for after each outcome, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from custobar_formats import UsageError
from custobar_formats.core.errors import RequestFailed
from custobar_formats.core.upload_limits import MAX_UNKNOWN
from custobar_formats.upload.answers import Failure, Verdict
from custobar_formats.upload.key import Key
from custobar_formats.upload.paging import Get, Page, Pause, Record, next_target, page_of, pages, wanted_records
from custobar_formats.upload.run import Clock
from custobar_formats.upload.transport_parts import Reply

ORIGIN = "https://acme.custobar.com"
KEY = Key("APICODEXU5SLHM3ZFHYCXW4FSLY2D7Y2RHO3RYPP")
FIRST = "/api/data/customers/?limit=1000"

Outcome = Reply | Failure


class Time:
    """A clock that moves only by waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC), lambda: 0.5)


def page(*names: str, **more: object) -> Reply:
    return Reply(200, (), json.dumps({"customers": [{"external_id": name} for name in names], **more}).encode())


def error(status: int, code: str = "oops", *headers: tuple[str, str]) -> Reply:
    return Reply(status, headers, json.dumps({"error": {"code": code, "message": "no"}}).encode())


class Read:
    """What came of it: the requests, the waits, and the records."""

    def __init__(self, *outcomes: Outcome, **options: Any) -> None:
        self.targets: list[str] = []
        self.fresh: list[bool] = []
        self.waits: list[float] = []
        self.names: list[str] = []
        self.error: RequestFailed | None = None
        self._outcomes = list(outcomes)
        given: dict[str, Any] = {"page_size": 1000, "max_records": None, "fields": None, "filters": {}, **options}
        time = Time()
        try:
            self._run(pages(ORIGIN, wanted_records("customers", **given), time.clock(), KEY), time)
        except RequestFailed as error:
            self.error = error

    def _run(self, steps: Any, time: Time) -> None:
        given = None
        while True:
            try:
                step = steps.send(given)
            except StopIteration:
                break
            given = None
            match step:
                case Get(target, fresh):
                    self.targets.append(target)
                    self.fresh.append(fresh)
                    given = self._outcomes.pop(0)
                case Pause(seconds):
                    time.now += seconds
                    self.waits.append(seconds)
                case Page(records):
                    self.names += [record["external_id"] for record in records]
        assert not self._outcomes


def test_pages_are_followed_until_there_is_no_next() -> None:
    read = Read(
        page("1", "2", next_url=f"{ORIGIN}/api/data/customers/?cursor=2"),
        page(next_url="/api/data/customers/?cursor=3"),
        page("3", next_url="?cursor=4"),
        page("4", next_url=None),
    )
    assert read.names == ["1", "2", "3", "4"]
    assert read.targets == [FIRST, *(f"/api/data/customers/?cursor={number}" for number in (2, 3, 4))]
    assert read.waits == pytest.approx([0.5, 0.5, 0.5], rel=0.01)  # 120 a minute


def test_no_more_is_read_than_asked_for() -> None:
    read = Read(page("1", "2", next_url="?a"), page("3", "4", next_url="?b"), page_size=2, max_records=3)
    assert (read.names, len(read.targets)) == (["1", "2", "3"], 2)
    assert Read(page("1", "2", next_url="?a"), page_size=2, max_records=2).names == ["1", "2"]
    assert Read(page("1"), page_size=2, max_records=1).targets == ["/api/data/customers/?limit=1"]


def test_what_is_asked_for() -> None:
    filters = {"city": "Ääne koski&", "can_email": False, "n": 1, "x": 1.5}
    read = Read(page(), fields=["email", "first_name"], filters=filters)
    query = "limit=1000&fields=email%2Cfirst_name&city=%C3%84%C3%A4ne+koski%26&can_email=false&n=1&x=1.5"
    assert read.targets == [f"/api/data/customers/?{query}"]


@pytest.mark.parametrize(
    ("entity", "given", "message"),
    [
        ("shops", {}, "shops cannot be read back: Custobar's API has no path for them"),
        ("customer", {}, "unknown entity 'customer': did you mean 'customers'?"),
        ("sales", {"page_size": 0}, "page_size=0: give a number from 1 to 10,000"),
        ("sales", {"page_size": 10_001}, "page_size=10001: give a number from 1 to 10,000"),
        ("sales", {"page_size": True}, "page_size=True: give a number from 1 to 10,000"),
        ("sales", {"max_records": 0}, "max_records=0: give a number from 1 up"),
        ("sales", {"fields": "email"}, "fields='email': give a list of names"),
        ("sales", {"fields": []}, "fields=[]: give a list of names"),
        ("sales", {"fields": ["a,b"]}, "field 'a,b': a name has no comma"),
        ("sales", {"filters": {"limit": 1}}, "'limit' is no field to filter by"),
        ("sales", {"filters": {"a": None}}, "filter 'a'=None: give a text, a number or a boolean"),
    ],
)
def test_misuse(entity: str, given: dict[str, Any], message: str) -> None:
    options: dict[str, Any] = {"page_size": 1000, "max_records": None, "fields": None, "filters": {}, **given}
    with pytest.raises(UsageError) as raised:
        wanted_records(entity, **options)
    assert str(raised.value) == message


# -- after a failure


REPEATED = [
    Failure(Verdict.UNKNOWN, "it broke"),
    Failure(Verdict.NOT_SENT, "refused"),
    error(429),
    error(408),
    error(500),
    error(502),
    error(503),
    Reply(503, (), b""),
]


@pytest.mark.parametrize("outcome", REPEATED, ids=str)
def test_a_request_is_repeated_where_it_may_help(outcome: Outcome) -> None:
    read = Read(page("1", next_url="?a"), outcome, outcome, page("2"))
    assert (read.names, read.error) == (["1", "2"], None)
    assert read.targets == [FIRST, *["/api/data/customers/?a"] * 3]


def test_no_wait_is_shorter_than_the_server_asks_for() -> None:
    assert max(Read(error(429, "x", ("Retry-After", "7")), page()).waits) == 7


def test_a_request_for_another_connection_is_repeated_once_on_one() -> None:
    read = Read(error(421), page("1"))
    assert (read.names, read.fresh) == (["1"], [False, True])
    again = Read(error(421), error(421))
    assert again.error is not None
    assert again.error.is_temporary


def test_an_unknown_host_is_looked_for_once_more_and_later_for_long() -> None:
    unknown = Failure(Verdict.NO_SUCH_HOST, "there is no host acme.custobar.com")
    first = Read(unknown, unknown)
    assert str(first.error) == "there is no host acme.custobar.com: is the company's name right?"
    assert first.error is not None
    assert not first.error.is_temporary
    assert Read(page("1", next_url="?a"), *[unknown] * 5, page("2")).names == ["1", "2"]


def test_patience_ends() -> None:
    read = Read(*[Failure(Verdict.UNKNOWN, "it broke")] * MAX_UNKNOWN)
    assert (str(read.error), read.error and read.error.is_temporary) == ("it broke: try again later", True)
    late = Read(error(429, "x", ("Retry-After", "9000")))
    assert str(late.error) == "429 x (no): try again after 9,000 seconds"
    assert late.error is not None
    assert (late.error.status, late.error.code, late.error.message) == (429, "x", "no")


STOPS: list[tuple[Outcome, Verdict, str]] = [
    (error(400), Verdict.REFUSED, "400 oops (no)"),
    (error(401), Verdict.NO_KEY, "401 oops (no): the key is not accepted"),
    (error(403), Verdict.NO_SCOPE, "403 oops (no): the key lacks a scope: add GET /api/data/customers/ to it"),
    (error(404), Verdict.NO_SUCH_PLACE, "404 oops (no): there is no such address"),
    (Reply(307, (("Location", "https://b.fi/"),), b""), Verdict.MOVED, "307 to https://b.fi/: the address leads"),
    (error(501), Verdict.UNSUPPORTED, "501 oops (no)"),
    (error(409), Verdict.DECLINED, "409 oops (no)"),
    (Reply(200, (), b"<html>"), Verdict.NOT_THE_API, "200: that is no answer of Custobar's API"),
    (Reply(204, (), b""), Verdict.NOT_THE_API, "204: that is no answer of Custobar's API"),
    (Reply(200, (), b'{"run_id": "1"}'), Verdict.NOT_THE_API, "200: that is no answer of Custobar's API"),
    (Reply(200, (), b'{"customers": [1]}'), Verdict.NOT_THE_API, "200: that is no answer of Custobar's API"),
    (Reply(200, (), b'{"customers": {}}'), Verdict.NOT_THE_API, "200: that is no answer of Custobar's API"),
    (Reply(200, (), b'{"products": []}'), Verdict.NOT_THE_API, "200: that is no answer of Custobar's API"),
    (page("2", error={"code": "bad", "message": "no"}), Verdict.REFUSED, "200 bad (no)"),
    (Failure(Verdict.CANNOT_SEND, "no trust"), Verdict.CANNOT_SEND, "no trust"),
]


@pytest.mark.parametrize(("outcome", "verdict", "message"), STOPS, ids=lambda value: str(value)[:40])
def test_what_ends_it(outcome: Outcome, verdict: Verdict, message: str) -> None:
    read = Read(page("1", next_url="?a"), outcome)
    assert read.names == ["1"]
    assert read.error is not None
    assert (read.error.verdict, read.error.is_temporary) == (verdict, False)
    assert str(read.error).startswith(message)


def test_the_key_is_in_no_error() -> None:
    text = KEY.header().split()[1]
    echo = Reply(400, (), json.dumps({"error": {"code": text, "message": f"no {text}"}}).encode())
    failed = Read(echo).error
    assert failed is not None
    assert text not in str(failed) + repr(failed) + repr(failed.args)


# -- the next page


def test_a_page_is_read_once() -> None:
    read = Read(page("1", next_url=f"{ORIGIN}{FIRST}"))
    assert str(read.error) == "next_url leads to a page that was read already"
    assert read.names == ["1"]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/x", "/x"),
        ("?a=b", "/api/data/customers/?a=b"),
        ("https://acme.custobar.com:443/x?y", "/x?y"),
        ("HTTPS://ACME.custobar.com/x", "/x"),
        ("https://acme.custobar.com", "/"),
        ("/x?q=ä b\r\nHost: evil", "/x?q=%C3%A4%20b%0D%0AHost:%20evil"),
        ("/x#part", "/x"),
        ("\\\\other.example/x", "/api/data/customers/%5C%5Cother.example/x"),
    ],
)
def test_where_the_next_page_is(url: str, target: str) -> None:
    found = next_target(ORIGIN, FIRST, url)
    assert found == target or found == target.replace("%0D%0A", "")  # urljoin leaves line ends out


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/api/data/customers/",
        "http://acme.custobar.com/x",
        "https://acme.custobar.com:8443/x",
        "//other.example/x",
        "https://acme.custobar.com.evil.example/x",
        "https://acme.custobar.com@evil.example/x",
        "https://me@acme.custobar.com/x",
        "ftp://acme.custobar.com/x",
        "https://[::1/x",
        "https://acme.custobar.com:x/",
        "",
        7,
        ["/x"],
    ],
)
def test_the_next_page_is_on_the_same_origin(url: object) -> None:
    with pytest.raises(RequestFailed) as raised:
        next_target(ORIGIN, FIRST, url)
    assert raised.value.verdict in (Verdict.MOVED, Verdict.NOT_THE_API)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: page("1"), True),
        (lambda: Reply(201, (), b'{"customers": []}'), True),
        (lambda: Reply(400, (), b'{"customers": []}'), False),
        (lambda: Reply(200, (), b'{"customers": [], "customers": []}'), False),
        (lambda: Reply(200, (), b'{"customers": [{"a": NaN}]}'), False),
        (lambda: Failure(Verdict.UNKNOWN, ""), False),
    ],
)
def test_what_is_a_page(make: Callable[[], Outcome], found: bool) -> None:
    members: Record | None = page_of(make(), "customers")
    assert (members is not None) == found
