"""What a journal has as taken is left out of the bodies when an upload goes on, if that is still so under the lock."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from custobar_formats import UsageError
from custobar_formats.upload.answers import Answer, Verdict
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.bodies import JsonBodies
from custobar_formats.upload.endings import Ended, Ending
from custobar_formats.upload.journal import Journal
from custobar_formats.upload.journal_file import JournalStopped
from custobar_formats.upload.journal_lines import Begin, Event, Outcome, Run, Sending, State
from custobar_formats.upload.row_map import Spans
from custobar_formats.upload.run import Clock, Interrupted, Send
from custobar_formats.upload.uploads import Call, make_call

OK = Answer(Verdict.ACCEPTED, 200, run_id="r")
NOW = datetime(2026, 12, 1, tzinfo=UTC)
CLOCK = Clock(lambda: 0.0, lambda: NOW, lambda: 0.5)
ROWS = 1000
TEXT = "external_id\n" + "".join(f"C-{number}\n" for number in range(1, ROWS + 1))
WHOLE, PART, OTHER = ((1, 500),), ((1, 250),), ((251, 500),)


def call_of(source: Any, folder: Path, **options: Any) -> Call:
    given: Any = {"journal": folder / "journal", "max_records": 100, **options}
    return make_call(source, "customers", "https://acme.custobar.com", given, rate=1e9, patience=900)


def drive(call: Call, batches: Batches, requests: int = ROWS) -> tuple[list[Spans], Ended]:
    """The rows of the requests of a run, which is interrupted at one of them; and how it has ended."""
    sent: list[Spans] = []
    with batches, call.job(batches, CLOCK, lambda _: None) as job:
        step = job.next()
        while not isinstance(step, Ended):
            sent += [step.batch.rows] if isinstance(step, Send) else []
            step = job.next(None if not isinstance(step, Send) else OK if len(sent) < requests else Interrupted())
    return sent, step


def begun(source: Any, folder: Path, **options: Any) -> Call:
    """An upload of which rows 1 to 900 are taken, and the others in doubt."""
    call = call_of(source, folder, **options)
    assert drive(call, call.prepare(), 10)[1].ending is Ending.INTERRUPTED
    return call


def left_out(call: Call) -> Spans:
    with call.prepare() as batches:
        return batches.taken


def as_path(folder: Path) -> Path:
    path = folder / "customers.csv"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.mark.parametrize("make", [as_path, lambda _: TEXT, lambda _: TEXT.encode()], ids=["path", "text", "bytes"])
def test_only_blocks_with_rows_to_send_are_encoded(make: Callable[[Path], Any], tmp_path: Path) -> None:
    call = begun(make(tmp_path), tmp_path)
    encoded: list[int] = []
    encode = JsonBodies.encode

    def counting(self: JsonBodies, block: Any) -> Any:
        encoded.append(len(block.numbers))
        return encode(self, block)

    with mock.patch.object(JsonBodies, "encode", counting):
        batches = call.prepare()
    assert sum(encoded) < 250
    assert batches.records == batches.report.valid_rows == ROWS
    assert drive(call, batches) == ([((901, 1000),)], Ended(Ending.DONE))


@pytest.mark.parametrize(
    "source", [io.StringIO(TEXT), io.BytesIO(TEXT.encode()), [{"external_id": "C-1"}]], ids=["text", "bytes", "records"]
)
def test_nothing_is_left_out_of_what_cannot_be_read_again(source: Any, tmp_path: Path) -> None:
    begun(TEXT, tmp_path)
    assert left_out(call_of(source, tmp_path)) == ()


@pytest.mark.parametrize(
    "options", [{"max_records": 50}, {"blank": "erase"}, {"send": "csv"}, {"encoding": "utf-8"}, {"delimiter": ","}]
)
def test_nothing_is_left_out_under_other_options(options: Any, tmp_path: Path) -> None:
    begun(TEXT, tmp_path)
    assert left_out(call_of(TEXT, tmp_path, **options)) == ()


def test_nothing_is_left_out_of_a_file_of_another_size(tmp_path: Path) -> None:
    path = as_path(tmp_path)
    call = begun(path, tmp_path)
    assert left_out(call) == ((1, 900),)
    path.write_text(TEXT + "C-0\n", "utf-8")
    assert left_out(call) == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_journal_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "journal")
    call = call_of(TEXT, tmp_path)
    with call.prepare() as batches, pytest.raises(UsageError, match="regular file"):
        call.job(batches, CLOCK, lambda _: None)


def test_nothing_is_left_out_of_sales(tmp_path: Path) -> None:
    text = "sale_external_id,external_id,sale_date,sale_customer_id,product_id,total\n"
    text += "".join(f"S-{row // 3},R-{row},2024-01-01T00:00:00Z,C,P,{row}\n" for row in range(300))
    given: Any = {"journal": tmp_path / "journal", "max_records": 30}
    call = make_call(text, "sales", "https://acme.custobar.com", given, rate=1e9, patience=900)
    drive(call, call.prepare(), 9)
    batches = call.prepare()
    assert batches.taken == ()
    assert drive(call, batches)[0] == [((241, 270),), ((271, 300),)]


@pytest.mark.parametrize("rejects", ["path", "stream", "none"])
def test_all_is_sent_if_the_journal_has_gone_meanwhile(rejects: str, tmp_path: Path) -> None:
    text = TEXT if rejects == "none" else TEXT.replace("C-7\n", "C-7,x\n")
    stream = io.BytesIO()
    options: Any = {"none": {}, "path": {"rejects": tmp_path / "rejects"}, "stream": {"rejects": stream}}[rejects]
    call = begun(text, tmp_path, **options)
    written = (tmp_path / "rejects").read_bytes() if rejects == "path" else stream.getvalue()
    stream.seek(0)
    stream.truncate()
    batches = call.prepare()
    assert batches.taken
    os.remove(call.journal)
    sent, ended = drive(call, batches)
    assert (ended.ending, sent[0][0][0], sent[-1][-1][-1]) == (Ending.DONE, 1, 1000)
    assert sum(last - first + 1 for rows in sent for first, last in rows) == batches.records
    assert written == ((tmp_path / "rejects").read_bytes() if rejects == "path" else stream.getvalue())
    assert bool(batches.rejected) == (rejects != "none")


@pytest.mark.parametrize("text", [TEXT.replace("C-3\n", "C-Z\n"), TEXT.replace("C-3\n", "C-4\n"), "external_id\n\n"])
def test_nothing_is_sent_if_the_source_has_changed_too(text: str, tmp_path: Path) -> None:
    path = as_path(tmp_path)
    call = begun(path, tmp_path)
    batches = call.prepare()
    os.remove(call.journal)
    path.write_text(text, "utf-8")
    with pytest.raises(JournalStopped, match="changed while it was read"):
        drive(call, batches)
    assert not Path(call.journal).exists()


def test_other_content_of_the_same_size_is_sent_whole(tmp_path: Path) -> None:
    """The guess was wrong: the digest shows it, and the source is read once more."""
    path = as_path(tmp_path)
    call = begun(path, tmp_path)
    path.write_text(TEXT.replace("C-3\n", "C-Z\n"), "utf-8")
    batches = call.prepare()
    assert batches.taken
    sent, ended = drive(call, batches)
    assert (ended.ending, len(sent)) == (Ending.DONE, 10)


@pytest.mark.parametrize(
    ("events", "taken"),
    [
        ([Sending(WHOLE, ""), Outcome(State.TAKEN, WHOLE)], WHOLE),
        ([Sending(WHOLE, ""), Outcome(State.FAILED, WHOLE), Sending(WHOLE, ""), Outcome(State.TAKEN, WHOLE)], WHOLE),
        ([Sending(WHOLE, ""), Run(2), Sending(WHOLE, ""), Outcome(State.TAKEN, WHOLE)], WHOLE),
        ([Sending(WHOLE, ""), Run(2), Outcome(State.TAKEN, WHOLE, settled=True)], WHOLE),
        ([Sending(WHOLE, ""), Outcome(State.SPLIT, WHOLE), Sending(PART, ""), Outcome(State.TAKEN, PART)], ()),
        ([Sending(WHOLE, ""), Run(2), Sending(PART, ""), Outcome(State.TAKEN, PART)], ()),
        ([Sending(WHOLE, ""), Outcome(State.SPLIT, WHOLE), Sending(WHOLE, ""), Outcome(State.TAKEN, WHOLE)], ()),
        ([Sending(WHOLE, ""), Outcome(State.REFUSED, WHOLE)], ()),
        ([Sending(WHOLE, "")], ()),
        ([Sending(p, "") for p in (PART, OTHER)] + [Outcome(State.TAKEN, p) for p in (PART, OTHER)], WHOLE),
    ],
)
def test_what_was_taken_as_it_was_cut(events: list[Event], taken: Spans) -> None:
    journal = Journal()
    begin = Begin("a.csv", 1, "0" * 64, "customers", "https://acme.custobar.com", True)
    for event in [begin, Run(1), *events]:
        journal.record(event, NOW)
    assert journal.taken_whole() == taken
