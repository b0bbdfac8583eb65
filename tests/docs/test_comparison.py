"""The comparison page shows the recorded results, and our own command still gives them."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import shim
from tests.parameters import slow_if

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "comparison"


def script() -> Any:
    sys.path.insert(0, str(FOLDER))
    try:
        return import_module("run")
    finally:
        sys.path.remove(str(FOLDER))


RUN = script()
RESULTS = json.loads((FOLDER / "results.json").read_text("utf-8"))


def test_the_page_shows_the_recorded_results() -> None:
    assert (ROOT / "docs" / "comparison.md").read_text("utf-8") == RUN.render(RESULTS)


def test_each_program_has_a_word_for_each_case() -> None:
    assert len(RUN.CASES) >= 15
    for case in RUN.CASES:
        assert list(case.words) == RUN.TOOLS, case.title
        for tool in RUN.TOOLS:
            if case.commands.get(tool, "-") == "-":
                assert case.words[tool] == "-", (case.title, tool)
            else:
                assert set(RESULTS["cases"][case.title][tool]) == {"code", "printed"}


def test_nothing_of_the_machine_is_on_the_page() -> None:
    text = (FOLDER / "results.json").read_text("utf-8")
    assert not [word for word in ("/home", "/root", "/tmp", "/usr", "node_modules", "site-packages") if word in text]


@pytest.mark.parametrize("case", slow_if(RUN.CASES[2:], RUN.CASES), ids=lambda case: case.title)
def test_our_own_command_gives_what_the_page_shows(case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(shim(tmp_path)), prepend=":")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert RUN.run(case, case.commands["custobar_formats"]) == RESULTS["cases"][case.title]["custobar_formats"]
