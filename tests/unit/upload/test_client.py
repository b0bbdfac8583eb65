"""The clients against the documented server, with its faults."""

from __future__ import annotations

import asyncio
import copy
import itertools
import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from custobar_formats import CustobarFormatsError, RequestFailed, UsageError
from custobar_formats.upload.client import AsyncClient, Client
from custobar_formats.upload.key_steps import AccessToken, Integration, Login, scopes_of
from custobar_formats.upload.run import Clock
from custobar_formats.upload.sandbox_keys import CODE, PASSWORD, USER
from custobar_formats.upload.sandbox_server import Sandbox
from tests.unit.upload.wires import Peer, serving

RECORDS = [{"external_id": f"C-{number}", "city": ("Oulu", "Turku")[number % 2]} for number in range(3000)]


class Time:
    """A clock that waits move; a wait takes a moment also in truth, for what the server does meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        numbers = itertools.cycle((0.1, 0.9, 0.5))
        self.clock = Clock(lambda: self.now, lambda: datetime.now(UTC), lambda: next(numbers))

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        time.sleep(min(seconds, 0.05))

    async def asleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(min(seconds, 0.05))


def read_sync(entity: str, given: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    waits = Time()
    with Client(clock=waits.clock, sleep=waits.sleep, **given) as client:
        return list(client.data(entity, **options))


def read_async(entity: str, given: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    async def run() -> list[dict[str, Any]]:
        waits = Time()
        async with AsyncClient(clock=waits.clock, sleep=waits.asleep, **given) as client:
            return [record async for record in client.data(entity, **options)]

    return asyncio.run(run())


Reader = Callable[..., list[dict[str, Any]]]


@pytest.fixture(params=[read_sync, read_async], ids=["sync", "async"])
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


def sandbox(*faults: str | float, **options: Any) -> Sandbox:
    """A server whose minutes pass in seconds."""
    ticks = itertools.count()
    return Sandbox(faults=faults, clock=lambda: float(next(ticks)), slow=0.01, **options)


def fill(server: Sandbox) -> None:
    server._service.account.store.put("customers", RECORDS)


def given(server: Sandbox) -> dict[str, Any]:
    return {"url": server.url, "key": server.key}


@pytest.mark.parametrize(("share", "seed"), [(0.05, 1), pytest.param(0.3, 2, marks=pytest.mark.slow)])
def test_none_is_missing_and_none_double_through_faults(reader: Reader, share: float, seed: int) -> None:
    with sandbox(share, seed=seed) as server:
        fill(server)
        assert reader("customers", given(server), page_size=50) == RECORDS
        assert server.violations == []
        assert sum(bool(log.fault) for log in server.requests) > 60 * share / 3


def test_fields_filters_and_a_limit(reader: Reader) -> None:
    with sandbox() as server:
        fill(server)
        some = reader("customers", given(server), fields=["first_name"], filters={"city": "Turku"}, max_records=3)
        assert some == [{"external_id": f"C-{number}"} for number in (1, 3, 5)]
        assert len(server.requests) == 1


def test_sales_come_as_transactions(reader: Reader) -> None:
    with sandbox() as server:
        rows = [{"sale_external_id": "S-1", "sale_date": "2026-01-01", "external_id": f"R-{each}"} for each in (1, 2)]
        server._service.account.store.put("sales", rows)
        (sale,) = reader("sales", given(server))
    assert sale == {"external_id": "S-1", "date": "2026-01-01", "products": [{"external_id": f"R-{n}"} for n in (1, 2)]}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("next-foreign@2", "next_url leads to https://other.example: the key is not sent there"),
        ("next-loop@2", "next_url leads to a page that was read already"),
        ("redirect@2", "307 to https://other.example/api/data/customers/: the address leads elsewhere"),
        ("portal-html@2", "200: that is no answer of Custobar's API"),
        ("200-error@2", "200 refused by the sandbox"),
        ("400@2", "400 invalid_request (refused by the sandbox)"),
        ("revoke@2", "401 unauthorized (the API key is not valid): the key is not accepted"),
    ],
)
def test_what_no_repeating_helps_against(reader: Reader, fault: str, message: str) -> None:
    with sandbox(fault) as server:
        fill(server)
        with pytest.raises(RequestFailed) as raised:
            reader("customers", given(server), page_size=1000)
        assert str(raised.value).startswith(message)
        assert not raised.value.is_temporary
        assert len(server.requests) == 2


def test_a_key_without_the_scope(reader: Reader) -> None:
    with sandbox() as server:
        key = server.make_key((("POST", "/api/customers/upload/"),))
        with pytest.raises(RequestFailed, match="add GET /api/data/customers/ to it") as raised:
            reader("customers", {"url": server.url, "key": key})
    assert (raised.value.verdict, raised.value.status, raised.value.code) == ("no-scope", 403, "forbidden")
    for again in (copy.copy(raised.value), pickle.loads(pickle.dumps(raised.value))):
        assert isinstance(again, CustobarFormatsError)
        assert (str(again), again.__dict__) == (str(raised.value), raised.value.__dict__)


def test_misuse_is_noticed_at_the_call() -> None:
    with Client(url="http://127.0.0.1:1", key="k") as client:
        with pytest.raises(UsageError, match="shops cannot be read back"):
            client.data("shops")
        assert repr(client) == "Client(url='http://127.0.0.1:1', key=***)"
    with Client(company="acme") as client, pytest.raises(UsageError, match="no key is given"):
        client.data("customers")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no address is given: give the company's name"),
        ({"company": "acme", "url": "https://a.b"}, "a company and an address are given: give only one of them"),
        ({"company": "Acme!"}, "company 'Acme!': give the company's name"),
        ({"url": "http://a.b"}, "address 'http://a.b': use https"),
        ({"company": "acme", "key": "a b"}, "the key has a character that no key has"),
        ({"company": "acme", "rate": 0}, "rate is not a number above 0"),
        ({"company": "acme", "patience": float("nan")}, "patience is not a number above 0"),
        ({"company": "acme", "timeout": True}, "timeout is not a number above 0"),
    ],
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_no_client_is_made_with(kind: type[Client], options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        kind(**{"key": "APICODE", **options})
    assert str(raised.value).startswith(message)


def test_an_interrupt_ends_a_wait() -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    with (
        sandbox("500-before@1") as server,
        Client(url=server.url, key=server.key, sleep=interrupt) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        list(client.data("customers"))


# -- keys


class Maker:
    """Both clients as one: a method's name and its arguments to what it returns."""

    def __init__(self, *, is_async: bool) -> None:
        self.is_async = is_async

    def __call__(self, given: dict[str, Any], name: str, *values: Any, **options: Any) -> Any:
        if not self.is_async:
            with Client(**given) as client:
                return getattr(client, name)(*values, **options)

        async def run() -> Any:
            async with AsyncClient(**given) as client:
                return await getattr(client, name)(*values, **options)

        return asyncio.run(run())


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def maker(request: pytest.FixtureRequest) -> Maker:
    return Maker(is_async=request.param)


LOGIN = Login(USER, PASSWORD, CODE)


def test_a_key_in_two_steps(maker: Maker) -> None:
    with sandbox() as server:
        url = {"url": server.url}
        made = maker(url, "create_integration", "My Application", description="for my app", login=LOGIN)
        assert isinstance(made, Integration)
        assert made.name == "My Application"
        scopes = scopes_of(["customers"], read=True)
        token = maker(url, "create_access_token", "Data imports", integration=made.id, scopes=scopes, login=LOGIN)
        assert isinstance(token, AccessToken)
        assert token.token not in repr(token)
        assert maker(url | {"key": server.key}, "create_integration", "Another").id != made.id
        key = {"url": server.url, "key": token.token}
        assert read_sync("customers", key) == []
        with pytest.raises(RequestFailed, match="lacks a scope: add GET /api/data/events/"):
            read_sync("events", key)
        with pytest.raises(RequestFailed, match="lacks a scope: add POST /api/integrations/"):
            maker(key, "create_integration", "Another")


def test_what_is_sent_is_as_the_page_has_it() -> None:
    sent: list[bytes] = []

    def script(peer: Peer) -> None:
        sent.append(peer.request().partition(b"\r\n\r\n")[2])
        peer.send(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")

    with serving(script) as server, Client(url=server.origin, key="k") as client:
        with pytest.raises(RequestFailed):
            client.create_integration("My Application", description="Integration for my app")
        with pytest.raises(RequestFailed):
            client.create_access_token("Data imports", integration="4ii6", scopes=[("GET", "/api/data/customers/")])
    assert sent == [
        b'{"integration_name": "", "parameters": {"name": "My Application", "description": "Integration for my app"}}',
        b'{"name": "Data imports", "owner_id": "integrations/4ii6", "scopes": '
        b'[{"method": "GET", "path": "/api/data/customers/"}], "transfer_privileges": true}',
    ]


@pytest.mark.parametrize("fault", ["drop-after@1", "half-body@1", "500-after@1", "503-bare@1", "portal-html@1"])
def test_what_may_have_been_made_is_not_made_again(maker: Maker, fault: str) -> None:
    with sandbox(fault) as server:
        with pytest.raises(RequestFailed) as raised:
            maker({"url": server.url}, "create_integration", "Mine", login=LOGIN)
        assert len(server.requests) == 1
    assert "look in Custobar for an integration 'Mine', which may have been made" in str(raised.value)
    assert not raised.value.is_temporary


@pytest.mark.parametrize("login", [Login(USER, "wrong", CODE), Login(USER, PASSWORD), Login(USER, PASSWORD, "000000")])
def test_a_login_that_is_wrong(maker: Maker, login: Login) -> None:
    with sandbox() as server, pytest.raises(RequestFailed) as raised:
        maker({"url": server.url}, "create_integration", "Mine", login=login)
    assert (raised.value.verdict, raised.value.status) == ("no-key", 401)
    assert "which may have been made" not in str(raised.value)


def test_secrets_of_a_login_are_not_shown() -> None:
    assert repr(Login("me@acme.fi", "secret", "123456")) == "Login(user='me@acme.fi')"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("a:b", "x"), "the user's name is empty, or has a character that no such name has"),
        (("", "x"), "the user's name is empty, or has a character that no such name has"),
        (("a", ""), "the password is empty"),
        (("a", "x", "12345"), "the code of the second factor is not six digits"),
        (("a", "x", "12345\n"), "the code of the second factor is not six digits"),
        (("a", "x", "١٢٣٤٥٦"), "the code of the second factor is not six digits"),
    ],
)
def test_what_is_no_login(values: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        Login(*values)
    assert str(raised.value) == message


def test_nobody_makes_a_key_without_a_key() -> None:
    with Client(company="acme") as client:
        with pytest.raises(UsageError, match="no key is given: give one, or login="):
            client.create_integration("Mine")
        with pytest.raises(UsageError, match="no scope is given"):
            client.create_access_token("Mine", integration="a", scopes=[], login=LOGIN)
        with pytest.raises(UsageError, match="a name is empty"):
            client.create_integration("", login=LOGIN)


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": {"id": "a", "name": "b"}}',
        b'{"access_token": {"token": ""}}',
        b'{"access_token": {"token": "a b"}}',
        b'{"access_token": {"token": 7}}',
        b'{"access_token": "a"}',
        b'{"run_id": "1"}',
    ],
)
def test_a_token_that_is_none(body: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with (
        serving(script) as server,
        Client(url=server.origin, key="k") as client,
        pytest.raises(RequestFailed, match="look in Custobar for a key 'Mine'"),
    ):
        client.create_access_token("Mine", integration="a", scopes=[("GET", "/")])


CLOSED = "the client is closed: make a new {}, or call it within its with block"

USES: dict[str, Callable[[Any], Any]] = {
    "data": lambda client: client.data("customers"),
    "upload": lambda client: client.upload("external_id\nC-1\n", "customers", journal="never"),
    "integration": lambda client: client.create_integration("x"),
    "key": lambda client: client.create_access_token("x", integration="i", scopes=scopes_of(["events"])),
    "with": lambda client: client.__enter__() if isinstance(client, Client) else client.__aenter__(),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("is_async", [False, True])
def test_a_client_that_is_closed_takes_no_calls(use: Callable[[Any], Any], is_async: bool) -> None:
    async def run(client: AsyncClient) -> None:
        async with client:
            pass
        await client.close()  # twice is no error
        await use(client)

    with Sandbox() as sandbox:
        if is_async:
            with pytest.raises(UsageError) as raised:
                asyncio.run(run(AsyncClient(url=sandbox.url, key=sandbox.key)))
        else:
            with Client(url=sandbox.url, key=sandbox.key) as client:
                pass
            client.close()
            with pytest.raises(UsageError) as raised:
                use(client)
        assert str(raised.value) == CLOSED.format("AsyncClient" if is_async else "Client")
        assert not sandbox.requests


@pytest.mark.parametrize("is_async", [False, True])
def test_records_of_a_client_that_is_closed_meanwhile_end_with_its_page(is_async: bool) -> None:
    """Without a with block it works too, and is open until it is closed."""
    found: list[object] = []

    async def read_async(url: str, key: str) -> None:
        client = AsyncClient(url=url, key=key)
        async for record in client.data("customers", page_size=2):
            found.append(record)
            await client.close()

    def read(url: str, key: str) -> None:
        client = Client(url=url, key=key)
        for record in client.data("customers", page_size=2):
            found.append(record)
            client.close()

    with Sandbox() as sandbox:
        sandbox._service.account.store.put("customers", RECORDS[:5])
        with pytest.raises(UsageError, match="the client is closed"):
            asyncio.run(read_async(sandbox.url, sandbox.key)) if is_async else read(sandbox.url, sandbox.key)
        assert (found, len(sandbox.requests)) == (RECORDS[:2], 1)
