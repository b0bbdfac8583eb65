"""What may leave a public function, as checks that the tests and the fuzzers share."""

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
"""What is asked of any schema."""


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that Python shows before one."""
    seen = error.__cause__ if error.__suppress_context__ else error.__context__
    while seen is not None:
        yield seen
        seen = seen.__cause__ if seen.__suppress_context__ else seen.__context__


def check_error(error: CustobarFormatsError) -> None:
    """An error has a sentence, and nothing internal behind it; it can be copied and pickled."""
    assert isinstance(error, NotExpressible) or list(chain(error)) == []  # what CSV cannot hold has some, still
    assert str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(copy.copy(error)) == str(error)


def check_report(report: Report) -> None:
    """A report is made of JSON values, and agrees with itself."""
    whole = json.loads(report.to_json())
    assert whole == report.to_dict()
    assert str(report)
    assert report.valid == (not report.errors)
    assert 0 <= report.valid_rows <= report.rows
    assert {finding.code for finding in report.findings} <= CODES.keys()
    assert all(finding.value is None or len(finding.value) <= 80 for finding in report.findings)
    assert sum(report.counts.by_code.values()) >= len(report.findings)


def allowing(function: Callable[[], Any], *allowed: type[CustobarFormatsError]) -> Any:
    """The result of a call, or None after an exception that it may raise."""
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
    """A schema works or is refused: what it meets later raises only what each function names."""
    if allowing(lambda: [coerce({}, schema)], UsageError) is None:
        return
    for record in RECORDS:
        coerce(record, schema)
        check_report(validate(json.dumps([record]), schema))
        allowing(lambda record=record: to_csv([record], schema), NotExpressible)  # type: ignore[misc]
    check_report(validate("a,b.a.0,b.0,aa\n1,x,,AA\nx,1,2,\n", schema))
