"""How long does the report on JSON take, against ``json.loads`` of the same bytes, which validates nothing?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from benchmarks import data
from benchmarks.command_line import main
from benchmarks.measure import Figure, Options, race
from custobar_formats import validate

BAR = 1.6


def load_lines(content: bytes) -> None:
    """The reference for JSON lines."""
    for line in content.splitlines():
        json.loads(line)


def run(options: Options) -> Iterator[Figure]:
    """The figures of each data set: as a wrapped list, and as one record per line."""
    for name in options.only:
        schema = data.schema(name)
        wrapped = data.json_file(name, options.rows).read_bytes()
        lines = data.jsonl_file(name, options.rows).read_bytes()
        check_json = partial(validate, wrapped, schema, format="json")
        check_lines = partial(validate, lines, schema, format="jsonl")
        for report in check_json(), check_lines():
            assert (report.rows, report.valid_rows, report.findings) == (options.rows, options.rows, ())
        yield race("validate JSON", "json.loads", name, options, (check_json, partial(json.loads, wrapped)), BAR)
        contenders = check_lines, partial(load_lines, lines)
        yield race("validate JSON lines", "json.loads by line", name, options, contenders, BAR)


if __name__ == "__main__":
    main(__doc__ or "", run)
