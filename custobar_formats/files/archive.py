"""The members of a document that is a zip archive, such as a spreadsheet.

In: a stream of the archive. Out: the bytes of its members, piece by piece. Rule: no more is unpacked than a document
of its size has, and nothing that needs much memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import DOCUMENT_CHUNK, FREE_UNPACKED_BYTES, MAX_UNPACK_RATIO
from custobar_formats.files.compression import DAMAGED, ENCRYPTED, errors_of
from custobar_formats.files.spreadsheet_files import unreadable

METHODS = (0, 8)
"""The methods of the members of a document: stored and deflated. ISO/IEC 29500-2 B.4, ODF 1.3 part 2, 2.2."""


class Archive:
    """The members of a zip archive; the stream stays open.

    Raises:
        UsageError: the archive is damaged.

    """

    def __init__(self, stream: IO[bytes], name: str | None = None) -> None:
        import zipfile

        self.name = name or "<input>"
        with self._naming_damage():
            self._archive = zipfile.ZipFile(stream)
            self._members = {member.filename: member for member in self._archive.infolist()}
            stream.seek(0, 2)
            self._left = max(FREE_UNPACKED_BYTES, MAX_UNPACK_RATIO * stream.tell())

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def chunks(self, member: str) -> Iterator[bytes]:
        """The bytes of a member.

        Raises:
            UsageError: there is none, it is damaged or encrypted, or it is a bomb.

        """
        found = self._members.get(member)
        if found is None:
            raise self.unreadable(f"it has no {member}")
        if found.flag_bits & ENCRYPTED or found.compress_type not in METHODS:
            raise self.unreadable(f"{member} is encrypted, or packed in a way that no spreadsheet program writes")
        with self._naming_damage():
            stream = self._archive.open(found)
        while True:
            with self._naming_damage():
                data = stream.read(DOCUMENT_CHUNK)
            if not data:
                return
            self.spend(len(data))
            yield data

    def spend(self, count: int) -> None:
        """Count bytes, or blank cells, that the document has become.

        Raises:
            UsageError: they are more than a document of its size has.

        """
        self._left -= count
        if self._left < 0:
            raise self.unreadable(f"it unpacks to more than {MAX_UNPACK_RATIO} times its size, like a zip bomb")

    def unreadable(self, reason: str) -> UsageError:
        """The error about a document that cannot be read."""
        return unreadable(self.name, reason)

    @contextmanager
    def _naming_damage(self) -> Iterator[None]:
        """Turn an error about packed data into a UsageError; an OSError of the system stays one."""
        damaged = (*DAMAGED, *errors_of("zip"))
        try:
            yield
        except damaged as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise self.unreadable(f"its zip archive is damaged or ends early ({error})") from None
