"""Text and bytes that are given as content, although they are probably the name of a file.

In: text or bytes. Out: an error if they are one. Rule: content is never opened, so that no text that somebody sends
makes a program read a file or reach a server.
"""

from __future__ import annotations

import re

from custobar_formats.core.delimiters import ANY_DELIMITER
from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import MAX_PATH_BYTES
from custobar_formats.files.urls import Url

PATH_LIKE = re.compile(
    rf"([^\r\n{ANY_DELIMITER}]+\.(?:csv|tsv|txt|json|jsonl|ndjson|xlsx?|ods)(?:\.(?:gz|bz2|xz|zst|zip))?)\r?\n?",
    re.IGNORECASE,
)
"""Text of one line and one cell that ends like a file name: probably a path that was meant to be opened."""

URL_LIKE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+://\S+)\r?\n?")
"""Text of one line that is a URL and nothing else."""


def check_is_content(data: str | bytes | bytearray | memoryview, wanted: str) -> None:
    """Refuse what is probably a path; ``wanted`` shows what to give for the file, with its path as ``{!r}``.

    Raises:
        UsageError: it is one line and one cell that ends like a file name, or one line that is a URL.

    """
    text = data if isinstance(data, str) else bytes(data[:MAX_PATH_BYTES]).decode("latin-1")
    if len(data) >= MAX_PATH_BYTES:
        return
    kind = "str" if isinstance(data, str) else "bytes"
    url = URL_LIKE.fullmatch(text)
    if url is not None:
        given = wanted.replace("Path({!r})", "fsspec.open({!r})").replace(".read_bytes()", ".open().read()")
        shown = given.format(str(Url(url[1])))
        raise UsageError(f"{kind} is taken as the content itself; to read what is at this URL, give {shown}")
    found = PATH_LIKE.fullmatch(text)
    if found is not None:
        raise UsageError(f"{kind} is taken as the content itself; to read the file, give {wanted.format(found[1])}")
