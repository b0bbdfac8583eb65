"""The cases of JSONTestSuite, run with the public functions: as a whole text, a value in a list, a value in a line.

The first letter of a case's name is the suite's verdict: ``y`` must be read, ``n`` must be refused, ``i`` may be
either, and so may ``t``, the cases of its ``transform`` folder. The values read must be those of json.loads.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any

from custobar_formats import InvalidData, from_json, validate
from tests.outside.outside_cases import OPEN, Case, Suite, codes, load

REASONS = {
    "not-an-object": "records are objects; the text is also tested as a value",
    "wrong-shape": "a file is a list of objects, or one object a line; the text is also tested as a value",
    "wrong-wrapper": "an object with one list is a wrapper, named after its entity; the text is also tested as a value",
    "by-line": "one record a line: this text has a line break inside",
    "duplicate-key": "RFC 8259, section 4, leaves open what a duplicate key means; here nothing is lost silently",
    "number-too-long": "a float cannot hold it: it would become infinite or zero",
    "lone-surrogate": "half of a surrogate pair is not a character, and UTF-8 cannot hold it",
    "undecodable-bytes": "JSON is UTF-8: RFC 8259, section 8.1",
    "utf-16": "JSON is UTF-8: RFC 8259, section 8.1; read as UTF-8, the text has NULs in it",
    "too-deep": "a record is nested over 64 levels: RFC 8259, section 9, allows a limit",
    "byte-order-mark": "a byte order mark at the start is skipped (RFC 8259, section 8.1); one object is left",
    "mark-within": "a byte order mark inside a text is not white space: RFC 8259, section 2",
    "exact": "integers of any size up to 4,300 digits are kept exactly",
    "kept": "read unchanged: the two keys differ",
    "as-python": "json.loads reads it in the same way",
}
GROUPS = {"y": "must be read", "n": "must be refused", "i": "left open", "t": "transform"}
SAID = {"y": "read", "n": "refused", "i": OPEN, "t": OPEN}
WAYS = {"whole": "whole text", "value": "value in a list", "line": "value in a line"}
LONG = {
    "n_structure_100000_opening_arrays": b"[" * 100_000,
    "n_structure_open_array_object": b'[{"":' * 50_000 + b"\n",
}
UNREADABLE = object()


def cases() -> dict[str, bytes]:
    """The text of each case."""
    return {name: text.encode("utf-8", "surrogateescape") for name, text in load("json_parsing").items()} | LONG


def placed(text: bytes, way: str) -> bytes:
    """The text of a file that contains a case in one of these places."""
    if way == "value":
        return b'[{"a": ' + text + b'}, {"a": 1}]'
    return b'{"a": ' + text.strip(b" \t\r\n") + b'}\n{"a": 1}\n' if way == "line" else text


def _value(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return UNREADABLE


def _read(text: bytes, way: str) -> tuple[Any, list[str]]:
    """The records, or UNREADABLE and the codes found; checks that all public functions agree."""
    lines = way == "line"
    report = validate(text, format="jsonl" if lines else "json")
    try:
        records: Any = from_json(text, lines=lines)
        again = report.valid, codes(report)
    except InvalidData as refused:
        records, again = UNREADABLE, (False, codes(refused.report))
    assert (report.valid, codes(report)) == again
    return records, codes(report)


def _same(one: Any, other: Any) -> bool:
    """Whether values are equal, including types, the sign of zero and the order of keys."""
    return repr(one) == repr(other)


def _why(name: str, text: bytes, way: str, found: list[str]) -> str:
    if text.startswith(BOM_UTF8):
        return "byte-order-mark" if way == "whole" else "mark-within"
    if found == ["invalid-json"] and b"\0" in text:
        return "utf-16"
    if found == ["invalid-json"] and way == "line" and b"\n" in text.strip():
        return "by-line"
    if found:
        return found[0]
    if name.startswith("i_number_"):
        return "exact"
    return "kept" if name.startswith("t_object_key") else "as-python"


def _run(name: str, text: bytes, way: str) -> Case:
    said, value = SAID[name[0]], _value(text)
    records, found = _read(placed(text, way), way)
    wanted = value if way == "whole" else [{"a": value}, {"a": 1}]
    is_read = records is not UNREADABLE and _same(records, wanted)
    outcome = "read" if is_read else "refused" if records is UNREADABLE else "read as another value"
    ours = f"refused: {', '.join(found)}" if outcome == "refused" else outcome
    return Case(GROUPS[name[0]], name, said, ours, None if outcome == said else _why(name, text, way, found))


def parsing() -> tuple[Suite, ...]:
    """All cases, each in all places; the two long ones only as a whole text, where their reading ends early."""
    texts = cases()
    short = {name: text for name, text in texts.items() if name not in LONG}
    return tuple(
        Suite("JSONTestSuite", tuple(_run(name, text, way) for name, text in taken.items()), reported)
        for (way, reported), taken in zip(WAYS.items(), (texts, short, short), strict=True)
    )
