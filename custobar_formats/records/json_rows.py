"""Rows of cells to the JSON text of their records, by a walk of the tree of paths or by generated source.

In: rows whose cells are text or the JSON text of their values. Out: the JSON text of each row's record. Rules:
``jsontext.writer`` would write the same text for the record; a blank cell is absent.
Source: RFC 8259.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from custobar_formats.core.limits import REVISIONS
from custobar_formats.records.codegen import TextNode, TextSource, compile_build
from custobar_formats.records.header import Branch

ESCAPED = re.compile(r'[\x00-\x1f"\\]')
"""The characters that JSON text escapes with a backslash."""

RARE = 8
"""One row in RARE may have a blank cell in a full column; if more do, the source is generated again."""

_encode = json.JSONEncoder(ensure_ascii=False).encode


def escape(cells: Sequence[str]) -> Sequence[str]:
    """The cells as JSON text without the quotes around it."""
    if ESCAPED.search("".join(cells)) is None:
        return cells
    return [_encode(cell)[1:-1] if ESCAPED.search(cell) else cell for cell in cells]


def make_text_node(branch: Branch, bare: set[int], key: str = "") -> TextNode:
    """The node of a branch; the cells of ``bare`` columns are JSON text, other cells go between quotes."""
    if branch.column is not None:
        quote = "" if branch.column.index in bare else '"'
        return TextNode(key + quote, quote, branch.column.index, ())
    if branch.is_list:
        items = (branch.below[index] for index in sorted(part for part in branch.below if isinstance(part, int)))
        return TextNode(key + "[", "]", None, tuple(make_text_node(item, bare) for item in items))
    members = (make_text_node(below, bare, _encode(part) + ":") for part, below in branch.below.items())
    return TextNode(key + "{", "}", None, tuple(members))


def write_row(node: TextNode, row: Sequence[str]) -> str:
    """The JSON text of a row's value at a node; empty if there is none."""
    inner = row[node.column] if node.column is not None else _joined(node.below, row)
    return f"{node.start}{inner}{node.end}" if inner else ""


def _joined(nodes: Iterable[TextNode], row: Sequence[str]) -> str:
    return ",".join(text for node in nodes if (text := write_row(node, row)))


class RowWriter:
    """Writes the rows of one file: the first block by a walk, the others by source for the columns that are full in it.

    If such a column has blank cells later, source is generated again, a few times, for fewer and fewer full columns.
    """

    def __init__(self, tree: Branch, width: int, bare: set[int]) -> None:
        self._node = make_text_node(tree, bare)
        self._width = width
        self._full: set[int] | None = None
        self._revisions = 0
        self._constants: tuple[str, ...] = ()
        self._build: Callable[..., None] | None = None

    def write(
        self,
        rows: Sequence[Sequence[str]],
        columns: Sequence[Sequence[str]],
        bare: Mapping[int, Sequence[str]],
        *,
        escapes: bool,
    ) -> list[str]:
        """The JSON text of each row's record.

        ``columns`` are the same cells by column, ``bare`` the JSON text of the columns that are written as such;
        ``escapes`` is whether other cells may need a backslash.
        """
        if escapes or any(columns[index] is not cells for index, cells in bare.items()):
            columns = [
                bare[index] if index in bare else escape(cells) if escapes else cells
                for index, cells in enumerate(columns)
            ]
            rows = list(zip(*columns, strict=True))
        texts: list[str] = []
        unusual: list[Sequence[str]] = []

        def write_unusual(row: Sequence[str]) -> str:
            unusual.append(row)
            return write_row(self._node, row)

        if self._full is None:
            texts += map(write_unusual, rows)
        else:
            if self._build is None:
                source = TextSource(self._node, self._full, self._width)
                self._build, self._constants = compile_build(source.text), tuple(source.constants)
            self._build(rows, self._constants, texts.append, write_unusual)
        if len(unusual) * RARE > len(rows):
            self._revise(columns)
        return texts

    def _revise(self, columns: Sequence[Sequence[str]]) -> None:
        """Remove the columns with a blank cell from the full ones; the last time, remove all."""
        candidates = self._node.indices() if self._full is None else self._full
        self._revisions += 1
        self._full = {index for index in candidates if all(columns[index])} if self._revisions < REVISIONS else set()
        self._build = None
