"""Cells of a flat OpenDocument spreadsheet, each with the value that is true and what is odd about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import escape, quoteattr

MONTHS = ("tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu")


@dataclass(frozen=True)
class Cell:
    """A cell: how it is stored, the value that is true, and the kind of fault that it has, if any.

    ``xml`` is the cell in a flat OpenDocument file. ``value`` is what a record should have; None for no value.
    ``saved`` is what Excel writes into CSV where LibreOffice writes more, such as all digits of a shortened number.
    """

    xml: str
    value: object
    kind: str = "nothing odd"
    saved: str | None = None

    def xml_for(self, *, as_csv: bool) -> str:
        """The cell in the file that is saved as CSV, or in the other one."""
        return text(self.saved).xml if as_csv and self.saved is not None else self.xml


@dataclass
class Row:
    """A row of the sheet; one without cells is blank. ``kind``: what is odd about the row as a whole."""

    cells: dict[str, Cell] = field(default_factory=dict)
    kind: str = ""


def text(shown: str, value: object = ..., kind: str = "nothing odd") -> Cell:
    """A cell of text, with line breaks."""
    lines = "".join(f"<text:p>{escape(line).replace('  ', ' <text:s/>')}</text:p>" for line in shown.split("\n"))
    if shown.endswith(" "):
        lines = lines.replace(" </text:p>", "<text:s/></text:p>")
    return Cell(
        f'<table:table-cell office:value-type="string">{lines}</table:table-cell>',
        shown if value is ... else value,
        kind,
    )


def number(stored: float | str, value: object, kind: str = "nothing odd", style: str = "plain") -> Cell:
    xml = f'<table:table-cell table:style-name="{style}" office:value-type="float" office:value="{stored}"/>'
    saved = f"{float(stored):.2E}".replace(".", ",") if style == "short" else None
    return Cell(xml, value, kind, saved)


def day(when: date, kind: str, style: str) -> Cell:
    xml = f'<table:table-cell table:style-name="{style}" office:value-type="date" office:date-value="{when}"/>'
    saved = {
        "day": f"{when.day}.{when.month}.{when.year}",
        "short-day": f"{when.day}.{when.month}.{when.year % 100:02}",
        "us-day": f"{when.month}/{when.day}/{when.year}",
        "long-day": f"{when.day}. {MONTHS[when.month - 1]}kuuta {when.year}",
    }
    return Cell(xml, when.isoformat(), kind, saved[style])


def truth(value: bool, kind: str) -> Cell:
    word = "true" if value else "false"
    xml = f'<table:table-cell table:style-name="truth" office:value-type="boolean" office:boolean-value="{word}"/>'
    return Cell(xml, value, kind)


def formula(code: str, shown: str, value: object, kind: str) -> Cell:
    xml = (
        f'<table:table-cell table:formula={quoteattr("of:=" + code)} office:value-type="string" '
        f"office:string-value={quoteattr(shown)}><text:p>{escape(shown)}</text:p></table:table-cell>"
    )
    return Cell(xml, value, kind)


def blank() -> Cell:
    return Cell("<table:table-cell/>", None, "nothing odd")


DAY, MONTH, YEAR, WHOLE_YEAR = (
    "<number:day/>",
    "<number:month/>",
    "<number:year/>",
    '<number:year number:style="long"/>',
)
FORMATS = {
    "n0": ("number", '<number:number number:min-integer-digits="1" number:decimal-places="0"/>'),
    "nz": ("number", '<number:number number:min-integer-digits="5" number:decimal-places="0"/>'),
    "ns": (
        "number",
        '<number:scientific-number number:decimal-places="2" number:min-integer-digits="1" '
        'number:min-exponent-digits="2"/>',
    ),
    "nm": (
        "number",
        '<number:number number:min-integer-digits="1" number:decimal-places="2" number:min-decimal-places="2" '
        'number:grouping="true"/><number:text> €</number:text>',
    ),
    "nb": ("boolean", "<number:boolean/>"),
    "nd": ("date", f"{DAY}.{MONTH}.{WHOLE_YEAR}"),
    "ny": ("date", f"{DAY}.{MONTH}.{YEAR}"),
    "nu": ("date", f"{MONTH}/{DAY}/{WHOLE_YEAR}"),
    "nl": ("date", f'{DAY}. <number:month number:textual="true" number:style="long"/> {WHOLE_YEAR}'),
}


def format_xml(name: str, kind: str, parts: str) -> str:
    """The style of a format; what is between its parts is text."""
    language = (
        'number:language="en" number:country="US"' if name == "nu" else 'number:language="fi" number:country="FI"'
    )
    parts = re.sub(r"(?<=/>)(\. |[. /])(?=<)", r"<number:text>\1</number:text>", parts)
    return f'<number:{kind}-style style:name="{name}" {language}>{parts}</number:{kind}-style>'


DATA_STYLES = {"plain": "n0", "zeros": "nz", "short": "ns", "money": "nm", "truth": "nb"}
DATA_STYLES |= {"day": "nd", "short-day": "ny", "us-day": "nu", "long-day": "nl"}
SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "of": "urn:oasis:names:tc:opendocument:xmlns:of:1.2",
    "xlink": "http://www.w3.org/1999/xlink",
}
