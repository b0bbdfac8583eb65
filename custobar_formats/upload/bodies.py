"""The bytes of validated records in a body: JSON, or the rows of a CSV file as they are.

In: blocks of a reading. Out: for each block the bytes of its records, each with what follows it, and their sizes.
Rules: a JSON body is always wrapped; a CSV body has the header, and the values, of its source.
Source: https://www.custobar.com/docs/api/data-import-formats/
"""

from __future__ import annotations

from typing import Protocol

from custobar_formats.core.entities import Entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.scalars import ExactNumbers
from custobar_formats.csvtext.writer import quote_cells, quote_row
from custobar_formats.jsontext.writer import block_encoder
from custobar_formats.pipeline.original import Original
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.header import REJECTED_LABEL
from custobar_formats.text.encoding import BYTE_ORDER_MARKS, UTF8, UTF16, WINDOWS, content_type
from custobar_formats.upload.batch import BodyForm

BETWEEN = b",\n"


class Bodies(Protocol):
    """Makes the bytes of records; ``form`` is known once there was a block."""

    @property
    def form(self) -> BodyForm:
        """The text around the records."""

    def begin(self) -> None:
        """Find the form, now that a block has been read."""

    def encode(self, block: RecordBlock) -> tuple[bytes, list[int]]:
        """The bytes of the records of a block, each with what follows it, and their numbers."""


class JsonBodies:
    """Bodies of JSON."""

    def __init__(self, entity: Entity, numbers: ExactNumbers) -> None:
        head = f'{{"{entity}":[\n'.encode()
        self.form = BodyForm(entity, content_type("application/json", UTF8), head, BETWEEN, b"\n]}\n")
        self._encode = block_encoder(lambda: numbers.are_plain)

    def begin(self) -> None:
        """The form is known from the start."""

    def encode(self, block: RecordBlock) -> tuple[bytes, list[int]]:
        """The JSON of the records, one a line."""
        lines = block.json_lines
        texts = self._encode(block.records) if lines is None else lines.split(b"\n")
        return BETWEEN.join([*texts, b""]), [len(text) + len(BETWEEN) for text in texts]


class CsvBodies:
    """Bodies of CSV; the reading is that of the source."""

    def __init__(self, entity: Entity, reading: Reading) -> None:
        self._entity = entity
        self._reading = reading
        self._reasons: int | None = None
        self._form: BodyForm | None = None

    @property
    def form(self) -> BodyForm:
        """The header, and nothing else; a source without records has none."""
        return self._form or BodyForm(self._entity, content_type("text/csv", UTF8), b"", b"", b"")

    def begin(self) -> None:
        """Find the form, with the header.

        Raises:
            UsageError: Custobar does not accept the encoding.

        """
        if self._form is None:
            assert self._reading.original is not None
            self._form = self._make_form(self._reading.original)

    def encode(self, block: RecordBlock) -> tuple[bytes, list[int]]:
        """The rows, their cells quoted where they need it."""
        original = self._reading.original
        assert original is not None
        cells = dict(block.as_read)
        columns = list(zip(*(self._shown(cells[row]) for row in block.numbers), strict=True))
        quoted = [quote_cells(column, "\n".join(column)) for column in columns]
        delimiter, line_end = original.delimiter, original.line_end
        rows = [(delimiter.join(row) + line_end).encode(original.codec) for row in zip(*quoted, strict=True)]
        return b"".join(rows), list(map(len, rows))

    def _make_form(self, original: Original) -> BodyForm:
        charset = self._reading.info.charset or UTF8  # text that was given as such has none
        if charset == WINDOWS:
            name = self._reading.info.name or "<input>"
            raise UsageError(f"{name}: Custobar takes no CSV in windows-1252: send JSON, or save the file as utf-8")
        labels = original.labels
        self._reasons = labels.index(REJECTED_LABEL) if REJECTED_LABEL in labels else None
        header = original.delimiter.join(quote_row(self._shown(labels))) + original.line_end
        marks = [mark for mark, (_, codec) in BYTE_ORDER_MARKS.items() if codec == original.codec]
        mark = marks[0] if charset == UTF16 else b""
        head = mark + header.encode(original.codec)
        return BodyForm(self._entity, content_type("text/csv", charset), head, b"", b"")

    def _shown(self, cells: list[str]) -> list[str]:
        """The cells without the reasons of an earlier run."""
        at = self._reasons
        return cells if at is None else cells[:at] + cells[at + 1 :]
