"""Findings are made only if they are kept: counts are exact, and nothing outlives its block."""

from __future__ import annotations

import gc
import io
from typing import Any

import pytest

from custobar_formats import NotExpressible, from_csv, to_csv, validate

HEADER = "external_id,phone_number,last_name\n"


@pytest.mark.parametrize("kept", [0, 1, 100])
@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ('C-1,123,x\nC-2,+358401234567,a"b"\n', {"wrong-format": 1}),
        ('C-1,,a"b"\nC-2,,a"b"\nC-3,,a"b"\nC-4,123,x\n', {"quote-in-cell": 3, "wrong-format": 1}),
        ("C-1,123,x\nC-2,,y \n", {"wrong-format": 1}),
        ("C-1,,y \nC-2,123,x\nC-3,123,x\n", {"outer-whitespace": 1, "wrong-format": 1}),
    ],
)
def test_the_first_error_ends_the_run_whatever_is_kept(kept: int, rows: str, counts: dict[str, int]) -> None:
    report = validate(HEADER + rows, "customers", max_findings=kept, fail_fast=True)
    assert report.counts.by_code == counts
    assert all(report.counts.by_column.values())


def test_what_is_ignored_is_neither_made_nor_counted() -> None:
    text = HEADER + "".join(f"C-{number},,x \n" for number in range(300))
    assert validate(text, "customers", ignore=["outer-whitespace"]).findings == ()
    assert validate(text, "customers").counts.by_code == {"outer-whitespace": 300}


def test_a_block_with_duplicates_does_not_outlive_it() -> None:
    text = HEADER + "".join(f"C-{number % 50},,x\n" for number in range(2000))
    gc.collect()
    gc.disable()
    try:
        validate(text, "customers")
        assert gc.collect() < 500
    finally:
        gc.enable()


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = io.BytesIO(data), size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, self._size) if size >= 0 else self._size)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_stream_that_gives_little_is_read_as_the_whole(size: int) -> None:
    text = HEADER + "".join(f'C-{number},,"a\nb"\n' for number in range(3000))
    assert from_csv(Trickle(text.encode(), size), "customers") == from_csv(text, "customers")  # type: ignore[arg-type]


@pytest.mark.parametrize("records", [[{"l": ["x" * 4301, 5]}], [{"l": ["x" * 4301]}, {"l": [5]}]])
def test_a_long_text_beside_a_number_in_lists(records: list[Any]) -> None:
    schema = {"properties": {"l": {"type": "array", "items": {"type": ["number", "string"]}}}}
    loose = {"properties": {"l": {"type": "array", "items": {"type": "number"}}}}
    assert "x" * 4301 in to_csv([{"l": ["x" * 4301, 5]}], loose)
    with pytest.raises(NotExpressible, match="/l"):
        to_csv(records, schema)


def test_of_two_warnings_about_a_cell_the_first_is_kept() -> None:
    """A quote in a cell has no path, and so comes before the duplicate identifier that the cell holds, too."""
    text = "external_id,price\n" + 'a"b,1\n' * 3
    whole = validate(text, "products")
    assert [(f.code, f.row) for f in whole.warnings if f.label == "external_id"] == [
        ("quote-in-cell", row) for row in (1, 2, 3)
    ]
    assert "duplicate-identifier" not in whole.counts.by_code
    many = validate("external_id,price\n" + 'a"b,1\n' * 400, "products")
    assert many.counts.by_code["quote-in-cell"] == 400
