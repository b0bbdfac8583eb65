"""Custobar's API for programs: sends what the steps of ``paging`` and ``key_steps`` ask for, and waits.

In: an address and a key. Out: records, and keys. Rules: the key goes to that address alone, and no text shows it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Unpack

from custobar_formats.core.errors import UsageError
from custobar_formats.core.upload_limits import PATIENCE, RATE, REQUEST_SECONDS
from custobar_formats.schema.compiled import Schema, SchemaLike
from custobar_formats.upload.address import chosen_origin
from custobar_formats.upload.answers import Failure
from custobar_formats.upload.driving import drive, drive_async, finished
from custobar_formats.upload.key import Key
from custobar_formats.upload.key_steps import (
    AccessToken,
    Integration,
    KeyRequest,
    Login,
    Scope,
    integration_of,
    integration_request,
    token_of,
    token_request,
)
from custobar_formats.upload.paging import Get, Page, Pages, Pause, Record, pages, wanted_records
from custobar_formats.upload.run import Clock
from custobar_formats.upload.transport import AsyncTransport, Transport
from custobar_formats.upload.transport_parts import Reply
from custobar_formats.upload.uploads import Call, Uploaded, UploadOptions, make_call

SYSTEM_CLOCK = Clock(time.monotonic, lambda: datetime.fromtimestamp(time.time(), UTC), random.random)
"""The time and the random numbers of this machine."""


class _Base:
    """The part that both clients share: the address, the key, and how patient they are."""

    _connect: Callable[..., Any]
    _wait: Callable[[float], Any]

    def __init__(
        self,
        *,
        company: str | None = None,
        url: str | None = None,
        key: str | Key | None = None,
        rate: float = RATE,
        patience: float = PATIENCE,
        timeout: float = REQUEST_SECONDS,
        clock: Clock = SYSTEM_CLOCK,
        sleep: Callable[[float], Any] | None = None,
    ) -> None:
        self.origin = chosen_origin(company, url)
        self._key = Key(key) if isinstance(key, str) else key
        for name, value in (("rate", rate), ("patience", patience), ("timeout", timeout)):
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not 0 <= value < float("inf") or (value == 0 and name != "patience"):
                raise UsageError(f"{name} is not a number above 0")
        self._rate, self._patience = rate, patience
        self._clock = clock
        self._sleep = sleep or self._wait
        self._transport = self._connect(self.origin, self._key, timeout=timeout)
        self._is_closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.origin!r}, key={self._key!r})"

    def _check_is_open(self) -> None:
        if self._is_closed:
            raise UsageError(
                f"the client is closed: make a new {type(self).__name__}, or call it within its with block"
            )

    def _pages(
        self,
        entity: str,
        page_size: int,
        max_records: int | None,
        fields: Iterable[str] | None,
        filters: Mapping[str, object] | None,
    ) -> Pages:
        self._check_is_open()
        if self._key is None:
            raise UsageError("no key is given: reading needs one")
        asked = wanted_records(entity, page_size, max_records, fields, filters or {})
        return pages(self.origin, asked, self._clock, self._key, rate=self._rate, patience=self._patience)

    def _call(self, source: Any, schema: SchemaLike | Schema | None, options: UploadOptions) -> Call:
        self._check_is_open()
        if self._key is None:
            raise UsageError("no key is given: an upload needs one")
        return make_call(source, schema, self.origin, options, rate=self._rate, patience=self._patience)

    def _headers(self, login: Login | None) -> dict[str, str]:
        self._check_is_open()
        if login is None and self._key is None:
            raise UsageError("no key is given: give one, or login=Login(user, password, code)")
        return {} if login is None else login.headers()

    def _now(self) -> float:
        return self._clock.moment().timestamp()


class Client(_Base):
    """Custobar's API.

    Args:
        company: the company's name, as in its address: acme for ``https://acme.custobar.com``; or
        url: the address, such as ``https://app.custobar.com``.
        key: the key of the API; without one, only keys can be made.
        rate: the requests a minute.
        patience: the seconds for which a request is repeated where that may help.
        timeout: the seconds that a request may take.

    Raises:
        UsageError: an argument cannot be used, or httpx2 is not installed (the extra ``upload``).

    Example:
        >>> from custobar_formats.upload.sandbox_server import Sandbox
        >>> with Sandbox() as sandbox, Client(url=sandbox.url, key=sandbox.key) as client:
        ...     list(client.data("customers"))
        []

    """

    _connect = Transport
    _wait = staticmethod(time.sleep)

    def data(
        self,
        entity: str,
        *,
        page_size: int = 1000,
        max_records: int | None = None,
        fields: Iterable[str] | None = None,
        filters: Mapping[str, object] | None = None,
    ) -> Iterator[Record]:
        """The records of an entity, as they come; sales are transactions there, under other names than in an upload.

        Args:
            entity: any but shops, for which Custobar has no data.
            page_size: the records of a request, at most 10,000.
            max_records: the records at most; None for all.
            fields: the names of the fields to get; ``external_id`` always comes.
            filters: values that fields must have.

        Raises:
            UsageError: an argument cannot be used.
            RequestFailed: the records cannot be read, or not to the end; while they are iterated over.

        """
        return self._records(self._pages(entity, page_size, max_records, fields, filters))

    def _records(self, steps: Pages) -> Iterator[Record]:
        reply: Reply | Failure | None = None
        while (step := _next(steps, reply)) is not None:
            reply = None
            match step:
                case Page(records):
                    yield from records
                case Pause(seconds):
                    self._sleep(seconds)
                case Get(target, fresh):
                    self._check_is_open()
                    reply = self._transport.get(target, fresh=fresh)

    def upload(
        self, source: Any, schema: SchemaLike | Schema | None = None, **options: Unpack[UploadOptions]
    ) -> Uploaded:
        """Upload a source: it is validated first, and the journal keeps what was taken, so that the same call goes on.

        Args:
            source: as in ``batches``.
            schema: as in ``batches``.
            journal: the path of the journal; by default beside the source, if that is a path.
            refused: where the rows that Custobar refuses go, if there are any: a path or a stream.
            doubted: where the rows go that are held in doubt, if there are any: a path or a stream.
            in_doubt: what is done with rows that may have arrived: ``"resend"`` (by default where each record has an
                identifier, so that it is only updated), ``"hold"``, or ``"settle"``: a person has found them there.
            again: upload what has been uploaded once more.
            if_new: do nothing if the same content was uploaded with the same options; without, that is a UsageError.
            abandon: begin anew where an upload of other content, or with other options, was not finished.
            max_refused: the records, or whole sales, that may be refused before it stops.
            max_records, max_bytes, send, mapping, rejects: as in ``batches``; and what decides how the source is read.

        Raises:
            InvalidData: the data has errors; nothing was sent.
            UsageError: an argument cannot be used, or the journal is of something else.
            OSError: a file cannot be read or written; another process has the journal.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> from custobar_formats.upload.sandbox_server import Sandbox
            >>> with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
            ...     with Client(url=sandbox.url, key=sandbox.key) as client:
            ...         done = client.upload("external_id\\nC-1\\n", "customers", journal=Path(folder, "journal"))
            ...     done.complete, done.taken, sandbox.records("customers")
            (True, 1, [{'external_id': 'C-1'}])

        """
        call = self._call(source, schema, options)
        with call.prepare() as batches, call.job(batches, self._clock, self._sleep) as job:
            return call.finish(job, batches, drive(job, self._transport, self._sleep))

    def create_integration(self, name: str, *, description: str = "", login: Login | None = None) -> Integration:
        """A new integration, the first step to a key; ``login`` is the user who makes it, if it is not the key.

        Raises:
            UsageError: an argument cannot be used.
            RequestFailed: it was not made, or nobody knows; it is never tried again by itself.

        """
        request = integration_request(name, description)
        return integration_of(self._post(request, login), request, self._key, self._now())

    def create_access_token(
        self,
        name: str,
        *,
        integration: str,
        scopes: Iterable[Scope],
        transfer_privileges: bool = True,
        login: Login | None = None,
    ) -> AccessToken:
        """A new key of an integration, by its id; Custobar shows the key this once.

        Args:
            name: its name.
            integration: the id of the integration.
            scopes: methods and paths, such as ``("POST", "/api/customers/upload/")``.
            transfer_privileges: whether the key may do on behalf of the integration what its maker may do.
            login: as for ``create_integration``.

        Raises:
            UsageError: an argument cannot be used.
            RequestFailed: it was not made, or nobody knows; it is never tried again by itself.

        """
        request = token_request(name, integration, scopes, transfer_privileges=transfer_privileges)
        return token_of(self._post(request, login), request, self._key, self._now())

    def _post(self, request: KeyRequest, login: Login | None) -> Reply | Failure:
        reply: Reply | Failure = self._transport.post_json(request.path, request.payload, self._headers(login))
        return reply

    def close(self) -> None:
        """Close the connection; nothing more can be done with the client."""
        self._is_closed = True
        self._transport.close()

    def __enter__(self) -> Client:
        self._check_is_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Base):
    """``Client`` for asyncio: its methods are coroutines, and ``data`` is an asynchronous iterator.

    Raises:
        UsageError: as ``Client``.

    Example:
        >>> from custobar_formats.upload.sandbox_server import Sandbox
        >>> async def count(sandbox):
        ...     async with AsyncClient(url=sandbox.url, key=sandbox.key) as client:
        ...         return len([record async for record in client.data("customers")])
        >>> with Sandbox() as sandbox:
        ...     asyncio.run(count(sandbox))
        0

    """

    _connect = AsyncTransport
    _wait = staticmethod(asyncio.sleep)

    def data(
        self,
        entity: str,
        *,
        page_size: int = 1000,
        max_records: int | None = None,
        fields: Iterable[str] | None = None,
        filters: Mapping[str, object] | None = None,
    ) -> AsyncIterator[Record]:
        """As ``Client.data``."""
        return self._records(self._pages(entity, page_size, max_records, fields, filters))

    async def _records(self, steps: Pages) -> AsyncIterator[Record]:
        reply: Reply | Failure | None = None
        # A page is parsed in a thread, for a large one would keep the loop waiting.
        while (step := await asyncio.to_thread(_next, steps, reply)) is not None:
            reply = None
            match step:
                case Page(records):
                    for record in records:
                        yield record
                case Pause(seconds):
                    await self._sleep(seconds)
                case Get(target, fresh):
                    self._check_is_open()
                    reply = await self._transport.get(target, fresh=fresh)

    async def upload(
        self, source: Any, schema: SchemaLike | Schema | None = None, **options: Unpack[UploadOptions]
    ) -> Uploaded:
        """As ``Client.upload``; files are read and written in a thread."""
        call = self._call(source, schema, options)
        batches = await finished(asyncio.to_thread(call.prepare))
        with batches:
            job = await finished(asyncio.to_thread(call.job, batches, self._clock, time.sleep))
            with job:
                ended = await drive_async(job, self._transport, self._sleep)
                return await finished(asyncio.to_thread(call.finish, job, batches, ended))

    async def create_integration(self, name: str, *, description: str = "", login: Login | None = None) -> Integration:
        """As ``Client.create_integration``."""
        request = integration_request(name, description)
        return integration_of(await self._post(request, login), request, self._key, self._now())

    async def create_access_token(
        self,
        name: str,
        *,
        integration: str,
        scopes: Iterable[Scope],
        transfer_privileges: bool = True,
        login: Login | None = None,
    ) -> AccessToken:
        """As ``Client.create_access_token``."""
        request = token_request(name, integration, scopes, transfer_privileges=transfer_privileges)
        return token_of(await self._post(request, login), request, self._key, self._now())

    async def _post(self, request: KeyRequest, login: Login | None) -> Reply | Failure:
        reply: Reply | Failure
        reply = await self._transport.post_json(request.path, request.payload, self._headers(login))
        return reply

    async def close(self) -> None:
        """Close the connection; nothing more can be done with the client."""
        self._is_closed = True
        await self._transport.close()

    async def __aenter__(self) -> AsyncClient:
        self._check_is_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _next(steps: Pages, reply: Reply | Failure | None) -> Get | Pause | Page | None:
    """The next step; None after the last."""
    try:
        return steps.send(reply)
    except StopIteration:
        return None
