"""Small files that are read in ranges as large ones are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from custobar_formats.pipeline import in_ranges, jobs

ROWS = 400
SMALL = 1_000
"""Bytes of a range."""


def products_file(path: Path, fault: str = "24.90") -> Path:
    """A file with a fault in every tenth row, cells of two lines, duplicates, and, by this fault, mixed amounts."""
    lines = ["external_id,price,sale_price,title"]
    for row in range(ROWS):
        price = fault if row % 10 == 0 else row
        title = '"one\ntwo, ""so"""' if row % 7 == 0 else "tea"
        lines.append(f"P{row % 350},{price},{row + 1},{title}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@contextmanager
def small_ranges() -> Iterator[None]:
    """Any file is worth several processes, and has many ranges."""
    with (
        mock.patch.object(in_ranges, "FIRST_RANGE", SMALL),
        mock.patch.object(in_ranges, "range_sizes", return_value=(SMALL, SMALL)),
        mock.patch.object(jobs, "MIN_RANGE", SMALL),
    ):
        yield
