"""A mapping file to a ``ColumnMapping``: TOML, its name among the presets, or the same as a mapping.

In: a path, a name, or a mapping. Out: a mapping whose tables and arguments are of the right kind. Rule: an unknown name
is refused, with the nearest known one; whether the fields exist is checked where the schema is known.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import PurePath
from typing import Any

from custobar_formats.core.arguments import check_option
from custobar_formats.core.entities import Entity, checked_entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import MAX_MAPPING_BYTES, MAX_MAPPING_POINTS
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown
from custobar_formats.core.toml_faults import toml_fault
from custobar_formats.files.filenames import checked_input
from custobar_formats.files.whole import read_whole
from custobar_formats.mapping.answers import ARGUMENT, answer
from custobar_formats.mapping.arguments import (
    ARGUMENTS,
    NEEDS,
    NOT_ASKED,
    are_texts,
    check_names,
    checked_argument,
    is_text,
    is_text_or_texts,
)
from custobar_formats.mapping.model import TABLES_NAME, Ask, ColumnMapping, Condition, FieldMapping, MappingLike, Rows
from custobar_formats.mapping.preset_files import presets, read_preset, unknown_preset

TABLES = ("entity", "unmapped", "ignore", "need", "names", "columns", "rows", "about")
UNMAPPED = ("error", "drop", "keep")
SOURCES = ("from", "first", "join", "constant", "ask")

EXPRESSIONS = "a mapping has no expressions: for more than its steps, use pandas, polars or Miller before it"


def load_mapping(source: MappingLike, *, answers: Mapping[str, str] | None = None) -> ColumnMapping:
    """The mapping of a TOML file, of a preset, or of a mapping with the same tables.

    Args:
        source: the path of a file, the name of a preset (``custobar-formats map --list`` shows them), or its tables.
        answers: what only you know, by name: ``{"stock.0.shop_id": "web"}``; also constants for other fields.

    Raises:
        UsageError: the mapping is wrong in itself, or an answer is none to it.
        OSError: the file is not there, or cannot be read.

    Example:
        >>> mapping = load_mapping({"entity": "customers", "columns": {"email": "E-mail"}})
        >>> mapping.fields[0].columns
        ('E-mail',)

    """
    check_option("answers", answers, Mapping, 'texts by name, such as {"stock.0.shop_id": "web"}')
    return answer(_load(source), answers or {}, by=ARGUMENT)


def _load(source: MappingLike) -> ColumnMapping:
    """The mapping as it is, with its questions."""
    if isinstance(source, ColumnMapping):
        return source
    if isinstance(source, Mapping):
        return _Reader(TABLES_NAME, source).read()
    if not isinstance(source, str | os.PathLike):
        raise UsageError(f"mapping={shown(source)}: give the name of a preset, the path of a file, or its tables")
    name = os.fsdecode(checked_input(source))
    if name in presets():
        return _preset(name)
    try:
        data = read_whole(name)
    except (FileNotFoundError, IsADirectoryError):
        if PurePath(name).suffix:
            raise
        raise unknown_preset(name) from None
    if len(data) > MAX_MAPPING_BYTES:
        raise UsageError(f"{name}: a mapping has at most {MAX_MAPPING_BYTES:,} bytes")
    if max(line.count(b".") for line in data.split(b"\n")) > MAX_MAPPING_POINTS:
        raise UsageError(f"{name}: a line of a mapping has at most {MAX_MAPPING_POINTS} points")
    return _parsed(name, data)


@cache
def _preset(name: str) -> ColumnMapping:
    """A preset, read once: all of them are looked at for each export that is to be recognised."""
    return _parsed(name, read_preset(name))


def _parsed(name: str, data: bytes) -> ColumnMapping:
    try:
        tables = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{name}: the file is not UTF-8: save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: the file is not valid TOML: {toml_fault(error, data)}") from None
    return _Reader(name, tables).read()


class _Reader:
    """Reads the tables of one mapping."""

    def __init__(self, name: str, tables: Mapping[str, Any]) -> None:
        self._name = name
        self._tables = tables

    def read(self) -> ColumnMapping:
        """The mapping."""
        self._check_names(self._tables, TABLES, "")
        tables = self._tables
        if "entity" not in tables:
            raise self._wrong("", 'it has no entity: add entity = "customers", or another one')
        entity = self._entity(tables["entity"])
        columns = self._table("columns")
        if not columns:
            raise self._wrong("", 'it maps no column: add a table [columns] with lines such as email = "E-mail"')
        for misplaced in columns.keys() & {*TABLES} - {"columns"}:
            raise self._wrong(f"columns.{misplaced}", f"move {misplaced} above the line [columns]: here it is a field")
        fields = tuple(self._read_field(field, value) for field, value in columns.items())
        names = {}
        for column, others in self._table("names").items():
            if not is_text_or_texts(others):
                raise self._wrong(f"names.{column}", "it must be a list of texts")
            names[column] = (others,) if isinstance(others, str) else tuple(others)
        unmapped = tables.get("unmapped", "error")
        if unmapped not in UNMAPPED:
            raise self._wrong("unmapped", f"use one of {', '.join(UNMAPPED)}, not {shown(unmapped)}")
        need = self._texts(tables, "need", "") if "need" in tables else None
        ignore = self._texts(tables, "ignore", "")
        return ColumnMapping(self._name, entity, fields, self._read_rows(), names, need, ignore, unmapped)

    def _entity(self, name: Any) -> Entity:
        try:
            return checked_entity(name)
        except UsageError as error:
            raise self._wrong("entity", str(error)) from None

    def _read_rows(self) -> Rows:
        rows = self._table("rows")
        self._check_names(rows, ("header", "skip", "end"), "rows")
        header = rows.get("header")
        if header is not None and (not isinstance(header, int) or isinstance(header, bool) or header < 1):
            raise self._wrong("rows.header", "it must be the number of the line with the column names, without quotes")
        skip = rows.get("skip", [])
        if not isinstance(skip, list):
            raise self._wrong("rows.skip", "it must be a list of conditions")
        end = rows.get("end")
        return Rows(
            header,
            tuple(self._condition(each, "rows.skip") for each in skip),
            self._condition(end, "rows.end") if end is not None else None,
        )

    def _condition(self, value: Any, where: str) -> Condition:
        if not isinstance(value, dict):
            raise self._wrong(where, 'a condition is a table such as { column = "A", is = "" }')
        self._check_names(value, ("column", "is", "is_not"), where)
        if not is_text(value.get("column")) or len(value) < 2:
            raise self._wrong(where, 'a condition has a column, and "is" or "is_not"')
        cells = {key: each for key, each in value.items() if key != "column"}
        for key, each in cells.items():
            if not is_text_or_texts(each):
                raise self._wrong(f"{where}.{key}", f"it must be text or a list of texts, not {shown(each)}")
        texts = {key: (each,) if isinstance(each, str) else tuple(each) for key, each in cells.items()}
        return Condition(value["column"], texts.get("is"), texts.get("is_not", ()))

    def _read_field(self, name: str, value: Any) -> FieldMapping:
        where = f"columns.{name}"
        if isinstance(value, str):
            return FieldMapping(name, (value,), "from")
        if not isinstance(value, dict):
            raise self._wrong(where, "it must be the name of a column, or a table")
        if not value.keys() & {*SOURCES, *ARGUMENTS}:
            close = next(filter(None, (near(str(key), (*SOURCES, *ARGUMENTS)) for key in value)), None)
            if close is not None:
                raise self._wrong(where, f"it has no source: did you mean {close!r}?")
            path, below = name, value
            while isinstance(below, dict) and below and not below.keys() & {*SOURCES, *ARGUMENTS}:
                key, below = next(iter(below.items()))
                path = f"{path}.{key}"
            if not value:
                raise self._wrong(where, "it has no source: give one of from, first, join and constant")
            raise self._wrong(where, f"it has no source; a field with points in its name needs quotes: {path!r} = ...")
        self._check_names(value, (*SOURCES, *ARGUMENTS), where)
        sources = [key for key in SOURCES if key in value]
        if len(sources) != 1:
            found = f"it has {' and '.join(sources)}" if sources else "it has no source"
            raise self._wrong(where, f"{found}: give one of from, first, join and constant")
        how = sources[0]
        arguments = {key: self._argument(key, each, where) for key, each in value.items() if key not in SOURCES}
        for key, other in NEEDS.items():
            if key in arguments and other not in {*arguments, how}:
                raise self._wrong(where, f"{key!r} means nothing without {other!r}")
        if how in ("constant", "ask"):
            text = self._constant(name, {"ask": value["ask"]} if how == "ask" else value[how], where)
            if arguments:
                raise self._wrong(where, f"a constant takes no steps: remove {next(iter(arguments))!r}")
            return FieldMapping(name, (), "constant", {"constant": text})
        columns = value[how]
        if arguments.get("fill_within") in ([columns] if is_text(columns) else columns):
            message = "a column cannot be filled within its own runs: name the one that holds the rows together"
            raise self._wrong(f"{where}.fill_within", message)
        if how == "from" and not is_text(columns):
            raise self._wrong(f"{where}.from", f"it must be the name of a column; {EXPRESSIONS}")
        if how != "from" and not are_texts(columns):
            raise self._wrong(f"{where}.{how}", "it must be a list of columns")
        return FieldMapping(name, (columns,) if how == "from" else tuple(columns), how, arguments)

    def _constant(self, name: str, value: Any, where: str) -> Any:
        if name.rpartition(".")[2].startswith("can_"):
            answer_it = f"--with {name}=true, or answers={{{name!r}: 'true'}}"
            advice = f"map the column that has it, or answer for one run with {answer_it}"
            raise self._wrong(where, f"consent is never a constant: {advice}")
        if _is_ask(value):
            return Ask(value["ask"])
        if not is_text(value):
            raise self._wrong(f"{where}.constant", f"it must be text, not {shown(value)}")
        return value

    def _argument(self, key: str, value: Any, place: str) -> Any:
        where = f"{place}.{key}"
        if _is_ask(value):
            if key in NOT_ASKED:
                raise self._wrong(where, "it cannot be asked for, for an answer is text")
            return Ask(value["ask"])
        if key == "country" and isinstance(value, dict) and _is_ask(value.get("default")):
            self._argument(key, {**value, "default": ""}, place)
            return {**value, "default": Ask(value["default"]["ask"])}
        try:
            checked = checked_argument(key, value)
        except UsageError as error:
            raise self._wrong(where, str(error)) from None
        return self._condition(checked, where) if key == "only" else checked

    def _table(self, name: str) -> dict[str, Any]:
        value = self._tables.get(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "it must be a table")
        if not all(map(is_text, value)):
            raise self._wrong(name, "its names must be texts")
        return value

    def _texts(self, tables: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = tables.get(key, [])
        if not isinstance(value, list) or not all(map(is_text, value)):
            raise self._wrong(f"{where}{key}", "it must be a list of texts")
        return tuple(value)

    def _check_names(self, table: Mapping[Any, Any], known: Iterable[str], where: str) -> None:
        try:
            check_names(table, known)
        except UsageError as error:
            raise self._wrong(where, str(error)) from None

    def _wrong(self, where: str, message: str) -> UsageError:
        return UsageError(f"{self._name}: {where}: {message}" if where else f"{self._name}: {message}")


def _is_ask(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"ask"} and is_text(value["ask"])
