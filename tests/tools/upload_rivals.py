"""The same events and customers through the same faults: this library beside three usual ways to post in batches.

Run as ``python -m tests.tools.upload_rivals [--seeds N] [--batches N]``, after ``pip install stamina requests
urllib3`` beside the extra ``upload``. Prints tables, counted from the log and the records of documented servers: a new
one for each run. Each program is as a good user of its library would write it after the documentation: it goes on after
a batch that failed, and lists that at its end. All post the same bodies of 500 records, as fast as they can.
"""

from __future__ import annotations

import argparse
import logging
import platform
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NamedTuple

import httpx2
import requests
import stamina
import urllib3

from custobar_formats import Client, Sandbox, UploadBatch, batches
from custobar_formats.upload.endings import Ending
from custobar_formats.upload.uploads import UploadOptions

EACH = 500
"""Records of a batch."""

TIMEOUT = 30.0
"""Seconds that each of the others waits for an answer; the slow ones come after one."""


class Job(NamedTuple):
    """What a program gets: where to post, and what."""

    url: str
    key: str
    source: Path
    batches: Sequence[UploadBatch]

    @property
    def endpoint(self) -> str:
        return self.url + self.batches[0].path

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}


Rows = set[int]
Program = Callable[[Job], Rows]
"""Uploads, and returns the rows that it lists at its end as not uploaded, or in doubt."""


# -- the programs


def with_this(job: Job, in_doubt: Literal["resend"] | None = None) -> Rows:
    """``Client.upload``, called again where it says that this goes on; the rate is that of the others, none."""
    refused = job.source.with_suffix(".refused.csv")
    options: UploadOptions = {"refused": refused, "in_doubt": in_doubt} if in_doubt else {"refused": refused}
    ending = Ending.STOPPED
    with Client(url=job.url, key=job.key, rate=1e9) as client:
        while ending is Ending.STOPPED:
            done = client.upload(job.source, job.batches[0].entity, **options)
            ending = done.ending
    listed = {int(number) for number in re.findall("N-([0-9]+)", refused.read_text("utf-8"))} if done.refused else set()
    for finding in done.report.findings:
        if finding.code == "row-in-doubt" and finding.row:  # those of a request, named by the first
            listed |= set(range(finding.row, finding.row + EACH))
    assert len(listed) == done.in_doubt + done.refused, ending
    return listed


def with_resend(job: Job) -> Rows:
    """``Client.upload`` for those who prefer an event twice to one that is missing."""
    return with_this(job, in_doubt="resend")


def with_stamina(job: Job) -> Rows:
    """What httpx2 raises, 5xx and 429, by a backoff hook that follows Retry-After; up to ten times, as by default."""

    def again(error: Exception) -> bool | float:
        if not isinstance(error, httpx2.HTTPStatusError):
            return isinstance(error, httpx2.HTTPError)
        wait = error.response.headers.get("Retry-After", "")
        if error.response.status_code == 429 or error.response.status_code >= 500:
            return float(wait) if wait.isdigit() else True
        return False

    with httpx2.Client(headers=job.headers, timeout=TIMEOUT) as client:

        def post(body: bytes) -> None:
            client.post(job.endpoint, content=body).raise_for_status()

        return _failed(job, stamina.retry(on=again)(post), httpx2.HTTPError)


def with_urllib3(job: Job) -> Rows:
    """``Retry`` with POST, five times, and the statuses that its users list; it follows Retry-After by itself."""
    statuses = (429, 500, 502, 503, 504)
    retry = urllib3.Retry(total=5, backoff_factor=0.5, status_forcelist=statuses, allowed_methods={"POST"})
    with urllib3.PoolManager(retries=retry, timeout=TIMEOUT, headers=job.headers) as pool:

        def post(body: bytes) -> None:
            status = pool.request("POST", job.endpoint, body=body).status
            if status >= 400:
                raise urllib3.exceptions.ResponseError(str(status))

        return _failed(job, post, urllib3.exceptions.HTTPError)


def with_loop(job: Job) -> Rows:
    """The loop of many a page: up to three attempts with sleep in between, for whatever went wrong."""

    def post(body: bytes) -> None:
        for attempt in range(3):
            try:
                response = requests.post(job.endpoint, data=body, headers=job.headers, timeout=TIMEOUT)
                response.raise_for_status()
                return
            except requests.RequestException:
                if attempt == 2:
                    raise
                time.sleep(2**attempt)

    return _failed(job, post, requests.RequestException)


def _failed(job: Job, post: Callable[[bytes], None], expected: type[Exception]) -> Rows:
    """Post the batches; the rows of those that failed."""
    listed: Rows = set()
    for batch in job.batches:
        try:
            post(batch.body)
        except expected:
            listed |= {row for first, last in batch.rows for row in range(first, last + 1)}
    return listed


OWN: dict[str, Program] = {"`Client.upload`": with_this}
RESENDING: dict[str, Program] = {'`Client.upload`, `in_doubt="resend"`': with_resend}
OTHERS: dict[str, Program] = {
    "httpx2 with stamina": with_stamina,
    "urllib3 with `Retry`": with_urllib3,
    "a loop with requests": with_loop,
}
"""Programs, by their names in the tables."""


class Scene(NamedTuple):
    """What is uploaded, through which faults, by which programs."""

    entity: Literal["events", "customers"]
    faults: Sequence[str | float]
    programs: dict[str, Program] = OWN | OTHERS


SCENES = {
    "Events, 5 % of all faults": Scene("events", (0.05,), OWN | RESENDING | OTHERS),
    "Customers, 5 % of all faults": Scene("customers", (0.05,)),
    "Events, 5 % of the answers are a 200 with an error": Scene("events", ("200-error", 0.05)),
    "Customers, 5 % of the answers are a 200 with an error": Scene("customers", ("200-error", 0.05)),
}
"""By the titles of their tables."""


# -- what came of it

COLUMNS = ("stored twice", "not on the server", "of these not listed", "listed", "requests", "runs that listed nothing")


class Outcome(NamedTuple):
    """Counts of one run, or of several.

    ``doubled`` are copies beyond the first; ``missing`` and ``unlisted`` are rows that are not on the server, and those
    of them that the program took for uploaded; ``listed`` are all that it listed; ``all_well``: runs that listed none.
    """

    doubled: int = 0
    missing: int = 0
    unlisted: int = 0
    listed: int = 0
    requests: int = 0
    all_well: int = 0

    def plus(self, other: Outcome) -> Outcome:
        return Outcome(*(a + b for a, b in zip(self, other, strict=True)))


def run(
    program: Program, seed: int, faults: Sequence[str | float], entity: str, made: Sequence[UploadBatch]
) -> Outcome:
    """A run of a program against a server of its own."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(seed=seed, faults=faults) as sandbox:
        rows = made[-1].rows[-1][1]
        source = write_source(Path(folder), entity, rows)
        listed = program(Job(sandbox.url, sandbox.key, source, made))
        field = "product_id" if entity == "events" else "external_id"
        stored = Counter(int(record[field].removeprefix("N-")) for record in sandbox.records(entity))
        missing = set(range(1, rows + 1)) - stored.keys()
        doubled = stored.total() - len(stored)
        return Outcome(doubled, len(missing), len(missing - listed), len(listed), len(sandbox.requests), not listed)


def write_source(folder: Path, entity: str, rows: int) -> Path:
    """A file of records, each with its number."""
    heads = {"events": "type,date,customer_id,product_id", "customers": "external_id,email,city"}
    lines = {"events": "BROWSE,2026-09-01,C-1,N-{0}", "customers": "N-{0},n{0}@example.com,Oulu"}
    path = folder / f"{entity}.csv"
    path.write_text("\n".join([heads[entity], *(lines[entity].format(n) for n in range(1, rows + 1)), ""]), "utf-8")
    return path


def tables(seeds: int, count: int) -> Iterator[str]:
    """The page, line by line, each table as soon as it is there."""
    names = ("custobar_formats", "httpx2", "stamina", "urllib3", "requests")
    yield f"{seeds} runs of each program, seeds 1 to {seeds}; in each {count * EACH:,} records in {count} batches."
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    yield f"Versions: {versions}, CPython {platform.python_version()}.\n"
    for title, (entity, faults, programs) in SCENES.items():
        with tempfile.TemporaryDirectory() as folder:
            source = write_source(Path(folder), entity, count * EACH)
            made = list(batches(source, entity, max_records=EACH))
        assert len(made) == count, "the batches are full"
        totals = dict.fromkeys(programs, Outcome())
        for seed in range(1, seeds + 1):
            with ThreadPoolExecutor(len(programs)) as pool:  # most of the time, each of them waits
                running = {name: pool.submit(run, each, seed, faults, entity, made) for name, each in programs.items()}
            totals = {name: totals[name].plus(running[name].result()) for name in programs}
        yield f"## {title}\n"
        yield f"| | {' | '.join(COLUMNS)} |"
        yield f"| --- |{' ---: |' * len(COLUMNS)}"
        for name, total in totals.items():
            yield f"| {name} | {' | '.join(f'{number:,}' for number in total[:-1])} | {total.all_well} of {seeds} |"
        yield ""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=16, help="all faults come with 15")
    parser.add_argument("--batches", type=int, default=100, help="so few that 180 requests a minute suffice")
    given = parser.parse_args()
    logging.disable()  # each attempt again is a warning
    for line in tables(given.seeds, given.batches):
        print(line, flush=True)


if __name__ == "__main__":
    main()
