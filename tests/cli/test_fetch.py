"""The command that reads records back, against the documented server."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import from_csv
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import MISUSE, STOPPED, VALID
from custobar_formats.upload.sandbox_server import Sandbox
from tests.tools.fetch_costs import measured

CUSTOMERS: list[dict[str, Any]] = [
    {"external_id": "C-1", "city": "Oulu", "mailing_lists": ["a", "b"]},
    {"external_id": "C-2", "city": "Äänekoski", "can_email": True, "acme__size": "007"},
    {"external_id": "C-3"},
]
SALES: list[dict[str, Any]] = [
    {"sale_external_id": "S-1", "sale_date": "2026-01-01", "external_id": f"R-{number}"} for number in (1, 2)
]

pytestmark = pytest.mark.usefixtures("own_folder")


def sandbox(*faults: str) -> Sandbox:
    ticks = itertools.count()
    return Sandbox(faults=faults, clock=lambda: float(next(ticks)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with sandbox() as running:
        fill(running)
        monkeypatch.setenv("CUSTOBAR_API_KEY", running.key)
        yield running


def fill(running: Sandbox) -> None:
    running._service.account.store.put("customers", CUSTOMERS)
    running._service.account.store.put("sales", SALES)


def read(name: str) -> str:
    return Path(name).read_text("utf-8")


def test_customers_as_csv_come_back_equal(server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "customers", "out.csv", "--url", server.url]) == VALID
    assert capsys.readouterr() == ("", "out.csv: 3 records written (CSV, customers)\n")
    assert from_csv(Path("out.csv"), "customers") == CUSTOMERS
    assert main(["validate", "out.csv", "-q"]) == VALID


@pytest.mark.parametrize("name", ["out.json", "out.jsonl", "out.json.gz"])
def test_customers_as_json(server: Sandbox, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "customers", name, "--url", server.url, "-q"]) == VALID
    assert capsys.readouterr() == ("", "")
    if name == "out.json":
        assert json.loads(read(name)) == {"customers": CUSTOMERS}
    if name == "out.jsonl":
        assert [json.loads(line) for line in read(name).splitlines()] == CUSTOMERS
    assert main(["convert", name, "back.jsonl", "--entity", "customers", "-q"]) == VALID
    assert [json.loads(line) for line in read("back.jsonl").splitlines()] == CUSTOMERS


@pytest.mark.parametrize("to", ["csv", "json", "jsonl"])
def test_to_stdout(server: Sandbox, to: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["fetch", "customers", "--to", to, "--url", server.url]) == VALID
    out, err = capsysbinary.readouterr()
    assert err == b""
    assert main(["fetch", "customers", f"out.{to}", "--url", server.url]) == VALID
    assert out == Path(f"out.{to}").read_bytes()


def test_sales_are_written_as_they_come_which_is_said(server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "sales", "out.jsonl", "--url", server.url]) == VALID
    sale = {"external_id": "S-1", "date": "2026-01-01", "products": [{"external_id": "R-1"}, {"external_id": "R-2"}]}
    assert json.loads(read("out.jsonl")) == sale
    said, written = capsys.readouterr().err.splitlines()
    assert said.startswith("sales come as transactions: their fields have other names than in an upload")
    assert written == "out.jsonl: 1 record written (JSON Lines, sales)"
    assert main(["fetch", "sales", "out.tsv", "--url", server.url, "-q"]) == VALID
    assert read("out.tsv").splitlines()[0] == "external_id\tdate\tproducts.0.external_id\tproducts.1.external_id"


def test_fields_filters_and_a_limit(server: Sandbox) -> None:
    more = ["--field", "city", "--filter", "city=Oulu", "--max-records", "1", "--page-size", "5"]
    assert main(["fetch", "customers", "out.jsonl", "--url", server.url, *more]) == VALID
    assert json.loads(read("out.jsonl")) == {"external_id": "C-1", "city": "Oulu"}
    assert server.requests[-1].target == "/api/data/customers/?limit=1&fields=city&city=Oulu"


def test_an_output_is_not_overwritten_unless_asked(server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    Path("out.csv").write_text("mine")
    arguments = ["fetch", "customers", "out.csv", "--url", server.url]
    assert main(arguments) == MISUSE
    assert "out.csv: the file already exists: overwrite it with --force" in capsys.readouterr().err
    assert (read("out.csv"), server.requests) == ("mine", [])
    assert main([*arguments, "--force"]) == VALID
    assert read("out.csv").startswith("external_id")


# -- what goes wrong


@pytest.mark.parametrize("to", ["csv", "json", "jsonl"])
@pytest.mark.parametrize("out", [True, False])
def test_nothing_is_written_of_what_breaks_off(
    to: str, out: bool, folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    with sandbox("next-foreign@2") as running:
        fill(running)
        monkeypatch.setenv("CUSTOBAR_API_KEY", running.key)
        arguments = ["fetch", "customers", *([f"out.{to}"] if out else ["--to", to]), "--url", running.url]
        assert main([*arguments, "--page-size", "1"]) == MISUSE
    written, err = capsysbinary.readouterr()
    assert (written, os.listdir(folder)) == (b"", [])
    assert err == b"error: next_url leads to https://other.example: the key is not sent there\n"


def test_faults_are_repeated_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sandbox("drop-after@1", "429-seconds@3") as running:
        fill(running)
        monkeypatch.setenv("CUSTOBAR_API_KEY", running.key)
        assert main(["fetch", "customers", "out.jsonl", "--url", running.url, "--rate", "6000"]) == VALID
    assert len(read("out.jsonl").splitlines()) == 3


def test_what_may_work_later_has_an_exit_code_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUSTOBAR_API_KEY", "key")
    with sandbox() as running:
        url = running.url
    assert main(["fetch", "customers", "--url", url, "--patience", "0.1"]) == STOPPED
    assert capsys.readouterr().err == f"error: {url[7:]} refused the connection: try again later\n"


def cases() -> Iterator[tuple[list[str], str]]:
    yield ["fetch"], "error: missing argument 'ENTITY'"
    yield ["fetch", "customer"], "error: invalid value for 'ENTITY': unknown entity 'customer': did you mean"
    yield ["fetch", "customers"], "error: no address is given: --company NAME"
    yield ["fetch", "customers", "--company", "a", "--url", "https://b.c"], "error: a company and an address are given"
    yield ["fetch", "customers", "--url", "http://acme.example"], "error: address 'http://acme.example': use https"
    yield ["fetch", "customers", "--company", "acme"], "error: no key: set CUSTOBAR_API_KEY, or give --key-file FILE"
    yield ["fetch", "customers", "o.xml", "--company", "acme"], "error: o.xml: unknown suffix .xml: use one of"
    yield ["fetch", "customers", "", "--company", "acme"], "error: a file's name is empty"
    yield ["fetch", "customers", "--company", "acme", "--filter", "x"], "error: --filter 'x': give NAME=VALUE"
    yield ["fetch", "customers", "--company", "a", "--page-size", "0"], "error: invalid value for '--page-size': 0 is"
    yield ["fetch", "customers", "--company", "a", "--rate", "x"], "error: invalid value for '--rate': 'x' is not"
    yield ["fetch", "customers", "--key", "secret"], "error: no such option '--key'"


@pytest.mark.parametrize(("arguments", "line"), list(cases()))
def test_misuse(arguments: list[str], line: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == MISUSE
    assert capsys.readouterr().err.startswith(line)


def test_shops_cannot_be_read(server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "shops", "--url", server.url]) == MISUSE
    assert capsys.readouterr().err == "error: shops cannot be read back: Custobar's API has no path for them\n"


@pytest.mark.parametrize(
    ("name", "more", "text", "line"),
    [
        ("out.csv", [], "external_id\n", "the output has only a header"),
        (
            "out.csv",
            ["--field", "type", "--field", "external_id"],
            "external_id,type\n",
            "the output has only a header",
        ),
        ("out.json", [], '{"events":[]}\n', "the output has none"),
        ("out.jsonl", [], "", "the output has none"),
    ],
)
def test_no_records_are_no_error(
    name: str, more: list[str], text: str, line: str, server: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """In each format, so that a job of every night goes on; a CSV file has the field that every record has."""
    assert main(["fetch", "events", name, "--url", server.url, *more]) == VALID
    written, shown = capsys.readouterr().err.splitlines()
    assert written.startswith(f"{name}: 0 records written (")
    assert shown == f"Custobar has no such record: {line}"
    assert "".join(read(name).split()) == "".join(text.split())
    assert main(["fetch", "events", name, "--url", server.url, *more, "--force", "-q"]) == VALID
    assert capsys.readouterr().err == ""
    if text:
        assert main(["validate", name, "--entity", "events", "-q"]) == VALID


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("out.csv", "external_id,city,shoe\nC-1,Oulu,\n"),
        ("out.jsonl", '{"external_id":"C-1","city":"Oulu"}\n'),
    ],
)
def test_a_field_that_no_record_has_is_named(
    name: str, text: str, server: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its column is there, as it is where there are no records."""
    fields = [
        "--field",
        "shoe",
        "--field",
        "city",
        "--field",
        "hat.size",
        "--field",
        "shoe",
        "--filter",
        "external_id=C-1",
    ]
    assert main(["fetch", "customers", name, "--url", server.url, *fields]) == VALID
    assert read(name) == text
    assert capsys.readouterr().err.splitlines()[-1] == "no record has the fields 'shoe', 'hat.size'"
    assert main(["fetch", "customers", name, "--url", server.url, *fields, "--force", "-q"]) == VALID
    assert capsys.readouterr().err == ""


def test_the_record_that_decides_the_columns_is_not_lost(server: Sandbox) -> None:
    assert main(["fetch", "customers", "out.csv", "--max-records", "1", "--url", server.url]) == VALID
    assert from_csv(Path("out.csv"), "customers") == CUSTOMERS[:1]


# -- the address and the key


def test_the_address_and_the_pace_of_the_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[dict[str, Any]] = []

    class Spy:
        def __init__(self, **given: Any) -> None:
            made.append(given)
            raise OSError("enough")

    monkeypatch.setattr("custobar_formats.upload.client.Client", Spy)
    monkeypatch.setenv("CUSTOBAR_API_KEY", "key")
    Path("custobar-formats.toml").write_text('[upload]\ncompany = "acme"\nrate = 30')
    for more in ([], ["--company", "other", "--rate", "60"], ["--url", "https://app.custobar.com"]):
        assert main(["fetch", "customers", *more]) == MISUSE
    assert [(each["url"], each["rate"]) for each in made] == [
        ("https://acme.custobar.com", 30),
        ("https://other.custobar.com", 60),
        ("https://app.custobar.com", 30),
    ]
    assert main(["fetch", "customers", "--no-settings"]) == MISUSE
    assert "no address is given" in capsys.readouterr().err


def test_the_key_of_a_file(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTOBAR_API_KEY")
    Path("key.txt").write_text(f"{server.key}\n")
    Path("key.txt").chmod(0o600)
    assert main(["fetch", "customers", "out.csv", "--url", server.url, "--key-file", "key.txt"]) == VALID


@pytest.mark.parametrize("fault", ["revoke@1", "400@1", "portal-html@1", "200-error@1", "redirect@1"])
def test_nothing_shows_the_key(
    fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with sandbox(fault) as running:
        monkeypatch.setenv("CUSTOBAR_API_KEY", running.key)
        assert main(["fetch", "customers", "--url", running.url]) == MISUSE
    out, err = capsys.readouterr()
    assert running.key not in out + err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
def test_memory_does_not_grow_with_the_number_of_records() -> None:
    few, many = measured(5_000, 500), measured(60_000, 500)
    assert (few.in_order, many.in_order) == (True, True)
    assert many.peak - few.peak < 4_000_000
