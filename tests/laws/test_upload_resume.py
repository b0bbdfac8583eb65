"""Going on with an upload: what is left out of a second reading changes nothing of what is sent and written."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock

from hypothesis import event, given
from hypothesis import strategies as st

from custobar_formats import from_csv
from custobar_formats.csvtext import reader as csv_reader_module
from custobar_formats.jsontext import reader as json_reader_module
from custobar_formats.pipeline import sheet_rows as sheet_rows_module
from custobar_formats.upload import batches as batches_module
from custobar_formats.upload.answers import Answer, Failure, Verdict
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.endings import Ended
from custobar_formats.upload.journal import Journal
from custobar_formats.upload.run import Clock, Given, Interrupted, Send
from custobar_formats.upload.uploads import Call, make_call
from tests.workbooks import texts_row, xlsx

OK = Answer(Verdict.ACCEPTED, 200, run_id="r")
REFUSED = Answer(Verdict.REFUSED, 422, code="invalid", message="no")
TOO_LARGE = Answer(Verdict.TOO_LARGE, 413)
OTHERS: list[Given] = [
    REFUSED,
    REFUSED,
    Answer(Verdict.NOT_TAKEN, 503),
    Failure(Verdict.UNKNOWN, "the connection broke"),
    Interrupted(),
]
CLOCK = Clock(lambda: 0.0, lambda: datetime(2026, 12, 1, tzinfo=UTC), lambda: 0.5)
LABELS = {
    "customers": ["external_id", "first_name", "can_email", "tags"],
    "products": ["external_id", "title", "price"],
    "events": ["type", "customer_id", "date", "product_id"],
    "sales": ["sale_external_id", "external_id", "sale_date", "sale_customer_id", "product_id", "total"],
}
TITLES = ["", "a", 'x"y,', "ä" * 60]
DAY = "2024-01-01T10:00:00Z"
FORMS = ["csv", "csv.gz", "json", "jsonl", "xlsx", "mapped", "as-csv"]
MAPPING = {"entity": "products", "columns": {"external_id": "Code", "title": "Name", "price": "Price"}}


def rows_of(random: Random, entity: str, count: int, *, wrong: bool) -> list[list[str]]:
    """Rows, a few of them with an error if ``wrong``."""
    rows = []
    for number in range(count):
        title, bad = random.choice(TITLES), wrong and random.random() < 0.1
        rows.append(
            {
                "customers": [f"C-{number}", title, "maybe" if bad else "true", random.choice(["", "a,b"])],
                "products": [f"P-{number}", title, "x" if bad else str(number)],
                "events": ["BROWSE", f"C-{number}", "x" if bad else DAY, f"P{title}"],
                "sales": [f"S-{random.choice('ABCDE')}", f"R-{number}", "x" if bad else DAY, "C", "P", str(number)],
            }[entity]
        )
    return rows


def write_source(folder: Path, entity: str, rows: list[list[str]], form: str) -> Path:
    labels = ["Code", "Name", "Price"] if form == "mapped" else LABELS[entity]
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows([labels, *rows])
    text = stream.getvalue()
    match form:
        case "csv.gz":
            data = gzip.compress(text.encode(), mtime=0)
        case "json":
            data = json.dumps({entity: from_csv(text, entity)}).encode()
        case "jsonl":
            data = "\n".join(map(json.dumps, from_csv(text, entity))).encode()
        case "xlsx":
            data = xlsx("".join(texts_row(at, *cells) for at, cells in enumerate([labels, *rows], 1)))
        case _:
            data = text.encode()
    path = folder / f"source.{'csv' if form in ('mapped', 'as-csv') else form}"
    path.write_bytes(data)
    return path


class Run(NamedTuple):
    """All that a run does, and leaves."""

    steps: list[Any]
    ended: Ended | None
    journal: bytes
    files: list[bytes | None]
    """The refused rows, and the rejects."""
    report: str
    counts: tuple[int, ...]


def run(call: Call, batches: Batches, random: Random, others: list[Given]) -> Run:
    """A run against a server that answers at random; the same random numbers give the same answers."""
    steps: list[Any] = []
    folder = Path(call.journal).parent
    with batches, call.job(batches, CLOCK, lambda _: None) as job:
        step = job.next()
        while not isinstance(step, Ended):
            steps.append((step.batch, step.fresh) if isinstance(step, Send) else step)
            answer = random.choice(others) if random.random() < 0.08 else OK
            step = job.next(answer if isinstance(step, Send) else None)
            assert len(steps) < 5000
        done = call.finish(job, batches, step)
        files = [path.read_bytes() if path.exists() else None for path in (folder / "refused", folder / "rejects")]
        numbers = done.taken, done.refused, done.in_doubt, done.rejected, done.requests, batches.records
        shown = done.report.to_json()
    return Run(steps, step, Path(call.journal).read_bytes(), files, shown, numbers)


class Case(NamedTuple):
    """An upload that was begun, in a folder."""

    folder: Path
    call: Call

    def again(self, others: list[Given], seed: int, *, leaves_out: bool) -> tuple[Run, bool]:
        """The run that goes on, and whether anything was left out; the files are as before afterwards."""
        with tempfile.TemporaryDirectory() as kept:
            shutil.copytree(self.folder, kept, dirs_exist_ok=True)
            batches = self.call.prepare() if leaves_out else self.call.plan.prepare()
            is_less = bool(batches.taken) and batches._spool.count < batches.records
            done = run(self.call, batches, Random(seed), others)
            shutil.copytree(kept, self.folder, dirs_exist_ok=True)
        return done, is_less


def begin(folder: Path, stack: ExitStack, data: Any, others: list[Given]) -> Case | None:
    """An upload that was ended at any of its steps; None if it has come to its end."""
    entity, form = data.draw(st.sampled_from(sorted(LABELS))), data.draw(st.sampled_from(FORMS))
    entity = "products" if form == "mapped" else entity
    random = Random(data.draw(st.integers(0, 1 << 32), label="seed"))
    wrong = form not in ("json", "jsonl") and data.draw(st.booleans(), label="wrong")
    rows = rows_of(random, entity, data.draw(st.integers(10, 60), label="rows"), wrong=wrong)
    options: Any = {
        "max_records": data.draw(st.integers(1, 12)),
        "max_bytes": data.draw(st.sampled_from([120, 600, 10**6])),
    }
    options |= {"journal": folder / "journal", "refused": folder / "refused"}
    options |= {"rejects": folder / "rejects"} if wrong else {}
    options |= {"send": "csv"} if form == "as-csv" else {}
    options |= {"mapping": MAPPING} if form == "mapped" else {}
    path = write_source(folder, entity, rows, form)
    block = data.draw(st.integers(1, 9), label="block")
    for module in (csv_reader_module, json_reader_module, sheet_rows_module):
        stack.enter_context(mock.patch.object(module, "BLOCK_ROWS", block))
    stack.enter_context(mock.patch.object(batches_module, "AHEAD", data.draw(st.integers(1, 9), label="ahead")))
    schema = None if form == "mapped" else entity
    call = make_call(path, schema, "https://a.custobar.com", options, rate=1e9, patience=900)
    run(call, call.plan.prepare(), random, others)
    lines = (folder / "journal").read_bytes().splitlines(keepends=True)
    kept = data.draw(st.integers(1, len(lines)), label="lines")
    (folder / "journal").write_bytes(b"".join(lines[:kept]))
    return None if b'"event":"end"' in lines[kept - 1] else Case(folder, call)


@given(st.data(), st.integers(0, 1 << 32))
def test_what_is_left_out_changes_nothing(data: Any, seed: int) -> None:
    others = [*OTHERS, TOO_LARGE]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        case = begin(Path(name), stack, data, others)
        if case is None:
            return
        whole, _ = case.again(others, seed, leaves_out=False)
        found, is_less = case.again(others, seed, leaves_out=True)
        event("some are left out" if is_less else "all are there")
        assert found == whole


@given(st.data(), st.integers(0, 1 << 32))
def test_a_run_that_goes_on_makes_the_requests_of_one_that_cuts_from_the_start(data: Any, seed: int) -> None:
    """Where the limits are as they were; where a server has lowered them, other batches are cut from the start."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        case = begin(Path(name), stack, data, OTHERS)
        if case is None:
            return
        found, _ = case.again(OTHERS, seed, leaves_out=True)
        stack.enter_context(mock.patch.object(Journal, "taken_whole", return_value=()))
        assert case.again(OTHERS, seed, leaves_out=False)[0] == found
