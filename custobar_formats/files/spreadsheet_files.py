"""The spreadsheets among files that are containers: zip archives and compound files.

In: a container. Out: the spreadsheet that it is, as it is. Source: ISO/IEC 29500-2; ODF 1.3 part 2;
"""

from __future__ import annotations

import re
from typing import IO, Any, NamedTuple

from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import CHUNK
from custobar_formats.files.compound import Compound, DamagedCompound

_WITHIN_EXCEL = re.compile("xl/").match
_MEMBER_OF_EXCEL = re.compile(rb"PK\x03\x04.{26}xl/", re.DOTALL).search
_SHEET_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"


class Spreadsheet(NamedTuple):
    """A spreadsheet as it is, not unpacked: its format (xlsx, ods, xls), and its bytes."""

    format: str
    stream: IO[bytes]

    def read(self, size: int) -> bytes:
        """The next bytes."""
        return self.stream.read(size)


def unreadable(name: str, reason: str) -> UsageError:
    """The error about a document of this name that cannot be read."""
    return UsageError(f"{name}: the spreadsheet cannot be read: {reason}")


def begins_spreadsheet(head: bytes) -> bool:
    """Whether the first bytes of a zip archive are those of a spreadsheet: the directory at its end may be lost."""
    return _MEMBER_OF_EXCEL(head) is not None or head[30:].startswith(b"mimetype" + _SHEET_TYPE)


def zipped_spreadsheet(archive: Any, kept: IO[bytes]) -> Spreadsheet | None:
    """The spreadsheet that a zip archive is, if it is one."""
    names = archive.namelist()
    format_ = None
    if "[Content_Types].xml" in names and "xl/workbook.bin" not in names and any(map(_WITHIN_EXCEL, names)):
        format_ = "xlsx"
    elif "mimetype" in names and archive.getinfo("mimetype").file_size < CHUNK:
        format_ = "ods" if archive.read("mimetype").startswith(_SHEET_TYPE) else None
    kept.seek(0)
    return None if format_ is None else Spreadsheet(format_, kept)


def workbook_stream(compound: Compound) -> str | None:
    """The name of the stream that has the workbook: that of Excel 97 and later, else of Excel 5."""
    return next((name for name in ("workbook", "book") if name in compound), None)


def spreadsheet_or_bytes(kept: IO[bytes]) -> Spreadsheet | IO[bytes]:
    """The spreadsheet that a compound file is, or its bytes."""
    try:
        is_workbook = workbook_stream(Compound(kept)) is not None
    except DamagedCompound:
        is_workbook = False
    kept.seek(0)
    return Spreadsheet("xls", kept) if is_workbook else kept
