"""Small files, read as a whole: schemas and mappings, and rows that are few, not data.

In: a path. Out: all bytes of its file.
"""

from __future__ import annotations

import os

from custobar_formats.files.filenames import checked_input


def read_whole(path: str | os.PathLike[str]) -> bytes:
    """All bytes of a small file: a schema, a list of fields, rows that were refused.

    Raises:
        UsageError: no file can be called that.
        OSError: it cannot be read.

    """
    return checked_input(path).read_bytes()
