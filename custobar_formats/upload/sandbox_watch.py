"""The faults of a client: judged by the documented server from what came and what was answered.

In: each upload as it comes, whether it was taken, and whether its answer went out whole. Out: the violations.

Each key is one client, with one request at a time. Three things are violations:

* ``resent``: a body whose final answer (taken, or refused with 400, 413 or 422) was heard comes again. An answer counts
  as heard when it went out whole and the client then sent something else, or anything on the same connection. The same
  body at once on a new connection is none: a client that was killed may not have heard.
* ``older``: records that could have been taken before newer ones with the same identifier are taken after them. A body
  has the age of the earlier body that it equals, or is a part of, while that one is not done with; else its own.
* ``late``: a request begins after the client was interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from custobar_formats.upload.sandbox_store import Record, identifier_of

FINAL = {200, 400, 413, 422}
"""The statuses after which the same body is not to come again."""

MAX_OPEN = 1_000
"""Bodies that are remembered while they are not done with; older ones are forgotten."""

SHOWN_VIOLATIONS = 20
"""Violations that are kept as sentences; the others are counted."""


def short_digest(text: str) -> int:
    """Eight bytes of a digest, as a number that is small in memory."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


@dataclass
class Sent:
    """An upload as it came: its number, its body's digest, its records' digests and identifiers."""

    number: int
    client: str
    connection: int
    digest: str = ""
    records: frozenset[int] = frozenset()
    identifiers: frozenset[int] = frozenset()
    age: int = 0
    status: int = 0

    @classmethod
    def of(cls, number: int, client: str, connection: int, digest: str, entity: str, records: Sequence[Record]) -> Sent:
        """An upload of these records."""
        found = (identifier_of(entity, record) for record in records)
        identifiers = frozenset(short_digest(f"{entity} {each[0]} {each[1]}") for each in found if each)
        digests = frozenset(short_digest(f"{entity} {json.dumps(record)}") for record in records)
        return cls(number, client, connection, digest, digests, identifiers)


@dataclass
class _Client:
    """The record of one client."""

    unheard: Sent | None = None
    answered: dict[str, int] = field(default_factory=dict)
    open: dict[int, set[int]] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    newest: dict[int, int] = field(default_factory=dict)


class Watch:
    """The clients of a server and what they did wrong."""

    def __init__(self) -> None:
        self.counts = {"resent": 0, "older": 0, "late": 0}
        self.violations: list[str] = []
        self.interrupted = False
        self._clients: dict[str, _Client] = {}

    def began(self, number: int) -> bool:
        """A request began; return whether it may."""
        if self.interrupted:
            self._note("late", f"request {number} came after the client was interrupted")
        return not self.interrupted

    def came(self, sent: Sent) -> None:
        """The body of a request was read; one that is no upload has no digest."""
        client = self._clients.setdefault(sent.client, _Client())
        last, client.unheard = client.unheard, None
        if last is not None and (last.connection == sent.connection or last.digest != sent.digest):
            client.answered[last.digest] = last.number
            if last.status == 200:  # of a refused body, the parts may follow
                self._forget(client, last.age, client.open.get(last.age, set()) - last.records)
        if not sent.digest:
            return
        if sent.digest in client.answered:
            earlier = client.answered[sent.digest]
            self._note("resent", f"request {sent.number} has the body of request {earlier}, which was answered")
        sent.age = self._age(client, sent)

    def taken(self, sent: Sent) -> None:
        """The records of an upload were stored."""
        client = self._clients[sent.client]
        if any(client.newest.get(each, 0) > sent.age for each in sent.identifiers):
            text = f"request {sent.number} has records that are older than what they overwrote"
            self._note("older", f"{text} (they first came in request {sent.age})")
        for each in sent.identifiers:
            client.newest[each] = max(client.newest.get(each, 0), sent.age)

    def delivered(self, sent: Sent, status: int) -> None:
        """The answer to an upload goes out whole."""
        if sent.digest and status in FINAL:
            sent.status = status
            self._clients[sent.client].unheard = sent

    def lost(self, sent: Sent) -> None:
        """The answer did not go out after all."""
        client = self._clients[sent.client]
        if client.unheard is sent:
            client.unheard = None

    def _note(self, kind: str, text: str) -> None:
        self.counts[kind] += 1
        if len(self.violations) < SHOWN_VIOLATIONS:
            self.violations.append(f"{kind}: {text}")

    @staticmethod
    def _age(client: _Client, sent: Sent) -> int:
        """The number of the body that this one is, or is a part of."""
        for each in sent.records:
            age = client.first.get(each, 0)
            if sent.records <= client.open.get(age, set()):
                return age
            break
        client.open[sent.number] = set(sent.records)
        client.first |= dict.fromkeys(sent.records, sent.number)
        while len(client.open) > MAX_OPEN:
            Watch._forget(client, next(iter(client.open)), set())
        return sent.number

    @staticmethod
    def _forget(client: _Client, age: int, rest: set[int]) -> None:
        """Keep the rest alone of what is open of a body."""
        for each in client.open.pop(age, set()) - rest:
            if client.first.get(each) == age:
                del client.first[each]
        if rest:
            client.open[age] = rest
