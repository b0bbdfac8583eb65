"""A run gives the same bytes, the same exit code and the same messages in every environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from tests.processes import environment, run, run_in_terminal

pytestmark = pytest.mark.slow

CSV = "external_id;Łabel;phone_number\nK-ä;ö;04012å\n"
JSON = '[{"external_id": "1", "city": "Jyväskylä"}, {"external_id": "2", "tags": ["ä", "ö"]}]'
NAMES = re.compile("Żäk|Ż|ö")
"""Letters that occur only in file names."""

ASCII = "C, and nothing that mends it"
LATIN = "latin-1"
LOCALE = "en_US.ISO-8859-1"

ENVIRONMENTS: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX"},
    ASCII: {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "no UTF-8 mode": {"PYTHONUTF8": "0"},
    "UTF-8 mode": {"LC_ALL": "C", "PYTHONUTF8": "1"},
    LATIN: {"LC_ALL": LOCALE},
    "streams of latin-1": {"PYTHONIOENCODING": "latin-1"},
    "streams of ASCII": {"PYTHONIOENCODING": "ascii"},
    "strict streams of ASCII": {"PYTHONIOENCODING": "ascii:strict"},
    "streams of UTF-16": {"PYTHONIOENCODING": "utf-16-le"},
    "one hash seed": {"PYTHONHASHSEED": "0"},
    "another hash seed": {"PYTHONHASHSEED": "4242"},
    "no buffers": {"PYTHONUNBUFFERED": "1"},
    "no home": {"HOME": "/nonexistent"},
    "a home that cannot be written to": {"HOME": "/proc"},
    "a narrow terminal": {"COLUMNS": "40", "TERM": "dumb"},
    "a terminal of one column": {"COLUMNS": "1", "LINES": "1"},
    "a terminal of nonsense": {"COLUMNS": "many", "TERM": ""},
    "another zone": {"TZ": "Pacific/Kiritimati"},
}

INTERPRETERS: dict[str, tuple[str, ...]] = {
    "warnings are errors, development mode": ("-W", "error", "-X", "dev"),
    "no encoding may be left to the locale": ("-W", "error", "-X", "warn_default_encoding"),
    "no asserts": ("-O",),
    "no docstrings": ("-OO",),
    "bytes are no text": ("-bb",),
}

RUNS: dict[str, tuple[tuple[str, ...], int]] = {
    "validate": (("validate", "Żäk.csv", "--entity", "customers"), INVALID),
    "validate without an entity": (("validate", "Żäk.csv", "--entity", "none"), VALID),
    "CSV to JSON lines": (("convert", "Żäk.csv", "--to", "jsonl", "--entity", "none"), VALID),
    "CSV to JSON, with an error": (("convert", "Żäk.csv", "ö.json", "--entity", "customers"), INVALID),
    "JSON to CSV": (("convert", "Ż.json", "ö.csv", "--entity", "customers", "--missing", "split"), VALID),
    "JSON to CSV on stdout": (("convert", "Ż.json", "-e", "utf-16"), VALID),
    "no such file": (("validate", "ö"), MISUSE),
    "help": (("convert", "--help"), VALID),
    "misuse": (("frobnicate",), MISUSE),
}


def shown(reported: bytes, charset: str, names: str = "utf-8") -> bytes:
    """Printed text in an encoding, letters that it lacks escaped; file names are decoded as the locale decodes them."""

    def read(name: re.Match[str]) -> str:
        return name[0].encode("utf-8").decode(names, "surrogateescape")

    return NAMES.sub(read, reported.decode("utf-8")).encode(charset, "backslashreplace")


class Gave:
    """The results of a run: its exit code, and the bytes of the streams and files."""

    def __init__(self, folder: Path, run_name: str, python: tuple[str, ...], env: dict[str, str]) -> None:
        arguments, self.wanted = RUNS[run_name]
        (folder / "Żäk.csv").write_text(CSV, "utf-8")
        (folder / "Ż.json").write_text(JSON, "utf-8")
        with (folder / "err").open("w+b") as err:
            ran = run(*arguments, python=python, env=env, cwd=folder, stderr=err)
        self.code, self.out, self.err = ran.code, ran.out, (folder / "err").read_bytes()
        self.files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "err"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Gave]:
    gave = {name: Gave(tmp_path_factory.mktemp("plain"), name, (), {}) for name in RUNS}
    assert all(each.code == each.wanted for each in gave.values())
    assert all(word.encode() in gave["validate"].out for word in ("Żäk.csv", "Łabel", "04012å"))
    return gave


@pytest.fixture(scope="module")
def latin(tmp_path_factory: pytest.TempPathFactory) -> str | None:
    """A folder with a Latin-1 locale, which few machines have installed; None if it cannot be made."""
    folder = tmp_path_factory.mktemp("locales")
    command = ["localedef", "-c", "-i", "en_US", "-f", "ISO-8859-1", str(folder / LOCALE)]
    if shutil.which(command[0]) is None or subprocess.run(command, capture_output=True).returncode > 1:
        return None
    return str(folder)


@pytest.fixture
def takes_part(request: pytest.FixtureRequest) -> Callable[[str, int], bool]:
    """Whether a run is tried in the environment with this number: a third of the runs in each, ``validate`` in all."""
    every = request.config.getoption("--every-environment")
    return lambda name, number: every or name == "validate" or (list(RUNS).index(name) + number) % 3 == 0


@pytest.mark.parametrize("where", ENVIRONMENTS)
def test_a_run_is_the_same_in_every_environment(
    tmp_path: Path, plain: dict[str, Gave], where: str, takes_part: Callable[[str, int], bool], latin: str | None
) -> None:
    """Letters that a stream's encoding lacks are escaped, in file names also those that the locale lacks."""
    variables = dict(ENVIRONMENTS[where])
    charset = variables.get("PYTHONIOENCODING", "utf-8").removesuffix(":strict")
    names = "utf-8"
    if where == LATIN:
        if latin is None:
            pytest.skip("no locale of latin-1 can be made here")
        variables["LOCPATH"] = latin
        charset = names = "latin-1"
    if where == ASCII:
        charset = names = "ascii"
    for name, same in plain.items():
        if not takes_part(name, list(ENVIRONMENTS).index(where)):
            continue
        (folder := tmp_path / name).mkdir()
        gave = Gave(folder, name, (), variables)
        assert (gave.code, gave.files) == (same.code, same.files), name
        if name in ("help", "misuse") and "COLUMNS" in variables:
            continue  # its width is that of the terminal
        is_data = name == "CSV to JSON lines" or "stdout" in name
        assert gave.out == (same.out if is_data else shown(same.out, charset, names)), name
        assert gave.err == shown(same.err, charset, names), name


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_run_is_the_same_whatever_the_interpreter_is_reported(
    tmp_path: Path, plain: dict[str, Gave], interpreter: str, takes_part: Callable[[str, int], bool]
) -> None:
    for name, same in plain.items():
        if takes_part(name, list(INTERPRETERS).index(interpreter)):
            (folder := tmp_path / name).mkdir()
            gave = Gave(folder, name, INTERPRETERS[interpreter], {})
            assert (gave.code, gave.out, gave.err, gave.files) == (same.code, same.out, same.err, same.files), name


def test_the_help_is_reported_without_docstrings(tmp_path: Path, plain: dict[str, Gave]) -> None:
    assert b"only valid data is written" in plain["help"].out
    assert Gave(tmp_path, "help", ("-OO",), {}).out == plain["help"].out


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
@pytest.mark.parametrize("columns", [1, 40, 200])
def test_a_terminal_is_reported_what_a_file_is(tmp_path: Path, plain: dict[str, Gave], columns: int) -> None:
    """Lines are folded at the terminal's width, between words."""
    (tmp_path / "Żäk.csv").write_text(CSV, "utf-8")
    arguments, code = RUNS["validate"]
    gave, text = run_in_terminal(*arguments, cwd=tmp_path, columns=columns)
    plainly = plain["validate"].out.decode("utf-8")
    assert (gave, text.split()) == (code, plainly.split())
    assert columns == 1 or max(map(len, text.split("\n"))) < columns
    assert columns < 200 or text == plainly


def test_no_terminal_at_all(tmp_path: Path, plain: dict[str, Gave]) -> None:
    (tmp_path / "Żäk.csv").write_text(CSV, "utf-8")
    arguments, code = RUNS["validate"]
    ran = run(*arguments, cwd=tmp_path, start_new_session=True)
    assert (ran.code, ran.out) == (code, plain["validate"].out)


def test_the_package_itself_needs_no_docstrings_and_no_asserts() -> None:
    """Read, check and write without them, in a process where every warning is an error."""
    script = """
import io, custobar_formats as c
records = c.from_csv("external_id;price;stock.0.shop_id;stock.0.quantity\\nP1;2490;1;39\\n", "products")
assert_ = [{"external_id": "P1", "price": 2490, "stock": [{"shop_id": "1", "quantity": 39}]}]
if records != assert_ or c.from_csv(c.to_csv(records, "products"), "products") != records:
    raise SystemExit(1)
if c.from_json(c.to_json(records), "products") != records or c.validate('[{"a": }]').valid:
    raise SystemExit(2)
c.write_csv(records * 300, io.BytesIO(), {"properties": {"price": {"type": "integer"}}})
"""
    command = [sys.executable, "-W", "error", "-X", "dev", "-bb", "-OO", "-c", script]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
