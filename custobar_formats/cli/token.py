"""The command that makes a key of the API, in the two steps of its pages.

In: arguments, and on the terminal a password. Out: a file with the key, which no other user can read; the exit code.
Rules: the file is there, on the disk, before the first request, for Custobar shows a key only once; no request is
repeated; neither key nor password is ever printed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from custobar_formats.cli.connection import company_option, key_file_option, origin_of, timeout_option, url_option
from custobar_formats.cli.entity import settings_of
from custobar_formats.cli.options import EntityName, file_words, no_settings_option, settings_option
from custobar_formats.cli.signals import SignalRaised, raising_signals
from custobar_formats.cli.terminal import INTERRUPTED, VALID, print_message
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import RequestFailed, UsageError
from custobar_formats.files.output import PRIVATE_MODE
from custobar_formats.report.text import printable

if TYPE_CHECKING:
    from custobar_formats.upload.key import Key
    from custobar_formats.upload.key_steps import AccessToken, Login, Scope

ABOUT_TOKEN = """Make a key of Custobar's API, and write it into a file.

First an integration is made, then a key of it that may upload the entities you name, and nothing else. It is made with
a key that you have (CUSTOBAR_API_KEY, --key-file), or with a user's password, which is asked for, and the code of the
second factor; CUSTOBAR_USER may name the user.

No other user can read FILE. 'custobar-formats upload' and 'fetch' take it as --key-file FILE.
"""

USER = "CUSTOBAR_USER"

ROOM = 4096
"""Bytes that are written before the key is made, so that no full disk can lose it."""


@click.command("token", help=ABOUT_TOKEN)
@company_option
@url_option
@click.option(
    "--entity",
    "entities",
    metavar="NAME",
    type=EntityName(ENTITIES),
    multiple=True,
    required=True,
    help="An entity that the key may upload. May be repeated.",
)
@click.option("--read", is_flag=True, help="Let the key read these entities back, too.")
@click.option("--no-transfer", is_flag=True, help="Do not pass your privileges on to the key (transfer_privileges).")
@click.option("--name", metavar="NAME", default="custobar-formats", show_default=True, help="Name in Custobar.")
@click.option(
    "-o", "--out", metavar="FILE", required=True, help="File for the key; a new one.", shell_complete=file_words
)
@key_file_option
@timeout_option
@settings_option
@no_settings_option
def make_token(
    company: str | None,
    url: str | None,
    entities: tuple[str, ...],
    read: bool,
    no_transfer: bool,
    name: str,
    out: str,
    key_file: str | None,
    timeout: float,
    settings: Path | None,
    no_settings: bool,
) -> int:
    """Make a key; return the exit code."""
    from custobar_formats.upload.client import Client
    from custobar_formats.upload.key_steps import integration_request, scopes_of

    if not out or out == "-" or "\0" in out:
        raise UsageError("--out needs the name of a file: a key is not printed")
    integration_request(name, "")  # a name that cannot be used is refused before anybody is asked
    found = settings_of(settings, none=no_settings)
    origin, scopes = origin_of(company, url, found), scopes_of(entities, read=read)
    if os.path.lexists(out):
        raise _exists(out)
    key, done = _given_key(key_file, settings), "nothing was made"
    login = None
    try:
        with raising_signals() as check:
            login = _login(os.environ.get(USER), origin, check) if key is None else None
            with Client(url=origin, key=key, timeout=timeout) as client, _new_file(out) as descriptor:
                done = f"look in Custobar for an integration {name!r}, which may have been made, and delete it"
                integration = client.create_integration(name, description="Made by custobar-formats", login=login)
                made = f"integration {integration.name!r} made (id {integration.id})"
                done = f"{made}: look in Custobar for a key {name!r} of it, and delete both"
                print_message(printable(made))
                token = client.create_access_token(
                    name, integration=integration.id, scopes=scopes, transfer_privileges=not no_transfer, login=login
                )
                _keep(token, descriptor, out)
    except RequestFailed as error:
        if login is not None and error.verdict == "no-key":
            said = " ".join(filter(None, (str(error.status), error.code, error.message and f"({error.message})")))
            raise UsageError(f"{said}: look at the user, the password and the code; nothing was made") from None
        raise
    except KeyboardInterrupt as error:
        print_message(printable(f"interrupted: {done}"))
        return error.code if isinstance(error, SignalRaised) else INTERRUPTED
    _print_made(token, scopes, out)
    if read and "shops" in entities:
        print_message("shops cannot be read back: --read adds no scope for them")
    return VALID


def _given_key(key_file: str | None, settings: Path | None) -> Key | None:
    """The key that the new one is made with; None if that is to be a user."""
    from custobar_formats.cli.key_source import look_for_key

    found = look_for_key(key_file, settings) if USER not in os.environ or key_file is not None else None
    if found is None:
        return None
    print_message(f"with the key of {found[1]}")
    return found[0]


def _login(user: str | None, origin: str, check: Callable[[], None]) -> Login:
    """The user, with a password and a code that are asked for; ``check`` raises where a signal has come."""
    from custobar_formats.upload.key_steps import Login

    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("the password is asked for on a terminal; without one, give a key that you have (--key-file)")
    try:
        if user is None:
            user = str(click.prompt(f"User of {origin}", err=True))
        password = str(click.prompt(f"Password of {printable(user)}", hide_input=True, err=True))
        asked = "Code of the second factor, if there is one"
        code = str(click.prompt(asked, default="", show_default=False, hide_input=True, err=True)).strip()
    except click.Abort:
        if user is None:
            click.echo(err=True)  # where the prompt was
        check()
        raise KeyboardInterrupt from None
    return Login(user, password, code or None)


@contextmanager
def _new_file(name: str) -> Iterator[int]:
    """The descriptor of a new file with room for a key, on the disk; it is removed if no key comes into it."""
    try:
        descriptor = os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), PRIVATE_MODE)
    except FileExistsError:
        raise _exists(name) from None
    try:
        try:
            _write(descriptor, b" " * ROOM, name)
            _sync_folder(name)
            yield descriptor
        finally:
            os.close(descriptor)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _keep(token: AccessToken, descriptor: int, name: str) -> None:
    """Write the key into its file."""
    data = f"{token.token}\n".encode("ascii")
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        _write(descriptor, data, name)
        os.ftruncate(descriptor, len(data))
        os.fsync(descriptor)
    except OSError as error:
        text = f"{name}: the key {token.name!r} (id {token.id}) was made, but cannot be written"
        raise RequestFailed(f"{text} ({error.strerror}): delete it in Custobar", "unknown") from None


def _write(descriptor: int, data: bytes, name: str) -> None:
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    except OSError as error:
        error.filename = error.filename or name
        raise


def _sync_folder(name: str) -> None:
    """Write the folder of a file to the disk, where the system can."""
    with suppress(OSError):
        folder = os.open(os.path.dirname(os.path.abspath(name)), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _exists(name: str) -> UsageError:
    return UsageError(f"{name}: the file already exists: a key is only written into a new one")


def _print_made(token: AccessToken, scopes: list[Scope], out: str) -> None:
    from custobar_formats.upload.key import Key

    print_message(printable(f"{out}: key {Key(token.token)!r} written; it may"))
    for method, path in scopes:
        print_message(f"  {method} {path}")
