"""The rows that Custobar has refused, or that are in doubt, as files to upload from.

In: the source as it was uploaded, and the reasons by row. Out: a CSV file with the original rows and their reasons; of
JSON, the records as JSON lines. Rule: the file is there whole, or not at all.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from custobar_formats.core.limits import SPOOLED_BYTES
from custobar_formats.files.output import PRIVATE_MODE, Destination, open_whole_output
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.files.temporary import open_temporary
from custobar_formats.files.whole import read_whole
from custobar_formats.pipeline.collecting import undisturbed
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.reading import Reading
from custobar_formats.pipeline.rejects import RejectsFile
from custobar_formats.schema.compiled import Schema
from custobar_formats.upload.batches import Batches
from custobar_formats.upload.journal import Doubt, Refusal


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
    """The reason of each row of a file."""

    def __init__(self, spans: Iterable[tuple[int, int, str]]) -> None:
        self._spans = sorted(spans)
        self._firsts = [first for first, _, _ in self._spans]

    @classmethod
    def of_refusals(cls, refusals: Iterable[Refusal]) -> Reasons:
        """Those of refused rows."""
        return cls(
            (*span, _joined("refused by Custobar:", each.status, each.code)) for each in refusals for span in each.rows
        )

    @classmethod
    def of_doubts(cls, doubts: Iterable[Doubt]) -> Reasons:
        """Those of rows in doubt."""
        text = "in doubt: sent at {:%Y-%m-%d %H:%M} UTC, and no answer shows if it has arrived"
        return cls(
            (*span, _joined(text.format(each.since), each.status, each.code)) for each in doubts for span in each.rows
        )

    def of(self, row: int) -> str | None:
        """The reason of a row; None if it is not one of the file."""
        place = bisect_right(self._firsts, row) - 1
        if place < 0 or row > self._spans[place][1]:
            return None
        return self._spans[place][2]


def _joined(text: str, status: int | None, code: str | None) -> str:
    return " ".join(filter(None, (text, str(status or ""), code)))


def write_or_keep(destination: Destination, write: Callable[[Destination], object]) -> str | None:
    """Write a file whole; one of this name that has other lines gets another name, which is returned.

    Somebody may be correcting its rows. One with the same contents stays as it is.

    Raises:
        OSError: a file cannot be read or written.

    """
    kept = None
    if isinstance(destination, (str, os.PathLike)) and os.path.isfile(destination):
        found = read_whole(destination)
        with open_temporary(SPOOLED_BYTES) as made:
            write(made)
            made.seek(0)
            new = made.read()
        if found == new:
            return None
        if not set(found.splitlines()) <= set(new.splitlines()):
            kept = keep_earlier(destination)
    write(destination)
    return kept


def write_rows(
    opened: TextInput | ByteInput, schema: Schema, options: Options, reasons: Reasons, destination: Destination
) -> int:
    """Write the rows that have a reason, of a CSV file or a spreadsheet, with the reasons; how many there are.

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


def write_records(batches: Batches, reasons: Reasons, destination: Destination) -> int:
    """Write the records that have a reason, of a JSON source, as JSON lines; how many there are.

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
