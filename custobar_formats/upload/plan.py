"""A source to upload, and how: what its journal is begun with, and its batches.

In: a source and options, and the journal that is there. Out: the batches; the first line of the journal; the way to go
on. Rule: each option that changes what arrives is in that line, as what it means and not as it was written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from custobar_formats.core.errors import UsageError
from custobar_formats.files.output import Destination
from custobar_formats.files.source import ByteInput, TextInput, open_input
from custobar_formats.mapping.plan import MappingPlan
from custobar_formats.pipeline.jobs import Jobs
from custobar_formats.pipeline.options import Options
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.encoding import resolve_charset
from custobar_formats.upload.batch import LIMITS, Limits
from custobar_formats.upload.batches import Batches, open_batches
from custobar_formats.upload.journal import Journal
from custobar_formats.upload.journal_file import JournalCopy
from custobar_formats.upload.journal_lines import Begin, Option
from custobar_formats.upload.resuming import Choices, Opened, Start, differences, open_for
from custobar_formats.upload.row_map import Spans

BODY_FORM = 1
"""The version of the bodies: another one makes other bytes of the same records."""


class Earlier(NamedTuple):
    """The state of a journal before its source is read: a guess, for nothing is locked.

    ``taken``: the rows whose bodies nobody needs; ``size``: that of the content that was uploaded whole.
    """

    taken: Spans = ()
    size: int = 0


NOTHING_EARLIER = Earlier()


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """A source to upload, and how.

    Attributes:
        source: text, bytes, a path, or records; or what opens an input anew, such as a stream that was kept.
        name: its name in the journal.
        schema, options: how it is read, and what is valid.
        origin: where it goes.
        limits, send: how large a request is, and in which form.
        rejects: where rows with errors go; None if there may be none.
        strict, ignore, jobs: as in ``convert``.

    """

    source: Any
    name: str
    schema: Schema
    options: Options
    origin: str
    limits: Limits = LIMITS
    send: str = "json"
    rejects: Destination | None = None
    strict: bool = False
    ignore: tuple[str, ...] = ()
    jobs: Jobs = 1

    @contextmanager
    def opened(self) -> Iterator[TextInput | ByteInput]:
        """The source, from its start.

        Raises:
            OSError: a file cannot be opened.

        """
        with self.source() if callable(self.source) else open_input(self.source) as opened:
            yield opened

    def prepare(
        self,
        opened: TextInput | ByteInput | None = None,
        on_progress: Callable[[int], None] | None = None,
        earlier: Earlier = NOTHING_EARLIER,
    ) -> Batches:
        """Read and validate the source; ``opened``: it, from its start. The rejects appear with ``write_rejects``.

        Raises:
            InvalidData: the data has errors, and there are no rejects.
            UsageError: an option cannot be used.
            OSError: a file cannot be read or written.

        """
        return open_batches(
            self.source if opened is None else opened,
            self.schema,
            self.options,
            limits=self.limits,
            send=self.send,
            rejects=self.rejects,
            strict=self.strict,
            ignore=self.ignore,
            jobs=self.jobs,
            on_progress=on_progress,
            taken=earlier.taken,
            start=earlier.size,
        )

    def earlier(self, journal: str) -> Earlier:
        """The traces of an earlier upload in a journal.

        Of the content of one that is unfinished, only the size is compared. No rows are known of a source that cannot
        be read again, as a wrong guess needs.

        Raises:
            UsageError: the source cannot be used.
            OSError: it cannot be opened.

        """
        try:
            found = JournalCopy(journal).journal
        except (OSError, UsageError):  # which is reported once it is locked
            return NOTHING_EARLIER
        old = found.begin
        if old is None:
            return NOTHING_EARLIER
        if found.ended is not None:
            return Earlier(size=old.size)
        is_path = isinstance(self.source, os.PathLike) and os.path.isfile(self.source)
        if not (is_path or callable(self.source) or isinstance(self.source, (str, bytes, bytearray, memoryview))):
            return NOTHING_EARLIER
        with self.opened() as opened:
            size = opened.progress()[1] if isinstance(opened, ByteInput) else None
        entity = self.options.entity or self.schema.entity
        new = self._begin(old.size if size is None else size, old.sha256, entity, old.identified)
        return NOTHING_EARLIER if differences(old, new) else Earlier(found.taken_whole())

    def opening(self, journal: Journal, batches: Batches, choices: Choices) -> Opened:
        """The way to go on with a journal.

        Raises:
            UsageError: it is of something else, or of an upload that has ended; or the choices contradict each other.

        """
        unsent = 0 if journal.ended is None else batches.count_beyond(journal.known())
        return open_for(journal, self.begin(batches), choices, unsent=unsent, start=Start(*batches.start))

    def begin(self, batches: Batches) -> Begin:
        """The first line of its journal."""
        entity = batches.report.source.entity or self.options.entity or self.schema.entity
        return self._begin(batches.source_size, batches.source_sha256, entity, batches.identified)

    def _begin(self, size: int, sha256: str, entity: str | None, identified: bool) -> Begin:
        given, mapping = self.options, self.options.mapping
        options: dict[str, Option] = {
            "body-form": BODY_FORM,
            "send": self.send,
            "schema": digest_of(self.schema.document.root),
            "mapping": digest_of(mapping.mapping.meaning) if isinstance(mapping, MappingPlan) else None,
            "max-records": self.limits.max_records,
            "max-bytes": self.limits.max_bytes,
            "blank": given.blank,
            "list-gaps": given.list_gaps,
            "header": given.header,
            "format": given.declared_format,
            "encoding": None if given.charset is None else resolve_charset(given.charset)[0],
            "delimiter": given.delimiter,
            "sheet": given.sheet,
        }
        options = {name: value for name, value in options.items() if value is not None}
        return Begin(os.path.basename(self.name), size, sha256, str(entity), self.origin, identified, options)


def digest_of(document: Any) -> str:
    """The digest of a JSON document, or of values, whatever the order of their keys.

    Example:
        >>> digest_of({"a": 1, "b": frozenset("xy")}) == digest_of({"b": frozenset("yx"), "a": 1})
        True

    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=_plain)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A value that JSON does not have, as one that it has."""
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)
