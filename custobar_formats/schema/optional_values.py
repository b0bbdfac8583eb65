"""One spelling for optional values: a union of X and null becomes X, with null among its types.

In: a schema document. Out: the document with ``anyOf: [X, {"type": "null"}]`` (or ``oneOf``) respelled as X with
``type: [..., "null"]``, wherever both mean the same, and the original location of each subschema. Rule: the same values
are valid, and for the same reasons.
Source: JSON Schema 2020-12, core, section 10.2.1.
"""

from __future__ import annotations

import json
from functools import reduce
from operator import getitem
from typing import Any
from urllib.parse import quote

from custobar_formats.core.paths import format_pointer
from custobar_formats.schema.document import Document, Location, steps
from custobar_formats.schema.keywords import ABOUT_LISTS, ABOUT_OBJECTS, ABOUT_SCALARS, ANNOTATIONS
from custobar_formats.schema.lenient import check_warnings

ABOUT_SOME_TYPES = ABOUT_SCALARS | ABOUT_OBJECTS | ABOUT_LISTS
"""Keywords that null keeps, whatever they say."""

WORDS = ANNOTATIONS - {
    "$schema", "$id", "$anchor", "$defs", "definitions", "contentSchema", "x-severity", "x-entity", "x-empty-erases",
}  # fmt: skip
"""Keywords that constrain nothing, and may move with the rest of a subschema."""

LEFT = frozenset({"$anchor", "$defs", "definitions"})
LEFT_IN_ROOT = LEFT | {"$schema", "$id", "x-entity", "x-empty-erases"}
"""Keywords of a subschema, or of the whole schema, that a copy does not need."""

UNIONS = ("anyOf", "oneOf")

IN_PLACE = frozenset({*UNIONS, "if", "then", "else"})
"""Keywords that null keeps if their subschemas do not look at it."""


def in_one_spelling(document: Document) -> Document:
    """The document with its optional values spelled by type; the same document if there are none.

    Raises:
        SchemaError: a warning is in a union, where it has no meaning.

    """
    unions = _Unions(document)
    found = [(place, keyword) for place in document.locations for keyword in UNIONS if unions.branch(place, keyword)]
    if not found:
        return document
    check_warnings(document, {(*location, keyword) for location, keyword in found})
    return _Speller(document, unions, found).respelled()


def _is_null(schema: Any) -> bool:
    rules = {word: wanted for word, wanted in schema.items() if word not in WORDS} if isinstance(schema, dict) else {}
    return rules in ({"type": "null"}, {"type": ["null"]}, {"const": None}, {"enum": [None]})


class _Unions:
    """The unions of X and null in a document: those that can be respelled."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._referred = {target[:end] for target in document.referred for end in range(len(target) + 1)}
        self._branches: dict[Location, Location | None] = {}
        self._verdicts: dict[Location, tuple[bool, bool]] = {}

    def branch(self, location: Location, keyword: str) -> Location | None:
        """The location of X in a union of X and null; None if it is more, or cannot be respelled."""
        holder, union = self._document.get(location), (*location, keyword)
        if not isinstance(holder, dict) or len(holder.get(keyword, ())) != 2:
            return None
        if union not in self._branches:
            self._branches[union] = self._branch(holder[keyword], union)
        return self._branches[union]

    def _branch(self, branches: list[Any], union: Location) -> Location | None:
        things = [(*union, number) for number, branch in enumerate(branches) if not _is_null(branch)]
        if len(things) != 1 or union in self._referred:  # what a reference leads to stays where it is
            return None
        thing = things[0]
        may_be, refuses = self._verdict(thing)
        return thing if may_be and (union[-1] == "anyOf" or refuses) else None

    def target(self, location: Location) -> Location | None:
        """The target of the ``$ref`` at a location, if it is in the same resource as the whole document."""
        target = self._document.resolve(location, self._document.get(location)["$ref"])
        bases = {self._document.base(location), self._document.base(target or ())}
        return target if bases == {self._document.base(())} else None

    def _verdict(self, location: Location | None) -> tuple[bool, bool]:
        """Whether null among its types is all that null needs in a subschema, and whether null is invalid now."""
        if location is None:
            return False, False
        if location not in self._verdicts:
            schema = self._document.get(location)
            self._verdicts[location] = self._judge(location, schema) if isinstance(schema, dict) else (False, False)
        return self._verdicts[location]

    def _judge(self, location: Location, schema: dict[str, Any]) -> tuple[bool, bool]:
        """The verdict on a subschema: by its own keywords, and by what applies together with it."""
        together: list[Location | None] = [(*location, "allOf", at) for at in range(len(schema.get("allOf", ())))]
        together += [self.target(location)] if "$ref" in schema else []
        verdicts = [self._verdict(each) for each in together]
        known = (
            ABOUT_SOME_TYPES
            | WORDS
            | IN_PLACE
            | {"type", "enum", "$ref", "allOf", "x-severity"}
            | (LEFT if location else LEFT_IN_ROOT)
        )
        conditions = (schema[keyword] for keyword in ("if", "then", "else") if keyword in schema)
        unions = (keyword for keyword in UNIONS if keyword in schema and self.branch(location, keyword) is None)
        may_be = (
            not schema.keys() - known
            and all(map(_is_blind, conditions))
            and all(keyword == "anyOf" and any(map(_is_blind, schema[keyword])) for keyword in unions)
            and all(verdict[0] for verdict in verdicts)
        )
        refuses = "null" not in schema.get("type", "null") or None not in schema.get("enum", (None,))
        return may_be, "x-severity" not in schema and (refuses or any(verdict[1] for verdict in verdicts))


def _is_blind(schema: Any) -> bool:
    """Whether a subschema accepts null, whatever its rules for values of other types."""
    return schema is True or (isinstance(schema, dict) and not schema.keys() - ABOUT_SOME_TYPES - WORDS)


class _Speller:
    """Spells the unions of a document by type, each after those that it needs."""

    def __init__(self, document: Document, unions: _Unions, found: list[tuple[Location, str]]) -> None:
        self._document = document
        self._unions = unions
        self._root: dict[str, Any] = json.loads(json.dumps(document.root))
        self._holders = {(*location, keyword): self._get(location) for location, keyword in found}
        self._moved: dict[Location, Location] = {}
        self._with_nulls: dict[Location, str] = {}

    def _get(self, location: Location) -> Any:
        return reduce(getitem, location, self._root)  # type: ignore[arg-type]

    def respelled(self) -> Document:
        """The document with all of its unions respelled."""
        for union in list(self._holders):
            self._respell(union)
        return Document(self._root, (self._moved, self._document))

    def _respell(self, union: Location) -> None:
        """Put X, with null, in the place of a union: into its holder, or beside the holder's other rules."""
        holder = self._holders.pop(union, None)
        location, keyword = union[:-1], str(union[-1])
        branch = self._unions.branch(location, keyword)
        if holder is None or branch is None:
            return
        thing = self._with_null(branch, holder[keyword][branch[-1]], copied=False)
        del holder[keyword]
        if holder.keys() - WORDS - {"x-severity"}:
            self._moved[*location, "allOf", len(holder.get("allOf", ()))] = branch
            holder["allOf"] = [*holder.get("allOf", ()), thing]
        else:
            own = {word: thing[word] for word in thing if word not in holder}
            self._moved.update(((*location, word), (*branch, word)) for word in own)
            holder.update(own)

    def _with_null(self, location: Location, schema: dict[str, Any], *, copied: bool) -> dict[str, Any]:
        """A subschema with null, where it stands or copied; what it refers to is copied."""
        for keyword in UNIONS:
            self._respell((*location, keyword))
        new = self._copy(location, schema) if copied else dict(schema)
        if "type" in new:
            types = [new["type"]] if isinstance(new["type"], str) else new["type"]
            new["type"] = [*types, "null"] if "null" not in types else types
        if "enum" in new and None not in new["enum"]:
            new["enum"] = [*new["enum"], None]
        members = self._document.get(location).get("allOf", ())  # those that are more come from unions: with null
        if members:
            new["allOf"] = list(new["allOf"])
        for at in range(len(members)):
            new["allOf"][at] = self._with_null((*location, "allOf", at), schema["allOf"][at], copied=copied)
        if "$ref" in self._document.get(location):
            new["$ref"] = self._copied_with_null(self._unions.target(location) or ())
        return new

    def _copied_with_null(self, location: Location) -> str:
        """A reference to a copy of a subschema, with null."""
        if location not in self._with_nulls:
            definitions = self._root.setdefault("$defs", {})
            name = format_pointer(location) + "?"
            while name in definitions:
                name += "?"
            self._moved["$defs", name] = location
            self._with_nulls[location] = self._reference(("$defs", name))
            definitions[name] = self._with_null(location, self._get(location), copied=True)
        return self._with_nulls[location]

    def _copy(self, location: Location, schema: dict[str, Any]) -> dict[str, Any]:
        """A copy of a subschema that refers to the parts of the original."""
        left = LEFT if location else LEFT_IN_ROOT
        copy: dict[str, Any] = json.loads(json.dumps({word: schema[word] for word in schema if word not in left}))
        for step, below in steps(copy):
            if isinstance(below, dict) and (next(steps(below), None) or "$ref" in below):
                parent: Any = reduce(getitem, step[:-1], copy)  # type: ignore[arg-type]
                parent[step[-1]] = {"$ref": self._reference(location + step)}
        return copy

    def _reference(self, location: Location) -> str:
        return f"{self._document.uri}#{quote(format_pointer(location))}"
