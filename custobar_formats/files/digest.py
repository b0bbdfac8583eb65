"""The digest of a source, taken while it is read.

In: a stream, which is read in order, and perhaps again from its first position. Out: the SHA-256 and the size of all
that it has from there on. Rule: what was read once is not read again for this.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from custobar_formats.core.limits import CHUNK


class Digest:
    """A stream that notes what is read from it; of text, the digest is that of its UTF-8.

    ``start``: how many first bytes have a digest of their own, ``start_sha256``, which is None if there are fewer.
    """

    def __init__(self, stream: Any, start: int = 0) -> None:
        self._stream = stream
        self._first = 0
        self._hash = sha256()
        self.start = start
        self.start_sha256: str | None = None
        self._at = self._noted = self._size = 0  # what is before the position, and what was noted, as read and in bytes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> Any:
        """The next bytes of the stream."""
        part = self._stream.read(size)
        if part is None or not isinstance(part, (str, bytes, bytearray, memoryview)):
            return part  # which is not what was asked for, and is refused
        new = self._at + len(part) - self._noted
        self._at += len(part)
        if new > 0:
            fresh = part[-new:]
            data = fresh.encode("utf-8", "surrogatepass") if isinstance(fresh, str) else fresh
            if self._size < self.start <= self._size + len(data):
                begun = self._hash.copy()
                begun.update(data[: self.start - self._size])
                self.start_sha256 = begun.hexdigest()
            self._hash.update(data)
            self._size += len(data)
            self._noted = self._at
        return part

    def seek(self, start: int) -> None:
        """Go back to the first position."""
        self._stream.seek(start)
        self._first, self._at = start, 0

    def finish(self) -> tuple[str, int]:
        """The digest, in hexadecimal, and the size in bytes; reads what nobody has read."""
        if self._at != self._noted:
            self.seek(self._first)
        while self.read(CHUNK):
            pass
        return self._hash.hexdigest(), self._size
