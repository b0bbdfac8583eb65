"""The command as a separate process, in an environment that the tests control."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

INHERITED = ("PATH", "TMPDIR", "SYSTEMROOT")
"""The only variables that a run inherits from the tests' environment."""

PATIENCE = 20 * 60
"""Seconds after which a process that does not end is a failure: only a hang takes so long, on the slowest machine."""

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24
"""The capabilities that let root read and write everything (linux/capability.h), and the call that drops them."""


def environment(**more: str) -> dict[str, str]:
    given = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**given, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **more}


def start(
    *arguments: object, python: tuple[str, ...] = (), env: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[bytes]:
    command = [sys.executable, *python, "-m", "custobar_formats", *map(str, arguments)]
    return subprocess.Popen(command, env=environment(**(env or {})), **options)


class Ended:
    """The results of a run that has ended."""

    def __init__(self, process: subprocess.Popen[bytes], data: bytes | None = None) -> None:
        out, err = process.communicate(data, timeout=PATIENCE)
        self.code, self.out, self.err = process.returncode, out or b"", (err or b"").decode("utf-8")
        assert "Traceback" not in self.err
        assert "Exception ignored" not in self.err


def run(*arguments: object, data: bytes | None = None, limit: int | None = None, **options: Any) -> Ended:
    """Run the command to its end; stdout and stderr are kept, unless other streams are passed.

    No file may grow larger than ``limit`` bytes, as if the disk were full.
    """
    if limit is not None:
        options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        # Python itself would leave half of a compiled module, and break all later runs.
        options["env"] = {**options.get("env", {}), "PYTHONDONTWRITEBYTECODE": "1"}
    streams = {"stdin": subprocess.DEVNULL if data is None else subprocess.PIPE}
    streams |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return Ended(start(*arguments, **{**streams, **options}), data)


def run_in_terminal(*arguments: object, cwd: Path, columns: int) -> tuple[int, str]:
    """Run the command in a terminal to its end; returns its exit code, and what it printed, without colours."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(*arguments, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env={"TERM": "xterm"})
    os.close(theirs)
    printed = b""
    while data := _read_terminal(ours):
        printed += data
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;]*m", "", printed.decode("utf-8"))
    return Ended(process).code, text.replace("\r\n", "\n")


def _read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed: Linux raises an error instead of an end of file
        return b""


def obey_modes() -> None:
    """Before a run: make file permissions apply to root too."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "root cannot be kept from reading everything here")


def files_in(folder: Path) -> dict[str, bytes]:
    """The names and the bytes of all files in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def make_device(folder: Path, like: str) -> str:
    """A copy of one of the system's devices, because a bug in the code could replace the device with a file."""
    if os.geteuid() != 0:
        return like  # only root can make one
    path = folder / Path(like).name
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.stat(like).st_rdev)
        path.open("wb").close()
    except OSError:
        pytest.skip("no device can be made here")
    return str(path)
