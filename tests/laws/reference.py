"""Slow and obvious versions of what the library does fast: the oracles of the laws.

Nothing here imports the library. Each function implements one sentence of the format, one character, cell or record
at a time.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

Json = Any
Path = tuple[str | int, ...]

MAX_PARTS = 64
MAX_CELL = 131_072
MAX_COLUMNS = 10_000
PACKED = re.compile(
    rb"PK(?:\x03\x04|\x05\x06)|\x1f\x8b\x08|(?:\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)|\xfd7zXZ\0|"
    rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"
)
MAX_DIGITS = 4300
REJECTED = "__rejected_because"


# -- RFC 4180


class Broken(NamedTuple):
    """Where the quoting breaks: the finding's code and the line."""

    code: str
    line: int


class Row(NamedTuple):
    """A record of CSV text: the line that it begins at, and its cells."""

    line: int
    cells: list[str]


def parse_csv(text: str, delimiter: str, line: int = 1) -> tuple[list[Row], Broken | None]:
    """The rows of a text without blank lines, up to its end or to where its quoting breaks."""
    rows: list[Row] = []
    position = 0
    while position < len(text):
        begins, cells = line, []
        if text[position] in "\r\n":  # a blank line
            position = _after_break(text, position)
            line += 1
            continue
        while True:
            if text[position : position + 1] == '"':
                opened, position = line, position + 1
                cell = ""
                while True:
                    if position == len(text):
                        return rows, Broken("unclosed-quote", opened)
                    if text[position : position + 2] == '""':
                        cell += '"'
                        position += 2
                    elif text[position] == '"':
                        position += 1
                        break
                    elif text[position] in "\r\n":
                        after = _after_break(text, position)
                        cell += text[position:after]
                        position = after
                        line += 1
                    else:
                        cell += text[position]
                        position += 1
                if position < len(text) and text[position] not in (delimiter, "\r", "\n"):
                    return rows, Broken("stray-quote", line)
            else:
                cell = ""
                while position < len(text) and text[position] not in (delimiter, "\r", "\n"):
                    cell += text[position]
                    position += 1
            cells.append(cell)
            if position < len(text) and text[position] == delimiter:
                position += 1
                continue
            break
        if position < len(text):
            position = _after_break(text, position)
            line += 1
        rows.append(Row(begins, cells))
    return rows, None


def _after_break(text: str, position: int) -> int:
    return position + (2 if text[position : position + 2] == "\r\n" else 1)


def write_csv(rows: Iterable[Sequence[str]], delimiter: str, line_end: str = "\n") -> str:
    """Rows as CSV text: a cell is quoted wherever some reader could go wrong without quotes."""
    return "".join(delimiter.join(map(_quote, row)) + line_end for row in rows)


def _quote(cell: str) -> str:
    special = any(character in cell for character in ',;\t"\r\n')
    if special or cell.startswith(" ") or cell.endswith(" "):
        return '"' + cell.replace('"', '""') + '"'
    return cell


# -- charsets


def ladder(data: bytes) -> tuple[str, str] | None:
    """The encoding of bytes that declare none, and their text; None if they are not text."""
    if data.strip(b"\0\xff\xfe") and (_decoded(data, "", "utf-32-le") or _decoded(data, "", "utf-32-be")):
        return None
    marks = [
        (b"\xef\xbb\xbf", "utf-8", "utf-8"),
        (b"\xff\xfe", "utf-16", "utf-16-le"),
        (b"\xfe\xff", "utf-16", "utf-16-be"),
    ]
    for mark, charset, codec in marks:
        if data.startswith(mark) and _decoded(data[len(mark) :], charset, codec):
            rest = data[len(mark) :]
            return _text(rest, charset, codec) if charset == "utf-8" else _decoded(rest, charset, codec)
        if data.startswith(mark):
            return None
    half = len(data) // 2
    for place, codec in enumerate(["utf-16-be", "utf-16-le"]):
        utf16 = _decoded(data, "utf-16", codec)
        here, there = data[place::2].count(0), data[1 - place :: 2].count(0)
        if utf16 is None or here == 0:
            continue
        if here > 0.3 * half >= there:
            return utf16
        lines_up = there == 0 and here >= data.count(b"\n") + data.count(b"\r") and len(utf16[1]) >= 8
        if here <= 0.3 * half and lines_up and set(utf16[1]) & set("\r\n,;\t"):
            return utf16
    if _decoded(data, "utf-8", "utf-8"):
        return _text(data, "utf-8", "utf-8")
    high = sum(byte > 0x7F for byte in data)
    if sum(map(len, _sequences(data))) >= 0.9 * high:
        return None
    if any(0x80 <= byte <= 0x9F for byte in data):
        text = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in data)
        return _text(text.encode(), "windows-1252", "utf-8")
    return _text(data, "iso-8859-1", "iso-8859-1")


def _sequences(data: bytes) -> Iterator[bytes]:
    """The valid UTF-8 sequences of more than one byte."""
    at = 0
    while at < len(data):
        for size in (2, 3, 4):
            part = data[at : at + size]
            if data[at] > 0x7F and len(part) == size and _decoded(part, "", "utf-8") and len(part.decode()) == 1:
                yield part
                at += size
                break
        else:
            at += 1


def _text(data: bytes, charset: str, codec: str) -> tuple[str, str] | None:
    """The text of undeclared bytes, unless they have too many control characters."""
    text = data.decode(codec)
    start = text[:65536]
    controls = sum(ord(one) < 32 or 127 <= ord(one) < 160 for one in start) - sum(map(start.count, "\t\r\n"))
    return None if controls >= 16 and controls >= 0.1 * len(start) else (charset, text)


def _decoded(data: bytes, charset: str, codec: str) -> tuple[str, str] | None:
    try:
        return charset, data.decode(codec)
    except UnicodeDecodeError:
        return None


# -- labels and paths


def is_index(part: str) -> bool:
    """Whether a part of a label is a list index, however long."""
    digits = part != "" and all(character in "0123456789" for character in part)
    return digits and (part == "0" or part[0] != "0")


def split_label(label: str) -> Path | None:
    """The path of a label without a schema; None if it has no path."""
    parts = label.split(".")
    if "" in parts or len(parts) > MAX_PARTS:
        return None
    return (parts[0], *(int(part) if is_index(part) else part for part in parts[1:]))


def split_label_by(schema: Json, label: str) -> Path | None:
    """The path of a label under a schema: names of properties first, the longest first."""
    if label.count(".") >= MAX_PARTS:
        return None
    path: Path = ()
    rest: str | None = label
    while rest is not None:
        here = speakers(schema, path)
        names = {name for node in here for name in node.get("properties", {})}
        literal = [
            name
            for name in names
            if ("." in name or name == "" or is_index(name)) and (rest == name or rest.startswith(name + "."))
        ]
        if literal:
            part: str | int = max(literal, key=len)
            rest = rest[len(str(part)) + 1 :] if rest != part else None
        else:
            text, dot, after = rest.partition(".")
            if not text:
                return None
            rest = after if dot else None
            part = int(text) if path and is_index(text) and not _takes_only_keys(here) else text
        path = (*path, part)
    return path


def _takes_only_keys(nodes: list[dict[str, Json]]) -> bool:
    takes_list = any("array" in _types(node) or node.get("prefixItems") or "items" in node for node in nodes)
    takes_object = any(
        "object" in _types(node) or node.get("properties") or node.get("patternProperties") for node in nodes
    )
    return takes_object and not takes_list


def _types(node: dict[str, Json]) -> list[str]:
    types = node.get("type", [])
    return [types] if isinstance(types, str) else types


# -- what a schema requires at a path


def resolve(root: Json, ref: str) -> Json:
    """The subschema that ``#`` or ``#/$defs/name`` refers to."""
    value = root
    for token in ref.removeprefix("#").split("/")[1:]:
        value = value[token.replace("~1", "/").replace("~0", "~")]
    return value


def speakers(root: Json, path: Path) -> list[dict[str, Json]]:
    """The subschemas that apply, always or sometimes, at a path; not those of ``if`` and ``not``."""
    here = _together(root, [root])
    for part in path:
        here = _together(root, [below for node in here for below in _below(node, part)])
    return here


def _together(root: Json, schemas: Iterable[Json]) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    waiting = list(schemas)
    while waiting:
        schema = waiting.pop(0)
        if not isinstance(schema, dict) or any(schema is other for other in found):
            continue
        found.append(schema)
        if "$ref" in schema:
            waiting.append(resolve(root, schema["$ref"]))
        for keyword in ("allOf", "anyOf", "oneOf"):
            waiting += schema.get(keyword, [])
        waiting += [schema[keyword] for keyword in ("then", "else") if keyword in schema and "if" in schema]
        waiting += schema.get("dependentSchemas", {}).values()
        waiting += schema.get("dependencies", {}).values()
    return found


def _below(node: dict[str, Json], part: str | int) -> Iterator[Json]:
    if isinstance(part, int):
        prefix = node.get("prefixItems", [])
        if part < len(prefix):
            yield prefix[part]
        elif "items" in node:
            yield node["items"]
        return
    found = [node["properties"][part]] if part in node.get("properties", {}) else []
    found += [below for pattern, below in node.get("patternProperties", {}).items() if re.search(pattern, part)]
    if not found and "additionalProperties" in node:
        found = [node["additionalProperties"]]
    yield from found


def asks_for_type(root: Json, path: Path) -> bool:
    """Whether the schema requires a type at a path, in any case."""
    return any(keyword in node for node in speakers(root, path) for keyword in ("type", "enum", "const"))


# -- scalars and empty members


def text_of(value: Json) -> str:
    """The cell text of a scalar that is not empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def is_empty(value: Json) -> bool:
    """Whether a value is null, ``""``, ``{}``, ``[]``, or an object or list of nothing else."""
    if isinstance(value, dict):
        return all(is_empty(member) for member in value.values())
    if isinstance(value, list):
        return all(is_empty(item) for item in value)
    return value is None or value == ""


def less_empty(value: Json) -> Json:
    """A value without the empty members of its objects."""
    if isinstance(value, dict):
        return {key: less_empty(member) for key, member in value.items() if not is_empty(member)}
    if isinstance(value, list):
        return [less_empty(item) for item in value]
    return value


def less_erased(value: Json) -> Json:
    """A value without those members of its objects that are null or ``""``."""
    if isinstance(value, dict):
        return {key: less_erased(member) for key, member in value.items() if member is not None and member != ""}
    if isinstance(value, list):
        return [less_erased(item) for item in value]
    return value


def as_read(value: Json, asks: Callable[[Path], bool] = lambda _: False, path: Path = ()) -> Json:
    """The value after writing and reading: the text of a scalar where ``asks`` returns False (no type is required)."""
    if isinstance(value, dict):
        return {key: as_read(member, asks, (*path, key)) for key, member in value.items()}
    if isinstance(value, list):
        return [as_read(item, asks, (*path, index)) for index, item in enumerate(value)]
    return value if asks(path) else text_of(value)


def equal(one: Json, other: Json) -> bool:
    """Whether two values are equal in JSON: 1 is 1.0, but not true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and type(one) in _KIN[type(other)] and bool(one == other)


_NUMBERS = {int, float, Decimal}
_KIN: dict[type, set[type]] = {int: _NUMBERS, float: _NUMBERS, Decimal: _NUMBERS, str: {str}, bool: {bool}}
_KIN |= {type(None): {type(None)}, dict: {dict}, list: {list}}


def as_floats(value: Json) -> Json:
    """A value with its Decimals turned into floats."""
    if isinstance(value, dict):
        return {key: as_floats(member) for key, member in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def identical(one: Json, other: Json) -> bool:
    """Whether two values are equal, including types, the sign of zero and the order of keys."""
    return repr(one) == repr(other)


# -- nesting


@dataclass
class Read:
    """The content of a CSV text.

    Attributes:
        records: the records of the rows without an error.
        errors: code, row and line of each error; the row is None for errors of the header.
        rows: the number of rows that are records or should be.

    """

    records: list[dict[str, Json]] = field(default_factory=list)
    errors: list[tuple[str, int | None, int]] = field(default_factory=list)
    rows: int = 0


SEP_LINE = re.compile(r'\A"?sep=[,;\t]"?(?:\r\n|\n|\r|\Z)', re.IGNORECASE)


def read_csv(text: str, delimiter: str, blank: str = "omit", list_gaps: str = "error") -> Read:
    """The records of a text read without a schema, and all its errors."""
    read = Read()
    text = text.removeprefix("\ufeff")
    announced = SEP_LINE.match(text)
    first_line = 1 if announced is None else 2
    rows, broken = parse_csv(text[announced.end() :] if announced else text, delimiter, first_line)
    if not rows:
        read.errors.append(("no-header", None, 0) if broken is None else (broken.code, None, broken.line))
        return read
    header, *rows = rows
    codes = header_errors(header.cells)
    if codes:
        read.errors = [(code, None, header.line) for code in sorted(codes)]
        return read
    surplus = usual_surplus(len(header.cells), [row.cells for row in rows])
    for number, row in enumerate(rows, 1):
        _read_row(header.cells, row, surplus, number, read, blank, list_gaps)
    if broken is not None:
        read.errors.append((broken.code, len(rows) + 1, broken.line))
        read.rows += 1
    return read


def usual_surplus(width: int, rows: list[list[str]]) -> int:
    """How many blank cells beyond the header a row may have: as many as the first that is a record and is not moved."""
    for place, cells in enumerate(rows):
        if any(cells) and len(cells) >= width and not any(cells[width:]):
            following = rows[place + 1] if place + 1 < len(rows) else []
            is_moved = "" in cells[:width] and any(following) and len(following) == width
            return 0 if is_moved else len(cells) - width
    return 0


def header_errors(labels: list[str]) -> set[str]:
    """The codes of a header's errors; a path conflict counts once."""
    if not any(labels):
        return {"no-header"}
    if len(labels) > MAX_COLUMNS:
        return {"too-wide"}
    named = [label for label in labels if label and label != REJECTED]
    codes = set()
    if len(set(filter(None, named))) < len(named):
        codes.add("duplicate-label")
    if any(label.count(".") >= MAX_PARTS for label in named):
        codes.add("too-deep")
    if any("" in label.split(".") and label.count(".") < MAX_PARTS for label in named):
        codes.add("bad-path")
    paths = [path for path in map(split_label, dict.fromkeys(named)) if path is not None]
    if _conflict(paths):
        codes.add("path-conflict")
    elif not codes and _gap(paths):
        codes.add("index-gap")
    return codes


def _conflict(paths: list[Path]) -> bool:
    for one in paths:
        for other in paths:
            common = 0
            while common < min(len(one), len(other)) and one[common] == other[common]:
                common += 1
            if one is not other and common in (len(one), len(other)):
                return True
            if common < min(len(one), len(other)) and type(one[common]) is not type(other[common]):
                return True
    return False


def _gap(paths: list[Path]) -> bool:
    lists: dict[Path, set[int]] = {}
    for path in paths:
        for depth, part in enumerate(path):
            if isinstance(part, int):
                lists.setdefault(path[:depth], set()).add(part)
    return any(indices != set(range(len(indices))) for indices in lists.values())


def _read_row(labels: list[str], row: Row, surplus: int, number: int, read: Read, blank: str, list_gaps: str) -> None:
    cells = row.cells
    if not any(cells):
        return
    if any(cells[len(labels) :]) or len(cells) - len(labels) not in (*range(-len(labels), 1), surplus):
        read.errors.append(("extra-cell", number, row.line))
    elif len(cells) < len(labels):
        read.errors.append(("missing-cell", number, row.line))
    else:
        pairs = list(zip(labels, cells, strict=False))
        wrong = ["blank-label"] * sum(bool(cell) for label, cell in pairs if not label)
        record, gaps = nest([pair for pair in pairs if pair[0] not in ("", REJECTED)], blank, list_gaps)
        wrong += ["list-gap"] * gaps
        read.errors += [(code, number, row.line) for code in wrong]
        if not wrong and record is ABSENT:
            return
        if not wrong:
            read.records.append(record)
    read.rows += 1


ABSENT = object()


def nest(pairs: list[tuple[str, str]], blank: str = "omit", list_gaps: str = "error") -> tuple[Any, int]:
    """The record of one row by its labels (ABSENT if it has no value), and the number of lists with gaps."""
    tree: dict[Any, Any] = {}
    for label, cell in pairs:
        path = split_label(label)
        assert path is not None
        target = tree
        for part in path[:-1]:
            target = target.setdefault(part, {})
        in_list = any(isinstance(part, int) for part in path)
        stands_for = {"omit": ABSENT, "erase": "", "null": None}["omit" if in_list else blank]
        target[path[-1]] = cell if cell else stands_for
    gaps: list[Path] = []
    return _nested(tree, list_gaps, gaps, ()), len(gaps)


def _nested(tree: Any, list_gaps: str, gaps: list[Path], path: Path) -> Any:
    if not isinstance(tree, dict):
        return tree
    if not any(isinstance(part, int) for part in tree):
        members = {key: _nested(below, list_gaps, gaps, (*path, key)) for key, below in tree.items()}
        return {key: member for key, member in members.items() if member is not ABSENT} or ABSENT
    items = [_nested(tree[index], list_gaps, gaps, (*path, index)) for index in sorted(tree)]
    while items and items[-1] is ABSENT:
        items.pop()
    if ABSENT in items and list_gaps == "error":
        gaps.append(path)
    return [item for item in items if item is not ABSENT] or ABSENT


# -- JSON

UNSURE = object()
"""Marks a text if the json module alone cannot decide whether it is a list or lines."""

ENTITIES = ("customers", "products", "sales", "events", "shops")


def read_json(text: str) -> Any:
    """The records of a JSON text that is a list or a wrapped list; None if it must be refused."""
    text = text.removeprefix("\ufeff")
    if re.search("[\ud800-\udfff]", text):
        return None
    try:
        found = json.loads(
            text, object_pairs_hook=_no_duplicates, parse_constant=_no, parse_float=_float, parse_int=_int
        )
    except (ValueError, RecursionError):
        several = text.lstrip(" \t\n\r").startswith("{")
        return UNSURE if several else None
    if isinstance(found, dict):
        if re.fullmatch(r"\s*\{[^\n]*\}\s*", text) is None and not isinstance(next(iter(found.values()), None), list):
            return UNSURE
        if len(found) != 1 or next(iter(found)) not in ENTITIES:
            return None
        found = next(iter(found.values()))
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        return None
    fine = all(_levels(record) <= MAX_PARTS and _is_text(record) for record in found)
    return found if fine else None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _no(word: str) -> Any:
    raise ValueError(word)


def _float(text: str) -> float:
    value = float(text)
    is_zero = set(text.lower().split("e")[0]) <= set("-0.")
    if math.isinf(value) or (value == 0 and not is_zero):
        raise ValueError("beyond a float")
    return value


def _int(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError("too many digits")
    return int(text)


def _levels(value: Json) -> int:
    if isinstance(value, (dict, list)):
        below = value.values() if isinstance(value, dict) else value
        return 1 + max(map(_levels, below), default=0)
    return 0


def _is_text(value: Json) -> bool:
    if isinstance(value, dict):
        return all(_is_text(key) and _is_text(member) for key, member in value.items())
    if isinstance(value, list):
        return all(map(_is_text, value))
    return not isinstance(value, str) or not re.search("[\ud800-\udfff]", value)


# -- flattening


def unnest(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The leaves of a record with their texts, without its empty members."""
    if isinstance(value, dict):
        for key, member in value.items():
            if not is_empty(member):
                yield from unnest(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unnest(item, (*path, index))
    else:
        yield path, text_of(value)


def columns_of(records: list[Json]) -> list[Path]:
    """The columns that records need, empty members included, in the order of their first occurrence."""
    tree: dict[Any, Any] = {}
    for record in records:
        for path in _spots(record, ()):
            target = tree
            for part in path:
                target = target.setdefault(part, {})
    return list(_leaves(tree, ()))


def _spots(value: Json, path: Path) -> Iterator[Path]:
    """The leaves and the empty members of a record, in order."""
    if path and is_empty(value):
        yield path
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _spots(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _spots(item, (*path, index))
    else:
        yield path


class Written(NamedTuple):
    """CSV text, and three counts: by label, by kind of empty member, and by label again."""

    text: str
    blank: dict[str, int]
    empty: dict[str, int]
    formulas: dict[str, int]


def write(records: list[Json], delimiter: str, line_end: str = "\n") -> Written:
    """The CSV that is written without a schema, for records that CSV can represent."""
    columns = columns_of(records)
    labels = [".".join(map(str, column)) for column in columns]
    rows = [labels]
    for record in records:
        cells = dict(unnest(record))
        rows.append([cells.get(column, "") for column in columns])
    blank, empty, formulas = Counter[str](), Counter[str](), Counter[str]()
    for record in records:
        blank.update(label for label, column in zip(labels, columns, strict=True) if _lacks(record, column))
        empty.update(KINDS[type(_at(record, path))] for path in _spots(record, ()) if is_empty(_at(record, path)))
    for row in rows:
        formulas.update(label for label, cell in zip(labels, row, strict=True) if is_formula(cell))
    return Written(write_csv(rows, delimiter, line_end), dict(blank), dict(empty), dict(formulas))


KINDS = {type(None): "null", str: '""', list: "[]", dict: "{}"}


def _at(value: Json, path: Path) -> Json:
    for part in path:
        value = value[part]
    return value


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run a cell."""
    text = cell.lstrip("\t\r\n")
    first, rest = text[:1], text[1:]
    if first in ("=", "\uff1d"):
        return rest != ""
    is_number = all(character in "0123456789 ().,/-" for character in rest)
    return first in tuple("+-@\uff0b\uff0d\uff20") and not is_number and any(sign in rest for sign in "(|!")


def first_refused(records: list[Json]) -> int | None:
    """The number of the first record that cannot be represented in CSV with those before it; None if there is none."""
    for number in range(1, len(records) + 1):
        why = refusal(records[:number])
        if why is not None:
            return None if why in ABOUT_THE_FILE else number
    return None


ABOUT_THE_FILE = {
    "a byte order mark",
    "the beginning of a packed file",
    "sep=",
    "a character",
    "a character of a label",
}
"""The reasons that appear only once all columns are known."""


def _lacks(value: Json, column: Path) -> bool:
    """Whether a record lacks a column's key; an empty member and a place past a list's end do not count."""
    for number, part in enumerate(column):
        if is_empty(value):
            return number == 0
        if isinstance(value, list):
            if part >= len(value):  # type: ignore[operator]
                return False
        elif part not in value:
            return not any(isinstance(later, int) and later > 0 for later in column[number:])
        value = value[part]
    return False


def list_columns(lists: list[list[str]]) -> int | None:
    """The number of columns for lists of texts at one path, where a schema asks for such lists; None if none can be.

    They share one cell if no item has a comma and each list fits in a cell; else each item has a column.
    """
    if any(len(item) > MAX_CELL for items in lists for item in items):
        return None
    if any("," in item for items in lists for item in items) or any(len(",".join(items)) > MAX_CELL for items in lists):
        return max(map(len, lists))
    return 1 if lists else 0


def _leaves(tree: dict[Any, Any], path: Path) -> Iterator[Path]:
    keys = list(tree)
    if keys and all(isinstance(key, int) for key in keys):
        keys.sort()
    for key in keys:
        if tree[key]:
            yield from _leaves(tree[key], (*path, key))
        else:
            yield (*path, key)


def refusal(records: list[Json], charset: str = "utf-8") -> str | None:
    """Why these records cannot be represented in CSV without a schema; None if they can."""
    if not records:
        return "no records"
    for record in records:
        for reason in _faults(record, (), charset):
            return reason
        if is_empty(record):
            return "a record without any value"
    spots = list(dict.fromkeys(path for record in records for path in _spots(record, ())))
    for path in spots:
        label = ".".join(map(str, path))
        if split_label(label) != path or label == REJECTED or len(label) > MAX_CELL:
            return f"the label {label[:80]!r}"
        if not _encodes(label, charset):
            return "a character of a label"
    if _conflict(list(dict.fromkeys(path for record in records for path, _ in unnest(record)))):
        return "two shapes at one path"
    columns = columns_of(records)
    if len(columns) > MAX_COLUMNS:
        return "too many columns"
    first = ".".join(map(str, columns[0]))
    start = _quote(first).encode(charset if charset != "utf-16" else "utf-8")
    if first.startswith("\ufeff") or (
        charset != "utf-16" and start.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))
    ):
        return "a byte order mark"
    if charset != "utf-16" and PACKED.match(start):
        return "the beginning of a packed file"
    if OTHER_FORMAT.match(_quote(first)) or BINARY.match(_quote(first)):
        return "the beginning of another format"
    if len(columns) == 1 and _are_quoted_lines(first, records):
        return "lines that seem to be quoted as a whole"
    return "sep=" if first.casefold().startswith("sep=") else None


OTHER_FORMAT = re.compile(
    r"\s*(?:[{]\s*[\"}]|\[\s*[\[{\"\]]|%PDF-|\u00d0\u00cf\x11\u00e0|<\?xml|<!doctype|<!--|"
    r"<(?:html|head|title|body|table|div|br|h[1-6])[\s/>]|<[a-z_][\w.:-]*(?:\s[^<>]*)?>\s*<)",
    re.IGNORECASE,
)
"""The beginning of JSON, PDF, an old Excel file, XML and HTML."""
BINARY = re.compile(
    "SQLite format 3\0|\0\1\0\0Standard |PAR1\x15|ARROW1\0\0|Obj\x01|\x93NUMPY|[$]FL2@[(]#[)]|\xac\xed\0\5|"
    "Rar!\x1a\x07|7z\xbc\xaf'\x1c|MSCF\0\0\0\0|\x02\x21\x4c\x18|\x1f\x9d[\x89-\x90]|LZIP\x01|\xff\x06\0\0sNaPpY|"
    "-----BEGIN PGP MESSAGE-----|\xff\xd8\xff|II[*]\0|MM\0[*]|\x7fELF|MZ\x90\0|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|"
    "\0asm\1\0\0\0|\xde\x12\x04\x95|\x95\x04\x12\xde|OggS\0|ID3[\3\4]\0|\x80(?:[\2\3][]}(cX][^\0]|[\4\5]\x95)|"
    "[]}]q\0|[\3\x83\x8b\xf5](?s:.)[\1-\x0c][\1-\x1f](?s:.{8})\0\0|"
    "\\]\0\0(?s:..)(?:\xff{8}|(?s:.{5})\0\0\0)|GIF8[79]a(?s:.{,6})[\0-\x08]|BM(?s:.{4})\0{4}|"
    "RIFF(?s:.{4})(?:WEBPVP8|WAVEfmt |AVI LIST)|\0\0\0(?s:.)ftyp"
)
"""The beginning of binary formats, of those that need no quotes."""


def _are_quoted_lines(label: str, records: list[Json]) -> bool:
    """Whether the only column's name and all its cells have as many parts, at least three, by one of the delimiters."""
    cells = [text for record in records for _, content in unnest(record) for text in [text_of(content)]]
    for delimiter in ",;\t":
        texts = [label, *cells]
        if any(set("\r\n") & set(text) or all(part[:1] == " " for part in text.split(delimiter)[1:]) for text in texts):
            continue
        widths = {len(next(csv.reader([text], delimiter=delimiter))) for text in texts}
        if len(widths) == 1 and widths.pop() > 2:
            return True
    return False


def _faults(value: Json, path: Path, charset: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "" or "." in key or (path and is_index(key)):
                yield f"the key {key[:80]!r}"
            yield from () if is_empty(member) else _faults(member, (*path, key), charset)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if is_empty(item):
                yield "an empty item"
            yield from _faults(item, (*path, index), charset)
    elif len(path) > MAX_PARTS:
        yield "too deep"
    elif isinstance(value, float) and not math.isfinite(value):
        yield "not finite"
    elif isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        yield "too many digits"
    elif len(text_of(value)) > MAX_CELL:
        yield "too long"
    elif not _encodes(text_of(value), charset):
        yield "a character"


def _encodes(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


# -- validity


def without_warnings(schema: Json) -> Json:
    """A schema with its warnings replaced by ``true``; a property that merely has the keyword's name stays."""
    if isinstance(schema, list):
        return [without_warnings(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-severity") == "warning":
        return True
    return {
        keyword: value if keyword in ("enum", "const") else without_warnings(value) for keyword, value in schema.items()
    }


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    from jsonschema import Draft202012Validator, ValidationError, validators

    def multiple_of(validator: Any, divisor: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        wanted = Fraction(str(divisor))
        # The last digits of a large float differ from those that it is written with.
        exact = isinstance(instance, float) and abs(instance) > 2**53 and wanted.denominator == 1
        if validator.is_type(instance, "number") and Fraction(instance if exact else str(instance)) % wanted:
            yield ValidationError("no multiple")

    def pattern(validator: Any, wanted: str, instance: Any, _: Any) -> Iterator[ValidationError]:
        ends = re.sub(r"\$(?=$|\)|\|)", r"\\Z", wanted)  # in ECMA-262 it does not match before a last line break
        ends = ends.replace(".", "[^\n\r\u2028\u2029]")  # the point of ECMA-262; no pattern here has an escaped one
        if validator.is_type(instance, "string") and not re.search(ends, instance, re.ASCII):
            yield ValidationError("no match")

    replaced = {"multipleOf": multiple_of, "pattern": pattern}
    return validators.extend(Draft202012Validator, replaced)  # type: ignore[no-untyped-call]


def accepts(schema: Json, value: Json) -> bool:
    """Whether a value is valid for jsonschema, with ``multipleOf`` in decimal and ``pattern`` as in ECMA-262."""
    return bool(_validator_class()(schema).is_valid(value))
