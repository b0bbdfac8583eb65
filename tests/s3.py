"""S3, as moto serves it on loopback, for commands in processes of their own; and a proxy that answers otherwise."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from tests.processes import Ended, run

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "s3cr3t-s3cr3t",
    "AWS_DEFAULT_REGION": "eu-north-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


class Store:
    """A bucket of moto's S3."""

    def __init__(self, address: str) -> None:
        import s3fs

        self.address = address
        options = {"key": "AKIAIOSFODNN7EXAMPLE", "secret": "s3cr3t-s3cr3t", "endpoint_url": address}
        self.fs: Any = s3fs.S3FileSystem(**options, skip_instance_cache=True, use_listings_cache=False)

    def run(self, *arguments: object, address: str = "", env: Mapping[str, str] = {}, **options: Any) -> Ended:
        names = {"AWS_ENDPOINT_URL": address or self.address, **ENVIRONMENT, **env}
        return run(*arguments, env=names, **options)

    def uploads(self) -> list[str]:
        """The uploads that are not finished."""
        return [each["Key"] for each in self.fs.call_s3("list_multipart_uploads", Bucket="bucket").get("Uploads", [])]


@contextmanager
def serving() -> Iterator[str]:
    """The address of moto's server."""
    from moto.server import ThreadedMotoServer

    served = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    served.start()
    host, port = served.get_host_and_port()
    yield f"http://{host}:{port}"
    served.stop()


@contextmanager
def proxy(address: str, replies: Any) -> Iterator[str]:
    """The address of a server on loopback that passes requests on; ``replies(request, answer)`` is what it answers."""
    host, _, port = address.removeprefix("http://").partition(":")

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            while request := _message(client):
                with socket.create_connection((host, int(port))) as upstream:
                    upstream.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                    answer = b"".join(iter(lambda: upstream.recv(1 << 20), b""))
                changed = replies(request, answer)
                client.sendall(changed)
                return

    def accept() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def _message(client: socket.socket) -> bytes:
    """A request, with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(1 << 16)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.split(b"\r\n")]
    if any(name.lower() == b"expect" for name, _, _ in lines):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect"))
    size = next((int(value) for name, _, value in lines if name.lower() == b"content-length"), 0)
    while len(body) < size and (part := client.recv(1 << 20)):
        body += part
    return head + b"\r\n\r\n" + body


def is_part(request: bytes, beyond: int) -> bool:
    """Whether a request is for bytes beyond a place of an object."""
    head = request.partition(b"\r\n\r\n")[0].lower()
    place = head.partition(b"range: bytes=")[2].partition(b"-")[0]
    return head.startswith(b"get") and place.isdigit() and int(place) > beyond
