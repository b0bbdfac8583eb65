"""Temporary files, for data that is or may become too large for memory.

In: the bytes that may stay in memory. Out: a file without a name, which is gone when it is closed or the process ends.
"""

from __future__ import annotations

from typing import IO, cast


def open_temporary(in_memory: int = 0) -> IO[bytes]:
    """A file to write and then read; it moves to the disk when it exceeds ``in_memory`` bytes.

    Raises:
        OSError: it cannot be created.

    """
    import tempfile

    if in_memory:
        return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=in_memory))
    return cast("IO[bytes]", tempfile.TemporaryFile())


def temporary_folder() -> str:
    """The folder of these files, for messages."""
    import tempfile

    return tempfile.gettempdir()
