"""Checks the arguments of a call before anything else happens.

In: the arguments of a function. Out: the same, or a ``UsageError`` that shows what to pass instead.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from decimal import Decimal
from inspect import iscoroutinefunction
from typing import Any, Protocol

from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import shown

FRAME_METHODS = {"to_dicts": "to_dicts()", "to_pylist": "to_pylist()", "to_dict": "to_dict('records')"}
"""How a data frame (polars, pyarrow, pandas) makes a list of dicts of its rows."""

RECORD_METHODS = {"model_dump": '.model_dump(mode="json")', "_asdict": "._asdict()"}
"""How an object of pydantic, or a named tuple, makes a dict of itself."""


class SupportsSubmit(Protocol):
    """An executor, such as those of ``concurrent.futures``: what ``submit`` returns has a method ``result``."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        """Call the function somewhere, and return the future of its result."""


def checked_records(records: Any) -> Iterable[Any]:
    """Records, to be written or checked: anything iterable but one record, text, a file or a data frame.

    Raises:
        UsageError: it cannot be a number of records.

    """
    kind = type(records).__name__
    if isinstance(records, type):
        raise UsageError(f"{records.__name__} is a class: give a list of records")
    frame = next((call for name, call in FRAME_METHODS.items() if hasattr(records, name)), None)
    if isinstance(records, (str, bytes, bytearray, memoryview)):
        raise UsageError(f"{kind} is not a list of records: read it with from_csv or from_json first")
    if isinstance(records, os.PathLike) or hasattr(records, "read"):
        raise UsageError(f"{kind} is a file, not a list of records: read it with from_csv or from_json first")
    is_series = frame == FRAME_METHODS["to_dict"] and not hasattr(records, "columns")
    if frame is not None and not is_series and not isinstance(records, Mapping):
        raise UsageError(f"{kind} is not a list of records: give its .{frame}")
    call = as_dict(records, "record")
    if has_keys(records) or call is not None:
        raise UsageError(f"{kind} is one record: give a list of records, such as [{call or 'record'}]")
    if hasattr(records, "__aiter__"):
        raise UsageError(f"{kind} is asynchronous: collect its records in a list first")
    try:
        return records if isinstance(records, (list, tuple)) else iter(records)
    except TypeError:
        wanted = "give dicts, or other mappings, in a list or an iterator"
        raise UsageError(f"{kind} is not a list of records: {wanted}") from None


def has_keys(value: Any) -> bool:
    """Whether a value has keys and their values: a mapping, or a row such as ``sqlite3.Row``."""
    if isinstance(value, (dict, Mapping)):
        return True
    return hasattr(value, "keys") and hasattr(value, "__getitem__") and not isinstance(value, type)


def is_record(value: Any) -> bool:
    """Whether a value has keys and their values, one for each key."""
    return isinstance(value, (dict, Mapping)) or (has_keys(value) and _duplicate_key(value) is None)


def _duplicate_key(row: Any) -> Any:
    """The first key of a row that it has twice, in upper or lower case (which ``sqlite3.Row`` ignores); or None."""
    seen: set[str] = set()
    for key in row.keys():  # noqa: SIM118 - a row of a database iterates over its values
        if str(key).lower() in seen:
            return key
        seen.add(str(key).lower())
    return None


def no_record(value: Any) -> str:
    """The message about a value that stands where a record should."""
    if isinstance(value, type):
        return f"{value.__name__} is a class, not a record: give a dict"
    if has_keys(value):
        return f"two columns are named {shown(_duplicate_key(value))}: name one of them with AS"
    return f"{type(value).__name__} is not a record: give {as_dict(value, 'record') or 'a dict'}"


def as_dict(value: Any, name: str) -> str | None:
    """The code that makes a dict of an object with fields, such as ``record._asdict()``; None for another value."""
    if is_dataclass(value):
        return f"dataclasses.asdict({name})"
    return next((name + call for method, call in RECORD_METHODS.items() if hasattr(value, method)), None)


def refuse_awaitable(result: Any, message: str) -> None:
    """Raise UsageError if the result of a call has to be awaited, which shows that an object is asynchronous."""
    if hasattr(result, "__await__"):
        with suppress(AttributeError):
            result.close()  # so that Python does not warn that nothing awaited it
        raise UsageError(message)


def check_option(name: str, value: Any, kind: type | tuple[type, ...], wanted: str) -> None:
    """Raise UsageError unless an option is None or of a type; ``wanted`` describes the type."""
    is_right = value is None or isinstance(value, kind)
    if not is_right or (isinstance(value, bool) and kind is int):
        raise UsageError(f"{name}={shown(value)}: give {wanted}")


def check_count(name: str, value: Any, most: int = sys.maxsize, *, least: int = 0) -> None:
    """Raise UsageError unless an option is None or a number from ``least`` on, and not above ``most``."""
    wanted = f"a whole number from {least} {'on' if most == sys.maxsize else f'to {most}'}"
    check_option(name, value, int, wanted)
    if value is not None and not least <= value <= most:
        raise UsageError(f"{name}={shown(value)}: give {wanted}")


def check_callables(**functions: Any) -> None:
    """Raise UsageError unless each option is None or can be called."""
    for name, value in functions.items():
        if value is not None and (not callable(value) or iscoroutinefunction(value)):
            raise UsageError(f"{name}={shown(value)}: give a function, and not an asynchronous one")


def checked_parser(parse_float: Callable[[str], Any]) -> Callable[[str], Any]:
    """The function that makes numbers; its ValueError becomes a UsageError.

    Raises:
        UsageError: it cannot be called.

    """
    if not callable(parse_float):
        raise UsageError(f"parse_float={shown(parse_float)}: give a function")
    if parse_float in (float, Decimal):
        return parse_float

    def parse(text: str) -> Any:
        try:
            return parse_float(text)
        except ValueError as error:
            raise UsageError(f"parse_float={shown(parse_float)} does not take {shown(text)}: {error}") from error

    return parse


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
    try:
        names = [] if isinstance(value, (str, bytes)) else list(value)
    except (TypeError, ValueError):
        names = []
    if not names or not all(isinstance(each, str) for each in names):
        raise UsageError(f"{name}={shown(value)}: give a list of column names, such as ['external_id', 'email']")
    return list(map(str.__str__, names))
