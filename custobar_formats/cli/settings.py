"""Settings of a project: the entities of its files, its company fields, and the codes that it ignores.

In: a folder. Out: settings, from ``custobar-formats.toml`` or the table ``[tool.custobar_formats]`` of
``pyproject.toml``, in that folder or the nearest one above. Rules: an unknown name is refused, and the message names
the file; a file above the folder counts only if it is of the same user or the same repository.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from custobar_formats.core.entities import ENTITIES, suggest_entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown
from custobar_formats.core.toml_faults import toml_fault
from custobar_formats.mapping.preset_files import presets

OWN_FILE, PROJECT_FILE, TABLE = "custobar-formats.toml", "pyproject.toml", "custobar_formats"
KEYS = ("entities", "fields", "ignore", "mapping", "answers", "upload")

SHARED_ADDRESS = "https://app.custobar.com"
"""The one address besides a company's own that settings may name: another one might be after the key."""


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """The table ``upload``.

    Attributes:
        company: the company's name in the address.
        url: the shared address.
        rate: the requests a minute.
        key_command: what prints the key; only of a settings file that the user has named, or of the user's own.

    """

    company: str | None = None
    url: str | None = None
    rate: float | None = None
    key_command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a project.

    Attributes:
        path: the file that has them; None if there is none.
        passed_over: a file above that does not count, because others may have put it there.
        entities: the entity for each pattern of file names; the first pattern that matches decides.
        fields: the company fields of each entity, with their types.
        ignore: codes of warnings and notices that are neither kept nor counted.
        mapping: the mapping for each pattern of file names: a preset, or a file in the settings' folder.
        answers: by the mapping, as it is named there, the answers to what it asks.
        upload: where an upload goes, and how fast.

    """

    path: Path | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    passed_over: Path | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    upload: UploadSettings = UploadSettings()

    def mapping_of(self, name: str) -> str | None:
        """The mapping of a file with this name, as the settings name it."""
        return next((each for pattern, each in self.mapping.items() if PurePath(name).match(pattern)), None)

    def source_of(self, mapping: str) -> str:
        """The preset or the path of a mapping that the settings name; a name of neither stays as it is."""
        if self.path is None or mapping in presets():
            return mapping
        path = self.path.parent / mapping
        return str(path) if path.suffix or path.is_file() else mapping

    def entity_of(self, name: str) -> tuple[str, str] | None:
        """The entity of a file with this name, and the pattern that matches it."""
        for pattern, entity in self.entities.items():
            if PurePath(name).match(pattern):
                return entity, pattern
        return None


def find_settings(folder: Path) -> Settings:
    """The settings of a folder, or of the nearest folder above that has some.

    Raises:
        UsageError: the file has an invalid setting.
        OSError: the file cannot be read.

    """
    root = next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)
    passed_over = None
    for place in (folder, *folder.parents):
        for name in (OWN_FILE, PROJECT_FILE):
            path = place / name
            if not path.is_file():
                continue
            if not place.is_relative_to(root) and not _is_ours(path):
                passed_over = passed_over or path
                continue
            settings = read_settings(path)
            if settings is not None:
                return replace(settings, passed_over=passed_over)
    return Settings(passed_over=passed_over)


def _is_ours(path: Path) -> bool:
    """Whether a file belongs to the user of this process; systems without users have no other one."""
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def read_settings(path: Path) -> Settings | None:
    """The settings of a file; None if it is a ``pyproject.toml`` without any.

    Raises:
        UsageError: the file has an invalid setting.
        OSError: the file cannot be read.

    """
    data = path.read_bytes()
    try:
        table: Any = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if path.name == PROJECT_FILE and TABLE.encode() not in data:
            return None  # the tools that own the file report this
        raise UsageError(f"{path}: the file is not valid TOML: {toml_fault(error, data)}") from None
    if path.name == PROJECT_FILE:
        tools = table.get("tool", {})
        tools = tools if isinstance(tools, dict) else {}
        for name in tools:
            if name != TABLE and name.casefold().replace("-", "_") == TABLE:
                raise UsageError(f"{path}: unknown table [tool.{name}]: did you mean [tool.{TABLE}]?")
        table = tools.get(TABLE)
        if table is None:
            return None
    try:
        return _settings(path, table)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _settings(path: Path, table: Any) -> Settings:
    _check_table("the settings", table)
    for key in table:
        if key not in KEYS:
            close = near(key, KEYS)
            raise UsageError(f"unknown setting {key!r}: " + (f"did you mean {close!r}?" if close else _use(KEYS)))
    entities, fields, ignore = table.get("entities", {}), table.get("fields", {}), table.get("ignore", [])
    _check_table("entities", entities)
    for pattern, entity in entities.items():
        _check_pattern(pattern)
        if entity not in ENTITIES:
            raise UsageError(f"entities: unknown entity {entity!r} for {pattern!r}: {suggest_entity(entity)}")
    _check_table("fields", fields)
    for entity, names in fields.items():
        if entity not in ENTITIES:
            raise UsageError(f"fields: unknown entity {entity!r}: {suggest_entity(entity)}")
        _check_table(f"fields.{entity}", names)
    if not isinstance(ignore, list) or not all(isinstance(code, str) for code in ignore):
        raise UsageError("ignore must be a list of codes")
    for code in ignore:
        if code not in CODES:
            close = near(code, tuple(CODES))
            raise UsageError(f"ignore: unknown code {code!r}" + (f": did you mean {close!r}?" if close else ""))
    mapping = table.get("mapping", {})
    _check_table("mapping", mapping)
    for pattern, name in mapping.items():
        _check_pattern(pattern)
        if not isinstance(name, str):
            raise UsageError(f"mapping: give the name of a preset or a file for {pattern!r}")
    answers, upload = _answers(table, mapping), _upload(table)
    return Settings(path, entities, fields, tuple(ignore), mapping=mapping, answers=answers, upload=upload)


def _upload(table: Mapping[str, Any]) -> UploadSettings:
    """The table of uploads."""
    given: dict[str, Any] = table.get("upload", {})
    _check_table("upload", given)
    for name in given:
        if name not in UploadSettings.__slots__:
            close = near(name, UploadSettings.__slots__)
            hint = f"did you mean {close!r}?" if close else _use(UploadSettings.__slots__)
            more = "; the key itself is in no settings" if "key" in name or "token" in name else ""
            raise UsageError(f"upload: unknown setting {shown(name)}: {hint}{more}")
    company, url, rate, command = (given.get(name) for name in UploadSettings.__slots__)
    if company is not None and not isinstance(company, str):
        raise UsageError("upload.company: give the name of the company")
    if url not in (None, SHARED_ADDRESS):
        raise UsageError(f"upload.url: only {SHARED_ADDRESS} may be here; give another address with --url")
    if company is not None and url is not None:
        raise UsageError("upload: give company or url, not both")
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, (int, float)) or not rate >= 1):
        raise UsageError("upload.rate: give the number of requests a minute")
    if command is not None and not _is_command(command):
        raise UsageError('upload.key_command: give a command as a list of texts, such as ["pass", "custobar"]')
    return UploadSettings(company, url, rate, tuple(command or ()))


def _is_command(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) and "\0" not in word for word in value)


def _answers(table: Mapping[str, Any], mapping: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """The table of answers: whether a mapping asks for them is known when it is used."""
    answers: dict[str, Any] = table.get("answers", {})
    _check_table("answers", answers)
    known = tuple(dict.fromkeys([*mapping.values(), *presets()])) if answers else ()
    for name, given in answers.items():
        if name not in known:
            close = near(name, known)
            hint = f"did you mean {shown(close)}?" if close else "name a preset, or a file as in the table mapping"
            raise UsageError(f"answers: unknown mapping {shown(name)}: {hint}")
        _check_table(f"answers.{name}", given)
        for question, answer in given.items():
            if isinstance(answer, dict):
                raise UsageError(f"answers.{name}: put quotes around the whole name that begins with {question!r}")
            if not isinstance(answer, str):
                raise UsageError(f"answers.{name}: {shown(question)}: an answer is text, not {shown(answer)}")
    return answers


def _check_pattern(pattern: str) -> None:
    try:
        PurePath("x").match(pattern)
    except ValueError:
        raise UsageError(f"entities: {pattern!r} is no pattern of file names, such as 'customers*.csv'") from None


def _check_table(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise UsageError(f"{name} must be a table, not {type(value).__name__}")


def _use(words: tuple[str, ...]) -> str:
    return f"use one of {', '.join(words)}"
