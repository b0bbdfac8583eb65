"""What is printed for people fits the terminal: no line is longer, no word is cut without a mark, nothing is lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats.cli.explanations import EXAMPLES, shown
from custobar_formats.cli.main import main
from custobar_formats.cli.options import in_colour
from custobar_formats.cli.progress import Progress
from custobar_formats.cli.terminal import VALID, folding_width, line_width
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.findings import CODES
from custobar_formats.report.wrapping import MARK, folded, pieces
from tests.processes import run, run_in_terminal

EXAMPLE_FILES = sorted((Path(__file__).parents[2] / "examples").glob("*.[cj]s*"))


def joined(text: str) -> list[str]:
    """The words of a text, those that go on in another line put together."""
    return re.sub(rf"{MARK}\s*\n\s*{MARK}", "", text).split()


@given(
    st.lists(st.text("ab-", min_size=1, max_size=30), max_size=8).map(" ".join), st.integers(3, 40), st.integers(0, 12)
)
def test_nothing_is_lost_in_lines(text: str, width: int, indent: int) -> None:
    lines = folded(text, max(width, 6), indent)
    assert all(len(line) <= max(width, 6) for line in lines)
    assert joined("\n".join(lines)) == text.split()


@given(st.text("abc", max_size=50), st.integers(3, 20))
def test_nothing_is_lost_in_pieces(word: str, width: int) -> None:
    found = pieces(word, width)
    assert all(len(piece) <= width for piece in found)
    assert "\n".join(found).replace(f"{MARK}\n{MARK}", "") == word


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 500])
@pytest.mark.parametrize(
    "words",
    [
        *(["inspect", str(path)] for path in EXAMPLE_FILES),
        *(["schema", entity, "--table"] for entity in ENTITIES),
        ["explain"],
        ["explain", *CODES],
    ],
    ids=lambda words: f"{words[0]} {Path(words[-1]).name}",
)
def test_it_fits_the_terminal(
    words: list[str], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(words) == VALID
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.split("\n"))) <= columns
    monkeypatch.setenv("COLUMNS", "10000")
    assert main(words) == VALID
    wide = capsys.readouterr().out
    if words[0] == "inspect":  # examples are cut, and a list has other words than a table
        heads = [text.split("\n\n")[0] for text in (narrow, wide)]
        assert joined(heads[0]) == joined(heads[1])
        labels = {line.split()[0] for line in wide.split("\n\n")[1].split("\n")[1:] if line}
        assert columns == 80 or labels <= set(joined(narrow))
    else:
        assert sorted(joined(narrow)) == sorted(joined(wide))


def test_a_long_name_of_a_file_or_a_column_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    path = tmp_path / f"{'customers' * 6}.csv"
    label = "acme__" + "x" * 60
    path.write_text(f"external_id,{label}\n1,{'y' * 100}\n", "utf-8")
    assert main(["inspect", str(path), "--entity", "customers"]) == VALID
    out = capsys.readouterr().out
    assert {str(path), label} <= set(joined(out))
    assert max(map(len, out.split("\n"))) <= 40


def test_the_examples_of_explanations_are_whole() -> None:
    """Apart from those that are longer than a line of eighty characters."""
    for example in EXAMPLES.values():
        for content in (example.bad, example.good):
            for line in shown(content) if content is not None else ():
                assert "".join(pieces(line, 36)).replace(MARK * 2, "") == line


@pytest.mark.parametrize("columns", [None, "", "0", "-1", "many", "9" * 5000])
def test_where_nothing_is_known_of_the_terminal(columns: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "__stdout__", None)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    assert (line_width(), line_width(200)) == (79, 200)
    assert folding_width(Terminal()) == 79  # type: ignore[arg-type]
    monkeypatch.setenv("COLUMNS", "1")
    assert line_width() == folding_width(Terminal()) == 20  # type: ignore[arg-type]


RUNS = [
    (["validate", "a.csv"], 1),
    pytest.param(["validate", "a.csv", "b_customers.csv", "-q"], 2, marks=pytest.mark.slow),
    (["convert", "a.csv", "o.json", "-v"], 1),
    pytest.param(["fix", "a.csv", "o.csv"], 1, marks=pytest.mark.slow),
    pytest.param(["validate", "a.csv", "--report", "lines"], 1, marks=pytest.mark.slow),
    (["map", "a.csv", "-o", "m.toml"], 0),
]


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
@pytest.mark.parametrize(("words", "code"), RUNS, ids=lambda each: " ".join(each) if isinstance(each, list) else "")
def test_reports_and_messages_are_folded_on_a_terminal_only(tmp_path: Path, words: list[str], code: int) -> None:
    (tmp_path / "a.csv").write_text("external_id,date_joined\nC-1,1.9.2024\nC-2,the day after\n", "utf-8")
    words = [*words, "--entity", "customers"]
    ran = run(*words, cwd=tmp_path, env={"COLUMNS": "40"}, stderr=subprocess.STDOUT)
    for path in tmp_path.glob("[om]*"):
        path.unlink()
    folded_code, text = run_in_terminal(*words, cwd=tmp_path, columns=40)
    assert folded_code == ran.code == code
    lines = text.split("\n")
    if "lines" in words:
        assert lines == ran.out.decode("utf-8").split("\n")
    else:
        plain = re.sub(r"[\d.,]+ (?=s,|rows/s)", "", ran.out.decode("utf-8"))
        assert re.sub(r"[\d.,]+ (?=s,|rows/s)", "", text).split() == plain.split()
        assert max(map(len, plain.split("\n"))) > 60
        assert all(len(line) < 40 or COMMAND.fullmatch(line) for line in lines)


COMMAND = re.compile(r"(?: {4})?'custobar-formats [^']*'")
"""A command in a line of its own is not broken, so that it can be copied."""


class Terminal:
    encoding = "utf-8"

    def __init__(self) -> None:
        self.written = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.written += text

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        raise OSError


@pytest.mark.parametrize(("term", "is_able"), [("", False), ("dumb", False), ("xterm", True), (None, True)])
def test_a_dumb_terminal_has_no_colours_and_no_cursor(
    term: str | None, is_able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("custobar_formats.cli.progress.FIRST_SECONDS", 0.0)
    assert in_colour(terminal) is is_able  # type: ignore[arg-type]
    with Progress(None, shown=True) as progress:
        progress(1)
    assert ("\r" in terminal.written) is is_able
