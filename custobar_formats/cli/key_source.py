"""Where the key of the API comes from.

In: a file, the environment, settings. Out: the key. Rules: a key file is read only if no other user can read it; a
command is run only if the user's own settings, or a file that the user names, have it: an unpacked project must not run
code; what is no key is never shown, for it may be one.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import click

from custobar_formats.cli.settings import OWN_FILE, read_settings
from custobar_formats.cli.signals import announced_signals, unwinding_signals
from custobar_formats.cli.terminal import PROGRAM
from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import as_argument, shown
from custobar_formats.upload.key import Key

VARIABLE = "CUSTOBAR_API_KEY"

COMMAND_SECONDS = 30.0
"""Seconds that a command may take to print the key: a person may have to unlock something."""

MAX_KEY_BYTES = 4096
"""Bytes of a key with its line end: those that are known have forty."""

SHORTEST_KEY = 16
"""Characters: a text that long, without a suffix such as .txt, may be a key."""

FILE_SUFFIX = re.compile(r"\.[A-Za-z]{1,5}$")

SECRETS = "/run/secrets"
"""The folder in which containers get their secrets; there, all may read them (Docker, "Manage sensitive data")."""

NO_KEY = (
    f"no key: set {VARIABLE}, or give --key-file FILE ('{PROGRAM} token' makes one); a key_command counts in your own "
    "settings folder, or in a file that --settings names"
)


def find_key(key_file: str | None, settings: Path | None) -> Key:
    """The key; ``settings`` is the file that the user has named.

    Raises:
        UsageError: there is none, or what is there is no key.
        OSError: a file cannot be read.

    """
    found = look_for_key(key_file, settings)
    if found is None:
        raise UsageError(NO_KEY)
    return found[0]


def look_for_key(key_file: str | None, settings: Path | None) -> tuple[Key, str] | None:
    """The key, and where it was found; None if there is none.

    Raises:
        UsageError: what is there is no key.
        OSError: a file cannot be read.

    """
    if key_file is not None:
        return _key(read_key_file(key_file), _named(key_file)), "--key-file"
    if VARIABLE in os.environ:
        return _key(os.environ[VARIABLE].encode("utf-8", "surrogateescape"), VARIABLE), VARIABLE
    own = Path(click.get_app_dir(PROGRAM), OWN_FILE)
    for path in (settings, own if own.is_file() else None):
        found = None if path is None else read_settings(path)
        if found is not None and found.upload.key_command:
            return _key(run_key_command(found.upload.key_command), "key_command"), "key_command"
    return None


def _key(data: bytes, where: str) -> Key:
    try:
        return Key(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{where}: that is no key: it is not text") from None
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def read_key_file(name: str) -> bytes:
    """The bytes of a file with a key.

    Raises:
        UsageError: there is no such file, others can read it, or it is too long for a key.
        OSError: it cannot be read.

    """
    if not name or "\0" in name:
        raise UsageError("--key-file: no file can be called that")
    try:
        with open(name, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & 0o077 and not _may_be_open(stream.fileno(), name):
                raise UsageError(f"{_named(name)}: other users can read the key: run 'chmod 600' on the file")
            return _short(stream.read(MAX_KEY_BYTES + 1), _named(name))
    except FileNotFoundError:
        raise UsageError(f"{_named(name)}: there is no such file; the key itself goes into a file") from None


def _named(name: str) -> str:
    """The option with its file; without what may be the key itself, given in place of a file."""
    folder, base = os.path.split(name)
    is_file = len(base) < SHORTEST_KEY or FILE_SUFFIX.search(base) or os.path.exists(name)
    return f"--key-file {as_argument(name)}" if is_file and (not folder or os.path.isdir(folder)) else "--key-file"


def _may_be_open(descriptor: int, name: str) -> bool:
    """Whether the permissions of a file mean nothing, or cannot be changed."""
    if os.name == "nt":
        return True
    with suppress(OSError):
        if os.fstatvfs(descriptor).f_flag & os.ST_RDONLY:
            return True
    paths = os.path.realpath(name), os.path.abspath(name)  # the file may be a link into a folder beside it
    return any(path.startswith(f"{SECRETS}/") for path in paths)


def run_key_command(command: tuple[str, ...]) -> bytes:
    """The output of a command.

    Raises:
        UsageError: it is not there, fails, takes too long, or prints too much for a key.

    """
    program = shutil.which(command[0])
    if program is None or not os.path.isabs(program):  # one in the current folder is that of whoever made the folder
        raise UsageError(f"key_command: there is no program {command[0]!r}: name one in PATH, or give its whole path")
    line = f"interrupted: key_command {shown(command[0])} was ended, and nothing else was done"
    try:
        with announced_signals(line), unwinding_signals():
            done = subprocess.run(  # noqa: S603, the user's own command, without a shell
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=COMMAND_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise UsageError(f"key_command: {command[0]!r} took more than {COMMAND_SECONDS:g} seconds") from None
    if done.returncode:
        raise UsageError(f"key_command: {command[0]!r} failed (exit code {done.returncode})")
    return _short(done.stdout, "key_command")


def _short(data: bytes, where: str) -> bytes:
    if len(data) > MAX_KEY_BYTES:
        raise UsageError(f"{where}: that is no key: it has more than {MAX_KEY_BYTES:,} bytes")
    return data
