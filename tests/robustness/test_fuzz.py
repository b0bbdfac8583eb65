"""The fuzz targets run on a few of the fuzzers' first inputs; that does not need atheris."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.chosen import PICKS
from fuzz.seeds import seeds, write_corpus, write_dictionary
from fuzz.targets import TARGETS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EVERY = 8
"""One in so many seeds is run here; the fuzzers run all of them."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_its_seeds(name: str) -> None:
    data = list(seeds(name))
    assert len(data) > 20
    for number, seed in enumerate(data[::EVERY]):
        for picks in (bytes(PICKS), bytes([number % 256]) * PICKS):
            TARGETS[name](picks + seed)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_any_bytes(name: str) -> None:
    for data in (b"", b"\0", b"\xff" * PICKS, bytes(range(256)), b"\0" * PICKS + b"a.csv"):
        TARGETS[name](data)


def test_the_seeds_and_the_words_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    write_corpus("labels", folder)
    write_dictionary(tmp_path / "words")
    assert all(len(path.read_bytes()) >= PICKS for path in folder.iterdir())
    assert '"\\x73\\x65\\x70\\x3d\\x3b\\x0a"' in (tmp_path / "words").read_text("ascii").split("\n")


def test_an_input_that_was_kept_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(bytes(PICKS) + b"a\n1\n")
    command = [sys.executable, "-m", "fuzz", "csv", "--input", str(path)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    command[3] = "nonsense"
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert run.returncode == 2
    assert "no such target: nonsense" in run.stderr
