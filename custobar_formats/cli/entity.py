"""The schema and the entity of each file: from the options, the project's settings, or the file itself.

In: options, settings, an opened file. Out: a schema, the entity and the reason for it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from custobar_formats.cli.command_line import reading_options
from custobar_formats.cli.mapping_advice import CODE, advice_on_unknown, with_advice
from custobar_formats.cli.settings import Settings, find_settings, read_settings
from custobar_formats.core.entities import ENTITIES, Entity, checked_entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.shown import shown
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.files.urls import as_name, is_url
from custobar_formats.mapping.model import ColumnMapping
from custobar_formats.pipeline.entity_guess import find_header, guess_entity
from custobar_formats.pipeline.options import Options
from custobar_formats.report.report import Report, unchecked
from custobar_formats.report.text import printable
from custobar_formats.schema.bundled import load_schema, read_fields
from custobar_formats.schema.compiled import Schema, compile_schema

if TYPE_CHECKING:
    from custobar_formats.mapping.plan import MappingPlan

NONE = "none"
"""The word that takes the place of an entity: there is none, and none is guessed."""

UNKNOWN_HINT = f"use --entity {', '.join(ENTITIES[:-1])} or {ENTITIES[-1]}; --entity none checks only the format"


class Choice(NamedTuple):
    """The schema and the entity of one file.

    Attributes:
        schema: what the file is checked by; None if only its format is checked.
        entity: its entity; None if there is none.
        reason: why that entity, where no option names it.
        unknown: the finding about a file whose entity is unknown; None if it is known, or if there shall be none.
        mapping: which of its columns are which fields; None if they are named as the fields.
        labels: its column names, if no mapping is given and they are to be the names of fields.
        by_settings: the options that name the mapping and its answers, if the settings do.

    """

    schema: Schema | None
    entity: Entity | None
    reason: str | None
    unknown: Finding | None = None
    mapping: ColumnMapping | None = None
    labels: tuple[str, ...] = ()
    by_settings: tuple[str, ...] = ()

    @property
    def plan(self) -> MappingPlan | None:
        """The plan of the mapping."""
        if self.mapping is None:
            return None
        from custobar_formats.pipeline.mapped_reader import plan_mapping

        return plan_mapping(self.mapping, self.schema)[0]

    def complete(self, report: Report, ignore: Collection[str] = ()) -> Report:
        """The report, with the reason in it, and with the way to a mapping unless that is among the codes to ignore.

        It is that of an unchecked file if the entity is unknown.
        """
        source = replace(report.source, entity_reason=self.reason, options=reading_options("fix"))
        if self.unknown is not None:
            return unchecked(self.unknown, source, report)
        report = replace(report, source=source)
        return report if CODE in ignore else with_advice(report, self.labels)


@dataclass(slots=True)
class EntityChooser:
    """Chooses the schema and the entity of each file, by the options and the settings."""

    entity: str | None
    schema: Path | None
    fields: Path | None
    settings: Settings
    resources: Mapping[str, Any] = field(default_factory=dict)
    """The documents that the schema or the fields refer to."""
    mapping: str | None = None
    """The mapping of all files: a file or a preset."""
    answers: Sequence[str] = ()
    """What only the user knows of the mapping, as NAME=VALUE."""

    def check(self) -> None:
        """Refuse options that contradict each other, and files that are not valid schemas or fields.

        Raises:
            UsageError: an option or a file is refused (SchemaError is such).
            OSError: a file cannot be read.

        """
        if self.fields is not None and (self.schema is not None or self.entity == NONE):
            raise UsageError("--fields adds to the schema of an entity: do not use it with --schema or --entity none")
        self._own()
        if self.entity not in (None, NONE) and self.schema is None:
            self._compiled(self.entity or "")
        if self.mapping is not None:
            self._map(self.mapping)
        elif self.answers and not self.settings.mapping:
            raise UsageError("--with answers a mapping: name one with --map")

    def settings_line(self) -> str:
        """The settings file that applies, in a line, and one that does not."""
        line = f"settings: {printable(str(self.settings.path or 'none'))}"
        other = self.settings.passed_over
        if other is None:
            return line
        return f"{line} ({printable(str(other))} is not used: it belongs to another user; use --settings)"

    def choose(self, opened: TextInput | ByteInput, options: Options) -> Choice:
        """The schema and the entity of a file.

        Raises:
            UsageError: the fields fit no schema.
            OSError: a file cannot be read.

        """
        if self.mapping is not None:
            return self._map(self.mapping)
        by_settings = self.settings.mapping_of(opened.name or "")
        if by_settings is not None:
            return self._map(self.settings.source_of(by_settings), by_settings)
        if self.schema is not None:
            named = None if self.entity in (None, NONE) else checked_entity(self.entity)
            return Choice(self._own(), named, None)
        if self.entity == NONE:
            return Choice(None, None, None)
        choice = self._choose_entity(opened, options)
        return choice._replace(labels=find_header(opened, options)) if choice.unknown is None else choice

    def _choose_entity(self, opened: TextInput | ByteInput, options: Options) -> Choice:
        """The choice for a file whose columns are to be named as fields."""
        if self.entity is not None:
            return self._known(self.entity, None)
        by_pattern = self.settings.entity_of(opened.name or "")
        if by_pattern is not None:
            entity, pattern = by_pattern
            return self._known(entity, f"by the pattern {pattern} in {self.settings.path}")
        guess = guess_entity(opened, options)
        if guess.entity is not None:
            return self._known(guess.entity, guess.reason)
        message = f"the entity is unknown, so no value was checked: {guess.reason}"
        hint = advice_on_unknown(find_header(opened, options), opened.name, UNKNOWN_HINT)
        return Choice(None, None, None, make_finding("not-checked", message, hint=hint))

    def _map(self, name: str, named: str | None = None) -> Choice:
        """The choice for files that are read by a mapping; ``named``: its name in the settings.

        Raises:
            UsageError: the mapping is wrong in itself, or is that of another entity.
            OSError: it cannot be read.

        """
        from custobar_formats.mapping.answers import OPTION, answer, check_is_answered
        from custobar_formats.mapping.load import load_mapping

        asking, given = load_mapping(name), _answers(self.answers)
        mapping = answer(asking, given, by=OPTION)
        settled, where = self.settings.answers.get(named or name, {}), f"{self.settings.path}: answers.{named or name}"
        for question in settled:
            if question not in asking.questions():
                raise UsageError(f"{where}: the mapping asks for nothing named {shown(question)}")
        mapping = answer(mapping, {each: settled[each] for each in settled if each not in given}, by=where)
        check_is_answered(mapping, by=OPTION)
        if self.entity not in (None, mapping.entity):
            raise UsageError(f"{name} maps {mapping.entity}: leave out --entity {self.entity}")
        schema = self._own() if self.schema is not None else self._compiled(mapping.entity)
        more = [word for each, value in settled.items() for word in ("--with", f"{each}={value}")]
        options = () if named is None else ("--map", name, *more)
        choice = Choice(schema, mapping.entity, f"by the mapping {mapping.name}", mapping=mapping, by_settings=options)
        _ = choice.plan
        return choice

    def _known(self, entity: str, reason: str | None) -> Choice:
        return Choice(self._compiled(entity), checked_entity(entity), reason)

    def _own(self) -> Schema | None:
        if self.schema is None or not self.resources:
            return compile_schema(self.schema)
        return compile_schema(load_schema(self.schema, resources=self.resources))

    def _compiled(self, entity: str) -> Schema | None:
        fields = self._fields_of(entity)
        with self._naming_fields(entity):
            return compile_schema(self._document(entity, fields) if fields else entity)

    def document(self, entity: str) -> dict[str, Any]:
        """The schema of an entity as JSON, with the company fields.

        Raises:
            UsageError: the fields are invalid.
            OSError: their file cannot be read.

        """
        self._compiled(entity)
        return self._document(entity, self._fields_of(entity))

    def _document(self, entity: str, fields: Mapping[str, Any] | None) -> dict[str, Any]:
        return load_schema(checked_entity(entity), fields=fields, resources=self.resources or None)

    def _fields_of(self, entity: str) -> Mapping[str, Any] | None:
        return read_fields(self.fields) if self.fields is not None else self.settings.fields.get(entity)

    @contextmanager
    def _naming_fields(self, entity: str) -> Iterator[None]:
        """Put the name of the fields' file before the message of an error."""
        try:
            yield
        except UsageError as error:
            where = self.fields if self.fields is not None else f"{self.settings.path}: fields.{entity}"
            raise UsageError(f"{where}: {error}") from None


def _answers(given: Iterable[str]) -> dict[str, str]:
    """Answers by name.

    Raises:
        UsageError: one is not NAME=VALUE.

    """
    answers = {}
    for answer in given:
        name, equals, value = answer.partition("=")
        if not equals or not name:
            raise UsageError(f"--with {shown(answer)}: give NAME=VALUE")
        if name in answers:
            raise UsageError(f"--with {name} is given twice")
        answers[name] = value
    return answers


def settings_of(path: Path | None, *, none: bool) -> Settings:
    """The settings of a file, or of the nearest one without a path; with ``none``, no settings.

    Raises:
        UsageError: the file has an invalid setting, or no settings at all.
        OSError: the file cannot be read.

    """
    if none:
        if path is not None:
            raise UsageError("use either --settings or --no-settings, not both")
        return Settings()
    if path is None:
        try:
            folder = Path.cwd()
        except FileNotFoundError:  # the folder has been removed
            return Settings()
        return find_settings(folder)
    found = read_settings(path)
    if found is None:
        raise UsageError(f"{path}: the file has no table [tool.custobar_formats]")
    return found


def expanded(names: Iterable[str]) -> list[str]:
    """Names of files, with the files that match a pattern in its place.

    Raises:
        UsageError: no file matches a pattern.

    """
    found: list[str] = []
    for name in names:
        if is_url(name):
            found.append(as_name(name))
            continue
        if name == "-" or "\0" in name or os.path.lexists(name) or not has_magic(name):
            found.append(name)
            continue
        matches = sorted(glob(name, recursive=True))
        if not matches:
            raise UsageError(f"{name}: no file matches this pattern")
        found += matches
    return found
