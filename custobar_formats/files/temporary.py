"""Temporary files: what has to be kept, and is or may become too much for memory.

In: how much may be in memory. Out: a file without a name, which is gone when it is closed, or when the process ends.
"""

from __future__ import annotations

from typing import IO, cast


def open_temporary(in_memory: int = 0) -> IO[bytes]:
    """A file to write and then read; it comes onto the disk when it has more bytes than may be in memory.

    Raises:
        OSError: it cannot be made.

    """
    import tempfile

    if in_memory:
        return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=in_memory))
    return cast("IO[bytes]", tempfile.TemporaryFile())


def temporary_folder() -> str:
    """The folder that these files are in, for messages."""
    import tempfile

    return tempfile.gettempdir()
