"""The faults of the documented server, each by its name, and the plan that chooses them.

In: a seed, and a share or names. Out: for the number of a request the fault that it meets, always the same one; and the
response that it makes of it. Pure: what happens on the wire is a word (``Wire``) that ``sandbox_server`` carries out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from hashlib import blake2b

from custobar_formats.core.errors import UsageError
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown
from custobar_formats.upload.sandbox import Account, accepted, handle, upload_entity
from custobar_formats.upload.sandbox_bodies import Record, read_records
from custobar_formats.upload.sandbox_http import (
    Refusal,
    Request,
    Response,
    error_response,
    html_response,
    http_date,
    json_response,
)
from custobar_formats.upload.sandbox_watch import short_digest

DEFAULT_SHARE = 0.1
"""The share of the requests that meet a fault where only names are given."""

POISONED = 50
"""Of so many records, one is refused whenever it comes (``poison``)."""

FOREIGN = "https://other.example"
"""The address to which a foreign ``next_url`` and a redirect lead; nothing is there."""


class Wire(Enum):
    """How an answer goes out."""

    WHOLE = auto()
    CLOSE_AFTER = auto()
    REFUSE_AFTER = auto()
    NOTHING = auto()
    HALF_HEAD = auto()
    HALF_BODY = auto()
    GARBAGE = auto()
    BYTES = auto()
    SLOW = auto()
    HINTS = auto()
    EARLY = auto()


Maker = Callable[[Account, Request], Response]


@dataclass(frozen=True)
class Fault:
    """A fault: ``instead`` answers in place of the server, ``after`` changes what it answered.

    Only those with ``in_share`` come by themselves: a client that does all it should ends with the same records as
    without them. Of the others, some end a run, and some make data disappear.
    """

    name: str
    text: str
    wire: Wire = Wire.WHOLE
    instead: Maker | None = None
    after: Callable[[Account, Request, Response], Response] | None = None
    method: str = ""
    in_share: bool = True

    def answer(self, account: Account, request: Request) -> Response:
        """The response to a request that meets this fault."""
        if self.instead is not None:
            return self.instead(account, request)
        response = handle(account, request)
        return response if self.after is None else self.after(account, request, response)


def _refused(status: int) -> Maker:
    return lambda _, __: error_response(status, "invalid_request", "refused by the sandbox")


def _failed(_: Account, __: Request) -> Response:
    return error_response(500, "internal_error", "Something went wrong on our end")


def _failed_after(_: Account, __: Request, response: Response) -> Response:
    return replace(error_response(500, "internal_error", "Something went wrong on our end"), taken=response.taken)


def _bare(_: Account, __: Request, response: Response) -> Response:
    return Response(503, b"", (), response.taken)


def _limited(wait: Callable[[float], str] | None, status: int = 429) -> Maker:
    def make(_: Account, request: Request) -> Response:
        headers = () if wait is None else (("Retry-After", wait(request.at)),)
        return error_response(status, "rate_limited", "too many requests", headers)

    return make


def _next(change: Callable[[Account, Request, str], str]) -> Callable[[Account, Request, Response], Response]:
    def make(account: Account, request: Request, response: Response) -> Response:
        body = json.loads(response.body) if response.status == 200 else {}
        if "next_url" not in body:
            return response
        return json_response(200, {**body, "next_url": change(account, request, body["next_url"])})

    return make


def _partly(account: Account, request: Request) -> Response:
    """Take the first half of the records, and refuse the body; what breaks a rule is only refused."""
    entity = upload_entity(request)
    records = records_of(account, request)
    before = Account(seed=account.seed, lenient=account.lenient)
    before.keys = account.keys
    response = handle(before, request) if entity else handle(account, request)
    if entity is None or response.status != 200:
        return response
    half = records[: (len(records) + 1) // 2]
    account.store.put(entity, half)
    return replace(error_response(400, "invalid_request", "refused by the sandbox"), taken=len(half))


def _revoke(account: Account, request: Request) -> Response:
    account.keys.revoke((request.header("authorization") or "").rpartition(" ")[2])
    return handle(account, request)


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("refuse", "taken and answered; then no connection is accepted for a moment", Wire.REFUSE_AFTER),
        Fault("drop-before", "the connection ends, nothing is taken", Wire.NOTHING, _failed),
        Fault("drop-after", "taken; the connection ends without an answer", Wire.NOTHING),
        Fault("half-head", "taken; the answer ends within its head", Wire.HALF_HEAD),
        Fault("half-body", "taken; the answer ends within its body", Wire.HALF_BODY),
        Fault("garbage", "taken; the answer is not HTTP", Wire.GARBAGE),
        Fault("byte-by-byte", "taken; the answer comes byte by byte", Wire.BYTES),
        Fault("slow", "taken; the answer comes late", Wire.SLOW),
        Fault("500-before", "500, nothing is taken", instead=_failed),
        Fault("500-after", "taken; 500", after=_failed_after),
        Fault("503-bare", "taken; 503 without a body", after=_bare),
        Fault("103", "taken; 103 Early Hints before the answer", Wire.HINTS),
        Fault(
            "proxy-html",
            "502 with a proxy's HTML, nothing is taken",
            instead=lambda _, __: html_response(502),
        ),
        Fault("closed", "taken and answered; then the connection ends without notice", Wire.CLOSE_AFTER),
        Fault("429-seconds", "429 with Retry-After: 1", instead=_limited(lambda _: "1")),
        Fault("429-date", "429 with a Retry-After that is a date", instead=_limited(lambda at: http_date(at + 1))),
        Fault(
            "429-past",
            "429 with a Retry-After that is a date in the past",
            instead=_limited(lambda at: http_date(at - 99)),
        ),
        Fault("429-garbage", "429 with a Retry-After that cannot be read", instead=_limited(lambda _: "soon")),
        Fault("429-bare", "429 without Retry-After", instead=_limited(None)),
        Fault("503-wait", "503 with Retry-After: 1, nothing is taken", instead=_limited(lambda _: "1", 503)),
        Fault(
            "next-relative",
            "next_url is relative",
            after=_next(lambda account, _, url: url.removeprefix(account.origin)),
            method="GET",
        ),
        Fault(
            "next-foreign",
            "next_url leads to another address",
            after=_next(lambda account, _, url: url.replace(account.origin, FOREIGN)),
            method="GET",
            in_share=False,
        ),
        Fault(
            "next-loop",
            "next_url leads to the same page again",
            after=_next(lambda account, request, _: account.origin + request.target),
            method="GET",
            in_share=False,
        ),
        Fault("400", "400, nothing is taken", instead=_refused(400), in_share=False),
        Fault("422", "422, nothing is taken", instead=_refused(422), in_share=False),
        Fault(
            "early-413",
            "413 before the body was read",
            Wire.EARLY,
            lambda _, __: html_response(413),
            method="POST",
            in_share=False,
        ),
        Fault(
            "redirect",
            "307 to another address, nothing is taken",
            instead=lambda _, request: Response(307, b"", (("Location", FOREIGN + request.path),)),
            in_share=False,
        ),
        Fault(
            "portal-html",
            "200 with the HTML of a network's login page",
            instead=lambda _, __: html_response(200, "Log in"),
            in_share=False,
        ),
        Fault(
            "200-error",
            "200 with an error in the body, nothing is taken",
            instead=lambda _, __: json_response(200, {"error": {"reason": "refused by the sandbox"}}),
            in_share=False,
        ),
        Fault(
            "200-lost",
            "200 as if it were taken, but nothing is",
            instead=lambda account, _: accepted(account, 0),
            method="POST",
            in_share=False,
        ),
        Fault(
            "partly", "the first half of the records is taken, then 400", instead=_partly, method="POST", in_share=False
        ),
        Fault(
            "poison",
            f"one record in {POISONED}, by its content, is refused whenever it comes",
            method="POST",
            in_share=False,
        ),
        Fault("revoke", "the key is revoked from now on", instead=_revoke, in_share=False),
    )
}


def records_of(account: Account, request: Request) -> list[Record]:
    """The records of an upload that can be read; none of any other request."""
    entity = upload_entity(request)
    try:
        return read_records(request, entity, account.enforced) if entity else []
    except Refusal:
        return []


@dataclass(frozen=True)
class FaultPlan:
    """Which request meets which fault.

    >>> plan = FaultPlan.of(["half-body@2"], seed=1)
    >>> plan.fault(1, "POST", "/api/events/upload/"), plan.fault(2, "POST", "/api/events/upload/").name
    (None, 'half-body')
    """

    seed: int = 0
    share: float = 0.0
    names: tuple[str, ...] = ()
    exact: dict[int, str] = field(default_factory=dict)
    poison: bool = False

    @classmethod
    def of(cls, words: Iterable[str | float], seed: int = 0) -> FaultPlan:
        """The plan of these words: a share, names, and names for the request of a number (``NAME@3``).

        Raises:
            UsageError: a word is none of these.

        """
        share, names, exact = None, [], {}
        for word in (each for words_ in words for each in str(words_).split(",")):
            name, _, number = word.partition("@")
            if name in FAULTS and re.fullmatch("[1-9][0-9]{0,8}", number):
                exact[int(number)] = name
            elif word in FAULTS:
                names.append(word)
            elif re.fullmatch(r"[01]|[01]?\.[0-9]{1,9}", word) and float(word) <= 1:
                share = float(word)
            else:
                raise UsageError(f"unknown fault {shown(word)}: {_suggestion(name)}")
        poison = "poison" in names
        names = [name for name in names if name != "poison"]
        if share is None:
            share = DEFAULT_SHARE if names else 0.0
        elif not names:
            names = [name for name, fault in FAULTS.items() if fault.in_share]
        return cls(seed, share, tuple(names), exact, poison)

    def fault(self, number: int, method: str, path: str) -> Fault | None:
        """The fault that the request of this number meets; keys are only made wrongly where a number asks for it."""
        if number in self.exact:
            return FAULTS[self.exact[number]]
        digest = blake2b(f"{self.seed} {number}".encode(), digest_size=16).digest()
        is_data = path.startswith("/api/data/") or path.endswith("/upload/")
        names = [name for name in self.names if FAULTS[name].method in ("", method)]
        if not names or not is_data or int.from_bytes(digest[:8], "big") >= self.share * 2**64:
            return None
        return FAULTS[names[int.from_bytes(digest[8:], "big") % len(names)]]

    def refuses(self, records: Iterable[Record]) -> bool:
        """Whether a body has a record that is refused whenever it comes."""
        return self.poison and any(is_poisoned(self.seed, record) for record in records)


def is_poisoned(seed: int, record: Record) -> bool:
    """Whether a record is one that ``poison`` refuses."""
    return short_digest(f"{seed} {json.dumps(record)}") % POISONED == 0


def _suggestion(name: str) -> str:
    close = near(name, tuple(FAULTS))
    rules = "'custobar-formats sandbox --list-rules' prints them"
    return f"did you mean {close!r}?" if close else f"{rules}; a share is between 0 and 1"


def fault_lines() -> list[str]:
    """The faults, one a line."""
    lines = [f"{'' if fault.in_share else '*'}{fault.name}" for fault in FAULTS.values()]
    rows = [f"{name:<16} {fault.text}" for name, fault in zip(lines, FAULTS.values(), strict=True)]
    return [*rows, "*  only by its name, for no client can make up for it"]
