"""All generators of the laws: awkward text, scalars, records, schemas with records that they accept, and soup."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.findings import CODES, Finding, Severity
from custobar_formats.schema.compiled import Schema
from tests.laws import reference

Json = Any

DELIMITERS = (",", ";", "\t")
CHARSETS = ("utf-8", "utf-16", "iso-8859-1")
ENTITIES = ("customers", "products", "sales", "events", "shops")


def weighted(*pairs: tuple[int, SearchStrategy[Any]]) -> SearchStrategy[Any]:
    """One of several strategies, in proportion to their weights; it shrinks to the first."""
    strategies = [strategy for weight, strategy in pairs for _ in range(weight)]

    @st.composite
    def one_of_them(draw: DrawFn) -> Any:
        return draw(strategies[draw(st.integers(0, len(strategies) - 1))])

    return one_of_them()


# -- text

PIECES = ['"', '""', ",", ";", "\t", "\r", "\n", "\r\n", "\n\r", " ", "\xa0", "\0", "\x1c", "\x85", "\u2028", "\x0b"]
PIECES += ["\ufeff", "\xff\xfe", "\xef\xbb\xbf", "\ufffe", "sep=", "ſep=", "SEP=;", ".", "..", "0", "1", "-", "'", "\\"]
PIECES += ["e\u0301", "\u0301", "\U0001d518", "\U0001f600", "ä", "Ã¤", "â€™", "\x80", "İ", "ß", "٣", "<", "=1+1", "/"]
PIECES += ["~", "\u200d", "\uffff", "\U0010ffff", "\x7f", "\x1f"]
"""Text that readers and writers of CSV and JSON trip over."""

PLAIN = string.ascii_letters + string.digits + "-_"


@cache
def texts(min_size: int = 0, max_size: int = 5, *, surrogates: bool = False) -> SearchStrategy[str]:
    """Awkward text: ordinary pieces among pieces that programs trip over."""
    characters = st.characters() if surrogates else st.characters(exclude_categories=["Cs"])
    pieces = weighted((3, st.sampled_from(PIECES)), (2, st.sampled_from(PLAIN)), (1, characters))
    return st.lists(pieces, min_size=min_size, max_size=max_size).map("".join)


@cache
def plain_texts(min_size: int = 1, max_size: int = 8) -> SearchStrategy[str]:
    """Text without anything special."""
    return st.text(PLAIN, min_size=min_size, max_size=max_size)


@cache
def like_cells() -> SearchStrategy[list[str]]:
    """Cells that repeat one or two pieces and have nothing else special."""
    piece = weighted((3, st.sampled_from(['"', ",", ";", "\t", "\r", "\n", " "])), (1, st.sampled_from(PIECES)))
    pieces = st.lists(piece, min_size=1, max_size=2)
    return pieces.flatmap(
        lambda few: st.lists(st.lists(st.sampled_from([*few, "a", "b"]), max_size=3).map("".join), min_size=1)
    )


TYPED_TEXTS = ["0", "-0", "1", "007", "39", "1.0", "1.50", "1e3", "1e400", "1e-400", "-1.5E+2", "true", "false", "TRUE"]
TYPED_TEXTS += ["null", "NaN", "Infinity", "1,5", "1_000", "+1", " 1", "1 ", "0x10", "٣٩", "2024-02-29", "9" * 40]
TYPED_TEXTS += ["5e-324", "-" + "9" * 40, "-1e400", "-0.0", "0e400"]
TYPED_TEXTS += ["2024-01-01 10:00", "a,b", "1,2", ",", "true,false", "1.0,2", "a, b", "FI", "01/31", "+358401234567"]
TYPED_TEXTS += [
    "NULL",
    "nan",
    '["a","b"]',
    "['a', 'b']",
    "[]",
    "[1]",
    '"a","b"',
    '"a',
    'b"',
    "[a",
    "[1",
    "2]",
    "[sale]",
]
TYPED_TEXTS += ['="0045"', "'00100", "94109.0"]
"""Text that looks like a value of some type, or nearly does."""

INTEGERS = [0, 1, -1, 2, 3, 5, 10, 39, 2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**39 + 7, -(10**40)]
FLOATS = [0.0, -0.0, 0.5, 1.0, -1.5, 0.1, 0.3, 1e16, 1e22, 1e23, 5e-324, 2.2250738585072014e-308]
FLOATS += [1.7976931348623157e308]
FLOATS += [-1e300, 123456789.123456789, 1e-7]


@cache
def numbers() -> SearchStrategy[int | float]:
    """Integers and finite floats, especially at their limits."""
    return weighted(
        (3, st.integers(-5, 50)),
        (2, st.sampled_from(INTEGERS)),
        (1, st.integers(-(10**40), 10**40)),
        (2, st.sampled_from(FLOATS)),
        (1, st.floats(allow_nan=False, allow_infinity=False)),
    )


@cache
def scalars(*, empty: bool = True) -> SearchStrategy[Json]:
    """JSON scalars; with ``empty``, also null and ``""``."""
    full = weighted(
        (4, texts(1)), (2, plain_texts()), (2, st.sampled_from(TYPED_TEXTS)), (2, numbers()), (1, st.booleans())
    )
    return weighted((6, full), (1, st.sampled_from([None, ""]))) if empty else full


# -- records

NAMES = ["id", "a", "b", "c", "name", "stock", "x y", "__proto__", "class", "None", "ä", "a-b", "$ref", "constructor"]
"""Keys that a label can contain."""

CODE_NAMES = [
    "'; import os; '",
    "{0}",
    "{a!r}",
    "{",
    "}}",
    "__class__",
    "k0",
    "v1",
    "o1",
    "n0",
    "absent",
    "append",
    "row",
]
CODE_NAMES += [
    "%s",
    "%(a)s",
    "f'{k0}'",
    "\\",
    "\\x00",
    "\\N{DIGIT ONE}",
    '"""',
    "'",
    "x\n  y",
    "#",
    "lambda: 0",
    "del",
    "True",
]
CODE_NAMES += ["a,b", "c;d", "e\tf", "__import__('os')", "${a}", "<b>", "`a`"]
"""Keys that become code, generated names or extra cells in a program that pastes labels into its text."""

LONG_NAME = "long" * 2_500
"""A key so long that a header with this column alone has ten thousand characters."""

ODD_NAMES = ["", "0", "1", "00", "01", "a.b", "a.0", ".", "a.", ".a", "-1", "1.5", "__rejected_because", "sep="]
ODD_NAMES += ["sep=;"]
ODD_NAMES += ["\ufeffid", "A", "ID", " ", "length", "4294967296", "12345678901", "٣", "~", "a/b", '"', LONG_NAME]
"""Keys that some rule is about."""


@cache
def keys(*, odd: bool = True) -> SearchStrategy[str]:
    """Keys of objects."""
    made_up = plain_texts().filter(lambda name: not name.isdigit())
    plain = weighted((6, st.sampled_from(NAMES)), (2, st.sampled_from(CODE_NAMES)), (1, made_up))
    return weighted((12, plain), (1, st.sampled_from(ODD_NAMES)), (1, texts(1))) if odd else plain


@cache
def values(depth: int = 3, *, odd: bool = True) -> SearchStrategy[Json]:
    """Any JSON value, with empty lists and dicts at every level."""
    if depth == 0:
        return scalars()
    below = st.deferred(lambda: values(depth - 1, odd=odd))
    return weighted(
        (4, scalars()),
        (1, st.lists(below, max_size=3)),
        (2, st.dictionaries(keys(odd=odd), below, max_size=3)),
    )


@cache
def records() -> SearchStrategy[dict[str, Json]]:
    """Any record."""
    return st.dictionaries(keys(), values(), max_size=4)


Template = Any
"""A shape that records share: None (a scalar), a dict of templates, or a list of one template."""


@cache
def templates(depth: int = 3, *, odd: bool = True) -> SearchStrategy[Template]:
    """Shapes of values."""
    if depth == 0:
        return st.none()
    below = st.deferred(lambda: templates(depth - 1, odd=odd))
    return weighted(
        (3, st.none()),
        (1, st.dictionaries(keys(odd=odd), below, min_size=1, max_size=3)),
        (1, below.map(lambda template: [template])),
    )


def of_template(template: Template, scalar: SearchStrategy[Json], *, full: bool) -> SearchStrategy[Json]:
    """Values of a shape; ``full`` ones are never empty, others may be empty, or null in place of a value."""
    if template is None:
        return scalar if full else weighted((5, scalar), (1, st.sampled_from([None, ""])))
    if isinstance(template, list):
        items = of_template(template[0], scalar, full=True)
        found: SearchStrategy[Json] = st.lists(items, min_size=full, max_size=3)
    else:
        first = next(iter(template))
        required = {first: of_template(template[first], scalar, full=full)} if full else {}
        optional = {key: of_template(template[key], scalar, full=False) for key in template if key not in required}
        found = st.fixed_dictionaries(required, optional=optional)
    return found if full else weighted((8, found), (1, st.sampled_from([None, "", [], {}])))


@st.composite
def record_lists(draw: DrawFn, *, benign: bool = False) -> list[dict[str, Json]]:
    """Records of mostly equal shapes; benign ones always have equal shapes, and plain keys."""
    odd = not benign
    template = draw(st.dictionaries(keys(odd=odd), templates(odd=odd), min_size=1, max_size=4))
    found: list[Json] = draw(st.lists(of_template(template, scalars(empty=False), full=True), min_size=1, max_size=4))
    if odd and draw(st.integers(0, 9)) == 0:
        found.insert(draw(st.integers(0, len(found))), draw(records()))
    return found


def latin1(value: Json) -> Json:
    """A value with all its text reduced to characters of ISO-8859-1."""
    if isinstance(value, str):
        return value.encode("iso-8859-1", "replace").decode("iso-8859-1")
    if isinstance(value, dict):
        return {latin1(key): latin1(member) for key, member in value.items()}
    return [latin1(item) for item in value] if isinstance(value, list) else value


# -- schemas

PROPERTY_NAMES = ["a", "b", "c", "id", "a.b", "a.0", "0", "1", "", "b.c", "tags", "x y", "ä", "__proto__"]
PROPERTY_NAMES += ["a.b.c", "a/b", "~1", "k0", "{0}", "'; import os; '"]
PATTERNS = ["^[a-z]+$", "[0-9]", "^x", "^.{2,3}$", "a|b", "^[A-Z0-9-]*$"]
"""Patterns that mean the same in ECMA-262 and Python, also with a line break at the end of the text."""
KEY_PATTERNS = ["^[a-c]", "[0-9]", "\\.", "^t"]
CUSTOBAR_TYPES = ["money", "date", "datetime", "email", "string", "list"]
TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"]

MEMBERS = weighted((4, st.sampled_from([1, 2, "1", "a", "", True, False, None, 1.0, 0.5, "true"])), (1, values(1)))
PROPERTY_NAME_SCHEMAS: list[Json] = [{"minLength": 1}, {"pattern": "^[a-c]"}, {"maxLength": 2}]

SCALAR_KEYWORDS = ["type"] * 8 + ["types"] * 3 + ["enum"] * 2 + ["const", "minimum", "exclusiveMaximum", "multipleOf"]
SCALAR_KEYWORDS += ["minLength", "maxLength", "pattern", "money", "x-custobar-type"] + ["doubtful"] * 4
STRUCTURAL_KEYWORDS = ["properties"] * 6 + ["list"] * 4 + ["patternProperties", "additionalProperties", "propertyNames"]
STRUCTURAL_KEYWORDS += ["unevaluatedProperties", "required", "dependentRequired", "dependentSchemas", "minProperties"]
STRUCTURAL_KEYWORDS += ["maxProperties", "items", "prefixItems", "contains", "unevaluatedItems", "uniqueItems"]
STRUCTURAL_KEYWORDS += ["minItems"]
STRUCTURAL_KEYWORDS += ["maxItems", "allOf", "anyOf", "anyOf", "oneOf", "not", "if"]


TEXT, WHOLE_NUMBER, TRUTH = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
DOUBTFUL: list[dict[str, Json]] = [
    {"type": types}
    for types in (["string", "integer"], ["number", "string"], ["integer", "boolean"], ["null", "number"])
]
DOUBTFUL += [{"enum": [1, "1"]}, {"enum": ["true", 1, True]}, {"type": "number", "enum": ["1", 1, 2.5]}]
DOUBTFUL += [{"type": "string", "enum": [True, "true"]}, {"not": TEXT}]
DOUBTFUL += [{"anyOf": [TEXT, WHOLE_NUMBER]}, {"anyOf": [WHOLE_NUMBER, TEXT]}, {"oneOf": [WHOLE_NUMBER, TRUTH]}]
DOUBTFUL += [{"if": TEXT, "then": WHOLE_NUMBER, "else": TEXT}, {"if": WHOLE_NUMBER, "then": TEXT}]
"""Constraints that distinguish a text from the value that it spells, or convert one into the other."""


class SchemaMaker:
    """Draws schemas. With ``warnings``, some of their parts may be warnings."""

    def __init__(self, draw: DrawFn, *, warnings: bool, defs: Sequence[str]) -> None:
        self._draw = draw
        self._warnings = warnings
        self._defs = defs

    def _pick(self, choices: Sequence[Any]) -> Any:
        return choices[self._draw(st.integers(0, len(choices) - 1))]

    def _some(self, choices: Sequence[Any], most: int) -> list[Any]:
        found = [self._pick(choices) for _ in range(self._pick(range(1, most + 1)))]
        return [item for number, item in enumerate(found) if item not in found[:number]]

    def schema(self, depth: int, *, certain: bool, below: bool, after: int = -1) -> Json:
        """A schema.

        ``certain`` is False under keywords that make a warning meaningless. ``below`` is True where a reference to the
        root ends (under a property or an item). ``after`` is the number of the definition that is drawn.
        """
        kind = self._pick(range(16))
        if kind in (14, 15):
            return (True, {})[kind - 14] if below or self._pick(range(3)) else False
        made: dict[str, Json] = {}
        for _ in range(self._pick([1, 1, 2])):
            made |= self._fragment(depth, certain, below, after)
        if certain and self._warnings and self._pick(range(9)) == 8:
            made["x-severity"] = "warning"
        return made

    def _fragment(self, depth: int, certain: bool, below: bool, after: int) -> dict[str, Json]:
        refs = [f"#/$defs/{name}" for name in (self._defs if below else self._defs[after + 1 :])]
        refs += ["#"] if below and certain else []
        kind = self._pick(range(10))
        if kind == 9 and refs:
            return {"$ref": self._pick(refs)}
        if kind < 5 or depth == 0:
            return self._scalar(self._pick(SCALAR_KEYWORDS))
        return self._structural(self._pick(STRUCTURAL_KEYWORDS), depth - 1, certain, below, after)

    def _scalar(self, keyword: str) -> dict[str, Json]:
        types = TYPES[:4] * 3 + TYPES
        choices: dict[str, Sequence[Any]] = {
            "minimum": [0, -1, 1, 2, 5, 0.5, 10, 39],
            "exclusiveMaximum": [10, 1, 2, 5, 0.5, 39],
            "multipleOf": [1, 2, 3, 0.5, 0.1, 0.01],
            "minLength": range(3),
            "maxLength": range(4),
            "pattern": PATTERNS,
            "x-custobar-type": CUSTOBAR_TYPES,
            "type": types,
        }
        if keyword == "money":
            return {"type": "integer", "x-custobar-type": "money"}
        if keyword == "doubtful":
            return dict(self._pick(DOUBTFUL))
        if keyword == "types":
            return {"type": self._some(types, 3)}
        if keyword in ("enum", "const"):
            members = [self._draw(MEMBERS) for _ in range(self._pick([1, 2, 3]))]
            unique = [item for number, item in enumerate(members) if repr(item) not in map(repr, members[:number])]
            return {"enum": unique} if keyword == "enum" else {"const": members[0]}
        return {keyword: self._pick(choices[keyword])}

    def _structural(self, keyword: str, depth: int, certain: bool, below: bool, after: int) -> dict[str, Json]:
        def child() -> Json:
            return self.schema(depth, certain=certain, below=True, after=after)

        def same() -> Json:
            return self.schema(depth, certain=certain, below=below, after=after)

        def unsure(*, below: bool = below) -> Json:
            return self.schema(depth, certain=False, below=below, after=after)

        def name() -> Any:
            return self._pick(PROPERTY_NAMES)

        makers: dict[str, Callable[[], Json]] = {
            "patternProperties": lambda: {pattern: child() for pattern in self._some(KEY_PATTERNS, 2)},
            "additionalProperties": child,
            "propertyNames": lambda: self._pick(PROPERTY_NAME_SCHEMAS),
            "unevaluatedProperties": lambda: self._pick([False, False, True]) and child(),
            "required": lambda: self._some(PROPERTY_NAMES, 2),
            "dependentRequired": lambda: {name(): self._some(PROPERTY_NAMES, 2)},
            "dependentSchemas": lambda: {name(): same()},
            "minProperties": lambda: self._pick(range(3)),
            "maxProperties": lambda: self._pick([3, 2, 1, 0]),
            "items": child,
            "prefixItems": lambda: [child() for _ in range(self._pick([1, 2]))],
            "contains": lambda: unsure(below=True),
            "unevaluatedItems": lambda: self._pick([False, True]) and child(),
            "uniqueItems": lambda: self._pick([True, False]),
            "minItems": lambda: self._pick(range(3)),
            "maxItems": lambda: self._pick([3, 2, 1, 0]),
            "allOf": lambda: [same() for _ in range(self._pick([1, 2]))],
            "anyOf": lambda: [unsure() for _ in range(self._pick([2, 1, 3]))],
            "oneOf": lambda: [unsure() for _ in range(self._pick([2, 1]))],
            "not": unsure,
        }
        if keyword == "properties":
            properties = {found: child() for found in self._some(PROPERTY_NAMES, 3)}
            return {"type": "object", "properties": properties} if self._pick([1, 0]) else {"properties": properties}
        if keyword == "list":
            return {"type": "array", "items": child()}
        if keyword == "if":
            if self._pick([0, 1]):  # about one property, for which its own coercion may decide otherwise
                key = name()
                scalars = [{"properties": {key: self._scalar(self._pick(SCALAR_KEYWORDS))}} for _ in range(3)]
                return dict(zip(("if", "then", "else"), scalars, strict=True))
            return {"if": unsure(), "then": same()} | ({"else": same()} if self._pick([0, 1]) else {})
        return {keyword: makers[keyword]()}


@st.composite
def schemas(draw: DrawFn, *, warnings: bool = True, depth: int = 2) -> dict[str, Json]:
    """JSON Schemas (2020-12) for records; without ``warnings``, none has ``x-severity``."""
    defs = [f"d{number}" for number in range(draw(st.integers(0, 2)))]
    maker = SchemaMaker(draw, warnings=warnings, defs=defs)
    names = draw(st.lists(st.sampled_from(PROPERTY_NAMES), min_size=1, max_size=4, unique=True))
    properties = {name: maker.schema(depth, certain=True, below=True) for name in names}
    schema: dict[str, Json] = {"type": "object", "properties": properties}
    if draw(st.booleans()):
        more = maker.schema(depth, certain=True, below=False)
        schema = {**more, **schema} if isinstance(more, dict) and "x-severity" not in more else schema
    for number, name in enumerate(defs):
        schema.setdefault("$defs", {})[name] = maker.schema(1, certain=False, below=False, after=number)
    if draw(st.integers(0, 3)) == 3:
        schema["x-empty-erases"] = True
    assume(is_followed(schema))
    return schema


def is_followed(schema: dict[str, Json]) -> bool:
    """Whether a schema is not refused for its very many ways; a few in a thousand refer back to themselves so often."""
    try:
        Schema(schema)
    except SchemaError as why:
        if "on too many ways" in str(why):
            return False
        raise
    return True


# -- records that follow a schema


def _deref(root: Json, schema: Json) -> dict[str, Json]:
    """A schema merged with the schemas that apply together with it, as far as dicts can be merged."""
    merged: dict[str, Json] = {}
    waiting, seen = [schema], 0
    while waiting and seen < 12:
        seen += 1
        node = waiting.pop(0)
        if not isinstance(node, dict):
            continue
        for keyword, value in node.items():
            if isinstance(value, dict) and isinstance(merged.get(keyword), dict):
                merged[keyword] = {**merged[keyword], **value}
            else:
                merged.setdefault(keyword, value)
        if "$ref" in node:
            waiting.append(reference.resolve(root, node["$ref"]))
        waiting += node.get("allOf", [])
    return merged


STRINGS = weighted((2, st.sampled_from(["a", "b", "xa", "ab", "A1", "abc", "12"])), (1, texts(max_size=3)))
WHOLE = weighted((4, st.integers(-2, 12)), (1, st.sampled_from(INTEGERS)), (1, st.sampled_from([1.0, 1e16])))
SCALARS: dict[str | None, SearchStrategy[Json]] = {
    "string": STRINGS,
    "integer": WHOLE,
    "number": numbers(),
    "boolean": st.booleans(),
    "null": st.none(),
}


class InstanceMaker:
    """Draws values that follow a schema; the schema may still reject them."""

    def __init__(self, draw: DrawFn, root: Json) -> None:
        self._draw = draw
        self._root = root

    def _pick(self, choices: Sequence[Any]) -> Any:
        return choices[self._draw(st.integers(0, len(choices) - 1))]

    def value(self, schema: Json, depth: int) -> Json:
        """A value."""
        node = _deref(self._root, schema)
        for keyword in ("anyOf", "oneOf"):
            if keyword in node:
                branch = self._pick(node[keyword])
                node = _deref(self._root, {"allOf": [branch, _less(node, keyword, "allOf", "$ref")]})
        if "if" in node and self._pick([False, True]):
            node = _deref(self._root, {"allOf": [node.get("then", True), _less(node, "if", "allOf", "$ref")]})
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return self._pick(node["enum"])
        types = node.get("type", _implied(node))
        type_ = self._pick([types] if isinstance(types, str) else types) if types else None
        if type_ == "object":
            return self._object(node, depth)
        if type_ == "array":
            return self._list(node, depth)
        return self._draw(SCALARS.get(type_, values(1, odd=False)))

    def _object(self, node: dict[str, Json], depth: int) -> dict[str, Json]:
        if depth == 0:
            return {}
        required = node.get("required", ())
        found: dict[str, Json] = {}
        for name, schema in node.get("properties", {}).items():
            if name in required or self._pick([1, 1, 1, 0]):
                found[name] = self.value(schema, depth - 1)
        others = [name for name in required if name not in found]
        for names in node.get("dependentRequired", {}).values():
            others += [name for name in names if name not in found]
        if self._pick([0, 0, 0, 1]):
            others.append(self._pick(PROPERTY_NAMES))
        for name in others:
            schema = next((s for p, s in node.get("patternProperties", {}).items() if p.strip("^")[-1] in name), None)
            schema = node.get("additionalProperties", True) if schema is None else schema
            found.setdefault(name, self.value(schema, depth - 1))
        return found

    def _list(self, node: dict[str, Json], depth: int) -> list[Json]:
        if depth == 0:
            return []
        prefix = node.get("prefixItems", [])
        size = max(node.get("minItems", 0), self._pick([1, 2, 0, 3]))
        items = node.get("items", node.get("contains", True))
        schemas = [*prefix, *[items] * size][:size]
        return [self.value(schema, depth - 1) for schema in schemas]


@st.composite
def instances(draw: DrawFn, schema: Json) -> Json:
    """Values that follow a schema."""
    return InstanceMaker(draw, schema).value(schema, 3)


def _less(node: dict[str, Json], *keywords: str) -> dict[str, Json]:
    return {keyword: value for keyword, value in node.items() if keyword not in keywords}


def _implied(node: dict[str, Json]) -> str | None:
    if node.keys() & {"properties", "patternProperties", "required", "additionalProperties", "unevaluatedProperties"}:
        return "object"
    if node.keys() & {"items", "prefixItems", "contains", "minItems", "uniqueItems"}:
        return "array"
    if node.keys() & {"pattern", "minLength"}:
        return "string"
    return "number" if node.keys() & {"minimum", "multipleOf", "exclusiveMaximum"} else None


def as_text(value: Json, choose: Callable[[], bool]) -> Json:
    """A value with some of its scalars turned into text, as in CSV."""
    if isinstance(value, dict):
        return {key: as_text(member, choose) for key, member in value.items()}
    if isinstance(value, list):
        return [as_text(item, choose) for item in value]
    return value if value is None or not choose() else reference.text_of(value)


@st.composite
def schemas_with_values(draw: DrawFn, *, warnings: bool = True) -> tuple[dict[str, Json], Json]:
    """A schema, and a record that it may accept: one that follows it, the same as text, or any record."""
    schema = draw(schemas(warnings=warnings))
    if draw(st.integers(0, 5)) == 0:
        return schema, draw(records())
    record = draw(instances(schema))
    choose = (lambda: draw(st.booleans())) if draw(st.booleans()) else (lambda: False)
    return schema, as_text(record if isinstance(record, dict) else {"a": record}, choose)


def is_accepted(schema: dict[str, Json], record: Json) -> bool:
    """Whether a schema accepts a record as it is, disregarding warnings and erased members."""
    erases = schema.get("x-empty-erases") is True
    return reference.accepts(reference.without_warnings(schema), reference.less_erased(record) if erases else record)


@st.composite
def accepted_records(draw: DrawFn, *, warnings: bool = True) -> tuple[dict[str, Json], list[dict[str, Json]]]:
    """A schema, and records that it accepts both as they are and without their empty members."""
    schema = draw(schemas(warnings=warnings))
    candidates = draw(st.lists(instances(schema), min_size=1, max_size=5))
    found = [
        record
        for record in candidates
        if isinstance(record, dict)
        and is_accepted(schema, record)
        and is_accepted(schema, reference.less_empty(record))
        and not reference.is_empty(record)
    ]
    assume(found)
    return schema, found


BENIGN_TYPES: dict[str, SearchStrategy[Json]] = {
    "string": weighted((1, texts(1)), (1, st.sampled_from(TYPED_TEXTS))),
    "integer": weighted((1, st.integers(-(10**40), 10**40)), (1, st.sampled_from([0, 39, 1.0, 1e16]))),
    "number": numbers(),
    "boolean": st.booleans(),
}


BENIGN_PAIRS = [["integer", "boolean"], ["boolean", "number"]]
"""Pairs of types: no text spells a value of both."""


@cache
def typed_values() -> SearchStrategy[tuple[str, Json]]:
    """A type, and a value of it that is not blank."""
    return st.sampled_from(list(BENIGN_TYPES)).flatmap(lambda name: st.tuples(st.just(name), BENIGN_TYPES[name]))


@st.composite
def benign_schemas_with_records(draw: DrawFn) -> tuple[dict[str, Json], list[dict[str, Json]]]:
    """A schema of plain names with one type each, and records that CSV has no reason to refuse."""
    template = {"id": None, **draw(st.dictionaries(keys(odd=False), templates(odd=False), max_size=4))}

    def typed(template: Template) -> tuple[dict[str, Json], SearchStrategy[Json]]:
        if template is None:
            names = draw(st.sampled_from([*([name] for name in BENIGN_TYPES), *BENIGN_PAIRS]))
            return {"type": names if len(names) > 1 else names[0]}, st.one_of([BENIGN_TYPES[name] for name in names])
        if isinstance(template, list):
            schema, strategy = typed(template[0])
            return {"type": "array", "items": schema}, st.lists(strategy, min_size=1, max_size=3)
        made = {key: typed(below) for key, below in template.items()}
        first = next(iter(template))
        required = {first: made[first][1]}
        optional = {key: strategy for key, (_, strategy) in made.items() if key != first}
        schema = {"type": "object", "properties": {key: below for key, (below, _) in made.items()}}
        return schema, st.fixed_dictionaries(required, optional=optional)

    schema, strategy = typed(template)
    return schema, draw(st.lists(strategy, min_size=1, max_size=4))


# -- soup

CSV_PIECES = ['"', '""', ",", ";", "\t", "\r", "\n", "\r\n", "\n", ",", "a", "b", "a.0", "a.1", "a.b", "l.0.k", "x"]
CSV_PIECES += [" ", "0"]
CSV_PIECES += [".", "1", "ä", "sep=;", "\ufeff", "\0", "__rejected_because", "true", "\U0001f600", '"a,b"', '"a"']

HEADERS = ["a,b", "a", "id,l.0,l.1", "l.0.k,l.0.m,l.1.k", "o.k,o.m,id", "a,,b", "a.b,a.c.0,a.c.1"]
HEADERS += ["b,__rejected_because"]
HEADERS += ["l.1,l.0", "a,A", "l.0.0,l.0.1,l.1.0", "a,a", "a,a.b", "l.0,l.2", "a..b,c"]

SOUP_CELLS = ["", "", "", "x", "1", "a b", '"q,q"', '"l\nm"', '""', '"d""d"', " ", "ä", "=1", '"\t@f(1,2)"']


@cache
def csv_texts() -> SearchStrategy[str]:
    """Text like CSV: anything from random pieces to a file with one flaw."""
    cell = weighted((6, st.sampled_from(SOUP_CELLS)), (1, texts(max_size=2)))
    row = st.lists(cell, min_size=1, max_size=4).map(",".join)
    sized = st.sampled_from(HEADERS).flatmap(
        lambda header: st.lists(
            weighted(
                (5, st.lists(cell, min_size=header.count(",") + 1, max_size=header.count(",") + 1).map(",".join)),
                (1, row),
                (1, st.just("")),
            ),
            max_size=5,
        ).map(lambda rows: [header, *rows])
    )
    lines = st.builds(lambda end, rows: end.join(rows) + end, st.sampled_from(["\n", "\r\n", "\r"]), sized)
    soup = st.lists(st.sampled_from(CSV_PIECES), max_size=25).map("".join)
    swapped = st.builds(lambda text, other: text.replace(",", other), lines, st.sampled_from(DELIMITERS[1:]))
    return weighted(
        (2, lines), (1, swapped), (1, soup), (1, st.builds(lambda a, b: a + b, lines, soup)), (1, texts(max_size=12))
    )


@st.composite
def parts_of_tables(draw: DrawFn) -> list[str]:
    """A header, and parts of whole rows that form a table when they are joined."""
    header = draw(st.sampled_from(HEADERS))
    cells = st.sampled_from([*SOUP_CELLS, "39", "Ã¤"])
    width = header.count(",") + 1
    rows = st.lists(cells, min_size=width, max_size=width).map(",".join)
    flawed = st.sampled_from(
        ["", "," * (width - 1), ",".join(["x"] * (width + 1)), ",".join(["x"] * (width - 1)), 'x"y']
    )
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    row = weighted((4, rows), (1, flawed))
    repeated = st.builds(lambda found, times: found * times, st.lists(row, max_size=4), st.sampled_from([1, 1, 1, 70]))
    return [header + end] + [
        "".join(line + end for line in part) for part in draw(st.lists(repeated, min_size=1, max_size=4))
    ]


JSON_PIECES = ["[", "]", "{", "}", ",", ":", '"', '"a"', '"a":', '{"a":1}', "null", "true", "NaN", "-", "1", "0", "e5"]
JSON_PIECES += [".5", "-0", "-0.0", "[[]]", '{"a":[]}', '"__proto__":', '"0":', '"a.b":']
JSON_PIECES += ["\\", "\\u", "\\ud800", '"\\ud800"', '"\\ud83d\\ude00"', " ", "\n", "\t", "\0", "\ufeff", "1e400"]
JSON_PIECES += ["[]", "{}"]
JSON_PIECES += ['{"customers":[', '{"products": [', '"b"', "-Infinity", "9" * 40, "ä", "\U0001f600", "tru"]
JSON_PIECES += ['{"a":{"b":[1]}}']


@cache
def json_texts() -> SearchStrategy[str]:
    """Text like JSON: well-formed records, the same with a flaw, or random pieces."""
    whole = st.builds(
        lambda found, ascii_: json.dumps(found, ensure_ascii=ascii_), st.lists(values(2), max_size=3), st.booleans()
    )
    wrapped = st.builds(lambda name, text: f'{{"{name}": {text}}}', st.sampled_from([*ENTITIES, "other"]), whole)
    lines = st.lists(records().map(json.dumps), max_size=3).map("\n".join)
    soup = st.lists(st.sampled_from(JSON_PIECES), max_size=15).map("".join)
    good = st.one_of(whole, wrapped, lines)
    flawed = st.builds(lambda text, at, piece: text[:at] + piece + text[at:], good, st.integers(0, 30), soup)
    followed = st.builds(str.__add__, good, st.sampled_from(JSON_PIECES))
    return weighted((3, good), (2, flawed), (1, followed), (1, good.map(lambda text: text[:-1])), (2, soup))


JSON_FLAWS = ['"a":1,"a":2', '"b":NaN', '"b":1e400', '"b":-1e-400', '"b":"\\ud800"', '"b":"\\ud83d\\ude00"', '"b" :":"']
JSON_FLAWS += ['"b":' + "9" * 4301, '"b":' + "[" * 64 + "]" * 64, '"b":' + "[" * 63 + "]" * 63, '"b":"Ã¤"', '"b":"â"']
JSON_FLAWS += [
    '"b":"\\u00c3¤"',
    '"b":[{},{}],"c":[' + "[]," * 70 + "1]",
    '"b":"{{[[' * 20 + '"',
    '"b":1.50,"c":-0.0',
    "1",
]


@cache
def json_files() -> SearchStrategy[str]:
    """JSON records with few flaws, as lines or as a list, or text like JSON; a part of it may be missing."""
    flawed = st.sampled_from(JSON_FLAWS).map(lambda flaw: "{" + flaw + "}")
    written = st.builds(lambda record, ascii_: json.dumps(record, ensure_ascii=ascii_), records(), st.booleans())
    record = weighted((6, written), (1, flawed), (1, values(2).map(json.dumps)))
    some = st.lists(record, min_size=1, max_size=12)
    ends = st.sampled_from(["\n", "\r\n", "\n\n", " \n", "\n", "\r"])
    lines = st.builds(lambda end, found: end.join([*found, ""]), ends, some)
    separators = st.sampled_from([",", ", ", ",\n", " ,\r\n  "])
    lists = st.builds(lambda separator, found: "[" + separator.join(found) + "]", separators, some)
    wrapped = lists.map(lambda text: '{"customers": ' + text + "}\n")
    whole = weighted((3, lines), (2, lists), (1, wrapped))
    cut = st.builds(
        lambda text, at, size: text[: at % len(text)] + text[at % len(text) + size :],
        whole,
        st.integers(0, 999),
        st.integers(0, 99),
    )
    return weighted((4, whole), (2, cut), (1, cut.map(lambda text: text + "\0cut off")), (2, json_texts()))


@cache
def soups() -> SearchStrategy[str]:
    """Text of any kind."""
    return st.one_of(csv_texts(), json_texts(), texts(surrogates=True))


@cache
def byte_soups() -> SearchStrategy[bytes]:
    """Bytes of any kind: text in some encoding, with or without a flaw, or random bytes."""
    codecs = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
    encoded = st.builds(lambda text, codec: text.encode(codec, "replace"), soups(), st.sampled_from(codecs))
    flawed = st.builds(
        lambda data, at, bad: data[:at] + bad + data[at:], encoded, st.integers(0, 40), st.binary(max_size=3)
    )
    mixed = st.lists(st.sampled_from("a,\n\u4e00\u20ac"), max_size=12).map("".join)
    bare = st.builds(str.encode, mixed | texts(max_size=8), st.sampled_from(["utf-16-le", "utf-16-be"]))
    odd = bare.map(lambda data: data[:-1])
    return weighted((3, encoded), (2, flawed), (2, bare), (1, odd), (1, st.binary(max_size=40)))


def cuts(sizes: int = 6) -> SearchStrategy[list[int]]:
    """Sizes of the chunks in which something is delivered."""
    return st.lists(st.integers(1, 9), min_size=1, max_size=sizes)


class Thing:
    """A value that JSON does not have."""

    def __repr__(self) -> str:
        return "a thing"


def _odd_values() -> dict[str, Any]:
    cyclic_list: list[Any] = [1]
    cyclic_list.append(cyclic_list)
    cyclic_dict: dict[str, Any] = {"a": 1}
    cyclic_dict["self"] = cyclic_dict
    empty_cycle: list[Any] = []
    empty_cycle.append(empty_cycle)
    odd = [{1}, frozenset(), b"bytes", bytearray(b"x"), Thing(), object, (1, 2), (), float("nan"), float("inf")]
    odd += [Decimal("sNaN"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+5000"), Decimal("-0.10"), 1j, range(3)]
    odd += ["\ud800", "a\udfff", ..., {1: 2}, {None: 1}, {("a",): 1}, Decimal("1E-9999999"), Decimal("1E+9999999")]
    odd += [Decimal("9" * 50), {"\ud800": 1}, [[[[]]]], {"a": {1, 2}}, True, None, {"a": [None]}, {"a": [(1,)]}]
    named = {repr(value): value for value in odd}
    named |= {"a cyclic list": cyclic_list, "a cyclic dict": cyclic_dict, "an empty cycle": empty_cycle}
    return named | {"10**5000": 10**5000, "-10**5000": -(10**5000), "10**4300": 10**4300, "10**4300-1": 10**4300 - 1}


ODD_VALUES = _odd_values()
"""Shown by a name, because some of these values have no text of their own."""


@cache
def python_values() -> SearchStrategy[Any]:
    """Values that exist in Python but not in JSON, alone and within others."""
    odd = st.sampled_from(sorted(ODD_VALUES)).map(lambda name: ODD_VALUES[name])
    leaf = weighted((3, odd), (2, scalars()), (1, texts(surrogates=True)))
    odd_keys = weighted((5, keys()), (1, st.sampled_from([1, None, 1.5, True, ("a",), b"k", "\ud800"])))
    return st.recursive(
        leaf,
        lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(odd_keys, below, max_size=3)),
        max_leaves=5,
    )


SCHEMA_WORDS = ["type", "enum", "const", "properties", "patternProperties", "additionalProperties", "items", "$ref"]
SCHEMA_WORDS += ["$id"]
SCHEMA_WORDS += ["prefixItems", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$defs", "required", "pattern"]
SCHEMA_WORDS += ["dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "minimum"]
SCHEMA_WORDS += ["format"]
SCHEMA_WORDS += ["multipleOf", "minLength", "maxItems", "contains", "minContains", "propertyNames", "uniqueItems"]
SCHEMA_WORDS += ["$anchor"]
SCHEMA_WORDS += ["x-severity", "x-empty-erases", "x-custobar-type", "x-entity", "x-code", "$schema", "$vocabulary"]
SCHEMA_WORDS += ["$dynamicRef", "$dynamicAnchor", "definitions", "dependencies", "a", "description", "default"]
SCHEMA_WORDS += ["$comment"]

SCHEMA_ATOMS: list[Json] = ["#", "#/$defs/a", "#/properties/a", "#a", "a", "http://[", "https://example.com/x", ""]
SCHEMA_ATOMS += ["\ud800"]
SCHEMA_ATOMS += ["https://json-schema.org/draft/2020-12/schema", "urn:a:b", "#/allOf/0", "#/%zz", "../x", "warning"]
SCHEMA_ATOMS += ["error"]
SCHEMA_ATOMS += ["string", "integer", "object", "array", "customers", "money", 0, 1, -1, 0.0, 1.5, 10**30, True, False]
SCHEMA_ATOMS += [None]
SCHEMA_ATOMS += [[], {}, ["string", "null"], ["a"], "duplicate-identifier", "wrong-type", 1e308, {"a": True}, {"": {}}]

REGEX_PIECES = ["(", ")", "[", "]", "{", "}", "{2}", "{2,1}", "{,3}", "|", "\\", "^", "$", ".", "*", "+", "?", "\\d"]
REGEX_PIECES += ["\\w"]
REGEX_PIECES += ["\\p{L}", "\\u0041", "\\u{1F600}", "\\cA", "\\k<n>", "(?<n>a)", "(?:", "(?=a)", "(?<=a)", "(?<!a)"]
REGEX_PIECES += ["(?i)"]
REGEX_PIECES += ["[^", "[]", "[^]", "a", "b", "-", "\\1", "\\s", "\\S", "\\b", "\\B", "\\0", "\\x41", "\\/", "&&"]
REGEX_PIECES += ["(?P<m>b)"]
REGEX_PIECES += ["\\Z", "\\A", "[\\S]", "[\\d-z]", "\\-", "\\_", "#", " ", "{", "é", "\\u", "\\u{110000}", "\\c1"]
REGEX_PIECES += ["[[:alpha:]]"]


@cache
def regexes() -> SearchStrategy[str]:
    """Text like an ECMA-262 pattern."""
    return weighted((3, st.lists(st.sampled_from(REGEX_PIECES), max_size=5).map("".join)), (1, texts(surrogates=True)))


@cache
def schema_soups() -> SearchStrategy[Json]:
    """JSON that uses the keywords of JSON Schema, correctly or not."""
    atoms = weighted((3, st.sampled_from(SCHEMA_ATOMS)), (1, regexes()), (1, values(1)))
    words = st.sampled_from(SCHEMA_WORDS)
    soup = st.recursive(
        atoms,
        lambda below: weighted(
            (1, st.lists(below, max_size=3)),
            (4, st.dictionaries(words, below, max_size=4)),
            (1, st.dictionaries(regexes(), below, max_size=2)),
        ),
        max_leaves=8,
    )
    return st.dictionaries(words, soup, min_size=1, max_size=4)


@st.composite
def nearly_schemas(draw: DrawFn) -> Json:
    """A schema with one part replaced."""
    schema = json.loads(json.dumps(draw(schemas())))
    target = schema
    for _ in range(draw(st.integers(0, 4))):
        children = [child for child in (target.values() if isinstance(target, dict) else target) if child]
        children = [child for child in children if isinstance(child, (dict, list))]
        if not children:
            break
        target = draw(st.sampled_from(children))
    replacement = draw(weighted((2, schema_soups()), (2, st.sampled_from(SCHEMA_ATOMS)), (1, regexes())))
    if isinstance(target, dict):
        target[draw(st.sampled_from(SCHEMA_WORDS))] = replacement
    elif target:
        target[0] = replacement
    return schema


# -- findings


@st.composite
def findings_in_order(draw: DrawFn) -> list[Finding]:
    """Findings row by row, as from a file; some codes occur so often that a report cannot keep them all."""
    codes = draw(st.lists(st.sampled_from(sorted(CODES)), min_size=1, max_size=3, unique=True))
    made: list[Finding] = []
    row = 0
    for _ in range(draw(st.integers(1, 5))):
        code = draw(st.sampled_from(codes))
        label = draw(st.sampled_from([None, "a", "b.0"]))
        path = draw(st.sampled_from([None, "/a", "/b/0", "/b/1", "/12", "/a/x/7"]))
        severity = draw(st.sampled_from([CODES[code][0], Severity.WARNING]))
        step, times = draw(st.sampled_from([0, 1, 3, 100, 5000])), draw(st.sampled_from([1, 2, 60, 130]))
        for _ in range(times):
            row += step
            place = (row or None, row + 1, 1)
            made.append(Finding(code, severity, "something", None, *place, label, path))
    return made
