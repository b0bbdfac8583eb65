"""The command ``upload`` and files that it has seen before: what is sent again, what is not, and what is printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, STOPPED, VALID
from custobar_formats.upload.sandbox_server import Sandbox

PRODUCTS = "external_id,title,price\n" + "".join(f"P-{number},Tuote,{number}\n" for number in range(1, 9))
EVENT = "BROWSE,C-{0},2024-01-01T00:00:0{0}Z,P-1\n"
EVENTS = "type,customer_id,date,product_id\n" + "".join(map(EVENT.format, range(1, 9)))
SHOPS = "external_id,name\nS-1,Oulu\n"
EXPORT = "Nro,Kaupunki,Lupa\n" + "".join(f"C-{n},Oulu,{'kyllä' if n < 10 else 'joo'}\n" for n in range(1, 11))
MAPPING = """entity = "customers"
[columns]
external_id = "Nro"
city = "Kaupunki"
can_email = { from = "Lupa", true = ["kyllä"], false = ["ei"] }
"""
CORRECTED = MAPPING.replace('["kyllä"]', '["kyllä", "joo"]')
BROWSED = """entity = "events"
unmapped = "drop"
[columns]
type = { constant = "BROWSE" }
customer_id = "Nro"
date = { constant = "2024-01-01T00:00:00Z" }
product_id = { from = "Lupa" }
"""
DATE = r"20\d\d-\d\d-\d\d \d\d:\d\d UTC"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    texts = {"products.csv": PRODUCTS, "events.csv": EVENTS, "shops.csv": SHOPS, "lupa.csv": EXPORT}
    for name, text in {**texts, "l1.toml": MAPPING, "l2.toml": CORRECTED}.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as running:
        monkeypatch.setenv("CUSTOBAR_API_KEY", running.key)
        yield running


def with_faults(monkeypatch: pytest.MonkeyPatch, *faults: str) -> Sandbox:
    server = Sandbox(faults=faults)
    monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
    return server


class Nights:
    """Calls of the command, one after the other."""

    def __init__(self, server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
        self.server, self._capsys = server, capsys

    def __call__(self, *words: str, code: int, sent: int) -> str:
        """What a call prints, after a look at its exit code and at how many requests it has sent."""
        before = len(self.server.requests)
        found = main(["upload", *words, "--url", self.server.url, "--rate", "100000"])
        printed = self._capsys.readouterr().err
        assert (found, len(self.server.requests) - before) == (code, sent), printed
        return printed


@pytest.fixture
def night(server: Sandbox, capsys: pytest.CaptureFixture[str]) -> Nights:
    return Nights(server, capsys)


def test_a_corrected_mapping_uploads_the_rows_that_were_put_aside(folder: Path, night: Nights) -> None:
    words = ["lupa.csv", "--if-new", "--rejects", "bad.csv", "--force"]
    night(*words, "--map", "l1.toml", code=INVALID, sent=1)
    assert (folder / "bad.csv").read_text("utf-8").count("C-10") == 1
    printed = night(*words, "--map", "l2.toml", code=VALID, sent=1)
    assert re.search(f"^lupa.csv: the same content was uploaded at {DATE} with another mapping: a new upload", printed)
    assert len(night.server.records("customers")) == 10
    night("lupa.csv", "--if-new", "--map", "l2.toml", code=VALID, sent=0)


@pytest.mark.parametrize(
    "more", [["--blank", "erase"], ["--schema", "own.json"], ["--encoding", "utf-8"], ["--send", "csv"]]
)
@pytest.mark.parametrize("if_new", [[], ["--if-new"]])
def test_another_option_is_another_upload(more: list[str], if_new: list[str], folder: Path, night: Nights) -> None:
    """With identifiers; without, the rows would be stored twice."""
    schema = {"type": "object", "properties": {"external_id": {"type": "string"}, "title": {"type": "string"}}}
    (folder / "own.json").write_text(json.dumps(schema), "utf-8")
    night("products.csv", "--entity", "products", code=VALID, sent=1)
    printed = night("products.csv", "--entity", "products", *if_new, *more, code=VALID, sent=1)
    assert re.search(f"at {DATE} with another {more[0].lstrip('-')}: a new upload begins\n", printed)
    night("events.csv", "--entity", "events", code=VALID, sent=1)
    printed = night("events.csv", "--entity", "events", *if_new, *more, code=MISUSE, sent=0)
    assert re.search(
        rf"^error: events.csv\S*: the same content was uploaded at {DATE} with another {more[0].lstrip('-')}: 8 "
        "rows would be stored twice, without an identifier: upload what is missing as a file of its own, or all of it "
        "with --again\n$",
        printed,
    )
    night("events.csv", "--entity", "events", *more, "--again", code=VALID, sent=1)


@pytest.mark.parametrize("words", [["--max-records", "7"], ["--max-bytes", "5000"]])
def test_how_requests_are_cut_makes_no_other_upload(words: list[str], folder: Path, night: Nights) -> None:
    night("events.csv", code=VALID, sent=1)
    assert "the same content was uploaded" in night("events.csv", "--if-new", *words, code=VALID, sent=0)


def test_rows_that_were_put_aside_are_not_lost_where_nothing_is_sent(folder: Path, night: Nights) -> None:
    """Events: the corrected mapping would send all of them again; their row stays in the file of rejects."""
    (folder / "e1.toml").write_text(BROWSED, "utf-8")
    (folder / "e2.toml").write_text(BROWSED.replace('from = "Lupa"', 'first = ["Lupa", "Nro"]'), "utf-8")
    (folder / "lupa.csv").write_text(EXPORT.replace("joo", ""), "utf-8")
    words = ["lupa.csv", "--rejects", "bad.csv", "--force", "--map"]
    night(*words, "e1.toml", code=INVALID, sent=1)
    before = (folder / "bad.csv").read_bytes()
    assert "with another mapping" in night(*words, "e2.toml", code=MISUSE, sent=0)
    assert (folder / "bad.csv").read_bytes() == before
    assert not list(folder.glob("*.tmp"))


def test_rows_that_only_strict_put_aside_are_sent(folder: Path, night: Nights) -> None:
    (folder / "products.csv").write_text(PRODUCTS.replace("P-3,Tuote", "P-3,Tuote "), "utf-8")
    words = ["products.csv", "--rejects", "bad.csv", "--force", "--if-new"]
    night(*words, "--strict", code=INVALID, sent=1)
    assert len(night.server.records("products")) == 7
    printed = night(*words, code=VALID, sent=1)
    assert re.search(f"at {DATE}, but for 1 row that can be sent now: a new upload begins", printed)
    assert len(night.server.records("products")) == 8


def test_a_comment_in_a_mapping_is_no_other_mapping(folder: Path, night: Nights) -> None:
    lines = CORRECTED.splitlines(keepends=True)
    other = ["# by me\n", lines[0], "\n", lines[1], *reversed(lines[3:]), 'external_id = { from = "Nro" }  # ids\n']
    (folder / "other.toml").write_text("".join(other), "utf-8")
    night("lupa.csv", "--map", "l2.toml", code=VALID, sent=1)
    night("lupa.csv", "--map", "other.toml", "--if-new", code=VALID, sent=0)


def test_white_space_and_the_order_of_keys_make_no_other_schema(folder: Path, night: Nights) -> None:
    schema = {"type": "object", "properties": {"title": {"maxLength": 9}, "external_id": {"type": "string"}}}
    (folder / "schema.json").write_text(json.dumps(schema), "utf-8")
    words = ["products.csv", "--entity", "products", "--schema", "schema.json"]
    night(*words, code=VALID, sent=1)
    (folder / "schema.json").write_text(json.dumps(schema, indent=4, sort_keys=True), "utf-8")
    night(*words, "--if-new", code=VALID, sent=0)
    (folder / "schema.json").write_text(json.dumps(schema).replace("9", "8"), "utf-8")
    assert "with another schema: a new upload begins" in night(*words, "--if-new", code=VALID, sent=1)


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_refused_rows_are_no_success(
    quiet: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each later night says so in one line, and leaves alone what somebody is correcting."""
    refused, report = folder / "products.csv.refused.csv", folder / "r.json"
    with with_faults(monkeypatch, "422@2", "422@4", "422@5") as server:
        night = Nights(server, capsys)
        words = ["products.csv", "--max-records", "4", "--if-new", "--report", "json=r.json", "--force", *quiet]
        night(*words, code=INVALID, sent=6)
        kept, findings = refused.read_text("utf-8"), json.loads(report.read_text("utf-8"))[0]["findings"]
        refused.write_text("corrected", "utf-8")
        wanted = (
            f"products.csv: the same content was uploaded at {DATE}; 1 row was refused "
            r"\(products.csv.refused.csv\): correct it there, and upload that file" + "\n"
        )
        assert re.fullmatch(wanted, night(*words, code=INVALID, sent=0))
        assert refused.read_text("utf-8") == "corrected"
        found = json.loads(report.read_text("utf-8"))[0]["findings"]
        assert [(each["code"], each["row"]) for each in found] == [(each["code"], each["row"]) for each in findings]
        refused.unlink()
        assert re.fullmatch(wanted, night(*words, code=INVALID, sent=0))
        assert refused.read_text("utf-8") == kept
        printed = night("products.csv", code=MISUSE, sent=0)
        assert "but for 1 row that Custobar refused: upload it once more with --again" in printed


def test_rejected_rows_are_no_success(folder: Path, night: Nights) -> None:
    (folder / "products.csv").write_text(PRODUCTS + "P-9,Tuote,x\n", "utf-8")
    words = ["products.csv", "--if-new", "--rejects", "bad.csv", "--force"]
    night(*words, code=INVALID, sent=1)
    kept = (folder / "bad.csv").read_bytes()
    (folder / "bad.csv").write_text("corrected", "utf-8")
    wanted = (
        f"products.csv: the same content was uploaded at {DATE}; 1 row had errors \\(bad.csv\\): correct it there, .*\n"
    )
    assert re.fullmatch(wanted, night(*words, code=INVALID, sent=0))
    assert (folder / "bad.csv").read_text("utf-8") == "corrected"
    (folder / "bad.csv").unlink()
    night(*words, code=INVALID, sent=0)
    assert (folder / "bad.csv").read_bytes() == kept
    assert {path.suffix for path in folder.iterdir()} <= {".csv", ".toml", ".upload-journal"}


ALL = ["shops.csv", "products.csv", "events.csv"]


def test_several_files_go_on_after_a_break(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is whole is left out, as long as there is something to send."""
    with with_faults(monkeypatch, "portal-html@2") as server:
        night = Nights(server, capsys)
        night(*ALL, "--max-records", "5", code=STOPPED, sent=2)
        printed = night(*ALL, "--max-records", "5", code=VALID, sent=4)
        assert re.match(f"shops.csv: the same content was uploaded at {DATE}\nproducts.csv: going on: ", printed)
        assert [len(server.records(each)) for each in ("products", "events")] == [8, 8]
        printed = night(*ALL, code=MISUSE, sent=0)
        assert printed.splitlines()[0] == "error: all 3 files were uploaded: upload them once more with --again"
        assert len(re.findall(f"csv: the same content was uploaded at {DATE}\n", printed)) == 3
        night(*ALL, "--if-new", code=VALID, sent=0)
        night(*ALL, "--again", code=VALID, sent=3)


def test_a_file_that_is_left_out_with_refused_rows_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with with_faults(monkeypatch, "422@1") as server:
        night = Nights(server, capsys)
        night("events.csv", code=INVALID, sent=1)
        printed = night(*ALL, code=INVALID, sent=2)
        assert "8 rows were refused (events.csv.refused.csv): correct them there" in printed
        night(*ALL, "--if-new", code=INVALID, sent=0)
        night(*ALL, code=MISUSE, sent=0)


def test_what_may_not_be_sent_is_found_before_the_first_request(folder: Path, night: Nights) -> None:
    night("events.csv", code=VALID, sent=1)
    (folder / "events.csv").write_text(EVENTS + EVENT.format(9), "utf-8")
    assert "the file has grown" in night(*ALL, code=MISUSE, sent=0)
    (folder / "events.csv").write_text(EVENTS, "utf-8")
    journal = next(folder.glob("events.csv.*.upload-journal"))
    journal.write_text("no journal", "utf-8")
    assert f"{journal.name}: this file is no journal" in night(*ALL, code=MISUSE, sent=0)


@pytest.mark.parametrize("if_new", [[], ["--if-new"]])
def test_events_that_have_grown_are_not_stored_twice(if_new: list[str], folder: Path, night: Nights) -> None:
    night("events.csv", code=VALID, sent=1)
    (folder / "events.csv").write_text(EVENTS + EVENT.format(9), "utf-8")
    printed = night("events.csv", *if_new, code=MISUSE, sent=0)
    assert re.search(
        rf"^error: events.csv\S*: the file has grown since it was uploaded at {DATE}: 8 rows would be stored twice, "
        "without an identifier: upload the new rows as a file of their own, or all of it with --again\n$",
        printed,
    )
    night("events.csv", "--again", code=VALID, sent=1)
    assert len(night.server.records("events")) == 17


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_other_content_is_a_new_upload(quiet: list[str], folder: Path, night: Nights) -> None:
    night("events.csv", *quiet, code=VALID, sent=1)
    (folder / "events.csv").write_text(EVENTS.replace("P-1", "P-2"), "utf-8")
    printed = night("events.csv", "--if-new", *quiet, code=VALID, sent=1)
    line = f"events.csv: the file had other content, uploaded at {DATE}: a new upload begins\n"
    assert printed == "" if quiet else re.match(line, printed)
    night("products.csv", code=VALID, sent=1)
    (folder / "products.csv").write_text(PRODUCTS + "P-9,Tuote,9\n", "utf-8")
    assert "a new upload begins" in night("products.csv", code=VALID, sent=1)


def test_content_that_comes_back_is_uploaded_again(folder: Path, night: Nights) -> None:
    for text in (PRODUCTS, PRODUCTS.replace("Tuote", "Vara"), PRODUCTS):
        (folder / "products.csv").write_text(text, "utf-8")
        night("products.csv", "--if-new", code=VALID, sent=1)


def test_what_was_left_of_other_content_is_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with with_faults(monkeypatch, "portal-html@2") as server:
        night = Nights(server, capsys)
        night("products.csv", "--max-records", "4", "--in-doubt", "hold", code=STOPPED, sent=2)
        (folder / "products.csv").write_text(PRODUCTS + "P-9,Tuote,9\n", "utf-8")
        printed = night("products.csv", code=VALID, sent=1)
    whole = "the file had other content before, which was not uploaded whole"
    assert f"products.csv: {whole}: 4 rows taken, 0 refused, 4 in doubt: a new upload begins\n" in printed
