"""Checks the arguments of a call before anything else happens.

In: the arguments of a function. Out: the same, or a ``UsageError`` that shows what to pass instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any

from custobar_formats.core.errors import UsageError

FRAME_METHODS = {"to_dicts": "to_dicts()", "to_pylist": "to_pylist()", "to_dict": "to_dict('records')"}
"""How a data frame (polars, pyarrow, pandas) makes a list of dicts of its rows."""

RECORD_METHODS = {"model_dump": "model_dump()", "_asdict": "_asdict()"}
"""How an object of pydantic, or a named tuple, makes a dict of itself."""


def checked_records(records: Any) -> Iterable[Any]:
    """Records, to be written or checked: anything iterable but one record, text, a file or a data frame.

    Raises:
        UsageError: it cannot be a number of records.

    """
    kind = type(records).__name__
    frame = next((call for name, call in FRAME_METHODS.items() if hasattr(records, name)), None)
    if isinstance(records, (str, bytes, bytearray, memoryview)):
        raise UsageError(f"{kind} is not a list of records: read it with from_csv or from_json first")
    if isinstance(records, os.PathLike) or hasattr(records, "read"):
        raise UsageError(f"{kind} is a file, not a list of records: read it with from_csv or from_json first")
    if frame is not None and not isinstance(records, Mapping):
        raise UsageError(f"{kind} is not a list of records: give its .{frame}")
    if is_record(records) or is_dataclass(records) or hasattr(records, "model_dump"):
        raise UsageError(f"{kind} is one record: give a list of records, such as [record]")
    if hasattr(records, "__aiter__"):
        raise UsageError(f"{kind} is asynchronous: collect its records in a list first")
    if not isinstance(records, Iterable):
        raise UsageError(f"{kind} is not a list of records: give dicts, or other mappings, in a list or an iterator")
    return records


def is_record(value: Any) -> bool:
    """Whether a value has keys and their values: a mapping, or a row such as ``sqlite3.Row``."""
    return isinstance(value, (dict, Mapping)) or (hasattr(value, "keys") and hasattr(value, "__getitem__"))


def no_record(value: Any) -> str:
    """What to say of a value that stands where a record should."""
    call = next((call for name, call in RECORD_METHODS.items() if hasattr(value, name)), None)
    if is_dataclass(value):
        hint = "give its dataclasses.asdict()"
    else:
        hint = "give a dict" if call is None else f"give its .{call}"
    return f"{type(value).__name__} is not a record: {hint}"


def check_option(name: str, value: Any, kind: type | tuple[type, ...], wanted: str) -> None:
    """Raise UsageError unless an option is None or of a type; ``wanted`` says of which."""
    is_right = value is None or isinstance(value, kind)
    if not is_right or (isinstance(value, bool) and kind is int):
        raise UsageError(f"{name}={value!r}: give {wanted}")


def check_count(name: str, value: Any) -> None:
    """Raise UsageError unless an option is None or a number from 0 on."""
    check_option(name, value, int, "a whole number")
    if value is not None and value < 0:
        raise UsageError(f"{name}={value!r}: give a whole number from 0 on")


def check_callables(**functions: Any) -> None:
    """Raise UsageError unless each option is None or can be called."""
    for name, value in functions.items():
        if value is not None and not callable(value):
            raise UsageError(f"{name}={value!r}: give a function")


def check_flags(**flags: Any) -> None:
    """Raise UsageError unless each option is True or False."""
    for name, value in flags.items():
        check_option(name, value, bool, "True or False")


def checked_names(name: str, value: Any) -> list[str] | None:
    """A list of texts; None where the option is not given.

    Raises:
        UsageError: it is something else, such as one text.

    """
    if value is None:
        return None
    names = [] if isinstance(value, (str, bytes)) or not isinstance(value, Iterable) else list(value)
    if not names or not all(isinstance(each, str) for each in names):
        raise UsageError(f"{name}={value!r}: give a list of column names, such as ['external_id', 'email']")
    return names
