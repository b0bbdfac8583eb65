"""A guess at the entity of a file: by its wrapper, else a word of its name, else its fields.

In: an opened source, of which only the beginning is read. Out: an entity and the reason. Rule: if the fields show two
entities equally, neither is guessed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePath
from typing import NamedTuple

from custobar_formats.core.entities import ENTITIES, Entity, checked_entity
from custobar_formats.core.limits import GUESSED_RECORDS, HEAD_BYTES, MAX_GUESSED_BYTES
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.opening import find_format
from custobar_formats.pipeline.options import Options, Wanted, for_format
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.header import REJECTED_LABEL
from custobar_formats.schema.compiled import compile_schema

NO_EVIDENCE = frozenset({"name", "type", "date", "label", "path", "total", "discount"})
"""Fields whose names stand in so many other files that they show no entity."""

FILE_NAMES = {
    "customers": {"customer", "customers", "asiakas", "asiakkaat", "kund", "kunder"},
    "products": {"product", "products", "tuote", "tuotteet", "produkt", "produkter"},
    "sales": {"sale", "sales", "myynti", "myynnit", "försäljning"},
    "events": {"event", "events", "tapahtuma", "tapahtumat", "händelse", "händelser"},
    "shops": {"shop", "shops", "myymälä", "myymälät", "butik", "butiker"},
}
"""Words in the name of a file that show its entity, in English, Finnish and Swedish."""


WORDS = re.compile(r"[\W\d_]+|(?<=[a-zåäö])(?=[A-ZÅÄÖ])")
"""The places between the words of a file's name."""


class Guess(NamedTuple):
    """The entity of a file, None if nothing shows one; and the reason for either."""

    entity: Entity | None
    reason: str


def guess_entity(opened: TextInput | ByteInput, options: Options) -> Guess:
    """The entity of a source, and the reason.

    Only the beginning of the source is read, and its chunks contain it again.

    Raises:
        UsageError: an option is invalid.

    """
    size = HEAD_BYTES
    while True:
        head = opened.look_ahead(size)
        wrapper, labels, records = _look(head, opened, options)
        is_enough = records is None or records >= GUESSED_RECORDS
        if wrapper is not None or is_enough or len(head) < size or size >= MAX_GUESSED_BYTES:
            break
        size = min(size * 4, MAX_GUESSED_BYTES)
    if wrapper is not None:
        return Guess(checked_entity(wrapper), "by the wrapper")
    named = entity_in_name(opened.name) or entity_in_name(opened.inner_name)
    return Guess(named, "by the file name") if named is not None else guess_by_fields(labels)


def guess_by_fields(labels: Collection[str]) -> Guess:
    """The entity that knows more of the fields than any other."""
    evidence = set(labels) - NO_EVIDENCE
    known = {entity: len(evidence & names_of(entity)) for entity in ENTITIES}
    count = max(known.values())
    best = [entity for entity in ENTITIES if known[entity] == count]
    if count == 0:
        return Guess(None, "neither its name nor its fields show one")
    if len(best) > 1:
        same = f"{count} of {len(labels)} field names"
        return Guess(None, f"{', '.join(best[:-1])} and {best[-1]} know the same {same}")
    return Guess(best[0], f"by {len(names_of(best[0]).intersection(labels))} of {len(labels)} field names")


def _look(
    head: str | bytes, opened: TextInput | ByteInput, options: Options
) -> tuple[str | None, set[str], int | None]:
    """The name of the wrapper of a JSON list, the first parts of the labels, and the number of records read.

    The number is None for CSV, whose header has all labels.
    """
    reading = _begin(head, opened, options)
    labels: set[str] = set()
    records = 0
    for block in reading.blocks():
        if reading.header is not None:  # even if it is invalid
            return None, {label.partition(".")[0] for label in reading.header} - {"", REJECTED_LABEL}, None
        taken = block.records[: GUESSED_RECORDS - records]
        labels.update(str(key) for record in taken for key in record)
        records += len(taken)
        if records >= GUESSED_RECORDS or reading.info.entity is not None:
            break
    return reading.info.entity, labels - {REJECTED_LABEL}, records


def _begin(head: str | bytes, opened: TextInput | ByteInput, options: Options) -> Reading:
    """The reading of a source's beginning; that of a spreadsheet may be anywhere in it."""
    beginning: TextInput | ByteInput
    if isinstance(opened, ByteInput) and opened.spreadsheet is not None:
        how = replace(options, delimiter=None, encoding=None)  # which may be those of the CSV that is written
        return Reading(opened, None, how, Wanted(checks=False))
    if isinstance(head, str):
        beginning = TextInput(io.StringIO(head, newline=""), opened.name)
    else:
        beginning = ByteInput(io.BytesIO(head), opened.inner_name)
    return Reading(beginning, None, for_format(options, find_format(beginning, options)), Wanted(checks=False))


def find_header(opened: TextInput | ByteInput, options: Options) -> tuple[str, ...]:
    """The column names of a CSV source; none for JSON, or without a header. Only its beginning is read.

    Raises:
        UsageError: an option is invalid.

    """
    reading = _begin(opened.look_ahead(HEAD_BYTES), opened, options)
    next(reading.blocks(), None)
    return tuple(reading.header or ())


def names_of(entity: Entity) -> frozenset[str]:
    """The names of the fields of an entity."""
    schema = compile_schema(entity)
    assert schema is not None
    return frozenset(schema.root.names)


def entity_in_name(name: str | None) -> Entity | None:
    """The entity that a file's name has a word for, if there is exactly one."""
    words = {word.casefold() for word in WORDS.split(PurePath(name or "").name)}
    found = [entity for entity in ENTITIES if words & FILE_NAMES[entity]]
    return found[0] if len(found) == 1 else None
