"""Which entity a file is of, where nobody has said: by its wrapper, its name or its labels.

In: an opened source, of which only the beginning is looked at. Out: an entity and the reason. The rule kept here: where
two are as likely, none is guessed.
"""

from __future__ import annotations

import io
import re
from pathlib import PurePath

from custobar_formats.core.entities import ENTITIES
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.pipeline.opening import find_format
from custobar_formats.pipeline.options import Options, Wanted, for_format
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.header import REJECTED_LABEL
from custobar_formats.schema.bundled import load_schema
from custobar_formats.schema.compiled import compile_schema

LEAST_LABELS, LEAST_SHARE = 2, 0.5
"""Labels that an entity must know for a file to be taken for one of its: so many, and so large a part of all."""

FILE_NAMES = {
    "customers": {"customer", "customers", "asiakas", "asiakkaat"},
    "products": {"product", "products", "tuote", "tuotteet"},
    "sales": {"sale", "sales", "myynti", "myynnit"},
    "events": {"event", "events", "tapahtuma", "tapahtumat"},
    "shops": {"shop", "shops", "myymälä", "myymälät"},
}
"""Words in the name of a file that say whose records it has, in English and Finnish."""


def guess_entity(opened: TextInput | ByteInput, options: Options) -> tuple[str, str] | None:
    """The entity of a source, and why that one; None where nothing speaks for one.

    The source is read no further than its head, which its chunks give again.

    Raises:
        UsageError: an option makes no sense.

    """
    wrapper, labels = _look(opened, options)
    if wrapper is not None:
        return wrapper, "by the wrapper"
    known = {entity: len(labels & names_of(entity)) for entity in ENTITIES}
    may = [entity for entity in ENTITIES if labels >= needed_of(entity)]
    named = entity_in_name(opened.name)
    if named is not None and known[named]:  # perhaps one that is needed is misspelt
        return named, "by the file name"
    fields = {label for label in labels if "__" not in label}  # company fields say nothing
    count = max((known[entity] for entity in may), default=0)
    best = [entity for entity in may if known[entity] == count]
    if len(best) > 1 or count < max(LEAST_LABELS, LEAST_SHARE * len(fields)):
        return None
    return best[0], f"by {count} of {len(labels)} field names"


def _look(opened: TextInput | ByteInput, options: Options) -> tuple[str | None, set[str]]:
    """The name that a list of JSON is wrapped in, and the first parts of the labels."""
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
    header = {label.partition(".")[0] for label in reading.header or ()}  # also one that is wrong
    return reading.info.entity, (labels if reading.header is None else header) - {REJECTED_LABEL}


def names_of(entity: str) -> frozenset[str]:
    """The names of the fields of an entity."""
    schema = compile_schema(entity)
    assert schema is not None
    return frozenset(schema.root.names)


def needed_of(entity: str) -> frozenset[str]:
    """The names that each record of an entity must have."""
    return frozenset(load_schema(entity).get("required", ()))


def entity_in_name(name: str | None) -> str | None:
    """The one entity that a file's name has a word of."""
    words = set(re.split(r"[\W\d_]+", PurePath(name or "").name.casefold()))
    found = [entity for entity in ENTITIES if words & FILE_NAMES[entity]]
    return found[0] if len(found) == 1 else None
