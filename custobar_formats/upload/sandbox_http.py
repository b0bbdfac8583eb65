"""A request and a response of the documented server as values, and their heads as bytes.

In: the bytes of a head. Out: a request; and back. Pure; the standard library only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

JSON_TYPE, HTML_TYPE = "application/json", "text/html; charset=utf-8"

PHRASES = {200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}
PHRASES |= {404: "Not Found", 405: "Method Not Allowed", 411: "Length Required", 413: "Request Entity Too Large"}
PHRASES |= {422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway"}
PHRASES |= {503: "Service Unavailable"}

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """A request as it was read; ``at`` is its time in seconds since 1970, ``minor`` the 1 of HTTP/1.1."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    at: float = 0.0
    minor: int = 1

    def header(self, name: str) -> str | None:
        """The values of a header, joined as RFC 9110 has it; None if there is none."""
        values = [value for each, value in self.headers if each.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def path(self) -> str:
        """The path, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The parameters, decoded."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True, max_num_fields=None)

    @property
    def closes(self) -> bool:
        """Whether the client wants no other answer on this connection."""
        words = {word.strip().lower() for word in (self.header("connection") or "").split(",")}
        return "close" in words or (self.minor == 0 and "keep-alive" not in words)

    @property
    def length(self) -> int | None:
        """Content-Length; None if it is missing or no number."""
        value = self.header("content-length") or ""
        return int(value) if re.fullmatch("[0-9]{1,15}", value) else None


@dataclass(frozen=True)
class Response:
    """A response; ``taken`` counts the records that were stored for it."""

    status: int
    body: bytes = b""
    headers: Headers = (("Content-Type", JSON_TYPE),)
    taken: int = 0


class Refusal(Exception):
    """A request that breaks a rule."""

    def __init__(self, rule: str, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(rule, status, code, message, headers)
        self.rule, self.status, self.code, self.message, self.headers = rule, status, code, message, headers

    def response(self) -> Response:
        """The documented error body."""
        return error_response(self.status, self.code, self.message, self.headers)


def json_response(status: int, value: Any, headers: Headers = (), taken: int = 0) -> Response:
    """A response with a JSON body."""
    return Response(status, f"{json.dumps(value)}\n".encode("ascii"), (("Content-Type", JSON_TYPE), *headers), taken)


def error_response(status: int, code: str, message: str, headers: Headers = ()) -> Response:
    """A response with the documented body of an error."""
    return json_response(status, {"error": {"code": code, "message": message}}, headers)


def html_response(status: int, title: str = "") -> Response:
    """A response as a web server or a proxy makes it by itself."""
    title = title or PHRASES[status]
    page = f"<html><head><title>{status} {title}</title></head><body><h1>{status} {title}</h1></body></html>\n"
    return Response(status, page.encode(), (("Content-Type", HTML_TYPE),))


def parse_head(head: bytes) -> Request | None:
    """The request that a head begins, without its body; None if it is no head of HTTP/1.

    >>> parse_head(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n").headers
    (('Host', 'a'),)
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    found = re.fullmatch(r"([A-Z]{1,20}) ([!-~]+) HTTP/1\.([01])", first)
    fields = [re.fullmatch(r"([!#-'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", line) for line in lines if line]
    if found is None:
        return None
    headers = tuple((field[1], field[2]) for field in fields if field is not None)
    if len(headers) < len(fields):
        return None
    target = found[2]
    if not target.startswith("/"):  # a client that takes this server for a proxy names the whole address
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(found[1], target, headers, minor=int(found[3]))


def render_head(response: Response, at: float, more: Sequence[tuple[str, str]] = ()) -> bytes:
    """The head of a response, with its date and its length."""
    headers = [*response.headers, ("Content-Length", str(len(response.body))), ("Date", http_date(at)), *more]
    lines = [f"HTTP/1.1 {response.status} {PHRASES[response.status]}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def http_date(at: float) -> str:
    """A time as HTTP writes it.

    >>> http_date(0)
    'Thu, 01 Jan 1970 00:00:00 GMT'
    """
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)
