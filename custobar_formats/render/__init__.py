"""Reports as text, for people and for programs: one module for each kind, none of which opens anything.

In: the reports of one run, one for each file. Out: text. The rule kept here: what the data says reaches no output
as something that a terminal, a page or a program would obey.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custobar_formats.report import Report

RENDERERS = {
    "text": "text",
    "json": "data",
    "jsonl": "data",
    "csv": "data",
    "html": "html",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
}
"""Each format, and the module here that has its function, ``render_`` and the format's name."""


def render(reports: Sequence[Report], format: str) -> str:  # noqa: A002 - the field's word
    """The reports of one run in one format, a key of ``RENDERERS``."""
    module = import_module(f"custobar_formats.render.{RENDERERS[format]}")
    text: str = getattr(module, f"render_{format}")(reports)
    return text
