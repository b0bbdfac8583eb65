"""How much slower is data that differs from plain data in one thing, for as many rows and characters?"""

from __future__ import annotations

import gc
import io
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.command_line import main
from benchmarks.measure import Figure, Options
from benchmarks.results import PLAIN
from benchmarks.uneven_csv import Variation, csv_variations
from benchmarks.uneven_records import json_variations, record_variations
from custobar_formats import CustobarFormatsError, from_csv, from_json, iter_csv, to_csv, to_json, validate
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options as ReadOptions

MAX_ROWS = 10_000
"""Rows of each variation at most, since there are hundreds of variations."""

Run = Callable[[Any, Any, dict[str, Any]], object]
"""Calls a function on some data, with a schema and options."""


def _convert(to: str) -> Run:
    def run(source: Any, schema: Any, options: dict[str, Any]) -> object:
        return convert_file(source, io.BytesIO(), schema, ReadOptions(**options), to=to)

    return run


READ_CSV: dict[str, Run] = {
    "iter_csv": lambda source, schema, options: deque(iter_csv(source, schema, **options), maxlen=0),
    "from_csv": lambda source, schema, options: from_csv(source, schema, **options),
    "convert to JSON lines": _convert("jsonl"),
}
READ_JSON: dict[str, Run] = {
    "from_json": lambda source, schema, options: from_json(source, schema, **options),
    "convert to CSV": _convert("csv"),
}
VALIDATE: dict[str, Run] = {"validate": lambda source, schema, options: validate(source, schema, **options)}
WRITE: dict[str, Run] = {
    "to_csv": lambda records, schema, _: to_csv(records, schema),
    "to_csv without a schema": lambda records, *_: to_csv(records),
    "to_json": lambda records, *_: to_json(records),
}


def run(options: Options) -> Iterator[Figure]:
    """The figures of all variations."""
    rows = min(options.rows, MAX_ROWS)
    for variation in csv_variations(rows):
        yield from _figures(variation, {**(READ_CSV if variation.valid else {}), **VALIDATE}, rows, options.rounds)
    for variation in json_variations(rows):
        yield from _figures(variation, {**(READ_JSON if variation.valid else {}), **VALIDATE}, rows, options.rounds)
    for variation in record_variations(rows):
        yield from _figures(variation, WRITE, rows, options.rounds)


def _figures(variation: Variation, functions: dict[str, Run], rows: int, rounds: int) -> Iterator[Figure]:
    for name, function in functions.items():
        best = [float("inf"), float("inf")]
        note, value = "", None
        try:
            for _ in range(rounds):
                ours = _seconds(function, variation.data, variation.schema, variation.options)
                clean = _seconds(function, variation.clean, variation.clean_schema, {})
                best = [min(best[0], ours), min(best[1], clean)]
            value = best[0] / best[1] / variation.longer
        except CustobarFormatsError as error:
            note = f"refused: {error}"
        yield Figure(variation.name, PLAIN, name, rows, value, bar=variation.bar, note=note)


def _seconds(function: Run, source: Any, schema: Any, options: dict[str, Any]) -> float:
    """The CPU time of one call; its result is freed after the clock has stopped."""
    gc.collect()
    start = time.process_time()
    kept = function(source, schema, options)
    seconds = time.process_time() - start
    del kept
    return seconds


if __name__ == "__main__":
    main(__doc__ or "", run)
