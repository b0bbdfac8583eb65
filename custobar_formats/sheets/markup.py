"""XML of a spreadsheet to calls of handlers.

In: the bytes of a member, piece by piece. Out: calls for the start and the end of each element, and for text. Rules: no
document type, so that there are no entities; nothing that takes much memory.
Source: XML 1.0; the standard library's expat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

from custobar_formats.core.limits import MAX_MARKUP_BYTES, MAX_MARKUP_DEPTH, MAX_MARKUP_NAMES

Attributes = dict[str, str]


class Unreadable(Exception):
    """The reason why a spreadsheet cannot be read; it never leaves ``sheets``."""


class LocalNames(dict[str, str]):
    """Names without their prefixes, each made once: programs may choose any prefix."""

    def __missing__(self, name: str) -> str:
        local = self[name] = name.rpartition(":")[2]
        return local


class MarkupReader:
    """Reads XML. A subclass has the handlers, which count ``depth``; ``ended`` ends the reading early."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.depth = 0
        self.ended = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Handle the start of an element."""
        raise NotImplementedError

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        raise NotImplementedError

    def take_text(self, handler: Callable[[str], object] | None) -> None:
        """Give all text from here on to a handler, or to none."""
        self._parser.CharacterDataHandler = handler

    def read(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Read all chunks, and yield after each.

        Raises:
            Unreadable: they are no XML, or more than a spreadsheet needs.

        """
        given = 0
        for chunk in chunks:
            self._parse(chunk)
            given += len(chunk)
            yield
            if self.ended:
                return
            if given - self._parser.CurrentByteIndex > MAX_MARKUP_BYTES:
                raise Unreadable("it has a tag or a comment that is as long as a file")
            if len(self._parser.intern) > MAX_MARKUP_NAMES:
                raise Unreadable(f"its XML has more than {MAX_MARKUP_NAMES:,} names")
            if self.depth > MAX_MARKUP_DEPTH:
                raise Unreadable(f"its XML has more than {MAX_MARKUP_DEPTH} levels")
        self._parse(b"", ends=True)
        yield

    def _parse(self, chunk: bytes, *, ends: bool = False) -> None:
        try:
            self._parser.Parse(chunk, ends)
        except (expat.ExpatError, ValueError, LookupError) as error:  # of an encoding that expat does not know
            raise Unreadable(f"its XML is damaged ({error})") from None

    def _refuse_doctype(self, *_: object) -> None:
        raise Unreadable("its XML declares entities, which no spreadsheet program writes")


def read_all(reader: MarkupReader, chunks: Iterable[bytes]) -> None:
    """Read all chunks."""
    for _ in reader.read(chunks):
        pass
