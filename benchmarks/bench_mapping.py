"""How long does the report on an export take that a mapping reads, against the same file with Custobar's names?

Both files have the same delimiter, of which no cell needs a quote, and their values differ only by what the steps do.
Telephone numbers and dates are apart: what one that did not occur before adds to the time.
"""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, folder, in_process, in_turns, race
from custobar_formats import Report, load_mapping, validate

BAR = 1.5
WORDS = {"true": "Yes", "false": "No"}
STEPS: dict[str, dict[str, Any]] = {
    "external_id": {"strip": "'"},
    "first_name": {"blank": ["-"]},
    "last_name": {"case": "upper"},
    "language": {"values": {"suomi": "fi"}, "others": "keep"},
    "acme__address.city": {"prefix": "City of "},
    "title": {"unescape": "html"},
    "brand": {"case": "upper"},
    "category": {"levels": ">", "take": "leaf"},
    "price": {"unit": "major", "decimal": ","},
    "boolean": {"true": ["Yes"], "false": ["No"]},
}
"""Each step, but those of telephone numbers and dates, on a column that has it in real exports."""

NUMBERS: dict[str, dict[str, Any]] = {"phone_number": {"strip": "'"}, "stock.0.quantity": {"strip": "'"}}
"""Columns of numbers with an apostrophe before each: the reader of the file takes that for a spreadsheet's."""

MAPPINGS = {"names alone": {}, "every step": STEPS, "every step, and 'numbers": {**STEPS, **NUMBERS}}

DELIMITER = ";"
"""That of most exports with a decimal comma."""

MICROSECONDS = 1e6
DISTINCT_ROWS = 20_000
TIMEZONE = "Europe/Helsinki"
FIRST_DAY, FIRST_MOMENT = date(1960, 1, 1), datetime(2015, 1, 1, 12, tzinfo=ZoneInfo(TIMEZONE))
DAYS = 3_000
"""Days of one time; then the next minute begins."""


class Distinct(NamedTuple):
    """A field whose cells are all different: its steps, the cell of a row with its value, and the bar for one."""

    field: str
    steps: dict[str, Any]
    pair: Callable[[int], tuple[str, str]]
    bar: float


def _phone(number: int) -> tuple[str, str]:
    return f"040 {number:07}", f"+35840{number:07}"


def _day(number: int) -> tuple[str, str]:
    day = FIRST_DAY + timedelta(number)
    return f"{day.day}.{day.month}.{day.year}", day.isoformat()


def _moment(number: int) -> tuple[str, str]:
    at = FIRST_MOMENT + timedelta(days=number % DAYS, minutes=number // DAYS)
    return f"{at.day}.{at.month}.{at.year} {at:%H:%M}", at.isoformat()


DISTINCT = {
    "a distinct telephone number": Distinct("phone_number", {"country": "FI"}, _phone, 100),
    "a distinct date": Distinct("birth_date", {"dates": "d.m.y"}, _day, 5),
    "a distinct date and time of a timezone": Distinct(
        "date_joined", {"dates": "d.m.y", "timezone": TIMEZONE}, _moment, 5
    ),
}


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set: with the names alone, and with steps; then those of distinct cells."""
    for name in options.only:
        schema, rows = data.schema(name), list(data.rows(name, options.rows))
        labels = list(data.DATASETS[name].columns)
        same = write(f"{name}-same", labels, rows)
        for what, steps in MAPPINGS.items():
            export, tables = exported(name, rows, steps)
            contenders = reading(export, schema, tables, options.rows), partial(validate, same, schema)
            yield race(f"validate CSV by a mapping, {what}", "validate CSV", name, options, contenders, BAR)
    for what, distinct in DISTINCT.items():
        yield cost_of(what, distinct, options)


def reading(export: Path, schema: Any, tables: dict[str, Any], rows: int) -> Callable[[], Report]:
    """The function that reads an export, in which all rows are valid."""
    read = partial(validate, export, schema, mapping=load_mapping(tables))
    report = read()
    assert (report.rows, report.valid_rows, report.warnings) == (rows, rows, ())
    return read


def exported(name: str, rows: list[list[str]], all_steps: dict[str, dict[str, Any]]) -> tuple[Path, dict[str, Any]]:
    """The rows of a data set as an export of a shop, and the mapping that reads it."""
    kinds = data.DATASETS[name].columns
    steps = {label: all_steps.get("boolean" if kind == "b" else label) for label, kind in kinds.items()}
    columns = {label: {"from": f"Column {label}", **(steps.get(label) or {})} for label in kinds}
    cells = (list(map(_as_exported, row, map(steps.get, kinds))) for row in rows)
    export = write(f"{name}-export-{len(all_steps)}", [f"Column {label}" for label in kinds], cells)
    return export, {"entity": data.DATASETS[name].entity, "columns": columns}


def _as_exported(cell: str, steps: dict[str, Any] | None) -> str:
    if not steps or not cell:
        return cell
    if "unit" in steps:
        return f"{cell[:-2] or '0'},{cell[-2:].rjust(2, '0')}"
    if "true" in steps:
        return WORDS[cell]
    return "'" + cell if "strip" in steps else cell


def cost_of(what: str, distinct: Distinct, options: Options) -> Figure:
    """What a distinct cell adds, in microseconds: the difference to a file that has the values, by names alone."""
    count = min(options.rows, DISTINCT_ROWS)
    pairs, runs = list(map(distinct.pair, range(count))), {}
    for with_steps in (True, False):
        rows = ([f"C-{at:07}", pair[0] if with_steps else pair[1]] for at, pair in enumerate(pairs))
        export = write(f"{distinct.field}-{with_steps}", ["Id", "Column"], rows)
        columns = {"external_id": "Id", distinct.field: {"from": "Column", **(distinct.steps if with_steps else {})}}
        runs[with_steps] = reading(export, None, {"entity": "customers", "columns": columns}, count)
    timings = in_turns({key: in_process(each) for key, each in runs.items()}, options.rounds)
    differences = [ours.cpu - other.cpu for ours, other in zip(timings[True], timings[False], strict=True)]
    value = statistics.median(differences) / count * MICROSECONDS
    return Figure(f"validate CSV by a mapping: {what}", "its value", "", count, value, bar=distinct.bar, unit="µs")


def write(name: str, labels: list[str], rows: Iterator[list[str]] | list[list[str]]) -> Path:
    """The path of a new CSV file."""
    path = folder() / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", delimiter=DELIMITER)
        writer.writerow(labels)
        writer.writerows(rows)
    return path


if __name__ == "__main__":
    main(__doc__ or "", run)
