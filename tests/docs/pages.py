"""The examples of a Markdown page, and their output when they run.

A ``console`` block shows a terminal: commands after ``$ ``, each with its output. A ``pycon`` block shows the Python
interpreter. The blocks of a page run one after the other, in a folder that has ``examples/``.

``python -m tests.docs.pages docs/start.md ...`` writes the present output of the commands into these pages.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
MARK = "\x1e"


def blocks(page: str, kind: str) -> list[str]:
    """The blocks of one kind on a page."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: str) -> list[tuple[str, str]]:
    """The commands of a page, each with its output on the page."""
    found = []
    for block in blocks(page, "console"):
        assert block.startswith("$ "), block
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\"):
                more, _, output = output.partition("\n")
                command += f"\n{more}"
            found.append((command, output))
    return found


def shim(folder: Path) -> Path:
    """A folder with the command as a program that uses this interpreter."""
    path = folder / ".bin"
    path.mkdir()
    command = path / "custobar-formats"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m custobar_formats "$@"\n')
    command.chmod(0o755)
    return path


def run_commands(lines: list[str], folder: Path) -> list[str]:
    """The output of each command in one shell, in a folder that has examples/."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    script = "".join(f"{line}\ncode=$?; printf '\\036'; (exit $code)\n" for line in lines)
    environment = {
        **os.environ,
        "PATH": f"{shim(folder)}{os.pathsep}{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    *shown, rest = done.stdout.decode("utf-8").split(MARK)
    assert rest == ""
    return shown


def foreign(block: str) -> list[str]:
    """The packages that a Python block imports and the tests do not need."""
    names = re.findall(r"^(?:>>> )?(?:import|from) (\w+)", block, re.MULTILINE)
    return sorted({name for name in names if name not in sys.stdlib_module_names and name != "custobar_formats"})


def is_installed(names: list[str]) -> bool:
    return all(find_spec(name) is not None for name in names)


def examples(page: str) -> Iterator[doctest.DocTest]:
    """The Python examples of a page that can run here; each block that needs another package is a separate example."""
    parser = doctest.DocTestParser()
    shown = blocks(page, "pycon")
    own = "\n".join(block for block in shown if not foreign(block))
    if own:
        yield parser.get_doctest(own, {}, page, page, 0)
    for block in shown:
        if foreign(block) and is_installed(foreign(block)):
            yield parser.get_doctest(block, {}, page, page, 0)


def renewed(page: str, folder: Path) -> str:
    """The page with the present output of its commands."""
    text = (ROOT / page).read_text("utf-8")
    shown = commands(page)
    place = 0
    for (command, output), given in zip(shown, run_commands([line for line, _ in shown], folder), strict=True):
        place = text.index(f"$ {command}\n{output}", place) + len(f"$ {command}\n")
        text = text[:place] + given + text[place + len(output) :]
    return text


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-c", "import custobar_formats"], cwd=folder, check=True)  # installed
            (ROOT / name).write_text(renewed(name, Path(folder)), "utf-8")
