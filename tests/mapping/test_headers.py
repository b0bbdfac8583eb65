"""The corpus of column names is well formed, split by its rule, and as varied as its README promises."""

import hashlib
import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HEADERS = Path(__file__).parent / "headers"
SCHEMAS = Path(__file__).parents[2] / "schemas"
HALVES = {half: tomllib.loads((HEADERS / f"{half}.toml").read_text("utf-8"))["export"] for half in ("seen", "aside")}
EXPORTS: list[dict[str, Any]] = [export for half in HALVES.values() for export in half]
FRESH: list[dict[str, Any]] = tomllib.loads((HEADERS / "fresh.toml").read_text("utf-8"))["export"]
LAST: list[dict[str, Any]] = tomllib.loads((HEADERS / "last.toml").read_text("utf-8"))["export"]
KEYS = {"system", "name", "language", "entity", "source", "columns", "means"}
SOURCE = re.compile(r"https?://\S+|[\w.-]+/[\w.-]+: \S+(?: \S+)*")
"""An address, or ``owner/repository: path``."""


def name(export: dict[str, Any]) -> str:
    """The name that decides the half: ``system/name``."""
    return f"{export['system']}/{export['name']}"


def is_nordic(export: dict[str, Any]) -> bool:
    """Whether the names are Finnish or Swedish."""
    return export["language"] in ("fi", "sv")


def digest(export: dict[str, Any]) -> str:
    """The key that entries are sorted by; it does not depend on their columns."""
    return hashlib.sha256(name(export).encode()).hexdigest()


@pytest.mark.parametrize("export", [*EXPORTS, *FRESH, *LAST], ids=name)
def test_an_entry_is_well_formed(export: dict[str, Any]) -> None:
    """It has its keys; each column is listed once; each judged column is there, once, with a field of its entity."""
    assert KEYS <= export.keys() <= KEYS | {"cut", "repeated", "doubtful"}
    assert re.fullmatch(r"[a-z]{2}", export["language"])
    assert SOURCE.fullmatch(export["source"])
    columns, means, doubtful = export["columns"], export["means"], export.get("doubtful", [])
    assert all(column.strip() and "@" not in column for column in columns)
    assert sorted(c for c, n in Counter(columns).items() if n > 1) == export.get("repeated", [])
    assert sorted(set(doubtful)) == sorted(doubtful)
    assert {*means, *doubtful} <= set(columns)
    assert not means.keys() & set(doubtful)
    assert not means.keys() & set(export.get("repeated", []))
    fields = json.loads((SCHEMAS / f"{export['entity']}.json").read_text("utf-8"))["properties"]
    assert means
    assert {field.split(".")[0] for field in means.values()} <= fields.keys()


def test_no_entry_is_there_twice() -> None:
    """Neither a name nor a list of columns repeats, in any file."""
    exports = [*EXPORTS, *FRESH, *LAST]
    assert len({name(export) for export in exports}) == len(exports)
    assert len({tuple(export["columns"]) for export in exports}) == len(exports)


def test_the_corpus_is_varied() -> None:
    """The counts are those of the README."""
    systems = Counter(export["system"] for export in EXPORTS)
    assert len(EXPORTS) >= 60
    assert len(systems) >= 8
    assert max(systems.values()) <= 5
    assert {export["entity"] for export in EXPORTS} == {"customers", "products", "sales", "events", "shops"}
    assert f"{len(EXPORTS)} public exports" in (readme := (HEADERS / "README.md").read_text("utf-8"))
    assert f"of {len(systems)} web shops" in readme


def test_the_fresh_entries_are_of_other_systems() -> None:
    """None is of a system of the halves; the counts are those of the README."""
    systems = Counter(export["system"] for export in FRESH)
    assert not systems.keys() & {export["system"] for export in EXPORTS}
    assert max(systems.values()) <= 3
    assert {export["entity"] for export in FRESH} == {"customers", "products", "sales", "events", "shops"}
    assert f"{len(FRESH)} exports of {len(systems)} other systems" in (HEADERS / "README.md").read_text("utf-8")


def test_the_last_entries_are_of_other_kinds() -> None:
    """None is of a system and entity that another file has; the counts are those of the README."""
    systems = Counter(export["system"] for export in LAST)
    kinds = {(export["system"], export["entity"]) for export in LAST}
    assert not kinds & {(export["system"], export["entity"]) for export in [*EXPORTS, *FRESH]}
    assert max(systems.values()) <= 2
    assert {export["entity"] for export in LAST} == {"customers", "products", "sales", "events", "shops"}
    assert f"{len(LAST)} exports of {len(systems)} systems" in (HEADERS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("half", [EXPORTS, *HALVES.values(), FRESH, LAST], ids=["all", *HALVES, "fresh", "last"])
def test_a_third_is_finnish_or_swedish(half: list[dict[str, Any]]) -> None:
    """A third of all, of each half, of the fresh ones, and of the last."""
    assert sum(map(is_nordic, half)) * 3 >= len(half)


@pytest.mark.parametrize("nordic", [True, False])
def test_the_halves_are_split_by_the_digest_alone(nordic: bool) -> None:
    """Among the Finnish and Swedish, and among the others, the first half by digest is ``seen``."""
    entries = sorted((export for export in EXPORTS if is_nordic(export) == nordic), key=digest)
    seen = {name(export) for export in entries[: (len(entries) + 1) // 2]}
    assert seen == {name(export) for export in HALVES["seen"] if is_nordic(export) == nordic}
