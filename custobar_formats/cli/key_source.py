"""Where a command has the key of the API from.

In: the environment, a file, or a command of the user's. Out: a key. Rules: the key is no argument, for other users see
those; a file that others can read is refused; a settings file that is found in a folder runs nothing.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from custobar_formats.cli.settings import OWN_FILE, read_settings
from custobar_formats.core.errors import UsageError
from custobar_formats.files.filenames import checked_input
from custobar_formats.upload.key import Key

VARIABLE = "CUSTOBAR_API_KEY"

COMMAND_SECONDS = 30
"""Seconds that a key_command may take: a person may have to unlock something."""

SECRETS = "/run/secrets/"
"""The folder of secrets in containers, whose files belong to root and are for all."""

MAX_KEY_BYTES = 10_000
"""Bytes of a key at most: more is another file."""


def find_key(key_file: str | None, settings: Path | None, environment: Mapping[str, str] = os.environ) -> Key:
    """The key: of the file, else of the environment, else of the user's own command.

    ``settings``: the settings file that was named on the command line, which may have such a command.

    Raises:
        UsageError: there is none, or it cannot be used; the message does not show it.
        OSError: the file cannot be read.

    """
    if key_file is not None:
        return _read_key(checked_input(key_file))
    if environment.get(VARIABLE):
        return Key(environment[VARIABLE])
    own = Path(click.get_app_dir("custobar-formats")) / OWN_FILE
    for path in (settings, own if own.is_file() else None):
        found = None if path is None else read_settings(path)
        if found is not None and found.upload.key_command:
            return _key_of(found.upload.key_command)
    raise UsageError(f"there is no key: set {VARIABLE}, or name a file with --key-file")


def _read_key(path: Path) -> Key:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and _others_can_read(path, status.st_mode):
            raise UsageError(f"{path}: others can read the key: chmod 600 {path}")
        data = file.read(MAX_KEY_BYTES)
    return _checked(data, str(path))


def _others_can_read(path: Path, mode: int) -> bool:
    """Whether a file can be read by others, where that can be changed."""
    if sys.platform == "win32" or not mode & 0o077 or os.path.realpath(path).startswith(SECRETS):
        return False
    return not os.statvfs(path).f_flag & os.ST_RDONLY


def _key_of(command: Sequence[str]) -> Key:
    """The key that a command prints, which is run without a shell."""
    name = f"key_command {command[0]}"
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=False)  # noqa: S603 - the user's own
    except subprocess.TimeoutExpired:
        raise UsageError(f"{name}: it has not ended after {COMMAND_SECONDS} seconds") from None
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from None
    if done.returncode:
        raise UsageError(f"{name}: it failed with exit code {done.returncode}")
    return _checked(done.stdout, name)


def _checked(data: bytes, name: str) -> Key:
    try:
        return Key(data.decode("ascii", "replace"))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
