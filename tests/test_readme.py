"""Every block of the README is run: the examples as doctests, the commands with their output."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import custobar_formats

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONSOLE = re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", README)


def test_the_examples_give_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = "\n".join(re.findall(r"```pycon\n(.*?)```", README, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(blocks, {}, "README.md", "README.md", 0)
    assert len(test.examples) >= 20
    result = doctest.DocTestRunner(verbose=False).run(test)
    assert result.failed == 0


@pytest.mark.parametrize(("command", "output"), CONSOLE)
def test_the_commands_print_what_is_shown(command: str, output: str) -> None:
    words = shlex.split(command)
    assert words[0] == "custobar-formats"
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "custobar_formats", *words[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode("utf-8") == output
    assert done.stderr == b""


def test_there_are_commands_to_run() -> None:
    assert len(CONSOLE) == 2


def test_the_set_up_commands_are_the_first_thing_shown() -> None:
    first = README.index("python3 -m venv")
    assert README[:first].count("\n") < 15
    assert README.count("python3 -m venv .venv &&") == 2


def test_every_public_name_is_told_of() -> None:
    for name in custobar_formats.__all__:
        value = getattr(custobar_formats, name)
        if callable(value) and not isinstance(value, type):
            assert f"`{name}`" in README, name


def test_the_laws_that_docs_name_are_there() -> None:
    text = (ROOT / "docs" / "trust.md").read_text("utf-8")
    laws = (ROOT / "tests" / "test_laws.py").read_text("utf-8")
    names = re.findall(r"`([a-z]\w+_\w+_\w+)`", text.partition("## Contract")[0])
    assert len(names) >= 40
    assert [name for name in names if f"def test_{name}(" not in laws] == []
