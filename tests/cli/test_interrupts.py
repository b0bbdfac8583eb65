"""Signals that end a command that talks to Custobar: one line about what was done, the exit code, nothing left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from custobar_formats.cli.fetch import _interrupted, _Read
from custobar_formats.cli.progress import Progress
from custobar_formats.cli.token import ROOM
from tests.parameters import slow_if
from tests.processes import PATIENCE, Ended, environment, start
from tests.unit.upload.wires import BODY, Peer, serving

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

SIGNALS = slow_if([signal.SIGINT], [signal.SIGTERM, signal.SIGINT])

FETCHED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
PAGE = BODY[:-1] + b', "next_url": "?cursor=2"}'

CALLS = {
    "fetch": (["fetch", "customers", "out.csv"], "interrupted after 1 record: nothing was written to out.csv"),
    "fetch to stdout": (["fetch", "customers"], "interrupted after 1 record: nothing was written to stdout"),
    "check": (["upload", "customers.csv", "--check"], "interrupted: the address and the key were not checked"),
    "token": (
        ["token", "--entity", "customers", "--out", "key.txt"],
        "interrupted: look in Custobar for an integration 'custobar-formats', which may have been made, and delete it",
    ),
}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("call", slow_if(["fetch to stdout", "check"], CALLS))
def test_a_signal_during_a_request(call: str, number: signal.Signals, tmp_path: Path) -> None:
    words, line = CALLS[call]
    waits = threading.Event()

    def script(peer: Peer) -> None:
        if words[0] == "fetch":
            peer.request()
            peer.send(FETCHED % len(PAGE) + PAGE)
        peer.request()
        waits.set()
        peer.drain()

    (tmp_path / "customers.csv").write_text("external_id\nC-1\n", "utf-8")
    with serving(script) as server:
        env = {"CUSTOBAR_API_KEY": "APIABCDEFGHIJKLMNOP"}
        process = start(*words, "--url", server.origin, cwd=tmp_path, env=env, stdout=-1, stderr=-1)
        assert waits.wait(PATIENCE)
        if call == "token":
            assert (tmp_path / "key.txt").stat().st_size == ROOM
        process.send_signal(number)
        ended = Ended(process)
    assert (ended.code, ended.out, ended.err.splitlines()[-1]) == (128 + number, b"", line)
    assert ended.err.count("interrupted") == 1
    assert os.listdir(tmp_path) == ["customers.csv"]


@pytest.mark.parametrize(
    ("out", "line"),
    [
        ("out.csv", "interrupted while 1 record was written to out.csv: it was written whole, or not at all"),
        ("-", "interrupted while 1 record was written to stdout: what was written there is not whole"),
    ],
)
def test_the_line_about_a_signal_once_all_is_read(out: str, line: str) -> None:
    read = _Read(iter([{"external_id": "C-1"}]), Progress(None, shown=False))
    assert list(read) == [{"external_id": "C-1"}]
    assert _interrupted(out, read) == line


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("words", slow_if(["fetch", "token"], ["fetch", "upload", "token"]))
def test_a_signal_while_the_command_for_the_key_runs(words: str, number: signal.Signals, tmp_path: Path) -> None:
    code = "import os, time; open('pid', 'w').write(str(os.getpid())); os.rename('pid', 'runs'); time.sleep(1200)"
    (tmp_path / "own.toml").write_text(f"[upload]\nkey_command = [{sys.executable!r}, '-c', {code!r}]\n", "utf-8")
    (tmp_path / "customers.csv").write_text("external_id\nC-1\n", "utf-8")
    given = {"fetch": ["customers"], "upload": ["customers.csv"], "token": ["--entity", "events", "--out", "k"]}[words]
    given += ["--company", "acme", "--settings", "own.toml"]
    process = start(words, *given, cwd=tmp_path, stdout=-1, stderr=-1)
    while not (tmp_path / "runs").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    ended = Ended(process)
    named = f"'{sys.executable}'"
    assert ended.err == f"interrupted: key_command {named} was ended, and nothing else was done\n"
    assert (ended.code, ended.out) == (128 + number, b"")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "runs").read_text()), 0)


STUCK = """
import ctypes, pathlib, socket
from custobar_formats.cli.main import run

def look_up(*_, **__):
    lock, mutex = ctypes.CDLL(None).pthread_mutex_lock, ctypes.create_string_buffer(256)
    lock(mutex)
    pathlib.Path("runs").touch()
    lock(mutex)  # for ever: no signal ends it

socket.getaddrinfo = look_up
raise SystemExit(run())
"""


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("call", slow_if(["fetch", "check", "token"], ["fetch", "check", "token", "upload"]))
def test_a_signal_while_the_host_is_looked_up(call: str, number: signal.Signals, tmp_path: Path) -> None:
    words = ["upload", "customers.csv"] if call == "upload" else CALLS[call][0]
    (tmp_path / "customers.csv").write_text("external_id\nC-1\n", "utf-8")
    env = environment(CUSTOBAR_API_KEY="APIABCDEFGHIJKLMNOP", XDG_CONFIG_HOME=str(tmp_path))
    command = [sys.executable, "-c", STUCK, *words, "--company", "acme"]
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (tmp_path / "runs").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    ended = Ended(process)
    assert ended.code == 128 + number
    assert ended.err.splitlines()[-1].startswith("interrupted")
    assert not (tmp_path / "key.txt").exists()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_the_password(number: signal.Signals, tmp_path: Path) -> None:
    """The terminal shows what is typed again."""
    ours, theirs = os.openpty()
    env = environment(XDG_CONFIG_HOME=str(tmp_path), CUSTOBAR_USER="x@example.com")
    words = ["token", "--entity", "customers", "--out", "key.txt", "--url", "http://127.0.0.1:9"]
    process = start(*words, cwd=tmp_path, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    shown = b""
    while b"Password of" not in shown:
        shown += os.read(ours, 1000)
    while termios.tcgetattr(theirs)[3] & termios.ECHO:
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(PATIENCE) == 128 + number
    assert termios.tcgetattr(theirs)[3] & termios.ECHO
    shown += os.read(ours, 1000)
    os.close(theirs)
    os.close(ours)
    assert shown.endswith(b"\r\ninterrupted: nothing was made\r\n")
    assert os.listdir(tmp_path) == []
