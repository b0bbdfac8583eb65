"""The data of the benchmarks: seeded, made on the spot, kept in a temporary folder of the process.

In: a data set's name and a number of rows. Out: the paths of its files, and the records in them, made by a walk over
the cells that shares no code with the library. Rule: a short file is the beginning of a longer one, so that results are
checked on a short file and timed on a long one.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, pairwise
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.measure import folder
from benchmarks.rows import CUSTOMERS, PRODUCTS, WIDE, Columns, MakeRow, customer, product, wide
from custobar_formats import load_schema

SEED = 20_260_101
CONVERT = {"s": str, "i": int, "b": {"true": True, "false": False}.__getitem__}


@dataclass(frozen=True)
class Dataset:
    """One data set."""

    entity: str
    columns: Columns
    """The labels, each with the type of its cells: string, integer or boolean."""
    fields: dict[str, str]
    """The company fields to add to the schema."""
    bad_label: str
    """The column with the bad cells of the dirty files; its cells are integers."""
    bad_mark: str
    """The mark between the digits of a bad cell: a decimal comma or point."""
    make_row: MakeRow


WIDE_TYPES = {"s": "string", "i": "integer", "b": "boolean"}
WIDE_FIELDS = {
    label.split(".")[0]: "object" if "." in label else WIDE_TYPES[kind]
    for label, kind in WIDE.items()
    if label.startswith("acme__")
}
DATASETS = {
    "customers": Dataset(
        "customers",
        CUSTOMERS,
        {"acme__points": "integer", "acme__address": "object"},
        "acme__points",
        ",",
        customer,
    ),
    "products": Dataset("products", PRODUCTS, {}, "price", ".", product),
    "wide": Dataset("products", WIDE, WIDE_FIELDS, "price", ".", wide),
}


def schema(name: str) -> dict[str, Any]:
    """The schema of a data set: the bundled schema and the company fields."""
    return load_schema(DATASETS[name].entity, fields=DATASETS[name].fields)


def rows(name: str, count: int, bad_every: int = 0) -> Iterator[list[str]]:
    """The rows of cells, without the header; with ``bad_every``, every n-th row, from the first on, has a bad cell."""
    dataset = DATASETS[name]
    random = Random(f"{SEED} {name}")
    place = list(dataset.columns).index(dataset.bad_label)
    for number in range(count):
        row = dataset.make_row(random, number)
        if bad_every and number % bad_every == 0:
            row[place] = f"{number % 997}{dataset.bad_mark}{number % 900 + 100}"
        yield row


def record_of(columns: Columns, row: list[str], *, typed: bool = True) -> dict[str, Any]:
    """The record of a row, by the obvious walk: without blank cells, with numbers in labels as list indices."""
    record: dict[str, Any] = {}
    for (label, kind), cell in zip(columns.items(), row, strict=True):
        if not cell:
            continue
        parts = label.split(".")
        target: Any = record
        for part, child in pairwise(parts):
            empty: Any = [] if child.isdigit() else {}
            if isinstance(target, dict):
                target = target.setdefault(part, empty)
            else:
                if int(part) == len(target):
                    target.append(empty)
                target = target[int(part)]
        target[parts[-1]] = CONVERT[kind](cell) if typed else cell  # type: ignore[operator]
    return record


def records(name: str, count: int, *, typed: bool = True) -> Iterator[dict[str, Any]]:
    """The records of the CSV file: nested, and with the types of the schema unless ``typed`` is False."""
    return map(partial(record_of, DATASETS[name].columns, typed=typed), rows(name, count))


# -- files


@cache
def csv_file(name: str, count: int, bad_every: int = 0) -> Path:
    """The CSV file: UTF-8, commas, quotes where a cell needs them."""
    path = folder() / f"{name}-{count}-{bad_every}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(chain([DATASETS[name].columns], rows(name, count, bad_every)))
    return path


@cache
def repeated_file(name: str, count: int, times: int) -> Path:
    """The CSV file so many times in one, under one header; the identifiers, which come first, differ."""
    path = folder() / f"{name}-{count}-times-{times}.csv"
    with csv_file(name, count).open("rb") as source, path.open("wb") as file:
        header, rows = source.readline(), source.readlines()
        file.write(header)
        for number in range(times):
            file.writelines(b"%d-" % number + row for row in rows)
    return path


@cache
def jsonl_file(name: str, count: int) -> Path:
    """The typed records, one per line."""
    path = folder() / f"{name}-{count}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records(name, count))
    return path


@cache
def json_file(name: str, count: int) -> Path:
    """The typed records as one list, wrapped in the entity's name."""
    path = folder() / f"{name}-{count}.json"
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"{DATASETS[name].entity}": [\n')
        for number, record in enumerate(records(name, count)):
            file.write((",\n" if number else "") + json.dumps(record, ensure_ascii=False))
        file.write("\n]}\n")
    return path


@cache
def schema_file(name: str, *, cross_checks: bool = True) -> Path:
    """The schema as a file, for commands; without ``cross_checks``, no entity and so no rules across records."""
    path = folder() / f"{name}-{cross_checks}.schema.json"
    content = schema(name)
    if not cross_checks:
        del content["x-entity"]
    path.write_text(json.dumps(content), "utf-8")
    return path


def output_file(name: str) -> Path:
    """The file that a contender writes; each run replaces it."""
    return folder() / f"out-{name}"
