"""Messages name an argument as who calls writes it: the library its arguments, the command its options."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import custobar_formats
from custobar_formats import Client, UsageError
from custobar_formats.cli.main import main
from custobar_formats.core.callers import Caller
from custobar_formats.core.errors import misuse, misuse_of
from custobar_formats.upload.sandbox_server import Sandbox

FOLDER = Path(custobar_formats.__file__).parent / "upload"
CUSTOMERS = "external_id\nC-1\nC-2\n"
EVENTS = "type,customer_id,date,product_id\n" + "BROWSE,C-1,2024-01-01T00:00:00Z,P-1\n"


def texts(path: Path) -> Iterator[str]:
    """The texts of a module, but for its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_no_text_of_an_upload_has_an_option_of_the_command(path: Path) -> None:
    """A whole command may be named, and the sandbox prints its rules only as a command."""
    options = (re.sub("'custobar-formats [^']*'", "", text) for text in texts(path))
    assert not [text for text in options if re.search("--[a-z]", text)] or path.stem == "sandbox_rules"


# The faults of the sandbox; entity and content of a first upload; what changes; what the last call is given, for each.
Call = tuple[tuple[str, ...], str, str, dict[str, Any], list[str]]
CALLS: dict[str, tuple[Call, Callable[[Caller], str]]] = {
    "done": (
        ((), "customers", CUSTOMERS, {}, []),
        lambda caller: f"upload it once more with {caller.argument('again', True)}",
    ),
    "contradiction": (
        ((), "customers", CUSTOMERS, {"again": True, "if_new": True}, ["--again", "--if-new"]),
        lambda caller: (
            f"{caller.argument('again', True)} uploads what has been uploaded, "
            f"{caller.argument('if_new', True)} does not"
        ),
    ),
    "other content": (
        (("drop-after@1",), "events", EVENTS, {}, []),
        lambda caller: f"begin with the new content with {caller.argument('abandon', True)}",
    ),
    "another option": (
        (("drop-after@1",), "events", EVENTS, {"max_records": 3}, ["--max-records", "3"]),
        lambda caller: f"begin anew with {caller.argument('abandon', True)}",
    ),
    "another file": (
        ((), "customers", CUSTOMERS, {}, []),
        lambda caller: f"give another journal with {caller.argument('journal')}",
    ),
    "csv": (
        ((), "customers", CUSTOMERS, {"send": "csv", "blank": "erase"}, ["--send", "csv", "--blank", "erase"]),
        lambda caller: f"{caller.argument('send', 'csv')} sends cells as they are",
    ),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("caller", Caller)
def test_misuse(
    name: str, caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (faults, entity, text, given, words), wanted = CALLS[name]
    monkeypatch.chdir(tmp_path)
    source, journal = Path("source.csv"), "the journal"
    source.write_text(text, "utf-8")
    with Sandbox(faults=faults) as sandbox, Client(url=sandbox.url, key=sandbox.key) as client:
        monkeypatch.setenv("CUSTOBAR_API_KEY", sandbox.key)
        client.upload(source, entity, journal=journal)
        if name == "other content":
            source.write_text(text + text.splitlines()[-1] + "\n", "utf-8")
        if name == "another file":
            source = source.rename("another.csv")
            source.write_text(text + text.splitlines()[-1] + "\n", "utf-8")
        if caller is Caller.PYTHON:
            with pytest.raises(UsageError) as raised:
                client.upload(source, entity, journal=journal, **given)
            printed = str(raised.value)
        else:
            more = ["--entity", entity, "--url", sandbox.url, "--journal", journal]
            assert main(["upload", str(source), *more, *words]) == 2
            printed = capsys.readouterr().err
    assert wanted(caller) in printed
    other = next(each for each in Caller if each is not caller)
    assert wanted(other) not in printed


ENDS: dict[str, tuple[tuple[str, ...], str, str, dict[str, Any], Callable[[Caller], str]]] = {
    "held": (
        ("drop-after@1",),
        "events",
        EVENTS,
        {},
        lambda caller: f"then give {caller.argument('in_doubt', 'settle')} or {caller.argument('in_doubt', 'resend')}",
    ),
    "stopped": (
        ("portal-html@1",),
        "customers",
        CUSTOMERS,
        {},
        lambda caller: f"; then the same {caller.value} goes on",
    ),
    "patience": (
        ("429-bare@1", "429-bare@2", "429-bare@3"),
        "customers",
        CUSTOMERS,
        {"patience": 0},
        lambda caller: f", for as long as {caller.argument('patience')} allows: the same {caller.value} goes on",
    ),
    "refused": (
        ("422@1", "422@2", "422@3"),
        "customers",
        CUSTOMERS,
        {"max_refused": 0},
        lambda caller: f"with the others, and {caller.argument('max_refused')} allows more at once",
    ),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("caller", Caller)
def test_ends(
    name: str, caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, entity, text, given, wanted = ENDS[name]
    monkeypatch.chdir(tmp_path)
    Path("source.csv").write_text(text, "utf-8")
    patience = given.get("patience", 1)
    given = {key: value for key, value in given.items() if key != "patience"}
    with Sandbox(faults=faults) as sandbox, Client(url=sandbox.url, key=sandbox.key, patience=patience) as client:
        monkeypatch.setenv("CUSTOBAR_API_KEY", sandbox.key)
        if caller is Caller.PYTHON:
            done = client.upload(Path("source.csv"), entity, **given)
            printed = f"{done.message}\n" + "\n".join(str(each.hint) for each in done.report.findings)
        else:
            words = [word for key, value in given.items() for word in (f"--{key.replace('_', '-')}", str(value))]
            main(
                ["upload", "source.csv", "--entity", entity, "--url", sandbox.url, "--patience", str(patience), *words]
            )
            printed = capsys.readouterr().err
    assert wanted(caller) in printed
    if name == "held":
        assert f"if all are there, {caller.argument('in_doubt', 'settle')}; if none" in printed
    assert caller is Caller.COMMAND or "--" not in printed
    other = next(each for each in Caller if each is not caller)
    assert wanted(other) not in printed


def test_a_name_before_an_error_is_in_both_forms() -> None:
    error = misuse_of("a.csv", misuse(lambda caller: f"give {caller.argument('max_records', 5)}"))
    assert (str(error), error.as_option) == ("a.csv: give max_records=5", "a.csv: give --max-records 5")  # type: ignore[attr-defined]
    assert str(misuse_of("a.csv", UsageError("no"))) == "a.csv: no"
