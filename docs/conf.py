"""How the documentation's site is built: ``sphinx-build -n -W --keep-going -b html docs docs/_build/html``.

The pages are Markdown that is read on a forge too; what only a site can have (the toctree, the library out of its
docstrings, the command out of its own options) is in directives of MyST. Nothing is fetched from the net.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from docutils import nodes
from pygments.lexer import Lexer
from pygments.lexers.data import JsonLexer
from pygments.lexers.special import TextLexer
from pygments.token import Error, Text
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

import custobar_formats

DOCS = Path(__file__).parent

project = "custobar_formats"
author = "the custobar_formats authors"
version = release = custobar_formats.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

nitpicky = True
nitpick_ignore_regex = [
    # Python's own, whose inventory would have to be fetched.
    ("py:class", r"Any|Callable|Collection|Iterable|Iterator|Mapping|Sequence|IO|os\.PathLike"),
]

smartquotes = False
myst_heading_anchors = 3

add_module_names = False
maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"custobar_formats {version}"
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]

PAGES = {"SECURITY": "security", "CHANGELOG": "changelog", "CONTRIBUTING": "contributing"}
"""The files beside docs/ that are pages of the site."""

INTERNAL = r" \| (Schema|TextInput|ByteInput)\b"
"""What a function takes from within the package: a compiled schema, an opened source. Nobody else has such."""


class FaultyJsonLexer(JsonLexer):
    """JSON that shows what is wrong with JSON: a token that is none is text, and no warning."""

    def get_tokens_unprocessed(self, text: str) -> Iterator[Any]:
        """The tokens with their places."""
        for place, token, value in super().get_tokens_unprocessed(text):
            yield place, Text if token is Error else token, value


def as_written(_: Sphinx, kind: str, __: str, thing: Any, *___: Any) -> tuple[str, None] | None:
    """The signature with the types as they are written, which docs/api.md explains, less what is not public."""
    if kind not in ("function", "method", "class"):
        return None
    signature = inspect.signature(thing)
    if kind == "class":
        signature = signature.replace(return_annotation=signature.empty)
    text = re.sub(r"<class '(\w+)'>", r"\1", stringify_signature(signature))
    return re.sub(INTERNAL, "", text.replace("= <factory>", "= {}")), None


def as_told(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """The help of a command as the text that it is, and no markup; the words of an option, where its help has none."""
    kept: list[str] = []
    told = ""
    for line in lines:
        name, _, words = line.strip().partition(": ")
        if line.startswith(".. option::"):
            told = ""
            kept.append(re.sub(r"(\[[^]]*)>$", r"\1]>", line))  # sphinx-click takes the last bracket off FORMAT[=FILE]
        elif name == ":options":
            kept += [] if all(word in told for word in words.split(" | ")) else [line]
        elif name == ":default":
            kept.append(line)
        else:
            told += line
            kept.append(re.sub(r"([*`|_\\])", r"\\\1", line))
    lines[:] = kept


def not_at_all(_: Sphinx, __: click.Context, lines: list[str]) -> None:
    """No list of the arguments, which the usage has and the help explains."""
    lines.clear()


def dash(_: Sphinx, doctree: nodes.document) -> None:
    """Put a dash where Sphinx writes two hyphens; elsewhere they begin an option."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def lead_out(_: Sphinx, doctree: nodes.document) -> None:
    """Turn links to Markdown beside docs/, which a forge shows, into links to pages; into text where there is none."""
    for link in list(doctree.findall(pending_xref)):
        target = Path(link["reftarget"])
        if link["refdomain"] == "doc" and target.is_absolute() and not target.is_relative_to(DOCS):
            page = PAGES.get(str(target.relative_to(DOCS.parent)))
            if page is None:
                link.replace_self(link.children)
            else:
                link["reftarget"] = page


def setup(app: Sphinx) -> None:
    """Tell Sphinx what CSV and JSON are on these pages, and where their links lead."""
    lexers: dict[str, type[Lexer]] = {"csv": TextLexer, "json": FaultyJsonLexer, "jsonl": FaultyJsonLexer}
    for name, lexer in lexers.items():
        app.add_lexer(name, lexer)
    app.connect("autodoc-process-signature", as_written)
    app.connect("sphinx-click-process-description", as_told)
    app.connect("sphinx-click-process-options", as_told)
    app.connect("sphinx-click-process-arguments", not_at_all)
    app.connect("doctree-read", dash)
    app.connect("doctree-read", lead_out)
