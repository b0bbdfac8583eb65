"""``Client.upload`` and ``AsyncClient.upload`` against the documented server."""

from __future__ import annotations

import asyncio
import io
import json
import re
import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import InvalidData, UsageError, from_csv
from custobar_formats.pipeline.options import Options
from custobar_formats.upload.client import AsyncClient, Client
from custobar_formats.upload.endings import Ending
from custobar_formats.upload.journal_file import JournalStopped
from custobar_formats.upload.journal_lines import Begin
from custobar_formats.upload.sandbox_server import Sandbox
from custobar_formats.upload.uploads import Uploaded, make_call
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
        with pytest.raises(UsageError, match="doubted= needs a source that can be read again"):
            upload(server, io.BytesIO(b""), "customers", journal=tmp_path / "k", doubted=tmp_path / "r")


def test_events_in_doubt(upload: Any, tmp_path: Path) -> None:
    with Sandbox(faults=["drop-after@2"]) as server:
        held = upload(server, EVENTS, "events", journal=tmp_path / "j", max_records=5)
        assert (held.ending, held.taken, held.in_doubt) == (Ending.HELD, 5, 5)
        assert [(each.code, each.row) for each in held.report.errors] == [("row-in-doubt", row) for row in range(6, 11)]
        done = upload(server, EVENTS, "events", journal=tmp_path / "j", max_records=5, in_doubt="settle")
        assert (done.ending, done.taken, done.requests) == (Ending.DONE, 10, 0)


def test_rows_in_doubt_go_to_a_file(upload: Any, tmp_path: Path) -> None:
    file = tmp_path / "doubted.csv"
    with Sandbox(faults=["drop-after@2", "portal-html@3"]) as server:
        options: dict[str, Any] = {"journal": tmp_path / "j", "max_records": 4, "doubted": file}
        stopped = upload(server, EVENTS, "events", **options)
        assert (stopped.ending, stopped.in_doubt) == (Ending.STOPPED, 6)  # the last ones may have arrived, too
        rows = file.read_text("utf-8").splitlines()[1:]
        assert [row.split(",")[-3] for row in rows] == [f"C-{number}" for number in range(4, 10)]
        assert rows[4].startswith('"in doubt: sent at 20')
        assert rows[4].partition('",')[0].endswith("no answer shows if it has arrived 200")
        assert f"upload the others from {file}" in (stopped.report.errors[0].hint or "")
        file.write_text("mine", "utf-8")
        held = upload(server, EVENTS, "events", **options)
        assert held.message == (
            f"rows are in doubt: look in Custobar if those of {file} have arrived, then give in_doubt='settle' or "
            "in_doubt='resend'"
        )
        assert held.notes[-1].startswith(f"an earlier file of rows in doubt is kept as {tmp_path / 'doubted.20'}")
        assert file.read_text("utf-8").splitlines()[1:] == rows
        assert upload(server, EVENTS, "events", **options, in_doubt="settle").complete
        assert file.read_text("utf-8").splitlines()[1:] == rows


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
        with pytest.raises(UsageError, match="was uploaded at"):
            upload(server, TEXT, "customers", journal=tmp_path / "j")
        server.revoke(server.key)
        assert upload(server, TEXT, "customers", journal=tmp_path / "k").ending is Ending.MISUSE
        with pytest.raises(UsageError, match="another max-records"):
            upload(server, TEXT, "customers", journal=tmp_path / "k", max_records=3)


MAPPING = 'entity = "customers"\n[columns]\nexternal_id = "Nro"\ncity = "Kaupunki"\n'


def test_another_mapping_of_the_same_content_is_another_upload(upload: Any, tmp_path: Path) -> None:
    """By what the file of the mapping has now, whatever its name; a comment is nothing of it."""
    mapping, text = tmp_path / "m.toml", "Nro,Kaupunki,Maa\nC-1,Oulu,Vaasa\n"
    with Sandbox() as server:
        cities = []
        for content in (MAPPING, MAPPING + "# comment\n", MAPPING.replace("Kaupunki", "Maa")):
            mapping.write_text('ignore = ["*"]\n' + content, "utf-8")
            done = upload(server, text, journal=tmp_path / "j", mapping=mapping, if_new=True)
            cities.append((server.records("customers")[0]["city"], done.requests, done.notes))
    assert [each[:2] for each in cities] == [("Oulu", 1), ("Oulu", 0), ("Vaasa", 1)]
    assert cities[0][2] == ()
    assert re.fullmatch("the same content was uploaded at .* UTC", *cities[1][2])
    assert re.fullmatch(
        "the same content was uploaded at .* UTC with another mapping: a new upload begins", *cities[2][2]
    )


def test_refused_rows_of_the_same_content_stay(upload: Any, tmp_path: Path) -> None:
    refused, rejects = tmp_path / "refused.csv", tmp_path / "rejects.csv"
    given: Any = {"journal": tmp_path / "j", "if_new": True, "refused": refused, "rejects": rejects}
    text = "external_id,price\nP-1,1\nP-2,2\nP-3,x\n"
    with Sandbox(faults=["422@1", "422@3"]) as server:
        first = upload(server, text, "products", **given)
        kept = refused.read_bytes(), rejects.read_bytes()
        for path in (refused, rejects):
            path.write_text("corrected", "utf-8")
        again = upload(server, text, "products", **given)
        assert (again.taken, again.refused, again.rejected, again.complete) == (1, 1, 1, False)
        assert [each.code for each in again.report.errors] == [each.code for each in first.report.errors]
        assert refused.read_text("utf-8") == rejects.read_text("utf-8") == "corrected"
        note = rf"the same content .* UTC; 1 row was refused \({refused}\), 1 row had errors \({rejects}\): .*"
        assert re.fullmatch(note, *again.notes)
        for path in (refused, rejects):
            path.unlink()
        upload(server, text, "products", **given)
        assert (refused.read_bytes(), rejects.read_bytes()) == kept
        with pytest.raises(UsageError, match="but for 1 row that Custobar refused"):
            upload(server, text, "products", **{**given, "if_new": False})
        assert len(server.requests) == first.requests


def as_path(text: str, folder: Path) -> Path:
    (folder / "events.csv").write_text(text, "utf-8")
    return folder / "events.csv"


FORMS: dict[str, Callable[[str, Path], Any]] = {
    "path": as_path,
    "text": lambda text, _: text,
    "bytes": lambda text, _: text.encode(),
    "stream": lambda text, _: io.BytesIO(text.encode()),
    "lines": lambda text, _: io.StringIO(text),
    "JSON lines": lambda text, _: "".join(json.dumps(each) + "\n" for each in from_csv(text, "events")).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_events_that_have_grown(upload: Any, form: str, tmp_path: Path) -> None:
    make, given = FORMS[form], {"journal": tmp_path / "j"}
    more = EVENTS + "BROWSE,C-9,2024-01-01T00:00:00Z,P\n"
    with Sandbox() as server:
        upload(server, make(EVENTS, tmp_path), "events", **given)
        for if_new in (False, True):
            with pytest.raises(UsageError, match="has grown since .*: 10 rows would be stored twice.* with again=True"):
                upload(server, make(more, tmp_path), "events", if_new=if_new, **given)
        assert len(server.records("events")) == 10
        other = upload(server, make(more.replace("P\n", "Q\n"), tmp_path), "events", **given)
        assert re.fullmatch("the file had other content, uploaded at .* UTC: a new upload begins", *other.notes)
        assert len(server.records("events")) == 21


OPTIONS: dict[str, Any] = {
    "format": "csv",
    "encoding": "latin-1",
    "delimiter": ";",
    "content_type": "text/csv; charset=latin-1",
    "blank": "erase",
    "list_gaps": "close",
    "entity": "products",
    "min_rows": 1,
    "header": 2,
    "mapping": {"entity": "products", "columns": {"external_id": "Nro"}},
    "sheet": 1,
}
NO_PART = {"parse_float", "fixes"}
"""Options of other functions."""


@pytest.mark.parametrize("name", [each.name for each in fields(Options) if each.name not in NO_PART])
def test_each_option_that_changes_what_arrives_is_in_the_begin(name: str) -> None:
    def begin(**given: Any) -> Begin:
        options: Any = {"journal": "j", **given}
        plan = make_call("external_id\nP-1\n", "products", "https://a.example", options, rate=1, patience=1).plan
        return plan._begin(1, "", "products", identified=True)

    assert (begin().options == begin(**{name: OPTIONS[name]}).options) == (name in ("entity", "min_rows"))


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
