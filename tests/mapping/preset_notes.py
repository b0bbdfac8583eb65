"""The comments on top of the presets, and the table of docs/mapping.md that is made of them.

``python -m tests.mapping.preset_notes`` regenerates the table.
"""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

from custobar_formats import load_mapping

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mapping.md"
FOLDER = ROOT / "custobar_formats" / "mapping" / "presets"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
NOTES = ("Export", "Source", "Identifier", "Left out", "Not settled")
HEAD = ("preset", "export", "identifier", "left out", "asks")
TABLE = re.compile(r"^\| preset \|.*\n(?:\|.*\n)+", re.MULTILINE)


def notes(name: str) -> dict[str, str]:
    """The notes of a preset by their names: the export in the first line; others go on in indented lines."""
    first, *lines = (FOLDER / f"{name}.toml").read_text("utf-8").splitlines()
    found = {"Export": first.removeprefix("# ")}
    for line in takewhile(lambda line: line.startswith("#"), lines):
        start = re.match(r"# (\w[\w ]*): ", line)
        if start is not None:
            found[start[1]] = line[start.end() :]
        else:
            assert line.startswith("#   "), line
            found[[*found][-1]] += f" {line[4:]}"
    return found


def table() -> str:
    """The table of all presets, as Markdown."""
    rows = [HEAD, tuple("---" for _ in HEAD)]
    for name in NAMES:
        note = notes(name)
        asks = ", ".join(f"`{each}`" for each in load_mapping(name).questions()) or "nothing"
        rows.append((f"`{name}`", note["Export"], note["Identifier"], note["Left out"], asks))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(TABLE.sub(lambda _: table(), PAGE.read_text("utf-8")), "utf-8")
