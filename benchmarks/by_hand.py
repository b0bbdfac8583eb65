"""A peer: the code that a user would write for JSON lines to CSV. It fails on two shapes at one path or a dot in a key.

Run as ``python -m benchmarks.by_hand SOURCE TARGET``.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any


def flatten(value: Any, label: str, row: dict[str, Any]) -> None:
    """Put the leaves of a value into a row."""
    if isinstance(value, dict):
        for key, member in value.items():
            flatten(member, f"{label}.{key}" if label else key, row)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            flatten(item, f"{label}.{index}", row)
    else:
        row[label] = str(value).lower() if isinstance(value, bool) else value


def main(source: str, target: str) -> None:
    """Convert a file, holding all rows until the columns are known."""
    rows = []
    with Path(source).open(encoding="utf-8") as file:
        for line in file:
            row: dict[str, Any] = {}
            flatten(json.loads(line), "", row)
            rows.append(row)
    columns = dict.fromkeys(label for row in rows for label in row)
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
