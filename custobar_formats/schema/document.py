"""One JSON Schema document: where its subschemas are, and what a reference refers to.

In: a schema as JSON values. Out: its subschemas by location (a tuple of keys and indices from the root),
and references resolved within it.
Source: JSON Schema 2020-12, core, section 8.2 (``$id``, ``$anchor``, ``$ref``), section 9.3 and section 9.4.1 (loops).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, count
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import MAX_SCHEMA_DEPTH
from custobar_formats.core.paths import format_pointer
from custobar_formats.core.shown import shown
from custobar_formats.schema.meta_schema import meta_document
from custobar_formats.schema.ways import has_too_many, in_order

Location = tuple[str | int, ...]

ONE: tuple[str, ...] = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
ONE += ("unevaluatedItems", "unevaluatedProperties")
REFERENCES = ("$ref", "$dynamicRef")
UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("$defs", "dependencies", "dependentSchemas", "patternProperties", "properties")
IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependencies", "dependentSchemas"})
"""Keywords whose subschemas apply to the same value."""

DIGITS = re.compile(r"\+?[0-9]{1,20}", re.ASCII)

NOTHING: dict[str, Any] = {"not": {}}
"""The internal spelling of ``false``: the engines report ``false`` at different places, but this at the same one."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

KNOWN_DIALECTS = re.compile(
    r"https?://json-schema\.org/(draft-0[467]/|draft/2019-09/|draft/2020-12/)?schema#?", re.ASCII
)
"""The values of ``$schema`` allowed at the root; older dialects are read as 2020-12."""

OWN_URIS = "https://custobar-formats.invalid/"
ROOT_URI = OWN_URIS + "schema"
"""The base URI of a schema without an ``$id``; nothing is ever fetched from it."""


def steps(schema: dict[str, Any]) -> Iterator[tuple[Location, Any]]:
    """The subschemas directly below a schema, with the steps to them."""
    for keyword in ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in MANY:
        if isinstance(schema.get(keyword), list):
            yield from (((keyword, number), item) for number, item in enumerate(schema[keyword]))
    for keyword in NAMED:
        if isinstance(schema.get(keyword), dict):
            yield from (((keyword, name), item) for name, item in schema[keyword].items())


class Document:
    """A schema as plain JSON values, with ``false`` spelled as ``{"not": {}}``, and with all that it refers to.

    ``resources``: other documents, by their URIs, which are put into its ``$defs`` where references lead to them; the
    meta-schema of 2020-12 is known.

    If it respells another document, ``respelled`` has what moved, with the former locations, and that document.

    Raises:
        SchemaError: it is nested too deeply, its dialect is unknown, or a reference leads out of it, or back to itself
            for the same value.

    """

    def __init__(
        self,
        schema: Any,
        respelled: tuple[Mapping[Location, Location], Document] | None = None,
        resources: Mapping[str, Any] | None = None,
    ) -> None:
        self._respelled = respelled
        self._resources = resources or {}
        self.embedded: dict[str, Any] = {}
        """The documents that references lead to, by their place in ``$defs``."""
        self.root: dict[str, Any] = {} if schema is True else _respelled(schema, ())
        self.uri = join_uri(ROOT_URI, self.root.get("$id", ""))
        self.root["$id"] = self.uri
        _check_dialect((), self.root.get("$schema", DIALECT))
        self.root["$schema"] = DIALECT
        self._bases: dict[Location, str] = {}
        self._anchors: dict[str, Location] = {}
        self._dynamic: dict[str, dict[str, Location]] = {}
        self._refs: dict[tuple[Location, str], Location | None] = {}
        self.hidden: list[Location] = []
        """Subschemas below keywords that JSON Schema does not define; a meta-schema does not check them."""
        self._walk((), self.root, "")
        self._walk_references()
        self.is_intricate = self._check_ways()
        """Whether references lead to subschemas on so many ways that a check must not follow each of them."""

    def _walk(self, location: Location, schema: Any, base: str) -> None:
        if not isinstance(schema, dict) or location in self._bases:
            return
        _check_dialect(location, schema.get("$schema", DIALECT))
        if isinstance(schema.get("$id"), str):
            base = join_uri(base, schema["$id"])
            known = meta_document(urldefrag(base)[0])
            if known is not None and schema != known:
                raise SchemaError(f"{shown(base)} is another document, that of JSON Schema", format_pointer(location))
        if not location or isinstance(schema.get("$id"), str):
            self._anchors[urldefrag(base)[0]] = location
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(schema.get(keyword), str):
                self._anchors[f"{urldefrag(base)[0]}#{schema[keyword]}"] = location
        if isinstance(schema.get("$dynamicAnchor"), str):
            self._dynamic.setdefault(schema["$dynamicAnchor"], {})[urldefrag(base)[0]] = location
        self._bases[location] = base
        for step, below in steps(schema):
            self._walk(location + step, below, base)

    def _walk_references(self) -> None:
        """Add the subschemas below unknown keywords, such as ``definitions``, that references lead to."""
        done = 0
        while done < len(self._bases):
            for location in list(self._bases)[done:]:
                self._check_references(location)
                done += 1

    def _check_references(self, location: Location) -> None:
        for keyword in REFERENCES:
            ref = self.get(location).get(keyword)
            if isinstance(ref, str) and self.resolve(location, ref) is None:
                reason = f"the reference {shown(ref)} has no target in the schema, and nothing is fetched"
                if urldefrag(join_uri(self._bases[location], ref))[0] not in self._anchors:
                    reason += ": give its document (--schema-resource, or load_schema with resources)"
                raise SchemaError(reason, format_pointer((*location, keyword)))

    def _check_ways(self) -> bool:
        """Whether the schema is intricate; raises SchemaError if a check could not be cut short."""
        order = in_order(self._bases, self._in_place)
        if has_too_many(order, self._followed, self._steps):
            if self.uses_annotations or self.depends_on_way:
                raise SchemaError("references lead to the same subschemas on too many ways")
            return True
        return self.uses_annotations and not self.depends_on_way and has_too_many(order, self._again, self._steps)

    def _followed(self, location: Location) -> list[list[Location]]:
        """As ``_in_place``, with the possible targets of a ``$dynamicRef`` together, of which one applies."""
        schema = self.get(location)
        if not isinstance(schema, dict):
            return []
        either = list(self._overriding(location, schema.get("$dynamicRef")).values())
        certain = self.references(location, ("$ref",) if either else REFERENCES)
        below = [location + step for step, _ in steps(schema) if step[0] in IN_PLACE]
        return [[other] for other in (*certain, *below)] + ([either] if either else [])

    def _again(self, location: Location) -> list[list[Location]]:
        """As ``_followed``, but twice where it is asked not only if they accept a value but also what they evaluate."""
        repeats = self.get(location) is not True and not UNEVALUATED.isdisjoint(self.get(location))
        return self._followed(location) * (1 + repeats)

    def _steps(self, location: Location) -> Iterator[Location]:
        schema = self.get(location)
        return (step for step, _ in steps(schema)) if isinstance(schema, dict) else iter(())

    def _in_place(self, location: Location) -> Iterator[Location]:
        """The subschemas that apply, or may apply, to the same value as the one at a location."""
        return chain.from_iterable(self._followed(location))

    def get(self, location: Location) -> Any:
        """The value at a location; raises KeyError, IndexError or TypeError if there is none."""
        value: Any = self.root
        for step in location:
            value = value[step]
        return value

    @property
    def locations(self) -> Collection[Location]:
        """The locations of its subschemas."""
        return self._bases.keys()

    @property
    def referred(self) -> set[Location]:
        """The locations that references lead to."""
        return {target for target in self._refs.values() if target is not None}

    def base(self, location: Location) -> str | None:
        """The base URI of the subschema at a location; None for ``true``."""
        return self._bases.get(location)

    def keyword_of(self, location: Location) -> str:
        """The keyword that a subschema is under; a property may have the name of one. Empty for the whole schema."""
        is_one_of_several = location[:-2] in self._bases and location[-2:-1] and location[-2] in (*MANY, *NAMED)
        return str(location[-2 if is_one_of_several else -1]) if location else ""

    def origin(self, location: Location) -> Location:
        """The location that a value of this document had in the original schema."""
        if self._respelled is None:
            return location
        moved, former = self._respelled
        found: Location = ()
        for step in location:
            found = (*found, step)
            while found in moved:
                found = moved[found]
        return former.origin(found)

    def resolve(self, location: Location, ref: str) -> Location | None:
        """The target of a reference in the subschema at a location; None if it is outside the document."""
        key = (location, ref)
        if key not in self._refs:
            base = self._bases.get(location, self.uri)
            self._refs[key] = self._resolve(urldefrag(base)[0] + ref if ref.startswith("#") else join_uri(base, ref))
        return self._refs[key]

    def _resolve(self, uri: str) -> Location | None:
        resource, fragment = urldefrag(uri)
        fragment = unquote(fragment)
        start = self._anchors[resource] if resource in self._anchors else self._embed(resource)
        if start is None:
            return None
        if fragment and not fragment.startswith("/"):
            return self._anchors.get(f"{resource}#{fragment}")
        location = start
        try:
            for token in fragment.split("/")[1:]:
                location += (self._token(location, token.replace("~1", "/").replace("~0", "~")),)
            below = self.get(location)
            if location not in self._bases and isinstance(below, dict):
                self.hidden.append(location)
            self._walk(location, below, self._bases[start])
        except SchemaError:
            raise
        except (LookupError, TypeError, ValueError):
            return None
        return location

    def _embed(self, uri: str) -> Location | None:
        """Put the document with a URI into the schema; its location, or None if there is none."""
        document = self._resources.get(uri, meta_document(uri))
        if document is None:
            return None
        definitions = dict(self.root.get("$defs", {}))
        own = uri.removeprefix(OWN_URIS)
        name = next(name for name in (own + "#" * number for number in count()) if name not in definitions)
        document = {"$id": own, **(document if isinstance(document, dict) else {} if document else {"not": {}})}
        if KNOWN_DIALECTS.fullmatch(str(document.get("$schema", ""))):
            document["$schema"] = DIALECT
        location: Location = ("$defs", name)
        self.embedded[name], definitions[name] = document, _respelled(document, location)
        self.root["$defs"] = definitions
        self._walk(location, definitions[name], self.uri)
        return location

    def _overriding(self, location: Location, ref: Any) -> dict[str, Location]:
        """The possible targets of a ``$dynamicRef`` by resource; the outermost resource on the way to it decides."""
        if not isinstance(ref, str):
            return {}
        anchors = self._dynamic.get(unquote(urldefrag(ref)[1]), {})
        return anchors if self.resolve(location, ref) in anchors.values() else {}

    def _token(self, location: Location, token: str) -> str | int:
        return int(token) if isinstance(self.get(location), list) else token

    def locate(self, evaluation_path: Sequence[str | int], start: Location = ()) -> Location:
        """The location of a keyword, from the path of an evaluation to it, which includes references."""
        location = start
        entered: dict[str, None] = {}
        named = False
        for given in evaluation_path:
            if location in self._bases:
                entered.setdefault(urldefrag(self._bases[location])[0])
            token = retyped(given, self.get(location))
            if token in ("$ref", "$dynamicRef") and not named:
                ref = self.get((*location, token))
                target = self.resolve(location, ref)
                if target is None:
                    return (*location, token)
                if token == "$dynamicRef":  # the outermost resource with the anchor decides
                    overriding = self._overriding(location, ref)
                    target = next((overriding[uri] for uri in entered if uri in overriding), target)
                location = target
                continue
            named = token in NAMED and not named
            location = (*location, token)
        return location

    @cached_property
    def uses_annotations(self) -> bool:
        """Whether any subschema depends on what others have evaluated (``unevaluated…``), not only on their results."""
        return any(not UNEVALUATED.isdisjoint(self.get(location)) for location in self._bases)

    @cached_property
    def depends_on_way(self) -> bool:
        """Whether a ``$dynamicRef`` may lead to different places, depending on how it is reached."""
        return any(
            len(self._overriding(location, self.get(location).get("$dynamicRef"))) > 1 for location in self._bases
        )

    @property
    def has_empty_names(self) -> bool:
        """Whether the location of a subschema contains an empty key."""
        return any("" in location for location in self._bases)

    def pointers_by_identity(self) -> dict[int, Location]:
        """The location of each subschema by its ``id()``."""
        return {id(self.get(location)): location for location in self._bases}

    def references(self, location: Location, keywords: Iterable[str] = REFERENCES) -> list[Location]:
        """The locations that the subschema at a location refers to."""
        schema = self.get(location)
        refs = (schema.get(keyword) for keyword in keywords)
        targets = (self.resolve(location, ref) for ref in refs if isinstance(ref, str))
        return [target for target in targets if target is not None]


def _check_dialect(location: Location, dialect: Any) -> None:
    if dialect != DIALECT and (location or not KNOWN_DIALECTS.fullmatch(dialect)):
        reason = f"unknown $schema {shown(dialect)}, and nothing is fetched"
        raise SchemaError(reason, format_pointer((*location, "$schema")))


def join_uri(base: str, uri: str) -> str:
    """A URI, relative to another one.

    Raises:
        SchemaError: it is not a URI.

    """
    try:
        return urljoin(base, uri)
    except ValueError as error:
        raise SchemaError(f"{shown(uri)} is not a URI: {error}") from None


def retyped(token: str | int, container: Any) -> str | int:
    """A step of a path as its container has it: jsonschema-rs reports keys of digits, such as ``007``, as numbers.

    Raises:
        LookupError: no key matches, or several do.

    """
    if not isinstance(container, dict) or isinstance(token, str):
        return token
    keys = [key for key in container if DIGITS.fullmatch(key) and int(key) == token]
    if len(keys) != 1:
        raise LookupError(token)
    return str(keys[0])


def _respelled(schema: Any, location: Location) -> Any:
    if len(location) > MAX_SCHEMA_DEPTH:
        raise SchemaError(
            f"the schema is nested more than {MAX_SCHEMA_DEPTH} levels deep", format_pointer(location[:8]) + "/…"
        )
    if schema is False:
        return dict(NOTHING)
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    for step, below in steps(schema):
        if len(step) == 1:
            copy[str(step[0])] = _respelled(below, location + step)
        else:
            keyword, inner = step
            if copy[str(keyword)] is schema[keyword]:
                copy[str(keyword)] = schema[keyword].copy()
            copy[str(keyword)][inner] = _respelled(below, location + step)
    return copy
