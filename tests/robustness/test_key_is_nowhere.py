"""The key of an upload is in nothing that anybody reads: output, logs, files, tracebacks, the process list."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import MISUSE
from custobar_formats.report.formats import RENDERERS
from custobar_formats.upload import transport
from custobar_formats.upload.client import AsyncClient, Client
from custobar_formats.upload.sandbox_faults import FAULTS
from custobar_formats.upload.sandbox_http import Response
from custobar_formats.upload.sandbox_server import Sandbox
from tests.processes import PATIENCE, environment

PRODUCTS = "external_id,title\n" + "".join(f"P-{number},Tuote\n" for number in range(1, 9))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "products.csv").write_text(PRODUCTS, "utf-8")
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))
    return tmp_path


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """What a handler of the root logger gets, with all that is logged at all."""
    caplog.set_level(logging.DEBUG)
    return lambda: "".join(record.getMessage() + str(record.args) for record in caplog.records)


class Echoing(Sandbox):
    """A server that repeats the key in headers and in messages."""

    def _rendered(self, response: Response, closes: bool) -> bytes:
        headers = (*response.headers, ("X-Echo", f"Bearer {self.key}"), ("Set-Cookie", f"key={self.key}"))
        body = response.body.replace(b"refused by the sandbox", b"no key " + self.key.encode())
        return super()._rendered(replace(response, headers=headers, body=body), closes)


def parts(key: str) -> Iterator[str]:
    """What must not be seen: enough of a key to guess it."""
    yield from (key[place : place + 12] for place in (0, 14, len(key) - 12))


def assert_hidden(key: str, *texts: str) -> None:
    for text in texts:
        for part in parts(key):
            assert part not in text, text[max(0, text.index(part) - 300) :][:600]


def files(folder: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize(
    "fault", [pytest.param(each, marks=pytest.mark.slow if place else ()) for place, each in enumerate(FAULTS)]
)
def test_under_every_fault(
    fault: str,
    folder: Path,
    logs: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    reports = [f"{name}={name}.report" for name in RENDERERS]
    with Echoing(faults=[f"{fault}@{number}" for number in (1, 3)], slow=0.01) as server:
        monkeypatch.setenv("CUSTOBAR_API_KEY", f"{server.key}\n")
        where = ["--url", server.url, "--rate", "100000"]
        words = [word for report in reports for word in ("--report", report)]
        main(["upload", "products.csv", "--max-records", "2", *where, *words])
        main(["fetch", "products", "out.csv", *where])
        assert len(server.requests) > 1
    assert "X-Echo" in logs()
    out, err = capfd.readouterr()
    assert err
    assert {path.suffix for path in folder.iterdir()} >= {".report", ".upload-journal"}
    assert_hidden(server.key, out, err, logs(), files(folder))


@pytest.mark.parametrize("odd", ["ä", " ", "\t", "\n", "\x00", "\x7f", "\udcff"])
@pytest.mark.parametrize("is_file", [False, True])
def test_of_a_key_that_no_header_may_have(
    odd: str, is_file: bool, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox() as server:
        key = f"{server.key[:20]}{odd}{server.key[20:]}"
        words = ["upload", "products.csv", "--url", server.url]
        if is_file:
            (folder / "key").write_bytes(key.encode("utf-8", "surrogateescape"))
            (folder / "key").chmod(0o600)
            words += ["--key-file", "key"]
        elif odd == "\x00":
            return  # which no variable can have
        else:
            monkeypatch.setenv("CUSTOBAR_API_KEY", key)
        assert main(words) == MISUSE
        out, err = capfd.readouterr()
        assert "key" in err
        assert_hidden(server.key, out, err)
        assert not server.requests


def test_an_exception_that_was_handled_before_keeps_its_frames() -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("unexpected")

    with Sandbox() as server, Client(url=server.url, key=server.key) as client:
        client._transport._backend.connect_tcp = broken
        with pytest.raises(ValueError, match="unexpected") as raised:
            read_while_handling(client)
    before = raised.value.__context__
    assert isinstance(before, LookupError)
    assert before.__traceback__ is not None


def read_while_handling(client: Client) -> None:
    try:
        raise LookupError
    except LookupError:
        list(client.data("products"))


def shown(error: BaseException) -> str:
    """A traceback with the local variables of each frame, and with all exceptions behind it."""
    lines: list[str] = []
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        lines += traceback.TracebackException.from_exception(each, capture_locals=True).format()
        behind = [each.__cause__, each.__context__, *each.args, *getattr(each, "exceptions", ())]
        waiting += [one for one in behind if isinstance(one, BaseException)]
    return "".join(lines)


@pytest.mark.parametrize("call", ["write", "read", "connect_tcp"])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, OSError])
@pytest.mark.parametrize("is_asynchronous", [False, True])
def test_in_tracebacks_with_local_variables(
    call: str, kind: type[BaseException], is_asynchronous: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of mistakes in a library, and of Ctrl-C: such tracebacks go to services that collect errors."""

    async def fail_later(*_: Any, **__: Any) -> None:
        fail()

    def fail(*_: Any, **__: Any) -> None:
        try:
            raise RuntimeError("behind it")
        except RuntimeError:
            raise kind("unexpected") from None

    prefix = "_Async" if is_asynchronous else "_"
    owner = getattr(transport, f"{prefix}{'Backend' if call == 'connect_tcp' else 'Stream'}")
    monkeypatch.setattr(owner, call, fail_later if is_asynchronous else fail)
    with Sandbox() as server:

        def upload() -> None:
            with Client(url=server.url, key=server.key, rate=1e6, patience=0.01) as client:
                client.upload(Path("products.csv"), "products")

        async def upload_later() -> None:
            async with AsyncClient(url=server.url, key=server.key, rate=1e6, patience=0.01) as client:
                await client.upload(Path("products.csv"), "products")

        try:
            asyncio.run(upload_later()) if is_asynchronous else upload()
        except BaseException as error:
            found = shown(error)
        else:
            assert kind is OSError or (kind is ValueError and call == "read")  # which are outcomes of the request
            return
        key = server.key
    assert "in fail" in found  # where it happened is still shown
    assert_hidden(key, found)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the process list of Linux")
def test_in_the_process_list(folder: Path) -> None:
    with Sandbox(faults=["slow@1"], slow=60) as server:
        command = [sys.executable, "-m", "custobar_formats", "upload", "products.csv", "--url", server.url]
        env = environment() | {"CUSTOBAR_API_KEY": server.key}
        running = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
        try:
            until = time.monotonic() + PATIENCE
            while not server.requests and time.monotonic() < until:
                time.sleep(0.02)
            listed = Path(f"/proc/{running.pid}/cmdline").read_text("utf-8")
        finally:
            running.terminate()
            _, printed = running.communicate()
        assert os.fspath(folder / "products.csv").rpartition("/")[2] in listed
        assert_hidden(server.key, listed, printed)
