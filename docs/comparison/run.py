"""Runs the comparison and writes its page: ``python docs/comparison/run.py``.

A program that is not installed keeps its recorded results in ``results.json``. Each command runs in its own folder with
the files of its case.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from cases import CASES, TOOLS, Case  # noqa: E402 - beside this script

RESULTS, PAGE = HERE / "results.json", HERE.parent / "comparison.md"
PROGRAMS = {
    "custobar_formats": ("custobar-formats", "--version"),
    "Miller": ("mlr", "--version"),
    "csvkit": ("csvjson", "--version"),
    "frictionless": ("frictionless", "--version"),
    "csvtojson": ("csvtojson", "version"),
    "flatten-tool": ("python3", "-c", "from importlib.metadata import version; print(version('flattentool'))"),
    "DuckDB": ("python3", "-c", "from importlib.metadata import version; print(version('duckdb'))"),
}
"""The command that prints the version of each program; the program is not installed where it fails."""

NOISE = re.compile(r"^\s+at |^\s*warn\(|^\s*warnings\.warn|^[─-╿ ]+( Dataset [─-╿ ]+)?$|^ +dataset *$")
"""Lines that only name a place in a program's source, and frames around tables."""

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters besides tab and line feed: the page shows them as escapes."""

WIDTH, LINES = 110, 14
"""Columns and lines of a program's output that the page shows."""


def run(case: Case, command: str) -> dict[str, Any]:
    """The exit code of a command, and its output on both streams."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in case.files.items():
            (Path(folder) / name).write_bytes(data)
        environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["bash", "-c", command],  # noqa: S607 - the commands of cases.py
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        printed = done.stdout.decode("utf-8", "backslashreplace").replace(os.path.realpath(folder), "FOLDER")
        return {"code": done.returncode, "printed": shortened(printed.replace(folder, "FOLDER"))}


def shortened(text: str) -> str:
    """The first lines of an output, each cut to the page's width; of a traceback, the last line."""
    text = CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text.replace("\r\n", "\n"))
    text = re.sub(r"^\S*/site-packages/\S+:\d+: ", "", text, flags=re.MULTILINE)
    text = re.sub(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*", "Traceback ...\n", text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not NOISE.search(line)]
    lines = [line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in lines]
    return "\n".join(lines if len(lines) <= LINES else [*lines[: LINES - 1], "…"])


def version(tool: str) -> str | None:
    """The version of a program; None where it is not installed."""
    if shutil.which(PROGRAMS[tool][0]) is None:
        return None
    done = subprocess.run(PROGRAMS[tool], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+(?:\.\d+)?", done.stdout + done.stderr)
    return found[0] if found and not done.returncode else None


def render(results: dict[str, Any]) -> str:
    """The page."""
    versions = ", ".join(f"{tool} {results['versions'][tool]}" for tool in TOOLS)
    lines = [(HERE / "intro.txt").read_text("utf-8").rstrip().replace("VERSIONS", versions), ""]
    lines += [f"| | {' | '.join(TOOLS)} |", f"| --- |{' --- |' * len(TOOLS)}"]
    for case in CASES:
        words = " | ".join(case.words.get(tool, "-") for tool in TOOLS)
        lines.append(f"| [{case.title}](#{anchor(case.title)}) | {words} |")
    lines.append("")
    for case in CASES:
        lines += [f"## {case.title}", "", case.about, ""]
        for name, data in case.files.items():
            lines += [f"`{name}`{encoding_note(data)}:", "", "```text", text_of(data).rstrip("\n"), "```", ""]
        for tool in TOOLS:
            if case.commands.get(tool, "-") == "-":
                continue
            found = results["cases"][case.title][tool]
            word = case.words.get(tool, "-")
            lines += [f"**{tool}**: {word}" if word != "-" else f"**{tool}** has no feature for this:", ""]
            lines += ["```text", f"$ {case.commands[tool]}"]
            lines += [found["printed"]] * bool(found["printed"])
            lines += ["```", "", f"Exit code {found['code']}.", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def anchor(title: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def encoding_note(data: bytes) -> str:
    """The encoding of the bytes, in brackets, where it is not UTF-8."""
    if data.startswith(b"\xff\xfe"):
        return " (in UTF-16)"
    return "" if data.decode("utf-8", "replace").encode() == data else " (in ISO-8859-1)"


def text_of(data: bytes) -> str:
    """The text of a file."""
    return data.decode({" (in UTF-16)": "utf-16", " (in ISO-8859-1)": "latin-1", "": "utf-8"}[encoding_note(data)])


def main() -> None:
    """Run the programs that are installed, and write the page."""
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"versions": {}, "cases": {}}
    for tool in TOOLS:
        found = version(tool)
        if found is None:
            print(f"{tool} is not installed: its recorded results stay")
            continue
        results["versions"][tool] = found
        for case in CASES:
            if case.commands.get(tool, "-") != "-":
                results["cases"].setdefault(case.title, {})[tool] = run(case, case.commands[tool])
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    PAGE.write_text(render(results), "utf-8")


if __name__ == "__main__":
    main()
