"""The register of ``make`` after `fix --map`: per kind of oddity, how many cells are right, and how the others end.

The true values are those that the register was made of; records and rejected rows are read with the standard library.
``python -m tests.samples.journey FOLDER`` prints the table, for the workbook and for its CSV.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from custobar_formats.cli.main import main
from tests.samples.make import COLUMNS, FOLDER, rows

RIGHT, WAITS, PERSON, WARNED, WRONG, LOST = "right", "waits", "person", "warned", "wrong", "lost"
ENDS = (RIGHT, WAITS, PERSON, WARNED, WRONG, LOST)
"""A cell is right in a record; or its row is rejected, for another cell or for itself; or a record has another value,
with a warning or without one; or the row is neither among the records nor among the rejected ones."""


class Journey:
    """One run of the command.

    Attributes:
        code: its exit code.
        report: its report, as JSON.
        ends: by the kind of a cell, how many cells have each end.

    """

    def __init__(self, source: Path, folder: Path, *options: str) -> None:
        self._is_csv = source.suffix == ".csv"
        made = [folder / name for name in ("out.json", "rejects.csv", "report.json")]
        arguments = ["--map", str(FOLDER / "asiakkaat.toml"), "--rejects", str(made[1]), "--report", f"json={made[2]}"]
        self.code = main(["fix", str(source), str(made[0]), "-q", "-f", *arguments, *options])
        (self.report,) = json.loads(made[2].read_text("utf-8"))
        self._records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in json.loads(made[0].read_text("utf-8"))["customers"]:
            self._records[record["acme__order"]].append(record)
        with made[1].open(encoding="cp1252" if self._is_csv else "utf-8", newline="") as lines:
            rejected = csv.DictReader(lines, delimiter=";" if self._is_csv else ",")
            self._rejected = Counter(row["Viimeisin tilaus"] for row in rejected)
        self.ends: dict[str, Counter[str]] = defaultdict(Counter)
        self._compare()

    def _compare(self) -> None:
        """Compare each cell of the register with the record that its row has become."""
        found = {(each["row"], each["label"]) for each in self.report["findings"] if each["severity"] != "notice"}
        seen: Counter[str] = Counter()
        number = 0
        for row in rows():
            number += bool(row.cells) or self._is_csv  # in CSV, a blank row has a number
            order = row.cells.get("Viimeisin tilaus")
            if order is None or order.value == "Yhteensä":
                continue
            records, at = self._records[str(order.value)], seen[str(order.value)]
            seen[str(order.value)] += 1
            is_there = at < len(records) + self._rejected[str(order.value)]
            record = records[at] if at < len(records) else None
            for name, cell in row.cells.items():
                field, is_found = COLUMNS[name], (number, name) in found
                if field is None:
                    continue
                end = (PERSON if is_found else WAITS) if is_there else LOST
                if record is not None:
                    end = RIGHT if record.get(field) == cell.value else WARNED if is_found else WRONG
                self.ends[cell.kind][end] += 1

    @property
    def total(self) -> Counter[str]:
        """How many cells have each end."""
        return sum(self.ends.values(), Counter())


def table(journeys: dict[str, Journey]) -> str:
    """The ends of all cells, by their kinds, as a table in Markdown."""
    columns = [f"{way}: {end}" for way in journeys for end in ENDS]
    lines = [f"| kind | cells | {' | '.join(columns)} |", f"| --- |{' ---: |' * (len(columns) + 1)}"]
    first = next(iter(journeys.values()))
    for kind in [*sorted(first.ends), "all"]:
        ends = [each.total if kind == "all" else each.ends[kind] for each in journeys.values()]
        counts = [ends[0].total(), *(count[end] or "" for count in ends for end in ENDS)]
        lines.append(f"| {kind} | {' | '.join(map(str, counts))} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    ways = ("xlsx", "csv")
    sys.stdout.write(table({way: Journey(FOLDER / f"asiakkaat.{way}", Path(sys.argv[1])) for way in ways}))
