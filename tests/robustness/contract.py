"""Checks of what public functions may return and raise, shared by the tests and the fuzzers."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

from custobar_formats import (
    CustobarFormatsError,
    InvalidData,
    NotExpressible,
    Report,
    UsageError,
    coerce,
    to_csv,
    validate,
)
from custobar_formats.core.findings import CODES

RECORDS: list[Any] = [{"a": "1", "b": {"a": [1, "x"], "0": None}, "": "é", "c": 1.5, "aa": "AA"}, {"a": []}]
"""The records that every schema is tried with."""


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that Python shows before this one."""
    seen = error.__cause__ if error.__suppress_context__ else error.__context__
    while seen is not None:
        yield seen
        seen = seen.__cause__ if seen.__suppress_context__ else seen.__context__


def check_error(error: CustobarFormatsError) -> None:
    """Check that an error has a message and no internal cause, and can be copied and pickled."""
    assert isinstance(error, NotExpressible) or list(chain(error)) == []  # those about CSV still have some
    assert str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(copy.copy(error)) == str(error)


def check_report(report: Report) -> None:
    """Check that a report consists of JSON values and does not contradict itself."""
    whole = json.loads(report.to_json())
    assert whole == report.to_dict()
    assert str(report)
    assert report.valid == (not report.errors)
    assert 0 <= report.valid_rows <= report.rows
    assert {finding.code for finding in report.findings} <= CODES.keys()
    assert all(finding.value is None or len(finding.value) <= 80 for finding in report.findings)
    assert sum(report.counts.by_code.values()) >= len(report.findings)


def allowing(function: Callable[[], Any], *allowed: type[CustobarFormatsError]) -> Any:
    """The result of a call, or None if it raises an exception that is allowed."""
    try:
        return function()
    except allowed as caught:
        error = caught
    check_error(error)
    if isinstance(error, InvalidData):
        check_report(error.report)
        assert not error.report.valid
    return None


def check_schema(schema: Any) -> None:
    """Check that a schema works or is refused, and that later calls raise only what their docstrings name."""
    if allowing(lambda: [coerce({}, schema)], UsageError) is None:
        return
    for record in RECORDS:
        coerce(record, schema)
        check_report(validate(json.dumps([record]), schema))
        allowing(lambda record=record: to_csv([record], schema), NotExpressible)  # type: ignore[misc]
    check_report(validate("a,b.a.0,b.0,aa\n1,x,,AA\nx,1,2,\n", schema))
