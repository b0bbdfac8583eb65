"""The pictures of the pages: ``python docs/pictures.py`` writes them to docs/pictures/.

In: the output of the command for the examples. Out: terminals as SVG with that output as text, and pages as PNG, which
Chromium renders; without Chromium, only the SVG files.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "pictures"

COLUMNS = 100
"""Columns of the terminal, so that its text is readable at the width of a page."""

CELL, LINE, SIZE, MARGIN, BAR = 8, 19, 13, 16, 30
"""Pixels: width of a character, height of a line, font size, margin, height of the title bar."""

TERMINALS = {
    "terminal": ["validate broken.csv --entity customers"],
    "start": [
        "validate spreadsheet.csv --entity products -e windows-1252 --max-findings 1",
        "validate spreadsheet-fixed.csv --entity products",
    ],
}
"""Each picture of a terminal, and its commands."""

PAGES = {
    "report": ("validate broken.csv --entity customers", 984),
    "start-report": ("validate spreadsheet.csv --entity products -e windows-1252", 775),
}
"""Each picture of a page, the command that writes the page, and its height in pixels."""

PAGE_WIDTH = 960

COLOURS = {"": "#e6edf3", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#76e3ea"}
"""The colours of the terminal, by their ECMA-48 (SGR) parameters."""

FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
STYLE = f"text {{ font-family: {FONT}; font-size: {SIZE}px; white-space: pre; }}"


def run(words: str) -> str:
    """The output of the command in a terminal of this width, with its colours."""
    command = [sys.executable, "-m", "custobar_formats", *words.split()]
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment |= {"PYTHONIOENCODING": "utf-8", "COLUMNS": str(COLUMNS), "TERM": "xterm"}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=EXAMPLES, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    printed = b""
    while part := _read(ours):
        printed += part
    process.wait()
    os.close(ours)
    return printed.decode("utf-8").replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the end, on Linux
        return b""


def cells(text: str) -> Iterator[tuple[str, str]]:
    """The characters of a line, each with its colour."""
    colour = ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", text):
        if part.startswith("\x1b"):
            colour = part[2:-1].removeprefix("0")
        else:
            yield from ((character, colour) for character in part)


def folded(line: str) -> Iterator[list[tuple[str, str]]]:
    """The rows of a line, broken at the width of the terminal."""
    shown = list(cells(line))
    for place in range(0, len(shown), COLUMNS):
        yield shown[place : place + COLUMNS]


def terminal(commands: list[str]) -> str:
    """A terminal with the commands and their output, as SVG."""
    lines = [
        row
        for command in commands
        for line in [f"$ custobar-formats {command}", *run(command).splitlines()]
        for row in folded(line)
    ]
    width, height = COLUMNS * CELL + 2 * MARGIN, BAR + len(lines) * LINE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{escape(commands[0])}</title><style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        *(f'<circle cx="{20 + 18 * place}" cy="18" r="5" fill="#484f58"/>' for place in range(3)),
    ]
    for number, line in enumerate(lines):
        y, place = BAR + MARGIN + number * LINE + SIZE, 0
        for colour, group in groupby(line, key=lambda cell: cell[1]):
            text = "".join(character for character, _ in group)
            x, fit = MARGIN + place * CELL, f'textLength="{len(text) * CELL}" lengthAdjust="spacingAndGlyphs"'
            place += len(text)
            if text.strip():
                name, _, bold = colour.partition(";")
                paint = f'fill="{COLOURS[name]}"' + (' font-weight="bold"' if bold else "")
                parts.append(f'<text x="{x}" y="{y}" {paint} {fit}>{escape(text, quote=False)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def page(command: str, height: int, picture: Path, browser: str) -> None:
    """Write the page of the command as PNG."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, "report.html")
        run(f"{command} --report html={written}")
        switches = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
        subprocess.run(
            [
                browser,
                *switches.split(),
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
                f"--window-size={PAGE_WIDTH},{height}",
                f"--screenshot={picture}",
                written.as_uri(),
            ],
            capture_output=True,
            check=True,
        )


def main() -> None:
    """Write all pictures."""
    for name, commands in TERMINALS.items():
        (PICTURES / f"{name}.svg").write_text(terminal(commands), "utf-8")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("Chromium is not installed: the PNG files stay as they are", file=sys.stderr)
        return
    for name, (command, height) in PAGES.items():
        page(command, height, PICTURES / f"{name}.png", browser)


if __name__ == "__main__":
    main()
