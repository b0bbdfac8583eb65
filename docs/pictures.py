"""The pictures of the pages: ``python docs/pictures.py`` makes them anew in docs/pictures/.

In: what the command prints and writes of the examples. Out: terminals as SVG, whose text is that of the command, and
pages as PNG, which Chromium takes; without Chromium, the SVG files alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "pictures"

COLUMNS = 100
"""Columns of the terminal: its text is read at the width of a page."""

CELL, LINE, SIZE, MARGIN, BAR = 8, 19, 13, 16, 30
"""Pixels: the width of a character, the height of a line, the size of the font, the edge, the title's bar."""

TERMINALS = {
    "terminal": ["validate broken.csv --entity customers"],
    "start": [
        "validate spreadsheet.csv --entity products -e windows-1252 --max-findings 1",
        "validate spreadsheet-mended.csv --entity products",
    ],
}
"""Each picture of a terminal, and the commands in it."""

PAGES = {
    "report": ("validate broken.csv --entity customers", 1112),
    "start-report": ("validate spreadsheet.csv --entity products -e windows-1252", 1094),
}
"""Each picture of a page, the command that writes it, and the pixels of its height."""

PAGE_WIDTH = 960

STYLE = f"text {{ font: {SIZE}px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; }}"


def run(words: str) -> str:
    """What a terminal shows of the command."""
    command = [sys.executable, "-m", "custobar_formats", *words.split()]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": str(COLUMNS)}
    done = subprocess.run(
        command, cwd=EXAMPLES, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.stdout.decode("utf-8")


def folded(line: str) -> list[str]:
    """A line as a terminal breaks it, which is anywhere."""
    return [line[place : place + COLUMNS] for place in range(0, len(line), COLUMNS)] or [""]


def terminal(commands: list[str]) -> str:
    """A terminal in which the commands were run, as SVG."""
    lines: list[tuple[str, str]] = []
    for command in commands:
        lines += [("#7ee787", part) for part in folded(f"$ custobar-formats {command}")]
        lines += [("#e6edf3", part) for line in run(command).splitlines() for part in folded(line)]
    width, height = COLUMNS * CELL + 2 * MARGIN, BAR + len(lines) * LINE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{escape(commands[0])}</title><style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        *(f'<circle cx="{20 + 18 * place}" cy="18" r="5" fill="#484f58"/>' for place in range(3)),
    ]
    for number, (colour, line) in enumerate(lines):
        if line:
            y = BAR + MARGIN + number * LINE + SIZE
            fit = f'textLength="{len(line) * CELL}" lengthAdjust="spacingAndGlyphs"'
            parts.append(f'<text x="{MARGIN}" y="{y}" fill="{colour}" {fit}>{escape(line, quote=False)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def page(command: str, height: int, picture: Path, browser: str) -> None:
    """The page that the command writes, as PNG."""
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
    """Make all pictures."""
    for name, commands in TERMINALS.items():
        (PICTURES / f"{name}.svg").write_text(terminal(commands), "utf-8")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("without Chromium, the pages are left as they are", file=sys.stderr)
        return
    for name, (command, height) in PAGES.items():
        page(command, height, PICTURES / f"{name}.png", browser)


if __name__ == "__main__":
    main()
