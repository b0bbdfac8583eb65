"""The lines of a journal: events as JSON, each with a number and a checksum.

In: an event, its number and its time. Out: a line of bytes, and the event back. Rules: a line holds spans of rows,
digests, statuses and codes; no values, no messages, no key. A line with any byte changed is no line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from custobar_formats.core.upload_limits import MAX_ERROR_CODE_CHARS
from custobar_formats.upload.row_map import Spans, merged

VERSION = 1
"""The version of these lines."""

START = b'{"n":1,"event":"begin",'
"""The first bytes of every journal, which show that a file is one."""

LINE_START = b'{"n":'
"""The first bytes of every line, which stand nowhere else in one."""

Option = str | int | bool | None

_LINE = re.compile(rb'(\{.+),"sum":"([0-9a-f]{16})"\}\n')
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_CODE = re.compile(rf"[A-Za-z0-9_.:-]{{1,{MAX_ERROR_CODE_CHARS}}}")


class State(StrEnum):
    """The state of rows, as far as it is known."""

    UNSENT = "unsent"
    SENDING = "sending"
    TAKEN = "taken"
    REFUSED = "refused"
    FAILED = "failed"
    SPLIT = "split"
    DOUBT = "doubt"


OUTCOMES = (State.TAKEN, State.REFUSED, State.FAILED, State.SPLIT, State.DOUBT)


@dataclass(frozen=True, slots=True)
class Begin:
    """Whose journal it is: the source's content, and all that decides where it goes and as which bytes.

    ``options``: the digests of mapping and schema, the version of the body format, and each option that changes a body.
    """

    name: str
    size: int
    sha256: str
    entity: str
    address: str
    identified: bool
    options: Mapping[str, Option] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if "@" in self.address:
            raise ValueError("the address of a journal is an origin, without a user")


@dataclass(frozen=True, slots=True)
class Run:
    """A process begins, or goes on."""

    pid: int


@dataclass(frozen=True, slots=True)
class Sending:
    """A request is about to be sent: its rows, and the digest of its body."""

    rows: Spans
    sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for rows. ``settled``: not by an answer, but because a person has looked."""

    state: State
    rows: Spans
    status: int | None = None
    code: str | None = None
    settled: bool = False

    def __post_init__(self) -> None:
        if self.state not in OUTCOMES or (self.settled and self.state is not State.TAKEN):
            raise ValueError(f"no outcome: {self.state}")
        if self.code is not None and not _CODE.fullmatch(self.code):
            object.__setattr__(self, "code", None)  # text of the server's, which may quote a value


@dataclass(frozen=True, slots=True)
class Limit:
    """How large a request may be from here on."""

    max_records: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class End:
    """All rows are taken or refused; how many."""

    taken: int
    refused: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line that another version of this package has written."""


Event = Begin | Run | Sending | Outcome | Limit | End | Unknown


class Line(NamedTuple):
    """A line that was read."""

    number: int
    at: datetime
    event: Event


def make_line(number: int, event: Event, at: datetime) -> bytes:
    """The line of an event.

    Example:
        >>> make_line(7, Outcome(State.TAKEN, ((1, 500),), 200), datetime(2026, 11, 30, 20, 30, tzinfo=UTC))[:75]
        b'{"n":7,"event":"taken","at":"2026-11-30T20:30:00Z","rows":[[1,500]],"status'

    """
    if at.tzinfo is None:
        raise ValueError("the time of a line has a timezone")
    name, facts = _facts_of(event)
    fields = {"n": number, "event": name, "at": at.astimezone(UTC).strftime(_TIME), **facts}
    text = json.dumps(fields, separators=(",", ":")).encode("ascii")[:-1]
    return text + b',"sum":"' + _checksum(text) + b'"}\n'


def parse_line(line: bytes) -> Line | None:
    """The line that the bytes are; None if they are none. Of another version, its event is ``Unknown``."""
    match = _LINE.fullmatch(line)
    if match is None or _checksum(match[1]) != match[2]:
        return None
    fields = json.loads(str(match[1], "utf-8", "surrogatepass") + "}")
    number, at = fields.pop("n"), datetime.fromisoformat(fields.pop("at"))
    try:
        return Line(number, at, _event_of(fields.pop("event"), fields))
    except (KeyError, TypeError, ValueError):
        return Line(number, at, Unknown())


def _checksum(text: bytes) -> bytes:
    return sha256(text).hexdigest()[:16].encode("ascii")


def _facts_of(event: Event) -> tuple[str, dict[str, Any]]:
    """The name of an event, and its facts as JSON has them; what is absent is left out."""
    facts = {name: getattr(event, name) for name in event.__slots__}
    if isinstance(event, Begin):
        return "begin", {"version": VERSION, **facts, "options": dict(event.options)}
    facts = {name: value for name, value in facts.items() if value is not None and value is not False}
    return str(facts.pop("state", type(event).__name__.lower())), facts


def _event_of(name: str, facts: dict[str, Any]) -> Event:
    if "rows" in facts:
        facts["rows"] = merged(facts["rows"])
    if name in OUTCOMES:
        return Outcome(State(name), **facts)
    if name == "begin" and facts.pop("version") != VERSION:
        raise ValueError("a journal of another version")
    return _KINDS[name](**facts)


_KINDS: Mapping[str, Callable[..., Event]] = {kind.__name__.lower(): kind for kind in (Begin, Run, Sending, Limit, End)}
