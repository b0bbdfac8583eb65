"""A guess at the entity of a file, by its wrapper, its name or its labels.

In: an opened source, of which only the beginning is read. Out: an entity and the reason. Rule: if two are equally
likely, neither is guessed.
"""

from __future__ import annotations

import io
import re
from pathlib import PurePath

from custobar_formats.core.entities import ENTITIES, Entity, checked_entity
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.opening import find_format
from custobar_formats.pipeline.options import Options, Wanted, for_format
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.header import REJECTED_LABEL
from custobar_formats.schema.bundled import load_schema
from custobar_formats.schema.compiled import compile_schema

LEAST_LABELS, LEAST_SHARE = 2, 0.5
"""The number of a file's labels, and their share of all, that an entity must know to be guessed."""

FILE_NAMES = {
    "customers": {"customer", "customers", "asiakas", "asiakkaat"},
    "products": {"product", "products", "tuote", "tuotteet"},
    "sales": {"sale", "sales", "myynti", "myynnit"},
    "events": {"event", "events", "tapahtuma", "tapahtumat"},
    "shops": {"shop", "shops", "myymälä", "myymälät"},
}
"""Words in the name of a file that show its entity, in English and Finnish."""


def guess_entity(opened: TextInput | ByteInput, options: Options) -> tuple[Entity, str] | None:
    """The entity of a source, and the reason; None if there is no evidence for one.

    Only the head of the source is read, and its chunks contain the head again.

    Raises:
        UsageError: an option is invalid.

    """
    wrapper, labels = _look(opened, options)
    if wrapper is not None:
        return checked_entity(wrapper), "by the wrapper"
    known = {entity: len(labels & names_of(entity)) for entity in ENTITIES}
    may = [entity for entity in ENTITIES if labels >= needed_of(entity)]
    named = entity_in_name(opened.name)
    if named is not None and known[named]:  # perhaps a required one is misspelt
        return named, "by the file name"
    fields = {label for label in labels if "__" not in label}  # company fields are no evidence
    count = max((known[entity] for entity in may), default=0)
    best = [entity for entity in may if known[entity] == count]
    if len(best) > 1 or count < max(LEAST_LABELS, LEAST_SHARE * len(fields)):
        return None
    return best[0], f"by {count} of {len(labels)} field names"


def _look(opened: TextInput | ByteInput, options: Options) -> tuple[str | None, set[str]]:
    """The name of the wrapper of a JSON list, and the first parts of the labels."""
    head = opened.head()
    beginning: TextInput | ByteInput
    if isinstance(head, str):
        beginning = TextInput(io.StringIO(head, newline=""), opened.name)
    else:
        beginning = ByteInput(io.BytesIO(head), opened.name)
    options = for_format(options, find_format(beginning, options))
    reading = Reading(beginning, None, options, Wanted(checks=False))
    labels: set[str] = set()
    for block in reading.blocks():
        for record in block.records[:1]:
            labels = {str(key) for key in record}
        if reading.header is not None or labels:
            break
    header = {label.partition(".")[0] for label in reading.header or ()}  # even if it is invalid
    return reading.info.entity, (labels if reading.header is None else header) - {REJECTED_LABEL}


def names_of(entity: Entity) -> frozenset[str]:
    """The names of the fields of an entity."""
    schema = compile_schema(entity)
    assert schema is not None
    return frozenset(schema.root.names)


def needed_of(entity: Entity) -> frozenset[str]:
    """The names of an entity's required fields."""
    return frozenset(load_schema(entity).get("required", ()))


def entity_in_name(name: str | None) -> Entity | None:
    """The entity that a file's name has a word for, if there is exactly one."""
    words = set(re.split(r"[\W\d_]+", PurePath(name or "").name.casefold()))
    found = [entity for entity in ENTITIES if words & FILE_NAMES[entity]]
    return found[0] if len(found) == 1 else None
