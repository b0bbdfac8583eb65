"""A file that is uploaded night after night, with other content and options: what is valid arrives, events once."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hypothesis import event, given
from hypothesis import strategies as st

from custobar_formats.core.errors import UsageError
from custobar_formats.upload.answers import Answer, Failure, Verdict
from custobar_formats.upload.endings import Ended, Ending
from custobar_formats.upload.run import Clock, Given, Interrupted, Send
from custobar_formats.upload.uploads import Call, Uploaded, make_call

OK = Answer(Verdict.ACCEPTED, 200, run_id="r")
OTHERS: list[Given] = [
    Answer(Verdict.REFUSED, 422, code="invalid", message="no"),
    Answer(Verdict.NO_KEY, 401),
    Failure(Verdict.UNKNOWN, "the connection broke"),
    Interrupted(),
]
CLOCK = Clock(lambda: 0.0, lambda: datetime(2026, 12, 1, tzinfo=UTC), lambda: 0.5)
VALUES = ({"a": "A"}, {"a": "A", "b": "B"}, {"b": "B"}, {"a": "X", "b": "B"}, {"a": "A", "b": "B", "c": "C"})
"""What a mapping makes of the words in the file; rows with another word have an error."""

EVENTS = {"type": {"constant": "BROWSE"}, "date": {"constant": "2024-01-01T10:00:00Z"}}
COLUMNS: dict[str, dict[str, Any]] = {
    "customers": {"external_id": "Id", "city": {"from": "Word"}},
    "events": {"customer_id": "Id", "product_id": {"from": "Word"}, **EVENTS},
}
FILES = ("file.csv", "journal", "rejects", "refused", "journal.old")


class Night(NamedTuple):
    """What is done in a night: how many rows the file has, its version, the mapping, flags, and how often it fails."""

    rows: int
    version: int
    values: int
    flags: dict[str, bool]
    faults: float


def nights(versions: int, flags: list[dict[str, bool]]) -> st.SearchStrategy[list[Night]]:
    faults = st.sampled_from([0.0, 0.0, 0.2])
    values = st.integers(0, len(VALUES) - 1)
    each = st.builds(Night, st.integers(3, 9), st.integers(1, versions), values, st.sampled_from(flags), faults)
    return st.lists(each, min_size=2, max_size=8)


class Nights:
    """Uploads of one file, and the server that they go to."""

    def __init__(self, entity: str, folder: Path, random: Random) -> None:
        self.entity, self.folder, self.random = entity, folder, random
        self.stored: dict[str, Any] = {}
        """By its identifier, the record as it came last."""
        self.deliveries: Counter[str] = Counter()

    def call(self, night: Night) -> Call:
        text = "".join(f"{night.version}-{row},{'aabac'[row % 5]}\n" for row in range(night.rows))
        (self.folder / "file.csv").write_text("Id,Word\n" + text, "utf-8")
        columns = {
            name: {**each, "values": VALUES[night.values]} if isinstance(each, dict) and "from" in each else each
            for name, each in COLUMNS[self.entity].items()
        }
        options: Any = {name: self.folder / name for name in ("journal", "rejects", "refused")}
        options |= {"mapping": {"entity": self.entity, "columns": columns}, "max_records": 2, **night.flags}
        return make_call(self.folder / "file.csv", None, "https://a.custobar.com", options, rate=1e9, patience=0)

    def upload(self, call: Call, faults: float) -> Uploaded:
        with call.prepare() as batches, call.job(batches, CLOCK, lambda _: None) as job:
            step = job.next()
            while not isinstance(step, Ended):
                step = job.next(self.answer(step.batch.body, faults) if isinstance(step, Send) else None)
            return call.finish(job, batches, step)

    def answer(self, body: bytes, faults: float) -> Given:
        answer = self.random.choice(OTHERS) if self.random.random() < faults else OK
        is_lost = isinstance(answer, (Failure, Interrupted)) and self.random.random() < 0.5
        if answer is OK or is_lost:
            for record in json.loads(body)[self.entity]:
                self.stored[key_of(record)] = record
                self.deliveries[key_of(record)] += 1
        return answer

    def files(self) -> list[bytes | None]:
        paths = [self.folder / name for name in FILES]
        return [path.read_bytes() if path.exists() else None for path in paths]

    def check(self, night: Night) -> None:
        """One night: what is complete is stored, as it is now; what is refused as misuse changes nothing."""
        call = self.call(night)
        with call.plan.prepare() as batches:
            valid = {row: json.loads(text) for row, _, text in batches.each()}
            rejected = batches.rejected
        before, deliveries = self.files(), self.deliveries.copy()
        try:
            done = self.upload(call, night.faults)
        except UsageError:
            event("misuse")
            assert (self.files(), self.deliveries) == (before, deliveries)
            return
        event(done.ending + (", again" if done.notes else ""))
        assert done.rejected == rejected
        if done.ending is Ending.DONE:
            refused = {each.row for each in done.report.errors if each.code == "refused-row"}
            assert len(refused) == done.refused
            stored = [self.stored.get(key_of(each)) for row, each in valid.items() if row not in refused]
            assert stored == [each for row, each in valid.items() if row not in refused]
        if done.complete:
            assert not rejected
            assert done.taken == len(valid)


def key_of(record: Any) -> str:
    return str(record.get("external_id", record.get("customer_id")))


FLAGS = [{}, {"if_new": True}, {"if_new": True}, {"again": True}, {"abandon": True}]


@given(nights(3, FLAGS), st.sampled_from(sorted(COLUMNS)), st.integers(0, 1 << 32))
def test_what_is_complete_has_arrived_as_it_is_now(given: list[Night], entity: str, seed: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        uploads = Nights(entity, Path(name), Random(seed))
        for night in given:
            uploads.check(night)


@given(nights(1, FLAGS[:2]), st.integers(0, 1 << 32))
def test_events_of_a_file_that_only_grows_are_stored_once(given: list[Night], seed: int) -> None:
    """Whatever else changes, unless it is wished for."""
    with tempfile.TemporaryDirectory() as name:
        uploads = Nights("events", Path(name), Random(seed))
        for night in sorted(given, key=lambda each: each.rows):
            uploads.check(night)
            assert max(uploads.deliveries.values(), default=0) <= 1
