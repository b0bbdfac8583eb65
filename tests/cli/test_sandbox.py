"""The command that runs the documented server, as a process."""

from __future__ import annotations

import errno
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from custobar_formats.cli import sandbox as command
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.upload.sandbox_faults import FAULTS
from custobar_formats.upload.sandbox_rules import RULES
from tests.processes import PATIENCE, start

posix = pytest.mark.skipif(os.name == "nt", reason="there are no such signals")

STREAMS: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


class Running:
    """A sandbox as a process, and a client of it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self.process = process
        lines = [process.stdout.readline().decode() for _ in range(5)]
        self.url = lines[0].strip()
        (self.key,) = re.findall("CUSTOBAR_API_KEY=(API[A-Z0-9]{37})\n", "".join(lines))
        self.client = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=PATIENCE)

    def upload(self, name: str) -> int:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self.client.request("POST", "/api/shops/upload/", f'[{{"external_id": "{name}"}}]', headers)
        answer = self.client.getresponse()
        answer.read()
        return answer.status

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err.decode()


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    with start("sandbox", *arguments, **STREAMS) as process:
        try:
            found = Running(process)
            yield found
            found.client.close()
        finally:
            process.kill()


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_on_a_signal_with_what_came(number: int) -> None:
    with running() as sandbox:
        assert sandbox.upload("1") == 200
        code, err = sandbox.end(number)
    assert (code, err) == (VALID, "sandbox: 1 request, 1 record taken\n")


@posix
def test_its_exit_code_shows_what_a_client_did_wrong() -> None:
    with running() as sandbox:
        for _ in range(30):
            assert sandbox.upload("1") == 200
        code, err = sandbox.end(signal.SIGTERM)
    first, second, *_, last = err.splitlines()
    assert code == INVALID
    assert first == "sandbox: 30 requests, 30 records taken"
    assert second == "error: resent: request 2 has the body of request 1, which was answered"
    assert last == "error: 9 more of these"


@posix
def test_what_begins_after_its_interrupt_is_too_late() -> None:
    code = "from custobar_formats.cli import main, sandbox; sandbox.GRACE_SECONDS = 1e6; raise SystemExit(main.run())"
    with subprocess.Popen([sys.executable, "-c", code, "sandbox"], **STREAMS) as process:
        try:
            sandbox = Running(process)
            assert sandbox.upload("1") == 200
            process.send_signal(signal.SIGINT)
            names = iter(range(10**9))
            while sandbox.upload(f"x{next(names)}") != 503:
                pass
            code_, err = sandbox.end(signal.SIGTERM)
            sandbox.client.close()
        finally:
            process.kill()
    assert code_ == INVALID
    assert re.search(r"\nerror: late: request \d+ came after the client was interrupted\n", err)


def test_it_ends_when_nobody_asks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "IDLE_SECONDS", 0.0)
    assert main(["sandbox", "--seed", "7", "--faults", "0.5", "--lenient"]) == VALID
    out, err = capsys.readouterr()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", out.splitlines()[0])
    assert err == "sandbox: 0 requests, 0 records taken\n"


def test_the_rules_and_the_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--list-rules"]) == VALID
    out = capsys.readouterr().out
    words = set(out.replace("*", " ").split())
    assert words >= {rule.name for rule in RULES} | set(FAULTS)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--faults", "drop-afer"], "error: unknown fault 'drop-afer': did you mean 'drop-after'?"),
        (["--faults", "7"], "error: unknown fault '7': 'custobar-formats sandbox --list-rules' prints them; a share"),
        (["--port", "x"], "error: invalid value for '--port': 'x' is not a valid port"),
    ],
)
def test_misuse_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", *arguments]) == MISUSE
    assert capsys.readouterr().err.startswith(line)


def test_a_port_that_is_taken_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["sandbox", "--port", str(port)]) == MISUSE
    assert capsys.readouterr().err == f"error: 127.0.0.1:{port}: {os.strerror(errno.EADDRINUSE)}\n"
