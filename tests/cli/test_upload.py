"""The command ``upload`` against the documented server: what arrives, what is printed, and the exit codes."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.signals import SignalRaised
from custobar_formats.cli.terminal import INVALID, MISUSE, STOPPED, VALID
from custobar_formats.cli.upload_file import HELD
from custobar_formats.upload.sandbox_server import Sandbox
from custobar_formats.upload.transport import Transport
from tests.processes import Ended, environment, start
from tests.ranges import small_ranges
from tests.unit.upload.wires import Peer, serving

PRODUCTS = "external_id,title,price\n" + "".join(f"P-{number},Tuote,{number}\n" for number in range(1, 9))
EVENTS = "type,customer_id,date,product_id\n" + "".join(
    f"BROWSE,C-{number},2024-01-01T00:00:0{number}Z,P-1\n" for number in range(1, 9)
)
SALES = "sale_external_id,external_id,sale_date,sale_customer_id,product_id,total\nS,R,2024-01-01T00:00:00Z,C,P-1,5\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("products", PRODUCTS), ("events", EVENTS), ("sales", SALES)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    (tmp_path / "bad.csv").write_text(PRODUCTS + "P-9,Tuote,x\n", "utf-8")
    return tmp_path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as running:
        monkeypatch.setenv("CUSTOBAR_API_KEY", running.key)
        yield running


def upload(server: Sandbox, *words: str, code: int) -> None:
    assert main(["upload", *words, "--url", server.url, "--rate", "100000"]) == code


def with_faults(monkeypatch: pytest.MonkeyPatch, *faults: str) -> Sandbox:
    server = Sandbox(faults=faults)
    monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
    return server


def ids(server: Sandbox, entity: str = "products") -> list[str]:
    return [str(each.get("external_id", each.get("customer_id"))) for each in server.records(entity)]


def test_what_several_processes_validate_arrives_as_from_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (f"P-{row},Tuote,{'x' if row % 50 == 0 else row}\n" for row in range(600))
    (folder / "many.csv").write_text("external_id,title,price\n" + "".join(rows), "utf-8")
    sent = []
    for jobs in ("1", "3"):
        with Sandbox() as server:
            monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
            with small_ranges():
                upload(server, "many.csv", "--rejects", f"bad-{jobs}.csv", "-j", jobs, code=INVALID)
            sent.append([*server.records("products"), len(server.requests), (folder / f"bad-{jobs}.csv").read_text()])
    assert sent[0] == sent[1]
    assert sent[0][-2] == 2
    assert len(sent[0]) == 590


def test_what_is_valid_arrives_once(folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    upload(server, "products.csv", "--max-records", "3", code=VALID)
    assert ids(server) == [f"P-{number}" for number in range(1, 9)]
    assert capsys.readouterr() == ("", "products.csv: 8 rows taken; 3 requests\n")
    (journal,) = folder.glob("*.upload-journal")
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600 or os.name == "nt"
    upload(server, "products.csv", "--max-records", "3", code=MISUSE)
    assert re.search("upload-journal: the same content was uploaded .* with --again", capsys.readouterr().err)
    upload(server, "products.csv", "--max-records", "3", "--if-new", code=VALID)
    assert len(server.requests) == 3
    upload(server, "products.csv", "--max-records", "3", "--again", code=VALID)
    assert len(server.requests) == 6
    assert (folder / f"{journal.name}.old").exists()


def test_a_dry_run_sends_nothing_and_needs_no_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CUSTOBAR_API_KEY", raising=False)
    assert main(["upload", "products.csv", "events.csv", "--dry-run", "--max-records", "3"]) == VALID
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(
        r"products.csv: 8 records of products in 3 requests, \d+ bytes; under a minute at 120 requests a minute",
        lines[0],
    )
    assert lines[1].endswith("; 8 records without an identifier, which may not be sent twice")
    assert {path.suffix for path in folder.iterdir()} == {".csv"}


@pytest.mark.parametrize("options", [(), ("--in-doubt", "settle"), ("--in-doubt", "resend"), ("--in-doubt", "hold")])
@pytest.mark.parametrize("name", ["products.csv", "events.csv"])
@pytest.mark.parametrize(
    "faults", ["portal-html@3", "drop-after@2", "422@2 portal-html@4", "early-413@1 portal-html@3"]
)
def test_a_dry_run_shows_what_the_next_run_does(
    faults: str,
    name: str,
    options: tuple[str, ...],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its requests, bytes and exit code are those of the run, and the journal is as it was."""
    words = (name, "--max-records", "2", "--patience", "0")
    with with_faults(monkeypatch, *faults.split()) as server:
        main(["upload", *words, "--url", server.url])
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        count = len(server.requests)
        capsys.readouterr()
        code = main(["upload", *words, *options, "--url", server.url, "--dry-run"])
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert len(server.requests) == count
        shown = capsys.readouterr().err
        sent: list[bytes] = []
        post = Transport.post

        def noted(transport: Transport, path: str, content_type: str, body: bytes, *, fresh: bool) -> Any:
            sent.append(body)
            return post(transport, path, content_type, body, fresh=fresh)

        monkeypatch.setattr(Transport, "post", noted)
        upload(server, *words, *options, code=code)
        printed = capsys.readouterr().err
    for each in (shown, printed):
        assert re.search(f"^{name}: going on: [0-9]+ rows taken, [0-9]+ refused, [0-9]+ in doubt$", each, re.M)
    assert re.findall("^(error: .*)$", shown, re.M) == re.findall("^(error: .*)$", printed, re.M)
    assert re.search(rf" in {len(sent)} requests?, {sum(map(len, sent)):,} bytes; ", shown)


def test_a_dry_run_is_refused_where_the_upload_would_be(
    folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(server, "products.csv", code=VALID)
    (folder / "broken.journal").write_text('{"n": 1}\n')
    for options in ([], ["--max-records", "3"], ["--journal", "broken.journal"], ["--again", "--if-new"]):
        capsys.readouterr()
        upload(server, "products.csv", *options, code=MISUSE)
        refusal = capsys.readouterr().err
        upload(server, "products.csv", *options, "--dry-run", code=MISUSE)
        assert capsys.readouterr().err == refusal
    upload(server, "products.csv", "--if-new", "--dry-run", code=VALID)
    assert re.search("products.csv: the same content was uploaded at [^:]*:[0-9]* UTC\n", capsys.readouterr().err)
    upload(server, "products.csv", "--again", "--dry-run", code=VALID)
    assert "products.csv: 8 records of products in 1 request, " in capsys.readouterr().err
    assert main(["upload", "products.csv", "--dry-run"]) == VALID  # without an address, which is in the journal's name
    assert "products.csv: 8 records of products in 1 request, " in capsys.readouterr().err


def test_a_dry_run_of_several_files_ends_where_the_upload_would(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with with_faults(monkeypatch, "drop-after@1") as server:
        words = ("sales.csv", "events.csv", "--keep-order")
        upload(server, "sales.csv", "--in-doubt", "hold", code=HELD)
        capsys.readouterr()
        upload(server, *words, "--in-doubt", "hold", "--dry-run", code=HELD)
    assert "\nwould not be uploaded: events.csv\n" in capsys.readouterr().err


def test_nothing_invalid_is_sent(folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    upload(server, "products.csv", "bad.csv", "--entity", "products", code=INVALID)
    printed = capsys.readouterr().err
    assert "'x' is not an integer" in printed
    assert printed.endswith("bad.csv: nothing was sent\nnothing was sent of the other files either\n")
    assert not server.requests
    upload(server, "bad.csv", "--entity", "products", code=INVALID)
    assert "--rejects FILE takes the rows with errors, and uploads the others" in capsys.readouterr().err
    upload(server, "bad.csv", "--entity", "products", "--rejects", "r.csv", code=INVALID)
    assert len(ids(server)) == 8
    assert "P-9,Tuote,x" in (folder / "r.csv").read_text("utf-8")
    assert "    fix them in that file, and upload it too\n" in capsys.readouterr().err


def test_rejected_rows_are_uploaded_from_their_file_once_they_are_fixed(folder: Path, server: Sandbox) -> None:
    upload(server, "bad.csv", "--entity", "products", "--rejects", "r.csv", code=INVALID)
    rejects = folder / "r.csv"
    rejects.write_text(
        re.sub('^(?:"[^"]*"|[^,]*),(P-9),Tuote,x$', r",\1,Tuote,5", rejects.read_text("utf-8"), flags=re.M), "utf-8"
    )
    upload(server, "r.csv", "--entity", "products", code=VALID)
    assert ids(server)[-1] == "P-9"


@pytest.mark.parametrize(("rows", "code", "sent"), [(8, VALID, 1), (9, INVALID, 0)])
def test_a_file_of_too_few_records_is_not_sent(
    rows: int, code: int, sent: int, folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(server, "products.csv", "--min-rows", str(rows), "--dry-run", code=code)
    upload(server, "products.csv", "--min-rows", str(rows), code=code)
    assert len(server.requests) == sent
    printed = capsys.readouterr().err
    assert ("(no-records)" in printed) is (code == INVALID)
    assert ("products.csv: nothing was sent\n" in printed) is (code == INVALID)


OVER = "a sale of 502 rows and 68,666 bytes is more than one request takes"


def large_sale(rows: int) -> str:
    """A sale of so many rows, one of them behind another sale."""
    lines = [f"S-1,R-{row},2024-01-01T00:00:00Z,C,P-1,5\n" for row in range(1, rows + 1)]
    other = "S-2,Q,2024-01-01T00:00:00Z,C,P-1,5\n"
    return SALES.splitlines(keepends=True)[0] + "".join([*lines[:-1], other, lines[-1]])


def test_a_sale_that_is_too_large_is_warned_of_before_it_is_sent(
    folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is never divided, and all its rows come back if it is refused."""
    (folder / "sales.csv").write_text(large_sale(502), "utf-8")
    upload(server, "sales.csv", "--dry-run", code=VALID)
    assert f"warning: {OVER} (over-limit)\n" in capsys.readouterr().err
    upload(server, "sales.csv", "--strict", code=INVALID)
    printed = capsys.readouterr().err
    assert "warnings count as errors (--strict)\nsales.csv: nothing was sent" in printed
    upload(server, "sales.csv", "--strict", "--rejects", "r.csv", code=INVALID)
    assert not (folder / "r.csv").exists()
    assert not server.requests
    capsys.readouterr()
    upload(server, "sales.csv", code=INVALID)
    printed = capsys.readouterr().err
    assert printed.startswith(f"sales.csv:2: warning: over-limit: row 1: {OVER} (it is never divided")
    assert printed.count(OVER) == 1
    verdict = "sales.csv: invalid: 1 of 503 rows valid; Custobar takes or refuses a sale only as a whole, 502 errors, "
    assert verdict + "1 warning" in printed
    assert [each.status for each in server.requests] == [200, 400]
    refused = (folder / "sales.csv.refused.csv").read_text("utf-8").splitlines()[1:]
    assert [line.split(",")[2] for line in refused] == [f"R-{row}" for row in range(1, 503)]
    assert all(line.startswith("refused by Custobar: 400 too_many_records,S-1,") for line in refused)
    assert ids(server, "sales") == ["Q"]


def test_a_refused_sale_of_more_rows_than_may_be_refused_blocks_nothing(
    folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is one refusal; and where even that is one too many, it is in the refused file, and the others go next."""
    first, *rows = large_sale(502).splitlines(keepends=True)
    text = "".join([first, *(row for row in rows if "S-2" not in row), rows[-2]])
    (folder / "sales.csv").write_text(text, "utf-8")
    upload(server, "sales.csv", "--max-refused", "1", code=INVALID)
    assert ids(server, "sales") == ["Q"]
    (folder / "sales.csv").write_text(text.replace("S-2,Q", "T-2,Q2"), "utf-8")
    capsys.readouterr()
    upload(server, "sales.csv", "--max-refused", "0", code=STOPPED)
    printed = capsys.readouterr().err
    assert "502 refused (sales.csv.refused.csv), 1 not sent" in printed
    assert "error: sales.csv: more than 0 sales are refused, the last with 400 too_many_records" in printed
    assert ": look at them in sales.csv.refused.csv; then the same command goes on with the others" in printed
    assert "in one request with others" not in printed
    assert (folder / "sales.csv.refused.csv").read_text("utf-8").count(",S-1,") == 502
    upload(server, "sales.csv", "--max-refused", "0", code=INVALID)
    assert ids(server, "sales") == ["Q", "Q2"]


def test_a_sale_as_large_as_a_request_is_no_warning(
    folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sales.csv").write_text(large_sale(500), "utf-8")
    upload(server, "sales.csv", code=VALID)
    assert capsys.readouterr().err == "sales.csv: 501 rows taken; 2 requests\n"


def test_several_that_are_too_large(folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    upload(server, "products.csv", "--max-bytes", "30", code=VALID)
    first, more, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("products.csv:2: warning: over-limit: row 1: a record of ")
    assert more == "products.csv: 7 more such warnings: --dry-run shows them"
    upload(server, "products.csv", "--max-bytes", "30", "--again", "-q", code=VALID)
    assert capsys.readouterr().err == ""


def test_an_export_is_uploaded_by_its_mapping(folder: Path, server: Sandbox) -> None:
    (folder / "vienti.csv").write_text("Nr;Nimi;Hinta\n1;Tuoli;24,90\n", "utf-8")
    (folder / "m.toml").write_text(
        'entity = "products"\n[columns]\nexternal_id = "Nr"\ntitle = "Nimi"\n'
        'price = { from = "Hinta", unit = "major", decimal = "," }\n',
        "utf-8",
    )
    upload(server, "vienti.csv", "--map", "m.toml", code=VALID)
    assert server.records("products") == [{"external_id": "1", "title": "Tuoli", "price": 2490}]


def test_files_are_uploaded_in_the_order_of_what_they_refer_to(folder: Path, server: Sandbox) -> None:
    upload(server, "events.csv", "sales.csv", "products.csv", code=VALID)
    targets = [each.target for each in server.requests]
    assert targets == ["/api/products/upload/", "/api/sales/upload/", "/api/events/upload/"]


def test_files_in_the_order_given(folder: Path, server: Sandbox) -> None:
    upload(server, "events.csv", "products.csv", "--keep-order", code=VALID)
    assert [each.target for each in server.requests] == ["/api/events/upload/", "/api/products/upload/"]


def test_stdin_is_uploaded_with_a_journal(
    folder: Path, server: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for code, options in ((MISUSE, []), (VALID, ["--journal", "j"])):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PRODUCTS.encode())))
        upload(server, "-", "--entity", "products", *options, code=code)
    printed = capsys.readouterr().err
    assert "stdin has no place for a journal: name one with --journal" in printed
    assert "<stdin>: 8 rows taken" in printed


def test_faults_are_survived(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("drop-after@1", "500-before@2", "garbage@3", "429-bare@5", "half-body@6", "503-wait@7", "103@8")
    with with_faults(monkeypatch, *names) as server:
        upload(server, "products.csv", "--max-records", "2", code=VALID)
        assert ids(server) == [f"P-{number}" for number in range(1, 9)]
        assert not server.violations


def test_a_refused_record_comes_back_as_its_row(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [f"422@{number}" for number in (2, 4, 5)]  # 5 to 8, then 7 and 8, then 7
    with with_faults(monkeypatch, *faults) as server:
        upload(server, "products.csv", "--max-records", "4", "--report", "json=r.json", code=INVALID)
        assert ids(server) == ["P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-8"]
    printed = capsys.readouterr().err
    assert "error: Custobar has refused it: 422" in printed
    assert "products.csv:8 (row 7)" in printed
    assert "products.csv: 7 rows taken, 1 refused (products.csv.refused.csv); 6 requests\n" in printed
    header, row = (folder / "products.csv.refused.csv").read_text("utf-8").splitlines()
    assert header == "__rejected_because,external_id,title,price"
    assert re.fullmatch("refused by Custobar: 422[a-z_ ]*,P-7,Tuote,7", row)
    (report,) = json.loads((folder / "r.json").read_text("utf-8"))
    assert [(each["code"], each["row"], each["line"]) for each in report["findings"]] == [("refused-row", 7, 8)]
    with Sandbox() as again:  # the rows as they came back can be uploaded
        monkeypatch.setenv("CUSTOBAR_API_KEY", again.key)
        upload(again, "products.csv.refused.csv", "--entity", "products", code=VALID)
        assert ids(again) == ["P-7"]


def test_the_end_is_journalled_after_the_refused_rows_are_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that ends in between, as on a full disk, leaves the same command something to go on with."""
    with with_faults(monkeypatch, "422@2", "422@4", "422@5") as server:
        words = ("products.csv", "--max-records", "4")
        with monkeypatch.context() as patched:
            patched.setattr("custobar_formats.upload.row_files.open_whole_output", full)
            upload(server, *words, code=STOPPED)
        printed = capsys.readouterr().err
        assert "products.csv.refused.csv: the refused rows cannot be written (No space left on device)" in printed
        (journal,) = folder.glob("*.upload-journal")
        assert '"event":"end"' not in journal.read_text("utf-8")
        count = len(server.requests)
        upload(server, *words, code=INVALID)
        assert '"event":"end"' in journal.read_text("utf-8")
        assert (folder / "products.csv.refused.csv").read_text("utf-8").count("422") == 1
        assert len(server.requests) == count


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_that_cannot_be_written_hides_no_other_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the exit code nor the line of an end is lost where the refused rows cannot be written either."""
    monkeypatch.setattr("custobar_formats.upload.row_files.open_whole_output", full)
    with with_faults(monkeypatch, "422@2", "422@4", "422@5", "revoke@6") as server:
        upload(server, "products.csv", "--max-records", "4", code=MISUSE)
    printed = capsys.readouterr().err
    assert "the key is not accepted" in printed
    assert "the refused rows cannot be written (No space left on device)" in printed


def test_refused_records_of_json_are_json_lines(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "products.json").write_text('{"products": [{"external_id": "A", "price": 1}, {"external_id": "B"}]}')
    with with_faults(monkeypatch, "422@1", "422@3") as server:
        upload(server, "products.json", code=INVALID)
    assert (folder / "products.json.refused.jsonl").read_text("utf-8") == '{"external_id":"B"}\n'
    printed = capsys.readouterr().err
    assert (
        "products.json: 1 row taken, 1 refused (products.json.refused.jsonl; the reasons are in the report); "
        in printed
    )
    assert "Custobar has refused it: 422" in printed


DOUBTED = "events.csv.in-doubt.csv"


def test_events_in_doubt_are_held_until_somebody_has_looked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with with_faults(monkeypatch, "drop-after@1") as server:
        upload(server, "events.csv", "--max-records", "4", code=HELD)
        printed = capsys.readouterr().err
        assert "error: 4 rows: the row may have arrived, and no answer shows it (row-in-doubt)" in printed
        assert f"events.csv: 4 rows taken, 4 in doubt ({DOUBTED}); 2 requests\n" in printed
        assert printed.endswith(
            f"look in Custobar if those of {DOUBTED} have arrived, then give --in-doubt settle or --in-doubt resend\n"
        )
        assert len(ids(server, "events")) == 8
        upload(server, "events.csv", "--max-records", "4", code=HELD)
        assert len(server.requests) == 2
        upload(server, "events.csv", "--max-records", "4", "--in-doubt", "settle", code=VALID)
        assert len(server.requests) == 2


def test_the_missing_ones_of_the_rows_in_doubt_are_uploaded_from_their_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first two have arrived, the next two in doubt have not: then no event is lost, and none is there twice."""
    with with_faults(monkeypatch, "drop-after@1", "drop-before@3") as server:
        upload(server, "events.csv", "--max-records", "2", code=HELD)
        file = folder / DOUBTED
        assert f"if only some, --in-doubt settle, and upload the others from {DOUBTED}" in capsys.readouterr().err
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name == "nt"
        header, *rows = file.read_text("utf-8").splitlines(keepends=True)
        assert header == f"__rejected_because,{EVENTS.splitlines()[0]}\n"
        reason = r'"in doubt: sent at 20\d\d-\d\d-\d\d \d\d:\d\d UTC, and no answer shows if it has arrived"'
        assert [re.sub(f"^{reason},", "", row) for row in rows] == [
            EVENTS.splitlines(keepends=True)[row] for row in (1, 2, 5, 6)
        ]
        file.write_text("".join([header, *rows[2:]]), "utf-8")
        upload(server, "events.csv", "--max-records", "2", "--in-doubt", "settle", code=VALID)
        assert file.read_text("utf-8") == "".join([header, *rows[2:]])
        upload(server, DOUBTED, code=VALID)
        assert sorted(ids(server, "events")) == [f"C-{number}" for number in range(1, 9)]


def kept_of(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in folder.glob("events.csv.in-doubt.*.csv")]


def test_a_file_of_rows_in_doubt_is_overwritten_by_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody may be working in it; one that is the same stays."""
    with with_faults(monkeypatch, "drop-after@1", "drop-after@3", "drop-after@5") as server:
        upload(server, "events.csv", "--max-records", "4", code=HELD)
        file = folder / DOUBTED
        first = file.read_text("utf-8")
        before = file.stat()
        upload(server, "events.csv", "--max-records", "4", code=HELD)
        assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert kept_of(folder) == []
        file.write_text("mine", "utf-8")
        capsys.readouterr()
        upload(server, "events.csv", "--max-records", "4", code=HELD)
        assert kept_of(folder) == ["mine"]
        assert (
            "events.csv: an earlier file of rows in doubt is kept as events.csv.in-doubt.20" in capsys.readouterr().err
        )
        assert file.read_text("utf-8") == first
        upload(server, "events.csv", "--max-records", "4", "--in-doubt", "settle", code=VALID)
        (folder / "events.csv").write_text(EVENTS.replace("C-", "D-"), "utf-8")
        upload(server, "events.csv", "--max-records", "4", code=HELD)  # the upload of other content
        assert sorted(kept_of(folder)) == sorted(["mine", first])
        assert "the rows in doubt of an earlier upload are kept as events.csv.in-doubt.20" in capsys.readouterr().err


def test_rows_in_doubt_that_cannot_be_written_hide_no_other_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("custobar_formats.upload.row_files.open_whole_output", full)
    with with_faults(monkeypatch, "drop-after@1") as server:
        upload(server, "events.csv", "--max-records", "4", code=HELD)
    printed = capsys.readouterr().err
    assert f"4 in doubt ({DOUBTED}: the rows in doubt cannot be written (No space left on device)" in printed
    assert not (folder / DOUBTED).exists()


def test_rows_that_the_next_run_sends_again_are_in_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with with_faults(monkeypatch, "drop-after@1", "revoke@2") as server:
        upload(server, "products.csv", code=MISUSE)
    assert not list(folder.glob("*.in-doubt.*"))


def test_records_of_json_in_doubt_are_json_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "products.json").write_text('[{"external_id": "A"}, {"external_id": "B"}]')
    with with_faults(monkeypatch, "drop-after@2") as server:
        upload(server, "products.json", "--max-records", "1", "--in-doubt", "hold", code=HELD)
    assert (folder / "products.json.in-doubt.jsonl").read_text("utf-8") == '{"external_id":"B"}\n'


def test_refused_rows_of_an_earlier_upload_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with with_faults(monkeypatch, "422@1", "422@2", "422@3") as server:
        upload(server, "events.csv", code=INVALID)
        (folder / "events.csv.refused.csv").write_text("corrected", "utf-8")
        for text in (EVENTS + "BROWSE,C,2024-02-01T00:00:00Z,P\n", EVENTS[:-1]):
            (folder / "events.csv").write_text(text, "utf-8")
            upload(server, "events.csv", code=INVALID)
    kept = [path for path in folder.glob("events.csv.refused.*.csv") if path.read_text("utf-8") == "corrected"]
    assert len(kept) == 1
    assert f"the refused rows of an earlier upload are kept as {kept[0].name}" in capsys.readouterr().err


@pytest.mark.parametrize("is_corrected", [False, True])
def test_a_run_that_goes_on_keeps_refused_rows_that_were_corrected(
    is_corrected: bool, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the first run has written is replaced by all refused rows, unless somebody has changed it."""
    words, refused = ["products.csv", "--max-records", "1"], folder / "products.csv.refused.csv"
    with with_faults(monkeypatch, "422@2", "portal-html@4", "422@6") as server:
        upload(server, *words, code=STOPPED)
        first = refused.read_text("utf-8")
        if is_corrected:
            refused.write_text(first + "by hand,P-9,Shoe,1\n", "utf-8")
        upload(server, *words, code=INVALID)
    kept = [path.read_text("utf-8") for path in folder.glob("products.csv.refused.2*.csv")]
    assert kept == ([first + "by hand,P-9,Shoe,1\n"] if is_corrected else [])
    assert ("an earlier file of refused rows is kept as" in capsys.readouterr().err) == is_corrected
    assert refused.read_text("utf-8").startswith(first)
    assert len(refused.read_text("utf-8").splitlines()) == len(first.splitlines()) + 1


def test_an_upload_with_rejects_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["bad.csv", "--entity", "products", "--rejects", "r.csv", "--max-records", "4"]
    with with_faults(monkeypatch, "portal-html@2") as server:
        upload(server, *words, code=STOPPED)
        upload(server, *words, code=INVALID)
        assert len(ids(server)) == 8
        upload(server, *words, code=MISUSE)  # it has ended, and its rejects are not to be overwritten


NARROWED = {
    "plain": ("events.csv", ["--max-records", "4"], "1"),
    "by default": ("events.csv", [], "25"),
    "mapped": (
        "Vienti 1.csv",
        ["--map", "m.toml", "--encoding", "utf-16", "--header", "2", "--with", "type=VISIT"],
        "25",
    ),
    "another entity by its name": ("customers.csv", ["--entity", "events", "-d", ";", "--key-file", "key"], "25"),
    "mapped by settings": ("webshop.csv", ["--settings", "s.toml", "--header", "2", "--max-bytes", "9000"], "25"),
    "sales": ("ostot.csv", ["--patience", "5"], "25"),
}


@pytest.mark.parametrize("name", NARROWED)
def test_refused_rows_without_identifiers_come_with_the_command_that_finds_out_which_they_are(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, words, fewer = NARROWED[name]
    export = "Title;x\nKuka;Koska;Mitä\n" + "".join(f"C-{n};1.2.2024 10:0{n};P-1\n" for n in range(8))
    (folder / "Vienti 1.csv").write_text(export, "utf-16")
    (folder / "webshop.csv").write_text(export, "utf-8")
    (folder / "customers.csv").write_text(EVENTS.replace(",", ";"), "utf-8")
    sales = SALES.replace("external_id,sale_date", "sale_date").replace("S,R,", "S,")
    (folder / "ostot.csv").write_text(sales + "".join(f"S{n}{sales.splitlines()[1][1:]}\n" for n in range(7)), "utf-8")
    (folder / "m.toml").write_text(
        'entity = "events"\n[columns]\ncustomer_id = "Kuka"\nproduct_id = "Mitä"\n'
        'date = { from = "Koska", dates = "%d.%m.%Y %H:%M", timezone = "Europe/Helsinki" }\n'
        'type = { ask = "the type" }\n',
        "utf-8",
    )
    (folder / "s.toml").write_text('[mapping]\n"webshop.csv" = "m.toml"\n[answers."m.toml"]\ntype = "VISIT"\n', "utf-8")
    with with_faults(monkeypatch, "422@1") as server:
        (folder / "key").write_text(server.key)
        (folder / "key").chmod(0o600)
        upload(server, file, *words, code=INVALID)
        (command,) = re.findall(
            "by the request: 'custobar-formats (.*)' finds out which ones$", capsys.readouterr().err
        )
        assert command.endswith(f" --max-records {fewer}")
        if "--key-file" in words:
            monkeypatch.delenv("CUSTOBAR_API_KEY")
        assert main(shlex.split(command)) == VALID
        assert len(server.records("sales" if name == "sales" else "events")) == 8


@pytest.mark.parametrize("words", [["--max-records", "1"], ["--max-records", "7"]])
def test_what_was_refused_alone_comes_without_that_command(
    words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with with_faults(monkeypatch, "422@2") as server:
        upload(server, "events.csv", *words, code=INVALID)
    printed = capsys.readouterr().err
    assert "1 refused (events.csv.refused.csv)" in printed
    assert "finds out" not in printed
    assert "with others" not in printed


def test_quietly(folder: Path, server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        upload(server, "products.csv", "--if-new", "-q", "--rejects", "r.csv", "--force", code=VALID)
    assert capsys.readouterr() == ("", "")


def test_events_in_doubt_are_sent_again_on_demand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with with_faults(monkeypatch, "drop-before@1") as server:
        upload(server, "events.csv", "--in-doubt", "resend", code=VALID)
        assert len(ids(server, "events")) == 8


def test_check_asks_for_one_record(folder: Path, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(server, "products.csv", "--check", code=VALID)
    monkeypatch.setenv("CUSTOBAR_API_KEY", server.make_key((("POST", "/api/products/upload/"),)))
    upload(server, "products.csv", "--check", code=VALID)
    monkeypatch.setenv("CUSTOBAR_API_KEY", "APIWRONG")
    upload(server, "products.csv", "--check", code=MISUSE)
    assert {each.method for each in server.requests} == {"GET"}


STOPPED_BY = {
    "revoke@1": (MISUSE, "the key is not accepted"),
    "redirect@1": (MISUSE, "the address leads elsewhere"),
    "portal-html@1": (STOPPED, "200: it is not an answer of Custobar's API, but such as the login page"),
}


@pytest.mark.parametrize(("fault", "expected"), STOPPED_BY.items())
def test_what_stops_the_run_says_what_to_do(
    fault: str,
    expected: tuple[int, str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with with_faults(monkeypatch, fault) as server:
        upload(server, "products.csv", "sales.csv", "--keep-order", code=expected[0])
        printed = capsys.readouterr().err
        assert expected[1] in printed
        assert printed.endswith("not uploaded: sales.csv\n")
        assert server.key not in printed


MISUSED = {
    "no address": (["products.csv"], "no address is given: --company NAME"),
    "two addresses": (["products.csv", "--company", "a", "--url", "https://b.example"], "give only one of them"),
    "no https": (["products.csv", "--url", "http://example.com"], "https"),
    "no company": (["products.csv", "--company", "acme.custobar.com"], "acme"),
    "twice": (["products.csv", "./products.csv", "--company", "a"], "the same file is named twice"),
    "rejects of two": (["products.csv", "sales.csv", "--company", "a", "--rejects", "r"], "--rejects is for one file"),
    "journal of two": (["products.csv", "sales.csv", "--company", "a", "--journal", "j"], "--journal is for one file"),
    "journal is input": (["products.csv", "--company", "a", "--journal", "products.csv"], "the output is the input"),
    "no entity": (["none.csv", "--company", "a"], "the entity is unknown"),
    "no key": (["products.csv", "--company", "a"], "CUSTOBAR_API_KEY"),
}


@pytest.mark.parametrize(("words", "message"), MISUSED.values(), ids=MISUSED)
def test_misuse_sends_nothing(
    words: list[str],
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "none.csv").write_text("a,b\n1,2\n", "utf-8")
    if "no key" in message or message == "CUSTOBAR_API_KEY":
        monkeypatch.delenv("CUSTOBAR_API_KEY", raising=False)
    else:
        monkeypatch.setenv("CUSTOBAR_API_KEY", "APIABC")
    before = {path.name for path in folder.iterdir()}
    assert main(["upload", *words]) == MISUSE
    assert message in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == before


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_the_same_command_goes_on(
    number: signal.Signals, folder: Path, server: Sandbox
) -> None:
    command = [sys.executable, "-m", "custobar_formats", "upload", "products.csv", "--url", server.url]
    command += ["--max-records", "1", "--rate", "60"]
    env = environment() | {"CUSTOBAR_API_KEY": server.key}
    running = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(number)
    _, printed = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert printed.endswith("interrupted: the same command goes on\n")
    assert main([*command[3:-1], "100000"]) == VALID
    assert ids(server) == [f"P-{each}" for each in range(1, 9)]
    assert len(server.requests) in (8, 9)  # the one that was interrupted, if it was, once more
    assert not server.violations


def test_check_does_not_show_a_key_that_is_sent_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "APICODEXU5SLHM3ZFHYCXW4FSLY2D7Y2RHO3RYPP"
    body = json.dumps({"error": {"code": "bad", "message": f"no such key: {key}"}}).encode()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 401 X\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    monkeypatch.setenv("CUSTOBAR_API_KEY", key)
    with serving(script) as server:
        assert main(["upload", "products.csv", "--url", server.origin, "--check"]) == MISUSE
    printed = capsys.readouterr().err
    assert "401 bad (no such key: API***YPP)" in printed
    assert key not in printed


class Signalling:
    """Sends a signal at its end, where Python loses an exception."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("request_number", "end", "printed"),
    [
        (6, lambda: os.kill(os.getpid(), signal.SIGTERM), "6 rows taken, 1 refused, 1 in doubt; 6 requests"),
        (3, Signalling, "6 rows taken, 2 in doubt; 4 requests"),  # raised before the next request goes out
    ],
    ids=["raised", "lost"],
)
def test_a_signal_leaves_reports_and_refused_rows_to_the_next_run(
    request_number: int,
    end: Callable[[], object],
    printed: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They take as long as the file is large, and an interrupted run is to end at once."""
    posted, post = itertools.count(1), Transport.post

    def post_and_end(*arguments: Any, **options: Any) -> Any:
        if next(posted) == request_number:
            end()
        return post(*arguments, **options)

    monkeypatch.setattr(Transport, "post", post_and_end)
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    with with_faults(monkeypatch, "422@2", "422@4", "422@5") as server:
        words = ("products.csv", "--max-records", "4")
        upload(server, *words, code=128 + signal.SIGTERM)
        assert capsys.readouterr().err == f"products.csv: {printed}\ninterrupted: the same command goes on\n"
        assert not (folder / "products.csv.refused.csv").exists()
        upload(server, *words, code=INVALID)
        assert (folder / "products.csv.refused.csv").exists()
        assert not server.violations


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_files_are_read(number: signal.Signals, folder: Path, server: Sandbox) -> None:
    words = ("upload", "-", "--entity", "products", "--url", server.url, "--journal", "j")
    env = {"CUSTOBAR_API_KEY": server.key}
    process = start(*words, cwd=folder, env=env, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(PRODUCTS.encode() * 2_000)
    process.stdin.flush()  # returns when nearly all of it has been read
    process.send_signal(number)
    ended = Ended(process)
    assert (ended.code, ended.err) == (128 + number, "interrupted: the same command goes on\n")
    assert not server.requests
    assert not (folder / "j").exists()


def test_the_page_of_an_upload_says_what_to_do_with_its_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with with_faults(monkeypatch, "422@1", "drop-after@2") as server:
        upload(server, "events.csv", "--max-records", "4", "--report", "html=r.html", code=HELD)
    page = (folder / "r.html").read_text("utf-8")
    assert "Correct the refused rows in the file that the upload has written" in page
    assert "Look in Custobar whether the rows in doubt have arrived" in page
    assert "export the data again" not in page


def failures(name: str) -> dict[str, list[tuple[str, str]]]:
    """The codes and messages of the failures in a JUnit report, by file."""
    root = ElementTree.parse(name).getroot()
    found = {suite.attrib["name"]: [dict(each.attrib) for each in suite.iter("failure")] for suite in root}
    assert int(root.attrib["failures"]) == sum(map(len, found.values()))
    return {name: [(each["type"], each["message"]) for each in of_one] for name, of_one in found.items()}


STOPS = {
    "nobody answers": (
        (),
        ["--url", "http://127.0.0.1:1", "--patience", "0"],
        STOPPED,
        "8 of 8",
        "127.0.0.1:1 refused",
    ),
    "no key": (("revoke@2",), ["--max-records", "3"], MISUSE, "5 of 8", "the key is not accepted"),
    "hold": (("drop-after@2",), ["--max-records", "3", "--in-doubt", "hold"], HELD, "2 of 8", "rows are in doubt"),
    "journal": ((), ["--journal", "no/folder"], MISUSE, "8 of 8", "no/folder: No such file or directory"),
    "another journal": ((), ["--journal", "bad.csv"], MISUSE, "8 of 8", "bad.csv: this file is no journal"),
}


@pytest.mark.parametrize("name", STOPS)
def test_no_report_passes_of_an_upload_that_stopped(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, words, code, count, why = STOPS[name]
    with with_faults(monkeypatch, *faults) as server:
        reports = ["--report", "junit=r.xml", "--report", "json=r.json", "--report", "html=r.html"]
        address = [] if "--url" in words else ["--url", server.url]
        other = [] if "--journal" in words else ["sales.csv"]
        assert main(["upload", "products.csv", *other, *words, *address, *reports, "--rate", "1000"]) == code
    printed = capsys.readouterr().err
    assert printed.count(why) == 1  # in the line of its end
    found = failures("r.xml")
    (message,) = (message for kind, message in found["products.csv"] if kind == "not-uploaded")
    assert message.startswith(f"{count} valid rows are not uploaded: ")
    assert why in message
    if other:
        reason = "1 of 1 valid rows is not uploaded: the upload stopped at products.csv"
        assert found["sales.csv"] == [("not-uploaded", reason)]
    assert not any(each["valid"] for each in json.loads(Path("r.json").read_text("utf-8")))
    page = Path("r.html").read_text("utf-8")
    assert "Not all rows are uploaded" in page
    assert "can be uploaded" not in page


def test_no_report_passes_of_a_file_beside_one_with_errors(folder: Path, server: Sandbox) -> None:
    upload(server, "products.csv", "bad.csv", "--entity", "products", "--report", "junit=r.xml", code=INVALID)
    reason = "8 of 8 valid rows are not uploaded: nothing is sent while another file has errors"
    assert failures("r.xml")["products.csv"] == [("not-uploaded", reason)]


def test_no_report_passes_of_an_upload_that_was_interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    post, posted = Transport.post, itertools.count(1)

    def post_and_end(*arguments: Any, **options: Any) -> Any:
        if next(posted) == 3:
            raise SignalRaised(signal.SIGTERM)
        return post(*arguments, **options)

    monkeypatch.setattr(Transport, "post", post_and_end)
    with with_faults(monkeypatch) as server:
        words = ("products.csv", "sales.csv", "--max-records", "3", "--keep-order", "--report", "junit=r.xml")
        upload(server, *words, code=128 + signal.SIGTERM)
        reason = "valid rows {} not uploaded: interrupted: the same command goes on"
        assert failures("r.xml") == {
            "products.csv": [("not-uploaded", f"2 of 8 {reason.format('are')}")],
            "sales.csv": [("not-uploaded", f"1 of 1 {reason.format('is')}")],
        }
        upload(server, *words, code=VALID)
        assert failures("r.xml") == {"products.csv": [], "sales.csv": []}
