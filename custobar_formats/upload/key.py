"""A key of the API, which no text shows.

In: the text of a key. Out: the header that carries it, and texts without it. Rule: the key itself is in no
representation, message, log or pickle; what is refused is not echoed.
Source: the header is that of Custobar's API reference, "Authentication".
"""

from __future__ import annotations

import re
from typing import NoReturn

from custobar_formats.core.errors import UsageError

_KEY = re.compile(r"[!-~]+")
_SHORT = 16
"""Characters: of a shorter key, three at each end would give away too much."""


class Key:
    """A key of the API.

    Raises:
        UsageError: the text has anything but printable ASCII, line ends behind it aside, or is blank.

    Example:
        >>> key = Key("APIABCDEFGHIJKLMNOPYPP\\n")
        >>> key, key.redacted("no such key: APIABCDEFGHIJKLMNOPYPP")
        (API***YPP, 'no such key: API***YPP')

    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.strip("\r\n")
        if not self._text:
            raise UsageError("the key is blank")
        if not _KEY.fullmatch(self._text):
            raise UsageError("the key has a character that no key has, such as a space or a letter outside ASCII")

    def __repr__(self) -> str:
        """The key's first and last three characters; none of a short one."""
        return "***" if len(self._text) < _SHORT else f"{self._text[:3]}***{self._text[-3:]}"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied into something that could be stored."""
        raise TypeError("a key is not pickled")

    def header(self) -> str:
        """The value of the header ``Authorization``."""
        return f"Bearer {self._text}"

    def redacted(self, text: str) -> str:
        """A text without the key; nothing of a text in which its replacement completes another."""
        shown = text.replace(self._text, repr(self))
        return repr(self) if self._text in shown else shown
