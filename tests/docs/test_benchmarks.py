"""The benchmarks run and their answers hold: on few rows, without other programs, and with no check of any time."""

from __future__ import annotations

import re
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import bench_memory, bench_scale, bench_unevenness, data, results
from benchmarks.measure import NAMES, Figure, Options, Timing, in_turns, ratio
from benchmarks.tables import bars, markdown
from custobar_formats import from_csv, from_json, validate
from tests.ranges import small_ranges

ROOT = Path(__file__).parents[2]
FEW = 300
COSTLY = {"csv_to_jsonl", "jsonl_to_csv", "memory", "scale"}
"""Scripts that start a process for each figure, or need many rows, run on one data set."""

QUICK = ("read_list", "validate_csv")
"""Scripts that run in the README's test command."""


def test_every_script_is_a_question() -> None:
    scripts = {path.stem.removeprefix("bench_") for path in (ROOT / "benchmarks").glob("bench_*.py")}
    assert scripts == set(results.QUESTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_the_data_is_the_same_each_time_and_begins_alike(name: str) -> None:
    rows = list(data.rows(name, FEW))
    assert rows == list(data.rows(name, FEW))
    assert rows[:10] == list(data.rows(name, 10))
    assert len({row[0] for row in rows}) == FEW
    dirty = list(data.rows(name, FEW, 100))
    assert [number for number in range(FEW) if rows[number] != dirty[number]] == [0, 100, 200]


@pytest.mark.parametrize("name", NAMES)
def test_the_data_is_valid_and_reads_as_its_records(name: str) -> None:
    schema, records = data.schema(name), list(data.records(name, FEW))
    for path in data.csv_file(name, FEW), data.jsonl_file(name, FEW), data.json_file(name, FEW):
        report = validate(path, schema)
        assert (report.rows, report.valid_rows, report.findings) == (FEW, FEW, ())
    assert from_csv(data.csv_file(name, FEW), schema) == records
    assert from_json(data.json_file(name, FEW), schema) == records
    assert len(data.DATASETS[name].columns) == {"customers": 12, "products": 16, "wide": 200}[name]


def test_the_shares_are_as_shown() -> None:
    count = 5000
    customers, products = list(data.rows("customers", count)), list(data.rows("products", count))
    wide = list(data.rows("wide", FEW))

    def share(rows: list[list[str]], place: int) -> float:
        return sum(not row[place] for row in rows) / len(rows)

    assert sum("," in cell for row in customers for cell in row) / count / 12 == pytest.approx(0.03, abs=0.003)
    assert (share(customers, 1), share(customers, 4)) == pytest.approx((0.05, 0.20), abs=0.02)
    assert (share(products, 5), share(products, 12), share(products, 14)) == pytest.approx((0.6, 0.9, 0.95), abs=0.02)
    assert sum(not cell for row in wide for cell in row) / FEW / 200 == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(
    "question", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in results.QUESTIONS]
)
def test_each_script_runs_and_its_answers_hold(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_memory, "SIZES", [(1, 1)])
    monkeypatch.setattr(bench_unevenness, "MAX_ROWS", 20)
    for name, value in {"MIN_ROWS": FEW, "ROUNDS": 1, "SIMULATED": 100 * bench_scale.RANGE}.items():
        monkeypatch.setattr(bench_scale, name, value)
    only = NAMES[:1] if question in COSTLY else NAMES
    module = import_module(f"benchmarks.bench_{question}")
    assert module.__doc__
    assert module.__doc__.rstrip(".").count("?") == 1
    with small_ranges() if question == "scale" else nullcontext():
        figures = list(module.run(Options(FEW, 1, only, peers=False)))
    assert figures
    for figure in figures:
        assert figure.what
        assert (figure.value is None) == (figure.note == "left out")


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    ours = [Timing(2, 3), Timing(9, 9), Timing(1, 1)]
    reference = [Timing(1, 1), Timing(1, 1), Timing(1, 1)]
    assert ratio(ours, reference) == Timing(2, 3)


def test_contenders_take_turns() -> None:
    order: list[str] = []

    def run(name: str) -> Timing:
        order.append(name)
        return Timing(1, 1)

    timings = in_turns({"a": lambda: run("a"), "b": lambda: run("b")}, 2)
    assert (order, {name: len(kept) for name, kept in timings.items()}) == (["a", "b", "a", "b"], {"a": 2, "b": 2})


def test_results_read_back_as_they_were_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    first = Figure("reading", "csv", "wide", 10, 0.5, 0.6, 1.0)
    second = Figure("reading twice", "csv", "wide", 10, bar=1.0, note="not installed")
    results.save("growth", [Figure("rows doubled", "", "", 0, 2.0)], Options())
    results.save("read_typed", [second], Options())
    path = results.save("read_typed", [first, second], Options())
    assert results.read(path) == [first, second, Figure("rows doubled", "", "", 0, 2.0)]
    assert results.newest() == path
    assert str(ROOT) not in path.read_text("utf-8")


def test_the_table_shows_what_is_met_missed_and_missing() -> None:
    table = markdown(
        [
            Figure("a", "b", "customers", 10, 0.5, 0.6, 1.0),
            Figure("a", "b", "products", 10, 1.5, 1.6, 1.0),
            Figure("a", "b", "wide", 10, bar=1.0, note="not installed"),
            Figure("m", "", "customers", 10, 20.0, bar=60.0, unit="MB"),
            Figure("m", "", "customers", 20, 21.0, bar=60.0, unit="MB"),
            Figure("m", "", "products", 10, 61.0, bar=60.0, unit="MB"),
            Figure("m", "", "products", 20, 60.0, bar=60.0, unit="MB"),
            Figure("g", "", "", 0, 2.0),
        ]
    )
    assert "| a | b | 0.50 ✓ 1 | 1.50 ✗ 1 | not installed |" in table
    assert "| m |  | 20 / 21 MB ✓ 60 | 61 / 60 MB ✗ 60 |  |" in table
    assert "| g |  | 2.00 |" in table


def test_the_pages_show_the_newest_results() -> None:
    assert results.table(results.newest()) in (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    assert results.chart(results.newest()) in (ROOT / "README.md").read_text("utf-8")


def test_the_page_about_uploads_shows_what_was_measured_beside_others() -> None:
    page = (ROOT / "docs" / "upload.md").read_text("utf-8").partition("## Beside others")[2]
    path = re.search(r"\]\(\.\./(benchmarks/results/.+\.md)\)", page)
    assert path is not None
    rows = {line for line in page.split("\n") if line.startswith("| ")}
    measured = (ROOT / path[1]).read_text("utf-8")
    assert len(rows) > 5
    assert rows <= set(measured.split("\n"))
    assert set(re.findall(r"[0-9]+\.[0-9]+\.[0-9]+", page)) <= set(re.findall(r"[0-9]+\.[0-9]+\.[0-9]+", measured))


def test_a_bar_is_as_long_as_its_value() -> None:
    first, second = bars({"slow": 4.0, "quick": 1.0}).splitlines()
    assert (first.split(), second.split()) == (["quick", "█" * 15, "1.0"], ["slow", "█" * 60, "4.0"])
