"""A mapping as values: which columns of an export make which field, in what notation, and which rows are no records.

In: nothing. Out: frozen dataclasses. Rule: what a mapping leaves open (``Ask``) must be answered before it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from re import compile as compiled
from typing import Any

from custobar_formats.core.entities import Entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown
from custobar_formats.mapping.arguments import checked_argument


def folded(name: str) -> str:
    """The name of a column without case and outer spaces: how names are compared if none is exactly the same."""
    return name.strip().casefold()


@dataclass(frozen=True, slots=True)
class Ask:
    """An argument that only the user knows; ``question`` describes it."""

    question: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the raw cell of a column: it is any of ``equals``, if they are given, and none of ``differs``."""

    column: str
    equals: tuple[str, ...] | None = None
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """The source of one field, and the steps from its cells to its value.

    Attributes:
        name: the field, as its column is named in a CSV for Custobar, such as ``stock.0.quantity``.
        columns: the columns of the export; none for a constant.
        how: ``from`` one column, the ``first`` of several that is not blank, a ``join`` of several, or a ``constant``.
        arguments: the arguments of its steps, by their names in the file.

    """

    name: str
    columns: tuple[str, ...]
    how: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_optional(self) -> bool:
        """Whether the export may lack its columns."""
        return bool(self.arguments.get("optional"))

    @property
    def named_columns(self) -> tuple[str, ...]:
        """All columns that it names: its sources, and those that its steps look at."""
        within, only, country = (self.arguments.get(name) for name in ("fill_within", "only", "country"))
        named = (within, only and only.column, country.get("from") if isinstance(country, Mapping) else None)
        return (*self.columns, *filter(None, named))


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an export that are records.

    Attributes:
        header: the 1-based line that has the column names; None for the first one.
        skip: conditions of rows that are no records; one is enough.
        end: the condition of the first row after the records; None if all rows are records.

    """

    header: int | None = None
    skip: tuple[Condition, ...] = ()
    end: Condition | None = None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column of an export is which field of Custobar. Made by ``load_mapping``.

    Attributes:
        name: the file or the preset that it comes from.
        entity: what its records are.
        fields: the fields, in order.
        rows: which rows are records.
        names: other names of columns.
        need: the columns that must be there; None means all that are named and not optional.
        ignore: patterns of columns that are left out on purpose, without case; ``*`` stands for any text.
        unmapped: what to do with other columns: ``error``, ``drop`` or ``keep``.

    """

    name: str
    entity: Entity
    fields: tuple[FieldMapping, ...]
    rows: Rows = Rows()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    need: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    unmapped: str = "error"

    @property
    def named_columns(self) -> frozenset[str]:
        """All names that it knows, also the other names of its columns."""
        named = {column for each in self.fields for column in each.named_columns} | {*(self.need or ())}
        named |= {condition.column for condition in (*self.rows.skip, self.rows.end) if condition is not None}
        return frozenset(named.union(*(self.names.get(column, ()) for column in named)))

    @property
    def meaning(self) -> dict[str, Any]:
        """Its meaning, the same in whatever order and from whatever file; for a digest."""
        fields = {
            each.name: (each.how, each.columns, {k: v for k, v in each.arguments.items() if k != "added"})
            for each in self.fields
        }
        need = None if self.need is None else sorted({*self.need})
        what = {"entity": self.entity, "fields": fields, "rows": self.rows, "names": self.names, "need": need}
        return {**what, "ignore": sorted({*self.ignore}), "unmapped": self.unmapped}

    def ignores(self) -> Callable[[str], bool]:
        """A function that decides whether a column is left out on purpose; it compares as ``folded`` does."""
        names = {folded(pattern) for pattern in self.ignore if "*" not in pattern}
        escaped = (folded(each).replace("[", "[[]").replace("?", "[?]") for each in self.ignore if "*" in each)
        patterns = [compiled(translate(pattern)).match for pattern in escaped]

        def is_ignored(label: str) -> bool:
            name = folded(label)
            return name in names or any(match(name) for match in patterns)

        return is_ignored

    def questions(self) -> dict[str, str]:
        """What only the user knows: the question for each name to answer, such as ``date.timezone``."""
        return {name: question for name, (_, _, question) in self._open().items()}

    def _open(self) -> dict[str, tuple[str, tuple[str, ...], str]]:
        """By the name to answer: the field, the argument with the key in its table, if it is in one, the question."""
        found = {}
        for each in self.fields:
            paths: dict[tuple[str, ...], Any] = {(name,): value for name, value in each.arguments.items()}
            for name, value in each.arguments.items():
                paths |= {(name, key): below for key, below in value.items()} if isinstance(value, dict) else {}
            for path, value in paths.items():
                if isinstance(value, Ask):
                    name = each.name if path == ("constant",) else ".".join((each.name, *path))
                    found[name] = (each.name, path, value.question)
        return found

    def answered(self, answers: Mapping[str, str], *, by: str = "answers") -> ColumnMapping:
        """The mapping with answers to its questions, and with a constant for each field that it does not have.

        ``by`` names what gives them, for the report.

        Raises:
            UsageError: an answer is no text, or none for its argument, or is for a field that comes from a column.

        """
        questions = self._open()
        fields = {each.name: each for each in self.fields}
        for name, value in answers.items():
            if not isinstance(value, str):
                raise UsageError(f"the answer {shown(name)} must be text, not {shown(value)}")
            if name in questions:
                of, (argument, *key), _ = questions[name]
                given = {**fields[of].arguments[argument], key[0]: value} if key else value
                answer = _read(name, argument, given)
                fields[of] = replace(fields[of], arguments={**fields[of].arguments, argument: answer})
            elif name in fields:
                source = "comes from a column" if fields[name].columns else "has a value"
                raise UsageError(f"the field {shown(name)} {source}: change the mapping")
            else:
                close = near(name, tuple(questions))
                if close is not None:
                    raise UsageError(f"the mapping asks for nothing named {shown(name)}: did you mean {shown(close)}?")
                fields[name] = FieldMapping(name, (), "constant", {"constant": value, "added": by})
        return replace(self, fields=tuple(fields.values()))


def _read(name: str, argument: str, value: Any) -> Any:
    """An answer as its argument."""
    try:
        return value if argument == "constant" else checked_argument(argument, value)
    except UsageError as error:
        raise UsageError(f"the answer {shown(name)}: {error}") from None


TABLES_NAME = "the mapping"
"""The name of a mapping that is neither a file nor a preset."""

MappingLike = str | os.PathLike[str] | Mapping[str, Any] | ColumnMapping
"""A mapping, or what ``load_mapping`` makes one of: a preset's name, the path of a file, or its tables."""
