"""``Client.upload`` and ``AsyncClient.upload`` against the documented server."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import InvalidData, UsageError
from custobar_formats.upload.client import AsyncClient, Client
from custobar_formats.upload.endings import Ending
from custobar_formats.upload.journal_file import JournalStopped
from custobar_formats.upload.sandbox_server import Sandbox
from custobar_formats.upload.uploads import Uploaded
from tests.processes import PATIENCE

TEXT = "external_id\n" + "".join(f"C-{number}\n" for number in range(1, 11))
EVENTS = "type,customer_id,date,product_id\n" + "".join(f"BROWSE,C-{n},2024-01-01T00:00:00Z,P\n" for n in range(10))


@pytest.fixture(params=["sync", "async"])
def upload(request: pytest.FixtureRequest) -> Any:
    """Uploads to a server, by each of the clients; waits take no time."""

    def sync(server: Sandbox, *arguments: Any, **options: Any) -> Uploaded:
        with Client(url=server.url, key=server.key, rate=1e6, sleep=lambda _: None) as client:
            return client.upload(*arguments, **options)

    async def later(_: float) -> None:
        await asyncio.sleep(0)

    async def running(server: Sandbox, *arguments: Any, **options: Any) -> Uploaded:
        async with AsyncClient(url=server.url, key=server.key, rate=1e6, sleep=later) as client:
            return await client.upload(*arguments, **options)

    return sync if request.param == "sync" else lambda *given, **options: asyncio.run(running(*given, **options))


def ids(server: Sandbox) -> list[str]:
    return [str(each["external_id"]) for each in server.records("customers")]


def test_an_upload_through_faults(upload: Any, tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    source.write_text(TEXT, "utf-8")
    faults = ["drop-after@1", "422@3", "422@5", "422@6", "garbage@8", "503-wait@9"]
    with Sandbox(faults=faults) as server:
        done = upload(server, source, "customers", max_records=4, refused=tmp_path / "refused.csv")
        assert (done.ending, done.taken, done.refused, done.in_doubt, done.complete) == (Ending.DONE, 9, 1, 0, False)
        assert [(each.code, each.row) for each in done.report.errors] == [("refused-row", 7)]
        assert ids(server) == [f"C-{number}" for number in (1, 2, 3, 4, 5, 6, 8, 9, 10)]
        assert not server.violations
        assert done.requests == len(server.requests)
    assert (tmp_path / "refused.csv").read_text("utf-8").splitlines()[1:] == [
        "refused by Custobar: 422 invalid_request,C-7"
    ]


@pytest.mark.parametrize(
    "source",
    [TEXT, TEXT.encode(), [{"external_id": "C-1"}], b'[{"external_id": "C-1"}]'],
    ids=["text", "bytes", "records", "json"],
)
def test_every_kind_of_source(upload: Any, source: Any, tmp_path: Path) -> None:
    with Sandbox() as server:
        done = upload(server, source, "customers", journal=tmp_path / "j")
        assert done.complete
        assert ids(server)[0] == "C-1"


def test_streams_too(upload: Any, tmp_path: Path) -> None:
    with Sandbox() as server:
        assert upload(server, io.BytesIO(TEXT.encode()), "customers", journal=tmp_path / "j").taken == 10
        with pytest.raises(UsageError, match="can be read again"):
            upload(server, io.BytesIO(b""), "customers", journal=tmp_path / "k", refused=tmp_path / "r")


def test_events_in_doubt(upload: Any, tmp_path: Path) -> None:
    with Sandbox(faults=["drop-after@2"]) as server:
        held = upload(server, EVENTS, "events", journal=tmp_path / "j", max_records=5)
        assert (held.ending, held.taken, held.in_doubt) == (Ending.HELD, 5, 5)
        assert [(each.code, each.row) for each in held.report.errors] == [("row-in-doubt", row) for row in range(6, 11)]
        done = upload(server, EVENTS, "events", journal=tmp_path / "j", max_records=5, in_doubt="settle")
        assert (done.ending, done.taken, done.requests) == (Ending.DONE, 10, 0)


def test_the_report_of_an_upload_that_stopped_is_not_valid(upload: Any, tmp_path: Path) -> None:
    with Sandbox(faults=["revoke@2"]) as server:
        done = upload(server, TEXT, "customers", journal=tmp_path / "j", max_records=4)
    assert (done.ending, done.taken, done.report.valid) == (Ending.MISUSE, 4, False)
    (error,) = done.report.errors
    assert (error.code, error.row) == ("not-uploaded", None)
    assert error.message == f"6 of 10 valid rows are not uploaded: {done.message}"


def test_every_row_in_doubt_is_listed(upload: Any, tmp_path: Path) -> None:
    line = "BROWSE,C,2024-01-01T00:00:00Z,P\n"
    with Sandbox(faults=["drop-after@1"]) as server:
        held = upload(server, EVENTS.partition("\n")[0] + "\n" + line * 300, "events", journal=tmp_path / "j")
    assert [each.row for each in held.report.errors] == [*range(1, 301)]


def test_the_same_content_again(upload: Any, tmp_path: Path) -> None:
    with Sandbox() as server:
        for options in ({}, {"if_new": True}, {"again": True}):
            assert upload(server, TEXT, "customers", journal=tmp_path / "j", **options).complete
        with pytest.raises(UsageError, match="was uploaded by"):
            upload(server, TEXT, "customers", journal=tmp_path / "j")
        server.revoke(server.key)
        assert upload(server, TEXT, "customers", journal=tmp_path / "k").ending is Ending.MISUSE
        with pytest.raises(UsageError, match="another max-records"):
            upload(server, TEXT, "customers", journal=tmp_path / "k", max_records=3)


def test_nothing_is_sent_of_what_cannot_be(upload: Any, tmp_path: Path) -> None:
    journal = tmp_path / "j"
    with Sandbox() as server:
        with pytest.raises(InvalidData):
            upload(server, "external_id,price\nP,x\n", "products", journal=journal)
        for arguments, options in (
            ((TEXT, "customers"), {}),
            ((TEXT,), {"journal": journal}),
            ((TEXT, "customers"), {"journal": journal, "in_doubt": "maybe"}),
            ((TEXT, "customers"), {"journal": journal, "max_records": 0}),
            ((TEXT, "customers"), {"journal": journal, "again": True, "if_new": True}),
            ((TEXT, "customers"), {"journal": journal, "colour": "red"}),
            ((TEXT, "customers"), {"journal": journal, "again": "yes"}),
        ):
            with pytest.raises(UsageError):
                upload(server, *arguments, **options)
        assert not server.requests
    assert not journal.exists()


def test_without_a_key() -> None:
    with Client(url="http://127.0.0.1:1") as client, pytest.raises(UsageError, match="no key"):
        client.upload(TEXT, "customers", journal="j")


def test_what_was_cancelled_is_in_doubt_and_goes_on(tmp_path: Path) -> None:
    journal = tmp_path / "j"

    async def run(server: Sandbox) -> None:
        async with AsyncClient(url=server.url, key=server.key, rate=1e6) as client:
            task = asyncio.create_task(client.upload(TEXT, "customers", journal=journal, max_records=5))
            while not server.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with Sandbox(faults=["slow@1"], slow=5.0) as server:
        asyncio.run(run(server))
        events = [json.loads(line)["event"] for line in journal.read_text().splitlines()]
        assert events == ["begin", "run", "sending", "doubt"]
        with Client(url=server.url, key=server.key, rate=1e6) as client:
            assert client.upload(TEXT, "customers", journal=journal, max_records=5).complete
        assert len(ids(server)) == 10


@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_interrupted_before_it_is_sent_is_in_no_doubt(
    is_async: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a host is looked up or connected: a second run brings the same events, and nothing is held."""
    journal, stuck = tmp_path / "j", threading.Event()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    async def hang(*_: object, **__: object) -> None:
        stuck.set()
        await asyncio.sleep(PATIENCE)

    async def run(server: Sandbox) -> None:
        async with AsyncClient(url=server.url, key=server.key, rate=1e6) as client:
            task = asyncio.create_task(client.upload(EVENTS, "events", journal=journal))
            while not stuck.is_set():
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with Sandbox() as server, Client(url=server.url, key=server.key, rate=1e6) as client:
        with monkeypatch.context() as patched:
            if is_async:
                patched.setattr("custobar_formats.upload.transport._AsyncBackend.connect_tcp", hang)
                asyncio.run(run(server))
            else:
                patched.setattr("custobar_formats.upload.transport._Backend.connect_tcp", interrupt)
                with pytest.raises(KeyboardInterrupt):
                    client.upload(EVENTS, "events", journal=journal)
        names = [json.loads(line)["event"] for line in journal.read_text().splitlines()]
        assert names == ["begin", "run", "sending", "failed"]
        assert client.upload(EVENTS, "events", journal=journal).complete
        assert len(server.records("events")) == 10


def test_two_at_once_do_not_share_a_journal(tmp_path: Path) -> None:
    journal = tmp_path / "j"

    async def run(server: Sandbox) -> list[Any]:
        async with AsyncClient(url=server.url, key=server.key, rate=1e6) as client:
            work = (client.upload(TEXT, "customers", journal=journal, max_records=1) for _ in range(2))
            return await asyncio.gather(*work, return_exceptions=True)

    with Sandbox() as server:
        one, other = sorted(asyncio.run(run(server)), key=lambda each: isinstance(each, JournalStopped))
        assert one.complete
        assert isinstance(other, JournalStopped)
        assert len(server.requests) == 10


def test_the_loop_is_not_blocked(tmp_path: Path) -> None:
    """Another task goes on while files are validated and written."""

    async def run(server: Sandbox) -> int:
        async with AsyncClient(url=server.url, key=server.key, rate=1e6) as client:
            task = asyncio.create_task(client.upload(TEXT, "customers", journal=tmp_path / "j", max_records=1))
            turns = 0
            while not task.done():
                turns += 1
                await asyncio.sleep(0)
            assert (await task).complete
            return turns

    with Sandbox() as server:
        assert asyncio.run(run(server)) > 20
