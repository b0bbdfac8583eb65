"""Settings of a project: the entities of its files, its company fields, and the codes that it ignores.

In: a folder. Out: settings, from ``custobar-formats.toml`` or the table ``[tool.custobar_formats]`` of
``pyproject.toml``, in that folder or the nearest one above. The rule kept here: a word that is not known is refused,
with the file that has it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES
from custobar_formats.core.near import near

OWN_FILE, PROJECT_FILE, TABLE = "custobar-formats.toml", "pyproject.toml", "custobar_formats"
KEYS = ("entities", "fields", "ignore")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project has settled.

    Attributes:
        path: the file that says so; None where there is none.
        entities: for patterns of files' names, the entity; the first that fits decides.
        fields: for entities, company fields with their types.
        ignore: codes of warnings and notices that are neither kept nor counted.

    """

    path: Path | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()

    def entity_of(self, name: str) -> tuple[str, str] | None:
        """The entity of a file with this name, and the pattern that says so."""
        for pattern, entity in self.entities.items():
            if PurePath(name).match(pattern):
                return entity, pattern
        return None


def find_settings(folder: Path) -> Settings:
    """The settings of a folder, or of the nearest one above that has some.

    Raises:
        UsageError: the file has something that is no setting.
        OSError: it cannot be read.

    """
    for place in (folder, *folder.parents):
        for name in (OWN_FILE, PROJECT_FILE):
            path = place / name
            if path.is_file():
                settings = read_settings(path)
                if settings is not None:
                    return settings
    return Settings()


def read_settings(path: Path) -> Settings | None:
    """The settings of a file; None of a ``pyproject.toml`` without any.

    Raises:
        UsageError: the file has something that is no setting.
        OSError: it cannot be read.

    """
    try:
        table: Any = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if path.name == PROJECT_FILE:
            return None  # whoever it is for will tell
        raise UsageError(f"{path}: not TOML: {error}") from None
    if path.name == PROJECT_FILE:
        tools = table.get("tool", {})
        table = tools.get(TABLE) if isinstance(tools, dict) else None
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
            raise UsageError(f"no setting is called {key!r}: " + (f"did you mean {close!r}?" if close else _use(KEYS)))
    entities, fields, ignore = table.get("entities", {}), table.get("fields", {}), table.get("ignore", [])
    _check_table("entities", entities)
    for pattern, entity in entities.items():
        if entity not in ENTITIES:
            raise UsageError(f"entities: {pattern!r} is of no entity {entity!r}: {_use(ENTITIES)}")
    _check_table("fields", fields)
    for entity, names in fields.items():
        if entity not in ENTITIES:
            raise UsageError(f"fields: no entity is called {entity!r}: {_use(ENTITIES)}")
        _check_table(f"fields.{entity}", names)
    if not isinstance(ignore, list) or not all(isinstance(code, str) for code in ignore):
        raise UsageError("ignore is a list of codes")
    for code in ignore:
        if code not in CODES:
            close = near(code, tuple(CODES))
            raise UsageError(f"ignore: no code is called {code!r}" + (f": did you mean {close!r}?" if close else ""))
    return Settings(path, entities, fields, tuple(ignore))


def _check_table(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise UsageError(f"{name}: a table is wanted, not {type(value).__name__}")


def _use(words: tuple[str, ...]) -> str:
    return f"use one of {', '.join(words)}"
