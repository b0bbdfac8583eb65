"""The command as a process of its own, in an environment that is all ours."""

from __future__ import annotations

import ctypes
import os
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
"""All that a run gets of the environment of the tests, which may have some of what is to be tried here."""

PATIENCE = 120
"""Seconds after which a run that does not end is a failure."""

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24
"""What lets root read and write whatever it likes (linux/capability.h), and what takes it away (linux/prctl.h)."""


def environment(**more: str) -> dict[str, str]:
    given = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**given, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **more}


def start(
    *arguments: object, python: tuple[str, ...] = (), env: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[bytes]:
    command = [sys.executable, *python, "-m", "custobar_formats", *map(str, arguments)]
    return subprocess.Popen(command, env=environment(**(env or {})), **options)


class Ended:
    """What a run that has ended gave."""

    def __init__(self, process: subprocess.Popen[bytes], data: bytes | None = None) -> None:
        out, err = process.communicate(data, timeout=PATIENCE)
        self.code, self.out, self.err = process.returncode, out or b"", (err or b"").decode("utf-8")
        assert "Traceback" not in self.err
        assert "Exception ignored" not in self.err


def run(*arguments: object, data: bytes | None = None, limit: int | None = None, **options: Any) -> Ended:
    """Run the command to its end; stdout and stderr are kept, unless they are given.

    With a limit, no file may become larger, as if the disk were full.
    """
    if limit is not None:
        options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        # Python itself would keep half of a compiled module, and break all runs to come.
        options["env"] = {**options.get("env", {}), "PYTHONDONTWRITEBYTECODE": "1"}
    streams = {"stdin": subprocess.DEVNULL if data is None else subprocess.PIPE}
    streams |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return Ended(start(*arguments, **{**streams, **options}), data)


def obey_modes() -> None:
    """Before a run: the modes of files hold for root too."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "root cannot be kept from reading everything here")


def files_in(folder: Path) -> dict[str, bytes]:
    """The names and the bytes of all files."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def make_device(folder: Path, like: str) -> str:
    """A device of one's own like one of the system's, in whose place a fault in the code would put a file."""
    if os.geteuid() != 0:
        return like  # nobody else can
    path = folder / Path(like).name
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.stat(like).st_rdev)
        path.open("wb").close()
    except OSError:
        pytest.skip("no device can be made here")
    return str(path)
