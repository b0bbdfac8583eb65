"""Text that was read, kept to be read again.

In: parts of a text, one after the other. Out: the same parts, as often as needed. Rule: only a few hundred kilobytes
stay in memory.
"""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from typing import IO

from custobar_formats.core.limits import SPOOLED_BYTES
from custobar_formats.files.filenames import naming
from custobar_formats.files.temporary import open_temporary, temporary_folder

LENGTH = struct.Struct("Q")


class KeptText:
    """Parts of a text: in memory at first, then in a temporary file."""

    def __init__(self) -> None:
        self._file: IO[bytes] = io.BytesIO()

    def add(self, part: str) -> None:
        """Keep the next part; an empty one is left out."""
        data = part.encode("utf-8", "surrogatepass")
        kept = LENGTH.pack(len(data)) + data if data else b""
        if isinstance(self._file, io.BytesIO) and self._file.tell() + len(kept) <= SPOOLED_BYTES:
            self._file.write(kept)
            return
        with naming(temporary_folder()):
            if isinstance(self._file, io.BytesIO):
                in_memory, self._file = self._file.getvalue(), open_temporary()
                self._file.write(in_memory)
            self._file.write(kept)

    def rewind(self) -> None:
        """Go back to the first part."""
        self._file.seek(0)

    def next(self) -> str:
        """The next part; empty after the last one."""
        length = self._file.read(LENGTH.size)
        return self._file.read(LENGTH.unpack(length)[0]).decode("utf-8", "surrogatepass") if length else ""

    def close(self) -> None:
        """Remove the temporary file, if there is one."""
        with suppress(OSError):  # a failed write has been reported already
            self._file.close()
