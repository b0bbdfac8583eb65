"""What the command prints beside its results: the files written, help, and errors in the arguments."""

from __future__ import annotations

import codecs
import json
import os
import sys
from pathlib import Path

import pytest

from custobar_formats import UsageError, validate
from custobar_formats.cli.group import command
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.encodings import ENCODINGS
from custobar_formats.text.encoding import CODECS

GOOD = "external_id,city\nC-1,Oulu\nC-2,Espoo\n"
MIXED = "external_id,can_email\nC-1,true\nC-2,x\nC-3,y\n"
SALES = "sale_external_id,sale_date,sale_customer_id,external_id,quantity\n"
SALES += "S-1,2026-04-02,C-1,1,x\nS-1,2026-04-02,C-1,2,1\nS-2,2026-04-02,C-1,3,1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"customers.csv": GOOD, "mixed.csv": MIXED, "sales.csv": SALES}.items():
        Path(name).write_text(text, "utf-8")
    Path("in.json").write_text('[{"external_id": "1"}, {"external_id": "2", "city": "x"}]', "utf-8")
    return tmp_path


# -- what convert wrote


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["customers.csv", "o.json"], "o.json: 2 records written (JSON, customers)"),
        (["customers.csv", "o.ndjson.gz"], "o.ndjson.gz: 2 records written (JSON Lines, customers)"),
        (["customers.csv", "o", "--entity", "none"], "o: 2 records written (JSON)"),
        (["customers.csv", "o.tsv"], "o.tsv: 2 records written (CSV, customers)"),
        (["in.json", "o.csv", "--ignore", "blank-cells", "--entity", "none"], "o.csv: 2 records written (CSV)"),
        (["in.json", "-o", "o.json", "--to", "csv", "--ignore", "blank-cells", "--entity", "none"],
         "o.json: 2 records written (CSV)"),
        (["in.json", "o.csv", "--missing", "split", "--ignore", "split-files", "--entity", "customers"],
         "o.1.csv to o.2.csv: 2 records written (CSV, customers)"),
        (["customers.csv", "o.csv", "--missing", "split", "--ignore", "split-files"],
         "o.1.csv: 2 records written (CSV, customers)"),
        (["customers.csv", "--valid", "o.json", "--rejects", "r.csv"],
         "o.json: 2 records written (JSON, customers)\nr.csv: 0 rejected rows written (CSV)"),
        (["customers.csv", "-", "--rejects", "r.csv"], "r.csv: 0 rejected rows written (CSV)"),
    ],
)  # fmt: skip
def test_convert_names_what_it_wrote(
    folder: Path, arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", *arguments]) == VALID
    assert capsys.readouterr().err == f"{line}\n"


@pytest.mark.parametrize(
    ("source", "entity", "written", "rejected"),
    [
        ("mixed.csv", "customers", "1 record written", "2 rejected rows written"),
        ("sales.csv", "sales", "1 record written", "2 rejected rows written"),  # a sale is rejected as a whole
    ],
)
@pytest.mark.parametrize("to", ["jsonl", "csv"])
def test_the_numbers_are_those_of_the_files(
    folder: Path, source: str, entity: str, written: str, rejected: str, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = f"o.{to}"
    assert main(["convert", source, "--valid", out, "--rejects", "r.csv", "--entity", entity]) == INVALID
    names = {"jsonl": "JSON Lines", "csv": "CSV"}
    assert capsys.readouterr().err.splitlines()[-2:] == [
        f"{out}: {written} ({names[to]}, {entity})",
        f"r.csv: {rejected} (CSV)",
    ]
    assert len(Path(out).read_text("utf-8").splitlines()) == 1 + (to == "csv")
    assert len(Path("r.csv").read_text("utf-8").splitlines()) == 1 + 2


def test_many_blocks_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("big.csv").write_text("external_id\n" + "".join(f"{n}\n" for n in range(30_000)), "utf-8")
    for out in ("o.json", "o.csv"):
        assert main(["convert", "big.csv", out, "--entity", "customers"]) == VALID
        assert capsys.readouterr().err.startswith(f"{out}: 30,000 records written (")


@pytest.mark.parametrize(
    "arguments",
    [
        ["customers.csv", "o.json", "-q"],
        ["customers.csv"],
        ["customers.csv", "-"],
        ["customers.csv", "/dev/stdout", "--to", "json"],
        ["customers.csv", "-", "--rejects", "r.csv", "-q"],
    ],
)
def test_convert_names_no_file_for_stdout_and_where_it_is_quiet(
    folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", *arguments]) == VALID
    assert capsys.readouterr().err == ""


def test_what_was_not_written_is_not_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "mixed.csv", "o.json", "--entity", "customers"]) == INVALID
    assert "records written" not in capsys.readouterr().err
    assert main(["convert", "customers.csv", "o.json", "--report", "json"]) == VALID
    assert json.loads(capsys.readouterr().err)[0]["valid"] is True  # stderr has the report alone


def test_a_name_with_control_characters_is_escaped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "customers.csv", "o\x1b[31m\n.json"]) == VALID
    assert capsys.readouterr().err == "o\\x1b[31m\\n.json: 2 records written (JSON, customers)\n"


# -- help

COMMANDS = ["convert", "validate", "map", "fix", "upload", "fetch", "token", "inspect", "schema", "explain", "sandbox"]
COMMANDS += ["completion"]


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_a_short_option_for_help(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(command.commands) == COMMANDS
    assert main([*filter(None, [name]), "--help"]) == VALID
    long = capsys.readouterr()
    assert long.out.startswith("Usage: custobar-formats")
    assert "-h, --help" in long.out
    assert main([*filter(None, [name]), "-h"]) == VALID
    assert capsys.readouterr() == long


def test_without_arguments_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-h"]) == VALID
    help_text = capsys.readouterr().out
    assert main([]) == MISUSE
    assert capsys.readouterr() == ("", help_text)


# -- errors in the arguments


@pytest.mark.parametrize(
    ("arguments", "line", "of"),
    [
        (["frobnicate"], "no such command 'frobnicate'", ""),
        (["--frobnicate"], "no such option '--frobnicate", ""),
        (["convert"], "missing argument 'IN'", " convert"),
        (["convert", "a.csv", "--frob"], "no such option '--frob", " convert"),
        (["convert", "a.csv", "b.csv", "c.csv"], "got unexpected extra argument (c.csv)", " convert"),
        (["convert", "a.csv", "--to"], "option '--to' requires an argument", " convert"),
        (["convert", "a.csv", "--to", "xml"], "invalid value for '--to': 'xml' is not one of", " convert"),
        (["convert", "a.csv", "--entity", "people"], "invalid value for '--entity': unknown entity 'people'",
         " convert"),
        (["validate"], "missing argument 'FILE...'", " validate"),
        (["validate", "a.csv", "--max-findings", "x"], "invalid value for '--max-findings': 'x' is not a valid number",
         " validate"),
        (["inspect"], "missing argument 'FILE...'", " inspect"),
        (["schema"], "missing argument 'ENTITY'. Choose from: customers, products, sales, events, shops", " schema"),
        (["schema", "people"], "invalid value for 'ENTITY': unknown entity 'people': use one of customers", " schema"),
        (["validate", "--entity", "custmers"],
         "invalid value for '--entity': unknown entity 'custmers': did you mean 'customers'?", " validate"),
        (["explain", "--frob"], "no such option '--frob", " explain"),
        (["completion"], "missing argument 'SHELL'. Choose from: bash, zsh, fish", " completion"),
        (["convert", "--a\n\tb\x1b"], "no such option '--a", " convert"),
        (["schema", "a\nb"], "invalid value for 'ENTITY': unknown entity 'a\\nb'", " schema"),
    ],
)  # fmt: skip
def test_an_error_in_the_arguments_is_one_line_and_a_pointer(
    arguments: list[str], line: str, of: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == MISUSE
    out, err = capsys.readouterr()
    first, second = err.splitlines()
    assert out == ""
    assert first.replace("option: --", "option '--").startswith(f"error: {line}")  # click 8.2 has no quotes
    assert second == f"Try 'custobar-formats{of} --help'."
    assert first.isprintable()


# -- encodings


def accepted() -> set[str]:
    """The codecs of the encodings that are named."""
    return {codecs.lookup(name).name for name in ENCODINGS}


def test_every_encoding_that_is_accepted_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert accepted() == set(CODECS)
    assert main(["validate", "customers.csv", "-e", "koi8-r"]) == MISUSE
    error = capsys.readouterr().err
    with pytest.raises(UsageError) as caught:
        validate(GOOD.encode(), encoding="koi8-r")
    assert str(caught.value) in error
    for name in ("convert", "validate", "inspect"):
        assert main([name, "--help"]) == VALID
        words = capsys.readouterr().out.replace(",", " ").split()
        assert set(ENCODINGS) <= set(words)
    assert set(ENCODINGS) <= set(error.replace(",", " ").split())


@pytest.mark.parametrize("name", [*ENCODINGS, "latin-1", "cp1252"])
def test_the_encodings_that_are_named_are_accepted(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("x_customers.csv").write_bytes(GOOD.encode(name))
    assert main(["validate", "x_customers.csv", "-e", name]) == VALID
    code = main(["convert", "in.json", "o.csv", "-e", name, "--entity", "customers"])
    assert code == (MISUSE if name in ("windows-1252", "cp1252") else VALID)


# -- a terminal without columns


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("columns", "variable", "drawn"), [(80, None, True), (0, None, False), (1, None, False), (80, "0", False)]
)
def test_a_terminal_without_columns_gets_no_progress_line(
    folder: Path, columns: int, variable: str | None, drawn: bool
) -> None:
    import fcntl
    import pty
    import struct
    import subprocess
    import termios

    from tests.processes import environment

    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    script = "import sys; from custobar_formats.cli import main, progress; progress.FIRST_SECONDS = 0.0; "
    script += "sys.exit(main.main(['convert', 'customers.csv', 'o.json']))"
    env = {key: value for key, value in environment().items() if key != "COLUMNS"}
    env |= {"COLUMNS": variable} if variable is not None else {}
    try:
        done = subprocess.run([sys.executable, "-c", script], env=env, stdout=secondary, stderr=secondary, check=False)
        shown = os.read(primary, 10_000).decode("utf-8")
    finally:
        os.close(secondary)
        os.close(primary)
    assert done.returncode == VALID
    assert (" rows/s" in shown) == drawn
    assert shown.endswith("customers)\r\n")
    assert " ".join(shown.split()).endswith("o.json: 2 records written (JSON, customers)")
    assert drawn or shown.startswith("o.json")


@pytest.mark.parametrize("columns", ["0", "1", "-1", "x"])
def test_the_help_has_columns_on_any_terminal(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["convert", "--help"]) == VALID
    assert "--rejects" in capsys.readouterr().out.replace("\n", "")


def test_convert_prints_that_it_did_not_write(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.csv").write_text("external_id,can_email\nC-1,TRUE\n", "utf-8")
    (folder / "half.csv").write_text("external_id,can_email\nC-1,TRUE\nC-2,true\n", "utf-8")
    (folder / "bad.json").write_text('[{"external_id": "C-1", "can_email": "TRUE"}]', "utf-8")
    for name, last in (
        ("half.csv", "o.out: not written; --valid and --rejects write the valid rows and the rest\n"),
        ("bad.csv", "o.out: not written: no row is valid\n"),
        ("bad.json", "o.out: not written\n"),
    ):
        assert main(["convert", name, "o.out", "--to", "json", "--entity", "customers"]) == INVALID
        assert capsys.readouterr().err.endswith(last)
        assert main(["convert", name, "o.out", "--to", "json", "--entity", "customers", "-q"]) == INVALID
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith("; o.out: not written")
    assert not (folder / "o.out").exists()


def test_the_file_that_was_meant_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my customers.csv").write_text("external_id,date_joined\nC-1,1.9.2024\n", "utf-8")
    assert main(["validate", "my custmers.csv"]) == MISUSE
    assert capsys.readouterr().err.endswith(": No such file or directory: did you mean my customers.csv?\n")
    assert main(["validate", "no/my customers.csv"]) == MISUSE
    assert capsys.readouterr().err.endswith(": No such file or directory\n")
    main(["validate", "my customers.csv"])
    assert "\n'custobar-formats fix \"my customers.csv\" OUT' makes" in capsys.readouterr().out
