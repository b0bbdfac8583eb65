"""Every block of the README and of docs/ is run: the examples as doctests, the commands with their output."""

import doctest
import re
import shutil
from pathlib import Path

import pytest

import custobar_formats
from tests.docs.pages import PAGES, blocks, commands, examples, run_commands
from tests.parameters import slow_if

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "pycon")])
def test_the_examples_give_what_is_shown(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    for test in examples(page):
        assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


WITH_COMMANDS = [page for page in PAGES if commands(page)]


@pytest.mark.parametrize("page", slow_if(WITH_COMMANDS[1:], WITH_COMMANDS))  # the README's are run first
def test_the_commands_print_what_is_shown(page: str, tmp_path: Path) -> None:
    needed = ["sh", *(["curl"] if any(command.startswith("curl ") for command, _ in commands(page)) else [])]
    if any(shutil.which(program) is None for program in needed):
        pytest.skip(f"not all of these are there: {needed}")
    given = run_commands([command for command, _ in commands(page)], tmp_path)
    assert list(zip([command for command, _ in commands(page)], given, strict=True)) == commands(page)


def test_there_are_examples_to_run() -> None:
    assert len(commands("README.md")) == 2
    (test,) = examples("README.md")
    assert len(test.examples) >= 7


def test_the_set_up_commands_are_the_first_thing_shown() -> None:
    first = README.index("python3 -m venv")
    assert README[:first].count("\n") < 15
    assert README.count("python3 -m venv .venv &&") == 2


def test_every_public_name_is_reported() -> None:
    for name in custobar_formats.__all__:
        value = getattr(custobar_formats, name)
        if callable(value) and not isinstance(value, type):
            assert f"`{name}`" in README, name


def test_the_laws_that_docs_name_are_there() -> None:
    text = (ROOT / "docs" / "testing.md").read_text("utf-8")
    laws = (ROOT / "tests" / "laws" / "test_laws.py").read_text("utf-8")
    names = re.findall(r"`([a-z]\w+_\w+_\w+)`", text.partition("## Contract")[0])
    assert len(names) >= 40
    assert [name for name in names if f"def test_{name}(" not in laws] == []
