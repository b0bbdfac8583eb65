"""A run of the documented server: its account, its faults, its log, and its watch over the clients.

In: requests, each with the number of its connection. Out: responses, each with its way on the wire. Pure, and for one
request at a time: ``sandbox_server`` holds a lock.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from custobar_formats.upload.sandbox import Account, upload_entity
from custobar_formats.upload.sandbox_faults import Fault, FaultPlan, Wire, records_of
from custobar_formats.upload.sandbox_http import Headers, Request, Response, error_response
from custobar_formats.upload.sandbox_watch import Sent, Watch


@dataclass
class Logged:
    """A request in the log: what came, and what was answered.

    Attributes:
        number: the 1-based number of the request.
        headers: its headers; of Authorization, the scheme alone.
        size, digest: the bytes of its body, and their SHA-256.
        records: the records that its body has, where it can be read.
        fault: the name of the fault that it met, or empty.
        status: the status of the answer; 0 where none was made.
        taken: the records that were stored for it.
        whole: whether the answer went out whole.
        late: whether it began after the client was interrupted.

    """

    number: int
    method: str
    target: str
    headers: Headers = ()
    at: float = 0.0
    size: int = 0
    digest: str = ""
    records: int = 0
    fault: str = ""
    status: int = 0
    taken: int = 0
    whole: bool = False
    late: bool = False


@dataclass
class Exchange:
    """A request with its answer, on its way out."""

    log: Logged
    response: Response
    wire: Wire
    sent: Sent


@dataclass
class Service:
    """The server without its sockets."""

    account: Account
    plan: FaultPlan = field(default_factory=FaultPlan)
    watch: Watch = field(default_factory=Watch)
    requests: list[Logged] = field(default_factory=list)

    def begin(self, head: Request) -> tuple[Logged, Fault | None]:
        """Give a request its number, and choose its fault; its body need not have been read."""
        number = len(self.requests) + 1
        fault = self.plan.fault(number, head.method, head.path)
        log = Logged(number, head.method, head.target, _redacted(head.headers), head.at)
        log.fault = fault.name if fault else ""
        log.late = not self.watch.began(number)
        self.requests.append(log)
        return log, fault

    def answer(self, log: Logged, fault: Fault | None, request: Request, connection: int) -> Exchange:
        """The answer to a request."""
        client = request.header("authorization") or ""
        sent = Sent(log.number, client, connection)
        records = []
        entity = upload_entity(request)
        log.size = len(request.body)
        if entity is not None:
            records = records_of(self.account, request)
            log.records = len(records)
            log.digest = hashlib.sha256(request.body).hexdigest()
            digest = hashlib.sha256(f"{request.path} {log.digest}".encode()).hexdigest()
            sent = Sent.of(log.number, client, connection, digest, entity, records)
        self.watch.came(sent)
        if log.late:
            response = error_response(503, "stopping", "the sandbox is about to end")
        elif self.plan.refuses(records):
            response = error_response(422, "invalid_request", "refused by the sandbox")
        else:
            response = fault.answer(self.account, request) if fault else _PLAIN.answer(self.account, request)
        if response.taken:
            self.watch.taken(sent)
        log.status, log.taken = response.status, response.taken
        return Exchange(log, response, fault.wire if fault else Wire.WHOLE, sent)

    def delivered(self, exchange: Exchange) -> None:
        """The answer goes out whole."""
        exchange.log.whole = True
        self.watch.delivered(exchange.sent, exchange.response.status)

    def lost(self, exchange: Exchange) -> None:
        """The answer did not go out after all."""
        exchange.log.whole = False
        self.watch.lost(exchange.sent)


_PLAIN = Fault("", "no fault")


def _redacted(headers: Headers) -> Headers:
    """The headers without the key."""
    return tuple(
        (name, value.partition(" ")[0] if name.lower() == "authorization" else value) for name, value in headers
    )
