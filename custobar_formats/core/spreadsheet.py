"""The artefacts that spreadsheets and programs leave in place of a value, or around it.

In: the text of a cell. Out: what it is, or the text without them. Rule: anything common in valid data is not one.
"""

from __future__ import annotations

import re

ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#DIV/0", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"),
        *("#PUUTTUU!", "#VIITTAUS!", "#NIMI?", "#ARVO!", "#JAKO/0!", "#TYHJÄ!", "#LUKU!"),
        *("#SAKNAS!", "#REFERENS!", "#NAMN?", "#VÄRDEFEL!", "#DIVISION/0!", "#SKÄRNING!", "#OGILTIGT!"),
        *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#NUL!", "#I/T", "#VERDI!", "#NAVN?"),
        *("#####", "######", "#######", "########"),
    }
)
"""What Excel and LibreOffice show for a failed formula, in English, Finnish, Swedish, German, French and Norwegian, and
for a number that is wider than its column."""

NOTHING = frozenset(
    {
        *("NULL", "null", "(null)", "\\N", "undefined", "[object Object]"),
        *("nan", "NaN", "NaT", "<NA>", "None", "n/a", "N/A"),
        *("(blank)", "(tyhjä)", "(tom)", "(leer)"),
    }
)
"""What databases, JavaScript, Python and people write for "no value", and Excel's pivot tables in English, Finnish,
Swedish (and Danish, and Norwegian) and German; as they write it, for Nan and Null may be names."""

LIBRE_ERROR = re.compile(r"Err:5[0-9]{2}")
"""What LibreOffice shows for most failed formulas. Source: LibreOffice Help, Error Codes in LibreOffice Calc."""

SCIENTIFIC = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
"""A large number as a spreadsheet shows it in a narrow or unformatted cell; the digits after those shown are lost."""

CONSTANT = re.compile(r'\s*="((?:[^"]|"")*)"\s*')
"""A formula that is only a text, which keeps a spreadsheet from reading the text as a number."""

AS_TEXT = re.compile(r"'(?![1-9][0-9]?\Z)([+-]?[0-9]+(?:[.,][0-9]+)?)")
"""Digits after the apostrophe that marks a spreadsheet's cell as text; a short year ('90) is none."""

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters that take no place: they come along when text is copied from other programs."""


_OUTER = INVISIBLE + "".join(filter(str.isspace, map(chr, range(0x3001))))
"""These, and all white space."""

MAX_WRAPPINGS = 4
"""Rounds of removing what is around a text: spreadsheets and programs put two or three things there."""


def strip_invisible(text: str) -> str:
    """The text without white space and invisible characters at its ends.

    Example:
        >>> strip_invisible(" +358401234567" + chr(0x202C))
        '+358401234567'

    """
    return text.strip(_OUTER)


def read_constant(text: str) -> str | None:
    """The text of a formula that is only a text, or None.

    Example:
        >>> read_constant('="0045"'), read_constant("=1+1")
        ('0045', None)

    """
    match = CONSTANT.fullmatch(text)
    return None if match is None else match[1].replace('""', '"')


def strip_artefacts(text: str) -> str:
    """The text without white space, quotes, an apostrophe or a formula around it.

    Example:
        >>> strip_artefacts('="0045" '), strip_artefacts("'TRUE '")
        ('0045', 'TRUE')

    """
    for _ in range(MAX_WRAPPINGS):
        bare = strip_invisible(text)
        constant = read_constant(bare)
        if constant is not None:
            bare = constant
        elif len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
            bare = bare[1:-1]
        elif bare.startswith("'"):
            bare = bare[1:]
        if bare == text:
            break
        text = bare
    return text


def letters_of(column: int) -> str:
    """The letters of a 1-based column.

    Example:
        >>> letters_of(1), letters_of(28), letters_of(16384)
        ('A', 'AB', 'XFD')

    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
