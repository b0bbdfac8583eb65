"""Stores for files, in this process or on loopback, and some that go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Site:
    """Files of a web server, by path, and how it goes wrong.

    ``fault``: ``cut`` ends the connection within the file, ``refuse`` is 403, ``replaced`` has another file from the
    second request on, ``unavailable`` is 503. Of requests for parts with ``ranges``: ``whole`` has all of the file,
    ``other part`` the bytes before, ``cut part`` ends the connection, ``replaced part`` has another file,
    ``refused part`` is 403, ``gone part`` is 404.
    """

    def __init__(self, files: dict[str, bytes], fault: str = "") -> None:
        self.files = files
        self.fault = fault
        self.requests: list[str] = []
        self.tags = True
        self.ranges = False
        self.parts = 0
        self.address = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append(f"{request.command} {request.path}")
        data = self.files.get(request.path.partition("?")[0])
        faults = {"refuse": 403, "unavailable": 503}
        if request.headers.get("Range"):
            faults |= {"refused part": 403, "gone part": 404}
        status = faults.get(self.fault, 404 if data is None else 200)
        if data is None or status != 200:
            request.send_error(status)
            return
        tag = '"one"'
        if self.fault == "replaced" and len(self.requests) > 1:
            data, tag = data[::-1], '"two"'
        wanted = request.headers.get("If-Match")
        if self.tags and wanted not in (None, tag):
            request.send_error(412)
            return
        part = request.headers.get("Range", "") if self.ranges and self.fault != "whole" else ""
        whole = data
        if part:
            self.parts += 1
            start, stop = (int(each) for each in part.removeprefix("bytes=").split("-"))
            if self.fault == "replaced part" and start:
                whole, tag = whole[::-1], '"two"'
            if self.fault == "other part" and start:
                start, stop = start - 1, stop - 1
            data = whole[start : stop + 1]
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{stop}/{len(whole)}")
        else:
            request.send_response(200)
        if self.ranges:
            request.send_header("Accept-Ranges", "bytes")
        request.send_header("Content-Length", str(len(data)))
        if self.tags:
            request.send_header("ETag", tag)
        else:
            second = 1 if tag == '"one"' else 2
            request.send_header("Last-Modified", f"Tue, 01 Dec 2026 10:00:0{second} GMT")
        request.end_headers()
        if request.command == "GET":
            is_cut = self.fault == "cut" or (self.fault == "cut part" and part != "")
            request.wfile.write(data[: len(data) // 2] if is_cut else data)
            request.close_connection = is_cut


@contextmanager
def web(files: dict[str, bytes], fault: str = "") -> Iterator[Site]:
    """A web server on loopback, which ends with the test."""
    site = Site(files, fault)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802
            site.answer(self)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        site.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
