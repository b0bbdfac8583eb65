"""The memory that faults take: in one record; and the memory of identifiers, and of sales."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from custobar_formats import Finding, validate
from custobar_formats.core.limits import MAX_REPORTED_VALUES
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from custobar_formats.validation.across_records import Identifiers
from custobar_formats.validation.digests import SLOTS
from custobar_formats.validation.sales import Sales
from tests.processes import PATIENCE

COUNT = 200_000
LIMIT = 60
"""In megabytes: the memory that the faults of one record may take."""

GROWN = """
import json, resource, sys
from pathlib import Path
from custobar_formats import validate

path, schema = Path(sys.argv[1]), json.loads(sys.argv[2])
validate(b'[{"a": ["x"], "b": [{}], "external_id": 1}]', schema)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = validate(path, schema)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, sum(report.counts.by_code.values()))
"""
"""Prints the kilobytes that a validation takes at most, and the number of findings."""

INTEGER = {"type": "integer"}


def grown(path: Path, record: Any, schema: Any) -> tuple[int, int]:
    path.write_text(json.dumps([record]), "utf-8")
    words = [sys.executable, "-c", GROWN, str(path), json.dumps(schema)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)
    kilobytes, count = map(int, done.stdout.split())
    return kilobytes // 1024, count


def items(schema: Any) -> Any:
    return {"properties": {"a": {"type": "array", "items": schema}}}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
@pytest.mark.parametrize(
    ("good", "bad", "schema"),
    [
        (1, "x", items(INTEGER)),
        ({"b": 1}, {"b": "x"}, items({"properties": {"b": INTEGER}})),
        ({"b": 1}, {}, items({"required": ["b"]})),
        (1, "x", items({"anyOf": [INTEGER, {"type": "boolean"}]})),
        (1, "x", {"properties": {"a": {"type": "array", "prefixItems": [INTEGER], "items": INTEGER}}}),
    ],
    ids=["items", "members", "missing", "union", "prefix"],
)
def test_the_faults_of_one_record_take_little_memory(good: Any, bad: Any, schema: Any, tmp_path: Path) -> None:
    valid, none = grown(tmp_path / "good.json", {"a": [good] * COUNT}, schema)
    faulty, count = grown(tmp_path / "bad.json", {"a": [bad] * COUNT}, schema)
    assert (none, count) == (0, COUNT)
    assert faulty - valid < LIMIT


@pytest.mark.parametrize("schema", [items(INTEGER), items({"anyOf": [INTEGER, {"type": "boolean"}]})])
@pytest.mark.parametrize("most", [1, 7, None])
def test_the_findings_of_one_record_are_the_first_ones_by_path(schema: Any, most: int | None) -> None:
    """Whether the others are made or only counted."""
    records = [{"a": ["x"] * size} for size in (3, 500, 1, 250, 0, 900)]
    reported: list[Finding] = []
    report = validate(records, schema, max_findings=most)
    assert report == validate(records, schema, max_findings=most, on_finding=reported.append)
    assert len(reported) == sum(report.counts.by_code.values()) == 1654
    assert (report.rows, report.valid_rows, len(report.findings)) == (6, 1, most or 100)


MOST = 80
"""Bytes that an identifier, or a sale, takes at most, at any moment; the first table is there at once."""


class Rows:
    """A block of rows that have one field: an identifier."""

    fields = None
    invalid: frozenset[int] = frozenset()
    unread: ClassVar[dict[str, set[int]]] = {}

    def __init__(self, identifiers: list[str], first: int, step: int) -> None:
        self._identifiers = identifiers
        self.numbers = range(first, first + len(identifiers) * step, step)
        self.lines = self.numbers

    def values(self, name: str) -> list[str]:
        return self._identifiers if name == "sale_external_id" else [""] * len(self._identifiers)


def seen(rows: Rows, sales: Sales, identifiers: Identifiers) -> None:
    identifiers.add(rows.values("sale_external_id"), rows.numbers)


def sold(rows: Rows, sales: Sales, identifiers: Identifiers) -> None:
    sales.add(rows)  # type: ignore[arg-type]


def rejected(rows: Rows, sales: Sales, identifiers: Identifiers) -> None:
    sales.reject(rows.values("sale_external_id"))


@pytest.mark.parametrize("order", ["random", "ascending", "ascending, then not"])
@pytest.mark.parametrize("step", [1, pytest.param(300, marks=pytest.mark.slow)])
@pytest.mark.parametrize("take", [seen, sold, rejected])
def test_an_identifier_takes_at_most_so_many_bytes_at_every_size(take: Any, step: int, order: str) -> None:
    """Also where the tables grow: the peak counts after each block. A step is the distance of two rows."""
    count = 2**15 * 2 // 3 + 700
    take(Rows(["x"], 1, 1), Sales(), Identifiers())
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        sales, identifiers = Sales(), Identifiers()
        for first in range(0, count, 100):
            places = range(first, first + 100)
            texts = [f"identifier-{place * 7919 % 2**17 if order == 'random' else place:021d}" for place in places]
            if order == "ascending, then not" and first + 100 >= count:
                texts[-1] = "a"
            tracemalloc.reset_peak()
            take(Rows(texts, first * step + 1, step), sales, identifiers)
            if first >= 1000:  # before, it is the block that counts
                assert tracemalloc.get_traced_memory()[1] - before < MOST * (first + 100) + 4 * SLOTS, first
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("date", ["", "2024-13-01"])
def test_a_rejected_sale_takes_no_more_of_a_conversion(date: str, tmp_path: Path) -> None:
    """Just after the table of sales has grown; the rows have no identifiers of their own."""
    peaks = []
    sizes = [2**size * 2 // 3 + 500 for size in (13, 14)]
    for count in sizes:
        lines = [f"S-{number * 7919 % count:07d},{date},C,P,100" for number in range(count)]
        header = "sale_external_id,sale_date,sale_customer_id,product_id,total"
        path = tmp_path / "sales.csv"
        path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
        del lines
        tracemalloc.start()
        try:
            options = Options("csv")
            report = convert_file(path, tmp_path / "o", "sales", options, to="jsonl", rejects=tmp_path / "r.csv")
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert report.valid_rows == 0
    assert peaks[1] - peaks[0] < MOST * (sizes[1] - sizes[0])


@pytest.mark.parametrize(
    "schema",
    [
        items({"anyOf": [INTEGER, {"type": "boolean"}]}),
        pytest.param(items({"not": {"const": "x"}}), marks=pytest.mark.slow),
    ],
)
def test_a_large_record_has_the_findings_of_small_ones(schema: Any) -> None:
    """Beyond a number of values, the other package finds the violations."""
    size = MAX_REPORTED_VALUES + 10
    large = validate([{"a": ["x"] * size}], schema, max_findings=size).findings
    small = validate([{"a": ["x"] * 9}], schema, max_findings=size).findings
    assert len(large) == size
    assert [finding for finding in large if (finding.path or "") in {f"/a/{at}" for at in range(9)}] == list(small)


FIXED = """
import resource, sys
from pathlib import Path
from custobar_formats import fix

path = Path(sys.argv[1])
fix("external_id,can_email\\nC-1,TRUE\\n", "customers")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = fix(path, "customers", path.with_suffix(".out"), changes=path.with_suffix(".changes"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, found.count)
"""
"""Prints the kilobytes that fixing a file takes at most, and the number of changes."""

FIXED_ROWS = 30_000
"""Enough to fill what is remembered of texts and what is kept in memory of the outputs."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
def test_fixing_more_rows_takes_no_more_memory(tmp_path: Path) -> None:
    """Each cell is another text, and all but the identifiers are changed; identifiers repeat."""
    grown = []
    for times in (1, 4):
        path = tmp_path / f"{times}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("external_id,email,date_joined,last_name,tags\n")
            for row in range(times * FIXED_ROWS):
                day = f"{row % 28 + 1}.{row // 28 % 12 + 1}.{1971 + row // 336 % 100} {row % 24}:00"
                file.write(f'C-{row % 1000},c{row % 1000}@example.com ,{day},Mäki{row} ,"a{row}, b"\n')
        words = [sys.executable, "-c", FIXED, str(path)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)
        kilobytes, count = map(int, done.stdout.split())
        assert count == 4 * times * FIXED_ROWS
        grown.append(kilobytes // 1024)
    assert grown[1] - grown[0] < LIMIT // 2


CUT = """
import resource, sys
from pathlib import Path
from custobar_formats import batches

entity, path = sys.argv[1], Path(sys.argv[2])
with path.open("rb") as file:
    list(batches(file.readline() + file.readline(), entity))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(batch.records for batch in batches(path, entity))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, count)
"""
"""Prints the kilobytes that batches take at most, and the number of records."""

PER_SALE = 300
"""Bytes that a sale takes at most with the checks across records, where its two rows stand apart."""


def cut(path: Path, entity: str, header: str, rows: Iterator[str]) -> tuple[int, int]:
    with path.open("w", encoding="utf-8") as file:
        file.write(header)
        file.writelines(rows)
    words = [sys.executable, "-c", CUT, entity, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)
    kilobytes, count = map(int, done.stdout.split())
    return kilobytes // 1024, count


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
def test_batches_of_a_million_customers_take_little_memory(tmp_path: Path) -> None:
    rows = (f"C-{row:09d},c{row}@example.com,Käthy\n" for row in range(1_000_000))
    grown, count = cut(tmp_path / "customers.csv", "customers", "external_id,email,first_name\n", rows)
    assert count == 1_000_000
    assert grown < LIMIT


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
def test_sales_whose_rows_stand_apart_take_little_memory(tmp_path: Path) -> None:
    count = 200_000
    header = "sale_external_id,sale_date,sale_customer_id,product_id,total\n"
    rows = (f"S-{row % count},2024-01-01T10:00:00Z,C,P,{row}\n" for row in range(2 * count))
    grown, found = cut(tmp_path / "sales.csv", "sales", header, rows)
    assert found == 2 * count
    assert grown < 10 + PER_SALE * count / 2**20
