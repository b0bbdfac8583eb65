"""The documented server on a socket of this machine: HTTP/1.1, and every way in which an answer can go wrong.

In: a port, a seed, faults. Out: a server on the loopback address alone, which ends with its process. A thread for each
connection; what is decided is decided by ``sandbox_service``, under a lock.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from io import BufferedReader
from types import TracebackType
from typing import Any

from custobar_formats.core.errors import UsageError
from custobar_formats.upload.sandbox import Account
from custobar_formats.upload.sandbox_faults import FaultPlan, Wire
from custobar_formats.upload.sandbox_http import Response, error_response, parse_head, render_head
from custobar_formats.upload.sandbox_keys import SCOPES, Scope
from custobar_formats.upload.sandbox_service import Exchange, Logged, Service

HOST = "127.0.0.1"

MAX_HEAD_BYTES = 65_536
"""Bytes of a head: more than any client sends."""

MAX_READ_BYTES = 64 << 20
"""Bytes of a body that are read; one that is longer is answered before it is read."""

IDLE_SECONDS = 60.0
"""Seconds after which a connection on which nothing comes is closed."""

REFUSED_SECONDS = 0.3
"""Seconds during which no connection is accepted after the fault ``refuse``."""

SLOW_SECONDS = 1.0
"""Seconds by which the fault ``slow`` delays an answer."""

LINGER_SECONDS = 2.0
"""Seconds for which the rest of a body is read and dropped after an early answer, so that the answer arrives."""


class Sandbox:
    """The documented server, for tests: it runs inside ``with``.

    Each rule is enforced as ``custobar-formats sandbox --list-rules`` shows it. ``faults`` are a share, names, or names
    for the request of a number. ``clock`` gives the time in seconds since 1970, for the limit of requests a minute.

    Attributes:
        url: the address.
        key: a key that may do everything.
        requests: what came and what was answered, in order.
        violations: what clients did that they must not: resent what was answered, sent after they were interrupted,
            let an older record overwrite a newer one.

    Raises:
        UsageError: an unknown fault.
        OSError: the port is taken.

    >>> with Sandbox() as sandbox:
    ...     sandbox.url.startswith("http://127.0.0.1:"), sandbox.records("customers"), len(sandbox.key)
    (True, [], 40)

    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 0,
        faults: Iterable[str | float] = (),
        lenient: bool = False,
        clock: Callable[[], float] = time.time,
        slow: float = SLOW_SECONDS,
    ) -> None:
        self._service = Service(Account(seed=seed, lenient=lenient), FaultPlan.of(faults, seed))
        self.key = self._service.account.keys.make()
        self._port, self._clock, self._slow = port, clock, slow
        self._lock = threading.RLock()
        self._stopped, self._refusing, self._refused = threading.Event(), threading.Event(), threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.last_used = time.monotonic()

    @property
    def url(self) -> str:
        """The address."""
        return self._service.account.origin

    @property
    def requests(self) -> list[Logged]:
        """The log."""
        with self._lock:
            return list(self._service.requests)

    @property
    def violations(self) -> list[str]:
        """The faults of clients."""
        with self._lock:
            return list(self._service.watch.violations)

    @property
    def counts(self) -> dict[str, int]:
        """How often clients did each thing that they must not."""
        with self._lock:
            return dict(self._service.watch.counts)

    def records(self, entity: str) -> list[dict[str, Any]]:
        """The stored records of an entity; rows of sales one by one."""
        with self._lock:
            return self._service.account.store.records(entity)

    def make_key(self, scopes: tuple[Scope, ...] = SCOPES) -> str:
        """A new key with these scopes."""
        with self._lock:
            return self._service.account.keys.make(scopes)

    def revoke(self, key: str) -> None:
        """Make a key good for nothing."""
        with self._lock:
            self._service.account.keys.revoke(key)

    def interrupted(self) -> None:
        """Count each request that begins from now on as sent after the client was interrupted."""
        with self._lock:
            self._service.watch.interrupted = True

    def __enter__(self) -> Sandbox:
        self._listener = self._listen(self._port)
        self._port = self._listener.getsockname()[1]
        self._service.account.origin = f"http://{HOST}:{self._port}"
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with self._lock:
            open_sockets = list(self._sockets)
        for each in open_sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(IDLE_SECONDS)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(thread)
        thread.start()

    @staticmethod
    def _listen(port: int) -> socket.socket:
        if not 0 <= port <= 65_535:
            raise UsageError(f"{port} is no port: use 0 to 65535")
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            listener.listen(64)
        except OSError as error:
            listener.close()
            raise OSError(error.errno, error.strerror, f"{HOST}:{port}") from None
        listener.settimeout(0.05)  # how soon it notices that it is to stop or to refuse
        return listener

    def _accept(self) -> None:
        """Accept connections until the end."""
        listener, connections = self._listener, 0
        while not self._stopped.is_set() and listener is not None:
            if self._refusing.is_set():
                listener.close()
                self._refusing.clear()
                self._refused.set()
                self._stopped.wait(REFUSED_SECONDS)
                listener = self._listen_again()
                continue
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connections += 1
            with self._lock:
                self._sockets.add(connection)
            self._start(self._serve, connection, connections)
        if listener is not None:
            listener.close()

    def _listen_again(self) -> socket.socket | None:
        """The listener, once its port is free again."""
        while not self._stopped.is_set():
            with contextlib.suppress(OSError):
                return self._listen(self._port)
            self._stopped.wait(REFUSED_SECONDS)
        return None

    def _serve(self, connection: socket.socket, number: int) -> None:
        """Answer the requests of a connection."""
        try:
            connection.settimeout(IDLE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection, connection.makefile("rb") as reader:
                while not self._stopped.is_set() and self._exchange(connection, reader, number):
                    pass
        except OSError:
            pass  # the client has gone
        finally:
            with self._lock:
                self._sockets.discard(connection)

    def _exchange(self, connection: socket.socket, reader: BufferedReader, number: int) -> bool:
        """Read a request and answer it; return whether the connection goes on."""
        head = _read_head(reader)
        self.last_used = time.monotonic()
        if not head:
            return False
        request = parse_head(head)
        if request is None:
            connection.sendall(self._rendered(error_response(400, "invalid_request", "this is no HTTP/1.1"), True))
            return False
        request = replace(request, at=self._clock())
        with self._lock:
            log, fault = self._service.begin(request)
        size = request.length or 0
        is_early = size > MAX_READ_BYTES or (fault is not None and fault.wire is Wire.EARLY)
        if not is_early:
            if (request.header("expect") or "").lower() == "100-continue":
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            request = replace(request, body=reader.read(size), at=self._clock())
        with self._lock:
            exchange = self._service.answer(log, fault, request, number)
        # A body without its length, or cut off, leaves nothing from which the next request could be told apart.
        is_cut = is_early or len(request.body) < size or request.header("transfer-encoding") is not None
        goes_on = self._send(connection, exchange, is_cut or request.closes)
        self.last_used = time.monotonic()
        if is_early:
            _linger(connection)
        return goes_on

    def _send(self, connection: socket.socket, exchange: Exchange, closes: bool) -> bool:
        """Send an answer as its fault has it; return whether the connection goes on."""
        wire, response = exchange.wire, exchange.response
        closes |= wire is Wire.REFUSE_AFTER
        data = self._rendered(response, closes)
        head = len(data) - len(response.body)
        if wire is Wire.SLOW:
            self._stopped.wait(self._slow)
        if wire is Wire.REFUSE_AFTER:
            self._refuse()
        is_whole = wire not in (Wire.NOTHING, Wire.HALF_HEAD, Wire.HALF_BODY, Wire.GARBAGE)
        if is_whole:  # before it goes out: once the client has it, the next request may come on another connection
            with self._lock:
                self._service.delivered(exchange)
        try:
            for part in _parts(wire, data, head):
                connection.sendall(part)
        except OSError:
            with self._lock:
                self._service.lost(exchange)
            raise
        return is_whole and not closes and wire is not Wire.CLOSE_AFTER

    def _refuse(self) -> None:
        """Accept no connection for a moment; return once none is accepted."""
        self._refused.clear()
        self._refusing.set()
        while not self._stopped.is_set() and not self._refused.wait(0.05):
            pass

    def _rendered(self, response: Response, closes: bool) -> bytes:
        more = [("Connection", "close" if closes else "keep-alive")]
        return render_head(response, self._clock(), more) + response.body


def _parts(wire: Wire, data: bytes, head: int) -> Iterator[bytes]:
    """The writes by which an answer goes out, of which the head has that many bytes."""
    if wire is Wire.HALF_HEAD:
        yield data[: head // 2]
    elif wire is Wire.HALF_BODY:
        yield data[: head + (len(data) - head) // 2]
    elif wire is Wire.GARBAGE:
        yield b"\x16\x03\x01\x00\xff no answer\r\n\r\n"
    elif wire is Wire.BYTES:
        yield from (data[place : place + 1] for place in range(len(data)))
    elif wire is Wire.HINTS:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
        yield data
    elif wire is not Wire.NOTHING:
        yield data


def _read_head(reader: BufferedReader) -> bytes:
    """The head of the next request, without its last line; empty if the client has gone or the head is too long."""
    lines: list[bytes] = []
    size = 0
    while size < MAX_HEAD_BYTES:
        line = reader.readline(MAX_HEAD_BYTES)
        size += len(line)
        if not line.endswith(b"\n"):
            return b""
        line = line.rstrip(b"\r\n")
        if line:
            lines.append(line)
        elif lines:
            return b"\r\n".join(lines)
    return b""


def _linger(connection: socket.socket) -> None:
    """Drop what still comes, so that an early answer is not lost with it."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(LINGER_SECONDS)
    with contextlib.suppress(OSError):
        while connection.recv(65_536):
            pass
