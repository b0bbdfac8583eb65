"""Answers to what a mapping asks, and constants for fields that it does not have.

In: a mapping, and texts by name. Out: the mapping with them. Rule: a name that is a slip of a question or of a field is
refused at once, with what it was meant to be; other names are fields of a schema that is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping

from custobar_formats.core.errors import UsageError
from custobar_formats.core.paths import BadLabel, parse_label
from custobar_formats.core.shown import shown
from custobar_formats.mapping.model import TABLES_NAME, ColumnMapping
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.schema.meant import meant_label, unknown_part

ARGUMENT, OPTION = "answers", "--with"
"""Where answers come from, in the library and in the command."""


def answer(mapping: ColumnMapping, answers: Mapping[str, str], *, by: str) -> ColumnMapping:
    """The mapping with answers; ``by`` names the option or the argument that gives them.

    Raises:
        UsageError: an answer is none to the mapping.

    """
    names = {each.name for each in mapping.fields}
    try:
        answered = mapping.answered(answers, by=by)
        for field in answered.fields:
            if field.name not in names:
                _check_field(field.name, mapping)
    except UsageError as error:
        raise UsageError(f"{by}: {error}") from None
    return answered


def _check_field(name: str, mapping: ColumnMapping) -> None:
    schema = compile_schema(mapping.entity)
    meant = None if schema is None else _meant_field(name, schema)
    if meant is not None:
        message = f"{shown(name)} is neither a question of the mapping nor a field of {mapping.entity}"
        raise UsageError(f"{message}: did you mean {shown(meant)}?")


def _meant_field(name: str, schema: Schema) -> str | None:
    """The field that an unknown name was probably meant to be."""
    try:
        path = parse_label(name, schema.root)
    except BadLabel:
        return None
    number = unknown_part(path, schema.root)
    return None if number is None else meant_label(path, number, schema.root)


def check_is_answered(mapping: ColumnMapping, *, by: str) -> None:
    """Check that a mapping asks nothing any more.

    Raises:
        UsageError: it does; the message names all that is open, and how to answer it.

    """
    questions = mapping.questions()
    if not questions:
        return
    if by == OPTION:
        way = " ".join(f"{OPTION} {name}=VALUE" for name in questions)
    else:
        source = "..." if mapping.name == TABLES_NAME else shown(mapping.name)
        given = ", ".join(f"{shown(name)}: '...'" for name in questions)
        way = f"mapping=load_mapping({source}, {ARGUMENT}={{{given}}})"
    found = ", ".join(f"{name} is open ({question})" for name, question in questions.items())
    raise UsageError(f"{mapping.name}: {found}: answer {'it' if len(questions) == 1 else 'them'} with {way}")
