"""Requests and their failures, as both transports share them.

In: an address and a key; an exception. Out: the headers of a request, the proxy on its way, and what an exception means
for the data. Rules: what may have been sent is never called not sent; no reason has bytes of the other side, a key or
the password of a proxy.
Source: RFC 9110, sections 9.3.6 (CONNECT) and 15.5.8 (407); the exceptions are those of httpcore2, anyio and Python.
"""

from __future__ import annotations

import errno
import logging
import os
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from socket import EAI_AGAIN, gaierror
from typing import Any, TypeVar
from urllib.parse import unquote, urlencode, urlsplit

import custobar_formats
from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import shown
from custobar_formats.core.upload_limits import (
    AFTER_BREAK_SECONDS,
    CONNECT_SECONDS,
    READ_SECONDS,
    WRITE_SECONDS,
)
from custobar_formats.upload.address import is_loopback
from custobar_formats.upload.answers import Failure, Verdict
from custobar_formats.upload.key import Key

NO_HTTPX2 = "sending needs httpx2: pip install 'custobar_formats[upload]'"

TIMEOUTS = {"connect": CONNECT_SECONDS, "write": WRITE_SECONDS, "read": READ_SECONDS, "pool": CONNECT_SECONDS}

Headers = tuple[tuple[str, str], ...]
Redact = Callable[[str], str]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came; of a body over the limit, one byte more than the limit."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)


def httpcore() -> Any:
    """The library that sends, which httpx2 is built on: it follows nothing, keeps no cookies and decodes nothing.

    Raises:
        UsageError: it is not installed.

    """
    try:
        import anyio  # noqa: F401, it needs it to be asynchronous
        import httpcore2
    except ImportError:
        raise UsageError(NO_HTTPX2) from None
    for name in ("connection", "http11", "proxy"):
        logging.getLogger(f"httpcore2.{name}").addFilter(_redact_log)  # one that is there is not added again
    return httpcore2


REDACTION: ContextVar[Redact | None] = ContextVar("REDACTION", default=None)
"""What is taken out of the logs of the library during a request: an answer may repeat the key in its headers."""


def _redact_log(record: logging.LogRecord) -> bool:
    """Take the secrets out of a line of a log."""
    redact = REDACTION.get()
    if redact is not None:
        record.msg, record.args = redact(record.getMessage()), None
    return True


_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """The place that requests go to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, origin: str) -> Target:
        """The place of an origin.

        >>> Target.of("https://acme.custobar.com")
        Target(scheme='https', host='acme.custobar.com', port=443)
        """
        parts = urlsplit(origin)
        return cls(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])

    @property
    def place(self) -> str:
        """The host, and the port where it is not the usual one.

        >>> Target.of("https://acme.custobar.com").place, Target.of("http://[::1]:8080").place
        ('acme.custobar.com', '[::1]:8080')
        """
        if self.port == _PORTS[self.scheme]:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection has TLS."""
        return self.scheme == "https"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; its password is in no text."""

    target: Target
    credentials: tuple[bytes, bytes] | None = field(default=None, repr=False)


def proxy_for(target: Target, proxies: Mapping[str, str], *, is_bypassed: bool) -> Proxy | None:
    """The proxy on the way to a place, of those that the environment names; none on the way to the own machine.

    Raises:
        UsageError: it is no address of a proxy; it is not shown, for it may hold a password.

    >>> proxy_for(Target.of("https://acme.custobar.com"), {"https": "me:secret@proxy.example:3128"}, is_bypassed=False)
    Proxy(target=Target(scheme='http', host='proxy.example', port=3128))

    """
    name = next((name for name in (target.scheme, "all") if proxies.get(name)), None)
    if name is None or is_bypassed or is_loopback(target.host):
        return None
    url = proxies[name] if "://" in proxies[name] else f"http://{proxies[name]}"
    advice = f"{name.upper()}_PROXY is no address such as http://proxy.example:3128"
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
        parts.netloc.encode("ascii")
    except ValueError:
        raise UsageError(advice) from None
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise UsageError(advice)
    user, password = (unquote(part or "").encode() for part in (parts.username, parts.password))
    return Proxy(Target(parts.scheme, parts.hostname, port), (user, password) if user or password else None)


class Call:
    """A request on its way: how far it came, and how long it may take.

    Attributes:
        peer: who it was talking to last.
        sent: whether a byte of it was handed to the network.
        broke: whether the rest of it could not be sent.
        ended: whether the other side closed the connection.

    """

    def __init__(self, target: Target, seconds: float, clock: Callable[[], float]) -> None:
        self.target, self.seconds = target, seconds
        self._clock, self._until = clock, clock() + seconds
        self.peer = target.host
        self.sent = self.broke = self.ended = False

    @property
    def is_late(self) -> bool:
        """Whether its time is over."""
        return self._clock() >= self._until

    def limited(self, timeout: float | None) -> float:
        """The seconds that a step of it may take.

        Raises:
            TimeoutError: its time is over.

        """
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError
        return min(left, READ_SECONDS if timeout is None else timeout, AFTER_BREAK_SECONDS if self.broke else left)


_LAST_CALL: ContextVar[Call | None] = ContextVar("_LAST_CALL", default=None)
"""The last request that this thread or task has begun."""


def was_sent() -> bool:
    """Whether a byte of the last request of this thread or task was handed to the network."""
    call = _LAST_CALL.get()
    return call is not None and call.sent


def begin_call(target: Target, seconds: float, clock: Callable[[], float]) -> Call:
    """A request that begins now, the last one of this thread or task."""
    call = Call(target, seconds, clock)
    _LAST_CALL.set(call)
    return call


def interruptible(work: Callable[[], Result]) -> Result:
    """The result of some work, which is done in another thread: no signal reaches Python while a host is looked up."""
    future, context = Future[Result](), copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result()


def failure(error: BaseException, call: Call, proxy: Proxy | None = None) -> Failure | None:
    """The meaning of an exception for the data of a request; None for one that is a mistake in the program.

    >>> call = Call(Target.of("https://acme.custobar.com"), 300.0, lambda: 0.0)
    >>> failure(ConnectionRefusedError(111, "Connection refused"), call)
    Failure(verdict=<Verdict.NOT_SENT: 'not-sent'>, reason='acme.custobar.com refused the connection')
    """
    causes = list(_causes(error))
    if call.sent:
        return Failure(Verdict.UNKNOWN, _broken(causes, call))
    names = {type(each).__name__ for each in causes if type(each).__module__.startswith(("httpcore2", "anyio"))}
    if "LocalProtocolError" in names or not (names or any(isinstance(each, OSError) for each in causes)):
        return None
    host = peer = call.peer
    if proxy is not None and call.peer == proxy.target.host:
        host = peer = f"the proxy {_shown(proxy.target)}"
    elif call.peer == call.target.host:
        peer = call.target.place
    for each in causes:
        found = _certain(each, peer, host, proxy)
        if found is not None:
            return found
    if call.is_late:
        return Failure(Verdict.NOT_SENT, f"no connection to {peer} within {call.seconds:g} seconds")
    if any(_is_timeout(each) for each in causes):
        return Failure(Verdict.NOT_SENT, f"no connection to {peer} in time")
    numbers = [each.errno or 0 for each in causes if isinstance(each, OSError)]
    why = next((os.strerror(number) for number in numbers if number in errno.errorcode), "it was cut off")
    return Failure(Verdict.NOT_SENT, f"no connection to {peer}: {why}")


_OTHER_HOST = (62, 63, 64)
"""The codes of OpenSSL (X509_verify_cert_error_string) for a name, an e-mail address or an IP address that differs."""


def _certain(error: BaseException, peer: str, host: str, proxy: Proxy | None) -> Failure | None:
    """The meaning of an exception that has a cause of its own; ``peer`` has the port, ``host`` not."""
    if isinstance(error, ConnectionRefusedError):
        return Failure(Verdict.NOT_SENT, f"{peer} refused the connection")
    if isinstance(error, gaierror):
        if error.errno == EAI_AGAIN:
            return Failure(Verdict.NOT_SENT, f"the address of {host} cannot be looked up now")
        return Failure(Verdict.NO_SUCH_HOST, f"there is no host {host}")
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _OTHER_HOST:
        return Failure(Verdict.CANNOT_SEND, f"the certificate of {host} is one of another host: check the address")
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or "it could not be checked"
        advice = "set SSL_CERT_FILE to the file of the authority that signed it, if it is your own network's"
        return Failure(Verdict.CANNOT_SEND, f"the certificate of {host} is not trusted: {why.rstrip('.')}; {advice}")
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
        return Failure(Verdict.NOT_SENT, f"no connection to {peer}: it was cut off")
    if isinstance(error, ssl.SSLError):
        why = f" ({error.reason.replace('_', ' ').lower()})" if error.reason else ""
        return Failure(Verdict.CANNOT_SEND, f"no encrypted connection to {peer}{why}: is it an address with https?")
    if type(error).__name__ == "ProxyError" and proxy is not None:
        return _refused_by(proxy, str(error).partition(" ")[0])
    return None


def _refused_by(proxy: Proxy, status: str) -> Failure:
    """The meaning of a proxy's answer to CONNECT; the library has its status in a text alone."""
    name = f"the proxy {_shown(proxy.target)}"
    if status == "407":
        advice = "put user:password@ before its name in HTTPS_PROXY"
        return Failure(Verdict.CANNOT_SEND, f"{name} wants a user and a password (407): {advice}")
    if status.startswith("5"):
        return Failure(Verdict.NOT_SENT, f"{name} found no way ({status})")
    return Failure(Verdict.CANNOT_SEND, f"{name} refused ({status}): ask who runs it, or set NO_PROXY")


def _broken(causes: list[BaseException], call: Call) -> str:
    """How the exchange ended after sending began."""
    if call.is_late:
        return f"no whole answer of {call.target.place} within {call.seconds:g} seconds"
    if any(_is_timeout(each) for each in causes):
        return f"no answer of {call.target.place} in time"
    if not call.ended and any("ProtocolError" in type(each).__name__ for each in causes):
        return f"the answer of {call.target.place} is not HTTP"
    return f"the connection to {call.target.place} broke before the whole answer had come"


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or type(error).__name__.endswith("Timeout")


def _shown(target: Target) -> str:
    return f"{target.host}:{target.port}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it was made of; not those that were being handled when it was raised."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = [*each.args, each.__cause__, *(each.exceptions if isinstance(each, BaseExceptionGroup) else ())]
        waiting += [one for one in inner if isinstance(one, BaseException)]


def remove_frames(error: BaseException, outer: BaseException | None) -> None:
    """Replace the frames of an exception, and of those behind it, by notes that show where it happened.

    The variables of the library's frames have the key, and services that collect errors collect variables. ``outer`` is
    an exception that was being handled before: it stays as it is.
    """
    waiting, seen = [error], {id(outer)}
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.__traceback__ is not None:
            each.add_note("".join(traceback.format_tb(each.__traceback__)).rstrip("\n"))
            each.__traceback__ = None
        inner = [*each.args, each.__cause__, each.__context__]
        inner += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        waiting += [one for one in inner if isinstance(one, BaseException)]


SECRET_HEADERS = ("authorization", "custobar-totp-code")


def redaction(headers: Headers, key: Key | None) -> Redact:
    """A function that takes the key, and what else a request is signed with, out of a text."""
    values = [value for name, value in headers if name.lower() in SECRET_HEADERS]
    secrets = [value.rpartition(" ")[2] for value in values]

    def redacted(text: str) -> str:
        text = text if key is None else key.redacted(text)
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text

    return redacted


def request_headers(target: Target, key: Key | None, body: bytes | None, more: Mapping[str, str]) -> Headers:
    """The headers of a request; ``more`` takes the place of what has the same name.

    >>> dict(request_headers(Target.of("http://127.0.0.1:8080"), None, None, {}))["Host"]
    '127.0.0.1:8080'
    """
    host = f"[{target.host}]" if ":" in target.host else target.host
    port = "" if target.port == _PORTS[target.scheme] else f":{target.port}"
    headers = {
        "Host": host + port,
        "User-Agent": f"custobar-formats/{custobar_formats.__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    if key is not None:
        headers["Authorization"] = key.header()
    if body is not None:
        headers["Content-Length"] = str(len(body))
    return tuple((headers | dict(more)).items())


def request_target(origin: str, url: str, params: Mapping[str, str] | None = None) -> str:
    """The path and query of a request, of a path or an address on the same origin.

    Raises:
        UsageError: it is on another origin, where the key must not go.

    >>> request_target("https://acme.custobar.com", "/api/data/customers/", {"limit": "1"})
    '/api/data/customers/?limit=1'

    """
    path = url.removeprefix(origin)
    if not path.startswith("/") or path.startswith("//"):
        raise UsageError(f"{shown(url)} is not on {origin}: the key goes nowhere else")
    query = urlencode(params or {})
    return path + ("&" if "?" in path and query else "?" if query else "") + query
