"""The command that makes a key, against the documented server."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from custobar_formats.cli import token as command
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INTERRUPTED, MISUSE, VALID
from custobar_formats.upload.sandbox_keys import CODE, PASSWORD, USER
from custobar_formats.upload.sandbox_server import Sandbox
from tests.processes import environment

posix = pytest.mark.skipif(os.name == "nt", reason="there is no such terminal")

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def arguments(server: Sandbox, *more: str) -> list[str]:
    return ["token", "--url", server.url, "--entity", "customers", "--out", "key.txt", *more]


def made_key() -> str:
    return Path("key.txt").read_text("ascii")


def test_a_key_is_made_with_a_key(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
    assert main(arguments(server, "--entity", "shops", "--read")) == VALID
    out, err = capsys.readouterr()
    key = made_key().removesuffix("\n")
    assert len(key) == 40
    assert out == ""
    assert err.splitlines() == [
        "with the key of CUSTOBAR_API_KEY",
        "integration 'custobar-formats' made (id krnzosjmskzn)",
        f"key.txt: key API***{key[-3:]} written; it may",
        "  POST /api/customers/upload/",
        "  POST /api/shops/upload/",
        "  GET /api/data/customers/",
        "shops cannot be read back: --read adds no scope for them",
    ]
    if os.name != "nt":
        assert stat.S_IMODE(Path("key.txt").stat().st_mode) == 0o600
    monkeypatch.setenv("CUSTOBAR_API_KEY", "another")
    assert main(["fetch", "customers", "o.json", "--url", server.url, "--key-file", "key.txt"]) == VALID
    assert main(["fetch", "events", "o2.json", "--url", server.url, "--key-file", "key.txt"]) == MISUSE


def test_what_is_sent(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    handle = server._service.account.keys.give

    def note(request: object, enforced: object) -> object:
        sent.append(request.body)  # type: ignore[attr-defined]
        return handle(request, enforced)  # type: ignore[arg-type]

    monkeypatch.setattr(server._service.account.keys, "give", note)
    monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
    assert main(arguments(server, "--name", "Nightly", "--no-transfer")) == VALID
    assert sent == [
        b'{"name": "Nightly", "owner_id": "integrations/krnzosjmskzn", '
        b'"scopes": [{"method": "POST", "path": "/api/customers/upload/"}], "transfer_privileges": false}'
    ]


# -- with a password


class Answers:
    """A person at a terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str | type[BaseException]) -> None:
        self.asked: list[tuple[str, bool]] = []
        self._answers = list(answers)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(click, "prompt", self._prompt)

    def _prompt(self, text: str, default: str | None = None, *, hide_input: bool = False, **_: object) -> str:
        self.asked.append((text, hide_input))
        answer = self._answers.pop(0)
        if isinstance(answer, type):
            raise answer
        return answer


def test_a_key_is_made_with_a_password(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = Answers(monkeypatch, USER, PASSWORD, f" {CODE} ")
    assert main(arguments(server)) == VALID
    assert answers.asked == [
        (f"User of {server.url}", False),
        (f"Password of {USER}", True),
        ("Code of the second factor, if there is one", True),
    ]
    out, err = capsys.readouterr()
    assert PASSWORD not in out + err
    assert CODE not in out + err
    assert len(made_key()) == 41


def test_the_user_may_be_in_the_environment_and_counts_before_a_key(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOBAR_USER", USER)
    monkeypatch.setenv("CUSTOBAR_API_KEY", "old")
    answers = Answers(monkeypatch, PASSWORD, CODE)
    assert main(arguments(server)) == VALID
    assert [text for text, _ in answers.asked][0] == f"Password of {USER}"


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (("wrong", CODE), "error: 401 unauthorized (the user or the password is wrong)"),
        ((PASSWORD, ""), "error: 401 unauthorized (Custobar-TOTP-Code is missing or wrong)"),
        ((PASSWORD, "12345"), "error: the code of the second factor is not six digits"),
        (("", CODE), "error: the password is empty"),
    ],
)
def test_a_login_that_is_wrong_leaves_no_file(
    answers: tuple[str, ...],
    line: str,
    server: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CUSTOBAR_USER", USER)
    Answers(monkeypatch, *answers)
    assert main(arguments(server)) == MISUSE
    assert capsys.readouterr().err.startswith(line)
    assert not Path("key.txt").exists()


def test_an_interrupt_at_the_prompt(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Answers(monkeypatch, click.Abort)
    assert main(arguments(server)) == INTERRUPTED
    assert capsys.readouterr().err == "\ninterrupted: nothing was made\n"
    assert (Path("key.txt").exists(), server.requests) == (False, [])


def test_a_password_is_only_taken_from_a_terminal(server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(server)) == MISUSE
    assert capsys.readouterr().err.startswith("error: the password is asked for on a terminal; without one, give a key")


@posix
def test_at_a_terminal(server: Sandbox, folder: Path) -> None:
    controlled = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
    code = f"{controlled}; from custobar_formats.cli.main import run; raise SystemExit(run())"
    master, slave = os.openpty()
    shown = b""
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments(server)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env=environment(XDG_CONFIG_HOME=str(folder)),
        start_new_session=True,
    ) as process:
        os.close(slave)
        for question, answer in ((b"User of", USER), (b"Password of", PASSWORD), (b"Code of", CODE)):
            while question not in shown or not shown.endswith(b": "):
                shown += os.read(master, 1000)
            os.write(master, f"{answer}\n".encode())
            shown = shown.replace(question, b"")
        try:
            while part := os.read(master, 1000):
                shown += part
        except OSError:  # the terminal has gone
            pass
        assert process.wait() == VALID, shown
    os.close(master)
    assert CODE.encode() not in shown
    assert shown.count(PASSWORD.encode()) == 0
    assert made_key().strip().encode() not in shown


# -- what goes wrong


@pytest.mark.parametrize("fault", ["drop-after", "half-body", "500-after", "portal-html"])
@pytest.mark.parametrize("step", [1, 2])
def test_what_may_have_been_made_is_not_made_again(
    fault: str, step: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(faults=[f"{fault}@{step}"]) as server:
        monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
        assert main(arguments(server)) == MISUSE
        assert len(server.requests) == step
        assert server.key not in capsys.readouterr().err
    assert not Path("key.txt").exists()


def test_the_file_is_there_before_the_first_request(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
    Path("key.txt").write_text("mine")
    assert main(arguments(server)) == MISUSE
    assert "key.txt: the file already exists: a key is only written into a new one" in capsys.readouterr().err
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    assert main(arguments(server)) == MISUSE  # also if it has come meanwhile
    assert main([*arguments(server)[:-1], "no/such/key.txt"]) == MISUSE
    assert (Path("key.txt").read_text(), server.requests) == ("mine", [])


def test_a_key_that_cannot_be_kept_is_to_be_deleted(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
    monkeypatch.setattr(os, "ftruncate", full)
    assert main(arguments(server)) == MISUSE
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: key.txt: the key 'custobar-formats' (id ")
    assert last.endswith(") was made, but cannot be written (No space left on device): delete it in Custobar")


def test_an_interrupt_during_a_request(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        assert Path("key.txt").stat().st_size == command.ROOM
        raise KeyboardInterrupt

    monkeypatch.setenv("CUSTOBAR_API_KEY", server.key)
    monkeypatch.setattr("custobar_formats.upload.client.Client.create_access_token", interrupted)
    assert main(arguments(server)) == INTERRUPTED
    assert capsys.readouterr().err.splitlines()[-1] == (
        "interrupted: integration 'custobar-formats' made (id krnzosjmskzn): look in Custobar for a key "
        "'custobar-formats' of it, and delete both"
    )
    assert not Path("key.txt").exists()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (["token"], "error: missing option '--entity'"),
        (["token", "--entity", "customers"], "error: missing option '-o' / '--out'"),
        (["token", "--entity", "people", "--out", "k"], "error: invalid value for '--entity': unknown entity 'people'"),
        (["token", "--entity", "customers", "--out", "k"], "error: no address is given"),
        (
            ["token", "--company", "acme", "--entity", "customers", "--out", "-"],
            "error: --out needs the name of a file",
        ),
        (["token", "--company", "acme", "--entity", "customers", "--out", "k", "--name", ""], "error: a name is empty"),
    ],
)
def test_misuse(given: list[str], line: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(given) == MISUSE
    assert capsys.readouterr().err.startswith(line)
