"""The columns of a file that probably hold fields under other names.

In: the findings about a header, and a schema. Out: the same findings, with the field of each unknown column; and by
field, the columns to rename where it is missing. Rule: the names that mean a field are looked up only where a column is
unknown, once a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from custobar_formats.core.entities import ENTITIES, checked_entity
from custobar_formats.core.findings import UNKNOWN_HINT, Finding, cut
from custobar_formats.core.limits import MAX_LISTED_NAMES
from custobar_formats.core.paths import parse_label
from custobar_formats.core.shown import quoted
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.meant import unknown_part
from custobar_formats.validation.sales import SALE_HAS

UNKNOWN, INCOMPLETE = "unknown-label", "incomplete-sale"


@dataclass(frozen=True, slots=True)
class LikelyColumns:
    """The columns, each as its place and its name, that probably hold a field that no column is named after."""

    by_field: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def hint(self, fields: Iterable[str], cells: Sequence[str] | None = None) -> str | None:
        """The column to rename for one of some fields; None if no column is likely, or all are blank in a row.

        Example:
            >>> LikelyColumns({"email": [(0, "Mail")]}).hint(["external_id", "email"])
            "rename the column 'Mail' to email?"

        """
        words = []
        for name in fields:
            places = self.by_field.get(name, ())
            labels = [quoted(cut(label)) for index, label in places if cells is None or cells[index]]
            words += [f"{_join(labels[:MAX_LISTED_NAMES])} to {name}"] if labels else []
        return f"rename the column {_join(words)}?" if words else None

    def named(self, finding: Finding) -> Finding:
        """A finding about a sale, with what to rename."""
        if not self.by_field or finding.code != INCOMPLETE:
            return finding
        name = (finding.path or "")[1:]
        fields = [each for each, bit in SALE_HAS.items() if bit == SALE_HAS.get(name)]
        return replace(finding, hint=self.hint(fields) or finding.hint)


NONE = LikelyColumns()


def _join(words: Sequence[str]) -> str:
    """Words as a choice: a, b, or c."""
    if len(words) < 3:
        return " or ".join(words)
    return f"{', '.join(words[:-1])}, or {words[-1]}"


def find_likely(
    labels: Sequence[str], findings: list[Finding], schema: Schema | None
) -> tuple[list[Finding], LikelyColumns]:
    """The findings about a header with the fields that its unknown columns probably are, and those columns.

    A field that has a column of its name is none of them; nor does a column that may be one of several fields get one.
    """
    unknown = [each for each in findings if each.code == UNKNOWN and each.column is not None]
    if schema is None or not unknown:
        return findings, NONE
    certain, guessed = _fields_of(unknown, schema)
    taken = {label for number, label in enumerate(labels, 1) if number not in certain}
    claims = Counter(certain.values())
    by_field: dict[str, list[tuple[int, str]]] = {}
    for found in (certain, guessed):
        sure = set(by_field)
        for number, name in found.items():
            if name not in taken | sure:
                by_field.setdefault(name, []).append((number - 1, labels[number - 1]))

    def with_field(finding: Finding) -> Finding:
        name = certain.get(finding.column or 0) if finding.code == UNKNOWN else None
        if name is not None and name not in taken and claims[name] == 1:
            return replace(finding, hint=f"did you mean {quoted(cut(name))}?", fix=name, fix_is_safe=False)
        if finding.code == UNKNOWN and finding.fix is not None:
            hint = finding.hint if name == finding.fix else UNKNOWN_HINT
            return replace(finding, hint=hint, fix=None, fix_is_safe=None)
        return finding

    return list(map(with_field, findings)), LikelyColumns(by_field)


def _fields_of(unknown: Sequence[Finding], schema: Schema) -> tuple[dict[int, str], dict[int, str]]:
    """By the numbers of unknown columns, the fields that they are: those that are certain, and guesses.

    A name that means something else is no slip of a field's name.
    """
    from custobar_formats.mapping.synonyms import meaning_of

    entity = checked_entity(schema.entity) if schema.entity in ENTITIES else None
    certain: dict[int, str] = {}
    guessed: dict[int, str] = {}
    for finding in unknown:
        number, meaning = finding.column or 0, entity and meaning_of(finding.label or "", entity)
        if not meaning:
            certain |= {} if finding.fix is None else {number: finding.fix}
        elif meaning.field is not None and _is_known(meaning.field, schema):
            (certain if meaning.certain or meaning.field == finding.fix else guessed)[number] = meaning.field
    return certain, guessed


def _is_known(name: str, schema: Schema) -> bool:
    return unknown_part(parse_label(name, schema.root), schema.root) is None
