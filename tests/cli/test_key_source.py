"""Where the key comes from, and where it must not come from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from custobar_formats import UsageError
from custobar_formats.cli import key_source
from custobar_formats.cli.key_source import find_key, look_for_key
from custobar_formats.cli.main import main
from custobar_formats.cli.settings import find_settings
from custobar_formats.cli.terminal import MISUSE
from custobar_formats.upload.key import Key

KEY = "APICODEXU5SLHM3ZFHYCXW4FSLY2D7Y2RHO3RYPP"

posix = pytest.mark.skipif(os.name == "nt", reason="permissions mean something else there")

pytestmark = pytest.mark.usefixtures("own_folder")


def text_of(found: tuple[Key, str] | None) -> str:
    assert found is not None
    return found[0].header().removeprefix("Bearer ")


def key_file(folder: Path, data: bytes = f"{KEY}\n".encode(), mode: int = 0o600) -> Path:
    path = folder / "key.txt"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def command(code: str) -> str:
    """Settings with a command that runs this code."""
    return f"[upload]\nkey_command = [{sys.executable!r}, '-c', {code!r}]\n"


PRINTING = command(f"print('{KEY}')")


def test_a_file_counts_before_the_variable_and_that_before_a_command(
    tmp_path: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look_for_key(None, None) is None
    (own_folder / "custobar-formats.toml").write_text(command("print('by-command')"))
    assert text_of(look_for_key(None, None)) == "by-command"
    monkeypatch.setenv("CUSTOBAR_API_KEY", "by-variable")
    assert text_of(look_for_key(None, None)) == "by-variable"
    assert text_of(look_for_key(str(key_file(tmp_path, b"by-file\r\n")), None)) == "by-file"


def test_without_a_key() -> None:
    with pytest.raises(UsageError) as raised:
        find_key(None, None)
    assert str(raised.value) == (
        "no key: set CUSTOBAR_API_KEY, or give --key-file FILE ('custobar-formats token' makes one); a key_command "
        "counts in your own settings folder, or in a file that --settings names"
    )


# -- files


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o601])
def test_a_file_that_others_can_read(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path, mode=mode)
    with pytest.raises(UsageError) as raised:
        look_for_key(str(path), None)
    assert str(raised.value) == f"--key-file {path}: other users can read the key: run 'chmod 600' on the file"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_that_nobody_else_can_read(tmp_path: Path, mode: int) -> None:
    assert text_of(look_for_key(str(key_file(tmp_path, mode=mode)), None)) == KEY


@posix
def test_a_secret_of_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_source, "SECRETS", str(tmp_path))
    path = key_file(tmp_path, mode=0o444)
    assert text_of(look_for_key(str(path), None)) == KEY
    monkeypatch.setattr(key_source, "SECRETS", f"{tmp_path}/other")
    with pytest.raises(UsageError, match="other users can read the key"):
        look_for_key(str(path), None)


@posix
def test_a_file_on_a_mount_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Flags:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(os, "fstatvfs", lambda _: Flags)
    assert text_of(look_for_key(str(key_file(tmp_path, mode=0o444)), None)) == KEY


def test_permissions_mean_nothing_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(key_file(tmp_path, mode=0o444))
    monkeypatch.setattr(os, "name", "nt")
    found = key_source.read_key_file(path)
    monkeypatch.undo()
    assert found == f"{KEY}\n".encode()


@posix
def test_a_pipe_is_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{KEY}\n".encode())
    os.close(writing)
    try:
        assert text_of(look_for_key(f"/dev/fd/{reading}", None)) == KEY
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the key is blank"),
        (b"\n", "the key is blank"),
        (b"secret word\n", "the key has a character that no key has"),
        (b"secret\nword\n", "the key has a character that no key has"),
        (b"secret\xff\n", "that is no key: it is not text"),
        ("sécret\n".encode(), "the key has a character that no key has"),
        (b"secret" * 1000, "that is no key: it has more than 4,096 bytes"),
    ],
)
def test_what_is_no_key_is_not_shown(tmp_path: Path, data: bytes, why: str) -> None:
    path = key_file(tmp_path, data)
    with pytest.raises(UsageError) as raised:
        look_for_key(str(path), None)
    assert str(raised.value).startswith(f"--key-file {path}: {why}")
    assert "cret" not in str(raised.value)


def test_a_byte_order_mark_is_no_part_of_the_key(tmp_path: Path) -> None:
    assert text_of(look_for_key(str(key_file(tmp_path, b"\xef\xbb\xbfkey\r\n")), None)) == "key"


@pytest.mark.parametrize("name", ["key", "key.txt", "my key.txt", "customers-of-acme-2026.key"])
def test_a_file_that_is_not_there_is_named(name: str, own_folder: Path) -> None:
    with pytest.raises(UsageError) as raised:
        look_for_key(name, None)
    given = f'"{name}"' if " " in name else name
    assert str(raised.value) == f"--key-file {given}: there is no such file; the key itself goes into a file"


@pytest.mark.parametrize("name", [KEY, f"{KEY}/x", f"abc/{KEY}", f"{KEY}.{KEY}", "", "a\0b"])
def test_the_key_itself_in_place_of_a_file_is_not_shown(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        look_for_key(name, None)
    assert str(raised.value).startswith("--key-file: ")
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("value", ["", "a b", "\udcff"])
def test_a_variable_that_has_no_key(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOBAR_API_KEY", value)
    with pytest.raises(UsageError, match="^CUSTOBAR_API_KEY: "):
        look_for_key(None, None)


# -- commands


def test_a_command_of_a_file_that_the_user_names(tmp_path: Path, own_folder: Path) -> None:
    (own_folder / "custobar-formats.toml").write_text(command("raise SystemExit(9)"))
    path = tmp_path / "named.toml"
    path.write_text(PRINTING)
    assert text_of(look_for_key(None, path)) == KEY


def test_a_project_runs_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    path = tmp_path / "custobar-formats.toml"
    path.write_text(command(f"open({str(made)!r}, 'w')"))
    monkeypatch.chdir(tmp_path)
    assert find_settings(tmp_path).path == path
    assert look_for_key(None, None) is None
    assert main(["fetch", "customers", "--company", "acme"]) == MISUSE
    assert not made.exists()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (command("raise SystemExit(3)"), "key_command: '{python}' failed (exit code 3)"),
        (command("pass"), "key_command: the key is blank"),
        (command("print('se cret')"), "key_command: the key has a character that no key has"),
        (command("print('x' * 5000)"), "key_command: that is no key: it has more than 4,096 bytes"),
        ('[upload]\nkey_command = ["no-such-program"]', "key_command: there is no program 'no-such-program'"),
        ('[upload]\nkey_command = ["./here"]', "key_command: there is no program './here'"),
    ],
)
def test_a_command_that_gives_no_key(
    settings: str, why: str, own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = tmp_path / "here"
    here.write_text("#!/bin/sh\necho key\n")
    here.chmod(0o755)
    (own_folder / "custobar-formats.toml").write_text(settings)
    with pytest.raises(UsageError) as raised:
        look_for_key(None, None)
    assert str(raised.value).startswith(why.format(python=sys.executable))
    assert "cret" not in str(raised.value)


def test_a_command_that_does_not_end(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_source, "COMMAND_SECONDS", 0.2)
    (own_folder / "custobar-formats.toml").write_text(command("import time; time.sleep(600)"))
    with pytest.raises(UsageError, match=r"took more than 0\.2 seconds"):
        look_for_key(None, None)


def test_a_command_has_no_shell_and_no_input(own_folder: Path) -> None:
    code = "import sys; assert not sys.stdin.read(); print(sys.argv[1])"
    words = [sys.executable, "-c", code, "$HOME;*"]
    (own_folder / "custobar-formats.toml").write_text(f"[upload]\nkey_command = {words}")
    assert text_of(look_for_key(None, None)) == "$HOME;*"
