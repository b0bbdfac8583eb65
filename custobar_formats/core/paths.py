"""Converts a column name (a label) to a path and back.

In: a column's label, and the names that a schema knows. Out: a path, a tuple of keys (str) and list indices (int).
Rule: ``parse_label(format_label(path)) == path``, or the path has no label.
Source: https://www.custobar.com/docs/api/data-import-formats/ (nested fields in CSV); RFC 6901.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from custobar_formats.core.limits import MAX_DEPTH, MAX_INDEX_DIGITS

Path = tuple[str | int, ...]

INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
"""A part of a label that is a list index: decimal digits without a leading zero."""


class KnownNames(Protocol):
    """The names that may stand at one path; :class:`custobar_formats.schema.compiled.Place` has them."""

    @property
    def dotted_names(self) -> Iterable[str]:
        """The named properties with a dot in them, the longest first."""

    @property
    def takes_only_keys(self) -> bool:
        """Whether an object is allowed here and a list is not."""

    def step(self, part: str | int) -> KnownNames:
        """The place one key or index deeper."""


class BadLabel(ValueError):
    """A label that is not a path; ``code`` is the code of its finding."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def parse_label(label: str, place: KnownNames | None = None) -> Path:
    """The path of a label. With a place (the schema's root), names with dots are matched first, the longest first.

    Raises:
        BadLabel: an empty part, or more than 64 parts.

    Example:
        >>> parse_label("stock.0.shop_id")
        ('stock', 0, 'shop_id')

    """
    if label.count(".") >= MAX_DEPTH:
        raise BadLabel("too-deep", f"the column name has {label.count('.') + 1} parts; at most {MAX_DEPTH} are allowed")
    path: list[str | int] = []
    rest: str | None = label
    while rest is not None:
        part, rest = _next_part(rest, first=not path, place=place)
        path.append(part)
        place = place.step(part) if place is not None else None
    return tuple(path)


def _next_part(rest: str, *, first: bool, place: KnownNames | None) -> tuple[str | int, str | None]:
    if place is not None:
        for name in place.dotted_names:
            if rest == name:
                return name, None
            if rest.startswith(name + "."):
                return name, rest[len(name) + 1 :]
    part, dot, after = rest.partition(".")
    if not part:
        raise BadLabel("bad-path", "the column name has an empty part between its dots")
    following = after if dot else None
    if not first and INDEX.fullmatch(part) and not (place is not None and place.takes_only_keys):
        return int(part[:MAX_INDEX_DIGITS]), following
    return part, following


def format_label(path: Path) -> str:
    """The label of a path; only ``parse_label`` shows whether it parses back to that path."""
    return ".".join(map(str, path))


def format_pointer(path: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path.

    Example:
        >>> format_pointer(("stock", 0, "a/b"))
        '/stock/0/a~1b'

    """
    parts = list(map(str, path))
    joined = "/".join(parts)
    if "~" in joined or joined.count("/") >= max(1, len(parts)):
        joined = "/".join([part.replace("~", "~0").replace("/", "~1") for part in parts])
    return f"/{joined}" if parts else ""
