"""Servers made of raw sockets on the own machine, and both transports through one function."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from custobar_formats.upload.key import Key
from custobar_formats.upload.transport import AsyncTransport, Transport
from tests.processes import PATIENCE

KEY = Key("APICODEXU5SLHM3ZFHYCXW4FSLY2D7Y2RHO3RYPP")
BODY = b'{"customers": [{"external_id": "C-1"}]}'
PATH = "/api/customers/upload/"
TAKEN = b'{"run_id": "run_1"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n" + TAKEN


class Peer:
    """One connection of a client."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.connection, self.number = connection, number

    def head(self) -> bytes:
        """The head of a request, byte by byte, so that none of its body is taken."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            part = self.connection.recv(1)
            if not part:
                raise EOFError
            head += part
        return head

    def request(self) -> bytes:
        """A whole request."""
        head = self.head()
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b": ")
            if name.lower() == b"content-length":
                head += self.exactly(int(value))
        return head

    def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def reset(self) -> None:
        """End the connection with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def drain(self) -> None:
        """Take all that still comes."""
        while self.connection.recv(65_536):
            pass

    def encrypted(self, context: ssl.SSLContext) -> Peer:
        self.connection = context.wrap_socket(self.connection, server_side=True)
        return self


Script = Callable[[Peer], None]


@dataclass
class RawServer:
    """A server whose script serves each connection; ``heads`` are what it read, ``connections`` how many came."""

    script: Script
    port: int = 0
    connections: int = 0
    heads: list[bytes] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(script: Script) -> Iterator[RawServer]:
    server = RawServer(script)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(PATIENCE)
    server.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []
    peers: list[Peer] = []

    def serve(peer: Peer) -> None:
        with contextlib.suppress(OSError, EOFError):
            try:
                server.script(peer)
            finally:
                peer.connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            connection.settimeout(PATIENCE)
            peers.append(Peer(connection, server.connections))
            threads.append(threading.Thread(target=serve, args=(peers[-1],), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(PATIENCE)
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(PATIENCE)


Step = tuple[str, tuple[Any, ...], dict[str, Any]]
"""A call of a transport: the method's name and its arguments."""

Way = Callable[..., list[Any]]


def post(body: bytes = BODY, **options: Any) -> Step:
    return "post", (PATH, "application/json", body), options


def sync_way(origin: str, *steps: Step, key: Key | None = KEY, **options: Any) -> list[Any]:
    """The outcomes of calls of one transport."""
    with Transport(origin, key, **options) as transport:
        return [getattr(transport, name)(*values, **named) for name, values, named in steps]


def async_way(origin: str, *steps: Step, key: Key | None = KEY, **options: Any) -> list[Any]:
    async def run() -> list[Any]:
        async with AsyncTransport(origin, key, **options) as transport:
            return [await getattr(transport, name)(*values, **named) for name, values, named in steps]

    return asyncio.run(run())


WAYS = {"sync": sync_way, "async": async_way}
