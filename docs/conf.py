"""The configuration of the site: ``sphinx-build -n -W --keep-going -b html docs docs/_build/html``.

The pages are Markdown that a forge renders too. Parts that only the site has (the toctree, the library from its
docstrings, the command from its options) are MyST directives. The build fetches nothing from the net.
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
    # Python's own types: their inventory would have to be fetched.
    ("py:class", r"Any|Callable|Collection|Iterable|Iterator|(collections\.abc\.)?Mapping|Sequence|IO|os\.PathLike"),
    # The parts of a mapping, which only `load_mapping` makes, and what it takes.
    ("py:class", r"(custobar_formats\.mapping\.model\.)?(FieldMapping|Rows)|MappingLike"),
    # A number, or "auto"; what has a method submit.
    ("py:class", r"Jobs|(custobar_formats\.core\.arguments\.)?SupportsSubmit"),
    # A text, whose values the page lists.
    ("py:class", r"(custobar_formats\.upload\.answers\.)?Verdict"),
    # A pair of numbers, and the parts of a batch, which only `batches` makes.
    ("py:class", r"(custobar_formats\.upload\.batch\.)?(Span|BodyForm|Entries)"),
    # A method and a path; the options that the page lists; a text; a line of a log.
    ("py:class", r"(custobar_formats\.upload\.\w+\.)?(Scope|UploadOptions|Ending|Logged)|Unpack|Callable\[\[\]?"),
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
"""The files outside docs/ that are pages of the site."""

INTERNAL = r" \| (Schema|TextInput|ByteInput|Key)\b"
"""Argument types that only the package itself passes: a compiled schema, an opened source, a key that no text shows."""

PRIVATE = {"clock", "sleep"}
"""Arguments of the clients that only tests pass."""

WIDE_TABLE, WIDEST_TABLE = 3, 6
"""Columns from which a table is stacked on narrow screens, and from which it has small type."""


class FaultyJsonLexer(JsonLexer):
    """A JSON lexer for examples of invalid JSON: an invalid token is text, without a warning."""

    def get_tokens_unprocessed(self, text: str) -> Iterator[Any]:
        """The tokens with their positions."""
        for place, token, value in super().get_tokens_unprocessed(text):
            yield place, Text if token is Error else token, value


def as_written(_: Sphinx, kind: str, __: str, thing: Any, *___: Any) -> tuple[str, None] | None:
    """The signature with the types as written in the source, without those that are not public."""
    if kind not in ("function", "method", "class"):
        return None
    signature = inspect.signature(thing)
    if signature.parameters.keys() >= PRIVATE:
        kept = [each for name, each in signature.parameters.items() if name not in PRIVATE]
        signature = signature.replace(parameters=kept)
    if kind == "class":
        signature = signature.replace(return_annotation=signature.empty)
    text = re.sub(r"<class '(\w+)'>", r"\1", stringify_signature(signature))
    return re.sub(INTERNAL, "", text.replace("= <factory>", "= {}")), None


def plain_help(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Keep the help of a command as plain text; keep the choices of an option only where its help lacks them."""
    kept: list[str] = []
    help_text = ""
    for line in lines:
        name, _, words = line.strip().partition(": ")
        if line.startswith(".. option::"):
            help_text = ""
            kept.append(re.sub(r"(\[[^]]*)>$", r"\1]>", line))  # sphinx-click drops the last bracket of FORMAT[=FILE]
        elif name == ":options":
            kept += [] if all(word in help_text for word in words.split(" | ")) else [line]
        elif name == ":default":
            kept.append(line)
        else:
            help_text += line
            kept.append(re.sub(r"([*`|_\\])", r"\\\1", line))
    lines[:] = kept


def no_arguments(_: Sphinx, __: click.Context, lines: list[str]) -> None:
    """Drop the list of arguments: the usage has them and the help explains them."""
    lines.clear()


def dash(_: Sphinx, doctree: nodes.document) -> None:
    """Replace the two hyphens that Sphinx writes for a dash; elsewhere two hyphens begin an option."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def name_cells(_: Sphinx, doctree: nodes.document) -> None:
    """Put the column name into each cell of a wide table; site.css shows it where narrow screens stack the cells."""
    for group in list(doctree.findall(nodes.tgroup)):
        head = next(iter(group.findall(nodes.thead)), None)
        if head is None or group["cols"] < WIDE_TABLE:
            continue
        table = group.parent
        table["classes"].append("wide-table" if group["cols"] < WIDEST_TABLE else "widest-table")
        names = [entry.astext() for entry in head.findall(nodes.entry)]
        for row in next(iter(group.findall(nodes.tbody))).findall(nodes.row):
            for name, entry in list(zip(names, row.children, strict=True))[1:]:
                if name and entry.children:
                    entry.insert(0, nodes.inline("", f"{name}: ", classes=["column-name"]))


def resolve_links(_: Sphinx, doctree: nodes.document) -> None:
    """Turn links to Markdown outside docs/ into links to pages of the site, or into text where there is no page."""
    for link in list(doctree.findall(pending_xref)):
        target = Path(link["reftarget"])
        if link["refdomain"] == "doc" and target.is_absolute() and not target.is_relative_to(DOCS):
            page = PAGES.get(str(target.relative_to(DOCS.parent)))
            if page is None:
                link.replace_self(link.children)
            else:
                link["reftarget"] = page


def setup(app: Sphinx) -> None:
    """Register the lexers and the changes to pages."""
    lexers: dict[str, type[Lexer]] = {"csv": TextLexer, "json": FaultyJsonLexer, "jsonl": FaultyJsonLexer}
    for name, lexer in lexers.items():
        app.add_lexer(name, lexer)
    app.connect("autodoc-process-signature", as_written)
    app.connect("sphinx-click-process-description", plain_help)
    app.connect("sphinx-click-process-options", plain_help)
    app.connect("sphinx-click-process-arguments", no_arguments)
    app.connect("doctree-read", dash)
    app.connect("doctree-read", resolve_links)
    app.connect("doctree-read", name_cells)
