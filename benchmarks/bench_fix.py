"""How long does it take to fix a file and to write it, against a report on the same file?

The faults are in a share of the rows; telephone numbers and dates, which are parsed one by one, are apart.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.bench_mapping import write
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, folder, race
from custobar_formats import fix, validate

BAR = 1.6
SHARES = {"no fault": 0.0, "faults in 1 of 100 rows": 0.01, "faults in every row": 1.0}
COUNTRIES = {"FI": "Suomi", "SE": "Ruotsi"}


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set and share of rows; then those of dates and telephone numbers."""
    for name in options.only:
        schema, rows = data.schema(name), list(data.rows(name, options.rows))
        kinds = data.DATASETS[name].columns
        for what, share in SHARES.items():
            chance = random.Random(1)
            faulty = (_with_faults(row, kinds) if chance.random() < share else row for row in rows)
            path = write(f"{name}-{share}", list(kinds), faulty)
            yield race(f"fix, {what}", "validate CSV", name, options, contenders(path, schema), BAR)
    for field, cell in {"phone_number": _phone, "date_joined": _day}.items():
        path = write(field, ["external_id", field], ([f"C-{at}", cell(at)] for at in range(options.rows)))
        what = f"fix, {field} in another notation"
        yield race(what, "validate CSV", "", options, contenders(path, "customers"), None)


def contenders(path: Path, schema: Any) -> tuple[Callable[[], object], Callable[[], object]]:
    """The two functions: fix a file into another one with its list of changes, and validate it."""
    fixed, changes = (folder() / f"{path.stem}.{kind}.csv" for kind in ("fixed", "changes"))
    result = fix(path, schema, fixed, changes=changes)
    assert result.report.valid, result.report.errors[:1]
    return partial(fix, path, schema, fixed, changes=changes), partial(validate, path, schema)


def _with_faults(row: list[str], kinds: dict[str, Any]) -> list[str]:
    """The row with other words for true and false, names of countries, and white space behind texts."""
    return [_fault(cell, label, kind) for cell, (label, kind) in zip(row, kinds.items(), strict=True)]


def _fault(cell: str, label: str, kind: Any) -> str:
    if kind == "b" and cell:
        return {"true": "TRUE", "false": "FALSE"}[cell]
    if label in ("country", "language"):
        return COUNTRIES.get(cell, cell)
    return f"{cell} " if label in ("first_name", "city", "brand", "title") and cell else cell


def _phone(number: int) -> str:
    return f"+358 40 {number:07}"


def _day(number: int) -> str:
    day = date(1971, 1, 1) + timedelta(number % 18_000)
    return f"{day.day}.{day.month}.{day.year}"


if __name__ == "__main__":
    main(__doc__ or "", run)
