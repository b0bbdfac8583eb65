"""The rows that Custobar has refused, as a file to correct and upload again.

In: the source as it was uploaded, and the reasons by row. Out: a CSV file with the original rows and their reasons; of
JSON, the records as JSON lines. Rule: the file is there whole, or not at all.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime

from custobar_formats.files.output import PRIVATE_MODE, Destination, open_whole_output
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.collecting import undisturbed
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.reading import Reading
from custobar_formats.pipeline.rejects import RejectsFile
from custobar_formats.schema.compiled import Schema
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.journal import Refusal


def keep_earlier(path: str | os.PathLike[str]) -> str | None:
    """Give the file of an earlier upload another name, with its time, so that it is not overwritten; the new name.

    Somebody may be correcting its rows.

    Raises:
        OSError: it cannot be renamed.

    """
    name = os.fspath(path)
    try:
        written = datetime.fromtimestamp(os.path.getmtime(name), UTC)
    except FileNotFoundError:
        return None
    stem, suffix = os.path.splitext(name)
    times = (f"{stem}.{written:%Y%m%dT%H%M%SZ}{more}{suffix}" for more in ("", *(f".{n}" for n in range(2, 1000))))
    kept = next(each for each in times if not os.path.lexists(each))
    os.replace(name, kept)
    return kept


class Reasons:
    """The reason of each refused row."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self._spans = sorted((first, last, each) for each in refusals for first, last in each.rows)
        self._firsts = [first for first, _, _ in self._spans]

    def of(self, row: int) -> str | None:
        """The reason of a row; None if it was not refused."""
        place = bisect_right(self._firsts, row) - 1
        if place < 0 or row > self._spans[place][1]:
            return None
        refusal = self._spans[place][2]
        return " ".join(filter(None, ("refused by Custobar:", str(refusal.status or ""), refusal.code)))


def write_refused_rows(
    opened: TextInput | ByteInput, schema: Schema, options: Options, reasons: Reasons, destination: Destination
) -> int:
    """Write the refused rows of a CSV file or a spreadsheet with their reasons; how many there are.

    Raises:
        OSError: a file cannot be read or written.

    """
    with open_whole_output(destination, mode=PRIVATE_MODE) as output:
        reading = Reading(opened, schema, options, Wanted(records=False, as_read=True))
        file = RejectsFile(output, str(destination))
        for block in undisturbed(reading.blocks()):
            file.begin(reading.original, reading.withheld)
            found = ((cells, reasons.of(row)) for row, cells in block.as_read)
            file.add((cells, [reason]) for cells, reason in found if reason is not None)
        file.finish()
    return file.count


def write_refused_records(batches: Batches, reasons: Reasons, destination: Destination) -> int:
    """Write the refused records of a JSON source as JSON lines; how many there are.

    Raises:
        OSError: a file cannot be read or written.

    """
    count = 0
    with open_whole_output(destination, mode=PRIVATE_MODE) as output:
        for row, _, text in batches.each():
            if reasons.of(row) is not None:
                output.write(text + b"\n")
                count += 1
        output.flush()
    return count
