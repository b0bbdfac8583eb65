"""URLs of files in other stores, such as ``s3://bucket/customers.csv``: recognised, and shown.

In: the name of a file. Out: whether it is a URL, and what of it may be shown. Rule: no password and no query, in which
a signature may be, is in any message, report or file.
"""

from __future__ import annotations

import os
import re

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
"""The beginning of a URL, RFC 3986 3.1; one letter would be a drive of Windows."""

USER = re.compile(r"(?<=://)[^/]*@")
"""Who asks, perhaps with a password; for Azure it is a container, which is left out too."""


def is_url(name: str | os.PathLike[str]) -> bool:
    """Whether a file's name is a URL, and no path.

    Example:
        >>> is_url("s3://bucket/customers.csv"), is_url("C:/customers.csv"), is_url("customers.csv")
        (True, False, False)

    """
    try:
        text = os.fspath(name)
    except TypeError:  # no path, although it has the method of one
        return False
    return isinstance(text, str) and SCHEME.match(text) is not None


class Url(str):
    """A URL as it is shown everywhere; ``whole`` is all of it.

    Example:
        >>> url = Url("https://ann:secret@example.com/customers.csv?signature=abc")
        >>> str(url)
        'https://example.com/customers.csv'

    """

    __slots__ = ("whole",)

    whole: str

    def __new__(cls, whole: str) -> Url:
        """The URL without who asks, a query or a fragment."""
        url = super().__new__(cls, USER.sub("", re.split("[?#]", whole, maxsplit=1)[0]))
        url.whole = whole
        return url


def as_name(name: str) -> str:
    """A name from the command line: one that is a URL is shown without its secrets."""
    return Url(name) if not isinstance(name, Url) and is_url(name) else name


def whole_of(name: str) -> str:
    """All of a name, with what is not shown."""
    return name.whole if isinstance(name, Url) else name


def beside(name: str, other: str) -> str:
    """The name of another file in the same folder as that of a URL."""
    return f"{name.rpartition('/')[0]}/{other}"
