"""Requests over the network: HTTP/1.1 to one origin, one at a time.

In: a path and a body. Out: an answer, or the failure to get one; never an exception of the network. Rules: nothing is
followed, repeated or kept but the connection; certificates are always verified; the key goes to its own origin alone.
The library sends and receives; the steps between it and the socket, which are here, count the time of the whole request
and note whether any of it was sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

from custobar_formats.core.errors import UsageError
from custobar_formats.core.upload_limits import (
    IDLE_SECONDS,
    MAX_ANSWER_BYTES,
    MAX_PAGE_BYTES,
    REQUEST_SECONDS,
    WRITE_BYTES,
)
from custobar_formats.upload.answers import Answer, Failure, read_response
from custobar_formats.upload.transport_parts import (
    REDACTION,
    TIMEOUTS,
    Call,
    Reply,
    Target,
    begin_call,
    failure,
    httpcore,
    interruptible,
    proxy_for,
    redaction,
    remove_frames,
    request_headers,
    request_target,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custobar_formats.upload.key import Key

JSON_TYPE = "application/json"


class _Base:
    """All but the sending: what a request consists of, and what becomes of it."""

    _kinds: tuple[str, str]
    _backend: Any

    def __init__(self, origin: str, key: Key | None = None, *, timeout: float = REQUEST_SECONDS) -> None:
        self.origin = origin
        self._core = httpcore()
        self._key, self._timeout = key, timeout
        self._target = target = Target.of(origin)
        is_bypassed = bool(proxy_bypass(f"{target.host}:{target.port}"))
        self._proxy = proxy_for(target, getproxies(), is_bypassed=is_bypassed)
        self._pool = self._make_pool()

    def _make_pool(self) -> Any:
        """The connection to the origin; there is one at most."""
        settings: dict[str, Any] = {
            "ssl_context": self._tls() if self._target.is_encrypted else None,
            "max_connections": 1,
            "keepalive_expiry": IDLE_SECONDS,
            "network_backend": self._backend,
        }
        direct, tunnel = (getattr(self._core, kind) for kind in self._kinds)
        if self._proxy is None:
            return direct(**settings)
        place = self._proxy.target
        settings["proxy_url"] = self._url(place, "/")
        settings["proxy_auth"] = self._proxy.credentials
        settings["proxy_ssl_context"] = self._tls() if place.is_encrypted else None
        return tunnel(**settings)

    def _tls(self) -> Any:
        """How certificates are verified: by those that the environment names, else by those of the system."""
        try:
            return self._core.default_ssl_context()
        except OSError as error:
            why = error.strerror or "no certificates in it"
            raise UsageError(f"SSL_CERT_FILE or SSL_CERT_DIR cannot be used: {why}") from None

    def _url(self, place: Target, path: str) -> Any:
        host, scheme = place.host.encode("ascii"), place.scheme.encode("ascii")
        return self._core.URL(scheme=scheme, host=host, port=place.port, target=path.encode("ascii"))

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        fields = request_headers(self._target, self._key, body, headers)
        return self._core.Request(
            method,
            self._url(self._target, path),
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in fields],
            content=body or b"",
            extensions={"timeout": TIMEOUTS},
        )

    def _get(self, url: str, params: Mapping[str, str] | None) -> Any:
        return self._request("GET", request_target(self.origin, url, params), None, {})

    def _post_json(self, path: str, payload: Any, headers: Mapping[str, str]) -> Any:
        body = json.dumps(payload).encode("ascii")
        return self._request("POST", path, body, {"Content-Type": JSON_TYPE, **headers})

    @contextmanager
    def _quiet(self, request: Any) -> Iterator[None]:
        """Keep the secrets of a request out of the logs."""
        fields = tuple((name.decode("ascii"), value.decode("ascii")) for name, value in request.headers)
        token = REDACTION.set(redaction(fields, self._key))
        try:
            yield
        finally:
            REDACTION.reset(token)

    def _answer(self, reply: Reply | Failure) -> Answer | Failure:
        if isinstance(reply, Failure):
            return reply
        return read_response(reply.status, reply.headers, reply.body, now=time.time(), key=self._key)

    def _failed(self, error: Exception, call: Call) -> Failure:
        found = failure(error, call, self._proxy)
        if found is None:
            raise error
        return found


def _reply(response: Any, parts: list[bytes], limit: int) -> Reply:
    fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
    return Reply(response.status, fields, b"".join(parts)[: limit + 1])


class Transport(_Base):
    """Requests to an origin; each takes ``timeout`` seconds at most.

    Raises:
        UsageError: httpx2 is not installed; the proxy or the certificates that the environment names cannot be used.

    """

    _kinds = ("ConnectionPool", "HTTPProxy")

    def __init__(self, origin: str, key: Key | None = None, *, timeout: float = REQUEST_SECONDS) -> None:
        self._backend = _Backend(httpcore())
        self._lock = threading.Lock()
        super().__init__(origin, key, timeout=timeout)

    def post(self, path: str, content_type: str, body: bytes, *, fresh: bool = False) -> Answer | Failure:
        """The answer to an upload; with ``fresh``, on a new connection."""
        request = self._request("POST", path, body, {"Content-Type": content_type})
        return self._answer(self._exchange(request, MAX_ANSWER_BYTES, fresh))

    def get(
        self, url: str, params: Mapping[str, str] | None = None, limit: int = MAX_PAGE_BYTES, *, fresh: bool = False
    ) -> Reply | Failure:
        """The answer to a request for data: a path, or an address on the same origin; so many bytes of it and one."""
        return self._exchange(self._get(url, params), limit, fresh)

    def post_json(self, path: str, payload: Any, headers: Mapping[str, str]) -> Reply | Failure:
        """The answer to a JSON body; the headers may take the place of the key."""
        return self._exchange(self._post_json(path, payload, headers), MAX_ANSWER_BYTES, True)

    def _exchange(self, request: Any, limit: int, fresh: bool) -> Reply | Failure:
        outer = sys.exc_info()[1]
        try:
            return self._exchanged(request, limit, fresh)
        except BaseException as error:
            remove_frames(error, outer)
            raise

    def _exchanged(self, request: Any, limit: int, fresh: bool) -> Reply | Failure:
        with self._lock, self._quiet(request):
            call = self._backend.call = begin_call(self._target, self._timeout, time.monotonic)
            try:
                if fresh:
                    self._pool.close()
                response = self._pool.handle_request(request)
                try:
                    parts, left = list[bytes](), limit
                    for part in response.iter_stream():
                        parts.append(part)
                        left -= len(part)
                        if left < 0:
                            break
                finally:
                    response.close()
                return _reply(response, parts, limit)
            except Exception as error:
                return self._failed(error, call)

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Backend:
    """Connections of the library, watched."""

    call: Call

    def __init__(self, core: Any) -> None:
        self.core = core
        self._backend = core.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **others: Any) -> _Stream:
        self.call.peer = host
        seconds = self.call.limited(timeout)
        stream = interruptible(lambda: self._backend.connect_tcp(host, port, timeout=seconds, **others))
        return _Stream(self, stream, carries=not self.call.target.is_encrypted)


class _Stream:
    """A connection, watched; ``carries`` is whether it is the one that a request goes over, and not that to a proxy."""

    def __init__(self, backend: _Backend, stream: Any, *, carries: bool) -> None:
        self._backend, self._stream, self._carries = backend, stream, carries

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call = self._backend.call
        data: bytes = self._stream.read(max_bytes, call.limited(timeout))
        call.ended |= not data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        call, core = self._backend.call, self._backend.core
        view = memoryview(buffer)
        while view:
            seconds = call.limited(timeout)
            call.sent |= self._carries
            try:
                self._stream.write(view[:WRITE_BYTES], seconds)
            except (core.WriteError, core.WriteTimeout) as error:
                call.broke = True
                raise core.WriteError(error) from error  # upon which the library still reads the answer
            view = view[WRITE_BYTES:]

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> _Stream:
        call = self._backend.call
        call.peer = server_hostname or ""
        stream = self._stream.start_tls(ssl_context, server_hostname, call.limited(timeout))
        return _Stream(self._backend, stream, carries=server_hostname == call.target.host)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


class AsyncTransport(_Base):
    """``Transport`` for asyncio."""

    _kinds = ("AsyncConnectionPool", "AsyncHTTPProxy")

    def __init__(self, origin: str, key: Key | None = None, *, timeout: float = REQUEST_SECONDS) -> None:
        self._backend = _AsyncBackend(httpcore())
        self._lock = asyncio.Lock()
        super().__init__(origin, key, timeout=timeout)

    async def post(self, path: str, content_type: str, body: bytes, *, fresh: bool = False) -> Answer | Failure:
        """As ``Transport.post``."""
        request = self._request("POST", path, body, {"Content-Type": content_type})
        return self._answer(await self._exchange(request, MAX_ANSWER_BYTES, fresh))

    async def get(
        self, url: str, params: Mapping[str, str] | None = None, limit: int = MAX_PAGE_BYTES, *, fresh: bool = False
    ) -> Reply | Failure:
        """As ``Transport.get``."""
        return await self._exchange(self._get(url, params), limit, fresh)

    async def post_json(self, path: str, payload: Any, headers: Mapping[str, str]) -> Reply | Failure:
        """As ``Transport.post_json``."""
        return await self._exchange(self._post_json(path, payload, headers), MAX_ANSWER_BYTES, True)

    async def _exchange(self, request: Any, limit: int, fresh: bool) -> Reply | Failure:
        outer = sys.exc_info()[1]
        try:
            return await self._exchanged(request, limit, fresh)
        except BaseException as error:
            remove_frames(error, outer)
            raise

    async def _exchanged(self, request: Any, limit: int, fresh: bool) -> Reply | Failure:
        async with self._lock:
            with self._quiet(request):
                call = self._backend.call = begin_call(self._target, self._timeout, time.monotonic)
                try:
                    async with asyncio.timeout(self._timeout):
                        if fresh:
                            await self._pool.aclose()
                        response = await self._pool.handle_async_request(request)
                        try:
                            parts, left = list[bytes](), limit
                            async for part in response.aiter_stream():
                                parts.append(part)
                                left -= len(part)
                                if left < 0:
                                    break
                        finally:
                            await response.aclose()
                        return _reply(response, parts, limit)
                except Exception as error:
                    return self._failed(error, call)

    async def close(self) -> None:
        """Close the connection."""
        await self._pool.aclose()

    async def __aenter__(self) -> AsyncTransport:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _AsyncBackend:
    """As ``_Backend``; the time of the whole request is looked at by asyncio."""

    call: Call

    def __init__(self, core: Any) -> None:
        self.core = core
        self._backend = core.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, timeout: float | None = None, **others: Any) -> _AsyncStream:
        self.call.peer = host
        stream = await self._backend.connect_tcp(host, port, timeout=timeout, **others)
        return _AsyncStream(self, stream, carries=not self.call.target.is_encrypted)


class _AsyncStream:
    """As ``_Stream``."""

    def __init__(self, backend: _AsyncBackend, stream: Any, *, carries: bool) -> None:
        self._backend, self._stream, self._carries = backend, stream, carries

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call = self._backend.call
        data: bytes = await self._stream.read(max_bytes, call.limited(timeout))
        call.ended |= not data
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        call, core = self._backend.call, self._backend.core
        call.sent |= self._carries
        try:
            await self._stream.write(buffer, timeout)
        except (core.WriteError, core.WriteTimeout) as error:
            call.broke = True
            raise core.WriteError(error) from error

    async def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> _AsyncStream:
        call = self._backend.call
        call.peer = server_hostname or ""
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:  # the library closes it after an exception, but not when it is cancelled
            await self._stream.aclose()
            raise
        return _AsyncStream(self._backend, stream, carries=server_hostname == call.target.host)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    async def aclose(self) -> None:
        await self._stream.aclose()
