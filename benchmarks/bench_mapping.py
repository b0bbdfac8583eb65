"""How long does the report on an export take that a mapping reads, against the same file with Custobar's names?"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, folder, race
from custobar_formats import load_mapping, validate

BAR = 1.5
WORDS = {"true": "Kyllä", "false": "Ei"}
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
    "boolean": {"true": ["Kyllä"], "false": ["Ei"]},
}
"""Each step, but those of telephone numbers and dates, on a column that has it in real exports."""


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set: with the names alone, and with the steps."""
    for name in options.only:
        schema, path = data.schema(name), data.csv_file(name, options.rows)
        for what in ("names alone", "every step"):
            export, tables = exported(name, path, with_steps=what != "names alone")
            mapping = load_mapping(tables)
            report = validate(export, schema, mapping=mapping)
            assert (report.rows, report.valid_rows, report.warnings) == (options.rows, options.rows, ())
            contenders = partial(validate, export, schema, mapping=mapping), partial(validate, path, schema)
            yield race(f"validate CSV by a mapping, {what}", "validate CSV", name, options, contenders, BAR)


def exported(name: str, path: Path, *, with_steps: bool) -> tuple[Path, dict[str, Any]]:
    """The file of a data set as an export of a shop, and the mapping that reads it."""
    kinds = data.DATASETS[name].columns
    steps = {label: STEPS.get("boolean" if kind == "b" else label) for label, kind in kinds.items() if with_steps}
    columns = {label: {"from": f"Column {label}", **(steps.get(label) or {})} for label in kinds}
    export = folder() / f"{name}-export-{with_steps}.csv"
    with path.open(encoding="utf-8", newline="") as source, export.open("w", encoding="utf-8", newline="") as target:
        rows = csv.reader(source)
        writer = csv.writer(target, lineterminator="\n")
        labels = next(rows)
        writer.writerow(f"Column {label}" for label in labels)
        for row in rows:
            writer.writerow(map(_as_exported, row, map(steps.get, labels)))
    return export, {"entity": data.DATASETS[name].entity, "columns": columns}


def _as_exported(cell: str, steps: dict[str, Any] | None) -> str:
    if not steps or not cell:
        return cell
    if "unit" in steps:
        return f"{cell[:-2] or '0'},{cell[-2:].rjust(2, '0')}"
    if "true" in steps:
        return WORDS[cell]
    return "'" + cell if "strip" in steps else cell


if __name__ == "__main__":
    main(__doc__ or "", run)
