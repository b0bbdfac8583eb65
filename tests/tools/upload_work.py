"""Uploads to count promises by: a server in a process of its own, sources, and what log and journal show together."""

from __future__ import annotations

import hashlib
import itertools
import json
import multiprocessing
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from custobar_formats.upload.journal_lines import Begin, Event, Outcome, Run, Sending, State, parse_line
from custobar_formats.upload.row_map import Spans
from custobar_formats.upload.run import Clock
from custobar_formats.upload.sandbox_server import Sandbox
from custobar_formats.upload.sandbox_service import Logged

CITIES = ("Oulu", "Turku", "Äänekoski", "Hämeenlinna")
FORK = multiprocessing.get_context("fork")


def customers(rows: int) -> Iterator[str]:
    """Lines of customers; one in a thousand is an earlier one again, with another city."""
    yield "external_id,first_name,city,email\n"
    for row in range(1, rows + 1):
        number = row - 700 if row % 1000 == 0 else row
        yield f"C-{number},Nimi {row},{CITIES[row % 4]},c{number}@example.com\n"


def events(rows: int) -> Iterator[str]:
    """Lines of events, each with its row in the customer's identifier."""
    yield "type,customer_id,date,product_id\n"
    for row in range(1, rows + 1):
        yield f"BROWSE,C-{row},2024-01-{row % 28 + 1:02}T00:00:00Z,P-{row % 97}\n"


SOURCES: dict[str, Callable[[int], Iterator[str]]] = {"customers": customers, "events": events}


def write_source(folder: Path, entity: str, rows: int) -> Path:
    path = folder / f"{entity}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(SOURCES[entity](rows))
    return path


class Served:
    """The documented server in a process of its own; its minutes pass in seconds."""

    url: str
    key: str

    def __init__(self, *faults: str | float, seed: int = 0) -> None:
        self._pipe, theirs = FORK.Pipe()
        self._process = FORK.Process(target=_serve, args=(theirs, faults, seed), daemon=True)

    def __enter__(self) -> Served:
        self._process.start()
        self.url, self.key = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.send(None)
        self._process.join()

    def _ask(self, *question: str) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()

    def log(self) -> list[Logged]:
        found: list[Logged] = self._ask("log")
        return found

    def state(self, entity: str) -> tuple[int, str]:
        """How many records there are, and the digest of all of them."""
        count, digest = self._ask("state", entity)
        return count, digest

    def event_rows(self) -> list[int]:
        """The row of each event that is stored."""
        found: list[int] = self._ask("event_rows")
        return found

    def violations(self) -> list[str]:
        found: list[str] = self._ask("violations")
        return found


def _serve(pipe: Connection, faults: tuple[str | float, ...], seed: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ticks = itertools.count()
    with Sandbox(faults=faults, seed=seed, clock=lambda: float(next(ticks)), slow=0.01) as server:
        texts = server._service.account.store._texts
        answers: dict[str, Callable[..., object]] = {
            "log": lambda: server.requests,
            "state": lambda entity: (len(texts[entity]), _digest(texts[entity])),
            "event_rows": lambda: [int(re.findall('"customer_id":"C-([0-9]+)"', text)[0]) for text in texts["events"]],
            "violations": lambda: server.violations,
        }
        pipe.send((server.url, server.key))
        while (question := pipe.recv()) is not None:
            name, *arguments = question
            pipe.send(answers[name](*arguments))


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


class Time:
    """A clock that waits move; a wait takes a moment in truth too, for what the server does meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        numbers = itertools.cycle((0.1, 0.9, 0.5))
        self.clock = Clock(lambda: self.now, lambda: datetime.now(UTC), lambda: next(numbers))

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        time.sleep(min(seconds, 0.05))


def in_a_fork(work: Callable[[], Any]) -> Any:
    """The JSON result of work in a process of its own; an assertion where it dies."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(reading)
            with open(writing, "w", encoding="utf-8") as file:
                json.dump(work(), file)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, encoding="utf-8") as file:
        result = file.read()
    assert os.waitpid(child, 0)[1] == 0, "the process failed"
    return json.loads(result)


@dataclass
class Promised:
    """What journal and log show together, for rows from 1 on; one number a row.

    Attributes:
        sent: how often it was announced, which is at least how often it was sent.
        delivered: how often the server stored it.
        accepted: whether a request that has it was accepted, and the answer went out whole.
        unknown: how often nobody knew whether it had arrived; a kill during a request counts.
        taken: whether the journal has it as taken.
        doubts, kills: the outcomes that are unknown, and the requests without an outcome.
        extra: the additional deliveries of bodies.

    """

    rows: int
    sent: list[int] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    doubts: int = 0
    kills: int = 0
    extra: int = 0

    def __post_init__(self) -> None:
        for name in ("sent", "delivered", "accepted", "unknown", "taken", "refused"):
            setattr(self, name, [0] * (self.rows + 1))


def counted(lines: Iterable[bytes], log: list[Logged], rows: int) -> Promised:
    """What a journal and the server's log show; AssertionError where a promise is broken.

    What is journalled as taken is never announced again, each request was announced, and no row was delivered more
    often than once and its unknown outcomes.
    """
    found = Promised(rows)
    announced, rows_of = Counter[str](), dict[str, Spans]()
    sending: Spans = ()
    for line in map(parse_line, lines):
        event: Event | None = None if line is None else line.event
        match event:
            case Run() if sending:
                _kill(found, sending)
                sending = ()
            case Sending(rows=sending, sha256=digest):
                assert not any(map(found.taken.__getitem__, _each(sending))), f"{sending} was taken, and is sent again"
                announced[digest] += 1
                rows_of[digest] = sending
                _add(found.sent, sending)
            case Outcome(state=state, rows=spans):
                if state is State.DOUBT:
                    found.doubts += 1
                    _add(found.unknown, spans)
                _add(found.taken, spans if state is State.TAKEN else ())
                _add(found.refused, spans if state is State.REFUSED else ())
                sending = ()
            case Begin():
                assert not announced
    _kill(found, sending)
    came, stored = Counter[str](), Counter[str]()
    for each in log:
        if _is_whole(each):
            came[each.digest] += 1
            if each.taken:
                stored[each.digest] += 1
                _add(found.delivered, rows_of[each.digest])
                _add(found.accepted, rows_of[each.digest] if each.status == 200 and each.whole else ())
    assert all(came[digest] <= announced[digest] for digest in came), "a request that no line announced"
    found.extra = sum(count - 1 for count in stored.values())
    assert found.extra <= found.doubts + found.kills, (found.extra, found.doubts, found.kills)
    for row in range(1, rows + 1):
        assert found.delivered[row] <= 1 + found.unknown[row], f"row {row} was stored {found.delivered[row]} times"
        assert not found.taken[row] or found.accepted[row], f"row {row} is taken, and was not accepted"
    return found


def _is_whole(request: Logged) -> bool:
    """Whether it is an upload whose body came whole: a client that is killed leaves a part of one."""
    sizes = [value for name, value in request.headers if name.lower() == "content-length"]
    is_whole = bool(request.digest) and sizes == [str(request.size)]
    assert is_whole or not request.taken
    return is_whole


def _kill(found: Promised, sending: Spans) -> None:
    found.kills += bool(sending)
    _add(found.unknown, sending)


def _add(counts: list[int], spans: Spans) -> None:
    for row in _each(spans):
        counts[row] += 1


def _each(spans: Spans) -> Iterator[int]:
    return itertools.chain.from_iterable(range(first, last + 1) for first, last in spans)
