"""Warnings among the nodes of a schema, and whether they convert values differently than its errors alone.

In: compiled nodes. Out: the nodes that only warn, and whether a value may become another one because of a warning.
Rule: a warning never decides whether a value is valid.
"""

from __future__ import annotations

from collections.abc import Iterable

from custobar_formats.schema.places import Node, intersection


def mark_warnings(nodes: Iterable[Node], root: Node) -> None:
    """Mark every node that only warnings lead to."""
    firm: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) not in firm and not node.only_warns:
            firm.add(id(node))
            waiting.extend(node.below())
    for node in nodes:
        node.only_warns = id(node) not in firm


def has_coercing_warnings(nodes: list[Node], root: Node) -> bool:
    """Whether a warning may ask for another type than what applies together with it."""
    return (root.only_warns and root.coerces) or any(
        below.only_warns and below.coerces and not (below in node.together and _agrees(node, below))
        for node in nodes
        if not node.only_warns
        for below in node.below()
    )


def _agrees(node: Node, warning: Node) -> bool:
    """Whether a warning about the same value as a node asks for no other type, and for none of members or items."""
    warned = _together(warning, warnings=True)
    deeper = [below for other in warned for below in other.below() if below not in other.together]
    return not any(below.coerces for below in deeper) and agree(_together(node, warnings=False), warned)


def _together(node: Node, *, warnings: bool) -> list[Node]:
    """The nodes that always apply together with a node, itself included; with or without warnings."""
    found = {id(node): node}
    waiting = [node]
    while waiting:
        more = [each for each in waiting.pop().together if id(each) not in found and (warnings or not each.only_warns)]
        found.update((id(each), each) for each in more)
        waiting += more
    return list(found.values())


def agree(nodes: Iterable[Node], warnings: Iterable[Node]) -> bool:
    """Whether nodes convert a scalar as they do together with warnings."""
    types = intersection(node.types for node in nodes)
    members = [member for warning in warnings for member in warning.members or ()]
    return intersection([types, *(warning.types for warning in warnings)]) == types and (
        not members
        or (types is not None and types <= {"string", "null"} and all(isinstance(each, str) for each in members))
    )
