"""The beginning of a table to its delimiter, or the reason why it is none: one way for all commands and all outputs.

In: a sample of text, and the names that are expected. Out: the delimiter; a finding. Rule: a name that means a field of
any entity is the name of a column, whatever the schema; such names are looked up only where the first rows look like a
title.
"""

from __future__ import annotations

from collections.abc import Callable

from custobar_formats.core.findings import Finding
from custobar_formats.core.limits import SAMPLE_CHARS
from custobar_formats.csvtext.delimiter import Delimiter, choose_delimiter, resolve_delimiter
from custobar_formats.csvtext.structure import Structure


def find_delimiter(
    sample: str,
    given: str | Delimiter | None,
    announced: str | None,
    is_known: Callable[[str], bool] | None,
    *,
    whole: bool,
) -> Delimiter:
    """The delimiter that is given, or that the first line names, or that the sample shows; ``whole``: of the text."""
    if given is not None:
        return given if isinstance(given, Delimiter) else Delimiter(resolve_delimiter(given), "declared")
    if announced is not None:
        return Delimiter(announced, "named by the line sep=")
    return choose_delimiter(sample[:SAMPLE_CHARS], is_known, whole and len(sample) <= SAMPLE_CHARS)


def find_structure(
    sample: str,
    delimiter: str,
    is_known: Callable[[str], bool],
    line: int,
    *,
    whole: bool,
    is_declared: bool,
    header_given: bool,
) -> Finding | None:
    """The reason why a text is no table, or perhaps one with another delimiter; the arguments are those of Structure.

    ``header_given`` is True if its first record is the header.
    """

    def is_name(label: str) -> bool:
        return is_known(label) or means_a_field(label)

    structure = Structure(sample, delimiter, is_known, is_name, line=line, whole=whole, is_declared=is_declared)
    return structure.find(header_given=header_given)


def means_a_field(label: str) -> bool:
    """Whether a column of this name has a meaning among the fields of an entity."""
    from custobar_formats.mapping.synonyms import is_name

    return is_name(label)
