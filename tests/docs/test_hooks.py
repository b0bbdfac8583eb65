"""The hook and the action install the right packages and call the command."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import VALID

ROOT = Path(__file__).parents[2]
HOOK = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
ACTION = (ROOT / "action.yml").read_text("utf-8")


def test_the_hook_installs_what_the_command_needs() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    needed = {wanted for wanted in (*extras["cli"], *extras["html"]) if not wanted.startswith("custobar_formats")}
    (given,) = re.findall(r"additional_dependencies: \[(.*)\]", HOOK)
    assert set(re.findall(r'"(.*?)"', given)) == needed


@pytest.mark.parametrize("text", [HOOK, ACTION], ids=["hook", "action"])
def test_what_is_called_is_there(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (call,) = re.findall(r"(?:entry: |bin/)(?:custobar-formats)\"? (.*)", text)
    words = [word for word in shlex.split(call) if "$" not in word and word != "--"]
    assert words[0] == "validate"
    assert main([*words, str(ROOT / "examples" / "products.csv")]) == VALID
    assert "products.csv: valid" in capsys.readouterr().out


def test_inputs_of_the_action_reach_the_shell_as_variables_alone() -> None:
    for block in re.findall(r"run: \|\n((?: {8}.*\n)+)", ACTION):
        assert "${{" not in block


def test_no_file_name_is_taken_for_an_option() -> None:
    """The names of files stand after ``--``: one of them may be ``--report=json=package.json``."""
    assert "\n  args: [--]\n" in HOOK
    assert "$ARGUMENTS -- $FILES" in ACTION
    (given,) = re.findall(r"args: \[(.*)\]", (ROOT / "docs" / "ci.md").read_text("utf-8"))
    assert given.split(", ")[-1] == "--"
